# %% right cross_correlate2d | beginner: four nested loops, Python floats, lists until the end
import numpy as np


def cross_correlate2d(image, kernel):
    H = len(image)
    W = len(image[0])
    kh = len(kernel)
    kw = len(kernel[0])
    if kh > H:
        raise ValueError("the kernel has more rows than the image")
    if kw > W:
        raise ValueError("the kernel has more columns than the image")
    result = []
    for i in range(H - kh + 1):
        line = []
        for j in range(W - kw + 1):
            total = 0.0
            for u in range(kh):
                for v in range(kw):
                    total = total + float(image[i + u][j + v]) * float(kernel[u][v])
            line.append(total)
        result.append(line)
    return np.array(result)

# %% right cross_correlate2d | windows and einsum, no explicit check (sliding_window_view raises ValueError)
import numpy as np


def cross_correlate2d(image, kernel):
    windows = np.lib.stride_tricks.sliding_window_view(image.astype(float), kernel.shape)
    return np.einsum("ijuv,uv->ij", windows, kernel)

# %% right convolve2d | sum of shifted images, Python object integers
import numpy as np


def convolve2d(image, kernel):
    (H, W), (kh, kw) = image.shape, kernel.shape
    R, C = H - kh + 1, W - kw + 1
    if R <= 0 or C <= 0:
        raise ValueError("The kernel is larger than the image.")
    img = image.astype(object)
    total = np.zeros((R, C), dtype=object)
    for u in range(kh):
        for v in range(kw):
            total = total + img[u:u + R, v:v + C] * kernel[kh - 1 - u, kw - 1 - v].item()
    return total.astype(float)

# %% right convolve2d | one line with rot90 and the exercise before
import numpy as np

convolve2d = lambda image, kernel: cross_correlate2d(image, np.rot90(kernel, 2))

# %% right pad2d | frame glued together with concatenate
import numpy as np


def pad2d(array, padding, value=0.0):
    if isinstance(padding, (tuple, list)):
        ph, pw = padding
    else:
        ph = pw = padding
    if ph < 0 or pw < 0:
        raise ValueError("padding must be 0 or more")
    lead = array.shape[:-2]
    h, w = array.shape[-2:]
    side = np.full(lead + (h, pw), value, dtype=float)
    middle = np.concatenate([side, array, side], axis=-1)
    bar = np.full(lead + (ph, w + 2 * pw), value, dtype=float)
    return np.concatenate([bar, middle, bar], axis=-2)

# %% right pad2d | recursion over the axes in front
import numpy as np


def pad2d(array, padding, value=0.0):
    ph, pw = padding if isinstance(padding, tuple) else (padding, padding)
    if min(ph, pw) < 0:
        raise ValueError("negative padding")
    if array.ndim > 2:
        return np.stack([pad2d(part, (ph, pw), value) for part in array])
    out = np.full((array.shape[0] + 2 * ph, array.shape[1] + 2 * pw), float(value))
    out[ph:ph + array.shape[0], pw:pw + array.shape[1]] = array
    return out

# %% right conv2d | torch in double, shapes checked first
import numpy as np
import torch
import torch.nn.functional as F


def conv2d(image, kernel, *, stride=1, padding=0):
    ph, pw = (padding, padding) if isinstance(padding, int) else padding
    if kernel.shape[0] > image.shape[0] + 2 * ph or kernel.shape[1] > image.shape[1] + 2 * pw:
        raise ValueError("kernel does not fit into the padded image")
    x = torch.tensor(image.copy(), dtype=torch.float64)[None, None]
    k = torch.tensor(kernel.copy(), dtype=torch.float64)[None, None]
    return F.conv2d(x, k, stride=stride, padding=padding)[0, 0].numpy()

# %% right conv2d | wasteful: stride 1, then a view of every second row and column
import numpy as np


def conv2d(image, kernel, *, stride=1, padding=0):
    (sh, sw), (ph, pw) = (v if isinstance(v, tuple) else (v, v) for v in (stride, padding))
    padded = np.pad(image.astype(float), ((ph, ph), (pw, pw)))
    rows = padded.shape[0] - kernel.shape[0] + 1
    cols = padded.shape[1] - kernel.shape[1] + 1
    if rows < 1 or cols < 1:
        raise ValueError("does not fit")
    full = sum(
        kernel[u, v] * padded[u:u + rows, v:v + cols]
        for u in range(kernel.shape[0])
        for v in range(kernel.shape[1])
    )
    return full[::sh, ::sw]

# %% right apply_activation | sigmoid as a tanh, elu by expm1, boolean masks
import numpy as np


def apply_activation(x, name, *, alpha=0.1):
    x = np.array(x, dtype=np.float64)
    if name == "sigmoid":
        return 0.5 * (1.0 + np.tanh(0.5 * x))
    if name == "tanh":
        return np.tanh(x)
    neg = x < 0
    if name == "relu":
        x[neg] = 0
    elif name == "leaky_relu":
        x[neg] *= alpha
    elif name == "elu":
        x[neg] = alpha * np.expm1(x[neg])
    else:
        raise ValueError(f"unknown activation {name!r}")
    return x

# %% right apply_activation | number by number with math, a class for the five functions
import math

import numpy as np


class _Activations:
    def __init__(self, alpha):
        self.alpha = alpha

    def sigmoid(self, t):
        return 1 / (1 + math.exp(-t)) if t >= 0 else math.exp(t) / (1 + math.exp(t))

    def tanh(self, t):
        return math.tanh(t)

    def relu(self, t):
        return max(0.0, t)

    def leaky_relu(self, t):
        return t if t >= 0 else self.alpha * t

    def elu(self, t):
        return t if t >= 0 else self.alpha * (math.exp(t) - 1)


def apply_activation(x, name, *, alpha=0.1):
    if name not in ("sigmoid", "tanh", "relu", "leaky_relu", "elu"):
        raise ValueError("no such activation")
    f = getattr(_Activations(alpha), name)
    out = np.empty(x.shape)
    for index in np.ndindex(*x.shape):
        out[index] = f(float(x[index]))
    return out

# %% right maxout | both maps stacked, one einsum
import numpy as np


def maxout(x, w1, b1, w2, b2):
    w = np.stack([w1, w2])
    b = np.stack([b1, b2])
    return (np.einsum("nd,kdm->knm", x, w) + b[:, None, :]).max(axis=0)

# %% right maxout | both maps stacked last, sorted, the last one taken
import numpy as np


def maxout(x, w1, b1, w2, b2):
    maps = [np.matmul(x, w) + b for w, b in ((w1, b1), (w2, b2))]
    return np.sort(np.stack(maps, axis=-1), axis=-1)[..., -1]

# %% right pool2d | torch's pooling in double, lp from an average with divisor 1
import numpy as np
import torch
import torch.nn.functional as F


def pool2d(x, size, *, stride=None, padding=0, mode="max", p=2):
    if mode not in ("max", "mean", "sum", "lp"):
        raise ValueError(f"unknown mode {mode!r}")
    pair = lambda v: (v, v) if isinstance(v, int) else tuple(v)
    size, padding = pair(size), pair(padding)
    stride = size if stride is None else pair(stride)
    H, W = x.shape[-2:]
    if size[0] > H + 2 * padding[0] or size[1] > W + 2 * padding[1]:
        raise ValueError("window does not fit into the padded image")
    t = torch.tensor(np.array(x, dtype=np.float64)).reshape(-1, 1, H, W)
    if mode == "max":
        out = F.max_pool2d(t, size, stride, padding)
    elif mode == "mean":
        out = F.avg_pool2d(t, size, stride, padding)
    elif mode == "sum":
        out = F.avg_pool2d(t, size, stride, padding, divisor_override=1)
    else:
        out = F.avg_pool2d(t.abs() ** p, size, stride, padding, divisor_override=1) ** (1 / p)
    return out.reshape(*x.shape[:-2], *out.shape[-2:]).numpy()

# %% right pool2d | no padded array: windows clipped at the border
import numpy as np


def pool2d(x, size, *, stride=None, padding=0, mode="max", p=2):
    summaries = {
        "max": lambda v: v.max(axis=(-2, -1)),
        "mean": lambda v: v.sum(axis=(-2, -1)) / (kh * kw),
        "sum": lambda v: v.sum(axis=(-2, -1)),
        "lp": lambda v: (np.abs(v) ** float(p)).sum(axis=(-2, -1)) ** (1.0 / p),
    }
    if mode not in summaries:
        raise ValueError("mode must be max, mean, sum or lp")
    kh, kw = np.broadcast_to(size, 2)
    sh, sw = (kh, kw) if stride is None else np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    H, W = x.shape[-2:]
    if kh > H + 2 * ph or kw > W + 2 * pw:
        raise ValueError("the window is larger than the padded image")
    x = x.astype(float)
    rows = []
    for top in range(-ph, H + ph - kh + 1, sh):
        row = []
        for left in range(-pw, W + pw - kw + 1, sw):
            window = x[..., max(top, 0):min(top + kh, H), max(left, 0):min(left + kw, W)]
            row.append(summaries[mode](window))
        rows.append(np.stack(row, axis=-1))
    return np.stack(rows, axis=-2)

# %% right conv_layer | torch in float32, its RuntimeError turned into ValueError
import numpy as np
import torch


def conv_layer(x, weight, bias=None, *, stride=1, padding=0):
    to = lambda a: None if a is None else torch.tensor(np.ascontiguousarray(a), dtype=torch.float32)
    try:
        out = torch.nn.functional.conv2d(to(x), to(weight), to(bias), stride=stride, padding=padding)
    except RuntimeError as error:
        raise ValueError(str(error)) from error
    return out.numpy()

# %% right conv_layer | defensive class with a forward, loops over n f i j
import numpy as np


class _Conv:
    def __init__(self, weight, bias, stride, padding):
        self.weight = np.asarray(weight, dtype=np.float64)
        self.bias = np.zeros(len(weight)) if bias is None else np.asarray(bias, dtype=np.float64)
        self.sh, self.sw = self._pair(stride)
        self.ph, self.pw = self._pair(padding)

    @staticmethod
    def _pair(value):
        return (int(value),) * 2 if np.ndim(value) == 0 else (int(value[0]), int(value[1]))

    def forward(self, x):
        x = np.asarray(x, dtype=np.float64)
        if x.ndim != 4 or self.weight.ndim != 4:
            raise ValueError("x and weight need four axes")
        N, C, H, W = x.shape
        F, C2, kh, kw = self.weight.shape
        if C != C2:
            raise ValueError(f"x has {C} channels, weight has {C2}")
        H, W = H + 2 * self.ph, W + 2 * self.pw
        if kh > H or kw > W:
            raise ValueError("the kernel does not fit")
        padded = np.zeros((N, C, H, W))
        padded[:, :, self.ph:H - self.ph, self.pw:W - self.pw] = x
        out = np.empty((N, F, (H - kh) // self.sh + 1, (W - kw) // self.sw + 1))
        for n, f, i, j in np.ndindex(out.shape):
            top, left = i * self.sh, j * self.sw
            out[n, f, i, j] = np.vdot(padded[n, :, top:top + kh, left:left + kw], self.weight[f]) + self.bias[f]
        return out

    __call__ = forward


def conv_layer(x, weight, bias=None, *, stride=1, padding=0):
    return _Conv(weight, bias, stride, padding)(x)

# %% right named_kernel | built by outer products and from each other, in float
import numpy as np


def named_kernel(name):
    one, hat, step, diff = np.ones(3), np.array([1.0, 2, 1]), np.array([1.0, 0, -1]), np.array([0.0, 1, 0])
    identity = np.outer(diff, diff)
    plus = np.outer(one, diff) + np.outer(diff, one)
    edge_2 = plus - 6 * identity
    table = dict(
        identity=identity,
        edge_1=np.outer(step, step),
        edge_2=edge_2,
        edge_3=9 * identity - np.outer(one, one),
        sharpen=identity - edge_2,
        box_blur=np.outer(one, one) / 9,
        gaussian_blur=np.outer(hat, hat) / 16,
        horizontal_edge=np.outer(step, hat),
        vertical_edge=np.outer(hat, step),
    )
    if name in table:
        return table[name]
    raise ValueError(f"unknown kernel: {name}")

# %% right named_kernel | a module-level table of strings, parsed on each call
import numpy as np

_KERNELS = {
    "identity": ("0 0 0 0 1 0 0 0 0", 1),
    "edge_1": ("1 0 -1 0 0 0 -1 0 1", 1),
    "edge_2": ("0 1 0 1 -4 1 0 1 0", 1),
    "edge_3": ("-1 -1 -1 -1 8 -1 -1 -1 -1", 1),
    "sharpen": ("0 -1 0 -1 5 -1 0 -1 0", 1),
    "box_blur": ("1 1 1 1 1 1 1 1 1", 9),
    "gaussian_blur": ("1 2 1 2 4 2 1 2 1", 16),
    "horizontal_edge": ("1 2 1 0 0 0 -1 -2 -1", 1),
    "vertical_edge": ("1 0 -1 2 0 -2 1 0 -1", 1),
}


def named_kernel(name):
    try:
        text, divisor = _KERNELS[name]
    except KeyError:
        raise ValueError(f"{name!r} is none of {sorted(_KERNELS)}") from None
    return np.array([int(number) for number in text.split()]).reshape(3, 3) / divisor

# %% right im2col | index arrays and one fancy look-up
import numpy as np


def im2col(x, kernel_size, *, stride=1, padding=0):
    kh, kw = np.broadcast_to(kernel_size, 2)
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    N, C, H, W = x.shape
    Ho, Wo = (H + 2 * ph - kh) // sh + 1, (W + 2 * pw - kw) // sw + 1
    if Ho < 1 or Wo < 1:
        raise ValueError("kernel does not fit")
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    c, u, v = (a.reshape(-1, 1) for a in np.indices((C, kh, kw)))
    i, j = (a.reshape(1, -1) for a in np.indices((Ho, Wo)))
    return padded[:, c, i * sh + u, j * sw + v]

# %% right conv_layer_fast | its own windows, one matrix product for the whole batch, errors left to NumPy
import numpy as np


def conv_layer_fast(x, weight, bias=None, *, stride=1, padding=0):
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    F, C, kh, kw = weight.shape
    xp = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    win = np.lib.stride_tricks.sliding_window_view(xp, (kh, kw), axis=(2, 3))[:, :, ::sh, ::sw]
    N, _, R, S = win.shape[:4]
    columns = win.transpose(1, 4, 5, 0, 2, 3).reshape(x.shape[1] * kh * kw, N * R * S)
    out = weight.reshape(F, C * kh * kw) @ columns
    if bias is not None:
        out = out + bias[:, np.newaxis]
    return out.reshape(F, N, R, S).transpose(1, 0, 2, 3)

# %% right conv_layer_fast | with im2col of the exercise, bias as one more column of weights
import numpy as np


def conv_layer_fast(x, weight, bias=None, *, stride=1, padding=0):
    if x.shape[1] != weight.shape[1]:
        raise ValueError("channels")
    filters, _, kh, kw = weight.shape
    cols = im2col(x, (kh, kw), stride=stride, padding=padding).astype(float)
    sh = stride[0] if isinstance(stride, tuple) else stride
    ph = padding[0] if isinstance(padding, tuple) else padding
    bias = np.zeros(filters) if bias is None else bias
    rows = np.hstack([weight.reshape(filters, -1), bias.reshape(-1, 1)])
    cols = np.concatenate([cols, np.ones((cols.shape[0], 1, cols.shape[2]))], axis=1)
    return (rows @ cols).reshape(len(x), filters, (x.shape[2] + 2 * ph - kh) // sh + 1, -1)

# %% right backprop_example | torch autograd in double, items in a list
import torch


def backprop_example(x, y, z):
    leaves = [torch.tensor(float(value), dtype=torch.float64, requires_grad=True) for value in (x, y, z)]
    f = (leaves[0] + leaves[1]) * leaves[2]
    f.backward()
    return [leaf.grad.item() for leaf in leaves]

# %% right conv_layer_backward | torch autograd in double
import numpy as np
import torch
import torch.nn.functional as F


def conv_layer_backward(grad_out, x, weight, bias, *, stride=1, padding=0):
    g, tx, tw, tb = (torch.tensor(np.array(a, dtype=np.float64)) for a in (grad_out, x, weight, bias))
    for t in (tx, tw, tb):
        t.requires_grad_()
    out = F.conv2d(tx, tw, tb, stride=stride, padding=padding)
    return tuple(t.numpy() for t in torch.autograd.grad(out, (tx, tw, tb), g))

# %% right conv_layer_backward | loop over kernel positions, einsum inside
import numpy as np


def conv_layer_backward(grad_out, x, weight, bias, *, stride=1, padding=0):
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    H, W = x.shape[2:]
    kh, kw = weight.shape[2:]
    R, S = grad_out.shape[2:]
    G = grad_out.astype(float)
    xp = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    dxp = np.zeros(xp.shape)
    dw = np.zeros(weight.shape)
    for u in range(kh):
        for v in range(kw):
            at = np.s_[:, :, u:u + sh * (R - 1) + 1:sh, v:v + sw * (S - 1) + 1:sw]
            dw[:, :, u, v] = np.einsum("nfij,ncij->fc", G, xp[at])
            dxp[at] += np.einsum("nfij,fc->ncij", G, weight[:, :, u, v])
    return [dxp[:, :, ph:ph + H, pw:pw + W], dw, G.sum(axis=(0, 2, 3))]

# %% right equivariance_error | scipy, float from the start
import numpy as np
from scipy.signal import correlate2d


def equivariance_error(image, kernel, transform):
    image, kernel = image.astype(float), kernel.astype(float)
    m = max(kernel.shape)
    a = correlate2d(transform(image), kernel, mode="valid")
    b = transform(correlate2d(image, kernel, mode="valid"))
    cut = slice(m, -m)
    return float(abs(a - b)[cut, cut].max())

# %% right equivariance_error | int64 for uint8 images, a loop for the largest difference
import numpy as np


def equivariance_error(image, kernel, transform):
    if image.dtype == np.uint8:
        image = image.astype(np.int64)
    first = cross_correlate2d(transform(image), kernel)
    second = transform(cross_correlate2d(image, kernel))
    m = max(kernel.shape[0], kernel.shape[1])
    rows, columns = first.shape
    worst = 0.0
    for i in range(m, rows - m):
        for j in range(m, columns - m):
            worst = max(worst, abs(float(first[i, j]) - float(second[i, j])))
    return worst

# %% right quiz_output | a capital letter with spaces
quiz_output = " E "

# %% wrong cross_correlate2d | range stops one too early, last row and column of places are missing
import numpy as np


def cross_correlate2d(image, kernel):
    H, W = image.shape
    kh, kw = kernel.shape
    if kh > H or kw > W:
        raise ValueError("kernel too large")
    out = np.zeros((H - kh + 1, W - kw + 1))
    for i in range(H - kh):
        for j in range(W - kw):
            out[i, j] = np.sum(image[i:i + kh, j:j + kw] * kernel)
    return out

# %% wrong cross_correlate2d | result has the dtype of the image: fractions are cut off, uint8 wraps
import numpy as np


def cross_correlate2d(image, kernel):
    H, W = image.shape
    kh, kw = kernel.shape
    if kh > H or kw > W:
        raise ValueError("kernel too large")
    out = np.zeros((H - kh + 1, W - kw + 1), dtype=image.dtype)
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = (image[i:i + kh, j:j + kw] * kernel).sum()
    return out

# %% wrong cross_correlate2d | takes every image for square: the height serves as width
import numpy as np


def cross_correlate2d(image, kernel):
    n = image.shape[0]
    kh, kw = kernel.shape
    if kh > n or kw > n:
        raise ValueError("the kernel is larger than the image")
    result = np.zeros((n - kh + 1, n - kw + 1))
    for i in range(n - kh + 1):
        for j in range(n - kw + 1):
            result[i, j] = np.sum(image[i:i + kh, j:j + kw] * kernel)
    return result

# %% wrong cross_correlate2d | only the width is checked: a kernel one row too tall gives an empty array
import numpy as np


def cross_correlate2d(image, kernel):
    kh, kw = kernel.shape
    H, W = image.shape
    if kw > W:
        raise ValueError("the kernel does not fit")
    return np.array(
        [[np.sum(image[i:i + kh, j:j + kw] * kernel) for j in range(W - kw + 1)] for i in range(H - kh + 1)]
    )

# %% wrong convolve2d | only the rows of the kernel are flipped
import numpy as np


def convolve2d(image, kernel):
    return cross_correlate2d(image, kernel[::-1])

# %% wrong convolve2d | flips the kernel of the caller in place
import numpy as np


def convolve2d(image, kernel):
    kernel[:] = kernel[::-1, ::-1].copy()
    H, W = image.shape
    kh, kw = kernel.shape
    if kh > H or kw > W:
        raise ValueError("kernel larger than image")
    out = np.zeros((H - kh + 1, W - kw + 1))
    for i in range(H - kh + 1):
        for j in range(W - kw + 1):
            out[i, j] = np.sum(image[i:i + kh, j:j + kw] * kernel)
    return out

# %% wrong convolve2d | scipy without a check: swaps the two if the kernel is larger both ways, no ValueError
from scipy.signal import convolve2d as _scipy_convolve2d


def convolve2d(image, kernel):
    return _scipy_convolve2d(image, kernel, mode="valid")

# %% wrong pad2d | np.pad in the dtype of the array: a fraction or -inf around integers is lost
import numpy as np


def pad2d(array, padding, value=0.0):
    ph, pw = np.broadcast_to(padding, 2)
    if ph < 0 or pw < 0:
        raise ValueError("negative padding")
    out = np.empty(array.shape[:-2] + (array.shape[-2] + 2 * ph, array.shape[-1] + 2 * pw), dtype=array.dtype)
    out[...] = np.array(value).astype(array.dtype)
    out[..., ph:ph + array.shape[-2], pw:pw + array.shape[-1]] = array
    return out

# %% wrong pad2d | value times a mask: -inf times 0 is nan inside the image
import numpy as np


def pad2d(array, padding, value=0.0):
    ph, pw = (padding, padding) if isinstance(padding, int) else padding
    if ph < 0 or pw < 0:
        raise ValueError("padding must not be negative")
    widths = [(0, 0)] * (array.ndim - 2) + [(ph, ph), (pw, pw)]
    inside = np.pad(np.ones(array.shape), widths)
    return np.pad(array.astype(float), widths) + value * (1 - inside)

# %% wrong pad2d | padding (0, 0) as a pair returns the array itself
import numpy as np


def pad2d(array, padding, value=0.0):
    if isinstance(padding, int):
        padding = (padding, padding)
        array = array.copy()
    ph, pw = padding
    if ph < 0 or pw < 0:
        raise ValueError("negative")
    if ph == 0 and pw == 0:
        return array
    *lead, h, w = array.shape
    out = np.full((*lead, h + 2 * ph, w + 2 * pw), value, dtype=float)
    out[..., ph:ph + h, pw:pw + w] = array
    return out

# %% wrong pad2d | ValueError only if both paddings are negative; one negative one crops
import numpy as np


def pad2d(array, padding, value=0.0):
    ph, pw = np.broadcast_to(padding, 2)
    if ph < 0 and pw < 0:
        raise ValueError("negative padding")
    h, w = array.shape[-2:]
    source = array[..., max(-ph, 0):h - max(-ph, 0), max(-pw, 0):w - max(-pw, 0)]
    out = np.full(array.shape[:-2] + (h + 2 * ph, w + 2 * pw), value, dtype=float)
    top, left = max(ph, 0), max(pw, 0)
    out[..., top:top + source.shape[-2], left:left + source.shape[-1]] = source
    return out

# %% wrong pad2d | two mistakes: knows two and four axes only, and slices ph:-ph, so padding 0 of one side fails
import numpy as np


def pad2d(array, padding, value=0.0):
    ph, pw = (padding, padding) if isinstance(padding, int) else padding
    if ph < 0 or pw < 0:
        raise ValueError("negative padding")
    if ph == 0 and pw == 0:
        return array.copy()
    if array.ndim == 2:
        out = np.full((array.shape[0] + 2 * ph, array.shape[1] + 2 * pw), float(value))
        out[ph:-ph, pw:-pw] = array
    else:
        n, c, h, w = array.shape
        out = np.full((n, c, h + 2 * ph, w + 2 * pw), float(value))
        out[:, :, ph:-ph, pw:-pw] = array
    return out

# %% wrong conv2d | size rounded up instead of down
import math

import numpy as np


def conv2d(image, kernel, *, stride=1, padding=0):
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    kh, kw = kernel.shape
    padded = np.pad(image, ((ph, ph), (pw, pw)))
    H, W = padded.shape
    if kh > H or kw > W:
        raise ValueError("kernel does not fit")
    out = np.zeros((math.ceil((H - kh) / sh) + 1, math.ceil((W - kw) / sw) + 1))
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            window = padded[i * sh:i * sh + kh, j * sw:j * sw + kw]
            out[i, j] = np.sum(window * kernel[:window.shape[0], :window.shape[1]])
    return out

# %% wrong conv2d | height of the kernel checked against the image without its padding
import numpy as np


def conv2d(image, kernel, *, stride=1, padding=0):
    sh, sw = (stride, stride) if isinstance(stride, int) else stride
    ph, pw = (padding, padding) if isinstance(padding, int) else padding
    H, W = image.shape
    kh, kw = kernel.shape
    if kh > H or kw > W + 2 * pw:
        raise ValueError("kernel does not fit into the image")
    padded = np.zeros((H + 2 * ph, W + 2 * pw))
    padded[ph:ph + H, pw:pw + W] = image
    rows = (H + 2 * ph - kh) // sh + 1
    cols = (W + 2 * pw - kw) // sw + 1
    out = np.zeros((rows, cols))
    for i in range(rows):
        for j in range(cols):
            out[i, j] = np.sum(padded[i * sh:i * sh + kh, j * sw:j * sw + kw] * kernel)
    return out

# %% wrong conv2d | two mistakes: int32 sums wrap, and stride pair taken as (columns, rows)
import numpy as np


def conv2d(image, kernel, *, stride=1, padding=0):
    sw, sh = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    kh, kw = kernel.shape
    if np.issubdtype(image.dtype, np.integer):
        image = image.astype(np.int32)
    if np.issubdtype(kernel.dtype, np.integer):
        kernel = kernel.astype(np.int32)
    padded = np.pad(image, ((ph, ph), (pw, pw)))
    if kh > padded.shape[0] or kw > padded.shape[1]:
        raise ValueError("kernel does not fit")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (kh, kw))[::sh, ::sw]
    return np.einsum("ijuv,uv->ij", windows, kernel)

# %% wrong apply_activation | sigmoid from the table: exp overflows at -1000
import numpy as np


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
    raise ValueError(name)

# %% wrong apply_activation | elu as a maximum of its two branches: wrong for alpha above 1
import numpy as np


def apply_activation(x, name, *, alpha=0.1):
    e = np.exp(-np.abs(x))
    if name == "sigmoid":
        return np.where(x >= 0, 1 / (1 + e), e / (1 + e))
    if name == "tanh":
        return np.tanh(x)
    if name == "relu":
        return np.maximum(0, x)
    if name == "leaky_relu":
        return np.maximum(alpha * x, x)
    if name == "elu":
        return np.maximum(x, alpha * (np.exp(np.minimum(x, 0)) - 1))
    raise ValueError(f"unknown activation: {name}")

# %% wrong apply_activation | np.vectorize takes its dtype from the first number: integers, a positive one first
import math

import numpy as np


def apply_activation(x, name, *, alpha=0.1):
    functions = {
        "sigmoid": lambda t: 1 / (1 + math.exp(-t)) if t >= 0 else math.exp(t) / (1 + math.exp(t)),
        "tanh": lambda t: math.tanh(t),
        "relu": lambda t: t if t > 0 else 0 * t,
        "leaky_relu": lambda t: t if t >= 0 else alpha * t,
        "elu": lambda t: t if t >= 0 else alpha * math.expm1(t),
    }
    if name not in functions:
        raise ValueError("unknown name")
    return np.vectorize(functions[name])(x)

# %% wrong apply_activation | tanh from exponentials: overflow warning and nan for large numbers
import numpy as np


def apply_activation(x, name, *, alpha=0.1):
    small = np.exp(-np.abs(x))
    if name == "sigmoid":
        return np.where(x >= 0, 1, small) / (1 + small)
    elif name == "tanh":
        return (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))
    elif name == "relu":
        return np.where(x > 0, x, 0)
    elif name == "leaky_relu":
        return np.where(x < 0, alpha * x, x)
    elif name == "elu":
        return np.where(x < 0, alpha * (small - 1), x)
    else:
        raise ValueError("Unknown activation: " + str(name))

# %% wrong apply_activation | two mistakes: accepts capitals and spaces in the name, and zeros_like keeps integers
import numpy as np


def apply_activation(x, name, *, alpha=0.1):
    name = name.strip().lower()
    out = np.zeros_like(x)
    positive = x >= 0
    if name == "sigmoid":
        out[positive] = 1 / (1 + np.exp(-x[positive]))
        out[~positive] = np.exp(x[~positive]) / (1 + np.exp(x[~positive]))
    elif name == "tanh":
        out[...] = np.tanh(x)
    elif name == "relu":
        out[positive] = x[positive]
    elif name == "leaky_relu":
        out[positive] = x[positive]
        out[~positive] = alpha * x[~positive]
    elif name == "elu":
        out[positive] = x[positive]
        out[~positive] = alpha * np.expm1(x[~positive])
    else:
        raise ValueError(f"no activation {name!r}")
    return out

# %% wrong maxout | both maps use the first bias
import numpy as np


def maxout(x, w1, b1, w2, b2):
    return np.maximum(x @ w1 + b1, x @ w2 + b1)

# %% wrong maxout | two mistakes: biases as columns, a row for each example, and the result starts from zeros
import numpy as np


def maxout(x, w1, b1, w2, b2):
    first = x @ w1
    second = x @ w2
    out = np.zeros(first.shape)
    for n in range(out.shape[0]):
        for m in range(out.shape[1]):
            out[n, m] = max(out[n, m], first[n, m] + b1[n % len(b1)], second[n, m] + b2[n % len(b2)])
    return out

# %% wrong pool2d | max is padded with zeros
import numpy as np


def pool2d(x, size, *, stride=None, padding=0, mode="max", p=2):
    if mode not in ("max", "mean", "sum", "lp"):
        raise ValueError("mode")
    kh, kw = np.broadcast_to(size, 2)
    sh, sw = (kh, kw) if stride is None else np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    xp = np.pad(x.astype(float), [(0, 0)] * (x.ndim - 2) + [(ph, ph), (pw, pw)])
    w = np.lib.stride_tricks.sliding_window_view(xp, (kh, kw), axis=(-2, -1))[..., ::sh, ::sw, :, :]
    if mode == "max":
        return w.max(axis=(-2, -1))
    if mode == "mean":
        return w.mean(axis=(-2, -1))
    if mode == "sum":
        return w.sum(axis=(-2, -1))
    return (np.abs(w) ** p).sum(axis=(-2, -1)) ** (1 / p)

# %% wrong pool2d | mean divides by the real pixels of the window only, not by all (count_include_pad=False)
import numpy as np


def pool2d(x, size, *, stride=None, padding=0, mode="max", p=2):
    if mode not in ("max", "mean", "sum", "lp"):
        raise ValueError("unknown mode")
    kh, kw = np.broadcast_to(size, 2)
    sh, sw = (kh, kw) if stride is None else np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    widths = [(0, 0)] * (x.ndim - 2) + [(ph, ph), (pw, pw)]
    xp = np.pad(x.astype(float), widths, constant_values=np.nan)
    if kh > xp.shape[-2] or kw > xp.shape[-1]:
        raise ValueError("window does not fit")
    w = np.lib.stride_tricks.sliding_window_view(xp, (kh, kw), axis=(-2, -1))[..., ::sh, ::sw, :, :]
    axes = (-2, -1)
    if mode == "max":
        return np.nanmax(w, axis=axes)
    if mode == "mean":
        return np.nanmean(w, axis=axes)
    if mode == "sum":
        return np.nansum(w, axis=axes)
    return np.nansum(np.abs(w) ** p, axis=axes) ** (1 / p)

# %% wrong pool2d | lp takes the absolute value of the sum, not of each number: mixed signs cancel for odd p
import numpy as np


def pool2d(x, size, *, stride=None, padding=0, mode="max", p=2):
    kh, kw = (size, size) if isinstance(size, int) else size
    sh, sw = (kh, kw) if stride is None else ((stride, stride) if isinstance(stride, int) else stride)
    ph, pw = (padding, padding) if isinstance(padding, int) else padding
    if mode not in ("max", "mean", "sum", "lp"):
        raise ValueError("unknown mode")
    H, W = x.shape[-2] + 2 * ph, x.shape[-1] + 2 * pw
    if kh > H or kw > W:
        raise ValueError("window too large")
    padded = np.full(x.shape[:-2] + (H, W), -np.inf if mode == "max" else 0.0)
    padded[..., ph:H - ph, pw:W - pw] = x
    out = np.zeros(x.shape[:-2] + ((H - kh) // sh + 1, (W - kw) // sw + 1))
    for i in range(out.shape[-2]):
        for j in range(out.shape[-1]):
            v = padded[..., i * sh:i * sh + kh, j * sw:j * sw + kw]
            if mode == "max":
                out[..., i, j] = v.max(axis=(-2, -1))
            elif mode == "mean":
                out[..., i, j] = v.mean(axis=(-2, -1))
            elif mode == "sum":
                out[..., i, j] = v.sum(axis=(-2, -1))
            else:
                out[..., i, j] = np.abs((v ** p).sum(axis=(-2, -1))) ** (1 / p)
    return out

# %% wrong pool2d | powers of uint8 wrap around in mode lp
import numpy as np


def pool2d(x, size, *, stride=None, padding=0, mode="max", p=2):
    if mode not in ("max", "mean", "sum", "lp"):
        raise ValueError("unknown mode")
    kh, kw = np.broadcast_to(size, 2)
    sh, sw = (kh, kw) if stride is None else np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    widths = [(0, 0)] * (x.ndim - 2) + [(ph, ph), (pw, pw)]
    if mode == "max":
        xp = np.pad(x.astype(float), widths, constant_values=-np.inf)
    elif mode == "lp":
        xp = np.pad(np.abs(x) ** p, widths)
    else:
        xp = np.pad(x, widths)
    if kh > xp.shape[-2] or kw > xp.shape[-1]:
        raise ValueError("window too large")
    w = np.lib.stride_tricks.sliding_window_view(xp, (kh, kw), axis=(-2, -1))[..., ::sh, ::sw, :, :]
    if mode == "max":
        return w.max((-2, -1))
    if mode == "mean":
        return w.mean((-2, -1))
    if mode == "sum":
        return w.sum((-2, -1))
    return w.sum((-2, -1)) ** (1 / p)

# %% wrong pool2d | two mistakes: any unknown mode is taken for lp, and max starts from -999
import numpy as np


def pool2d(x, size, *, stride=None, padding=0, mode="max", p=2):
    if stride is None:
        stride = size
    kh, kw = np.broadcast_to(size, 2)
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    fill = -999.0 if mode == "max" else 0.0
    xp = np.pad(x.astype(float), [(0, 0)] * (x.ndim - 2) + [(ph, ph), (pw, pw)], constant_values=fill)
    rows, cols = (xp.shape[-2] - kh) // sh + 1, (xp.shape[-1] - kw) // sw + 1
    if rows < 1 or cols < 1:
        raise ValueError("the window does not fit")
    out = np.empty(x.shape[:-2] + (rows, cols))
    for i in range(rows):
        for j in range(cols):
            v = xp[..., i * sh:i * sh + kh, j * sw:j * sw + kw]
            if mode == "max":
                out[..., i, j] = np.max(v, axis=(-2, -1))
            elif mode == "mean":
                out[..., i, j] = np.mean(v, axis=(-2, -1))
            elif mode == "sum":
                out[..., i, j] = np.sum(v, axis=(-2, -1))
            else:
                out[..., i, j] = np.sum(np.abs(v) ** p, axis=(-2, -1)) ** (1 / p)
    return out

# %% wrong conv_layer | bias added once for each channel
import numpy as np


def conv_layer(x, weight, bias=None, *, stride=1, padding=0):
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    N, C, H, W = x.shape
    F, C2, kh, kw = weight.shape
    if C != C2 or kh > H + 2 * ph or kw > W + 2 * pw:
        raise ValueError("shapes do not fit")
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    out = np.zeros((N, F, (H + 2 * ph - kh) // sh + 1, (W + 2 * pw - kw) // sw + 1))
    for n, f, i, j in np.ndindex(*out.shape):
        for c in range(C):
            out[n, f, i, j] += np.sum(xp[n, c, i * sh:i * sh + kh, j * sw:j * sw + kw] * weight[f, c])
            if bias is not None:
                out[n, f, i, j] += bias[f]
    return out

# %% wrong conv_layer | torch raises RuntimeError where ValueError is promised
import torch
import torch.nn.functional as F


def conv_layer(x, weight, bias=None, *, stride=1, padding=0):
    x = torch.tensor(x, dtype=torch.float64)
    weight = torch.tensor(weight, dtype=torch.float64)
    if bias is not None:
        bias = torch.tensor(bias, dtype=torch.float64)
    return F.conv2d(x, weight, bias, stride=stride, padding=padding).numpy()

# %% wrong conv_layer | result typed by x and weight: a bias of fractions is cut to integers
import numpy as np


def conv_layer(x, weight, bias=None, *, stride=1, padding=0):
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    N, C, H, W = x.shape
    F, C2, kh, kw = weight.shape
    if C != C2:
        raise ValueError("x and weight differ in channels")
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    if kh > xp.shape[2] or kw > xp.shape[3]:
        raise ValueError("the kernel does not fit")
    if bias is None:
        bias = np.zeros(F, dtype=int)
    out = np.zeros(
        (N, F, (xp.shape[2] - kh) // sh + 1, (xp.shape[3] - kw) // sw + 1), dtype=np.result_type(x, weight)
    )
    for n in range(N):
        for f in range(F):
            for i in range(out.shape[2]):
                for j in range(out.shape[3]):
                    window = xp[n, :, i * sh:i * sh + kh, j * sw:j * sw + kw]
                    out[n, f, i, j] = np.sum(window * weight[f]) + bias[f]
    return out

# %% wrong conv_layer | loops over the channels of the weights: filters with too few channels raise nothing
import numpy as np


def conv_layer(x, weight, bias=None, *, stride=1, padding=0):
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    F, C, kh, kw = weight.shape
    if C > x.shape[1]:
        raise ValueError("too many channels")
    xp = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    H, W = xp.shape[2:]
    if kh > H or kw > W:
        raise ValueError("kernel larger than padded image")
    out = np.zeros((len(x), F, (H - kh) // sh + 1, (W - kw) // sw + 1))
    for n, f, i, j in np.ndindex(out.shape):
        for c in range(C):
            out[n, f, i, j] += np.sum(xp[n, c, i * sh:i * sh + kh, j * sw:j * sw + kw] * weight[f, c])
        if bias is not None:
            out[n, f, i, j] += bias[f]
    return out

# %% wrong conv_layer | two mistakes: uint8 images are divided by 255, and no channel check (one channel broadcasts)
import numpy as np


def conv_layer(x, weight, bias=None, *, stride=1, padding=0):
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    x = x / 255.0 if x.dtype == np.uint8 else x.astype(float)
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    kh, kw = weight.shape[2:]
    if kh > xp.shape[2] or kw > xp.shape[3]:
        raise ValueError("the kernel does not fit")
    windows = np.lib.stride_tricks.sliding_window_view(xp, (kh, kw), axis=(2, 3))[:, :, ::sh, ::sw]
    out = np.stack([(windows * w[:, None, None]).sum(axis=(1, 4, 5)) for w in weight], axis=1)
    return out if bias is None else out + bias[:, None, None]

# %% wrong named_kernel | one dictionary for all calls: a changed result spoils the next
import numpy as np

KERNELS = {
    "identity": np.array([[0, 0, 0], [0, 1, 0], [0, 0, 0]]),
    "edge_1": np.array([[1, 0, -1], [0, 0, 0], [-1, 0, 1]]),
    "edge_2": np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]]),
    "edge_3": np.array([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]]),
    "sharpen": np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]]),
    "box_blur": np.ones((3, 3)) / 9,
    "gaussian_blur": np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]]) / 16,
    "horizontal_edge": np.array([[1, 2, 1], [0, 0, 0], [-1, -2, -1]]),
    "vertical_edge": np.array([[1, 0, -1], [2, 0, -2], [1, 0, -1]]),
}


def named_kernel(name):
    if name not in KERNELS:
        raise ValueError(f"unknown kernel {name}")
    return KERNELS[name]

# %% wrong named_kernel | two mistakes: edge_1 with reversed signs, and a part of a name is enough
import numpy as np


def named_kernel(name):
    kernels = {
        "identity": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
        "edge_1": [[-1, 0, 1], [0, 0, 0], [1, 0, -1]],
        "edge_2": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
        "edge_3": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
        "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
        "box_blur": [[1 / 9] * 3] * 3,
        "gaussian_blur": [[1 / 16, 1 / 8, 1 / 16], [1 / 8, 1 / 4, 1 / 8], [1 / 16, 1 / 8, 1 / 16]],
        "horizontal_edge": [[1, 2, 1], [0, 0, 0], [-1, -2, -1]],
        "vertical_edge": [[1, 0, -1], [2, 0, -2], [1, 0, -1]],
    }
    for key, rows in kernels.items():
        if key.startswith(name):
            return np.array(rows)
    raise ValueError(f"there is no kernel {name}")

# %% wrong im2col | windows follow each other column by column
import numpy as np


def im2col(x, kernel_size, *, stride=1, padding=0):
    kh, kw = np.broadcast_to(kernel_size, 2)
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    rows, cols = (xp.shape[2] - kh) // sh + 1, (xp.shape[3] - kw) // sw + 1
    if rows < 1 or cols < 1:
        raise ValueError("kernel does not fit")
    columns = []
    for j in range(cols):
        for i in range(rows):
            columns.append(xp[:, :, i * sh:i * sh + kh, j * sw:j * sw + kw].reshape(len(x), -1))
    return np.stack(columns, axis=2)

# %% wrong im2col | right shape, but the windows move by one whatever the stride
import numpy as np


def im2col(x, kernel_size, *, stride=1, padding=0):
    kh, kw = np.broadcast_to(kernel_size, 2)
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    N, C = x.shape[:2]
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    rows = (padded.shape[2] - kh) // sh + 1
    cols = (padded.shape[3] - kw) // sw + 1
    if kh > padded.shape[2] or kw > padded.shape[3]:
        raise ValueError("the kernel does not fit")
    out = np.zeros((N, C, kh, kw, rows, cols))
    for u in range(kh):
        for v in range(kw):
            out[:, :, u, v] = padded[:, :, u:u + rows, v:v + cols]
    return out.reshape(N, C * kh * kw, rows * cols)

# %% wrong im2col | two mistakes: a single number as stride is used for rows only, and a kernel too large gives no columns
import numpy as np


def im2col(x, kernel_size, *, stride=1, padding=0):
    kh, kw = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
    sh, sw = (stride, 1) if isinstance(stride, int) else stride
    ph, pw = (padding, padding) if isinstance(padding, int) else padding
    N, C, H, W = x.shape
    xp = np.zeros((N, C, H + 2 * ph, W + 2 * pw))
    xp[:, :, ph:ph + H, pw:pw + W] = x
    tops = range(0, H + 2 * ph - kh + 1, sh)
    lefts = range(0, W + 2 * pw - kw + 1, sw)
    out = np.zeros((N, C * kh * kw, len(tops) * len(lefts)))
    k = 0
    for top in tops:
        for left in lefts:
            out[:, :, k] = xp[:, :, top:top + kh, left:left + kw].reshape(N, -1)
            k += 1
    return out

# %% wrong conv_layer_fast | (F, N·L) reshaped to (N, F, ...) without a transpose
import numpy as np


def conv_layer_fast(x, weight, bias=None, *, stride=1, padding=0):
    if x.shape[1] != weight.shape[1]:
        raise ValueError("channels")
    F, _, kh, kw = weight.shape
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    cols = im2col(x, (kh, kw), stride=stride, padding=padding)
    N, K, L = cols.shape
    out = weight.reshape(F, -1) @ cols.transpose(1, 0, 2).reshape(K, N * L)
    if bias is not None:
        out = out + bias[:, None]
    return out.reshape(N, F, (x.shape[2] + 2 * ph - kh) // sh + 1, (x.shape[3] + 2 * pw - kw) // sw + 1)

# %% wrong conv_layer_fast | += of the bias fails for integers with a bias of fractions
import numpy as np


def conv_layer_fast(x, weight, bias=None, *, stride=1, padding=0):
    N, C, H, W = x.shape
    F, C2, kh, kw = weight.shape
    if C != C2:
        raise ValueError("different numbers of channels")
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    if kh > xp.shape[2] or kw > xp.shape[3]:
        raise ValueError("kernel too large")
    win = np.lib.stride_tricks.sliding_window_view(xp, (kh, kw), axis=(2, 3))[:, :, ::sh, ::sw]
    R, S = win.shape[2:4]
    out = weight.reshape(F, -1) @ win.transpose(0, 1, 4, 5, 2, 3).reshape(N, C * kh * kw, R * S)
    if bias is not None:
        out += bias[:, None]
    return out.reshape(N, F, R, S)

# %% wrong conv_layer_fast | asserts: AssertionError where ValueError is promised
import numpy as np


def conv_layer_fast(x, weight, bias=None, *, stride=1, padding=0):
    assert x.shape[1] == weight.shape[1], "x and weight differ in channels"
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    F, C, kh, kw = weight.shape
    xp = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    assert kh <= xp.shape[2] and kw <= xp.shape[3], "the kernel does not fit"
    win = np.lib.stride_tricks.sliding_window_view(xp, (kh, kw), axis=(2, 3))[:, :, ::sh, ::sw]
    out = np.tensordot(win, weight, axes=((1, 4, 5), (1, 2, 3))).transpose(0, 3, 1, 2)
    return out if bias is None else out + bias[None, :, None, None]

# %% wrong backprop_example | df/dz as f / z: division by zero at z = 0
def backprop_example(x, y, z):
    f = (x + y) * z
    return z, z, f / z

# %% wrong conv_layer_backward | overlapping windows overwrite each other in dx
import numpy as np


def conv_layer_backward(grad_out, x, weight, bias, *, stride=1, padding=0):
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    H, W = x.shape[2:]
    kh, kw = weight.shape[2:]
    xp = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    dxp, dw, db = np.zeros(xp.shape), np.zeros(weight.shape), np.zeros(bias.shape)
    for n, f, i, j in np.ndindex(grad_out.shape):
        g = grad_out[n, f, i, j]
        at = (n, slice(None), slice(i * sh, i * sh + kh), slice(j * sw, j * sw + kw))
        db[f] += g
        dw[f] += g * xp[at]
        dxp[at] = g * weight[f]
    return dxp[:, :, ph:ph + H, pw:pw + W], dw, db

# %% wrong conv_layer_backward | stride of the rows is used for the columns, too
import numpy as np


def conv_layer_backward(grad_out, x, weight, bias, *, stride=1, padding=0):
    s = stride[0] if isinstance(stride, tuple) else stride
    ph, pw = padding if isinstance(padding, tuple) else (padding, padding)
    N, C, H, W = x.shape
    kh, kw = weight.shape[2:]
    xp = np.zeros((N, C, max(H + 2 * ph, s * grad_out.shape[2] + kh), max(W + 2 * pw, s * grad_out.shape[3] + kw)))
    xp[:, :, ph:ph + H, pw:pw + W] = x
    dxp, dw, db = np.zeros_like(xp), np.zeros(weight.shape), np.zeros(len(bias))
    for n, f, i, j in np.ndindex(grad_out.shape):
        g = grad_out[n, f, i, j]
        db[f] += g
        dw[f] += g * xp[n, :, i * s:i * s + kh, j * s:j * s + kw]
        dxp[n, :, i * s:i * s + kh, j * s:j * s + kw] += g * weight[f]
    return dxp[:, :, ph:ph + H, pw:pw + W], dw, db

# %% wrong conv_layer_backward | two mistakes: db and dw are typed like bias and weight, so fractions are cut off
import numpy as np


def conv_layer_backward(grad_out, x, weight, bias, *, stride=1, padding=0):
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    H, W = x.shape[2:]
    kh, kw = weight.shape[2:]
    R, S = grad_out.shape[2:]
    xp = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    dxp = np.zeros(xp.shape)
    dw, db = np.zeros_like(weight), np.zeros_like(bias)
    for f in range(len(bias)):
        db[f] = grad_out[:, f].sum()
    for u in range(kh):
        for v in range(kw):
            at = np.s_[:, :, u:u + sh * (R - 1) + 1:sh, v:v + sw * (S - 1) + 1:sw]
            dw[:, :, u, v] = np.einsum("nfij,ncij->fc", grad_out, xp[at])
            dxp[at] += np.einsum("nfij,fc->ncij", grad_out, weight[:, :, u, v])
    return dxp[:, :, ph:ph + H, pw:pw + W], dw, db

# %% wrong conv_layer_backward | db is a list, not an array
import numpy as np


def conv_layer_backward(grad_out, x, weight, bias, *, stride=1, padding=0):
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    H, W = x.shape[2:]
    F, _, kh, kw = weight.shape
    xp = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    dxp, dw = np.zeros(xp.shape), np.zeros(weight.shape)
    db = [float(grad_out[:, f].sum()) for f in range(F)]
    for n, f, i, j in np.ndindex(grad_out.shape):
        at = (n, slice(None), slice(i * sh, i * sh + kh), slice(j * sw, j * sw + kw))
        dw[f] += grad_out[n, f, i, j] * xp[at]
        dxp[at] += grad_out[n, f, i, j] * weight[f]
    return dxp[:, :, ph:ph + H, pw:pw + W], dw, db

# %% wrong conv_layer_backward | flattens grad_out in place: the caller's array has another shape afterwards
import numpy as np


def conv_layer_backward(grad_out, x, weight, bias, *, stride=1, padding=0):
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    N, F, R, S = grad_out.shape
    C, H, W = x.shape[1:]
    kh, kw = weight.shape[2:]
    xp = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    win = np.lib.stride_tricks.sliding_window_view(xp, (kh, kw), axis=(2, 3))[:, :, ::sh, ::sw]
    cols = win.transpose(0, 1, 4, 5, 2, 3).reshape(N, C * kh * kw, R * S)
    grad_out.shape = (N, F, R * S)
    db = grad_out.sum(axis=(0, 2))
    dw = np.einsum("nfl,nkl->fk", grad_out, cols).reshape(weight.shape)
    dcols = (weight.reshape(F, -1).T @ grad_out).reshape(N, C, kh, kw, R, S)
    dxp = np.zeros(xp.shape)
    for u in range(kh):
        for v in range(kw):
            dxp[:, :, u:u + sh * (R - 1) + 1:sh, v:v + sw * (S - 1) + 1:sw] += dcols[:, :, u, v]
    return dxp[:, :, ph:ph + H, pw:pw + W], dw, db

# %% wrong equivariance_error | largest difference without the absolute value
import numpy as np


def equivariance_error(image, kernel, transform):
    image = image.astype(float)
    a = cross_correlate2d(transform(image), kernel)
    b = transform(cross_correlate2d(image, kernel))
    m = max(kernel.shape)
    return float((a - b)[m:-m, m:-m].max())

# %% wrong equivariance_error | cuts by the height of the kernel, not by the larger of its sides
import numpy as np


def equivariance_error(image, kernel, transform):
    image = image.astype(float)
    m = kernel.shape[0]
    a = cross_correlate2d(transform(image), kernel)[m:-m, m:-m]
    b = transform(cross_correlate2d(image, kernel))[m:-m, m:-m]
    return float(np.max(np.abs(a - b)))

# %% wrong equivariance_error | two mistakes: uint8 goes into transform as it is, and integers give a NumPy integer
import numpy as np


def equivariance_error(image, kernel, transform):
    def correlate(array):
        windows = np.lib.stride_tricks.sliding_window_view(array, kernel.shape)
        return (windows * kernel).sum(axis=(-2, -1))

    m = max(kernel.shape)
    difference = correlate(transform(image)) - transform(correlate(image))
    return np.abs(difference[m:-m, m:-m]).max()

# %% wrong quiz_stride | the size of the kernel taken for the stride
quiz_stride = "c"

# %% wrong quiz_output | miscounted
quiz_output = "d"

