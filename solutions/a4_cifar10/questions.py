"""What the answers to assignment 4, CIFAR-10, are asked.

An answer that draws random numbers gives other ones than the reference. What it gave is sent out as it is, and the
judge works out shares, scales, offsets and masks.
"""

from contextlib import suppress

import numpy as np
import torch
from torch import nn

from solutions.asking import Elsewhere, ask, judged, names_that_fail, or_value_error, plain, type_name


def floats(numbers):
    return torch.tensor(numbers, dtype=torch.float32)


def with_type(result):
    return [type_name(result), plain(result)]


def of_half_precision(result):
    """Three digits are all that it has, and a hundredth of it keeps to the tolerance that the others have."""
    return [type_name(result), plain(result).astype(float) / 100]


def each(names, result):
    """What was asked at once under the names of its parts. An error counts for all of them."""
    return {name: result[name] if isinstance(result, dict) else result for name in names}


# ---- softmax ----


@judged(rtol=2e-3)  # by way of logarithms, scores of ten thousand lose digits in float32
def question_softmax(answer, rng):
    n, c = (int(v) for v in 3 + rng.permutation(4)[:2])
    numbers = rng.normal(0, 2, size=(n, c))
    scores, square = floats(numbers), floats(rng.normal(0, 2, size=(4, 4)))
    spread = floats(rng.normal(0, 3000, size=(n, c)).clip(-1e4, 1e4))
    wide = floats(rng.permuted([[1e4, -1e4, 0, -1e4, 9e3], [-1e4, -9990, -9995, -9998, 1]], axis=1))
    equal = torch.full((2, int(rng.integers(3, 9))), float(rng.uniform(9e3, 1e4)), dtype=torch.float32)
    upstream = floats(rng.normal(size=(n, c)))

    def gradient(scores, upstream):
        leaf = scores.clone().requires_grad_()
        (grad,) = torch.autograd.grad(answer(leaf), leaf, upstream)
        return grad

    return {
        "more kinds than examples, or fewer": ask(answer, scores),
        "as many kinds as examples": ask(answer, square),
        "one example": ask(answer, scores[:1]),
        "one kind": ask(answer, scores[:, :1]),
        "rows far apart": ask(answer, scores + torch.linspace(-200, 200, n, dtype=torch.float32)[:, None]),
        "scores around ten thousand": ask(answer, scores + 1e4),
        "scores around minus ten thousand": ask(answer, scores - 1e4),
        "scores spread over thousands": ask(answer, spread),
        "ten thousand beside minus ten thousand": ask(answer, wide),
        "equal scores of nearly ten thousand": ask(answer, equal),
        "the gradient": ask(gradient, scores, upstream),
        "float64 in, float64 out": ask(lambda scores: with_type(answer(scores)), scores.double() - 1e4),
        "half precision in and out": ask(lambda scores: of_half_precision(answer(scores)), scores.half()),
    }


# ---- cross_entropy ----


@judged(rtol=2e-3, atol=2e-3)  # ten thousand and a bit has three digits after the point in float32
def question_cross_entropy(answer, rng):
    n, c = (int(v) for v in 4 + rng.permutation(4)[:2])
    scores = floats(rng.normal(0, 2, size=(n, c)))
    labels = torch.tensor(rng.integers(0, c, size=n))
    sure = floats([[0.0, rng.uniform(200, 400), 1.0], rng.normal(size=3)])
    spread = floats(rng.normal(0, 3000, size=(n, c)).clip(-1e4, 1e4))
    high, low = rng.uniform(5e3, 1e4, size=2)
    wide = floats([[high, -low, 0.0], [-high, -low, high]])

    def gradient(scores, labels, times=1.0):
        leaf = scores.clone().requires_grad_()
        (grad,) = torch.autograd.grad(times * answer(1 * leaf, labels), leaf)
        return grad

    return {
        "equal scores": ask(answer, torch.full((n, c), float(rng.normal()), dtype=torch.float32), labels),
        "a few examples": ask(answer, scores, labels),
        "one example": ask(answer, scores[:1], labels[:1]),
        "one kind": ask(lambda *args: [answer(*args), gradient(*args)], scores[:, :1], 0 * labels),
        "sure and wrong": ask(answer, sure, torch.tensor([0, 1])),
        "sure and right": ask(answer, sure, torch.tensor([1, 1])),
        "scores around ten thousand": ask(answer, scores + 1e4, labels),
        "scores around minus ten thousand": ask(answer, scores - 1e4, labels),
        "scores spread over thousands": ask(answer, spread, labels),
        "thousands beside minus thousands": ask(answer, wide, torch.tensor([1, 2])),
        "rows far apart": ask(answer, scores + torch.linspace(-300, 300, n, dtype=torch.float32)[:, None], labels),
        "the gradient": ask(gradient, scores, labels),
        "the gradient of a multiple of the loss": ask(gradient, scores, labels, float(rng.uniform(2, 5))),
        "the gradient where sure and wrong": ask(gradient, sure, torch.tensor([0, 1])),
        "the gradient of scores spread over thousands": ask(gradient, spread, labels),
        "float64 in, float64 out": ask(lambda *args: with_type(answer(*args)), scores.double(), labels),
        "half precision in and out": ask(lambda *args: of_half_precision(answer(*args)), scores.half(), labels),
    }


# ---- dropout and dropout2d ----


def dropout_numbers(rng, *shape):
    """Numbers of both signs, none of them near 0, so that a 0 has been dropped."""
    return rng.uniform(1, 2, size=shape) * rng.choice([-1, 1], size=shape)


def dropout_inputs(rng, few, shapes):
    """What is drawn for `question_dropout` and `question_dropout2d`, and again for their predicates."""
    return {
        "p": float(rng.choice([0.15, 0.25, 0.35, 0.45, 0.65, 0.75])),
        "seed": int(rng.integers(2**31)),
        "few": dropout_numbers(rng, *few),
        "upstream": rng.normal(size=few),
        **{name: dropout_numbers(rng, *shape) for name, shape in shapes.items()},
    }


def one_pixel(x):
    """Of feature maps (N, C, H, W) one pixel each; all of a matrix."""
    return x[:, :, :1, :1] if x.ndim == 4 else x


def ask_dropout(answer, given):
    """What `dropout` and `dropout2d` are asked both, with the numbers `few`, and a function that draws."""
    p, seed, few = given["p"], given["seed"], floats(given["few"])

    calls = []

    def drawn(x, number=1, add=0):
        """What a generator with a seed gives. The global one has another seed each time, which a mistake may show."""
        generator = torch.Generator().manual_seed(seed + add)
        calls.append(seed + 1000 + len(calls))
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(calls[-1])
            return [answer(x, p, True, generator=generator) for _ in range(number)]

    def not_dropped(x, upstream):
        """The gradients where nothing is dropped."""
        leaf = x.clone().requires_grad_()
        outs = answer(leaf, p, False), answer(leaf, 0.0, True)
        return [torch.autograd.grad(out, leaf, upstream)[0] for out in outs]

    def refused(x, p):
        answers = or_value_error(answer)
        return [ask(answers, x, p, training) for training in (True, False)]

    def gradient(x, upstream):
        leaf = x.clone().requires_grad_()
        (out,) = drawn(leaf)
        (grad,) = torch.autograd.grad(out, leaf, upstream)
        return [out, grad]

    def without_generator(x):
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(seed)
            outs = [answer(x, p, True), answer(x, p, True)]
            torch.default_generator.manual_seed(seed)
            return [*outs, answer(x, p, True)]

    def then_global(x):
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(seed)
            answer(x, p, True, generator=torch.Generator().manual_seed(seed))
            return torch.rand(4, dtype=torch.float64)

    return drawn, {
        "the scale of what is kept": ask(lambda x: drawn(x)[0], few),
        "not always the same number of zeros": ask(drawn, one_pixel(few), 12),
        "the gradient": ask(gradient, few, floats(given["upstream"])),
        "the gradient where nothing is dropped": ask(not_dropped, few, floats(given["upstream"])),
        "a single example, a single channel": ask(lambda x: [drawn(x[:1])[0], drawn(x[:, :1])[0]], few),
        "the same zeros for the same seed": ask(lambda x: [*drawn(x), *drawn(x)], few),
        "other zeros for another seed": ask(lambda x: [*drawn(x), *drawn(x, add=1)], few),
        "other zeros at the next call": ask(drawn, few, 2),
        "PyTorch's global generator where none is given": ask(without_generator, few),
        "PyTorch's global generator left alone where another is given": ask(then_global, few),
        "float64 in, float64 out": ask(lambda x: with_type(drawn(x)[0]), few.double()),
        "half precision in and out": ask(lambda x: with_type(drawn(x)[0]), few.half()),
        "evaluation": ask(answer, few, p, False),
        "p = 0": ask(answer, few, 0.0, True),
        "p = 1": ask(answer, few, 1.0, True),
        "p = 1 in evaluation": ask(answer, few, 1.0, False),
        "p below 0, in training and evaluation": refused(few, -0.1),
        "p above 1, in training and evaluation": refused(few, 1.1),
    }


def kept_of(out, x, p, tolerance=1e-4):
    """Which numbers were kept. Raises ValueError unless these are scaled, and the others 0."""
    out = np.asarray(out, np.float64)
    kept = out != 0
    if out.shape != x.shape or not np.allclose(out, np.where(kept, x / (1 - p), 0), rtol=tolerance, atol=tolerance):
        raise ValueError
    return kept


def kept_channels_of(out, x, p, tolerance=1e-4):
    """Which channels were kept, (N, C). Raises ValueError, also where a channel is kept in part."""
    kept = kept_of(out, x, p, tolerance)
    if (kept != kept[:, :, :1, :1]).any():
        raise ValueError
    return kept[:, :, 0, 0]


def right_share(kept, p):
    return abs(kept.mean() - (1 - p)) < 6 * np.sqrt(p * (1 - p) / kept.size)


def independent(kept, p, axis):
    """Whether chances along an axis are taken one by one: neither alike at a distance, nor the same number in all."""
    wobble = np.sqrt(p * (1 - p) / kept.size)
    agreements = [(kept & np.roll(kept, shift, axis)).mean() for shift in range(1, kept.shape[axis] // 2 + 1)]
    tolerance = 12 * (1 - p) * wobble + 0.01  # six standard deviations
    return np.allclose(agreements, (1 - p) ** 2, rtol=0, atol=tolerance) and np.ptp(kept.sum(axis)) > 0


def dropout_checks(data, given, kept_of):
    """The checks of what `ask_dropout` gave, by name."""
    p, few = given["p"], given["few"]

    def masks(name, number):
        outs = data[name]
        if len(outs) != number:
            raise ValueError
        return [kept_of(out, few, p) for out in outs]

    def differ(one, other):
        return (one != other).any()

    def numbers_of_zeros():
        return len({int(kept_of(out, one_pixel(few), p).sum()) for out in data["not always the same number of zeros"]})

    def gradient():
        out, grad = map(np.asarray, data["the gradient"])
        kept_of(out, few, p)
        expected = (out != 0) * given["upstream"] / (1 - p)
        return grad.shape == few.shape and np.allclose(grad, expected, rtol=1e-4, atol=1e-4)

    def same_seed():
        one, other = masks("the same zeros for the same seed", 2)
        return not differ(one, other)

    def no_generator():
        first, second, again = masks("PyTorch's global generator where none is given", 3)
        return differ(first, second) and not differ(first, again)

    def of_type(name, kind, tolerance):
        got, out = data[name]
        return got == kind and kept_of(out, few, p, tolerance) is not None

    def single():
        one, other = data["a single example, a single channel"]
        return kept_of(one, few[:1], p) is not None and kept_of(other, few[:, :1], p) is not None

    return {
        "the scale of what is kept": lambda: kept_of(data["the scale of what is kept"], few, p) is not None,
        "a single example, a single channel": single,
        "not always the same number of zeros": lambda: numbers_of_zeros() > 1,
        "the gradient": gradient,
        "the same zeros for the same seed": same_seed,
        "other zeros for another seed": lambda: differ(*masks("other zeros for another seed", 2)),
        "other zeros at the next call": lambda: differ(*masks("other zeros at the next call", 2)),
        "PyTorch's global generator where none is given": no_generator,
        "float64 in, float64 out": lambda: of_type("float64 in, float64 out", "float64 tensor", 1e-4),
        "half precision in and out": lambda: of_type("half precision in and out", "float16 tensor", 1e-2),
    }


DROPOUT_SHAPES = {"a matrix": (40, 50), "feature maps": (6, 5, 8, 9), "a vector": (1500,)}


def judge_dropout(data, rng):
    given = dropout_inputs(rng, (10, 20), DROPOUT_SHAPES)
    p = given["p"]

    def mask(name, x):
        return kept_of(data[name], given[x], p)

    def share():
        kept = mask("the share of zeros", "a matrix")
        others = [("rows with zeros of their own", "a matrix"), ("columns with zeros of their own", "a matrix")]
        others += [("feature maps", "feature maps"), ("a vector", "a vector")]
        for name, x in others:
            with suppress(ValueError):  # where it is not scaled rightly, that name says so
                kept = np.append(kept, mask(name, x))
        return right_share(kept, p)

    def all_by_itself(name):
        kept = mask(name, name)
        return right_share(kept, p) and all(independent(kept, p, axis) for axis in range(kept.ndim) if kept.ndim > 1)

    return names_that_fail(
        {
            "the share of zeros": share,
            "rows with zeros of their own": lambda: independent(mask("rows with zeros of their own", "a matrix"), p, 0),
            "columns with zeros of their own": lambda: independent(
                mask("columns with zeros of their own", "a matrix"), p, 1
            ),
            "feature maps": lambda: all_by_itself("feature maps"),
            "a vector": lambda: all_by_itself("a vector"),
            **dropout_checks(data, given, kept_of),
        }
    )


@judged(
    predicate=judge_dropout,
    free=(
        "the share of zeros",
        "rows with zeros of their own",
        "columns with zeros of their own",
        "feature maps",
        "a vector",
        "the scale of what is kept",
        "not always the same number of zeros",
        "the gradient",
        "a single example, a single channel",
        "the same zeros for the same seed",
        "other zeros for another seed",
        "other zeros at the next call",
        "PyTorch's global generator where none is given",
        "float64 in, float64 out",
        "half precision in and out",
    ),
)
def question_dropout(answer, rng):
    given = dropout_inputs(rng, (10, 20), DROPOUT_SHAPES)
    drawn, asked = ask_dropout(answer, given)
    matrix = floats(given["a matrix"])
    return {
        "the share of zeros": ask(lambda x: drawn(x)[0], matrix),
        "rows with zeros of their own": ask(lambda x: drawn(x, add=2)[0], matrix),
        "columns with zeros of their own": ask(lambda x: drawn(x, add=3)[0], matrix),
        "feature maps": ask(lambda x: drawn(x)[0], floats(given["feature maps"])),
        "a vector": ask(lambda x: drawn(x)[0], floats(given["a vector"])),
        **asked,
    }


DROPOUT2D_SHAPES = {"maps": (30, 40, 1, 2)}


def judge_dropout2d(data, rng):
    given = dropout_inputs(rng, (10, 12, 2, 3), DROPOUT2D_SHAPES)
    p, few = given["p"], given["few"]

    def channels(name):
        return kept_channels_of(data[name], given["maps"], p)

    def pixels():
        out = np.asarray(data["whole channels"], np.float64)
        if out.shape != few.shape:
            return False
        scale, kept = out / few, out != 0
        whole = (kept == kept[:, :, :1, :1]).all() and kept.any() and not kept.all()
        return whole and np.ptp(scale[kept]) < 1e-3

    return names_that_fail(
        {
            "whole channels": pixels,
            "the share of channels that are dropped": lambda: right_share(
                channels("the share of channels that are dropped"), p
            ),
            "other channels in each image": lambda: independent(channels("other channels in each image"), p, 0),
            "each channel by itself": lambda: independent(channels("each channel by itself"), p, 1),
            **dropout_checks(data, given, kept_channels_of),
        }
    )


@judged(
    predicate=judge_dropout2d,
    free=(
        "whole channels",
        "the share of channels that are dropped",
        "other channels in each image",
        "each channel by itself",
        "the scale of what is kept",
        "not always the same number of zeros",
        "the gradient",
        "a single example, a single channel",
        "the same zeros for the same seed",
        "other zeros for another seed",
        "other zeros at the next call",
        "PyTorch's global generator where none is given",
        "float64 in, float64 out",
        "half precision in and out",
    ),
)
def question_dropout2d(answer, rng):
    given = dropout_inputs(rng, (10, 12, 2, 3), DROPOUT2D_SHAPES)
    drawn, asked = ask_dropout(answer, given)
    maps = floats(given["maps"])
    return {
        "whole channels": ask(lambda x: drawn(x, add=4)[0], floats(given["few"])),
        "the share of channels that are dropped": ask(lambda x: drawn(x)[0], maps),
        "other channels in each image": ask(lambda x: drawn(x, add=2)[0], maps),
        "each channel by itself": ask(lambda x: drawn(x, add=3)[0], maps),
        **asked,
    }


# ---- BatchNorm2d ----


@judged()
def question_BatchNorm2d(answer, rng):
    c, h, w = (int(v) for v in 2 + rng.permutation(3))
    shift, size = rng.normal(0, 2, size=(c, 1, 1)), rng.uniform(1, 3, size=(c, 1, 1))
    shift[0], size[0] = 0, 1e-3  # a channel that hardly varies
    batches = floats(rng.normal(size=(6, 5, c, h, w)) * size + shift)
    x, last = batches[0], batches[5]
    upstream, weight, bias = (floats(rng.normal(size=shape)) for shape in (x.shape, (c,), (c,)))
    far = floats(rng.normal(size=(5, c, h, w)) + rng.choice([-300, 300], size=(c, 1, 1)))
    constant = floats(rng.integers(-8, 8, size=(c, 1, 1)) / 4).expand(x.shape).clone()
    eps, momentum = float(rng.uniform(1e-3, 1e-2)), float(rng.choice([0.15, 0.2, 0.25, 0.3]))
    source = nn.BatchNorm2d(c)
    source.load_state_dict(
        {
            "weight": weight,
            "bias": bias,
            "running_mean": floats(rng.normal(size=c)),
            "running_var": floats(rng.uniform(0.5, 2, size=c)),
            "num_batches_tracked": torch.tensor(int(rng.integers(2, 99))),
        }
    )

    def layer(*args, **kwargs):
        made = answer(c, *args, **kwargs)
        with torch.no_grad():
            made.weight.copy_(weight)
            made.bias.copy_(bias)
        return made

    def statistics(made):
        return [made.running_mean.clone(), made.running_var.clone(), made.num_batches_tracked.clone()]

    def train():
        made, outputs, seen = layer(), [], []
        for batch in batches[:5]:
            outputs.append(made(batch))
            seen.append(statistics(made))
        made.eval()
        evaluated = {"evaluation": made(last), "evaluation of one image": made(last[:1])}
        kept = statistics(made)
        means, variances, counts = zip(*seen, strict=True)
        return {
            "training": outputs,
            "the running mean": list(means),
            "the running variance": list(variances),
            "the number of batches": list(counts),
            **evaluated,
            "the statistics stay in evaluation": kept,
            "training again after evaluation": [made.train()(last), *statistics(made)],
        }

    def after_one(made, batch):
        return [made(batch), *statistics(made)]

    def with_options(*args, **kwargs):
        made = layer(*args, **kwargs)
        return [*after_one(made, x), made.eval()(last)]

    def extreme(batch):
        """The newest batch weighs nothing, or is all that counts."""
        return [after_one(layer(momentum=momentum), batch) for momentum in (0.0, 1.0)]

    def gradients(training):
        made, batch = layer(), batches[1].clone().requires_grad_()
        made(x * torch.ones((), requires_grad=True)).sum().backward()  # as behind another layer
        made.zero_grad()
        made.train(training)
        (made(batch) * upstream).sum().backward()
        return [batch.grad, made.weight.grad, made.bias.grad]

    def graphs():
        made = layer()
        out = made(x * torch.ones((), requires_grad=True))
        return [out.requires_grad, made.running_mean.requires_grad, made.running_var.requires_grad]

    def far_from_0(batch):
        out, *state = after_one(layer(), batch)
        return [out / 5, *state]  # rounded, these have fewer digits

    def without_gradients(batch):
        made = layer()
        with torch.no_grad():
            return after_one(made, batch)

    def loaded(batch):
        made = answer(c)
        made.load_state_dict(source.state_dict())
        return [made.eval()(batch), *after_one(made.train(), batch)]

    def saved(batch):
        made, other = layer(), nn.BatchNorm2d(c)
        made(batch)
        other.load_state_dict(made.state_dict())
        return [other.eval()(batch), other.num_batches_tracked]

    def two(batch):
        used, fresh = layer(), answer(c)
        used(batch)
        return [*statistics(used), *statistics(fresh)]

    def double(batch):
        made = layer().double()
        return [with_type(value) for value in after_one(made, batch)]

    return {
        "the names of what is learnt": ask(lambda: sorted(name for name, _ in answer(c).named_parameters())),
        "the state at the start": ask(lambda: answer(c).state_dict()),
        "the types of the state": ask(lambda: {k: type_name(v) for k, v in answer(c).state_dict().items()}),
        **each(
            (
                "training",
                "the running mean",
                "the running variance",
                "the number of batches",
                "evaluation",
                "evaluation of one image",
                "the statistics stay in evaluation",
                "training again after evaluation",
            ),
            ask(train),
        ),
        "eps and momentum": ask(with_options, eps, momentum),
        "momentum and eps by name": ask(with_options, momentum=momentum, eps=eps),
        "a momentum of 0, and of 1": ask(extreme, x),
        "gradients in training": ask(gradients, True),
        "gradients in evaluation": ask(gradients, False),
        "statistics without a graph": ask(graphs),
        "training inside torch.no_grad()": ask(without_gradients, x),
        "the state of torch.nn.BatchNorm2d loaded": ask(loaded, x),
        "its state loaded into torch.nn.BatchNorm2d": ask(saved, x),
        "two layers side by side": ask(two, x),
        "a batch of one image": ask(lambda batch: after_one(layer(), batch), x[:1]),
        "images of one pixel": ask(lambda batch: after_one(layer(), batch), x[:, :, :1, :1]),
        "constant channels": ask(lambda batch: after_one(layer(), batch), constant),
        "numbers far from 0": ask(far_from_0, far),
        "float64 in, float64 out": ask(double, x.double()),
    }


# ---- random_crop_flip ----

FEW_PICTURES = {  # by what they are asked for: shape, padding, type
    "several channels": ((7, 2, 9, 4), 2, "uint8"),
    "one image": ((1, 3, 5, 8), 2, "uint8"),
    "floats": ((6, 3, 5, 6), 2, "float32"),
    "float64": ((6, 3, 5, 6), 2, "float64"),
    "half precision": ((6, 2, 5, 6), 2, "float16"),
    "integers that no float holds": ((6, 2, 5, 6), 2, "int64"),
    "a padding as wide as the image": ((20, 1, 3, 2), 3, "uint8"),
}


def pictures(rng, n, c, h, w):
    """Bytes from 1 to 254; no two pixels of a channel are alike, so each crop shows where it was cut out."""
    return np.stack([1 + rng.random((n, 254)).argsort(axis=1)[:, : h * w] for _ in range(c)], 1).reshape(n, c, h, w)


def crop_inputs(rng):
    """What is drawn for `question_random_crop_flip`, and again for its predicate."""
    given = {
        "seed": int(rng.integers(2**31)),
        "many": pictures(rng, 900, 1, 3, 4),
        "large": pictures(rng, 400, 1, 5, 6),
    }
    for name, (shape, _, kind) in FEW_PICTURES.items():
        images = pictures(rng, *shape)
        scale = int(rng.integers(2**53, 2**54)) if kind == "int64" else 1
        given[name] = images * scale + images if kind == "int64" else images.astype(kind)
        if kind in ("float32", "float64"):
            given[name] = (images * rng.uniform(1e-3, 2e-3)).astype(kind)
    return given


def places(images, out, padding):
    """Where each image was cut out, (N, 3): top, left, mirrored. Raises ValueError where one is no crop."""
    out = np.asarray(out)
    if out.shape != images.shape:
        raise ValueError
    (n, _, h, w), side = images.shape, 2 * padding + 1
    wide = np.pad(images, [(0, 0), (0, 0), (padding, padding), (padding, padding)])
    found = np.full((n, 3), -1)
    for top, left, mirrored in np.ndindex(side, side, 2):
        crop = wide[:, :, top : top + h, left : left + w]
        crop = crop[:, :, :, ::-1] if mirrored else crop
        found[(crop == out).all(axis=(1, 2, 3))] = top, left, mirrored
    if (found < 0).any():
        raise ValueError
    return found


def judge_random_crop_flip(data, rng):
    given = crop_inputs(rng)
    many, large, few = given["many"], given["large"], given["many"][:100]

    def evenly(values, kinds):
        counts, expected = np.bincount(values, minlength=kinds), len(values) / kinds
        return len(counts) == kinds and (abs(counts - expected) < 6 * np.sqrt(expected)).all()

    def equally_often():
        """By all that was drawn, and not by a plan either, as half of each batch or each place as often would be."""
        names = "all offsets and flips equally often", "crops of the padded images", "each image by itself"
        found = [codes(name) for name in names]
        counts = np.bincount(np.concatenate(found), minlength=18)
        flips = [(one % 2).sum() for one in found] + [
            place[:, 2].sum() for place in places_of("other crops at the next call", 2)
        ]
        mirrored = np.concatenate(found) % 2
        with suppress(ValueError):  # where these are not mirrored rightly, their name says so
            alone = places(many, data["no padding"], 0)[:, 2]
            mirrored = np.append(mirrored, alone) if evenly(alone, 2) else mirrored
        planned = len({2 * flip - len(many) for flip in flips[:3]} | {2 * flip - 100 for flip in flips[3:]}) == 1
        planned |= any(np.ptp(np.bincount(one // 2, minlength=9)) == 0 for one in found)
        even = ((counts - 150) ** 2).sum() / 150 < 100 and abs(mirrored.mean() - 0.5) < 3 / np.sqrt(len(mirrored))
        return len(counts) == 18 and even and not planned

    def places_of(name, number):
        outs = data[name]
        if len(outs) != number:
            raise ValueError
        return [places(few, out, 1) for out in outs]

    def codes(name):
        return places(many, data[name], 1) @ [6, 2, 1]

    def by_itself():
        found = codes("each image by itself")
        share = [(found == np.roll(found, gap)).mean() for gap in range(1, 451)]
        return np.allclose(share, 1 / 18, rtol=0, atol=8 * np.sqrt(1 / 18 / len(found)))

    def by_default():
        found = places(large, data["a padding of 4 by default"], 4)
        return evenly(found[:, 0], 9) and evenly(found[:, 1], 9) and len(np.unique(found @ [18, 2, 1])) > 100

    def same(one, other):
        return (one == other).all()

    def same_seed():
        return same(*places_of("the same crops for the same seed", 2))

    def no_generator():
        first, second, again = places_of("PyTorch's global generator where none is given", 3)
        return not same(first, second) and same(first, again)

    def of_type(name):
        (_, padding, kind), (got, out) = FEW_PICTURES[name], data[name]
        return got == f"{kind} tensor" and places(given[name], out, padding) is not None

    return names_that_fail(
        {
            "crops of the padded images": lambda: codes("crops of the padded images") is not None,
            "all offsets and flips equally often": equally_often,
            "each image by itself": by_itself,
            "a padding of 4 by default": by_default,
            "no padding": lambda: evenly(places(many, data["no padding"], 0)[:, 2], 2),
            **{name: lambda name=name: of_type(name) for name in FEW_PICTURES},
            "the same crops for the same seed": same_seed,
            "other crops for another seed": lambda: not same(*places_of("other crops for another seed", 2)),
            "other crops at the next call": lambda: not same(*places_of("other crops at the next call", 2)),
            "PyTorch's global generator where none is given": no_generator,
        }
    )


@judged(
    predicate=judge_random_crop_flip,
    free=(
        "crops of the padded images",
        "all offsets and flips equally often",
        "each image by itself",
        "a padding of 4 by default",
        "no padding",
        "several channels",
        "one image",
        "floats",
        "float64",
        "half precision",
        "integers that no float holds",
        "a padding as wide as the image",
        "the same crops for the same seed",
        "other crops for another seed",
        "other crops at the next call",
        "PyTorch's global generator where none is given",
    ),
)
def question_random_crop_flip(answer, rng):
    given = crop_inputs(rng)
    seed = given["seed"]
    many, large = (torch.tensor(given[name], dtype=torch.uint8) for name in ("many", "large"))
    few = many[:100]

    calls = []

    def drawn(images, number=1, add=0, **options):
        """What a generator with a seed gives. The global one has another seed each time, which a mistake may show."""
        generator = torch.Generator().manual_seed(seed + add)
        calls.append(seed + 1000 + len(calls))
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(calls[-1])
            return [answer(images, generator=generator, **options) for _ in range(number)]

    def first(images, add=0, **options):
        return drawn(images, 1, add, **options)[0]

    def without_generator(images):
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(seed)
            outs = [answer(images, padding=1), answer(images, padding=1)]
            torch.default_generator.manual_seed(seed)
            return [*outs, answer(images, padding=1)]

    def then_global(images):
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(seed)
            answer(images, generator=torch.Generator().manual_seed(seed))
            return torch.rand(4, dtype=torch.float64)

    return {
        "crops of the padded images": ask(first, many, padding=1),
        "all offsets and flips equally often": ask(first, many, 2, padding=1),
        "each image by itself": ask(first, many, 3, padding=1),
        "a padding of 4 by default": ask(first, large),
        "no padding": ask(first, many, padding=0),
        **{
            name: ask(
                lambda images, p=padding: with_type(first(images, padding=p)),
                torch.tensor(given[name], dtype=getattr(torch, kind)),
            )
            for name, (_, padding, kind) in FEW_PICTURES.items()
        },
        "the same crops for the same seed": ask(lambda x: [first(x, padding=1), first(x, padding=1)], few),
        "other crops for another seed": ask(lambda x: [first(x, padding=1), first(x, 1, padding=1)], few),
        "other crops at the next call": ask(drawn, few, 2, padding=1),
        "PyTorch's global generator where none is given": ask(without_generator, few),
        "PyTorch's global generator left alone where another is given": ask(then_global, few),
    }


# ---- normalise, denormalise ----


def ask_about_colours(answer, rng, values):
    """What `normalise` and `denormalise` are asked; `values(shape)` draws the numbers of images."""

    def case(n, c, h, w, low=0.1):
        return values((n, c, h, w)), rng.uniform(low, 0.9, size=c), rng.uniform(low, 0.9, size=c)

    def asked(*shape):
        return ask(answer, *map(floats, case(*shape)))

    cifar = [0.4914, 0.4822, 0.4465], [0.247, 0.2435, 0.2616]
    double = [torch.tensor(numbers, dtype=torch.float64) for numbers in case(2, 3, 2, 3)]
    half = [torch.tensor(numbers, dtype=torch.float16) for numbers in case(2, 3, 2, 3, low=0.4)]
    large = case(2, 3, 2, 4)
    return {
        "CIFAR-10's mean and deviation": ask(answer, floats(values((2, 3, 1, 1))), *map(floats, cifar)),
        "wider than high": asked(2, 3, 4, 5),
        "as wide as there are channels": asked(4, 3, 3, 3),
        "as many images as channels": asked(3, 3, 2, 4),
        "one channel": asked(3, 1, 4, 5),
        "five channels": asked(2, 5, 4, 3),
        "one image": asked(1, 3, 4, 2),
        "numbers in the hundreds": ask(
            answer, *(floats(numbers * k) for numbers, k in zip(large, (300, 1, 1), strict=True))
        ),
        "float64 in, float64 out": ask(lambda *args: with_type(answer(*args)), *double),
        "half precision in and out": ask(lambda *args: of_half_precision(answer(*args)), *half),
    }


@judged()
def question_normalise(answer, rng):
    return ask_about_colours(answer, rng, lambda shape: rng.uniform(size=shape))


@judged()
def question_denormalise(answer, rng):
    return ask_about_colours(answer, rng, lambda shape: rng.normal(0, 2, size=shape))


# ---- CifarCNN ----

CIFAR_LAYERS = {
    **{f"conv_layer.{i}": (b, a, 3, 3) for i, a, b in [(0, 3, 32), (3, 32, 64), (6, 64, 128), (9, 128, 128)]},
    **{"conv_layer.13": (256, 128, 3, 3), "conv_layer.16": (256, 256, 3, 3)},
    **{"fc_layer.1": (1024, 4096), "fc_layer.3": (512, 1024), "fc_layer.6": (10, 512)},
}
DROPPED = {  # by question: the layers, the input, the probability
    "channels dropped after the second block": ("conv_layer", 10, 13, (20, 40, 2, 4), 0.05),
    "numbers dropped before the dense layers": ("fc_layer", 0, 1, (20, 50), 0.1),
    "numbers dropped before the last layer": ("fc_layer", 4, 6, (20, 50), 0.1),
}


def cifar_inputs(rng):
    """What is drawn for `question_CifarCNN`, and again for its predicate."""
    return {name: rng.uniform(1, 2, size=shape) for name, (_, _, _, shape, _) in DROPPED.items()}


def judge_CifarCNN(data, rng):
    given = cifar_inputs(rng)

    def dropped(name):
        (_, _, _, shape, p), x = DROPPED[name], given[name]
        if len(shape) == 4:
            x = x.reshape(*shape[:2], 1, 2, 2, 2).max(axis=(3, 5))  # pooled
            return right_share(kept_channels_of(data[name], x, p), p)
        return right_share(kept_of(data[name], x, p), p)

    return names_that_fail({name: lambda name=name: dropped(name) for name in DROPPED})


@judged(
    predicate=judge_CifarCNN,
    free=(
        "channels dropped after the second block",
        "numbers dropped before the dense layers",
        "numbers dropped before the last layer",
    ),
)
def question_CifarCNN(answer, rng):
    given = cifar_inputs(rng)
    seed = int(rng.integers(2**31))
    few = rng.normal(size=4999).astype(np.float32)  # repeated, they make up the weights: to draw millions takes long
    state = {}
    for name, shape in CIFAR_LAYERS.items():
        state[f"{name}.weight"] = torch.from_numpy(np.resize(few * np.float32((2 / np.prod(shape[1:])) ** 0.5), shape))
        state[f"{name}.bias"] = floats(rng.normal(0, 0.2, size=shape[0]))
    for name, channels in {"conv_layer.1": 32, "conv_layer.7": 128, "conv_layer.14": 256}.items():
        for kind, least in {"weight": 1, "bias": 0, "running_mean": 0, "running_var": 1}.items():
            state[f"{name}.{kind}"] = floats(least + rng.uniform(0, 0.5, size=channels))
        state[f"{name}.num_batches_tracked"] = torch.tensor(7)
    images, maps, rows, upstream = (
        floats(rng.normal(size=shape)) for shape in ((2, 3, 32, 32), (2, 128, 4, 4), (2, 4096), (1, 10))
    )
    made = []

    def model():
        if not made:  # once: it is large
            made.append(answer())
        return made[0]

    def first_scores(images):
        model().load_state_dict(state, strict=False)  # what does not fit is asked by name
        return scores(images)

    def scores(images):
        with torch.no_grad():
            return model().eval()(images)

    def repeatable(run):
        """With a seed, so that a network which drops where it should not drops the same each time."""

        def repeated(*args):
            with torch.random.fork_rng(devices=[]):
                torch.default_generator.manual_seed(seed)
                return run(*args)

        return repeated

    def gradients(image):
        (model().eval()(image) * upstream).sum().backward()
        return {name: value.grad.flatten()[:: max(1, value.numel() // 5)] for name, value in model().named_parameters()}

    def statistics(images):
        with torch.no_grad():
            model().train()(images)
        after = model().state_dict()
        return [after[f"conv_layer.{i}.{kind}"].clone() for i in (1, 7) for kind in ("running_mean", "running_var")]

    def nothing_dropped(images, maps, rows):
        network = model().train()
        with torch.no_grad():
            ends = network.conv_layer[:10](images[:, :, :8, :8]), network.conv_layer[13:](maps)
            third = [network.state_dict()[f"conv_layer.14.{kind}"].clone() for kind in ("running_mean", "running_var")]
            return [*(end.mean(dim=(2, 3)) for end in ends), network.fc_layer[1:5](rows), *third]

    def all_but_dropout(images):
        """The scores in training, where the three layers that drop do nothing."""
        network = model().train()
        for layer in (network.conv_layer[12], network.fc_layer[0], network.fc_layer[5]):
            layer.eval()
        with torch.no_grad():
            return network(images) / 5

    def dropped(name):
        part, begin, end, _, _ = DROPPED[name]
        layers = getattr(model(), part)[begin:end].train()
        with torch.no_grad():
            return repeatable(layers)(floats(given[name]))

    def shapes():
        return {name: list(plain(value).shape) for name, value in model().state_dict().items()}

    two_images = ask(repeatable(first_scores), images)
    nothing_else = ask(repeatable(nothing_dropped), images, maps, rows)
    return {
        "the names and shapes of the state": ask(shapes),
        "the number of parameters": ask(lambda: sum(plain(value).size for value in model().parameters())),
        "the scores of two images": two_images,
        "the scores of one image": ask(repeatable(scores), images[:1]),
        "gradients for all parameters": ask(repeatable(gradients), images[:1]),
        "batch norm in training": ask(repeatable(statistics), images),
        "nothing else dropped in training": nothing_else,
        "the scores in training, nothing dropped": ask(repeatable(all_but_dropout), images),
        **{name: ask(dropped, name) for name in DROPPED},
    }


# ---- fit ----


class Script(nn.Module):
    """A model that plays a part: `clock` counts its steps, and its accuracy follows a table, epoch by epoch."""

    def __init__(self, tables):
        super().__init__()
        self.tables = tables
        self.clock = nn.Parameter(torch.tensor(0.0, dtype=torch.float32))
        self.register_buffer("forwards", torch.tensor(0.0, dtype=torch.float32))  # in training, as batch norm counts
        self.modes = {"train": [], "validation": []}

    def forward(self, x):  # (N, 4): is it for validation, when it is right, the label, a part of the loss
        kind = "validation" if x[0, 0] else "train"
        self.modes[kind].append([self.training, torch.is_grad_enabled()])
        self.forwards += self.training
        right = x[:, 1] < self.tables[kind][int(self.clock) // 3 % 7]
        scores = nn.functional.one_hot((x[:, 2].long() + ~right) % 3, 3)
        fun = 3.0 * (int(self.clock) // 3 == 3) if self.training else 0  # the fourth epoch has the smallest loss
        return scores + x[:, 3:] + fun + self.clock - self.clock.detach()


class Loader(list):
    """Batches, and a power cut in a pass of one's choice."""

    cut, passes, error = None, 0, InterruptedError

    def __iter__(self):
        self.passes += 1
        for index, batch in enumerate(super().__iter__()):
            if self.passes == self.cut and index == 1:
                raise self.error
            yield batch


class Linear(nn.Linear):
    """A layer that notes where it and the images lie."""

    def forward(self, images):
        self.seen = [self.weight.device.type, images.device.type]
        return super().forward(images)


ENTRIES = "epoch", "loss", "accuracy"


@judged()
def question_fit(answer, rng):
    import contextlib
    import io
    import json
    import os
    import tempfile
    from pathlib import Path

    # ten validation images: epoch `best` is the best, a later one is as good, the last is not; training images rise
    best = int(rng.integers(2, 4))
    valid = rng.integers(1, 5, size=7)
    valid[[best, 5]], valid[6], valid[0] = 8, 5, 0
    tables = {"train": [0, 1, 2, 3, 4, 4, 5], "validation": valid.tolist()}
    nothing = {"train": [0, 1, 2, 3, 4, 4, 5], "validation": [0] * 7}
    part = rng.normal(size=15)

    def script(kind, count, size):
        x = [
            [kind == "validation", i if kind == "train" else (7 * i + best) % 10, i % 3, part[i]] for i in range(count)
        ]
        x, labels = floats(x), torch.arange(count) % 3
        return Loader(zip(x.split(size), labels.split(size), strict=True))

    def real(count, size):
        x, labels = floats(rng.normal(size=(count, 2, 1, 3))), torch.tensor(rng.integers(0, 3, size=count))
        return Loader(zip(x.split(size), labels.split(size), strict=True))

    weights = floats(rng.normal(size=(2, 8, 8)))
    scripts = script("train", 5, 2), script("validation", 10, 4)
    reals, whole, seed = (real(15, 4), real(23, 5)), (real(7, 7), real(9, 9)), int(rng.integers(2**31))

    def network():
        layers = nn.Linear(6, 8), nn.BatchNorm1d(8), nn.Dropout(0.3), nn.ReLU(), nn.Linear(8, 3)
        with torch.no_grad():
            for layer, values in ((layers[0], weights[0, :, :6]), (layers[4], weights[1, :3])):
                layer.weight.copy_(values)
                layer.bias.zero_()
        return nn.Sequential(nn.Flatten(), *layers)

    def square(scores, labels):
        return (scores - nn.functional.one_hot(labels, 3)).square().sum(dim=1).mean()

    def run(model, loaders, epochs, *, cut=None, seed=seed, adam=False, **options):
        """One call of fit: the history, the state that is left, and whether there was training at each step."""
        train, validation = loaders
        train.passes, train.cut, steps = 0, cut, []
        scripted = isinstance(model, Script)
        if adam:
            optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
        else:
            optimizer = torch.optim.SGD(model.parameters(), lr=1 if scripted else 0.05, momentum=0 if scripted else 0.9)
        optimizer.register_step_pre_hook(lambda *_: steps.append(model.training))
        options = {
            "loss_fn": (lambda scores, labels: -scores.mean()) if scripted else square,
            "progress": False,
        } | options
        with torch.random.fork_rng(devices=[]), torch.enable_grad():
            torch.default_generator.manual_seed(seed)
            try:
                history = answer(model, train, validation, epochs=epochs, optimizer=optimizer, **options)
            except (InterruptedError, KeyboardInterrupt):
                return "interrupted"
            gradients = torch.is_grad_enabled()
        return {
            "history": [[entry[key] for key in ENTRIES] for entry in history],
            "written": json.loads(json.dumps([{key: entry[key] for key in ENTRIES} for entry in history])),
            "weights": {name: value.clone() for name, value in model.named_parameters()},
            "buffers": {name: value.clone() for name, value in model.named_buffers()},
            "steps": steps,
            "gradients": gradients,
        }

    def result(*args, **kwargs):
        seen = run(*args, **kwargs)
        return seen if seen == "interrupted" else [seen[key] for key in ("history", "weights", "buffers")]

    def played(scripts):
        model = Script(tables)
        seen = run(model, scripts, 6)
        numbers, losses, accuracies = zip(*seen["history"], strict=True)
        looks = model.modes["validation"]
        return {
            "the numbers of the epochs": [type_name(numbers[0]), *numbers],
            "the loss of each epoch": list(losses),
            "the accuracy of each epoch": list(accuracies),
            "plain numbers in the history": [[entry[key] for key in sorted(entry)] for entry in seen["written"]],
            "the weights of the best epoch": seen["weights"],
            "the buffers of the best epoch": seen["buffers"],
            "one step for each batch, in training mode": seen["steps"],
            "the model called once for each training batch": [mode for mode in model.modes["train"] if mode[0]],
            "validation in evaluation mode": any(training for training, _ in looks) or not looks,
            "validation without gradients": any(grad for _, grad in looks) or not looks,
            "gradients are on again afterwards": seen["gradients"],
        }

    def in_folder(calls):
        """Several calls of fit with one checkpoint; what each of them left."""
        with tempfile.TemporaryDirectory() as folder:
            return calls(str(Path(folder, "checkpoint.pt")))

    def interrupted(make, loaders, epochs, cut, **options):
        def calls(path):
            found = [result(make(), loaders, epochs, cut=cut, checkpoint=path, **options)]
            return [*found, result(make(), loaders, epochs, seed=seed + 1, checkpoint=path, **options)]

        return in_folder(calls)

    def by_hand(scripts):
        """What comes of the second call: who is interrupted by hand may end in good order."""
        scripts[0].error = KeyboardInterrupt
        return interrupted(lambda: Script(tables), scripts, 5, best + 2)[1]

    def again(whole):
        """One epoch, then one more, then none."""

        def calls(path):
            found, files = [], []
            with renamed() as moves:
                for i, epochs in enumerate((1, 2, 2)):
                    found.append(result(network(), whole, epochs, seed=seed + i, checkpoint=Path(path)))
                    files.append(os.stat(path).st_ino)
                    os.link(path, f"{path}.{i}")  # or another file might get its number
            readable = ask(lambda: torch.load(path, weights_only=True) is not None)
            return {
                "more epochs, and then no more": found,
                "a checkpoint that weights_only accepts": readable,
                "a checkpoint replaced from the same folder": [
                    files[0] != files[1],
                    all(same_folder for same_folder, _ in moves),
                    all(replaced for _, replaced in moves[1:]),
                ],
            }

        return in_folder(calls)

    @contextlib.contextmanager
    def renamed():
        """Whether each file that is renamed stays in its folder, and whether it takes the place of another."""
        kept, moves = {name: getattr(os, name) for name in ("replace", "rename")}, []

        def noted(rename):
            def note(old, new, **more):
                moves.append((Path(old).absolute().parent == Path(new).absolute().parent, Path(new).exists()))
                return rename(old, new, **more)

            return note

        for name, rename in kept.items():
            setattr(os, name, noted(rename))
        try:
            yield moves
        finally:
            for name, rename in kept.items():
                setattr(os, name, rename)

    def longer(scripts):
        """All epochs done, the best not the last; then called again with more."""

        def calls(path):
            todo = enumerate((best + 2, 6))
            return [result(Script(tables), scripts, epochs, seed=seed + i, checkpoint=path) for i, epochs in todo]

        return in_folder(calls)

    def full_disk(whole):
        """While the second epoch's checkpoint is written, the disk is full. Then there is room again."""

        def full(content, file, *args, **kwargs):
            file.write(b"half") if hasattr(file, "write") else Path(file).write_bytes(b"half")
            raise InterruptedError

        def calls(path):
            save = torch.save
            result(network(), whole, 1, checkpoint=path)
            torch.save = full
            try:
                result(network(), whole, 2, checkpoint=path)
            finally:
                torch.save = save
            return result(network(), whole, 2, seed=seed + 1, checkpoint=path)

        return in_folder(calls)

    def second_call(whole):
        model = network()
        return [result(model, whole, 1), result(model, whole, 1, seed=seed + 1)]

    def gradients_before(whole):
        model = network()
        for value in model.parameters():
            value.grad = torch.full_like(value, 9.0)
        return result(model, whole, 1)

    def bar(whole, progress):
        shown = io.StringIO()
        with contextlib.redirect_stderr(shown):
            seen = result(network(), whole, 1, progress=progress)
        return [seen, "" if progress else "a bar" if "\r" in shown.getvalue() else "none"]

    def linear(kind=nn.Linear):
        layer = kind(6, 3)
        with torch.no_grad():
            layer.weight.copy_(weights[0, :3, :6])
            layer.bias.zero_()
        return layer

    def on_meta(images, labels):
        model, found = linear(Linear), []

        def loss_fn(scores, labels):
            found.append(labels.device.type)
            raise InterruptedError

        run(model, (Loader([(images, labels)]), Loader([(images, labels)])), 1, device="meta", loss_fn=loss_fn)
        return [*model.seen, *found]

    def from_elsewhere(images, labels):
        loaders = [Loader([(Elsewhere(images), Elsewhere(labels))]) for _ in range(2)]
        return run(linear(), loaders, 1, device=torch.device("cpu"))["history"]

    images, labels = floats(rng.normal(size=(9, 6))), torch.tensor(rng.integers(0, 3, size=9))
    return {
        **each(
            (
                "the numbers of the epochs",
                "the loss of each epoch",
                "the accuracy of each epoch",
                "plain numbers in the history",
                "the weights of the best epoch",
                "the buffers of the best epoch",
                "one step for each batch, in training mode",
                "the model called once for each training batch",
                "validation in evaluation mode",
                "validation without gradients",
                "gradients are on again afterwards",
            ),
            ask(played, scripts),
        ),
        "no image right in any epoch": ask(lambda scripts: result(Script(nothing), scripts, 2), scripts),
        "a network with dropout and batch norm": ask(lambda reals: result(network(), reals, 3), reals),
        "Adam": ask(lambda reals: result(network(), reals, 2, adam=True), reals),
        "one epoch of one batch, with large losses": ask(
            lambda whole: result(network(), whole, 1, loss_fn=lambda *args: 100 * square(*args)), whole
        ),
        "a second call with the same model": ask(second_call, whole),
        "gradients left from before": ask(gradients_before, whole),
        "a bar": ask(bar, whole, True),
        "no bar": ask(bar, whole, False),
        "model, images and labels on the device": ask(on_meta, images, labels),
        "images and labels from another device": ask(from_elsewhere, images, labels),
        "interrupted by hand, and called again": ask(by_hand, scripts),
        "a crash, and called again": ask(lambda reals: interrupted(network, reals, 3, 3, adam=True), reals),
        **each(
            (
                "more epochs, and then no more",
                "a checkpoint that weights_only accepts",
                "a checkpoint replaced from the same folder",
            ),
            ask(again, whole),
        ),
        "more epochs after the best one": ask(longer, scripts),
        "the disk full while a checkpoint is written": ask(full_disk, whole),
    }


# ---- one_cycle ----


@judged(atol=1e-5)
def question_one_cycle(answer, rng):
    total, odd = (int(v) for v in rng.integers([30, 200], [100, 400]))
    peak, small, large = float(rng.uniform(0.5, 3)), float(rng.uniform(1e-4, 1e-3)), float(rng.uniform(50, 90))

    def rates(total, peak, steps=None):
        """In peaks."""
        return [float(answer(step, total, peak)) / peak for step in (range(total) if steps is None else steps)]

    def kinds(total):
        """Of the first, a middle and the last step; a NumPy number is one as well."""
        made = [answer(step, total, peak) for step in (0, total // 10, total // 2, total - 1)]
        return [type_name(one) if hasattr(one, "detach") else type_name(np.asarray(one)[()]) for one in made]

    return {
        "two steps": ask(lambda: [float(answer(step, 2, peak)) for step in range(2)]),
        "three steps": ask(lambda: [float(answer(step, 3, peak)) for step in range(3)]),
        "eleven steps": ask(lambda: [float(answer(step, 11, peak)) for step in range(11)]),
        "twelve steps": ask(lambda: [float(answer(step, 12, peak)) for step in range(12)]),
        "every step of a cycle": ask(lambda: [float(answer(step, total, peak)) for step in range(total)]),
        "some steps of a long cycle": ask(rates, odd, peak, [int(step) for step in rng.integers(0, odd, size=40)]),
        "the first and the last step": ask(rates, total, 1e3 * peak, [0, total - 1]),
        "a small peak": ask(rates, total, small),
        "a large peak": ask(rates, odd, large, range(0, odd, 7)),
        "a float": ask(kinds, total),
        "thousands of steps": ask(rates, 10 * odd, peak, [int(step) for step in rng.integers(0, 10 * odd, size=40)]),
    }


# ---- most_confident_mistakes ----


@judged()
def question_most_confident_mistakes(answer, rng):
    n, c = (int(v) for v in (rng.integers(30, 40), rng.integers(5, 8)))

    def probabilities_of(n, c):
        powers = np.exp(rng.normal(0, 2, size=(n, c)))
        return torch.tensor(powers / powers.sum(axis=1, keepdims=True))

    double = probabilities_of(n, c)
    probabilities, many = double.float(), probabilities_of(600, c).float()
    right, labels = probabilities.argmax(dim=1), torch.tensor(rng.integers(0, c, size=n))
    labels[::3] = right[::3]
    one_wrong = right.clone()
    one_wrong[int(rng.integers(n))] += 1
    close = torch.full((9, 2), 0.25, dtype=torch.float64)
    close[:, 0] += 0.25 + torch.tensor(rng.permutation(9) * 1e-10)

    def kind(*args):
        """Which integers they are does not matter."""
        name = type_name(answer(*args))
        return "integer tensor" if name.removeprefix("u").startswith("int") and name.endswith("tensor") else name

    return {
        "five mistakes": ask(answer, probabilities, labels, 5),
        "one mistake": ask(answer, probabilities, labels, 1),
        "ten mistakes": ask(answer, probabilities.flip(0), labels.flip(0), 10),
        "fewer mistakes than asked for": ask(answer, probabilities, labels, n),
        "every prediction wrong": ask(answer, probabilities, (right + 1) % c, n),
        "only one prediction wrong": ask(answer, probabilities, one_wrong % c, 3),
        "no prediction wrong": ask(lambda *args: plain(answer(*args)).shape, probabilities, right, 3),
        "a single image": ask(answer, probabilities[:1], (right[:1] + 1) % c, 2),
        "two kinds": ask(answer, probabilities[:, :2], 1 - probabilities[:, :2].argmax(dim=1), 4),
        "hundreds of images": ask(answer, many, torch.tensor(rng.integers(0, c, size=600)), 40),
        "float64": ask(answer, double, labels, 5),
        "float64 that differ in the tenth digit": ask(answer, close, torch.ones(9, dtype=torch.int64), 9),
        "a tensor of integers": ask(kind, probabilities, labels, 5),
        "a tensor of integers where there is one mistake": ask(kind, probabilities, one_wrong % c, 3),
        "a tensor of integers where there is none": ask(kind, probabilities, right, 3),
    }


# ---- overfit_epoch ----


@judged()
def question_overfit_epoch(answer, rng):
    train = np.sort(rng.uniform(40, 99, size=12)).round(2)
    test = rng.uniform(40, 80, size=12).round(2)
    test[1], test[5], test[8] = test[0] - 1, 85.5, 85.5  # a fall before the best
    early = test.copy()
    early[0] = 90
    peak = np.delete(test, 8).tolist() + [float(rng.uniform(50, 70))]
    ends = float(rng.uniform(87, 99))

    near = test.copy()
    near[8] += 1e-4
    long = rng.integers(30, 38, size=50)
    long[3], long[int(rng.integers(40, 48))] = 38, 39  # nothing better for a long time, and then there is

    def epoch_type(*args):
        return [type_name(answer(*args)[0]), *answer(*args)]

    return {
        "one best epoch": ask(answer, train.tolist(), peak),
        "two equally good epochs": ask(answer, train.tolist(), test.tolist()),
        "epochs that are nearly as good": ask(answer, train.tolist(), near.tolist()),
        "the first epoch is best": ask(answer, train.tolist(), early.tolist()),
        "the last epoch is best": ask(answer, train.tolist(), [*np.sort(test).tolist()[:-1], ends]),
        "a log of one epoch": ask(answer, [50.5], [float(train[3])]),
        "a falling training accuracy": ask(answer, train[::-1].tolist(), test.tolist()),
        "accuracies from 0 to 1": ask(answer, (train / 100).tolist(), (test / 100).tolist()),
        "accuracies that are integers": ask(answer, train.astype(int).tolist(), test.astype(int).tolist()),
        "an accuracy of 0 throughout": ask(answer, train.tolist(), [0.0] * 12),
        "a log of fifty epochs": ask(answer, rng.uniform(size=50).tolist(), long.tolist()),
        "the epoch is an int": ask(epoch_type, train.tolist(), peak),
    }


# ---- score_checkpoint: the judge counts ----


def shown_checkpoint(data, rng):
    """What a network is shown, and the labels, which stay with the judge."""
    import pickle
    import tarfile

    with tarfile.open(data / "cifar10" / "cifar-10-python.tar.gz") as members:  # the grader's own, checksum verified
        batch = pickle.load(members.extractfile("cifar-10-batches-py/test_batch"), encoding="bytes")
    images, labels = np.asarray(batch[b"data"], np.uint8).reshape(-1, 3, 32, 32), np.asarray(batch[b"labels"])
    order = rng.permutation(len(labels))
    return {"images": images[order]}, labels[order]


def predict_checkpoint(names, shown):
    """The class that the network predicts for each image. What goes wrong is told in a sentence for the student."""
    file, images = "a4_cifar10.pt", shown["images"]
    try:
        model = names["ScoreNetwork"]()
        model.load_state_dict(torch.load(file, map_location="cpu", weights_only=True))
    except FileNotFoundError:
        raise FileNotFoundError(f"{file} is missing. Hand it in beside the notebook.") from None
    except Exception as error:
        kind = type(error).__name__
        raise ValueError(f"{file} cannot be loaded into ScoreNetwork ({kind}). Train and save again.") from None
    try:
        model.eval()
        with torch.no_grad():
            scores = [
                plain(model(torch.tensor(images[begin : begin + 500] / np.float32(255))))
                for begin in range(0, len(images), 500)
            ]
        predictions = np.concatenate(scores).argmax(axis=1)
        assert len(predictions) == len(images)
    except Exception as error:
        kind = type(error).__name__
        raise ValueError(f"ScoreNetwork with the weights of {file} fails on the test images ({kind}).") from None
    return {"predictions": predictions.astype(np.uint8)}


def points_checkpoint(data, labels):
    """None up to 75 %, all from 85 %, in proportion between them."""
    if data["predictions"].shape != labels.shape:
        return 0.0, "ScoreNetwork did not predict one class for each of the test images."
    accuracy = np.mean(data["predictions"] == labels)
    return round(float(8 * np.clip((accuracy - 0.75) / 0.1, 0, 1)), 2), f"{accuracy:.2%} of the test images are right."


# ---- the quiz ----

LETTER = "the answer is a letter"
BY_VALUE = {
    "quiz_first_loss": LETTER,
    "quiz_dropout": LETTER,
    "quiz_neighbours": LETTER,
    "quiz_last_epoch": LETTER,
}
