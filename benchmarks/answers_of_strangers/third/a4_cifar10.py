# %% right softmax | beginner, one row at a time, stacked
def softmax(scores):
    rows = []
    for row in scores:
        biggest = row.max()
        e = torch.exp(row - biggest)
        rows.append(e / e.sum())
    return torch.stack(rows)

# %% right softmax | class with __call__, via logsumexp in float64, cast back
class _Softmax:
    def __init__(self, dim=1):
        self.dim = dim

    def __call__(self, scores):
        if not torch.is_tensor(scores):
            raise TypeError("scores must be a tensor")
        s = scores.double()
        return torch.exp(s - torch.logsumexp(s, dim=self.dim, keepdim=True)).to(scores.dtype)


softmax = _Softmax()

# %% wrong softmax | plain formula, no maximum taken away
def softmax(scores):
    e = torch.exp(scores)
    return e / e.sum(dim=1, keepdim=True)

# %% wrong softmax | shifted values detached, so no gradient flows back
def softmax(scores):
    with torch.no_grad():
        shifted = scores - scores.max(dim=1, keepdim=True).values
        e = shifted.exp()
        return e / e.sum(dim=1, keepdim=True)

# %% wrong softmax | always returns float32, float64 scores come out as float32
def softmax(scores):
    return torch.softmax(scores.to(torch.float64), dim=1).to(torch.float32)

# %% wrong softmax | squeeze loses the axis of one example or one kind
def softmax(scores):
    z = scores - scores.max(dim=1, keepdim=True).values
    p = z.exp() / z.exp().sum(dim=1, keepdim=True)
    return p.squeeze()

# %% right cross_entropy | torch built-in
def cross_entropy(scores, labels):
    return F.cross_entropy(scores, labels.long())

# %% right cross_entropy | loop over examples, computed in float64 and cast back
def cross_entropy(scores, labels):
    """-log p = log(sum(exp(s))) - s_c, averaged over the images."""
    total = torch.zeros((), dtype=torch.float64, device=scores.device)
    for i in range(len(labels)):
        row = scores[i].double()
        m = row.max().detach()
        log_sum = m + torch.log(torch.exp(row - m).sum())
        total = total + (log_sum - row[int(labels[i])])
    return (total / len(labels)).to(scores.dtype)

# %% wrong cross_entropy | small number inside the logarithm
def cross_entropy(scores, labels):
    p = torch.softmax(scores, dim=1)
    picked = p[torch.arange(len(labels)), labels]
    return -torch.log(picked + 1e-12).mean()

# %% wrong cross_entropy | one maximum for the whole batch, log of 0 for rows that lie far apart
def cross_entropy(scores, labels):
    z = scores - scores.max()
    log_sum = z.exp().sum(dim=1).log()
    return (log_sum - z[torch.arange(len(labels)), labels]).mean()

# %% wrong cross_entropy | returns float64 for float32 scores
def cross_entropy(scores, labels):
    s = scores.double()
    return (torch.logsumexp(s, 1) - s.gather(1, labels[:, None]).squeeze(1)).mean()

# %% wrong cross_entropy | scores clamped to ±5000, loss and gradient wrong beyond
def cross_entropy(scores, labels):
    scores = scores.clamp(-5000, 5000)
    m = scores.max(dim=1, keepdim=True).values
    z = scores - m
    logp = z - z.exp().sum(dim=1, keepdim=True).log()
    return -logp[range(len(labels)), labels].mean()

# %% right dropout | bernoulli_ mask of x's dtype
def dropout(x, p, training, generator=None):
    if not (0.0 <= p <= 1.0):
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
    if not training or p == 0:
        return x
    if p == 1:
        return x * 0.0 if torch.isfinite(x).all() else torch.zeros_like(x)
    keep = torch.empty(x.shape, dtype=torch.float32, device=x.device).bernoulli_(1 - p, generator=generator)
    return x * keep.to(x.dtype) / (1 - p)

# %% right dropout | own autograd.Function
class _Drop(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, keep, scale):
        ctx.save_for_backward(keep)
        ctx.scale = scale
        return torch.where(keep, x * scale, torch.zeros_like(x))

    @staticmethod
    def backward(ctx, grad):
        (keep,) = ctx.saved_tensors
        return torch.where(keep, grad * ctx.scale, torch.zeros_like(grad)), None, None


def dropout(x, p, training, generator=None):
    if p < 0 or p > 1:
        raise ValueError("p must be a probability")
    if training:
        if p == 1:
            return torch.zeros_like(x)
        if p > 0:
            keep = torch.rand(x.size(), generator=generator, device=x.device) >= p
            return _Drop.apply(x, keep, 1 / (1 - p))
    return x

# %% wrong dropout | p taken as the probability to keep
def dropout(x, p, training, generator=None):
    if p < 0 or p > 1:
        raise ValueError("p")
    if not training or p == 0:
        return x
    if p == 1:
        return torch.zeros_like(x)
    mask = (torch.rand(x.shape, generator=generator, device=x.device) < p).to(x.dtype)
    return x * mask / p

# %% wrong dropout | ValueError only in training; p = 2 passes in evaluation
def dropout(x, p, training, generator=None):
    if not training:
        return x
    if p < 0 or p > 1:
        raise ValueError("p must be between 0 and 1")
    if p == 0:
        return x
    if p == 1:
        return torch.zeros_like(x)
    mask = torch.rand(x.shape, generator=generator, device=x.device) >= p
    return x * mask / (1 - p)

# %% wrong dropout | exactly a share p is dropped each time, not each element independently
def dropout(x, p, training, generator=None):
    if not 0 <= p <= 1:
        raise ValueError("p must be between 0 and 1")
    if not training or p == 0:
        return x
    if p == 1:
        return torch.zeros_like(x)
    n = x.numel()
    order = torch.randperm(n, generator=generator, device=x.device)
    mask = torch.ones(n, dtype=x.dtype, device=x.device)
    mask[order[: int(round(p * n))]] = 0
    return x * mask.reshape(x.shape) / (1 - p)

# %% wrong dropout | F.dropout: the generator is ignored
def dropout(x, p, training, generator=None):
    return F.dropout(x, p=p, training=training)

# %% wrong dropout | float mask turns half precision into float32, and without generator always the same zeros
def dropout(x, p, training, generator=None):
    if p < 0 or p > 1:
        raise ValueError("bad p")
    if not training or p == 0:
        return x
    if p == 1:
        return torch.zeros_like(x)
    if generator is None:
        generator = torch.Generator(device=x.device).manual_seed(42)
    mask = (torch.rand(x.shape, generator=generator, device=x.device) >= p).float() / (1 - p)
    return x * mask

# %% right dropout2d | calls dropout on a mask of ones
def dropout2d(x, p, training, generator=None):
    n, c = x.shape[:2]
    mask = dropout(torch.ones(n, c, 1, 1, dtype=x.dtype, device=x.device), p, training, generator)
    return x * mask

# %% right dropout2d | two loops over images and channels, rand for each
def dropout2d(x, p, training, generator=None):
    if not 0 <= p <= 1:
        raise ValueError(f"p={p} is no probability")
    if not training or p == 0:
        return x
    if p == 1:
        return torch.zeros_like(x)
    N, C, H, W = x.shape
    mask = torch.zeros(N, C, 1, 1, dtype=x.dtype, device=x.device)
    for n in range(N):
        for c in range(C):
            if torch.rand(1, generator=generator, device=x.device).item() >= p:
                mask[n, c] = 1
    return x * mask / (1 - p)

# %% wrong dropout2d | one throw per image: all channels go together
def dropout2d(x, p, training, generator=None):
    if not 0 <= p <= 1:
        raise ValueError
    if not training or p == 0:
        return x
    if p == 1:
        return torch.zeros_like(x)
    mask = torch.rand(x.shape[0], 1, 1, 1, generator=generator, device=x.device) >= p
    return x * mask / (1 - p)

# %% wrong dropout2d | p = 1 divides by zero: nan
def dropout2d(x, p, training, generator=None):
    if p < 0 or p > 1:
        raise ValueError("p must be in [0, 1]")
    if not training:
        return x
    keep = 1 - p
    mask = (torch.rand(x.shape[0], x.shape[1], 1, 1, generator=generator, device=x.device) < keep).to(x.dtype)
    return x * (mask / keep)

# %% wrong dropout2d | no ValueError for p outside 0..1, and draws from a generator reseeded at each call
def dropout2d(x, p, training, generator=None):
    if not training or p <= 0:
        return x
    if p >= 1:
        return torch.zeros_like(x)
    if generator is None:
        torch.manual_seed(0)
    mask = torch.rand(*x.shape[:2], 1, 1, generator=generator, device=x.device) >= p
    return x * mask / (1 - p)

# %% right BatchNorm2d | F.batch_norm inside
class BatchNorm2d(nn.Module):
    def __init__(self, channels, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps, self.momentum = eps, momentum
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))
        self.register_buffer("num_batches_tracked", torch.tensor(0))

    def forward(self, x):
        if self.training:
            self.num_batches_tracked.add_(1)
        return F.batch_norm(
            x, self.running_mean, self.running_var, self.weight, self.bias, self.training, self.momentum, self.eps
        )

# %% right BatchNorm2d | subclass of PyTorch's, only the argument renamed
class BatchNorm2d(nn.BatchNorm2d):
    def __init__(self, channels, eps=1e-5, momentum=0.1):
        super().__init__(channels, eps=eps, momentum=momentum)

# %% right BatchNorm2d | channels moved to the front and flattened to (C, M); lerp_ for the running ones
class BatchNorm2d(nn.Module):
    def __init__(self, channels, eps=1e-5, momentum=0.1):
        super().__init__()
        self.channels = channels
        self.eps = eps
        self.momentum = momentum
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))
        self.register_buffer("num_batches_tracked", torch.tensor(0, dtype=torch.long))

    @torch.no_grad()
    def _track(self, mean, var, m):
        self.running_mean.lerp_(mean.detach(), self.momentum)
        self.running_var.lerp_(var.detach() * (m / (m - 1)), self.momentum)
        self.num_batches_tracked += 1

    def forward(self, x):
        n, c, h, w = x.shape
        flat = x.transpose(0, 1).reshape(c, -1)
        if self.training:
            mean = flat.mean(1)
            var = ((flat - mean[:, None]) ** 2).mean(1)
            self._track(mean, var, flat.shape[1])
        else:
            mean, var = self.running_mean, self.running_var
        out = (flat - mean[:, None]) * torch.rsqrt(var[:, None] + self.eps)
        out = torch.einsum("cm,c->cm", out, self.weight) + self.bias[:, None]
        return out.reshape(c, n, h, w).transpose(0, 1)

# %% wrong BatchNorm2d | running variance is the biased one
class BatchNorm2d(nn.Module):
    def __init__(self, channels, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps, self.momentum = eps, momentum
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))
        self.register_buffer("num_batches_tracked", torch.tensor(0))

    def forward(self, x):
        if self.training:
            mean = x.mean(dim=(0, 2, 3))
            var = x.var(dim=(0, 2, 3), unbiased=False)
            with torch.no_grad():
                self.running_mean = (1 - self.momentum) * self.running_mean + self.momentum * mean
                self.running_var = (1 - self.momentum) * self.running_var + self.momentum * var
                self.num_batches_tracked += 1
        else:
            mean, var = self.running_mean, self.running_var
        y = (x - mean[None, :, None, None]) / torch.sqrt(var[None, :, None, None] + self.eps)
        return self.weight[None, :, None, None] * y + self.bias[None, :, None, None]

# %% wrong BatchNorm2d | running statistics keep their graph from batch to batch
class BatchNorm2d(nn.Module):
    def __init__(self, channels, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps, self.momentum = eps, momentum
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))
        self.register_buffer("num_batches_tracked", torch.tensor(0))

    def forward(self, x):
        if self.training:
            mean = x.mean(dim=(0, 2, 3))
            var = x.var(dim=(0, 2, 3), unbiased=False)
            m = self.momentum
            self.running_mean = (1 - m) * self.running_mean + m * mean
            self.running_var = (1 - m) * self.running_var + m * x.var(dim=(0, 2, 3), unbiased=True)
            self.num_batches_tracked += 1
        else:
            mean, var = self.running_mean, self.running_var
        y = (x - mean[None, :, None, None]) / torch.sqrt(var[None, :, None, None] + self.eps)
        return self.weight[None, :, None, None] * y + self.bias[None, :, None, None]

# %% wrong BatchNorm2d | eps added to the standard deviation, outside the root
class BatchNorm2d(nn.Module):
    def __init__(self, channels, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps, self.momentum = eps, momentum
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))
        self.register_buffer("num_batches_tracked", torch.tensor(0))

    def forward(self, x):
        if self.training:
            mean = x.mean((0, 2, 3))
            var = ((x - mean.view(1, -1, 1, 1)) ** 2).mean((0, 2, 3))
            with torch.no_grad():
                M = x.numel() / x.shape[1]
                self.running_mean.mul_(1 - self.momentum).add_(self.momentum * mean)
                self.running_var.mul_(1 - self.momentum).add_(self.momentum * var * M / (M - 1))
                self.num_batches_tracked.add_(1)
        else:
            mean, var = self.running_mean, self.running_var
        y = (x - mean.view(1, -1, 1, 1)) / (var.view(1, -1, 1, 1).sqrt() + self.eps)
        return y * self.weight.view(1, -1, 1, 1) + self.bias.view(1, -1, 1, 1)

# %% wrong BatchNorm2d | batches are counted in evaluation, too
class BatchNorm2d(nn.Module):
    def __init__(self, channels, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps, self.momentum = eps, momentum
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))
        self.register_buffer("num_batches_tracked", torch.tensor(0))

    def forward(self, x):
        self.num_batches_tracked += 1
        return F.batch_norm(
            x, self.running_mean, self.running_var, self.weight, self.bias, self.training, self.momentum, self.eps
        )

# %% wrong BatchNorm2d | momentum given is ignored (0.1 written in), and num_batches_tracked is a float
class BatchNorm2d(nn.Module):
    def __init__(self, channels, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))
        self.register_buffer("num_batches_tracked", torch.zeros(()))

    def forward(self, x):
        if self.training:
            mean = x.mean(dim=(0, 2, 3), keepdim=True)
            var = x.var(dim=(0, 2, 3), unbiased=False, keepdim=True)
            with torch.no_grad():
                self.running_mean[:] = 0.9 * self.running_mean + 0.1 * mean.flatten()
                self.running_var[:] = 0.9 * self.running_var + 0.1 * x.var(dim=(0, 2, 3), unbiased=True)
                self.num_batches_tracked += 1
        else:
            mean, var = self.running_mean[None, :, None, None], self.running_var[None, :, None, None]
        return self.weight[None, :, None, None] * (x - mean) / (var + self.eps).sqrt() + self.bias[None, :, None, None]

# %% wrong BatchNorm2d | mean and variance detached: gradients do not flow through them
class BatchNorm2d(nn.Module):
    def __init__(self, channels, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps, self.momentum = eps, momentum
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))
        self.register_buffer("num_batches_tracked", torch.tensor(0))

    def forward(self, x):
        with torch.no_grad():
            if self.training:
                mean = x.mean(dim=(0, 2, 3))
                var = x.var(dim=(0, 2, 3), unbiased=False)
                self.running_mean.lerp_(mean, self.momentum)
                self.running_var.lerp_(x.var(dim=(0, 2, 3), unbiased=True), self.momentum)
                self.num_batches_tracked += 1
            else:
                mean, var = self.running_mean, self.running_var
        y = (x - mean[:, None, None]) / (var + self.eps).sqrt()[:, None, None]
        return self.weight[:, None, None] * y + self.bias[:, None, None]

# %% right random_crop_flip | beginner's loop with a canvas of zeros
def random_crop_flip(images, *, padding=4, generator=None):
    N, C, H, W = images.shape
    canvas = torch.zeros(N, C, H + 2 * padding, W + 2 * padding, dtype=images.dtype, device=images.device)
    canvas[:, :, padding : padding + H, padding : padding + W] = images
    result = torch.empty_like(images)
    for n in range(N):
        top = int(torch.randint(0, 2 * padding + 1, (1,), generator=generator, device=images.device))
        left = int(torch.randint(0, 2 * padding + 1, (1,), generator=generator, device=images.device))
        crop = canvas[n, :, top : top + H, left : left + W]
        if torch.randint(0, 2, (1,), generator=generator, device=images.device).item() == 1:
            crop = torch.flip(crop, dims=[2])
        result[n] = crop
    return result

# %% right random_crop_flip | unfold views, one draw for offset and flip together
def random_crop_flip(images, *, padding=4, generator=None):
    n, c, h, w = images.shape
    k = 2 * padding + 1
    draw = torch.randint(2 * k * k, (n,), generator=generator, device=images.device)
    flip, place = draw % 2 == 1, draw // 2
    windows = F.pad(images, [padding] * 4).unfold(2, h, 1).unfold(3, w, 1)  # (n, c, k, k, h, w)
    crops = windows[torch.arange(n, device=images.device), :, place // k, place % k]
    return torch.where(flip[:, None, None, None], crops.flip(-1), crops)

# %% right random_crop_flip | two gathers, rows then columns
def random_crop_flip(images, *, padding=4, generator=None):
    N, C, H, W = images.shape
    dev = images.device
    padded = torch.nn.ZeroPad2d(padding)(images)
    offsets = torch.randint(0, 2 * padding + 1, (2, N, 1), generator=generator, device=dev)
    mirrored = torch.rand(N, 1, generator=generator, device=dev) < 0.5
    rows = offsets[0] + torch.arange(H, device=dev)
    cols = torch.arange(W, device=dev).expand(N, W)
    cols = offsets[1] + torch.where(mirrored, W - 1 - cols, cols)
    rows = rows[:, None, :, None].expand(N, C, H, W + 2 * padding)
    cols = cols[:, None, None, :].expand(N, C, H, W)
    return padded.gather(2, rows).gather(3, cols)

# %% wrong random_crop_flip | one offset and flip for the whole batch
def random_crop_flip(images, *, padding=4, generator=None):
    n, c, h, w = images.shape
    padded = F.pad(images, (padding,) * 4)
    top, left = torch.randint(0, 2 * padding + 1, (2,), generator=generator, device=images.device).tolist()
    crop = padded[:, :, top : top + h, left : left + w]
    if torch.rand(1, generator=generator, device=images.device) < 0.5:
        crop = crop.flip(3)
    return crop

# %% wrong random_crop_flip | offsets from 0 to 2·padding - 1, the last place never comes
def random_crop_flip(images, *, padding=4, generator=None):
    n, c, h, w = images.shape
    padded = F.pad(images, (padding,) * 4)
    out = torch.empty_like(images)
    for i in range(n):
        top, left = torch.randint(0, max(1, 2 * padding), (2,), generator=generator, device=images.device).tolist()
        crop = padded[i, :, top : top + h, left : left + w]
        if torch.rand(1, generator=generator, device=images.device) < 0.5:
            crop = crop.flip(2)
        out[i] = crop
    return out

# %% wrong random_crop_flip | one draw serves as top and as left: only places on the diagonal
def random_crop_flip(images, *, padding=4, generator=None):
    n, c, h, w = images.shape
    padded = F.pad(images, (padding, padding, padding, padding))
    offset = torch.randint(0, 2 * padding + 1, (n,), generator=generator, device=images.device)
    flip = torch.rand(n, generator=generator, device=images.device) < 0.5
    out = []
    for i in range(n):
        o = int(offset[i])
        crop = padded[i, :, o : o + h, o : o + w]
        out.append(crop.flip(-1) if flip[i] else crop)
    return torch.stack(out)

# %% wrong random_crop_flip | flip from numpy's generator: another flip for the same seed
def random_crop_flip(images, *, padding=4, generator=None):
    n, c, h, w = images.shape
    padded = F.pad(images, (padding,) * 4)
    tops = torch.randint(0, 2 * padding + 1, (n,), generator=generator, device=images.device).tolist()
    lefts = torch.randint(0, 2 * padding + 1, (n,), generator=generator, device=images.device).tolist()
    out = torch.stack([padded[i, :, t : t + h, s : s + w] for i, (t, s) in enumerate(zip(tops, lefts))])
    flip = torch.from_numpy(np.random.rand(n) < 0.5).to(images.device)
    out[flip] = out[flip].flip(3)
    return out

# %% wrong random_crop_flip | through float32 and back: large integers and float64 lose digits
def random_crop_flip(images, *, padding=4, generator=None):
    N, C, H, W = images.shape
    x = F.pad(images.float(), (padding,) * 4)
    top = torch.randint(0, 2 * padding + 1, (N, 1, 1, 1), generator=generator, device=images.device)
    left = torch.randint(0, 2 * padding + 1, (N, 1, 1, 1), generator=generator, device=images.device)
    flip = torch.rand(N, 1, 1, 1, generator=generator, device=images.device) < 0.5
    rows = top + torch.arange(H, device=images.device).view(1, 1, H, 1)
    cols = torch.arange(W, device=images.device).view(1, 1, 1, W)
    cols = left + torch.where(flip, W - 1 - cols, cols)
    n = torch.arange(N, device=images.device).view(N, 1, 1, 1)
    c = torch.arange(C, device=images.device).view(1, C, 1, 1)
    return x[n, c, rows, cols].to(images.dtype)

# %% wrong random_crop_flip | takes images for square, and flip hangs on the offset (one random number for both)
def random_crop_flip(images, *, padding=4, generator=None):
    n, c, size, _ = images.shape
    k = 2 * padding + 1
    padded = F.pad(images, (padding,) * 4)
    r = torch.rand(n, 2, generator=generator, device=images.device)
    top, left = (r * k).long().clamp(max=k - 1).T
    flip = r[:, 0] < 0.5
    idx = torch.arange(size, device=images.device)
    rows = (top[:, None] + idx)[:, None, :, None]
    cols = torch.where(flip[:, None], left[:, None] + size - 1 - idx, left[:, None] + idx)[:, None, None, :]
    return padded[torch.arange(n)[:, None, None, None], torch.arange(c)[None, :, None, None], rows, cols]

# %% right normalise | mean and std brought to the images' dtype, view
def normalise(images, mean, std):
    mean = torch.as_tensor(mean).to(device=images.device, dtype=images.dtype).view(1, -1, 1, 1)
    std = torch.as_tensor(std).to(device=images.device, dtype=images.dtype).view(1, -1, 1, 1)
    return (images - mean) / std

# %% right normalise | channels moved last, float64 inside
def normalise(images, mean, std):
    last = images.permute(0, 2, 3, 1).double()
    last = (last - mean.double()) / std.double()
    return last.permute(0, 3, 1, 2).to(images.dtype).contiguous()

# %% wrong normalise | ignores its arguments: CIFAR-10's numbers always
def normalise(images, mean, std):
    m = MEAN.to(images)[None, :, None, None]
    s = STD.to(images)[None, :, None, None]
    return (images - m) / s

# %% wrong normalise | mean and std along the last axis
def normalise(images, mean, std):
    return (images - mean) / std

# %% wrong normalise | takes images with a number above 1 for bytes and divides them by 255
def normalise(images, mean, std):
    if images.max() > 1:
        images = images / 255.0
    mean = mean.to(images.dtype)[:, None, None]
    std = std.to(images.dtype)[:, None, None]
    return (images - mean) / std

# %% right denormalise | one channel after the other on a copy
def denormalise(images, mean, std):
    out = images.clone()
    for c in range(images.shape[1]):
        out[:, c] = images[:, c] * std[c] + mean[c]
    return out

# %% right denormalise | addcmul in float64, cast back
def denormalise(images, mean, std):
    m, s = (v.double()[None, :, None, None] for v in (mean, std))
    return torch.addcmul(m, images.double(), s).to(images.dtype)

# %% wrong denormalise | mean added before multiplying
def denormalise(images, mean, std):
    return (images + mean[None, :, None, None]) * std[None, :, None, None]

# %% wrong denormalise | clipped to 0..1 at the end: other numbers do not come back
def denormalise(images, mean, std):
    mean, std = mean.to(images.dtype), std.to(images.dtype)
    return (images * std.view(1, -1, 1, 1) + mean.view(1, -1, 1, 1)).clamp(0, 1)

# %% wrong denormalise | three channels written in, and the result is always float32
def denormalise(images, mean, std):
    out = torch.zeros(images.shape)
    for c in range(3):
        out[:, c] = images[:, c] * std[c] + mean[c]
    return out

# %% right CifarCNN | built by a loop over blocks
class CifarCNN(nn.Module):
    def __init__(self):
        super().__init__()
        layers = []
        for i, (a, b, c) in enumerate([(3, 32, 64), (64, 128, 128), (128, 256, 256)]):
            layers += [nn.Conv2d(a, b, 3, padding=1), nn.BatchNorm2d(b), nn.ReLU(inplace=True)]
            layers += [nn.Conv2d(b, c, 3, padding="same"), nn.ReLU(inplace=True), nn.MaxPool2d(2, 2)]
            if i == 1:
                layers.append(nn.Dropout2d(0.05))
        self.conv_layer = nn.Sequential(*layers)
        self.fc_layer = nn.Sequential(
            nn.Dropout(0.1), nn.Linear(4096, 1024), nn.ReLU(), nn.Linear(1024, 512), nn.ReLU(), nn.Dropout(0.1),
            nn.Linear(512, 10),
        )

    def forward(self, images):
        return self.fc_layer(self.conv_layer(images).flatten(1))

# %% wrong CifarCNN | LogSoftmax at the end of forward
class CifarCNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv_layer = nn.Sequential(
            nn.Conv2d(3, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(),
            nn.MaxPool2d(2, 2),
            nn.Conv2d(64, 128, 3, padding=1), nn.BatchNorm2d(128), nn.ReLU(), nn.Conv2d(128, 128, 3, padding=1),
            nn.ReLU(), nn.MaxPool2d(2, 2), nn.Dropout2d(0.05),
            nn.Conv2d(128, 256, 3, padding=1), nn.BatchNorm2d(256), nn.ReLU(), nn.Conv2d(256, 256, 3, padding=1),
            nn.ReLU(), nn.MaxPool2d(2, 2),
        )
        self.fc_layer = nn.Sequential(
            nn.Dropout(0.1), nn.Linear(4096, 1024), nn.ReLU(), nn.Linear(1024, 512), nn.ReLU(), nn.Dropout(0.1),
            nn.Linear(512, 10),
        )

    def forward(self, images):
        x = self.conv_layer(images)
        x = x.view(x.size(0), -1)
        return F.log_softmax(self.fc_layer(x), dim=1)

# %% wrong CifarCNN | nn.Dropout, single pixels, where whole channels should go
class CifarCNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv_layer = nn.Sequential(
            nn.Conv2d(3, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(),
            nn.MaxPool2d(2, 2),
            nn.Conv2d(64, 128, 3, padding=1), nn.BatchNorm2d(128), nn.ReLU(), nn.Conv2d(128, 128, 3, padding=1),
            nn.ReLU(), nn.MaxPool2d(2, 2), nn.Dropout(0.05),
            nn.Conv2d(128, 256, 3, padding=1), nn.BatchNorm2d(256), nn.ReLU(), nn.Conv2d(256, 256, 3, padding=1),
            nn.ReLU(), nn.MaxPool2d(2, 2),
        )
        self.fc_layer = nn.Sequential(
            nn.Dropout(0.1), nn.Linear(4096, 1024), nn.ReLU(), nn.Linear(1024, 512), nn.ReLU(), nn.Dropout(0.1),
            nn.Linear(512, 10),
        )

    def forward(self, images):
        return self.fc_layer(torch.flatten(self.conv_layer(images), 1))

# %% wrong CifarCNN | average pooling, and squeeze turns the scores of one image into (10,)
class CifarCNN(nn.Module):
    def __init__(self):
        super().__init__()

        def block(a, b, c, *more):
            return [
                nn.Conv2d(a, b, 3, padding=1), nn.BatchNorm2d(b), nn.ReLU(),
                nn.Conv2d(b, c, 3, padding=1), nn.ReLU(), nn.AvgPool2d(2, 2), *more,
            ]

        self.conv_layer = nn.Sequential(
            *block(3, 32, 64), *block(64, 128, 128, nn.Dropout2d(p=0.05)), *block(128, 256, 256)
        )
        self.fc_layer = nn.Sequential(
            nn.Dropout(0.1), nn.Linear(4096, 1024), nn.ReLU(), nn.Linear(1024, 512), nn.ReLU(), nn.Dropout(0.1),
            nn.Linear(512, 10),
        )

    def forward(self, images):
        return self.fc_layer(self.conv_layer(images).reshape(len(images), 4096)).squeeze()

# %% wrong CifarCNN | the last dropout stands before the second ReLU, swapped layers 4 and 5, with p = 0.5
class CifarCNN(nn.Module):
    def __init__(self):
        super().__init__()
        c = []
        for a, b, d in [(3, 32, 64), (64, 128, 128), (128, 256, 256)]:
            c += [nn.Conv2d(a, b, 3, padding=1), nn.BatchNorm2d(b), nn.ReLU()]
            c += [nn.Conv2d(b, d, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
            if a == 64:
                c += [nn.Dropout2d(0.05)]
        self.conv_layer = nn.Sequential(*c)
        self.fc_layer = nn.Sequential(
            nn.Dropout(0.1), nn.Linear(4096, 1024), nn.ReLU(), nn.Linear(1024, 512), nn.Dropout(0.5), nn.ReLU(),
            nn.Linear(512, 10),
        )

    def forward(self, images):
        return self.fc_layer(self.conv_layer(images).flatten(1))

# %% right fit | straightforward, pathlib
def fit(model, train, validation, *, epochs, optimizer, loss_fn, device="cpu", checkpoint=None, progress=True):
    model.to(device)
    history, best_state, best_accuracy = [], None, -1.0
    if checkpoint is not None:
        checkpoint = Path(checkpoint)
        if checkpoint.exists():
            saved = torch.load(checkpoint, map_location="cpu", weights_only=True)
            model.load_state_dict(saved["model"])
            optimizer.load_state_dict(saved["optimizer"])
            history, best_state, best_accuracy = saved["history"], saved["best"], saved["best_accuracy"]
            torch.set_rng_state(saved["rng"])
            if "cuda" in saved and torch.cuda.is_available():
                torch.cuda.set_rng_state_all(saved["cuda"])
    bar = tqdm(total=epochs * len(train), initial=min(len(history), epochs) * len(train), disable=not progress)
    for epoch in range(len(history) + 1, epochs + 1):
        model.train()
        total, count = 0.0, 0
        for images, labels in train:
            images, labels = images.to(device), labels.to(device)
            loss = loss_fn(model(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(labels)
            count += len(labels)
            bar.update()
        model.eval()
        right, seen = 0, 0
        with torch.no_grad():
            for images, labels in validation:
                images, labels = images.to(device), labels.to(device)
                right += (model(images).argmax(dim=1) == labels).sum().item()
                seen += len(labels)
        accuracy = right / seen
        history.append({"epoch": epoch, "loss": total / count, "accuracy": accuracy})
        bar.set_postfix(epoch=epoch, loss=total / count, accuracy=accuracy)
        if accuracy > best_accuracy:
            best_accuracy, best_state = accuracy, copy.deepcopy(model.state_dict())
        if checkpoint is not None:
            state = {
                "model": model.state_dict(), "best": best_state, "best_accuracy": best_accuracy,
                "optimizer": optimizer.state_dict(), "history": history, "rng": torch.get_rng_state(),
            }
            if torch.cuda.is_available():
                state["cuda"] = torch.cuda.get_rng_state_all()
            new = checkpoint.with_name(checkpoint.name + ".new")
            torch.save(state, new)
            os.replace(new, checkpoint)
    bar.close()
    model.load_state_dict(best_state)
    return history

# %% right fit | a Trainer class, temporary file in the same folder, best found from the history
import tempfile


class _Trainer:
    def __init__(self, model, optimizer, loss_fn, device, checkpoint):
        self.model, self.optimizer, self.loss_fn, self.device = model.to(device), optimizer, loss_fn, device
        self.path = None if checkpoint is None else os.path.abspath(os.fspath(checkpoint))
        self.history, self.best = [], None

    def resume(self):
        if self.path is None or not os.path.isfile(self.path):
            return
        data = torch.load(self.path, map_location="cpu", weights_only=True)
        self.model.load_state_dict(data["model_state"])
        self.optimizer.load_state_dict(data["optimizer_state"])
        self.best, self.history = data["best_state"], list(data["history"])
        torch.set_rng_state(data["rng_state"])

    def save(self):
        if self.path is None:
            return
        handle, name = tempfile.mkstemp(dir=os.path.dirname(self.path), suffix=".tmp")
        os.close(handle)
        try:
            torch.save(
                {
                    "model_state": self.model.state_dict(),
                    "best_state": self.best,
                    "optimizer_state": self.optimizer.state_dict(),
                    "history": self.history,
                    "rng_state": torch.get_rng_state(),
                },
                name,
            )
            os.replace(name, self.path)
        except BaseException:
            if os.path.exists(name):
                os.remove(name)
            raise

    def batches(self, data):
        for x, y in data:
            yield x.to(self.device), y.to(self.device)

    def train_epoch(self, data, bar):
        self.model.train()
        loss_sum, n = torch.zeros((), device=self.device), 0
        for x, y in self.batches(data):
            self.optimizer.zero_grad(set_to_none=True)
            loss = self.loss_fn(self.model(x), y)
            loss.backward()
            self.optimizer.step()
            loss_sum = loss_sum + loss.detach() * len(y)
            n += len(y)
            bar.update(1)
        return loss_sum.item() / n

    @torch.no_grad()
    def accuracy(self, data):
        self.model.eval()
        hits, n = 0, 0
        for x, y in self.batches(data):
            hits += int(torch.sum(self.model(x).argmax(1) == y))
            n += len(y)
        return hits / n


def fit(model, train, validation, *, epochs, optimizer, loss_fn, device="cpu", checkpoint=None, progress=True):
    trainer = _Trainer(model, optimizer, loss_fn, device, checkpoint)
    trainer.resume()
    with tqdm(total=epochs * len(train), disable=not progress) as bar:
        bar.update(len(trainer.history) * len(train))
        while len(trainer.history) < epochs:
            loss = trainer.train_epoch(train, bar)
            accuracy = trainer.accuracy(validation)
            if all(accuracy > r["accuracy"] for r in trainer.history):
                trainer.best = {k: v.detach().clone() for k, v in model.state_dict().items()}
            trainer.history.append({"epoch": len(trainer.history) + 1, "loss": loss, "accuracy": accuracy})
            trainer.save()
    model.load_state_dict(trainer.best)
    return trainer.history

# %% wrong fit | best state is no copy: the last network stays
def fit(model, train, validation, *, epochs, optimizer, loss_fn, device="cpu", checkpoint=None, progress=True):
    model.to(device)
    history, best, best_acc = [], None, -1
    if checkpoint is not None and os.path.exists(checkpoint):
        c = torch.load(checkpoint, map_location="cpu", weights_only=True)
        model.load_state_dict(c["model"])
        optimizer.load_state_dict(c["opt"])
        history, best, best_acc = c["history"], c["best"], c["best_acc"]
        torch.set_rng_state(c["rng"])
    bar = tqdm(total=epochs * len(train), disable=not progress)
    for epoch in range(len(history) + 1, epochs + 1):
        model.train()
        s = n = 0
        for x, y in train:
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            loss = loss_fn(model(x), y)
            loss.backward()
            optimizer.step()
            s += loss.item() * len(y)
            n += len(y)
            bar.update()
        model.eval()
        r = m = 0
        with torch.no_grad():
            for x, y in validation:
                x, y = x.to(device), y.to(device)
                r += (model(x).argmax(1) == y).sum().item()
                m += len(y)
        history.append({"epoch": epoch, "loss": s / n, "accuracy": r / m})
        if r / m > best_acc:
            best_acc, best = r / m, model.state_dict()
        if checkpoint is not None:
            torch.save({"model": model.state_dict(), "opt": optimizer.state_dict(), "history": history, "best": best,
                        "best_acc": best_acc, "rng": torch.get_rng_state()}, str(checkpoint) + ".tmp")
            os.replace(str(checkpoint) + ".tmp", checkpoint)
    model.load_state_dict(best)
    return history

# %% wrong fit | mean of the batches' losses and accuracies, the smaller last batch weighs as much
def fit(model, train, validation, *, epochs, optimizer, loss_fn, device="cpu", checkpoint=None, progress=True):
    model.to(device)
    history, best, best_acc = [], None, -1
    if checkpoint is not None and os.path.exists(checkpoint):
        c = torch.load(checkpoint, map_location="cpu", weights_only=True)
        model.load_state_dict(c["model"])
        optimizer.load_state_dict(c["opt"])
        history, best, best_acc = c["history"], c["best"], c["best_acc"]
        torch.set_rng_state(c["rng"])
    bar = tqdm(total=epochs * len(train), disable=not progress)
    for epoch in range(len(history) + 1, epochs + 1):
        model.train()
        losses = []
        for x, y in train:
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            loss = loss_fn(model(x), y)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            bar.update()
        model.eval()
        accs = []
        with torch.no_grad():
            for x, y in validation:
                x, y = x.to(device), y.to(device)
                accs.append((model(x).argmax(1) == y).float().mean().item())
        acc = sum(accs) / len(accs)
        history.append({"epoch": epoch, "loss": sum(losses) / len(losses), "accuracy": acc})
        if acc > best_acc:
            best_acc, best = acc, copy.deepcopy(model.state_dict())
        if checkpoint is not None:
            torch.save({"model": model.state_dict(), "opt": optimizer.state_dict(), "history": history, "best": best,
                        "best_acc": best_acc, "rng": torch.get_rng_state()}, str(checkpoint) + ".tmp")
            os.replace(str(checkpoint) + ".tmp", checkpoint)
    model.load_state_dict(best)
    return history

# %% wrong fit | best accuracy begins at 0: with no image right in any epoch the last state stays, not the first epoch's
def fit(model, train, validation, *, epochs, optimizer, loss_fn, device="cpu", checkpoint=None, progress=True):
    model.to(device)
    history, best_acc = [], 0.0
    best = copy.deepcopy(model.state_dict())
    if checkpoint is not None and os.path.exists(checkpoint):
        c = torch.load(checkpoint, map_location="cpu", weights_only=True)
        model.load_state_dict(c["model"])
        optimizer.load_state_dict(c["opt"])
        history, best, best_acc = c["history"], c["best"], c["best_acc"]
        torch.set_rng_state(c["rng"])
    bar = tqdm(total=epochs * len(train), disable=not progress)
    for epoch in range(len(history) + 1, epochs + 1):
        model.train()
        s = n = 0
        for x, y in train:
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            loss = loss_fn(model(x), y)
            loss.backward()
            optimizer.step()
            s += loss.item() * len(y)
            n += len(y)
            bar.update()
        model.eval()
        r = m = 0
        with torch.no_grad():
            for x, y in validation:
                x, y = x.to(device), y.to(device)
                r += (model(x).argmax(1) == y).sum().item()
                m += len(y)
        history.append({"epoch": epoch, "loss": s / n, "accuracy": r / m})
        if r / m > best_acc:
            best_acc, best = r / m, copy.deepcopy(model.state_dict())
        if checkpoint is not None:
            torch.save({"model": model.state_dict(), "opt": optimizer.state_dict(), "history": history, "best": best,
                        "best_acc": best_acc, "rng": torch.get_rng_state()}, str(checkpoint) + ".tmp")
            os.replace(str(checkpoint) + ".tmp", checkpoint)
    model.load_state_dict(best)
    return history

# %% wrong fit | gradients set to zero only after the step: those left from before go into the first one
def fit(model, train, validation, *, epochs, optimizer, loss_fn, device="cpu", checkpoint=None, progress=True):
    model.to(device)
    history, best, best_acc = [], None, -1
    if checkpoint is not None and os.path.exists(checkpoint):
        c = torch.load(checkpoint, map_location="cpu", weights_only=True)
        model.load_state_dict(c["model"])
        optimizer.load_state_dict(c["opt"])
        history, best, best_acc = c["history"], c["best"], c["best_acc"]
        torch.set_rng_state(c["rng"])
    bar = tqdm(total=epochs * len(train), disable=not progress)
    for epoch in range(len(history) + 1, epochs + 1):
        model.train()
        s = n = 0
        for x, y in train:
            x, y = x.to(device), y.to(device)
            loss = loss_fn(model(x), y)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
            s += loss.item() * len(y)
            n += len(y)
            bar.update()
        model.eval()
        r = m = 0
        with torch.no_grad():
            for x, y in validation:
                x, y = x.to(device), y.to(device)
                r += (model(x).argmax(1) == y).sum().item()
                m += len(y)
        history.append({"epoch": epoch, "loss": s / n, "accuracy": r / m})
        if r / m > best_acc:
            best_acc, best = r / m, copy.deepcopy(model.state_dict())
        if checkpoint is not None:
            torch.save({"model": model.state_dict(), "opt": optimizer.state_dict(), "history": history, "best": best,
                        "best_acc": best_acc, "rng": torch.get_rng_state()}, str(checkpoint) + ".tmp")
            os.replace(str(checkpoint) + ".tmp", checkpoint)
    model.load_state_dict(best)
    return history

# %% wrong fit | checkpoint without the state of the random numbers: dropout goes on otherwise
def fit(model, train, validation, *, epochs, optimizer, loss_fn, device="cpu", checkpoint=None, progress=True):
    model.to(device)
    history, best, best_acc = [], None, -1
    if checkpoint is not None and os.path.exists(checkpoint):
        c = torch.load(checkpoint, map_location="cpu", weights_only=True)
        model.load_state_dict(c["model"])
        optimizer.load_state_dict(c["opt"])
        history, best, best_acc = c["history"], c["best"], c["best_acc"]
    bar = tqdm(total=epochs * len(train), disable=not progress)
    for epoch in range(len(history) + 1, epochs + 1):
        model.train()
        s = n = 0
        for x, y in train:
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            loss = loss_fn(model(x), y)
            loss.backward()
            optimizer.step()
            s += loss.item() * len(y)
            n += len(y)
            bar.update()
        model.eval()
        r = m = 0
        with torch.no_grad():
            for x, y in validation:
                x, y = x.to(device), y.to(device)
                r += (model(x).argmax(1) == y).sum().item()
                m += len(y)
        history.append({"epoch": epoch, "loss": s / n, "accuracy": r / m})
        if r / m > best_acc:
            best_acc, best = r / m, copy.deepcopy(model.state_dict())
        if checkpoint is not None:
            torch.save({"model": model.state_dict(), "opt": optimizer.state_dict(), "history": history, "best": best,
                        "best_acc": best_acc}, str(checkpoint) + ".tmp")
            os.replace(str(checkpoint) + ".tmp", checkpoint)
    model.load_state_dict(best)
    return history

# %% wrong fit | checkpoint written straight over the old one: no whole file if that fails half way
def fit(model, train, validation, *, epochs, optimizer, loss_fn, device="cpu", checkpoint=None, progress=True):
    model.to(device)
    history, best, best_acc = [], None, -1
    if checkpoint is not None and os.path.exists(checkpoint):
        c = torch.load(checkpoint, map_location="cpu", weights_only=True)
        model.load_state_dict(c["model"])
        optimizer.load_state_dict(c["opt"])
        history, best, best_acc = c["history"], c["best"], c["best_acc"]
        torch.set_rng_state(c["rng"])
    bar = tqdm(total=epochs * len(train), disable=not progress)
    for epoch in range(len(history) + 1, epochs + 1):
        model.train()
        s = n = 0
        for x, y in train:
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            loss = loss_fn(model(x), y)
            loss.backward()
            optimizer.step()
            s += loss.item() * len(y)
            n += len(y)
            bar.update()
        model.eval()
        r = m = 0
        with torch.no_grad():
            for x, y in validation:
                x, y = x.to(device), y.to(device)
                r += (model(x).argmax(1) == y).sum().item()
                m += len(y)
        history.append({"epoch": epoch, "loss": s / n, "accuracy": r / m})
        if r / m > best_acc:
            best_acc, best = r / m, copy.deepcopy(model.state_dict())
        if checkpoint is not None:
            torch.save({"model": model.state_dict(), "opt": optimizer.state_dict(), "history": history, "best": best,
                        "best_acc": best_acc, "rng": torch.get_rng_state()}, checkpoint)
    model.load_state_dict(best)
    return history

# %% wrong fit | best state is not in the checkpoint: after a restart only later epochs can be the best
def fit(model, train, validation, *, epochs, optimizer, loss_fn, device="cpu", checkpoint=None, progress=True):
    model.to(device)
    history, best_acc = [], -1
    best = None
    if checkpoint is not None and os.path.exists(checkpoint):
        c = torch.load(checkpoint, map_location="cpu", weights_only=True)
        model.load_state_dict(c["model"])
        optimizer.load_state_dict(c["opt"])
        history = c["history"]
        torch.set_rng_state(c["rng"])
        best = copy.deepcopy(model.state_dict())
        best_acc = history[-1]["accuracy"]
    bar = tqdm(total=epochs * len(train), disable=not progress)
    for epoch in range(len(history) + 1, epochs + 1):
        model.train()
        s = n = 0
        for x, y in train:
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            loss = loss_fn(model(x), y)
            loss.backward()
            optimizer.step()
            s += loss.item() * len(y)
            n += len(y)
            bar.update()
        model.eval()
        r = m = 0
        with torch.no_grad():
            for x, y in validation:
                x, y = x.to(device), y.to(device)
                r += (model(x).argmax(1) == y).sum().item()
                m += len(y)
        history.append({"epoch": epoch, "loss": s / n, "accuracy": r / m})
        if r / m > best_acc:
            best_acc, best = r / m, copy.deepcopy(model.state_dict())
        if checkpoint is not None:
            torch.save({"model": model.state_dict(), "opt": optimizer.state_dict(), "history": history,
                        "rng": torch.get_rng_state()}, str(checkpoint) + ".tmp")
            os.replace(str(checkpoint) + ".tmp", checkpoint)
    model.load_state_dict(best)
    return history

# %% wrong fit | losses by np.average: NumPy numbers in history, so weights_only refuses the checkpoint; bar always shown
def fit(model, train, validation, *, epochs, optimizer, loss_fn, device="cpu", checkpoint=None, progress=True):
    model.to(device)
    history, best, best_acc = [], None, -1
    if checkpoint is not None and os.path.exists(checkpoint):
        c = torch.load(checkpoint, map_location="cpu", weights_only=False)
        model.load_state_dict(c["model"])
        optimizer.load_state_dict(c["opt"])
        history, best, best_acc = c["history"], c["best"], c["best_acc"]
        torch.set_rng_state(c["rng"])
    bar = tqdm(total=epochs * len(train))
    for epoch in range(len(history) + 1, epochs + 1):
        model.train()
        losses, sizes = [], []
        for x, y in train:
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            loss = loss_fn(model(x), y)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            sizes.append(len(y))
            bar.update()
        model.eval()
        hits = []
        with torch.no_grad():
            for x, y in validation:
                x, y = x.to(device), y.to(device)
                hits.append((model(x).argmax(1) == y).cpu().numpy())
        acc = np.concatenate(hits).mean()
        history.append({"epoch": epoch, "loss": np.average(losses, weights=sizes), "accuracy": acc})
        if acc > best_acc:
            best_acc, best = acc, copy.deepcopy(model.state_dict())
        if checkpoint is not None:
            torch.save({"model": model.state_dict(), "opt": optimizer.state_dict(), "history": history, "best": best,
                        "best_acc": best_acc, "rng": torch.get_rng_state()}, str(checkpoint) + ".tmp")
            os.replace(str(checkpoint) + ".tmp", checkpoint)
    bar.close()
    model.load_state_dict(best)
    return history

# %% wrong fit | gradients stay switched off after the last validation
def fit(model, train, validation, *, epochs, optimizer, loss_fn, device="cpu", checkpoint=None, progress=True):
    model.to(device)
    history, best, best_acc = [], None, -1
    if checkpoint is not None and os.path.exists(checkpoint):
        c = torch.load(checkpoint, map_location="cpu", weights_only=True)
        model.load_state_dict(c["model"])
        optimizer.load_state_dict(c["opt"])
        history, best, best_acc = c["history"], c["best"], c["best_acc"]
        torch.set_rng_state(c["rng"])
    bar = tqdm(total=epochs * len(train), disable=not progress)
    for epoch in range(len(history) + 1, epochs + 1):
        model.train()
        torch.set_grad_enabled(True)
        s = n = 0
        for x, y in train:
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            loss = loss_fn(model(x), y)
            loss.backward()
            optimizer.step()
            s += loss.item() * len(y)
            n += len(y)
            bar.update()
        model.eval()
        torch.set_grad_enabled(False)
        r = m = 0
        for x, y in validation:
            x, y = x.to(device), y.to(device)
            r += (model(x).argmax(1) == y).sum().item()
            m += len(y)
        history.append({"epoch": epoch, "loss": s / n, "accuracy": r / m})
        if r / m > best_acc:
            best_acc, best = r / m, copy.deepcopy(model.state_dict())
        if checkpoint is not None:
            torch.save({"model": model.state_dict(), "opt": optimizer.state_dict(), "history": history, "best": best,
                        "best_acc": best_acc, "rng": torch.get_rng_state()}, str(checkpoint) + ".tmp")
            os.replace(str(checkpoint) + ".tmp", checkpoint)
    model.load_state_dict(best)
    return history

# %% right one_cycle | numpy inside, with a nested function
def one_cycle(step, total, peak):
    w = 0.3 * (total - 1)

    def down(s):
        return 0.5 * (1 + np.cos(np.pi * (s - w) / (total - 1 - w)))

    factor = 0.04 + 0.96 * step / w if step <= w else down(step)
    return float(peak * factor)

# %% wrong one_cycle | w rounded down to a whole number
def one_cycle(step, total, peak):
    w = max(int(0.3 * (total - 1)), 1)
    if step <= w:
        return peak * (0.04 + 0.96 * step / w)
    return peak * 0.5 * (1 + math.cos(math.pi * (step - w) / (total - 1 - w)))

# %% wrong one_cycle | reckons with total instead of total - 1
def one_cycle(step, total, peak):
    w = 0.3 * total
    if step <= w:
        return peak * (0.04 + 0.96 * step / w)
    return peak * (1 + math.cos(math.pi * (step - w) / (total - w))) / 2

# %% wrong one_cycle | returns a float32 tensor, no float
def one_cycle(step, total, peak):
    w = 0.3 * (total - 1)
    s = torch.tensor(float(step))
    up = peak * (0.04 + 0.96 * s / w)
    down = peak * (1 + torch.cos(torch.pi * (s - w) / (total - 1 - w))) / 2
    return torch.where(s <= w, up, down)

# %% right most_confident_mistakes | Python's sorted over a list of pairs
def most_confident_mistakes(probabilities, labels, count):
    mistakes = []
    for i in range(len(labels)):
        row = probabilities[i].tolist()
        confidence = max(row)
        if row.index(confidence) != int(labels[i]):
            mistakes.append((confidence, i))
    mistakes = sorted(mistakes, reverse=True)[:count]
    return torch.tensor([i for _, i in mistakes], dtype=torch.int64, device=labels.device)

# %% right most_confident_mistakes | pandas
import pandas as pd


def most_confident_mistakes(probabilities, labels, count):
    p = probabilities.detach().cpu().numpy()
    table = pd.DataFrame({"sure": p.max(axis=1), "guess": p.argmax(axis=1), "truth": labels.cpu().numpy()})
    wrong = table[table.guess != table.truth].sort_values("sure", ascending=False).head(count)
    return torch.as_tensor(wrong.index.to_numpy().astype("int64").copy(), device=probabilities.device)

# %% wrong most_confident_mistakes | positions in the list of mistakes, not in the batch
def most_confident_mistakes(probabilities, labels, count):
    sure, guess = probabilities.max(dim=1)
    sure = sure[guess != labels]
    return sure.argsort(descending=True)[:count]

# %% wrong most_confident_mistakes | float32 inside: nearly equal float64 come in the wrong order
def most_confident_mistakes(probabilities, labels, count):
    sure, guess = probabilities.float().max(dim=1)
    wrong = (guess != labels).nonzero().flatten()
    order = torch.argsort(sure[wrong], descending=True, stable=True)
    return wrong[order][:count]

# %% wrong most_confident_mistakes | a list of tensors' numbers, not a tensor
def most_confident_mistakes(probabilities, labels, count):
    sure, guess = probabilities.max(dim=1)
    wrong = [i for i in range(len(labels)) if guess[i] != labels[i]]
    wrong.sort(key=lambda i: sure[i].item(), reverse=True)
    return wrong[:count]

# %% wrong most_confident_mistakes | no mistakes give an empty tensor of floats
def most_confident_mistakes(probabilities, labels, count):
    sure, guess = probabilities.max(dim=1)
    found = []
    for i in torch.argsort(sure, descending=True).tolist():
        if guess[i] != labels[i] and len(found) < count:
            found.append(i)
    return torch.tensor(found)

# %% right overfit_epoch | recursion over the epochs
def overfit_epoch(train_accuracy, test_accuracy):
    def best_of(i):
        if i == 0:
            return 0
        before = best_of(i - 1)
        return i if test_accuracy[i] > test_accuracy[before] else before

    where = best_of(len(test_accuracy) - 1)
    return [where + 1, test_accuracy[where], test_accuracy[-1]]

# %% wrong overfit_epoch | last of several best epochs, counted from 0
def overfit_epoch(train_accuracy, test_accuracy):
    best_epoch = 0
    for i, a in enumerate(test_accuracy):
        if a >= test_accuracy[best_epoch]:
            best_epoch = i
    return best_epoch, test_accuracy[best_epoch], test_accuracy[-1]

# %% wrong overfit_epoch | best begins at 0: an accuracy of 0 throughout gives epoch 0
def overfit_epoch(train_accuracy, test_accuracy):
    best_epoch, best = 0, 0
    for epoch, accuracy in enumerate(test_accuracy, start=1):
        if accuracy > best:
            best_epoch, best = epoch, accuracy
    return best_epoch, best, test_accuracy[-1]

# %% wrong overfit_epoch | a NumPy array instead of tuple or list: the epoch is a float
def overfit_epoch(train_accuracy, test_accuracy):
    test = np.array(test_accuracy)
    k = test.argmax()
    return np.array([k + 1, test[k], test[-1]])

# %% wrong overfit_epoch | compares rounded accuracies: epochs that are nearly as good count as equal
def overfit_epoch(train_accuracy, test_accuracy):
    rounded = [round(float(a), 1) for a in test_accuracy]
    i = rounded.index(max(rounded))
    return i + 1, test_accuracy[i], test_accuracy[-1]

# %% right quiz_first_loss | capital letter, as the test allows
quiz_first_loss = "D"

# %% wrong quiz_first_loss | every training begins like that
quiz_first_loss = "c"

# %% wrong quiz_dropout | scaled in evaluation
quiz_dropout = "b"

# %% wrong quiz_neighbours | no_grad
quiz_neighbours = "b"

# %% wrong quiz_last_epoch | overfitting
quiz_last_epoch = "a"
