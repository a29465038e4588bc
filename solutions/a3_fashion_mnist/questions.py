"""What the answers to assignment 3, build a CNN, are asked."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from solutions.asking import ask, judged, names_that_fail, or_value_error, plain, type_name

# ---- what several questions use ----


def floats(array):
    return torch.tensor(np.asarray(array), dtype=torch.float32)


def integers(array):
    return torch.tensor(np.asarray(array), dtype=torch.int64)


def weigh(model, rng):
    """Give a network weights from `rng`, and its batch norms statistics; returns it."""
    model.to(torch.float32)
    with torch.no_grad():
        for parameter in model.parameters():
            spread = 0.5 if parameter.ndim < 2 else parameter[0].numel() ** -0.5
            parameter.copy_(floats(spread * rng.normal(size=tuple(parameter.shape))))
        for name, buffer in model.named_buffers():
            if name.endswith("running_mean"):
                buffer.copy_(floats(rng.normal(size=tuple(buffer.shape))))
            elif name.endswith("running_var"):
                buffer.copy_(floats(rng.uniform(0.5, 2, size=tuple(buffer.shape))))
    return model


def leave_gradients(model, rng):
    """Gradients that are left from before."""
    for parameter in model.parameters():
        parameter.grad = floats(rng.normal(size=tuple(parameter.shape)))


def values_of(model):
    return [value.clone() for value in model.state_dict().values()]


def gradients_of(model):
    return [None if parameter.grad is None else parameter.grad.clone() for parameter in model.parameters()]


def modes_of(model):
    return [part.training for part in model.modules()]


def frozen_of(model):
    return [not parameter.requires_grad for parameter in model.parameters()]


def gradient_modes_after(call):
    """Whether gradients are computed after the call, for callers who had them on, and off."""
    after = []
    for mode in (True, False):
        with torch.set_grad_enabled(mode):
            call()
            after.append(torch.is_grad_enabled())
    return after


def unless_clipped(model, optimizer, call):
    """What comes of a call; or in a word, if the optimiser got gradients of the right direction, but shortened."""
    new, shares = {}, []
    parameters = list(model.parameters())
    for number, parameter in enumerate(parameters):
        parameter.register_hook(lambda gradient, number=number: new.update({number: gradient.detach().clone()}))

    def compare(*_):
        if len(new) == len(parameters) and all(parameter.grad is not None for parameter in parameters):
            one = torch.cat([parameter.grad.flatten() for parameter in parameters])
            other = torch.cat([new[number].flatten() for number in range(len(new))])
            share = (one @ other / (other @ other)).item()
            shares.append(share if (one - share * other).norm() <= 1e-3 * one.norm() else -1)

    optimizer.register_step_pre_hook(compare)
    result = call()
    return "the gradients were shortened" if shares and min(shares) > 1e-6 and min(shares) < 0.99 else result


def noting_types(answer, types):
    """An answer that returns numbers in a list; the names of their types are put into `types`."""

    def noted(*args, **kwargs):
        numbers = list(answer(*args, **kwargs))
        types.extend(map(type_name, numbers))
        return numbers

    return noted


def type_of(answer):
    return lambda *args, **kwargs: type_name(answer(*args, **kwargs))


class AtDevice(torch.Tensor):
    """A tensor on the model's device, which does not go together with what is `elsewhere`."""

    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        if any(type(one).__name__ == "Elsewhere" for one in args):
            raise RuntimeError("tensors on two devices")
        return super().__torch_function__(function, types, args, kwargs or {})

    def to(self, *args, **kwargs):
        return super().to(*args, **kwargs).as_subclass(torch.Tensor)

    def cpu(self, *args, **kwargs):
        return self.as_subclass(torch.Tensor)


def elsewhere(goals):
    """A class of tensors that are not where the model is until they are moved there; `goals` notes where to."""

    class Elsewhere(torch.Tensor):
        def to(self, *args, **kwargs):
            goals.append(str(kwargs.get("device", args[0] if args else None)))
            return self.as_subclass(torch.Tensor)

    return Elsewhere


def nearly(one, other, share=1e-3):
    """Whether arrays agree within a share of the largest number: float32 knows the others no better, where large ones
    cancel out. For predicates."""
    one, other = np.asarray(one, np.float64), np.asarray(other, np.float64)
    return one.shape == other.shape and bool(np.abs(one - other).max() <= share * max(1.0, np.abs(other).max()))


def log_softmax(logits):
    """For predicates."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


# ---- make_splits ----


def draw_splits(rng):
    """Examples that are all different, and the numbers with which they are split."""
    length = int(rng.integers(30, 60))
    examples = rng.permutation(10 * length)[:length]
    return examples, length // 4, int(rng.integers(1000, 2**31))


def is_split(data, examples, validation):
    training, chosen = (np.asarray(part) for part in data)
    right_sizes = (training.shape, chosen.shape) == ((len(examples) - validation,), (validation,))
    return right_sizes and np.array_equal(np.sort(np.concatenate([training, chosen])), np.sort(examples))


def splits_are_right(data, rng):
    examples, count, _ = draw_splits(rng)
    length = len(examples)

    def drawn():
        """How often each of the first 20 examples is in validation, and how often with its successor."""
        chosen = np.asarray(data["every example has its turn"])
        assert chosen.shape == (60, 5)
        found = chosen[:, :, None] == examples[:20]
        assert found.any(axis=2).all()
        return found.any(axis=1)

    def sizes_and_examples(name, part, validation):
        return lambda: is_split(data[name], examples[:part], validation)

    def twice(name):
        def check():
            first, second = data[name]
            return is_split(first, examples, count) and all(
                np.array_equal(one, other) for one, other in zip(first, second, strict=True)
            )

        return check

    def spread():
        found = drawn()
        times, together = found.sum(axis=0), (found[:, 1:] & found[:, :-1]).sum()
        few = len(np.unique(found, axis=0)) < 50  # of 60 seeds; at random hardly two of them draw the same
        return times.min() >= 1 and times.max() <= 40 and together < 0.5 * times.sum() and not few

    def different():
        splits = data["another seed"]
        sets = {tuple(sorted(np.asarray(chosen).tolist())) for _, chosen in splits}
        return all(is_split(split, examples, count) for split in splits) and len(sets) == 6

    return names_that_fail(
        {
            "every example in one of two parts": sizes_and_examples("every example in one of two parts", length, count),
            "one example for validation": sizes_and_examples("one example for validation", length, 1),
            "one example for training": sizes_and_examples("one example for training", length, length - 1),
            "two examples": sizes_and_examples("two examples", 2, 1),
            "the same seed again": twice("the same seed again"),
            "seed 0 again": twice("seed 0 again"),
            "another seed": different,
            "every example has its turn": spread,
        }
    )


@judged(
    predicate=splits_are_right,
    free=(
        "every example in one of two parts",
        "one example for validation",
        "one example for training",
        "two examples",
        "the same seed again",
        "seed 0 again",
        "another seed",
        "every example has its turn",
    ),
)
def question_make_splits(answer, rng):
    import random

    examples, count, seed = draw_splits(rng)
    length, states = len(examples), rng.integers(2**31, size=3)

    class Examples(torch.utils.data.Dataset):
        """Anything with a length and items, of which each can be had by its number."""

        def __init__(self, length):
            self.length = length

        def __len__(self):
            return self.length

        def __getitem__(self, index):
            if not 0 <= index < self.length:
                raise IndexError(index)
            return int(examples[int(index)])

    def parts(length=length, validation=count, seed=seed):
        return answer(Examples(length), validation=validation, seed=seed)

    def split(**kwargs):
        return [np.array([part[i] for i in range(len(part))]) for part in parts(**kwargs)]

    def reseed(step):
        for generator, state in zip((torch.manual_seed, random.seed, np.random.seed), states, strict=True):
            generator(int(state) // 2 + step)

    def again(seed):
        reseed(1)
        first = split(seed=seed)
        reseed(2)
        second = split(seed=seed)
        same = all(np.array_equal(one, other) for one, other in zip(first, second, strict=True))
        return [first, second] if same else "another split the second time"

    def subsets():
        dataset, found = Examples(length), []
        for part in answer(dataset, validation=count, seed=seed):
            below = part
            while isinstance(below, torch.utils.data.Subset):
                below = below.dataset
            found += [isinstance(part, torch.utils.data.Subset), below is dataset]
        return found

    def sizes(**kwargs):
        return [len(part) for part in parts(**kwargs)]

    def turns():
        """The examples of 60 validation parts, or what they have in common."""
        chosen = np.array([split(length=20, validation=5, seed=seed)[1] for seed in range(60)])
        found = (chosen[:, :, None] == examples[:20]).any(axis=1)
        if chosen.shape == (60, 5) and ((found & ~np.roll(found, 1, axis=1)).sum(axis=1) == 1).all():
            return "always neighbours"
        never = np.flatnonzero(~found.any(axis=0)).tolist()
        return "never the one at an end" if never in ([0], [19]) else chosen

    def next_random_numbers():
        reseed(3)
        split()
        return [*torch.rand(2).tolist(), random.random(), *np.random.random(2)]

    kept = random.getstate(), np.random.get_state()
    try:
        with torch.random.fork_rng(devices=[]):
            reseed(0)
            return {
                "every example in one of two parts": ask(split),
                "one example for validation": ask(split, validation=1),
                "one example for training": ask(split, validation=length - 1),
                "two examples": ask(split, length=2, validation=1),
                "two Subsets of the data set": ask(subsets),
                "the same seed again": ask(again, seed),
                "seed 0 again": ask(again, 0),
                "another seed": ask(lambda: [split(seed=one) for one in (seed, seed + 1, seed + 40_960_000, 0, 1, 42)]),
                "every example has its turn": ask(turns),
                "random numbers drawn afterwards": ask(next_random_numbers),
                "no example for validation": ask(or_value_error(sizes), validation=0),
                "no example for training": ask(or_value_error(sizes), validation=length),
                "more examples than there are": ask(or_value_error(sizes), validation=length + 3),
                "fewer examples than none": ask(or_value_error(sizes), validation=-2),
            }
    finally:
        random.setstate(kept[0])
        np.random.set_state(kept[1])


# ---- normalisation ----


def draw_few_pixels(rng):
    return rng.uniform(size=(12, 2, 1, 3)) * [[[0.5]], [[1.0]]]


def deviations_are_right(data, rng):
    """Dividing by the number of pixels or by one less: both are right."""
    pixels = draw_few_pixels(rng).astype(np.float32).astype(np.float64)

    def few():
        mean, std = data["a few pixels"]
        right = [pixels.std(axis=(0, 2, 3), ddof=ddof) for ddof in (0, 1)]
        return nearly(mean, pixels.mean(axis=(0, 2, 3)), 1e-4) and any(nearly(std, one, 1e-4) for one in right)

    return names_that_fail({"a few pixels": few})


@judged(predicate=deviations_are_right, free=("a few pixels",))
def question_normalisation(answer, rng):
    few = floats(draw_few_pixels(rng))

    def images(n, channels, height, width):
        levels = rng.uniform(0, 0.5, size=(n, channels, 1, 1)) + rng.uniform(0, 0.2, size=(1, channels, 1, 1))
        noise = rng.uniform(0, 0.3, size=(n, channels, height, width)) * rng.uniform(0.2, 1, size=(1, channels, 1, 1))
        rows = np.linspace(0, 0.2, height)[:, None]
        return floats(levels + noise + rows)

    def both(images):
        mean, std = answer(images)
        return [mean, std]

    def of_grey(images):
        """Mean and deviation of the first channel, in hundredths; in a word, if the deviation is not 0."""
        mean, std = (100 * part[:1] for part in both(images))
        return [mean, "above 0" if np.shape(std) == (1,) and std[0] > 1e-4 else std]

    # Thousands of pixels a channel, so that dividing by one less makes no difference.
    many = floats(rng.uniform(size=(12_000, 2, 3, 3)) * np.linspace(0.2, 1, 12_000)[:, None, None, None])
    grey = floats(np.stack([np.full((9, 5, 4), rng.uniform(0.3, 0.7)), rng.uniform(size=(9, 5, 4))], axis=1))
    bright = floats(rng.uniform(150, 250, size=(1, 2, 1, 1)) + 0.2 * rng.uniform(size=(40, 2, 13, 12)))
    return {
        "a few pixels": ask(both, few),
        "one channel": ask(both, images(40, 1, 13, 12)),
        "three channels": ask(both, images(35, 3, 14, 13)),
        "as many images as channels": ask(both, images(4, 4, 40, 39)),
        "one image": ask(both, images(1, 2, 80, 79)),
        "thousands of images": ask(lambda images: [100 * part for part in both(images)], many),
        "large numbers that differ little": ask(both, bright),
        "a channel of one grey": ask(of_grey, grey),
        "two tensors": ask(lambda: [isinstance(part, torch.Tensor) for part in answer(few)]),
    }


# ---- FashionCNN ----


def draw_fashion(rng):
    """Six images, three batches of them by number, and shares in which two are mixed."""
    images = np.kron(rng.integers(256, size=(6, 1, 7, 7)), np.ones((1, 1, 4, 4))) / 255
    images *= rng.uniform(0.3, 1, size=(6, 1, 1, 1))
    eight = rng.permutation(np.concatenate([np.arange(6), rng.choice(6, 2, replace=False)]))
    return images, (rng.integers(6, size=1), rng.permutation(6)[:4], eight), rng.uniform(0.3, 0.7, size=(3, 1, 1, 1))


def network_is_sound(data, rng):
    _, (one, four, eight), shares = draw_fashion(rng)

    def logits(name, *shape):
        found = np.asarray(data[name], np.float64)
        assert found.shape == (*shape, 10) and np.isfinite(found).all()
        return found

    def of_image():
        """The logits of each of the six images."""
        return logits("eight images, some of them alike", 8)[[list(eight).index(image) for image in range(6)]]

    def alike():
        found = logits("eight images, some of them alike", 8)
        far = np.abs(found[:, None] - found[None]).max(axis=2) / max(1.0, np.abs(found).max())
        same = eight[:, None] == eight[None]
        return far[same].max() < 1e-3 and far[~same].min() > 2e-6

    def bent():
        found = logits("mixtures of two images", 9)
        six = found[:6]
        mixed = shares[:, :, 0, 0] * six[:3] + (1 - shares[:, :, 0, 0]) * six[3:]
        return not nearly(found[6:], mixed, 1e-4)

    def no_probabilities():
        def fine(found):
            total = np.log(np.exp(found - found.max(axis=1, keepdims=True)).sum(axis=1)) + found.max(axis=1)
            return np.abs(found.sum(axis=1) - 1).max() > 1e-3 and np.abs(total).max() > 1e-3

        return fine(logits("logits, not probabilities", 2, 2).reshape(4, 10)) and fine(
            logits("eight images, some of them alike", 8)
        )

    def no_bounds():
        found = np.asarray(data["logits of either sign, as large as need be"], np.float64)
        assert found.shape == (3, 2, 10) and np.isfinite(found[:2]).all()
        large = np.abs(found[2]).max()  # not a number, where numbers overflow
        return np.nanmin(found) < -1.05 and found[:2].max() > 0 and np.abs(found[:2]).max() > 1.5 and not large < 30

    def gradients():
        found = data["a gradient for every weight that matters"]
        before, after = (np.asarray(found[key], np.float64) for key in ("logits", "logits, other weights elsewhere"))
        sums = [total for total in found["sums of gradients"] if total is not None]
        return before.shape == (3, 10) and nearly(after, before, 1e-5) and max(float(total) for total in sums) > 0

    return names_that_fail(
        {
            "the number of parameters": lambda: 0 < int(data["the number of parameters"]) <= 120_000,
            "a convolution": lambda: (
                len(data["a convolution"]) > 0 and np.asarray(data["a convolution"][0]).shape == (4,)
            ),
            "one image": lambda: nearly(logits("one image", 1), of_image()[one]),
            "four images": lambda: nearly(logits("four images", 4), of_image()[four]),
            "eight images, some of them alike": alike,
            "another network with the same state_dict": lambda: nearly(
                logits("another network with the same state_dict", 8), logits("eight images, some of them alike", 8)
            ),
            "mixtures of two images": bent,
            "two images in training mode": lambda: logits("two images in training mode", 2) is not None,
            "six images in training mode": lambda: logits("six images in training mode", 6) is not None,
            "logits, not probabilities": no_probabilities,
            "logits of either sign, as large as need be": no_bounds,
            "a gradient for every weight that matters": gradients,
        }
    )


def count_parameters(model, state):
    """How many numbers are in a network's state, those in buffers left out, which are 12,000 at most; others count."""

    def size(value):
        if isinstance(value, (dict, list, tuple)):
            return sum(map(size, value.values() if isinstance(value, dict) else value))
        array = plain(value)
        if not isinstance(array, np.ndarray):
            return len(value) if isinstance(value, (str, bytes)) else 0
        place = array.__array_interface__["data"][0], array.size  # a layer may be there under two names
        return 0 if place in seen else seen.add(place) or np.asarray(array).size

    seen = set()
    parameters = {name for name, _ in model.named_parameters(remove_duplicate=False)}
    counted = sum(size(value) for name, value in state.items() if name in parameters)
    return counted + max(0, sum(size(value) for name, value in state.items() if name not in parameters) - 12_000)


@judged(
    predicate=network_is_sound,
    free=(
        "the number of parameters",
        "a convolution",
        "one image",
        "four images",
        "eight images, some of them alike",
        "another network with the same state_dict",
        "mixtures of two images",
        "two images in training mode",
        "six images in training mode",
        "logits, not probabilities",
        "logits of either sign, as large as need be",
        "a gradient for every weight that matters",
    ),
)
def question_FashionCNN(answer, rng):
    images, (one, four, eight), shares = draw_fashion(rng)
    mixed = floats(shares * images[:3] + (1 - shares) * images[3:])
    images, seed = floats(images), int(rng.integers(2**31))
    noise = [np.random.default_rng(int(state)) for state in rng.integers(2**31, size=5)]

    def network(number=0, scale=1.0):
        """A network with other weights than a fresh one."""
        torch.manual_seed(seed + number)
        model = answer()
        with torch.no_grad():
            if any(isinstance(parameter, nn.parameter.UninitializedParameter) for parameter in model.parameters()):
                model.eval()(images[:1].clone())  # lazy layers learn their sizes from the first images
            for parameter in model.parameters():
                if parameter.requires_grad:
                    spread = 0.5 if parameter.ndim < 2 else parameter[0].numel() ** -0.5
                    shift = floats(spread * noise[number].normal(size=tuple(parameter.shape)))
                    parameter.add_(shift).mul_(scale)
        return model

    def close(here, there):
        return torch.allclose(here, there, rtol=1e-2, atol=1e-2 * here.abs().max().item())

    def among(rows):
        """Logits, or what is the matter with them: are they others beside eight images?"""
        here, beside = model(images[rows].clone()), model(images[eight].clone())
        if here.shape != (len(rows), 10):
            return f"logits of shape {tuple(here.shape)}"
        places = [list(eight).index(row) for row in rows]
        return here if close(here, beside[places]) else "other logits than beside eight images"

    def mixtures():
        logits = networks[0].eval()(torch.cat([images, mixed]))
        straight = floats(shares[:, :, 0, 0]) * logits[:3] + floats(1 - shares[:, :, 0, 0]) * logits[3:6]
        linear = torch.allclose(logits[6:], straight, rtol=0, atol=5e-5 * max(1.0, straight.abs().max().item()))
        return "the logits of mixtures are mixtures of logits" if linear else logits

    def twin():
        state = {name: (value, plain(value)) for name, value in model.state_dict().items()}
        state = {
            name: torch.tensor(array) if isinstance(array, np.ndarray) else value
            for name, (value, array) in state.items()
        }
        torch.manual_seed(seed + 9)
        other = answer().eval()
        other.load_state_dict(state)
        there, here = other(images[eight].clone()), model(images[eight].clone())
        if torch.allclose(there, here, rtol=0, atol=1e-3 * max(1.0, here.abs().max().item())):
            return there
        lists = [value for part in model.modules() for value in vars(part).values() if isinstance(value, (list, tuple))]
        hidden = any(isinstance(part, nn.Module) for parts in lists for part in parts)
        return "other logits, and layers in a plain list" if hidden else "other logits"

    def kernels():
        """The shapes of the kernels of each convolution that is used."""
        used = []
        handles = [
            part.register_forward_pre_hook(lambda part, _: used.append(part))
            for part in model.modules()
            if isinstance(part, nn.Conv2d)
        ]
        model(images[one].clone())
        for handle in handles:
            handle.remove()
        return [np.array(plain(part.weight).shape) for part in used]

    def wide():
        """The logits of two networks with large weights, and of one with huge ones."""
        networks.extend(network(number, scale) for number, scale in enumerate((3.0, 3.0, 100.0), start=1))
        return torch.stack([model.train()(images[2 * i : 2 * i + 2].clone()) for i, model in enumerate(networks)])

    def like_what(logits):
        """What a softmax, or another activation, at the end makes of them, where there is one."""
        if not isinstance(logits, np.ndarray) or logits.shape[-1:] != (10,):
            return logits
        with np.errstate(all="ignore"):
            if np.abs(logits.sum(axis=-1) - 1).max() < 1e-4:
                return "ten numbers that add up to 1"
            if np.abs(np.exp(logits).sum(axis=-1) - 1).max() < 1e-4:
                return "ten numbers whose exponentials add up to 1"
            if logits.min() >= 0:
                return "none below 0, none above 1" if logits.max() <= 1 else "none below 0"
            return "none above 1 or below -1" if np.abs(logits).max() <= 1 else logits

    def gradients():
        """Weights that get no gradient are changed: do the logits change?"""
        model = network(4).train()
        F.cross_entropy(model(images[:3].clone()), torch.arange(3)).backward()
        model.eval()
        with torch.no_grad():
            logits = after = model(images[:3].clone())
            idle = [p for p in model.parameters() if p.requires_grad and p.grad is None]
            for parameter in idle:
                parameter.add_(floats(noise[4].normal(size=tuple(parameter.shape))))
            if idle:
                after = model(images[:3].clone())
        if not torch.allclose(logits, after, rtol=1e-4, atol=1e-4 * logits.abs().max().item()):
            return "weights that matter get no gradient"
        sums = [None if p.grad is None else p.grad.abs().sum().item() for p in model.parameters()]
        return {"logits": logits, "logits, other weights elsewhere": after, "sums of gradients": sums}

    with torch.random.fork_rng(devices=[]), torch.enable_grad():
        reached = ask(gradients)
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        model = network()
        trained = {
            "six images in training mode": ask(lambda: model.train()(images.clone())),
            "two images in training mode": ask(lambda: model.train()(images[:2].clone())),
        }
        model.eval()
        networks = []
        limits = ask(wide)
        ordinary = like_what(limits[:2]) if isinstance(limits, np.ndarray) else limits
        bounds = ordinary if isinstance(ordinary, str) else limits
        if not isinstance(bounds, str) and bounds.shape[-1:] == (10,) and np.abs(bounds[2]).max() < 30:
            bounds = "never large"
        if not isinstance(ordinary, str):
            measured = like_what(ask(lambda: model(images[four].clone())))
            ordinary = f"{measured}, in eval mode" if isinstance(measured, str) and "add" in measured else ordinary
        alone = ask(among, one)
        pair = images[4:].clone()
        ask(lambda: model(pair))
        return trained | {
            "the number of parameters": ask(lambda: count_parameters(model, dict(model.state_dict()))),
            "a convolution": ask(kernels),
            "one image": alone,
            "four images": ask(among, four),
            "eight images, some of them alike": ask(lambda: model(images[eight].clone())),
            "another network with the same state_dict": ask(twin),
            "mixtures of two images": ask(mixtures),
            "logits, not probabilities": ordinary,
            "logits of either sign, as large as need be": bounds,
            "a gradient for every weight that matters": reached,
            "the images after the call": plain(pair) if torch.equal(pair, images[4:]) else "changed its input",
        }


# ---- initial_loss ----


def question_initial_loss(answer, rng):
    seed = int(rng.integers(2**31))

    def network(classes, training):
        parts = nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3), nn.Dropout(0.5), nn.ReLU(), nn.Flatten(), nn.Linear(75, classes)
        model = weigh(nn.Sequential(*parts), rng).train(training)
        model[0].bias.requires_grad_(False)
        leave_gradients(model, rng)
        return model

    def batch(n, classes):
        return floats(2 * rng.normal(size=(n, 1, 7, 7))), integers(rng.integers(classes, size=n))

    def loss(model, images, labels):
        torch.manual_seed(seed)
        return ask(lambda images, labels: answer(model, images, labels), images, labels)

    training, measured, fresh = network(10, True), network(4, False), network(7, True)
    several, others, one = batch(6, 10), batch(9, 4), batch(1, 7)
    wide = floats(300 * rng.normal(size=(5, 3))), integers(rng.integers(3, size=5))

    def large():
        found = loss(nn.Identity(), *wide)
        number = isinstance(found, np.ndarray) and found.shape == ()
        return "far too small" if number and 0 <= found < 0.2 * F.cross_entropy(*wide).item() else found

    pixels = floats(rng.normal(size=(3, 4))).requires_grad_()
    fresh.zero_grad(set_to_none=True)
    with torch.random.fork_rng(devices=[]), torch.enable_grad():
        return {
            "a network in training mode": loss(training, *several),
            "a network in eval mode": loss(measured, *others),
            "one image": loss(fresh, *one),
            "large logits": large(),
            "images that need gradients": [
                ask(lambda: answer(nn.Identity(), pixels, integers([0, 3, 2]))),
                plain(pixels.grad),
                pixels.requires_grad,
                several[0].requires_grad,
            ],
            "the type of the loss": ask(type_of(answer), nn.Identity(), *wide),
            "the weights and statistics afterwards": ask(lambda: values_of(training) + values_of(measured)),
            "the gradients afterwards": ask(lambda: gradients_of(training) + gradients_of(fresh)),
            "which weights are frozen afterwards": [frozen_of(training), frozen_of(measured)],
            "training mode afterwards": modes_of(training),
            "eval mode afterwards": modes_of(measured),
            "whether the caller computes gradients afterwards": ask(
                lambda: gradient_modes_after(lambda: answer(measured, *others))
            ),
        }


# ---- overfit_one_batch ----


def draw_overfit(rng):
    """Images, labels, and the weights and biases of one linear layer with which a network begins: for a few steps, and
    for learning by heart."""
    few = rng.normal(size=(61, 12)), rng.integers(4, size=61), rng.normal(size=(4, 12)) / 3, rng.normal(size=4) / 3
    order = rng.permutation(16)
    many = rng.normal(size=(16, 36)), order % 4, rng.normal(size=(4, 36)) / 4, rng.normal(size=4) / 4
    # All are right by a hair, most of one kind: the first steps make that kind the answer to all.
    images, weights = rng.normal(size=(60, 4)), 1e-5 * rng.normal(size=(4, 4))
    biases = np.array([1e-5, 0.0, 0.0, 0.0])
    lost = images, (images @ weights.T + biases).argmax(axis=1), weights, biases
    return few, many, lost


def learning_is_right(data, rng):
    """One linear layer is judged from its weights: its accuracy and gradients are computed here."""
    few, many, lost = draw_overfit(rng)

    def right_accuracy(found, images, labels):
        """Whether it is the weights' accuracy; where two logits are nearly the same, either may be the larger."""
        logits = images @ np.asarray(found["weights"], np.float64).T + np.asarray(found["biases"], np.float64)
        accuracy = np.asarray(found["accuracy"])
        rival = np.where(np.arange(4) == labels[:, None], -np.inf, logits).max(axis=1)
        lead = logits[np.arange(len(labels)), labels] - rival
        finite = logits.shape == (len(labels), 4) and accuracy.shape == () and np.isfinite(logits).all()
        return finite and (lead > 1e-4).mean() - 1e-6 <= accuracy <= (lead > -1e-4).mean() + 1e-6

    def untouched():
        found, (images, labels, weights, biases) = data["no step"], few
        same = nearly(found["weights"], weights, 1e-5) and nearly(found["biases"], biases, 1e-5)
        return same and right_accuracy(found, images, labels)

    def moved(name):
        def check():
            found, (images, labels, weights, _) = data[name], few
            return right_accuracy(found, images, labels) and not nearly(found["weights"], weights, 1e-6)

        return check

    def by_heart():
        return right_accuracy(data["300 steps"], *many[:2]) and float(data["300 steps"]["accuracy"]) > 1 - 1e-6

    def of_this_batch():
        """Each gradient points where that of the mean cross-entropy does, at the weights it was computed at."""
        found, (images, labels, weights, _) = data["the gradient of this batch"], few
        arrays = [np.asarray(found[key], np.float64) for key in ("weights", "biases", "gradients")]
        steps = len(arrays[0])
        assert 1 <= steps <= 4 and [part.shape for part in arrays] == [(steps, 4, 12), (steps, 4), (steps, 4, 12)]

        def parallel(weights, biases, gradient):
            errors = np.exp(log_softmax(images @ weights.T + biases)) - (np.arange(4) == labels[:, None])
            right = errors.T @ images
            return (right * gradient).sum() > 0.99999 * np.linalg.norm(right) * np.linalg.norm(gradient)

        return nearly(arrays[0][0], weights, 1e-5) and all(map(parallel, *arrays))

    def not_added_up():
        found = data["no gradients from before"]
        gradients, used = (np.asarray(found[key], np.float64) for key in ("computed", "used"))
        return (
            gradients.size > 0 and gradients.shape[1:] == (4, 12) and (not used.size or nearly(used, gradients, 1e-4))
        )

    def in_training_mode():
        modes = np.asarray(data["training mode while it learns"])
        return modes.size > 0 and bool(np.all(modes == 1))

    def steps_allowed():
        counts = np.asarray(data["no more steps than allowed"])
        return counts.shape == (3, 2) and bool(np.all(counts <= [[0], [1], [4]]))

    return names_that_fail(
        {
            "no step": untouched,
            "one step": moved("one step"),
            "a few steps": moved("a few steps"),
            "an accuracy that falls": lambda: right_accuracy(data["an accuracy that falls"], *lost[:2]),
            "300 steps": by_heart,
            "the gradient of this batch": of_this_batch,
            "no gradients from before": not_added_up,
            "training mode while it learns": in_training_mode,
            "no more steps than allowed": steps_allowed,
        }
    )


@judged(
    predicate=learning_is_right,
    free=(
        "no step",
        "one step",
        "a few steps",
        "an accuracy that falls",
        "300 steps",
        "the gradient of this batch",
        "no gradients from before",
        "training mode while it learns",
        "no more steps than allowed",
    ),
)
def question_overfit_one_batch(answer, rng):
    from torch.optim.optimizer import register_optimizer_step_pre_hook

    few, many, lost = draw_overfit(rng)
    seed = int(rng.integers(2**31))

    def train(data, steps, *, dropout=0.5, stale=False):
        """Train one linear layer, and note what it computed at each step."""
        images, labels, weights, biases = data
        layer = nn.Linear(weights.shape[1], 4).to(torch.float32)
        with torch.no_grad():
            layer.weight.copy_(floats(weights))
            layer.bias.copy_(floats(biases))
        parts = [nn.Flatten(), nn.Dropout(dropout), layer] if dropout else [nn.Flatten(), layer]
        model = nn.Sequential(*parts).eval()
        noted = {"weights": [], "biases": [], "computed": [], "used": [], "modes": [], "steps": []}

        def backward(gradient):
            noted["weights"].append(layer.weight.detach().clone())
            noted["biases"].append(layer.bias.detach().clone())
            noted["computed"].append(gradient.detach().clone())
            noted["modes"].append(modes_of(model))

        if steps < 10:  # it takes time
            layer.weight.register_hook(backward)
            layer.weight.register_post_accumulate_grad_hook(lambda weight: noted["used"].append(weight.grad.clone()))
        if stale:
            leave_gradients(model, np.random.default_rng(seed))
        hook = register_optimizer_step_pre_hook(lambda *_: noted["steps"].append(1))
        torch.manual_seed(seed)
        side = int(weights.shape[1] ** 0.5)
        images = floats(images.reshape(len(images), 1, side, -1))
        accuracy = ask(lambda images, labels: answer(model, images, labels, steps=steps), images, integers(labels))
        hook.remove()
        return noted, {
            "accuracy": accuracy,
            "weights": plain(layer.weight.clone()),
            "biases": plain(layer.bias.clone()),
        }

    def layers_that_learn():
        model = weigh(nn.Sequential(nn.Linear(12, 5), nn.Tanh(), nn.BatchNorm1d(5), nn.Linear(5, 4)), rng)
        before = [parameter.detach().clone() for parameter in model.parameters()]
        answer(model, floats(few[0]), integers(few[1]), steps=2)
        return [not torch.equal(one, other) for one, other in zip(before, model.parameters(), strict=True)]

    def kind():
        images, labels = floats(few[0]), integers(few[1])
        return type_name(answer(nn.Linear(12, 4), images, labels, steps=1))

    with torch.random.fork_rng(devices=[]), torch.enable_grad():
        no_step, one_step, few_steps = (train(few, steps) for steps in (0, 1, 4))
        noted, _ = train(few, 4, dropout=0.0, stale=True)
        _, by_heart = train(many, 300, dropout=0.0)
        counts = [[len(seen["computed"]), len(seen["steps"])] for seen, _ in (no_step, one_step, few_steps)]
        return {
            "no step": no_step[1],
            "one step": one_step[1],
            "a few steps": few_steps[1],
            "an accuracy that falls": train(lost, 3, dropout=0.0)[1],
            "300 steps": by_heart,
            "the gradient of this batch": {
                "weights": plain(noted["weights"]),
                "biases": plain(noted["biases"]),
                "gradients": plain(noted["computed"]),
            },
            "no gradients from before": {"computed": plain(noted["computed"]), "used": plain(noted["used"])},
            "training mode while it learns": few_steps[0]["modes"],
            "no more steps than allowed": np.array(counts),
            "weights and biases of every layer learn": ask(layers_that_learn),
            "the type of the accuracy": ask(kind),
        }


# ---- train_epoch ----


class Token:
    """Lives as long as what holds it."""


def graphs_alive(tokens):
    """How many of the batches whose tokens these are have their graphs still."""
    import gc

    if sum(token() is not None for token in tokens) > 1:
        gc.collect()
    return sum(token() is not None for token in tokens)


def question_train_epoch(answer, rng):
    import weakref

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            parts = nn.Conv2d(1, 3, 3, bias=False), nn.BatchNorm2d(3), nn.ReLU(), nn.Flatten(), nn.Linear(27, 5)
            self.inner = nn.Sequential(*parts)

        def forward(self, images):
            log.append([len(images), all(modes_of(self)), torch.is_grad_enabled()])
            logits = self.inner(images.as_subclass(torch.Tensor))
            if watching:
                alive.append(graphs_alive(tokens))
                if logits.grad_fn is not None:
                    token = logits.grad_fn.metadata["token"] = Token()  # lives as long as this batch's graph
                    tokens.append(weakref.ref(token))
            return logits

    log, tokens, alive, types, watching = [], [], [], set(), []

    def by_sgd(parameters):
        return torch.optim.SGD(parameters, lr=0.1, momentum=0.5)

    def squares(logits, labels):
        return 60 * F.cross_entropy(logits, labels) + 30 * logits.square().mean()

    def slowly(parameters):
        return torch.optim.SGD(parameters, lr=0.002, momentum=0.5)

    def at_home(logits, labels):
        there.append(type(labels) is torch.Tensor)
        return F.cross_entropy(logits, labels.as_subclass(torch.Tensor))

    def batches(*sizes):
        return [(floats(rng.uniform(size=(n, 1, 5, 5))), integers(rng.integers(5, size=n))) for n in sizes]

    def epoch(loader, loss_fn=F.cross_entropy, *, make=by_sgd, device="cpu", training=False, stale=False, once=False):
        model = weigh(Net(), rng).train(training)
        if stale:
            leave_gradients(model, rng)
        optimizer = make(model.parameters())
        optimizer.register_step_post_hook(lambda *_: log.append([0, 0, 0]))
        log.clear()

        def mean_loss(loader):
            loss = answer(model, iter(loader) if once else loader, loss_fn, optimizer, device)
            types.add(type_name(loss))
            return loss

        def trained():
            loss = ask(mean_loss, loader)
            return {"mean loss": loss, "weights": ask(lambda: values_of(model))}

        return unless_clipped(model, optimizer, trained) if once else trained()

    def frozen():
        model = weigh(Net(), rng)
        model.inner[0].weight.requires_grad_(False)
        optimizer = by_sgd(model.inner[4].parameters())
        loader = batches(3)
        return lambda: [answer(model, loader, F.cross_entropy, optimizer, "cpu"), frozen_of(model), *values_of(model)]

    def moved():
        model = weigh(nn.Sequential(nn.Flatten(), nn.Linear(25, 5)), rng)
        model.register_forward_pre_hook(lambda _, inputs: there.append(type(inputs[0]) is torch.Tensor))
        answer(model, far, at_home, by_sgd(model.parameters()), "cpu:0")
        return [all(there), sorted(set(goals)), len(goals) >= 2 * len(far)]

    goals, there = [], []
    far = [tuple(part.as_subclass(elsewhere(goals)) for part in batch) for batch in batches(3)]
    watching.append(True)
    data = {"a last batch of one example": epoch(batches(6, 6, 1))}
    watching.clear()
    data |= {
        "one batch, and label smoothing": epoch(batches(5), nn.CrossEntropyLoss(label_smoothing=0.2)),
        "a loader that can be looped over once, and a loss of one's own": epoch(
            batches(3, 7, 2, 4), squares, make=slowly, device=torch.device("cpu"), once=True, training=True
        ),
        "gradients that are left from before": epoch(batches(4, 3), stale=True),
    }
    order = ask(lambda: np.array(log))
    return data | {
        "another optimiser": epoch(batches(4, 2), make=lambda parameters: torch.optim.Adam(parameters, lr=0.01)),
        "training mode, a pass and a step for each batch": order,
        "a batch on another device": ask(moved),
        "weights that are frozen": ask(frozen()),
        "at most one batch's graph in memory": len(alive) == 3 and max(alive) <= 1,
        "the type of the mean loss": sorted(types),
    }


# ---- evaluate ----


def question_evaluate(answer, rng):
    seed = int(rng.integers(2**31))

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm, self.inner = nn.BatchNorm1d(6), nn.Sequential(nn.Dropout(0.8), nn.Linear(6, 4))

        def forward(self, images):
            at_home.append(type(images) is torch.Tensor)
            seen.append([len(images), any(modes_of(self)), torch.is_grad_enabled()])
            logits = self.inner(self.norm(images.as_subclass(torch.Tensor).flatten(1)))
            return logits.as_subclass(AtDevice) if goals else logits

    goals, at_home, seen, types = [], [], [], set()

    def prepare(sizes, modes):
        """A network, and a loader of whose labels it gets some right, more in the last batch."""
        model, loader = weigh(Net(), rng).eval(), []
        with torch.no_grad():
            for n in sizes:
                images = floats(rng.normal(size=(n, 1, 2, 3)))
                wrong = integers(rng.random(n) < 0.2 + 0.6 * (n == sizes[-1]))
                loader.append((images, (model(images).argmax(dim=1) + wrong) % 4))
        model.inner[1].bias.requires_grad_(False)
        leave_gradients(model, rng)
        for part, mode in zip(model.modules(), modes, strict=True):
            part.training = mode
        return model, loader

    def accuracy(model, loader, device="cpu", once=False):
        torch.manual_seed(seed)
        seen.clear()

        def measure(loader):
            share = answer(model, iter(loader) if once else loader, device)
            types.add(type_name(share))
            return share

        return ask(measure, loader)

    def moved(model, loader, device):
        goals.clear()
        at_home.clear()
        kind = elsewhere(goals)
        far = [tuple(part.as_subclass(kind) for part in batch) for batch in loader]
        share = ask(lambda: answer(model, far, device))
        found = [all(at_home), sorted(set(goals)), len(goals) >= len(loader), share]
        goals.clear()
        return found

    training, measured = prepare((9, 9, 1), [True] * 5), prepare((8, 11, 3), [False] * 5)
    mixed, one = prepare((31,), [False, False, True, True, False]), prepare((1,), [True] * 5)
    with torch.random.fork_rng(devices=[]), torch.enable_grad():
        data = {"a smaller last batch, a network in training mode": accuracy(*training)}
        passes = ask(lambda: np.array(seen))
        return data | {
            "a loader that can be looped over once, a network in eval mode": accuracy(
                *measured, torch.device("cpu"), once=True
            ),
            "one batch": accuracy(*mixed),
            "one image": accuracy(*one),
            "eval mode and no gradients while it measures": passes,
            "batches on another device": ask(moved, *measured, "cpu:0"),
            "the type of the accuracy": sorted(types),
            "the weights and statistics afterwards": ask(lambda: values_of(training[0]) + values_of(mixed[0])),
            "the gradients afterwards": ask(lambda: gradients_of(training[0])),
            "which weights are frozen afterwards": frozen_of(training[0]),
            "images that need no gradients afterwards": [not images.requires_grad for images, _ in training[1]],
            "training mode afterwards": modes_of(training[0]),
            "eval mode afterwards": modes_of(measured[0]),
            "a mode of its own for each part afterwards": modes_of(mixed[0]),
            "whether the caller computes gradients afterwards": ask(
                lambda: gradient_modes_after(lambda: answer(*one, "cpu"))
            ),
        }


# ---- predict ----


def question_predict(answer, rng):
    seed = int(rng.integers(2**31))

    def network(classes, training):
        model = nn.Sequential(nn.Flatten(), nn.BatchNorm1d(6), nn.Dropout(0.5), nn.Linear(6, classes))
        model = weigh(model, rng).train(training)
        model[3].bias.requires_grad_(False)
        leave_gradients(model, rng)
        return model, floats(rng.normal(size=(7 if training else 4, 1, 2, 3)))

    def both(model, images, top):
        torch.manual_seed(seed)
        probabilities, labels = answer(model, images, top=top)
        if torch.as_tensor(probabilities).isnan().any():
            return "not a number"  # the labels beside it depend on how it is sorted
        return {"probabilities": probabilities, "labels": labels}

    def guesses(model, images, top):
        return ask(lambda images: both(model, images, top), images)

    def kinds():
        found = answer(*measured, top=2)
        tensors = [isinstance(part, torch.Tensor) for part in found]
        return [*tensors, type_name(found[1])]

    def need_gradients():
        pixels = measured[1].clone().requires_grad_()
        found = [answer(*measured, top=2)[0], answer(measured[0], pixels, top=2)[0]]
        return [*(part.requires_grad for part in found), pixels.requires_grad, pixels.grad, measured[1].requires_grad]

    training, measured = network(5, True), network(6, False)
    wide = floats(np.stack([rng.permutation(4) * 200 for _ in range(3)]))
    far = floats(rng.normal(size=(3, 4)) + rng.permutation([-900, 0, 900])[:, None])
    with torch.random.fork_rng(devices=[]), torch.enable_grad():
        return {
            "three of five kinds, a network in training mode": guesses(*training, 3),
            "two of six kinds, a network in eval mode": guesses(*measured, 2),
            "the most probable kind alone": guesses(*training, 1),
            "one image, all kinds": guesses(measured[0], measured[1][:1], 6),
            "one image, the most probable kind alone": guesses(measured[0], measured[1][:1], 1),
            "large logits": guesses(nn.Identity(), wide, 1),
            "no kind twice": ask(lambda: [len(set(row)) for row in answer(nn.Identity(), wide, top=3)[1].tolist()]),
            "logits far from 0, on either side": guesses(nn.Identity(), far, 3),
            "two tensors, the labels integers": ask(kinds),
            "no gradients": ask(need_gradients),
            "the weights and statistics afterwards": ask(lambda: values_of(training[0]) + values_of(measured[0])),
            "the gradients afterwards": ask(lambda: gradients_of(training[0])),
            "which weights are frozen afterwards": frozen_of(training[0]),
            "training mode afterwards": modes_of(training[0]),
            "eval mode afterwards": modes_of(measured[0]),
            "whether the caller computes gradients afterwards": ask(
                lambda: gradient_modes_after(lambda: answer(*measured, top=2))
            ),
        }


# ---- confusion_matrix ----


def question_confusion_matrix(answer, rng):
    def pairs(n, highest, hits=0.5):
        labels = rng.integers(highest, size=n)
        predictions = np.where(rng.random(n) < hits, labels, rng.integers(highest, size=n))
        return integers(labels), integers(predictions)

    def kind():
        matrix = answer(*few, 5)
        whole = isinstance(matrix, torch.Tensor) and not matrix.is_floating_point() and matrix.dtype != torch.bool
        return "a tensor of integers" if whole else type_name(matrix)

    few, often = pairs(12, 5), pairs(int(rng.integers(34_000, 36_000)), 1)
    often[0][-99:] = often[1][-50:] = 1
    return {
        "many images": ask(answer, *pairs(400, 17), 17),
        "kinds that do not occur": ask(answer, *pairs(25, 6), 12),
        "one image": ask(answer, *pairs(1, 3), 3),
        "few images": ask(answer, *few, 5),
        "the same pair tens of thousands of times": ask(answer, *often, 2),
        "only right predictions": ask(answer, *pairs(20, 4, 1.1), 4),
        "one kind": ask(answer, *pairs(int(rng.integers(5, 50)), 1), 1),
        "a tensor of integers": ask(kind),
    }


# ---- capture_features ----


def question_capture_features(answer, rng):
    seed = int(rng.integers(2**31))

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.stem = nn.Sequential(nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3), nn.ReLU(inplace=True))
            self.head = nn.Linear(36, 4)
            self.stem_end = nn.ModuleDict({"head": nn.Dropout(0.5)})  # names that begin, and end, like others

        def forward(self, images):
            return self.head(self.stem_end["head"](self.stem(images)).mul_(2).flatten(1))

    class Fragile(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(2, 2)

        def forward(self, images):
            self.layer(images)
            raise KeyError("half-way")

    def network(training, n, width=5):
        model = weigh(Net(), rng).train(training)
        model.head.bias.requires_grad_(False)
        leave_gradients(model, rng)
        return model, floats(rng.normal(size=(n, 1, 6, width)))

    def features(model, images, layers):
        torch.manual_seed(seed)

        def found(images):
            given = list(layers)
            captured = answer(model, images, given)
            if given != layers:
                return "changed the list of names"
            kinds.add("dict" if isinstance(captured, dict) else type_name(captured))
            for value in captured.values():
                kinds.add("tensor" if isinstance(value, torch.Tensor) else type_name(value))
                attached.add(value.requires_grad)
            return captured

        return ask(found, images)

    def hooks(model):
        return [len(part._forward_hooks) + len(part._forward_pre_hooks) for part in model.modules()]

    def need_gradients():
        pixels = measured[1][:1].clone().requires_grad_()
        found = answer(measured[0], pixels, ["stem.1", "head"])
        flags = [*(value.requires_grad for value in found.values()), pixels.requires_grad, measured[1].requires_grad]
        return [*flags, pixels.grad]

    kinds, attached = set(), set()
    every = ["stem.0", "stem.1", "stem.2", "stem", "head"]
    training, measured, listened = network(True, 4), network(False, 2), network(True, 3)
    short, fragile, calls = network(True, 2, width=7), weigh(Fragile(), rng), []
    two = floats(rng.normal(size=(3, 2)))
    listened[0].stem[0].register_forward_hook(lambda *_: calls.append(1))
    with torch.random.fork_rng(devices=[]), torch.enable_grad():
        return {
            "every layer, a network in training mode": features(*training, every),
            "two layers, a network in eval mode": features(*measured, ["head", "stem.0"]),
            "one image": features(measured[0], measured[1][:1], ["stem"]),
            "no layers": features(*training, []),
            "somebody else's hook": [
                features(*listened, ["stem.0"]),
                features(*listened, ["head"]),
                len(calls),
                hooks(listened[0]),
            ],
            "no hook is left": hooks(training[0]) + hooks(measured[0]),
            "an error in a layer": features(*short, ["stem.0", "head"]),
            "an error half-way": features(fragile, two, ["layer"]),
            "no hook is left after an error": hooks(short[0]) + hooks(fragile),
            "a dict of tensors": sorted(kinds),
            "no gradients": [sorted(attached), ask(need_gradients)],
            "the weights and statistics afterwards": ask(lambda: values_of(training[0]) + values_of(measured[0])),
            "the gradients afterwards": ask(lambda: gradients_of(training[0])),
            "which weights are frozen afterwards": frozen_of(training[0]),
            "training mode afterwards": modes_of(training[0]),
            "eval mode afterwards": modes_of(measured[0]),
            "whether the caller computes gradients afterwards": ask(
                lambda: gradient_modes_after(lambda: answer(*measured, ["head"]))
            ),
        }


# ---- the bug clinic ----


def patient(rng, n, *, momentum=0.0, stale=True, norm=False, lr=0.3, spread=1.0, training=True):
    """A network, images, labels, and an optimiser."""
    parts = [nn.Linear(4, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Linear(6, 3)]
    model = weigh(nn.Sequential(*parts if norm else parts[:1] + parts[2:]), rng).train(training)
    if stale:
        leave_gradients(model, rng)
    images, labels = floats(spread * rng.normal(size=(n, 4))), integers(rng.integers(3, size=n))
    return model, images, labels, torch.optim.SGD(model.parameters(), lr=lr, momentum=momentum)


def sure_patient(rng):
    """A network that is right and sure of all its images."""
    model, images, _, optimizer = patient(rng, 60, lr=0.0005, spread=300)
    logits, kinds = model(images).topk(2, dim=1)
    surest = (logits[:, 0] - logits[:, 1]).argsort(descending=True)[:6]
    return model, images[surest], kinds[surest, 0], optimizer


def treat(answer, patient, **kwargs):
    """What comes of training, and the weights and statistics afterwards."""
    model, images, labels, optimizer = patient
    got = ask(lambda images, labels: answer(model, images, labels, optimizer, **kwargs), images, labels)
    return {"result": got, "weights": plain(values_of(model)), "modes": modes_of(model)}


def treat_strongly(answer, patient, **kwargs):
    return unless_clipped(patient[0], patient[3], lambda: treat(answer, patient, **kwargs))


def question_clinic_1(answer, rng):
    types = []
    losses = noting_types(answer, types)
    return {
        "four steps": treat(losses, patient(rng, 6, stale=False, norm=True), steps=4),
        "gradients that are left from before": treat(losses, patient(rng, 5, norm=True), steps=3),
        "momentum": treat(losses, patient(rng, 9, momentum=0.9, norm=True), steps=6),
        "one step": treat(losses, patient(rng, 4, norm=True), steps=1),
        "a network in eval mode": treat(losses, patient(rng, 7, norm=True, training=False), steps=2),
        "large gradients": treat_strongly(losses, patient(rng, 8, lr=0.003, spread=40), steps=3),
        "no step": treat(losses, patient(rng, 5), steps=0),
        "a loss near 0": treat(losses, sure_patient(rng), steps=3),
        "the types of the losses": types,
    }


def question_clinic_2(answer, rng):
    types = []
    losses = noting_types(answer, types)
    return {
        "a smaller last batch": treat(losses, patient(rng, 11, stale=False), size=4),
        "gradients that are left from before": treat(losses, patient(rng, 7), size=2),
        "momentum": treat(losses, patient(rng, 12, momentum=0.9), size=3),
        "one batch": treat(losses, patient(rng, 5), size=9),
        "a network in eval mode": treat(losses, patient(rng, 7, norm=True, training=False), size=4),
        "large gradients": treat_strongly(losses, patient(rng, 8, lr=0.003, spread=40), size=3),
        "the types of the losses": types,
    }


def question_clinic_3(answer, rng):
    types = []
    losses = noting_types(answer, types)

    def large():
        strong = patient(rng, 6, lr=0.001, spread=100)
        first = F.cross_entropy(strong[0](strong[1]), strong[2]).item()
        found = treat_strongly(losses, strong, steps=2)
        numbers = isinstance(found, dict) and np.shape(found["result"]) == (2,)
        return "far too small" if numbers and 0 <= found["result"][0] < 0.9 * first else found

    return {
        "four steps": treat(losses, patient(rng, 6, stale=False, lr=0.1, spread=3), steps=4),
        "gradients that are left from before": treat(losses, patient(rng, 5, lr=0.1, spread=3), steps=3),
        "momentum": treat(losses, patient(rng, 9, momentum=0.9, lr=0.1, spread=3), steps=6),
        "one step": treat(losses, patient(rng, 4, lr=0.1, spread=3), steps=1),
        "large logits": large(),
        "a network in eval mode": treat(losses, patient(rng, 7, norm=True, training=False), steps=2),
        "a loss near 0": treat(losses, sure_patient(rng), steps=3),
        "the types of the losses": types,
    }


def question_clinic_4(answer, rng):
    types = []
    accuracies = noting_types(answer, types)

    def train(n, training, momentum=0.5, **kwargs):
        several = patient(rng, n, momentum=momentum, stale=not training, norm=True, lr=0.5)
        several[0].train(training)
        validation = floats(rng.normal(size=(203, 4))), integers(rng.integers(3, size=203))
        trained = treat(accuracies, several, validation=validation, **kwargs)
        del trained["modes"]  # who measures last, and who is ready to learn again: both are well
        return several, trained

    def modes():
        """In which mode the network is at each pass: while it learns, and while it is measured."""
        model, images, labels, optimizer = patient(rng, 70, norm=True)
        noted, validation = [], (images[:9].clone(), labels[:9].clone())
        model.register_forward_pre_hook(lambda *_: noted.append([torch.is_grad_enabled(), model.training]))
        model[0].weight.register_hook(lambda _: noted.append([2, 2]))
        answer(model.eval(), images, labels, optimizer, validation=validation, epochs=2)
        passes = [(one, then == [2, 2]) for one, then in zip(noted, [*noted[1:], None], strict=True) if one != [2, 2]]
        measured = [one for one, learns in passes if not learns]
        return {"learnt": np.array([one for one, learns in passes if learns]), "measured": np.unique(measured, axis=0)}

    def validation_stays():
        model, images, labels, optimizer = patient(rng, 20, norm=True)
        return ask(
            lambda pair: list(answer(model, images, labels, optimizer, validation=pair, epochs=1)),
            (floats(rng.normal(size=(203, 4))), integers(rng.integers(3, size=203))),
        )

    return {
        "a network that came in training mode": train(70, True, epochs=3)[1],
        "a network that came in eval mode": train(130, False, epochs=3)[1],
        "one epoch": train(40, True, epochs=1)[1],
        "plain gradient descent": train(67, False, momentum=0.0, epochs=2)[1],
        "the validation images afterwards": validation_stays(),
        "the modes while it learns, and while it is measured": ask(modes),
        "the types of the accuracies": types,
    }


def question_clinic_5(answer, rng):
    import weakref

    def most_graphs():
        """How many earlier batches' graphs are there at most when a batch begins."""
        model, images, labels, optimizer = patient(rng, 15)
        tokens, alive = [], []

        def watch(_, inputs, logits):
            alive.append(graphs_alive(tokens))
            if logits.grad_fn is not None:
                token = logits.grad_fn.metadata["token"] = Token()  # lives as long as this batch's graph
                tokens.append(weakref.ref(token))

        model.register_forward_hook(watch)
        answer(model, images, labels, optimizer, size=3)
        return len(tokens) == 5 and max(alive) <= 1

    return {
        "a smaller last batch": treat(answer, patient(rng, 14, stale=False), size=4),
        "gradients that are left from before": treat(answer, patient(rng, 7), size=3),
        "momentum": treat(answer, patient(rng, 15, momentum=0.9), size=3),
        "one batch": treat(answer, patient(rng, 5), size=9),
        "a network in eval mode": treat(answer, patient(rng, 7, norm=True, training=False), size=4),
        "large gradients": treat_strongly(answer, patient(rng, 8, lr=0.003, spread=40), size=3),
        "at most one batch's graph in memory": ask(most_graphs),
        "the type of the mean loss": ask(type_of(answer), *patient(rng, 4), size=4),
    }


def draw_clinic_6(rng):
    """Images, labels, weights and biases of one linear layer; for a pass with a smaller last batch, and in one
    batch."""
    return [
        (9 * rng.normal(size=(n, 4)), rng.permutation(n) % 3, rng.normal(size=(3, 4)) / 9, rng.normal(size=3) / 2)
        for n in (26, 9, 23)
    ]


def pass_is_right(data, rng):
    """One linear layer is trained again here, in the order in which its images were seen."""
    several, few, order = draw_clinic_6(rng)

    def rows(batches, images):
        """Which images each batch holds."""
        found = [np.abs(images - np.asarray(batch, np.float64)[:, None]).max(axis=2) for batch in batches]
        assert all((far.min(axis=1) < 1e-5).all() for far in found)
        return [far.argmin(axis=1) for far in found]

    def once(name, case, size):
        def check():
            batches, n = rows(data[name], case[0]), len(case[0])
            sizes = [min(size, n - start) for start in range(0, n, size)]
            return [len(batch) for batch in batches] == sizes and sorted(np.concatenate(batches)) == list(range(n))

        return check

    def at_random():
        """Whether the images that share a batch are no neighbours."""
        batches = rows(data["in random order"], order[0])
        return sum((np.diff(np.sort(batch)) == 1).sum() for batch in batches) < len(order[0]) / 2

    def train(case, batches):
        images, labels, weights, biases = case
        momentum, losses = 0.0, []
        weights = np.concatenate([weights, biases[:, None]], axis=1)
        for batch in batches:
            inputs = np.concatenate([images[batch], np.ones((len(batch), 1))], axis=1)
            logarithms = log_softmax(inputs @ weights.T)
            right = np.arange(3) == labels[batch][:, None]
            losses.append(-logarithms[right].mean())
            momentum = 0.5 * momentum + (np.exp(logarithms) - right).T @ inputs / len(batch)
            weights = weights - 0.03 * momentum
        return losses, weights

    def losses(seen, name, case):
        return lambda: nearly(np.ravel(data[name]), train(case, rows(data[seen], case[0]))[0], 1e-4)

    def weights():
        found = np.concatenate([data["the weights"]["weights"], np.asarray(data["the weights"]["biases"])[:, None]], 1)
        return nearly(found, train(several, rows(data["every image once"], several[0]))[1], 1e-4)

    def same():
        one, other = (rows(batches, order[0]) for batches in data["the same generator again"])
        found = [np.concatenate(batches).tolist() for batches in (one, other)]
        return found[0] == found[1] and sorted(found[0]) == list(range(len(order[0])))

    def other():
        one, another = (rows(batches, order[0]) for batches in data["another generator"])
        return np.concatenate(one).tolist() != np.concatenate(another).tolist()

    def next_pass():
        one, another = (rows(batches, order[0]) for batches in data["the next pass"])
        return np.concatenate(one).tolist() != np.concatenate(another).tolist()

    return names_that_fail(
        {
            "every image once": once("every image once", several, 6),
            "one batch": once("one batch", few, 20),
            "in random order": at_random,
            "the losses": losses("every image once", "the losses", several),
            "the loss of one batch": losses("one batch", "the loss of one batch", few),
            "the weights": weights,
            "the same generator again": same,
            "another generator": other,
            "the next pass": next_pass,
        }
    )


@judged(
    predicate=pass_is_right,
    free=(
        "every image once",
        "one batch",
        "in random order",
        "the losses",
        "the loss of one batch",
        "the weights",
        "the same generator again",
        "another generator",
        "the next pass",
    ),
)
def question_clinic_6(answer, rng):
    several, few, order = draw_clinic_6(rng)
    seed, modes = int(rng.integers(2**31)), []

    def train(case, size, *, step=0, world=0, generator=None, training=True):
        """The images as they were seen, the losses, the network, and images and labels afterwards."""
        images, labels = floats(case[0]), integers(case[1])
        model, seen = nn.Linear(4, 3).to(torch.float32), []
        with torch.no_grad():
            model.weight.copy_(floats(case[2]))
            model.bias.copy_(floats(case[3]))
        model.train(training)
        leave_gradients(model, np.random.default_rng(seed))
        optimizer = torch.optim.SGD(model.parameters(), lr=0.03, momentum=0.5)
        model.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].detach().clone()))
        generator = generator or torch.Generator().manual_seed(seed + step)
        torch.manual_seed(seed // 2 + world)  # the global random state is nobody's business here
        losses = answer(model, images, labels, optimizer, size=size, generator=generator)
        modes.append(model.training)
        return seen, list(losses), model, [images, labels]

    def of_order(**kwargs):
        return train(order, 4, **kwargs)[0]

    def passes():
        """Two passes with one generator."""
        generator = torch.Generator().manual_seed(seed + 2)
        return [of_order(generator=generator) for _ in range(2)]

    with torch.random.fork_rng(devices=[]), torch.enable_grad():
        try:
            seen, losses, model, after = train(several, 6)
            batch, loss, *_ = train(few, 20, training=False)
        except Exception as error:
            return {"every image once": f"raised {type(error).__name__}"}
        return {
            "every image once": plain(seen),
            "one batch": plain(batch),
            "in random order": ask(of_order, step=2),
            "the losses": ask(lambda: losses),
            "the loss of one batch": ask(lambda: loss),
            "the weights": {"weights": plain(model.weight.clone()), "biases": plain(model.bias.clone())},
            "the same generator again": [ask(of_order), ask(of_order, world=1)],
            "another generator": [ask(of_order), ask(of_order, step=1)],
            "the next pass": ask(passes),
            "images and labels afterwards": plain(after),
            "training and eval mode afterwards": modes[:2],
            "the types of the losses": [type_name(number) for number in losses],
        }


# ---- the checkpoint, whose points the judge counts ----


def shown_checkpoint(data, rng):
    """What a network is shown, and the labels, which stay with the judge."""
    import gzip

    raw = data / "fashion_mnist" / "FashionMNIST" / "raw"
    with gzip.open(raw / "t10k-images-idx3-ubyte.gz") as images, gzip.open(raw / "t10k-labels-idx1-ubyte.gz") as labels:
        images = np.frombuffer(images.read(), np.uint8, offset=16).reshape(-1, 1, 28, 28)
        labels = np.frombuffer(labels.read(), np.uint8, offset=8)
    order = rng.permutation(len(labels))
    return {"images": images[order]}, labels[order]


def predict_checkpoint(names, shown):
    """The network's predictions, and how many parameters its file holds. Raises with a sentence for the student."""
    import os

    file, images = "a3_fashion_mnist.pt", shown["images"]
    if not os.path.exists(file):
        raise FileNotFoundError(f"{file} is missing: hand it in beside the notebook.")
    try:
        model = names["FashionCNN"]()
    except Exception as error:
        raise RuntimeError(f"{file} needs your FashionCNN, which cannot be made ({type(error).__name__}).") from None
    try:
        state = torch.load(file, map_location="cpu", weights_only=True)
        model.load_state_dict(state)
        parameters = count_parameters(model, state)
    except Exception as error:
        raise RuntimeError(
            f"{file} cannot be loaded into your FashionCNN ({type(error).__name__}): train and save it again."
        ) from None
    if parameters > 120_000:
        raise ValueError(f"{file} holds {parameters:,} parameters, more than 120,000.")
    try:
        model.eval()
        with torch.no_grad():
            parts = [
                plain(model(floats(images[begin : begin + 500] / np.float32(255)))).argmax(axis=1)
                for begin in range(0, len(images), 500)
            ]
        predictions = np.concatenate(parts).astype(np.uint8)
    except Exception as error:
        raise RuntimeError(
            f"Your FashionCNN with the weights of {file} fails on the test images ({type(error).__name__})."
        ) from None
    return {"parameters": parameters, "predictions": predictions}


def points_checkpoint(data, labels):
    """None up to 80 %, all from 90 %, and in between in proportion."""
    predictions, parameters = data["predictions"], data["parameters"]
    if not isinstance(predictions, np.ndarray) or predictions.shape != labels.shape:
        return 0.0, "The network does not give one prediction for each test image."
    if not 0 < parameters <= 120_000:
        return 0.0, "a3_fashion_mnist.pt does not hold between 1 and 120,000 parameters."
    accuracy = float(np.mean(predictions == labels))
    points = round(6 * min(max((accuracy - 0.8) / 0.1, 0.0), 1.0), 2)
    return points, f"{100 * accuracy:.2f} % of the test images are right."


# ---- the quiz ----

LETTER = "the answer is a letter, which is compared"
BY_VALUE = {
    "quiz_hundred_kinds": LETTER,
    "quiz_eval": LETTER,
    "quiz_selection": LETTER,
    "quiz_matrix": LETTER,
    "quiz_gap": LETTER,
}

# ---- promises of docstrings, and who asks them ----

PROMISED = {"train_epoch": {"stay frozen": ["weights that are frozen"]}}
