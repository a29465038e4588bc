# %% right softmax | exp of log_softmax; half computed in float32
def softmax(scores):
    work = scores.float() if scores.dtype in (torch.float16, torch.bfloat16) else scores
    return torch.exp(F.log_softmax(work, dim=1)).to(scores.dtype)

# %% right softmax | beginner: a loop over the rows, stacked at the end
def softmax(scores):
    rows = []
    for row in scores:
        biggest = row.max()
        e = torch.exp(row - biggest)
        total = e.sum()
        rows.append(e / total)
    return torch.stack(rows)

# %% wrong softmax | normalised over the batch, axis 0
def softmax(scores):
    m = scores.max(dim=0, keepdim=True).values
    e = torch.exp(scores - m)
    return e / e.sum(dim=0, keepdim=True)

# %% wrong softmax | takes away the mean instead of the largest score: overflows when scores are spread widely
def softmax(scores):
    shifted = scores - scores.mean(dim=1, keepdim=True)
    exp = torch.exp(shifted)
    return exp / exp.sum(dim=1, keepdim=True)

# %% wrong softmax | exp(s - logsumexp(s)) in float32: around 10,000 the logarithm is rounded to a thousandth, rows do not add up to 1
def softmax(scores):
    return torch.exp(scores - torch.logsumexp(scores, dim=1, keepdim=True))

# %% wrong softmax | goes through numpy, so the gradient is lost
def softmax(scores):
    s = scores.detach().cpu().numpy()
    s = s - s.max(axis=1, keepdims=True)
    e = np.exp(s)
    p = e / e.sum(axis=1, keepdims=True)
    return torch.from_numpy(p).to(scores.device)

# %% right cross_entropy | PyTorch's own, labels made long, half in float32
def cross_entropy(scores, labels):
    wide = scores.float() if scores.dtype in (torch.half, torch.bfloat16) else scores
    return F.cross_entropy(wide, labels.long()).to(scores.dtype)

# %% right cross_entropy | gather, with the maximum taken away by hand
def cross_entropy(scores, labels):
    """The mean over the examples of -log softmax(scores)[label]."""
    s = scores.double()
    m = s.detach().amax(1, keepdim=True)
    lse = (s - m).exp().sum(1).log() + m.squeeze(1)
    right = s.gather(1, labels.long().view(-1, 1)).squeeze(1)
    return (lse - right).mean().to(scores.dtype)

# %% right cross_entropy | beginner: a loop over the examples
def cross_entropy(scores, labels):
    losses = []
    for i in range(len(labels)):
        row = scores[i].to(torch.float64)
        c = int(labels[i])
        losses.append(torch.logsumexp(row, dim=0) - row[c])
    loss = sum(losses) / len(losses)
    return loss.to(scores.dtype)

# %% wrong cross_entropy | softmax, a small number inside the logarithm
def cross_entropy(scores, labels):
    shifted = scores - scores.max(dim=1, keepdim=True).values
    p = shifted.exp() / shifted.exp().sum(dim=1, keepdim=True)
    p_right = p[torch.arange(len(labels)), labels]
    return -torch.log(p_right + 1e-12).mean()

# %% wrong cross_entropy | softmax applied twice: probabilities given to F.cross_entropy
def cross_entropy(scores, labels):
    probabilities = torch.softmax(scores, dim=1)
    return F.cross_entropy(probabilities, labels)

# %% wrong cross_entropy | one largest score for the whole batch: rows far apart give inf
def cross_entropy(scores, labels):
    m = scores.max()
    log_sum = m + torch.log(torch.exp(scores - m).sum(dim=1))
    return (log_sum - scores[torch.arange(len(labels)), labels]).mean()

# %% wrong cross_entropy | squeeze() loses the batch axis for one example and the kinds' axis for one kind
def cross_entropy(scores, labels):
    scores = scores.squeeze()
    log_p = scores - torch.logsumexp(scores, dim=-1, keepdim=True)
    return -log_p[torch.arange(len(labels)), labels.squeeze()].mean()

# %% wrong cross_entropy | always float32: float64 and half come out as float32
def cross_entropy(scores, labels):
    scores = scores.float()
    lse = torch.logsumexp(scores, dim=1)
    picked = scores[torch.arange(len(labels), device=scores.device), labels]
    return torch.mean(lse - picked)

# %% right dropout | defensive, bernoulli_ with the generator
def dropout(x, p, training, generator=None):
    if not (0.0 <= float(p) <= 1.0):
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
    if not training or p == 0:
        return x
    if p == 1:
        return x * 0
    keep_prob = 1.0 - float(p)
    mask = torch.empty(x.shape, dtype=torch.float32, device=x.device)
    mask.bernoulli_(keep_prob, generator=generator)
    return x * (mask / keep_prob).to(x.dtype)

# %% right dropout | torch.where, a short one
def dropout(x, p, training, generator=None):
    if p < 0 or p > 1:
        raise ValueError("p is a probability")
    if p == 1 and training:
        return torch.zeros_like(x) * x
    if training and p > 0:
        dropped = torch.rand(x.shape, generator=generator, device=x.device) < p
        return torch.where(dropped, torch.zeros((), dtype=x.dtype, device=x.device), x / (1 - p))
    return x

# %% right dropout | masked_fill, and a copy in evaluation
def dropout(x, p, training, generator=None):
    if not 0 <= p <= 1:
        raise ValueError("p must be in [0, 1]")
    if not training:
        return x.clone()
    drop = torch.rand(size=tuple(x.shape), generator=generator, device=x.device, dtype=torch.float64).lt(p)
    factor = 0.0 if p == 1 else 1 / (1 - p)
    return (x * factor).masked_fill(drop, 0)

# %% wrong dropout | p taken for the probability to keep
def dropout(x, p, training, generator=None):
    if not 0 <= p <= 1:
        raise ValueError("p must be a probability")
    if not training or p == 0:
        return x
    if p == 1:
        return x * 0
    mask = (torch.rand(x.shape, generator=generator, device=x.device) < p).to(x.dtype)
    return x * mask / p

# %% wrong dropout | not inverted: nothing scaled in training, scaled by 1 - p in evaluation (two mistakes)
def dropout(x, p, training, generator=None):
    if p < 0 or p > 1:
        raise ValueError
    if not training:
        return x * (1 - p)
    mask = torch.rand(x.shape, generator=generator, device=x.device) >= p
    return x * mask

# %% wrong dropout | F.dropout: the generator is ignored
def dropout(x, p, training, generator=None):
    if not 0 <= p <= 1:
        raise ValueError("dropout probability must be between 0 and 1")
    return F.dropout(x, p=float(p), training=training)

# %% wrong dropout | p is checked only in training
def dropout(x, p, training, generator=None):
    if not training:
        return x
    if p < 0 or p > 1:
        raise ValueError(f"p = {p} is not a probability")
    if p == 1:
        return torch.zeros_like(x)
    mask = torch.rand(x.shape, generator=generator, device=x.device) >= p
    return x * mask / (1 - p)

# %% wrong dropout | the mask is float32, so half comes out as float32
def dropout(x, p, training, generator=None):
    if not 0 <= p <= 1:
        raise ValueError("p must be between 0 and 1")
    if not training or p == 0:
        return x
    if p == 1:
        return x * 0
    mask = (torch.rand(x.shape, generator=generator, device=x.device) >= p).float() / (1 - p)
    return x * mask

# %% wrong dropout | drops exactly round(p * n) elements, so they are not independent
def dropout(x, p, training, generator=None):
    if not 0 <= p <= 1:
        raise ValueError("p must be between 0 and 1")
    if not training or p == 0:
        return x
    if p == 1:
        return x * 0
    n = x.numel()
    chosen = torch.randperm(n, generator=generator, device=x.device)[: round(p * n)]
    mask = torch.ones(n, dtype=x.dtype, device=x.device)
    mask[chosen] = 0
    return x * mask.reshape(x.shape) / (1 - p)

# %% wrong dropout | seeds PyTorch's global generator from the given one, which never advances
def dropout(x, p, training, generator=None):
    if not 0 <= p <= 1:
        raise ValueError(p)
    if not training or p == 0:
        return x
    if p == 1:
        return x * 0
    if generator is not None:
        torch.manual_seed(generator.initial_seed())
    mask = (torch.rand_like(x) >= p).to(x.dtype)
    return x * mask / (1 - p)

# %% right dropout2d | lets dropout do it on ones of shape (N, C, 1, 1)
def dropout2d(x, p, training, generator=None):
    factors = dropout(torch.ones(*x.shape[:2], 1, 1, dtype=x.dtype, device=x.device), p, training, generator)
    return x * factors

# %% right dropout2d | einsum with a mask (N, C)
def dropout2d(x, p, training, generator=None):
    if not (p >= 0 and p <= 1):
        raise ValueError("p should be a probability")
    if training is False or p == 0:
        return x
    if p == 1:
        return 0 * x
    n, c, _, _ = x.shape
    keep = torch.rand(n, c, generator=generator, device=x.device) >= p
    return torch.einsum("nchw,nc->nchw", x, keep.to(x.dtype) / (1 - p))

# %% wrong dropout2d | one mask for all images: the same channels go in each
def dropout2d(x, p, training, generator=None):
    if not 0 <= p <= 1:
        raise ValueError("p")
    if not training or p == 0:
        return x
    if p == 1:
        return x * 0
    mask = torch.rand(x.shape[1], generator=generator, device=x.device) >= p
    return x * mask[None, :, None, None] / (1 - p)

# %% wrong dropout2d | p = 1 is not treated: 0 / 0 gives nan
def dropout2d(x, p, training, generator=None):
    if p < 0 or p > 1:
        raise ValueError("p must be between 0 and 1")
    if not training or p == 0:
        return x
    N, C, H, W = x.shape
    mask = (torch.rand(N, C, 1, 1, generator=generator, device=x.device) >= p).to(x.dtype)
    return x * mask / torch.tensor(1 - p, dtype=x.dtype, device=x.device)

# %% wrong dropout2d | no ValueError for p outside 0 to 1, and p = 1 drops in evaluation, too (two mistakes)
def dropout2d(x, p, training, generator=None):
    if p == 1:
        return torch.zeros_like(x)
    if not training or p == 0:
        return x
    mask = torch.rand(x.size(0), x.size(1), 1, 1, generator=generator, device=x.device) >= p
    return x * mask / (1 - p)

# %% wrong dropout2d | a new torch.Generator() where none is given: the same channels at every call, global one unused
def dropout2d(x, p, training, generator=None):
    if not 0 <= p <= 1:
        raise ValueError("p must be between 0 and 1")
    if not training or p == 0:
        return x
    if p == 1:
        return x * 0
    if generator is None:
        generator = torch.Generator(device=x.device)
    mask = torch.rand((x.shape[0], x.shape[1], 1, 1), generator=generator, device=x.device) >= p
    return x * mask / (1 - p)

# %% right BatchNorm2d | step by step, one statistic after the other
class BatchNorm2d(nn.Module):
    def __init__(self, channels, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps = eps
        self.momentum = momentum
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))
        self.register_buffer("num_batches_tracked", torch.tensor(0))

    def forward(self, x):
        if self.training:
            mean = x.mean(dim=(0, 2, 3))
            var = ((x - mean[None, :, None, None]) ** 2).mean(dim=(0, 2, 3))
            M = x.shape[0] * x.shape[2] * x.shape[3]
            with torch.no_grad():
                self.running_mean.mul_(1 - self.momentum).add_(self.momentum * mean)
                self.running_var.mul_(1 - self.momentum).add_(self.momentum * var * M / (M - 1))
                self.num_batches_tracked += 1
        else:
            mean, var = self.running_mean, self.running_var
        mean, var = mean[None, :, None, None], var[None, :, None, None]
        x_hat = (x - mean) / torch.sqrt(var + self.eps)
        y = self.weight[None, :, None, None] * x_hat + self.bias[None, :, None, None]
        return y.to(x.dtype)

# %% right BatchNorm2d | inherits from PyTorch's layer
class BatchNorm2d(nn.BatchNorm2d):
    """PyTorch's layer under the names of the exercise."""

    def __init__(self, channels, eps=1e-5, momentum=0.1):
        super().__init__(num_features=channels, eps=eps, momentum=momentum, affine=True, track_running_stats=True)

# %% right BatchNorm2d | channels first as a matrix (C, M), addcmul, lerp_ of detached statistics
class BatchNorm2d(nn.Module):
    def __init__(self, channels, eps=1e-5, momentum=0.1):
        super().__init__()
        self.channels, self.eps, self.momentum = channels, eps, momentum
        self.weight, self.bias = nn.Parameter(torch.ones(channels)), nn.Parameter(torch.zeros(channels))
        for name, start in [
            ("running_mean", torch.zeros(channels)),
            ("running_var", torch.ones(channels)),
            ("num_batches_tracked", torch.tensor(0, dtype=torch.long)),
        ]:
            self.register_buffer(name, start)

    def _batch_statistics(self, x):
        flat = x.transpose(0, 1).reshape(self.channels, -1)
        mean = flat.mean(1)
        centred = flat - mean[:, None]
        squares = (centred * centred).sum(1)
        m = flat.shape[1]
        self.running_mean.lerp_(mean.detach().to(self.running_mean.dtype), self.momentum)
        self.running_var.lerp_((squares.detach() / (m - 1)).to(self.running_var.dtype), self.momentum)
        self.num_batches_tracked.add_(1)
        return mean, squares / m

    def forward(self, x):
        mean, var = self._batch_statistics(x) if self.training else (self.running_mean, self.running_var)
        shape = (1, -1, 1, 1)
        scale = self.weight * torch.rsqrt(var + self.eps)
        return ((x - mean.view(shape)) * scale.view(shape) + self.bias.view(shape)).to(x.dtype)

# %% wrong BatchNorm2d | the running variance is the biased one, over M
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
        x = (x - mean[None, :, None, None]) / (var[None, :, None, None] + self.eps).sqrt()
        return self.weight[None, :, None, None] * x + self.bias[None, :, None, None]

# %% wrong BatchNorm2d | statistics over height and width only (instance norm), momentum the wrong way round (two mistakes)
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
            mean = x.mean(dim=(2, 3), keepdim=True)
            var = x.var(dim=(2, 3), unbiased=False, keepdim=True)
            with torch.no_grad():
                self.running_mean = self.momentum * self.running_mean + (1 - self.momentum) * mean.mean(0).flatten()
                self.running_var = self.momentum * self.running_var + (1 - self.momentum) * var.mean(0).flatten()
                self.num_batches_tracked += 1
        else:
            mean = self.running_mean[None, :, None, None]
            var = self.running_var[None, :, None, None]
        x = (x - mean) / torch.sqrt(var + self.eps)
        return self.weight[None, :, None, None] * x + self.bias[None, :, None, None]

# %% wrong BatchNorm2d | eps is added to the root, not under it
class BatchNorm2d(nn.Module):
    def __init__(self, channels, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps = eps
        self.momentum = momentum
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))
        self.register_buffer("num_batches_tracked", torch.tensor(0))

    def forward(self, x):
        if self.training:
            mean = x.mean(dim=(0, 2, 3))
            std = x.std(dim=(0, 2, 3), unbiased=False)
            with torch.no_grad():
                self.running_mean += self.momentum * (mean - self.running_mean)
                self.running_var += self.momentum * (x.var(dim=(0, 2, 3), unbiased=True) - self.running_var)
                self.num_batches_tracked += 1
        else:
            mean = self.running_mean
            std = self.running_var.sqrt()
        out = (x - mean.view(1, -1, 1, 1)) / (std.view(1, -1, 1, 1) + self.eps)
        return out * self.weight.view(1, -1, 1, 1) + self.bias.view(1, -1, 1, 1)

# %% wrong BatchNorm2d | the running statistics keep their graph: no torch.no_grad()
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
            self.running_mean = (1 - self.momentum) * self.running_mean + self.momentum * mean
            self.running_var = (1 - self.momentum) * self.running_var + self.momentum * x.var(dim=(0, 2, 3))
            self.num_batches_tracked += 1
        else:
            mean, var = self.running_mean, self.running_var
        x = (x - mean[None, :, None, None]) / torch.sqrt(var[None, :, None, None] + self.eps)
        return self.weight[None, :, None, None] * x + self.bias[None, :, None, None]

# %% wrong BatchNorm2d | mean and variance under no_grad: no gradient flows through them
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
                m = x.numel() / x.shape[1]
                self.running_mean = (1 - self.momentum) * self.running_mean + self.momentum * mean
                self.running_var = (1 - self.momentum) * self.running_var + self.momentum * var * m / (m - 1)
                self.num_batches_tracked += 1
            else:
                mean, var = self.running_mean, self.running_var
        x = (x - mean[None, :, None, None]) / torch.sqrt(var[None, :, None, None] + self.eps)
        return self.weight[None, :, None, None] * x + self.bias[None, :, None, None]

# %% wrong BatchNorm2d | weight and bias of shape (1, C, 1, 1), counter a float (two mistakes)
class BatchNorm2d(nn.Module):
    def __init__(self, channels, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps, self.momentum = eps, momentum
        self.weight = nn.Parameter(torch.ones(1, channels, 1, 1))
        self.bias = nn.Parameter(torch.zeros(1, channels, 1, 1))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))
        self.register_buffer("num_batches_tracked", torch.zeros(()))

    def forward(self, x):
        if self.training:
            mean = x.mean(dim=(0, 2, 3), keepdim=True)
            var = x.var(dim=(0, 2, 3), keepdim=True, unbiased=False)
            with torch.no_grad():
                unbiased = x.var(dim=(0, 2, 3), unbiased=True)
                self.running_mean.mul_(1 - self.momentum).add_(mean.flatten(), alpha=self.momentum)
                self.running_var.mul_(1 - self.momentum).add_(unbiased, alpha=self.momentum)
                self.num_batches_tracked += 1
        else:
            mean = self.running_mean.reshape(1, -1, 1, 1)
            var = self.running_var.reshape(1, -1, 1, 1)
        return self.weight * (x - mean) / torch.sqrt(var + self.eps) + self.bias

# %% wrong BatchNorm2d | asks whether gradients are on: in training under no_grad it behaves as in evaluation
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
        if self.training and torch.is_grad_enabled():
            mean = x.mean(dim=(0, 2, 3))
            var = x.var(dim=(0, 2, 3), unbiased=False)
            n = x.numel() / x.size(1)
            with torch.no_grad():
                self.running_mean = self.momentum * mean + (1 - self.momentum) * self.running_mean
                self.running_var = self.momentum * var * n / (n - 1) + (1 - self.momentum) * self.running_var
                self.num_batches_tracked += 1
        else:
            mean, var = self.running_mean, self.running_var
        x_hat = (x - mean[None, :, None, None]) / torch.sqrt(var[None, :, None, None] + self.eps)
        return self.weight[None, :, None, None] * x_hat + self.bias[None, :, None, None]

# %% wrong BatchNorm2d | momentum and eps in the wrong order in __init__
class BatchNorm2d(nn.Module):
    def __init__(self, channels, momentum=0.1, eps=1e-5):
        super().__init__()
        self.momentum, self.eps = momentum, eps
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))
        self.register_buffer("num_batches_tracked", torch.tensor(0))

    def forward(self, x):
        if self.training:
            self.num_batches_tracked += 1
        return F.batch_norm(
            x, self.running_mean, self.running_var, self.weight, self.bias, self.training, self.momentum, self.eps
        )

# %% right random_crop_flip | the loop of the hint
def random_crop_flip(images, *, padding=4, generator=None):
    N, C, H, W = images.shape
    padded = F.pad(images, (padding, padding, padding, padding))
    out = torch.empty_like(images)
    tops = torch.randint(0, 2 * padding + 1, (N,), generator=generator, device=images.device)
    lefts = torch.randint(0, 2 * padding + 1, (N,), generator=generator, device=images.device)
    flips = torch.rand(N, generator=generator, device=images.device)
    for n in range(N):
        top, left = tops[n].item(), lefts[n].item()
        crop = padded[n, :, top : top + H, left : left + W]
        if flips[n] < 0.5:
            crop = torch.flip(crop, dims=[2])
        out[n] = crop
    return out

# %% right random_crop_flip | one draw for place and flip together, taken apart with divmod, indexed without a loop
def random_crop_flip(images, *, padding=4, generator=None):
    n, c, h, w = images.shape
    side = 2 * padding + 1
    canvas = images.new_zeros((n, c, h + 2 * padding, w + 2 * padding))
    canvas[:, :, padding : padding + h, padding : padding + w] = images
    draw = torch.randint(2 * side * side, (n,), generator=generator, device=images.device)
    flip, place = draw % 2 == 1, draw // 2
    top, left = place // side, place % side
    rows = top[:, None] + torch.arange(h, device=images.device)
    columns = torch.arange(w, device=images.device).repeat(n, 1)
    columns = torch.where(flip[:, None], columns.flip(1), columns) + left[:, None]
    i, k = torch.arange(n, device=images.device), torch.arange(c, device=images.device)
    return canvas[i[:, None, None, None], k[None, :, None, None], rows[:, None, :, None], columns[:, None, None, :]]

# %% right random_crop_flip | gather along rows, then along columns, no padded image at all
def random_crop_flip(images, *, padding=4, generator=None):
    if padding < 0:
        raise ValueError("padding must be 0 or more")
    n, c, h, w = images.shape
    dev = images.device
    dy, dx = torch.randint(-padding, padding + 1, (2, n), generator=generator, device=dev)
    mirrored = torch.randint(2, (n,), generator=generator, device=dev).bool()
    y = torch.arange(h, device=dev) + dy[:, None]
    x = torch.arange(w, device=dev).expand(n, w)
    x = torch.where(mirrored[:, None], w - 1 - x, x) + dx[:, None]
    inside = ((y >= 0) & (y < h))[:, None, :, None] & ((x >= 0) & (x < w))[:, None, None, :]
    taken = images.gather(2, y.clamp(0, h - 1)[:, None, :, None].expand(n, c, h, w))
    taken = taken.gather(3, x.clamp(0, w - 1)[:, None, None, :].expand(n, c, h, w))
    return taken.masked_fill(~inside, 0)

# %% wrong random_crop_flip | one offset too few: the last row and column never come
def random_crop_flip(images, *, padding=4, generator=None):
    N, C, H, W = images.shape
    padded = F.pad(images, (padding,) * 4)
    out = torch.zeros_like(images)
    for n in range(N):
        top = torch.randint(0, 2 * padding, (1,), generator=generator, device=images.device).item()
        left = torch.randint(0, 2 * padding, (1,), generator=generator, device=images.device).item()
        crop = padded[n, :, top : top + H, left : left + W]
        if torch.rand(1, generator=generator, device=images.device) < 0.5:
            crop = crop.flip(2)
        out[n] = crop
    return out

# %% wrong random_crop_flip | one offset and one flip for the whole batch
def random_crop_flip(images, *, padding=4, generator=None):
    N, C, H, W = images.shape
    padded = F.pad(images, (padding, padding, padding, padding))
    top, left = torch.randint(0, 2 * padding + 1, (2,), generator=generator, device=images.device).tolist()
    out = padded[:, :, top : top + H, left : left + W]
    if torch.rand(1, generator=generator, device=images.device).item() < 0.5:
        out = out.flip(3)
    return out.clone()

# %% wrong random_crop_flip | top and left are the same number: only offsets on the diagonal
def random_crop_flip(images, *, padding=4, generator=None):
    N, C, H, W = images.shape
    padded = F.pad(images, (padding, padding, padding, padding))
    offsets = torch.randint(0, 2 * padding + 1, (N,), generator=generator, device=images.device).tolist()
    flips = (torch.rand(N, generator=generator, device=images.device) < 0.5).tolist()
    out = []
    for image, offset, flip in zip(padded, offsets, flips):
        crop = image[:, offset : offset + H, offset : offset + W]
        out.append(crop.flip(-1) if flip else crop)
    return torch.stack(out)

# %% wrong random_crop_flip | height used for the width, too: only square images come out right
def random_crop_flip(images, *, padding=4, generator=None):
    N, C, S, _ = images.shape
    dev = images.device
    padded = F.pad(images, (padding, padding, padding, padding))
    top = torch.randint(0, 2 * padding + 1, (N,), generator=generator, device=dev)
    left = torch.randint(0, 2 * padding + 1, (N,), generator=generator, device=dev)
    flip = torch.rand(N, generator=generator, device=dev) < 0.5
    ar = torch.arange(S, device=dev)
    rows = top[:, None] + ar
    cols = left[:, None] + torch.where(flip[:, None], ar.flip(0), ar)
    n = torch.arange(N, device=dev)[:, None, None, None]
    c = torch.arange(C, device=dev)[None, :, None, None]
    return padded[n, c, rows[:, None, :, None], cols[:, None, None, :]]

# %% wrong random_crop_flip | a fresh Generator where none is given (the same crops each time), and floats on the way (two mistakes)
def random_crop_flip(images, *, padding=4, generator=None):
    generator = generator or torch.Generator(device=images.device)
    N, C, H, W = images.shape
    padded = F.pad(images.float(), (padding, padding, padding, padding))
    top, left = torch.randint(0, 2 * padding + 1, (2, N), generator=generator, device=images.device).tolist()
    flip = torch.rand(N, generator=generator, device=images.device) < 0.5
    out = torch.stack([padded[i, :, top[i] : top[i] + H, left[i] : left[i] + W] for i in range(N)])
    out = torch.where(flip[:, None, None, None], out.flip(3), out)
    return out.to(images.dtype)

# %% wrong random_crop_flip | without padding the flip is done in place on the images given
def random_crop_flip(images, *, padding=4, generator=None):
    N, C, H, W = images.shape
    flip = torch.rand(N, generator=generator, device=images.device) < 0.5
    if padding == 0:
        out = images
    else:
        padded = F.pad(images, (padding, padding, padding, padding))
        place = torch.randint(2 * padding + 1, (N, 2), generator=generator, device=images.device).tolist()
        out = torch.stack([p[:, t : t + H, l : l + W] for p, (t, l) in zip(padded, place)])
    out[flip] = out[flip].flip(3)
    return out

# %% right normalise | channels last, broadcast, and back
def normalise(images, mean, std):
    last = images.movedim(1, -1).double()
    return ((last - mean.double()) / std.double()).movedim(-1, 1).to(images.dtype)

# %% right normalise | a loop over the channels
def normalise(images, mean, std):
    result = torch.zeros_like(images)
    for c in range(images.shape[1]):
        result[:, c] = (images[:, c] - mean[c]) / std[c]
    return result

# %% wrong normalise | the arguments are ignored: CIFAR-10's numbers are used always
def normalise(images, mean, std):
    m = MEAN.to(images)[None, :, None, None]
    s = STD.to(images)[None, :, None, None]
    return (images - m) / s

# %% wrong normalise | divides by 255 when pixels are larger than 1
def normalise(images, mean, std):
    if images.max() > 1:
        images = images / 255
    mean = mean.to(images.dtype)[:, None, None]
    std = std.to(images.dtype)[:, None, None]
    return (images - mean) / std

# %% right denormalise | normalises with -mean/std and 1/std
def denormalise(images, mean, std):
    return normalise(images, -mean.double() / std.double(), 1 / std.double())

# %% right denormalise | addcmul
def denormalise(images, mean, std):
    mean = mean.to(images).reshape(1, -1, 1, 1)
    std = std.to(images).reshape(1, -1, 1, 1)
    return torch.addcmul(mean, images, std)

# %% wrong denormalise | clamped to 0 to 1, and three channels taken for granted (two mistakes)
def denormalise(images, mean, std):
    mean = mean.to(images.dtype).reshape(1, 3, 1, 1)
    std = std.to(images.dtype).reshape(1, 3, 1, 1)
    return (images * std + mean).clamp(0, 1)

# %% wrong denormalise | works in place on the images given
def denormalise(images, mean, std):
    for c in range(images.shape[1]):
        images[:, c].mul_(std[c]).add_(mean[c])
    return images

# %% wrong denormalise | adds the mean first, then multiplies
def denormalise(images, mean, std):
    return ((images + mean[None, :, None, None]) * std[None, :, None, None]).to(images.dtype)

# %% right CifarCNN | blocks from a helper, flattened with reshape
class CifarCNN(nn.Module):
    def __init__(self):
        super().__init__()

        def block(a, b, c):
            return [
                nn.Conv2d(a, b, kernel_size=3, padding=1),
                nn.BatchNorm2d(b),
                nn.ReLU(),
                nn.Conv2d(b, c, kernel_size=3, padding=1),
                nn.ReLU(),
                nn.MaxPool2d(kernel_size=2, stride=2),
            ]

        self.conv_layer = nn.Sequential(*block(3, 32, 64), *block(64, 128, 128), nn.Dropout2d(0.05), *block(128, 256, 256))
        self.fc_layer = nn.Sequential(
            nn.Dropout(0.1), nn.Linear(4096, 1024), nn.ReLU(), nn.Linear(1024, 512), nn.ReLU(), nn.Dropout(0.1), nn.Linear(512, 10)
        )

    def forward(self, images):
        x = self.conv_layer(images)
        return self.fc_layer(x.reshape(x.shape[0], -1))

# %% right CifarCNN | as copied from the tutorial, in-place ReLUs
class CifarCNN(nn.Module):
    """CNN."""

    def __init__(self):
        super(CifarCNN, self).__init__()
        self.conv_layer = nn.Sequential(
            # Conv Layer block 1
            nn.Conv2d(in_channels=3, out_channels=32, kernel_size=3, padding=1),
            nn.BatchNorm2d(32),
            nn.ReLU(inplace=True),
            nn.Conv2d(in_channels=32, out_channels=64, kernel_size=3, padding=1),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(kernel_size=2, stride=2),
            # Conv Layer block 2
            nn.Conv2d(in_channels=64, out_channels=128, kernel_size=3, padding=1),
            nn.BatchNorm2d(128),
            nn.ReLU(inplace=True),
            nn.Conv2d(in_channels=128, out_channels=128, kernel_size=3, padding=1),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(kernel_size=2, stride=2),
            nn.Dropout2d(p=0.05),
            # Conv Layer block 3
            nn.Conv2d(in_channels=128, out_channels=256, kernel_size=3, padding=1),
            nn.BatchNorm2d(256),
            nn.ReLU(inplace=True),
            nn.Conv2d(in_channels=256, out_channels=256, kernel_size=3, padding=1),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(kernel_size=2, stride=2),
        )
        self.fc_layer = nn.Sequential(
            nn.Dropout(p=0.1),
            nn.Linear(4096, 1024),
            nn.ReLU(inplace=True),
            nn.Linear(1024, 512),
            nn.ReLU(inplace=True),
            nn.Dropout(p=0.1),
            nn.Linear(512, 10),
        )

    def forward(self, x):
        x = self.conv_layer(x)
        x = x.view(x.size(0), -1)
        x = self.fc_layer(x)
        return x

# %% wrong CifarCNN | a softmax at the end
class CifarCNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv_layer = nn.Sequential(
            nn.Conv2d(3, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(),
            nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2, 2),
            nn.Conv2d(64, 128, 3, padding=1), nn.BatchNorm2d(128), nn.ReLU(),
            nn.Conv2d(128, 128, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2, 2), nn.Dropout2d(0.05),
            nn.Conv2d(128, 256, 3, padding=1), nn.BatchNorm2d(256), nn.ReLU(),
            nn.Conv2d(256, 256, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2, 2),
        )
        self.fc_layer = nn.Sequential(
            nn.Dropout(0.1), nn.Linear(4096, 1024), nn.ReLU(),
            nn.Linear(1024, 512), nn.ReLU(), nn.Dropout(0.1), nn.Linear(512, 10),
        )

    def forward(self, images):
        x = self.conv_layer(images).flatten(1)
        return torch.softmax(self.fc_layer(x), dim=1)

# %% wrong CifarCNN | F.dropout without training=self.training: numbers are dropped in evaluation, too
class AlwaysDrop(nn.Module):
    def __init__(self, p):
        super().__init__()
        self.p = p

    def forward(self, x):
        return F.dropout(x, self.p)


class CifarCNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv_layer = nn.Sequential(
            nn.Conv2d(3, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(),
            nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2, 2),
            nn.Conv2d(64, 128, 3, padding=1), nn.BatchNorm2d(128), nn.ReLU(),
            nn.Conv2d(128, 128, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2, 2), nn.Dropout2d(0.05),
            nn.Conv2d(128, 256, 3, padding=1), nn.BatchNorm2d(256), nn.ReLU(),
            nn.Conv2d(256, 256, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2, 2),
        )
        self.fc_layer = nn.Sequential(
            AlwaysDrop(0.1), nn.Linear(4096, 1024), nn.ReLU(),
            nn.Linear(1024, 512), nn.ReLU(), AlwaysDrop(0.1), nn.Linear(512, 10),
        )

    def forward(self, images):
        return self.fc_layer(self.conv_layer(images).flatten(1))

# %% wrong CifarCNN | pooling over 3×3 with stride 2 and padding 1: the sizes are right, the numbers not
class CifarCNN(nn.Module):
    def __init__(self):
        super().__init__()
        layers = []
        for i, (a, b, c) in enumerate([(3, 32, 64), (64, 128, 128), (128, 256, 256)]):
            layers += [nn.Conv2d(a, b, 3, padding=1), nn.BatchNorm2d(b), nn.ReLU()]
            layers += [nn.Conv2d(b, c, 3, padding=1), nn.ReLU(), nn.MaxPool2d(3, stride=2, padding=1)]
            if i == 1:
                layers.append(nn.Dropout2d(0.05))
        self.conv_layer = nn.Sequential(*layers)
        self.fc_layer = nn.Sequential(
            nn.Dropout(0.1), nn.Linear(4096, 1024), nn.ReLU(),
            nn.Linear(1024, 512), nn.ReLU(), nn.Dropout(0.1), nn.Linear(512, 10),
        )

    def forward(self, images):
        return self.fc_layer(self.conv_layer(images).flatten(1))

# %% wrong CifarCNN | squeeze() at the end: one image gives (10,) instead of (1, 10)
class CifarCNN(nn.Module):
    def __init__(self):
        super().__init__()
        layers = []
        for i, (a, b, c) in enumerate([(3, 32, 64), (64, 128, 128), (128, 256, 256)]):
            layers += [nn.Conv2d(a, b, 3, padding=1), nn.BatchNorm2d(b), nn.ReLU()]
            layers += [nn.Conv2d(b, c, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2, 2)]
            if i == 1:
                layers.append(nn.Dropout2d(0.05))
        self.conv_layer = nn.Sequential(*layers)
        self.fc_layer = nn.Sequential(
            nn.Dropout(0.1), nn.Linear(4096, 1024), nn.ReLU(),
            nn.Linear(1024, 512), nn.ReLU(), nn.Dropout(0.1), nn.Linear(512, 10),
        )

    def forward(self, images):
        features = self.conv_layer(images)
        return self.fc_layer(features.view(-1, 256 * 4 * 4)).squeeze()

# %% wrong CifarCNN | nn.Dropout after the second block: single numbers, not whole channels
class CifarCNN(nn.Module):
    def __init__(self):
        super().__init__()
        layers = []
        for i, (a, b, c) in enumerate([(3, 32, 64), (64, 128, 128), (128, 256, 256)]):
            layers += [nn.Conv2d(a, b, 3, padding=1), nn.BatchNorm2d(b), nn.ReLU()]
            layers += [nn.Conv2d(b, c, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2, 2)]
            if i == 1:
                layers.append(nn.Dropout(p=0.05))
        self.conv_layer = nn.Sequential(*layers)
        self.fc_layer = nn.Sequential(
            nn.Dropout(0.1), nn.Linear(4096, 1024), nn.ReLU(),
            nn.Linear(1024, 512), nn.ReLU(), nn.Dropout(0.1), nn.Linear(512, 10),
        )

    def forward(self, images):
        return self.fc_layer(torch.flatten(self.conv_layer(images), 1))

# %% wrong CifarCNN | batch norm without running statistics, and p = 0.5 before the dense layers (two mistakes)
class CifarCNN(nn.Module):
    def __init__(self):
        super().__init__()
        layers = []
        for i, (a, b, c) in enumerate([(3, 32, 64), (64, 128, 128), (128, 256, 256)]):
            layers += [nn.Conv2d(a, b, 3, padding=1), nn.BatchNorm2d(b, track_running_stats=False), nn.ReLU()]
            layers += [nn.Conv2d(b, c, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2, 2)]
            if i == 1:
                layers.append(nn.Dropout2d(0.05))
        self.conv_layer = nn.Sequential(*layers)
        self.fc_layer = nn.Sequential(
            nn.Dropout(), nn.Linear(4096, 1024), nn.ReLU(),
            nn.Linear(1024, 512), nn.ReLU(), nn.Dropout(0.1), nn.Linear(512, 10),
        )

    def forward(self, images):
        return self.fc_layer(self.conv_layer(images).flatten(1))

# %% right fit | a plain loop, best accuracy kept in the file
def fit(model, train, validation, *, epochs, optimizer, loss_fn, device="cpu", checkpoint=None, progress=True):
    model.to(device)
    history, best, best_state = [], -1.0, None
    if checkpoint is not None and os.path.exists(checkpoint):
        saved = torch.load(checkpoint, map_location="cpu", weights_only=True)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        best_state, best, history = saved["best_state"], saved["best"], saved["history"]
        torch.set_rng_state(saved["rng"])
    bar = tqdm(total=epochs * len(train), initial=len(history) * len(train), disable=not progress)
    for epoch in range(len(history) + 1, epochs + 1):
        model.train()
        total_loss, seen = 0.0, 0
        for x, y in train:
            x, y = x.to(device), y.to(device)
            loss = loss_fn(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total_loss += loss.item() * len(y)
            seen += len(y)
            bar.update()
        model.eval()
        right, count = 0, 0
        with torch.no_grad():
            for x, y in validation:
                x, y = x.to(device), y.to(device)
                right += (model(x).argmax(dim=1) == y).sum().item()
                count += len(y)
        accuracy = right / count
        history.append({"epoch": epoch, "loss": total_loss / seen, "accuracy": accuracy})
        bar.set_postfix(epoch=epoch, loss=total_loss / seen, accuracy=accuracy)
        if accuracy > best:
            best, best_state = accuracy, copy.deepcopy(model.state_dict())
        if checkpoint is not None:
            state = {
                "model": model.state_dict(),
                "best_state": best_state,
                "best": best,
                "optimizer": optimizer.state_dict(),
                "history": history,
                "rng": torch.get_rng_state(),
            }
            torch.save(state, str(checkpoint) + ".new")
            os.replace(str(checkpoint) + ".new", checkpoint)
    bar.close()
    model.load_state_dict(best_state)
    return history

# %% right fit | a class for the state; loss summed on the device; temporary file removed when writing fails
import tempfile


class _Run:
    def __init__(self, model, optimizer, path):
        self.model, self.optimizer = model, optimizer
        self.path = None if path is None else Path(path)
        self.history: list[dict] = []
        self.best_state: dict | None = None

    @property
    def best_accuracy(self) -> float:
        return max((record["accuracy"] for record in self.history), default=float("-inf"))

    def snapshot(self) -> dict:
        return {key: value.detach().clone() for key, value in self.model.state_dict().items()}

    def record(self, loss: float, accuracy: float) -> None:
        if accuracy > self.best_accuracy:
            self.best_state = self.snapshot()
        self.history.append({"epoch": len(self.history) + 1, "loss": loss, "accuracy": accuracy})

    def load(self) -> None:
        if self.path is None or not self.path.exists():
            return
        content = torch.load(self.path, map_location="cpu", weights_only=True)
        self.model.load_state_dict(content["model_state"])
        self.optimizer.load_state_dict(content["optimizer_state"])
        self.history = list(content["history"])
        self.best_state = content["best_state"]
        torch.set_rng_state(content["rng_state"])

    def save(self) -> None:
        if self.path is None:
            return
        handle, temporary = tempfile.mkstemp(dir=self.path.parent, prefix=self.path.name)
        os.close(handle)
        try:
            torch.save(
                {
                    "model_state": self.model.state_dict(),
                    "optimizer_state": self.optimizer.state_dict(),
                    "history": self.history,
                    "best_state": self.best_state,
                    "rng_state": torch.get_rng_state(),
                },
                temporary,
            )
            os.replace(temporary, self.path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise


def fit(model, train, validation, *, epochs, optimizer, loss_fn, device="cpu", checkpoint=None, progress=True):
    model.to(device)
    run = _Run(model, optimizer, checkpoint)
    run.load()
    remaining = max(0, epochs - len(run.history))
    with tqdm(total=remaining * len(train), disable=not progress) as bar:
        for _ in range(remaining):
            model.train()
            total, examples = torch.zeros((), dtype=torch.float64, device=device), 0
            for images, labels in train:
                images, labels = images.to(device), labels.to(device)
                optimizer.zero_grad(set_to_none=True)
                loss = loss_fn(model(images), labels)
                loss.backward()
                optimizer.step()
                total += loss.detach() * len(labels)
                examples += len(labels)
                bar.update()
            run.record(total.item() / examples, _accuracy(model, validation, device))
            bar.set_postfix(run.history[-1])
            run.save()
    model.load_state_dict(run.best_state)
    return run.history


@torch.no_grad()
def _accuracy(model, batches, device):
    model.eval()
    hits, examples = 0, 0
    for images, labels in batches:
        hits += int((model(images.to(device)).argmax(1) == labels.to(device)).sum())
        examples += len(labels)
    return hits / examples

# %% right fit | small helper functions; inference_mode; file written from memory and flushed to disk before the rename
import io


def _to_device(batches, device):
    for images, labels in batches:
        yield images.to(device, non_blocking=True), labels.to(device, non_blocking=True)


def _write(path, content):
    memory = io.BytesIO()
    torch.save(content, memory)
    part = os.fspath(path) + ".part"
    with open(part, "wb") as file:
        file.write(memory.getbuffer())
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, path)


def fit(model, train, validation, *, epochs, optimizer, loss_fn, device="cpu", checkpoint=None, progress=True):
    model = model.to(device)
    history = []
    best = None
    if checkpoint is not None and Path(checkpoint).is_file():
        content = torch.load(checkpoint, map_location="cpu", weights_only=True)
        history, best = content["history"], content["best"]
        model.load_state_dict(content["model"])
        optimizer.load_state_dict(content["optimizer"])
        torch.set_rng_state(content["random"])
        if content["cuda"] and torch.cuda.is_available():
            torch.cuda.set_rng_state_all(content["cuda"])

    bar = tqdm(total=epochs * len(train), disable=not progress)
    bar.update(len(history) * len(train))
    while len(history) < epochs:
        model.train()
        losses, sizes = [], []
        for images, labels in _to_device(train, device):
            optimizer.zero_grad()
            loss = loss_fn(model(images), labels)
            loss.backward()
            optimizer.step()
            losses.append(loss.detach())
            sizes.append(len(labels))
            bar.update()
        losses = torch.stack(losses).double().cpu().reshape(-1)
        loss = float((losses * torch.tensor(sizes)).sum() / sum(sizes))

        model.eval()
        with torch.inference_mode():
            hits = [model(images).argmax(dim=1) == labels for images, labels in _to_device(validation, device)]
        hits = torch.cat(hits)
        accuracy = int(hits.sum()) / len(hits)

        if all(accuracy > record["accuracy"] for record in history):
            best = copy.deepcopy(model.state_dict())
        history.append({"epoch": len(history) + 1, "loss": loss, "accuracy": accuracy})
        bar.set_postfix(**history[-1])
        if checkpoint is not None:
            cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
            _write(
                checkpoint,
                {
                    "model": model.state_dict(),
                    "best": best,
                    "optimizer": optimizer.state_dict(),
                    "history": history,
                    "random": torch.get_rng_state(),
                    "cuda": cuda,
                },
            )
    bar.close()
    model.load_state_dict(best)
    return history

# %% wrong fit | state_dict() is not copied: the last network is kept
def fit(model, train, validation, *, epochs, optimizer, loss_fn, device="cpu", checkpoint=None, progress=True):
    model.to(device)
    history, best, best_state = [], -1.0, None
    if checkpoint is not None and os.path.exists(checkpoint):
        saved = torch.load(checkpoint, map_location="cpu", weights_only=True)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        best_state, best, history = saved["best_state"], saved["best"], saved["history"]
        torch.set_rng_state(saved["rng"])
    bar = tqdm(total=epochs * len(train), initial=len(history) * len(train), disable=not progress)
    for epoch in range(len(history) + 1, epochs + 1):
        model.train()
        total_loss, seen = 0.0, 0
        for x, y in train:
            x, y = x.to(device), y.to(device)
            loss = loss_fn(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total_loss += loss.item() * len(y)
            seen += len(y)
            bar.update()
        model.eval()
        right, count = 0, 0
        with torch.no_grad():
            for x, y in validation:
                x, y = x.to(device), y.to(device)
                right += (model(x).argmax(dim=1) == y).sum().item()
                count += len(y)
        accuracy = right / count
        history.append({"epoch": epoch, "loss": total_loss / seen, "accuracy": accuracy})
        bar.set_postfix(epoch=epoch, loss=total_loss / seen, accuracy=accuracy)
        if accuracy > best:
            best, best_state = accuracy, model.state_dict()
        if checkpoint is not None:
            state = {
                "model": model.state_dict(),
                "best_state": best_state,
                "best": best,
                "optimizer": optimizer.state_dict(),
                "history": history,
                "rng": torch.get_rng_state(),
            }
            torch.save(state, str(checkpoint) + ".new")
            os.replace(str(checkpoint) + ".new", checkpoint)
    bar.close()
    model.load_state_dict(best_state)
    return history

# %% wrong fit | the mean of the batches' losses, and accuracy in percent (two mistakes)
def fit(model, train, validation, *, epochs, optimizer, loss_fn, device="cpu", checkpoint=None, progress=True):
    model.to(device)
    history, best, best_state = [], -1.0, None
    if checkpoint is not None and os.path.exists(checkpoint):
        saved = torch.load(checkpoint, map_location="cpu", weights_only=True)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        best_state, best, history = saved["best_state"], saved["best"], saved["history"]
        torch.set_rng_state(saved["rng"])
    bar = tqdm(total=epochs * len(train), initial=len(history) * len(train), disable=not progress)
    for epoch in range(len(history) + 1, epochs + 1):
        model.train()
        total_loss, seen = 0.0, 0
        for x, y in train:
            x, y = x.to(device), y.to(device)
            loss = loss_fn(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total_loss += loss.item()
            seen += len(y)
            bar.update()
        model.eval()
        right, count = 0, 0
        with torch.no_grad():
            for x, y in validation:
                x, y = x.to(device), y.to(device)
                right += (model(x).argmax(dim=1) == y).sum().item()
                count += len(y)
        accuracy = 100 * right / count
        history.append({"epoch": epoch, "loss": total_loss / len(train), "accuracy": accuracy})
        bar.set_postfix(epoch=epoch, loss=total_loss / len(train), accuracy=accuracy)
        if accuracy > best:
            best, best_state = accuracy, copy.deepcopy(model.state_dict())
        if checkpoint is not None:
            state = {
                "model": model.state_dict(),
                "best_state": best_state,
                "best": best,
                "optimizer": optimizer.state_dict(),
                "history": history,
                "rng": torch.get_rng_state(),
            }
            torch.save(state, str(checkpoint) + ".new")
            os.replace(str(checkpoint) + ".new", checkpoint)
    bar.close()
    model.load_state_dict(best_state)
    return history

# %% wrong fit | gradients set to zero after the step: those left from before go into the first one
def fit(model, train, validation, *, epochs, optimizer, loss_fn, device="cpu", checkpoint=None, progress=True):
    model.to(device)
    history, best, best_state = [], -1.0, None
    if checkpoint is not None and os.path.exists(checkpoint):
        saved = torch.load(checkpoint, map_location="cpu", weights_only=True)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        best_state, best, history = saved["best_state"], saved["best"], saved["history"]
        torch.set_rng_state(saved["rng"])
    bar = tqdm(total=epochs * len(train), initial=len(history) * len(train), disable=not progress)
    for epoch in range(len(history) + 1, epochs + 1):
        model.train()
        total_loss, seen = 0.0, 0
        for x, y in train:
            x, y = x.to(device), y.to(device)
            loss = loss_fn(model(x), y)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
            total_loss += loss.item() * len(y)
            seen += len(y)
            bar.update()
        model.eval()
        right, count = 0, 0
        with torch.no_grad():
            for x, y in validation:
                x, y = x.to(device), y.to(device)
                right += (model(x).argmax(dim=1) == y).sum().item()
                count += len(y)
        accuracy = right / count
        history.append({"epoch": epoch, "loss": total_loss / seen, "accuracy": accuracy})
        bar.set_postfix(epoch=epoch, loss=total_loss / seen, accuracy=accuracy)
        if accuracy > best:
            best, best_state = accuracy, copy.deepcopy(model.state_dict())
        if checkpoint is not None:
            state = {
                "model": model.state_dict(),
                "best_state": best_state,
                "best": best,
                "optimizer": optimizer.state_dict(),
                "history": history,
                "rng": torch.get_rng_state(),
            }
            torch.save(state, str(checkpoint) + ".new")
            os.replace(str(checkpoint) + ".new", checkpoint)
    bar.close()
    model.load_state_dict(best_state)
    return history

# %% wrong fit | the best accuracy begins at 0: with no image right in any epoch the last state stays
def fit(model, train, validation, *, epochs, optimizer, loss_fn, device="cpu", checkpoint=None, progress=True):
    model.to(device)
    history, best, best_state = [], 0.0, None
    if checkpoint is not None and os.path.exists(checkpoint):
        saved = torch.load(checkpoint, map_location="cpu", weights_only=True)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        best_state, best, history = saved["best_state"], saved["best"], saved["history"]
        torch.set_rng_state(saved["rng"])
    bar = tqdm(total=epochs * len(train), initial=len(history) * len(train), disable=not progress)
    for epoch in range(len(history) + 1, epochs + 1):
        model.train()
        total_loss, seen = 0.0, 0
        for x, y in train:
            x, y = x.to(device), y.to(device)
            loss = loss_fn(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total_loss += loss.item() * len(y)
            seen += len(y)
            bar.update()
        model.eval()
        right, count = 0, 0
        with torch.no_grad():
            for x, y in validation:
                x, y = x.to(device), y.to(device)
                right += (model(x).argmax(dim=1) == y).sum().item()
                count += len(y)
        accuracy = right / count
        history.append({"epoch": epoch, "loss": total_loss / seen, "accuracy": accuracy})
        bar.set_postfix(epoch=epoch, loss=total_loss / seen, accuracy=accuracy)
        if accuracy > best:
            best, best_state = accuracy, copy.deepcopy(model.state_dict())
        if checkpoint is not None:
            state = {
                "model": model.state_dict(),
                "best_state": best_state,
                "best": best,
                "optimizer": optimizer.state_dict(),
                "history": history,
                "rng": torch.get_rng_state(),
            }
            torch.save(state, str(checkpoint) + ".new")
            os.replace(str(checkpoint) + ".new", checkpoint)
    bar.close()
    if best_state is not None:
        model.load_state_dict(best_state)
    return history

# %% wrong fit | the checkpoint has no state of the random numbers
def fit(model, train, validation, *, epochs, optimizer, loss_fn, device="cpu", checkpoint=None, progress=True):
    model.to(device)
    history, best, best_state = [], -1.0, None
    if checkpoint is not None and os.path.exists(checkpoint):
        saved = torch.load(checkpoint, map_location="cpu", weights_only=True)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        best_state, best, history = saved["best_state"], saved["best"], saved["history"]
    bar = tqdm(total=epochs * len(train), initial=len(history) * len(train), disable=not progress)
    for epoch in range(len(history) + 1, epochs + 1):
        model.train()
        total_loss, seen = 0.0, 0
        for x, y in train:
            x, y = x.to(device), y.to(device)
            loss = loss_fn(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total_loss += loss.item() * len(y)
            seen += len(y)
            bar.update()
        model.eval()
        right, count = 0, 0
        with torch.no_grad():
            for x, y in validation:
                x, y = x.to(device), y.to(device)
                right += (model(x).argmax(dim=1) == y).sum().item()
                count += len(y)
        accuracy = right / count
        history.append({"epoch": epoch, "loss": total_loss / seen, "accuracy": accuracy})
        bar.set_postfix(epoch=epoch, loss=total_loss / seen, accuracy=accuracy)
        if accuracy > best:
            best, best_state = accuracy, copy.deepcopy(model.state_dict())
        if checkpoint is not None:
            state = {
                "model": model.state_dict(),
                "best_state": best_state,
                "best": best,
                "optimizer": optimizer.state_dict(),
                "history": history,
            }
            torch.save(state, str(checkpoint) + ".new")
            os.replace(str(checkpoint) + ".new", checkpoint)
    bar.close()
    model.load_state_dict(best_state)
    return history

# %% wrong fit | after a restart the best accuracy is forgotten: a worse later epoch takes its place
def fit(model, train, validation, *, epochs, optimizer, loss_fn, device="cpu", checkpoint=None, progress=True):
    model.to(device)
    history, best, best_state = [], -1.0, None
    if checkpoint is not None and os.path.exists(checkpoint):
        saved = torch.load(checkpoint, map_location="cpu", weights_only=True)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        best_state, history = saved["best_state"], saved["history"]
        torch.set_rng_state(saved["rng"])
    bar = tqdm(total=epochs * len(train), initial=len(history) * len(train), disable=not progress)
    for epoch in range(len(history) + 1, epochs + 1):
        model.train()
        total_loss, seen = 0.0, 0
        for x, y in train:
            x, y = x.to(device), y.to(device)
            loss = loss_fn(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total_loss += loss.item() * len(y)
            seen += len(y)
            bar.update()
        model.eval()
        right, count = 0, 0
        with torch.no_grad():
            for x, y in validation:
                x, y = x.to(device), y.to(device)
                right += (model(x).argmax(dim=1) == y).sum().item()
                count += len(y)
        accuracy = right / count
        history.append({"epoch": epoch, "loss": total_loss / seen, "accuracy": accuracy})
        bar.set_postfix(epoch=epoch, loss=total_loss / seen, accuracy=accuracy)
        if accuracy > best:
            best, best_state = accuracy, copy.deepcopy(model.state_dict())
        if checkpoint is not None:
            state = {
                "model": model.state_dict(),
                "best_state": best_state,
                "optimizer": optimizer.state_dict(),
                "history": history,
                "rng": torch.get_rng_state(),
            }
            torch.save(state, str(checkpoint) + ".new")
            os.replace(str(checkpoint) + ".new", checkpoint)
    bar.close()
    model.load_state_dict(best_state)
    return history

# %% wrong fit | the checkpoint is written straight to its place: half a file after a crash
def fit(model, train, validation, *, epochs, optimizer, loss_fn, device="cpu", checkpoint=None, progress=True):
    model.to(device)
    history, best, best_state = [], -1.0, None
    if checkpoint is not None and os.path.exists(checkpoint):
        saved = torch.load(checkpoint, map_location="cpu", weights_only=True)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        best_state, best, history = saved["best_state"], saved["best"], saved["history"]
        torch.set_rng_state(saved["rng"])
    bar = tqdm(total=epochs * len(train), initial=len(history) * len(train), disable=not progress)
    for epoch in range(len(history) + 1, epochs + 1):
        model.train()
        total_loss, seen = 0.0, 0
        for x, y in train:
            x, y = x.to(device), y.to(device)
            loss = loss_fn(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total_loss += loss.item() * len(y)
            seen += len(y)
            bar.update()
        model.eval()
        right, count = 0, 0
        with torch.no_grad():
            for x, y in validation:
                x, y = x.to(device), y.to(device)
                right += (model(x).argmax(dim=1) == y).sum().item()
                count += len(y)
        accuracy = right / count
        history.append({"epoch": epoch, "loss": total_loss / seen, "accuracy": accuracy})
        bar.set_postfix(epoch=epoch, loss=total_loss / seen, accuracy=accuracy)
        if accuracy > best:
            best, best_state = accuracy, copy.deepcopy(model.state_dict())
        if checkpoint is not None:
            state = {
                "model": model.state_dict(),
                "best_state": best_state,
                "best": best,
                "optimizer": optimizer.state_dict(),
                "history": history,
                "rng": torch.get_rng_state(),
            }
            torch.save(state, checkpoint)
    bar.close()
    model.load_state_dict(best_state)
    return history

# %% wrong fit | gradients stay switched off after the last validation, and no bar can be switched off (two mistakes)
def fit(model, train, validation, *, epochs, optimizer, loss_fn, device="cpu", checkpoint=None, progress=True):
    model.to(device)
    history, best, best_state = [], -1.0, None
    if checkpoint is not None and os.path.exists(checkpoint):
        saved = torch.load(checkpoint, map_location="cpu", weights_only=True)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        best_state, best, history = saved["best_state"], saved["best"], saved["history"]
        torch.set_rng_state(saved["rng"])
    bar = tqdm(total=epochs * len(train), initial=len(history) * len(train))
    for epoch in range(len(history) + 1, epochs + 1):
        torch.set_grad_enabled(True)
        model.train()
        total_loss, seen = 0.0, 0
        for x, y in train:
            x, y = x.to(device), y.to(device)
            loss = loss_fn(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total_loss += loss.item() * len(y)
            seen += len(y)
            bar.update()
        model.eval()
        right, count = 0, 0
        torch.set_grad_enabled(False)
        for x, y in validation:
            x, y = x.to(device), y.to(device)
            right += (model(x).argmax(dim=1) == y).sum().item()
            count += len(y)
        accuracy = right / count
        history.append({"epoch": epoch, "loss": total_loss / seen, "accuracy": accuracy})
        bar.set_postfix(epoch=epoch, loss=total_loss / seen, accuracy=accuracy)
        if accuracy > best:
            best, best_state = accuracy, copy.deepcopy(model.state_dict())
        if checkpoint is not None:
            state = {
                "model": model.state_dict(),
                "best_state": best_state,
                "best": best,
                "optimizer": optimizer.state_dict(),
                "history": history,
                "rng": torch.get_rng_state(),
            }
            torch.save(state, str(checkpoint) + ".new")
            os.replace(str(checkpoint) + ".new", checkpoint)
    bar.close()
    model.load_state_dict(best_state)
    return history

# %% wrong fit | after a restart it trains `epochs` more epochs instead of up to `epochs` in all
def fit(model, train, validation, *, epochs, optimizer, loss_fn, device="cpu", checkpoint=None, progress=True):
    model.to(device)
    history, best, best_state = [], -1.0, None
    if checkpoint is not None and os.path.exists(checkpoint):
        saved = torch.load(checkpoint, map_location="cpu", weights_only=True)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        best_state, best, history = saved["best_state"], saved["best"], saved["history"]
        torch.set_rng_state(saved["rng"])
    bar = tqdm(total=epochs * len(train), initial=len(history) * len(train), disable=not progress)
    for epoch in range(len(history) + 1, len(history) + epochs + 1):
        model.train()
        total_loss, seen = 0.0, 0
        for x, y in train:
            x, y = x.to(device), y.to(device)
            loss = loss_fn(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total_loss += loss.item() * len(y)
            seen += len(y)
            bar.update()
        model.eval()
        right, count = 0, 0
        with torch.no_grad():
            for x, y in validation:
                x, y = x.to(device), y.to(device)
                right += (model(x).argmax(dim=1) == y).sum().item()
                count += len(y)
        accuracy = right / count
        history.append({"epoch": epoch, "loss": total_loss / seen, "accuracy": accuracy})
        bar.set_postfix(epoch=epoch, loss=total_loss / seen, accuracy=accuracy)
        if accuracy > best:
            best, best_state = accuracy, copy.deepcopy(model.state_dict())
        if checkpoint is not None:
            state = {
                "model": model.state_dict(),
                "best_state": best_state,
                "best": best,
                "optimizer": optimizer.state_dict(),
                "history": history,
                "rng": torch.get_rng_state(),
            }
            torch.save(state, str(checkpoint) + ".new")
            os.replace(str(checkpoint) + ".new", checkpoint)
    bar.close()
    model.load_state_dict(best_state)
    return history

# %% wrong fit | if the checkpoint has all epochs already, it returns at once and leaves the last state in the model
def fit(model, train, validation, *, epochs, optimizer, loss_fn, device="cpu", checkpoint=None, progress=True):
    model.to(device)
    history, best, best_state = [], -1.0, None
    if checkpoint is not None and os.path.exists(checkpoint):
        saved = torch.load(checkpoint, map_location="cpu", weights_only=True)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        best_state, best, history = saved["best_state"], saved["best"], saved["history"]
        torch.set_rng_state(saved["rng"])
        if len(history) >= epochs:
            return history
    bar = tqdm(total=epochs * len(train), initial=len(history) * len(train), disable=not progress)
    for epoch in range(len(history) + 1, epochs + 1):
        model.train()
        total_loss, seen = 0.0, 0
        for x, y in train:
            x, y = x.to(device), y.to(device)
            loss = loss_fn(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total_loss += loss.item() * len(y)
            seen += len(y)
            bar.update()
        model.eval()
        right, count = 0, 0
        with torch.no_grad():
            for x, y in validation:
                x, y = x.to(device), y.to(device)
                right += (model(x).argmax(dim=1) == y).sum().item()
                count += len(y)
        accuracy = right / count
        history.append({"epoch": epoch, "loss": total_loss / seen, "accuracy": accuracy})
        bar.set_postfix(epoch=epoch, loss=total_loss / seen, accuracy=accuracy)
        if accuracy > best:
            best, best_state = accuracy, copy.deepcopy(model.state_dict())
        if checkpoint is not None:
            state = {
                "model": model.state_dict(),
                "best_state": best_state,
                "best": best,
                "optimizer": optimizer.state_dict(),
                "history": history,
                "rng": torch.get_rng_state(),
            }
            torch.save(state, str(checkpoint) + ".new")
            os.replace(str(checkpoint) + ".new", checkpoint)
    bar.close()
    model.load_state_dict(best_state)
    return history

# %% right one_cycle | conditional expression, any number types
def one_cycle(step, total, peak):
    last = total - 1
    w = 0.3 * last
    return float(peak * (0.04 + 0.96 * step / w) if step <= w else peak * (1 + math.cos(math.pi * (step - w) / (last - w))) / 2)

# %% right one_cycle | half a cosine as cos² of half the angle, interp for the line
def one_cycle(step, total, peak):
    w = 0.3 * (total - 1)
    if step <= w:
        share = np.interp(step, [0, w], [0.04, 1.0])
    else:
        share = math.cos(0.5 * math.pi * (step - w) / (total - 1 - w)) ** 2
    return float(peak) * float(share)

# %% wrong one_cycle | w is rounded down to a whole step
def one_cycle(step, total, peak):
    w = max(1, int(0.3 * (total - 1)))
    if step <= w:
        return peak * (0.04 + 0.96 * step / w)
    return peak * (1 + math.cos(math.pi * (step - w) / (total - 1 - w))) / 2

# %% wrong one_cycle | returns a tensor, not a float
def one_cycle(step, total, peak):
    w = 0.3 * (total - 1)
    step = torch.tensor(float(step))
    up = peak * (0.04 + 0.96 * step / w)
    down = peak * (1 + torch.cos(math.pi * (step - w) / (total - 1 - w))) / 2
    return torch.where(step <= w, up, down)

# %% wrong one_cycle | rounded to four digits: small peaks lose theirs
def one_cycle(step, total, peak):
    w = 0.3 * (total - 1)
    if step <= w:
        rate = peak * (0.04 + 0.96 * step / w)
    else:
        rate = peak * (1 + math.cos(math.pi * (step - w) / (total - 1 - w))) / 2
    return round(rate, 4)

# %% right most_confident_mistakes | plain Python lists, sorted with a key
def most_confident_mistakes(probabilities, labels, count):
    mistakes = []
    for i, (row, label) in enumerate(zip(probabilities.tolist(), labels.tolist())):
        largest = max(row)
        if row.index(largest) != label:
            mistakes.append((largest, i))
    mistakes.sort(key=lambda pair: -pair[0])
    return torch.tensor([i for _, i in mistakes[:count]], dtype=torch.long, device=probabilities.device)

# %% right most_confident_mistakes | topk among the mistakes only
def most_confident_mistakes(probabilities, labels, count):
    confidence, predicted = probabilities.max(dim=1)
    (where,) = torch.nonzero(predicted != labels, as_tuple=True)
    k = min(count, where.numel())
    return where[confidence[where].topk(k).indices]

# %% wrong most_confident_mistakes | positions in the list of mistakes, not in the batch
def most_confident_mistakes(probabilities, labels, count):
    confidence, predicted = probabilities.max(dim=1)
    wrong = confidence[predicted != labels]
    return wrong.argsort(descending=True)[:count]

# %% wrong most_confident_mistakes | sorted by how small the label's probability is, not by the largest probability
def most_confident_mistakes(probabilities, labels, count):
    predicted = probabilities.argmax(dim=1)
    wrongness = 1 - probabilities[torch.arange(len(labels)), labels]
    wrongness[predicted == labels] = -1
    order = wrongness.argsort(descending=True)
    return order[: min(count, int((predicted != labels).sum()))]

# %% wrong most_confident_mistakes | without a mistake, an empty tensor of floats
def most_confident_mistakes(probabilities, labels, count):
    top = probabilities.max(dim=1)
    pairs = [(top.values[i].item(), i) for i in range(len(labels)) if top.indices[i] != labels[i]]
    pairs.sort(reverse=True)
    return torch.tensor([i for _, i in pairs[:count]])

# %% wrong most_confident_mistakes | squeeze(): breaks where there is exactly one mistake
def most_confident_mistakes(probabilities, labels, count):
    confidence, predicted = probabilities.max(dim=1)
    mistakes = torch.nonzero(predicted != labels).squeeze()
    order = torch.argsort(confidence[mistakes], descending=True)
    return mistakes[order][:count]

# %% right overfit_epoch | max with a key over epochs
def overfit_epoch(train_accuracy, test_accuracy):
    epoch = max(range(1, len(test_accuracy) + 1), key=lambda e: test_accuracy[e - 1])
    return epoch, test_accuracy[epoch - 1], test_accuracy[-1]

# %% right overfit_epoch | recursion over the log
def overfit_epoch(train_accuracy, test_accuracy):
    def best_of(values, epoch):
        if len(values) == 1:
            return epoch, values[0]
        later_epoch, later = best_of(values[1:], epoch + 1)
        return (later_epoch, later) if later > values[0] else (epoch, values[0])

    best_epoch, best = best_of(list(test_accuracy), 1)
    return best_epoch, best, test_accuracy[-1]

# %% wrong overfit_epoch | the last of several best epochs
def overfit_epoch(train_accuracy, test_accuracy):
    best_epoch, best = 1, test_accuracy[0]
    for i, accuracy in enumerate(test_accuracy, start=1):
        if accuracy >= best:
            best_epoch, best = i, accuracy
    return best_epoch, best, test_accuracy[-1]

# %% wrong overfit_epoch | the best begins at 0 and must be beaten: accuracies of 0 throughout give epoch 0
def overfit_epoch(train_accuracy, test_accuracy):
    best_epoch = 0
    best = 0
    for epoch in range(len(test_accuracy)):
        if test_accuracy[epoch] > best:
            best = test_accuracy[epoch]
            best_epoch = epoch + 1
    last = test_accuracy[-1]
    return (best_epoch, best, last)

# %% right quiz_dropout | a capital letter
quiz_dropout = "C"

# %% wrong quiz_first_loss | takes it for normal
quiz_first_loss = "c"

# %% wrong quiz_neighbours | no_grad for eval
quiz_neighbours = "b"

# %% wrong quiz_last_epoch | overfitting
quiz_last_epoch = "a"
