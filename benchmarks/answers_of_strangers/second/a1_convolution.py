# %% right cross_correlate2d | beginner, four loops, Python floats, no slicing
def cross_correlate2d(image, kernel):
    H = len(image)
    W = len(image[0])
    kh = len(kernel)
    kw = len(kernel[0])
    if kh > H or kw > W:
        raise ValueError("the kernel is larger than the image")
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

# %% right cross_correlate2d | shifts the whole image once per kernel weight
def cross_correlate2d(image, kernel):
    (H, W), (kh, kw) = np.shape(image), np.shape(kernel)
    rows, cols = H - kh + 1, W - kw + 1
    if min(rows, cols) < 1:
        raise ValueError(f"A {kh}x{kw} kernel does not fit into a {H}x{W} image.")
    img = np.asarray(image, dtype=np.float64)
    return sum(float(k) * img[u:u + rows, v:v + cols] for (u, v), k in np.ndenumerate(kernel))

# %% wrong cross_correlate2d | off by one: last row and column of places missing
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

# %% wrong cross_correlate2d | result array takes the dtype of the image, fractions of the kernel are lost
def cross_correlate2d(image, kernel):
    H, W = image.shape
    kh, kw = kernel.shape
    if kh > H or kw > W:
        raise ValueError("The kernel is larger than the image and fits nowhere.")
    out = np.zeros((H - kh + 1, W - kw + 1), dtype=image.dtype)
    if image.dtype == np.uint8:
        out = out.astype(float)
    for i in range(H - kh + 1):
        for j in range(W - kw + 1):
            out[i, j] = np.sum(image[i:i + kh, j:j + kw] * kernel)
    return out

# %% wrong cross_correlate2d | products in 32-bit integers when both are integers: large integers wrap
def cross_correlate2d(image, kernel):
    H, W = image.shape
    kh, kw = kernel.shape
    if kh > H or kw > W:
        raise ValueError("kernel larger than image")
    if np.issubdtype(image.dtype, np.integer) and np.issubdtype(kernel.dtype, np.integer):
        image = image.astype(np.int32)
        kernel = kernel.astype(np.int32)
    windows = np.lib.stride_tricks.sliding_window_view(image, (kh, kw))
    return np.einsum("ijuv,uv->ij", windows, kernel)

# %% wrong cross_correlate2d | two mistakes: window times kernel as matrices, and a list comes back
def cross_correlate2d(image, kernel):
    H, W = image.shape
    kh, kw = kernel.shape
    if kh > H or kw > W:
        raise ValueError("too large")
    out = []
    for i in range(H - kh + 1):
        out.append([])
        for j in range(W - kw + 1):
            out[i].append((image[i:i + kh, j:j + kw] @ kernel.T).sum())
    return out

# %% right convolve2d | scipy in float64, with own check of the size
from scipy import signal


def convolve2d(image, kernel):
    image = np.asarray(image, dtype=float)
    kernel = np.asarray(kernel, dtype=float)
    if any(k > n for k, n in zip(kernel.shape, image.shape)):
        raise ValueError("The kernel is larger than the image, so it fits nowhere.")
    return signal.convolve2d(image, kernel, mode="valid")

# %% wrong convolve2d | only the rows are flipped
def convolve2d(image, kernel):
    H, W = image.shape
    kh, kw = kernel.shape
    if kh > H or kw > W:
        raise ValueError("kernel larger than image")
    k = np.flipud(kernel)
    out = np.zeros((H - kh + 1, W - kw + 1))
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = (image[i:i + kh, j:j + kw] * k).sum()
    return out

# %% wrong convolve2d | flips the kernel in place, so the caller's kernel is changed
def convolve2d(image, kernel):
    H, W = image.shape
    kh, kw = kernel.shape
    if kh > H or kw > W:
        raise ValueError("The kernel is larger than the image.")
    kernel[:] = kernel[::-1, ::-1].copy()
    out = np.zeros((H - kh + 1, W - kw + 1))
    for i in range(H - kh + 1):
        for j in range(W - kw + 1):
            out[i, j] = np.sum(image[i:i + kh, j:j + kw].astype(float) * kernel)
    return out

# %% wrong convolve2d | scipy without check: for a kernel too large both ways scipy swaps the two and raises nothing
def convolve2d(image, kernel):
    from scipy.signal import convolve2d as scipy_convolve2d

    return scipy_convolve2d(image.astype(float), kernel.astype(float), mode="valid")

# %% right pad2d | np.full with a float type, slice on the last two axes
def pad2d(array, padding, value=0.0):
    ph, pw = (int(p) for p in np.broadcast_to(padding, 2))
    if ph < 0 or pw < 0:
        raise ValueError("padding must not be negative")
    *lead, H, W = array.shape
    out = np.full((*lead, H + 2 * ph, W + 2 * pw), value, dtype=float)
    out[..., ph:ph + H, pw:pw + W] = array
    return out

# %% right pad2d | glues four frames on with concatenate, a loop over the two axes
def pad2d(array, padding, value=0.0):
    if isinstance(padding, (tuple, list, np.ndarray)):
        ph, pw = padding
    else:
        ph = pw = padding
    if min(ph, pw) < 0:
        raise ValueError(f"A padding cannot be negative: {padding}")
    result = np.array(array, dtype=np.float64)
    for axis, amount in ((-2, ph), (-1, pw)):
        shape = list(result.shape)
        shape[axis] = amount
        strip = np.full(shape, float(value))
        result = np.concatenate([strip, result, strip], axis=axis)
    return result

# %% right pad2d | recursion over the leading axes
def pad2d(array, padding, value=0.0):
    array = np.asarray(array)
    if array.ndim > 2:
        return np.stack([pad2d(part, padding, value) for part in array])
    ph, pw = np.broadcast_to(padding, 2)
    if ph < 0 or pw < 0:
        raise ValueError("padding must be 0 or more")
    kind = np.result_type(array.dtype, np.float64)
    return np.pad(array.astype(kind), ((ph, ph), (pw, pw)), mode="constant", constant_values=value)

# %% wrong pad2d | np.pad keeps the integers: a fraction as value is cut, -inf does not work
def pad2d(array, padding, value=0.0):
    ph, pw = np.broadcast_to(padding, 2)
    if ph < 0 or pw < 0:
        raise ValueError("negative padding")
    widths = [(0, 0)] * (array.ndim - 2) + [(ph, ph), (pw, pw)]
    return np.pad(array, widths, constant_values=value)

# %% wrong pad2d | np.full takes its type from value: an integer value cuts the fractions of the array
def pad2d(array, padding, value=0.0):
    ph, pw = np.broadcast_to(padding, 2)
    if ph < 0 or pw < 0:
        raise ValueError("padding must not be negative")
    H, W = array.shape[-2:]
    out = np.full(array.shape[:-2] + (H + 2 * ph, W + 2 * pw), value)
    out[..., ph:ph + H, pw:pw + W] = array
    return out

# %% wrong pad2d | torch pad crops at negative padding instead of raising ValueError
import torch
import torch.nn.functional as F


def pad2d(array, padding, value=0.0):
    ph, pw = (int(p) for p in np.broadcast_to(padding, 2))
    tensor = torch.tensor(np.array(array, dtype=float))
    return F.pad(tensor, (pw, pw, ph, ph), mode="constant", value=float(value)).numpy().copy()

# %% wrong pad2d | knows two, three and four axes only
def pad2d(array, padding, value=0.0):
    ph, pw = np.broadcast_to(padding, 2)
    if ph < 0 or pw < 0:
        raise ValueError("padding must be >= 0")
    if array.ndim == 2:
        H, W = array.shape
        out = np.zeros((H + 2 * ph, W + 2 * pw)) + value
        out[ph:ph + H, pw:pw + W] = array
    elif array.ndim == 3:
        C, H, W = array.shape
        out = np.zeros((C, H + 2 * ph, W + 2 * pw)) + value
        out[:, ph:ph + H, pw:pw + W] = array
    else:
        N, C, H, W = array.shape
        out = np.zeros((N, C, H + 2 * ph, W + 2 * pw)) + value
        out[:, :, ph:ph + H, pw:pw + W] = array
    return out

# %% wrong pad2d | keeps a buffer for each shape: the second call overwrites the first result
_buffers = {}


def pad2d(array, padding, value=0.0):
    ph, pw = (int(p) for p in np.broadcast_to(padding, 2))
    if ph < 0 or pw < 0:
        raise ValueError("padding must not be negative")
    H, W = array.shape[-2:]
    shape = array.shape[:-2] + (H + 2 * ph, W + 2 * pw)
    if shape not in _buffers:
        _buffers[shape] = np.empty(shape)
    out = _buffers[shape]
    out.fill(value)
    out[..., ph:ph + H, pw:pw + W] = array
    return out

# %% wrong pad2d | two mistakes: height and width swapped, and an AssertionError for negative padding
def pad2d(array, padding, value=0.0):
    if isinstance(padding, int):
        padding = (padding, padding)
    pw, ph = padding
    assert ph >= 0 and pw >= 0, "padding must not be negative"
    H, W = array.shape[-2:]
    out = np.full(array.shape[:-2] + (H + 2 * ph, W + 2 * pw), float(value))
    out[..., ph:ph + H, pw:pw + W] = array
    return out

# %% right conv2d | never builds the padded image, asks for each pixel whether it is inside
def conv2d(image, kernel, *, stride=1, padding=0):
    def both(p):
        return (p, p) if np.ndim(p) == 0 else (p[0], p[1])

    (sh, sw), (ph, pw) = both(stride), both(padding)
    H, W = image.shape
    kh, kw = kernel.shape
    if H + 2 * ph < kh or W + 2 * pw < kw:
        raise ValueError(f"kernel {kh}x{kw} does not fit into the padded image {H + 2 * ph}x{W + 2 * pw}")
    result = np.zeros(((H + 2 * ph - kh) // sh + 1, (W + 2 * pw - kw) // sw + 1))
    for i in range(result.shape[0]):
        for j in range(result.shape[1]):
            for u in range(kh):
                for v in range(kw):
                    y = i * sh + u - ph
                    x = j * sw + v - pw
                    if 0 <= y < H and 0 <= x < W:
                        result[i, j] += float(image[y, x]) * float(kernel[u, v])
    return result

# %% right conv2d | sliding_window_view, stride by slicing, tensordot
from numpy.lib.stride_tricks import sliding_window_view


def conv2d(image, kernel, *, stride=1, padding=0):
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    padded = np.pad(np.asarray(image, dtype=float), ((ph, ph), (pw, pw)))
    if kernel.shape[0] > padded.shape[0] or kernel.shape[1] > padded.shape[1]:
        raise ValueError("the kernel does not fit into the padded image")
    return np.tensordot(sliding_window_view(padded, kernel.shape)[::sh, ::sw], kernel.astype(float), axes=2)

# %% wrong conv2d | the size is rounded up, windows at the end are cut
def conv2d(image, kernel, *, stride=1, padding=0):
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    padded = np.pad(image.astype(float), ((ph, ph), (pw, pw)))
    kh, kw = kernel.shape
    H, W = padded.shape
    if kh > H or kw > W:
        raise ValueError("kernel too large")
    out = np.zeros((int(np.ceil((H - kh) / sh)) + 1, int(np.ceil((W - kw) / sw)) + 1))
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            window = padded[i * sh:i * sh + kh, j * sw:j * sw + kw]
            out[i, j] = np.sum(window * kernel[:window.shape[0], :window.shape[1]])
    return out

# %% wrong conv2d | the padded array has the type of the kernel: fractions of the image are cut if the kernel is integer
def conv2d(image, kernel, *, stride=1, padding=0):
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    H, W = image.shape
    kh, kw = kernel.shape
    if kh > H + 2 * ph or kw > W + 2 * pw:
        raise ValueError("The kernel does not fit into the padded image.")
    padded = np.zeros((H + 2 * ph, W + 2 * pw), dtype=kernel.dtype)
    padded[ph:ph + H, pw:pw + W] = image
    out = np.zeros(((H + 2 * ph - kh) // sh + 1, (W + 2 * pw - kw) // sw + 1))
    for i, j in np.ndindex(*out.shape):
        out[i, j] = np.sum(padded[i * sh:i * sh + kh, j * sw:j * sw + kw] * kernel, dtype=float)
    return out

# %% wrong conv2d | no check at all: a kernel one row too tall gives an empty result
def conv2d(image, kernel, *, stride=1, padding=0):
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    padded = np.pad(np.array(image, dtype=float), ((ph, ph), (pw, pw)))
    H, W = padded.shape
    kh, kw = kernel.shape
    rows, cols = (H - kh) // sh + 1, (W - kw) // sw + 1
    out = np.zeros((max(rows, 0), max(cols, 0)))
    for i in range(rows):
        for j in range(cols):
            out[i, j] = (padded[i * sh:i * sh + kh, j * sw:j * sw + kw] * kernel).sum()
    return out

# %% wrong conv2d | refuses a kernel that is larger than the image although it fits into the padded one
def conv2d(image, kernel, *, stride=1, padding=0):
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    H, W = image.shape
    kh, kw = kernel.shape
    if kh > H or kw > W:
        raise ValueError("The kernel is larger than the image.")
    padded = np.pad(image.astype(float), ((ph, ph), (pw, pw)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (kh, kw))[::sh, ::sw]
    return np.sum(windows * kernel, axis=(2, 3))

# %% wrong conv2d | two mistakes: rows and columns swapped in the stride, result array of integers
def conv2d(image, kernel, *, stride=1, padding=0):
    if isinstance(stride, int):
        stride = (stride, stride)
    if isinstance(padding, int):
        padding = (padding, padding)
    sw, sh = stride
    ph, pw = padding
    H, W = image.shape
    kh, kw = kernel.shape
    if kh > H + 2 * ph or kw > W + 2 * pw:
        raise ValueError("kernel does not fit")
    padded = np.pad(image, ((ph, ph), (pw, pw)))
    out = np.zeros(((H + 2 * ph - kh) // sh + 1, (W + 2 * pw - kw) // sw + 1), dtype=int)
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = np.sum(padded[i * sh:i * sh + kh, j * sw:j * sw + kw] * kernel)
    return out

# %% right apply_activation | naive formulas in np.errstate(all="ignore"), the table as lambdas
def apply_activation(x, name, *, alpha=0.1):
    table = {
        "sigmoid": lambda t: 1 / (1 + np.exp(-t)),
        "tanh": np.tanh,
        "relu": lambda t: t * (t > 0),
        "leaky_relu": lambda t: np.maximum(t, alpha * t),
        "elu": lambda t: np.where(t >= 0, t, alpha * (np.exp(t) - 1)),
    }
    if name not in table:
        raise ValueError(f"unknown activation {name!r}, choose one of {sorted(table)}")
    with np.errstate(all="ignore"):
        return table[name](np.array(x, dtype=np.float64))

# %% right apply_activation | number by number with the math module, a copy filled in place
import math


def apply_activation(x, name, *, alpha=0.1):
    if name not in ["sigmoid", "tanh", "relu", "leaky_relu", "elu"]:
        raise ValueError("no such activation: " + str(name))
    out = np.array(x, dtype=float)
    for index in np.ndindex(out.shape):
        v = float(out[index])
        if name == "sigmoid":
            if v >= 0:
                v = 1 / (1 + math.exp(-v))
            else:
                e = math.exp(v)
                v = e / (1 + e)
        elif name == "tanh":
            v = math.tanh(v)
        elif name == "relu":
            v = max(0.0, v)
        elif v < 0:
            v = alpha * v if name == "leaky_relu" else alpha * math.expm1(v)
        out[index] = v
    return out

# %% wrong apply_activation | sigmoid as in the table overflows with a warning
def apply_activation(x, name, *, alpha=0.1):
    x = x.astype(float)
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
    raise ValueError("unknown name")

# %% wrong apply_activation | elu as a maximum of both sides: wrong for alpha above 1
def apply_activation(x, name, *, alpha=0.1):
    x = np.asarray(x, dtype=float)
    e = np.exp(-np.abs(x))
    if name == "sigmoid":
        return np.where(x >= 0, 1, e) / (1 + e)
    elif name == "tanh":
        return np.tanh(x)
    elif name == "relu":
        return np.maximum(x, 0)
    elif name == "leaky_relu":
        return np.maximum(x, alpha * x)
    elif name == "elu":
        return np.maximum(x, alpha * (np.exp(np.minimum(x, 0)) - 1))
    raise ValueError(f"unknown activation: {name}")

# %% wrong apply_activation | tanh by hand: nan and warnings for large numbers
def apply_activation(x, name, *, alpha=0.1):
    x = np.asarray(x, dtype=float)
    if name == "sigmoid":
        small = np.exp(-np.abs(x))
        return np.where(x >= 0, 1 / (1 + small), small / (1 + small))
    if name == "tanh":
        return (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))
    if name == "relu":
        return np.maximum(0, x)
    if name == "leaky_relu":
        return np.where(x >= 0, x, alpha * x)
    if name == "elu":
        return np.where(x >= 0, x, alpha * np.expm1(np.minimum(x, 0)))
    raise ValueError("name must be sigmoid, tanh, relu, leaky_relu or elu")

# %% wrong apply_activation | np.vectorize takes the type from the first number: integers that start positive are cut
def apply_activation(x, name, *, alpha=0.1):
    if name == "sigmoid":
        return 0.5 * (1 + np.tanh(x / 2))
    if name == "tanh":
        return np.tanh(x)
    if name == "relu":
        return np.where(x > 0, x, 0)
    if name == "leaky_relu":
        return np.vectorize(lambda v: v if v >= 0 else alpha * v)(x)
    if name == "elu":
        return np.vectorize(lambda v: v if v >= 0 else alpha * (np.exp(v) - 1))(x)
    raise ValueError(name)

# %% wrong apply_activation | an unknown name gives KeyError
def apply_activation(x, name, *, alpha=0.1):
    x = np.array(x, dtype=float)
    negative = np.minimum(x, 0)
    small = np.exp(-np.abs(x))
    functions = {
        "sigmoid": np.where(x >= 0, 1, small) / (1 + small),
        "tanh": np.tanh(x),
        "relu": np.maximum(x, 0),
        "leaky_relu": np.where(x >= 0, x, alpha * x),
        "elu": np.where(x >= 0, x, alpha * (np.exp(negative) - 1)),
    }
    return functions[name]

# %% wrong apply_activation | two mistakes: capitals and spaces are accepted, relu works in place on x
def apply_activation(x, name, *, alpha=0.1):
    name = name.strip().lower()
    if name == "sigmoid":
        return 1 / (1 + np.exp(-np.clip(x, -500, 500)))
    if name == "tanh":
        return np.tanh(x)
    if name == "relu":
        x[x < 0] = 0
        return x
    if name == "leaky_relu":
        return np.where(x >= 0, x, alpha * x)
    if name == "elu":
        return np.where(x >= 0, x, alpha * (np.exp(np.minimum(x, 0)) - 1))
    raise ValueError(f"unknown activation {name}")

# %% wrong apply_activation | 0.1 is written into the code for elu, alpha does nothing there
def apply_activation(x, name, *, alpha=0.1):
    x = x * 1.0
    if name == "sigmoid":
        return 0.5 * np.tanh(0.5 * x) + 0.5
    elif name == "tanh":
        return np.tanh(x)
    elif name == "relu":
        return np.clip(x, 0, None)
    elif name == "leaky_relu":
        return np.where(x < 0, alpha * x, x)
    elif name == "elu":
        return np.where(x < 0, 0.1 * (np.exp(np.minimum(x, 0)) - 1), x)
    else:
        raise ValueError("unknown activation function")

# %% right maxout | einsum over both maps stacked, in float64
def maxout(x, w1, b1, w2, b2):
    weights = np.stack([w1, w2]).astype(float)
    biases = np.stack([b1, b2]).astype(float)
    maps = np.einsum("nd,kdm->knm", np.asarray(x, dtype=float), weights) + biases[:, None, :]
    return maps.max(axis=0)

# %% wrong maxout | the first bias is added to the winner, the second is forgotten
def maxout(x, w1, b1, w2, b2):
    return np.maximum(x @ w1, x @ w2) + b1

# %% wrong maxout | += puts a bias of fractions into integers, which fails
def maxout(x, w1, b1, w2, b2):
    first = x @ w1
    first += b1
    second = x @ w2
    second += b2
    return np.maximum(first, second)

# %% wrong maxout | running maximum starts at 0: wrong where both maps are negative
def maxout(x, w1, b1, w2, b2):
    best = np.zeros((x.shape[0], w1.shape[1]))
    for w, b in [(w1, b1), (w2, b2)]:
        best = np.maximum(best, x.astype(float) @ w + b)
    return best

# %% wrong maxout | squeezes: one example or one output loses an axis
def maxout(x, w1, b1, w2, b2):
    x = np.asarray(x, dtype=np.float64)
    z = np.stack([x @ w1 + b1, x @ w2 + b2], axis=-1)
    return np.squeeze(np.max(z, axis=-1))

# %% right pool2d | recursion down to single images, plain loops, lp scaled by the largest number
def pool2d(x, size, *, stride=None, padding=0, mode="max", p=2):
    if mode not in ("max", "mean", "sum", "lp"):
        raise ValueError(f"unknown mode {mode!r}")
    if x.ndim > 2:
        return np.array([pool2d(part, size, stride=stride, padding=padding, mode=mode, p=p) for part in x])
    kh, kw = (int(v) for v in np.broadcast_to(size, 2))
    sh, sw = (int(v) for v in np.broadcast_to(size if stride is None else stride, 2))
    ph, pw = (int(v) for v in np.broadcast_to(padding, 2))
    H, W = x.shape
    if kh > H + 2 * ph or kw > W + 2 * pw:
        raise ValueError("the window does not fit into the padded image")
    rows, cols = (H + 2 * ph - kh) // sh + 1, (W + 2 * pw - kw) // sw + 1
    out = np.zeros((rows, cols))
    for i in range(rows):
        for j in range(cols):
            values = []
            for y in range(i * sh - ph, i * sh - ph + kh):
                for z in range(j * sw - pw, j * sw - pw + kw):
                    if 0 <= y < H and 0 <= z < W:
                        values.append(float(x[y, z]))
            if mode == "max":
                out[i, j] = max(values, default=-np.inf)
            elif mode == "mean":
                out[i, j] = sum(values) / (kh * kw)
            elif mode == "sum":
                out[i, j] = sum(values)
            else:
                biggest = max((abs(v) for v in values), default=0.0)
                if biggest > 0:
                    out[i, j] = biggest * sum((abs(v) / biggest) ** p for v in values) ** (1 / p)
    return out

# %% right pool2d | windows at once, one reducer each mode
def pool2d(x, size, *, stride=None, padding=0, mode="max", p=2):
    reducers = {
        "max": lambda w: w.max(axis=(-2, -1)),
        "mean": lambda w: w.mean(axis=(-2, -1)),
        "sum": lambda w: w.sum(axis=(-2, -1)),
        "lp": lambda w: np.power(np.sum(np.abs(w) ** p, axis=(-2, -1)), 1 / p),
    }
    if mode not in reducers:
        raise ValueError("mode should be one of " + ", ".join(reducers))
    stride = size if stride is None else stride
    (kh, kw), (sh, sw), (ph, pw) = (np.broadcast_to(a, 2) for a in (size, stride, padding))
    frame = [(0, 0)] * (x.ndim - 2) + [(ph, ph), (pw, pw)]
    padded = np.pad(x.astype(float), frame, constant_values=-np.inf if mode == "max" else 0.0)
    if padded.shape[-2] < kh or padded.shape[-1] < kw:
        raise ValueError("the window is larger than the padded image")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (int(kh), int(kw)), axis=(-2, -1))
    return reducers[mode](windows[..., ::sh, ::sw, :, :])

# %% right pool2d | torch for maximum and mean, the other modes from the mean
import torch
import torch.nn.functional as tF


def pool2d(x, size, *, stride=None, padding=0, mode="max", p=2):
    if mode not in {"max", "mean", "sum", "lp"}:
        raise ValueError("unknown mode: " + repr(mode))

    def pair(a):
        return tuple(int(v) for v in np.broadcast_to(a, 2))

    k, s, pad = pair(size), pair(size if stride is None else stride), pair(padding)
    H, W = x.shape[-2:]
    if k[0] > H + 2 * pad[0] or k[1] > W + 2 * pad[1]:
        raise ValueError("the window does not fit into the padded image")
    t = torch.tensor(np.array(x, dtype=np.float64)).reshape(-1, 1, H, W)
    if mode == "max":
        y = tF.max_pool2d(t, k, s, pad)
    elif mode == "mean":
        y = tF.avg_pool2d(t, k, s, pad, count_include_pad=True)
    elif mode == "sum":
        y = tF.avg_pool2d(t, k, s, pad, divisor_override=1)
    else:
        y = tF.avg_pool2d(t.abs() ** p, k, s, pad, divisor_override=1) ** (1 / p)
    return y.numpy().reshape(x.shape[:-2] + tuple(y.shape[-2:]))

# %% wrong pool2d | maximum is padded with zeros
def pool2d(x, size, *, stride=None, padding=0, mode="max", p=2):
    if mode not in ("max", "mean", "sum", "lp"):
        raise ValueError("mode")
    kh, kw = np.broadcast_to(size, 2)
    sh, sw = np.broadcast_to(size if stride is None else stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    x = np.pad(x.astype(float), [(0, 0)] * (x.ndim - 2) + [(ph, ph), (pw, pw)])
    H, W = x.shape[-2:]
    if kh > H or kw > W:
        raise ValueError("window too large")
    rows, cols = (H - kh) // sh + 1, (W - kw) // sw + 1
    out = np.zeros(x.shape[:-2] + (rows, cols))
    for i in range(rows):
        for j in range(cols):
            w = x[..., i * sh:i * sh + kh, j * sw:j * sw + kw]
            if mode == "max":
                out[..., i, j] = w.max(axis=(-2, -1))
            elif mode == "mean":
                out[..., i, j] = w.mean(axis=(-2, -1))
            elif mode == "sum":
                out[..., i, j] = w.sum(axis=(-2, -1))
            else:
                out[..., i, j] = (np.abs(w) ** p).sum(axis=(-2, -1)) ** (1 / p)
    return out

# %% wrong pool2d | the mean does not count padded pixels
def pool2d(x, size, *, stride=None, padding=0, mode="max", p=2):
    if mode not in ("max", "mean", "sum", "lp"):
        raise ValueError(f"unknown mode {mode}")
    kh, kw = np.broadcast_to(size, 2)
    sh, sw = np.broadcast_to(size if stride is None else stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    widths = [(0, 0)] * (x.ndim - 2) + [(ph, ph), (pw, pw)]
    padded = np.pad(x.astype(float), widths, constant_values=np.nan)
    H, W = padded.shape[-2:]
    if kh > H or kw > W:
        raise ValueError("window does not fit")
    rows, cols = (H - kh) // sh + 1, (W - kw) // sw + 1
    out = np.zeros(x.shape[:-2] + (rows, cols))
    for i in range(rows):
        for j in range(cols):
            w = padded[..., i * sh:i * sh + kh, j * sw:j * sw + kw]
            if mode == "max":
                r = np.nanmax(w, axis=(-2, -1))
            elif mode == "mean":
                r = np.nanmean(w, axis=(-2, -1))
            elif mode == "sum":
                r = np.nansum(w, axis=(-2, -1))
            else:
                r = np.nansum(np.abs(w) ** p, axis=(-2, -1)) ** (1 / p)
            out[..., i, j] = r
    return out

# %% wrong pool2d | height and width of the window are swapped when size is a pair
def pool2d(x, size, *, stride=None, padding=0, mode="max", p=2):
    def pair(v):
        return (v, v) if np.isscalar(v) else tuple(v)

    kw, kh = pair(size)
    sh, sw = (kh, kw) if stride is None else pair(stride)
    ph, pw = pair(padding)
    if mode not in ("max", "mean", "sum", "lp"):
        raise ValueError("unknown mode")
    fill = -np.inf if mode == "max" else 0
    padded = np.pad(x.astype(float), [(0, 0)] * (x.ndim - 2) + [(ph, ph), (pw, pw)], constant_values=fill)
    if kh > padded.shape[-2] or kw > padded.shape[-1]:
        raise ValueError("window does not fit")
    w = np.lib.stride_tricks.sliding_window_view(padded, (kh, kw), axis=(-2, -1))[..., ::sh, ::sw, :, :]
    if mode == "max":
        return w.max(axis=(-2, -1))
    if mode == "mean":
        return w.mean(axis=(-2, -1))
    if mode == "sum":
        return w.sum(axis=(-2, -1))
    return (np.abs(w) ** p).sum(axis=(-2, -1)) ** (1 / p)

# %% wrong pool2d | lp takes the absolute value of the sum, not of each number
def pool2d(x, size, *, stride=None, padding=0, mode="max", p=2):
    if mode not in ("max", "mean", "sum", "lp"):
        raise ValueError("unknown mode")
    if stride is None:
        stride = size
    kh, kw = np.broadcast_to(size, 2)
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    fill = -np.inf if mode == "max" else 0.0
    padded = np.pad(x.astype(float), [(0, 0)] * (x.ndim - 2) + [(ph, ph), (pw, pw)], constant_values=fill)
    H, W = padded.shape[-2:]
    if kh > H or kw > W:
        raise ValueError("window larger than padded image")
    out = np.empty(x.shape[:-2] + ((H - kh) // sh + 1, (W - kw) // sw + 1))
    for i in range(out.shape[-2]):
        for j in range(out.shape[-1]):
            w = padded[..., i * sh:i * sh + kh, j * sw:j * sw + kw]
            if mode == "lp":
                out[..., i, j] = np.abs(np.sum(w**p, axis=(-2, -1))) ** (1 / p)
            else:
                out[..., i, j] = getattr(np, mode)(w, axis=(-2, -1))
    return out

# %% wrong pool2d | lp raises uint8 to the power in uint8, which wraps around
def pool2d(x, size, *, stride=None, padding=0, mode="max", p=2):
    kh, kw = np.broadcast_to(size, 2)
    sh, sw = np.broadcast_to(size if stride is None else stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    widths = [(0, 0)] * (x.ndim - 2) + [(ph, ph), (pw, pw)]
    if mode == "max":
        padded = np.pad(x.astype(float), widths, constant_values=-np.inf)
    elif mode in ("mean", "sum", "lp"):
        padded = np.pad(x, widths)
    else:
        raise ValueError(f"mode {mode!r} is not known")
    if kh > padded.shape[-2] or kw > padded.shape[-1]:
        raise ValueError("the window does not fit into the padded image")
    w = np.lib.stride_tricks.sliding_window_view(padded, (kh, kw), axis=(-2, -1))[..., ::sh, ::sw, :, :]
    if mode == "lp":
        return np.sum(np.abs(w) ** p, axis=(-2, -1)) ** (1 / p)
    return getattr(w, mode)(axis=(-2, -1))

# %% wrong pool2d | any unknown mode is taken for lp
def pool2d(x, size, *, stride=None, padding=0, mode="max", p=2):
    kh, kw = np.broadcast_to(size, 2)
    sh, sw = np.broadcast_to(stride if stride is not None else size, 2)
    ph, pw = np.broadcast_to(padding, 2)
    fill = -np.inf if mode == "max" else 0
    x = np.pad(x.astype(float), [(0, 0)] * (x.ndim - 2) + [(ph, ph), (pw, pw)], constant_values=fill)
    H, W = x.shape[-2:]
    if kh > H or kw > W:
        raise ValueError("The window does not fit into the padded image.")
    rows, cols = (H - kh) // sh + 1, (W - kw) // sw + 1
    result = np.zeros((*x.shape[:-2], rows, cols))
    for i in range(rows):
        for j in range(cols):
            w = x[..., i * sh:i * sh + kh, j * sw:j * sw + kw]
            if mode == "max":
                result[..., i, j] = w.max((-2, -1))
            elif mode == "mean":
                result[..., i, j] = w.mean((-2, -1))
            elif mode == "sum":
                result[..., i, j] = w.sum((-2, -1))
            else:
                result[..., i, j] = (abs(w) ** p).sum((-2, -1)) ** (1 / p)
    return result

# %% wrong pool2d | -999 instead of minus infinity around the image
def pool2d(x, size, *, stride=None, padding=0, mode="max", p=2):
    if mode not in ("max", "mean", "sum", "lp"):
        raise ValueError("mode must be max, mean, sum or lp")
    kh, kw = np.broadcast_to(size, 2)
    sh, sw = np.broadcast_to(size if stride is None else stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    fill = -999 if mode == "max" else 0
    padded = np.pad(x.astype(float), [(0, 0)] * (x.ndim - 2) + [(ph, ph), (pw, pw)], constant_values=fill)
    if kh > padded.shape[-2] or kw > padded.shape[-1]:
        raise ValueError("the window does not fit")
    w = np.lib.stride_tricks.sliding_window_view(padded, (kh, kw), axis=(-2, -1))[..., ::sh, ::sw, :, :]
    if mode == "lp":
        return np.sum(np.abs(w) ** p, axis=(-2, -1)) ** (1 / p)
    return getattr(w, mode)(axis=(-2, -1))

# %% wrong pool2d | two mistakes: without a stride it moves by 1, and a window that is too large gives an empty result
def pool2d(x, size, *, stride=None, padding=0, mode="max", p=2):
    if mode not in ("max", "mean", "sum", "lp"):
        raise ValueError("mode")
    kh, kw = np.broadcast_to(size, 2)
    sh, sw = np.broadcast_to(stride or 1, 2)
    ph, pw = np.broadcast_to(padding, 2)
    fill = -np.inf if mode == "max" else 0.0
    x = np.pad(x.astype(float), [(0, 0)] * (x.ndim - 2) + [(ph, ph), (pw, pw)], constant_values=fill)
    rows = max((x.shape[-2] - kh) // sh + 1, 0)
    cols = max((x.shape[-1] - kw) // sw + 1, 0)
    out = np.zeros(x.shape[:-2] + (rows, cols))
    for i in range(rows):
        for j in range(cols):
            w = x[..., i * sh:i * sh + kh, j * sw:j * sw + kw]
            if mode == "max":
                out[..., i, j] = w.max(axis=(-2, -1))
            elif mode == "mean":
                out[..., i, j] = w.mean(axis=(-2, -1))
            elif mode == "sum":
                out[..., i, j] = w.sum(axis=(-2, -1))
            else:
                out[..., i, j] = (np.abs(w) ** p).sum(axis=(-2, -1)) ** (1 / p)
    return out

# %% right conv_layer | torch in float64, RuntimeError turned into ValueError
import torch


def conv_layer(x, weight, bias=None, *, stride=1, padding=0):
    def tensor(a):
        return torch.tensor(np.array(a, dtype=np.float64))

    stride = tuple(int(s) for s in np.broadcast_to(stride, 2))
    padding = tuple(int(p) for p in np.broadcast_to(padding, 2))
    try:
        out = torch.nn.functional.conv2d(
            tensor(x), tensor(weight), None if bias is None else tensor(bias), stride=stride, padding=padding
        )
    except RuntimeError as error:
        raise ValueError(str(error)) from None
    return out.numpy()

# %% right conv_layer | a class with a call method, defensive checks
class _Convolution:
    def __init__(self, weight, bias, stride, padding):
        self.weight = np.array(weight, dtype=np.float64)
        self.filters, self.channels, self.kh, self.kw = self.weight.shape
        self.bias = np.zeros(self.filters) if bias is None else np.array(bias, dtype=np.float64)
        self.sh, self.sw = self._pair(stride)
        self.ph, self.pw = self._pair(padding)

    @staticmethod
    def _pair(value):
        if isinstance(value, (int, np.integer)):
            return int(value), int(value)
        first, second = value
        return int(first), int(second)

    def __call__(self, x):
        if not isinstance(x, np.ndarray) or x.ndim != 4:
            raise ValueError("x should be an array (N, C, H, W)")
        n, c, h, w = x.shape
        if c != self.channels:
            raise ValueError(f"x has {c} channels, the filters have {self.channels}")
        h, w = h + 2 * self.ph, w + 2 * self.pw
        if self.kh > h or self.kw > w:
            raise ValueError("the kernel does not fit into the padded images")
        padded = np.zeros((n, c, h, w))
        padded[:, :, self.ph:self.ph + x.shape[2], self.pw:self.pw + x.shape[3]] = x
        out = np.empty((n, self.filters, (h - self.kh) // self.sh + 1, (w - self.kw) // self.sw + 1))
        for i in range(out.shape[2]):
            for j in range(out.shape[3]):
                top, left = i * self.sh, j * self.sw
                window = padded[:, None, :, top:top + self.kh, left:left + self.kw]
                out[:, :, i, j] = (window * self.weight).sum(axis=(2, 3, 4)) + self.bias
        return out


def conv_layer(x, weight, bias=None, *, stride=1, padding=0):
    return _Convolution(weight, bias, stride, padding)(x)

# %% right conv_layer | sum over kernel positions, einsum for the channels only
def conv_layer(x, weight, bias=None, *, stride=1, padding=0):
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    F, C, kh, kw = weight.shape
    if x.shape[1] != C:
        raise ValueError("x and weight differ in channels")
    padded = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    rows = (padded.shape[2] - kh) // sh + 1
    cols = (padded.shape[3] - kw) // sw + 1
    if rows < 1 or cols < 1:
        raise ValueError("the kernel does not fit into the padded images")
    out = np.zeros((len(x), F, rows, cols))
    for u in range(kh):
        for v in range(kw):
            part = padded[:, :, u:u + sh * (rows - 1) + 1:sh, v:v + sw * (cols - 1) + 1:sw]
            out += np.einsum("ncij,fc->nfij", part, weight[:, :, u, v].astype(float))
    return out if bias is None else out + np.reshape(bias, (1, F, 1, 1))

# %% wrong conv_layer | the bias is added once for each channel
def conv_layer(x, weight, bias=None, *, stride=1, padding=0):
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    N, C, H, W = x.shape
    F, C2, kh, kw = weight.shape
    if C != C2:
        raise ValueError("channels differ")
    if bias is None:
        bias = np.zeros(F)
    xp = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    if kh > xp.shape[2] or kw > xp.shape[3]:
        raise ValueError("kernel too large")
    out = np.zeros((N, F, (xp.shape[2] - kh) // sh + 1, (xp.shape[3] - kw) // sw + 1))
    for n in range(N):
        for f in range(F):
            for c in range(C):
                for i in range(out.shape[2]):
                    for j in range(out.shape[3]):
                        window = xp[n, c, i * sh:i * sh + kh, j * sw:j * sw + kw]
                        out[n, f, i, j] += np.sum(window * weight[f, c]) + bias[f]
    return out

# %% wrong conv_layer | rows and columns of the stride swapped
def conv_layer(x, weight, bias=None, *, stride=1, padding=0):
    stride = (stride, stride) if isinstance(stride, int) else stride
    padding = (padding, padding) if isinstance(padding, int) else padding
    N, C, H, W = x.shape
    F, D, kh, kw = weight.shape
    if C != D:
        raise ValueError("number of channels differs")
    xp = np.pad(x.astype(float), ((0, 0), (0, 0), (padding[0],) * 2, (padding[1],) * 2))
    rows = (xp.shape[2] - kh) // stride[1] + 1
    cols = (xp.shape[3] - kw) // stride[0] + 1
    if kh > xp.shape[2] or kw > xp.shape[3]:
        raise ValueError("kernel does not fit")
    out = np.zeros((N, F, rows, cols))
    for i in range(rows):
        for j in range(cols):
            w = xp[:, :, i * stride[1]:i * stride[1] + kh, j * stride[0]:j * stride[0] + kw]
            out[:, :, i, j] = np.tensordot(w, weight, axes=([1, 2, 3], [1, 2, 3]))
    if bias is not None:
        out = out + bias[None, :, None, None]
    return out

# %% wrong conv_layer | loops over the channels of the weight only: surplus channels of x are ignored without an error
def conv_layer(x, weight, bias=None, *, stride=1, padding=0):
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    F, C, kh, kw = weight.shape
    if x.shape[1] < C:
        raise ValueError("the images have too few channels")
    xp = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    N, _, H, W = xp.shape
    if kh > H or kw > W:
        raise ValueError("the kernel does not fit")
    out = np.zeros((N, F, (H - kh) // sh + 1, (W - kw) // sw + 1))
    for n, f, i, j in np.ndindex(*out.shape):
        for c in range(C):
            out[n, f, i, j] += np.sum(xp[n, c, i * sh:i * sh + kh, j * sw:j * sw + kw] * weight[f, c])
    if bias is not None:
        out += np.reshape(bias, (1, -1, 1, 1))
    return out

# %% wrong conv_layer | the result array has the type of x: fractions are cut for integer images
def conv_layer(x, weight, bias=None, *, stride=1, padding=0):
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    N, C, H, W = x.shape
    F, C_w, kh, kw = weight.shape
    if C != C_w:
        raise ValueError(f"x has {C} channels, weight has {C_w}")
    if kh > H + 2 * ph or kw > W + 2 * pw:
        raise ValueError("The kernel does not fit into the padded images.")
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    out = np.zeros((N, F, (H + 2 * ph - kh) // sh + 1, (W + 2 * pw - kw) // sw + 1), dtype=x.dtype)
    for n in range(N):
        for f in range(F):
            for i in range(out.shape[2]):
                for j in range(out.shape[3]):
                    window = padded[n, :, i * sh:i * sh + kh, j * sw:j * sw + kw]
                    out[n, f, i, j] = np.sum(window * weight[f]) + (0 if bias is None else bias[f])
    return out

# %% wrong conv_layer | out += bias fails for integers and a bias of fractions
def conv_layer(x, weight, bias=None, *, stride=1, padding=0):
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    if x.shape[1] != weight.shape[1]:
        raise ValueError("x and weight have different numbers of channels")
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    kh, kw = weight.shape[2:]
    if kh > padded.shape[2] or kw > padded.shape[3]:
        raise ValueError("kernel does not fit into the padded images")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (kh, kw), axis=(2, 3))[:, :, ::sh, ::sw]
    out = np.einsum("ncijuv,fcuv->nfij", windows, weight)
    if bias is not None:
        out += bias[:, None, None]
    return out

# %% wrong conv_layer | two mistakes: mean over the channels, and filters with too few channels are not refused
def conv_layer(x, weight, bias=None, *, stride=1, padding=0):
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    N, C, H, W = x.shape
    F, C2, kh, kw = weight.shape
    if C < C2:
        raise ValueError("channels")
    xp = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    if kh > xp.shape[2] or kw > xp.shape[3]:
        raise ValueError("kernel")
    out = np.zeros((N, F, (xp.shape[2] - kh) // sh + 1, (xp.shape[3] - kw) // sw + 1))
    for n, f, i, j in np.ndindex(*out.shape):
        w = xp[n, :C2, i * sh:i * sh + kh, j * sw:j * sw + kw] * weight[f]
        out[n, f, i, j] = np.mean([np.sum(channel) for channel in w]) + (bias[f] if bias is not None else 0)
    return out

# %% wrong conv_layer | torch conv2d as it is: RuntimeError, not ValueError, where channels differ
import torch
import torch.nn.functional as F


def conv_layer(x, weight, bias=None, *, stride=1, padding=0):
    stride = tuple(map(int, np.broadcast_to(stride, 2)))
    padding = tuple(map(int, np.broadcast_to(padding, 2)))
    x = torch.tensor(x.astype(float))
    weight = torch.tensor(weight.astype(float))
    bias = None if bias is None else torch.tensor(bias.astype(float))
    return F.conv2d(x, weight, bias, stride=stride, padding=padding).numpy()

# %% right named_kernel | match statement, each built from outer products or from others
def named_kernel(name):
    match name:
        case "identity":
            return np.outer([0, 1, 0], [0, 1, 0])
        case "edge_1":
            return np.outer([1, 0, -1], [1, 0, -1])
        case "edge_2":
            return np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]])
        case "edge_3":
            return 9 * named_kernel("identity") - 1
        case "sharpen":
            return named_kernel("identity") - named_kernel("edge_2")
        case "box_blur":
            return np.full((3, 3), 1 / 9)
        case "gaussian_blur":
            return np.outer([1, 2, 1], [1, 2, 1]) / 16
        case "horizontal_edge":
            return np.outer([1, 0, -1], [1, 2, 1])
        case "vertical_edge":
            return np.outer([1, 2, 1], [1, 0, -1])
    raise ValueError(f"there is no kernel called {name!r}")

# %% right named_kernel | table of strings outside of the function, parsed at each call
_TABLE = """
identity 0 0 0 0 1 0 0 0 0 / 1
edge_1 1 0 -1 0 0 0 -1 0 1 / 1
edge_2 0 1 0 1 -4 1 0 1 0 / 1
edge_3 -1 -1 -1 -1 8 -1 -1 -1 -1 / 1
sharpen 0 -1 0 -1 5 -1 0 -1 0 / 1
box_blur 1 1 1 1 1 1 1 1 1 / 9
gaussian_blur 1 2 1 2 4 2 1 2 1 / 16
horizontal_edge 1 2 1 0 0 0 -1 -2 -1 / 1
vertical_edge 1 0 -1 2 0 -2 1 0 -1 / 1
"""


def named_kernel(name):
    for line in _TABLE.strip().splitlines():
        key, *numbers = line.split()
        if key == name:
            return np.array(numbers[:9], dtype=float).reshape(3, 3) / float(numbers[10])
    raise ValueError("no such kernel")

# %% wrong named_kernel | arrays live outside of the function and are returned without a copy
_KERNELS = {
    "identity": np.array([[0, 0, 0], [0, 1, 0], [0, 0, 0]]),
    "edge_1": np.array([[1, 0, -1], [0, 0, 0], [-1, 0, 1]]),
    "edge_2": np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]]),
    "edge_3": np.array([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]]),
    "sharpen": np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]]),
    "box_blur": np.ones((3, 3)) / 9,
    "gaussian_blur": np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]]) / 16,
    "horizontal_edge": np.array([[1, 2, 1], [0, 0, 0], [-1, -2, -1]]),
    "vertical_edge": np.array([[1, 2, 1], [0, 0, 0], [-1, -2, -1]]).T,
}


def named_kernel(name):
    if name not in _KERNELS:
        raise ValueError(f"unknown kernel {name}")
    return _KERNELS[name]

# %% wrong named_kernel | edge_1 has all its signs reversed
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
    try:
        return np.array(kernels[name])
    except KeyError:
        raise ValueError("unknown kernel") from None

# %% wrong named_kernel | two mistakes: horizontal and vertical swapped, and KeyError for other names
def named_kernel(name):
    sobel = np.array([[1, 2, 1], [0, 0, 0], [-1, -2, -1]])
    return {
        "identity": np.array([[0, 0, 0], [0, 1, 0], [0, 0, 0]]),
        "edge_1": np.array([[1, 0, -1], [0, 0, 0], [-1, 0, 1]]),
        "edge_2": np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]]),
        "edge_3": np.array([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]]),
        "sharpen": np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]]),
        "box_blur": np.ones((3, 3)) / 9,
        "gaussian_blur": np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]]) / 16,
        "horizontal_edge": sobel.T,
        "vertical_edge": sobel,
    }[name]

# %% right im2col | collects a list of flat windows, stacks them last
def im2col(x, kernel_size, *, stride=1, padding=0):
    kh, kw = (int(a) for a in np.broadcast_to(kernel_size, 2))
    sh, sw = (int(a) for a in np.broadcast_to(stride, 2))
    ph, pw = (int(a) for a in np.broadcast_to(padding, 2))
    n, c, h, w = x.shape
    padded = np.zeros((n, c, h + 2 * ph, w + 2 * pw), dtype=x.dtype)
    padded[:, :, ph:ph + h, pw:pw + w] = x
    h, w = padded.shape[2:]
    if kh > h or kw > w:
        raise ValueError("kernel does not fit")
    columns = []
    for top in range(0, h - kh + 1, sh):
        for left in range(0, w - kw + 1, sw):
            columns.append(padded[:, :, top:top + kh, left:left + kw].reshape(n, -1))
    return np.stack(columns, axis=-1)

# %% right im2col | torch unfold in float64, with own check
import torch


def im2col(x, kernel_size, *, stride=1, padding=0):
    k, s, p = [tuple(int(v) for v in np.broadcast_to(a, 2)) for a in (kernel_size, stride, padding)]
    for axis in (0, 1):
        if k[axis] > x.shape[2 + axis] + 2 * p[axis]:
            raise ValueError("The kernel does not fit into the padded images.")
    t = torch.from_numpy(np.array(x, dtype=np.float64))
    return torch.nn.functional.unfold(t, k, stride=s, padding=p).numpy()

# %% wrong im2col | every window is a row, as in many tutorials
def im2col(x, kernel_size, *, stride=1, padding=0):
    kh, kw = np.broadcast_to(kernel_size, 2)
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    N, C, H, W = xp.shape
    if kh > H or kw > W:
        raise ValueError("kernel too large")
    windows = np.lib.stride_tricks.sliding_window_view(xp, (kh, kw), axis=(2, 3))[:, :, ::sh, ::sw]
    rows, cols = windows.shape[2:4]
    return windows.transpose(0, 2, 3, 1, 4, 5).reshape(N, rows * cols, C * kh * kw)

# %% wrong im2col | as_strided with hand-made strides: wrong for images cut out of larger ones
def im2col(x, kernel_size, *, stride=1, padding=0):
    kh, kw = np.broadcast_to(kernel_size, 2)
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    if ph > 0 or pw > 0:
        x = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    N, C, H, W = x.shape
    if kh > H or kw > W:
        raise ValueError("The kernel does not fit into the padded images.")
    rows, cols = (H - kh) // sh + 1, (W - kw) // sw + 1
    b = x.itemsize
    windows = np.lib.stride_tricks.as_strided(
        x,
        shape=(N, C, kh, kw, rows, cols),
        strides=(C * H * W * b, H * W * b, W * b, b, sh * W * b, sw * b),
    )
    return windows.reshape(N, C * kh * kw, rows * cols)

# %% wrong im2col | no ValueError: a kernel one row too tall gives no columns
def im2col(x, kernel_size, *, stride=1, padding=0):
    kh, kw = np.broadcast_to(kernel_size, 2)
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    xp = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    N, C, H, W = xp.shape
    rows, cols = max(0, (H - kh) // sh + 1), max(0, (W - kw) // sw + 1)
    out = np.zeros((N, C * kh * kw, rows * cols))
    for i in range(rows):
        for j in range(cols):
            out[:, :, i * cols + j] = xp[:, :, i * sh:i * sh + kh, j * sw:j * sw + kw].reshape(N, -1)
    return out

# %% wrong im2col | two mistakes: channels run fastest, windows go column by column
def im2col(x, kernel_size, *, stride=1, padding=0):
    kh, kw = np.broadcast_to(kernel_size, 2)
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    N, C, H, W = xp.shape
    if kh > H or kw > W:
        raise ValueError("kernel too large")
    cols = []
    for j in range((W - kw) // sw + 1):
        for i in range((H - kh) // sh + 1):
            w = xp[:, :, i * sh:i * sh + kh, j * sw:j * sw + kw]
            cols.append(w.transpose(0, 2, 3, 1).reshape(N, -1))
    return np.stack(cols, axis=2)

# %% right conv_layer_fast | index arrays as in CS231n, one big matrix product
def _indices(C, kh, kw, rows, cols, sh, sw):
    i = np.tile(np.repeat(np.arange(kh), kw), C)[:, None] + sh * np.repeat(np.arange(rows), cols)[None]
    j = np.tile(np.arange(kw), kh * C)[:, None] + sw * np.tile(np.arange(cols), rows)[None]
    return np.repeat(np.arange(C), kh * kw)[:, None], i, j


def conv_layer_fast(x, weight, bias=None, *, stride=1, padding=0):
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    N, C, H, W = x.shape
    F, CW, kh, kw = weight.shape
    if C != CW:
        raise ValueError("x and weight differ in channels")
    if H + 2 * ph < kh or W + 2 * pw < kw:
        raise ValueError("the kernel does not fit into the padded images")
    rows, cols = (H + 2 * ph - kh) // sh + 1, (W + 2 * pw - kw) // sw + 1
    padded = np.pad(x.astype(np.float64), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    k, i, j = _indices(C, kh, kw, rows, cols, sh, sw)
    columns = padded[:, k, i, j].transpose(1, 2, 0).reshape(C * kh * kw, -1)
    out = weight.reshape(F, -1).astype(np.float64) @ columns
    if bias is not None:
        out = out + np.asarray(bias).reshape(-1, 1)
    return out.reshape(F, rows, cols, N).transpose(3, 0, 1, 2)

# %% right conv_layer_fast | not fast at all: plain loops over everything, which is not graded
def conv_layer_fast(x, weight, bias=None, *, stride=1, padding=0):
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    N, C, H, W = x.shape
    F, CW, kh, kw = weight.shape
    if C != CW:
        raise ValueError(f"{C} channels in x, but {CW} in weight")
    if kh > H + 2 * ph or kw > W + 2 * pw:
        raise ValueError("the kernel does not fit")
    big = np.zeros((N, C, H + 2 * ph, W + 2 * pw))
    big[:, :, ph:ph + H, pw:pw + W] = x
    rows = (H + 2 * ph - kh) // sh + 1
    cols = (W + 2 * pw - kw) // sw + 1
    out = np.zeros((N, F, rows, cols))
    for n in range(N):
        for i in range(rows):
            for j in range(cols):
                column = big[n, :, i * sh:i * sh + kh, j * sw:j * sw + kw].flatten()
                for f in range(F):
                    out[n, f, i, j] = column.dot(weight[f].flatten().astype(float))
                    if bias is not None:
                        out[n, f, i, j] += bias[f]
    return out

# %% wrong conv_layer_fast | columns of all images side by side, then reshaped without transposing: images and filters mixed up
def conv_layer_fast(x, weight, bias=None, *, stride=1, padding=0):
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    if x.shape[1] != weight.shape[1]:
        raise ValueError("channels differ")
    F, C, kh, kw = weight.shape
    xp = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    if kh > xp.shape[2] or kw > xp.shape[3]:
        raise ValueError("kernel does not fit")
    win = np.lib.stride_tricks.sliding_window_view(xp, (kh, kw), axis=(2, 3))[:, :, ::sh, ::sw]
    N, _, rows, cols = win.shape[:4]
    columns = win.transpose(1, 4, 5, 0, 2, 3).reshape(C * kh * kw, N * rows * cols)
    out = weight.reshape(F, -1) @ columns
    if bias is not None:
        out = out + bias[:, None]
    return out.reshape(N, F, rows, cols)

# %% wrong conv_layer_fast | the weights are reshaped in place: the caller's array has two axes afterwards
def conv_layer_fast(x, weight, bias=None, *, stride=1, padding=0):
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    N, C, H, W = x.shape
    F, CW, kh, kw = weight.shape
    if C != CW:
        raise ValueError("channels differ")
    xp = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    if kh > xp.shape[2] or kw > xp.shape[3]:
        raise ValueError("kernel does not fit into the padded images")
    rows, cols = (xp.shape[2] - kh) // sh + 1, (xp.shape[3] - kw) // sw + 1
    columns = np.stack(
        [
            xp[:, :, i * sh:i * sh + kh, j * sw:j * sw + kw].reshape(N, -1)
            for i in range(rows)
            for j in range(cols)
        ],
        axis=2,
    )
    weight.resize((F, C * kh * kw), refcheck=False)
    out = weight @ columns
    if bias is not None:
        out = out + bias[:, None]
    return out.reshape(N, F, rows, cols)

# %% wrong conv_layer_fast | the bias is cast to the type of the product: its fractions are cut where all else is integers
def conv_layer_fast(x, weight, bias=None, *, stride=1, padding=0):
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    if x.shape[1] != weight.shape[1]:
        raise ValueError("x and weight differ in channels")
    F, C, kh, kw = weight.shape
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    if kh > padded.shape[2] or kw > padded.shape[3]:
        raise ValueError("the kernel does not fit")
    win = np.lib.stride_tricks.sliding_window_view(padded, (kh, kw), axis=(2, 3))[:, :, ::sh, ::sw]
    N, _, rows, cols = win.shape[:4]
    columns = win.transpose(0, 1, 4, 5, 2, 3).reshape(N, C * kh * kw, rows * cols)
    out = weight.reshape(F, -1) @ columns
    if bias is not None:
        out = out + bias.reshape(F, 1).astype(out.dtype)
    return out.reshape(N, F, rows, cols)

# %% right backprop_example | torch autograd in float64, a list
import torch


def backprop_example(x, y, z):
    leaves = [torch.tensor(float(v), dtype=torch.float64, requires_grad=True) for v in (x, y, z)]
    f = (leaves[0] + leaves[1]) * leaves[2]
    f.backward()
    return [leaf.grad.item() for leaf in leaves]

# %% wrong backprop_example | the chain rule stopped half way
def backprop_example(x, y, z):
    q = x + y
    dq_dx = 1
    dq_dy = 1
    df_dz = q
    return dq_dx, dq_dy, df_dz

# %% wrong backprop_example | whole numbers only: fractions are cut
def backprop_example(x, y, z):
    grads = np.zeros(3, dtype=int)
    grads[0] = z
    grads[1] = z
    grads[2] = x + y
    return grads

# %% right conv_layer_backward | torch autograd in float64
import torch


def conv_layer_backward(grad_out, x, weight, bias, *, stride=1, padding=0):
    s = tuple(int(v) for v in np.broadcast_to(stride, 2))
    p = tuple(int(v) for v in np.broadcast_to(padding, 2))
    tx, tw, tb = (torch.tensor(np.array(a, dtype=float), requires_grad=True) for a in (x, weight, bias))
    out = torch.nn.functional.conv2d(tx, tw, tb, stride=s, padding=p)
    out.backward(torch.tensor(np.array(grad_out, dtype=float)))
    return tx.grad.numpy(), tw.grad.numpy(), tb.grad.numpy()

# %% right conv_layer_backward | loops over kernel positions with einsum
def conv_layer_backward(grad_out, x, weight, bias, *, stride=1, padding=0):
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    G, w = np.asarray(grad_out, dtype=float), np.asarray(weight, dtype=float)
    H, W = x.shape[2:]
    xp = np.pad(np.asarray(x, dtype=float), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    rows, cols = G.shape[2:]
    for u, v in np.ndindex(*w.shape[2:]):
        at = (..., slice(u, u + sh * (rows - 1) + 1, sh), slice(v, v + sw * (cols - 1) + 1, sw))
        dw[:, :, u, v] = np.einsum("nfij,ncij->fc", G, xp[at])
        dxp[at] += np.einsum("nfij,fc->ncij", G, w[:, :, u, v])
    return dxp[:, :, ph:ph + H, pw:pw + W], dw, G.sum(axis=(0, 2, 3))

# %% right conv_layer_backward | seven plain loops, never pads
def conv_layer_backward(grad_out, x, weight, bias, *, stride=1, padding=0):
    sh, sw = (stride, stride) if np.ndim(stride) == 0 else stride
    ph, pw = (padding, padding) if np.ndim(padding) == 0 else padding
    N, C, H, W = x.shape
    F, _, kh, kw = weight.shape
    dx = np.zeros((N, C, H, W))
    dw = np.zeros((F, C, kh, kw))
    db = np.zeros(F)
    for n in range(N):
        for f in range(F):
            for i in range(grad_out.shape[2]):
                for j in range(grad_out.shape[3]):
                    g = float(grad_out[n, f, i, j])
                    db[f] += g
                    for u in range(kh):
                        for v in range(kw):
                            r, s = i * sh + u - ph, j * sw + v - pw
                            if r < 0 or s < 0 or r >= H or s >= W:
                                continue
                            for c in range(C):
                                dw[f, c, u, v] += g * float(x[n, c, r, s])
                                dx[n, c, r, s] += g * float(weight[f, c, u, v])
    return dx, dw, db

# %% wrong conv_layer_backward | dx is assigned, not added, where windows overlap
def conv_layer_backward(grad_out, x, weight, bias, *, stride=1, padding=0):
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    N, C, H, W = x.shape
    F, _, kh, kw = weight.shape
    xp = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    dxp, dw = np.zeros_like(xp), np.zeros(weight.shape)
    for n, f, i, j in np.ndindex(*grad_out.shape):
        rows, cols = slice(i * sh, i * sh + kh), slice(j * sw, j * sw + kw)
        dw[f] += grad_out[n, f, i, j] * xp[n, :, rows, cols]
        dxp[n, :, rows, cols] = grad_out[n, f, i, j] * weight[f]
    return dxp[:, :, ph:ph + H, pw:pw + W], dw, grad_out.sum(axis=(0, 2, 3))

# %% wrong conv_layer_backward | returns torch tensors
import torch


def conv_layer_backward(grad_out, x, weight, bias, *, stride=1, padding=0):
    stride = tuple(int(v) for v in np.broadcast_to(stride, 2))
    padding = tuple(int(v) for v in np.broadcast_to(padding, 2))
    x = torch.tensor(x.astype(float), requires_grad=True)
    weight = torch.tensor(weight.astype(float), requires_grad=True)
    bias = torch.tensor(bias.astype(float), requires_grad=True)
    out = torch.nn.functional.conv2d(x, weight, bias, stride=stride, padding=padding)
    out.backward(torch.tensor(grad_out.astype(float)))
    return x.grad, weight.grad, bias.grad

# %% wrong conv_layer_backward | dx as full convolution of the spread gradient: too small where the stride left a rest
def conv_layer_backward(grad_out, x, weight, bias, *, stride=1, padding=0):
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    N, F, rows, cols = grad_out.shape
    kh, kw = weight.shape[2:]
    xp = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    windows = np.lib.stride_tricks.sliding_window_view(xp, (kh, kw), axis=(2, 3))[:, :, ::sh, ::sw]
    dw = np.einsum("nfij,ncijuv->fcuv", grad_out, windows)
    spread = np.zeros((N, F, (rows - 1) * sh + 1, (cols - 1) * sw + 1))
    spread[:, :, ::sh, ::sw] = grad_out
    spread = np.pad(spread, ((0, 0), (0, 0), (kh - 1, kh - 1), (kw - 1, kw - 1)))
    windows = np.lib.stride_tricks.sliding_window_view(spread, (kh, kw), axis=(2, 3))
    dxp = np.einsum("nfijuv,fcuv->ncij", windows, weight[:, :, ::-1, ::-1])
    dx = dxp[:, :, ph:dxp.shape[2] - ph, pw:dxp.shape[3] - pw]
    return dx, dw, grad_out.sum(axis=(0, 2, 3))

# %% wrong conv_layer_backward | dx in the type of x: fails or wraps for integer images and gradients of fractions
def conv_layer_backward(grad_out, x, weight, bias, *, stride=1, padding=0):
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    N, C, H, W = x.shape
    kh, kw = weight.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    dxp = np.zeros_like(xp)
    dw = np.zeros(weight.shape)
    db = np.zeros(bias.shape)
    for n, f, i, j in np.ndindex(*grad_out.shape):
        g = grad_out[n, f, i, j]
        rows, cols = slice(i * sh, i * sh + kh), slice(j * sw, j * sw + kw)
        db[f] += g
        dw[f] += g * xp[n, :, rows, cols]
        dxp[n, :, rows, cols] += g * weight[f]
    return dxp[:, :, ph:ph + H, pw:pw + W], dw, db

# %% wrong conv_layer_backward | the gradients of all filters are added up in db: each filter gets the same number
def conv_layer_backward(grad_out, x, weight, bias, *, stride=1, padding=0):
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    N, C, H, W = x.shape
    kh, kw = weight.shape[2:]
    xp = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    dxp, dw, db = np.zeros_like(xp), np.zeros(weight.shape), np.zeros(bias.shape)
    for n, f, i, j in np.ndindex(*grad_out.shape):
        g = grad_out[n, f, i, j]
        db += g
        dw[f] += g * xp[n, :, i * sh:i * sh + kh, j * sw:j * sw + kw]
        dxp[n, :, i * sh:i * sh + kh, j * sw:j * sw + kw] += g * weight[f]
    return dxp[:, :, ph:ph + H, pw:pw + W], dw, db

# %% wrong conv_layer_backward | the bias is used as the array for db, so a bias of fractions is overwritten
def conv_layer_backward(grad_out, x, weight, bias, *, stride=1, padding=0):
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    N, C, H, W = x.shape
    kh, kw = weight.shape[2:]
    xp = np.pad(np.asarray(x, dtype=float), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    dxp = np.zeros(xp.shape)
    dw = np.zeros(weight.shape)
    db = np.asarray(bias, dtype=float)
    db[:] = grad_out.sum(axis=(0, 2, 3))
    for i in range(grad_out.shape[2]):
        for j in range(grad_out.shape[3]):
            g = grad_out[:, :, i, j].astype(float)
            at = (slice(None), slice(None), slice(i * sh, i * sh + kh), slice(j * sw, j * sw + kw))
            dw += np.tensordot(g, xp[at], axes=(0, 0))
            dxp[at] += np.tensordot(g, weight, axes=(1, 0))
    return dxp[:, :, ph:ph + H, pw:pw + W], dw, db

# %% wrong conv_layer_backward | two mistakes: dx keeps its padding, db is a mean
def conv_layer_backward(grad_out, x, weight, bias, *, stride=1, padding=0):
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    kh, kw = weight.shape[2:]
    xp = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    dx, dw = np.zeros_like(xp), np.zeros(weight.shape)
    for n, f, i, j in np.ndindex(*grad_out.shape):
        dw[f] += grad_out[n, f, i, j] * xp[n, :, i * sh:i * sh + kh, j * sw:j * sw + kw]
        dx[n, :, i * sh:i * sh + kh, j * sw:j * sw + kw] += grad_out[n, f, i, j] * weight[f]
    return dx, dw, grad_out.mean(axis=(0, 2, 3))

# %% right equivariance_error | float copies first, own nested correlation
def equivariance_error(image, kernel, transform):
    image, kernel = np.array(image, dtype=float), np.array(kernel, dtype=float)
    kh, kw = kernel.shape

    def correlate(a):
        windows = np.lib.stride_tricks.sliding_window_view(a, (kh, kw))
        return np.einsum("ijuv,uv->ij", windows, kernel)

    m = max(kh, kw)
    a = correlate(transform(image.copy()))
    b = transform(correlate(image))
    difference = np.abs(a - b)
    return float(difference[m:difference.shape[0] - m, m:difference.shape[1] - m].max())

# %% right equivariance_error | scipy correlate2d, largest of the two signed extremes
from scipy.signal import correlate2d as _scipy_correlate2d


def equivariance_error(image, kernel, transform):
    x = image.astype(np.float64)
    k = kernel.astype(np.float64)
    one = _scipy_correlate2d(transform(x.copy()), k, mode="valid")
    two = np.asarray(transform(_scipy_correlate2d(x, k, mode="valid")))
    cut = max(kernel.shape)
    left = (one - two)[cut:-cut, cut:-cut]
    return float(max(left.max(), -left.min()))

# %% wrong equivariance_error | the cut follows the rows of the kernel only
def equivariance_error(image, kernel, transform):
    image, kernel = image.astype(float), kernel.astype(float)
    kh, kw = kernel.shape

    def conv(a):
        return np.tensordot(np.lib.stride_tricks.sliding_window_view(a, (kh, kw)), kernel, axes=2)

    m = kh
    a = conv(transform(image))
    b = transform(conv(image))
    return float(np.max(np.abs(a[m:-m, m:-m] - b[m:-m, m:-m])))

# %% wrong equivariance_error | integers give an integer, not a float
def equivariance_error(image, kernel, transform):
    if image.dtype == np.uint8:
        image = image.astype(np.int64)
    kh, kw = kernel.shape

    def conv(a):
        H, W = a.shape
        out = np.zeros((H - kh + 1, W - kw + 1), dtype=np.result_type(a, kernel))
        for i in range(H - kh + 1):
            for j in range(W - kw + 1):
                out[i, j] = np.sum(a[i:i + kh, j:j + kw] * kernel)
        return out

    m = max(kh, kw)
    a = conv(transform(image))[m:-m, m:-m]
    b = transform(conv(image))[m:-m, m:-m]
    return np.abs(a - b).max()

# %% wrong equivariance_error | uint8 goes into the transform as it is: brighter or squared pixels wrap around
def equivariance_error(image, kernel, transform):
    kh, kw = kernel.shape

    def correlate(a):
        windows = np.lib.stride_tricks.sliding_window_view(np.asarray(a, dtype=float), (kh, kw))
        return (windows * kernel).sum(axis=(2, 3))

    m = max(kh, kw)
    a = correlate(transform(image))
    b = transform(correlate(image))
    return float(np.abs(a - b)[m:-m, m:-m].max())

# %% wrong equivariance_error | two mistakes: no absolute value, and only one row and column cut off
def equivariance_error(image, kernel, transform):
    image = image.astype(float)
    kh, kw = kernel.shape

    def correlate(a):
        windows = np.lib.stride_tricks.sliding_window_view(a, (kh, kw))
        return (windows * kernel).sum(axis=(2, 3))

    a = correlate(transform(image))[1:-1, 1:-1]
    b = transform(correlate(image))[1:-1, 1:-1]
    return float(np.max(a - b))

# %% right quiz_output | the plain letter
quiz_output = "e"

# %% right quiz_patch | a capital letter, as the test allows
quiz_patch = "D"

# %% wrong quiz_yellow | takes the yellow part for the output
quiz_yellow = "a"

# %% wrong quiz_stride | takes the width of the kernel for the stride
quiz_stride = "c"

# %% wrong quiz_patch | only one of the reasons
quiz_patch = "c"
