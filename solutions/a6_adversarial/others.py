"""Right answers to assignment 6, written differently."""

import numpy as np
import torch
from torch import nn

from solutions.a6_adversarial.notebook import fgsm, input_gradient, pgd

# ---- input_gradient ----


def input_gradient__backward_on_a_copy(model, images, labels):
    """Calls `backward` on a copy of the model, whose parameters may gather what they like."""
    import copy

    judge = copy.deepcopy(model).eval()
    x = images.detach().clone().requires_grad_()
    with torch.enable_grad():
        nn.functional.cross_entropy(judge(x), labels, reduction="sum").backward()
    return x.grad


def input_gradient__backward_and_tidy_up(model, images, labels):
    """Calls `backward` on the model itself, and puts everything back in its place."""
    before = [(part, part.training) for part in model.modules()]
    trainable = [(parameter, parameter.requires_grad) for parameter in model.parameters()]
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    model.eval()
    try:
        with torch.set_grad_enabled(True):
            pixels = images.clone().detach()
            pixels.requires_grad = True
            nn.CrossEntropyLoss(reduction="sum")(model(pixels), labels).backward()
    finally:
        for part, mode in before:
            part.training = mode
        for parameter, was in trainable:
            parameter.requires_grad_(was)
    return pixels.grad.detach()


def input_gradient__torch_func(model, images, labels):
    """Lets `torch.func` transform the loss into its gradient."""
    import copy

    judge = copy.deepcopy(model).eval()

    def loss(x):
        return nn.functional.cross_entropy(judge(x), labels, reduction="sum")

    return torch.func.grad(loss)(images.detach()).detach()


def input_gradient__one_image_at_a_time(model, images, labels):
    """Asks for one image after the other, in float64, with a loss spelt out."""
    import copy

    judge, rows = copy.deepcopy(model).double().eval(), []
    with torch.enable_grad():
        for image, label in zip(images.detach().double(), labels, strict=True):
            x = image[None].requires_grad_()
            logits = judge(x)[0]
            (row,) = torch.autograd.grad(torch.logsumexp(logits, dim=0) - logits[label], x)
            rows.append(row)
    return torch.cat(rows).to(images.dtype)


def input_gradient__backwards_from_the_logits(model, images, labels):
    """Knows the loss's gradient with respect to the logits: probabilities minus one-hot labels."""
    import copy

    judge = copy.deepcopy(model).eval()
    with torch.enable_grad():
        x = images.detach().requires_grad_()
        logits = judge(x)
        wanted = nn.functional.one_hot(labels, logits.shape[1])
        return torch.autograd.grad(logits, x, grad_outputs=logits.detach().softmax(dim=1) - wanted)[0]


def input_gradient__mean_times_number(model, images, labels):
    """Averages the losses, and multiplies by their number afterwards."""
    import copy

    judge = copy.deepcopy(model).requires_grad_(False)
    judge.train(False)
    with torch.enable_grad():
        x = torch.empty_like(images).copy_(images.detach()).requires_grad_(True)
        nn.functional.cross_entropy(judge(x), labels).backward()
    return len(images) * x.grad


# ---- fgsm ----


def fgsm__own_gradient_and_where(model, images, labels, *, eps):
    """Takes the gradient of the mean loss by itself, and stays in [0, 1] by `where`."""
    import copy

    judge = copy.deepcopy(model).eval()
    with torch.enable_grad():
        x = images.detach().clone().requires_grad_()
        nn.functional.cross_entropy(judge(x), labels).backward()
    attacked = x.detach() + eps * torch.sign(x.grad)
    attacked = torch.where(attacked < 0, torch.zeros_like(attacked), attacked)
    return torch.where(attacked > 1, torch.ones_like(attacked), attacked)


def fgsm__numpy(model, images, labels, *, eps):
    """Calculates with NumPy, apart from the gradient."""
    sign = np.sign(input_gradient(model, images, labels).cpu().numpy())
    attacked = np.clip(images.detach().cpu().numpy() + eps * sign, 0, 1)
    return torch.from_numpy(attacked).to(images)


def fgsm__limits(model, images, labels, *, eps):
    """Picks one of three images, pixel by pixel: the upper limit, the lower limit, the original."""
    images, gradient = images.detach(), input_gradient(model, images, labels)
    up, down = (images + eps).clamp(max=1), (images - eps).clamp(min=0)
    return torch.where(gradient > 0, up, torch.where(gradient < 0, down, images))


def fgsm__one_image_at_a_time(model, images, labels, *, eps):
    """Attacks one image after the other, and writes into a copy in place."""
    attacked = images.detach().clone()
    for i in range(len(attacked)):
        gradient = input_gradient(model, attacked[i : i + 1], labels[i : i + 1])
        attacked[i].add_(gradient[0].sign(), alpha=eps).clamp_(0, 1)
    return attacked


# ---- fgsm_targeted ----


def fgsm_targeted__negative_eps(model, images, target, *, eps):
    """The untargeted attack, walked backwards."""
    return fgsm(model, images, target, eps=-eps)


def fgsm_targeted__negative_loss(model, images, target, *, eps):
    """Climbs the log-probability of the target."""
    import copy

    judge = copy.deepcopy(model).eval()
    with torch.enable_grad():
        x = images.detach().clone().requires_grad_()
        gain = judge(x).log_softmax(dim=1)[torch.arange(len(x)), target].sum()
        (gradient,) = torch.autograd.grad(gain, x)
    return torch.clip(images.detach() + eps * gradient.sign(), 0.0, 1.0)


def fgsm_targeted__minimum_and_maximum(model, images, target, *, eps):
    """The change first, then `minimum` and `maximum`."""
    change = -eps * input_gradient(model, images, target).sign()
    attacked = images.detach() + change
    return torch.maximum(torch.minimum(attacked, torch.ones_like(attacked)), torch.zeros_like(attacked))


# ---- random_sign ----


def random_sign__sign_of_rand(images, *, eps, generator=None):
    """The sign of a number drawn around 0."""
    noise = torch.rand(images.shape, generator=generator, dtype=torch.float64, device=images.device) - 0.5
    return torch.clip(images.detach() + eps * torch.where(noise < 0, -1.0, 1.0).to(images), 0, 1)


def random_sign__bernoulli(images, *, eps, generator=None):
    """A coin for every number, and one of two limits."""
    heads = torch.empty_like(images).bernoulli_(0.5, generator=generator).bool()
    images = images.detach()
    return torch.where(heads, (images + eps).clamp(max=1), (images - eps).clamp(min=0))


def random_sign__normal(images, *, eps, generator=None):
    """The sign of a normal number, one image after the other, the last first."""
    attacked = images.detach().clone()
    for image in reversed(attacked.unbind()):
        image += eps * torch.randn(image.shape, generator=generator, dtype=image.dtype, device=image.device).sign()
    return attacked.clamp_(0, 1)


def random_sign__choice(images, *, eps, generator=None):
    """Looks the sign up in a table of two."""
    table = torch.tensor([eps, -eps], dtype=images.dtype, device=images.device)
    places = torch.randint(0, 2, (images.numel(),), generator=generator, device=images.device)
    return (images.detach() + table[places].reshape(images.shape)).clamp(0.0, 1.0)


# ---- pgd ----


def pgd__perturbation(
    model, images, labels, *, eps=8 / 255, alpha=2 / 255, steps=20, random_start=True, generator=None
):
    """Keeps the perturbation instead of the image, with `backward` on a copy of the model."""
    import copy

    judge, images = copy.deepcopy(model).eval().requires_grad_(False), images.detach()
    delta = torch.zeros_like(images)
    if random_start:
        delta.uniform_(-eps, eps, generator=generator)
        delta = (images + delta).clamp(0, 1) - images
    with torch.enable_grad():
        for _ in range(steps):
            delta = delta.detach().requires_grad_()
            nn.functional.cross_entropy(judge(images + delta), labels).backward()
            stepped = (delta.detach() + alpha * delta.grad.sign()).clamp(-eps, eps)
            delta = (images + stepped).clamp(0, 1) - images
    return (images + delta.detach()).clamp(0, 1)


def pgd__limits(model, images, labels, *, eps=8 / 255, alpha=2 / 255, steps=20, random_start=True, generator=None):
    """Box and pixel range have one pair of limits together, worked out beforehand; the start is drawn between -1 and 1
    in float64."""
    images = images.detach()
    low, high = (images - eps).clamp(min=0), (images + eps).clamp(max=1)
    x = images.clone()
    if random_start:
        x += eps * (1 - 2 * torch.rand(x.shape, generator=generator, dtype=torch.float64, device=x.device)).to(x)
        x = torch.min(torch.max(x, low), high)
    for _ in range(steps):
        x = torch.clamp(x + alpha * torch.sign(input_gradient(model, x, labels)), min=low, max=high)
    return x


def pgd__clamps_before_projecting(
    model, images, labels, *, eps=8 / 255, alpha=2 / 255, steps=20, random_start=True, generator=None
):
    """Clamps first and projects afterwards: with boxes the order does not matter."""
    images = x = images.detach()
    if random_start:
        x = (x + (2 * eps * torch.rand(x.shape, generator=generator, dtype=x.dtype, device=x.device) - eps)).clamp(0, 1)
    for _ in range(steps):
        x = (x + alpha * input_gradient(model, x, labels).sign()).clamp(0, 1)
        x = torch.where(x > images + eps, images + eps, torch.where(x < images - eps, images - eps, x))
    return x


def pgd__optimiser(model, images, labels, *, eps=8 / 255, alpha=2 / 255, steps=20, random_start=True, generator=None):
    """An optimiser makes the steps, and the attacked images are its parameter."""
    import copy

    judge, images = copy.deepcopy(model).eval(), images.detach()
    x = images.clone()
    if random_start:
        x.add_(torch.empty_like(x).uniform_(-eps, eps, generator=generator)).clamp_(0, 1)
    x = nn.Parameter(x)
    optimizer = torch.optim.SGD([x], lr=alpha, maximize=True)
    for _ in range(steps):
        optimizer.zero_grad()
        with torch.enable_grad():
            (x.grad,) = torch.autograd.grad(nn.functional.cross_entropy(judge(x), labels, reduction="sum"), [x])
        x.grad.sign_()
        optimizer.step()
        x.data = torch.clamp(x.data, images - eps, images + eps).clamp_(0, 1)
    return x.data


def pgd__one_image_at_a_time(
    model, images, labels, *, eps=8 / 255, alpha=2 / 255, steps=20, random_start=True, generator=None
):
    """Attacks one image after the other, and draws its start when its turn comes."""
    attacked = []
    for image, label in zip(images.detach().split(1), labels.split(1), strict=True):
        x = image
        if random_start:
            noise = eps * (2 * torch.rand(x.shape, generator=generator, dtype=x.dtype, device=x.device) - 1)
            x = torch.clamp(x + noise, 0, 1)
        for _ in range(steps):
            x = x + alpha * input_gradient(model, x, label).sign()
            x = torch.clamp(image + torch.clamp(x - image, -eps, eps), 0, 1)
        attacked.append(x)
    return torch.cat(attacked)


# ---- pgd_targeted ----


def pgd_targeted__backwards(model, images, target, *, eps, alpha, steps):
    """The untargeted attack with steps backwards."""
    return pgd(model, images, target, eps=eps, alpha=-alpha, steps=steps, random_start=False)


def pgd_targeted__small_fgsm_steps(model, images, target, *, eps, alpha, steps):
    """Many small steps of FGSM backwards; each is clamped first and projected afterwards."""
    images = x = images.detach()
    for _ in range(steps):
        x = fgsm(model, x, target, eps=-alpha)
        x = torch.max(torch.min(x, images + eps), images - eps)
    return x


def pgd_targeted__perturbation(model, images, target, *, eps, alpha, steps):
    """Keeps the perturbation, and counts down the loss of the target with `backward` on a copy."""
    import copy

    judge = copy.deepcopy(model).eval()
    delta = torch.zeros_like(images, requires_grad=True)
    for _ in range(steps):
        with torch.enable_grad():
            nn.functional.cross_entropy(judge(images.detach() + delta), target).backward()
        with torch.no_grad():
            delta -= alpha * delta.grad.sign()
            delta.clamp_(-eps, eps)
            delta.copy_((images + delta).clamp(0, 1) - images)
        delta.grad = None
    return (images + delta).detach().clamp(0, 1)


# ---- l2_attack ----


def l2_attack__renorm(model, images, labels, *, eps, alpha, steps):
    """PyTorch's `normalize` for the step and `renorm` for the ball."""
    images = x = images.detach()
    for _ in range(steps):
        direction = nn.functional.normalize(input_gradient(model, x, labels).flatten(1), dim=1)
        delta = (x - images).flatten(1) + alpha * direction
        delta = torch.renorm(delta, p=2, dim=0, maxnorm=eps)
        x = torch.clamp(images + delta.view_as(images), 0, 1)
    return x


def l2_attack__one_image_at_a_time(model, images, labels, *, eps, alpha, steps):
    """One image after the other, with two questions: is there a gradient, and is it too far?"""
    attacked = []
    for image, label in zip(images.detach().split(1), labels.split(1), strict=True):
        x = image.clone()
        for _ in range(steps):
            gradient = input_gradient(model, x, label)
            length = float(torch.linalg.vector_norm(gradient))
            if length > 0:
                x = x + gradient * (alpha / length)
            far = float(torch.linalg.vector_norm(x - image))
            if far > eps:
                x = image + (x - image) * (eps / far)
            x = x.clamp(0, 1)
        attacked.append(x)
    return torch.cat(attacked)


def l2_attack__float64(model, images, labels, *, eps, alpha, steps):
    """Norms in float64 by squares and roots; 0 / 0 is mended afterwards; backward on a copy."""
    import copy

    judge, images = copy.deepcopy(model).eval(), images.detach()
    x = images.clone()
    for _ in range(steps):
        with torch.enable_grad():
            x = x.detach().requires_grad_()
            (gradient,) = torch.autograd.grad(nn.functional.cross_entropy(judge(x), labels, reduction="sum"), x)
        gradient = gradient.double()
        direction = torch.nan_to_num(gradient / gradient.square().sum(dim=[1, 2, 3], keepdim=True).sqrt(), nan=0.0)
        delta = x.detach().double() + alpha * direction - images
        lengths = delta.square().sum(dim=[1, 2, 3], keepdim=True).sqrt()
        delta = torch.where(lengths > eps, delta * eps / lengths, delta)
        x = (images + delta).clamp(0, 1).to(images.dtype)
    return x.detach()


def l2_attack__small_number_added(model, images, labels, *, eps, alpha, steps):
    """Adds a tiny number to the norm, as some libraries do."""
    images = x = images.detach()
    for _ in range(steps):
        gradient = input_gradient(model, x, labels)
        x = x + alpha * gradient / (gradient.norm(p=2, dim=(1, 2, 3), keepdim=True) + 1e-10)
        delta = x - images
        factor = eps / (delta.norm(p=2, dim=(1, 2, 3), keepdim=True) + 1e-10)
        x = torch.clamp(images + delta * torch.min(factor, torch.ones_like(factor)), min=0, max=1)
    return x


# ---- attack_success ----


def attack_success__selects(model, images, adversarial, labels):
    """Selects the images that were right, and asks about those only."""
    import copy

    judge = copy.deepcopy(model).eval()
    with torch.inference_mode():
        right = (judge(images).max(dim=1).indices == labels).nonzero()[:, 0]
        if not len(right):
            return 0.0
        return 1 - float((judge(adversarial[right]).max(dim=1).indices == labels[right]).double().mean())


def attack_success__counts(model, images, adversarial, labels):
    """Counts in a loop over images, the model put back into its modes part by part."""
    modes = {name: part.training for name, part in model.named_modules()}
    model.eval()
    right = fooled = 0
    with torch.no_grad():
        for image, attacked, label in zip(images, adversarial, labels, strict=True):
            before, after = model(torch.stack([image, attacked])).argmax(dim=1).tolist()
            right += before == label
            fooled += before == label and after != label
    for name, part in model.named_modules():
        part.training = modes[name]
    return float(fooled / right) if right else 0.0


def attack_success__numpy(model, images, adversarial, labels):
    """Both batches at once, and NumPy for the rest."""
    import copy

    with torch.no_grad():
        logits = copy.deepcopy(model).eval()(torch.cat([images, adversarial]))
    before, after = logits.cpu().numpy().argmax(axis=1).reshape(2, -1) == labels.cpu().numpy()
    return float(np.sum(before & ~after) / before.sum()) if before.any() else 0.0


# ---- robustness_curve ----


def robustness_curve__function_inside(model, images, labels, epsilons, *, attack):
    """A function for the accuracy, and the model put back after each question."""

    def accuracy(x):
        before = [(part, part.training) for part in model.modules()]
        model.eval()
        with torch.inference_mode():
            right = sum(int(guess) == int(label) for guess, label in zip(model(x).argmax(1), labels, strict=True))
        for part, mode in before:
            part.training = mode
        return right / len(labels)

    return [accuracy(attack(model, images, labels, eps=eps)) if eps else accuracy(images) for eps in epsilons]


def robustness_curve__clean_first(model, images, labels, epsilons, *, attack):
    """The clean accuracy is worked out once, on a copy, in small batches."""
    import copy

    judge = copy.deepcopy(model).eval()

    @torch.no_grad()
    def accuracy(x):
        predicted = torch.cat([judge(part).argmax(dim=1) for part in x.split(10)])
        return (predicted == labels).sum().item() / labels.numel()

    clean, curve = accuracy(images), []
    for eps in epsilons:
        curve.append(clean)
        if eps != 0:
            curve[-1] = accuracy(attack(model, images.clone(), labels, eps=eps))
    return curve


def robustness_curve__eval_throughout(model, images, labels, epsilons, *, attack):
    """The model is in eval mode from beginning to end, also while it is attacked."""
    modes = [part.training for part in model.modules()]
    model.eval()
    try:
        rows = [attack(model, images, labels, eps=eps) if eps > 0 else images for eps in epsilons]
        with torch.no_grad():
            logits = torch.stack([model(row) for row in rows])
        return (logits.argmax(dim=-1) == labels).double().mean(dim=-1).tolist()
    finally:
        for part, mode in zip(model.modules(), modes, strict=True):
            part.training = mode


# ---- transfer_matrix ----


def transfer_matrix__nested_list(models, images, labels, *, attack):
    """All attacks first, then a nested list in float64."""
    import copy

    rows = [attack(model, images, labels) for model in models]
    judges = [copy.deepcopy(model).eval() for model in models]
    with torch.no_grad():
        return torch.tensor(
            [[(judge(row).argmax(dim=1) == labels).double().mean().item() for judge in judges] for row in rows],
            dtype=torch.float64,
        )


def transfer_matrix__numpy(models, images, labels, *, attack):
    """An array, filled column by column."""
    modes = [[part.training for part in model.modules()] for model in models]
    attacked = [attack(model, images, labels) for model in models]
    matrix = np.zeros((len(models), len(models)))
    for j, model in enumerate(models):
        model.eval()
        with torch.no_grad():
            for i, row in enumerate(attacked):
                matrix[i, j] = np.mean((model(row).argmax(dim=1) == labels).cpu().numpy())
        for part, mode in zip(model.modules(), modes[j], strict=True):
            part.training = mode
    return matrix


def transfer_matrix__all_at_once(models, images, labels, *, attack):
    """Every network judges all attacked images in one batch."""
    import copy

    everything, columns = torch.cat([attack(model, images, labels) for model in models]), []
    for model in models:
        with torch.inference_mode():
            right = copy.deepcopy(model).eval()(everything).argmax(dim=1).reshape(len(models), -1) == labels
        columns.append(right.float().mean(dim=1))
    return torch.stack(columns, dim=1)


# ---- adversarial_epoch ----


def adversarial_epoch__one_step_of_pgd(model, loader, optimizer, *, eps, generator=None):
    """One step of PGD from a random start is the same thing; each example's loss is kept as it is."""
    device = next(model.parameters()).device
    losses = []
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        attacked = pgd(model, images, labels, eps=eps, alpha=1.25 * eps, steps=1, generator=generator)
        model.train()
        optimizer.zero_grad()
        each = nn.functional.cross_entropy(model(attacked), labels, reduction="none")
        each.mean().backward()
        optimizer.step()
        losses.append(each.detach())
    return torch.cat(losses).mean().item()


def adversarial_epoch__as_published(model, loader, optimizer, *, eps, generator=None):
    """As in the authors' program: `backward` on the perturbation, and gradients cleared before the training step. The
    start is not clamped to [0, 1]."""
    device = next(model.parameters()).device
    total = count = 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        delta = torch.zeros_like(images).uniform_(-eps, eps, generator=generator).requires_grad_()
        model.eval()
        nn.functional.cross_entropy(model(images + delta), labels).backward()
        with torch.no_grad():
            delta.add_(delta.grad.sign(), alpha=1.25 * eps).clamp_(-eps, eps)
            attacked = torch.clamp(images + delta, 0, 1)
        model.train()
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(attacked.detach()), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * images.shape[0]
        count += images.shape[0]
    return total / count


def adversarial_epoch__attacks_a_copy(model, loader, optimizer, *, eps, generator=None):
    """A copy of the model is attacked, and everything is clamped between limits worked out beforehand."""
    import copy

    device, sums, sizes = next(model.parameters()).device, [], []
    model.train()
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        judge = copy.deepcopy(model).eval()
        low, high = (images - eps).clamp(min=0), (images + eps).clamp(max=1)
        noise = 2 * torch.rand(images.shape, generator=generator, dtype=images.dtype, device=images.device) - 1
        x = torch.clamp(images + eps * noise, low, high).requires_grad_()
        (gradient,) = torch.autograd.grad(nn.functional.cross_entropy(judge(x), labels, reduction="sum"), x)
        x = torch.clamp(x.detach() + 1.25 * eps * gradient.sign(), low, high)
        loss = nn.functional.cross_entropy(model(x), labels)
        optimizer.zero_grad(set_to_none=False)
        loss.backward()
        optimizer.step()
        sums.append(float(loss) * len(labels))
        sizes.append(len(labels))
    return float(sum(sums) / sum(sizes))


def adversarial_epoch__fgsm_from_the_start(model, loader, optimizer, *, eps, generator=None):
    """FGSM with 1.25 eps from a random start, brought back into the box."""
    device = next(model.parameters()).device
    total, number = torch.zeros((), dtype=torch.float64), 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        start = images + torch.empty_like(images).uniform_(-eps, eps, generator=generator)
        reached = fgsm(model, start.clamp(0, 1), labels, eps=1.25 * eps)
        attacked = torch.clamp(images + torch.clamp(reached - images, -eps, eps), 0, 1)
        model.train()
        model.zero_grad()
        loss = nn.CrossEntropyLoss(reduction="sum")(model(attacked), labels)
        (loss / len(labels)).backward()
        optimizer.step()
        total += loss.detach().cpu()
        number += len(labels)
    return float(total / number)
