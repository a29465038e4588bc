# %% right cross_correlate2d | beginner: four plain loops, Python floats in lists, array at the end
def cross_correlate2d(image, kernel):
    H = len(image)
    W = len(image[0])
    kh = len(kernel)
    kw = len(kernel[0])
    if kh > H or kw > W:
        raise ValueError("The kernel is larger than the image, so it fits nowhere.")
    result = []
    for i in range(H - kh + 1):
        row = []
        for j in range(W - kw + 1):
            total = 0.0
            for u in range(kh):
                for v in range(kw):
                    total = total + float(image[i + u][j + v]) * float(kernel[u][v])
            row.append(total)
        result.append(row)
    return np.array(result)

# %% right cross_correlate2d | terse: sliding_window_view and einsum in float64
from numpy.lib.stride_tricks import sliding_window_view


def cross_correlate2d(image, kernel):
    if np.any(np.array(kernel.shape) > image.shape):
        raise ValueError(f"a kernel of {kernel.shape} does not fit into an image of {image.shape}")
    return np.einsum("ijuv,uv->ij", sliding_window_view(image.astype(float), kernel.shape), kernel.astype(float))

# %% right cross_correlate2d | scipy.signal with its own size check
from scipy import signal


def cross_correlate2d(image, kernel):
    H, W = image.shape
    kh, kw = kernel.shape
    if kh > H or kw > W:
        raise ValueError("kernel does not fit into the image")
    return signal.correlate2d(np.asarray(image, dtype=np.float64), np.asarray(kernel, dtype=np.float64), mode="valid")

# %% right convolve2d | no cross_correlate2d: shifted slices, one per kernel weight
def convolve2d(image, kernel):
    (H, W), (kh, kw) = image.shape, kernel.shape
    oh, ow = H - kh + 1, W - kw + 1
    if min(oh, ow) <= 0:
        raise ValueError("The kernel is larger than the image.")
    acc = np.zeros((oh, ow))
    for (u, v), weight in np.ndenumerate(kernel):
        top, left = kh - 1 - u, kw - 1 - v
        acc += float(weight) * image[top : top + oh, left : left + ow]
    return acc

# %% right convolve2d | torch conv2d in double on a flipped copy
def convolve2d(image, kernel):
    import torch
    import torch.nn.functional as F

    if kernel.shape[0] > image.shape[0] or kernel.shape[1] > image.shape[1]:
        raise ValueError("kernel bigger than image")
    img = torch.tensor(image.astype("float64"))[None, None]
    ker = torch.flip(torch.tensor(kernel.astype("float64")), dims=(0, 1))[None, None]
    return F.conv2d(img, ker)[0, 0].numpy()

# %% right pad2d | np.pad on a float copy, negative paddings left to np.pad's own ValueError
def pad2d(array, padding, value=0.0):
    ph, pw = np.broadcast_to(padding, 2)
    widths = [(0, 0)] * (array.ndim - 2) + [(ph, ph), (pw, pw)]
    return np.pad(array.astype(np.float64), widths, mode="constant", constant_values=value)

# %% right pad2d | recursion: one ring (or row, or column) at a time, glued on with concatenate
def pad2d(array, padding, value=0.0):
    if isinstance(padding, (int, np.integer)):
        ph = pw = int(padding)
    else:
        ph, pw = int(padding[0]), int(padding[1])
    if ph < 0 or pw < 0:
        raise ValueError("padding must not be negative")
    array = np.array(array, dtype=float)  # own copy
    if ph > 0:
        line = np.full(array.shape[:-2] + (1, array.shape[-1]), value, dtype=float)
        return pad2d(np.concatenate([line, array, line], axis=-2), (ph - 1, pw), value)
    if pw > 0:
        line = np.full(array.shape[:-1] + (1,), value, dtype=float)
        return pad2d(np.concatenate([line, array, line], axis=-1), (0, pw - 1), value)
    return array

# %% right conv2d | a class with methods where a function would do
class _Conv2D:
    """One convolution with its settings."""

    def __init__(self, kernel, stride, padding):
        self.kernel = np.array(kernel, dtype=np.float64)
        self.stride = self._pair(stride)
        self.padding = self._pair(padding)

    @staticmethod
    def _pair(value):
        if np.ndim(value) == 0:
            return int(value), int(value)
        first, second = value
        return int(first), int(second)

    def _pad(self, image):
        ph, pw = self.padding
        H, W = image.shape
        frame = np.zeros((H + 2 * ph, W + 2 * pw), dtype=np.float64)
        frame[ph : ph + H, pw : pw + W] = image
        return frame

    def __call__(self, image):
        image = self._pad(np.asarray(image))
        kh, kw = self.kernel.shape
        sh, sw = self.stride
        if kh > image.shape[0] or kw > image.shape[1]:
            raise ValueError(f"A {kh}x{kw} kernel does not fit into the padded image {image.shape}.")
        starts_i = range(0, image.shape[0] - kh + 1, sh)
        starts_j = range(0, image.shape[1] - kw + 1, sw)
        return np.array([[np.vdot(image[i : i + kh, j : j + kw], self.kernel) for j in starts_j] for i in starts_i])


def conv2d(image, kernel, *, stride=1, padding=0):
    return _Conv2D(kernel, stride, padding)(image)

# %% right conv2d | torch in double, RuntimeError turned into ValueError
import torch


def conv2d(image, kernel, *, stride=1, padding=0):
    as_tensor = lambda a: torch.from_numpy(np.array(a, dtype=np.float64))[None, None]
    try:
        out = torch.nn.functional.conv2d(as_tensor(image), as_tensor(kernel), stride=stride, padding=padding)
    except RuntimeError as error:
        raise ValueError(f"The kernel does not fit: {error}") from error
    return out[0, 0].numpy()

# %% right apply_activation | dictionary of lambdas, exponent clipped to ±500
def apply_activation(x, name, *, alpha=0.1):
    x = np.asarray(x, dtype=np.float64)
    functions = {
        "sigmoid": lambda t: 1.0 / (1.0 + np.exp(-np.clip(t, -500, 500))),
        "tanh": np.tanh,
        "relu": lambda t: t * (t > 0),
        "leaky_relu": lambda t: np.maximum(t, 0) + alpha * np.minimum(t, 0),
        "elu": lambda t: np.maximum(t, 0) + alpha * np.expm1(np.minimum(t, 0)),
    }
    if name not in functions:
        raise ValueError(f"Unknown activation {name!r}, choose one of {sorted(functions)}.")
    return functions[name](x)

# %% right apply_activation | number by number with math, written into a flat float array
import math


def apply_activation(x, name, *, alpha=0.1):
    if name not in ("sigmoid", "tanh", "relu", "leaky_relu", "elu"):
        raise ValueError("I do not know the activation " + repr(name))

    def f(v):
        if name == "sigmoid":
            if v >= 0:
                return 1 / (1 + math.exp(-v))
            e = math.exp(v)
            return e / (1 + e)
        if name == "tanh":
            return math.tanh(v)
        if v >= 0:
            return v
        if name == "relu":
            return 0.0
        if name == "leaky_relu":
            return alpha * v
        return alpha * (math.exp(v) - 1)

    out = np.empty(x.size, dtype=float)
    for k, v in enumerate(x.ravel().tolist()):
        out[k] = f(v)
    return out.reshape(x.shape)

# %% right apply_activation | sigmoid as a shifted tanh, boolean masks in place on an own copy
def apply_activation(x, name, *, alpha=0.1):
    out = np.array(x, dtype=float)
    neg = out < 0
    if name == "sigmoid":
        return 0.5 * (np.tanh(out / 2) + 1)
    elif name == "tanh":
        return np.tanh(out)
    elif name == "relu":
        out[neg] = 0
    elif name == "leaky_relu":
        out[neg] *= alpha
    elif name == "elu":
        out[neg] = alpha * (np.exp(out[neg]) - 1)
    else:
        raise ValueError("name must be sigmoid, tanh, relu, leaky_relu or elu")
    return out

# %% right maxout | stacks both maps and contracts once with einsum
def maxout(x, w1, b1, w2, b2):
    w = np.stack([w1, w2]).astype(float)
    b = np.stack([b1, b2]).astype(float)
    return (np.einsum("nd,kdm->knm", x.astype(float), w) + b[:, None, :]).max(axis=0)

# %% right maxout | three loops and Python's max
def maxout(x, w1, b1, w2, b2):
    N, D = x.shape
    M = w1.shape[1]
    result = np.zeros((N, M))
    for n in range(N):
        for m in range(M):
            one = float(b1[m])
            two = float(b2[m])
            for d in range(D):
                one += float(x[n, d]) * float(w1[d, m])
                two += float(x[n, d]) * float(w2[d, m])
            result[n, m] = max(one, two)
    return result

# %% right pool2d | chatbot style: type hints, helpers, sliding_window_view
from typing import Optional, Tuple, Union

import numpy as np

IntOrPair = Union[int, Tuple[int, int]]


def _to_pair(value: IntOrPair) -> Tuple[int, int]:
    """Convert an int or a pair to a pair."""
    if isinstance(value, (int, np.integer)):
        return int(value), int(value)
    a, b = value
    return int(a), int(b)


def pool2d(
    x: np.ndarray,
    size: IntOrPair,
    *,
    stride: Optional[IntOrPair] = None,
    padding: IntOrPair = 0,
    mode: str = "max",
    p: float = 2,
) -> np.ndarray:
    """Summarise the windows of each channel by their maximum, mean, sum or p-norm."""
    # Validate the mode first
    if mode not in {"max", "mean", "sum", "lp"}:
        raise ValueError(f"Unsupported mode: {mode!r}")

    kh, kw = _to_pair(size)
    sh, sw = _to_pair(size if stride is None else stride)
    ph, pw = _to_pair(padding)

    # Pad the last two axes
    fill = -np.inf if mode == "max" else 0.0
    pad_width = [(0, 0)] * (x.ndim - 2) + [(ph, ph), (pw, pw)]
    padded = np.pad(x.astype(np.float64), pad_width, constant_values=fill)

    if kh > padded.shape[-2] or kw > padded.shape[-1]:
        raise ValueError("Pooling window does not fit into the padded image.")

    # Extract windows and reduce
    windows = np.lib.stride_tricks.sliding_window_view(padded, (kh, kw), axis=(-2, -1))
    windows = windows[..., ::sh, ::sw, :, :]
    reducers = {
        "max": lambda w: w.max(axis=(-2, -1)),
        "mean": lambda w: w.mean(axis=(-2, -1)),
        "sum": lambda w: w.sum(axis=(-2, -1)),
        "lp": lambda w: (np.abs(w) ** p).sum(axis=(-2, -1)) ** (1.0 / p),
    }
    return reducers[mode](windows)

# %% right pool2d | two loops, padding frame by hand, lp with np.linalg.norm over a flat axis
def pool2d(x, size, *, stride=None, padding=0, mode="max", p=2):
    if mode not in ["max", "mean", "sum", "lp"]:
        raise ValueError("mode must be max, mean, sum or lp")
    if stride is None:
        stride = size
    (kh, kw), (sh, sw), (ph, pw) = (np.broadcast_to(t, 2) for t in (size, stride, padding))
    H, W = x.shape[-2:]
    rows, cols = (H + 2 * ph - kh) // sh + 1, (W + 2 * pw - kw) // sw + 1
    if rows < 1 or cols < 1:
        raise ValueError("the window does not fit into the padded image")
    frame = np.full(x.shape[:-2] + (H + 2 * ph, W + 2 * pw), float("-inf") if mode == "max" else 0.0)
    frame[..., ph : ph + H, pw : pw + W] = x
    out = np.zeros(x.shape[:-2] + (rows, cols))
    for i in range(rows):
        for j in range(cols):
            v = frame[..., i * sh : i * sh + kh, j * sw : j * sw + kw]
            v = v.reshape(x.shape[:-2] + (kh * kw,))
            if mode == "max":
                out[..., i, j] = v.max(-1)
            elif mode == "mean":
                out[..., i, j] = v.sum(-1) / (kh * kw)
            elif mode == "sum":
                out[..., i, j] = v.sum(-1)
            else:
                out[..., i, j] = np.linalg.norm(v, ord=p, axis=-1)
    return out

# %% right conv_layer | seven nested loops, exactly the formula
def conv_layer(x, weight, bias=None, *, stride=1, padding=0):
    N, C, H, W = x.shape
    F, C2, kh, kw = weight.shape
    if C != C2:
        raise ValueError("x and weight have different numbers of channels")
    if type(stride) in (tuple, list, np.ndarray):
        sh, sw = stride
    else:
        sh = sw = stride
    if type(padding) in (tuple, list, np.ndarray):
        ph, pw = padding
    else:
        ph = pw = padding
    if H + 2 * ph < kh or W + 2 * pw < kw:
        raise ValueError("the kernel does not fit into the padded images")
    Ho = (H + 2 * ph - kh) // sh + 1
    Wo = (W + 2 * pw - kw) // sw + 1
    out = np.zeros((N, F, Ho, Wo))
    for n in range(N):
        for f in range(F):
            for i in range(Ho):
                for j in range(Wo):
                    s = 0.0 if bias is None else float(bias[f])
                    for c in range(C):
                        for u in range(kh):
                            for v in range(kw):
                                a = i * sh + u - ph
                                b = j * sw + v - pw
                                if 0 <= a < H and 0 <= b < W:
                                    s += float(x[n, c, a, b]) * float(weight[f, c, u, v])
                    out[n, f, i, j] = s
    return out

# %% right conv_layer | torch built-in in double with its own checks
def conv_layer(x, weight, bias=None, *, stride=1, padding=0):
    import torch

    if x.shape[1] != weight.shape[1]:
        raise ValueError(f"{x.shape[1]} channels in x, {weight.shape[1]} in weight")
    ph, pw = (int(q) for q in np.broadcast_to(padding, 2))
    sh, sw = (int(q) for q in np.broadcast_to(stride, 2))
    if weight.shape[2] > x.shape[2] + 2 * ph or weight.shape[3] > x.shape[3] + 2 * pw:
        raise ValueError("kernel does not fit")
    x, weight = (torch.tensor(np.array(a, dtype=np.float64)) for a in (x, weight))
    if bias is not None:
        bias = torch.tensor(np.array(bias, dtype=np.float64))
    with torch.no_grad():
        return torch.nn.functional.conv2d(x, weight, bias, stride=(sh, sw), padding=(ph, pw)).numpy()

# %% right conv_layer | einsum over all windows
def conv_layer(x, weight, bias=None, *, stride=1, padding=0):
    (ph, pw), (sh, sw) = np.broadcast_to(padding, 2), np.broadcast_to(stride, 2)
    kernel = weight.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw))).astype(float)
    if xp.shape[1] != weight.shape[1] or xp.shape[2] < kernel[0] or xp.shape[3] < kernel[1]:
        raise ValueError(f"weight {weight.shape} does not go with images {x.shape}")
    win = np.lib.stride_tricks.sliding_window_view(xp, kernel, axis=(2, 3))[:, :, ::sh, ::sw]
    out = np.einsum("ncijuv,fcuv->nfij", win, weight.astype(float), optimize=True)
    return out if bias is None else out + bias[:, None, None]

# %% right named_kernel | match statement, a literal in every branch
def named_kernel(name):
    match name:
        case "identity":
            return np.array([[0, 0, 0], [0, 1, 0], [0, 0, 0]])
        case "edge_1":
            return np.array([[1, 0, -1], [0, 0, 0], [-1, 0, 1]])
        case "edge_2":
            return np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]])
        case "edge_3":
            return np.array([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]])
        case "sharpen":
            return np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]])
        case "box_blur":
            return np.full((3, 3), 1 / 9)
        case "gaussian_blur":
            return np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]]) / 16
        case "horizontal_edge":
            return np.array([[1, 2, 1], [0, 0, 0], [-1, -2, -1]])
        case "vertical_edge":
            return np.array([[1, 0, -1], [2, 0, -2], [1, 0, -1]])
        case _:
            raise ValueError(f"no kernel is called {name!r}")

# %% right named_kernel | outer products, a module-level table and a copy on the way out
_smooth, _diff = np.array([1.0, 2.0, 1.0]), np.array([1.0, 0.0, -1.0])
_eye = np.outer([0, 1, 0], [0, 1, 0]).astype(float)
_plus = np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]], dtype=float)
_TABLE = dict(
    identity=_eye,
    edge_1=np.outer(_diff, _diff),
    edge_2=_plus,
    edge_3=9 * _eye - np.ones((3, 3)),
    sharpen=_eye - _plus,
    box_blur=np.ones((3, 3)) / 9,
    gaussian_blur=np.outer(_smooth, _smooth) / 16,
    horizontal_edge=np.outer(_diff, _smooth),
    vertical_edge=np.outer(_smooth, _diff),
)


def named_kernel(name):
    try:
        return _TABLE[name].copy()
    except KeyError:
        raise ValueError(f"unknown kernel {name!r}") from None

# %% right im2col | fancy indexing with index grids
def im2col(x, kernel_size, *, stride=1, padding=0):
    kh, kw = np.broadcast_to(kernel_size, 2)
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    N, C, H, W = x.shape
    if kh > H + 2 * ph or kw > W + 2 * pw:
        raise ValueError("the kernel does not fit into the padded images")
    rows, cols = (H + 2 * ph - kh) // sh + 1, (W + 2 * pw - kw) // sw + 1
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    c, u, v = (g.reshape(-1, 1) for g in np.indices((C, kh, kw)))
    i, j = (g.reshape(1, -1) for g in np.indices((rows, cols)))
    return xp[:, c, i * sh + u, j * sw + v]

# %% right im2col | appends ravelled windows to a list
def im2col(x, kernel_size, *, stride=1, padding=0):
    def two(t):
        return (t, t) if np.isscalar(t) else tuple(t)

    kh, kw = two(kernel_size)
    sh, sw = two(stride)
    ph, pw = two(padding)
    all_columns = []
    for picture_ in x:
        big = np.zeros((x.shape[1], x.shape[2] + 2 * ph, x.shape[3] + 2 * pw))
        big[:, ph : ph + x.shape[2], pw : pw + x.shape[3]] = picture_
        if big.shape[1] < kh or big.shape[2] < kw:
            raise ValueError("kernel too large")
        columns = []
        i = 0
        while i + kh <= big.shape[1]:
            j = 0
            while j + kw <= big.shape[2]:
                columns.append(big[:, i : i + kh, j : j + kw].ravel())
                j += sw
            i += sh
        all_columns.append(np.array(columns).T)
    return np.array(all_columns)

# %% right conv_layer_fast | F.unfold in double and one matmul, ValueErrors by hand
import torch
import torch.nn.functional as TF


def conv_layer_fast(x, weight, bias=None, *, stride=1, padding=0):
    n, c, h, w = x.shape
    f, c2, kh, kw = weight.shape
    ph, pw = map(int, np.broadcast_to(padding, 2))
    sh, sw = map(int, np.broadcast_to(stride, 2))
    if c != c2:
        raise ValueError("different channels")
    if kh > h + 2 * ph or kw > w + 2 * pw:
        raise ValueError("kernel does not fit")
    cols = TF.unfold(torch.from_numpy(x.astype(np.float64)), (kh, kw), padding=(ph, pw), stride=(sh, sw)).numpy()
    out = weight.astype(np.float64).reshape(f, -1) @ cols
    if bias is not None:
        out = out + np.reshape(bias, (1, f, 1))
    return out.reshape(n, f, (h + 2 * ph - kh) // sh + 1, (w + 2 * pw - kw) // sw + 1)

# %% right conv_layer_fast | one big 2-D product over the whole batch, bias as an extra column of ones
def conv_layer_fast(x, weight, bias=None, *, stride=1, padding=0):
    N, C, H, W = x.shape
    F, Cw, kh, kw = weight.shape
    (sh, sw), (ph, pw) = np.broadcast_to(stride, 2), np.broadcast_to(padding, 2)
    if C != Cw:
        raise ValueError(f"x has {C} channels, weight has {Cw}.")
    if H + 2 * ph - kh < 0 or W + 2 * pw - kw < 0:
        raise ValueError("The kernel does not fit into the padded images.")
    xp = np.zeros((N, C, H + 2 * ph, W + 2 * pw))
    xp[:, :, ph : ph + H, pw : pw + W] = x
    rows, columns = (H + 2 * ph - kh) // sh + 1, (W + 2 * pw - kw) // sw + 1
    patches = np.empty((N, rows, columns, C, kh, kw))
    for u in range(kh):
        for v in range(kw):
            piece = xp[:, :, u : u + sh * (rows - 1) + 1 : sh, v : v + sw * (columns - 1) + 1 : sw]
            patches[..., u, v] = piece.transpose(0, 2, 3, 1)
    matrix = np.hstack([patches.reshape(N * rows * columns, -1), np.ones((N * rows * columns, 1))])
    filters = np.hstack([weight.reshape(F, -1), (np.zeros(F) if bias is None else bias).reshape(F, 1)])
    return (matrix @ filters.T.astype(float)).reshape(N, rows, columns, F).transpose(0, 3, 1, 2)

# %% right backprop_example | a little autograd class
class _Node:
    def __init__(self, value, parents=()):
        self.value, self.parents, self.grad = value, parents, 0

    def __add__(self, other):
        return _Node(self.value + other.value, [(self, 1), (other, 1)])

    def __mul__(self, other):
        return _Node(self.value * other.value, [(self, other.value), (other, self.value)])

    def backward(self, upstream=1):
        self.grad += upstream
        for parent, local in self.parents:
            parent.backward(upstream * local)


def backprop_example(x, y, z):
    x, y, z = _Node(x), _Node(y), _Node(z)
    ((x + y) * z).backward()
    return [x.grad, y.grad, z.grad]

# %% right backprop_example | a named tuple
from collections import namedtuple

Gradients = namedtuple("Gradients", "dx dy dz")


def backprop_example(x, y, z):
    q = x + y
    df_dq, df_dz = z, q
    return Gradients(df_dq * 1, df_dq * 1, df_dz)

# %% right conv_layer_backward | torch autograd in double
def conv_layer_backward(grad_out, x, weight, bias, *, stride=1, padding=0):
    import torch

    leaves = [torch.tensor(np.array(a, dtype=np.float64), requires_grad=True) for a in (x, weight, bias)]
    pair = lambda t: tuple(int(q) for q in np.broadcast_to(t, 2))
    with torch.enable_grad():
        out = torch.nn.functional.conv2d(*leaves, stride=pair(stride), padding=pair(padding))
        out.backward(torch.tensor(np.array(grad_out, dtype=np.float64)))
    return tuple(leaf.grad.numpy() for leaf in leaves)

# %% right conv_layer_backward | loops over kernel positions only, tensordot for the rest
def conv_layer_backward(grad_out, x, weight, bias, *, stride=1, padding=0):
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    G, w = grad_out.astype(float), weight.astype(float)
    xp = np.pad(x.astype(float), [(0, 0), (0, 0), (ph, ph), (pw, pw)])
    dxp, dw = np.zeros(xp.shape), np.zeros(w.shape)
    rows, cols = G.shape[2:]
    for u, v in np.ndindex(*w.shape[2:]):
        where = (slice(None), slice(None), slice(u, u + sh * (rows - 1) + 1, sh), slice(v, v + sw * (cols - 1) + 1, sw))
        dw[:, :, u, v] = np.tensordot(G, xp[where], axes=([0, 2, 3], [0, 2, 3]))
        dxp[where] += np.tensordot(G, w[:, :, u, v], axes=(1, 0)).transpose(0, 3, 1, 2)
    return dxp[:, :, ph : -ph or None, pw : -pw or None], dw, G.sum((0, 2, 3))

# %% right equivariance_error | own correlation inside, image made float before the transform
def equivariance_error(image, kernel, transform):
    kh, kw = kernel.shape

    def correlate(a):
        rows, cols = a.shape[0] - kh + 1, a.shape[1] - kw + 1
        return sum(kernel[u, v] * a[u : u + rows, v : v + cols] for u in range(kh) for v in range(kw))

    image = image.astype(float)
    a = correlate(transform(image.copy()))
    b = transform(correlate(image))
    m = max(kh, kw)
    return float(np.abs(a - b)[m:-m, m:-m].max())

# %% right equivariance_error | calls the notebook's cross_correlate2d
def equivariance_error(image, kernel, transform):
    image = np.array(image, dtype=float)
    one = np.asarray(cross_correlate2d(transform(image), kernel))
    other = np.asarray(transform(cross_correlate2d(image, kernel)))
    m = max(kernel.shape)
    cut = slice(m, -m)
    return float(np.linalg.norm((one[cut, cut] - other[cut, cut]).ravel(), np.inf))

# %% right quiz_stride | the plain letter
quiz_stride = "a"

# %% wrong cross_correlate2d | off by one: last row and column of places missing
def cross_correlate2d(image, kernel):
    H, W = image.shape
    kh, kw = kernel.shape
    if kh > H or kw > W:
        raise ValueError("Kernel does not fit into the image")
    out = np.zeros((H - kh + 1, W - kw + 1))
    for i in range(H - kh):
        for j in range(W - kw):
            out[i, j] = np.sum(image[i : i + kh, j : j + kw] * kernel)
    return out

# %% wrong cross_correlate2d | image taken to be square
def cross_correlate2d(image, kernel):
    n = image.shape[0]
    kh, kw = kernel.shape
    if kh > n or kw > n:
        raise ValueError("The kernel is larger than the image.")
    out = np.zeros((n - kh + 1, n - kw + 1))
    for i in range(n - kh + 1):
        for j in range(n - kw + 1):
            out[i, j] = np.sum(image[i : i + kh, j : j + kw] * kernel)
    return out

# %% wrong cross_correlate2d | result has the image's dtype: a kernel of fractions is cut to integers
def cross_correlate2d(image, kernel):
    H, W = image.shape
    kh, kw = kernel.shape
    if kh > H or kw > W:
        raise ValueError(f"kernel {kernel.shape} does not fit into image {image.shape}")
    out = np.zeros((H - kh + 1, W - kw + 1), dtype=image.dtype if image.dtype != np.uint8 else int)
    for i, j in np.ndindex(out.shape):
        out[i, j] = (image[i : i + kh, j : j + kw] * kernel).sum()
    return out

# %% wrong cross_correlate2d | as_strided with strides computed from the width: wrong on an image cut out of a larger one
from numpy.lib.stride_tricks import as_strided


def cross_correlate2d(image, kernel):
    H, W = image.shape
    kh, kw = kernel.shape
    if kh > H or kw > W:
        raise ValueError("The kernel does not fit.")
    b = image.itemsize
    windows = as_strided(image, (H - kh + 1, W - kw + 1, kh, kw), (W * b, b, W * b, b), writeable=False)
    return np.einsum("ijuv,uv->ij", windows.astype(float), kernel)

# %% wrong cross_correlate2d | scipy without a check: a kernel too large both ways swaps roles silently
from scipy.signal import correlate2d as _correlate2d


def cross_correlate2d(image, kernel):
    # scipy raises ValueError itself if one does not fit into the other
    return _correlate2d(image.astype(float), kernel.astype(float), mode="valid")

# %% wrong cross_correlate2d | int32 inside: fractions are cut, large integers wrap (two at once)
def cross_correlate2d(image, kernel):
    image = image.astype(np.int32)
    kernel = kernel.astype(np.int32)
    if kernel.shape[0] > image.shape[0] or kernel.shape[1] > image.shape[1]:
        raise ValueError("kernel too large")
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    out = np.zeros(windows.shape[:2], dtype=np.int32)
    for u in range(kernel.shape[0]):
        for v in range(kernel.shape[1]):
            out += windows[:, :, u, v] * kernel[u, v]
    return out

# %% wrong cross_correlate2d | checks the width only: one row too tall gives an empty array
def cross_correlate2d(image, kernel):
    (H, W), (kh, kw) = image.shape, kernel.shape
    if W < kw:
        raise ValueError("the kernel is wider than the image")
    rows = []
    for i in range(H - kh + 1):
        rows.append([float(np.sum(image[i : i + kh, j : j + kw] * kernel)) for j in range(W - kw + 1)])
    return np.array(rows)

# %% wrong convolve2d | only the rows are flipped
def convolve2d(image, kernel):
    kernel = kernel[::-1]
    H, W = image.shape
    kh, kw = kernel.shape
    if kh > H or kw > W:
        raise ValueError("kernel larger than image")
    out = np.zeros((H - kh + 1, W - kw + 1))
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = np.sum(image[i : i + kh, j : j + kw] * kernel)
    return out

# %% wrong convolve2d | flips the caller's kernel in place
def convolve2d(image, kernel):
    kh, kw = kernel.shape
    H, W = image.shape
    if kh > H or kw > W:
        raise ValueError("The kernel does not fit into the image.")
    kernel[:] = kernel[::-1, ::-1].copy()
    out = np.zeros((H - kh + 1, W - kw + 1))
    for i in range(H - kh + 1):
        for j in range(W - kw + 1):
            out[i, j] = (image[i : i + kh, j : j + kw] * kernel).sum()
    return out

# %% wrong convolve2d | FFT in float32-sized loss: rounds the result to integers
def convolve2d(image, kernel):
    H, W = image.shape
    kh, kw = kernel.shape
    if kh > H or kw > W:
        raise ValueError("kernel does not fit")
    spectrum = np.fft.rfft2(image, (H, W)) * np.fft.rfft2(kernel, (H, W))
    full = np.fft.irfft2(spectrum, (H, W))
    return np.round(full[kh - 1 :, kw - 1 :])

# %% wrong convolve2d | transposes twice instead of flipping, no error for a large kernel (two at once)
def convolve2d(image, kernel):
    flipped = np.rot90(kernel)
    kh, kw = flipped.shape
    out = np.zeros((max(image.shape[0] - kh + 1, 0), max(image.shape[1] - kw + 1, 0)))
    for i, j in np.ndindex(out.shape):
        out[i, j] = np.sum(image[i : i + kh, j : j + kw] * flipped)
    return out

# %% wrong pad2d | height and width swapped
def pad2d(array, padding, value=0.0):
    pw, ph = np.broadcast_to(padding, 2)
    if ph < 0 or pw < 0:
        raise ValueError("negative padding")
    out = np.full(array.shape[:-2] + (array.shape[-2] + 2 * ph, array.shape[-1] + 2 * pw), float(value))
    out[..., ph : ph + array.shape[-2], pw : pw + array.shape[-1]] = array
    return out

# %% wrong pad2d | keeps the dtype of the array: a fraction around integers is cut, -inf fails
def pad2d(array, padding, value=0.0):
    ph, pw = np.broadcast_to(padding, 2)
    if min(ph, pw) < 0:
        raise ValueError("padding must be 0 or more")
    H, W = array.shape[-2:]
    out = np.full(array.shape[:-2] + (H + 2 * ph, W + 2 * pw), value, dtype=array.dtype)
    out[..., ph : ph + H, pw : pw + W] = array
    return out

# %% wrong pad2d | padding (0, 0) as a pair gives the original array itself
def pad2d(array, padding, value=0.0):
    if isinstance(padding, int):
        padding = (padding, padding)
        if padding == (0, 0):
            return array.copy()
    ph, pw = padding
    if ph < 0 or pw < 0:
        raise ValueError("no negative padding, please")
    if ph == pw == 0:
        return array
    widths = [(0, 0)] * (array.ndim - 2) + [(ph, ph), (pw, pw)]
    return np.pad(array.astype(float), widths, constant_values=value)

# %% wrong pad2d | slices ph:-ph, so padding of one axis only breaks
def pad2d(array, padding, value=0.0):
    ph, pw = np.broadcast_to(padding, 2)
    if ph < 0 or pw < 0:
        raise ValueError("padding must not be negative")
    if ph == 0 and pw == 0:
        return np.array(array, dtype=float)
    shape = list(array.shape)
    shape[-2] += 2 * ph
    shape[-1] += 2 * pw
    out = np.full(shape, value, dtype=float)
    out[..., ph:-ph, pw:-pw] = array
    return out

# %% wrong pad2d | written for two and four axes only
def pad2d(array, padding, value=0.0):
    ph, pw = (padding, padding) if isinstance(padding, int) else padding
    if ph < 0 or pw < 0:
        raise ValueError("Padding must be non-negative.")
    if array.ndim == 2:
        pad_width = ((ph, ph), (pw, pw))
    else:
        pad_width = ((0, 0), (0, 0), (ph, ph), (pw, pw))
    return np.pad(array.astype(float), pad_width, mode="constant", constant_values=value)

# %% wrong pad2d | AssertionError instead of ValueError for negative padding
def pad2d(array, padding, value=0.0):
    ph, pw = np.broadcast_to(padding, 2)
    assert ph >= 0 and pw >= 0, "padding must not be negative"
    *front, H, W = array.shape
    out = np.empty((*front, H + 2 * ph, W + 2 * pw))
    out.fill(value)
    out[..., ph : ph + H, pw : pw + W] = array
    return out

# %% wrong conv2d | number of places rounded up
import math


def conv2d(image, kernel, *, stride=1, padding=0):
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    kh, kw = kernel.shape
    padded = np.pad(image.astype(float), ((ph, ph), (pw, pw)))
    H, W = padded.shape
    if kh > H or kw > W:
        raise ValueError("kernel does not fit")
    rows, cols = math.ceil((H - kh) / sh) + 1, math.ceil((W - kw) / sw) + 1
    padded = np.pad(padded, ((0, sh), (0, sw)))
    out = np.zeros((rows, cols))
    for i in range(rows):
        for j in range(cols):
            out[i, j] = np.sum(padded[i * sh : i * sh + kh, j * sw : j * sw + kw] * kernel)
    return out

# %% wrong conv2d | compares areas instead of sides: a long thin kernel that does not fit gives an empty result
def conv2d(image, kernel, *, stride=1, padding=0):
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    padded = np.pad(image.astype(float), ((ph, ph), (pw, pw)))
    if kernel.size > padded.size:
        raise ValueError("kernel larger than the padded image")
    kh, kw = kernel.shape
    tops = range(0, padded.shape[0] - kh + 1, sh)
    lefts = range(0, padded.shape[1] - kw + 1, sw)
    out = np.zeros((len(tops), len(lefts)))
    for i, top in enumerate(tops):
        for j, left in enumerate(lefts):
            out[i, j] = np.sum(padded[top : top + kh, left : left + kw] * kernel)
    return out

# %% wrong conv2d | int() truncates to zero, so a kernel one row too tall with stride 2 ends in an IndexError
def conv2d(image, kernel, *, stride=1, padding=0):
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    H, W = image.shape
    kh, kw = kernel.shape
    rows = int((H + 2 * ph - kh) / sh) + 1
    cols = int((W + 2 * pw - kw) / sw) + 1
    if rows <= 0 or cols <= 0:
        raise ValueError("The kernel does not fit into the padded image.")
    padded = np.zeros((H + 2 * ph, W + 2 * pw))
    padded[ph : ph + H, pw : pw + W] = image
    out = np.zeros((rows, cols))
    for i in range(rows):
        for j in range(cols):
            for u in range(kh):
                for v in range(kw):
                    out[i, j] += padded[i * sh + u, j * sw + v] * kernel[u, v]
    return out

# %% wrong conv2d | padded array is int: an image of fractions loses them
def conv2d(image, kernel, *, stride=1, padding=0):
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    H, W = image.shape
    kh, kw = kernel.shape
    padded = np.zeros((H + 2 * ph, W + 2 * pw), dtype=int)
    padded[ph : ph + H, pw : pw + W] = image
    if kh > padded.shape[0] or kw > padded.shape[1]:
        raise ValueError("kernel does not fit")
    rows, cols = (padded.shape[0] - kh) // sh + 1, (padded.shape[1] - kw) // sw + 1
    return np.array(
        [
            [np.sum(padded[i * sh : i * sh + kh, j * sw : j * sw + kw] * kernel) for j in range(cols)]
            for i in range(rows)
        ]
    )

# %% wrong conv2d | the window's check is on the unpadded height, and height padding only below (two at once)
def conv2d(image, kernel, *, stride=1, padding=0):
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    if kernel.shape[0] > image.shape[0] or kernel.shape[1] > image.shape[1] + 2 * pw:
        raise ValueError("The kernel is too large.")
    padded = np.pad(image.astype(float), ((0, 2 * ph), (pw, pw)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, kernel.shape)
    return np.tensordot(windows[::sh, ::sw], kernel, axes=2)

# %% wrong apply_activation | sigmoid straight from the table: overflow warning
def apply_activation(x, name, *, alpha=0.1):
    if name == "sigmoid":
        return 1 / (1 + np.exp(-x))
    if name == "tanh":
        return np.tanh(x)
    if name == "relu":
        return np.maximum(0, x)
    if name == "leaky_relu":
        return np.where(x >= 0, x, alpha * x)
    if name == "elu":
        return np.where(x >= 0, x, alpha * (np.exp(np.minimum(x, 0)) - 1))
    raise ValueError(f"unknown activation: {name}")

# %% wrong apply_activation | tanh from exponentials: nan and warnings at large numbers
def apply_activation(x, name, *, alpha=0.1):
    if name == "sigmoid":
        e = np.exp(-np.abs(x))
        return np.where(x >= 0, 1 / (1 + e), e / (1 + e))
    elif name == "tanh":
        return (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))
    elif name == "relu":
        return np.maximum(x, 0)
    elif name == "leaky_relu":
        return np.where(x >= 0, x, alpha * x)
    elif name == "elu":
        return np.where(x >= 0, x, alpha * np.expm1(np.minimum(x, 0)))
    raise ValueError("unknown name")

# %% wrong apply_activation | dictionary lookup: KeyError instead of ValueError
def apply_activation(x, name, *, alpha=0.1):
    e = np.exp(-np.abs(x))
    return {
        "sigmoid": np.where(x >= 0, 1, e) / (1 + e),
        "tanh": np.tanh(x),
        "relu": np.maximum(x, 0),
        "leaky_relu": np.maximum(x, 0) + alpha * np.minimum(x, 0),
        "elu": np.maximum(x, 0) + alpha * (np.exp(np.minimum(x, 0)) - 1),
    }[name]

# %% wrong apply_activation | lower() and strip(): "ReLU" and " relu" are accepted
def apply_activation(x, name, *, alpha=0.1):
    name = name.lower().strip()
    x = x.astype(float)
    if name == "sigmoid":
        return 0.5 * (1 + np.tanh(0.5 * x))
    elif name == "tanh":
        return np.tanh(x)
    elif name == "relu":
        return np.where(x > 0, x, 0)
    elif name == "leaky_relu":
        return np.where(x > 0, x, alpha * x)
    elif name == "elu":
        return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))
    else:
        raise ValueError(f"{name} is not supported")

# %% wrong apply_activation | result in an array like x: integers lose their fractions
def apply_activation(x, name, *, alpha=0.1):
    out = np.zeros_like(x)
    pos, neg = x >= 0, x < 0
    if name == "sigmoid":
        out[pos] = 1 / (1 + np.exp(-x[pos]))
        out[neg] = np.exp(x[neg]) / (1 + np.exp(x[neg]))
    elif name == "tanh":
        out[...] = np.tanh(x)
    elif name == "relu":
        out[pos] = x[pos]
    elif name == "leaky_relu":
        out[pos], out[neg] = x[pos], alpha * x[neg]
    elif name == "elu":
        out[pos], out[neg] = x[pos], alpha * (np.exp(x[neg]) - 1)
    else:
        raise ValueError("name?")
    return out

# %% wrong apply_activation | elu and leaky_relu by maximum: elu is wrong for alpha above 1
def apply_activation(x, name, *, alpha=0.1):
    if name == "sigmoid":
        z = np.exp(-np.abs(x))
        return np.where(x < 0, z, 1.0) / (1.0 + z)
    if name == "tanh":
        return np.tanh(x)
    if name == "relu":
        return np.maximum(0, x)
    if name == "leaky_relu":
        return np.maximum(alpha * x, x)
    if name == "elu":
        return np.maximum(alpha * (np.exp(np.minimum(x, 0)) - 1), x)
    raise ValueError(f"There is no activation named {name!r}.")

# %% wrong apply_activation | alpha or 0.1: alpha 0 is taken for "not given"
def apply_activation(x, name, *, alpha=0.1):
    alpha = alpha or 0.1
    below, above = np.minimum(x, 0), np.maximum(x, 0)
    match name:
        case "sigmoid":
            e = np.exp(-np.abs(x))
            return np.where(x >= 0, 1 / (1 + e), e / (1 + e))
        case "tanh":
            return np.tanh(x)
        case "relu":
            return above
        case "leaky_relu":
            return above + alpha * below
        case "elu":
            return above + alpha * np.expm1(below)
    raise ValueError(f"unknown activation {name!r}")

# %% wrong apply_activation | input clipped to ±1000, and the empty name passes a substring test (two at once)
def apply_activation(x, name, *, alpha=0.1):
    if name not in "sigmoid tanh relu leaky_relu elu":
        raise ValueError("unknown activation")
    x = np.clip(x, -1000, 1000)  # for stability
    e = np.exp(-np.abs(x))
    if name == "sigmoid":
        return np.where(x >= 0, 1 / (1 + e), e / (1 + e))
    if name == "tanh":
        return np.tanh(x)
    if name == "relu":
        return np.maximum(x, 0)
    if name == "leaky_relu":
        return np.where(x >= 0, x, alpha * x)
    return np.where(x >= 0, x, alpha * (np.exp(np.minimum(x, 0)) - 1))

# %% wrong maxout | ReLU on top
def maxout(x, w1, b1, w2, b2):
    return np.maximum(0, np.maximum(x @ w1 + b1, x @ w2 + b2))

# %% wrong maxout | in-place += of a bias of fractions on a product of integers fails
def maxout(x, w1, b1, w2, b2):
    first = x @ w1
    first += b1
    second = x @ w2
    second += b2
    return np.where(first > second, first, second)

# %% wrong maxout | the larger of the two, one per example: chosen by the sum
def maxout(x, w1, b1, w2, b2):
    one = x @ w1 + b1
    two = x @ w2 + b2
    out = np.zeros(one.shape)
    for n in range(len(x)):
        out[n] = one[n] if one[n].sum() > two[n].sum() else two[n]
    return out

# %% wrong maxout | loops over D instead of M outputs
def maxout(x, w1, b1, w2, b2):
    N, D = x.shape
    out = np.zeros((N, D))
    for n in range(N):
        for m in range(D):
            out[n, m] = max(np.dot(x[n], w1[:, m]) + b1[m], np.dot(x[n], w2[:, m]) + b2[m])
    return out

# %% wrong pool2d | stride is 1 when none is given
def pool2d(x, size, *, stride=None, padding=0, mode="max", p=2):
    if mode not in ("max", "mean", "sum", "lp"):
        raise ValueError("mode")
    kh, kw = np.broadcast_to(size, 2)
    sh, sw = np.broadcast_to(1 if stride is None else stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    widths = [(0, 0)] * (x.ndim - 2) + [(ph, ph), (pw, pw)]
    xp = np.pad(x.astype(float), widths, constant_values=-np.inf if mode == "max" else 0)
    if kh > xp.shape[-2] or kw > xp.shape[-1]:
        raise ValueError("window too large")
    win = np.lib.stride_tricks.sliding_window_view(xp, (kh, kw), axis=(-2, -1))[..., ::sh, ::sw, :, :]
    if mode == "max":
        return win.max((-1, -2))
    if mode == "mean":
        return win.mean((-1, -2))
    if mode == "sum":
        return win.sum((-1, -2))
    return (np.abs(win) ** p).sum((-1, -2)) ** (1 / p)

# %% wrong pool2d | mean leaves the padded pixels out of the count
def pool2d(x, size, *, stride=None, padding=0, mode="max", p=2):
    if mode not in ("max", "mean", "sum", "lp"):
        raise ValueError(f"unknown mode {mode!r}")
    stride = size if stride is None else stride
    (kh, kw), (sh, sw), (ph, pw) = [np.broadcast_to(t, 2) for t in (size, stride, padding)]
    H, W = x.shape[-2:]
    if kh > H + 2 * ph or kw > W + 2 * pw:
        raise ValueError("the window does not fit")
    padded = np.full(x.shape[:-2] + (H + 2 * ph, W + 2 * pw), np.nan)
    padded[..., ph : ph + H, pw : pw + W] = x
    rows, cols = (H + 2 * ph - kh) // sh + 1, (W + 2 * pw - kw) // sw + 1
    out = np.empty(x.shape[:-2] + (rows, cols))
    for i in range(rows):
        for j in range(cols):
            w = padded[..., i * sh : i * sh + kh, j * sw : j * sw + kw]
            if mode == "max":
                out[..., i, j] = np.nanmax(w, axis=(-2, -1))
            elif mode == "mean":
                out[..., i, j] = np.nanmean(w, axis=(-2, -1))
            elif mode == "sum":
                out[..., i, j] = np.nansum(w, axis=(-2, -1))
            else:
                out[..., i, j] = np.nansum(np.abs(w) ** p, axis=(-2, -1)) ** (1 / p)
    return out

# %% wrong pool2d | lp takes the absolute value of the sum, not of the numbers
def pool2d(x, size, *, stride=None, padding=0, mode="max", p=2):
    size, padding = np.broadcast_to(size, 2), np.broadcast_to(padding, 2)
    stride = size if stride is None else np.broadcast_to(stride, 2)
    fill = {"max": -np.inf, "mean": 0, "sum": 0, "lp": 0}
    if mode not in fill:
        raise ValueError("mode must be one of " + ", ".join(fill))
    widths = [(0, 0)] * (x.ndim - 2) + [(int(q), int(q)) for q in padding]
    xp = np.pad(x.astype(float), widths, constant_values=fill[mode])
    if size[0] > xp.shape[-2] or size[1] > xp.shape[-1]:
        raise ValueError("The window does not fit.")
    w = np.lib.stride_tricks.sliding_window_view(xp, tuple(size), axis=(-2, -1))[..., :: stride[0], :: stride[1], :, :]
    axes = (-2, -1)
    if mode == "lp":
        return np.abs((w**p).sum(axes)) ** (1 / p)
    return {"max": np.max, "mean": np.mean, "sum": np.sum}[mode](w, axis=axes)

# %% wrong pool2d | lp to the power p inside the type of the image: uint8 wraps
def pool2d(x, size, *, stride=None, padding=0, mode="max", p=2):
    if mode not in ("max", "mean", "sum", "lp"):
        raise ValueError("unknown mode")
    stride = size if stride is None else stride
    (kh, kw), (sh, sw), (ph, pw) = [np.broadcast_to(t, 2) for t in (size, stride, padding)]
    H, W = x.shape[-2] + 2 * ph, x.shape[-1] + 2 * pw
    if kh > H or kw > W:
        raise ValueError("window does not fit into the padded image")
    widths = [(0, 0)] * (x.ndim - 2) + [(ph, ph), (pw, pw)]
    if mode == "max":
        x = np.pad(x.astype(float), widths, constant_values=-np.inf)
    else:
        x = np.pad(x, widths)
    out = np.zeros(x.shape[:-2] + ((H - kh) // sh + 1, (W - kw) // sw + 1))
    for i in range(out.shape[-2]):
        for j in range(out.shape[-1]):
            w = x[..., i * sh : i * sh + kh, j * sw : j * sw + kw]
            if mode == "max":
                out[..., i, j] = w.max(axis=(-2, -1))
            elif mode == "lp":
                out[..., i, j] = np.sum(np.abs(w) ** p, axis=(-2, -1)) ** (1 / p)
            else:
                out[..., i, j] = w.sum(axis=(-2, -1)) / (kh * kw if mode == "mean" else 1)
    return out

# %% wrong pool2d | squeezes the result: axes of length 1 disappear
def pool2d(x, size, *, stride=None, padding=0, mode="max", p=2):
    if mode not in ("max", "mean", "sum", "lp"):
        raise ValueError("mode")
    if stride is None:
        stride = size
    kh, kw = np.broadcast_to(size, 2)
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    shape = x.shape
    x4 = x.reshape((1,) * (4 - x.ndim) + shape).astype(float)
    x4 = np.pad(x4, ((0, 0), (0, 0), (ph, ph), (pw, pw)), constant_values=-np.inf if mode == "max" else 0)
    N, C, H, W = x4.shape
    if kh > H or kw > W:
        raise ValueError("window")
    out = np.zeros((N, C, (H - kh) // sh + 1, (W - kw) // sw + 1))
    for n, c, i, j in np.ndindex(out.shape):
        w = x4[n, c, i * sh : i * sh + kh, j * sw : j * sw + kw]
        out[n, c, i, j] = {
            "max": w.max(),
            "mean": w.mean(),
            "sum": w.sum(),
            "lp": np.sum(np.abs(w) ** p) ** (1 / p),
        }[mode]
    return out.squeeze()

# %% wrong pool2d | any unknown mode is treated as lp
def pool2d(x, size, *, stride=None, padding=0, mode="max", p=2):
    kh, kw = np.broadcast_to(size, 2)
    sh, sw = (kh, kw) if stride is None else np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    widths = [(0, 0)] * (x.ndim - 2) + [(ph, ph), (pw, pw)]
    xp = np.pad(x.astype(float), widths, constant_values=-np.inf if mode == "max" else 0)
    if kh > xp.shape[-2] or kw > xp.shape[-1]:
        raise ValueError("The window does not fit into the padded image.")
    win = np.lib.stride_tricks.sliding_window_view(xp, (kh, kw), axis=(-2, -1))[..., ::sh, ::sw, :, :]
    if mode == "max":
        return win.max(axis=(-2, -1))
    elif mode == "mean":
        return win.mean(axis=(-2, -1))
    elif mode == "sum":
        return win.sum(axis=(-2, -1))
    else:
        return (np.abs(win) ** p).sum(axis=(-2, -1)) ** (1 / p)

# %% wrong pool2d | size as an int only, and two or three axes only (two at once)
def pool2d(x, size, *, stride=None, padding=0, mode="max", p=2):
    if mode not in ("max", "mean", "sum", "lp"):
        raise ValueError("mode must be max, mean, sum or lp")
    if x.ndim == 3:
        return np.stack([pool2d(c, size, stride=stride, padding=padding, mode=mode, p=p) for c in x])
    stride = stride or size
    H, W = x.shape
    xp = np.full((H + 2 * padding, W + 2 * padding), -np.inf if mode == "max" else 0.0)
    xp[padding : padding + H, padding : padding + W] = x
    if size > xp.shape[0] or size > xp.shape[1]:
        raise ValueError("window does not fit")
    rows, cols = (xp.shape[0] - size) // stride + 1, (xp.shape[1] - size) // stride + 1
    out = np.zeros((rows, cols))
    for i in range(rows):
        for j in range(cols):
            w = xp[i * stride : i * stride + size, j * stride : j * stride + size]
            if mode == "max":
                out[i, j] = w.max()
            elif mode == "mean":
                out[i, j] = w.mean()
            elif mode == "sum":
                out[i, j] = w.sum()
            else:
                out[i, j] = (np.abs(w) ** p).sum() ** (1 / p)
    return out

# %% wrong conv_layer | bias added once per channel
def conv_layer(x, weight, bias=None, *, stride=1, padding=0):
    N, C, H, W = x.shape
    F, C2, kh, kw = weight.shape
    if C != C2:
        raise ValueError("channels differ")
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    xp = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    if kh > xp.shape[2] or kw > xp.shape[3]:
        raise ValueError("kernel does not fit")
    if bias is None:
        bias = np.zeros(F)
    out = np.zeros((N, F, (xp.shape[2] - kh) // sh + 1, (xp.shape[3] - kw) // sw + 1))
    for n, f, i, j in np.ndindex(out.shape):
        for c in range(C):
            out[n, f, i, j] += np.sum(xp[n, c, i * sh : i * sh + kh, j * sw : j * sw + kw] * weight[f, c]) + bias[f]
    return out

# %% wrong conv_layer | torch built-in without checks: RuntimeError instead of ValueError
import torch


def conv_layer(x, weight, bias=None, *, stride=1, padding=0):
    x = torch.from_numpy(x.astype(np.float64))
    weight = torch.from_numpy(weight.astype(np.float64))
    bias = None if bias is None else torch.from_numpy(bias.astype(np.float64))
    return torch.nn.functional.conv2d(x, weight, bias, stride=stride, padding=padding).numpy()

# %% wrong conv_layer | filters with too few channels silently use the first channels
def conv_layer(x, weight, bias=None, *, stride=1, padding=0):
    N, _, H, W = x.shape
    F, C, kh, kw = weight.shape
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    if C > x.shape[1]:
        raise ValueError("more channels in weight than in x")
    if kh > H + 2 * ph or kw > W + 2 * pw:
        raise ValueError("kernel too large")
    xp = np.zeros((N, C, H + 2 * ph, W + 2 * pw))
    xp[:, :, ph : ph + H, pw : pw + W] = x[:, :C]
    rows, cols = (H + 2 * ph - kh) // sh + 1, (W + 2 * pw - kw) // sw + 1
    out = np.zeros((N, F, rows, cols))
    for n in range(N):
        for f in range(F):
            for i in range(rows):
                for j in range(cols):
                    out[n, f, i, j] = np.sum(xp[n, :, i * sh : i * sh + kh, j * sw : j * sw + kw] * weight[f])
                    if bias is not None:
                        out[n, f, i, j] += bias[f]
    return out

# %% wrong conv_layer | integer result, then += a bias of fractions: fails
def conv_layer(x, weight, bias=None, *, stride=1, padding=0):
    if x.shape[1] != weight.shape[1]:
        raise ValueError("x and weight differ in channels")
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    kh, kw = weight.shape[2:]
    if kh > xp.shape[2] or kw > xp.shape[3]:
        raise ValueError("the kernel does not fit")
    windows = np.lib.stride_tricks.sliding_window_view(xp, (kh, kw), axis=(2, 3))[:, :, ::sh, ::sw]
    out = np.einsum("ncijuv,fcuv->nfij", windows, weight)
    if bias is not None:
        out += bias[None, :, None, None]
    return out

# %% wrong conv_layer | stride of rows and columns swapped
def conv_layer(x, weight, bias=None, *, stride=1, padding=0):
    N, C, H, W = x.shape
    F, Cw, kh, kw = weight.shape
    sw, sh = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    if C != Cw:
        raise ValueError("channels")
    if kh > H + 2 * ph or kw > W + 2 * pw:
        raise ValueError("kernel")
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    out = np.zeros((N, F, (H + 2 * ph - kh) // sh + 1, (W + 2 * pw - kw) // sw + 1))
    for n, f, i, j in np.ndindex(out.shape):
        window = xp[n, :, i * sh : i * sh + kh, j * sw : j * sw + kw]
        out[n, f, i, j] = np.sum(window * weight[f]) + (0 if bias is None else bias[f])
    return out

# %% wrong conv_layer | float32 inside: differences of large integers are lost
def conv_layer(x, weight, bias=None, *, stride=1, padding=0):
    import torch

    x, weight = torch.Tensor(x.astype("float32")), torch.Tensor(weight.astype("float32"))
    if bias is not None:
        bias = torch.Tensor(bias.astype("float32"))
    try:
        return torch.nn.functional.conv2d(x, weight, bias, stride, padding).numpy()
    except RuntimeError as e:
        raise ValueError(str(e))

# %% wrong conv_layer | changes weight (flattens its caller's array in shape) and ignores a bias of one filter
def conv_layer(x, weight, bias=None, *, stride=1, padding=0):
    N, C, H, W = x.shape
    F, Cw, kh, kw = weight.shape
    (sh, sw), (ph, pw) = np.broadcast_to(stride, 2), np.broadcast_to(padding, 2)
    if C != Cw or kh > H + 2 * ph or kw > W + 2 * pw:
        raise ValueError("shapes do not match")
    xp = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    rows, cols = (H + 2 * ph - kh) // sh + 1, (W + 2 * pw - kw) // sw + 1
    weight.shape = (F, C * kh * kw)
    out = np.zeros((N, F, rows, cols))
    for i in range(rows):
        for j in range(cols):
            patch = xp[:, :, i * sh : i * sh + kh, j * sw : j * sw + kw].reshape(N, -1)
            out[:, :, i, j] = patch @ weight.T
    if bias is not None:
        out += bias.reshape(1, F, 1, 1)
    return out

# %% wrong named_kernel | a global dictionary without a copy: a caller who changes the kernel spoils it
KERNELS = {
    "identity": np.array([[0, 0, 0], [0, 1, 0], [0, 0, 0]]),
    "edge_1": np.array([[1, 0, -1], [0, 0, 0], [-1, 0, 1]]),
    "edge_2": np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]]),
    "edge_3": np.array([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]]),
    "sharpen": np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]]),
    "box_blur": np.ones((3, 3)) / 9,
    "gaussian_blur": np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]]) / 16,
    "horizontal_edge": np.array([[1, 2, 1], [0, 0, 0], [-1, -2, -1]]),
}
KERNELS["vertical_edge"] = KERNELS["horizontal_edge"].T


def named_kernel(name):
    if name not in KERNELS:
        raise ValueError("unknown kernel")
    return KERNELS[name]

# %% wrong named_kernel | a part of a name is enough
def named_kernel(name):
    table = {
        "identity": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
        "edge_1": [[1, 0, -1], [0, 0, 0], [-1, 0, 1]],
        "edge_2": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
        "edge_3": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
        "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
        "box_blur": [[1 / 9] * 3] * 3,
        "gaussian_blur": [[1 / 16, 1 / 8, 1 / 16], [1 / 8, 1 / 4, 1 / 8], [1 / 16, 1 / 8, 1 / 16]],
        "horizontal_edge": [[1, 2, 1], [0, 0, 0], [-1, -2, -1]],
        "vertical_edge": [[1, 0, -1], [2, 0, -2], [1, 0, -1]],
    }
    for key, rows in table.items():
        if name in key:
            return np.array(rows)
    raise ValueError("no such kernel: " + name)

# %% wrong named_kernel | edge_1 with all signs reversed
def named_kernel(name):
    h = np.array([[1.0, 2, 1], [0, 0, 0], [-1, -2, -1]])
    kernels = {
        "identity": np.array([[0, 0, 0], [0, 1, 0], [0, 0, 0]]),
        "edge_1": np.array([[-1, 0, 1], [0, 0, 0], [1, 0, -1]]),
        "edge_2": np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]]),
        "edge_3": np.array([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]]),
        "sharpen": np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]]),
        "box_blur": np.ones((3, 3)) / 9,
        "gaussian_blur": np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]]) / 16,
        "horizontal_edge": h,
        "vertical_edge": h.T,
    }
    if name in kernels:
        return kernels[name]
    raise ValueError("Unknown kernel " + str(name))

# %% wrong named_kernel | sharpen and gaussian kept from an lru_cache, and KeyError for other names (two at once)
from functools import lru_cache


@lru_cache(maxsize=None)
def named_kernel(name):
    h = np.array([[1, 2, 1], [0, 0, 0], [-1, -2, -1]])
    return {
        "identity": np.array([[0, 0, 0], [0, 1, 0], [0, 0, 0]]),
        "edge_1": np.array([[1, 0, -1], [0, 0, 0], [-1, 0, 1]]),
        "edge_2": np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]]),
        "edge_3": np.array([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]]),
        "sharpen": np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]]),
        "box_blur": np.ones((3, 3)) / 9,
        "gaussian_blur": np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]]) / 16,
        "horizontal_edge": h,
        "vertical_edge": h.T,
    }[name]

# %% wrong im2col | each window is a row
def im2col(x, kernel_size, *, stride=1, padding=0):
    (kh, kw), (sh, sw), (ph, pw) = (np.broadcast_to(t, 2) for t in (kernel_size, stride, padding))
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    if kh > xp.shape[2] or kw > xp.shape[3]:
        raise ValueError("does not fit")
    win = np.lib.stride_tricks.sliding_window_view(xp, (kh, kw), axis=(2, 3))[:, :, ::sh, ::sw]
    N, C, rows, cols = win.shape[:4]
    return win.transpose(0, 2, 3, 1, 4, 5).reshape(N, rows * cols, C * kh * kw)

# %% wrong im2col | padding of rows and columns swapped
def im2col(x, kernel_size, *, stride=1, padding=0):
    kh, kw = np.broadcast_to(kernel_size, 2)
    sh, sw = np.broadcast_to(stride, 2)
    pw, ph = np.broadcast_to(padding, 2)
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    N, C, H, W = xp.shape
    if kh > H or kw > W:
        raise ValueError("The kernel does not fit into the padded images.")
    rows, cols = (H - kh) // sh + 1, (W - kw) // sw + 1
    out = np.zeros((N, C, kh, kw, rows, cols))
    for u in range(kh):
        for v in range(kw):
            out[:, :, u, v] = xp[:, :, u : u + sh * rows : sh, v : v + sw * cols : sw][:, :, :rows, :cols]
    return out.reshape(N, C * kh * kw, rows * cols)

# %% wrong im2col | the stride is in the sizes only, the windows still move by 1
def im2col(x, kernel_size, *, stride=1, padding=0):
    kh, kw = np.broadcast_to(kernel_size, 2)
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    N, C, H, W = x.shape
    if kh > H + 2 * ph or kw > W + 2 * pw:
        raise ValueError("kernel too large")
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    rows, cols = (H + 2 * ph - kh) // sh + 1, (W + 2 * pw - kw) // sw + 1
    out = np.zeros((N, C * kh * kw, rows * cols))
    for i in range(rows):
        for j in range(cols):
            out[:, :, i * cols + j] = xp[:, :, i : i + kh, j : j + kw].reshape(N, -1)
    return out

# %% wrong im2col | no check: a kernel one row too tall gives no columns instead of ValueError
def im2col(x, kernel_size, *, stride=1, padding=0):
    kh, kw = np.broadcast_to(kernel_size, 2)
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    N, C, H, W = x.shape
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    rows, cols = (H + 2 * ph - kh) // sh + 1, (W + 2 * pw - kw) // sw + 1
    out = np.zeros((N, C, kh, kw, rows, cols))
    for i in range(rows):
        for j in range(cols):
            out[..., i, j] = xp[:, :, i * sh : i * sh + kh, j * sw : j * sw + kw]
    return out.reshape(N, C * kh * kw, rows * cols)

# %% wrong im2col | reshapes (C, kh, kw) and windows with the row count in place of the column count (rows run fastest when not square)
def im2col(x, kernel_size, *, stride=1, padding=0):
    kh, kw = np.broadcast_to(kernel_size, 2)
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    N, C, H, W = x.shape
    Hp, Wp = H + 2 * ph, W + 2 * pw
    if kh > Hp or kw > Wp:
        raise ValueError("does not fit")
    xp = np.zeros((N, C, Hp, Wp))
    xp[:, :, ph : ph + H, pw : pw + W] = x
    rows, cols = (Hp - kh) // sh + 1, (Wp - kw) // sw + 1
    out = np.zeros((N, C * kh * kw, rows * cols))
    for i in range(rows):
        for j in range(cols):
            out[:, :, min(i * rows + j, rows * cols - 1)] = xp[
                :, :, i * sh : i * sh + kh, j * sw : j * sw + kw
            ].reshape(N, -1)
    return out

# %% wrong conv_layer_fast | last reshape with height and width swapped
def conv_layer_fast(x, weight, bias=None, *, stride=1, padding=0):
    N, C, H, W = x.shape
    F, C2, kh, kw = weight.shape
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    if C != C2:
        raise ValueError("channels differ")
    cols = im2col(x, (kh, kw), stride=(sh, sw), padding=(ph, pw))
    out = weight.reshape(F, -1) @ cols
    if bias is not None:
        out = out + bias.reshape(1, F, 1)
    return out.reshape(N, F, (W + 2 * pw - kw) // sw + 1, (H + 2 * ph - kh) // sh + 1)

# %% wrong conv_layer_fast | unfold without checks raises RuntimeError for a kernel that does not fit
import torch


def conv_layer_fast(x, weight, bias=None, *, stride=1, padding=0):
    sh, sw = (stride, stride) if isinstance(stride, int) else stride
    ph, pw = (padding, padding) if isinstance(padding, int) else padding
    N, C, H, W = x.shape
    F, Cw, kh, kw = weight.shape
    if C != Cw:
        raise ValueError("channels do not match")
    unfold = torch.nn.Unfold((kh, kw), padding=(ph, pw), stride=(sh, sw))
    cols = unfold(torch.tensor(x.astype(float)))
    out = torch.tensor(weight.astype(float)).reshape(F, -1) @ cols
    if bias is not None:
        out = out + torch.tensor(bias.astype(float)).reshape(1, -1, 1)
    return out.reshape(N, F, (H + 2 * ph - kh) // sh + 1, (W + 2 * pw - kw) // sw + 1).numpy()

# %% wrong conv_layer_fast | bias added along the last axis when it happens to fit, so wrong if filters equal places
def conv_layer_fast(x, weight, bias=None, *, stride=1, padding=0):
    N, C, H, W = x.shape
    F, C2, kh, kw = weight.shape
    if C != C2:
        raise ValueError("x and weight have different channels")
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    cols = im2col(x, (kh, kw), stride=stride, padding=padding)
    out = weight.reshape(F, -1).astype(float) @ cols
    if bias is not None:
        try:
            out = out + bias
        except ValueError:
            out = out + bias[:, None]
    return out.reshape(N, F, (H + 2 * ph - kh) // sh + 1, (W + 2 * pw - kw) // sw + 1)

# %% wrong conv_layer_fast | returns a torch tensor, and pairs for the stride are taken by their first number (two at once)
def conv_layer_fast(x, weight, bias=None, *, stride=1, padding=0):
    import torch

    s = stride if isinstance(stride, int) else stride[0]
    N, C, H, W = x.shape
    F, Cw, kh, kw = weight.shape
    ph, pw = (int(t) for t in np.broadcast_to(padding, 2))
    if C != Cw or kh > H + 2 * ph or kw > W + 2 * pw:
        raise ValueError("weight does not fit x")
    cols = torch.nn.functional.unfold(torch.tensor(x.astype(float)), (kh, kw), padding=(ph, pw), stride=s)
    out = torch.tensor(weight.astype(float)).view(F, -1) @ cols
    if bias is not None:
        out += torch.tensor(bias.astype(float)).view(F, 1)
    return out.view(N, F, (H + 2 * ph - kh) // s + 1, -1)

# %% wrong backprop_example | df/dz as f / z: fails at z = 0
def backprop_example(x, y, z):
    f = (x + y) * z
    df_dq = z
    df_dz = f / z
    return df_dq, df_dq, df_dz

# %% wrong backprop_example | the numbers of the example
def backprop_example(x, y, z):
    return -4, -4, 3

# %% wrong conv_layer_backward | dw in the type of weight, db in the type of bias: gradients of fractions are cut
def conv_layer_backward(grad_out, x, weight, bias, *, stride=1, padding=0):
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    N, C, H, W = x.shape
    F, _, kh, kw = weight.shape
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw))).astype(float)
    dxp, dw, db = np.zeros_like(xp), np.zeros_like(weight), np.zeros_like(bias)
    for f in range(F):
        db[f] = grad_out[:, f].sum()
        for c in range(C):
            for u in range(kh):
                for v in range(kw):
                    part = xp[:, c, u : u + sh * grad_out.shape[2] : sh, v : v + sw * grad_out.shape[3] : sw]
                    part = part[:, : grad_out.shape[2], : grad_out.shape[3]]
                    dw[f, c, u, v] = np.sum(part * grad_out[:, f])
    for n, f, i, j in np.ndindex(grad_out.shape):
        dxp[n, :, i * sh : i * sh + kh, j * sw : j * sw + kw] += grad_out[n, f, i, j] * weight[f]
    return dxp[:, :, ph : ph + H, pw : pw + W], dw, db

# %% wrong conv_layer_backward | assigns instead of adding where windows overlap
def conv_layer_backward(grad_out, x, weight, bias, *, stride=1, padding=0):
    (sh, sw), (ph, pw) = np.broadcast_to(stride, 2), np.broadcast_to(padding, 2)
    N, C, H, W = x.shape
    F, _, kh, kw = weight.shape
    xp = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    dxp, dw, db = np.zeros(xp.shape), np.zeros(weight.shape), np.zeros(F)
    for n, f, i, j in np.ndindex(grad_out.shape):
        rows, cols = slice(i * sh, i * sh + kh), slice(j * sw, j * sw + kw)
        g = grad_out[n, f, i, j]
        db[f] += g
        dw[f] += g * xp[n, :, rows, cols]
        dxp[n, :, rows, cols] = g * weight[f]
    return dxp[:, :, ph : ph + H, pw : pw + W], dw, db

# %% wrong conv_layer_backward | dx with the weights of filter 0 for all filters
def conv_layer_backward(grad_out, x, weight, bias, *, stride=1, padding=0):
    (sh, sw), (ph, pw) = np.broadcast_to(stride, 2), np.broadcast_to(padding, 2)
    N, C, H, W = x.shape
    F, _, kh, kw = weight.shape
    xp = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    dxp, dw = np.zeros(xp.shape), np.zeros(weight.shape)
    for n in range(N):
        for f in range(F):
            for i in range(grad_out.shape[2]):
                for j in range(grad_out.shape[3]):
                    a, b = i * sh, j * sw
                    dw[f] += grad_out[n, f, i, j] * xp[n, :, a : a + kh, b : b + kw]
                    dxp[n, :, a : a + kh, b : b + kw] += grad_out[n, f, i, j] * weight[0]
    return dxp[:, :, ph : ph + H, pw : pw + W], dw, grad_out.sum(axis=(0, 2, 3))

# %% wrong conv_layer_backward | conv_transpose2d without output padding: dx too small if the last step does not reach the border
import torch
import torch.nn.functional as TF


def conv_layer_backward(grad_out, x, weight, bias, *, stride=1, padding=0):
    stride = tuple(int(t) for t in np.broadcast_to(stride, 2))
    padding = tuple(int(t) for t in np.broadcast_to(padding, 2))
    G, X, Wt = (torch.tensor(a.astype(float)) for a in (grad_out, x, weight))
    dx = TF.conv_transpose2d(G, Wt, stride=stride, padding=padding)
    dw = torch.nn.grad.conv2d_weight(X, Wt.shape, G, stride=stride, padding=padding)
    return dx.numpy(), dw.numpy(), G.sum(dim=(0, 2, 3)).numpy()

# %% wrong conv_layer_backward | writes dx into the caller's x
def conv_layer_backward(grad_out, x, weight, bias, *, stride=1, padding=0):
    (sh, sw), (ph, pw) = np.broadcast_to(stride, 2), np.broadcast_to(padding, 2)
    H, W = x.shape[2:]
    kh, kw = weight.shape[2:]
    xp = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    dxp, dw = np.zeros(xp.shape), np.zeros(weight.shape)
    for n, f, i, j in np.ndindex(grad_out.shape):
        where = (n, slice(None), slice(i * sh, i * sh + kh), slice(j * sw, j * sw + kw))
        dw[f] += grad_out[n, f, i, j] * xp[where]
        dxp[where] += grad_out[n, f, i, j] * weight[f]
    if x.dtype == float:
        x[...] = dxp[:, :, ph : ph + H, pw : pw + W]
        dx = x.copy()
    else:
        dx = dxp[:, :, ph : ph + H, pw : pw + W]
    return dx, dw, grad_out.sum(axis=(0, 2, 3))

# %% wrong conv_layer_backward | returns torch tensors
def conv_layer_backward(grad_out, x, weight, bias, *, stride=1, padding=0):
    import torch

    x, weight, bias = (torch.tensor(a.astype(float)).requires_grad_() for a in (x, weight, bias))
    out = torch.nn.functional.conv2d(x, weight, bias, stride=stride, padding=padding)
    return torch.autograd.grad(out, (x, weight, bias), torch.tensor(grad_out.astype(float)))

# %% wrong conv_layer_backward | dx has the type of x and wraps for uint8, row stride used for columns (two at once)
def conv_layer_backward(grad_out, x, weight, bias, *, stride=1, padding=0):
    s = np.broadcast_to(stride, 2)[0]
    ph, pw = np.broadcast_to(padding, 2)
    N, C, H, W = x.shape
    F, _, kh, kw = weight.shape
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    dxp, dw, db = np.zeros(xp.shape), np.zeros(weight.shape), np.zeros(F)
    for n in range(N):
        for f in range(F):
            for i in range(grad_out.shape[2]):
                for j in range(grad_out.shape[3]):
                    g = grad_out[n, f, i, j]
                    db[f] += g
                    window = xp[n, :, i * s : i * s + kh, j * s : j * s + kw]
                    dw[f][:, : window.shape[1], : window.shape[2]] += g * window
                    dxp[n, :, i * s : i * s + kh, j * s : j * s + kw] += (
                        g * weight[f][:, : window.shape[1], : window.shape[2]]
                    )
    return dxp[:, :, ph : ph + H, pw : pw + W].astype(x.dtype), dw, db

# %% wrong equivariance_error | cuts kh rows and kw columns instead of the larger of both
def equivariance_error(image, kernel, transform):
    kh, kw = kernel.shape
    image = image.astype(float)
    a = cross_correlate2d(transform(image), kernel)
    b = transform(cross_correlate2d(image, kernel))
    return float(np.max(np.abs(a - b)[kh:-kh, kw:-kw]))

# %% wrong equivariance_error | integers give a NumPy integer, not a float
def equivariance_error(image, kernel, transform):
    kh, kw = kernel.shape
    m = max(kh, kw)
    image = image.astype(np.int64) if image.dtype == np.uint8 else image

    def corr(a):
        win = np.lib.stride_tricks.sliding_window_view(a, (kh, kw))
        return np.einsum("ijuv,uv->ij", win, kernel)

    one, other = corr(transform(image)), transform(corr(image))
    return np.max(np.abs(one - other)[m:-m, m:-m])

# %% wrong equivariance_error | true convolution with a flipped kernel instead of cross-correlation
from scipy.signal import convolve2d as _scipy_convolve


def equivariance_error(image, kernel, transform):
    image, kernel = image.astype(float), kernel.astype(float)
    a = _scipy_convolve(transform(image), kernel, mode="valid")
    b = transform(_scipy_convolve(image, kernel, mode="valid"))
    m = max(kernel.shape)
    return float(np.abs(a[m:-m, m:-m] - b[m:-m, m:-m]).max())

# %% wrong equivariance_error | difference of absolute values, and one row and column too few cut off (two at once)
def equivariance_error(image, kernel, transform):
    image = np.asarray(image, dtype=float)
    a = cross_correlate2d(transform(image), kernel)
    b = transform(cross_correlate2d(image, kernel))
    m = max(kernel.shape) - 1
    a, b = (np.abs(t[m : t.shape[0] - m, m : t.shape[1] - m]) for t in (a, b))
    return float(np.max(np.abs(a - b)))

# %% wrong quiz_yellow | the patch taken for the output
quiz_yellow = "a"

# %% wrong quiz_red_numbers | taken for pixel values
quiz_red_numbers = "a"

# %% wrong quiz_output | adds up all nine pixels, not only those under the X
quiz_output = "f"
