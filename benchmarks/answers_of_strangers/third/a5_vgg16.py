# %% right preprocess | PIL and NumPy by hand, rounded to bytes after scaling
def preprocess(image):
    rgb = image.convert("RGB")
    w, h = rgb.size
    if w <= h:
        new = (256, 256 * h // w)
    else:
        new = (256 * w // h, 256)
    rgb = rgb.resize(new, Image.Resampling.BILINEAR)
    left, top = (new[0] - 224) // 2, (new[1] - 224) // 2
    rgb = rgb.crop((left, top, left + 224, top + 224))
    a = np.array(rgb).astype(np.float64) / 255
    a = (a - np.array([0.485, 0.456, 0.406])) / np.array([0.229, 0.224, 0.225])
    return torch.from_numpy(a.transpose(2, 0, 1).copy()).float()

# %% right preprocess | F.interpolate with antialias on floats, no rounding to bytes
def preprocess(image):
    pixels = torch.tensor(np.array(image.convert("RGB"))).permute(2, 0, 1).float()[None] / 255
    height, width = pixels.shape[2:]
    short = min(height, width)
    size = (int(256 * height / short), int(256 * width / short))
    pixels = F.interpolate(pixels, size=size, mode="bilinear", align_corners=False, antialias=True)
    top = round((size[0] - 224) / 2)
    left = round((size[1] - 224) / 2)
    pixels = pixels[0, :, top : top + 224, left : left + 224]
    mean = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1)
    std = torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)
    return ((pixels - mean) / std).contiguous()

# %% right preprocess | a torchvision pipeline built once
from torchvision import transforms as T

_pipeline = T.Compose(
    [T.Resize(256), T.CenterCrop(224), T.ToTensor(), T.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])]
)


def preprocess(image):
    return _pipeline(image.convert("RGB"))

# %% right top_k | plain Python sorting, stable
def top_k(model, images, categories, k):
    with eval_mode(model), torch.no_grad():
        probabilities = model(images.clone()).softmax(dim=1).tolist()
    result = []
    for row in probabilities:
        order = sorted(range(len(row)), key=lambda i: -row[i])
        best = []
        for i in order[:k]:
            best.append((categories[i], row[i]))
        result.append(best)
    return result

# %% right top_k | own bookkeeping of modes, decorator, topk
@torch.no_grad()
def top_k(model, images, categories, k):
    modes = {part: part.training for part in model.modules()}
    try:
        model.eval()
        p = F.softmax(model(images.detach().clone()), dim=-1)
    finally:
        for part, mode in modes.items():
            part.training = mode
    v, i = torch.topk(p, k, dim=-1)
    return [[(categories[b], a) for a, b in zip(vs, js)] for vs, js in zip(v.tolist(), i.tolist())]

# %% right replace_head | hints followed, the old one's device and dtype
def replace_head(model, classes):
    linear_names = [n for n, m in model.named_modules() if isinstance(m, nn.Linear)]
    if not linear_names:
        raise ValueError("no nn.Linear in this model")
    name = linear_names[-1]
    old = model.get_submodule(name)
    where, _, last = name.rpartition(".")
    model.requires_grad_(False)
    model.eval()
    new = nn.Linear(old.in_features, classes, bias=True, device=old.weight.device, dtype=old.weight.dtype)
    setattr(model.get_submodule(where), last, new)
    return model

# %% right replace_head | freezing by loop, through _modules of the parent
def replace_head(model, classes):
    parent, key = None, None
    order = [m for m in model.modules() if isinstance(m, nn.Linear)]
    target = order[-1]
    for module in model.modules():
        for child_name, child in module._modules.items():
            if child is target and parent is None:
                parent, key = module, child_name
    parent._modules[key] = nn.Linear(target.in_features, classes)
    for p in model.parameters():
        p.requires_grad = False
    for part in model.modules():
        part.training = False
    for p in parent._modules[key].parameters():
        p.requires_grad = True
    return model

# %% right parameter_groups | identities in a set, no empty groups
def parameter_groups(model, *, head_lr, backbone_lr):
    head = None
    for module in model.modules():
        if isinstance(module, nn.Linear):
            head = module
    ids = {id(p) for p in head.parameters()}
    groups = []
    fast = [p for p in head.parameters() if p.requires_grad]
    slow = [p for p in model.parameters() if p.requires_grad and id(p) not in ids]
    if fast:
        groups.append({"params": fast, "lr": float(head_lr)})
    if slow:
        groups.append({"params": slow, "lr": float(backbone_lr)})
    return groups

# %% right parameter_groups | `is` comparisons, one group for each parameter
def parameter_groups(model, *, head_lr, backbone_lr):
    head = [m for m in model.modules() if isinstance(m, nn.Linear)][-1]
    result = []
    for p in model.parameters():
        if not p.requires_grad:
            continue
        of_head = any(p is q for q in head.parameters())
        result.append({"params": [p], "lr": float(head_lr if of_head else backbone_lr)})
    return result

# %% right cache_features | one loop, torch.cat
def cache_features(backbone, loader, device):
    features, labels = [], []
    with eval_mode(backbone), torch.no_grad():
        for images, y in loader:
            out = backbone(images.clone().to(device))
            features.append(out.detach().float().cpu().clone())
            labels.append(y.cpu().clone())
    return torch.cat(features), torch.cat(labels)

# %% right cache_features | a generator does the work
def cache_features(backbone, loader, device):
    def batches():
        for images, y in loader:
            with torch.no_grad():
                out = backbone(images.to(device, copy=True))
            yield out.cpu().to(torch.float32, copy=True), y.to("cpu", torch.int64, copy=True)

    with eval_mode(backbone):
        pairs = list(batches())
    return torch.cat([f for f, _ in pairs], dim=0), torch.cat([y for _, y in pairs], dim=0)

# %% right unfreeze_from | by position, own parameters of each part only
def unfreeze_from(model, layer):
    names = [name for name, _ in model.named_modules()]
    if layer not in names:
        raise ValueError(f"no layer named {layer!r}")
    start = names.index(layer)
    for i, (name, part) in enumerate(model.named_modules()):
        for p in part.parameters(recurse=False):
            p.requires_grad_(i >= start)

# %% right unfreeze_from | a dict of modules, freezes all, then unfreezes
def unfreeze_from(model, layer):
    modules = dict(model.named_modules())
    if layer not in modules:
        raise KeyError(f"{layer} is not a layer of this {type(model).__name__}")
    model.requires_grad_(False)
    reached = False
    for name, module in modules.items():
        reached = reached or name == layer
        if reached:
            module.requires_grad_(True)

# %% right find_learning_rate | deep copies, generator that restarts the loader
def find_learning_rate(model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100):
    def endless():
        while True:
            yield from iter(loader)

    weights = copy.deepcopy(model.state_dict())
    memory = copy.deepcopy(optimizer.state_dict())
    device = next(model.parameters()).device
    rates, losses = [], []
    best = math.inf
    for i, (x, y) in zip(range(steps), endless()):
        rate = lowest * (highest / lowest) ** (i / (steps - 1))
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.zero_grad()
        loss = loss_fn(model(x.clone().to(device)), y.clone().to(device))
        value = loss.item()
        rates.append(float(rate))
        losses.append(value)
        if not math.isfinite(value) or value > 4 * best:
            break
        best = min(best, value)
        loss.backward()
        optimizer.step()
    model.load_state_dict(weights)
    optimizer.load_state_dict(memory)
    return rates, losses

# %% right find_learning_rate | next and StopIteration, try and finally, log-space rates
def find_learning_rate(model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100):
    before = {k: v.detach().clone() for k, v in model.state_dict().items()}
    opt_before = copy.deepcopy(optimizer.state_dict())
    dev = next(iter(model.parameters())).device
    all_rates = [math.exp(math.log(lowest) + i / (steps - 1) * math.log(highest / lowest)) for i in range(steps)]
    losses = []
    try:
        with torch.enable_grad():
            batches = iter(loader)
            for rate in all_rates:
                try:
                    images, labels = next(batches)
                except StopIteration:
                    batches = iter(loader)
                    images, labels = next(batches)
                for g in optimizer.param_groups:
                    g["lr"] = rate
                loss = loss_fn(model(images.to(dev, copy=True)), labels.to(dev, copy=True))
                losses.append(float(loss.detach()))
                optimizer.zero_grad(set_to_none=True)
                loss.backward()
                optimizer.step()
                if not np.isfinite(losses[-1]) or losses[-1] > 4 * min(losses):
                    break
    finally:
        model.load_state_dict(before)
        optimizer.load_state_dict(opt_before)
    return all_rates[: len(losses)], losses

# %% right suggest_learning_rate | boolean mask in NumPy
def suggest_learning_rate(rates, losses):
    r, l = np.array(rates, dtype=float), np.array(losses, dtype=float)
    keep = np.isfinite(l)
    r, l = r[keep], l[keep]
    return float(r[np.argmin(np.gradient(l, np.log(r)))])

# %% right most_confused | nested loops and a stable sort
def most_confused(matrix, categories, count):
    mistakes = []
    table = matrix.tolist()
    for a in range(len(table)):
        for p in range(len(table)):
            if a != p and table[a][p] > 0:
                mistakes.append((categories[a], categories[p], table[a][p]))
    mistakes.sort(key=lambda triple: triple[2], reverse=True)
    return mistakes[:count]

# %% right most_confused | a stable argsort of the flattened copy
def most_confused(matrix, categories, count):
    m = matrix.detach().cpu().clone().to(torch.int64).fill_diagonal_(0)
    C = m.shape[0]
    flat = m.flatten()
    order = torch.argsort(flat, descending=True, stable=True)
    order = order[flat[order] > 0][:count]
    return [[categories[int(i) // C], categories[int(i) % C], int(flat[i])] for i in order]

# %% right predict_with_mirror | one batch of twice the size
def predict_with_mirror(model, images):
    n = len(images)
    both = torch.cat([images, torch.flip(images, dims=[-1])])
    with torch.no_grad(), eval_mode(model):
        p = torch.softmax(model(both), dim=1)
    return (p[:n] + p[n:]) / 2

# %% right predict_with_mirror | index reversed by arange, stacked and averaged
def predict_with_mirror(model, images):
    backwards = torch.arange(images.shape[3] - 1, -1, -1, device=images.device)
    with eval_mode(model), torch.no_grad():
        answers = [F.softmax(model(x), dim=1) for x in (images.clone(), images[:, :, :, backwards])]
        return torch.stack(answers).mean(dim=0)

# %% right filters | named_modules dict, two steps, no division by 0
def filters(model, layer):
    with torch.no_grad():
        weight = dict(model.named_modules())[layer].weight
        shifted = weight - weight.min()
        largest = shifted.max()
        if largest > 0:
            shifted = shifted / largest
        return shifted.clone()

# %% right feature_maps | make_hook and ExitStack
from contextlib import ExitStack


def feature_maps(model, image):
    maps = {}

    def make_hook(name):
        def hook(layer, inputs, output):
            maps[name] = output.detach()[0].clone()

        return hook

    with ExitStack() as stack:
        stack.enter_context(eval_mode(model))
        stack.enter_context(torch.no_grad())
        for name, part in model.named_modules():
            if isinstance(part, (nn.Conv2d, nn.MaxPool2d)):
                stack.callback(part.register_forward_hook(make_hook(name)).remove)
        model(image.clone().unsqueeze(0))
    return maps

# %% right feature_maps | functools.partial and finally
import functools


def _keep(store, name, layer, inputs, output):
    store[name] = output.detach().clone().squeeze(0)


def feature_maps(model, image):
    store, handles = {}, []
    try:
        for name, part in model.named_modules():
            if isinstance(part, nn.Conv2d) or isinstance(part, nn.MaxPool2d):
                handles.append(part.register_forward_hook(functools.partial(_keep, store, name)))
        with eval_mode(model), torch.no_grad():
            model(image.detach()[None].clone())
    finally:
        for handle in handles:
            handle.remove()
    return store

# %% right saliency | autograd.grad
def saliency(model, image, target):
    x = image.detach().clone().requires_grad_()
    with eval_mode(model), torch.enable_grad():
        score = model(x[None].clone())[0, target]
        (g,) = torch.autograd.grad(score, x)
    return g.abs().max(dim=0).values

# %% right saliency | backward on a batch of one, restricted by inputs=
def saliency(model, image, target):
    batch = image.detach().unsqueeze(0).clone()
    batch.requires_grad = True
    with eval_mode(model):
        with torch.enable_grad():
            model(batch * 1).select(1, target).sum().backward(inputs=[batch])
    g = batch.grad.squeeze(0).abs()
    return torch.maximum(torch.maximum(g[0], g[1]), g[2])

# %% right occlusion_map | slow double loop
def occlusion_map(model, image, target, *, size, stride):
    H, W = image.shape[1], image.shape[2]
    rows = (H - size) // stride + 1
    columns = (W - size) // stride + 1
    with eval_mode(model), torch.no_grad():
        score = model(image.clone()[None])[0, target].item()
        result = torch.zeros(rows, columns)
        for i in range(rows):
            for j in range(columns):
                covered = image.detach().clone()
                covered[:, i * stride : i * stride + size, j * stride : j * stride + size] = 0
                result[i, j] = score - model(covered[None])[0, target].item()
    return result

# %% right occlusion_map | masks for one row of places at a time
def occlusion_map(model, image, target, *, size, stride):
    _, h, w = image.shape
    tops, lefts = range(0, h - size + 1, stride), range(0, w - size + 1, stride)
    lines = []
    with torch.no_grad(), eval_mode(model):
        base = model(image[None].clone())[:, target]
        for top in tops:
            batch = image.detach().repeat(len(lefts), 1, 1, 1)
            for n, left in enumerate(lefts):
                batch[n, :, top : top + size, left : left + size].zero_()
            lines.append(base - model(batch)[:, target])
    return torch.stack(lines)

# %% right grad_cam | hook returns a clone
def grad_cam(model, layer, image, target):
    kept = []

    def hook(part, inputs, output):
        kept.append(output)
        return output.clone()

    handle = model.get_submodule(layer).register_forward_hook(hook)
    try:
        with eval_mode(model), torch.enable_grad():
            x = image.detach().clone().requires_grad_()
            score = model(x[None].clone())[0, target]
            gradient = torch.autograd.grad(score, kept[0])[0]
    finally:
        handle.remove()
    w = gradient.mean(dim=(2, 3), keepdim=True)
    return (w * kept[0].detach()).sum(dim=1)[0].relu()

# %% right grad_cam | cuts the graph: the hook hands out a leaf of its own; einsum
def grad_cam(model, layer, image, target):
    seen = {}

    def hook(part, inputs, output):
        leaf = output.detach().clone().requires_grad_(True)
        seen["A"] = leaf
        return leaf.clone()

    handle = dict(model.named_modules())[layer].register_forward_hook(hook)
    with torch.enable_grad(), eval_mode(model):
        try:
            logits = model(image.detach().clone().unsqueeze(0))
        finally:
            handle.remove()
        (g,) = torch.autograd.grad(logits[0, target], [seen["A"]])
    A = seen["A"].detach()[0]
    return torch.einsum("k,khw->hw", g[0].mean(dim=(1, 2)), A).clamp(min=0)

# %% right quiz_batch_norm | b
quiz_batch_norm = "b"

# %% wrong preprocess | resized by F.interpolate without antialias
def preprocess(image):
    x = torch.tensor(np.array(image.convert("RGB"))).permute(2, 0, 1).float() / 255
    h, w = x.shape[1:]
    s = min(h, w)
    nh, nw = 256 * h // s, 256 * w // s
    x = F.interpolate(x[None], size=(nh, nw), mode="bilinear", align_corners=False)[0]
    t, l = (nh - 224) // 2, (nw - 224) // 2
    x = x[:, t : t + 224, l : l + 224]
    return (x - MEAN[:, None, None]) / STD[:, None, None]

# %% wrong preprocess | thumbnail: changes the caller's picture, and does not enlarge small ones
def preprocess(image):
    w, h = image.size
    s = 256 / min(w, h)
    image.thumbnail((int(w * s), int(h * s)), Image.Resampling.BILINEAR)
    image = image.convert("RGB")
    w, h = image.size
    left, top = (w - 224) // 2, (h - 224) // 2
    image = image.crop((left, top, left + 224, top + 224))
    x = torch.tensor(np.array(image)).permute(2, 0, 1).float() / 255
    return (x - MEAN[:, None, None]) / STD[:, None, None]

# %% wrong preprocess | squashed to 256 by 256
from torchvision import transforms


def preprocess(image):
    return transforms.Compose(
        [
            transforms.Resize((256, 256)),
            transforms.CenterCrop(224),
            transforms.ToTensor(),
            transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
        ]
    )(image.convert("RGB"))

# %% wrong preprocess | only grey pictures are made RGB by convert; of others the first three bands are taken
from torchvision.transforms import functional as TF


def preprocess(image):
    if image.mode == "L":
        image = image.convert("RGB")
    image = TF.resize(image, 256, antialias=True)
    image = TF.center_crop(image, 224)
    x = TF.to_tensor(image)[:3]
    return TF.normalize(x, MEAN.tolist(), STD.tolist())

# %% wrong top_k | model.train() afterwards, all parts get the mode of the whole
def top_k(model, images, categories, k):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        values, indices = model(images).softmax(dim=1).topk(k)
    model.train(was_training)
    return [[(categories[i], v) for v, i in zip(vs.tolist(), js.tolist())] for vs, js in zip(values, indices)]

# %% wrong top_k | a dict by name: categories of the same name (crane, crane) are merged
def top_k(model, images, categories, k):
    with eval_mode(model), torch.no_grad():
        probs = F.softmax(model(images), dim=1)
    out = []
    for row in probs:
        by_name = dict(zip(categories, row.tolist()))
        out.append(sorted(by_name.items(), key=lambda item: item[1], reverse=True)[:k])
    return out

# %% wrong top_k | switches gradients on at the end, even if the caller had them off
def top_k(model, images, categories, k):
    torch.set_grad_enabled(False)
    with eval_mode(model):
        p = torch.softmax(model(images), 1)
    values, indices = p.topk(k)
    torch.set_grad_enabled(True)
    return [[(categories[i], v) for v, i in zip(a, b)] for a, b in zip(values.tolist(), indices.tolist())]

# %% wrong replace_head | frozen last, the new head as well
def replace_head(model, classes):
    name = [n for n, m in model.named_modules() if isinstance(m, nn.Linear)][-1]
    where, _, key = name.rpartition(".")
    parent = model.get_submodule(where)
    setattr(parent, key, nn.Linear(getattr(parent, key).in_features, classes))
    for p in model.parameters():
        p.requires_grad = False
    return model.eval()

# %% wrong replace_head | the new head has a bias only if the old one had
def replace_head(model, classes):
    name = [n for n, m in model.named_modules() if isinstance(m, nn.Linear)][-1]
    old = model.get_submodule(name)
    where, _, key = name.rpartition(".")
    model.requires_grad_(False)
    model.eval()
    setattr(model.get_submodule(where), key, nn.Linear(old.in_features, classes, bias=old.bias is not None))
    return model

# %% wrong replace_head | freezes weight and bias of layers only: parameters that belong to no layer stay trainable
def replace_head(model, classes):
    name = [n for n, m in model.named_modules() if isinstance(m, nn.Linear)][-1]
    where, _, key = name.rpartition(".")
    model.eval()
    for part in model.modules():
        for attribute in ("weight", "bias"):
            p = getattr(part, attribute, None)
            if p is not None:
                p.requires_grad = False
    parent = model.get_submodule(where)
    setattr(parent, key, nn.Linear(getattr(parent, key).in_features, classes))
    return model

# %% wrong replace_head | knows only networks with classifier or fc, and expects the head at the very end
def replace_head(model, classes):
    model.requires_grad_(False)
    model.eval()
    if hasattr(model, "classifier"):
        model.classifier[-1] = nn.Linear(model.classifier[-1].in_features, classes)
    else:
        model.fc = nn.Linear(model.fc.in_features, classes)
    return model

# %% wrong replace_head | frozen, but not in eval mode; and nothing returned
def replace_head(model, classes):
    model.requires_grad_(False)
    name = [n for n, m in model.named_modules() if isinstance(m, nn.Linear)][-1]
    where, _, key = name.rpartition(".")
    parent = model.get_submodule(where)
    setattr(parent, key, nn.Linear(getattr(parent, key).in_features, classes))

# %% wrong parameter_groups | by the beginning of the name: "fc_scale" or "head2" counts as the head, too
def parameter_groups(model, *, head_lr, backbone_lr):
    head = [n for n, m in model.named_modules() if isinstance(m, nn.Linear)][-1]
    fast, slow = [], []
    for name, p in model.named_parameters():
        if p.requires_grad:
            (fast if name.startswith(head) else slow).append(p)
    return [{"params": fast, "lr": head_lr}, {"params": slow, "lr": backbone_lr}]

# %% wrong parameter_groups | a weight that the head shares with an earlier layer gets the backbone's rate
def parameter_groups(model, *, head_lr, backbone_lr):
    head = [n for n, m in model.named_modules() if isinstance(m, nn.Linear)][-1]
    mine = (head + ".weight", head + ".bias")
    trainable = [(n, p) for n, p in model.named_parameters() if p.requires_grad]
    return [
        {"params": [p for n, p in trainable if n in mine], "lr": head_lr},
        {"params": [p for n, p in trainable if n not in mine], "lr": backbone_lr},
    ]

# %% wrong parameter_groups | params are filter objects, no lists
def parameter_groups(model, *, head_lr, backbone_lr):
    head = [m for m in model.modules() if isinstance(m, nn.Linear)][-1]
    ids = {id(p) for p in head.parameters()}
    return [
        {"params": filter(lambda p: p.requires_grad, head.parameters()), "lr": head_lr},
        {"params": filter(lambda p: p.requires_grad and id(p) not in ids, model.parameters()), "lr": backbone_lr},
    ]

# %% wrong parameter_groups | goes through leaf layers only: own parameters of containers missing, shared ones twice
def parameter_groups(model, *, head_lr, backbone_lr):
    leaves = [m for m in model.modules() if not list(m.children())]
    head = [m for m in leaves if isinstance(m, nn.Linear)][-1]
    backbone = []
    for leaf in leaves:
        if leaf is not head:
            backbone += [p for p in leaf.parameters() if p.requires_grad]
    return [
        {"params": [p for p in head.parameters() if p.requires_grad], "lr": head_lr},
        {"params": backbone, "lr": backbone_lr},
    ]

# %% wrong cache_features | no eval mode, dropout drops
def cache_features(backbone, loader, device):
    features, labels = [], []
    with torch.no_grad():
        for images, y in loader:
            features.append(backbone(images.to(device)).cpu())
            labels.append(y)
    return torch.cat(features), torch.cat(labels)

# %% wrong cache_features | inference_mode: the features are no ordinary tensors, a head cannot be trained on them
@torch.inference_mode()
def cache_features(backbone, loader, device):
    features, labels = [], []
    with eval_mode(backbone):
        for images, y in loader:
            features.append(backbone(images.to(device)).float().cpu())
            labels.append(y.cpu())
    return torch.cat(features), torch.cat(labels)

# %% wrong cache_features | squeeze: breaks features of one number; double precision stays double
def cache_features(backbone, loader, device):
    xs, ys = [], []
    with torch.no_grad(), eval_mode(backbone):
        for images, y in loader:
            xs.append(backbone(images.to(device)).squeeze().cpu())
            ys.append(y.cpu())
    return torch.cat(xs), torch.cat(ys)

# %% wrong cache_features | everything stays on the device until the end
def cache_features(backbone, loader, device):
    xs, ys = [], []
    with torch.no_grad(), eval_mode(backbone):
        for images, y in loader:
            xs.append(backbone(images.to(device)))
            ys.append(y)
    return torch.cat(xs).float().cpu(), torch.cat(ys).cpu()

# %% wrong unfreeze_from | startswith on parameters: "feat" passes, a pooling raises, and all is frozen before the error
def unfreeze_from(model, layer):
    found = False
    for name, p in model.named_parameters():
        if name.startswith(layer):
            found = True
        p.requires_grad = found
    if not found:
        raise ValueError(f"no layer {layer}")

# %% wrong unfreeze_from | also switches what it unfreezes to training mode
def unfreeze_from(model, layer):
    names = [n for n, _ in model.named_modules()]
    if layer not in names:
        raise KeyError(layer)
    start = names.index(layer)
    model.requires_grad_(False)
    for name, part in list(model.named_modules())[start:]:
        part.requires_grad_(True)
        part.train()

# %% wrong unfreeze_from | compares names as text
def unfreeze_from(model, layer):
    if layer not in dict(model.named_modules()):
        raise ValueError(f"{layer} does not exist")
    for name, part in model.named_modules():
        for p in part.parameters(recurse=False):
            p.requires_grad = name >= layer

# %% wrong unfreeze_from | throws away the gradients of what it freezes
def unfreeze_from(model, layer):
    names = [n for n, _ in model.named_modules()]
    if layer not in names:
        raise ValueError(f"unknown layer {layer!r}")
    for p in model.parameters():
        p.requires_grad = False
        p.grad = None
    for _, part in list(model.named_modules())[names.index(layer) :]:
        part.requires_grad_(True)

# %% wrong find_learning_rate | zero_grad after the step only: gradients of before count in the first step
def find_learning_rate(model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100):
    weights, memory = copy.deepcopy(model.state_dict()), copy.deepcopy(optimizer.state_dict())
    device = next(model.parameters()).device
    batches = iter(loader)
    rates, losses = [], []
    for i in range(steps):
        try:
            images, labels = next(batches)
        except StopIteration:
            batches = iter(loader)
            images, labels = next(batches)
        rate = lowest * (highest / lowest) ** (i / (steps - 1))
        for group in optimizer.param_groups:
            group["lr"] = rate
        loss = loss_fn(model(images.to(device)), labels.to(device))
        rates.append(rate)
        losses.append(loss.item())
        if not math.isfinite(losses[-1]) or losses[-1] > 4 * min(losses):
            break
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    model.load_state_dict(weights)
    optimizer.load_state_dict(memory)
    return rates, losses

# %% wrong find_learning_rate | itertools.cycle: a loader that shuffles gives the first order again
from itertools import cycle


def find_learning_rate(model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100):
    weights, memory = copy.deepcopy(model.state_dict()), copy.deepcopy(optimizer.state_dict())
    device = next(model.parameters()).device
    rates, losses = [], []
    for i, (images, labels) in enumerate(cycle(loader)):
        if i == steps:
            break
        rate = lowest * (highest / lowest) ** (i / (steps - 1))
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.zero_grad()
        loss = loss_fn(model(images.to(device)), labels.to(device))
        rates.append(rate)
        losses.append(loss.item())
        if not math.isfinite(losses[-1]) or losses[-1] > 4 * min(losses):
            break
        loss.backward()
        optimizer.step()
    model.load_state_dict(weights)
    optimizer.load_state_dict(memory)
    return rates, losses

# %% wrong find_learning_rate | model.train() for the whole model during the search
def find_learning_rate(model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100):
    modes = [(m, m.training) for m in model.modules()]
    weights, memory = copy.deepcopy(model.state_dict()), copy.deepcopy(optimizer.state_dict())
    device = next(model.parameters()).device
    model.train()
    batches, rates, losses = iter(loader), [], []
    for i in range(steps):
        try:
            images, labels = next(batches)
        except StopIteration:
            batches = iter(loader)
            images, labels = next(batches)
        rate = lowest * (highest / lowest) ** (i / (steps - 1))
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.zero_grad()
        loss = loss_fn(model(images.to(device)), labels.to(device))
        rates.append(rate)
        losses.append(loss.item())
        if not math.isfinite(losses[-1]) or losses[-1] > 4 * min(losses):
            break
        loss.backward()
        optimizer.step()
    model.load_state_dict(weights)
    optimizer.load_state_dict(memory)
    for m, mode in modes:
        m.training = mode
    return rates, losses

# %% wrong find_learning_rate | only the first group's rate is set; ends at exactly four times as well
def find_learning_rate(model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100):
    weights, memory = copy.deepcopy(model.state_dict()), copy.deepcopy(optimizer.state_dict())
    device = next(model.parameters()).device
    batches, rates, losses, best = iter(loader), [], [], float("inf")
    for i in range(steps):
        batch = next(batches, None)
        if batch is None:
            batches = iter(loader)
            batch = next(batches)
        images, labels = batch[0].to(device), batch[1].to(device)
        rate = lowest * (highest / lowest) ** (i / (steps - 1))
        optimizer.param_groups[0]["lr"] = rate
        optimizer.zero_grad()
        loss = loss_fn(model(images), labels)
        rates.append(rate)
        losses.append(loss.item())
        if not math.isfinite(loss.item()) or loss.item() >= 4 * best:
            break
        best = min(best, loss.item())
        loss.backward()
        optimizer.step()
    model.load_state_dict(weights)
    optimizer.load_state_dict(memory)
    return rates, losses

# %% wrong find_learning_rate | after a smallest loss of 0 it never ends (`if best and …`)
def find_learning_rate(model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100):
    weights, memory = copy.deepcopy(model.state_dict()), copy.deepcopy(optimizer.state_dict())
    device = next(model.parameters()).device
    batches, rates, losses, best = iter(loader), [], [], None
    for i in range(steps):
        try:
            images, labels = next(batches)
        except StopIteration:
            batches = iter(loader)
            images, labels = next(batches)
        rate = lowest * (highest / lowest) ** (i / (steps - 1))
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.zero_grad()
        loss = loss_fn(model(images.to(device)), labels.to(device))
        value = loss.item()
        rates.append(rate)
        losses.append(value)
        if not math.isfinite(value) or (best and value > 4 * best):
            break
        best = value if best is None else min(best, value)
        loss.backward()
        optimizer.step()
    model.load_state_dict(weights)
    optimizer.load_state_dict(memory)
    return rates, losses

# %% wrong find_learning_rate | state_dict without a copy: nothing is put back; and the exponent is i / steps
def find_learning_rate(model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100):
    weights, memory = model.state_dict(), optimizer.state_dict()
    device = next(model.parameters()).device
    batches, rates, losses = iter(loader), [], []
    for i in range(steps):
        try:
            images, labels = next(batches)
        except StopIteration:
            batches = iter(loader)
            images, labels = next(batches)
        rate = lowest * (highest / lowest) ** (i / steps)
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.zero_grad()
        loss = loss_fn(model(images.to(device)), labels.to(device))
        rates.append(rate)
        losses.append(loss.item())
        if not math.isfinite(losses[-1]) or losses[-1] > 4 * min(losses):
            break
        loss.backward()
        optimizer.step()
    model.load_state_dict(weights)
    optimizer.load_state_dict(memory)
    return rates, losses

# %% wrong find_learning_rate | only nan and four times the smallest end it: goes on after an infinite first loss
def find_learning_rate(model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100):
    weights, memory = copy.deepcopy(model.state_dict()), copy.deepcopy(optimizer.state_dict())
    device = next(model.parameters()).device
    batches, rates, losses, best = iter(loader), [], [], float("inf")
    for i in range(steps):
        try:
            images, labels = next(batches)
        except StopIteration:
            batches = iter(loader)
            images, labels = next(batches)
        rate = lowest * (highest / lowest) ** (i / (steps - 1))
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.zero_grad()
        loss = loss_fn(model(images.to(device)), labels.to(device))
        rates.append(rate)
        losses.append(loss.item())
        if math.isnan(losses[-1]) or losses[-1] > 4 * best:
            break
        best = min(best, losses[-1])
        loss.backward()
        optimizer.step()
    model.load_state_dict(weights)
    optimizer.load_state_dict(memory)
    return rates, losses

# %% wrong suggest_learning_rate | the index of the filtered losses, used in the unfiltered rates
def suggest_learning_rate(rates, losses):
    losses = np.array(losses)
    finite = np.isfinite(losses)
    slope = np.gradient(losses[finite], np.log(np.array(rates)[finite]))
    return float(rates[int(np.argmin(slope))])

# %% wrong suggest_learning_rate | central differences by hand: not np.gradient's where the distances differ
def suggest_learning_rate(rates, losses):
    pairs = [(math.log(r), l, r) for r, l in zip(rates, losses) if math.isfinite(l)]
    best, answer = math.inf, None
    for i in range(len(pairs)):
        a, b = pairs[max(i - 1, 0)], pairs[min(i + 1, len(pairs) - 1)]
        slope = (b[1] - a[1]) / (b[0] - a[0])
        if slope < best:
            best, answer = slope, pairs[i][2]
    return float(answer)

# %% wrong suggest_learning_rate | takes the bad pairs out of the caller's own lists
def suggest_learning_rate(rates, losses):
    for i in reversed(range(len(losses))):
        if not math.isfinite(losses[i]):
            del rates[i], losses[i]
    return float(rates[int(np.argmin(np.gradient(losses, np.log(rates))))])

# %% wrong most_confused | equal counts in the order of the alphabet
def most_confused(matrix, categories, count):
    found = []
    for a in range(len(categories)):
        for p in range(len(categories)):
            n = int(matrix[a, p])
            if a != p and n > 0:
                found.append((categories[a], categories[p], n))
    return sorted(found, key=lambda t: (-t[2], t[0], t[1]))[:count]

# %% wrong most_confused | [-count:] gives everything for 0, and other equal counts at the border
def most_confused(matrix, categories, count):
    n = len(categories)
    found = [(int(matrix[a, p]), -a, -p) for a in range(n) for p in range(n) if a != p and matrix[a, p] > 0]
    found.sort()
    return [(categories[-a], categories[-p], times) for times, a, p in reversed(found[-count:])]

# %% wrong most_confused | right answers recognised by the name: two categories of the same name
def most_confused(matrix, categories, count):
    rows = []
    for actual, line in zip(categories, matrix.tolist()):
        for predicted, times in zip(categories, line):
            if actual != predicted and times:
                rows.append((actual, predicted, times))
    return sorted(rows, key=lambda row: row[2], reverse=True)[:count]

# %% wrong predict_with_mirror | the mean of the logits, then the softmax
def predict_with_mirror(model, images):
    with eval_mode(model), torch.no_grad():
        return ((model(images) + model(images.flip(3))) / 2).softmax(dim=1)

# %% wrong predict_with_mirror | mirrors the caller's images in place
def predict_with_mirror(model, images):
    with eval_mode(model), torch.no_grad():
        straight = model(images.clone()).softmax(dim=1)
        images.copy_(images.flip(3))
        mirrored = model(images).softmax(dim=1)
    return (straight + mirrored) / 2

# %% wrong filters | a small number in the denominator: tiny weights do not reach 1
def filters(model, layer):
    w = model.get_submodule(layer).weight.detach().clone()
    return (w - w.min()) / (w.max() - w.min() + 1e-6)

# %% wrong filters | weights that fill 0 … 1 already are returned themselves, not a copy
def filters(model, layer):
    w = model.get_submodule(layer).weight.detach()
    low, high = w.min(), w.max()
    if low == high:
        return torch.zeros_like(w)
    if low == 0 and high == 1:
        return w
    return (w - low) / (high - low)

# %% wrong feature_maps | in the order of named_modules, not of the run
def feature_maps(model, image):
    layers = {n: m for n, m in model.named_modules() if isinstance(m, (nn.Conv2d, nn.MaxPool2d))}
    maps = dict.fromkeys(layers)

    def make_hook(name):
        def hook(layer, inputs, output):
            maps[name] = output[0].detach().clone()

        return hook

    handles = [m.register_forward_hook(make_hook(n)) for n, m in layers.items()]
    try:
        with eval_mode(model), torch.no_grad():
            model(image[None])
    finally:
        for handle in handles:
            handle.remove()
    return maps

# %% wrong feature_maps | after an error the model stays in eval mode
def feature_maps(model, image):
    maps, handles = {}, []
    modes = [(m, m.training) for m in model.modules()]
    model.eval()
    for name, m in model.named_modules():
        if isinstance(m, (nn.Conv2d, nn.MaxPool2d)):
            def hook(layer, inputs, output, name=name):
                maps[name] = output[0].detach().clone()

            handles.append(m.register_forward_hook(hook))
    try:
        with torch.no_grad():
            model(image[None])
    finally:
        for h in handles:
            h.remove()
    for m, mode in modes:
        m.training = mode
    return maps

# %% wrong feature_maps | switches all in-place ReLUs off for good, instead of keeping copies
def feature_maps(model, image):
    maps, handles = {}, []

    def make_hook(name):
        def hook(layer, inputs, output):
            maps[name] = output[0].detach()

        return hook

    for name, m in model.named_modules():
        if isinstance(m, nn.ReLU):
            m.inplace = False
        if isinstance(m, (nn.Conv2d, nn.MaxPool2d)):
            handles.append(m.register_forward_hook(make_hook(name)))
    try:
        with eval_mode(model), torch.no_grad():
            model(image[None])
    finally:
        for h in handles:
            h.remove()
    return maps

# %% wrong feature_maps | clears all hooks of the layers, also those of others; squeeze() loses a single channel
def feature_maps(model, image):
    maps = {}

    def make_hook(name):
        return lambda layer, inputs, output: maps.__setitem__(name, output.detach().clone().squeeze())

    layers = [(n, m) for n, m in model.named_modules() if isinstance(m, (nn.Conv2d, nn.MaxPool2d))]
    try:
        for n, m in layers:
            m.register_forward_hook(make_hook(n))
        with eval_mode(model), torch.no_grad():
            model(image[None])
    finally:
        for n, m in layers:
            m._forward_hooks.clear()
    return maps

# %% wrong saliency | the largest derivative, without the absolute value
def saliency(model, image, target):
    x = image.detach().clone().requires_grad_()
    with eval_mode(model):
        g = torch.autograd.grad(model(x[None])[0, target], x)[0]
    return g.max(dim=0)[0]

# %% wrong saliency | backward, then zero_grad: gradients that were there before are lost
def saliency(model, image, target):
    x = image.detach().clone().requires_grad_()
    with eval_mode(model):
        model(x.unsqueeze(0))[0, target].backward()
    model.zero_grad()
    return x.grad.abs().amax(dim=0)

# %% wrong occlusion_map | the patch stays, the next is put on the same copy
def occlusion_map(model, image, target, *, size, stride):
    rows = (image.shape[1] - size) // stride + 1
    columns = (image.shape[2] - size) // stride + 1
    result = torch.zeros(rows, columns)
    x = image.clone()
    with eval_mode(model), torch.no_grad():
        base = model(x[None])[0, target]
        for i in range(rows):
            for j in range(columns):
                x[:, i * stride : i * stride + size, j * stride : j * stride + size] = 0
                result[i, j] = base - model(x[None])[0, target]
    return result

# %% wrong occlusion_map | gradients stay switched off for the caller
def occlusion_map(model, image, target, *, size, stride):
    torch.set_grad_enabled(False)
    _, H, W = image.shape
    result = torch.zeros((H - size) // stride + 1, (W - size) // stride + 1)
    with eval_mode(model):
        base = model(image[None])[0, target]
        for i in range(result.shape[0]):
            for j in range(result.shape[1]):
                x = image.clone()
                x[:, i * stride : i * stride + size, j * stride : j * stride + size] = 0
                result[i, j] = base - model(x[None])[0, target]
    return result

# %% wrong grad_cam | in-place ReLUs are switched off and all left on afterwards, also those that were not
def grad_cam(model, layer, image, target):
    kept = {}
    relus = [m for m in model.modules() if isinstance(m, nn.ReLU)]
    for m in relus:
        m.inplace = False
    handle = model.get_submodule(layer).register_forward_hook(lambda m, i, o: kept.update(A=o))
    try:
        with eval_mode(model):
            x = image.detach().clone().requires_grad_()
            g = torch.autograd.grad(model(x[None])[0, target], kept["A"])[0]
    finally:
        handle.remove()
        for m in relus:
            m.inplace = True
    A = kept["A"].detach()
    return (g.mean(dim=(2, 3), keepdim=True) * A).sum(dim=1)[0].clamp(min=0)

# %% wrong grad_cam | squeeze(): maps of one row or one column lose it
def grad_cam(model, layer, image, target):
    kept = []

    def hook(m, inputs, output):
        kept.append(output)
        return output.clone()

    handle = model.get_submodule(layer).register_forward_hook(hook)
    try:
        with eval_mode(model), torch.enable_grad():
            x = image.detach().clone().requires_grad_()
            g = torch.autograd.grad(model(x[None])[0, target], kept[0])[0]
    finally:
        handle.remove()
    return F.relu((g.mean(dim=(2, 3), keepdim=True) * kept[0].detach()).sum(dim=1)).squeeze()

# %% wrong grad_cam | enlarged to the size of the image and normalised to 1
def grad_cam(model, layer, image, target):
    kept = []

    def hook(m, inputs, output):
        kept.append(output)
        return output.clone()

    handle = model.get_submodule(layer).register_forward_hook(hook)
    with eval_mode(model):
        x = image.detach().clone().requires_grad_()
        g = torch.autograd.grad(model(x[None])[0, target], kept[0])[0]
    handle.remove()
    cam = F.relu((g.mean(dim=(2, 3), keepdim=True) * kept[0].detach()).sum(dim=1, keepdim=True))
    cam = F.interpolate(cam, size=image.shape[1:], mode="bilinear", align_corners=False)[0, 0]
    return cam / cam.max().clamp(min=1e-12)

# %% wrong grad_cam | backward with retain_grad, parameters' old gradients set to None
def grad_cam(model, layer, image, target):
    kept = []

    def hook(m, inputs, output):
        output.retain_grad()
        kept.append(output)
        return output.clone()

    handle = model.get_submodule(layer).register_forward_hook(hook)
    try:
        with eval_mode(model):
            x = image.detach().clone().requires_grad_()
            model(x[None])[0, target].backward()
    finally:
        handle.remove()
    model.zero_grad(set_to_none=True)
    A = kept[0]
    return (A.grad.mean(dim=(2, 3), keepdim=True) * A.detach()).sum(dim=1)[0].clamp(min=0)

# %% wrong quiz_batch_norm | a
quiz_batch_norm = "a"

# %% wrong quiz_rate | the smallest loss
quiz_rate = "b"
