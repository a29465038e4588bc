# %% right conv_output_size | counts the places one by one in a while loop
def conv_output_size(size, kernel, *, stride=1, padding=0, dilation=1):
    total = size + padding + padding
    window = dilation * (kernel - 1) + 1
    if window > total:
        raise ValueError("the kernel does not fit in the padded row")
    start = 0
    places = 0
    while start + window <= total:
        places += 1
        start += stride
    return places

# %% right conv_output_size | length of a range, own subclass of ValueError
class KernelTooLarge(ValueError):
    """Raised when no place is left for the kernel."""


def conv_output_size(size, kernel, *, stride=1, padding=0, dilation=1):
    starts = range(0, size + 2 * padding - dilation * (kernel - 1), stride)
    if not starts:
        raise KernelTooLarge(f"kernel {kernel} (dilation {dilation}) does not fit into {size} + 2*{padding} pixels")
    return len(starts)

# %% right conv_output_size | exact fractions and math.floor, in NumPy-int-safe ints
import math
from fractions import Fraction

def conv_output_size(size, kernel, *, stride=1, padding=0, dilation=1):
    size, kernel, stride, padding, dilation = map(int, (size, kernel, stride, padding, dilation))
    rest = Fraction(size + 2 * padding - dilation * (kernel - 1) - 1, 1)
    if rest < 0:
        raise ValueError("Kernel does not fit into the padded input.")
    return math.floor(rest / stride) + 1

# %% right trace_shapes | functional calls on the meta device, no hooks run
def trace_shapes(layers, input_shape):
    import torch
    from torch import nn
    import torch.nn.functional as F

    x = torch.empty((1, *input_shape), device="meta")
    shapes = []
    with torch.no_grad():
        for layer in layers:
            if isinstance(layer, nn.Conv2d):
                w = torch.empty(tuple(layer.weight.shape), device="meta")
                x = F.conv2d(x, w, None, layer.stride, layer.padding, layer.dilation, layer.groups)
            elif isinstance(layer, nn.MaxPool2d):
                x = F.max_pool2d(x, layer.kernel_size, layer.stride, layer.padding, layer.dilation)
            elif isinstance(layer, nn.AvgPool2d):
                x = F.avg_pool2d(x, layer.kernel_size, layer.stride, layer.padding)
            elif isinstance(layer, nn.Flatten):
                x = x.flatten(1)
            elif isinstance(layer, nn.Linear):
                x = torch.empty((1, layer.out_features), device="meta")
            shapes.append(tuple(x.shape[1:]))
    return shapes

# %% right trace_shapes | recursion with structural pattern matching
import math
from torch import nn


def _pair(v):
    return tuple(v) if isinstance(v, (tuple, list)) else (v, v)


def _slide(hw, layer):
    k, s, p = _pair(layer.kernel_size), _pair(layer.stride), _pair(layer.padding)
    d = _pair(getattr(layer, "dilation", 1))
    return tuple(int((hw[i] + 2 * p[i] - d[i] * (k[i] - 1) - 1) // s[i] + 1) for i in range(2))


def trace_shapes(layers, input_shape):
    def go(rest, shape):
        if not rest:
            return []
        match rest[0]:
            case nn.Conv2d() as c:
                new = (int(c.out_channels), *_slide(shape[1:], c))
            case nn.MaxPool2d() | nn.AvgPool2d() as p:
                new = (shape[0], *_slide(shape[1:], p))
            case nn.Flatten():
                new = (math.prod(shape),)
            case nn.Linear() as l:
                new = (int(l.out_features),)
            case _:
                new = shape
        return [new] + go(rest[1:], new)

    return go(list(layers), tuple(int(n) for n in input_shape))

# %% right conv_parameters | lets PyTorch build the layer on the meta device
def conv_parameters(c_in, c_out, kernel, *, bias=True):
    with torch.device("meta"):
        layer = nn.Conv2d(c_in, c_out, kernel, bias=bias)
    return sum(p.numel() for p in layer.parameters())

# %% right conv_parameters | chatbot style with validation
def conv_parameters(c_in, c_out, kernel, *, bias=True):
    """Count the learnable parameters of a 2-D convolution."""
    # Normalise the kernel to a (height, width) pair
    try:
        kernel_height, kernel_width = kernel
    except TypeError:
        kernel_height = kernel_width = kernel
    if min(c_in, c_out, kernel_height, kernel_width) < 1:
        raise ValueError("all sizes must be positive")
    weights_per_filter = int(kernel_height) * int(kernel_width) * int(c_in)
    bias_per_filter = 1 if bias else 0
    return (weights_per_filter + bias_per_filter) * int(c_out)

# %% right dense_parameters | a dense layer is a 1x1 convolution, terse
dense_parameters = lambda n_in, n_out, *, bias=True: n_out * (n_in + bool(bias))

# %% right flat_features | flattens an empty meta tensor and asks its length
def flat_features(channels, size):
    h, w = np.broadcast_to(size, 2)
    return torch.empty(int(channels), int(h), int(w), device="meta", dtype=torch.int8).flatten().shape[0]

# %% right flat_features | reduce with operator.mul
from functools import reduce
from operator import mul

def flat_features(channels, size):
    sides = (size, size) if isinstance(size, (int, np.integer)) else tuple(size)
    return int(reduce(mul, sides, channels))

# %% right parameter_table | pandas in the middle, plain types at the end
def parameter_table(model):
    import pandas as pd

    records = [(n, tuple(p.shape), p.numel(), "trainable" if p.requires_grad else "frozen") for n, p in model.named_parameters()]
    records += [(n, tuple(b.shape), b.numel(), "buffer") for n, b in model.named_buffers()]
    df = pd.DataFrame(records, columns=["name", "shape", "count", "kind"])
    by_kind = {k: int(sum(df["count"][df["kind"] == k].tolist())) for k in ("trainable", "frozen", "buffer")}
    totals = dict(parameters=by_kind["trainable"] + by_kind["frozen"], trainable=by_kind["trainable"], buffers=by_kind["buffer"])
    return records, totals

# %% right parameter_table | walks over modules by hand, ids in a set, Counter as totals
from collections import Counter

def parameter_table(model):
    rows = []
    totals = Counter({"parameters": 0, "trainable": 0, "buffers": 0})
    seen = set()
    for prefix, module in model.named_modules():
        for name, p in module._parameters.items():
            if p is None or id(p) in seen:
                continue
            seen.add(id(p))
            full = prefix + "." + name if prefix else name
            kind = "trainable" if p.requires_grad else "frozen"
            rows.append((full, p.shape, p.nelement(), kind))
            totals["parameters"] += p.nelement()
            if p.requires_grad:
                totals["trainable"] += p.nelement()
    for prefix, module in model.named_modules():
        for name, b in module._buffers.items():
            if b is None or id(b) in seen:
                continue
            seen.add(id(b))
            full = prefix + "." + name if prefix else name
            rows.append((full, b.shape, b.nelement(), "buffer"))
            totals["buffers"] += b.nelement()
    return rows, totals

# %% right same_padding | tries every padding until the size is kept
def same_padding(kernel, *, dilation=1):
    need = dilation * (kernel - 1)
    for p in range(need + 1):
        if 2 * p == need:
            return p
    raise ValueError("no symmetric padding keeps the size")

# %% right MnistNetwork | padding 1 and stride 1, keeps outputs 1, 3, 5, ...
class MnistNetwork(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 5, padding="same")
        self.conv2 = nn.Conv2d(4, 8, 3, padding=1)
        self.conv3 = nn.Conv2d(8, 12, 3, padding=1)
        self.dense1 = nn.Linear(12 * 7 * 7, 200)
        self.dense2 = nn.Linear(200, 10)

    def forward(self, images):
        x = self.conv1(images).relu()
        x = self.conv2(x)[:, :, 1::2, 1::2].relu()
        x = self.conv3(x)[:, :, 1::2, 1::2].relu()
        return self.dense2(self.dense1(x.flatten(1)).relu())

# %% right MnistNetwork | a general TensorFlow "same" helper class, inplace ReLU
import math

class SamePad(nn.Module):
    def __init__(self, kernel, stride):
        super().__init__()
        self.kernel, self.stride = kernel, stride

    def forward(self, x):
        pads = []
        for n in (x.shape[-1], x.shape[-2]):
            total = max((math.ceil(n / self.stride) - 1) * self.stride + self.kernel - n, 0)
            pads += [total // 2, total - total // 2]
        return nn.functional.pad(x, pads)


class MnistNetwork(nn.Module):
    def __init__(self):
        super().__init__()
        self.pad1, self.pad2, self.pad3 = SamePad(5, 1), SamePad(3, 2), SamePad(3, 2)
        self.conv1 = nn.Conv2d(1, 4, kernel_size=5)
        self.conv2 = nn.Conv2d(4, 8, kernel_size=3, stride=2)
        self.conv3 = nn.Conv2d(8, 12, kernel_size=3, stride=2)
        self.dense1 = nn.Linear(588, 200)
        self.dense2 = nn.Linear(200, 10)
        self.act = nn.ReLU(inplace=True)

    def forward(self, images):
        x = images
        for pad, conv in ((self.pad1, self.conv1), (self.pad2, self.conv2), (self.pad3, self.conv3)):
            x = self.act(conv(pad(x)))
        x = x.reshape(x.size(0), -1)
        return self.dense2(self.act(self.dense1(x)))

# %% right receptive_field | goes backwards from one output pixel
def receptive_field(layers):
    r = 1
    for layer in reversed(list(layers)):
        if not hasattr(layer, "kernel_size"):
            continue
        k = int(np.max(layer.kernel_size))
        s = int(np.max(layer.stride))
        d = int(np.max(getattr(layer, "dilation", 1)))
        r = (r - 1) * s + d * (k - 1) + 1
    return r

# %% right receptive_field | first and last pixel in a generator pipeline
from itertools import accumulate
from operator import mul

def receptive_field(layers):
    one = lambda v: int(v[0]) if isinstance(v, (tuple, list)) else int(v)
    w = [(one(l.kernel_size), one(l.stride), one(getattr(l, "dilation", 1))) for l in layers
         if isinstance(l, (nn.Conv2d, nn.MaxPool2d, nn.AvgPool2d))]
    jumps = accumulate((s for _, s, _ in w), mul, initial=1)
    return 1 + sum(d * (k - 1) * j for (k, _, d), j in zip(w, jumps))

# %% right multiply_adds | beginner, if and else, weights first
def multiply_adds(c_in, c_out, kernel, out_size):
    if type(kernel) == tuple or type(kernel) == list or type(kernel) == torch.Size:
        kh = kernel[0]
        kw = kernel[1]
    else:
        kh = kernel
        kw = kernel
    if type(out_size) == tuple or type(out_size) == list or type(out_size) == torch.Size:
        h = out_size[0]
        w = out_size[1]
    else:
        h = out_size
        w = out_size
    weights = kh * kw * c_in * c_out
    places = h * w
    return weights * places

# %% right parameters_by_stage | named_parameters and the part before the first dot
from collections import defaultdict

def parameters_by_stage(model):
    counts = defaultdict(int)
    for name, p in model.named_parameters():
        counts[name.split(".", 1)[0]] += p.numel()
    return {k: v for k, v in counts.items() if v > 0}

# %% right slide_weights | written as a computation
slide_weights = 3264 * 2448 * 3 * 100

# %% right pixel_std | einsum in float64 around the mean
def pixel_std(images):
    x = images.detach().double().numpy()
    n = x.shape[0] * x.shape[2] * x.shape[3]
    mean = np.einsum("nchw->c", x) / n
    d = x - mean[None, :, None, None]
    return np.sqrt(np.einsum("nchw,nchw->c", d, d) / n)

# %% right pixel_std | plain loops and statistics.pstdev, a list of floats
import statistics

def pixel_std(images):
    result = []
    for c in range(images.shape[1]):
        values = images[:, c].reshape(-1).tolist()
        result.append(statistics.pstdev(values))
    return result

# %% right bottleneck_parameters | three bias-free layers on the meta device
def bottleneck_parameters(channels, reduced, kernel=3):
    block = nn.Sequential(
        nn.Conv2d(channels, reduced, 1, bias=False, device="meta"),
        nn.Conv2d(reduced, reduced, kernel, bias=False, device="meta"),
        nn.Conv2d(reduced, channels, 1, bias=False, device="meta"),
    )
    return sum(p.numel() for p in block.parameters())

# %% right design_network | no convolution: a dense layer through 8 numbers sees everything
def design_network():
    return nn.Sequential(nn.Flatten(), nn.Linear(3 * 32 * 32, 8), nn.ReLU(), nn.Linear(8, 4 * 7 * 7), nn.Unflatten(1, (4, 7, 7)))

# %% right design_network | depthwise separable, batch norm, residual branch
class _Look(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.deep = nn.Conv2d(c, c, 3, padding=1, groups=c, bias=False)
        self.point = nn.Conv2d(c, c, 1, bias=False)
        self.norm = nn.BatchNorm2d(c)

    def forward(self, x):
        return torch.relu(x + self.norm(self.point(self.deep(x))))


def design_network():
    return nn.Sequential(
        nn.Conv2d(3, 16, 3, stride=2), nn.BatchNorm2d(16), nn.ReLU(),
        nn.Conv2d(16, 32, 3, stride=2), nn.BatchNorm2d(32), nn.ReLU(),
        _Look(32), _Look(32), _Look(32), nn.Dropout2d(0.1),
    )

# %% right quiz_vgg | the letter, nothing more
quiz_vgg = "d"

# %% wrong conv_output_size | int(a / b): cuts off instead of floor, so a kernel too large by less than a stride passes; inexact for long rows
def conv_output_size(size, kernel, *, stride=1, padding=0, dilation=1):
    out = int((size + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1
    if out < 1:
        raise ValueError("kernel does not fit")
    return out

# %% wrong conv_output_size | the check forgets the padding
def conv_output_size(size, kernel, *, stride=1, padding=0, dilation=1):
    if dilation * (kernel - 1) + 1 > size:
        raise ValueError("The kernel is larger than the image.")
    return (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1

# %% wrong conv_output_size | the check forgets the dilation
def conv_output_size(size, kernel, *, stride=1, padding=0, dilation=1):
    if kernel > size + 2 * padding:
        raise ValueError("The kernel is larger than the padded image.")
    return (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1

# %% wrong conv_output_size | a kernel that just fits raises, too
def conv_output_size(size, kernel, *, stride=1, padding=0, dilation=1):
    padded = size + 2 * padding
    covered = dilation * (kernel - 1) + 1
    if covered >= padded:
        raise ValueError("kernel too large")
    return (padded - covered) // stride + 1

# %% wrong conv_output_size | the slides' formula: dilation ignored, and AssertionError instead of ValueError
def conv_output_size(size, kernel, *, stride=1, padding=0, dilation=1):
    assert kernel <= size + 2 * padding, "kernel does not fit"
    return (size - kernel + 2 * padding) // stride + 1

# %% wrong trace_shapes | eval, look, then train for all: layers that were in evaluation mode are not afterwards
def trace_shapes(layers, input_shape):
    net = nn.Sequential(*layers)
    net.eval()
    x = torch.zeros(1, *input_shape)
    shapes = []
    with torch.no_grad():
        for layer in net:
            x = layer(x)
            shapes.append(tuple(x.shape[1:]))
    net.train()
    return shapes

# %% wrong trace_shapes | sends zeros through in training mode and then resets the running statistics
def trace_shapes(layers, input_shape):
    x = torch.zeros(2, *input_shape)
    shapes = []
    with torch.no_grad():
        for layer in layers:
            x = layer(x)
            shapes.append(tuple(x.shape[1:]))
    for layer in layers:
        if isinstance(layer, nn.BatchNorm2d):
            layer.reset_running_stats()
    return shapes

# %% wrong trace_shapes | forward hooks that are never removed, and a layer that stands twice gives four shapes
def trace_shapes(layers, input_shape):
    import copy
    net = nn.Sequential(*layers)
    modes = [layer.training for layer in layers]
    shapes = []
    for layer in net:
        layer.register_forward_hook(lambda module, inputs, output: shapes.append(tuple(output.shape[1:])))
    net.eval()
    with torch.no_grad():
        net(torch.zeros(1, *input_shape))
    for layer, mode in zip(layers, modes):
        layer.train(mode)
    return shapes

# %% wrong trace_shapes | pooling always steps by its kernel
def trace_shapes(layers, input_shape):
    shape = tuple(input_shape)
    out = []
    for layer in layers:
        if isinstance(layer, nn.Conv2d):
            kh, kw = np.broadcast_to(layer.kernel_size, 2)
            sh, sw = np.broadcast_to(layer.stride, 2)
            ph, pw = np.broadcast_to(layer.padding, 2)
            dh, dw = np.broadcast_to(layer.dilation, 2)
            h = (shape[1] + 2 * ph - dh * (kh - 1) - 1) // sh + 1
            w = (shape[2] + 2 * pw - dw * (kw - 1) - 1) // sw + 1
            shape = (layer.out_channels, int(h), int(w))
        elif isinstance(layer, (nn.MaxPool2d, nn.AvgPool2d)):
            kh, kw = np.broadcast_to(layer.kernel_size, 2)
            shape = (shape[0], int(shape[1] // kh), int(shape[2] // kw))
        elif isinstance(layer, nn.Flatten):
            shape = (shape[0] * shape[1] * shape[2],)
        elif isinstance(layer, nn.Linear):
            shape = (layer.out_features,)
        out.append(shape)
    return out

# %% wrong trace_shapes | dilation is only read from convolutions, a dilated max pooling is not
def trace_shapes(layers, input_shape):
    def two(v):
        return (v, v) if isinstance(v, int) else tuple(v)

    shape, out = tuple(input_shape), []
    for layer in layers:
        if isinstance(layer, (nn.Conv2d, nn.MaxPool2d, nn.AvgPool2d)):
            k, s, p = two(layer.kernel_size), two(layer.stride), two(layer.padding)
            d = two(layer.dilation) if isinstance(layer, nn.Conv2d) else (1, 1)
            c = layer.out_channels if isinstance(layer, nn.Conv2d) else shape[0]
            shape = (c, *((n + 2 * p[i] - d[i] * (k[i] - 1) - 1) // s[i] + 1 for i, n in enumerate(shape[1:])))
        elif isinstance(layer, nn.Flatten):
            shape = (int(np.prod(shape)),)
        elif isinstance(layer, nn.Linear):
            shape = (layer.out_features,)
        out.append(shape)
    return out

# %% wrong trace_shapes | rows are lists, not tuples
def trace_shapes(layers, input_shape):
    shape = list(input_shape)
    shapes = []
    for layer in layers:
        if hasattr(layer, "kernel_size"):
            for axis in (0, 1):
                k, s, p, d = (int(np.broadcast_to(getattr(layer, a, 1), 2)[axis]) for a in ("kernel_size", "stride", "padding", "dilation"))
                shape[axis + 1] = (shape[axis + 1] + 2 * p - d * (k - 1) - 1) // s + 1
            if isinstance(layer, nn.Conv2d):
                shape[0] = layer.out_channels
        if isinstance(layer, nn.Flatten):
            total = 1
            for n in shape:
                total *= n
            shape = [total]
        if isinstance(layer, nn.Linear):
            shape = [layer.out_features]
        shapes.append(list(shape))
    return shapes

# %% wrong conv_parameters | one bias for each input channel
def conv_parameters(c_in, c_out, kernel, *, bias=True):
    kh, kw = (kernel, kernel) if isinstance(kernel, int) else kernel
    n = kh * kw * c_in * c_out
    if bias:
        n += c_in
    return n

# %% wrong conv_parameters | multiplies in float, so large counts are not exact
def conv_parameters(c_in, c_out, kernel, *, bias=True):
    kh, kw = np.broadcast_to(kernel, 2)
    per_filter = np.prod([kh, kw, c_in], dtype=float)
    return int((per_filter + (1 if bias else 0)) * c_out)

# %% wrong conv_parameters | a zero-dimensional tensor comes back
def conv_parameters(c_in, c_out, kernel, *, bias=True):
    k = torch.as_tensor(kernel).expand(2)
    return (k.prod() * c_in + int(bias)) * c_out

# %% wrong dense_parameters | builds the living layer with its numbers, which no memory holds for 10^17
def dense_parameters(n_in, n_out, *, bias=True):
    layer = nn.Linear(n_in, n_out, bias=bias)
    return sum(p.numel() for p in layer.parameters())

# %% wrong dense_parameters | the bias flag is ignored and one bias for each input
def dense_parameters(n_in, n_out, *, bias=True):
    return n_in * n_out + n_in

# %% wrong flat_features | math.pow makes it a float for a square map, inexact when large
import math

def flat_features(channels, size):
    if isinstance(size, (tuple, list)):
        return channels * size[0] * size[1]
    return channels * math.pow(size, 2)

# %% wrong parameter_table | buffers from state_dict: not persistent ones missing, shared ones twice
def parameter_table(model):
    rows = []
    names = set()
    for name, p in model.named_parameters(remove_duplicate=False):
        names.add(name)
    for name, p in model.named_parameters():
        rows.append((name, tuple(p.shape), p.numel(), "trainable" if p.requires_grad else "frozen"))
    for name, t in model.state_dict().items():
        if name not in names:
            rows.append((name, tuple(t.shape), t.numel(), "buffer"))
    totals = {
        "parameters": sum(r[2] for r in rows if r[3] != "buffer"),
        "trainable": sum(r[2] for r in rows if r[3] == "trainable"),
        "buffers": sum(r[2] for r in rows if r[3] == "buffer"),
    }
    return rows, totals

# %% wrong parameter_table | np.prod of an empty shape is the float 1.0
def parameter_table(model):
    rows = []
    for name, p in model.named_parameters():
        rows.append((name, tuple(p.shape), np.prod(p.shape), "trainable" if p.requires_grad else "frozen"))
    for name, b in model.named_buffers():
        rows.append((name, tuple(b.shape), np.prod(b.shape), "buffer"))
    total = lambda *kinds: sum(count for _, _, count, kind in rows if kind in kinds)
    return rows, {"parameters": total("trainable", "frozen"), "trainable": total("trainable"), "buffers": total("buffer")}

# %% wrong parameter_table | keys appear only when something was counted
def parameter_table(model):
    rows, totals = [], {}
    for name, p in model.named_parameters():
        rows.append((name, tuple(p.shape), p.numel(), "trainable" if p.requires_grad else "frozen"))
        totals["parameters"] = totals.get("parameters", 0) + p.numel()
        if p.requires_grad:
            totals["trainable"] = totals.get("trainable", 0) + p.numel()
        totals.setdefault("buffers", 0)
    for name, b in model.named_buffers():
        rows.append((name, tuple(b.shape), b.numel(), "buffer"))
        totals["buffers"] = totals.get("buffers", 0) + b.numel()
    return rows, totals

# %% wrong parameter_table | finds shared tensors by data_ptr, which is 0 for everything on meta
def parameter_table(model):
    rows, seen = [], set()
    totals = {"parameters": 0, "trainable": 0, "buffers": 0}
    for name, p in model.named_parameters(remove_duplicate=False):
        if p.data_ptr() in seen:
            continue
        seen.add(p.data_ptr())
        rows.append((name, tuple(p.shape), p.numel(), "trainable" if p.requires_grad else "frozen"))
        totals["parameters"] += p.numel()
        totals["trainable"] += p.numel() * p.requires_grad
    for name, b in model.named_buffers():
        rows.append((name, tuple(b.shape), b.numel(), "buffer"))
        totals["buffers"] += b.numel()
    return rows, totals

# %% wrong parameter_table | moves the model to the meta device, so its weights are gone
def parameter_table(model):
    model = model.to("meta")
    rows = [(n, tuple(p.shape), p.numel(), "trainable" if p.requires_grad else "frozen") for n, p in model.named_parameters()]
    rows += [(n, tuple(b.shape), b.numel(), "buffer") for n, b in model.named_buffers()]
    params = [r for r in rows if r[3] != "buffer"]
    return rows, {
        "parameters": sum(r[2] for r in params),
        "trainable": sum(r[2] for r in params if r[3] == "trainable"),
        "buffers": sum(r[2] for r in rows if r[3] == "buffer"),
    }

# %% wrong parameter_table | buffers missing in the rows, "parameters" counts trainable only
def parameter_table(model):
    rows = []
    total = 0
    for name, p in model.named_parameters():
        kind = "trainable" if p.requires_grad else "frozen"
        rows.append((name, tuple(p.shape), p.numel(), kind))
        if p.requires_grad:
            total += p.numel()
    buffers = sum(b.numel() for b in model.buffers())
    return rows, {"parameters": total, "trainable": total, "buffers": buffers}

# %% wrong same_padding | every even kernel raises, dilation or not
def same_padding(kernel, *, dilation=1):
    if kernel % 2 == 0:
        raise ValueError("even kernels have no symmetric padding")
    return dilation * (kernel - 1) // 2

# %% wrong same_padding | true division, a float
def same_padding(kernel, *, dilation=1):
    total = dilation * (kernel - 1)
    if total % 2:
        raise ValueError("odd")
    return total / 2

# %% wrong MnistNetwork | PyTorch's padding=1 on both sides, and a softmax at the end
class MnistNetwork(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 5, padding=2)
        self.conv2 = nn.Conv2d(4, 8, 3, stride=2, padding=1)
        self.conv3 = nn.Conv2d(8, 12, 3, stride=2, padding=1)
        self.dense1 = nn.Linear(588, 200)
        self.dense2 = nn.Linear(200, 10)

    def forward(self, images):
        x = torch.relu(self.conv1(images))
        x = torch.relu(self.conv2(x))
        x = torch.relu(self.conv3(x))
        x = torch.relu(self.dense1(x.flatten(1)))
        return torch.softmax(self.dense2(x), dim=1)

# %% wrong MnistNetwork | in evaluation mode it returns probabilities
class MnistNetwork(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 5, padding=2)
        self.conv2 = nn.Conv2d(4, 8, 3, stride=2)
        self.conv3 = nn.Conv2d(8, 12, 3, stride=2)
        self.dense1 = nn.Linear(588, 200)
        self.dense2 = nn.Linear(200, 10)
        self.pad = nn.ZeroPad2d((0, 1, 0, 1))

    def forward(self, images):
        x = torch.relu(self.conv1(images))
        x = torch.relu(self.conv2(self.pad(x)))
        x = torch.relu(self.conv3(self.pad(x)))
        x = self.dense2(torch.relu(self.dense1(torch.flatten(x, 1))))
        if not self.training:
            x = nn.functional.softmax(x, dim=-1)
        return x

# %% wrong MnistNetwork | reshape(1, -1): one image only
class MnistNetwork(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 5, padding=2)
        self.conv2 = nn.Conv2d(4, 8, 3, stride=2)
        self.conv3 = nn.Conv2d(8, 12, 3, stride=2)
        self.dense1 = nn.Linear(7 * 7 * 12, 200)
        self.dense2 = nn.Linear(200, 10)

    def forward(self, images):
        pad = nn.functional.pad
        c1 = self.conv1(images).relu()
        c2 = self.conv2(pad(c1, (0, 1, 0, 1))).relu()
        c3 = self.conv3(pad(c2, (0, 1, 0, 1))).relu()
        flat = c3.reshape(1, -1)
        return self.dense2(self.dense1(flat).relu())

# %% wrong MnistNetwork | the padding copies values through .data, so conv1 and conv2 get no gradient
class MnistNetwork(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 5, padding=2)
        self.conv2 = nn.Conv2d(4, 8, 3, stride=2)
        self.conv3 = nn.Conv2d(8, 12, 3, stride=2)
        self.dense1 = nn.Linear(588, 200)
        self.dense2 = nn.Linear(200, 10)

    def _pad(self, x):
        n, c, h, w = x.shape
        out = torch.zeros(n, c, h + 1, w + 1, dtype=x.dtype)
        out[:, :, :h, :w] = x.data
        return out

    def forward(self, images):
        x = torch.relu(self.conv1(images))
        x = torch.relu(self.conv2(self._pad(x)))
        x = torch.relu(self.conv3(self._pad(x)))
        x = torch.relu(self.dense1(x.flatten(1)))
        return self.dense2(x)

# %% wrong MnistNetwork | clamps the given images in place
class MnistNetwork(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 5, padding=2)
        self.conv2 = nn.Conv2d(4, 8, 3, stride=2)
        self.conv3 = nn.Conv2d(8, 12, 3, stride=2)
        self.dense1 = nn.Linear(588, 200)
        self.dense2 = nn.Linear(200, 10)

    def forward(self, images):
        images.clamp_(0, 1)
        x = torch.relu(self.conv1(images))
        x = torch.relu(self.conv2(nn.functional.pad(x, (0, 1, 0, 1))))
        x = torch.relu(self.conv3(nn.functional.pad(x, (0, 1, 0, 1))))
        x = torch.relu(self.dense1(x.flatten(1)))
        return self.dense2(x)

# %% wrong MnistNetwork | the biases of the convolutions are frozen
class MnistNetwork(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 5, padding=2)
        self.conv2 = nn.Conv2d(4, 8, 3, stride=2)
        self.conv3 = nn.Conv2d(8, 12, 3, stride=2)
        self.dense1 = nn.Linear(588, 200)
        self.dense2 = nn.Linear(200, 10)
        for conv in (self.conv1, self.conv2, self.conv3):
            nn.init.zeros_(conv.bias)
            conv.bias.requires_grad_(False)

    def forward(self, images):
        x = torch.relu(self.conv1(images))
        x = torch.relu(self.conv2(nn.functional.pad(x, (0, 1, 0, 1))))
        x = torch.relu(self.conv3(nn.functional.pad(x, (0, 1, 0, 1))))
        x = torch.relu(self.dense1(x.flatten(1)))
        return self.dense2(x)

# %% wrong receptive_field | the jump is updated before the kernel is added
def receptive_field(layers):
    r, j = 1, 1
    for layer in layers:
        if hasattr(layer, "kernel_size"):
            j = j * int(np.max(layer.stride))
            r = r + int(np.max(getattr(layer, "dilation", 1))) * (int(np.max(layer.kernel_size)) - 1) * j
    return r

# %% wrong receptive_field | modules() yields a layer that stands twice only once
def receptive_field(layers):
    r = j = 1
    for layer in nn.Sequential(*layers).modules():
        if hasattr(layer, "kernel_size"):
            k, s, d = (int(np.max(getattr(layer, a, 1))) for a in ("kernel_size", "stride", "dilation"))
            r += d * (k - 1) * j
            j *= s
    return r

# %% wrong receptive_field | np.prod of no strides is 1.0, a float comes back
def receptive_field(layers):
    r = 1
    strides = []
    for layer in layers:
        if not hasattr(layer, "kernel_size"):
            continue
        k = np.max(layer.kernel_size)
        d = np.max(getattr(layer, "dilation", 1))
        r = r + d * (k - 1) * np.prod(strides)
        strides.append(np.max(layer.stride))
    return r

# %% wrong receptive_field | poolings are taken to have int kernels and no dilation, and no layers see 0
def receptive_field(layers):
    if len(layers) == 0:
        return 0
    r, j = 1, 1
    for layer in layers:
        if isinstance(layer, nn.Conv2d):
            k, s, d = layer.kernel_size[0], layer.stride[0], layer.dilation[0]
        elif isinstance(layer, (nn.MaxPool2d, nn.AvgPool2d)):
            k, s, d = layer.kernel_size, layer.stride, 1
        else:
            continue
        r += d * (k - 1) * j
        j *= s
    return r

# %% wrong multiply_adds | float32 product, rounded to an int: not exact for large layers
def multiply_adds(c_in, c_out, kernel, out_size):
    k = torch.tensor(kernel, dtype=torch.float32).expand(2)
    o = torch.tensor(out_size, dtype=torch.float32).expand(2)
    return int(k.prod() * c_in * c_out * o.prod())

# %% wrong multiply_adds | biases counted, and the kernel's height used for the width
def multiply_adds(c_in, c_out, kernel, out_size):
    k = kernel if isinstance(kernel, int) else kernel[0]
    h, w = (out_size, out_size) if isinstance(out_size, int) else out_size
    return (k * k * c_in + 1) * c_out * h * w

# %% wrong parameters_by_stage | startswith without the dot: stages whose names begin alike are mixed
def parameters_by_stage(model):
    stages = {}
    for stage, _ in model.named_children():
        count = sum(p.numel() for name, p in model.named_parameters() if name.startswith(stage))
        if count:
            stages[stage] = count
    return stages

# %% wrong parameters_by_stage | a child with nothing but shared parameters stays with 0
def parameters_by_stage(model):
    seen, result = set(), {}
    for name, child in model.named_children():
        if len(list(child.parameters())) == 0:
            continue
        result[name] = 0
        for p in child.parameters():
            if id(p) not in seen:
                seen.add(id(p))
                result[name] += p.numel()
    return result

# %% wrong parameters_by_stage | frozen parameters left out, shared ones twice
def parameters_by_stage(model):
    out = {}
    for name, child in model.named_children():
        n = sum(p.numel() for p in child.parameters() if p.requires_grad)
        if n > 0:
            out[name] = n
    return out

# %% wrong slide_fc_inputs | the slide is believed: channels forgotten
slide_fc_inputs = 7 * 7

# %% wrong pixel_std | mean of the deviations within each image
def pixel_std(images):
    return images.flatten(2).std(dim=2, unbiased=False).mean(dim=0)

# %% wrong pixel_std | mean of squares minus squared mean in float32
def pixel_std(images):
    mean = images.mean(dim=(0, 2, 3))
    mean_sq = (images ** 2).mean(dim=(0, 2, 3))
    return (mean_sq - mean ** 2).clamp(min=0).sqrt()

# %% wrong pixel_std | a small eps under the root spoils faint images
def pixel_std(images):
    x = images.double()
    mean = x.mean(dim=(0, 2, 3), keepdim=True)
    return torch.sqrt(((x - mean) ** 2).mean(dim=(0, 2, 3)) + 1e-8)

# %% wrong pixel_std | subtracts the mean from the given images in place
def pixel_std(images):
    for c in range(images.shape[1]):
        images[:, c] -= images[:, c].mean()
    return [float((images[:, c] ** 2).mean() ** 0.5) for c in range(images.shape[1])]

# %% wrong pixel_std | torch.std with its n - 1, over the batch axis only as a second mistake
def pixel_std(images):
    return images.std(dim=0).mean(dim=(1, 2))

# %% wrong bottleneck_parameters | floats: k ** 2.0
def bottleneck_parameters(channels, reduced, kernel=3):
    return 2 * channels * reduced + (kernel * reduced) ** 2.0

# %% wrong design_network | the batch axis is squeezed away for one image
class _Body(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(3, 16, 3, stride=2), nn.ReLU(), nn.Conv2d(16, 24, 3, stride=2), nn.ReLU(),
            nn.Conv2d(24, 24, 3, padding=1), nn.ReLU(), nn.Conv2d(24, 24, 3, padding=1), nn.ReLU(),
        )

    def forward(self, x):
        return self.layers(x).squeeze()


def design_network():
    return _Body()

# %% wrong design_network | 8x8 maps (padding 1 at stride 2) and too many parameters
def design_network():
    return nn.Sequential(
        nn.Conv2d(3, 64, 3, stride=2, padding=1), nn.ReLU(),
        nn.Conv2d(64, 64, 3, stride=2, padding=1), nn.ReLU(),
        nn.Conv2d(64, 64, 3, padding=1), nn.ReLU(),
        nn.Conv2d(64, 64, 3, padding=1), nn.ReLU(),
    )

# %% wrong design_network | frozen layers taken as free: over 50,000 parameters in all
def design_network():
    stem = nn.Sequential(nn.Conv2d(3, 64, 3, stride=2), nn.ReLU(), nn.Conv2d(64, 64, 3, stride=2), nn.ReLU())
    for p in stem.parameters():
        p.requires_grad = False
    look = nn.Sequential(nn.Conv2d(64, 32, 3, padding=1), nn.ReLU(), nn.Conv2d(32, 32, 3, padding=1), nn.ReLU())
    return nn.Sequential(stem, look)

# %% wrong quiz_channels | twice, not four times
quiz_channels = "a"
