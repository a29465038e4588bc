"""Are the reference solutions of assignment 1 right? PyTorch, its autograd and plain loops know the answers."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from solutions.a1_convolution import notebook

Array = Any  # an np.ndarray or a number
ACTIVATIONS: dict[str, Callable[[torch.Tensor, float], torch.Tensor]] = {
    "sigmoid": lambda x, alpha: torch.sigmoid(x),
    "tanh": lambda x, alpha: torch.tanh(x),
    "relu": lambda x, alpha: torch.relu(x),
    "leaky_relu": F.leaky_relu,
    "elu": F.elu,
}
KERNELS = {
    "identity": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
    "edge_1": [[1, 0, -1], [0, 0, 0], [-1, 0, 1]],
    "edge_2": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
    "edge_3": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
    "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
    "box_blur": [[1 / 9, 1 / 9, 1 / 9]] * 3,
    "gaussian_blur": [[0.0625, 0.125, 0.0625], [0.125, 0.25, 0.125], [0.0625, 0.125, 0.0625]],
    "horizontal_edge": [[1, 2, 1], [0, 0, 0], [-1, -2, -1]],
    "vertical_edge": [[1, 0, -1], [2, 0, -2], [1, 0, -1]],
}

sizes = st.integers(1, 7)
pairs = st.tuples(st.integers(1, 4), st.integers(1, 4))
paddings = st.tuples(st.integers(0, 3), st.integers(0, 3))
dtypes = st.sampled_from(["float64", "int64", "uint8"])
wide_dtypes = st.sampled_from(["float64", "int64"])
seeds = st.integers(0, 2**32 - 1)
property_test = settings(max_examples=30, deadline=None, database=None)


def draw(seed: int, shape: tuple[int, ...], dtype: str = "float64") -> Array:
    rng = np.random.default_rng([seed, len(shape)])
    low = 0 if dtype == "uint8" else -255
    return rng.normal(size=shape) if dtype == "float64" else rng.integers(low, 256, size=shape).astype(dtype)


def double(array: Array) -> torch.Tensor:
    return torch.from_numpy(np.array(array, dtype=np.float64, order="C"))


def assert_same(got: Array, expected: Array) -> None:
    assert isinstance(got, np.ndarray)
    assert got.shape == tuple(expected.shape)
    np.testing.assert_allclose(got.astype(float), np.asarray(expected), rtol=1e-9, atol=1e-9)


def call(function: Callable[..., Any], *args: Any, **options: Any) -> Any:
    """The result, after a look at whether the arguments are as they were."""
    before = copy.deepcopy(args)
    result = function(*args, **options)
    for arg, kept in zip(args, before, strict=True):
        np.testing.assert_array_equal(arg, kept)
    return result


def fits(shape: tuple[int, int], kernel: tuple[int, int], padding: tuple[int, int] = (0, 0)) -> bool:
    return all(k <= n + 2 * p for n, k, p in zip(shape, kernel, padding, strict=True))


@property_test
@given(shape=st.tuples(sizes, sizes), kernel=st.tuples(sizes, sizes), dtype=dtypes, seed=seeds)
def test_cross_correlation_and_convolution_agree_with_torch(shape: Any, kernel: Any, dtype: str, seed: int) -> None:
    image, weights = draw(seed, shape, dtype), draw(seed + 1, kernel)
    for function, flipped in ((notebook.cross_correlate2d, weights), (notebook.convolve2d, weights[::-1, ::-1])):
        if fits(shape, kernel):
            expected = F.conv2d(double(image)[None, None], double(flipped)[None, None])[0, 0]
            assert_same(call(function, image, weights), expected)
        else:
            with pytest.raises(ValueError, match="does not fit"):
                function(image, weights)


@property_test
@given(lead=st.lists(st.integers(1, 3), max_size=3), padding=paddings, dtype=dtypes, seed=seeds)
@pytest.mark.parametrize("value", [0.0, -1.5, 7, -np.inf])
def test_pad2d_puts_the_array_into_a_frame(lead: list[int], padding: Any, dtype: str, seed: int, value: float) -> None:
    array = draw(seed, (*lead, 3, 4), dtype)
    result = call(notebook.pad2d, array, padding, value=value)
    ph, pw = padding
    assert result.shape == (*lead, 3 + 2 * ph, 4 + 2 * pw)
    assert not np.shares_memory(result, array)
    inside = np.zeros(result.shape, dtype=bool)
    inside[..., ph : ph + 3, pw : pw + 4] = True
    np.testing.assert_array_equal(result[inside], array.ravel())
    assert (result[~inside] == value).all()


@pytest.mark.parametrize("padding", [-1, (-1, 2), (2, -1)])
def test_pad2d_refuses_negative_padding(padding: Any) -> None:
    with pytest.raises(ValueError, match="negative"):
        notebook.pad2d(np.ones((6, 7)), padding)


@property_test
@given(shape=st.tuples(sizes, sizes), kernel=pairs, stride=pairs, padding=paddings, dtype=dtypes, seed=seeds)
def test_conv2d_agrees_with_torch(shape: Any, kernel: Any, stride: Any, padding: Any, dtype: str, seed: int) -> None:
    image, weights = draw(seed, shape, dtype), draw(seed + 1, kernel)
    if fits(shape, kernel, padding):
        expected = F.conv2d(double(image)[None, None], double(weights)[None, None], stride=stride, padding=padding)
        assert_same(call(notebook.conv2d, image, weights, stride=stride, padding=padding), expected[0, 0])
    else:
        with pytest.raises(ValueError, match="does not fit"):
            notebook.conv2d(image, weights, stride=stride, padding=padding)


@pytest.mark.parametrize("alpha", [0.0, 0.01, 0.1, 0.3, 1.0, 1.7])
@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("shape", [(7,), (3, 5), (2, 3, 4, 5), (1, 1)])
def test_activations_agree_with_torch(name: str, shape: tuple[int, ...], alpha: float) -> None:
    for seed in range(2):
        for x in (3 * draw(seed, shape), draw(seed, shape, "int64")):
            assert_same(call(notebook.apply_activation, x, name, alpha=alpha), ACTIVATIONS[name](double(x), alpha))


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("sign", [-1, 1])
def test_activations_are_stable(name: str, sign: int) -> None:
    x = sign * np.array([0.0, 20, 100, 709, 710, 745, 1e3, 1e4])
    with warnings.catch_warnings(), np.errstate(divide="warn", over="warn", invalid="warn"):
        warnings.simplefilter("error")
        result = notebook.apply_activation(x, name, alpha=0.5)
    assert_same(result, ACTIVATIONS[name](double(x), 0.5))


@pytest.mark.parametrize("name", ["softsign", "", "ReLU6", "relu6", "e"])
def test_unknown_activations_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no activation"):
        notebook.apply_activation(np.ones(3), name)


@pytest.mark.parametrize("dtype", ["float64", "int64"])
@pytest.mark.parametrize(("n", "d", "m"), [(4, 3, 5), (5, 4, 2), (1, 6, 3), (3, 1, 4), (2, 5, 1), (3, 3, 3)])
def test_maxout_agrees_with_loops(n: int, d: int, m: int, dtype: str) -> None:
    shapes: list[tuple[int, ...]] = [(n, d), (d, m), (m,), (d, m), (m,)]
    x, w1, b1, w2, b2 = arrays = [draw(seed, shape, dtype) for seed, shape in enumerate(shapes)]
    expected = np.empty((n, m))
    for i, j in np.ndindex(n, m):
        expected[i, j] = max(x[i] @ w1[:, j] + b1[j], x[i] @ w2[:, j] + b2[j])
    assert_same(call(notebook.maxout, *arrays), expected)


def torch_pool(x: Array, size: Any, stride: Any, padding: Any, mode: str, p: float) -> torch.Tensor:
    channels = double(x).reshape(-1, *x.shape[-2:])
    if mode == "max":
        out = F.max_pool2d(channels, size, stride, padding)
    else:
        power = channels.abs() ** p if mode == "lp" else channels
        out = F.avg_pool2d(power, size, stride, padding)
        out = out if mode == "mean" else out * size[0] * size[1]
        out = out ** (1 / p) if mode == "lp" else out
    return out.reshape(*x.shape[:-2], *out.shape[-2:])


@property_test
@given(
    lead=st.lists(st.integers(1, 3), max_size=2),
    shape=st.tuples(sizes, sizes),
    size=pairs,
    stride=st.none() | pairs,
    halves=st.tuples(st.booleans(), st.booleans()),
    p=st.sampled_from([1, 1.5, 2, 3]),
    dtype=dtypes,
    seed=seeds,
)
@pytest.mark.parametrize("mode", ["max", "mean", "sum", "lp"])
def test_pool2d_agrees_with_torch(
    mode: str, lead: Any, shape: Any, size: Any, stride: Any, halves: Any, p: float, dtype: str, seed: int
) -> None:
    padding = tuple(k // 2 if half else 0 for k, half in zip(size, halves, strict=True))
    x = draw(seed, (*lead, *shape), dtype)
    x = x - 10 if dtype == "float64" and seed % 2 else x  # with the offset, all numbers are negative
    options = {"stride": stride, "padding": padding, "mode": mode, "p": p}
    if fits(shape, size, padding):  # type: ignore[arg-type]
        assert_same(call(notebook.pool2d, x, size, **options), torch_pool(x, size, stride, padding, mode, p))
    else:
        with pytest.raises(ValueError, match="does not fit"):
            notebook.pool2d(x, size, **options)


@pytest.mark.parametrize("mode", ["median", "MAXIMUM", "maximum", "mea", ""])
def test_unknown_pooling_modes_are_refused(mode: str) -> None:
    with pytest.raises(ValueError, match="no pooling mode"):
        notebook.pool2d(np.ones((4, 6)), 2, mode=mode)


@property_test
@given(
    counts=st.tuples(st.integers(1, 3), st.integers(1, 3), st.integers(1, 4)),
    shape=st.tuples(sizes, sizes),
    kernel=pairs,
    stride=pairs,
    padding=paddings,
    with_bias=st.booleans(),
    dtype=dtypes,
    seed=seeds,
)
@pytest.mark.parametrize("layer", [notebook.conv_layer, notebook.conv_layer_fast])
def test_layers_agree_with_torch(
    layer: Any, counts: Any, shape: Any, kernel: Any, stride: Any, padding: Any, with_bias: bool, dtype: str, seed: int
) -> None:
    n, channels, filters = counts
    arrays = [draw(seed, (n, channels, *shape), dtype), draw(seed + 1, (filters, channels, *kernel))]
    arrays += [draw(seed, (filters,))] if with_bias else []
    options = {"stride": stride, "padding": padding}
    if fits(shape, kernel, padding):
        assert_same(call(layer, *arrays, **options), F.conv2d(*map(double, arrays), **options))
    else:
        with pytest.raises(ValueError, match="does not fit"):
            layer(*arrays, **options)


@pytest.mark.parametrize("layer", [notebook.conv_layer, notebook.conv_layer_fast])
@pytest.mark.parametrize(("channels", "of_filters"), [(3, 1), (3, 2), (3, 4), (1, 3), (2, 3)])
def test_layers_refuse_other_channels(layer: Any, channels: int, of_filters: int) -> None:
    with pytest.raises(ValueError, match="channels"):
        layer(np.ones((2, channels, 6, 7)), np.ones((5, of_filters, 2, 2)))


@pytest.mark.parametrize("name", KERNELS)
def test_named_kernels_are_as_written_and_new_each_time(name: str) -> None:
    for _ in range(2):  # the second time after the first result was changed
        kernel = notebook.named_kernel(name)
        assert_same(kernel, np.array(KERNELS[name]))
        kernel[...] = 99


@pytest.mark.parametrize("name", ["edge_4", "", "blur", "edge_"])
def test_unknown_kernels_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no kernel"):
        notebook.named_kernel(name)


@property_test
@given(
    counts=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    shape=st.tuples(sizes, sizes),
    kernel=pairs | st.integers(1, 4),
    stride=pairs,
    padding=paddings,
    dtype=dtypes,
    seed=seeds,
)
def test_im2col_agrees_with_unfold(
    counts: Any, shape: Any, kernel: Any, stride: Any, padding: Any, dtype: str, seed: int
) -> None:
    x, options = draw(seed, (*counts, *shape), dtype), {"stride": stride, "padding": padding}
    if fits(shape, (kernel, kernel) if isinstance(kernel, int) else kernel, padding):
        assert_same(call(notebook.im2col, x, kernel, **options), F.unfold(double(x), kernel, **options))
    else:
        with pytest.raises(ValueError, match="does not fit"):
            notebook.im2col(x, kernel, **options)


numbers = st.floats(-100, 100) | st.integers(-100, 100)


@property_test
@given(x=numbers, y=numbers, z=numbers)
def test_backprop_example_agrees_with_autograd(x: float, y: float, z: float) -> None:
    leaves = [torch.tensor(float(v), dtype=torch.float64, requires_grad=True) for v in (x, y, z)]
    gradients = torch.autograd.grad((leaves[0] + leaves[1]) * leaves[2], leaves)
    np.testing.assert_allclose(notebook.backprop_example(x, y, z), gradients, rtol=1e-12)


@property_test
@given(
    counts=st.tuples(st.integers(1, 3), st.integers(1, 3), st.integers(1, 4)),
    shape=st.tuples(sizes, sizes),
    kernel=pairs,
    stride=pairs,
    padding=paddings,
    dtypes=st.tuples(wide_dtypes, dtypes, wide_dtypes, dtypes),  # products of two uint8 arrays may wrap around
    seed=seeds,
)
def test_conv_layer_backward_agrees_with_autograd(
    counts: Any, shape: Any, kernel: Any, stride: Any, padding: Any, dtypes: Any, seed: int
) -> None:
    assume(fits(shape, kernel, padding))
    n, channels, filters = counts
    out = [(size + 2 * p - k) // s + 1 for size, p, k, s in zip(shape, padding, kernel, stride, strict=True)]
    shapes: list[Any] = [(n, filters, *out), (n, channels, *shape), (filters, channels, *kernel), (filters,)]
    grad_out, *arrays = (draw(seed + i, size, dtypes[i]) for i, size in enumerate(shapes))
    leaves = [double(array).requires_grad_() for array in arrays]
    expected = torch.autograd.grad(F.conv2d(*leaves, stride=stride, padding=padding), leaves, double(grad_out))
    results = call(notebook.conv_layer_backward, grad_out, *arrays, stride=stride, padding=padding)
    for result, gradient in zip(results, expected, strict=True):
        assert_same(result, gradient)


def roll(rows: int, columns: int) -> Callable[[Array], Array]:
    return lambda array: np.roll(array, (rows, columns), axis=(0, 1))


SYMMETRIC = np.array([[1.0, 2, 1], [2, 5, 2], [1, 2, 1]])


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("kernel", "transform", "commutes"),
    [
        pytest.param((3, 3), roll(1, 2), True, id="shift"),
        pytest.param((4, 1), roll(-3, 4), True, id="shift, one column"),
        pytest.param((1, 4), roll(4, -4), True, id="shift, one row"),
        pytest.param((2, 3), roll(3, 0), True, id="shift down"),
        pytest.param((2, 3), roll(6, 7), False, id="the seam is inside"),
        pytest.param((2, 3), np.flipud, False, id="upside down"),
        pytest.param((2, 3), lambda array: np.roll(array, 1, axis=1) ** 2, False, id="squares"),
        pytest.param((3, 3), np.rot90, False, id="quarter turn"),
        pytest.param((3, 3), np.transpose, False, id="transposed"),
        pytest.param(SYMMETRIC, np.rot90, True, id="quarter turn, symmetric kernel"),
        pytest.param(SYMMETRIC, np.transpose, True, id="transposed, symmetric kernel"),
    ],
)
@pytest.mark.parametrize("dtype", ["float64", "int64"])
def test_equivariance_error_agrees_with_torch(
    seed: int, kernel: Any, transform: Callable[[Array], Array], commutes: bool, dtype: str
) -> None:
    image = draw(seed, (13, 16), dtype)
    weights = draw(seed, kernel, dtype) if isinstance(kernel, tuple) else kernel

    def correlate(array: Array) -> Array:
        return F.conv2d(double(array)[None, None], double(weights)[None, None])[0, 0].numpy()

    difference = np.abs(correlate(transform(image)) - transform(correlate(image)))
    m = max(weights.shape)
    expected = difference[m : difference.shape[0] - m, m : difference.shape[1] - m].max()
    error = call(lambda image, weights: notebook.equivariance_error(image, weights, transform), image, weights)
    assert type(error) is float
    assert error == pytest.approx(expected, abs=1e-9)
    assert (error < 1e-9) == commutes
