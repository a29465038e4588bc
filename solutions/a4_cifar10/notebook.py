# %% [markdown]
# # Assignment 4: CIFAR-10, and how to train well
#
# 50,000 photographs of 32×32 pixels, ten kinds, from aeroplanes to trucks. A tutorial that is much in use trains a network of 5.9 million weights on them for half an hour and reaches 84.95 %. In this notebook you build each part of that network and its training by hand: the loss, dropout, batch norm, augmentation, the loop that keeps the best. Then you see which part does how much, train the network properly, and in the end find out how fast it can go.
#
# **You will be able to**
#
# - write a loss that survives scores of 10,000, dropout with the right scale, and batch norm with all its small print;
# - say what a network does in training and what in evaluation, and what goes wrong when the two are mixed up;
# - train with augmentation, a learning rate that rises and falls, and checkpoints that survive a lost session;
# - read a training log, tell overfitting from noise, and report a number that you did not choose by looking at it.
#
# **How it works.** Run the cells from top to bottom. Where you read `raise NotImplementedError()`, put your code there instead. The cell below it tests your function: a line with ✓ means that the test has passed; if not, you are told what was expected, what came, and often which mistake it looks like. Pictures that need your function appear once it is solved: run their cell again. Everything takes about **four hours**, and a good place for a break is after exercise 5. A GPU helps from exercise 7 on: on Colab, *Runtime → Change runtime type → T4 GPU*. Without one, the trainings shrink by themselves so that none takes longer than three minutes or so; only the score in exercise 11 really wants a GPU.
#
# **Points.** 100 in all. <!-- credit -->An exercise is worth its points if your answer is right for all that is asked of it: the test you see, and the same function on other inputs, listed below each test as *Also asked*. Otherwise it is worth nothing.<!-- /credit --> Where an exercise asks for several functions, each has points of its own. Every function is tested separately; your functions may call each other. A mistake costs its own points only: a function that is right, but calls one of yours that is wrong, keeps its points.
#
# | | exercise | difficulty | minutes | points |
# |---|---|---|---|---|
# | 1 | Scores, probabilities, loss: `softmax`, `cross_entropy` | ●○○ | 20 | 4 + 6 |
# | 2 | Dropout: `dropout`, `dropout2d` | ●●○ | 20 | 6 + 4 |
# | 3 | Batch norm: `BatchNorm2d` | ●●● | 35 | 14 |
# | 4 | Augmentation: `random_crop_flip` | ●●○ | 25 | 10 |
# | 5 | There and back: `normalise`, `denormalise` | ●○○ | 10 | 3 + 3 |
# | 6 | The network: `CifarCNN` | ●○○ | 15 | 10 |
# | 7 | The loop that keeps the best: `fit` | ●●● | 40 | 14 |
# | 8 | A learning rate that rises and falls: `one_cycle` | ●○○ | 10 | 5 |
# | | *The training: nothing to write, something to watch* | | 5 | |
# | 9 | What it gets wrong: `most_confident_mistakes` | ●●○ | 15 | 5 |
# | 10 | What helps? Reading logs: `overfit_epoch` | ●○○ | 15 | 4 |
# | 11 | The score of your network | ●●○ | 20 | 8 |
# | 12 | How fast can you go? | ●●● | ∞ | for the fun of it |
# | 13 | Quiz: four questions | ●○○ | 5 | 4 |
#
# **Three house rules** for every function: it does not change the tensors it is given; what comes out has the dtype and device of what went in; what the docstring promises is what is tested. Unless said otherwise, a batch of images is a tensor of floats of shape (N, 3, 32, 32), its labels are integers (int64) of shape (N,).

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
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from tqdm.auto import tqdm

from solutions.setup import BLUE, ORANGE, RED, SKY, compare, picture, watch_names

# True when you run the notebook, False when it is graded or imported: then nothing is drawn, loaded or trained.
EXPERIMENT = __name__ == "__main__" and "NBGRADER_EXECUTION" not in os.environ
if EXPERIMENT:
    watch_names()

# Mean and standard deviation of the training images' red, green and blue, for pixels from 0 to 1.
MEAN, STD = torch.tensor([0.4914, 0.4822, 0.4465]), torch.tensor([0.2470, 0.2435, 0.2616])

# %% [markdown]
# ## The data
#
# CIFAR-10: 60,000 colour photographs of 32×32 pixels, collected in Toronto, of ten kinds that exclude each other (an "automobile" is no "truck", and pickups are neither). 50,000 are for you; the other 10,000, the **test images**, stay sealed in this notebook. Only the grader opens them, once, in exercise 11. The pixels come as bytes from 0 to 255, which is a quarter of the memory that floats would take.
#
# The next cell fetches them (170 MB). If no host answers, it makes pictures of its own, so that you can go on in any case.

# %%
# @title Data: fetch CIFAR-10
from solutions.setup import CIFAR, SHAPES, load_cifar10, shape_masks


def draw_shapes(count, *, seed=0):
    """A made-up data set for those without a network: `count` noisy colour pictures of SHAPES.

    Returns images (count, 3, 32, 32), bytes from 0 to 255, and labels (count,).
    """
    rng = np.random.default_rng(seed)
    masks, labels = shape_masks(count, side=32, rng=rng)
    back = rng.uniform(0, 1, size=(count, 3, 1, 1))  # colours that say nothing about the kind …
    front = (back + rng.uniform(0.3, 0.7, size=back.shape)) % 1  # … and differ from each other
    images = np.where(masks[:, None], front, back) + rng.normal(0, 0.12, size=(count, 3, 32, 32))
    return torch.tensor(np.clip(255 * images, 0, 255), dtype=torch.uint8), torch.tensor(labels)


if EXPERIMENT:
    plt.rcParams["figure.facecolor"] = "white"  # readable on a dark page, too
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        images, labels = load_cifar10()
        kinds = CIFAR
    except RuntimeError as problem:
        images, labels = draw_shapes(12_000)
        kinds = SHAPES
        print(f"No photographs today: {problem}\nUntil then this notebook goes on with made-up pictures of shapes.")
    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(0))
    train_part, validation_part = order[len(images) // 10 :], order[: len(images) // 10]
    train_images, train_labels = images[train_part].to(device), labels[train_part].to(device)  # bytes fit into a GPU
    validation_images, validation_labels = images[validation_part].to(device), labels[validation_part].to(device)
    print(
        f"{len(train_images):,} images for training, {len(validation_images):,} for validation; computing on {device}"
    )

# %%
# @title Picture: what the network sees
if EXPERIMENT:
    figure, axes = plt.subplots(6, 10, figsize=(11, 7.1))
    for label, column in enumerate(axes.T):
        column[0].set_title(kinds[label], fontsize=11)
        for ax, image in zip(column, images[labels == label], strict=False):
            ax.imshow(image.permute(1, 2, 0))
            ax.axis("off")
    plt.tight_layout(pad=0.4)
    plt.show()

# %% [markdown]
# ## Exercise 1 · Scores, probabilities, loss
#
# ●○○ · 20 minutes · 4 + 6 points
#
# The last layer of a network gives ten **scores** (*logits*), one for each kind: any numbers, larger for what is more likely. **Softmax** makes probabilities of them,
#
# $$p_i = \frac{e^{s_i}}{\sum_j e^{s_j}},$$
#
# all positive, with sum 1. For the scores 2, 1, 0 these are 0.665, 0.245, 0.090.
#
# Written just so, it breaks: $e^{s}$ is more than a float can hold from $s = 89$ on, and ∞ / ∞ is "not a number". But only *differences* of scores matter: take the same number from all of them, and numerator and denominator shrink by the same factor. Take away the largest score of each row. Then the largest exponent is 0, and nothing can overflow.
#
# ### `softmax`
#
# <details><summary>Hint</summary>
#
# `scores.max(dim=1, keepdim=True).values` is the largest score of each row, as a column of shape (N, 1).
#
# </details>


# %%
def softmax(scores):
    """Turn scores into probabilities, each row by itself.

    scores: (N, C) floats, from -10,000 to 10,000.
    Returns (N, C) probabilities: no nan and no inf, each row adds up to 1. Gradients flow back to the scores.
    In float32, an error of 0.2 % is accepted: scores around 10,000 have only three digits after the point.
    Example: [[2, 1, 0]] gives [[0.6652, 0.2447, 0.0900]], and so does [[10000, 9999, 9998]].
    """
    ### BEGIN SOLUTION
    powers = (scores - scores.max(dim=1, keepdim=True).values).exp()
    return powers / powers.sum(dim=1, keepdim=True)
    ### END SOLUTION


# %% points=4
def test_softmax():
    """2, 1, 0 gives 0.665, 0.245, 0.090, and so does 10000, 9999, 9998"""
    scores = torch.tensor([[2.0, 1.0, 0.0], [0.0, 3.0, 3.0]])
    before = scores.clone()
    expected = np.array([[0.66524, 0.24473, 0.09003], [0.02429, 0.48786, 0.48786]])
    compare(
        softmax(scores),
        expected,
        {
            "the sum runs over the batch; it should run over the scores of one image": before.exp()
            / before.exp().sum(0, keepdim=True),
            "one sum for the whole batch; each row should add up to 1": before.exp() / before.exp().sum(),
            "the scores were divided by their sum without exp": before / before.sum(1, keepdim=True),
            "the signs are turned round: the largest score should get the largest probability": np.array(
                [[0.09003, 0.24473, 0.66524], [0.90944, 0.04528, 0.04528]]
            ),
            "the logarithm of the probabilities": np.log(expected),
        },
        what="softmax",
    )
    assert torch.equal(scores, before), "softmax changed its input"
    large = softmax(torch.tensor([[10_000.0, 9_999, 9_998], [-10_000, -9_997, -9_997]], dtype=torch.float64))
    assert not torch.isnan(large).any(), "scores of ±10,000 give nan: exp overflows, or all its results are 0"
    compare(large, expected, what="softmax of scores around ±10,000")


# %% [markdown]
# ### `cross_entropy`
#
# How bad are these probabilities, if the right answer is $c$? The loss is $-\log p_c$: nothing else counts than the probability that the right kind was given.
#
# | $p_c$ | 1 | 0.9 | 0.5 | 0.1 | 0.01 | → 0 |
# |---|---|---|---|---|---|---|
# | loss | 0 | 0.105 | 0.693 | 2.303 | 4.605 | → ∞ |
#
# A network that knows nothing gives each of ten kinds 0.1, so an untrained network's loss is about **2.3**. Remember this number: if your first loss is 30, something is wrong before the training has begun.
#
# The loss of a batch is the mean over its images. With $p_c$ written out,
#
# $$-\log p_c = \log \sum_j e^{s_j} - s_c,$$
#
# and here lies the next trap: softmax rounds a very small probability to 0, and $\log 0 = -\infty$. Adding a small number inside the logarithm hides the ∞, at the price of wrong losses and of gradients that vanish exactly where the network is most wrong. Do not compute $p_c$ at all: use the right-hand side, again after taking away the largest score.
#
# <details><summary>Hint: the score of the right kind</summary>
#
# `scores[torch.arange(len(labels)), labels]` picks one number from each row: row 0 at `labels[0]`, row 1 at `labels[1]`, and so on.
#
# </details>
#
# <details><summary>Hint: a logarithm of a sum of exponentials</summary>
#
# $\log \sum_j e^{s_j} = m + \log \sum_j e^{s_j - m}$ for every $m$. `torch.logsumexp` knows this trick, too, and you may use it.
#
# </details>


# %%
def cross_entropy(scores, labels):
    """The mean over the examples of -log softmax(scores)[label].

    scores: (N, C) floats, from -10,000 to 10,000; labels: (N,) integers from 0 to C - 1.
    Returns a tensor without axes, from which gradients flow back to the scores. Right for large scores, too;
    in float32, an error of 0.002 is accepted, as scores around 10,000 have only three digits after the point.
    Example: [[0, 0, ..., 0]], ten scores, gives -log 0.1 = 2.3026 whatever the label is;
    [[0, 5000]] with the label 0 gives 5000.
    """
    ### BEGIN SOLUTION
    shifted = scores - scores.max(dim=1, keepdim=True).values
    right = shifted[torch.arange(len(labels), device=labels.device), labels]  # (N,)
    return (shifted.exp().sum(dim=1).log() - right).mean()
    ### END SOLUTION


# %% points=6
def test_cross_entropy():
    """ten equal scores give -log 0.1 = 2.3026"""
    loss = cross_entropy(torch.zeros(4, 10), torch.tensor([3, 0, 9, 3]))
    assert isinstance(loss, torch.Tensor), f"cross_entropy returned a {type(loss).__name__}, not a tensor"
    compare(
        loss,
        2.302585,
        {
            "the sum over the batch, not the mean": 4 * 2.302585,
            "the mean over kinds and images: the right kind alone counts": 0.2302585,
            "the sum over all kinds: the right kind alone counts": 23.02585,
            "one sum for the whole batch instead of one for each row": math.log(40),
            "the sign is missing": -2.302585,
            "the probability, without its logarithm": 0.1,
            "the logarithm to the base 10": 1.0,
            "the logarithm to the base 2": 3.321928,
        },
        what="the loss of ten equal scores",
    )
    scores = torch.tensor([[2.0, 1.0, 0.0], [0.0, 3.0, 3.0]], requires_grad=True)
    loss = cross_entropy(scores, torch.tensor([0, 1]))
    compare(
        loss,
        0.562692,
        {
            "softmax was applied twice": 0.881904,
            "the loss of the first image only": 0.407606,
            "the mean over all kinds: the right kind alone counts": 1.562692,
        },
        what="the loss of [[2, 1, 0], [0, 3, 3]] with the labels [0, 1]",
    )
    assert loss.requires_grad, "no gradient flows from the loss back to the scores: no .item(), .detach() or numpy here"
    loss.backward()
    compare(
        scores.grad,
        [[-0.16738, 0.12236, 0.04502], [0.01214, -0.25607, 0.24393]],
        what="the gradient of this loss, which is (softmax - one-hot) / N",
    )
    large = cross_entropy(torch.tensor([[0.0, 5000.0]]), torch.tensor([0]))
    compare(
        large,
        5000.0,
        {
            "the probability was rounded to 0 before its logarithm was taken": math.inf,
            "a small number added inside the logarithm": -math.log(1e-8),
            "a small number (1e-9) added inside the logarithm": -math.log(1e-9),
            "a small number (1e-7) added inside the logarithm": -math.log(1e-7),
            "a small number (1e-12) added inside the logarithm": -math.log(1e-12),
        },
        what="the loss of the scores [[0, 5000]] with the label 0",
    )


# %%
# @title Picture: a loss that hides its trouble
if EXPERIMENT:
    with picture("softmax and cross_entropy"):
        gap = torch.linspace(0, 60, 241, requires_grad=True)  # how far the right kind lies behind
        scores = torch.stack([torch.zeros_like(gap), gap], dim=1)
        labels_0 = torch.zeros(len(gap), dtype=torch.long)
        rows = {
            "log-sum-exp": torch.stack([cross_entropy(s[None], y[None]) for s, y in zip(scores, labels_0, strict=True)])
        }
        probability = softmax(scores)[:, 0]
        rows["−log(p + 1e-8)"] = -(probability + 1e-8).log()
        figure, (loss_ax, grad_ax) = plt.subplots(1, 2, figsize=(10.5, 3.6))
        for (name, loss), color, style in zip(rows.items(), [BLUE, RED], ["-", "--"], strict=True):
            (grad,) = torch.autograd.grad(loss.sum(), gap, retain_graph=True)
            loss_ax.plot(gap.detach(), loss.detach(), color=color, ls=style, lw=2.5, label=name)
            grad_ax.plot(gap.detach(), grad, color=color, ls=style, lw=2.5, label=name)
        loss_ax.set(xlabel="the wrong kind's lead in score", title="the loss: capped at 18")
        grad_ax.set(xlabel="the wrong kind's lead in score", title="its slope: nothing left to learn from")
        for ax in (loss_ax, grad_ax):
            ax.legend(frameon=False)
            ax.spines[["top", "right"]].set_visible(False)
        plt.tight_layout()
        plt.show()

# %% [markdown]
# ## Exercise 2 · Dropout
#
# ●●○ · 20 minutes · 6 + 4 points
#
# A network with millions of weights can learn its training images by heart. **Dropout** makes that hard: in training, each number is set to 0 with probability $p$, drawn again for every batch, so no neuron can rely on one particular other. In evaluation nothing is dropped.
#
# That alone would shift everything: if a fifth of all inputs is missing in training, then a neuron in evaluation gets a quarter more than it has ever seen. So what survives is scaled up in training, which is called *inverted* dropout and is what PyTorch does:
#
# $$y = \begin{cases} 0 & \text{with probability } p \\ x / (1 - p) & \text{otherwise} \end{cases} \qquad\Rightarrow\qquad \text{mean of } y = (1-p) \cdot \frac{x}{1-p} = x.$$
#
# With $p = 0.2$ the survivors grow by a factor of 1.25. Note that $p$ is the probability to **drop**. (The first papers, and TensorFlow 1, counted the probability to keep; half of all code copied from there is wrong by this.)
#
# ### `dropout`
#
# `dropout` drops each element by itself: another pattern for every image of the batch. Gradients take the same way back: 0 where the value was dropped, $1/(1-p)$ where not. Autograd does this for you if you *multiply by a mask*.
#
# <details><summary>Hint: a mask</summary>
#
# `torch.rand(x.shape, generator=generator, device=x.device)` draws numbers from 0 to 1, below 1. Which share of them is `>= p`? (With `generator=None`, PyTorch's global generator is used.)
#
# </details>
#
# <details><summary>Hint: p = 1</summary>
#
# Everything is dropped, and 1 / (1 − p) is a division by zero; 0 · ∞ gives nan. Treat this case first.
#
# </details>


# %%
def dropout(x, p, training, generator=None):
    """Inverted dropout: set each element to 0 with probability p, and scale the others by 1 / (1 - p).

    x: floats of any shape; p: the probability to drop; training: whether to drop at all;
    generator: the torch.Generator on x's device to draw from, None for PyTorch's global one.
    Returns a tensor like x: x as it is where training is False or p is 0, all zeros for p = 1 in training. Each
    element is dropped independently of all others. Gradients go through it, scaled the same; the zeros for p = 1 may
    come without a gradient.
    Raises ValueError unless 0 <= p <= 1.
    Example: ones with p = 0.2 become 0 (a fifth of them) and 1.25.
    """
    ### BEGIN SOLUTION
    if not 0 <= p <= 1:
        raise ValueError(f"p is a probability, from 0 to 1, not {p}")
    if not training or p == 0:
        return x
    if p == 1:
        return x * 0
    mask = torch.rand(x.shape, generator=generator, device=x.device) >= p
    return x * mask / (1 - p)
    ### END SOLUTION


# %% points=6
def test_dropout():
    """ones with p = 0.2: a fifth becomes 0, the rest 1.25"""
    x = torch.ones(100, 50, requires_grad=True)
    dropped = dropout(x, 0.2, True, torch.Generator().manual_seed(0))
    assert isinstance(dropped, torch.Tensor), f"dropout returned a {type(dropped).__name__}, not a tensor"
    assert dropped.shape == x.shape, f"dropout changed the shape to {tuple(dropped.shape)}"
    kept = dropped.detach()[dropped.detach() != 0]
    share = 1 - len(kept) / x.numel()
    assert abs(share - 0.8) > 0.05, "four fifths were dropped: p is the probability to drop, not to keep"
    assert abs(share - 0.2) < 0.05, f"with p = 0.2 a share of {share:.2f} was dropped"
    compare(
        kept.unique(),
        [1.25],
        {
            "nothing was scaled: divide what is kept by 1 - p": [1.0],
            "scaled by 1 - p: in training divide": [0.8],
            "divided by p, not by 1 - p": [5.0],
        },
        what="what the surviving ones became",
    )
    zeros = dropped.detach() == 0
    assert not (zeros == zeros[:1]).all(), "the same elements were dropped in every row: each needs its own chance"
    dropped.sum().backward()
    compare(x.grad, dropped.detach(), {"scaled forwards but not backwards": (~zeros).double()}, what="the gradient")
    compare(dropout(x, 0.2, False), np.ones((100, 50)), what="dropout in evaluation (training=False)")
    compare(dropout(x, 0, True), np.ones((100, 50)), what="dropout with p = 0")
    compare(dropout(x, 1, True), np.zeros((100, 50)), what="dropout with p = 1")
    for p in (-0.1, 1.1):
        try:
            dropout(x, p, True)
        except ValueError:
            pass
        else:
            raise AssertionError(f"p = {p} is no probability: dropout should raise ValueError")


# %% [markdown]
# ### `dropout2d`
#
# In a feature map, neighbours say nearly the same. Drop a single pixel, and those around it give it away. So after a convolution one drops **whole channels**: for each image and each channel one throw of the dice, then all of its pixels stay or go together.
#
# <details><summary>Hint</summary>
#
# A mask of shape (N, C, 1, 1) is stretched over height and width by itself when you multiply.
#
# </details>


# %%
def dropout2d(x, p, training, generator=None):
    """Inverted dropout of whole channels: each channel of each example goes with probability p.

    x: (N, C, H, W) floats; p, training, generator: as in `dropout`, and so are the scale 1 / (1 - p), the gradients,
    the results for training=False, p = 0 and p = 1, and the ValueError.
    Returns (N, C, H, W) floats.
    """
    ### BEGIN SOLUTION
    ones = torch.ones(*x.shape[:2], 1, 1, dtype=x.dtype, device=x.device)
    return x * dropout(ones, p, training, generator)
    ### END SOLUTION


# %% points=4
def test_dropout2d():
    """a channel stays or goes as a whole"""
    x = torch.ones(60, 50, 4, 3, requires_grad=True)
    dropped = dropout2d(x, 0.2, True, torch.Generator().manual_seed(0))
    compare(np.shape(dropped.detach()), [60, 50, 4, 3], what="the shape of dropout2d's result")
    low, high = dropped.detach().amin(dim=(2, 3)), dropped.detach().amax(dim=(2, 3))  # (60, 50)
    assert torch.equal(low, high), "some channels lost only a part of their pixels: they should go as a whole"
    gone = high == 0
    share = gone.double().mean().item()
    assert not (gone == gone[:1]).all(), "the same channels were dropped in every image"
    assert not (gone == gone[:, :1]).all(), "all channels of an image went together: each channel goes by itself"
    assert abs(share - 0.8) > 0.05, "four fifths were dropped: p is the probability to drop, not to keep"
    assert abs(share - 0.2) < 0.05, f"with p = 0.2 a share of {share:.2f} was dropped"
    compare(
        high[~gone].unique(),
        [1.25],
        {"nothing was scaled: divide what is kept by 1 - p": [1.0], "scaled by 1 - p: divide": [0.8]},
        what="what the surviving ones became",
    )
    dropped.sum().backward()
    compare(x.grad, dropped.detach(), what="the gradient")
    compare(dropout2d(x, 0.2, False), np.ones((60, 50, 4, 3)), what="dropout2d in evaluation")


# %%
# @title Picture: pixels and channels
if EXPERIMENT:
    with picture("dropout and dropout2d"):
        filters = torch.randn(8, 3, 5, 5, generator=torch.Generator().manual_seed(4))
        maps = F.relu(F.conv2d(images[:1].float() / 255 - 0.5, filters, padding=2))  # (1, 8, 32, 32)
        panels = {
            "as it is": maps,
            "dropout, p = 0.3": dropout(maps, 0.3, True, torch.Generator().manual_seed(0)),
            "dropout2d, p = 0.3": dropout2d(maps, 0.3, True, torch.Generator().manual_seed(8)),
        }
        figure, axes = plt.subplots(3, 8, figsize=(11, 5))
        for row, (title, panel) in zip(axes, panels.items(), strict=True):
            for ax, channel in zip(row, panel[0], strict=True):
                ax.imshow(channel, cmap="magma", vmin=0, vmax=maps.max())
                ax.axis("off")
            row[0].set_title(title, fontsize=11, loc="left")
        plt.tight_layout(pad=0.5, h_pad=1.2)
        plt.show()

# %% [markdown]
# ## Exercise 3 · Batch norm
#
# ●●● · 35 minutes · 14 points
#
# Each layer of a deep network sees what those before it produce, and that drifts as they learn. **Batch norm** puts it right in every step: it shifts and scales each channel of a batch to mean 0 and variance 1. Then it lets the network choose another mean $\beta$ and another scale $\gamma$, one of each per channel, if it wants to:
#
# $$\mu_c = \text{mean of } x_{n,c,h,w} \text{ over } n, h, w, \qquad \sigma_c^2 = \text{mean of } (x_{n,c,h,w} - \mu_c)^2 \text{ over } n, h, w,$$
#
# $$y = \gamma_c \cdot \frac{x - \mu_c}{\sqrt{\sigma_c^2 + \varepsilon}} + \beta_c.$$
#
# $\varepsilon = 10^{-5}$ stands *under the root*, so that a channel that is constant does not divide by zero. Gradients flow through $\mu$ and $\sigma^2$, too: they are functions of $x$.
#
# **Which axes?** A channel is one feature, looked for at all places of all images, so a single mean and variance come from all of them: over $n$, $h$ and $w$. That is the mistake that the next picture is about.

# %%
# @title Picture: over which axes?
if EXPERIMENT:
    figure, axes = plt.subplots(1, 4, figsize=(11, 3.1), subplot_kw={"projection": "3d"})
    filled = np.ones((4, 4, 4), dtype=bool)  # image, place, channel
    n, place, c = np.indices(filled.shape)
    one_statistic = {
        "per channel: batch norm": c == 3,
        "per channel and image\n(instance norm)": (c == 3) & (n == 0),
        "per image (layer norm)": n == 0,
        "per channel and place\n(not for images)": (c == 3) & (place == 0),
    }
    for ax, (title, chosen) in zip(axes, one_statistic.items(), strict=True):
        ax.voxels(filled, facecolors=np.where(chosen, BLUE, "#e9e9e9"), edgecolor="0.5", linewidth=0.4)
        ax.set(xticks=[], yticks=[], zticks=[])
        ax.set_xlabel("image", labelpad=-14)
        ax.set_ylabel("place", labelpad=-14)
        ax.set_zlabel("channel", labelpad=-14)
        ax.set_title(title, fontsize=11, y=-0.22)
        ax.view_init(22, -52)
        ax.set_box_aspect(None, zoom=0.9)
    figure.suptitle("blue: the numbers that share one mean and one variance", fontsize=11)
    plt.tight_layout()
    plt.show()

# %% [markdown]
# **Two modes.** In training, the statistics are those of the batch. In evaluation there may be a single image, and its prediction must not depend on its neighbours in the batch. So in training the layer keeps **running statistics**, a slow average of what it has seen,
#
# $$\text{running} \leftarrow (1 - m) \cdot \text{running} + m \cdot \text{of this batch}, \qquad m = 0.1,$$
#
# and in evaluation it uses these instead, and leaves them as they are. `self.training`, which every module has, says which mode it is: `model.train()` and `model.eval()` set it.
#
# **Small print**, so that your layer and PyTorch's can take each other's place:
#
# - `weight` is $\gamma$, begins at 1 and is learnt; `bias` is $\beta$, begins at 0 and is learnt: both are `nn.Parameter`s.
# - `running_mean` begins at 0, `running_var` at 1. They are saved with the network, but not learnt: `self.register_buffer(name, tensor)`. So is `num_batches_tracked`, `torch.tensor(0)`, which counts the batches seen in training.
# - The *running* variance is the unbiased one, the sum of squares over $M - 1$ with $M = N \cdot H \cdot W$. The one that normalises the batch is over $M$.
#
# **An example.** One channel, in training for the first time, with the four numbers 1, 2, 3, 6 in it. The mean is 3, the variance $(4+1+0+9)/4 = 3.5$, so out come −1.069, −0.535, 0, 1.604. The running mean becomes $0.9 \cdot 0 + 0.1 \cdot 3 = 0.3$, the running variance $0.9 \cdot 1 + 0.1 \cdot 14/3 = 1.3667$.
#
# <details><summary>Hint: shapes</summary>
#
# `x.mean(dim=(0, 2, 3))` has the shape (C,). To subtract it from x, give it the shape (1, C, 1, 1): `mean[None, :, None, None]`, or `keepdim=True` from the start.
#
# </details>
#
# <details><summary>Hint: "Trying to backward through the graph a second time"</summary>
#
# The running statistics remember how they were computed, all the way back to the first batch. Update them under `with torch.no_grad():`.
#
# </details>
#
# <details><summary>Hint: variances</summary>
#
# `x.var(dim=..., unbiased=False)` divides by M, `unbiased=True` by M − 1.
#
# </details>


# %%
class BatchNorm2d(nn.Module):
    """Batch norm of images, interchangeable with torch.nn.BatchNorm2d: same results, gradients and state_dict.

    channels: C; eps: added to the variance under the root; momentum: the weight of the newest batch in the running
    statistics. Parameters weight, bias (C,); buffers running_mean, running_var (C,) and num_batches_tracked ().
    """

    def __init__(self, channels, eps=1e-5, momentum=0.1):
        super().__init__()
        ### BEGIN SOLUTION
        self.eps, self.momentum = eps, momentum
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))
        self.register_buffer("num_batches_tracked", torch.tensor(0))
        ### END SOLUTION

    def forward(self, x):
        """(N, C, H, W) floats -> (N, C, H, W); with the batch's statistics in training, the running ones otherwise.

        In training N·H·W is at least 2. The images have the dtype of the layer: float64 after `layer.double()`.
        """
        ### BEGIN SOLUTION
        if self.training:
            mean, var = x.mean(dim=(0, 2, 3)), x.var(dim=(0, 2, 3), unbiased=False)  # (C,)
            with torch.no_grad():
                count = x.numel() / x.shape[1]  # N·H·W
                self.running_mean.lerp_(mean, self.momentum)
                self.running_var.lerp_(var * count / (count - 1), self.momentum)
                self.num_batches_tracked += 1
        else:
            mean, var = self.running_mean, self.running_var
        scale = self.weight / (var + self.eps).sqrt()
        return (x - mean[:, None, None]) * scale[:, None, None] + self.bias[:, None, None]
        ### END SOLUTION


# %% points=14
def test_BatchNorm2d():
    """1, 2, 3, 6 in training: -1.069, -0.535, 0, 1.604"""
    layer = BatchNorm2d(2)
    names = "bias num_batches_tracked running_mean running_var weight".split()
    got = sorted(layer.state_dict())
    assert got == names, f"the state_dict of BatchNorm2d holds {', '.join(got) or 'nothing'}; it should hold {names}"
    parameters = sorted(name for name, _ in layer.named_parameters())
    assert parameters == ["bias", "weight"], f"weight and bias are learnt, and nothing else; you have {parameters}"
    x = torch.tensor([[[[1.0, 2.0]], [[10.0, 10.0]]], [[[3.0, 6.0]], [[10.0, 30.0]]]])  # (2, 2, 1, 2)
    before = x.clone()
    y = layer(x)
    compare(np.shape(y.detach()), [2, 2, 1, 2], what="the shape of what comes out")
    compare(
        y[:, 0].detach().flatten(),
        [-1.06904, -0.53452, 0, 1.60357],
        {
            "the variance over M - 1; the batch is normalised with the one over M": [-0.92582, -0.46291, 0, 1.38873],
            "the standard deviation is missing: divide by the root of the variance": [-2, -1, 0, 3],
            "divided by the variance; its root is missing": [-0.571427, -0.285713, 0, 0.857140],
            "each image has been normalised by itself: one mean and variance for the whole batch": [-1, 1, -1, 1],
            "the running statistics were used; in training those of the batch are": [
                0.598777,
                1.454174,
                2.309570,
                4.875759,
            ],
            "the mean was not subtracted": [0.534521, 1.069043, 1.603564, 3.207128],
        },
        what="1, 2, 3, 6 in the first channel, normalised in training",
    )
    assert torch.equal(x, before), "BatchNorm2d changed its input"
    compare(
        layer.running_mean,
        [0.3, 1.5],
        {
            "momentum is the weight of the new batch: 0.9 of the old, 0.1 of the new": [2.7, 13.5],
            "the running mean was not updated": [0, 0],
            "only the last batch: nothing of the old was kept": [3, 15],
        },
        what="the running mean after one batch",
    )
    compare(
        layer.running_var,
        [1.366667, 10.9],
        {
            "the variance over M; the running one is over M - 1": [1.25, 8.4],
            "momentum is the weight of the new batch: 0.9 of the old, 0.1 of the new": [4.3, 90.1],
            "the running variance was not updated": [1, 1],
            "it began at 0; begin at 1": [0.466667, 10],
        },
        what="the running variance after one batch",
    )
    compare(layer.num_batches_tracked, 1, {"not counted": 0}, what="num_batches_tracked after one batch")
    layer.eval()
    expected = (x - torch.tensor([0.3, 1.5])[:, None, None]) / torch.tensor([1.366677, 10.90001]).sqrt()[:, None, None]
    compare(
        layer(x).detach(),
        expected,
        {"the batch's statistics were used; in evaluation the running ones are": y.detach()},
        what="the same batch in evaluation",
    )
    compare(layer.running_mean, [0.3, 1.5], what="the running mean after evaluation, which should not change it,")


# %%
# @title Picture: what a left-out eval() does
if EXPERIMENT:
    with picture("BatchNorm2d"):
        generator = torch.Generator().manual_seed(3)
        layer = BatchNorm2d(1)
        x = torch.tensor([0.0, 1.0, 2.0, 3.0])[:, None, None, None]
        for _ in range(100):  # a life of training on numbers around 1.5
            layer(1.5 + torch.randn(32, 1, 1, 1, generator=generator))
        figure, axes = plt.subplots(1, 2, figsize=(10.5, 3.4), sharey=True)
        for ax, mode in zip(axes, ["train", "eval"], strict=True):
            for position, (others, color) in enumerate([([], BLUE), ([8.0], ORANGE), ([-6.0, -5.0], "#009e73")]):
                mixed = torch.cat([x, torch.tensor(others)[:, None, None, None]])
                twin = copy.deepcopy(layer).train(mode == "train")
                y = twin(mixed).detach().flatten()[:4]
                company = f"beside {', '.join(f'{o:g}' for o in others)}" if others else "alone"
                ax.plot(range(4), y, "o-", color=color, lw=2.5 - 0.6 * position, ms=9 - 2.5 * position, label=company)
            ax.set(xticks=range(4), xlabel="the number that went in", title=f"layer.{mode}()")
            ax.spines[["top", "right"]].set_visible(False)
        axes[0].set_ylabel("what came out")
        axes[0].legend(frameon=False, title="the numbers 0 to 3 …")
        plt.tight_layout()
        plt.show()

# %% [markdown]
# In training mode, what becomes of an image depends on who else is in the batch. In evaluation it does not. A network that is accurate on batches of 128 and foolish on single images has nearly always been left in training mode.
#
# ## Exercise 4 · Augmentation
#
# ●●○ · 25 minutes · 10 points
#
# The best remedy against learning by heart is more data, and the cheapest more data are the same photographs, moved a little and mirrored: a cat is a cat four pixels further to the left. The usual recipe for CIFAR-10:
#
# 1. pad with 4 zeros on each side: 40×40;
# 2. cut out 32×32 at a random place: 9 × 9 = 81 places, all equally likely;
# 3. mirror left and right, every second time.
#
# Vertical flips are left out, as trucks do not drive on their roofs. Validation and test images are never augmented: they are to be measured, not made harder.
#
# The tutorial does this image by image on the processor, while the GPU waits. You do it for the whole batch at once, and wherever the images are. Each image gets an **offset and a flip of its own**.
#
# **A worked example.** One image of 2×3 pixels, padding 1, offset (top, left) = (0, 2), no flip:
#
# $$\begin{bmatrix} 1 & 2 & 3 \\ 4 & 5 & 6 \end{bmatrix} \to \begin{bmatrix} 0&0&0&0&0 \\ 0&1&2&3&0 \\ 0&4&5&6&0 \\ 0&0&0&0&0 \end{bmatrix} \to \begin{bmatrix} 0&0&0 \\ 2&3&0 \end{bmatrix}$$
#
# <details><summary>Hint: a loop</summary>
#
# A loop over the images, with `padded[n, :, top : top + H, left : left + W]` in it, is right and easily read. It is fine for the points; on a GPU it is about a hundred times slower than what follows.
#
# </details>
#
# <details><summary>Hint: without a loop</summary>
#
# Index with tensors: `padded[n, c, rows, columns]` where the four tensors have the shapes (N, 1, 1, 1), (1, C, 1, 1), (N, 1, H, 1) and (N, 1, 1, W) gives (N, C, H, W). `rows` is each image's `top + 0, 1, …, H − 1`. And a mirrored image is one whose columns are counted backwards.
#
# </details>


# %%
def random_crop_flip(images, *, padding=4, generator=None):
    """Pad with zeros, cut out the old size at a random place, mirror left and right half of the times; per image.

    images: (N, C, H, W) of any dtype; padding: an int, 0 or more; generator: the torch.Generator on the images'
    device to draw from, None for PyTorch's global one.
    Returns (N, C, H, W) of the same dtype on the same device. Each image has its own offset, one of (2·padding + 1)²
    equally likely ones and the same for all of its channels, and its own chance of ½ to be mirrored.
    """
    ### BEGIN SOLUTION
    n, c, height, width = images.shape
    draw = {"generator": generator, "device": images.device}
    top, left = torch.randint(2 * padding + 1, (2, n, 1), **draw)  # (N, 1) each
    mirrored = torch.rand(n, 1, **draw) < 0.5
    row, column = (torch.arange(size, device=images.device) for size in (height, width))
    rows = top + row  # (N, H)
    columns = left + torch.where(mirrored, column.flip(0), column)  # (N, W)
    image, channel = (torch.arange(size, device=images.device) for size in (n, c))
    padded = F.pad(images, (padding,) * 4)
    return padded[image[:, None, None, None], channel[:, None, None], rows[:, None, :, None], columns[:, None, None]]
    ### END SOLUTION


# %% points=10
def test_random_crop_flip():
    """a thousand copies of one image: every offset, with and without a flip"""
    image = torch.arange(1, 19, dtype=torch.float32).reshape(1, 2, 3, 3)  # 1 … 18: each pixel is known by its number
    batch = image.repeat(1000, 1, 1, 1)
    before = batch.clone()
    got = random_crop_flip(batch, padding=1, generator=torch.Generator().manual_seed(0))
    assert isinstance(got, torch.Tensor), f"random_crop_flip returned a {type(got).__name__}, not a tensor"
    assert torch.equal(batch, before), "random_crop_flip changed its input"
    compare(np.shape(got), [1000, 2, 3, 3], what="the shape of 1,000 augmented images")
    padded = F.pad(image, (1, 1, 1, 1))[0]
    known = {}
    for top, left, flip in np.ndindex(3, 3, 2):
        crop = padded[:, top : top + 3, left : left + 3]
        known[tuple((crop.flip(2) if flip else crop).flatten().tolist())] = (top, left, flip)
    upside_down = {tuple(torch.tensor(key).reshape(2, 3, 3).flip(1).flatten().tolist()) for key in known} - set(known)
    found = []
    for one in got:
        key = tuple(one.flatten().tolist())
        assert key not in upside_down, "some images stand on their heads: mirror left and right, the last axis"
        assert key in known, f"this is no crop of the padded image 1 … 18:\n{one}"
        found.append(known[key])
    assert len(set(found)) > 1, "all images of the batch were treated alike: each needs its own offset and flip"
    assert len({(top, left) for top, left, _ in found}) > 1, "one offset for the whole batch: each image needs its own"
    flips = np.mean([flip for _, _, flip in found])
    assert 0.4 < flips < 0.6, f"{100 * flips:.0f} % of the images were mirrored; it should be about half of them"
    for axis, name in [(0, "top"), (1, "left")]:
        counts = np.bincount([place[axis] for place in found], minlength=3)
        assert counts.min() > 250, f"{name} = 0, 1, 2 came {counts} times of 1,000: they should be equally likely"
    small = random_crop_flip(torch.full((3, 3, 32, 32), 200, dtype=torch.uint8))
    assert small.dtype == torch.uint8, f"bytes went in and {small.dtype} came out"


# %%
# @title Picture: one photograph, fifteen times
if EXPERIMENT:
    with picture("random_crop_flip"):
        figure, axes = plt.subplots(2, 8, figsize=(11, 3.1))
        chosen = images[labels == 7][0]
        augmented = random_crop_flip(chosen.repeat(15, 1, 1, 1), generator=torch.Generator().manual_seed(1))
        for ax, image in zip(axes.flat, [chosen, *augmented], strict=True):
            ax.imshow(image.permute(1, 2, 0))
            ax.axis("off")
        axes[0, 0].set_title("the original", fontsize=11)
        axes[0, 1].set_title("as the network sees it", fontsize=11, loc="left")
        plt.tight_layout(pad=0.5)
        plt.show()

# %% [markdown]
# ## Exercise 5 · There and back
#
# ●○○ · 10 minutes · 3 + 3 points
#
# Networks learn more easily from numbers around 0 with a spread of about 1, so each colour is shifted and scaled by its mean and standard deviation: $x' = (x - \mu_c) / \sigma_c$. For the training images of CIFAR-10 these are
#
# | | red | green | blue |
# |---|---|---|---|
# | $\mu$ | 0.4914 | 0.4822 | 0.4465 |
# | $\sigma$ | 0.2470 | 0.2435 | 0.2616 |
#
# The tutorial divides by 0.2023, 0.1994, 0.2010, as half the internet does. That is *not* the standard deviation: somebody once took the deviation within each image and averaged these. It does no harm (batch norm rescales anyway), but it is wrong.
#
# To *look* at a normalised image one has to come back: $x = x' \cdot \sigma_c + \mu_c$. The tutorial writes `image / 2 + 0.5` there, with the remark "approximately…". That is the way back for $\mu = \sigma = 0.5$, and not for these: a white pixel, 1, is normalised to 2.059 in red, and comes back as 1.53. Everything bright is clipped, and matplotlib says so four times in the tutorial's own output.


# %%
def normalise(images, mean, std):
    """Shift and scale each channel: (x - mean) / std.

    images: (N, C, H, W) floats; mean, std: (C,) floats. Returns (N, C, H, W) floats.
    Example: a red pixel of 1 with mean 0.4914 and std 0.2470 becomes 2.0591.
    """
    ### BEGIN SOLUTION
    return (images - mean[:, None, None]) / std[:, None, None]
    ### END SOLUTION


# %% points=3
def test_normalise():
    """a white pixel and a black one"""
    mean, std = torch.tensor([0.4914, 0.4822, 0.4465]), torch.tensor([0.2470, 0.2435, 0.2616])
    images = torch.tensor([1.0, 0.0])[:, None, None, None].repeat(1, 3, 2, 3)  # (2, 3, 2, 3): equal in C and W
    before = images.clone()
    got = normalise(images, mean, std)
    compare(np.shape(got), [2, 3, 2, 3], what="the shape of two normalised images")
    compare(
        got[:, :, 0, 0],
        [[2.05911, 2.12649, 2.11583], [-1.98947, -1.98029, -1.70680]],
        {
            "multiplied by std; divide by it": np.array([[0.5086, 0.5178, 0.5535], [-0.4914, -0.4822, -0.4465]])
            * [0.2470, 0.2435, 0.2616],
            "mean and std went to the last axis, the columns: they belong to the channels": [
                [2.05911, 2.05911, 2.05911],
                [-1.98947, -1.98947, -1.98947],
            ],
            "divided first, subtracted then": np.array([[1.0], [0.0]]) / [0.2470, 0.2435, 0.2616]
            - [0.4914, 0.4822, 0.4465],
            "(x - 0.5) / 0.5 for every channel, whatever mean and std are": [[1, 1, 1], [-1, -1, -1]],
        },
        what="a white and a black pixel, normalised",
    )
    assert torch.equal(images, before), "normalise changed its input"


# %%
def denormalise(images, mean, std):
    """Undo `normalise`: give back the images as they were, up to rounding.

    images: (N, C, H, W) floats, normalised; mean, std: (C,) floats, those that they were normalised with.
    Returns (N, C, H, W) floats.
    Example: a red 2.0591 with mean 0.4914 and std 0.2470 becomes 1.
    """
    ### BEGIN SOLUTION
    return images * std[:, None, None] + mean[:, None, None]
    ### END SOLUTION


# %% points=3
def test_denormalise():
    """2.059, 2.126, 2.116 is a white pixel again"""
    mean, std = torch.tensor([0.4914, 0.4822, 0.4465]), torch.tensor([0.2470, 0.2435, 0.2616])
    white = torch.tensor([2.05911, 2.12649, 2.11583])[:, None, None]
    black = torch.tensor([-1.98947, -1.98029, -1.70680])[:, None, None]
    images = torch.stack([white, black]).repeat(1, 1, 2, 3)  # (2, 3, 2, 3)
    before = images.clone()
    got = denormalise(images, mean, std)
    compare(np.shape(got), [2, 3, 2, 3], what="the shape of two images")
    compare(
        got[:, :, 0, 0],
        [[1, 1, 1], [0, 0, 0]],
        {
            "/ 2 + 0.5, as in the tutorial: right only if mean and std are 0.5": before[:, :, 0, 0] / 2 + 0.5,
            "the mean was added before multiplying": (before[:, :, 0, 0] + mean) * std,
            "normalised a second time": (before[:, :, 0, 0] - mean) / std,
            "divided by std; multiply with it": before[:, :, 0, 0] / std + mean,
        },
        what="a white and a black pixel, brought back",
    )
    assert torch.equal(images, before), "denormalise changed its input"


# %%
# @title Picture: there, and two ways back
if EXPERIMENT:
    with picture("normalise and denormalise"):
        originals = images[7:14].float() / 255
        normalised = normalise(originals, MEAN, STD)
        rows = {
            "original": originals,
            "denormalise": denormalise(normalised, MEAN, STD),
            "/ 2 + 0.5": (normalised / 2 + 0.5).clamp(0, 1),
        }
        figure, axes = plt.subplots(3, 7, figsize=(9.5, 4.8))
        for row, (title, panel) in zip(axes, rows.items(), strict=True):
            for ax, image in zip(row, panel, strict=True):
                ax.imshow(image.permute(1, 2, 0).clamp(0, 1))
                ax.axis("off")
            row[0].set_title(title, fontsize=11, loc="left")
        plt.tight_layout(pad=0.5, h_pad=1.2)
        plt.show()

# %% [markdown]
# ## Exercise 6 · The network
#
# ●○○ · 15 minutes · 10 points
#
# This is the tutorial's network, layer by layer. Attribute `conv_layer` is an `nn.Sequential` of 19 layers, three blocks of two convolutions each:
#
# | block | 0–5 | 6–12 | 13–18 |
# |---|---|---|---|
# | convolution 3×3, padding 1 | 3 → 32 | 64 → 128 | 128 → 256 |
# | batch norm | 32 | 128 | 256 |
# | ReLU | | | |
# | convolution 3×3, padding 1 | 32 → 64 | 128 → 128 | 256 → 256 |
# | ReLU | | | |
# | max pooling 2×2, stride 2 | 32×32 → 16×16 | 16×16 → 8×8 | 8×8 → 4×4 |
# | dropout of whole channels | – | p = 0.05 | – |
#
# What comes out, (N, 256, 4, 4), is flattened to (N, 4096) and goes into attribute `fc_layer`, an `nn.Sequential` of seven layers: dropout with p = 0.1; dense 4096 → 1024; ReLU; dense 1024 → 512; ReLU; dropout with p = 0.1; dense 512 → 10. There is no softmax at the end: the loss wants scores.
#
# That makes 5,852,170 parameters, of which the first dense layer alone has 4,195,328: 72 % of the network looks at 4×4 pixels. Take `nn.Conv2d`, `nn.BatchNorm2d`, `nn.Dropout2d`, `nn.Dropout` and so on: PyTorch's are yours, and faster. With the names and the order as above, a file that the tutorial has saved loads into your network.


# %%
class CifarCNN(nn.Module):
    """The tutorial's network: normalised images (N, 3, 32, 32) -> scores (N, 10); 5,852,170 parameters.

    Attributes conv_layer and fc_layer (nn.Sequential, layers in the order of the table); images go through
    conv_layer, are flattened, and go through fc_layer.
    """

    def __init__(self):
        super().__init__()
        ### BEGIN SOLUTION

        def block(c_in, c_out, c_end):
            return [
                nn.Conv2d(c_in, c_out, 3, padding=1),
                nn.BatchNorm2d(c_out),
                nn.ReLU(inplace=True),
                nn.Conv2d(c_out, c_end, 3, padding=1),
                nn.ReLU(inplace=True),
                nn.MaxPool2d(2),  # halves height and width
            ]

        self.conv_layer = nn.Sequential(
            *block(3, 32, 64), *block(64, 128, 128), nn.Dropout2d(0.05), *block(128, 256, 256)
        )
        self.fc_layer = nn.Sequential(
            nn.Dropout(0.1),
            nn.Linear(256 * 4 * 4, 1024),
            nn.ReLU(inplace=True),
            nn.Linear(1024, 512),
            nn.ReLU(inplace=True),
            nn.Dropout(0.1),
            nn.Linear(512, 10),
        )
        ### END SOLUTION

    def forward(self, images):
        """(N, 3, 32, 32) normalised images -> (N, 10) scores."""
        ### BEGIN SOLUTION
        features = self.conv_layer(images)  # (N, 256, 4, 4)
        return self.fc_layer(features.flatten(1))
        ### END SOLUTION


# %% points=10
def test_CifarCNN():
    """5,852,170 parameters, in the right places"""
    network = CifarCNN().eval()
    for name in ("conv_layer", "fc_layer"):
        assert isinstance(getattr(network, name, None), nn.Sequential), f"there is no nn.Sequential named {name}"
    shapes = {name: tuple(value.shape) for name, value in network.named_parameters()}
    expected = {
        **{"conv_layer.0": (32, 3, 3, 3), "conv_layer.1": (32,), "conv_layer.3": (64, 32, 3, 3)},
        **{"conv_layer.6": (128, 64, 3, 3), "conv_layer.7": (128,), "conv_layer.9": (128, 128, 3, 3)},
        **{"conv_layer.13": (256, 128, 3, 3), "conv_layer.14": (256,), "conv_layer.16": (256, 256, 3, 3)},
        **{"fc_layer.1": (1024, 4096), "fc_layer.3": (512, 1024), "fc_layer.6": (10, 512)},
    }
    for layer, shape in expected.items():
        got = shapes.get(f"{layer}.weight")
        assert got == shape, f"the weight of {layer} should have the shape {shape}; yours: {got or 'not there'}"
        assert f"{layer}.bias" in shapes, f"{layer} has no bias"
    count = sum(value.numel() for value in network.parameters())
    assert count == 5_852_170, f"the network has {count:,} parameters; it should have 5,852,170"
    images = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        scores = network(images)
        assert scores.shape == (2, 10), f"two images give the shape {tuple(scores.shape)}; it should be (2, 10)"
        assert not torch.allclose(scores.exp().sum(1), torch.ones(2)), "these are log-probabilities: no softmax here"
        assert not torch.allclose(scores.sum(1), torch.ones(2)), "these are probabilities: no softmax here"


# %% [markdown]
# ## Exercise 7 · The loop that keeps the best
#
# ●●● · 40 minutes · 14 points
#
# A training of any length needs more than a loop: it says how it is doing, keeps the best of the networks that it goes through, and survives when Colab takes the machine away. For each epoch,
#
# 1. **train**: `model.train()`; for each batch of `train` compute the loss, set the gradients to zero, go backwards, take a step. The epoch's loss is the mean over *examples*: the last batch may be smaller, so weigh each batch's loss with its size;
# 2. **measure**: `model.eval()` and no gradients; the accuracy, from 0 to 1, on all of `validation`;
# 3. **keep**: if the accuracy is *higher* than any before, remember the network's state;
# 4. **save**: if there is a `checkpoint`, write to it all that is needed to go on from here.
#
# At the end put the best state back into the model. The choice is made on `validation` alone. Nothing here ever sees a test image.
#
# **Two traps.** `model.state_dict()` is not a copy. It refers to the weights themselves, and the next step changes them: whoever keeps it keeps the last network and believes that it is the best. And batch norm's running statistics belong to the state as much as the weights do; `state_dict()` has them, `parameters()` has not.
#
# **A checkpoint that can be trusted.** If the program dies while it writes, half a file remains, and the good one from before is gone. So write to another name in the same folder, and when all is there, rename: `os.replace(new, old)` does this in one go. To go on *exactly* as if nothing had happened, the file needs the model's state, the best state, the optimiser's state (Adam remembers averages for each weight), the history, and the state of the random numbers, `torch.get_rng_state()`, as dropout draws from them.
#
# <details><summary>Hint: a copy</summary>
#
# `copy.deepcopy(model.state_dict())`
#
# </details>
#
# <details><summary>Hint: saving and loading</summary>
#
# `torch.save(dictionary, path)`; `torch.load(path, map_location="cpu", weights_only=True)`. The option refuses files that could run a program on your computer. Tensors, numbers, strings, lists and dictionaries pass.
#
# </details>
#
# <details><summary>Hint: a bar</summary>
#
# `bar = tqdm(total=epochs * len(train), disable=not progress)`; after each batch `bar.update()`; after each epoch `bar.set_postfix(epoch=..., loss=..., accuracy=...)`.
#
# </details>
#
# <details><summary>Hint: fast on a GPU</summary>
#
# `loss.item()` waits until the GPU has finished. Add up `loss.detach() * len(labels)` instead, a tensor that stays where it is, and take `.item()` once an epoch.
#
# </details>


# %%
def fit(model, train, validation, *, epochs, optimizer, loss_fn, device="cpu", checkpoint=None, progress=True):
    """Train a model, and leave it in the state in which it was best on the validation data.

    train, validation: anything that has a length, gives pairs (images, labels) and can be looped over again and again;
    the last pair may be smaller; epochs: how often to go through `train`, 1 or more; optimizer: over the model's
    parameters; loss_fn: (scores, labels) -> the mean loss of a batch; device: where model, images and labels go;
    progress: whether to show a bar.

    Each epoch trains on `train` in training mode, one step a batch, and then measures the accuracy on `validation` in
    evaluation mode, without gradients. At the end the model holds the state (buffers, too) of the epoch with the
    highest accuracy, the first of these if there are several.

    checkpoint: a path or None. It is written after each epoch, so that there is a whole file at any time, and can be
    read by torch.load(checkpoint, weights_only=True). If it is there at the beginning, training goes on after the last
    epoch in it, up to `epochs` in all, with the same numbers as if it had never stopped. It never holds more epochs
    than `epochs`.

    Returns the history, a list with a dict for each epoch, those before a restart included:
    {"epoch": from 1, "loss": mean training loss per example, "accuracy": from 0 to 1}, all plain numbers.
    """
    ### BEGIN SOLUTION
    model.to(device)
    history, best = [], None
    if checkpoint is not None and os.path.exists(checkpoint):
        saved = torch.load(checkpoint, map_location="cpu", weights_only=True)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        history, best = saved["history"], saved["best"]
        torch.set_rng_state(saved["random"])
        torch.cuda.set_rng_state_all(saved["random_cuda"])  # an empty list without a GPU
    steps = epochs * len(train) if hasattr(train, "__len__") else None
    with tqdm(total=steps, initial=(steps or 0) * len(history) // epochs, disable=not progress) as bar:
        for epoch in range(len(history) + 1, epochs + 1):
            model.train()
            total, count = 0.0, 0
            for images, labels in train:
                images, labels = images.to(device), labels.to(device)
                loss = loss_fn(model(images), labels)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                total += loss.detach() * len(labels)  # stays on the device: nobody waits for it
                count += len(labels)
                bar.update()

            model.eval()
            right, seen = 0, 0
            with torch.no_grad():
                for images, labels in validation:
                    images, labels = images.to(device), labels.to(device)
                    right += (model(images).argmax(dim=1) == labels).sum()
                    seen += len(labels)
            accuracy = int(right) / seen

            if accuracy > max((record["accuracy"] for record in history), default=-1):
                best = copy.deepcopy(model.state_dict())
            history.append({"epoch": epoch, "loss": float(total) / count, "accuracy": accuracy})
            bar.set_postfix(epoch=epoch, loss=f"{history[-1]['loss']:.3f}", accuracy=f"{accuracy:.3f}")
            if checkpoint is not None:
                state = {"model": model.state_dict(), "best": best, "optimizer": optimizer.state_dict()}
                state |= {"epoch": epoch, "history": history, "random": torch.get_rng_state()}
                torch.save(state | {"random_cuda": torch.cuda.get_rng_state_all()}, f"{checkpoint}.part")
                os.replace(f"{checkpoint}.part", checkpoint)
    if best is not None:
        model.load_state_dict(best)
    return history
    ### END SOLUTION


# %% points=14
def test_fit():
    """a model whose accuracy follows a script: the best epoch is the second of four"""
    import contextlib
    import io

    class Scripted(nn.Module):
        """Its weight counts the steps taken; in evaluation it gets as many examples right as the script says."""

        def __init__(self, script):
            super().__init__()
            self.script = script
            self.weight = nn.Parameter(torch.zeros(()))
            self.register_buffer("batches", torch.zeros(()))
            self.calls = []

        def forward(self, x):
            data = "train" if x[0, 0] >= 1000 else "validation"
            self.calls.append((data, self.training, torch.is_grad_enabled()))
            if self.training:
                self.batches += 1
                return torch.cat([-self.weight * torch.ones_like(x), 0 * x], dim=1)
            right = self.script[round(self.weight.item()) // 3]
            if data == "train":
                right = 8 - right
            return torch.cat([(x % 1000 < right).float(), 0 * x + 0.5], dim=1) + 0 * self.weight

    def run(model, **options):
        def loss_fn(scores, labels):
            return scores[:, 0].mean()

        def loader(start, *sizes):
            x = torch.arange(start, start + sum(sizes)).float()[:, None].split(list(sizes))
            return [(part, torch.zeros(len(part), dtype=torch.long)) for part in x]

        optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
        with contextlib.redirect_stderr(io.StringIO()), torch.enable_grad():  # which is so afterwards, too
            arguments = {"epochs": 4, "optimizer": optimizer, "loss_fn": loss_fn, "progress": False} | options
            return fit(model, loader(1000, 4, 4, 2), loader(0, 6, 2), **arguments)

    model = Scripted([0, 3, 6, 5, 6])  # right after 0, 1, 2, 3, 4 epochs, of 8
    history = run(model)
    assert history is not None, "fit returned None; it should return the history"
    assert isinstance(history, list) and len(history) == 4, (
        "the history should be a list with a dict for each of 4 epochs"
    )
    for record in history:
        assert {"epoch", "loss", "accuracy"} <= set(record), f"a record has the keys {set(record)}"
        assert not any(isinstance(value, torch.Tensor) for value in record.values()), "tensors in the history: .item()"
    for data, training, _ in model.calls:
        assert data == "validation" or training, "the model was in evaluation mode while it was trained"
        assert data == "train" or not training, "the model was in training mode while accuracy was measured"
    assert not any(grad for data, _, grad in model.calls if data == "validation"), (
        "gradients were recorded during validation: torch.no_grad() saves their memory and time"
    )
    compare([record["epoch"] for record in history], [1, 2, 3, 4], {"epochs count from 1": [0, 1, 2, 3]}, what="epoch")
    compare(
        [record["accuracy"] for record in history],
        [3 / 8, 6 / 8, 5 / 8, 6 / 8],
        {
            "the mean of the batches' accuracies: the last batch is smaller, so count images": [0.25, 0.5, 5 / 12, 0.5],
            "in percent; it should be from 0 to 1": [37.5, 75, 62.5, 75],
        },
        what="the accuracy of each epoch",
    )
    compare(
        [record["loss"] for record in history],
        [-0.8, -3.8, -6.8, -9.8],
        {
            "the mean of the batches' losses: the last batch is smaller, so weigh it less": [-1, -4, -7, -10],
            "the sum over the examples, not the mean": [-8, -38, -68, -98],
            "the sum over the batches": [-3, -12, -21, -30],
            "the last batch's loss": [-2, -5, -8, -11],
        },
        what="the loss of each epoch",
    )
    compare(
        model.weight,
        6.0,
        {
            "the last state, or the last of two equally good ones: is the best a copy, and is it put back?": 12.0,
        },
        what="the number of steps that the model has behind it at the end (the best is the second of 4 epochs of 3 steps)",
    )
    compare(model.batches, 6.0, what="a buffer of the best state; `state_dict()` has buffers, `parameters()` has not;")


# %% [markdown]
# ## Exercise 8 · A learning rate that rises and falls
#
# ●○○ · 10 minutes · 5 points
#
# The tutorial takes the same small steps, 0.0001, from beginning to end. Larger steps learn faster, but in the first moments they throw the fresh weights about, and at the end they keep jumping over the minimum. So begin small, rise, and come down to zero: **one cycle**.
#
# Steps are counted from 0 to total − 1. The first 30 % of the way, up to step $w = 0.3 \cdot (\text{total} - 1)$, rise linearly from 4 % of the peak to the peak; the rest comes down along half a cosine:
#
# $$\text{rate}(s) = \begin{cases} \text{peak} \cdot \left(0.04 + 0.96 \cdot \dfrac{s}{w}\right) & s \le w \\[2ex] \text{peak} \cdot \dfrac{1}{2} \left(1 + \cos\left(\pi \cdot \dfrac{s - w}{(\text{total} - 1) - w}\right)\right) & s > w \end{cases}$$
#
# With 101 steps and a peak of 1: 0.04 at step 0, 0.52 at step 15, 1 at step 30, 0.5 at step 65, 0 at step 100.


# %%
def one_cycle(step, total, peak):
    """The learning rate of a step: up along a line, down along half a cosine.

    step: an int from 0 to total - 1; total: the number of steps, 2 or more; peak: the largest learning rate.
    With w = 0.3 · (total - 1), not rounded, returns the float
        peak · (0.04 + 0.96 · step / w)                                 for step <= w,
        peak · (1 + cos(pi · (step - w) / (total - 1 - w))) / 2         for step > w.
    Example: one_cycle(15, 101, 0.5) is 0.26, one_cycle(65, 101, 0.5) is 0.25.
    """
    ### BEGIN SOLUTION
    last = total - 1
    warm = 0.3 * last
    if step <= warm:
        return peak * (0.04 + 0.96 * step / warm)
    return peak * (1 + math.cos(math.pi * (step - warm) / (last - warm))) / 2
    ### END SOLUTION


# %% points=5
def test_one_cycle():
    """101 steps with the peak 1: 0.04, 0.52, 1, 0.5, 0"""
    compare(
        [float(one_cycle(step, 101, 1.0)) for step in (0, 15, 30, 65, 100)],
        [0.04, 0.52, 1, 0.5, 0],
        {
            "it begins at 0; begin at 4 % of the peak": [0, 0.5, 1, 0.5, 0],
            "it rises from 4 % by the whole peak: 0.96 of it is missing up there": [0.04, 0.54, 1.04, 0.5, 0],
            "one step ahead: steps are counted from 0": [0.072, 0.552, 0.999497, 0.477566, 0.000503],
        },
        what="one_cycle(step, 101, 1) at the steps 0, 15, 30, 65, 100",
    )
    compare(
        [float(one_cycle(step, 101, 0.5)) for step in (15, 47, 65)],
        [0.26, 0.430699, 0.25],
        {
            "the peak does not matter": [0.52, 0.861397, 0.5],
            "the way down is a straight line; it should be half a cosine": [0.26, 0.378571, 0.25],
        },
        what="one_cycle(step, 101, 0.5) at the steps 15, 47, 65",
    )


# %%
# @title Picture: one cycle
if EXPERIMENT:
    with picture("one_cycle"):
        figure, ax = plt.subplots(figsize=(7, 2.9))
        ax.plot([one_cycle(step, 1000, 1e-3) for step in range(1000)], color=BLUE, lw=2.5)
        ax.axhline(1e-4, color=ORANGE, lw=2, ls="--")
        ax.annotate("one cycle with the peak 0.001", (610, 6.8e-4), color=BLUE)
        ax.annotate("the tutorial: 0.0001 throughout", (330, 1.3e-4), color="#a06a00")
        ax.set(xlabel="step", ylabel="learning rate", ylim=(0, 1.08e-3), xlim=(0, 1000))
        ax.spines[["top", "right"]].set_visible(False)
        plt.tight_layout()
        plt.show()

# %% [markdown]
# ## The training
#
# All is there; now let it run. The next cell is provided, and short enough to read. What it adds to your functions:
#
# - **`Batches`**, a loader without workers: all images lie on the device as bytes, and a batch is cut out, augmented by your `random_crop_flip` and turned into floats there. The tutorial's loader unpacks, crops and normalises image by image on the processor, and at its pace a GPU is mostly waiting.
# - **`ScoreNetwork`**, which takes pixels from 0 to 1 and normalises them itself, so nobody can forget it. Inside is your `CifarCNN`.
# - **`follow_one_cycle`**, which asks your `one_cycle` for the learning rate before each step. It counts the steps inside the optimiser, so a checkpoint keeps the count.
#
# On a GPU it goes through 45,000 images 12 times, which should take about two minutes on a T4 (reckoned, not measured). On a processor it contents itself with 6,000 images and 5 rounds: that takes as long, and the accuracy is what one gets for that: 57 % when we tried. If the session dies in the middle, run everything again with `start_anew` switched off: the training goes on where it was.

# %%
start_anew = True  # @param {type: "boolean"}


class Batches:
    """Batches of images that lie on the device as bytes; gives (pixels from 0 to 1, labels) again and again."""

    def __init__(self, images, labels, size=128, *, augment=False, shuffle=False):
        self.images, self.labels, self.size, self.augment, self.shuffle = images, labels, size, augment, shuffle

    def __len__(self):
        return -(-len(self.labels) // self.size)

    def __iter__(self):
        count = len(self.labels)
        order = torch.randperm(count) if self.shuffle else torch.arange(count)
        for chosen in order.to(self.labels.device).split(self.size):
            images = self.images[chosen]
            if self.augment:
                images = random_crop_flip(images)
            yield images.float() / 255, self.labels[chosen]


class ScoreNetwork(nn.Module):
    """The network that you hand in: pixels from 0 to 1, (N, 3, 32, 32) -> scores (N, 10)."""

    def __init__(self):
        super().__init__()
        self.network = CifarCNN()

    def forward(self, images):
        return self.network(normalise(images, MEAN.to(images.device), STD.to(images.device)))


def follow_one_cycle(optimizer, *, steps, peak):
    """Have the optimiser's learning rate follow `one_cycle`. The count of steps is saved with the optimiser."""

    def before_step(optimizer, *_):
        for group in optimizer.param_groups:
            group["step"] = group.get("step", -1) + 1
            group["lr"] = one_cycle(group["step"], steps, peak)

    optimizer.register_step_pre_hook(before_step)


if EXPERIMENT:
    on_gpu = device.type == "cuda"
    EPOCHS, PEAK, count = (12, 1e-3, len(train_labels)) if on_gpu else (5, 1e-3, 6_000)
    with picture("exercises 1 and 4 to 8"):
        if start_anew:
            Path("a4_training.pt").unlink(missing_ok=True)
        torch.manual_seed(0)
        model = ScoreNetwork()
        train_batches = Batches(train_images[:count], train_labels[:count], augment=True, shuffle=True)
        validation_batches = Batches(validation_images[: count // 6], validation_labels[: count // 6], size=500)
        optimizer = torch.optim.AdamW(model.parameters(), lr=PEAK, weight_decay=0.05)
        follow_one_cycle(optimizer, steps=EPOCHS * len(train_batches), peak=PEAK)
        history = fit(
            model,
            train_batches,
            validation_batches,
            epochs=EPOCHS,
            optimizer=optimizer,
            loss_fn=cross_entropy,
            device=device,
            checkpoint="a4_training.pt",
        )
        torch.save(model.state_dict(), "a4_cifar10.pt")

        figure, (loss_ax, accuracy_ax) = plt.subplots(1, 2, figsize=(10.5, 3.2))
        epochs = [record["epoch"] for record in history]
        accuracies = [100 * record["accuracy"] for record in history]
        loss_ax.plot(epochs, [record["loss"] for record in history], "o-", color=BLUE, lw=2)
        loss_ax.axhline(math.log(10), color="0.6", lw=1, ls="--")
        loss_ax.annotate("knows nothing: log 10", (1, 2.24), color="0.4", va="top")
        loss_ax.set(xlabel="epoch", title="training loss", ylim=(0, 2.4))
        accuracy_ax.plot(epochs, accuracies, "o-", color=BLUE, lw=2)
        best_record = max(history, key=lambda record: record["accuracy"])
        accuracy_ax.plot(best_record["epoch"], 100 * best_record["accuracy"], "o", ms=15, mfc="none", mec=RED, mew=2)
        accuracy_ax.set(xlabel="epoch", title="validation accuracy, percent; circled: the one that is kept")
        for ax in (loss_ax, accuracy_ax):
            ax.set_xticks(epochs)
            ax.spines[["top", "right"]].set_visible(False)
        plt.tight_layout()
        plt.show()

# %% [markdown]
# ## Exercise 9 · What it gets wrong
#
# ●●○ · 15 minutes · 5 points
#
# An accuracy is one number; the mistakes behind it tell more. The next picture counts who is taken for whom, and looks at the 32 filters of the first layer, which see the colours of 3×3 pixels.

# %%
# @title Picture: who is taken for whom, and the first filters
if EXPERIMENT:
    with picture("exercises 1 and 4 to 8 and run the training"):
        if "history" not in globals():
            raise NotImplementedError
        model.eval()
        with torch.no_grad():
            scores = torch.cat([model(x) for x, _ in validation_batches]).cpu()
        looked_at = validation_images[: len(scores)].cpu()
        truth, predicted = validation_labels[: len(scores)].cpu(), scores.argmax(dim=1)
        table = torch.bincount(10 * truth + predicted, minlength=100).reshape(10, 10)
        share = 100 * table / table.sum(dim=1, keepdim=True).clamp(min=1)

        figure, (table_ax, filter_ax) = plt.subplots(1, 2, figsize=(11, 5.2), width_ratios=[1.15, 1])
        table_ax.imshow(share, cmap="Blues", vmin=0, vmax=100)
        for (i, j), percent in np.ndenumerate(share.round().int().numpy()):
            if percent:
                color = "white" if percent > 55 else "black"
                table_ax.text(j, i, percent, ha="center", va="center", fontsize=9, color=color)
        table_ax.set(xticks=range(10), yticks=range(10), yticklabels=kinds, xlabel="taken for", ylabel="is")
        table_ax.set_xticklabels(kinds, rotation=60, ha="right")
        table_ax.set_title("percent of each kind", fontsize=11)
        filters = next(p for p in model.parameters() if p.shape[1:] == (3, 3, 3)).detach().cpu()  # (32, 3, 3, 3)
        low, high = filters.amin(dim=(1, 2, 3), keepdim=True), filters.amax(dim=(1, 2, 3), keepdim=True)
        tiles = F.pad((filters - low) / (high - low), (0, 1, 0, 1), value=1)  # a white line between them
        rows = len(tiles) // 8
        sheet = tiles[: 8 * rows].reshape(rows, 8, 3, 4, 4).permute(0, 3, 1, 4, 2).reshape(4 * rows, 32, 3)
        filter_ax.imshow(sheet[:-1, :-1])
        filter_ax.axis("off")
        filter_ax.set_title(f"the {8 * rows} filters of the first layer", fontsize=11)
        plt.tight_layout()
        plt.show()

# %% [markdown]
# Cats and dogs, trucks and cars, ships and aeroplanes: mistakes that one can forgive. Those that teach most are others: images for which the network is **wrong and sure of it**. Sometimes the label is wrong, sometimes the photograph is odd, sometimes the network has fallen for the background.
#
# A network's prediction is the kind with the largest probability. If that is not the label, its probability says how sure the network was of its mistake. For the probabilities
#
# $$\begin{bmatrix} 0.7 & 0.2 & 0.1 \\ 0.1 & 0.8 & 0.1 \\ 0.3 & 0.1 & 0.6 \\ 0.05 & 0.9 & 0.05 \end{bmatrix} \quad \text{and the labels} \quad 1,\ 1,\ 0,\ 2$$
#
# images 0, 2 and 3 are wrong, with 0.7, 0.6 and 0.9. The two most confident mistakes are `[3, 0]`.
#
# <details><summary>Hint</summary>
#
# `probabilities.max(dim=1)` gives both at once: `.values` and `.indices`. Give the right ones the value −1 and sort; then cut at the number of mistakes, too.
#
# </details>


# %%
def most_confident_mistakes(probabilities, labels, count):
    """Which images are predicted wrongly with the largest probability?

    probabilities: (N, C) floats from 0 to 1; labels: (N,) integers; count: an int, 1 or more.
    Returns an integer tensor with the indices of the `count` wrong predictions (largest probability not at the label)
    whose largest probability is the highest, in descending order; fewer, maybe none, if there are fewer mistakes.
    No image has two largest probabilities, and no two mistakes have the same one.
    """
    ### BEGIN SOLUTION
    confidence, prediction = probabilities.max(dim=1)
    wrong = (prediction != labels).nonzero().flatten()
    return wrong[confidence[wrong].argsort(descending=True)][:count]
    ### END SOLUTION


# %% points=5
def test_most_confident_mistakes():
    """three mistakes, with 0.7, 0.6 and 0.9"""
    probabilities = torch.tensor([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.3, 0.1, 0.6], [0.05, 0.9, 0.05]])
    labels = torch.tensor([1, 1, 0, 2])
    looks_like = {
        "the most confident predictions, right ones among them": [3, 1],
        "sorted in another way, or positions in the list of mistakes instead of the batch": [2, 0],
        "mistakes in the order of the batch, not sorted": [0, 2],
        "the probabilities, not the indices": [0.9, 0.7],
    }
    compare(
        most_confident_mistakes(probabilities, labels, 2), [3, 0], looks_like, what="the two most confident mistakes"
    )
    compare(
        most_confident_mistakes(probabilities, labels, 1),
        [3],
        what="the most confident mistake, a tensor with one axis,",
    )
    compare(
        most_confident_mistakes(probabilities, labels, 10),
        [3, 0, 2],
        {"right predictions fill up the list": [3, 0, 2, 1]},
        what="ten mistakes, where there are only three,",
    )


# %%
# @title Picture: wrong, and sure of it
if EXPERIMENT:
    with picture("most_confident_mistakes and exercises 1 and 4 to 8"):
        if "history" not in globals():
            raise NotImplementedError
        probabilities = softmax(scores)
        worst = most_confident_mistakes(probabilities, truth, 14)
        figure, axes = plt.subplots(2, 7, figsize=(11, 4.3))
        for ax in axes.flat:
            ax.axis("off")
        for ax, i in zip(axes.flat, worst.tolist(), strict=False):
            ax.imshow(looked_at[i].permute(1, 2, 0))
            sure = 100 * probabilities[i].max()
            ax.set_title(f"{kinds[predicted[i]]}? {sure:.0f} %\n({kinds[truth[i]]})", fontsize=10)
        plt.tight_layout()
        plt.show()

# %% [markdown]
# ## Exercise 10 · What helps? Reading logs
#
# ●○○ · 15 minutes · 4 points
#
# First the experiment that should stand before every belief: **one small network, four times**, without any help, with dropout, with batch norm, with augmentation. It is made of *your* parts, `dropout`, `BatchNorm2d`, `random_crop_flip` and `fit`, and sees 20,000 images 15 times on a GPU, 4,000 images 12 times on a processor. Guess before you look: which one lowers the training loss fastest? Which one learns least by heart?


# %%
# @title Picture: what helps?
class DropoutLayer(nn.Module):
    """Your `dropout` as a layer."""

    def __init__(self, p):
        super().__init__()
        self.p = p

    def forward(self, x):
        return dropout(x, self.p, self.training)


class SmallNetwork(nn.Module):
    """Pixels from 0 to 1, (N, 3, 32, 32) -> scores (N, 10); three convolutions and one dense layer."""

    def __init__(self, *, p=0.0, batch_norm=False):
        super().__init__()
        norm = BatchNorm2d if batch_norm else nn.Identity
        sizes, layers = [3, 16, 32, 64], []
        for c_in, c_out in zip(sizes, sizes[1:], strict=False):
            layers += [nn.Conv2d(c_in, c_out, 3, padding=1), norm(c_out), nn.ReLU(), nn.MaxPool2d(2)]
        self.layers = nn.Sequential(*layers, nn.Flatten(), DropoutLayer(p), nn.Linear(64 * 4 * 4, 10))

    def forward(self, images):
        return self.layers(normalise(images, MEAN.to(images.device), STD.to(images.device)))


if EXPERIMENT:
    ablation_epochs, count = (15, 20_000) if device.type == "cuda" else (12, 4_000)
    variants = {
        "none": ({}, False, "0.35"),
        "dropout": ({"p": 0.5}, False, ORANGE),
        "batch norm": ({"batch_norm": True}, False, BLUE),
        "augmentation": ({}, True, "#009e73"),
    }
    with picture("dropout, BatchNorm2d, random_crop_flip, normalise, cross_entropy and fit"):
        logs = {}
        for name, (options, augment, _) in variants.items():
            torch.manual_seed(1)
            small = SmallNetwork(**options)
            logs[name] = fit(
                small,
                Batches(train_images[:count], train_labels[:count], 64, augment=augment, shuffle=True),
                Batches(validation_images[: count // 2], validation_labels[: count // 2], 500),
                epochs=ablation_epochs,
                optimizer=torch.optim.Adam(small.parameters(), lr=2e-3),
                loss_fn=cross_entropy,
                device=device,
            )
        figure, (loss_ax, accuracy_ax) = plt.subplots(1, 2, figsize=(11, 3.7))
        for name, log in logs.items():
            color = variants[name][2]
            epochs = [record["epoch"] for record in log]
            for ax, values in [
                (loss_ax, [record["loss"] for record in log]),
                (accuracy_ax, [100 * record["accuracy"] for record in log]),
            ]:
                ax.plot(epochs, values, color=color, lw=2.5, marker="o", ms=4, label=name)
        loss_ax.set(xlabel="epoch", title="training loss")
        accuracy_ax.set(xlabel="epoch", title="validation accuracy, percent")
        loss_ax.legend(frameon=False)
        for ax in (loss_ax, accuracy_ax):
            ax.set_xticks(range(1, ablation_epochs + 1, 2))
            ax.spines[["top", "right"]].set_visible(False)
        plt.tight_layout()
        plt.show()

# %% [markdown]
# The lowest training loss does not make the best network. In a short training of a small network, each remedy shows another character: batch norm learns faster, and overfits faster, too; augmentation and dropout make training harder, and pay back later. What you want in the end is all three, and patience.
#
# Now somebody else's log. This is what the tutorial printed: accuracy on training and test images, in percent, after each of 20 epochs.
#
# | epoch | training | test | | epoch | training | test |
# |---|---|---|---|---|---|---|
# | 1 | 56.276 | 57.46 | | 11 | 85.310 | 83.25 |
# | 2 | 65.480 | 66.85 | | 12 | 86.168 | 83.71 |
# | 3 | 70.738 | 70.79 | | 13 | 86.700 | 84.12 |
# | 4 | 71.934 | 72.20 | | 14 | 87.594 | 84.38 |
# | 5 | 77.510 | 77.88 | | 15 | 88.878 | 85.43 |
# | 6 | 78.744 | 77.53 | | 16 | 88.470 | 84.94 |
# | 7 | 80.628 | 79.63 | | 17 | 89.608 | 85.49 |
# | 8 | 83.364 | 81.74 | | 18 | 89.878 | 85.80 |
# | 9 | 83.362 | 81.30 | | 19 | 90.690 | 86.05 |
# | 10 | 84.848 | 82.76 | | 20 | 88.678 | 84.95 |

# %%
# @title Picture: the tutorial's log
SEED_TRAIN = [56.276, 65.480, 70.738, 71.934, 77.510, 78.744, 80.628, 83.364, 83.362, 84.848]
SEED_TRAIN += [85.310, 86.168, 86.700, 87.594, 88.878, 88.470, 89.608, 89.878, 90.690, 88.678]
SEED_TEST = [57.46, 66.85, 70.79, 72.20, 77.88, 77.53, 79.63, 81.74, 81.30, 82.76]
SEED_TEST += [83.25, 83.71, 84.12, 84.38, 85.43, 84.94, 85.49, 85.80, 86.05, 84.95]

if EXPERIMENT:
    figure, (log_ax, gap_ax) = plt.subplots(1, 2, figsize=(11, 3.6), width_ratios=[1.5, 1])
    epochs = range(1, 21)
    log_ax.plot(epochs, SEED_TRAIN, "o-", color=ORANGE, lw=2, ms=4, label="training")
    log_ax.plot(epochs, SEED_TEST, "o-", color=BLUE, lw=2, ms=4, label="test")
    log_ax.plot(19, 86.05, "o", ms=14, mfc="none", mec=RED, mew=2)
    log_ax.annotate("86.05: the best", (19, 86.05), (13.2, 76), color=RED, arrowprops={"arrowstyle": "-", "color": RED})
    log_ax.annotate(
        "84.95:\nwhat was saved", (20, 84.95), (17, 68), color=BLUE, arrowprops={"arrowstyle": "-", "color": BLUE}
    )
    log_ax.set(xlabel="epoch", title="accuracy, percent", xticks=[1, 5, 10, 15, 20])
    log_ax.legend(frameon=False, loc="upper left")
    gap_ax.bar(epochs, np.subtract(SEED_TRAIN, SEED_TEST), color=SKY, edgecolor=BLUE, lw=0.8)
    gap_ax.axhline(0, color="0.4", lw=0.8)
    gap_ax.set(xlabel="epoch", title="training minus test", xticks=[1, 5, 10, 15, 20])
    for ax in (log_ax, gap_ax):
        ax.spines[["top", "right"]].set_visible(False)
    plt.tight_layout()
    plt.show()

# %% [markdown]
# Three things to see.
#
# **The gap.** At first the network is as good on new images as on old ones. From epoch 6 on it is better on those it has trained on, and the gap grows to 4.6 points. That is overfitting: mild, and no reason to stop as long as the test curve rises with it.
#
# **The last epoch.** Accuracy falls from 86.05 to 84.95, and it is tempting to call that overfitting, too. But the *training* accuracy falls as well, by two points, and the gap shrinks. It is noise: with a constant learning rate the weights keep jumping about, and the last jump was an unlucky one. The tutorial saves the network after epoch 20, whatever it is.
#
# **The number to report.** Not 86.05 %. Who picks the best of 20 by looking at the test images has fitted them, a little. That is why `fit` picks on validation images, and why the test images are sealed.
#
# Put the first reading of a log into a function.


# %%
def overfit_epoch(train_accuracy, test_accuracy):
    """The best epoch of a log, and how much the last one has lost against it.

    train_accuracy, test_accuracy: lists of equally many numbers, one for each epoch. Epochs count from 1.
    Returns (best_epoch, best, last), as a tuple or a list: the epoch with the highest test accuracy (the first of
    these, if there are several), its test accuracy, and the test accuracy of the last epoch.
    Example: (19, 86.05, 84.95) for the log above.
    """
    ### BEGIN SOLUTION
    best = max(test_accuracy)
    return test_accuracy.index(best) + 1, best, test_accuracy[-1]
    ### END SOLUTION


# %% points=4
def test_overfit_epoch():
    """the tutorial's log: (19, 86.05, 84.95)"""
    compare(
        overfit_epoch(list(SEED_TRAIN), list(SEED_TEST)),
        [19, 86.05, 84.95],
        {
            "epochs count from 1": [18, 86.05, 84.95],
            "training accuracies, not test accuracies": [19, 90.69, 88.678],
            "the last epoch comes last": [19, 84.95, 86.05],
        },
        what="overfit_epoch of the tutorial's log",
    )
    compare(
        overfit_epoch([50, 60, 70, 80], [52, 61, 61, 60]),
        [2, 61, 60],
        {
            "the best by training accuracy; it is the test accuracy that counts": [4, 60, 60],
            "the last of the best epochs; it should be the first": [3, 61, 60],
        },
        what="overfit_epoch([50, 60, 70, 80], [52, 61, 61, 60])",
    )


# %% [markdown]
# ## Exercise 11 · The score of your network
#
# ●●○ · 20 minutes · 8 points
#
# The training has written `a4_cifar10.pt`, the weights of your network. Hand it in beside the notebook. The grader makes a `ScoreNetwork()` from your class, loads the file into it, and opens the sealed 10,000 test images, with pixels from 0 to 1:
#
# | test accuracy | below 75 % | 75 % | 77.5 % | 80 % | 82.5 % | from 85 % |
# |---|---|---|---|---|---|---|
# | points | 0 | 0 | 2 | 4 | 6 | 8 |
#
# and in between in proportion. Your validation accuracy tells you beforehand, up to half a percent or so, what to expect; if it says 86 %, you are done. The tutorial's network ended at 84.95 % after 20 epochs with a constant learning rate. If you like it here:
#
# - more epochs, with a GPU; without one, `count` and `EPOCHS` in the training cell are yours to raise, and a night is long;
# - `nn.CrossEntropyLoss(label_smoothing=0.1)` as `loss_fn`: nobody should be 100 % sure;
# - another network inside `ScoreNetwork`: two dense layers with 4.7 million weights are not where the accuracy comes from. A small one like the one in exercise 12 gets further in fewer epochs. At **94 %** there is a bonus: your course says what it is. That is about what people reach who are shown these images.
#
# Train again, look at the validation accuracy, and decide by that. If you change `ScoreNetwork` afterwards, train again, too: old weights do not fit a new network.

# %% points=8 score="checkpoint" tags=["needs:cifar10"]
# Is the checkpoint there, does it load, and how good is it on the validation images?
if EXPERIMENT:
    try:
        checkpoint = ScoreNetwork().to(device).eval()
        checkpoint.load_state_dict(torch.load("a4_cifar10.pt", map_location=device, weights_only=True))
        print("a4_cifar10.pt fits your ScoreNetwork")
        with torch.no_grad():
            right = sum((checkpoint(x).argmax(dim=1) == y).sum().item() for x, y in validation_batches)
        print(f"validation accuracy: {100 * right / len(validation_batches.labels):.2f} %")
    except FileNotFoundError:
        print("There is no a4_cifar10.pt yet: the training writes it.")
    except (NotImplementedError, NameError):
        print("Solve exercises 1 and 4 to 8 first, and train.")
    except RuntimeError as problem:
        print(f"a4_cifar10.pt does not fit your ScoreNetwork; train again. ({str(problem).splitlines()[0]})")

# %% [markdown]
# ## Exercise 12 · How fast can you go?
#
# ●●● · as long as you like · for the fun of it
#
# The tutorial takes 27 minutes on its GPU. The same accuracy can be had in seconds on a GPU of a data centre, in plain PyTorch. No points here; the clock is the judge. What helps, roughly in this order:
#
# 1. **Data on the device**, as bytes, augmented there a batch at a time. You have that.
# 2. **A network that spends its work well**: shrink the image early, no large dense layers, batch norm after every convolution. The one in the picture below looks at 2×2 pixels first, with filters that are not learnt but computed from the images, so that the first layer's outputs are uncorrelated (*whitening*).
# 3. **Large batches and a high, short cycle** of learning rates, with SGD and momentum.
# 4. **Half precision** (`torch.autocast`), with images stored *channels last*, which is what tensor cores read.
# 5. **Label smoothing**; looking at each validation image twice, mirrored and not; batch norm's biases learning faster than the weights.
# 6. **Nobody waits**: no `.item()` inside the loop, large batches for measuring.
#
# Write a network and a training that begins from scratch; the function says what it took for each epoch.


# %%
class FastNet(nn.Module):
    """Bytes (N, 3, 32, 32) -> scores (N, 10), as fast as you can; normalisation is inside. width: channels to begin with."""

    def __init__(self, width=64):
        super().__init__()
        ### BEGIN SOLUTION

        def norm(channels):
            layer = nn.BatchNorm2d(channels, momentum=0.4)  # short trainings: forget early batches soon
            layer.weight.requires_grad_(False)  # the next layer can scale as well
            return layer

        def block(c_in, c_out):  # halves height and width as early as it can
            first, second = (nn.Conv2d(c, c_out, 3, padding=1, bias=False) for c in (c_in, c_out))
            for layer in (first, second):  # begin by passing on what comes in; channels beyond it begin at random
                nn.init.dirac_(layer.weight.data[: layer.in_channels])
            return [first, nn.MaxPool2d(2), norm(c_out), nn.GELU(), second, norm(c_out), nn.GELU()]

        self.register_buffer("mean", 255 * MEAN[:, None, None])
        self.register_buffer("std", 255 * STD[:, None, None])
        self.whiten = nn.Conv2d(3, 24, 2)  # (N, 24, 31, 31)
        self.blocks = nn.Sequential(
            nn.GELU(),
            *block(24, width),  # (N, width, 15, 15)
            *block(width, 4 * width),  # (N, 4·width, 7, 7)
            *block(4 * width, 4 * width),  # (N, 4·width, 3, 3)
        )
        self.head = nn.Linear(4 * width, 10, bias=False)
        self.to(memory_format=torch.channels_last)
        ### END SOLUTION

    def forward(self, images):
        """(N, 3, 32, 32) bytes -> (N, 10) scores."""
        ### BEGIN SOLUTION
        images = self.normalised(images).contiguous(memory_format=torch.channels_last)
        features = self.blocks(self.whiten(images)).amax(dim=(2, 3))  # (N, 4·width)
        return self.head(features) / 9  # begin unsure

    def normalised(self, images):
        return (images - self.mean) / self.std

    @torch.no_grad()
    def set_whitening(self, images):
        """Make the first layer's filters of the images: eigenvectors of 2×2 patches, and their negatives. Not learnt."""
        patches = F.unfold(self.normalised(images), 2).transpose(1, 2).reshape(-1, 12)  # (N·31·31, 12)
        variances, directions = torch.linalg.eigh(patches.T @ patches / len(patches))
        filters = (directions / (variances + 5e-4).sqrt()).T.reshape(12, 3, 2, 2)
        self.whiten.weight.copy_(torch.cat([filters, -filters]))
        self.whiten.bias.zero_()
        self.whiten.requires_grad_(False)
        ### END SOLUTION


# %%
def train_fast(train, validation, *, epochs, width=64, batch_size=512, peak=0.75, seed=0, device="cpu", **options):
    """Train a FastNet from scratch, as fast as the device allows.

    train, validation: (bytes (N, 3, 32, 32), labels (N,)), two pairs of tensors; width: of the FastNet;
    batch_size, peak: of the training, the largest learning rate belonging to this batch size; seed: of everything
    random. options: checkpoint=None, a path to go on from as in `fit`; report=None, a function that is called with
    each epoch's record; compiled=False, whether to use torch.compile; progress=True, whether to show a bar.
    Returns (model, history), the model as it is after the last epoch, and records as in `fit` with "seconds" besides:
    how long the epoch took, measuring included.
    """
    ### BEGIN SOLUTION
    checkpoint, report = options.get("checkpoint"), options.get("report")
    # With `parallel`, which `torchrun -m solutions.a4_cifar10` gives on several GPUs, each process takes its share of
    # every batch. All draw the same random numbers, and DistributedDataParallel gives all the mean of their gradients.
    parallel = options.get("parallel")
    rank, processes = (torch.distributed.get_rank(), torch.distributed.get_world_size()) if parallel else (0, 1)
    share = slice(rank, None, processes)
    device = torch.device(device)
    images, labels, val_images, val_labels = (tensor.to(device) for tensor in (*train, *validation))
    draw = torch.Generator(device).manual_seed(seed)  # all that is random but the first weights
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = FastNet(width)
    model.to(device).set_whitening(images[:5000])

    # Half precision where there are tensor cores for it; float16 is older and needs its losses scaled.
    on_gpu = device.type == "cuda"
    half = torch.bfloat16 if on_gpu and torch.cuda.get_device_capability(device)[0] >= 8 else torch.float16
    scaler = torch.amp.GradScaler(device.type, enabled=on_gpu and half is torch.float16)
    learnt = {name: p for name, p in model.named_parameters() if p.requires_grad}
    groups = [
        {"params": [p for name, p in learnt.items() if name.endswith("weight")], "scale": 1, "weight_decay": 1e-3},
        {"params": [p for name, p in learnt.items() if name.endswith("bias")], "scale": 64, "weight_decay": 1e-3 / 64},
    ]
    optimizer = torch.optim.SGD(groups, lr=peak, momentum=0.85, nesterov=True)
    network = parallel(model) if parallel else model
    if options.get("compiled"):
        network = torch.compile(network)

    def scores(images):
        with torch.autocast(device.type, dtype=half, enabled=on_gpu):
            return network(images).float()

    def overall(number):
        if parallel:
            torch.distributed.all_reduce(number)  # the sum over all processes
        return number.item()

    @torch.no_grad()
    def accuracy():
        model.eval()
        right = torch.zeros((), device=device)
        for x, y in zip(val_images[share].split(2000), val_labels[share].split(2000), strict=True):
            right += ((scores(x) + scores(x.flip(3))).argmax(dim=1) == y).sum()
        return overall(right) / len(val_labels)

    history = []
    if checkpoint is not None and os.path.exists(checkpoint):
        saved = torch.load(checkpoint, map_location="cpu", weights_only=True)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        scaler.load_state_dict(saved["scaler"])
        draw.set_state(saved["random"])
        history = saved["history"]
    batch_size = min(batch_size, len(labels))
    steps = len(labels) // batch_size  # what does not fill a batch waits for another epoch
    total = max(2, epochs * steps)
    bar = tqdm(total=total, initial=len(history) * steps, disable=not options.get("progress", True))
    with bar, torch.backends.cudnn.flags(enabled=True, deterministic=True):
        for epoch in range(len(history) + 1, epochs + 1):
            started, losses = time.perf_counter(), torch.zeros((), device=device)
            model.train()
            order = torch.randperm(len(labels), generator=draw, device=device)
            for i, chosen in enumerate(order[: steps * batch_size].split(batch_size)):
                x, y = random_crop_flip(images[chosen], padding=2, generator=draw)[share], labels[chosen][share]
                loss = F.cross_entropy(scores(x), y, label_smoothing=0.1) * (len(y) / batch_size)
                for group in optimizer.param_groups:
                    group["lr"] = group["scale"] * one_cycle((epoch - 1) * steps + i, total, peak)
                optimizer.zero_grad()
                scaler.scale(loss * processes).backward()
                scaler.step(optimizer)
                scaler.update()
                losses += loss.detach()
                bar.update()
            record = {"epoch": epoch, "loss": overall(losses) / steps, "accuracy": accuracy()}
            history.append(record | {"seconds": time.perf_counter() - started})
            bar.set_postfix(epoch=epoch, loss=f"{record['loss']:.3f}", accuracy=f"{record['accuracy']:.4f}")
            if checkpoint is not None and rank == 0:
                state = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "history": history}
                state |= {"scaler": scaler.state_dict(), "random": draw.get_state()}
                torch.save(state, f"{checkpoint}.part")
                os.replace(f"{checkpoint}.part", checkpoint)
            if report is not None:
                report(history[-1])
    return model, history
    ### END SOLUTION


# %%
# @title Picture: accuracy against the clock
if EXPERIMENT:
    with picture("FastNet and train_fast"):
        fast_epochs, fast_width, count = (8, 64, len(train_labels)) if device.type == "cuda" else (5, 16, 15_000)
        fast_model, fast_history = train_fast(
            (train_images[:count], train_labels[:count]),
            (validation_images[:2000], validation_labels[:2000]),
            epochs=fast_epochs,
            width=fast_width,
            batch_size=512 if device.type == "cuda" else 128,
            peak=0.75 if device.type == "cuda" else 0.25,
            device=device,
        )
        seconds = np.cumsum([record["seconds"] for record in fast_history])
        accuracies = [100 * record["accuracy"] for record in fast_history]
        figure, ax = plt.subplots(figsize=(7.5, 3.3))
        ax.plot(
            82 * np.arange(1, 21),
            SEED_TEST,
            "o-",
            color=ORANGE,
            ms=4,
            lw=2,
            label="the tutorial, on its GPU (all images)",
        )
        ax.plot(seconds, accuracies, "o-", color=BLUE, ms=4, lw=2, label=f"you, on {device.type} ({count:,} images)")
        ax.axhline(85, color="0.6", lw=1, ls="--")
        ax.set(xscale="log", xlabel="seconds", title="validation accuracy, percent")
        ax.legend(frameon=False)
        ax.spines[["top", "right"]].set_visible(False)
        plt.tight_layout()
        plt.show()
        print(
            f"{count * fast_epochs / seconds[-1]:,.0f} images a second, {accuracies[-1]:.2f} % after {seconds[-1]:.1f} s"
        )

# %% [markdown]
# ## Exercise 13 · Quiz
#
# ●○○ · 5 minutes · 4 points
#
# Four questions of one point each. Put the letter of your answer between the quotes (on Colab: choose it from the list). The test only checks that you have chosen. Your choice is compared when the notebook is graded.
#
# **Question 1.** You train on ten kinds, and the very first loss is 31. What is most likely?
#
# - a · the learning rate is too small
# - b · the network has learnt its images by heart
# - c · nothing: every training begins like that
# - d · the scores are far too large: pixels up to 255 went in, say, or weights began too large

# %%
quiz_first_loss = "?"  # @param ["?", "a", "b", "c", "d"]
### BEGIN SOLUTION
quiz_first_loss = "d"
### END SOLUTION


# %% points=1
def test_quiz_first_loss():
    """one of the letters a, b, c, d"""
    assert str(quiz_first_loss).strip().lower() in ("a", "b", "c", "d"), "choose one of the letters: a, b, c, d"


# %% [markdown]
# **Question 2.** What does (inverted) dropout with p = 0.2 do in evaluation?
#
# - a · it drops a fifth of the numbers
# - b · it multiplies all numbers by 0.8
# - c · nothing at all
# - d · it multiplies all numbers by 1.25

# %%
quiz_dropout = "?"  # @param ["?", "a", "b", "c", "d"]
### BEGIN SOLUTION
quiz_dropout = "c"
### END SOLUTION


# %% points=1
def test_quiz_dropout():
    """one of the letters a, b, c, d"""
    assert str(quiz_dropout).strip().lower() in ("a", "b", "c", "d"), "choose one of the letters: a, b, c, d"


# %% [markdown]
# **Question 3.** A network's prediction for one and the same image depends on which other images are in the batch. What was forgotten?
#
# - a · `model.eval()`
# - b · `torch.no_grad()`
# - c · `optimizer.zero_grad()`
# - d · to shuffle

# %%
quiz_neighbours = "?"  # @param ["?", "a", "b", "c", "d"]
### BEGIN SOLUTION
quiz_neighbours = "a"
### END SOLUTION


# %% points=1
def test_quiz_neighbours():
    """one of the letters a, b, c, d"""
    assert str(quiz_neighbours).strip().lower() in ("a", "b", "c", "d"), "choose one of the letters: a, b, c, d"


# %% [markdown]
# **Question 4.** From epoch 19 to 20 of a training, accuracy on new images falls by one point, and accuracy on the training images by two. What has most likely happened?
#
# - a · overfitting has set in
# - b · noise: an unlucky step, which hit both
# - c · the learning rate has become too small
# - d · the network is too small

# %%
quiz_last_epoch = "?"  # @param ["?", "a", "b", "c", "d"]
### BEGIN SOLUTION
quiz_last_epoch = "b"
### END SOLUTION


# %% points=1
def test_quiz_last_epoch():
    """one of the letters a, b, c, d"""
    assert str(quiz_last_epoch).strip().lower() in ("a", "b", "c", "d"), "choose one of the letters: a, b, c, d"


# %% [markdown]
# ## Handing in
#
# 1. Restart and run everything: on Colab *Runtime → Restart session and run all*, in Jupyter *Kernel → Restart Kernel and Run All Cells*. With `start_anew` switched off nothing is trained a second time that has been trained already. Anything that worked only because of a cell you have deleted will now fail.
# 2. Look for the ✓ lines. A test that fails costs its own points, not those of the others.
# 3. Save the notebook: on Colab *File → Download → Download .ipynb*. It keeps its name, `a4_cifar10.ipynb`.
# 4. Save the weights, `a4_cifar10.pt`: on Colab they are in the *Files* panel on the left (⋮ → Download). They vanish with the session.
# 5. Hand in both, side by side, where your course collects them.
#
# Please do not rename, copy or delete the test cells: they are how your answers are found. You may add cells of your own anywhere.
#
# ## What you can do now
#
# You have built every part that stands between a network that runs and a network that is good, and a training loop that you can leave alone overnight. In Assignment 5 you take over what others have trained for weeks, and look inside.
#
# To read on: [*Batch normalization*](https://arxiv.org/abs/1502.03167) by Ioffe and Szegedy, and [*How does batch normalization help optimization?*](https://arxiv.org/abs/1805.11604), which doubts their explanation; [*Dropout*](https://jmlr.org/papers/v15/srivastava14a.html) by Srivastava and others; [*How to train your ResNet*](https://myrtle.ai/learn/how-to-train-your-resnet/) by Page, eight parts on exercise 12, and [*94 % on CIFAR-10 in 3.29 seconds on a single GPU*](https://arxiv.org/abs/2404.00498) by Jordan, from which the network above is a plain relative; [*Do we train on test data?*](https://arxiv.org/abs/1902.00423) on the 3.3 % of CIFAR-10's test images that have a twin among the training images.
