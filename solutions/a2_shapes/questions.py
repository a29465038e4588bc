"""What the answers to assignment 2, output shapes, parameters and cost are asked."""

import functools

import numpy as np
import torch
from torch import nn

from solutions.asking import ask, judged, names_that_fail, or_value_error, plain, type_name

exact = judged(rtol=0, atol=1e-6)  # counts are whole numbers: one too many in a million is one too many


def odd(rng, low, high):
    """An odd number from low to high. A product of odd numbers is odd, so no float holds a very large one."""
    return 2 * int(rng.integers(low // 2, (high + 1) // 2)) + 1


def without_memory(answer, *args, **kwargs):
    """Ask about sizes that no memory holds: should the answer build the layer to count it, its tensors have no data."""
    with torch.device("meta"):
        got = ask(answer, *args, **kwargs)
    return ask(answer, *args, **kwargs) if isinstance(got, str) and got.startswith(("raised", "a tensor")) else got


def to_the_last_bit(answer):
    """The answer, with its numbers as texts, since the judge compares numbers as floats: the first digits of each, and
    its last three bits. These are 0 in a float of 10^17 or so, whichever way it was computed."""

    def texts(value):
        if isinstance(value, (list, tuple)):
            return [texts(item) for item in value]
        if isinstance(value, dict):
            return {key: texts(item) for key, item in value.items()}
        if value is None or isinstance(value, str):
            return value
        return f"{int(value):.3e} with {int(value) % 8:03b}"

    return lambda *args, **kwargs: texts(answer(*args, **kwargs))


def parameters_of(module):
    """Name and parameter for each in a module, each once, found without the module's own methods."""
    found, waiting = {}, [module]
    while waiting:
        inner = waiting.pop()
        waiting += [child for child in inner._modules.values() if child is not None]
        found |= {id(own): (name, own) for name, own in inner._parameters.items() if own is not None}
    return list(found.values())


def with_numbers(layers, rng):
    """Give layers drawn weights, gradients and running means, so that whoever touches them is seen."""
    for layer in layers:
        for tensor in [*layer.parameters(), *layer.buffers()]:
            numbers = torch.tensor(rng.uniform(1, 9, size=tuple(tensor.shape)))
            tensor.data = numbers.to(tensor.dtype)
        for parameter in layer.parameters():
            parameter.grad = parameter.detach() + 1
    return layers


def numbers_of(layers):
    """Weights, what batch norm remembers, and gradients, with their types."""
    tensors = [tensor for layer in layers for tensor in [*layer.parameters(), *layer.buffers()]]
    gradients = [plain(tensor.grad) for tensor in tensors if tensor.is_leaf]
    return [[type_name(tensor) for tensor in tensors], [plain(tensor) for tensor in tensors], gradients]


def settings_of(network):
    """Settings of the layers, as PyTorch prints them, and the names of all that hangs on them."""
    return [repr(network), [sorted(vars(module)) for module in network.modules()]]


def same_settings(before, network):
    return [one == other for one, other in zip(before, settings_of(network), strict=True)]


def kind_of(numbers):
    """ "int" if all numbers are ints, and otherwise what the first is that is none."""
    return next((kind for kind in map(type_name, numbers) if kind != "int"), "int")


def hook(layer, inputs, output):
    """A hook that does nothing."""


def switches_of(layers):
    """Modes, what is frozen, and how many hooks there are."""
    modules = [module for layer in layers for module in layer.modules()]
    return {
        "modes": [module.training for module in modules],
        "frozen": [not parameter.requires_grad for layer in layers for parameter in layer.parameters()],
        "hooks": [len(module._forward_hooks) + len(module._forward_pre_hooks) for module in modules],
    }


# ---- conv_output_size ----


@exact
def question_conv_output_size(answer, rng):
    kernel, dilation, padding, steps = (int(n) for n in rng.integers([4, 2, 1, 3], [7, 4, 3, 8]))
    fits_once = dilation * (kernel - 1) + 1 - 2 * padding  # the size at which the output is 1
    together = {"stride": 4, "padding": padding, "dilation": dilation}
    size, long, stride = kernel + 7 + steps, odd(rng, 70_000, 90_000), odd(rng, 3 * 10**9, 4 * 10**9)
    wide = odd(rng, 3 * 10**16, 4 * 10**16)  # times `steps`, one pixel less is less than a float can tell
    options = rng.integers([1, 1, 1, 0, 1], [13, 6, 5, 4, 4], size=(40, 5)).tolist()

    def out(*args, **kwargs):
        return ask(or_value_error(answer), *args, **kwargs)

    def types():
        results = [answer(size, kernel), answer(size, kernel, stride=3), answer(size, kernel, padding=padding)]
        return kind_of([*results, answer(3 * size, kernel, dilation=dilation)])

    def without_overflow(*args, **kwargs):
        return without_memory(or_value_error(answer), *args, **kwargs)

    return {
        "the numbers of the example": out(32, 5, padding=2),
        "everything together, nothing left over": out(fits_once + 4 * steps, kernel, **together),
        "everything together, a few pixels left over": [
            out(fits_once + 4 * steps + 1, kernel, **together),
            out(fits_once + 4 * steps + 3, kernel, **together),
        ],
        "the defaults": out(size, kernel),
        "stride alone": out(size, kernel, stride=3),
        "padding alone": out(size, kernel, padding=padding),
        "dilation alone": out(3 * size, kernel, dilation=dilation),
        "a kernel of one pixel": out(size, 1, stride=2),
        "a kernel that just fits": out(kernel, kernel),
        "a kernel that just fits thanks to the padding": out(kernel - 2, kernel, padding=1),
        "a kernel one pixel too large": out(kernel - 1, kernel),
        "a kernel one pixel too large in spite of the padding": out(kernel - 3, kernel, padding=1),
        "a kernel too large by less than a stride": out(kernel - 2, kernel, stride=3),
        "a kernel that only its dilation makes too large": out(2 * kernel - 2, kernel, dilation=2),
        "forty other combinations": [
            out(size, kernel, stride=stride, padding=padding, dilation=dilation)
            for size, kernel, stride, padding, dilation in options
        ],
        "a very long row": without_overflow(long, kernel, stride=2),
        "very long rows, one pixel short of a last step": [
            without_overflow(steps * stride + kernel - 1, kernel, stride=stride) for stride in (stride, wide)
        ],
        "an int": ask(types),
    }


# ---- trace_shapes ----


@exact
def question_trace_shapes(answer, rng):
    channels, f1, f2 = (int(n) for n in 2 + rng.permutation(5)[:3])
    height, width = (int(n) for n in 24 + rng.permutation(9)[:2])
    h, w = (int(n) for n in 4 + rng.permutation(4)[:2])
    shape, small = (channels, height, width), (channels, h, w)
    first = nn.Conv2d(channels, f1, (5, 4), stride=(2, 1), padding=(1, 2), bias=False)
    body = [first, nn.BatchNorm2d(f1), nn.ReLU(), nn.MaxPool2d((3, 2), stride=(2, 3), padding=1)]
    body += [nn.Conv2d(f1, f2, 3, dilation=2), nn.AvgPool2d((2, 3)), nn.Dropout()]
    with torch.no_grad():
        features = nn.Sequential(*body).eval()(torch.zeros(1, *shape)).numel()
    body[1].train()
    head = [nn.Flatten(), nn.Linear(features, 17), nn.ReLU(), nn.Linear(17, 3)]
    one_pixel = [nn.Conv2d(channels, f1, (h, w)), nn.BatchNorm2d(f1), nn.Flatten(), nn.Linear(f1, f2)]
    mixed = [nn.MaxPool2d(3, stride=(1, 2)), nn.AvgPool2d(2, stride=(2, 1), padding=(0, 1))]
    mixed += [nn.MaxPool2d(3, stride=2, padding=(1, 0), dilation=(1, 2)), nn.AvgPool2d((3, 1), stride=1)]
    pool, keep = nn.MaxPool2d(2, stride=1), nn.Conv2d(channels, channels, 3)
    large = (odd(rng, 401, 501), odd(rng, 2401, 2501), odd(rng, 2401, 2501))  # more numbers than an int32 can count
    huge = [odd(rng, 400_000, 500_000) for _ in range(3)]  # more numbers than a float can count

    def shapes(layers, shape):
        return ask(lambda: answer(layers[:], shape))

    def kinds(layers, shape):
        """A list, tuples, ints; a torch.Size is a tuple."""
        result = answer(layers, shape)
        rows = [type_name(row) for row in result if not isinstance(row, tuple)] or ["tuple"]
        return [type_name(result), rows[0], kind_of(number for row in result for number in row)]

    @functools.cache
    def afterwards():
        """What is left of layers, some of them in training mode, some not."""
        layers = [nn.Conv2d(channels, f1, 3), nn.BatchNorm2d(f1), nn.Dropout(), nn.BatchNorm2d(f1), nn.ReLU()]
        layers += [nn.MaxPool2d(2, stride=1), nn.AvgPool2d(1)]
        layers[4].register_forward_hook(hook)
        layers = with_numbers(layers, rng)
        layers[2].eval(), layers[3].eval()
        layers[0].bias.requires_grad_(False)
        given, network = list(layers), nn.Sequential(*layers)
        before = settings_of(network)
        answer(given, small)
        answer(network, small)
        same = [one is other for one, other in zip(given, layers, strict=True)]
        return [same, numbers_of([network])], [same, switches_of([network]), same_settings(before, network)]

    return {
        "the layers of the example": shapes([nn.Conv2d(1, 8, 5, padding=2), nn.MaxPool2d(2)], (1, 28, 28)),
        "a whole network, height and width all different": shapes([*body, *head], shape),
        "one convolution": shapes([first], shape),
        "a dilated convolution": shapes([nn.Conv2d(channels, f2, 3, dilation=(2, 3))], shape),
        "a convolution in groups": shapes([nn.Conv2d(2 * channels, 6, 3, groups=2)], (2 * channels, height, width)),
        "a kernel of one pixel with a stride": shapes([nn.Conv2d(channels, 1, 1, stride=(2, 3))], shape),
        "pooling with its own stride": shapes([nn.MaxPool2d(3, stride=2, padding=1, dilation=2)], shape),
        "pooling with pairs": shapes([nn.MaxPool2d((3, 2), stride=(1, 3), padding=(1, 0), dilation=(2, 1))], shape),
        "pooling, some numbers given alone and some as pairs": shapes(mixed, shape),
        "pooling without a stride": shapes([nn.AvgPool2d(3), nn.MaxPool2d((2, 1))], shape),
        "average pooling with padding": shapes([nn.AvgPool2d((2, 3), stride=(3, 1), padding=(1, 0))], shape),
        "layers that change no shape": shapes([nn.ReLU(), nn.BatchNorm2d(channels), nn.Dropout()], shape),
        "dense layers": shapes(
            [nn.Flatten(), nn.Linear(channels * h * w, f1), nn.ReLU(), nn.Dropout(), nn.Linear(f1, f2)], small
        ),
        "a layer that stands twice in the network": [
            shapes([pool, keep, pool, keep], shape),
            shapes(nn.Sequential(pool, keep, pool), shape),
        ],
        "billions of numbers, and some 10^17": [
            without_memory(lambda: answer([nn.Flatten()], large)),
            without_memory(to_the_last_bit(lambda: answer([nn.Flatten()], tuple(huge)))),
        ],
        "maps of one pixel": shapes(nn.Sequential(*one_pixel).eval(), small),
        "an nn.Sequential": shapes(nn.Sequential(*body[-3:]), (f1, height, width)),
        "no layers": shapes([], shape),
        "a list of tuples of ints": ask(kinds, [*body, nn.Flatten()], shape),
        "the layers' weights, gradients and running means stay": ask(lambda: afterwards()[0]),
        "the layers' settings, modes, hooks and frozen weights stay": ask(lambda: afterwards()[1]),
    }


# ---- conv_parameters ----


@exact
def question_conv_parameters(answer, rng):
    c_in, c_out, kernel, kh, kw = (int(n) for n in 3 + rng.permutation(9)[:5])
    many_in, many_out = odd(rng, 20_000, 30_000), odd(rng, 20_000, 30_000)
    most_in, most_out = odd(rng, 2_000_000, 3_000_000), odd(rng, 2_000_000, 3_000_000)
    tall, wide = odd(rng, 201, 301), odd(rng, 201, 301)  # their product is more than an int16 can hold

    def types():
        return kind_of([answer(c_in, c_out, kernel), answer(c_in, c_out, (kh, kw), bias=False)])

    return {
        "the numbers of the example": ask(answer, 3, 10, 5),
        "a square kernel": ask(answer, c_in, c_out, kernel),
        "a kernel given as a pair": ask(answer, c_in, c_out, (kh, kw)),
        "no biases": ask(answer, c_in, c_out, kernel, bias=False),
        "a pair, no biases": ask(answer, c_in, c_out, (kh, kw), bias=False),
        "biases, asked for by name": ask(answer, c_in, c_out, kernel, bias=True),
        "a kernel of one pixel": [ask(answer, c_in, c_out, 1), ask(answer, c_in, c_out, (1, 1))],
        "one channel in": ask(answer, 1, c_out, kernel),
        "one channel out": ask(answer, c_in, 1, kernel),
        "billions of weights, and some 10^17": [
            without_memory(answer, many_in, many_out, (tall, wide), bias=False),
            without_memory(to_the_last_bit(answer), most_in, most_out, (tall, wide), bias=False),
        ],
        "an int": ask(types),
    }


# ---- dense_parameters ----


@exact
def question_dense_parameters(answer, rng):
    n_in, n_out = (int(n) for n in 5 + rng.permutation(40)[:2])
    many_in, many_out = odd(rng, 60_000, 90_000), odd(rng, 60_000, 90_000)
    most_in, most_out = odd(rng, 3 * 10**8, 4 * 10**8), odd(rng, 3 * 10**8, 4 * 10**8)

    def types():
        return kind_of([answer(n_in, n_out), answer(n_in, n_out, bias=False)])

    return {
        "the numbers of the example": ask(answer, 588, 200),
        "with biases": ask(answer, n_in, n_out),
        "no biases": ask(answer, n_in, n_out, bias=False),
        "biases, asked for by name": ask(answer, n_in, n_out, bias=True),
        "inputs and outputs exchanged": ask(answer, n_out, n_in),
        "one output": ask(answer, n_in, 1),
        "one input": ask(answer, 1, n_out),
        "billions of weights, and some 10^17": [
            without_memory(answer, many_in, many_out, bias=False),
            without_memory(to_the_last_bit(answer), most_in, most_out, bias=False),
        ],
        "an int": ask(types),
    }


# ---- flat_features ----


@exact
def question_flat_features(answer, rng):
    channels, size, height, width = (int(n) for n in 3 + rng.permutation(9)[:4])
    many, wide, tall = odd(rng, 60_000, 90_000), odd(rng, 300, 400), odd(rng, 300, 400)
    most, widest, tallest = odd(rng, 60_000_000, 90_000_000), odd(rng, 30_000, 40_000), odd(rng, 30_000, 40_000)

    def types():
        return kind_of([answer(channels, size), answer(channels, (height, width))])

    return {
        "the numbers of the example": ask(answer, 32, 7),
        "a square map": ask(answer, channels, size),
        "a pair": ask(answer, channels, (height, width)),
        "a pair of equal sides": ask(answer, channels, (size, size)),
        "maps of a single row or column": [ask(answer, channels, (1, width)), ask(answer, channels, (height, 1))],
        "one channel": ask(answer, 1, size),
        "maps of one pixel": ask(answer, channels, 1),
        "billions of numbers, and some 10^17": [
            without_memory(answer, many, (tall, wide)),
            without_memory(to_the_last_bit(answer), most, (tallest, widest)),
        ],
        "an int": ask(types),
    }


# ---- parameter_table ----


@exact
def question_parameter_table(answer, rng):
    c, f, hidden, classes = (int(n) for n in 2 + rng.permutation(9)[:4])
    many_in, many_out = odd(rng, 2 * 10**8, 3 * 10**8), odd(rng, 2 * 10**8, 3 * 10**8)
    nested = nn.Sequential(nn.Sequential(nn.Conv2d(c, f, (3, 2)), nn.BatchNorm2d(f)), nn.ReLU(), nn.Linear(f, hidden))
    frozen = nn.Sequential(nn.Conv2d(c, f, 3), nn.BatchNorm2d(f), nn.Linear(hidden, classes))
    frozen[0].bias.requires_grad_(False), frozen[1].weight.requires_grad_(False), frozen[2].requires_grad_(False)
    # Neither is the order of the names alphabetical, nor that of the tensors from the model itself to its parts.
    own = nn.ModuleDict({"stem": nn.Linear(c, f), "a_head": nn.Linear(hidden, classes)})
    own.register_parameter("scale", nn.Parameter(torch.ones(hidden, c)))
    own.register_parameter("bias", nn.Parameter(torch.tensor(2.0)))
    own.register_buffer("mean", torch.zeros(1, c, 1, 1))
    own.register_buffer("nothing", torch.zeros(0, c))
    own.register_buffer("a_mask", torch.zeros(f, classes), persistent=False)
    tied = nn.ModuleDict({"one": nn.Linear(hidden, classes), "two": nn.Linear(hidden, classes, bias=False)})
    tied["two"].weight = tied["one"].weight
    norms = nn.Sequential(nn.BatchNorm2d(f), nn.BatchNorm2d(f))
    norms[1].running_mean = norms[0].running_mean
    block = nn.Sequential(nn.Linear(f, f), nn.BatchNorm2d(f))
    equal = nn.Sequential(nn.Linear(f, c), nn.Linear(f, c), nn.BatchNorm2d(f), nn.BatchNorm2d(f))
    equal[1].load_state_dict(equal[0].state_dict())
    huge = nn.Sequential(nn.Linear(many_in, many_out, bias=False, device="meta"), nn.Linear(c, f, device="meta"))

    def table(model):
        return ask(lambda: answer(model))

    def kinds(models):
        tables = [answer(model) for model in models]
        lists, rows = [type_name(rows) for rows, _ in tables], [row for rows, _ in tables for row in rows]
        forms = [all(isinstance(row, tuple) for row in rows), all(isinstance(row[1], tuple) for row in rows)]
        counts = kind_of(number for row in rows for number in (row[2], *row[1]))
        dicts = all(isinstance(totals, dict) for _, totals in tables)
        return [lists, forms, counts, dicts, kind_of(total for _, totals in tables for total in totals.values())]

    def afterwards():
        models = with_numbers([nn.Sequential(nn.Conv2d(c, f, 2), nn.BatchNorm2d(f).eval())], rng)
        models[0][0].weight.requires_grad_(False)
        answer(models[0])
        return [numbers_of(models), switches_of(models)]

    return {
        "a convolution": table(nn.Conv2d(c, f, 3)),
        "a layer without biases": table(nn.Linear(c, f, bias=False)),
        "batch norm": table(nn.BatchNorm2d(f)),
        "batch norm without parameters": table(nn.BatchNorm2d(f, affine=False)),
        "batch norm that remembers nothing": table(nn.BatchNorm2d(f, track_running_stats=False)),
        "no parameters": table(nn.Sequential(nn.ReLU(), nn.Flatten())),
        "modules within modules": table(nested),
        "some parameters frozen, in training and in evaluation mode": [table(frozen), table(frozen.eval())],
        "all parameters frozen": table(nn.Linear(hidden, f).requires_grad_(False)),
        "parameters and buffers of the model itself": table(own),
        "a weight that two layers share": table(tied),
        "a running mean that two layers share": table(norms),
        "a block that is used twice": table(nn.Sequential(block, nn.ReLU(), block)),
        "layers with equal numbers that share nothing": table(equal),
        "a huge model on the device meta": ask(lambda: to_the_last_bit(answer)(huge)),
        "a list of tuples, a dict of ints": ask(kinds, [nn.BatchNorm2d(f), nn.ReLU()]),
        "the model stays as it is": ask(afterwards),
    }


# ---- same_padding ----


@exact
def question_same_padding(answer, rng):
    small, larger = (int(n) for n in 2 * rng.permutation(8)[:2] + 5)  # odd
    options = rng.integers([1, 1], [24, 7], size=(30, 2)).tolist()

    def padding(*args, **kwargs):
        return ask(or_value_error(answer), *args, **kwargs)

    def types():
        results = [answer(small), answer(larger, dilation=3), answer(1), answer(small + 1, dilation=2)]
        return kind_of(results)

    return {
        "the numbers of the text": [padding(kernel) for kernel in (3, 5, 7)],
        "an odd kernel": padding(small),
        "an odd kernel, odd dilation": padding(larger, dilation=3),
        "an odd kernel, even dilation": padding(larger, dilation=2),
        "a kernel of one pixel": padding(1, dilation=int(rng.integers(2, 9))),
        "an even kernel": padding(small + 1),
        "an even kernel, odd dilation": padding(larger + 1, dilation=3),
        "an even kernel, even dilation": padding(small + 1, dilation=2),
        "thirty other combinations": [padding(kernel, dilation=dilation) for kernel, dilation in options],
        "an int": ask(types),
    }


# ---- MnistNetwork ----


def question_MnistNetwork(answer, rng):
    shapes = {"conv1": (4, 1, 5, 5), "conv2": (8, 4, 3, 3), "conv3": (12, 8, 3, 3)}
    shapes |= {"dense1": (200, 588), "dense2": (10, 200)}
    numbers = {name: rng.normal(size=shape) * (2 / np.prod(shape[1:])) ** 0.5 for name, shape in shapes.items()}
    biases = {name: rng.normal(size=shape[0]) for name, shape in shapes.items()}
    images = torch.tensor(3 * rng.normal(size=(3, 1, 28, 28)), dtype=torch.float32)

    network = functools.cache(answer)

    def with_drawn_weights(mode):
        model = network().float().train(mode)
        with torch.no_grad():
            for name in shapes:
                layer = getattr(model, name)
                for own, drawn in ((layer.weight, numbers[name]), (layer.bias, biases[name])):
                    own.copy_(torch.tensor(drawn))  # a shape that does not fit is an error here
        return model

    def kinds():
        wanted = {name: nn.Conv2d if name.startswith("conv") else nn.Linear for name in shapes}
        return {name: isinstance(getattr(network(), name), kind) for name, kind in wanted.items()}

    def sizes():
        layers = {name: getattr(network(), name) for name in shapes}
        return {name: [list(plain(own).shape) for own in (one.weight, one.bias)] for name, one in layers.items()}

    def logits(images, mode):
        model = with_drawn_weights(mode)
        with torch.no_grad():
            return [model(images), ["in the same mode afterwards", model.training is mode]]

    def slopes(mode):
        model = with_drawn_weights(mode)
        for _, parameter in parameters_of(model):
            parameter.grad = None
        model(images[:2]).sum().backward()
        slopes = [parameter.grad for _, parameter in parameters_of(model)]
        return [slope is not None and bool(slope.any()) for slope in slopes]

    return {
        "convolutions and dense layers by name": ask(kinds),
        "the sizes of weights and biases": ask(sizes),
        # as a text: within the tolerance of the logits, a few too many would be right
        "the number of parameters": ask(lambda: str(sum(plain(own).size for _, own in parameters_of(network())))),
        "three images, training mode": ask(logits, images, True),
        "three images, evaluation mode": ask(logits, images, False),
        "one image": ask(logits, images[:1], False),
        "slopes reach every parameter, in either mode": [ask(slopes, True), ask(slopes, False)],
    }


# ---- receptive_field ----


@exact
def question_receptive_field(answer, rng):
    k1, k2, k3 = (int(n) for n in 2 + rng.permutation(5)[:3])
    s1, s2 = (int(n) for n in 2 + rng.permutation(3)[:2])
    first, second = nn.Conv2d(3, 4, k1, stride=s1, padding=1), nn.Conv2d(4, 2, k2)
    strided = nn.Conv2d(2, 2, k3, stride=s2, padding=2)
    pools = [nn.MaxPool2d(3, stride=2, padding=1, dilation=2), nn.AvgPool2d(2)]
    pairs = [nn.AvgPool2d((k1, k1), stride=(s1, s1)), nn.MaxPool2d((k2, k2), (s2, s2), dilation=(2, 2)), second]
    block = [nn.Conv2d(2, 2, 3, padding=1), nn.BatchNorm2d(2), nn.ReLU(), nn.Dropout()]
    deep = [nn.MaxPool2d(k1, stride=2), nn.AvgPool2d(2), nn.Conv2d(1, 1, k2, stride=2)]
    deepest = [nn.MaxPool2d(3, stride=2), *deep[1:]] * 19  # what it sees is odd

    def drawn():
        """A network of one to five layers of all kinds."""
        layers = []
        for kind in rng.integers(4, size=rng.integers(1, 6)):
            kernel, stride, dilation, padding = (int(n) for n in rng.integers([1, 1, 1, 0], [6, 4, 4, 4]))
            options = {"stride": stride, "padding": min(padding, kernel // 2), "dilation": dilation}
            if kind < 2:
                layer = nn.Conv2d(1, 1, kernel, **options) if kind else nn.MaxPool2d(kernel, **options)
            else:
                layer = nn.AvgPool2d(kernel, stride=stride) if kind == 2 else nn.ReLU()
            layers.append(layer)
        return layers

    networks = [drawn() for _ in range(10)]

    def sees(layers):
        return ask(lambda: answer(layers[:]))

    def afterwards():
        layers = [nn.Conv2d(2, 2, k1), nn.BatchNorm2d(2).eval(), nn.Conv2d(2, 2, k2, bias=False)]
        layers = with_numbers([*layers, nn.MaxPool2d(k3), nn.AvgPool2d(2)], rng)
        layers[0].weight.requires_grad_(False)
        given, network = list(layers), nn.Sequential(*layers)
        before = settings_of(network)
        answer(given)
        answer(network)
        same = [one is other for one, other in zip(given, layers, strict=True)]
        return [same, numbers_of([network]), switches_of([network]), same_settings(before, network)]

    return {
        "the layers of the example": sees([nn.Conv2d(1, 1, 3), nn.MaxPool2d(2), nn.Conv2d(1, 1, 3)]),
        "one convolution": sees([nn.Conv2d(1, 1, k3)]),
        "a stride, then a convolution": sees([first, second]),
        "a convolution, then a stride": sees([second, strided]),
        "several strides": sees([first, nn.ReLU(), second, strided, *block]),
        "poolings among convolutions": sees([*block, pools[0], *block, pools[1], *block]),
        "poolings alone": sees(pools),
        "pooling without a stride": sees([nn.MaxPool2d(k1), nn.AvgPool2d(k2)]),
        "pooling with a stride of one": sees([nn.MaxPool2d(k1, stride=1), second]),
        "dilation": sees([first, nn.Conv2d(4, 4, k2, dilation=s2), second]),
        "pairs of equal numbers": sees(pairs),
        "a kernel of one pixel": [
            sees([nn.Conv2d(1, 1, 1), nn.ReLU()]),
            sees([nn.Conv2d(1, 1, 1, stride=s1), nn.MaxPool2d(k1)]),
        ],
        "layers without a window": sees([nn.ReLU(), nn.BatchNorm2d(3), nn.Dropout()]),
        "an nn.Sequential": sees(nn.Sequential(second, pools[0], strided, pools[1], block[0])),
        "a layer that stands twice in the network": [
            sees([strided, nn.ReLU(), strided]),
            sees(nn.Sequential(strided, pools[1], strided, pools[1])),
        ],
        "no layers": sees([]),
        "ten other networks": [sees(layers) for layers in networks],
        "very many strides": [sees(deep * 11), ask(lambda: to_the_last_bit(answer)(deepest[:]))],
        "an int": ask(lambda: kind_of([answer(layers) for layers in ([], [first, second], pools, pairs)])),
        "the layers stay as they are": ask(afterwards),
    }


# ---- multiply_adds ----


@exact
def question_multiply_adds(answer, rng):
    c_in, c_out, kernel, size, kh, kw = (int(n) for n in 3 + rng.permutation(9)[:6])
    height, width = (int(n) for n in 12 + rng.permutation(9)[:2])
    many_in, many_out, large, tall = (odd(rng, low, low + 30) for low in (101, 201, 201, 201))
    most_in, most_out = odd(rng, 20_000, 23_000), odd(rng, 20_000, 23_000)

    def types():
        return kind_of([answer(c_in, c_out, kernel, size), answer(c_in, c_out, (kh, kw), (height, width))])

    return {
        "the numbers of the example": ask(answer, 3, 10, 5, 32),
        "a square kernel and a square output": ask(answer, c_in, c_out, kernel, size),
        "the kernel as a pair": ask(answer, c_in, c_out, (kh, kw), size),
        "the output as a pair": ask(answer, c_in, c_out, kernel, (height, width)),
        "both as pairs": ask(answer, c_in, c_out, (kh, kw), (height, width)),
        "an output of one pixel": ask(answer, c_in, c_out, 1, 1),
        "one channel in and out": ask(answer, 1, 1, kernel, size),
        "billions, and some 10^18": [
            without_memory(answer, many_in, many_out, tall, large),
            without_memory(to_the_last_bit(answer), most_in, most_out, tall, large),
        ],
        "an int": ask(types),
    }


# ---- parameters_by_stage ----


@exact
def question_parameters_by_stage(answer, rng):
    c, f, hidden, classes = (int(n) for n in 3 + rng.permutation(9)[:4])
    many_in, many_out = odd(rng, 2 * 10**8, 3 * 10**8), odd(rng, 2 * 10**8, 3 * 10**8)
    inner = nn.Sequential(nn.Conv2d(f, f, (1, 4)), nn.BatchNorm2d(f), nn.ReLU())
    nested = nn.ModuleDict({"stem": nn.Conv2d(c, f, 3), "stage": nn.Sequential(inner, nn.Dropout(), nn.Linear(c, f))})
    alike = {f"layer{n}": nn.Linear(c, size) for n, size in (("", f), (1, hidden), (10, classes))}
    inside = nn.ModuleDict({"conv": nn.Linear(c, f), "preconv": nn.Linear(f, hidden), "0": nn.Linear(hidden, c)})
    within = nn.ModuleDict({"0": nn.Linear(c, hidden), "conv": nn.Linear(c, classes), "block": inside})
    frozen = nn.ModuleDict({"frozen": nn.Linear(f, hidden).requires_grad_(False), "rest": nn.Linear(hidden, classes)})
    frozen["rest"].bias.requires_grad_(False)
    stages = ("head", "between", "tied", "twin")
    tied = nn.ModuleDict({name: nn.Linear(hidden, classes, bias=name != "twin") for name in stages})
    tied["tied"].weight = tied["twin"].weight = tied["head"].weight
    layer = nn.Linear(f, f)
    reused = nn.ModuleDict({"first": nn.Sequential(layer, nn.ReLU(), layer)})
    reused.update({"second": nn.Sequential(nn.Linear(f, c), layer), "last": layer})
    equal = nn.Sequential(nn.Linear(f, c), nn.Linear(f, c))
    equal[1].load_state_dict(equal[0].state_dict())
    huge = nn.Sequential(nn.Linear(many_in, many_out, bias=False, device="meta"), nn.Linear(f, c, device="meta"))

    def count(model):
        return ask(lambda: answer(model))

    def kinds(models):
        results = [answer(model) for model in models]
        dicts = all(isinstance(result, dict) for result in results)
        names = all(isinstance(name, str) for result in results for name in result)
        kind = kind_of(number for result in results for number in result.values())
        return [dicts, names, kind, [len(result) for result in results]]  # nothing is remembered from call to call

    def afterwards():
        models = with_numbers([nn.Sequential(nn.Conv2d(c, f, 2), nn.BatchNorm2d(f).eval())], rng)
        models[0][0].weight.requires_grad_(False)
        answer(models[0])
        return [numbers_of(models), switches_of(models)]

    return {
        "modules within modules, batch norm's buffers": count(nested),
        "names that begin alike": count(nn.ModuleDict(alike)),
        "names that come again within other stages": count(within),
        "frozen parameters": count(frozen),
        "a weight that three stages share": count(tied),
        "a layer that three stages share": count(reused),
        "layers with equal numbers that share nothing": count(equal),
        "numbered stages, one without parameters": count(
            nn.Sequential(nn.Conv2d(c, f, 3), nn.ReLU(), nn.Linear(hidden, classes))
        ),
        "no parameters": count(nn.Sequential(nn.ReLU(), nn.Flatten())),
        "no stages": count(nn.Sequential()),
        "a huge model on the device meta": ask(lambda: to_the_last_bit(answer)(huge)),
        "a dict of ints": ask(kinds, [equal]),
        "the model stays as it is": ask(afterwards),
    }


# ---- pixel_std ----


@judged(atol=3e-5)
def question_pixel_std(answer, rng):
    n, channels, height, width = (int(n) for n in 3 + rng.permutation(4))
    # Bright and dark pictures, as in life: the spread within a picture is smaller than the spread of all.
    brightness = rng.uniform(size=(n, 1, 1, 1)) * np.arange(1, channels + 1)[:, None, None]
    images = torch.tensor(rng.uniform(size=(n, channels, height, width)) + brightness)
    contrast = rng.uniform(0.5, 2, size=(40, 3, 1, 1))
    many = torch.tensor(rng.normal(size=(40, 3, 6, 7)) * contrast + contrast - 2, dtype=torch.float32)
    shades = torch.tensor(rng.uniform(1, 10, size=(1, 8, 1, 1)), dtype=torch.float32)
    bright = torch.tensor(200 + 0.2 * rng.uniform(size=(n, channels, height, width)), dtype=torch.float32)

    def faint():
        """The pixels differ by millionths; so that nothing is lost in the tolerance, the result is made large."""
        return 1e6 * plain(answer((1e-6 * (images - 0.5)).float()))

    return {
        "images of different brightness": ask(answer, images.float()),
        "float64": ask(answer, images),
        "numbers below 0": ask(answer, many),
        "one image": ask(answer, images[:1].float()),
        "one channel": ask(answer, images[:, :1].float()),
        "images of one pixel": ask(answer, images[:, :, :1, :1].float()),
        "one image of one pixel": ask(answer, images[:1, :, :1, :1].float()),
        "each image all of one shade": ask(answer, images[:, :, :1, :1].float().repeat(1, 1, height, width)),
        "each channel all of one shade": ask(answer, shades.repeat(2, 1, 3, 4)),
        "black images": ask(answer, 0 * images.float()),
        "bright images of low contrast": ask(answer, bright),
        "very faint images": ask(faint),
    }


# ---- bottleneck_parameters ----


@exact
def question_bottleneck_parameters(answer, rng):
    channels, reduced = (int(n) for n in (20 + rng.permutation(20)[0], 5 + rng.permutation(10)[0]))
    many, fewer, large = odd(rng, 40_000, 50_000), odd(rng, 20_000, 30_000), odd(rng, 201, 301)
    most, fewest = odd(rng, 4_000_000, 5_000_000), odd(rng, 2_000_000, 3_000_000)

    def types():
        return kind_of([answer(channels, reduced), answer(channels, reduced, 5)])

    return {
        "the numbers of the example": ask(answer, 256, 64),
        "the default kernel": ask(answer, channels, reduced),
        "a larger kernel": ask(answer, channels, reduced, 5),
        "the kernel by name": ask(answer, channels, reduced, kernel=7),
        "a kernel of one pixel": ask(answer, channels, reduced, 1),
        "a middle that is wider": ask(answer, reduced, channels),
        "a middle that is as wide": ask(answer, channels, channels),
        "one channel": [ask(answer, 1, reduced), ask(answer, channels, 1), ask(answer, 1, 1)],
        "billions of weights, and some 10^17": [
            without_memory(answer, many, fewer, large),
            without_memory(to_the_last_bit(answer), most, fewest, large),
        ],
        "an int": ask(types),
    }


# ---- design_network ----

STEP = 1e-8


def drawn_for_design(rng):
    """Weights for a network, images, how much each image counts, and a direction in which all change a little. There
    are more weights than the budget allows: how far above it a network lies, nobody needs to know."""
    weights, images = rng.uniform(0.5, 1.5, size=60_000).astype(np.float32), 0.01 * rng.uniform(size=(16, 3, 32, 32))
    # A max pooling passes only the largest pixel on. In four images this is a pixel at the border of its window.
    rising = np.linspace(0, 0.01, 32)
    for image, slope in zip(images, (rising[:, None], rising[::-1, None], rising, rising[::-1]), strict=False):
        image *= 0.02
        image += slope
    return weights, images, rng.uniform(0.5, 1.5, size=16), rng.uniform(-1, 1, size=(3, 32, 32))


def sizes_of_field(seen):
    """Height and width of the box around what is seen."""
    places = [np.flatnonzero(seen.any(axis=axis)) for axis in (1, 0)]
    return [int(line[-1] - line[0] + 1) if line.size else 0 for line in places]


def named_shape(shape, first):
    """A wrong shape, with names for what is free to choose, so that networks with the same mistake give the same."""
    if len(shape) == 2 and shape[1] % 49 == 0:
        return [shape[0], "49 C"]
    channels = (len(shape) - 3, first[-3:-2])
    return ["C" if (axis, (size,)) == channels else size for axis, size in enumerate(shape)]


def design_fails(data, rng):
    """Measure the network by what came out of it: the shapes of its outputs, the weights that it took, and its slopes,
    which have to fit how its output changes with the images. Where one of these is wrong at first sight, there is only
    a word about it, as there is nothing to believe."""
    weights, _, _, direction = drawn_for_design(rng)

    def shapes():
        outputs = data["the shape for one, two and five images"]
        channels = outputs[0]["shape"][1]
        right = [
            list(out["shape"]) == [n, channels, 7, 7] and out["first channel"].shape == (n, 1, 7, 7)
            for n, out in zip((1, 2, 5), outputs, strict=True)
        ]
        return channels >= 1 and all(right)

    def budget():
        taken = data["the number of parameters"]
        return taken.size <= 50_000 and np.array_equal(taken, weights[: taken.size])

    def view():
        slopes, (before, after) = (data["the view of the output in the middle"][key] for key in ("slopes", "outputs"))
        seen = (slopes != 0).any(axis=0)
        change = STEP * slopes * direction
        fits = abs(after - before - change.sum()) <= 1e-3 * abs(change).sum()
        return slopes.shape == (3, 32, 32) and fits and min(sizes_of_field(seen)) >= 20

    return names_that_fail(
        {
            "an nn.Module": lambda: data["an nn.Module"],
            "the shape for one, two and five images": shapes,
            "the number of parameters": budget,
            "the view of the output in the middle": view,
        }
    )


@judged(predicate=design_fails)
def question_design_network(answer, rng):
    weights, images, counts, direction = drawn_for_design(rng)
    images, counts, direction = (torch.tensor(drawn) for drawn in (images, counts, direction))

    def build():
        model = answer().eval()
        with torch.no_grad():
            model(images[:2].to(torch.get_default_dtype()))  # lazy layers make their weights now
        return model.double(), fill(model)

    def fill(model):
        """Give the parameters the drawn weights, one after the other, and return what they then hold, or if they are
        too many, which of them alone would not be. In the end they are small and positive: nothing cancels, and no
        ReLU shuts."""
        taken, start, parameters = [np.zeros(0, np.float32)], 0, parameters_of(model)
        with torch.no_grad():
            for name, parameter in parameters:
                shape, fan_in = plain(parameter).shape, plain(parameter[:1]).size if parameter.ndim else 1
                parameter.copy_(torch.tensor(np.resize(weights[start % weights.size :], shape)))
                taken.append(plain(parameter).astype(np.float32).ravel())
                start += taken[-1].size
                if parameter.ndim > 1:
                    parameter /= fan_in
                else:
                    parameter.fill_(0.001 if name.endswith("bias") else 1)
        if start <= 50_000:
            return np.concatenate(taken)
        sizes = [(name.endswith("bias"), own.requires_grad, plain(own).size) for name, own in parameters]
        within = [sum(size for bias, _, size in sizes if not bias), sum(size for _, learns, size in sizes if learns)]
        return dict(zip(["without biases", "without frozen ones"], [count <= 50_000 for count in within], strict=True))

    network = functools.cache(build)

    def shapes():
        with torch.no_grad():
            outputs = [plain(network()[0](images[:n].clone())) for n in (1, 2, 5)]
        wrong = [out.shape[:1] + out.shape[2:] != (n, 7, 7) for n, out in zip((1, 2, 5), outputs, strict=True)]
        if any(wrong):
            return [named_shape(out.shape, outputs[0].shape) for out in outputs]
        return [{"shape": list(out.shape), "first channel": out[:, :1]} for out in outputs]

    def middle(images):
        torch.manual_seed(0)  # should there be dropout
        return (counts * network()[0](images)[:, :, 3, 3].sum(dim=1)).sum()

    def view():
        x = images.clone().requires_grad_()
        before = middle(x)
        before.backward()
        field = sizes_of_field(plain(x.grad).any(axis=(0, 1)))
        if min(field) < 20:
            far = "one direction" if max(field) >= 20 else "neither" if min(field) < 12 else "neither, by little"
            return f"far enough in {far}"
        with torch.no_grad():
            after = middle(images + STEP * direction)
        return {"slopes": x.grad.sum(dim=0), "outputs": [before, after]}

    return {
        "an nn.Module": ask(lambda: isinstance(answer(), nn.Module)),
        "the shape for one, two and five images": ask(shapes),
        "the number of parameters": ask(lambda: network()[1]),
        "the view of the output in the middle": ask(view),
    }


# ---- numbers and letters ----

NUMBER = "the answer is a number"
LETTER = "the answer is a letter"
BY_VALUE = {
    "slide_pixels": NUMBER,
    "slide_weights": NUMBER,
    "slide_fc_inputs": NUMBER,
    "slide_pool_parameters": NUMBER,
    "slide_pool_size": NUMBER,
    "quiz_batch_shape": LETTER,
    "quiz_channels": LETTER,
    "quiz_image_size": LETTER,
    "quiz_vgg": LETTER,
}

# ---- promises of docstrings, and who asks them ----

PROMISED = {"design_network": {"in evaluation mode": ["the view of the output in the middle"]}}
