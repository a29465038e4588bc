# %% right conv_output_size | counts the starts with len(range(...)), no formula
def conv_output_size(size, kernel, *, stride=1, padding=0, dilation=1):
    padded = size + 2 * padding
    covers = dilation * (kernel - 1) + 1
    starts = range(0, padded - covers + 1, stride)
    if len(starts) == 0:
        raise ValueError("the kernel covers %d pixels, but the padded row has only %d" % (covers, padded))
    return len(starts)

# %% right conv_output_size | chatbot style, type checks, divmod
import operator


def conv_output_size(size, kernel, *, stride=1, padding=0, dilation=1):
    """Compute the spatial output size of a sliding-window operation."""
    size, kernel, stride, padding, dilation = map(operator.index, (size, kernel, stride, padding, dilation))
    for name, value, least in [
        ("size", size, 1),
        ("kernel", kernel, 1),
        ("stride", stride, 1),
        ("padding", padding, 0),
        ("dilation", dilation, 1),
    ]:
        if value < least:
            raise ValueError(f"{name} must be >= {least}, got {value}")
    effective_kernel = dilation * (kernel - 1) + 1
    remaining = size + 2 * padding - effective_kernel
    if remaining < 0:
        raise ValueError(
            f"Kernel (effective size {effective_kernel}) does not fit into the padded input of {size + 2 * padding}."
        )
    steps, _left_over = divmod(remaining, stride)
    return steps + 1

# %% right trace_shapes | plain beginner loop with many ifs, own helper
def _pair(x):
    if type(x) == int:
        return [x, x]
    return [int(x[0]), int(x[1])]


def trace_shapes(layers, input_shape):
    shape = list(input_shape)
    result = []
    for i in range(len(layers)):
        layer = layers[i]
        if isinstance(layer, nn.Conv2d) or isinstance(layer, nn.MaxPool2d) or isinstance(layer, nn.AvgPool2d):
            k = _pair(layer.kernel_size)
            s = _pair(layer.stride)
            p = _pair(layer.padding)
            if isinstance(layer, nn.AvgPool2d):
                d = [1, 1]
            else:
                d = _pair(layer.dilation)
            for axis in [0, 1]:
                w = shape[axis + 1]
                w = (w + 2 * p[axis] - d[axis] * (k[axis] - 1) - 1) // s[axis] + 1
                shape[axis + 1] = w
            if isinstance(layer, nn.Conv2d):
                shape[0] = layer.out_channels
        elif isinstance(layer, nn.Flatten):
            total = 1
            for number in shape:
                total = total * number
            shape = [total]
        elif isinstance(layer, nn.Linear):
            shape = [layer.out_features]
        result.append(tuple(int(number) for number in shape))
    return result

# %% right trace_shapes | runs deep copies on the device meta, bypassing hooks
import copy


def trace_shapes(layers, input_shape):
    shapes = []
    x = torch.empty((2, *input_shape), device="meta")
    with torch.no_grad():
        for layer in layers:
            twin = copy.deepcopy(layer).to(device="meta", dtype=torch.float32).eval()
            x = twin.forward(x)  # not twin(x): hooks were copied, too
            shapes.append(tuple(int(n) for n in x.shape[1:]))
    return shapes

# %% right trace_shapes | functools.singledispatch, one rule for each kind of layer
from functools import singledispatch
from itertools import accumulate
from math import prod


def _two(value):
    return tuple(int(v) for v in np.broadcast_to(value, 2))


def _slide(layer, shape):
    parts = zip(
        shape[1:],
        _two(layer.kernel_size),
        _two(layer.stride),
        _two(layer.padding),
        _two(getattr(layer, "dilation", 1)),
    )
    return tuple((w + 2 * p - d * (f - 1) - 1) // s + 1 for w, f, s, p, d in parts)


@singledispatch
def _after(layer, shape):
    return shape


@_after.register
def _(layer: nn.Conv2d, shape):
    return (layer.out_channels, *_slide(layer, shape))


@_after.register(nn.MaxPool2d)
@_after.register(nn.AvgPool2d)
def _(layer, shape):
    return (shape[0], *_slide(layer, shape))


@_after.register
def _(layer: nn.Flatten, shape):
    return (prod(shape),)


@_after.register
def _(layer: nn.Linear, shape):
    return (layer.out_features,)


def trace_shapes(layers, input_shape):
    return list(accumulate(layers, lambda shape, layer: _after(layer, shape), initial=tuple(input_shape)))[1:]

# %% right conv_parameters | asks a living nn.Conv2d on the device meta
def conv_parameters(c_in, c_out, kernel, *, bias=True):
    with torch.device("meta"):
        layer = nn.Conv2d(c_in, c_out, kernel, bias=bias)
    return sum(p.numel() for p in layer.parameters())

# %% right conv_parameters | try/except to tell an int from a pair, adds filter by filter
def conv_parameters(c_in, c_out, kernel, *, bias=True):
    try:
        kh, kw = kernel
    except TypeError:
        kh = kw = kernel
    one_filter = int(kh) * int(kw) * int(c_in)
    if bias:
        one_filter += 1
    return one_filter * int(c_out)

# %% right dense_parameters | adds the bool
def dense_parameters(n_in, n_out, *, bias=True):
    return (n_in + bool(bias)) * n_out

# %% right flat_features | flattens a tensor on the device meta
def flat_features(channels, size):
    maps = torch.empty(1, channels, *np.broadcast_to(size, 2).tolist(), device="meta")
    return maps.flatten(1).shape[1]

# %% right flat_features | isinstance and math.prod
import math


def flat_features(channels, size):
    return math.prod((channels, size, size) if isinstance(size, int) else (channels, *size))

# %% right parameter_table | two comprehensions, totals from the rows
def parameter_table(model):
    rows = [
        (n, tuple(p.shape), p.numel(), "trainable" if p.requires_grad else "frozen")
        for n, p in model.named_parameters()
    ] + [(n, tuple(b.shape), b.numel(), "buffer") for n, b in model.named_buffers()]
    total = lambda *kinds: sum(count for _, _, count, kind in rows if kind in kinds)
    return rows, {
        "parameters": total("trainable", "frozen"),
        "trainable": total("trainable"),
        "buffers": total("buffer"),
    }

# %% right parameter_table | walks the module tree recursively, dedupes by id itself
def parameter_table(model):
    def walk(module, prefix, which, seen, visited):
        if id(module) in visited:
            return
        visited.add(id(module))
        for name, tensor in getattr(module, which).items():
            if tensor is not None and id(tensor) not in seen:
                seen.add(id(tensor))
                yield prefix + name, tensor
        for name, child in module._modules.items():
            if child is not None:
                yield from walk(child, prefix + name + ".", which, seen, visited)

    rows = []
    totals = {"parameters": 0, "trainable": 0, "buffers": 0}
    for which in ("_parameters", "_buffers"):
        for name, tensor in walk(model, "", which, set(), set()):
            shape = tuple(int(s) for s in tensor.shape)
            count = 1
            for s in shape:
                count *= s
            if which == "_buffers":
                kind = "buffer"
                totals["buffers"] += count
            else:
                totals["parameters"] += count
                if tensor.requires_grad:
                    kind = "trainable"
                    totals["trainable"] += count
                else:
                    kind = "frozen"
            rows.append((name, shape, count, kind))
    return rows, totals

# %% right same_padding | divmod
def same_padding(kernel, *, dilation=1):
    half, odd = divmod(dilation * (kernel - 1), 2)
    if odd:
        raise ValueError(f"kernel {kernel} with dilation {dilation}: no symmetric padding keeps the size")
    return half

# %% right same_padding | Fraction, asks whether it is whole
from fractions import Fraction


def same_padding(kernel, *, dilation=1):
    p = Fraction(dilation * (kernel - 1), 2)
    if p.denominator != 1:
        raise ValueError("would need half a pixel on each side")
    return p.numerator

# %% right MnistNetwork | layers for the padding and the ReLUs, one Sequential in forward
class MnistNetwork(nn.Module):
    def __init__(self):
        super(MnistNetwork, self).__init__()
        self.pad = nn.ZeroPad2d((0, 1, 0, 1))
        self.relu = nn.ReLU()
        self.flatten = nn.Flatten()
        self.conv1 = nn.Conv2d(1, 4, kernel_size=5, stride=1, padding="same")
        self.conv2 = nn.Conv2d(4, 8, kernel_size=3, stride=2)
        self.conv3 = nn.Conv2d(8, 12, kernel_size=3, stride=2)
        self.dense1 = nn.Linear(12 * 7 * 7, 200)
        self.dense2 = nn.Linear(200, 10)

    def forward(self, images):
        x = self.relu(self.conv1(images))
        x = self.relu(self.conv2(self.pad(x)))
        x = self.relu(self.conv3(self.pad(x)))
        x = self.relu(self.dense1(self.flatten(x)))
        return self.dense2(x)

# %% right MnistNetwork | stride 1 and padding 1, then takes every second output beginning at 1
class MnistNetwork(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 5, padding=2)
        self.conv2 = nn.Conv2d(4, 8, 3, padding=1)
        self.conv3 = nn.Conv2d(8, 12, 3, padding=1)
        self.dense1 = nn.Linear(588, 200)
        self.dense2 = nn.Linear(200, 10)

    def forward(self, images):
        x = self.conv1(images).clamp(min=0)
        x = self.conv2(x)[:, :, 1::2, 1::2].clamp(min=0)
        x = self.conv3(x)[:, :, 1::2, 1::2].clamp(min=0)
        x = self.dense1(x.reshape(x.shape[0], -1)).clamp(min=0)
        return self.dense2(x)

# %% right MnistNetwork | a general TensorFlow "same" helper, checks its input
import torch.nn.functional as F


def _tf_same(x, conv):
    pads = []
    for axis in (-1, -2):
        size, k, s = x.shape[axis], conv.kernel_size[axis], conv.stride[axis]
        needed = max((-(-size // s) - 1) * s + k - size, 0)
        pads += [needed // 2, needed - needed // 2]
    return conv(F.pad(x, pads))


class MnistNetwork(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 5)
        self.conv2 = nn.Conv2d(4, 8, 3, stride=2)
        self.conv3 = nn.Conv2d(8, 12, 3, stride=2)
        self.dense1 = nn.Linear(588, 200)
        self.dense2 = nn.Linear(200, 10)

    def forward(self, images):
        if images.dim() != 4 or tuple(images.shape[1:]) != (1, 28, 28):
            raise ValueError(f"expected (N, 1, 28, 28), got {tuple(images.shape)}")
        x = images
        for conv in (self.conv1, self.conv2, self.conv3):
            x = F.relu(_tf_same(x, conv))
        x = torch.flatten(x, start_dim=1)
        return self.dense2(F.relu(self.dense1(x)))

# %% right receptive_field | goes backwards from one output, no jump
def receptive_field(layers):
    sees = 1
    for layer in reversed(list(layers)):
        if hasattr(layer, "kernel_size"):
            f, s, d = (int(np.max(v)) for v in (layer.kernel_size, layer.stride, getattr(layer, "dilation", 1)))
            sees = (sees - 1) * s + d * (f - 1) + 1
    return sees

# %% right receptive_field | a class that keeps r and j
class _Field:
    def __init__(self):
        self.r = 1
        self.j = 1

    @staticmethod
    def number(value):
        return int(value[0]) if isinstance(value, (tuple, list)) else int(value)

    def add(self, layer):
        if isinstance(layer, (nn.Conv2d, nn.MaxPool2d, nn.AvgPool2d)):
            dilation = 1 if isinstance(layer, nn.AvgPool2d) else self.number(layer.dilation)
            self.r += dilation * (self.number(layer.kernel_size) - 1) * self.j
            self.j *= self.number(layer.stride)


def receptive_field(layers):
    field = _Field()
    for layer in layers:
        field.add(layer)
    return field.r

# %% right multiply_adds | broadcasts both, Python ints
from math import prod


def multiply_adds(c_in, c_out, kernel, out_size):
    return prod([*np.broadcast_to(kernel, 2).tolist(), c_in, c_out, *np.broadcast_to(out_size, 2).tolist()])

# %% right parameters_by_stage | a set of ids, the walrus
def parameters_by_stage(model):
    seen = set()
    return {
        name: count
        for name, child in model.named_children()
        if (count := sum(p.numel() for p in child.parameters() if not (id(p) in seen or seen.add(id(p)))))
    }

# %% right parameters_by_stage | splits the names of model.named_parameters() at the first dot, a Counter
from collections import Counter


def parameters_by_stage(model):
    counts = Counter()
    for name, parameter in model.named_parameters():
        counts[name.split(".", 1)[0]] += parameter.numel()
    return {name: count for name, count in counts.items() if count > 0}

# %% right slide_weights | a computation
slide_weights = 3264 * 2448 * 3 * 100

# %% right pixel_std | shifted and scaled in float64, einsum
def pixel_std(images):
    x = images.detach().to(torch.float64).transpose(0, 1).flatten(1)  # (C, N·H·W)
    x = x - x[:, :1]
    scale = x.abs().amax(dim=1, keepdim=True)
    scale = torch.where(scale > 0, scale, torch.ones_like(scale))
    x = x / scale
    x = x - x.mean(dim=1, keepdim=True)
    return scale[:, 0] * (torch.einsum("cn,cn->c", x, x) / x.shape[1]).sqrt()

# %% right pixel_std | NumPy, a loop over the channels, returns a list of floats
def pixel_std(images):
    array = images.detach().cpu().numpy().astype(np.float64)
    result = []
    for c in range(array.shape[1]):
        channel = array[:, c].ravel()
        channel = channel - channel[0]
        biggest = float(np.max(np.abs(channel)))
        if biggest == 0:
            result.append(0.0)
        else:
            result.append(biggest * float(np.std(channel / biggest)))
    return result

# %% right pixel_std | beginner, statistics.pstdev on exact fractions
import statistics


def pixel_std(images):
    answer = []
    for c in range(images.shape[1]):
        answer.append(statistics.pstdev(images[:, c].double().flatten().tolist()))
    return torch.tensor(answer, dtype=torch.float64)

# %% right bottleneck_parameters | builds the three layers on the device meta
def bottleneck_parameters(channels, reduced, kernel=3):
    shapes = [(channels, reduced, 1), (reduced, reduced, kernel), (reduced, channels, 1)]
    with torch.device("meta"):
        block = nn.ModuleList([nn.Conv2d(i, o, k, bias=False) for i, o, k in shapes])
    return sum(w.numel() for w in block.parameters())

# %% right design_network | strides of 2, then dilated convolutions
def design_network():
    return nn.Sequential(
        nn.Conv2d(3, 16, 3, stride=2),
        nn.ReLU(),
        nn.Conv2d(16, 32, 3, stride=2),
        nn.ReLU(),
        nn.Conv2d(32, 32, 3, padding=2, dilation=2),
        nn.ReLU(),
        nn.Conv2d(32, 32, 3, padding=1),
        nn.ReLU(),
    )

# %% right design_network | class with batch norm, max pooling and a shortcut
class _Body(nn.Module):
    def __init__(self, width=24):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, width, 3, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(2),
            nn.Conv2d(width, width, 3, stride=2, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(inplace=True),
        )
        self.look = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=1), nn.ReLU(inplace=True), nn.Conv2d(width, width, 3, padding=1)
        )

    def forward(self, x):
        x = self.stem(x)
        return torch.relu(x + self.look(x))


def design_network():
    return _Body()

# %% right design_network | one large strided convolution
def design_network():
    return nn.Conv2d(3, 8, kernel_size=20, stride=2)

# %% wrong conv_output_size | int(a / b) rounds up below 0: a kernel too large by less than a stride gives 1
def conv_output_size(size, kernel, *, stride=1, padding=0, dilation=1):
    out = int((size + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1
    if out < 1:
        raise ValueError("kernel does not fit")
    return out

# %% wrong conv_output_size | float division, inexact for a very long row
import math


def conv_output_size(size, kernel, *, stride=1, padding=0, dilation=1):
    span = dilation * (kernel - 1) + 1
    if span > size + 2 * padding:
        raise ValueError(f"kernel of {span} does not fit")
    return math.floor((size + 2 * padding - span) / stride + 1)

# %% wrong conv_output_size | returns a float from np.floor
def conv_output_size(size, kernel, *, stride=1, padding=0, dilation=1):
    n = size + 2 * padding - dilation * (kernel - 1) - 1
    if n < 0:
        raise ValueError("The kernel is larger than the padded input")
    return np.floor(n / stride) + 1

# %% wrong conv_output_size | the check leaves out the dilation
def conv_output_size(size, kernel, *, stride=1, padding=0, dilation=1):
    if kernel > size + 2 * padding:
        raise ValueError("kernel too large")
    return (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1

# %% wrong conv_output_size | a kernel that just fits is refused
def conv_output_size(size, kernel, *, stride=1, padding=0, dilation=1):
    rest = size + 2 * padding - dilation * (kernel - 1) - 1
    if rest <= 0:
        raise ValueError("does not fit")
    return rest // stride + 1

# %% wrong conv_output_size | two: the check ignores the padding, and the last partial step is made (ceil)
def conv_output_size(size, kernel, *, stride=1, padding=0, dilation=1):
    k = dilation * (kernel - 1) + 1
    if k > size:
        raise ValueError("kernel does not fit")
    return int(np.ceil((size + 2 * padding - k) / stride)) + 1

# %% wrong trace_shapes | sends zeros through in training mode: batch norm learns
def trace_shapes(layers, input_shape):
    x = torch.zeros(1, *input_shape)
    shapes = []
    with torch.no_grad():
        for layer in layers:
            x = layer(x)
            shapes.append(tuple(x.shape[1:]))
    return shapes

# %% wrong trace_shapes | eval() before, train() after: a layer that was in evaluation mode is left in training mode
def trace_shapes(layers, input_shape):
    x = torch.zeros(1, *input_shape)
    shapes = []
    for layer in layers:
        layer.eval()
    with torch.no_grad():
        for layer in layers:
            x = layer(x)
            shapes.append(tuple(x.shape[1:]))
    for layer in layers:
        layer.train()
    return shapes

# %% wrong trace_shapes | pooling always strides by its kernel, whatever its own stride
def trace_shapes(layers, input_shape):
    shape, shapes = tuple(input_shape), []
    for layer in layers:
        if isinstance(layer, (nn.Conv2d, nn.MaxPool2d, nn.AvgPool2d)):
            kernel = np.broadcast_to(layer.kernel_size, 2)
            stride = np.broadcast_to(layer.stride, 2) if isinstance(layer, nn.Conv2d) else kernel
            padding = np.broadcast_to(layer.padding, 2)
            dilation = np.broadcast_to(getattr(layer, "dilation", 1), 2)
            h, w = (np.array(shape[1:]) + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1
            shape = (layer.out_channels if isinstance(layer, nn.Conv2d) else shape[0], int(h), int(w))
        elif isinstance(layer, nn.Flatten):
            shape = (shape[0] * shape[1] * shape[2],)
        elif isinstance(layer, nn.Linear):
            shape = (layer.out_features,)
        shapes.append(shape)
    return shapes

# %% wrong trace_shapes | goes through children(), which names a layer that stands twice only once
def trace_shapes(layers, input_shape):
    network = nn.Sequential(*layers)
    shape, shapes = tuple(input_shape), []
    for layer in network.children():
        if hasattr(layer, "kernel_size"):
            k, s, p, d = (
                [int(n) for n in np.broadcast_to(v, 2)]
                for v in (layer.kernel_size, layer.stride, layer.padding, getattr(layer, "dilation", 1))
            )
            h, w = ((shape[i + 1] + 2 * p[i] - d[i] * (k[i] - 1) - 1) // s[i] + 1 for i in range(2))
            shape = (getattr(layer, "out_channels", shape[0]), h, w)
        elif isinstance(layer, nn.Flatten):
            shape = (int(np.prod(shape)),)
        elif isinstance(layer, nn.Linear):
            shape = (layer.out_features,)
        shapes.append(shape)
    return shapes

# %% wrong trace_shapes | forward hooks that are never removed; modes and batch norm are kept
def trace_shapes(layers, input_shape):
    shapes = []

    def hook(module, inputs, output):
        shapes.append(tuple(output.shape[1:]))

    modes = [layer.training for layer in layers]
    for layer in dict.fromkeys(layers):
        layer.eval()
        layer.register_forward_hook(hook)
    x = torch.zeros(1, *input_shape)
    with torch.no_grad():
        for layer in layers:
            x = layer(x)
    for layer, mode in zip(layers, modes):
        layer.train(mode)
    return list(shapes)

# %% wrong trace_shapes | each shape is a list, not a tuple
def trace_shapes(layers, input_shape):
    shape = list(input_shape)
    shapes = []
    for layer in layers:
        shape = shape.copy()
        if isinstance(layer, (nn.Conv2d, nn.MaxPool2d, nn.AvgPool2d)):
            for axis in range(2):
                k, s, p, d = (
                    int(np.broadcast_to(v, 2)[axis])
                    for v in (layer.kernel_size, layer.stride, layer.padding, getattr(layer, "dilation", 1))
                )
                shape[1 + axis] = (shape[1 + axis] + 2 * p - d * (k - 1) - 1) // s + 1
            if isinstance(layer, nn.Conv2d):
                shape[0] = layer.out_channels
        elif isinstance(layer, nn.Flatten):
            shape = [shape[0] * shape[1] * shape[2]]
        elif isinstance(layer, nn.Linear):
            shape = [layer.out_features]
        shapes.append(shape)
    return shapes

# %% wrong trace_shapes | two: leaves the weights frozen, and everything in evaluation mode
def trace_shapes(layers, input_shape):
    model = nn.Sequential(*layers).eval()
    for p in model.parameters():
        p.requires_grad = False
    x = torch.zeros(1, *input_shape)
    out = []
    for layer in model:
        x = layer(x)
        out.append(tuple(x.shape[1:]))
    return out

# %% wrong trace_shapes | pooling: the padding of the height is used for the width, too
def trace_shapes(layers, input_shape):
    def first(v):
        return v[0] if isinstance(v, tuple) else v

    def second(v):
        return v[1] if isinstance(v, tuple) else v

    shape = tuple(input_shape)
    result = []
    for l in layers:
        if isinstance(l, nn.Conv2d):
            h = (shape[1] + 2 * l.padding[0] - l.dilation[0] * (l.kernel_size[0] - 1) - 1) // l.stride[0] + 1
            w = (shape[2] + 2 * l.padding[1] - l.dilation[1] * (l.kernel_size[1] - 1) - 1) // l.stride[1] + 1
            shape = (l.out_channels, h, w)
        elif isinstance(l, (nn.MaxPool2d, nn.AvgPool2d)):
            p = first(l.padding)
            d = getattr(l, "dilation", 1)
            h = (shape[1] + 2 * p - first(d) * (first(l.kernel_size) - 1) - 1) // first(l.stride) + 1
            w = (shape[2] + 2 * p - second(d) * (second(l.kernel_size) - 1) - 1) // second(l.stride) + 1
            shape = (shape[0], h, w)
        elif isinstance(l, nn.Flatten):
            shape = (shape[0] * shape[1] * shape[2],)
        elif isinstance(l, nn.Linear):
            shape = (l.out_features,)
        result.append(shape)
    return result

# %% wrong conv_parameters | of a pair only the height is used, squared
def conv_parameters(c_in, c_out, kernel, *, bias=True):
    k = kernel[0] if isinstance(kernel, tuple) else kernel
    return (k * k * c_in + (1 if bias else 0)) * c_out

# %% wrong conv_parameters | multiplies in float32: right for small layers, not for billions
def conv_parameters(c_in, c_out, kernel, *, bias=True):
    kh, kw = (kernel, kernel) if isinstance(kernel, int) else kernel
    weights = torch.tensor([kh, kw, c_in, c_out]).float().prod()
    return int(weights) + (c_out if bias else 0)

# %% wrong conv_parameters | two: bias is ignored, and there is one for each input channel
def conv_parameters(c_in, c_out, kernel, *, bias=True):
    kh, kw = np.broadcast_to(kernel, 2)
    return int(kh * kw) * c_in * c_out + c_in

# %% wrong dense_parameters | one bias for each input
def dense_parameters(n_in, n_out, *, bias=True):
    weights = n_in * n_out
    if bias:
        weights = weights + n_in
    return weights

# %% wrong dense_parameters | returns a tensor of no dimensions, not an int
def dense_parameters(n_in, n_out, *, bias=True):
    total = torch.tensor(n_in) * torch.tensor(n_out)
    if bias:
        total = total + n_out
    return total

# %% wrong flat_features | the width of a pair is not used
def flat_features(channels, size):
    if isinstance(size, int):
        return channels * size * size
    return channels * size[0] ** 2

# %% wrong flat_features | a map of a single row is taken for a side given alone
def flat_features(channels, size):
    if isinstance(size, int):
        size = (size, size)
    h, w = size
    if h == 1 or w == 1:
        h = w = max(h, w)
    return channels * h * w

# %% wrong parameter_table | from state_dict with requires_grad looked up: buffers that are not persistent are missing
def parameter_table(model):
    parameters = dict(model.named_parameters())
    buffers = {n for n, _ in model.named_buffers()}
    rows = [
        (n, tuple(p.shape), p.numel(), "trainable" if p.requires_grad else "frozen") for n, p in parameters.items()
    ]
    rows += [
        (n, tuple(t.shape), t.numel(), "buffer") for n, t in model.state_dict().items() if n in buffers
    ]
    totals = {
        "parameters": sum(p.numel() for p in parameters.values()),
        "trainable": sum(p.numel() for p in parameters.values() if p.requires_grad),
        "buffers": sum(r[2] for r in rows if r[3] == "buffer"),
    }
    return rows, totals

# %% wrong parameter_table | a model in evaluation mode is taken for frozen
def parameter_table(model):
    rows = []
    totals = {"parameters": 0, "trainable": 0, "buffers": 0}
    for name, p in model.named_parameters():
        trainable = p.requires_grad and model.training
        rows.append((name, tuple(p.shape), p.numel(), "trainable" if trainable else "frozen"))
        totals["parameters"] += p.numel()
        totals["trainable"] += p.numel() if trainable else 0
    for name, b in model.named_buffers():
        rows.append((name, tuple(b.shape), b.numel(), "buffer"))
        totals["buffers"] += b.numel()
    return rows, totals

# %% wrong parameter_table | tensors of equal numbers are taken for shared
def parameter_table(model):
    rows, kept = [], []
    for name, p in model.named_parameters():
        if any(p.shape == q.shape and torch.equal(p, q) for q in kept):
            continue
        kept.append(p)
        rows.append((name, tuple(p.shape), p.numel(), "trainable" if p.requires_grad else "frozen"))
    for name, b in model.named_buffers():
        rows.append((name, tuple(b.shape), b.numel(), "buffer"))
    totals = {
        "parameters": sum(r[2] for r in rows if r[3] != "buffer"),
        "trainable": sum(r[2] for r in rows if r[3] == "trainable"),
        "buffers": sum(r[2] for r in rows if r[3] == "buffer"),
    }
    return rows, totals

# %% wrong parameter_table | shared tensors found by data_ptr: on the device meta all are "the same"
def parameter_table(model):
    rows, seen = [], set()
    count = {"trainable": 0, "frozen": 0, "buffer": 0}
    tensors = [(n, p, "trainable" if p.requires_grad else "frozen") for n, p in model.named_parameters()]
    tensors += [(n, b, "buffer") for n, b in model.named_buffers()]
    for name, tensor, kind in tensors:
        if tensor.data_ptr() in seen:
            continue
        seen.add(tensor.data_ptr())
        rows.append((name, tuple(tensor.shape), tensor.numel(), kind))
        count[kind] += tensor.numel()
    return rows, {
        "parameters": count["trainable"] + count["frozen"],
        "trainable": count["trainable"],
        "buffers": count["buffer"],
    }

# %% wrong parameter_table | buffers that are shared are listed under each name
def parameter_table(model):
    rows = []
    n_params = n_train = n_buf = 0
    for name, p in model.named_parameters():
        rows.append((name, tuple(p.size()), p.numel(), "trainable" if p.requires_grad else "frozen"))
        n_params += p.numel()
        if p.requires_grad:
            n_train += p.numel()
    for prefix, module in model.named_modules():
        for name, b in module.named_buffers(prefix=prefix, recurse=False):
            rows.append((name, tuple(b.size()), b.numel(), "buffer"))
            n_buf += b.numel()
    return rows, {"parameters": n_params, "trainable": n_train, "buffers": n_buf}

# %% wrong parameter_table | shapes are lists
def parameter_table(model):
    rows = []
    totals = {"parameters": 0, "trainable": 0, "buffers": 0}
    for name, p in model.named_parameters():
        kind = "trainable" if p.requires_grad else "frozen"
        rows.append((name, list(p.shape), p.numel(), kind))
        totals["parameters"] += p.numel()
        if kind == "trainable":
            totals["trainable"] += p.numel()
    for name, b in model.named_buffers():
        rows.append((name, list(b.shape), b.numel(), "buffer"))
        totals["buffers"] += b.numel()
    return rows, totals

# %% wrong parameter_table | two: frozen ones are not in the total, and a scalar buffer counts 0
def parameter_table(model):
    rows = []
    for name, p in model.named_parameters():
        rows.append((name, tuple(p.shape), p.numel(), "trainable" if p.requires_grad else "frozen"))
    for name, b in model.named_buffers():
        rows.append((name, tuple(b.shape), b.numel() if b.dim() else 0, "buffer"))
    trainable = sum(c for _, _, c, k in rows if k == "trainable")
    return rows, {
        "parameters": trainable,
        "trainable": trainable,
        "buffers": sum(c for _, _, c, k in rows if k == "buffer"),
    }

# %% wrong same_padding | every even kernel is refused, whatever the dilation
def same_padding(kernel, *, dilation=1):
    if kernel % 2 == 0:
        raise ValueError("even kernels have no symmetric padding")
    return dilation * (kernel - 1) // 2

# %% wrong same_padding | kernel // 2 times dilation: too much for an even kernel with an even dilation
def same_padding(kernel, *, dilation=1):
    if dilation * (kernel - 1) % 2:
        raise ValueError(f"no symmetric padding for kernel {kernel}, dilation {dilation}")
    return kernel // 2 * dilation

# %% wrong same_padding | returns a float
def same_padding(kernel, *, dilation=1):
    p = dilation * (kernel - 1) / 2
    if not p.is_integer():
        raise ValueError("half a pixel is not possible")
    return p

# %% wrong same_padding | two: rounds down instead of raising, and the dilation is ignored
def same_padding(kernel, *, dilation=1):
    return (kernel - 1) // 2

# %% wrong MnistNetwork | PyTorch's padding=1 instead of none before and one after
class MnistNetwork(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 5, stride=1, padding=2)
        self.conv2 = nn.Conv2d(4, 8, 3, stride=2, padding=1)
        self.conv3 = nn.Conv2d(8, 12, 3, stride=2, padding=1)
        self.dense1 = nn.Linear(7 * 7 * 12, 200)
        self.dense2 = nn.Linear(200, 10)

    def forward(self, images):
        x = torch.relu(self.conv1(images))
        x = torch.relu(self.conv2(x))
        x = torch.relu(self.conv3(x))
        x = x.flatten(1)
        x = torch.relu(self.dense1(x))
        return self.dense2(x)

# %% wrong MnistNetwork | in evaluation mode it returns probabilities
import torch.nn.functional as F


class MnistNetwork(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 5, padding=2)
        self.conv2 = nn.Conv2d(4, 8, 3, stride=2)
        self.conv3 = nn.Conv2d(8, 12, 3, stride=2)
        self.dense1 = nn.Linear(588, 200)
        self.dense2 = nn.Linear(200, 10)

    def forward(self, images):
        x = F.relu(self.conv1(images))
        x = F.relu(self.conv2(F.pad(x, (0, 1, 0, 1))))
        x = F.relu(self.conv3(F.pad(x, (0, 1, 0, 1))))
        x = F.relu(self.dense1(x.flatten(1)))
        logits = self.dense2(x)
        if not self.training:
            logits = F.softmax(logits, dim=1)
        return logits

# %% wrong MnistNetwork | flattens the batch axis, too: works for one image only
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
        x = x.flatten().reshape(1, -1)
        x = torch.relu(self.dense1(x))
        return self.dense2(x)

# %% wrong MnistNetwork | two: dropout before the logits, and no ReLU after dense1
class MnistNetwork(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 5, padding=2)
        self.conv2 = nn.Conv2d(4, 8, 3, stride=2)
        self.conv3 = nn.Conv2d(8, 12, 3, stride=2)
        self.dense1 = nn.Linear(588, 200)
        self.dense2 = nn.Linear(200, 10)
        self.dropout = nn.Dropout(0.25)

    def forward(self, images):
        pad = (0, 1, 0, 1)
        x = nn.functional.relu(self.conv1(images))
        x = nn.functional.relu(self.conv2(nn.functional.pad(x, pad)))
        x = nn.functional.relu(self.conv3(nn.functional.pad(x, pad)))
        x = self.dropout(self.dense1(x.flatten(1)))
        return self.dense2(x)

# %% wrong receptive_field | the stride is multiplied in before the layer's own kernel
def receptive_field(layers):
    r, j = 1, 1
    for layer in layers:
        if hasattr(layer, "kernel_size"):
            j *= int(np.max(layer.stride))
            r += int(np.max(getattr(layer, "dilation", 1))) * (int(np.max(layer.kernel_size)) - 1) * j
    return r

# %% wrong receptive_field | layers with a kernel of one pixel are skipped, their stride with them
def receptive_field(layers):
    r, j = 1, 1
    for layer in layers:
        k = int(np.max(getattr(layer, "kernel_size", 1)))
        if k == 1:
            continue  # looks at one pixel at a time
        r += int(np.max(getattr(layer, "dilation", 1))) * (k - 1) * j
        j *= int(np.max(layer.stride))
    return r

# %% wrong receptive_field | the dilation of a max pooling is left out
def receptive_field(layers):
    r = j = 1
    for layer in layers:
        if isinstance(layer, nn.Conv2d):
            r += layer.dilation[0] * (layer.kernel_size[0] - 1) * j
            j *= layer.stride[0]
        elif isinstance(layer, (nn.MaxPool2d, nn.AvgPool2d)):
            k = layer.kernel_size if isinstance(layer.kernel_size, int) else layer.kernel_size[0]
            s = layer.stride if isinstance(layer.stride, int) else layer.stride[0]
            r += (k - 1) * j
            j *= s
    return r

# %% wrong receptive_field | an nn.Sequential is walked with modules(), where a layer that stands twice comes once
def receptive_field(layers):
    if isinstance(layers, nn.Sequential):
        layers = [m for m in layers.modules() if m is not layers]
    r, j = 1, 1
    for layer in layers:
        if not hasattr(layer, "kernel_size"):
            continue
        f, s, d = [int(np.max(v)) for v in (layer.kernel_size, layer.stride, getattr(layer, "dilation", 1))]
        r, j = r + d * (f - 1) * j, j * s
    return r

# %% wrong receptive_field | 0 for no layers
def receptive_field(layers):
    layers = [layer for layer in layers if isinstance(layer, (nn.Conv2d, nn.MaxPool2d, nn.AvgPool2d))]
    if not layers:
        return 0
    r, j = 1, 1
    for layer in layers:
        f = int(np.max(layer.kernel_size))
        d = int(np.max(layer.dilation)) if hasattr(layer, "dilation") else 1
        r = r + d * (f - 1) * j
        j = j * int(np.max(layer.stride))
    return r

# %% wrong receptive_field | two: the strides do not accumulate, and poolings are skipped
def receptive_field(layers):
    r = 1
    for layer in layers:
        if isinstance(layer, nn.Conv2d):
            r += layer.dilation[0] * (layer.kernel_size[0] - 1) * layer.stride[0]
    return r

# %% wrong multiply_adds | only two ints or two pairs: one of each fails
def multiply_adds(c_in, c_out, kernel, out_size):
    if isinstance(kernel, int) and isinstance(out_size, int):
        return kernel**2 * c_in * c_out * out_size**2
    return kernel[0] * kernel[1] * c_in * c_out * out_size[0] * out_size[1]

# %% wrong multiply_adds | two: counts FLOPs, and the biases
def multiply_adds(c_in, c_out, kernel, out_size):
    kh, kw = map(int, np.broadcast_to(kernel, 2))
    h, w = map(int, np.broadcast_to(out_size, 2))
    return 2 * (kh * kw * c_in + 1) * c_out * h * w

# %% wrong parameters_by_stage | startswith without the dot: layer1 also gets layer10
def parameters_by_stage(model):
    named = list(model.named_parameters())
    result = {}
    for stage, _ in model.named_children():
        n = sum(p.numel() for name, p in named if name.startswith(stage))
        if n > 0:
            result[stage] = n
    return result

# %% wrong parameters_by_stage | compares with the stage before only: shared across a stage in between counts twice
def parameters_by_stage(model):
    result = {}
    before = set()
    for name, child in model.named_children():
        parameters = list(child.parameters())
        if not parameters:
            continue
        n = sum(p.numel() for p in parameters if id(p) not in before)
        before = {id(p) for p in parameters}
        if n:
            result[name] = n
    return result

# %% wrong parameters_by_stage | unfreezes everything in order to count it
def parameters_by_stage(model):
    for p in model.parameters():
        p.requires_grad = True
    seen, stages = set(), {}
    for name, child in model.named_children():
        total = 0
        for p in child.parameters():
            if p.requires_grad and p not in seen:
                seen.add(p)
                total += p.numel()
        if total > 0:
            stages[name] = total
    return stages

# %% wrong parameters_by_stage | two: stages of 0 are kept, and shared ones count in each
def parameters_by_stage(model):
    return {name: sum(p.numel() for p in child.parameters()) for name, child in model.named_children()}

# %% wrong parameters_by_stage | the counts are tensors
def parameters_by_stage(model):
    seen, stages = set(), {}
    for name, child in model.named_children():
        new = [p for p in child.parameters() if id(p) not in seen]
        seen.update(id(p) for p in new)
        count = torch.tensor([p.numel() for p in new], dtype=torch.int64, device="cpu").sum()
        if count > 0:
            stages[name] = count
    return stages

# %% wrong slide_weights | believes the slide
slide_weights = 23_000_000_000

# %% wrong slide_fc_inputs | believes the slide
slide_fc_inputs = 7 * 7

# %% wrong slide_pool_size | believes the slide, rounds up
slide_pool_size = 3

# %% wrong pixel_std | mean of the deviations within each image
def pixel_std(images):
    return images.double().std(dim=(2, 3), correction=0).mean(dim=0)

# %% wrong pixel_std | divides by n - 1
def pixel_std(images):
    x = images.double().permute(1, 0, 2, 3).reshape(images.shape[1], -1)
    return x.std(dim=1)

# %% wrong pixel_std | mean of squares minus square of mean in float32: cancels for bright images of low contrast
def pixel_std(images):
    mean = images.mean(dim=(0, 2, 3))
    mean_sq = (images**2).mean(dim=(0, 2, 3))
    return torch.sqrt(torch.clamp(mean_sq - mean**2, min=0))

# %% wrong pixel_std | an epsilon under the root: not 0 where all are alike, and far off for faint images
def pixel_std(images):
    x = images.double()
    mean = x.mean(dim=(0, 2, 3), keepdim=True)
    return torch.sqrt(((x - mean) ** 2).mean(dim=(0, 2, 3)) + 1e-12)

# %% wrong pixel_std | subtracts the mean in place: the caller's images are changed
def pixel_std(images):
    images -= images.mean(dim=(0, 2, 3), keepdim=True)
    return images.double().std(dim=(0, 2, 3), correction=0)

# %% wrong pixel_std | rounded to six digits: nothing is left of very faint images
def pixel_std(images):
    a = images.detach().numpy().astype("float64")
    return [round(float(s), 6) for s in a.std(axis=(0, 2, 3))]

# %% wrong bottleneck_parameters | the way back up is missing
def bottleneck_parameters(channels, reduced, kernel=3):
    return channels * reduced + kernel**2 * reduced**2

# %% wrong bottleneck_parameters | a middle that is not narrower is replaced by the plain layer
def bottleneck_parameters(channels, reduced, kernel=3):
    if reduced >= channels:
        return kernel * kernel * channels * channels
    return 2 * channels * reduced + kernel * kernel * reduced * reduced

# %% wrong bottleneck_parameters | two: biases counted, and the kernel is always 3
def bottleneck_parameters(channels, reduced, kernel=3):
    down = (channels + 1) * reduced
    middle = (9 * reduced + 1) * reduced
    up = (reduced + 1) * channels
    return down + middle + up

# %% wrong design_network | squeeze at the end: a single image loses its batch axis
class _Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(3, 16, 3, stride=2),
            nn.ReLU(),
            nn.Conv2d(16, 24, 3, stride=2),
            nn.ReLU(),
            nn.Conv2d(24, 24, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(24, 24, 3, padding=1),
        )

    def forward(self, x):
        return self.body(x).squeeze()


def design_network():
    return _Net()

# %% wrong design_network | the batch size of the test is written into the forward pass
class _Flat(nn.Module):
    def __init__(self):
        super().__init__()
        self.c1 = nn.Conv2d(3, 16, 3, stride=2)
        self.c2 = nn.Conv2d(16, 16, 3, stride=2)
        self.c3 = nn.Conv2d(16, 16, 5, padding=2)
        self.offset = nn.Parameter(torch.zeros(1, 16, 7, 7))

    def forward(self, x):
        x = torch.relu(self.c1(x))
        x = torch.relu(self.c2(x))
        x = torch.relu(self.c3(x))
        n = 16 if x.shape[0] == 16 else 2
        return x.reshape(n, 16, 7, 7) + self.offset


def design_network():
    return _Flat()

# %% wrong design_network | adaptive pooling makes 7×7, but each output sees far too little
def design_network():
    return nn.Sequential(
        nn.Conv2d(3, 32, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(32, 64, 3, padding=1),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(7),
    )

# %% wrong design_network | two: 81,000 parameters, and 8×8 instead of 7×7
def design_network():
    return nn.Sequential(
        nn.Conv2d(3, 32, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Conv2d(32, 64, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Conv2d(64, 64, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(64, 43, 3, padding=1),
    )

# %% wrong quiz_batch_shape | padding forgotten
quiz_batch_shape = "b"

# %% wrong quiz_channels | doubled only once
quiz_channels = "a"

