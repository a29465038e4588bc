"""What the answers to assignment 6, adversarial examples, are asked.

Networks are tiny, their numbers come from `rng`, and where signs of gradients matter they count in float64 or are
linear with two kinds, so that no sign depends on rounding. Beside the images that an attack returns stands what it
left behind: modes, weights and buffers, requires_grad, gradients, the images and labels it was given. Where an answer
draws random numbers, its images go out as they are, and a predicate draws the inputs again and judges the changes.
"""

from functools import partial

import numpy as np
import torch
from torch import nn

from solutions.asking import Elsewhere, ask, judged, names_that_fail, type_name

# ---- networks, and what is asked of all that look at them ----


def network(rng, channels, height, width, *, scale=1.5, blind=False):
    """A convolution with batch norm, and a head with dropout and a dense layer of five kinds. Eight parts, float64."""
    head = nn.Sequential(Moody(), nn.Dropout(0.5), nn.Flatten(), nn.Linear(4 * (height - 1) * (width - 1), 5))
    model = nn.Sequential(nn.Conv2d(channels, 4, 2), nn.BatchNorm2d(4), head).double()
    for parameter in model.parameters():
        if parameter.ndim > 1:
            bound = scale / parameter[0].numel() ** 0.5
        numbers = rng.uniform(-bound, bound, size=parameter.shape)
        parameter.data = torch.from_numpy(numbers + scale * (parameter is model[1].weight))
    model[0].weight.data[:, 0] *= not blind  # one channel says nothing: its gradient is exactly 0
    model[1].running_mean.copy_(torch.from_numpy(rng.normal(size=4)))
    model[1].running_var.copy_(torch.from_numpy(rng.uniform(0.5, 1.5, size=4)))
    return model


class Moody(nn.Module):
    """A tanh that is steeper in training mode."""

    def forward(self, x):
        return torch.tanh(2 * x if self.training else x)


def linear(weight, dtype=torch.float64, bias=0.0):
    """A network of one dense layer with these weights (kinds, C, H, W), and this bias for kind 0."""
    model = nn.Sequential(nn.Flatten(), nn.Linear(weight[0].size, len(weight))).to(dtype)
    model[1].weight.data = torch.tensor(weight.reshape(len(weight), -1), dtype=dtype)
    model[1].bias.data.zero_()[0] = bias
    return model


def opposite_weights(rng, *shape):
    """Weights of two kinds: whatever the image, the gradient for kind 0 has the sign of minus the first ones."""
    weight = rng.choice([-1.0, 1.0], size=shape) * rng.uniform(0.5, 1.5, size=shape)
    return np.stack([weight, -weight]) / weight.size**0.5


def signed(images):
    """Half of the labels are 0, half are 1, and +1 or -1 for each image, in the shape of a batch."""
    labels = np.arange(len(images)) % 2
    return labels, (2 * labels - 1)[:, None, None, None]


MIXED = (True, True, False, True, True, False, True, True)
NESTED = (False, True, True, False, True, True, False, True)  # the outermost part says eval
LOOKS = {  # ways to look at a network: `frozen` and `graded` name its parameters by their places
    "several images in several channels": {"shape": (7, 3, 3, 4)},
    "a network in eval mode": {"shape": (3, 2, 4, 3), "modes": (False,) * 8, "graded": (0, 2, 5)},
    "one image": {"shape": (1, 1, 3, 3), "modes": MIXED},
    "frozen weights": {"shape": (5, 2, 3, 5), "modes": NESTED, "frozen": (0, 1, 3), "graded": (0, 4)},
    "inside torch.no_grad()": {"shape": (2, 3, 5, 3), "frozen": range(6), "enabled": False},
    "images that require a gradient": {"shape": (6, 1, 4, 4), "leaf": True},
}


def look(answer, rng, cases, *, scale=1.5):
    """Ask `answer(model, images, labels, **options)` case by case, and whether all is as it was before."""
    results, graphs, given, enabled, models = {}, [], [], [], []

    def called(model, images, labels, options):
        result = answer(model, images, labels, **options)
        graphs[-1] = getattr(result, "requires_grad", None)
        return result.detach() if graphs[-1] else result

    for name, case in cases.items():
        n, *size = case["shape"]
        model = network(rng, *size, scale=case.get("scale", scale), blind=case.get("blind", False))
        for place, parameter in enumerate(model.parameters()):
            old = torch.from_numpy(rng.normal(size=parameter.shape))
            parameter.grad = old if place in case.get("graded", ()) else None
            parameter.requires_grad = place not in case.get("frozen", ())
        for part, mode in zip(model.modules(), case.get("modes", (True,) * 8), strict=True):
            part.training = mode
        numbers = (rng.uniform(-0.1, 1.1, size=(n, *size))).clip(0, 1)  # some pixels are black or white
        images = torch.from_numpy(0.5 + (numbers - 0.5) * case.get("contrast", 1))
        labels = torch.from_numpy(rng.integers(0, 5, size=n))
        images.requires_grad_(case.get("leaf", False))
        graphs.append(None)
        with torch.set_grad_enabled(case.get("enabled", True)):
            results[name] = ask(partial(called, model, images, labels, case.get("options", {})))
            enabled.append(torch.is_grad_enabled())
        given.append([images.detach().numpy().copy(), labels.numpy().copy(), images.requires_grad, images.grad is None])
        models.append(model)
    parameters = [list(model.parameters()) for model in models]
    return results | {
        "nothing hangs on the result": graphs,
        "the images and labels stay": given,
        "the mode of each part stays": [[part.training for part in model.modules()] for model in models],
        "weights and buffers stay": ask(lambda: [list(model.state_dict().values()) for model in models]),
        "requires_grad and .grad of the weights stay": ask(
            lambda: [[[one.requires_grad, one.grad] for one in group] for group in parameters]
        ),
        "gradients stay switched on or off": enabled,
    }


def sure(answer, rng):
    """What comes of images of kind 0 in the eyes of a network: for the label of which it is as good as sure, whose
    gradient is tiny; for the other one; and for this one, if both scores are large."""
    weight, images = opposite_weights(rng, 2, 3, 4), torch.from_numpy(rng.uniform(0.2, 0.8, size=(3, 2, 3, 4)))
    zeros, ones, large = torch.tensor([0, 0, 0]), torch.tensor([1, 1, 1]), linear(weight)
    large[1].bias.data += 800.0  # not sure of anything
    networks = linear(weight, bias=float(rng.uniform(34, 36))), linear(weight, bias=800.0), large
    return [ask(answer, *asked) for asked in zip(networks, [images] * 3, (zeros, ones, ones), strict=True)]


def around(answer, rng, label, reach):
    """What comes of five and of six steps towards the place where a loss is largest, and beyond it, and back again."""
    center = rng.uniform(0.4, 0.6, size=(3, 5, 6))
    images = torch.from_numpy(center + rng.uniform(-reach, reach, size=(4, 3, 5, 6)))
    labels = torch.full((4,), label)
    return [ask(partial(answer, steps=steps), Away(center), images.clone(), labels) for steps in (5, 6)]


def types_returned(answer, rng, types=(torch.float64, torch.float32, torch.float16)):
    """What comes back for images of these types."""
    weight = opposite_weights(rng, 2, 3, 4)
    numbers = rng.uniform(0.2, 0.8, size=(3, 2, 3, 4))

    def kind(dtype):
        return type_name(answer(linear(weight, dtype), torch.tensor(numbers, dtype=dtype), torch.tensor([0, 1, 1])))

    return [ask(kind, dtype) for dtype in types]


def device(answer, images, *more):
    """Where the answer works if its images are on the device "meta", which has no numbers.

    What needs numbers fails there, and may be right; what mixes two devices fails in its own words.
    """
    try:
        return str(answer(images.to("meta"), *more).device)
    except Exception as error:
        mixed = any(words in str(error) for words in ("expected device", "same device", "Expected a 'meta'"))
        return "another device" if mixed else "meta"


def numbers_after(answer, seed):
    """The next random numbers of PyTorch's global generator after the answer, and whether the answer has failed."""
    torch.manual_seed(seed)
    failed = ask(answer)
    return [torch.rand(4, dtype=torch.float64).numpy(), failed if isinstance(failed, str) else None]


# ---- for predicates ----


def as_array(value, shape):
    """The value as numbers in float64; raises ValueError where it is something else or of another shape."""
    array = np.asarray(value, dtype=np.float64)
    if array.shape != tuple(shape):
        raise ValueError("another shape")
    return array


def unlike_neighbours(values, deviation):
    """Whether numbers of mean 0 and this standard deviation have nothing in common with others, nor with neighbours."""
    for axis, size in enumerate(values.shape):
        slices = np.moveaxis(values, axis, 0).reshape(size, -1)
        products = slices @ slices.T / deviation**2 / slices.shape[1] ** 0.5  # about normal for each pair of slices
        neighbours = products.diagonal(1)
        if abs(np.triu(products, 1)).max() > 7 or abs(neighbours.sum()) > 7 * neighbours.size**0.5:
            return False
    return True


# ---- input_gradient ----


@judged(rtol=1e-5, atol=1e-6)
def question_input_gradient(answer, rng):
    def gradient(model, images, labels, size=1):
        return ask(lambda: answer(model, images, labels).detach() / size)

    weight = rng.normal(size=(4, 2, 3, 5))
    images, labels = torch.from_numpy(rng.uniform(size=(6, 2, 3, 5))), torch.from_numpy(rng.integers(0, 4, size=6))
    return look(answer, rng, LOOKS) | {
        "a linear network": gradient(linear(weight), images, labels),
        "images in float32": gradient(linear(weight, torch.float32), images.float(), labels),
        "scores in the hundreds": gradient(linear(100 * weight, torch.float32), images.float(), labels, 1e4),
        "the images' type": types_returned(answer, rng),
    }


# ---- fgsm ----


def question_fgsm(answer, rng):
    eps = float(rng.uniform(0.03, 0.2))

    def step(model, images, labels, eps=eps):
        return answer(model, images, labels, eps=eps)

    cases = LOOKS | {
        "a channel without influence": {"shape": (4, 3, 3, 3), "blind": True},
        "images without black and white": {"shape": (5, 2, 3, 4), "contrast": 0.4},
        "an eps of 0": {"shape": (2, 1, 3, 4), "options": {"eps": 0.0}, "leaf": True},
        "an eps above 1": {"shape": (3, 1, 3, 4), "options": {"eps": 1.5}},
    }
    weight = opposite_weights(rng, 3, 4, 5)
    images, labels = torch.tensor(rng.uniform(size=(6, 3, 4, 5)), dtype=torch.float32), torch.arange(6) % 2
    wrong = linear(weight, torch.float32, 300.0)
    return look(step, rng, cases) | {
        "images in float32": ask(partial(step, linear(weight, torch.float32), images.clone(), labels)),
        "a network that is sure of another kind": ask(partial(step, wrong, images.clone(), torch.ones_like(labels))),
        "a network that is sure": sure(step, rng),
        "the images' type": types_returned(step, rng),
    }


# ---- fgsm_targeted ----


def question_fgsm_targeted(answer, rng):
    eps = float(rng.uniform(0.03, 0.2))

    def step(model, images, target, eps=eps):
        return answer(model, images, target, eps=eps)

    cases = LOOKS | {
        "a channel without influence": {"shape": (4, 3, 3, 3), "blind": True},
        "images without black and white": {"shape": (5, 2, 3, 4), "contrast": 0.4},
        "an eps of 0": {"shape": (2, 1, 3, 4), "options": {"eps": 0.0}, "leaf": True},
    }
    weight = opposite_weights(rng, 3, 4, 5)
    images, target = torch.tensor(rng.uniform(size=(6, 3, 4, 5)), dtype=torch.float32), torch.arange(6) % 2
    return look(step, rng, cases) | {
        "images in float32": ask(partial(step, linear(weight, torch.float32), images.clone(), target)),
        "a network that is sure": sure(step, rng),
        "the images' type": types_returned(step, rng),
    }


# ---- random_sign ----

DRAWS = 64  # how often a coin is flipped for an image of one number


def draw_random_sign(rng):
    """eps, a seed, and images: many grey ones, black and white ones, a few grey ones."""
    eps, seed = float(rng.uniform(0.02, 0.15)), int(rng.integers(2**31))
    many = rng.uniform(0.3, 0.7, size=(9, 3, 10, 11))
    edges = rng.integers(0, 2, size=(5, 3, 8, 9)).astype(np.float64)
    return eps, seed, many, edges, rng.uniform(0.3, 0.7, size=(2, 3, 4, 5))


def judge_random_sign(data, rng):
    eps, _, many, edges, few = draw_random_sign(rng)

    def signs(value, images):
        """+1 and -1 for what has moved up and down; raises ValueError where anything moved by more than eps."""
        change = (as_array(value, images.shape) - images) / eps
        if not (abs(change) < 1 + 1e-5).all():
            raise ValueError("too far")
        return np.sign(change)

    def moved(name):
        return abs(abs(as_array(data[name], many.shape) - many) - eps).max() < 1e-6

    def fair(name):
        values = np.stack([signs(data[one], many) for one in ("every number moves by eps", name, own_sign)])
        return abs(values.mean()) < 6 / values.size**0.5

    def own(name):
        values = signs(data[name], many)
        return unlike_neighbours(values - values.mean(), 1)

    def clamped(name):
        out = as_array(data[name], edges.shape)
        inwards = abs(out - edges) > eps / 2
        right = abs(out - np.where(inwards, edges + eps * (1 - 2 * edges), edges)).max() < 1e-6
        return right and abs(inwards.mean() - 0.5) < 3 / edges.size**0.5

    def pair(name, alike):
        first, *others = (signs(value, few) for value in data[name])
        return [np.array_equal(first, other) for other in others] == alike

    def again_and_again(name):
        """The product of all signs of an image is as often 1 as -1, be it one number or two."""
        for size, values in zip((1, 2), data[name], strict=True):
            image = few[:1, :1, :1, :size]
            change = (as_array(values, (DRAWS, *image.shape)) - image) / eps
            up = (np.prod(change, axis=(1, 2, 3, 4)) > 0).sum()
            if abs(abs(change) - 1).max() > 1e-5 or abs(up - DRAWS / 2) > 3 * DRAWS**0.5:
                return False
        return True

    own_sign, same, other, following = (
        "a sign of its own for each number",
        "the same seed of the generator again",
        "another seed of the generator",
        "the next signs of the same generator",
    )
    return names_that_fail(
        {
            "every number moves by eps": lambda: moved("every number moves by eps"),
            "up as often as down": lambda: fair("up as often as down"),
            own_sign: lambda: own(own_sign),
            "black and white images": lambda: clamped("black and white images"),
            same: lambda: pair(same, [True]),
            other: lambda: pair(other, [False]),
            following: lambda: pair(following, [False]),
            "no generator": lambda: pair("no generator", [False, True]),
            "an image of one number, or of two, many times": lambda: again_and_again(
                "an image of one number, or of two, many times"
            ),
        }
    )


@judged(
    predicate=judge_random_sign,
    free=(
        "every number moves by eps",
        "up as often as down",
        "a sign of its own for each number",
        "black and white images",
        "the same seed of the generator again",
        "another seed of the generator",
        "the next signs of the same generator",
        "no generator",
        "an image of one number, or of two, many times",
    ),
)
def question_random_sign(answer, rng):
    eps, seed, *numbers = draw_random_sign(rng)
    many, edges, few = map(torch.from_numpy, numbers)

    def generator(add=0):
        return torch.Generator().manual_seed(seed + add)

    def noisy(images, generator=None, eps=eps):
        return answer(images.clone(), eps=eps, generator=generator)

    def twice(images, first, second):
        return [noisy(images, first), noisy(images, second)]

    def without(images):
        """Three draws from the global generator, which begins again before the third."""
        torch.manual_seed(seed)
        np.random.seed(seed)  # whoever draws from this one gets the same wrong numbers each time
        first, second = answer(images.clone(), eps=eps), answer(images.clone(), eps=eps)
        torch.manual_seed(seed)
        return [first, second, answer(images.clone(), eps=eps)]

    def changed(value):
        """What may become of numbers that were all the same."""
        out = noisy(torch.full((3, 2, 6, 7), value, dtype=torch.float64), generator())
        return np.unique(out.detach().numpy().round(7))

    def graph(images):
        out = answer(images.clone().requires_grad_(), eps=eps)
        return [type_name(out), out.requires_grad]

    def left(images):
        """The images after the call, and whether they may need a gradient still."""
        images = images.clone().requires_grad_()
        answer(images, eps=eps, generator=generator())
        return [images.detach(), images.requires_grad, images.grad]

    def many_times(size):
        """What becomes of an image of this many numbers, again and again with one generator."""
        source = generator(6)
        return [noisy(few[:1, :1, :1, :size], source) for _ in range(DRAWS)]

    one = generator(5)
    kinds = (torch.float64, torch.float32, torch.float16)
    return {
        "every number moves by eps": ask(lambda: noisy(many, generator(1))),
        "up as often as down": ask(lambda: noisy(many, generator(2))),
        "a sign of its own for each number": ask(lambda: noisy(many, generator(3))),
        "black and white images": ask(lambda: noisy(edges, generator(4))),
        "images of one grey": ask(changed, float(rng.uniform(0.3, 0.7))),
        "the same seed of the generator again": ask(lambda: twice(few, generator(), generator())),
        "another seed of the generator": ask(lambda: twice(few, generator(), generator(9))),
        "the next signs of the same generator": ask(lambda: twice(few, one, one)),
        "no generator": ask(without, few),
        "PyTorch's global generator stays out of it": numbers_after(lambda: noisy(few, generator()), seed),
        "an eps of 0": ask(lambda: noisy(few, None, 0)),
        "an image of one number, or of two, many times": ask(lambda: [many_times(size) for size in (1, 2)]),
        "the images' type": [ask(lambda kind: type_name(noisy(few.to(kind), generator())), kind) for kind in kinds],
        "the images' device": device(lambda images: answer(images, eps=eps), few),
        "nothing hangs on the result": ask(graph, few),
        "the images stay": ask(left, few),
    }


# ---- pgd ----


def draw_pgd(rng):
    """eps, alpha, a seed, weights of two kinds, and images: many grey ones, black and white ones."""
    eps, alpha = float(rng.uniform(0.1, 0.2)), float(rng.uniform(0.03, 0.05))
    weight = opposite_weights(rng, 3, 10, 11)
    many = rng.uniform(0.3, 0.7, size=(9, 3, 10, 11))
    edges = rng.integers(0, 2, size=(5, 3, 10, 11)).astype(np.float64)
    return eps, alpha, int(rng.integers(2**31)), weight, many, edges


def judge_pgd(data, rng):
    eps, alpha, _, weight, many, edges = draw_pgd(rng)
    few = many[:2, :, :4, :5]

    def places(value, images):
        """Where in the box everything is, from -1 to 1; raises ValueError where something is outside."""
        change = (as_array(value, images.shape) - images) / eps
        if not (abs(change) < 1 + 1e-5).all():
            raise ValueError("outside of the box")
        return change

    def uniform(name):
        u = places(data[name], many)
        size = u.size**0.5
        middle = abs(u.mean()) < 6 * 3**-0.5 / size and abs((abs(u) < 0.5).mean() - 0.5) < 3 / size
        return middle and abs((u * u).mean() - 1 / 3) < 6 * (4 / 45) ** 0.5 / size

    def own(name):
        u = places(data[name], many)
        return unlike_neighbours(u - u.mean(), 3**-0.5)

    def clamped(name):
        out = as_array(data[name], edges.shape)
        inwards = (out - edges) * (1 - 2 * edges) / eps  # half are still at the edge, the others anywhere further in
        free = inwards > 0
        fair = abs(free.mean() - 0.5) < 3 / edges.size**0.5 and abs(inwards[free].mean() - 0.5) < 2 / free.sum() ** 0.5
        return (inwards >= 0).all() and (inwards <= 1 + 1e-5).all() and fair

    def follows(name):
        start, end = (places(value, few) for value in data[name])
        _, sign = signed(few)
        way = sign * np.sign(weight[0])[:, :4, :5]
        return abs(end - (start + 2 * alpha / eps * way).clip(-1, 1)).max() < 1e-5

    def pair(name, alike):
        first, *others = (places(value, few) for value in data[name])
        return [np.array_equal(first, other) for other in others] == alike

    return names_that_fail(
        {
            "a start anywhere in the box": lambda: uniform("a start anywhere in the box"),
            "a start of its own for each number": lambda: own("a start of its own for each number"),
            "a start from black and white": lambda: clamped("a start from black and white"),
            "two steps from the start": lambda: follows("two steps from the start"),
            "the generator's seed decides": lambda: pair("the generator's seed decides", [True, False, False]),
            "no generator": lambda: pair("no generator", [False, True]),
        }
    )


@judged(
    predicate=judge_pgd,
    free=(
        "a start anywhere in the box",
        "a start of its own for each number",
        "a start from black and white",
        "two steps from the start",
        "the generator's seed decides",
        "no generator",
    ),
)
def question_pgd(answer, rng):
    eps, alpha, seed, weight, *numbers = draw_pgd(rng)
    many, edges = map(torch.from_numpy, numbers)
    few = many[:2, :, :4, :5].clone()
    small, large = linear(weight[:, :, :4, :5]), linear(weight)

    def generator(add=0):
        return torch.Generator().manual_seed(seed + add)

    def from_images(model, images, labels, **options):
        return answer(model, images, labels, random_start=False, **options)

    def start(images, generator=None, **options):
        """Without a step, the attack ends where it starts."""
        model = large if images.shape[2] == 10 else small
        labels = torch.from_numpy(signed(images)[0])
        return answer(model, images.clone(), labels, **{"eps": eps, "steps": 0, "generator": generator} | options)

    def without(images):
        """Three starts from the global generator, which begins again before the third."""
        torch.manual_seed(seed)
        first, second = start(images), start(images)
        torch.manual_seed(seed)
        return [first, second, start(images)]

    def decided():
        """Starts of one seed, of the same again, of another, and what the first generator gives next."""
        first = generator()
        return [start(few, one) for one in (first, generator(), generator(9), first)]

    def at_the_edge(**options):
        """A network whose gradient turns around for what is no image: all starts end in one corner, none is beyond."""
        model, labels = Beyond(weight[0]), torch.tensor([0, 1])
        return answer(model, edges[:2].clone(), labels, eps=eps, alpha=2.5 * eps, generator=generator(6), **options)

    steps = {"eps": eps, "alpha": alpha, "steps": 6}
    cases = {name: case | {"options": steps} for name, case in LOOKS.items()} | {
        "no steps": {"shape": (2, 1, 3, 4), "options": {"eps": eps, "steps": 0}, "leaf": True},
        "a channel without influence": {"shape": (4, 3, 3, 3), "blind": True, "options": steps},
        "one step, longer than the box is wide": {
            "shape": (6, 2, 3, 3),
            "options": {"eps": eps, "alpha": 2 * eps, "steps": 1},
        },
    }

    def from_a_random_start():
        """Whether anything hangs on what comes back, and what has become of the images."""
        images = few.clone().requires_grad_()
        results = [answer(small, images, both, eps=eps, alpha=alpha, steps=n, generator=generator()) for n in (0, 2)]
        return [[one.requires_grad for one in results], images.detach(), images.requires_grad, images.grad]

    both, meta = torch.arange(2), linear(weight[:, :, :4, :5]).to("meta")
    left_out = {"steps": 3}, {"eps": 1.0, "alpha": 0.004}, {"alpha": 0.02, "steps": 3}, {"eps": eps, "steps": 3}
    return look(from_images, rng, cases, scale=3) | {
        "options left out": ask(lambda: [from_images(small, few.clone(), both, **options) for options in left_out]),
        "a network that is sure": sure(partial(from_images, eps=eps, alpha=alpha, steps=2), rng),
        "too far, and back again": around(partial(from_images, eps=0.5, alpha=alpha), rng, 0, 0.1),
        "from wall to wall": around(partial(from_images, eps=alpha, alpha=3 * alpha), rng, 0, 0.1),
        "a start anywhere in the box": ask(lambda: start(many, generator(1))),
        "a start of its own for each number": ask(lambda: start(many, generator(3))),
        "a start from black and white": ask(lambda: start(edges, generator(4))),
        "two steps from the start": ask(
            lambda: [start(few, generator()), start(few, generator(), alpha=alpha, steps=2)]
        ),
        "into a corner, wherever it starts": ask(
            lambda: [start(few, generator(), alpha=far * eps, steps=n) for far, n in ((0.5, 6), (2.5, 1))]
        ),
        "an eps of 0": ask(lambda: start(few, generator(), eps=0.0, steps=2)),
        "no trace of a random start": ask(from_a_random_start),
        "the network is shown nothing but images": ask(lambda: [at_the_edge(steps=1), at_the_edge(steps=2)]),
        "the generator's seed decides": ask(decided),
        "no generator": ask(without, few),
        "nothing else is drawn": [
            numbers_after(lambda: start(few, generator()), seed),
            numbers_after(lambda: start(few, random_start=False), seed),
        ],
        "the images' type and device": [
            types_returned(lambda *asked: answer(*asked, eps=eps, steps=1), rng),
            device(lambda images, model, labels: answer(model, images, labels, steps=0), few, meta, both.to("meta")),
        ],
    }


class Beyond(nn.Module):
    """A linear network of two kinds whose gradient turns around for pixels outside of 0 … 1."""

    def __init__(self, weight):
        super().__init__()
        self.weight = nn.Parameter(torch.from_numpy(weight), requires_grad=False)

    def forward(self, images):
        outside = (images < -1e-6) | (images > 1 + 1e-6)
        score = (torch.where(outside, -images, images) * self.weight).flatten(1).sum(dim=1)
        return torch.stack([score, -score], dim=1)


# ---- pgd_targeted ----


def question_pgd_targeted(answer, rng):
    eps, alpha, seed = float(rng.uniform(0.1, 0.2)), float(rng.uniform(0.03, 0.05)), int(rng.integers(2**31))
    usual = {"eps": eps, "alpha": alpha, "steps": 6}

    def attack(model, images, target, **options):
        return answer(model, images, target, **usual | options)

    cases = LOOKS | {
        "a channel without influence": {"shape": (2, 3, 3, 3), "blind": True, "options": {"steps": 3}},
        "steps that stay within the box": {"shape": (4, 3, 4, 3), "options": {"alpha": eps / 10, "steps": 4}},
        "many small steps": {"shape": (4, 2, 3, 3), "options": {"alpha": eps / 5, "steps": 16}},
        "one step, longer than the box is wide": {"shape": (6, 2, 3, 3), "options": {"alpha": 2 * eps, "steps": 1}},
        "an eps of 0": {"shape": (2, 1, 3, 4), "options": {"eps": 0.0, "steps": 2}, "leaf": True},
        "no steps": {"shape": (2, 1, 3, 4), "options": {"steps": 0}, "leaf": True},
    }
    weight = opposite_weights(rng, 3, 4, 5)
    images, target = torch.tensor(rng.uniform(size=(6, 3, 4, 5)), dtype=torch.float32), torch.arange(6) % 2
    single = linear(weight, torch.float32)
    return look(attack, rng, cases, scale=3) | {
        "images in float32": ask(partial(attack, single, images.clone(), target)),
        "a network that is sure": sure(partial(attack, steps=2), rng),
        "too far, and back again": around(partial(attack, eps=0.5), rng, 1, 0.1),
        "from wall to wall": around(partial(attack, eps=alpha, alpha=3 * alpha), rng, 1, 0.1),
        "nothing is drawn": numbers_after(lambda: attack(single, images, target), seed),
        "the images' type": types_returned(lambda *asked: attack(*asked, steps=1), rng),
    }


# ---- l2_attack ----


def question_l2_attack(answer, rng):
    eps, alpha, seed = float(rng.uniform(0.3, 0.45)), float(rng.uniform(0.15, 0.2)), int(rng.integers(2**31))
    usual = {"eps": eps, "alpha": alpha, "steps": 5}

    def attack(model, images, labels, **options):
        return answer(model, images, labels, **usual | options)

    def confident(dtype, margin, eps=5 * alpha):
        """A network that is sure of the first image by this margin, and right; it takes the others for that, too."""
        model = linear(weight, dtype)
        score = (weight[0] - weight[1]) @ images[0].ravel()
        model[1].bias.data = torch.tensor([margin - score, 0.0, -50.0], dtype=dtype)
        shown, labels = torch.tensor(images, dtype=dtype), torch.tensor([0, 1, 1])
        return ask(lambda: attack(model, shown, labels, eps=eps, steps=2).detach())

    cases = LOOKS | {
        "steps that stay within the ball": {"shape": (5, 2, 3, 3), "options": {"eps": 2.0, "alpha": 0.1, "steps": 3}},
        "one step, too long": {"shape": (9, 2, 3, 3), "options": {"alpha": 2 * eps, "steps": 1}},
        "a large ball": {"shape": (8, 2, 3, 3), "options": {"eps": 3.0, "alpha": 0.5, "steps": 7}},
        "some too far, some not": {"shape": (16, 2, 3, 3), "options": {"eps": 1.6, "alpha": 0.5, "steps": 6}},
        "an eps of 0": {"shape": (2, 1, 3, 4), "options": {"eps": 0.0, "steps": 2}, "leaf": True},
        "no steps": {"shape": (2, 1, 3, 4), "options": {"steps": 0}, "leaf": True},
    }
    weight, images = rng.normal(size=(3, 24)), rng.uniform(0.3, 0.7, size=(3, 2, 3, 4))
    model, shown = linear(weight), torch.from_numpy(images)
    return look(attack, rng, cases) | {
        "an image whose gradient is 0": confident(torch.float64, 1e4),
        "an image whose gradient is 0, and an eps of 0": confident(torch.float64, 1e4, eps=0.0),
        "an image whose gradient is 0, in float32": confident(torch.float32, 1e4),
        "an image whose gradient is tiny": confident(torch.float64, float(rng.uniform(16, 16.5))),
        "too far, and back again": around(partial(attack, eps=9.0, alpha=0.5), rng, 0, 0.1),
        "nothing is drawn": numbers_after(lambda: attack(model, shown, torch.arange(3)), seed),
        "the images' type": types_returned(lambda *asked: attack(*asked, steps=1), rng, (torch.float64, torch.float32)),
    }


# ---- attack_success ----


MODES = (False, True, True, False, True, True)  # the outermost part says eval
PRIMES = (37, 41, 43, 47, 53, 59)  # numbers of images: whoever looks at them in batches has a smaller one in the end


def identity(rng, kinds, modes=(True,) * 6, size=0.0, graded=False):
    """A network whose scores are nearly the pixels (N, kinds, 1, 1), with batch norm and dropout. Six parts; where
    `graded`, it is partly frozen, and has gradients."""
    head = nn.Sequential(nn.Dropout(0.5), nn.Linear(kinds, kinds))
    model = nn.Sequential(nn.Flatten(), nn.BatchNorm1d(kinds), head)
    weight = np.eye(kinds) + size * rng.normal(size=(kinds, kinds))
    head[1].weight.data = torch.tensor(weight, dtype=torch.float32)
    head[1].bias.data.zero_()
    head[1].bias.requires_grad = not graded
    for parameter in model.parameters():
        old = torch.tensor(rng.normal(size=parameter.shape), dtype=torch.float32)
        parameter.grad = old if graded else None
    model[1].running_mean.copy_(torch.from_numpy(rng.normal(size=kinds) / 25))
    for part, mode in zip(model.modules(), modes, strict=True):
        part.training = mode
    return model


def in_mode(enabled, call):
    """What the call gives with gradients switched on or off, and whether they are on afterwards."""
    with torch.set_grad_enabled(enabled):
        return ask(call), torch.is_grad_enabled()


def left(models, enabled):
    """What became of networks that somebody has looked at, and of the gradient mode."""
    return {
        "gradients stay switched on or off": enabled,
        "the mode of each part stays": [[part.training for part in model.modules()] for model in models],
        "weights and buffers stay": ask(lambda: [list(model.state_dict().values()) for model in models]),
        "requires_grad and .grad of the weights stay": ask(
            lambda: [[[one.requires_grad, one.grad] for one in model.parameters()] for model in models]
        ),
    }


def pictures(rng, kinds, n):
    """Images (n, kinds, 1, 1), in most of which the label's pixel is the brightest, and the labels."""
    labels = rng.integers(0, kinds, size=n)
    pixels = rng.uniform(size=(n, kinds)) + np.eye(kinds)[labels] * rng.uniform(0.1, 0.7, size=(n, 1))
    return torch.tensor(0.2 + 0.45 * pixels[:, :, None, None], dtype=torch.float32), torch.from_numpy(labels)


@judged(rtol=1e-6, atol=1e-6)
def question_attack_success(answer, rng):
    kinds = int(rng.integers(3, 6))
    models, given, floats, enabled = [], [], [], []

    def share(before, after, *, modes=(True,) * 6, graded=False):
        """Was each image right, and is it still? Scores are the pixels; a wrong one is wrong in its own way."""
        n, labels = len(before), rng.integers(0, kinds, size=len(before))
        model = identity(rng, kinds, modes, graded=graded)

        def picture(right):
            shown = np.where(np.array(right, dtype=bool), labels, (labels + rng.integers(1, kinds, size=n)) % kinds)
            pixels = 0.6 * np.eye(kinds)[shown] + 0.2 * rng.uniform(size=(n, kinds))
            return torch.tensor(pixels[:, :, None, None], dtype=torch.float32)

        shown = [picture(before), picture(after), torch.from_numpy(labels)]

        def result():
            value = answer(model, *shown)
            floats[-1] = isinstance(value, float)
            return value

        floats.append(None)
        value, on = in_mode(not graded, result)
        enabled.append(on)
        models.append(model)
        given.append([tensor.clone() for tensor in shown])
        return value

    n = int(rng.integers(20, 30))
    before = [1] * 8 + [0] * 6 + rng.integers(0, 2, size=n).tolist()
    after = [1, 0, 0, 0, 1, 1, 0, 0] + [1, 0, 1, 0, 0, 0] + rng.integers(0, 2, size=n).tolist()
    shares = {
        "a network in training mode": share(before, after),
        "a network in eval mode": share(before[:-3], after[:-3], modes=(False,) * 6, graded=True),
        "a network with parts in eval mode": share(before[:-6], after[:-6], modes=MODES),
        "no image was right": share([0] * 7, [0, 1] * 3 + [0]),
        "all were right, all are fooled": share([1] * 6, [0] * 6),
        "none is fooled, some are set right": share([1, 0, 1, 0, 1], [1, 1, 1, 1, 1]),
        "one image": share([1], [0]),
        "one image, wrong before": share([0], [0], modes=(False,) * 6),
    }
    facts = {"a float each time": floats, "the images and labels stay": ask(lambda: given)}
    return shares | facts | left(models, enabled)


# ---- robustness_curve ----


@judged(rtol=1e-6, atol=1e-6)
def question_robustness_curve(answer, rng):
    kinds, n = int(rng.integers(4, 7)), int(rng.choice(PRIMES))
    models, given, kinds_of_results, enabled = [], [], [], []

    def curve(epsilons, *, modes=(True,) * 6, n=n, slope=1.0, graded=False, attack=None):
        model = identity(rng, kinds, modes, graded=graded)
        (images, labels), epsilons = pictures(rng, kinds, n), list(epsilons)

        def darken(network, x, y, *, eps):
            """Takes from the label's pixel, a little even where ε is 0; a stronger attack need not hurt more."""
            wanted = nn.functional.one_hot(y, kinds)[:, :, None, None]
            return (x - 0.45 * wanted * (0.15 + slope * eps) * (1 + x.mean(dim=1, keepdim=True))).clamp(0, 1)

        def result():
            accuracies = answer(model, images, labels, epsilons, attack=attack or darken)
            kinds_of_results[-1] = [isinstance(accuracies, list), *(isinstance(one, float) for one in accuracies)]
            return [float(accuracy) for accuracy in accuracies]

        kinds_of_results.append(None)
        accuracies, on = in_mode(not graded, result)
        enabled.append(on)
        models.append(model)
        given.append([images.clone(), labels.clone(), [*epsilons]])
        return accuracies

    def climb(model, images, labels, *, eps):
        """Follows the gradient of the dense layer, for which gradients have to be switched on."""
        x = images.clone().requires_grad_()
        loss = nn.functional.cross_entropy(model[2][1](x.flatten(1)), labels, reduction="sum")
        loss.backward(inputs=[x])
        return (images + eps / 2 * x.grad.sign()).clamp(0, 1)

    epsilons = [0.0, *np.sort(rng.uniform(0.02, 0.4, size=4)).round(3).tolist()]
    curves = {
        "a network in training mode": curve(epsilons),
        "a network in eval mode": curve(epsilons, modes=(False,) * 6, graded=True),
        "a network with parts in eval mode": curve(epsilons[:3], modes=MODES),
        "0 as the last epsilon": curve(epsilons[::-1]),
        "an integer 0 in between": curve([epsilons[3], 0, epsilons[1]]),
        "one epsilon twice, others tiny": curve([0.1, 1 / 255, 0.1, 5e-7]),
        "down to nothing and up again": curve([0.0, 0.3, 0.2, 0.005, 0.0], slope=20.0),
        "epsilons without a 0": curve(epsilons[1:], slope=-4.0),
        "an attack that goes back through the network": curve(epsilons[2:], attack=climb),
        "one image, one epsilon": [curve([0.3], n=1), kinds],
    }
    facts = {"lists of floats": kinds_of_results, "images, labels and epsilons stay": ask(lambda: given)}
    return curves | facts | left(models, enabled)


# ---- transfer_matrix ----


@judged(rtol=1e-6, atol=1e-6)
def question_transfer_matrix(answer, rng):
    kinds, n = int(rng.integers(4, 7)), int(rng.choice(PRIMES))
    models, given, kinds_of_results, enabled = [], [], [], []

    def matrix(count, *, modes=(True,) * 6, n=n, attack=None):
        asked = [identity(rng, kinds, modes, size=0.3, graded=place == count - 1) for place in range(count)]
        images, labels = pictures(rng, kinds, n)

        def step(network, x, y):
            """One step up the loss of a linear layer, whose gradient needs no autograd."""
            weight = network[2][1].weight.detach()
            return (x - 0.1 * (weight[y] - weight.mean(dim=0)).sign()[:, :, None, None]).clamp(0, 1)

        def result():
            table = answer(asked, images, labels, attack=attack or step)
            number, *container = type_name(table).split()
            kinds_of_results[-1] = number.startswith("float") and container in (["tensor"], ["array"])
            return np.asarray(table, dtype=np.float64)

        kinds_of_results.append(None)
        table, on = in_mode(count != 2 or attack is not None, result)
        enabled.append(on)
        models.extend(asked)
        given.append([images.clone(), labels.clone(), len(asked)])
        return table

    def climb(network, images, y):
        """Follows the gradient of the dense layer, for which gradients have to be switched on."""
        x = images.clone().requires_grad_()
        loss = nn.functional.cross_entropy(network[2][1](x.flatten(1)), y, reduction="sum")
        loss.backward(inputs=[x])
        return (images + 0.1 * x.grad.sign()).clamp(0, 1)

    matrices = {
        "three networks in training mode": matrix(3),
        "two networks in eval mode": matrix(2, modes=(False,) * 6),
        "four networks with parts in eval mode": matrix(4, modes=MODES),
        "one network": matrix(1),
        "one image": matrix(2, n=1),
        "an attack that goes back through the network": matrix(2, attack=climb),
    }
    facts = {"a tensor or an array of floats": kinds_of_results, "the images and labels stay": ask(lambda: given)}
    return matrices | facts | left(models, enabled)


# ---- adversarial_epoch ----

EPOCHS = {  # how the network comes: the modes of its parts, whether it has gradients; and where the batches are
    "a network in training mode": ((True,) * 4, False, False),
    "a network in eval mode, with old gradients": ((False,) * 4, True, False),
    "a network with parts in eval mode": ((True, False, True, False), False, False),
    "batches on another device": ((True,) * 4, False, True),
}


class Batch(Elsewhere):
    """Images or labels on another device, which one may also copy, or ask what they are, before."""

    def __getattr__(self, name):
        if name in ("dtype", "ndim", "requires_grad", "dim", "numel", "is_floating_point"):
            return getattr(self.tensor, name)
        if name in ("detach", "clone", "contiguous", "float", "double", "long", "type", "requires_grad_"):
            return lambda *more, **options: Batch(getattr(self.tensor, name)(*more, **options))
        raise AttributeError(f"a tensor on another device is asked for {name}")


def draw_epochs(rng):
    """What the epochs are about: sizes and seeds, data and networks in float64."""
    eps, seed = float(rng.uniform(0.05, 0.1)), int(rng.integers(2**31))
    runs = {}
    for name in EPOCHS:
        size = int(rng.integers(4, 7))
        n = int(rng.integers(2 * size + 1, 3 * size))  # the last batch is smaller
        size_of_scores = 100 if name == "a network in eval mode, with old gradients" else 1
        weights = rng.normal(size=24) / 8
        runs[name] = {
            "frozen": (1,) if name == "a network with parts in eval mode" else (),
            "size": size,
            "images": rng.uniform(0.2, 0.8, size=(n, 2, 3, 4)),
            "labels": rng.integers(0, 2, size=n),
            "parameters": [
                rng.choice([-1.0, 1.0], size=2) * rng.uniform(0.5, 1.5, size=2) * size_of_scores,
                rng.normal(size=2) / 4,
                np.stack([weights, -weights]) if size_of_scores > 1 else rng.normal(size=(2, 24)) / 8,
                rng.normal(size=2) / 4,
            ],
            "averages": [rng.uniform(size=2), rng.uniform(0.5, 1.5, size=2)],
            "rate": float(rng.uniform(0.2, 0.4)) / size_of_scores**2,
        }
    weight = opposite_weights(rng, 3, 9, 10)
    many = rng.uniform(0.3, 0.7, size=(24, 3, 9, 10))
    many = np.concatenate([many, many[-8:]])  # the last two batches of eight are the same
    edges = rng.integers(0, 2, size=(8, 3, 9, 10)).astype(np.float64)
    return eps, seed, runs, weight, many, edges


def in_batches(values, size):
    return [values[start : start + size] for start in range(0, len(values), size)]


def replay(run, shown, momentum=0.5):
    """Train on what was shown, in NumPy: the signs along which the images were to be attacked, the parameters and the
    averages in the end, and the mean loss."""
    gamma, beta, weight, bias = parameters = [parameter.copy() for parameter in run["parameters"]]
    mean, variance = (average.copy() for average in run["averages"])
    speeds, signs, total = [0.0] * 4, [], 0.0
    for images, labels in zip(in_batches(shown, run["size"]), in_batches(run["labels"], run["size"]), strict=True):
        n, per_channel = len(images), images[:, 0].size
        away = (weight[1 - labels] - weight[labels]).reshape(images.shape)
        signs.append(np.sign(away * gamma[:, None, None]))
        center, spread = images.mean(axis=(0, 2, 3)), images.var(axis=(0, 2, 3))
        mean += 0.1 * (center - mean)
        variance += 0.1 * (spread * per_channel / (per_channel - 1) - variance)
        normal = (images - center[:, None, None]) / np.sqrt(spread + 1e-5)[:, None, None]
        features = (normal * gamma[:, None, None] + beta[:, None, None]).reshape(n, -1)
        scores = features @ weight.T + bias
        scores -= scores.max(axis=1, keepdims=True)
        logs = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
        chances = np.exp(logs)
        total -= logs[np.arange(n), labels].sum()
        back = (chances - np.eye(2)[labels]) / n
        to_images = (back @ weight).reshape(images.shape)
        gradients = [
            (to_images * normal).sum(axis=(0, 2, 3)),
            to_images.sum(axis=(0, 2, 3)),
            back.T @ features,
            back.sum(axis=0),
        ]
        for place, gradient in enumerate(gradients):
            if place not in run["frozen"]:
                speeds[place] = momentum * speeds[place] + gradient
                parameters[place] -= run["rate"] * speeds[place]
    return np.concatenate(signs), parameters, [mean, variance, np.asarray(len(signs))], total / len(shown)


def judge_adversarial_epoch(data, rng):
    eps, _, runs, weight, many, edges = draw_epochs(rng)
    labels, sign = signed(many)
    way, batches, few = sign * np.sign(weight[0]), in_batches(many, 8), many[:4, :, :5, :6]
    first = "a network in training mode"

    def attacked(name, shown):
        """Each image has gone 1.25 eps up the loss of the network as it was then, and come back into the box."""
        images = runs[name]["images"]
        shown = as_array(shown, images.shape)
        signs, *_ = replay(runs[name], shown)
        places = (shown - images) * signs / eps
        return (places > 0.25 - 1e-5).all() and (places < 1 + 1e-5).all()

    def follow(name, shown, **got):
        """The weights, averages or loss of an epoch are those of training on what was shown."""
        run = runs[name]
        _, weights, averages, loss = replay(run, as_array(shown, run["images"].shape))
        expected = {"weights": weights, "averages": averages, "loss": [np.asarray(loss)]}
        pairs = [pair for key, values in got.items() for pair in zip(values, expected[key], strict=True)]
        return all(np.allclose(as_array(one, other.shape), other, rtol=1e-5, atol=1e-6) for one, other in pairs)

    def whole(name):
        run = data[name]
        got = {key: run[key] for key in ("weights", "averages")} | {"loss": [run["loss"]]}
        return attacked(name, run["images"]) and follow(name, run["images"], **got)

    def places(name, batch):
        """How far each number of this batch has gone along the gradient, in eps; ValueError where it cannot be so."""
        change = (as_array(data[name], batches[batch].shape) - batches[batch]) * way[8 * batch : 8 * batch + 8] / eps
        if not ((change > 0.25 - 1e-5) & (change < 1 + 1e-5)).all():
            raise ValueError("not a step of 1.25 eps")
        return change

    def anywhere(name):
        """From a uniform start 5/8 arrive at the border, and the others are uniform between 1/4 and 1."""
        change = places(name, 1)
        inner = change[change < 1 - 1e-6]
        share = 1 - inner.size / change.size
        fair = abs(share - 5 / 8) < 6 * (15 / 64 / change.size) ** 0.5
        return fair and abs(inner.mean() - 5 / 8) < 6 * 0.75 / 12**0.5 / inner.size**0.5

    def own(name):
        border = places(name, 2) > 1 - 1e-6
        return unlike_neighbours((border - border.mean()) * way[16:24], (15 / 64) ** 0.5)  # grows with the start

    def from_edges(name):
        inwards = (as_array(data[name], edges.shape) - edges) * (1 - 2 * edges) / eps
        free = way[:8] * (1 - 2 * edges) > 0
        right = (inwards[free] > 0.25 - 1e-5).all() and (inwards[free] < 1 + 1e-5).all()
        return right and abs(inwards[~free]).max() < 1e-5

    def turned(name):
        change = (as_array(data[name], (8, 3, 5, 6)) - many[0, :, :5, :6]) / eps
        return abs(abs(change) - 1).max() < 1e-5 and abs(np.sign(change).mean()) < 6 / change.size**0.5

    def pair(name, alike):
        arrays = [as_array(value, few.shape) for value in data[name]]
        changes = [(array - few) * way[:4, :, :5, :6] / eps for array in arrays]
        inside = all((change > 0.25 - 1e-5).all() and (change < 1 + 1e-5).all() for change in changes)
        return inside and [np.array_equal(arrays[0], other) for other in arrays[1:]] == alike

    shown = data.get("the images it learns from")
    checks = {
        "the images it learns from": lambda name: attacked(first, data[name]),
        "the weights after the epoch": lambda name: follow(first, shown, weights=data[name]),
        "the running averages after the epoch": lambda name: follow(first, shown, averages=data[name]),
        "the mean loss per example": lambda name: follow(first, shown, loss=[data[name]]),
        "a network in eval mode, with old gradients": whole,
        "a network with parts in eval mode": whole,
        "batches on another device": whole,
        "all parts in one mode whenever it is asked": lambda name: {1.0} <= set(data[name]) <= {0.0, 1.0},
        "a step of 1.25 eps, and back into the box": lambda name: places(name, 0).any(),
        "a start anywhere in the box": anywhere,
        "a start of its own for each number": own,
        "another start for each batch": lambda name: not np.allclose(places(name, 3), batches_2()),
        "black and white images": from_edges,
        "the gradient at the start, not at the image": turned,
        "the same seed of the generator again": lambda name: pair(name, [True]),
        "another seed of the generator": lambda name: pair(name, [False]),
        "no generator": lambda name: pair(name, [False, True]),
    }

    def batches_2():
        return places("a start of its own for each number", 2)

    return names_that_fail({name: partial(check, name) for name, check in checks.items()})


@judged(
    predicate=judge_adversarial_epoch,
    free=(
        "the images it learns from",
        "the weights after the epoch",
        "the running averages after the epoch",
        "the mean loss per example",
        "a network in eval mode, with old gradients",
        "a network with parts in eval mode",
        "batches on another device",
        "all parts in one mode whenever it is asked",
        "a step of 1.25 eps, and back into the box",
        "a start anywhere in the box",
        "a start of its own for each number",
        "another start for each batch",
        "black and white images",
        "the gradient at the start, not at the image",
        "the same seed of the generator again",
        "another seed of the generator",
        "no generator",
    ),
)
def question_adversarial_epoch(answer, rng):
    eps, seed, runs, weight, many, edges = draw_epochs(rng)
    modes_asked, sizes, modes_after, flags_after, floats, given = set(), [], [], [], [], []

    def generator(add=0):
        return torch.Generator().manual_seed(seed + add)

    def watch(model):
        """The images that the model is asked about while all of its parts are in training mode."""
        shown = []

        def note(part, inputs):
            modes = [one.training for one in part.modules()]
            modes_asked.add(sum(modes) / len(modes))
            if all(modes):
                shown.append(inputs[0].detach().clone())

        model.register_forward_pre_hook(note)
        return shown

    def trained(name):
        """One epoch with batch norm and a dense layer: what it learnt from, and what has become of it."""
        run, (modes, graded, elsewhere) = runs[name], EPOCHS[name]
        model = nn.Sequential(nn.BatchNorm2d(2), nn.Flatten(), nn.Linear(24, 2)).double()
        for place, (parameter, numbers) in enumerate(zip(model.parameters(), run["parameters"], strict=True)):
            parameter.data = torch.from_numpy(numbers.copy())
            parameter.requires_grad = place not in run["frozen"]
            parameter.grad = torch.from_numpy(numbers[::-1].copy()) if graded else None
        model[0].running_mean.copy_(torch.from_numpy(run["averages"][0]))
        model[0].running_var.copy_(torch.from_numpy(run["averages"][1]))
        for part, mode in zip(model.modules(), modes, strict=True):
            part.training = mode
        images, labels = torch.from_numpy(run["images"].copy()), torch.from_numpy(run["labels"].copy())
        loader = list(zip(images.split(run["size"]), labels.split(run["size"]), strict=True))
        if elsewhere:
            loader = [tuple(map(Batch, batch)) for batch in loader]
        shown, optimizer = watch(model), torch.optim.SGD(model.parameters(), lr=run["rate"], momentum=0.5)
        loss = answer(model, loader, optimizer, eps=eps, generator=generator())
        if not elsewhere:
            sizes.append([len(one) for one in shown])
            modes_after.append([part.training for part in model.modules()])
            flags_after.append([parameter.requires_grad for parameter in model.parameters()])
            floats.append(isinstance(loss, float))
            given.append([images, labels])
        weights, averages = list(model.parameters()), list(model.buffers())
        return {"images": torch.cat(shown), "weights": weights, "averages": averages, "loss": loss}

    def seen(images, size=8, weight=weight, generator=None, dtype=torch.float64):
        """What a linear network that hardly learns was trained on, batch by batch."""
        model = linear(weight, dtype)
        images, labels = torch.tensor(images, dtype=dtype), torch.from_numpy(signed(images)[0])
        loader, shown = list(zip(images.split(size), labels.split(size), strict=True)), watch(model)
        answer(model, loader, torch.optim.SGD(model.parameters(), lr=1e-6), eps=eps, generator=generator)
        return shown

    def few(generator=None):
        return torch.cat(seen(many[:4, :, :5, :6], 2, weight[:, :, :5, :6], generator))

    def without():
        """Three epochs with the global generator, which begins again before the third."""
        torch.manual_seed(seed)
        first, second = few(), few()
        torch.manual_seed(seed)
        return [first, second, few()]

    def turning():
        """Eight times the one image at which the loss of a network is smallest."""
        model = Away(many[0, :, :5, :6])
        images, shown = model.center.expand(8, 3, 5, 6).clone(), watch(model)
        optimizer = torch.optim.SGD(model.parameters(), lr=1e-6)
        answer(model, [(images, torch.ones(8, dtype=torch.int64))], optimizer, eps=eps, generator=generator(2))
        return torch.cat(shown)

    results = {name: ask(trained, name) for name in EPOCHS}
    first = results.pop("a network in training mode")
    first = first if isinstance(first, dict) else dict.fromkeys(("images", "weights", "averages", "loss"), first)
    batches = ask(lambda: seen(many, generator=generator(1)))
    batches = batches if len(batches) == 4 else [batches] * 4
    return {
        "the images it learns from": first["images"],
        "the weights after the epoch": first["weights"],
        "the running averages after the epoch": first["averages"],
        "the mean loss per example": first["loss"],
        **results,
        "one training pass for each batch": sizes,
        "all parts in one mode whenever it is asked": sorted(modes_asked),
        "training mode in the end": modes_after,
        "requires_grad of the weights stays": flags_after,
        "a float each time": floats,
        "the images and labels of the batches stay": ask(lambda: given),
        "a step of 1.25 eps, and back into the box": batches[0],
        "a start anywhere in the box": batches[1],
        "a start of its own for each number": batches[2],
        "another start for each batch": batches[3],
        "black and white images": ask(lambda: torch.cat(seen(edges, generator=generator(3)))),
        "the gradient at the start, not at the image": ask(turning),
        "the same seed of the generator again": ask(lambda: [few(generator()), few(generator())]),
        "another seed of the generator": ask(lambda: [few(generator()), few(generator(9))]),
        "no generator": ask(without),
        "PyTorch's global generator stays out of it": numbers_after(lambda: few(generator()), seed),
        "images in float32": ask(lambda: [type_name(one) for one in seen(many[:4], 2, dtype=torch.float32)]),
    }


class Away(nn.Module):
    """A network whose loss for kind 1 grows away from one image, in every pixel and to either side."""

    def __init__(self, center):
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(0.01, dtype=torch.float64))
        self.center = torch.from_numpy(center.copy())

    def forward(self, images):
        distance = (images - self.center).abs().flatten(1).sum(dim=1) * self.scale
        return torch.stack([distance, -distance], dim=1)
