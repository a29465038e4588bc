"""Known wrong answers to assignment 2, output shapes, parameters and cost."""

import numpy as np
import torch
from torch import nn

from solutions.a2_shapes.notebook import conv_parameters
from solutions.asking import Choice, edit


class Number(float):
    """A wrong number, with what its author should read as its docstring."""

    def __new__(cls, number, message):
        wrong = super().__new__(cls, number)
        wrong.__doc__ = message
        return wrong


# ---- conv_output_size ----


@edit({"return room // stride + 1": "return room // stride"})
def conv_output_size__no_plus_one():
    """The result is one too small. The division counts the steps of the kernel; the place where it starts counts,
    too."""


@edit({"out = (size": "out = int((size", "- 1) // stride + 1": "- 1) / stride) + 1"}, of="checks_the_result")
def conv_output_size__truncates():
    """A kernel that is a little too large got a place all the same: `int` cuts off towards zero, so a little less than
    nothing became nothing, plus 1. Compare the sizes before you divide, or use `//`, which rounds down."""


@edit({"2 * padding": "padding"})
def conv_output_size__padding_once():
    """Padding was counted once. It surrounds the image, so it lies on two sides of every axis."""


@edit({"return room // stride + 1": "return -(-room // stride) + 1"})
def conv_output_size__ceil():
    """The division was rounded up. A last step that would leave the padded image is not taken, so what is left over is
    dropped."""


@edit({"return room // stride + 1": "return round(room / stride) + 1"})
def conv_output_size__rounds():
    """The division was rounded to the nearest whole number. Half a step, or nine tenths of one, is no step: what is
    left over is always dropped."""


@edit({"return room // stride + 1": "return room / stride + 1"})
def conv_output_size__fraction():
    """The result is a fraction where the stride does not divide evenly. An output has a whole number of pixels: which
    operator of Python divides and drops the rest?"""


@edit({"return room // stride + 1": "return room + 1"})
def conv_output_size__stride_ignored():
    """The stride was not used: the result counts every place of the kernel, not every `stride`-th."""


@edit({"dilation * (kernel - 1)": "kernel - 1"})
def conv_output_size__dilation_ignored():
    """The dilation was not used. With gaps between its weights the same kernel reaches over more pixels, and fewer
    places are left for it."""


@edit({"dilation * (kernel - 1) + 1": "dilation * kernel"})
def conv_output_size__dilates_every_weight():
    """A dilated kernel was taken to reach over dilation · kernel pixels. Only the steps between the weights are
    stretched, and a kernel has one step fewer than weights."""


@edit({"raise ValueError(": "print("})
def conv_output_size__no_value_error():
    """A kernel that does not fit into the padded image gave a number, 0 or less. Nothing has such a size: say so with a
    `ValueError`."""


@edit({"if room < 0:": "if covers > size:"})
def conv_output_size__refuses_before_padding():
    """A kernel was refused although it fits once the image is padded. Compare it with the padded size."""


@edit({"if room < 0:": "if kernel > size + 2 * padding:"})
def conv_output_size__checks_before_dilation():
    """The check for a kernel that is too large looks at its number of weights. What must fit is the dilated kernel with
    its gaps."""


@edit({"if room < 0:": "if room <= 0:"})
def conv_output_size__refuses_exact_fit():
    """A kernel exactly as large as the padded image was refused. It has one place, so the output has the size 1."""


@edit({"if room < 0:": "if room < 0 or room % stride:"})
def conv_output_size__refuses_remainder():
    """A stride that does not divide evenly was refused. PyTorch takes it and never looks at the pixels left over."""


@edit({"return room // stride + 1": "return np.floor(room / stride) + 1"})
def conv_output_size__float():
    """The result is a float: it rounds very large numbers, and a layer that is given it as a size stops with an error.
    Keep to whole numbers from the beginning to the end."""


@edit({"return room // stride + 1": "return int(room / stride) + 1"})
def conv_output_size__float_division():
    """Right unless the row is very long: `/` makes a float, which has 16 digits, so a fraction just below a whole
    number becomes that number. `//` divides ints exactly."""


@edit({" + 2 * padding": ""})
def conv_output_size__padding_ignored():
    """The padding was not used. The window walks over the padded row, which is longer than the image."""


@edit({"dilation * (kernel - 1) + 1": "kernel + dilation - 1"})
def conv_output_size__adds_dilation():
    """The dilation was added to the kernel once. It stretches every step from one weight to the next, and there are
    several."""


@edit({"return room // stride + 1": "return room + 1 - 1 // stride + 1"})
def conv_output_size__no_brackets():
    """The stride divides only the 1 that stands before it: `//` binds more strongly than `-`. Which brackets does the
    formula have?"""


@edit({'if out < 1:\n    raise ValueError("no place for the kernel")': "assert out >= 1"}, of="checks_the_result")
def conv_output_size__assertion():
    """A kernel that does not fit ends in an AssertionError. The docstring promises a `ValueError`, which callers can
    expect: use `raise`, not `assert`."""


@edit({'raise ValueError("no place for the kernel")': "return 0"}, of="checks_the_result")
def conv_output_size__zero():
    """Where the kernel does not fit, the size is 0. Nobody notices that until much later: raise a `ValueError`."""


@edit({"return room // stride + 1": "return int(np.float32(room / stride)) + 1"})
def conv_output_size__single_precision():
    """Right for small numbers only: a float32 has seven digits, so a fraction just below a whole number becomes that
    number. Divide whole numbers by whole numbers."""


@edit({"return room // stride + 1": "return torch.tensor(room // stride + 1)"})
def conv_output_size__tensor():
    """The number is right, but it is a tensor. An int is promised: `.item()` gives one."""


@edit({"if room < 0:": "if room < 0 or padding > kernel // 2:"})
def conv_output_size__refuses_wide_padding():
    """A padding of more than half the kernel was refused. Some pooling layers do so, but the formula holds for any
    padding."""


@edit({"if room < 0:": "if room < 0 or stride > kernel:"})
def conv_output_size__refuses_wide_stride():
    """A stride larger than the kernel was refused. It leaves some pixels out, and that is allowed."""


@edit({"raise ValueError(": "return print("})
def conv_output_size__prints():
    """Where the kernel does not fit, your function returns None, and whoever called it goes on as if nothing were
    wrong. An error is promised: use `raise`."""


@edit({"raise ValueError(": "raise RuntimeError("})
def conv_output_size__runtime_error():
    """A kernel that does not fit ends in a RuntimeError, as PyTorch's layers do. The docstring promises a
    `ValueError`."""


@edit({"return room // stride + 1": "return -(-size // stride)"})
def conv_output_size__as_tensorflow():
    """The size was divided by the stride and rounded up. That is what TensorFlow's "same" makes, with whatever padding
    it takes; here the padding is given."""


# ---- trace_shapes ----


@edit({"x.shape[1:]": "x.shape"}, of="runs_the_layers")
def trace_shapes__batch_axis():
    """Your shapes have a batch axis in front, because a batch went through the layers. Return the shapes for one image,
    (C, H, W)."""


@edit({"shapes, x = [], ": "shapes, x = [tuple(input_shape)], "}, of="runs_the_layers")
def trace_shapes__with_input():
    """The list begins with the input's shape. It should hold the output of each layer, one entry per layer."""


@edit({"torch.zeros(1,": "torch.zeros(2,", "copy.deepcopy(layer).eval()(x)": "layer(x)"}, of="runs_the_layers")
def trace_shapes__train_mode():
    """The shapes are right, but data went through layers in training mode, and batch norm took them into its running
    mean. Compute with the sizes alone, or use a copy in evaluation mode."""


@edit({"copy.deepcopy(layer).eval()(x)": "layer.eval()(x)"}, of="runs_the_layers")
def trace_shapes__left_in_eval_mode():
    """The shapes are right, but the layers were put into evaluation mode and left there. The next training would run
    without dropout: leave the layers as you found them."""


@edit(
    {"copy.deepcopy(layer).eval()(x)": "copy.deepcopy(layer).eval()(torch.zeros(1, *input_shape))"},
    of="runs_the_layers",
)
def trace_shapes__not_chained():
    """Every layer was given the network's input. A layer takes what the layer before it has made: carry the shape
    along."""


@edit({"shapes.append(shape)": "shapes += [] if isinstance(layer, (nn.ReLU, nn.BatchNorm2d, nn.Dropout)) else [shape]"})
def trace_shapes__skips_shape_keepers():
    """Layers that change no shape (ReLU, batch norm, dropout) are missing from the list. They have an output, too: one
    entry per layer."""


@edit({"isinstance(layer, (nn.Conv2d, nn.MaxPool2d, nn.AvgPool2d))": "isinstance(layer, nn.Conv2d)"})
def trace_shapes__pooling_skipped():
    """Pooling left the shape as it was. A pooling window walks over the image as a kernel does, and its output size
    follows the same formula."""


@edit(
    {"tuple(x.shape[1:])": "(input_shape[0], *x.shape[2:]) if x.ndim == 4 else tuple(x.shape[1:])"},
    of="runs_the_layers",
)
def trace_shapes__channels_not_updated():
    """Height and width are right, but the channels stayed those of the input. After a convolution there are as many
    channels as it has filters."""


@edit({"tuple(x.shape[1:])": "(*x.shape[2:], x.shape[1])"}, of="runs_the_layers")
def trace_shapes__channels_last():
    """Your shapes end with the channels, (H, W, C), as TensorFlow writes them. PyTorch puts them first."""


@edit(
    {"tuple(x.shape[1:])": "(x.shape[1], x.shape[2], x.shape[2]) if x.ndim == 4 else tuple(x.shape[1:])"},
    of="runs_the_layers",
)
def trace_shapes__one_size_for_both():
    """The height was used for the width. Images and kernels need not be square: compute each axis with its own numbers
    of size, kernel, stride and padding."""


@edit({"sizes.append(": "stride = stride if isinstance(layer, nn.Conv2d) else 1\nsizes.append("})
def trace_shapes__pool_stride_one():
    """Pooling moved by one pixel. A pooling layer that is given no stride moves by its own window, and PyTorch has
    noted that in `layer.stride`."""


@edit({"sizes.append(": "padding = padding if isinstance(layer, nn.Conv2d) else 0\nsizes.append("})
def trace_shapes__pool_padding_ignored():
    """The padding of the pooling layers was not used. Pooling can be padded just as a convolution can."""


@edit({"sizes.append(": "dilation = 1 if isinstance(layer, nn.Conv2d) else dilation\nsizes.append("})
def trace_shapes__dilation_ignored():
    """The dilation of the convolutions was not used. It stretches the kernel, so the output is smaller."""


@edit({"np.prod(shape)": "np.prod(shape[1:])"})
def trace_shapes__flatten_forgets_channels():
    """Flattening was counted as height times width. Every channel has that many numbers, and all channels are laid end
    to end."""


@edit({"x = copy": "if not isinstance(layer, (nn.Flatten, nn.Linear)):\n    x = copy"}, of="runs_the_layers")
def trace_shapes__dense_layers_ignored():
    """`nn.Flatten` and `nn.Linear` left the shape as it was. The first makes one long row of all numbers, and the
    second puts its `out_features` in their place."""


@edit({"x = copy.deepcopy(layer).eval()(x)": "x = layer.eval()(x)\nlayer.train()"}, of="runs_the_layers")
def trace_shapes__trains_afterwards():
    """The layers were put into evaluation mode, and then all of them into training mode. Some had not been in it: each
    has to get back the mode that it had."""


@edit({"shapes.append(shape)": "shapes.append(list(shape))"})
def trace_shapes__lists():
    """The shapes are lists. Return tuples, as a tensor's own shape is one: no one can change it by accident."""


@edit({'getattr(layer, "out_channels", shape[0])': "shape[0]"})
def trace_shapes__channels_never_updated():
    """Convolutions left the channels as they were, and so the flattened row has the wrong length, too. A convolution
    puts out one map for each of its filters."""


@edit({"padding=padding": "padding=0"})
def trace_shapes__padding_ignored():
    """The padding was not used, neither that of convolutions nor that of poolings. It makes the image larger before the
    window walks over it."""


@edit({"2)[axis]": "2)[0]"})
def trace_shapes__first_of_pairs():
    """Of each pair (height, width) in a layer only the first number was used, for both directions. Kernel, stride,
    padding and dilation each have a number for the width, too."""


@edit({"2)[axis]": "2)[1 - axis]"})
def trace_shapes__pairs_swapped():
    """The numbers of a pair were exchanged: those for the width met the height. PyTorch's order is (height, width), in
    layers as in images."""


def trace_shapes__kernel_decides(layers, input_shape):
    """Where the kernel is one number, stride, padding and dilation were taken for single numbers, too. Each of the four
    may be a number or a pair, whatever the others are."""
    shape, shapes = tuple(input_shape), []
    for layer in layers:
        if hasattr(layer, "kernel_size"):
            names = ("kernel_size", "stride", "padding", "dilation")
            numbers = [getattr(layer, name, 1) for name in names]
            if isinstance(layer.kernel_size, int):
                k, s, p, d = numbers
                sides = ((side + 2 * p - d * (k - 1) - 1) // s + 1 for side in shape[1:])
            else:
                pairs = zip(shape[1:], *(np.broadcast_to(number, 2).tolist() for number in numbers), strict=True)
                sides = ((side + 2 * p - d * (k - 1) - 1) // s + 1 for side, k, s, p, d in pairs)
            shape = (getattr(layer, "out_channels", shape[0]), *sides)
        elif isinstance(layer, (nn.Flatten, nn.Linear)):
            shape = (getattr(layer, "out_features", int(np.prod(shape))),)
        shapes.append(shape)
    return shapes


@edit({"sizes.append(": "dilation = dilation if isinstance(layer, nn.Conv2d) else 1\nsizes.append("})
def trace_shapes__pool_dilation_ignored():
    """The dilation of max pooling was not used. A pooling window can have gaps, too, and then covers more pixels."""


@edit({"np.prod(shape)": "np.prod(shape, dtype=np.float32)"})
def trace_shapes__float32_product():
    """The flattened numbers were multiplied as float32, which has seven digits: for large images the product is
    rounded. Whole numbers have as many digits as they need."""


@edit({"tuple(x.shape[1:])": "tuple(x.shape[1:]) if x.ndim == 4 else x.shape[1]"}, of="runs_the_layers")
def trace_shapes__flat_number():
    """After a flatten your shapes are bare numbers. A shape is a tuple, also with one axis, and a tuple of one needs
    its comma: `(1568,)`."""


@edit({"tuple(x.shape[1:])": '(getattr(layer, "in_channels", x.shape[1]), *x.shape[2:])'}, of="runs_the_layers")
def trace_shapes__channels_that_come_in():
    """For a convolution you wrote down its `in_channels`. Its output has as many channels as it has filters."""


@edit({"layer.out_features": "layer.in_features"})
def trace_shapes__features_that_come_in():
    """For a dense layer you wrote down its `in_features`, the length that comes in. The length that comes out is
    another number."""


@edit(
    {"tuple(x.shape[1:])": "(x.shape[1], x.shape[3], x.shape[3]) if x.ndim == 4 else tuple(x.shape[1:])"},
    of="runs_the_layers",
)
def trace_shapes__width_for_both():
    """Each map has its width written down twice. The height comes first, and may differ."""


@edit({"in layers:": "in nn.Sequential(*layers).children():"})
def trace_shapes__each_layer_once():
    """A layer that stands in the network twice has one entry only. PyTorch's `children()` names each object once: go
    through the list itself."""


@edit(
    {
        "input_shape), []": "input_shape), {}",
        "shapes.append(shape)": "shapes[layer] = shape",
        "return shapes": "return list(shapes.values())",
    }
)
def trace_shapes__dict_of_layers():
    """A layer that stands in the network twice has one entry only, with the shape after its last place. A dict keeps
    one value for each object: collect the shapes in a list."""


def trace_shapes__network_left_in_eval_mode(layers, input_shape):
    """Each layer has its mode again, but the `nn.Sequential` that holds them stays in evaluation mode. It is a module
    with a mode of its own."""
    network = layers if isinstance(layers, nn.Sequential) else nn.Sequential(*layers)
    modes = [layer.training for layer in network]
    network.eval()
    shapes, x = [], torch.zeros(1, *input_shape)
    for layer in network:
        x = layer(x)
        shapes.append(tuple(x.shape[1:]))
    for layer, mode in zip(network, modes, strict=True):
        layer.train(mode)
    return shapes


def trace_shapes__leaves_hooks(layers, input_shape):
    """The shapes are right, but your hooks still hang on the layers, and run whenever their owner uses them.
    `register_forward_hook` returns an object with a method `remove()`."""
    shapes, x, modes = [], torch.zeros(1, *input_shape), [(layer, layer.training) for layer in layers]
    for layer in dict.fromkeys(layers):
        layer.eval().register_forward_hook(lambda layer, inputs, output: shapes.append(tuple(output.shape[1:])))
    for layer, _ in modes:
        x = layer(x)
    for layer, mode in modes:
        layer.train(mode)
    return shapes


@edit({"for layer in layers:": "while len(layers):\n    layer = layers.pop(0)"})
def trace_shapes__empties_the_list():
    """You took the layers out of the list that you were given, and its owner's list is empty now. Go through it with
    `for`."""


@edit({"sizes = []": "sizes, layer.stride = [], tuple(np.broadcast_to(layer.stride, 2).tolist())"})
def trace_shapes__rewrites_settings():
    """The shapes are right, but a layer's settings are not what they were: a number became a pair. Make the pair in a
    variable of your own."""


@edit(
    {
        "sizes = []": 'for name in ("kernel_size", "stride", "padding", "dilation"):\n'
        "    setattr(layer, name, tuple(np.broadcast_to(getattr(layer, name, 1), 2).tolist()))\nsizes = []"
    }
)
def trace_shapes__rewrites_all_settings():
    """The shapes are right, but the layers' settings are not what they were, and some layers have one that they did not
    have before. Keep what you need in variables of your own."""


@edit({"sizes = []": 'sizes, layer.dilation = [], getattr(layer, "dilation", 1)'})
def trace_shapes__gives_a_dilation():
    """The shapes are right, but the average poolings have an attribute that they did not have before. Keep what you
    need in a variable of your own."""


@edit({"shapes.append(shape)": "layer._forward_hooks.clear()\nshapes.append(shape)"})
def trace_shapes__clears_hooks():
    """The shapes are right, but hooks that the layers came with are gone. Remove only those that you have made
    yourself."""


@edit({"np.prod(shape)": "np.prod(shape, dtype=np.int32)"})
def trace_shapes__int32_product():
    """Right for small maps only: an int32 ends at two billions and begins again below zero. Whole numbers of Python do
    not."""


@edit({"int(np.prod(shape))": "float(np.prod(shape))"})
def trace_shapes__float():
    """Some numbers in your shapes are floats. A size is a whole number, and a layer that is given another stops with an
    error."""


@edit(
    {
        "sizes.append(": "if not isinstance(layer, nn.Conv2d):\n"
        "    sizes.append(size // kernel)\n    continue\nsizes.append("
    }
)
def trace_shapes__size_over_window():
    """Pooling was taken to divide the size by its window. That is so if it has neither padding nor dilation nor a
    stride of its own; in general it follows the formula of exercise 1."""


@edit({"sizes.append(": "size += 0 if isinstance(layer, nn.Conv2d) else stride - 1\nsizes.append("})
def trace_shapes__pooling_rounds_up():
    """Pooling was rounded up, so that its last window leaves the map. With `ceil_mode` off it is rounded down, as in
    exercise 1."""


@edit(
    {
        "sizes.append(": "if not isinstance(layer, nn.Conv2d):\n"
        "    sizes.append((size + 2 * padding - dilation * (kernel - 1) - 1) // kernel + 1)\n"
        "    continue\nsizes.append("
    }
)
def trace_shapes__pool_moves_by_its_window():
    """Pooling always moved by its own window. It may have a stride of its own: PyTorch has noted it in `layer.stride`,
    whether it was given or not."""


@edit(
    {
        "sizes.append(": "if not isinstance(layer, nn.Conv2d):\n"
        "    sizes.append((size + 2 * padding) // kernel)\n    continue\nsizes.append("
    }
)
def trace_shapes__padded_size_over_window():
    """Pooling was taken to divide the padded size by its window. That is so if it has neither dilation nor a stride of
    its own; in general it follows the formula of exercise 1."""


@edit({"padding=padding, dilation=dilation": "padding=padding"})
def trace_shapes__no_dilation_at_all():
    """The dilation was not used, neither that of convolutions nor that of poolings. It stretches the window, so there
    are fewer places for it."""


@edit(
    {
        "sizes.append(": "if not isinstance(layer, nn.Conv2d):\n"
        "    padding = int(np.ravel(layer.padding)[0])\nsizes.append("
    }
)
def trace_shapes__pool_padding_of_the_height():
    """The padding of the poolings was taken from the height for both directions. Where it is a pair, its second number
    is for the width."""


@edit({"sizes.append(": "padding = 0 if isinstance(layer, nn.AvgPool2d) else padding\nsizes.append("})
def trace_shapes__average_padding_ignored():
    """The padding of average pooling was not used. It can be padded as the other layers can."""


@edit({"shapes.append(shape)": "layer.zero_grad()\nshapes.append(shape)"})
def trace_shapes__clears_gradients():
    """The shapes are right, but the gradients that the layers held are gone. An optimiser that was about to take a step
    has lost them."""


@edit(
    {
        "shapes.append(shape)": "if isinstance(layer, nn.BatchNorm2d):\n"
        "    layer.reset_running_stats()\nshapes.append(shape)"
    }
)
def trace_shapes__resets_batch_norm():
    """The shapes are right, but batch norm has forgotten what it knew: its running mean and variance are those of a new
    layer. A reset brings nothing back: no data should get into it at all."""


@edit({"shapes.append(shape)": "layer.requires_grad_(False)\nshapes.append(shape)"})
def trace_shapes__freezes():
    """The shapes are right, but the layers' weights are frozen now, and would no longer learn. Under `torch.no_grad()`
    nothing has to be switched off."""


@edit({"shapes.append(shape)": "layer.requires_grad_(True)\nshapes.append(shape)"})
def trace_shapes__thaws():
    """The shapes are right, but weights that were frozen are trainable now. Leave `requires_grad` as it is."""


@edit({"return shapes": "return tuple(shapes)"})
def trace_shapes__tuple():
    """The shapes are right, but they come in a tuple. A list of tuples is promised."""


# ---- conv_parameters ----


@edit({"c_in + bool(bias)": "c_in"})
def conv_parameters__no_bias():
    """The biases were not counted: besides its weights, every filter has one."""


@edit({"bool(bias)": "1"})
def conv_parameters__always_bias():
    """With `bias=False` there are no biases to count; your function counted them all the same."""


@edit({"kw * c_in": "kw"})
def conv_parameters__c_in_forgotten():
    """The input channels were left out. A filter has weights for every channel it looks at: it is a block, not a
    sheet."""


@edit({" * c_out": ""})
def conv_parameters__c_out_forgotten():
    """These are the parameters of one filter. The layer has a filter for each of its output channels."""


@edit({"(kh * kw * c_in + bool(bias)) * c_out": "kh * kw * c_in * c_out + bool(bias)"})
def conv_parameters__one_bias():
    """One bias was counted for the whole layer. Every filter has a bias of its own."""


@edit({"(kh * kw * c_in + bool(bias)) * c_out": "kh * kw * c_in * c_out + bool(bias) * c_in"})
def conv_parameters__bias_per_input_channel():
    """There are as many biases as input channels in your count. A bias belongs to a filter, so to an output channel."""


@edit({"(kh * kw * c_in + bool(bias)) * c_out": "(kh * kw + bool(bias)) * c_in * c_out"})
def conv_parameters__bias_per_sheet():
    """Each filter got one bias for every input channel. It adds up the products of all channels first, and then adds
    its one bias once."""


@edit({"(kernel, kernel)": "(kernel, 1)"})
def conv_parameters__kernel_not_squared():
    """A kernel given as one number was used as it stands. 5 means 5×5: it has as many rows as columns."""


@edit({"kh * kw": "kh * kh"})
def conv_parameters__first_of_pair():
    """Of the pair (kh, kw) only the first number was used. A kernel need not be square."""


@edit({"kernel if isinstance(kernel, tuple) else (kernel, kernel)": "kernel, kernel"})
def conv_parameters__no_pairs():
    """A kernel given as a pair (kh, kw) makes your function stop. Turn a single number into a pair first, and both are
    treated alike."""


@edit({"return (kh": "return float(kh"})
def conv_parameters__float():
    """The result is a float, which rounds very large numbers. An int is promised: keep to whole numbers from the
    beginning to the end."""


@edit(
    {
        "kh, kw =": "sides = c_in, c_out, *np.broadcast_to(kernel, 2)\nkh, kw =",
        "(kh * kw * c_in + bool(bias)) * c_out": "int(np.prod(sides, dtype=np.float32)) + bool(bias) * c_out",
    }
)
def conv_parameters__single_precision():
    """Right for small layers only: a float32 has seven digits, so the numbers of a large layer are rounded. Whole
    numbers of Python have as many digits as they need."""


@edit({"bias=True": "bias=False"})
def conv_parameters__no_bias_by_default():
    """Where nothing is said about biases, your function counts none. The default is `bias=True`, as in PyTorch."""


@edit({"bool(bias)": "(not bias)"})
def conv_parameters__bias_inverted():
    """The biases were counted just where there are none, and left out where there are: `bias` was asked the wrong way
    round."""


@edit({"kh * kw": "kw * kw"})
def conv_parameters__second_of_pair():
    """Of the pair (kh, kw) only the second number was used. A kernel need not be square."""


@edit({"kh * kw": "(kh + kw)"})
def conv_parameters__sides_added():
    """The sides of the kernel were added. A kernel has a weight in each of its rows and columns."""


@edit({"(kh * kw * c_in + bool(bias)) * c_out": "kh * kw * (c_in + c_out) + bool(bias) * c_out"})
def conv_parameters__channels_added():
    """The channels were added. Each filter has weights for all channels that come in, so the two numbers multiply."""


@edit(
    {
        "kh, kw =": "sides = c_in, c_out, *np.broadcast_to(kernel, 2)\nkh, kw =",
        "(kh * kw * c_in + bool(bias)) * c_out": "int(np.prod(sides, dtype=np.int32)) + bool(bias) * c_out",
    }
)
def conv_parameters__int32():
    """Right for small layers only: an int32 ends at two billions and begins again below zero. Whole numbers of Python
    do not."""


@edit({"return (kh": "return torch.tensor(kh"})
def conv_parameters__tensor():
    """The number is right, but it is a tensor. An int is promised: `.item()` gives one."""


@edit({"+ bool(bias)": "* (1 + bool(bias))"})
def conv_parameters__bias_per_weight():
    """Each weight got a bias of its own. A filter adds up all its products, and then adds one bias."""


# ---- dense_parameters ----


@edit({"n_in + bool(bias)": "n_in"})
def dense_parameters__no_bias():
    """The biases were not counted: besides its weights, every output has one."""


@edit({"bool(bias)": "1"})
def dense_parameters__always_bias():
    """With `bias=False` there are no biases to count; your function counted them all the same."""


@edit({"(n_in + bool(bias)) * n_out": "n_in * n_out + bool(bias)"})
def dense_parameters__one_bias():
    """One bias was counted for the whole layer. Every output adds a bias of its own."""


@edit({"(n_in + bool(bias)) * n_out": "n_in * n_out + bool(bias) * n_in"})
def dense_parameters__bias_per_input():
    """There are as many biases as inputs in your count. A bias is added to a sum, and there is one sum per output."""


@edit({"* n_out": "* (n_out + bool(bias))"})
def dense_parameters__bias_on_both_sides():
    """Inputs and outputs both got a bias. The inputs are taken as they are; only the outputs add one."""


@edit({"(n_in + bool(bias)) * n_out": "n_in + n_out"})
def dense_parameters__sum():
    """The neurons were counted, not the connections. Every output has a weight for every input."""


@edit({"(n_in + bool(bias)) * n_out": "n_in + bool(bias) * n_out"})
def dense_parameters__outputs_share_weights():
    """All outputs shared one set of weights. That is what a convolution does; in a dense layer every output has weights
    of its own."""


@edit({"return (n_in": "return float(n_in"})
def dense_parameters__float():
    """The result is a float, which rounds very large numbers. An int is promised: keep to whole numbers from the
    beginning to the end."""


@edit({"(n_in + bool(bias)) * n_out": "int(np.prod([n_in, n_out], dtype=np.float32)) + bool(bias) * n_out"})
def dense_parameters__single_precision():
    """Right for small layers only: a float32 has seven digits, so the numbers of a large layer are rounded. Whole
    numbers of Python have as many digits as they need."""


@edit({"bias=True": "bias=False"})
def dense_parameters__no_bias_by_default():
    """Where nothing is said about biases, your function counts none. The default is `bias=True`, as in PyTorch."""


@edit({"bool(bias)": "(not bias)"})
def dense_parameters__bias_inverted():
    """The biases were counted just where there are none, and left out where there are: `bias` was asked the wrong way
    round."""


@edit({"(n_in + bool(bias)) * n_out": "int(np.prod([n_in, n_out], dtype=np.int32)) + bool(bias) * n_out"})
def dense_parameters__int32():
    """Right for small layers only: an int32 ends at two billions and begins again below zero. Whole numbers of Python
    do not."""


@edit({"return (n_in": "return torch.tensor(n_in"})
def dense_parameters__tensor():
    """The number is right, but it is a tensor. An int is promised: `.item()` gives one."""


@edit({"n_in + bool(bias)": "n_in * (1 + bool(bias))"})
def dense_parameters__bias_per_weight():
    """Each weight got a bias of its own. An output adds up all its products, and then adds one bias."""


# ---- flat_features ----


@edit({"channels * height": "height"})
def flat_features__channels_forgotten():
    """This is one channel. All channels are flattened, one after the other, so each of them counts (the slide's 49
    makes the same mistake)."""


@edit({"(size, size)": "(size, 1)"})
def flat_features__not_squared():
    """A size given as one number was used as it stands. 7 means 7×7: as many rows as columns."""


@edit({"size if isinstance(size, tuple) else (size, size)": "size, size"})
def flat_features__no_pairs():
    """A size given as a pair (height, width) makes your function stop. Turn a single number into a pair first, and both
    are treated alike."""


@edit({"* width": "* height"})
def flat_features__first_of_pair():
    """Of the pair (height, width) only the first number was used. A feature map need not be square."""


@edit({"height * width": "(height + width)"})
def flat_features__sum_of_sides():
    """Height and width were added. A map is filled with numbers, row by row: how many are there in all?"""


@edit({"channels * height": "channels + height"})
def flat_features__channels_added():
    """The channels were added to the pixels. Every channel has all the pixels, so they multiply."""


@edit({"channels * height * width": "channels, height, width"})
def flat_features__shape():
    """You returned the shape. A dense layer wants to know the number of its inputs, one whole number."""


@edit({"return channels": "return float(channels)"})
def flat_features__float():
    """The result is a float: it rounds very large numbers, and a layer that is given it as a size stops with an error.
    Keep to whole numbers from the beginning to the end."""


@edit({"channels * height * width": "int(np.prod([channels, height, width], dtype=np.float32))"})
def flat_features__single_precision():
    """Right for small layers only: a float32 has seven digits, so the numbers of a large layer are rounded. Whole
    numbers of Python have as many digits as they need."""


@edit({"height * width": "width * width"})
def flat_features__second_of_pair():
    """Of the pair (height, width) only the second number was used. A feature map need not be square."""


@edit({"(size, size)": "(size, 1)", "height * width": "(height * width) ** 2"})
def flat_features__pair_squared():
    """A pair was multiplied and then squared. Only a size that is a single number stands for both sides."""


@edit({"channels * height * width": "int(np.prod([channels, height, width], dtype=np.int32))"})
def flat_features__int32():
    """Right for small maps only: an int32 ends at two billions and begins again below zero. Whole numbers of Python do
    not."""


@edit({"return channels": "return torch.tensor(channels)"})
def flat_features__tensor():
    """The number is right, but it is a tensor. An int is promised: `.item()` gives one."""


@edit({"(size, size)": "(size, channels)"})
def flat_features__channels_for_a_side():
    """For a size that is a single number, the channels were counted twice and the side once. A map of side 7 has 7 rows
    and 7 columns."""


# ---- parameter_table ----


@edit({'totals["buffers" if kind == "buffer" else ': 'totals["buffers"] += count * (kind == "buffer")\ntotals['})
def parameter_table__buffers_are_parameters():
    """The buffers were counted among the parameters. Running means and variances are remembered, not learned: no
    gradient ever reaches them."""


@edit({'"parameters"] += count': '"parameters"] += count if kind != "frozen" else 0'})
def parameter_table__frozen_not_counted():
    """Frozen parameters are missing from the total. They take part in every prediction and fill memory, whether or not
    they are being trained."""


@edit({'"trainable" if parameter.requires_grad else "frozen"': '"trainable"'})
def parameter_table__all_trainable():
    """Every parameter is called trainable. `requires_grad` says whether one is frozen."""


@edit({"named_parameters()": "named_parameters(remove_duplicate=False)"})
def parameter_table__shared_twice():
    """A parameter that two layers share was counted twice. It is one tensor under two names; `named_parameters` gives
    it once unless you ask for both."""


@edit({"in model.named_buffers():": "in ():"})
def parameter_table__no_buffers():
    """The buffers are missing. They come after the parameters, from `model.named_buffers()`."""


def parameter_table__state_dict(model):
    """The rows come from `state_dict()`. That is a list for saving: it cuts tensors off from their gradients (so all
    look frozen), mixes buffers among parameters and names a shared tensor twice."""
    kind = {True: "trainable", False: "frozen"}
    rows = [(n, tuple(t.shape), t.numel(), kind[t.requires_grad]) for n, t in model.state_dict().items()]
    trainable = sum(row[2] for row in rows if row[3] == "trainable")
    buffers = sum(b.numel() for b in model.buffers())
    return rows, {"parameters": sum(row[2] for row in rows) - buffers, "trainable": trainable, "buffers": buffers}


@edit({"parameter.numel()": "len(parameter)", "buffer.numel()": "len(buffer) if buffer.ndim else 1"})
def parameter_table__counts_first_axis():
    """The count is the length of the first axis, as `len` gives it. A tensor holds as many numbers as the product of
    its whole shape; `numel()` knows it."""


@edit({'"parameters"] += count': '"parameters"] += 1', "count if kind": "1 if kind"})
def parameter_table__counts_tensors():
    """The totals count rows. A row can stand for thousands of numbers: add up their counts."""


@edit(
    {
        "parameter.numel()": "parameter.numel() * (parameter.ndim > 0)",
        "buffer.numel()": "buffer.numel() * (buffer.ndim > 0)",
    }
)
def parameter_table__scalar_counts_zero():
    """A tensor without axes, such as batch norm's `num_batches_tracked`, was counted as nothing. It holds one number:
    an empty product is 1."""


@edit({"named_parameters()": "named_parameters(recurse=False)", "named_buffers()": "named_buffers(recurse=False)"})
def parameter_table__top_level_only():
    """Only tensors that hang on the model itself were listed. A model is a tree, and most parameters sit in modules
    inside of modules."""


@edit({"return rows, totals": "return sorted(rows), totals"})
def parameter_table__alphabetical():
    """The rows are sorted by name. Keep the order in which the model names them, parameters first, then buffers: so the
    table reads from input to output."""


@edit({"in model.named_buffers():": "in [pair for pair in model.named_buffers() if pair[0] in model.state_dict()]:"})
def parameter_table__saved_only():
    """The buffers were taken from `state_dict()`. It holds what is saved with the model, and a buffer can be left out
    of that: the model knows all its buffers."""


@edit(
    {
        "rows = []": "rows, seen = [], set()",
        "kind = ": "if parameter.data_ptr() in seen:\n    continue\nseen.add(parameter.data_ptr())\nkind = ",
    }
)
def parameter_table__by_address():
    """Parameters were told apart by their place in memory. On the device meta none has any, so all seemed to be one.
    Two names share a parameter if they name the same object."""


@edit({"return rows, totals": "return [[name, list(shape), count, kind] for name, shape, count, kind in rows], totals"})
def parameter_table__lists():
    """The rows are lists, and so are the shapes. Return tuples: a row has four parts, and none of them is ever
    changed."""


@edit({"tuple(parameter.shape)": "list(parameter.shape)", "tuple(buffer.shape)": "list(buffer.shape)"})
def parameter_table__shapes_are_lists():
    """The shapes are lists. Return tuples, as a tensor's own shape is one."""


@edit({"return rows, totals": "model.requires_grad_(True)\nreturn rows, totals"})
def parameter_table__thaws():
    """The table is right, but afterwards the model's parameters are no longer what they were: all were made trainable.
    Look at `requires_grad`, and leave it as it is."""


@edit({'buffer.numel(), "buffer"': 'buffer.numel(), "frozen"'})
def parameter_table__buffers_called_frozen():
    """The buffers are called frozen. They need no gradient either, but they are not parameters: their kind is
    "buffer"."""


@edit({"kind = ": "if not parameter.requires_grad:\n    continue\nkind = "})
def parameter_table__frozen_not_listed():
    """Frozen parameters have no row. They are stored and used like all others, and their kind is "frozen"."""


@edit({'kind == "trainable" else 0': 'kind != "buffer" else 0'})
def parameter_table__total_of_trainable():
    """The rows are right, but the total of trainable parameters holds the frozen ones as well."""


@edit({"parameter.numel()": "parameter.nbytes", "buffer.numel()": "buffer.nbytes"})
def parameter_table__bytes():
    """These are bytes. A float32 takes four of them and is one number: count numbers."""


def parameter_table__module_by_module(model):
    """The rows go from module to module, so that buffers stand between parameters. First come all parameters, then all
    buffers."""
    rows, seen = [], set()
    for path, module in model.named_modules():
        for n, t in [*module.named_parameters(path, recurse=False), *module.named_buffers(path, recurse=False)]:
            kind = "buffer" if not isinstance(t, nn.Parameter) else "trainable" if t.requires_grad else "frozen"
            if id(t) not in seen:
                rows.append((n, tuple(t.shape), t.numel(), kind))
                seen.add(id(t))
    count = {kind: sum(row[2] for row in rows if row[3] == kind) for kind in ("trainable", "frozen", "buffer")}
    total = count["trainable"] + count["frozen"]
    return rows, {"parameters": total, "trainable": count["trainable"], "buffers": count["buffer"]}


@edit({"return rows, totals": 'return [(name.split(".")[-1], *rest) for name, *rest in rows], totals'})
def parameter_table__last_part_of_the_name():
    """The names have lost their paths, so that every layer's weight is called "weight". Keep the whole name, with its
    dots."""


@edit({"parameter.numel()": "np.prod(parameter.shape)", "buffer.numel()": "np.prod(buffer.shape)"})
def parameter_table__product_of_nothing():
    """Some of your counts are floats. NumPy's product of an empty shape, `()`, is 1.0, and whatever it is added to
    becomes a float, too: `numel()` is always an int."""


@edit({"named_buffers()": "named_buffers(remove_duplicate=False)"})
def parameter_table__shared_buffer_twice():
    """A buffer that two layers share has two rows. It is one tensor under two names, as a shared parameter is."""


@edit(
    {"in model.named_buffers():": "in [row for m in model.named_modules() for row in m[1].named_buffers(m[0], False)]:"}
)
def parameter_table__each_module_its_buffers():
    """Each module was asked for its own buffers, and a buffer that two of them share has two rows. It is one tensor
    under two names, as a shared parameter is."""


@edit(
    {
        "rows.append((name, tuple(buffer": 'if "running" in name or "num_batches" in name:\n'
        "    rows.append((name, tuple(buffer"
    }
)
def parameter_table__batch_norms_buffers():
    """Only the buffers of batch norms have a row. Any module can have buffers, under any name: list them all."""


@edit(
    {
        "rows = []": "rows, seen = [], []",
        "kind = ": "if any(one.shape == parameter.shape and one.equal(parameter) for one in seen):\n"
        "    continue\nseen.append(parameter)\nkind = ",
    }
)
def parameter_table__equal_is_shared():
    """Parameters that hold equal numbers were taken for one. Two layers can begin with the same numbers and go their
    own ways. They share a parameter only if it is one object under two names: compare with `is`."""


@edit({"in model.named_buffers():": "in [pair for pair in model.named_buffers() if pair[1].numel()]:"})
def parameter_table__empty_left_out():
    """A tensor that holds no numbers has no row. It belongs to the model, and its count is 0."""


@edit({"if parameter.requires_grad else": "if parameter.requires_grad and model.training else"})
def parameter_table__mode_decides():
    """In evaluation mode all parameters are called frozen. The mode says how dropout and batch norm behave;
    `requires_grad` says what is trained."""


@edit({"rows = []": "rows, _ = [], model.eval()"})
def parameter_table__left_in_eval_mode():
    """The table is right, but the model is in evaluation mode now. Counting needs no mode: leave it as it is."""


@edit({"rows = []": "rows, _ = [], model.zero_grad()"})
def parameter_table__clears_gradients():
    """The table is right, but the gradients that the model held are gone. An optimiser that was about to take a step
    has lost them."""


@edit({'"parameters": 0, "trainable": 0, "buffers": 0': '"parameters": 0.0, "trainable": 0.0, "buffers": 0.0'})
def parameter_table__float_totals():
    """Totals are floats, or become floats where there is nothing to add up. Numbers are counted one by one: ints are
    promised."""


@edit({"return rows, totals": 'return rows, totals | {"frozen": totals["parameters"] - totals["trainable"]}'})
def parameter_table__fourth_total():
    """There is a key too many in your totals. Three are promised: "parameters", "trainable" and "buffers"."""


@edit({"return rows, totals": "return rows"})
def parameter_table__rows_alone():
    """The totals are missing: only the rows came back. Return both, `return rows, totals`."""


@edit({"return rows, totals": "return totals, rows"})
def parameter_table__totals_first():
    """Rows and totals have changed places. The rows come first."""


@edit({"return rows, totals": 'rows.sort(key=lambda row: row[3] != "buffer")\nreturn rows, totals'})
def parameter_table__buffers_first():
    """The buffers stand before the parameters. First come all parameters, then all buffers."""


# ---- same_padding ----


@edit({"raise ValueError(": "print("})
def same_padding__even_kernel_accepted():
    """An even kernel got an answer. Padding by the same number on both sides adds an even number of pixels, and it
    would have to make up for an odd one: raise a `ValueError`."""


def same_padding__half_kernel(kernel, *, dilation=1):
    """Half the kernel, rounded down, is right for odd kernels, but for even ones the output grows by one. Where no
    padding keeps the size, raise a `ValueError`."""
    return dilation * (kernel // 2)


@edit({"dilation * (kernel - 1)": "kernel - 1"})
def same_padding__dilation_ignored():
    """The dilation was not used: a dilated kernel reaches further and needs more padding."""


@edit({"if both_sides % 2:": "if kernel % 2 == 0:"})
def same_padding__refuses_every_even_kernel():
    """Every even kernel was refused. With an even dilation the padding can be shared out evenly after all: look at what
    has to be divided by two."""


@edit({"dilation * (kernel - 1)": "dilation * kernel - 1"})
def same_padding__dilates_every_weight():
    """The dilated kernel was taken to be dilation · kernel wide. Only the steps between the weights are stretched, and
    there is one step fewer than weights."""


@edit({"return both_sides // 2": "return both_sides"})
def same_padding__both_sides_together():
    """This is the padding of both sides together. In PyTorch `padding` says what each side gets."""


@edit({"return both_sides // 2": "return both_sides // 2 + 1"})
def same_padding__half_rounded_up():
    """Your padding is one too large. The pixel in the middle of the kernel needs no padding: halve what the kernel
    reaches beyond it."""


@edit({'raise ValueError("one side would need a pixel more than the other")': "return None"}, of="divmod")
def same_padding__returns_none():
    """Where no padding keeps the size, your function returns None, which a layer would stumble over much later. Raise a
    `ValueError` on the spot."""


@edit({"return both_sides // 2": "return both_sides / 2"})
def same_padding__float():
    """The number is right, but it is a float: a layer that is given it as a size stops with an error. Keep to whole
    numbers from the beginning to the end."""


def same_padding__half_of_dilated_kernel(kernel, *, dilation=1):
    """Half of the dilated kernel, rounded down, is right where that kernel has a pixel in its middle. Where it has
    none, no padding keeps the size: raise a `ValueError`."""
    return (dilation * (kernel - 1) + 1) // 2


@edit({"return both_sides // 2": "return dilation * kernel // 2"})
def same_padding__whole_kernel_dilated():
    """The dilation was multiplied with the whole kernel. Only the steps between the weights are stretched, and there is
    one step fewer than weights."""


@edit(
    {'if rest:\n    raise ValueError("one side would need a pixel more than the other")': "assert not rest"},
    of="divmod",
)
def same_padding__assertion():
    """Where no padding keeps the size, your function ends in an AssertionError. The docstring promises a `ValueError`:
    use `raise`, not `assert`."""


@edit({"if both_sides % 2:": "if both_sides % 2 or kernel == 1:"})
def same_padding__refuses_one_pixel():
    """A kernel of one pixel was refused. It keeps the size without any padding."""


@edit({"raise ValueError(": "raise TypeError("})
def same_padding__type_error():
    """Where no padding keeps the size, your function ends in a TypeError. The docstring promises a `ValueError`: the
    kernel is of the right type, but of a value that cannot be."""


@edit({"return both_sides // 2": 'return "same"'})
def same_padding__word():
    """You returned the word "same". PyTorch's layers understand it, but how many pixels is it?"""


@edit({"return both_sides // 2": "return dilation * ((kernel - 1) // 2)"})
def same_padding__halves_first():
    """You halved before you multiplied. For an even kernel this loses a half, and the dilation would have made two
    halves a whole."""


@edit({"return both_sides // 2": "return dilation * (kernel // 2)"})
def same_padding__half_before_dilation():
    """Even kernels got too much padding where they have an answer: half the kernel, rounded down, is half a pixel too
    much for them, and the dilation multiplies it. Halve last."""


def same_padding__half_kernel_only(kernel, *, dilation=1):
    """Half the kernel, rounded down, is right for odd kernels without dilation. With dilation a kernel reaches further;
    and where no padding keeps the size, raise a `ValueError`."""
    return kernel // 2


@edit({"return both_sides // 2": "return torch.tensor(both_sides // 2)"})
def same_padding__tensor():
    """The number is right, but it is a tensor. An int is promised: `.item()` gives one."""


# ---- MnistNetwork ----


@edit({"(0, 1, 0, 1)": "(1, 0, 1, 0)"})
class MnistNetwork__symmetric_padding:
    """The shapes are right, the numbers are not: a row and a column of zeros lie before the image, as with `padding=1`,
    so the kernel starts one pixel too early. TensorFlow adds nothing before and one row and column after the image."""


@edit({"nn.ReLU()": "nn.Identity()"}, of="pad_modules")
class MnistNetwork__no_activation:
    """There is no ReLU between the layers, so the whole network is one linear map, however many layers it has. The
    slide gives an activation to each but the last."""


@edit({"torch.relu(self.dense1(x.flatten(1)))": "self.dense1(x.flatten(1))"})
class MnistNetwork__dense_without_relu:
    """The first dense layer has no ReLU, so both dense layers together are one linear map. The slide gives it one."""


@edit({"return self.dense2(x)": "return torch.relu(self.dense2(x))"})
class MnistNetwork__relu_at_the_end:
    """There is a ReLU after the last layer, too, so no class can get a score below zero. Return the last layer's
    numbers as they are."""


@edit({"return self.dense2(x)": "return torch.softmax(self.dense2(x), dim=1)"})
class MnistNetwork__softmax:
    """The network returns probabilities. Return the logits, the numbers before the softmax: PyTorch's loss applies it
    by itself."""


@edit({"x.flatten(1)": "x.flatten()"})
class MnistNetwork__flattens_the_batch:
    """All images of the batch were flattened into one row. The first axis counts images and has to stay: begin to
    flatten at axis 1."""


@edit({"x.flatten(1)": "x.reshape(1, -1)"})
class MnistNetwork__room_for_one:
    """Whatever was in the batch became one row, so only a single image gets through. The first axis counts images and
    has to stay: begin to flatten at axis 1."""


@edit({"x.flatten(1)": "x.permute(0, 2, 3, 1).flatten(1)"})
class MnistNetwork__channels_last:
    """The maps were flattened pixel by pixel, as TensorFlow does it with its channels at the end. In PyTorch's order
    (C, H, W) a whole channel comes first, and the weights of the dense layer count on that."""


@edit(
    {
        "nn.Conv2d(4, 8, 3, stride=2)": "nn.Conv2d(4, 8, 3, padding=1)",
        "nn.Conv2d(8, 12, 3, stride=2)": "nn.Conv2d(8, 12, 3, padding=1)",
        "torch.relu(self.conv2(nn.functional.pad(x, after)))": "nn.functional.max_pool2d(torch.relu(self.conv2(x)), 2)",
        "torch.relu(self.conv3(nn.functional.pad(x, after)))": "nn.functional.max_pool2d(torch.relu(self.conv3(x)), 2)",
    }
)
class MnistNetwork__pooling_for_stride:
    """A max pooling halves the maps instead of the stride. The sizes come out alike, but the slide's network computes
    every second output and has no pooling."""


class MnistNetwork__plain_list(nn.Module):
    """The layers lie in a plain Python list, where PyTorch does not see them: the model has no parameters, and an
    optimiser would train nothing. Give each layer to `self` under its own name."""

    def __init__(self):
        super().__init__()
        self.convolutions = [nn.Conv2d(1, 4, 5, padding=2), nn.Conv2d(4, 8, 3, stride=2), nn.Conv2d(8, 12, 3, stride=2)]
        self.dense = [nn.Linear(588, 200), nn.Linear(200, 10)]

    def forward(self, x):
        x = torch.relu(self.convolutions[0](x))
        for convolution in self.convolutions[1:]:
            x = torch.relu(convolution(nn.functional.pad(x, (0, 1, 0, 1))))
        return self.dense[1](torch.relu(self.dense[0](x.flatten(1))))


@edit({"x.flatten(1)": "x.detach().flatten(1)"})
class MnistNetwork__convolutions_learn_nothing:
    """The logits are right, but the convolutions would never learn: no gradient comes back through them. A number that
    is computed under `torch.no_grad()`, or detached, is a constant for the optimiser."""


@edit(
    {
        "torch.relu(self.conv1(images))": "self.conv1(images)",
        "torch.relu(self.conv2(nn.functional.pad(x, after)))": "self.conv2(nn.functional.pad(x, after))",
        "torch.relu(self.conv3(nn.functional.pad(x, after)))": "self.conv3(nn.functional.pad(x, after))",
    }
)
class MnistNetwork__convolutions_without_relu:
    """The convolutions have no ReLU, so all three together are one linear map. The slide gives each an activation."""


@edit({"return self.dense2(x)": "return torch.log_softmax(self.dense2(x), dim=1)"})
class MnistNetwork__log_softmax:
    """The network returns logarithms of probabilities. Return the logits, the numbers before any softmax."""


@edit({"nn.ZeroPad2d": "nn.ReplicationPad2d"}, of="pad_modules")
class MnistNetwork__repeats_the_border:
    """The last row and column were repeated where TensorFlow adds zeros."""


@edit(
    {
        "self.dense1 =": "self.norm = nn.BatchNorm2d(4)\nself.dense1 =",
        "self.conv1(images)": "self.norm(self.conv1(images))",
    }
)
class MnistNetwork__batch_norm:
    """There is a batch norm, which the slide's network does not have. It brings parameters of its own, and in training
    mode each image's logits depend on the others."""


@edit({"12 * 7 * 7": "7 * 7"})
class MnistNetwork__channels_forgotten:
    """The first dense layer has 49 inputs. That is one map of 7×7, and there are twelve."""


@edit(
    {
        "nn.Conv2d(1, 4, 5, padding=2)": "nn.Conv2d(1, 4, 5, padding=2, bias=False)",
        "nn.Conv2d(4, 8, 3, stride=2)": "nn.Conv2d(4, 8, 3, stride=2, bias=False)",
        "nn.Conv2d(8, 12, 3, stride=2)": "nn.Conv2d(8, 12, 3, stride=2, bias=False)",
    }
)
class MnistNetwork__no_biases:
    """The convolutions have no biases. TensorFlow's have them unless you say otherwise, and they are among the 121,086
    parameters."""


@edit({"nn.ReLU()": "nn.ReLU6()"}, of="pad_modules")
class MnistNetwork__relu6:
    """The activation ends at 6. A ReLU has no upper end: it only sets what is below zero to zero."""


@edit({"nn.ReLU()": "nn.Tanh()"}, of="pad_modules")
class MnistNetwork__tanh:
    """The activation is a tanh. The slide says relu."""


@edit({"after = (0, 1, 0, 1)": "self.eval()\nafter = (0, 1, 0, 1)"})
class MnistNetwork__changes_its_mode:
    """The logits are right, but the network puts itself into evaluation mode. Only the code that trains it should
    change its mode."""


@edit(
    {
        "nn.Conv2d(8, 12, 3, stride=2)": "nn.Conv2d(8, 12, 3, stride=2, padding=1)",
        "self.conv3(nn.functional.pad(x, after))": "self.conv3(x)",
    }
)
class MnistNetwork__conv3_symmetric:
    """conv2 is right, but before conv3 the zeros lie on the other side: its kernel starts one pixel too early."""


@edit(
    {
        "nn.Conv2d(4, 8, 3, stride=2)": "nn.Conv2d(4, 8, 3, stride=2, padding=1)",
        "self.conv2(nn.functional.pad(x, after))": "self.conv2(x)",
    }
)
class MnistNetwork__conv2_symmetric:
    """conv3 is right, but before conv2 the zeros lie on the other side: its kernel starts one pixel too early."""


@edit({"return self.dense2(x)": "x = self.dense2(x)\nreturn x if self.training else x.softmax(1)"})
class MnistNetwork__softmax_in_evaluation:
    """In evaluation mode the network returns probabilities. Return the logits in both modes: the mode makes no
    difference here."""


@edit({"return self.dense2(x)": "x = self.dense2(x)\nreturn x if self.training else x.detach()"})
class MnistNetwork__no_slopes_in_evaluation:
    """In evaluation mode no gradient comes back through the network. The mode should make no difference. Where no
    gradients are needed, `torch.no_grad()` outside says so."""


@edit({"return self.dense2(x)": "return self.dense2(x).squeeze()"})
class MnistNetwork__squeezed:
    """For one image the batch axis is gone: `squeeze` takes every axis of length 1 away. The logits are (N, 10), for N
    = 1, too."""


@edit({"torch.relu(self.conv1(images))": "self.conv1(images)"})
class MnistNetwork__conv1_without_relu:
    """The ReLU after conv1 is missing. Each layer but the last is followed by one."""


@edit({"torch.relu(self.conv2(nn.functional.pad(x, after)))": "self.conv2(nn.functional.pad(x, after))"})
class MnistNetwork__conv2_without_relu:
    """The ReLU after conv2 is missing. Each layer but the last is followed by one."""


@edit({"torch.relu(self.conv3(nn.functional.pad(x, after)))": "self.conv3(nn.functional.pad(x, after))"})
class MnistNetwork__conv3_without_relu:
    """The ReLU after conv3 is missing. Each layer but the last is followed by one."""


@edit({"nn.ReLU()": "nn.LeakyReLU()"}, of="pad_modules")
class MnistNetwork__leaky_relu:
    """The activation lets a hundredth of what is negative through. The slide says relu, which lets nothing through."""


@edit({"nn.ReLU()": "nn.GELU()"}, of="pad_modules")
class MnistNetwork__gelu:
    """The activation is a GELU. The slide says relu."""


@edit({"nn.ReLU()": "nn.Sigmoid()"}, of="pad_modules")
class MnistNetwork__sigmoid:
    """The activation is a sigmoid. The slide says relu."""


@edit({"self.conv1(images)": "self.conv1((images - 0.1307) / 0.3081)"})
class MnistNetwork__normalises:
    """The network normalises its images with the mean and deviation of MNIST. That belongs to the loading of the data;
    the slide's network takes the images as they come."""


@edit({"x = torch.relu(self.conv1(images))": "images /= 255\nx = torch.relu(self.conv1(images))"})
class MnistNetwork__in_place:
    """Your network writes into the images that it is given, so they are others when they are used again. Make a new
    tensor instead of `/=` or a function whose name ends in `_`."""


@edit({"self.dense2 = nn.Linear(200, 10)": "self.dense2, self.spare = nn.Linear(200, 10), nn.Linear(10, 10)"})
class MnistNetwork__spare_layer:
    """The logits are right, but there is a layer that does nothing. Its parameters count, and no gradient ever reaches
    them."""


@edit({"self.dense1 =": "self.conv1.requires_grad_(False)\nself.dense1 ="})
class MnistNetwork__conv1_frozen:
    """The logits are right, but not every parameter would learn: some are frozen from the beginning."""


@edit({"return self.dense2(x)": "return self.dense2(x).detach()"})
class MnistNetwork__no_slopes:
    """The logits are right, but no gradient comes back from them, so the network could not be trained: they were
    computed under `torch.no_grad()`, or detached."""


# ---- receptive_field ----


@edit({"jump *= int(np.max(layer.stride))": "jump = 1"})
def receptive_field__stride_not_accumulated():
    """Every layer added its own reach and no more. After a stride, neighbours in the map lie several pixels of the
    image apart, and so each further step of a kernel reaches further."""


@edit({"jump *=": "jump ="})
def receptive_field__own_stride_only():
    """Only the stride of the layer just before was used. Strides multiply: after two layers of stride 2, neighbours lie
    4 pixels of the image apart."""


@edit({"- 1)) * jump": "- 1)) * jump * int(np.max(layer.stride))"})
def receptive_field__stride_too_early():
    """A layer's own stride was applied to its own kernel. The kernel lies on the map before it; its stride matters only
    for what comes after."""


@edit({"sees, jump = 1, 1": "sees, jump = 0, 1", "- 1)) * jump": "- 1) + 1) * jump"})
def receptive_field__adds_whole_kernel():
    """Every layer added its whole kernel. One of the kernel's pixels lies where we are already: a 3×3 after a 3×3 sees
    5 pixels, not 6."""


@edit({"sees, jump = 1, 1": "sees, jump = 0, 1"})
def receptive_field__starts_at_zero():
    """The result is one too small. Before any layer, a pixel sees itself: begin with 1."""


@edit({'hasattr(layer, "kernel_size")': "isinstance(layer, nn.Conv2d)"})
def receptive_field__pooling_skipped():
    """Pooling layers were passed over. A pooling window looks at several pixels and has a stride, so it counts as a
    convolution does."""


@edit({"sees += int(": "sees += isinstance(layer, nn.Conv2d) * int("})
def receptive_field__pooling_only_jumps():
    """Pooling widened the steps, but not the field itself. Its window sees several pixels, too: add its reach as you do
    for a convolution."""


@edit({'np.max(getattr(layer, "dilation", 1))': "1"})
def receptive_field__dilation_ignored():
    """The dilation was not used. With gaps between its weights a kernel reaches further."""


@edit({"- 1)) * jump": "- 1) - 2 * np.max(layer.padding)) * jump"})
def receptive_field__padding_subtracted():
    """The padding was subtracted. It decides how many outputs there are; how far one output looks is the kernels'
    business alone."""


@edit({"sees += int(dilation * (np.max(layer.kernel_size) - 1)) * jump": "sees *= int(np.max(layer.kernel_size))"})
def receptive_field__product_of_kernels():
    """The kernels were multiplied. Overlapping windows do not multiply what they see: two 3×3 convolutions see 5
    pixels, not 9."""


@edit({"sees, jump = 1, 1": "sees, jump = 1.0, 1.0"})
def receptive_field__float():
    """The result is a float, which rounds very large numbers. An int is promised: keep to whole numbers from the
    beginning to the end."""


@edit({"sees, jump = 1, 1": "sees, jump = np.float32(1), np.float32(1)", "return sees": "return int(sees)"})
def receptive_field__single_precision():
    """Right as long as the field is small: a float32 has seven digits, so beyond sixteen million pixels the result is
    rounded. Whole numbers of Python have as many digits as they need."""


def receptive_field__reverses_the_list(layers):
    """The layers were turned round in the list that you were given, and its owner's network now runs backwards.
    `reversed(…)` goes through a list from its end and leaves it as it is."""
    field = 1
    if isinstance(layers, list):
        layers.reverse()
    else:
        layers = list(layers)[::-1]
    for layer in layers:
        if isinstance(layer, (nn.Conv2d, nn.MaxPool2d, nn.AvgPool2d)):
            k, s, d = (int(np.max(v)) for v in (layer.kernel_size, layer.stride, getattr(layer, "dilation", 1)))
            field = (field - 1) * s + d * (k - 1) + 1
    return field


@edit({"reversed(list(layers))": "layers"}, of="from_the_end")
def receptive_field__backwards_formula():
    """The formula that goes back from one output, times the stride and plus the kernel, was applied from the first
    layer on. Either go from the last layer to the first, or carry the jump along."""


@edit({"- 1)) * jump": "- 1) + 1) * jump"})
def receptive_field__adds_kernel_to_one():
    """Every layer added its whole kernel. One of the kernel's pixels is counted already: add kernel - 1."""


@edit({"(np.max(layer.kernel_size) - 1)": "np.max(layer.kernel_size) - 1"})
def receptive_field__dilates_every_weight():
    """A dilated kernel was taken to reach over dilation · kernel pixels. Only the steps between the weights are
    stretched, and there is one step fewer than weights."""


@edit({"- 1)) * jump": "- 1)) * jump + 2 * int(np.max(layer.padding))"})
def receptive_field__padding_added():
    """The padding was added. It decides how many outputs there are; how far one output looks is the kernels' business
    alone."""


@edit(
    {
        "sees, jump = 1, 1": "sees, jump = 1, 0",
        "- 1)) * jump": "- 1)) * max(jump, 1)",
        "jump *= int(np.max(layer.stride))": "jump += int(np.max(layer.stride)) if np.max(layer.stride) > 1 else 0",
    }
)
def receptive_field__strides_added():
    """The strides were added up. After two strides of 3, neighbours are 9 pixels of the image apart, not 6: strides
    multiply."""


@edit({"np.max(layer.kernel_size)": "layer.kernel_size[0]", "np.max(layer.stride)": "layer.stride[0]"})
def receptive_field__pairs_only():
    """Your function takes kernel and stride for pairs, and stops where a pooling has single numbers. Turn each into a
    pair first, and all are treated alike."""


def receptive_field__numbers_only(layers):
    """Where a pooling has a pair, your function gets a tuple and stops, or returns one. Both numbers are equal: take
    one of them."""
    field = jump = 1
    for layer in layers:
        if isinstance(layer, nn.Conv2d):
            field += layer.dilation[0] * (layer.kernel_size[0] - 1) * jump
            jump *= layer.stride[0]
        elif isinstance(layer, (nn.MaxPool2d, nn.AvgPool2d)):
            field += getattr(layer, "dilation", 1) * (layer.kernel_size - 1) * jump
            jump *= layer.stride
    return field


@edit({"return sees": "return sees, sees"})
def receptive_field__two_sides():
    """You returned height and width. Both are equal here: return one number, the side of the square."""


@edit({"in layers:": "in nn.Sequential(*layers).children():"})
def receptive_field__each_layer_once():
    """A layer that stands in the network twice was counted once. PyTorch's `children()` names each object once, and a
    dict or set keeps each once: go through the list itself."""


@edit({"in layers:": "in layers if isinstance(layers, list) else layers.children():"})
def receptive_field__children_of_a_sequential():
    """In an `nn.Sequential`, a layer that stands in it twice was counted once. PyTorch's `children()` and `modules()`
    name each object once: go through the `nn.Sequential` itself."""


@edit({"return sees": "return jump"})
def receptive_field__jump():
    """This is the jump, how far neighbouring outputs are apart. What one output sees is the other number."""


@edit({"return sees": "return sees, jump"})
def receptive_field__field_and_jump():
    """You returned both numbers, the field and the jump. Return what one output sees, one number."""


@edit({"return sees": 'return sees if any(hasattr(layer, "kernel_size") for layer in layers) else 0'})
def receptive_field__nothing_is_zero():
    """Where no layer has a window, your result is 0. An output sees one pixel then: its own."""


@edit({'hasattr(layer, "kernel_size"):': 'hasattr(layer, "kernel_size") and np.max(layer.kernel_size) > 1:'})
def receptive_field__one_pixel_skipped():
    """Layers with a kernel of one pixel were passed over. They do not widen the field, but their stride counts."""


@edit({'np.max(getattr(layer, "dilation", 1))': "np.max(layer.dilation) if isinstance(layer, nn.Conv2d) else 1"})
def receptive_field__pool_dilation_ignored():
    """The dilation of max pooling was not used. A pooling window can have gaps, too, and then reaches further."""


@edit({"np.max(layer.stride)": "np.max(layer.stride if isinstance(layer, nn.Conv2d) else layer.kernel_size)"})
def receptive_field__pool_moves_by_its_window():
    """Pooling was taken to move by its window. It may have a stride of its own: PyTorch has noted it in `layer.stride`,
    whether it was given or not."""


@edit({"np.max(layer.stride)": "np.max(layer.stride) * dilation"})
def receptive_field__dilation_in_jump():
    """The dilation was multiplied into the jump. It spreads the weights of one kernel; how far the outputs lie apart is
    the stride's business."""


@edit({'hasattr(layer, "kernel_size")': "isinstance(layer, (nn.Conv2d, nn.MaxPool2d))"})
def receptive_field__average_skipped():
    """Average pooling was passed over. Its window sees several pixels, and it has a stride."""


@edit({"sees, jump = 1, 1": "sees, jump = np.int32(1), np.int32(1)"})
def receptive_field__int32():
    """Right as long as the field is small: an int32 ends at two billions and begins again below zero. Whole numbers of
    Python do not."""


@edit({"return sees": "return torch.tensor(sees)"})
def receptive_field__tensor():
    """The number is right, but it is a tensor. An int is promised: `.item()` gives one."""


@edit({"dilation = np": "layer.stride = int(np.max(layer.stride))\ndilation = np"})
def receptive_field__rewrites_settings():
    """The field is right, but the layers' settings are not what they were. Keep what you need in a variable of your
    own."""


@edit({"return sees": "return sees if len(layers) else 0"})
def receptive_field__no_layers_is_zero():
    """For no layers your result is 0. Each output is an input then, and sees one pixel: itself."""


@edit({"for layer in reversed(list(layers)):": "while len(layers):\n    layer = layers.pop(-1)"}, of="from_the_end")
def receptive_field__empties_the_list():
    """You took the layers out of the list that you were given, and its owner's list is empty now. Go through it with
    `for`."""


# ---- multiply_adds ----


@edit({"kh * kw * c_in": "(kh * kw * c_in + 1)"})
def multiply_adds__bias_counted():
    """The biases were counted as well. Adding one multiplies nothing, and the definition leaves them out."""


@edit({" * c_in": ""})
def multiply_adds__c_in_forgotten():
    """The input channels were left out. For each output number a filter multiplies the pixels of all of them."""


@edit({" * c_out": ""})
def multiply_adds__c_out_forgotten():
    """This is the work of one filter. The layer has one for each output channel."""


@edit({"kh * kw * c_in": "c_in"})
def multiply_adds__kernel_forgotten():
    """One multiplication was counted for each pair of channels and pixel. A window has kh · kw pixels, and each is
    multiplied with a weight of its own."""


@edit({" * height * width": ""})
def multiply_adds__weights_only():
    """This is the number of weights. Each of them is used again at every place of the output: that is what sharing
    weights means."""


@edit({"return kh": "return 2 * kh"})
def multiply_adds__two_operations():
    """Multiplications and additions were counted separately. Here a multiplication with the addition that follows it
    counts as one; twice as many is called FLOPs."""


@edit({"(kernel, kernel)": "(kernel, 1)", "(out_size, out_size)": "(out_size, 1)"})
def multiply_adds__sides_once():
    """A size given as one number was used as it stands. 5 means 5×5: as many rows as columns."""


@edit({"kh * kw": "kh * kh", "height * width": "height * height"})
def multiply_adds__first_of_pair():
    """Of a pair only the first number was used. Height and width may differ, in the kernel and in the output."""


@edit(
    {
        "kernel if isinstance(kernel, tuple) else (kernel, kernel)": "kernel, kernel",
        "out_size if isinstance(out_size, tuple) else (out_size, out_size)": "out_size, out_size",
    }
)
def multiply_adds__no_pairs():
    """A size given as a pair makes your function stop. Turn a single number into a pair first, and both are treated
    alike."""


@edit({"return kh": "return float(kh)"})
def multiply_adds__float():
    """The result is a float, which rounds very large numbers. An int is promised: keep to whole numbers from the
    beginning to the end."""


@edit(
    {"kh * kw * c_in * c_out * height * width": "int(np.prod([kh, kw, c_in, c_out, height, width], dtype=np.float32))"}
)
def multiply_adds__single_precision():
    """Right for small layers only: a float32 has seven digits, so the numbers of a large layer are rounded. Whole
    numbers of Python have as many digits as they need."""


def multiply_adds__parameters_only(c_in, c_out, kernel, out_size):
    """These are the layer's parameters. Each weight is used again at every place of the output, and biases multiply
    nothing."""
    return conv_parameters(c_in, c_out, kernel)


@edit({"(out_size, out_size)": "(out_size, 1)"})
def multiply_adds__out_side_once():
    """An output size given as one number was used as it stands. 32 means 32×32 places."""


@edit({"(kernel, kernel)": "(kernel, 1)"})
def multiply_adds__kernel_side_once():
    """A kernel given as one number was used as it stands. 5 means 5×5 weights."""


@edit({"kh * kw": "kw * kw", "height * width": "width * width"})
def multiply_adds__second_of_pair():
    """Of a pair only the second number was used. Height and width may differ, in the kernel and in the output."""


@edit({"out_size if isinstance(out_size, tuple) else (out_size, out_size)": "out_size, out_size"})
def multiply_adds__pair_of_kernels_only():
    """An output given as a pair makes your function stop. It may be a number or a pair, as the kernel may."""


@edit(
    {
        "kernel if isinstance(kernel, tuple)": "kernel if isinstance(kernel, tuple) or isinstance(out_size, tuple)",
        "out_size if isinstance(out_size, tuple)": "out_size if (kh, kw) != (kernel, kernel)",
    }
)
def multiply_adds__both_or_neither():
    """Where one of kernel and output is a pair and the other a single number, your function stops. Turn each into a
    pair by itself."""


@edit({"return kh * kw * c_in * c_out * height * width": "return int(1.0 * kh * kw * c_in * c_out * height * width)"})
def multiply_adds__double_precision():
    """Right unless the numbers are very large: somewhere they become floats, which have 16 digits, and `int` does not
    bring back what was rounded. Keep to ints from the beginning to the end."""


@edit({"kh * kw * c_in * c_out * height * width": "int(np.prod([kh, kw, c_in, c_out, height, width], dtype=np.int32))"})
def multiply_adds__int32():
    """Right for small layers only: an int32 ends at two billions and begins again below zero. Whole numbers of Python
    do not."""


@edit({"return kh": "return torch.tensor(kh)"})
def multiply_adds__tensor():
    """The number is right, but it is a tensor. An int is promised: `.item()` gives one."""


@edit({"c_in * c_out": "(c_in + c_out)"})
def multiply_adds__channels_added():
    """The channels were added. Each output channel needs products with all input channels, so the two numbers
    multiply."""


@edit({"height * width": "(height + width)"})
def multiply_adds__out_sides_added():
    """The sides of the output were added. The window stands at each place of every row: they multiply."""


@edit({"kh * kw * c_in": "(2 * kh * kw * c_in - 1)"})
def multiply_adds__operations():
    """Multiplications and the additions between them were counted apart. Here a multiplication with its addition counts
    as one."""


# ---- parameters_by_stage ----


@edit({"if count > 0:\n    stages[name] = count": "stages[name] = count"}, of="children")
def parameters_by_stage__empty_children():
    """Children without parameters, such as a ReLU, are listed with 0. Leave them out."""


@edit({"count = 0": "count, seen = 0, set()"}, of="children")
def parameters_by_stage__shared_twice():
    """A parameter that two children share was counted for both, so the stages add up to more than the model. Count it
    where it comes first."""


@edit({"stage = name": "if not parameter.requires_grad:\n    continue\nstage = name"})
def parameters_by_stage__trainable_only():
    """Frozen parameters were not counted. They are parameters of their stage, whether or not they are being trained."""


@edit({"in model.named_parameters():": "in [*model.named_parameters(), *model.named_buffers()]:"})
def parameters_by_stage__buffers_counted():
    """The buffers of batch norm were counted as parameters. They are remembered, not learned."""


@edit({"child.parameters()": "child.parameters(recurse=False)"}, of="children")
def parameters_by_stage__not_nested():
    """Only parameters that hang on the child itself were counted. A stage is often a module of modules: let PyTorch go
    down to the leaves."""


def parameters_by_stage__by_beginning(model):
    """A child was given all parameters whose names begin as its own does, so that "layer1" swallowed "layer10". Its
    name ends at the first dot: compare that whole part."""
    stages = {}
    for child, _ in model.named_children():
        count = sum(p.numel() for name, p in model.named_parameters() if name.startswith(child))
        if count:
            stages[child] = count
    return stages


def parameters_by_stage__every_module(model):
    """Every module of the tree has an entry. Only the children at the top should have one, with all that is inside
    them."""
    stages = {}
    for name, module in model.named_modules():
        count = sum(p.numel() for p in module.parameters())
        if name and count:
            stages[name] = count
    return stages


def parameters_by_stage__every_tensor(model):
    """Every parameter has an entry of its own. Add up those that belong to the same child at the top: the part of the
    name before the first dot."""
    return {name: parameter.numel() for name, parameter in model.named_parameters()}


@edit({"parameter.numel()": "1"})
def parameters_by_stage__counts_tensors():
    """The tensors were counted, not the numbers in them. A weight is one tensor, and thousands of parameters."""


def parameters_by_stage__class_names(model):
    """The keys are class names, so two stages of one kind fall together. Use the name under which the model knows each
    child."""
    stages = {}
    for child in model.children():
        kind = type(child).__name__
        count = sum(p.numel() for p in child.parameters())
        if count:
            stages[kind] = stages.get(kind, 0) + count
    return stages


@edit(
    {
        "if id(parameter) not in": "if parameter.data_ptr() not in",
        "seen.add(id(parameter))": "seen.add(parameter.data_ptr())",
    },
    of="children",
)
def parameters_by_stage__by_address():
    """Parameters were told apart by their place in memory. On the device meta none has any, so all seemed to be one.
    Two stages share a parameter if both hold the same object."""


@edit({"model.named_parameters()": "model.requires_grad_(True).named_parameters()"})
def parameters_by_stage__thaws():
    """The counts are right, but afterwards the model's parameters are no longer what they were: all were made
    trainable. Frozen ones count as they are."""


@edit({"parameter.numel()": "float(parameter.numel())"})
def parameters_by_stage__float():
    """The counts are floats. Parameters are counted one by one: keep to whole numbers, `numel()` gives one."""


def parameters_by_stage__names_within(model):
    """A child was given parameters of other children that hold a part of the same name. A parameter belongs to the
    child that stands first in its name, before the first dot."""
    stages = {}
    for child, _ in model.named_children():
        count = sum(p.numel() for name, p in model.named_parameters() if f"{child}." in name)
        if count:
            stages[child] = count
    return stages


def parameters_by_stage__last_stage_counts(model):
    """A parameter that two children share was counted in the last of them. Count it in the first that has it."""
    owner = {id(p): (name, p.numel()) for name, child in model.named_children() for p in child.parameters()}
    stages = {}
    for name, count in owner.values():
        stages[name] = stages.get(name, 0) + count
    return stages


@edit({"parameter.numel()": "parameter.nbytes"})
def parameters_by_stage__bytes():
    """These are bytes. A float32 takes four of them and is one number: count numbers."""


@edit({"parameter.numel()": "parameter.numel() / sum(p.numel() for p in model.parameters())"})
def parameters_by_stage__shares():
    """These are shares of the whole. Return how many parameters each child has."""


@edit({"stage = name": 'if name.endswith("bias"):\n    continue\nstage = name'})
def parameters_by_stage__weights_only():
    """The biases were not counted. They are parameters, too, and so are batch norm's."""


@edit({"return counts": "return list(counts.items())"})
def parameters_by_stage__pairs():
    """You returned a list of pairs. Return a dict, so that a stage can be looked up by its name."""


@edit({"return counts": 'return counts | {"total": sum(counts.values())}'})
def parameters_by_stage__with_total():
    """There is an entry that is no child of the model, such as a total. Only children have one."""


@edit({"parameter.numel()": "torch.tensor(parameter.numel())"})
def parameters_by_stage__tensors():
    """The counts are right, but they are tensors. Ints are promised."""


@edit({"counts = {}": "counts, _ = {}, model.eval()"})
def parameters_by_stage__left_in_eval_mode():
    """The counts are right, but the model is in evaluation mode now. Counting needs no mode: leave it as it is."""


@edit({"counts.get(stage, 0) + parameter.numel()": "parameter.numel()"})
def parameters_by_stage__overwrites():
    """Each parameter wrote over what its child had before, so only the last of them is left. Add them up."""


@edit({"counts[stage] =": "stage = int(stage) if stage.isdigit() else stage\ncounts[stage] ="})
def parameters_by_stage__numbers_as_keys():
    """Some keys are numbers. The name of a child is a text, also where it looks like a number: "0"."""


@edit({'name.split(".")[0]': 'name.split(".")[-1]'})
def parameters_by_stage__last_part():
    """The counts are added up by the last part of the names, "weight" and "bias". The child's name is the first."""


@edit({'name.split(".")[0]': 'name.rpartition(".")[0]'})
def parameters_by_stage__every_layer():
    """Each layer has an entry of its own. Add up what belongs to the same child at the top of the model."""


@edit({"if count > 0:": "seen = set(map(id, child.parameters()))\nif count > 0:"}, of="children")
def parameters_by_stage__neighbours_only():
    """A parameter that a child shares with the one just before it counts once, but not one shared with a child further
    back. Remember all that you have counted."""


@edit({"count = 0": "count, before, seen = 0, seen, set()", "not in seen:": "not in before:"}, of="children")
def parameters_by_stage__added_just_before():
    """Only what the child just before had added was remembered, so a parameter that several children share is counted
    again further on. Remember all that you have counted."""


@edit({"if count > 0:": "if list(child.parameters()):"}, of="children")
def parameters_by_stage__counted_before_is_zero():
    """A child all of whose parameters were counted in an earlier one is listed with 0. Children in which nothing is
    counted are left out."""


@edit(
    {
        "if id(parameter) not in seen:": 'if not hasattr(parameter, "counted"):',
        "seen.add(id(parameter))": "parameter.counted = True",
    },
    of="children",
)
def parameters_by_stage__remembers_between_calls():
    """Asked a second time about the same model, your function leaves out what it counted the first time. It must begin
    each call with nothing remembered, and write nothing on the model."""


# ---- pixel_std ----


@edit({"images.std(dim=(0, 2, 3), correction=0)": "images.flatten(2).std(dim=2, correction=0).mean(dim=0)"})
def pixel_std__mean_of_image_stds():
    """This is the average of each image's own deviation, which is how the slides' numbers came about. A dark and a
    bright image differ, too, and this measure never sees it: take all pixels of all images together."""


@edit({"images.std(dim=(0, 2, 3), correction=0)": "images.flatten(2).var(dim=2, correction=0).mean(dim=0).sqrt()"})
def pixel_std__root_of_mean_variance():
    """The variances of the images were averaged before the root. That is closer, but it still takes each image around
    its own mean; all pixels belong around one mean per channel."""


@edit({", correction=0": ""})
def pixel_std__sample():
    """The sum was divided by one less than the number of pixels, as `torch.std` does unless you say otherwise. Here the
    images are all there is, the population: no correction."""


@edit({"images.std(": "images.var("})
def pixel_std__variance():
    """This is the variance. The standard deviation is its square root and has the unit of the pixels."""


@edit({"std(dim=(0, 2, 3), correction=0)": "mean(dim=(0, 2, 3))"})
def pixel_std__mean():
    """This is the mean of each channel. Return how far the pixels lie from it, as a rule."""


@edit({"dim=(0, 2, 3), ": ""})
def pixel_std__all_channels():
    """All channels were thrown together. Each has a deviation of its own, so there are C numbers."""


@edit({"(0, 2, 3)": "(2, 3)"})
def pixel_std__per_image():
    """Each image got its own deviations, (N, C). The pixels of all images count together: the axis N goes, too."""


@edit({"images.std(dim=(0, 2, 3)": "images.mean(dim=(2, 3)).std(dim=0"})
def pixel_std__of_image_means():
    """This is how the images' means differ. The differences within the images are lost when each is averaged first."""


@edit({"(0, 2, 3)": "(0, 1, 2)"})
def pixel_std__channels_last():
    """The last axis was taken for the channels. PyTorch's images are (N, C, H, W): the channels are axis 1."""


@edit({"dim=(0, 2, 3), correction=0)": "dim=0, correction=0).mean(dim=(1, 2))"})
def pixel_std__per_pixel():
    """Each pixel was compared with the same pixel of the other images, and the results were averaged. All pixels of a
    channel belong around one mean."""


def pixel_std__moments(images):
    """The mean of squares minus the square of the mean: both are large where images are bright, and almost alike, so
    their difference is what rounding left. Subtract the mean from the pixels first, then square."""
    return ((images**2).mean(dim=(0, 2, 3)) - images.mean(dim=(0, 2, 3)) ** 2).sqrt()


@edit({".mean(dim=1).sqrt()": ".mean(dim=1).sqrt().squeeze()"}, of="channels_first")
def pixel_std__squeezed():
    """With one channel your result has no axis. Every axis of length 1 was taken away, the channels' own among them:
    there is always one number for each channel, (C,)."""


@edit({"images.std(dim=(0, 2, 3), correction=0)": "(images.var(dim=(0, 2, 3), correction=0) + 1e-8).sqrt()"})
def pixel_std__epsilon():
    """A small number was added before the root was taken. It is a good guard where something is divided by the result,
    but of faint images it makes much too large a deviation."""


@edit({"images.std(dim=(0, 2, 3), correction=0)": "(images.var(dim=(0, 2, 3), correction=0) + 1e-12).sqrt()"})
def pixel_std__tiny_epsilon():
    """A tiny number was added before the root was taken, but the root makes it larger: 1e-12 becomes 1e-6. Of very
    faint images it makes too large a deviation."""


@edit({"images.std(": "(images / 255 if images.max() > 1 else images).std("})
def pixel_std__grey_levels_guessed():
    """Images with a pixel above 1 were divided by 255. The pixels may be any numbers, and the deviation has their unit:
    take them as they are."""


@edit({"images.std(dim=(0, 2, 3), correction=0)": "images.flatten(2).std(dim=2).mean(dim=0)"})
def pixel_std__sample_within_images():
    """This is the average of each image's own deviation, and each was divided by n - 1. All pixels of all images belong
    around one mean, and count with 1 / n."""


@edit({"images.std(dim=(0, 2, 3), correction=0)": "images.square().mean(dim=(0, 2, 3)).sqrt()"})
def pixel_std__root_mean_square():
    """The pixels were squared as they are. It is their distance from the channel's mean that is squared."""


@edit({".pow(2).mean(dim=1).sqrt()": ".abs().mean(dim=1)"}, of="channels_first")
def pixel_std__mean_distance():
    """This is the mean distance from the mean. For the standard deviation the distances are squared first, and the root
    is taken of their mean."""


@edit({".mean(dim=1).sqrt()": ".sum(dim=1).sqrt()"}, of="channels_first")
def pixel_std__sum_of_squares():
    """The squared distances were added up, but not divided by their number, so the result grows with the number of
    images."""


@edit({".mean(dim=1).sqrt()": ".sum(dim=1).div(len(images)).sqrt()"}, of="channels_first")
def pixel_std__divided_by_images():
    """The sum of squares was divided by the number of images. Each image has many pixels: divide by the number of all
    pixels of a channel."""


@edit({"return": "images -= images.mean(dim=(0, 2, 3), keepdim=True)\nreturn"})
def pixel_std__in_place():
    """Your function writes into the images that it is given. `-=` does so, and methods whose names end in `_`: make a
    new tensor."""


@edit({"correction=0)": "correction=0).clamp(min=1e-5)"})
def pixel_std__at_least():
    """Your result never becomes smaller than some number. That is a good guard where something is divided by it, but of
    faint images it makes much too large a deviation."""


@edit({"correction=0)": "correction=0) + 1e-8"})
def pixel_std__small_number_added():
    """A small number was added to the result. That is a good guard where something is divided by it, but it is no
    deviation, and for faint images it shows."""


@edit({"images.std(": "images.half().float().std("})
def pixel_std__half_precision():
    """The pixels were rounded to half precision, which has three digits. Of bright images of low contrast little is
    left."""


@edit({"return images.std(": "return torch.stack([part.std(", "=0)": "=0) for part in images.split(32)]).mean(dim=0)"})
def pixel_std__mean_of_batches():
    """With many images, batches were taken, and their deviations averaged. Batches differ in brightness, too: all
    pixels belong around one mean."""


@edit({"images.std(": "images[:32].std("})
def pixel_std__first_batch():
    """Of many images only the first were looked at. All of them count."""


@edit({"correction=0)": "correction=0, keepdim=True)"})
def pixel_std__keeps_axes():
    """The numbers are right, but the result has four axes, (1, C, 1, 1). One is promised, (C,)."""


@edit({"correction=0)": "correction=0).round(decimals=4)"})
def pixel_std__rounded():
    """The result was rounded. Of very faint images nothing is left then."""


@edit({"correction=0)": "correction=0).double().round(decimals=6)"})
def pixel_std__rounded_to_millionths():
    """The result was rounded to millionths. Of very faint images nothing is left then."""


@edit({"images.std(dim=(0, 2, 3), correction=0)": "(images - images.mean()).square().mean(dim=(0, 2, 3)).sqrt()"})
def pixel_std__one_mean():
    """The pixels were compared with one mean of all channels. Each channel has a mean of its own."""


@edit({"images.std(": "(255 * images).std("})
def pixel_std__grey_levels():
    """The pixels were multiplied by 255. The deviation has the unit of the pixels that are given."""


@edit(
    {"return (rows - rows.mean(dim=1, keepdim=True))": "rows -= rows.mean(dim=1, keepdim=True)\nreturn rows"},
    of="channels_first",
)
def pixel_std__in_place_on_a_view():
    """Sometimes your function writes into the images that it is given. What `reshape` and `flatten` return is a view
    where that is possible, and a copy where not: make a new tensor instead of `-=`."""


def pixel_std__moments_clamped(images):
    """The mean of squares minus the square of the mean: where images are bright, both are large and almost alike, so
    their difference is what rounding left. Cutting it off at 0 does not bring it back: subtract the mean first."""
    return ((images**2).mean(dim=(0, 2, 3)) - images.mean(dim=(0, 2, 3)) ** 2).clamp(min=0).sqrt()


@edit({"images.std(dim=(0, 2, 3)": "images.reshape(images.shape[1], -1).std(dim=1"})
def pixel_std__rows_of_mixed_channels():
    """The images were reshaped into one row for each channel. `reshape` exchanges no axes, so each row holds pixels of
    several channels: bring the channels to the front first."""


# ---- bottleneck_parameters ----


@edit({"return down + middle + up": "return kernel**2 * channels**2"})
def bottleneck_parameters__plain():
    """This is the plain convolution, from all channels to all channels. The bottleneck works with fewer channels in its
    middle: three layers, one after the other."""


@edit({"return down + middle + up": "return down + middle + up + 2 * reduced + channels"})
def bottleneck_parameters__with_biases():
    """The biases were counted. The layers of a bottleneck have none, because a batch norm follows each of them."""


@edit({" + up": ""})
def bottleneck_parameters__no_way_up():
    """The last layer is missing. A 1×1 convolution leads from the few channels back to the many."""


@edit({"reduced**2": "reduced * channels", "down + middle + up": "middle + up"})
def bottleneck_parameters__no_way_down():
    """The first 1×1 convolution was left out, and the middle one takes all the channels. It is the first layer that
    makes them few, so that the middle one is cheap."""


@edit(
    {"down = up = channels * reduced": "down, up = channels * reduced, channels**2", "reduced**2": "reduced * channels"}
)
def bottleneck_parameters__middle_not_reduced():
    """The layer in the middle leads from the few channels straight to the many. It keeps the few; the last layer
    widens."""


@edit({"channels * reduced": "channels * reduced * kernel**2"})
def bottleneck_parameters__kernel_everywhere():
    """The large kernel was used in all three layers. The first and the last are 1×1: they mix channels, pixel by
    pixel."""


@edit({"kernel**2": "9"})
def bottleneck_parameters__kernel_ignored():
    """The kernel was always 3×3. Its size is an argument: use it."""


@edit({"kernel**2": "kernel"})
def bottleneck_parameters__kernel_not_squared():
    """The kernel's side was counted once. 3 means 3×3: nine weights for each pair of channels."""


@edit({"reduced**2": "reduced"})
def bottleneck_parameters__depthwise():
    """The layer in the middle looked at one channel at a time. Each of its filters has weights for all the channels
    that come in."""


@edit({"return down": "return float(down)"})
def bottleneck_parameters__float():
    """The result is a float, which rounds very large numbers. An int is promised: keep to whole numbers from the
    beginning to the end."""


@edit({"kernel**2 * reduced**2": "int(np.prod([kernel, kernel, reduced, reduced], dtype=np.float32))"})
def bottleneck_parameters__single_precision():
    """Right for small layers only: a float32 has seven digits, so the numbers of a large layer are rounded. Whole
    numbers of Python have as many digits as they need."""


@edit({"down = up": "reduced = channels // reduced\ndown = up"})
def bottleneck_parameters__reduced_is_a_factor():
    """`reduced` was taken for a factor by which the channels shrink. It is the number of channels in the middle."""


@edit({"+ middle": "+ 2 * middle"})
def bottleneck_parameters__middle_twice():
    """The layer in the middle was counted twice. There are three layers, and one of them has the large kernel."""


@edit({"return down + middle + up": "return down + middle + up + reduced"})
def bottleneck_parameters__biases_of_the_middle():
    """The layer in the middle got biases. None of the three has any: a batch norm follows, and has its own."""


@edit({"kernel**2 * reduced**2": "int(np.prod([kernel, kernel, reduced, reduced], dtype=np.int32))"})
def bottleneck_parameters__int32():
    """Right for small layers only: an int32 ends at two billions and begins again below zero. Whole numbers of Python
    do not."""


@edit({"return down + middle + up": "return torch.tensor(down + middle + up)"})
def bottleneck_parameters__tensor():
    """The number is right, but it is a tensor. An int is promised: `.item()` gives one."""


@edit({"down = up": "assert reduced < channels\ndown = up"})
def bottleneck_parameters__refuses_wide_middle():
    """A middle that is not narrower was refused. It makes little sense, but it can be built, and counted."""


@edit({"down = up": "if reduced >= channels:\n    return kernel**2 * channels**2\ndown = up"})
def bottleneck_parameters__plain_if_wide():
    """Where the middle is not narrower, you returned the weights of a plain layer. The bottleneck can be built all the
    same, with its three layers: count them."""


@edit({"reduced, kernel=3": "reduced, *, kernel=3"})
def bottleneck_parameters__kernel_by_name_only():
    """The kernel could be given by name only. It is the third argument: leave out the `*` before it."""


@edit({"down + middle + up": "down * middle * up"})
def bottleneck_parameters__multiplied():
    """The layers were multiplied. One comes after the other, so what they hold adds up."""


@edit({"reduced**2": "channels**2"})
def bottleneck_parameters__middle_on_all_channels():
    """The layer in the middle was given all the channels. It works on the few that the first layer leaves."""


@edit({"return down + middle + up": "return (down + middle + up) / (kernel**2 * channels**2)"})
def bottleneck_parameters__share():
    """This is the share of a plain layer's weights. Return how many weights the bottleneck has."""


# ---- design_network ----


def design_network__too_many_parameters():
    """Shape and field are right, but the parameters go beyond the budget. They grow with the product of the channels
    before and after a layer: where are both large?"""
    return nn.Sequential(
        nn.Conv2d(3, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(64, 64, 3, padding=1), nn.ReLU(), nn.Conv2d(64, 64, 3, padding=1),
    )  # fmt: skip


def design_network__biases_forgotten():
    """The weights alone stay within the budget, and the biases break it. Every filter has one: count them, too."""
    return nn.Sequential(
        nn.Conv2d(3, 16, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),  # 1,200 weights
        nn.Conv2d(16, 40, 3), nn.ReLU(), nn.MaxPool2d(2),  # 5,760
        nn.Conv2d(40, 40, 3, padding=1), nn.ReLU(),  # 14,400
        nn.Conv2d(40, 79, 3, padding=1), nn.ReLU(), nn.Conv2d(79, 2, 1),  # 28,440 and 158: 49,958
    )  # fmt: skip


def design_network__frozen_forgotten():
    """The parameters that are trained stay within the budget, and the frozen ones break it. They are parameters, too:
    the budget is for all."""
    network = nn.Sequential(nn.Conv2d(3, 60, 20, stride=2), nn.ReLU())
    return network.requires_grad_(False)


@edit({"nn.ReLU(), nn.Conv2d(32, 31, 3, padding=1)": "nn.ReLU()"}, of="two_poolings")
def design_network__field_a_little_small():
    """Each output sees fewer than 20 pixels, but not by much. One more layer, or a larger kernel after a stride or a
    pooling, where a step counts for more, would do."""


def design_network__field_much_too_small():
    """Each output sees little of the image. A large stride or an adaptive pooling makes 7×7 at once, but does not look
    far: more layers, or larger kernels, have to look around."""
    return nn.Sequential(nn.Conv2d(3, 16, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(7))


def design_network__one_direction():
    """Your network looks far in one direction, but not in the other. The field must be 20 pixels wide in both, along
    the rows and along the columns."""
    return nn.Sequential(
        nn.Conv2d(3, 16, (3, 9), padding=(1, 4)), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, (3, 9), padding=(0, 3)), nn.ReLU(), nn.MaxPool2d(2),
    )  # fmt: skip


@edit({"nn.Conv2d(16, 32, 3)": "nn.Conv2d(16, 32, 3, padding=1)"}, of="two_poolings")
def design_network__eight_by_eight():
    """The output is 8×8: with padding everywhere, two poolings make 32, 16, 8. Somewhere a convolution has to go
    without padding."""


@edit({"nn.Conv2d(16, 32, 3)": "nn.Conv2d(16, 32, 3, padding=(0, 1))"}, of="two_poolings")
def design_network__seven_high_only():
    """The output has 7 rows, but not 7 columns. Trace both sizes through the layers, each with its own padding."""


@edit({"nn.Conv2d(32, 31, 3, padding=1)": "nn.Conv2d(32, 31, 3, padding=1), nn.Flatten()"}, of="two_poolings")
def design_network__flattened():
    """The output was flattened already. Return the body of the network, before the head: (N, C, 7, 7)."""


@edit({"31, 3, padding=1)": "31, 3, padding=1), nn.Flatten(), nn.Linear(1519, 10)"}, of="two_poolings")
def design_network__with_head():
    """Your network ends with ten scores. Return the body, before the head: its output has the shape (N, C, 7, 7)."""


@edit({"nn.Conv2d(3, 16": "nn.Conv2d(1, 16"}, of="two_poolings")
def design_network__grey_input():
    """The first layer takes one channel. The images are coloured: (N, 3, 32, 32)."""


@edit(
    {"31, 3, padding=1)": "31, 3, padding=1), nn.Flatten(0), nn.Unflatten(0, (1, -1, 7, 7))"},
    of="two_poolings",
)
def design_network__one_image_only():
    """Your network makes one image out of the whole batch. The first axis counts images, however many there are: (N, 3,
    32, 32) becomes (N, C, 7, 7)."""


def design_network__list_of_layers():
    """You returned a list of layers, which cannot be called. `nn.Sequential` makes a module of them."""
    return [
        nn.Conv2d(3, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 32, 3, padding=1), nn.ReLU(), nn.Conv2d(32, 32, 3, padding=1),
    ]  # fmt: skip


def design_network__class_itself():
    """You returned a class. A network is made by calling it: `Network()`."""

    class Network(nn.Sequential):
        def __init__(self):
            super().__init__(nn.Conv2d(3, 16, 20, stride=2))

    return Network


def design_network__channels_last():
    """The channels come out last, as in TensorFlow. In PyTorch they come before height and width: (N, C, 7, 7)."""

    class Network(nn.Module):
        def __init__(self):
            super().__init__()
            self.body = nn.Conv2d(3, 16, 20, stride=2)

        def forward(self, x):
            return self.body(x).permute(0, 2, 3, 1)

    return Network()


@edit({"adaptive_max_pool2d(x, 7)": "adaptive_max_pool2d(x, 7).squeeze(0)"}, of="residual")
def design_network__squeezed():
    """For one image the batch axis is gone. The output is (N, C, 7, 7), for N = 1, too."""


@edit({"self.norm(self.stem(x))": "self.norm(self.stem(x)).detach()"}, of="residual")
def design_network__detached():
    """No gradient comes back from your network's output to the image: something in it is detached, or computed under
    `torch.no_grad()`. So it could not be trained, and what it sees cannot be measured."""


# ---- numbers and letters ----

slide_pixels__one_channel = Number(
    3264 * 2448, "These are the pixels. Each of them holds three numbers, one for each colour."
)
slide_pixels__eight_million = Number(
    8_000_000, "8 megapixels is a round name for the camera. Multiply the three numbers of the slide exactly."
)
slide_pixels__bits = Number(
    3264 * 2448 * 3 * 8, "These are bits. How many values go into the network, whatever each is stored in?"
)
slide_pixels__sum = Number(3264 + 2448 + 3, "The sides were added. Every row has a value for every column.")

slide_weights__slide = Number(
    23_000_000_000, "This is the slide's number. Multiply it out yourself: how many zeros does 100 have?"
)
slide_weights__ten_times = Number(
    23_970_816_000, "This is a thousand times the values of an image. There are a hundred neurons: count the zeros."
)
slide_weights__one_neuron = Number(23_970_816, "These are the weights of one neuron. Each of the hundred has its own.")
slide_weights__with_biases = Number(
    2_397_081_700, "Here the 100 biases are counted, too. The slide speaks of weights, one for each value and neuron."
)
slide_weights__rounded = Number(
    2_400_000_000, "The size is right, but it was rounded. Give the exact product, digit by digit."
)

slide_fc_inputs__slide = Number(
    49, "This is the slide's number, one map of 7×7. How many such maps are there, one for each channel?"
)
slide_fc_inputs__one_side = Number(7 * 32, "Only one side of the maps was used. Each map has as many rows as columns.")
slide_fc_inputs__added = Number(49 + 32, "Pixels and channels were added. Every channel has all the pixels.")

slide_pool_parameters__window = Number(
    4, "4 is the number of pixels in the window. What is learned about them? The largest is taken, and that is all."
)
slide_pool_parameters__window_and_bias = Number(
    5, "You counted a 2×2 kernel with its bias. Pooling multiplies nothing and adds nothing: what could it learn?"
)
slide_pool_parameters__two = Number(
    2, "Window and stride are settings that a person chooses. Parameters are numbers that training changes."
)

slide_pool_size__slide = Number(
    3,
    "This is the slide's number, and it needs a padded image: 5 pixels hold how many whole windows of 2, side by side?",
)
slide_pool_size__fraction = Number(
    2.5, "There is no half pixel. What happens to the last column if a whole window no longer fits?"
)
slide_pool_size__stride_one = Number(
    4, "4 is what comes out with a stride of 1. The window moves by 2, so it does not overlap."
)

quiz_batch_shape__channels_kept = Choice(
    "a",
    "The channels are those of the images here. How many filters does the convolution have, and what does each make?",
)
quiz_batch_shape__padding_forgotten = Choice(
    "b", "12 is what comes out without padding. What does a padding of 2 on each side make of 28 pixels?"
)
quiz_batch_shape__batch_dropped = Choice(
    "d", "This is one image. A layer works on each image of the batch by itself: how many are there afterwards?"
)

quiz_channels__twice = Choice(
    "a", "Twice the filters makes twice the weights, but each filter also looks at more channels than before."
)
quiz_channels__eight_times = Choice(
    "c", "Two numbers were doubled. Which third one did you have in mind? The kernel has stayed as it was."
)
quiz_channels__as_before = Choice(
    "d", "A layer's weights do not depend on the size of the image, but on its channels they do. Look at the formula."
)

quiz_image_size__parameters = Choice(
    "b", "It is the other way round: the same weights are used in more places. What is stored, and what is computed?"
)
quiz_image_size__both = Choice(
    "c", "A convolution shares its weights among all places. Does it need new ones because there are more places?"
)
quiz_image_size__twice = Choice(
    "d", "Twice as tall and twice as wide: how many times as many pixels is that? And does a filter become any larger?"
)

quiz_vgg__convolutions_both = Choice(
    "a", "The work is done by the convolutions, that is right. Now look where the parameters are: 14.7 of 138 millions."
)
quiz_vgg__dense_both = Choice(
    "b",
    "Most parameters are there, that is right. But a dense layer uses each weight once, a convolution in each place.",
)
quiz_vgg__swapped = Choice(
    "c", "It is just the other way round. Which kind of layer uses the same weight again and again?"
)
