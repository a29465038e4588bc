# %% [markdown]
# # Assignment 6: Fool it, then defend it
#
# A network names a photograph of a pig, and is right. Now every pixel is changed by at most 0.005 of the way from black to white, which nobody can see, and the same network is certain: an airliner. This has been known since 2013, and it is true of every network you have built in this course. Here you do it yourself, with a few lines of code, first to a network of your own, then to one that knows a thousand kinds of things; you find out how to measure such a weakness honestly, and train a network that is harder to fool.
#
# **You will be able to**
#
# - compute how the loss changes with each pixel, and leave no trace in the network while asking;
# - attack a network in one step and in many, in the largest change of a pixel and in the Euclidean length, away from the truth or towards a target of your choice;
# - measure robustness, with the control experiments that make the number worth believing;
# - train a robust network, and see, and stop, the accident in which it only learns to look robust.
#
# **How it works.** Run the cells from top to bottom. Where you read `raise NotImplementedError()`, put your code there instead. The cell below it tests your function: a line with ✓ means that the test has passed; if not, it says what was expected, what came, and often which mistake it looks like. Pictures that need your function appear once it is solved: run their cell again. Everything takes about **four hours**, and a good place for a break is after exercise 6. A processor will do: the trainings are small, and all that runs by itself takes about five minutes of one core. With a GPU (on Colab *Runtime → Change runtime type → T4 GPU*) it is faster.
#
# **Points.** 100 in all. <!-- credit -->A function is worth its points if your answer is right for all that is asked of it: the test you see, and the same function on other inputs, listed below each test as *Also asked*.<!-- /credit --> Every function is tested separately; your functions may call each other, and should. A mistake costs its own points only: a function that is right, but calls one of yours that is wrong, keeps its points. Exercise 9 is read by a person.
#
# | | exercise | difficulty | minutes | points |
# |---|---|---|---|---|
# | 1 | Which pixel matters? `input_gradient` | ●●○ | 25 | 8 |
# | 2 | One step: `fgsm`, `fgsm_targeted` | ●○○ | 25 | 10 + 5 |
# | 3 | The control: `random_sign` | ●○○ | 10 | 4 |
# | 4 | Many steps: `pgd`, `pgd_targeted` | ●●● | 40 | 15 + 7 |
# | 5 | Another ruler: `l2_attack` | ●●○ | 25 | 10 |
# | 6 | Measuring: `attack_success`, `robustness_curve` | ●○○ | 25 | 6 + 6 |
# | | *The cat that is an airliner: nothing to write, something to watch* | | 10 | |
# | 7 | From one network to another: `transfer_matrix` | ●●○ | 20 | 6 |
# | 8 | The defence: `adversarial_epoch` | ●●● | 40 | 13 |
# | 9 | In your own words: two short answers | ●●○ | 25 | 5 + 5 |
#
# **Four house rules** for every function:
#
# - **Pixels go from 0 to 1.** A batch of images is a tensor (N, C, H, W) of float64, float32 or float16 (exercise 5: of float64 or float32), its labels are int64 numbers (N,). If a network needs normalised pixels, it normalises them in a layer of its own (`Normalise` in the setup cell). So ε means the same for every network, and every published attack takes our networks as they are.
# - **Stay inside.** An attack returns images whose pixels differ from the original's by ε at most (with `l2_attack`: whose difference has the length ε at most), and which are images still: from 0 to 1. The result is on the images' device, detached, of the same dtype; the tensors that were given stay as they were, and so does their `requires_grad`. Where nothing has changed, the result may share its memory with the images.
# - **Look, don't touch.** The network is asked in eval mode and left exactly as it was: weights, buffers, `requires_grad`, every `.grad`, and the mode of *each part*. For the mode the setup cell has `eval_mode`: what stands inside `with eval_mode(model):` runs in eval mode, and then each part gets back the mode that it had. Attacks work inside `torch.no_grad()`, too, and every function leaves gradients switched on or off as they were.
# - **To each image its own.** What comes out for an image does not depend on which other images are in the batch. A batch of one works; there are no empty batches.

# %% tags=["author"]
# For authors, who open this file as a notebook: it finds the course's own modules. Students do not get this cell.
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(globals().get("__file__", "notebook.py")).resolve().parents[2]))

# %% nbgrader={"grade_id": "setup", "locked": true}
# @title Setup: run this first
import os
from http.client import HTTPException
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from tqdm.auto import tqdm

from solutions.setup import BLUE, GREEN, ORANGE, RED, compare, eval_mode, leaves_no_trace, picture, watch_names

# True when you run the notebook, False when it is graded or imported: then nothing is drawn, loaded or trained.
EXPERIMENT = __name__ == "__main__" and "NBGRADER_EXECUTION" not in os.environ
if EXPERIMENT:
    watch_names()


class Normalise(nn.Module):
    """The first layer of a network that takes pixels from 0 to 1: subtracts the mean and divides, channel by channel."""

    def __init__(self, mean, std):
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean)[:, None, None])
        self.register_buffer("std", torch.tensor(std)[:, None, None])

    def forward(self, images):
        return (images - self.mean) / self.std


def toy_network():
    """For images of 2×2 pixels a, b, c, d: the score of kind 0 is a − 2b + 3d, the score of kind 1 is 0."""
    model = nn.Sequential(nn.Flatten(), nn.Linear(4, 2, bias=False))
    with torch.no_grad():
        model[1].weight.copy_(torch.tensor([[1.0, -2, 0, 3], [0, 0, 0, 0]]))
    return model


def toy_images():
    """Two images of 2×2 pixels, which the toy network gets right, and their labels."""
    return torch.tensor([[[[0.05, 0.95], [0.5, 0.7]]], [[[0.2, 0.9], [0.9, 0.4]]]]), torch.tensor([0, 1])


def fickle_network(seed=0):
    """For images of 2×2 pixels: a small network of three kinds with batch norm and dropout, in training mode."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = nn.Sequential(
            nn.Conv2d(1, 4, 2, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Dropout(0.5), nn.Linear(36, 3)
        )
    model[0].requires_grad_(False)  # a frozen layer
    model[5].weight.grad = torch.ones(3, 36)  # a gradient that somebody still needs
    return model


# %% [markdown]
# ## The data
#
# Fashion-MNIST again, 60,000 grey pictures of 28×28 pixels of ten kinds of clothes: small enough that a processor can attack and defend a network in minutes. The next cell fetches it (30 MB); if no host answers, it makes pictures of its own, so that you can go on in any case. Your functions have to work for colour photographs of any size, too.

# %%
# @title Data: fetch Fashion-MNIST
from solutions.setup import FASHION, SHAPES, draw_shapes, load_fashion_mnist

if EXPERIMENT:
    plt.rcParams["figure.facecolor"] = "white"  # readable on a dark page, too
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        images, labels = load_fashion_mnist()
        kinds = FASHION
    except RuntimeError as problem:
        images, labels = draw_shapes(16_000)
        kinds = SHAPES
        print(f"No clothes today: {problem}\nUntil then this notebook goes on with made-up pictures of shapes.")
    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(0))
    train_images, train_labels = images[order[1000:]].to(device), labels[order[1000:]].to(device)
    validation_images, validation_labels = images[order[:1000]].to(device), labels[order[:1000]].to(device)
    print(f"{len(train_images):,} images for training, 1,000 to attack; computing on {device}")

# %% [markdown]
# ## The network under attack
#
# The next cell trains a small network, three convolutions and a dense layer, in less than a minute. That is our victim.
#
# **Or take your own.** If you have `a3_fashion_mnist.pt` from Assignment 3, upload it beside this notebook (on Colab into the *Files* panel), paste your class `FashionCNN` into the empty cell, and run the cells from there on. Your network normalises its pixels itself, so it fits as it is. The file holds only weights, which is why the class is needed, too.

# %%
# Your class FashionCNN from Assignment 3, if you like:


# %%
# @title Train the network under attack


class Batches:
    """Batches of (images, labels) that lie on the device; gives them again and again, shuffled each time."""

    def __init__(self, images, labels, size=128):
        self.images, self.labels, self.size = images, labels, size

    def __len__(self):
        return -(-len(self.labels) // self.size)

    def __iter__(self):
        for chosen in torch.randperm(len(self.labels)).to(self.labels.device).split(self.size):
            yield self.images[chosen], self.labels[chosen]


def small_network(width=16, *, channels=1, size=28, mean=(0.286,), std=(0.353,), classes=10, seed=0):
    """Three convolutions with batch norm, each followed by max-pooling, and a dense layer. Pixels from 0 to 1 come in."""

    def block(c_in, c_out, kernel):
        convolution = nn.Conv2d(c_in, c_out, kernel, padding=kernel // 2, bias=False)
        return [convolution, nn.BatchNorm2d(c_out), nn.ReLU(), nn.MaxPool2d(2)]

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return nn.Sequential(
            Normalise(mean, std),
            *block(channels, width, 5),  # (N, width, size/2, size/2)
            *block(width, 2 * width, 3),
            *block(2 * width, 4 * width, 3),
            nn.Flatten(),
            nn.Linear(4 * width * (size // 8) ** 2, classes),
        )


def plain_epoch(model, loader, optimizer):
    """One epoch of the training that you know from Assignment 3."""
    model.train()
    for images, labels in loader:
        optimizer.zero_grad()
        F.cross_entropy(model(images), labels).backward()
        optimizer.step()


@torch.no_grad()
def predicted(model, images):
    """The probabilities of all kinds for each image, (N, classes), asked in eval mode."""
    with eval_mode(model):
        return model(images).softmax(dim=1)


def accuracy(model, images, labels):
    """The share of the images that the model gets right."""
    return (predicted(model, images).argmax(dim=1) == labels).double().mean().item()


def plainly_trained(model, *, count=15_000, epochs=3):
    """The model, trained with Adam on the first `count` training images."""
    torch.manual_seed(0)
    model.to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    loader = Batches(train_images[:count], train_labels[:count])
    for _ in tqdm(range(epochs), desc="training", leave=False):
        plain_epoch(model, loader, optimizer)
    return model.eval()


if EXPERIMENT:
    victim = None
    if "FashionCNN" in globals() and Path("a3_fashion_mnist.pt").exists():
        try:
            victim = globals()["FashionCNN"]()
            victim.load_state_dict(torch.load("a3_fashion_mnist.pt", map_location="cpu", weights_only=True))
            victim = victim.to(device).eval()
            print("Under attack: your own network from Assignment 3.")
        except RuntimeError as problem:
            victim = None
            print(f"a3_fashion_mnist.pt does not fit your FashionCNN ({str(problem).splitlines()[0]}).")
    if victim is None:
        victim = plainly_trained(small_network())
        print("Under attack: a small network, just trained.")
    print(f"It gets {100 * accuracy(victim, validation_images, validation_labels):.1f} % of new images right.")

# %% [markdown]
# ## Exercise 1 · Which pixel matters?
#
# ●●○ · 25 minutes · 8 points
#
# Training asks how the loss changes with each *weight*, and takes a step downhill. An attack asks how the loss changes with each **pixel**, and takes a step uphill. It is the same backpropagation, carried on one step further, to the input. For a batch of images $x_n$ with labels $y_n$ it gives
#
# $$g_n = \frac{\partial}{\partial x_n} \sum_m \mathrm{loss}(x_m, y_m), \qquad \mathrm{loss} = \text{cross-entropy of the scores and the label}.$$
#
# The **sum** over the batch, not the mean: image $n$ occurs in one term of it only, so its gradient does not depend on its neighbours, nor on how many there are.
#
# **An example for pencil and paper.** Four pixels $a, b, c, d$; the score of kind 0 is $s = a - 2b + 3d$, the score of kind 1 is always 0. Then the probability of kind 1 is $p_1 = 1/(1 + e^s)$, and the gradient of the loss for the label 0 is $-p_1 \cdot (1, -2, 0, 3)$: the pixels' weights. For the image $(0.05,\ 0.95,\ 0.5,\ 0.7)$ we have $s = 0.25$, just enough for kind 0, $p_1 = 0.438$, and the gradient is $(-0.438,\ 0.876,\ 0,\ -1.313)$. More $b$ would hurt, more $d$ would help, and $c$ does not matter.
#
# **Three traps.** Dropout and batch norm in training mode give another network each time, and batch norm would note your images in its running averages: ask in `eval_mode`. `loss.backward()` adds to the `.grad` of every *weight*, too, where the next training step finds it. And `images.requires_grad_()` changes a tensor that is not yours.
#
# <details><summary>Hint: a gradient for one tensor only</summary>
#
# `torch.autograd.grad(loss, x)` returns a tuple with the gradient for `x`, and leaves every `.grad` alone.
#
# </details>
#
# <details><summary>Hint: a tensor of your own</summary>
#
# `x = images.detach().clone().requires_grad_()`
#
# </details>
#
# <details><summary>Hint: somebody may call it inside torch.no_grad()</summary>
#
# `with torch.enable_grad():` switches gradients on again for what stands inside.
#
# </details>


# %%
def input_gradient(model, images, labels):
    """The gradient of the cross-entropy, summed over the batch, with respect to the images.

    model: takes such images, returns scores (N, classes), some of which may be in the hundreds; asked in eval mode, and
    left as it was: weights, buffers, requires_grad, every .grad, and the mode of each part. It may be frozen.
    images: (N, C, H, W) floats from 0 to 1; labels: (N,), int64. Both stay as they are.
    Returns (N, C, H, W) of the images' dtype, on their device, detached. Works inside torch.no_grad() as well. The loss may
    be calculated in the scores' dtype, as F.cross_entropy does, or in a more precise one.
    """
    ### BEGIN SOLUTION
    with eval_mode(model), torch.enable_grad():
        x = images.detach().clone().requires_grad_()
        loss = F.cross_entropy(model(x), labels, reduction="sum")
        return torch.autograd.grad(loss, x)[0]
    ### END SOLUTION


# %% points=8
def test_input_gradient():
    """the example for pencil and paper; no trace in the network; each image by itself"""
    images, labels = toy_images()
    p = torch.tensor([-0.437823, 0.401312])[:, None, None, None]  # minus the other kind's probability, and vice versa
    expected = p * torch.tensor([[1.0, -2], [0, 3]])
    q = 1 / (1 + torch.exp(1 - 2 * p.abs()))  # the other kind's share if probabilities are taken for scores
    twice = 2 * q * (1 - p.abs()) * expected
    model = toy_network()
    with leaves_no_trace(model, images, labels):
        gradient = input_gradient(model, images, labels)
    compare(
        gradient,
        expected,
        {
            "the mean over the batch; the sum does not depend on the neighbours": expected / 2,
            "the sign: the loss should grow along it": -expected,
            "the gradient of the label's score, not of the loss": [[[[1, -2], [0, 3]]], [[[0, 0], [0, 0]]]],
            "the gradient of minus the label's score: nll_loss wants logarithms of probabilities, not scores": [
                [[[-1, 2], [0, -3]]],
                [[[0, 0], [0, 0]]],
            ],
            "softmax was taken twice: cross_entropy wants scores": twice,
            "the gradient of the sum of all scores, not of the loss": [[[[1, -2], [0, 3]]], [[[1, -2], [0, 3]]]],
            "its signs only": expected.sign(),
            "its absolute values": expected.abs(),
        },
        what="input_gradient of the toy network",
    )
    assert isinstance(gradient, torch.Tensor), f"input_gradient returned a {type(gradient).__name__}, not a tensor"
    assert not gradient.requires_grad, "the result still hangs on its computation: detach it"
    model = fickle_network()
    images, labels = torch.rand(6, 1, 2, 2, generator=torch.Generator().manual_seed(0)), torch.arange(6) % 3
    with leaves_no_trace(model, images, labels):
        together = input_gradient(model, images, labels)
        again = input_gradient(model, images, labels)
    assert torch.allclose(together, again), "asked twice, it answers differently: is the network in eval mode?"
    alone = [input_gradient(model, images[i : i + 1], labels[i : i + 1]) for i in range(6)]
    compare(together, torch.cat(alone), what="the gradients of six images together (expected: what each gave alone)")
    with torch.no_grad():
        compare(input_gradient(model, images, labels), together, what="input_gradient inside torch.no_grad()")


# %%
# @title Picture: what the loss looks at
if EXPERIMENT:
    with picture("input_gradient"):
        shown = torch.stack([(validation_labels == kind).nonzero()[0, 0] for kind in range(10)])
        gradient = input_gradient(victim, validation_images[shown], validation_labels[shown]).cpu()
        figure, axes = plt.subplots(2, 10, figsize=(11, 2.7))
        for i, (top, bottom) in enumerate(axes.T):
            top.imshow(validation_images[shown[i], 0].cpu(), cmap="gray", vmin=0, vmax=1)
            top.set_title(kinds[validation_labels[shown[i]]], fontsize=10)
            limit = gradient[i].abs().max()
            bottom.imshow(gradient[i, 0], cmap="PuOr", vmin=-limit, vmax=limit)
            top.axis("off")
            bottom.axis("off")
        plt.tight_layout(pad=0.4)
        plt.show()
        print("Orange: darker would raise the loss; purple: brighter would. Each scaled to its own largest value.")

# %% [markdown]
# Not much of a boot or a shirt to be seen. To this network nearly every pixel matters, and neighbours pull in opposite directions. Remember this picture until exercise 8.
#
# ## Exercise 2 · One step
#
# ●○○ · 25 minutes · 10 + 5 points
#
# Which change of at most ε per pixel raises the loss most? For small ε the loss is nearly linear, and the answer is easy: move *every* pixel by the full ε, in the direction of its gradient's sign. That is the **fast gradient sign method**, FGSM (Goodfellow, Shlens and Szegedy, 2014):
#
# $$x' = \mathrm{clamp}\big(x + \varepsilon \cdot \mathrm{sign}(g),\ 0,\ 1\big)$$
#
# The size of the gradient does not matter, only its sign; where it is exactly 0, the pixel stays. At the end everything is cut off at 0 and 1, as it has to be an image.
#
# **Why is so little enough?** On a linear score $w \cdot x$ the attack moves the score by $\varepsilon \sum_i |w_i|$. In an image of 784 pixels that is 784 tiny changes, all in the same direction: what protects a single pixel is no protection for the sum. With the toy network and ε = 0.1, $(0.05,\ 0.95,\ 0.5,\ 0.7)$ becomes $(0,\ 1,\ 0.5,\ 0.6)$: two pixels would like to leave the image and are stopped at its border. The score falls from 0.25 to −0.2, and the network changes its mind.
#
# ### `fgsm`
#
# <details><summary>Hint</summary>
#
# One line with your `input_gradient`, `.sign()` and `.clamp(0, 1)`. (Take `images.detach()`, so that the result hangs on nothing.)
#
# </details>


# %%
def fgsm(model, images, labels, *, eps):
    """The fast gradient sign method: one step of eps per pixel that raises the loss.

    model, images, labels: as in `input_gradient`; eps: how far each pixel may move, 0 or more.
    Returns clamp(images + eps * sign(gradient), 0, 1), detached; where the gradient is exactly 0, the pixel stays, and
    however small it is otherwise, the pixel moves by all of eps.
    """
    ### BEGIN SOLUTION
    return (images.detach() + eps * input_gradient(model, images, labels).sign()).clamp(0, 1)
    ### END SOLUTION


# %% points=10
def test_fgsm():
    """0.05, 0.95, 0.5, 0.7 becomes 0, 1, 0.5, 0.6"""
    images, labels = toy_images()
    step = 0.1 * torch.tensor([[[[-1.0, 1], [0, -1]]], [[[1, -1], [0, 1]]]])
    moved = (images + step).clamp(0, 1) - images
    gradient = torch.tensor([-0.437823, 0.401312])[:, None, None, None] * torch.tensor([[1.0, -2], [0, 3]])
    model = toy_network()
    with leaves_no_trace(model, images, labels):
        attacked = fgsm(model, images, labels, eps=0.1)
    compare(
        attacked,
        [[[[0, 1], [0.5, 0.6]]], [[[0.3, 0.8], [0.9, 0.5]]]],
        {
            "a minus: the loss should grow, not fall": (images - step).clamp(0, 1),
            "not clamped: pixels are outside of 0 … 1": images + step,
            "the gradient itself, not its sign": (images + 0.1 * gradient).clamp(0, 1),
            "the change alone; add it to the images": step,
            "pixels whose gradient is 0 were moved, too": images.where(step != 0, images + 0.1) + moved,
            "pixels whose gradient is 0 were moved, too: down": images.where(step != 0, images - 0.1) + moved,
            "the second image was attacked with the first one's label": (images + step[:1]).clamp(0, 1),
            "a step of 1, not of eps": (images + 10 * step).clamp(0, 1),
            "nothing has happened": images,
        },
        what="fgsm of the toy network, eps=0.1",
    )
    assert not attacked.requires_grad, "the result still hangs on its computation: detach it"
    compare(fgsm(model, images, labels, eps=0), images, what="fgsm with eps=0")
    compare(
        fgsm(model, images, 1 - labels, eps=0.1),
        (images - step).clamp(0, 1),
        {"away from what the network says; go away from the label": (images + step).clamp(0, 1)},
        what="fgsm with labels that the network gets wrong",
    )
    model = fickle_network()
    images, labels = torch.rand(6, 1, 2, 2, generator=torch.Generator().manual_seed(0)), torch.arange(6) % 3
    with leaves_no_trace(model, images, labels), torch.no_grad():
        together = fgsm(model, images, labels, eps=0.03)
    alone = [fgsm(model, images[i : i + 1], labels[i : i + 1], eps=0.03) for i in range(6)]
    compare(together, torch.cat(alone), what="six images together (expected: what each gave alone)")


# %% [markdown]
# ### `fgsm_targeted`
#
# So far the network may go wrong as it likes. Now *you* choose: the network should see the kind `target`. Then the loss for the **target** as label should become *small*. Which sign does the step need?


# %%
def fgsm_targeted(model, images, target, *, eps):
    """One step of eps per pixel that lowers the loss for the kind that the network should see.

    model, images, eps: as in `fgsm`; target: (N,), int64, for each image the kind that it should be taken for.
    Returns clamp(images - eps * sign(gradient of the loss for the target), 0, 1), detached; as in `fgsm`, a pixel stays
    only where its gradient is exactly 0.
    """
    ### BEGIN SOLUTION
    return (images.detach() - eps * input_gradient(model, images, target).sign()).clamp(0, 1)
    ### END SOLUTION


# %% points=5
def test_fgsm_targeted():
    """with two kinds, towards the one is away from the other"""
    images, labels = toy_images()
    step = 0.1 * torch.tensor([[[[-1.0, 1], [0, -1]]], [[[1, -1], [0, 1]]]])
    model, target = toy_network(), 1 - labels
    with leaves_no_trace(model, images, target):
        attacked = fgsm_targeted(model, images, target, eps=0.1)
    compare(
        attacked,
        [[[[0, 1], [0.5, 0.6]]], [[[0.3, 0.8], [0.9, 0.5]]]],
        {
            "away from the target, as in fgsm; turn the sign around": (images - step).clamp(0, 1),
            "not clamped: pixels are outside of 0 … 1": images + step,
            "the change alone; add it to the images": step,
        },
        what="fgsm_targeted of the toy network, eps=0.1",
    )
    assert not attacked.requires_grad, "the result still hangs on its computation: detach it"


# %%
# @title Picture: one step
if EXPERIMENT:
    with picture("fgsm"):
        eps = 16 / 255
        attacked = fgsm(victim, validation_images, validation_labels, eps=eps)
        before, after = predicted(victim, validation_images), predicted(victim, attacked)
        fooled = (before.argmax(1) == validation_labels) & (after.argmax(1) != validation_labels)
        surprise = fooled * before.amax(dim=1) * after.amax(dim=1)  # sure before, sure after
        one_per_kind = (surprise * F.one_hot(validation_labels, 10).T).max(dim=1)
        chosen = one_per_kind.indices[one_per_kind.values.topk(6).indices]
        figure, axes = plt.subplots(3, 6, figsize=(11, 6.1))
        for i, column in zip(chosen.tolist(), axes.T, strict=True):
            change = (attacked[i] - validation_images[i])[0].cpu()
            shown = [validation_images[i, 0].cpu(), (0.5 + 0.5 * change / eps), attacked[i, 0].cpu()]
            for ax, image in zip(column, shown, strict=True):
                ax.imshow(image, cmap="gray", vmin=0, vmax=1)
                ax.axis("off")
            for ax, chances in [(column[0], before[i]), (column[2], after[i])]:
                ax.set_title(f"{kinds[chances.argmax()]} {100 * chances.max():.0f} %", fontsize=10)
            column[1].set_title(f"+ change, ×{0.5 / eps:.0f}", fontsize=10)
        plt.tight_layout(pad=0.5)
        plt.show()
        shares = [100 * accuracy(victim, x, validation_labels) for x in (validation_images, attacked)]
        print(f"Each pixel moved by 16/255 at most. Right before: {shares[0]:.1f} %, and now: {shares[1]:.1f} %.")

# %% [markdown]
# ## Exercise 3 · The control
#
# ●○○ · 10 minutes · 4 points
#
# Perhaps this network dislikes *any* change of this size? An experiment needs a control. `random_sign` moves every number of every image by ε, up or down by the flip of a coin: exactly as far as FGSM, but blind.
#
# <details><summary>Hint: coins</summary>
#
# `torch.randint(2, images.shape, generator=generator, dtype=images.dtype, device=images.device)` gives zeros and ones. Make −1 and +1 of them.
#
# </details>


# %%
def random_sign(images, *, eps, generator=None):
    """Noise as large as the change of FGSM, but blind: each number of each image moves up or down by eps.

    images: (N, C, H, W) floats from 0 to 1; eps: 0 or more; generator: the torch.Generator on the images' device to
    draw from, and nothing else is drawn from; None for PyTorch's global one.
    Returns clamp(images ± eps, 0, 1) like images, detached. Each number has a sign of its own: both are equally likely,
    whatever the signs of the others are.
    """
    ### BEGIN SOLUTION
    coins = torch.randint(2, images.shape, generator=generator, dtype=images.dtype, device=images.device)
    return (images.detach() + eps * (2 * coins - 1)).clamp(0, 1)
    ### END SOLUTION


# %% points=4
def test_random_sign():
    """as far as fgsm, in directions that a coin decides"""
    images = torch.full((40, 3, 5, 4), 0.5)
    images[:, :, 0, 0], images[:, :, 0, 1] = 0, 1
    before = images.clone()
    noisy = random_sign(images, eps=0.125, generator=torch.Generator().manual_seed(0))
    assert isinstance(noisy, torch.Tensor), f"random_sign returned a {type(noisy).__name__}, not a tensor"
    assert noisy.shape == images.shape, f"random_sign changed the shape to {tuple(noisy.shape)}"
    assert torch.equal(images, before), "random_sign changed the images that it was given"
    assert noisy.min() >= 0 and noisy.max() <= 1, "not clamped: pixels are outside of 0 … 1"
    inside = noisy[:, :, 1:]
    found = sorted(set(inside.flatten().tolist()))
    assert found != [0.5, 0.625], "every number went up or stayed: make −1 and +1 of the coins"
    compare(found, [0.375, 0.625], what="what became of pixels of 0.5")
    up = inside > 0.5
    assert abs(up.double().mean() - 0.5) < 0.06, f"{100 * up.double().mean():.0f} % went up; the coin should be fair"
    assert not (up == up[:1]).all(), "the same signs for every image: each number needs a coin of its own"
    assert not (up == up[:, :1]).all(), "the same signs in every channel: each number needs a coin of its own"
    again = random_sign(images, eps=0.125, generator=torch.Generator().manual_seed(0))
    assert torch.equal(noisy, again), "the same seed of the generator gave other signs: draw from it alone"


# %%
# @title Experiment: the attack and its control
if EXPERIMENT:
    with picture("fgsm and random_sign"):
        lines = ["accuracy, percent      fgsm   random signs"]
        for k in (0, 4, 8, 16, 32):
            attacked = fgsm(victim, validation_images, validation_labels, eps=k / 255)
            noisy = random_sign(validation_images, eps=k / 255)
            shares = [100 * accuracy(victim, x, validation_labels) for x in (attacked, noisy)]
            lines.append(f"eps = {k:2d}/255           {shares[0]:5.1f}   {shares[1]:8.1f}")
        print("\n".join(lines))

# %% [markdown]
# Same size, another story: noise adds up to next to nothing in the sum, because its signs cancel each other. The network is not nervous; it has blind spots, and the gradient points at them.

# %% [markdown]
# ## Exercise 4 · Many steps
#
# ●●● · 40 minutes · 15 + 7 points
#
# One step of the full ε trusts the gradient all the way, but the loss is not quite linear. **Projected gradient descent**, PGD (Madry and others, 2017), takes many small steps of size α, asks for the gradient again each time, and never leaves the box of ±ε around the *original*:
#
# 1. start at $x_0 = x$; or, better, at a random place in the box: $x_0 = \mathrm{clamp}\big(x + u,\ 0,\ 1\big)$ with each number of $u$ uniform in $(-\varepsilon,\ \varepsilon)$;
# 2. `steps` times: $\quad \tilde x = x_t + \alpha \cdot \mathrm{sign}\big(\text{gradient at } x_t\big)$, then back into the box, then back into the image:
#
# $$x_{t+1} = \mathrm{clamp}\big(x + \mathrm{clamp}(\tilde x - x,\ -\varepsilon,\ \varepsilon),\ 0,\ 1\big)$$
#
# It climbs, so "ascent" would be the better name. A pixel that has arrived at the border of the box slides along it, and comes back if its gradient turns around.
#
# **With numbers.** A pixel of 0.5, ε = 0.03, α = 0.02, gradient always positive: 0.52, then 0.54 → 0.53, then 0.55 → 0.53. If you compare with the previous step instead of the original, the pixel marches on to 0.56.
#
# **Why a random start?** Right at the image the loss can be flat, or even hilly in a way that hides the climb. From another place in the box the loss may look different. It costs nothing, and exercise 8 depends on it.
#
# ### `pgd`
#
# <details><summary>Hint: uniform in (−ε, ε)</summary>
#
# `torch.rand(images.shape, generator=generator, dtype=images.dtype, device=images.device)` is uniform in (0, 1). Stretch and shift it.
#
# </details>
#
# <details><summary>Hint: the box</summary>
#
# Keep `original = images.detach()`, and after each step `x = original + (x - original).clamp(-eps, eps)`.
#
# </details>


# %%
def pgd(model, images, labels, *, eps=8 / 255, alpha=2 / 255, steps=20, random_start=True, generator=None):
    """Projected gradient descent: many small steps that raise the loss, never leaving the box of ±eps.

    model, images, labels: as in `input_gradient`; eps: how far a pixel may be from the original; alpha: the size of a
    step; steps: how many, 0 or more. random_start: start at clamp(images + u, 0, 1), each number of u uniform between
    -eps and eps, else at the images. generator: the torch.Generator on the images' device from which u is drawn, and
    nothing else is; None for PyTorch's global one. Without random_start nothing is drawn.
    Each step: add alpha * sign(gradient where we are now), go back into the box around the original images, clamp to
    [0, 1]. All steps are taken. Returns where the last one ends, like images, detached.
    """
    ### BEGIN SOLUTION
    original = x = images.detach()
    if random_start:
        u = torch.rand(x.shape, generator=generator, dtype=x.dtype, device=x.device)
        x = (x + eps * (2 * u - 1)).clamp(0, 1)
    for _ in range(steps):
        x = x + alpha * input_gradient(model, x, labels).sign()
        x = original + (x - original).clamp(-eps, eps)
        x = x.clamp(0, 1)
    return x
    ### END SOLUTION


# %% points=15
def test_pgd():
    """0.5 becomes 0.52, 0.53, 0.53; the start is anywhere in the box"""
    images, labels = toy_images()
    sign = torch.tensor([[[[-1.0, 1], [0, -1]]], [[[1, -1], [0, 1]]]])
    model = toy_network()
    with leaves_no_trace(model, images, labels):
        steps = [pgd(model, images, labels, eps=0.03, alpha=0.02, steps=n, random_start=False) for n in range(4)]
    for n, reach in enumerate([0, 0.02, 0.03, 0.03]):
        compare(
            steps[n],
            (images + reach * sign).clamp(0, 1),
            {
                "it walks out of the box around the original": (images + 0.02 * n * sign).clamp(0, 1),
                "the sign: the loss should grow": (images - reach * sign).clamp(0, 1),
                "steps of eps, not of alpha": (images + 0.03 * min(n, 1) * sign).clamp(0, 1),
                "where one step ends; go on from there": (images + 0.02 * sign).clamp(0, 1),
                "nothing has happened": images,
            },
            what=f"pgd of the toy network, eps=0.03, alpha=0.02, after {n} steps without random start",
        )
    assert not steps[3].requires_grad, "the result still hangs on its computation: detach it"

    grey = torch.full((50, 1, 2, 2), 0.5)
    kinds_of_grey = torch.zeros(50, dtype=torch.long)
    start = pgd(model, grey, kinds_of_grey, eps=0.1, steps=0, generator=torch.Generator().manual_seed(0)) - 0.5
    assert start.abs().max() <= 0.1 + 1e-6, "the random start is outside of the box"
    assert start.min() < -0.08 and start.max() > 0.08, "the random start should fill the box from −eps to eps"
    assert len(start.unique()) > 100, "each pixel needs a random number of its own, not only a random sign"
    again = pgd(model, grey, kinds_of_grey, eps=0.1, steps=0, generator=torch.Generator().manual_seed(0)) - 0.5
    assert torch.equal(start, again), "the same seed of the generator gave another start: draw from it alone"

    model = fickle_network()
    images, labels = torch.rand(6, 1, 2, 2, generator=torch.Generator().manual_seed(0)), torch.arange(6) % 3
    options = {"eps": 0.3, "alpha": 0.1, "steps": 6, "random_start": False}
    with leaves_no_trace(model, images, labels), torch.no_grad():
        together = pgd(model, images, labels, **options)
    alone = [pgd(model, images[i : i + 1], labels[i : i + 1], **options) for i in range(6)]
    compare(together, torch.cat(alone), what="six images together (expected: what each gave alone)")
    with eval_mode(model):
        one, other = (
            F.cross_entropy(model(pgd(model, images, labels, **(options | {"steps": n}))), labels) for n in (1, 6)
        )
    assert other > one, f"the loss after 6 steps ({other:.4f}) should be larger than after 1 ({one:.4f})"


# %% [markdown]
# ### `pgd_targeted`
#
# The same towards a kind of your choice: downhill in the loss for the target, from the image itself, without random start. This one turns a pig into an airliner.


# %%
def pgd_targeted(model, images, target, *, eps, alpha, steps):
    """Many small steps that lower the loss for the kind that the network should see, never leaving the box of ±eps.

    model, images: as in `input_gradient`; target: (N,), int64, for each image the kind that it should be taken for;
    eps, alpha, steps: as in `pgd`. It starts at the images; nothing is random.
    Each step: subtract alpha * sign(gradient, where we are now, of the loss for the target), go back into the box
    around the original images, clamp to [0, 1]. All steps are taken. Returns where the last one ends, like images,
    detached.
    """
    ### BEGIN SOLUTION
    original = x = images.detach()
    for _ in range(steps):
        x = x - alpha * input_gradient(model, x, target).sign()
        x = (original + (x - original).clamp(-eps, eps)).clamp(0, 1)
    return x
    ### END SOLUTION


# %% points=7
def test_pgd_targeted():
    """towards the other kind, in three steps of which the last two are cut short"""
    images, labels = toy_images()
    sign = torch.tensor([[[[-1.0, 1], [0, -1]]], [[[1, -1], [0, 1]]]])
    model, target = toy_network(), 1 - labels
    with leaves_no_trace(model, images, target):
        steps = [pgd_targeted(model, images, target, eps=0.03, alpha=0.02, steps=n) for n in range(4)]
    for n, reach in enumerate([0, 0.02, 0.03, 0.03]):
        compare(
            steps[n],
            (images + reach * sign).clamp(0, 1),
            {
                "away from the target; turn the sign around": (images - reach * sign).clamp(0, 1),
                "it walks out of the box around the original": (images + 0.02 * n * sign).clamp(0, 1),
                "steps of eps, not of alpha": (images + 0.03 * min(n, 1) * sign).clamp(0, 1),
                "where one step ends; go on from there": (images + 0.02 * sign).clamp(0, 1),
                "nothing has happened": images,
            },
            what=f"pgd_targeted of the toy network, eps=0.03, alpha=0.02, after {n} steps",
        )
    assert not steps[3].requires_grad, "the result still hangs on its computation: detach it"


# %%
# @title Picture: every kind to every kind
if EXPERIMENT:
    with picture("pgd_targeted"):
        right = predicted(victim, validation_images).argmax(1) == validation_labels
        chosen = torch.stack([((validation_labels == kind) & right).nonzero()[0, 0] for kind in range(10)])
        sources = validation_images[chosen].repeat_interleave(10, dim=0)  # (100, 1, 28, 28)
        targets = torch.arange(10, device=device).repeat(10)
        eps = 32 / 255
        attacked = pgd_targeted(victim, sources, targets, eps=eps, alpha=eps / 8, steps=30)
        seen = predicted(victim, attacked).argmax(1).cpu()
        figure, axes = plt.subplots(10, 10, figsize=(10, 10.4))
        for i, ax in enumerate(axes.flat):
            ax.imshow(attacked[i, 0].cpu(), cmap="gray", vmin=0, vmax=1)
            own, hit = i // 10 == i % 10, seen[i] == i % 10
            ax.set(xticks=[], yticks=[])
            for spine in ax.spines.values():
                spine.set(color="black" if own else BLUE if hit else ORANGE, lw=1 if own else 3)
                spine.set_linestyle("-" if hit else ":")
            if i < 10:
                ax.set_title(f"to {kinds[i]}", fontsize=9)
            if i % 10 == 0:
                ax.set_ylabel(kinds[i // 10], fontsize=9)
        plt.tight_layout(pad=0.3)
        plt.show()
        hits = (seen == targets.cpu()).sum().item() - 10
        print(f"Blue: the network sees the kind above the column ({hits} of 90). Orange, dotted: it does not.")
        print("Each pixel moved by 32/255 at most. On the diagonal stands the kind itself.")

# %% [markdown]
# ## Exercise 5 · Another ruler
#
# ●●○ · 25 minutes · 10 points
#
# "Every pixel by ε at most" is one way to say *small*; it is called $L_\infty$. Another is the Euclidean length of the whole change, $\lVert \delta \rVert_2 = \sqrt{\sum_i \delta_i^2}$: it lets a few pixels move far if many stay where they are. A network that withstands one kind of attack need not withstand the other, so robustness is always robustness *against something*.
#
# The steps are those of PGD, with the length in place of the sign and a ball in place of the box. For **each image by itself**, with its gradient $g$ and its change so far $\delta = x_t - x$:
#
# $$\tilde x = x_t + \alpha\, \frac{g}{\lVert g \rVert_2}, \qquad \delta = \tilde x - x, \qquad \delta \leftarrow \delta \cdot \min\Big(1,\ \frac{\varepsilon}{\lVert \delta \rVert_2}\Big), \qquad x_{t+1} = \mathrm{clamp}(x + \delta,\ 0,\ 1)$$
#
# **With numbers.** If $g = (3, 4)$ and α = 0.5, the step is (0.3, 0.4). If then δ = (0.6, 0.8), of length 1, and ε = 0.5, it is scaled back to (0.3, 0.4).
#
# A norm over the whole batch would be a mistake that is hard to see: everything runs, but an image of which the network is quite sure, with its tiny gradient, hardly moves if it shares the batch with a doubtful one. And a gradient can be exactly 0: then there is no direction, and the image stays where it is. 0/0 is "not a number", and it spreads.
#
# <details><summary>Hint: one length per image</summary>
#
# `x.flatten(1).norm(dim=1)` has the shape (N,); with `[:, None, None, None]` behind it, (N, 1, 1, 1), it divides a batch of images.
#
# </details>
#
# <details><summary>Hint: division by zero</summary>
#
# `.clamp(min=1e-12)` on the length: 0 divided by a tiny number is 0. (In float16 this number would itself become 0, and lengths would be too coarse anyway. That is why this exercise is about float64 and float32 only.)
#
# </details>


# %%
def l2_attack(model, images, labels, *, eps, alpha, steps):
    """Many small steps that raise the loss; the change of each image has the Euclidean length eps at most.

    model, images, labels: as in `input_gradient`, but images only of float64 or float32; eps, alpha: lengths, over all
    numbers of an image together; steps: how many; all three 0 or more. It starts at the images; nothing is random.
    Each step, for each image by itself: add alpha * gradient / length of the gradient (nothing, if the gradient is 0;
    if its length is below 1e-9, the step may be shorter); scale the change since the original back to the length eps,
    if it is longer; clamp to [0, 1]. All steps are taken. Returns where the last one ends, like images, detached.
    """
    ### BEGIN SOLUTION

    def length(x):  # (N, C, H, W) -> (N, 1, 1, 1), never 0
        tiny = torch.finfo(x.dtype).tiny
        return x.flatten(1).norm(dim=1).clamp(min=tiny)[:, None, None, None]

    original = x = images.detach()
    for _ in range(steps):
        gradient = input_gradient(model, x, labels)
        x = x + alpha * gradient / length(gradient)
        delta = x - original
        delta = delta * (eps / length(delta)).clamp(max=1)
        x = (original + delta).clamp(0, 1)
    return x
    ### END SOLUTION


# %% points=10
def test_l2_attack():
    """the weights (1, −2, 0, 3) have the length √14; each image is normalised by itself"""
    images = torch.tensor([[[[0.4, 0.5], [0.5, 0.6]]], [[[0.9, 0.3], [0.2, 0.5]]]])
    labels = torch.tensor([0, 0])
    way = torch.tensor([[[[-1.0, 2], [0, -3]]]]) / 14**0.5
    model = toy_network()
    p = (1 - predicted(model, images)[:, 0])[:, None, None, None]
    with leaves_no_trace(model, images, labels):
        one = l2_attack(model, images, labels, eps=1.0, alpha=0.1, steps=1)
    compare(
        one,
        images + 0.1 * way,
        {
            "the sign of the gradient; here its length counts": images + 0.1 * way.sign(),
            "a length over the whole batch; each image needs its own": images + 0.1 * way * p / (p * p).sum().sqrt(),
            "the gradient is not divided by its length": images + 0.1 * way * 14**0.5 * p,
            "the sign: the loss should grow": images - 0.1 * way,
            "divided by the square of the length": images + 0.1 * way / 14**0.5 / p,
            "divided by the largest entry, not by the length": images + 0.1 * way / way.abs().max(),
            "nothing has happened": images,
        },
        what="one step of l2_attack, alpha=0.1, with the toy network",
    )
    assert not one.requires_grad, "the result still hangs on its computation: detach it"
    many = l2_attack(model, images, labels, eps=0.25, alpha=0.1, steps=5)
    compare(
        many,
        images + 0.25 * way,
        {
            "no projection: it walks out of the ball": (images + 0.5 * way).clamp(0, 1),
            "clamped number by number to ±eps; the length should be eps": images + (0.5 * way).clamp(-0.25, 0.25),
            "scaled back as a whole batch": images + 0.25 * way / 2**0.5,
        },
        what="five steps of 0.1 with eps=0.25",
    )
    flat = nn.Sequential(nn.Flatten(), nn.ReLU(), nn.Linear(4, 2))
    black = torch.cat([torch.zeros(1, 1, 2, 2), images])  # below the ReLU's bend nothing matters
    moved = l2_attack(flat, black, torch.tensor([0, 0, 1]), eps=0.5, alpha=0.1, steps=2)
    assert not moved.isnan().any(), "an image whose gradient is 0 became nan: 0 divided by 0"
    compare(moved[0], np.zeros((1, 2, 2)), what="an image whose gradient is 0 (it should stay)")
    assert (moved[1:] != images).any(), "the other images of the batch should have moved"


# %%
# @title Picture: two rulers
if EXPERIMENT:
    with picture("pgd and l2_attack"):
        some, truth = validation_images[:6], validation_labels[:6]
        box = pgd(victim, some, truth, eps=12 / 255, alpha=3 / 255, steps=20, random_start=False)
        lengths = (box - some).flatten(1).norm(dim=1)
        ball = l2_attack(victim, some, truth, eps=lengths.mean().item(), alpha=lengths.mean().item() / 6, steps=20)
        figure, axes = plt.subplots(2, 6, figsize=(11, 4.2))
        for row, attacked, name in zip(axes, (box, ball), ("every pixel", "the length"), strict=True):
            row[0].set_ylabel(name, fontsize=11)
            seen = predicted(victim, attacked).argmax(1)
            for ax, change, kind in zip(row, (attacked - some)[:, 0].cpu(), seen, strict=True):
                ax.imshow(change, cmap="PuOr", vmin=-0.15, vmax=0.15)
                ax.set(xticks=[], yticks=[])
                ax.set_title(f"now: {kinds[kind]}", fontsize=10)
        plt.tight_layout(pad=0.5)
        plt.show()
        print(
            "The changes of six images: limited in every pixel (above), and in their length (below; as long on average)."
        )

# %% [markdown]
# ## Exercise 6 · Measuring
#
# ●○○ · 25 minutes · 6 + 6 points
#
# ### `attack_success`
#
# An image that the network got wrong anyway cannot be fooled any more. So the **success** of an attack is counted among the images that were right before. If of 10 images 8 were right, and 3 of these are wrong under attack, the success is 3/8 = 0.375; not 3/10, and not 5/10 either, even though 5 of 10 are wrong now.


# %%
def attack_success(model, images, adversarial, labels):
    """Of the images that the model got right, the share that it gets wrong after the attack.

    model: as in `input_gradient`; images, adversarial: (N, C, H, W), before the attack and after; labels: (N,), int64.
    Returns a Python float (np.float64 is one, too) from 0 to 1; 0.0 if no image was right before. It is not rounded, but
    may be calculated in float32.
    """
    ### BEGIN SOLUTION
    with eval_mode(model), torch.no_grad():
        right = model(images).argmax(dim=1) == labels
        fooled = right & (model(adversarial).argmax(dim=1) != labels)
    return fooled.sum().item() / max(1, right.sum().item())
    ### END SOLUTION


# %% points=6
def test_attack_success():
    """of 8 right ones 3 are wrong now: 0.375"""
    model = nn.Sequential(nn.Flatten())  # the pixels are the scores
    truth = torch.tensor([0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2])
    before, after = truth.clone(), truth.clone()
    before[[0, 1, 2, 3]] = torch.tensor([1, 2, 1, 1])  # four are wrong from the beginning …
    after[[3, 4, 5, 6]] = torch.tensor([2, 0, 1, 2])  # … of which three become right; three others become wrong
    images, adversarial = (F.one_hot(seen, 3).float()[:, None, None, :] for seen in (before, after))
    with leaves_no_trace(model, images, adversarial, truth), torch.enable_grad():
        success = attack_success(model, images, adversarial, truth)
        assert torch.is_grad_enabled(), "gradients stayed switched off after your function: use `with`"
    compare(
        success,
        0.375,
        {
            "a share of all images; it should be one of those that were right before": 3 / 12,
            "wrong ones were counted that were wrong before, too": 4 / 12,
            "wrong now, divided by right before": 4 / 8,
            "the share that is still right": 5 / 8,
            "in percent": 37.5,
            "the number of images, not their share": 3,
            "the accuracy after the attack": 8 / 12,
            "predictions that have changed, whatever was right": 7 / 12,
            "by how much the accuracy fell; look at each image, before and after": 0,
            "images that the attack set right were counted, too": 6 / 8,
            "images were counted that were wrong before and are wrong now": 1 / 8,
        },
        what="attack_success",
    )
    assert isinstance(success, float), f"attack_success returned a {type(success).__name__}, not a float"
    none_right = attack_success(model, images[:2], adversarial[:2], truth[:2])
    compare(none_right, 0, what="attack_success where no image was right before")
    fickle = fickle_network()
    images, labels = torch.rand(8, 1, 2, 2, generator=torch.Generator().manual_seed(1)), torch.arange(8) % 3
    with leaves_no_trace(fickle, images, labels):
        attack_success(fickle, images, images.flip(0), labels)


# %% [markdown]
# ### `robustness_curve`
#
# One ε says little. The curve of the accuracy over ε says how a network gives way: it begins at the clean accuracy, and should end near 0, because a large enough ε can turn any image into any other. A curve that does *not* fall to 0 is a sign that the attack is too weak.
#
# The attack is handed in as a function; `attack(model, images, labels, eps=…)` gives the attacked images. Your `fgsm` is such a function, and with `functools.partial(pgd, steps=10)` one fixes other options. At ε = 0 nothing is attacked: the curve begins at the clean accuracy, whatever the attack would do.


# %%
def robustness_curve(model, images, labels, epsilons, *, attack):
    """The accuracy under attack, for each epsilon.

    model, images, labels: as in `input_gradient`; epsilons: a list of numbers, 0 or more, in any order; attack: a
    function, asked as attack(model, images, labels, eps=epsilon), the first three by position, that returns the
    attacked images. Like your attacks, it puts the model into eval mode and back by itself, so you may call it in any
    mode; but it may need gradients, so do not switch them off for it.
    Returns a list of Python floats as in `attack_success`, one per epsilon, in their order: the share of all images
    that the model, in eval mode, gets right after the attack on the original images. For epsilon 0 it is the accuracy on
    the images themselves.
    """
    ### BEGIN SOLUTION
    accuracies = []
    for eps in epsilons:
        attacked = attack(model, images, labels, eps=eps) if eps > 0 else images
        with eval_mode(model), torch.no_grad():
            accuracies.append((model(attacked).argmax(dim=1) == labels).double().mean().item())
    return accuracies
    ### END SOLUTION


# %% points=6
def test_robustness_curve():
    """an attack that darkens by ε; ε = 0 gives the clean accuracy"""
    model = nn.Sequential(nn.Flatten(), nn.Linear(1, 2))  # kind 1 where the pixel is brighter than 0.5
    with torch.no_grad():
        model[1].weight.copy_(torch.tensor([[0.0], [1.0]]))
        model[1].bias.copy_(torch.tensor([0.5, 0.0]))
    images = torch.tensor([0.55, 0.65, 0.75, 0.85, 0.95])[:, None, None, None]
    labels = torch.tensor([1, 1, 1, 1, 0])  # the last one is wrong without any attack

    def darken(model, images, labels, *, eps):
        return images - eps - 0.0001

    with leaves_no_trace(model, images, labels):
        curve = robustness_curve(model, images, labels, [0, 0.1, 0.3, 0.2, 0.5], attack=darken)
    assert isinstance(curve, list), f"robustness_curve returned a {type(curve).__name__}, not a list"
    compare(
        curve,
        [0.8, 0.6, 0.2, 0.4, 0.2],
        {
            "the share that is wrong; an accuracy counts what is right": [0.2, 0.4, 0.8, 0.6, 0.8],
            "a share of those that were right before; an accuracy is one of all": [1, 0.75, 0.25, 0.5, 0],
            "each attack began at the images of the one before; begin at the originals": [0.8, 0.6, 0, 0.2, 0.2],
            "the smallest accuracy so far; a curve may rise again": [0.8, 0.6, 0.2, 0.2, 0.2],
            "in the order of the epsilons' size, not in theirs": [0.8, 0.6, 0.4, 0.2, 0.2],
            "in percent": [80, 60, 20, 40, 20],
        },
        what="robustness_curve for epsilon 0, 0.1, 0.3, 0.2, 0.5",
    )
    assert all(isinstance(share, float) for share in curve), (
        "the list should hold floats; .item() makes one of a tensor"
    )

    def blacken(model, images, labels, *, eps):
        return images * 0

    curve = robustness_curve(model, images, labels, [0.1, 0], attack=blacken)
    compare(curve, [0.2, 0.8], what="the curve for epsilon 0.1 and 0 of an attack that always makes everything black")
    fickle = fickle_network()
    images, labels = torch.rand(8, 1, 2, 2, generator=torch.Generator().manual_seed(1)), torch.arange(8) % 3
    with leaves_no_trace(fickle, images, labels):
        robustness_curve(fickle, images, labels, [0, 0.1], attack=darken)


# %%
# @title Picture: how a network gives way
if EXPERIMENT:
    with picture("exercises 2 to 4 and 6"):
        some, truth = validation_images[:300], validation_labels[:300]
        sizes = [0, 1, 2, 4, 6, 8, 12, 16, 24, 32]
        attacks = {
            "random signs": lambda model, x, y, *, eps: random_sign(x, eps=eps),
            "FGSM, one step": fgsm,
            "PGD, 20 steps": lambda model, x, y, *, eps: pgd(model, x, y, eps=eps, alpha=eps / 5, steps=20),
        }
        figure, ax = plt.subplots(figsize=(8, 3.8))
        for (name, attack), color, style in zip(attacks.items(), [GREEN, ORANGE, RED], ["-", "--", "-"], strict=True):
            curve = robustness_curve(victim, some, truth, [k / 255 for k in sizes], attack=attack)
            ax.plot(sizes, [100 * share for share in curve], "o", ls=style, color=color, ms=4, lw=2.5)
            ax.annotate(name, (sizes[-1], 100 * curve[-1]), xytext=(8, 0), textcoords="offset points", va="center")
        ax.axhline(10, color="0.6", lw=1, ls=":")
        ax.annotate("guessing", (0, 11.5), color="0.4", fontsize=9)
        ax.set(xlabel="ε, in 255ths", ylim=(-3, 100), title="accuracy under attack, percent")
        ax.spines[["top", "right"]].set_visible(False)
        plt.tight_layout()
        plt.show()
        attacked = pgd(victim, some, truth, eps=8 / 255)
        print(
            f"PGD's success at 8/255: {100 * attack_success(victim, some, attacked, truth):.1f} % of those right before."
        )

# %% [markdown]
# ## The cat that is an airliner
#
# *Nothing to write, something to watch · 10 minutes*
#
# Now for a network that knows 1,000 kinds of things. The pig from the beginning is in [an introduction by a group at MIT](http://gradientscience.org/intro_adversarial/): ε = 0.005, little more than one of the 255 steps that a pixel has. Here your `pgd_targeted` does the same with 60 steps of 0.001. The picture is Chelsea the cat, by Stéfan van der Walt (CC0), which comes with scikit-image; or one of your own: upload it and write its name into `OWN_PICTURE`.
#
# On a GPU the network is VGG16, whose weights are 528 MB; on a processor it is SqueezeNet, 5 MB, unless you choose otherwise. The more numbers an image has, the more little changes add up, and here it has 150,528.

# %%
# @title Picture: a cat, a little something, an airliner
OWN_PICTURE = ""  # @param {type: "string"}
NETWORK = "VGG16 on a GPU, else SqueezeNet"  # @param ["VGG16 on a GPU, else SqueezeNet", "VGG16", "SqueezeNet"]
TARGET = "airliner"  # @param {type: "string"}


def load_imagenet_network(name):
    """("vgg16" or "squeezenet1_0") with the published weights, taking pixels from 0 to 1; and its 1,000 categories."""
    from torchvision import models

    weights = models.get_model_weights(name).DEFAULT
    network = models.get_model(name, weights=weights)
    model = nn.Sequential(Normalise((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)), network)
    return model.eval(), weights.meta["categories"]


def load_photograph(name=""):
    """(1, 3, 224, 224), pixels from 0 to 1: the middle of the picture in the file `name`, or of scikit-image's cat."""
    from torchvision.transforms.functional import center_crop, resize, to_tensor

    if name:
        from PIL import Image

        photograph = to_tensor(Image.open(name).convert("RGB"))
    else:
        from skimage.data import chelsea

        photograph = to_tensor(chelsea())
    return center_crop(resize(photograph, 256, antialias=True), 224).clamp(0, 1)[None]


if EXPERIMENT:
    with picture("pgd_targeted"):
        pgd_targeted(victim, validation_images[:1], validation_labels[:1], eps=0, alpha=0, steps=1)  # is it solved?
        large = NETWORK == "VGG16" or (NETWORK != "SqueezeNet" and device.type == "cuda")
        try:
            imagenet, categories = load_imagenet_network("vgg16" if large else "squeezenet1_0")
        except (OSError, HTTPException, RuntimeError) as problem:
            imagenet = None
            print(f"The network's weights could not be downloaded ({getattr(problem, 'reason', problem)}).")
            print("Run this cell again later; all else works without it.")
        if imagenet is not None:
            imagenet.to(device)
            photograph = load_photograph(OWN_PICTURE).to(device)
            target = torch.tensor([categories.index(TARGET)], device=device)
            attacked = pgd_targeted(imagenet, photograph, target, eps=0.005, alpha=0.001, steps=60)
            change = attacked - photograph
            figure, axes = plt.subplots(1, 3, figsize=(11, 4.3))
            for ax, image in zip(axes, (photograph, (0.5 + 50 * change).clamp(0, 1), attacked), strict=True):
                ax.imshow(image[0].permute(1, 2, 0).cpu())
                ax.axis("off")
            for ax, image in [(axes[0], photograph), (axes[2], attacked)]:
                chance, kind = predicted(imagenet, image)[0].max(dim=0)
                ax.set_title(f"{categories[kind]}: {chance:.4f}", fontsize=13)
            axes[1].set_title("+ change, × 50", fontsize=13)
            plt.tight_layout()
            plt.show()
            print(f"No number of the picture has moved by more than {change.abs().max():.4f}.")
            chance, kind = predicted(imagenet, (255 * attacked).round() / 255)[0].max(dim=0)
            print(f"Rounded to the 256 steps that a file can store, it is seen as: {categories[kind]}, {chance:.4f}.")

# %% [markdown]
# The change is no picture of an airliner; it is what this network takes for one. Does it survive being saved? A file stores 256 steps of brightness, 0.005 is 1.3 of them, and so the change is rounded. The last line says what is left.
#
# ## Exercise 7 · From one network to another
#
# ●●○ · 20 minutes · 6 points
#
# An attacker seldom has your network's weights. They are not needed: the attacker trains another network for the same task, attacks *that*, and sends you the images. How well this works shows in a matrix. Row $i$: the images are made against network $i$. Column $j$: network $j$ looks at them. The entry is the accuracy of $j$, and on the diagonal each network faces its own attack.


# %%
def transfer_matrix(models, images, labels, *, attack):
    """The accuracy of each network on the images that were made against each network.

    models: a list of M networks; images, labels: as in `input_gradient`; attack: a function, asked as
    attack(model, images, labels), by position, that returns the attacked images. As in `robustness_curve`, you may call
    it in any mode, but do not switch gradients off for it.
    Returns an (M, M) tensor or array of float32 or float64, not rounded: at [i, j] the accuracy, from 0 to 1, of
    models[j], in eval mode, on attack(models[i], images, labels). Every network is left as it was.
    """
    ### BEGIN SOLUTION
    matrix = torch.zeros(len(models), len(models))
    for i, attacked_model in enumerate(models):
        adversarial = attack(attacked_model, images, labels)
        for j, model in enumerate(models):
            with eval_mode(model), torch.no_grad():
                matrix[i, j] = (model(adversarial).argmax(dim=1) == labels).double().mean()
    return matrix
    ### END SOLUTION


# %% points=6
def test_transfer_matrix():
    """row: made against whom; column: who looks at it"""
    images = torch.tensor([[0.6, 0.6], [0.7, 0.9], [0.8, 0.2], [0.9, 0.1]])[:, None, None, :]
    labels = torch.tensor([1, 1, 1, 1])
    models = []
    for pixel in (0, 1):  # the first network looks at the left pixel, the second at the right one: bright is kind 1
        models.append(nn.Sequential(nn.Flatten(), nn.Linear(2, 2)))
        with torch.no_grad():
            models[pixel][1].weight.zero_()[1, pixel] = 1
            models[pixel][1].bias.copy_(torch.tensor([0.5, 0.0]))

    def darken(model, images, labels):
        """Darkens the pixel at which the network looks, by 0.25."""
        return images - 0.25 * model[1].weight.detach()[1]

    with leaves_no_trace(models[0], images, labels), leaves_no_trace(models[1]):
        matrix = transfer_matrix(models, images, labels, attack=darken)
    compare(
        matrix,
        [[0.5, 0.5], [1, 0.25]],
        {
            "rows and columns swapped": [[0.5, 1], [0.5, 0.25]],
            "each network looks at its own attack only": [[0.5, 0], [0, 0.25]],
            "each network looks at its own attack only, in every row": [[0.5, 0.25], [0.5, 0.25]],
            "the share that is wrong; an accuracy counts what is right": [[0.5, 0.5], [0, 0.75]],
            "on the diagonal nothing was attacked": [[1, 0.5], [1, 0.5]],
        },
        what="transfer_matrix of two networks",
    )
    fickle = [fickle_network(seed) for seed in range(2)]
    images, labels = torch.rand(8, 1, 2, 2, generator=torch.Generator().manual_seed(1)), torch.arange(8) % 3
    with leaves_no_trace(fickle[0], images, labels), leaves_no_trace(fickle[1]):
        transfer_matrix(fickle, images, labels, attack=lambda model, images, labels: images + 0.1)


# %%
# @title Picture: who falls for whose images
if EXPERIMENT:
    with picture("pgd and transfer_matrix"):
        transfer_matrix(
            [victim], validation_images[:1], validation_labels[:1], attack=lambda *given: given[1]
        )  # solved? Then it is worth it
        if "other" not in globals():
            other = plainly_trained(small_network(24, seed=1))
            dense = nn.Sequential(
                Normalise((0.286,), (0.353,)), nn.Flatten(), nn.Linear(784, 100), nn.ReLU(), nn.Linear(100, 10)
            )
            dense = plainly_trained(dense)
        networks = {"victim": victim, "another": other, "dense layers": dense}
        some, truth = validation_images[:300], validation_labels[:300]
        clean = [accuracy(model, some, truth) for model in networks.values()]
        matrix = transfer_matrix(
            list(networks.values()), some, truth, attack=lambda *given: pgd(*given, eps=16 / 255, alpha=4 / 255)
        )
        table = 100 * np.vstack([clean, np.asarray(matrix, dtype=float)])
        figure, ax = plt.subplots(figsize=(6.2, 4.4))
        ax.imshow(table, cmap="Blues", vmin=0, vmax=100)
        for (i, j), percent in np.ndenumerate(table):
            ax.text(j, i, f"{percent:.0f}", ha="center", va="center", color="white" if percent > 55 else "black")
        ax.set(xticks=range(3), yticks=range(4), xticklabels=list(networks), yticklabels=["nobody", *networks])
        ax.set(ylabel="made against", xlabel="looked at by")
        ax.axhline(0.5, color="white", lw=4)
        ax.set_title("accuracy, percent; ε = 16/255", fontsize=11)
        plt.tight_layout()
        plt.show()

# %% [markdown]
# The diagonal is the worst: each network suffers most from what was made for it. But look at the other entries. Random signs of this size cost about one point; images made against another network cost nine to nineteen points when we tried, even between convolutions and dense layers. Networks that have never met share blind spots, because they have learnt from the same data.
#
# ## Exercise 8 · The defence
#
# ●●● · 40 minutes · 13 points
#
# What has held so far is the plainest idea: **train on attacked images.** In each step, first find the change that hurts the present network most, then teach the network to be right nevertheless:
#
# $$\min_\theta\ \sum_n\ \max_{\lVert \delta_n \rVert_\infty \le \varepsilon}\ \mathrm{loss}\big(\theta,\ x_n + \delta_n,\ y_n\big).$$
#
# With PGD for the inner maximum, each step of PGD costs about as much as a usual training step. Wong, Rice and Kolter found in 2020 that *one* step will do, if it starts at random. For each batch:
#
# 1. δ uniform in (−ε, ε), each number by itself;
# 2. one step, longer than ε: $\delta \leftarrow \mathrm{clamp}\big(\delta + 1.25\,\varepsilon \cdot \mathrm{sign}(\text{gradient at } x + \delta),\ -\varepsilon,\ \varepsilon\big)$;
# 3. the attacked images are $\mathrm{clamp}(x + \delta,\ 0,\ 1)$;
# 4. the usual training step, on these images and *not* on the clean ones.
#
# The attack asks a network in eval mode, like all attacks here; the training step runs with all parts of the network in training mode, whatever mode they came in. If you attack in training mode, batch norm also averages over images that are attacked half-way, and you attack a network that nobody will use.
#
# As in Assignment 3, the epoch's loss is the mean over *examples*: the last batch may be smaller.
#
# <details><summary>Hint: the attack</summary>
#
# Look at the parameters of your `pgd`: a random start, one step, α = 1.25 ε. (Whether the random start is clamped to [0, 1] before the step, as there, or only at the end, is up to you.)
#
# </details>


# %%
def adversarial_epoch(model, loader, optimizer, *, eps, generator=None):
    """Train for one epoch on attacked images: FGSM with random start, by Wong, Rice and Kolter (2020).

    model: takes images and returns scores, as in `input_gradient`; frozen parts of it stay frozen. loader: gives at
    least one batch (images, labels); batches are moved to the model's device and stay as they are. optimizer: of the
    model's parameters. generator: the torch.Generator on the model's device from which the random starts are drawn,
    None for PyTorch's global one.
    For each batch: delta uniform in (-eps, eps), plus 1.25 * eps * sign(gradient at images + delta), clamped to
    (-eps, eps); the model is attacked in eval mode, so its buffers do not change by it. Then one step of the optimizer
    with all parts of the model in training mode, on the mean cross-entropy of clamp(images + delta, 0, 1), from fresh
    gradients.
    Returns the mean training loss per example of the epoch, a Python float, and leaves all parts in training mode.
    """
    ### BEGIN SOLUTION
    device = next(model.parameters()).device
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        attacked = pgd(model, images, labels, eps=eps, alpha=1.25 * eps, steps=1, generator=generator)
        model.train()
        loss = F.cross_entropy(model(attacked), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total = total + loss.detach() * len(labels)  # stays on the device: nobody waits
        count += len(labels)
    return float(total) / count
    ### END SOLUTION


# %% points=13
def test_adversarial_epoch():
    """trains on what is attacked, in training mode, and only on that"""
    draw = torch.Generator().manual_seed(0)
    batches = [(0.4 + 0.2 * torch.rand(n, 1, 20, 20, generator=draw), torch.arange(n) % 2) for n in (30, 30, 6)]
    given = [images.clone() for images, _ in batches]
    model = nn.Sequential(nn.BatchNorm2d(1), nn.Flatten(), nn.Linear(400, 2)).eval()
    seen, losses = [], []

    def watch(module, inputs, scores):
        if module.training:
            seen.append(inputs[0].detach().clone())
            labels = torch.arange(len(scores)) % 2
            losses.append(F.cross_entropy(scores.detach(), labels, reduction="none"))

    model.register_forward_hook(watch)
    before = [parameter.detach().clone() for parameter in model.parameters()]
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
    loss = adversarial_epoch(model, batches, optimizer, eps=0.1, generator=torch.Generator().manual_seed(1))
    assert seen, "the model was never asked in training mode"
    assert len(seen) == 3, (
        f"3 batches, but {len(seen)} passes in training mode: attack in eval mode, train once a batch"
    )
    assert model.training, "the model should be left in training mode"
    assert all(map(torch.equal, given, (images for images, _ in batches))), "the loader's images were changed"
    assert any(not torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True)), "no weight has changed"
    assert isinstance(loss, float), f"adversarial_epoch returned a {type(loss).__name__}, not a float"
    compare(
        loss,
        torch.cat(losses).mean(),
        {
            "the mean of the batches' means; the last batch is smaller": np.mean([float(x.mean()) for x in losses]),
            "the sum over all examples; divide by their number": torch.cat(losses).sum(),
            "the loss of the last batch": losses[-1].mean(),
        },
        what="the mean loss per example",
    )
    u = torch.cat([(x - y).flatten() for x, y in zip(seen, given, strict=True)]) / 0.1
    assert u.abs().max() > 1e-3, "it was trained on the clean images"
    assert u.abs().max() < 1.001, f"attacked by up to {u.abs().max():.2f} · eps"
    border = (u.abs() > 0.999).double().mean().item()  # of 1.25 steps from a uniform start, 5/8 reach the border
    assert border < 0.99, "every pixel is at the border of the box: where is the random start?"
    assert abs(border - 0.625) < 0.05, (
        f"{100 * border:.0f} % of the pixels have moved by eps; with delta uniform and a step of 1.25 * eps, clamped, "
        "it should be 62 %"
    )


# %%
# @title Train: the sound way and the careless way
# Two networks, each trained on attacked images: one by your adversarial_epoch, the other by `careless_epoch`: its
# single step, of the length eps, begins at the image itself and not at a random place in the box.
DEFENCE_EPS = 0.2


def careless_epoch(model, loader, optimizer, *, eps):
    """Adversarial training with FGSM, without a random start."""
    for images, labels in loader:
        attacked = fgsm(model, images, labels, eps=eps)
        model.train()
        optimizer.zero_grad()
        F.cross_entropy(model(attacked), labels).backward()
        optimizer.step()


def examined(model, *, eps=DEFENCE_EPS, count=200):
    """Accuracy on clean images, on those that one step attacks, and on those that 20 steps of PGD attack; percent."""
    some, truth = validation_images[:count], validation_labels[:count]
    one_step = fgsm(model, some, truth, eps=eps)
    many_steps = pgd(model, some, truth, eps=eps, alpha=eps / 5, steps=20)
    return [100 * accuracy(model, x, truth) for x in (some, one_step, many_steps)]


if EXPERIMENT:
    with picture("fgsm, pgd and adversarial_epoch"):
        epochs, count = 8, 8_000  # as many as you have patience for
        defended, histories = {}, {}
        for name in ("sound", "careless"):
            torch.manual_seed(0)
            model = small_network().to(device)
            optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
            loader = Batches(train_images[:count], train_labels[:count])
            records = []
            for _ in tqdm(range(epochs), desc=name, leave=False):
                if name == "sound":
                    adversarial_epoch(model, loader, optimizer, eps=DEFENCE_EPS)
                else:
                    careless_epoch(model, loader, optimizer, eps=DEFENCE_EPS)
                records.append(examined(model))
            defended[name], histories[name] = model.eval(), records

        figure, axes = plt.subplots(1, 2, figsize=(11, 3.7), sharey=True)
        titles = {"sound": "random start: sound", "careless": "no random start: catastrophic overfitting"}
        for ax, (name, records) in zip(axes, histories.items(), strict=True):
            styles = zip(
                ("clean", "one step (FGSM)", "20 steps (PGD)"), (GREEN, ORANGE, RED), ("-", "--", "-"), strict=True
            )
            for column, (label, color, style) in enumerate(styles):
                values = [record[column] for record in records]
                ax.plot(range(1, epochs + 1), values, "o", ls=style, color=color, ms=4, lw=2.5, label=label)
            ax.axhline(10, color="0.6", lw=1, ls=":")
            ax.set(xlabel="epoch", ylim=(-3, 100), title=titles[name], xticks=range(1, epochs + 1))
            ax.spines[["top", "right"]].set_visible(False)
        axes[0].set_ylabel(f"accuracy, percent; ε = {DEFENCE_EPS}")
        axes[0].legend(frameon=False, loc="upper left", ncols=3, fontsize=9)
        plt.tight_layout()
        plt.show()

# %% [markdown]
# **Left**, the sound training: the accuracy under PGD grows, from 24 % to 44 % when we tried. It is paid for with clean accuracy. **Right**, the careless one: here, too, the accuracy under FGSM grows, from 48 % to 80 %, which is more than on clean images (54 %). If you measure nothing else, you open the champagne. But under PGD it *falls*, from 24 % to less than 1 %. This network has not learnt to withstand an attack. It has learnt to bend its loss so that one step from the image leads astray, and to read the answer off the attack's own pattern. That is **catastrophic overfitting**, and it can come suddenly, after many good epochs. (In which epoch, and how steeply, is a matter of chance. Your numbers will differ.)
#
# The random start prevents it, mostly: the network cannot know where the step begins, so a bend at one place does not help it. And the remedy against being fooled yourself is in the picture, too: watch the accuracy under a *stronger* attack than the one you train with.

# %%
# @title Picture: what a robust network looks at
if EXPERIMENT:
    with picture("input_gradient and adversarial_epoch"):
        if "defended" not in globals() or len(defended) < 2:
            raise NotImplementedError
        shown = torch.stack([(validation_labels == kind).nonzero()[1, 0] for kind in range(10)])
        some, truth = validation_images[shown], validation_labels[shown]
        rows = {"plain": victim, "robust": defended["sound"], "careless": defended["careless"]}
        figure, axes = plt.subplots(4, 10, figsize=(11, 5))
        for ax, image, kind in zip(axes[0], some[:, 0].cpu(), truth, strict=True):
            ax.imshow(image, cmap="gray", vmin=0, vmax=1)
            ax.set_title(kinds[kind], fontsize=10)
        for row, (name, model) in zip(axes[1:], rows.items(), strict=True):
            row[0].set_ylabel(name, fontsize=11)
            for ax, gradient in zip(row, input_gradient(model, some, truth)[:, 0].cpu(), strict=True):
                limit = gradient.abs().quantile(0.995).clamp(min=1e-12)
                ax.imshow(gradient, cmap="PuOr", vmin=-limit, vmax=limit)
        for ax in axes.flat:
            ax.set(xticks=[], yticks=[])
        plt.tight_layout(pad=0.4)
        plt.show()

# %%
# @title Picture: the first filters, plain and robust
if EXPERIMENT:
    with picture("adversarial_epoch"):
        if "defended" not in globals() or len(defended) < 2:
            raise NotImplementedError
        if "plain_twin" not in globals():  # the robust network's twin: same first weights, clean images
            plain_twin = plainly_trained(small_network(), count=8_000, epochs=4)
        figure, axes = plt.subplots(2, 16, figsize=(11, 1.9))
        for row, (name, model) in zip(axes, {"plain": plain_twin, "robust": defended["sound"]}.items(), strict=True):
            filters = model[1].weight.detach()[:, 0].cpu()  # (16, 5, 5)
            row[0].set_ylabel(name, fontsize=11)
            for ax, weights in zip(row, filters, strict=True):
                limit = weights.abs().max()
                ax.imshow(weights, cmap="PuOr", vmin=-limit, vmax=limit)
                ax.set(xticks=[], yticks=[])
        plt.tight_layout(pad=0.4)
        plt.show()
        for name, model in {"plain": plain_twin, "robust": defended["sound"]}.items():
            filters = model[1].weight.detach()[:, 0]
            balance = (filters.sum(dim=(1, 2)).abs() / filters.abs().sum(dim=(1, 2))).mean()
            print(f"{name}: |sum| / sum of |weights| is {balance:.2f} on average (0: an edge detector, 1: a blur)")

# %%
# @title Picture: what the defence has cost and what it has bought
if EXPERIMENT:
    with picture("exercises 4, 6 and 8"):
        if "defended" not in globals() or len(defended) < 2:
            raise NotImplementedError
        some, truth = validation_images[:200], validation_labels[:200]
        sizes = [0, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3]
        figure, axes = plt.subplots(1, 2, figsize=(11, 3.6), sharey=True)
        for ax, (name, attack) in zip(
            axes,
            {
                "one step (FGSM)": fgsm,
                "20 steps (PGD)": lambda model, x, y, *, eps: pgd(model, x, y, eps=eps, alpha=eps / 5, steps=20),
            }.items(),
            strict=True,
        ):
            for (label, model), color in zip(
                {"plain": victim, "robust": defended["sound"], "careless": defended["careless"]}.items(),
                (ORANGE, BLUE, RED),
                strict=True,
            ):
                curve = robustness_curve(model, some, truth, sizes, attack=attack)
                ax.plot(sizes, [100 * share for share in curve], "o-", color=color, ms=4, lw=2.5, label=label)
            ax.axhline(10, color="0.6", lw=1, ls=":")
            ax.set(xlabel="ε", ylim=(-3, 100), title=f"accuracy under {name}, percent")
            ax.spines[["top", "right"]].set_visible(False)
        axes[0].legend(frameon=False)
        plt.tight_layout()
        plt.show()

# %% [markdown]
# Look at the pictures together.
#
# - **Gradients.** The plain network's is noise all over the image; the robust one's is calm in the background and gathers where the piece of clothing, or its outline, is. The careless one stares at places where there is nothing to see.
# - **Filters.** The plain network's weights cancel each other, as in an edge detector: that is where tiny changes of alternating sign get in. Some of the robust one's have one sign nearly everywhere and average such changes away; when we tried, one was left with a single pixel.
# - **Curves.** Under FGSM the careless network gets *better* with larger ε, and better than on clean images. No honest curve rises. Under PGD it is nearly as defenceless as the plain one. The robust network gives way slowly up to about 0.2, for which it was trained, and quickly from there on. Nobody has promised more.
#
# ## Exercise 9 · In your own words
#
# ●●○ · 25 minutes · 5 + 5 points
#
# Two short answers, five to ten sentences each, which a person will read. Write into the cells below (a double click opens them).
#
# ### Gradient masking
#
# A company advertises a network for recognising clothes. "Under FGSM with ε = 0.2 it is right in 76 % of all cases, which is more than on clean images! It is the most robust network on the market." Using what you have seen in exercise 8:
#
# 1. What may have happened to this network, and why does FGSM not find what PGD finds?
# 2. Name two checks, experiments that you would run or numbers that you would ask for, that can show that a network only *looks* robust. Say for each what you would expect to see.
# 3. Somebody else puts a layer in front of the network that rounds each pixel to one of eight greys; the gradient through it is 0 almost everywhere, and PGD finds nothing at all. Is that network robust? Why, or why not?

# %% [markdown] nbgrader={"grade_id": "short_answer_masking", "grade": true, "solution": true, "locked": false, "points": 5}
# ### BEGIN SOLUTION
# **A model answer.** (1) It has been trained against one single step, and has learnt to spoil that step rather than to withstand attacks: around each image its loss is so crooked that the gradient at the image points nowhere useful. FGSM follows exactly that gradient and lands on a point that is harmless, even easier than the image itself, since such points are what it was trained on. PGD, which starts elsewhere and asks for the gradient again and again, finds its way around the bend. (2) PGD with many steps and random restarts: its accuracy should be below FGSM's, as here, where it falls to almost 0; that a stronger attack finds much more is the sign. Larger ε: the accuracy should fall to 0, and not stay or rise. Images made against another network: if attacks without this network's gradient succeed more often than those with it, the gradient is masked. Random search in the box, likewise. (3) No. The attacker's instrument is broken, the mistakes are still there: images made against a network without the rounding carry over, one may treat the rounding as the identity in the backward pass, and an attack that needs no gradient works as before. A defence is measured by the best attack against it, one that knows of the defence.
#
# **Rubric (5 points).** 1 point: names what happened: trained against one-step attacks, catastrophic overfitting or gradient masking. 1 point: explains why one step fails and many do not: the loss is not linear around the image, so the gradient at the image misleads, while PGD asks anew. 2 points, one for each check that can reveal masking, with what one would see: more steps or restarts, PGD against FGSM, a larger ε that should give 0 %, transfer from another network, random or gradient-free search, single-step better than many-step, accuracy under attack above the clean one. A check without the expected finding: half a point. 1 point: says no for the rounding, with a reason: no gradient is not no mistake; transfer, a replacement gradient in the backward pass, or a gradient-free attack. Wording and order do not matter; nothing is subtracted for what is superfluous, unless it contradicts.
# ### END SOLUTION

# %% [markdown]
# ### Failures without an enemy
#
# Nobody has to attack a network for it to fail. Two such failures are on the slides of the course: **new environments** (*Recognition in Terra Incognita*, [Beery and others, 2018](https://arxiv.org/abs/1807.04975): animals photographed by camera traps) and **bias** (pictures of people from the Internet, and what a ResNet-101 says about them: [Stock and Cissé, 2018](https://arxiv.org/abs/1711.11443)).
#
# Choose **one** of the two, and a use of your own to go with it (a hospital, a warehouse, a car, …).
#
# 1. Describe a concrete failure: who shows the network what, and what does it say?
# 2. Why did the accuracy on the test set not give it away?
# 3. What would you do to find it *before* the network is used, and what against it?
# 4. Would the adversarial training of exercise 8 help? Why, or why not?

# %% [markdown] nbgrader={"grade_id": "short_answer_failures", "grade": true, "solution": true, "locked": false, "points": 5}
# ### BEGIN SOLUTION
# **A model answer.** (1) New environments: a network learns to tell cows from camels, and most of its cows stand on green meadows. Shown a cow on a beach, it says camel, or nothing of the kind: it has learnt the meadow. In the same way a network for X-rays from one hospital may read the scanner's mark at the edge of the picture. (2) The test images were drawn from the same places as the training images: same meadows, same scanners. Background and kind go together there just as well, so that a network that looks at the background is right in the test, too. (3) Keep whole places apart: train on some hospitals, test on others (that is what Beery and others do with camera traps, and the error rises steeply). Look at what the network looks at, by occlusion or Grad-CAM as in Assignment 5. Collect images from more places, also unusual ones; cut objects out and put them on other backgrounds; measure again after the start. (4) Hardly. Adversarial training protects against tiny changes of pixels; another background is a large and natural change, far outside of the box of ±ε. For bias: (1) a classifier of occupations takes women in white coats for nurses; (2) the test set holds the same prejudice and its average hides small groups; (3) accuracy for each group by itself, balanced collections, counterfactual pictures that differ in one attribute, people from these groups who take part in the judgement, a decision not to use it; (4) no, for it learns the same labels from the same images.
#
# **Rubric (5 points).** 1 point: a concrete failure with a use, an input and a wrong output that fits the chosen kind. 1 point: why the test set is silent: it comes from the same distribution, has the same places or the same bias, or an average hides the group. 2 points: one for a way to find it that could really show it (a test set from other places or of groups apart, explanations of single predictions, counterfactual pictures), one for a sensible remedy (other data, balance, augmentation of backgrounds, monitoring, not using it). "More data" without saying which: half a point. 1 point: says that adversarial training hardly helps, with the reason that the change is neither small nor within ±ε, or that the labels and images stay what they are. A well-argued "a little" counts.
# ### END SOLUTION

# %% [markdown]
# ## Handing in
#
# 1. Restart and run everything: on Colab *Runtime → Restart session and run all*, in Jupyter *Kernel → Restart Kernel and Run All Cells*. Anything that worked only because of a cell you have since deleted will now fail.
# 2. Look for the ✓ lines. A test that fails costs its own points, not those of the others. Have you written both short answers?
# 3. Save the notebook: on Colab *File → Download → Download .ipynb*. It keeps its name, `a6_adversarial.ipynb`.
# 4. Hand it in where your course collects it.
#
# Please do not rename, copy or delete the test cells and the two cells for short answers: they are how your answers are found. You may add cells of your own anywhere.
#
# ## What you can do now
#
# You can find a network's weak spots, put a number on them that deserves trust, and train one that has fewer. And you have written every part of what six assignments were about: the convolution, the shapes, the training, what keeps it honest, what it sees, and what it does not.
#
# To read on: [*Explaining and harnessing adversarial examples*](https://arxiv.org/abs/1412.6572) by Goodfellow, Shlens and Szegedy (FGSM); [*Towards deep learning models resistant to adversarial attacks*](https://arxiv.org/abs/1706.06083) by Madry and others (PGD); [*Fast is better than free*](https://arxiv.org/abs/2001.03994) by Wong, Rice and Kolter (exercise 8); [*Obfuscated gradients give a false sense of security*](https://arxiv.org/abs/1802.00420) by Athalye, Carlini and Wagner (exercise 9); [*On evaluating adversarial robustness*](https://arxiv.org/abs/1902.06705) by Carlini and others, a checklist; [*Adversarial examples are not bugs, they are features*](https://arxiv.org/abs/1905.02175) by Ilyas and others, on why they carry over; and [RobustBench](https://robustbench.github.io), where defences are measured that are still standing.
