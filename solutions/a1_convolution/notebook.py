# %% [markdown]
# # Assignment 1: convolution by hand
#
# A convolutional network is built from one small idea: lay a little grid of weights on a patch of the image, multiply, add up, move on. In this notebook you write that idea down in NumPy, first for one grey image, then for batches of colour images with many filters, then fast, then backwards. Nothing is hidden in a library: at the end you will have built what `torch.nn.functional.conv2d` does.
#
# **You will be able to**
#
# - compute a convolution, its stride and its padding by hand, and say at once what shape comes out;
# - write a convolution layer, pooling and activations, and know the mistakes that are usually made in them;
# - turn a convolution into one matrix product, and send gradients back through it;
# - say exactly what a convolution does when its input is shifted or rotated.
#
# **How it works.** Run the cells from top to bottom. Where you read `raise NotImplementedError()`, put your code there instead. The cell below it tests your function: a line with ✓ means that the test has passed; if not, it shows what was expected, what came, and often which mistake it looks like. Pictures that need your function appear once it is solved: run their cell again. Everything takes about **three hours**, and a good place for a break is after exercise 6.
#
# **Points.** 100 in all. <!-- credit -->An exercise is worth its points if your answer is right for all that is asked of it: the test you see, and the same function on other inputs, listed below each test as *Also asked*. Otherwise it is worth nothing, so try your functions on odd cases, too.<!-- /credit --> Where an exercise asks for two functions, each has points of its own. Every function is tested separately; your functions may call each other. A mistake costs its own points only: a function that is right, but calls one of yours that is wrong, keeps its points.
#
# | | exercise | difficulty | minutes | points |
# |---|---|---|---|---|
# | 1 | Slide a window: `cross_correlate2d` | ●○○ | 15 | 8 |
# | 2 | True convolution: `convolve2d` | ●○○ | 5 | 4 |
# | 3 | Padding: `pad2d` | ●○○ | 10 | 6 |
# | 4 | Stride: `conv2d` | ●●○ | 15 | 8 |
# | 5 | Activations: `apply_activation`, `maxout` | ●○○ | 15 | 8 + 4 |
# | 6 | Pooling: `pool2d` | ●●○ | 20 | 10 |
# | 7 | A whole layer: `conv_layer` | ●●○ | 20 | 12 |
# | 8 | Nine famous kernels: `named_kernel` | ●○○ | 10 | 4 |
# | 9 | Fast: `im2col`, `conv_layer_fast` | ●●● | 20 | 8 + 4 |
# | 10 | Backwards: `backprop_example`, `conv_layer_backward` | ●●● | 30 | 3 + 10 |
# | 11 | Shift and rotate: `equivariance_error` | ●●○ | 15 | 4 |
# | 12 | Quiz: seven questions | ●○○ | 5 | 7 |
#
# **Four house rules** for every function:
#
# - It does not change the arrays it is given. Its result may be a view of them, unless the docstring says that it is new.
# - It takes NumPy arrays and returns NumPy arrays, even where an example writes a list for short. *An int or a pair* is a Python `int`, or a tuple of two of them.
# - Integers and fractions are both welcome, in any mix: an image of integers may meet a kernel or a bias of fractions, or the other way round, and the result keeps the fractions. Integers are int64, fractions float64, as NumPy makes them. Images may also be uint8, as in image files: whatever is called `image`, the `array` of exercise 3, and the `x` of exercises 6, 7, 9 and 10. No integer may wrap around: products and sums can be too large for int32, but never for int64.
# - What the docstring promises is what is asked. The type of the numbers in a result (`dtype`) is up to you, and a number may differ by 0.0001, or by a ten-thousandth of itself, so float32 is precise enough.
#
# You can write loops: in this notebook clear beats fast. Speed is never graded, not even in exercise 9. Other libraries, torch and SciPy, say, are allowed, but you learn more with NumPy alone.

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

from solutions.setup import BLUE, GREEN, ORANGE, PINK, RED, SKY, YELLOW, compare, picture, watch_names

# True when you run the notebook, False when it is graded or imported: then nothing is drawn.
EXPERIMENT = __name__ == "__main__" and "NBGRADER_EXECUTION" not in os.environ
if EXPERIMENT:
    watch_names()


def check_array(result, what):
    """Fail with a sentence if a result is not a NumPy array."""
    kind = type(result).__name__
    assert isinstance(result, np.ndarray), f"{what} returned a {kind}. Return a NumPy array."


def draw_numbers(ax, numbers, color="white", *, title="", size=13, small=None):
    """Draw a 2-D array as a grid of cells; `color`: one or one for each; `small`: red text in some corners."""
    numbers = np.asarray(numbers)
    colors = np.broadcast_to(np.asarray(color, dtype=object), numbers.shape)
    for (i, j), number in np.ndenumerate(numbers):
        text = number if isinstance(number, str) else f"{number:g}"
        ax.add_patch(plt.Rectangle((j, i), 1, 1, facecolor=colors[i, j], edgecolor="0.45", lw=0.8))
        ax.text(j + 0.5, i + 0.52, text, ha="center", va="center", fontsize=size)
    for (i, j), text in (small or {}).items():
        ax.text(j + 0.95, i + 0.93, text, ha="right", va="bottom", fontsize=0.6 * size, color=RED)
    ax.set(xlim=(-0.1, numbers.shape[1] + 0.1), ylim=(numbers.shape[0] + 0.1, -0.1))
    ax.set_aspect("equal")
    ax.axis("off")
    ax.set_title(title, fontsize=11)


# %%
# @title Picture: an image is an array of numbers
if EXPERIMENT:
    from skimage.data import chelsea

    plt.rcParams["figure.facecolor"] = "white"  # readable on a dark page, too
    cat_rgb = chelsea()[:, :450].reshape(150, 2, 225, 2, 3).mean(axis=(1, 3)) / 255  # (150, 225, 3), half size
    cat = cat_rgb @ [0.299, 0.587, 0.114]  # (150, 225): how bright each colour looks to the eye

    top, left = 44, 68  # where lid, iris and pupil meet
    figure, (image_ax, number_ax) = plt.subplots(1, 2, figsize=(10.5, 4), width_ratios=[1.55, 1])
    image_ax.imshow(cat, cmap="gray", vmin=0, vmax=1)
    image_ax.add_patch(plt.Rectangle((left - 0.5, top - 0.5), 8, 8, fill=False, edgecolor=YELLOW, lw=2))
    image_ax.set_title("Chelsea, 150 × 225 pixels", fontsize=11)
    image_ax.axis("off")
    patch = cat[top : top + 8, left : left + 8]
    number_ax.imshow(patch, cmap="gray", vmin=0, vmax=1)
    for (i, j), value in np.ndenumerate(patch):
        color = "white" if value < 0.5 else "black"
        number_ax.text(j, i, f"{100 * value:.0f}", ha="center", va="center", color=color, fontsize=10)
    number_ax.set_title("the yellow square: brightness in percent", fontsize=11)
    number_ax.axis("off")
    plt.tight_layout()
    plt.show()

# %% [markdown]
# ## Exercise 1 · Slide a window
#
# ●○○ · 15 minutes · 8 points
#
# A network that is to find an eye should find it anywhere. So we take one small grid of weights, the **kernel** (or *filter*), and ask the same question of every patch of the image: how well do you match? The answer is a sum of products,
#
# $$\text{out}[i, j] = \sum_{u=0}^{k_h-1} \sum_{v=0}^{k_w-1} \text{image}[i+u,\, j+v] \cdot \text{kernel}[u, v].$$
#
# This is **cross-correlation**. Deep learning calls it "convolution", and so do we from exercise 4 on; exercise 2 shows the small difference.
#
# A kernel of $k_h$ rows fits into an image of $H$ rows in $H - k_h + 1$ places, so the result has the shape $(H - k_h + 1,\ W - k_w + 1)$. Here are all four places of a 2×2 kernel on a 3×3 image:

# %%
# @title Picture: the window slides
if EXPERIMENT:
    image = np.array([[12, 3, 19], [25, 10, 1], [9, 7, 17]])
    kernel = np.array([[1, 2], [3, 4]])
    figure, axes = plt.subplots(1, 4, figsize=(11, 3.2))
    for ax, (i, j) in zip(axes, np.ndindex(2, 2), strict=True):
        colors = np.full((3, 3), GREEN, dtype=object)
        colors[i : i + 2, j : j + 2] = YELLOW
        weights = {(i + u, j + v): f"×{kernel[u, v]}" for u, v in np.ndindex(2, 2)}
        draw_numbers(ax, image, colors, small=weights, size=15, title=f"out[{i}, {j}]")
        window = image[i : i + 2, j : j + 2]
        products = " + ".join(f"{pixel}·{weight}" for pixel, weight in zip(window.flat, kernel.flat, strict=True))
        ax.text(1.5, 3.3, f"{products}\n= {np.sum(window * kernel)}", ha="center", va="top", fontsize=9.5)
    plt.tight_layout()
    plt.show()

# %% [markdown]
# So
#
# $$\begin{bmatrix} 12 & 3 & 19 \\ 25 & 10 & 1 \\ 9 & 7 & 17 \end{bmatrix} \star \begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix} = \begin{bmatrix} 133 & 75 \\ 100 & 101 \end{bmatrix}.$$
#
# A kernel that is larger than the image, in height *or* in width, fits nowhere: raise a `ValueError` with a sentence that says so.
#
# <details><summary>Hint: where to begin</summary>
#
# Make an array of zeros in the shape of the result, of type `float`. Two loops run over `i` and `j`; inside, `image[i : i + kh, j : j + kw]` is the window.
#
# </details>
#
# <details><summary>Hint: "IndexError" or a row is missing</summary>
#
# `range(H - kh + 1)` already stops one before its end: its last value is `H - kh`, which is the last place where the kernel fits.
#
# </details>


# %%
def cross_correlate2d(image, kernel):
    """Slide `kernel` over `image`; at each place, multiply and add up.

    image: (H, W) numbers; kernel: (kh, kw) numbers.
    Returns (H - kh + 1, W - kw + 1) numbers.
    Raises ValueError if kh > H or kw > W.
    Example: [[12, 3, 19], [25, 10, 1], [9, 7, 17]] with [[1, 2], [3, 4]] gives [[133, 75], [100, 101]].
    """
    ### BEGIN SOLUTION
    (height, width), (kh, kw) = image.shape, kernel.shape
    if kh > height or kw > width:
        raise ValueError(f"a {kh}×{kw} kernel does not fit into a {height}×{width} image")
    out = np.zeros((height - kh + 1, width - kw + 1))
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = np.sum(image[i : i + kh, j : j + kw] * kernel)
    return out
    ### END SOLUTION


# %% points=8
def test_cross_correlate2d():
    """12 3 19 / 25 10 1 / 9 7 17  *  1 2 / 3 4  =  133 75 / 100 101"""
    image = np.array([[12, 3, 19], [25, 10, 1], [9, 7, 17]])
    compare(
        cross_correlate2d(image, np.array([[1, 2], [3, 4]])),
        [[133, 75], [100, 101]],
        {
            "the kernel was flipped (that is exercise 2)": [[117, 90], [155, 74]],
            "the kernel was transposed": [[111, 84], [101, 95]],
            "there is one place only, where there should be four": [[133]],
            "the last row and column of places were skipped": [[133, 0], [0, 0]],
            "the last row of places was skipped": [[133, 75], [0, 0]],
            "the last column of places was skipped": [[133, 0], [100, 0]],
            "the window was multiplied as a matrix, with @": [[202, 179], [221, 177]],
        },
        what="cross_correlate2d of the 3×3 image",
    )
    square = np.array([[1, 1, 1, 0, 0], [0, 1, 1, 1, 0], [0, 0, 1, 1, 1], [0, 0, 1, 1, 0], [0, 1, 1, 0, 0]])
    cross = np.array([[1, 0, 1], [0, 1, 0], [1, 0, 1]])
    compare(
        cross_correlate2d(square, cross),
        [[4, 3, 4], [2, 4, 3], [2, 3, 4]],
        what="cross_correlate2d of the 5×5 image and the X-shaped kernel",
    )
    compare(
        cross_correlate2d(image, np.array([[1, 0, -1]])),
        [[-7], [24], [-8]],
        what="cross_correlate2d with a kernel of 1 row and 3 columns",
    )
    check_array(cross_correlate2d(image, image), "cross_correlate2d")
    try:
        cross_correlate2d(image, np.ones((2, 4)))
    except ValueError:
        pass
    else:
        raise AssertionError("a 2×4 kernel does not fit into a 3×3 image: cross_correlate2d should raise ValueError")


# %%
# @title Picture: your function finds the X
if EXPERIMENT:
    with picture("cross_correlate2d"):
        square = np.array([[1, 1, 1, 0, 0], [0, 1, 1, 1, 0], [0, 0, 1, 1, 1], [0, 0, 1, 1, 0], [0, 1, 1, 0, 0]])
        cross = np.array([[1, 0, 1], [0, 1, 0], [1, 0, 1]])
        response = cross_correlate2d(square, cross)
        figure, axes = plt.subplots(1, 3, figsize=(7.8, 3.8), width_ratios=[5, 3, 3])
        draw_numbers(axes[0], square, np.where(square == 1, GREEN, "white"), title="image, 5 × 5")
        draw_numbers(axes[1], cross, np.where(cross == 1, YELLOW, "white"), title="kernel, 3 × 3: an X")
        shades = np.array(["white", "0.95", "0.9", "#dcecf8", "#a6d8f5", "#56b4e9"], dtype=object)
        draw_numbers(axes[2], response, shades[response.astype(int)], title="response, at most 5")
        plt.tight_layout()
        plt.show()

# %% [markdown]
# ## Exercise 2 · True convolution
#
# ●○○ · 5 minutes · 4 points
#
# In mathematics and signal processing, convolution runs through the kernel *backwards*:
#
# $$\text{out}[i, j] = \sum_{u} \sum_{v} \text{image}[i+u,\, j+v] \cdot \text{kernel}[k_h-1-u,\ k_w-1-v].$$
#
# That is cross-correlation with the kernel turned upside down *and* left to right, as if rotated by 180°. On the numbers of exercise 1 it gives $\begin{bmatrix} 117 & 90 \\ 155 & 74 \end{bmatrix}$. The flip is what makes convolution commutative. A network does not need that: it learns its weights, and learns them flipped as easily. So deep-learning libraries, and this course after this exercise, leave the flip out and still say "convolution".
#
# Here, as in exercise 1, only whole overlaps count (mode "valid").
#
# <details><summary>Hint</summary>
#
# `a[::-1]` is `a` with its rows in reverse order. You have already written the rest.
#
# </details>


# %%
def convolve2d(image, kernel):
    """True convolution: flip the kernel along both axes, then cross-correlate ("valid").

    image: (H, W) numbers; kernel: (kh, kw) numbers.
    Returns (H - kh + 1, W - kw + 1) numbers.
    Raises ValueError if kh > H or kw > W.
    Example: [[12, 3, 19], [25, 10, 1], [9, 7, 17]] with [[1, 2], [3, 4]] gives [[117, 90], [155, 74]].
    """
    ### BEGIN SOLUTION
    return cross_correlate2d(image, kernel[::-1, ::-1])
    ### END SOLUTION


# %% points=4
def test_convolve2d():
    """12 3 19 / 25 10 1 / 9 7 17  convolved with  1 2 / 3 4  =  117 90 / 155 74"""
    image = np.array([[12, 3, 19], [25, 10, 1], [9, 7, 17]])
    compare(
        convolve2d(image, np.array([[1, 2], [3, 4]])),
        [[117, 90], [155, 74]],
        {
            "nothing was flipped: this is cross-correlation": [[133, 75], [100, 101]],
            "only the rows were flipped": [[93, 97], [138, 75]],
            "only the columns were flipped": [[157, 68], [117, 100]],
            "the kernel was transposed, not flipped": [[111, 84], [101, 95]],
            "the image was flipped instead of the kernel": [[74, 155], [90, 117]],
            "the result was flipped instead of the kernel": [[101, 100], [75, 133]],
        },
        what="convolve2d",
    )
    check_array(convolve2d(image, image), "convolve2d")


# %%
# @title Picture: what one bright pixel turns into
if EXPERIMENT:
    with picture("cross_correlate2d and convolve2d"):
        letter = np.array([[1, 1, 1, 1], [1, 0, 0, 0], [1, 1, 1, 0], [1, 0, 0, 0], [1, 0, 0, 0]])
        impulse = np.zeros((11, 11))
        impulse[5, 5] = 1
        panels = {
            "image: one bright pixel": impulse,
            "kernel: an F": letter,
            "cross-correlation:\nthe kernel, rotated by 180°": cross_correlate2d(impulse, letter),
            "convolution:\nthe kernel as it is": convolve2d(impulse, letter),
        }
        figure, axes = plt.subplots(1, 4, figsize=(11, 3.7), width_ratios=[11, 4.4, 8, 8])
        for ax, (title, panel) in zip(axes, panels.items(), strict=True):
            ax.pcolormesh(panel, cmap="Blues", vmin=0, vmax=1.3, edgecolor="0.8", lw=0.5)
            ax.invert_yaxis()
            ax.set_aspect("equal")
            ax.axis("off")
            ax.set_title(title, fontsize=11)
        plt.tight_layout()
        plt.show()

# %% [markdown]
# ## Exercise 3 · Padding
#
# ●○○ · 10 minutes · 6 points
#
# Each convolution trims the image, and pixels at the border are seen by fewer windows than those in the middle. The remedy is **padding**: a frame of zeros, $p_h$ rows above and below, $p_w$ columns left and right. A 3×3 kernel with padding 1 then gives back the size of the image, which is called "same" padding; no padding is called "valid".
#
# $$\text{padding } (1, 2): \quad \begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix} \longrightarrow \begin{bmatrix} 0&0&0&0&0&0 \\ 0&0&1&2&0&0 \\ 0&0&3&4&0&0 \\ 0&0&0&0&0&0 \end{bmatrix}$$
#
# An array of images has more axes, $(N, C, H, W)$, say. Padding always concerns the **last two**; those before stay as they are: $(\ldots, H, W) \to (\ldots, H + 2p_h,\ W + 2p_w)$.
#
# The result is a new array even if the padding is 0, so that a change of the result does not change the original.
#
# <details><summary>Hint: one number or two</summary>
#
# `ph, pw = np.broadcast_to(padding, 2)` turns `3` into 3 and 3, and leaves `(1, 2)` as it is. You can use this line in the coming exercises, too.
#
# </details>
#
# <details><summary>Hint: any number of axes</summary>
#
# `array.shape[:-2]` are the sizes of all axes but the last two, and `out[..., a:b, c:d]` slices the last two axes of any array. When you slice from the end, think of padding 0: `out[0:-0]` is empty.
#
# </details>


# %%
def pad2d(array, padding, value=0.0):
    """Put a frame of `value` around the last two axes of an array.

    array: (..., H, W) numbers, two or more axes; padding: an int or a pair (ph, pw), 0 or more.
    value: any number, also a fraction around integers, or -inf.
    Returns a new array (..., H + 2·ph, W + 2·pw), even if the padding is 0.
    Raises ValueError if a padding is negative.
    Example: [[1, 2], [3, 4]] with padding (0, 1) gives [[0, 1, 2, 0], [0, 3, 4, 0]].
    """
    ### BEGIN SOLUTION
    ph, pw = np.broadcast_to(padding, 2)
    if ph < 0 or pw < 0:
        raise ValueError(f"padding cannot be negative, got {padding}")
    height, width = array.shape[-2:]
    # Floats hold every value: an array of integers cannot be padded with 0.5, and one of type uint8 not with -1.
    out = np.full((*array.shape[:-2], height + 2 * ph, width + 2 * pw), value, dtype=float)
    out[..., ph : ph + height, pw : pw + width] = array
    return out
    ### END SOLUTION


# %% points=6
def test_pad2d():
    """1 2 / 3 4  with padding (1, 2): one row above and below, two columns left and right"""
    small = np.array([[1.0, 2.0], [3.0, 4.0]])
    expected = np.zeros((4, 6))
    expected[1:3, 2:4] = small
    swapped, one_sided, edge = np.zeros((6, 4)), np.zeros((3, 4)), np.zeros((4, 6))
    swapped[2:4, 1:3] = one_sided[1:, 2:] = small
    edge[:2], edge[2:] = [1, 1, 1, 2, 2, 2], [3, 3, 3, 4, 4, 4]
    one_sided_after = np.zeros((3, 4))
    one_sided_after[:2, :2] = small
    compare(
        pad2d(small, (1, 2)),
        expected,
        {
            "height and width are swapped: ph comes first and adds rows": swapped,
            "padding on one side only, top and left": one_sided,
            "padding on one side only, bottom and right": one_sided_after,
            "the border pixels were repeated; the frame should be `value`": edge,
        },
        what="pad2d with padding (1, 2)",
    )
    compare(pad2d(small, 1, value=7.0)[0], [7, 7, 7, 7], what="the top row of pad2d with value=7")
    compare(
        np.shape(pad2d(np.ones((2, 3, 4, 5)), 1)),
        [2, 3, 6, 7],
        {
            "every axis was padded; only the last two should be": [4, 5, 6, 7],
            "the first axes were padded": [4, 5, 4, 5],
        },
        what="the shape of pad2d of a (2, 3, 4, 5) array",
    )
    check_array(pad2d(small, 1), "pad2d")
    assert not np.shares_memory(np.asarray(pad2d(small, 0)), small), (
        "with padding 0 pad2d should return a new array, a copy"
    )


# %%
# @title Picture: padding keeps the size
if EXPERIMENT:
    with picture("pad2d"):
        image = np.array([[12, 3, 19], [25, 10, 1], [9, 7, 17]])
        figure, axes = plt.subplots(1, 3, figsize=(11, 3.6), width_ratios=[3, 5, 7])
        for ax, padding in zip(axes, [0, 1, (1, 2)], strict=True):
            inside = pad2d(np.ones((3, 3)), padding) == 1
            padded = pad2d(image, padding)
            rows, columns = padded.shape
            draw_numbers(ax, padded, np.where(inside, GREEN, SKY), title=f"padding {padding}: {rows} × {columns}")
            if padding == 1:
                ax.add_patch(plt.Rectangle((0, 0), 3, 3, fill=False, edgecolor=RED, lw=2.5))
                ax.text(2.5, 5.2, "a 3×3 kernel now has 3 × 3 places", ha="center", va="top", color=RED, fontsize=10)
        plt.tight_layout()
        plt.show()

# %% [markdown]
# ## Exercise 4 · Stride
#
# ●●○ · 15 minutes · 8 points
#
# The window need not stop at every pixel. With **stride** $s$ it moves on by $s$ pixels, so the result shrinks by about that factor. With padding and stride together, along each axis,
#
# $$H' = \left\lfloor \frac{H + 2p_h - k_h}{s_h} \right\rfloor + 1, \qquad W' = \left\lfloor \frac{W + 2p_w - k_w}{s_w} \right\rfloor + 1.$$
#
# The floor means: a last step that would leave the image is not made. In this 8×7 image, a 3×3 kernel with stride 2 fits three times in each direction, and the last row is never looked at:

# %%
# @title Picture: nine windows of stride 2
if EXPERIMENT:
    grid = np.arange(8)[:, None] * 10 + np.arange(1, 8)
    seen = np.full(grid.shape, GREEN, dtype=object)
    seen[7] = "0.92"
    first = seen.copy()
    first[0:3, 0:3] = YELLOW
    figure, (grid_ax, corner_ax) = plt.subplots(1, 2, figsize=(10, 4.9))
    draw_numbers(grid_ax, grid, first, size=11, title="the first window; red dots: where windows begin")
    draw_numbers(corner_ax, grid, seen, size=11, title="all nine windows: neighbours share a row or column")
    for i, j in np.ndindex(3, 3):
        grid_ax.plot(2 * j + 0.15, 2 * i + 0.17, "o", color=RED, ms=6)
        inset = 0.07 + 0.08 * ((i + j) % 2)
        corner_ax.add_patch(
            plt.Rectangle(
                (2 * j + inset, 2 * i + inset),
                3 - 2 * inset,
                3 - 2 * inset,
                fill=False,
                lw=2,
                edgecolor=[BLUE, RED][(i + j) % 2],
            )
        )
    plt.tight_layout()
    plt.show()

# %% [markdown]
# With a 3×3 kernel of ones, the first sum is 1 + 2 + 3 + 11 + 12 + 13 + 21 + 22 + 23 = 108, and all of them are
#
# $$\begin{bmatrix} 108 & 126 & 144 \\ 288 & 306 & 324 \\ 468 & 486 & 504 \end{bmatrix}.$$
#
# `stride` and `padding` are each one number for both directions or a pair (rows, columns). From here on "convolution" means cross-correlation, without a flip. A kernel may be larger than the image if it fits into the *padded* image; if not, raise a `ValueError`.
#
# <details><summary>Hint: where the windows are</summary>
#
# Result `[i, j]` belongs to the window whose top left corner is `padded[i * sh, j * sw]`.
#
# </details>
#
# <details><summary>Hint: a shorter way, at the price of wasted work</summary>
#
# Stride 2 is stride 1 with only every second row and column kept: think of `[::sh, ::sw]`.
#
# </details>


# %%
def conv2d(image, kernel, *, stride=1, padding=0):
    """Cross-correlate with a stride, after padding with zeros.

    image: (H, W) numbers; kernel: (kh, kw) numbers; stride, padding: an int or a pair (rows, columns).
    Returns (H', W') numbers, H' = floor((H + 2·ph - kh) / sh) + 1, and W' likewise.
    Raises ValueError if the kernel does not fit into the padded image.
    Example: 8×7 pixels 1 … 7, 11 … 17, …, 71 … 77, 3×3 ones, stride 2: first row 108 126 144.
    """
    ### BEGIN SOLUTION
    (sh, sw), (ph, pw) = np.broadcast_to(stride, 2), np.broadcast_to(padding, 2)
    padded = np.pad(image, ((ph, ph), (pw, pw)))
    (height, width), (kh, kw) = padded.shape, kernel.shape
    if kh > height or kw > width:
        raise ValueError(f"a {kh}×{kw} kernel does not fit into a padded image of {height}×{width}")
    out = np.zeros(((height - kh) // sh + 1, (width - kw) // sw + 1))
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            window = padded[i * sh : i * sh + kh, j * sw : j * sw + kw]
            out[i, j] = np.sum(window * kernel)
    return out
    ### END SOLUTION


# %% points=8
def test_conv2d():
    """1 … 7 / 11 … 17 / … / 71 … 77, 3×3 ones, stride 2: 108 126 144 / 288 306 324 / 468 486 504"""
    grid = np.arange(8)[:, None] * 10 + np.arange(1, 8)
    every = 9 * grid[1:-1, 1:-1]  # nine times the middle: that is what 3×3 ones sum to on this grid
    compare(
        conv2d(grid, np.ones((3, 3)), stride=2),
        [[108, 126, 144], [288, 306, 324], [468, 486, 504]],
        {
            "the stride was ignored": every,
            "only the first results were kept; the windows still moved by 1": every[:3, :3],
            "the number of rows was rounded up, not down": np.vstack([every[::2, ::2], [402, 414, 426]]),
            "the + 1 in the size is missing": every[:3:2, :3:2],
            "the stride was used for rows only": every[::2],
            "the stride was used for columns only": every[:, ::2],
        },
        what="conv2d with stride 2",
    )
    compare(
        conv2d(grid, np.ones((3, 3)), stride=(3, 2)),
        every[::3, ::2],
        {
            "the stride of the rows was used for the columns, too": every[::3, ::3],
            "the stride of the columns was used for the rows, too": every[::2, ::2],
            "rows and columns are swapped in the stride": every[::2, ::3],
        },
        what="conv2d with stride (3, 2)",
    )
    compare(
        conv2d(np.array([[1, 2], [3, 4]]), np.array([[1, 2, 3]]), padding=(0, 1)),
        [[8, 5], [18, 11]],
        {"the kernel was flipped": [[4, 7], [10, 17]]},
        what="conv2d of a 2×2 image with a 1×3 kernel and padding (0, 1)",
    )
    check_array(conv2d(grid, grid), "conv2d")


# %%
# @title Picture: the cat at strides 1, 3, 6, 12
if EXPERIMENT:
    with picture("conv2d"):
        figure, axes = plt.subplots(1, 4, figsize=(12, 2.6))
        for ax, stride in zip(axes, [1, 3, 6, 12], strict=True):
            small = conv2d(cat, np.full((3, 3), 1 / 9), stride=stride, padding=1)
            ax.imshow(small, cmap="gray", vmin=0, vmax=1)
            ax.set_title(f"stride {stride}: {small.shape[0]} × {small.shape[1]}", fontsize=11)
            ax.axis("off")
        plt.tight_layout()
        plt.show()

# %% [markdown]
# ## Exercise 5 · Activations
#
# ●○○ · 10 minutes · 8 points (`apply_activation`), 5 minutes · 4 points (`maxout`)
#
# A convolution of a convolution is again a convolution: without something bent in between, a deep network could do no more than a single linear layer. That something is the **activation function**, applied to each number on its own:
#
# | name | $f(x)$ |
# |---|---|
# | `"sigmoid"` | $1 / (1 + e^{-x})$ |
# | `"tanh"` | $\tanh x$ |
# | `"relu"` | $\max(0, x)$ |
# | `"leaky_relu"` | $x$ if $x \ge 0$, otherwise $\alpha x$ |
# | `"elu"` | $x$ if $x \ge 0$, otherwise $\alpha\,(e^x - 1)$ |
#
# For example, at $x = -2$ with $\alpha = 0.1$: sigmoid 0.1192, tanh −0.9640, relu 0, leaky_relu −0.2, elu −0.0865.
#
# In exact arithmetic the table is all there is. In floating point, $e^{1000}$ overflows. Your function should be **stable**: for every $\lvert x \rvert \le 10^4$ the results are finite and NumPy has nothing to warn about, so sigmoid(−1000) is 0 and sigmoid(1000) is 1.
#
# <details><summary>Hint: sigmoid without overflow</summary>
#
# The exponential of a number that is not positive cannot overflow. For $x \ge 0$ use $1 / (1 + e^{-x})$, for $x < 0$ the same number written as $e^{x} / (1 + e^{x})$; both need only $e^{-\lvert x \rvert}$.
#
# </details>
#
# <details><summary>Hint: np.where still warns</summary>
#
# `np.where(condition, a, b)` computes all of `a` and all of `b` and then chooses. Limit what goes into the exponential before: `np.minimum(x, 0)`.
#
# </details>


# %%
def apply_activation(x, name, *, alpha=0.1):
    """Apply an activation function to every number of an array.

    x: numbers from -1e4 to 1e4, in an array of one or more axes that is not empty.
    name: "sigmoid", "tanh", "relu", "leaky_relu" or "elu".
    alpha: slope of leaky_relu on the negative side, from 0 to 1; scale of elu there, 0 or more, also above 1.
    Returns an array of the same shape, finite, without any NumPy warning.
    Raises ValueError if the name is any other, "ReLU" or "" as well.
    Example: [-2, 3] with "leaky_relu" gives [-0.2, 3].
    """
    ### BEGIN SOLUTION
    if name == "sigmoid":
        z = np.exp(-np.abs(x))  # between 0 and 1: no overflow
        return np.where(x >= 0, 1, z) / (1 + z)
    if name == "tanh":
        return np.tanh(x)
    if name == "relu":
        return np.maximum(x, 0)
    if name == "leaky_relu":
        return np.where(x >= 0, x, alpha * x)
    if name == "elu":
        return np.where(x >= 0, x, alpha * np.expm1(np.minimum(x, 0)))  # expm1(x) = exp(x) - 1, exact near 0
    raise ValueError(f"no activation is called {name!r}")
    ### END SOLUTION


# %% points=8
def test_apply_activation():
    """at -2, with alpha 0.1: sigmoid 0.1192, tanh -0.9640, relu 0, leaky_relu -0.2, elu -0.0865"""
    import warnings

    x = np.array([[-2.0, -0.5, -0.25], [0.5, 1.0, 3.0]])
    negative = x < 0
    expected = {
        "sigmoid": [[0.119203, 0.377541, 0.437823], [0.622459, 0.731059, 0.952574]],
        "tanh": [[-0.964028, -0.462117, -0.244919], [0.462117, 0.761594, 0.995055]],
        "relu": [[0, 0, 0], [0.5, 1, 3]],
        "leaky_relu": [[-0.2, -0.05, -0.025], [0.5, 1, 3]],
        "elu": [[-0.0864665, -0.0393469, -0.0221199], [0.5, 1, 3]],
    }
    mistakes = {
        "sigmoid": {"the sign in the exponent is wrong: it should be exp(-x)": 1 - np.array(expected["sigmoid"])},
        "relu": {"min instead of max": np.minimum(x, 0), "the absolute value": np.abs(x)},
        "leaky_relu": {
            "the slope alpha is on the wrong side: it belongs to x < 0": np.where(negative, x, 0.1 * x),
            "the slope alpha was forgotten: this is relu": np.maximum(x, 0),
            "alpha was returned, not multiplied with x": np.where(negative, 0.1, x),
        },
        "elu": {
            "the - 1 is missing": np.where(negative, 0.1 * np.exp(x), x),
            "the factor alpha is missing": np.where(negative, np.exp(x) - 1, x),
            "the - 1 stands outside the brackets": np.where(negative, 0.1 * np.exp(x) - 1, x),
            "the two sides are swapped": np.where(negative, x, 0.1 * (np.exp(x) - 1)),
        },
    }
    for name, values in expected.items():
        given = x.copy()
        result = apply_activation(given, name)
        compare(result, values, mistakes.get(name), what=f'apply_activation(x, "{name}")')
        check_array(result, "apply_activation")
        assert np.array_equal(given, x), (
            f'apply_activation(x, "{name}") has changed x. Put the result into a new array.'
        )
    big = np.array([-1000.0, 0.0, 1000.0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for name, values in {"sigmoid": [0, 0.5, 1], "elu": [-0.1, 0, 1000]}.items():
            try:
                compare(apply_activation(big, name), values, what=f'apply_activation([-1000, 0, 1000], "{name}")')
            except RuntimeWarning as warning:
                raise AssertionError(f"{name} is not stable at ±1000: NumPy says {str(warning)!r}") from None


# %%
# @title Picture: five activations
if EXPERIMENT:
    with picture("apply_activation"):
        x = np.linspace(-4, 4, 401)
        figure, axes = plt.subplots(1, 5, figsize=(13, 2.9), sharey=True)
        for ax, name in zip(axes, ["sigmoid", "tanh", "relu", "leaky_relu", "elu"], strict=True):
            alpha = 1.0 if name == "elu" else 0.1
            ax.axhline(0, color="0.8", lw=1)
            ax.axvline(0, color="0.8", lw=1)
            ax.plot(x, apply_activation(x, name, alpha=alpha), color=BLUE, lw=2.5)
            ax.set_title(f"{name}, α = {alpha:g}" if name in ("leaky_relu", "elu") else name, fontsize=11)
            ax.set(ylim=(-1.5, 4), xticks=[-4, 0, 4])
        plt.tight_layout()
        plt.show()

# %% [markdown]
# **Maxout** goes a step further: it learns its bends. Two linear maps look at the same input $x$ of $D$ numbers, and for each of the $M$ outputs the larger one wins:
#
# $$\text{maxout}(x) = \max(x W_1 + b_1,\ x W_2 + b_2), \qquad x: (N, D), \quad W_1, W_2: (D, M), \quad b_1, b_2: (M,).$$
#
# For $x = \begin{bmatrix} 3 & -1 \end{bmatrix}$, $W_1 = \begin{bmatrix} 1 & 0 \\ 0 & 1 \end{bmatrix}$, $b_1 = (0, 0)$, $W_2 = \begin{bmatrix} -1 & 2 \\ 1 & 0 \end{bmatrix}$, $b_2 = (1, 1)$: the maps give $(3, -1)$ and $(-3, 7)$, so maxout gives $(3, 7)$. ReLU is the special case where one of the two maps is zero.


# %%
def maxout(x, w1, b1, w2, b2):
    """Take the larger of two linear maps, output by output.

    x: (N, D); w1, w2: (D, M); b1, b2: (M,).
    Returns (N, M): the elementwise maximum of x @ w1 + b1 and x @ w2 + b2.
    Source: Goodfellow et al., Maxout Networks, 2013.
    """
    ### BEGIN SOLUTION
    return np.maximum(x @ w1 + b1, x @ w2 + b2)
    ### END SOLUTION


# %% points=4
def test_maxout():
    """3 -1: the maps give 3 -1 and -3 7, so maxout gives 3 7"""
    x = np.array([[3, -1], [1, 2], [-2, 0]])
    w1, b1 = np.array([[1, 0], [0, 1]]), np.array([0, 0])
    w2, b2 = np.array([[-1, 2], [1, 0]]), np.array([1, 1])
    first, second = x @ w1 + b1, x @ w2 + b2
    compare(
        maxout(x, w1, b1, w2, b2),
        [[3, 7], [2, 3], [3, 0]],
        {
            "the smaller of the two, not the larger": np.minimum(first, second),
            "the sum of the two maps": first + second,
            "only the first map": first,
            "a bias was forgotten: both maps have one of their own": np.maximum(x @ w1, x @ w2),
            "the maximum over the outputs as well: keep one number for each of the M outputs": [7, 3, 3],
        },
        what="maxout",
    )
    check_array(maxout(x, w1, b1, w2, b2), "maxout")


# %%
# @title Picture: a maxout unit learns where to bend
if EXPERIMENT:
    with picture("maxout"):
        x = np.linspace(-3, 3, 301)[:, None]  # (N, 1): one input
        slopes_1, offsets_1 = np.array([[0.0, 1.0, 0.5]]), np.array([0.0, 0.0, 1.0])
        slopes_2, offsets_2 = np.array([[1.0, -1.0, -1.5]]), np.array([0.0, 0.0, -0.5])
        out = maxout(x, slopes_1, offsets_1, slopes_2, offsets_2)
        figure, axes = plt.subplots(1, 3, figsize=(10, 2.9), sharey=True)
        for j, (ax, title) in enumerate(zip(axes, ["relu", "absolute value", "something new"], strict=True)):
            ax.plot(x, out[:, j], color=SKY, lw=7, label="maxout")
            ax.plot(x, x * slopes_1[0, j] + offsets_1[j], "--", color=BLUE, lw=1.5, label="first map")
            ax.plot(x, x * slopes_2[0, j] + offsets_2[j], ":", color=RED, lw=2, label="second map")
            ax.set_title(title, fontsize=11)
            ax.set(ylim=(-3.2, 4.2), xticks=[-3, 0, 3])
        axes[0].legend(frameon=False, fontsize=9, loc="upper left")
        plt.tight_layout()
        plt.show()

# %% [markdown]
# ## Exercise 6 · Pooling
#
# ●●○ · 20 minutes · 10 points
#
# Pooling also slides a window, but it has no weights: it *summarises*. With $v$ the numbers in a window,
#
# | mode | result | padded with |
# |---|---|---|
# | `"max"` | the largest $v$ | $-\infty$ |
# | `"mean"` | $\frac{1}{n} \sum v$, where $n$ counts all pixels of the window | 0 |
# | `"sum"` | $\sum v$ | 0 |
# | `"lp"` | $\left( \sum \lvert v \rvert^p \right)^{1/p}$ | 0 |
#
# Windows usually do not overlap, so the stride is the size unless you say otherwise. Sizes follow the formula of exercise 4. With windows of 2×2:

# %%
# @title Picture: max and mean pooling
if EXPERIMENT:
    small = np.array([[1, 1, 2, 4], [5, 6, 7, 8], [3, 2, 1, 0], [1, 2, 3, 4]])
    blocks = np.array([[GREEN, YELLOW], [SKY, ORANGE]], dtype=object)
    figure, axes = plt.subplots(1, 3, figsize=(7.4, 3.7), width_ratios=[4, 2, 2])
    draw_numbers(axes[0], small, blocks.repeat(2, axis=0).repeat(2, axis=1), title="input, 4 × 4")
    draw_numbers(axes[1], [[6, 8], [3, 4]], blocks, title="max")
    draw_numbers(axes[2], [[3.25, 5.25], [2, 2]], blocks, title="mean", size=11)
    plt.tight_layout()
    plt.show()

# %% [markdown]
# Each channel of each image is pooled by itself: your function takes $(H, W)$, $(C, H, W)$ or $(N, C, H, W)$ and works on the last two axes.
#
# Why $-\infty$? After a ReLU nothing is negative and a frame of zeros never wins a maximum. In general it can: the largest of −5, −7 and a padded 0 must be −5.
#
# You may have read that 2×2 pooling with stride 2 takes 5×5 to 3×3. Not by itself: $\lfloor (5 - 2)/2 \rfloor + 1 = 2$, and the last row and column are dropped. With padding 1 it does: $\lfloor (5 + 2 - 2)/2 \rfloor + 1 = 3$. (Pooling has no parameters to learn, either; what it shrinks are the layers after it.)

# %%
# @title Picture: 5 × 5 pools to 2 × 2, or to 3 × 3 with padding
if EXPERIMENT:
    tints = np.array([[GREEN, YELLOW], [SKY, ORANGE]], dtype=object)
    numbers = np.arange(1, 26).reshape(5, 5)
    figure, axes = plt.subplots(1, 4, figsize=(11, 4.3), width_ratios=[5, 2, 7, 3])
    colors = np.full((5, 5), "0.92", dtype=object)
    colors[:4, :4] = tints.repeat(2, axis=0).repeat(2, axis=1)
    draw_numbers(axes[0], numbers, colors, title="no padding: grey is dropped", size=11)
    draw_numbers(axes[1], numbers[1:4:2, 1:4:2], tints, title="max", size=11)
    padded = np.full((7, 7), "−∞", dtype=object)
    padded[1:6, 1:6] = [[f"{number}" for number in row] for row in numbers]
    tints_3x3 = np.tile(tints, (2, 2))[:3, :3]
    colors = np.full((7, 7), "0.92", dtype=object)
    colors[:6, :6] = tints_3x3.repeat(2, axis=0).repeat(2, axis=1)
    draw_numbers(axes[2], padded, colors, title="padding 1", size=11)
    draw_numbers(axes[3], numbers[::2, ::2], tints_3x3, title="max", size=11)
    plt.tight_layout()
    plt.show()

# %% [markdown]
# <details><summary>Hint: one way for any number of axes</summary>
#
# `np.lib.stride_tricks.sliding_window_view(padded, (kh, kw), axis=(-2, -1))` shows all windows at stride 1 as an array `(..., rows, columns, kh, kw)`. Keep every `sh`-th row and every `sw`-th column of it, then summarise the last two axes. Two loops and slices `padded[..., a:b, c:d]` do as well.
#
# </details>
#
# <details><summary>Hint: "cannot convert float infinity to integer"</summary>
#
# An array of integers cannot hold $-\infty$. Make it float first.
#
# </details>


# %%
def pool2d(x, size, *, stride=None, padding=0, mode="max", p=2):
    """Summarise the windows of each channel by their maximum, mean, sum or p-norm.

    x: (H, W), (C, H, W) or (N, C, H, W) numbers; size, stride, padding: an int or a pair (rows, columns).
    stride: None means the same as size; padding: at most half the size.
    p: a number for mode "lp", 1 or more and finite; no |v|^p is too large for a float.
    Returns (..., H', W'), H' = floor((H + 2·ph - kh) / sh) + 1, and W' likewise.
    Padded pixels never win a maximum; otherwise they are zeros, and "mean" counts them (as in torch).
    Raises ValueError if the mode is any other than "max", "mean", "sum" and "lp" ("Max" as well), or if the window does
    not fit into the padded image.
    Example: [[1, 1, 2, 4], [5, 6, 7, 8], [3, 2, 1, 0], [1, 2, 3, 4]] with size 2 gives [[6, 8], [3, 4]].
    """
    ### BEGIN SOLUTION
    if mode not in ("max", "mean", "sum", "lp"):
        raise ValueError(f"no pooling mode is called {mode!r}")
    (kh, kw), (ph, pw) = np.broadcast_to(size, 2), np.broadcast_to(padding, 2)
    sh, sw = np.broadcast_to(size if stride is None else stride, 2)

    frame = [(0, 0)] * (np.ndim(x) - 2) + [(ph, ph), (pw, pw)]
    # Integers cannot hold -inf, so everything becomes float.
    padded = np.pad(np.asarray(x, dtype=float), frame, constant_values=-np.inf if mode == "max" else 0.0)
    height, width = padded.shape[-2:]
    if kh > height or kw > width:
        raise ValueError(f"a {kh}×{kw} window does not fit into a padded image of {height}×{width}")

    windows = np.lib.stride_tricks.sliding_window_view(padded, (kh, kw), axis=(-2, -1))
    windows = windows[..., ::sh, ::sw, :, :]  # (..., H', W', kh, kw)
    if mode == "max":
        return windows.max(axis=(-2, -1))
    if mode == "mean":
        return windows.mean(axis=(-2, -1))
    if mode == "sum":
        return windows.sum(axis=(-2, -1))
    return (np.abs(windows) ** p).sum(axis=(-2, -1)) ** (1 / p)
    ### END SOLUTION


# %% points=10
def test_pool2d():
    """1 1 2 4 / 5 6 7 8 / 3 2 1 0 / 1 2 3 4, size 2: max 6 8 / 3 4, mean 3.25 5.25 / 2 2"""
    small = np.array([[1, 1, 2, 4], [5, 6, 7, 8], [3, 2, 1, 0], [1, 2, 3, 4]])
    compare(
        pool2d(small, 2),
        [[6, 8], [3, 4]],
        {
            "the stride was 1; without a stride given it is the size": [[6, 7, 8], [6, 7, 8], [3, 3, 4]],
            "the bottom right pixel of each window, not its maximum": [[6, 8], [2, 4]],
            "the minimum": [[1, 2], [1, 0]],
        },
        what="pool2d(x, 2)",
    )
    compare(
        pool2d(small, 2, mode="mean"),
        [[3.25, 5.25], [2, 2]],
        {
            "the sum was not divided by the number of pixels": [[13, 21], [8, 8]],
            "the mean was rounded to integers": [[3, 5], [2, 2]],
            "the maximum: the mode was ignored": [[6, 8], [3, 4]],
        },
        what='pool2d(x, 2, mode="mean")',
    )
    compare(pool2d(small, 2, mode="sum"), [[13, 21], [8, 8]], what='pool2d(x, 2, mode="sum")')
    compare(
        pool2d(small, 2, mode="lp"),
        [[63**0.5, 133**0.5], [18**0.5, 26**0.5]],
        {
            "the root is missing": [[63, 133], [18, 26]],
            "the mean of the squares instead of their sum": np.sqrt([[63 / 4, 133 / 4], [18 / 4, 26 / 4]]),
        },
        what='pool2d(x, 2, mode="lp")',
    )
    compare(
        pool2d(-small, 2, mode="lp", p=3)[0],
        [7, 927 ** (1 / 3)],
        {"p was ignored": [63**0.5, 133**0.5]},
        what='the first row of pool2d(-x, 2, mode="lp", p=3)',
    )
    compare(
        pool2d(-small, 2),
        [[-1, -2], [-1, 0]],
        {"the maximum starts from 0, but all numbers may be negative": [[0, 0], [0, 0]]},
        what="pool2d(-x, 2)",
    )
    five = np.arange(25).reshape(5, 5) - 30
    compare(pool2d(five, 2), [[-24, -22], [-14, -12]], what="pool2d of 5×5, without padding")
    compare(
        pool2d(five, 2, padding=1),
        [[-30, -28, -26], [-20, -18, -16], [-10, -8, -6]],
        {"max pooling was padded with 0, which wins against negative numbers": [[0, 0, 0], [0, -18, -16], [0, -8, -6]]},
        what="pool2d of 5×5, padding 1",
    )
    two_channels = np.stack([small, 10 * small])
    compare(
        pool2d(two_channels, 2),
        [[[6, 8], [3, 4]], [[60, 80], [30, 40]]],
        {"the channels were mixed; each is pooled by itself": [[[60, 80], [30, 40]]] * 2},
        what="pool2d of two channels",
    )
    check_array(pool2d(small, 2), "pool2d")


# %%
# @title Picture: the cat, pooled
if EXPERIMENT:
    with picture("pool2d"):
        figure, axes = plt.subplots(1, 4, figsize=(12, 2.6))
        panels = {
            "every 6th pixel, no pooling": cat[3::6, 3:222:6],
            "max of 6 × 6: bright spots grow": pool2d(cat, 6),
            "mean of 6 × 6: soft": pool2d(cat, 6, mode="mean"),
            "min of 6 × 6: dark spots grow": -pool2d(-cat, 6),
        }
        for ax, (title, panel) in zip(axes, panels.items(), strict=True):
            ax.imshow(panel, cmap="gray", vmin=0, vmax=1)
            ax.set_title(title, fontsize=11)
            ax.axis("off")
        plt.tight_layout()
        plt.show()

# %% [markdown]
# *Time for a break? You are half way, with 48 of 100 points within reach.*
#
# ## Exercise 7 · A whole layer
#
# ●●○ · 20 minutes · 12 points
#
# A colour image has three channels, and a filter looks at all of them at once: a 5×5 filter on an RGB image is a block of 5×5×3 weights. Every output number is one sum over the whole block, plus a bias: $5 \cdot 5 \cdot 3 + 1 = 76$ learned numbers go into it. One filter makes one output channel; six filters make six.

# %%
# @title Picture: a layer of six filters
if EXPERIMENT:
    figure, ax = plt.subplots(figsize=(10.5, 4.2))

    def draw_stack(x, y, side, colors, shift):
        """Draw squares one behind the other, the first in front."""
        for index in reversed(range(len(colors))):
            corner = (x + index * shift, y + index * shift)
            ax.add_patch(plt.Rectangle(corner, side, side, facecolor=colors[index], edgecolor="0.25", lw=1))

    draw_stack(0, 0, 32, ["#f0a58f", "#9fd8b4", "#9fc3ea"], 2.5)
    draw_stack(9, 15, 5, [YELLOW] * 3, 2.5)
    ax.text(18, -3, "image\n(C, H, W) = (3, 32, 32)", ha="center", va="top", fontsize=11)
    draw_stack(60, 14, 5, [YELLOW] * 3, 2.5)
    ax.text(65, 9, "one of six filters:\n5 · 5 · 3 weights + 1 bias\n= 76 numbers", ha="center", va="top", fontsize=11)
    draw_stack(95, 2, 28, ["#4f9bc9"] + [SKY] * 5, 2.0)
    ax.add_patch(plt.Rectangle((103, 16), 1.4, 1.4, facecolor=YELLOW, edgecolor="0.1"))
    ax.text(114, -3, "output\n(F, H′, W′) = (6, 28, 28)", ha="center", va="top", fontsize=11)
    for start, end in [((21, 20), (58, 19.5)), ((73, 19), (102, 17))]:
        ax.annotate("", end, start, arrowprops={"arrowstyle": "->", "lw": 1.5, "color": "0.2"})
    ax.text(84, 20.5, "one number", ha="center", fontsize=10)
    ax.set(xlim=(-3, 140), ylim=(-13, 44))
    ax.set_aspect("equal")
    ax.axis("off")
    plt.show()

# %% [markdown]
# Networks work on a batch of $N$ images at once. With $x$ of shape $(N, C, H, W)$, weights $w$ of shape $(F, C, k_h, k_w)$ and biases $b$ of shape $(F,)$,
#
# $$\text{out}[n, f, i, j] = b[f] + \sum_{c} \sum_{u} \sum_{v} x_\text{pad}[n,\ c,\ i\,s_h + u,\ j\,s_w + v] \cdot w[f, c, u, v].$$
#
# This is what `torch.nn.functional.conv2d` computes; your layer should agree with it. (Many image files and slides order the axes as height, width, channels, (32, 32, 3); PyTorch puts channels first.)
#
# A worked example: two channels $\begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix}$ and $\begin{bmatrix} 10 & 20 \\ 30 & 40 \end{bmatrix}$, one 1×1 filter with the weights 2 for the first and 1 for the second channel, bias 5: the result is $\begin{bmatrix} 17 & 29 \\ 41 & 53 \end{bmatrix}$, the top left number being $2 \cdot 1 + 1 \cdot 10 + 5$.
#
# <details><summary>Hint: how many loops?</summary>
#
# Four loops are plenty: over `n`, `f`, `i` and `j`. Cut the window out of all channels at once, `padded[n, :, i * sh : i * sh + kh, j * sw : j * sw + kw]`; it has the same shape as `weight[f]`.
#
# </details>
#
# <details><summary>Hint: padding four axes</summary>
#
# Your `pad2d` already leaves the first axes alone. `np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))` does the same.
#
# </details>


# %%
def conv_layer(x, weight, bias=None, *, stride=1, padding=0):
    """Apply a convolution layer to a batch of images.

    x: (N, C, H, W); weight: (F, C, kh, kw); bias: (F,) or None; stride, padding: an int or a pair (rows, columns).
    Returns (N, F, H', W'), H' = floor((H + 2·ph - kh) / sh) + 1, and W' likewise.
    Raises ValueError if x and weight differ in channels, or the kernel does not fit into the padded images.
    Equal to torch.nn.functional.conv2d.
    """
    ### BEGIN SOLUTION
    (sh, sw), (ph, pw) = np.broadcast_to(stride, 2), np.broadcast_to(padding, 2)
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    (n, channels, height, width), (f, weight_channels, kh, kw) = padded.shape, weight.shape
    if channels != weight_channels:
        raise ValueError(f"the images have {channels} channels, the filters {weight_channels}")
    if kh > height or kw > width:
        raise ValueError(f"a {kh}×{kw} kernel does not fit into padded images of {height}×{width}")

    out = np.zeros((n, f, (height - kh) // sh + 1, (width - kw) // sw + 1))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            window = padded[:, :, i * sh : i * sh + kh, j * sw : j * sw + kw]  # (N, C, kh, kw)
            out[:, :, i, j] = np.einsum("ncuv,fcuv->nf", window, weight)
    if bias is not None:
        out += np.reshape(bias, (1, f, 1, 1))
    return out
    ### END SOLUTION


# %% points=12
def test_conv_layer():
    """1 2 / 3 4 and 10 20 / 30 40, weights 2 and 1, bias 5: 17 29 / 41 53"""
    image = np.array([[[[1, 2], [3, 4]], [[10, 20], [30, 40]]]])  # (1, 2, 2, 2)
    first, second = image[0]
    compare(
        conv_layer(image, np.array([2, 1]).reshape(1, 2, 1, 1), np.array([5])),
        [[[[17, 29], [41, 53]]]],
        {
            "only channel 0 was used": [[2 * first + 5]],
            "a mean instead of the sum over the channels": [[(2 * first + second) / 2 + 5]],
            "the bias was added more than once, inside a loop or a sum": [[2 * first + second + 10]],
            "the bias was forgotten": [[2 * first + second]],
            "the channels were not added up": [[[2 * first + 5, second + 5]]],
            "only the first image was returned": [2 * first + second + 5],
        },
        what="conv_layer with one 1×1 filter",
    )
    batch = np.arange(2 * 2 * 3 * 3).reshape(2, 2, 3, 3)
    weight = np.zeros((3, 2, 2, 2))  # each filter picks a single pixel of its window
    weight[0, 0, 0, 0] = weight[1, 1, 0, 1] = weight[2, 0, 1, 0] = 1
    picked = np.stack([batch[:, 0, :2, :2], batch[:, 1, :2, 1:], batch[:, 0, 1:, :2]], axis=1)
    flipped = np.stack([batch[:, 0, 1:, 1:], batch[:, 1, 1:, :2], batch[:, 0, :2, 1:]], axis=1)
    bias = np.array([100, 200, 300])
    per_filter = bias.reshape(3, 1, 1)
    compare(
        conv_layer(batch, weight, bias),
        picked + per_filter,
        {
            "the kernel was flipped": flipped + per_filter,
            "b[0] was added to every output channel": picked + 100,
            "images and filters have changed places in the result": (picked + per_filter).swapaxes(0, 1),
            "only the first image was computed": np.stack([picked[0] + per_filter, 0 * picked[1]]),
            "the first image was used for all": np.stack([picked[0] + per_filter] * 2),
        },
        what="conv_layer with three 2×2 filters on two images",
    )
    compare(
        np.shape(conv_layer(np.ones((1, 3, 32, 32)), np.ones((6, 3, 5, 5)), stride=3, padding=(2, 0))),
        [1, 6, 11, 10],
        {
            "the stride was ignored": [1, 6, 32, 28],
            "the padding was ignored, or put on one side only": [1, 6, 10, 10],
            "height and width are swapped in the padding": [1, 6, 10, 11],
        },
        what="the shape of conv_layer with stride 3 and padding (2, 0)",
    )
    check_array(conv_layer(batch, weight), "conv_layer")


# %%
# @title Picture: filters that look at colour
if EXPERIMENT:
    with picture("conv_layer"):
        blur = np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]]) / 16
        mixes = {"brightness": [0.33, 0.33, 0.33], "red − blue": [1, 0, -1], "green − red": [-1, 1, 0]}
        weight = np.array(list(mixes.values()))[:, :, None, None] * blur  # (3, 3, 3, 3)
        maps = conv_layer(cat_rgb.transpose(2, 0, 1)[None], weight, np.zeros(3), stride=2, padding=1)[0]
        figure, axes = plt.subplots(1, 4, figsize=(12, 2.6))
        axes[0].imshow(cat_rgb)
        axes[0].set_title("input: 3 channels", fontsize=11)
        for ax, (name, response) in zip(axes[1:], zip(mixes, maps, strict=True), strict=True):
            if name == "brightness":
                ax.imshow(response, cmap="gray", vmin=0, vmax=1)
            else:
                limit = np.quantile(np.abs(response), 0.995)  # orange is positive, violet negative
                ax.imshow(response, cmap="PuOr_r", vmin=-limit, vmax=limit)
            ax.set_title(f"filter: {name}", fontsize=11)
        for ax in axes:
            ax.axis("off")
        plt.tight_layout()
        plt.show()

# %% [markdown]
# ## Exercise 8 · Nine famous kernels
#
# ●○○ · 10 minutes · 4 points
#
# Before networks learned their kernels, people designed them. Nine of the best known, all 3×3:
#
# | name | kernel | | name | kernel |
# |---|---|---|---|---|
# | `identity` | $\begin{bmatrix} 0&0&0 \\ 0&1&0 \\ 0&0&0 \end{bmatrix}$ | | `box_blur` | $\frac19 \begin{bmatrix} 1&1&1 \\ 1&1&1 \\ 1&1&1 \end{bmatrix}$ |
# | `edge_1` | $\begin{bmatrix} 1&0&-1 \\ 0&0&0 \\ -1&0&1 \end{bmatrix}$ | | `gaussian_blur` | $\frac1{16} \begin{bmatrix} 1&2&1 \\ 2&4&2 \\ 1&2&1 \end{bmatrix}$ |
# | `edge_2` | $\begin{bmatrix} 0&1&0 \\ 1&-4&1 \\ 0&1&0 \end{bmatrix}$ | | `sharpen` | $\begin{bmatrix} 0&-1&0 \\ -1&5&-1 \\ 0&-1&0 \end{bmatrix}$ |
# | `edge_3` | $\begin{bmatrix} -1&-1&-1 \\ -1&8&-1 \\ -1&-1&-1 \end{bmatrix}$ | | `horizontal_edge` | $\begin{bmatrix} 1&2&1 \\ 0&0&0 \\ -1&-2&-1 \end{bmatrix}$ |
# | | | | `vertical_edge` | the transpose of `horizontal_edge` |
#
# Two sums tell you what to expect. The weights of an **edge** kernel sum to 0: on an even patch it answers 0, however bright the patch. The weights of a **blur** sum to 1: it keeps the brightness. `sharpen`, too, sums to 1: it is `identity` minus `edge_2`. And mind the name: `horizontal_edge` *answers to* horizontal edges, so it takes differences in the vertical direction.
#
# <details><summary>Hint</summary>
#
# A dictionary from names to arrays does it. Build it inside the function: then every call returns a fresh array, and a caller who changes it spoils nothing for the next.
#
# </details>


# %%
def named_kernel(name):
    """Return a well-known 3×3 kernel by its name, a new array on each call.

    name: "identity", "edge_1", "edge_2", "edge_3", "sharpen", "box_blur", "gaussian_blur", "horizontal_edge" or
    "vertical_edge".
    Raises ValueError if the name is any other, "Identity" or "edge" as well.
    """
    ### BEGIN SOLUTION
    kernels = {
        "identity": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
        "edge_1": [[1, 0, -1], [0, 0, 0], [-1, 0, 1]],
        "edge_2": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
        "edge_3": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
        "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
        "box_blur": np.ones((3, 3)) / 9,
        "gaussian_blur": np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]]) / 16,
        "horizontal_edge": [[1, 2, 1], [0, 0, 0], [-1, -2, -1]],
        "vertical_edge": [[1, 0, -1], [2, 0, -2], [1, 0, -1]],
    }
    if name not in kernels:
        raise ValueError(f"no kernel is called {name!r}; there are {', '.join(kernels)}")
    return np.array(kernels[name], dtype=float)
    ### END SOLUTION


# %% points=4
def test_named_kernel():
    """edges sum to 0, blurs, sharpen and identity to 1; a horizontal edge answers 4 to 1 1 1 / 1 1 1 / 0 0 0"""
    compare(named_kernel("identity"), [[0, 0, 0], [0, 1, 0], [0, 0, 0]], what='named_kernel("identity")')
    for name in ["edge_1", "edge_2", "edge_3", "horizontal_edge", "vertical_edge"]:
        compare(np.sum(named_kernel(name)), 0, what=f"the sum of the weights of {name}")
    for name, undivided in {"sharpen": None, "box_blur": 9, "gaussian_blur": 16}.items():
        compare(
            np.sum(named_kernel(name)),
            1,
            {"the weights were not divided by their sum": undivided} if undivided else None,
            what=f"the sum of the weights of {name}",
        )
    bright_above = np.array([[1, 1, 1], [1, 1, 1], [0, 0, 0]])
    bright_left = bright_above.T
    compare(
        np.sum(named_kernel("horizontal_edge") * bright_above),
        4,
        {"it answers to vertical edges": 0, "all signs are reversed": -4},
        what="the response of horizontal_edge to 1 1 1 / 1 1 1 / 0 0 0",
    )
    compare(
        np.sum(named_kernel("vertical_edge") * bright_left),
        4,
        {"it answers to horizontal edges": 0, "all signs are reversed": -4},
        what="the response of vertical_edge to 1 1 0 / 1 1 0 / 1 1 0",
    )
    check_array(named_kernel("identity"), "named_kernel")
    compare(named_kernel("sharpen"), named_kernel("identity") - named_kernel("edge_2"), what="sharpen")


# %%
# @title Picture: nine kernels on the cat
if EXPERIMENT:
    with picture("cross_correlate2d and named_kernel"):
        from tqdm.auto import tqdm

        names = "identity box_blur gaussian_blur sharpen edge_1 edge_2 edge_3 horizontal_edge vertical_edge".split()
        cross_correlate2d(cat[:3, :3], named_kernel("identity"))  # not solved yet? then no bar either
        responses = {name: cross_correlate2d(cat, named_kernel(name)) for name in tqdm(names, desc="kernels")}
        figure, axes = plt.subplots(3, 3, figsize=(11, 8))
        for ax, (name, response) in zip(axes.flat, responses.items(), strict=True):
            if "edge" in name:  # grey is 0, white positive, black negative
                limit = np.quantile(np.abs(response), 0.99)
                ax.imshow(response, cmap="gray", vmin=-limit, vmax=limit)
            else:
                ax.imshow(response, cmap="gray", vmin=0, vmax=1)
            ax.set_title(name, fontsize=11)
            ax.axis("off")
        plt.tight_layout()
        plt.show()

        horizontal, vertical = responses["horizontal_edge"], responses["vertical_edge"]
        panels = {
            "horizontal": horizontal,
            "vertical": vertical,
            "their sum": horizontal + vertical,
            "their length $\\sqrt{h^2 + v^2}$": np.hypot(horizontal, vertical),
        }
        figure, axes = plt.subplots(1, 4, figsize=(12, 2.6))
        for ax, (title, panel) in zip(axes, panels.items(), strict=True):
            signed = not title.startswith("their length")
            ax.imshow(panel, cmap="gray" if signed else "gray_r", vmin=-1.2 if signed else 0, vmax=1.2)
            ax.set_title(title, fontsize=11)
            ax.axis("off")
        plt.tight_layout()
        plt.show()

# %% [markdown]
# Look at the four small pictures. Slides like to show the *sum* of the horizontal and the vertical response as "all edges". It is a single kernel again, the sum of both, and is blind to the edges on which the two cancel, those along one of the diagonals. The length $\sqrt{h^2 + v^2}$ sees edges of every direction; for that you need something bent, a square, between the layers. And `edge_1` answers neither to horizontal nor to vertical edges, only where brightness changes in both directions at once: corners and diagonals.

# %% [markdown]
# ## Exercise 9 · Fast: a convolution is a matrix product
#
# ●●● · 15 minutes · 8 points (`im2col`), 5 minutes · 4 points (`conv_layer_fast`)
#
# Your layer is right, but Python loops are slow. Processors are best at one thing, multiplying large matrices, so let us turn the convolution into one. **im2col** ("image to columns") writes each window as a column. Each filter, written as a row, then meets all windows in a single product:

# %%
# @title Picture: every window becomes a column
if EXPERIMENT:
    image = np.array([[12, 3, 19], [25, 10, 1], [9, 7, 17]])
    tints = [YELLOW, SKY, ORANGE, PINK]
    columns = np.array([image[i : i + 2, j : j + 2].ravel() for i, j in np.ndindex(2, 2)]).T
    figure, axes = plt.subplots(1, 4, figsize=(12, 3.6), width_ratios=[3, 4, 4, 4])
    draw_numbers(axes[0], image, "white", title="image and its four windows", size=14)
    for index, (i, j) in enumerate(np.ndindex(2, 2)):
        inset = 0.05 + 0.045 * index
        axes[0].add_patch(
            plt.Rectangle(
                (j + inset, i + inset), 2 - 2 * inset, 2 - 2 * inset, fill=False, edgecolor=tints[index], lw=4
            )
        )
    draw_numbers(axes[1], [[1, 2, 3, 4]], "white", title="kernel as a row", size=14)
    draw_numbers(axes[2], columns, np.array([tints] * 4, dtype=object), title="windows as columns", size=14)
    draw_numbers(axes[3], [[133, 75, 100, 101]], np.array([tints], dtype=object), title="result, as a row", size=14)
    for ax, sign in [(axes[1], "×"), (axes[2], "=")]:
        ax.text(1.07, 0.5, sign, transform=ax.transAxes, ha="center", va="center", fontsize=20)
    plt.tight_layout()
    plt.show()

# %% [markdown]
# With a batch of images with channels, the column of a window holds channel 0 row by row, then channel 1, and so on: the order of `weight[f].ravel()`. The windows follow each other row by row. So
#
# $$(N, C, H, W) \longrightarrow (N,\ C\,k_h k_w,\ H' W'), \qquad \text{cols}\big[n,\ (c\,k_h + u)\,k_w + v,\ i\,W' + j\big] = x_\text{pad}[n,\ c,\ i\,s_h + u,\ j\,s_w + v],$$
#
# which is the layout of `torch.nn.functional.unfold`. The price is memory: each pixel is stored up to $k_h k_w$ times.
#
# <details><summary>Hint: with loops that are short</summary>
#
# Loop over the few positions `u`, `v` *in the kernel*. The pixels that meet kernel position `(u, v)` are a slice of the padded images with step `sh`, `sw`: `padded[:, :, u : u + sh * (rows - 1) + 1 : sh, v : v + sw * (columns - 1) + 1 : sw]`. Put them into an array of shape `(N, C, kh, kw, H', W')` and reshape at the end.
#
# </details>
#
# <details><summary>Hint: without a loop</summary>
#
# `sliding_window_view(padded, (kh, kw), axis=(2, 3))` has the shape `(N, C, rows, columns, kh, kw)`. Take every `sh`-th and `sw`-th, `transpose` the axes into the right order, then `reshape`.
#
# </details>


# %%
def im2col(x, kernel_size, *, stride=1, padding=0):
    """Write every window of every image as a column.

    x: (N, C, H, W); kernel_size, stride, padding: an int or a pair (rows, columns).
    Returns (N, C·kh·kw, H'·W'), H' = floor((H + 2·ph - kh) / sh) + 1, and W' likewise.
    Raises ValueError if the kernel does not fit into the padded images.
    Equal to torch.nn.functional.unfold.
    """
    ### BEGIN SOLUTION
    (kh, kw), (sh, sw), (ph, pw) = (np.broadcast_to(pair, 2) for pair in (kernel_size, stride, padding))
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    n, channels, height, width = padded.shape
    if kh > height or kw > width:
        raise ValueError(f"a {kh}×{kw} kernel does not fit into padded images of {height}×{width}")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (kh, kw), axis=(2, 3))
    windows = windows[:, :, ::sh, ::sw]  # (N, C, H', W', kh, kw)
    rows, columns = windows.shape[2:4]
    return windows.transpose(0, 1, 4, 5, 2, 3).reshape(n, channels * kh * kw, rows * columns)
    ### END SOLUTION


# %% points=8
def test_im2col():
    """12 3 19 / 25 10 1 / 9 7 17, windows of 2×2: the first column is 12 3 25 10"""
    image = np.array([[12, 3, 19], [25, 10, 1], [9, 7, 17]])
    columns = np.array([[12, 3, 25, 10], [3, 19, 10, 1], [25, 10, 9, 7], [10, 1, 7, 17]])  # this array is symmetric
    compare(
        im2col(image[None, None], 2),
        columns[None],
        {
            "the windows follow each other column by column, not row by row": columns[None, :, [0, 2, 1, 3]],
            "inside a window the pixels run column by column, not row by row": columns[None, [0, 2, 1, 3]],
        },
        what="im2col of the 3×3 image",
    )
    x = np.arange(2 * 2 * 3 * 4).reshape(2, 2, 3, 4)
    windows = [x[:, :, i : i + 2, j : j + 3] for i in range(2) for j in range(2)]  # each (N, C, 2, 3)
    right = np.stack([window.reshape(2, 12) for window in windows], axis=2)
    compare(
        im2col(x, (2, 3)),
        right,
        {
            "each window is a row; it should be a column": right.swapaxes(1, 2),
            "the channels run fastest; a column holds all of channel 0 first": np.stack(
                [window.transpose(0, 2, 3, 1).reshape(2, 12) for window in windows], axis=2
            ),
        },
        what="im2col of two images with two channels",
    )
    compare(
        np.shape(im2col(np.ones((2, 3, 8, 11)), (3, 2), stride=(2, 3), padding=(1, 2))),
        [2, 18, 20],
        {"the stride was ignored": [2, 18, 112], "rows and columns are swapped in the stride": [2, 18, 21]},
        what="the shape of im2col with stride (2, 3) and padding (1, 2)",
    )
    check_array(im2col(x, 2), "im2col")


# %% [markdown]
# Now the layer itself: the filters as rows, $(F,\ C\,k_h k_w)$, times the columns, plus the bias, in the shape $(N, F, H', W')$. It takes and gives the same as `conv_layer`, errors included.
#
# <details><summary>Hint</summary>
#
# `weight.reshape(F, -1) @ cols` multiplies an $(F, K)$ matrix with each of $N$ matrices $(K, L)$: the result is $(N, F, L)$.
#
# </details>


# %%
def conv_layer_fast(x, weight, bias=None, *, stride=1, padding=0):
    """Apply a convolution layer by one matrix product: im2col, then filters @ columns.

    x: (N, C, H, W); weight: (F, C, kh, kw); bias: (F,) or None; stride, padding: an int or a pair (rows, columns).
    Returns (N, F, H', W'), equal to conv_layer and to torch.nn.functional.conv2d. How fast it is is not graded.
    Raises ValueError if x and weight differ in channels, or the kernel does not fit into the padded images.
    Source: Chellapilla, Puri and Simard, High Performance Convolutional Neural Networks for Document Processing, 2006.
    """
    ### BEGIN SOLUTION
    n, channels, height, width = x.shape
    f, weight_channels, kh, kw = weight.shape
    if channels != weight_channels:
        raise ValueError(f"the images have {channels} channels, the filters {weight_channels}")
    columns = im2col(x, (kh, kw), stride=stride, padding=padding)  # (N, C·kh·kw, H'·W')
    out = weight.reshape(f, -1) @ columns  # (N, F, H'·W')
    if bias is not None:
        out = out + np.reshape(bias, (f, 1))
    rows = (height + 2 * np.broadcast_to(padding, 2)[0] - kh) // np.broadcast_to(stride, 2)[0] + 1
    return out.reshape(n, f, rows, -1)
    ### END SOLUTION


# %% points=4
def test_conv_layer_fast():
    """1 2 / 3 4 and 10 20 / 30 40, weights 2 and 1, bias 5: 17 29 / 41 53"""
    image = np.array([[[[1, 2], [3, 4]], [[10, 20], [30, 40]]]])  # (1, 2, 2, 2)
    first, second = image[0]
    compare(
        conv_layer_fast(image, np.array([2, 1]).reshape(1, 2, 1, 1), np.array([5])),
        [[[[17, 29], [41, 53]]]],
        {
            "the bias was forgotten": [[2 * first + second]],
            "the rows of the result became its columns": [[(2 * first + second).T + 5]],
            "the result is still flat: reshape (N, F, H'·W') to (N, F, H', W')": [[[17, 29, 41, 53]]],
        },
        what="conv_layer_fast with one 1×1 filter",
    )
    batch = np.arange(2 * 2 * 3 * 4).reshape(2, 2, 3, 4)
    weight = np.zeros((3, 2, 2, 2))  # each filter picks a single pixel of its window
    weight[0, 0, 0, 0] = weight[1, 1, 0, 1] = weight[2, 0, 1, 0] = 1
    picked = np.stack([batch[:, 0, :2, :3], batch[:, 1, :2, 1:], batch[:, 0, 1:, :3]], axis=1)
    bias = np.array([100, 200, 300])
    right = picked + bias.reshape(3, 1, 1)
    compare(
        conv_layer_fast(batch, weight, bias),
        right,
        {
            "b[0] was added to every output channel": picked + 100,
            "height and width are swapped in the last reshape": right.reshape(2, 3, 3, 2),
            "images and filters have changed places in the result": right.swapaxes(0, 1),
        },
        what="conv_layer_fast with three 2×2 filters on two images",
    )
    compare(
        np.shape(conv_layer_fast(np.ones((1, 3, 32, 32)), np.ones((6, 3, 5, 5)), stride=3, padding=(2, 0))),
        [1, 6, 11, 10],
        {"the stride was ignored": [1, 6, 32, 28], "the padding was ignored": [1, 6, 10, 10]},
        what="the shape of conv_layer_fast with stride 3 and padding (2, 0)",
    )
    check_array(conv_layer_fast(batch, weight), "conv_layer_fast")


# %%
# @title Picture: how much faster?
if EXPERIMENT:
    with picture("conv_layer and conv_layer_fast"):
        from time import perf_counter

        from tqdm.auto import tqdm

        def seconds(layer, *arguments, repeats=3):
            """Return the shortest of a few runs: the one least disturbed."""
            times = []
            for _ in range(repeats):
                start = perf_counter()
                layer(*arguments)
                times.append(perf_counter() - start)
            return min(times)

        rng = np.random.default_rng(0)
        weight, bias = rng.normal(size=(8, 3, 3, 3)), rng.normal(size=8)
        for layer in (conv_layer, conv_layer_fast):  # not solved yet? then no bar either
            layer(rng.normal(size=(1, 3, 4, 4)), weight, bias)
        sizes, ratios = [8, 16, 24, 32], []
        for size in tqdm(sizes, desc="timing"):
            x = rng.normal(size=(4, 3, size, size))
            slow = seconds(conv_layer, x, weight, bias, repeats=1)
            ratios.append(slow / seconds(conv_layer_fast, x, weight, bias))
        figure, ax = plt.subplots(figsize=(7, 3))
        bars = ax.bar([f"{size} × {size}" for size in sizes], ratios, color=BLUE, width=0.6)
        ax.bar_label(bars, [f"{ratio:.0f}×" if ratio >= 10 else f"{ratio:.1f}×" for ratio in ratios], padding=2)
        ax.axhline(1, color="0.4", ls="--", lw=1)
        ax.set(
            title="how many times faster conv_layer_fast is than conv_layer",
            xlabel="image size",
            ylim=(0, 1.18 * max(ratios)),
        )
        ax.spines[["top", "right"]].set_visible(False)
        plt.show()

# %% [markdown]
# The ratio is for your curiosity and is not graded: only the results of `conv_layer_fast` are. The ratio depends on how you wrote the loops, and on the machine.
#
# ## Exercise 10 · Backwards
#
# ●●● · 5 minutes · 3 points (`backprop_example`), 25 minutes · 10 points (`conv_layer_backward`)
#
# A network learns by asking, for each of its numbers: if this were a little larger, how would the loss change? **Backpropagation** answers for all of them in one sweep from the end to the beginning, by the chain rule. A small example first, $f(x, y, z) = (x + y)\,z$. Call the sum $q = x + y$. Then
#
# $$\frac{\partial f}{\partial q} = z, \qquad \frac{\partial f}{\partial z} = q, \qquad \frac{\partial f}{\partial x} = \frac{\partial f}{\partial q} \cdot \frac{\partial q}{\partial x}, \qquad \frac{\partial f}{\partial y} = \frac{\partial f}{\partial q} \cdot \frac{\partial q}{\partial y}.$$
#
# At $x = -2$, $y = 5$, $z = -4$:

# %%
# @title Picture: forwards in blue, backwards in red
if EXPERIMENT:
    figure, ax = plt.subplots(figsize=(9, 4.2))
    nodes = {"x": (0, 3), "y": (0, 1.5), "z": (0, 0), "+": (1.4, 2.25), "·": (2.8, 1.1), "f": (4, 1.1)}
    wires = [("x", "+", "−2", "−4"), ("y", "+", "5", "−4"), ("+", "·", "q = 3", "−4"), ("z", "·", "−4", "3")]
    for start, end, forward, backward in [*wires, ("·", "f", "−12", "1")]:
        (x0, y0), (x1, y1) = nodes[start], nodes[end]
        ax.annotate("", (x1, y1), (x0, y0), arrowprops={"arrowstyle": "->", "shrinkA": 15, "shrinkB": 15, "lw": 1.3})
        x, y = 0.6 * x0 + 0.4 * x1, 0.6 * y0 + 0.4 * y1
        ax.text(x, y + 0.14, forward, color=BLUE, fontsize=13, ha="center", va="bottom")
        ax.text(x, y - 0.14, backward, color=RED, fontsize=13, ha="center", va="top")
    for name, (x0, y0) in nodes.items():
        ax.text(
            x0, y0, name, fontsize=15, ha="center", va="center", bbox={"boxstyle": "circle", "fc": "white", "ec": "0.3"}
        )
    ax.set(xlim=(-0.4, 4.4), ylim=(-0.35, 3.35))
    ax.axis("off")
    plt.show()


# %%
def backprop_example(x, y, z):
    """Return the gradients of f = (x + y)·z by x, y and z.

    x, y, z: numbers.
    Returns the three numbers (df/dx, df/dy, df/dz), in a tuple, list or array.
    Example: at -2, 5, -4 the gradients are -4, -4, 3.
    """
    ### BEGIN SOLUTION
    q = x + y
    df_dq, df_dz = z, q  # f = q·z
    return df_dq * 1, df_dq * 1, df_dz  # q = x + y: both slopes are 1
    ### END SOLUTION


# %% points=3
def test_backprop_example():
    """(x + y)·z at -2, 5, -4: the gradients are -4, -4, 3"""
    compare(
        backprop_example(-2, 5, -4),
        [-4, -4, 3],
        {
            "the value of f, not its gradients": -12,
            "the gradients by (z, x, y) or the like: the order should be x, y, z": [3, -4, -4],
            "the chain rule stopped half way: df/dx is df/dq · dq/dx": [1, 1, 3],
            "z and q are swapped: f = q·z changes by z when q grows by 1": [3, 3, -4],
        },
        what="backprop_example(-2, 5, -4)",
    )


# %% [markdown]
# Now a whole layer. You are given $G$ = `grad_out`, of the shape $(N, F, H', W')$: how the loss changes with each number that `conv_layer` put out. Compute how the loss changes with each input, weight and bias. Look at the formula of exercise 7. For each letter, ask in which outputs it appears, and what it is multiplied with there.
#
# - $b[f]$ appears in every output of filter $f$, multiplied with 1:
#
# $$db[f] = \sum_{n, i, j} G[n, f, i, j]$$
#
# - $w[f, c, u, v]$ appears there, too, multiplied with the pixel it met:
#
# $$dw[f, c, u, v] = \sum_{n, i, j} G[n, f, i, j] \cdot x_\text{pad}[n,\ c,\ i\,s_h + u,\ j\,s_w + v]$$
#
# - a pixel appears in every window that covers it. It is easiest to go through the windows, and to add to each the kernel, times the $G$ of that window:
#
# $$dx_\text{pad}[n,\ c,\ i\,s_h + u,\ j\,s_w + v] \mathrel{+}= \sum_f G[n, f, i, j] \cdot w[f, c, u, v]$$
#
# and, at the end, to cut off the padding: $dx$ has the shape of $x$.
#
# A worked example, small enough for a pencil: the 3×3 image and the 2×2 kernel of exercise 1, and $G$ is zero except for a 1 at $[0, 1]$. That output saw the window $\begin{bmatrix} 3 & 19 \\ 10 & 1 \end{bmatrix}$, which is $dw$. Its gradient by the pixels is the kernel, put where the window was: $dx = \begin{bmatrix} 0 & 1 & 2 \\ 0 & 3 & 4 \\ 0 & 0 & 0 \end{bmatrix}$. And $db = 1$.
#
# <details><summary>Hint: loops</summary>
#
# Loop over `n`, `f`, `i`, `j` as in exercise 7. With `rows = slice(i * sh, i * sh + kh)` and `columns` likewise, the line that was `out[n, f, i, j] = np.sum(window * weight[f]) + bias[f]` becomes three lines: one adds to `db[f]`, one to `dw[f]`, one to `dx_padded[n, :, rows, columns]`.
#
# </details>
#
# <details><summary>Hint: cutting off the padding</summary>
#
# `dx_padded[:, :, ph:-ph, pw:-pw]` is empty when the padding is 0. `ph : ph + H` always works.
#
# </details>
#
# <details><summary>Hint: check yourself</summary>
#
# Add 0.001 to one weight, and see by how much `np.sum(grad_out * conv_layer(...))` changes. That, divided by 0.001, is what `dw` should hold there.
#
# </details>


# %%
def conv_layer_backward(grad_out, x, weight, bias, *, stride=1, padding=0):
    """Send gradients back through conv_layer.

    grad_out: (N, F, H', W'), the gradient of the loss by each output of conv_layer(x, weight, bias, ...).
    x: (N, C, H, W); weight: (F, C, kh, kw); bias: (F,); stride, padding: an int or a pair (rows, columns).
    Returns (dx, dw, db), the gradients of the loss by x, weight and bias: three arrays of their shapes.
    """
    ### BEGIN SOLUTION
    (sh, sw), (ph, pw) = np.broadcast_to(stride, 2), np.broadcast_to(padding, 2)
    (height, width), (kh, kw) = x.shape[2:], weight.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))

    dx_padded = np.zeros(padded.shape)
    dw = np.zeros(weight.shape)
    for i in range(grad_out.shape[2]):
        for j in range(grad_out.shape[3]):
            rows, columns = slice(i * sh, i * sh + kh), slice(j * sw, j * sw + kw)
            grad = grad_out[:, :, i, j]  # (N, F)
            dw += np.einsum("nf,ncuv->fcuv", grad, padded[:, :, rows, columns])
            dx_padded[:, :, rows, columns] += np.einsum("nf,fcuv->ncuv", grad, weight)  # windows overlap: add
    dx = dx_padded[:, :, ph : ph + height, pw : pw + width]
    db = np.reshape(grad_out.sum(axis=(0, 2, 3)), np.shape(bias))
    return dx, dw, db
    ### END SOLUTION


# %% points=10
def test_conv_layer_backward():
    """one output looks at one window: dw is the window, dx is the kernel where the window was, db is 1"""
    x = np.array([[12, 3, 19], [25, 10, 1], [9, 7, 17]])[None, None]  # (1, 1, 3, 3)
    weight, bias = np.array([[1, 2], [3, 4]])[None, None], np.array([0])
    one = np.array([[0, 1], [0, 0]])[None, None]
    gradients = conv_layer_backward(one, x, weight, bias)
    three = isinstance(gradients, (tuple, list)) and len(gradients) == 3
    assert three, "conv_layer_backward should return three arrays: return dx, dw, db"
    dx, dw, db = gradients
    compare(
        dx,
        [[[[0, 1, 2], [0, 3, 4], [0, 0, 0]]]],
        {
            "the kernel was flipped": [[[[0, 4, 3], [0, 2, 1], [0, 0, 0]]]],
            "where windows overlap, a later one has overwritten an earlier one: add, do not assign": [
                [[[0, 1, 2], [0, 0, 0], [0, 0, 0]]]
            ],
        },
        what="dx",
    )
    compare(
        dw,
        [[[[3, 19], [10, 1]]]],
        {"dw is transposed": [[[[3, 10], [19, 1]]]], "dw is flipped": [[[[1, 10], [19, 3]]]]},
        what="dw",
    )
    compare(
        db,
        [1],
        {"db should be summed over the images, too": [[1]], "db is the mean, not the sum": [0.25]},
        what="db",
    )

    many = np.arange(1, 9).reshape(2, 1, 2, 2)  # two images, each with 2×2 outputs
    dx, dw, db = conv_layer_backward(many, np.ones((2, 1, 3, 5)), np.ones((1, 1, 3, 3)), bias, stride=2, padding=(1, 0))
    compare(
        db,
        [36],
        {
            "db is of the first image only": [10],
            "db is the mean over the images, not the sum": [18],
        },
        what="db of two images",
    )
    compare(
        dw,
        [[[[22, 22, 22], [36, 36, 36], [14, 14, 14]]]],
        {
            "the stride was forgotten": [[[[22, 22, 22], [36, 36, 36], [36, 36, 36]]]],
            "dw is the mean over the images, not the sum": [[[[11, 11, 11], [18, 18, 18], [7, 7, 7]]]],
        },
        what="dw of two images",
    )
    first, second = [
        [[[1, 1, 3, 2, 2], [4, 4, 10, 6, 6], [3, 3, 7, 4, 4]]],
        [[[5, 5, 11, 6, 6], [12, 12, 26, 14, 14], [7, 7, 15, 8, 8]]],
    ]
    compare(np.shape(dx), [2, 1, 3, 5], {"dx still has its padding: cut it off": [2, 1, 5, 5]}, what="the shape of dx")
    compare(
        dx,
        [first, second],
        what="dx of two images",
    )


# %%
# @title Picture: each output sends the kernel back to its window
if EXPERIMENT:
    with picture("conv_layer_backward"):
        rng = np.random.default_rng(3)
        x = rng.integers(0, 10, size=(1, 1, 6, 8))
        weight = np.array([[1, 2, 3], [4, 5, 6], [7, 8, 9]])[None, None]
        grad_out = np.zeros((1, 1, 4, 6))
        grad_out[0, 0, 0, 0], grad_out[0, 0, 1, 3] = 1, 10
        dx, dw, _ = conv_layer_backward(grad_out, x, weight, np.zeros(1))
        figure, axes = plt.subplots(1, 3, figsize=(11.5, 4.2), width_ratios=[6, 8, 3.6])
        draw_numbers(
            axes[0], grad_out[0, 0], np.where(grad_out[0, 0] > 0, YELLOW, "white"), title="G, two outputs count"
        )
        draw_numbers(
            axes[1], dx[0, 0], np.where(dx[0, 0] > 0, YELLOW, "white"), title="dx: the kernel, times 1 and times 10"
        )
        draw_numbers(axes[2], dw[0, 0], SKY, title="dw: the two windows\nof x, added up", size=11)
        plt.tight_layout()
        plt.show()

# %% [markdown]
# ## Exercise 11 · Shift and rotate
#
# ●●○ · 15 minutes · 4 points
#
# It is often said that convolutional networks are "translation invariant", and that shifting *or rotating* the image changes little. Let us be exact. Let $T$ be a change of the image, a shift, say, and $\star\, k$ our convolution.
#
# - **Equivariant** means $T(x) \star k = T(x \star k)$: shift the input and the output shifts with it. A convolution with stride 1 is equivariant to shifts, away from the border, because the kernel asks the same question everywhere.
# - **Invariant** means that the output stays *the same*. A convolution is not: the eye's response moves with the eye. A little invariance comes from pooling, and more from a global maximum or mean at the very end.
# - With a **rotation** a convolution is neither, in general. $T(x) \star k$ asks the old question of a rotated image, and an edge that was horizontal is now vertical. The two sides agree only for kernels that are themselves unchanged by the rotation. For a turn by 90°, exercise 8 has six of them: `identity`, `edge_2`, `edge_3`, `sharpen` and both blurs (`edge_1` comes back with the opposite sign). A network that should recognise rotated cats has to see rotated cats in training.
#
# Measure it. `equivariance_error` computes both sides, $a = T(x) \star k$ and $b = T(x \star k)$ with the plain cross-correlation of exercise 1, cuts $m = \max(k_h, k_w)$ rows and columns off each of the four borders of both, and returns the largest $\lvert a - b \rvert$ that is left.
#
# Why the cut: `np.roll` shifts an image and lets what falls out come in again on the other side; windows across that seam mean nothing. For shifts of up to $m$ pixels the cut removes them.
#
# For example, for the image $0, 1, 4, 9, \ldots$ of the test below and $k = \begin{bmatrix} 1 & 2 & 1 \\ 0 & 0 & 0 \\ -1 & -2 & -1 \end{bmatrix}$, a shift has the error 0 and a rotation by 90° an error of 68.
#
# <details><summary>Hint</summary>
#
# `transform` is a function: you can call it on an image, and on a result. To cut: `a[m:-m, m:-m]`.
#
# </details>


# %%
def equivariance_error(image, kernel, transform):
    """How far "transform, then cross-correlate" is from "cross-correlate, then transform".

    image: (H, W); kernel: (kh, kw), square if the transform swaps rows and columns.
    transform: a function from a 2-D array to a 2-D array, which does not change its argument. It may add to the pixels
    or square them, so an image of type uint8 has to become float (or int64) before transform gets it.
    Returns the largest absolute difference as a float, for integers as well, leaving out max(kh, kw) rows and columns at
    every border of the two results. The image is large enough for some to be left.
    Example: 0.0 if transform shifts by one pixel, for every image and kernel.
    """
    ### BEGIN SOLUTION
    transform_first = cross_correlate2d(transform(image.astype(float)), kernel)
    transform_last = transform(cross_correlate2d(image, kernel))
    margin = max(kernel.shape)
    difference = np.abs(transform_first - transform_last)[margin:-margin, margin:-margin]
    return float(difference.max())
    ### END SOLUTION


# %% points=4
def test_equivariance_error():
    """shifting commutes with convolution, rotating does not"""
    image = np.arange(12)[:, None] ** 2 % 23 + np.arange(14) ** 2 % 19
    sobel = np.array([[1, 2, 1], [0, 0, 0], [-1, -2, -1]])
    blur = np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]]) / 16

    def shift(array):
        return np.roll(array, (2, 1), axis=(0, 1))

    compare(
        equivariance_error(image, sobel, shift),
        0.0,
        {"nothing was cut off at the borders": 8.0, "only one row and column was cut off at each border": 4.0},
        what="the error of a shift",
    )
    compare(
        equivariance_error(image, sobel, np.rot90),
        68.0,
        {
            "the largest difference without regard to size: take the absolute value first": 40.0,
            "the mean difference, not the largest": 73 / 3,
        },
        what="the error of a rotation by 90°",
    )
    compare(
        equivariance_error(image, blur, np.rot90),
        0.0,
        what="the error of a rotation, for a kernel that looks the same rotated",
    )


# %%
# @title Picture: shifting commutes, rotating does not
if EXPERIMENT:
    with picture("cross_correlate2d and equivariance_error"):
        kernel = np.array([[1, 2, 1], [0, 0, 0], [-1, -2, -1]])
        square_cat = cat[:, 40:190]
        transforms = {
            "shift by 3, 3": lambda array: np.roll(array, (3, 3), axis=(0, 1)),
            "rotate by 90°": np.rot90,
        }
        figure, axes = plt.subplots(2, 4, figsize=(11, 5.9))
        for row, (name, transform) in zip(axes, transforms.items(), strict=True):
            one = cross_correlate2d(transform(square_cat), kernel)
            other = transform(cross_correlate2d(square_cat, kernel))
            error = equivariance_error(square_cat, kernel, transform)
            cut = (slice(3, -3), slice(3, -3))
            row[0].imshow(transform(square_cat), cmap="gray", vmin=0, vmax=1)
            row[0].set_title(f"{name}", fontsize=11)
            for ax, panel, title in [
                (row[1], one, "transform, then convolve"),
                (row[2], other, "convolve, then transform"),
                (row[3], (one - other)[cut], f"difference: at most {error:.2g}"),
            ]:
                ax.imshow(panel, cmap="PuOr", vmin=-1.2, vmax=1.2)
                ax.set_title(title, fontsize=11)
            for ax in row:
                ax.axis("off")
        plt.tight_layout()
        plt.show()

# %% [markdown]
# Stride is the fine print: a layer with stride 2 is equivariant only to shifts by an even number of pixels. Shift by one pixel and it looks at the other half of the windows.
#
# ## Exercise 12 · Quiz
#
# ●○○ · 5 minutes · 7 points
#
# Seven questions of one point each. Put the letter of your answer, small or capital, between the quotes (on Colab: choose it from the list). The test only checks that you have chosen. Your choice is compared when the notebook is graded. Questions 2 to 6 are about this picture:

# %%
# @title Picture: what the quiz asks about
if EXPERIMENT:
    square = np.array([[1, 1, 1, 0, 0], [0, 1, 1, 1, 0], [0, 0, 1, 1, 1], [0, 0, 1, 1, 0], [0, 1, 1, 0, 0]])
    cross = np.array([[1, 0, 1], [0, 1, 0], [1, 0, 1]])
    figure, axes = plt.subplots(1, 4, figsize=(11, 3.8), width_ratios=[5, 3, 5, 3])
    for step, (image_ax, output_ax) in enumerate(axes.reshape(2, 2)):
        colors = np.full((5, 5), GREEN, dtype=object)
        colors[:3, step : step + 3] = YELLOW
        weights = {(u, v + step): f"×{cross[u, v]}" for u, v in np.ndindex(3, 3)}
        draw_numbers(image_ax, square, colors, small=weights, title=f"step {step + 1}", size=14)
        output = np.full((3, 3), "", dtype=object)
        output[0, : step + 1] = "?"
        draw_numbers(output_ax, output, np.where(output == "?", PINK, "white"), size=16)
    plt.tight_layout()
    plt.show()

# %% [markdown]
# **Question 1.** Sliding a kernel across an image, and multiplying and adding at each place, is called
#
# - a · contortion
# - b · convolution
# - c · a confusion matrix
# - d · curved detection

# %%
quiz_sliding = "?"  # @param ["?", "a", "b", "c", "d"]
### BEGIN SOLUTION
quiz_sliding = "b"
### END SOLUTION


# %% points=1
def test_quiz_sliding():
    """one of the letters a, b, c, d"""
    assert str(quiz_sliding).strip().lower() in ("a", "b", "c", "d"), "choose one of the letters: a, b, c, d"


# %% [markdown]
# **Question 2.** The green part of the picture, together with the yellow part it continues under, is
#
# - a · the kernel
# - b · the output of the filter
# - c · the original image

# %%
quiz_green = "?"  # @param ["?", "a", "b", "c"]
### BEGIN SOLUTION
quiz_green = "c"
### END SOLUTION


# %% points=1
def test_quiz_green():
    """one of the letters a, b, c"""
    assert str(quiz_green).strip().lower() in ("a", "b", "c"), "choose one of the letters: a, b, c"


# %% [markdown]
# **Question 3.** The yellow part is
#
# - a · the output of the filter
# - b · the padding
# - c · the whole original image
# - d · the kernel at work: the patch on which it lies now

# %%
quiz_yellow = "?"  # @param ["?", "a", "b", "c", "d"]
### BEGIN SOLUTION
quiz_yellow = "d"
### END SOLUTION


# %% points=1
def test_quiz_yellow():
    """one of the letters a, b, c, d"""
    assert str(quiz_yellow).strip().lower() in ("a", "b", "c", "d"), "choose one of the letters: a, b, c, d"


# %% [markdown]
# **Question 4.** From step 1 to step 2 the window moves on. What is the stride?
#
# - a · 1
# - b · 2
# - c · 3
# - d · the picture does not show it

# %%
quiz_stride = "?"  # @param ["?", "a", "b", "c", "d"]
### BEGIN SOLUTION
quiz_stride = "a"
### END SOLUTION


# %% points=1
def test_quiz_stride():
    """one of the letters a, b, c, d"""
    assert str(quiz_stride).strip().lower() in ("a", "b", "c", "d"), "choose one of the letters: a, b, c, d"


# %% [markdown]
# **Question 5.** The small red numbers are
#
# - a · the brightness of the pixels in that area
# - b · the weights of the kernel: the feature it looks for
# - c · the number of channels

# %%
quiz_red_numbers = "?"  # @param ["?", "a", "b", "c"]
### BEGIN SOLUTION
quiz_red_numbers = "b"
### END SOLUTION


# %% points=1
def test_quiz_red_numbers():
    """one of the letters a, b, c"""
    assert str(quiz_red_numbers).strip().lower() in ("a", "b", "c"), "choose one of the letters: a, b, c"


# %% [markdown]
# **Question 6.** Which number belongs in the output of step 1?
#
# - a · 0
# - b · 1
# - c · 2
# - d · 3
# - e · 4
# - f · 5

# %%
quiz_output = "?"  # @param ["?", "a", "b", "c", "d", "e", "f"]
### BEGIN SOLUTION
quiz_output = "e"
### END SOLUTION


# %% points=1
def test_quiz_output():
    """one of the letters a, b, c, d, e, f"""
    assert str(quiz_output).strip().lower() in ("a", "b", "c", "d", "e", "f"), (
        "choose one of the letters: a, b, c, d, e, f"
    )


# %% [markdown]
# **Question 7.** Why look at the image a small patch at a time, with a kernel, rather than with a dense layer at all of it?
#
# - a · fewer weights
# - b · faster
# - c · the weights are shared by all places of the image
# - d · all of these

# %%
quiz_patch = "?"  # @param ["?", "a", "b", "c", "d"]
### BEGIN SOLUTION
quiz_patch = "d"
### END SOLUTION


# %% points=1
def test_quiz_patch():
    """one of the letters a, b, c, d"""
    assert str(quiz_patch).strip().lower() in ("a", "b", "c", "d"), "choose one of the letters: a, b, c, d"


# %% [markdown]
# ## Handing in
#
# 1. Restart and run everything: on Colab *Runtime → Restart session and run all*, in Jupyter *Kernel → Restart Kernel and Run All Cells*. This is what the grader does, so anything that worked only because of a cell you deleted will now fail.
# 2. Look for the ✓ lines. A test that fails costs only its own points.
# 3. Save the notebook: on Colab *File → Download → Download .ipynb*. It keeps its name, `a1_convolution.ipynb`.
# 4. Hand it in where your course collects it.
#
# Please do not rename, copy or delete the test cells: they are how your answers are found. You may add cells of your own anywhere.
#
# ## What you can do now
#
# You have written a convolution layer that agrees with PyTorch's, in both directions, and you know why it is written as a matrix product. Nothing in the coming assignments is more mysterious than this: Assignment 2 counts shapes, parameters and cost of whole networks; in Assignment 3 a network learns its kernels by itself.
#
# To read on: [*A guide to convolution arithmetic for deep learning*](https://arxiv.org/abs/1603.07285) by Dumoulin and Visin has a picture for every stride and padding; the notes of [CS231n](https://cs231n.github.io/convolutional-networks/) cover the layers, and [its notes on backpropagation](https://cs231n.github.io/optimization-2/) the example of exercise 10; [*Making convolutional networks shift-invariant again*](https://arxiv.org/abs/1904.11486) by Zhang shows what strides do to exercise 11.
