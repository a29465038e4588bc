"""Known wrong answers to assignment 1, convolution by hand."""

import numpy as np

from solutions.a1_convolution.notebook import conv2d, cross_correlate2d, im2col, pad2d
from solutions.asking import Choice, edit

# ---- cross_correlate2d ----


@edit({"tensordot(windows, kernel, axes=2": 'einsum("ijuv,uv->ij", windows, kernel[::-1, ::-1]'}, of="strides")
def cross_correlate2d__flips_kernel():
    """This is the mathematician's convolution: the kernel was turned by 180 degrees before it slid over the image.
    Cross-correlation lays the kernel down just as it is printed."""


def cross_correlate2d__transposes_kernel(image, kernel):
    """Rows and columns of the kernel have changed places. Its first index runs down, exactly as the image's does; a
    kernel that is not square shows the difference at once."""
    kernel = kernel.T
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return np.einsum("ijuv,uv->ij", windows, kernel)


def cross_correlate2d__missing_plus_one(image, kernel):
    """The result is one row and one column too small. Count the places of a 2-wide kernel in a 3-wide image on your
    fingers: how many are there?"""
    rows, columns = image.shape[0] - kernel.shape[0], image.shape[1] - kernel.shape[1]
    if rows < 0 or columns < 0:
        raise ValueError("the kernel does not fit into the image")
    result = np.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            result[i, j] = np.sum(image[i : i + kernel.shape[0], j : j + kernel.shape[1]] * kernel)
    return result


def cross_correlate2d__last_row_skipped(image, kernel):
    """The result has the right shape, but its last row was never filled in. Check where your loop over the rows ends:
    `range` leaves out its upper limit by itself."""
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    result = np.einsum("ijuv,uv->ij", windows, kernel)
    filled = np.zeros_like(result)
    for i in range(image.shape[0] - kernel.shape[0]):
        filled[i] = result[i]
    return filled


def cross_correlate2d__last_column_skipped(image, kernel):
    """The result has the right shape, but its last column was never filled in. Check where your loop over the columns
    ends: `range` leaves out its upper limit by itself."""
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    result = np.einsum("ijuv,uv->ij", windows, kernel)
    filled = np.zeros_like(result)
    for j in range(image.shape[1] - kernel.shape[1]):
        filled[:, j] = result[:, j]
    return filled


def cross_correlate2d__starts_at_one(image, kernel):
    """The first row and column of places are missing: counting begins at 0 in Python, so the kernel's first place is
    the very corner of the image."""
    kh, kw = kernel.shape
    rows, columns = image.shape[0] - kh + 1, image.shape[1] - kw + 1
    if rows < 1 or columns < 1:
        raise ValueError("the kernel does not fit into the image")
    result = np.zeros((rows, columns))
    for i in range(1, rows):
        for j in range(1, columns):
            result[i, j] = np.sum(image[i : i + kh, j : j + kw] * kernel)
    return result


def cross_correlate2d__no_value_error(image, kernel):
    """A kernel that is larger than the image has no place in it, and your function returned an array all the same (an
    empty one is easily overlooked). Say so with a `ValueError` before the loops begin."""
    kh, kw = kernel.shape
    rows, columns = image.shape[0] - kh + 1, image.shape[1] - kw + 1
    result = np.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            result[i, j] = np.sum(image[i : i + kh, j : j + kw] * kernel)
    return result


def cross_correlate2d__integer_output(image, kernel):
    """The result was stored in the image's own type, so with an image of integers everything after the decimal point
    was lost. Choose a result that can hold fractions."""
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    result = np.einsum("ijuv,uv->ij", windows, kernel)
    stored = np.zeros(result.shape, dtype=image.dtype)
    stored[:] = result
    return stored


def cross_correlate2d__keeps_size(image, kernel):
    """Your result is as large as the image, because zeros were added around it first. Here a place counts only if
    the whole kernel is on the image; padding has a function of its own."""
    kh, kw = kernel.shape
    if kh > image.shape[0] or kw > image.shape[1]:
        raise ValueError("the kernel does not fit into the image")
    padded = np.pad(image, (((kh - 1) // 2, kh // 2), ((kw - 1) // 2, kw // 2)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, kernel.shape)
    return np.einsum("ijuv,uv->ij", windows, kernel)


@edit({"tensordot(windows, kernel, axes=2)": 'einsum("ijuv,uv->ij", windows, kernel) / kernel.size'}, of="strides")
def cross_correlate2d__mean():
    """The products were averaged. Cross-correlation adds them up: a kernel that blurs holds the division in its
    weights."""


@edit({"tensordot(windows, kernel, axes=2": 'einsum("ijuv,uv->ij", windows, kernel) / kernel.sum('}, of="strides")
def cross_correlate2d__divides_by_kernel_sum():
    """The result was divided by the sum of the kernel. That keeps a blur's brightness, but an edge detector sums to
    zero; the definition has no division in it."""


@edit({"tensordot(windows, kernel, axes=2)": 'einsum("ijuv,uv->ij", windows, kernel).T'}, of="strides")
def cross_correlate2d__transposed_result():
    """Every number is right, but in the wrong place: rows and columns of the result are exchanged. The first index
    of the result counts the kernel's steps downwards."""


def cross_correlate2d__square_kernels_only(image, kernel):
    """The kernel was taken to be square: one of its sizes was used for both axes. A kernel has two sizes, and each
    belongs to its own axis."""
    size = kernel.shape[0]
    rows, columns = image.shape[0] - size + 1, image.shape[1] - size + 1
    if rows < 1 or columns < 1:
        raise ValueError("the kernel does not fit into the image")
    result = np.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            for u in range(size):
                for v in range(size):
                    result[i, j] += image[i + u, j + v] * kernel[u, v]
    return result


def cross_correlate2d__matrix_product(image, kernel):
    """Patch and kernel were multiplied as matrices. Here each pixel meets only the one weight that lies on top of it,
    so the product is elementwise, followed by one sum."""
    kh, kw = kernel.shape
    rows, columns = image.shape[0] - kh + 1, image.shape[1] - kw + 1
    if rows < 1 or columns < 1:
        raise ValueError("the kernel does not fit into the image")
    result = np.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            result[i, j] = np.sum(image[i : i + kh, j : j + kw] @ kernel.T)
    return result


@edit(
    {
        "result[i, j] = np.sum(image[i : i + kh, j : j + kw] @ kernel.T)": (
            "patch = image[i : i + kh, j : j + kw]\npatch *= kernel\nresult[i, j] = patch.sum()"
        )
    },
    of="matrix_product",
)
def cross_correlate2d__changes_image():
    """A slice of a NumPy array is a window on the array itself, not a copy: multiplying the patch in place changed the
    image, and the next patch saw the damage. Put the products into a new array."""


def cross_correlate2d__kernel_sized_steps(image, kernel):
    """The kernel jumped by its own size, like tiles laid side by side. It slides: from one place to the next it moves a
    single pixel, and neighbouring places overlap."""
    kh, kw = kernel.shape
    if kh > image.shape[0] or kw > image.shape[1]:
        raise ValueError("the kernel does not fit into the image")
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return np.einsum("ijuv,uv->ij", windows, kernel)[::kh, ::kw]


def cross_correlate2d__prints(image, kernel):
    """Your function printed the result and returned nothing. Printing shows a value to a person; only `return` hands it
    to the program that called."""
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    print(np.einsum("ijuv,uv->ij", windows, kernel))


def cross_correlate2d__products_in_32_bits(image, kernel):
    """The products were computed in 32 bits, and large integers do not fit: they wrap around to wrong, often negative
    numbers. Compute in floats or in 64 bits."""
    if image.dtype.kind == "i":
        image, kernel = image.astype(np.int32), kernel.astype(np.int32) if kernel.dtype.kind == "i" else kernel
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return (windows * kernel).sum(axis=(-2, -1), dtype=windows.dtype if kernel.dtype.kind == "i" else float)


def cross_correlate2d__memory_side_by_side(image, kernel):
    """The windows were found by counting through the memory, as if each row began where the one before it ends. That
    is not so for an image cut out of a larger one; take the distances from `image.strides`."""
    (height, width), (kh, kw), size = image.shape, kernel.shape, image.itemsize
    if kh > height or kw > width:
        raise ValueError("the kernel does not fit into the image")
    shape, strides = (height - kh + 1, width - kw + 1, kh, kw), (width * size, size, width * size, size)
    return np.einsum("ijuv,uv->ij", np.lib.stride_tricks.as_strided(image, shape, strides), kernel)


def cross_correlate2d__swaps_image_and_kernel(image, kernel):
    """Where the kernel is larger than the image in both directions, SciPy lets them change places and returns numbers.
    Compare the sizes yourself and raise a `ValueError`."""
    from scipy.signal import correlate2d

    return correlate2d(image, kernel, mode="valid")


def cross_correlate2d__matrix_product_as_it_lies(image, kernel):
    """Patch and kernel were multiplied as matrices, with `@` or `np.dot`. Here each pixel meets only the one weight
    that lies on top of it, so the product is elementwise, followed by one sum."""
    kh, kw = kernel.shape
    rows, columns = image.shape[0] - kh + 1, image.shape[1] - kw + 1
    if rows < 1 or columns < 1:
        raise ValueError("the kernel does not fit into the image")
    return np.array([[np.sum(image[i : i + kh, j : j + kw] @ kernel) for j in range(columns)] for i in range(rows)])


def cross_correlate2d__last_row_and_column_skipped(image, kernel):
    """The result has the right shape, but its last row and column were never filled in. Check where your loops end:
    `range` leaves out its upper limit by itself."""
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    result = np.einsum("ijuv,uv->ij", windows, kernel).astype(float)
    result[-1], result[:, -1] = 0, 0
    return result


def cross_correlate2d__type_of_kernel(image, kernel):
    """The result was stored in the kernel's type, so with a kernel of integers everything after the decimal point was
    lost. Choose a type that can hold fractions."""
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return np.einsum("ijuv,uv->ij", windows, kernel).astype(kernel.dtype)


@edit({"tensordot(windows, kernel, axes=2": 'einsum("ijuv,uv->ij", windows, kernel).tolist('}, of="strides")
def cross_correlate2d__list_of_rows():
    """The numbers are right, but they came back as a list. Return a NumPy array."""


@edit({"np.tensordot(windows, kernel, axes=2": "windows.sum(axis=(2, 3)) * kernel.sum("}, of="strides")
def cross_correlate2d__sums_before_multiplying():
    """The pixels were added up, and the weights were added up, before they were multiplied. Multiply each pixel with
    the weight on top of it first."""


@edit({"(height, width), (kh, kw) = image.shape, kernel.shape": "height = width = len(image)\nkh, kw = kernel.shape"})
def cross_correlate2d__square_images_only():
    """The image was taken to be square: its height was used as its width, too. Each axis has a size of its own."""


@edit(
    {"(height, width), (kh, kw) = image.shape, kernel.shape": "height = width = len(image[0])\nkh, kw = kernel.shape"}
)
def cross_correlate2d__square_images_only_by_width():
    """The image was taken to be square: its width was used as its height, too. Each axis has a size of its own."""


# ---- convolve2d ----


@edit({"[::-1, ::-1]": ""})
def convolve2d__flips_nothing():
    """This is cross-correlation: the kernel was used as it is printed. True convolution turns it round first, and that
    turn is all the difference between the two."""


@edit({", ::-1": ""})
def convolve2d__flips_rows_only():
    """The kernel was turned upside down, but left and right stayed where they were. Convolution mirrors both axes."""


@edit({"::-1,": ":,"})
def convolve2d__flips_columns_only():
    """The kernel was mirrored from left to right, but top and bottom stayed where they were. Convolution mirrors both
    axes."""


@edit({"[::-1, ::-1]": ".T"})
def convolve2d__transposes():
    """Transposing exchanges rows and columns; it is not a flip. After a flip along both axes the kernel still has
    its shape, and its last number comes first."""


@edit({"kernel, 2)": "kernel)"}, of="half_turn")
def convolve2d__quarter_turn():
    """The kernel was turned by 90 degrees. Mirroring both axes is half a turn, 180 degrees."""


@edit({", kernel[::-1, ::-1]": "[::-1, ::-1], kernel"})
def convolve2d__flips_image():
    """The image was flipped instead of the kernel. The sums are the right ones, but they come out in reversed order,
    the last place first."""


@edit({"[::-1, ::-1])": ")[::-1, ::-1]"})
def convolve2d__flips_result():
    """The result of a cross-correlation was flipped at the end. Flipping does not change which weight met which pixel:
    turn the kernel before it slides."""


def convolve2d__full(image, kernel):
    """Your result is too large: it also counts places where the kernel hangs over the border. Keep only
    those where the whole kernel lies on the image."""
    kh, kw = kernel.shape
    if kh > image.shape[0] or kw > image.shape[1]:
        raise ValueError("the kernel does not fit into the image")
    return cross_correlate2d(np.pad(image, ((kh - 1, kh - 1), (kw - 1, kw - 1))), kernel[::-1, ::-1])


def convolve2d__keeps_size(image, kernel):
    """Your result is as large as the image, because zeros were added around it. Keep only the places where the whole
    kernel lies on the image."""
    kh, kw = kernel.shape
    if kh > image.shape[0] or kw > image.shape[1]:
        raise ValueError("the kernel does not fit into the image")
    padded = np.pad(image, (((kh - 1) // 2, kh // 2), ((kw - 1) // 2, kw // 2)))
    return cross_correlate2d(padded, kernel[::-1, ::-1])


def convolve2d__no_value_error(image, kernel):
    """A kernel that is larger than the image has no place in it, and your function returned an array all the same (an
    empty one is easily overlooked). Say so with a `ValueError`."""
    flipped = kernel[::-1, ::-1]
    kh, kw = kernel.shape
    rows, columns = image.shape[0] - kh + 1, image.shape[1] - kw + 1
    result = np.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            result[i, j] = np.sum(image[i : i + kh, j : j + kw] * flipped)
    return result


def convolve2d__changes_kernel(image, kernel):
    """Your function wrote into the kernel that it was given, as an assignment to `kernel[:]` does. Flip into a new
    array."""
    kernel[:] = kernel[::-1, ::-1].copy()
    return cross_correlate2d(image, kernel)


@edit({"])": "]).astype(image.dtype)"})
def convolve2d__integer_output():
    """The result was stored in the image's own type, so with an image of integers everything after the decimal point
    was lost. Choose a result that can hold fractions."""


def convolve2d__square_kernels_only(image, kernel):
    """The flip counted rows and columns with one and the same size, which goes well only for square kernels. Height and
    width each need their own."""
    size = kernel.shape[0]
    flipped = np.zeros((size, size))
    for u in range(size):
        for v in range(size):
            flipped[u, v] = kernel[size - 1 - u, size - 1 - v]
    return cross_correlate2d(image, flipped)


def convolve2d__image_type_for_kernel(image, kernel):
    """The flipped kernel was stored in the image's own type, so with an image of type uint8 its negative weights became
    large positive ones."""
    flipped = np.zeros(kernel.shape, dtype=float if kernel.dtype.kind == "f" else image.dtype)
    flipped[...] = kernel[::-1, ::-1].astype(flipped.dtype)
    return cross_correlate2d(image.astype(float), flipped)


@edit({"])": "]).astype(kernel.dtype)"})
def convolve2d__type_of_kernel():
    """The result was stored in the kernel's type, so with a kernel of integers everything after the decimal point was
    lost. Choose a type that can hold fractions."""


@edit({"kernel[": "kernel.T["})
def convolve2d__flips_and_transposes():
    """The kernel was flipped, but transposed as well: its rows have become columns. Half a turn keeps rows rows."""


@edit(
    {
        "return cross_correlate2d(image, kernel[::-1, ::-1])": (
            "result = cross_correlate2d(image, kernel[::-1, ::-1])\n"
            "kernel[:] = kernel[::-1, ::-1].copy()\n"
            "return result"
        )
    }
)
def convolve2d__changes_kernel_that_fits():
    """Your function wrote into the kernel that it was given, as an assignment to `kernel[:]` does. Flip into a new
    array."""


@edit({"cross_correlate2d(image, kernel[::-1, ::-1])": "np.round(cross_correlate2d(image, kernel[::-1, ::-1]))"})
def convolve2d__rounds():
    """The results were rounded to integers. Give the numbers as they are, fractions and all."""


# ---- pad2d ----


def pad2d__one_sided(x, padding, value=0.0):
    """The new rows and columns were added at one end only. Padding surrounds the image: above and below, left and
    right, so each axis grows by twice the padding."""
    ph, pw = (padding, padding) if isinstance(padding, int) else padding
    if ph < 0 or pw < 0:
        raise ValueError("padding cannot be negative")
    widths = [(0, 0)] * (x.ndim - 2) + [(0, ph), (0, pw)]
    return np.pad(x.astype(float), widths, constant_values=value)


@edit({"0, ph), (0, pw": "ph // 2, ph - ph // 2), (pw // 2, pw - pw // 2"}, of="one_sided")
def pad2d__half_on_each_side():
    """The padding was shared out between the two sides. `padding` says how much each side gets, so each axis grows by
    twice as much."""


def pad2d__swapped(x, padding, value=0.0):
    """Height and width changed places: in `(ph, pw)` the first number is for the rows, above and below, and the second
    for the columns, left and right."""
    ph, pw = (padding, padding) if isinstance(padding, int) else padding
    return np.pad(x.astype(float), [(0, 0)] * (x.ndim - 2) + [(pw, pw), (ph, ph)], constant_values=value)


def pad2d__first_of_pair_only(x, padding, value=0.0):
    """One number of the pair was used for both axes. The first is for the rows, the second for the columns."""
    ph, pw = (padding, padding) if isinstance(padding, int) else padding
    if ph < 0 or pw < 0:
        raise ValueError("padding cannot be negative")
    return np.pad(x.astype(float), [(0, 0)] * (x.ndim - 2) + [(ph, ph), (ph, ph)], constant_values=value)


@edit({"0, 0)] * (x.ndim - 2) + [(0, ph), (0, pw)]": "ph, ph), (pw, pw)] + [(0, 0)] * (x.ndim - 2)"}, of="one_sided")
def pad2d__first_axes():
    """The first two axes were padded. In a batch (N, C, H, W) those count pictures and channels; height and width are
    the last two, and counting from the end finds them in any array."""


@edit({"0, 0)] * (x.ndim - 2) + [(0, ph), (0": "ph, ph)] * (x.ndim - 1) + [(pw"}, of="one_sided")
def pad2d__all_axes():
    """Every axis was padded, so a batch gained empty pictures and channels. Only height and width, the last two axes,
    may grow."""


def pad2d__images_only(x, padding, value=0.0):
    """A single image works, but a stack of them, (C, H, W) or (N, C, H, W), does not. Build the shape of the result
    from all leading axes as they are, plus the two that grow."""
    height, width = x.shape
    ph, pw = (padding, padding) if isinstance(padding, int) else padding
    if ph < 0 or pw < 0:
        raise ValueError("padding cannot be negative")
    result = np.full((height + 2 * ph, width + 2 * pw), float(value))
    result[ph : ph + height, pw : pw + width] = x
    return result


@edit({"ph, ph)], constant_values=value": 'pw, pw)], mode="edge"'}, of="first_of_pair_only")
def pad2d__edge_values():
    """The border pixels were repeated outwards. The frame should hold one constant, `value`, everywhere."""


@edit({"ph, ph)], constant_values=value": 'pw, pw)], mode="wrap"'}, of="first_of_pair_only")
def pad2d__wraps():
    """The frame was filled from the opposite side, as if the image were a tile of a repeating pattern. It should hold
    one constant, `value`."""


@edit({"pw, pw), (ph, ph)], constant_values=value": "ph, ph), (pw, pw)]"}, of="swapped")
def pad2d__ignores_value():
    """The frame is always zero, whatever `value` says. Max pooling will need another one, so let the argument
    decide."""


def pad2d__type_of_value(x, padding, value=0.0):
    """The result took its type from `value`: with an integer there, the fractions of the image are cut off. Take care
    that the new array can hold what the image holds."""
    ph, pw = (padding, padding) if isinstance(padding, int) else padding
    if ph < 0 or pw < 0:
        raise ValueError("padding cannot be negative")
    *leading, height, width = x.shape
    result = np.full((*leading, height + 2 * ph, width + 2 * pw), value)
    result[..., ph : ph + height, pw : pw + width] = x
    return result


def pad2d__minus_zero(x, padding, value=0.0):
    """Padding 0 fails: `result[p:-p]` is meant to leave out a frame, but `-0` is 0, and the slice is empty. Say where
    the image ends by counting from its beginning."""
    ph, pw = (padding, padding) if isinstance(padding, int) else padding
    if ph < 0 or pw < 0:
        raise ValueError("padding cannot be negative")
    *leading, height, width = x.shape
    result = np.full((*leading, height + 2 * ph, width + 2 * pw), float(value))
    result[..., ph:-ph, pw:-pw] = x
    return result


def pad2d__same_array(x, padding, value=0.0):
    """With padding 0 you returned the very array that you were given. A change of the result then also changes the
    original. Return a new array in every case."""
    ph, pw = (padding, padding) if isinstance(padding, int) else padding
    if ph == 0 and pw == 0:
        return x
    return np.pad(x.astype(float), [(0, 0)] * (x.ndim - 2) + [(ph, ph), (pw, pw)], constant_values=value)


def pad2d__negative_as_zero(x, padding, value=0.0):
    """Negative padding was quietly taken for none. It is surely a slip of the caller, and only a `ValueError` tells
    them."""
    ph, pw = (padding, padding) if isinstance(padding, int) else padding
    ph, pw = max(ph, 0), max(pw, 0)
    return np.pad(x.astype(float), [(0, 0)] * (x.ndim - 2) + [(ph, ph), (pw, pw)], constant_values=value)


def pad2d__negative_crops(x, padding, value=0.0):
    """Negative padding cut the image smaller. That is another operation, cropping; here a negative padding is a
    `ValueError`, on either axis."""
    ph, pw = (padding, padding) if isinstance(padding, int) else padding
    height, width = x.shape[-2:]
    cropped = x[..., max(-ph, 0) : height - max(-ph, 0), max(-pw, 0) : width - max(-pw, 0)]
    ph, pw = max(ph, 0), max(pw, 0)
    return np.pad(cropped.astype(float), [(0, 0)] * (x.ndim - 2) + [(ph, ph), (pw, pw)], constant_values=value)


def pad2d__integers_only(x, padding, value=0.0):
    """A pair such as `(1, 2)` was not understood, only a single number. Turn a single number into a pair first; from
    there on there is one case."""
    if padding < 0:
        raise ValueError("padding cannot be negative")
    return np.pad(
        x.astype(float), [(0, 0)] * (x.ndim - 2) + [(padding, padding), (padding, padding)], constant_values=value
    )


@edit({"pw, pw), (ph, ph": "ph, ph), (pw, pw", "x.astype(float)": "x"}, of="swapped")
def pad2d__fraction_cut_off():
    """Around an image of integers the frame lost its fraction: 0.5 became 0. `np.pad` keeps the type of the image, so
    give it an image of floats."""


def pad2d__at_most_four_axes(x, padding, value=0.0):
    """Arrays of two to four axes were padded, but an array of five axes was refused. "..." in a slice stands for
    any number of axes."""
    ph, pw = (padding, padding) if isinstance(padding, int) else padding
    if x.ndim > 4:
        raise ValueError("too many axes")
    frame = [(0, 0)] * (x.ndim - 2) + [(ph, ph), (pw, pw)]
    return np.pad(x.astype(float), frame, constant_values=value)


def pad2d__one_sided_at_the_top(x, padding, value=0.0):
    """The new rows and columns were added above and on the left only. Padding surrounds the image: each axis grows by
    twice the padding."""
    ph, pw = np.broadcast_to(padding, 2)
    return np.pad(x.astype(float), [(0, 0)] * (x.ndim - 2) + [(ph, 0), (pw, 0)], constant_values=value)


def pad2d__pair_as_before_and_after(x, padding, value=0.0):
    """`np.pad` takes a single pair for the amounts before and after, on every axis. Tell it a pair for each axis, and
    that the first axes do not grow."""
    return np.pad(x.astype(float), padding, constant_values=value)


def pad2d__type_for_value_and_array(x, padding, value=0.0):
    """Images of integers were turned into floats, but not images of type uint8, which cannot hold every value: -1
    and 300 do not fit into 0 to 255. Take care of every type of integers."""
    ph, pw = (padding, padding) if isinstance(padding, int) else padding
    if ph < 0 or pw < 0:
        raise ValueError("padding cannot be negative")
    x = x.astype(float) if x.dtype == np.int64 else x
    result = np.zeros((*x.shape[:-2], x.shape[-2] + 2 * ph, x.shape[-1] + 2 * pw), dtype=x.dtype)
    result[...] = np.asarray(value).astype(x.dtype)
    result[..., ph : ph + x.shape[-2], pw : pw + x.shape[-1]] = x
    return result


def pad2d__reuses_its_array(x, padding, value=0.0, _made={}):  # noqa: B006
    """Results of the same shape share one array, so a later call overwrites what an earlier one returned. Make a new
    array in every call."""
    ph, pw = (padding, padding) if isinstance(padding, int) else padding
    if ph < 0 or pw < 0:
        raise ValueError("padding cannot be negative")
    shape = (*x.shape[:-2], x.shape[-2] + 2 * ph, x.shape[-1] + 2 * pw)
    result = _made.setdefault(shape, np.empty(shape))
    result[...] = value
    result[..., ph : ph + x.shape[-2], pw : pw + x.shape[-1]] = x
    return result


def pad2d__adds_value_to_array(x, padding, value=0.0):
    """`value` was added to the whole result, the image included. Only the frame should hold it."""
    ph, pw = (padding, padding) if isinstance(padding, int) else padding
    return np.pad(x.astype(float), [(0, 0)] * (x.ndim - 2) + [(ph, ph), (pw, pw)]) + value


def pad2d__checks_height_only(x, padding, value=0.0):
    """A negative padding of the columns was not turned away. Check both numbers of the pair."""
    ph, pw = (padding, padding) if isinstance(padding, int) else padding
    if ph < 0:
        raise ValueError("padding cannot be negative")
    pw = max(pw, 0)
    return np.pad(x.astype(float), [(0, 0)] * (x.ndim - 2) + [(ph, ph), (pw, pw)], constant_values=value)


@edit({"dtype=float": "dtype=array.dtype"})
def pad2d__type_of_array():
    """The result has the type of the array. Around integers a fraction in the frame was cut off, and a value that the
    type cannot hold became another number, or an error."""


@edit(
    {
        "out[..., ph : ph + height, pw : pw + width] = array": (
            "inside = out[..., ph:-ph, pw:-pw] if ph or pw else out\ninside[...] = array"
        )
    }
)
def pad2d__minus_zero_on_one_axis():
    """Padding of one axis only fails: `result[ph:-ph]` is meant to leave out a frame, but `-0` is 0, and the slice is
    empty. Say where the image ends by counting from its beginning."""


@edit({"(x.ndim - 2) +": "(2 * (x.ndim > 2)) +"}, of="numpy_pad")
def pad2d__two_or_four_axes():
    """Arrays of two and of four axes were padded, but not arrays of three or of five. However many axes there are
    before the last two, all of them stay as they are."""


@edit({"return np.pad": "if padding == (0, 0):\n    return x\nreturn np.pad"}, of="numpy_pad")
def pad2d__same_array_for_a_pair():
    """With padding (0, 0) you returned the very array that you were given. A change of the result then also changes
    the original. Return a new array in every case."""


# ---- conv2d ----


def conv2d__stride_ignored(image, kernel, *, stride=1, padding=0):
    """The kernel still moves one pixel at a time, whatever `stride` says. Look where the argument enters: both the
    number of places and each place's position depend on it."""
    return cross_correlate2d(pad2d(image, padding), kernel)


def conv2d__stride_in_shape_only(image, kernel, *, stride=1, padding=0):
    """The result has the right shape, but the kernel moved by one pixel from place to place. Place number i begins at i
    times the stride."""
    sh, sw = np.broadcast_to(stride, 2)
    dense = cross_correlate2d(pad2d(image, padding), kernel)
    rows, columns = (dense.shape[0] - 1) // sh + 1, (dense.shape[1] - 1) // sw + 1
    return dense[:rows, :columns]


@edit({"::sw": "::sh"}, of="thinned_result")
def conv2d__stride_h_for_w():
    """One stride was used in both directions. In `stride=(h, w)` the first number moves the kernel down, the second
    to the right."""


@edit({"(sh, sw)": "(sw, sh)"})
def conv2d__stride_swapped():
    """The two strides changed places: in `(h, w)` the first number steps downwards, the second to the right."""


@edit({", kernel)[::sh, ::sw]": "[::sh, ::sw], kernel)"}, of="thinned_result")
def conv2d__thins_image_first():
    """Rows and columns of the image were left out before the kernel saw them. A stride leaves out places of the kernel;
    within each place it still sees neighbouring pixels."""


@edit({"pad2d(image, padding)": "image"}, of="thinned_result")
def conv2d__padding_ignored():
    """`padding` had no effect: no frame was put around the image before the kernel slid over it."""


def conv2d__padding_once(image, kernel, *, stride=1, padding=0):
    """The frame was added on one side only. There is padding above and below, left and right, so it counts twice in the
    size of the result."""
    ph, pw = np.broadcast_to(padding, 2)
    sh, sw = np.broadcast_to(stride, 2)
    return cross_correlate2d(np.pad(image, ((ph, 0), (pw, 0))), kernel)[::sh, ::sw]


@edit({"ph, 0), (pw, 0": "pw, pw), (ph, ph"}, of="padding_once")
def conv2d__padding_swapped():
    """The two paddings changed places: in `(h, w)` the first number adds rows, the second adds columns."""


def conv2d__pads_result(image, kernel, *, stride=1, padding=0):
    """The zeros were put around the result. Padding belongs to the input: the frame is laid around the image before the
    kernel starts, so that border pixels are seen more often."""
    sh, sw = np.broadcast_to(stride, 2)
    return pad2d(cross_correlate2d(image, kernel)[::sh, ::sw], padding)


def conv2d__edge_padding(image, kernel, *, stride=1, padding=0):
    """The frame was filled with the nearest border pixels. Here it is filled with zeros."""
    ph, pw = np.broadcast_to(padding, 2)
    sh, sw = np.broadcast_to(stride, 2)
    padded = np.pad(image, ((ph, ph), (pw, pw)), mode="edge")
    return cross_correlate2d(padded, kernel)[::sh, ::sw]


def conv2d__ceil(image, kernel, *, stride=1, padding=0):
    """One place too many: the number of steps was rounded up. A place counts only if the whole kernel still fits, so
    what is left over at the end is dropped."""
    sh, sw = np.broadcast_to(stride, 2)
    padded = pad2d(image, padding)
    kh, kw = kernel.shape
    if kh > padded.shape[0] or kw > padded.shape[1]:
        raise ValueError("the kernel does not fit into the padded image")
    rows = int(np.ceil((padded.shape[0] - kh) / sh)) + 1
    columns = int(np.ceil((padded.shape[1] - kw) / sw)) + 1
    result = np.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            patch = padded[i * sh : i * sh + kh, j * sw : j * sw + kw]
            result[i, j] = np.sum(patch * kernel[: patch.shape[0], : patch.shape[1]])
    return result


@edit({":sw]": ":sw][:-1, :-1]"}, of="thinned_result")
def conv2d__missing_plus_one():
    """The result is one row and one column too small. Between the first place and the last there are so many steps, but
    one place more than steps."""


@edit({"kernel)[": "kernel[::-1, ::-1])["}, of="thinned_result")
def conv2d__flips_kernel():
    """The kernel was turned by 180 degrees, as in true convolution. In this course, as in every deep learning library,
    `conv` means cross-correlation: the kernel lies as it is printed."""


def conv2d__square_kernels_only(image, kernel, *, stride=1, padding=0):
    """The kernel was taken to be square: one of its sizes was used for both axes. Height and width each need their own
    size."""
    sh, sw = np.broadcast_to(stride, 2)
    padded = pad2d(image, padding)
    size = kernel.shape[0]
    if size > padded.shape[0] or size > padded.shape[1]:
        raise ValueError("the kernel does not fit into the padded image")
    rows, columns = (padded.shape[0] - size) // sh + 1, (padded.shape[1] - size) // sw + 1
    result = np.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            result[i, j] = np.sum(padded[i * sh : i * sh + size, j * sw : j * sw + size] * kernel)
    return result


def conv2d__integer_output(image, kernel, *, stride=1, padding=0):
    """The result was stored in the image's own type, so with an image of integers everything after the decimal point
    was lost. Choose a result that can hold fractions."""
    sh, sw = np.broadcast_to(stride, 2)
    result = cross_correlate2d(pad2d(image, padding), kernel)[::sh, ::sw]
    return result.astype(image.dtype)


def conv2d__checks_before_padding(image, kernel, *, stride=1, padding=0):
    """A kernel was refused although it fits, because it was compared with the image alone. It only has to fit into
    the image with its padding."""
    if kernel.shape[0] > image.shape[0] or kernel.shape[1] > image.shape[1]:
        raise ValueError("the kernel does not fit into the image")
    sh, sw = np.broadcast_to(stride, 2)
    return cross_correlate2d(pad2d(image, padding), kernel)[::sh, ::sw]


def conv2d__no_value_error(image, kernel, *, stride=1, padding=0):
    """A kernel that is larger than the padded image has no place in it, and your function returned an array all the
    same (an empty one is easily overlooked). Say so with a `ValueError`."""
    sh, sw = np.broadcast_to(stride, 2)
    padded = pad2d(image, padding)
    kh, kw = kernel.shape
    rows, columns = (padded.shape[0] - kh) // sh + 1, (padded.shape[1] - kw) // sw + 1
    result = np.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            result[i, j] = np.sum(padded[i * sh : i * sh + kh, j * sw : j * sw + kw] * kernel)
    return result


def conv2d__refuses_large_stride(image, kernel, *, stride=1, padding=0):
    """A stride larger than the kernel was turned away. It leaves pixels out between the windows, and is allowed all the
    same: the formula for the size holds for it, too."""
    sh, sw = np.broadcast_to(stride, 2)
    if sh > kernel.shape[0] + 1 or sw > kernel.shape[1] + 1:
        raise ValueError("the stride is larger than the kernel")
    return cross_correlate2d(pad2d(image, padding), kernel)[::sh, ::sw]


def conv2d__stride_w_for_h(image, kernel, *, stride=1, padding=0):
    """One stride was used in both directions. In `stride=(h, w)` the first number moves the kernel down, the second
    to the right."""
    sw = np.broadcast_to(stride, 2)[1]
    return cross_correlate2d(pad2d(image, padding), kernel)[::sw, ::sw]


def conv2d__stride_rows_only(image, kernel, *, stride=1, padding=0):
    """The stride was used for the rows only; to the right the kernel still moves one pixel at a time."""
    sh, _ = np.broadcast_to(stride, 2)
    return cross_correlate2d(pad2d(image, padding), kernel)[::sh]


def conv2d__stride_columns_only(image, kernel, *, stride=1, padding=0):
    """The stride was used for the columns only; downwards the kernel still moves one pixel at a time."""
    _, sw = np.broadcast_to(stride, 2)
    return cross_correlate2d(pad2d(image, padding), kernel)[:, ::sw]


def conv2d__padding_h_for_w(image, kernel, *, stride=1, padding=0):
    """One padding was used in both directions. In `(h, w)` the first number adds rows, the second columns."""
    (sh, sw), (ph, _) = np.broadcast_to(stride, 2), np.broadcast_to(padding, 2)
    return cross_correlate2d(np.pad(image, ph), kernel)[::sh, ::sw]


def conv2d__integers_only_as_stride(image, kernel, *, stride=1, padding=0):
    """A pair was not understood as stride or padding, only a single number. Turn a single number into a pair first;
    from there on there is one case."""
    padded = np.pad(image, padding)
    if kernel.shape[0] > padded.shape[0] or kernel.shape[1] > padded.shape[1]:
        raise ValueError("the kernel does not fit into the padded image")
    return cross_correlate2d(padded, kernel)[::stride, ::stride]


@edit({":sw]": ":sw].astype(kernel.dtype)"}, of="thinned_result")
def conv2d__type_of_kernel():
    """The result was stored in the kernel's type, so with a kernel of integers everything after the decimal point was
    lost. Choose a type that can hold fractions."""


def conv2d__padding_beyond_one_side(image, kernel, *, stride=1, padding=0):
    """In the size of the result the padding counts once. There is padding on both sides, so it counts twice."""
    (sh, sw), (ph, pw) = np.broadcast_to(stride, 2), np.broadcast_to(padding, 2)
    padded, (kh, kw) = np.pad(image, ((ph, ph), (pw, pw))), kernel.shape
    if kh > padded.shape[0] or kw > padded.shape[1]:
        raise ValueError("the kernel does not fit into the padded image")
    rows, columns = (image.shape[0] + ph - kh) // sh + 1, (image.shape[1] + pw - kw) // sw + 1
    return cross_correlate2d(padded, kernel)[::sh, ::sw][:rows, :columns]


@edit({"sw + 1))": "sw + 1), dtype=int)"})
def conv2d__result_of_integers():
    """The result was stored as integers, and everything after the decimal point was lost. Choose a result that can hold
    fractions."""


@edit({"padded = np.pad(image,": "padded = np.pad(image.astype(kernel.dtype),"})
def conv2d__image_in_type_of_kernel():
    """The padded image was stored in the kernel's type, so with a kernel of integers the image lost everything after
    the decimal point. Choose a type that can hold fractions."""


@edit({"((ph, ph), (pw, pw)))": "((ph, ph), (pw, pw))).astype(int)"})
def conv2d__image_of_integers():
    """The padded image was stored as integers, so an image of fractions lost everything after the decimal point. Choose
    a type that can hold fractions."""


@edit({"(height, width), (kh, kw) = padded.shape, kernel.shape": "height = width = len(padded)\nkh, kw = kernel.shape"})
def conv2d__square_images_only():
    """The image was taken to be square: its height was used as its width, too. Each axis has a size of its own."""


# ---- apply_activation ----


@edit({", x, alpha * x": ", alpha * x, x"}, of="where")
def apply_activation__leaky_slope_on_wrong_side():
    """The small slope of leaky ReLU landed on the positive side. Positive numbers pass unchanged; it is the negative
    ones that leak through."""


@edit({" x, alpha * x": " x, 0.01 * x"}, of="where")
def apply_activation__leaky_ignores_alpha():
    """Leaky ReLU used a slope of its own. The slope is the caller's choice and comes in as `alpha`."""


@edit({"* x)": "* np.abs(x))"}, of="where")
def apply_activation__leaky_negates():
    """On the negative side your leaky ReLU came out positive: the slope was applied to the size of x. A leak keeps its
    sign, so negative numbers stay negative."""


@edit({" * x": ""}, of="where")
def apply_activation__leaky_is_constant():
    """Negative numbers all became the same small constant. `alpha` is a slope, so it multiplies x."""


@edit({"expm1": "exp"}, of="where")
def apply_activation__elu_without_minus_one():
    """The ELU jumps at 0: its negative branch does not meet the positive one there. Put x = 0 into both branches and
    compare."""


@edit({"expm1(np.minimum(x, 0))": "exp(np.minimum(x, 0)) - 1"}, of="where")
def apply_activation__elu_one_outside():
    """In the ELU only the exponential was scaled, so for very negative x it tends to -1. `alpha` scales the whole
    branch, which then tends to -alpha."""


@edit({"alpha * np.expm1(": "np.expm1(alpha * "}, of="where")
def apply_activation__elu_alpha_in_exponent():
    """In the ELU `alpha` went into the exponent. It is the scale of the negative branch, the depth at which the curve
    levels out."""


@edit({" alpha * np": " np"}, of="where")
def apply_activation__elu_ignores_alpha():
    """The ELU levels out at -1, whatever `alpha` says. Multiply the negative branch by it."""


@edit({"np.expm1(np.minimum(x, 0)": "(np.exp(x) - 1"}, of="where")
def apply_activation__elu_overflows():
    """`np.where` computes both branches for every number, so the ELU took the exponential of large positive x and
    overflowed, although that branch is thrown away afterwards. Keep its argument at or below 0."""


@edit({"0.5 * (1 + np.tanh(x / 2": "1 / (1 + np.exp(-x"}, of="where")
def apply_activation__sigmoid_overflows():
    """For very negative x, `exp(-x)` is larger than any float, and NumPy warned. Find a form of the sigmoid that never
    takes the exponential of a large positive number."""


@edit({"0.5 * (1 + np.tanh(x / 2": "np.exp(x) / (1 + np.exp(x"}, of="where")
def apply_activation__sigmoid_is_nan():
    """For large positive x your sigmoid divides infinity by infinity, which is not a number. Find a form that never
    takes the exponential of a large positive number."""


@edit({"1 + np": "1 - np"}, of="where")
def apply_activation__sigmoid_mirrored():
    """Your sigmoid falls where it should rise: a sign in the exponent is missing. Very negative numbers belong near 0,
    very positive ones near 1."""


@edit({"0.5 * (1 + np.tanh(x / 2)": "np.tanh(x / 2"}, of="where")
def apply_activation__sigmoid_is_tanh():
    """Your sigmoid runs from -1 to 1, which is the range of tanh. The sigmoid stays between 0 and 1 and is 0.5 at x =
    0."""


@edit({" np.tanh(x)": " (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))"}, of="where")
def apply_activation__tanh_overflows():
    """Written out with exponentials, tanh overflows for large |x| and ends in infinity divided by infinity. NumPy has a
    function that does not."""


@edit({" np.tanh(x)": " 0.5 * (1 + np.tanh(x / 2))"}, of="where")
def apply_activation__tanh_is_sigmoid():
    """Your tanh stays between 0 and 1, which is the range of the sigmoid. tanh runs from -1 to 1 and passes through
    0."""


@edit({"maximum(x, 0": "abs(x"}, of="where")
def apply_activation__relu_is_absolute():
    """Your ReLU made negative numbers positive. It cuts them off at 0."""


@edit({"maximum": "minimum"}, of="where")
def apply_activation__relu_takes_minimum():
    """Your ReLU kept the negative numbers and cut off the positive ones. It is the larger of x and 0."""


@edit({"np.maximum(x, 0": "(x > 0).astype(float"}, of="where")
def apply_activation__relu_is_step():
    """Your ReLU answers only yes or no, 1 or 0. A positive number passes with its size."""


@edit({"maximum(x, 0": "clip(x, 0, 1"}, of="where")
def apply_activation__relu_stops_at_one():
    """Your ReLU was cut off at 1 as well. It has no upper limit: that is why its gradient does not fade for large x."""


@edit({'raise ValueError(f"there is no activation called {name!r}")': "return x"}, of="where")
def apply_activation__unknown_name_is_identity():
    """A name that your function does not know gave the numbers back unchanged, so a misspelt name would never be
    noticed. Raise a `ValueError`."""


@edit({'ValueError(f"there is no activation called {name!r}"': "KeyError(name"}, of="where")
def apply_activation__unknown_name_is_key_error():
    """An unknown name ended in a `KeyError` from a dictionary. Tell the caller what is wrong with a `ValueError`."""


def apply_activation__integer_output(x, name, *, alpha=0.1):
    """With integers as input the result was cut down to integers, and a sigmoid of only 0 and 1 says little. Work with
    floats from the first line on."""
    result = np.zeros_like(x)
    if name == "sigmoid":
        result[...] = 0.5 * (1 + np.tanh(x / 2))
    elif name == "tanh":
        result[...] = np.tanh(x)
    elif name == "relu":
        result[...] = np.maximum(x, 0)
    elif name == "leaky_relu":
        result[...] = np.where(x > 0, x, alpha * x)
    elif name == "elu":
        result[...] = np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))
    else:
        raise ValueError(f"there is no activation called {name!r}")
    return result


@edit(
    {
        "return np.maximum(x, 0)": ("x[x < 0] = 0\nreturn x"),
        "return np.where(x > 0, x, alpha * x)": ("x[x < 0] *= alpha\nreturn x"),
    },
    of="where",
)
def apply_activation__changes_input():
    """The numbers that were handed in were overwritten (`x[x < 0] = ...` writes into the caller's array). Make a copy,
    or let `np.where` build a new array."""


@edit({"x = np.asarray(x, dtype=float)": ("alpha = alpha or 0.1\nx = np.asarray(x, dtype=float)")}, of="where")
def apply_activation__zero_alpha_is_default():
    """With alpha 0 the usual 0.1 was used, because `alpha or 0.1` takes 0 for nothing given. The signature already has
    the default."""


@edit({"x = np.asarray(x, dtype=float)": ("alpha = min(alpha, 1)\nx = np.asarray(x, dtype=float)")}, of="where")
def apply_activation__alpha_at_most_one():
    """An alpha above 1 was cut down to 1. That bound holds for the slope of leaky_relu; the scale of elu may be
    larger."""


def apply_activation__beginning_of_name(x, name, *, alpha=0.1):
    """A name was recognised by its beginning, so an unknown name like "relu6" was taken for "relu". Compare whole
    names."""
    x = np.asarray(x, dtype=float)
    if name.startswith("sigmoid"):
        return 0.5 * (1 + np.tanh(x / 2))
    if name.startswith("tanh"):
        return np.tanh(x)
    if name.startswith("relu"):
        return np.maximum(x, 0)
    if name.startswith("leaky_relu"):
        return np.where(x > 0, x, alpha * x)
    if name.startswith("elu"):
        return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))
    raise ValueError(f"there is no activation called {name!r}")


@edit({"where(x > 0, x, alpha * x": "maximum(x, 0"}, of="where")
def apply_activation__leaky_is_relu():
    """Leaky ReLU cut negative numbers off at 0, as ReLU does. It should have the slope `alpha` on that side."""


@edit({"where(x > 0, x, alpha * x)": "maximum(x, 0) + alpha * x"}, of="where")
def apply_activation__leaky_added():
    """In leaky ReLU the leak was added on the positive side as well. Positive numbers pass unchanged."""


@edit({" 0, x, alpha * np.expm1(np.minimum(x, 0))": "= 0, alpha * np.expm1(np.minimum(x, 700)), x"}, of="where")
def apply_activation__elu_sides_swapped():
    """In the ELU the two sides are swapped: x itself belongs to x ≥ 0, the exponential to x < 0."""


@edit({" 0, x, alpha * np.expm1(np.minimum(x, 0": "= 0, x, alpha * np.expm1(np.minimum(-x, 700"}, of="where")
def apply_activation__elu_of_minus_x():
    """In the ELU the sign in the exponent is wrong, so that the negative side explodes instead of levelling out."""


@edit({"(x > 0, x, alpha * np": "(x >= 0, x, alpha * x * np"}, of="where")
def apply_activation__elu_times_x():
    """In the ELU the exponential was multiplied with x. On the negative side it is `alpha` times e^x - 1, without
    another x."""


@edit({"5 * (1 + np.tanh(x / 2)": "25 * (1 - np.tanh(x / 2) ** 2"}, of="where")
def apply_activation__sigmoid_is_derivative():
    """Your sigmoid is its own derivative, s · (1 - s): it is highest at 0 and falls on both sides. Return s."""


@edit({"(x)": "(x / 2)"}, of="where")
def apply_activation__tanh_half_as_steep():
    """Your tanh is 2 · sigmoid(x) - 1, which is only half as steep. The sigmoid of 2x is needed, or NumPy's own
    function."""


@edit({" np.tanh(x)": " np.tan(x)"}, of="where")
def apply_activation__tanh_is_tan():
    """You took the tangent, `np.tan`. The hyperbolic tangent, tanh, is another function and stays between -1 and 1."""


@edit({"maximum(x, 0": "clip(x, 0, 6"}, of="where")
def apply_activation__relu_at_most_six():
    """Your ReLU was cut off at 6 as well: that is ReLU6. The plain one has no upper limit."""


@edit({"np.maximum": "max"}, of="where")
def apply_activation__relu_of_builtin_max():
    """`max(0, x)` asks whether a whole array is larger than 0, which Python cannot answer. NumPy has an elementwise
    maximum."""


@edit({'if name == "sigmoid":': 'name = name.strip().lower()\nif name == "sigmoid":'})
def apply_activation__any_case():
    """A name in capitals, or with a space, was accepted. Only the five names as they are written count."""


@edit({"0.5 * (1 + np.tanh(x / 2": "np.where(x >= 0, 1 / (1 + np.exp(-x)), np.exp(x) / (1 + np.exp(x)"}, of="where")
def apply_activation__two_branches_of_where():
    """`np.where` computes both branches for every number, so one branch of your sigmoid overflowed although the other
    was chosen. Keep what goes into the exponential at or below 0."""


@edit({"np.maximum(x, 0)": "np.vectorize(lambda number: max(0, number))(x)"})
def apply_activation__type_of_first_number():
    """The type of the first result was used for all: `np.vectorize` does so. Where the first is the integer 0, all
    others lost everything after the decimal point."""


@edit(
    {
        "np.where(x >= 0, x, alpha * x)": "np.vectorize(lambda v: v if v >= 0 else alpha * v)(x)",
        "np.where(x >= 0, x, alpha * np.expm1(np.minimum(x, 0)))": (
            "np.vectorize(lambda v: v if v >= 0 else alpha * np.expm1(v))(x)"
        ),
    }
)
def apply_activation__type_of_first_integer():
    """The type of the first result was used for all: `np.vectorize` does so. Where the first is an integer, all
    others lost everything after the decimal point."""


@edit({"return np.maximum(x, 0)": "x[x < 0] = 0\nreturn x"})
def apply_activation__relu_changes_input():
    """For "relu" the negative numbers were overwritten in the caller's array. Make a copy, or a new array."""


@edit({"alpha * np.expm1": "0.1 * np.expm1"})
def apply_activation__elu_has_fixed_alpha():
    """The ELU always uses the scale 0.1, whatever `alpha` says. The scale is the caller's choice and comes in as
    `alpha`."""


@edit({"alpha * x)": "0.1 * x)"})
def apply_activation__leaky_has_fixed_alpha():
    """Leaky ReLU always uses the slope 0.1, whatever `alpha` says. The slope is the caller's choice and comes in as
    `alpha`."""


@edit(
    {'raise ValueError(f"no activation is called {name!r}")': "return alpha * np.expm1(np.minimum(x, 0)) + (x > 0) * x"}
)
def apply_activation__unknown_name_is_elu():
    """A name that your function does not know was taken for "elu", the last case. Raise a `ValueError`."""


def apply_activation__lists(x, name, *, alpha=0.1):
    """The numbers are right, but they came back as a list. Return a NumPy array."""
    x = np.asarray(x, dtype=float)
    if name == "sigmoid":
        return (0.5 * (1 + np.tanh(x / 2))).tolist()
    if name == "tanh":
        return np.tanh(x).tolist()
    if name == "relu":
        return np.maximum(x, 0).tolist()
    if name == "leaky_relu":
        return np.where(x >= 0, x, alpha * x).tolist()
    if name == "elu":
        return np.where(x >= 0, x, alpha * np.expm1(np.minimum(x, 0))).tolist()
    raise ValueError(f"there is no activation called {name!r}")


@edit({"np.where(x >= 0, x, alpha * np.expm1": "np.maximum(x, alpha * np.expm1"})
def apply_activation__elu_as_maximum():
    """The ELU is the larger of its two sides in your function. With an alpha above 1 that is not so everywhere: for
    some x below 0 the exponential side is the smaller one."""


@edit({'if name == "sigmoid":': 'x = np.clip(x, -500, 500)\nif name == "sigmoid":'})
def apply_activation__all_clipped():
    """x was clipped for every function, so relu, leaky_relu and elu of large numbers came out too small. Limit only
    the number that goes into an exponential."""


# ---- maxout ----


@edit({" + b1, x @ w2 + b2": ", x @ w2"})
def maxout__no_bias():
    """The biases have no part in your result. Each of the two layers adds its own bias before they are compared."""


@edit({" + b1, x @ w2 + b2)": ", x @ w2) + b1 + b2"})
def maxout__bias_after_maximum():
    """The maximum was taken first and the biases were added to the winner. A bias belongs to its own layer and can
    decide which of the two wins."""


@edit({" + b2": ""})
def maxout__second_bias_missing():
    """The second layer was left without its bias."""


@edit({"+ b2)": "+ b1)"})
def maxout__first_bias_for_both():
    """Both layers were given the first bias. The second one has its own, `b2`."""


@edit({"b1, x @ w2 + b2": "b2, x @ w2 + b1"})
def maxout__biases_swapped():
    """The biases changed places: `b1` belongs to `w1` and `b2` to `w2`."""


@edit({"maximum": "minimum"})
def maxout__minimum():
    """The smaller of the two was kept. Maxout keeps the larger."""


@edit({"np.maximum(x @ w1 + b1, ": "(x @ w1 + b1) + ("})
def maxout__sum():
    """The two layers were added together, and the sum of two linear layers is again linear. The curve bends only
    because the larger of the two is chosen."""


@edit({"np.maximum(x @ w1 + b1, x @ w2 + b2)": "((x @ w1 + b1) + (x @ w2 + b2)) / 2"})
def maxout__mean():
    """The two layers were averaged, and the mean of two linear layers is again linear. The curve bends only because
    the larger of the two is chosen."""


@edit({"np.maximum(x @ w1 + b1, x @ w2 + b2)": "x @ w1 + b1"})
def maxout__first_layer_only():
    """Your result is the first layer alone. Maxout computes two layers and keeps the larger number at each place."""


def maxout__larger_size(x, w1, b1, w2, b2):
    """The numbers were compared by their size without the sign. Maxout compares them as they are: -1 is larger than
    -5."""
    first, second = x @ w1 + b1, x @ w2 + b2
    return np.where(np.abs(first) > np.abs(second), first, second)


@edit({"x @ w1 + b1, x @ w2 + b2": "0, np.maximum(x @ w1 + b1, x @ w2 + b2)"})
def maxout__relu_on_top():
    """Negative results were cut off at 0, as a ReLU does. Maxout has no 0 in it: if both layers are negative, so is the
    larger one."""


@edit({"x @ w1 + b1, x @ w2 + b2": "(x @ w1 + b1).max(axis=1), (x @ w2 + b2).max(axis=1)"})
def maxout__maximum_over_units():
    """The maximum was taken over the units, so one number per example is left. Compare unit 1 of the one layer with
    unit 1 of the other; the result is as wide as a layer."""


def maxout__larger_layer_wins(x, w1, b1, w2, b2):
    """One layer won as a whole, by its sum. The comparison is made for each number on its own: the first layer may win
    at one place and the second at the next."""
    first, second = x @ w1 + b1, x @ w2 + b2
    return first if first.sum() > second.sum() else second


@edit({"np.maximum(x @ w1 + b1, x @ w2 +": "x @ np.maximum(w1, w2) + np.maximum(b1,"})
def maxout__maximum_of_weights():
    """The larger weights and biases were picked before the input came into play. Which layer is larger depends on x:
    compute both, then compare."""


@edit({" + b1, x @ w2": ".T + b1, x @ w2.T"})
def maxout__transposed_weights():
    """The weights were transposed before the product. They have the shape (D, M), so the D inputs of an example meet
    the D rows as they are."""


@edit({" @ w1 + b1, x": "[0] @ w1 + b1, x[0]"})
def maxout__one_example_only():
    """Only the first example was computed. Every row of x is an example of its own, and the matrix product takes all at
    once."""


@edit({"+ b2)": "+ b2).astype(x.dtype)"})
def maxout__type_of_input():
    """The result was stored in the type of the inputs, so with inputs of integers everything after the decimal point
    was lost. Let the result hold fractions."""


@edit({"maximum(x @ w1 + b1, x @ w2 + b2": "squeeze(np.maximum(x @ w1 + b1, x @ w2 + b2)"})
def maxout__single_axis_lost():
    """An axis of length 1 is missing in the result: one example, or one output, still has its axis. Leave `squeeze`
    out."""


def maxout__biases_cut_down(x, w1, b1, w2, b2):
    """The biases were stored as integers, or added to a result of integers, and lost everything after the decimal
    point. Let everything hold fractions."""
    kind = np.result_type(x, w1, w2)
    return np.maximum(x @ w1 + b1.astype(kind), x @ w2 + b2.astype(kind))


@edit({"+ b2)": "+ b2).astype(w1.dtype)"})
def maxout__type_of_weights():
    """The result was stored in the type of the weights, so with weights of integers everything after the decimal point
    was lost. Let the result hold fractions."""


@edit({"maximum(x @ w1 + b1, x @ w2 + b2": "concatenate([x @ w1 + b1, x @ w2 + b2], axis=1"})
def maxout__concatenated():
    """The result holds both maps side by side, so it is twice as wide. Keep only the larger of the two numbers for
    each output."""


@edit({"+ b2)": "+ b2).max(axis=0, keepdims=True)"})
def maxout__maximum_over_examples():
    """The maximum was taken over the examples, too. Each example has a row of its own in the result."""


def maxout__in_32_bits(x, w1, b1, w2, b2):
    """Integers were computed in 32 bits, and large ones do not fit: they wrap around to wrong, often negative numbers.
    Compute in floats or in 64 bits."""
    if all(array.dtype.kind == "i" for array in (x, w1, w2)):
        x, w1, w2 = (array.astype(np.int32) for array in (x, w1, w2))
    return np.maximum(x @ w1 + b1, x @ w2 + b2)


@edit(
    {
        "return np.maximum(x @ w1 + b1, x @ w2 + b2)": (
            "first, second = x @ w1, x @ w2\nfirst += b1\nsecond += b2\nreturn np.maximum(first, second)"
        )
    }
)
def maxout__bias_added_in_place():
    """`+=` keeps the type of the array, so fractions cannot be added to a product of integers that way. Add the bias
    into a new array."""


@edit(
    {"np.maximum(x @ w1 + b1, x @ w2 + b2)": ("np.array([max(x_n @ w1 + b1, x_n @ w2 + b2, key=np.sum) for x_n in x])")}
)
def maxout__larger_row_wins():
    """For each example one layer won as a whole, by its sum. The comparison is made for each output on its own: the
    first layer may win at one output and the second at the next."""


@edit({"range(len(b1))": "range(len(w1))"}, of="loops")
def maxout__as_many_outputs_as_inputs():
    """There are as many outputs as inputs in your result: the loop over the outputs ran to D, not to M. The weights
    have the shape (D, M)."""


@edit(
    {
        "return np.maximum(x @ w1 + b1, x @ w2 + b2)": (
            "best = x @ w1 + b1\nbest[...] = np.maximum(best, x @ w2 + b2)\nreturn best"
        )
    }
)
def maxout__type_of_first_map():
    """The result was stored in the type of the first map. Where that map gives integers, the fractions of the second
    were cut off."""


# ---- pool2d ----


@edit({"max(axis=(-2, -1))": "max(axis=(-2, -1), initial=0)"}, of="early_returns")
def pool2d__maximum_starts_at_zero():
    """The search for the maximum began at 0, so a window of negative numbers gave 0. Start from the first number of the
    window, or from below every number."""


@edit({'-np.inf if mode == "max" else ': ""}, of="early_returns")
def pool2d__max_pads_with_zero():
    """For max pooling the image was padded with zeros, and next to negative numbers a zero wins. Pad with something
    that can never be the maximum."""


@edit({' if mode == "max" else 0.0': ""}, of="early_returns")
def pool2d__always_pads_with_minus_infinity():
    """The frame of minus infinity is for max pooling alone. In a mean or a sum the padded pixels count as 0."""


@edit({"(size ": "(1 "}, of="early_returns")
def pool2d__stride_one_by_default():
    """Without a `stride` your windows moved by one pixel. The default is the window's own size: windows lie side by
    side and do not overlap."""


@edit({" if stride is None else stride": ""}, of="early_returns")
def pool2d__stride_ignored():
    """Your windows always lie side by side. A `stride` that is given may let them overlap or leave gaps."""


@edit({".max(axis=(-2, -1))": "[..., -1, -1]"}, of="early_returns")
def pool2d__bottom_right_pick():
    """From each window the last pixel was taken, the bottom right one. Max pooling looks for the largest, wherever
    it is."""


@edit({".max(axis=(-2, -1))": "[..., 0, 0]"}, of="early_returns")
def pool2d__top_left_pick():
    """From each window the first pixel was taken, which only thins the image out. Max pooling looks for the largest of
    the window."""


@edit({".max(": ".min("}, of="early_returns")
def pool2d__minimum():
    """Your max pooling found the smallest number of each window."""


@edit({"return windows.max": "return np.abs(windows).max"}, of="early_returns")
def pool2d__max_of_absolute_values():
    """The numbers were compared without their sign. Max pooling takes them as they are: -1 is larger than -5."""


@edit(
    {
        "windows.max(axis=(-2, -1)": (
            "np.broadcast_to(windows.max(axis=(-2, -1)).max(axis=tuple(range(x.ndim - 2))), windows.shape[:-2]"
        )
    },
    of="early_returns",
)
def pool2d__channels_mixed():
    """All channels and pictures were pooled into one. Pooling works on each channel by itself; only height and width
    shrink."""


def pool2d__first_axes(x, size, *, stride=None, padding=0, mode="max", p=2):
    """The first two axes were pooled. In a batch (N, C, H, W) those count pictures and channels; height and width are
    the last two."""
    (kh, kw), (sh, sw) = np.broadcast_to(size, 2), np.broadcast_to(size if stride is None else stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    around = [(ph, ph), (pw, pw)] + [(0, 0)] * (x.ndim - 2)
    padded = np.pad(x.astype(float), around, constant_values=-np.inf if mode == "max" else 0.0)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (kh, kw), axis=(0, 1))[::sh, ::sw]
    if mode == "max":
        return windows.max(axis=(-2, -1))
    if mode == "mean":
        return windows.mean(axis=(-2, -1))
    if mode == "sum":
        return windows.sum(axis=(-2, -1))
    if mode == "lp":
        return (np.abs(windows) ** p).sum(axis=(-2, -1)) ** (1 / p)
    raise ValueError(f"there is no pooling mode {mode!r}")


@edit(
    {
        ('padded = pad2d(np.asarray(x, dtype=float), padding, -np.inf if mode == "max" else 0.0)'): (
            "height, width = x.shape\n"
            'padded = pad2d(np.asarray(x, dtype=float), padding, -np.inf if mode == "max" '
            "else 0.0)"
        )
    },
    of="early_returns",
)
def pool2d__images_only():
    """A single image works, a stack (C, H, W) or (N, C, H, W) does not. Let `...` stand for all leading axes, however
    many there are."""


@edit(
    {
        "return windows.mean(axis=(-2, -1))": (
            "count = pad2d(np.ones(x.shape), padding)\n"
            "inside = np.lib.stride_tricks.sliding_window_view(count, (kh, kw), axis=(-2, "
            "-1))[..., ::sh, ::sw, :, :]\n"
            "return windows.sum(axis=(-2, -1)) / inside.sum(axis=(-2, -1))"
        )
    },
    of="early_returns",
)
def pool2d__mean_skips_padding():
    """The mean was taken over real pixels only. Here padded pixels count, as in PyTorch's default: the divisor is the
    size of the window."""


@edit({"mean(axis=(-2, -1))": "sum(axis=(-2, -1)) / kh**2"}, of="early_returns")
def pool2d__mean_divides_by_square():
    """The mean was divided by the square of the window's height. A window may be wider than tall: divide by the number
    of its pixels."""


@edit({"mean(axis=(-2, -1)": "sum(axis=(-2, -1)) // (kh * kw"}, of="early_returns")
def pool2d__mean_rounds_down():
    """The mean lost its fraction: `//` rounds down. Use `/`."""


@edit({"windows.sum(axis": "windows.mean(axis"}, of="early_returns")
def pool2d__sum_is_mean():
    """Mode "sum" gave the mean. The sum is not divided by anything."""


@edit({" ** (1 / p)": ""}, of="early_returns")
def pool2d__lp_without_root():
    """In mode "lp" the sum of the powers came back as it is. At the end comes the p-th root."""


@edit(
    {
        "return (np.abs(windows) ** p).sum(axis=(-2, -1)) ** (1 / p)": (
            "total = (windows**p).sum(axis=(-2, -1))\nreturn np.sign(total) * np.abs(total) ** (1 / p)"
        )
    },
    of="early_returns",
)
def pool2d__lp_without_absolute():
    """In mode "lp" the powers were taken of signed numbers. With odd p negative ones then cancel positive ones, or the
    root does not exist; the formula has |v|."""


@edit(
    {"(np.abs(windows) ** p).sum(axis=(-2, -1)) ** (1 / p": "np.sqrt((windows**2).sum(axis=(-2, -1))"},
    of="early_returns",
)
def pool2d__lp_ignores_p():
    """Mode "lp" always used squares. The power and the root come from the argument `p`."""


@edit({").sum(axis": ").mean(axis"}, of="early_returns")
def pool2d__lp_of_mean():
    """In mode "lp" the powers were averaged before the root. The norm adds them up."""


@edit(
    {"(np.abs(windows) ** p).sum(axis=(-2, -1)) ** (1 / p": "np.sqrt((np.abs(windows) ** p).sum(axis=(-2, -1))"},
    of="early_returns",
)
def pool2d__lp_always_square_root():
    """In mode "lp" the root at the end was a square root for every `p`. It undoes the power, so it is the p-th root."""


@edit({"(kh, kw), (": "(kw, kh), ("}, of="early_returns")
def pool2d__size_swapped():
    """The window's height and width changed places: in `(h, w)` the first number counts rows."""


@edit({"(kh, kw), (": "(kh, _kw), (", " kw)": " kh)"}, of="early_returns")
def pool2d__size_h_for_w():
    """One number of `size` was used for both axes. In `(h, w)` the first counts rows, the second columns."""


@edit({"sh, ::sw": "sw, ::sh"}, of="early_returns")
def pool2d__stride_swapped():
    """The two strides changed places: in `(h, w)` the first number steps downwards, the second to the right."""


@edit({" sw)": " _sw)", ":sw,": ":sh,"}, of="early_returns")
def pool2d__stride_h_for_w():
    """One stride was used in both directions. In `(h, w)` the first number steps downwards, the second to the right."""


@edit(
    {'pad2d(np.asarray(x, dtype=float), padding, -np.inf if mode == "max" else 0.0': "np.asarray(x, dtype=float"},
    of="early_returns",
)
def pool2d__padding_ignored():
    """`padding` had no effect: no frame was put around the image before the windows were laid out."""


@edit(
    {
        ('padded = pad2d(np.asarray(x, dtype=float), padding, -np.inf if mode == "max" else 0.0)'): (
            '(ph, pw), outside = np.broadcast_to(padding, 2), -np.inf if mode == "max" else 0.0\n'
            "widths = [(0, 0)] * (x.ndim - 2) + [(ph, 0), (pw, 0)]\n"
            "padded = np.pad(x.astype(float), widths, constant_values=outside)"
        )
    },
    of="early_returns",
)
def pool2d__padding_once():
    """The frame was added on one side only. There is padding above and below, left and right."""


@edit(
    {
        ('padded = pad2d(np.asarray(x, dtype=float), padding, -np.inf if mode == "max" else 0.0)'): (
            "ph, pw = np.broadcast_to(padding, 2)\n"
            "padded = pad2d(np.asarray(x, dtype=float), (int(pw), int(ph)), -np.inf if mode "
            '== "max" else 0.0)'
        )
    },
    of="early_returns",
)
def pool2d__padding_swapped():
    """The two paddings changed places: in `(h, w)` the first number adds rows, the second adds columns."""


def pool2d__ceil(x, size, *, stride=None, padding=0, mode="max", p=2):
    """One row or column too many: windows that hang over the edge were counted. Rows and columns that do not fill a
    window are dropped."""
    (kh, kw), (sh, sw) = np.broadcast_to(size, 2), np.broadcast_to(size if stride is None else stride, 2)
    padded = pad2d(np.asarray(x, dtype=float), padding, -np.inf if mode == "max" else 0.0)
    if mode not in ("max", "mean", "sum", "lp"):
        raise ValueError(f"there is no pooling mode {mode!r}")
    if kh > padded.shape[-2] or kw > padded.shape[-1]:
        raise ValueError("the window does not fit into the padded image")
    rows, columns = -((kh - padded.shape[-2]) // sh) + 1, -((kw - padded.shape[-1]) // sw) + 1
    result = np.zeros((*padded.shape[:-2], rows, columns))
    for i in range(rows):
        for j in range(columns):
            window = padded[..., i * sh : i * sh + kh, j * sw : j * sw + kw]
            if mode == "max":
                result[..., i, j] = window.max(axis=(-2, -1))
            elif mode == "mean":
                result[..., i, j] = window.mean(axis=(-2, -1))
            elif mode == "sum":
                result[..., i, j] = window.sum(axis=(-2, -1))
            else:
                result[..., i, j] = (np.abs(window) ** p).sum(axis=(-2, -1)) ** (1 / p)
    return result


@edit(
    {'raise ValueError(f"there is no pooling mode {mode!r}"': "return windows.mean(axis=(-2, -1)"}, of="early_returns"
)
def pool2d__unknown_mode_is_mean():
    """An unknown mode quietly gave the mean, so a misspelt one would never be noticed. Raise a `ValueError`."""


@edit(
    {
        (
            "if kh > padded.shape[-2] or kw > padded.shape[-1]:\n"
            '    raise ValueError("the window does not fit into the padded image")\n'
            "rows, columns = -((kh - padded.shape[-2]) // sh) + 1, -((kw - padded.shape[-1]) "
            "// sw) + 1"
        ): "rows, columns = (padded.shape[-2] - kh) // sh + 1, (padded.shape[-1] - kw) // sw + 1"
    },
    of="ceil",
)
def pool2d__no_value_error():
    """A window that is larger than the padded image has no place in it, and your function returned an array all the
    same (an empty one is easily overlooked). Say so with a `ValueError`."""


@edit(
    {
        (
            "rows, columns = -((kh - padded.shape[-2]) // sh) + 1, -((kw - padded.shape[-1]) "
            "// sw) + 1\n"
            "result = np.zeros((*padded.shape[:-2], rows, columns))"
        ): (
            "rows, columns = (padded.shape[-2] - kh) // sh + 1, (padded.shape[-1] - kw) // "
            "sw + 1\n"
            "result = np.zeros((*padded.shape[:-2], rows, columns), dtype=x.dtype)"
        )
    },
    of="ceil",
)
def pool2d__integer_output():
    """The result was stored in the image's own type, so the mean of integers lost everything after the decimal point.
    Choose a result that can hold fractions."""


@edit(
    {
        ("(kh, kw), (sh, sw) = np.broadcast_to(size, 2), np.broadcast_to(size if stride is None else stride, 2)"): (
            "p = int(p)\n"
            "(kh, kw), (sh, sw) = np.broadcast_to(size, 2), np.broadcast_to(size if stride "
            "is None else stride, 2)"
        )
    },
    of="early_returns",
)
def pool2d__lp_rounds_p():
    """In mode "lp" a p with a fraction was cut down to an integer. Every p from 1 on gives a norm, 1.5 as well."""


def pool2d__shortened_mode(x, size, *, stride=None, padding=0, mode="max", p=2):
    """A mode was found by a part of its name, so that "mea" or an empty name passed for a mode. Compare whole names."""
    mode = next((known for known in ("max", "mean", "sum", "lp") if mode in known), mode)
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


def pool2d__changes_images(x, size, *, stride=None, padding=0, mode="max", p=2):
    """In mode "lp" the absolute values were written into the array that was handed in: `np.asarray` makes no copy of an
    array that is float already."""
    (kh, kw), (sh, sw) = np.broadcast_to(size, 2), np.broadcast_to(size if stride is None else stride, 2)
    x = np.asarray(x, dtype=float)
    if mode == "lp":
        np.abs(x, out=x)
    padded = pad2d(x, padding, -np.inf if mode == "max" else 0.0)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (kh, kw), axis=(-2, -1))[..., ::sh, ::sw, :, :]
    if mode == "max":
        return windows.max(axis=(-2, -1))
    if mode == "mean":
        return windows.mean(axis=(-2, -1))
    if mode == "sum":
        return windows.sum(axis=(-2, -1))
    if mode == "lp":
        return (windows**p).sum(axis=(-2, -1)) ** (1 / p)
    raise ValueError(f"there is no pooling mode {mode!r}")


@edit({"-np.inf": "-1e9"})
def pool2d__pads_with_a_large_negative():
    """For max pooling the frame was filled with a large negative number, and some images hold smaller ones still. Only
    minus infinity can never win."""


@edit({"(1 / p)": "1 / p"})
def pool2d__root_divides():
    """In mode "lp" `total ** 1 / p` takes the power 1 first and then divides by p. Put the exponent into brackets."""


@edit({".mean(": ".sum("})
def pool2d__mean_is_sum():
    """Mode "mean" gave the sum. Divide by the number of pixels in the window."""


@edit({" ** p).sum(axis=(-2, -1)": ".sum(axis=(-2, -1)) ** p"})
def pool2d__lp_is_euclidean_root_of_mean():
    """In mode "lp" the numbers were added up before the power was taken. Take the power of each number first."""


def pool2d__always_max(x, size, *, stride=None, padding=0, mode="max", p=2):
    """The mode had no effect: every mode gave the maximum."""
    if mode not in ("max", "mean", "sum", "lp"):
        raise ValueError(f"there is no pooling mode {mode!r}")
    (kh, kw), (sh, sw) = np.broadcast_to(size, 2), np.broadcast_to(size if stride is None else stride, 2)
    padded = pad2d(np.asarray(x, dtype=float), padding, -np.inf)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (kh, kw), axis=(-2, -1))[..., ::sh, ::sw, :, :]
    if mode == "max":
        return windows.max(axis=(-2, -1))
    if mode == "mean":
        return windows.max(axis=(-2, -1))
    if mode == "sum":
        return windows.max(axis=(-2, -1))
    return windows.max(axis=(-2, -1))


@edit({"windows.mean(": "np.median(windows, "})
def pool2d__median():
    """Mode "mean" gave the median, the number in the middle. The mean is the sum, divided by how many there are."""


def pool2d__single_axes_lost(x, size, *, stride=None, padding=0, mode="max", p=2):
    """An axis of length 1 is missing in the result: one image, one channel, one row or one column still has its axis.
    Leave `squeeze` out."""
    if mode not in ("max", "mean", "sum", "lp"):
        raise ValueError(f"there is no pooling mode {mode!r}")
    (kh, kw), (sh, sw) = np.broadcast_to(size, 2), np.broadcast_to(size if stride is None else stride, 2)
    padded = pad2d(np.asarray(x, dtype=float), padding, -np.inf if mode == "max" else 0.0)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (kh, kw), axis=(-2, -1))[..., ::sh, ::sw, :, :]
    if mode == "max":
        return windows.max(axis=(-2, -1)).squeeze()
    if mode == "mean":
        return windows.mean(axis=(-2, -1)).squeeze()
    if mode == "sum":
        return windows.sum(axis=(-2, -1)).squeeze()
    return ((np.abs(windows) ** p).sum(axis=(-2, -1)) ** (1 / p)).squeeze()


def pool2d__size_w_for_h(x, size, *, stride=None, padding=0, mode="max", p=2):
    """One number of `size` was used for both axes. In `(h, w)` the first counts rows, the second columns."""
    if mode not in ("max", "mean", "sum", "lp"):
        raise ValueError(f"there is no pooling mode {mode!r}")
    (_, size), (sh, sw) = np.broadcast_to(size, 2), np.broadcast_to(size if stride is None else stride, 2)
    padded = pad2d(np.asarray(x, dtype=float), padding, -np.inf if mode == "max" else 0.0)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (size, size), axis=(-2, -1))[..., ::sh, ::sw, :, :]
    if mode == "max":
        return windows.max(axis=(-2, -1))
    if mode == "mean":
        return windows.mean(axis=(-2, -1))
    if mode == "sum":
        return windows.sum(axis=(-2, -1))
    return (np.abs(windows) ** p).sum(axis=(-2, -1)) ** (1 / p)


@edit(
    {
        'if mode not in ("max", "mean", "sum", "lp"):': (
            "if np.any(np.broadcast_to(size, 2) > x.shape[-2:]):\n"
            '    raise ValueError("the window does not fit")\n'
            'if mode not in ("max", "mean", "sum", "lp"):'
        ),
    },
)
def pool2d__checks_before_padding():
    """A window was refused although it fits, because it was compared with the image alone. It only has to fit into
    the image with its padding."""


@edit(
    {
        'if mode not in ("max", "mean", "sum", "lp"):': (
            'mode = mode.strip().lower()\nif mode not in ("max", "mean", "sum", "lp"):'
        ),
    },
)
def pool2d__any_case():
    """A mode in capitals, or with a space, was accepted. Only the four modes as they are written count."""


def pool2d__in_32_bits(x, size, *, stride=None, padding=0, mode="max", p=2):
    """Sums of integers were computed in 32 bits, and large ones do not fit: they wrap around to wrong numbers. Compute
    in floats or in 64 bits."""
    if mode not in ("max", "mean", "sum", "lp"):
        raise ValueError(f"there is no pooling mode {mode!r}")
    (kh, kw), (sh, sw) = np.broadcast_to(size, 2), np.broadcast_to(size if stride is None else stride, 2)
    padded = pad2d(np.asarray(x, dtype=float), padding, -np.inf if mode == "max" else 0.0)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (kh, kw), axis=(-2, -1))[..., ::sh, ::sw, :, :]
    if mode == "max":
        return windows.max(axis=(-2, -1))
    if mode == "lp":
        return (np.abs(windows) ** p).sum(axis=(-2, -1)) ** (1 / p)
    windows = windows.astype(np.int32) if x.dtype.kind in "iu" else windows
    total = windows.sum(axis=(-2, -1), dtype=windows.dtype)
    return total / (kh * kw) if mode == "mean" else total


@edit({"dtype=float": 'dtype=float if mode == "max" else x.dtype'})
def pool2d__powers_in_uint8():
    """In mode "lp" the powers of an image of type uint8 were computed in uint8, which holds nothing above 255. Compute
    in floats."""


@edit({'raise ValueError(f"no pooling mode is called {mode!r}")': "pass"})
def pool2d__unknown_mode_is_lp():
    """A mode that your function does not know was taken for "lp", the last case. Raise a `ValueError`."""


@edit({"i * sh : i * sh + kh, j * sw : j * sw + kw": "i : i + kh, j : j + kw"}, of="loops")
def pool2d__stride_in_shape_only():
    """The result has the right shape, but the window moved by one pixel from place to place. Place number i begins at i
    times the stride."""


@edit({"(np.abs(windows) ** p).sum(axis=(-2, -1)) **": "np.abs((windows**p).sum(axis=(-2, -1))) **"})
def pool2d__lp_absolute_of_sum():
    """In mode "lp" the absolute value was taken of the sum. The formula has |v|: without it negative numbers cancel
    positive ones for odd p, and their powers do not exist if p is a fraction."""


@edit({"(np.abs(windows) ** p).sum": "(windows**p).sum"})
def pool2d__lp_of_signed_numbers():
    """In mode "lp" the powers were taken of signed numbers. With odd p negative ones then cancel positive ones, or the
    root does not exist; the formula has |v|."""


@edit({"height, width = padded.shape[-2:]": "height = width = padded.shape[-2]"}, of="loops")
def pool2d__square_images_only():
    """The image was taken to be square: its height was used as its width, too. Each axis has a size of its own."""


@edit({"(v, v) if isinstance(v, int) else v for": "(v, v) for"}, of="loops")
def pool2d__integers_only():
    """A pair was not understood as size, stride or padding, only a single number. Turn a single number into a pair
    first; from there on there is one case."""


# ---- conv_layer ----


@edit({"result = []": ("weight = weight[:, :, ::-1, ::-1]\nresult = []")}, of="channel_by_channel")
def conv_layer__flips_kernel():
    """The kernels were turned by 180 degrees, as in true convolution. Deep learning libraries cross-correlate: each
    kernel lies as it is printed."""


@edit({"result = []": ("weight = weight[:, ::-1]\nresult = []")}, of="channel_by_channel")
def conv_layer__flips_channels():
    """The channels of the kernels were reversed along with their rows and columns. Channel c of the image meets channel
    c of the kernel, and nothing is flipped."""


@edit({"result = []": ("weight = weight.swapaxes(2, 3)\nresult = []")}, of="channel_by_channel")
def conv_layer__transposes_kernel():
    """Rows and columns of the kernels have changed places. A kernel that is not square shows the difference at once."""


@edit(
    {
        "c], kernels[c], stride=stride, padding=padding) for c in range(len(kernels)": (
            "0], kernels[0], stride=stride, padding=padding"
        )
    },
    of="channel_by_channel",
)
def conv_layer__first_channel_only():
    """Only channel 0 of the image had a say. A filter has one kernel per channel, and their results are added up."""


@edit({"np.sum(planes, axis=0)": "planes[-1]"}, of="channel_by_channel")
def conv_layer__last_channel_only():
    """Each channel overwrote the one before, so only the last is left. The channels' results are added up."""


@edit({".sum(": ".mean("}, of="channel_by_channel")
def conv_layer__mean_over_channels():
    """The channels were averaged. A filter adds them up: a 5 x 5 filter on 3 channels is one sum of 75 products."""


@edit({".sum(": ".max("}, of="channel_by_channel")
def conv_layer__maximum_over_channels():
    """From the channels the largest response was kept. A filter adds them up."""


@edit({"sum(planes, axis=0": "array(planes"}, of="channel_by_channel")
def conv_layer__channels_kept():
    """Your result still has an axis for the channels of the input. A filter sees all channels at once and gives one
    number per place."""


@edit({") + ": ") / kernels.size + "}, of="channel_by_channel")
def conv_layer__mean_over_patch():
    """The products were averaged over the patch. Each output is a plain sum of products, plus a bias."""


@edit({"kernels[": "weight[0, "}, of="channel_by_channel")
def conv_layer__first_filter_only():
    """Every output channel shows filter 0. Each filter makes an output channel of its own."""


def conv_layer__filters_and_channels_swapped(x, weight, bias=None, *, stride=1, padding=0):
    """The first two axes of the weight were taken for one another. They are (filters, channels of the input): as many
    outputs as filters."""
    if x.shape[1] != weight.shape[1]:
        raise ValueError("image and weight differ in their number of channels")
    channels, filters, kh, kw = weight.shape
    bias = np.zeros(channels) if bias is None else bias
    result = []
    for image in x:
        result.append([])
        for f in range(filters):
            planes = [conv2d(image[c], weight[f % channels, c], stride=stride, padding=padding) for c in range(filters)]
            result[-1].append(np.sum(planes, axis=0) + bias[f % channels])
    return np.array(result)


@edit(
    {
        "result = []": (
            "f, c, kh, kw = weight.shape\nweight = weight.reshape(c, f, kh, kw).transpose(1, 0, 2, 3)\nresult = []"
        )
    },
    of="channel_by_channel",
)
def conv_layer__reshaped_weight():
    """The weight was reshaped to exchange its first two axes, which scatters the numbers of a filter over others. Its
    layout, (filters, channels, height, width), is the one you need."""


@edit(
    {"return np.array(result)": ("result[1:] = [np.zeros_like(result[0])] * (len(x) - 1)\nreturn np.array(result)")},
    of="channel_by_channel",
)
def conv_layer__first_image_only():
    """Only the first picture of the batch was computed; the others stayed 0. Each picture gets its own turn."""


@edit({" image ": " _image ", "image[": "x[0, "}, of="channel_by_channel")
def conv_layer__first_image_for_all():
    """Every result belongs to the first picture of the batch. Look which picture is used inside the loop."""


@edit({"array(result": "sum(result, axis=0, keepdims=True"}, of="channel_by_channel")
def conv_layer__batch_summed():
    """The pictures of the batch were added up. Each one has its own result, along axis 0."""


def conv_layer__no_bias(x, weight, bias=None, *, stride=1, padding=0):
    """The bias was not added. Every filter adds one number of its own to each of its outputs."""
    if x.shape[1] != weight.shape[1]:
        raise ValueError("image and weight differ in their number of channels")
    result = []
    for image in x:
        result.append([])
        for kernels in weight:
            planes = [conv2d(image[c], kernels[c], stride=stride, padding=padding) for c in range(len(kernels))]
            result[-1].append(np.sum(planes, axis=0))
    return np.array(result)


def conv_layer__bias_once_per_channel(x, weight, bias=None, *, stride=1, padding=0):
    """The bias was added once per channel of the input, because it is inside the loop over the channels. A filter
    adds it once."""
    if x.shape[1] != weight.shape[1]:
        raise ValueError("image and weight differ in their number of channels")
    bias = np.zeros(len(weight)) if bias is None else bias
    result = []
    for image in x:
        result.append([])
        for kernels, b in zip(weight, bias, strict=True):
            planes = [conv2d(image[c], kernels[c], stride=stride, padding=padding) + b for c in range(len(kernels))]
            result[-1].append(np.sum(planes, axis=0))
    return np.array(result)


@edit({", b in zip(weight, bias, strict=True)": " in weight", "+ b)": "+ bias[0])"}, of="channel_by_channel")
def conv_layer__first_bias_for_all():
    """Every filter got the first bias. `bias` holds one number per filter."""


@edit({", b in zip(weight, bias, strict=True)": " in weight", "+ b)": "+ np.sum(bias))"}, of="channel_by_channel")
def conv_layer__sum_of_biases():
    """Every filter got the sum of all biases. `bias` holds one number per filter."""


@edit({") + b": ") - b"}, of="channel_by_channel")
def conv_layer__bias_subtracted():
    """The bias was subtracted. It is added to the sum of products."""


def conv_layer__bias_along_width(x, weight, bias=None, *, stride=1, padding=0):
    """NumPy lines shapes up from the right, so the biases went along the width of the result instead of along its
    filters. Give the bias the axes that it lacks."""
    if x.shape[1] != weight.shape[1]:
        raise ValueError("image and weight differ in their number of channels")
    bias = 0 if bias is None else bias
    result = []
    for image in x:
        result.append([])
        for kernels in weight:
            planes = [conv2d(image[c], kernels[c], stride=stride, padding=padding) for c in range(len(kernels))]
            result[-1].append(np.sum(planes, axis=0))
    return np.array(result) + bias


@edit({" in weight": ", b in zip(weight, bias, strict=True)", "0))": "0) + b)"}, of="no_bias")
def conv_layer__bias_required():
    """Without a bias your function fails. `bias=None` means that there is no bias, so nothing is added."""


@edit({"stride=stride, ": ""}, of="channel_by_channel")
def conv_layer__stride_ignored():
    """The kernels still move one pixel at a time, whatever `stride` says."""


@edit({"* sh : i * sh + kh, j * sw : j * sw": ": i + kh, j : j"}, of="filter_by_filter")
def conv_layer__stride_in_shape_only():
    """The result has the right shape, but the kernels moved by one pixel from place to place. Place number i begins at
    i times the stride."""


@edit(
    {"result = []": ("sh, sw = np.broadcast_to(stride, 2)\nresult = []"), "=stride,": "=int(sh),"},
    of="channel_by_channel",
)
def conv_layer__stride_h_for_w():
    """One stride was used in both directions. In `(h, w)` the first number steps downwards, the second to the right."""


def conv_layer__stride_swapped(x, weight, bias=None, *, stride=1, padding=0):
    """The two strides changed places: in `(h, w)` the first number steps downwards, the second to the right."""
    if x.shape[1] != weight.shape[1]:
        raise ValueError("image and weight differ in their number of channels")
    bias = np.zeros(len(weight)) if bias is None else bias
    sh, sw = np.broadcast_to(stride, 2)
    result = []
    for image in x:
        result.append([])
        for kernels, b in zip(weight, bias, strict=True):
            planes = [
                conv2d(image[c], kernels[c], stride=(int(sw), int(sh)), padding=padding) for c in range(len(kernels))
            ]
            result[-1].append(np.sum(planes, axis=0) + b)
    return np.array(result)


@edit(
    {
        "result = []": ("sh, sw = np.broadcast_to(stride, 2)\nx = pad2d(x, padding)[:, :, ::sh, ::sw]\nresult = []"),
        ", stride=stride, padding=padding": "",
    },
    of="channel_by_channel",
)
def conv_layer__thins_image_first():
    """Rows and columns of the image were left out before the kernels saw them. A stride leaves out places of the
    kernel; within each place it still sees neighbouring pixels."""


@edit({", padding=padding": ""}, of="channel_by_channel")
def conv_layer__padding_ignored():
    """`padding` had no effect: no frame was put around the images."""


@edit(
    {
        "result = []": (
            "ph, pw = np.broadcast_to(padding, 2)\nx = np.pad(x, ((0, 0), (0, 0), (ph, 0), (pw, 0)))\nresult = []"
        ),
        ", padding=padding": "",
    },
    of="channel_by_channel",
)
def conv_layer__padding_once():
    """The frame was added on one side only. There is padding above and below, left and right, so it counts twice in the
    size of the result."""


@edit(
    {
        "sh, sw = np.broadcast_to(stride": "ph, pw = np.broadcast_to(padding",
        "(int(sw), int(sh)), padding=padding": "stride, padding=(int(pw), int(ph))",
    },
    of="stride_swapped",
)
def conv_layer__padding_swapped():
    """The two paddings changed places: in `(h, w)` the first number adds rows, the second adds columns."""


@edit(
    {"result = []": ("ph, pw = np.broadcast_to(padding, 2)\nresult = []"), "=padding)": "=int(ph))"},
    of="channel_by_channel",
)
def conv_layer__padding_h_for_w():
    """One padding was used in both directions. In `(h, w)` the first number adds rows, the second columns."""


@edit(
    {
        "result = []": (
            "ph, pw = np.broadcast_to(padding, 2)\n"
            'x = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)), mode="edge")\n'
            "result = []"
        ),
        ", padding=padding": "",
    },
    of="channel_by_channel",
)
def conv_layer__edge_padding():
    """The frame was filled with the nearest border pixels. Here it is filled with zeros."""


@edit(
    {
        "(padded.shape[2] - kh) // sh + 1, (padded.shape[3] - kw) // sw": (
            "-((kh - padded.shape[2]) // sh) + 1, -((kw - padded.shape[3]) // sw)"
        ),
        "result[:, f, i, j] = np.sum(patch * weight[f], axis=(1, 2, 3))": (
            "part = weight[f, :, : patch.shape[2], : patch.shape[3]]\n"
            "result[:, f, i, j] = np.sum(patch * part, axis=(1, 2, 3))"
        ),
    },
    of="filter_by_filter",
)
def conv_layer__ceil():
    """One row or column too many: the number of steps was rounded up. A place counts only if the whole kernel still
    fits."""


@edit({" + 1, (padded.shape[3] - kw) // sw + 1": ", (padded.shape[3] - kw) // sw"}, of="filter_by_filter")
def conv_layer__missing_plus_one():
    """The result is one row and one column too small. There is one place more than there are steps."""


@edit(
    {
        ("for i in range(rows):\n    for j in range(columns):"): (
            "for i in range(rows - 1):\n    for j in range(columns - 1):"
        )
    },
    of="filter_by_filter",
)
def conv_layer__last_row_and_column_skipped():
    """The result has the right shape, but its last row and column were never filled in. `range` leaves out its upper
    limit by itself."""


@edit({", kw = weight.shape[2:": " = kw = weight.shape[2"}, of="filter_by_filter")
def conv_layer__square_kernels_only():
    """The kernel was taken to be square: one of its sizes was used for both axes. Height and width each need their own
    size."""


@edit({"result)": "result).swapaxes(2, 3)"}, of="channel_by_channel")
def conv_layer__transposed_result():
    """Height and width of the result are exchanged. Its axes are (pictures, filters, rows, columns)."""


@edit({"result)": "result).transpose(0, 2, 3, 1)"}, of="channel_by_channel")
def conv_layer__channels_last():
    """The filters are on the last axis, as in TensorFlow. Here the order is (pictures, filters, rows, columns)."""


@edit({"columns))": "columns), dtype=int)"}, of="filter_by_filter")
def conv_layer__integer_output():
    """The result was stored as integers, and everything after the decimal point was lost. Choose a result that can hold
    fractions."""


@edit({"columns))": "columns), dtype=x.dtype)"}, of="filter_by_filter")
def conv_layer__type_of_image():
    """The result has the images' own type, and with images of integers that type cannot hold fractions. Choose one that
    can."""


@edit({"return out": "return out.astype(x.dtype)"})
def conv_layer__bias_in_type_of_image():
    """The result has the images' own type, and with images of integers that type cannot hold fractions. Choose one that
    can."""


@edit({"padded = np.pad(x,": "padded = np.pad(x.astype(weight.dtype),"})
def conv_layer__image_in_type_of_weight():
    """The padded images were stored in the type of the weights, so with weights of integers the images lost everything
    after the decimal point. Choose a type that can hold fractions."""


@edit({"channels != weight": "channels < weight", "window, weight)": "window[:, :weight_channels], weight)"})
def conv_layer__surplus_channels_ignored():
    """Images with more channels than the filters gave a result, and the surplus channels were left out. Compare the two
    numbers first and raise a `ValueError`."""


@edit({"channels != weight_channels": "channels == 0", "padded[:, :,": "padded[:, range(weight_channels),"})
def conv_layer__as_many_channels_as_filters():
    """The images were taken to have as many channels as the filters. Surplus channels were ignored, and missing
    ones ended in an `IndexError`. Compare the two numbers first and raise a `ValueError`."""


@edit(
    {
        "result[:, f, i, j] = np.sum(patch * weight[f], axis=(1, 2, 3))": (
            "patch *= weight[f]\nresult[:, f, i, j] = np.sum(patch, axis=(1, 2, 3))"
        )
    },
    of="filter_by_filter",
)
def conv_layer__changes_patch():
    """A slice of a NumPy array is a window on the array itself, not a copy: multiplying the patch in place changed the
    picture, and every later place saw the damage."""


def conv_layer__channels_not_checked(x, weight, bias=None, *, stride=1, padding=0):
    """Images and filters with different numbers of channels gave a result, although some channels were left out.
    Compare the two numbers first and raise a `ValueError`."""
    bias = np.zeros(len(weight)) if bias is None else bias
    result = []
    for image in x:
        result.append([])
        for kernels, b in zip(weight, bias, strict=True):
            planes = [
                conv2d(image[c], kernels[c], stride=stride, padding=padding)
                for c in range(min(len(image), len(kernels)))
            ]
            result[-1].append(np.sum(planes, axis=0) + b)
    return np.array(result)


@edit({"!= weight.shape[1]": "not in (1, weight.shape[1])"}, of="filter_by_filter")
def conv_layer__one_channel_broadcast():
    """A picture of one channel met filters of several, and NumPy repeated it without a word. Compare the numbers of
    channels first and raise a `ValueError`."""


@edit(
    {
        (
            "if kh > padded.shape[2] or kw > padded.shape[3]:\n"
            '    raise ValueError("the kernel does not fit into the padded image")\n'
            "rows, columns = (padded.shape[2] - kh) // sh + 1, (padded.shape[3] - kw) // sw + 1"
        ): "rows, columns = (padded.shape[2] - kh) // sh + 1, (padded.shape[3] - kw) // sw + 1"
    },
    of="filter_by_filter",
)
def conv_layer__no_value_error():
    """A kernel that is larger than the padded image has no place in it, and your function returned an array all the
    same (an empty one is easily overlooked). Say so with a `ValueError`."""


@edit(
    {
        "result = []": (
            "if weight.shape[2] > x.shape[2] or weight.shape[3] > x.shape[3]:\n"
            '    raise ValueError("the kernel does not fit into the image")\n'
            "result = []"
        )
    },
    of="channel_by_channel",
)
def conv_layer__checks_before_padding():
    """A kernel was refused although it fits, because it was compared with the image alone. It only has to fit into
    the image with its padding."""


def conv_layer__images_and_filters_swapped(x, weight, bias=None, *, stride=1, padding=0):
    """In the result images and filters have changed places. Its axes are (pictures, filters, rows, columns)."""
    if x.shape[1] != weight.shape[1]:
        raise ValueError("image and weight differ in their number of channels")
    sh, sw = np.broadcast_to(stride, 2)
    windows = np.lib.stride_tricks.sliding_window_view(pad2d(x, padding), weight.shape[2:], axis=(2, 3))[
        :, :, ::sh, ::sw
    ]
    bias = np.zeros(len(weight)) if bias is None else bias
    return np.einsum("ncijuv,fcuv->fnij", windows, weight) + bias[:, None, None, None]


@edit(
    {
        'np.einsum("ncijuv,fcuv->fnij", windows, weight) + bias[:, None, None, None': (
            '(np.einsum("ncijuv,fcuv->nfij", windows, weight) + bias[:, None, None])[0'
        )
    },
    of="images_and_filters_swapped",
)
def conv_layer__first_image_returned():
    """Only the first picture came back, and without the axis of the pictures: a `return` inside the loop ends the
    function. Fill the whole result first."""


@edit(
    {'fnij", windows, weight) + bias[:, None': 'nfij", windows, weight) + (bias * weight[0].size)[:'},
    of="images_and_filters_swapped",
)
def conv_layer__bias_in_every_product():
    """The bias was added to each product before they were summed up, so it counts as often as the block has weights.
    Add it once, after the sum."""


@edit(
    {'fnij", windows, weight) + bias[:, None': 'nfij", windows, weight) + (bias * weight[0, 0].size)[:'},
    of="images_and_filters_swapped",
)
def conv_layer__bias_per_pixel_of_kernel():
    """The bias was added once for each pixel of the kernel. Add it once, after the sum over the whole block."""


def conv_layer__bias_multiplied(x, weight, bias=None, *, stride=1, padding=0):
    """The bias was multiplied with the sum of products. It is added."""
    if x.shape[1] != weight.shape[1]:
        raise ValueError("image and weight differ in their number of channels")
    sh, sw = np.broadcast_to(stride, 2)
    windows = np.lib.stride_tricks.sliding_window_view(pad2d(x, padding), weight.shape[2:], axis=(2, 3))[
        :, :, ::sh, ::sw
    ]
    result = np.einsum("ncijuv,fcuv->nfij", windows, weight)
    return result if bias is None else result * bias[:, None, None]


@edit({"* bias": "+ bias.astype(np.result_type(x, weight))"}, of="bias_multiplied")
def conv_layer__bias_cut_down():
    """The bias lost everything after the decimal point, because it was added to a result of integers. Choose a
    result that can hold fractions."""


@edit(
    {
        'return np.einsum("ncijuv,fcuv->fnij", windows, weight) + bias[:, None, None, None]': (
            'result = np.einsum("ncijuv,fcuv->nfij", windows, weight) + bias[:, None, None]\n'
            "return result.astype(weight.dtype)"
        )
    },
    of="images_and_filters_swapped",
)
def conv_layer__type_of_weight():
    """The result was stored in the type of the weights, so with weights of integers everything after the decimal point
    was lost. Choose a result that can hold fractions."""


def conv_layer__pads_all_axes(x, weight, bias=None, *, stride=1, padding=0):
    """Every axis was padded, the pictures and the channels as well. Only height and width have a frame."""
    sh, sw = np.broadcast_to(stride, 2)
    windows = np.lib.stride_tricks.sliding_window_view(
        np.pad(x, np.broadcast_to(padding, 2)[0]), weight.shape[2:], axis=(2, 3)
    )[:, :, ::sh, ::sw]
    bias = np.zeros(len(weight)) if bias is None else bias
    return np.einsum("ncijuv,fcuv->nfij", windows, weight) + bias[:, None, None]


def conv_layer__stride_w_for_h(x, weight, bias=None, *, stride=1, padding=0):
    """One stride was used in both directions. In `(h, w)` the first number steps downwards, the second to the right."""
    if x.shape[1] != weight.shape[1]:
        raise ValueError("image and weight differ in their number of channels")
    _, sw = np.broadcast_to(stride, 2)
    windows = np.lib.stride_tricks.sliding_window_view(pad2d(x, padding), weight.shape[2:], axis=(2, 3))[
        :, :, ::sw, ::sw
    ]
    bias = np.zeros(len(weight)) if bias is None else bias
    return np.einsum("ncijuv,fcuv->nfij", windows, weight) + bias[:, None, None]


@edit({"* bias[:, None": "+ bias[:"}, of="bias_multiplied")
def conv_layer__bias_along_height():
    """The biases went along the rows of the result instead of along its filters. Give the bias the axes that it
    lacks."""


def conv_layer__in_32_bits(x, weight, bias=None, *, stride=1, padding=0):
    """Integers were computed in 32 bits, and large ones do not fit: they wrap around to wrong, often negative numbers.
    Compute in floats or in 64 bits."""
    if x.dtype == weight.dtype == np.int64:
        x, weight = x.astype(np.int32), weight.astype(np.int32)
    if x.shape[1] != weight.shape[1]:
        raise ValueError("image and weight differ in their number of channels")
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, weight.shape[2:], axis=(2, 3))[:, :, ::sh, ::sw]
    bias = np.zeros(len(weight)) if bias is None else bias
    return np.einsum("ncijuv,fcuv->nfij", windows, weight) + bias[:, None, None]


@edit({"(width - kw) // sw + 1))": "(width - kw) // sw + 1), dtype=np.result_type(x, weight))"})
def conv_layer__bias_added_in_place():
    """`+=` keeps the type of the array, so a bias of fractions cannot be added to a result of integers that way. Add it
    into a new array, or choose a result of floats."""


@edit({"((0, 0), (0, 0), (ph, ph), (pw, pw)))": "((0, 0), (0, 0), (ph, ph), (pw, pw))).astype(int)"})
def conv_layer__images_of_integers():
    """The padded images were stored as integers, so images of fractions lost everything after the decimal point. Choose
    a type that can hold fractions."""


@edit({"(height - kh) // sh + 1, (width - kw) // sw + 1": "(height - kh) // sh + 1, (height - kw) // sw + 1"})
def conv_layer__square_images_only():
    """The images were taken to be square: their height was used as their width, too. Each axis has a size of its
    own."""


@edit({"(v, v) if isinstance(v, int) else v for": "(v, v) for"}, of="loops")
def conv_layer__integers_only():
    """A pair was not understood as stride or padding, only a single number. Turn a single number into a pair first;
    from there on there is one case."""


# ---- named_kernel ----


@edit({"[[0, 0, 0], [0, 1, 0], [0, 0, 0]]": "np.eye(3)"})
def named_kernel__identity_is_diagonal():
    """The identity kernel is not the identity matrix: a diagonal of ones adds up three pixels. Which single weight
    leaves every pixel as it is?"""


@edit({"[[0, 0, 0], [0, 1, 0], [0, 0, 0]]": "np.ones((3, 3))"})
def named_kernel__identity_of_ones():
    """A kernel full of ones adds up nine pixels. The identity takes only the pixel under its centre."""


@edit({", 8, ": ", 9, "})
def named_kernel__edge_3_does_not_sum_to_zero():
    """The weights of `edge_3` do not add up to 0, so it answers even where the image is flat. An edge detector is
    silent there: let the centre balance its eight neighbours."""


@edit({" -4, ": " -8, "})
def named_kernel__edge_2_does_not_sum_to_zero():
    """The weights of `edge_2` do not add up to 0, so it answers even where the image is flat. Let the centre balance
    its four neighbours."""


@edit({"1, 0], [1, -4, 1], [0, ": "-1, 0], [-1, 4, -1], [0, -"})
def named_kernel__edge_2_sign():
    """`edge_2` has its signs the other way round: here the neighbours count positive and the centre negative."""


@edit({"1, 0, -1], [0, 0, 0], [-1, 0, ": "-1, 0, 1], [0, 0, 0], [1, 0, -"})
def named_kernel__edge_1_sign():
    """`edge_1` has its signs the other way round. Its top left corner is positive."""


@edit({"edge_2": "edge_3", '"edge_3": [[-1': '"edge_2": [[-1'})
def named_kernel__edges_shifted():
    """The edge detectors are numbered differently in the table: compare the three with it once more."""


@edit({", 5, ": ", 4, "})
def named_kernel__sharpen_is_edge_detector():
    """Your `sharpen` adds up to 0 and so removes the image itself. Sharpening is the image plus its edges; its weights
    add up to 1."""


@edit({"np.ones((3, 3)) / 9": "np.ones((3, 3))"})
def named_kernel__box_blur_not_normalised():
    """The weights of `box_blur` add up to 9, which makes every image nine times as bright. A blur is an average: its
    weights add up to 1."""


@edit({" / 16": ""})
def named_kernel__gaussian_blur_not_normalised():
    """The weights of `gaussian_blur` do not add up to 1, so the image changes its brightness. A blur is an average."""


@edit({" / 16": " / 9"})
def named_kernel__gaussian_blur_divided_by_nine():
    """The weights of `gaussian_blur` were divided by their number. They are not all equal: divide by their sum."""


@edit({'"horizontal_edge"': '"vertical_edge"', '"vertical_edge": [[1, 0': '"horizontal_edge": [[1, 0'})
def named_kernel__horizontal_and_vertical_swapped():
    """The horizontal and the vertical detector changed places. A horizontal edge has different rows above and below it,
    so its detector takes the difference between rows."""


@edit({"[1, 2, 1], [0, 0, 0], [-1, -2, -1]": "[-1, -2, -1], [0, 0, 0], [1, 2, 1]"})
def named_kernel__horizontal_edge_sign():
    """`horizontal_edge` has its signs the other way round: here the row above counts positive."""


@edit({"1, 0, -1], [2, 0, -2], [1, 0, -": "-1, 0, 1], [-2, 0, 2], [-1, 0, "})
def named_kernel__vertical_edge_sign():
    """`vertical_edge` has its signs the other way round. It is the transpose of `horizontal_edge`, so its left column
    counts positive."""


@edit(
    {
        "[1, 2, 1], [0, 0, 0], [-1, -2, -1]": "[1, 1, 1], [0, 0, 0], [-1, -1, -1]",
        "[2, 0, -2]": "[1, 0, -1]",
    }
)
def named_kernel__edges_without_double_weight():
    """All three weights of a row are equal in your horizontal and vertical detectors. In the table the middle one
    counts twice."""


@edit({"raise ValueError(f\"no kernel is called {name!r}; there are {', '.join(kernels)}\")": "return None"})
def named_kernel__unknown_is_none():
    """An unknown name gave `None`, which fails much later and far from the slip. Raise a `ValueError` at once."""


@edit({'ValueError(f"no': 'KeyError(f"no'})
def named_kernel__unknown_is_key_error():
    """An unknown name ended in a `KeyError` from a dictionary. Tell the caller what is wrong with a `ValueError`."""


@edit(
    {
        "raise ValueError(f\"no kernel is called {name!r}; there are {', '.join(kernels)}\")": 'name = "identity"',
    }
)
def named_kernel__unknown_is_identity():
    """An unknown name gave the identity kernel, so a misspelt one would never be noticed. Raise a `ValueError`."""


@edit(
    {
        "name):": "name, _made={}):  # noqa: B006",
        "return np.array(kernels[name], dtype=float)": (
            "return _made.setdefault(name, np.array(kernels[name], dtype=float))"
        ),
    }
)
def named_kernel__shared_array():
    """Each call handed out the very same array, so a caller who changes a kernel changes it for everyone. Make a fresh
    array on each call."""


def named_kernel__beginning_of_name(name):
    """A name was completed: "blur" or an empty name gave a kernel, too. Only the nine whole names are known."""
    smooth, slope = np.array([1.0, 2.0, 1.0]), np.array([1.0, 0.0, -1.0])
    centre, plus = np.zeros((3, 3)), np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
    centre[1, 1] = 1
    kernels = {
        "identity": centre,
        "edge_1": np.outer(slope, slope),
        "edge_2": plus - 4 * centre,
        "edge_3": 9 * centre - 1,
        "sharpen": 5 * centre - plus,
        "box_blur": np.full((3, 3), 1 / 9),
        "gaussian_blur": np.outer(smooth, smooth) / 16,
        "horizontal_edge": np.outer(slope, smooth),
        "vertical_edge": np.outer(smooth, slope),
    }
    for known, kernel in kernels.items():
        if name in known:
            return kernel
    raise ValueError(f"no kernel is called {name!r}")


@edit({"0, -1], [2, 0, -2], [1, 0": "2, 1], [0, 0, 0], [-1, -2"})
def named_kernel__vertical_edge_not_transposed():
    """`vertical_edge` is the same kernel as `horizontal_edge`. It should be the transpose, so that it answers to
    vertical edges."""


@edit(
    {
        "if name not in kernels:": ("name = name.strip().lower()\nif name not in kernels:"),
    }
)
def named_kernel__any_case():
    """A name in capitals, or with a space, was accepted. Only the nine names as they are written count."""


@edit({"dtype=float)": "dtype=float).tolist()"})
def named_kernel__lists():
    """The numbers are right, but they came back as a list. Return a NumPy array."""


@edit({", dtype=float)": ").astype(int)"})
def named_kernel__blurs_cut_down():
    """The weights of the blurs are all 0: fractions were stored as integers. Choose a type that can hold them."""


@edit({"0, -1, 0], [-1, 5, -1], [0, -1, 0": "-1, -1, -1], [-1, 9, -1], [-1, -1, -1"})
def named_kernel__sharpen_of_edge_3():
    """`sharpen` was made from `edge_3`, so that it looks at all eight neighbours. It is `identity` minus `edge_2`,
    which has four."""


@edit({"dtype=float)": 'dtype=float) / (8 if name in ("horizontal_edge", "vertical_edge") else 1)'})
def named_kernel__sobel_divided():
    """The two edge kernels were divided by something. Only the blurs are divided."""


# ---- im2col ----


def im2col__patches_as_rows(x, kernel_size, *, stride=1, padding=0):
    """Your patches are the rows of the result. Here each patch is a column, so that the weight matrix can be multiplied
    from the left: (N, C*kh*kw, H'*W')."""
    sh, sw = np.broadcast_to(stride, 2)
    windows = np.lib.stride_tricks.sliding_window_view(pad2d(x, padding), np.broadcast_to(kernel_size, 2), axis=(2, 3))[
        :, :, ::sh, ::sw
    ]
    n, c, rows, columns, kh, kw = windows.shape
    return windows.transpose(0, 2, 3, 1, 4, 5).reshape(n, rows * columns, c * kh * kw)


@edit({"places = (2, 3)": "places = (3, 2)"}, of="transposed_views")
def im2col__places_column_by_column():
    """The places were walked through column by column. They are ordered as one reads: along a row first, then down."""


@edit({"4, 5": "5, 4"}, of="transposed_views")
def im2col__patch_column_by_column():
    """Inside each patch the pixels were read column by column. They are ordered as one reads, as in `weight.reshape(F,
    -1)`."""


@edit({"1, 4, 5": "4, 5, 1"}, of="transposed_views")
def im2col__channels_last():
    """Inside each patch the channel changes fastest. In the weight it is the slowest of the three axes, and the patch
    must have the same order: channel, row, column."""


@edit({"transpose(0, *patch, *places).": ""}, of="transposed_views")
def im2col__reshape_only():
    """The shape is right and the numbers are scattered: `reshape` keeps the order in memory and never exchanges axes.
    Move the axes to where they belong first."""


@edit({"*patch, *places": "1, 4, 2, 5, 3"}, of="transposed_views")
def im2col__patch_and_place_mixed():
    """The axes of the patch and of the places were mixed: the result has the right shape, but no column is a patch.
    Bring channel, row and column of the patch together first."""


def im2col__batch_merged(x, kernel_size, *, stride=1, padding=0):
    """All pictures share one matrix. Keep the batch as an axis of its own, the first."""
    sh, sw = np.broadcast_to(stride, 2)
    windows = np.lib.stride_tricks.sliding_window_view(pad2d(x, padding), np.broadcast_to(kernel_size, 2), axis=(2, 3))[
        :, :, ::sh, ::sw
    ]
    n, c, rows, columns, kh, kw = windows.shape
    return windows.transpose(1, 4, 5, 0, 2, 3).reshape(c * kh * kw, n * rows * columns)


def im2col__first_image_only(x, kernel_size, *, stride=1, padding=0):
    """Only the first picture of the batch was unfolded."""
    sh, sw = np.broadcast_to(stride, 2)
    windows = np.lib.stride_tricks.sliding_window_view(pad2d(x, padding), np.broadcast_to(kernel_size, 2), axis=(2, 3))[
        :, :, ::sh, ::sw
    ]
    n, c, rows, columns, kh, kw = windows.shape
    windows = windows[:1]
    return windows.transpose(0, 1, 4, 5, 2, 3).reshape(1, c * kh * kw, rows * columns)


def im2col__first_channel_only(x, kernel_size, *, stride=1, padding=0):
    """Only channel 0 was unfolded. A column holds the pixels of all channels, one channel after the other."""
    sh, sw = np.broadcast_to(stride, 2)
    windows = np.lib.stride_tricks.sliding_window_view(pad2d(x, padding), np.broadcast_to(kernel_size, 2), axis=(2, 3))[
        :, :, ::sh, ::sw
    ]
    n, c, rows, columns, kh, kw = windows.shape
    windows = windows[:, :1]
    return windows.transpose(0, 1, 4, 5, 2, 3).reshape(n, kh * kw, rows * columns)


def im2col__channels_summed(x, kernel_size, *, stride=1, padding=0):
    """The channels were added up before the weights could tell them apart. A column holds the pixels of all channels,
    one channel after the other."""
    sh, sw = np.broadcast_to(stride, 2)
    windows = np.lib.stride_tricks.sliding_window_view(pad2d(x, padding), np.broadcast_to(kernel_size, 2), axis=(2, 3))[
        :, :, ::sh, ::sw
    ]
    n, c, rows, columns, kh, kw = windows.shape
    return windows.sum(axis=1).transpose(0, 3, 4, 1, 2).reshape(n, kh * kw, rows * columns)


def im2col__flips_patch(x, kernel_size, *, stride=1, padding=0):
    """Each patch was read backwards, as in true convolution. Here a patch is read from its top left corner."""
    sh, sw = np.broadcast_to(stride, 2)
    windows = np.lib.stride_tricks.sliding_window_view(pad2d(x, padding), np.broadcast_to(kernel_size, 2), axis=(2, 3))[
        :, :, ::sh, ::sw
    ]
    n, c, rows, columns, kh, kw = windows.shape
    windows = windows[..., ::-1, ::-1]
    return windows.transpose(0, 1, 4, 5, 2, 3).reshape(n, c * kh * kw, rows * columns)


@edit({"rows * ": "rows, "}, of="transposed_views")
def im2col__flat_axes_left():
    """Rows and columns of the places are still two axes. Join them to one, so that a single matrix product does the
    work."""


def im2col__kernel_size_swapped(x, kernel_size, *, stride=1, padding=0):
    """The kernel's height and width changed places: in `kernel_size` the first number counts rows."""
    sh, sw = np.broadcast_to(stride, 2)
    windows = np.lib.stride_tricks.sliding_window_view(
        pad2d(x, padding), np.broadcast_to(kernel_size, 2)[::-1], axis=(2, 3)
    )[:, :, ::sh, ::sw]
    n, c, rows, columns, kh, kw = windows.shape
    return windows.transpose(0, 1, 4, 5, 2, 3).reshape(n, c * kh * kw, rows * columns)


def im2col__square_kernels_only(x, kernel_size, *, stride=1, padding=0):
    """One number of `kernel_size` was used for both axes. The first counts rows, the second columns."""
    sh, sw = np.broadcast_to(stride, 2)
    windows = np.lib.stride_tricks.sliding_window_view(
        pad2d(x, padding), (np.broadcast_to(kernel_size, 2)[0],) * 2, axis=(2, 3)
    )[:, :, ::sh, ::sw]
    n, c, rows, columns, kh, kw = windows.shape
    return windows.transpose(0, 1, 4, 5, 2, 3).reshape(n, c * kh * kw, rows * columns)


def im2col__stride_ignored(x, kernel_size, *, stride=1, padding=0):
    """The patches still begin at every pixel, whatever `stride` says."""
    windows = np.lib.stride_tricks.sliding_window_view(pad2d(x, padding), np.broadcast_to(kernel_size, 2), axis=(2, 3))
    n, c, rows, columns, kh, kw = windows.shape
    return windows.transpose(0, 1, 4, 5, 2, 3).reshape(n, c * kh * kw, rows * columns)


@edit({"::sw": "::sh"}, of="transposed_views")
def im2col__stride_h_for_w():
    """One stride was used in both directions. In `(h, w)` the first number steps downwards, the second to the right."""


@edit({"sh, ::sw": "sw, ::sh"}, of="transposed_views")
def im2col__stride_swapped():
    """The two strides changed places: in `(h, w)` the first number steps downwards, the second to the right."""


@edit({"pad2d(x, padding)": "x"}, of="transposed_views")
def im2col__padding_ignored():
    """`padding` had no effect: no frame was put around the images before they were unfolded."""


def im2col__padding_once(x, kernel_size, *, stride=1, padding=0):
    """The frame was added on one side only. There is padding above and below, left and right."""
    (sh, sw), (ph, pw) = np.broadcast_to(stride, 2), np.broadcast_to(padding, 2)
    padded = np.pad(x, ((0, 0), (0, 0), (ph, 0), (pw, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, np.broadcast_to(kernel_size, 2), axis=(2, 3))[
        :, :, ::sh, ::sw
    ]
    n, c, rows, columns, kh, kw = windows.shape
    return windows.transpose(0, 1, 4, 5, 2, 3).reshape(n, c * kh * kw, rows * columns)


def im2col__padding_swapped(x, kernel_size, *, stride=1, padding=0):
    """The two paddings changed places: in `(h, w)` the first number adds rows, the second adds columns."""
    (sh, sw), (ph, pw) = np.broadcast_to(stride, 2), np.broadcast_to(padding, 2)
    windows = np.lib.stride_tricks.sliding_window_view(
        pad2d(x, (int(pw), int(ph))), np.broadcast_to(kernel_size, 2), axis=(2, 3)
    )[:, :, ::sh, ::sw]
    n, c, rows, columns, kh, kw = windows.shape
    return windows.transpose(0, 1, 4, 5, 2, 3).reshape(n, c * kh * kw, rows * columns)


@edit({"]": "][:, :, :-1, :-1]"}, of="transposed_views")
def im2col__missing_plus_one():
    """The last row and the last column of places are missing. There is one place more than there are steps."""


def im2col__no_value_error(x, kernel_size, *, stride=1, padding=0):
    """A kernel that is larger than the padded images has no place in them, and your function returned an array without
    columns, or another error. Say so with a `ValueError`."""
    (kh, kw), (sh, sw) = np.broadcast_to(kernel_size, 2), np.broadcast_to(stride, 2)
    padded = pad2d(x, padding)
    n, c, height, width = padded.shape
    rows, columns = max((height - kh) // sh + 1, 0), max((width - kw) // sw + 1, 0)
    result = np.zeros((n, c * kh * kw, rows * columns))
    for i in range(rows):
        for j in range(columns):
            window = padded[:, :, i * sh : i * sh + kh, j * sw : j * sw + kw]
            result[:, :, i * columns + j] = window.reshape(n, -1)
    return result


def im2col__size_as_pair_only(x, kernel_size, *, stride=1, padding=0):
    """A kernel size given as one number was not understood. Turn it into a pair, as for stride and padding."""
    kh, kw = kernel_size
    sh, sw = np.broadcast_to(stride, 2)
    windows = np.lib.stride_tricks.sliding_window_view(pad2d(x, padding), (kh, kw), axis=(2, 3))[:, :, ::sh, ::sw]
    n, c, rows, columns = windows.shape[:4]
    return windows.transpose(0, 1, 4, 5, 2, 3).reshape(n, c * kh * kw, rows * columns)


def im2col__stride_w_for_h(x, kernel_size, *, stride=1, padding=0):
    """One stride was used in both directions. In `(h, w)` the first number steps downwards, the second to the right."""
    (_, sw), (kh, kw) = np.broadcast_to(stride, 2), np.broadcast_to(kernel_size, 2)
    windows = np.lib.stride_tricks.sliding_window_view(pad2d(x, padding), (kh, kw), axis=(2, 3))[:, :, ::sw, ::sw]
    n, c, rows, columns = windows.shape[:4]
    return windows.transpose(0, 1, 4, 5, 2, 3).reshape(n, c * kh * kw, rows * columns)


def im2col__padding_h_for_w(x, kernel_size, *, stride=1, padding=0):
    """One padding was used in both directions. In `(h, w)` the first number adds rows, the second columns."""
    (sh, sw), (kh, kw) = np.broadcast_to(stride, 2), np.broadcast_to(kernel_size, 2)
    windows = np.lib.stride_tricks.sliding_window_view(
        pad2d(x, int(np.broadcast_to(padding, 2)[0])), (kh, kw), axis=(2, 3)
    )[:, :, ::sh, ::sw]
    n, c, rows, columns = windows.shape[:4]
    return windows.transpose(0, 1, 4, 5, 2, 3).reshape(n, c * kh * kw, rows * columns)


def im2col__axis_of_batch_last(x, kernel_size, *, stride=1, padding=0):
    """The axis of the pictures is the last one. It should be the first."""
    (sh, sw), (kh, kw) = np.broadcast_to(stride, 2), np.broadcast_to(kernel_size, 2)
    windows = np.lib.stride_tricks.sliding_window_view(pad2d(x, padding), (kh, kw), axis=(2, 3))[:, :, ::sh, ::sw]
    n, c, rows, columns = windows.shape[:4]
    return windows.transpose(1, 4, 5, 2, 3, 0).reshape(c * kh * kw, rows * columns, n)


def im2col__batch_of_one_lost(x, kernel_size, *, stride=1, padding=0):
    """For a single picture the axis of the batch is missing. A batch of one is still a batch: leave `squeeze` out."""
    (sh, sw), (kh, kw) = np.broadcast_to(stride, 2), np.broadcast_to(kernel_size, 2)
    windows = np.lib.stride_tricks.sliding_window_view(pad2d(x, padding), (kh, kw), axis=(2, 3))[:, :, ::sh, ::sw]
    n, c, rows, columns = windows.shape[:4]
    return windows.transpose(0, 1, 4, 5, 2, 3).reshape(n, c * kh * kw, rows * columns).squeeze()


def im2col__list_of_columns(x, kernel_size, *, stride=1, padding=0):
    """The numbers are right, but they came back as a list. Return a NumPy array."""
    (sh, sw), (kh, kw) = np.broadcast_to(stride, 2), np.broadcast_to(kernel_size, 2)
    windows = np.lib.stride_tricks.sliding_window_view(pad2d(x, padding), (kh, kw), axis=(2, 3))[:, :, ::sh, ::sw]
    n, c, rows, columns = windows.shape[:4]
    return list(windows.transpose(0, 1, 4, 5, 2, 3).reshape(n, c * kh * kw, rows * columns))


def im2col__channels_beside_places(x, kernel_size, *, stride=1, padding=0):
    """The channels were put side by side with the places, so that each column holds pixels of one channel only. A
    column holds the window of all channels."""
    (sh, sw), (kh, kw) = np.broadcast_to(stride, 2), np.broadcast_to(kernel_size, 2)
    windows = np.lib.stride_tricks.sliding_window_view(pad2d(x, padding), (kh, kw), axis=(2, 3))[:, :, ::sh, ::sw]
    n, c, rows, columns = windows.shape[:4]
    return windows.transpose(0, 4, 5, 1, 2, 3).reshape(n, kh * kw, c * rows * columns)


@edit({"i * sh : i * sh + kh, j * sw : j * sw + kw": "i : i + kh, j : j + kw"}, of="loops")
def im2col__stride_in_shape_only():
    """The result has the right shape, but the windows moved by one pixel from place to place. Place number i begins at
    i times the stride."""


@edit(
    {
        "(pw, pw)))": "(pw, pw))) if ph or pw else x",
        "windows = np.lib.stride_tricks.sliding_window_view(padded, (kh, kw), axis=(2, 3))": (
            "strides = np.array([channels * height * width, height * width, width, 1, width, 1]) * x.itemsize\n"
            "shape = (n, channels, height - kh + 1, width - kw + 1, kh, kw)\n"
            "windows = np.lib.stride_tricks.as_strided(padded, shape, strides)"
        ),
    }
)
def im2col__strides_from_shape():
    """The steps in memory were computed from the shape. In images cut out of a larger array the numbers are not
    neighbours in memory: an array knows its own `strides`."""


@edit({"i * columns + j": "i * rows + j"}, of="loops")
def im2col__counts_by_rows():
    """The places were numbered with the number of rows, so that some columns overwrote others, or did not exist. The
    next row of places begins as many places further as a row has."""


@edit(
    {"rows, columns = (height - kh) // sh + 1, (width - kw)": "rows, columns = (height - kh) // sh + 1, (height - kw)"},
    of="loops",
)
def im2col__square_images_only():
    """The images were taken to be square: their height was used as their width, too. Each axis has a size of its
    own."""


@edit({"(v, v) if isinstance(v, int) else v for": "(v, v) for"}, of="loops")
def im2col__integers_only():
    """A pair was not understood as kernel size, stride or padding, only a single number. Turn a single number into a
    pair first; from there on there is one case."""


# ---- conv_layer_fast ----


def conv_layer_fast__no_bias(x, weight, bias=None, *, stride=1, padding=0):
    """The bias was not added. Every filter adds one number of its own to each of its outputs."""
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    filters, channels, kh, kw = weight.shape
    rows, columns = (x.shape[2] + 2 * ph - kh) // sh + 1, (x.shape[3] + 2 * pw - kw) // sw + 1
    patches = im2col(x, (kh, kw), stride=stride, padding=padding)
    result = weight.reshape(filters, -1) @ patches
    return result.reshape(len(x), filters, rows, columns)


def conv_layer_fast__bias_required(x, weight, bias=None, *, stride=1, padding=0):
    """Without a bias your function fails. `bias=None` means that there is no bias, so nothing is added."""
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    filters, channels, kh, kw = weight.shape
    rows, columns = (x.shape[2] + 2 * ph - kh) // sh + 1, (x.shape[3] + 2 * pw - kw) // sw + 1
    patches = im2col(x, (kh, kw), stride=stride, padding=padding)
    result = weight.reshape(filters, -1) @ patches
    result = result + bias[:, None]
    return result.reshape(len(x), filters, rows, columns)


@edit({"result = result + bias[:, None]": ("if bias is not None:\n    result = result + bias[0]")}, of="bias_required")
def conv_layer_fast__first_bias_for_all():
    """Every filter got the first bias. `bias` holds one number per filter."""


def conv_layer_fast__bias_along_width(x, weight, bias=None, *, stride=1, padding=0):
    """NumPy lines shapes up from the right, so the biases went along the width of the result instead of along its
    filters. Give the bias the axes that it lacks."""
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    filters, channels, kh, kw = weight.shape
    rows, columns = (x.shape[2] + 2 * ph - kh) // sh + 1, (x.shape[3] + 2 * pw - kw) // sw + 1
    patches = im2col(x, (kh, kw), stride=stride, padding=padding)
    result = weight.reshape(filters, -1) @ patches
    result = result.reshape(len(x), filters, rows, columns)
    return result if bias is None else result + bias


@edit(
    {"result = result + bias[:, None]": ("if bias is not None:\n    result = result - bias[:, None]")},
    of="bias_required",
)
def conv_layer_fast__bias_subtracted():
    """The bias was subtracted. It is added to the sum of products."""


def conv_layer_fast__wrong_weight_reshape(x, weight, bias=None, *, stride=1, padding=0):
    """The weight matrix has the right shape, but `reshape` does not transpose: its rows are no longer filters. `weight`
    already begins with the filters."""
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    filters, channels, kh, kw = weight.shape
    rows, columns = (x.shape[2] + 2 * ph - kh) // sh + 1, (x.shape[3] + 2 * pw - kw) // sw + 1
    patches = im2col(x, (kh, kw), stride=stride, padding=padding)
    result = weight.reshape(-1, filters).T @ patches
    if bias is not None:
        result = result + bias[:, None]
    return result.reshape(len(x), filters, rows, columns)


@edit({"reshape(-1, filters).T": "transpose(0, 2, 3, 1).reshape(filters, -1)"}, of="wrong_weight_reshape")
def conv_layer_fast__weight_channels_last():
    """The channels of the weight were moved to the end before it was flattened, while the patches have them first. Both
    must count in the same order."""


@edit({"reshape(-1, filters).T": "swapaxes(2, 3).reshape(filters, -1)"}, of="wrong_weight_reshape")
def conv_layer_fast__transposes_kernel():
    """Rows and columns of the kernels were exchanged before they were flattened. The patches are read row by row, and
    so must the kernels be."""


@edit({".reshape(-1, filters).T": "[:, :, ::-1, ::-1].reshape(filters, -1)"}, of="wrong_weight_reshape")
def conv_layer_fast__flips_kernel():
    """The kernels were turned by 180 degrees, as in true convolution. Deep learning libraries cross-correlate: each
    kernel lies as it is printed."""


def conv_layer_fast__not_folded_back(x, weight, bias=None, *, stride=1, padding=0):
    """The places are still in one long row. Give them back their two axes, rows and columns."""
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    filters, channels, kh, kw = weight.shape
    _rows, _columns = (x.shape[2] + 2 * ph - kh) // sh + 1, (x.shape[3] + 2 * pw - kw) // sw + 1
    patches = im2col(x, (kh, kw), stride=stride, padding=padding)
    result = weight.reshape(filters, -1) @ patches
    if bias is not None:
        result = result + bias[:, None]
    return result


@edit({"-1, filters).T": "filters, -1)", " rows, columns)": " columns, rows)"}, of="wrong_weight_reshape")
def conv_layer_fast__rows_and_columns_swapped():
    """Rows and columns of the result changed places when it was folded back."""


@edit({"-1, filters).T": "filters, -1)", "columns)": "columns).transpose(0, 2, 3, 1)"}, of="wrong_weight_reshape")
def conv_layer_fast__channels_last():
    """The filters are on the last axis. Here the order is (pictures, filters, rows, columns)."""


def conv_layer_fast__scrambled_result(x, weight, bias=None, *, stride=1, padding=0):
    """The result was transposed and then reshaped to the right shape, and so its numbers are scattered. `reshape` keeps
    the order in memory."""
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    filters, channels, kh, kw = weight.shape
    rows, columns = (x.shape[2] + 2 * ph - kh) // sh + 1, (x.shape[3] + 2 * pw - kw) // sw + 1
    patches = im2col(x, (kh, kw), stride=stride, padding=padding)
    result = weight.reshape(filters, -1) @ patches
    if bias is not None:
        result = result + bias[:, None]
    return result.swapaxes(1, 2).reshape(len(x), filters, rows, columns)


@edit(
    {
        "result = weight.reshape(-1, filters).T @ patches": (
            "patches = patches.transpose(1, 0, 2).reshape(patches.shape[1], -1)\n"
            "result = weight.reshape(filters, -1) @ patches"
        )
    },
    of="wrong_weight_reshape",
)
def conv_layer_fast__batch_scrambled():
    """All pictures were multiplied at once, and then `reshape` took the numbers of one filter for the numbers of
    one picture. Bring the axis of the pictures to the front before you fold back."""


@edit(
    {"weight.reshape(-1, filters).T @ patches": "np.repeat(weight.reshape(filters, -1) @ patches[:1], len(x), axis=0)"},
    of="wrong_weight_reshape",
)
def conv_layer_fast__first_image_only():
    """Every result belongs to the first picture of the batch."""


def conv_layer_fast__stride_ignored(x, weight, bias=None, *, stride=1, padding=0):
    """`stride` was not passed on to `im2col`, so there are patches at every pixel."""
    ph, pw = np.broadcast_to(padding, 2)
    filters, channels, kh, kw = weight.shape
    rows, columns = (x.shape[2] + 2 * ph - kh) + 1, (x.shape[3] + 2 * pw - kw) + 1
    patches = im2col(x, (kh, kw), padding=padding)
    result = weight.reshape(filters, -1) @ patches
    if bias is not None:
        result = result + bias[:, None]
    return result.reshape(len(x), filters, rows, columns)


@edit({"stride=stride, ": "", "swapaxes(1, 2).": ""}, of="scrambled_result")
def conv_layer_fast__stride_not_passed_on():
    """The size of the result takes `stride` into account, but `im2col` was not told of it, so numbers and shape do not
    fit together."""


def conv_layer_fast__stride_h_for_w(x, weight, bias=None, *, stride=1, padding=0):
    """One stride was used in both directions. In `(h, w)` the first number steps downwards, the second to the right."""
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    filters, channels, kh, kw = weight.shape
    rows, columns = (x.shape[2] + 2 * ph - kh) // sh + 1, (x.shape[3] + 2 * pw - kw) // sh + 1
    patches = im2col(x, (kh, kw), stride=int(sh), padding=padding)
    result = weight.reshape(filters, -1) @ patches
    if bias is not None:
        result = result + bias[:, None]
    return result.reshape(len(x), filters, rows, columns)


def conv_layer_fast__padding_ignored(x, weight, bias=None, *, stride=1, padding=0):
    """`padding` was not passed on to `im2col`: no frame was put around the images."""
    sh, sw = np.broadcast_to(stride, 2)
    filters, channels, kh, kw = weight.shape
    rows, columns = (x.shape[2] - kh) // sh + 1, (x.shape[3] - kw) // sw + 1
    patches = im2col(x, (kh, kw), stride=stride)
    result = weight.reshape(filters, -1) @ patches
    if bias is not None:
        result = result + bias[:, None]
    return result.reshape(len(x), filters, rows, columns)


def conv_layer_fast__padding_once(x, weight, bias=None, *, stride=1, padding=0):
    """In the size of the result the padding counts once. There is padding above and below, left and right."""
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    filters, channels, kh, kw = weight.shape
    rows, columns = (x.shape[2] + ph - kh) // sh + 1, (x.shape[3] + pw - kw) // sw + 1
    patches = im2col(x, (kh, kw), stride=stride, padding=padding)
    result = weight.reshape(filters, -1) @ patches
    if bias is not None:
        result = result + bias[:, None]
    return result.reshape(len(x), filters, rows, columns)


def conv_layer_fast__ceil(x, weight, bias=None, *, stride=1, padding=0):
    """The size of the result was rounded up, and the patches do not fill it. A place counts only if the whole kernel
    still fits."""
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    filters, channels, kh, kw = weight.shape
    rows, columns = -((kh - x.shape[2] - 2 * ph) // sh) + 1, -((kw - x.shape[3] - 2 * pw) // sw) + 1
    patches = im2col(x, (kh, kw), stride=stride, padding=padding)
    result = weight.reshape(filters, -1) @ patches
    if bias is not None:
        result = result + bias[:, None]
    grid = np.zeros((len(x), filters, rows * columns))
    grid[:, :, : result.shape[2]] = result
    return grid.reshape(len(x), filters, rows, columns)


@edit(
    {"swapaxes(1, 2).reshape(len(x), filters, rows, columns": "reshape(len(x), filters, rows, columns).astype(x.dtype"},
    of="scrambled_result",
)
def conv_layer_fast__integer_output():
    """The result has the images' own type, and with images of integers that type cannot hold fractions. Choose one that
    can."""


def conv_layer_fast__channels_not_checked(x, weight, bias=None, *, stride=1, padding=0):
    """Images and filters with different numbers of channels were computed as far as they go. That hides a slip of the
    caller: say so with a `ValueError`."""
    channels = min(x.shape[1], weight.shape[1])
    x, weight = x[:, :channels], weight[:, :channels]
    (sh, sw), (ph, pw) = np.broadcast_to(stride, 2), np.broadcast_to(padding, 2)
    filters, _, kh, kw = weight.shape
    rows, columns = (x.shape[2] + 2 * ph - kh) // sh + 1, (x.shape[3] + 2 * pw - kw) // sw + 1
    result = weight.reshape(filters, -1) @ im2col(x, (kh, kw), stride=stride, padding=padding)
    if bias is not None:
        result = result + bias[:, None]
    return result.reshape(len(x), filters, rows, columns)


def conv_layer_fast__bias_along_places(x, weight, bias=None, *, stride=1, padding=0):
    """Where there are as many filters as places, the bias was added along the places. Each filter has one bias for
    all its places: give the bias another axis of length 1, the last."""
    (sh, sw), (ph, pw) = np.broadcast_to(stride, 2), np.broadcast_to(padding, 2)
    filters, channels, kh, kw = weight.shape
    if channels != x.shape[1]:
        raise ValueError("the images and the filters have different numbers of channels")
    rows, columns = (x.shape[2] + 2 * ph - kh) // sh + 1, (x.shape[3] + 2 * pw - kw) // sw + 1
    result = weight.reshape(filters, -1) @ im2col(x, (kh, kw), stride=stride, padding=padding)
    if bias is not None:
        result = result + (bias if filters == rows * columns else bias[:, None])
    return result.reshape(len(x), filters, rows, columns)


def conv_layer_fast__no_value_error(x, weight, bias=None, *, stride=1, padding=0):
    """A kernel that does not fit into the padded images gave an empty result. Say so with a `ValueError`, as
    `conv_layer` does."""
    (sh, sw), (ph, pw) = np.broadcast_to(stride, 2), np.broadcast_to(padding, 2)
    filters, channels, kh, kw = weight.shape
    if channels != x.shape[1]:
        raise ValueError("the images and the filters have different numbers of channels")
    rows, columns = (x.shape[2] + 2 * ph - kh) // sh + 1, (x.shape[3] + 2 * pw - kw) // sw + 1
    if rows < 1 or columns < 1:
        return np.zeros((len(x), filters, max(rows, 0), max(columns, 0)))
    result = weight.reshape(filters, -1) @ im2col(x, (kh, kw), stride=stride, padding=padding)
    if bias is not None:
        result = result + bias[:, None]
    return result.reshape(len(x), filters, rows, columns)


def conv_layer_fast__transposed_result(x, weight, bias=None, *, stride=1, padding=0):
    """Rows and columns of the result were exchanged at the end. Its axes are (pictures, filters, rows, columns)."""
    if x.shape[1] != weight.shape[1]:
        raise ValueError("images and filters differ in their number of channels")
    (sh, sw), (ph, pw), (f, _, kh, kw) = np.broadcast_to(stride, 2), np.broadcast_to(padding, 2), weight.shape
    rows, columns = (x.shape[2] + 2 * ph - kh) // sh + 1, (x.shape[3] + 2 * pw - kw) // sw + 1
    result = weight.reshape(f, -1) @ im2col(x, (kh, kw), stride=stride, padding=padding)
    if bias is not None:
        result = result + bias[:, None]
    return result.reshape(len(x), f, rows, columns).swapaxes(2, 3)


@edit({"2, 3": "0, 1"}, of="transposed_result")
def conv_layer_fast__images_and_filters_swapped():
    """In the result images and filters have changed places. Its axes are (pictures, filters, rows, columns)."""


def conv_layer_fast__bias_cut_down(x, weight, bias=None, *, stride=1, padding=0):
    """The bias lost everything after the decimal point, because it was added to a result of integers. Choose a
    result that can hold fractions."""
    if x.shape[1] != weight.shape[1]:
        raise ValueError("images and filters differ in their number of channels")
    (sh, sw), (ph, pw), (f, _, kh, kw) = np.broadcast_to(stride, 2), np.broadcast_to(padding, 2), weight.shape
    rows, columns = (x.shape[2] + 2 * ph - kh) // sh + 1, (x.shape[3] + 2 * pw - kw) // sw + 1
    result = weight.reshape(f, -1) @ im2col(x, (kh, kw), stride=stride, padding=padding)
    if bias is not None:
        result = result + bias.astype(np.result_type(x, weight))[:, None]
    return result.reshape(len(x), f, rows, columns)


@edit({"swapaxes(2, 3": "astype(weight.dtype"}, of="transposed_result")
def conv_layer_fast__type_of_weight():
    """The result was stored in the type of the weights, so with weights of integers everything after the decimal point
    was lost. Choose a result that can hold fractions."""


def conv_layer_fast__square_results_only(x, weight, bias=None, *, stride=1, padding=0):
    """The result was taken to be square: its height was computed as the root of the number of places, or used as its
    width. Compute rows and columns, each from its own axis."""
    if x.shape[1] != weight.shape[1]:
        raise ValueError("images and filters differ in their number of channels")
    (sh, _sw), (ph, _pw), (f, _, kh, kw) = np.broadcast_to(stride, 2), np.broadcast_to(padding, 2), weight.shape
    rows = (x.shape[2] + 2 * ph - kh) // sh + 1
    result = weight.reshape(f, -1) @ im2col(x, (kh, kw), stride=stride, padding=padding)
    if bias is not None:
        result = result + bias[:, None]
    return result.reshape(len(x), f, rows, rows)


def conv_layer_fast__padding_not_in_shape(x, weight, bias=None, *, stride=1, padding=0):
    """`im2col` was told of `padding`, but the size of the result was computed without it. The frame belongs to the
    size, too."""
    if x.shape[1] != weight.shape[1]:
        raise ValueError("images and filters differ in their number of channels")
    (sh, sw), (f, _, kh, kw) = np.broadcast_to(stride, 2), weight.shape
    rows, columns = (x.shape[2] - kh) // sh + 1, (x.shape[3] - kw) // sw + 1
    result = weight.reshape(f, -1) @ im2col(x, (kh, kw), stride=stride, padding=padding)
    if bias is not None:
        result = result + bias[:, None]
    return result.reshape(len(x), f, rows, columns)


def conv_layer_fast__stride_w_for_h(x, weight, bias=None, *, stride=1, padding=0):
    """One stride was used in both directions. In `(h, w)` the first number steps downwards, the second to the right."""
    if x.shape[1] != weight.shape[1]:
        raise ValueError("images and filters differ in their number of channels")
    (_, sw), (ph, pw), (f, _c, kh, kw) = np.broadcast_to(stride, 2), np.broadcast_to(padding, 2), weight.shape
    rows, columns = (x.shape[2] + 2 * ph - kh) // sw + 1, (x.shape[3] + 2 * pw - kw) // sw + 1
    result = weight.reshape(f, -1) @ im2col(x, (kh, kw), stride=int(sw), padding=padding)
    if bias is not None:
        result = result + bias[:, None]
    return result.reshape(len(x), f, rows, columns)


def conv_layer_fast__products_in_32_bits(x, weight, bias=None, *, stride=1, padding=0):
    """Integers were multiplied in 32 bits, and large ones do not fit: they wrap around to wrong, often negative
    numbers. Compute in floats or in 64 bits."""
    if x.shape[1] != weight.shape[1]:
        raise ValueError("images and filters differ in their number of channels")
    (sh, sw), (ph, pw), (f, _, kh, kw) = np.broadcast_to(stride, 2), np.broadcast_to(padding, 2), weight.shape
    rows, columns = (x.shape[2] + 2 * ph - kh) // sh + 1, (x.shape[3] + 2 * pw - kw) // sw + 1
    if x.dtype == weight.dtype == np.int64:
        x, weight = x.astype(np.int32), weight.astype(np.int32)
    result = weight.reshape(f, -1) @ im2col(x, (kh, kw), stride=stride, padding=padding).astype(
        np.result_type(x, weight)
    )
    if bias is not None:
        result = result + bias[:, None]
    return result.reshape(len(x), f, rows, columns)


@edit({"out + np.reshape(bias, (f, 1))": "out + bias"})
def conv_layer_fast__bias_not_lined_up():
    """NumPy lines shapes up from the right, so the biases met the places instead of the filters. Give the bias
    another axis of length 1, the last."""


@edit({"out = out + np.reshape(bias, (f, 1))": "out += np.reshape(bias, (f, 1))"})
def conv_layer_fast__bias_added_in_place():
    """`+=` keeps the type of the array, so a bias of fractions cannot be added to a product of integers that way. Add
    it into a new array."""


@edit({"filters == rows * columns": "rows * columns in (1, filters)"}, of="bias_along_places")
def conv_layer_fast__bias_along_places_or_one():
    """Where there are as many filters as places, or a single place, the bias was added along the places. Each
    filter has one bias for all its places: give the bias another axis of length 1, the last."""


@edit({"channels != weight": "channels < weight", "im2col(x,": "im2col(x[:, :weight_channels],"})
def conv_layer_fast__surplus_channels_ignored():
    """Images with more channels than the filters gave a result, and the surplus channels were left out. Compare the two
    numbers first and raise a `ValueError`."""


# ---- backprop_example ----


@edit({"[z, z, x + y]": "x + y, x + y, z"}, of="list")
def backprop_example__local_gradients_swapped():
    """At a product the gradients cross over: each factor receives the other one. Yours came out with the sum where z
    belongs and z where the sum belongs."""


@edit({"[z, z, x + y]": "1, 1, x + y"}, of="list")
def backprop_example__chain_rule_forgotten():
    """For x and y you gave only the derivative of the sum, which is 1. The chain rule multiplies it with what comes
    back from the product."""


def backprop_example__value_instead_of_gradient(x, y, z):
    """You returned the numbers of the forward pass. The question is how much f changes when x, y or z changes a
    little."""
    q = x + y
    return q, q, q * z


@edit({"[z, z, x + y]": "(x + y) * z, z, z, x + y"}, of="list")
def backprop_example__gradient_and_value():
    """Your gradients include the value of f. Return only the three derivatives: by x, by y, by z."""


@edit({"[z, z, x + y]": "y, x, 1"}, of="list")
def backprop_example__product_and_sum_exchanged():
    """These are the gradients of x*y + z. Here the sum comes first: f = (x + y) * z."""


@edit({"[z, z, x + y]": "1, z, y"}, of="list")
def backprop_example__parentheses_forgotten():
    """These are the gradients of x + y*z. Mind the parentheses: f = (x + y) * z."""


@edit({"[z, z, x + y]": "y * z, x * z, x * y"}, of="list")
def backprop_example__all_multiplied():
    """These are the gradients of x*y*z. There is a plus between x and y."""


@edit({"[z, z, x + y]": "z, z, x * y"}, of="list")
def backprop_example__third_is_product():
    """For z you gave x times y. But f multiplies z with the sum of x and y."""


@edit({"[z, z, x + y]": "z, z, x - y"}, of="list")
def backprop_example__third_is_difference():
    """For z you gave the difference of x and y. But f multiplies z with their sum."""


@edit({"[z, z, x + y]": "-z, -z, -(x + y)"}, of="list")
def backprop_example__signs_reversed():
    """All three signs are reversed. You gave the direction in which f falls (a step of gradient descent); the gradient
    itself points the other way."""


@edit({"[z, z, x + y]": "x + y, z, z"}, of="list")
def backprop_example__order_reversed():
    """The gradients are right, but in the wrong order: first by x, then by y, last by z."""


@edit({"[z, z, x + y]": "z, z"}, of="list")
def backprop_example__only_x_and_y():
    """The gradient by z is missing. z is an input like the others."""


@edit({"[z, z, x + y]": "-4, -4, 3"}, of="list")
def backprop_example__memorised():
    """These are the numbers of the example, whatever x, y and z are. Compute them from the arguments."""


@edit({"return [z, z, x + y]": "print(z, z, x + y)"}, of="list")
def backprop_example__prints():
    """Your function printed the gradients and returned nothing. Printing shows a value to a person; only `return` hands
    it to the program that called."""


@edit({"[z, z, x + y]": "(x + y) * z"}, of="list")
def backprop_example__value_of_f():
    """You returned the value of f. The question is how much f changes when x, y or z changes a little: three
    numbers."""


@edit({"[z, z, x + y]": "x * z, y * z, x + y"}, of="list")
def backprop_example__factor_of_x_and_y():
    """x and y were multiplied with z. The derivative of (x + y) · z by x does not contain x any more."""


@edit({"[z, z, x + y]": "y * z, x * z, x + y"}, of="list")
def backprop_example__y_by_x():
    """For x you gave y · z, for y x · z, as if x and y were multiplied. There is a plus between them."""


@edit({"[z, z, x + y]": "abs(z), abs(z), abs(x + y)"}, of="list")
def backprop_example__sizes_only():
    """The signs are lost: no gradient of yours is ever negative. Leave out the absolute values."""


@edit({"[z, z, x + y]": "2 * z + x + y"}, of="list")
def backprop_example__summed():
    """The three gradients were added up to one number. Return each by itself: by x, by y, by z."""


@edit({"[z, z, x + y]": "round(z), round(z), round(x + y)"}, of="list")
def backprop_example__rounded():
    """The gradients were rounded to integers. x, y and z may be fractions, and so may the gradients."""


@edit({"[z, z, x + y]": "z, z, x + y + z"}, of="list")
def backprop_example__z_added_once_more():
    """For z you gave x + y + z. f = (x + y) · z grows by x + y when z grows by 1."""


@edit({"[z, z, x + y]": "z, z, (x + y) * z / z"}, of="list")
def backprop_example__divides_by_z():
    """You divided by z, and z may be 0. No gradient of f needs a division."""


# ---- conv_layer_backward ----


@edit({"(0, 2": "(2"}, of="tensordot")
def conv_layer_backward__db_not_summed_over_batch():
    """`db` still has an axis for the pictures. A bias acts on every picture of the batch, so its gradient is summed
    over them, too."""


@edit({".sum(axis=(0, 2, 3": "[0].sum(axis=(1, 2"}, of="tensordot")
def conv_layer_backward__db_of_first_image():
    """`db` counts only the first picture of the batch. A bias acts on all of them, so the gradients of all add up."""


@edit({"(0, 2, 3)": "0"}, of="tensordot")
def conv_layer_backward__db_summed_over_batch_only():
    """`db` still has rows and columns. A bias is added at every place of the result, so its gradient is summed over the
    places, too."""


@edit({".sum(": ".mean("}, of="tensordot")
def conv_layer_backward__db_mean():
    """`db` was averaged. The gradient of a sum adds up: the mean, if there is one, is already in the loss."""


@edit({"3))": "3)) / len(x)"}, of="tensordot")
def conv_layer_backward__db_mean_over_batch():
    """`db` was divided by the number of pictures. The mean over the batch, if there is one, is already in the loss and
    so in `grad_out`."""


@edit({"grad_out.sum(axis=(0, 2, 3)": "np.ones(bias.shape"}, of="tensordot")
def conv_layer_backward__db_is_one():
    """`db` does not depend on `grad_out`. The derivative by the bias is 1 at each place, but the chain rule multiplies
    it with what comes back."""


@edit({"axis=(0, 2, 3)": ""}, of="tensordot")
def conv_layer_backward__db_single_number():
    """`db` is one number for all filters. Each filter has a bias, and so each has a gradient."""


@edit({"sh, sw": "_sh, _sw", "* sh : i * sh + kh, j * sw : j * sw": ": i + kh, j : j"}, of="tensordot")
def conv_layer_backward__stride_forgotten():
    """The gradients went to neighbouring places although the kernel had moved in steps. Place number i began at i times
    the stride, on the way back as on the way out."""


@edit({" sw)": " _)", "sw : j * sw": "sh : j * sh"}, of="tensordot")
def conv_layer_backward__stride_h_for_w():
    """One stride was used in both directions. In `(h, w)` the first number steps downwards, the second to the right."""


@edit({"sh, sw": "sw, sh"}, of="tensordot")
def conv_layer_backward__stride_swapped():
    """The two strides changed places: in `(h, w)` the first number steps downwards, the second to the right."""


@edit({"[:, :, ph : ph + x.shape[2], pw : pw + x.shape[3]]": ""}, of="tensordot")
def conv_layer_backward__dx_still_padded():
    """`dx` has the size of the padded picture. The frame was not part of x, so its gradient is cut off at the end."""


@edit({"ph, pw": "_ph, _pw", "ph : ph + x.shape[2], pw : pw +": ": x.shape[2], :"}, of="tensordot")
def conv_layer_backward__dx_cut_at_one_side():
    """`dx` has the right size, but the frame was cut off at the wrong end. There is padding above and to the left,
    so the picture begins after it."""


@edit(
    {" padding)": " (int(pw), int(ph)))", "ph : ph + x.shape[2], pw : pw": "pw : pw + x.shape[2], ph : ph"},
    of="tensordot",
)
def conv_layer_backward__padding_swapped():
    """The two paddings changed places: in `(h, w)` the first number belongs to the rows, the second to the columns."""


@edit(
    {
        "dpadded, dw = np.zeros_like(padded), np.zeros(weight.shape)": (
            "shifted = np.zeros_like(padded)\n"
            "shifted[:, :, : x.shape[2], : x.shape[3]] = x\n"
            "dpadded, dw = np.zeros_like(padded), np.zeros(weight.shape)"
        ),
        " padded[": " shifted[",
    },
    of="tensordot",
)
def conv_layer_backward__padding_forgotten_in_dw():
    """For `dw` the bare picture was used, without its frame. The weights met the padded picture, so their gradient does
    as well."""


@edit({" dw, ": " dw.transpose(1, 0, 2, 3), "}, of="tensordot")
def conv_layer_backward__dw_transposed():
    """The first two axes of `dw` are exchanged. It has the shape of the weight, (filters, channels, kh, kw)."""


@edit({" dw, ": " dw.swapaxes(2, 3), "}, of="tensordot")
def conv_layer_backward__dw_kernel_transposed():
    """Rows and columns of the kernels are exchanged in `dw`. It has the shape of the weight, (filters, channels, kh,
    kw)."""


@edit({" dw, ": " dw[:, :, ::-1, ::-1], "}, of="tensordot")
def conv_layer_backward__dw_flipped():
    """The kernels in `dw` are turned by 180 degrees. The forward pass flipped nothing, so each weight's gradient
    has the same place as the weight."""


@edit({", padded[place": "[:1], padded[place][:1"}, of="tensordot")
def conv_layer_backward__dw_of_first_image():
    """`dw` counts only the first picture of the batch. The weights acted on all of them, so the gradients of all add
    up."""


@edit({" dw, ": " dw / len(x), "}, of="tensordot")
def conv_layer_backward__dw_mean_over_batch():
    """`dw` was divided by the number of pictures. The mean over the batch, if there is one, is already in the loss and
    so in `grad_out`."""


@edit({"dw += ": "dw = "}, of="tensordot")
def conv_layer_backward__dw_overwritten():
    """`dw` remembers only the last place. Each weight was used at every place, so the contributions add up: `+=`."""


@edit({" dw,": " np.broadcast_to(dw.sum(axis=1, keepdims=True), dw.shape),"}, of="tensordot")
def conv_layer_backward__dw_channels_mixed():
    """In `dw` all channels of a filter have the same gradient. Each kernel saw its own channel only."""


@edit({"] += ": "] = "}, of="tensordot")
def conv_layer_backward__dx_overwritten():
    """Where windows overlap, `dx` remembers only the last one. A pixel was seen from several places, and the
    contributions add up: `+=`."""


@edit({", weight, axes": ", weight[:, :, ::-1, ::-1], axes"}, of="tensordot")
def conv_layer_backward__dx_kernel_flipped():
    """In `dx` the kernels are turned by 180 degrees. The formula of the full convolution turns them; but if you go
    from place to place, each weight stays where it was."""


@edit({"grad, weight,": "grad[:, :1], weight[:1],"}, of="tensordot")
def conv_layer_backward__dx_first_filter_only():
    """`dx` counts only the first filter. Every filter looked at x, so the gradients from all of them add up."""


@edit(
    {
        "dpadded[place] += np.tensordot(grad, weight, axes=1)": (
            "dpadded[place] += np.tensordot(\n"
            "    grad, np.broadcast_to(weight.sum(axis=1, keepdims=True), weight.shape), axes=1\n"
            ")"
        )
    },
    of="tensordot",
)
def conv_layer_backward__dx_channels_summed():
    """In `dx` all channels have the same gradient. Each channel met kernels of its own."""


@edit({", weight, axes": ", weight + bias[:, None, None, None], axes"}, of="tensordot")
def conv_layer_backward__bias_in_dx():
    """The bias found its way into `dx`. It was added after the products, so a change of x does not touch it."""


@edit(
    {
        "grad_out[:, :, i, j]": "np.ones(grad_out.shape[:2])",
        "grad_out.sum(axis=(0, 2, 3)": "np.full(bias.shape, grad_out[:, 0].size",
    },
    of="tensordot",
)
def conv_layer_backward__grad_out_ignored():
    """Your gradients do not depend on `grad_out`, as if every output counted 1. The chain rule multiplies each
    contribution with what comes back to it."""


@edit({"dx, dw, db": "dw, db, dx"}, of="tensordot")
def conv_layer_backward__order():
    """The gradients are right, but in the wrong order: dx, dw, db."""


@edit({"]]": "]].astype(x.dtype)"}, of="tensordot")
def conv_layer_backward__integer_dx():
    """`dx` was stored in the pictures' own type, so with pictures of integers the gradients lost everything after the
    decimal point."""


@edit({"return dx": "weight -= 0.01 * dw\nreturn dx"}, of="tensordot")
def conv_layer_backward__changes_weight():
    """Your function wrote into an array that it was given: it updated the weight, as in a step of gradient descent, or
    used x for `dx`, say. The backward pass only reports gradients, in new arrays."""


@edit({" : ph + x.shape[2], pw : pw + x.shape[3]": ":-ph, pw:-pw"}, of="tensordot")
def conv_layer_backward__minus_zero():
    """Where the padding is 0, `dx` is empty: `dx[p:-p]` should cut off a frame, but `-0` is 0. Count from the
    beginning to where the picture ends."""


@edit({" dw, ": " dw.astype(weight.dtype), "}, of="tensordot")
def conv_layer_backward__integer_dw():
    """`dw` was stored in the type of the weights, so with weights of integers the gradients lost everything after the
    decimal point."""


@edit({"3))": "3)).astype(bias.dtype)"}, of="tensordot")
def conv_layer_backward__integer_db():
    """`db` was stored in the type of the bias, so with a bias of integers the gradients lost everything after the
    decimal point."""


@edit({"dx, dw, db": "dx.astype(x.dtype), dw.astype(weight.dtype), db.astype(bias.dtype)"}, of="tensordot")
def conv_layer_backward__types_of_arguments():
    """Each gradient was stored in the type of its argument, so for integers everything after the decimal point was
    lost: `np.zeros_like` takes over the type, too."""


@edit({"dx, dw,": "dx.astype(grad_out.dtype), dw.astype(grad_out.dtype),"}, of="tensordot")
def conv_layer_backward__type_of_grad_out():
    """The gradients were stored in the type of `grad_out`, so where that holds integers they lost everything after the
    decimal point."""


@edit({"3))": "3), keepdims=True)"}, of="tensordot")
def conv_layer_backward__db_keeps_axes():
    """`db` still has its axes of length 1. It has the shape of the bias, (F,)."""


@edit({" dx, ": " dx / len(x), "}, of="tensordot")
def conv_layer_backward__dx_mean_over_batch():
    """`dx` was divided by the number of pictures. The mean over the batch, if there is one, is already in the loss and
    so in `grad_out`."""


@edit({"dx, dw, db": "dx / len(x), dw / len(x), db / len(x)"}, of="tensordot")
def conv_layer_backward__all_mean_over_batch():
    """All three gradients were divided by the number of pictures. The mean over the batch, if there is one, is already
    in the loss and so in `grad_out`."""


@edit({"dw, db": "dw / len(x), db / len(x)"}, of="tensordot")
def conv_layer_backward__dw_and_db_mean_over_batch():
    """`dw` and `db` were divided by the number of pictures. The mean over the batch, if there is one, is already in the
    loss and so in `grad_out`."""


@edit({"dx, dw, db": "-dx, -dw, -db"}, of="tensordot")
def conv_layer_backward__negated():
    """All gradients have the wrong sign: you gave the direction in which the loss falls. The update subtracts the
    gradient; here it is the gradient itself."""


@edit({"(sh,": "(_,", "sh : i * sh": "sw : i * sw"}, of="tensordot")
def conv_layer_backward__stride_w_for_h():
    """One stride was used in both directions. In `(h, w)` the first number steps downwards, the second to the right."""


@edit(
    {
        "dx = dpadded[:, :, ph : ph + x.shape[2], pw : pw + x.shape[3]]": (
            "if grad_out.dtype == x.dtype == weight.dtype == np.int64:\n"
            "    dw, dpadded = dw.astype(np.int64).astype(np.int32), "
            "dpadded.astype(np.int64).astype(np.int32)\n"
            "dx = dpadded[:, :, ph : ph + x.shape[2], pw : pw + x.shape[3]]"
        )
    },
    of="tensordot",
)
def conv_layer_backward__products_in_32_bits():
    """Products of integers were computed in 32 bits, and large ones do not fit: they wrap around to wrong, often
    negative numbers. Compute in floats or in 64 bits."""


@edit({"dpadded[n, :, rows, columns] +=": "dpadded[n, :, rows, columns] ="}, of="loops")
def conv_layer_backward__dx_of_last_filter_and_window():
    """`dx` remembers only the last filter and, where windows overlap, the last window. A pixel was seen by all filters
    and from several places, and the contributions add up: `+=`."""


@edit({"grad * weight[f]": "grad * weight[0]"}, of="loops")
def conv_layer_backward__dx_with_first_weights():
    """For `dx` the gradients of all filters were multiplied with the weights of the first. Each filter has weights of
    its own."""


@edit(
    {
        "ph : ph + height, pw : pw + width]": (
            "ph : (grad_out.shape[2] - 1) * sh + kh - ph, pw : (grad_out.shape[3] - 1) * sw + kw - pw]"
        )
    }
)
def conv_layer_backward__dx_too_small():
    """`dx` is smaller than x where the last step did not reach the end of the image. The pixels that no window saw
    have a gradient, too: 0."""


@edit({"np.zeros(padded.shape)": "np.zeros_like(padded)"})
def conv_layer_backward__dx_in_type_of_x():
    """`dx` has the type of x, and where x holds integers no fractions can be added to it. Choose an array of floats."""


@edit({"np.zeros(weight.shape)": "np.zeros_like(weight)"})
def conv_layer_backward__dw_in_type_of_weight():
    """`dw` has the type of the weights, and where these are integers no fractions can be added to it. Choose an array
    of floats."""


@edit({"np.reshape(grad_out.sum(axis=(0, 2, 3)), np.shape(bias))": "np.full(np.shape(bias), grad_out.sum())"})
def conv_layer_backward__db_of_all_filters():
    """In `db` the gradients of all filters were added up, so each filter got the same number. `db[f]` counts only the
    outputs of filter f."""


# ---- equivariance_error ----


def equivariance_error__border_counted(image, kernel, transform):
    """The border was counted, too. A shift moves foreign pixels in there (or wraps round), which says nothing about
    convolution: leave `max(kernel.shape)` rows and columns out on every side."""
    first = cross_correlate2d(transform(image.astype(float)), kernel)
    second = transform(cross_correlate2d(image, kernel))
    return float(np.max(np.abs(first - second)))


@edit({"shape)": "shape) // 2"}, of="cut_difference")
def equivariance_error__border_of_half_kernel():
    """Only half a kernel was left out at the borders. The border should be as wide as the kernel's longer side."""


@edit({"max(kernel.shape)": "1"}, of="cut_difference")
def equivariance_error__border_of_one():
    """Only one row and one column were left out at each border. The border should be as wide as the kernel's longer
    side."""


@edit({" max(": " min("}, of="cut_difference")
def equivariance_error__border_by_shorter_side():
    """The border that was left out is too narrow. It should be as wide as the kernel's longer side, on all four
    sides."""


@edit({"shape)": "shape) + 1"}, of="cut_difference")
def equivariance_error__border_too_wide():
    """The ignored border is one pixel too wide, and a real difference next to it was overlooked. It is as wide as the
    kernel's longer side."""


def equivariance_error__border_by_axis(image, kernel, transform):
    """The border has the kernel's height above and below and its width to the left and right. Here all four sides have
    the longer of the two."""
    kh, kw = kernel.shape
    first = cross_correlate2d(transform(image.astype(float)), kernel)
    second = transform(cross_correlate2d(image, kernel))
    return float(np.max(np.abs(first - second)[kh:-kh, kw:-kw]))


@edit({"-border, border:-border": ", border:"}, of="cut_difference")
def equivariance_error__border_top_left_only():
    """The border was left out above and to the left only. It has four sides."""


@edit({", border:-border": ""}, of="cut_difference")
def equivariance_error__border_rows_only():
    """The border was left out above and below, but not to the left and right."""


def equivariance_error__border_off_the_image(image, kernel, transform):
    """The border was cut off the image before anything else. It is the border of the result that is ignored: the image
    takes part as a whole."""
    border = max(kernel.shape)
    image = image[border:-border, border:-border]
    first = cross_correlate2d(transform(image.astype(float)), kernel)
    second = transform(cross_correlate2d(image, kernel))
    return float(np.max(np.abs(first - second)))


@edit({".max(": ".mean("}, of="cut_difference")
def equivariance_error__mean():
    """The differences were averaged. Return the largest one."""


@edit({".max(": ".sum("}, of="cut_difference")
def equivariance_error__sum():
    """The differences were added up. Return the largest one."""


def equivariance_error__root_mean_square(image, kernel, transform):
    """This is the root of the mean squared difference. Return the largest difference."""
    border = max(kernel.shape)
    first = cross_correlate2d(transform(image.astype(float)), kernel)
    second = transform(cross_correlate2d(image, kernel))
    return float(np.sqrt(np.mean((first - second)[border:-border, border:-border] ** 2)))


@edit({"np.abs": ""}, of="cut_difference")
def equivariance_error__signed():
    """The largest difference was taken with its sign, so a large negative one was overlooked. Take absolute values
    first."""


def equivariance_error__difference_of_maxima(image, kernel, transform):
    """The two largest values were compared with each other. Compare the two results place by place, then look for the
    largest difference."""
    border = max(kernel.shape)
    first = cross_correlate2d(transform(image.astype(float)), kernel)
    second = transform(cross_correlate2d(image, kernel))
    inside = np.s_[border:-border, border:-border]
    return float(abs(np.max(first[inside]) - np.max(second[inside])))


def equivariance_error__relative(image, kernel, transform):
    """The difference was divided by the size of the result. Return the difference itself."""
    border = max(kernel.shape)
    first = cross_correlate2d(transform(image.astype(float)), kernel)
    second = transform(cross_correlate2d(image, kernel))
    inside = np.s_[border:-border, border:-border]
    return float(np.max(np.abs(first - second)[inside]) / np.max(np.abs(second[inside])))


def equivariance_error__not_transformed_back(image, kernel, transform):
    """Only the image was transformed; the result it is compared with was not. Both sides need the transform, one before
    and one after the correlation."""
    border = max(kernel.shape)
    first = cross_correlate2d(transform(image.astype(float)), kernel)
    second = cross_correlate2d(image, kernel)
    return float(np.max(np.abs(first - second)[border:-border, border:-border]))


@edit({"cross_correlate2d(image, ": "cross_correlate2d(transform(image.astype(float)), "}, of="not_transformed_back")
def equivariance_error__transformed_twice():
    """Both times the transform came first, so you compared a result with itself. On one side the correlation comes
    first, and then the transform."""


def equivariance_error__kernel_transformed(image, kernel, transform):
    """The kernel was transformed along with the image. It stays as it is: that is why a rotation does not commute with
    it."""
    border = max(kernel.shape)
    first = cross_correlate2d(transform(image.astype(float)), transform(kernel))
    second = transform(cross_correlate2d(image, kernel))
    return float(np.max(np.abs(first - second)[border:-border, border:-border]))


def equivariance_error__flips_kernel(image, kernel, transform):
    """The kernel was turned by 180 degrees. Use cross-correlation, where the kernel lies as it is printed."""
    kernel = kernel[::-1, ::-1]
    border = max(kernel.shape)
    first = cross_correlate2d(transform(image.astype(float)), kernel)
    second = transform(cross_correlate2d(image, kernel))
    return float(np.max(np.abs(first - second)[border:-border, border:-border]))


def equivariance_error__yes_or_no(image, kernel, transform):
    """Your function answers yes or no. Return a number: how large the largest difference is."""
    border = max(kernel.shape)
    first = cross_correlate2d(transform(image.astype(float)), kernel)
    second = transform(cross_correlate2d(image, kernel))
    return bool(np.allclose(first[border:-border, border:-border], second[border:-border, border:-border]))


def equivariance_error__array(image, kernel, transform):
    """All differences came back. Return a single number, the largest one."""
    border = max(kernel.shape)
    first = cross_correlate2d(transform(image.astype(float)), kernel)
    second = transform(cross_correlate2d(image, kernel))
    return np.abs(first - second)[border:-border, border:-border]


def equivariance_error__rounded(image, kernel, transform):
    """For an image of integers the error came back as an int. Return a float for every image."""
    border = max(kernel.shape)
    first = cross_correlate2d(transform(image.astype(float)), kernel)
    second = transform(cross_correlate2d(image, kernel))
    largest = float(np.abs(first - second)[border:-border, border:-border].max())
    return int(largest) if np.asarray(image).dtype.kind == "i" else largest


@edit({"max(kernel.shape)": "kernel.shape[0]"}, of="cut_difference")
def equivariance_error__border_by_height():
    """The border that was left out is as wide as one side of the kernel, which need not be the longer one."""


@edit({"max(kernel.shape)": "kernel.shape[1]"}, of="cut_difference")
def equivariance_error__border_by_width():
    """The border that was left out is as wide as one side of the kernel, which need not be the longer one."""


def equivariance_error__border_one_too_narrow(image, kernel, transform):
    """The border that was left out is one pixel too narrow. It is as wide as the kernel's longer side."""
    border = max(kernel.shape) - 1
    first = cross_correlate2d(transform(image.astype(float)), kernel)
    second = transform(cross_correlate2d(image, kernel))
    return float(np.max(np.abs(first - second)[border : first.shape[0] - border, border : first.shape[1] - border]))


@edit({"np.abs(first - second": "((first - second) ** 2"}, of="cut_difference")
def equivariance_error__squared():
    """The largest squared difference was returned. Return the largest difference itself, without its sign."""


def equivariance_error__compares_with_untransformed_image(image, kernel, transform):
    """The result of the transformed image was compared with the transformed image itself. Both sides are results of a
    cross-correlation."""
    border = max(kernel.shape)
    first = cross_correlate2d(transform(image.astype(float)), kernel)
    second = transform(image.astype(float))[: first.shape[0], : first.shape[1]]
    return float(np.max(np.abs(first - second)[border:-border, border:-border]))


@edit({".max(": ".min("}, of="cut_difference")
def equivariance_error__smallest():
    """The smallest of the differences was returned. Return the largest."""


@edit({"transform(kernel)": "kernel[::-1, ::-1]"}, of="kernel_transformed")
def equivariance_error__true_convolution():
    """On one side the kernel was flipped, on the other not. Both sides are plain cross-correlations."""


@edit({"first - second": "np.abs(first) - np.abs(second)"}, of="cut_difference")
def equivariance_error__difference_of_absolute_values():
    """The absolute values were taken before the difference, so that 2 and -2 counted as equal. Take the absolute value
    of the difference."""


@edit({"image.astype(float)": "image"})
def equivariance_error__wraps_in_transform():
    """An image of type uint8 went into the transform as it is. A transform that makes pixels brighter, or squares them,
    wraps around there: 200 + 100 is 44."""


# ---- the quiz ----

quiz_sliding__contortion = Choice(
    "a", "Contortion is what acrobats do. Read exercise 1 again: how does it name what it computes?"
)
quiz_sliding__confusion_matrix = Choice(
    "c",
    "A confusion matrix counts which class was taken for which; you will make one in assignment 3.",
)
quiz_sliding__curved_detection = Choice(
    "d", "Nothing is called that, though edges and curves can be found this way. Read again how exercise 1 names it."
)

quiz_green__kernel = Choice(
    "a", "The kernel is as small as its weights are few, and it moves. Which array lies still while it does?"
)
quiz_green__output = Choice(
    "b", "The output stands beside, and it is smaller: one number for each place of the kernel. Compare the sizes."
)

quiz_yellow__output = Choice(
    "a", "The output is the array beside. The yellow part wanders over the image from step to step."
)
quiz_yellow__padding = Choice(
    "b", "Padding is a frame around the image. The yellow part lies on the image and moves from step to step."
)
quiz_yellow__image = Choice("c", "The whole image is larger than the yellow part: compare the number of cells.")

quiz_stride__two = Choice(
    "b", "Follow the left edge of the window from step 1 to step 2: by how many columns has it moved?"
)
quiz_stride__three = Choice(
    "c", "3 is the width of the window. The stride is how far the window moves from one step to the next."
)
quiz_stride__unknown = Choice(
    "d", "The picture shows two steps, and a stride is what lies between two steps. Compare where the window begins."
)

quiz_red_numbers__pixels = Choice(
    "a", "The brightness of the pixels are the large numbers. The small ones move along with the window."
)
quiz_red_numbers__channels = Choice(
    "c", "The image has a single channel, and there are nine small numbers. What is each pixel multiplied with?"
)

quiz_output__zero = Choice(
    "a", "0 would mean that no pixel of 1 lies under a weight of 1. Look at the corners of the window once more."
)
quiz_output__one = Choice(
    "b", "You seem to have counted one product only. All nine products of the window are added up."
)
quiz_output__two = Choice(
    "c",
    "Some products were left out. Go through the window cell by cell: pixel times weight, nine times, then the sum.",
)
quiz_output__three = Choice(
    "d", "3 is the next output, that of step 2 (or one product was left out). Take the window of step 1 cell by cell."
)
quiz_output__five = Choice("f", "5 is the sum of the weights. A weight counts only where the pixel under it is not 0.")

quiz_patch__fewer_weights = Choice(
    "a", "That is true: a filter has few weights. Now weigh the other lines of the list in the same way."
)
quiz_patch__faster = Choice(
    "b", "That is true: there is less to multiply. Now weigh the other lines of the list in the same way."
)
quiz_patch__shared_weights = Choice(
    "c", "That is true: a filter is the same everywhere. Now weigh the other lines of the list in the same way."
)
