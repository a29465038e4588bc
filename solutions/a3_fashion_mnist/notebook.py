# %% [markdown]
# # Assignment 3: build a CNN
#
# In Assignment 1 you chose the kernels. Now a network finds its own: you show it 54,000 small pictures of clothes, tell it each time how wrong it was, and after a few minutes it tells a sneaker from a boot better than 90 times in 100. You write everything that happens in between: the network, the training loop, the measuring, and the tools to look inside. The loop is five lines long, and this notebook is mostly about what can go wrong in them.
#
# **You will be able to**
#
# - split data and measure a network so that the number means something;
# - write a convolutional network, and a training loop, in PyTorch without a recipe at hand;
# - tell in two minutes whether a network can learn at all, before you spend an hour on training it;
# - look at mistakes, filters and feature maps, and find the bug in a loop that "runs but does not learn".
#
# **How it works.** Run the cells from top to bottom. Where you read `raise NotImplementedError()`, put your code there instead. The cell below it tests your function: a line with ✓ means that the test has passed; if not, the line says what was expected, what came instead, and often which mistake it looks like. Pictures that need your function appear once it is solved: run their cell again. Everything takes a good **three hours**, and a good place for a break is while the network trains, after exercise 6. No GPU is needed; on Colab, *Runtime → Change runtime type → T4 GPU* lets you train longer in the same time.
#
# **Points.** 100 in all. <!-- credit -->An exercise is worth its points if your answer is right for all that is asked of it: the test you see, and the same function on other inputs (other models, other numbers, batches of odd sizes), listed below each test as *Also asked*. Otherwise it is worth nothing.<!-- /credit --> Where an exercise asks for several functions, each has points of its own. Every function is tested separately; your functions may call each other. A mistake costs its own points only: a function that is right, but calls one of yours that is wrong, keeps its points.
#
# | | exercise | difficulty | minutes | points |
# |---|---|---|---|---|
# | 1 | Split and measure: `make_splits`, `normalisation` | ●○○ | 20 | 6 + 5 |
# | 2 | The network: `FashionCNN` | ●●○ | 25 | 10 |
# | 3 | Does it start right? `initial_loss` | ●○○ | 10 | 4 |
# | 4 | Can it learn at all? `overfit_one_batch` | ●●○ | 15 | 6 |
# | 5 | The loop: `train_epoch` | ●●○ | 20 | 12 |
# | 6 | The measure: `evaluate` | ●●○ | 15 | 8 |
# | | *The training: nothing to write, something to watch* | | 5 | |
# | 7 | How sure is it? `predict` | ●○○ | 10 | 6 |
# | 8 | Who is taken for whom? `confusion_matrix` | ●○○ | 10 | 6 |
# | 9 | A look inside: `capture_features` | ●●● | 20 | 8 |
# | 10 | Bug clinic: `clinic_1` to `clinic_6` | ●●○ | 30 | 6 × 3 |
# | 11 | The score of your network | ●●○ | 15 | 6 |
# | 12 | Quiz: five questions | ●○○ | 5 | 5 |
#
# **Four conventions** throughout: a batch of images is a tensor of floats of shape (N, 1, 28, 28) with values from 0 to 1, its labels are a tensor of integers (`int64`) of shape (N,); a *loader* is anything that you can loop over and that gives pairs (images, labels), the last of which may be smaller; where "a float" is promised, it is a plain number, Python's or NumPy's, not a tensor (`.item()` converts one); what you are given stays as it is: no function changes images, labels or batches, and the functions that only look at a model (`initial_loss`, `evaluate`, `predict`, `capture_features`) leave it as it was: its weights, buffers and gradients, its mode, which of its weights are frozen, and whether gradients are computed after the call.

# %% tags=["author"]
# For authors, who open this file as a notebook: it finds the course's own modules. Students do not get this cell.
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(globals().get("__file__", "notebook.py")).resolve().parents[2]))

# %% nbgrader={"grade_id": "setup", "locked": true}
# @title Setup: run this first
import copy
import math
import os
import time
import weakref

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import Subset, TensorDataset
from tqdm.auto import tqdm

from solutions.setup import BLUE, GREEN, ORANGE, PINK, RED, SKY, YELLOW, compare, picture, watch_names

# True when you run the notebook, False when it is graded or imported: then nothing is drawn, loaded or trained.
EXPERIMENT = __name__ == "__main__" and "NBGRADER_EXECUTION" not in os.environ
if EXPERIMENT:
    watch_names()


def compare_float(got, expected, looks_like=None, *, what="your answer"):
    """Like `compare`, for one plain number."""
    assert not isinstance(got, torch.Tensor), f"{what} is a tensor, not a plain Python number (`.item()` converts one)."
    compare(got, expected, looks_like, what=what)


def most_graphs_alive(train, *, model, images, labels, optimizer):
    """Let `train` train in batches of two; at the start of a batch, how many earlier ones' graphs are still held?"""

    class Token:
        pass

    tokens, alive = [], [0]

    class Watched(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.token = Token()  # lives as long as this batch's graph
            alive.append(sum(token() is not None for token in tokens))
            tokens.append(weakref.ref(ctx.token))
            return x.clone()

        @staticmethod
        def backward(ctx, gradient):
            return gradient

    class Watch(nn.Module):
        def forward(self, x):
            return Watched.apply(x)

    train(nn.Sequential(model, Watch()), images, labels, optimizer, size=2)
    most_graphs_alive.course = alive[1:]
    return max(alive)


# %% [markdown]
# ## The data
#
# Fashion-MNIST: 70,000 grey pictures of 28×28 pixels from the shop of a fashion house, of ten kinds. 60,000 are for you; the other 10,000, the **test images**, stay sealed in this notebook. Only the grader opens them, once, in exercise 11.
#
# The next cell fetches them (30 MB). If no host answers, it makes pictures of its own, so that you can go on in any case.

# %%
# @title Data: fetch Fashion-MNIST
from solutions.setup import FASHION, SHAPES, draw_shapes, load_fashion_mnist

if EXPERIMENT:
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        images, labels = load_fashion_mnist()
        kinds = FASHION
    except RuntimeError as problem:
        images, labels = draw_shapes(12_000)
        kinds = SHAPES
        print(f"No clothes today: {problem}\nUntil then this notebook goes on with made-up pictures of shapes.")
        print("(Exercise 11 is about clothes: a network that has only seen shapes earns no points there.)")
    print(f"{len(images):,} images of {len(kinds)} kinds; computing on {device}")

# %%
# @title Picture: what the network sees
if EXPERIMENT:
    plt.rcParams["figure.facecolor"] = "white"  # readable on a dark page, too
    figure, axes = plt.subplots(7, 10, figsize=(11, 8.2))
    for label, column in enumerate(axes.T):
        column[0].set_title(kinds[label], fontsize=11)
        for ax, image in zip(column, images[labels == label][:7], strict=True):
            ax.imshow(image[0], cmap="gray", vmin=0, vmax=1)
            ax.axis("off")
    plt.tight_layout(pad=0.4)
    plt.show()

# %% [markdown]
# ## Exercise 1 · Split and measure
#
# ●○○ · 20 minutes · 6 + 5 points
#
# Every choice that you make by looking at a number (how many filters? when to stop?) fits that number a little. So there are three kinds of data:
#
# | | who looks at it | for what |
# |---|---|---|
# | **training** | the optimiser, thousands of times | the weights |
# | **validation** | you, as often as you like | your choices |
# | **test** | the grader, once | the number to believe |
#
# If you choose by test accuracy, your test set has become a validation set, and you have no test set left.
#
# ### `make_splits`
#
# `make_splits` splits a data set in two, training and validation, **at random** (many data sets are sorted by kind: the last 6,000 may all be boots) and **the same way every time** for the same seed (otherwise some of today's validation images were among yesterday's training images). The random numbers come from a generator of their own: a function that calls `torch.manual_seed` quietly changes every random number that is drawn after it.
#
# <details><summary>Hint: a generator of its own</summary>
#
# `generator = torch.Generator().manual_seed(seed)` makes one, and `torch.randperm(n, generator=generator)` uses it.
#
# </details>
#
# <details><summary>Hint: Subset</summary>
#
# `Subset(dataset, indices)` from `torch.utils.data` is the part of `dataset` at these indices, a list of integers. Nothing is copied.
#
# </details>


# %%
def make_splits(dataset, *, validation, seed):
    """Split a data set into training and validation, at random.

    dataset: anything with a length and items; validation: the number of examples for validation; seed: an int, 0 or
    more. Returns (training, validation), two torch.utils.data.Subset of `dataset` itself: no example in both, none in
    neither. Each example is drawn by itself. The same seed gives the same split, and another seed another; the global
    random states (of PyTorch, NumPy and Python) are neither used nor changed.
    Raises ValueError unless 0 < validation < len(dataset).
    """
    ### BEGIN SOLUTION
    if not 0 < validation < len(dataset):
        raise ValueError(f"cannot set {validation} of {len(dataset)} examples aside and keep some on both sides")
    order = torch.randperm(len(dataset), generator=torch.Generator().manual_seed(seed)).tolist()
    return Subset(dataset, order[validation:]), Subset(dataset, order[:validation])
    ### END SOLUTION


# %% points=6
def test_make_splits():
    """20 examples: 15 for training, 5 for validation, at random but reproducibly"""
    dataset = [f"example {i}" for i in range(20)]
    state = torch.get_rng_state()
    parts = make_splits(dataset, validation=5, seed=1)
    assert parts is not None and len(parts) == 2, "make_splits should return two parts: training, validation"
    assert torch.equal(state, torch.get_rng_state()), (
        "the global random state has changed: draw from a torch.Generator of your own"
    )
    for part in parts:
        assert isinstance(part, Subset), f"both parts should be a Subset; one is a {type(part).__name__}"
    training, validation = (list(part) for part in parts)
    sizes = len(training), len(validation)
    assert sizes != (5, 15), "the two parts are swapped: training comes first"
    assert sizes == (15, 5), f"expected 15 examples for training and 5 for validation, got {sizes[0]} and {sizes[1]}"
    both = set(training) & set(validation)
    assert not both, f"{len(both)} examples are in both parts: the network would be tested on what it has learnt"
    assert len(set(training + validation)) == 20, "some examples appear twice, and others not at all"
    assert set(validation) not in (set(dataset[:5]), set(dataset[-5:])), "nothing was shuffled: one end was cut off"
    again = list(make_splits(dataset, validation=5, seed=1)[1])
    assert again == validation, "the same seed gave another split"
    assert set(make_splits(dataset, validation=5, seed=2)[1]) != set(validation), "another seed gave the same split"
    for count in (0, 20):
        try:
            make_splits(dataset, validation=count, seed=1)
        except ValueError:
            pass
        else:
            raise AssertionError(f"validation={count} of 20 leaves one part empty: make_splits should raise ValueError")


# %% [markdown]
# ### `normalisation`
#
# Networks learn more easily from numbers around 0 with a spread of about 1. So pixels are shifted and scaled, each channel by its own mean and standard deviation, over **all images and all pixels** of the *training* part (statistics of the test images would be a first look at the test):
#
# $$\mu_c = \text{mean of } x_{n,c,h,w} \text{ over } n, h, w, \qquad \sigma_c = \sqrt{\text{mean of } (x_{n,c,h,w} - \mu_c)^2 \text{ over } n, h, w}, \qquad x' = \frac{x - \mu}{\sigma}.$$
#
# Two images of one channel, $\begin{bmatrix} 0 & 0 \\ 0 & 0 \end{bmatrix}$ and $\begin{bmatrix} 1 & 1 \\ 1 & 1 \end{bmatrix}$, have the mean ½ and the standard deviation ½. If you compute the deviation of each image and average these, you get 0. This mistake is famous: half the internet divides CIFAR-10 by 0.2023, 0.1994, 0.2010, which came about in this way; the true deviations are 0.2470, 0.2435, 0.2616.
#
# You may divide by the number of pixels or by one less: with so many pixels it makes hardly any difference, and both are right.


# %%
def normalisation(images):
    """Mean and standard deviation of each channel, over all images and all pixels.

    images: (N, C, H, W) floats that need no gradients, two pixels or more in each channel. Returns (mean, std), two tensors
    of shape (C,), float32 or float64; std is 0 where all pixels of a channel are alike.
    Example: (0.2860, 0.3530) for the 60,000 training images of Fashion-MNIST.
    """
    ### BEGIN SOLUTION
    return images.mean(dim=(0, 2, 3)), images.std(dim=(0, 2, 3))
    ### END SOLUTION


# %% points=5
def test_normalisation():
    """two channels, three images"""
    images = torch.tensor([[[0.0, 0.2]], [[0.4, 0.2]], [[1.0, 0.6]]])  # (3, 1, 2): image, row, column
    images = torch.stack([images, 1 - 0.5 * images], dim=1)  # (3, 2, 1, 2): a second channel
    result = normalisation(images)
    assert result is not None and len(result) == 2, "normalisation should return two tensors: mean, std"
    mean, std = result
    compare(
        mean,
        [0.4, 0.8],
        {
            "one number for all channels": 0.6,
            "the mean of each image, not of each channel": [0.525, 0.575, 0.7],
            "the mean of each pixel: average over height and width, too": [[[7 / 15, 1 / 3]], [[23 / 30, 5 / 6]]],
        },
        what="the mean",
    )
    population, sample = np.array([0.3266, 0.1633]), np.array([0.3578, 0.1789])  # divided by 6, by 5
    near_sample = np.shape(std) == (2,) and np.allclose(std, sample, atol=1e-3)
    compare(
        std,
        sample if near_sample else population,
        {
            "the variance: the square root is missing": [0.1067, 0.0267],
            "the sample variance: the square root is missing": [0.128, 0.032],
            "each image's deviation, averaged": [0.1333, 0.0667],
            "each image's (sample) deviation, averaged": [0.1886, 0.0943],
        },
        what="the standard deviation",
    )


# %%
# @title Picture: your split, and what normalisation does
if EXPERIMENT:
    with picture("make_splits and normalisation"):
        dataset = TensorDataset(images, labels)
        training, validation = make_splits(dataset, validation=len(dataset) // 10, seed=0)
        train_images, train_labels = dataset[torch.tensor([int(i) for i in training.indices])]
        validation_images, validation_labels = dataset[torch.tensor([int(i) for i in validation.indices])]
        mean, std = normalisation(train_images)
        print(f"{len(training):,} for training, {len(validation):,} for validation")
        print(f"training pixels: mean {mean.item():.4f}, standard deviation {std.item():.4f}")

        figure, (count_ax, pixel_ax) = plt.subplots(1, 2, figsize=(11, 3.6))
        share = [100 * torch.bincount(y, minlength=10) / len(y) for y in (train_labels, validation_labels)]
        count_ax.barh(np.arange(10) - 0.2, share[0], 0.4, color=BLUE, label="training")
        count_ax.barh(np.arange(10) + 0.2, share[1], 0.4, color=ORANGE, label="validation")
        count_ax.set(yticks=range(10), yticklabels=kinds, xlabel="percent", title="how often each kind occurs")
        count_ax.set_xlim(0, 17)
        count_ax.invert_yaxis()
        count_ax.legend(loc="center right")
        for values, color, name in [
            (train_images[:2000], ORANGE, "before"),
            ((train_images[:2000] - mean[:, None, None]) / std[:, None, None], BLUE, "after"),
        ]:
            pixel_ax.hist(
                values.flatten().numpy(), bins=np.linspace(-1.1, 2.3, 103), color=color, alpha=0.7, label=name
            )
        pixel_ax.set(xlabel="brightness of a pixel", yscale="log", yticks=[], title="pixels, normalised")
        pixel_ax.legend()
        plt.tight_layout()
        plt.show()

# %% [markdown]
# ## Exercise 2 · The network
#
# ●●○ · 25 minutes · 10 points
#
# Convolutions find small things (an edge, a strap, a heel), pooling makes room so that the next convolutions see larger ones, and a last linear layer turns what was found into ten numbers, the **logits**: the larger, the more it looks like that kind. Any network of this sort is welcome; a plain one that does well is
#
# | | shape of one image | parameters |
# |---|---|--:|
# | image, normalised | 1 × 28 × 28 | |
# | convolution 3×3 with padding 1, batch norm, ReLU; max-pooling 2 | 24 × 14 × 14 | 264 |
# | convolution 3×3 with padding 1, batch norm, ReLU; max-pooling 2 | 48 × 7 × 7 | 10,464 |
# | convolution 3×3 with padding 1, batch norm, ReLU | 64 × 7 × 7 | 27,776 |
# | maximum over height and width | 64 | |
# | linear | 10 | 650 |
#
# and you have 120,000 parameters to spend. Three rules come from how the network is used:
#
# - **Logits, no softmax.** `F.cross_entropy` applies the (log-)softmax by itself; a second one below it blunts the gradients.
# - **Layers must be known to the model**, as attributes or in `nn.Sequential` or `nn.ModuleList`. In a plain Python list the optimiser does not see them, they are never trained, and nothing complains.
# - **Raw pixels come in.** The grader calls `FashionCNN()`, without arguments, and hands it pixels from 0 to 1. So the normalisation is the first thing that happens in `forward`: write your two numbers there. (Batch norm after the first convolution would learn it, too.)
#
# <details><summary>Hint: the shape of forward</summary>
#
# In `__init__`, `self.features = nn.Sequential(…)` and `self.head = nn.Linear(64, 10)`. In `forward`: normalise, `self.features`, `.amax(dim=(2, 3))`, `self.head`.
#
# </details>
#
# <details><summary>Hint: "mat1 and mat2 shapes cannot be multiplied"</summary>
#
# The linear layer expects another number of features than what arrives. Print `x.shape` just before it. If you flatten, keep the batch: `x.flatten(1)`, and expect channels · height · width.
#
# </details>
#
# <details><summary>Hint: more accuracy from the same number of parameters</summary>
#
# A second convolution of the same width in each stage whose result is *added* to its input, `x = x + block(x)`, can only help: where it has nothing to say, it learns to say 0.
#
# </details>


# %%
class FashionCNN(nn.Module):
    """A small convolutional network for ten kinds of grey 28×28 images.

    It uses one nn.Conv2d at least, has 120,000 parameters at most, and is not linear. A gradient reaches every weight
    that matters. All it needs is in its state_dict: another FashionCNN() that loads this computes the same. In training
    mode it may need two images or more in a batch. In eval mode one is enough, each image is judged by itself, and
    nothing is random.
    """

    def __init__(self):
        super().__init__()
        ### BEGIN SOLUTION

        def block(channels_in, channels_out):
            return nn.Sequential(
                nn.Conv2d(channels_in, channels_out, 3, padding=1, bias=False),  # batch norm brings a bias of its own
                nn.BatchNorm2d(channels_out),
                nn.GELU(),
            )

        self.stem, self.refine1 = block(1, 16), block(16, 16)
        self.widen2, self.refine2, self.again2 = block(16, 40), block(40, 40), block(40, 40)
        self.widen3, self.refine3 = block(40, 64), block(64, 64)
        self.pool = nn.MaxPool2d(2)
        self.head = nn.Linear(64, 10)
        ### END SOLUTION

    def forward(self, images):
        """images: (N, 1, 28, 28) floats from 0 to 1, which stay as they are. Returns logits (N, 10), in both modes: of
        either sign, without any bound."""
        ### BEGIN SOLUTION
        x = self.stem((images - 0.286) / 0.353)  # (N, 16, 28, 28)
        x = x + self.refine1(x)
        x = self.widen2(self.pool(x))  # (N, 40, 14, 14)
        x = x + self.refine2(x)
        x = x + self.again2(x)
        x = self.widen3(self.pool(x))  # (N, 64, 7, 7)
        x = x + self.refine3(x)
        return self.head(x.amax(dim=(2, 3)))  # (N, 64) -> (N, 10)
        ### END SOLUTION


# %% points=10
def test_FashionCNN():
    """logits of the right shape, parameters within the budget, nothing forgotten in a plain list"""
    torch.manual_seed(0)
    model, images = FashionCNN(), torch.rand(4, 1, 28, 28)
    logits = model(images)
    assert logits is not None, "forward returned None; is there a `return`?"
    assert logits.shape == (4, 10), f"4 images gave the shape {tuple(logits.shape)}, expected (4, 10)"
    count = sum(p.numel() for p in model.parameters())
    assert count > 0, "the model has no parameters. Are its layers in a plain Python list?"
    assert count <= 120_000, f"{count:,} parameters, {count - 120_000:,} more than the budget"
    assert any(isinstance(part, nn.Conv2d) for part in model.modules()), "there is no nn.Conv2d in the model"
    assert not torch.allclose(logits.sum(1), torch.ones(4)), (
        "the ten numbers add up to 1: there is a softmax inside, and the loss brings its own"
    )
    assert not torch.allclose(logits.exp().sum(1), torch.ones(4)), (
        "the exponentials add up to 1: there is a log-softmax inside, and the loss brings its own"
    )
    model.eval()
    with torch.no_grad():
        logits = model(images)
        assert torch.allclose(logits, model(images)), "in eval mode the same images gave other logits the second time"
        for i in range(4):
            alone = model(images[i : i + 1])
            assert alone.shape == (1, 10), f"one image gave the shape {tuple(alone.shape)}, expected (1, 10)"
            assert torch.allclose(alone[0], logits[i], atol=1e-4), (
                "in eval mode an image gave different logits alone and among others: does something mix the batch?"
            )
        twin = FashionCNN().eval()
        twin.load_state_dict(model.state_dict())
        assert torch.allclose(twin(images), logits, atol=1e-4), (
            "a second network with the same state_dict gives other logits: some layers are unknown to the model. "
            "Are they in a plain Python list?"
        )
    print(f"{count:,} parameters")


# %%
# @title Picture: your network, layer by layer
if EXPERIMENT:
    with picture("FashionCNN"):
        model, rows = FashionCNN().eval(), []
        for name, part in model.named_modules():
            if not list(part.children()):
                part.register_forward_hook(
                    lambda part, _, out, name=name: rows.append((name, part, tuple(out.shape[1:])))
                )
        with torch.no_grad():
            model(torch.rand(1, 1, 28, 28))
        counts = [sum(p.numel() for p in part.parameters()) for _, part, _ in rows]
        figure, ax = plt.subplots(figsize=(11, 0.8 + 0.27 * len(rows)))
        ax.barh(range(len(rows)), counts, color=BLUE)
        ax.set_yticks(range(len(rows)), [f"{name}  ·  {type(part).__name__}" for name, part, _ in rows])
        for i, ((_, _, shape), count) in enumerate(zip(rows, counts, strict=True)):
            text = " × ".join(map(str, shape)) + (f"    {count:,}" if count else "")
            ax.text(count + 0.01 * max(counts), i, text, va="center", fontsize=9)
        ax.set(
            xlim=(0, 1.3 * max(counts)), xticks=[], title="the shape that comes out of each layer, and its parameters"
        )
        ax.invert_yaxis()
        ax.spines[["top", "right", "bottom"]].set_visible(False)
        plt.tight_layout()
        plt.show()

# %% [markdown]
# ## Exercise 3 · Does it start right?
#
# ●○○ · 10 minutes · 4 points
#
# Before a training of an hour, two checks of a minute each. The first: a network that knows nothing should give each of ten kinds a probability near 1/10, so its cross-entropy should be near
#
# $$-\ln \tfrac{1}{10} = \ln 10 = 2.3026.$$
#
# Much more means that it is *sure* of something before having seen anything: pixels from 0 to 255, say, or weights that start too large. It would first have to unlearn that.
#
# This measurement must leave no trace. A model has two modes: in **training mode** dropout drops and batch norm measures (and stores!) the statistics of the batch; in **eval mode** dropout does nothing and batch norm uses what it has stored. So: note the mode, `model.eval()`, measure under `torch.no_grad()`, and put the mode back.
#
# <details><summary>Hint: the mode</summary>
#
# `mode = model.training` notes it; `model.train(mode)` puts it back.
#
# </details>


# %%
def initial_loss(model, images, labels):
    """The mean cross-entropy of the model, as it is, on one batch; measured in eval mode.

    images: (N, …); labels: (N,) integers; model(images): logits (N, classes), also large ones. Returns a float.
    The model is left as it was: weights, gradients, buffers, mode (training or eval; all its parts have the same).
    """
    ### BEGIN SOLUTION
    mode = model.training
    model.eval()
    with torch.no_grad():
        loss = F.cross_entropy(model(images), labels).item()
    model.train(mode)
    return loss
    ### END SOLUTION


# %% points=4
def test_initial_loss():
    """logits that are all the same: ln 10"""
    labels = torch.tensor([3, 1, 9])
    got = initial_loss(nn.Identity(), torch.zeros(3, 10), labels)
    compare_float(
        got,
        math.log(10),
        {
            "the sum over the images, not the mean": 3 * math.log(10),
            "the logarithm to base 10": 1.0,
            "the minus sign is missing": -math.log(10),
        },
        what="the loss of three images with equal logits",
    )
    logits = torch.tensor([[2.0, 0.0, -1.0], [0.0, 3.0, 1.0]])
    compare_float(
        initial_loss(nn.Identity(), logits, torch.tensor([0, 2])),
        1.1698,
        {"a softmax before the cross-entropy, which has its own": 1.0226},
        what="the loss of the logits 2 0 −1 and 0 3 1 with the labels 0 and 2",
    )
    model = nn.Dropout(0.5)
    for mode in (True, False):
        model.train(mode)
        got = initial_loss(model, 5 * torch.ones(64, 10), torch.zeros(64, dtype=torch.long))
        compare_float(got, math.log(10), what="the loss of a model with dropout (was it in eval mode?)")
        assert model.training == mode, f"the model was in {'training' if mode else 'eval'} mode and now is not"


# %%
# @title Picture: ten kinds, and no idea
if EXPERIMENT:
    with picture("FashionCNN and initial_loss"):
        torch.manual_seed(0)
        model = FashionCNN().eval()
        batch, batch_labels = images[:500], labels[:500]
        print(
            f"your loss before any training: {initial_loss(model, batch, batch_labels):.3f}; ln 10 = {math.log(10):.3f}"
        )
        print(f"the same with pixels from 0 to 255: {initial_loss(model, 255 * batch, batch_labels):.3f}")
        with torch.no_grad():
            probabilities = model(batch[:4]).softmax(1), model(255 * batch[:4]).softmax(1)
        figure, axes = plt.subplots(1, 4, figsize=(11, 3.1), sharey=True)
        for i, ax in enumerate(axes):
            ax.bar(np.arange(10) - 0.2, 100 * probabilities[0][i], 0.4, color=BLUE, label="pixels from 0 to 1")
            ax.bar(np.arange(10) + 0.2, 100 * probabilities[1][i], 0.4, color=ORANGE, label="pixels from 0 to 255")
            ax.axhline(10, color="0.3", lw=1, ls="--")
            ax.set(xticks=range(10), title=f"image {i + 1}", xlabel="kind")
        axes[0].set_ylabel("probability, percent")
        plt.tight_layout(rect=(0, 0, 1, 0.92))
        figure.legend(*axes[0].get_legend_handles_labels(), loc="upper center", ncol=2, frameon=False)
        plt.show()

# %% [markdown]
# ## Exercise 4 · Can it learn at all?
#
# ●●○ · 15 minutes · 6 points
#
# The second check: take *one* batch and train on it, again and again. A sound network learns a few dozen images by heart in no time: 100 %. If yours does not, there is a bug in the model, in the loss or in the labels, and more data will not help. This finds more bugs than any debugger.
#
# One step of training is always the same:
#
# 1. clear the gradients of the step before: `optimizer.zero_grad()` (PyTorch *adds* new gradients to old ones);
# 2. forward: the logits of the batch;
# 3. the loss, `F.cross_entropy(logits, labels)`;
# 4. backward: `loss.backward()` computes a gradient for every weight;
# 5. `optimizer.step()` moves every weight a little against its gradient.
#
# The optimiser is your choice here; `torch.optim.Adam(model.parameters(), lr=0.003)` is a good one. You may stop early.
#
# <details><summary>Hint: accuracy</summary>
#
# `logits.argmax(dim=1)` is the kind with the largest logit, for each image. Compare with `labels`; `.float().mean().item()` makes the share of hits a float.
#
# </details>


# %%
def overfit_one_batch(model, images, labels, *, steps):
    """Train on one batch, and on nothing else, in training mode; can the model learn it by heart?

    images: (N, …); labels: (N,) integers; steps: how many updates of all weights are allowed (0: none). For each, the
    gradient of the cross-entropy of this batch is computed again, in any way you like: gradients of earlier steps, or
    left from before the call, are not added to it. (An optimiser may remember them, as momentum does.)
    Returns the accuracy on the whole batch after the last update, a float from 0 to 1, measured in eval mode. With 16
    images that differ and 300 steps a sound small model reaches 1.0. Afterwards the model may be in either mode.
    """
    ### BEGIN SOLUTION
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
    model.train()
    for _ in range(steps):
        optimizer.zero_grad()
        F.cross_entropy(model(images), labels).backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        return (model(images).argmax(dim=1) == labels).float().mean().item()
    ### END SOLUTION


# %% points=6
def test_overfit_one_batch():
    """16 random images: 100 % after 300 steps; nothing changes in 0 steps"""
    torch.manual_seed(0)
    images, labels = torch.rand(16, 1, 8, 8), torch.arange(16) % 4

    def small_model():
        return nn.Sequential(nn.Flatten(), nn.Linear(64, 4))  # quick, and enough for 16 images

    model = small_model()
    before = copy.deepcopy(model.state_dict())
    got = overfit_one_batch(model, images, labels, steps=0)
    expected = (model(images).argmax(dim=1) == labels).float().mean().item()
    compare_float(got, expected, {"percent, not a share": 100 * expected}, what="the accuracy after 0 steps")
    changed = any(not torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert not changed, "0 steps are allowed, and the weights have changed"
    got = overfit_one_batch(model, images, labels, steps=300)
    compare_float(got, 1.0, {"percent, not a share": 100.0}, what="the accuracy after 300 steps")
    changed = any(not torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert changed, "the weights have not changed: nothing was learnt"
    got = overfit_one_batch(small_model(), images[:1].expand(4, -1, -1, -1), torch.tensor([0, 1, 1, 2]), steps=100)
    compare_float(got, 0.5, what="the accuracy on four copies of one image with the labels 0 1 1 2")


# %%
# @title Picture: one batch, learnt by heart
if EXPERIMENT:
    with picture("FashionCNN and overfit_one_batch"):
        torch.manual_seed(0)
        start, steps = FashionCNN(), [0, 1, 2, 5, 10, 20, 40]
        batch, nonsense = images[:32], torch.randint(10, (32,))
        figure, ax = plt.subplots(figsize=(6.5, 3.6))
        for batch_labels, color, name in [
            (labels[:32], BLUE, "their own labels"),
            (nonsense, ORANGE, "labels thrown with dice"),
        ]:
            reached = [100 * overfit_one_batch(copy.deepcopy(start), batch, batch_labels, steps=n) for n in steps]
            ax.plot(range(len(steps)), reached, "o-", color=color, label=name)
        ax.set(xticks=range(len(steps)), xticklabels=steps, xlabel="steps", ylabel="accuracy, percent")
        ax.set(ylim=(0, 105), title="32 images, learnt by heart")
        ax.legend(loc="lower right")
        plt.tight_layout()
        plt.show()

# %% [markdown]
# The network learns labels from dice as easily as the true ones: 100 % on the training data proves that a network *can learn*, and nothing about what it has understood. For that we need images that it has never seen.

# %%
# @title Picture: the loop
if EXPERIMENT:
    steps = [
        ("zero_grad", "clear the\nold gradients"),
        ("model(images)", "forward:\nlogits"),
        ("loss_fn", "how wrong?\none number"),
        ("backward", "a gradient for\nevery weight"),
        ("step", "every weight\nmoves a little"),
    ]
    figure, ax = plt.subplots(figsize=(11, 2.9))
    for i, (name, text) in enumerate(steps):
        color = [PINK, SKY, YELLOW, ORANGE, GREEN][i]
        ax.add_patch(plt.Rectangle((i + 0.06, 0), 0.8, 1, facecolor=color, edgecolor="0.4"))
        ax.text(i + 0.46, 0.76, name, ha="center", va="center", fontsize=11, family="monospace")
        ax.text(i + 0.46, 0.34, text, ha="center", va="center", fontsize=10)
        if i < 4:
            ax.annotate("", (i + 1.05, 0.5), (i + 0.87, 0.5), arrowprops={"arrowstyle": "-|>", "color": "0.2"})
    back = {"arrowstyle": "-|>", "color": "0.2", "connectionstyle": "bar,fraction=-0.07", "shrinkA": 2, "shrinkB": 2}
    ax.annotate("", (0.46, -0.02), (4.46, -0.02), arrowprops=back)
    ax.text(2.46, -0.42, "next batch", ha="center", va="bottom", fontsize=11)
    ax.text(2.46, 1.25, "one epoch = every batch once", ha="center", va="center", fontsize=12)
    ax.set(xlim=(-0.05, 5), ylim=(-0.7, 1.4))
    ax.axis("off")
    plt.show()

# %% [markdown]
# ## Exercise 5 · The loop
#
# ●●○ · 20 minutes · 12 points
#
# One **epoch** is one pass through the training data, batch by batch, with one step for each. This is the function that every deep-learning project has somewhere, and you write it so that it can be trusted:
#
# - it trains in **training mode**, whatever mode the model came in (an evaluation before may have left it in eval mode);
# - it uses **what it is given**, not a global `model` or `device` that happens to have the same name;
# - it **moves each batch to the device**, images and labels: `images = images.to(device)`, which gives a new tensor and leaves the old one where it is (options of `to`, such as `non_blocking=True`, are fine). The model is there already;
# - it returns the mean loss **per example**, as a float. `loss_fn` gives the mean of a batch, and the last batch is often smaller.
#
# Here is a whole epoch on paper. The model has one weight, $\hat y = w x$ with $w = 1$; the loss is the mean of $(\hat y - y)^2$, whose gradient is the mean of $2 (\hat y - y)\,x$; the optimiser is plain gradient descent with learning rate 0.1.
#
# | batch | x | y | ŷ | loss | gradient | new w |
# |---|---|---|---|--:|--:|--:|
# | first, two examples | 1, 3 | 2, 2 | 1, 3 | 1 | 2 | 1 − 0.1 · 2 = 0.8 |
# | second, one example | 5 | 1 | 4 | 9 | 30 | 0.8 − 0.1 · 30 = −2.2 |
#
# The mean per example is $(2 \cdot 1 + 1 \cdot 9)/3 = 3.667$; the mean of the two batches, 5, would count the lonely example twice.
#
# <details><summary>Hint: adding up the loss</summary>
#
# `total += loss.item() * len(images)`, and count the images as you go. Without `.item()`, `total` becomes a tensor that remembers how it was computed, through all batches of the epoch: memory grows until it is full.
#
# </details>
#
# <details><summary>Hint: "object of type 'generator' has no len()"</summary>
#
# A loader is anything that can be looped over. Do not ask for `len(loader)` or `loader.dataset`; count.
#
# </details>


# %%
def train_epoch(model, loader, loss_fn, optimizer, device):
    """Train for one pass over the loader, one step for each batch, in training mode.

    model: on the device already; loader: any iterable of (images, labels), not on the device yet, batches of any sizes;
    loss_fn(logits, labels): a tensor, the mean loss of a batch; optimizer: of this model, and the only one that is used.
    The step is the optimiser's with the gradient as it is: nothing is clipped. Gradients that are left from before do
    not count. No batch's graph is kept once the next batch is done. Weights that are frozen (`requires_grad` is False)
    stay frozen. Returns the mean loss per example during the pass, each batch's before its step, a float.
    """
    ### BEGIN SOLUTION
    model.train()
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        optimizer.zero_grad()
        loss = loss_fn(model(images), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(images)
        count += len(images)
    return total / count
    ### END SOLUTION


# %% points=12
def test_train_epoch():
    """the epoch on paper: w goes 1 → 0.8 → −2.2, and the mean loss is 11/3"""

    def epoch(stale=None):
        line = nn.Linear(1, 1, bias=False).eval()
        line.weight.data.fill_(1.0)
        line.weight.grad = stale
        optimizer = torch.optim.SGD(line.parameters(), lr=0.1)
        batches = [([[1.0], [3.0]], [[2.0], [2.0]]), ([[5.0]], [[1.0]])]
        loader = ((torch.tensor(x), torch.tensor(y)) for x, y in batches)
        return train_epoch(line, loader, nn.MSELoss(), optimizer, "cpu"), line

    loss, line = epoch()
    compare(
        line.weight.item(),
        -2.2,
        {
            "gradients are added up: `zero_grad` is missing": -2.4,
            "the weight does not move: is there a `step` after `backward`, without `zero_grad` between the two?": 1.0,
            "only the first batch counted: a `return` inside the loop, or a `step` before `backward`?": 0.8,
            "only the last batch was used": -3.0,
        },
        what="the weight after the epoch",
    )
    compare_float(
        loss,
        11 / 3,
        {
            "the mean of the batch means; the last batch is smaller": 5.0,
            "the sum of the batch means": 10.0,
            "the sum over the examples; divide by their number": 11.0,
            "the sum of the batch means, divided by the number of examples": 10 / 3,
            "the loss of the last batch only": 9.0,
        },
        what="the mean loss",
    )
    loss, line = epoch(stale=torch.tensor([[7.0]]))
    compare(
        line.weight.item(), -2.2, {"gradients from before were not cleared": 0.6}, what="the weight with old gradients"
    )

    class ModeSpy(nn.Linear):
        def forward(self, x):
            assert self.training, "the model was not in training mode during the epoch"
            return super().forward(x)

    model = ModeSpy(2, 2).eval()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    train_epoch(model, [(torch.ones(3, 2), torch.tensor([0, 1, 1]))], F.cross_entropy, optimizer, torch.device("cpu"))


# %% [markdown]
# ## Exercise 6 · The measure
#
# ●●○ · 15 minutes · 8 points
#
# $$\text{accuracy} = \frac{\text{images judged rightly}}{\text{images}}$$
#
# A measurement must not change what it measures. Dropout and batch norm must be in eval mode, or the result depends on chance, and on which images happen to share a batch; and in training mode even a forward pass *moves* the running statistics of batch norm. Gradients are a waste here: `torch.no_grad()` saves the memory that they would need.
#
# Afterwards **every part** of the model has the mode that it had. In exercise 3 `model.train(mode)` was good enough; but it sets all parts alike, and in Assignment 5 you will train a model of which some parts stay in eval mode on purpose. So note the mode of each part: `model.modules()` runs through all of them, the model itself included.
#
# Again the batches may differ in size: four right of four, then none right of one, make 4/5, not ½.
#
# <details><summary>Hint: noting every mode</summary>
#
# `modes = [(part, part.training) for part in model.modules()]`, and afterwards, in a loop over these pairs, `part.training = mode`.
#
# </details>


# %%
def evaluate(model, loader, device):
    """The accuracy of the model on all the loader's examples, measured in eval mode and without gradients.

    model: on the device already; loader: any iterable of (images, labels), neither on the device yet, batches of any
    sizes. Returns a float from 0 to 1. The model is left as it was: weights, gradients, buffers, and the mode of each
    of its parts.
    """
    ### BEGIN SOLUTION
    modes = [(part, part.training) for part in model.modules()]
    model.eval()
    right, count = 0, 0
    with torch.no_grad():
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            right += (model(images).argmax(dim=1) == labels).sum().item()
            count += len(images)
    for part, mode in modes:
        part.training = mode
    return right / count
    ### END SOLUTION


# %% points=8
def test_evaluate():
    """four right of four, none right of one: 4/5"""
    images = torch.tensor([[5.0, 0, 1], [0, 2, 1], [0, 0, 3], [0, 1, 0], [2, 9, 0]])  # the logits are the images
    labels = torch.tensor([0, 1, 2, 1, 2])
    loader = [(images[:4], labels[:4]), (images[4:], labels[4:])]
    mistakes = {
        "the mean of the batches' accuracies; the last batch is smaller": 0.5,
        "percent, not a share": 80.0,
        "the number of hits; divide by the number of images": 4.0,
        "the hits divided by the number of batches": 2.0,
        "the accuracy of the last batch only": 0.0,
    }
    compare_float(evaluate(nn.Identity(), loader, "cpu"), 0.8, mistakes, what="the accuracy")
    compare_float(evaluate(nn.Identity(), iter(loader), "cpu"), 0.8, mistakes, what="the accuracy, from an iterator")
    one = [(images[:1], labels[:1])]
    compare_float(evaluate(nn.Identity(), one, torch.device("cpu")), 1.0, what="the accuracy on one image")

    class Spy(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm, self.frozen = nn.BatchNorm1d(3), nn.BatchNorm1d(3)

        def forward(self, x):
            assert not any(part.training for part in self.modules()), "the model was not in eval mode"
            assert not torch.is_grad_enabled(), "gradients were computed: use torch.no_grad()"
            return self.frozen(self.norm(x))

    model = Spy().train()
    model.frozen.eval()
    before = copy.deepcopy(model.state_dict())
    evaluate(model, loader, "cpu")
    for name, value in model.state_dict().items():
        assert torch.equal(value, before[name]), f"{name} has changed: evaluating must leave no trace"
    assert model.training and model.norm.training, "the model was in training mode before, and now is not"
    assert not model.frozen.training, (
        "the part `frozen` was in eval mode before, and now is in training mode: note the mode of each part"
    )


# %% [markdown]
# ## The training
#
# Everything is there; now let it run. The next cell is provided, and short enough to read. It adds to your functions:
#
# - **`Batches`**, a loader that keeps all images in one tensor and, for training, mirrors half of the images: a coat remains a coat. This is *augmentation*, more of it in Assignment 4. Validation images stay as they are.
# - **one cycle**: the learning rate rises from small to `PEAK` in the first quarter, then falls to almost nothing.
# - **AdamW**, which also pulls every weight a little towards 0.
# - **label smoothing**: the loss asks for 95.5 % of the probability on the right kind, not for 100 %. Nobody should be that sure; the other 4.5 % keep the loss above 0.28, however good the network is.
#
# Two epochs take two or three minutes on two slow cores. With a GPU, choose 15.

# %%
# @title Training: run this, and watch { display-mode: "both" }
EPOCHS = 2  # @param {type: "integer"}
PEAK = 0.007  # @param {type: "number"}


class Batches:
    """A loader over tensors: shuffled and augmented for training, in order and untouched otherwise."""

    def __init__(self, images, labels, *, size=64, training=False):
        self.images, self.labels, self.size, self.training = images, labels, size, training

    def __len__(self):
        return math.ceil(len(self.images) / self.size)

    def __iter__(self):
        order = torch.randperm(len(self.images)) if self.training else torch.arange(len(self.images))
        for rows in order.split(self.size):
            images = self.images[rows]
            if self.training:
                mirror = torch.rand(len(images), 1, 1, 1) < 0.5
                images = torch.where(mirror, images.flip(3), images)
            yield images, self.labels[rows]


def train(model, training, validation, *, epochs, peak, device):
    """Train with the student's `train_epoch` and `evaluate`; returns a list of (loss, accuracy), one for each epoch."""
    layout = copy.deepcopy(model).eval().to(memory_format=torch.channels_last)  # convolutions are faster with it
    try:
        layout(next(iter(validation))[0][:2].to(device))
        model.to(memory_format=torch.channels_last)
    except RuntimeError:  # `.view` does not work with it; `.flatten(1)` and `.reshape` do
        pass
    optimizer = torch.optim.AdamW(model.parameters(), lr=peak, weight_decay=0.02)
    loss_fn = nn.CrossEntropyLoss(label_smoothing=0.05)
    steps = epochs * len(training)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, peak, total_steps=steps + 1, pct_start=0.25)
    optimizer.register_step_post_hook(lambda *_: schedule.last_epoch < steps and schedule.step())  # after each batch
    history = []
    with tqdm(range(epochs), desc="epochs") as bar:
        for epoch in bar:
            loader = tqdm(training, desc=f"epoch {epoch + 1}", leave=False)
            loss = train_epoch(model, loader, loss_fn, optimizer, device)
            history.append((loss, evaluate(model, validation, device)))
            bar.set_postfix(loss=f"{loss:.3f}", accuracy=f"{100 * history[-1][1]:.2f} %")
            bar.write(f"epoch {epoch + 1}: training loss {loss:.3f}, validation accuracy {100 * history[-1][1]:.2f} %")
    return history


if EXPERIMENT:
    with picture("exercises 1, 2, 5 and 6"):
        dataset = TensorDataset(images, labels)
        training, validation = make_splits(dataset, validation=len(dataset) // 10, seed=0)
        train_images, train_labels = dataset[torch.tensor([int(i) for i in training.indices])]
        validation_images, validation_labels = dataset[torch.tensor([int(i) for i in validation.indices])]
        validation_batches = Batches(validation_images, validation_labels, size=500)
        torch.manual_seed(0)
        model = FashionCNN().to(device)
        print(f"before: accuracy {100 * evaluate(model, validation_batches, device):.2f} %")
        started = time.time()
        history = train(
            model,
            Batches(train_images, train_labels, training=True),
            validation_batches,
            epochs=EPOCHS,
            peak=PEAK,
            device=device,
        )
        print(f"{time.time() - started:.0f} seconds")
        trained = model.cpu().eval()
        torch.save(trained.state_dict(), "a3_fashion_mnist.pt")

# %%
# @title Picture: the course of the training
if EXPERIMENT:
    if "trained" in globals():
        figure, (loss_ax, accuracy_ax) = plt.subplots(1, 2, figsize=(11, 3.4))
        epochs = range(1, len(history) + 1)
        loss_ax.plot(epochs, [loss for loss, _ in history], "o-", color=ORANGE)
        loss_ax.axhline(math.log(10), color="0.4", lw=1, ls="--")
        loss_ax.text(1, math.log(10), "knows nothing: ln 10", va="bottom", fontsize=9)
        loss_ax.set(xlabel="epoch", title="training loss", ylim=(0, 2.6), xticks=epochs)
        accuracy_ax.plot(epochs, [100 * accuracy for _, accuracy in history], "o-", color=BLUE)
        accuracy_ax.axhline(90, color="0.4", lw=1, ls="--")
        accuracy_ax.text(1, 90, "full points from here", va="bottom", fontsize=9)
        accuracy_ax.set(xlabel="epoch", title="validation accuracy, percent", xticks=epochs)
        accuracy_ax.set_ylim(top=max(94, 100 * max(accuracy for _, accuracy in history) + 1))
        plt.tight_layout(w_pad=3)
        plt.show()
    else:
        print("This picture appears once you have trained a network.")

# %% [markdown]
# The cell has saved your network's weights beside the notebook as `a3_fashion_mnist.pt`: that file is what exercise 11 is about.

# %% [markdown]
# ## Exercise 7 · How sure is it?
#
# ●○○ · 10 minutes · 6 points
#
# The softmax makes probabilities of the logits of one image,
#
# $$p_k = \frac{e^{z_k}}{\sum_j e^{z_j}},$$
#
# and the largest ones say what the network believes, and what else it thought of. Logits $\ln 2,\ 0,\ \ln 5$ give $\tfrac{2}{8}, \tfrac18, \tfrac58$; so the top two are kind 2 with 0.625 and kind 0 with 0.25. These two do not add up to 1, and should not: the rest went to kind 1.
#
# <details><summary>Hint</summary>
#
# `logits.softmax(dim=1)`: along which of the two axes should the numbers add up to 1? A tensor's method `topk` does the rest. Mind the mode, as in exercise 3.
#
# </details>


# %%
def predict(model, images, *, top):
    """The `top` most probable kinds of each image, the most probable first; judged in eval mode.

    images: (N, …); model(images): logits (N, classes); top: from 1 to classes.
    Returns two tensors without gradients: probabilities (N, top), and labels (N, top), integers (`int64`); right for
    large logits, too. Kinds with equal probabilities, such as 0 after rounding, may come in any order. The model is
    left as it was, its mode as in exercise 3 (all its parts have the same).
    Example: logits ln 2, 0, ln 5 with top=2 give probabilities 0.625, 0.25 and labels 2, 0.
    """
    ### BEGIN SOLUTION
    mode = model.training
    model.eval()
    with torch.no_grad():
        probabilities, labels = model(images).softmax(dim=1).topk(top, dim=1)
    model.train(mode)
    return probabilities, labels
    ### END SOLUTION


# %% points=6
def test_predict():
    """logits ln 2, 0, ln 5: kind 2 with 0.625, then kind 0 with 0.25"""
    logits = torch.tensor([[2.0, 1.0, 5.0], [6.0, 3.0, 1.0]]).log()
    result = predict(nn.Identity(), logits, top=2)
    assert result is not None and len(result) == 2, "predict should return two tensors: probabilities, labels"
    compare(
        result[0],
        [[0.625, 0.25], [0.6, 0.3]],
        {
            "the softmax runs over the images, not over the kinds": [[0.8333, 0.25], [0.75, 0.75]],
            "the logits, without softmax": [[math.log(5), math.log(2)], [math.log(6), math.log(3)]],
            "the softmax of the top logits only": [[5 / 7, 2 / 7], [2 / 3, 1 / 3]],
            "the least probable first": [[0.25, 0.625], [0.3, 0.6]],
            "the two least probable kinds": [[0.125, 0.25], [0.1, 0.3]],
        },
        what="the probabilities",
    )
    compare(result[1], [[2, 0], [0, 1]], {"labels and ranks were mixed up": [[0, 1], [0, 1]]}, what="the labels")
    single = predict(nn.Identity(), logits[:1], top=1)
    compare(single[0], [[0.625]], what="the probability of one image with top=1")
    weighted = nn.Linear(3, 3)
    assert not predict(weighted, logits, top=3)[0].requires_grad, "the probabilities carry gradients: torch.no_grad()"
    model = nn.Dropout(0.5).train()
    compare(predict(model, logits, top=2)[0], [[0.625, 0.25], [0.6, 0.3]], what="with dropout (was it in eval mode?)")
    assert model.training, "the model was in training mode before, and now is not"


# %%
# @title Picture: its worst mistakes
if EXPERIMENT:
    if "trained" in globals():
        with picture("predict"):
            parts = [predict(trained, part, top=10) for part in validation_images.split(1000)]
            probabilities, guesses = torch.cat([p for p, _ in parts]), torch.cat([g for _, g in parts])
            wrong = (guesses[:, 0] != validation_labels).nonzero().flatten()
            worst = wrong[probabilities[wrong, 0].argsort(descending=True)][:10]
            figure, axes = plt.subplots(2, 10, figsize=(11, 3), height_ratios=[1, 0.8])
            for (image_ax, bar_ax), i in zip(axes.T, worst, strict=False):
                image_ax.imshow(validation_images[i, 0], cmap="gray", vmin=0, vmax=1)
                image_ax.set_title(kinds[validation_labels[i]], fontsize=9)
                image_ax.axis("off")
                bar_ax.barh(range(3), 100 * probabilities[i, :3], color=[ORANGE, SKY, SKY])
                for row in range(3):
                    bar_ax.text(2, row, kinds[guesses[i, row]], va="center", fontsize=7.5)
                bar_ax.set(xlim=(0, 100), xticks=[0, 100], yticks=[])
                bar_ax.invert_yaxis()
            for ax in axes[:, len(worst) :].flat:
                ax.axis("off")
            figure.suptitle(
                f"{len(wrong)} of {len(guesses)} are wrong. Here it was surest: the label, and what it said, in percent",
                fontsize=11,
            )
            plt.tight_layout(pad=0.4)
            plt.show()
    else:
        print("This picture appears once you have trained a network.")

# %% [markdown]
# Look at a few. Some are hard, and with some you may side with the network: labels are made by people.
#
# ## Exercise 8 · Who is taken for whom?
#
# ●○○ · 10 minutes · 6 points
#
# One number says how often the network is wrong, a **confusion matrix** says in which way: the number in row $i$, column $j$ counts the images of kind $i$ that were taken for kind $j$. The row is the kind that an image **is**, the column the kind that the network **said**; the hits are on the diagonal. With the labels 0 0 0 1 2 2 and the predictions 0 1 1 1 0 2, of four kinds,
#
# $$\begin{bmatrix} 1 & 2 & 0 & 0 \\ 0 & 1 & 0 & 0 \\ 1 & 0 & 1 & 0 \\ 0 & 0 & 0 & 0 \end{bmatrix}.$$
#
# Kind 3 has not occurred, and has its row and column of zeros all the same.
#
# <details><summary>Hint: the trap in one line</summary>
#
# `matrix[labels, predictions] += 1` reads all cells, adds 1, and writes them back: a pair that occurs twice is counted once. A loop is fine; or give every pair a number, `classes * label + prediction`, and see `torch.bincount`.
#
# </details>


# %%
def confusion_matrix(labels, predictions, classes):
    """Count who was taken for whom: row = actual label, column = prediction.

    labels, predictions: tensors of shape (N,), integers (`int64`) from 0 to classes - 1; N may be large. Returns a
    (classes, classes) tensor of integers.
    """
    ### BEGIN SOLUTION
    pairs = classes * labels + predictions
    return torch.bincount(pairs, minlength=classes**2).reshape(classes, classes)
    ### END SOLUTION


# %% points=6
def test_confusion_matrix():
    """labels 0 0 0 1 2 2, predictions 0 1 1 1 0 2, four kinds"""
    labels, predictions = torch.tensor([0, 0, 0, 1, 2, 2]), torch.tensor([0, 1, 1, 1, 0, 2])
    matrix = confusion_matrix(labels, predictions, 4)
    expected = np.array([[1, 2, 0, 0], [0, 1, 0, 0], [1, 0, 1, 0], [0, 0, 0, 0]])
    compare(
        matrix,
        expected,
        {
            "rows and columns have changed places: a row is an actual label": expected.T,
            "each pair was counted once, however often it occurs": expected > 0,
            "kinds that do not occur are left out": expected[:3, :3],
            "shares, not counts": expected / np.array([[3], [1], [2], [1]]),
        },
        what="the confusion matrix",
    )
    assert not torch.as_tensor(matrix).is_floating_point(), "counts are integers: give the tensor dtype=torch.long"


# %%
# @title Picture: who is taken for whom
if EXPERIMENT:
    if "trained" in globals():
        with picture("predict and confusion_matrix"):
            guesses = torch.cat([predict(trained, part, top=1)[1].flatten() for part in validation_images.split(1000)])
            matrix = confusion_matrix(validation_labels, guesses, 10)
            share = 100 * matrix / matrix.sum(1, keepdim=True).clamp(min=1)
            figure, ax = plt.subplots(figsize=(7.4, 6.4))
            ax.imshow(share, cmap="Blues", vmax=60)
            for i, j in np.ndindex(10, 10):
                if matrix[i, j]:
                    color = "white" if share[i, j] > 35 else "black"
                    ax.text(j, i, matrix[i, j].item(), ha="center", va="center", color=color, fontsize=9)
            ax.set_xticks(range(10), kinds, rotation=40, ha="right")
            ax.set_yticks(range(10), kinds)
            ax.set(xlabel="what the network said", ylabel="what it is", title="validation images")
            plt.tight_layout()
            plt.show()
            pairs = share.fill_diagonal_(0).flatten().argsort(descending=True)[:3]
            for pair in pairs.tolist():
                i, j = divmod(pair, 10)
                print(f"{share[i, j]:.0f} % of the kind '{kinds[i]}' were taken for '{kinds[j]}'")
    else:
        print("This picture appears once you have trained a network.")

# %% [markdown]
# ## Exercise 9 · A look inside
#
# ●●● · 20 minutes · 8 points
#
# What comes out of the layers in the middle? PyTorch lets you listen: a **hook** is a function that a layer calls after each forward pass.
#
# ```python
# def listen(layer, inputs, output):
#     print(output.shape)
#
# handle = layer.register_forward_hook(listen)   # from now on
# handle.remove()                                # … until here
# ```
#
# Layers have names: `dict(model.named_modules())` maps each name, such as `stem.0` for the first part of `stem`, to its layer.
#
# Three traps make this the hardest exercise of the notebook:
#
# - **Hooks stay** until they are removed, and everyone who uses the model afterwards pays for them. They must go also if the model raises an error half-way: that is what `try: … finally: …` is for. Take away your own only; others may be listening, too.
# - **An in-place layer overwrites.** `nn.ReLU(inplace=True)` writes its result into the memory of its input; the convolution's output that you have kept has lost its negative numbers. Keep a copy: `.clone()`.
# - **Names and layers in a loop**: a `lambda` made in a loop sees the loop variable's *last* value. Make the function in a function of its own, or give it a default, `lambda …, name=name: …`.


# %%
def capture_features(model, images, layers):
    """The outputs of the named layers while the model, in eval mode, looks at a batch of images.

    images: (N, …); layers: a list of names as in model.named_modules(), which stays as it is; the model calls each of
    these layers once, and each gives a tensor.
    Returns a dict from each of these names, and no other, to a tensor (N, …), without gradients: the output as the layer
    gave it, whatever later layers do to it in place. Afterwards other hooks are still there, the model is as it was, its
    mode as in exercise 3, and the hooks set here are gone. They are gone also if the model raised an error, which is
    passed on; the mode need not be put back then.
    """
    ### BEGIN SOLUTION
    features = {}

    def listener(name):
        def listen(layer, inputs, output):
            features[name] = output.detach().clone()

        return listen

    parts, mode = dict(model.named_modules()), model.training
    handles = [parts[name].register_forward_hook(listener(name)) for name in layers]
    model.eval()
    try:
        with torch.no_grad():
            model(images)
    finally:
        for handle in handles:
            handle.remove()
        model.train(mode)
    return features
    ### END SOLUTION


# %% points=8
def test_capture_features():
    """a convolution followed by an in-place ReLU"""
    model = nn.Sequential(nn.Conv2d(1, 1, 1, bias=False), nn.ReLU(inplace=True), nn.Flatten(), nn.Linear(4, 2)).train()
    model[0].weight.data.fill_(-2.0)
    images = torch.tensor([[[[1.0, -3.0], [0.0, 2.0]]]])
    features = capture_features(model, images, ["0", "1", "3"])
    assert isinstance(features, dict), f"capture_features returned a {type(features).__name__}, not a dict"
    assert set(features) == {"0", "1", "3"}, f"the keys are {sorted(features)}, expected '0', '1', '3'"
    after_relu = [[[[0, 6], [0, 0]]]]
    compare(
        features["0"],
        [[[[-2, 6], [0, -4]]]],
        {"the in-place ReLU after it has overwritten it: keep a copy": after_relu, "the layer's input": images},
        what="what comes out of the convolution",
    )
    compare(features["1"], after_relu, what="what comes out of the ReLU")
    assert tuple(features["3"].shape) == (1, 2), "all names gave the same layer's output: see the third trap"
    assert not features["3"].requires_grad, "the features carry gradients"
    assert model.training, "the model was in training mode before, and now is not"
    hooks = [part for part in model.modules() if part._forward_hooks]
    assert not hooks, f"{len(hooks)} hooks are still there: remove them with handle.remove()"
    try:
        capture_features(model, torch.zeros(1, 1, 7, 7), ["0"])  # 49 numbers do not fit the linear layer
    except RuntimeError:
        pass
    hooks = [part for part in model.modules() if part._forward_hooks]
    assert not hooks, "after an error in the model a hook is still there: remove it in a `finally`"


# %%
# @title Picture: what the first layer looks for, and what it finds
if EXPERIMENT:
    if "trained" in globals():
        with picture("capture_features"):
            convolutions = [(name, part) for name, part in trained.named_modules() if isinstance(part, nn.Conv2d)]
            name, first = convolutions[0]
            example = validation_images[(validation_labels == 9).nonzero()[0]]  # (1, 1, 28, 28)
            features = capture_features(trained, example, [name for name, _ in convolutions])
            count = min(12, first.out_channels)
            limit = first.weight.detach().abs().max().item()
            figure, axes = plt.subplots(2, count, figsize=(11, 2.6), squeeze=False)
            for i in range(count):
                axes[0, i].imshow(first.weight[i, 0].detach(), cmap="PuOr", vmin=-limit, vmax=limit)
                axes[1, i].imshow(features[name][0, i], cmap="gray")
            titles = ["its kernels: orange below 0, purple above", f"what comes out of each of them ({name})"]
            for ax, title in zip(axes[:, 0], titles, strict=True):
                ax.set_title(title, loc="left", fontsize=10)
            for ax in axes.flat:
                ax.axis("off")
            plt.subplots_adjust(left=0.01, right=0.99, bottom=0.02, top=0.9, hspace=0.3, wspace=0.1)
            plt.show()

            figure, axes = plt.subplots(len(convolutions), 12, figsize=(11, 1.12 * len(convolutions)), squeeze=False)
            for row, (name, _) in zip(axes, convolutions, strict=True):
                maps = features[name][0]
                for ax, channel in zip(row, maps, strict=False):
                    ax.imshow(channel, cmap="gray")
                row[0].set_title(f"{name}: {' × '.join(map(str, maps.shape))}", loc="left", fontsize=9)
                for ax in row:
                    ax.axis("off")
            plt.subplots_adjust(
                left=0.01, right=0.99, bottom=0.01, top=1 - 0.25 / len(convolutions), hspace=0.35, wspace=0.1
            )
            plt.show()
    else:
        print("This picture appears once you have trained a network.")

# %% [markdown]
# ## Exercise 10 · Bug clinic
#
# ●●○ · 30 minutes · 6 × 3 points
#
# Six training loops lie in the waiting room. Each of them runs, none of them raises an error, and all are ill: each has exactly **one** bug, each a different one. Here are their charts, taken while they trained on made-up pictures of shapes:

# %%
# @title Picture: the patients' charts
if EXPERIMENT:

    def ill_1(model, images, labels, optimizer, *, steps):
        losses = []
        for _ in range(steps):
            loss = F.cross_entropy(model(images), labels)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        return losses

    def ill_2(model, images, labels, optimizer, *, size):
        losses = []
        for start in range(0, len(images), size):
            optimizer.zero_grad()
            loss = F.cross_entropy(model(images[start : start + size]), labels[start : start + size])
            optimizer.step()
            loss.backward()
            losses.append(loss.item())
        return losses

    def ill_3(model, images, labels, optimizer, *, steps):
        losses = []
        for _ in range(steps):
            optimizer.zero_grad()
            probabilities = model(images).softmax(dim=1)
            loss = F.cross_entropy(probabilities, labels)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        return losses

    def ill_4(model, images, labels, optimizer, *, validation, epochs):
        accuracies = []
        model.train()
        for _ in range(epochs):
            for start in range(0, len(images), 64):
                optimizer.zero_grad()
                F.cross_entropy(model(images[start : start + 64]), labels[start : start + 64]).backward()
                optimizer.step()
            model.eval()
            with torch.no_grad():
                hits = model(validation[0]).argmax(dim=1) == validation[1]
            accuracies.append(hits.float().mean().item())
        return accuracies

    def ill_5(model, images, labels, optimizer, *, size):
        total = 0.0
        for start in range(0, len(images), size):
            batch, answers = images[start : start + size], labels[start : start + size]
            optimizer.zero_grad()
            loss = F.cross_entropy(model(batch), answers)
            loss.backward()
            optimizer.step()
            total += loss * len(batch)
        return total.item() / len(images)

    def ill_6(model, images, labels, optimizer, *, size, generator):
        images = images[torch.randperm(len(images), generator=generator)]
        labels = labels[torch.randperm(len(labels), generator=generator)]
        losses = []
        for start in range(0, len(images), size):
            optimizer.zero_grad()
            loss = F.cross_entropy(model(images[start : start + size]), labels[start : start + size])
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        return losses

    def chart(loop, number):
        """What patient `number` shows while it trains with `loop`: a list of numbers."""
        torch.manual_seed(1)
        dropout = nn.Dropout(0.5 if number == 4 else 0.0)
        parts = nn.Conv2d(1, 8, 5, stride=2), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), dropout
        model = nn.Sequential(*parts, nn.Linear(8 * 36, 10))
        images, labels = draw_shapes(1500, seed=7)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.05 if number == 4 else 0.03)
        rest = images[500:], labels[500:]
        if number in (1, 3):
            adam = torch.optim.Adam(model.parameters(), lr=0.01)
            return loop(model, images[:300], labels[:300], adam, steps=60 if number == 1 else 150)
        if number == 4:
            return loop(model, images[:500], labels[:500], optimizer, validation=rest, epochs=12)
        if number == 5:
            most_graphs_alive(loop, model=model, images=images[:80], labels=labels[:80], optimizer=optimizer)
            return most_graphs_alive.course
        order = {"generator": torch.Generator().manual_seed(0)} if number == 6 else {}
        return loop(model, images, labels, optimizer, size=32, **order)

    def draw_charts(curves):
        """`curves`: (legend, colour, a dict from the patient's number to its chart), one for each curve."""
        shows = ["loss on one batch", "loss of each batch", "loss on one batch", "validation accuracy"]
        shows += ["earlier batches' graphs in memory", "loss of each batch"]
        figure, axes = plt.subplots(2, 3, figsize=(11, 5.6))
        for number, (ax, title) in enumerate(zip(axes.flat, shows, strict=True), start=1):
            for legend, color, charts in curves:
                if number in charts:
                    ax.plot(range(1, len(charts[number]) + 1), charts[number], color=color, label=legend)
            ax.set_title(f"{number} · {title}", fontsize=11)
            ax.set_xlabel("epoch" if number == 4 else "step", fontsize=9)
            ax.set_ylim(bottom=0, top=1 if number == 4 else None)
            if len(curves) > 1:
                ax.legend(fontsize=9)
        plt.tight_layout()
        plt.show()

    ill_charts = {n: chart(loop, n) for n, loop in enumerate([ill_1, ill_2, ill_3, ill_4, ill_5, ill_6], start=1)}
    draw_charts([("ill", RED, ill_charts)])

# %% [markdown]
# For each patient: find the bug in the code that is shown, write the mended function below it, and **change nothing else**: the caller should see no difference but the cure. Loss, optimiser, gradients, batches, the mode of the model and the result are as in the patient's own lines. Write down in a comment what the bug was; you will meet it again. (The comment is for you and is not graded.)
#
# ### Patient 1
#
# *"It is always the same batch, and I cannot come to rest: my loss swings up and down as if nobody had ever told me to stop."*
#
# ```python
# def patient_1(model, images, labels, optimizer, *, steps):
#     losses = []
#     for _ in range(steps):
#         loss = F.cross_entropy(model(images), labels)
#         loss.backward()
#         optimizer.step()
#         losses.append(loss.item())
#     return losses
# ```


# %%
def clinic_1(model, images, labels, optimizer, *, steps):
    """Patient 1, mended: `steps` steps on one batch. Returns a list of floats: the loss before each step.

    images: (N, …); labels: (N,) integers. Gradients that are left from before do not count.
    """
    ### BEGIN SOLUTION
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()  # the bug: gradients were added up over all steps
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses
    ### END SOLUTION


# %% points=3
def test_clinic_1():
    """three steps, computed by hand in another way"""
    model = nn.Linear(2, 2, bias=False)
    model.weight.data = torch.tensor([[0.5, -0.5], [0.0, 0.0]])
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    got = clinic_1(model, torch.tensor([[1.0, 0.0], [0.0, 2.0]]), torch.tensor([0, 1]), optimizer, steps=4)
    compare(
        got,
        [0.3937, 0.2329, 0.1736, 0.1384],
        {
            "still as ill as before": [0.3937, 0.2329, 0.1099, 0.0463],
            "a step before the gradient is there": [0.39367] * 4,
        },
        what="the losses of four steps",
    )


# %% [markdown]
# ### Patient 2
#
# *"I feel nothing at all. Batch after batch, and my loss only wavers around where it began."*
#
# ```python
# def patient_2(model, images, labels, optimizer, *, size):
#     losses = []
#     for start in range(0, len(images), size):
#         optimizer.zero_grad()
#         loss = F.cross_entropy(model(images[start : start + size]), labels[start : start + size])
#         optimizer.step()
#         loss.backward()
#         losses.append(loss.item())
#     return losses
# ```


# %%
def clinic_2(model, images, labels, optimizer, *, size):
    """Patient 2, mended: one pass in batches of `size`, in order; the last may be smaller.

    images: (N, …); labels: (N,) integers. Returns a list of floats: the loss of each batch before its step.
    """
    ### BEGIN SOLUTION
    losses = []
    for start in range(0, len(images), size):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images[start : start + size]), labels[start : start + size])
        loss.backward()
        optimizer.step()  # the bug: the step came before its gradient, which was then cleared unused
        losses.append(loss.item())
    return losses
    ### END SOLUTION


# %% points=3
def test_clinic_2():
    """three batches of the same two examples: the loss falls"""
    model = nn.Linear(2, 2, bias=False)
    model.weight.data = torch.tensor([[0.5, -0.5], [0.0, 0.0]])
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    images, labels = torch.tensor([[1.0, 0.0], [0.0, 2.0]]).repeat(3, 1), torch.tensor([0, 1]).repeat(3)
    got = clinic_2(model, images, labels, optimizer, size=2)
    compare(
        got,
        [0.3937, 0.2329, 0.1736],
        {
            "still as ill as before: nothing is learnt": [0.3937, 0.3937, 0.3937],
            "each step uses the gradient of the batch before": [0.3937, 0.3937, 0.2329],
            "gradients are added up: where has zero_grad gone?": [0.3937, 0.2329, 0.1099],
        },
        what="the losses of three batches",
    )


# %% [markdown]
# ### Patient 3
#
# *"I know nearly every image of my batch by heart. But my loss does not get below 1.46, however long I try."*
#
# ```python
# def patient_3(model, images, labels, optimizer, *, steps):
#     losses = []
#     for _ in range(steps):
#         optimizer.zero_grad()
#         probabilities = model(images).softmax(dim=1)
#         loss = F.cross_entropy(probabilities, labels)
#         loss.backward()
#         optimizer.step()
#         losses.append(loss.item())
#     return losses
# ```
#
# <details><summary>Hint: why 1.46</summary>
#
# If the network is right and perfectly sure, what is `probabilities`? What does a softmax make of it? $-\ln \frac{e^1}{e^1 + 9 e^0} = 1.4612$.
#
# </details>


# %%
def clinic_3(model, images, labels, optimizer, *, steps):
    """Patient 3, mended: `steps` steps on one batch. Returns a list of floats: the loss before each step.

    images: (N, …); labels: (N,) integers; model(images): logits (N, classes).
    """
    ### BEGIN SOLUTION
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)  # the bug: a softmax, and cross_entropy brings its own
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses
    ### END SOLUTION


# %% points=3
def test_clinic_3():
    """a network that is right and sure has a loss near 0"""
    model = nn.Linear(10, 10, bias=False)
    model.weight.data = 20 * torch.eye(10)
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    got = clinic_3(model, torch.eye(10), torch.arange(10), optimizer, steps=2)
    compare(got, [0, 0], {"still as ill as before": [1.4612, 1.4612]}, what="the losses of a network that is sure")
    model.weight.data = torch.eye(10)
    got = clinic_3(model, torch.eye(10), torch.arange(10), optimizer, steps=3)
    compare(
        got,
        [1.4612, 1.3963, 1.334],
        {"still as ill as before": [2.1716, 2.1682, 2.1647], "the weights do not move": [1.4612, 1.4612, 1.4612]},
        what="the losses of a network that is not sure yet",
    )


# %% [markdown]
# ### Patient 4
#
# *"My first day was fine. Since then I have been sluggish, and dropout and batch norm do not feel like themselves."*
#
# ```python
# def patient_4(model, images, labels, optimizer, *, validation, epochs):
#     accuracies = []
#     model.train()
#     for _ in range(epochs):
#         for start in range(0, len(images), 64):
#             optimizer.zero_grad()
#             F.cross_entropy(model(images[start : start + 64]), labels[start : start + 64]).backward()
#             optimizer.step()
#         model.eval()
#         with torch.no_grad():
#             hits = model(validation[0]).argmax(dim=1) == validation[1]
#         accuracies.append(hits.float().mean().item())
#     return accuracies
# ```


# %%
def clinic_4(model, images, labels, optimizer, *, validation, epochs):
    """Patient 4, mended: `epochs` passes in batches of 64, in order, each followed by a validation in eval mode.

    images: (N, …); labels: (N,) integers; validation: a pair (images, labels), measured without gradients.
    Returns a list of floats: the validation accuracy after each epoch, from 0 to 1. Afterwards the model may be in
    either mode.
    """
    ### BEGIN SOLUTION
    accuracies = []
    for _ in range(epochs):
        model.train()  # the bug: this stood above the loop, so that from the second epoch on the model was in eval mode
        for start in range(0, len(images), 64):
            optimizer.zero_grad()
            F.cross_entropy(model(images[start : start + 64]), labels[start : start + 64]).backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            hits = model(validation[0]).argmax(dim=1) == validation[1]
        accuracies.append(hits.float().mean().item())
    return accuracies
    ### END SOLUTION


# %% points=3
def test_clinic_4():
    """in which mode is the model when it learns, and when it is measured?"""
    modes = {True: [], False: []}

    class Spy(nn.Linear):
        def forward(self, x):
            modes[torch.is_grad_enabled()].append(self.training)
            return super().forward(x)

    torch.manual_seed(0)
    model = Spy(3, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    images, labels = torch.rand(100, 3), torch.arange(100) % 2
    got = clinic_4(model, images, labels, optimizer, validation=(images[:10], labels[:10]), epochs=3)
    assert got is not None and len(got) == 3, f"expected three accuracies, one for each epoch, got {got}"
    assert len(modes[True]) == 6 and len(modes[False]) == 3, "expected two training batches and a validation per epoch"
    assert not any(modes[False]), "the model should be in eval mode when it is measured"
    assert modes[True] != [True, True, False, False, False, False], (
        "still as ill as before: when does it learn in eval mode?"
    )
    assert all(modes[True]), "the model should be in training mode whenever it learns"


# %% [markdown]
# ### Patient 5
#
# *"My results are fine! But I grow heavier with every batch, and by the evening the machine is out of memory."*
#
# ```python
# def patient_5(model, images, labels, optimizer, *, size):
#     total = 0.0
#     for start in range(0, len(images), size):
#         batch, answers = images[start : start + size], labels[start : start + size]
#         optimizer.zero_grad()
#         loss = F.cross_entropy(model(batch), answers)
#         loss.backward()
#         optimizer.step()
#         total += loss * len(batch)
#     return total.item() / len(images)
# ```


# %%
def clinic_5(model, images, labels, optimizer, *, size):
    """Patient 5, mended: one pass in batches of `size`, in order; the last may be smaller.

    images: (N, …); labels: (N,) integers. Returns the mean loss per example during the pass, a float.
    No batch's graph is kept once the next batch is done.
    """
    ### BEGIN SOLUTION
    total = 0.0
    for start in range(0, len(images), size):
        batch, answers = images[start : start + size], labels[start : start + size]
        optimizer.zero_grad()
        loss = F.cross_entropy(model(batch), answers)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(batch)  # the bug: `total` was a tensor and held on to every batch's graph
    return total / len(images)
    ### END SOLUTION


# %% points=3
def test_clinic_5():
    """the mean loss is as before, and the sum remembers no graph"""
    model = nn.Linear(2, 2, bias=False)
    model.weight.data = torch.tensor([[0.5, -0.5], [0.0, 0.0]])
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    images, labels = torch.tensor([[1.0, 0.0], [0.0, 2.0], [3.0, 1.0]]), torch.tensor([0, 1, 0])
    got = clinic_5(model, images, labels, optimizer, size=2)
    compare_float(got, 0.3241, {"the mean of the batch means; the last batch is smaller": 0.2893}, what="the mean loss")
    peak = most_graphs_alive(
        clinic_5, optimizer=optimizer, model=model, images=images.repeat(4, 1), labels=labels.repeat(4)
    )
    assert peak <= 1, f"after 6 batches the graphs of {peak} earlier ones were still held: still as ill as before"


# %% [markdown]
# ### Patient 6
#
# *"I study and study and cannot make sense of it: my loss stays near 2.3. As if somebody were telling me nonsense."*
#
# ```python
# def patient_6(model, images, labels, optimizer, *, size, generator):
#     images = images[torch.randperm(len(images), generator=generator)]
#     labels = labels[torch.randperm(len(labels), generator=generator)]
#     losses = []
#     for start in range(0, len(images), size):
#         optimizer.zero_grad()
#         loss = F.cross_entropy(model(images[start : start + size]), labels[start : start + size])
#         loss.backward()
#         optimizer.step()
#         losses.append(loss.item())
#     return losses
# ```


# %%
def clinic_6(model, images, labels, optimizer, *, size, generator):
    """Patient 6, mended: one pass in batches of `size`, in random order; the last may be smaller.

    images: (N, …); labels: (N,) integers; generator: a torch.Generator from which the order is drawn, in whatever way;
    the next pass with it has another order.
    Returns a list of floats: the loss of each batch before its step.
    """
    ### BEGIN SOLUTION
    order = torch.randperm(
        len(images), generator=generator
    )  # the bug: images and labels each had an order of their own
    images, labels = images[order], labels[order]
    losses = []
    for start in range(0, len(images), size):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images[start : start + size]), labels[start : start + size])
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses
    ### END SOLUTION


# %% points=3
def test_clinic_6():
    """the logits are the images, and right: no loss, in whatever order"""
    images, labels = 30 * torch.eye(12), torch.arange(12)
    unused = nn.Linear(12, 12, bias=False)
    unused.weight.data = torch.eye(12)
    seen = []
    unused.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].argmax(dim=1)))
    optimizer = torch.optim.SGD(unused.parameters(), lr=0.0)
    got = clinic_6(unused, images, labels, optimizer, size=5, generator=torch.Generator().manual_seed(0))
    order = torch.cat(seen)
    assert sorted(order.tolist()) == list(range(12)), "not every image was seen exactly once"
    assert not torch.equal(order, labels), "the images were not shuffled"
    assert got is not None and len(got) == 3, f"expected the losses of three batches of 5, 5 and 2 images, got {got}"
    assert max(got) < 1e-3, f"the losses {got} should be 0: images and labels do not belong together"


# %%
# @title Picture: ill and cured
if EXPERIMENT:
    cured_charts = {}
    for number, loop in enumerate([clinic_1, clinic_2, clinic_3, clinic_4, clinic_5, clinic_6], start=1):
        with picture(f"clinic_{number}"):
            cured_charts[number] = chart(loop, number)
    if cured_charts:
        draw_charts([("ill", RED, ill_charts), ("cured", BLUE, cured_charts)])

# %% [markdown]
# ## Exercise 11 · The score of your network
#
# ●●○ · 15 minutes · 6 points
#
# The training has written `a3_fashion_mnist.pt`, the weights of your network. Hand it in beside the notebook. The grader makes a `FashionCNN()` from your class, loads the file into it, and opens the sealed 10,000 test images:
#
# | test accuracy | below 80 % | 80 % | 82 % | 84 % | 86 % | 88 % | from 90 % |
# |---|---|---|---|---|---|---|---|
# | points | 0 | 0 | 1.2 | 2.4 | 3.6 | 4.8 | 6 |
#
# and in between in proportion. Your validation accuracy tells you beforehand, up to half a percent or so, what to expect; if it says 91 %, you are done. If it does not, or if you like it here:
#
# - more epochs; with a GPU, try fifteen;
# - the second convolution in each stage (last hint of exercise 2);
# - look at the confusion matrix: shirts are where the points are. Humans agree.
#
# Train again, look at the validation accuracy, and decide by that. If you change `FashionCNN` afterwards, train again, too: old weights do not fit a new network.

# %% points=6 score="checkpoint" tags=["needs:fashion_mnist"]
# Is the checkpoint there, does it load, and how good is it on the validation images?
if EXPERIMENT:
    try:
        checkpoint = FashionCNN()
        checkpoint.load_state_dict(torch.load("a3_fashion_mnist.pt", map_location="cpu", weights_only=True))
        print("a3_fashion_mnist.pt fits your FashionCNN")
        print(f"validation accuracy: {100 * evaluate(checkpoint, validation_batches, 'cpu'):.2f} %")
    except FileNotFoundError:
        print("There is no a3_fashion_mnist.pt yet: the training writes it.")
    except (NotImplementedError, NameError):
        print("Solve exercises 1, 2, 5 and 6 first, and train.")
    except RuntimeError as problem:
        print(f"a3_fashion_mnist.pt does not fit your FashionCNN; train again. ({str(problem).splitlines()[0]})")

# %% [markdown]
# ## Exercise 12 · Quiz
#
# ●○○ · 5 minutes · 5 points
#
# Five questions of one point each. Put the letter of your answer between the quotes (on Colab: choose it from the list). The test only checks that you have chosen. Your choice is compared when the notebook is graded.
#
# **Question 1.** An untrained network for **100** kinds, rather than ten, should begin with a loss of about
#
# - a · 2.3
# - b · 4.6
# - c · 23
# - d · 0.01

# %%
quiz_hundred_kinds = "?"  # @param ["?", "a", "b", "c", "d"]
### BEGIN SOLUTION
quiz_hundred_kinds = "b"
### END SOLUTION


# %% points=1
def test_quiz_hundred_kinds():
    """one of the letters a, b, c, d"""
    assert str(quiz_hundred_kinds).strip().lower() in ("a", "b", "c", "d"), "choose one of the letters: a, b, c, d"


# %% [markdown]
# **Question 2.** What does `model.eval()` change?
#
# - a · how dropout and batch norm behave
# - b · no gradients are computed any more
# - c · both
# - d · neither: it measures the accuracy

# %%
quiz_eval = "?"  # @param ["?", "a", "b", "c", "d"]
### BEGIN SOLUTION
quiz_eval = "a"
### END SOLUTION


# %% points=1
def test_quiz_eval():
    """one of the letters a, b, c, d"""
    assert str(quiz_eval).strip().lower() in ("a", "b", "c", "d"), "choose one of the letters: a, b, c, d"


# %% [markdown]
# **Question 3.** You have tried 30 networks, and kept the one with the best **test** accuracy, 93.1 %. How good will it be on new images?
#
# - a · 93.1 %, that is what a test is for
# - b · rather better than 93.1 %, since it was the best of 30
# - c · rather worse than 93.1 %, since part of its lead was luck
# - d · about as good as on its training images

# %%
quiz_selection = "?"  # @param ["?", "a", "b", "c", "d"]
### BEGIN SOLUTION
quiz_selection = "c"
### END SOLUTION


# %% points=1
def test_quiz_selection():
    """one of the letters a, b, c, d"""
    assert str(quiz_selection).strip().lower() in ("a", "b", "c", "d"), "choose one of the letters: a, b, c, d"


# %% [markdown]
# **Question 4.** In the confusion matrix, the number in the row *shirt*, column *coat*, is 80. So
#
# - a · 80 coats were taken for shirts
# - b · 80 images are both
# - c · 80 % of the shirts were recognised
# - d · 80 shirts were taken for coats

# %%
quiz_matrix = "?"  # @param ["?", "a", "b", "c", "d"]
### BEGIN SOLUTION
quiz_matrix = "d"
### END SOLUTION


# %% points=1
def test_quiz_matrix():
    """one of the letters a, b, c, d"""
    assert str(quiz_matrix).strip().lower() in ("a", "b", "c", "d"), "choose one of the letters: a, b, c, d"


# %% [markdown]
# **Question 5.** Training accuracy 99.8 %, validation accuracy 88 %, and the training loss still falls. What is most likely to help the validation accuracy?
#
# - a · a higher learning rate
# - b · augmentation, more of it: mirrored and shifted images
# - c · a larger network
# - d · training ten times as long

# %%
quiz_gap = "?"  # @param ["?", "a", "b", "c", "d"]
### BEGIN SOLUTION
quiz_gap = "b"
### END SOLUTION


# %% points=1
def test_quiz_gap():
    """one of the letters a, b, c, d"""
    assert str(quiz_gap).strip().lower() in ("a", "b", "c", "d"), "choose one of the letters: a, b, c, d"


# %% [markdown]
# ## Handing in
#
# 1. Restart and run everything: on Colab *Runtime → Restart session and run all*, in Jupyter *Kernel → Restart Kernel and Run All Cells*. This trains once more, so have a cup of tea; anything that worked only because of a cell you deleted will now fail.
# 2. Look for the ✓ lines. A test that fails costs its own points, not those of the others.
# 3. Save the notebook: on Colab *File → Download → Download .ipynb*. It keeps its name, `a3_fashion_mnist.ipynb`.
# 4. Save the weights, `a3_fashion_mnist.pt`: on Colab they are in the *Files* panel on the left (⋮ → Download). They vanish with the session.
# 5. Hand in both, side by side, where your course collects them.
#
# Please do not rename, copy or delete the test cells: they are how your answers are found. You may add cells of your own anywhere.
#
# ## What you can do now
#
# You have a training loop that you can trust, because you know six ways in which it can be wrong; and two checks, ln 10 and one batch by heart, that cost a minute before every training to come. In Assignment 4 the pictures get colours and the network gets larger, and the question becomes how to keep it from learning by heart.
#
# To read on: [*A recipe for training neural networks*](https://karpathy.github.io/2019/04/25/recipe/) by Karpathy, from which the two checks come, among many more; the [data set's own page](https://github.com/zalandoresearch/fashion-mnist) with results of 100 other models; [*Super-convergence*](https://arxiv.org/abs/1708.07120) by Smith and Topin on the one cycle.
