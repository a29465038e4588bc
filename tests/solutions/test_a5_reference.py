"""Do assignment 5's reference solutions do what their docstrings promise? PyTorch, torchvision and NumPy say."""

from __future__ import annotations

import copy
import math
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
import torchvision
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from torch import nn

from solutions.a5_vgg16 import notebook as a5

SEEDS = range(4)


class Residual(nn.Module):
    """In the shape of a ResNet: parts that do not run in the order of the list, in-place sums, a head called `fc`."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(5, 4)
        self.second = nn.Sequential(nn.Conv2d(5, 5, 3, padding=1, bias=False), nn.BatchNorm2d(5), nn.ReLU(inplace=True))
        self.pool, self.stem = nn.MaxPool2d(3, stride=2, padding=1), nn.Conv2d(3, 5, (2, 3))
        self.bn, self.drop, self.short = nn.BatchNorm2d(5), nn.Dropout2d(0.5), nn.Conv2d(5, 5, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.pool(self.drop(self.bn(self.stem(x))))
        x = self.short(x).add_(self.second(x))
        return self.fc((x * x).mul_(2.0).mean(dim=(2, 3)))


def vgg(*, bias: bool = True, tail: tuple[nn.Module, ...] = ()) -> nn.Sequential:
    features = nn.Sequential(
        nn.Conv2d(3, 5, 3, padding=1),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(2),
        nn.Conv2d(5, 6, 3, padding=1),
        nn.BatchNorm2d(6),
        nn.ReLU(inplace=True),
    )
    dense = nn.Linear(24, 9), nn.ReLU(inplace=True), nn.Dropout(0.5), nn.Linear(9, 4, bias=bias), *tail
    parts = OrderedDict(features=features, avgpool=nn.AdaptiveAvgPool2d(2), flat=nn.Flatten())
    return nn.Sequential(OrderedDict(parts, classifier=nn.Sequential(*dense)))


NETWORKS: dict[str, Callable[[], nn.Module]] = {"vgg": vgg, "resnet": Residual}


def network(kind: str, seed: int) -> nn.Module:
    """A network with statistics, gradients, modes and frozen parts that differ from one seed to the next."""
    torch.manual_seed(seed)
    model = NETWORKS[kind]()
    model.train()(torch.randn(8, 3, 12, 9) * 2 + 1).sum().backward()
    if seed % 2:
        model.zero_grad(set_to_none=True)
    for index, parameter in enumerate(model.parameters()):
        parameter.requires_grad_(bool((index + seed) % 3) and seed != 3)
    for index, part in enumerate(model.modules()):
        part.train(bool((index + seed) % 4))
    next(iter(model.children())).register_forward_hook(lambda *_: None)  # somebody else's
    return model


def state(model: nn.Module, *, with_gradients: bool = True) -> str:
    """All that a call must not change, as text."""
    kinds = "_forward_hooks", "_forward_pre_hooks", "_backward_hooks"
    parts = [(part.training, *(list(getattr(part, kind)) for kind in kinds)) for part in model.modules()]
    gradients = [(p.requires_grad, None if p.grad is None else p.grad.tolist()) for p in model.parameters()]
    gradients = gradients if with_gradients else []
    return repr([parts, [value.tolist() for value in model.state_dict().values()], gradients])


def oracle(model: nn.Module) -> nn.Module:
    """The same network in double precision and eval mode, with no ReLU in place, frozen."""
    model = copy.deepcopy(model).eval().double().requires_grad_(False)
    for part in model.modules():
        if isinstance(part, nn.ReLU):
            part.inplace = False
    return model


def close(got: torch.Tensor, expected: torch.Tensor, tolerance: float = 1e-4) -> None:
    scale = max(1e-3, float(expected.abs().max()))
    torch.testing.assert_close(got.double(), expected.double(), rtol=0, atol=tolerance * scale)


@pytest.mark.parametrize(
    ("size", "mode"),
    [
        ((512, 256), "RGB"),
        ((100, 125), "L"),
        ((333, 333), "P"),
        ((640, 1024), "RGBA"),
        ((40, 20), "CMYK"),
        ((213, 160), "LA"),
        ((256, 256), "RGB"),
    ],
)
def test_preprocess_equals_torchvisions_steps(size: tuple[int, int], mode: str) -> None:
    rng = np.random.default_rng(sum(size))
    image = Image.fromarray(rng.integers(0, 256, size=(size[1], size[0], 3)).astype(np.uint8))
    if mode in ("RGBA", "LA"):
        image.putalpha(Image.fromarray(rng.integers(0, 256, size=size[::-1]).astype(np.uint8)))
    image = image.convert(mode)
    before = image.tobytes(), image.mode, image.size
    got = a5.preprocess(image)
    assert (image.tobytes(), image.mode, image.size) == before
    assert (got.dtype, got.shape, got.requires_grad) == (torch.float32, (3, 224, 224), False)
    tools = torchvision.transforms.functional
    small = tools.center_crop(tools.resize(image.convert("RGB"), 256, antialias=True), 224)
    expected = np.asarray(small).transpose(2, 0, 1) / 255 - np.reshape((0.485, 0.456, 0.406), (3, 1, 1))
    np.testing.assert_allclose(got, expected / np.reshape((0.229, 0.224, 0.225), (3, 1, 1)), atol=1e-5)


@pytest.mark.parametrize(("kind", "seed"), [(kind, seed) for kind in NETWORKS for seed in SEEDS])
def test_top_k_sorts_the_softmax_of_the_network_in_eval_mode(kind: str, seed: int) -> None:
    model, images, names = network(kind, seed), torch.randn(seed + 1, 3, 12, 9), ["cat", "dog", "fox", "owl"]
    grads: list[bool] = []
    list(model.modules())[-1].register_forward_hook(lambda *_: grads.append(torch.is_grad_enabled()))
    before, kept = state(model), images.clone()
    got = a5.top_k(model, images, names, seed + 1)
    assert (state(model), any(grads), torch.is_grad_enabled()) == (before, False, True)
    assert torch.equal(images, kept)
    assert all(type(probability) is float for row in got for _, probability in row)
    expected = oracle(model)(images.double()).softmax(dim=1)
    for row, probabilities in zip(got, expected.tolist(), strict=True):
        order = sorted(range(4), key=lambda index: -probabilities[index])[: seed + 1]
        assert [name for name, _ in row] == [names[index] for index in order]
        assert [p for _, p in row] == pytest.approx([probabilities[index] for index in order], abs=1e-5)


@pytest.mark.parametrize(
    ("make", "name", "width"),
    [
        (Residual, None, 5),
        (vgg, "classifier.3", 9),
        (lambda: vgg(bias=False), "classifier.3", 9),
        (lambda: vgg(tail=(nn.Identity(), nn.Dropout(0.2))), "classifier.3", 9),
    ],
)
@pytest.mark.parametrize("classes", [1, 11])
def test_replace_head_changes_the_head_alone(
    make: Callable[[], nn.Module], name: str | None, width: int, classes: int
) -> None:
    torch.manual_seed(classes)
    model, name = make(), name or "fc"
    images = torch.randn(4, 3, 12, 9)
    model.train()(images)
    before = {key: value.clone() for key, value in model.state_dict().items()}
    parts, old = [key for key, _ in model.named_modules()], model.get_submodule(name)
    assert a5.replace_head(model, classes) is model
    head = model.get_submodule(name)
    assert isinstance(head, nn.Linear) and head is not old
    assert (head.weight.shape, head.bias.shape) == ((classes, width), (classes,))
    assert [key for key, _ in model.named_modules()] == parts
    assert {key for key, p in model.named_parameters() if p.requires_grad} == {f"{name}.weight", f"{name}.bias"}
    assert not any(part.training for part in model.modules() if part is not head)
    assert torch.equal(model(images), model(images))
    others = {key: value for key, value in model.state_dict().items() if not key.startswith(f"{name}.")}
    assert all(torch.equal(value, before[key]) for key, value in others.items())


@pytest.mark.parametrize(
    ("kind", "head", "width"),
    [("vgg16", "classifier.6", 4096), ("resnet50", "fc", 2048), ("mobilenet_v2", "classifier.1", 1280)],
)
def test_replace_head_and_parameter_groups_find_the_heads_of_published_networks(
    kind: str, head: str, width: int
) -> None:
    with torch.device("meta"):
        model = a5.replace_head(getattr(torchvision.models, kind)(weights=None), 37)
    trainable = {name: p.numel() for name, p in model.named_parameters() if p.requires_grad}
    assert trainable == {f"{head}.weight": 37 * width, f"{head}.bias": 37}
    model.requires_grad_(True)
    first, second = a5.parameter_groups(model, head_lr=0.5, backbone_lr=0.25)
    assert [p.numel() for p in first["params"]] == [37 * width, 37]
    assert len(first["params"]) + len(second["params"]) == len(list(model.parameters()))


@given(flags=st.lists(st.booleans(), min_size=10, max_size=10), share=st.booleans())
@settings(max_examples=20, deadline=None)
def test_parameter_groups_hold_each_trainable_parameter_once(flags: list[bool], share: bool) -> None:
    model = vgg()
    if share:
        model.features[0].bias = model.features[4].weight = nn.Parameter(torch.ones(6))
    for parameter, flag in zip(model.parameters(), flags, strict=False):
        parameter.requires_grad_(flag)
    own = {id(parameter) for parameter in model.classifier[3].parameters()}
    groups = a5.parameter_groups(model, head_lr=0.25, backbone_lr=0.5)
    rates = [(id(parameter), group["lr"]) for group in groups for parameter in group["params"]]
    assert len(rates) == len(dict(rates))
    assert dict(rates) == {id(p): 0.25 if id(p) in own else 0.5 for p in model.parameters() if p.requires_grad}


@pytest.mark.parametrize(("seed", "sizes"), [*enumerate([(4, 4, 1), (3,), (1, 1, 1), (2, 5, 3)])])
def test_cache_features_gives_what_the_backbone_gives_in_eval_mode(seed: int, sizes: tuple[int, ...]) -> None:
    backbone = network("vgg", seed).features
    dtype = torch.float64 if seed == 2 else torch.float32
    backbone.to(dtype)
    batches = [(torch.randn(n, 3, 6, 7, dtype=dtype), torch.randint(9, (n,))) for n in sizes]
    expected = torch.cat([oracle(backbone)(images.double()) for images, _ in batches])
    before = state(backbone)
    features, labels = a5.cache_features(backbone, iter(batches), torch.device("cpu"))
    assert state(backbone) == before
    assert (features.dtype, features.requires_grad) == (torch.float32, False)
    close(features, expected)
    assert torch.equal(labels, torch.cat([labels for _, labels in batches]))


def test_training_on_cached_features_equals_training_end_to_end() -> None:
    torch.manual_seed(4100)
    layers = nn.Conv2d(3, 5, 3), nn.BatchNorm2d(5), nn.ReLU(inplace=True), nn.Flatten(), nn.Linear(80, 12), nn.Dropout()
    backbone = nn.Sequential(*layers)
    backbone.train()(torch.randn(16, 3, 6, 6) + 0.5)
    images, answers = torch.randn(21, 3, 6, 6), torch.randint(4, (21,))
    loader = list(zip(images.split(8), answers.split(8), strict=True))
    features, labels = a5.cache_features(backbone, loader, "cpu")
    cached = list(zip(features.split(8), labels.split(8), strict=True))
    start, heads = nn.Linear(12, 4).state_dict(), []
    for batches, below in ((cached, nn.Identity()), (loader, backbone.eval().requires_grad_(False))):
        head = nn.Linear(12, 4)
        head.load_state_dict(start)
        optimizer = torch.optim.SGD(head.parameters(), lr=0.1, momentum=0.9)
        for x, y in batches * 5:
            optimizer.zero_grad()
            F.cross_entropy(head(below(x)), y).backward()
            optimizer.step()
        heads.append(torch.cat([head.weight, head.bias[:, None]], dim=1))
    torch.testing.assert_close(*heads, rtol=0, atol=1e-5)


def long_network() -> nn.Module:
    features = nn.Sequential(*[nn.Conv2d(3, 3, 1) if i % 2 == 0 else nn.ReLU(inplace=True) for i in range(25)])
    classifier = nn.Sequential(nn.Linear(3, 4), nn.Dropout(), nn.Linear(4, 2))
    return nn.Sequential(OrderedDict(features=features, flat=nn.Flatten(), classifier=classifier))


@given(data=st.data())
@settings(max_examples=20, deadline=None)
def test_unfreeze_from_goes_by_the_place_in_the_list(data: st.DataObject) -> None:
    model = data.draw(st.sampled_from([long_network, Residual, vgg]))()
    order = [name for name, _ in model.named_modules()]
    layer = data.draw(st.sampled_from(order[1:]))
    for parameter in model.parameters():
        parameter.requires_grad_(data.draw(st.booleans()))
    a5.unfreeze_from(model, layer)
    for name, parameter in model.named_parameters():
        assert parameter.requires_grad == (order.index(name.rpartition(".")[0]) >= order.index(layer))


@pytest.mark.parametrize("wrong", ["features.25", "feature", "Classifier", "classifier.", "0", "features.0.weight"])
def test_unfreeze_from_names_a_layer_that_is_not_there(wrong: str) -> None:
    with pytest.raises((KeyError, ValueError), match=wrong.replace(".", r"\.")):
        a5.unfreeze_from(long_network(), wrong)


@pytest.mark.parametrize(
    ("kind", "layer", "expected"),
    [("vgg16", "features.24", 3 * (512 * 512 * 9 + 512) + 123_642_856), ("resnet50", "layer4", 14_964_736 + 2_049_000)],
)
def test_unfreeze_from_counts_the_parameters_of_published_networks(kind: str, layer: str, expected: int) -> None:
    with torch.device("meta"):
        model = getattr(torchvision.models, kind)(weights=None)
    a5.unfreeze_from(model, layer)
    assert sum(p.numel() for p in model.parameters() if p.requires_grad) == expected


@pytest.mark.parametrize("adam", [False, True])
@pytest.mark.parametrize(
    ("sizes", "steps", "lowest", "highest"),
    [([4, 4, 2], 7, 1e-3, 1.0), ([5], 6, 1e-4, 0.1), ([3] * 9, 4, 1e-2, 0.5), ([2, 6], 2, 1e-5, 0.1)],
)
def test_find_learning_rate_is_a_training_that_is_undone(
    sizes: list[int], steps: int, lowest: float, highest: float, adam: bool
) -> None:
    torch.manual_seed(steps)
    model = nn.Sequential(nn.Linear(5, 8), nn.BatchNorm1d(8), nn.ReLU(inplace=True), nn.Linear(8, 3)).train()
    model[1].train(adam)
    batches = [(torch.randn(n, 5), torch.randint(3, (n,))) for n in sizes]

    def optimizer_for(model: nn.Sequential) -> torch.optim.Optimizer:
        groups = [{"params": model[0].parameters(), "lr": 0.01}, {"params": model[3].parameters(), "lr": 0.3}]
        return torch.optim.AdamW(groups) if adam else torch.optim.SGD(groups, momentum=0.9, nesterov=True)

    optimizer = optimizer_for(model)
    F.cross_entropy(model(batches[0][0]), batches[0][1]).backward()
    optimizer.step()
    twin = copy.deepcopy(model)
    other = optimizer_for(twin)
    other.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    rates, losses = np.geomspace(lowest, highest, steps), []
    for i, rate in enumerate(rates):
        for group in other.param_groups:
            group["lr"] = rate
        other.zero_grad()
        loss = F.cross_entropy(twin(batches[i % len(batches)][0]), batches[i % len(batches)][1])
        losses.append(loss.item())
        if losses[-1] > 4 * min(losses):
            break
        loss.backward()
        other.step()
    before = state(model, with_gradients=False), repr(optimizer.state_dict())
    got = a5.find_learning_rate(model, batches, F.cross_entropy, optimizer, lowest=lowest, highest=highest, steps=steps)
    assert (state(model, with_gradients=False), repr(optimizer.state_dict())) == before
    assert all(type(value) is float for value in [*got[0], *got[1]])
    np.testing.assert_allclose(got[0], rates[: len(losses)], rtol=1e-6)
    np.testing.assert_allclose(got[1], losses, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("script", "count"),
    [
        ([2.0, 1.0, 3.9, 4.0, 4.1, 1.0], 5),
        ([2.0, 1.0, 5.0, 1.0, 1.0, 1.0], 3),
        ([1.0, 3.9, 3.9, 0.9, 3.5, 3.7], 6),
        ([1.0, 0.5, math.nan, 0.5, 0.5, 0.5], 3),
        ([math.inf, 0.5, 0.5, 0.5, 0.5, 0.5], 1),
        ([3.0, -math.inf, 3.0, 0.5, 0.5, 0.5], 2),
        ([9.0, 3.0, 8.0, 1.0, 3.9, 4.5], 6),
    ],
)
def test_find_learning_rate_ends_where_the_losses_explode(script: list[float], count: int) -> None:
    model, coming = nn.Linear(2, 2), iter(script)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.25, momentum=0.9)
    batches = [(torch.ones(3, 2), torch.zeros(3, dtype=torch.long))] * 4

    def loss_fn(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        return logits.sum() - logits.detach().sum() + next(coming)

    rates, losses = a5.find_learning_rate(model, batches, loss_fn, optimizer, steps=6)
    assert len(rates) == len(losses)
    np.testing.assert_allclose(losses, script[:count], rtol=1e-4)
    assert (optimizer.param_groups[0]["lr"], optimizer.state_dict()["state"]) == (0.25, {})


@given(seed=st.integers(0, 10**6), n=st.integers(2, 30), gaps=st.integers(0, 5), even=st.booleans())
@settings(max_examples=60, deadline=None)
def test_suggest_learning_rate_finds_the_smallest_slope(seed: int, n: int, gaps: int, even: bool) -> None:
    rng = np.random.default_rng(seed)
    rates = np.geomspace(1e-7, 1, n) if even else np.sort(10 ** rng.uniform(-7, 1, size=n))
    losses = rng.uniform(0.1, 5, size=n)
    losses[rng.permutation(n)[: min(gaps, n - 2)]] = rng.choice([math.nan, math.inf, -math.inf])
    keep = np.isfinite(losses)
    x, y = np.log10(rates[keep]), losses[keep]
    steps = np.diff(x)
    between = np.diff(y) / steps
    inner = (steps[1:] * between[:-1] + steps[:-1] * between[1:]) / (steps[1:] + steps[:-1])
    slopes = [between[0], *inner, between[-1]]
    got = a5.suggest_learning_rate(rates.tolist(), losses.tolist())
    assert type(got) is float
    assert got == pytest.approx(rates[keep][int(np.argmin(slopes))], rel=1e-9)


@given(seed=st.integers(0, 10**6), classes=st.integers(2, 12), count=st.integers(0, 40), largest=st.integers(1, 9))
@settings(max_examples=40, deadline=None)
def test_most_confused_sorts_the_mistakes(seed: int, classes: int, count: int, largest: int) -> None:
    matrix = np.random.default_rng(seed).integers(0, largest + 1, size=(classes, classes))
    names = [f"kind {i}" for i in range(classes)]
    cells = [(-matrix[a, p], a, p) for a in range(classes) for p in range(classes) if a != p and matrix[a, p]]
    expected = [(names[a], names[p], int(-times)) for times, a, p in sorted(cells)[:count]]
    given_matrix = torch.tensor(matrix)
    assert a5.most_confused(given_matrix, names, count) == expected
    assert torch.equal(given_matrix, torch.tensor(matrix))


@pytest.mark.parametrize(("kind", "seed"), [(kind, seed) for kind in NETWORKS for seed in SEEDS])
def test_predict_with_mirror_is_the_mean_of_two_softmaxes(kind: str, seed: int) -> None:
    model, images = network(kind, seed), torch.randn(seed + 1, 3, 12, 8 + seed)
    before, kept = state(model), images.clone()
    got = a5.predict_with_mirror(model, images)
    assert (state(model), torch.equal(images, kept), got.requires_grad) == (before, True, False)
    backwards = images[:, :, :, list(range(images.shape[3]))[::-1]]
    both = [oracle(model)(x.double()).softmax(dim=1) for x in (images, backwards)]
    close(got, (both[0] + both[1]) / 2)


@pytest.mark.parametrize(("scale", "offset"), [(1.0, 0.0), (40.0, -120.0), (0.0, 5.0), (0.0, 0.0), (1e-3, 3.0)])
def test_filters_scale_the_whole_layer(scale: float, offset: float) -> None:
    model = nn.Sequential(OrderedDict(block=nn.Sequential(nn.ReLU(), nn.Conv2d(3, 4, (3, 2)))))
    with torch.no_grad():
        model.block[1].weight.mul_(scale).add_(offset)
    before, weight = state(model), model.block[1].weight.detach().double()
    got = a5.filters(model, "block.1")
    span = weight.max() - weight.min()
    close(got, (weight - weight.min()) / span if span > 0 else torch.zeros_like(weight))
    assert not got.requires_grad
    got.zero_()
    assert state(model) == before


@pytest.mark.parametrize(("seed", "size"), [*enumerate([(9, 12), (14, 8), (11, 11)])])
@pytest.mark.parametrize("kind", NETWORKS)
def test_feature_maps_are_what_the_layers_give_out(kind: str, seed: int, size: tuple[int, int]) -> None:
    model, image = network(kind, seed), torch.randn(3, *size)
    before, kept = state(model), image.clone()
    got = a5.feature_maps(model, image)
    assert (state(model), torch.equal(image, kept)) == (before, True)
    twin, expected = oracle(model), {}
    for name, part in twin.named_modules():
        if isinstance(part, (nn.Conv2d, nn.MaxPool2d)):
            part.register_forward_hook(lambda _, inputs, output, name=name: expected.update({name: output.clone()}))
    twin(image[None].double())
    assert list(got) == list(expected)
    for name, value in expected.items():
        close(got[name], value[0])
        assert not got[name].requires_grad


def test_feature_maps_clean_up_after_an_error() -> None:
    class Fragile(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.drop = nn.Conv2d(3, 2, 1), nn.Dropout()

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            raise KeyError(self.conv(x).shape)

    model = Fragile().train()
    model.drop.eval()
    before = state(model)
    with pytest.raises(KeyError):
        a5.feature_maps(model, torch.zeros(3, 4, 4))
    assert state(model) == before


def test_feature_maps_of_vgg16_have_the_published_shapes() -> None:
    features = _features_of_vgg16()
    got = a5.feature_maps(nn.Sequential(OrderedDict(features=features)), torch.zeros(3, 64, 96))
    expected: list[tuple[int, int, int]] = []
    for level, (width, number) in enumerate([(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)]):
        sizes = [(width, 64 >> down, 96 >> down) for down in (level, level + 1)]
        expected += [sizes[0]] * number + [sizes[1]]
    assert [tuple(value.shape) for value in got.values()] == expected


def _features_of_vgg16() -> nn.Module:
    """VGG16's convolutions without the dense layers: 59 MB instead of 528."""
    with torch.device("meta"):
        features: nn.Module = torchvision.models.vgg16(weights=None).features
    features.to_empty(device="cpu")
    with torch.no_grad():
        for parameter in features.parameters():
            parameter.zero_()
    return features


@pytest.mark.parametrize(("kind", "seed"), [(kind, seed) for kind in NETWORKS for seed in SEEDS])
def test_saliency_is_the_derivative_in_double_precision(kind: str, seed: int) -> None:
    model, image = network(kind, seed), 2 * torch.randn(3, 9 + seed, 12)
    before, kept = state(model), image.clone()
    got = a5.saliency(model, image, seed)
    assert (state(model), torch.equal(image, kept), image.requires_grad, image.grad) == (before, True, False, None)
    x = image.double().requires_grad_()
    oracle(model)(x[None])[0, seed].backward()
    assert x.grad is not None and x.grad.abs().max() > 1e-6
    close(got, x.grad.abs().amax(dim=0))
    assert not got.requires_grad


@pytest.mark.parametrize(
    ("shape", "size", "stride"),
    [((9, 12), 3, 2), ((8, 8), 4, 4), ((10, 9), 2, 3), ((8, 9), 8, 1), ((11, 8), 5, 1), ((6, 10), 1, 4)],
)
@pytest.mark.parametrize("kind", NETWORKS)
def test_occlusion_map_is_the_fall_of_the_score(kind: str, shape: tuple[int, int], size: int, stride: int) -> None:
    model, image, target = network(kind, size % 4), torch.randn(3, *shape) + 1, stride % 4
    before, kept, twin = state(model), image.clone(), oracle(model)
    got = a5.occlusion_map(model, image, target, size=size, stride=stride)
    assert (state(model), torch.equal(image, kept), got.requires_grad) == (before, True, False)
    rows, columns = ((length - size) // stride + 1 for length in shape)
    masks = torch.ones(rows * columns + 1, 1, *shape)
    for place in range(rows * columns):
        top, left = place // columns * stride, place % columns * stride
        masks[place, :, top : top + size, left : left + size] = 0
    scores = twin((image * masks).double())[:, target]
    close(got, (scores[-1] - scores[:-1]).reshape(rows, columns), 1e-3)


LAYERS = [("vgg", f"features.{i}") for i in range(6)] + [("vgg", "features")]
LAYERS += [("resnet", name) for name in ("stem", "bn", "pool", "second.0", "second.1", "second", "short")]


@pytest.mark.parametrize("seed", (0, 1, 3))
@pytest.mark.parametrize(("kind", "layer"), LAYERS)
def test_grad_cam_is_the_weighted_sum_of_the_maps(kind: str, layer: str, seed: int) -> None:
    model, image, kept_maps = network(kind, seed), 2 * torch.randn(3, 12 + seed, 9), []
    before, kept = state(model), image.clone()
    got = a5.grad_cam(model, layer, image, seed)
    assert (state(model), torch.equal(image, kept), image.requires_grad, image.grad) == (before, True, False, None)
    twin = oracle(model)

    def keep(part: nn.Module, inputs: Any, output: torch.Tensor) -> torch.Tensor:
        kept_maps.append(output)
        return output.clone()

    twin.get_submodule(layer).register_forward_hook(keep)
    score = twin(image.double()[None].requires_grad_())[0, seed]
    gradient, maps = torch.autograd.grad(score, kept_maps[0])[0][0], kept_maps[0].detach()[0]
    weights = gradient.mean(dim=(1, 2))
    scale = float((weights.abs()[:, None, None] * maps.abs()).sum(dim=0).max())
    expected = torch.einsum("k,khw->hw", weights, maps).clamp(min=0)
    torch.testing.assert_close(got.double(), expected, rtol=1e-3, atol=1e-4 * max(scale, 1e-3))
    assert not got.requires_grad
