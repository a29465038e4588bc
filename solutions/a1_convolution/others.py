"""Right answers of assignment 1, written differently: the tests and the questions accept every one."""

import numpy as np

from solutions.a1_convolution.notebook import conv2d, conv_layer, cross_correlate2d, im2col, pad2d

# ---- cross_correlate2d ----


def cross_correlate2d__four_loops(image, kernel):
    """Four loops over single numbers, in plain Python floats."""
    kh, kw = len(kernel), len(kernel[0])
    rows, columns = len(image) - kh + 1, len(image[0]) - kw + 1
    if rows <= 0 or columns <= 0:
        raise ValueError("the kernel is larger than the image")
    result = np.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            for u in range(kh):
                for v in range(kw):
                    result[i, j] += image[i + u, j + v] * kernel[u, v]
    return result


def cross_correlate2d__loop_over_kernel(image, kernel):
    """Loops over the kernel and adds up shifted images."""
    rows, columns = image.shape[0] - kernel.shape[0] + 1, image.shape[1] - kernel.shape[1] + 1
    if min(rows, columns) < 1:
        raise ValueError("the kernel is larger than the image")
    return sum(weight * image[u : u + rows, v : v + columns].astype(float) for (u, v), weight in np.ndenumerate(kernel))


def cross_correlate2d__strides(image, kernel):
    """Views of all windows at once, and NumPy's own complaint where none fits."""
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return np.tensordot(windows, kernel, axes=2)


def cross_correlate2d__scipy(image, kernel):
    """SciPy's function, which would swap image and kernel if the kernel were the larger one."""
    from scipy.signal import correlate2d

    if any(k > n for k, n in zip(kernel.shape, image.shape, strict=True)):
        raise ValueError("the kernel is larger than the image")
    return correlate2d(image, kernel, mode="valid")


def cross_correlate2d__torch_float32(image, kernel):
    """PyTorch in single precision; the result is a tensor turned into an array."""
    import torch

    if any(k > n for k, n in zip(kernel.shape, image.shape, strict=True)):
        raise ValueError("the kernel is larger than the image")
    x, w = (torch.from_numpy(np.array(a, dtype=np.float32))[None, None] for a in (image, kernel))
    return torch.nn.functional.conv2d(x, w)[0, 0].numpy()


# ---- convolve2d ----


def convolve2d__indices(image, kernel):
    """No flip at all: the kernel is read from its end."""
    kh, kw = kernel.shape
    rows, columns = image.shape[0] - kh + 1, image.shape[1] - kw + 1
    if rows < 1 or columns < 1:
        raise ValueError("the kernel is larger than the image")
    result = np.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            for u in range(kh):
                for v in range(kw):
                    result[i, j] += image[i + u, j + v] * kernel[kh - 1 - u, kw - 1 - v]
    return result


def convolve2d__scipy(image, kernel):
    """SciPy's function, which would swap image and kernel if the kernel were the larger one."""
    from scipy.signal import convolve2d

    if kernel.shape[0] > image.shape[0] or kernel.shape[1] > image.shape[1]:
        raise ValueError("the kernel is larger than the image")
    return convolve2d(image, kernel, mode="valid")


def convolve2d__half_turn(image, kernel):
    """Two quarter turns of the kernel, then the function of exercise 1."""
    return cross_correlate2d(image, np.rot90(kernel, 2))


def convolve2d__fourier(image, kernel):
    """The convolution theorem: multiplies spectra and keeps the middle."""
    (height, width), (kh, kw) = image.shape, kernel.shape
    if kh > height or kw > width:
        raise ValueError("the kernel is larger than the image")
    size = (height + kh - 1, width + kw - 1)
    full = np.fft.irfft2(np.fft.rfft2(image, size) * np.fft.rfft2(kernel, size), size)
    return full[kh - 1 : height, kw - 1 : width]


# ---- pad2d ----


def pad2d__numpy_pad(x, padding, value=0.0):
    """`np.pad` of floats, which hold every value, with NumPy's own complaint about negative widths."""
    ph, pw = padding if isinstance(padding, tuple) else (padding, padding)
    return np.pad(x.astype(float), [(0, 0)] * (x.ndim - 2) + [(ph, ph), (pw, pw)], constant_values=value)


def pad2d__concatenate(x, padding, value=0.0):
    """Glues bands of the value to the four sides."""
    ph, pw = padding if isinstance(padding, (tuple, list)) else (padding, padding)
    if min(ph, pw) < 0:
        raise ValueError("negative padding")
    side = np.full((*x.shape[:-1], pw), value)
    x = np.concatenate([side, x, side], axis=-1)
    band = np.full((*x.shape[:-2], ph, x.shape[-1]), value)
    return np.concatenate([band, x, band], axis=-2)


def pad2d__recursion(x, padding, value=0.0):
    """Pads each image of a stack by itself, down to two axes."""
    ph, pw = np.broadcast_to(padding, 2)
    if ph < 0 or pw < 0:
        raise ValueError("negative padding")

    def pad(part):
        if part.ndim > 2:
            return np.stack([pad(p) for p in part])
        framed = np.zeros((part.shape[0] + 2 * ph, part.shape[1] + 2 * pw)) + value
        framed[ph : ph + part.shape[0], pw : pw + part.shape[1]] = part
        return framed

    return pad(x)


def pad2d__torch(x, padding, value=0.0):
    """PyTorch's function, which would crop with negative padding and counts axes from the last."""
    import torch

    ph, pw = padding if isinstance(padding, tuple) else (padding, padding)
    if ph < 0 or pw < 0:
        raise ValueError("negative padding")
    tensor = torch.tensor(x, dtype=torch.float64)
    return torch.nn.functional.pad(tensor, (pw, pw, ph, ph), value=float(value)).numpy()


# ---- conv2d ----


def conv2d__loops(image, kernel, *, stride=1, padding=0):
    """Loops that never build the padded image: pixels outside it are skipped."""
    (sh, sw), (ph, pw) = ((p, p) if isinstance(p, int) else p for p in (stride, padding))
    (height, width), (kh, kw) = image.shape, kernel.shape
    if kh > height + 2 * ph or kw > width + 2 * pw:
        raise ValueError("the kernel is larger than the padded image")
    result = np.zeros(((height + 2 * ph - kh) // sh + 1, (width + 2 * pw - kw) // sw + 1))
    for i, j in np.ndindex(*result.shape):
        for u, v in np.ndindex(kh, kw):
            y, x = i * sh + u - ph, j * sw + v - pw
            if 0 <= y < height and 0 <= x < width:
                result[i, j] += image[y, x] * kernel[u, v]
    return result


def conv2d__thinned_result(image, kernel, *, stride=1, padding=0):
    """Computes every place with the functions of exercises 1 and 3, then keeps every s-th."""
    sh, sw = (stride, stride) if isinstance(stride, int) else stride
    return cross_correlate2d(pad2d(image, padding), kernel)[::sh, ::sw]


def conv2d__range_with_step(image, kernel, *, stride=1, padding=0):
    """Nested list comprehensions over `range` with a step; the result is a list of lists made an array."""
    (sh, sw), (ph, pw) = np.broadcast_to(stride, 2), np.broadcast_to(padding, 2)
    padded = np.pad(image, ((ph, ph), (pw, pw)))
    kh, kw = kernel.shape
    if kh > padded.shape[0] or kw > padded.shape[1]:
        raise ValueError("the kernel is larger than the padded image")
    tops, lefts = range(0, padded.shape[0] - kh + 1, sh), range(0, padded.shape[1] - kw + 1, sw)
    return np.array([[np.vdot(padded[i : i + kh, j : j + kw], kernel) for j in lefts] for i in tops])


def conv2d__torch_float32(image, kernel, *, stride=1, padding=0):
    """PyTorch in single precision, whose RuntimeError for a large kernel becomes a ValueError."""
    import torch

    x, w = (torch.tensor(a.astype(np.float32))[None, None] for a in (image, kernel))
    try:
        return torch.nn.functional.conv2d(x, w, stride=stride, padding=padding)[0, 0].numpy()
    except RuntimeError as error:
        raise ValueError(str(error)) from error


# ---- apply_activation ----


def apply_activation__torch(x, name, *, alpha=0.1):
    """PyTorch's functions, found by name."""
    import torch

    functions = {
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
        "relu": torch.relu,
        "leaky_relu": lambda t: torch.nn.functional.leaky_relu(t, alpha),
        "elu": lambda t: torch.nn.functional.elu(t, alpha),
    }
    if name not in functions:
        raise ValueError(name)
    return functions[name](torch.tensor(x, dtype=torch.float64)).numpy()


def apply_activation__masks(x, name, *, alpha=0.1):
    """A copy whose positive and negative parts are written separately, through masks."""
    x = np.array(x, dtype=float)
    positive, negative = x > 0, x <= 0
    if name == "sigmoid":
        result = np.empty(x.shape)
        result[positive] = 1 / (1 + np.exp(-x[positive]))
        result[negative] = np.exp(x[negative]) / (1 + np.exp(x[negative]))
    elif name == "tanh":
        result = np.sign(x) * (1 - 2 / (np.exp(2 * np.clip(np.abs(x), 0, 300)) + 1))
    elif name == "relu":
        result = x * positive
    elif name == "leaky_relu":
        result = x
        result[negative] *= alpha
    elif name == "elu":
        result = x
        result[negative] = alpha * (np.exp(x[negative]) - 1)
    else:
        raise ValueError(f"{name} is unknown")
    return result


def apply_activation__clipped(x, name, *, alpha=0.1):
    """Clips what goes into the exponential, and `match` picks the function."""
    match name:
        case "sigmoid":
            return 1 / (1 + np.exp(-np.clip(x, -500, 500)))
        case "tanh":
            return 2 / (1 + np.exp(-2 * np.clip(x, -300, 300))) - 1
        case "relu":
            return np.clip(x, 0, None)
        case "leaky_relu":
            return np.maximum(x, 0) + alpha * np.minimum(x, 0)
        case "elu":
            return np.maximum(x, 0) + alpha * (np.exp(np.minimum(x, 0)) - 1)
        case _:
            raise ValueError(f"{name} is unknown")


def apply_activation__one_by_one(x, name, *, alpha=0.1):
    """The `math` module, number by number."""
    import math

    def sigmoid(v):
        return 1 / (1 + math.exp(-v)) if v > -700 else 0.0

    functions = {
        "sigmoid": sigmoid,
        "tanh": math.tanh,
        "relu": lambda v: max(v, 0.0),
        "leaky_relu": lambda v: v if v > 0 else alpha * v,
        "elu": lambda v: v if v > 0 else alpha * math.expm1(v),
    }
    if name not in functions:
        raise ValueError(f"{name} is unknown")
    x = np.asarray(x, dtype=float)
    return np.array([functions[name](float(v)) for v in x.ravel()]).reshape(x.shape)


def apply_activation__silenced(x, name, *, alpha=0.1):
    """The textbook formulas, with NumPy's overflow silenced where the value is right all the same."""
    with np.errstate(over="ignore"):
        if name == "sigmoid":
            return 1 / (1 + np.exp(-np.asarray(x, dtype=float)))
        if name == "elu":
            return np.where(np.asarray(x) > 0, x, alpha * (np.exp(np.asarray(x, dtype=float)) - 1))
    if name == "tanh":
        return np.tanh(x)
    if name == "relu":
        return np.where(x > 0, x, 0)
    if name == "leaky_relu":
        return np.maximum(x, alpha * x)
    raise ValueError(f"{name} is unknown")


def apply_activation__where(x, name, *, alpha=0.1):
    """`np.where` for both functions with two branches, and the sigmoid from tanh."""
    x = np.asarray(x, dtype=float)
    if name == "sigmoid":
        return 0.5 * (1 + np.tanh(x / 2))
    if name == "tanh":
        return np.tanh(x)
    if name == "relu":
        return np.maximum(x, 0)
    if name == "leaky_relu":
        return np.where(x > 0, x, alpha * x)
    if name == "elu":
        return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))
    raise ValueError(f"there is no activation called {name!r}")


# ---- maxout ----


def maxout__where(x, w1, b1, w2, b2):
    """Computes both layers with `np.dot` and picks with `np.where`."""
    first, second = np.dot(x, w1) + b1, np.dot(x, w2) + b2
    return np.where(first >= second, first, second)


def maxout__stacked(x, w1, b1, w2, b2):
    """One einsum over stacked weights, then the maximum over the new axis."""
    layers = np.einsum("nd,kdm->knm", x, np.stack([w1, w2])) + np.stack([b1, b2])[:, None]
    return layers.max(axis=0)


def maxout__loops(x, w1, b1, w2, b2):
    """Plain loops; the result is a list of lists made an array."""

    def layer(row, w, b, m):
        return sum(value * w[d, m] for d, value in enumerate(row)) + b[m]

    return np.array([[max(layer(row, w1, b1, m), layer(row, w2, b2, m)) for m in range(len(b1))] for row in x])


def maxout__relu_of_difference(x, w1, b1, w2, b2):
    """max(a, b) = b + relu(a - b)."""
    second = x @ w2 + b2
    return second + np.maximum(x @ (w1 - w2) + (b1 - b2), 0)


# ---- pool2d ----


def pool2d__loops(x, size, *, stride=None, padding=0, mode="max", p=2):
    """Loops over the places, with `...` for the leading axes."""
    if mode not in {"max", "mean", "sum", "lp"}:
        raise ValueError(f"unknown mode {mode}")
    stride = size if stride is None else stride
    (kh, kw), (sh, sw), (ph, pw) = ((v, v) if isinstance(v, int) else v for v in (size, stride, padding))
    outside = -np.inf if mode == "max" else 0
    padded = np.pad(x.astype(float), [(0, 0)] * (x.ndim - 2) + [(ph, ph), (pw, pw)], constant_values=outside)
    height, width = padded.shape[-2:]
    if kh > height or kw > width:
        raise ValueError("the window is too large")
    result = np.zeros(padded.shape[:-2] + ((height - kh) // sh + 1, (width - kw) // sw + 1))
    for i, j in np.ndindex(*result.shape[-2:]):
        window = padded[..., i * sh : i * sh + kh, j * sw : j * sw + kw]
        if mode == "max":
            result[..., i, j] = window.max((-1, -2))
        elif mode == "lp":
            result[..., i, j] = (abs(window) ** p).sum((-1, -2)) ** (1 / p)
        else:
            result[..., i, j] = window.sum((-1, -2)) / (kh * kw if mode == "mean" else 1)
    return result


def pool2d__torch(x, size, *, stride=None, padding=0, mode="max", p=2):
    """PyTorch's pooling, with its RuntimeErrors made ValueErrors."""
    import torch
    import torch.nn.functional as F

    if mode not in ("max", "mean", "sum", "lp"):
        raise ValueError(mode)
    kh, kw = (size, size) if isinstance(size, int) else size
    tensor = torch.tensor(x, dtype=torch.float64)
    tensor = tensor.reshape(-1, 1, *tensor.shape[-2:])
    options = {"stride": stride, "padding": padding}
    try:
        if mode == "max":
            result = F.max_pool2d(tensor, size, **options)
        elif mode == "lp":
            result = (F.avg_pool2d(tensor.abs() ** p, size, **options) * kh * kw) ** (1 / p)
        else:
            result = F.avg_pool2d(tensor, size, **options) * (1 if mode == "mean" else kh * kw)
    except RuntimeError as error:
        raise ValueError(str(error)) from error
    return result.reshape(*x.shape[:-2], *result.shape[-2:]).numpy()


def pool2d__shifted_images(x, size, *, stride=None, padding=0, mode="max", p=2):
    """Loops over the window instead of over the places: one thinned, shifted image per pixel of the window."""
    (kh, kw), (sh, sw) = np.broadcast_to(size, 2), np.broadcast_to(stride or size, 2)
    padded = pad2d(np.asarray(x, dtype=float), padding, value=-np.inf if mode == "max" else 0)
    rows, columns = (padded.shape[-2] - kh) // sh + 1, (padded.shape[-1] - kw) // sw + 1
    if kh > padded.shape[-2] or kw > padded.shape[-1]:
        raise ValueError("the window does not fit")
    pixels = [
        padded[..., u : u + sh * (rows - 1) + 1 : sh, v : v + sw * (columns - 1) + 1 : sw]
        for u in range(kh)
        for v in range(kw)
    ]
    if mode == "max":
        return np.max(pixels, axis=0)
    if mode == "mean":
        return np.mean(pixels, axis=0)
    if mode == "sum":
        return np.sum(pixels, axis=0)
    if mode == "lp":
        return np.linalg.norm(pixels, ord=p, axis=0)
    raise ValueError("unknown mode")


def pool2d__recursion(x, size, *, stride=None, padding=0, mode="max", p=2):
    """Splits a stack into images, and pools an image with Python's own `max` and `sum`."""
    (kh, kw), (ph, pw) = np.broadcast_to(size, 2), np.broadcast_to(padding, 2)
    sh, sw = np.broadcast_to(size if stride is None else stride, 2)
    summaries = {
        "max": max,
        "mean": lambda values: sum(values) / len(values),
        "sum": sum,
        "lp": lambda values: sum(abs(v) ** p for v in values) ** (1 / p),
    }
    if mode not in summaries:
        raise ValueError("unknown mode")

    def pool(part):
        if part.ndim > 2:
            return [pool(inner) for inner in part]
        padded = np.pad(part, ((ph, ph), (pw, pw)), constant_values=-np.inf if mode == "max" else 0)
        if padded.shape[0] < kh or padded.shape[1] < kw:
            raise ValueError("the window does not fit")
        return [
            [summaries[mode](padded[i : i + kh, j : j + kw].ravel().tolist()) for j in lefts]
            for lefts in [range(0, padded.shape[1] - kw + 1, sw)]
            for i in range(0, padded.shape[0] - kh + 1, sh)
        ]

    return np.array(pool(np.asarray(x, dtype=float)))


def pool2d__early_returns(x, size, *, stride=None, padding=0, mode="max", p=2):
    """All windows at once, one `return` for each mode, and the error at the end."""
    (kh, kw), (sh, sw) = np.broadcast_to(size, 2), np.broadcast_to(size if stride is None else stride, 2)
    padded = pad2d(np.asarray(x, dtype=float), padding, -np.inf if mode == "max" else 0.0)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (kh, kw), axis=(-2, -1))[..., ::sh, ::sw, :, :]
    if mode == "max":
        return windows.max(axis=(-2, -1))
    if mode == "mean":
        return windows.mean(axis=(-2, -1))
    if mode == "sum":
        return windows.sum(axis=(-2, -1))
    if mode == "lp":
        return (np.abs(windows) ** p).sum(axis=(-2, -1)) ** (1 / p)
    raise ValueError(f"there is no pooling mode {mode!r}")


# ---- conv_layer ----


def conv_layer__loops(x, weight, bias=None, *, stride=1, padding=0):
    """Loops over every axis of the result."""
    (sh, sw), (ph, pw) = ((v, v) if isinstance(v, int) else v for v in (stride, padding))
    (n, c, height, width), (f, depth, kh, kw) = x.shape, weight.shape
    if c != depth:
        raise ValueError("channels differ")
    rows, columns = (height + 2 * ph - kh) // sh + 1, (width + 2 * pw - kw) // sw + 1
    if rows < 1 or columns < 1:
        raise ValueError("the kernel does not fit")
    padded = np.zeros((n, c, height + 2 * ph, width + 2 * pw))
    padded[:, :, ph : ph + height, pw : pw + width] = x
    result = np.zeros((n, f, rows, columns))
    for a in range(n):
        for b in range(f):
            for i in range(rows):
                for j in range(columns):
                    patch = padded[a, :, i * sh : i * sh + kh, j * sw : j * sw + kw]
                    result[a, b, i, j] = (patch * weight[b]).sum()
                    if bias is not None:
                        result[a, b, i, j] += bias[b]
    return result


def conv_layer__conv2d(x, weight, bias=None, *, stride=1, padding=0):
    """Adds up the function of exercise 4 over the channels, in comprehensions."""
    if x.shape[1] != weight.shape[1]:
        raise ValueError("channels differ")
    return np.array(
        [
            [
                sum(
                    (conv2d(plane, k, stride=stride, padding=padding) for plane, k in zip(image, w, strict=True)),
                    start=0 if bias is None else bias[f],
                )
                for f, w in enumerate(weight)
            ]
            for image in x
        ]
    )


def conv_layer__einsum(x, weight, bias=None, *, stride=1, padding=0):
    """Views of all windows and a single einsum."""
    if x.shape[1] != weight.shape[1]:
        raise ValueError("channels differ")
    sh, sw = np.broadcast_to(stride, 2)
    windows = np.lib.stride_tricks.sliding_window_view(pad2d(x, padding), weight.shape[2:], axis=(2, 3))
    result = np.einsum("ncijuv,fcuv->nfij", windows[:, :, ::sh, ::sw], weight, optimize=True)
    return result if bias is None else result + np.reshape(bias, (1, -1, 1, 1))


def conv_layer__torch_float32(x, weight, bias=None, *, stride=1, padding=0):
    """PyTorch in single precision, with its RuntimeErrors made ValueErrors."""
    import torch

    x, weight, bias = (
        None if v is None else torch.from_numpy(np.array(v, dtype=np.float32)) for v in (x, weight, bias)
    )
    try:
        return torch.nn.functional.conv2d(x, weight, bias, stride=stride, padding=padding).numpy()
    except RuntimeError as error:
        raise ValueError(str(error)) from error


def conv_layer__channel_by_channel(x, weight, bias=None, *, stride=1, padding=0):
    """The function of exercise 4 for each channel, and the sum of these."""
    if x.shape[1] != weight.shape[1]:
        raise ValueError("image and weight differ in their number of channels")
    bias = np.zeros(len(weight)) if bias is None else bias
    result = []
    for image in x:
        result.append([])
        for kernels, b in zip(weight, bias, strict=True):
            planes = [conv2d(image[c], kernels[c], stride=stride, padding=padding) for c in range(len(kernels))]
            result[-1].append(np.sum(planes, axis=0) + b)
    return np.array(result)


def conv_layer__filter_by_filter(x, weight, bias=None, *, stride=1, padding=0):
    """Loops over filters and places, all images at once."""
    if x.shape[1] != weight.shape[1]:
        raise ValueError("image and weight differ in their number of channels")
    sh, sw = np.broadcast_to(stride, 2)
    padded = pad2d(x, padding)
    kh, kw = weight.shape[2:]
    if kh > padded.shape[2] or kw > padded.shape[3]:
        raise ValueError("the kernel does not fit into the padded image")
    rows, columns = (padded.shape[2] - kh) // sh + 1, (padded.shape[3] - kw) // sw + 1
    result = np.zeros((len(x), len(weight), rows, columns))
    for f in range(len(weight)):
        for i in range(rows):
            for j in range(columns):
                patch = padded[:, :, i * sh : i * sh + kh, j * sw : j * sw + kw]
                result[:, f, i, j] = np.sum(patch * weight[f], axis=(1, 2, 3))
                if bias is not None:
                    result[:, f, i, j] += bias[f]
    return result


# ---- named_kernel ----


def named_kernel__match(name):
    """Builds each kernel with as few numbers as possible, in a `match`."""
    smooth, slope = np.array([1.0, 2.0, 1.0]), np.array([1.0, 0.0, -1.0])
    centre = np.zeros((3, 3))
    centre[1, 1] = 1
    plus = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
    match name:
        case "identity":
            return centre
        case "edge_1":
            return np.outer(slope, slope)
        case "edge_2":
            return plus - 4 * centre
        case "edge_3":
            return 9 * centre - 1
        case "sharpen":
            return 5 * centre - plus
        case "box_blur":
            return np.full((3, 3), 1 / 9)
        case "gaussian_blur":
            return np.outer(smooth, smooth) / 16
        case "horizontal_edge":
            return np.outer(slope, smooth)
        case "vertical_edge":
            return np.outer(smooth, slope)
    raise ValueError(f"no kernel {name}")


def named_kernel__text_float32(name):
    """Reads a table of text, in single precision."""
    table = {
        "identity": "0 0 0  0 1 0  0 0 0",
        "edge_1": "1 0 -1  0 0 0  -1 0 1",
        "edge_2": "0 1 0  1 -4 1  0 1 0",
        "edge_3": "-1 -1 -1  -1 8 -1  -1 -1 -1",
        "sharpen": "0 -1 0  -1 5 -1  0 -1 0",
        "box_blur": "1 1 1  1 1 1  1 1 1",
        "gaussian_blur": "1 2 1  2 4 2  1 2 1",
        "horizontal_edge": "1 2 1  0 0 0  -1 -2 -1",
        "vertical_edge": "1 0 -1  2 0 -2  1 0 -1",
    }
    try:
        kernel = np.array(table[name].split(), dtype=np.float32).reshape(3, 3)
    except KeyError:
        raise ValueError(f"no kernel {name}") from None
    return kernel / kernel.sum() if name.endswith("blur") else kernel


# ---- im2col ----


def im2col__loops(x, kernel_size, *, stride=1, padding=0):
    """Fills the result column by column."""
    (kh, kw), (sh, sw), (ph, pw) = ((v, v) if isinstance(v, int) else v for v in (kernel_size, stride, padding))
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    n, c, height, width = padded.shape
    if kh > height or kw > width:
        raise ValueError("the kernel does not fit")
    rows, columns = (height - kh) // sh + 1, (width - kw) // sw + 1
    result = np.zeros((n, c * kh * kw, rows * columns))
    for i in range(rows):
        for j in range(columns):
            patch = padded[:, :, i * sh : i * sh + kh, j * sw : j * sw + kw]
            result[:, :, i * columns + j] = patch.reshape(n, -1)
    return result


def im2col__torch_float32(x, kernel_size, *, stride=1, padding=0):
    """PyTorch's `unfold` in single precision."""
    import torch

    tensor = torch.from_numpy(np.array(x, dtype=np.float32))
    try:
        return torch.nn.functional.unfold(tensor, kernel_size, stride=stride, padding=padding).numpy()
    except RuntimeError as error:
        raise ValueError(str(error)) from error


def im2col__index_arrays(x, kernel_size, *, stride=1, padding=0):
    """Index arrays for channel, row and column, as in the notes of CS231n."""
    (kh, kw), (sh, sw) = np.broadcast_to(kernel_size, 2), np.broadcast_to(stride, 2)
    padded = pad2d(x, padding)
    c, height, width = padded.shape[1:]
    if kh > height or kw > width:
        raise ValueError("the kernel does not fit")
    rows, columns = (height - kh) // sh + 1, (width - kw) // sw + 1
    channel, u, v = (index.reshape(-1, 1) for index in np.indices((c, kh, kw)))
    i, j = (index.reshape(1, -1) for index in np.indices((rows, columns)))
    return padded[:, channel, i * sh + u, j * sw + v]


def im2col__list_of_patches(x, kernel_size, *, stride=1, padding=0):
    """Collects flattened patches in lists and transposes at the end."""
    (kh, kw), (sh, sw), (ph, pw) = (np.broadcast_to(v, 2) for v in (kernel_size, stride, padding))
    result = []
    for image in x:
        padded = np.pad(image, ((0, 0), (ph, ph), (pw, pw)))
        if kh > padded.shape[1] or kw > padded.shape[2]:
            raise ValueError("the kernel does not fit")
        patches = []
        for top in range(0, padded.shape[1] - kh + 1, sh):
            for left in range(0, padded.shape[2] - kw + 1, sw):
                patches.append(padded[:, top : top + kh, left : left + kw].flatten())
        result.append(np.transpose(patches))
    return np.array(result)


def im2col__transposed_views(x, kernel_size, *, stride=1, padding=0):
    """Views of all windows; first come the axes of a patch, then those of the places."""
    sh, sw = np.broadcast_to(stride, 2)
    windows = np.lib.stride_tricks.sliding_window_view(pad2d(x, padding), np.broadcast_to(kernel_size, 2), axis=(2, 3))[
        :, :, ::sh, ::sw
    ]
    n, c, rows, columns, kh, kw = windows.shape
    patch = (1, 4, 5)
    places = (2, 3)
    return windows.transpose(0, *patch, *places).reshape(n, c * kh * kw, rows * columns)


# ---- conv_layer_fast ----


def conv_layer_fast__einsum(x, weight, bias=None, *, stride=1, padding=0):
    """The matrix product as an einsum; the width of the result follows from its height."""
    if x.shape[1] != weight.shape[1]:
        raise ValueError("channels differ")
    f, _, kh, kw = weight.shape
    columns = im2col(x, (kh, kw), stride=stride, padding=padding)
    result = np.einsum("fk,nkl->nfl", weight.reshape(f, -1), columns)
    if bias is not None:
        result = result + np.asarray(bias).reshape(1, f, 1)
    rows = (x.shape[2] + 2 * np.broadcast_to(padding, 2)[0] - kh) // np.broadcast_to(stride, 2)[0] + 1
    return result.reshape(len(x), f, rows, -1)


def conv_layer_fast__one_product(x, weight, bias=None, *, stride=1, padding=0):
    """A single product for the whole batch, the biases as one more column of the weights."""
    n, c, height, width = x.shape
    f, depth, kh, kw = weight.shape
    if c != depth:
        raise ValueError("channels differ")
    (sh, sw), (ph, pw) = np.broadcast_to(stride, 2), np.broadcast_to(padding, 2)
    rows, columns = (height + 2 * ph - kh) // sh + 1, (width + 2 * pw - kw) // sw + 1
    patches = im2col(x, (kh, kw), stride=stride, padding=padding)
    patches = np.concatenate([patches, np.ones((n, 1, rows * columns))], axis=1)
    matrix = np.column_stack([weight.reshape(f, -1), np.zeros(f) if bias is None else bias])
    result = matrix @ patches.transpose(1, 0, 2).reshape(matrix.shape[1], -1)
    return result.reshape(f, n, rows, columns).swapaxes(0, 1)


def conv_layer_fast__torch(x, weight, bias=None, *, stride=1, padding=0):
    """`unfold` and `matmul` of PyTorch."""
    import torch

    x, weight = (torch.tensor(np.asarray(v), dtype=torch.float64) for v in (x, weight))
    if x.shape[1] != weight.shape[1]:
        raise ValueError("channels differ")
    try:
        columns = torch.nn.functional.unfold(x, tuple(weight.shape[2:]), stride=stride, padding=padding)
    except RuntimeError as error:
        raise ValueError(str(error)) from error
    result = torch.matmul(weight.flatten(1), columns)
    if bias is not None:
        result = result + torch.tensor(np.asarray(bias), dtype=torch.float64)[:, None]
    ph, sh = int(np.broadcast_to(padding, 2)[0]), int(np.broadcast_to(stride, 2)[0])
    rows = (x.shape[2] + 2 * ph - weight.shape[2]) // sh + 1
    return result.unflatten(2, (rows, -1)).numpy()


def conv_layer_fast__patches_on_the_left(x, weight, bias=None, *, stride=1, padding=0):
    """Patches as rows, weights on the right, and the axes put in order at the end."""
    if x.shape[1] != weight.shape[1]:
        raise ValueError("channels differ")
    (sh, sw), (ph, pw) = np.broadcast_to(stride, 2), np.broadcast_to(padding, 2)
    rows = len(range(0, x.shape[2] + 2 * ph - weight.shape[2] + 1, sh))
    columns = len(range(0, x.shape[3] + 2 * pw - weight.shape[3] + 1, sw))
    patches = im2col(x, weight.shape[2:], stride=stride, padding=padding).swapaxes(1, 2)
    result = patches @ weight.reshape(len(weight), -1).T + (0 if bias is None else bias)
    return result.reshape(len(x), rows, columns, len(weight)).transpose(0, 3, 1, 2)


# ---- backprop_example ----


def backprop_example__torch(x, y, z):
    """Autograd of PyTorch; three tensors without axes come back."""
    import torch

    x, y, z = (torch.tensor(float(v), dtype=torch.float64, requires_grad=True) for v in (x, y, z))
    ((x + y) * z).backward()
    return x.grad, y.grad, z.grad


def backprop_example__central_differences(x, y, z):
    """Central differences, which are exact up to rounding for a product of two."""

    def f(x, y, z):
        return (x + y) * z

    h = 1e-4
    return (
        (f(x + h, y, z) - f(x - h, y, z)) / (2 * h),
        (f(x, y + h, z) - f(x, y - h, z)) / (2 * h),
        (f(x, y, z + h) - f(x, y, z - h)) / (2 * h),
    )


def backprop_example__list(x, y, z):
    """Expands the product first, and gives a list."""
    return [z, z, x + y]


def backprop_example__array(x, y, z):
    """Gives an array of three numbers."""
    return np.array([z, z, x + y])


# ---- conv_layer_backward ----


def conv_layer_backward__autograd(grad_out, x, weight, bias, *, stride=1, padding=0):
    """Autograd of PyTorch through its own convolution."""
    import torch

    leaves = [torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in (x, weight, bias)]
    out = torch.nn.functional.conv2d(*leaves, stride=stride, padding=padding)
    out.backward(torch.tensor(grad_out, dtype=torch.float64))
    return tuple(leaf.grad.numpy() for leaf in leaves)


def conv_layer_backward__loops(grad_out, x, weight, bias, *, stride=1, padding=0):
    """One loop over every number of `grad_out`."""
    (sh, sw), (ph, pw) = ((v, v) if isinstance(v, int) else v for v in (stride, padding))
    (_, _, height, width), (_, _, kh, kw) = x.shape, weight.shape
    padded = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    dpadded, dw, db = np.zeros(padded.shape), np.zeros(weight.shape), np.zeros(bias.shape)
    for (n, f, i, j), grad in np.ndenumerate(grad_out):
        rows, columns = slice(i * sh, i * sh + kh), slice(j * sw, j * sw + kw)
        dpadded[n, :, rows, columns] += grad * weight[f]
        dw[f] += grad * padded[n, :, rows, columns]
        db[f] += grad
    return dpadded[:, :, ph : ph + height, pw : pw + width], dw, db


def conv_layer_backward__matrices(grad_out, x, weight, bias, *, stride=1, padding=0):
    """Backwards through im2col and one matrix product; the columns go back by `np.add.at`, in a list."""
    (sh, sw), (ph, pw) = np.broadcast_to(stride, 2), np.broadcast_to(padding, 2)
    n, f, rows, columns = grad_out.shape
    c, kh, kw = weight.shape[1:]
    grad = grad_out.reshape(n, f, -1)
    dw = np.einsum("nfl,nkl->fk", grad, im2col(x, (kh, kw), stride=stride, padding=padding))
    patches = (weight.reshape(f, -1).T @ grad).reshape(n, c, kh, kw, rows, columns)
    dpadded = np.zeros((n, c, x.shape[2] + 2 * ph, x.shape[3] + 2 * pw))
    u, v, i, j = np.indices((kh, kw, rows, columns))
    np.add.at(dpadded, (slice(None), slice(None), i * sh + u, j * sw + v), patches)
    dx = dpadded[:, :, ph : dpadded.shape[2] - ph, pw : dpadded.shape[3] - pw]
    return [dx, dw.reshape(weight.shape), grad.sum(axis=(0, 2))]


def conv_layer_backward__linearity(grad_out, x, weight, bias, *, stride=1, padding=0):
    """The layer is linear: each gradient is the response to a basis vector, times `grad_out`."""

    def responses(shape, layer):
        basis = np.eye(int(np.prod(shape))).reshape(-1, *shape)
        return np.array([np.sum(grad_out * layer(unit)) for unit in basis]).reshape(shape)

    options = {"stride": stride, "padding": padding}
    dx = responses(x.shape, lambda unit: conv_layer(unit, weight, **options))
    dw = responses(weight.shape, lambda unit: conv_layer(x, unit, **options))
    db = responses(bias.shape, lambda unit: unit[:, None, None])
    return dx, dw, db


def conv_layer_backward__tensordot(grad_out, x, weight, bias, *, stride=1, padding=0):
    """Loops over the places, with `tensordot` for images and filters."""
    (sh, sw), (ph, pw) = np.broadcast_to(stride, 2), np.broadcast_to(padding, 2)
    kh, kw = weight.shape[2:]
    padded = pad2d(np.asarray(x, dtype=float), padding)
    dpadded, dw = np.zeros_like(padded), np.zeros(weight.shape)
    for i in range(grad_out.shape[2]):
        for j in range(grad_out.shape[3]):
            place = np.s_[:, :, i * sh : i * sh + kh, j * sw : j * sw + kw]
            grad = grad_out[:, :, i, j]
            dw += np.tensordot(grad, padded[place], axes=(0, 0))
            dpadded[place] += np.tensordot(grad, weight, axes=1)
    dx = dpadded[:, :, ph : ph + x.shape[2], pw : pw + x.shape[3]]
    db = grad_out.sum(axis=(0, 2, 3))
    return dx, dw, db


# ---- equivariance_error ----


def equivariance_error__loops(image, kernel, transform):
    """Looks for the largest difference place by place."""
    first = cross_correlate2d(transform(image.astype(float)), kernel)
    second = transform(cross_correlate2d(image, kernel))
    border = max(kernel.shape)
    largest = 0.0
    for i in range(border, first.shape[0] - border):
        for j in range(border, first.shape[1] - border):
            largest = max(largest, abs(first[i, j] - second[i, j]))
    return float(largest)


def equivariance_error__norm(image, kernel, transform):
    """The maximum norm, on index ranges instead of negative slices."""
    difference = conv2d(transform(image.astype(float)), kernel) - transform(conv2d(image, kernel))
    border = max(kernel.shape)
    rows, columns = (range(border, n - border) for n in difference.shape)
    return float(np.linalg.norm(difference[np.ix_(rows, columns)].ravel(), ord=np.inf))


def equivariance_error__scipy(image, kernel, transform):
    """SciPy's correlation, and the border masked away."""
    from scipy.signal import correlate2d

    first = correlate2d(transform(image.astype(float)), kernel, mode="valid")
    second = transform(correlate2d(image, kernel, mode="valid"))
    border = max(kernel.shape)
    inside = np.zeros(first.shape, dtype=bool)
    inside[border:-border, border:-border] = True
    return float(np.abs(first - second)[inside].max())


def equivariance_error__cut_difference(image, kernel, transform):
    """Cuts the border off the difference."""
    border = max(kernel.shape)
    first = cross_correlate2d(transform(image.astype(float)), kernel)
    second = transform(cross_correlate2d(image, kernel))
    return float(np.max(np.abs(first - second)[border:-border, border:-border]))


# ---- the quiz ----

quiz_sliding__upper_case = "B"
quiz_sliding__spaces = " b "
quiz_green__upper_case = "C"
quiz_green__spaces = " c "
quiz_yellow__upper_case = "D"
quiz_yellow__spaces = " d "
quiz_stride__upper_case = "A"
quiz_stride__spaces = " a "
quiz_red_numbers__upper_case = "B"
quiz_red_numbers__spaces = " b "
quiz_output__upper_case = "E"
quiz_output__spaces = " e "
quiz_patch__upper_case = "D"
quiz_patch__spaces = " d "
