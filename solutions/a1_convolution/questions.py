"""What the answers to assignment 1, convolution by hand, are asked.

Shapes and numbers are drawn. No two axes have the same length unless the question says so: a mistake that swaps them
then changes what comes out.
"""

import contextlib

import numpy as np

from solutions.asking import ask, judged, or_value_error, type_name


def ask_fresh(answer, *args, **kwargs):
    """What `ask` gives. The arrays then get back what they held, so an answer that writes into them spoils nothing
    else."""
    arrays = [(array, array.copy()) for array in args if isinstance(array, np.ndarray)]
    given = ask(answer, *args, **kwargs)
    for array, before in arrays:
        with contextlib.suppress(ValueError):  # of an array that may not be written to any more
            if array.shape != before.shape:
                array.resize(before.shape, refcheck=False)
            array[...] = before
    return given


def arguments_after(answer):
    """What the arrays given to the answer hold after the call."""

    def asked(*args, **kwargs):
        answer(*args, **kwargs)
        return [array.copy() for array in args if isinstance(array, np.ndarray)]

    return asked


def kind(result):
    """What came back, by its type."""
    return "a NumPy array" if isinstance(result, np.ndarray) else type_name(result)


def kind_of(answer):
    """What the answer gives, by its type."""

    def asked(*args, **kwargs):
        return kind(answer(*args, **kwargs))

    return asked


def piece(array):
    """The same numbers as a piece of a larger array, so that they are not neighbours in memory."""
    *lead, height, width = array.shape
    larger = np.full((*lead, 2 * height, width + 1), 9.0)
    larger[..., ::2, 1:] = array
    return larger[..., ::2, 1:]


# ---- cross_correlate2d, convolve2d ----


def ask_to_slide(answer, rng):
    """What both are asked, and the drawn (image, kernel)."""
    height, width, kh, kw = (int(n) for n in (*(5 + rng.permutation(3)[:2]), *(2 + rng.permutation(3)[:2])))
    image, kernel = rng.normal(size=(height, width)), rng.normal(size=(kh, kw))
    pixels, weights = rng.integers(1, 256, size=(height, width)), rng.integers(-5, 6, size=(kh, kw))
    large = rng.integers(10**5, 10**6, size=(height, width))
    example = np.array([[12, 3, 19], [25, 10, 1], [9, 7, 17]])
    refused = or_value_error(answer)
    asked = {
        "the numbers of the example": ask_fresh(answer, example, np.array([[1, 2], [3, 4]])),
        "an image and a kernel that are not square": ask_fresh(answer, image, kernel),
        "integers": ask_fresh(answer, pixels, weights),
        "large integers": ask_fresh(answer, large, rng.integers(10**4, 10**5, size=(kh, kw))),
        "an image of integers, a kernel of fractions": ask_fresh(answer, pixels, kernel),
        "an image of fractions, a kernel of integers": ask_fresh(answer, image, weights),
        "an image of type uint8": [ask_fresh(answer, pixels.astype(np.uint8), k) for k in (999 * weights, kernel)],
        "a kernel of one pixel": ask_fresh(answer, image, kernel[:1, :1]),
        "a kernel of one row": ask_fresh(answer, image, kernel[:1]),
        "a kernel of one column": ask_fresh(answer, image, kernel[:, :1]),
        "a kernel as large as the image": ask_fresh(answer, image, rng.normal(size=(height, width))),
        "an image cut out of a larger one": ask_fresh(answer, piece(image), piece(kernel)),
        "a kernel one row too tall": ask_fresh(refused, image, rng.normal(size=(height + 1, kw))),
        "a kernel one column too wide": ask_fresh(refused, image, rng.normal(size=(kh, width + 1))),
        "a kernel too large both ways": ask_fresh(refused, image, rng.normal(size=(height + 1, width + 2))),
        "image and kernel stay unchanged": ask_fresh(arguments_after(answer), image, kernel),
        "the result is a NumPy array": ask_fresh(kind_of(answer), example, example[:2, :2]),
    }
    return asked, image, kernel


def question_cross_correlate2d(answer, rng):
    asked, image, kernel = ask_to_slide(answer, rng)
    return asked | {
        "a kernel as tall as the image": ask_fresh(answer, image, rng.normal(size=(len(image), kernel.shape[1]))),
        "a kernel as wide as the image": ask_fresh(answer, image, rng.normal(size=(len(kernel), image.shape[1]))),
        "an image of one pixel": ask_fresh(answer, image[:1, :1], kernel[:1, :1]),
    }


def question_convolve2d(answer, rng):
    return ask_to_slide(answer, rng)[0]


# ---- pad2d ----


def question_pad2d(answer, rng):
    height, width = (int(n) for n in 3 + rng.permutation(3)[:2])
    ph, pw = (int(n) for n in 1 + rng.permutation(3)[:2])
    image, pixels = rng.normal(size=(height, width)), rng.integers(1, 256, size=(height, width))
    value, number = float(rng.integers(2, 9) + rng.uniform(0.2, 0.8)), int(rng.integers(2, 9))
    refused = or_value_error(answer)

    def array_after_writing(array, padding):
        answer(array, padding)[...] = 7
        return array.copy()

    def first_of_two(array, padding):
        first = answer(array, padding)
        answer(array + 1, padding, value)
        return first

    return {
        "the same padding on both axes": ask_fresh(answer, image, ph),
        "padding that differs by axis": ask_fresh(answer, image, (ph, pw)),
        "padding of the height only": ask_fresh(answer, image, (ph, 0)),
        "padding of the width only": ask_fresh(answer, image, (0, pw)),
        "another value": ask_fresh(answer, image, (ph, pw), -value),
        "a value given by name": ask_fresh(answer, image, (ph, pw), value=value),
        "an integer as value, around fractions": ask_fresh(answer, image, ph, number),
        "minus infinity as value": [ask_fresh(answer, array, pw, value=-np.inf) for array in (image, pixels)],
        "integers": ask_fresh(answer, (pixels - 128) * 10**9, (ph, pw)),
        "integers, a fraction as value": ask_fresh(answer, pixels, (ph, pw), value),
        "integers, an integer as value": ask_fresh(answer, pixels, ph, number),
        "an image of type uint8": ask_fresh(answer, pixels.astype(np.uint8), (ph, pw)),
        "an image of type uint8, a value that uint8 cannot hold": [
            ask_fresh(answer, pixels.astype(np.uint8), (ph, pw), v) for v in (value, -number, 300 + number)
        ],
        "three axes": ask_fresh(answer, rng.normal(size=(2, height, width)), (ph, pw)),
        "four axes": ask_fresh(answer, rng.normal(size=(2, 3, height, width)), (ph, pw), value),
        "five axes": ask_fresh(answer, rng.normal(size=(2, 1, 3, height, width)), (ph, pw)),
        "an image of one pixel": ask_fresh(answer, image[:1, :1], (ph, pw)),
        "an image cut out of a larger one": ask_fresh(answer, piece(image), (ph, pw)),
        "padding 0": [ask_fresh(answer, image, padding) for padding in (0, (0, 0))],
        "padding 0, then the result is changed": [
            ask_fresh(array_after_writing, image.copy(), padding) for padding in (0, (0, 0))
        ],
        "negative padding": ask_fresh(refused, image, -1),
        "negative padding of the height": ask_fresh(refused, image, (-1, pw)),
        "negative padding of the width": ask_fresh(refused, image, (ph, -1)),
        "the array stays unchanged": ask_fresh(arguments_after(answer), image, (ph, pw)),
        "a second call leaves the first result as it is": ask_fresh(first_of_two, image, (ph, pw)),
        "the result is a NumPy array": ask_fresh(kind_of(answer), pixels, (ph, pw)),
    }


# ---- conv2d ----


def question_conv2d(answer, rng):
    rows, columns = (int(n) for n in 3 + rng.permutation(2))
    # strides (2, 3) leave over one row and two columns: ceil and floor differ on both axes
    image, kernel = rng.normal(size=(2 * rows, 3 * columns - 3)), rng.normal(size=(3, 2))
    pixels, weights = rng.integers(1, 256, size=(6, 7)), rng.integers(-5, 6, size=(2, 3))
    large = rng.integers(10**5, 10**6, size=(4, 5)), rng.integers(10**4, 10**5, size=(2, 3))
    small, tall, wide = image[:3, :4], rng.normal(size=(4, 2)), rng.normal(size=(2, 5))
    grid = 10 * np.arange(8)[:, None] + np.arange(1, 8)
    refused = or_value_error(answer)
    return {
        "the numbers of the example": ask_fresh(answer, grid, np.ones((3, 3)), stride=2),
        "neither stride nor padding": ask_fresh(answer, image, kernel),
        "stride 2": ask_fresh(answer, image, kernel, stride=2),
        "a stride that differs by axis": ask_fresh(answer, image, kernel, stride=(2, 3)),
        "a stride larger than the kernel": ask_fresh(answer, image, kernel[:1, :1], stride=(4, 3)),
        "padding 2": ask_fresh(answer, image, kernel, stride=3, padding=2),
        "padding that differs by axis": ask_fresh(answer, image, kernel, padding=(1, 2)),
        "stride and padding that differ by axis": ask_fresh(answer, image, kernel, stride=(2, 3), padding=(1, 2)),
        "larger stride and padding for the rows than for the columns": ask_fresh(
            answer, image, kernel.T, stride=(4, 1), padding=(3, 0)
        ),
        "integers": ask_fresh(answer, pixels, weights, stride=2, padding=1),
        "large integers": ask_fresh(answer, *large),
        "an image of integers, a kernel of fractions": ask_fresh(answer, pixels, kernel, stride=2),
        "an image of fractions, a kernel of integers": ask_fresh(answer, small, weights, padding=1),
        "an image of type uint8": [
            ask_fresh(answer, pixels.astype(np.uint8), k, stride=2, padding=1) for k in (999 * weights, kernel)
        ],
        "a kernel as large as the image": ask_fresh(answer, small, rng.normal(size=(3, 4)), stride=5),
        "a kernel that fits into the padded image only": ask_fresh(answer, small, tall, padding=(1, 0)),
        "an image of one pixel": ask_fresh(answer, image[:1, :1], kernel, padding=1),
        "an image cut out of a larger one": ask_fresh(answer, piece(image), piece(kernel), stride=(2, 3)),
        "a kernel one row too tall": ask_fresh(refused, small, tall),
        "a kernel one column too wide": ask_fresh(refused, small, wide),
        "a kernel too large, with a stride": [
            ask_fresh(refused, small, tall, stride=2),
            ask_fresh(refused, small, wide, stride=2),
        ],
        "a kernel too tall for the padded image": ask_fresh(refused, image[:1, :4], tall, padding=(1, 3)),
        "a kernel too wide for the padded image": ask_fresh(refused, image[:3, :2], wide, padding=(3, 1)),
        "image and kernel stay unchanged": ask_fresh(arguments_after(answer), image, kernel, stride=3, padding=1),
        "the result is a NumPy array": ask_fresh(kind_of(answer), small, weights),
    }


# ---- apply_activation ----


def question_apply_activation(answer, rng):
    import warnings

    x = 2 * rng.normal(size=(3, 5))
    x[0, :3] = rng.uniform([0.2, 2, 0.002], [0.8, 3, 0.009])  # below 1, above 1, close to 0
    x[2, 4] = rng.uniform(-0.3, -0.1)  # here elu with an alpha above 1 lies below x
    large = np.array([0, 10, 100, 710, 1000, 1e4, *rng.uniform(0, 1e4, size=4)])
    integers = np.array([-3, 0, *rng.permutation([-2, -1, 1, 2])])
    large_integers = np.array([-1, *rng.permutation([-1, -1, 1, 1, 1])]) * rng.integers(10, 10**4, size=6)
    alpha, letters = float(rng.uniform(0.2, 0.8)), "".join(rng.permutation(list("mnopq")))
    refused = or_value_error(answer)

    def without_warnings(x, name):
        with warnings.catch_warnings(), np.errstate(divide="warn", over="warn", invalid="warn", under="ignore"):
            warnings.simplefilter("error", RuntimeWarning)
            return answer(x, name)

    data = {}
    for name in ("sigmoid", "tanh", "relu", "leaky_relu", "elu"):
        data[name] = ask_fresh(answer, x, name)
        data[f"{name} of integers"] = ask_fresh(answer, integers, name)
        data[f"{name} of large numbers, without a warning"] = [
            ask_fresh(without_warnings, numbers, name) for numbers in (large, -large, large_integers)
        ]
    data["leaky_relu with another alpha"] = ask_fresh(answer, x, "leaky_relu", alpha=alpha)
    data["elu with another alpha"] = ask_fresh(answer, x, "elu", alpha=alpha)
    data["elu with an alpha above 1"] = ask_fresh(answer, x, "elu", alpha=alpha + 1)
    data["alpha 0 and alpha 1"] = [
        ask_fresh(answer, x, name, alpha=n) for name in ("leaky_relu", "elu") for n in (0, 1)
    ]
    data["one axis"] = ask_fresh(answer, x[0], "elu")
    data["a negative number first"] = [ask_fresh(answer, -x[0], name) for name in ("relu", "leaky_relu", "elu")]
    data["integers, a positive one first"] = [
        ask_fresh(answer, np.array([2, *integers]), name) for name in ("relu", "leaky_relu", "elu")
    ]
    data["four axes"] = ask_fresh(answer, rng.normal(size=(2, 3, 1, 2)), "sigmoid")
    data["an array of one number"] = [ask_fresh(answer, x[1:2, :1], name) for name in ("leaky_relu", "sigmoid")]
    data["names that are none of the five"] = [
        ask_fresh(refused, x, f"{start}{letters}") for start in ("soft", "relu", "e")
    ]
    data["an empty name"] = ask_fresh(refused, x, "")
    data["a name in capitals, a name and a space"] = [ask_fresh(refused, x, name) for name in ("RELU", "Tanh", "elu ")]
    data["the array stays unchanged"] = [
        ask_fresh(arguments_after(answer), x, name) for name in ("relu", "leaky_relu", "elu")
    ]
    data["the result is a NumPy array"] = [ask_fresh(kind_of(answer), x, name) for name in ("sigmoid", "relu", "elu")]
    return data


# ---- maxout ----


def question_maxout(answer, rng):
    n, d, m = (int(n) for n in 2 + rng.permutation(4)[:3])

    def numbers(*shape):
        return rng.normal(size=shape)

    def integers(*shape):
        return rng.integers(10**5, 10**6, size=shape)

    w1, b1, w2, b2 = numbers(d, m), numbers(m), numbers(d, m), numbers(m)
    small = [rng.integers(-9, 10, size=shape) for shape in ((n, d), (d, m), (m,), (d, m), (m,))]
    example = [[[3, -1]], [[1, 0], [0, 1]], [0, 0], [[-1, 2], [1, 0]], [1, 1]]
    return {
        "the numbers of the example": ask_fresh(answer, *map(np.array, example)),
        "three sizes that differ": ask_fresh(answer, numbers(n, d), w1, b1, w2, b2),
        "inputs of zero": ask_fresh(answer, np.zeros((n, d)), w1, b1, w2, b2),
        "the second map is larger": ask_fresh(answer, numbers(n, d), w1 / 10, b1, w2 / 10, b2 + 9),
        "both maps are negative": ask_fresh(answer, numbers(n, d), w1 / 10, b1 - 9, w2 / 10, b2 - 9),
        "as many outputs as inputs": ask_fresh(
            answer, numbers(n, d), numbers(d, d), numbers(d), numbers(d, d), numbers(d)
        ),
        "as many examples as outputs": ask_fresh(answer, numbers(m, d), w1, b1, w2, b2),
        "one example": ask_fresh(answer, numbers(1, d), w1, b1, w2, b2),
        "one input": ask_fresh(answer, numbers(n, 1), w1[:1], b1, w2[:1], b2),
        "one output": ask_fresh(answer, numbers(n, d), w1[:, :1], b1[:1], w2[:, :1], b2[:1]),
        "integers": ask_fresh(answer, *small),
        "large integers": ask_fresh(answer, integers(n, d), integers(d, m), integers(m), integers(d, m), integers(m)),
        "inputs of integers, weights of fractions": ask_fresh(answer, small[0], w1, b1, w2, b2),
        "inputs of fractions, weights of integers": ask_fresh(answer, numbers(n, d), *small[1:]),
        "integers, biases of fractions": ask_fresh(answer, small[0], small[1], b1, small[3], b2),
        "one map of integers, the other of fractions": [
            ask_fresh(answer, *small[:3], w2, b2),
            ask_fresh(answer, small[0], w1, b1, *small[3:]),
        ],
        "the arguments stay unchanged": ask_fresh(arguments_after(answer), numbers(n, d), w1, b1, w2, b2),
        "the result is a NumPy array": ask_fresh(kind_of(answer), *small),
    }


# ---- pool2d ----


def question_pool2d(answer, rng):
    rows, columns = (int(n) for n in 3 + rng.permutation(2))
    # size (3, 2), stride (2, 3), padding 1 leave over one row and two columns: ceil and floor differ on both axes
    stack = rng.normal(size=(2, 3, 2 * rows, 3 * columns - 1))
    image = rng.normal(size=(2 * rows + 1, 3 * columns - 1))
    pixels = rng.integers(-99, 100, size=(5, 7))
    bright = rng.integers(100, 256, size=(4, 5)).astype(np.uint8)
    small, letters = image[:3, :5], "".join(rng.permutation(list("aion")))
    modes = ("max", "mean", "sum", "lp")
    refused = or_value_error(answer)

    def in_other_units(*args, **kwargs):
        result = ask_fresh(answer, *args, **kwargs)  # scaled, so that it does not matter which number beat them all
        return result / 1e36 if isinstance(result, np.ndarray) else result

    def of_each_mode(*args, **kwargs):
        return [ask_fresh(answer, *args, mode=mode, **kwargs) for mode in modes]

    data = {}
    example = np.array([[1, 1, 2, 4], [5, 6, 7, 8], [3, 2, 1, 0], [1, 2, 3, 4]])
    data["the numbers of the example"] = ask_fresh(answer, example, 2)
    data["5×5 to 3×3"] = ask_fresh(answer, image[:5, :5], 2, padding=1)
    for mode in modes:
        data[f"{mode}, size and stride that differ by axis, with padding"] = ask_fresh(
            answer, stack, (3, 2), stride=(2, 3), padding=(1, 1), mode=mode
        )
    data["neither stride nor padding, each mode"] = of_each_mode(image, 2)
    data["integers, each mode"] = of_each_mode(pixels, (2, 3))
    data["large integers, each mode"] = of_each_mode(rng.integers(4 * 10**8, 10**9, size=(2, 6)), (2, 3))
    data["an image of type uint8, each mode"] = of_each_mode(bright, (2, 3), stride=1, padding=1)
    data["max of negative numbers"] = ask_fresh(answer, stack - 9, 2)
    data["max of negative numbers, with padding"] = [
        ask_fresh(answer, stack - 9, 3, padding=1),
        in_other_units(1e36 * (small - 9), 3, padding=1),
    ]
    data["max of negative integers, with padding"] = ask_fresh(answer, pixels - 200, 3, padding=1)
    data["windows that overlap"] = ask_fresh(answer, image, 3, stride=1)
    data["a stride larger than the window"] = ask_fresh(answer, image, (2, 1), stride=(4, 3), mode="sum")
    data["windows of one pixel"] = ask_fresh(answer, small, 1, mode="lp")
    data["padding that differs by axis"] = ask_fresh(answer, image, (2, 4), stride=1, padding=(0, 2))
    data["three axes"] = ask_fresh(answer, stack[0], (2, 3), stride=2, mode="mean")
    data["one image, one channel"] = ask_fresh(answer, stack[:1, :1], 2)
    data["lp with p = 1 and p = 3"] = [ask_fresh(answer, image, (2, 3), mode="lp", p=p) for p in (1, 3)]
    data["lp with a fraction as p"] = ask_fresh(answer, image, 2, mode="lp", p=float(rng.uniform(1.4, 1.7)))
    data["a window as large as the image"] = ask_fresh(answer, small, (3, 5))
    data["a window that fits into the padded image only"] = ask_fresh(answer, small, (4, 2), padding=(1, 0))
    data["an image cut out of a larger one"] = ask_fresh(answer, piece(image), (2, 3), mode="mean")
    data["a window one row too tall, or one column too wide"] = [
        ask_fresh(refused, small, size, stride=n, mode=mode)
        for size, n, mode in (((4, 2), 1, "max"), ((4, 2), 3, "lp"), ((2, 6), 1, "mean"), ((2, 6), 3, "sum"))
    ]
    data["a window too large for the padded image"] = [
        ask_fresh(refused, small, size, stride=1, padding=padding)
        for size, padding in (((6, 4), (1, 2)), ((4, 8), (2, 1)))
    ]
    unknown = ("med" + letters, "max" + letters, "mea", "", "MAX", "lp ")
    data["modes that are none of the four"] = [ask_fresh(refused, image, 2, mode=mode) for mode in unknown]
    data["the images stay unchanged"] = [
        ask_fresh(arguments_after(answer), small, 2, padding=1, mode=mode) for mode in ("max", "lp")
    ]
    data["the result is a NumPy array"] = [ask_fresh(kind_of(answer), small, 2, mode=mode) for mode in modes]
    return data


# ---- conv_layer and conv_layer_fast ----


def layer_questions(answer, rng):
    """What both layers are asked."""
    rows, columns = (int(n) for n in 3 + rng.permutation(2))

    def numbers(*shape):
        return rng.normal(size=shape)

    # strides (2, 3), padding (1, 2) leave over one row and two columns: ceil and floor differ on both axes
    x, weight, bias = numbers(2, 3, 2 * rows, 3 * columns - 3), numbers(4, 3, 3, 2), numbers(4)
    pixels, weights = rng.integers(1, 256, size=(2, 3, 4, 5)), rng.integers(-5, 6, size=(2, 3, 2, 3))
    large = [rng.integers(10**4, 10**5, size=shape) for shape in ((2, 3, 3, 5), (4, 3, 2, 3), (4,))]
    refused = or_value_error(answer)
    return {
        "stride and padding that differ by axis": ask_fresh(answer, x, weight, bias, stride=(2, 3), padding=(1, 2)),
        "larger stride and padding for the rows than for the columns": ask_fresh(
            answer, x[:, :, :5], weight, bias, stride=(3, 1), padding=(2, 0)
        ),
        "neither bias nor stride nor padding": ask_fresh(answer, x[:, :, :5], weight),
        "a bias": ask_fresh(answer, x[:, :, :5], weight, bias),
        "stride 2": ask_fresh(answer, x, weight, stride=2),
        "a stride larger than the kernel": ask_fresh(answer, x, weight, bias, stride=(5, 3)),
        "padding 1": ask_fresh(answer, x, weight, bias, stride=2, padding=1),
        "one image, one channel, one filter": ask_fresh(answer, x[:1, :1], weight[:1, :1], bias[:1], stride=2),
        "a batch of one image": ask_fresh(answer, x[:1], weight, bias, stride=2),
        "as many filters as places": ask_fresh(answer, x[:, :, :3, :5], weight, bias),
        "a kernel of one pixel": ask_fresh(answer, x, weight[:, :, :1, :1], bias, stride=(2, 1)),
        "a kernel as large as the images": ask_fresh(answer, x[:, :, :3, :2], weight, bias),
        "a kernel that fits into the padded images only": ask_fresh(
            answer, x[:, :, :2, :4], weight, bias, padding=(1, 0)
        ),
        "integers": ask_fresh(answer, pixels, weights, rng.integers(1, 9, size=2)),
        "large integers": ask_fresh(answer, *large),
        "images of integers, weights of fractions": ask_fresh(answer, pixels, weight, bias),
        "images of fractions, weights of integers": ask_fresh(answer, x[:, :, :3, :4], weights),
        "integers, a bias of fractions": ask_fresh(answer, pixels, weights, bias[:2]),
        "images of type uint8": [ask_fresh(answer, pixels.astype(np.uint8), w) for w in (999 * weights, weight)],
        "images cut out of larger ones": ask_fresh(answer, piece(x), piece(weight), bias, stride=2),
        "filters with too few channels": [ask_fresh(refused, x, weight[:, :n], bias) for n in (1, 2)],
        "filters with too many channels": [ask_fresh(refused, x[:, :n], weight, bias) for n in (1, 2)],
        "a kernel one row too tall": [ask_fresh(refused, x[:, :, :2, :4], weight, bias, stride=n) for n in (1, 3)],
        "a kernel one column too wide": [ask_fresh(refused, x[:, :, :3, :1], weight, bias, stride=n) for n in (1, 3)],
        "a kernel too large for the padded images": [
            ask_fresh(refused, x[:, :, :height, :width], numbers(4, 3, 5, 4), bias, padding=padding)
            for height, width, padding in ((2, 4, (1, 5)), (5, 1, (5, 1)))
        ],
        "images, weights and bias stay unchanged": ask_fresh(
            arguments_after(answer), x, weight, bias, stride=2, padding=1
        ),
        "the result is a NumPy array": ask_fresh(kind_of(answer), x[:, :, :3, :3], weight),
    }


def question_conv_layer(answer, rng):
    return layer_questions(answer, rng)


def question_conv_layer_fast(answer, rng):
    return layer_questions(answer, rng)


# ---- named_kernel ----


@judged(fixed="the numbers of the nine kernels are given: they are the same for everybody")
def question_named_kernel(answer, rng):
    names = ["identity", "edge_1", "edge_2", "edge_3", "sharpen", "box_blur", "gaussian_blur"]
    names += ["horizontal_edge", "vertical_edge"]
    letters = "".join(rng.permutation(list("aemnor")))
    refused = or_value_error(answer)

    def written_over(name):
        kernel = answer(name)
        before = kernel.copy()
        kernel[...] = 7
        after = np.array(answer(name))
        kernel[...] = before
        return after

    data = {name: ask_fresh(answer, name) for name in rng.permutation(names).tolist()}
    data["a second call, after the first result was changed"] = [ask_fresh(written_over, name) for name in names]
    data["names that are none of the nine"] = [ask_fresh(refused, start + letters) for start in ("blur_", "edge_1", "")]
    data["a part of a name"] = [ask_fresh(refused, name) for name in ("edge_", "blur", "")]
    data["a name in capitals, a name and a space"] = [
        ask_fresh(refused, name) for name in ("Identity", "EDGE_1", "sharpen ")
    ]
    data["the result is a NumPy array"] = ask_fresh(kind_of(answer), "identity")
    return data


# ---- im2col ----


def question_im2col(answer, rng):
    rows, columns = (int(n) for n in 3 + rng.permutation(2))
    # strides (2, 3), padding (1, 2) leave over one row and two columns: ceil and floor differ on both axes
    x = rng.normal(size=(2, 3, 2 * rows, 3 * columns - 3))
    small, integers = x[:, :, :3, :4], rng.integers(-(10**6), 10**6, size=(2, 3, 5, 4))
    refused = or_value_error(answer)
    return {
        "kernel size, stride and padding that differ by axis": ask_fresh(
            answer, x, (3, 2), stride=(2, 3), padding=(1, 2)
        ),
        "larger stride and padding for the rows than for the columns": ask_fresh(
            answer, x, (2, 3), stride=(3, 1), padding=(2, 0)
        ),
        "neither stride nor padding": ask_fresh(answer, x, (2, 3)),
        "stride 2": ask_fresh(answer, x, (2, 3), stride=2),
        "a stride larger than the kernel": ask_fresh(answer, x, (2, 1), stride=(4, 3)),
        "padding 1": ask_fresh(answer, x, (3, 2), padding=1),
        "the size of the kernel as one number": [ask_fresh(answer, x, size, stride=2, padding=1) for size in (1, 3)],
        "a kernel of one pixel": ask_fresh(answer, x, (1, 1)),
        "a kernel as large as the image": ask_fresh(answer, x, x.shape[2:]),
        "a kernel that fits into the padded images only": ask_fresh(answer, small, (5, 4), padding=(1, 0)),
        "one image, one channel": ask_fresh(answer, x[:1, :1], (2, 3)),
        "integers": ask_fresh(answer, integers, (2, 3), padding=1),
        "images of type uint8": ask_fresh(answer, (integers % 256).astype(np.uint8), (2, 3)),
        "images cut out of larger ones": ask_fresh(answer, piece(x), (3, 2), stride=(2, 3)),
        "a kernel one row too tall": [ask_fresh(refused, small, (4, 2), stride=n) for n in (1, 3)],
        "a kernel one column too wide": [ask_fresh(refused, small, (2, 5), stride=n) for n in (1, 3)],
        "a kernel too large, as one number": ask_fresh(refused, small, 4),
        "a kernel too large for the padded images": [
            ask_fresh(refused, small, size, padding=padding) for size, padding in (((6, 2), (1, 5)), ((2, 7), (5, 1)))
        ],
        "the images stay unchanged": ask_fresh(arguments_after(answer), x, (3, 2), stride=2, padding=1),
        "the result is a NumPy array": ask_fresh(kind_of(answer), small, (3, 2)),
    }


# ---- backprop_example ----


def question_backprop_example(answer, rng):
    x, y, z = (float(v) for v in rng.uniform(1, 9, size=3) * rng.permutation([-1, 1, 1]))
    a, b, c = (int(v) for v in rng.permutation(9)[:3] + 2)
    return {
        "the numbers of the example": ask_fresh(answer, -2, 5, -4),
        "fractions, one of them negative": ask_fresh(answer, x, y, z),
        "three negative numbers": ask_fresh(answer, -abs(x), -abs(y), -abs(z)),
        "integers": ask_fresh(answer, a, b, c),
        "z = 0": ask_fresh(answer, x, y, 0.0),
        "x + y = 0": ask_fresh(answer, x, -x, z),
        "x = 0 and y = 0": ask_fresh(answer, 0, 0, c),
    }


# ---- conv_layer_backward ----


def question_conv_layer_backward(answer, rng):
    def numbers(*shape):
        return rng.normal(size=shape)

    def integers(*shape):
        return rng.integers(-9, 10, size=shape)

    rows, columns = (int(n) for n in 2 + rng.permutation(2))
    weight, bias = numbers(4, 3, 3, 2), numbers(4)
    # strides (2, 3), padding (1, 2) leave over one row and two columns, which no kernel sees
    x, grad = numbers(2, 3, 2 * rows, 3 * columns - 3), numbers(2, 4, rows, columns)
    pixels, dense = rng.integers(1, 256, size=(2, 3, 5, 4)), numbers(2, 4, 3, 3)
    whole = [integers(*shape) for shape in ((2, 4, 3, 3), (2, 3, 5, 4), (4, 3, 3, 2), (4,))]
    large = [rng.integers(10**4, 10**5, size=shape) for shape in ((2, 4, 1, 2), (2, 3, 2, 3), (4, 3, 2, 2), (4,))]
    differ = {"stride": (2, 3), "padding": (1, 2)}
    gradients = ask_fresh(answer, grad, x, weight, bias, **differ)
    dx, dw, db = gradients if isinstance(gradients, list) and len(gradients) == 3 else [gradients] * 3
    return {
        "dx, stride and padding that differ by axis": dx,
        "dw, stride and padding that differ by axis": dw,
        "db, stride and padding that differ by axis": db,
        "larger stride and padding for the rows than for the columns": ask_fresh(
            answer, dense, numbers(2, 3, 6, 4), weight, bias, stride=(3, 1), padding=(2, 0)
        ),
        "neither stride nor padding": ask_fresh(answer, dense, numbers(2, 3, 5, 4), weight, bias),
        "stride 2": ask_fresh(answer, dense, numbers(2, 3, 7, 7), weight, bias, stride=2),
        "padding 1": ask_fresh(answer, dense, numbers(2, 3, 3, 2), weight, bias, padding=1),
        "one image, one channel, one filter": ask_fresh(
            answer, dense[:1, :1], numbers(1, 1, 5, 4), weight[:1, :1], bias[:1]
        ),
        "a kernel of one pixel": ask_fresh(
            answer, dense, numbers(2, 3, 5, 3), weight[:, :, :1, :1], bias, stride=(2, 1)
        ),
        "a kernel as large as the images": ask_fresh(answer, dense[:, :, :1, :1], numbers(2, 3, 3, 2), weight, bias),
        "a kernel that fits into the padded images only": ask_fresh(
            answer, dense[:, :, :1], numbers(2, 3, 1, 4), weight, bias, padding=(1, 0)
        ),
        "a stride larger than the kernel": ask_fresh(
            answer, dense[:, :, :2, :2], numbers(2, 3, 8, 6), weight, bias, stride=(4, 3)
        ),
        "integers": ask_fresh(answer, *whole),
        "large integers": ask_fresh(answer, *large),
        "gradients of fractions, all else integers": ask_fresh(answer, dense, *whole[1:]),
        "gradients of integers, all else fractions": ask_fresh(
            answer, whole[0][:, :, :2, :1], numbers(2, 3, 4, 2), weight, bias
        ),
        "images of type uint8": ask_fresh(answer, dense, pixels.astype(np.uint8), weight, bias),
        "images cut out of larger ones": ask_fresh(answer, piece(dense), piece(numbers(2, 3, 5, 4)), weight, bias),
        "the arguments stay unchanged": ask_fresh(arguments_after(answer), grad, x, weight, bias, **differ),
        "the results are NumPy arrays": ask_fresh(
            lambda *args: list(map(kind, answer(*args))), dense[:, :, :1, :1], numbers(2, 3, 3, 2), weight, bias
        ),
    }


# ---- equivariance_error ----


def question_equivariance_error(answer, rng):
    height, width = (int(n) for n in 9 + rng.permutation(3)[:2])
    kh, kw = (int(n) for n in 2 + rng.permutation(2))
    image, kernel, square = rng.normal(size=(height, width)), rng.normal(size=(kh, kw)), rng.normal(size=(2, 2))
    kernel[0, 0] = kernel[-1, -1] = rng.uniform(2, 3)  # a weight that squaring changes
    small, pixels = image[:7, :6], rng.integers(0, 256, size=(7, 6))
    weights = rng.integers(1, 9, size=(2, 2)) + [[0, 10], [20, 30]]  # all differ
    same_turned = np.full((2, 2), rng.normal())
    border = max(kh, kw)
    down, right = (int(n) for n in rng.choice([-1, 1], size=2) * border)
    # the brighter, the nearer to an edge: the first row or column inside the border decides
    top, left, last = np.zeros((3, height, width))
    top[:, width // 2] = 3.0 ** (border - np.arange(height))
    left[height // 2] = 3.0 ** (border - np.arange(width))
    last[-1 - border, -1 - border] = 1  # seen by the last place inside the border, and by no other inside

    def shifted(*by):
        return lambda array: np.roll(array, by, axis=(0, 1))

    def type_of_result(image, kernel):
        return type_name(answer(image, kernel, np.fliplr))

    return {
        "a transform that only copies": ask_fresh(answer, small[:4, :5], square[:1, :1], np.copy),
        "a shift": ask_fresh(answer, image, kernel, shifted(down, right)),
        "a shift the other way": ask_fresh(answer, small, square, shifted(-2, 2)),
        "a shift down": ask_fresh(answer, small, square, shifted(2, 0)),
        "a shift so far that the seam is inside": ask_fresh(answer, small, square, shifted(3, 3)),
        "a quarter turn": ask_fresh(answer, small, square, np.rot90),
        "a quarter turn, a kernel that looks the same when turned": ask_fresh(answer, small, same_turned, np.rot90),
        "a half turn": ask_fresh(answer, small, square, lambda array: array[::-1, ::-1]),
        "rows and columns swapped": ask_fresh(answer, small, square, np.transpose),
        "left and right swapped": ask_fresh(answer, small, square, np.fliplr),
        "upside down": ask_fresh(answer, small, square, np.flipud),
        "a transform that makes the image brighter": ask_fresh(answer, small, square, lambda array: array + 1),
        "a transform that squares, an image bright at the top": ask_fresh(answer, top, kernel, np.square),
        "a transform that squares, an image bright on the left": ask_fresh(answer, left, kernel.T, np.square),
        "a transform that squares, an image of one bright pixel": ask_fresh(answer, last, kernel, np.square),
        "a transform that makes pixels of type uint8 brighter": ask_fresh(
            answer, pixels.astype(np.uint8), weights, lambda array: array + np.uint8(200)
        ),
        "a kernel of one row": ask_fresh(answer, small, kernel[:1, :2], np.fliplr),
        "a kernel of one column": ask_fresh(answer, small, kernel[:2, :1], np.flipud),
        "integers": ask_fresh(answer, pixels, weights, np.fliplr),
        "an image of type uint8": ask_fresh(answer, pixels.astype(np.uint8), weights, np.fliplr),
        "the result is a float": [
            ask_fresh(type_of_result, small[:4], square[:1, :1]),
            ask_fresh(type_of_result, pixels[:4], weights[:1, :1]),
        ],
        "image and kernel stay unchanged": ask_fresh(arguments_after(answer), small[:4], square[:1, :1], np.fliplr),
    }


# ---- the quiz ----

LETTER = "the answer is a letter"
BY_VALUE = {
    "quiz_sliding": LETTER,
    "quiz_green": LETTER,
    "quiz_yellow": LETTER,
    "quiz_stride": LETTER,
    "quiz_red_numbers": LETTER,
    "quiz_output": LETTER,
    "quiz_patch": LETTER,
}

# ---- promises of docstrings, and who asks them ----

PROMISED = {
    "named_kernel": {"a new array on each call": ["a second call, after the first result was changed"]},
    "backprop_example": {"in a tuple, list or array": ["the numbers of the example"]},
}
