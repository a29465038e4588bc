"""Right answers of assignment 2, written differently: the questions accept every one."""

import numpy as np
import torch
from torch import nn

from solutions.a2_shapes.notebook import conv_output_size, conv_parameters

# ---- conv_output_size ----


def conv_output_size__counts_places(size, kernel, *, stride=1, padding=0, dilation=1):
    """Counts the places one by one."""
    places, start = 0, -padding
    while start + dilation * (kernel - 1) < size + padding:
        places, start = places + 1, start + stride
    if places == 0:
        raise ValueError("no place for the kernel")
    return places


def conv_output_size__checks_the_result(size, kernel, *, stride=1, padding=0, dilation=1):
    """The formula as it stands, and its result checked instead of its arguments."""
    out = (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1
    if out < 1:
        raise ValueError("no place for the kernel")
    return out


def conv_output_size__asks_torch(size, kernel, *, stride=1, padding=0, dilation=1):
    """Lets PyTorch convolve a row of zeros."""
    row, weight = torch.zeros(1, 1, size), torch.zeros(1, 1, kernel)
    try:
        return nn.functional.conv1d(row, weight, stride=stride, padding=padding, dilation=dilation).shape[2]
    except RuntimeError as error:
        raise ValueError(str(error)) from error


# ---- trace_shapes ----


def trace_shapes__runs_the_layers(layers, input_shape):
    """Sends a batch of one image through the layers and drops the batch axis."""
    import copy

    shapes, x = [], torch.zeros(1, *input_shape)
    for layer in layers:
        x = copy.deepcopy(layer).eval()(x)
        shapes.append(tuple(x.shape[1:]))
    return shapes


def trace_shapes__batch_of_two(layers, input_shape):
    """Sends a batch of two through the functions behind the layers; the shapes are `torch.Size`."""
    shapes, x = [], torch.zeros(2, *input_shape)
    for layer in layers:
        if isinstance(layer, nn.BatchNorm2d):
            pass
        elif isinstance(layer, nn.Dropout):
            x = nn.functional.dropout(x, training=False)
        else:
            with torch.no_grad():
                x = layer(x)
        shapes.append(x[0].shape)
    return shapes


def trace_shapes__by_class_name(layers, input_shape):
    """Decides by the name of the class, and computes each axis with the function of exercise 1."""

    def two(value):
        return (value, value) if isinstance(value, int) else value

    shapes = [tuple(input_shape)]
    for layer in layers:
        before, kind = shapes[-1], type(layer).__name__
        if kind in ("Conv2d", "MaxPool2d", "AvgPool2d"):
            options = [two(v) for v in (layer.stride, layer.padding, getattr(layer, "dilation", 1))]
            height, width = (
                conv_output_size(before[1 + a], two(layer.kernel_size)[a], stride=s[a], padding=p[a], dilation=d[a])
                for a, (s, p, d) in enumerate([options, options])
            )
            after = (layer.out_channels if kind == "Conv2d" else before[0], height, width)
        elif kind == "Flatten":
            after = (before[0] * before[1] * before[2],)
        elif kind == "Linear":
            after = (layer.out_features,)
        else:
            after = before
        shapes.append(after)
    return shapes[1:]


# ---- conv_parameters ----


def conv_parameters__live_layer(c_in, c_out, kernel, *, bias=True):
    """Builds the layer without memory and counts."""
    return sum(p.numel() for p in nn.Conv2d(c_in, c_out, kernel, bias=bias, device="meta").parameters())


def conv_parameters__numpy(c_in, c_out, kernel, *, bias=True):
    """NumPy spreads the kernel over two axes; the result is a NumPy integer."""
    return c_out * c_in * np.prod(np.broadcast_to(kernel, 2)) + (c_out if bias else 0)


def conv_parameters__one_filter_first(c_in, c_out, kernel, *, bias=True):
    """One filter, times the filters."""
    kh, kw = kernel if isinstance(kernel, (tuple, list)) else [kernel] * 2
    one_filter = kh * kw * c_in
    if bias:
        one_filter += 1
    return one_filter * c_out


# ---- dense_parameters ----


def dense_parameters__live_layer(n_in, n_out, *, bias=True):
    """Builds the layer without memory and counts."""
    return sum(p.numel() for p in nn.Linear(n_in, n_out, bias=bias, device="meta").parameters())


def dense_parameters__is_a_convolution(n_in, n_out, *, bias=True):
    """A dense layer is a 1×1 convolution on one pixel."""
    return conv_parameters(n_in, n_out, 1, bias=bias)


# ---- flat_features ----


def flat_features__flattens(channels, size):
    """Lets PyTorch flatten."""
    return torch.zeros(channels, *np.broadcast_to(size, 2)).flatten().numel()


def flat_features__try(channels, size):
    """Tries to take a pair apart."""
    try:
        height, width = size
    except TypeError:
        height = width = size
    return height * width * channels


# ---- parameter_table ----


def parameter_table__one_loop(model):
    """One loop over all tensors, totals counted on the way; shapes are `torch.Size`."""
    totals = {"buffers": 0, "trainable": 0, "parameters": 0}
    rows = []
    for name, tensor in [*model.named_parameters(), *model.named_buffers()]:
        count = int(np.prod(tensor.shape))
        if not isinstance(tensor, nn.Parameter):
            kind = "buffer"
            totals["buffers"] += count
        else:
            kind = "trainable" if tensor.requires_grad else "frozen"
            totals["parameters"] += count
            totals["trainable"] += count * tensor.requires_grad
        rows.append((name, tensor.shape, count, kind))
    return rows, totals


def parameter_table__walks_the_tree(model):
    """Walks the modules itself and remembers by identity what it has seen."""
    import math

    seen, parameters, buffers = set(), [], []
    for path, module in model.named_modules():
        for rows, tensors in ((parameters, module._parameters), (buffers, module._buffers)):
            for name, tensor in tensors.items():
                if tensor is None or id(tensor) in seen:
                    continue
                seen.add(id(tensor))
                kind = "buffer" if rows is buffers else "trainable" if tensor.requires_grad else "frozen"
                full = f"{path}.{name}" if path else name
                rows.append((full, tuple(tensor.size()), math.prod(tensor.size()), kind))
    totals = {
        "parameters": sum(count for _, _, count, _ in parameters),
        "trainable": sum(count for _, _, count, kind in parameters if kind == "trainable"),
        "buffers": sum(count for _, _, count, _ in buffers),
    }
    return parameters + buffers, totals


# ---- same_padding ----


def same_padding__divmod(kernel, *, dilation=1):
    """Quotient and remainder at once."""
    padding, rest = divmod(dilation * (kernel - 1), 2)
    if rest:
        raise ValueError("one side would need a pixel more than the other")
    return padding


def same_padding__searches(kernel, *, dilation=1):
    """Tries one padding after the other until the size is kept."""
    for padding in range(dilation * kernel):
        if conv_output_size(1000, kernel, padding=padding, dilation=dilation) == 1000:
            return padding
    raise ValueError("no padding keeps the size")


# ---- MnistNetwork ----


class MnistNetwork__pad_modules(nn.Module):
    """Padding and ReLU as modules, layers made from the last to the first, some of them known by two names."""

    def __init__(self):
        super().__init__()
        self.dense2, self.dense1 = nn.Linear(200, 10), nn.Linear(7 * 7 * 12, 200)
        self.conv3, self.conv2 = nn.Conv2d(8, 12, 3, stride=2), nn.Conv2d(4, 8, 3, stride=2)
        pad, self.relu = nn.ZeroPad2d((0, 1, 0, 1)), nn.ReLU()
        self.body = nn.Sequential(nn.Conv2d(1, 4, 5, padding="same"), self.relu, pad, self.conv2, self.relu, pad)
        self.conv1 = self.body[0]

    def forward(self, x):
        x = self.relu(self.conv3(self.body(x)))
        x = x.reshape(len(x), 7 * 7 * 12)
        return self.dense2(self.relu(self.dense1(x)))


class MnistNetwork__every_second(nn.Module):
    """Convolves at every place, keeps every second one from the second on, and clamps instead of ReLU."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, (5, 5), padding=(2, 2))
        self.conv2 = nn.Conv2d(4, 8, 3, padding=1)
        self.conv3 = nn.Conv2d(8, 12, 3, padding=1)
        self.dense1 = nn.Linear(588, 200)
        self.dense2 = nn.Linear(200, 10)

    def forward(self, x):
        x = self.conv1(x).clamp(min=0)
        for convolution in (self.conv2, self.conv3):
            x = convolution(x)[:, :, 1::2, 1::2].clamp(min=0)
        return self.dense2(self.dense1(x.view(x.size(0), -1)).clamp(min=0))


class MnistNetwork__crop(nn.Module):
    """Pads by one on both sides and cuts off what TensorFlow does not add."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 5, padding=2)
        self.conv2, self.conv3 = nn.Conv2d(4, 8, 3, stride=2), nn.Conv2d(8, 12, 3, stride=2)
        self.dense1, self.dense2 = nn.Linear(588, 200), nn.Linear(200, 10)

    def forward(self, x):
        x = nn.functional.relu(self.conv1(x))
        x = nn.functional.relu(self.conv2(nn.functional.pad(x, (1, 1, 1, 1))[:, :, 1:, 1:]))
        x = nn.functional.relu(self.conv3(nn.functional.pad(x, (1, 1, 1, 1))[:, :, 1:, 1:]))
        return self.dense2(nn.functional.relu(self.dense1(torch.flatten(x, start_dim=1))))


# ---- receptive_field ----


def receptive_field__from_the_end(layers):
    """Goes back from one output: how many inputs of each layer does it need?"""
    field = 1
    for layer in reversed(list(layers)):
        if hasattr(layer, "kernel_size"):
            kernel, stride = (np.atleast_1d(v)[0] for v in (layer.kernel_size, layer.stride))
            dilation = np.atleast_1d(getattr(layer, "dilation", 1))[0]
            field = (field - 1) * stride + dilation * (kernel - 1) + 1
    return int(field)


def receptive_field__interval(layers):
    """Follows the leftmost and the rightmost pixel that output 0 sees; padding is left out."""
    windows = [layer for layer in layers if isinstance(layer, (nn.Conv2d, nn.MaxPool2d, nn.AvgPool2d))]
    first = last = 0
    for layer in windows[::-1]:
        k, s = (v if isinstance(v, int) else v[0] for v in (layer.kernel_size, layer.stride))
        d = int(np.max(getattr(layer, "dilation", 1)))
        first, last = first * s, last * s + d * (k - 1)
    return last - first + 1


# ---- multiply_adds ----


def multiply_adds__weights_times_places(c_in, c_out, kernel, out_size):
    """Weights times places."""
    return conv_parameters(c_in, c_out, kernel, bias=False) * int(np.prod(np.broadcast_to(out_size, 2)))


def multiply_adds__per_output(c_in, c_out, kernel, out_size):
    """Numbers in the output, times the products that each adds up."""
    kernel = kernel if isinstance(kernel, (tuple, list)) else (kernel, kernel)
    out_size = out_size if isinstance(out_size, (tuple, list)) else (out_size, out_size)
    outputs = c_out * out_size[0] * out_size[1]
    return outputs * (c_in * kernel[0] * kernel[1])


# ---- parameters_by_stage ----


def parameters_by_stage__children(model):
    """Goes through the children and remembers by identity what was counted."""
    seen, stages = set(), {}
    for name, child in model.named_children():
        count = 0
        for parameter in child.parameters():
            if id(parameter) not in seen:
                seen.add(id(parameter))
                count += parameter.numel()
        if count > 0:
            stages[name] = count
    return stages


def parameters_by_stage__names(model):
    """Adds up by the first part of each parameter's name."""
    from collections import Counter

    stages = Counter()
    for name, parameter in model.named_parameters():
        stage, dot, _ = name.partition(".")
        if dot:
            stages[stage] += int(np.prod(parameter.shape))
    return dict(stages)


# ---- pixel_std ----


def pixel_std__moments(images):
    """The root of the mean of squares minus the square of the mean, in double precision."""
    x = images.double()
    variance = x.square().mean(dim=(0, 2, 3)) - x.mean(dim=(0, 2, 3)).square()
    return variance.clamp(min=0).sqrt().to(images.dtype)


def pixel_std__channel_by_channel(images):
    """A loop over the channels, each laid out flat."""
    return torch.stack([images[:, c].reshape(-1).std(unbiased=False) for c in range(images.shape[1])])


def pixel_std__channels_first(images):
    """Brings the channels to the front, then one row for each."""
    rows = images.permute(1, 0, 2, 3).flatten(1)
    return (rows - rows.mean(dim=1, keepdim=True)).pow(2).mean(dim=1).sqrt()


# ---- bottleneck_parameters ----


def bottleneck_parameters__three_layers(channels, reduced, kernel=3):
    """Three layers, each counted with the function of exercise 3."""
    layers = [(channels, reduced, 1), (reduced, reduced, kernel), (reduced, channels, 1)]
    return sum(conv_parameters(*layer, bias=False) for layer in layers)


def bottleneck_parameters__live_layers(channels, reduced, kernel=3):
    """Builds the block without memory and counts."""
    block = nn.Sequential(
        nn.Conv2d(channels, reduced, 1, bias=False, device="meta"),
        nn.Conv2d(reduced, reduced, kernel, bias=False, device="meta"),
        nn.Conv2d(reduced, channels, 1, bias=False, device="meta"),
    )
    return sum(parameter.numel() for parameter in block.parameters())


# ---- design_network ----


def design_network__two_poolings():
    """Two poolings, and between them a convolution without padding."""
    return nn.Sequential(
        nn.Conv2d(3, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 32, 3, padding=1), nn.ReLU(), nn.Conv2d(32, 31, 3, padding=1),
    )  # fmt: skip


def design_network__dilated():
    """One strided layer, one pooling, and dilated kernels for a wide view."""
    return nn.Sequential(
        nn.Conv2d(3, 12, 3, stride=2, padding=1), nn.BatchNorm2d(12), nn.LeakyReLU(),
        nn.Conv2d(12, 24, 3, dilation=3, padding=2), nn.GELU(), nn.AvgPool2d(2),
        nn.Conv2d(24, 24, 3, padding=2, dilation=2), nn.Sigmoid(),
    )  # fmt: skip


def design_network__one_kernel():
    """A single large convolution with a large stride."""
    return nn.Conv2d(3, 16, 20, stride=2)


def design_network__residual():
    """A class of its own with a skip connection, dropout and adaptive pooling."""

    class Network(nn.Module):
        def __init__(self):
            super().__init__()
            self.stem = nn.Conv2d(3, 16, 5, stride=2, padding=2)
            self.blocks = nn.ModuleList(nn.Conv2d(16, 16, 5, padding=2, bias=False) for _ in range(4))
            self.norm, self.drop = nn.GroupNorm(4, 16), nn.Dropout2d(0.1)

        def forward(self, x):
            x = torch.relu(self.norm(self.stem(x)))
            for block in self.blocks:
                x = x + self.drop(torch.relu(block(x)))
            return nn.functional.adaptive_max_pool2d(x, 7)

    return Network()


def design_network__separable():
    """Depthwise and pointwise layers after a 7×7 of stride 2; the budget is hardly touched."""
    layers = [nn.Conv2d(3, 24, 7, stride=2, padding=2), nn.ReLU6()]
    for stride in (2, 1, 1):
        layers += [nn.Conv2d(24, 24, 3, stride=stride, padding=1, groups=24), nn.Conv2d(24, 24, 1), nn.Hardtanh(0, 60)]
    return nn.Sequential(*layers, nn.ZeroPad2d((0, -1, 0, -1)))


# ---- numbers and letters ----

slide_pixels__product = 3264 * 2448 * 3
slide_pixels__float = 23_970_816.0
slide_weights__product = 3264 * 2448 * 3 * 100
slide_weights__float = 2.3970816e9
slide_fc_inputs__product = 7 * 7 * 32
slide_fc_inputs__float = 1568.0
slide_fc_inputs__text = "1568"
slide_pool_parameters__product = 0 * 4
slide_pool_parameters__float = 0.0
slide_pool_size__floor = (5 - 2) // 2 + 1
slide_pool_size__float = 2.0
quiz_batch_shape__upper_case = "C"
quiz_batch_shape__spaces = " c "
quiz_channels__upper_case = "B"
quiz_channels__spaces = " b "
quiz_image_size__upper_case = "A"
quiz_image_size__spaces = " a "
quiz_vgg__upper_case = "D"
quiz_vgg__spaces = " d "
