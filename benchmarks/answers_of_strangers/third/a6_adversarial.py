# %% right input_gradient | the plain textbook way with autograd.grad
def input_gradient(model, images, labels):
    x = images.detach().clone().requires_grad_()
    with torch.enable_grad(), eval_mode(model):
        loss = F.cross_entropy(model(x), labels, reduction="sum")
        (gradient,) = torch.autograd.grad(loss, x)
    return gradient.detach()

# %% right input_gradient | loss in float64, own logsumexp, picks the label's score by fancy indexing
def input_gradient(model, images, labels):
    with eval_mode(model):
        with torch.enable_grad():
            x = images.detach().clone()
            x.requires_grad = True
            s = model(x).double()
            n = torch.arange(len(labels), device=s.device)
            loss = (torch.logsumexp(s, dim=1) - s[n, labels.to(s.device)]).sum()
            g = torch.autograd.grad(loss, [x])[0]
    return g.to(images.dtype)

# %% right input_gradient | softmax minus one-hot sent back by grad_outputs, own mode bookkeeping in try/finally
def input_gradient(model, images, labels):
    modes = {m: m.training for m in model.modules()}
    x = images.detach().clone().requires_grad_(True)
    try:
        model.eval()
        with torch.set_grad_enabled(True):
            scores = model(x)
        p = scores.detach().softmax(dim=1)
        p = p - F.one_hot(labels, num_classes=p.shape[1]).to(p.dtype)
        return torch.autograd.grad(scores, x, grad_outputs=p)[0]
    finally:
        for m, was in modes.items():
            m.training = was

# %% right input_gradient | beginner's loop, one image at a time, result filled into an empty tensor
def input_gradient(model, images, labels):
    result = torch.zeros_like(images, requires_grad=False)
    with eval_mode(model):
        for i in range(images.shape[0]):
            with torch.enable_grad():
                one = images[i].detach().clone().unsqueeze(0)
                one.requires_grad_(True)
                scores = model(one)
                loss = F.nll_loss(F.log_softmax(scores, dim=1), labels[i].reshape(1), reduction="sum")
                grad = torch.autograd.grad(loss, one)[0]
            result[i] = grad[0].detach()
    return result

# %% right fgsm | one line
def fgsm(model, images, labels, *, eps):
    return (images.detach() + eps * input_gradient(model, images, labels).sign()).clamp(0, 1)

# %% right fgsm | comparisons instead of sign, torch.where, gradient computed inside
def fgsm(model, images, labels, *, eps):
    def grad():
        with eval_mode(model), torch.enable_grad():
            z = images.detach().clone().requires_grad_()
            return torch.autograd.grad(F.cross_entropy(model(z), labels, reduction="sum"), z)[0]

    g = grad()
    x = images.detach()
    up = torch.clamp(x + eps, max=1)
    down = torch.clamp(x - eps, min=0)
    return torch.where(g > 0, up, torch.where(g < 0, down, x))

# %% right fgsm | in place on its own copy
def fgsm(model, images, labels, *, eps):
    direction = torch.sign(input_gradient(model, images, labels))
    attacked = images.detach().clone()
    attacked.add_(direction, alpha=float(eps))
    attacked.clamp_(min=0.0, max=1.0)
    return attacked

# %% right fgsm_targeted | fgsm backwards: a negative eps
def fgsm_targeted(model, images, target, *, eps):
    return fgsm(model, images, target, eps=-eps)

# %% right fgsm_targeted | gradient of the target's log-probability, uphill
def fgsm_targeted(model, images, target, *, eps):
    x = images.detach().clone().requires_grad_()
    with eval_mode(model):
        with torch.enable_grad():
            log_p = F.log_softmax(model(x), dim=-1)
            wanted = log_p.gather(1, target.view(-1, 1)).sum()
            uphill, = torch.autograd.grad(wanted, x)
    with torch.no_grad():
        return torch.clamp(x.detach() + eps * uphill.sign(), 0.0, 1.0)

# %% right random_sign | the hint
def random_sign(images, *, eps, generator=None):
    images = images.detach()
    coins = torch.randint(2, images.shape, generator=generator, dtype=images.dtype, device=images.device)
    return (images + eps * (2 * coins - 1)).clamp(0, 1)

# %% right random_sign | torch.rand below one half, torch.where between two finished images
def random_sign(images, *, eps, generator=None):
    base = images.detach()
    heads = torch.rand(base.shape, generator=generator, device=base.device) < 0.5
    brighter = (base + eps).clamp(max=1.0)
    darker = (base - eps).clamp(min=0.0)
    return torch.where(heads, brighter, darker)

# %% right random_sign | bernoulli with type checks, as a chatbot would write it
def random_sign(images, *, eps, generator=None):
    """Add random sign noise of magnitude `eps` to the images."""
    if not isinstance(images, torch.Tensor):
        raise TypeError(f"Expected a torch.Tensor, got {type(images).__name__}")
    if eps < 0:
        raise ValueError("eps must be non-negative")
    with torch.no_grad():
        probabilities = torch.full(images.shape, 0.5, device=images.device, dtype=torch.float32)
        signs = torch.bernoulli(probabilities, generator=generator).mul_(2).sub_(1).to(images.dtype)
        noisy = torch.clamp(images.detach() + eps * signs, min=0.0, max=1.0)
    return noisy

# %% right pgd | straight from the formula
def pgd(model, images, labels, *, eps=8 / 255, alpha=2 / 255, steps=20, random_start=True, generator=None):
    original = images.detach()
    x = original
    if random_start:
        u = torch.rand(images.shape, generator=generator, dtype=images.dtype, device=images.device)
        x = (original + eps * (2 * u - 1)).clamp(0, 1)
    for _ in range(steps):
        x = x + alpha * input_gradient(model, x, labels).sign()
        x = (original + (x - original).clamp(-eps, eps)).clamp(0, 1)
    return x

# %% right pgd | recursion, box kept as a lower and an upper image
def pgd(model, images, labels, *, eps=8 / 255, alpha=2 / 255, steps=20, random_start=True, generator=None):
    center = images.detach()
    lower, upper = (center - eps).clamp(min=0), (center + eps).clamp(max=1)

    def climb(x, left):
        if left == 0:
            return x
        moved = x + alpha * torch.sign(input_gradient(model, x, labels))
        return climb(torch.max(torch.min(moved, upper), lower), left - 1)

    start = center.clone()
    if random_start:
        start = (center + torch.empty_like(center).uniform_(-eps, eps, generator=generator)).clamp(0, 1)
    return climb(start, steps)

# %% right pgd | a class does the work; gradient inside, one eval_mode around all steps
class _PGD:
    def __init__(self, model, eps, alpha):
        self.model, self.eps, self.alpha = model, eps, alpha

    def project(self, x, original):
        return (original + torch.clamp(x - original, -self.eps, self.eps)).clamp(0, 1)

    def step(self, x, original, labels):
        z = x.clone().requires_grad_()
        with torch.enable_grad():
            loss = F.cross_entropy(self.model(z), labels, reduction="sum")
        g = torch.autograd.grad(loss, z)[0]
        return self.project(x + self.alpha * g.sign(), original)


def pgd(model, images, labels, *, eps=8 / 255, alpha=2 / 255, steps=20, random_start=True, generator=None):
    attack = _PGD(model, eps, alpha)
    original = images.detach().clone()
    x = original.clone()
    if random_start:
        noise = torch.rand(x.shape, generator=generator, dtype=x.dtype, device=x.device)
        x = torch.clamp(x + (noise * 2 * eps - eps), 0, 1)
    with eval_mode(model):
        for _ in range(steps):
            x = attack.step(x, original, labels)
    return x.detach()

# %% right pgd_targeted | pgd with a negative alpha and no random start
def pgd_targeted(model, images, target, *, eps, alpha, steps):
    return pgd(model, images, target, eps=eps, alpha=-alpha, steps=steps, random_start=False)

# %% right pgd_targeted | keeps delta instead of x, while loop
def pgd_targeted(model, images, target, *, eps, alpha, steps):
    x0 = images.detach()
    delta = torch.zeros_like(x0)
    t = 0
    while t < steps:
        g = input_gradient(model, x0 + delta, target)
        delta = (delta - alpha * g.sign()).clamp(-eps, eps)
        delta = (x0 + delta).clamp(0, 1) - x0
        t += 1
    return (x0 + delta).clamp(0, 1)

# %% right l2_attack | the two hints
def l2_attack(model, images, labels, *, eps, alpha, steps):
    def length(t):
        return t.flatten(1).norm(dim=1)[:, None, None, None].clamp(min=1e-12)

    original = images.detach()
    x = original.clone()
    for _ in range(steps):
        g = input_gradient(model, x, labels)
        delta = x + alpha * g / length(g) - original
        delta = delta * (eps / length(delta)).clamp(max=1)
        x = (original + delta).clamp(0, 1)
    return x

# %% right l2_attack | einsum in float64, torch.where for the zero gradient
def l2_attack(model, images, labels, *, eps, alpha, steps):
    start = images.detach().double()
    x = start
    for _ in range(steps):
        g = input_gradient(model, x.to(images.dtype), labels).double()
        n = torch.einsum("nchw,nchw->n", g, g).sqrt().view(-1, 1, 1, 1)
        unit = torch.where(n > 0, g / torch.where(n > 0, n, 1.0), 0.0)
        d = x + alpha * unit - start
        m = torch.einsum("nchw,nchw->n", d, d).sqrt().view(-1, 1, 1, 1)
        d = torch.where(m > eps, d * eps / torch.where(m > 0, m, 1.0), d)
        x = (start + d).clamp(0, 1)
    return x.to(images.dtype).detach()

# %% right l2_attack | beginner: each image in its own loop, plain if
def l2_attack(model, images, labels, *, eps, alpha, steps):
    results = []
    for i in range(len(images)):
        original = images[i : i + 1].detach()
        x = original.clone()
        for _ in range(steps):
            g = input_gradient(model, x, labels[i : i + 1])
            size = torch.linalg.vector_norm(g.double()).item()
            if size > 0:
                x = x + (alpha * (g.double() / size)).to(x.dtype)
            delta = x - original
            far = torch.linalg.vector_norm(delta.double()).item()
            if far > eps:
                delta = delta * (eps / far)
            x = (original + delta).clamp(0, 1)
        results.append(x)
    return torch.cat(results, dim=0)

# %% right attack_success | terse, with boolean indexing
def attack_success(model, images, adversarial, labels):
    right = predicted(model, images).argmax(dim=1) == labels
    fooled = right & (predicted(model, adversarial).argmax(dim=1) != labels)
    return fooled.sum().item() / max(1, right.sum().item())

# %% right attack_success | counts in a Python loop, asks image by image
def attack_success(model, images, adversarial, labels):
    right_before = 0
    wrong_after = 0
    with torch.no_grad(), eval_mode(model):
        for i in range(len(labels)):
            truth = int(labels[i])
            if int(torch.argmax(model(images[i : i + 1])[0])) == truth:
                right_before += 1
                if int(torch.argmax(model(adversarial[i : i + 1])[0])) != truth:
                    wrong_after += 1
    if right_before == 0:
        return 0.0
    return wrong_after / right_before

# %% right robustness_curve | list comprehension with the given accuracy
def robustness_curve(model, images, labels, epsilons, *, attack):
    return [
        accuracy(model, images if eps == 0 else attack(model, images, labels, eps=eps), labels) for eps in epsilons
    ]

# %% right robustness_curve | caches equal epsilons, numpy for the mean, attack in eval mode too
def robustness_curve(model, images, labels, epsilons, *, attack):
    import numpy as np

    known = {}
    curve = []
    with eval_mode(model):
        for e in epsilons:
            if e not in known:
                attacked = images
                if e > 0:
                    attacked = attack(model, images, labels, eps=e)
                with torch.no_grad():
                    guess = model(attacked).argmax(dim=1)
                known[e] = float(np.mean((guess == labels).cpu().numpy()))
            curve.append(known[e])
    return curve

# %% right transfer_matrix | np.empty and two loops
def transfer_matrix(models, images, labels, *, attack):
    m = len(models)
    out = np.empty((m, m))
    for i in range(m):
        attacked = attack(models[i], images, labels)
        for j in range(m):
            out[i, j] = accuracy(models[j], attacked, labels)
    return out

# %% right transfer_matrix | nested comprehension into a float64 tensor
def transfer_matrix(models, images, labels, *, attack):
    def row(adversarial):
        shares = []
        for judge in models:
            with eval_mode(judge), torch.no_grad():
                shares.append((judge(adversarial).argmax(1) == labels).sum().item() / len(labels))
        return shares

    return torch.tensor([row(attack(maker, images, labels)) for maker in models], dtype=torch.float64)

# %% right adversarial_epoch | pgd with one long step
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
    return total / count

# %% right adversarial_epoch | everything written out, start not clamped, zero_grad right after the step too
def adversarial_epoch(model, loader, optimizer, *, eps, generator=None):
    where = next(model.parameters()).device
    losses, sizes = [], []
    for batch_images, batch_labels in loader:
        x, y = batch_images.detach().to(where), batch_labels.to(where)
        delta = torch.empty(x.shape, dtype=x.dtype, device=where).uniform_(-eps, eps, generator=generator)
        model.eval()
        delta.requires_grad_(True)
        g = torch.autograd.grad(F.cross_entropy(model(x + delta), y, reduction="sum"), delta)[0]
        with torch.no_grad():
            delta = torch.clamp(delta + 1.25 * eps * torch.sign(g), -eps, eps)
            x_adv = torch.clamp(x + delta, 0, 1)
        model.train()
        optimizer.zero_grad(set_to_none=True)
        loss = F.cross_entropy(model(x_adv), y)
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
        sizes.append(int(y.shape[0]))
    model.train()
    return float(np.average(losses, weights=sizes))

# %% wrong input_gradient | mean over the batch instead of the sum
def input_gradient(model, images, labels):
    x = images.detach().clone().requires_grad_()
    with torch.enable_grad(), eval_mode(model):
        loss = F.cross_entropy(model(x), labels)
        return torch.autograd.grad(loss, x)[0]

# %% wrong input_gradient | backward fills every weight's .grad, zero_grad afterwards wipes gradients that somebody needs
def input_gradient(model, images, labels):
    x = images.detach().clone().requires_grad_()
    with torch.enable_grad(), eval_mode(model):
        F.cross_entropy(model(x), labels, reduction="sum").backward()
    model.zero_grad()
    return x.grad

# %% wrong input_gradient | remembers only the mode of the whole model: parts in eval mode come back in training mode
def input_gradient(model, images, labels):
    was_training = model.training
    model.eval()
    x = images.detach().clone().requires_grad_()
    with torch.enable_grad():
        loss = F.cross_entropy(model(x), labels, reduction="sum")
        g = torch.autograd.grad(loss, x)[0]
    model.train(was_training)
    return g

# %% wrong input_gradient | switches requires_grad of the caller's images on and then off, even if it was on
def input_gradient(model, images, labels):
    with torch.enable_grad(), eval_mode(model):
        images.requires_grad_(True)
        loss = F.cross_entropy(model(images), labels, reduction="sum")
        g = torch.autograd.grad(loss, images)[0]
    images.requires_grad_(False)
    return g.detach()

# %% wrong input_gradient | log of softmax plus 1e-8: no gradient left when scores are in the hundreds
def input_gradient(model, images, labels):
    x = images.detach().clone().requires_grad_()
    with torch.enable_grad(), eval_mode(model):
        p = model(x).softmax(dim=1)
        loss = -torch.log(p.gather(1, labels[:, None]) + 1e-8).sum()
        return torch.autograd.grad(loss, x)[0]

# %% wrong input_gradient | gradients stay switched on after a call inside no_grad
def input_gradient(model, images, labels):
    torch.set_grad_enabled(True)
    x = images.detach().clone().requires_grad_()
    with eval_mode(model):
        loss = F.cross_entropy(model(x), labels, reduction="sum")
        (g,) = torch.autograd.grad(loss, x)
    return g.detach()

# %% wrong input_gradient | always float32, whatever the images are
def input_gradient(model, images, labels):
    x = images.detach().clone().requires_grad_()
    with torch.enable_grad(), eval_mode(model):
        loss = F.cross_entropy(model(x).float(), labels, reduction="sum")
        g = torch.autograd.grad(loss, x)[0]
    return g.float()

# %% wrong fgsm | pixels without influence go down, and no clamp
def fgsm(model, images, labels, *, eps):
    g = input_gradient(model, images, labels)
    return images.detach() + torch.where(g > 0, eps, -eps)

# %% wrong fgsm | sign approximated by g / (abs(g) + 1e-8): tiny gradients move the pixel less than eps
def fgsm(model, images, labels, *, eps):
    g = input_gradient(model, images, labels)
    return (images.detach() + eps * g / (g.abs() + 1e-8)).clamp(0, 1)

# %% wrong fgsm | result keeps the graph of images that require a gradient
def fgsm(model, images, labels, *, eps):
    g = input_gradient(model, images, labels)
    return torch.clamp(images + eps * g.sign(), 0, 1)

# %% wrong fgsm | images.detach() shares memory, and += changes the caller's images
def fgsm(model, images, labels, *, eps):
    g = input_gradient(model, images, labels)
    x = images.detach()
    x += eps * g.sign()
    return x.clamp(0, 1)

# %% wrong fgsm_targeted | the sign of fgsm: away from the target
def fgsm_targeted(model, images, target, *, eps):
    return (images.detach() + eps * input_gradient(model, images, target).sign()).clamp(0, 1)

# %% wrong fgsm_targeted | ignores the target, only runs away from the present prediction: the same with two kinds only
def fgsm_targeted(model, images, target, *, eps):
    with torch.no_grad(), eval_mode(model):
        now = model(images).argmax(dim=1)
    return (images.detach() + eps * input_gradient(model, images, now).sign()).clamp(0, 1)

# %% wrong fgsm_targeted | leaves images alone that are seen as the target already
def fgsm_targeted(model, images, target, *, eps):
    x = images.detach()
    moved = (x - eps * input_gradient(model, x, target).sign()).clamp(0, 1)
    done = predicted(model, x).argmax(dim=1) == target
    return torch.where(done[:, None, None, None], x, moved)

# %% wrong random_sign | without a generator the seed is always 0
def random_sign(images, *, eps, generator=None):
    if generator is None:
        generator = torch.Generator(device=images.device).manual_seed(0)
    x = images.detach()
    s = torch.randint(2, x.shape, generator=generator, dtype=x.dtype, device=x.device) * 2 - 1
    return (x + eps * s).clamp(0, 1)

# %% wrong random_sign | exactly half of the numbers go up: the signs depend on each other
def random_sign(images, *, eps, generator=None):
    x = images.detach()
    n = x.numel()
    order = torch.randperm(n, generator=generator, device=x.device)
    signs = torch.where(order < n // 2, -1.0, 1.0).to(x.dtype).reshape(x.shape)
    return (x + eps * signs).clamp(0, 1)

# %% wrong random_sign | seeds the global generator from the given one, which does not advance
def random_sign(images, *, eps, generator=None):
    if generator is not None:
        torch.manual_seed(generator.initial_seed())
    x = images.detach()
    s = torch.randint_like(x, 2) * 2 - 1
    return (x + eps * s).clamp(0, 1)

# %% wrong random_sign | float32 coins make float32 of float16 images
def random_sign(images, *, eps, generator=None):
    coins = torch.randint(0, 2, images.shape, generator=generator, device=images.device).float()
    return (images.detach() + eps * (2 * coins - 1)).clamp(0, 1)

# %% wrong random_sign | uniform noise between -eps and eps, not clamped
def random_sign(images, *, eps, generator=None):
    u = torch.rand(images.shape, generator=generator, dtype=images.dtype, device=images.device)
    return images.detach() + eps * (2 * u - 1)

# %% wrong pgd | box around the previous step instead of the original
def pgd(model, images, labels, *, eps=8 / 255, alpha=2 / 255, steps=20, random_start=True, generator=None):
    x = images.detach()
    if random_start:
        u = torch.rand(x.shape, generator=generator, dtype=x.dtype, device=x.device)
        x = (x + eps * (2 * u - 1)).clamp(0, 1)
    for _ in range(steps):
        new = x + alpha * input_gradient(model, x, labels).sign()
        x = (x + (new - x).clamp(-eps, eps)).clamp(0, 1)
    return x

# %% wrong pgd | start not clamped to 0 and 1
def pgd(model, images, labels, *, eps=8 / 255, alpha=2 / 255, steps=20, random_start=True, generator=None):
    x0 = images.detach()
    x = x0.clone()
    if random_start:
        x = x + (torch.rand(x.shape, generator=generator, dtype=x.dtype, device=x.device) * 2 - 1) * eps
    for _ in range(steps):
        x = x + alpha * input_gradient(model, x, labels).sign()
        x = (x0 + (x - x0).clamp(-eps, eps)).clamp(0, 1)
    return x

# %% wrong pgd | goes back into the box only once, after the last step
def pgd(model, images, labels, *, eps=8 / 255, alpha=2 / 255, steps=20, random_start=True, generator=None):
    x0 = images.detach()
    x = x0
    if random_start:
        u = torch.rand(x.shape, generator=generator, dtype=x.dtype, device=x.device)
        x = (x0 + (2 * u - 1) * eps).clamp(0, 1)
    for _ in range(steps):
        x = (x + alpha * input_gradient(model, x, labels).sign()).clamp(0, 1)
    return (x0 + (x - x0).clamp(-eps, eps)).clamp(0, 1)

# %% wrong pgd | images that are fooled already take no more steps
def pgd(model, images, labels, *, eps=8 / 255, alpha=2 / 255, steps=20, random_start=True, generator=None):
    x0 = images.detach()
    x = x0
    if random_start:
        u = torch.rand(x.shape, generator=generator, dtype=x.dtype, device=x.device)
        x = (x0 + (2 * u - 1) * eps).clamp(0, 1)
    for _ in range(steps):
        still = (predicted(model, x).argmax(dim=1) == labels)[:, None, None, None]
        if not still.any():
            break
        new = x + alpha * input_gradient(model, x, labels).sign()
        new = (x0 + (new - x0).clamp(-eps, eps)).clamp(0, 1)
        x = torch.where(still, new, x)
    return x

# %% wrong pgd | draws from the generator without random_start, too
def pgd(model, images, labels, *, eps=8 / 255, alpha=2 / 255, steps=20, random_start=True, generator=None):
    x0 = images.detach()
    u = torch.rand(x0.shape, generator=generator, dtype=x0.dtype, device=x0.device) * 2 * eps - eps
    x = (x0 + u * random_start).clamp(0, 1)
    for _ in range(steps):
        x = x + alpha * input_gradient(model, x, labels).sign()
        x = (x0 + (x - x0).clamp(-eps, eps)).clamp(0, 1)
    return x

# %% wrong pgd | other defaults: 10 steps, and alpha a quarter of eps if left out
def pgd(model, images, labels, *, eps=8 / 255, alpha=None, steps=10, random_start=True, generator=None):
    if alpha is None:
        alpha = eps / 4
    x0 = images.detach()
    x = x0
    if random_start:
        u = torch.rand(x.shape, generator=generator, dtype=x.dtype, device=x.device)
        x = (x0 + (2 * u - 1) * eps).clamp(0, 1)
    for _ in range(steps):
        x = x + alpha * input_gradient(model, x, labels).sign()
        x = (x0 + (x - x0).clamp(-eps, eps)).clamp(0, 1)
    return x

# %% wrong pgd | the gradient at the start serves for all steps, and the result of no steps at all hangs on the images
def pgd(model, images, labels, *, eps=8 / 255, alpha=2 / 255, steps=20, random_start=True, generator=None):
    x = images
    if random_start:
        u = torch.rand(images.shape, generator=generator, dtype=images.dtype, device=images.device)
        x = (images + (2 * u - 1) * eps).clamp(0, 1)
    if steps == 0:
        return x
    direction = input_gradient(model, x, labels).sign()
    x0, x = images.detach(), x.detach()
    for _ in range(steps):
        x = x + alpha * direction
        x = (x0 + (x - x0).clamp(-eps, eps)).clamp(0, 1)
    return x

# %% wrong pgd | random start only upwards, from 0 to eps, and generator forgotten
def pgd(model, images, labels, *, eps=8 / 255, alpha=2 / 255, steps=20, random_start=True, generator=None):
    x0 = images.detach()
    x = x0.clone()
    if random_start:
        x = (x + eps * torch.rand_like(x)).clamp(0, 1)
    for _ in range(steps):
        x = x + alpha * input_gradient(model, x, labels).sign()
        x = (x0 + (x - x0).clamp(-eps, eps)).clamp(0, 1)
    return x

# %% wrong pgd_targeted | plus instead of minus, and one step too few
def pgd_targeted(model, images, target, *, eps, alpha, steps):
    x0 = images.detach()
    x = x0.clone()
    for _ in range(1, steps):
        x = x + alpha * input_gradient(model, x, target).sign()
        x = (x0 + (x - x0).clamp(-eps, eps)).clamp(0, 1)
    return x

# %% wrong pgd_targeted | stops as soon as all images of the batch are seen as their targets
def pgd_targeted(model, images, target, *, eps, alpha, steps):
    x0 = images.detach()
    x = x0.clone()
    for _ in range(steps):
        if (predicted(model, x).argmax(dim=1) == target).all():
            break
        x = x - alpha * input_gradient(model, x, target).sign()
        x = (x0 + (x - x0).clamp(-eps, eps)).clamp(0, 1)
    return x

# %% wrong pgd_targeted | clamps the image at the end only, so that the network is asked about and steps go on from outside of 0 and 1
def pgd_targeted(model, images, target, *, eps, alpha, steps):
    x0 = images.detach()
    x = x0
    for _ in range(steps):
        x = x - alpha * input_gradient(model, x, target).sign()
        x = x0 + (x - x0).clamp(-eps, eps)
    return x.clamp(0, 1)

# %% wrong l2_attack | one length for the whole batch, step and projection
def l2_attack(model, images, labels, *, eps, alpha, steps):
    x0 = images.detach()
    x = x0.clone()
    for _ in range(steps):
        g = input_gradient(model, x, labels)
        x = x + alpha * g / g.norm().clamp(min=1e-12)
        delta = x - x0
        delta = delta * (eps / delta.norm().clamp(min=1e-12)).clamp(max=1)
        x = (x0 + delta).clamp(0, 1)
    return x

# %% wrong l2_attack | a length for each channel by itself
def l2_attack(model, images, labels, *, eps, alpha, steps):
    x0 = images.detach()
    x = x0.clone()
    for _ in range(steps):
        g = input_gradient(model, x, labels)
        x = x + alpha * g / g.norm(dim=(2, 3), keepdim=True).clamp(min=1e-12)
        d = x - x0
        d = d * (eps / d.norm(dim=(2, 3), keepdim=True).clamp(min=1e-12)).clamp(max=1)
        x = (x0 + d).clamp(0, 1)
    return x

# %% wrong l2_attack | adds 1e-6 to the gradient's length: short steps for gradients as tiny as that
def l2_attack(model, images, labels, *, eps, alpha, steps):
    x0 = images.detach()
    x = x0.clone()
    for _ in range(steps):
        g = input_gradient(model, x, labels)
        x = x + alpha * g / (g.flatten(1).norm(dim=1)[:, None, None, None] + 1e-6)
        d = x - x0
        d = d * (eps / d.flatten(1).norm(dim=1)[:, None, None, None].clamp(min=1e-12)).clamp(max=1)
        x = (x0 + d).clamp(0, 1)
    return x

# %% wrong l2_attack | first clamped to the image, then scaled back to the ball
def l2_attack(model, images, labels, *, eps, alpha, steps):
    def size(t):
        return t.flatten(1).norm(dim=1).clamp(min=1e-12).view(-1, 1, 1, 1)

    x0 = images.detach()
    x = x0.clone()
    for _ in range(steps):
        g = input_gradient(model, x, labels)
        x = (x + alpha * g / size(g)).clamp(0, 1)
        d = x - x0
        x = x0 + d * (eps / size(d)).clamp(max=1)
    return x

# %% wrong l2_attack | scales every change to exactly eps, also shorter ones, and nan for a gradient of 0
def l2_attack(model, images, labels, *, eps, alpha, steps):
    x0 = images.detach()
    x = x0.clone()
    for _ in range(steps):
        g = input_gradient(model, x, labels)
        x = x + alpha * g / g.flatten(1).norm(dim=1).view(-1, 1, 1, 1)
        d = x - x0
        d = eps * d / d.flatten(1).norm(dim=1).view(-1, 1, 1, 1)
        x = (x0 + d).clamp(0, 1)
    return x

# %% wrong attack_success | share of all images, and nobody asks for eval mode
def attack_success(model, images, adversarial, labels):
    with torch.no_grad():
        before = model(images).argmax(1) == labels
        after = model(adversarial).argmax(1) == labels
    return (before & ~after).double().mean().item()

# %% wrong attack_success | the int 0 if no image was right
def attack_success(model, images, adversarial, labels):
    right = predicted(model, images).argmax(1) == labels
    if right.sum() == 0:
        return 0
    fooled = predicted(model, adversarial).argmax(1)[right] != labels[right]
    return fooled.double().mean().item()

# %% wrong attack_success | rounded to three decimals
def attack_success(model, images, adversarial, labels):
    right = predicted(model, images).argmax(1) == labels
    if not right.any():
        return 0.0
    wrong_now = predicted(model, adversarial).argmax(1) != labels
    return round((right & wrong_now).sum().item() / right.sum().item(), 3)

# %% wrong robustness_curve | no_grad around everything, the attack as well
@torch.no_grad()
def robustness_curve(model, images, labels, epsilons, *, attack):
    curve = []
    for eps in epsilons:
        x = images if eps == 0 else attack(model, images, labels, eps=eps)
        with eval_mode(model):
            curve.append((model(x).argmax(1) == labels).double().mean().item())
    return curve

# %% wrong robustness_curve | collected in a dict: an epsilon that comes twice is answered once
def robustness_curve(model, images, labels, epsilons, *, attack):
    shares = {}
    for eps in epsilons:
        x = images if eps == 0 else attack(model, images, labels, eps=eps)
        shares[eps] = accuracy(model, x, labels)
    return list(shares.values())

# %% wrong robustness_curve | once at 0, it stays there without asking
def robustness_curve(model, images, labels, epsilons, *, attack):
    curve = []
    for eps in epsilons:
        if curve and curve[-1] == 0.0 and eps != 0:
            curve.append(0.0)
            continue
        x = images if eps == 0 else attack(model, images, labels, eps=eps)
        curve.append(accuracy(model, x, labels))
    return curve

# %% wrong robustness_curve | images and labels by keyword, not by position
def robustness_curve(model, images, labels, epsilons, *, attack):
    result = []
    for epsilon in epsilons:
        if epsilon == 0:
            result.append(accuracy(model, images, labels))
        else:
            attacked = attack(model=model, images=images, labels=labels, eps=epsilon)
            result.append(accuracy(model, attacked, labels))
    return result

# %% wrong transfer_matrix | rows and columns swapped, and in percent
def transfer_matrix(models, images, labels, *, attack):
    m = torch.zeros(len(models), len(models))
    for i, maker in enumerate(models):
        x = attack(maker, images, labels)
        for j, judge in enumerate(models):
            m[j, i] = 100 * accuracy(judge, x, labels)
    return m

# %% wrong transfer_matrix | a list of lists
def transfer_matrix(models, images, labels, *, attack):
    rows = []
    for maker in models:
        x = attack(maker, images, labels)
        rows.append([accuracy(judge, x, labels) for judge in models])
    return rows

# %% wrong transfer_matrix | all networks end in training mode, whatever they came in
def transfer_matrix(models, images, labels, *, attack):
    out = torch.zeros(len(models), len(models))
    for i, maker in enumerate(models):
        x = attack(maker, images, labels)
        for j, judge in enumerate(models):
            judge.eval()
            with torch.no_grad():
                out[i, j] = (judge(x).argmax(1) == labels).float().mean()
            judge.train()
    return out

# %% wrong adversarial_epoch | attacks in training mode, and the mean of the batches' means
def adversarial_epoch(model, loader, optimizer, *, eps, generator=None):
    device = next(model.parameters()).device
    model.train()
    losses = []
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        delta = (torch.rand(images.shape, generator=generator, dtype=images.dtype, device=device) * 2 - 1) * eps
        delta.requires_grad_()
        g = torch.autograd.grad(F.cross_entropy(model(images + delta), labels), delta)[0]
        delta = (delta.detach() + 1.25 * eps * g.sign()).clamp(-eps, eps)
        loss = F.cross_entropy(model((images + delta).clamp(0, 1)), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return sum(losses) / len(losses)

# %% wrong adversarial_epoch | gradient at the image, not at the random start
def adversarial_epoch(model, loader, optimizer, *, eps, generator=None):
    device = next(model.parameters()).device
    total = n = 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        delta = (torch.rand(images.shape, generator=generator, dtype=images.dtype, device=device) * 2 - 1) * eps
        g = input_gradient(model, images, labels)
        delta = (delta + 1.25 * eps * g.sign()).clamp(-eps, eps)
        model.train()
        optimizer.zero_grad()
        loss = F.cross_entropy(model((images + delta).clamp(0, 1)), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
        n += len(labels)
    return total / n

# %% wrong adversarial_epoch | trained on images + delta without the clamp to 0 and 1
def adversarial_epoch(model, loader, optimizer, *, eps, generator=None):
    device = next(model.parameters()).device
    total = n = 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        delta = (torch.rand(images.shape, generator=generator, dtype=images.dtype, device=device) * 2 - 1) * eps
        g = input_gradient(model, images + delta, labels)
        delta = (delta + 1.25 * eps * g.sign()).clamp(-eps, eps)
        model.train()
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images + delta), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
        n += len(labels)
    return total / n

# %% wrong adversarial_epoch | zero_grad forgotten: gradients pile up from batch to batch
def adversarial_epoch(model, loader, optimizer, *, eps, generator=None):
    device = next(model.parameters()).device
    total = n = 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        x = pgd(model, images, labels, eps=eps, alpha=1.25 * eps, steps=1, generator=generator)
        model.train()
        loss = F.cross_entropy(model(x), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
        n += len(labels)
    return total / n

# %% wrong adversarial_epoch | a fresh generator of the same seed for each batch: the same start again and again
def adversarial_epoch(model, loader, optimizer, *, eps, generator=None):
    device = next(model.parameters()).device
    seed = 0 if generator is None else generator.initial_seed()
    total = n = 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        g = torch.Generator(device=device).manual_seed(seed)
        x = pgd(model, images, labels, eps=eps, alpha=1.25 * eps, steps=1, generator=g)
        model.train()
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
        n += len(labels)
    return total / n

# %% wrong adversarial_epoch | freezes the weights for the attack and unfreezes all of them afterwards
def adversarial_epoch(model, loader, optimizer, *, eps, generator=None):
    device = next(model.parameters()).device
    total = n = 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        for p in model.parameters():
            p.requires_grad_(False)
        x = pgd(model, images, labels, eps=eps, alpha=1.25 * eps, steps=1, generator=generator)
        for p in model.parameters():
            p.requires_grad_(True)
        model.train()
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
        n += len(labels)
    return total / n

# %% wrong adversarial_epoch | the attack's backward goes into the weights' .grad after zero_grad, so the step is not from fresh gradients
def adversarial_epoch(model, loader, optimizer, *, eps, generator=None):
    device = next(model.parameters()).device
    total = n = 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        optimizer.zero_grad()
        delta = torch.empty_like(images).uniform_(-eps, eps, generator=generator).requires_grad_()
        model.eval()
        F.cross_entropy(model(images + delta), labels).backward()
        delta = (delta.detach() + 1.25 * eps * delta.grad.sign()).clamp(-eps, eps)
        model.train()
        loss = F.cross_entropy(model((images + delta).clamp(0, 1)), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
        n += len(labels)
    return total / n

# %% wrong adversarial_epoch | batches not moved to the model's device, and the model left in eval mode
def adversarial_epoch(model, loader, optimizer, *, eps, generator=None):
    total, n = 0.0, 0
    for images, labels in loader:
        x = pgd(model, images, labels, eps=eps, alpha=1.25 * eps, steps=1, generator=generator)
        model.train()
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
        n += len(labels)
    model.eval()
    return total / n
