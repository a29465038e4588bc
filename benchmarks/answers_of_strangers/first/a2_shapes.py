# %% right conv_output_size | counts the places in a range, no division at all
def conv_output_size(size, kernel, *, stride=1, padding=0, dilation=1):
    covered = dilation * (kernel - 1) + 1
    padded = size + 2 * padding
    places = range(0, padded - covered + 1, stride)
    if covered > padded:
        raise ValueError(f"a kernel covering {covered} pixels does not fit into {padded} pixels")
    return places.index(places[-1]) + 1  # len(places) would stop at sys.maxsize

# %% right conv_output_size | what a chatbot writes: type checks, long docstring, named steps
import operator


def conv_output_size(size, kernel, *, stride=1, padding=0, dilation=1):
    """Compute the output size of a sliding window operation along a single axis.

    Args:
        size: The number of input pixels.
        kernel: The number of kernel weights along the axis.
        stride: The step between two windows.
        padding: Pixels added on each side.
        dilation: Spacing between kernel weights.

    Returns:
        The number of valid window positions.

    Raises:
        ValueError: If an argument is out of range or the kernel does not fit.
    """
    size, kernel, stride = operator.index(size), operator.index(kernel), operator.index(stride)
    padding, dilation = operator.index(padding), operator.index(dilation)
    for label, value, least in (
        ("size", size, 1),
        ("kernel", kernel, 1),
        ("stride", stride, 1),
        ("padding", padding, 0),
        ("dilation", dilation, 1),
    ):
        if value < least:
            raise ValueError(f"{label} must be at least {least}, got {value}")

    effective_kernel = dilation * (kernel - 1) + 1
    padded_size = size + 2 * padding
    if effective_kernel > padded_size:
        raise ValueError(
            f"Effective kernel ({effective_kernel}) is larger than the padded input ({padded_size})."
        )
    steps, _left_over = divmod(padded_size - effective_kernel, stride)
    return steps + 1

# %% right conv_output_size | asks PyTorch on the meta device, error translated
import torch
import torch.nn.functional as F


def conv_output_size(size, kernel, *, stride=1, padding=0, dilation=1):
    row = torch.empty(1, 1, size, device="meta")
    weight = torch.empty(1, 1, kernel, device="meta")
    try:
        out = F.conv1d(row, weight, stride=stride, padding=padding, dilation=dilation)
    except RuntimeError as error:
        raise ValueError("the kernel does not fit into the padded row") from error
    return out.shape[-1]

# %% wrong conv_output_size | dilation multiplies the whole kernel, and no ValueError at all
def conv_output_size(size, kernel, *, stride=1, padding=0, dilation=1):
    return (size + 2 * padding - dilation * kernel) // stride + 1

# %% wrong conv_output_size | int(a / b) + 1 < 1 as check: kernel too large by less than a stride gives 1
def conv_output_size(size, kernel, *, stride=1, padding=0, dilation=1):
    out = int((size + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1
    if out < 1:
        raise ValueError("the kernel does not fit into the image")
    return out

# %% wrong conv_output_size | check forgets the dilation
def conv_output_size(size, kernel, *, stride=1, padding=0, dilation=1):
    if kernel > size + 2 * padding:
        raise ValueError(f"kernel {kernel} too large for {size} pixels with padding {padding}")
    return (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1

# %% wrong conv_output_size | raises for a kernel that just fits (>=)
def conv_output_size(size, kernel, *, stride=1, padding=0, dilation=1):
    padded = size + 2 * padding
    width = dilation * (kernel - 1) + 1
    if width >= padded:
        raise ValueError(f"{width} pixels do not fit into {padded}")
    return (padded - width) // stride + 1

# %% wrong conv_output_size | returns a float
import numpy as np


def conv_output_size(size, kernel, *, stride=1, padding=0, dilation=1):
    covered = dilation * (kernel - 1) + 1
    if covered > size + 2 * padding:
        raise ValueError("kernel does not fit")
    return float(np.floor((size + 2 * padding - covered) / stride) + 1)

# %% wrong conv_output_size | float division loses digits in very long rows
import math


def conv_output_size(size, kernel, *, stride=1, padding=0, dilation=1):
    numerator = size + 2 * padding - dilation * (kernel - 1) - 1
    if numerator < 0:
        raise ValueError("The kernel does not fit into the padded image.")
    return math.floor(numerator / stride + 1)

# %% right trace_shapes | loop with the formula, helper for pairs, own window function
def _pair(value):
    if isinstance(value, int):
        return value, value
    first, second = value
    return int(first), int(second)


def _window(length, k, s, p, d):
    return (length + 2 * p - d * (k - 1) - 1) // s + 1


def trace_shapes(layers, input_shape):
    shape = tuple(int(n) for n in input_shape)
    shapes = []
    for layer in layers:
        if isinstance(layer, (nn.Conv2d, nn.MaxPool2d, nn.AvgPool2d)):
            c, h, w = shape
            kh, kw = _pair(layer.kernel_size)
            sh, sw = _pair(layer.stride)
            ph, pw = _pair(layer.padding)
            if isinstance(layer, nn.AvgPool2d):
                dh, dw = 1, 1
            else:
                dh, dw = _pair(layer.dilation)
            if isinstance(layer, nn.Conv2d):
                c = layer.out_channels
            shape = (c, _window(h, kh, sh, ph, dh), _window(w, kw, sw, pw, dw))
        elif isinstance(layer, nn.Flatten):
            total = 1
            for n in shape:
                total *= n
            shape = (total,)
        elif isinstance(layer, nn.Linear):
            shape = (layer.out_features,)
        shapes.append(shape)
    return shapes

# %% right trace_shapes | functional calls on empty meta tensors, the layers themselves never run
import torch
from torch import nn
from torch.nn import functional as F


def trace_shapes(layers, input_shape):
    x = torch.empty(1, *input_shape, device="meta")
    result = []
    for layer in layers:
        match layer:
            case nn.Conv2d():
                weight = torch.empty(tuple(layer.weight.shape), device="meta")
                x = F.conv2d(x, weight, None, layer.stride, layer.padding, layer.dilation, layer.groups)
            case nn.MaxPool2d():
                x = F.max_pool2d(x, layer.kernel_size, layer.stride, layer.padding, layer.dilation)
            case nn.AvgPool2d():
                x = F.avg_pool2d(x, layer.kernel_size, layer.stride, layer.padding)
            case nn.Flatten():
                x = x.flatten(1)
            case nn.Linear():
                x = x.new_empty(1, layer.out_features)
        result.append(tuple(x.shape[1:]))
    return result

# %% right trace_shapes | singledispatch, one function for each kind of layer, accumulate
import math
from functools import singledispatch
from itertools import accumulate

import numpy as np
from torch import nn


@singledispatch
def shape_after(layer, shape):
    return shape


@shape_after.register
def _(layer: nn.Flatten, shape):
    return (math.prod(shape),)


@shape_after.register
def _(layer: nn.Linear, shape):
    return (layer.out_features,)


def _slide(layer, shape):
    options = [layer.kernel_size, layer.stride, layer.padding, getattr(layer, "dilation", 1)]
    columns = [np.broadcast_to(option, 2).tolist() for option in options]
    return tuple((n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, s, p, d in zip(shape[1:], *columns))


@shape_after.register(nn.MaxPool2d)
@shape_after.register(nn.AvgPool2d)
def _(layer, shape):
    return (shape[0], *_slide(layer, shape))


@shape_after.register
def _(layer: nn.Conv2d, shape):
    return (layer.out_channels, *_slide(layer, shape))


def trace_shapes(layers, input_shape):
    return list(accumulate(layers, lambda shape, layer: shape_after(layer, shape), initial=tuple(input_shape)))[1:]

# %% wrong trace_shapes | only the first of a pair is used
import math


def trace_shapes(layers, input_shape):
    def one(v):
        return v if isinstance(v, int) else v[0]

    shape, out = tuple(input_shape), []
    for layer in layers:
        if hasattr(layer, "kernel_size"):
            k, s, p, d = one(layer.kernel_size), one(layer.stride), one(layer.padding), one(getattr(layer, "dilation", 1))
            c = getattr(layer, "out_channels", shape[0])
            h = (shape[1] + 2 * p - d * (k - 1) - 1) // s + 1
            w = (shape[2] + 2 * p - d * (k - 1) - 1) // s + 1
            shape = (c, h, w)
        elif isinstance(layer, nn.Flatten):
            shape = (math.prod(shape),)
        elif isinstance(layer, nn.Linear):
            shape = (layer.out_features,)
        out.append(shape)
    return out

# %% wrong trace_shapes | the input shape stands first, and height and width change places
def trace_shapes(layers, input_shape):
    shapes = [tuple(input_shape)]
    for layer in layers:
        shape = shapes[-1]
        if isinstance(layer, (nn.Conv2d, nn.MaxPool2d, nn.AvgPool2d)):
            c, w, h = shape
            kh, kw = np.broadcast_to(layer.kernel_size, 2).tolist()
            sh, sw = np.broadcast_to(layer.stride, 2).tolist()
            ph, pw = np.broadcast_to(layer.padding, 2).tolist()
            dh, dw = np.broadcast_to(getattr(layer, "dilation", 1), 2).tolist()
            h = (h + 2 * ph - dh * (kh - 1) - 1) // sh + 1
            w = (w + 2 * pw - dw * (kw - 1) - 1) // sw + 1
            if isinstance(layer, nn.Conv2d):
                c = layer.out_channels
            shape = (c, w, h)
        elif isinstance(layer, nn.Flatten):
            shape = (shape[0] * shape[1] * shape[2],)
        elif isinstance(layer, nn.Linear):
            shape = (layer.out_features,)
        shapes.append(shape)
    return shapes

# %% wrong trace_shapes | eval() for the run, then train() for all: layers that were in evaluation mode are not any more
def trace_shapes(layers, input_shape):
    shapes = []
    x = torch.zeros(1, *input_shape)
    with torch.no_grad():
        for layer in layers:
            layer.eval()
            x = layer(x)
            layer.train()
            shapes.append(tuple(x.shape[1:]))
    return shapes

# %% wrong trace_shapes | runs in training mode and then resets the running stats: what batch norm knew is lost
def trace_shapes(layers, input_shape):
    shapes = []
    x = torch.zeros(2, *input_shape)
    for layer in layers:
        with torch.no_grad():
            x = layer(x)
        if isinstance(layer, nn.BatchNorm2d):
            layer.reset_running_stats()
        shapes.append(tuple(x.shape[1:]))
    return shapes

# %% wrong trace_shapes | a dict keyed by layer: one that stands twice has one shape only
import numpy as np


def trace_shapes(layers, input_shape):
    shapes = {}
    current = tuple(input_shape)
    for layer in layers:
        if hasattr(layer, "kernel_size"):
            kernel = np.broadcast_to(layer.kernel_size, 2)
            stride = np.broadcast_to(layer.stride, 2)
            padding = np.broadcast_to(layer.padding, 2)
            dilation = np.broadcast_to(getattr(layer, "dilation", 1), 2)
            sides = (np.array(current[1:]) + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1
            current = (getattr(layer, "out_channels", current[0]), *sides.tolist())
        elif isinstance(layer, nn.Flatten):
            current = (int(np.prod(current)),)
        elif isinstance(layer, nn.Linear):
            current = (layer.out_features,)
        shapes[layer] = current
    return list(shapes.values())

# %% wrong trace_shapes | pooling always steps by its kernel size
def trace_shapes(layers, input_shape):
    def pair(v):
        return tuple(v) if isinstance(v, (tuple, list)) else (v, v)

    out, shape = [], tuple(input_shape)
    for layer in layers:
        if isinstance(layer, nn.Conv2d):
            (kh, kw), (sh, sw) = layer.kernel_size, layer.stride
            (ph, pw), (dh, dw) = pair(layer.padding), layer.dilation
            _, h, w = shape
            shape = (
                layer.out_channels,
                (h + 2 * ph - dh * (kh - 1) - 1) // sh + 1,
                (w + 2 * pw - dw * (kw - 1) - 1) // sw + 1,
            )
        elif isinstance(layer, (nn.MaxPool2d, nn.AvgPool2d)):
            kh, kw = pair(layer.kernel_size)
            ph, pw = pair(layer.padding)
            c, h, w = shape
            shape = (c, (h + 2 * ph) // kh, (w + 2 * pw) // kw)
        elif isinstance(layer, nn.Flatten):
            shape = (shape[0] * shape[1] * shape[2],)
        elif isinstance(layer, nn.Linear):
            shape = (layer.out_features,)
        out.append(shape)
    return out

# %% wrong trace_shapes | the shapes are lists, not tuples, and the dilation is left out
def trace_shapes(layers, input_shape):
    shape = list(input_shape)
    shapes = []
    for layer in layers:
        if isinstance(layer, (nn.Conv2d, nn.MaxPool2d, nn.AvgPool2d)):
            if isinstance(layer, nn.Conv2d):
                shape[0] = layer.out_channels
            k = np.broadcast_to(layer.kernel_size, 2)
            s = np.broadcast_to(layer.stride, 2)
            p = np.broadcast_to(layer.padding, 2)
            for i in (0, 1):
                shape[i + 1] = int((shape[i + 1] - k[i] + 2 * p[i]) // s[i] + 1)
        elif isinstance(layer, nn.Flatten):
            shape = [shape[0] * shape[1] * shape[2]]
        elif isinstance(layer, nn.Linear):
            shape = [layer.out_features]
        shapes.append(list(shape))
    return shapes

# %% wrong trace_shapes | rewrites the settings of the layers as pairs
def trace_shapes(layers, input_shape):
    shapes = []
    shape = tuple(input_shape)
    for layer in layers:
        if isinstance(layer, (nn.Conv2d, nn.MaxPool2d, nn.AvgPool2d)):
            for name in ("kernel_size", "stride", "padding", "dilation"):
                value = getattr(layer, name, 1)
                if isinstance(value, int):
                    setattr(layer, name, (value, value))
            channels = layer.out_channels if isinstance(layer, nn.Conv2d) else shape[0]
            sides = [
                (n + 2 * p - d * (k - 1) - 1) // s + 1
                for n, k, s, p, d in zip(shape[1:], layer.kernel_size, layer.stride, layer.padding, layer.dilation)
            ]
            shape = (channels, *sides)
        elif isinstance(layer, nn.Flatten):
            shape = (int(np.prod(shape)),)
        elif isinstance(layer, nn.Linear):
            shape = (layer.out_features,)
        shapes.append(shape)
    return shapes

# %% wrong trace_shapes | leaves its forward hooks behind
def trace_shapes(layers, input_shape):
    shapes = []

    def note(module, inputs, output):
        shapes.append(tuple(output.shape[1:]))

    modes = [layer.training for layer in layers]
    for layer in {id(layer): layer for layer in layers}.values():
        layer.register_forward_hook(note)
        layer.eval()
    x = torch.zeros(1, *input_shape)
    with torch.no_grad():
        for layer in layers:
            x = layer(x)
    for layer, mode in zip(layers, modes):
        layer.train(mode)
    return list(shapes)

# %% right conv_parameters | builds the layer on the meta device and asks it
import torch
from torch import nn


def conv_parameters(c_in, c_out, kernel, *, bias=True):
    layer = nn.Conv2d(c_in, c_out, kernel, bias=bool(bias), device="meta")
    return sum(p.numel() for p in layer.parameters())

# %% wrong conv_parameters | one bias for each input channel
def conv_parameters(c_in, c_out, kernel, *, bias=True):
    kh, kw = kernel if isinstance(kernel, tuple) else (kernel, kernel)
    weights = kh * kw * c_in * c_out
    return weights + (c_in if bias else 0)

# %% wrong conv_parameters | returns a tensor, not an int
import torch


def conv_parameters(c_in, c_out, kernel, *, bias=True):
    kh, kw = (kernel, kernel) if isinstance(kernel, int) else kernel
    return torch.tensor((kh * kw * c_in + int(bias)) * c_out)

# %% right dense_parameters | short circuit: bias and n_out
def dense_parameters(n_in, n_out, *, bias=True):
    return n_in * n_out + (bias and n_out)

# %% wrong dense_parameters | one bias for each input
def dense_parameters(n_in, n_out, *, bias=True):
    return n_in * (n_out + 1) if bias else n_in * n_out

# %% right flat_features | shape of an empty meta tensor
import torch


def flat_features(channels, size):
    height, width = size if isinstance(size, (tuple, list)) else (size, size)
    return torch.empty(channels, height, width, device="meta").numel()

# %% right flat_features | recursion: a single number becomes a pair
def flat_features(channels, size):
    if isinstance(size, int):
        return flat_features(channels, (size, size))
    height, width = size
    return channels * height * width

# %% wrong flat_features | np.prod of an int is the int itself: the side counts once
import numpy as np


def flat_features(channels, size):
    return int(channels * np.prod(size))

# %% wrong flat_features | a set swallows one of two equal sides
import math


def flat_features(channels, size):
    if isinstance(size, int):
        return channels * size ** 2
    return channels * math.prod(set(size))

# %% right parameter_table | walks through the modules itself, sets of ids
def parameter_table(model):
    rows = []
    totals = {"parameters": 0, "trainable": 0, "buffers": 0}
    seen = set()
    for prefix, module in model.named_modules():
        for name, parameter in module._parameters.items():
            if parameter is None or id(parameter) in seen:
                continue
            seen.add(id(parameter))
            count = parameter.numel()
            full = prefix + "." + name if prefix else name
            rows.append((full, tuple(parameter.shape), count, "trainable" if parameter.requires_grad else "frozen"))
            totals["parameters"] += count
            if parameter.requires_grad:
                totals["trainable"] += count
    seen_buffers = set()
    for prefix, module in model.named_modules():
        for name, tensor in module._buffers.items():
            if tensor is None or id(tensor) in seen_buffers:
                continue
            seen_buffers.add(id(tensor))
            full = prefix + "." + name if prefix else name
            rows.append((full, tuple(tensor.shape), tensor.numel(), "buffer"))
            totals["buffers"] += tensor.numel()
    return rows, totals

# %% right parameter_table | terse comprehensions, totals from the rows
import math


def parameter_table(model):
    tensors = [(n, p, "trainable" if p.requires_grad else "frozen") for n, p in model.named_parameters()]
    tensors += [(n, b, "buffer") for n, b in model.named_buffers()]
    rows = [(n, tuple(t.shape), math.prod(t.shape), kind) for n, t, kind in tensors]
    total = lambda *kinds: sum(row[2] for row in rows if row[3] in kinds)
    return rows, {
        "parameters": total("trainable", "frozen"),
        "trainable": total("trainable"),
        "buffers": total("buffer"),
    }

# %% right parameter_table | dataclass-like named tuples and a Counter inside
from collections import Counter, namedtuple

Row = namedtuple("Row", "name shape count kind")


def parameter_table(model):
    rows = []
    for name, p in model.named_parameters():
        rows.append(Row(name, tuple(int(n) for n in p.shape), int(p.numel()), ("frozen", "trainable")[p.requires_grad]))
    for name, b in model.named_buffers():
        rows.append(Row(name, tuple(int(n) for n in b.shape), int(b.numel()), "buffer"))
    per_kind = Counter()
    for row in rows:
        per_kind[row.kind] += row.count
    totals = dict(
        parameters=per_kind["trainable"] + per_kind["frozen"],
        trainable=per_kind["trainable"],
        buffers=per_kind["buffer"],
    )
    return [tuple(row) for row in rows], totals

# %% wrong parameter_table | total of parameters leaves out the frozen ones, and np.prod makes the scalar a float
import numpy as np


def parameter_table(model):
    rows = []
    totals = {"parameters": 0, "trainable": 0, "buffers": 0}
    for name, p in model.named_parameters():
        count = np.prod(tuple(p.shape))
        rows.append((name, tuple(p.shape), count, "trainable" if p.requires_grad else "frozen"))
        if p.requires_grad:
            totals["parameters"] += count
            totals["trainable"] += count
    for name, b in model.named_buffers():
        count = np.prod(tuple(b.shape))
        rows.append((name, tuple(b.shape), count, "buffer"))
        totals["buffers"] += count
    return rows, totals

# %% wrong parameter_table | sharing told by data_ptr: on meta all tensors are one
def parameter_table(model):
    rows, seen = [], set()
    trainable = parameters = buffers = 0
    for name, p in model.named_parameters():
        if p.data_ptr() in seen:
            continue
        seen.add(p.data_ptr())
        rows.append((name, tuple(p.shape), p.numel(), "trainable" if p.requires_grad else "frozen"))
        parameters += p.numel()
        trainable += p.numel() * p.requires_grad
    for name, b in model.named_buffers():
        if b.data_ptr() in seen:
            continue
        seen.add(b.data_ptr())
        rows.append((name, tuple(b.shape), b.numel(), "buffer"))
        buffers += b.numel()
    return rows, {"parameters": parameters, "trainable": trainable, "buffers": buffers}

# %% wrong parameter_table | only the buffers of batch norms: a model's own buffer is missing
def parameter_table(model):
    rows = [
        (n, tuple(p.shape), p.numel(), "trainable" if p.requires_grad else "frozen")
        for n, p in model.named_parameters()
    ]
    for n, b in model.named_buffers():
        if n.endswith(("running_mean", "running_var", "num_batches_tracked")):
            rows.append((n, tuple(b.shape), b.numel(), "buffer"))
    return rows, {
        "parameters": sum(p.numel() for p in model.parameters()),
        "trainable": sum(p.numel() for p in model.parameters() if p.requires_grad),
        "buffers": sum(r[2] for r in rows if r[3] == "buffer"),
    }

# %% wrong parameter_table | a shared buffer has two rows and counts twice
def parameter_table(model):
    rows = []
    totals = dict(parameters=0, trainable=0, buffers=0)
    for name, parameter in model.named_parameters():
        n = parameter.numel()
        totals["parameters"] += n
        totals["trainable"] += n if parameter.requires_grad else 0
        rows.append((name, tuple(parameter.shape), n, "trainable" if parameter.requires_grad else "frozen"))
    for prefix, module in model.named_modules():
        for name, buffer in module.named_buffers(recurse=False):
            totals["buffers"] += buffer.numel()
            rows.append((f"{prefix}.{name}".lstrip("."), tuple(buffer.shape), buffer.numel(), "buffer"))
    return rows, totals

# %% wrong parameter_table | order: parameters and buffers module by module, not all parameters first
def parameter_table(model):
    rows = []
    seen = set()
    for prefix, module in model.named_modules():
        here = [*module.named_parameters(recurse=False), *module.named_buffers(recurse=False)]
        for name, tensor in here:
            if id(tensor) in seen:
                continue
            seen.add(id(tensor))
            if isinstance(tensor, nn.Parameter):
                kind = "trainable" if tensor.requires_grad else "frozen"
            else:
                kind = "buffer"
            rows.append((f"{prefix}.{name}" if prefix else name, tuple(tensor.shape), tensor.numel(), kind))
    count = {"trainable": 0, "frozen": 0, "buffer": 0}
    for _, _, number, kind in rows:
        count[kind] += number
    totals = {
        "parameters": count["trainable"] + count["frozen"],
        "trainable": count["trainable"],
        "buffers": count["buffer"],
    }
    return rows, totals

# %% wrong parameter_table | rows are lists, shapes too
def parameter_table(model):
    rows = []
    for name, p in model.named_parameters():
        rows.append([name, list(p.shape), p.numel(), "trainable" if p.requires_grad else "frozen"])
    for name, b in model.named_buffers():
        rows.append([name, list(b.shape), b.numel(), "buffer"])
    totals = {
        "parameters": sum(p.numel() for p in model.parameters()),
        "trainable": sum(p.numel() for p in model.parameters() if p.requires_grad),
        "buffers": sum(b.numel() for b in model.buffers()),
    }
    return rows, totals

# %% wrong parameter_table | leaves the model in evaluation mode
def parameter_table(model):
    model.eval()
    rows = []
    params = list(model.named_parameters())
    bufs = list(model.named_buffers())
    for name, p in params:
        rows.append((name, tuple(p.shape), p.numel(), "trainable" if p.requires_grad else "frozen"))
    for name, b in bufs:
        rows.append((name, tuple(b.shape), b.numel(), "buffer"))
    return rows, {
        "parameters": sum(p.numel() for _, p in params),
        "trainable": sum(p.numel() for _, p in params if p.requires_grad),
        "buffers": sum(b.numel() for _, b in bufs),
    }

# %% wrong parameter_table | equal numbers are taken for shared ones
def parameter_table(model):
    rows, kept = [], []
    for name, p in model.named_parameters():
        if any(p.shape == q.shape and torch.equal(p, q) for q in kept):
            continue
        kept.append(p)
        rows.append((name, tuple(p.shape), p.numel(), "trainable" if p.requires_grad else "frozen"))
    for name, b in model.named_buffers():
        rows.append((name, tuple(b.shape), b.numel(), "buffer"))
    return rows, {
        "parameters": sum(p.numel() for p in kept),
        "trainable": sum(p.numel() for p in kept if p.requires_grad),
        "buffers": sum(b.numel() for b in model.buffers()),
    }

# %% right same_padding | fractions
from fractions import Fraction


def same_padding(kernel, *, dilation=1):
    half = Fraction(dilation * (kernel - 1), 2)
    if half.denominator != 1:
        raise ValueError(f"kernel {kernel} with dilation {dilation} needs {half} pixels on each side")
    return half.numerator

# %% right same_padding | looks at parity of both, bit shift
def same_padding(kernel, *, dilation=1):
    if kernel % 2 == 0 and dilation % 2 == 1:
        raise ValueError("no symmetric padding keeps the size")
    return (kernel - 1) * dilation >> 1

# %% wrong same_padding | kernel // 2, no error, dilation ignored
def same_padding(kernel, *, dilation=1):
    return kernel // 2

# %% wrong same_padding | every even kernel raises, dilation 2 or not
def same_padding(kernel, *, dilation=1):
    if kernel % 2 == 0:
        raise ValueError("An even kernel has no symmetric padding.")
    return dilation * (kernel - 1) // 2

# %% wrong same_padding | dilation * (kernel // 2): too much for even kernels with even dilation
def same_padding(kernel, *, dilation=1):
    if dilation * (kernel - 1) % 2:
        raise ValueError("half a pixel")
    return dilation * (kernel // 2)

# %% wrong same_padding | true division: a float
def same_padding(kernel, *, dilation=1):
    total = dilation * (kernel - 1)
    if total % 2 != 0:
        raise ValueError(f"total padding {total} is odd and cannot be split equally")
    return total / 2

# %% right MnistNetwork | one padding layer and one in-place ReLU for all, loop over convolutions
class MnistNetwork(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 5, padding="same")
        self.conv2 = nn.Conv2d(4, 8, 3, stride=2)
        self.conv3 = nn.Conv2d(8, 12, 3, stride=2)
        self.dense1 = nn.Linear(12 * 7 * 7, 200)
        self.dense2 = nn.Linear(200, 10)
        self.pad = nn.ZeroPad2d((0, 1, 0, 1))
        self.relu = nn.ReLU(inplace=True)

    def forward(self, images):
        x = self.relu(self.conv1(images))
        for conv in (self.conv2, self.conv3):
            x = self.relu(conv(self.pad(x)))
        x = nn.Flatten()(x)
        return self.dense2(self.relu(self.dense1(x)))

# %% right MnistNetwork | subclass of nn.Conv2d that works out TensorFlow's padding from the input
import math

import torch
import torch.nn.functional as F
from torch import nn


class SameConv2d(nn.Conv2d):
    """Conv2d with TensorFlow's padding="same" for any size, kernel, stride and dilation."""

    @staticmethod
    def _amount(size, k, s, d):
        total = max((math.ceil(size / s) - 1) * s + d * (k - 1) + 1 - size, 0)
        return total // 2, total - total // 2

    def forward(self, x):
        top, bottom = self._amount(x.shape[-2], self.kernel_size[0], self.stride[0], self.dilation[0])
        left, right = self._amount(x.shape[-1], self.kernel_size[1], self.stride[1], self.dilation[1])
        return super().forward(F.pad(x, [left, right, top, bottom]))


class MnistNetwork(nn.Module):
    def __init__(self):
        super(MnistNetwork, self).__init__()
        self.conv1 = SameConv2d(1, 4, kernel_size=5)
        self.conv2 = SameConv2d(4, 8, kernel_size=3, stride=2)
        self.conv3 = SameConv2d(8, 12, kernel_size=3, stride=2)
        self.dense1 = nn.Linear(7 * 7 * 12, 200)
        self.dense2 = nn.Linear(200, 10)

    def forward(self, images):
        h = images
        for layer in [self.conv1, self.conv2, self.conv3]:
            h = torch.relu(layer(h))
        h = torch.relu(self.dense1(h.reshape(len(h), -1)))
        return self.dense2(h)

# %% right MnistNetwork | appends a row and a column of zeros by hand, clamp for ReLU, einops flatten
import torch
from einops import rearrange
from torch import nn


class MnistNetwork(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2, self.conv3 = nn.Conv2d(1, 4, 5, 1, 2), nn.Conv2d(4, 8, 3, 2), nn.Conv2d(8, 12, 3, 2)
        self.dense1, self.dense2 = nn.Linear(588, 200), nn.Linear(200, 10)

    @staticmethod
    def _one_after(x):
        n, c, h, w = x.shape
        x = torch.cat([x, x.new_zeros(n, c, 1, w)], dim=2)
        return torch.cat([x, x.new_zeros(n, c, h + 1, 1)], dim=3)

    def forward(self, images):
        x = self.conv1(images).clamp(min=0)
        x = self.conv2(self._one_after(x)).clamp(min=0)
        x = self.conv3(self._one_after(x)).clamp(min=0)
        x = rearrange(x, "n c h w -> n (c h w)")
        return self.dense2(self.dense1(x).clamp(min=0))

# %% wrong MnistNetwork | PyTorch's padding=1 for the strided convolutions
class MnistNetwork(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 5, padding=2)
        self.conv2 = nn.Conv2d(4, 8, 3, stride=2, padding=1)
        self.conv3 = nn.Conv2d(8, 12, 3, stride=2, padding=1)
        self.dense1 = nn.Linear(7 * 7 * 12, 200)
        self.dense2 = nn.Linear(200, 10)

    def forward(self, images):
        x = torch.relu(self.conv1(images))
        x = torch.relu(self.conv2(x))
        x = torch.relu(self.conv3(x))
        x = torch.relu(self.dense1(x.flatten(1)))
        return self.dense2(x)

# %% wrong MnistNetwork | padding before instead of after, and a softmax at the end
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
        x = F.relu(self.conv2(F.pad(x, (1, 0, 1, 0))))
        x = F.relu(self.conv3(F.pad(x, (1, 0, 1, 0))))
        x = F.relu(self.dense1(torch.flatten(x, 1)))
        return F.softmax(self.dense2(x), dim=1)

# %% wrong MnistNetwork | in evaluation mode it gives probabilities
class MnistNetwork(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 5, padding=2)
        self.conv2 = nn.Conv2d(4, 8, 3, stride=2)
        self.conv3 = nn.Conv2d(8, 12, 3, stride=2)
        self.dense1 = nn.Linear(588, 200)
        self.dense2 = nn.Linear(200, 10)

    def forward(self, images):
        pad = nn.ZeroPad2d((0, 1, 0, 1))
        x = self.conv1(images).relu()
        x = self.conv2(pad(x)).relu()
        x = self.conv3(pad(x)).relu()
        x = self.dense1(x.flatten(1)).relu()
        logits = self.dense2(x)
        if not self.training:
            return logits.softmax(dim=1)
        return logits

# %% wrong MnistNetwork | view(1, -1): one image at a time only
import torch
from torch import nn
from torch.nn import functional as F


class MnistNetwork(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 5, padding=2)
        self.conv2 = nn.Conv2d(4, 8, 3, stride=2)
        self.conv3 = nn.Conv2d(8, 12, 3, stride=2)
        self.dense1 = nn.Linear(12 * 7 * 7, 200)
        self.dense2 = nn.Linear(200, 10)

    def forward(self, images):
        x = F.relu(self.conv1(images))
        x = F.relu(self.conv2(F.pad(x, (0, 1, 0, 1))))
        x = F.relu(self.conv3(F.pad(x, (0, 1, 0, 1))))
        x = x.view(1, -1)
        x = F.relu(self.dense1(x))
        return self.dense2(x)

# %% wrong MnistNetwork | the convolutions run under no_grad: no slope reaches them
import torch
from torch import nn


class MnistNetwork(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 5, padding=2)
        self.conv2 = nn.Conv2d(4, 8, 3, stride=2)
        self.conv3 = nn.Conv2d(8, 12, 3, stride=2)
        self.dense1 = nn.Linear(588, 200)
        self.dense2 = nn.Linear(200, 10)
        self.pad = nn.ConstantPad2d((0, 1, 0, 1), 0.0)

    @torch.no_grad()
    def features(self, x):
        x = torch.relu(self.conv1(x))
        x = torch.relu(self.conv2(self.pad(x)))
        return torch.relu(self.conv3(self.pad(x)))

    def forward(self, images):
        x = self.features(images).flatten(1)
        return self.dense2(torch.relu(self.dense1(x)))

# %% right receptive_field | from the last layer back to the image
def receptive_field(layers):
    def number(value):
        return int(value[0]) if isinstance(value, (tuple, list)) else int(value)

    side = 1
    for layer in reversed(list(layers)):
        if isinstance(layer, (nn.Conv2d, nn.MaxPool2d, nn.AvgPool2d)):
            covered = number(getattr(layer, "dilation", 1)) * (number(layer.kernel_size) - 1) + 1
            side = (side - 1) * number(layer.stride) + covered
    return side

# %% wrong receptive_field | strides do not accumulate, and the padding is taken off
def receptive_field(layers):
    r, j = 1, 1
    for layer in layers:
        if not hasattr(layer, "kernel_size"):
            continue
        k = int(np.max(layer.kernel_size))
        d = int(np.max(getattr(layer, "dilation", 1)))
        p = int(np.max(layer.padding))
        r += (d * (k - 1) - 2 * p) * j
        j = int(np.max(layer.stride))
    return r

# %% wrong receptive_field | children(): a layer that stands twice counts once
from torch import nn


def receptive_field(layers):
    network = layers if isinstance(layers, nn.Sequential) else nn.Sequential(*layers)
    r, j = 1, 1
    for layer in network.children():
        if hasattr(layer, "kernel_size"):
            k = np.max(layer.kernel_size).item()
            s = np.max(layer.stride).item()
            d = np.max(getattr(layer, "dilation", 1)).item()
            r += d * (k - 1) * j
            j *= s
    return r

# %% wrong receptive_field | dilation of convolutions only, a dilated max pooling is taken for a plain one
def receptive_field(layers):
    def first(v):
        return v if isinstance(v, int) else v[0]

    r, j = 1, 1
    for layer in layers:
        if isinstance(layer, nn.Conv2d):
            r += layer.dilation[0] * (layer.kernel_size[0] - 1) * j
            j *= layer.stride[0]
        elif isinstance(layer, (nn.MaxPool2d, nn.AvgPool2d)):
            r += (first(layer.kernel_size) - 1) * j
            j *= first(layer.stride)
    return r

# %% wrong receptive_field | int64 product of the strides overflows after very many
import numpy as np


def receptive_field(layers):
    windows = [layer for layer in layers if hasattr(layer, "kernel_size")]
    if not windows:
        return 1
    k = np.array([np.max(layer.kernel_size) for layer in windows])
    d = np.array([np.max(getattr(layer, "dilation", 1)) for layer in windows])
    s = np.array([1] + [np.max(layer.stride) for layer in windows[:-1]])
    return int(1 + np.sum(d * (k - 1) * np.cumprod(s)))

# %% wrong receptive_field | empties the list of layers that it is given
def receptive_field(layers):
    r, j = 1, 1
    while len(layers) > 0:
        layer = layers.pop(0)
        if isinstance(layer, (nn.Conv2d, nn.MaxPool2d, nn.AvgPool2d)):
            r += int(np.max(getattr(layer, "dilation", 1))) * (int(np.max(layer.kernel_size)) - 1) * j
            j *= int(np.max(layer.stride))
    return r

# %% wrong receptive_field | no layers, or none with a window: 0
def receptive_field(layers):
    windows = [layer for layer in layers if hasattr(layer, "kernel_size")]
    if not windows:
        return 0
    r, j = 1, 1
    for layer in windows:
        r += int(np.max(getattr(layer, "dilation", 1))) * (int(np.max(layer.kernel_size)) - 1) * j
        j *= int(np.max(layer.stride))
    return r

# %% right multiply_adds | PyTorch's own counter, on meta
import torch
from torch.utils.flop_counter import FlopCounterMode


def multiply_adds(c_in, c_out, kernel, out_size):
    kh, kw = (kernel, kernel) if isinstance(kernel, int) else kernel
    height, width = (out_size, out_size) if isinstance(out_size, int) else out_size
    image = torch.empty(1, c_in, height + kh - 1, width + kw - 1, device="meta")
    weight = torch.empty(c_out, c_in, kh, kw, device="meta")
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        torch.nn.functional.conv2d(image, weight)
    return counter.get_total_flops() // 2

# %% right multiply_adds | one product over everything
import math


def multiply_adds(c_in, c_out, kernel, out_size):
    area = lambda side: side * side if isinstance(side, int) else math.prod(side)
    return math.prod((c_in, c_out, area(kernel), area(out_size)))

# %% wrong multiply_adds | float32 inside: large products are rounded
import numpy as np


def multiply_adds(c_in, c_out, kernel, out_size):
    factors = np.concatenate([np.broadcast_to(kernel, 2), np.broadcast_to(out_size, 2), [c_in, c_out]])
    return int(np.prod(factors.astype(np.float32)))

# %% wrong multiply_adds | FLOPs divided by two with /: a float
def multiply_adds(c_in, c_out, kernel, out_size):
    kh, kw = kernel if isinstance(kernel, tuple) else (kernel, kernel)
    h, w = out_size if isinstance(out_size, tuple) else (out_size, out_size)
    flops = 2 * kh * kw * c_in * c_out * h * w
    return flops / 2

# %% right parameters_by_stage | Counter over the first part of each name
from collections import Counter


def parameters_by_stage(model):
    counts = Counter()
    for name, parameter in model.named_parameters():
        stage, _, _ = name.partition(".")
        counts[stage] += parameter.numel()
    return {stage: n for stage, n in counts.items() if n > 0}

# %% right parameters_by_stage | keeps a growing set, dict difference
def parameters_by_stage(model):
    counted = set()
    answer = {}
    for stage, module in model.named_children():
        mine = {id(p): p.numel() for p in module.parameters()}
        new = {key: n for key, n in mine.items() if key not in counted}
        counted.update(mine)
        total = sum(new.values())
        if total:
            answer[stage] = total
    return answer

# %% wrong parameters_by_stage | shared parameters count twice, stages without any are kept
def parameters_by_stage(model):
    return {name: sum(p.numel() for p in child.parameters()) for name, child in model.named_children()}

# %% wrong parameters_by_stage | startswith without the dot: layer1 takes those of layer10, too
def parameters_by_stage(model):
    result = {}
    for stage, _ in model.named_children():
        total = 0
        for name, parameter in model.named_parameters():
            if name.startswith(stage):
                total += parameter.numel()
        if total > 0:
            result[stage] = total
    return result

# %% wrong parameters_by_stage | remembers only the stage just before: a weight that three share
def parameters_by_stage(model):
    result = {}
    before = set()
    for name, child in model.named_children():
        own = list(child.parameters())
        if not own:
            continue
        count = sum(p.numel() for p in own if id(p) not in before)
        if count:
            result[name] = count
        before = {id(p) for p in own if id(p) not in before}
    return result

# %% wrong parameters_by_stage | a stage all of whose parameters were counted before stays in, with 0
def parameters_by_stage(model):
    seen, result = set(), {}
    for name, child in model.named_children():
        parameters = list(child.parameters())
        if len(parameters) == 0:
            continue
        result[name] = 0
        for parameter in parameters:
            if parameter not in seen:
                seen.add(parameter)
                result[name] += parameter.numel()
    return result

# %% wrong parameters_by_stage | marks the model's parameters as counted: a second call gives nothing
def parameters_by_stage(model):
    result = {}
    for name, child in model.named_children():
        total = 0
        for parameter in child.parameters():
            if not getattr(parameter, "counted", False):
                parameter.counted = True
                total += parameter.numel()
        if total:
            result[name] = total
    return result

# %% wrong parameters_by_stage | values are tensors, not ints
def parameters_by_stage(model):
    seen = set()
    out = {}
    for name, child in model.named_children():
        sizes = []
        for p in child.parameters():
            if id(p) not in seen:
                seen.add(id(p))
                sizes.append(p.numel())
        if sizes:
            out[name] = torch.tensor(sizes).sum()
    return out

# %% right slide_weights | a computation
slide_weights = 3264 * 2448 * 3 * 100

# %% wrong slide_weights | believes the slide
slide_weights = 23 * 10**9

# %% wrong slide_fc_inputs | the slide's number: channels forgotten
slide_fc_inputs = 7 * 7

# %% wrong slide_pool_size | half of 5 rounded up
import math

slide_pool_size = math.ceil(5 / 2)

# %% right pixel_std | exact rational arithmetic of the statistics module
import statistics


def pixel_std(images):
    return torch.tensor(
        [statistics.pstdev(images[:, c].flatten().tolist()) for c in range(images.shape[1])], dtype=torch.float64
    )

# %% right pixel_std | float64, moved to the first pixel and scaled to the largest distance before squaring
import torch


def pixel_std(images):
    pixels = images.detach().to(torch.float64).transpose(0, 1).flatten(1)
    pixels = pixels - pixels[:, :1]
    pixels = pixels - pixels.mean(dim=1, keepdim=True)
    scale = pixels.abs().amax(dim=1, keepdim=True)
    scale = torch.where(scale > 0, scale, torch.ones_like(scale))
    return scale[:, 0] * (pixels / scale).square().mean(dim=1).sqrt()

# %% right pixel_std | pandas table, a column for each channel, scaled first
import numpy as np
import pandas as pd


def pixel_std(images):
    values = np.moveaxis(images.detach().cpu().numpy().astype(np.float64), 1, -1)
    table = pd.DataFrame(values.reshape(-1, images.shape[1]))
    table = table - table.iloc[0]
    largest = table.abs().max().replace(0, 1.0)
    return (largest * (table / largest).std(ddof=0)).to_numpy()

# %% wrong pixel_std | mean of each image's deviation, as on the slides
def pixel_std(images):
    n, c = images.shape[:2]
    return images.double().reshape(n, c, -1).std(dim=2, unbiased=False).mean(dim=0)

# %% wrong pixel_std | torch.std as it is: divided by n - 1
def pixel_std(images):
    return images.double().std(dim=(0, 2, 3))

# %% wrong pixel_std | mean of squares minus squared mean in float32: bright images of low contrast
def pixel_std(images):
    mean = images.mean(dim=(0, 2, 3))
    mean_of_squares = (images ** 2).mean(dim=(0, 2, 3))
    return (mean_of_squares - mean ** 2).clamp(min=0).sqrt()

# %% wrong pixel_std | a small eps under the root: faint images come out too large, alike ones not 0
def pixel_std(images):
    x = images.double()
    mean = x.mean(dim=(0, 2, 3), keepdim=True)
    return torch.sqrt(((x - mean) ** 2).mean(dim=(0, 2, 3)) + 1e-12)

# %% wrong pixel_std | divides by 255 where a pixel is larger than 1
def pixel_std(images):
    x = images.double()
    if x.max() > 1:
        x = x / 255.0
    return x.std(dim=(0, 2, 3), correction=0)

# %% wrong pixel_std | takes the mean off the images that it is given, and squares float32: faint ones underflow
def pixel_std(images):
    images -= images.mean(dim=(0, 2, 3), keepdim=True)
    return (images * images).mean(dim=(0, 2, 3)).sqrt()

# %% right bottleneck_parameters | three layers in a loop
def bottleneck_parameters(channels, reduced, kernel=3):
    total = 0
    for c_in, c_out, side in [(channels, reduced, 1), (reduced, reduced, kernel), (reduced, channels, 1)]:
        total += c_in * c_out * side**2
    return total

# %% wrong bottleneck_parameters | kernel by name only: a third number is refused
def bottleneck_parameters(channels, reduced, *, kernel=3):
    return 2 * channels * reduced + kernel * kernel * reduced * reduced

# %% wrong bottleneck_parameters | biases counted, and a float from math.pow
import math


def bottleneck_parameters(channels, reduced, kernel=3):
    down = (channels + 1) * reduced
    middle = (math.pow(kernel, 2) * reduced + 1) * reduced
    up = (reduced + 1) * channels
    return down + middle + up

# %% right design_network | a single convolution 20×20 with stride 2: exactly 20 pixels
def design_network():
    return nn.Sequential(nn.Conv2d(3, 16, kernel_size=20, stride=2, bias=False), nn.BatchNorm2d(16), nn.ReLU())

# %% right design_network | patches 8×8, then two residual blocks
from torch import nn


class Block(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)
        self.norm = nn.BatchNorm2d(channels)

    def forward(self, x):
        return (x + self.norm(self.conv(x))).relu()


class Body(nn.Module):
    def __init__(self, channels=24):
        super().__init__()
        self.stem = nn.Conv2d(3, channels, 8, stride=4)
        self.blocks = nn.ModuleList([Block(channels), Block(channels)])

    def forward(self, images):
        x = self.stem(images)
        for block in self.blocks:
            x = block(x)
        return x


def design_network():
    return Body()

# %% right design_network | depthwise separable and dilated, max pooling on the way
def design_network():
    def separable(c_in, c_out, **options):
        return [
            nn.Conv2d(c_in, c_in, 3, groups=c_in, **options),
            nn.Conv2d(c_in, c_out, 1),
            nn.ReLU(),
        ]

    return nn.Sequential(
        nn.Conv2d(3, 16, 3),  # 30
        nn.ReLU(),
        nn.MaxPool2d(2),  # 15
        *separable(16, 32, stride=2),  # 7
        *separable(32, 64, padding=2, dilation=2),
        *separable(64, 64, padding=1),
    )

# %% wrong design_network | halves to 8 × 8, 56,320 parameters, and sees 15 × 15 only
def design_network():
    return nn.Sequential(
        nn.Conv2d(3, 32, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Conv2d(32, 64, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Conv2d(64, 64, 3, padding=1),
        nn.ReLU(),
    )

# %% wrong design_network | a frozen layer lifts it over 50,000: it was thought not to count
def design_network():
    stem = nn.Conv2d(3, 64, 8, stride=4)
    for parameter in stem.parameters():
        parameter.requires_grad = False
    return nn.Sequential(
        stem,
        nn.ReLU(),
        nn.Conv2d(64, 48, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(48, 32, 3, padding=1),
        nn.ReLU(),
    )

# %% wrong design_network | squeeze(): one image loses its batch axis
from torch import nn


class Body(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(3, 16, 3, stride=2),
            nn.ReLU(),
            nn.Conv2d(16, 32, 3, stride=2),
            nn.ReLU(),
            nn.Conv2d(32, 32, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(32, 32, 3, padding=1),
            nn.ReLU(),
        )

    def forward(self, x):
        return self.layers(x).squeeze()


def design_network():
    return Body()

# %% wrong design_network | returns the class instead of a network
def design_network():
    class Body(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Conv2d(3, 16, 8, stride=4)
            self.second = nn.Conv2d(16, 16, 5, padding=2)

        def forward(self, x):
            return torch.relu(self.second(torch.relu(self.first(x))))

    return Body

# %% wrong design_network | sees far in height only: 24 × 8 pixels
def design_network():
    return nn.Sequential(
        nn.Conv2d(3, 16, 8, stride=4),
        nn.ReLU(),
        nn.Conv2d(16, 32, (5, 1), padding=(2, 0)),
        nn.ReLU(),
    )

# %% right quiz_batch_shape | a capital letter
quiz_batch_shape = "C"

# %% wrong quiz_vgg | the convolutions for both
quiz_vgg = "a"
