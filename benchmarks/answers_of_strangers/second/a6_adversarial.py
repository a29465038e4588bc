# %% right input_gradient | the hints, one after the other
def input_gradient(model, images, labels):
    x = images.detach().clone().requires_grad_()
    with torch.enable_grad(), eval_mode(model):
        loss = F.cross_entropy(model(x), labels, reduction="sum")
        (gradient,) = torch.autograd.grad(loss, x)
    return gradient.detach()

# %% right input_gradient | backward with inputs=, own bookkeeping of the modes
def input_gradient(model, images, labels):
    # Step 1: remember the mode of every part of the network
    old_modes = {}
    for name, module in model.named_modules():
        old_modes[name] = module.training
    model.eval()
    # Step 2: make a copy of the images that is ours
    my_images = torch.tensor(images.detach().cpu().numpy(), dtype=images.dtype, device=images.device)
    my_images.requires_grad = True
    # Step 3: compute the loss and go back to the images only
    try:
        with torch.enable_grad():
            scores = model(my_images)
            log_p = torch.log_softmax(scores, 1)
            loss = 0
            for n in range(len(labels)):
                loss = loss - log_p[n, labels[n]]
            loss.backward(inputs=[my_images])
    finally:
        # Step 4: put the modes back
        for name, module in model.named_modules():
            module.training = old_modes[name]
    return my_images.grad.detach().clone()

# %% right input_gradient | torch.func.grad, float64 for the scores
from torch.func import grad as _func_grad


def input_gradient(model, images, labels):
    """Functional style: the derivative of a function of the images."""

    def total_loss(x):
        return nn.CrossEntropyLoss(reduction="sum")(model(x).double(), labels)

    with eval_mode(model):
        return _func_grad(total_loss)(images.detach()).detach().to(images.dtype)

# %% right input_gradient | one image at a time, logsumexp by hand
def input_gradient(model, images, labels):
    out = torch.zeros_like(images.detach())
    with eval_mode(model):
        for n in range(images.shape[0]):
            with torch.enable_grad():
                one = images[n : n + 1].detach().clone()
                one.requires_grad_(True)
                s = model(one)[0]
                loss = torch.logsumexp(s, dim=0) - s[labels[n]]
                out[n] = torch.autograd.grad(loss, [one])[0][0]
    return out

# %% wrong input_gradient | mean over the batch instead of the sum
def input_gradient(model, images, labels):
    x = images.detach().clone().requires_grad_()
    with torch.enable_grad(), eval_mode(model):
        loss = F.cross_entropy(model(x), labels)
    return torch.autograd.grad(loss, x)[0]

# %% wrong input_gradient | uses the caller's tensor and switches its requires_grad off in the end, whatever it was
def input_gradient(model, images, labels):
    images.requires_grad_(True)
    with torch.enable_grad(), eval_mode(model):
        loss = F.cross_entropy(model(images), labels, reduction="sum")
        grad = torch.autograd.grad(loss, images)[0]
    images.requires_grad_(False)
    return grad.detach()

# %% wrong input_gradient | restores only the mode of the whole, parts in eval mode are switched to training
def input_gradient(model, images, labels):
    was_training = model.training
    model.eval()
    x = images.detach().clone().requires_grad_()
    with torch.enable_grad():
        loss = F.cross_entropy(model(x), labels, reduction="sum")
    grad = torch.autograd.grad(loss, x)[0]
    model.train(was_training)
    return grad

# %% wrong input_gradient | log of softmax by hand: nan or 0 for scores in the hundreds
def input_gradient(model, images, labels):
    x = images.detach().clone().requires_grad_()
    with eval_mode(model), torch.enable_grad():
        scores = model(x)
        p = scores.exp() / scores.exp().sum(dim=1, keepdim=True)
        loss = -p[torch.arange(len(labels), device=p.device), labels].log().sum()
        g, = torch.autograd.grad(loss, x)
    return g

# %% wrong input_gradient | always float32, whatever the images are
def input_gradient(model, images, labels):
    x = images.detach().clone().requires_grad_()
    with torch.enable_grad(), eval_mode(model):
        loss = F.cross_entropy(model(x), labels, reduction="sum")
        gradient = torch.autograd.grad(loss, x)[0]
    return torch.tensor(gradient.cpu().numpy().astype(np.float32)).to(images.device)

# %% wrong input_gradient | gradients are left switched on
def input_gradient(model, images, labels):
    torch.set_grad_enabled(True)
    x = images.detach().clone().requires_grad_()
    with eval_mode(model):
        loss = F.cross_entropy(model(x), labels, reduction="sum")
    g = torch.autograd.grad(loss, x)[0]
    return g.detach()

# %% wrong input_gradient | two at once: backward and then zero_grad wipes old gradients; model left in eval mode
def input_gradient(model, images, labels):
    model.eval()
    x = images.clone().detach().requires_grad_(True)
    with torch.enable_grad():
        loss = nn.CrossEntropyLoss(reduction="sum")(model(x), labels)
        loss.backward()
    model.zero_grad()
    return x.grad

# %% right fgsm | one line
def fgsm(model, images, labels, *, eps):
    return (images.detach() + eps * input_gradient(model, images, labels).sign()).clamp(0, 1)

# %% right fgsm | self-contained, on a copy of the network, torch.where
import copy


def fgsm(model, images, labels, *, eps):
    if eps < 0:
        raise ValueError("eps must not be negative")
    net = copy.deepcopy(model)
    net.eval()
    net.requires_grad_(False)
    x = images.detach().clone()
    x.requires_grad_(True)
    with torch.enable_grad():
        loss = F.cross_entropy(net(x), labels, reduction="sum")
    g = torch.autograd.grad(loss, x)[0]
    base = images.detach()
    result = torch.where(g > 0, base + eps, base)
    result = torch.where(g < 0, base - eps, result)
    result = torch.where(result > 1, torch.ones_like(result), result)
    result = torch.where(result < 0, torch.zeros_like(result), result)
    return result

# %% right fgsm | in place on an own copy, minimum and maximum
def fgsm(model, images, labels, *, eps: float):
    direction = torch.sgn(input_gradient(model, images.detach(), labels))
    attacked = images.detach().clone()
    attacked.add_(direction, alpha=eps)
    return attacked.clamp_(min=0.0, max=1.0)

# %% wrong fgsm | minus: lowers the loss
def fgsm(model, images, labels, *, eps):
    g = input_gradient(model, images, labels)
    return (images.detach() - eps * g.sign()).clamp(0, 1)

# %% wrong fgsm | soft sign g / (|g| + 1e-8): pixels with a small gradient move less
def fgsm(model, images, labels, *, eps):
    g = input_gradient(model, images, labels)
    direction = g / (g.abs() + 1e-8)
    return (images.detach() + eps * direction).clamp(0, 1)

# %% wrong fgsm | result hangs on images that require a gradient
def fgsm(model, images, labels, *, eps):
    return torch.clamp(images + eps * torch.sign(input_gradient(model, images, labels)), 0, 1)

# %% wrong fgsm | an eps above 1 is taken for 255ths
def fgsm(model, images, labels, *, eps):
    if eps > 1:  # somebody gave it in grey levels
        eps = eps / 255
    g = input_gradient(model, images, labels)
    return (images.detach() + eps * g.sign()).clamp(0, 1)

# %% wrong fgsm | images that the network gets wrong anyway are not attacked
def fgsm(model, images, labels, *, eps):
    right = predicted(model, images).argmax(dim=1) == labels
    step = eps * input_gradient(model, images, labels).sign()
    step[~right] = 0
    return (images.detach() + step).clamp(0, 1)

# %% wrong fgsm | two at once: the given images are moved in place, clamped to their own range
def fgsm(model, images, labels, *, eps):
    lo, hi = images.min().item(), images.max().item()
    g = input_gradient(model, images, labels)
    x = images.detach()
    x += eps * g.sign()
    return x.clamp(lo, hi)

# %% right fgsm_targeted | fgsm with minus eps
def fgsm_targeted(model, images, target, *, eps):
    return fgsm(model, images, target, eps=-eps)

# %% right fgsm_targeted | own backward pass that saves and restores every .grad
def fgsm_targeted(model, images, target, *, eps):
    saved = [(p, p.grad) for p in model.parameters()]
    for p, _ in saved:
        p.grad = None
    x = images.detach().clone().requires_grad_()
    try:
        with eval_mode(model), torch.enable_grad():
            loss = F.nll_loss(F.log_softmax(model(x), dim=-1), target, reduction="sum")
            loss.backward()
    finally:
        for p, old in saved:
            p.grad = old
    with torch.no_grad():
        return torch.clamp(x - eps * x.grad.sign(), min=0, max=1)

# %% wrong fgsm_targeted | plus: away from the target
def fgsm_targeted(model, images, target, *, eps):
    g = input_gradient(model, images, target)
    return torch.clamp(images.detach() + eps * g.sign(), 0, 1)

# %% wrong fgsm_targeted | images that are seen as the target already stay
def fgsm_targeted(model, images, target, *, eps):
    there = predicted(model, images).argmax(1) == target
    g = input_gradient(model, images, target)
    moved = (images.detach() - eps * g.sign()).clamp(0, 1)
    return torch.where(there[:, None, None, None], images.detach(), moved)

# %% wrong fgsm_targeted | climbs the target's probability, whose gradient is 0 where the network is sure
def fgsm_targeted(model, images, target, *, eps):
    x = images.detach().clone().requires_grad_()
    with torch.enable_grad(), eval_mode(model):
        p = model(x).softmax(dim=1).gather(1, target[:, None]).sum()
        g, = torch.autograd.grad(p, x)
    return (x.detach() + eps * g.sign()).clamp(0, 1)

# %% wrong fgsm_targeted | gradients are off afterwards, and float32 comes out
def fgsm_targeted(model, images, target, *, eps):
    g = input_gradient(model, images, target)
    torch.set_grad_enabled(False)
    return (images - eps * g.sign()).clamp(0, 1).float()

# %% right random_sign | coins from randint
def random_sign(images, *, eps, generator=None):
    coins = torch.randint(2, images.shape, generator=generator, dtype=images.dtype, device=images.device)
    return (images.detach() + eps * (2 * coins - 1)).clamp(0, 1)

# %% right random_sign | bernoulli_ in place and where
def random_sign(images, *, eps, generator=None):
    with torch.no_grad():
        heads = torch.empty(images.shape, dtype=torch.bool, device=images.device).bernoulli_(0.5, generator=generator)
        return torch.where(heads, images + eps, images - eps).clamp(0.0, 1.0)

# %% right random_sign | one coin after the other in a Python loop
def random_sign(images, *, eps, generator=None):
    noisy = images.detach().clone()
    flat = noisy.view(-1) if noisy.is_contiguous() else noisy.reshape(-1)
    for k in range(flat.numel()):
        coin = torch.rand((), generator=generator, device=images.device).item()
        value = flat[k].item()
        value = value + eps if coin < 0.5 else value - eps
        flat[k] = min(max(value, 0.0), 1.0)
    return flat.reshape(images.shape)

# %% wrong random_sign | uniform noise between -eps and eps
def random_sign(images, *, eps, generator=None):
    noise = torch.rand(images.shape, generator=generator, dtype=images.dtype, device=images.device)
    return (images.detach() + eps * (2 * noise - 1)).clamp(0, 1)

# %% wrong random_sign | coins without the images' type: float16 images become float32
def random_sign(images, *, eps, generator=None):
    signs = 2.0 * torch.randint(2, images.shape, generator=generator, device=images.device) - 1
    return (images.detach() + eps * signs).clamp(0, 1)

# %% wrong random_sign | seeds the global generator with the seed of the given one: same signs each call
def random_sign(images, *, eps, generator=None):
    if generator is not None:
        torch.manual_seed(generator.initial_seed())
    signs = torch.randint_like(images.detach(), 2) * 2 - 1
    return (images.detach() + eps * signs).clamp(0, 1)

# %% wrong random_sign | without a generator always the same signs, not PyTorch's global generator
def random_sign(images, *, eps, generator=None):
    if generator is None:
        generator = torch.Generator(device=images.device)
        generator.manual_seed(42)
    signs = torch.randint(0, 2, images.shape, generator=generator, device=images.device).to(images.dtype) * 2 - 1
    return (images.detach() + eps * signs).clamp(0, 1)

# %% wrong random_sign | turns the sign around where it would leave the image, instead of clamping
def random_sign(images, *, eps, generator=None):
    x = images.detach()
    signs = 2 * torch.randint(2, x.shape, generator=generator, dtype=x.dtype, device=x.device) - 1
    moved = x + eps * signs
    outside = (moved < 0) | (moved > 1)
    return torch.where(outside, x - eps * signs, moved).clamp(0, 1)

# %% wrong random_sign | exactly half of the numbers go up: a single number never does
def random_sign(images, *, eps, generator=None):
    n = images.numel()
    signs = -torch.ones(n, dtype=images.dtype, device=images.device)
    signs[torch.randperm(n, generator=generator, device=images.device)[: n // 2]] = 1
    return (images.detach() + eps * signs.reshape(images.shape)).clamp(0, 1)

# %% right pgd | as in the hints
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

# %% right pgd | bounds of the box computed once, uniform_, own gradient, hooks nothing
def pgd(model, images, labels, *, eps=8 / 255, alpha=2 / 255, steps=20, random_start=True, generator=None):
    """PGD (Madry et al.)"""
    x0 = images.detach().clone()
    low = (x0 - eps).clamp(min=0)
    high = (x0 + eps).clamp(max=1)
    if random_start:
        x = x0 + torch.empty_like(x0).uniform_(-eps, eps, generator=generator)
        x = torch.clamp(x, 0, 1)
    else:
        x = x0.clone()
    with eval_mode(model):
        for step in range(int(steps)):
            x = x.detach().requires_grad_(True)
            with torch.enable_grad():
                loss = F.cross_entropy(model(x), labels, reduction="sum")
            grad, = torch.autograd.grad(loss, x, retain_graph=False, create_graph=False)
            x = torch.minimum(torch.maximum(x.detach() + alpha * grad.sign(), low), high)
    return x.detach()

# %% right pgd | steps by fgsm, recursion that halves the number of steps
def pgd(model, images, labels, *, eps=8 / 255, alpha=2 / 255, steps=20, random_start=True, generator=None):
    origin = images.detach()

    def back(x):
        return (origin + (x - origin).clamp(min=-eps, max=eps)).clamp(0, 1)

    def climb(x, left):
        if left == 0:
            return x
        if left == 1:
            return back(fgsm(model, x, labels, eps=alpha))
        return climb(climb(x, left // 2), left - left // 2)

    if random_start:
        noise = torch.rand(origin.shape, generator=generator, dtype=origin.dtype, device=origin.device)
        start = (origin - eps + 2 * eps * noise).clamp(0, 1)
    else:
        start = origin.clone()
    return climb(start, steps)

# %% right pgd | a class that holds the attack
class _BoxAttack:
    def __init__(self, model, images, labels, eps, alpha):
        self.model, self.labels = model, labels
        self.original = images.detach().clone()
        self.delta = torch.zeros_like(self.original)
        self.eps, self.alpha = eps, alpha

    def randomise(self, generator):
        shape, dtype, device = self.original.shape, self.original.dtype, self.original.device
        self.delta = (torch.rand(shape, generator=generator, dtype=dtype, device=device) * 2 - 1) * self.eps
        self.delta = self.current() - self.original

    def current(self):
        return (self.original + self.delta).clamp(0, 1)

    def step(self):
        g = input_gradient(self.model, self.current(), self.labels)
        delta = self.delta + self.alpha * g.sign()
        self.delta = delta.clamp(-self.eps, self.eps)
        self.delta = self.current() - self.original  # only what is left after the clamp to an image


def pgd(model, images, labels, *, eps=8 / 255, alpha=2 / 255, steps=20, random_start=True, generator=None):
    attack = _BoxAttack(model, images, labels, eps, alpha)
    if random_start:
        attack.randomise(generator)
    for _ in range(steps):
        attack.step()
    return attack.current()

# %% wrong pgd | box around the previous step
def pgd(model, images, labels, *, eps=8 / 255, alpha=2 / 255, steps=20, random_start=True, generator=None):
    x = images.detach().clone()
    if random_start:
        u = torch.rand(x.shape, generator=generator, dtype=x.dtype, device=x.device)
        x = (x + eps * (2 * u - 1)).clamp(0, 1)
    for _ in range(steps):
        new = x + alpha * input_gradient(model, x, labels).sign()
        x = (x + (new - x).clamp(-eps, eps)).clamp(0, 1)
    return x

# %% wrong pgd | always the gradient at the original
def pgd(model, images, labels, *, eps=8 / 255, alpha=2 / 255, steps=20, random_start=True, generator=None):
    original = images.detach()
    x = original.clone()
    if random_start:
        x = (x + eps * (2 * torch.rand(x.shape, generator=generator, dtype=x.dtype, device=x.device) - 1)).clamp(0, 1)
    for _ in range(steps):
        x = x + alpha * input_gradient(model, original, labels).sign()
        x = (original + (x - original).clamp(-eps, eps)).clamp(0, 1)
    return x

# %% wrong pgd | clamps to [0, 1] only at the very end, so the network is shown no images
def pgd(model, images, labels, *, eps=8 / 255, alpha=2 / 255, steps=20, random_start=True, generator=None):
    original = images.detach()
    x = original.clone()
    if random_start:
        u = torch.rand(images.shape, generator=generator, dtype=images.dtype, device=images.device)
        x = x + eps * (2 * u - 1)
    for _ in range(steps):
        x = x + alpha * input_gradient(model, x, labels).sign()
        x = original + (x - original).clamp(-eps, eps)
    return x.clamp(0, 1)

# %% wrong pgd | delta goes on outside of [0, 1] and has to come all the way back
def pgd(model, images, labels, *, eps=8 / 255, alpha=2 / 255, steps=20, random_start=True, generator=None):
    original = images.detach()
    delta = torch.zeros_like(original)
    if random_start:
        u = torch.rand(images.shape, generator=generator, dtype=images.dtype, device=images.device)
        delta = eps * (2 * u - 1)
    for _ in range(steps):
        g = input_gradient(model, (original + delta).clamp(0, 1), labels)
        delta = (delta + alpha * g.sign()).clamp(-eps, eps)
    return (original + delta).clamp(0, 1)

# %% wrong pgd | stops as soon as all images are fooled
def pgd(model, images, labels, *, eps=8 / 255, alpha=2 / 255, steps=20, random_start=True, generator=None):
    original = images.detach()
    x = original.clone()
    if random_start:
        u = torch.rand(images.shape, generator=generator, dtype=images.dtype, device=images.device)
        x = (original + eps * (2 * u - 1)).clamp(0, 1)
    for _ in range(steps):
        if (predicted(model, x).argmax(dim=1) != labels).all():
            break
        x = x + alpha * input_gradient(model, x, labels).sign()
        x = (original + (x - original).clamp(-eps, eps)).clamp(0, 1)
    return x

# %% wrong pgd | draws from the generator without random_start, too
def pgd(model, images, labels, *, eps=8 / 255, alpha=2 / 255, steps=20, random_start=True, generator=None):
    original = images.detach()
    u = eps * (2 * torch.rand(images.shape, generator=generator, dtype=images.dtype, device=images.device) - 1)
    x = (original + random_start * u).clamp(0, 1)
    for _ in range(steps):
        x = x + alpha * input_gradient(model, x, labels).sign()
        x = (original + (x - original).clamp(-eps, eps)).clamp(0, 1)
    return x

# %% wrong pgd | keeps for each image the point of the largest loss, not the last one
def pgd(model, images, labels, *, eps=8 / 255, alpha=2 / 255, steps=20, random_start=True, generator=None):
    def losses(x):
        with torch.no_grad(), eval_mode(model):
            return F.cross_entropy(model(x), labels, reduction="none")

    original = images.detach()
    x = original.clone()
    if random_start:
        u = torch.rand(images.shape, generator=generator, dtype=images.dtype, device=images.device)
        x = (original + eps * (2 * u - 1)).clamp(0, 1)
    best, best_loss = x.clone(), losses(x)
    for _ in range(steps):
        x = x + alpha * input_gradient(model, x, labels).sign()
        x = (original + (x - original).clamp(-eps, eps)).clamp(0, 1)
        now = losses(x)
        better = now > best_loss
        best[better], best_loss[better] = x[better], now[better]
    return best

# %% wrong pgd | two at once: other defaults (10 steps of eps / 4), random start not clamped to an image
def pgd(model, images, labels, *, eps=8 / 255, alpha=None, steps=10, random_start=True, generator=None):
    if alpha is None:
        alpha = eps / 4
    original = images.detach()
    x = original.clone()
    if random_start:
        u = torch.rand(images.shape, generator=generator, dtype=images.dtype, device=images.device)
        x = x + eps * (2 * u - 1)
    for _ in range(steps):
        x = x + alpha * input_gradient(model, x, labels).sign()
        x = (original + (x - original).clamp(-eps, eps)).clamp(0, 1)
    return x

# %% right pgd_targeted | pgd with a negative alpha
def pgd_targeted(model, images, target, *, eps, alpha, steps):
    return pgd(model, images, target, eps=eps, alpha=-alpha, steps=steps, random_start=False)

# %% right pgd_targeted | while loop, parameters frozen meanwhile and set back one by one
def pgd_targeted(model, images, target, *, eps, alpha, steps):
    flags = [p.requires_grad for p in model.parameters()]
    modes = [m.training for m in model.modules()]
    x = images.detach().clone()
    try:
        for p in model.parameters():
            p.requires_grad_(False)
        model.eval()
        done = 0
        while done < steps:
            with torch.enable_grad():
                x.requires_grad_(True)
                loss = nn.CrossEntropyLoss(reduction="sum")(model(x), target)
                loss.backward()
            g = x.grad
            x = x.detach() - alpha * g.sign()
            d = torch.clip(x - images.detach(), -eps, eps)
            x = torch.clip(images.detach() + d, 0, 1)
            done += 1
    finally:
        for p, flag in zip(model.parameters(), flags):
            p.requires_grad_(flag)
        for m, mode in zip(model.modules(), modes):
            m.training = mode
    return x.detach()

# %% wrong pgd_targeted | calls pgd with its random start
def pgd_targeted(model, images, target, *, eps, alpha, steps):
    return pgd(model, images, target, eps=eps, alpha=-alpha, steps=steps)

# %% wrong pgd_targeted | alpha is cut to eps, so a long step does not cross the box
def pgd_targeted(model, images, target, *, eps, alpha, steps):
    alpha = min(alpha, eps)
    original = images.detach()
    x = original.clone()
    for _ in range(steps):
        x = fgsm_targeted(model, x, target, eps=alpha)
        x = (original + (x - original).clamp(-eps, eps)).clamp(0, 1)
    return x

# %% wrong pgd_targeted | with momentum: the sign of an average of gradients
def pgd_targeted(model, images, target, *, eps, alpha, steps):
    original = images.detach()
    x, momentum = original.clone(), torch.zeros_like(original)
    for _ in range(steps):
        g = input_gradient(model, x, target)
        momentum = 0.9 * momentum + g
        x = x - alpha * momentum.sign()
        x = (original + (x - original).clamp(-eps, eps)).clamp(0, 1)
    return x

# %% wrong pgd_targeted | model.train() in the end, although it may have been in eval mode
def pgd_targeted(model, images, target, *, eps, alpha, steps):
    model.eval()
    original = images.detach()
    x = original.clone()
    for _ in range(steps):
        x = x - alpha * input_gradient(model, x, target).sign()
        x = (original + (x - original).clamp(-eps, eps)).clamp(0, 1)
    model.train()
    return x

# %% right l2_attack | vector_norm in float64, where instead of clamp
def l2_attack(model, images, labels, *, eps, alpha, steps):
    original = images.detach().double()
    x = images.detach().clone()
    for _ in range(steps):
        g = input_gradient(model, x, labels).double()
        length = torch.linalg.vector_norm(g, dim=(1, 2, 3), keepdim=True)
        direction = torch.where(length > 0, g / torch.where(length > 0, length, 1.0), 0.0)
        delta = x.double() + alpha * direction - original
        size = torch.linalg.vector_norm(delta, dim=(1, 2, 3), keepdim=True)
        delta = torch.where(size > eps, delta * eps / torch.where(size > 0, size, 1.0), delta)
        x = (original + delta).clamp(0, 1).to(images.dtype)
    return x

# %% right l2_attack | each image in a loop of its own, math.sqrt
import math


def _length(t):
    return math.sqrt(float((t.double() ** 2).sum()))


def l2_attack(model, images, labels, *, eps, alpha, steps):
    results = []
    for n in range(len(images)):
        original = images[n : n + 1].detach()
        x = original.clone()
        for _ in range(steps):
            g = input_gradient(model, x, labels[n : n + 1])
            size = _length(g)
            if size > 0:
                x = x + (g.double() * (alpha / size)).to(x.dtype)
            delta = x - original
            far = _length(delta)
            if far > eps:
                delta = (delta.double() * (eps / far)).to(x.dtype)
            x = (original + delta).clamp(0, 1)
        results.append(x)
    return torch.cat(results)

# %% right l2_attack | einsum, helper function, minimum
def l2_attack(model, images, labels, *, eps, alpha, steps):
    def lengths(t):
        t = t.double()
        return torch.einsum("nchw,nchw->n", t, t).sqrt().reshape(-1, 1, 1, 1)

    base = images.detach()
    x = base.clone()
    for _ in range(steps):
        g = input_gradient(model, x, labels)
        unit = g.double() / lengths(g).clamp(min=1e-30)
        delta = (x - base) + alpha * unit
        shrink = torch.minimum(torch.ones_like(lengths(delta)), eps / lengths(delta).clamp(min=1e-30))
        x = (base + shrink * delta).clamp(0, 1).to(base.dtype)
    return x

# %% wrong l2_attack | one length over the whole batch
def l2_attack(model, images, labels, *, eps, alpha, steps):
    original = images.detach()
    x = original.clone()
    for _ in range(steps):
        g = input_gradient(model, x, labels)
        delta = x + alpha * g / g.norm().clamp(min=1e-12) - original
        delta = delta * min(1, eps / delta.norm().clamp(min=1e-12).item())
        x = (original + delta).clamp(0, 1)
    return x

# %% wrong l2_attack | 1e-6 is added to the length: a gradient of length 1e-7 gives a tenth of the step
def l2_attack(model, images, labels, *, eps, alpha, steps):
    original = images.detach()
    x = original.clone()
    for _ in range(steps):
        g = input_gradient(model, x, labels)
        g = g / (g.flatten(1).norm(dim=1)[:, None, None, None] + 1e-6)
        delta = x + alpha * g - original
        size = delta.flatten(1).norm(dim=1)[:, None, None, None].clamp(min=1e-12)
        x = (original + delta * (eps / size).clamp(max=1)).clamp(0, 1)
    return x

# %% wrong l2_attack | clamps to an image first and scales back afterwards
def l2_attack(model, images, labels, *, eps, alpha, steps):
    original = images.detach()
    x = original.clone()
    for _ in range(steps):
        g = input_gradient(model, x, labels)
        size = g.flatten(1).norm(dim=1).clamp(min=1e-12)[:, None, None, None]
        x = (x + alpha * g / size).clamp(0, 1)
        delta = x - original
        size = delta.flatten(1).norm(dim=1).clamp(min=1e-12)[:, None, None, None]
        x = original + delta * (eps / size).clamp(max=1)
    return x

# %% wrong l2_attack | delta is kept as it was before the clamp to an image
def l2_attack(model, images, labels, *, eps, alpha, steps):
    original = images.detach()
    delta = torch.zeros_like(original)
    for _ in range(steps):
        g = input_gradient(model, (original + delta).clamp(0, 1), labels)
        delta = delta + alpha * F.normalize(g.flatten(1), dim=1).view_as(g)
        size = delta.flatten(1).norm(dim=1).clamp(min=1e-12)[:, None, None, None]
        delta = delta * (eps / size).clamp(max=1)
    return (original + delta).clamp(0, 1)

# %% wrong l2_attack | nan where neither eps nor the gradient lets an image move: 0 / 0 in the projection
def l2_attack(model, images, labels, *, eps, alpha, steps):
    original = images.detach()
    x = original.clone()
    for _ in range(steps):
        g = input_gradient(model, x, labels)
        x = x + alpha * g / g.flatten(1).norm(dim=1)[:, None, None, None].clamp(min=1e-12)
        delta = x - original
        factor = (eps / delta.flatten(1).norm(dim=1)).clamp(max=1)
        x = (original + delta * factor[:, None, None, None]).clamp(0, 1)
    return x

# %% wrong l2_attack | a length per channel, not per image
def l2_attack(model, images, labels, *, eps, alpha, steps):
    original = images.detach()
    x = original.clone()
    for _ in range(steps):
        g = input_gradient(model, x, labels)
        x = x + alpha * g / g.norm(dim=(2, 3), keepdim=True).clamp(min=1e-12)
        delta = x - original
        delta = delta * (eps / delta.norm(dim=(2, 3), keepdim=True).clamp(min=1e-12)).clamp(max=1)
        x = (original + delta).clamp(0, 1)
    return x

# %% wrong l2_attack | if one image is too far out, all are scaled to the length eps, the nearer ones up
def l2_attack(model, images, labels, *, eps, alpha, steps):
    original = images.detach()
    x = original.clone()
    for _ in range(steps):
        g = input_gradient(model, x, labels)
        g = g / g.flatten(1).norm(dim=1).clamp(min=1e-12)[:, None, None, None]
        delta = x + alpha * g - original
        size = delta.flatten(1).norm(dim=1).clamp(min=1e-12)[:, None, None, None]
        if (size > eps).any():
            delta = delta * eps / size
        x = (original + delta).clamp(0, 1)
    return x

# %% wrong l2_attack | two at once: the gradient is not divided by its length, and the box instead of the ball
def l2_attack(model, images, labels, *, eps, alpha, steps):
    original = images.detach()
    x = original.clone()
    for _ in range(steps):
        x = x + alpha * input_gradient(model, x, labels)
        x = (original + (x - original).clamp(-eps, eps)).clamp(0, 1)
    return x

# %% right attack_success | counts in Python, lists of predictions
def attack_success(model, images, adversarial, labels):
    before = predicted(model, images).argmax(dim=1).tolist()
    after = predicted(model, adversarial).argmax(dim=1).tolist()
    right, fooled = 0, 0
    for b, a, y in zip(before, after, labels.tolist()):
        if b == y:
            right += 1
            if a != y:
                fooled += 1
    return fooled / right if right else 0.0

# %% right attack_success | both batches in one pass, mask and mean
def attack_success(model, images, adversarial, labels):
    with torch.inference_mode(), eval_mode(model):
        scores = model(torch.cat([images, adversarial]))
    was_right, is_right = (scores.argmax(-1).view(2, -1) == labels)
    if not was_right.any():
        return 0.0
    return float((~is_right[was_right]).double().mean())

# %% wrong attack_success | divided by all images
def attack_success(model, images, adversarial, labels):
    before = predicted(model, images).argmax(1) == labels
    after = predicted(model, adversarial).argmax(1) == labels
    return (before & ~after).sum().item() / len(labels)

# %% wrong attack_success | an int 0 if none was right
def attack_success(model, images, adversarial, labels):
    before = predicted(model, images).argmax(1) == labels
    after = predicted(model, adversarial).argmax(1) == labels
    if before.sum() == 0:
        return 0
    return ((before & ~after).sum() / before.sum()).item()

# %% wrong attack_success | rounded to three digits
def attack_success(model, images, adversarial, labels):
    before = predicted(model, images).argmax(1) == labels
    after = predicted(model, adversarial).argmax(1) == labels
    right = before.sum().item()
    return round((before & ~after).sum().item() / right, 3) if right > 0 else 0.0

# %% wrong attack_success | all parts go to the mode of the whole afterwards
@torch.no_grad()
def attack_success(model, images, adversarial, labels):
    mode = model.training
    model.eval()
    before = model(images).argmax(1) == labels
    after = model(adversarial).argmax(1) == labels
    model.train(mode)
    n = before.sum().item()
    return (before & ~after).sum().item() / n if n else 0.0

# %% wrong attack_success | two at once: the difference of the accuracies, asked in whatever mode the network is
def attack_success(model, images, adversarial, labels):
    with torch.no_grad():
        a = (model(images).argmax(1) == labels).double().mean().item()
        b = (model(adversarial).argmax(1) == labels).double().mean().item()
    return (a - b) / a if a > 0 else 0.0

# %% right robustness_curve | the setup's accuracy, a comprehension
def robustness_curve(model, images, labels, epsilons, *, attack):
    return [
        accuracy(model, attack(model, images, labels, eps=eps) if eps != 0 else images, labels) for eps in epsilons
    ]

# %% right robustness_curve | long form, everything in eval mode, gradients on for the attack
def robustness_curve(model, images, labels, epsilons, *, attack):
    """Accuracy under attack for each epsilon."""
    curve = []
    n = labels.shape[0]
    with eval_mode(model):
        for k in range(len(epsilons)):
            epsilon = epsilons[k]
            if float(epsilon) == 0.0:
                inputs = images.detach()
            else:
                with torch.enable_grad():
                    inputs = attack(model, images, labels, eps=epsilon)
                inputs = inputs.detach()
            correct = 0
            with torch.no_grad():
                guesses = torch.max(model(inputs), 1)[1]
                for guess, truth in zip(guesses, labels):
                    correct += int(guess.item() == truth.item())
            curve.append(correct / n)
    return curve

# %% wrong robustness_curve | no_grad around the attack, too
@torch.no_grad()
def robustness_curve(model, images, labels, epsilons, *, attack):
    curve = []
    with eval_mode(model):
        for eps in epsilons:
            x = images if eps == 0 else attack(model, images, labels, eps=eps)
            curve.append((model(x).argmax(1) == labels).double().mean().item())
    return curve

# %% wrong robustness_curve | asks the attack with keywords, not by position
def robustness_curve(model, images, labels, epsilons, *, attack):
    curve = []
    for eps in epsilons:
        attacked = images
        if eps > 0:
            attacked = attack(model=model, images=images, labels=labels, eps=eps)
        curve.append(accuracy(model, attacked, labels))
    return curve

# %% wrong robustness_curve | at epsilon 0 the attack is run all the same
def robustness_curve(model, images, labels, epsilons, *, attack):
    return [accuracy(model, attack(model, images, labels, eps=eps), labels) for eps in epsilons]

# %% wrong robustness_curve | tiny epsilons are taken for 0
def robustness_curve(model, images, labels, epsilons, *, attack):
    clean = accuracy(model, images, labels)
    out = []
    for eps in epsilons:
        if np.isclose(eps, 0, atol=1e-4):
            out.append(clean)
        else:
            out.append(accuracy(model, attack(model, images, labels, eps=eps), labels))
    return out

# %% wrong robustness_curve | a dictionary: an epsilon that comes twice appears once
def robustness_curve(model, images, labels, epsilons, *, attack):
    results = {}
    for eps in epsilons:
        attacked = attack(model, images, labels, eps=eps) if eps else images
        results[eps] = accuracy(model, attacked, labels)
    return list(results.values())

# %% wrong robustness_curve | once it is 0 it stays 0: later epsilons are not tried
def robustness_curve(model, images, labels, epsilons, *, attack):
    curve = []
    for eps in epsilons:
        if curve and curve[-1] == 0.0:
            curve.append(0.0)
            continue
        attacked = attack(model, images, labels, eps=eps) if eps > 0 else images
        curve.append(accuracy(model, attacked, labels))
    return curve

# %% wrong robustness_curve | two at once: sorts the caller's list, and leaves the network in eval mode
def robustness_curve(model, images, labels, epsilons, *, attack):
    model.eval()
    epsilons.sort()
    curve = []
    for eps in epsilons:
        attacked = attack(model, images, labels, eps=eps) if eps > 0 else images
        with torch.no_grad():
            curve.append((model(attacked).argmax(1) == labels).float().mean().item())
    return curve

# %% right transfer_matrix | zeros and two loops
def transfer_matrix(models, images, labels, *, attack):
    m = len(models)
    matrix = torch.zeros(m, m, dtype=torch.float64)
    for i in range(m):
        attacked = attack(models[i], images, labels)
        for j in range(m):
            matrix[i, j] = accuracy(models[j], attacked, labels)
    return matrix

# %% right transfer_matrix | NumPy, all networks in eval mode by an ExitStack
from contextlib import ExitStack


def transfer_matrix(models, images, labels, *, attack):
    truth = labels.cpu().numpy()
    with ExitStack() as stack:
        for model in models:
            stack.enter_context(eval_mode(model))
        rows = []
        for source in models:
            with torch.enable_grad():
                fooled = attack(source, images, labels).detach()
            with torch.no_grad():
                guesses = np.stack([judge(fooled).argmax(dim=1).cpu().numpy() for judge in models])
            rows.append((guesses == truth).mean(axis=1))
    return np.asarray(rows, dtype=np.float64)

# %% wrong transfer_matrix | rows and columns swapped
def transfer_matrix(models, images, labels, *, attack):
    attacked = [attack(model, images, labels) for model in models]
    return torch.tensor([[accuracy(model, x, labels) for x in attacked] for model in models])

# %% wrong transfer_matrix | no_grad for everything: an attack that goes back through the network fails
def transfer_matrix(models, images, labels, *, attack):
    M = len(models)
    result = np.zeros((M, M))
    with torch.no_grad():
        for i, source in enumerate(models):
            x = attack(source, images, labels)
            for j, target in enumerate(models):
                with eval_mode(target):
                    result[i, j] = (target(x).argmax(1) == labels).double().mean().item()
    return result

# %% wrong transfer_matrix | a list of lists
def transfer_matrix(models, images, labels, *, attack):
    result = []
    for source in models:
        x = attack(source, images, labels)
        result.append([accuracy(target, x, labels) for target in models])
    return result

# %% wrong transfer_matrix | two at once: percent, and rounded to whole ones
def transfer_matrix(models, images, labels, *, attack):
    table = np.zeros((len(models), len(models)))
    for i, source in enumerate(models):
        x = attack(source, images, labels)
        for j, target in enumerate(models):
            table[i, j] = round(100 * accuracy(target, x, labels))
    return table

# %% right adversarial_epoch | pgd with one step
def adversarial_epoch(model, loader, optimizer, *, eps, generator=None):
    device = next(model.parameters()).device
    total, count = 0.0, 0
    model.train()
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
    return total / count

# %% right adversarial_epoch | delta written out as in the paper, start not clamped, own gradient
def adversarial_epoch(model, loader, optimizer, *, eps, generator=None):
    losses = []
    where = next(iter(model.parameters())).device
    for batch in loader:
        x = batch[0].detach().to(where)
        y = batch[1].to(where)
        # the attack, in eval mode
        model.eval()
        delta = torch.empty(x.shape, dtype=x.dtype, device=where)
        delta.uniform_(-eps, eps, generator=generator)
        with torch.enable_grad():
            point = (x + delta).requires_grad_(True)
            attack_loss = F.cross_entropy(model(point), y, reduction="sum")
            slope = torch.autograd.grad(attack_loss, point)[0]
        delta = (delta + 1.25 * eps * slope.sign()).clamp(-eps, eps)
        attacked = (x + delta).clamp(0, 1).detach()
        # the training step
        model.train()
        optimizer.zero_grad(set_to_none=True)
        each = F.cross_entropy(model(attacked), y, reduction="none")
        each.mean().backward()
        optimizer.step()
        losses.extend(each.detach().double().cpu().tolist())
    model.train()
    return float(np.mean(losses))

# %% right adversarial_epoch | helper function for the attack, running mean
def _attacked(model, x, y, eps, generator):
    u = torch.rand(x.shape, generator=generator, dtype=x.dtype, device=x.device)
    start = (x + (2 * eps * u - eps)).clamp(0, 1)
    delta = (start - x) + 1.25 * eps * torch.sign(input_gradient(model, start, y))
    return (x + delta.clamp(-eps, eps)).clamp(0, 1)


def adversarial_epoch(model, loader, optimizer, *, eps, generator=None):
    device = next(model.parameters()).device
    mean, seen = 0.0, 0
    for x, y in loader:
        x, y = x.to(device), y.to(device)
        bad = _attacked(model, x, y, eps, generator)
        model.train()
        loss = nn.CrossEntropyLoss()(model(bad), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        seen += y.numel()
        mean += (loss.item() - mean) * y.numel() / seen
    model.train()
    return mean

# %% wrong adversarial_epoch | mean of the batches' means
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

# %% wrong adversarial_epoch | attacks in training mode
def adversarial_epoch(model, loader, optimizer, *, eps, generator=None):
    device = next(model.parameters()).device
    model.train()
    total = count = 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        u = torch.rand(images.shape, generator=generator, dtype=images.dtype, device=device)
        delta = (eps * (2 * u - 1)).requires_grad_()
        g = torch.autograd.grad(F.cross_entropy(model(images + delta), labels), delta)[0]
        delta = (delta.detach() + 1.25 * eps * g.sign()).clamp(-eps, eps)
        optimizer.zero_grad()
        loss = F.cross_entropy(model((images + delta).clamp(0, 1)), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
        count += len(labels)
    return total / count

# %% wrong adversarial_epoch | the gradient is taken at the clean image, not at the start
def adversarial_epoch(model, loader, optimizer, *, eps, generator=None):
    device = next(model.parameters()).device
    total = count = 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        u = torch.rand(images.shape, generator=generator, dtype=images.dtype, device=device)
        delta = eps * (2 * u - 1)
        delta = (delta + 1.25 * eps * input_gradient(model, images, labels).sign()).clamp(-eps, eps)
        model.train()
        optimizer.zero_grad()
        loss = F.cross_entropy(model((images + delta).clamp(0, 1)), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
        count += len(labels)
    return total / count

# %% wrong adversarial_epoch | zero_grad before the attack, whose backward leaves gradients in the weights
def adversarial_epoch(model, loader, optimizer, *, eps, generator=None):
    device = next(model.parameters()).device
    total = count = 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        optimizer.zero_grad()
        model.eval()
        u = torch.rand(images.shape, generator=generator, dtype=images.dtype, device=device)
        delta = (eps * (2 * u - 1)).requires_grad_()
        F.cross_entropy(model((images + delta).clamp(0, 1)), labels).backward()
        delta = (delta.detach() + 1.25 * eps * delta.grad.sign()).clamp(-eps, eps)
        model.train()
        loss = F.cross_entropy(model((images + delta).clamp(0, 1)), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
        count += len(labels)
    return total / count

# %% wrong adversarial_epoch | parts in eval mode stay there during training: train() only if the whole is not
def adversarial_epoch(model, loader, optimizer, *, eps, generator=None):
    device = next(model.parameters()).device
    if not model.training:
        model.train()
    total = count = 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        attacked = pgd(model, images, labels, eps=eps, alpha=1.25 * eps, steps=1, generator=generator)
        optimizer.zero_grad()
        loss = F.cross_entropy(model(attacked), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
        count += len(labels)
    return total / count

# %% wrong adversarial_epoch | the same start for every batch of one size: the generator is set back each time
def adversarial_epoch(model, loader, optimizer, *, eps, generator=None):
    device = next(model.parameters()).device
    if generator is None:
        generator = torch.Generator(device).manual_seed(torch.randint(2**31, ()).item())
    state = generator.get_state()
    total = count = 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        generator.set_state(state)
        attacked = pgd(model, images, labels, eps=eps, alpha=1.25 * eps, steps=1, generator=generator)
        model.train()
        optimizer.zero_grad()
        loss = F.cross_entropy(model(attacked), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
        count += len(labels)
    return total / count

# %% wrong adversarial_epoch | the attacked images are not clamped to [0, 1]
def adversarial_epoch(model, loader, optimizer, *, eps, generator=None):
    device = next(model.parameters()).device
    total = count = 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        delta = torch.empty_like(images).uniform_(-eps, eps, generator=generator)
        delta += 1.25 * eps * input_gradient(model, images + delta, labels).sign()
        delta.clamp_(-eps, eps)
        model.train()
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images + delta), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
        count += len(labels)
    return total / count

# %% wrong adversarial_epoch | freezes all weights for the attack and then thaws all of them
def adversarial_epoch(model, loader, optimizer, *, eps, generator=None):
    device = next(model.parameters()).device
    total = count = 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        model.requires_grad_(False)
        attacked = pgd(model, images, labels, eps=eps, alpha=1.25 * eps, steps=1, generator=generator)
        model.requires_grad_(True)
        model.train()
        optimizer.zero_grad()
        loss = F.cross_entropy(model(attacked), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
        count += len(labels)
    return total / count

# %% wrong adversarial_epoch | never clears the gradients
def adversarial_epoch(model, loader, optimizer, *, eps, generator=None):
    device = next(model.parameters()).device
    total = count = 0
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

# %% wrong adversarial_epoch | two at once: a step of eps from the image without random start, and eval mode in the end
def adversarial_epoch(model, loader, optimizer, *, eps, generator=None):
    device = next(model.parameters()).device
    total = count = 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        attacked = fgsm(model, images, labels, eps=eps)
        model.train()
        optimizer.zero_grad()
        loss = F.cross_entropy(model(attacked), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
        count += len(labels)
    model.eval()
    return total / count
