"""Right answers of assignment 5, written differently: tests and questions accept every one."""

import copy
import math

import numpy as np
import torch
import torch.nn.functional as F
import torchvision
from PIL import Image
from torch import nn

# ---- preprocess ----


def preprocess__steps(image):
    """Torchvision's functions on the picture itself, one after the other."""
    tools = torchvision.transforms.functional
    pixels = tools.to_tensor(tools.center_crop(tools.resize(image.convert("RGB"), 256), 224))
    return tools.normalize(pixels, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])


def preprocess__pillow_and_numpy(image):
    """By hand: Pillow resizes and cuts, NumPy normalises."""
    image = image.convert("RGB")
    width, height = image.size
    if width < height:
        image = image.resize((256, 256 * height // width), Image.Resampling.BILINEAR)
    else:
        image = image.resize((256 * width // height, 256), Image.Resampling.BILINEAR)
    left, top = round((image.width - 224) / 2), round((image.height - 224) / 2)
    pixels = np.asarray(image.crop((left, top, left + 224, top + 224)), dtype=np.float32) / 255
    pixels = (pixels - np.float32([0.485, 0.456, 0.406])) / np.float32([0.229, 0.224, 0.225])
    return torch.from_numpy(pixels.transpose(2, 0, 1).copy())


def preprocess__functional(image):
    """Torchvision's functions, one after the other; pixels are floats from the beginning, and never rounded."""
    tools = torchvision.transforms.functional
    pixels = tools.to_tensor(image.convert("RGB"))
    pixels = tools.center_crop(tools.resize(pixels, 256, antialias=True), [224, 224])
    return tools.normalize(pixels, mean=[0.485, 0.456, 0.406], std=[0.229, 0.224, 0.225])


def preprocess__v2(image):
    """The transforms' second version, on a tensor of bytes."""
    from torchvision.transforms import v2

    steps = [v2.ToImage(), v2.Resize(256), v2.CenterCrop(224), v2.ToDtype(torch.float32, scale=True)]
    steps += [v2.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]), v2.ToPureTensor()]
    return v2.Compose(steps)(image.convert("RGB"))


def preprocess__compose(image):
    """The transforms' first version, as in most tutorials."""
    from torchvision import transforms as T

    normalize = T.Normalize(torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225]))
    return T.Compose([T.Resize(256), T.CenterCrop(224), T.ToTensor(), normalize])(image.convert("RGB"))


# ---- top_k ----


def top_k__plain_copy(model, images, categories, k):
    """A copy in eval mode, and two lists that are walked through together."""
    with torch.no_grad():
        probabilities, indices = copy.deepcopy(model).eval()(images).softmax(dim=1).topk(k)
    return [
        [(categories[i], p) for i, p in zip(*row, strict=True)]
        for row in zip(indices.tolist(), probabilities.tolist(), strict=True)
    ]


def top_k__sorted(model, images, categories, k):
    """Sorts every image's pairs; notes the modes by name."""
    modes = {name: part.training for name, part in model.named_modules()}
    try:
        with torch.inference_mode():
            scores = model.eval()(images).double()
    finally:
        for name, part in model.named_modules():
            part.training = modes[name]
    lists = []
    for row in (scores - scores.logsumexp(1, keepdim=True)).exp().tolist():
        lists.append(sorted(zip(categories, row, strict=True), key=lambda pair: pair[1], reverse=True)[:k])
    return lists


def top_k__a_copy(model, images, categories, k):
    """Asks a copy, so that nothing has to be put back; pairs are lists."""
    twin, answers = copy.deepcopy(model).train(False), []
    with torch.no_grad():
        for row in F.softmax(twin(images), dim=-1):
            order = torch.argsort(row, descending=True)[:k]
            answers.append([[categories[int(i)], row[i].item()] for i in order])
    return answers


# ---- replace_head ----


def replace_head__plain(model, classes):
    """As the hints have it; a plain nn.Linear."""
    model.eval().requires_grad_(False)
    name, old = [(name, part) for name, part in model.named_modules() if isinstance(part, nn.Linear)][-1]
    parent, _, child = name.rpartition(".")
    setattr(model.get_submodule(parent), child, nn.Linear(old.in_features, classes))
    return model


def replace_head__set_submodule(model, classes):
    """PyTorch's own way of putting a module into another's place; freezes parameter by parameter, the head is frozen
    for a moment, too."""
    name = next(name for name, part in reversed(list(model.named_modules())) if isinstance(part, nn.Linear))
    model.set_submodule(name, nn.Linear(model.get_submodule(name).in_features, classes))
    for parameter in model.parameters():
        parameter.requires_grad = False
    for parameter in model.get_submodule(name).parameters():
        parameter.requires_grad = True
    return model.eval()


def replace_head__by_identity(model, classes):
    """Finds the head first, then whose child it is; the new one is in training mode, as it was made."""
    *_, head = (part for part in model.modules() if isinstance(part, nn.Linear))
    new = nn.Linear(head.weight.shape[1], classes)
    for part in model.modules():
        part.training = False
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    parent, place = next((p, name) for p in model.modules() for name, part in p.named_children() if part is head)
    parent._modules[place] = new
    return model


# ---- parameter_groups ----


def parameter_groups__filtered(model, *, head_lr, backbone_lr):
    """First what is trainable, then whose it is."""
    head = {id(p) for p in [part for part in model.modules() if isinstance(part, nn.Linear)][-1].parameters()}
    free = [p for p in model.parameters() if p.requires_grad]
    return [
        {"params": [p for p in free if id(p) in head], "lr": head_lr},
        {"params": [p for p in free if id(p) not in head], "lr": backbone_lr},
    ]


def parameter_groups__one_each(model, *, head_lr, backbone_lr):
    """A group for every parameter, with its name; told apart by `is`."""
    head = list(next(part for part in reversed(list(model.modules())) if isinstance(part, nn.Linear)).parameters())
    return [
        {"params": [parameter], "lr": head_lr if any(parameter is p for p in head) else backbone_lr, "name": name}
        for name, parameter in model.named_parameters()
        if parameter.requires_grad
    ]


def parameter_groups__sets(model, *, head_lr, backbone_lr):
    """Differences of sets: a parameter's hash is its identity. Groups that would be empty are left out."""
    *_, head = (part for part in model.modules() if type(part) is nn.Linear)
    trainable = set(filter(lambda parameter: parameter.requires_grad, model.parameters()))
    own = trainable & set(head.parameters())
    groups = [{"lr": backbone_lr, "params": list(trainable - own)}, {"lr": head_lr, "params": list(own)}]
    return [group for group in groups if group["params"]]


# ---- cache_features ----


def cache_features__plain_copy(backbone, loader, device):
    """Asks a copy, batch by batch."""
    backbone = copy.deepcopy(backbone).eval()
    features, labels = [], []
    with torch.no_grad():
        for images, answers in loader:
            features.append(backbone(images.to(device)).float().cpu())
            labels.append(answers.cpu())
    return torch.cat(features), torch.cat(labels)


def cache_features__filled_in(backbone, loader, device):
    """Inference mode for each batch, copied into ordinary tensors that grow; puts the modes back in any case."""
    modes, features, labels = [part.training for part in backbone.modules()], None, torch.empty(0, dtype=torch.long)
    try:
        backbone.train(False)
        for images, answers in loader:
            with torch.inference_mode():
                batch = backbone(images.to(device, non_blocking=True)).to("cpu", torch.float32)
            features = batch.clone() if features is None else torch.vstack([features, batch])
            labels = torch.hstack([labels, answers.cpu()])
        return features, labels
    finally:
        for part, mode in zip(backbone.modules(), modes, strict=True):
            part.training = mode


def cache_features__a_copy(backbone, loader, device):
    """Asks a copy, so that nothing has to be put back; detaches; image by image."""
    twin, features, labels = copy.deepcopy(backbone).eval(), [], []
    for images, answers in loader:
        images = images.to(device=device)
        with torch.set_grad_enabled(False):
            features.extend(twin(images).detach().cpu().float().unbind())
        labels.extend(answers.tolist())
    return torch.stack(features), torch.tensor(labels)


# ---- unfreeze_from ----


def unfreeze_from__parameter_by_parameter(model, layer):
    """Walks through all parts once, with a switch that is thrown at the layer."""
    if not any(name == layer for name, _ in model.named_modules()):
        raise KeyError(f"There is no layer called {layer!r} in this model.")
    reached = False
    for name, part in model.named_modules():
        reached |= name == layer
        for parameter in part.parameters(recurse=False):
            parameter.requires_grad = reached


def unfreeze_from__numbers(model, layer):
    """Numbers all parts, and gives every parameter the number of the part that owns it."""
    number = {name: i for i, (name, _) in enumerate(model.named_modules())}
    try:
        first = number[layer]
    except KeyError:
        raise ValueError(f"no layer {layer}: choose one of {', '.join(number)}") from None
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(number[name.rpartition(".")[0]] >= first)


# ---- find_learning_rate ----


def find_learning_rate__geomspace(model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100):
    """Rates from NumPy, batches from a generator that begins with the loader again and again."""
    before = copy.deepcopy((model.state_dict(), optimizer.state_dict()))
    rates, losses, device = [], [], next(model.parameters()).device
    batches = (batch for _ in range(steps) for batch in loader)
    for rate, (images, labels) in zip(np.geomspace(lowest, highest, steps).tolist(), batches, strict=False):
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.zero_grad()
        loss = loss_fn(model(images.to(device)), labels.to(device))
        rates.append(rate)
        losses.append(loss.item())
        if not np.isfinite(losses[-1]) or losses[-1] > 4 * min(losses):
            break
        loss.backward()
        optimizer.step()
    model.load_state_dict(before[0])
    optimizer.load_state_dict(before[1])
    return rates, losses


def find_learning_rate__clones(model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100):
    """Notes and restores everything by hand, and steps from rate to rate by a factor."""
    weights = {name: value.clone() for name, value in model.state_dict().items()}
    memory, rates_before = copy.deepcopy(optimizer.state_dict()), [group["lr"] for group in optimizer.param_groups]
    factor, rates, losses, batches = (highest / lowest) ** (1 / (steps - 1)), [], [], iter(loader)
    rate, best = lowest, math.inf
    while len(rates) < steps:
        batch = next(batches, None)
        if batch is None:
            batches = iter(loader)
            continue
        for group in optimizer.param_groups:
            group["lr"] = rate
        for parameter in model.parameters():
            parameter.grad = None
        images, labels = (tensor.to(next(model.parameters()).device, non_blocking=True) for tensor in batch)
        loss = loss_fn(model(images), labels)
        loss.backward()
        optimizer.step()
        rates, losses, rate = rates + [rate], losses + [float(loss.detach())], rate * factor
        if not math.isfinite(losses[-1]) or losses[-1] > 4 * best:
            break
        best = min(best, losses[-1])
    optimizer.load_state_dict(memory)
    for group, before in zip(optimizer.param_groups, rates_before, strict=True):
        group["lr"] = before
    with torch.no_grad():
        for name, value in model.state_dict().items():
            value.copy_(weights[name])
    return rates, losses


def find_learning_rate__logarithms(model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100):
    """Rates from NumPy, batches from a generator that never ends, losses in an array that is cut afterwards."""

    def batches():
        device = next(iter(model.state_dict().values())).device
        while True:
            for images, labels in loader:
                yield images.to(device=device), labels.to(device=device)

    saved = copy.deepcopy([model.state_dict(), optimizer.state_dict()])
    rates, losses, source = (
        np.exp(np.linspace(np.log(lowest), np.log(highest), steps)),
        np.full(steps, np.nan),
        batches(),
    )
    for i, rate in enumerate(rates):
        images, labels = next(source)
        for group in optimizer.param_groups:
            group.update(lr=float(rate))
        model.zero_grad()
        loss = loss_fn(model(images), labels)
        losses[i] = loss.item()
        if not np.isfinite(losses[i]) or losses[i] > 4 * losses[: i + 1].min():
            break
        loss.backward()
        optimizer.step()
    model.load_state_dict(saved[0])
    optimizer.load_state_dict(saved[1])
    return rates[: i + 1].tolist(), losses[: i + 1].tolist()


def find_learning_rate__twins(model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100):
    """Trains copies of model and optimiser, which belong together when copied together: nothing has to be undone."""
    model, optimizer = copy.deepcopy((model, optimizer))
    rates, losses, device = [], [], optimizer.param_groups[0]["params"][0].device
    while len(rates) < steps:
        for images, labels in loader:
            rates.append(lowest ** (1 - len(rates) / (steps - 1)) * highest ** (len(rates) / (steps - 1)))
            for group in optimizer.param_groups:
                group["lr"] = rates[-1]
            loss = loss_fn(model(images.to(device)), labels.to(device))
            losses.append(loss.item())
            if not math.isfinite(losses[-1]) or losses[-1] > 4 * min(losses) or len(rates) == steps:
                return rates, losses
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()


# ---- suggest_learning_rate ----


def suggest_learning_rate__filtered(rates, losses):
    """Both arrays are filtered first."""
    rates, losses = np.asarray(rates), np.asarray(losses)
    rates, losses = rates[np.isfinite(losses)], losses[np.isfinite(losses)]
    return float(rates[np.gradient(losses, np.log(rates)).argmin()])


def suggest_learning_rate__by_hand(rates, losses):
    """The formula of the slope, without NumPy."""
    points = [(math.log(rate), loss, rate) for rate, loss in zip(rates, losses, strict=True) if math.isfinite(loss)]
    slopes = []
    for i, (x, y, _) in enumerate(points):
        sides = [(b - y) / (a - x) for a, b, _ in points[max(i - 1, 0) : i] + points[i + 1 : i + 2]]
        if len(sides) == 2:  # the nearer neighbour counts for more
            left, right = x - points[i - 1][0], points[i + 1][0] - x
            sides = [(right * sides[0] + left * sides[1]) / (left + right)]
        slopes.append(sides[0])
    return float(points[slopes.index(min(slopes))][2])


def suggest_learning_rate__torch(rates, losses):
    """PyTorch's gradient, in double precision."""
    rates, losses = torch.tensor(rates, dtype=torch.float64), torch.tensor(losses, dtype=torch.float64)
    kept = losses.isfinite()
    (slopes,) = torch.gradient(losses[kept], spacing=(rates[kept].log(),))
    return rates[kept][slopes.argmin()].item()


def suggest_learning_rate__numpy(rates, losses):
    """Pairs are filtered in a list; a NumPy float comes back."""
    pairs = np.array([pair for pair in zip(rates, losses, strict=True) if np.isfinite(pair[1])], dtype=np.float64)
    return pairs[np.argmin(np.gradient(pairs[:, 1], np.log10(pairs[:, 0]))), 0]


# ---- most_confused ----


def most_confused__by_index(matrix, categories, count):
    """All pairs of places, then a stable sort."""
    pairs = [
        (categories[i], categories[j], int(matrix[i, j]))
        for i in range(len(matrix))
        for j in range(len(matrix))
        if i != j and matrix[i, j] > 0
    ]
    return sorted(pairs, key=lambda pair: -pair[2])[:count]


def most_confused__stable_sort(matrix, categories, count):
    """A stable sort of the flattened matrix."""
    wrong = matrix * (1 - torch.eye(len(matrix), dtype=matrix.dtype))
    counts, places = wrong.flatten().sort(descending=True, stable=True)
    return [
        (categories[place // len(matrix)], categories[place % len(matrix)], times)
        for times, place in zip(counts.tolist()[:count], places.tolist(), strict=False)
        if times
    ]


def most_confused__heap(matrix, categories, count):
    """A heap, and NumPy."""
    import heapq

    table = matrix.numpy().copy()
    np.fill_diagonal(table, 0)
    pairs = [[categories[i], categories[j], int(table[i, j])] for i, j in np.argwhere(table)]
    return heapq.nlargest(count, pairs, key=lambda pair: pair[2])


def most_confused__lexsort(matrix, categories, count):
    """Sorts by three keys at once."""
    actual, predicted = (matrix > 0).nonzero(as_tuple=True)
    keys = zip((-matrix[actual, predicted]).tolist(), actual.tolist(), predicted.tolist(), strict=True)
    return [(categories[i], categories[j], -times) for times, i, j in sorted(keys) if i != j][:count]


# ---- predict_with_mirror ----


def predict_with_mirror__plain_copy(model, images):
    """Asks a copy twice."""
    twin = copy.deepcopy(model).eval()
    with torch.no_grad():
        return (twin(images).softmax(1) + twin(images.flip(3)).softmax(1)) / 2


def predict_with_mirror__one_batch(model, images):
    """Images and mirror images in one batch, on a copy of the model."""
    with torch.no_grad():
        logits = copy.deepcopy(model).eval()(torch.cat([images, torch.flip(images, dims=[-1])]))
    return F.softmax(logits, dim=-1).unflatten(0, (2, -1)).mean(dim=0)


def predict_with_mirror__columns_picked(model, images):
    """Picks the columns from the last to the first, averages logarithms of probabilities the right way."""
    modes = [(part, part.training) for part in model.modules()]
    backwards = images[..., list(range(images.shape[-1]))[::-1]]
    try:
        with torch.no_grad():
            both = torch.stack([model.eval()(x).log_softmax(1) for x in (images, backwards)])
    finally:
        for part, mode in modes:
            part.training = mode
    return (both.logsumexp(dim=0) - math.log(2)).exp()


def predict_with_mirror__torchvision(model, images):
    """Torchvision's mirror; inference mode."""
    modes = {part: part.training for part in model.modules()}
    model.train(False)
    with torch.inference_mode():
        one, other = (model(x).softmax(-1) for x in (images, torchvision.transforms.functional.hflip(images)))
        mean = torch.lerp(one, other, 0.5)
    for part, mode in modes.items():
        part.training = mode
    return mean


# ---- filters ----


def filters__aminmax(model, layer):
    """Both ends at once; a span of 0 gives 0 / tiny."""
    weight = dict(model.named_modules())[layer].weight.detach().clone()
    low, high = weight.aminmax()
    return weight.sub_(low).div_((high - low).clamp(min=torch.finfo(weight.dtype).tiny))


def filters__numpy(model, layer):
    """In double precision with NumPy, where 0 / 0 is made 0."""
    weight = model.state_dict()[f"{layer}.weight"].double().numpy()
    with np.errstate(invalid="ignore"):
        return torch.from_numpy(np.nan_to_num((weight - weight.min()) / np.ptp(weight))).float()


def filters__interpolated(model, layer):
    """Asked the other way round, part by part of the name; constant weights are a case of their own."""
    part = model
    for name in layer.split("."):
        part = getattr(part, name)
    with torch.no_grad():
        if part.weight.unique().numel() == 1:
            return torch.zeros_like(part.weight)
        return 1 - (part.weight.max() - part.weight) / (part.weight.max() - part.weight.min())


# ---- feature_maps ----


def feature_maps__lambdas(model, image):
    """Hooks in a line each, on a copy."""
    maps, model = {}, copy.deepcopy(model).eval()
    for name, part in model.named_modules():
        if isinstance(part, (nn.Conv2d, nn.MaxPool2d)):
            part.register_forward_hook(lambda _, inputs, output, name=name: maps.update({name: output[0].clone()}))
    with torch.no_grad():
        model(image[None])
    return maps


def feature_maps__exit_stack(model, image):
    """An ExitStack puts everything back, names are bound by a partial function."""
    from contextlib import ExitStack
    from functools import partial

    maps = {}

    def keep(name, part, inputs, output):
        maps[name] = output.squeeze(0).clone()

    with ExitStack() as stack:
        for part in model.modules():
            stack.callback(setattr, part, "training", part.training)
        for name, part in model.named_modules():
            if isinstance(part, nn.Conv2d) or isinstance(part, nn.MaxPool2d):
                stack.callback(part.register_forward_hook(partial(keep, name)).remove)
        stack.enter_context(torch.no_grad())
        model.eval()(image.unsqueeze(0))
    return maps


def feature_maps__global_hook(model, image):
    """One hook for all modules there are."""
    from torch.nn.modules.module import register_module_forward_hook

    modes, maps = [(part, part.training) for part in model.modules()], {}
    names = {part: name for name, part in model.named_modules() if isinstance(part, (nn.Conv2d, nn.MaxPool2d))}

    def keep(part, inputs, output):
        if part in names:
            maps[names[part]] = torch.empty_like(output[0]).copy_(output[0])

    handle = register_module_forward_hook(keep)
    try:
        with torch.inference_mode():
            model.eval()(image[None])
    finally:
        handle.remove()
        for part, mode in modes:
            part.training = mode
    return maps


def feature_maps__a_copy(model, image):
    """Works on a copy, whose in-place layers are told to work elsewhere; detached, as arrays would be."""
    twin, maps = copy.deepcopy(model).eval(), {}
    for name, part in twin.named_modules():
        if type(part) in (nn.Conv2d, nn.MaxPool2d):

            def forward(x, name=name, forward=part.forward):
                maps[name] = forward(x)
                return maps[name].clone()

            part.forward = forward
    twin(image.reshape(1, *image.shape))
    return {name: output.detach()[0] for name, output in maps.items()}


# ---- saliency ----


def saliency__plain_copy(model, image, target):
    """The derivative alone, of a copy."""
    model, x = copy.deepcopy(model).eval(), image.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(model(x[None])[0, target], x)
    return gradient.abs().amax(dim=0)


def saliency__backward_inputs(model, image, target):
    """`backward` that is told for whom: nobody else gets a gradient."""
    modes, batch = [part.training for part in model.modules()], image[None].clone().detach()
    batch.requires_grad = True
    try:
        scores = model.train(False)(batch)
    finally:
        for part, mode in zip(model.modules(), modes, strict=True):
            part.training = mode
    scores[:, target].sum().backward(inputs=[batch])
    return batch.grad[0].abs().max(dim=0).values


def saliency__functional(model, image, target):
    """PyTorch's functional gradient, on a copy."""
    twin = copy.deepcopy(model).eval()
    gradient = torch.func.grad(lambda x: twin(x[None]).squeeze(0)[target])(image.detach())
    return torch.maximum(gradient, -gradient).max(0)[0].detach()


def saliency__one_hot(model, image, target):
    """A one-hot vector backwards through the network, on a copy; the maximum channel by channel."""
    twin, x = copy.deepcopy(model).eval().requires_grad_(False), image.detach().clone().requires_grad_(True)
    scores = twin(torch.stack([x]))
    scores.backward(F.one_hot(torch.tensor([target]), scores.shape[1]).to(scores.dtype))
    red, green, blue = x.grad.abs()
    return torch.maximum(torch.maximum(red, green), blue)


# ---- occlusion_map ----


def occlusion_map__place_by_place(model, image, target, *, size, stride):
    """A table that is filled in, on a copy."""
    model = copy.deepcopy(model).eval()
    rows, columns = ((length - size) // stride + 1 for length in image.shape[1:])
    result = torch.zeros(rows, columns)
    with torch.no_grad():
        score = model(image[None])[0, target]
        for i in range(rows):
            for j in range(columns):
                covered = image.clone()
                covered[:, i * stride : i * stride + size, j * stride : j * stride + size] = 0
                result[i, j] = score - model(covered[None])[0, target]
    return result


def occlusion_map__masks(model, image, target, *, size, stride):
    """All places in one batch; the masks come from a transposed convolution."""
    rows, columns = ((length - size) // stride + 1 for length in image.shape[-2:])
    places = torch.eye(rows * columns).reshape(-1, 1, rows, columns)
    patches = F.conv_transpose2d(places, torch.ones(1, 1, size, size), stride=stride)
    bottom, right = image.shape[1] - patches.shape[2], image.shape[2] - patches.shape[3]
    patches = F.pad(patches, (0, right, 0, bottom))
    with torch.no_grad():
        scores = copy.deepcopy(model).eval()(torch.cat([image[None], image * (1 - patches)]))[:, target]
    return (scores[0] - scores[1:]).reshape(rows, columns)


def occlusion_map__one_by_one(model, image, target, *, size, stride):
    """One place after the other, the patch put back each time on a copy; a list of lists."""
    modes, canvas = [(part, part.training) for part in model.modules()], image.detach().clone()[None]
    with torch.inference_mode():
        score = model.eval()(canvas)[0, target].item()
        table = []
        for top in range(0, canvas.shape[2] - size + 1, stride):
            table.append([])
            for left in range(0, canvas.shape[3] - size + 1, stride):
                window = canvas[..., top : top + size, left : left + size]
                kept = window.clone()
                window.zero_()
                table[-1].append(score - float(model(canvas)[0, target]))
                window.copy_(kept)
    for part, mode in modes:
        part.training = mode
    return torch.tensor(table)


def occlusion_map__index_grid(model, image, target, *, size, stride):
    """Masks from comparing coordinates, row by row."""
    tops, lefts = (torch.arange(0, length - size + 1, stride) for length in image.shape[1:])
    down, across = (torch.arange(length) for length in image.shape[1:])
    in_rows = (down >= tops[:, None]) & (down < tops[:, None] + size)
    in_columns = (across >= lefts[:, None]) & (across < lefts[:, None] + size)
    twin = copy.deepcopy(model).eval()
    with torch.no_grad():
        falls = [
            twin(image[None])[:, target] - twin(image.masked_fill(mask[:, None], 0))[:, target]
            for mask in torch.einsum("ih,jw->ijhw", in_rows.float(), in_columns.float()).bool()
        ]
    return torch.stack(falls)


# ---- grad_cam ----


def grad_cam__plain_copy(model, layer, image, target):
    """The model goes on with a clone, on a copy."""
    model, outputs = copy.deepcopy(model).eval(), []

    def keep(part, inputs, output):
        outputs.append(output)
        return output.clone()

    model.get_submodule(layer).register_forward_hook(keep)
    score = model(image[None].clone().requires_grad_())[0, target]
    (gradient,) = torch.autograd.grad(score, outputs[0])
    weights = gradient.mean(dim=(2, 3), keepdim=True)
    return (weights * outputs[0]).sum(dim=1)[0].relu().detach()


def grad_cam__hook_on_the_tensor(model, layer, image, target):
    """A hook on the layer's output collects its gradient on the way back; only the image is given one."""
    modes, maps, gradients = [part.training for part in model.modules()], [], []

    def keep(part, inputs, output):
        maps.append(output.detach().clone())
        output.register_hook(lambda gradient: gradients.append(gradient.clone()))

    batch = image[None].detach().clone().requires_grad_()
    handle = dict(model.named_modules())[layer].register_forward_hook(keep)
    try:
        score = model.eval()(batch)[0][target]
    finally:
        handle.remove()
        for part, mode in zip(model.modules(), modes, strict=True):
            part.training = mode
    score.backward(inputs=[batch])
    return torch.einsum("k,khw->hw", gradients[0][0].mean(dim=(1, 2)), maps[0][0]).clamp(min=0)


def grad_cam__new_leaf(model, layer, image, target):
    """The layer's output is replaced by a leaf of its own, so that the graph begins there; on a copy."""
    twin, leaves = copy.deepcopy(model).eval().requires_grad_(False), []

    def replace(part, inputs, output):
        leaves.append(output.detach().clone().requires_grad_())
        return leaves[0].clone()

    twin.get_submodule(layer).register_forward_hook(replace)
    with torch.enable_grad():
        twin(image[None])[0, target].backward()
    maps, gradient = leaves[0].detach()[0], leaves[0].grad[0]
    cam = sum(gradient[k].mean() * maps[k] for k in range(len(maps)))
    return torch.where(cam > 0, cam, torch.zeros(()))


def grad_cam__a_small_change(model, layer, image, target):
    """What the score says to a change that is added to the layer's output, by PyTorch's functional gradient; a
    product of matrices."""
    twin, kept = copy.deepcopy(model).eval(), {}

    def shape(part, inputs, output):
        kept["maps"] = output.detach().clone()

    handle = twin.get_submodule(layer).register_forward_hook(shape)
    with torch.no_grad():
        twin(image[None])
    handle.remove()

    def score(change):
        handle = twin.get_submodule(layer).register_forward_hook(lambda part, inputs, output: output + change)
        value = twin(image[None])[0, target]
        handle.remove()
        return value

    weights = torch.func.grad(score)(torch.zeros_like(kept["maps"])).mean(dim=(2, 3))
    return (weights @ kept["maps"].flatten(2)[0]).relu().reshape(kept["maps"].shape[2:]).detach()


# ---- the quiz ----

quiz_batch_norm__upper_case = "B"
quiz_batch_norm__spaces = " b "
quiz_cache__upper_case = "C"
quiz_cache__spaces = " c "
quiz_score__upper_case = "D"
quiz_score__spaces = " d "
quiz_rate__upper_case = "A"
quiz_rate__spaces = " a "
