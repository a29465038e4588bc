"""Known wrong answers to assignment 1, convolution by hand."""

import numpy as np

from solutions.a1_convolution.notebook import conv2d, cross_correlate2d, im2col, pad2d
from solutions.asking import Choice

# ---- cross_correlate2d ----


def cross_correlate2d__flips_kernel(image, kernel):
    """This is the mathematician's convolution: the kernel was turned by 180 degrees before it slid over the image.
    Cross-correlation lays the kernel down just as it is printed."""
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return np.einsum("ijuv,uv->ij", windows, kernel[::-1, ::-1])


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
    """Your result is as large as the image, because zeros were added around it first. Here only places where the whole
    kernel lies on the image count; padding gets a function of its own."""
    kh, kw = kernel.shape
    if kh > image.shape[0] or kw > image.shape[1]:
        raise ValueError("the kernel does not fit into the image")
    padded = np.pad(image, (((kh - 1) // 2, kh // 2), ((kw - 1) // 2, kw // 2)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, kernel.shape)
    return np.einsum("ijuv,uv->ij", windows, kernel)


def cross_correlate2d__mean(image, kernel):
    """The products were averaged. Cross-correlation adds them up: dividing by the number of pixels is the business of
    the kernel, if it wants to blur."""
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return np.einsum("ijuv,uv->ij", windows, kernel) / kernel.size


def cross_correlate2d__divides_by_kernel_sum(image, kernel):
    """The result was divided by the sum of the kernel. That keeps a blur's brightness, but an edge detector sums to
    zero; the definition has no division in it."""
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return np.einsum("ijuv,uv->ij", windows, kernel) / kernel.sum()


def cross_correlate2d__transposed_result(image, kernel):
    """Every number is right and stands in the wrong place: rows and columns of the result are exchanged. The first
    index of the result counts the kernel's steps downwards."""
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return np.einsum("ijuv,uv->ij", windows, kernel).T


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


def cross_correlate2d__changes_image(image, kernel):
    """A slice of a NumPy array is a window on the array itself, not a copy: multiplying the patch in place changed the
    image, and the next patch saw the damage. Put the products into a new array."""
    kh, kw = kernel.shape
    rows, columns = image.shape[0] - kh + 1, image.shape[1] - kw + 1
    if rows < 1 or columns < 1:
        raise ValueError("the kernel does not fit into the image")
    result = np.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            patch = image[i : i + kh, j : j + kw]
            patch *= kernel
            result[i, j] = patch.sum()
    return result


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
    """The result, or the image, was stored in the kernel's type, so with a kernel of integers everything after the
    decimal point was lost. Choose a type that can hold fractions."""
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return np.einsum("ijuv,uv->ij", windows, kernel).astype(kernel.dtype)


def cross_correlate2d__list_of_rows(image, kernel):
    """The numbers are right, but they came back as a list. Return a NumPy array."""
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return np.einsum("ijuv,uv->ij", windows, kernel).tolist()


def cross_correlate2d__sums_before_multiplying(image, kernel):
    """The pixels were added up, and the weights were added up, before they were multiplied. Multiply each pixel with
    the weight on top of it first."""
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return windows.sum(axis=(2, 3)) * kernel.sum()


# ---- convolve2d ----


def convolve2d__flips_nothing(image, kernel):
    """This is cross-correlation: the kernel was used as it is printed. True convolution turns it round first, and that
    turn is all the difference between the two."""
    return cross_correlate2d(image, kernel)


def convolve2d__flips_rows_only(image, kernel):
    """The kernel was turned upside down, but left and right stayed where they were. Convolution mirrors both axes."""
    return cross_correlate2d(image, kernel[::-1])


def convolve2d__flips_columns_only(image, kernel):
    """The kernel was mirrored from left to right, but top and bottom stayed where they were. Convolution mirrors both
    axes."""
    return cross_correlate2d(image, kernel[:, ::-1])


def convolve2d__transposes(image, kernel):
    """Transposing exchanges rows and columns; it is not a flip. After a flip along both axes the kernel still has its
    shape, and its last number stands first."""
    return cross_correlate2d(image, kernel.T)


def convolve2d__quarter_turn(image, kernel):
    """The kernel was turned by 90 degrees. Mirroring both axes is half a turn, 180 degrees."""
    return cross_correlate2d(image, np.rot90(kernel))


def convolve2d__flips_image(image, kernel):
    """The image was flipped instead of the kernel. The sums are the right ones, but they come out in reversed order,
    the last place first."""
    return cross_correlate2d(image[::-1, ::-1], kernel)


def convolve2d__flips_result(image, kernel):
    """The result of a cross-correlation was flipped at the end. Flipping does not change which weight met which pixel:
    turn the kernel before it slides."""
    return cross_correlate2d(image, kernel)[::-1, ::-1]


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
    """The result is right, but the caller's kernel was left turned round: assigning to `kernel[:]` writes into the
    array that was handed in. Flip into a new name."""
    kernel[:] = kernel[::-1, ::-1].copy()
    return cross_correlate2d(image, kernel)


def convolve2d__integer_output(image, kernel):
    """The result was stored in the image's own type, so with an image of integers everything after the decimal point
    was lost. Choose a result that can hold fractions."""
    return cross_correlate2d(image, kernel[::-1, ::-1]).astype(image.dtype)


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


def convolve2d__type_of_kernel(image, kernel):
    """The result, or the image, was stored in the kernel's type, so with a kernel of integers everything after the
    decimal point was lost. Choose a type that can hold fractions."""
    return cross_correlate2d(image, kernel[::-1, ::-1]).astype(kernel.dtype)


def convolve2d__flips_and_transposes(image, kernel):
    """The kernel was flipped, but transposed as well: its rows have become columns. Half a turn keeps rows rows."""
    return cross_correlate2d(image, kernel.T[::-1, ::-1])


# ---- pad2d ----


def pad2d__one_sided(x, padding, value=0.0):
    """The new rows and columns were added at one end only. Padding surrounds the image: above and below, left and
    right, so each axis grows by twice the padding."""
    ph, pw = (padding, padding) if isinstance(padding, int) else padding
    if ph < 0 or pw < 0:
        raise ValueError("padding cannot be negative")
    widths = [(0, 0)] * (x.ndim - 2) + [(0, ph), (0, pw)]
    return np.pad(x, widths, constant_values=value)


def pad2d__half_on_each_side(x, padding, value=0.0):
    """The padding was shared out between the two sides. `padding` says how much each side gets, so each axis grows by
    twice as much."""
    ph, pw = (padding, padding) if isinstance(padding, int) else padding
    if ph < 0 or pw < 0:
        raise ValueError("padding cannot be negative")
    widths = [(0, 0)] * (x.ndim - 2) + [(ph // 2, ph - ph // 2), (pw // 2, pw - pw // 2)]
    return np.pad(x, widths, constant_values=value)


def pad2d__swapped(x, padding, value=0.0):
    """Height and width changed places: in `(ph, pw)` the first number is for the rows, above and below, and the second
    for the columns, left and right."""
    ph, pw = (padding, padding) if isinstance(padding, int) else padding
    return np.pad(x, [(0, 0)] * (x.ndim - 2) + [(pw, pw), (ph, ph)], constant_values=value)


def pad2d__first_of_pair_only(x, padding, value=0.0):
    """One number of the pair was used for both axes. The first is for the rows, the second for the columns."""
    ph, pw = (padding, padding) if isinstance(padding, int) else padding
    if ph < 0 or pw < 0:
        raise ValueError("padding cannot be negative")
    return np.pad(x, [(0, 0)] * (x.ndim - 2) + [(ph, ph), (ph, ph)], constant_values=value)


def pad2d__first_axes(x, padding, value=0.0):
    """The first two axes were padded. In a batch (N, C, H, W) those count pictures and channels; height and width are
    the last two, and counting from the end finds them in any array."""
    ph, pw = (padding, padding) if isinstance(padding, int) else padding
    if ph < 0 or pw < 0:
        raise ValueError("padding cannot be negative")
    widths = [(ph, ph), (pw, pw)] + [(0, 0)] * (x.ndim - 2)
    return np.pad(x, widths, constant_values=value)


def pad2d__all_axes(x, padding, value=0.0):
    """Every axis was padded, so a batch gained empty pictures and channels. Only height and width, the last two axes,
    may grow."""
    ph, pw = (padding, padding) if isinstance(padding, int) else padding
    if ph < 0 or pw < 0:
        raise ValueError("padding cannot be negative")
    widths = [(ph, ph)] * (x.ndim - 1) + [(pw, pw)]
    return np.pad(x, widths, constant_values=value)


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


def pad2d__edge_values(x, padding, value=0.0):
    """The border pixels were repeated outwards. The frame should hold one constant, `value`, whatever lies next to
    it."""
    ph, pw = (padding, padding) if isinstance(padding, int) else padding
    if ph < 0 or pw < 0:
        raise ValueError("padding cannot be negative")
    return np.pad(x, [(0, 0)] * (x.ndim - 2) + [(ph, ph), (pw, pw)], mode="edge")


def pad2d__wraps(x, padding, value=0.0):
    """The frame was filled from the opposite side, as if the image were a tile of a repeating pattern. It should hold
    one constant, `value`."""
    ph, pw = (padding, padding) if isinstance(padding, int) else padding
    if ph < 0 or pw < 0:
        raise ValueError("padding cannot be negative")
    return np.pad(x, [(0, 0)] * (x.ndim - 2) + [(ph, ph), (pw, pw)], mode="wrap")


def pad2d__ignores_value(x, padding, value=0.0):
    """The frame is always zero, whatever `value` says. Max pooling will need another one, so let the argument
    decide."""
    ph, pw = (padding, padding) if isinstance(padding, int) else padding
    return np.pad(x, [(0, 0)] * (x.ndim - 2) + [(ph, ph), (pw, pw)])


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
    """With padding 0 the array that was handed in came back itself. Who then writes into the result also writes into
    the original; give a new array in every case."""
    ph, pw = (padding, padding) if isinstance(padding, int) else padding
    if ph == 0 and pw == 0:
        return x
    return np.pad(x, [(0, 0)] * (x.ndim - 2) + [(ph, ph), (pw, pw)], constant_values=value)


def pad2d__negative_as_zero(x, padding, value=0.0):
    """Negative padding was quietly taken for none. It is surely a slip of the caller, and only a `ValueError` tells
    them."""
    ph, pw = (padding, padding) if isinstance(padding, int) else padding
    ph, pw = max(ph, 0), max(pw, 0)
    return np.pad(x, [(0, 0)] * (x.ndim - 2) + [(ph, ph), (pw, pw)], constant_values=value)


def pad2d__negative_crops(x, padding, value=0.0):
    """Negative padding cut the image smaller. That is another operation, cropping; here a negative padding is a
    `ValueError`, on either axis."""
    ph, pw = (padding, padding) if isinstance(padding, int) else padding
    height, width = x.shape[-2:]
    cropped = x[..., max(-ph, 0) : height - max(-ph, 0), max(-pw, 0) : width - max(-pw, 0)]
    ph, pw = max(ph, 0), max(pw, 0)
    return np.pad(cropped, [(0, 0)] * (x.ndim - 2) + [(ph, ph), (pw, pw)], constant_values=value)


def pad2d__integers_only(x, padding, value=0.0):
    """A pair such as `(1, 2)` was not understood, only a single number. Turn a single number into a pair first; from
    there on there is one case."""
    if padding < 0:
        raise ValueError("padding cannot be negative")
    return np.pad(x, [(0, 0)] * (x.ndim - 2) + [(padding, padding), (padding, padding)], constant_values=value)


def pad2d__fraction_cut_off(x, padding, value=0.0):
    """Around an image of integers the frame lost its fraction: 0.5 became 0. `np.pad` keeps the type of the image, so
    give it an image of floats."""
    ph, pw = (padding, padding) if isinstance(padding, int) else padding
    return np.pad(x, [(0, 0)] * (x.ndim - 2) + [(ph, ph), (pw, pw)], constant_values=value)


def pad2d__at_most_four_axes(x, padding, value=0.0):
    """Arrays of two to four axes were padded, those of five were turned away. "..." in a slice stands for any number of
    axes."""
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
    """Images of integers were turned into floats, but not those of type uint8, which cannot hold every value: -1 and
    300 do not fit into 0 to 255. Take care of every type of integers."""
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


def conv2d__stride_h_for_w(image, kernel, *, stride=1, padding=0):
    """One stride was used in both directions. Of `stride=(h, w)` the first number moves the kernel down, the second to
    the right."""
    sh, sw = np.broadcast_to(stride, 2)
    return cross_correlate2d(pad2d(image, padding), kernel)[::sh, ::sh]


def conv2d__stride_swapped(image, kernel, *, stride=1, padding=0):
    """The two strides changed places: in `(h, w)` the first number steps downwards, the second to the right."""
    sh, sw = np.broadcast_to(stride, 2)
    return cross_correlate2d(pad2d(image, padding), kernel)[::sw, ::sh]


def conv2d__thins_image_first(image, kernel, *, stride=1, padding=0):
    """Rows and columns of the image were left out before the kernel saw them. A stride leaves out places of the kernel;
    within each place it still sees neighbouring pixels."""
    sh, sw = np.broadcast_to(stride, 2)
    return cross_correlate2d(pad2d(image, padding)[::sh, ::sw], kernel)


def conv2d__padding_ignored(image, kernel, *, stride=1, padding=0):
    """`padding` had no effect: no frame was put around the image before the kernel slid over it."""
    sh, sw = np.broadcast_to(stride, 2)
    return cross_correlate2d(image, kernel)[::sh, ::sw]


def conv2d__padding_once(image, kernel, *, stride=1, padding=0):
    """The frame was added on one side only. There is padding above and below, left and right, so it counts twice in the
    size of the result."""
    ph, pw = np.broadcast_to(padding, 2)
    sh, sw = np.broadcast_to(stride, 2)
    return cross_correlate2d(np.pad(image, ((ph, 0), (pw, 0))), kernel)[::sh, ::sw]


def conv2d__padding_swapped(image, kernel, *, stride=1, padding=0):
    """The two paddings changed places: in `(h, w)` the first number adds rows, the second adds columns."""
    ph, pw = np.broadcast_to(padding, 2)
    sh, sw = np.broadcast_to(stride, 2)
    return cross_correlate2d(np.pad(image, ((pw, pw), (ph, ph))), kernel)[::sh, ::sw]


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


def conv2d__missing_plus_one(image, kernel, *, stride=1, padding=0):
    """The result is one row and one column too small. Between the first place and the last there are so many steps, but
    one place more than steps."""
    sh, sw = np.broadcast_to(stride, 2)
    return cross_correlate2d(pad2d(image, padding), kernel)[::sh, ::sw][:-1, :-1]


def conv2d__flips_kernel(image, kernel, *, stride=1, padding=0):
    """The kernel was turned by 180 degrees, as in true convolution. In this course, as in every deep learning library,
    `conv` means cross-correlation: the kernel lies as it is printed."""
    sh, sw = np.broadcast_to(stride, 2)
    return cross_correlate2d(pad2d(image, padding), kernel[::-1, ::-1])[::sh, ::sw]


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
    """A kernel was turned away although it fits, because it was compared with the bare image. What it has to fit into
    is the image with its padding."""
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
    """One stride was used in both directions. Of `stride=(h, w)` the first number moves the kernel down, the second to
    the right."""
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


def conv2d__type_of_kernel(image, kernel, *, stride=1, padding=0):
    """The result, or the image, was stored in the kernel's type, so with a kernel of integers everything after the
    decimal point was lost. Choose a type that can hold fractions."""
    sh, sw = np.broadcast_to(stride, 2)
    return cross_correlate2d(pad2d(image, padding), kernel)[::sh, ::sw].astype(kernel.dtype)


def conv2d__padding_beyond_one_side(image, kernel, *, stride=1, padding=0):
    """In the size of the result the padding counts once. There is padding on both sides, so it counts twice."""
    (sh, sw), (ph, pw) = np.broadcast_to(stride, 2), np.broadcast_to(padding, 2)
    padded, (kh, kw) = np.pad(image, ((ph, ph), (pw, pw))), kernel.shape
    if kh > padded.shape[0] or kw > padded.shape[1]:
        raise ValueError("the kernel does not fit into the padded image")
    rows, columns = (image.shape[0] + ph - kh) // sh + 1, (image.shape[1] + pw - kw) // sw + 1
    return cross_correlate2d(padded, kernel)[::sh, ::sw][:rows, :columns]


# ---- apply_activation ----


def apply_activation__leaky_slope_on_wrong_side(x, name, *, alpha=0.1):
    """The small slope of leaky ReLU landed on the positive side. Positive numbers pass unchanged; it is the negative
    ones that leak through."""
    x = np.asarray(x, dtype=float)
    if name == "sigmoid":
        return 0.5 * (1 + np.tanh(x / 2))
    if name == "tanh":
        return np.tanh(x)
    if name == "relu":
        return np.maximum(x, 0)
    if name == "leaky_relu":
        return np.where(x > 0, alpha * x, x)
    if name == "elu":
        return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))
    raise ValueError(f"there is no activation called {name!r}")


def apply_activation__leaky_ignores_alpha(x, name, *, alpha=0.1):
    """Leaky ReLU used a slope of its own. The slope is the caller's choice and comes in as `alpha`."""
    x = np.asarray(x, dtype=float)
    if name == "sigmoid":
        return 0.5 * (1 + np.tanh(x / 2))
    if name == "tanh":
        return np.tanh(x)
    if name == "relu":
        return np.maximum(x, 0)
    if name == "leaky_relu":
        return np.where(x > 0, x, 0.01 * x)
    if name == "elu":
        return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))
    raise ValueError(f"there is no activation called {name!r}")


def apply_activation__leaky_negates(x, name, *, alpha=0.1):
    """On the negative side your leaky ReLU came out positive: the slope was applied to the size of x. A leak keeps its
    sign, so negative numbers stay negative."""
    x = np.asarray(x, dtype=float)
    if name == "sigmoid":
        return 0.5 * (1 + np.tanh(x / 2))
    if name == "tanh":
        return np.tanh(x)
    if name == "relu":
        return np.maximum(x, 0)
    if name == "leaky_relu":
        return np.where(x > 0, x, alpha * np.abs(x))
    if name == "elu":
        return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))
    raise ValueError(f"there is no activation called {name!r}")


def apply_activation__leaky_is_constant(x, name, *, alpha=0.1):
    """Negative numbers all became the same small constant. `alpha` is a slope, so it multiplies x."""
    x = np.asarray(x, dtype=float)
    if name == "sigmoid":
        return 0.5 * (1 + np.tanh(x / 2))
    if name == "tanh":
        return np.tanh(x)
    if name == "relu":
        return np.maximum(x, 0)
    if name == "leaky_relu":
        return np.where(x > 0, x, alpha)
    if name == "elu":
        return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))
    raise ValueError(f"there is no activation called {name!r}")


def apply_activation__elu_without_minus_one(x, name, *, alpha=0.1):
    """The ELU jumps at 0: its negative branch does not meet the positive one there. Put x = 0 into both branches and
    compare."""
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
        return np.where(x > 0, x, alpha * np.exp(np.minimum(x, 0)))
    raise ValueError(f"there is no activation called {name!r}")


def apply_activation__elu_one_outside(x, name, *, alpha=0.1):
    """In the ELU only the exponential was scaled, so for very negative x it tends to -1. `alpha` scales the whole
    branch, which then tends to -alpha."""
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
        return np.where(x > 0, x, alpha * np.exp(np.minimum(x, 0)) - 1)
    raise ValueError(f"there is no activation called {name!r}")


def apply_activation__elu_alpha_in_exponent(x, name, *, alpha=0.1):
    """In the ELU `alpha` went into the exponent. It is the scale of the negative branch, the depth at which the curve
    levels out."""
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
        return np.where(x > 0, x, np.expm1(alpha * np.minimum(x, 0)))
    raise ValueError(f"there is no activation called {name!r}")


def apply_activation__elu_ignores_alpha(x, name, *, alpha=0.1):
    """The ELU levels out at -1 whatever `alpha` says. The negative branch is to be scaled by it."""
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
        return np.where(x > 0, x, np.expm1(np.minimum(x, 0)))
    raise ValueError(f"there is no activation called {name!r}")


def apply_activation__elu_overflows(x, name, *, alpha=0.1):
    """`np.where` computes both branches for every number, so the ELU took the exponential of large positive x and
    overflowed, although that branch is thrown away afterwards. Keep its argument at or below 0."""
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
        return np.where(x > 0, x, alpha * (np.exp(x) - 1))
    raise ValueError(f"there is no activation called {name!r}")


def apply_activation__sigmoid_overflows(x, name, *, alpha=0.1):
    """For very negative x, `exp(-x)` is larger than any float, and NumPy warned. Find a form of the sigmoid that never
    takes the exponential of a large positive number."""
    x = np.asarray(x, dtype=float)
    if name == "sigmoid":
        return 1 / (1 + np.exp(-x))
    if name == "tanh":
        return np.tanh(x)
    if name == "relu":
        return np.maximum(x, 0)
    if name == "leaky_relu":
        return np.where(x > 0, x, alpha * x)
    if name == "elu":
        return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))
    raise ValueError(f"there is no activation called {name!r}")


def apply_activation__sigmoid_is_nan(x, name, *, alpha=0.1):
    """For large positive x your sigmoid divides infinity by infinity, which is not a number. Find a form that never
    takes the exponential of a large positive number."""
    x = np.asarray(x, dtype=float)
    if name == "sigmoid":
        return np.exp(x) / (1 + np.exp(x))
    if name == "tanh":
        return np.tanh(x)
    if name == "relu":
        return np.maximum(x, 0)
    if name == "leaky_relu":
        return np.where(x > 0, x, alpha * x)
    if name == "elu":
        return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))
    raise ValueError(f"there is no activation called {name!r}")


def apply_activation__sigmoid_mirrored(x, name, *, alpha=0.1):
    """Your sigmoid falls where it should rise: a sign in the exponent is missing. Very negative numbers belong near 0,
    very positive ones near 1."""
    x = np.asarray(x, dtype=float)
    if name == "sigmoid":
        return 0.5 * (1 - np.tanh(x / 2))
    if name == "tanh":
        return np.tanh(x)
    if name == "relu":
        return np.maximum(x, 0)
    if name == "leaky_relu":
        return np.where(x > 0, x, alpha * x)
    if name == "elu":
        return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))
    raise ValueError(f"there is no activation called {name!r}")


def apply_activation__sigmoid_is_tanh(x, name, *, alpha=0.1):
    """Your sigmoid runs from -1 to 1, which is the range of tanh. The sigmoid stays between 0 and 1 and is 0.5 at x =
    0."""
    x = np.asarray(x, dtype=float)
    if name == "sigmoid":
        return np.tanh(x / 2)
    if name == "tanh":
        return np.tanh(x)
    if name == "relu":
        return np.maximum(x, 0)
    if name == "leaky_relu":
        return np.where(x > 0, x, alpha * x)
    if name == "elu":
        return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))
    raise ValueError(f"there is no activation called {name!r}")


def apply_activation__tanh_overflows(x, name, *, alpha=0.1):
    """Written out with exponentials, tanh overflows for large |x| and ends in infinity divided by infinity. NumPy has a
    function that does not."""
    x = np.asarray(x, dtype=float)
    if name == "sigmoid":
        return 0.5 * (1 + np.tanh(x / 2))
    if name == "tanh":
        return (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))
    if name == "relu":
        return np.maximum(x, 0)
    if name == "leaky_relu":
        return np.where(x > 0, x, alpha * x)
    if name == "elu":
        return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))
    raise ValueError(f"there is no activation called {name!r}")


def apply_activation__tanh_is_sigmoid(x, name, *, alpha=0.1):
    """Your tanh stays between 0 and 1, which is the range of the sigmoid. tanh runs from -1 to 1 and passes through
    0."""
    x = np.asarray(x, dtype=float)
    if name == "sigmoid":
        return 0.5 * (1 + np.tanh(x / 2))
    if name == "tanh":
        return 0.5 * (1 + np.tanh(x / 2))
    if name == "relu":
        return np.maximum(x, 0)
    if name == "leaky_relu":
        return np.where(x > 0, x, alpha * x)
    if name == "elu":
        return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))
    raise ValueError(f"there is no activation called {name!r}")


def apply_activation__relu_is_absolute(x, name, *, alpha=0.1):
    """Your ReLU made negative numbers positive. It cuts them off at 0."""
    x = np.asarray(x, dtype=float)
    if name == "sigmoid":
        return 0.5 * (1 + np.tanh(x / 2))
    if name == "tanh":
        return np.tanh(x)
    if name == "relu":
        return np.abs(x)
    if name == "leaky_relu":
        return np.where(x > 0, x, alpha * x)
    if name == "elu":
        return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))
    raise ValueError(f"there is no activation called {name!r}")


def apply_activation__relu_takes_minimum(x, name, *, alpha=0.1):
    """Your ReLU kept the negative numbers and cut off the positive ones. It is the larger of x and 0."""
    x = np.asarray(x, dtype=float)
    if name == "sigmoid":
        return 0.5 * (1 + np.tanh(x / 2))
    if name == "tanh":
        return np.tanh(x)
    if name == "relu":
        return np.minimum(x, 0)
    if name == "leaky_relu":
        return np.where(x > 0, x, alpha * x)
    if name == "elu":
        return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))
    raise ValueError(f"there is no activation called {name!r}")


def apply_activation__relu_is_step(x, name, *, alpha=0.1):
    """Your ReLU answers only yes or no, 1 or 0. A positive number passes with its size."""
    x = np.asarray(x, dtype=float)
    if name == "sigmoid":
        return 0.5 * (1 + np.tanh(x / 2))
    if name == "tanh":
        return np.tanh(x)
    if name == "relu":
        return (x > 0).astype(float)
    if name == "leaky_relu":
        return np.where(x > 0, x, alpha * x)
    if name == "elu":
        return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))
    raise ValueError(f"there is no activation called {name!r}")


def apply_activation__relu_stops_at_one(x, name, *, alpha=0.1):
    """Your ReLU was cut off at 1 as well. It has no upper limit: that is why its gradient does not fade for large x."""
    x = np.asarray(x, dtype=float)
    if name == "sigmoid":
        return 0.5 * (1 + np.tanh(x / 2))
    if name == "tanh":
        return np.tanh(x)
    if name == "relu":
        return np.clip(x, 0, 1)
    if name == "leaky_relu":
        return np.where(x > 0, x, alpha * x)
    if name == "elu":
        return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))
    raise ValueError(f"there is no activation called {name!r}")


def apply_activation__unknown_name_is_identity(x, name, *, alpha=0.1):
    """A name that your function does not know gave the numbers back unchanged, so a misspelt name would never be
    noticed. Raise a `ValueError`."""
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
    return x


def apply_activation__unknown_name_is_key_error(x, name, *, alpha=0.1):
    """An unknown name ended in a `KeyError` from a dictionary. Tell the caller what is wrong with a `ValueError`."""
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
    raise KeyError(name)


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


def apply_activation__changes_input(x, name, *, alpha=0.1):
    """The numbers that were handed in were overwritten (`x[x < 0] = ...` writes into the caller's array). Make a copy,
    or let `np.where` build a new array."""
    x = np.asarray(x, dtype=float)
    if name == "sigmoid":
        return 0.5 * (1 + np.tanh(x / 2))
    if name == "tanh":
        return np.tanh(x)
    if name == "relu":
        x[x < 0] = 0
        return x
    if name == "leaky_relu":
        x[x < 0] *= alpha
        return x
    if name == "elu":
        return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))
    raise ValueError(f"there is no activation called {name!r}")


def apply_activation__zero_alpha_is_default(x, name, *, alpha=0.1):
    """With alpha 0 the usual 0.1 was used, because `alpha or 0.1` takes 0 for nothing given. The signature already has
    the default."""
    alpha = alpha or 0.1
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


def apply_activation__alpha_at_most_one(x, name, *, alpha=0.1):
    """An alpha above 1 was cut down to 1. That bound holds for the slope of leaky_relu; the scale of elu may be
    larger."""
    alpha = min(alpha, 1)
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


def apply_activation__beginning_of_name(x, name, *, alpha=0.1):
    """A name was recognised by its beginning, so that an unknown one such as "relu6" passed for "relu". Compare whole
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


def apply_activation__leaky_is_relu(x, name, *, alpha=0.1):
    """Leaky ReLU cut negative numbers off at 0, as ReLU does. What makes it leaky is the slope `alpha` on that side."""
    x = np.asarray(x, dtype=float)
    if name == "sigmoid":
        return 0.5 * (1 + np.tanh(x / 2))
    if name == "tanh":
        return np.tanh(x)
    if name == "relu":
        return np.maximum(x, 0)
    if name == "leaky_relu":
        return np.maximum(x, 0)
    if name == "elu":
        return np.where(x >= 0, x, alpha * np.expm1(np.minimum(x, 0)))
    raise ValueError(f"there is no activation called {name!r}")


def apply_activation__leaky_added(x, name, *, alpha=0.1):
    """In leaky ReLU the leak was added on the positive side as well. Positive numbers pass unchanged."""
    x = np.asarray(x, dtype=float)
    if name == "sigmoid":
        return 0.5 * (1 + np.tanh(x / 2))
    if name == "tanh":
        return np.tanh(x)
    if name == "relu":
        return np.maximum(x, 0)
    if name == "leaky_relu":
        return np.maximum(x, 0) + alpha * x
    if name == "elu":
        return np.where(x >= 0, x, alpha * np.expm1(np.minimum(x, 0)))
    raise ValueError(f"there is no activation called {name!r}")


def apply_activation__elu_sides_swapped(x, name, *, alpha=0.1):
    """In the ELU the two sides are swapped: x itself belongs to x ≥ 0, the exponential to x < 0."""
    x = np.asarray(x, dtype=float)
    if name == "sigmoid":
        return 0.5 * (1 + np.tanh(x / 2))
    if name == "tanh":
        return np.tanh(x)
    if name == "relu":
        return np.maximum(x, 0)
    if name == "leaky_relu":
        return np.where(x >= 0, x, alpha * x)
    if name == "elu":
        return np.where(x >= 0, alpha * np.expm1(np.minimum(x, 700)), x)
    raise ValueError(f"there is no activation called {name!r}")


def apply_activation__elu_of_minus_x(x, name, *, alpha=0.1):
    """In the ELU the sign in the exponent is wrong, so that the negative side explodes instead of levelling out."""
    x = np.asarray(x, dtype=float)
    if name == "sigmoid":
        return 0.5 * (1 + np.tanh(x / 2))
    if name == "tanh":
        return np.tanh(x)
    if name == "relu":
        return np.maximum(x, 0)
    if name == "leaky_relu":
        return np.where(x >= 0, x, alpha * x)
    if name == "elu":
        return np.where(x >= 0, x, alpha * np.expm1(np.minimum(-x, 700)))
    raise ValueError(f"there is no activation called {name!r}")


def apply_activation__elu_times_x(x, name, *, alpha=0.1):
    """In the ELU the exponential was multiplied with x. On the negative side it is `alpha` times e^x - 1, and no x
    besides."""
    x = np.asarray(x, dtype=float)
    if name == "sigmoid":
        return 0.5 * (1 + np.tanh(x / 2))
    if name == "tanh":
        return np.tanh(x)
    if name == "relu":
        return np.maximum(x, 0)
    if name == "leaky_relu":
        return np.where(x >= 0, x, alpha * x)
    if name == "elu":
        return np.where(x >= 0, x, alpha * x * np.expm1(np.minimum(x, 0)))
    raise ValueError(f"there is no activation called {name!r}")


def apply_activation__sigmoid_is_derivative(x, name, *, alpha=0.1):
    """Your sigmoid is its own derivative, s · (1 - s): it is highest at 0 and falls on both sides. Return s."""
    x = np.asarray(x, dtype=float)
    if name == "sigmoid":
        return 0.25 * (1 - np.tanh(x / 2) ** 2)
    if name == "tanh":
        return np.tanh(x)
    if name == "relu":
        return np.maximum(x, 0)
    if name == "leaky_relu":
        return np.where(x >= 0, x, alpha * x)
    if name == "elu":
        return np.where(x >= 0, x, alpha * np.expm1(np.minimum(x, 0)))
    raise ValueError(f"there is no activation called {name!r}")


def apply_activation__tanh_half_as_steep(x, name, *, alpha=0.1):
    """Your tanh is 2 · sigmoid(x) - 1, which is only half as steep. The sigmoid of 2x is needed, or NumPy's own
    function."""
    x = np.asarray(x, dtype=float)
    if name == "sigmoid":
        return 0.5 * (1 + np.tanh(x / 2))
    if name == "tanh":
        return np.tanh(x / 2)
    if name == "relu":
        return np.maximum(x, 0)
    if name == "leaky_relu":
        return np.where(x >= 0, x, alpha * x)
    if name == "elu":
        return np.where(x >= 0, x, alpha * np.expm1(np.minimum(x, 0)))
    raise ValueError(f"there is no activation called {name!r}")


def apply_activation__tanh_is_tan(x, name, *, alpha=0.1):
    """You took the tangent, `np.tan`. The hyperbolic tangent, tanh, is another function and stays between -1 and 1."""
    x = np.asarray(x, dtype=float)
    if name == "sigmoid":
        return 0.5 * (1 + np.tanh(x / 2))
    if name == "tanh":
        return np.tan(x)
    if name == "relu":
        return np.maximum(x, 0)
    if name == "leaky_relu":
        return np.where(x >= 0, x, alpha * x)
    if name == "elu":
        return np.where(x >= 0, x, alpha * np.expm1(np.minimum(x, 0)))
    raise ValueError(f"there is no activation called {name!r}")


def apply_activation__relu_at_most_six(x, name, *, alpha=0.1):
    """Your ReLU was cut off at 6 as well: that is ReLU6. The plain one has no upper limit."""
    x = np.asarray(x, dtype=float)
    if name == "sigmoid":
        return 0.5 * (1 + np.tanh(x / 2))
    if name == "tanh":
        return np.tanh(x)
    if name == "relu":
        return np.clip(x, 0, 6)
    if name == "leaky_relu":
        return np.where(x >= 0, x, alpha * x)
    if name == "elu":
        return np.where(x >= 0, x, alpha * np.expm1(np.minimum(x, 0)))
    raise ValueError(f"there is no activation called {name!r}")


def apply_activation__relu_of_builtin_max(x, name, *, alpha=0.1):
    """`max(0, x)` asks whether a whole array is larger than 0, which Python cannot answer. NumPy has an elementwise
    maximum."""
    x = np.asarray(x, dtype=float)
    if name == "sigmoid":
        return 0.5 * (1 + np.tanh(x / 2))
    if name == "tanh":
        return np.tanh(x)
    if name == "relu":
        return max(x, 0)
    if name == "leaky_relu":
        return np.where(x >= 0, x, alpha * x)
    if name == "elu":
        return np.where(x >= 0, x, alpha * np.expm1(np.minimum(x, 0)))
    raise ValueError(f"there is no activation called {name!r}")


def apply_activation__any_case(x, name, *, alpha=0.1):
    """A name in capitals, or with a space, was accepted. Only the five names as they are written count."""
    name = name.strip().lower()
    x = np.asarray(x, dtype=float)
    if name == "sigmoid":
        return 0.5 * (1 + np.tanh(x / 2))
    if name == "tanh":
        return np.tanh(x)
    if name == "relu":
        return np.maximum(x, 0)
    if name == "leaky_relu":
        return np.where(x >= 0, x, alpha * x)
    if name == "elu":
        return np.where(x >= 0, x, alpha * np.expm1(np.minimum(x, 0)))
    raise ValueError(f"there is no activation called {name!r}")


def apply_activation__two_branches_of_where(x, name, *, alpha=0.1):
    """`np.where` computes both branches for every number, so one branch of your sigmoid overflowed although the other
    was chosen. Keep what goes into the exponential at or below 0."""
    x = np.asarray(x, dtype=float)
    if name == "sigmoid":
        return np.where(x >= 0, 1 / (1 + np.exp(-x)), np.exp(x) / (1 + np.exp(x)))
    if name == "tanh":
        return np.tanh(x)
    if name == "relu":
        return np.maximum(x, 0)
    if name == "leaky_relu":
        return np.where(x >= 0, x, alpha * x)
    if name == "elu":
        return np.where(x >= 0, x, alpha * np.expm1(np.minimum(x, 0)))
    raise ValueError(f"there is no activation called {name!r}")


def apply_activation__type_of_first_number(x, name, *, alpha=0.1):
    """The type of the first result was used for all: `np.vectorize` does so. Where the first is the integer 0, all
    others lost what stands after the decimal point."""
    if name == "sigmoid":
        return 0.5 * (1 + np.tanh(np.asarray(x, dtype=float) / 2))
    if name == "tanh":
        return np.tanh(x)
    if name == "relu":
        return np.vectorize(lambda number: max(0, number))(x)
    if name == "leaky_relu":
        return np.where(x >= 0, x, alpha * x)
    if name == "elu":
        return np.where(x >= 0, x, alpha * np.expm1(np.minimum(x, 0)))
    raise ValueError(f"there is no activation called {name!r}")


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


# ---- maxout ----


def maxout__no_bias(x, w1, b1, w2, b2):
    """The biases have no part in your result. Each of the two layers adds its own bias before they are compared."""
    return np.maximum(x @ w1, x @ w2)


def maxout__bias_after_maximum(x, w1, b1, w2, b2):
    """The maximum was taken first and the biases were added to the winner. A bias belongs to its own layer and can
    decide which of the two wins."""
    return np.maximum(x @ w1, x @ w2) + b1 + b2


def maxout__second_bias_missing(x, w1, b1, w2, b2):
    """The second layer was left without its bias."""
    return np.maximum(x @ w1 + b1, x @ w2)


def maxout__first_bias_for_both(x, w1, b1, w2, b2):
    """Both layers were given the first bias. The second one has its own, `b2`."""
    return np.maximum(x @ w1 + b1, x @ w2 + b1)


def maxout__biases_swapped(x, w1, b1, w2, b2):
    """The biases changed places: `b1` belongs to `w1` and `b2` to `w2`."""
    return np.maximum(x @ w1 + b2, x @ w2 + b1)


def maxout__minimum(x, w1, b1, w2, b2):
    """The smaller of the two was kept. Maxout keeps the larger."""
    return np.minimum(x @ w1 + b1, x @ w2 + b2)


def maxout__sum(x, w1, b1, w2, b2):
    """The two layers were added together, and the sum of two linear layers is again linear. What bends the curve is
    choosing the larger of the two."""
    return (x @ w1 + b1) + (x @ w2 + b2)


def maxout__mean(x, w1, b1, w2, b2):
    """The two layers were averaged, and the mean of two linear layers is again linear. What bends the curve is choosing
    the larger of the two."""
    return ((x @ w1 + b1) + (x @ w2 + b2)) / 2


def maxout__first_layer_only(x, w1, b1, w2, b2):
    """Your result is the first layer alone. Maxout computes two layers and keeps the larger number at each place."""
    return x @ w1 + b1


def maxout__larger_size(x, w1, b1, w2, b2):
    """The numbers were compared by their size without the sign. Maxout compares them as they are: -1 is larger than
    -5."""
    first, second = x @ w1 + b1, x @ w2 + b2
    return np.where(np.abs(first) > np.abs(second), first, second)


def maxout__relu_on_top(x, w1, b1, w2, b2):
    """Negative results were cut off at 0, as a ReLU does. Maxout has no 0 in it: if both layers are negative, so is the
    larger one."""
    return np.maximum(0, np.maximum(x @ w1 + b1, x @ w2 + b2))


def maxout__maximum_over_units(x, w1, b1, w2, b2):
    """The maximum was taken over the units, so one number per example is left. Compare unit 1 of the one layer with
    unit 1 of the other; the result is as wide as a layer."""
    return np.maximum((x @ w1 + b1).max(axis=1), (x @ w2 + b2).max(axis=1))


def maxout__larger_layer_wins(x, w1, b1, w2, b2):
    """One layer won as a whole, by its sum. The comparison is made for each number on its own: the first layer may win
    at one place and the second at the next."""
    first, second = x @ w1 + b1, x @ w2 + b2
    return first if first.sum() > second.sum() else second


def maxout__maximum_of_weights(x, w1, b1, w2, b2):
    """The larger weights and biases were picked before the input came into play. Which layer is larger depends on x:
    compute both, then compare."""
    return x @ np.maximum(w1, w2) + np.maximum(b1, b2)


def maxout__transposed_weights(x, w1, b1, w2, b2):
    """The weights were transposed before the product. They have the shape (D, M), so the D inputs of an example meet
    the D rows as they are."""
    return np.maximum(x @ w1.T + b1, x @ w2.T + b2)


def maxout__one_example_only(x, w1, b1, w2, b2):
    """Only the first example was computed. Every row of x is an example of its own, and the matrix product takes all at
    once."""
    return np.maximum(x[0] @ w1 + b1, x[0] @ w2 + b2)


def maxout__type_of_input(x, w1, b1, w2, b2):
    """The result was stored in the type of the inputs, so with inputs of integers everything after the decimal point
    was lost. Let the result hold fractions."""
    return np.maximum(x @ w1 + b1, x @ w2 + b2).astype(x.dtype)


def maxout__single_axis_lost(x, w1, b1, w2, b2):
    """An axis of length 1 is missing in the result: one example, or one output, still has its axis. Leave `squeeze`
    out."""
    return np.squeeze(np.maximum(x @ w1 + b1, x @ w2 + b2))


def maxout__biases_cut_down(x, w1, b1, w2, b2):
    """The biases were stored as integers, or added to a result of integers, and lost what stands after the decimal
    point. Let everything hold fractions."""
    kind = np.result_type(x, w1, w2)
    return np.maximum(x @ w1 + b1.astype(kind), x @ w2 + b2.astype(kind))


def maxout__type_of_weights(x, w1, b1, w2, b2):
    """The result was stored in the type of the weights, so with weights of integers everything after the decimal point
    was lost. Let the result hold fractions."""
    return np.maximum(x @ w1 + b1, x @ w2 + b2).astype(w1.dtype)


def maxout__concatenated(x, w1, b1, w2, b2):
    """Both maps stand side by side in the result, so it is twice as wide. Keep only the larger of the two numbers for
    each output."""
    return np.concatenate([x @ w1 + b1, x @ w2 + b2], axis=1)


def maxout__maximum_over_examples(x, w1, b1, w2, b2):
    """The maximum was taken over the examples, too. Each example has a row of its own in the result."""
    return np.maximum(x @ w1 + b1, x @ w2 + b2).max(axis=0, keepdims=True)


def maxout__in_32_bits(x, w1, b1, w2, b2):
    """Integers were computed in 32 bits, and large ones do not fit: they wrap around to wrong, often negative numbers.
    Compute in floats or in 64 bits."""
    if all(array.dtype.kind == "i" for array in (x, w1, w2)):
        x, w1, w2 = (array.astype(np.int32) for array in (x, w1, w2))
    return np.maximum(x @ w1 + b1, x @ w2 + b2)


# ---- pool2d ----


def pool2d__maximum_starts_at_zero(x, size, *, stride=None, padding=0, mode="max", p=2):
    """The search for the maximum began at 0, so a window of negative numbers gave 0. Start from the first number of the
    window, or from below every number."""
    (kh, kw), (sh, sw) = np.broadcast_to(size, 2), np.broadcast_to(size if stride is None else stride, 2)
    padded = pad2d(np.asarray(x, dtype=float), padding, -np.inf if mode == "max" else 0.0)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (kh, kw), axis=(-2, -1))[..., ::sh, ::sw, :, :]
    if mode == "max":
        return windows.max(axis=(-2, -1), initial=0)
    if mode == "mean":
        return windows.mean(axis=(-2, -1))
    if mode == "sum":
        return windows.sum(axis=(-2, -1))
    if mode == "lp":
        return (np.abs(windows) ** p).sum(axis=(-2, -1)) ** (1 / p)
    raise ValueError(f"there is no pooling mode {mode!r}")


def pool2d__max_pads_with_zero(x, size, *, stride=None, padding=0, mode="max", p=2):
    """For max pooling the image was padded with zeros, and next to negative numbers a zero wins. Pad with something
    that can never be the maximum."""
    (kh, kw), (sh, sw) = np.broadcast_to(size, 2), np.broadcast_to(size if stride is None else stride, 2)
    padded = pad2d(np.asarray(x, dtype=float), padding, 0.0)
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


def pool2d__always_pads_with_minus_infinity(x, size, *, stride=None, padding=0, mode="max", p=2):
    """The frame of minus infinity is for max pooling alone. In a mean or a sum the padded pixels count as 0."""
    (kh, kw), (sh, sw) = np.broadcast_to(size, 2), np.broadcast_to(size if stride is None else stride, 2)
    padded = pad2d(np.asarray(x, dtype=float), padding, -np.inf)
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


def pool2d__stride_one_by_default(x, size, *, stride=None, padding=0, mode="max", p=2):
    """Without a `stride` your windows moved by one pixel. The default is the window's own size: windows lie side by
    side and do not overlap."""
    (kh, kw), (sh, sw) = np.broadcast_to(size, 2), np.broadcast_to(1 if stride is None else stride, 2)
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


def pool2d__stride_ignored(x, size, *, stride=None, padding=0, mode="max", p=2):
    """Your windows always lie side by side. A `stride` that is given may let them overlap or leave gaps."""
    (kh, kw), (sh, sw) = np.broadcast_to(size, 2), np.broadcast_to(size, 2)
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


def pool2d__bottom_right_pick(x, size, *, stride=None, padding=0, mode="max", p=2):
    """From each window the last pixel was taken, the bottom right one. Max pooling looks for the largest, wherever it
    lies (in the first example it happens to lie there)."""
    (kh, kw), (sh, sw) = np.broadcast_to(size, 2), np.broadcast_to(size if stride is None else stride, 2)
    padded = pad2d(np.asarray(x, dtype=float), padding, -np.inf if mode == "max" else 0.0)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (kh, kw), axis=(-2, -1))[..., ::sh, ::sw, :, :]
    if mode == "max":
        return windows[..., -1, -1]
    if mode == "mean":
        return windows.mean(axis=(-2, -1))
    if mode == "sum":
        return windows.sum(axis=(-2, -1))
    if mode == "lp":
        return (np.abs(windows) ** p).sum(axis=(-2, -1)) ** (1 / p)
    raise ValueError(f"there is no pooling mode {mode!r}")


def pool2d__top_left_pick(x, size, *, stride=None, padding=0, mode="max", p=2):
    """From each window the first pixel was taken, which only thins the image out. Max pooling looks for the largest of
    the window."""
    (kh, kw), (sh, sw) = np.broadcast_to(size, 2), np.broadcast_to(size if stride is None else stride, 2)
    padded = pad2d(np.asarray(x, dtype=float), padding, -np.inf if mode == "max" else 0.0)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (kh, kw), axis=(-2, -1))[..., ::sh, ::sw, :, :]
    if mode == "max":
        return windows[..., 0, 0]
    if mode == "mean":
        return windows.mean(axis=(-2, -1))
    if mode == "sum":
        return windows.sum(axis=(-2, -1))
    if mode == "lp":
        return (np.abs(windows) ** p).sum(axis=(-2, -1)) ** (1 / p)
    raise ValueError(f"there is no pooling mode {mode!r}")


def pool2d__minimum(x, size, *, stride=None, padding=0, mode="max", p=2):
    """Your max pooling found the smallest number of each window."""
    (kh, kw), (sh, sw) = np.broadcast_to(size, 2), np.broadcast_to(size if stride is None else stride, 2)
    padded = pad2d(np.asarray(x, dtype=float), padding, -np.inf if mode == "max" else 0.0)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (kh, kw), axis=(-2, -1))[..., ::sh, ::sw, :, :]
    if mode == "max":
        return windows.min(axis=(-2, -1))
    if mode == "mean":
        return windows.mean(axis=(-2, -1))
    if mode == "sum":
        return windows.sum(axis=(-2, -1))
    if mode == "lp":
        return (np.abs(windows) ** p).sum(axis=(-2, -1)) ** (1 / p)
    raise ValueError(f"there is no pooling mode {mode!r}")


def pool2d__max_of_absolute_values(x, size, *, stride=None, padding=0, mode="max", p=2):
    """The numbers were compared without their sign. Max pooling takes them as they are: -1 is larger than -5."""
    (kh, kw), (sh, sw) = np.broadcast_to(size, 2), np.broadcast_to(size if stride is None else stride, 2)
    padded = pad2d(np.asarray(x, dtype=float), padding, -np.inf if mode == "max" else 0.0)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (kh, kw), axis=(-2, -1))[..., ::sh, ::sw, :, :]
    if mode == "max":
        return np.abs(windows).max(axis=(-2, -1))
    if mode == "mean":
        return windows.mean(axis=(-2, -1))
    if mode == "sum":
        return windows.sum(axis=(-2, -1))
    if mode == "lp":
        return (np.abs(windows) ** p).sum(axis=(-2, -1)) ** (1 / p)
    raise ValueError(f"there is no pooling mode {mode!r}")


def pool2d__channels_mixed(x, size, *, stride=None, padding=0, mode="max", p=2):
    """All channels and pictures were pooled into one. Pooling works on each channel by itself; only height and width
    shrink."""
    (kh, kw), (sh, sw) = np.broadcast_to(size, 2), np.broadcast_to(size if stride is None else stride, 2)
    padded = pad2d(np.asarray(x, dtype=float), padding, -np.inf if mode == "max" else 0.0)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (kh, kw), axis=(-2, -1))[..., ::sh, ::sw, :, :]
    if mode == "max":
        return np.broadcast_to(windows.max(axis=(-2, -1)).max(axis=tuple(range(x.ndim - 2))), windows.shape[:-2])
    if mode == "mean":
        return windows.mean(axis=(-2, -1))
    if mode == "sum":
        return windows.sum(axis=(-2, -1))
    if mode == "lp":
        return (np.abs(windows) ** p).sum(axis=(-2, -1)) ** (1 / p)
    raise ValueError(f"there is no pooling mode {mode!r}")


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


def pool2d__images_only(x, size, *, stride=None, padding=0, mode="max", p=2):
    """A single image works, a stack (C, H, W) or (N, C, H, W) does not. Let `...` stand for all leading axes, however
    many there are."""
    (kh, kw), (sh, sw) = np.broadcast_to(size, 2), np.broadcast_to(size if stride is None else stride, 2)
    height, width = x.shape
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


def pool2d__mean_skips_padding(x, size, *, stride=None, padding=0, mode="max", p=2):
    """The mean was taken over real pixels only. Here padded pixels count, as in PyTorch's default: the divisor is the
    size of the window."""
    (kh, kw), (sh, sw) = np.broadcast_to(size, 2), np.broadcast_to(size if stride is None else stride, 2)
    padded = pad2d(np.asarray(x, dtype=float), padding, -np.inf if mode == "max" else 0.0)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (kh, kw), axis=(-2, -1))[..., ::sh, ::sw, :, :]
    if mode == "max":
        return windows.max(axis=(-2, -1))
    if mode == "mean":
        count = pad2d(np.ones(x.shape), padding)
        inside = np.lib.stride_tricks.sliding_window_view(count, (kh, kw), axis=(-2, -1))[..., ::sh, ::sw, :, :]
        return windows.sum(axis=(-2, -1)) / inside.sum(axis=(-2, -1))
    if mode == "sum":
        return windows.sum(axis=(-2, -1))
    if mode == "lp":
        return (np.abs(windows) ** p).sum(axis=(-2, -1)) ** (1 / p)
    raise ValueError(f"there is no pooling mode {mode!r}")


def pool2d__mean_divides_by_square(x, size, *, stride=None, padding=0, mode="max", p=2):
    """The mean was divided by the square of the window's height. A window may be wider than tall: divide by the number
    of its pixels."""
    (kh, kw), (sh, sw) = np.broadcast_to(size, 2), np.broadcast_to(size if stride is None else stride, 2)
    padded = pad2d(np.asarray(x, dtype=float), padding, -np.inf if mode == "max" else 0.0)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (kh, kw), axis=(-2, -1))[..., ::sh, ::sw, :, :]
    if mode == "max":
        return windows.max(axis=(-2, -1))
    if mode == "mean":
        return windows.sum(axis=(-2, -1)) / kh**2
    if mode == "sum":
        return windows.sum(axis=(-2, -1))
    if mode == "lp":
        return (np.abs(windows) ** p).sum(axis=(-2, -1)) ** (1 / p)
    raise ValueError(f"there is no pooling mode {mode!r}")


def pool2d__mean_rounds_down(x, size, *, stride=None, padding=0, mode="max", p=2):
    """The mean lost its fraction: `//` rounds down. Use `/`."""
    (kh, kw), (sh, sw) = np.broadcast_to(size, 2), np.broadcast_to(size if stride is None else stride, 2)
    padded = pad2d(np.asarray(x, dtype=float), padding, -np.inf if mode == "max" else 0.0)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (kh, kw), axis=(-2, -1))[..., ::sh, ::sw, :, :]
    if mode == "max":
        return windows.max(axis=(-2, -1))
    if mode == "mean":
        return windows.sum(axis=(-2, -1)) // (kh * kw)
    if mode == "sum":
        return windows.sum(axis=(-2, -1))
    if mode == "lp":
        return (np.abs(windows) ** p).sum(axis=(-2, -1)) ** (1 / p)
    raise ValueError(f"there is no pooling mode {mode!r}")


def pool2d__sum_is_mean(x, size, *, stride=None, padding=0, mode="max", p=2):
    """Mode "sum" gave the mean. The sum is not divided by anything."""
    (kh, kw), (sh, sw) = np.broadcast_to(size, 2), np.broadcast_to(size if stride is None else stride, 2)
    padded = pad2d(np.asarray(x, dtype=float), padding, -np.inf if mode == "max" else 0.0)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (kh, kw), axis=(-2, -1))[..., ::sh, ::sw, :, :]
    if mode == "max":
        return windows.max(axis=(-2, -1))
    if mode == "mean":
        return windows.mean(axis=(-2, -1))
    if mode == "sum":
        return windows.mean(axis=(-2, -1))
    if mode == "lp":
        return (np.abs(windows) ** p).sum(axis=(-2, -1)) ** (1 / p)
    raise ValueError(f"there is no pooling mode {mode!r}")


def pool2d__lp_without_root(x, size, *, stride=None, padding=0, mode="max", p=2):
    """In mode "lp" the sum of the powers came back as it is. At the end comes the p-th root."""
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
        return (np.abs(windows) ** p).sum(axis=(-2, -1))
    raise ValueError(f"there is no pooling mode {mode!r}")


def pool2d__lp_without_absolute(x, size, *, stride=None, padding=0, mode="max", p=2):
    """In mode "lp" the powers were taken of signed numbers. With odd p negative ones then cancel positive ones, or the
    root does not exist; the formula has |v|."""
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
        total = (windows**p).sum(axis=(-2, -1))
        return np.sign(total) * np.abs(total) ** (1 / p)
    raise ValueError(f"there is no pooling mode {mode!r}")


def pool2d__lp_ignores_p(x, size, *, stride=None, padding=0, mode="max", p=2):
    """Mode "lp" always used squares. The power and the root come from the argument `p`."""
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
        return np.sqrt((windows**2).sum(axis=(-2, -1)))
    raise ValueError(f"there is no pooling mode {mode!r}")


def pool2d__lp_of_mean(x, size, *, stride=None, padding=0, mode="max", p=2):
    """In mode "lp" the powers were averaged before the root. The norm adds them up."""
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
        return (np.abs(windows) ** p).mean(axis=(-2, -1)) ** (1 / p)
    raise ValueError(f"there is no pooling mode {mode!r}")


def pool2d__lp_always_square_root(x, size, *, stride=None, padding=0, mode="max", p=2):
    """In mode "lp" the root at the end was a square root for every `p`. It undoes the power, so it is the p-th root."""
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
        return np.sqrt((np.abs(windows) ** p).sum(axis=(-2, -1)))
    raise ValueError(f"there is no pooling mode {mode!r}")


def pool2d__size_swapped(x, size, *, stride=None, padding=0, mode="max", p=2):
    """The window's height and width changed places: in `(h, w)` the first number counts rows."""
    (kw, kh), (sh, sw) = np.broadcast_to(size, 2), np.broadcast_to(size if stride is None else stride, 2)
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


def pool2d__size_h_for_w(x, size, *, stride=None, padding=0, mode="max", p=2):
    """One number of `size` was used for both axes. In `(h, w)` the first counts rows, the second columns."""
    (kh, _kw), (sh, sw) = np.broadcast_to(size, 2), np.broadcast_to(size if stride is None else stride, 2)
    padded = pad2d(np.asarray(x, dtype=float), padding, -np.inf if mode == "max" else 0.0)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (kh, kh), axis=(-2, -1))[..., ::sh, ::sw, :, :]
    if mode == "max":
        return windows.max(axis=(-2, -1))
    if mode == "mean":
        return windows.mean(axis=(-2, -1))
    if mode == "sum":
        return windows.sum(axis=(-2, -1))
    if mode == "lp":
        return (np.abs(windows) ** p).sum(axis=(-2, -1)) ** (1 / p)
    raise ValueError(f"there is no pooling mode {mode!r}")


def pool2d__stride_swapped(x, size, *, stride=None, padding=0, mode="max", p=2):
    """The two strides changed places: in `(h, w)` the first number steps downwards, the second to the right."""
    (kh, kw), (sh, sw) = np.broadcast_to(size, 2), np.broadcast_to(size if stride is None else stride, 2)
    padded = pad2d(np.asarray(x, dtype=float), padding, -np.inf if mode == "max" else 0.0)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (kh, kw), axis=(-2, -1))[..., ::sw, ::sh, :, :]
    if mode == "max":
        return windows.max(axis=(-2, -1))
    if mode == "mean":
        return windows.mean(axis=(-2, -1))
    if mode == "sum":
        return windows.sum(axis=(-2, -1))
    if mode == "lp":
        return (np.abs(windows) ** p).sum(axis=(-2, -1)) ** (1 / p)
    raise ValueError(f"there is no pooling mode {mode!r}")


def pool2d__stride_h_for_w(x, size, *, stride=None, padding=0, mode="max", p=2):
    """One stride was used in both directions. In `(h, w)` the first number steps downwards, the second to the right."""
    (kh, kw), (sh, _sw) = np.broadcast_to(size, 2), np.broadcast_to(size if stride is None else stride, 2)
    padded = pad2d(np.asarray(x, dtype=float), padding, -np.inf if mode == "max" else 0.0)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (kh, kw), axis=(-2, -1))[..., ::sh, ::sh, :, :]
    if mode == "max":
        return windows.max(axis=(-2, -1))
    if mode == "mean":
        return windows.mean(axis=(-2, -1))
    if mode == "sum":
        return windows.sum(axis=(-2, -1))
    if mode == "lp":
        return (np.abs(windows) ** p).sum(axis=(-2, -1)) ** (1 / p)
    raise ValueError(f"there is no pooling mode {mode!r}")


def pool2d__padding_ignored(x, size, *, stride=None, padding=0, mode="max", p=2):
    """`padding` had no effect: no frame was put around the image before the windows were laid out."""
    (kh, kw), (sh, sw) = np.broadcast_to(size, 2), np.broadcast_to(size if stride is None else stride, 2)
    padded = np.asarray(x, dtype=float)
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


def pool2d__padding_once(x, size, *, stride=None, padding=0, mode="max", p=2):
    """The frame was added on one side only. There is padding above and below, left and right."""
    (kh, kw), (sh, sw) = np.broadcast_to(size, 2), np.broadcast_to(size if stride is None else stride, 2)
    (ph, pw), outside = np.broadcast_to(padding, 2), -np.inf if mode == "max" else 0.0
    widths = [(0, 0)] * (x.ndim - 2) + [(ph, 0), (pw, 0)]
    padded = np.pad(x.astype(float), widths, constant_values=outside)
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


def pool2d__padding_swapped(x, size, *, stride=None, padding=0, mode="max", p=2):
    """The two paddings changed places: in `(h, w)` the first number adds rows, the second adds columns."""
    (kh, kw), (sh, sw) = np.broadcast_to(size, 2), np.broadcast_to(size if stride is None else stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    padded = pad2d(np.asarray(x, dtype=float), (int(pw), int(ph)), -np.inf if mode == "max" else 0.0)
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


def pool2d__ceil(x, size, *, stride=None, padding=0, mode="max", p=2):
    """One row or column too many: windows that hang over the edge were counted. What does not fill a window is
    dropped."""
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


def pool2d__unknown_mode_is_mean(x, size, *, stride=None, padding=0, mode="max", p=2):
    """An unknown mode quietly gave the mean, so a misspelt one would never be noticed. Raise a `ValueError`."""
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
    return windows.mean(axis=(-2, -1))


def pool2d__no_value_error(x, size, *, stride=None, padding=0, mode="max", p=2):
    """A window that is larger than the padded image has no place in it, and your function returned an array all the
    same (an empty one is easily overlooked). Say so with a `ValueError`."""
    (kh, kw), (sh, sw) = np.broadcast_to(size, 2), np.broadcast_to(size if stride is None else stride, 2)
    padded = pad2d(np.asarray(x, dtype=float), padding, -np.inf if mode == "max" else 0.0)
    if mode not in ("max", "mean", "sum", "lp"):
        raise ValueError(f"there is no pooling mode {mode!r}")
    rows, columns = (padded.shape[-2] - kh) // sh + 1, (padded.shape[-1] - kw) // sw + 1
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


def pool2d__integer_output(x, size, *, stride=None, padding=0, mode="max", p=2):
    """The result was stored in the image's own type, so the mean of integers lost everything after the decimal point.
    Choose a result that can hold fractions."""
    (kh, kw), (sh, sw) = np.broadcast_to(size, 2), np.broadcast_to(size if stride is None else stride, 2)
    padded = pad2d(np.asarray(x, dtype=float), padding, -np.inf if mode == "max" else 0.0)
    if mode not in ("max", "mean", "sum", "lp"):
        raise ValueError(f"there is no pooling mode {mode!r}")
    if kh > padded.shape[-2] or kw > padded.shape[-1]:
        raise ValueError("the window does not fit into the padded image")
    rows, columns = (padded.shape[-2] - kh) // sh + 1, (padded.shape[-1] - kw) // sw + 1
    result = np.zeros((*padded.shape[:-2], rows, columns), dtype=x.dtype)
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


def pool2d__lp_rounds_p(x, size, *, stride=None, padding=0, mode="max", p=2):
    """In mode "lp" a p with a fraction was cut down to an integer. Every p from 1 on gives a norm, 1.5 as well."""
    p = int(p)
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


def pool2d__pads_with_a_large_negative(x, size, *, stride=None, padding=0, mode="max", p=2):
    """For max pooling the frame was filled with a large negative number, and some images hold smaller ones still. Only
    minus infinity can never win."""
    if mode not in ("max", "mean", "sum", "lp"):
        raise ValueError(f"there is no pooling mode {mode!r}")
    (kh, kw), (sh, sw) = np.broadcast_to(size, 2), np.broadcast_to(size if stride is None else stride, 2)
    padded = pad2d(np.asarray(x, dtype=float), padding, -1e9 if mode == "max" else 0.0)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (kh, kw), axis=(-2, -1))[..., ::sh, ::sw, :, :]
    if mode == "max":
        return windows.max(axis=(-2, -1))
    if mode == "mean":
        return windows.mean(axis=(-2, -1))
    if mode == "sum":
        return windows.sum(axis=(-2, -1))
    return (np.abs(windows) ** p).sum(axis=(-2, -1)) ** (1 / p)


def pool2d__root_divides(x, size, *, stride=None, padding=0, mode="max", p=2):
    """In mode "lp" `total ** 1 / p` takes the power 1 first and then divides by p. Put the exponent into brackets."""
    if mode not in ("max", "mean", "sum", "lp"):
        raise ValueError(f"there is no pooling mode {mode!r}")
    (kh, kw), (sh, sw) = np.broadcast_to(size, 2), np.broadcast_to(size if stride is None else stride, 2)
    padded = pad2d(np.asarray(x, dtype=float), padding, -np.inf if mode == "max" else 0.0)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (kh, kw), axis=(-2, -1))[..., ::sh, ::sw, :, :]
    if mode == "max":
        return windows.max(axis=(-2, -1))
    if mode == "mean":
        return windows.mean(axis=(-2, -1))
    if mode == "sum":
        return windows.sum(axis=(-2, -1))
    return (np.abs(windows) ** p).sum(axis=(-2, -1)) ** 1 / p


def pool2d__mean_is_sum(x, size, *, stride=None, padding=0, mode="max", p=2):
    """Mode "mean" gave the sum. Divide by the number of pixels in the window."""
    if mode not in ("max", "mean", "sum", "lp"):
        raise ValueError(f"there is no pooling mode {mode!r}")
    (kh, kw), (sh, sw) = np.broadcast_to(size, 2), np.broadcast_to(size if stride is None else stride, 2)
    padded = pad2d(np.asarray(x, dtype=float), padding, -np.inf if mode == "max" else 0.0)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (kh, kw), axis=(-2, -1))[..., ::sh, ::sw, :, :]
    if mode == "max":
        return windows.max(axis=(-2, -1))
    if mode == "mean":
        return windows.sum(axis=(-2, -1))
    if mode == "sum":
        return windows.sum(axis=(-2, -1))
    return (np.abs(windows) ** p).sum(axis=(-2, -1)) ** (1 / p)


def pool2d__lp_is_euclidean_root_of_mean(x, size, *, stride=None, padding=0, mode="max", p=2):
    """In mode "lp" the numbers were added up before the power was taken. Take the power of each number first."""
    if mode not in ("max", "mean", "sum", "lp"):
        raise ValueError(f"there is no pooling mode {mode!r}")
    (kh, kw), (sh, sw) = np.broadcast_to(size, 2), np.broadcast_to(size if stride is None else stride, 2)
    padded = pad2d(np.asarray(x, dtype=float), padding, -np.inf if mode == "max" else 0.0)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (kh, kw), axis=(-2, -1))[..., ::sh, ::sw, :, :]
    if mode == "max":
        return windows.max(axis=(-2, -1))
    if mode == "mean":
        return windows.mean(axis=(-2, -1))
    if mode == "sum":
        return windows.sum(axis=(-2, -1))
    return (np.abs(windows).sum(axis=(-2, -1)) ** p) ** (1 / p)


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


def pool2d__median(x, size, *, stride=None, padding=0, mode="max", p=2):
    """Mode "mean" gave the median, the number in the middle. The mean is the sum, divided by how many there are."""
    if mode not in ("max", "mean", "sum", "lp"):
        raise ValueError(f"there is no pooling mode {mode!r}")
    (kh, kw), (sh, sw) = np.broadcast_to(size, 2), np.broadcast_to(size if stride is None else stride, 2)
    padded = pad2d(np.asarray(x, dtype=float), padding, -np.inf if mode == "max" else 0.0)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (kh, kw), axis=(-2, -1))[..., ::sh, ::sw, :, :]
    if mode == "max":
        return windows.max(axis=(-2, -1))
    if mode == "mean":
        return np.median(windows, axis=(-2, -1))
    if mode == "sum":
        return windows.sum(axis=(-2, -1))
    return (np.abs(windows) ** p).sum(axis=(-2, -1)) ** (1 / p)


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


def pool2d__checks_before_padding(x, size, *, stride=None, padding=0, mode="max", p=2):
    """A window was turned away although it fits, because it was compared with the bare image. What it has to fit into
    is the image with its padding."""
    if np.any(np.broadcast_to(size, 2) > x.shape[-2:]):
        raise ValueError("the window does not fit")
    if mode not in ("max", "mean", "sum", "lp"):
        raise ValueError(f"there is no pooling mode {mode!r}")
    (kh, kw), (sh, sw) = np.broadcast_to(size, 2), np.broadcast_to(size if stride is None else stride, 2)
    padded = pad2d(np.asarray(x, dtype=float), padding, -np.inf if mode == "max" else 0.0)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (kh, kw), axis=(-2, -1))[..., ::sh, ::sw, :, :]
    if mode == "max":
        return windows.max(axis=(-2, -1))
    if mode == "mean":
        return windows.mean(axis=(-2, -1))
    if mode == "sum":
        return windows.sum(axis=(-2, -1))
    return (np.abs(windows) ** p).sum(axis=(-2, -1)) ** (1 / p)


def pool2d__any_case(x, size, *, stride=None, padding=0, mode="max", p=2):
    """A mode in capitals, or with a space, was accepted. Only the four modes as they are written count."""
    mode = mode.strip().lower()
    if mode not in ("max", "mean", "sum", "lp"):
        raise ValueError(f"there is no pooling mode {mode!r}")
    (kh, kw), (sh, sw) = np.broadcast_to(size, 2), np.broadcast_to(size if stride is None else stride, 2)
    padded = pad2d(np.asarray(x, dtype=float), padding, -np.inf if mode == "max" else 0.0)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (kh, kw), axis=(-2, -1))[..., ::sh, ::sw, :, :]
    if mode == "max":
        return windows.max(axis=(-2, -1))
    if mode == "mean":
        return windows.mean(axis=(-2, -1))
    if mode == "sum":
        return windows.sum(axis=(-2, -1))
    return (np.abs(windows) ** p).sum(axis=(-2, -1)) ** (1 / p)


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


# ---- conv_layer ----


def conv_layer__flips_kernel(x, weight, bias=None, *, stride=1, padding=0):
    """The kernels were turned by 180 degrees, as in true convolution. Deep learning libraries cross-correlate: each
    kernel lies as it is printed."""
    if x.shape[1] != weight.shape[1]:
        raise ValueError("image and weight differ in their number of channels")
    bias = np.zeros(len(weight)) if bias is None else bias
    weight = weight[:, :, ::-1, ::-1]
    result = []
    for image in x:
        result.append([])
        for kernels, b in zip(weight, bias, strict=True):
            planes = [conv2d(image[c], kernels[c], stride=stride, padding=padding) for c in range(len(kernels))]
            result[-1].append(np.sum(planes, axis=0) + b)
    return np.array(result)


def conv_layer__flips_channels(x, weight, bias=None, *, stride=1, padding=0):
    """The channels of the kernels were reversed along with their rows and columns. Channel c of the image meets channel
    c of the kernel, and nothing is flipped."""
    if x.shape[1] != weight.shape[1]:
        raise ValueError("image and weight differ in their number of channels")
    bias = np.zeros(len(weight)) if bias is None else bias
    weight = weight[:, ::-1]
    result = []
    for image in x:
        result.append([])
        for kernels, b in zip(weight, bias, strict=True):
            planes = [conv2d(image[c], kernels[c], stride=stride, padding=padding) for c in range(len(kernels))]
            result[-1].append(np.sum(planes, axis=0) + b)
    return np.array(result)


def conv_layer__transposes_kernel(x, weight, bias=None, *, stride=1, padding=0):
    """Rows and columns of the kernels have changed places. A kernel that is not square shows the difference at once."""
    if x.shape[1] != weight.shape[1]:
        raise ValueError("image and weight differ in their number of channels")
    bias = np.zeros(len(weight)) if bias is None else bias
    weight = weight.swapaxes(2, 3)
    result = []
    for image in x:
        result.append([])
        for kernels, b in zip(weight, bias, strict=True):
            planes = [conv2d(image[c], kernels[c], stride=stride, padding=padding) for c in range(len(kernels))]
            result[-1].append(np.sum(planes, axis=0) + b)
    return np.array(result)


def conv_layer__first_channel_only(x, weight, bias=None, *, stride=1, padding=0):
    """Only channel 0 of the image had a say. A filter has one kernel per channel, and their results are added up."""
    if x.shape[1] != weight.shape[1]:
        raise ValueError("image and weight differ in their number of channels")
    bias = np.zeros(len(weight)) if bias is None else bias
    result = []
    for image in x:
        result.append([])
        for kernels, b in zip(weight, bias, strict=True):
            planes = [conv2d(image[0], kernels[0], stride=stride, padding=padding)]
            result[-1].append(np.sum(planes, axis=0) + b)
    return np.array(result)


def conv_layer__last_channel_only(x, weight, bias=None, *, stride=1, padding=0):
    """Each channel overwrote the one before, so only the last is left. The channels' results are added up."""
    if x.shape[1] != weight.shape[1]:
        raise ValueError("image and weight differ in their number of channels")
    bias = np.zeros(len(weight)) if bias is None else bias
    result = []
    for image in x:
        result.append([])
        for kernels, b in zip(weight, bias, strict=True):
            planes = [conv2d(image[c], kernels[c], stride=stride, padding=padding) for c in range(len(kernels))]
            result[-1].append(planes[-1] + b)
    return np.array(result)


def conv_layer__mean_over_channels(x, weight, bias=None, *, stride=1, padding=0):
    """The channels were averaged. A filter adds them up: a 5 x 5 filter on 3 channels is one sum of 75 products."""
    if x.shape[1] != weight.shape[1]:
        raise ValueError("image and weight differ in their number of channels")
    bias = np.zeros(len(weight)) if bias is None else bias
    result = []
    for image in x:
        result.append([])
        for kernels, b in zip(weight, bias, strict=True):
            planes = [conv2d(image[c], kernels[c], stride=stride, padding=padding) for c in range(len(kernels))]
            result[-1].append(np.mean(planes, axis=0) + b)
    return np.array(result)


def conv_layer__maximum_over_channels(x, weight, bias=None, *, stride=1, padding=0):
    """From the channels the largest response was kept. A filter adds them up."""
    if x.shape[1] != weight.shape[1]:
        raise ValueError("image and weight differ in their number of channels")
    bias = np.zeros(len(weight)) if bias is None else bias
    result = []
    for image in x:
        result.append([])
        for kernels, b in zip(weight, bias, strict=True):
            planes = [conv2d(image[c], kernels[c], stride=stride, padding=padding) for c in range(len(kernels))]
            result[-1].append(np.max(planes, axis=0) + b)
    return np.array(result)


def conv_layer__channels_kept(x, weight, bias=None, *, stride=1, padding=0):
    """Your result still has an axis for the channels of the input. A filter sees all channels at once and gives one
    number per place."""
    if x.shape[1] != weight.shape[1]:
        raise ValueError("image and weight differ in their number of channels")
    bias = np.zeros(len(weight)) if bias is None else bias
    result = []
    for image in x:
        result.append([])
        for kernels, b in zip(weight, bias, strict=True):
            planes = [conv2d(image[c], kernels[c], stride=stride, padding=padding) for c in range(len(kernels))]
            result[-1].append(np.array(planes) + b)
    return np.array(result)


def conv_layer__mean_over_patch(x, weight, bias=None, *, stride=1, padding=0):
    """The products were averaged over the patch. Each output is a plain sum of products, plus a bias."""
    if x.shape[1] != weight.shape[1]:
        raise ValueError("image and weight differ in their number of channels")
    bias = np.zeros(len(weight)) if bias is None else bias
    result = []
    for image in x:
        result.append([])
        for kernels, b in zip(weight, bias, strict=True):
            planes = [conv2d(image[c], kernels[c], stride=stride, padding=padding) for c in range(len(kernels))]
            result[-1].append(np.sum(planes, axis=0) / kernels.size + b)
    return np.array(result)


def conv_layer__first_filter_only(x, weight, bias=None, *, stride=1, padding=0):
    """Every output channel shows filter 0. Each filter makes an output channel of its own."""
    if x.shape[1] != weight.shape[1]:
        raise ValueError("image and weight differ in their number of channels")
    bias = np.zeros(len(weight)) if bias is None else bias
    result = []
    for image in x:
        result.append([])
        for kernels, b in zip(weight, bias, strict=True):
            planes = [conv2d(image[c], weight[0, c], stride=stride, padding=padding) for c in range(len(kernels))]
            result[-1].append(np.sum(planes, axis=0) + b)
    return np.array(result)


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


def conv_layer__reshaped_weight(x, weight, bias=None, *, stride=1, padding=0):
    """The weight was reshaped to exchange its first two axes, which scatters the numbers of a filter over others. Its
    layout, (filters, channels, height, width), is the one you need."""
    if x.shape[1] != weight.shape[1]:
        raise ValueError("image and weight differ in their number of channels")
    bias = np.zeros(len(weight)) if bias is None else bias
    f, c, kh, kw = weight.shape
    weight = weight.reshape(c, f, kh, kw).transpose(1, 0, 2, 3)
    result = []
    for image in x:
        result.append([])
        for kernels, b in zip(weight, bias, strict=True):
            planes = [conv2d(image[c], kernels[c], stride=stride, padding=padding) for c in range(len(kernels))]
            result[-1].append(np.sum(planes, axis=0) + b)
    return np.array(result)


def conv_layer__first_image_only(x, weight, bias=None, *, stride=1, padding=0):
    """Only the first picture of the batch was computed; the others stayed 0. Each picture gets its own turn."""
    if x.shape[1] != weight.shape[1]:
        raise ValueError("image and weight differ in their number of channels")
    bias = np.zeros(len(weight)) if bias is None else bias
    result = []
    for image in x:
        result.append([])
        for kernels, b in zip(weight, bias, strict=True):
            planes = [conv2d(image[c], kernels[c], stride=stride, padding=padding) for c in range(len(kernels))]
            result[-1].append(np.sum(planes, axis=0) + b)
    result[1:] = [np.zeros_like(result[0])] * (len(x) - 1)
    return np.array(result)


def conv_layer__first_image_for_all(x, weight, bias=None, *, stride=1, padding=0):
    """Every result belongs to the first picture of the batch. Look which picture is used inside the loop."""
    if x.shape[1] != weight.shape[1]:
        raise ValueError("image and weight differ in their number of channels")
    bias = np.zeros(len(weight)) if bias is None else bias
    result = []
    for _image in x:
        result.append([])
        for kernels, b in zip(weight, bias, strict=True):
            planes = [conv2d(x[0, c], kernels[c], stride=stride, padding=padding) for c in range(len(kernels))]
            result[-1].append(np.sum(planes, axis=0) + b)
    return np.array(result)


def conv_layer__batch_summed(x, weight, bias=None, *, stride=1, padding=0):
    """The pictures of the batch were added up. Each one has its own result, along axis 0."""
    if x.shape[1] != weight.shape[1]:
        raise ValueError("image and weight differ in their number of channels")
    bias = np.zeros(len(weight)) if bias is None else bias
    result = []
    for image in x:
        result.append([])
        for kernels, b in zip(weight, bias, strict=True):
            planes = [conv2d(image[c], kernels[c], stride=stride, padding=padding) for c in range(len(kernels))]
            result[-1].append(np.sum(planes, axis=0) + b)
    return np.sum(result, axis=0, keepdims=True)


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
    """The bias was added once per channel of the input, because it stands inside the loop over the channels. A filter
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


def conv_layer__first_bias_for_all(x, weight, bias=None, *, stride=1, padding=0):
    """Every filter got the first bias. `bias` holds one number per filter."""
    if x.shape[1] != weight.shape[1]:
        raise ValueError("image and weight differ in their number of channels")
    bias = np.zeros(len(weight)) if bias is None else bias
    result = []
    for image in x:
        result.append([])
        for kernels in weight:
            planes = [conv2d(image[c], kernels[c], stride=stride, padding=padding) for c in range(len(kernels))]
            result[-1].append(np.sum(planes, axis=0) + bias[0])
    return np.array(result)


def conv_layer__sum_of_biases(x, weight, bias=None, *, stride=1, padding=0):
    """Every filter got the sum of all biases. `bias` holds one number per filter."""
    if x.shape[1] != weight.shape[1]:
        raise ValueError("image and weight differ in their number of channels")
    bias = np.zeros(len(weight)) if bias is None else bias
    result = []
    for image in x:
        result.append([])
        for kernels in weight:
            planes = [conv2d(image[c], kernels[c], stride=stride, padding=padding) for c in range(len(kernels))]
            result[-1].append(np.sum(planes, axis=0) + np.sum(bias))
    return np.array(result)


def conv_layer__bias_subtracted(x, weight, bias=None, *, stride=1, padding=0):
    """The bias was subtracted. It is added to the sum of products."""
    if x.shape[1] != weight.shape[1]:
        raise ValueError("image and weight differ in their number of channels")
    bias = np.zeros(len(weight)) if bias is None else bias
    result = []
    for image in x:
        result.append([])
        for kernels, b in zip(weight, bias, strict=True):
            planes = [conv2d(image[c], kernels[c], stride=stride, padding=padding) for c in range(len(kernels))]
            result[-1].append(np.sum(planes, axis=0) - b)
    return np.array(result)


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


def conv_layer__bias_required(x, weight, bias=None, *, stride=1, padding=0):
    """Without a bias your function fails. `bias=None` means: there is none, so nothing is added."""
    if x.shape[1] != weight.shape[1]:
        raise ValueError("image and weight differ in their number of channels")
    result = []
    for image in x:
        result.append([])
        for kernels, b in zip(weight, bias, strict=True):
            planes = [conv2d(image[c], kernels[c], stride=stride, padding=padding) for c in range(len(kernels))]
            result[-1].append(np.sum(planes, axis=0) + b)
    return np.array(result)


def conv_layer__stride_ignored(x, weight, bias=None, *, stride=1, padding=0):
    """The kernels still move one pixel at a time, whatever `stride` says."""
    if x.shape[1] != weight.shape[1]:
        raise ValueError("image and weight differ in their number of channels")
    bias = np.zeros(len(weight)) if bias is None else bias
    result = []
    for image in x:
        result.append([])
        for kernels, b in zip(weight, bias, strict=True):
            planes = [conv2d(image[c], kernels[c], padding=padding) for c in range(len(kernels))]
            result[-1].append(np.sum(planes, axis=0) + b)
    return np.array(result)


def conv_layer__stride_in_shape_only(x, weight, bias=None, *, stride=1, padding=0):
    """The result has the right shape, but the kernels moved by one pixel from place to place. Place number i begins at
    i times the stride."""
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
                patch = padded[:, :, i : i + kh, j : j + kw]
                result[:, f, i, j] = np.sum(patch * weight[f], axis=(1, 2, 3))
                if bias is not None:
                    result[:, f, i, j] += bias[f]
    return result


def conv_layer__stride_h_for_w(x, weight, bias=None, *, stride=1, padding=0):
    """One stride was used in both directions. In `(h, w)` the first number steps downwards, the second to the right."""
    if x.shape[1] != weight.shape[1]:
        raise ValueError("image and weight differ in their number of channels")
    bias = np.zeros(len(weight)) if bias is None else bias
    sh, sw = np.broadcast_to(stride, 2)
    result = []
    for image in x:
        result.append([])
        for kernels, b in zip(weight, bias, strict=True):
            planes = [conv2d(image[c], kernels[c], stride=int(sh), padding=padding) for c in range(len(kernels))]
            result[-1].append(np.sum(planes, axis=0) + b)
    return np.array(result)


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


def conv_layer__thins_image_first(x, weight, bias=None, *, stride=1, padding=0):
    """Rows and columns of the image were left out before the kernels saw them. A stride leaves out places of the
    kernel; within each place it still sees neighbouring pixels."""
    if x.shape[1] != weight.shape[1]:
        raise ValueError("image and weight differ in their number of channels")
    bias = np.zeros(len(weight)) if bias is None else bias
    sh, sw = np.broadcast_to(stride, 2)
    x = pad2d(x, padding)[:, :, ::sh, ::sw]
    result = []
    for image in x:
        result.append([])
        for kernels, b in zip(weight, bias, strict=True):
            planes = [conv2d(image[c], kernels[c]) for c in range(len(kernels))]
            result[-1].append(np.sum(planes, axis=0) + b)
    return np.array(result)


def conv_layer__padding_ignored(x, weight, bias=None, *, stride=1, padding=0):
    """`padding` had no effect: no frame was put around the images."""
    if x.shape[1] != weight.shape[1]:
        raise ValueError("image and weight differ in their number of channels")
    bias = np.zeros(len(weight)) if bias is None else bias
    result = []
    for image in x:
        result.append([])
        for kernels, b in zip(weight, bias, strict=True):
            planes = [conv2d(image[c], kernels[c], stride=stride) for c in range(len(kernels))]
            result[-1].append(np.sum(planes, axis=0) + b)
    return np.array(result)


def conv_layer__padding_once(x, weight, bias=None, *, stride=1, padding=0):
    """The frame was added on one side only. There is padding above and below, left and right, so it counts twice in the
    size of the result."""
    if x.shape[1] != weight.shape[1]:
        raise ValueError("image and weight differ in their number of channels")
    bias = np.zeros(len(weight)) if bias is None else bias
    ph, pw = np.broadcast_to(padding, 2)
    x = np.pad(x, ((0, 0), (0, 0), (ph, 0), (pw, 0)))
    result = []
    for image in x:
        result.append([])
        for kernels, b in zip(weight, bias, strict=True):
            planes = [conv2d(image[c], kernels[c], stride=stride) for c in range(len(kernels))]
            result[-1].append(np.sum(planes, axis=0) + b)
    return np.array(result)


def conv_layer__padding_swapped(x, weight, bias=None, *, stride=1, padding=0):
    """The two paddings changed places: in `(h, w)` the first number adds rows, the second adds columns."""
    if x.shape[1] != weight.shape[1]:
        raise ValueError("image and weight differ in their number of channels")
    bias = np.zeros(len(weight)) if bias is None else bias
    ph, pw = np.broadcast_to(padding, 2)
    result = []
    for image in x:
        result.append([])
        for kernels, b in zip(weight, bias, strict=True):
            planes = [
                conv2d(image[c], kernels[c], stride=stride, padding=(int(pw), int(ph))) for c in range(len(kernels))
            ]
            result[-1].append(np.sum(planes, axis=0) + b)
    return np.array(result)


def conv_layer__padding_h_for_w(x, weight, bias=None, *, stride=1, padding=0):
    """One padding was used in both directions. In `(h, w)` the first number adds rows, the second columns."""
    if x.shape[1] != weight.shape[1]:
        raise ValueError("image and weight differ in their number of channels")
    bias = np.zeros(len(weight)) if bias is None else bias
    ph, pw = np.broadcast_to(padding, 2)
    result = []
    for image in x:
        result.append([])
        for kernels, b in zip(weight, bias, strict=True):
            planes = [conv2d(image[c], kernels[c], stride=stride, padding=int(ph)) for c in range(len(kernels))]
            result[-1].append(np.sum(planes, axis=0) + b)
    return np.array(result)


def conv_layer__edge_padding(x, weight, bias=None, *, stride=1, padding=0):
    """The frame was filled with the nearest border pixels. Here it is filled with zeros."""
    if x.shape[1] != weight.shape[1]:
        raise ValueError("image and weight differ in their number of channels")
    bias = np.zeros(len(weight)) if bias is None else bias
    ph, pw = np.broadcast_to(padding, 2)
    x = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)), mode="edge")
    result = []
    for image in x:
        result.append([])
        for kernels, b in zip(weight, bias, strict=True):
            planes = [conv2d(image[c], kernels[c], stride=stride) for c in range(len(kernels))]
            result[-1].append(np.sum(planes, axis=0) + b)
    return np.array(result)


def conv_layer__ceil(x, weight, bias=None, *, stride=1, padding=0):
    """One row or column too many: the number of steps was rounded up. A place counts only if the whole kernel still
    fits."""
    if x.shape[1] != weight.shape[1]:
        raise ValueError("image and weight differ in their number of channels")
    sh, sw = np.broadcast_to(stride, 2)
    padded = pad2d(x, padding)
    kh, kw = weight.shape[2:]
    if kh > padded.shape[2] or kw > padded.shape[3]:
        raise ValueError("the kernel does not fit into the padded image")
    rows, columns = -((kh - padded.shape[2]) // sh) + 1, -((kw - padded.shape[3]) // sw) + 1
    result = np.zeros((len(x), len(weight), rows, columns))
    for f in range(len(weight)):
        for i in range(rows):
            for j in range(columns):
                patch = padded[:, :, i * sh : i * sh + kh, j * sw : j * sw + kw]
                part = weight[f, :, : patch.shape[2], : patch.shape[3]]
                result[:, f, i, j] = np.sum(patch * part, axis=(1, 2, 3))
                if bias is not None:
                    result[:, f, i, j] += bias[f]
    return result


def conv_layer__missing_plus_one(x, weight, bias=None, *, stride=1, padding=0):
    """The result is one row and one column too small. There is one place more than there are steps."""
    if x.shape[1] != weight.shape[1]:
        raise ValueError("image and weight differ in their number of channels")
    sh, sw = np.broadcast_to(stride, 2)
    padded = pad2d(x, padding)
    kh, kw = weight.shape[2:]
    if kh > padded.shape[2] or kw > padded.shape[3]:
        raise ValueError("the kernel does not fit into the padded image")
    rows, columns = (padded.shape[2] - kh) // sh, (padded.shape[3] - kw) // sw
    result = np.zeros((len(x), len(weight), rows, columns))
    for f in range(len(weight)):
        for i in range(rows):
            for j in range(columns):
                patch = padded[:, :, i * sh : i * sh + kh, j * sw : j * sw + kw]
                result[:, f, i, j] = np.sum(patch * weight[f], axis=(1, 2, 3))
                if bias is not None:
                    result[:, f, i, j] += bias[f]
    return result


def conv_layer__last_row_and_column_skipped(x, weight, bias=None, *, stride=1, padding=0):
    """The result has the right shape, but its last row and column were never filled in. `range` leaves out its upper
    limit by itself."""
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
        for i in range(rows - 1):
            for j in range(columns - 1):
                patch = padded[:, :, i * sh : i * sh + kh, j * sw : j * sw + kw]
                result[:, f, i, j] = np.sum(patch * weight[f], axis=(1, 2, 3))
                if bias is not None:
                    result[:, f, i, j] += bias[f]
    return result


def conv_layer__square_kernels_only(x, weight, bias=None, *, stride=1, padding=0):
    """The kernel was taken to be square: one of its sizes was used for both axes. Height and width each need their own
    size."""
    if x.shape[1] != weight.shape[1]:
        raise ValueError("image and weight differ in their number of channels")
    sh, sw = np.broadcast_to(stride, 2)
    padded = pad2d(x, padding)
    kh = kw = weight.shape[2]
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


def conv_layer__transposed_result(x, weight, bias=None, *, stride=1, padding=0):
    """Height and width of the result are exchanged. Its axes are (pictures, filters, rows, columns)."""
    if x.shape[1] != weight.shape[1]:
        raise ValueError("image and weight differ in their number of channels")
    bias = np.zeros(len(weight)) if bias is None else bias
    result = []
    for image in x:
        result.append([])
        for kernels, b in zip(weight, bias, strict=True):
            planes = [conv2d(image[c], kernels[c], stride=stride, padding=padding) for c in range(len(kernels))]
            result[-1].append(np.sum(planes, axis=0) + b)
    return np.array(result).swapaxes(2, 3)


def conv_layer__channels_last(x, weight, bias=None, *, stride=1, padding=0):
    """The filters stand on the last axis, as TensorFlow has them. Here the order is (pictures, filters, rows,
    columns)."""
    if x.shape[1] != weight.shape[1]:
        raise ValueError("image and weight differ in their number of channels")
    bias = np.zeros(len(weight)) if bias is None else bias
    result = []
    for image in x:
        result.append([])
        for kernels, b in zip(weight, bias, strict=True):
            planes = [conv2d(image[c], kernels[c], stride=stride, padding=padding) for c in range(len(kernels))]
            result[-1].append(np.sum(planes, axis=0) + b)
    return np.array(result).transpose(0, 2, 3, 1)


def conv_layer__integer_output(x, weight, bias=None, *, stride=1, padding=0):
    """The result was stored as integers, and everything after the decimal point was lost. Choose a result that can hold
    fractions."""
    if x.shape[1] != weight.shape[1]:
        raise ValueError("image and weight differ in their number of channels")
    sh, sw = np.broadcast_to(stride, 2)
    padded = pad2d(x, padding)
    kh, kw = weight.shape[2:]
    if kh > padded.shape[2] or kw > padded.shape[3]:
        raise ValueError("the kernel does not fit into the padded image")
    rows, columns = (padded.shape[2] - kh) // sh + 1, (padded.shape[3] - kw) // sw + 1
    result = np.zeros((len(x), len(weight), rows, columns), dtype=int)
    for f in range(len(weight)):
        for i in range(rows):
            for j in range(columns):
                patch = padded[:, :, i * sh : i * sh + kh, j * sw : j * sw + kw]
                result[:, f, i, j] = np.sum(patch * weight[f], axis=(1, 2, 3))
                if bias is not None:
                    result[:, f, i, j] += bias[f]
    return result


def conv_layer__type_of_image(x, weight, bias=None, *, stride=1, padding=0):
    """The result was stored in the images' own type, so with images of integers everything after the decimal point was
    lost. Choose a result that can hold fractions."""
    if x.shape[1] != weight.shape[1]:
        raise ValueError("image and weight differ in their number of channels")
    sh, sw = np.broadcast_to(stride, 2)
    padded = pad2d(x, padding)
    kh, kw = weight.shape[2:]
    if kh > padded.shape[2] or kw > padded.shape[3]:
        raise ValueError("the kernel does not fit into the padded image")
    rows, columns = (padded.shape[2] - kh) // sh + 1, (padded.shape[3] - kw) // sw + 1
    result = np.zeros((len(x), len(weight), rows, columns), dtype=x.dtype)
    for f in range(len(weight)):
        for i in range(rows):
            for j in range(columns):
                patch = padded[:, :, i * sh : i * sh + kh, j * sw : j * sw + kw]
                result[:, f, i, j] = np.sum(patch * weight[f], axis=(1, 2, 3))
                if bias is not None:
                    result[:, f, i, j] += bias[f]
    return result


def conv_layer__changes_patch(x, weight, bias=None, *, stride=1, padding=0):
    """A slice of a NumPy array is a window on the array itself, not a copy: multiplying the patch in place changed the
    picture, and every later place saw the damage."""
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
                patch *= weight[f]
                result[:, f, i, j] = np.sum(patch, axis=(1, 2, 3))
                if bias is not None:
                    result[:, f, i, j] += bias[f]
    return result


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


def conv_layer__one_channel_broadcast(x, weight, bias=None, *, stride=1, padding=0):
    """A picture of one channel met filters of several, and NumPy repeated it without a word. Compare the numbers of
    channels first and raise a `ValueError`."""
    if x.shape[1] not in (1, weight.shape[1]):
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


def conv_layer__no_value_error(x, weight, bias=None, *, stride=1, padding=0):
    """A kernel that is larger than the padded image has no place in it, and your function returned an array all the
    same (an empty one is easily overlooked). Say so with a `ValueError`."""
    if x.shape[1] != weight.shape[1]:
        raise ValueError("image and weight differ in their number of channels")
    sh, sw = np.broadcast_to(stride, 2)
    padded = pad2d(x, padding)
    kh, kw = weight.shape[2:]
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


def conv_layer__checks_before_padding(x, weight, bias=None, *, stride=1, padding=0):
    """A kernel was turned away although it fits, because it was compared with the bare image. What it has to fit into
    is the image with its padding."""
    if x.shape[1] != weight.shape[1]:
        raise ValueError("image and weight differ in their number of channels")
    bias = np.zeros(len(weight)) if bias is None else bias
    if weight.shape[2] > x.shape[2] or weight.shape[3] > x.shape[3]:
        raise ValueError("the kernel does not fit into the image")
    result = []
    for image in x:
        result.append([])
        for kernels, b in zip(weight, bias, strict=True):
            planes = [conv2d(image[c], kernels[c], stride=stride, padding=padding) for c in range(len(kernels))]
            result[-1].append(np.sum(planes, axis=0) + b)
    return np.array(result)


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


def conv_layer__first_image_returned(x, weight, bias=None, *, stride=1, padding=0):
    """Only the first picture came back, and without the axis of the pictures: a `return` inside the loop ends the
    function. Fill the whole result first."""
    if x.shape[1] != weight.shape[1]:
        raise ValueError("image and weight differ in their number of channels")
    sh, sw = np.broadcast_to(stride, 2)
    windows = np.lib.stride_tricks.sliding_window_view(pad2d(x, padding), weight.shape[2:], axis=(2, 3))[
        :, :, ::sh, ::sw
    ]
    bias = np.zeros(len(weight)) if bias is None else bias
    return (np.einsum("ncijuv,fcuv->nfij", windows, weight) + bias[:, None, None])[0]


def conv_layer__bias_in_every_product(x, weight, bias=None, *, stride=1, padding=0):
    """The bias was added to each product before they were summed up, so it counts as often as the block has weights.
    Add it once, after the sum."""
    if x.shape[1] != weight.shape[1]:
        raise ValueError("image and weight differ in their number of channels")
    sh, sw = np.broadcast_to(stride, 2)
    windows = np.lib.stride_tricks.sliding_window_view(pad2d(x, padding), weight.shape[2:], axis=(2, 3))[
        :, :, ::sh, ::sw
    ]
    bias = np.zeros(len(weight)) if bias is None else bias
    return np.einsum("ncijuv,fcuv->nfij", windows, weight) + (bias * weight[0].size)[:, None, None]


def conv_layer__bias_per_pixel_of_kernel(x, weight, bias=None, *, stride=1, padding=0):
    """The bias was added once for each pixel of the kernel. Add it once, after the sum over the whole block."""
    if x.shape[1] != weight.shape[1]:
        raise ValueError("image and weight differ in their number of channels")
    sh, sw = np.broadcast_to(stride, 2)
    windows = np.lib.stride_tricks.sliding_window_view(pad2d(x, padding), weight.shape[2:], axis=(2, 3))[
        :, :, ::sh, ::sw
    ]
    bias = np.zeros(len(weight)) if bias is None else bias
    return np.einsum("ncijuv,fcuv->nfij", windows, weight) + (bias * weight[0, 0].size)[:, None, None]


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


def conv_layer__bias_cut_down(x, weight, bias=None, *, stride=1, padding=0):
    """The bias lost what stands after the decimal point, because it was added to a result of integers. Choose a result
    that can hold fractions."""
    if x.shape[1] != weight.shape[1]:
        raise ValueError("image and weight differ in their number of channels")
    sh, sw = np.broadcast_to(stride, 2)
    windows = np.lib.stride_tricks.sliding_window_view(pad2d(x, padding), weight.shape[2:], axis=(2, 3))[
        :, :, ::sh, ::sw
    ]
    result = np.einsum("ncijuv,fcuv->nfij", windows, weight)
    return result if bias is None else result + bias.astype(np.result_type(x, weight))[:, None, None]


def conv_layer__type_of_weight(x, weight, bias=None, *, stride=1, padding=0):
    """The result was stored in the type of the weights, so with weights of integers everything after the decimal point
    was lost. Choose a result that can hold fractions."""
    if x.shape[1] != weight.shape[1]:
        raise ValueError("image and weight differ in their number of channels")
    sh, sw = np.broadcast_to(stride, 2)
    windows = np.lib.stride_tricks.sliding_window_view(pad2d(x, padding), weight.shape[2:], axis=(2, 3))[
        :, :, ::sh, ::sw
    ]
    bias = np.zeros(len(weight)) if bias is None else bias
    result = np.einsum("ncijuv,fcuv->nfij", windows, weight) + bias[:, None, None]
    return result.astype(weight.dtype)


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


def conv_layer__bias_along_height(x, weight, bias=None, *, stride=1, padding=0):
    """The biases went along the rows of the result instead of along its filters. Give the bias the axes that it
    lacks."""
    if x.shape[1] != weight.shape[1]:
        raise ValueError("image and weight differ in their number of channels")
    sh, sw = np.broadcast_to(stride, 2)
    windows = np.lib.stride_tricks.sliding_window_view(pad2d(x, padding), weight.shape[2:], axis=(2, 3))[
        :, :, ::sh, ::sw
    ]
    result = np.einsum("ncijuv,fcuv->nfij", windows, weight)
    return result if bias is None else result + bias[:, None]


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


# ---- named_kernel ----


def named_kernel__identity_is_diagonal(name):
    """The identity kernel is not the identity matrix: a diagonal of ones adds up three pixels. Which single weight
    leaves every pixel as it is?"""
    kernels = {
        "identity": np.eye(3),
        "edge_1": [[1, 0, -1], [0, 0, 0], [-1, 0, 1]],
        "edge_2": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
        "edge_3": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
        "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
        "box_blur": np.ones((3, 3)) / 9,
        "gaussian_blur": np.outer([1, 2, 1], [1, 2, 1]) / 16,
        "horizontal_edge": [[1, 2, 1], [0, 0, 0], [-1, -2, -1]],
        "vertical_edge": [[1, 0, -1], [2, 0, -2], [1, 0, -1]],
    }
    if name not in kernels:
        raise ValueError(f"there is no kernel called {name!r}")
    return np.array(kernels[name], dtype=float)


def named_kernel__identity_of_ones(name):
    """A kernel full of ones adds up nine pixels. The identity takes only the pixel under its centre."""
    kernels = {
        "identity": np.ones((3, 3)),
        "edge_1": [[1, 0, -1], [0, 0, 0], [-1, 0, 1]],
        "edge_2": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
        "edge_3": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
        "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
        "box_blur": np.ones((3, 3)) / 9,
        "gaussian_blur": np.outer([1, 2, 1], [1, 2, 1]) / 16,
        "horizontal_edge": [[1, 2, 1], [0, 0, 0], [-1, -2, -1]],
        "vertical_edge": [[1, 0, -1], [2, 0, -2], [1, 0, -1]],
    }
    if name not in kernels:
        raise ValueError(f"there is no kernel called {name!r}")
    return np.array(kernels[name], dtype=float)


def named_kernel__edge_3_does_not_sum_to_zero(name):
    """The weights of `edge_3` do not add up to 0, so it answers even where the image is flat. An edge detector is
    silent there: let the centre balance its eight neighbours."""
    kernels = {
        "identity": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
        "edge_1": [[1, 0, -1], [0, 0, 0], [-1, 0, 1]],
        "edge_2": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
        "edge_3": [[-1, -1, -1], [-1, 9, -1], [-1, -1, -1]],
        "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
        "box_blur": np.ones((3, 3)) / 9,
        "gaussian_blur": np.outer([1, 2, 1], [1, 2, 1]) / 16,
        "horizontal_edge": [[1, 2, 1], [0, 0, 0], [-1, -2, -1]],
        "vertical_edge": [[1, 0, -1], [2, 0, -2], [1, 0, -1]],
    }
    if name not in kernels:
        raise ValueError(f"there is no kernel called {name!r}")
    return np.array(kernels[name], dtype=float)


def named_kernel__edge_2_does_not_sum_to_zero(name):
    """The weights of `edge_2` do not add up to 0, so it answers even where the image is flat. Let the centre balance
    its four neighbours."""
    kernels = {
        "identity": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
        "edge_1": [[1, 0, -1], [0, 0, 0], [-1, 0, 1]],
        "edge_2": [[0, 1, 0], [1, -8, 1], [0, 1, 0]],
        "edge_3": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
        "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
        "box_blur": np.ones((3, 3)) / 9,
        "gaussian_blur": np.outer([1, 2, 1], [1, 2, 1]) / 16,
        "horizontal_edge": [[1, 2, 1], [0, 0, 0], [-1, -2, -1]],
        "vertical_edge": [[1, 0, -1], [2, 0, -2], [1, 0, -1]],
    }
    if name not in kernels:
        raise ValueError(f"there is no kernel called {name!r}")
    return np.array(kernels[name], dtype=float)


def named_kernel__edge_2_sign(name):
    """`edge_2` has its signs the other way round: here the neighbours count positive and the centre negative."""
    kernels = {
        "identity": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
        "edge_1": [[1, 0, -1], [0, 0, 0], [-1, 0, 1]],
        "edge_2": [[0, -1, 0], [-1, 4, -1], [0, -1, 0]],
        "edge_3": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
        "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
        "box_blur": np.ones((3, 3)) / 9,
        "gaussian_blur": np.outer([1, 2, 1], [1, 2, 1]) / 16,
        "horizontal_edge": [[1, 2, 1], [0, 0, 0], [-1, -2, -1]],
        "vertical_edge": [[1, 0, -1], [2, 0, -2], [1, 0, -1]],
    }
    if name not in kernels:
        raise ValueError(f"there is no kernel called {name!r}")
    return np.array(kernels[name], dtype=float)


def named_kernel__edge_1_sign(name):
    """`edge_1` has its signs the other way round. Its top left corner is positive."""
    kernels = {
        "identity": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
        "edge_1": [[-1, 0, 1], [0, 0, 0], [1, 0, -1]],
        "edge_2": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
        "edge_3": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
        "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
        "box_blur": np.ones((3, 3)) / 9,
        "gaussian_blur": np.outer([1, 2, 1], [1, 2, 1]) / 16,
        "horizontal_edge": [[1, 2, 1], [0, 0, 0], [-1, -2, -1]],
        "vertical_edge": [[1, 0, -1], [2, 0, -2], [1, 0, -1]],
    }
    if name not in kernels:
        raise ValueError(f"there is no kernel called {name!r}")
    return np.array(kernels[name], dtype=float)


def named_kernel__edges_shifted(name):
    """The edge detectors are numbered differently in the table: compare the three with it once more."""
    kernels = {
        "identity": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
        "edge_1": [[1, 0, -1], [0, 0, 0], [-1, 0, 1]],
        "edge_3": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
        "edge_2": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
        "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
        "box_blur": np.ones((3, 3)) / 9,
        "gaussian_blur": np.outer([1, 2, 1], [1, 2, 1]) / 16,
        "horizontal_edge": [[1, 2, 1], [0, 0, 0], [-1, -2, -1]],
        "vertical_edge": [[1, 0, -1], [2, 0, -2], [1, 0, -1]],
    }
    if name not in kernels:
        raise ValueError(f"there is no kernel called {name!r}")
    return np.array(kernels[name], dtype=float)


def named_kernel__sharpen_is_edge_detector(name):
    """Your `sharpen` adds up to 0 and so removes the image itself. Sharpening is the image plus its edges; its weights
    add up to 1."""
    kernels = {
        "identity": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
        "edge_1": [[1, 0, -1], [0, 0, 0], [-1, 0, 1]],
        "edge_2": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
        "edge_3": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
        "sharpen": [[0, -1, 0], [-1, 4, -1], [0, -1, 0]],
        "box_blur": np.ones((3, 3)) / 9,
        "gaussian_blur": np.outer([1, 2, 1], [1, 2, 1]) / 16,
        "horizontal_edge": [[1, 2, 1], [0, 0, 0], [-1, -2, -1]],
        "vertical_edge": [[1, 0, -1], [2, 0, -2], [1, 0, -1]],
    }
    if name not in kernels:
        raise ValueError(f"there is no kernel called {name!r}")
    return np.array(kernels[name], dtype=float)


def named_kernel__box_blur_not_normalised(name):
    """The weights of `box_blur` add up to 9, which makes every image nine times as bright. A blur is an average: its
    weights add up to 1."""
    kernels = {
        "identity": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
        "edge_1": [[1, 0, -1], [0, 0, 0], [-1, 0, 1]],
        "edge_2": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
        "edge_3": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
        "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
        "box_blur": np.ones((3, 3)),
        "gaussian_blur": np.outer([1, 2, 1], [1, 2, 1]) / 16,
        "horizontal_edge": [[1, 2, 1], [0, 0, 0], [-1, -2, -1]],
        "vertical_edge": [[1, 0, -1], [2, 0, -2], [1, 0, -1]],
    }
    if name not in kernels:
        raise ValueError(f"there is no kernel called {name!r}")
    return np.array(kernels[name], dtype=float)


def named_kernel__gaussian_blur_not_normalised(name):
    """The weights of `gaussian_blur` do not add up to 1, so the image changes its brightness. A blur is an average."""
    kernels = {
        "identity": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
        "edge_1": [[1, 0, -1], [0, 0, 0], [-1, 0, 1]],
        "edge_2": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
        "edge_3": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
        "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
        "box_blur": np.ones((3, 3)) / 9,
        "gaussian_blur": np.outer([1, 2, 1], [1, 2, 1]),
        "horizontal_edge": [[1, 2, 1], [0, 0, 0], [-1, -2, -1]],
        "vertical_edge": [[1, 0, -1], [2, 0, -2], [1, 0, -1]],
    }
    if name not in kernels:
        raise ValueError(f"there is no kernel called {name!r}")
    return np.array(kernels[name], dtype=float)


def named_kernel__gaussian_blur_divided_by_nine(name):
    """The weights of `gaussian_blur` were divided by their number. They are not all equal: divide by their sum."""
    kernels = {
        "identity": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
        "edge_1": [[1, 0, -1], [0, 0, 0], [-1, 0, 1]],
        "edge_2": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
        "edge_3": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
        "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
        "box_blur": np.ones((3, 3)) / 9,
        "gaussian_blur": np.outer([1, 2, 1], [1, 2, 1]) / 9,
        "horizontal_edge": [[1, 2, 1], [0, 0, 0], [-1, -2, -1]],
        "vertical_edge": [[1, 0, -1], [2, 0, -2], [1, 0, -1]],
    }
    if name not in kernels:
        raise ValueError(f"there is no kernel called {name!r}")
    return np.array(kernels[name], dtype=float)


def named_kernel__horizontal_and_vertical_swapped(name):
    """The horizontal and the vertical detector changed places. A horizontal edge has different rows above and below it,
    so its detector takes the difference between rows."""
    kernels = {
        "identity": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
        "edge_1": [[1, 0, -1], [0, 0, 0], [-1, 0, 1]],
        "edge_2": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
        "edge_3": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
        "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
        "box_blur": np.ones((3, 3)) / 9,
        "gaussian_blur": np.outer([1, 2, 1], [1, 2, 1]) / 16,
        "vertical_edge": [[1, 2, 1], [0, 0, 0], [-1, -2, -1]],
        "horizontal_edge": [[1, 0, -1], [2, 0, -2], [1, 0, -1]],
    }
    if name not in kernels:
        raise ValueError(f"there is no kernel called {name!r}")
    return np.array(kernels[name], dtype=float)


def named_kernel__horizontal_edge_sign(name):
    """`horizontal_edge` has its signs the other way round: here the row above counts positive."""
    kernels = {
        "identity": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
        "edge_1": [[1, 0, -1], [0, 0, 0], [-1, 0, 1]],
        "edge_2": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
        "edge_3": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
        "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
        "box_blur": np.ones((3, 3)) / 9,
        "gaussian_blur": np.outer([1, 2, 1], [1, 2, 1]) / 16,
        "horizontal_edge": [[-1, -2, -1], [0, 0, 0], [1, 2, 1]],
        "vertical_edge": [[1, 0, -1], [2, 0, -2], [1, 0, -1]],
    }
    if name not in kernels:
        raise ValueError(f"there is no kernel called {name!r}")
    return np.array(kernels[name], dtype=float)


def named_kernel__vertical_edge_sign(name):
    """`vertical_edge` has its signs the other way round. It is the transpose of `horizontal_edge`, so its left column
    counts positive."""
    kernels = {
        "identity": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
        "edge_1": [[1, 0, -1], [0, 0, 0], [-1, 0, 1]],
        "edge_2": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
        "edge_3": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
        "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
        "box_blur": np.ones((3, 3)) / 9,
        "gaussian_blur": np.outer([1, 2, 1], [1, 2, 1]) / 16,
        "horizontal_edge": [[1, 2, 1], [0, 0, 0], [-1, -2, -1]],
        "vertical_edge": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
    }
    if name not in kernels:
        raise ValueError(f"there is no kernel called {name!r}")
    return np.array(kernels[name], dtype=float)


def named_kernel__edges_without_double_weight(name):
    """All three weights of a row are equal in your horizontal and vertical detectors. In the table the middle one
    counts twice."""
    kernels = {
        "identity": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
        "edge_1": [[1, 0, -1], [0, 0, 0], [-1, 0, 1]],
        "edge_2": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
        "edge_3": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
        "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
        "box_blur": np.ones((3, 3)) / 9,
        "gaussian_blur": np.outer([1, 2, 1], [1, 2, 1]) / 16,
        "horizontal_edge": [[1, 1, 1], [0, 0, 0], [-1, -1, -1]],
        "vertical_edge": [[1, 0, -1], [1, 0, -1], [1, 0, -1]],
    }
    if name not in kernels:
        raise ValueError(f"there is no kernel called {name!r}")
    return np.array(kernels[name], dtype=float)


def named_kernel__unknown_is_none(name):
    """An unknown name gave `None`, which fails much later and far from the slip. Raise a `ValueError` at once."""
    kernels = {
        "identity": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
        "edge_1": [[1, 0, -1], [0, 0, 0], [-1, 0, 1]],
        "edge_2": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
        "edge_3": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
        "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
        "box_blur": np.ones((3, 3)) / 9,
        "gaussian_blur": np.outer([1, 2, 1], [1, 2, 1]) / 16,
        "horizontal_edge": [[1, 2, 1], [0, 0, 0], [-1, -2, -1]],
        "vertical_edge": [[1, 0, -1], [2, 0, -2], [1, 0, -1]],
    }
    if name not in kernels:
        return None
    return np.array(kernels[name], dtype=float)


def named_kernel__unknown_is_key_error(name):
    """An unknown name ended in a `KeyError` from a dictionary. Tell the caller what is wrong with a `ValueError`."""
    kernels = {
        "identity": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
        "edge_1": [[1, 0, -1], [0, 0, 0], [-1, 0, 1]],
        "edge_2": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
        "edge_3": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
        "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
        "box_blur": np.ones((3, 3)) / 9,
        "gaussian_blur": np.outer([1, 2, 1], [1, 2, 1]) / 16,
        "horizontal_edge": [[1, 2, 1], [0, 0, 0], [-1, -2, -1]],
        "vertical_edge": [[1, 0, -1], [2, 0, -2], [1, 0, -1]],
    }
    return np.array(kernels[name], dtype=float)


def named_kernel__unknown_is_identity(name):
    """An unknown name gave the identity kernel, so a misspelt one would never be noticed. Raise a `ValueError`."""
    kernels = {
        "identity": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
        "edge_1": [[1, 0, -1], [0, 0, 0], [-1, 0, 1]],
        "edge_2": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
        "edge_3": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
        "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
        "box_blur": np.ones((3, 3)) / 9,
        "gaussian_blur": np.outer([1, 2, 1], [1, 2, 1]) / 16,
        "horizontal_edge": [[1, 2, 1], [0, 0, 0], [-1, -2, -1]],
        "vertical_edge": [[1, 0, -1], [2, 0, -2], [1, 0, -1]],
    }
    if name not in kernels:
        name = "identity"
    return np.array(kernels[name], dtype=float)


def named_kernel__shared_array(name, _made={}):  # noqa: B006
    """Each call handed out the very same array, so a caller who changes a kernel changes it for everyone. Make a fresh
    array on each call."""
    kernels = {
        "identity": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
        "edge_1": [[1, 0, -1], [0, 0, 0], [-1, 0, 1]],
        "edge_2": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
        "edge_3": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
        "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
        "box_blur": np.ones((3, 3)) / 9,
        "gaussian_blur": np.outer([1, 2, 1], [1, 2, 1]) / 16,
        "horizontal_edge": [[1, 2, 1], [0, 0, 0], [-1, -2, -1]],
        "vertical_edge": [[1, 0, -1], [2, 0, -2], [1, 0, -1]],
    }
    if name not in kernels:
        raise ValueError(f"there is no kernel called {name!r}")
    return _made.setdefault(name, np.array(kernels[name], dtype=float))


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


def named_kernel__vertical_edge_not_transposed(name):
    """`vertical_edge` is the same kernel as `horizontal_edge`. It should be the transpose, so that it answers to
    vertical edges."""
    kernels = {
        "identity": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
        "edge_1": [[1, 0, -1], [0, 0, 0], [-1, 0, 1]],
        "edge_2": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
        "edge_3": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
        "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
        "box_blur": np.ones((3, 3)) / 9,
        "gaussian_blur": np.outer([1, 2, 1], [1, 2, 1]) / 16,
        "horizontal_edge": [[1, 2, 1], [0, 0, 0], [-1, -2, -1]],
        "vertical_edge": [[1, 2, 1], [0, 0, 0], [-1, -2, -1]],
    }
    if name not in kernels:
        raise ValueError(f"there is no kernel called {name!r}")
    return np.array(kernels[name], dtype=float)


def named_kernel__any_case(name):
    """A name in capitals, or with a space, was accepted. Only the nine names as they are written count."""
    kernels = {
        "identity": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
        "edge_1": [[1, 0, -1], [0, 0, 0], [-1, 0, 1]],
        "edge_2": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
        "edge_3": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
        "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
        "box_blur": np.ones((3, 3)) / 9,
        "gaussian_blur": np.outer([1, 2, 1], [1, 2, 1]) / 16,
        "horizontal_edge": [[1, 2, 1], [0, 0, 0], [-1, -2, -1]],
        "vertical_edge": [[1, 0, -1], [2, 0, -2], [1, 0, -1]],
    }
    name = name.strip().lower()
    if name not in kernels:
        raise ValueError(f"there is no kernel called {name!r}")
    return np.array(kernels[name], dtype=float)


def named_kernel__lists(name):
    """The numbers are right, but they came back as a list. Return a NumPy array."""
    kernels = {
        "identity": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
        "edge_1": [[1, 0, -1], [0, 0, 0], [-1, 0, 1]],
        "edge_2": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
        "edge_3": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
        "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
        "box_blur": np.ones((3, 3)) / 9,
        "gaussian_blur": np.outer([1, 2, 1], [1, 2, 1]) / 16,
        "horizontal_edge": [[1, 2, 1], [0, 0, 0], [-1, -2, -1]],
        "vertical_edge": [[1, 0, -1], [2, 0, -2], [1, 0, -1]],
    }
    if name not in kernels:
        raise ValueError(f"there is no kernel called {name!r}")
    return np.array(kernels[name], dtype=float).tolist()


def named_kernel__blurs_cut_down(name):
    """The weights of the blurs are all 0: fractions were stored as integers. Choose a type that can hold them."""
    kernels = {
        "identity": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
        "edge_1": [[1, 0, -1], [0, 0, 0], [-1, 0, 1]],
        "edge_2": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
        "edge_3": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
        "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
        "box_blur": np.ones((3, 3)) / 9,
        "gaussian_blur": np.outer([1, 2, 1], [1, 2, 1]) / 16,
        "horizontal_edge": [[1, 2, 1], [0, 0, 0], [-1, -2, -1]],
        "vertical_edge": [[1, 0, -1], [2, 0, -2], [1, 0, -1]],
    }
    if name not in kernels:
        raise ValueError(f"there is no kernel called {name!r}")
    return np.array(kernels[name]).astype(int)


def named_kernel__sharpen_of_edge_3(name):
    """`sharpen` was made from `edge_3`, so that it looks at all eight neighbours. It is `identity` minus `edge_2`,
    which has four."""
    kernels = {
        "identity": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
        "edge_1": [[1, 0, -1], [0, 0, 0], [-1, 0, 1]],
        "edge_2": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
        "edge_3": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
        "sharpen": [[-1, -1, -1], [-1, 9, -1], [-1, -1, -1]],
        "box_blur": np.ones((3, 3)) / 9,
        "gaussian_blur": np.outer([1, 2, 1], [1, 2, 1]) / 16,
        "horizontal_edge": [[1, 2, 1], [0, 0, 0], [-1, -2, -1]],
        "vertical_edge": [[1, 0, -1], [2, 0, -2], [1, 0, -1]],
    }
    if name not in kernels:
        raise ValueError(f"there is no kernel called {name!r}")
    return np.array(kernels[name], dtype=float)


def named_kernel__sobel_divided(name):
    """The two edge kernels were divided by something. Only the blurs are divided."""
    kernels = {
        "identity": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
        "edge_1": [[1, 0, -1], [0, 0, 0], [-1, 0, 1]],
        "edge_2": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
        "edge_3": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
        "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
        "box_blur": np.ones((3, 3)) / 9,
        "gaussian_blur": np.outer([1, 2, 1], [1, 2, 1]) / 16,
        "horizontal_edge": [[1, 2, 1], [0, 0, 0], [-1, -2, -1]],
        "vertical_edge": [[1, 0, -1], [2, 0, -2], [1, 0, -1]],
    }
    if name not in kernels:
        raise ValueError(f"there is no kernel called {name!r}")
    return np.array(kernels[name], dtype=float) / (8 if name in ("horizontal_edge", "vertical_edge") else 1)


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


def im2col__places_column_by_column(x, kernel_size, *, stride=1, padding=0):
    """The places were walked through column by column. They are ordered as one reads: along a row first, then down."""
    sh, sw = np.broadcast_to(stride, 2)
    windows = np.lib.stride_tricks.sliding_window_view(pad2d(x, padding), np.broadcast_to(kernel_size, 2), axis=(2, 3))[
        :, :, ::sh, ::sw
    ]
    n, c, rows, columns, kh, kw = windows.shape
    return windows.transpose(0, 1, 4, 5, 3, 2).reshape(n, c * kh * kw, rows * columns)


def im2col__patch_column_by_column(x, kernel_size, *, stride=1, padding=0):
    """Inside each patch the pixels were read column by column. They are ordered as one reads, as in `weight.reshape(F,
    -1)`."""
    sh, sw = np.broadcast_to(stride, 2)
    windows = np.lib.stride_tricks.sliding_window_view(pad2d(x, padding), np.broadcast_to(kernel_size, 2), axis=(2, 3))[
        :, :, ::sh, ::sw
    ]
    n, c, rows, columns, kh, kw = windows.shape
    return windows.transpose(0, 1, 5, 4, 2, 3).reshape(n, c * kh * kw, rows * columns)


def im2col__channels_last(x, kernel_size, *, stride=1, padding=0):
    """Inside each patch the channel changes fastest. In the weight it is the slowest of the three axes, and the patch
    must have the same order: channel, row, column."""
    sh, sw = np.broadcast_to(stride, 2)
    windows = np.lib.stride_tricks.sliding_window_view(pad2d(x, padding), np.broadcast_to(kernel_size, 2), axis=(2, 3))[
        :, :, ::sh, ::sw
    ]
    n, c, rows, columns, kh, kw = windows.shape
    return windows.transpose(0, 4, 5, 1, 2, 3).reshape(n, c * kh * kw, rows * columns)


def im2col__reshape_only(x, kernel_size, *, stride=1, padding=0):
    """The shape is right and the numbers are scattered: `reshape` keeps the order in memory and never exchanges axes.
    Move the axes to where they belong first."""
    sh, sw = np.broadcast_to(stride, 2)
    windows = np.lib.stride_tricks.sliding_window_view(pad2d(x, padding), np.broadcast_to(kernel_size, 2), axis=(2, 3))[
        :, :, ::sh, ::sw
    ]
    n, c, rows, columns, kh, kw = windows.shape
    return windows.reshape(n, c * kh * kw, rows * columns)


def im2col__patch_and_place_mixed(x, kernel_size, *, stride=1, padding=0):
    """The axes of the patch and of the places were mixed: the result has the right shape, but no column is a patch.
    Bring channel, row and column of the patch together first."""
    sh, sw = np.broadcast_to(stride, 2)
    windows = np.lib.stride_tricks.sliding_window_view(pad2d(x, padding), np.broadcast_to(kernel_size, 2), axis=(2, 3))[
        :, :, ::sh, ::sw
    ]
    n, c, rows, columns, kh, kw = windows.shape
    return windows.transpose(0, 1, 4, 2, 5, 3).reshape(n, c * kh * kw, rows * columns)


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
    """Each patch was read backwards, as in true convolution. Here a patch is read as it lies."""
    sh, sw = np.broadcast_to(stride, 2)
    windows = np.lib.stride_tricks.sliding_window_view(pad2d(x, padding), np.broadcast_to(kernel_size, 2), axis=(2, 3))[
        :, :, ::sh, ::sw
    ]
    n, c, rows, columns, kh, kw = windows.shape
    windows = windows[..., ::-1, ::-1]
    return windows.transpose(0, 1, 4, 5, 2, 3).reshape(n, c * kh * kw, rows * columns)


def im2col__flat_axes_left(x, kernel_size, *, stride=1, padding=0):
    """Rows and columns of the places are still two axes. Join them to one, so that a single matrix product does the
    work."""
    sh, sw = np.broadcast_to(stride, 2)
    windows = np.lib.stride_tricks.sliding_window_view(pad2d(x, padding), np.broadcast_to(kernel_size, 2), axis=(2, 3))[
        :, :, ::sh, ::sw
    ]
    n, c, rows, columns, kh, kw = windows.shape
    return windows.transpose(0, 1, 4, 5, 2, 3).reshape(n, c * kh * kw, rows, columns)


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


def im2col__stride_h_for_w(x, kernel_size, *, stride=1, padding=0):
    """One stride was used in both directions. In `(h, w)` the first number steps downwards, the second to the right."""
    sh, sw = np.broadcast_to(stride, 2)
    windows = np.lib.stride_tricks.sliding_window_view(pad2d(x, padding), np.broadcast_to(kernel_size, 2), axis=(2, 3))[
        :, :, ::sh, ::sh
    ]
    n, c, rows, columns, kh, kw = windows.shape
    return windows.transpose(0, 1, 4, 5, 2, 3).reshape(n, c * kh * kw, rows * columns)


def im2col__stride_swapped(x, kernel_size, *, stride=1, padding=0):
    """The two strides changed places: in `(h, w)` the first number steps downwards, the second to the right."""
    sh, sw = np.broadcast_to(stride, 2)
    windows = np.lib.stride_tricks.sliding_window_view(pad2d(x, padding), np.broadcast_to(kernel_size, 2), axis=(2, 3))[
        :, :, ::sw, ::sh
    ]
    n, c, rows, columns, kh, kw = windows.shape
    return windows.transpose(0, 1, 4, 5, 2, 3).reshape(n, c * kh * kw, rows * columns)


def im2col__padding_ignored(x, kernel_size, *, stride=1, padding=0):
    """`padding` had no effect: no frame was put around the images before they were unfolded."""
    sh, sw = np.broadcast_to(stride, 2)
    windows = np.lib.stride_tricks.sliding_window_view(x, np.broadcast_to(kernel_size, 2), axis=(2, 3))[
        :, :, ::sh, ::sw
    ]
    n, c, rows, columns, kh, kw = windows.shape
    return windows.transpose(0, 1, 4, 5, 2, 3).reshape(n, c * kh * kw, rows * columns)


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


def im2col__missing_plus_one(x, kernel_size, *, stride=1, padding=0):
    """The last row and the last column of places are missing. There is one place more than there are steps."""
    sh, sw = np.broadcast_to(stride, 2)
    windows = np.lib.stride_tricks.sliding_window_view(pad2d(x, padding), np.broadcast_to(kernel_size, 2), axis=(2, 3))[
        :, :, ::sh, ::sw
    ][:, :, :-1, :-1]
    n, c, rows, columns, kh, kw = windows.shape
    return windows.transpose(0, 1, 4, 5, 2, 3).reshape(n, c * kh * kw, rows * columns)


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
    """The axis of the pictures stands last. It is the first."""
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
    """Without a bias your function fails. `bias=None` means: there is none, so nothing is added."""
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    filters, channels, kh, kw = weight.shape
    rows, columns = (x.shape[2] + 2 * ph - kh) // sh + 1, (x.shape[3] + 2 * pw - kw) // sw + 1
    patches = im2col(x, (kh, kw), stride=stride, padding=padding)
    result = weight.reshape(filters, -1) @ patches
    result = result + bias[:, None]
    return result.reshape(len(x), filters, rows, columns)


def conv_layer_fast__first_bias_for_all(x, weight, bias=None, *, stride=1, padding=0):
    """Every filter got the first bias. `bias` holds one number per filter."""
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    filters, channels, kh, kw = weight.shape
    rows, columns = (x.shape[2] + 2 * ph - kh) // sh + 1, (x.shape[3] + 2 * pw - kw) // sw + 1
    patches = im2col(x, (kh, kw), stride=stride, padding=padding)
    result = weight.reshape(filters, -1) @ patches
    if bias is not None:
        result = result + bias[0]
    return result.reshape(len(x), filters, rows, columns)


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


def conv_layer_fast__bias_subtracted(x, weight, bias=None, *, stride=1, padding=0):
    """The bias was subtracted. It is added to the sum of products."""
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    filters, channels, kh, kw = weight.shape
    rows, columns = (x.shape[2] + 2 * ph - kh) // sh + 1, (x.shape[3] + 2 * pw - kw) // sw + 1
    patches = im2col(x, (kh, kw), stride=stride, padding=padding)
    result = weight.reshape(filters, -1) @ patches
    if bias is not None:
        result = result - bias[:, None]
    return result.reshape(len(x), filters, rows, columns)


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


def conv_layer_fast__weight_channels_last(x, weight, bias=None, *, stride=1, padding=0):
    """The channels of the weight were moved to the end before it was flattened, while the patches have them first. Both
    must count in the same order."""
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    filters, channels, kh, kw = weight.shape
    rows, columns = (x.shape[2] + 2 * ph - kh) // sh + 1, (x.shape[3] + 2 * pw - kw) // sw + 1
    patches = im2col(x, (kh, kw), stride=stride, padding=padding)
    result = weight.transpose(0, 2, 3, 1).reshape(filters, -1) @ patches
    if bias is not None:
        result = result + bias[:, None]
    return result.reshape(len(x), filters, rows, columns)


def conv_layer_fast__transposes_kernel(x, weight, bias=None, *, stride=1, padding=0):
    """Rows and columns of the kernels were exchanged before they were flattened. The patches are read row by row, and
    so must the kernels be."""
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    filters, channels, kh, kw = weight.shape
    rows, columns = (x.shape[2] + 2 * ph - kh) // sh + 1, (x.shape[3] + 2 * pw - kw) // sw + 1
    patches = im2col(x, (kh, kw), stride=stride, padding=padding)
    result = weight.swapaxes(2, 3).reshape(filters, -1) @ patches
    if bias is not None:
        result = result + bias[:, None]
    return result.reshape(len(x), filters, rows, columns)


def conv_layer_fast__flips_kernel(x, weight, bias=None, *, stride=1, padding=0):
    """The kernels were turned by 180 degrees, as in true convolution. Deep learning libraries cross-correlate: each
    kernel lies as it is printed."""
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    filters, channels, kh, kw = weight.shape
    rows, columns = (x.shape[2] + 2 * ph - kh) // sh + 1, (x.shape[3] + 2 * pw - kw) // sw + 1
    patches = im2col(x, (kh, kw), stride=stride, padding=padding)
    result = weight[:, :, ::-1, ::-1].reshape(filters, -1) @ patches
    if bias is not None:
        result = result + bias[:, None]
    return result.reshape(len(x), filters, rows, columns)


def conv_layer_fast__not_folded_back(x, weight, bias=None, *, stride=1, padding=0):
    """The places still stand in one long row. Give them back their two axes, rows and columns."""
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    filters, channels, kh, kw = weight.shape
    _rows, _columns = (x.shape[2] + 2 * ph - kh) // sh + 1, (x.shape[3] + 2 * pw - kw) // sw + 1
    patches = im2col(x, (kh, kw), stride=stride, padding=padding)
    result = weight.reshape(filters, -1) @ patches
    if bias is not None:
        result = result + bias[:, None]
    return result


def conv_layer_fast__rows_and_columns_swapped(x, weight, bias=None, *, stride=1, padding=0):
    """Rows and columns of the result changed places when it was folded back."""
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    filters, channels, kh, kw = weight.shape
    rows, columns = (x.shape[2] + 2 * ph - kh) // sh + 1, (x.shape[3] + 2 * pw - kw) // sw + 1
    patches = im2col(x, (kh, kw), stride=stride, padding=padding)
    result = weight.reshape(filters, -1) @ patches
    if bias is not None:
        result = result + bias[:, None]
    return result.reshape(len(x), filters, columns, rows)


def conv_layer_fast__channels_last(x, weight, bias=None, *, stride=1, padding=0):
    """The filters stand on the last axis. Here the order is (pictures, filters, rows, columns)."""
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    filters, channels, kh, kw = weight.shape
    rows, columns = (x.shape[2] + 2 * ph - kh) // sh + 1, (x.shape[3] + 2 * pw - kw) // sw + 1
    patches = im2col(x, (kh, kw), stride=stride, padding=padding)
    result = weight.reshape(filters, -1) @ patches
    if bias is not None:
        result = result + bias[:, None]
    return result.reshape(len(x), filters, rows, columns).transpose(0, 2, 3, 1)


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


def conv_layer_fast__batch_scrambled(x, weight, bias=None, *, stride=1, padding=0):
    """All pictures were multiplied at once, and then `reshape` took the numbers of one filter for those of one picture.
    Bring the axis of the pictures to the front before you fold back."""
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    filters, channels, kh, kw = weight.shape
    rows, columns = (x.shape[2] + 2 * ph - kh) // sh + 1, (x.shape[3] + 2 * pw - kw) // sw + 1
    patches = im2col(x, (kh, kw), stride=stride, padding=padding)
    patches = patches.transpose(1, 0, 2).reshape(patches.shape[1], -1)
    result = weight.reshape(filters, -1) @ patches
    if bias is not None:
        result = result + bias[:, None]
    return result.reshape(len(x), filters, rows, columns)


def conv_layer_fast__first_image_only(x, weight, bias=None, *, stride=1, padding=0):
    """Every result belongs to the first picture of the batch."""
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    filters, channels, kh, kw = weight.shape
    rows, columns = (x.shape[2] + 2 * ph - kh) // sh + 1, (x.shape[3] + 2 * pw - kw) // sw + 1
    patches = im2col(x, (kh, kw), stride=stride, padding=padding)
    result = np.repeat(weight.reshape(filters, -1) @ patches[:1], len(x), axis=0)
    if bias is not None:
        result = result + bias[:, None]
    return result.reshape(len(x), filters, rows, columns)


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


def conv_layer_fast__stride_not_passed_on(x, weight, bias=None, *, stride=1, padding=0):
    """The size of the result takes `stride` into account, but `im2col` was not told of it, so numbers and shape do not
    fit together."""
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    filters, channels, kh, kw = weight.shape
    rows, columns = (x.shape[2] + 2 * ph - kh) // sh + 1, (x.shape[3] + 2 * pw - kw) // sw + 1
    patches = im2col(x, (kh, kw), padding=padding)
    result = weight.reshape(filters, -1) @ patches
    if bias is not None:
        result = result + bias[:, None]
    return result.reshape(len(x), filters, rows, columns)


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


def conv_layer_fast__integer_output(x, weight, bias=None, *, stride=1, padding=0):
    """The result was stored in the images' own type, so with images of integers everything after the decimal point was
    lost."""
    sh, sw = np.broadcast_to(stride, 2)
    ph, pw = np.broadcast_to(padding, 2)
    filters, channels, kh, kw = weight.shape
    rows, columns = (x.shape[2] + 2 * ph - kh) // sh + 1, (x.shape[3] + 2 * pw - kw) // sw + 1
    patches = im2col(x, (kh, kw), stride=stride, padding=padding)
    result = weight.reshape(filters, -1) @ patches
    if bias is not None:
        result = result + bias[:, None]
    return result.reshape(len(x), filters, rows, columns).astype(x.dtype)


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
    """Where there are as many filters as places, the bias was added along the places. Each filter has one bias for all
    its places: give the bias an axis of length 1 behind."""
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


def conv_layer_fast__images_and_filters_swapped(x, weight, bias=None, *, stride=1, padding=0):
    """In the result images and filters have changed places. Its axes are (pictures, filters, rows, columns)."""
    if x.shape[1] != weight.shape[1]:
        raise ValueError("images and filters differ in their number of channels")
    (sh, sw), (ph, pw), (f, _, kh, kw) = np.broadcast_to(stride, 2), np.broadcast_to(padding, 2), weight.shape
    rows, columns = (x.shape[2] + 2 * ph - kh) // sh + 1, (x.shape[3] + 2 * pw - kw) // sw + 1
    result = weight.reshape(f, -1) @ im2col(x, (kh, kw), stride=stride, padding=padding)
    if bias is not None:
        result = result + bias[:, None]
    return result.reshape(len(x), f, rows, columns).swapaxes(0, 1)


def conv_layer_fast__bias_cut_down(x, weight, bias=None, *, stride=1, padding=0):
    """The bias lost what stands after the decimal point, because it was added to a result of integers. Choose a result
    that can hold fractions."""
    if x.shape[1] != weight.shape[1]:
        raise ValueError("images and filters differ in their number of channels")
    (sh, sw), (ph, pw), (f, _, kh, kw) = np.broadcast_to(stride, 2), np.broadcast_to(padding, 2), weight.shape
    rows, columns = (x.shape[2] + 2 * ph - kh) // sh + 1, (x.shape[3] + 2 * pw - kw) // sw + 1
    result = weight.reshape(f, -1) @ im2col(x, (kh, kw), stride=stride, padding=padding)
    if bias is not None:
        result = result + bias.astype(np.result_type(x, weight))[:, None]
    return result.reshape(len(x), f, rows, columns)


def conv_layer_fast__type_of_weight(x, weight, bias=None, *, stride=1, padding=0):
    """The result was stored in the type of the weights, so with weights of integers everything after the decimal point
    was lost. Choose a result that can hold fractions."""
    if x.shape[1] != weight.shape[1]:
        raise ValueError("images and filters differ in their number of channels")
    (sh, sw), (ph, pw), (f, _, kh, kw) = np.broadcast_to(stride, 2), np.broadcast_to(padding, 2), weight.shape
    rows, columns = (x.shape[2] + 2 * ph - kh) // sh + 1, (x.shape[3] + 2 * pw - kw) // sw + 1
    result = weight.reshape(f, -1) @ im2col(x, (kh, kw), stride=stride, padding=padding)
    if bias is not None:
        result = result + bias[:, None]
    return result.reshape(len(x), f, rows, columns).astype(weight.dtype)


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


# ---- backprop_example ----


def backprop_example__local_gradients_swapped(x, y, z):
    """At a product the gradients cross over: each factor receives the other one. Yours came out with the sum where z
    belongs and z where the sum belongs."""
    return x + y, x + y, z


def backprop_example__chain_rule_forgotten(x, y, z):
    """For x and y you gave only the derivative of the sum, which is 1. The chain rule multiplies it with what comes
    back from the product."""
    return 1, 1, x + y


def backprop_example__value_instead_of_gradient(x, y, z):
    """You returned the numbers of the forward pass. The question is how much f changes when x, y or z changes a
    little."""
    q = x + y
    return q, q, q * z


def backprop_example__gradient_and_value(x, y, z):
    """The value of f stands among your gradients. Only the three derivatives are asked for: by x, by y, by z."""
    return (x + y) * z, z, z, x + y


def backprop_example__product_and_sum_exchanged(x, y, z):
    """These are the gradients of x*y + z. Here the sum comes first: f = (x + y) * z."""
    return y, x, 1


def backprop_example__parentheses_forgotten(x, y, z):
    """These are the gradients of x + y*z. Mind the parentheses: f = (x + y) * z."""
    return 1, z, y


def backprop_example__all_multiplied(x, y, z):
    """These are the gradients of x*y*z. Between x and y stands a plus."""
    return y * z, x * z, x * y


def backprop_example__third_is_product(x, y, z):
    """For z you gave x times y. What z is multiplied with is the sum of x and y."""
    return z, z, x * y


def backprop_example__third_is_difference(x, y, z):
    """For z you gave the difference of x and y. What z is multiplied with is their sum."""
    return z, z, x - y


def backprop_example__signs_reversed(x, y, z):
    """All three signs are reversed. You gave the direction in which f falls (a step of gradient descent); the gradient
    itself points the other way."""
    return -z, -z, -(x + y)


def backprop_example__order_reversed(x, y, z):
    """The gradients are right, but stand in the wrong order: first by x, then by y, last by z."""
    return x + y, z, z


def backprop_example__only_x_and_y(x, y, z):
    """The gradient by z is missing. z is an input like the others."""
    return z, z


def backprop_example__memorised(x, y, z):
    """These are the numbers of the example, whatever x, y and z are. Compute them from the arguments."""
    return -4, -4, 3


def backprop_example__prints(x, y, z):
    """Your function printed the gradients and returned nothing. Printing shows a value to a person; only `return` hands
    it to the program that called."""
    print(z, z, x + y)


def backprop_example__value_of_f(x, y, z):
    """You returned the value of f. The question is how much f changes when x, y or z changes a little: three
    numbers."""
    return (x + y) * z


def backprop_example__factor_of_x_and_y(x, y, z):
    """x and y were multiplied with z. The derivative of (x + y) · z by x does not contain x any more."""
    return x * z, y * z, x + y


def backprop_example__y_by_x(x, y, z):
    """For x you gave y · z, for y x · z, as if x and y were multiplied. Between them stands a plus."""
    return y * z, x * z, x + y


def backprop_example__sizes_only(x, y, z):
    """The signs are lost: no gradient of yours is ever negative. Leave out the absolute values."""
    return abs(z), abs(z), abs(x + y)


def backprop_example__summed(x, y, z):
    """The three gradients were added up to one number. Return each by itself: by x, by y, by z."""
    return 2 * z + x + y


def backprop_example__rounded(x, y, z):
    """The gradients were rounded to integers. x, y and z may be fractions, and so may the gradients."""
    return round(z), round(z), round(x + y)


def backprop_example__z_added_once_more(x, y, z):
    """For z you gave x + y + z. f = (x + y) · z grows by x + y when z grows by 1."""
    return z, z, x + y + z


# ---- conv_layer_backward ----


def conv_layer_backward__db_not_summed_over_batch(grad_out, x, weight, bias, *, stride=1, padding=0):
    """`db` still has an axis for the pictures. A bias acts on every picture of the batch, so its gradient is summed
    over them, too."""
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
    return dx, dw, grad_out.sum(axis=(2, 3))


def conv_layer_backward__db_of_first_image(grad_out, x, weight, bias, *, stride=1, padding=0):
    """`db` counts only the first picture of the batch. A bias acts on all of them, so the gradients of all add up."""
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
    return dx, dw, grad_out[0].sum(axis=(1, 2))


def conv_layer_backward__db_summed_over_batch_only(grad_out, x, weight, bias, *, stride=1, padding=0):
    """`db` still has rows and columns. A bias is added at every place of the result, so its gradient is summed over the
    places, too."""
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
    return dx, dw, grad_out.sum(axis=0)


def conv_layer_backward__db_mean(grad_out, x, weight, bias, *, stride=1, padding=0):
    """`db` was averaged. The gradient of a sum adds up: the mean, if there is one, is already in the loss."""
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
    return dx, dw, grad_out.mean(axis=(0, 2, 3))


def conv_layer_backward__db_mean_over_batch(grad_out, x, weight, bias, *, stride=1, padding=0):
    """`db` was divided by the number of pictures. The mean over the batch, if there is one, is already in the loss and
    so in `grad_out`."""
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
    return dx, dw, grad_out.sum(axis=(0, 2, 3)) / len(x)


def conv_layer_backward__db_is_one(grad_out, x, weight, bias, *, stride=1, padding=0):
    """`db` does not depend on `grad_out`. The derivative by the bias is 1 at each place, but the chain rule multiplies
    it with what comes back."""
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
    return dx, dw, np.ones(bias.shape)


def conv_layer_backward__db_single_number(grad_out, x, weight, bias, *, stride=1, padding=0):
    """`db` is one number for all filters. Each filter has a bias, and so each has a gradient."""
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
    return dx, dw, grad_out.sum()


def conv_layer_backward__stride_forgotten(grad_out, x, weight, bias, *, stride=1, padding=0):
    """The gradients went to neighbouring places although the kernel had moved in steps. Place number i began at i times
    the stride, on the way back as on the way out."""
    (_sh, _sw), (ph, pw) = np.broadcast_to(stride, 2), np.broadcast_to(padding, 2)
    kh, kw = weight.shape[2:]
    padded = pad2d(np.asarray(x, dtype=float), padding)
    dpadded, dw = np.zeros_like(padded), np.zeros(weight.shape)
    for i in range(grad_out.shape[2]):
        for j in range(grad_out.shape[3]):
            place = np.s_[:, :, i : i + kh, j : j + kw]
            grad = grad_out[:, :, i, j]
            dw += np.tensordot(grad, padded[place], axes=(0, 0))
            dpadded[place] += np.tensordot(grad, weight, axes=1)
    dx = dpadded[:, :, ph : ph + x.shape[2], pw : pw + x.shape[3]]
    return dx, dw, grad_out.sum(axis=(0, 2, 3))


def conv_layer_backward__stride_h_for_w(grad_out, x, weight, bias, *, stride=1, padding=0):
    """One stride was used in both directions. In `(h, w)` the first number steps downwards, the second to the right."""
    (sh, _), (ph, pw) = np.broadcast_to(stride, 2), np.broadcast_to(padding, 2)
    kh, kw = weight.shape[2:]
    padded = pad2d(np.asarray(x, dtype=float), padding)
    dpadded, dw = np.zeros_like(padded), np.zeros(weight.shape)
    for i in range(grad_out.shape[2]):
        for j in range(grad_out.shape[3]):
            place = np.s_[:, :, i * sh : i * sh + kh, j * sh : j * sh + kw]
            grad = grad_out[:, :, i, j]
            dw += np.tensordot(grad, padded[place], axes=(0, 0))
            dpadded[place] += np.tensordot(grad, weight, axes=1)
    dx = dpadded[:, :, ph : ph + x.shape[2], pw : pw + x.shape[3]]
    return dx, dw, grad_out.sum(axis=(0, 2, 3))


def conv_layer_backward__stride_swapped(grad_out, x, weight, bias, *, stride=1, padding=0):
    """The two strides changed places: in `(h, w)` the first number steps downwards, the second to the right."""
    (sw, sh), (ph, pw) = np.broadcast_to(stride, 2), np.broadcast_to(padding, 2)
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
    return dx, dw, grad_out.sum(axis=(0, 2, 3))


def conv_layer_backward__dx_still_padded(grad_out, x, weight, bias, *, stride=1, padding=0):
    """`dx` has the size of the padded picture. The frame was not part of x, so its gradient is cut off at the end."""
    sh, sw = np.broadcast_to(stride, 2)
    kh, kw = weight.shape[2:]
    padded = pad2d(np.asarray(x, dtype=float), padding)
    dpadded, dw = np.zeros_like(padded), np.zeros(weight.shape)
    for i in range(grad_out.shape[2]):
        for j in range(grad_out.shape[3]):
            place = np.s_[:, :, i * sh : i * sh + kh, j * sw : j * sw + kw]
            grad = grad_out[:, :, i, j]
            dw += np.tensordot(grad, padded[place], axes=(0, 0))
            dpadded[place] += np.tensordot(grad, weight, axes=1)
    return dpadded, dw, grad_out.sum(axis=(0, 2, 3))


def conv_layer_backward__dx_cut_at_one_side(grad_out, x, weight, bias, *, stride=1, padding=0):
    """`dx` has the right size, but the frame was cut off at the wrong end. There is padding above and to the left, so
    the picture begins behind it."""
    (sh, sw), (_ph, _pw) = np.broadcast_to(stride, 2), np.broadcast_to(padding, 2)
    kh, kw = weight.shape[2:]
    padded = pad2d(np.asarray(x, dtype=float), padding)
    dpadded, dw = np.zeros_like(padded), np.zeros(weight.shape)
    for i in range(grad_out.shape[2]):
        for j in range(grad_out.shape[3]):
            place = np.s_[:, :, i * sh : i * sh + kh, j * sw : j * sw + kw]
            grad = grad_out[:, :, i, j]
            dw += np.tensordot(grad, padded[place], axes=(0, 0))
            dpadded[place] += np.tensordot(grad, weight, axes=1)
    dx = dpadded[:, :, : x.shape[2], : x.shape[3]]
    return dx, dw, grad_out.sum(axis=(0, 2, 3))


def conv_layer_backward__padding_swapped(grad_out, x, weight, bias, *, stride=1, padding=0):
    """The two paddings changed places: in `(h, w)` the first number belongs to the rows, the second to the columns."""
    (sh, sw), (ph, pw) = np.broadcast_to(stride, 2), np.broadcast_to(padding, 2)
    kh, kw = weight.shape[2:]
    padded = pad2d(np.asarray(x, dtype=float), (int(pw), int(ph)))
    dpadded, dw = np.zeros_like(padded), np.zeros(weight.shape)
    for i in range(grad_out.shape[2]):
        for j in range(grad_out.shape[3]):
            place = np.s_[:, :, i * sh : i * sh + kh, j * sw : j * sw + kw]
            grad = grad_out[:, :, i, j]
            dw += np.tensordot(grad, padded[place], axes=(0, 0))
            dpadded[place] += np.tensordot(grad, weight, axes=1)
    dx = dpadded[:, :, pw : pw + x.shape[2], ph : ph + x.shape[3]]
    return dx, dw, grad_out.sum(axis=(0, 2, 3))


def conv_layer_backward__padding_forgotten_in_dw(grad_out, x, weight, bias, *, stride=1, padding=0):
    """For `dw` the bare picture was used, without its frame. The weights met the padded picture, so their gradient does
    as well."""
    (sh, sw), (ph, pw) = np.broadcast_to(stride, 2), np.broadcast_to(padding, 2)
    kh, kw = weight.shape[2:]
    padded = pad2d(np.asarray(x, dtype=float), padding)
    shifted = np.zeros_like(padded)
    shifted[:, :, : x.shape[2], : x.shape[3]] = x
    dpadded, dw = np.zeros_like(padded), np.zeros(weight.shape)
    for i in range(grad_out.shape[2]):
        for j in range(grad_out.shape[3]):
            place = np.s_[:, :, i * sh : i * sh + kh, j * sw : j * sw + kw]
            grad = grad_out[:, :, i, j]
            dw += np.tensordot(grad, shifted[place], axes=(0, 0))
            dpadded[place] += np.tensordot(grad, weight, axes=1)
    dx = dpadded[:, :, ph : ph + x.shape[2], pw : pw + x.shape[3]]
    return dx, dw, grad_out.sum(axis=(0, 2, 3))


def conv_layer_backward__dw_transposed(grad_out, x, weight, bias, *, stride=1, padding=0):
    """The first two axes of `dw` are exchanged. It has the shape of the weight, (filters, channels, kh, kw)."""
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
    return dx, dw.transpose(1, 0, 2, 3), grad_out.sum(axis=(0, 2, 3))


def conv_layer_backward__dw_kernel_transposed(grad_out, x, weight, bias, *, stride=1, padding=0):
    """Rows and columns of the kernels are exchanged in `dw`. It has the shape of the weight, (filters, channels, kh,
    kw)."""
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
    return dx, dw.swapaxes(2, 3), grad_out.sum(axis=(0, 2, 3))


def conv_layer_backward__dw_flipped(grad_out, x, weight, bias, *, stride=1, padding=0):
    """The kernels in `dw` are turned by 180 degrees. The forward pass flipped nothing, so each weight's gradient stands
    where the weight stands."""
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
    return dx, dw[:, :, ::-1, ::-1], grad_out.sum(axis=(0, 2, 3))


def conv_layer_backward__dw_of_first_image(grad_out, x, weight, bias, *, stride=1, padding=0):
    """`dw` counts only the first picture of the batch. The weights acted on all of them, so the gradients of all add
    up."""
    (sh, sw), (ph, pw) = np.broadcast_to(stride, 2), np.broadcast_to(padding, 2)
    kh, kw = weight.shape[2:]
    padded = pad2d(np.asarray(x, dtype=float), padding)
    dpadded, dw = np.zeros_like(padded), np.zeros(weight.shape)
    for i in range(grad_out.shape[2]):
        for j in range(grad_out.shape[3]):
            place = np.s_[:, :, i * sh : i * sh + kh, j * sw : j * sw + kw]
            grad = grad_out[:, :, i, j]
            dw += np.tensordot(grad[:1], padded[place][:1], axes=(0, 0))
            dpadded[place] += np.tensordot(grad, weight, axes=1)
    dx = dpadded[:, :, ph : ph + x.shape[2], pw : pw + x.shape[3]]
    return dx, dw, grad_out.sum(axis=(0, 2, 3))


def conv_layer_backward__dw_mean_over_batch(grad_out, x, weight, bias, *, stride=1, padding=0):
    """`dw` was divided by the number of pictures. The mean over the batch, if there is one, is already in the loss and
    so in `grad_out`."""
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
    return dx, dw / len(x), grad_out.sum(axis=(0, 2, 3))


def conv_layer_backward__dw_overwritten(grad_out, x, weight, bias, *, stride=1, padding=0):
    """`dw` remembers only the last place. Each weight was used at every place, so the contributions add up: `+=`."""
    (sh, sw), (ph, pw) = np.broadcast_to(stride, 2), np.broadcast_to(padding, 2)
    kh, kw = weight.shape[2:]
    padded = pad2d(np.asarray(x, dtype=float), padding)
    dpadded, dw = np.zeros_like(padded), np.zeros(weight.shape)
    for i in range(grad_out.shape[2]):
        for j in range(grad_out.shape[3]):
            place = np.s_[:, :, i * sh : i * sh + kh, j * sw : j * sw + kw]
            grad = grad_out[:, :, i, j]
            dw = np.tensordot(grad, padded[place], axes=(0, 0))
            dpadded[place] += np.tensordot(grad, weight, axes=1)
    dx = dpadded[:, :, ph : ph + x.shape[2], pw : pw + x.shape[3]]
    return dx, dw, grad_out.sum(axis=(0, 2, 3))


def conv_layer_backward__dw_channels_mixed(grad_out, x, weight, bias, *, stride=1, padding=0):
    """In `dw` all channels of a filter have the same gradient. Each kernel saw its own channel only."""
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
    return dx, np.broadcast_to(dw.sum(axis=1, keepdims=True), dw.shape), grad_out.sum(axis=(0, 2, 3))


def conv_layer_backward__dx_overwritten(grad_out, x, weight, bias, *, stride=1, padding=0):
    """Where windows overlap, `dx` remembers only the last one. A pixel was seen from several places, and the
    contributions add up: `+=`."""
    (sh, sw), (ph, pw) = np.broadcast_to(stride, 2), np.broadcast_to(padding, 2)
    kh, kw = weight.shape[2:]
    padded = pad2d(np.asarray(x, dtype=float), padding)
    dpadded, dw = np.zeros_like(padded), np.zeros(weight.shape)
    for i in range(grad_out.shape[2]):
        for j in range(grad_out.shape[3]):
            place = np.s_[:, :, i * sh : i * sh + kh, j * sw : j * sw + kw]
            grad = grad_out[:, :, i, j]
            dw += np.tensordot(grad, padded[place], axes=(0, 0))
            dpadded[place] = np.tensordot(grad, weight, axes=1)
    dx = dpadded[:, :, ph : ph + x.shape[2], pw : pw + x.shape[3]]
    return dx, dw, grad_out.sum(axis=(0, 2, 3))


def conv_layer_backward__dx_kernel_flipped(grad_out, x, weight, bias, *, stride=1, padding=0):
    """In `dx` the kernels are turned by 180 degrees. In the formula of the full convolution there is such a turn; where
    gradients are handed back place by place, each weight stays where it was."""
    (sh, sw), (ph, pw) = np.broadcast_to(stride, 2), np.broadcast_to(padding, 2)
    kh, kw = weight.shape[2:]
    padded = pad2d(np.asarray(x, dtype=float), padding)
    dpadded, dw = np.zeros_like(padded), np.zeros(weight.shape)
    for i in range(grad_out.shape[2]):
        for j in range(grad_out.shape[3]):
            place = np.s_[:, :, i * sh : i * sh + kh, j * sw : j * sw + kw]
            grad = grad_out[:, :, i, j]
            dw += np.tensordot(grad, padded[place], axes=(0, 0))
            dpadded[place] += np.tensordot(grad, weight[:, :, ::-1, ::-1], axes=1)
    dx = dpadded[:, :, ph : ph + x.shape[2], pw : pw + x.shape[3]]
    return dx, dw, grad_out.sum(axis=(0, 2, 3))


def conv_layer_backward__dx_first_filter_only(grad_out, x, weight, bias, *, stride=1, padding=0):
    """`dx` counts only the first filter. Every filter looked at x, so the gradients from all of them add up."""
    (sh, sw), (ph, pw) = np.broadcast_to(stride, 2), np.broadcast_to(padding, 2)
    kh, kw = weight.shape[2:]
    padded = pad2d(np.asarray(x, dtype=float), padding)
    dpadded, dw = np.zeros_like(padded), np.zeros(weight.shape)
    for i in range(grad_out.shape[2]):
        for j in range(grad_out.shape[3]):
            place = np.s_[:, :, i * sh : i * sh + kh, j * sw : j * sw + kw]
            grad = grad_out[:, :, i, j]
            dw += np.tensordot(grad, padded[place], axes=(0, 0))
            dpadded[place] += np.tensordot(grad[:, :1], weight[:1], axes=1)
    dx = dpadded[:, :, ph : ph + x.shape[2], pw : pw + x.shape[3]]
    return dx, dw, grad_out.sum(axis=(0, 2, 3))


def conv_layer_backward__dx_channels_summed(grad_out, x, weight, bias, *, stride=1, padding=0):
    """In `dx` all channels have the same gradient. Each channel met kernels of its own."""
    (sh, sw), (ph, pw) = np.broadcast_to(stride, 2), np.broadcast_to(padding, 2)
    kh, kw = weight.shape[2:]
    padded = pad2d(np.asarray(x, dtype=float), padding)
    dpadded, dw = np.zeros_like(padded), np.zeros(weight.shape)
    for i in range(grad_out.shape[2]):
        for j in range(grad_out.shape[3]):
            place = np.s_[:, :, i * sh : i * sh + kh, j * sw : j * sw + kw]
            grad = grad_out[:, :, i, j]
            dw += np.tensordot(grad, padded[place], axes=(0, 0))
            dpadded[place] += np.tensordot(
                grad, np.broadcast_to(weight.sum(axis=1, keepdims=True), weight.shape), axes=1
            )
    dx = dpadded[:, :, ph : ph + x.shape[2], pw : pw + x.shape[3]]
    return dx, dw, grad_out.sum(axis=(0, 2, 3))


def conv_layer_backward__bias_in_dx(grad_out, x, weight, bias, *, stride=1, padding=0):
    """The bias found its way into `dx`. It was added after the products, so a change of x does not touch it."""
    (sh, sw), (ph, pw) = np.broadcast_to(stride, 2), np.broadcast_to(padding, 2)
    kh, kw = weight.shape[2:]
    padded = pad2d(np.asarray(x, dtype=float), padding)
    dpadded, dw = np.zeros_like(padded), np.zeros(weight.shape)
    for i in range(grad_out.shape[2]):
        for j in range(grad_out.shape[3]):
            place = np.s_[:, :, i * sh : i * sh + kh, j * sw : j * sw + kw]
            grad = grad_out[:, :, i, j]
            dw += np.tensordot(grad, padded[place], axes=(0, 0))
            dpadded[place] += np.tensordot(grad, weight + bias[:, None, None, None], axes=1)
    dx = dpadded[:, :, ph : ph + x.shape[2], pw : pw + x.shape[3]]
    return dx, dw, grad_out.sum(axis=(0, 2, 3))


def conv_layer_backward__grad_out_ignored(grad_out, x, weight, bias, *, stride=1, padding=0):
    """Your gradients do not depend on `grad_out`, as if every output counted 1. The chain rule multiplies each
    contribution with what comes back to it."""
    (sh, sw), (ph, pw) = np.broadcast_to(stride, 2), np.broadcast_to(padding, 2)
    kh, kw = weight.shape[2:]
    padded = pad2d(np.asarray(x, dtype=float), padding)
    dpadded, dw = np.zeros_like(padded), np.zeros(weight.shape)
    for i in range(grad_out.shape[2]):
        for j in range(grad_out.shape[3]):
            place = np.s_[:, :, i * sh : i * sh + kh, j * sw : j * sw + kw]
            grad = np.ones(grad_out.shape[:2])
            dw += np.tensordot(grad, padded[place], axes=(0, 0))
            dpadded[place] += np.tensordot(grad, weight, axes=1)
    dx = dpadded[:, :, ph : ph + x.shape[2], pw : pw + x.shape[3]]
    return dx, dw, np.full(bias.shape, grad_out[:, 0].size)


def conv_layer_backward__order(grad_out, x, weight, bias, *, stride=1, padding=0):
    """The gradients are right, but stand in the wrong order: dx, dw, db."""
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
    return dw, grad_out.sum(axis=(0, 2, 3)), dx


def conv_layer_backward__integer_dx(grad_out, x, weight, bias, *, stride=1, padding=0):
    """`dx` was stored in the pictures' own type, so with pictures of integers the gradients lost everything after the
    decimal point."""
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
    dx = dpadded[:, :, ph : ph + x.shape[2], pw : pw + x.shape[3]].astype(x.dtype)
    return dx, dw, grad_out.sum(axis=(0, 2, 3))


def conv_layer_backward__changes_weight(grad_out, x, weight, bias, *, stride=1, padding=0):
    """The weight was updated on the way, as in a step of gradient descent. The backward pass only reports gradients;
    changing weights is the optimiser's business."""
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
    weight -= 0.01 * dw
    return dx, dw, grad_out.sum(axis=(0, 2, 3))


def conv_layer_backward__minus_zero(grad_out, x, weight, bias, *, stride=1, padding=0):
    """Where the padding is 0, `dx` is empty: `dx[p:-p]` is meant to cut off a frame, but `-0` is 0. Say where the
    picture ends by counting from its beginning."""
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
    dx = dpadded[:, :, ph:-ph, pw:-pw]
    return dx, dw, grad_out.sum(axis=(0, 2, 3))


def conv_layer_backward__integer_dw(grad_out, x, weight, bias, *, stride=1, padding=0):
    """`dw` was stored in the type of the weights, so with weights of integers the gradients lost everything after the
    decimal point."""
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
    return dx, dw.astype(weight.dtype), grad_out.sum(axis=(0, 2, 3))


def conv_layer_backward__integer_db(grad_out, x, weight, bias, *, stride=1, padding=0):
    """`db` was stored in the type of the bias, so with a bias of integers the gradients lost everything after the
    decimal point."""
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
    return dx, dw, grad_out.sum(axis=(0, 2, 3)).astype(bias.dtype)


def conv_layer_backward__types_of_arguments(grad_out, x, weight, bias, *, stride=1, padding=0):
    """Each gradient was stored in the type of its argument, so for integers everything after the decimal point was
    lost: `np.zeros_like` takes over the type, too."""
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
    return dx.astype(x.dtype), dw.astype(weight.dtype), grad_out.sum(axis=(0, 2, 3)).astype(bias.dtype)


def conv_layer_backward__type_of_grad_out(grad_out, x, weight, bias, *, stride=1, padding=0):
    """The gradients were stored in the type of `grad_out`, so where that holds integers they lost everything after the
    decimal point."""
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
    return dx.astype(grad_out.dtype), dw.astype(grad_out.dtype), grad_out.sum(axis=(0, 2, 3))


def conv_layer_backward__db_keeps_axes(grad_out, x, weight, bias, *, stride=1, padding=0):
    """`db` still has its axes of length 1. It has the shape of the bias, (F,)."""
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
    return dx, dw, grad_out.sum(axis=(0, 2, 3), keepdims=True)


def conv_layer_backward__dx_mean_over_batch(grad_out, x, weight, bias, *, stride=1, padding=0):
    """`dx` was divided by the number of pictures. The mean over the batch, if there is one, is already in the loss and
    so in `grad_out`."""
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
    return dx / len(x), dw, grad_out.sum(axis=(0, 2, 3))


def conv_layer_backward__all_mean_over_batch(grad_out, x, weight, bias, *, stride=1, padding=0):
    """All three gradients were divided by the number of pictures. The mean over the batch, if there is one, is already
    in the loss and so in `grad_out`."""
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
    return dx / len(x), dw / len(x), grad_out.sum(axis=(0, 2, 3)) / len(x)


def conv_layer_backward__dw_and_db_mean_over_batch(grad_out, x, weight, bias, *, stride=1, padding=0):
    """`dw` and `db` were divided by the number of pictures. The mean over the batch, if there is one, is already in the
    loss and so in `grad_out`."""
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
    return dx, dw / len(x), grad_out.sum(axis=(0, 2, 3)) / len(x)


def conv_layer_backward__negated(grad_out, x, weight, bias, *, stride=1, padding=0):
    """All gradients have the wrong sign: you gave the direction in which the loss falls. The update subtracts the
    gradient; here it is the gradient itself."""
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
    return -dx, -dw, -grad_out.sum(axis=(0, 2, 3))


def conv_layer_backward__stride_w_for_h(grad_out, x, weight, bias, *, stride=1, padding=0):
    """One stride was used in both directions. In `(h, w)` the first number steps downwards, the second to the right."""
    (_, sw), (ph, pw) = np.broadcast_to(stride, 2), np.broadcast_to(padding, 2)
    kh, kw = weight.shape[2:]
    padded = pad2d(np.asarray(x, dtype=float), padding)
    dpadded, dw = np.zeros_like(padded), np.zeros(weight.shape)
    for i in range(grad_out.shape[2]):
        for j in range(grad_out.shape[3]):
            place = np.s_[:, :, i * sw : i * sw + kh, j * sw : j * sw + kw]
            grad = grad_out[:, :, i, j]
            dw += np.tensordot(grad, padded[place], axes=(0, 0))
            dpadded[place] += np.tensordot(grad, weight, axes=1)
    dx = dpadded[:, :, ph : ph + x.shape[2], pw : pw + x.shape[3]]
    return dx, dw, grad_out.sum(axis=(0, 2, 3))


def conv_layer_backward__products_in_32_bits(grad_out, x, weight, bias, *, stride=1, padding=0):
    """Products of integers were computed in 32 bits, and large ones do not fit: they wrap around to wrong, often
    negative numbers. Compute in floats or in 64 bits."""
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
    if grad_out.dtype == x.dtype == weight.dtype == np.int64:
        dw, dpadded = dw.astype(np.int64).astype(np.int32), dpadded.astype(np.int64).astype(np.int32)
    dx = dpadded[:, :, ph : ph + x.shape[2], pw : pw + x.shape[3]]
    return dx, dw, grad_out.sum(axis=(0, 2, 3))


# ---- equivariance_error ----


def equivariance_error__border_counted(image, kernel, transform):
    """The border was counted, too. A shift moves foreign pixels in there (or wraps round), which says nothing about
    convolution: leave `max(kernel.shape)` rows and columns out on every side."""
    first = cross_correlate2d(transform(image), kernel)
    second = transform(cross_correlate2d(image, kernel))
    return float(np.max(np.abs(first - second)))


def equivariance_error__border_of_half_kernel(image, kernel, transform):
    """Only half a kernel, or a single row and column, was left out at the borders. The border should be as wide as the
    kernel's longer side."""
    border = max(kernel.shape) // 2
    first = cross_correlate2d(transform(image), kernel)
    second = transform(cross_correlate2d(image, kernel))
    return float(np.max(np.abs(first - second)[border:-border, border:-border]))


def equivariance_error__border_by_shorter_side(image, kernel, transform):
    """The border that was left out is too narrow. It should be as wide as the kernel's longer side, on all four
    sides."""
    border = min(kernel.shape)
    first = cross_correlate2d(transform(image), kernel)
    second = transform(cross_correlate2d(image, kernel))
    return float(np.max(np.abs(first - second)[border:-border, border:-border]))


def equivariance_error__border_too_wide(image, kernel, transform):
    """The ignored border is one pixel too wide, and a real difference next to it was overlooked. It is as wide as the
    kernel's longer side."""
    border = max(kernel.shape) + 1
    first = cross_correlate2d(transform(image), kernel)
    second = transform(cross_correlate2d(image, kernel))
    return float(np.max(np.abs(first - second)[border:-border, border:-border]))


def equivariance_error__border_by_axis(image, kernel, transform):
    """The border has the kernel's height above and below and its width to the left and right. Here all four sides have
    the longer of the two."""
    kh, kw = kernel.shape
    first = cross_correlate2d(transform(image), kernel)
    second = transform(cross_correlate2d(image, kernel))
    return float(np.max(np.abs(first - second)[kh:-kh, kw:-kw]))


def equivariance_error__border_top_left_only(image, kernel, transform):
    """The border was left out above and to the left only. It has four sides."""
    border = max(kernel.shape)
    first = cross_correlate2d(transform(image), kernel)
    second = transform(cross_correlate2d(image, kernel))
    return float(np.max(np.abs(first - second)[border:, border:]))


def equivariance_error__border_rows_only(image, kernel, transform):
    """The border was left out above and below, but not to the left and right."""
    border = max(kernel.shape)
    first = cross_correlate2d(transform(image), kernel)
    second = transform(cross_correlate2d(image, kernel))
    return float(np.max(np.abs(first - second)[border:-border]))


def equivariance_error__border_off_the_image(image, kernel, transform):
    """The border was cut off the image before anything else. It is the border of the result that is ignored: the image
    takes part as a whole."""
    border = max(kernel.shape)
    image = image[border:-border, border:-border]
    first = cross_correlate2d(transform(image), kernel)
    second = transform(cross_correlate2d(image, kernel))
    return float(np.max(np.abs(first - second)))


def equivariance_error__mean(image, kernel, transform):
    """The differences were averaged. Return the largest one."""
    border = max(kernel.shape)
    first = cross_correlate2d(transform(image), kernel)
    second = transform(cross_correlate2d(image, kernel))
    return float(np.mean(np.abs(first - second)[border:-border, border:-border]))


def equivariance_error__sum(image, kernel, transform):
    """The differences were added up. Return the largest one."""
    border = max(kernel.shape)
    first = cross_correlate2d(transform(image), kernel)
    second = transform(cross_correlate2d(image, kernel))
    return float(np.sum(np.abs(first - second)[border:-border, border:-border]))


def equivariance_error__root_mean_square(image, kernel, transform):
    """This is the root of the mean squared difference. Return the largest difference."""
    border = max(kernel.shape)
    first = cross_correlate2d(transform(image), kernel)
    second = transform(cross_correlate2d(image, kernel))
    return float(np.sqrt(np.mean((first - second)[border:-border, border:-border] ** 2)))


def equivariance_error__signed(image, kernel, transform):
    """The largest difference was taken with its sign, so a large negative one was overlooked. Take absolute values
    first."""
    border = max(kernel.shape)
    first = cross_correlate2d(transform(image), kernel)
    second = transform(cross_correlate2d(image, kernel))
    return float(np.max((first - second)[border:-border, border:-border]))


def equivariance_error__difference_of_maxima(image, kernel, transform):
    """The two largest values were compared with each other. Compare the two results place by place, then look for the
    largest difference."""
    border = max(kernel.shape)
    first = cross_correlate2d(transform(image), kernel)
    second = transform(cross_correlate2d(image, kernel))
    inside = np.s_[border:-border, border:-border]
    return float(abs(np.max(first[inside]) - np.max(second[inside])))


def equivariance_error__relative(image, kernel, transform):
    """The difference was divided by the size of the result. Return the difference itself."""
    border = max(kernel.shape)
    first = cross_correlate2d(transform(image), kernel)
    second = transform(cross_correlate2d(image, kernel))
    inside = np.s_[border:-border, border:-border]
    return float(np.max(np.abs(first - second)[inside]) / np.max(np.abs(second[inside])))


def equivariance_error__not_transformed_back(image, kernel, transform):
    """Only the image was transformed; the result it is compared with was not. Both sides need the transform, one before
    and one after the correlation."""
    border = max(kernel.shape)
    first = cross_correlate2d(transform(image), kernel)
    second = cross_correlate2d(image, kernel)
    return float(np.max(np.abs(first - second)[border:-border, border:-border]))


def equivariance_error__transformed_twice(image, kernel, transform):
    """Both times the transform came first, so you compared a thing with itself. On one side the correlation comes
    first, and then the transform."""
    border = max(kernel.shape)
    first = cross_correlate2d(transform(image), kernel)
    second = cross_correlate2d(transform(image), kernel)
    return float(np.max(np.abs(first - second)[border:-border, border:-border]))


def equivariance_error__kernel_transformed(image, kernel, transform):
    """The kernel was transformed along with the image. It stays as it is: that is why a rotation does not commute with
    it."""
    border = max(kernel.shape)
    first = cross_correlate2d(transform(image), transform(kernel))
    second = transform(cross_correlate2d(image, kernel))
    return float(np.max(np.abs(first - second)[border:-border, border:-border]))


def equivariance_error__flips_kernel(image, kernel, transform):
    """The kernel was turned by 180 degrees. Use cross-correlation, where the kernel lies as it is printed."""
    kernel = kernel[::-1, ::-1]
    border = max(kernel.shape)
    first = cross_correlate2d(transform(image), kernel)
    second = transform(cross_correlate2d(image, kernel))
    return float(np.max(np.abs(first - second)[border:-border, border:-border]))


def equivariance_error__yes_or_no(image, kernel, transform):
    """Your function answers yes or no. Return a number: how large the largest difference is."""
    border = max(kernel.shape)
    first = cross_correlate2d(transform(image), kernel)
    second = transform(cross_correlate2d(image, kernel))
    return bool(np.allclose(first[border:-border, border:-border], second[border:-border, border:-border]))


def equivariance_error__array(image, kernel, transform):
    """All differences came back. Return a single number, the largest one."""
    border = max(kernel.shape)
    first = cross_correlate2d(transform(image), kernel)
    second = transform(cross_correlate2d(image, kernel))
    return np.abs(first - second)[border:-border, border:-border]


def equivariance_error__rounded(image, kernel, transform):
    """For an image of integers the error came back as an int. Return a float for every image."""
    border = max(kernel.shape)
    first = cross_correlate2d(transform(image), kernel)
    second = transform(cross_correlate2d(image, kernel))
    largest = float(np.abs(first - second)[border:-border, border:-border].max())
    return int(largest) if np.asarray(image).dtype.kind == "i" else largest


def equivariance_error__border_by_height(image, kernel, transform):
    """The border that was left out is as wide as one side of the kernel, which need not be the longer one."""
    border = kernel.shape[0]
    first = cross_correlate2d(transform(image), kernel)
    second = transform(cross_correlate2d(image, kernel))
    return float(np.max(np.abs(first - second)[border:-border, border:-border]))


def equivariance_error__border_by_width(image, kernel, transform):
    """The border that was left out is as wide as one side of the kernel, which need not be the longer one."""
    border = kernel.shape[1]
    first = cross_correlate2d(transform(image), kernel)
    second = transform(cross_correlate2d(image, kernel))
    return float(np.max(np.abs(first - second)[border:-border, border:-border]))


def equivariance_error__border_one_too_narrow(image, kernel, transform):
    """The border that was left out is one pixel too narrow. It is as wide as the kernel's longer side."""
    border = max(kernel.shape) - 1
    first = cross_correlate2d(transform(image), kernel)
    second = transform(cross_correlate2d(image, kernel))
    return float(np.max(np.abs(first - second)[border : first.shape[0] - border, border : first.shape[1] - border]))


def equivariance_error__squared(image, kernel, transform):
    """The largest squared difference was returned. Return the largest difference itself, without its sign."""
    border = max(kernel.shape)
    first = cross_correlate2d(transform(image), kernel)
    second = transform(cross_correlate2d(image, kernel))
    return float(np.max(((first - second) ** 2)[border:-border, border:-border]))


def equivariance_error__compares_with_untransformed_image(image, kernel, transform):
    """The result of the transformed image was compared with the transformed image itself. Both sides are results of a
    cross-correlation."""
    border = max(kernel.shape)
    first = cross_correlate2d(transform(image), kernel)
    second = transform(image)[: first.shape[0], : first.shape[1]]
    return float(np.max(np.abs(first - second)[border:-border, border:-border]))


def equivariance_error__smallest(image, kernel, transform):
    """The smallest of the differences was returned. Return the largest."""
    border = max(kernel.shape)
    first = cross_correlate2d(transform(image), kernel)
    second = transform(cross_correlate2d(image, kernel))
    return float(np.min(np.abs(first - second)[border:-border, border:-border]))


def equivariance_error__true_convolution(image, kernel, transform):
    """On one side the kernel was flipped, on the other not. Both sides are plain cross-correlations."""
    border = max(kernel.shape)
    first = cross_correlate2d(transform(image), kernel[::-1, ::-1])
    second = transform(cross_correlate2d(image, kernel))
    return float(np.max(np.abs(first - second)[border:-border, border:-border]))


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
