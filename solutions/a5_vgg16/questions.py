"""What the answers to assignment 5, VGG16, transfer, and what is inside are asked."""

import math
import weakref
from collections import OrderedDict

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import nn

from solutions.asking import ask, judged, names_that_fail, plain, type_name

# ---- networks, and what a call may leave behind in them ----


def draw(rng, *shape, scale=1.0, offset=0.0):
    return torch.tensor(rng.normal(offset, scale, size=shape), dtype=torch.float32)


def very_large(rng):
    """For three images, what is added to their pixels."""
    return torch.tensor(rng.permutation([200.0, -200.0, 0.0]), dtype=torch.float32)[:, None, None, None]


def draw_weights(model, rng, *, scale=1.5):
    """Fill a network's weights and running statistics, in single precision, with numbers from `rng`."""
    state = {name: value for name, value in model.float().state_dict().items() if value.is_floating_point()}
    numbers = draw(rng, sum(value.numel() for value in state.values())).split([v.numel() for v in state.values()])
    for (name, value), drawn in zip(state.items(), numbers, strict=True):
        drawn = drawn.reshape(value.shape)
        if value.dim() > 1:
            drawn *= scale / math.sqrt(value[0].numel())
        elif name.endswith("weight"):  # of a batch norm
            drawn = 1 + 0.3 * drawn
        elif name.endswith("running_var"):
            drawn = 0.5 + drawn.square()
        value.copy_(drawn)
    torch.default_generator.manual_seed(int(rng.integers(2**31)))  # for dropout, where it is active
    return model


def draw_state(model, rng, modes, *, trainable=None):
    """Put a network's parts into training, eval or mixed modes; draw what is trainable, gradients, and a hook.

    Mixed: the network itself is in eval mode, parts for which it matters are in training mode, the others in either.
    """
    parts, parameters = list(model.modules()), list(model.parameters())
    mixed = rng.permutation(np.arange(len(parts)) % 2 == 0).tolist()
    for part, mixed_mode in zip(parts, mixed, strict=True):
        mixed_mode = mixed_mode or "Dropout" in type(part).__name__ or "BatchNorm" in type(part).__name__
        part.training = {"training": True, "eval": False, "mixed": mixed_mode and part is not model}[modes]
    chances = rng.random((2, len(parameters))).tolist()
    gradients = draw(rng, sum(p.numel() for p in parameters)).split([p.numel() for p in parameters])
    for parameter, chance, other, gradient in zip(parameters, *chances, gradients, strict=True):
        parameter.requires_grad = chance < 0.6 if trainable is None else trainable
        parameter.grad = gradient.reshape(parameter.shape).to(parameter.dtype) if other < 0.6 else None
    parts[int(rng.integers(len(parts)))].register_forward_hook(lambda *_: None)
    return model


def in_a_row(tensors):
    """All numbers of the tensors in one array."""
    return torch.cat([tensor.detach().double().flatten() for tensor in tensors])


def state_of(model, *, gradients=True):
    """What a call may leave behind in a network, by the names of the questions about it."""

    def count_hooks(part):
        return len(part._forward_hooks) + len(part._forward_pre_hooks) + len(part._backward_hooks)

    def all_gradients():
        present = [parameter.grad is not None for parameter in model.parameters()]
        return [
            np.array(present),
            in_a_row([torch.zeros(0), *(p.grad for p in model.parameters() if p.grad is not None)]),
        ]

    facts = {
        "the mode of each part stays": lambda: np.array([part.training for part in model.modules()]),
        "weights and buffers stay": lambda: in_a_row([torch.zeros(0), *model.state_dict().values()]),
        "what is trainable stays": lambda: np.array([parameter.requires_grad for parameter in model.parameters()]),
        "hooks of others stay, and no other is left": lambda: np.array([count_hooks(part) for part in model.modules()]),
    }
    if gradients:
        facts["the gradients of the parameters stay"] = all_gradients
    on = torch.is_grad_enabled()
    torch.set_grad_enabled(True)  # whatever a call has left behind
    return {name: ask(fact) for name, fact in facts.items()} | {"gradients are on or off as before": on}


def in_place(model):
    """Which ReLUs work in place."""
    return {
        "ReLUs that work in place still do": [part.inplace for part in model.modules() if isinstance(part, nn.ReLU)]
    }


def stays_off(call):
    """Whether gradients are off after a call, as they were before. It may need them, and so raise an error."""
    torch.set_grad_enabled(False)
    ask(call)
    off = not torch.is_grad_enabled()
    torch.set_grad_enabled(True)
    return off


def in_one(states):
    """From a dict for each case to one dict, with what each case gave under a name."""
    return {name: [state[name] for state in states] for name in states[0]}


# ---- preprocess ----


@judged(rtol=0.0, atol=0.06)  # where the resizing is done in floats, pixels are not rounded to bytes on the way
def question_preprocess(answer, rng):
    def picture(width, height, mode="RGB"):
        depth = {"RGBA": 4, "CMYK": 4, "LA": 2, "L": 1}.get(mode, 3)
        coarse = rng.integers(0, 156, size=(-(-height // 20), -(-width // 20), depth))
        coarse = coarse.repeat(20, axis=0).repeat(20, axis=1)[:height, :width]
        pixels = (coarse + rng.integers(0, 100, size=coarse.shape)).astype(np.uint8)
        image = Image.fromarray(pixels[..., 0] if depth == 1 else pixels, mode if depth in (2, 4) else None)
        return image if depth != 3 or mode == "RGB" else image.convert(mode)

    types, gradients, kept = [], [], []

    def look(*arguments):
        image = picture(*arguments)
        before = image.size, image.mode, image.tobytes()

        def result():
            tensor = answer(image)
            types.append(type_name(tensor))
            gradients.append(tensor.requires_grad)
            return {"shape": list(tensor.shape), "every ninth pixel": tensor[..., ::9, ::9]}

        data = ask(result)
        kept.append((image.size, image.mode, image.tobytes()) == before)
        return data

    def look_closely():
        """Nothing has to be resized, so that nothing is rounded: 100 times the numbers, for a finer tolerance."""
        data = look(256, 256)
        if isinstance(data, dict) and isinstance(data["every ninth pixel"], np.ndarray):
            data["every ninth pixel"] = 100.0 * data["every ninth pixel"]
        return data

    return {
        "a landscape": look(300, 200),
        "an upright picture, enlarged": look(160, 200),
        "a tiny picture": look(40, 20),
        "a large picture": look(600, 400),
        "a longer side that has to be rounded": look(213, 160),
        "a square that is large enough already": look_closely(),
        "a transparent picture": look(240, 160, "RGBA"),
        "a grey picture": look(200, 300, "L"),
        "a grey picture with transparency": look(120, 150, "LA"),
        "a picture with a palette": look(210, 140, "P"),
        "a picture in the four inks of a printer": look(120, 120, "CMYK"),
        "float32 tensors": types,
        "no gradients": gradients,
        "the pictures stay": kept,
    }


# ---- top_k ----


def question_top_k(answer, rng):
    graphs, kinds, lists, images_kept, names_kept, states = [], set(), [], [], [], []

    def look(model, images, k, modes, *, trainable=None, different=100):
        draw_state(model, rng, modes, trainable=trainable)
        model.register_forward_hook(lambda _, inputs, logits: graphs.append(logits.requires_grad))
        classes = model[-1].out_features if isinstance(model[-1], nn.Linear) else 12
        categories = [f"kind {i % different}" for i in rng.permutation(100)[:classes]]
        batch, names = images.clone(), list(categories)

        def result():
            rows = answer(model, batch, names, k)
            lists.append(type_name(rows))
            rows = list(rows)
            lists.extend(type_name(row) for row in rows)
            rows = [list(row) for row in rows]
            kinds.update(type(probability).__name__ for row in rows for _, probability in row)
            return {
                "categories": [[str(category) for category, _ in row] for row in rows],
                "probabilities": [np.array([float(probability) for _, probability in row]) for row in rows],
                "logarithms": [np.log(np.array([float(probability) for _, probability in row])) for row in rows],
            }

        torch.set_grad_enabled(modes != "mixed")
        got = ask(result)
        images_kept.append(batch)
        names_kept.append(names == categories)
        states.append(state_of(model))
        return got

    def network(classes):
        layers = [nn.Flatten(), nn.BatchNorm1d(18), nn.Dropout(0.5), nn.Linear(18, classes)]
        return draw_weights(nn.Sequential(*layers), rng, scale=3.0)

    def pixels_as_logits():
        return nn.Sequential(nn.Flatten(), nn.Dropout(0.5))

    shares = torch.tensor(rng.dirichlet(np.ones(12), size=3).reshape(3, 3, 2, 2), dtype=torch.float32)
    data = {
        "a network in training mode": look(network(5), draw(rng, 7, 3, 2, 3), 3, "training", trainable=True),
        "a network in eval mode": look(network(6), draw(rng, 4, 3, 2, 3), 2, "eval"),
        "parts in different modes": look(network(9), draw(rng, 3, 3, 2, 3), 4, "mixed"),
        "the best category alone": look(network(4), draw(rng, 5, 3, 2, 3), 1, "training"),
        "all categories of a single image": look(network(8), draw(rng, 1, 3, 2, 3), 8, "eval"),
        "very large logits": look(pixels_as_logits(), draw(rng, 3, 3, 2, 2, scale=3) + very_large(rng), 3, "training"),
        "categories of the same name": look(network(7), draw(rng, 3, 3, 2, 3), 6, "eval", different=2),
        "logits that happen to add up to 1": look(pixels_as_logits(), shares, 3, "training"),
        "a list of lists": lists,
        "probabilities that are floats": sorted(kinds),
        "nothing is computed for gradients": any(graphs),
        "the images and the categories stay": [images_kept, names_kept],
    }
    return plain(data | in_one(states))


# ---- replace_head ----


def draw_head(rng):
    """For replace_head: numbers of classes; weights of a network like VGG, by name; images for it."""
    classes, width = [int(n) for n in 2 + rng.permutation(60)[:5]], int(rng.integers(5, 40))
    shapes = {
        "features.0": (width, 3, 1, 1),
        "classifier.0": (9, width),
        "classifier.3": (8, 9),
        "classifier.6": (12, 8),
    }
    weights = {}
    for name, shape in shapes.items():
        weights[f"{name}.weight"] = rng.normal(0, 2 / math.sqrt(shape[1]), size=shape)
        weights[f"{name}.bias"] = rng.normal(size=shape[0])
    return classes, width, weights, rng.normal(size=(4, 3, 4, 4))


def new_heads(data, rng):
    """A new head is drawn at random, so its weights are known from what came back alone."""
    classes, _, weights, images = draw_head(rng)
    names = [name for name in REPLACED_HEADS if name != "a single class"]
    expected = dict(zip(names, classes, strict=True), **{"a single class": 1})

    def fits(name):
        inputs, got = data["what goes into the head"][name], data[name]
        weight, bias, logits = (np.asarray(got[key], dtype=float) for key in ("weight", "bias", "logits"))
        shapes = weight.shape == (expected[name], inputs.shape[1]) and bias.shape == (expected[name],)
        return shapes and np.allclose(logits, inputs @ weight.T + bias, rtol=1e-4, atol=1e-4)

    def computed():
        x = np.einsum("fc,nchw->nfhw", weights["features.0.weight"][..., 0, 0], images)
        x = np.maximum(x + weights["features.0.bias"][:, None, None], 0).mean(axis=(2, 3))
        for name in ("classifier.0", "classifier.3"):
            x = np.maximum(x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"], 0)
        got = data["what goes into the head"]["a network like VGG"]
        return np.allclose(got, x, rtol=1e-3, atol=1e-3) and fits("a network like VGG")

    checks = {name: (lambda name=name: fits(name)) for name in REPLACED_HEADS}
    return names_that_fail(checks | {"a network like VGG": computed})


REPLACED_HEADS = (
    "a network like VGG",
    "a network like ResNet",
    "a frozen network in eval mode",
    "something after the head",
    "a head without a bias, deep inside",
    "a single class",
)


@judged(
    predicate=new_heads,
    free=(
        "a network like VGG",
        "a network like ResNet",
        "a frozen network in eval mode",
        "something after the head",
        "a head without a bias, deep inside",
        "a single class",
    ),
)
def question_replace_head(answer, rng):
    classes, width, weights, images = draw_head(rng)
    images = torch.tensor(images, dtype=torch.float32)

    class Residual(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv1, self.bn1 = nn.Conv2d(3, width, 1), nn.BatchNorm2d(width)
            parts = {"conv": nn.Conv2d(width, width, 1), "bn": nn.BatchNorm2d(width), "fc": nn.Linear(width, width)}
            self.layer1, self.avgpool, self.fc = nn.ModuleDict(parts), nn.Flatten(2), nn.Linear(width, 11)
            self.act, self.scale = nn.PReLU(), nn.Parameter(torch.ones(width, 1, 1))  # this one belongs to no layer

        def forward(self, images):
            x = self.act(self.bn1(self.conv1(images))) * self.scale
            x = self.avgpool(x + self.layer1["bn"](self.layer1["conv"](x))).mean(dim=2)
            return self.fc(x * self.layer1["fc"](x))

    def vgg(*tail):
        features = nn.Sequential(nn.Conv2d(3, width, 1), nn.ReLU(True), nn.AdaptiveAvgPool2d(1))
        return nn.Sequential(OrderedDict(features=features, avgpool=nn.Flatten(1), classifier=nn.Sequential(*tail)))

    def dense():
        parts = nn.Linear(width, 9), nn.ReLU(True), nn.Dropout(), nn.Linear(9, 8), nn.ReLU(True), nn.Dropout()
        return vgg(*parts, nn.Linear(8, 12))

    def nested():
        inner = nn.Sequential(OrderedDict(norm=nn.BatchNorm1d(12), drop=nn.Dropout(0.3), out=nn.Linear(12, 5, False)))
        return nn.Sequential(OrderedDict(stem=nn.Conv2d(3, 12, 3), flat=nn.Flatten(), top=nn.Sequential(inner)))

    def head_of(model):
        return [name for name, part in model.named_modules() if isinstance(part, nn.Linear)][-1]

    heads, inputs, states = {}, {}, []

    def change(name, model, classes, *, modes="training", trainable=True):
        head, kept = head_of(model), []
        draw_state(model, rng, modes, trainable=trainable)
        model.get_submodule(head).weight.grad = None
        before = [key for key, _ in model.named_modules()], list(model.state_dict())
        torch.default_generator.manual_seed(
            int(rng.integers(2**31))
        )  # the new head's weights are the same for the same draws
        returned = ask(lambda: "the same" if answer(model, classes) is model else "another one")
        failed = returned.startswith("raised")
        if failed:  # how far it had come by then tells nothing
            model.requires_grad_(False).eval().get_submodule(head).requires_grad_(True)

        def others():
            return [value.clone() for key, value in model.state_dict().items() if not key.startswith(head + ".")]

        facts = {
            "the model itself comes back": returned,
            "the parts keep their names": ask(lambda: [key for key, _ in model.named_modules()] == before[0]),
            "all other weights and buffers stay": ask(others),
            "the new head alone is trainable": ask(lambda: [k for k, p in model.named_parameters() if p.requires_grad]),
            "all but the head are in eval mode": ask(
                lambda: [key for key, part in model.named_modules() if part.training and key != head]
            ),
        }

        def use():
            new = model.get_submodule(head)
            handle = new.register_forward_pre_hook(lambda part, arguments: kept.append(arguments[0]))
            logits = model(images[:, :, :3, :3] if "stem.weight" in before[1] else images)
            handle.remove()
            return {"weight": new.weight, "bias": new.bias, "logits": logits}

        used = ask(use)
        heads[name] = returned if failed else used
        inputs[name] = plain(kept[-1]) if kept else "never used"
        facts["buffers stay when the network is used"] = ask(others)
        states.append(facts)

    like_vgg = dense()
    like_vgg.load_state_dict({name: torch.tensor(value) for name, value in weights.items()})
    change(REPLACED_HEADS[0], like_vgg.float(), classes[0])
    change(REPLACED_HEADS[1], draw_weights(Residual(), rng), classes[1], modes="mixed")
    change(REPLACED_HEADS[2], draw_weights(Residual(), rng), classes[2], trainable=False, modes="eval")
    behind = draw_weights(vgg(nn.Dropout(0.2), nn.Linear(width, 13), nn.Flatten(1)), rng)
    change(REPLACED_HEADS[3], behind, classes[3], trainable=None)
    change(REPLACED_HEADS[4], draw_weights(nested(), rng), classes[4], modes="mixed")
    change(REPLACED_HEADS[5], draw_weights(dense(), rng), 1)

    def count():
        with torch.device("meta"):
            model = dense()
        answer(model, classes[0])
        return {name: list(p.shape) for name, p in model.named_parameters() if p.requires_grad}

    shapes = {"a network without numbers, on the meta device": ask(count)}
    return heads | {"what goes into the head": inputs} | shapes | in_one(states)


# ---- parameter_groups ----


def question_parameter_groups(answer, rng):
    head_lr, backbone_lr = (float(rate) for rate in 10.0 ** -(1 + 3 * rng.random(2)))
    kinds, states = set(), []

    def vgg():
        features = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(True), nn.Conv2d(4, 4, 3), nn.BatchNorm2d(4))
        dense = nn.Sequential(nn.Linear(4, 4), nn.ReLU(True), nn.Dropout(), nn.Linear(4, 4), nn.Linear(4, 6))
        return nn.Sequential(OrderedDict(features=features, avgpool=nn.AdaptiveAvgPool2d(1), classifier=dense))

    def resnet():
        layers = nn.Sequential(nn.Conv2d(4, 4, 1, bias=False), nn.BatchNorm2d(4))
        model = nn.Sequential(OrderedDict(conv1=nn.Conv2d(3, 4, 7), act=nn.PReLU(), layer4=layers, fc=nn.Linear(4, 9)))
        model.scale = nn.Parameter(torch.ones(4))  # belongs to no layer
        return model

    def similar():
        gate = nn.ModuleDict({"fc1": nn.Conv2d(4, 4, 1), "fc": nn.Linear(4, 4)})
        return nn.ModuleDict(OrderedDict(se=gate, fc_norm=nn.BatchNorm1d(4), fc1=nn.Linear(4, 4), fc=nn.Linear(4, 5)))

    def tied():
        return nn.ModuleDict({"first": nn.Linear(4, 4), "second": nn.Linear(4, 4), "out": nn.Linear(4, 4)})

    def in_the_middle():
        return nn.ModuleDict({"a": nn.Linear(3, 3), "head": nn.Linear(3, 2, bias=False), "norm": nn.BatchNorm1d(3)})

    def group(model, *, frozen=(), shared=()):
        for name, parameter in model.named_parameters():
            drawn = bool(rng.random() < 0.7)
            parameter.requires_grad = drawn if frozen is None else not name.startswith(tuple(frozen))
            parameter.grad = torch.ones_like(parameter) if rng.random() < 0.6 else None
        for part in model.modules():
            part.training = bool(rng.random() < 0.5)
        for one, other in shared:
            model.get_submodule(other).weight = model.get_submodule(one).weight

        def rates():
            names = {id(parameter): name for name, parameter in model.named_parameters()}
            found = {name: [] for name in names.values()}
            groups = answer(model, head_lr=head_lr, backbone_lr=backbone_lr)
            kinds.add(type_name(groups))
            for one in groups:
                kinds.update([type_name(one["params"]), type_name(one["lr"])])
                for parameter in list(one["params"]):
                    found.setdefault(names.get(id(parameter), "a stranger"), []).append(math.log10(one["lr"]))
            return found

        data = ask(rates)
        gradients = [parameter.grad is not None for parameter in model.parameters()]
        modes = [part.training for part in model.modules()]
        states.append([np.array([p.requires_grad for p in model.parameters()]), np.array(gradients), np.array(modes)])
        return data

    with torch.device("meta"):
        without_numbers = vgg()
    equal = vgg()
    data = {
        "everything is trainable": group(vgg()),
        "frozen up to the middle": group(vgg(), frozen=("features.0", "features.2", "classifier.0")),
        "frozen here and there": group(vgg(), frozen=None),
        "a frozen bias in the head": group(vgg(), frozen=("features", "classifier.4.bias")),
        "a frozen head": group(vgg(), frozen=("classifier.4",)),
        "layers that share a weight": group(
            vgg(), frozen=("features.0.bias",), shared=[("classifier.0", "classifier.3")]
        ),
        "a head that shares its weight with another layer": group(tied(), shared=[("first", "out")]),
        "a network like ResNet": group(resnet(), frozen=("conv1",)),
        "a network like ResNet, all frozen": group(resnet(), frozen=("conv1", "act", "layer4", "fc", "scale")),
        "names that resemble that of the head": group(similar(), frozen=None),
        "a head without a bias, before a batch norm": group(in_the_middle()),
    }
    for parameter in equal.parameters():
        parameter.data.zero_()
    data["a network without numbers, on the meta device"] = group(without_numbers, frozen=None)
    data["weights that are all 0"] = group(equal, frozen=None)
    types = {"a list of groups, with lists of parameters and a float": sorted(kinds)}
    return data | types | {"modes, gradients and what is trainable stay": states}


# ---- cache_features ----


def question_cache_features(answer, rng):
    class Elsewhere(torch.Tensor):
        """A tensor that is not where the model is until it is moved there."""

        def to(self, *args, **kwargs):
            goals.add(str(kwargs.get("device", args[0] if args else None)))
            return self.as_subclass(torch.Tensor)

    class OnDevice(torch.Tensor):
        """A tensor that is not on the CPU until it is moved there."""

        @classmethod
        def __torch_function__(cls, function, types, args=(), kwargs=None):
            result = super().__torch_function__(function, types, args, kwargs or {})
            if isinstance(result, OnDevice):
                on_device.append(weakref.ref(result))
            return result

        def cpu(self):
            return self.as_subclass(torch.Tensor)

        def type(self, *goal):
            tensor = self.as_subclass(torch.Tensor).type(*goal)
            return (
                tensor
                if not goal or goal[0] in (torch.FloatTensor, "torch.FloatTensor")
                else tensor.as_subclass(OnDevice)
            )

        def to(self, *args, **kwargs):
            return self.as_subclass(torch.Tensor).to(*args, **kwargs)

    class Backbone(nn.Module):
        def __init__(self, flat):
            super().__init__()
            self.conv, self.norm = nn.Conv2d(3, 4, 2), nn.BatchNorm2d(4)
            self.rest = nn.Sequential(nn.ReLU(True), nn.Dropout(0.5), *([nn.Flatten(), nn.Linear(24, 1)] * flat))

        def forward(self, images):
            at_home.append(type(images) is torch.Tensor)
            seen.append(len(images))
            piled.append(sum(len(tensor()) for tensor in on_device if tensor() is not None))
            features = self.rest(self.norm(self.conv(images.as_subclass(torch.Tensor))))
            computed.append(features.requires_grad)
            features = features.as_subclass(OnDevice)
            on_device.append(weakref.ref(features))
            return features

    class There(nn.Module):
        """Lives on the device "meta", and does not accept what is elsewhere."""

        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.empty(1, device="meta"))

        def forward(self, images):
            if images.device.type != "meta":
                raise RuntimeError("the images are not on the device")
            return numbers[: len(images)].clone()

    class Shuffled(list):
        """A loader that gives another order each time, as one with shuffle=True does."""

        def __iter__(self):
            images, labels = map(torch.cat, zip(*list.__iter__(self), strict=True))
            order = torch.tensor(rng.permutation(len(labels))).split(3)
            return iter([(images[rows].as_subclass(Elsewhere), labels[rows]) for rows in order])

    goals, at_home, seen, numbers = set(), [], [], draw(rng, 3, 2)
    computed, on_device, piled, facts, states = [], [], [], [], []

    def cache(sizes, modes, *, device="cpu", kind=list, dtype=torch.float32, flat=False, trainable=None):
        backbone = draw_state(draw_weights(Backbone(flat), rng).to(dtype), rng, modes, trainable=trainable)
        labels = torch.tensor(rng.permutation(sum(sizes))).split(sizes)
        images = [draw(rng, n, 3, 4, 3).to(dtype) for n in sizes]
        batches = [(x.as_subclass(Elsewhere), y) for x, y in zip(images, labels, strict=True)]
        loader, got = kind(batches), {}
        for record in (goals, at_home, seen):
            record.clear()

        def result():
            features, labels = answer(backbone, loader, device)
            by_label = labels.argsort() if kind is Shuffled else slice(None)
            got["the features are on the CPU"] = not isinstance(features, OnDevice)
            got["types"] = [type_name(features), type_name(labels)]
            features = features.as_subclass(torch.Tensor)
            got["the features carry no gradients"] = features.requires_grad

            @torch.enable_grad()
            def train_a_head():
                weight = torch.ones(features.shape[-1], requires_grad=True)
                (features.float() @ weight).sum().backward()
                return weight.grad

            got["a head can be trained on the features"] = ask(train_a_head)
            return {"features": features[by_label], "labels": labels[by_label]}

        torch.set_grad_enabled(modes != "mixed")
        data = ask(result)
        names = (
            "the features are on the CPU",
            "types",
            "the features carry no gradients",
            "a head can be trained on the features",
        )
        facts.append(
            {name: got.get(name) for name in names}
            | {
                "each image goes through the backbone once": sum(seen),
                "images are moved to the device": [all(at_home), "cpu" in goals],
                "the batches stay": ask(lambda: [x.as_subclass(torch.Tensor) for x, _ in batches]),
            }
        )
        states.append(state_of(backbone))
        return data

    def elsewhere():
        def result():
            loader = [(torch.zeros(n, 3, 2, 2), torch.tensor(labels[:n])) for n in (3, 1)]
            return answer(There(), loader, "meta")

        labels = rng.permutation(9)
        return ask(result)

    data = {
        "a smaller last batch": cache((5, 5, 2), "training", trainable=True),
        "a loader that can be looped over only once": cache((4, 3, 6), "eval", device=torch.device("cpu"), kind=iter),
        "parts in different modes": cache((7, 1), "mixed"),
        "a loader that shuffles": cache((6, 6, 4), "training", kind=Shuffled),
        "a backbone in double precision": cache((3, 2), "eval", dtype=torch.float64),
        "one number for each image, batches of one": cache((1,) * 7, "training", flat=True),
        "a backbone on another device": elsewhere(),
        "nothing is computed for gradients": any(computed),
        "each batch is moved to the CPU at once": max(piled[-7:], default=0) < 5,
    }
    facts = in_one(facts)
    return plain(data | {"float32 features and integer labels": facts.pop("types")} | facts | in_one(states))


# ---- unfreeze_from ----


def question_unfreeze_from(answer, rng):
    words = [str(word) for word in rng.permutation(["stem", "trunk", "body", "neck", "tower", "tail", "block", "root"])]
    depth, width = int(rng.integers(22, 30)), int(rng.integers(2, 6))
    one, without = (int(i) for i in 2 + rng.permutation(8)[:2])  # places with one digit: a convolution, a ReLU
    two = int(rng.integers(10, depth - 2))
    kinds = rng.random(depth) < 0.5
    kinds[[0, one, two, depth - 1]], kinds[without] = True, False
    states = []

    def vgg():
        features = [nn.Conv2d(width, width, 1) if convolution else nn.ReLU(True) for convolution in kinds]
        dense = nn.Sequential(nn.Linear(width, 3), nn.ReLU(True), nn.Dropout(), nn.Linear(3, 2))
        parts = {words[0]: nn.Sequential(*features), words[1]: nn.AdaptiveAvgPool2d(1), words[2]: dense}
        return nn.Sequential(OrderedDict(parts))

    def resnet():
        def block():
            parts = [nn.Conv2d(width, width, 1), nn.BatchNorm2d(width), nn.Conv2d(width, width, 1)]
            return nn.Sequential(OrderedDict(zip(["conv1", "bn1", "conv2"], parts, strict=True)))

        stages = {f"{words[4]}{i}": nn.Sequential(block(), block()) for i in (1, 2, 10)}
        model = nn.Sequential(OrderedDict({words[3]: nn.Conv2d(3, width, 1), **stages, words[5]: nn.Linear(width, 2)}))
        model.scale = nn.Parameter(torch.ones(width))  # belongs to no layer
        return model

    def unfreeze(model, layer):
        draw_state(model, rng, "mixed")
        if hasattr(model, "scale"):
            model.scale.requires_grad = True

        def result():
            answer(model, layer)
            return [name for name, parameter in model.named_parameters() if parameter.requires_grad]

        data = ask(result)
        state = state_of(model)
        del state["what is trainable stays"]
        states.append(state)
        return data

    def refuse(model, layer):
        def free():
            return [parameter.requires_grad for parameter in model.parameters()]

        def result():
            before = free()
            try:
                answer(model, layer)
            except (KeyError, ValueError) as error:
                named = f"refused {layer}" if layer in str(error) else "refused without the name"
                return [named, "nothing changed" if free() == before else "changed first"]
            return "accepted"

        return ask(result)

    inside = int(rng.integers(2))
    deep, residual = draw_weights(vgg(), rng), draw_weights(resnet(), rng)
    data = {
        "a layer whose number has one digit": unfreeze(deep, f"{words[0]}.{one}"),
        "a layer whose number has two digits": unfreeze(deep, f"{words[0]}.{two}"),
        "a layer without parameters": unfreeze(deep, f"{words[0]}.{without}"),
        "a pooling between two containers": unfreeze(deep, words[1]),
        "a container": unfreeze(deep, words[2]),
        "the first container": unfreeze(deep, words[0]),
        "the head": unfreeze(deep, f"{words[2]}.3"),
        "a whole stage of a network like ResNet": unfreeze(residual, f"{words[4]}{int(rng.choice([2, 10]))}"),
        "half a stage": unfreeze(residual, f"{words[4]}{int(rng.choice([1, 2]))}.1"),
        "a layer deep inside": unfreeze(residual, f"{words[4]}2.{inside}.bn1"),
        "a name that no layer has": refuse(deep, f"{words[0]}.{depth + width}"),
        "the beginning of a name": refuse(deep, words[0][:-1]),
        "a name with a dot too many": refuse(deep, words[2] + "."),
        "the name of a parameter": refuse(residual, f"{words[4]}2.1.conv2.weight"),
    }
    return plain(data | in_one(states))


# ---- find_learning_rate ----


def question_find_learning_rate(answer, rng):
    kinds, batches_seen, batches_kept, states = set(), [], [], []
    moved = {"images": [], "labels": []}

    class Elsewhere(torch.Tensor):
        """A tensor that is not where the model is until it is moved there."""

        def to(self, *args, **kwargs):
            places = [goal for goal in (*args, *kwargs.values()) if isinstance(goal, (str, torch.device, torch.Tensor))]
            return self.as_subclass(torch.Tensor).to(*args, **kwargs) if places else self

    class Shuffled(list):
        """A loader that gives another order each time, as one with shuffle=True does."""

        passes = 0

        def __iter__(self):
            self.passes += 1
            return iter(self[self.passes % len(self) :] + self[: self.passes % len(self)])

    def find(
        sizes,
        *,
        optimiser="SGD",
        script=None,
        unit=1.0,
        fractions=False,
        modes="training",
        frozen=False,
        past=1,
        loader=list,
        **limits,
    ):
        layers = [nn.Linear(12, 6), nn.BatchNorm1d(6), nn.Linear(6, 4)] if script is None else [nn.Linear(12, 2)]
        model = draw_state(draw_weights(nn.Sequential(nn.Flatten(), *layers), rng), rng, modes, trainable=True)
        model[1].requires_grad_(not frozen)
        batches = [(draw(rng, n, 3, 2, 2), torch.tensor(rng.integers(4, size=n))) for n in sizes]
        if fractions:
            batches = [(images, draw(rng, len(labels))) for images, labels in batches]
        lent = [tuple(tensor.as_subclass(Elsewhere) for tensor in batch) for batch in batches]
        free = [parameter for parameter in model.parameters() if parameter.requires_grad]
        groups = [{"params": free[:1], "lr": float(rng.uniform(0.01, 0.1))}, {"params": free[1:], "lr": 0.02}]
        if optimiser == "SGD":
            optimizer = torch.optim.SGD(groups, momentum=float(rng.uniform(0.4, 0.9)), nesterov=frozen)
        else:
            optimizer = torch.optim.AdamW(groups, weight_decay=0.1)
        for _ in range(past):
            for parameter in free:
                parameter.grad = draw(rng, *parameter.shape)  # which must not count in the first step
            optimizer.step()
        calls, seen = [], []
        parts = list(model.modules())

        def note(model, inputs):
            moved["images"].append(not isinstance(inputs[0], Elsewhere))
            seen.append(float(inputs[0].flatten()[0]))
            seen.append(float(sum(part.training for part in parts)))

        model.register_forward_pre_hook(note)

        def loss_fn(logits, labels):
            calls.append(1)
            moved["labels"].append(not isinstance(labels, Elsewhere))
            logits, labels = logits.as_subclass(torch.Tensor), labels.as_subclass(torch.Tensor)
            if fractions:
                return F.mse_loss(logits[:, 0], labels)
            scripted = script and unit * script[(len(calls) - 1) % len(script)]
            return F.cross_entropy(logits, labels) if script is None else logits.square().mean() * 0 + scripted

        def result():
            rates, losses = answer(model, loader(lent), loss_fn, optimizer, **limits)
            kinds.update("float" if isinstance(item, float) else type_name(item) for item in [rates, losses])
            kinds.update("float" if isinstance(item, float) else type(item).__name__ for item in [*rates, *losses])
            return {
                "rates": np.log10([float(rate) for rate in rates]),
                "losses": np.array([float(loss) / unit for loss in losses]),
            }

        got = ask(result)
        batches_seen.append(np.array(seen))
        batches_kept.append([images for images, _ in batches])
        state = state_of(model, gradients=False)
        state["the state and the rates of the optimiser stay"] = ask(optimizer.state_dict)

        def step():
            for parameter in free:
                parameter.grad = torch.ones_like(parameter)
            optimizer.step()
            return in_a_row(model.parameters())

        state["the optimiser goes on from where it was"] = ask(step)
        states.append(state)
        return got

    nan, inf = float("nan"), float("inf")
    first, low = float(rng.uniform(1.5, 2.5)), float(rng.uniform(0.5, 0.95))
    four = [1.0, 4.0, 3.9 * low, low, 4.1 * low, 1.0, 1.0]
    falls = [4 * first, first, 3.9 * first, 1.5 * first, 3.8 * first, 4.1 * first, 1.0, 1.0, 1.0]
    data = {
        "through the loader twice": find((6, 6, 3), lowest=1e-4, highest=0.3, steps=5),
        "AdamW, with two groups": find((5, 4), optimiser="AdamW", lowest=1e-3, highest=0.5, steps=3),
        "an optimiser that has made no step yet": find(
            (7,), optimiser="AdamW", past=0, lowest=1e-5, highest=1e-2, steps=2
        ),
        "fewer steps than batches": find((4, 3, 5, 6), lowest=1e-3, highest=1e-1, steps=2),
        "a loader that gives another order each time": find((3, 4, 5), loader=Shuffled, script=[first], steps=7),
        "parts in different modes": find((6, 5), modes="mixed", lowest=1e-3, highest=0.2, steps=3),
        "a network in eval mode": find((5, 8), optimiser="AdamW", modes="eval", lowest=1e-4, highest=1e-1, steps=3),
        "a frozen layer": find((5, 3), frozen=True, lowest=1e-3, highest=1e-1, steps=3),
        "labels that are fractions": find((4, 6), fractions=True, lowest=1e-3, highest=1e-1, steps=3),
        "losses that fall and then explode": find((4, 5), script=falls, steps=9),
        "tiny losses that fall and then explode": find((5, 3), script=falls, unit=1e-6, steps=9),
        "a loss of 0": find((2, 4), script=[0.0, low, 1.0], steps=4),
        "a loss that is not a number": find(
            (4, 4), optimiser="AdamW", script=[first, low, nan, 1.0, 1.0, 1.0], steps=6
        ),
        "an infinite loss": find((3, 6), script=[first, inf, low, 1.0, 1.0], steps=5),
        "the first loss is infinite": find((3, 2), script=[inf, low, 1.0, 1.0], steps=4),
        "exactly four times the smallest loss, then a little more": find((4, 7), script=four, steps=7),
        "the default rates and number of steps": find((9, 2), script=[first]),
        "lists of floats": sorted(kinds),
        "batches and modes, step by step": batches_seen,
        "images and labels are moved to where the model is": [all(one) for one in moved.values()],
        "the batches stay": batches_kept,
    }
    model = draw_weights(nn.Sequential(nn.Flatten(), nn.Linear(12, 4)), rng)
    batch = draw(rng, 2, 3, 2, 2), torch.tensor(rng.integers(4, size=2))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    limits = {"lowest": 1e-3, "highest": 1e-2, "steps": 2}
    off = stays_off(lambda: answer(model, [batch], F.cross_entropy, optimizer, **limits))
    states[-1]["gradients are on or off as before"] = [states[-1]["gradients are on or off as before"], off]
    return plain(data | in_one(states))


# ---- suggest_learning_rate ----


def question_suggest_learning_rate(answer, rng):
    kinds, members, kept = set(), [], []

    def curve(steps, *, even=True, noise=0.05):
        """Flat, then falling, then rising: the logarithm of the rate runs from -7 to 0, in even steps or not."""
        where = np.linspace(-7, 0, steps) if even else np.sort(rng.uniform(-7, 0, size=steps))
        middle = rng.uniform(-4.5, -2.5)
        losses = 2.3 - 1.5 / (1 + np.exp(-3 * (where - middle))) + np.exp(3 * (where + 0.6))
        return (10.0**where).tolist(), (losses + rng.normal(0, noise, size=steps)).tolist()

    def anything(steps):
        return np.sort(10.0 ** rng.uniform(-7, 1, size=steps)).tolist(), rng.uniform(0.1, 5, size=steps).tolist()

    def suggest(rates, losses):
        def result(rates, losses):
            rate = answer(rates, losses)
            kinds.add("float" if isinstance(rate, float) else type(rate).__name__)
            members.append(rate in before[0])
            return math.log10(float(rate))

        before = list(rates), list(losses)
        data = ask(result, rates, losses)
        kept.append([np.array(rates), np.array(losses)])
        return data

    nan, inf = float("nan"), float("inf")
    ended, exploded, gap, late = curve(25), curve(20), curve(30), [anything(12) for _ in range(4)]
    gap[1][3] = gap[1][4] = nan
    for _, one in late:
        one[0], one[5], one[8] = nan, inf, -inf
    jump = rng.uniform(1, 2)
    start = 10.0 ** -rng.uniform(3, 5)
    rates = [start * 10.0**i for i in range(5)]
    data = {
        "a smooth curve": suggest(*curve(40, noise=0.0)),
        "a curve with noise": suggest(*curve(35, noise=0.4)),
        "rates that are not evenly spaced": suggest(*curve(30, even=False)),
        "uneven rates, with noise": suggest(*curve(24, even=False, noise=0.4)),
        "losses at random": [suggest(*anything(n)) for n in (3, 5, 8, 13, 21)],
        "nan at the end": suggest(ended[0], ended[1][:-1] + [nan]),
        "infinity at the end": suggest(exploded[0], exploded[1][:-1] + [inf]),
        "nan in between": suggest(*gap),
        "nan at the beginning, infinities later": [suggest(*one) for one in late],
        "the loss falls fastest at the end": suggest(rates, [3.0, 3.1, 2.9, 2.8, 2.9 - jump]),
        "the loss falls fastest at the beginning": suggest(rates[:4], [3.0 + jump, 3.1, 3.0, 2.9]),
        "the loss only rises": suggest(rates[1:], [1.0, 1.0 + jump, 1.1 + jump, 5.0 + jump]),
        "losses that are all 0": suggest(rates, [0.0] * 5),
        "two pairs": suggest(rates[:2], [1.0 + jump, 1.0]),
        "two finite pairs remain": suggest(rates[:3], [2.0, 1.0 + jump / 4, inf]),
    }
    return plain(
        data | {"the result is a float": sorted(kinds), "it is one of the rates": members, "the two lists stay": kept}
    )


# ---- most_confused ----


@judged(rtol=0.0, atol=0.5)  # counts are compared exactly, however large they are
def question_most_confused(answer, rng):
    kinds, matrices, names_kept, lists = set(), [], [], set()

    def confuse(matrix, count, dtype=torch.int64, different=90):
        categories = [f"breed {i % different}" for i in rng.permutation(90)[: len(matrix)]]
        matrix, names = torch.tensor(np.asarray(matrix)).to(dtype), list(categories)

        def result():
            triples = answer(matrix, names, count)
            lists.add(type_name(triples))
            triples = [tuple(triple) for triple in triples]
            kinds.update(type(times).__name__ for _, _, times in triples)
            return {
                "names": [[str(actual), str(predicted)] for actual, predicted, _ in triples],
                "how often": [float(times) for _, _, times in triples],
            }

        got = ask(result)
        matrices.append(matrix)
        names_kept.append(names == categories)
        return got

    size = int(rng.integers(4, 7))
    sparse = rng.integers(1, 9, size=(size, size)) * (rng.random((size, size)) < 0.4)
    sparse[1, 0] = 1
    ties = rng.integers(1, 3, size=(size + 1, size + 1)) + 9 * np.eye(size + 1, dtype=int)
    both = np.diag(rng.integers(5, 9, size=4))
    both[0, 1], both[1, 0], both[2, 3], both[3, 0] = 5, 4, 7, 2
    alone = np.diag(rng.integers(1, 9, size=4))
    alone[tuple(rng.permutation(4)[:2])] = rng.integers(1, 9)
    large = 2**24 + rng.permutation(25).reshape(5, 5)
    data = {
        "counts that all differ": confuse(rng.permutation(100)[:36].reshape(6, 6), 4),
        "the one most frequent mistake": confuse(rng.permutation(40)[:25].reshape(5, 5), 1),
        "many equal counts": confuse(ties, 3 * size),
        "more asked for than there are": confuse(sparse, 100),
        "as many classes as there are breeds": confuse(rng.integers(0, 6, size=(37, 37)), 12),
        "two classes": confuse(rng.integers(1, 90, size=(2, 2)), 2),
        "confused in both directions": confuse(both, 3),
        "a single mistake": confuse(alone, 3),
        "no mistakes": confuse(np.diag(rng.integers(1, 9, size=3)), 2),
        "none asked for": confuse(rng.integers(0, 9, size=(3, 3)), 0),
        "counts in the millions": confuse(large, 6),
        "categories of the same name": confuse(rng.permutation(40)[:16].reshape(4, 4), 9, different=2),
        "integers of 32 bits": confuse(2**24 * rng.permutation(100)[:16].reshape(4, 4), 5, torch.int32),
    }
    return plain(
        data
        | {
            "the result is a list": sorted(lists),
            "counts that are ints": sorted(kinds),
            "the matrix and the categories stay": [matrices, names_kept],
        }
    )


# ---- predict_with_mirror ----


def question_predict_with_mirror(answer, rng):
    gradients, kinds, computed, images_kept, states = [], set(), [], [], []

    def predict(n, classes, modes, *, height=3, width=4, trainable=None, model=None, images=None):
        size = 3 * height * width
        layers = [nn.BatchNorm1d(size), nn.Dropout(0.5), nn.Linear(size, 8), nn.ReLU(True), nn.Linear(8, classes)]
        model = model or draw_weights(nn.Sequential(nn.Flatten(), *layers), rng, scale=3.0)
        draw_state(model, rng, modes, trainable=trainable)
        model.register_forward_hook(lambda _, inputs, logits: computed.append(logits.requires_grad))
        images = draw(rng, n, 3, height, width) if images is None else images

        def result():
            probabilities = answer(model, images)
            kinds.add(type_name(probabilities).split()[-1])
            gradients.append(probabilities.requires_grad)
            return [probabilities, probabilities.log()]

        torch.set_grad_enabled(modes != "mixed")
        got = ask(result)
        images_kept.append(images)
        states.append(state_of(model))
        return got

    pixels = nn.Sequential(nn.Flatten(), nn.Dropout(0.5))
    data = {
        "a network in training mode": predict(5, 4, "training", trainable=True),
        "a network in eval mode": predict(3, 6, "eval", height=4),
        "parts in different modes": predict(4, 3, "mixed"),
        "one image": predict(1, 5, "training", height=2, width=5),
        "images of two columns": predict(2, 4, "eval", height=6, width=2),
        "very large logits": predict(
            3, 12, "training", model=pixels, images=draw(rng, 3, 3, 2, 2, scale=3) + very_large(rng)
        ),
        "the result is a tensor": sorted(kinds),
        "the probabilities carry no gradients": gradients,
        "nothing is computed for gradients": any(computed),
        "the images stay": images_kept,
    }
    return plain(data | in_one(states))


# ---- filters ----


def question_filters(answer, rng):
    f, c = (int(n) for n in 2 + rng.permutation(4)[:2])
    inner = OrderedDict(conv1=nn.Conv2d(f, 3, (3, 2)), bn1=nn.BatchNorm2d(3), conv2=nn.Conv2d(3, 6, 1, groups=3))
    features = nn.Sequential(nn.Conv2d(c, f, (2, 4)), nn.ReLU(True), nn.Conv2d(f, f, 3), nn.Conv2d(f, 1, 2, bias=False))
    layer1 = nn.Sequential(nn.Sequential(inner))
    single = nn.ModuleDict(
        OrderedDict(one=nn.Conv2d(1, 1, 1), ready=nn.Conv2d(2, 3, 2), far=nn.Conv2d(3, 3, 1), tiny=nn.Conv2d(2, 3, 1))
    )
    model = draw_weights(nn.Sequential(OrderedDict(features=features, layer1=layer1, extra=single)), rng)
    with torch.no_grad():
        model.features[2].weight.copy_(torch.tensor(rng.uniform(0.1, 1.0)))
        model.features[3].weight.copy_(1e-3 * model.features[3].weight.abs() - 2)
        inner["conv1"].weight *= 1e3
        inner["conv1"].weight[1] = 0.5
        ready = rng.permutation(np.linspace(0, 1, single["ready"].weight.numel()))
        single["ready"].weight.copy_(torch.tensor(ready).reshape(single["ready"].weight.shape))
        single["tiny"].weight.mul_(1e-9)
        single["far"].weight.copy_(torch.tensor(rng.permutation(9)).reshape(3, 3, 1, 1) + 4096.0)
    draw_state(model, rng, "mixed", trainable=True)
    model.features[0].weight.requires_grad = False
    gradients, shared = [], []

    def show(layer):
        weight = model.get_submodule(layer).weight
        before = weight.detach().clone()

        def result():
            scaled = answer(model, layer)
            gradients.append(scaled.requires_grad)
            copied = scaled.detach().clone()
            with torch.no_grad():
                scaled.zero_()
            shared.append(torch.equal(weight, before))
            return copied

        return ask(result)

    data = {
        "the first layer, frozen": show("features.0"),
        "one filter whose weights are all negative": show("features.3"),
        "a layer deep inside, with large weights": show("layer1.0.conv1"),
        "groups of channels": show("layer1.0.conv2"),
        "weights from 0 to 1 already": show("extra.ready"),
        "tiny weights": show("extra.tiny"),
        "weights far from 0": show("extra.far"),
        "all weights are the same": show("features.2"),
        "a single weight": show("extra.one"),
    }
    state = state_of(model)
    with torch.no_grad():
        model.features[2].weight.zero_()
    data["all weights are 0"] = show("features.2")
    data["the filters carry no gradients"] = gradients
    data["writing into the picture does not change the model"] = shared
    return plain(data | state)


# ---- feature_maps ----


def question_feature_maps(answer, rng):
    class Residual(nn.Module):
        """Its parts are not listed in the order in which they run."""

        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(24, 3)
            self.maxpool = nn.MaxPool2d(2)
            self.shortcut, self.bn1 = nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4)
            self.layer1 = nn.Sequential(OrderedDict(conv1=nn.Conv2d(3, 4, 3, padding=1), relu=nn.ReLU(True)))
            self.drop, self.conv1, self.mean = nn.Dropout2d(0.5), nn.Conv2d(3, 3, 3, padding=1), nn.AvgPool2d(1)

        def forward(self, images):
            x = self.drop(self.conv1(images))
            y = self.bn1(self.layer1(x))
            y += self.shortcut(x)
            return self.fc(self.mean(self.maxpool(F.relu_(y)).mul_(2)).flatten(1))

    def vgg():
        features = [nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(True), nn.MaxPool2d(2)]
        features += [nn.Conv2d(4, 5, 2), nn.ReLU(True), nn.MaxPool2d((1, 2), stride=1)]
        dense = nn.Sequential(nn.Linear(5, 4), nn.ReLU(True), nn.Dropout(), nn.Linear(4, 3))
        parts = OrderedDict(features=nn.Sequential(*features), avgpool=nn.AdaptiveAvgPool2d(1))
        return nn.Sequential(OrderedDict(**parts, flatten=nn.Flatten(), classifier=dense))

    def narrow():
        layers = nn.Conv2d(3, 1, 1), nn.ReLU(True), nn.Conv2d(1, 5, (4, 6)), nn.ReLU(True), nn.MaxPool2d(1)
        similar = nn.ConvTranspose2d(5, 4, 2), nn.AdaptiveMaxPool2d(1), nn.Flatten(2), nn.Conv1d(4, 5, 1)
        return nn.Sequential(*layers, *similar, nn.Flatten(), nn.Linear(5, 3))

    types, gradients, images_kept, states = set(), [], [], []

    def look(model, modes, *, width=6, trainable=None):
        draw_state(draw_weights(model, rng), rng, modes, trainable=trainable)
        next(part for part in model.modules() if isinstance(part, nn.Conv2d)).register_forward_hook(lambda *_: None)
        image = draw(rng, 3, 4, width)
        kept = image.clone()

        def result():
            maps = answer(model, kept)
            types.add("dict" if isinstance(maps, dict) else type_name(maps))
            gradients.append([value.requires_grad for value in maps.values()])
            return [item for name, value in maps.items() for item in (str(name), value)]

        torch.set_grad_enabled(modes != "mixed")
        data = ask(result)
        images_kept.append([kept, kept.requires_grad])
        states.append(state_of(model) | in_place(model))
        return data

    data = {
        "a network like VGG": look(vgg(), "training", trainable=True),
        "a network like VGG in eval mode": look(vgg(), "eval", width=9),
        "a network like ResNet": look(Residual(), "training", trainable=True),
        "parts in different modes": look(Residual(), "mixed"),
        "one filter, maps of one pixel, similar layers": look(narrow(), "mixed"),
        "an error half-way through the model": look(Residual(), "training", width=8),
        "an error half-way, parts in different modes": look(Residual(), "mixed", width=10),
        "the result is a dict": sorted(types),
        "the maps carry no gradients": gradients,
        "the image stays": images_kept,
    }
    return plain(data | in_one(states))


# ---- saliency ----


def question_saliency(answer, rng):
    gradients, images_kept, states = [], [], []

    def look(height, width, modes, *, classes=3, trainable=None, wanting=False, offset=0.0):
        layers = [nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(True), nn.MaxPool2d((1, 2)), nn.Flatten()]
        layers += [nn.Dropout(0.5), nn.Linear(4 * height * (width // 2), 8), nn.ReLU(True), nn.Linear(8, classes)]
        model = draw_weights(nn.Sequential(*layers), rng, scale=2.5)
        with torch.no_grad():
            model[-1].bias += offset
        draw_state(model, rng, modes, trainable=trainable)
        image = draw(rng, 3, height, width)
        if wanting:
            image.requires_grad_()
            image.grad = draw(rng, 3, height, width)

        def result():
            maps = [answer(model, image, target) for target in range(classes)]
            gradients.append(any(one.requires_grad for one in maps))
            return maps

        data = ask(result)
        images_kept.append([image, image.requires_grad, plain(image.grad)])
        states.append(state_of(model))
        return data

    data = {
        "a network in training mode": look(4, 6, "training", trainable=True),
        "a network in eval mode": look(6, 5, "eval", classes=2),
        "parts in different modes": look(5, 7, "mixed", classes=2),
        "a frozen network": look(4, 4, "training", classes=2, trainable=False),
        "an image of one row": look(1, 6, "training", classes=2),
        "very large scores": look(3, 4, "mixed", classes=1, offset=5000.0),
        "an image that has a gradient of its own": look(2, 4, "eval", classes=1, wanting=True),
        "the map carries no gradients": gradients,
        "the image stays": images_kept,
    }
    model = draw_weights(nn.Sequential(nn.Flatten(), nn.Linear(12, 4)), rng)
    image = draw(rng, 3, 2, 2)
    off = stays_off(lambda: answer(model, image, 0))
    states[-1]["gradients are on or off as before"] = [states[-1]["gradients are on or off as before"], off]
    return plain(data | in_one(states))


# ---- occlusion_map ----


def question_occlusion_map(answer, rng):
    gradients, computed, images_kept, states = [], [], [], []

    def look(height, width, size, stride, modes, *, classes=2, trainable=None):
        layers = [nn.Conv2d(3, 5, 3, padding=1), nn.BatchNorm2d(5), nn.ReLU(True), nn.Flatten(), nn.Dropout(0.5)]
        model = draw_weights(nn.Sequential(*layers, nn.Linear(5 * height * width, classes)), rng, scale=3.0)
        draw_state(model, rng, modes, trainable=trainable)
        model.register_forward_hook(lambda _, inputs, logits: computed.append(logits.requires_grad))
        image = draw(rng, 3, height, width, offset=0.5)

        def result():
            maps = [answer(model, image, target, size=size, stride=stride) for target in range(classes)]
            gradients.append(any(one.requires_grad for one in maps))
            return maps

        torch.set_grad_enabled(modes != "mixed")
        data = ask(result)
        images_kept.append([image, image.requires_grad])
        states.append(state_of(model))
        return data

    data = {
        "a pixel left over": look(8, 11, 3, 2, "training", trainable=True),
        "gaps between the patches": look(7, 9, 2, 3, "eval"),
        "one row of places": look(4, 7, 4, 1, "mixed"),
        "nothing left over": look(6, 8, 2, 2, "eval", classes=1),
        "a patch as large as the image": look(5, 5, 5, 2, "training"),
        "single pixels, far apart": look(6, 10, 1, 4, "mixed"),
        "the map carries no gradients": gradients,
        "nothing is computed for gradients": any(computed),
        "the image stays": images_kept,
    }
    return plain(data | in_one(states))


# ---- grad_cam ----


def question_grad_cam(answer, rng):
    class Residual(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv1, self.layer1, self.bn1 = nn.Conv2d(3, 4, 3), nn.Conv2d(4, 4, 3, padding=1), nn.BatchNorm2d(4)
            self.relu, self.drop, self.fc = nn.ReLU(True), nn.Dropout(0.5), nn.Linear(4, 4)

        def forward(self, images):
            x = self.conv1(images)
            y = self.bn1(self.layer1(self.relu(x)))
            y += x
            return self.fc(self.drop(self.relu(y).square().mean(dim=(2, 3))))

    def vgg():
        features = [nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(True), nn.MaxPool2d(2)]
        features += [nn.Conv2d(4, 5, 2), nn.BatchNorm2d(5), nn.ReLU(True)]
        dense = nn.Sequential(nn.Linear(30, 8), nn.ReLU(True), nn.Dropout(), nn.Linear(8, 4))
        parts = OrderedDict(features=nn.Sequential(*features), avgpool=nn.AdaptiveAvgPool2d((2, 3)))
        return nn.Sequential(OrderedDict(**parts, flatten=nn.Flatten(), classifier=dense))

    def narrow():
        layers = nn.Conv2d(3, 1, 3), nn.ReLU(True), nn.Conv2d(1, 4, (3, 4)), nn.Flatten(), nn.Linear(4, 4)
        return nn.Sequential(*layers)

    gradients, images_kept, states = [], [], []

    def look(model, layer, modes, *, height=6, width=8, trainable=None, wanting=False, targets=(0, 3)):
        draw_state(draw_weights(model, rng, scale=2.0), rng, modes, trainable=trainable)
        model.get_submodule(layer).register_forward_hook(lambda *_: None)
        image = draw(rng, 3, height, width)
        if wanting:
            image.requires_grad_()
            image.grad = draw(rng, 3, height, width)

        def result():
            maps = [answer(model, layer, image, target) for target in targets]
            gradients.append(any(one.requires_grad for one in maps))
            return maps

        data = ask(result)
        images_kept.append([image, image.requires_grad, plain(image.grad)])
        states.append(state_of(model) | in_place(model))
        return data

    data = {
        "an in-place ReLU behind the layer": look(vgg(), "features.0", "training", trainable=True, targets=(0, 1, 3)),
        "the layer is an in-place ReLU": look(vgg(), "features.1", "eval", width=7),
        "the last convolution": look(vgg(), "features.3", "training", height=7, width=9),
        "batch norm before a ReLU": look(vgg(), "features.4", "mixed", width=6),
        "a container as the layer": look(vgg(), "features", "training", width=10),
        "maps to which something is added in place": look(Residual(), "bn1", "training", targets=(0, 1, 3)),
        "maps that are used twice": look(Residual(), "conv1", "mixed", height=5, width=9),
        "a frozen network": look(vgg(), "features.3", "training", width=11, trainable=False),
        "a single map": look(narrow(), "0", "mixed", height=5, width=6),
        "maps of one pixel": look(narrow(), "2", "eval", height=5, width=6, targets=(0, 1, 3)),
        "an image that has a gradient of its own": look(vgg(), "features.3", "eval", wanting=True, targets=(2,)),
        "the map carries no gradients": gradients,
        "the image stays": images_kept,
    }
    model = draw_weights(nn.Sequential(nn.Conv2d(3, 4, 1), nn.Flatten(), nn.Linear(16, 4)), rng)
    image = draw(rng, 3, 2, 2)
    off = stays_off(lambda: answer(model, "0", image, 0))
    states[-1]["gradients are on or off as before"] = [states[-1]["gradients are on or off as before"], off]
    return plain(data | in_one(states))


# ---- the quiz ----

LETTER = "the answer is a letter, which the judge compares"
BY_VALUE = {
    "quiz_batch_norm": LETTER,
    "quiz_cache": LETTER,
    "quiz_score": LETTER,
    "quiz_rate": LETTER,
}

# ---- promises of docstrings, and who asks them ----

PROMISED = {
    "unfreeze_from": {"Raises KeyError or ValueError": ["a name that no layer has", "the beginning of a name"]},
    "filters": {"Returns a tensor": ["the first layer, frozen"]},
    "saliency": {"Returns a tensor": ["the map carries no gradients"]},
    "occlusion_map": {"Returns a tensor": ["the map carries no gradients"]},
    "grad_cam": {"a tensor (h, w)": ["the map carries no gradients"]},
}
