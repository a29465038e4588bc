# %% right preprocess | torchvision's functional, step by step
from torchvision.transforms import functional as TF
from torchvision.transforms import InterpolationMode

def preprocess(image):
    rgb = image.convert("RGB")
    rgb = TF.resize(rgb, 256, interpolation=InterpolationMode.BILINEAR, antialias=True)
    rgb = TF.center_crop(rgb, [224, 224])
    return TF.normalize(TF.to_tensor(rgb), [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])

# %% right preprocess | PIL and NumPy by hand, float64 inside
def preprocess(image):
    image = image.convert("RGB")
    w, h = image.size
    if w <= h:
        new = (256, 256 * h // w)
    else:
        new = (256 * w // h, 256)
    image = image.resize(new, Image.BILINEAR)
    left = (new[0] - 224) // 2
    top = (new[1] - 224) // 2
    image = image.crop((left, top, left + 224, top + 224))
    a = np.array(image, dtype=np.float64) / 255.0
    a = (a - np.array([0.485, 0.456, 0.406])) / np.array([0.229, 0.224, 0.225])
    return torch.from_numpy(a.transpose(2, 0, 1).copy()).float()

# %% right preprocess | the weights' own transforms, kept in a class
class _Preparation:
    """Callable with a lazily built transform."""

    _transform = None

    def __call__(self, image):
        if _Preparation._transform is None:
            from torchvision.models import VGG16_Weights as W
            _Preparation._transform = W.IMAGENET1K_V1.transforms()
        return self._transform(image.convert("RGB"))

preprocess = _Preparation()

# %% wrong preprocess | squashed to 256x256
def preprocess(image):
    image = image.convert("RGB").resize((256, 256), Image.BILINEAR)
    image = image.crop((16, 16, 240, 240))
    x = torch.from_numpy(np.asarray(image).copy()).permute(2, 0, 1).float() / 255
    return (x - MEAN[:, None, None]) / STD[:, None, None]

# %% wrong preprocess | longer side is rounded up, not down
def preprocess(image):
    image = image.convert("RGB")
    w, h = image.size
    short = min(w, h)
    w2, h2 = math.ceil(w * 256 / short), math.ceil(h * 256 / short)
    image = image.resize((w2, h2), Image.Resampling.BILINEAR)
    l, t = (w2 - 224) // 2, (h2 - 224) // 2
    image = image.crop((l, t, l + 224, t + 224))
    x = torch.tensor(np.array(image)).permute(2, 0, 1) / 255
    return (x - MEAN[:, None, None]) / STD[:, None, None]

# %% wrong preprocess | PIL's default interpolation (bicubic) instead of bilinear
def preprocess(image):
    img = image.convert("RGB")
    scale = 256 / min(img.size)
    width, height = [256 if s == min(img.size) else int(s * 256 / min(img.size)) for s in img.size]
    img = img.resize((width, height))
    left, top = (width - 224) // 2, (height - 224) // 2
    img = img.crop((left, top, left + 224, top + 224))
    arr = np.asarray(img, dtype=np.float32) / 255
    arr = (arr - MEAN.numpy()) / STD.numpy()
    return torch.from_numpy(arr.transpose(2, 0, 1).copy())

# %% wrong preprocess | no convert("RGB"): palette numbers taken for grey, first three of CMYK taken
def preprocess(image):
    pixels = np.array(image)
    if pixels.ndim == 2:
        pixels = np.stack([pixels] * 3, axis=-1)
    elif pixels.shape[2] == 2:
        pixels = np.repeat(pixels[:, :, :1], 3, axis=2)
    pixels = Image.fromarray(pixels[:, :, :3].astype(np.uint8))
    from torchvision import transforms
    return transforms.Compose([
        transforms.Resize(256),
        transforms.CenterCrop(224),
        transforms.ToTensor(),
        transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
    ])(pixels)

# %% wrong preprocess | thumbnail: changes a given RGB picture, and does not enlarge small ones (two mistakes)
def preprocess(image):
    if image.mode != "RGB":
        image = image.convert("RGB")
    w, h = image.size
    s = min(w, h)
    image.thumbnail((w * 256 // s, h * 256 // s), Image.BILINEAR)
    w, h = image.size
    left, top = (w - 224) // 2, (h - 224) // 2
    image = image.crop((left, top, left + 224, top + 224))
    x = torch.from_numpy(np.array(image)).permute(2, 0, 1).float().div(255)
    return (x - MEAN.view(3, 1, 1)) / STD.view(3, 1, 1)

# %% right top_k | heapq and plain loops
import heapq

def top_k(model, images, categories, k):
    answer = []
    with torch.no_grad(), eval_mode(model):
        logits = model(images)
    probabilities = torch.softmax(logits.double(), dim=1).tolist()
    for row in probabilities:
        best = heapq.nlargest(k, range(len(row)), key=lambda c: row[c])
        pairs = []
        for c in best:
            pairs.append((categories[c], row[c]))
        answer.append(pairs)
    return answer

# %% right top_k | NumPy, scipy, decorator no_grad, own restoring of modes
from scipy.special import softmax as _softmax

@torch.no_grad()
def top_k(model, images, categories, k):
    modes = {m: m.training for m in model.modules()}
    try:
        model.eval()
        scores = model(images).cpu().numpy().astype(np.float64)
    finally:
        for m, t in modes.items():
            m.training = t
    p = _softmax(scores, axis=1)
    order = np.argsort(-p, axis=1, kind="stable")[:, :k]
    return [[(categories[int(c)], float(row[c])) for c in o] for row, o in zip(p, order)]

# %% wrong top_k | home-made softmax without subtracting the maximum: overflows
def top_k(model, images, categories, k):
    with eval_mode(model):
        with torch.no_grad():
            e = torch.exp(model(images))
    p = e / e.sum(dim=1, keepdim=True)
    values, indices = p.topk(k, dim=1)
    return [
        [(categories[i], v) for v, i in zip(vs, ids)]
        for vs, ids in zip(values.tolist(), indices.tolist())
    ]

# %% wrong top_k | pairs go through a dict: categories of the same name are merged
def top_k(model, images, categories, k):
    with eval_mode(model), torch.no_grad():
        probs = model(images).softmax(dim=1)
    out = []
    for row in probs:
        table = dict(zip(categories, row.tolist()))
        out.append(sorted(table.items(), key=lambda item: item[1], reverse=True)[:k])
    return out

# %% wrong top_k | skips the softmax if the logits happen to add up to 1, switches gradients on for good (two mistakes)
def top_k(model, images, categories, k):
    torch.set_grad_enabled(False)
    with eval_mode(model):
        out = model(images)
    torch.set_grad_enabled(True)
    # some models already end in a softmax
    if not torch.allclose(out.sum(dim=1), torch.ones(len(out))):
        out = out.softmax(dim=1)
    values, indices = out.topk(k)
    return [[(categories[i], v) for v, i in zip(a, b)] for a, b in zip(values.tolist(), indices.tolist())]

# %% wrong top_k | a list of tuples instead of a list of lists
def top_k(model, images, categories, k):
    with eval_mode(model), torch.no_grad():
        values, indices = model(images).softmax(1).topk(k)
    return [tuple(zip([categories[i] for i in ids], ps)) for ids, ps in zip(indices.tolist(), values.tolist())]

# %% right replace_head | defensive, puts it into _modules, keeps device and dtype
def replace_head(model, classes):
    linears = [(name, part) for name, part in model.named_modules() if isinstance(part, nn.Linear)]
    if not linears:
        raise ValueError("this model has no nn.Linear")
    name, old = linears[-1]
    if "." in name:
        parent_name, child_name = name.rsplit(".", 1)
        where = model.get_submodule(parent_name)
    else:
        where, child_name = model, name
    for p in model.parameters():
        p.requires_grad = False
    model.eval()
    new = nn.Linear(old.in_features, classes, bias=True, device=old.weight.device, dtype=old.weight.dtype)
    where._modules[child_name] = new
    return model

# %% right replace_head | walks to the parent with reduce, head in eval mode, too
from functools import reduce

def replace_head(model, classes):
    *path, last = [n for n, m in model.named_modules() if isinstance(m, nn.Linear)][-1].split(".")
    parent = reduce(getattr, path, model)
    old = getattr(parent, last)
    new = nn.Linear(old.in_features, int(classes)).to(old.weight)
    setattr(parent, last, new)
    model.requires_grad_(False).eval()
    new.requires_grad_(True)
    return model

# %% wrong replace_head | knows only .fc and .classifier[-1], not wherever in the model it is
def replace_head(model, classes):
    for p in model.parameters():
        p.requires_grad = False
    if hasattr(model, "fc"):
        model.fc = nn.Linear(model.fc.in_features, classes)
    else:
        model.classifier[-1] = nn.Linear(model.classifier[-1].in_features, classes)
    model.eval()
    return model

# %% wrong replace_head | frozen, but nothing is put in eval mode
def replace_head(model, classes):
    name = [n for n, m in model.named_modules() if isinstance(m, nn.Linear)][-1]
    where, _, child = name.rpartition(".")
    model.requires_grad_(False)
    parent = model.get_submodule(where)
    setattr(parent, child, nn.Linear(getattr(parent, child).in_features, classes))
    return model

# %% wrong replace_head | freezes layer by layer: parameters that belong to no layer stay trainable
def replace_head(model, classes):
    name = [n for n, m in model.named_modules() if isinstance(m, nn.Linear)][-1]
    for part in model.modules():
        part.training = False
        if isinstance(part, (nn.Conv2d, nn.Linear, nn.BatchNorm1d, nn.BatchNorm2d, nn.LayerNorm, nn.GroupNorm)):
            for p in part.parameters():
                p.requires_grad = False
    where, _, child = name.rpartition(".")
    parent = model.get_submodule(where)
    setattr(parent, child, nn.Linear(model.get_submodule(name).in_features, classes))
    return model

# %% wrong replace_head | has a bias only if the old head had one
def replace_head(model, classes):
    name, old = [(n, m) for n, m in model.named_modules() if isinstance(m, nn.Linear)][-1]
    where, _, child = name.rpartition(".")
    model.requires_grad_(False)
    model.eval()
    head = nn.Linear(old.in_features, classes, bias=old.bias is not None, device=old.weight.device)
    setattr(model.get_submodule(where), child, head)
    return model

# %% wrong replace_head | looks only at the model's own mode: an eval model with parts in training mode keeps them
def replace_head(model, classes):
    name, old = [(n, m) for n, m in model.named_modules() if isinstance(m, nn.Linear)][-1]
    where, _, child = name.rpartition(".")
    if model.training:
        model.eval()
    model.requires_grad_(False)
    setattr(model.get_submodule(where), child, nn.Linear(old.in_features, classes))
    return model

# %% right parameter_groups | one group for each parameter, dataclass in between, empty groups left out
from dataclasses import dataclass, field

@dataclass
class _Group:
    lr: float
    params: list = field(default_factory=list)

def parameter_groups(model, *, head_lr, backbone_lr):
    head = None
    for module in model.modules():
        if isinstance(module, nn.Linear):
            head = module
    seen = set()
    groups = []

    def add(parameters, lr):
        for p in parameters:
            if not p.requires_grad or id(p) in seen:
                continue
            seen.add(id(p))
            groups.append(_Group(float(lr), [p]))

    if head is not None:
        add(head.parameters(), head_lr)
    add(model.parameters(), backbone_lr)
    return [{"params": g.params, "lr": g.lr} for g in groups]

# %% wrong parameter_groups | frozen parameters are in the groups
def parameter_groups(model, *, head_lr, backbone_lr):
    head = [m for m in model.modules() if isinstance(m, nn.Linear)][-1]
    ids = {id(p) for p in head.parameters()}
    backbone = [p for p in model.parameters() if id(p) not in ids]
    return [{"params": list(head.parameters()), "lr": head_lr}, {"params": backbone, "lr": backbone_lr}]

# %% wrong parameter_groups | by the beginning of the name: fc takes fc_norm with it
def parameter_groups(model, *, head_lr, backbone_lr):
    head_name = [n for n, m in model.named_modules() if isinstance(m, nn.Linear)][-1]
    head_ids = {id(p) for p in model.get_submodule(head_name).parameters()}
    head, rest = [], []
    for name, p in model.named_parameters():
        if not p.requires_grad:
            continue
        if name.startswith(head_name) or id(p) in head_ids:
            head.append(p)
        else:
            rest.append(p)
    return [{"params": head, "lr": head_lr}, {"params": rest, "lr": backbone_lr}]

# %% wrong parameter_groups | by full names: a weight shared with the head has another layer's name and goes to the backbone
def parameter_groups(model, *, head_lr, backbone_lr):
    head_name = [n for n, m in model.named_modules() if isinstance(m, nn.Linear)][-1]
    head, rest = [], []
    for name, p in model.named_parameters():
        if p.requires_grad:
            (head if name.rpartition(".")[0] == head_name else rest).append(p)
    return [{"params": head, "lr": head_lr}, {"params": rest, "lr": backbone_lr}]

# %% wrong parameter_groups | compares values: other zeros of the same shape are taken for the head's
def parameter_groups(model, *, head_lr, backbone_lr):
    head = [m for m in model.modules() if isinstance(m, nn.Linear)][-1]
    head_params = [p for p in head.parameters() if p.requires_grad]

    def is_head(p):
        return any(p.shape == q.shape and torch.equal(p, q) for q in head.parameters())

    rest = [p for p in model.parameters() if p.requires_grad and not is_head(p)]
    return [{"params": head_params, "lr": head_lr}, {"params": rest, "lr": backbone_lr}]

# %% wrong parameter_groups | params are filter objects, used up after one look, not lists
def parameter_groups(model, *, head_lr, backbone_lr):
    head = [m for m in model.modules() if isinstance(m, nn.Linear)][-1]
    ids = set(map(id, head.parameters()))
    return [
        {"params": filter(lambda p: p.requires_grad, head.parameters()), "lr": head_lr},
        {"params": filter(lambda p: p.requires_grad and id(p) not in ids, model.parameters()), "lr": backbone_lr},
    ]

# %% right cache_features | beginner's loop, own restoring of modes
def cache_features(backbone, loader, device):
    before = []
    for part in backbone.modules():
        before.append(part.training)
    backbone.eval()
    all_features = []
    all_labels = []
    try:
        for batch in loader:
            images, labels = batch
            images = images.to(device)
            with torch.no_grad():
                out = backbone(images)
            out = out.detach().cpu().to(torch.float32)
            all_features.append(out)
            all_labels.append(torch.as_tensor(labels).cpu())
    finally:
        for part, mode in zip(backbone.modules(), before):
            part.training = mode
    return torch.cat(all_features, dim=0), torch.cat(all_labels, dim=0)

# %% right cache_features | generator and zip(*)
def cache_features(backbone, loader, device):
    def pairs():
        for x, y in loader:
            yield backbone(x.to(device)).cpu().float(), y.cpu()

    with eval_mode(backbone), torch.no_grad():
        xs, ys = zip(*pairs())
        return torch.cat(xs), torch.cat(ys)

# %% wrong cache_features | no eval mode: one draw of dropout for ever
def cache_features(backbone, loader, device):
    features, labels = [], []
    with torch.no_grad():
        for x, y in loader:
            features.append(backbone(x.to(device)).cpu().float())
            labels.append(y)
    return torch.cat(features), torch.cat(labels)

# %% wrong cache_features | loops over the loader twice: shuffled labels do not fit
def cache_features(backbone, loader, device):
    with torch.no_grad(), eval_mode(backbone):
        features = torch.cat([backbone(x.to(device)).cpu().float() for x, _ in loader])
        labels = torch.cat([y for _, y in loader])
    return features, labels

# %% wrong cache_features | inference tensors: no head can be trained on them
@torch.inference_mode()
def cache_features(backbone, loader, device):
    features, labels = [], []
    with eval_mode(backbone):
        for images, targets in loader:
            features.append(backbone(images.to(device)).float().cpu())
            labels.append(targets.cpu())
    return torch.cat(features), torch.cat(labels)

# %% wrong cache_features | maps are flattened: not what the backbone gives
def cache_features(backbone, loader, device):
    features, labels = [], []
    with eval_mode(backbone), torch.no_grad():
        for images, targets in loader:
            out = backbone(images.to(device))
            features.append(out.reshape(len(out), -1).float().cpu())
            labels.append(targets)
    return torch.cat(features), torch.cat(labels)

# %% wrong cache_features | moved to the CPU only at the end, and not made float32 (two mistakes)
def cache_features(backbone, loader, device):
    features, labels = [], []
    with eval_mode(backbone), torch.no_grad():
        for images, targets in loader:
            features.append(backbone(images.to(device)))
            labels.append(targets)
    return torch.cat(features).cpu(), torch.cat(labels).cpu()

# %% right unfreeze_from | position in the list of names
def unfreeze_from(model, layer):
    names, parts = zip(*model.named_modules())
    if layer not in names:
        raise ValueError(f"the model has no layer {layer!r}; it has {', '.join(names)}")
    model.requires_grad_(False)
    for part in parts[names.index(layer):]:
        part.requires_grad_(True)

# %% right unfreeze_from | without recursion: each module's own parameters by a flag
def unfreeze_from(model, layer):
    modules = dict(model.named_modules())
    if not isinstance(layer, str) or layer not in modules:
        raise KeyError(layer)
    trainable = False
    for name, module in modules.items():
        trainable = trainable or name == layer
        for p in module._parameters.values():
            if p is not None:
                p.requires_grad = trainable

# %% wrong unfreeze_from | names are compared as text
def unfreeze_from(model, layer):
    names = [n for n, _ in model.named_modules()]
    if layer not in names:
        raise KeyError(f"no layer {layer}")
    for name, p in model.named_parameters():
        p.requires_grad = name >= layer

# %% wrong unfreeze_from | by the beginning of parameters' names: half names pass, poolings do not; raises after freezing (two mistakes)
def unfreeze_from(model, layer):
    found = False
    for name, p in model.named_parameters():
        if name.startswith(layer):
            found = True
        p.requires_grad = found
    if not found:
        raise ValueError(f"layer {layer} not found")

# %% wrong unfreeze_from | freezes everything before it finds out that there is no such layer
def unfreeze_from(model, layer):
    for p in model.parameters():
        p.requires_grad = False
    reached = False
    for name, part in model.named_modules():
        if name == layer:
            reached = True
        if reached:
            for p in part.parameters():
                p.requires_grad = True
    if not reached:
        raise KeyError(f"{layer} is not a layer of this model")

# %% wrong unfreeze_from | puts what is frozen in eval mode, the rest in training mode
def unfreeze_from(model, layer):
    names = [n for n, _ in model.named_modules()]
    if layer not in names:
        raise ValueError(f"unknown layer: {layer}")
    model.requires_grad_(False)
    model.eval()
    for name, part in list(model.named_modules())[names.index(layer):]:
        part.requires_grad_(True)
        part.train()

# %% wrong unfreeze_from | only layers without children: a container's own parameters stay as they were
def unfreeze_from(model, layer):
    modules = list(model.named_modules())
    names = [n for n, _ in modules]
    try:
        start = names.index(layer)
    except ValueError:
        raise ValueError(f"{layer!r} is not in the model") from None
    for i, (name, part) in enumerate(modules):
        if len(list(part.children())) == 0:
            for p in part.parameters():
                p.requires_grad = i >= start

# %% right find_learning_rate | everything saved by hand, endless generator, try/finally
def _endless(loader):
    while True:
        for batch in loader:
            yield batch

def find_learning_rate(model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100):
    tensors = [*model.parameters(), *model.buffers()]
    saved = [t.detach().clone() for t in tensors]
    memory = copy.deepcopy(optimizer.state_dict())
    device = next(model.parameters()).device
    rates, losses = [], []
    try:
        batches = _endless(loader)
        for i in range(steps):
            rate = float(lowest * (highest / lowest) ** (i / (steps - 1)))
            for group in optimizer.param_groups:
                group["lr"] = rate
            images, labels = next(batches)
            optimizer.zero_grad()
            with torch.enable_grad():
                loss = loss_fn(model(images.to(device)), labels.to(device))
                value = loss.item()
                rates.append(rate)
                losses.append(float(value))
                if not math.isfinite(value) or value > 4 * min(losses):
                    break
                loss.backward()
            optimizer.step()
    finally:
        with torch.no_grad():
            for t, old in zip(tensors, saved):
                t.copy_(old)
        optimizer.load_state_dict(memory)
        optimizer.zero_grad()
    return rates, losses

# %% right find_learning_rate | logspace, next/StopIteration, zero_grad on the model
def find_learning_rate(model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100):
    weights = copy.deepcopy(model.state_dict())
    opt_state = copy.deepcopy(optimizer.state_dict())
    device = next(model.parameters()).device
    schedule = np.exp(np.linspace(np.log(lowest), np.log(highest), steps)).tolist()
    rates, losses, best = [], [], float("inf")
    it = iter(loader)
    with torch.enable_grad():
        for lr in schedule:
            try:
                x, y = next(it)
            except StopIteration:
                it = iter(loader)
                x, y = next(it)
            for g in optimizer.param_groups:
                g["lr"] = lr
            model.zero_grad()
            loss = loss_fn(model(x.to(device)), y.to(device))
            rates.append(lr)
            losses.append(loss.item())
            best = min(best, losses[-1])
            if not np.isfinite(losses[-1]) or losses[-1] > 4 * best:
                break
            loss.backward()
            optimizer.step()
    model.load_state_dict(weights)
    optimizer.load_state_dict(opt_state)
    return rates, losses

# %% wrong find_learning_rate | state_dict without a copy: nothing is undone
def find_learning_rate(model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100):
    weights, state = model.state_dict(), optimizer.state_dict()
    device = next(model.parameters()).device
    rates, losses = [], []
    it = iter(loader)
    with torch.enable_grad():
        for i in range(steps):
            lr = lowest * (highest / lowest) ** (i / (steps - 1))
            for g in optimizer.param_groups:
                g["lr"] = lr
            try:
                x, y = next(it)
            except StopIteration:
                it = iter(loader)
                x, y = next(it)
            optimizer.zero_grad()
            loss = loss_fn(model(x.to(device)), y.to(device))
            rates.append(lr)
            losses.append(loss.item())
            if not math.isfinite(losses[-1]) or losses[-1] > 4 * min(losses):
                break
            loss.backward()
            optimizer.step()
    model.load_state_dict(weights)
    optimizer.load_state_dict(state)
    return rates, losses

# %% wrong find_learning_rate | zero_grad after the step only: gradients of before count in the first step
def find_learning_rate(model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100):
    weights = copy.deepcopy(model.state_dict())
    state = copy.deepcopy(optimizer.state_dict())
    device = next(model.parameters()).device
    rates, losses = [], []
    it = iter(loader)
    with torch.enable_grad():
        for i in range(steps):
            lr = lowest * (highest / lowest) ** (i / (steps - 1))
            for g in optimizer.param_groups:
                g["lr"] = lr
            try:
                x, y = next(it)
            except StopIteration:
                it = iter(loader)
                x, y = next(it)
            loss = loss_fn(model(x.to(device)), y.to(device))
            rates.append(lr)
            losses.append(loss.item())
            if not math.isfinite(losses[-1]) or losses[-1] > 4 * min(losses):
                break
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
    model.load_state_dict(weights)
    optimizer.load_state_dict(state)
    return rates, losses

# %% wrong find_learning_rate | itertools.cycle keeps the first round's batches, no new iter(loader)
import itertools

def find_learning_rate(model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100):
    weights = copy.deepcopy(model.state_dict())
    state = copy.deepcopy(optimizer.state_dict())
    device = next(model.parameters()).device
    rates, losses = [], []
    with torch.enable_grad():
        for i, (x, y) in zip(range(steps), itertools.cycle(loader)):
            lr = lowest * (highest / lowest) ** (i / (steps - 1))
            for g in optimizer.param_groups:
                g["lr"] = lr
            optimizer.zero_grad()
            loss = loss_fn(model(x.to(device)), y.to(device))
            rates.append(lr)
            losses.append(loss.item())
            if not math.isfinite(losses[-1]) or losses[-1] > 4 * min(losses):
                break
            loss.backward()
            optimizer.step()
    model.load_state_dict(weights)
    optimizer.load_state_dict(state)
    return rates, losses

# %% wrong find_learning_rate | only the first parameter group gets the rate
def find_learning_rate(model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100):
    weights = copy.deepcopy(model.state_dict())
    state = copy.deepcopy(optimizer.state_dict())
    device = next(model.parameters()).device
    rates, losses = [], []
    it = iter(loader)
    with torch.enable_grad():
        for i in range(steps):
            lr = lowest * (highest / lowest) ** (i / (steps - 1))
            optimizer.param_groups[0]["lr"] = lr
            try:
                x, y = next(it)
            except StopIteration:
                it = iter(loader)
                x, y = next(it)
            optimizer.zero_grad()
            loss = loss_fn(model(x.to(device)), y.to(device))
            rates.append(lr)
            losses.append(loss.item())
            if not math.isfinite(losses[-1]) or losses[-1] > 4 * min(losses):
                break
            loss.backward()
            optimizer.step()
    model.load_state_dict(weights)
    optimizer.load_state_dict(state)
    return rates, losses

# %% wrong find_learning_rate | trains in training mode, whatever the modes are (and restores them)
def find_learning_rate(model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100):
    weights = copy.deepcopy(model.state_dict())
    state = copy.deepcopy(optimizer.state_dict())
    modes = [(m, m.training) for m in model.modules()]
    device = next(model.parameters()).device
    rates, losses = [], []
    model.train()
    it = iter(loader)
    with torch.enable_grad():
        for i in range(steps):
            lr = lowest * (highest / lowest) ** (i / (steps - 1))
            for g in optimizer.param_groups:
                g["lr"] = lr
            try:
                x, y = next(it)
            except StopIteration:
                it = iter(loader)
                x, y = next(it)
            optimizer.zero_grad()
            loss = loss_fn(model(x.to(device)), y.to(device))
            rates.append(lr)
            losses.append(loss.item())
            if not math.isfinite(losses[-1]) or losses[-1] > 4 * min(losses):
                break
            loss.backward()
            optimizer.step()
    model.load_state_dict(weights)
    optimizer.load_state_dict(state)
    for m, mode in modes:
        m.training = mode
    return rates, losses

# %% wrong find_learning_rate | ends at exactly 4 times, too, and a loss that is not finite is not noted (two mistakes)
def find_learning_rate(model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100):
    weights = copy.deepcopy(model.state_dict())
    state = copy.deepcopy(optimizer.state_dict())
    device = next(model.parameters()).device
    rates, losses, smallest = [], [], math.inf
    it = iter(loader)
    with torch.enable_grad():
        for i in range(steps):
            lr = lowest * (highest / lowest) ** (i / (steps - 1))
            for g in optimizer.param_groups:
                g["lr"] = lr
            try:
                x, y = next(it)
            except StopIteration:
                it = iter(loader)
                x, y = next(it)
            optimizer.zero_grad()
            loss = loss_fn(model(x.to(device)), y.to(device))
            if not torch.isfinite(loss):
                break
            rates.append(lr)
            losses.append(loss.item())
            if losses[-1] >= 4 * smallest:
                break
            smallest = min(smallest, losses[-1])
            loss.backward()
            optimizer.step()
    model.load_state_dict(weights)
    optimizer.load_state_dict(state)
    return rates, losses

# %% wrong find_learning_rate | restores only what the optimiser had for a parameter already: a fresh one keeps the trial's memory
def find_learning_rate(model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100):
    weights = {k: v.clone() for k, v in model.state_dict().items()}
    memory = {p: copy.deepcopy(s) for p, s in optimizer.state.items()}
    old_rates = [g["lr"] for g in optimizer.param_groups]
    device = next(model.parameters()).device
    rates, losses = [], []
    it = iter(loader)
    with torch.enable_grad():
        for i in range(steps):
            lr = lowest * (highest / lowest) ** (i / (steps - 1))
            for g in optimizer.param_groups:
                g["lr"] = lr
            batch = next(it, None)
            if batch is None:
                it = iter(loader)
                batch = next(it)
            x, y = batch[0].to(device), batch[1].to(device)
            optimizer.zero_grad()
            loss = loss_fn(model(x), y)
            rates.append(lr)
            losses.append(loss.item())
            if not math.isfinite(losses[-1]) or losses[-1] > 4 * min(losses):
                break
            loss.backward()
            optimizer.step()
    model.load_state_dict(weights)
    for p, s in memory.items():
        optimizer.state[p] = s
    for g, lr in zip(optimizer.param_groups, old_rates):
        g["lr"] = lr
    return rates, losses

# %% right suggest_learning_rate | pandas
import pandas as pd

def suggest_learning_rate(rates, losses):
    frame = pd.DataFrame({"rate": list(rates), "loss": list(losses)}, dtype=float)
    frame = frame.replace([np.inf, -np.inf], np.nan).dropna().reset_index(drop=True)
    frame["slope"] = np.gradient(frame["loss"].to_numpy(), np.log(frame["rate"].to_numpy()))
    return float(frame.loc[frame["slope"].idxmin(), "rate"])

# %% wrong suggest_learning_rate | difference to the next loss, not both neighbours
def suggest_learning_rate(rates, losses):
    ok = np.isfinite(losses)
    r, l = np.array(rates)[ok], np.array(losses)[ok]
    slopes = np.diff(l) / np.diff(np.log(r))
    return float(r[np.argmin(slopes)])

# %% wrong suggest_learning_rate | nanargmin instead of leaving the pairs out first
def suggest_learning_rate(rates, losses):
    losses = np.where(np.isfinite(losses), losses, np.nan)
    slopes = np.gradient(losses, np.log(rates))
    return float(rates[int(np.nanargmin(slopes))])

# %% wrong suggest_learning_rate | leaves out nan, but not infinity
def suggest_learning_rate(rates, losses):
    r, l = np.asarray(rates, float), np.asarray(losses, float)
    keep = ~np.isnan(l)
    r, l = r[keep], l[keep]
    with np.errstate(all="ignore"):
        slopes = np.gradient(l, np.log(r))
    return float(r[np.nanargmin(slopes)])

# %% wrong suggest_learning_rate | slope against the step, as if rates were evenly spaced
def suggest_learning_rate(rates, losses):
    finite = [(r, l) for r, l in zip(rates, losses) if math.isfinite(l)]
    slopes = np.gradient([l for _, l in finite])
    return float(finite[int(np.argmin(slopes))][0])

# %% wrong suggest_learning_rate | deletes pairs from the given lists, and takes the last of equal slopes (two mistakes)
def suggest_learning_rate(rates, losses):
    for i in reversed(range(len(losses))):
        if not math.isfinite(losses[i]):
            del rates[i], losses[i]
    slopes = np.gradient(losses, np.log(rates))
    best, best_slope = rates[0], math.inf
    for rate, slope in zip(rates, slopes):
        if slope <= best_slope:
            best, best_slope = rate, slope
    return float(best)

# %% right most_confused | NumPy lexsort on indices
def most_confused(matrix, categories, count):
    m = matrix.detach().cpu().numpy().copy()
    np.fill_diagonal(m, 0)
    a, p = np.nonzero(m)
    n = m[a, p].astype(np.int64)
    order = np.lexsort((p, a, -n))[:count]
    return [(categories[a[i]], categories[p[i]], int(n[i])) for i in order]

# %% wrong most_confused | np.fill_diagonal on a view of the given matrix
def most_confused(matrix, categories, count):
    m = matrix.numpy()
    np.fill_diagonal(m, 0)
    order = np.argsort(-m, axis=None, kind="stable")
    result = []
    for i in order[:count]:
        a, p = divmod(int(i), len(categories))
        if m[a, p] > 0:
            result.append((categories[a], categories[p], int(m[a, p])))
    return result

# %% wrong most_confused | equally frequent ones by the alphabet, not in the order of the matrix
def most_confused(matrix, categories, count):
    triples = [
        (categories[a], categories[p], int(matrix[a, p]))
        for a in range(len(categories))
        for p in range(len(categories))
        if a != p and matrix[a, p] != 0
    ]
    return sorted(triples, key=lambda t: (-t[2], t[0], t[1]))[:count]

# %% wrong most_confused | float32 inside: large counts lose their last digits
def most_confused(matrix, categories, count):
    m = matrix.clone().float()
    m.fill_diagonal_(0)
    values, order = m.flatten().sort(descending=True, stable=True)
    out = []
    for v, i in zip(values.tolist(), order.tolist()):
        if v == 0 or len(out) == count:
            break
        out.append((categories[i // len(m)], categories[i % len(m)], int(v)))
    return out

# %% right predict_with_mirror | one batch of both, reshaped
def predict_with_mirror(model, images):
    both = torch.cat([images, torch.flip(images, dims=[-1])])
    with torch.no_grad(), eval_mode(model):
        p = torch.softmax(model(both), dim=-1)
    return p.reshape(2, len(images), -1).mean(dim=0)

# %% right predict_with_mirror | columns picked backwards, log_softmax, log-add-exp
def predict_with_mirror(model, images):
    backwards = torch.arange(images.shape[3] - 1, -1, -1, device=images.device)
    with torch.no_grad():
        with eval_mode(model):
            one = F.log_softmax(model(images), dim=1)
            two = F.log_softmax(model(images.index_select(3, backwards)), dim=1)
        return (torch.logaddexp(one, two) - math.log(2)).exp()

# %% wrong predict_with_mirror | mean of the logits, then softmax
def predict_with_mirror(model, images):
    with eval_mode(model), torch.no_grad():
        logits = (model(images) + model(images.flip(3))) / 2
    return logits.softmax(dim=1)

# %% wrong predict_with_mirror | remembers only the model's own mode
def predict_with_mirror(model, images):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        p = (model(images).softmax(1) + model(images.flip(3)).softmax(1)) / 2
    model.train(was_training)
    return p

# %% wrong predict_with_mirror | mirrors the given images in place
def predict_with_mirror(model, images):
    with eval_mode(model), torch.no_grad():
        p = model(images).softmax(dim=1)
        images[:] = images.flip(3)
        p = p + model(images).softmax(dim=1)
    return p / 2

# %% wrong predict_with_mirror | computed with gradients, cut off afterwards; exp overflows (two mistakes)
def predict_with_mirror(model, images):
    with eval_mode(model):
        one, two = model(images).exp(), model(images.flip(-1)).exp()
    one = one / one.sum(dim=1, keepdim=True)
    two = two / two.sum(dim=1, keepdim=True)
    return ((one + two) / 2).detach()

# %% right filters | nan_to_num for 0 / 0
def filters(model, layer):
    w = dict(model.named_modules())[layer].weight.detach().clone()
    w -= w.min()
    w /= w.max()
    return torch.nan_to_num(w, nan=0.0)

# %% right filters | float64 NumPy inside
def filters(model, layer):
    w = model.get_submodule(layer).weight.detach().cpu().numpy().astype(np.float64)
    low, high = w.min(), w.max()
    span = high - low
    scaled = (w - low) / span if span > 0 else np.zeros_like(w)
    return torch.tensor(scaled, dtype=torch.float32)

# %% wrong filters | scales the model's own weights in place
def filters(model, layer):
    w = model.get_submodule(layer).weight.data
    w -= w.min()
    if w.max() > 0:
        w /= w.max()
    return w

# %% wrong filters | a small number in the denominator: tiny weights do not reach 1
def filters(model, layer):
    w = model.get_submodule(layer).weight.detach()
    return (w - w.min()) / (w.max() - w.min() + 1e-8)

# %% wrong filters | weights that go from 0 to 1 already are handed out themselves: writing into them changes the model
def filters(model, layer):
    w = model.get_submodule(layer).weight.detach()
    if w.min() == 0 and w.max() in (0, 1):
        return w
    if w.min() == w.max():
        return torch.zeros_like(w)
    return (w - w.min()) / (w.max() - w.min())

# %% right feature_maps | ExitStack and partial
from contextlib import ExitStack
from functools import partial

def feature_maps(model, image):
    maps = {}

    def keep(name, layer, inputs, output):
        maps[name] = output[0].detach().clone()

    with ExitStack() as stack:
        for name, part in model.named_modules():
            if isinstance(part, (nn.Conv2d, nn.MaxPool2d)):
                stack.callback(part.register_forward_hook(partial(keep, name)).remove)
        with torch.no_grad(), eval_mode(model):
            model(image.unsqueeze(0))
    return maps

# %% right feature_maps | a recorder class as context manager, batch on a copy
class _Recorder:
    def __init__(self, model, kinds):
        self.model, self.kinds, self.handles, self.maps = model, kinds, [], OrderedDict()

    def _hook(self, name):
        def hook(module, args, out):
            self.maps[name] = out.detach().squeeze(0).clone()
        return hook

    def __enter__(self):
        for name, module in self.model.named_modules():
            if isinstance(module, self.kinds):
                self.handles.append(module.register_forward_hook(self._hook(name)))
        return self

    def __exit__(self, *exc):
        for handle in self.handles:
            handle.remove()
        return False

def feature_maps(model, image):
    grad = torch.is_grad_enabled()
    with eval_mode(model), _Recorder(model, (nn.Conv2d, nn.MaxPool2d)) as recorder:
        try:
            torch.set_grad_enabled(False)
            model(image.detach().clone()[None])
        finally:
            torch.set_grad_enabled(grad)
    return dict(recorder.maps)

# %% wrong feature_maps | hook without a copy: the in-place ReLU overwrites the maps
def feature_maps(model, image):
    maps, handles = {}, []

    def make_hook(name):
        def hook(layer, inputs, output):
            maps[name] = output[0].detach()
        return hook

    for name, part in model.named_modules():
        if isinstance(part, (nn.Conv2d, nn.MaxPool2d)):
            handles.append(part.register_forward_hook(make_hook(name)))
    try:
        with torch.no_grad(), eval_mode(model):
            model(image[None])
    finally:
        for handle in handles:
            handle.remove()
    return maps

# %% wrong feature_maps | in the order of named_modules, not in which the model runs; squeeze loses single maps and pixels (two mistakes)
def feature_maps(model, image):
    names = [n for n, m in model.named_modules() if isinstance(m, (nn.Conv2d, nn.MaxPool2d))]
    maps = dict.fromkeys(names)
    handles = []
    for n in names:
        def hook(layer, inputs, output, n=n):
            maps[n] = output.detach().clone().squeeze()
        handles.append(model.get_submodule(n).register_forward_hook(hook))
    try:
        with torch.no_grad(), eval_mode(model):
            model(image[None])
    finally:
        for h in handles:
            h.remove()
    return maps

# %% wrong feature_maps | switches all in-place ReLUs off for good
def feature_maps(model, image):
    for part in model.modules():
        if isinstance(part, nn.ReLU):
            part.inplace = False
    maps, handles = {}, []
    for name, part in model.named_modules():
        if isinstance(part, (nn.Conv2d, nn.MaxPool2d)):
            handles.append(part.register_forward_hook(
                lambda layer, inputs, output, name=name: maps.update({name: output[0].detach().clone()})
            ))
    try:
        with torch.no_grad(), eval_mode(model):
            model(image[None])
    finally:
        for handle in handles:
            handle.remove()
    return maps

# %% wrong feature_maps | clears all hooks of the layers, those of others, too
def feature_maps(model, image):
    maps = {}
    wanted = {n: m for n, m in model.named_modules() if isinstance(m, (nn.Conv2d, nn.MaxPool2d))}

    def make_hook(name):
        def hook(layer, inputs, output):
            maps[name] = output[0].detach().clone()
        return hook

    for name, part in wanted.items():
        part.register_forward_hook(make_hook(name))
    try:
        with torch.no_grad(), eval_mode(model):
            model(image[None])
    finally:
        for part in wanted.values():
            part._forward_hooks.clear()
    return maps

# %% wrong feature_maps | an error of the model is swallowed, not passed on
def feature_maps(model, image):
    maps, handles = {}, []

    def make_hook(name):
        def hook(layer, inputs, output):
            maps[name] = output[0].detach().clone()
        return hook

    try:
        for name, part in model.named_modules():
            if isinstance(part, (nn.Conv2d, nn.MaxPool2d)):
                handles.append(part.register_forward_hook(make_hook(name)))
        with torch.no_grad(), eval_mode(model):
            model(image[None])
    except Exception as error:
        print("the model raised an error:", error)
    finally:
        for handle in handles:
            handle.remove()
    return maps

# %% right saliency | autograd.grad, terse
def saliency(model, image, target):
    with torch.enable_grad(), eval_mode(model):
        x = image.detach().clone().requires_grad_()
        score = model(x.clone().unsqueeze(0))[0, target]
        return torch.autograd.grad(score, x)[0].abs().amax(0)

# %% right saliency | backward on a deep copy of the model
def saliency(model, image, target):
    twin = copy.deepcopy(model)
    twin.eval()
    for p in twin.parameters():
        p.requires_grad = False
    with torch.enable_grad():
        x = image.detach().clone()[None]
        x.requires_grad = True
        logits = twin(x * 1)
        logits[0][target].backward()
    g = x.grad[0].abs()
    return torch.maximum(torch.maximum(g[0], g[1]), g[2])

# %% wrong saliency | backward, then model.zero_grad(): gradients of before are lost
def saliency(model, image, target):
    with torch.enable_grad(), eval_mode(model):
        x = image.detach().clone()[None].requires_grad_()
        model(x)[0, target].backward()
    model.zero_grad()
    return x.grad[0].abs().max(dim=0).values

# %% wrong saliency | maximum before the absolute value
def saliency(model, image, target):
    with torch.enable_grad(), eval_mode(model):
        x = image.detach().clone()[None].requires_grad_()
        grad, = torch.autograd.grad(model(x)[0, target], x)
    return grad[0].max(dim=0).values.abs()

# %% wrong saliency | gradients are switched on for good
def saliency(model, image, target):
    torch.set_grad_enabled(True)
    with eval_mode(model):
        x = image.detach().clone()[None].requires_grad_()
        grad, = torch.autograd.grad(model(x)[0, target], x)
    return grad[0].abs().amax(dim=0)

# %% wrong saliency | works on the given image: loses a gradient that it had, and whether it wanted one
def saliency(model, image, target):
    with torch.enable_grad(), eval_mode(model):
        image.requires_grad_(True)
        image.grad = None
        score = model(image[None])[0, target]
        result = torch.autograd.grad(score, image)[0].abs().amax(dim=0)
        image.requires_grad_(False)
    return result

# %% wrong saliency | of the probability, and the model stays in eval mode (two mistakes)
def saliency(model, image, target):
    model.eval()
    x = image.detach().clone().unsqueeze(0).requires_grad_()
    with torch.enable_grad():
        score = F.softmax(model(x), dim=1)[0, target]
        grad = torch.autograd.grad(score, x)[0]
    return grad.abs().squeeze(0).amax(dim=0)

# %% right occlusion_map | one picture at a time, a list of lists
def occlusion_map(model, image, target, *, size, stride):
    _, H, W = image.shape
    rows = (H - size) // stride + 1
    columns = (W - size) // stride + 1
    table = []
    with eval_mode(model), torch.no_grad():
        whole = float(model(image.unsqueeze(0))[0][target])
        for i in range(rows):
            line = []
            for j in range(columns):
                covered = image.clone()
                for c in range(covered.shape[0]):
                    covered[c, i * stride:i * stride + size, j * stride:j * stride + size] = 0.0
                line.append(whole - float(model(covered.unsqueeze(0))[0][target]))
            table.append(line)
    return torch.tensor(table)

# %% right occlusion_map | masks by broadcasting, a batch for each row
def occlusion_map(model, image, target, *, size, stride):
    height, width = image.shape[-2:]
    tops = torch.arange(0, height - size + 1, stride, device=image.device)
    lefts = torch.arange(0, width - size + 1, stride, device=image.device)
    y, x = torch.arange(height, device=image.device), torch.arange(width, device=image.device)
    inside_y = (y >= tops[:, None]) & (y < tops[:, None] + size)
    inside_x = (x >= lefts[:, None]) & (x < lefts[:, None] + size)
    with torch.no_grad(), eval_mode(model):
        score = model(image[None])[0, target]
        rows = []
        for row in inside_y:
            hidden = (row[None, :, None] & inside_x[:, None, :])[:, None]
            rows.append(score - model(image[None].masked_fill(hidden, 0))[:, target])
        return torch.stack(rows)

# %% wrong occlusion_map | the last place is left out (off by one)
def occlusion_map(model, image, target, *, size, stride):
    _, H, W = image.shape
    with eval_mode(model), torch.no_grad():
        base = model(image[None])[0, target].item()
        result = []
        for y in range(0, H - size, stride):
            row = []
            for x in range(0, W - size, stride):
                covered = image.clone()
                covered[:, y:y + size, x:x + size] = 0
                row.append(base - model(covered[None])[0, target].item())
            result.append(row)
    return torch.tensor(result)

# %% wrong occlusion_map | model.train() afterwards if the model as a whole was in training mode: parts' modes are lost
def occlusion_map(model, image, target, *, size, stride):
    _, H, W = image.shape
    training = model.training
    model.eval()
    with torch.no_grad():
        base = model(image[None])[0, target]
        result = torch.stack([
            torch.stack([
                base - model(_cover(image, y, x, size)[None])[0, target]
                for x in range(0, W - size + 1, stride)
            ])
            for y in range(0, H - size + 1, stride)
        ])
    if training:
        model.train()
    return result

def _cover(image, y, x, size):
    image = image.clone()
    image[:, y:y + size, x:x + size] = 0
    return image

# %% right grad_cam | a hook that returns a clone, einsum
def grad_cam(model, layer, image, target):
    kept = []

    def hook(part, inputs, output):
        kept.append(output)
        return output.clone()

    handle = model.get_submodule(layer).register_forward_hook(hook)
    try:
        with torch.enable_grad(), eval_mode(model):
            x = image.detach().clone().requires_grad_()
            score = model(x.clone()[None])[0, target]
            gradient, = torch.autograd.grad(score, kept[0])
    finally:
        handle.remove()
    weights = gradient[0].mean(dim=(1, 2))
    return torch.einsum("k,khw->hw", weights, kept[0][0].detach()).relu()

# %% right grad_cam | the maps become a new leaf, loops over the maps
def grad_cam(model, layer, image, target):
    store = {}

    def cut(part, inputs, output):
        store["maps"] = output.detach().clone().requires_grad_(True)
        return store["maps"].clone()

    part = dict(model.named_modules())[layer]
    with eval_mode(model):
        with torch.enable_grad():
            handle = part.register_forward_hook(cut)
            try:
                logits = model(image.detach().clone()[None])
            finally:
                handle.remove()
            grads = torch.autograd.grad(logits[0, target], store["maps"])[0][0]
    maps = store["maps"].detach()[0]
    total = torch.zeros_like(maps[0])
    for k in range(maps.shape[0]):
        w = grads[k].sum() / grads[k].numel()
        total += w * maps[k]
    return torch.where(total > 0, total, torch.zeros_like(total))

# %% wrong grad_cam | keeps the clone that it returns: the in-place ReLU overwrites just that
def grad_cam(model, layer, image, target):
    kept = {}

    def hook(part, inputs, output):
        kept["maps"] = output.clone()
        return kept["maps"]

    handle = model.get_submodule(layer).register_forward_hook(hook)
    try:
        with torch.enable_grad(), eval_mode(model):
            x = image.detach().clone()[None].requires_grad_()
            score = model(x)[0, target]
            gradient = torch.autograd.grad(score, kept["maps"])[0]
    finally:
        handle.remove()
    weights = gradient.mean(dim=(2, 3), keepdim=True)
    return (weights * kept["maps"]).sum(dim=1)[0].clamp(min=0).detach()

# %% wrong grad_cam | backward and zero_grad: gradients of before are lost
def grad_cam(model, layer, image, target):
    kept = {}

    def hook(part, inputs, output):
        output.retain_grad()
        kept["maps"] = output
        return output.clone()

    handle = model.get_submodule(layer).register_forward_hook(hook)
    with torch.enable_grad(), eval_mode(model):
        try:
            x = image.detach().clone()[None].requires_grad_()
            score = model(x)[0, target]
        finally:
            handle.remove()
        score.backward()
    model.zero_grad()
    weights = kept["maps"].grad.mean(dim=(2, 3), keepdim=True)
    return F.relu((weights * kept["maps"].detach()).sum(dim=1))[0]

# %% wrong grad_cam | derivatives added up, and divided by the maximum (two mistakes)
def grad_cam(model, layer, image, target):
    kept = []

    def hook(part, inputs, output):
        kept.append(output)
        return output.clone()

    handle = model.get_submodule(layer).register_forward_hook(hook)
    try:
        with torch.enable_grad(), eval_mode(model):
            x = image.detach().clone()[None].requires_grad_()
            gradient = torch.autograd.grad(model(x)[0, target], kept[0])[0]
    finally:
        handle.remove()
    cam = (gradient.sum(dim=(2, 3), keepdim=True) * kept[0].detach()).sum(dim=1)[0].clamp(min=0)
    return cam / cam.max() if cam.max() > 0 else cam

# %% wrong grad_cam | squeeze() loses rows or columns of length one
def grad_cam(model, layer, image, target):
    kept = []

    def hook(part, inputs, output):
        kept.append(output)
        return output.clone()

    handle = model.get_submodule(layer).register_forward_hook(hook)
    try:
        with torch.enable_grad(), eval_mode(model):
            x = image.detach().clone()[None].requires_grad_()
            gradient = torch.autograd.grad(model(x)[0, target], kept[0])[0]
    finally:
        handle.remove()
    weights = gradient.mean(dim=(2, 3), keepdim=True)
    return (weights * kept[0]).sum(dim=1).clamp(min=0).detach().squeeze()

# %% wrong grad_cam | switches in-place off, then on everywhere; what is added in place still overwrites the maps (two mistakes)
def grad_cam(model, layer, image, target):
    kept = []
    relus = [m for m in model.modules() if isinstance(m, nn.ReLU)]
    for m in relus:
        m.inplace = False
    handle = model.get_submodule(layer).register_forward_hook(lambda part, inputs, output: kept.append(output))
    try:
        with torch.enable_grad(), eval_mode(model):
            x = image.detach().clone()[None].requires_grad_()
            gradient = torch.autograd.grad(model(x)[0, target], kept[0])[0]
    finally:
        handle.remove()
        for m in relus:
            m.inplace = True
    weights = gradient.mean(dim=(2, 3), keepdim=True)
    return (weights * kept[0].detach()).sum(dim=1)[0].clamp(min=0)

# %% right quiz_cache | a capital letter
quiz_cache = "C"

# %% right quiz_rate | from a dict
quiz_rate = dict(steepest="a", smallest="b")["steepest"]

# %% wrong quiz_batch_norm | frozen is frozen
quiz_batch_norm = "a"

# %% wrong quiz_rate | where the loss is smallest
quiz_rate = "b"

