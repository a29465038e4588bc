# %% right softmax | shifted by the row maximum, all in one line
def softmax(scores):
    return (e := (scores - scores.amax(1, keepdim=True)).exp()) / e.sum(1, keepdim=True)

# %% right softmax | beginner's loop, one row after the other
def softmax(scores):
    rows = []
    for i in range(scores.shape[0]):
        row = scores[i]
        biggest = row[0]
        for number in row:
            if number > biggest:
                biggest = number
        exps = torch.exp(row - biggest)
        rows.append(exps / torch.sum(exps))
    return torch.stack(rows)

# %% right softmax | exp of torch.log_softmax
def softmax(scores):
    return torch.log_softmax(scores, dim=-1).exp()

# %% wrong softmax | sum over the batch (dim=0)
def softmax(scores):
    shifted = scores - scores.max(dim=0, keepdim=True).values
    e = torch.exp(shifted)
    return e / e.sum(dim=0, keepdim=True)

# %% wrong softmax | takes away the mean of the row, not the largest; overflows for 10,000 beside -10,000
def softmax(scores):
    centred = scores - scores.mean(dim=1, keepdim=True)
    e = centred.exp()
    return e / e.sum(dim=1, keepdim=True)

# %% wrong softmax | the shift is done in place on the caller's tensor
def softmax(scores):
    scores -= scores.max(dim=1, keepdim=True).values
    e = scores.exp()
    return e / e.sum(dim=1, keepdim=True)

# %% wrong softmax | through numpy: no gradient (raises on scores that need one), and float64 comes out as float32
def softmax(scores):
    s = scores.numpy()
    s = s - s.max(axis=1, keepdims=True)
    e = np.exp(s)
    return torch.tensor(e / e.sum(axis=1, keepdims=True), dtype=torch.float32)

# %% wrong softmax | one maximum for the whole batch, and nan papered over with nan_to_num
def softmax(scores):
    e = torch.exp(scores - scores.max())
    return torch.nan_to_num(e / e.sum(dim=1, keepdim=True), nan=1.0 / scores.shape[1])

# %% right cross_entropy | logsumexp minus the score of the label, as hinted
def cross_entropy(scores, labels):
    right = scores[torch.arange(len(labels), device=scores.device), labels.long()]
    return (torch.logsumexp(scores, dim=1) - right).mean()

# %% right cross_entropy | F.cross_entropy
def cross_entropy(scores, labels):
    return F.cross_entropy(scores, labels.long())

# %% right cross_entropy | own autograd function with the gradient by hand
class _CrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(ctx, scores, labels):
        labels = labels.long()
        shifted = scores - scores.max(dim=1, keepdim=True).values
        log_sum = shifted.exp().sum(dim=1, keepdim=True).log()
        log_p = shifted - log_sum
        ctx.save_for_backward(log_p, labels)
        return -log_p.gather(1, labels[:, None]).mean()

    @staticmethod
    def backward(ctx, grad_output):
        log_p, labels = ctx.saved_tensors
        gradient = log_p.exp()
        gradient[torch.arange(len(labels)), labels] -= 1
        return gradient / len(labels) * grad_output, None


def cross_entropy(scores, labels):
    return _CrossEntropy.apply(scores, labels)

# %% wrong cross_entropy | a small number inside the logarithm
def cross_entropy(scores, labels):
    e = torch.exp(scores - scores.max(dim=1, keepdim=True).values)
    p = e / e.sum(dim=1, keepdim=True)
    return -torch.log(p[torch.arange(len(labels)), labels] + 1e-8).mean()

# %% wrong cross_entropy | softmax before F.cross_entropy: applied twice
def cross_entropy(scores, labels):
    probabilities = torch.softmax(scores, dim=1)
    return nn.CrossEntropyLoss()(probabilities, labels)

# %% wrong cross_entropy | takes away the largest score of the whole batch: rows far apart give inf
def cross_entropy(scores, labels):
    shifted = scores - scores.max()
    log_sum = shifted.exp().sum(dim=1).log()
    return (log_sum - shifted[torch.arange(len(labels)), labels]).mean()

# %% wrong cross_entropy | own backward ignores the gradient that arrives: wrong for a multiple of the loss
class MyLoss(torch.autograd.Function):
    @staticmethod
    def forward(ctx, scores, labels):
        ctx.save_for_backward(torch.softmax(scores, 1), labels)
        return -torch.log_softmax(scores, 1)[torch.arange(len(labels)), labels].mean()

    @staticmethod
    def backward(ctx, grad_output):
        p, labels = ctx.saved_tensors
        one_hot = F.one_hot(labels, p.shape[1])
        return (p - one_hot) / len(labels), None


def cross_entropy(scores, labels):
    return MyLoss.apply(scores, labels)

# %% wrong cross_entropy | shifts scores.data in place: the caller's scores are changed
def cross_entropy(scores, labels):
    # keep numbers small; .data so that autograd does not complain
    scores.data -= scores.data.max(dim=1, keepdim=True)[0]
    log_sum = torch.log(torch.exp(scores).sum(dim=1))
    right = scores[torch.arange(labels.shape[0]), labels]
    return torch.mean(log_sum - right)

# %% wrong cross_entropy | converts to float32: float64 in, float32 out
def cross_entropy(scores, labels):
    scores = scores.float()
    m = scores.max(dim=1, keepdim=True).values
    lse = m.squeeze(1) + (scores - m).exp().sum(dim=1).log()
    return (lse - scores.gather(1, labels.unsqueeze(1)).squeeze(1)).mean()

# %% right dropout | torch.bernoulli of a tensor full of 1 - p, type checks
def dropout(x, p, training, generator=None):
    if not isinstance(x, torch.Tensor):
        raise TypeError("x must be a tensor")
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
    if not training or p == 0:
        return x
    if p == 1:
        return x * 0.0
    keep = torch.bernoulli(torch.full(x.shape, 1.0 - p, device=x.device), generator=generator)
    return x * keep.to(x.dtype) / (1.0 - p)

# %% right dropout | masked_fill of a scaled copy
def dropout(x, p, training, generator=None):
    if p < 0 or p > 1:
        raise ValueError("p")
    if training is False or p == 0:
        return x.clone()
    if p == 1:
        return torch.zeros_like(x)
    noise = torch.empty(x.shape, dtype=torch.float64, device=x.device).uniform_(0, 1, generator=generator)
    return (x / (1 - p)).masked_fill(noise < p, 0)

# %% wrong dropout | p taken as the probability to keep
def dropout(x, p, training, generator=None):
    if not 0 <= p <= 1:
        raise ValueError("p must be between 0 and 1")
    if not training or p == 0:
        return x
    if p == 1:
        return torch.zeros_like(x)
    mask = (torch.rand(x.shape, generator=generator, device=x.device) < p).to(x.dtype)
    return x * mask / p

# %% wrong dropout | no ValueError in evaluation: p is looked at only when training
def dropout(x, p, training, generator=None):
    if not training:
        return x
    if not 0 <= p <= 1:
        raise ValueError("p must be between 0 and 1")
    if p == 1:
        return torch.zeros_like(x)
    mask = torch.rand(x.shape, generator=generator, device=x.device) >= p
    return x * mask / (1 - p)

# %% wrong dropout | ignores the generator
def dropout(x, p, training, generator=None):
    if p < 0 or p > 1:
        raise ValueError("p must be a probability")
    return F.dropout(x, p=float(p), training=training)

# %% wrong dropout | drops exactly round(p n) elements, so they are not independent
def dropout(x, p, training, generator=None):
    if not 0 <= p <= 1:
        raise ValueError("p must be between 0 and 1")
    if not training or p == 0:
        return x
    if p == 1:
        return torch.zeros_like(x)
    n = x.numel()
    mask = torch.ones(n, dtype=x.dtype, device=x.device)
    mask[torch.randperm(n, generator=generator, device=x.device)[: round(p * n)]] = 0
    return x * mask.reshape(x.shape) / (1 - p)

# %% wrong dropout | a float32 mask: half precision in, float32 out
def dropout(x, p, training, generator=None):
    if not 0 <= p <= 1:
        raise ValueError(p)
    if not training or p == 0:
        return x
    if p == 1:
        return torch.zeros_like(x)
    mask = (torch.rand(x.shape, generator=generator, device=x.device) >= p).float() / (1 - p)
    return x * mask

# %% wrong dropout | without a generator a new one with seed 0: the same zeros at every call, p = 1 is all zeros in evaluation too
def dropout(x, p, training, generator=None):
    if not 0 <= p <= 1:
        raise ValueError("p is not a probability")
    if p == 1:
        return torch.zeros_like(x)
    if not training:
        return x
    if generator is None:
        generator = torch.Generator(device=x.device).manual_seed(0)
    mask = torch.rand(x.shape, generator=generator, device=x.device) >= p
    return mask * x / (1 - p)

# %% right dropout2d | Bernoulli, mask stretched with expand_as, self-contained
def dropout2d(x, p, training, generator=None):
    if not (0 <= p <= 1):
        raise ValueError(f"p={p}")
    if (not training) or p == 0:
        return x
    n, c, h, w = x.shape
    if p == 1:
        return torch.zeros_like(x)
    keep = torch.rand((n, c), generator=generator, device=x.device) >= p
    keep = keep[..., None, None].expand_as(x)
    return torch.where(keep, x / (1 - p), torch.zeros_like(x))

# %% right dropout2d | einsum of images and one factor per channel
def dropout2d(x, p, training, generator=None):
    if p > 1 or p < 0:
        raise ValueError("p must lie in [0, 1]")
    if p == 0 or not training:
        return x
    factors = x.new_zeros(x.shape[:2])
    if p < 1:
        u = torch.rand(factors.shape, generator=generator, device=x.device)
        factors[u >= p] = 1 / (1 - p)
    return torch.einsum("nchw,nc->nchw", x, factors)

# %% wrong dropout2d | one mask of channels for the whole batch
def dropout2d(x, p, training, generator=None):
    if not 0 <= p <= 1:
        raise ValueError("p must be between 0 and 1")
    if not training or p == 0:
        return x
    if p == 1:
        return torch.zeros_like(x)
    mask = torch.rand((1, x.shape[1], 1, 1), generator=generator, device=x.device) >= p
    return x * mask / (1 - p)

# %% wrong dropout2d | p = 1 divides by zero and gives nan, and no ValueError
def dropout2d(x, p, training, generator=None):
    if not training:
        return x
    mask = torch.rand((x.shape[0], x.shape[1], 1, 1), generator=generator, device=x.device) >= p
    return x * mask * (1 / (1 - torch.tensor(p, dtype=x.dtype)))

# %% wrong dropout2d | seeds PyTorch's global generator from the one given: global disturbed, the next call drops the same channels
def dropout2d(x, p, training, generator=None):
    if not 0 <= p <= 1:
        raise ValueError("p must be between 0 and 1")
    if generator is not None:
        torch.manual_seed(generator.initial_seed())
    return F.dropout2d(x, float(p), training)

# %% wrong dropout2d | drops the same number of channels in every image: not each by itself
def dropout2d(x, p, training, generator=None):
    if not 0 <= p <= 1:
        raise ValueError("p must be between 0 and 1")
    if not training or p == 0:
        return x
    if p == 1:
        return torch.zeros_like(x)
    N, C = x.shape[:2]
    noise = torch.rand((N, C), generator=generator, device=x.device)
    order = noise.argsort(dim=1).argsort(dim=1)
    mask = (order >= round(p * C)).to(x.dtype)
    return x * mask[:, :, None, None] / (1 - p)

# %% right BatchNorm2d | what a chatbot writes, with lerp_ for the running statistics
class BatchNorm2d(nn.Module):
    """Drop-in replacement for nn.BatchNorm2d."""

    def __init__(self, channels: int, eps: float = 1e-5, momentum: float = 0.1) -> None:
        super().__init__()
        self.channels = channels
        self.eps = eps
        self.momentum = momentum
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))
        self.register_buffer("num_batches_tracked", torch.tensor(0, dtype=torch.long))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if x.dim() != 4 or x.shape[1] != self.channels:
            raise ValueError(f"expected (N, {self.channels}, H, W), got {tuple(x.shape)}")
        if self.training:
            var, mean = torch.var_mean(x, dim=(0, 2, 3), unbiased=False)
            with torch.no_grad():
                m = x.shape[0] * x.shape[2] * x.shape[3]
                self.running_mean.lerp_(mean.to(self.running_mean.dtype), self.momentum)
                self.running_var.lerp_((var * (m / (m - 1))).to(self.running_var.dtype), self.momentum)
                self.num_batches_tracked.add_(1)
        else:
            mean, var = self.running_mean, self.running_var
        shape = (1, -1, 1, 1)
        normalised = (x - mean.view(shape)) * torch.rsqrt(var.view(shape) + self.eps)
        return (normalised * self.weight.view(shape) + self.bias.view(shape)).to(x.dtype)

# %% right BatchNorm2d | F.batch_norm with own parameters and buffers
class BatchNorm2d(nn.Module):
    def __init__(self, channels, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps, self.momentum = eps, momentum
        self.weight = nn.Parameter(torch.empty(channels))
        self.bias = nn.Parameter(torch.empty(channels))
        nn.init.ones_(self.weight)
        nn.init.zeros_(self.bias)
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))
        self.register_buffer("num_batches_tracked", torch.tensor(0))

    def forward(self, x):
        if self.training:
            self.num_batches_tracked += 1
        return F.batch_norm(
            x, self.running_mean, self.running_var, self.weight, self.bias, self.training, self.momentum, self.eps
        )

# %% right BatchNorm2d | loop over channels, buffers replaced, float64 inside
class BatchNorm2d(nn.Module):
    def __init__(self, channels, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps = eps
        self.momentum = momentum
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        for name, start in (("running_mean", torch.zeros(channels)), ("running_var", torch.ones(channels))):
            self.register_buffer(name, start)
        self.register_buffer("num_batches_tracked", torch.tensor(0))

    def forward(self, x):
        results, means, variances = [], [], []
        for c in range(x.shape[1]):
            values = x[:, c].double()
            if self.training:
                count = values.numel()
                mean = values.sum() / count
                squares = ((values - mean) ** 2).sum()
                var = squares / count
                means.append(mean.detach())
                variances.append(squares.detach() / (count - 1))
            else:
                mean = self.running_mean[c].double()
                var = self.running_var[c].double()
            y = (values - mean) / (var + self.eps) ** 0.5
            results.append(self.weight[c].double() * y + self.bias[c].double())
        if self.training:
            m = self.momentum
            kind = self.running_mean.dtype
            self.running_mean = ((1 - m) * self.running_mean + m * torch.stack(means)).to(kind)
            self.running_var = ((1 - m) * self.running_var + m * torch.stack(variances)).to(kind)
            self.num_batches_tracked = self.num_batches_tracked + 1
        return torch.stack(results, dim=1).to(x.dtype)

# %% wrong BatchNorm2d | mean and variance for each image by itself (that is instance norm), eps outside of the root
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
            mean = x.mean(dim=(2, 3), keepdim=True)
            var = x.var(dim=(2, 3), keepdim=True, unbiased=False)
            with torch.no_grad():
                self.running_mean = (1 - self.momentum) * self.running_mean + self.momentum * x.mean((0, 2, 3))
                self.running_var = (1 - self.momentum) * self.running_var + self.momentum * x.var((0, 2, 3))
                self.num_batches_tracked += 1
        else:
            mean = self.running_mean[None, :, None, None]
            var = self.running_var[None, :, None, None]
        x = (x - mean) / (var.sqrt() + self.eps)
        return self.weight[None, :, None, None] * x + self.bias[None, :, None, None]

# %% wrong BatchNorm2d | running variance over M
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
            mean, var = x.mean((0, 2, 3)), x.var((0, 2, 3), unbiased=False)
            with torch.no_grad():
                self.running_mean += self.momentum * (mean - self.running_mean)
                self.running_var += self.momentum * (var - self.running_var)
                self.num_batches_tracked += 1
        else:
            mean, var = self.running_mean, self.running_var
        x = (x - mean[:, None, None]) / torch.sqrt(var[:, None, None] + self.eps)
        return x * self.weight[:, None, None] + self.bias[:, None, None]

# %% wrong BatchNorm2d | the batch's statistics under no_grad: no gradient through mean and variance
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
                self.running_mean.mul_(1 - self.momentum).add_(self.momentum * mean)
                self.running_var.mul_(1 - self.momentum).add_(self.momentum * x.var(dim=(0, 2, 3), unbiased=True))
                self.num_batches_tracked += 1
            else:
                mean, var = self.running_mean, self.running_var
        y = (x - mean[None, :, None, None]) / (var[None, :, None, None] + self.eps).sqrt()
        return self.weight[None, :, None, None] * y + self.bias[None, :, None, None]

# %% wrong BatchNorm2d | variance as mean of squares minus square of the mean: wrong for numbers far from 0
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
            m = x.numel() // x.shape[1]
            mean = x.sum(dim=(0, 2, 3)) / m
            var = (x * x).sum(dim=(0, 2, 3)) / m - mean**2
            with torch.no_grad():
                self.running_mean = (1 - self.momentum) * self.running_mean + self.momentum * mean
                self.running_var = (1 - self.momentum) * self.running_var + self.momentum * var * m / (m - 1)
                self.num_batches_tracked += 1
        else:
            mean, var = self.running_mean, self.running_var
        scale = self.weight / torch.sqrt(var + self.eps)
        return (x - mean[:, None, None]) * scale[:, None, None] + self.bias[:, None, None]

# %% wrong BatchNorm2d | eps and momentum are taken, but 1e-5 and 0.1 are used
class BatchNorm2d(nn.Module):
    def __init__(self, channels, eps=1e-5, momentum=0.1):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))
        self.register_buffer("num_batches_tracked", torch.tensor(0))

    def forward(self, x):
        if self.training:
            mean = x.mean((0, 2, 3), keepdim=True)
            var = x.var((0, 2, 3), keepdim=True, unbiased=False)
            with torch.no_grad():
                self.running_mean = 0.9 * self.running_mean + 0.1 * mean.flatten()
                self.running_var = 0.9 * self.running_var + 0.1 * x.var((0, 2, 3), unbiased=True)
                self.num_batches_tracked += 1
        else:
            mean = self.running_mean.view(1, -1, 1, 1)
            var = self.running_var.view(1, -1, 1, 1)
        return self.weight.view(1, -1, 1, 1) * (x - mean) / torch.sqrt(var + 1e-5) + self.bias.view(1, -1, 1, 1)

# %% wrong BatchNorm2d | the running statistics keep their graph (and are not updated under no_grad)
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
            m = x.shape[0] * x.shape[2] * x.shape[3]
            self.running_mean = (1 - self.momentum) * self.running_mean + self.momentum * mean
            self.running_var = (1 - self.momentum) * self.running_var + self.momentum * var * m / (m - 1)
            self.num_batches_tracked += 1
        else:
            mean = self.running_mean
            var = self.running_var
        y = (x - mean[None, :, None, None]) / torch.sqrt(var[None, :, None, None] + self.eps)
        return y * self.weight[None, :, None, None] + self.bias[None, :, None, None]

# %% wrong BatchNorm2d | in training inside torch.no_grad() it takes the running statistics and does not update them
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
            mean = x.mean(dim=(0, 2, 3), keepdim=True)
            var = ((x - mean) ** 2).mean(dim=(0, 2, 3), keepdim=True)
            with torch.no_grad():
                m = x.numel() / x.size(1)
                self.running_mean = (1 - self.momentum) * self.running_mean + self.momentum * mean.view(-1)
                self.running_var = (1 - self.momentum) * self.running_var + self.momentum * m / (m - 1) * var.view(-1)
                self.num_batches_tracked += 1
        else:
            mean = self.running_mean.view(1, -1, 1, 1)
            var = self.running_var.view(1, -1, 1, 1)
        return (x - mean) / (var + self.eps).sqrt() * self.weight.view(1, -1, 1, 1) + self.bias.view(1, -1, 1, 1)

# %% wrong BatchNorm2d | num_batches_tracked is a float, torch.nn.BatchNorm2d's is an int64
class BatchNorm2d(nn.Module):
    def __init__(self, channels, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps, self.momentum = eps, momentum
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))
        self.register_buffer("num_batches_tracked", torch.zeros(()))

    def forward(self, x):
        if self.training:
            mean, var = x.mean((0, 2, 3)), x.var((0, 2, 3), unbiased=False)
            with torch.no_grad():
                self.running_mean += self.momentum * (mean - self.running_mean)
                self.running_var += self.momentum * (x.var((0, 2, 3)) - self.running_var)
                self.num_batches_tracked += 1
        else:
            mean, var = self.running_mean, self.running_var
        x = (x - mean[:, None, None]) / torch.sqrt(var[:, None, None] + self.eps)
        return x * self.weight[:, None, None] + self.bias[:, None, None]

# %% wrong BatchNorm2d | running statistics are shared by all layers with as many channels
_RUNNING = {}


class BatchNorm2d(nn.Module):
    def __init__(self, channels, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps, self.momentum = eps, momentum
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        mean, var = _RUNNING.setdefault(channels, (torch.zeros(channels), torch.ones(channels)))
        self.register_buffer("running_mean", mean)
        self.register_buffer("running_var", var)
        self.register_buffer("num_batches_tracked", torch.tensor(0))

    def forward(self, x):
        if self.training:
            mean, var = x.mean((0, 2, 3)), x.var((0, 2, 3), unbiased=False)
            with torch.no_grad():
                self.running_mean.mul_(1 - self.momentum).add_(mean, alpha=self.momentum)
                self.running_var.mul_(1 - self.momentum).add_(x.var((0, 2, 3)), alpha=self.momentum)
                self.num_batches_tracked += 1
        else:
            mean, var = self.running_mean, self.running_var
        x = (x - mean[:, None, None]) / torch.sqrt(var[:, None, None] + self.eps)
        return x * self.weight[:, None, None] + self.bias[:, None, None]

# %% right random_crop_flip | loop over the images, as in the hint
def random_crop_flip(images, *, padding=4, generator=None):
    N, C, H, W = images.shape
    padded = torch.zeros((N, C, H + 2 * padding, W + 2 * padding), dtype=images.dtype, device=images.device)
    padded[:, :, padding : padding + H, padding : padding + W] = images
    result = torch.empty_like(images)
    for n in range(N):
        top = torch.randint(0, 2 * padding + 1, (1,), generator=generator, device=images.device).item()
        left = torch.randint(0, 2 * padding + 1, (1,), generator=generator, device=images.device).item()
        flip = torch.randint(0, 2, (1,), generator=generator, device=images.device).item()
        crop = padded[n, :, top : top + H, left : left + W]
        if flip == 1:
            crop = torch.flip(crop, dims=[2])
        result[n] = crop
    return result

# %% right random_crop_flip | unfold gives all crops as views, one is picked for each image
def random_crop_flip(images, *, padding=4, generator=None):
    n, _, h, w = images.shape
    windows = F.pad(images, (padding,) * 4).unfold(2, h, 1).unfold(3, w, 1)  # (N, C, 2p+1, 2p+1, H, W)
    side = 2 * padding + 1
    draw = torch.randint(2 * side * side, (n,), generator=generator, device=images.device)
    place, flip = draw // 2, draw % 2
    crops = windows[torch.arange(n, device=images.device), :, place // side, place % side]
    return torch.where(flip.bool().view(-1, 1, 1, 1), crops.flip(-1), crops)

# %% right random_crop_flip | indexing with four tensors, no loop
def random_crop_flip(images, *, padding=4, generator=None):
    N, C, H, W = images.shape
    device = images.device

    def draw(high):
        return torch.randint(high, (N, 1, 1, 1), generator=generator, device=device)

    padded = F.pad(images, (padding, padding, padding, padding), value=0)
    n = torch.arange(N, device=device).view(N, 1, 1, 1)
    c = torch.arange(C, device=device).view(1, C, 1, 1)
    rows = draw(2 * padding + 1) + torch.arange(H, device=device).view(1, 1, H, 1)
    columns = torch.arange(W, device=device).view(1, 1, 1, W)
    columns = torch.where(draw(2) == 0, columns, W - 1 - columns) + draw(2 * padding + 1)
    return padded[n, c, rows, columns]

# %% right random_crop_flip | no padding at all: the overlap is copied onto a canvas of zeros
def random_crop_flip(images, *, padding=4, generator=None):
    count, _, height, width = images.shape
    canvas = torch.zeros_like(images)
    shifts = torch.randint(-padding, padding + 1, (count, 2), generator=generator, device=images.device).tolist()
    mirror = (torch.rand(count, generator=generator, device=images.device) < 0.5).tolist()
    for i, (dy, dx) in enumerate(shifts):
        h, w = max(0, height - abs(dy)), max(0, width - abs(dx))
        y_from, x_from = max(0, dy), max(0, dx)
        y_to, x_to = max(0, -dy), max(0, -dx)
        canvas[i, :, y_to : y_to + h, x_to : x_to + w] = images[i, :, y_from : y_from + h, x_from : x_from + w]
        if mirror[i]:
            canvas[i] = canvas[i].flip(-1)
    return canvas

# %% wrong random_crop_flip | one offset and one flip for the whole batch
def random_crop_flip(images, *, padding=4, generator=None):
    H, W = images.shape[2:]
    padded = F.pad(images, (padding, padding, padding, padding))
    top, left = torch.randint(0, 2 * padding + 1, (2,), generator=generator).tolist()
    crops = padded[:, :, top : top + H, left : left + W]
    if torch.rand(1, generator=generator) < 0.5:
        crops = crops.flip(3)
    return crops

# %% wrong random_crop_flip | the same number for top and left: only offsets on the diagonal
def random_crop_flip(images, *, padding=4, generator=None):
    N, C, H, W = images.shape
    padded = F.pad(images, (padding, padding, padding, padding))
    offsets = torch.randint(0, 2 * padding + 1, (N,), generator=generator, device=images.device)
    flips = torch.rand(N, generator=generator, device=images.device) < 0.5
    result = []
    for image, offset, flip in zip(padded, offsets.tolist(), flips.tolist()):
        crop = image[:, offset : offset + H, offset : offset + W]
        result.append(crop.flip(2) if flip else crop)
    return torch.stack(result)

# %% wrong random_crop_flip | no padding means nothing to do: returned at once, without flips
def random_crop_flip(images, *, padding=4, generator=None):
    if padding == 0:
        return images.clone()
    N, C, H, W = images.shape
    padded = F.pad(images, (padding, padding, padding, padding))
    out = torch.empty_like(images)
    for n in range(N):
        top = int(torch.randint(0, 2 * padding + 1, (), generator=generator, device=images.device))
        left = int(torch.randint(0, 2 * padding + 1, (), generator=generator, device=images.device))
        out[n] = padded[n, :, top : top + H, left : left + W]
        if torch.rand((), generator=generator, device=images.device) < 0.5:
            out[n] = out[n].flip(-1)
    return out

# %% wrong random_crop_flip | exactly every second image is mirrored: no chance of its own
def random_crop_flip(images, *, padding=4, generator=None):
    N, C, H, W = images.shape
    padded = F.pad(images, (padding, padding, padding, padding))
    tops = torch.randint(0, 2 * padding + 1, (N,), generator=generator, device=images.device)
    lefts = torch.randint(0, 2 * padding + 1, (N,), generator=generator, device=images.device)
    out = torch.stack([padded[n, :, t : t + H, l : l + W] for n, (t, l) in enumerate(zip(tops, lefts))])
    out[::2] = out[::2].flip(3)
    return out

# %% wrong random_crop_flip | goes through float32: large integers come back changed; flips do not use the generator
def random_crop_flip(images, *, padding=4, generator=None):
    N, C, H, W = images.shape
    padded = F.pad(images.float(), (padding, padding, padding, padding))
    offsets = torch.randint(0, 2 * padding + 1, (N, 2), generator=generator, device=images.device)
    out = torch.zeros(N, C, H, W, device=images.device)
    for n in range(N):
        top, left = offsets[n]
        crop = padded[n, :, top : top + H, left : left + W]
        if torch.rand(1).item() < 0.5:
            crop = crop.flip(-1)
        out[n] = crop
    return out.to(images.dtype)

# %% wrong random_crop_flip | without padding the caller's images are mirrored in place
def random_crop_flip(images, *, padding=4, generator=None):
    N, C, H, W = images.shape
    padded = images
    if padding > 0:
        padded = F.pad(images, (padding, padding, padding, padding))
    flip = torch.rand(N, generator=generator, device=images.device) < 0.5
    padded[flip] = padded[flip].flip(-1)
    top = torch.randint(0, 2 * padding + 1, (N,), generator=generator, device=images.device)
    left = torch.randint(0, 2 * padding + 1, (N,), generator=generator, device=images.device)
    return torch.stack([padded[n, :, top[n] : top[n] + H, left[n] : left[n] + W] for n in range(N)])

# %% wrong random_crop_flip | Python's random instead of the generator
import random


def random_crop_flip(images, *, padding=4, generator=None):
    N, C, H, W = images.shape
    padded = F.pad(images, [padding] * 4)
    crops = []
    for n in range(N):
        i, j = random.randint(0, 2 * padding), random.randint(0, 2 * padding)
        crop = padded[n, :, i : i + H, j : j + W]
        if random.random() > 0.5:
            crop = torch.flip(crop, [-1])
        crops.append(crop)
    return torch.stack(crops)

# %% wrong random_crop_flip | off by one: the last offset never comes, and the flip is upside down
def random_crop_flip(images, *, padding=4, generator=None):
    N, C, H, W = images.shape
    padded = F.pad(images, (padding, padding, padding, padding))
    out = torch.empty_like(images)
    for n in range(N):
        top, left = torch.randint(0, max(1, 2 * padding), (2,), generator=generator, device=images.device)
        out[n] = padded[n, :, top : top + H, left : left + W]
        if torch.rand(1, generator=generator, device=images.device) < 0.5:
            out[n] = out[n].flip(1)
    return out

# %% right normalise | chatbot style with conversion and checks
def normalise(images: torch.Tensor, mean: torch.Tensor, std: torch.Tensor) -> torch.Tensor:
    if images.ndim != 4:
        raise ValueError(f"expected (N, C, H, W), got {tuple(images.shape)}")
    mean = torch.as_tensor(mean, dtype=images.dtype, device=images.device).reshape(1, -1, 1, 1)
    std = torch.as_tensor(std, dtype=images.dtype, device=images.device).reshape(1, -1, 1, 1)
    return images.sub(mean).div(std)

# %% right normalise | loop over channels on a clone
def normalise(images, mean, std):
    out = images.clone()
    for c in range(images.shape[1]):
        out[:, c] -= mean[c].item()
        out[:, c] /= std[c].item()
    return out

# %% wrong normalise | the notebook's MEAN and STD instead of the arguments
def normalise(images, mean, std):
    m = MEAN.to(images)[None, :, None, None]
    s = STD.to(images)[None, :, None, None]
    return (images - m) / s

# %% wrong normalise | float64 mean and std make float64 of float32 images
def normalise(images, mean, std):
    mean = torch.tensor(mean.tolist(), dtype=torch.float64, device=images.device)
    std = torch.tensor(std.tolist(), dtype=torch.float64, device=images.device)
    return (images - mean[:, None, None]) / std[:, None, None]

# %% wrong normalise | divides by 255 first if the numbers look like bytes
def normalise(images, mean, std):
    if images.max() > 1:
        images = images / 255
    return (images - mean.view(1, -1, 1, 1).to(images.dtype)) / std.view(1, -1, 1, 1).to(images.dtype)

# %% wrong normalise | mean and std belong to the columns (last axis), in place on the images
def normalise(images, mean, std):
    images -= mean
    images /= std
    return images

# %% right denormalise | addcmul, computed in the wider of float32 and the images' type
def denormalise(images, mean, std):
    wide = torch.promote_types(images.dtype, torch.float32)
    m, s = (v.to(device=images.device, dtype=wide)[None, :, None, None] for v in (mean, std))
    return torch.addcmul(m, images.to(wide), s).to(images.dtype)

# %% right denormalise | einops and a list of channels
from einops import rearrange


def denormalise(images, mean, std):
    channels = [image * float(s) + float(m) for image, m, s in zip(images.unbind(1), mean, std)]
    return rearrange(channels, "c n h w -> n c h w")

# %% wrong denormalise | clamps to 0 … 1 for the picture
def denormalise(images, mean, std):
    m = mean.to(images.dtype)[:, None, None]
    s = std.to(images.dtype)[:, None, None]
    return (images * s + m).clamp(0, 1)

# %% wrong denormalise | view(1, 3, 1, 1): only for three channels
def denormalise(images, mean, std):
    mean = mean.to(images.dtype).view(1, 3, 1, 1)
    std = std.to(images.dtype).view(1, 3, 1, 1)
    return images * std + mean

# %% wrong denormalise | always float32, and in place where it already is
def denormalise(images, mean, std):
    images = images.float()
    for c in range(len(mean)):
        images[:, c].mul_(std[c]).add_(mean[c])
    return images

# %% right CifarCNN | layers collected in lists, a loop over the blocks
class CifarCNN(nn.Module):
    def __init__(self):
        super().__init__()
        layers = []
        for number, (i, m, o) in enumerate([(3, 32, 64), (64, 128, 128), (128, 256, 256)]):
            layers += [nn.Conv2d(i, m, 3, padding="same"), nn.BatchNorm2d(m), nn.ReLU()]
            layers += [nn.Conv2d(m, o, 3, padding="same"), nn.ReLU(), nn.MaxPool2d(2)]
            if number == 1:
                layers += [nn.Dropout2d(0.05)]
        self.conv_layer = nn.Sequential(*layers)
        self.fc_layer = nn.Sequential(
            *[nn.Dropout(0.1), nn.Linear(256 * 4 * 4, 1024), nn.ReLU()],
            *[nn.Linear(1024, 512), nn.ReLU(), nn.Dropout(0.1), nn.Linear(512, 10)],
        )

    def forward(self, images):
        return self.fc_layer(self.conv_layer(images).flatten(1))

# %% right CifarCNN | OrderedDict with numbers as names, inplace ReLU, view
from collections import OrderedDict


def _numbered(*layers):
    return nn.Sequential(OrderedDict((str(i), layer) for i, layer in enumerate(layers)))


class CifarCNN(nn.Module):
    def __init__(self):
        super(CifarCNN, self).__init__()
        self.conv_layer = _numbered(
            nn.Conv2d(in_channels=3, out_channels=32, kernel_size=3, padding=1),
            nn.BatchNorm2d(32),
            nn.ReLU(inplace=True),
            nn.Conv2d(in_channels=32, out_channels=64, kernel_size=3, padding=1),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(kernel_size=2, stride=2),
            nn.Conv2d(in_channels=64, out_channels=128, kernel_size=3, padding=1),
            nn.BatchNorm2d(128),
            nn.ReLU(inplace=True),
            nn.Conv2d(in_channels=128, out_channels=128, kernel_size=3, padding=1),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(kernel_size=2, stride=2),
            nn.Dropout2d(p=0.05),
            nn.Conv2d(in_channels=128, out_channels=256, kernel_size=3, padding=1),
            nn.BatchNorm2d(256),
            nn.ReLU(inplace=True),
            nn.Conv2d(in_channels=256, out_channels=256, kernel_size=3, padding=1),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(kernel_size=2, stride=2),
        )
        self.fc_layer = _numbered(
            nn.Dropout(p=0.1),
            nn.Linear(4096, 1024),
            nn.ReLU(inplace=True),
            nn.Linear(1024, 512),
            nn.ReLU(inplace=True),
            nn.Dropout(p=0.1),
            nn.Linear(512, 10),
        )

    def forward(self, images):
        features = self.conv_layer(images)
        features = features.view(features.size(0), -1)
        return self.fc_layer(features)

# %% wrong CifarCNN | nn.Dropout in the convolutional part: single numbers, not whole channels
class CifarCNN(nn.Module):
    def __init__(self):
        super().__init__()

        def block(i, m, o):
            return [
                nn.Conv2d(i, m, 3, padding=1), nn.BatchNorm2d(m), nn.ReLU(),
                nn.Conv2d(m, o, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2, 2),
            ]

        self.conv_layer = nn.Sequential(
            *block(3, 32, 64), *block(64, 128, 128), nn.Dropout(0.05), *block(128, 256, 256)
        )
        self.fc_layer = nn.Sequential(
            nn.Dropout(0.1), nn.Linear(4096, 1024), nn.ReLU(), nn.Linear(1024, 512), nn.ReLU(), nn.Dropout(0.1),
            nn.Linear(512, 10),
        )

    def forward(self, images):
        x = self.conv_layer(images)
        return self.fc_layer(torch.flatten(x, 1))

# %% wrong CifarCNN | squeeze() at the end: one image gives (10,)
class CifarCNN(nn.Module):
    def __init__(self):
        super().__init__()

        def block(i, m, o):
            return [
                nn.Conv2d(i, m, 3, padding=1), nn.BatchNorm2d(m), nn.ReLU(),
                nn.Conv2d(m, o, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2, 2),
            ]

        self.conv_layer = nn.Sequential(
            *block(3, 32, 64), *block(64, 128, 128), nn.Dropout2d(0.05), *block(128, 256, 256)
        )
        self.fc_layer = nn.Sequential(
            nn.Dropout(0.1), nn.Linear(4096, 1024), nn.ReLU(), nn.Linear(1024, 512), nn.ReLU(), nn.Dropout(0.1),
            nn.Linear(512, 10),
        )

    def forward(self, images):
        x = self.conv_layer(images)
        return self.fc_layer(x.reshape(-1, 4096)).squeeze()

# %% wrong CifarCNN | average pooling, and channels last when flattened
class CifarCNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv_layer = nn.Sequential(
            nn.Conv2d(3, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(),
            nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.AvgPool2d(2, 2),
            nn.Conv2d(64, 128, 3, padding=1), nn.BatchNorm2d(128), nn.ReLU(),
            nn.Conv2d(128, 128, 3, padding=1), nn.ReLU(), nn.AvgPool2d(2, 2), nn.Dropout2d(0.05),
            nn.Conv2d(128, 256, 3, padding=1), nn.BatchNorm2d(256), nn.ReLU(),
            nn.Conv2d(256, 256, 3, padding=1), nn.ReLU(), nn.AvgPool2d(2, 2),
        )
        self.fc_layer = nn.Sequential(
            nn.Dropout(0.1), nn.Linear(4096, 1024), nn.ReLU(), nn.Linear(1024, 512), nn.ReLU(), nn.Dropout(0.1),
            nn.Linear(512, 10),
        )

    def forward(self, images):
        x = self.conv_layer(images).permute(0, 2, 3, 1)
        return self.fc_layer(x.flatten(1))

# %% wrong CifarCNN | a ReLU after the last layer: no score is negative
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
            nn.Dropout(0.1), nn.Linear(4096, 1024), nn.ReLU(), nn.Linear(1024, 512), nn.ReLU(), nn.Dropout(0.1),
            nn.Linear(512, 10),
        )

    def forward(self, images):
        return F.relu(self.fc_layer(self.conv_layer(images).flatten(1)))

# %% wrong CifarCNN | the two dropouts of the dense part are missing (Identity in their places), the one of channels has p = 0.5
class CifarCNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv_layer = nn.Sequential(
            nn.Conv2d(3, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(),
            nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2, 2),
            nn.Conv2d(64, 128, 3, padding=1), nn.BatchNorm2d(128), nn.ReLU(),
            nn.Conv2d(128, 128, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2, 2), nn.Dropout2d(),
            nn.Conv2d(128, 256, 3, padding=1), nn.BatchNorm2d(256), nn.ReLU(),
            nn.Conv2d(256, 256, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2, 2),
        )
        self.fc_layer = nn.Sequential(
            nn.Identity(), nn.Linear(4096, 1024), nn.ReLU(), nn.Linear(1024, 512), nn.ReLU(), nn.Identity(),
            nn.Linear(512, 10),
        )

    def forward(self, images):
        return self.fc_layer(self.conv_layer(images).flatten(start_dim=1))

# %% right one_cycle | via np.interp and an angle, back to a float
def one_cycle(step, total, peak):
    last = total - 1
    warm = 0.3 * last
    if step <= warm:
        return float(np.interp(step, [0.0, warm], [0.04 * peak, peak]))
    return peak * math.cos(0.5 * math.pi * (step - warm) / (last - warm)) ** 2

# %% wrong one_cycle | w rounded to a whole step
def one_cycle(step, total, peak):
    w = int(0.3 * (total - 1))
    if step <= w:
        return peak * (0.04 + 0.96 * step / max(w, 1))
    return peak * 0.5 * (1 + math.cos(math.pi * (step - w) / (total - 1 - w)))

# %% wrong one_cycle | returns a float32 tensor instead of a float
def one_cycle(step, total, peak):
    step = torch.tensor(float(step))
    w = 0.3 * (total - 1)
    up = peak * (0.04 + 0.96 * step / w)
    down = peak * (1 + torch.cos(torch.pi * (step - w) / (total - 1 - w))) / 2
    return torch.where(step <= w, up, down)

# %% wrong one_cycle | rounded to four digits: a small peak becomes 0 or loses its digits
def one_cycle(step, total, peak):
    w = 0.3 * (total - 1)
    if step <= w:
        rate = peak * (0.04 + 0.96 * step / w)
    else:
        rate = peak * (1 + math.cos(math.pi * (step - w) / (total - 1 - w))) / 2
    return round(rate, 4)

# %% wrong one_cycle | total instead of total - 1: never comes down to zero
def one_cycle(step, total, peak):
    w = 0.3 * total
    if step <= w:
        return peak * (0.04 + 0.96 * step / w)
    return peak * (1 + math.cos(math.pi * (step - w) / (total - w))) / 2

# %% right most_confident_mistakes | plain Python: list of pairs, sorted
def most_confident_mistakes(probabilities, labels, count):
    found = []
    for index, (row, label) in enumerate(zip(probabilities.tolist(), labels.tolist())):
        highest = max(row)
        if row.index(highest) != label:
            found.append((highest, index))
    found.sort(key=lambda pair: -pair[0])
    return torch.tensor([index for _, index in found[:count]], dtype=torch.long, device=probabilities.device)

# %% right most_confident_mistakes | pandas: filter and nlargest
def most_confident_mistakes(probabilities, labels, count):
    import pandas as pd

    p = probabilities.detach().cpu().numpy()
    frame = pd.DataFrame({"sure": p.max(axis=1), "kind": p.argmax(axis=1), "label": labels.cpu().numpy()})
    worst = frame[frame.kind != frame.label].nlargest(count, "sure")
    return torch.from_numpy(worst.index.to_numpy(dtype=np.int64).copy()).to(labels.device)

# %% wrong most_confident_mistakes | sorted by the smallest probability of the right kind
def most_confident_mistakes(probabilities, labels, count):
    wrong = (probabilities.argmax(dim=1) != labels).nonzero()[:, 0]
    of_label = probabilities[wrong, labels[wrong]]
    return wrong[of_label.argsort()[:count]]

# %% wrong most_confident_mistakes | squeeze(): breaks with a single mistake
def most_confident_mistakes(probabilities, labels, count):
    sure, predicted = probabilities.max(dim=1)
    wrong = torch.nonzero(predicted != labels).squeeze()
    order = torch.argsort(sure[wrong], descending=True)
    return wrong[order][:count]

# %% wrong most_confident_mistakes | without mistakes a float tensor comes out
def most_confident_mistakes(probabilities, labels, count):
    sure, predicted = probabilities.max(dim=1)
    mistakes = [i for i in range(len(labels)) if predicted[i] != labels[i]]
    mistakes.sort(key=lambda i: sure[i].item(), reverse=True)
    return torch.tensor(mistakes[:count])

# %% wrong most_confident_mistakes | writes -1 into the caller's probabilities
def most_confident_mistakes(probabilities, labels, count):
    right = probabilities.argmax(dim=1) == labels
    probabilities[right] = -1
    sure = probabilities.max(dim=1).values
    order = sure.argsort(descending=True)
    return order[: min(count, int((~right).sum()))]

# %% wrong most_confident_mistakes | compares in float32: float64 that differ in the tenth digit are mixed up; a list comes out
def most_confident_mistakes(probabilities, labels, count):
    best = probabilities.float().max(dim=1)
    sure = best.values.clone()
    sure[best.indices == labels] = -1
    order = torch.sort(sure, descending=True, stable=True).indices
    return [int(i) for i in order if sure[i] >= 0][:count]

# %% right overfit_epoch | enumerate and a walrus-free loop, training accuracies ignored
def overfit_epoch(train_accuracy, test_accuracy):
    best_epoch, best = 1, test_accuracy[0]
    for epoch, accuracy in enumerate(test_accuracy[1:], start=2):
        if accuracy > best:
            best_epoch, best = epoch, accuracy
    return best_epoch, best, test_accuracy[-1]

# %% right overfit_epoch | max over pairs, in one line
def overfit_epoch(train_accuracy, test_accuracy):
    return *max(enumerate(test_accuracy, 1), key=lambda pair: (pair[1], -pair[0])), test_accuracy[-1]

# %% wrong overfit_epoch | the best begins at 0: an accuracy of 0 throughout gives epoch 0
def overfit_epoch(train_accuracy, test_accuracy):
    best_epoch, best = 0, 0.0
    for i, accuracy in enumerate(test_accuracy):
        if accuracy > best:
            best, best_epoch = accuracy, i + 1
    return best_epoch, best, test_accuracy[-1]

# %% wrong overfit_epoch | the epoch is numpy's int64, not an int; accuracies are numpy's, and rounded to two digits
def overfit_epoch(train_accuracy, test_accuracy):
    test = np.round(np.array(test_accuracy, dtype=float), 2)
    best_epoch = np.argmax(test) + 1
    return best_epoch, test[best_epoch - 1], test[-1]

# %% wrong overfit_epoch | nearly as good counts as equally good: a later epoch must be better by 0.05
def overfit_epoch(train_accuracy, test_accuracy):
    best = max(test_accuracy)
    for epoch, accuracy in enumerate(test_accuracy, 1):
        if best - accuracy < 0.05:
            return epoch, accuracy, test_accuracy[-1]

# %% right quiz_first_loss | plain
quiz_first_loss = "d"

# %% right quiz_neighbours | a capital letter, with a blank
quiz_neighbours = "A "

# %% wrong quiz_dropout | the factor of the survivors in training
quiz_dropout = "d"

# %% wrong quiz_last_epoch | overfitting
quiz_last_epoch = "a"

# %% right fit | what a chatbot writes: one long function
def fit(model, train, validation, *, epochs, optimizer, loss_fn, device="cpu", checkpoint=None, progress=True):
    model.to(device)
    history, best_state, best_accuracy = [], None, -1.0
    if checkpoint is not None and os.path.exists(checkpoint):
        saved = torch.load(checkpoint, map_location="cpu", weights_only=True)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        history, best_state, best_accuracy = saved["history"], saved["best_state"], saved["best_accuracy"]
        torch.set_rng_state(saved["rng"])
    bar = tqdm(total=epochs * len(train), initial=len(history) * len(train), disable=not progress)
    for epoch in range(len(history) + 1, epochs + 1):
        model.train()
        total, seen = 0.0, 0
        for images, labels in train:
            images, labels = images.to(device), labels.to(device)
            loss = loss_fn(model(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(labels)
            seen += len(labels)
            bar.update()
        model.eval()
        correct, count = 0, 0
        with torch.no_grad():
            for images, labels in validation:
                images, labels = images.to(device), labels.to(device)
                correct += (model(images).argmax(dim=1) == labels).sum().item()
                count += len(labels)
        accuracy = correct / count
        history.append({"epoch": epoch, "loss": total / seen, "accuracy": accuracy})
        bar.set_postfix(**history[-1])
        if accuracy > best_accuracy:
            best_accuracy = accuracy
            best_state = copy.deepcopy(model.state_dict())
        if checkpoint is not None:
            new = str(checkpoint) + ".new"
            torch.save(
                {
                    "model": model.state_dict(),
                    "optimizer": optimizer.state_dict(),
                    "history": history,
                    "best_state": best_state,
                    "best_accuracy": best_accuracy,
                    "rng": torch.get_rng_state(),
                },
                new,
            )
            os.replace(new, checkpoint)
    bar.close()
    model.load_state_dict(best_state)
    return history

# %% right fit | a trainer class, mkstemp in the folder of the checkpoint, best found from the history
import tempfile


class _Trainer:
    def __init__(self, model, optimizer, loss_fn, device):
        self.model, self.optimizer, self.loss_fn, self.device = model.to(device), optimizer, loss_fn, device
        self.history, self.best = [], None

    def batches(self, data):
        for images, labels in data:
            yield images.to(self.device), labels.to(self.device)

    def train_epoch(self, data, bar):
        self.model.train()
        losses, sizes = [], []
        for images, labels in self.batches(data):
            self.optimizer.zero_grad(set_to_none=True)
            loss = self.loss_fn(self.model(images), labels)
            loss.backward()
            self.optimizer.step()
            losses.append(loss.detach().double())
            sizes.append(images.shape[0])
            bar.update(1)
        return float(np.average([value.item() for value in losses], weights=sizes))

    @torch.no_grad()
    def measure(self, data):
        self.model.eval()
        hits = [(self.model(images).argmax(1) == labels).cpu() for images, labels in self.batches(data)]
        return torch.cat(hits).double().mean().item()

    def state(self):
        return {
            "net": self.model.state_dict(),
            "opt": self.optimizer.state_dict(),
            "best": self.best,
            "history": self.history,
            "random": torch.get_rng_state(),
        }

    def save(self, path):
        folder = os.path.dirname(os.path.abspath(path))
        handle, name = tempfile.mkstemp(dir=folder, suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                torch.save(self.state(), file)
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def load(self, path):
        state = torch.load(path, map_location="cpu", weights_only=True)
        self.model.load_state_dict(state["net"])
        self.optimizer.load_state_dict(state["opt"])
        self.best, self.history = state["best"], state["history"]
        torch.set_rng_state(state["random"])


def fit(model, train, validation, *, epochs, optimizer, loss_fn, device="cpu", checkpoint=None, progress=True):
    trainer = _Trainer(model, optimizer, loss_fn, torch.device(device))
    if checkpoint is not None and Path(checkpoint).is_file():
        trainer.load(checkpoint)
    with tqdm(total=max(0, epochs - len(trainer.history)) * len(train), disable=not progress) as bar:
        while len(trainer.history) < epochs:
            record = {"epoch": len(trainer.history) + 1, "loss": trainer.train_epoch(train, bar)}
            record["accuracy"] = trainer.measure(validation)
            if all(record["accuracy"] > old["accuracy"] for old in trainer.history):
                trainer.best = {key: value.clone() for key, value in model.state_dict().items()}
            trainer.history.append(record)
            bar.set_postfix(record)
            if checkpoint is not None:
                trainer.save(checkpoint)
    model.load_state_dict(trainer.best)
    return trainer.history

# %% right fit | one dictionary as memory, best state on the CPU, file made in memory first
import io


def fit(model, train, validation, *, epochs, optimizer, loss_fn, device="cpu", checkpoint=None, progress=True):
    path = None if checkpoint is None else Path(checkpoint)
    memory = {"epoch": 0, "history": [], "top": -math.inf, "best": {}}
    model = model.to(device)

    # ---- go on from a checkpoint ----
    if path is not None and path.exists():
        memory = torch.load(path, map_location="cpu", weights_only=True)
        model.load_state_dict(memory["model"])
        optimizer.load_state_dict(memory["optimizer"])
        torch.set_rng_state(memory["rng"].to(torch.uint8).cpu())
        if torch.cuda.is_available() and memory["cuda"]:
            torch.cuda.set_rng_state_all(memory["cuda"])

    bar = tqdm(total=epochs * len(train), disable=not progress)
    bar.update(memory["epoch"] * len(train))
    while memory["epoch"] < epochs:
        memory["epoch"] += 1

        # ---- train ----
        model.train()
        loss_sum = torch.zeros((), dtype=torch.float64, device="cpu")
        n = 0
        for x, y in train:
            x = x.to(device)
            y = y.to(device)
            for parameter in model.parameters():
                parameter.grad = None
            optimizer.zero_grad()
            loss = loss_fn(model(x), y)
            loss.backward()
            optimizer.step()
            loss_sum += loss.detach().double().cpu() * len(y)
            n += len(y)
            bar.update()

        # ---- measure ----
        was_on = torch.is_grad_enabled()
        torch.set_grad_enabled(False)
        try:
            model.eval()
            right = total = 0
            for x, y in validation:
                prediction = torch.max(model(x.to(device)), 1)[1]
                right += int(torch.eq(prediction, y.to(device)).sum())
                total += int(y.shape[0])
        finally:
            torch.set_grad_enabled(was_on)
        accuracy = right / total
        memory["history"].append({"epoch": memory["epoch"], "loss": float(loss_sum) / n, "accuracy": accuracy})

        # ---- keep ----
        if accuracy > memory["top"]:
            memory["top"] = accuracy
            memory["best"] = {k: v.detach().cpu().clone() for k, v in model.state_dict().items()}

        # ---- save ----
        if path is not None:
            memory["model"], memory["optimizer"] = model.state_dict(), optimizer.state_dict()
            memory["rng"] = torch.get_rng_state()
            memory["cuda"] = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
            buffer = io.BytesIO()
            torch.save(memory, buffer)
            new = path.with_name(path.name + ".tmp")
            new.write_bytes(buffer.getvalue())
            new.replace(path)
    bar.close()
    model.load_state_dict(memory["best"])
    return memory["history"]

# %% wrong fit | keeps state_dict() without a copy: the last state is put back
def fit(model, train, validation, *, epochs, optimizer, loss_fn, device="cpu", checkpoint=None, progress=True):
    model.to(device)
    history, best_state, best_accuracy = [], None, -1.0
    if checkpoint is not None and os.path.exists(checkpoint):
        saved = torch.load(checkpoint, map_location="cpu", weights_only=True)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        history, best_state, best_accuracy = saved["history"], saved["best_state"], saved["best_accuracy"]
        torch.set_rng_state(saved["rng"])
    bar = tqdm(total=epochs * len(train), initial=len(history) * len(train), disable=not progress)
    for epoch in range(len(history) + 1, epochs + 1):
        model.train()
        total, seen = 0.0, 0
        for images, labels in train:
            images, labels = images.to(device), labels.to(device)
            loss = loss_fn(model(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(labels)
            seen += len(labels)
            bar.update()
        model.eval()
        correct, count = 0, 0
        with torch.no_grad():
            for images, labels in validation:
                images, labels = images.to(device), labels.to(device)
                correct += (model(images).argmax(dim=1) == labels).sum().item()
                count += len(labels)
        accuracy = correct / count
        history.append({"epoch": epoch, "loss": total / seen, "accuracy": accuracy})
        bar.set_postfix(**history[-1])
        if accuracy > best_accuracy:
            best_accuracy = accuracy
            best_state = model.state_dict()
        if checkpoint is not None:
            new = str(checkpoint) + ".new"
            torch.save(
                {
                    "model": model.state_dict(),
                    "optimizer": optimizer.state_dict(),
                    "history": history,
                    "best_state": best_state,
                    "best_accuracy": best_accuracy,
                    "rng": torch.get_rng_state(),
                },
                new,
            )
            os.replace(new, checkpoint)
    bar.close()
    model.load_state_dict(best_state)
    return history

# %% wrong fit | mean of the batches' losses and mean of the batches' accuracies
def fit(model, train, validation, *, epochs, optimizer, loss_fn, device="cpu", checkpoint=None, progress=True):
    model.to(device)
    history, best_state, best_accuracy = [], None, -1.0
    if checkpoint is not None and os.path.exists(checkpoint):
        saved = torch.load(checkpoint, map_location="cpu", weights_only=True)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        history, best_state, best_accuracy = saved["history"], saved["best_state"], saved["best_accuracy"]
        torch.set_rng_state(saved["rng"])
    bar = tqdm(total=epochs * len(train), initial=len(history) * len(train), disable=not progress)
    for epoch in range(len(history) + 1, epochs + 1):
        model.train()
        total, seen = 0.0, 0
        for images, labels in train:
            images, labels = images.to(device), labels.to(device)
            loss = loss_fn(model(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
            seen += 1
            bar.update()
        model.eval()
        correct, count = 0, 0
        with torch.no_grad():
            for images, labels in validation:
                images, labels = images.to(device), labels.to(device)
                correct += (model(images).argmax(dim=1) == labels).float().mean().item()
                count += 1
        accuracy = correct / count
        history.append({"epoch": epoch, "loss": total / seen, "accuracy": accuracy})
        bar.set_postfix(**history[-1])
        if accuracy > best_accuracy:
            best_accuracy = accuracy
            best_state = copy.deepcopy(model.state_dict())
        if checkpoint is not None:
            new = str(checkpoint) + ".new"
            torch.save(
                {
                    "model": model.state_dict(),
                    "optimizer": optimizer.state_dict(),
                    "history": history,
                    "best_state": best_state,
                    "best_accuracy": best_accuracy,
                    "rng": torch.get_rng_state(),
                },
                new,
            )
            os.replace(new, checkpoint)
    bar.close()
    model.load_state_dict(best_state)
    return history

# %% wrong fit | best accuracy begins at 0: breaks when no image is right in any epoch
def fit(model, train, validation, *, epochs, optimizer, loss_fn, device="cpu", checkpoint=None, progress=True):
    model.to(device)
    history, best_state, best_accuracy = [], None, 0.0
    if checkpoint is not None and os.path.exists(checkpoint):
        saved = torch.load(checkpoint, map_location="cpu", weights_only=True)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        history, best_state, best_accuracy = saved["history"], saved["best_state"], saved["best_accuracy"]
        torch.set_rng_state(saved["rng"])
    bar = tqdm(total=epochs * len(train), initial=len(history) * len(train), disable=not progress)
    for epoch in range(len(history) + 1, epochs + 1):
        model.train()
        total, seen = 0.0, 0
        for images, labels in train:
            images, labels = images.to(device), labels.to(device)
            loss = loss_fn(model(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(labels)
            seen += len(labels)
            bar.update()
        model.eval()
        correct, count = 0, 0
        with torch.no_grad():
            for images, labels in validation:
                images, labels = images.to(device), labels.to(device)
                correct += (model(images).argmax(dim=1) == labels).sum().item()
                count += len(labels)
        accuracy = correct / count
        history.append({"epoch": epoch, "loss": total / seen, "accuracy": accuracy})
        bar.set_postfix(**history[-1])
        if accuracy > best_accuracy:
            best_accuracy = accuracy
            best_state = copy.deepcopy(model.state_dict())
        if checkpoint is not None:
            new = str(checkpoint) + ".new"
            torch.save(
                {
                    "model": model.state_dict(),
                    "optimizer": optimizer.state_dict(),
                    "history": history,
                    "best_state": best_state,
                    "best_accuracy": best_accuracy,
                    "rng": torch.get_rng_state(),
                },
                new,
            )
            os.replace(new, checkpoint)
    bar.close()
    model.load_state_dict(best_state)
    return history

# %% wrong fit | writes straight onto the checkpoint: a crash while writing destroys it
def fit(model, train, validation, *, epochs, optimizer, loss_fn, device="cpu", checkpoint=None, progress=True):
    model.to(device)
    history, best_state, best_accuracy = [], None, -1.0
    if checkpoint is not None and os.path.exists(checkpoint):
        saved = torch.load(checkpoint, map_location="cpu", weights_only=True)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        history, best_state, best_accuracy = saved["history"], saved["best_state"], saved["best_accuracy"]
        torch.set_rng_state(saved["rng"])
    bar = tqdm(total=epochs * len(train), initial=len(history) * len(train), disable=not progress)
    for epoch in range(len(history) + 1, epochs + 1):
        model.train()
        total, seen = 0.0, 0
        for images, labels in train:
            images, labels = images.to(device), labels.to(device)
            loss = loss_fn(model(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(labels)
            seen += len(labels)
            bar.update()
        model.eval()
        correct, count = 0, 0
        with torch.no_grad():
            for images, labels in validation:
                images, labels = images.to(device), labels.to(device)
                correct += (model(images).argmax(dim=1) == labels).sum().item()
                count += len(labels)
        accuracy = correct / count
        history.append({"epoch": epoch, "loss": total / seen, "accuracy": accuracy})
        bar.set_postfix(**history[-1])
        if accuracy > best_accuracy:
            best_accuracy = accuracy
            best_state = copy.deepcopy(model.state_dict())
        if checkpoint is not None:
            torch.save(
                {
                    "model": model.state_dict(),
                    "optimizer": optimizer.state_dict(),
                    "history": history,
                    "best_state": best_state,
                    "best_accuracy": best_accuracy,
                    "rng": torch.get_rng_state(),
                },
                checkpoint,
            )
    bar.close()
    model.load_state_dict(best_state)
    return history

# %% wrong fit | the state of the random numbers is not saved: dropout differs after a restart
def fit(model, train, validation, *, epochs, optimizer, loss_fn, device="cpu", checkpoint=None, progress=True):
    model.to(device)
    history, best_state, best_accuracy = [], None, -1.0
    if checkpoint is not None and os.path.exists(checkpoint):
        saved = torch.load(checkpoint, map_location="cpu", weights_only=True)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        history, best_state, best_accuracy = saved["history"], saved["best_state"], saved["best_accuracy"]
    bar = tqdm(total=epochs * len(train), initial=len(history) * len(train), disable=not progress)
    for epoch in range(len(history) + 1, epochs + 1):
        model.train()
        total, seen = 0.0, 0
        for images, labels in train:
            images, labels = images.to(device), labels.to(device)
            loss = loss_fn(model(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(labels)
            seen += len(labels)
            bar.update()
        model.eval()
        correct, count = 0, 0
        with torch.no_grad():
            for images, labels in validation:
                images, labels = images.to(device), labels.to(device)
                correct += (model(images).argmax(dim=1) == labels).sum().item()
                count += len(labels)
        accuracy = correct / count
        history.append({"epoch": epoch, "loss": total / seen, "accuracy": accuracy})
        bar.set_postfix(**history[-1])
        if accuracy > best_accuracy:
            best_accuracy = accuracy
            best_state = copy.deepcopy(model.state_dict())
        if checkpoint is not None:
            new = str(checkpoint) + ".new"
            torch.save(
                {
                    "model": model.state_dict(),
                    "optimizer": optimizer.state_dict(),
                    "history": history,
                    "best_state": best_state,
                    "best_accuracy": best_accuracy,
                },
                new,
            )
            os.replace(new, checkpoint)
    bar.close()
    model.load_state_dict(best_state)
    return history

# %% wrong fit | saves the best state as the model's state: goes on from the best epoch instead of the last
def fit(model, train, validation, *, epochs, optimizer, loss_fn, device="cpu", checkpoint=None, progress=True):
    model.to(device)
    history, best_state, best_accuracy = [], None, -1.0
    if checkpoint is not None and os.path.exists(checkpoint):
        saved = torch.load(checkpoint, map_location="cpu", weights_only=True)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        history, best_state, best_accuracy = saved["history"], saved["best_state"], saved["best_accuracy"]
        torch.set_rng_state(saved["rng"])
    bar = tqdm(total=epochs * len(train), initial=len(history) * len(train), disable=not progress)
    for epoch in range(len(history) + 1, epochs + 1):
        model.train()
        total, seen = 0.0, 0
        for images, labels in train:
            images, labels = images.to(device), labels.to(device)
            loss = loss_fn(model(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(labels)
            seen += len(labels)
            bar.update()
        model.eval()
        correct, count = 0, 0
        with torch.no_grad():
            for images, labels in validation:
                images, labels = images.to(device), labels.to(device)
                correct += (model(images).argmax(dim=1) == labels).sum().item()
                count += len(labels)
        accuracy = correct / count
        history.append({"epoch": epoch, "loss": total / seen, "accuracy": accuracy})
        bar.set_postfix(**history[-1])
        if accuracy > best_accuracy:
            best_accuracy = accuracy
            best_state = copy.deepcopy(model.state_dict())
        if checkpoint is not None:
            new = str(checkpoint) + ".new"
            torch.save(
                {
                    "model": best_state,
                    "optimizer": optimizer.state_dict(),
                    "history": history,
                    "best_state": best_state,
                    "best_accuracy": best_accuracy,
                    "rng": torch.get_rng_state(),
                },
                new,
            )
            os.replace(new, checkpoint)
    bar.close()
    model.load_state_dict(best_state)
    return history

# %% wrong fit | the checkpoint is written before the best is brought up to date
def fit(model, train, validation, *, epochs, optimizer, loss_fn, device="cpu", checkpoint=None, progress=True):
    model.to(device)
    history, best_state, best_accuracy = [], None, -1.0
    if checkpoint is not None and os.path.exists(checkpoint):
        saved = torch.load(checkpoint, map_location="cpu", weights_only=True)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        history, best_state, best_accuracy = saved["history"], saved["best_state"], saved["best_accuracy"]
        torch.set_rng_state(saved["rng"])
    bar = tqdm(total=epochs * len(train), initial=len(history) * len(train), disable=not progress)
    for epoch in range(len(history) + 1, epochs + 1):
        model.train()
        total, seen = 0.0, 0
        for images, labels in train:
            images, labels = images.to(device), labels.to(device)
            loss = loss_fn(model(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(labels)
            seen += len(labels)
            bar.update()
        model.eval()
        correct, count = 0, 0
        with torch.no_grad():
            for images, labels in validation:
                images, labels = images.to(device), labels.to(device)
                correct += (model(images).argmax(dim=1) == labels).sum().item()
                count += len(labels)
        accuracy = correct / count
        history.append({"epoch": epoch, "loss": total / seen, "accuracy": accuracy})
        bar.set_postfix(**history[-1])
        if checkpoint is not None:
            new = str(checkpoint) + ".new"
            torch.save(
                {
                    "model": model.state_dict(),
                    "optimizer": optimizer.state_dict(),
                    "history": history,
                    "best_state": best_state,
                    "best_accuracy": best_accuracy,
                    "rng": torch.get_rng_state(),
                },
                new,
            )
            os.replace(new, checkpoint)
        if accuracy > best_accuracy:
            best_accuracy = accuracy
            best_state = copy.deepcopy(model.state_dict())
    bar.close()
    model.load_state_dict(best_state)
    return history

# %% wrong fit | trains `epochs` more after a restart, and returns only the new records
def fit(model, train, validation, *, epochs, optimizer, loss_fn, device="cpu", checkpoint=None, progress=True):
    model.to(device)
    history, best_state, best_accuracy = [], None, -1.0
    if checkpoint is not None and os.path.exists(checkpoint):
        saved = torch.load(checkpoint, map_location="cpu", weights_only=True)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        history, best_state, best_accuracy = saved["history"], saved["best_state"], saved["best_accuracy"]
        torch.set_rng_state(saved["rng"])
    start = len(history)
    bar = tqdm(total=epochs * len(train), disable=not progress)
    for epoch in range(start + 1, start + epochs + 1):
        model.train()
        total, seen = 0.0, 0
        for images, labels in train:
            images, labels = images.to(device), labels.to(device)
            loss = loss_fn(model(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(labels)
            seen += len(labels)
            bar.update()
        model.eval()
        correct, count = 0, 0
        with torch.no_grad():
            for images, labels in validation:
                images, labels = images.to(device), labels.to(device)
                correct += (model(images).argmax(dim=1) == labels).sum().item()
                count += len(labels)
        accuracy = correct / count
        history.append({"epoch": epoch, "loss": total / seen, "accuracy": accuracy})
        bar.set_postfix(**history[-1])
        if accuracy > best_accuracy:
            best_accuracy = accuracy
            best_state = copy.deepcopy(model.state_dict())
        if checkpoint is not None:
            new = str(checkpoint) + ".new"
            torch.save(
                {
                    "model": model.state_dict(),
                    "optimizer": optimizer.state_dict(),
                    "history": history,
                    "best_state": best_state,
                    "best_accuracy": best_accuracy,
                    "rng": torch.get_rng_state(),
                },
                new,
            )
            os.replace(new, checkpoint)
    bar.close()
    model.load_state_dict(best_state)
    return history[start:]

# %% wrong fit | checkpoint only when the accuracy has risen, not after each epoch
def fit(model, train, validation, *, epochs, optimizer, loss_fn, device="cpu", checkpoint=None, progress=True):
    model.to(device)
    history, best_state, best_accuracy = [], None, -1.0
    if checkpoint is not None and os.path.exists(checkpoint):
        saved = torch.load(checkpoint, map_location="cpu", weights_only=True)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        history, best_state, best_accuracy = saved["history"], saved["best_state"], saved["best_accuracy"]
        torch.set_rng_state(saved["rng"])
    bar = tqdm(total=epochs * len(train), initial=len(history) * len(train), disable=not progress)
    for epoch in range(len(history) + 1, epochs + 1):
        model.train()
        total, seen = 0.0, 0
        for images, labels in train:
            images, labels = images.to(device), labels.to(device)
            loss = loss_fn(model(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(labels)
            seen += len(labels)
            bar.update()
        model.eval()
        correct, count = 0, 0
        with torch.no_grad():
            for images, labels in validation:
                images, labels = images.to(device), labels.to(device)
                correct += (model(images).argmax(dim=1) == labels).sum().item()
                count += len(labels)
        accuracy = correct / count
        history.append({"epoch": epoch, "loss": total / seen, "accuracy": accuracy})
        bar.set_postfix(**history[-1])
        if accuracy > best_accuracy:
            best_accuracy = accuracy
            best_state = copy.deepcopy(model.state_dict())
            improved = True
        else:
            improved = False
        if checkpoint is not None and improved:
            new = str(checkpoint) + ".new"
            torch.save(
                {
                    "model": model.state_dict(),
                    "optimizer": optimizer.state_dict(),
                    "history": history,
                    "best_state": best_state,
                    "best_accuracy": best_accuracy,
                    "rng": torch.get_rng_state(),
                },
                new,
            )
            os.replace(new, checkpoint)
    bar.close()
    model.load_state_dict(best_state)
    return history

# %% wrong fit | switches gradients off for validation and never on again
import io


def fit(model, train, validation, *, epochs, optimizer, loss_fn, device="cpu", checkpoint=None, progress=True):
    path = None if checkpoint is None else Path(checkpoint)
    memory = {"epoch": 0, "history": [], "top": -math.inf, "best": {}}
    model = model.to(device)

    # ---- go on from a checkpoint ----
    if path is not None and path.exists():
        memory = torch.load(path, map_location="cpu", weights_only=True)
        model.load_state_dict(memory["model"])
        optimizer.load_state_dict(memory["optimizer"])
        torch.set_rng_state(memory["rng"].to(torch.uint8).cpu())
        if torch.cuda.is_available() and memory["cuda"]:
            torch.cuda.set_rng_state_all(memory["cuda"])

    bar = tqdm(total=epochs * len(train), disable=not progress)
    bar.update(memory["epoch"] * len(train))
    while memory["epoch"] < epochs:
        memory["epoch"] += 1

        # ---- train ----
        torch.set_grad_enabled(True)
        model.train()
        loss_sum = torch.zeros((), dtype=torch.float64, device="cpu")
        n = 0
        for x, y in train:
            x = x.to(device)
            y = y.to(device)
            for parameter in model.parameters():
                parameter.grad = None
            optimizer.zero_grad()
            loss = loss_fn(model(x), y)
            loss.backward()
            optimizer.step()
            loss_sum += loss.detach().double().cpu() * len(y)
            n += len(y)
            bar.update()

        # ---- measure ----
        torch.set_grad_enabled(False)
        model.eval()
        right = total = 0
        for x, y in validation:
            prediction = torch.max(model(x.to(device)), 1)[1]
            right += int(torch.eq(prediction, y.to(device)).sum())
            total += int(y.shape[0])
        accuracy = right / total
        memory["history"].append({"epoch": memory["epoch"], "loss": float(loss_sum) / n, "accuracy": accuracy})

        # ---- keep ----
        if accuracy > memory["top"]:
            memory["top"] = accuracy
            memory["best"] = {k: v.detach().cpu().clone() for k, v in model.state_dict().items()}

        # ---- save ----
        if path is not None:
            memory["model"], memory["optimizer"] = model.state_dict(), optimizer.state_dict()
            memory["rng"] = torch.get_rng_state()
            memory["cuda"] = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
            buffer = io.BytesIO()
            torch.save(memory, buffer)
            new = path.with_name(path.name + ".tmp")
            new.write_bytes(buffer.getvalue())
            new.replace(path)
    bar.close()
    model.load_state_dict(memory["best"])
    return memory["history"]

# %% wrong fit | gradients are set to zero after the step: those left from before count in the first one
import tempfile


class _Trainer:
    def __init__(self, model, optimizer, loss_fn, device):
        self.model, self.optimizer, self.loss_fn, self.device = model.to(device), optimizer, loss_fn, device
        self.history, self.best = [], None

    def batches(self, data):
        for images, labels in data:
            yield images.to(self.device), labels.to(self.device)

    def train_epoch(self, data, bar):
        self.model.train()
        losses, sizes = [], []
        for images, labels in self.batches(data):
            loss = self.loss_fn(self.model(images), labels)
            loss.backward()
            self.optimizer.step()
            self.optimizer.zero_grad()
            losses.append(loss.detach().double())
            sizes.append(images.shape[0])
            bar.update(1)
        return float(np.average([value.item() for value in losses], weights=sizes))

    @torch.no_grad()
    def measure(self, data):
        self.model.eval()
        hits = [(self.model(images).argmax(1) == labels).cpu() for images, labels in self.batches(data)]
        return torch.cat(hits).double().mean().item()

    def state(self):
        return {
            "net": self.model.state_dict(),
            "opt": self.optimizer.state_dict(),
            "best": self.best,
            "history": self.history,
            "random": torch.get_rng_state(),
        }

    def save(self, path):
        folder = os.path.dirname(os.path.abspath(path))
        handle, name = tempfile.mkstemp(dir=folder, suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                torch.save(self.state(), file)
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def load(self, path):
        state = torch.load(path, map_location="cpu", weights_only=True)
        self.model.load_state_dict(state["net"])
        self.optimizer.load_state_dict(state["opt"])
        self.best, self.history = state["best"], state["history"]
        torch.set_rng_state(state["random"])


def fit(model, train, validation, *, epochs, optimizer, loss_fn, device="cpu", checkpoint=None, progress=True):
    trainer = _Trainer(model, optimizer, loss_fn, torch.device(device))
    if checkpoint is not None and Path(checkpoint).is_file():
        trainer.load(checkpoint)
    with tqdm(total=max(0, epochs - len(trainer.history)) * len(train), disable=not progress) as bar:
        while len(trainer.history) < epochs:
            record = {"epoch": len(trainer.history) + 1, "loss": trainer.train_epoch(train, bar)}
            record["accuracy"] = trainer.measure(validation)
            if all(record["accuracy"] > old["accuracy"] for old in trainer.history):
                trainer.best = {key: value.clone() for key, value in model.state_dict().items()}
            trainer.history.append(record)
            bar.set_postfix(record)
            if checkpoint is not None:
                trainer.save(checkpoint)
    model.load_state_dict(trainer.best)
    return trainer.history

# %% wrong fit | when the checkpoint has all epochs already, returns at once with the last state, not the best
import tempfile


class _Trainer:
    def __init__(self, model, optimizer, loss_fn, device):
        self.model, self.optimizer, self.loss_fn, self.device = model.to(device), optimizer, loss_fn, device
        self.history, self.best = [], None

    def batches(self, data):
        for images, labels in data:
            yield images.to(self.device), labels.to(self.device)

    def train_epoch(self, data, bar):
        self.model.train()
        losses, sizes = [], []
        for images, labels in self.batches(data):
            self.optimizer.zero_grad(set_to_none=True)
            loss = self.loss_fn(self.model(images), labels)
            loss.backward()
            self.optimizer.step()
            losses.append(loss.detach().double())
            sizes.append(images.shape[0])
            bar.update(1)
        return float(np.average([value.item() for value in losses], weights=sizes))

    @torch.no_grad()
    def measure(self, data):
        self.model.eval()
        hits = [(self.model(images).argmax(1) == labels).cpu() for images, labels in self.batches(data)]
        return torch.cat(hits).double().mean().item()

    def state(self):
        return {
            "net": self.model.state_dict(),
            "opt": self.optimizer.state_dict(),
            "best": self.best,
            "history": self.history,
            "random": torch.get_rng_state(),
        }

    def save(self, path):
        folder = os.path.dirname(os.path.abspath(path))
        handle, name = tempfile.mkstemp(dir=folder, suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                torch.save(self.state(), file)
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def load(self, path):
        state = torch.load(path, map_location="cpu", weights_only=True)
        self.model.load_state_dict(state["net"])
        self.optimizer.load_state_dict(state["opt"])
        self.best, self.history = state["best"], state["history"]
        torch.set_rng_state(state["random"])


def fit(model, train, validation, *, epochs, optimizer, loss_fn, device="cpu", checkpoint=None, progress=True):
    trainer = _Trainer(model, optimizer, loss_fn, torch.device(device))
    if checkpoint is not None and Path(checkpoint).is_file():
        trainer.load(checkpoint)
        if len(trainer.history) >= epochs:
            return trainer.history
    with tqdm(total=max(0, epochs - len(trainer.history)) * len(train), disable=not progress) as bar:
        while len(trainer.history) < epochs:
            record = {"epoch": len(trainer.history) + 1, "loss": trainer.train_epoch(train, bar)}
            record["accuracy"] = trainer.measure(validation)
            if all(record["accuracy"] > old["accuracy"] for old in trainer.history):
                trainer.best = {key: value.clone() for key, value in model.state_dict().items()}
            trainer.history.append(record)
            bar.set_postfix(record)
            if checkpoint is not None:
                trainer.save(checkpoint)
    model.load_state_dict(trainer.best)
    return trainer.history

# %% wrong fit | the loss in the history is numpy's float32, so it is no plain number and weights_only refuses the checkpoint; the bar is always shown
import tempfile


class _Trainer:
    def __init__(self, model, optimizer, loss_fn, device):
        self.model, self.optimizer, self.loss_fn, self.device = model.to(device), optimizer, loss_fn, device
        self.history, self.best = [], None

    def batches(self, data):
        for images, labels in data:
            yield images.to(self.device), labels.to(self.device)

    def train_epoch(self, data, bar):
        self.model.train()
        losses, sizes = [], []
        for images, labels in self.batches(data):
            self.optimizer.zero_grad(set_to_none=True)
            loss = self.loss_fn(self.model(images), labels)
            loss.backward()
            self.optimizer.step()
            losses.append(loss.detach().double())
            sizes.append(images.shape[0])
            bar.update(1)
        return np.float32(np.average([value.item() for value in losses], weights=sizes))

    @torch.no_grad()
    def measure(self, data):
        self.model.eval()
        hits = [(self.model(images).argmax(1) == labels).cpu() for images, labels in self.batches(data)]
        return torch.cat(hits).double().mean().item()

    def state(self):
        return {
            "net": self.model.state_dict(),
            "opt": self.optimizer.state_dict(),
            "best": self.best,
            "history": self.history,
            "random": torch.get_rng_state(),
        }

    def save(self, path):
        folder = os.path.dirname(os.path.abspath(path))
        handle, name = tempfile.mkstemp(dir=folder, suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                torch.save(self.state(), file)
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def load(self, path):
        state = torch.load(path, map_location="cpu", weights_only=True)
        self.model.load_state_dict(state["net"])
        self.optimizer.load_state_dict(state["opt"])
        self.best, self.history = state["best"], state["history"]
        torch.set_rng_state(state["random"])


def fit(model, train, validation, *, epochs, optimizer, loss_fn, device="cpu", checkpoint=None, progress=True):
    trainer = _Trainer(model, optimizer, loss_fn, torch.device(device))
    if checkpoint is not None and Path(checkpoint).is_file():
        trainer.load(checkpoint)
    with tqdm(total=max(0, epochs - len(trainer.history)) * len(train)) as bar:
        while len(trainer.history) < epochs:
            record = {"epoch": len(trainer.history) + 1, "loss": trainer.train_epoch(train, bar)}
            record["accuracy"] = trainer.measure(validation)
            if all(record["accuracy"] > old["accuracy"] for old in trainer.history):
                trainer.best = {key: value.clone() for key, value in model.state_dict().items()}
            trainer.history.append(record)
            bar.set_postfix(record)
            if checkpoint is not None:
                trainer.save(checkpoint)
    model.load_state_dict(trainer.best)
    return trainer.history

# %% wrong fit | the new file is written into the system's temporary folder
import shutil
import tempfile


class _Trainer:
    def __init__(self, model, optimizer, loss_fn, device):
        self.model, self.optimizer, self.loss_fn, self.device = model.to(device), optimizer, loss_fn, device
        self.history, self.best = [], None

    def batches(self, data):
        for images, labels in data:
            yield images.to(self.device), labels.to(self.device)

    def train_epoch(self, data, bar):
        self.model.train()
        losses, sizes = [], []
        for images, labels in self.batches(data):
            self.optimizer.zero_grad(set_to_none=True)
            loss = self.loss_fn(self.model(images), labels)
            loss.backward()
            self.optimizer.step()
            losses.append(loss.detach().double())
            sizes.append(images.shape[0])
            bar.update(1)
        return float(np.average([value.item() for value in losses], weights=sizes))

    @torch.no_grad()
    def measure(self, data):
        self.model.eval()
        hits = [(self.model(images).argmax(1) == labels).cpu() for images, labels in self.batches(data)]
        return torch.cat(hits).double().mean().item()

    def state(self):
        return {
            "net": self.model.state_dict(),
            "opt": self.optimizer.state_dict(),
            "best": self.best,
            "history": self.history,
            "random": torch.get_rng_state(),
        }

    def save(self, path):
        handle, name = tempfile.mkstemp(suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                torch.save(self.state(), file)
                file.flush()
                os.fsync(file.fileno())
            shutil.move(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def load(self, path):
        state = torch.load(path, map_location="cpu", weights_only=True)
        self.model.load_state_dict(state["net"])
        self.optimizer.load_state_dict(state["opt"])
        self.best, self.history = state["best"], state["history"]
        torch.set_rng_state(state["random"])


def fit(model, train, validation, *, epochs, optimizer, loss_fn, device="cpu", checkpoint=None, progress=True):
    trainer = _Trainer(model, optimizer, loss_fn, torch.device(device))
    if checkpoint is not None and Path(checkpoint).is_file():
        trainer.load(checkpoint)
    with tqdm(total=max(0, epochs - len(trainer.history)) * len(train), disable=not progress) as bar:
        while len(trainer.history) < epochs:
            record = {"epoch": len(trainer.history) + 1, "loss": trainer.train_epoch(train, bar)}
            record["accuracy"] = trainer.measure(validation)
            if all(record["accuracy"] > old["accuracy"] for old in trainer.history):
                trainer.best = {key: value.clone() for key, value in model.state_dict().items()}
            trainer.history.append(record)
            bar.set_postfix(record)
            if checkpoint is not None:
                trainer.save(checkpoint)
    model.load_state_dict(trainer.best)
    return trainer.history

# %% wrong fit | the optimiser's state is not in the checkpoint; labels are not moved to the device in validation
import io


def fit(model, train, validation, *, epochs, optimizer, loss_fn, device="cpu", checkpoint=None, progress=True):
    path = None if checkpoint is None else Path(checkpoint)
    memory = {"epoch": 0, "history": [], "top": -math.inf, "best": {}}
    model = model.to(device)

    # ---- go on from a checkpoint ----
    if path is not None and path.exists():
        memory = torch.load(path, map_location="cpu", weights_only=True)
        model.load_state_dict(memory["model"])
        torch.set_rng_state(memory["rng"].to(torch.uint8).cpu())
        if torch.cuda.is_available() and memory["cuda"]:
            torch.cuda.set_rng_state_all(memory["cuda"])

    bar = tqdm(total=epochs * len(train), disable=not progress)
    bar.update(memory["epoch"] * len(train))
    while memory["epoch"] < epochs:
        memory["epoch"] += 1

        # ---- train ----
        model.train()
        loss_sum = torch.zeros((), dtype=torch.float64, device="cpu")
        n = 0
        for x, y in train:
            x = x.to(device)
            y = y.to(device)
            for parameter in model.parameters():
                parameter.grad = None
            optimizer.zero_grad()
            loss = loss_fn(model(x), y)
            loss.backward()
            optimizer.step()
            loss_sum += loss.detach().double().cpu() * len(y)
            n += len(y)
            bar.update()

        # ---- measure ----
        was_on = torch.is_grad_enabled()
        torch.set_grad_enabled(False)
        try:
            model.eval()
            right = total = 0
            for x, y in validation:
                prediction = torch.max(model(x.to(device)), 1)[1]
                right += int(torch.eq(prediction, y).sum())
                total += int(y.shape[0])
        finally:
            torch.set_grad_enabled(was_on)
        accuracy = right / total
        memory["history"].append({"epoch": memory["epoch"], "loss": float(loss_sum) / n, "accuracy": accuracy})

        # ---- keep ----
        if accuracy > memory["top"]:
            memory["top"] = accuracy
            memory["best"] = {k: v.detach().cpu().clone() for k, v in model.state_dict().items()}

        # ---- save ----
        if path is not None:
            memory["model"] = model.state_dict()
            memory["rng"] = torch.get_rng_state()
            memory["cuda"] = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
            buffer = io.BytesIO()
            torch.save(memory, buffer)
            new = path.with_name(path.name + ".tmp")
            new.write_bytes(buffer.getvalue())
            new.replace(path)
    bar.close()
    model.load_state_dict(memory["best"])
    return memory["history"]
