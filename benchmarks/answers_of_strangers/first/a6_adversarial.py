# %% right input_gradient | the three hints put together
def input_gradient(model, images, labels):
    x = images.detach().clone().requires_grad_()
    with torch.enable_grad(), eval_mode(model):
        loss = F.cross_entropy(model(x), labels, reduction="sum")
        (gradient,) = torch.autograd.grad(loss, x)
    return gradient.detach()

# %% right input_gradient | torch.func.grad of a closure
from torch.func import grad


def input_gradient(model, images, labels):
    with eval_mode(model):
        return grad(lambda x: F.cross_entropy(model(x), labels, reduction="sum"))(images.detach()).detach()

# %% right input_gradient | backward(), every .grad put away before and put back afterwards
def input_gradient(model, images, labels):
    params = list(model.parameters())
    saved = []
    for p in params:
        saved.append(p.grad)
        p.grad = None
    modes = {}
    for m in model.modules():
        modes[m] = m.training
    model.eval()
    try:
        with torch.enable_grad():
            my_images = images.clone().detach()
            my_images.requires_grad = True
            scores = model(my_images)
            loss = nn.CrossEntropyLoss(reduction="sum")(scores, labels)
            loss.backward()
        result = my_images.grad.detach().clone()
    finally:
        for p, g in zip(params, saved):
            p.grad = g
        for m in modes:
            m.training = modes[m]
    return result

# %% right input_gradient | by hand: softmax minus one-hot as the vector of autograd.grad
def input_gradient(model, images, labels):
    with eval_mode(model), torch.enable_grad():
        x = images.detach().clone()
        x.requires_grad_(True)
        z = model(x)
        with torch.no_grad():
            v = z.softmax(1)
            v = v - torch.zeros_like(v).scatter_(1, labels[:, None], 1)
        return torch.autograd.grad(z, x, grad_outputs=v)[0]

# %% right input_gradient | one image after the other, and torch.autograd.functional.vjp
def input_gradient(model, images, labels):
    def loss_of(one):
        return F.cross_entropy(model(one), label, reduction="sum")

    rows = []
    with eval_mode(model):
        for i in range(len(images)):
            label = labels[i : i + 1]
            rows.append(torch.autograd.functional.vjp(loss_of, images[i : i + 1].detach())[1])
    return torch.cat(rows)

# %% wrong input_gradient | loss.backward() adds to the .grad of the weights
def input_gradient(model, images, labels):
    x = images.detach().clone().requires_grad_()
    with torch.enable_grad(), eval_mode(model):
        loss = F.cross_entropy(model(x), labels, reduction="sum")
        loss.backward()
    return x.grad

# %% wrong input_gradient | mean over the batch
def input_gradient(model, images, labels):
    x = images.detach().clone().requires_grad_()
    with torch.enable_grad(), eval_mode(model):
        loss = F.cross_entropy(model(x), labels)
        return torch.autograd.grad(loss, x)[0]

# %% wrong input_gradient | .grad of the weights is saved by reference only, so backward() changes it in place
def input_gradient(model, images, labels):
    old = [p.grad for p in model.parameters()]
    x = images.detach().clone().requires_grad_()
    with torch.enable_grad(), eval_mode(model):
        F.cross_entropy(model(x), labels, reduction="sum").backward()
    for p, g in zip(model.parameters(), old):
        p.grad = g
    return x.grad

# %% wrong input_gradient | parts: every part gets the mode that the model as a whole had
def input_gradient(model, images, labels):
    was_training = model.training
    model.eval()
    x = images.detach().clone().requires_grad_()
    with torch.enable_grad():
        loss = F.cross_entropy(model(x), labels, reduction="sum")
        gradient = torch.autograd.grad(loss, x)[0]
    model.train(was_training)
    return gradient

# %% wrong input_gradient | log of softmax by hand: with scores in the hundreds inf and nan
def input_gradient(model, images, labels):
    x = images.detach().clone().requires_grad_()
    with torch.enable_grad(), eval_mode(model):
        scores = model(x)
        probabilities = scores.exp() / scores.exp().sum(dim=1, keepdim=True)
        loss = -torch.log(probabilities[torch.arange(len(labels)), labels]).sum()
        return torch.autograd.grad(loss, x)[0]

# %% wrong input_gradient | gradients are switched on for good instead of in a with
def input_gradient(model, images, labels):
    torch.set_grad_enabled(True)
    x = images.detach().clone().requires_grad_()
    with eval_mode(model):
        loss = F.cross_entropy(model(x), labels, reduction="sum")
        return torch.autograd.grad(loss, x)[0]

# %% wrong input_gradient | requires_grad of the given images: on, and off at the end whatever it was
def input_gradient(model, images, labels):
    images.requires_grad_(True)
    with torch.enable_grad(), eval_mode(model):
        loss = F.cross_entropy(model(images), labels, reduction="sum")
        gradient = torch.autograd.grad(loss, images)[0]
    images.requires_grad_(False)
    return gradient.detach()

# %% wrong input_gradient | always float32, also for images in float64 or float16
def input_gradient(model, images, labels):
    x = images.detach().clone().requires_grad_()
    with torch.enable_grad(), eval_mode(model):
        loss = F.cross_entropy(model(x), labels, reduction="sum")
        (g,) = torch.autograd.grad(loss, x)
    return torch.tensor(g.cpu().numpy(), dtype=torch.float32, device=images.device)

# %% right fgsm | one line on input_gradient
def fgsm(model, images, labels, *, eps):
    return (images.detach() + eps * input_gradient(model, images, labels).sign()).clamp(0, 1)

# %% right fgsm | all by itself, masks instead of sign, written into a copy
def fgsm(model, images, labels, *, eps):
    x = images.detach().clone().requires_grad_(True)
    with eval_mode(model):
        with torch.enable_grad():
            loss = F.cross_entropy(model(x), labels, reduction="sum")
            g = torch.autograd.grad(loss, x)[0]
    new = images.detach().clone()
    new[g > 0] += eps
    new[g < 0] -= eps
    new[new > 1] = 1
    new[new < 0] = 0
    return new

# %% right fgsm | long, with checks, as a chatbot writes it; minus the log-likelihood
from typing import Union


def fgsm(
    model: nn.Module, images: torch.Tensor, labels: torch.Tensor, *, eps: Union[int, float]
) -> torch.Tensor:
    """Performs the Fast Gradient Sign Method (FGSM) attack.

    Args:
        model: The classifier under attack.
        images: Batch of images (N, C, H, W) in [0, 1].
        labels: Ground-truth labels (N,).
        eps: Maximum perturbation per pixel (L-infinity).

    Returns:
        The adversarial images, detached.
    """
    if not isinstance(images, torch.Tensor) or images.dim() != 4:
        raise TypeError("images must be a tensor of the shape (N, C, H, W)")
    if eps < 0:
        raise ValueError("eps must be 0 or more")
    adversarial = images.detach().clone()
    adversarial.requires_grad_(True)
    with eval_mode(model), torch.enable_grad():
        log_probs = F.log_softmax(model(adversarial), dim=1)
        nll = -log_probs.gather(1, labels.view(-1, 1)).sum()
        grad = torch.autograd.grad(outputs=nll, inputs=adversarial, retain_graph=False, create_graph=False)[0]
    perturbed = torch.add(images.detach(), torch.sign(grad), alpha=float(eps))
    return torch.clamp(perturbed, min=0.0, max=1.0)

# %% wrong fgsm | only the change is clamped, not the image
def fgsm(model, images, labels, *, eps):
    x = images.detach().clone().requires_grad_()
    with torch.enable_grad(), eval_mode(model):
        g = torch.autograd.grad(F.cross_entropy(model(x), labels, reduction="sum"), x)[0]
    return images.detach() + (eps * g.sign()).clamp(-1, 1)

# %% wrong fgsm | instead of the sign g / (|g| + 1e-8): tiny gradients do not move all of eps
def fgsm(model, images, labels, *, eps):
    x = images.detach().clone().requires_grad_()
    with torch.enable_grad(), eval_mode(model):
        g = torch.autograd.grad(F.cross_entropy(model(x), labels, reduction="sum"), x)[0]
    direction = g / (g.abs() + 1e-8)
    return (images.detach() + eps * direction).clamp(0, 1)

# %% wrong fgsm | not detached where the images require a gradient
def fgsm(model, images, labels, *, eps):
    x = images.clone().detach().requires_grad_()
    with torch.enable_grad(), eval_mode(model):
        loss = F.cross_entropy(model(x), labels, reduction="sum")
    g = torch.autograd.grad(loss, x)[0]
    return torch.clamp(images + eps * g.sign(), 0, 1)

# %% wrong fgsm | log(softmax + 1e-10): where the network is sure of another kind nothing moves
def fgsm(model, images, labels, *, eps):
    x = images.detach().clone().requires_grad_()
    with torch.enable_grad(), eval_mode(model):
        p = torch.softmax(model(x), dim=1)
        loss = F.nll_loss(torch.log(p + 1e-10), labels, reduction="sum")
        g = torch.autograd.grad(loss, x)[0]
    return (images.detach() + eps * g.sign()).clamp(0, 1)

# %% wrong fgsm | cut off at the darkest and brightest pixel of the batch, not at 0 and 1
def fgsm(model, images, labels, *, eps):
    x = images.detach().clone().requires_grad_()
    with torch.enable_grad(), eval_mode(model):
        g = torch.autograd.grad(F.cross_entropy(model(x), labels, reduction="sum"), x)[0]
    adv = images.detach() + eps * torch.sign(g)
    return adv.clamp(images.min().item(), images.max().item())

# %% wrong fgsm | two: in training mode in the end, gradient of the given images left required
def fgsm(model, images, labels, *, eps):
    model.eval()
    images.requires_grad = True
    with torch.enable_grad():
        loss = F.cross_entropy(model(images), labels)
        g, = torch.autograd.grad(loss, images)
    model.train()
    return (images + eps * g.sign()).clamp(0, 1).detach()

# %% wrong fgsm | attacks the kind that the network sees, not the label
def fgsm(model, images, labels, *, eps):
    x = images.detach().clone().requires_grad_()
    with torch.enable_grad(), eval_mode(model):
        scores = model(x)
        g = torch.autograd.grad(F.cross_entropy(scores, scores.argmax(dim=1), reduction="sum"), x)[0]
    return (images.detach() + eps * g.sign()).clamp(0, 1)

# %% right fgsm_targeted | input_gradient, torch.sub with alpha
def fgsm_targeted(model, images, target, *, eps):
    direction = torch.sign(input_gradient(model, images, target))
    return torch.sub(images.detach(), direction, alpha=eps).clamp_(0, 1)

# %% right fgsm_targeted | the negative loss, torch.where three times
def fgsm_targeted(model, images, target, *, eps):
    pixels = images.detach()
    with eval_mode(model), torch.enable_grad():
        variable = pixels.clone().requires_grad_()
        gain = -F.cross_entropy(model(variable), target, reduction="sum")
        uphill = torch.autograd.grad(gain, variable)[0]
    moved = torch.where(uphill > 0, pixels + eps, pixels)
    moved = torch.where(uphill < 0, pixels - eps, moved)
    return moved.clip(0.0, 1.0)

# %% wrong fgsm_targeted | away from what the network sees now: the same only with two kinds
def fgsm_targeted(model, images, target, *, eps):
    x = images.detach().clone().requires_grad_()
    with torch.enable_grad(), eval_mode(model):
        scores = model(x)
        now = scores.detach().argmax(dim=1)
        g = torch.autograd.grad(F.cross_entropy(scores, now, reduction="sum"), x)[0]
    return (images.detach() + eps * g.sign()).clamp(0, 1)

# %% wrong fgsm_targeted | uphill: away from the target
def fgsm_targeted(model, images, target, *, eps):
    x = images.detach().clone().requires_grad_()
    with torch.enable_grad(), eval_mode(model):
        loss = -F.cross_entropy(model(x), target, reduction="sum")
        g = torch.autograd.grad(loss, x)[0]
    return (images.detach() - eps * g.sign()).clamp(0, 1)

# %% wrong fgsm_targeted | the margin to the best other kind instead of the cross-entropy
def fgsm_targeted(model, images, target, *, eps):
    x = images.detach().clone().requires_grad_()
    with torch.enable_grad(), eval_mode(model):
        scores = model(x)
        wanted = F.one_hot(target, scores.shape[1]).bool()
        margin = scores.masked_fill(wanted, -torch.inf).amax(dim=1) - scores[wanted]
        g = torch.autograd.grad(margin.sum(), x)[0]
    return (images.detach() - eps * g.sign()).clamp(0, 1)

# %% wrong fgsm_targeted | small gradients are taken for noise and set to 0
def fgsm_targeted(model, images, target, *, eps):
    x = images.detach().clone().requires_grad_()
    with torch.enable_grad(), eval_mode(model):
        g = torch.autograd.grad(F.cross_entropy(model(x), target, reduction="sum"), x)[0]
    g[g.abs() < 1e-7] = 0.0
    return (images.detach() - eps * g.sign()).clamp(0, 1)

# %% right random_sign | coins as in the hint
def random_sign(images, *, eps, generator=None):
    coins = torch.randint(2, images.shape, generator=generator, dtype=images.dtype, device=images.device)
    return (images.detach() + eps * (2 * coins - 1)).clamp(0, 1)

# %% right random_sign | bernoulli_ into an own tensor, torch.where
def random_sign(images, *, eps, generator=None):
    heads = torch.empty(images.shape, dtype=torch.bool, device=images.device).bernoulli_(0.5, generator=generator)
    x = images.detach()
    return torch.where(heads, (x + eps).clamp(max=1), (x - eps).clamp(min=0))

# %% right random_sign | looks -1 and +1 up in a table with the coins as indices
def random_sign(images, *, eps, generator=None):
    table = torch.tensor([-1, 1], dtype=images.dtype, device=images.device)
    which = torch.randint(0, 2, (images.numel(),), generator=generator, device=images.device)
    signs = table[which].reshape(images.shape)
    with torch.no_grad():
        result = torch.clamp(images.detach() + signs * eps, min=0, max=1)
    return result

# %% wrong random_sign | seeds the global generator with the seed of the given one
def random_sign(images, *, eps, generator=None):
    if generator is not None:
        torch.manual_seed(generator.initial_seed())
    signs = 2 * torch.randint_like(images, 2) - 1
    return (images.detach() + eps * signs).clamp(0, 1)

# %% wrong random_sign | without generator always the same signs: one with seed 0
def random_sign(images, *, eps, generator=None):
    if generator is None:
        generator = torch.Generator(device=images.device).manual_seed(0)
    coins = torch.randint(2, images.shape, generator=generator, dtype=images.dtype, device=images.device)
    return (images.detach() + eps * (2 * coins - 1)).clamp(0, 1)

# %% wrong random_sign | a sign that would leave the image is turned around: black always goes up
def random_sign(images, *, eps, generator=None):
    x = images.detach()
    coins = torch.randint(2, x.shape, generator=generator, dtype=x.dtype, device=x.device)
    change = eps * (2 * coins - 1)
    outside = (x + change > 1) | (x + change < 0)
    change = torch.where(outside, -change, change)
    return (x + change).clamp(0, 1)

# %% wrong random_sign | anything between -eps and eps, not one of the two
def random_sign(images, *, eps, generator=None):
    noise = torch.rand(images.shape, generator=generator, dtype=images.dtype, device=images.device) * 2 - 1
    return (images.detach() + eps * noise).clamp(0, 1)

# %% wrong random_sign | two: float32 for images in float16, and not detached
def random_sign(images, *, eps, generator=None):
    signs = torch.randint(0, 2, images.shape, generator=generator, device=images.device).float() * 2 - 1
    return torch.clamp(images + eps * signs, 0, 1)

# %% wrong random_sign | NumPy's generator where no generator is given, not PyTorch's
def random_sign(images, *, eps, generator=None):
    if generator is None:
        coins = torch.as_tensor(np.random.randint(0, 2, tuple(images.shape)), device=images.device)
    else:
        coins = torch.randint(2, images.shape, generator=generator, device=images.device)
    signs = (2 * coins - 1).to(images.dtype)
    return (images.detach() + eps * signs).clamp(0, 1)

# %% right pgd | as in the hints, on input_gradient
def pgd(model, images, labels, *, eps=8 / 255, alpha=2 / 255, steps=20, random_start=True, generator=None):
    original = images.detach()
    x = original.clone()
    if random_start:
        u = torch.rand(images.shape, generator=generator, dtype=images.dtype, device=images.device)
        x = (original + eps * (2 * u - 1)).clamp(0, 1)
    for _ in range(steps):
        x = x + alpha * input_gradient(model, x, labels).sign()
        x = (original + (x - original).clamp(-eps, eps)).clamp(0, 1)
    return x

# %% right pgd | lower and upper bound of box and image in advance, uniform_ in place, all by itself
def pgd(model, images, labels, *, eps=8 / 255, alpha=2 / 255, steps=20, random_start=True, generator=None):
    images = images.detach()
    low, high = (images - eps).clamp(min=0), (images + eps).clamp(max=1)
    x = images.clone()
    if random_start:
        x += torch.empty_like(x).uniform_(-eps, eps, generator=generator)
        x = x.clamp(0, 1)
    with eval_mode(model):
        for _ in range(steps):
            with torch.enable_grad():
                x.requires_grad_(True)
                loss = F.cross_entropy(model(x), labels, reduction="sum")
                (g,) = torch.autograd.grad(loss, x)
            x = torch.minimum(torch.maximum(x.detach() + alpha * g.sign(), low), high)
    return x.detach()

# %% right pgd | a class with a delta, an iterator of steps
class _Climber:
    def __init__(self, model, original, labels, eps, alpha):
        self.model, self.original, self.labels = model, original, labels
        self.eps, self.alpha = eps, alpha
        self.delta = torch.zeros_like(original)

    def anywhere(self, generator):
        shape, like = self.original.shape, dict(dtype=self.original.dtype, device=self.original.device)
        self.delta = (torch.rand(shape, generator=generator, **like) - 0.5) * 2 * self.eps
        self.delta = self.position() - self.original

    def position(self):
        return (self.original + self.delta).clamp(0, 1)

    def step(self):
        with eval_mode(self.model), torch.enable_grad():
            x = self.position().requires_grad_()
            loss = F.cross_entropy(self.model(x), self.labels, reduction="sum")
            slope = torch.autograd.grad(loss, x)[0]
        x = x.detach() + self.alpha * slope.sign()
        self.delta = (x - self.original).clamp(-self.eps, self.eps)
        self.delta = self.position() - self.original


def pgd(model, images, labels, *, eps=8 / 255, alpha=2 / 255, steps=20, random_start=True, generator=None):
    climber = _Climber(model, images.detach(), labels, eps, alpha)
    if random_start:
        climber.anywhere(generator)
    for _ in range(steps):
        climber.step()
    return climber.position()

# %% right pgd | recursion: one step and the rest, on a copy of the network
import copy


def pgd(model, images, labels, *, eps=8 / 255, alpha=2 / 255, steps=20, random_start=True, generator=None):
    twin = copy.deepcopy(model).eval()
    for p in twin.parameters():
        p.requires_grad_(False)
    home = images.detach().clone()

    def walk(x, left):
        if left == 0:
            return x
        with torch.enable_grad():
            leaf = x.clone().requires_grad_()
            g = torch.autograd.grad(F.cross_entropy(twin(leaf), labels, reduction="sum"), leaf)[0]
        moved = x + alpha * g.sign()
        moved = torch.clamp(moved - home, -eps, eps) + home
        return walk(torch.clamp(moved, 0, 1), left - 1)

    start = home
    if random_start:
        u = -eps + 2 * eps * torch.rand(home.shape, generator=generator, dtype=home.dtype, device=home.device)
        start = torch.clamp(home + u, 0, 1)
    return walk(start, steps)

# %% wrong pgd | the random start is not cut off at 0 and 1
def pgd(model, images, labels, *, eps=8 / 255, alpha=2 / 255, steps=20, random_start=True, generator=None):
    original = images.detach()
    x = original.clone()
    if random_start:
        u = torch.rand(images.shape, generator=generator, dtype=images.dtype, device=images.device)
        x = x + (2 * u - 1) * eps
    for _ in range(steps):
        x = x + alpha * input_gradient(model, x, labels).sign()
        x = (original + (x - original).clamp(-eps, eps)).clamp(0, 1)
    return x

# %% wrong pgd | box around the previous place, not the original
def pgd(model, images, labels, *, eps=8 / 255, alpha=2 / 255, steps=20, random_start=True, generator=None):
    x = images.detach().clone()
    if random_start:
        u = torch.rand(x.shape, generator=generator, dtype=x.dtype, device=x.device)
        x = (x + (2 * u - 1) * eps).clamp(0, 1)
    for _ in range(steps):
        new = x + alpha * input_gradient(model, x, labels).sign()
        x = (x + (new - x).clamp(-eps, eps)).clamp(0, 1)
    return x

# %% wrong pgd | stops early when every image of the batch is fooled
def pgd(model, images, labels, *, eps=8 / 255, alpha=2 / 255, steps=20, random_start=True, generator=None):
    original = images.detach()
    x = original.clone()
    if random_start:
        u = torch.rand(x.shape, generator=generator, dtype=x.dtype, device=x.device)
        x = (x + (2 * u - 1) * eps).clamp(0, 1)
    with eval_mode(model), torch.enable_grad():
        for _ in range(steps):
            x = x.detach().requires_grad_()
            scores = model(x)
            if (scores.argmax(dim=1) != labels).all():
                break
            g = torch.autograd.grad(F.cross_entropy(scores, labels, reduction="sum"), x)[0]
            x = x.detach() + alpha * g.sign()
            x = (original + (x - original).clamp(-eps, eps)).clamp(0, 1)
    return x.detach()

# %% wrong pgd | returns for each image the place of the largest loss on the way, not where the last step ends
def pgd(model, images, labels, *, eps=8 / 255, alpha=2 / 255, steps=20, random_start=True, generator=None):
    original = images.detach()
    x = original.clone()
    if random_start:
        u = torch.rand(x.shape, generator=generator, dtype=x.dtype, device=x.device)
        x = (x + (2 * u - 1) * eps).clamp(0, 1)

    def losses(x):
        with torch.no_grad(), eval_mode(model):
            return F.cross_entropy(model(x), labels, reduction="none")

    best, best_loss = x.clone(), losses(x)
    for _ in range(steps):
        x = x + alpha * input_gradient(model, x, labels).sign()
        x = (original + (x - original).clamp(-eps, eps)).clamp(0, 1)
        now = losses(x)
        better = now > best_loss
        best[better], best_loss[better] = x[better], now[better]
    return best

# %% wrong pgd | draws the random numbers even without random_start
def pgd(model, images, labels, *, eps=8 / 255, alpha=2 / 255, steps=20, random_start=True, generator=None):
    original = images.detach()
    u = torch.rand(original.shape, generator=generator, dtype=original.dtype, device=original.device)
    delta = (2 * u - 1) * eps * (1 if random_start else 0)
    x = (original + delta).clamp(0, 1)
    for _ in range(steps):
        x = x + alpha * input_gradient(model, x, labels).sign()
        x = (original + (x - original).clamp(-eps, eps)).clamp(0, 1)
    return x

# %% wrong pgd | a step longer than eps is shortened to eps
def pgd(model, images, labels, *, eps=8 / 255, alpha=2 / 255, steps=20, random_start=True, generator=None):
    alpha = min(alpha, eps)
    original = images.detach()
    x = original.clone()
    if random_start:
        u = torch.rand(x.shape, generator=generator, dtype=x.dtype, device=x.device)
        x = (x + (2 * u - 1) * eps).clamp(0, 1)
    for _ in range(steps):
        x = x + alpha * input_gradient(model, x, labels).sign()
        x = (original + (x - original).clamp(-eps, eps)).clamp(0, 1)
    return x

# %% wrong pgd | the gradient is asked once, at the start, and used in all steps
def pgd(model, images, labels, *, eps=8 / 255, alpha=2 / 255, steps=20, random_start=True, generator=None):
    original = images.detach()
    x = original.clone()
    if random_start:
        u = torch.rand(x.shape, generator=generator, dtype=x.dtype, device=x.device)
        x = (x + (2 * u - 1) * eps).clamp(0, 1)
    direction = input_gradient(model, x, labels).sign()
    for _ in range(steps):
        x = x + alpha * direction
        x = (original + (x - original).clamp(-eps, eps)).clamp(0, 1)
    return x

# %% wrong pgd | forgot to zero the gradient of delta: the gradients of all steps add up
def pgd(model, images, labels, *, eps=8 / 255, alpha=2 / 255, steps=20, random_start=True, generator=None):
    original = images.detach()
    x = original.clone()
    if random_start:
        u = torch.rand(x.shape, generator=generator, dtype=x.dtype, device=x.device)
        x = (x + (2 * u - 1) * eps).clamp(0, 1)
    x.requires_grad_()
    with eval_mode(model):
        for _ in range(steps):
            with torch.enable_grad():
                loss = F.cross_entropy(model(x), labels, reduction="sum")
                torch.autograd.backward(loss, inputs=[x])
            with torch.no_grad():
                x += alpha * x.grad.sign()
                x.copy_((original + (x - original).clamp(-eps, eps)).clamp(0, 1))
    return x.detach()

# %% wrong pgd | a normal start clamped to the box, not a uniform one
def pgd(model, images, labels, *, eps=8 / 255, alpha=2 / 255, steps=20, random_start=True, generator=None):
    original = images.detach()
    x = original.clone()
    if random_start:
        noise = torch.randn(x.shape, generator=generator, dtype=x.dtype, device=x.device) * eps
        x = (x + noise.clamp(-eps, eps)).clamp(0, 1)
    for _ in range(steps):
        x = x + alpha * input_gradient(model, x, labels).sign()
        x = (original + (x - original).clamp(-eps, eps)).clamp(0, 1)
    return x

# %% wrong pgd | two: 10 steps by default, and rand_like leaves the generator alone except for its seed
def pgd(model, images, labels, *, eps=8 / 255, alpha=2 / 255, steps=10, random_start=True, generator=None):
    images = images.clone().detach()
    adv_images = images.clone().detach()
    if random_start:
        if generator is not None:
            torch.manual_seed(generator.initial_seed())
        adv_images = adv_images + torch.empty_like(adv_images).uniform_(-eps, eps)
        adv_images = torch.clamp(adv_images, min=0, max=1).detach()
    for _ in range(steps):
        grad = input_gradient(model, adv_images, labels)
        adv_images = adv_images.detach() + alpha * grad.sign()
        delta = torch.clamp(adv_images - images, min=-eps, max=eps)
        adv_images = torch.clamp(images + delta, min=0, max=1).detach()
    return adv_images

# %% right pgd_targeted | downhill, with min and max of tensors
def pgd_targeted(model, images, target, *, eps, alpha, steps):
    start = images.detach()
    x = start.clone()
    for _ in range(steps):
        x = x - alpha * torch.sign(input_gradient(model, x, target))
        x = torch.max(torch.min(x, start + eps), start - eps)
        x = x.clamp(0, 1)
    return x

# %% right pgd_targeted | a while loop, network asked image by image, first the image's borders, then the box
def pgd_targeted(model, images, target, *, eps, alpha, steps):
    results = []
    with eval_mode(model), torch.enable_grad():
        for i in range(images.shape[0]):
            home = images[i : i + 1].detach()
            here = home.clone()
            left = steps
            while left > 0:
                leaf = here.detach().clone().requires_grad_()
                loss = F.cross_entropy(model(leaf), target[i : i + 1])
                slope = torch.autograd.grad(loss, leaf)[0]
                here = (here - alpha * slope.sign()).clamp(0, 1)
                here = home + (here - home).clamp(-eps, eps)
                here = here.clamp(0, 1)
                left -= 1
            results.append(here)
    return torch.cat(results).detach()

# %% wrong pgd_targeted | an image that is taken for the target already makes no more steps
def pgd_targeted(model, images, target, *, eps, alpha, steps):
    original = images.detach()
    x = original.clone()
    with eval_mode(model), torch.enable_grad():
        for _ in range(steps):
            leaf = x.clone().requires_grad_()
            scores = model(leaf)
            g = torch.autograd.grad(F.cross_entropy(scores, target, reduction="sum"), leaf)[0]
            new = x - alpha * g.sign()
            new = (original + (new - original).clamp(-eps, eps)).clamp(0, 1)
            done = (scores.argmax(dim=1) == target)[:, None, None, None]
            x = torch.where(done, x, new)
    return x.detach()

# %% wrong pgd_targeted | clamped to 0 ... 1 only at the very end
def pgd_targeted(model, images, target, *, eps, alpha, steps):
    original = images.detach()
    x = original.clone()
    for _ in range(steps):
        x = x - alpha * input_gradient(model, x, target).sign()
        x = original + (x - original).clamp(-eps, eps)
    return x.clamp(0, 1)

# %% wrong pgd_targeted | away from the kind seen at the beginning instead of towards the target
def pgd_targeted(model, images, target, *, eps, alpha, steps):
    original = images.detach()
    x = original.clone()
    with torch.no_grad(), eval_mode(model):
        seen = model(x).argmax(1)
    for _ in range(steps):
        x = x + alpha * input_gradient(model, x, seen).sign()
        x = (original + (x - original).clamp(-eps, eps)).clamp(0, 1)
    return x

# %% wrong pgd_targeted | one step too few
def pgd_targeted(model, images, target, *, eps, alpha, steps):
    original = images.detach()
    x = original.clone()
    for _ in range(1, steps):
        x = x - alpha * input_gradient(model, x, target).sign()
        x = (original + (x - original).clamp(-eps, eps)).clamp(0, 1)
    return x

# %% wrong pgd_targeted | two: with 0 steps the given tensor itself, not detached, comes back; all parts in the mode of the whole
def pgd_targeted(model, images, target, *, eps, alpha, steps):
    mode = model.training
    model.eval()
    x = images
    for _ in range(steps):
        with torch.enable_grad():
            x = x.clone().detach().requires_grad_(True)
            loss = nn.CrossEntropyLoss(reduction="sum")(model(x), target)
            g = torch.autograd.grad(loss, x)[0]
        x = x.detach() - alpha * g.sign()
        x = torch.clamp(images.detach() + torch.clamp(x - images.detach(), -eps, eps), 0, 1)
    model.train(mode)
    return x

# %% right l2_attack | flat vectors, torch.where instead of tiny numbers
def l2_attack(model, images, labels, *, eps, alpha, steps):
    original = images.detach()
    x = original.clone()
    for _ in range(steps):
        g = input_gradient(model, x, labels).flatten(1).double()
        length = g.norm(dim=1, keepdim=True)
        way = torch.where(length > 1e-30, g / length.clamp(min=1e-30), torch.zeros_like(g))
        delta = x.flatten(1).double() + alpha * way - original.flatten(1).double()
        size = delta.norm(dim=1, keepdim=True)
        too_long = size > eps
        delta = torch.where(too_long, delta * (eps / torch.where(too_long, size, torch.ones_like(size))), delta)
        x = (original.flatten(1).double() + delta).clamp(0, 1).to(images.dtype).reshape(images.shape)
    return x

# %% right l2_attack | a loop over the images, Python's min and math.sqrt
import math


def l2_attack(model, images, labels, *, eps, alpha, steps):
    def length(t):
        return math.sqrt((t.double() ** 2).sum().item())

    original = images.detach().clone()
    x = original.clone()
    for _ in range(steps):
        gradients = input_gradient(model, x, labels)
        new = []
        for i in range(len(x)):
            g = gradients[i]
            size = length(g)
            place = x[i].double()
            if size > 0:
                place = place + alpha * g.double() / size
            delta = place - original[i].double()
            size = length(delta)
            if size > eps:
                delta = delta * (eps / size)
            new.append((original[i].double() + delta).clamp(0, 1))
        x = torch.stack(new).to(images.dtype)
    return x

# %% right l2_attack | einsum for the lengths, renorm for the ball
def l2_attack(model, images, labels, *, eps, alpha, steps):
    home = images.detach()
    x = home
    with eval_mode(model):
        for _ in range(steps):
            with torch.enable_grad():
                leaf = x.clone().requires_grad_()
                loss = F.cross_entropy(model(leaf), labels, reduction="sum")
                g = torch.autograd.grad(loss, leaf)[0].double()
            squares = torch.einsum("nchw,nchw->n", g, g)
            g = g * torch.where(squares > 0, squares, 1.0).rsqrt()[:, None, None, None]
            delta = x.double() + alpha * g - home.double()
            lengths = torch.einsum("nchw,nchw->n", delta, delta).sqrt()
            factor = torch.ones_like(lengths)
            factor[lengths > eps] = eps / lengths[lengths > eps]
            x = torch.clamp(home.double() + torch.einsum("n,nchw->nchw", factor, delta), 0, 1).to(home.dtype)
    return x.clone()

# %% wrong l2_attack | one length over the whole batch for the gradient
def l2_attack(model, images, labels, *, eps, alpha, steps):
    original = images.detach()
    x = original.clone()
    for _ in range(steps):
        g = input_gradient(model, x, labels)
        delta = x + alpha * g / g.norm().clamp(min=1e-12) - original
        size = delta.flatten(1).norm(dim=1)[:, None, None, None].clamp(min=1e-12)
        x = (original + delta * (eps / size).clamp(max=1)).clamp(0, 1)
    return x

# %% wrong l2_attack | a length per channel: the same only for one channel
def l2_attack(model, images, labels, *, eps, alpha, steps):
    original = images.detach()
    x = original.clone()
    for _ in range(steps):
        g = input_gradient(model, x, labels)
        g = g / g.norm(dim=(2, 3), keepdim=True).clamp(min=1e-12)
        delta = x + alpha * g - original
        size = delta.norm(dim=(2, 3), keepdim=True).clamp(min=1e-12)
        x = (original + delta * (eps / size).clamp(max=1)).clamp(0, 1)
    return x

# %% wrong l2_attack | 1e-6 added to the gradient's length: tiny gradients make much too short steps
def l2_attack(model, images, labels, *, eps, alpha, steps):
    original = images.detach()
    x = original.clone()
    for _ in range(steps):
        g = input_gradient(model, x, labels)
        size = g.flatten(1).norm(dim=1)[:, None, None, None]
        delta = x + alpha * g / (size + 1e-6) - original
        size = delta.flatten(1).norm(dim=1)[:, None, None, None].clamp(min=1e-12)
        x = (original + delta * (eps / size).clamp(max=1)).clamp(0, 1)
    return x

# %% wrong l2_attack | if any image went too far, all are scaled to eps, also the short ones
def l2_attack(model, images, labels, *, eps, alpha, steps):
    original = images.detach()
    x = original.clone()
    for _ in range(steps):
        g = input_gradient(model, x, labels)
        size = g.flatten(1).norm(dim=1)[:, None, None, None].clamp(min=1e-12)
        delta = x + alpha * g / size - original
        size = delta.flatten(1).norm(dim=1)[:, None, None, None].clamp(min=1e-12)
        if (size > eps).any():
            delta = delta * eps / size
        x = (original + delta).clamp(0, 1)
    return x

# %% wrong l2_attack | no clamp to 0 ... 1
def l2_attack(model, images, labels, *, eps, alpha, steps):
    original = images.detach()
    delta = torch.zeros_like(original)
    for _ in range(steps):
        g = input_gradient(model, original + delta, labels)
        size = g.flatten(1).norm(dim=1)[:, None, None, None].clamp(min=1e-12)
        delta = delta + alpha * g / size
        size = delta.flatten(1).norm(dim=1)[:, None, None, None].clamp(min=1e-12)
        delta = delta * (eps / size).clamp(max=1)
    return original + delta

# %% wrong l2_attack | eps 0 and gradient 0: 0/0 in the projection
def l2_attack(model, images, labels, *, eps, alpha, steps):
    original = images.detach()
    x = original.clone()
    for _ in range(steps):
        g = input_gradient(model, x, labels)
        size = g.flatten(1).norm(dim=1)[:, None, None, None]
        g = torch.where(size > 1e-12, g / size, torch.zeros_like(g))
        delta = x + alpha * g - original
        factor = (eps / delta.flatten(1).norm(dim=1)).clamp(max=1)
        x = (original + delta * factor[:, None, None, None]).clamp(0, 1)
    return x

# %% wrong l2_attack | always scaled to the length eps, also where it is shorter
def l2_attack(model, images, labels, *, eps, alpha, steps):
    original = images.detach()
    x = original.clone()
    for _ in range(steps):
        g = input_gradient(model, x, labels)
        delta = x + alpha * F.normalize(g.flatten(1), dim=1).view_as(g) - original
        delta = eps * F.normalize(delta.flatten(1), dim=1).view_as(g)
        x = (original + delta).clamp(0, 1)
    return x

# %% wrong l2_attack | two: the length is the root of the mean square, and 0/0 where the gradient is 0
def l2_attack(model, images, labels, *, eps, alpha, steps):
    original = images.detach()
    x = original.clone()
    for _ in range(steps):
        g = input_gradient(model, x, labels)
        x = x + alpha * g / g.pow(2).mean(dim=(1, 2, 3), keepdim=True).sqrt()
        delta = x - original
        size = delta.pow(2).mean(dim=(1, 2, 3), keepdim=True).sqrt()
        x = (original + delta * (eps / size).clamp(max=1)).clamp(0, 1)
    return x

# %% right attack_success | counters of a beginner, one image after the other
def attack_success(model, images, adversarial, labels):
    right_before = 0
    fooled = 0
    with torch.no_grad():
        with eval_mode(model):
            for i in range(len(labels)):
                before = int(torch.argmax(model(images[i : i + 1])[0]))
                if before == int(labels[i]):
                    right_before += 1
                    after = int(torch.argmax(model(adversarial[i : i + 1])[0]))
                    if after != int(labels[i]):
                        fooled += 1
    if right_before == 0:
        return 0.0
    return fooled / right_before

# %% right attack_success | decorator no_grad, NumPy masks, own bookkeeping of modes
@torch.no_grad()
def attack_success(model, images, adversarial, labels):
    modes = [(m, m.training) for m in model.modules()]
    model.eval()
    try:
        both = [model(x).argmax(1).cpu().numpy() for x in (images, adversarial)]
    finally:
        for m, mode in modes:
            m.training = mode
    truth = labels.cpu().numpy()
    wrong_now = (both[1] != truth)[both[0] == truth]
    return float(wrong_now.mean()) if wrong_now.size else 0.0

# %% wrong attack_success | the share of all images
def attack_success(model, images, adversarial, labels):
    before = predicted(model, images).argmax(1) == labels
    after = predicted(model, adversarial).argmax(1) == labels
    return (before & ~after).double().mean().item()

# %% wrong attack_success | the int 0 where no image was right
def attack_success(model, images, adversarial, labels):
    before = predicted(model, images).argmax(1) == labels
    after = predicted(model, adversarial).argmax(1) == labels
    if not before.any():
        return 0
    return (before & ~after).sum().item() / before.sum().item()

# %% wrong attack_success | rounded to three decimals
def attack_success(model, images, adversarial, labels):
    before = predicted(model, images).argmax(1) == labels
    after = predicted(model, adversarial).argmax(1) == labels
    if before.sum() == 0:
        return 0.0
    return round((before & ~after).sum().item() / before.sum().item(), 3)

# %% wrong attack_success | a network in eval mode comes back in training mode
def attack_success(model, images, adversarial, labels):
    model.eval()
    with torch.no_grad():
        before = model(images).argmax(dim=1)
        after = model(adversarial).argmax(dim=1)
    model.train()
    right = before == labels
    fooled = right & (after != labels)
    return fooled.sum().item() / right.sum().item() if right.any() else 0.0

# %% wrong attack_success | the drop of the accuracy: images that the attack set right count against it
def attack_success(model, images, adversarial, labels):
    clean, attacked = accuracy(model, images, labels), accuracy(model, adversarial, labels)
    return max(0.0, (clean - attacked) / clean) if clean > 0 else 0.0

# %% wrong attack_success | two: no eval mode, and a division by zero where no image was right
def attack_success(model, images, adversarial, labels):
    with torch.no_grad():
        before = model(images).argmax(1) == labels
        after = model(adversarial).argmax(1) != labels
    return (before & after).sum().item() / before.sum().item()

# %% right robustness_curve | a list comprehension on accuracy of the notebook
def robustness_curve(model, images, labels, epsilons, *, attack):
    return [
        accuracy(model, images if eps == 0 else attack(model, images, labels, eps=eps), labels) for eps in epsilons
    ]

# %% right robustness_curve | a nested function, counting by hand, ready for attacks that change what they get
def robustness_curve(model, images, labels, epsilons, *, attack):
    def share_right(pictures):
        with torch.no_grad(), eval_mode(model):
            answers = model(pictures).argmax(dim=1).tolist()
        hits = 0
        for answer, label in zip(answers, labels.tolist()):
            if answer == label:
                hits += 1
        return hits / len(answers)

    curve = []
    for epsilon in list(epsilons):
        if epsilon > 0:
            pictures = attack(model, images.detach().clone(), labels.clone(), eps=epsilon)
        else:
            pictures = images
        curve.append(share_right(pictures))
    return curve

# %% wrong robustness_curve | the attack runs inside no_grad
@torch.no_grad()
def robustness_curve(model, images, labels, epsilons, *, attack):
    curve = []
    for eps in epsilons:
        x = attack(model, images, labels, eps=eps) if eps > 0 else images
        with eval_mode(model):
            curve.append((model(x).argmax(1) == labels).double().mean().item())
    return curve

# %% wrong robustness_curve | images and labels by name, not by position
def robustness_curve(model, images, labels, epsilons, *, attack):
    curve = []
    for eps in epsilons:
        x = attack(model, images=images, labels=labels, eps=eps) if eps != 0 else images
        curve.append(accuracy(model, x, labels))
    return curve

# %% wrong robustness_curve | takes a tiny epsilon for 0
def robustness_curve(model, images, labels, epsilons, *, attack):
    curve = []
    for eps in epsilons:
        if np.isclose(eps, 0, atol=1e-3):
            curve.append(accuracy(model, images, labels))
        else:
            curve.append(accuracy(model, attack(model, images, labels, eps=eps), labels))
    return curve

# %% wrong robustness_curve | a dictionary by epsilon: an epsilon that comes twice is listed once
def robustness_curve(model, images, labels, epsilons, *, attack):
    results = {}
    for eps in epsilons:
        x = images if eps == 0 else attack(model, images, labels, eps=eps)
        results[eps] = accuracy(model, x, labels)
    return list(results.values())

# %% wrong robustness_curve | once the accuracy is 0 the remaining epsilons get 0.0 unseen
def robustness_curve(model, images, labels, epsilons, *, attack):
    curve = []
    for eps in epsilons:
        if curve and curve[-1] == 0:
            curve.append(0.0)
            continue
        x = images if eps == 0 else attack(model, images, labels, eps=eps)
        curve.append(accuracy(model, x, labels))
    return curve

# %% wrong robustness_curve | at epsilon 0, too, the attack decides
def robustness_curve(model, images, labels, epsilons, *, attack):
    curve = []
    for eps in epsilons:
        adv = attack(model, images, labels, eps=eps)
        curve.append(accuracy(model, adv, labels))
    return curve

# %% wrong robustness_curve | two: takes the epsilons out of the given list, and trains on in training mode
def robustness_curve(model, images, labels, epsilons, *, attack):
    curve = []
    while epsilons:
        eps = epsilons.pop(0)
        x = attack(model, images, labels, eps=eps) if eps else images
        model.eval()
        with torch.no_grad():
            curve.append((model(x).argmax(1) == labels).double().mean().item())
        model.train()
    return curve

# %% right transfer_matrix | two loops into a NumPy array
def transfer_matrix(models, images, labels, *, attack):
    M = len(models)
    result = np.zeros((M, M))
    for i in range(M):
        made = attack(models[i], images, labels)
        for j in range(M):
            result[i, j] = accuracy(models[j], made, labels)
    return result

# %% right transfer_matrix | answers stacked, compared at once; float64 tensor
def transfer_matrix(models, images, labels, *, attack):
    made = [attack(model, images, labels).detach() for model in models]
    columns = []
    for judge in models:
        with torch.no_grad(), eval_mode(judge):
            answers = torch.stack([judge(batch).argmax(dim=-1) for batch in made])  # (M, N)
        columns.append(answers.eq(labels[None]).to(torch.float64).mean(dim=1))
    return torch.stack(columns, dim=1).cpu()

# %% wrong transfer_matrix | rows and columns swapped
def transfer_matrix(models, images, labels, *, attack):
    matrix = torch.zeros(len(models), len(models), dtype=torch.float64)
    for i, source in enumerate(models):
        adv = attack(source, images, labels)
        for j, judge in enumerate(models):
            matrix[j, i] = accuracy(judge, adv, labels)
    return matrix

# %% wrong transfer_matrix | a list of lists
def transfer_matrix(models, images, labels, *, attack):
    rows = []
    for source in models:
        adv = attack(source, images, labels)
        rows.append([accuracy(judge, adv, labels) for judge in models])
    return rows

# %% wrong transfer_matrix | the attack runs inside no_grad
def transfer_matrix(models, images, labels, *, attack):
    M = len(models)
    matrix = torch.zeros(M, M)
    with torch.no_grad():
        for i in range(M):
            adv = attack(models[i], images, labels)
            for j in range(M):
                with eval_mode(models[j]):
                    matrix[i, j] = (models[j](adv).argmax(1) == labels).float().mean()
    return matrix

# %% wrong transfer_matrix | two: rounded to two decimals, images and labels by name
def transfer_matrix(models, images, labels, *, attack):
    matrix = np.zeros((len(models), len(models)))
    for i, source in enumerate(models):
        adv = attack(source, images=images, labels=labels)
        for j, judge in enumerate(models):
            matrix[i, j] = accuracy(judge, adv, labels)
    return matrix.round(2)

# %% wrong transfer_matrix | each network gets back the mode of the whole, not of its parts
def transfer_matrix(models, images, labels, *, attack):
    modes = [m.training for m in models]
    matrix = torch.zeros(len(models), len(models))
    for i in range(len(models)):
        adv = attack(models[i], images, labels)
        for j in range(len(models)):
            models[j].eval()
            with torch.no_grad():
                matrix[i, j] = (models[j](adv).argmax(1) == labels).float().mean().item()
            models[j].train(modes[j])
    return matrix

# %% right adversarial_epoch | with pgd: one step, alpha = 1.25 eps
def adversarial_epoch(model, loader, optimizer, *, eps, generator=None):
    device = next(model.parameters()).device
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        attacked = pgd(model, images, labels, eps=eps, alpha=1.25 * eps, steps=1, generator=generator)
        model.train()
        optimizer.zero_grad()
        loss = F.cross_entropy(model(attacked), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
        count += len(labels)
    model.train()
    return total / count

# %% right adversarial_epoch | all by itself, start not clamped before the step, uniform_
def adversarial_epoch(model, loader, optimizer, *, eps, generator=None):
    where = next(iter(model.parameters())).device
    losses, sizes = [], []
    for images, labels in loader:
        x, y = images.detach().to(where), labels.to(where)
        delta = torch.empty_like(x).uniform_(-eps, eps, generator=generator)

        model.eval()
        leaf = (x + delta).requires_grad_()
        slope = torch.autograd.grad(F.cross_entropy(model(leaf), y, reduction="sum"), leaf)[0]
        delta = torch.clamp(delta + 1.25 * eps * slope.sign(), -eps, eps)
        attacked = torch.clamp(x + delta, 0, 1)

        model.train()
        optimizer.zero_grad(set_to_none=True)
        loss = nn.CrossEntropyLoss()(model(attacked), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        sizes.append(y.shape[0])
    return float(np.average(losses, weights=sizes))

# %% right adversarial_epoch | backward() for the attack, then zero_grad; start clamped; sums of losses per example
def adversarial_epoch(model, loader, optimizer, *, eps, generator=None):
    device = [p for p in model.parameters()][0].device
    sum_of_losses = 0.0
    number = 0
    for batch in loader:
        images = batch[0].to(device).detach().clone()
        labels = batch[1].to(device).clone()
        # the attack
        model.eval()
        u = torch.rand(images.shape, generator=generator, dtype=images.dtype, device=device)
        start = images + (u * 2 * eps - eps)
        start = start.clamp(0, 1)
        start.requires_grad = True
        F.cross_entropy(model(start), labels, reduction="sum").backward()
        with torch.no_grad():
            delta = start - images + 1.25 * eps * start.grad.sign()
            delta = delta.clamp(-eps, eps)
            attacked = (images + delta).clamp(0, 1)
        # the training
        model.train()
        optimizer.zero_grad()
        per_example = F.cross_entropy(model(attacked), labels, reduction="none")
        per_example.mean().backward()
        optimizer.step()
        sum_of_losses += per_example.sum().item()
        number += len(labels)
    model.train()
    return sum_of_losses / number

# %% wrong adversarial_epoch | zero_grad before the attack only: the attack's gradients go into the step
def adversarial_epoch(model, loader, optimizer, *, eps, generator=None):
    device = next(model.parameters()).device
    total, count = 0.0, 0
    for images, labels in loader:
        x, y = images.to(device), labels.to(device)
        optimizer.zero_grad()
        model.eval()
        u = torch.rand(x.shape, generator=generator, dtype=x.dtype, device=device)
        delta = ((2 * u - 1) * eps).requires_grad_()
        F.cross_entropy(model(x + delta), y).backward()
        delta = (delta.detach() + 1.25 * eps * delta.grad.sign()).clamp(-eps, eps)
        model.train()
        loss = F.cross_entropy(model((x + delta).clamp(0, 1)), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(y)
        count += len(y)
    return total / count

# %% wrong adversarial_epoch | forgot zero_grad: the gradients of all batches add up
def adversarial_epoch(model, loader, optimizer, *, eps, generator=None):
    device = next(model.parameters()).device
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        attacked = pgd(model, images, labels, eps=eps, alpha=1.25 * eps, steps=1, generator=generator)
        model.train()
        loss = F.cross_entropy(model(attacked), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
        count += len(labels)
    return total / count

# %% wrong adversarial_epoch | the attack asks in training mode
def adversarial_epoch(model, loader, optimizer, *, eps, generator=None):
    device = next(model.parameters()).device
    model.train()
    total, count = 0.0, 0
    for images, labels in loader:
        x, y = images.to(device), labels.to(device)
        u = torch.rand(x.shape, generator=generator, dtype=x.dtype, device=device)
        delta = ((2 * u - 1) * eps).requires_grad_()
        g = torch.autograd.grad(F.cross_entropy(model(x + delta), y), delta)[0]
        delta = (delta.detach() + 1.25 * eps * g.sign()).clamp(-eps, eps)
        optimizer.zero_grad()
        loss = F.cross_entropy(model((x + delta).clamp(0, 1)), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(y)
        count += len(y)
    return total / count

# %% wrong adversarial_epoch | the gradient at the clean image, not at images + delta
def adversarial_epoch(model, loader, optimizer, *, eps, generator=None):
    device = next(model.parameters()).device
    total, count = 0.0, 0
    for images, labels in loader:
        x, y = images.to(device), labels.to(device)
        u = torch.rand(x.shape, generator=generator, dtype=x.dtype, device=device)
        delta = (2 * u - 1) * eps
        delta = (delta + 1.25 * eps * input_gradient(model, x, y).sign()).clamp(-eps, eps)
        model.train()
        optimizer.zero_grad()
        loss = F.cross_entropy(model((x + delta).clamp(0, 1)), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(y)
        count += len(y)
    return total / count

# %% wrong adversarial_epoch | delta starts in (0, eps): multiplied but not shifted
def adversarial_epoch(model, loader, optimizer, *, eps, generator=None):
    device = next(model.parameters()).device
    total, count = 0.0, 0
    for images, labels in loader:
        x, y = images.to(device), labels.to(device)
        delta = eps * torch.rand(x.shape, generator=generator, dtype=x.dtype, device=device)
        g = input_gradient(model, x + delta, y)
        delta = (delta + 1.25 * eps * g.sign()).clamp(-eps, eps)
        model.train()
        optimizer.zero_grad()
        loss = F.cross_entropy(model((x + delta).clamp(0, 1)), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(y)
        count += len(y)
    return total / count

# %% wrong adversarial_epoch | the attacked images are not clamped to 0 ... 1
def adversarial_epoch(model, loader, optimizer, *, eps, generator=None):
    device = next(model.parameters()).device
    total, count = 0.0, 0
    for images, labels in loader:
        x, y = images.to(device), labels.to(device)
        u = torch.rand(x.shape, generator=generator, dtype=x.dtype, device=device)
        delta = (2 * u - 1) * eps
        g = input_gradient(model, x + delta, y)
        delta = (delta + 1.25 * eps * g.sign()).clamp(-eps, eps)
        model.train()
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x + delta), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(y)
        count += len(y)
    return total / count

# %% wrong adversarial_epoch | the weights are frozen for the attack, and then all are unfrozen
def adversarial_epoch(model, loader, optimizer, *, eps, generator=None):
    device = next(model.parameters()).device
    total, count = 0.0, 0
    for images, labels in loader:
        x, y = images.to(device), labels.to(device)
        model.eval()
        model.requires_grad_(False)
        u = torch.rand(x.shape, generator=generator, dtype=x.dtype, device=device)
        delta = ((2 * u - 1) * eps).requires_grad_()
        F.cross_entropy(model(x + delta), y).backward()
        delta = (delta.detach() + 1.25 * eps * delta.grad.sign()).clamp(-eps, eps)
        model.requires_grad_(True)
        model.train()
        optimizer.zero_grad()
        loss = F.cross_entropy(model((x + delta).clamp(0, 1)), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(y)
        count += len(y)
    return total / count

# %% wrong adversarial_epoch | the mean of the batches' means
def adversarial_epoch(model, loader, optimizer, *, eps, generator=None):
    device = next(model.parameters()).device
    losses = []
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        attacked = pgd(model, images, labels, eps=eps, alpha=1.25 * eps, steps=1, generator=generator)
        model.train()
        optimizer.zero_grad()
        loss = F.cross_entropy(model(attacked), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return sum(losses) / len(losses)

# %% wrong adversarial_epoch | two: batches are not moved to the model's device, the generator is not used
def adversarial_epoch(model, loader, optimizer, *, eps, generator=None):
    total, count = 0.0, 0
    for images, labels in loader:
        attacked = pgd(model, images, labels, eps=eps, alpha=1.25 * eps, steps=1, random_start=True)
        model.train()
        optimizer.zero_grad()
        loss = F.cross_entropy(model(attacked), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * labels.size(0)
        count += labels.size(0)
    return total / count

# %% wrong adversarial_epoch | one delta for all channels of an image; each number needs its own
def adversarial_epoch(model, loader, optimizer, *, eps, generator=None):
    device = next(model.parameters()).device
    total, count = 0.0, 0
    for images, labels in loader:
        x, y = images.to(device), labels.to(device)
        n, _, h, w = x.shape
        u = torch.rand(n, 1, h, w, generator=generator, dtype=x.dtype, device=device)
        delta = (2 * u - 1) * eps
        g = input_gradient(model, x + delta, y)
        delta = (delta + 1.25 * eps * g.sign()).clamp(-eps, eps)
        model.train()
        optimizer.zero_grad()
        loss = F.cross_entropy(model((x + delta).clamp(0, 1)), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(y)
        count += len(y)
    return total / count

# %% wrong adversarial_epoch | every batch begins with the same random numbers: the generator is set back
def adversarial_epoch(model, loader, optimizer, *, eps, generator=None):
    device = next(model.parameters()).device
    state = None if generator is None else generator.get_state()
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        if generator is not None:
            generator.set_state(state)
        attacked = pgd(model, images, labels, eps=eps, alpha=1.25 * eps, steps=1, generator=generator)
        model.train()
        optimizer.zero_grad()
        loss = F.cross_entropy(model(attacked), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
        count += len(labels)
    model.train()
    return total / count
