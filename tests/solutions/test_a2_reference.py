"""Is the reference of assignment 2 right? PyTorch's own layers, SciPy and plain counting say what is to come out."""

from __future__ import annotations

import copy
import itertools
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
import torchvision
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import correlate2d
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from autograder.judge.compare import failing
from solutions.a2_shapes import notebook as a2
from solutions.a2_shapes import questions

CHANNELS = st.integers(1, 40)
SIDES = st.one_of(st.integers(1, 9), st.tuples(st.integers(1, 9), st.integers(1, 9)))


@pytest.fixture(autouse=True)
def same_seed() -> Iterator[None]:
    with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Initializing zero-element tensors")
        torch.manual_seed(0)
        yield


def numbers(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def layers_of(rng: np.random.Generator, channels: int, depth: int) -> list[nn.Module]:
    """Layers that fit each other, with pairs that differ by axis; the maps they are meant for are large enough."""
    layers: list[nn.Module] = []
    for kind in rng.integers(6, size=depth):
        kernel, stride, dilation = (tuple(rng.integers(1, most, size=2).tolist()) for most in (5, 3, 3))
        padding = tuple(int(rng.integers(0, side // 2 + 1)) for side in kernel)
        if kind == 0:
            layers.append(nn.MaxPool2d(kernel, stride, padding, dilation))  # type: ignore[arg-type]
        elif kind == 1:
            layers.append(nn.AvgPool2d(kernel, padding=padding))  # type: ignore[arg-type]
        elif kind == 2:
            layers.append([nn.ReLU(), nn.Dropout(), nn.BatchNorm2d(channels)][rng.integers(3)])
        else:
            out = int(rng.integers(1, 7))
            layers.append(nn.Conv2d(channels, out, kernel, stride, padding, dilation))  # type: ignore[arg-type]
            channels = out
    return layers


# ---- sizes ----


def test_conv_output_size_counts_the_places_of_the_window() -> None:
    sides = itertools.product(range(1, 13), range(1, 6), range(1, 5), range(4), range(1, 4))
    for size, kernel, stride, padding, dilation in sides:
        options = {"stride": stride, "padding": padding, "dilation": dilation}
        places = len(range(0, size + 2 * padding - dilation * (kernel - 1), stride))
        if places:
            assert a2.conv_output_size(size, kernel, **options) == places
        else:
            with pytest.raises(ValueError, match="does not fit"):
                a2.conv_output_size(size, kernel, **options)


@settings(deadline=None, max_examples=40)
@given(st.integers(50, 10**9), st.integers(1, 9), st.integers(1, 9), st.integers(0, 9), st.integers(1, 5))
def test_conv_output_size_is_what_pytorch_puts_out(
    size: int, kernel: int, stride: int, padding: int, dilation: int
) -> None:
    layer = nn.Conv1d(1, 1, kernel, stride=stride, padding=padding, dilation=dilation, device="meta")
    living = layer(torch.empty(1, 1, size, device="meta")).shape[-1]
    assert a2.conv_output_size(size, kernel, stride=stride, padding=padding, dilation=dilation) == living


@pytest.mark.parametrize("dilation", range(1, 7))
@pytest.mark.parametrize("kernel", range(1, 16))
def test_same_padding_is_the_one_that_keeps_the_size(kernel: int, dilation: int) -> None:
    keeps = [p for p in range(60) if 100 + 2 * p - dilation * (kernel - 1) == 100]
    if keeps:
        assert [a2.same_padding(kernel, dilation=dilation)] == keeps
        layer = nn.Conv1d(1, 1, kernel, dilation=dilation, padding=keeps[0])
        assert layer(torch.zeros(1, 1, 100)).shape[-1] == 100
    else:
        with pytest.raises(ValueError, match="no half"):
            a2.same_padding(kernel, dilation=dilation)


@pytest.mark.parametrize("seed", range(20))
def test_trace_shapes_is_what_living_layers_put_out(seed: int) -> None:
    rng = np.random.default_rng(seed)
    layers = layers_of(rng, channels=3, depth=int(rng.integers(1, 5)))
    shape = (3, *(int(side) for side in rng.integers(60, 90, size=2)))
    expected, x = [], torch.zeros(1, *shape)
    for layer in layers:
        x = copy.deepcopy(layer).eval()(x)
        expected.append(tuple(x.shape[1:]))
    head = [nn.Flatten(), nn.Linear(x.numel(), 5), nn.ReLU(), nn.Linear(5, 2)]
    expected += [(x.numel(),), (5,), (5,), (2,)]
    before = copy.deepcopy(nn.Sequential(*layers, *head))
    got = a2.trace_shapes([*layers, *head], shape)
    assert got == expected == a2.trace_shapes(nn.Sequential(*layers, *head), shape)
    assert all(type(number) is int for row in got for number in row)
    after = nn.Sequential(*layers, *head)
    assert all(torch.equal(one, other) for one, other in zip(before.parameters(), after.parameters(), strict=True))
    assert all(torch.equal(one, other) for one, other in zip(before.buffers(), after.buffers(), strict=True))


@pytest.mark.parametrize("seed", range(20))
def test_receptive_field_is_as_far_as_a_slope_reaches(seed: int) -> None:
    rng = np.random.default_rng(seed)
    layers: list[nn.Module] = []
    for kind in rng.integers(3, size=rng.integers(1, 5)):
        kernel, stride, dilation = (int(n) for n in rng.integers([1, 1, 1], [5, 4, 4]))
        if kind == 0:
            layers += [nn.AvgPool2d(kernel, stride=stride), nn.ReLU()]
        else:
            layers.append(nn.Conv2d(1, 1, kernel, stride=stride, dilation=dilation))
            nn.init.constant_(layers[-1].weight, 1.0)  # type: ignore[arg-type]
    sees = a2.receptive_field(layers)
    image = torch.ones(1, 1, sees + 3, sees + 3, requires_grad=True)
    nn.Sequential(*layers)(image)[0, 0, 0, 0].backward()
    assert image.grad is not None
    reached = image.grad[0, 0].nonzero()
    assert (reached.max(dim=0).values + 1).tolist() == [sees, sees]


@pytest.mark.parametrize("seed", range(20))
def test_receptive_field_goes_back_from_one_output(seed: int) -> None:
    rng = np.random.default_rng(seed)
    layers: list[nn.Module] = []
    needed = 1
    windows = rng.integers(1, [6, 4, 4], size=(rng.integers(0, 8), 3)).tolist()
    for kernel, stride, dilation in windows:
        window = {"stride": stride, "dilation": dilation, "padding": kernel // 2}
        layers += [nn.MaxPool2d((kernel, kernel), **window), nn.Dropout()]
    for kernel, stride, dilation in reversed(windows):
        needed = (needed - 1) * stride + dilation * (kernel - 1) + 1
    assert a2.receptive_field(layers) == needed == a2.receptive_field(nn.Sequential(*layers))


# ---- counts ----


@settings(deadline=None, max_examples=40)
@given(CHANNELS, CHANNELS, SIDES, st.booleans())
def test_conv_parameters_are_those_of_a_living_layer(c_in: int, c_out: int, kernel: Any, bias: bool) -> None:
    layer = nn.Conv2d(c_in, c_out, kernel, bias=bias, device="meta")
    assert a2.conv_parameters(c_in, c_out, kernel, bias=bias) == numbers(layer)


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 10**5), st.integers(1, 10**5), st.booleans())
def test_dense_parameters_are_those_of_a_living_layer(n_in: int, n_out: int, bias: bool) -> None:
    assert a2.dense_parameters(n_in, n_out, bias=bias) == numbers(nn.Linear(n_in, n_out, bias=bias, device="meta"))


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 10**5), SIDES)
def test_flat_features_is_what_a_flatten_layer_puts_out(channels: int, size: Any) -> None:
    maps = torch.empty(2, channels, *np.broadcast_to(size, 2).tolist(), device="meta")
    assert a2.flat_features(channels, size) == nn.Flatten()(maps).shape[1]


@settings(deadline=None, max_examples=25)
@given(CHANNELS, CHANNELS, SIDES, st.tuples(st.integers(1, 60), st.integers(1, 60)))
def test_multiply_adds_are_half_of_pytorchs_flops(c_in: int, c_out: int, kernel: Any, out_size: Any) -> None:
    kh, kw = np.broadcast_to(kernel, 2).tolist()
    layer = nn.Conv2d(c_in, c_out, kernel, device="meta")
    with FlopCounterMode(display=False) as counter:
        layer(torch.empty(1, c_in, out_size[0] + kh - 1, out_size[1] + kw - 1, device="meta"))
    assert 2 * a2.multiply_adds(c_in, c_out, kernel, out_size) == counter.get_total_flops()
    square = a2.multiply_adds(c_in, c_out, kernel, out_size[0])
    assert square == a2.multiply_adds(c_in, c_out, kernel, (out_size[0], out_size[0]))


@pytest.mark.parametrize(("channels", "reduced"), [(256, 64), (512, 128), (1024, 256), (2048, 512), (12, 3)])
def test_bottleneck_parameters_are_those_of_torchvisions_block(channels: int, reduced: int) -> None:
    with torch.device("meta"):
        block = torchvision.models.resnet.Bottleneck(channels, reduced)
    weights = sum(numbers(layer) for layer in block.modules() if isinstance(layer, nn.Conv2d))
    if channels == 4 * reduced:  # which is how torchvision builds it
        assert a2.bottleneck_parameters(channels, reduced) == weights
    layers = [(channels, reduced, 1), (reduced, reduced, 7), (reduced, channels, 1)]
    living = sum(numbers(nn.Conv2d(*layer, bias=False, device="meta")) for layer in layers)
    assert a2.bottleneck_parameters(channels, reduced, 7) == living
    assert a2.bottleneck_parameters(channels, reduced, kernel=7) == living


class Mixed(nn.Module):
    """Parameters and buffers of all kinds, in an order that is not the alphabet's."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(1, 3, 1, 1), persistent=False)
        self.body = nn.Sequential(nn.Conv2d(3, 4, (2, 5)), nn.BatchNorm2d(4, affine=False), nn.ReLU())
        self.scale = nn.Parameter(torch.tensor(2.0))
        self.head = nn.Linear(6, 5)
        self.tied = nn.Linear(6, 5, bias=False)
        self.tied.weight = self.head.weight
        self.again = self.body
        self.body[0].weight.requires_grad_(False)


def test_parameter_table_names_each_tensor_once_and_in_order() -> None:
    rows, totals = a2.parameter_table(Mixed())
    assert rows == [
        ("scale", (), 1, "trainable"),
        ("body.0.weight", (4, 3, 2, 5), 120, "frozen"),
        ("body.0.bias", (4,), 4, "trainable"),
        ("head.weight", (5, 6), 30, "trainable"),
        ("head.bias", (5,), 5, "trainable"),
        ("mean", (1, 3, 1, 1), 3, "buffer"),
        ("body.1.running_mean", (4,), 4, "buffer"),
        ("body.1.running_var", (4,), 4, "buffer"),
        ("body.1.num_batches_tracked", (), 1, "buffer"),
    ]
    assert totals == {"parameters": 160, "trainable": 40, "buffers": 12}
    assert a2.parameter_table(nn.Sequential(nn.ReLU())) == ([], {"parameters": 0, "trainable": 0, "buffers": 0})


def test_parameters_by_stage_counts_what_is_shared_where_it_comes_first() -> None:
    assert a2.parameters_by_stage(nn.ModuleDict({"all": Mixed(), "act": nn.ReLU()})) == {"all": 160}
    shared = nn.Linear(4, 4)
    stages = {"first": nn.Sequential(shared, nn.ReLU(), shared), "second": nn.Sequential(nn.Linear(4, 2), shared)}
    assert a2.parameters_by_stage(nn.ModuleDict(stages | {"last": shared})) == {"first": 20, "second": 10}
    assert a2.parameters_by_stage(nn.Sequential()) == {}


@pytest.mark.parametrize("name", ["resnet18", "alexnet", "vgg16", "mobilenet_v2"])
def test_famous_networks_are_counted_as_torchvision_says(name: str) -> None:
    with torch.device("meta"):
        model = getattr(torchvision.models, name)()
    published = torchvision.models.get_model_weights(name).DEFAULT.meta["num_params"]
    rows, totals = a2.parameter_table(model)
    stages = a2.parameters_by_stage(model)
    assert totals["parameters"] == totals["trainable"] == sum(stages.values()) == published
    assert totals["buffers"] == sum(buffer.numel() for buffer in model.buffers())
    names = [name for name, *_ in rows]
    assert names == [name for name, _ in (*model.named_parameters(), *model.named_buffers())]
    assert stages == {stage: numbers(child) for stage, child in model.named_children() if numbers(child)}


# ---- networks and pixels ----


def same_convolution(x: np.ndarray, weight: np.ndarray, bias: np.ndarray, stride: int) -> np.ndarray:
    """(C, H, W) by TensorFlow's definition of "same": ceil(size / stride) outputs, the odd pixel of padding after."""
    sides, kernel = x.shape[1:], weight.shape[2:]
    pads = [max((-(-side // stride) - 1) * stride + k - side, 0) for side, k in zip(sides, kernel, strict=True)]
    padded = np.pad(x, [(0, 0), *((pad // 2, pad - pad // 2) for pad in pads)])
    pairs = [zip(padded, filter_, strict=True) for filter_ in weight]
    maps = np.stack([sum(correlate2d(one, k, mode="valid") for one, k in pair) for pair in pairs])
    return maps[:, ::stride, ::stride] + bias[:, None, None]


@pytest.mark.parametrize("seed", range(3))
def test_MnistNetwork_is_tensorflows(seed: int) -> None:
    torch.manual_seed(seed)
    model = a2.MnistNetwork().double()
    for parameter in model.parameters():
        nn.init.normal_(parameter, std=0.3)
    images = torch.randn(3, 1, 28, 28, dtype=torch.float64)
    before = images.clone()
    weights = {name: tensor.numpy() for name, tensor in model.state_dict().items()}
    expected = []
    for x in images.numpy():
        for name, stride in (("conv1", 1), ("conv2", 2), ("conv3", 2)):
            x = same_convolution(x, weights[f"{name}.weight"], weights[f"{name}.bias"], stride).clip(min=0)
        assert x.shape == (12, 7, 7)
        hidden = (weights["dense1.weight"] @ x.ravel() + weights["dense1.bias"]).clip(min=0)
        expected.append(weights["dense2.weight"] @ hidden + weights["dense2.bias"])
    for mode in (True, False):
        logits = model.train(mode)(images)
        np.testing.assert_allclose(logits.detach().numpy(), expected, rtol=1e-9, atol=1e-9)
    logits.sum().backward()
    assert all(parameter.grad is not None and parameter.grad.any() for parameter in model.parameters())
    assert torch.equal(images, before)
    assert numbers(model) == 121_086


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("shape", [(2, 1, 1, 2), (4, 3, 5, 2), (1, 3, 4, 3), (6, 4, 1, 1), (1, 2, 1, 1), (40, 3, 8, 8)])
def test_pixel_std_is_numpys_over_all_pixels_of_a_channel(shape: tuple[int, ...], dtype: torch.dtype) -> None:
    rng = np.random.default_rng(sum(shape))
    contrast, brightness = rng.uniform(0.1, 1, size=(shape[0], 1, 1, 1)), rng.normal(size=(*shape[:2], 1, 1))
    images = rng.normal(size=shape) * contrast + brightness
    expected = [np.std(np.concatenate([image[channel].ravel() for image in images])) for channel in range(shape[1])]
    got = a2.pixel_std(torch.tensor(images, dtype=dtype))
    assert got.shape == (shape[1],)
    np.testing.assert_allclose(got.numpy(), expected, rtol=1e-5, atol=1e-6)


def test_pixel_std_of_bright_and_of_even_images() -> None:
    bright = 200 + 0.2 * np.random.default_rng(0).uniform(size=(3, 2, 5, 6)).astype(np.float32)
    expected = bright.astype(np.float64).std(axis=(0, 2, 3))
    np.testing.assert_allclose(a2.pixel_std(torch.tensor(bright)).numpy(), expected, rtol=1e-3)
    np.testing.assert_allclose(a2.pixel_std(torch.full((2, 3, 4, 5), 0.3)).numpy(), 0, atol=1e-6)


def test_numbers_and_letters() -> None:
    photo = torch.empty(3, 2448, 3264, device="meta")
    assert a2.slide_pixels == photo.numel()
    assert a2.slide_weights == nn.Linear(photo.numel(), 100, device="meta").weight.numel()
    assert a2.slide_fc_inputs == a2.flat_features(32, 7)
    assert a2.slide_pool_parameters == numbers(nn.MaxPool2d(2))
    assert a2.slide_pool_size == nn.MaxPool2d(2)(torch.zeros(1, 1, 5, 5)).shape[-1]

    chosen = {"a": (64, 1, 14, 14), "b": (64, 8, 12, 12), "c": (64, 8, 14, 14), "d": (8, 14, 14)}
    layers = nn.Sequential(nn.Conv2d(1, 8, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2))
    assert chosen[a2.quiz_batch_shape] == tuple(layers(torch.zeros(64, 1, 28, 28)).shape)
    more_channels = nn.Conv2d(6, 8, 3).weight.numel() // nn.Conv2d(3, 4, 3).weight.numel()
    assert {"a": 2, "b": 4, "c": 8, "d": 1}[a2.quiz_channels] == more_channels

    def cost(size: int) -> float:
        with FlopCounterMode(display=False) as counter:
            nn.Conv2d(3, 4, 3, padding=1)(torch.zeros(1, 3, size, size))
        return counter.get_total_flops()

    work, stored = cost(16) / cost(8), 1  # the layer is the same
    assert {"a": (4, 1), "b": (1, 4), "c": (4, 4), "d": (2, 2)}[a2.quiz_image_size] == (work, stored)

    with torch.device("meta"), FlopCounterMode(display=False) as counter:
        vgg = torchvision.models.vgg16().eval()
        vgg(torch.empty(1, 3, 224, 224))
    flops = counter.get_flop_counts()["Global"]
    convolutions, dense = (flops[getattr(torch.ops.aten, name)] for name in ("convolution", "addmm"))
    dense_most, convolutions_most = numbers(vgg.classifier) > numbers(vgg.features), convolutions > dense
    assert {"a": (0, 1), "b": (1, 0), "c": (0, 0), "d": (1, 1)}[a2.quiz_vgg] == (dense_most, convolutions_most)


# ---- design_network: the reference keeps the promises, and the judge measures them ----


def test_design_network_keeps_its_promises() -> None:
    model = a2.design_network().double().eval()
    assert numbers(model) <= 50_000
    for weight in model.parameters():
        nn.init.uniform_(weight, 0.001, 0.01)
    with torch.no_grad():
        shapes = {n: tuple(model(torch.zeros(n, 3, 32, 32, dtype=torch.float64)).shape) for n in (1, 2, 5)}
        assert shapes == {n: (n, shapes[1][1], 7, 7) for n in (1, 2, 5)}
        images = torch.eye(32, dtype=torch.float64)[:, None, :, None].expand(32, 3, 32, 32)  # one bright row in each
        for batch in (images, images.transpose(2, 3)):
            middle = model(batch)[:, :, 3, 3].sum(dim=1)
            seen = (middle != model(torch.zeros_like(batch[:1]))[0, :, 3, 3].sum()).nonzero().flatten()
            assert seen[-1] - seen[0] + 1 >= 20


def fails(answer: Callable[[], Any], seed: int = 0, asked_with: int | None = None) -> list[str]:
    """The names that fail if the data, drawn from the seed `asked_with`, are judged by `seed`."""
    rng = np.random.default_rng(seed if asked_with is None else asked_with)
    got = questions.question_design_network(answer, rng)
    return failing(got, got, seed=seed, rtol=0, atol=0, predicate=questions.design_fails)


def large() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 120, 20, stride=2))


class Liar(nn.Sequential):
    """144,120 parameters, which call themselves few, and which the network itself does not name."""

    def __init__(self) -> None:
        super().__init__(*large())
        for parameter in large().parameters():
            parameter.numel = lambda: 1  # type: ignore[method-assign]
        for parameter in super().parameters():
            parameter.numel = lambda: 1  # type: ignore[method-assign]

    def parameters(self, recurse: bool = True) -> Iterator[nn.Parameter]:
        return iter(())

    def named_parameters(self, *args: Any, **kwargs: Any) -> Iterator[tuple[str, nn.Parameter]]:
        return iter(())


class Still(nn.Module):
    """Maps of the right shape that have nothing to do with the image."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.ones(len(x), 4, 7, 7, dtype=x.dtype) + 0 * x.sum()


class Table(nn.Module):
    """Slopes that fit no output: the gradient reaches every pixel, the numbers do not."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return (x - x.detach() + 1).sum(dim=(1, 2, 3))[:, None, None, None].expand(-1, 4, 7, 7)


@pytest.mark.parametrize("model", [large, Liar])
def test_a_network_is_not_believed_about_its_size(model: Callable[[], Any]) -> None:
    assert fails(model) == ["the number of parameters"]


@pytest.mark.parametrize("model", [Still, Table])
def test_a_view_is_not_believed_that_the_outputs_do_not_show(model: Callable[[], Any]) -> None:
    assert fails(model) == ["the view of the output in the middle"]


@pytest.mark.parametrize(
    "model",
    [
        lambda: nn.Sequential(nn.LazyConv2d(8, 20, stride=2), nn.LazyBatchNorm2d()),
        lambda: nn.Sequential(nn.Conv2d(3, 2, 20, stride=2), nn.ReLU(inplace=True), nn.Conv2d(2, 3_000, 1)),
        lambda: nn.Sequential(nn.utils.parametrizations.weight_norm(nn.Conv2d(3, 4, 20, stride=2)), nn.Tanh()),
        lambda: nn.Sequential(nn.Conv2d(3, 4, 20, stride=2), type("Drop", (nn.Module,), {"forward": _drop})()),
        lambda: torch.jit.script(nn.Sequential(nn.Conv2d(3, 4, 20, stride=2), nn.ReLU())),
    ],
    ids=["lazy", "many channels", "parametrised", "dropout in evaluation mode", "scripted"],
)
def test_unusual_networks_are_measured_like_all(model: Callable[[], Any]) -> None:
    assert [name for seed in range(2) for name in fails(model, seed)] == []


def _drop(self: nn.Module, x: torch.Tensor) -> torch.Tensor:
    return nn.functional.dropout(x, 0.2)


def test_answers_to_other_questions_are_refused() -> None:
    for answer in (a2.design_network, lambda: nn.Conv2d(3, 16, 20, stride=2)):
        assert "the view of the output in the middle" in fails(answer, seed=1, asked_with=2)
        assert "the number of parameters" in fails(answer, seed=1, asked_with=2)
