# %% [markdown]
# # Assignment 2: shapes, parameters, cost
#
# Before a network learns anything, you can know a great deal about it: what shape comes out of each layer, how many numbers it has to learn, how many multiplications one image costs, how much of the picture a single output sees. All of it is arithmetic, most of it one line, and nearly every error message a beginner meets is about it. In this notebook you write these lines, check them against what PyTorch says of the living network, and catch a few lecture slides at miscounting.
#
# **You will be able to**
#
# - follow an image through a network and name every shape on the way, before you run it;
# - count parameters and multiply-adds of a layer or a whole model, and say where they sit;
# - rebuild in PyTorch a network written for TensorFlow, padding included;
# - say how far a network sees, and design one under a budget.
#
# **How it works.** Run the cells from top to bottom. Where you read `raise NotImplementedError()`, put your code there instead. The cell below it tests your function: a line with ✓ means that the test has passed; if not, you are told what was expected, what came, and often which mistake it looks like. Pictures that need your function appear once it is solved: run their cell again. Nothing is trained and nothing is downloaded. Everything takes about **two and a half hours**, and a good place for a break is after exercise 7.
#
# **Points.** 100 in all. <!-- credit -->An exercise is worth its points if your answer is right for all that is asked of it: the test you see, and the same function on other inputs (other layers, other numbers), listed below each test as *Also asked*. Otherwise it is worth nothing: so try your functions on odd cases, too.<!-- /credit --> Where an exercise asks for several answers, each has points of its own. Every function is tested separately; your functions may call each other. A mistake costs its own points only: a function that is right, but calls one of yours that is wrong, keeps its points.
#
# | | exercise | difficulty | minutes | points |
# |---|---|---|---|---|
# | 1 | How large is the output? `conv_output_size` | ●○○ | 10 | 6 |
# | 2 | Follow the image: `trace_shapes` | ●●○ | 20 | 10 |
# | 3 | Count a layer: `conv_parameters`, `dense_parameters` | ●○○ | 10 | 5 + 4 |
# | 4 | Where maps become a vector: `flat_features` | ●○○ | 5 | 4 |
# | 5 | Count a model: `parameter_table` | ●●○ | 20 | 10 |
# | 6 | Keep the size: `same_padding` | ●○○ | 5 | 4 |
# | 7 | From TensorFlow to PyTorch: `MnistNetwork` | ●●● | 20 | 10 |
# | 8 | How far does it see? `receptive_field` | ●●○ | 15 | 8 |
# | 9 | What does it cost? `multiply_adds` | ●○○ | 5 | 5 |
# | 10 | Four famous networks: `parameters_by_stage` | ●●○ | 10 | 6 |
# | 11 | Find the slide error: five numbers | ●●○ | 10 | 5 |
# | 12 | How wide do pixels spread? `pixel_std` | ●○○ | 5 | 5 |
# | 13 | Through the eye of a needle: `bottleneck_parameters` | ●○○ | 5 | 4 |
# | 14 | Design your own: `design_network` | ●●● | 15 | 10 |
# | 15 | Quiz: four questions | ●○○ | 5 | 4 |
#
# **Five house rules** for every function:
#
# - It changes nothing that it is given, neither a layer's weights nor what batch norm remembers nor a model's mode.
# - Wherever a size may be a pair, (height, width) is the order.
# - What the docstring promises is what is tested. An *int* may be Python's or NumPy's, but not a bool, a float or a tensor. A *tuple* may be a `torch.Size`, and a *dict* may be an `OrderedDict` or a `Counter`.
# - Sizes and counts are exact, also when they are as large as $10^{18}$. A float keeps only 16 digits, so compute with ints.
# - No network has to fit into memory: questions about very large ones are asked inside `with torch.device("meta"):`, where new tensors have shapes, but no numbers.

# %% tags=["author"]
# For authors, who open this file as a notebook: it finds the course's own modules. Students do not get this cell.
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(globals().get("__file__", "notebook.py")).resolve().parents[2]))

# %% nbgrader={"grade_id": "setup", "locked": true}
# @title Setup: run this first
import os

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn

from solutions.setup import BLUE, GREEN, ORANGE, RED, SKY, compare, picture, watch_names

# True when you run the notebook, False when it is graded or imported: then nothing is drawn.
EXPERIMENT = __name__ == "__main__" and "NBGRADER_EXECUTION" not in os.environ
if EXPERIMENT:
    watch_names()


def compare_rows(got, expected, looks_like=None, *, what="your answer"):
    """Fail with a sentence if the rows `got` are not those `expected`, and mark the rows that differ."""
    if got is None:
        raise AssertionError(f"{what} returned None; is there a `return`?")
    if not isinstance(got, (list, tuple)):
        raise AssertionError(f"{what} is a {type(got).__name__}, not a list.")

    def plain(value):
        return tuple(map(plain, value)) if isinstance(value, (list, tuple)) else value

    got, expected = [plain(row) for row in got], [plain(row) for row in expected]
    if got == expected:
        return
    message = (
        f"{what} is not right." if len(got) == len(expected) else f"{what} has {len(got)} rows, not {len(expected)}."
    )
    message += "\n\n     expected" + " " * 30 + "got\n"
    for index in range(max(len(got), len(expected))):
        right, yours = (str(rows[index]) if index < len(rows) else "—" for rows in (expected, got))
        message += f"{'  ' if right == yours else '→ '}{index:2} {right:<37} {yours}\n"
    for mistake, wrong in (looks_like or {}).items():
        if got == [plain(row) for row in wrong]:
            message += f"\nThis looks like: {mistake}."
            break
    raise AssertionError(message)


def check_number(value):
    """Fail with a sentence unless `value` is a number, or a text that can be read as one."""
    assert value is not None, "put your number in place of None"
    try:
        float(value)
    except (TypeError, ValueError):
        raise AssertionError(f"{value!r} is not a number. Write digits without commas, as in 23970816.") from None


def draw_shapes(ax, shapes, colors, texts, *, per_channel, gap):
    """Draw each (C, H, W) as a box to scale, one after the other, and each (F,) as a thin bar."""
    tallest = max(shape[1] for shape in shapes if len(shape) == 3)
    x = 0.0
    for shape, color, text in zip(shapes, colors, texts, strict=True):
        if len(shape) == 3:
            wide, height, slant = max(per_channel * shape[0], 0.03 * tallest), shape[1], 0.35 * shape[2]
        else:
            wide, height, slant = 0.06 * tallest, (0.9 if shape[0] > 100 else 0.3) * tallest, 0
        left, right, low, high = x, x + wide, -height / 2, height / 2
        front = [(left, low), (right, low), (right, high), (left, high)]
        top = [(left, high), (right, high), (right + slant, high + slant), (left + slant, high + slant)]
        side = [(right, low), (right + slant, low + slant), (right + slant, high + slant), (right, high)]
        for face, shadow in [(front, 0), (top, 0.1), (side, 0.2)] if slant else [(front, 0)]:
            ax.add_patch(plt.Polygon(face, facecolor=color, edgecolor="0.25", lw=0.8))
            ax.add_patch(plt.Polygon(face, facecolor="black", alpha=shadow))
        ax.text(x + wide / 2, -0.54 * tallest, text, ha="center", va="top", fontsize=9)
        x += wide + slant + (gap if slant else 2 * gap)
    ax.set(xlim=(-2 * gap, x), ylim=(-0.78 * tallest, 0.88 * tallest))
    ax.set_aspect("equal")
    ax.axis("off")


def draw_windows(ax, size, kernel, *, stride=1, before=0, after=0, dilation=1, title=""):
    """Draw a row of pixels with its padding, and below it every place of the kernel."""
    for i in range(-before, size + after):
        inside = 0 <= i < size
        ax.add_patch(plt.Rectangle((i, 0), 1, 1, facecolor=GREEN if inside else SKY, edgecolor="0.4", lw=0.8))
        ax.text(i + 0.5, 0.47, i + 1 if inside else 0, ha="center", va="center", fontsize=9, color="0.1")
    starts = range(-before, size + after - dilation * (kernel - 1), stride)
    for level, start in enumerate(starts):
        y = -0.6 - 0.55 * level
        xs = start + 0.5 + dilation * np.arange(kernel)
        ax.plot(xs, np.full(kernel, y), "-o", color=BLUE, lw=1.5, ms=5)
    last = starts[-1] + dilation * (kernel - 1)
    for i in range(last + 1, size):  # no window reaches these
        ax.add_patch(plt.Rectangle((i, 0), 1, 1, facecolor="0.92", edgecolor="0.4", lw=0.8))
        ax.text(i + 0.5, 0.47, i + 1, ha="center", va="center", fontsize=9, color="0.45")
    ax.set(xlim=(-before - 0.3, size + after + 0.3), ylim=(-4.4, 1.2))
    ax.set_aspect("equal")
    ax.axis("off")
    ax.set_title(title, fontsize=10)


# %%
# @title Picture: a network is a chain of shapes
if EXPERIMENT:
    plt.rcParams["figure.facecolor"] = "white"  # readable on a dark page, too
    figure, ax = plt.subplots(figsize=(11, 3.6))
    chain = {
        "image\n1 × 28 × 28": ((1, 28, 28), "white"),
        "conv 5×5\n16 × 28 × 28": ((16, 28, 28), SKY),
        "pool 2×2\n16 × 14 × 14": ((16, 14, 14), ORANGE),
        "conv 5×5\n32 × 14 × 14": ((32, 14, 14), SKY),
        "pool 2×2\n32 × 7 × 7": ((32, 7, 7), ORANGE),
        "flatten\n1568": ((1568,), GREEN),
        "dense\n10": ((10,), GREEN),
    }
    shapes, colors = zip(*chain.values(), strict=True)
    draw_shapes(ax, shapes, colors, chain, per_channel=0.4, gap=6)
    ax.set_title("channels × height × width, drawn to scale (the two vectors are not)", fontsize=11)
    plt.show()

# %% [markdown]
# ## Exercise 1 · How large is the output?
#
# ●○○ · 10 minutes · 6 points
#
# A layer that slides a window, be it a convolution or a pooling, puts out one number for each place where the window fits. Along one axis, with an image of $W$ pixels, a kernel of $F$, padding $P$ on *both* sides, stride $S$ and dilation $D$,
#
# $$W' = \left\lfloor \frac{W + 2P - D\,(F - 1) - 1}{S} \right\rfloor + 1.$$
#
# Read it from the inside. Dilation spreads the kernel, leaving gaps of $D - 1$ pixels between its weights, so it covers $D(F-1) + 1$ pixels. The first window starts at the left end of the padded row. The number of pixels that are left over, divided by the stride, tells how many more steps fit, and the first place itself is the $+1$. Without dilation this is the formula of the slides, $(W - F + 2P)/S + 1$. They leave out the floor: a last step that would leave the row is not made.

# %%
# @title Picture: count the places
if EXPERIMENT:
    figure, axes = plt.subplots(1, 5, figsize=(13, 3.3), width_ratios=[7, 7, 8, 9, 7])
    draw_windows(axes[0], 7, 3, title="kernel 3:\n5 places")
    draw_windows(axes[1], 7, 3, stride=2, title="stride 2:\n3 places")
    draw_windows(axes[2], 8, 3, stride=2, title="stride 2, 8 pixels:\n3 places, the last pixel is not seen")
    draw_windows(axes[3], 7, 3, before=1, after=1, title="padding 1:\n7 places")
    draw_windows(axes[4], 7, 3, dilation=2, title="dilation 2:\n3 places")
    plt.tight_layout()
    plt.show()

# %% [markdown]
# A worked example: 32 pixels, kernel 5, padding 2, stride 1 give $\lfloor (32 + 4 - 4 - 1)/1 \rfloor + 1 = 32$. A kernel that covers more than the padded row fits nowhere: raise a `ValueError` that says so.
#
# <details><summary>Hint: floor</summary>
#
# In Python, `//` divides and rounds down, and with ints it is exact. `a / b` is a float: it keeps 16 digits, so for very large numbers a fraction just below a whole number becomes that number. And `int(a / b)` cuts off the fraction, which for negative numbers is rounding *up*.
#
# </details>


# %%
def conv_output_size(size, kernel, *, stride=1, padding=0, dilation=1):
    """How many places a sliding window has along one axis: the output size of a convolution or pooling.

    size, kernel, stride, dilation: ints, 1 or more; padding: an int, 0 or more, the pixels added on each side.
    Returns an int, floor((size + 2·padding - dilation·(kernel - 1) - 1) / stride) + 1, exact for rows of any length.
    (A loop over the places is quick enough: no question has more than 100,000 of them.)
    Raises ValueError if the kernel, dilation·(kernel - 1) + 1 pixels wide, does not fit into the padded size.
    Example: 32 pixels, kernel 5, padding 2 give 32.
    """
    ### BEGIN SOLUTION
    covers = dilation * (kernel - 1) + 1
    room = size + 2 * padding - covers
    if room < 0:
        raise ValueError(f"a kernel that covers {covers} pixels does not fit into {size} pixels with padding {padding}")
    return room // stride + 1
    ### END SOLUTION


# %% points=6
def test_conv_output_size():
    """32 pixels, kernel 5, padding 2: 32; and what PyTorch's own layers put out"""
    compare(
        conv_output_size(32, 5, padding=2),
        32,
        {
            "the + 1 is missing": 31,
            "the padding was added on one side only": 30,
            "the padding was ignored": 28,
        },
        what="conv_output_size(32, 5, padding=2)",
    )
    compare(
        conv_output_size(224, 7, stride=2, padding=3),
        112,
        {
            "rounded up, or to the nearest, not down": 113,
            "not rounded: there is no half place": 112.5,
            "the stride was ignored": 224,
        },
        what="conv_output_size(224, 7, stride=2, padding=3), ResNet's first layer",
    )
    compare(conv_output_size(5, 2, stride=2), 2, what="conv_output_size(5, 2, stride=2)")
    compare(
        conv_output_size(20, 3, dilation=4),
        12,
        {
            "the dilation was ignored": 18,
            "the whole kernel was multiplied by the dilation, not kernel - 1": 9,
            "the dilation was added; each step between two weights is stretched": 15,
        },
        what="conv_output_size(20, 3, dilation=4)",
    )
    for options in [{"stride": 3, "padding": 1}, {"stride": 2, "padding": 4, "dilation": 3}]:
        living = nn.Conv2d(1, 1, 5, **options)(torch.zeros(1, 1, 29, 29)).shape[-1]
        compare(conv_output_size(29, 5, **options), living, what=f"conv_output_size(29, 5, {options}), as in PyTorch,")
    try:
        conv_output_size(4, 5)
    except ValueError:
        pass
    else:
        raise AssertionError("a kernel of 5 does not fit into 4 pixels: conv_output_size should raise ValueError")


# %% [markdown]
# ## Exercise 2 · Follow the image
#
# ●●○ · 20 minutes · 10 points
#
# A network is a list of layers, and each takes the shape $(C, H, W)$ that the one before it left:
#
# | layer | $(C, H, W)$ becomes |
# |---|---|
# | `nn.Conv2d` | $(C_\text{out}, H', W')$, by the formula of exercise 1 |
# | `nn.MaxPool2d`, `nn.AvgPool2d` | $(C, H', W')$, by the same formula |
# | `nn.ReLU`, `nn.BatchNorm2d`, `nn.Dropout` | as it is |
# | `nn.Flatten` | $(C \cdot H \cdot W,)$ |
# | `nn.Linear`, after a flatten | $(F_\text{out},)$ |
#
# A worked example, from the slides: 28×28 pixels, convolution 5×5 with padding 2 and pooling 2×2, both twice, gives 28 → 28 → 14 → 14 → 7.
#
# A layer knows all you need: `layer.kernel_size`, `layer.stride`, `layer.padding`, `layer.dilation`, `layer.out_channels`, `layer.out_features`. Each of the first four is an int or a pair (height, width), as it was given when the layer was built. `isinstance(layer, nn.Conv2d)` asks what kind of layer it is.
#
# Or you send an image of zeros through, and look. That is allowed, too, but mind the house rule: a batch norm in training mode learns even from zeros.
#
# <details><summary>Hint: one number or two</summary>
#
# `kh, kw = np.broadcast_to(layer.kernel_size, 2)` turns `3` into 3 and 3, and leaves `(3, 5)` as it is. It gives NumPy integers; `int(…)` makes them plain.
#
# </details>
#
# <details><summary>Hint: "'AvgPool2d' object has no attribute 'dilation'"</summary>
#
# An average pooling cannot be dilated. `getattr(layer, "dilation", 1)` asks, and gives 1 where there is no answer.
#
# </details>


# %%
def trace_shapes(layers, input_shape):
    """The shape after each layer of a network.

    layers: a list or nn.Sequential of Conv2d, MaxPool2d, AvgPool2d, ReLU, BatchNorm2d, Dropout, Flatten and Linear
    layers that fit each other; padding is given in numbers, `ceil_mode` is off, a Linear comes after a Flatten.
    input_shape: (C, H, W), without a batch axis.
    Returns a list of tuples of ints, one for each layer, without a batch axis: (C, H, W), or (F,) once flattened.
    A layer that is in the network twice has two. The layers, and the list or nn.Sequential, stay as they
    are: settings, weights, gradients, what batch norm remembers, hooks, and the mode, training or evaluation, of each.
    Example: [Conv2d(1, 8, 5, padding=2), MaxPool2d(2)] and (1, 28, 28) give [(8, 28, 28), (8, 14, 14)].
    """
    ### BEGIN SOLUTION
    shape, shapes = tuple(input_shape), []
    for layer in layers:
        if isinstance(layer, (nn.Conv2d, nn.MaxPool2d, nn.AvgPool2d)):
            sizes = []
            for axis, size in enumerate(shape[1:]):
                kernel, stride, padding, dilation = (
                    int(np.broadcast_to(getattr(layer, name, 1), 2)[axis])  # average pooling has no dilation
                    for name in ("kernel_size", "stride", "padding", "dilation")
                )
                sizes.append(conv_output_size(size, kernel, stride=stride, padding=padding, dilation=dilation))
            shape = (getattr(layer, "out_channels", shape[0]), *sizes)
        elif isinstance(layer, nn.Flatten):
            shape = (int(np.prod(shape)),)
        elif isinstance(layer, nn.Linear):
            shape = (layer.out_features,)
        shapes.append(shape)
    return shapes
    ### END SOLUTION


# %% points=10
def test_trace_shapes():
    """28 → 28 → 14 → 14 → 7, then 1568 → 10"""
    layers = [
        nn.Conv2d(1, 16, 5, padding=2),
        nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 5, padding=2),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(1568, 10),
    ]
    compare_rows(
        trace_shapes(layers, (1, 28, 28)),
        [(16, 28, 28), (16, 14, 14), (32, 14, 14), (32, 7, 7), (1568,), (10,)],
        {
            "the channels were not updated": [(1, 28, 28), (1, 14, 14), (1, 14, 14), (1, 7, 7), (49,), (10,)],
            "flatten and dense layers change the shape, too": [
                (16, 28, 28),
                (16, 14, 14),
                (32, 14, 14),
                *[(32, 7, 7)] * 3,
            ],
            "pooling was skipped": [(16, 28, 28), (16, 28, 28), (32, 28, 28), (32, 28, 28), (25088,), (10,)],
            "pooling moved by one pixel; its stride is its size unless given": [
                *[(16, 28, 28), (16, 27, 27), (32, 27, 27), (32, 26, 26), (21632,), (10,)]
            ],
            "the padding was ignored": [(16, 24, 24), (16, 12, 12), (32, 8, 8), (32, 4, 4), (512,), (10,)],
            "the first shape should be what the first layer puts out, not the input": [
                *[(1, 28, 28), (16, 28, 28), (16, 14, 14), (32, 14, 14), (32, 7, 7), (1568,), (10,)]
            ],
            "flattening forgot the channels": [(16, 28, 28), (16, 14, 14), (32, 14, 14), (32, 7, 7), (49,), (10,)],
            "there is still a batch axis": [
                *[(1, 16, 28, 28), (1, 16, 14, 14), (1, 32, 14, 14), (1, 32, 7, 7), (1, 1568), (1, 10)]
            ],
        },
        what="trace_shapes of the network on the slides",
    )
    odd = nn.Sequential(
        nn.Conv2d(3, 8, (3, 5), stride=(2, 1), padding=(0, 2)), nn.BatchNorm2d(8), nn.ReLU(), nn.AvgPool2d((2, 3))
    )
    compare_rows(
        trace_shapes(odd, (3, 21, 30)),
        [(8, 10, 30), (8, 10, 30), (8, 10, 30), (8, 5, 10)],
        {
            "the numbers for the height were used for the width, too": [
                *[(8, 10, 14), (8, 10, 14), (8, 10, 14), (8, 5, 7)]
            ],
        },
        what="trace_shapes of a network with pairs (height, width)",
    )
    assert int(odd[1].num_batches_tracked) == 0, "trace_shapes sent data through a batch norm in training mode"
    assert odd.training and odd[1].training, "trace_shapes left the layers in evaluation mode; put them back"


# %%
# @title Picture: VGG16, drawn to scale by your function
if EXPERIMENT:
    with picture("trace_shapes"):
        from torchvision.models import vgg16

        with torch.device("meta"):  # shapes only: not one of its 138 million weights is stored
            layers = vgg16().features
            shapes = trace_shapes(layers, (3, 224, 224))
        shown, colors, texts = [(3, 224, 224)], ["white"], ["image\n3 × 224 × 224"]
        for layer, shape in zip(layers, shapes, strict=True):
            if not isinstance(layer, nn.ReLU):
                pool = isinstance(layer, nn.MaxPool2d)
                shown.append(shape)
                colors.append(ORANGE if pool else SKY)
                texts.append(" × ".join(map(str, shape)) if pool else "")
        figure, ax = plt.subplots(figsize=(13, 4))
        draw_shapes(ax, shown, colors, texts, per_channel=0.1, gap=10)
        ax.set_title("thirteen convolutions (blue) and five poolings (orange)", fontsize=11)
        plt.show()

# %% [markdown]
# The maps shrink, the channels grow: where the image was large and thin, the last box is small and thick.
#
# ## Exercise 3 · Count a layer
#
# ●○○ · 5 minutes · 5 points (`conv_parameters`), 5 minutes · 4 points (`dense_parameters`)
#
# A filter of $k_h \times k_w$ pixels looks at all $C_\text{in}$ channels at once and adds one bias, and there are $C_\text{out}$ filters. The size of the image does not enter:
#
# $$\text{convolution:}\quad (k_h \, k_w \, C_\text{in} + 1) \cdot C_\text{out} \qquad\qquad \text{dense:}\quad (n_\text{in} + 1) \cdot n_\text{out}$$
#
# A dense layer has one weight for every pair of input and output, and one bias for each output. Without biases, the $+1$ goes.
#
# A worked example from the slides: ten 5×5 filters on 3 channels have $(5 \cdot 5 \cdot 3 + 1) \cdot 10 = 76 \cdot 10 = 760$ parameters.


# %%
def conv_parameters(c_in, c_out, kernel, *, bias=True):
    """How many numbers a convolution layer learns.

    c_in, c_out: channels in and out; kernel: an int or a pair (kh, kw); bias: whether each filter has one.
    Returns an int.
    Example: 3 channels in, 10 out, kernel 5: 760.
    """
    ### BEGIN SOLUTION
    kh, kw = kernel if isinstance(kernel, tuple) else (kernel, kernel)
    return (kh * kw * c_in + bool(bias)) * c_out
    ### END SOLUTION


# %% points=5
def test_conv_parameters():
    """ten 5×5 filters on 3 channels: 760; and what PyTorch's own layers hold"""
    compare(
        conv_parameters(3, 10, 5),
        760,
        {
            "the biases are missing": 750,
            "the input channels are missing: a filter looks at all of them": 260,
            "one bias for each input channel; there is one for each filter": 753,
            "a single bias for the whole layer; there is one for each filter": 751,
            "a bias for each input channel of each filter": 780,
            "one filter only": 76,
            "the kernel counted once, not squared": 160,
        },
        what="conv_parameters(3, 10, 5)",
    )
    for c_in, c_out, kernel, bias in [(3, 6, 5, True), (16, 32, (3, 1), True), (8, 4, (1, 7), False)]:
        layer = nn.Conv2d(c_in, c_out, kernel, bias=bias)
        compare(
            conv_parameters(c_in, c_out, kernel, bias=bias),
            sum(parameter.numel() for parameter in layer.parameters()),
            what=f"conv_parameters({c_in}, {c_out}, {kernel}, bias={bias}), as in PyTorch,",
        )


# %%
def dense_parameters(n_in, n_out, *, bias=True):
    """How many numbers a dense layer learns.

    n_in, n_out: numbers in and out; bias: whether each output has one.
    Returns an int.
    Example: 588 in, 200 out: 117,800.
    """
    ### BEGIN SOLUTION
    return (n_in + bool(bias)) * n_out
    ### END SOLUTION


# %% points=4
def test_dense_parameters():
    """32·32·3 in, 28·28·6 out: 14,455,392; and what PyTorch's own layers hold"""
    compare(
        dense_parameters(32 * 32 * 3, 28 * 28 * 6),
        14_455_392,
        {
            "the biases are missing": 14_450_688,
            "one bias for each input; there is one for each output": 14_453_760,
            "a single bias for the whole layer; there is one for each output": 14_450_689,
        },
        what="dense_parameters(32 · 32 · 3, 28 · 28 · 6)",
    )
    for n_in, n_out, bias in [(588, 200, True), (200, 10, False)]:
        layer = nn.Linear(n_in, n_out, bias=bias)
        compare(
            dense_parameters(n_in, n_out, bias=bias),
            sum(parameter.numel() for parameter in layer.parameters()),
            what=f"dense_parameters({n_in}, {n_out}, bias={bias}), as in PyTorch,",
        )


# %% [markdown]
# Now compare. Six 5×5 filters turn a 32×32×3 image into 28×28×6 numbers. A dense layer that puts out as many numbers could do all that the convolution does and more, because it has a weight of its own for each pair of a pixel and an output. What does this freedom cost?

# %%
# @title Picture: 14 million against 456
if EXPERIMENT:
    with picture("conv_parameters and dense_parameters"):
        dense, conv = dense_parameters(32 * 32 * 3, 28 * 28 * 6), conv_parameters(3, 6, 5)
        figure, ax = plt.subplots(figsize=(7.5, 4.6))
        side, small = dense**0.5, conv**0.5
        ax.add_patch(plt.Rectangle((0, 0), side, side, facecolor=ORANGE, edgecolor="0.3"))
        ax.text(side / 2, side / 2, f"dense layer\n{dense:,} parameters", ha="center", va="center", fontsize=12)
        ax.add_patch(plt.Rectangle((1.25 * side, 0), small, small, facecolor=BLUE, edgecolor=BLUE))
        ax.annotate(
            f"convolution layer\n{conv:,} parameters\n(this dot)",
            (1.25 * side + small, small),
            (1.45 * side, 0.3 * side),
            fontsize=12,
            arrowprops={"arrowstyle": "->", "lw": 1.3, "color": "0.3"},
        )
        ax.set(xlim=(-0.02 * side, 2.2 * side), ylim=(-0.03 * side, 1.02 * side))
        ax.set_aspect("equal")
        ax.axis("off")
        ax.set_title("area = number of parameters, for the same 4704 outputs", fontsize=11)
        plt.show()

# %% [markdown]
# ## Exercise 4 · Where maps become a vector
#
# ●○○ · 5 minutes · 4 points
#
# Between the last map and the first dense layer everything is laid out in one long row: all of channel 0, row by row, then channel 1, and so on. How long is it? $C \cdot H \cdot W$. `nn.Linear(…)` must be given this number. A wrong one causes what may well be the most frequent error message of all: *mat1 and mat2 shapes cannot be multiplied*.
#
# A worked example: 32 maps of 7×7 make $32 \cdot 7 \cdot 7 = 1568$ numbers.


# %%
def flat_features(channels, size):
    """How many numbers feature maps hold: the inputs of a dense layer that follows.

    channels: how many maps; size: their side, an int, or a pair (height, width).
    Returns an int.
    Example: 32 maps of 7×7: 1568.
    """
    ### BEGIN SOLUTION
    height, width = size if isinstance(size, tuple) else (size, size)
    return channels * height * width
    ### END SOLUTION


# %% points=4
def test_flat_features():
    """32 maps of 7×7: 1568, and a dense layer with as many inputs fits"""
    compare(
        flat_features(32, 7),
        1568,
        {
            "the channels were forgotten: 49 is one map only": 49,
            "the size counted once; a map has height and width": 224,
        },
        what="flat_features(32, 7)",
    )
    maps = torch.zeros(2, 5, 4, 6)  # (N, C, H, W)
    compare(
        flat_features(5, (4, 6)),
        nn.Flatten()(maps).shape[1],
        {"the height was used for the width, too": 80, "the width was used for the height, too": 180},
        what="flat_features(5, (4, 6)), as in PyTorch,",
    )


# %% [markdown]
# ## Exercise 5 · Count a model
#
# ●●○ · 20 minutes · 10 points
#
# A model in PyTorch holds two kinds of tensors:
#
# - **Parameters** are what the optimiser may change. One whose `requires_grad` is `False` is *frozen*: it is still a parameter, still stored, still used, only not trained.
# - **Buffers** belong to the model, but no gradient reaches them. Batch norm keeps three: a running mean and a running variance for each channel, and a count of the batches it has seen.
#
# Two layers can also *share* a parameter. It exists once, so it counts once, under the first of its names.
#
# Write the table that every framework's `summary` prints. A worked example, a batch norm of 3 channels:
#
# | name | shape | count | kind |
# |---|---|---|---|
# | `weight` | `(3,)` | 3 | `"trainable"` |
# | `bias` | `(3,)` | 3 | `"trainable"` |
# | `running_mean` | `(3,)` | 3 | `"buffer"` |
# | `running_var` | `(3,)` | 3 | `"buffer"` |
# | `num_batches_tracked` | `()` | 1 | `"buffer"` |
#
# with the totals 6 parameters, 6 of them trainable, and 7 numbers in buffers.
#
# The visible test counts this network, the one with which the slides classify CIFAR-10:


# %%
class CifarNetwork(nn.Module):
    """The network of the slides for CIFAR-10: (N, 3, 32, 32) to ten logits."""

    def __init__(self):
        super().__init__()
        self.conv_layer = nn.Sequential(
            *(nn.Conv2d(3, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU()),  # (32, 32, 32)
            *(nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),  # (64, 16, 16)
            *(nn.Conv2d(64, 128, 3, padding=1), nn.BatchNorm2d(128), nn.ReLU()),  # (128, 16, 16)
            *(nn.Conv2d(128, 128, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout2d(0.05)),  # (128, 8, 8)
            *(nn.Conv2d(128, 256, 3, padding=1), nn.BatchNorm2d(256), nn.ReLU()),  # (256, 8, 8)
            *(nn.Conv2d(256, 256, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),  # (256, 4, 4)
        )
        self.fc_layer = nn.Sequential(
            *(nn.Dropout(0.1), nn.Linear(4096, 1024), nn.ReLU()),
            *(nn.Linear(1024, 512), nn.ReLU(), nn.Dropout(0.1), nn.Linear(512, 10)),
        )

    def forward(self, images):
        return self.fc_layer(self.conv_layer(images).flatten(1))


# %% [markdown]
# <details><summary>Hint: where to find them</summary>
#
# `model.named_parameters()` and `model.named_buffers()` give pairs of name and tensor, the names with dots, as in `conv_layer.0.weight`. A parameter that is shared comes once, under its first name.
#
# </details>
#
# <details><summary>Hint: how many numbers a tensor holds</summary>
#
# `tensor.numel()`. For a scalar, whose shape is `()`, that is 1.
#
# </details>


# %%
def parameter_table(model):
    """List what a model stores, and count it.

    model: an nn.Module.
    Returns (rows, totals). rows: a list with a tuple (name, shape, count, kind) for each parameter, in the order of
    model.named_parameters(), then for each buffer, in the order of model.named_buffers(); shape is a tuple of ints,
    kind is "trainable", "frozen" or "buffer". A tensor that is shared has one row, under its first name.
    totals: a dict of three ints: "parameters" (trainable and frozen), "trainable", "buffers". All counts are ints.
    """
    ### BEGIN SOLUTION
    rows = []
    for name, parameter in model.named_parameters():
        kind = "trainable" if parameter.requires_grad else "frozen"
        rows.append((name, tuple(parameter.shape), parameter.numel(), kind))
    for name, buffer in model.named_buffers():
        rows.append((name, tuple(buffer.shape), buffer.numel(), "buffer"))
    totals = {"parameters": 0, "trainable": 0, "buffers": 0}
    for _, _, count, kind in rows:
        totals["buffers" if kind == "buffer" else "parameters"] += count
        totals["trainable"] += count if kind == "trainable" else 0
    return rows, totals
    ### END SOLUTION


# %% points=10
def test_parameter_table():
    """the network of the slides: 5,852,170 parameters and 835 numbers in buffers"""

    def table(model):
        result = parameter_table(model)
        two = isinstance(result, (tuple, list)) and len(result) == 2
        assert two, "parameter_table should return two things: return rows, totals"
        return result

    norm = nn.BatchNorm2d(3)
    norm.bias.requires_grad = False
    rows, totals = table(norm)
    right = [
        ("weight", (3,), 3, "trainable"),
        ("bias", (3,), 3, "frozen"),
        ("running_mean", (3,), 3, "buffer"),
        ("running_var", (3,), 3, "buffer"),
        ("num_batches_tracked", (), 1, "buffer"),
    ]
    compare_rows(
        rows,
        right,
        {
            "the buffers are missing": right[:2],
            "the frozen parameter is missing": [right[0], *right[2:]],
            "frozen was not told from trainable": [right[0], ("bias", (3,), 3, "trainable"), *right[2:]],
            "a scalar, whose shape is (), holds one number": [*right[:4], ("num_batches_tracked", (), 0, "buffer")],
        },
        what="the table of a batch norm with a frozen bias",
    )
    keys = {"parameters", "trainable", "buffers"}
    assert isinstance(totals, dict) and set(totals) == keys, f"totals should be a dict with the keys {sorted(keys)}"
    mistakes = {
        "parameters": {
            "the frozen ones count, too": 3,
            "buffers are no parameters": 13,
            "count numbers, not tensors": 2,
        },
        "trainable": {"a frozen parameter is not trainable": 6},
        "buffers": {},
    }
    for key, count in {"parameters": 6, "trainable": 3, "buffers": 7}.items():
        compare(totals[key], count, mistakes[key], what=f'totals["{key}"] of a batch norm with a frozen bias')

    tied = nn.Sequential(nn.Linear(3, 4, bias=False), nn.ReLU(), nn.Linear(3, 4, bias=False))
    tied[2].weight = tied[0].weight
    rows, totals = table(tied)
    once = ("0.weight", (4, 3), 12, "trainable")
    compare_rows(
        rows,
        [once],
        {"a shared parameter is listed twice": [once, ("2.weight", (4, 3), 12, "trainable")]},
        what="the table of two layers that share their weight",
    )
    compare(totals["parameters"], 12, what="their number of parameters")

    rows, totals = table(CifarNetwork())
    compare(totals["parameters"], 5_852_170, what="the number of parameters of the CIFAR network")
    compare(totals["buffers"], 835, what="the number of values in buffers of the CIFAR network")


# %%
# @title Picture: where the CIFAR network keeps its numbers
if EXPERIMENT:
    with picture("parameter_table"):
        rows, totals = parameter_table(CifarNetwork())
        figure, ax = plt.subplots(figsize=(9.5, 6.6))
        kinds = {"trainable": BLUE, "frozen": RED, "buffer": ORANGE}
        for y, (_, _, count, kind) in enumerate(rows):
            ax.barh(y, count, left=0.7, color=kinds[kind], height=0.75)
            ax.text(1.25 * (count + 0.7), y, f"{count:,}", va="center", fontsize=8)
        ax.set_yticks(range(len(rows)), [f"{name}  {shape}" for name, shape, _, _ in rows], fontsize=8)
        ax.set(xscale="log", xlim=(0.7, 6e7), ylim=(len(rows) - 0.4, -0.6))
        ax.set_title(
            f"{totals['parameters']:,} parameters (blue), {totals['buffers']:,} numbers in buffers (orange)\n"
            "mind the scale: each mark on it is ten times the one before",
            fontsize=11,
        )
        ax.spines[["top", "right"]].set_visible(False)
        plt.tight_layout()
        plt.show()

# %% [markdown]
# Nearly three quarters of all parameters sit in a single tensor, `fc_layer.1.weight`, where the maps become a vector: $4096 \cdot 1024$.
#
# ## Exercise 6 · Keep the size
#
# ●○○ · 5 minutes · 4 points
#
# At stride 1, how much padding keeps the size? Put $W' = W$ into the formula of exercise 1: $2P = D\,(F - 1)$, so
#
# $$P = \frac{D\,(F - 1)}{2}.$$
#
# 3 needs 1, 5 needs 2, 7 needs 3. But a kernel of 2 or 4 asks for half a pixel on each side: no *symmetric* padding keeps the size. Then your function should say so, with a `ValueError`. (With dilation 2, a kernel of 2 does have an answer: its two weights are two pixels apart.)


# %%
def same_padding(kernel, *, dilation=1):
    """How much padding on each side keeps the size, at stride 1.

    kernel, dilation: ints, 1 or more.
    Returns an int, dilation·(kernel - 1) / 2.
    Raises ValueError if dilation·(kernel - 1) is odd: then no padding that is equal on both sides keeps the size.
    Example: kernel 5 needs 2.
    """
    ### BEGIN SOLUTION
    both_sides = dilation * (kernel - 1)
    if both_sides % 2:
        raise ValueError(f"kernel {kernel} with dilation {dilation} needs {both_sides} pixels: no half for each side")
    return both_sides // 2
    ### END SOLUTION


# %% points=4
def test_same_padding():
    """3 needs 1, 5 needs 2, 3 with dilation 2 needs 2, and 4 has no answer"""
    compare(same_padding(5), 2, {"this is for both sides together": 4, "one too large": 3}, what="same_padding(5)")
    compare(same_padding(3), 1, what="same_padding(3)")
    compare(
        same_padding(3, dilation=2),
        2,
        {"the dilation was ignored": 1, "the whole kernel was dilated": 3},
        what="same_padding(3, dilation=2)",
    )
    layer = nn.Conv2d(1, 1, 7, dilation=3, padding=int(same_padding(7, dilation=3)))
    compare(layer(torch.zeros(1, 1, 20, 20)).shape[-1], 20, what="what PyTorch makes of 20 pixels with your padding")
    try:
        same_padding(4)
    except ValueError:
        pass
    else:
        raise AssertionError("a kernel of 4 has no symmetric answer: same_padding should raise ValueError")


# %% [markdown]
# ## Exercise 7 · From TensorFlow to PyTorch
#
# ●●● · 20 minutes · 10 points
#
# One of the slides holds a network for MNIST, written for TensorFlow:
#
# ```python
# c1 = conv2d(X,  filters=4,  kernel_size=5, strides=1, padding='same', activation=relu)   # ?x28x28x4
# c2 = conv2d(c1, filters=8,  kernel_size=3, strides=2, padding='same', activation=relu)   # ?x14x14x8
# c3 = conv2d(c2, filters=12, kernel_size=3, strides=2, padding='same', activation=relu)   # ?x7x7x12
# c3flat = reshape(c3, [-1, 7*7*12])
# h3 = dense(c3flat, 200, activation=relu)
# ylogits = dense(h3, 10, activation=None)
# ```
#
# The sizes run 28, 28, 14, 7, then 200 and 10; there are 121,086 parameters. Rebuild it in PyTorch. (TensorFlow puts channels last, `?x28x28x4`; for PyTorch that is $(N, 4, 28, 28)$, and we flatten in its order.)
#
# The catch is `padding='same'` at stride 2. In TensorFlow it means: one output for each step of the stride, $\lceil 28/2 \rceil = 14$, with *just enough* padding, half before and half after, and if it is odd, the extra pixel after. A 3×3 kernel at stride 2 needs $(14 - 1) \cdot 2 + 3 - 28 = 1$ pixel: **none before, one after**. PyTorch's `padding=1` pads both sides. It has the same output size, and shifts every window by one pixel:

# %%
# @title Picture: TensorFlow's padding and PyTorch's
if EXPERIMENT:
    figure, axes = plt.subplots(1, 2, figsize=(10, 2.4))
    draw_windows(axes[0], 8, 3, stride=2, after=1, title="TensorFlow, padding='same': 0 before, 1 after")
    draw_windows(axes[1], 8, 3, stride=2, before=1, after=1, title="PyTorch, padding=1: the last zero is not seen")
    for ax in axes:
        ax.set(xlim=(-1.3, 9.3), ylim=(-2.7, 1.2))
    plt.tight_layout()
    plt.show()

# %% [markdown]
# With weights learned in TensorFlow, a network padded like this would look at the wrong pixels, and only a somewhat lower accuracy would show it. Your network should compute exactly the same as TensorFlow's, except for the order in which the maps are flattened.
#
# <details><summary>Hint: padding on one side</summary>
#
# `nn.functional.pad(x, (left, right, top, bottom))` pads the last two axes by different amounts; `nn.ZeroPad2d((left, right, top, bottom))` is the same as a layer.
#
# </details>
#
# <details><summary>Hint: what goes where</summary>
#
# Layers with weights are built in `__init__`, as `self.conv1 = nn.Conv2d(…)` and so on. `forward` sends the images through; `x.flatten(1)` keeps the batch axis and lays out the rest. Logits are what comes out of the last layer, without activation.
#
# </details>


# %%
class MnistNetwork(nn.Module):
    """TensorFlow's network for MNIST, rebuilt: sizes 28, 28, 14, 7, 200, 10 and 121,086 parameters.

    Its layers are conv1, conv2, conv3 (nn.Conv2d) and dense1, dense2 (nn.Linear), each but the last followed by a
    ReLU. Every convolution pads as TensorFlow's "same" does: 2 on each side for conv1; none before and 1 after, in
    both directions, for conv2 and conv3. Any way to these numbers is right, for example a convolution with stride 1 of
    which every second output is kept. The maps are flattened in PyTorch's order, channel by channel. Training and
    evaluation mode make no difference. There are no other parameters, none is frozen, and in both modes
    `logits.sum().backward()` gives each of them a gradient.
    """

    def __init__(self):
        super().__init__()
        ### BEGIN SOLUTION
        self.conv1 = nn.Conv2d(1, 4, 5, padding=2)
        self.conv2 = nn.Conv2d(4, 8, 3, stride=2)
        self.conv3 = nn.Conv2d(8, 12, 3, stride=2)
        self.dense1 = nn.Linear(12 * 7 * 7, 200)
        self.dense2 = nn.Linear(200, 10)
        ### END SOLUTION

    def forward(self, images):
        """images: (N, 1, 28, 28). Returns logits (N, 10)."""
        ### BEGIN SOLUTION
        after = (0, 1, 0, 1)  # left, right, top, bottom
        x = torch.relu(self.conv1(images))  # (N, 4, 28, 28)
        x = torch.relu(self.conv2(nn.functional.pad(x, after)))  # (N, 8, 14, 14)
        x = torch.relu(self.conv3(nn.functional.pad(x, after)))  # (N, 12, 7, 7)
        x = torch.relu(self.dense1(x.flatten(1)))  # (N, 200)
        return self.dense2(x)
        ### END SOLUTION


# %% points=10
def test_MnistNetwork():
    """121,086 parameters, ten logits, and the numbers TensorFlow's padding gives"""
    network = MnistNetwork()
    layers = {name: getattr(network, name, None) for name in ("conv1", "conv2", "conv3", "dense1", "dense2")}
    for name, layer in layers.items():
        kind = nn.Conv2d if name.startswith("conv") else nn.Linear
        assert isinstance(layer, kind), f"MnistNetwork should have an nn.{kind.__name__} called {name}"
    compare(
        sum(parameter.numel() for parameter in network.parameters()),
        121_086,
        {"the dense layer after 7×7 maps of 12 channels forgets the channels": 13_286},
        what="the number of parameters of MnistNetwork",
    )
    # Weights and an image that look random and are the same on every machine.
    with torch.no_grad():
        for index, layer in enumerate(layers.values()):
            for tensor, height in [(layer.weight, 3 / layer.weight[0].numel() ** 0.5), (layer.bias, 0.5)]:
                n = torch.arange(tensor.numel()).reshape(tensor.shape) + index
                tensor.copy_(height * ((n * n % 1009) / 504.5 - 1))
        rows, columns = torch.meshgrid(torch.arange(28), torch.arange(28), indexing="ij")
        images = ((rows * rows + 3 * rows * columns + 7 * columns) % 101 / 101)[None, None]
        logits = network(images)
    shape = tuple(logits.shape)
    assert shape == (1, 10), f"one image, (1, 1, 28, 28), gives logits in the shape {shape}; it should be (1, 10)"
    compare(
        logits[0],
        [-1.2301, -0.0462, -0.2156, -0.4892, -0.6834, -0.5797, -0.0783, -0.0549, -0.031, -0.7136],
        {
            "the padding is PyTorch's, or lies before the image; TensorFlow adds none before and 1 after": [
                -1.2444,
                -0.0173,
                -0.2805,
                -0.5154,
                -0.7029,
                -0.5535,
                -0.0399,
                -0.035,
                0.0391,
                -0.7003,
            ],
            "the ReLU after dense1 is missing": [
                0.7212,
                -0.0498,
                -0.7574,
                -0.8887,
                -0.4193,
                0.5655,
                0.3018,
                -0.4137,
                -0.1122,
                -0.8577,
            ],
            "the ReLUs after the convolutions are missing": [
                23.9271,
                -25.6826,
                8.5173,
                15.6941,
                33.674,
                -9.1401,
                92.7125,
                16.1989,
                40.6041,
                45.0414,
            ],
            "there is no ReLU": [
                41.1818,
                -192.0768,
                -31.5891,
                -72.8297,
                126.5161,
                44.4175,
                85.2517,
                13.552,
                41.9034,
                52.404,
            ],
            "a ReLU after the last layer, too": [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
            "a softmax; logits come straight out of the last layer": [
                0.0414,
                0.1352,
                0.1141,
                0.0868,
                0.0715,
                0.0793,
                0.1309,
                0.134,
                0.1373,
                0.0694,
            ],
            "a log_softmax; logits come straight out of the last layer": [
                -3.1848,
                -2.0009,
                -2.1703,
                -2.4439,
                -2.6382,
                -2.5344,
                -2.033,
                -2.0096,
                -1.9857,
                -2.6683,
            ],
            "the maps were flattened in TensorFlow's order, channels last": [
                -1.1849,
                0.0408,
                -0.2943,
                -0.5614,
                -0.6884,
                -0.6136,
                -0.0451,
                -0.0754,
                0.0639,
                -0.7301,
            ],
        },
        what="what the network makes of a known image with known weights",
        tolerance=2e-3,
    )


# %% [markdown]
# *Time for a break? You are past half way, with 53 of 100 points within reach.*
#
# ## Exercise 8 · How far does it see?
#
# ●●○ · 15 minutes · 8 points
#
# The **receptive field** of an output is the part of the image on which it can depend: a square of $r \times r$ pixels. One 3×3 convolution sees 3×3. A second one on top sees three of the first's outputs in a row, whose windows overlap: 5 pixels. After a stride of 2, neighbouring outputs lie 2 pixels apart in the image, and each further step of a kernel reaches twice as far.
#
# So carry two numbers through the layers: $r$, what one output sees, and $j$, the *jump*, how many image pixels two neighbouring outputs are apart. Both begin at 1. A layer with kernel $F$, stride $S$ and dilation $D$ does
#
# $$r \leftarrow r + D\,(F - 1) \cdot j, \qquad \text{then} \qquad j \leftarrow j \cdot S.$$
#
# A worked example:
#
# | | $r$ | $j$ |
# |---|---|---|
# | image | 1 | 1 |
# | convolution 3×3 | 1 + 2·1 = 3 | 1 |
# | max pooling 2×2, stride 2 | 3 + 1·1 = 4 | 2 |
# | convolution 3×3 | 4 + 2·2 = 8 | 2 |
# | convolution 3×3 | 8 + 2·2 = 12 | 2 |
#
# Padding plays no part: we ask how far a window reaches, even where it reaches over the border. Layers that look at one pixel at a time, like ReLU, change nothing.
#
# <details><summary>Hint: which layers have a window?</summary>
#
# Those that have a `kernel_size`: `hasattr(layer, "kernel_size")`. It is an int or a pair of equal numbers, as the layer was built; `np.max(layer.kernel_size)` is right for both. An average pooling has no `dilation`.
#
# </details>


# %%
def receptive_field(layers):
    """The side of the square of image pixels on which one output of the last layer can depend.

    layers: a list or nn.Sequential of Conv2d, MaxPool2d, AvgPool2d, ReLU, BatchNorm2d and Dropout layers; kernels,
    strides and dilations are the same in both directions, each given as an int or as a pair of equal ints. A layer
    that is in the network twice counts twice.
    Returns an int, 1 for no layers. The border of the image, and so padding, is not considered.
    Example: [Conv2d(1, 1, 3), MaxPool2d(2), Conv2d(1, 1, 3)] sees 8 pixels in each direction.
    """
    ### BEGIN SOLUTION
    sees, jump = 1, 1
    for layer in layers:
        if hasattr(layer, "kernel_size"):
            dilation = np.max(getattr(layer, "dilation", 1))
            sees += int(dilation * (np.max(layer.kernel_size) - 1)) * jump
            jump *= int(np.max(layer.stride))
    return sees
    ### END SOLUTION


# %% points=8
def test_receptive_field():
    """conv 3, pool 2, conv 3, conv 3: 3, 4, 8, 12; VGG16's last pooling: 212"""
    layers = [nn.Conv2d(1, 1, 3), nn.MaxPool2d(2), nn.Conv2d(1, 1, 3), nn.ReLU(), nn.Conv2d(1, 1, 3)]
    compare(
        receptive_field(layers[:1]),
        3,
        {
            "the count begins at 0; an output of no layer at all sees 1 pixel": 2,
            "the kernel was added without the - 1": 4,
        },
        what="receptive_field of one 3×3 convolution",
    )
    compare(
        receptive_field(layers),
        12,
        {
            "the strides do not accumulate: after the pooling every step counts twice": 8,
            "pooling was skipped; it has a window, too": 7,
            "the stride was multiplied in before the layer's own kernel was added; after is right": 13,
            "pooling was counted for its stride only; its window sees, too": 11,
            "each step of a kernel reaches as far as the product of all strides before it": 10,
            "the kernels were multiplied": 54,
            "the - 1 is missing: neighbouring windows overlap": 17,
        },
        what="receptive_field of conv 3, pool 2, conv 3, ReLU, conv 3",
    )
    compare(
        receptive_field(
            [nn.Conv2d(1, 1, 3, dilation=2), nn.AvgPool2d(3, stride=2), nn.Conv2d(1, 1, (3, 3), padding=1)]
        ),
        11,
        {"the dilation was ignored": 9, "the padding was counted": 13},
        what="receptive_field of conv 3 with dilation 2, average pool 3 with stride 2, conv 3",
    )
    from torchvision.models import vgg16

    with torch.device("meta"):  # without storing weights
        vgg_layers = vgg16().features
    compare(receptive_field(vgg_layers), 212, what="receptive_field of VGG16 up to its last pooling")

    # And on a living network: put a slope on one output, and see which pixels it comes from.
    network = nn.Sequential(nn.Conv2d(1, 1, 3, stride=2), nn.Conv2d(1, 1, 3), nn.AvgPool2d(2))
    image = torch.zeros(1, 1, 41, 41, requires_grad=True)
    network(image)[0, 0, 4, 4].backward()
    rows = int((image.grad[0, 0] != 0).any(dim=1).sum())
    compare(
        receptive_field(network), rows, what="receptive_field of a network, against the pixels its gradient reaches,"
    )


# %%
# @title Picture: the field of view grows
if EXPERIMENT:
    with picture("receptive_field"):
        from skimage.data import chelsea
        from torchvision.models import vgg16

        with torch.device("meta"):
            layers = [layer for layer in vgg16().features if not isinstance(layer, nn.ReLU)]
        sees = [receptive_field(layers[: depth + 1]) for depth in range(len(layers))]
        pools = [depth for depth, layer in enumerate(layers) if isinstance(layer, nn.MaxPool2d)]
        figure, (cat_ax, growth_ax) = plt.subplots(1, 2, figsize=(11.5, 4.3), width_ratios=[1, 1.55])
        cat_ax.imshow(chelsea()[30:254, 110:334], alpha=0.75)
        for depth in pools:
            corner = 112 - sees[depth] / 2
            cat_ax.add_patch(plt.Rectangle((corner, corner), sees[depth], sees[depth], fill=False, edgecolor=RED, lw=2))
        cat_ax.set_title("what one output of each pooling sees", fontsize=11)
        cat_ax.axis("off")
        growth_ax.bar(range(len(sees)), sees, color=[ORANGE if depth in pools else SKY for depth in range(len(sees))])
        for depth in pools:
            growth_ax.text(depth, sees[depth] + 3, sees[depth], ha="center", fontsize=10)
        growth_ax.plot([-0.5, 14.5], [224, 224], color="0.4", ls="--", lw=1)
        growth_ax.text(-0.4, 219, "the whole image, 224", va="top", fontsize=10, color="0.3")
        growth_ax.set_xticks(range(len(sees)), ["pool" if depth in pools else "conv" for depth in range(len(sees))])
        growth_ax.tick_params(axis="x", labelrotation=90, labelsize=9)
        growth_ax.set_title("receptive field of VGG16, layer by layer", fontsize=11)
        growth_ax.spines[["top", "right"]].set_visible(False)
        plt.tight_layout()
        plt.show()

# %% [markdown]
# ## Exercise 9 · What does it cost?
#
# ●○○ · 5 minutes · 5 points
#
# Each output number of a convolution is a sum of $k_h k_w C_\text{in}$ products, so the layer does
#
# $$k_h\, k_w\, C_\text{in} \cdot C_\text{out} \cdot H' W'$$
#
# **multiply-adds** for one image. (Adding the bias is not counted: it is one addition beside dozens or hundreds of products.) One thing is new here, compared with exercise 3: the size of the *output*. Each weight is stored once and used in every place.
#
# A worked example: ten 5×5 filters on 3 channels, with an output of 32×32, cost $25 \cdot 3 \cdot 10 \cdot 32^2 = 768{,}000$. Mind the unit when you read numbers elsewhere: a *FLOP* is a multiplication or an addition, so a multiply-add makes two.


# %%
def multiply_adds(c_in, c_out, kernel, out_size):
    """How many multiply-adds a convolution layer does for one image, biases not counted.

    c_in, c_out: channels in and out; kernel: an int or a pair (kh, kw).
    out_size: the size of the output, an int or a pair (height, width).
    Returns an int.
    Example: 3 channels in, 10 out, kernel 5, output 32×32: 768,000.
    """
    ### BEGIN SOLUTION
    kh, kw = kernel if isinstance(kernel, tuple) else (kernel, kernel)
    height, width = out_size if isinstance(out_size, tuple) else (out_size, out_size)
    return kh * kw * c_in * c_out * height * width
    ### END SOLUTION


# %% points=5
def test_multiply_adds():
    """ten 5×5 filters on 3 channels, output 32×32: 768,000; and what PyTorch's own counter says"""
    compare(
        multiply_adds(3, 10, 5, 32),
        768_000,
        {
            "these are the weights; each is used in every place of the output": 750,
            "these are the parameters; each weight is used in every place of the output": 760,
            "the biases are counted, too": 778_240,
            "multiplications and additions are counted separately": 1_536_000,
            "the input channels are missing": 256_000,
            "the output channels are missing": 76_800,
            "the output has height and width": 24_000,
            "the kernel has height and width": 153_600,
            "kernel and output both have height and width": 4_800,
            "the kernel was forgotten": 30_720,
        },
        what="multiply_adds(3, 10, 5, 32)",
    )
    from torch.utils.flop_counter import FlopCounterMode

    layer = nn.Conv2d(4, 6, (3, 5), stride=2, padding=1)
    with FlopCounterMode(display=False) as counter:
        height, width = layer(torch.zeros(1, 4, 20, 31)).shape[2:]
    compare(
        multiply_adds(4, 6, (3, 5), (height, width)),
        counter.get_total_flops() / 2,
        what=f"multiply_adds(4, 6, (3, 5), ({height}, {width})), as in PyTorch (half its FLOPs),",
    )


# %%
# @title Picture: VGG16, what it stores and what it does
if EXPERIMENT:
    with picture("multiply_adds"):
        from torchvision.models import vgg16

        stored, done, kinds = [], [], []

        def note(layer, inputs, output):
            """Write down what a layer stores and does; PyTorch calls this whenever the layer has run."""
            stored.append(sum(parameter.numel() for parameter in layer.parameters()) / 1e6)
            if isinstance(layer, nn.Conv2d):
                size = tuple(output.shape[2:])
                done.append(multiply_adds(layer.in_channels, layer.out_channels, layer.kernel_size, size) / 1e6)
            else:  # a dense layer is a 1×1 convolution on a single pixel
                done.append(multiply_adds(layer.in_features, layer.out_features, 1, 1) / 1e6)
            kinds.append("conv" if isinstance(layer, nn.Conv2d) else "dense")

        with torch.device("meta"):
            model = vgg16().eval()
            for layer in model.modules():
                if isinstance(layer, (nn.Conv2d, nn.Linear)):
                    layer.register_forward_hook(note)
            model(torch.empty(1, 3, 224, 224))
        figure, axes = plt.subplots(1, 2, figsize=(12, 3.8), sharey=True)
        for ax, millions, title in [(axes[0], stored, "parameters"), (axes[1], done, "multiply-adds for one image")]:
            ax.barh(range(len(kinds)), millions, color=[SKY if kind == "conv" else ORANGE for kind in kinds])
            dense = sum(m for m, kind in zip(millions, kinds, strict=True) if kind == "dense") / sum(millions)
            ax.set_title(f"{title}, in millions\n{sum(millions):,.0f} in all, dense layers {dense:.0%}", fontsize=11)
            ax.spines[["top", "right"]].set_visible(False)
        axes[0].set_yticks(range(len(kinds)), kinds, fontsize=9)
        axes[0].invert_yaxis()
        plt.tight_layout()
        plt.show()

# %% [markdown]
# The parameters live in the dense layers, the work is done in the convolutions. Remember this when somebody asks whether a network is "large".
#
# ## Exercise 10 · Four famous networks
#
# ●●○ · 10 minutes · 6 points
#
# LeNet-5 (1998) read cheques, AlexNet (2012) won ImageNet, all convolutions of VGG16 (2014) are 3×3, and ResNet-50 (2015) has fifty layers and shortcuts between them. PyTorch's models are modules made of modules, and the topmost ones are the stages their authors thought in: VGG16 has `features`, `avgpool`, `classifier`; ResNet-50 has `conv1`, `bn1`, `relu`, `maxpool`, `layer1` to `layer4`, `avgpool`, `fc`. Count the parameters of each stage.
#
# A worked example: VGG16 gives `{"features": 14714688, "classifier": 123642856}`, together 138,357,544. `avgpool` has nothing to learn and is left out.
#
# <details><summary>Hint</summary>
#
# `model.named_children()` gives the topmost modules with their names. A parameter that two stages share is the same object in both: keep the `id(parameter)` of those already counted in a `set`.
#
# </details>


# %%
def parameters_by_stage(model):
    """Count the parameters of each of a model's topmost modules.

    model: an nn.Module, all of whose parameters lie in its children.
    Returns a dict from a child's name to its number of parameters, an int, trainable or frozen. A parameter that is shared
    counts once, in the first child that has it. Children in which nothing is counted are left out.
    Example: VGG16 gives {"features": 14714688, "classifier": 123642856}.
    """
    ### BEGIN SOLUTION
    counts = {}
    for name, parameter in model.named_parameters():  # names a shared parameter once, where it comes first
        stage = name.split(".")[0]
        counts[stage] = counts.get(stage, 0) + parameter.numel()
    return counts
    ### END SOLUTION


# %% points=6
def test_parameters_by_stage():
    """VGG16: 14,714,688 in its convolutions of 138,357,544; ResNet-50: 25,557,032 in seven stages"""
    from torchvision.models import resnet50, vgg16

    with torch.device("meta"):  # shapes only: nothing is stored
        models = {"VGG16": vgg16(), "ResNet-50": resnet50()}
    expected = {
        "VGG16": {"features": 14_714_688, "classifier": 123_642_856},
        "ResNet-50": {
            **{"conv1": 9_408, "bn1": 128, "layer1": 215_808, "layer2": 1_219_584, "layer3": 7_098_368},
            **{"layer4": 14_964_736, "fc": 2_049_000},
        },
    }
    for name, model in models.items():
        got = parameters_by_stage(model)
        assert isinstance(got, dict), f"parameters_by_stage returned a {type(got).__name__}, not a dict"
        order = [*expected[name], *(stage for stage in got if stage not in expected[name])]
        with_zeros = {stage: 0 for stage, _ in model.named_children()} | expected[name]
        zeros_too = [(stage, with_zeros[stage]) for stage in order if stage in with_zeros]
        compare_rows(
            [(stage, got[stage]) for stage in order if stage in got],
            expected[name].items(),
            {"stages without parameters should be left out": zeros_too},
            what=f"parameters_by_stage of {name}",
        )
        total = sum(parameter.numel() for parameter in model.parameters())
        compare(sum(got.values()), total, what=f"the sum over the stages of {name}, as in PyTorch,")
    tied = nn.Sequential(nn.Linear(3, 3), nn.ReLU(), nn.Linear(3, 3))
    tied[2].weight = tied[0].weight
    tied[2].bias.requires_grad = False
    compare_rows(
        sorted(parameters_by_stage(tied).items()),
        [("0", 12), ("2", 3)],
        {"the shared weight was counted twice": [("0", 12), ("2", 12)], "the frozen ones count, too": [("0", 12)]},
        what="parameters_by_stage of two layers that share their weight, one bias frozen,",
    )


# %%
# @title Picture: four networks by stage
if EXPERIMENT:
    with picture("parameters_by_stage"):
        from collections import OrderedDict

        from torchvision.models import alexnet, resnet50, vgg16

        with torch.device("meta"):
            features = nn.Sequential(
                nn.Conv2d(1, 6, 5, padding=2), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.AvgPool2d(2)
            )
            classifier = nn.Sequential(nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10))
            lenet = nn.Sequential(OrderedDict(features=features, classifier=classifier))
            models = {"LeNet-5": lenet, "AlexNet": alexnet(), "VGG16": vgg16(), "ResNet-50": resnet50()}
        blues = ["#cfe6f6", "#a6d8f5", "#7ec2ea", "#56a9dc", "#2f8cc9", "#0072b2"]
        figure, ax = plt.subplots(figsize=(12, 3.9))
        for y, model in enumerate(models.values()):
            counts = parameters_by_stage(model)
            total, left = sum(counts.values()), 0.0
            for index, (stage, count) in enumerate(counts.items()):
                dense = stage in ("classifier", "fc")
                share = count / total
                color = ORANGE if dense else blues[index] if len(counts) > 2 else SKY
                ax.barh(y, share, left=left, color=color, edgecolor="white", height=0.62)
                if share > 0.07:
                    ink = "white" if color in blues[4:] else "black"
                    text = f"{stage}\n{count:,}"
                    ax.text(left + share / 2, y, text, ha="center", va="center", fontsize=9, color=ink)
                elif share > 0.03:  # too narrow to write in
                    ax.text(left, y - 0.33, f"{stage} {count:,}", va="bottom", fontsize=9)
                left += share
            ax.text(1.01, y, f"{total:,}", va="center", fontsize=11)
        ax.set_yticks(range(len(models)), models, fontsize=11)
        ax.set(xlim=(0, 1.13), ylim=(len(models) - 0.5, -0.5), xticks=[])
        ax.set_title("shares of all parameters: convolutions blue, dense layers orange", fontsize=11)
        ax.spines[:].set_visible(False)
        plt.tight_layout()
        plt.show()

# %% [markdown]
# (LeNet-5 is drawn here as it is taught today, with 61,706 parameters; the original left out some connections and had about 60,000.) ResNet-50 does better than VGG16 with less than a fifth of its parameters: instead of flattening 25,088 numbers into a dense layer, it takes the mean of each of its 2048 maps.
#
# Knowing the counts pays when you *reuse* a network. To make VGG16 tell ten classes of your own, replace its last dense layer by one with 4096 inputs and 10 outputs, and train that alone: $(4096 + 1) \cdot 10 = 40{,}970$ parameters of 134 million. That is Assignment 5.
#
# ## Exercise 11 · Find the slide error
#
# ●●○ · 10 minutes · 5 points
#
# Five claims, all from the slides of real courses on convolutional networks. Some are right. For each, put **the exact number** in place of `None`, whether it is the slide's or not; you may write a computation. The test only checks that there is a number. Your number is compared when the notebook is graded.
#
# **Claim 1.** "A picture of 8 megapixels: 3264 (w) × 2448 (h) × 3 (RGB) = 23,970,816 per image."
#
# *How many numbers make up such an image?*

# %%
slide_pixels = None  # your number
### BEGIN SOLUTION
slide_pixels = 3264 * 2448 * 3
### END SOLUTION


# %% points=1
def test_slide_pixels():
    """a number"""
    check_number(slide_pixels)


# %% [markdown]
# **Claim 2.** "23,970,816 × 100 neurons = 23 billion weights."
#
# *How many weights, without biases, does a dense layer of 100 neurons have on that image?*

# %%
slide_weights = None  # your number
### BEGIN SOLUTION
slide_weights = 23_970_816 * 100
### END SOLUTION


# %% points=1
def test_slide_weights():
    """a number"""
    check_number(slide_weights)


# %% [markdown]
# **Claim 3.** About the network of the first picture, whose last pooling leaves 32 maps of 7×7: "So the input to the fully connected layer is 7×7 = 49."
#
# *How many inputs does that dense layer have?*

# %%
slide_fc_inputs = None  # your number
### BEGIN SOLUTION
slide_fc_inputs = 32 * 7 * 7
### END SOLUTION


# %% points=1
def test_slide_fc_inputs():
    """a number"""
    check_number(slide_fc_inputs)


# %% [markdown]
# **Claim 4.** "Pooling reduces the number of parameters in your model." That is half of the truth: a dense layer that comes *after* it has fewer inputs. But convolutions do not mind the size of their input, and the pooling itself?
#
# *How many parameters does a 2×2 max pooling have?*

# %%
slide_pool_parameters = None  # your number
### BEGIN SOLUTION
slide_pool_parameters = 0
### END SOLUTION


# %% points=1
def test_slide_pool_parameters():
    """a number"""
    check_number(slide_pool_parameters)


# %% [markdown]
# **Claim 5.** About pooling with windows of 2×2 and stride 2, with no word on padding: "The 5 × 5 input is reduced to a 3 × 3 output."
#
# *What is the side of the output, without padding?*

# %%
slide_pool_size = None  # your number
### BEGIN SOLUTION
slide_pool_size = (5 - 2) // 2 + 1
### END SOLUTION


# %% points=1
def test_slide_pool_size():
    """a number"""
    check_number(slide_pool_size)


# %% [markdown]
# ## Exercise 12 · How wide do pixels spread?
#
# ●○○ · 5 minutes · 5 points
#
# One more slide, and this error is in thousands of programs. Images are normalised before training: from each channel its mean is subtracted, and the result is divided by its standard deviation, both taken over *all pixels of all training images*. For CIFAR-10, slides, tutorials and repositories divide by (0.2023, 0.1994, 0.2010). The true numbers are **(0.2470, 0.2435, 0.2616)**. The others are the *mean of the deviations within each image*. This ignores that some images are darker than others, so these numbers are too small.
#
# A worked example with one channel and two images of two pixels, a dark one 0, 0.4 and a bright one 0.6, 1. Each by itself deviates by 0.2 from its own mean. All four together have the mean 0.5 and
#
# $$\sigma = \sqrt{\tfrac14 \left(0.5^2 + 0.1^2 + 0.1^2 + 0.5^2\right)} = \sqrt{0.13} = 0.3606.$$
#
# We divide by the number of pixels $n$, not by $n - 1$. (`torch.std` divides by $n - 1$ unless you say otherwise.)


# %%
def pixel_std(images):
    """The standard deviation of each channel over all pixels of all images.

    images: (N, C, H, W), a tensor of floats.
    Returns (C,) numbers, as a tensor, an array or a list: for each channel the root of the mean squared distance from
    the channel's mean. This is 0, up to rounding, where all pixels are alike. It is as exact as otherwise for bright
    images of low contrast, and for very faint ones, whose pixels differ by millionths.
    Example: one channel and two images, 0 0.4 and 0.6 1, give 0.3606.
    """
    ### BEGIN SOLUTION
    return images.std(dim=(0, 2, 3), correction=0)
    ### END SOLUTION


# %% points=5
def test_pixel_std():
    """0 0.4 and 0.6 1: 0.3606"""
    images = torch.tensor([[0.0, 0.4], [0.6, 1.0]]).reshape(2, 1, 1, 2)
    compare(
        pixel_std(images),
        [0.360555],
        {
            "each image was taken around its own mean, as on the slides": [0.2],
            "the mean of the deviations within each image, and these divided by n - 1": [0.282843],
            "divided by n - 1, not by n": [0.416333],
            "the variance; take its root": [0.13],
            "the mean, not the deviation": [0.5],
            "one number without an axis; there is one for each channel, (C,)": 0.360555,
        },
        what="pixel_std of the worked example",
        tolerance=1e-5,
    )
    rgb = torch.cat([images, 0.5 * images, 0 * images + 0.4], dim=1)  # (2, 3, 1, 2)
    compare(pixel_std(rgb), [0.360555, 0.180278, 0], what="pixel_std of three channels", tolerance=1e-5)


# %%
# @title Picture: three images, and all their pixels
if EXPERIMENT:
    with picture("pixel_std"):
        from skimage.data import chelsea

        cat = torch.tensor(chelsea()[:, :450].mean(axis=2) / 255).reshape(150, 2, 225, 2).mean(dim=(1, 3))
        corners = [(44, 76), (80, 4), (116, 20)]  # dark, middling, bright
        patches = torch.stack([cat[i : i + 32, j : j + 32] for i, j in corners])[:, None]  # (3, 1, 32, 32)
        own = [float(pixel_std(patch[None])[0]) for patch in patches]
        figure, axes = plt.subplots(2, 4, figsize=(11.5, 4.4), height_ratios=[1.5, 1])
        panels = [*patches[:, 0], torch.cat(list(patches[:, 0]), dim=1)]
        spreads = [*own, float(pixel_std(patches)[0])]
        for column, (panel, spread) in enumerate(zip(panels, spreads, strict=True)):
            axes[0, column].imshow(panel, cmap="gray", vmin=0, vmax=1)
            axes[0, column].axis("off")
            axes[1, column].hist(panel.ravel(), bins=np.linspace(0, 1, 41), color=BLUE if column < 3 else ORANGE)
            axes[1, column].set(title=f"deviation {spread:.3f}", yticks=[], xlabel="brightness")
            axes[1, column].title.set_fontsize(11)
            axes[1, column].spines[["top", "left", "right"]].set_visible(False)
        for ax, title in zip(axes[0], ["a dark image", "one in between", "a bright one", "all pixels"], strict=True):
            ax.set_title(title, fontsize=11)
        axes[1, 3].set_xlabel(f"(the mean of the three: {np.mean(own):.3f})")
        plt.tight_layout()
        plt.show()

# %% [markdown]
# ## Exercise 13 · Through the eye of a needle
#
# ●○○ · 5 minutes · 4 points
#
# A 1×1 convolution looks at one pixel, but at all its channels: at every place it mixes $C_\text{in}$ numbers into $C_\text{out}$. That makes it a cheap way to change the number of channels. A **bottleneck** uses two of them to make a 3×3 convolution affordable: 1×1 from $C$ channels down to $R$, the 3×3 from $R$ to $R$, and 1×1 back up to $C$. Without biases (batch norm follows, and has its own), with a kernel of $k \times k$,
#
# $$C R + k^2 R^2 + R\,C \qquad \text{against} \qquad k^2 C^2 \quad \text{for a plain layer.}$$
#
# A worked example from ResNet-50: $C = 256$, $R = 64$. $16{,}384 + 36{,}864 + 16{,}384 = 69{,}632$ against 589,824, an eighth.


# %%
def bottleneck_parameters(channels, reduced, kernel=3):
    """How many weights a bottleneck has: 1×1 down, kernel×kernel, 1×1 up, all without biases.

    channels: in and out of the whole; reduced: in and out of the middle layer; kernel: side of its kernel, an int.
    Returns an int.
    Example: 256 channels reduced to 64: 69,632.
    """
    ### BEGIN SOLUTION
    down = up = channels * reduced
    middle = kernel**2 * reduced**2
    return down + middle + up
    ### END SOLUTION


# %% points=4
def test_bottleneck_parameters():
    """256 → 64 → 64 → 256: 69,632, an eighth of a plain 3×3; and what ResNet-50 holds"""
    compare(
        bottleneck_parameters(256, 64),
        69_632,
        {
            "the way back up is missing": 53_248,
            "the biases were counted; there are none": 70_016,
            "the first layer is missing: a 1×1 that takes the channels down": 163_840,
            "the middle layer goes from reduced to reduced channels": 229_376,
            "only the middle layer has a kernel of 3×3, the others are 1×1": 331_776,
            "the plain layer": 589_824,
            "the kernel has height and width": 45_056,
        },
        what="bottleneck_parameters(256, 64)",
    )
    from torchvision.models import resnet50

    with torch.device("meta"):
        block = resnet50().layer1[1]
    living = sum(layer.weight.numel() for layer in block.modules() if isinstance(layer, nn.Conv2d))
    compare(
        bottleneck_parameters(256, 64), living, what="bottleneck_parameters(256, 64), as in torchvision's ResNet-50,"
    )
    compare(bottleneck_parameters(8, 2, kernel=5), 132, {"the kernel was ignored": 68}, what="with a kernel of 5")


# %%
# @title Picture: how narrow is narrow enough?
if EXPERIMENT:
    with picture("bottleneck_parameters"):
        plain = 3 * 3 * 256 * 256
        choices = {f"reduced to {reduced}": bottleneck_parameters(256, reduced) for reduced in (32, 64, 128, 192, 256)}
        figure, ax = plt.subplots(figsize=(9, 2.9))
        bars = ax.barh([*choices, "plain 3×3"], [*choices.values(), plain], color=[*[SKY] * len(choices), ORANGE])
        counts = [f"{count:,}  ({count / plain:.0%})" for count in (*choices.values(), plain)]
        ax.bar_label(bars, counts, padding=4, fontsize=9)
        ax.invert_yaxis()
        ax.set(xlim=(0, 1.35 * max(choices.values())), xticks=[])
        ax.set_title("weights of a bottleneck for 256 channels", fontsize=11)
        ax.spines[["top", "right", "bottom"]].set_visible(False)
        plt.tight_layout()
        plt.show()

# %% [markdown]
# ## Exercise 14 · Design your own
#
# ●●● · 15 minutes · 10 points
#
# Now the other way round: here are the numbers, find a network. It is the body of a classifier for small colour images, the part before the head. It must
#
# - turn $(N, 3, 32, 32)$ into $(N, C, 7, 7)$, for a number of channels $C$ of your choice;
# - have at most **50,000 parameters**;
# - see far: the output in the middle of the map depends on at least **20 × 20 pixels** of the image, measured by the box around all pixels that matter.
#
# Any design that keeps the three promises in evaluation mode is right; what it does in training mode is free. The field is *measured*: we give all weights positive values, so that nothing cancels, put a slope on the output in the middle, `[3, 3]`, and look which pixels it reaches. The cell below does it, and draws what your network sees.
#
# <details><summary>Hint: from 32 to 7</summary>
#
# Halving gives 32 → 16 → 8 → 4, and never 7. What does a 3×3 kernel with stride 2 and *no* padding make of 32 (exercise 1)? And of that once more?
#
# </details>
#
# <details><summary>Hint: seeing far for little</summary>
#
# After two strides of 2, each 3×3 kernel reaches 8 pixels further (exercise 8), and costs $9\,C^2$ weights. So shrink first, then look around, with few channels.
#
# </details>


# %%
def design_network():
    """Build the body of a classifier for 32×32 colour images.

    Returns an nn.Module that, in evaluation mode, turns images (N, 3, 32, 32) into maps (N, C, 7, 7), for any N and
    some C. It has at most 50,000 parameters, trainable or not, and its middle output, in evaluation mode, depends on
    pixels that span a box of at least 20×20.
    """
    ### BEGIN SOLUTION
    return nn.Sequential(
        *(nn.Conv2d(3, 16, 3, stride=2), nn.ReLU()),  # (16, 15, 15), sees 3
        *(nn.Conv2d(16, 32, 3, stride=2), nn.ReLU()),  # (32, 7, 7), sees 7
        *(nn.Conv2d(32, 32, 3, padding=1), nn.ReLU()),  # (32, 7, 7), sees 15
        *(nn.Conv2d(32, 32, 3, padding=1), nn.ReLU()),  # (32, 7, 7), sees 23
        *(nn.Conv2d(32, 32, 3, padding=1), nn.ReLU()),  # (32, 7, 7), sees 31
    )
    ### END SOLUTION


# %%
def seen_pixels(network, samples=16):
    """Which pixels of a 32×32 image the output [3, 3] depends on: (32, 32) of True and False.

    The network's weights are replaced by positive ones, its biases by small ones: give it one that you can spare.
    """
    generator = torch.Generator().manual_seed(0)
    network = network.double().eval()
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if parameter.dim() > 1:
                weights = 0.5 + torch.rand(parameter.shape, generator=generator, dtype=torch.float64)
                parameter.copy_(weights / parameter[0].numel())
            else:
                parameter.fill_(0.001 if name.endswith("bias") else 1.0)
    # A max pooling passes only the largest pixel on, so we try many images and take all pixels together. In four of
    # them the pixels grow larger towards one border: there it passes on what lies farthest out.
    images = 0.01 * torch.rand((samples, 3, 32, 32), generator=generator, dtype=torch.float64)
    rising = torch.linspace(0, 0.01, 32, dtype=torch.float64)
    slopes = [rising[:, None], rising.flip(0)[:, None], rising, rising.flip(0)]
    images[:4] = 0.02 * images[:4] + torch.stack([slope.expand(3, 32, 32) for slope in slopes])
    images.requires_grad_()
    network(images)[:, :, 3, 3].sum().backward()
    return (images.grad != 0).flatten(0, 1).any(dim=0).numpy()


def field_size(seen):
    """Height and width of the box around all pixels that are seen."""
    sides = []
    for line in (seen.any(axis=1), seen.any(axis=0)):
        places = np.flatnonzero(line)
        sides.append(int(places[-1] - places[0] + 1) if len(places) else 0)
    return tuple(sides)


# %% points=10
def test_design_network():
    """(N, 3, 32, 32) → (N, C, 7, 7), at most 50,000 parameters, a view of at least 20×20"""
    network = design_network()
    assert isinstance(network, nn.Module), f"design_network should return an nn.Module, not a {type(network).__name__}"
    with torch.no_grad():
        shape = tuple(network(torch.zeros(2, 3, 32, 32)).shape)
    right = len(shape) == 4 and shape[0] == 2 and shape[2:] == (7, 7)
    assert right, f"two images come out in the shape {shape}; it should be (2, C, 7, 7)"
    count = sum(parameter.numel() for parameter in network.parameters())
    assert count <= 50_000, f"the network has {count:,} parameters, {count - 50_000:,} more than allowed"
    height, width = field_size(seen_pixels(network))
    assert min(height, width) >= 20, (
        f"the output in the middle sees {height} × {width} pixels; it should see at least 20 × 20"
    )


# %%
# @title Picture: what your network sees
if EXPERIMENT:
    with picture("design_network"):
        network = design_network()
        count = sum(parameter.numel() for parameter in network.parameters())
        seen = seen_pixels(network)
        height, width = field_size(seen)
        figure, (field_ax, budget_ax) = plt.subplots(1, 2, figsize=(9, 3.6), width_ratios=[1, 1.3])
        field_ax.pcolormesh(
            seen, cmap=plt.matplotlib.colors.ListedColormap(["0.93", SKY]), vmin=0, vmax=1, edgecolor="0.8", lw=0.3
        )
        field_ax.add_patch(plt.Rectangle((6, 6), 20, 20, fill=False, edgecolor=RED, lw=2))
        field_ax.invert_yaxis()
        field_ax.set_aspect("equal")
        field_ax.axis("off")
        field_ax.set_title(f"seen: {height} × {width} (red: 20 × 20)", fontsize=11)
        budget_ax.barh(["parameters"], [count], color=BLUE, height=0.4)
        budget_ax.axvline(50_000, color=RED, lw=2)
        budget_ax.text(count, 0.3, f"{count:,}", ha="right", va="bottom", fontsize=11)
        budget_ax.set(xlim=(0, 1.1 * max(count, 50_000)), ylim=(-1, 1), title="the budget")
        budget_ax.spines[["top", "right"]].set_visible(False)
        plt.tight_layout()
        plt.show()

# %% [markdown]
# ## Exercise 15 · Quiz
#
# ●○○ · 5 minutes · 4 points
#
# Four questions of one point each. Put the letter of your answer between the quotes (on Colab: choose it from the list). The test only checks that you have chosen. Your choice is compared when the notebook is graded.
#
# **Question 1.** A batch of 64 grey images, shape (64, 1, 28, 28), goes through `nn.Conv2d(1, 8, 5, padding=2)`, `nn.ReLU()` and `nn.MaxPool2d(2)`. What comes out?
#
# - a · (64, 1, 14, 14)
# - b · (64, 8, 12, 12)
# - c · (64, 8, 14, 14)
# - d · (8, 14, 14)

# %%
quiz_batch_shape = "?"  # @param ["?", "a", "b", "c", "d"]
### BEGIN SOLUTION
quiz_batch_shape = "c"
### END SOLUTION


# %% points=1
def test_quiz_batch_shape():
    """one of the letters a, b, c, d"""
    assert str(quiz_batch_shape).strip().lower() in ("a", "b", "c", "d"), "choose one of the letters: a, b, c, d"


# %% [markdown]
# **Question 2.** You double the channels that go into a convolution layer *and* those that come out. It now has
#
# - a · twice as many weights
# - b · four times as many weights
# - c · eight times as many weights
# - d · as many weights as before

# %%
quiz_channels = "?"  # @param ["?", "a", "b", "c", "d"]
### BEGIN SOLUTION
quiz_channels = "b"
### END SOLUTION


# %% points=1
def test_quiz_channels():
    """one of the letters a, b, c, d"""
    assert str(quiz_channels).strip().lower() in ("a", "b", "c", "d"), "choose one of the letters: a, b, c, d"


# %% [markdown]
# **Question 3.** A network of convolutions only gets images twice as tall and twice as wide.
#
# - a · it does four times the multiply-adds, with the same parameters
# - b · it has four times the parameters, and does the same multiply-adds
# - c · four times both
# - d · twice both

# %%
quiz_image_size = "?"  # @param ["?", "a", "b", "c", "d"]
### BEGIN SOLUTION
quiz_image_size = "a"
### END SOLUTION


# %% points=1
def test_quiz_image_size():
    """one of the letters a, b, c, d"""
    assert str(quiz_image_size).strip().lower() in ("a", "b", "c", "d"), "choose one of the letters: a, b, c, d"


# %% [markdown]
# **Question 4.** In VGG16,
#
# - a · the convolutions hold most of the parameters and do most of the multiply-adds
# - b · the dense layers hold most of the parameters and do most of the multiply-adds
# - c · the convolutions hold most of the parameters, the dense layers do most of the multiply-adds
# - d · the dense layers hold most of the parameters, the convolutions do most of the multiply-adds

# %%
quiz_vgg = "?"  # @param ["?", "a", "b", "c", "d"]
### BEGIN SOLUTION
quiz_vgg = "d"
### END SOLUTION


# %% points=1
def test_quiz_vgg():
    """one of the letters a, b, c, d"""
    assert str(quiz_vgg).strip().lower() in ("a", "b", "c", "d"), "choose one of the letters: a, b, c, d"


# %% [markdown]
# ## Handing in
#
# 1. Restart and run everything: on Colab *Runtime → Restart session and run all*, in Jupyter *Kernel → Restart Kernel and Run All Cells*. This is what the grader does, so anything that worked only because of a cell you deleted will now fail.
# 2. Look for the ✓ lines. A test that fails costs its own points, not those of the others.
# 3. Save the notebook: on Colab *File → Download → Download .ipynb*. It keeps its name, `a2_shapes.ipynb`.
# 4. Hand it in where your course collects it.
#
# Please do not rename, copy or delete the test cells: they are how your answers are found. You may add cells of your own anywhere.
#
# ## What you can do now
#
# You can read a network like a recipe: what goes in, what comes out, what it weighs, what it costs, how far it sees. And you have seen that slides, this course's among them, should be checked with a pencil. In Assignment 3 you build a network and train it yourself; each of its layers will have to fit the next, and now you know how.
#
# To read on: [*A guide to convolution arithmetic for deep learning*](https://arxiv.org/abs/1603.07285) by Dumoulin and Visin draws every case of exercises 1 and 6; [*Computing receptive fields of convolutional neural networks*](https://distill.pub/2019/computing-receptive-fields/) by Araujo, Norris and Sim goes deeper into exercise 8; [*Deep residual learning for image recognition*](https://arxiv.org/abs/1512.03385) by He and others introduces the bottleneck of exercise 13; and [the notes of CS231n](https://cs231n.github.io/convolutional-networks/) count the memory and parameters of VGG16 line by line.
