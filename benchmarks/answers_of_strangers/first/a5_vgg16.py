# %% right preprocess | the weights' own transforms
def preprocess(image):
    from torchvision.models import VGG16_Weights

    return VGG16_Weights.IMAGENET1K_V1.transforms()(image.convert("RGB"))

# %% right preprocess | by hand with PIL and NumPy, integer division for the longer side
def preprocess(image):
    rgb = image.convert("RGB")
    w, h = rgb.size
    if w <= h:
        new_w = 256
        new_h = 256 * h // w
    else:
        new_h = 256
        new_w = 256 * w // h
    rgb = rgb.resize((new_w, new_h), Image.BILINEAR)
    left = (new_w - 224) // 2
    top = (new_h - 224) // 2
    rgb = rgb.crop((left, top, left + 224, top + 224))
    a = np.asarray(rgb).astype(np.float64) / 255.0
    a = (a - np.array([0.485, 0.456, 0.406])) / np.array([0.229, 0.224, 0.225])
    return torch.from_numpy(np.ascontiguousarray(a.transpose(2, 0, 1))).float()

# %% right top_k | modes saved by hand, one image at a time, maximum removed k times
def top_k(model, images, categories, k):
    modes = {}
    for m in model.modules():
        modes[m] = m.training
    model.eval()
    answer = []
    try:
        with torch.no_grad():
            for n in range(len(images)):
                one = images[n : n + 1].clone()
                logits = model(one)[0]
                probs = torch.softmax(logits, dim=0).tolist()
                left = list(range(len(probs)))
                row = []
                for _ in range(k):
                    best = left[0]
                    for c in left:
                        if probs[c] > probs[best]:
                            best = c
                    left.remove(best)
                    row.append((categories[best], probs[best]))
                answer.append(row)
    finally:
        for m in modes:
            m.training = modes[m]
    return answer

# %% right top_k | float64 NumPy softmax with the maximum subtracted, argsort
def top_k(model, images, categories, k):
    with eval_mode(model), torch.no_grad():
        z = model(images.clone()).double().cpu().numpy()
    z = z - z.max(axis=1, keepdims=True)
    e = np.exp(z)
    p = e / e.sum(axis=1, keepdims=True)
    order = np.argsort(-p, axis=1, kind="stable")[:, :k]
    return [[(categories[int(c)], float(row[c])) for c in best] for row, best in zip(p, order)]

# %% right replace_head | as in the hints, on the device and in the type of the old head
def replace_head(model, classes):
    name = [n for n, part in model.named_modules() if isinstance(part, nn.Linear)][-1]
    where, _, what = name.rpartition(".")
    around = model.get_submodule(where)
    old = getattr(around, what)
    model.requires_grad_(False)
    model.eval()
    new = nn.Linear(old.in_features, classes, device=old.weight.device, dtype=old.weight.dtype)
    setattr(around, what, new)
    return model

# %% right replace_head | a helper that looks for the parent through _modules, and freezes parameter by parameter
def find_last_linear(model):
    """-> (parent module, key of the child)."""
    found = None
    for parent_name, parent in model.named_modules():
        pass
    heads = [m for m in model.modules() if isinstance(m, nn.Linear)]
    if not heads:
        raise ValueError("the model has no nn.Linear")
    head = heads[-1]
    for parent in model.modules():
        for key, child in parent._modules.items():
            if child is head:
                found = parent, key
    return found


def replace_head(model, classes):
    if not isinstance(model, nn.Module):
        raise TypeError("model should be an nn.Module")
    parent, key = find_last_linear(model)
    old_head = parent._modules[key]
    for p in model.parameters():
        p.requires_grad = False
    for m in model.modules():
        m.training = False
    new_head = nn.Linear(in_features=old_head.in_features, out_features=int(classes), bias=True)
    new_head = new_head.to(device=old_head.weight.device, dtype=old_head.weight.dtype)
    for p in new_head.parameters():
        p.requires_grad = True
    new_head.train()
    parent._modules[key] = new_head
    return model

# %% right parameter_groups | a set of parameters (hashed by identity)
def parameter_groups(model, *, head_lr, backbone_lr):
    head = [m for m in model.modules() if isinstance(m, nn.Linear)][-1]
    mine = set(head.parameters())
    free = [p for p in model.parameters() if p.requires_grad]
    return [
        {"params": [p for p in free if p in mine], "lr": float(head_lr)},
        {"params": [p for p in free if p not in mine], "lr": float(backbone_lr)},
    ]

# %% right parameter_groups | a dict from id to (parameter, rate); empty groups left out
def parameter_groups(model, *, head_lr, backbone_lr):
    head = None
    for _, m in model.named_modules():
        if isinstance(m, nn.Linear):
            head = m
    table = {id(p): (p, "backbone") for p in model.parameters()}
    if head is not None:
        for p in head.parameters():
            table[id(p)] = (p, "head")
    result = []
    for kind, lr in (("head", head_lr), ("backbone", backbone_lr)):
        params = [p for p, k in table.values() if k == kind and p.requires_grad]
        if params:
            result.append({"params": params, "lr": lr})
    return result

# %% right cache_features | one loop, torch.cat
def cache_features(backbone, loader, device):
    features, labels = [], []
    with eval_mode(backbone), torch.no_grad():
        for x, y in loader:
            features.append(backbone(x.clone().to(device)).float().cpu())
            labels.append(y.cpu())
    return torch.cat(features), torch.cat(labels)

# %% right cache_features | decorator no_grad, row by row into lists and stacked
@torch.no_grad()
def cache_features(backbone, loader, device):
    saved = [(module, module.training) for module in backbone.modules()]
    backbone.eval()
    feature_rows = []
    label_rows = []
    try:
        for batch in loader:
            images = batch[0]
            labels = batch[1]
            output = backbone(images.detach().clone().to(device))
            output = output.detach().to("cpu").to(torch.float32)
            for row in output:
                feature_rows.append(row)
            for label in labels:
                label_rows.append(label.cpu())
    finally:
        for module, was in saved:
            module.training = was
    return torch.stack(feature_rows), torch.stack(label_rows)

# %% right unfreeze_from | part by part in module order, containers first
def unfreeze_from(model, layer):
    parts = list(model.named_modules())
    if layer not in [name for name, _ in parts]:
        raise ValueError(f"the model has no layer {layer!r}")
    reached = False
    for name, part in parts:
        if name == layer:
            reached = True
        part.requires_grad_(reached)

# %% right unfreeze_from | a dict of positions, KeyError comes by itself
def unfreeze_from(model, layer):
    position = {name: i for i, (name, _) in enumerate(model.named_modules())}
    start = position[layer]
    for name, p in model.named_parameters():
        owner, _, _ = name.rpartition(".")
        p.requires_grad = position[owner] >= start

# %% right find_learning_rate | deepcopies of both state_dicts, try and finally
def find_learning_rate(model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100):
    weights = copy.deepcopy(model.state_dict())
    memory = copy.deepcopy(optimizer.state_dict())
    device = next(model.parameters()).device
    rates, losses = [], []
    batches = iter(loader)
    try:
        with torch.enable_grad():
            for i in range(steps):
                rate = lowest * (highest / lowest) ** (i / (steps - 1))
                for group in optimizer.param_groups:
                    group["lr"] = rate
                try:
                    images, labels = next(batches)
                except StopIteration:
                    batches = iter(loader)
                    images, labels = next(batches)
                images, labels = images.clone().to(device), labels.to(device)
                optimizer.zero_grad()
                loss = loss_fn(model(images), labels)
                rates.append(float(rate))
                losses.append(loss.item())
                if not math.isfinite(losses[-1]) or losses[-1] > 4 * min(losses):
                    break
                loss.backward()
                optimizer.step()
    finally:
        model.load_state_dict(weights)
        optimizer.load_state_dict(memory)
    return rates, losses

# %% right find_learning_rate | an endless generator, buffers and weights put back by hand, gradients too
def endless(loader):
    while True:
        yield from loader


def find_learning_rate(model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100):
    tensors = [*model.parameters(), *model.buffers()]
    copies = [t.detach().clone() for t in tensors]
    old_grads = [(p, None if p.grad is None else p.grad.clone()) for p in model.parameters()]
    before = copy.deepcopy(optimizer.state_dict())
    where = next(model.parameters()).device
    rates = [lowest * (highest / lowest) ** (i / (steps - 1)) for i in range(steps)]
    losses, smallest = [], math.inf
    with torch.set_grad_enabled(True):
        for rate, (x, y) in zip(rates, endless(loader)):
            for g in optimizer.param_groups:
                g.update(lr=rate)
            for p in model.parameters():
                p.grad = None
            loss = loss_fn(model(x.clone().to(where)), y.to(where))
            value = float(loss.detach())
            losses.append(value)
            if math.isnan(value) or math.isinf(value):
                break
            smallest = value if value < smallest else smallest
            if value > 4 * smallest:
                break
            loss.backward()
            optimizer.step()
    with torch.no_grad():
        for t, c in zip(tensors, copies):
            t.copy_(c)
    optimizer.load_state_dict(before)
    for p, g in old_grads:
        p.grad = g
    return [float(r) for r in rates[: len(losses)]], losses

# %% right suggest_learning_rate | NumPy with a mask
def suggest_learning_rate(rates, losses):
    r, l = np.array(rates, dtype=float), np.array(losses, dtype=float)
    ok = np.isfinite(l)
    r, l = r[ok], l[ok]
    return float(r[np.gradient(l, np.log(r)).argmin()])

# %% right suggest_learning_rate | pandas, dropna
def suggest_learning_rate(rates, losses):
    import pandas as pd

    table = pd.DataFrame({"rate": list(rates), "loss": list(losses)}, dtype=float)
    table["loss"] = table["loss"].replace([np.inf, -np.inf], np.nan)
    table = table.dropna(subset=["loss"]).reset_index(drop=True)
    table["slope"] = np.gradient(table["loss"].to_numpy(), np.log(table["rate"].to_numpy()))
    return float(table.loc[table["slope"].idxmin(), "rate"])

# %% right most_confused | two loops and Python's stable sort
def most_confused(matrix, categories, count):
    mistakes = []
    rows = matrix.tolist()
    for a in range(len(rows)):
        for p in range(len(rows)):
            if a != p and rows[a][p] > 0:
                mistakes.append((categories[a], categories[p], rows[a][p]))
    mistakes.sort(key=lambda m: m[2], reverse=True)
    return mistakes[:count]

# %% right most_confused | nonzero of a copy and a stable torch sort
def most_confused(matrix, categories, count):
    m = matrix.clone().fill_diagonal_(0)
    places = m.nonzero()
    values, order = torch.sort(m[places[:, 0], places[:, 1]], descending=True, stable=True)
    found = places[order].tolist()
    return [(categories[a], categories[p], int(v)) for (a, p), v in zip(found[:count], values[:count])]

# %% right predict_with_mirror | terse
def predict_with_mirror(model, images):
    with eval_mode(model), torch.no_grad():
        return (model(images.clone()).softmax(1) + model(images.flip(-1)).softmax(1)) / 2

# %% right predict_with_mirror | both in one batch, mirrored by index, torch.stack mean
def predict_with_mirror(model, images):
    n, width = images.shape[0], images.shape[3]
    backwards = torch.arange(width - 1, -1, -1, device=images.device)
    both = torch.cat([images, images.index_select(3, backwards)], dim=0)
    with torch.no_grad():
        with eval_mode(model):
            logits = model(both)
    probabilities = F.softmax(logits, dim=1)
    return torch.stack([probabilities[:n], probabilities[n:]]).mean(dim=0)

# %% right filters | aminmax and an if
def filters(model, layer):
    w = model.get_submodule(layer).weight.detach()
    low, high = w.aminmax()
    if low == high:
        return torch.zeros_like(w)
    return (w - low) / (high - low)

# %% right filters | looks through named_modules, NumPy in float64, nan to 0
def filters(model, layer):
    modules = dict(model.named_modules())
    conv = modules[layer]
    assert isinstance(conv, nn.Conv2d), f"{layer} is no nn.Conv2d"
    w = conv.weight.detach().cpu().numpy().astype(np.float64)
    lo = w.min()
    span = w.max() - lo
    with np.errstate(invalid="ignore"):
        scaled = np.where(span > 0, (w - lo) / span, 0.0)
    return torch.tensor(scaled, dtype=torch.float32)

# %% right feature_maps | make_hook, dict, finally
def feature_maps(model, image):
    maps, handles = {}, []

    def make_hook(name):
        def hook(layer, inputs, output):
            maps[name] = output.detach()[0].clone()

        return hook

    try:
        for name, part in model.named_modules():
            if isinstance(part, (nn.Conv2d, nn.MaxPool2d)):
                handles.append(part.register_forward_hook(make_hook(name)))
        with eval_mode(model), torch.no_grad():
            model(image.detach().clone().unsqueeze(0))
    finally:
        for handle in handles:
            handle.remove()
    return maps

# %% right feature_maps | a class with __enter__ and __exit__, ExitStack
from contextlib import ExitStack


class Recorder:
    def __init__(self, name, part, store):
        self.name, self.part, self.store = name, part, store

    def __enter__(self):
        self.handle = self.part.register_forward_hook(self)
        return self

    def __call__(self, layer, inputs, output):
        self.store[self.name] = output.detach().squeeze(0).clone()

    def __exit__(self, *error):
        self.handle.remove()
        return False


def feature_maps(model, image):
    store = {}
    with ExitStack() as stack:
        stack.enter_context(eval_mode(model))
        stack.enter_context(torch.no_grad())
        for name, part in model.named_modules():
            if isinstance(part, nn.Conv2d) or isinstance(part, nn.MaxPool2d):
                stack.enter_context(Recorder(name, part, store))
        model(image[None].clone())
    return store

# %% right saliency | autograd.grad, enable_grad
def saliency(model, image, target):
    x = image.detach().clone().requires_grad_()
    with eval_mode(model), torch.enable_grad():
        score = model(x[None].clone())[0, target]
        (g,) = torch.autograd.grad(score, x)
    return g.abs().amax(dim=0)

# %% right saliency | backward on a deep copy of the model, maximum of the channels by hand
def saliency(model, image, target):
    twin = copy.deepcopy(model)
    twin.eval()
    pixels = image.detach().clone()
    pixels.requires_grad = True
    with torch.enable_grad():
        logits = twin(pixels.unsqueeze(0) * 1.0)
        logits[0][target].backward()
    derivative = pixels.grad.detach()
    red, green, blue = derivative[0].abs(), derivative[1].abs(), derivative[2].abs()
    return torch.maximum(torch.maximum(red, green), blue)

# %% right occlusion_map | one picture at a time, plain loops
def occlusion_map(model, image, target, *, size, stride):
    C, H, W = image.shape
    rows = (H - size) // stride + 1
    columns = (W - size) // stride + 1
    result = torch.zeros(rows, columns)
    with eval_mode(model):
        with torch.no_grad():
            whole = model(image.clone().unsqueeze(0))[0, target].item()
            for i in range(rows):
                for j in range(columns):
                    covered = image.clone()
                    for c in range(C):
                        covered[c, i * stride : i * stride + size, j * stride : j * stride + size] = 0
                    result[i, j] = whole - model(covered.unsqueeze(0))[0, target].item()
    return result

# %% right occlusion_map | masks from comparisons, all places in one batch
def occlusion_map(model, image, target, *, size, stride):
    h, w = image.shape[1:]
    top = torch.arange(0, h - size + 1, stride, device=image.device)
    left = torch.arange(0, w - size + 1, stride, device=image.device)
    y, x = torch.arange(h, device=image.device), torch.arange(w, device=image.device)
    in_rows = (y >= top[:, None]) & (y < top[:, None] + size)
    in_columns = (x >= left[:, None]) & (x < left[:, None] + size)
    hidden = in_rows[:, None, :, None] & in_columns[None, :, None, :]
    batch = image.detach().expand(len(top), len(left), -1, -1, -1).masked_fill(hidden[:, :, None], 0.0)
    with eval_mode(model), torch.no_grad():
        untouched = model(image.detach().clone()[None])[0, target]
        scores = model(batch.flatten(0, 1))[:, target]
    return untouched - scores.reshape(len(top), len(left))

# %% right grad_cam | keeps the output and returns a clone
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
            (gradient,) = torch.autograd.grad(score, kept[0])
    finally:
        handle.remove()
    weights = gradient.mean(dim=(2, 3), keepdim=True)
    return (weights * kept[0].detach()).sum(dim=1)[0].clamp(min=0)

# %% right grad_cam | the hook cuts the graph and puts a leaf in; einsum
def grad_cam(model, layer, image, target):
    box = {}

    def cut(_module, _inputs, out):
        box["A"] = out.detach().clone().requires_grad_(True)
        return box["A"] * 1

    handle = dict(model.named_modules())[layer].register_forward_hook(cut)
    try:
        with torch.enable_grad(), eval_mode(model):
            logits = model(image.detach().clone()[None])
            dA = torch.autograd.grad(logits[0, target], box["A"])[0][0]
    finally:
        handle.remove()
    A = box["A"].detach()[0]
    return torch.relu(torch.einsum("k,khw->hw", dA.mean(dim=(1, 2)), A))

# %% right quiz_batch_norm | single quotes
quiz_batch_norm = 'b'

# %% wrong preprocess | squashed into 256x256 by Resize((256, 256))
from torchvision import transforms


def preprocess(image):
    t = transforms.Compose(
        [
            transforms.Resize((256, 256)),
            transforms.CenterCrop(224),
            transforms.ToTensor(),
            transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
        ]
    )
    return t(image.convert("RGB"))

# %% wrong preprocess | only shrinks: pictures with a shorter side under 256 are not enlarged but padded with black
def preprocess(image):
    from torchvision.transforms import functional as TF

    image = image.convert("RGB")
    w, h = image.size
    short = min(w, h)
    if short > 256:
        image = image.resize((w * 256 // short, h * 256 // short), Image.BILINEAR)
    image = TF.center_crop(image, 224)
    return TF.normalize(TF.to_tensor(image), [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])

# %% wrong preprocess | no convert: palette indices become grey, inks are taken for colours
def preprocess(image):
    w, h = image.size
    s = min(w, h)
    image = image.resize((w * 256 // s, h * 256 // s), Image.BILINEAR)
    w, h = image.size
    x0, y0 = (w - 224) // 2, (h - 224) // 2
    a = np.array(image.crop((x0, y0, x0 + 224, y0 + 224)), dtype=np.float32) / 255
    if a.ndim == 2:
        a = np.stack([a, a, a], axis=2)
    a = a[:, :, :3]
    x = torch.tensor(a).permute(2, 0, 1)
    return (x - MEAN[:, None, None]) / STD[:, None, None]

# %% wrong preprocess | PIL's default resampling (bicubic), and the longer side rounded up
def preprocess(image):
    image = image.convert("RGB")
    w, h = image.size
    factor = 256 / min(w, h)
    image = image.resize((math.ceil(w * factor), math.ceil(h * factor)))
    left, top = (image.width - 224) // 2, (image.height - 224) // 2
    image = image.crop((left, top, left + 224, top + 224))
    x = torch.tensor(np.array(image)).permute(2, 0, 1).float() / 255
    return (x - MEAN.view(3, 1, 1)) / STD.view(3, 1, 1)

# %% wrong top_k | one mode for the whole model restored, not that of each part
def top_k(model, images, categories, k):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        values, indices = model(images).softmax(dim=1).topk(k)
    model.train(was_training)
    return [
        [(categories[i], v) for i, v in zip(row_i, row_v)]
        for row_i, row_v in zip(indices.tolist(), values.tolist())
    ]

# %% wrong top_k | softmax left out where the logits happen to add up to 1
def top_k(model, images, categories, k):
    with eval_mode(model), torch.no_grad():
        out = model(images.clone())
        sums = out.sum(dim=1)
        if not torch.allclose(sums, torch.ones_like(sums)):  # the model may have its own softmax already
            out = out.softmax(dim=1)
        values, indices = out.topk(k, dim=1)
    return [list(zip([categories[i] for i in ii], vv)) for ii, vv in zip(indices.tolist(), values.tolist())]

# %% wrong top_k | a dict by name: categories of the same name overwrite each other
def top_k(model, images, categories, k):
    result = []
    with eval_mode(model), torch.no_grad():
        probabilities = F.softmax(model(images.clone()), dim=1)
    for row in probabilities:
        named = dict(zip(categories, row.tolist()))
        result.append(sorted(named.items(), key=lambda pair: pair[1], reverse=True)[:k])
    return result

# %% wrong top_k | softmax without subtracting the maximum (overflow), and tuples instead of lists of pairs
def top_k(model, images, categories, k):
    with eval_mode(model), torch.no_grad():
        e = model(images.clone()).exp()
        p = e / e.sum(dim=1, keepdim=True)
    out = []
    for row in p:
        v, i = row.topk(k)
        out.append(tuple((categories[c], q) for c, q in zip(i.tolist(), v.tolist())))
    return out

# %% wrong replace_head | only classifier[-1] or fc; a head of another name is not found
def replace_head(model, classes):
    model.requires_grad_(False)
    model.eval()
    if hasattr(model, "classifier"):
        old = model.classifier[-1]
        model.classifier[-1] = nn.Linear(old.in_features, classes).to(old.weight.device)
    elif hasattr(model, "fc"):
        old = model.fc
        model.fc = nn.Linear(old.in_features, classes).to(old.weight.device)
    return model

# %% wrong replace_head | everything else stays in the mode it was in (no eval)
def replace_head(model, classes):
    for p in model.parameters():
        p.requires_grad = False
    name, old = [(n, m) for n, m in model.named_modules() if isinstance(m, nn.Linear)][-1]
    where, _, what = name.rpartition(".")
    setattr(model.get_submodule(where), what, nn.Linear(old.in_features, classes, device=old.weight.device))
    return model

# %% wrong replace_head | the new head has a bias only if the old one had
def replace_head(model, classes):
    model.requires_grad_(False).eval()
    *_, (name, old) = [(n, m) for n, m in model.named_modules() if isinstance(m, nn.Linear)]
    where, _, what = name.rpartition(".")
    new = nn.Linear(old.in_features, classes, bias=old.bias is not None, device=old.weight.device)
    setattr(model.get_submodule(where), what, new)
    return model

# %% wrong replace_head | freezes layers of known kinds only; parameters that belong to no layer stay trainable
def replace_head(model, classes):
    model.eval()
    last = None
    for name, part in model.named_modules():
        if isinstance(part, (nn.Conv2d, nn.Linear, nn.BatchNorm1d, nn.BatchNorm2d, nn.LayerNorm)):
            for p in part.parameters():
                p.requires_grad = False
        if isinstance(part, nn.Linear):
            last = name
    old = model.get_submodule(last)
    parent, _, child = last.rpartition(".")
    setattr(model.get_submodule(parent), child, nn.Linear(old.in_features, classes, device=old.weight.device))
    return model

# %% wrong replace_head | changes and returns a copy, and the copy is not frozen
def replace_head(model, classes):
    new_model = copy.deepcopy(model)
    new_model.eval()
    name = [n for n, part in new_model.named_modules() if isinstance(part, nn.Linear)][-1]
    where, _, what = name.rpartition(".")
    old = new_model.get_submodule(name)
    setattr(new_model.get_submodule(where), what, nn.Linear(old.in_features, classes, device=old.weight.device))
    return new_model

# %% wrong parameter_groups | frozen parameters are in the backbone's group
def parameter_groups(model, *, head_lr, backbone_lr):
    head = [m for m in model.modules() if isinstance(m, nn.Linear)][-1]
    ids = {id(p) for p in head.parameters()}
    return [
        {"params": list(head.parameters()), "lr": head_lr},
        {"params": [p for p in model.parameters() if id(p) not in ids], "lr": backbone_lr},
    ]

# %% wrong parameter_groups | startswith(name of the head): fc also catches fc_norm
def parameter_groups(model, *, head_lr, backbone_lr):
    head_name = [n for n, m in model.named_modules() if isinstance(m, nn.Linear)][-1]
    head, rest = [], []
    for name, p in model.named_parameters():
        if not p.requires_grad:
            continue
        (head if name.startswith(head_name) else rest).append(p)
    return [{"params": head, "lr": head_lr}, {"params": rest, "lr": backbone_lr}]

# %% wrong parameter_groups | filter objects instead of lists
def parameter_groups(model, *, head_lr, backbone_lr):
    head = [m for m in model.modules() if isinstance(m, nn.Linear)][-1]
    ids = {id(p) for p in head.parameters()}
    return [
        {"params": filter(lambda p: p.requires_grad, head.parameters()), "lr": head_lr},
        {"params": filter(lambda p: p.requires_grad and id(p) not in ids, model.parameters()), "lr": backbone_lr},
    ]

# %% wrong parameter_groups | goes through leaf layers: parameters of no layer are missing, and shared ones come twice
def parameter_groups(model, *, head_lr, backbone_lr):
    head = [m for m in model.modules() if isinstance(m, nn.Linear)][-1]
    backbone = []
    for m in model.modules():
        if m is not head and len(list(m.children())) == 0:
            backbone += [p for p in m.parameters() if p.requires_grad]
    return [
        {"params": [p for p in head.parameters() if p.requires_grad], "lr": head_lr},
        {"params": backbone, "lr": backbone_lr},
    ]

# %% wrong cache_features | loops over the loader twice, once for features and once for labels
def cache_features(backbone, loader, device):
    with eval_mode(backbone), torch.no_grad():
        features = torch.cat([backbone(x.to(device)).float().cpu() for x, _ in loader])
        labels = torch.cat([y for _, y in loader])
    return features, labels

# %% wrong cache_features | inference_mode: no head can be trained on inference tensors
def cache_features(backbone, loader, device):
    fs, ls = [], []
    with eval_mode(backbone), torch.inference_mode():
        for images, labels in loader:
            fs.append(backbone(images.clone().to(device)).float().cpu())
            ls.append(labels)
        return torch.cat(fs), torch.cat(ls)

# %% wrong cache_features | all features stay on the device until the end
def cache_features(backbone, loader, device):
    features, labels = [], []
    with eval_mode(backbone), torch.no_grad():
        for x, y in loader:
            features.append(backbone(x.clone().to(device)))
            labels.append(y)
        return torch.cat(features).float().cpu(), torch.cat(labels).cpu()

# %% wrong cache_features | squeeze takes away axes of length 1
def cache_features(backbone, loader, device):
    all_features = []
    all_labels = []
    with eval_mode(backbone), torch.no_grad():
        for images, labels in loader:
            out = backbone(images.clone().to(device)).squeeze()
            all_features.append(out.cpu().float())
            all_labels.append(labels.cpu())
    return torch.cat(all_features, dim=0), torch.cat(all_labels, dim=0)

# %% wrong cache_features | the backbone is left in eval mode, and the type of a double backbone is kept
def cache_features(backbone, loader, device):
    backbone.eval()
    features, labels = [], []
    with torch.no_grad():
        for images, targets in loader:
            features.append(backbone(images.to(device)).cpu())
            labels.append(targets)
    return torch.cat(features), torch.cat(labels)

# %% wrong unfreeze_from | found by startswith: the mere beginning of a name passes in silence
def unfreeze_from(model, layer):
    names = [n for n, _ in model.named_modules()]
    if not any(n.startswith(layer) for n in names):
        raise KeyError(f"no layer {layer}")
    model.requires_grad_(False)
    found = False
    for name, part in model.named_modules():
        if name.startswith(layer):
            found = True
        if found:
            part.requires_grad_(True)

# %% wrong unfreeze_from | goes by names of parameters: a layer without parameters is refused
def unfreeze_from(model, layer):
    names = [n for n, _ in model.named_parameters()]
    start = None
    for i, n in enumerate(names):
        if n == layer or n.startswith(layer + "."):
            start = i
            break
    if start is None:
        raise ValueError(f"There is no layer called {layer}")
    for i, (_, p) in enumerate(model.named_parameters()):
        p.requires_grad = i >= start

# %% wrong unfreeze_from | everything is frozen already when the error comes
def unfreeze_from(model, layer):
    for p in model.parameters():
        p.requires_grad = False
    on = False
    for name, part in model.named_modules():
        on = on or name == layer
        if on:
            for p in part.parameters():
                p.requires_grad = True
    if not on:
        raise ValueError(f"no layer named {layer!r}")

# %% wrong unfreeze_from | sets training and eval mode as well
def unfreeze_from(model, layer):
    names = [name for name, _ in model.named_modules()]
    if layer not in names:
        raise KeyError(layer)
    first = names.index(layer)
    model.requires_grad_(False)
    model.eval()
    for part in list(model.modules())[first:]:
        part.requires_grad_(True)
        part.train()

# %% wrong unfreeze_from | AttributeError of get_submodule for a name that does not exist
def unfreeze_from(model, layer):
    wanted = model.get_submodule(layer)
    seen = False
    model.requires_grad_(False)
    for part in model.modules():
        if part is wanted:
            seen = True
        if seen:
            part.requires_grad_(True)

# %% wrong find_learning_rate | state_dict() without a copy: nothing is put back
def find_learning_rate(model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100):
    model_state = model.state_dict()
    optimizer_state = optimizer.state_dict()
    device = next(model.parameters()).device
    rates, losses = [], []
    it = iter(loader)
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
    model.load_state_dict(model_state)
    optimizer.load_state_dict(optimizer_state)
    return rates, losses

# %% wrong find_learning_rate | itertools.cycle repeats the batches of the first round
import itertools


def find_learning_rate(model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100):
    weights, memory = copy.deepcopy(model.state_dict()), copy.deepcopy(optimizer.state_dict())
    device = next(model.parameters()).device
    rates, losses = [], []
    with torch.enable_grad():
        for i, (x, y) in zip(range(steps), itertools.cycle(loader)):
            rate = lowest * (highest / lowest) ** (i / (steps - 1))
            for group in optimizer.param_groups:
                group["lr"] = rate
            optimizer.zero_grad()
            loss = loss_fn(model(x.to(device)), y.to(device))
            rates.append(rate)
            losses.append(loss.item())
            if not math.isfinite(losses[-1]) or losses[-1] > 4 * min(losses):
                break
            loss.backward()
            optimizer.step()
    model.load_state_dict(weights)
    optimizer.load_state_dict(memory)
    return rates, losses

# %% wrong find_learning_rate | zero_grad only after each step: gradients of before count in the first
def find_learning_rate(model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100):
    start_model = copy.deepcopy(model.state_dict())
    start_optimizer = copy.deepcopy(optimizer.state_dict())
    device = next(model.parameters()).device
    batches = iter(loader)
    rates, losses = [], []
    for i in range(steps):
        lr = lowest * (highest / lowest) ** (i / (steps - 1))
        for group in optimizer.param_groups:
            group["lr"] = lr
        batch = next(batches, None)
        if batch is None:
            batches = iter(loader)
            batch = next(batches)
        images, labels = batch[0].to(device), batch[1].to(device)
        with torch.enable_grad():
            loss = loss_fn(model(images), labels)
            loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        rates.append(lr)
        losses.append(loss.item())
        if not math.isfinite(losses[-1]) or losses[-1] > 4 * min(losses):
            break
    model.load_state_dict(start_model)
    optimizer.load_state_dict(start_optimizer)
    return rates, losses

# %% wrong find_learning_rate | compares with the first loss, not the smallest, and nan does not end it
def find_learning_rate(model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100):
    w, o = copy.deepcopy(model.state_dict()), copy.deepcopy(optimizer.state_dict())
    device = next(model.parameters()).device
    rates, losses = [], []
    it = iter(loader)
    for i in range(steps):
        try:
            x, y = next(it)
        except StopIteration:
            it = iter(loader)
            x, y = next(it)
        lr = lowest * (highest / lowest) ** (i / (steps - 1))
        for g in optimizer.param_groups:
            g["lr"] = lr
        optimizer.zero_grad()
        with torch.enable_grad():
            loss = loss_fn(model(x.to(device)), y.to(device))
            rates.append(lr)
            losses.append(loss.item())
            if losses[-1] > 4 * losses[0]:
                break
            loss.backward()
        optimizer.step()
    model.load_state_dict(w)
    optimizer.load_state_dict(o)
    return rates, losses

# %% wrong find_learning_rate | puts the model into training mode for the trial (modes restored afterwards)
def find_learning_rate(model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100):
    modes = [(m, m.training) for m in model.modules()]
    saved_model = copy.deepcopy(model.state_dict())
    saved_optimizer = copy.deepcopy(optimizer.state_dict())
    device = next(model.parameters()).device
    model.train()
    rates, losses, best = [], [], float("inf")
    iterator = iter(loader)
    with torch.enable_grad():
        for step in range(steps):
            lr = lowest * (highest / lowest) ** (step / (steps - 1))
            for group in optimizer.param_groups:
                group["lr"] = lr
            try:
                inputs, targets = next(iterator)
            except StopIteration:
                iterator = iter(loader)
                inputs, targets = next(iterator)
            inputs, targets = inputs.to(device), targets.to(device)
            optimizer.zero_grad()
            loss = loss_fn(model(inputs), targets)
            rates.append(lr)
            losses.append(loss.item())
            best = min(best, losses[-1])
            if not math.isfinite(losses[-1]) or losses[-1] > 4 * best:
                break
            loss.backward()
            optimizer.step()
    model.load_state_dict(saved_model)
    optimizer.load_state_dict(saved_optimizer)
    for m, mode in modes:
        m.training = mode
    return rates, losses

# %% wrong find_learning_rate | the rate is set in the first parameter group only
def find_learning_rate(model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100):
    before = copy.deepcopy((model.state_dict(), optimizer.state_dict()))
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
    model.load_state_dict(before[0])
    optimizer.load_state_dict(before[1])
    return rates, losses

# %% wrong find_learning_rate | the memory of an optimiser that had none before is not taken away again
def find_learning_rate(model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100):
    weights = {k: v.clone() for k, v in model.state_dict().items()}
    old_rates = [g["lr"] for g in optimizer.param_groups]
    old_state = copy.deepcopy(optimizer.state_dict())
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
    if len(old_state["state"]) > 0:
        optimizer.load_state_dict(old_state)
    for g, lr in zip(optimizer.param_groups, old_rates):
        g["lr"] = lr
    return rates, losses

# %% wrong suggest_learning_rate | the rate of the smallest loss
def suggest_learning_rate(rates, losses):
    return rates[int(np.nanargmin(losses))]

# %% wrong suggest_learning_rate | only nan is left out, infinity is not
def suggest_learning_rate(rates, losses):
    pairs = [(r, l) for r, l in zip(rates, losses) if not math.isnan(l)]
    r = [p[0] for p in pairs]
    l = [p[1] for p in pairs]
    with np.errstate(invalid="ignore"):
        slope = np.gradient(l, np.log(r))
    return float(r[int(np.argmin(slope))])

# %% wrong suggest_learning_rate | gradient divided by gradient, which is the slope only for evenly spaced rates
def suggest_learning_rate(rates, losses):
    r, l = np.asarray(rates), np.asarray(losses)
    keep = np.isfinite(l)
    r, l = r[keep], l[keep]
    return float(r[np.argmin(np.gradient(l) / np.gradient(np.log(r)))])

# %% wrong suggest_learning_rate | takes the pairs out of the given lists, and the last of several smallest slopes
def suggest_learning_rate(rates, losses):
    for i in range(len(losses) - 1, -1, -1):
        if not math.isfinite(losses[i]):
            del rates[i]
            del losses[i]
    slopes = np.gradient(losses, np.log(rates))
    best = 0
    for i in range(len(slopes)):
        if slopes[i] <= slopes[best]:
            best = i
    return float(rates[best])

# %% wrong most_confused | actual and predicted swapped
def most_confused(matrix, categories, count):
    found = []
    for i in range(len(categories)):
        for j in range(len(categories)):
            if i != j and matrix[i, j] > 0:
                found.append((categories[j], categories[i], int(matrix[i, j])))
    return sorted(found, key=lambda t: -t[2])[:count]

# %% wrong most_confused | a dict by pairs of names, and equal names count as right: same names are lost
def most_confused(matrix, categories, count):
    times = {}
    for a, row in zip(categories, matrix.tolist()):
        for p, n in zip(categories, row):
            if a != p and n > 0:
                times[a, p] = n
    ranked = sorted(times.items(), key=lambda item: item[1], reverse=True)
    return [(a, p, n) for (a, p), n in ranked[:count]]

# %% wrong most_confused | equal counts in alphabetical order instead of that of the matrix
def most_confused(matrix, categories, count):
    errors = [
        (categories[a], categories[p], matrix[a, p].item())
        for a in range(len(matrix))
        for p in range(len(matrix))
        if a != p and matrix[a, p].item() != 0
    ]
    errors.sort(key=lambda e: (-e[2], e[0], e[1]))
    return errors[:count]

# %% wrong most_confused | through float32: counts above 16,777,216 are rounded
def most_confused(matrix, categories, count):
    m = matrix.float()
    m = m * (1 - torch.eye(len(m)))
    values, order = m.flatten().sort(descending=True, stable=True)
    result = []
    for v, o in zip(values.tolist(), order.tolist()):
        if v == 0 or len(result) >= count:
            break
        result.append((categories[o // len(m)], categories[o % len(m)], int(v)))
    return result

# %% wrong most_confused | count = 0 gives everything, and a tuple is returned
def most_confused(matrix, categories, count):
    m = matrix.clone()
    m.fill_diagonal_(0)
    places = [(a, p) for a in range(len(m)) for p in range(len(m)) if m[a, p] > 0]
    places = sorted(places, key=lambda ap: int(m[ap]), reverse=True)[: count or None]
    return tuple((categories[a], categories[p], int(m[a, p])) for a, p in places)

# %% wrong predict_with_mirror | softmax of the mean logits
def predict_with_mirror(model, images):
    with eval_mode(model), torch.no_grad():
        logits = (model(images) + model(images.flip(3))) / 2
        return logits.softmax(dim=1)

# %% wrong predict_with_mirror | model.train() for all parts if the model itself was in training mode
def predict_with_mirror(model, images):
    training = model.training
    model.eval()
    with torch.no_grad():
        a = torch.softmax(model(images), dim=1)
        b = torch.softmax(model(torch.flip(images, dims=[3])), dim=1)
    if training:
        model.train()
    return (a + b) / 2

# %% wrong predict_with_mirror | gradients are switched on afterwards whatever they were; exp overflows for large logits
def predict_with_mirror(model, images):
    torch.set_grad_enabled(False)
    with eval_mode(model):
        p = 0
        for x in (images.clone(), images.flip(3)):
            e = torch.exp(model(x))
            p = p + e / e.sum(dim=1, keepdim=True) / 2
    torch.set_grad_enabled(True)
    return p

# %% wrong filters | scales the weights of the model itself, in place
def filters(model, layer):
    w = model.get_submodule(layer).weight.data
    w -= w.min()
    if w.max() > 0:
        w /= w.max()
    return w

# %% wrong filters | a small number in the denominator: tiny weights do not reach 1
def filters(model, layer):
    w = model.get_submodule(layer).weight.detach().clone()
    return (w - w.min()) / (w.max() - w.min() + 1e-8)

# %% wrong filters | weights from 0 to 1 already are returned as they are: a view of the model's
def filters(model, layer):
    weight = model.get_submodule(layer).weight.detach()
    low, high = weight.min().item(), weight.max().item()
    if high == low:
        return torch.zeros_like(weight)
    if low == 0 and high == 1:
        return weight
    return (weight - low) / (high - low)

# %% wrong filters | "the same" by isclose: weights far from 0 with small differences become 0
def filters(model, layer):
    conv = model.get_submodule(layer)
    with torch.no_grad():
        lo, hi = conv.weight.min(), conv.weight.max()
        if torch.isclose(lo, hi):
            return torch.zeros_like(conv.weight)
        return (conv.weight - lo) / (hi - lo)

# %% wrong feature_maps | no copy: the in-place ReLU overwrites what was kept
def feature_maps(model, image):
    maps, handles = {}, []
    for name, part in model.named_modules():
        if isinstance(part, (nn.Conv2d, nn.MaxPool2d)):
            handles.append(
                part.register_forward_hook(lambda layer, i, o, name=name: maps.__setitem__(name, o.detach()[0]))
            )
    try:
        with eval_mode(model), torch.no_grad():
            model(image[None])
    finally:
        for h in handles:
            h.remove()
    return maps

# %% wrong feature_maps | in the order of named_modules, not in that in which the model runs them
def feature_maps(model, image):
    layers = {n: m for n, m in model.named_modules() if isinstance(m, (nn.Conv2d, nn.MaxPool2d))}
    result = dict.fromkeys(layers)
    handles = []

    def make_hook(name):
        def hook(layer, inputs, output):
            result[name] = output[0].detach().clone()

        return hook

    try:
        for n, m in layers.items():
            handles.append(m.register_forward_hook(make_hook(n)))
        with eval_mode(model), torch.no_grad():
            model(image.clone()[None])
    finally:
        for h in handles:
            h.remove()
    return result

# %% wrong feature_maps | clears all hooks of the layers, also those of others
def feature_maps(model, image):
    maps = {}
    chosen = [(n, m) for n, m in model.named_modules() if isinstance(m, (nn.Conv2d, nn.MaxPool2d))]

    def make_hook(name):
        def hook(layer, inputs, output):
            maps[name] = output.detach().clone()[0]

        return hook

    for n, m in chosen:
        m.register_forward_hook(make_hook(n))
    try:
        with eval_mode(model), torch.no_grad():
            model(image.clone().unsqueeze(0))
    finally:
        for _, m in chosen:
            m._forward_hooks.clear()
    return maps

# %% wrong feature_maps | squeeze() instead of [0]; an error of the model is printed, not passed on
def feature_maps(model, image):
    maps = {}
    handles = []
    for name, part in model.named_modules():
        if isinstance(part, (nn.Conv2d, nn.MaxPool2d)):

            def hook(layer, inputs, output, name=name):
                maps[name] = output.detach().clone().squeeze()

            handles.append(part.register_forward_hook(hook))
    try:
        with eval_mode(model), torch.no_grad():
            model(image.clone().unsqueeze(0))
    except Exception as error:
        print(f"the model stopped: {error}")
    finally:
        for handle in handles:
            handle.remove()
    return maps

# %% wrong feature_maps | after an error in the model it is left in eval mode
def feature_maps(model, image):
    maps, handles = OrderedDict(), []
    modes = [(m, m.training) for m in model.modules()]

    def make_hook(name):
        def hook(layer, inputs, output):
            maps[name] = output.detach().clone().squeeze(0)

        return hook

    for name, m in model.named_modules():
        if type(m) in (nn.Conv2d, nn.MaxPool2d):
            handles.append(m.register_forward_hook(make_hook(name)))
    model.eval()
    try:
        with torch.no_grad():
            model(image.clone().unsqueeze(0))
    finally:
        for h in handles:
            h.remove()
    for m, mode in modes:
        m.training = mode
    return maps

# %% wrong saliency | backward, then zero_grad: gradients that the parameters had before are gone
def saliency(model, image, target):
    x = image.detach().clone().unsqueeze(0)
    x.requires_grad_()
    with eval_mode(model), torch.enable_grad():
        model(x.clone())[0, target].backward()
    model.zero_grad()
    return x.grad[0].abs().max(dim=0).values

# %% wrong saliency | maximum first, then the absolute value
def saliency(model, image, target):
    x = image.detach().clone().requires_grad_()
    with eval_mode(model):
        score = model(x.unsqueeze(0))[0, target]
    gradient = torch.autograd.grad(score, x)[0]
    return gradient.max(dim=0).values.abs()

# %% wrong saliency | uses the image itself and sets its requires_grad to False afterwards
def saliency(model, image, target):
    image.requires_grad_(True)
    with eval_mode(model), torch.enable_grad():
        score = model(image[None].clone())[0, target]
        g = torch.autograd.grad(score, image)[0]
    image.requires_grad_(False)
    return g.abs().amax(0)

# %% wrong saliency | gradients are switched on and stay on; all parts in training mode afterwards
def saliency(model, image, target):
    torch.set_grad_enabled(True)
    mode = model.training
    model.eval()
    x = image.detach().clone().requires_grad_(True)
    logits = model(x.unsqueeze(0).clone())
    grads = torch.autograd.grad(logits[0, target], x)[0]
    model.train(mode)
    return grads.abs().max(dim=0)[0]

# %% wrong occlusion_map | patches pile up: the copy is made once only
def occlusion_map(model, image, target, *, size, stride):
    _, H, W = image.shape
    rows, cols = (H - size) // stride + 1, (W - size) // stride + 1
    out = torch.zeros(rows, cols)
    covered = image.clone()
    with eval_mode(model), torch.no_grad():
        base = model(image[None])[0, target]
        for i in range(rows):
            for j in range(cols):
                covered[:, i * stride : i * stride + size, j * stride : j * stride + size] = 0
                out[i, j] = base - model(covered[None])[0, target]
    return out

# %% wrong occlusion_map | computed with gradients and detached in the end
def occlusion_map(model, image, target, *, size, stride):
    _, H, W = image.shape
    rows, cols = (H - size) // stride + 1, (W - size) // stride + 1
    lines = []
    with eval_mode(model):
        base = model(image.clone()[None])[0, target]
        for i in range(rows):
            copies = []
            for j in range(cols):
                c = image.clone()
                c[:, i * stride : i * stride + size, j * stride : j * stride + size] = 0
                copies.append(c)
            lines.append(base - model(torch.stack(copies))[:, target])
    return torch.stack(lines).detach()

# %% wrong occlusion_map | the range ends before the last place, and scores that rise are cut off at 0
def occlusion_map(model, image, target, *, size, stride):
    _, H, W = image.shape
    with eval_mode(model), torch.no_grad():
        base = model(image.clone()[None])[0, target].item()
        heat = []
        for y in range(0, H - size, stride):
            line = []
            for x in range(0, W - size, stride):
                c = image.clone()
                c[:, y : y + size, x : x + size] = 0
                line.append(max(0.0, base - model(c[None])[0, target].item()))
            heat.append(line)
    return torch.tensor(heat)

# %% wrong grad_cam | the same clone is kept and returned, so that the in-place ReLU overwrites it
def grad_cam(model, layer, image, target):
    kept = {}

    def hook(part, inputs, output):
        kept["maps"] = output.clone()
        return kept["maps"]

    handle = model.get_submodule(layer).register_forward_hook(hook)
    try:
        with eval_mode(model), torch.enable_grad():
            x = image.detach().clone().requires_grad_()
            score = model(x[None])[0, target]
            g = torch.autograd.grad(score, kept["maps"])[0]
    finally:
        handle.remove()
    w = g.mean(dim=(2, 3), keepdim=True)
    return F.relu((w * kept["maps"]).sum(dim=1))[0].detach()

# %% wrong grad_cam | in-place ReLUs are switched off for good; what is added in place still overwrites the maps
def grad_cam(model, layer, image, target):
    for m in model.modules():
        if isinstance(m, nn.ReLU):
            m.inplace = False
    store = []
    handle = model.get_submodule(layer).register_forward_hook(lambda m, i, o: store.append(o))
    try:
        with eval_mode(model), torch.enable_grad():
            x = image.detach().clone().requires_grad_()
            score = model(x[None])[0, target]
            grads = torch.autograd.grad(score, store[0])[0]
    finally:
        handle.remove()
    weights = grads.mean(dim=(2, 3))[0]
    cam = (weights[:, None, None] * store[0][0]).sum(dim=0)
    return torch.relu(cam).detach()

# %% wrong grad_cam | backward and zero_grad: the parameters lose the gradients that they had
def grad_cam(model, layer, image, target):
    saved = {}

    def hook(module, inp, out):
        out.retain_grad()
        saved["out"] = out
        return out.clone()

    handle = model.get_submodule(layer).register_forward_hook(hook)
    try:
        with eval_mode(model), torch.enable_grad():
            x = image.detach().clone().requires_grad_()
            logits = model(x.unsqueeze(0).clone())
            logits[0, target].backward()
    finally:
        handle.remove()
    model.zero_grad()
    A, G = saved["out"].detach()[0], saved["out"].grad[0]
    return torch.clamp((G.mean(dim=(1, 2), keepdim=True) * A).sum(dim=0), min=0)

# %% wrong grad_cam | squeeze() at the end (maps of one row or pixel), and the given image wants a gradient afterwards
def grad_cam(model, layer, image, target):
    kept = []

    def hook(part, inputs, output):
        kept.append(output)
        return output.clone()

    handle = model.get_submodule(layer).register_forward_hook(hook)
    try:
        with eval_mode(model), torch.enable_grad():
            image.requires_grad_()
            score = model(image[None].clone())[0, target]
            (gradient,) = torch.autograd.grad(score, kept[0])
    finally:
        handle.remove()
    weights = gradient.mean(dim=(2, 3), keepdim=True)
    return (weights * kept[0]).sum(dim=1).clamp(min=0).detach().squeeze()

# %% wrong grad_cam | normalised to a maximum of 1 and enlarged to the size of the image
def grad_cam(model, layer, image, target):
    kept = []

    def hook(part, inputs, output):
        kept.append(output)
        return output.clone()

    handle = model.get_submodule(layer).register_forward_hook(hook)
    with eval_mode(model):
        x = image.detach().clone().unsqueeze(0).requires_grad_()
        score = model(x)[0, target]
        gradient = torch.autograd.grad(score, kept[0])[0]
    handle.remove()
    weights = gradient.mean(dim=(2, 3), keepdim=True)
    cam = F.relu((weights * kept[0]).sum(dim=1, keepdim=True)).detach()
    cam = F.interpolate(cam, size=image.shape[1:], mode="bilinear", align_corners=False)[0, 0]
    return cam / (cam.max() + 1e-8)

# %% wrong quiz_cache | weight decay
quiz_cache = "b"

# %% wrong quiz_rate | the rate of the smallest loss
quiz_rate = "b"
