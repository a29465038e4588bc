# %% [markdown]
# # Assignment 5: VGG16, transfer, and what is inside
#
# In 2014 somebody trained a network for two to three weeks on four graphics cards with 1.3 million photographs, and then gave it away: VGG16, thirteen convolutions, five poolings, three dense layers, 138,357,544 parameters. You load it with one line. In the first half of this notebook you let it look at a bird, and then teach it, in seconds, something that it was never taught: 37 breeds of cats and dogs. In the second half you open it and look inside: at its filters, at what each layer makes of a picture, and at the part of the picture that an answer hangs on.
#
# **You will be able to**
#
# - use a network that somebody else has trained, on any picture, and get the preparation of the picture right;
# - give it a new head, freeze the rest, and train only what needs training, with the features computed once;
# - unfreeze, find a learning rate, fine-tune, and say afterwards what is still confused with what;
# - see filters and feature maps, and answer *"why a bird?"* in three ways: saliency, occlusion, Grad-CAM.
#
# **How it works.** Run the cells from top to bottom. Where you read `raise NotImplementedError()`, put your code there instead. The cell below it tests your function: a line with ✓ means that the test has passed; if not, it says what was expected, what came, and often which mistake this looks like. Pictures that need your function appear once it is solved: run their cell again. Everything takes about **four hours**, and a good place for a break is after exercise 6. A GPU helps from exercise 5 on: on Colab, *Runtime → Change runtime type → T4 GPU*. Without one, all trainings shrink to a few breeds and small pictures, so that none takes longer than some minutes.
#
# **Points.** 100 in all. <!-- credit -->You get an exercise's points if your answer is right everywhere: in the test you see, and on other inputs (other networks, other pictures), listed below each test as *Also asked*. Otherwise you get nothing for it.<!-- /credit --> Where an exercise asks for several functions, each has points of its own. Every function is tested separately; your functions may call each other. A mistake costs its own points only: a function that is right, but calls one of yours that is wrong, keeps its points.
#
# | | exercise | difficulty | minutes | points |
# |---|---|---|---|---|
# | 1 | What the network expects: `preprocess` | ●○○ | 15 | 5 |
# | 2 | What does it see? `top_k` | ●○○ | 15 | 6 |
# | 3 | A new head: `replace_head` | ●●○ | 20 | 9 |
# | 4 | Two learning rates: `parameter_groups` | ●●○ | 15 | 5 |
# | 5 | Look once, train often: `cache_features` | ●●○ | 20 | 9 |
# | 6 | Fine-tuning, step by step: `unfreeze_from`, `find_learning_rate`, `suggest_learning_rate`, `most_confused`, `predict_with_mirror` | ●●● | 60 | 6 + 8 + 4 + 5 + 4 |
# | 7 | What it looks for: `filters` | ●○○ | 10 | 5 |
# | 8 | What it finds: `feature_maps` | ●●○ | 20 | 8 |
# | 9 | Which pixels matter? `saliency` | ●●○ | 15 | 7 |
# | 10 | What if this were covered? `occlusion_map` | ●●○ | 15 | 5 |
# | 11 | Where is the bird? `grad_cam` | ●●● | 25 | 10 |
# | 12 | Frozen, fine-tuned, from scratch: *nothing to write, something to watch* | ●○○ | 10 | |
# | 13 | Quiz: four questions | ●○○ | 5 | 4 |
#
# **Four house rules** for every function:
#
# - **Any network.** Your functions work for VGG16, for ResNet-50, and for the tiny networks of the tests. The **head** is the last `nn.Linear` of a network in module order, the order of `model.named_modules()`: `classifier.6` of VGG16, `fc` of ResNet-50. Parts have names: `model.get_submodule("classifier.6")`.
# - **Shapes.** *One* image is a tensor (3, H, W), a batch is (N, 3, H, W); both preprocessed as in exercise 1.
# - **Score** means the logit: the output of the last layer, before any softmax.
# - **Look, don't touch.** A function that asks a model something asks in eval mode, and leaves it exactly as it was: weights and buffers, gradients, `requires_grad`, hooks, whether a ReLU works in place, and the mode of *each part*. Its other arguments (images, matrices, lists) stay as they were, too.
#
# Two remarks on the last rule. A network with a frozen backbone often has parts in eval mode and others in training mode, so `model.train()` afterwards is not good enough. For this the setup cell has `eval_mode`: everything inside `with eval_mode(model):` runs in eval mode, and then each part gets back the mode that it had. And PyTorch's gradient mode stays as it was as well: if the caller has switched gradients off, they are off afterwards. `find_learning_rate`, `saliency` and `grad_cam` cannot work without gradients; where they are off, these three may switch them on for a while or raise an error. If a model or a loader raises an error, only `feature_maps` has to put everything back.

# %% tags=["author"]
# For authors, who open this file as a notebook: it finds the course's own modules. Students do not get this cell.
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(globals().get("__file__", "notebook.py")).resolve().parents[2]))

# %% nbgrader={"grade_id": "setup", "locked": true}
# @title Setup: run this first
import copy
import hashlib
import math
import os
import time
import urllib.request
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import nn
from tqdm.auto import tqdm

from solutions.setup import (
    BLUE,
    GREEN,
    ORANGE,
    PINK,
    RED,
    SKY,
    compare,
    eval_mode,
    leaves_no_trace,
    picture,
    watch_names,
)

if __name__ == "__main__":  # it takes seconds, which a mere import of this file as a module need not wait for
    import torchvision  # noqa: F401, for what you write
    from torchvision.models import VGG16_Weights, vgg16

# True when you run the notebook, False when it is graded or imported: then nothing is drawn, loaded or trained.
EXPERIMENT = __name__ == "__main__" and "NBGRADER_EXECUTION" not in os.environ
if EXPERIMENT:
    watch_names()

# Mean and standard deviation of ImageNet's red, green and blue, for pixels from 0 to 1.
MEAN, STD = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])


def tiny_vgg(classes=5, *, seed=0):
    """A network of VGG16's shape, small enough for tests: in-place ReLUs, max-pooling, dropout, weights by dice."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        convolutions = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 6, 3, padding=1)
        dense = nn.Linear(24, 8), nn.Linear(8, classes)
    features = [part for conv in convolutions for part in (conv, nn.ReLU(inplace=True), nn.MaxPool2d(2))]
    classifier = dense[0], nn.ReLU(inplace=True), nn.Dropout(0.5), dense[1]
    parts = {"features": nn.Sequential(*features), "avgpool": nn.AdaptiveAvgPool2d(2), "flatten": nn.Flatten()}
    return nn.Sequential(OrderedDict(parts, classifier=nn.Sequential(*classifier)))


# %% [markdown]
# ## The network and a bird
#
# The next two cells fetch VGG16's weights (528 MB, once) and a bird (a few MB): a golden eagle, photographed by Dayane Machado, who has given the picture to everybody (CC0); it comes with scikit-image. A picture of your own is welcome: upload it (on Colab into the *Files* panel on the left), write its name into `PICTURE`, and run the cell again. Without the internet you get a cat that is on your disk already.

# %%
# @title Load VGG16
if EXPERIMENT:
    plt.rcParams["figure.facecolor"] = "white"  # readable on a dark page, too
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    categories = VGG16_Weights.IMAGENET1K_V1.meta["categories"]
    try:
        network, pretrained = vgg16(weights=VGG16_Weights.IMAGENET1K_V1), True
    except (OSError, HTTPException, RuntimeError) as problem:
        torch.manual_seed(0)
        network, pretrained = vgg16(weights=None), False
        print(f"VGG16's weights cannot be had at the moment ({getattr(problem, 'reason', problem)}).")
        print(
            "Until you run this cell again with a network, it is a VGG16 that knows nothing: weights thrown with dice."
        )
    network.to(device).eval()
    print(f"{sum(p.numel() for p in network.parameters()):,} parameters, {len(categories):,} categories, on {device}")

# %%
# @title Load the bird
PICTURE = "bird.jpg"  # @param {type: "string"}
BIRD_URL = "https://gitlab.com/scikit-image/data/-/raw/1e4f62ac31ba4553d176d4473a5967ad1b076d62/eagle.png"
BIRD_SHA256 = "928f1bbe7403b533265f56db3a6b07c835dfa8e2513f5c5075ca2f1960f6179e"


def load_picture(name=PICTURE, *, url=BIRD_URL, sha256=BIRD_SHA256, folder="data"):
    """Your own picture, if there is a file `name`; else the bird, fetched once into `folder`; else scikit-image's cat.

    Returns (a PIL image, a sentence that says what it is and whose).
    """
    if name and Path(name).is_file():
        return Image.open(name), f"{name}, your own"
    path = Path(folder, "eagle.png")
    try:
        if not path.exists():
            with urllib.request.urlopen(url, timeout=20) as answer:
                content = answer.read()
            if hashlib.sha256(content).hexdigest() != sha256:
                raise OSError("what came is not the picture that was published")
            path.parent.mkdir(parents=True, exist_ok=True)
            unfinished = path.with_suffix(".part")
            unfinished.write_bytes(content)
            unfinished.replace(path)  # so that an interruption leaves no half of a file
        return Image.open(path), "a golden eagle by Dayane Machado, CC0, from scikit-image"
    except (OSError, HTTPException) as problem:
        from skimage.data import chelsea

        print(f"No bird today ({getattr(problem, 'reason', problem)}).")
        return Image.fromarray(chelsea()), "Chelsea the cat by Stéfan van der Walt, CC0, from scikit-image"


if EXPERIMENT:
    photograph, whose = load_picture()
    print(f"{whose}: {photograph.width}×{photograph.height} pixels, mode {photograph.mode}")

# %% [markdown]
# ## Exercise 1 · What the network expects
#
# ●○○ · 15 minutes · 5 points
#
# A network knows only what it was trained on, and that includes how pictures were prepared. VGG16 was trained on colour pictures of 224×224 pixels, prepared like this:
#
# 1. scale the picture until its **shorter** side is 256 pixels, keeping its proportions: nothing is squashed;
# 2. cut out the **middle** 224×224 pixels;
# 3. turn the bytes into floats from **0 to 1**, in the order red, green, blue, channels first: (3, 224, 224);
# 4. subtract ImageNet's mean (0.485, 0.456, 0.406) and divide by its standard deviation (0.229, 0.224, 0.225), channel by channel.
#
# A pixel of the colour (255, 128, 0), orange, becomes (2.249, 0.205, −1.804): red is (1 − 0.485) / 0.229, and so on. And the mean colour of all photographs, a brownish grey, becomes 0. Remember that for exercise 10.
#
# If you forget step 4, or use the numbers of another data set, you get no error: the network answers all the same, a little worse. That is why weights in torchvision bring their own preparation. Do it by hand or call it, as you like.
#
# <details><summary>Hint: the weights' own preparation</summary>
#
# `VGG16_Weights.IMAGENET1K_V1.transforms()` gives a function from a PIL image to a tensor; it does all four steps. (`print` it.)
#
# </details>
#
# <details><summary>Hint: "output with shape [1, 224, 224] doesn't match the broadcast shape [3, 224, 224]"</summary>
#
# The picture is grey: it has one channel. Others have four, with transparency, or a palette. `image.convert("RGB")` gives three in any case.
#
# </details>


# %%
def preprocess(image):
    """Prepare a picture for VGG16, as VGG16_Weights.IMAGENET1K_V1.transforms() does it.

    image: a PIL image of any size and mode; it is made RGB first, by image.convert("RGB").
    Returns a float32 tensor (3, 224, 224): the picture scaled until its shorter side is 256 (bilinear, antialiased;
    the longer side keeps the proportion, rounded down), cut to the middle 224×224, pixels from 0 to 1, minus the mean
    (0.485, 0.456, 0.406), divided by the standard deviation (0.229, 0.224, 0.225) of ImageNet's red, green and blue.
    Where the middle falls between two pixels, either is right. Scaled pixels may be rounded to bytes or not. The
    picture does not change.
    """
    ### BEGIN SOLUTION
    from torchvision.models import VGG16_Weights

    return VGG16_Weights.IMAGENET1K_V1.transforms()(image.convert("RGB"))
    ### END SOLUTION


# %% points=5
def test_preprocess():
    """orange becomes (2.249, 0.205, −1.804); the middle of a wide picture is kept; grey pictures have three channels"""
    got = preprocess(Image.new("RGB", (320, 256), (255, 128, 0)))
    assert isinstance(got, torch.Tensor), f"preprocess returned a {type(got).__name__}, not a tensor"
    assert got.shape == (3, 224, 224), f"preprocess returned the shape {tuple(got.shape)}, expected was (3, 224, 224)"
    assert got.dtype == torch.float32, f"preprocess returned {got.dtype}, expected was torch.float32"
    compare(
        got[:, 100, 50],
        [2.24891, 0.20518, -1.80444],
        {
            "the mean and the standard deviation are still to come": [1, 128 / 255, 0],
            "bytes from 0 to 255": [255, 128, 0],
            "bytes from 0 to 255, of which the mean was subtracted": [1111.41921, 569.39285, -1.80444],
            "the statistics of CIFAR-10": [2.05911, 0.08115, -1.7068],
            "the mean of CIFAR-10, and deviations that are often copied with it": [2.51409, 0.09910, -2.22139],
            "red and blue were swapped before the mean and the standard deviation": [-2.11790, 0.20518, 2.64],
            "red and blue are swapped": [-1.80444, 0.20518, 2.24891],
            "the mean 0.5 and the standard deviation 0.5": [1, 0.00392, -1],
            "the mean was subtracted, and nothing divided": [0.515, 0.04596, -0.406],
        },
        what="an orange pixel",
    )
    ramp = Image.fromarray(np.tile(np.arange(512) // 2, (256, 1)).astype(np.uint8))  # grey, dark left to bright right
    for image, name in [(ramp, "wide"), (ramp.transpose(Image.Transpose.TRANSPOSE), "tall")]:
        pixels = 255 * (preprocess(image)[1] * 0.224 + 0.456)
        ends = pixels[[0, -1], [0, -1]].round().int().tolist()  # the darkest and the brightest
        looks = {
            (0, 255): "it was squashed into a square",
            (64, 191): "its shorter side was scaled to 224, not to 256",
            (0, 111): "the beginning was cut out, not the middle",
        }
        near = [text for pair, text in looks.items() if max(abs(np.subtract(pair, ends))) <= 2]
        assert max(abs(np.subtract(ends, (72, 183)))) <= 1, (
            f"a {name} grey picture, 256×512, from black (0) to white (255): its middle goes from 72 to 183, yours from "
            f"{ends[0]} to {ends[1]}" + (f". This looks like: {near[0]}." if near else "")
        )


# %%
# @title Picture: what you see, what the network sees
if EXPERIMENT:

    def visible(image):
        """Pixels (H, W, 3) from 0 to 1, to be shown, of a preprocessed image (3, H, W)."""
        return (image.detach().cpu() * STD[:, None, None] + MEAN[:, None, None]).clamp(0, 1).permute(1, 2, 0)

    with picture("preprocess"):
        bird = preprocess(photograph).to(device)
        figure, axes = plt.subplots(1, 3, figsize=(11, 4.2))
        axes[0].imshow(photograph.convert("RGB"))
        scale = min(photograph.size) / 256
        corner = [(length - 224 * scale) / 2 for length in photograph.size]
        axes[0].add_patch(plt.Rectangle(corner, 224 * scale, 224 * scale, fill=False, edgecolor=ORANGE, lw=3))
        axes[0].set_title(f"{photograph.width}×{photograph.height}, and what is cut out of it", fontsize=11)
        axes[1].imshow(visible(bird))
        axes[1].set_title("3×224×224", fontsize=11)
        for ax in axes[:2]:
            ax.axis("off")
        for channel, color, name in zip(bird.cpu(), [RED, GREEN, BLUE], ["red", "green", "blue"], strict=True):
            axes[2].hist(channel.flatten().numpy(), bins=60, histtype="step", lw=2, color=color, label=name)
        axes[2].set(yticks=[], xlabel="value of a pixel", title="what goes into the network")
        axes[2].title.set_fontsize(11)
        axes[2].legend(frameon=False)
        axes[2].spines[["top", "right", "left"]].set_visible(False)
        plt.tight_layout()
        plt.show()

# %% [markdown]
# ## Exercise 2 · What does it see?
#
# ●○○ · 15 minutes · 6 points
#
# VGG16 gives 1,000 logits, one for each category of ImageNet, from *tench* to *toilet tissue*. A softmax over all of them makes probabilities, of which we want to read the few largest, with names. On paper, for two pictures and the three categories cat, dog, fox:
#
# | logits | probabilities | the best two |
# |---|---|---|
# | 0, ln 2, ln 5 | 0.125, 0.25, 0.625 | fox 0.625, dog 0.25 |
# | ln 6, ln 3, 0 | 0.6, 0.3, 0.1 | cat 0.6, dog 0.3 |
#
# Here the fourth house rule applies for the first time: VGG16 has dropout, and in training mode it would give another answer every time.
#
# <details><summary>Hint: the largest k of each row</summary>
#
# `values, indices = probabilities.topk(k)` gives both, the largest first. `.tolist()` turns them into lists of plain numbers.
#
# </details>


# %%
def top_k(model, images, categories, k):
    """The k most probable categories of each image.

    images: (N, 3, H, W), preprocessed; model(images): logits (N, classes); categories: a name for each class.
    Returns a list of N lists of k pairs (category, probability), the most probable first; probabilities are plain
    Python floats from 0 to 1, from a softmax over all classes. Asked in eval mode and without gradients; the model
    stays as it was, the mode of each of its parts included.
    """
    ### BEGIN SOLUTION
    with eval_mode(model), torch.no_grad():
        probabilities, indices = model(images).softmax(dim=1).topk(k)
    return [
        [(categories[index], probability) for index, probability in zip(*row, strict=True)]
        for row in zip(indices.tolist(), probabilities.tolist(), strict=True)
    ]
    ### END SOLUTION


# %% points=6
def test_top_k():
    """two pictures of three pixels, whose logits are the pixels"""
    model, names = nn.Sequential(nn.Flatten(), nn.Dropout(0.9)), ["cat", "dog", "fox"]
    model.train()
    model[0].eval()
    logits = torch.tensor([[1.0, 2.0, 5.0], [6.0, 3.0, 1.0]]).log()
    with leaves_no_trace(model):
        got = top_k(model, logits.reshape(2, 3, 1, 1), names, 2)
    assert isinstance(got, list) and len(got) == 2, f"expected a list with one entry for each of two images, got {got}"
    assert all(len(row) == 2 and all(len(pair) == 2 for pair in row) for row in got), (
        f"expected two pairs for each of two images, got {got}"
    )
    found = [[name for name, _ in row] for row in got]
    assert found != [["cat", "dog"], ["fox", "dog"]], f"the least probable come first: {found}"
    assert found == [["fox", "dog"], ["cat", "dog"]], f"expected fox, dog and cat, dog; got {found}"
    assert all(type(p) is float for row in got for _, p in row), (
        "the probabilities should be floats: `.item()`, `.tolist()`"
    )
    compare(
        [[p for _, p in row] for row in got],
        [[0.625, 0.25], [0.6, 0.3]],
        {
            "logits, not probabilities": [[np.log(5), np.log(2)], [np.log(6), np.log(3)]],
            "percent": [[62.5, 25], [60, 30]],
            "the softmax runs over the batch, not over the classes": [[5 / 6, 2 / 5], [6 / 7, 3 / 5]],
            "a softmax over the best two alone": [[5 / 7, 2 / 7], [2 / 3, 1 / 3]],
        },
        what="the probabilities",
    )


# %%
# @title Picture: VGG16 sees a bird
if EXPERIMENT:
    with picture("preprocess and top_k"):
        from skimage.data import chelsea

        bird = preprocess(photograph).to(device)
        batch = {
            whose.split(",")[0].split(" by ")[0]: bird,
            "the same, mirrored": bird.flip(2),
            "upside down": bird.flip(1),
            "Chelsea": preprocess(Image.fromarray(chelsea())).to(device),
        }
        answers = top_k(network, torch.stack(list(batch.values())), categories, 5)
        figure, axes = plt.subplots(2, 4, figsize=(11, 5.2), height_ratios=(2, 1))
        for column, (title, image), answer in zip(axes.T, batch.items(), answers, strict=True):
            column[0].imshow(visible(image))
            column[0].set_title(title, fontsize=11)
            column[0].axis("off")
            column[1].barh(range(5), [100 * p for _, p in answer], color=SKY)
            for i, (name, p) in enumerate(answer):
                column[1].text(2, i, f"{name}  {100 * p:.1f} %", va="center", fontsize=9)
            column[1].set(xlim=(0, 100), xticks=[], yticks=[])
            column[1].invert_yaxis()
            column[1].spines[:].set_visible(False)
        plt.tight_layout()
        plt.show()

# %% [markdown]
# ImageNet has no golden eagle among its 1,000 categories. So look at how VGG16 gets out of it, and at what the mirror image changes: more than nothing. In exercise 6 you will make use of that.

# %% [markdown]
# ## Exercise 3 · A new head
#
# ●●○ · 20 minutes · 9 points
#
# You want to tell ten kinds of flowers apart and have a few hundred pictures. That is hopeless for 138 million weights, and they need not be learnt: the layers below have learnt from 1.3 million photographs what edges, fur, eyes and feathers look like, and that is what you need for flowers, too. Only the **head**, which turns 4,096 findings like these into 1,000 categories, is of no use to you. So:
#
# - **replace** the head by a new `nn.Linear` with as many inputs and ten outputs: 4,096 · 10 + 10 = **40,970** parameters, instead of 138,357,544;
# - **freeze** everything else: `requires_grad = False`. The optimiser will not touch it, and no gradient is computed for it;
# - put everything else in **eval mode**. Frozen weights do not make a frozen network: in training mode dropout goes on dropping, and batch norm goes on averaging *your* pictures into its statistics, weights frozen or not.
#
# Only the *last* linear layer goes. If you reset the whole classifier of VGG16, you throw away 119 million good weights with it.
#
# <details><summary>Hint: finding the head</summary>
#
# `[name for name, part in model.named_modules() if isinstance(part, nn.Linear)][-1]` is its name, such as `"classifier.6"`. `isinstance(part, nn.Linear)`, since in ResNet-50 it is called `fc`.
#
# </details>
#
# <details><summary>Hint: putting something in its place</summary>
#
# The name has two halves: where it is (`"classifier"`), and what it is called there (`"6"`). `name.rpartition(".")` cuts at the last dot, `model.get_submodule(where)` gives the part around it (for `""` the model itself), and `setattr(around, "6", new_layer)` puts the new one in.
#
# </details>
#
# <details><summary>Hint: freezing</summary>
#
# `model.requires_grad_(False)` freezes all parameters at once. A layer that you make afterwards is trainable.
#
# </details>


# %%
def replace_head(model, classes):
    """Give the model a new head for `classes` classes, the only part of it that will be trained.

    The head is the last nn.Linear in module order, wherever in the model it is. It is replaced by a new nn.Linear
    with as many inputs, `classes` outputs and a bias, which is trainable. Everything else keeps its weights and
    buffers, is frozen (requires_grad is False), also parameters that belong to no layer, and is in eval mode, each
    part of it. The new head may be in either mode; it may have the old one's device and dtype, or PyTorch's defaults.
    Returns the same model, changed. Example: VGG16 with ten classes has 40,970 trainable parameters.
    """
    ### BEGIN SOLUTION
    model.requires_grad_(False)
    model.eval()
    name, old = [(name, part) for name, part in model.named_modules() if isinstance(part, nn.Linear)][-1]
    parent, _, child = name.rpartition(".")
    new = nn.Linear(old.in_features, classes, device=old.weight.device, dtype=old.weight.dtype)
    setattr(model.get_submodule(parent), child, new)
    return model
    ### END SOLUTION


# %% points=9
def test_replace_head():
    """a tiny VGG with three classes; VGG16 with ten: 40,970 trainable parameters"""
    model = tiny_vgg().train()
    before = copy.deepcopy(model.state_dict())
    got = replace_head(model, 3)
    assert got is not None, "replace_head returned None; is there a `return`?"
    assert got is model, "replace_head should change the model it is given, and return this one"
    assert [name for name, _ in model.named_children()] == ["features", "avgpool", "flatten", "classifier"], (
        "the model should keep its parts; only the last linear layer is replaced"
    )
    head = model.classifier[-1]
    assert isinstance(head, nn.Linear), f"the last layer is a {type(head).__name__}, not an nn.Linear"
    assert (head.in_features, head.out_features) == (8, 3), (
        f"the new head has {head.in_features} inputs and {head.out_features} outputs; expected were 8, as before, and 3"
    )
    for name, value in model.state_dict().items():
        kept = name.startswith("classifier.3") or torch.equal(value, before[name])
        assert kept, f"{name} has changed: everything but the last linear layer keeps its weights"
    assert all(p.requires_grad for p in head.parameters()), "the new head is frozen: it should be trainable"
    free = [name for name, p in model.named_parameters() if p.requires_grad and not name.startswith("classifier.3")]
    assert not free, f"not frozen: {', '.join(free)}"
    training = [
        name or "the model itself" for name, part in model.named_modules() if part.training and part is not head
    ]
    assert not training, f"still in training mode: {', '.join(training)}"
    from torchvision.models import vgg16

    with torch.device("meta"):  # shapes without numbers, so this needs no memory
        large = vgg16(weights=None)
    count = sum(p.numel() for p in replace_head(large, 10).parameters() if p.requires_grad)
    assert count == 40_970, f"VGG16 with ten classes has {count:,} trainable parameters; expected were 40,970"


# %%
# @title Picture: what is left to train
if EXPERIMENT:
    with picture("replace_head"):
        with torch.device("meta"):
            ten_flowers = replace_head(vgg16(weights=None), 10)
        rows = [
            (name, sum(p.numel() for p in part.parameters()), any(p.requires_grad for p in part.parameters()))
            for name, part in ten_flowers.named_modules()
            if isinstance(part, (nn.Conv2d, nn.Linear))
        ]
        figure, ax = plt.subplots(figsize=(11, 4.3))
        ax.barh(range(len(rows)), [n for _, n, _ in rows], color=[ORANGE if free else SKY for _, _, free in rows])
        for i, (_, count, free) in enumerate(rows):
            ax.text(
                1.1 * count,
                i,
                f"{count:,}" + ("  ← the only one to be trained" if free else ""),
                va="center",
                fontsize=9,
            )
        ax.set(xscale="log", xlim=(1e3, 2e9), title="VGG16 for ten kinds of flowers: parameters of each layer")
        ax.set_yticks(range(len(rows)), [name for name, _, _ in rows], fontsize=9)
        ax.invert_yaxis()
        ax.spines[["top", "right"]].set_visible(False)
        plt.tight_layout()
        plt.show()

# %% [markdown]
# ## Exercise 4 · Two learning rates
#
# ●●○ · 15 minutes · 5 points
#
# Later you will unfreeze some of the old layers as well. They know a lot already and should move slowly; the new head knows nothing and should move fast. Optimisers can do that: instead of parameters they take **groups**,
#
# ```python
# optimizer = torch.optim.AdamW([{"params": [...], "lr": 1e-3}, {"params": [...], "lr": 1e-4}])
# ```
#
# Three things go wrong here. A parameter in *two* groups is an error at best and two steps at worst. A *frozen* parameter in a group costs memory, and with some optimisers it moves: weight decay and momentum need no fresh gradient. And a parameter in *no* group never learns, without a word.
#
# <details><summary>Hint: "Boolean value of Tensor with more than one value is ambiguous"</summary>
#
# `parameter in some_list` compares numbers, not objects. Compare identities: `ids = {id(p) for p in head.parameters()}`, and then `id(p) in ids`.
#
# </details>


# %%
def parameter_groups(model, *, head_lr, backbone_lr):
    """The trainable parameters of a model for an optimiser, the head's with a learning rate of their own.

    The head is the last nn.Linear in module order. Returns a list of dicts {"params": a list of parameters, "lr": a
    float}: the head's trainable parameters with head_lr, all other trainable ones with backbone_lr, also those that
    belong to no layer. Frozen ones are left out, and each is there once, even if two layers share it; a parameter that
    the head shares with another layer is the head's. Groups may be empty or left out. The model does not change.
    """
    ### BEGIN SOLUTION
    head = list([part for part in model.modules() if isinstance(part, nn.Linear)][-1].parameters())
    own = {id(parameter) for parameter in head}
    backbone = [parameter for parameter in model.parameters() if id(parameter) not in own]  # each one once
    return [
        {"params": [p for p in head if p.requires_grad], "lr": head_lr},
        {"params": [p for p in backbone if p.requires_grad], "lr": backbone_lr},
    ]
    ### END SOLUTION


# %% points=5
def test_parameter_groups():
    """a tiny VGG whose second convolution and dense layers are trainable"""
    model = tiny_vgg()
    model.features[0].requires_grad_(False)
    names = {id(p): name for name, p in model.named_parameters()}
    groups = parameter_groups(model, head_lr=0.1, backbone_lr=0.001)
    assert groups is not None, "parameter_groups returned None; is there a `return`?"
    assert all(isinstance(group, dict) and {"params", "lr"} <= set(group) for group in groups), (
        "expected a list of dicts with the keys 'params' and 'lr'"
    )
    rates = [(names.get(id(p), "something else"), group["lr"]) for group in groups for p in list(group["params"])]
    twice = sorted({name for name, _ in rates if [other for other, _ in rates].count(name) > 1})
    assert not twice, f"these are there twice: {', '.join(twice)}"
    rates = dict(rates)
    frozen = [name for name in rates if name.startswith("features.0")]
    assert not frozen, f"these are frozen and should not be there: {', '.join(frozen)}"
    missing = [name for name in names.values() if name not in rates and not name.startswith("features.0")]
    assert not missing, f"these are trainable and are missing: {', '.join(missing)}"
    for name, rate in rates.items():
        expected = 0.1 if name.startswith("classifier.3") else 0.001
        assert rate == expected, f"{name} has the learning rate {rate}, expected was {expected}"


# %% [markdown]
# ## The pets
#
# The Oxford-IIIT Pet data set: photographs of 25 breeds of dogs and 12 of cats, 37 classes, about 200 pictures of each (CC BY-SA 4.0). We keep to the official split: **3,680 pictures for training and validation** ("trainval") **and 3,669 test pictures**. We measure on the test pictures at the end of each training, once, and choose nothing by it.
#
# The next cell fetches them (810 MB) and keeps each picture as bytes, scaled and cut as in exercise 1. *Without a GPU* it takes only 6 breeds, 20 training and 15 test pictures of each, and pictures of 128×128 pixels: VGG16 is many times slower on a processor. Numbers from so few pictures are rough, but the story is the same. Without the internet you get made-up patterns.


# %%
# @title Data: fetch the pets
def load_pets(folder="data", *, split, breeds=37, each=None, side=224, download=True):
    """The first `breeds` breeds of the Oxford-IIIT Pet data set, `each` pictures of each (None: all).

    split: "trainval" or "test", as published. Returns (images (N, 3, side, side), bytes from 0 to 255, scaled and cut as
    VGG16's own preparation does it; labels (N,); the breeds' names). Raises OSError or RuntimeError without a network.
    """
    from torchvision.datasets import OxfordIIITPet
    from torchvision.transforms import functional

    if download:
        OxfordIIITPet(folder, split=split, download=True)
    folder = Path(folder, "oxford-iiit-pet")
    rows = [line.split() for line in (folder / "annotations" / f"{split}.txt").read_text().splitlines()]
    names, chosen = {}, []
    for name, number, *_ in rows:
        label = int(number) - 1
        names[label] = name.rpartition("_")[0].replace("_", " ")
        if label < breeds and (each is None or sum(other == label for _, other in chosen) < each):
            chosen.append((name, label))

    def load(row):
        with Image.open(folder / "images" / f"{row[0]}.jpg") as image:
            image = functional.resize(image.convert("RGB"), round(side * 256 / 224), antialias=True)
        return functional.pil_to_tensor(functional.center_crop(image, side))

    with ThreadPoolExecutor() as pool:
        bar = tqdm(pool.map(load, chosen), total=len(chosen), desc=f"pets, {split}", leave=False)
        images = torch.stack(list(bar))
    return images, torch.tensor([label for _, label in chosen]), [names[label] for label in range(breeds)]


def draw_patterns(count, *, side=128, seed=0):
    """Made-up pictures for those without a network: `count` of six kinds of coloured patterns, with labels and names."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 6
    y, x = np.mgrid[:side, :side] / side
    period, turn = rng.uniform(8, 16, size=(count, 1, 1)), rng.uniform(0, 6.28, size=(count, 1, 1))
    center_y, center_x = rng.uniform(0.3, 0.7, size=(2, count, 1, 1))
    radius = np.hypot(y - center_y, x - center_x)
    waves = [y, x, x + y, x - y, radius, np.maximum(abs(y - center_y), abs(x - center_x))]
    pattern = np.sin(6.28 * period * np.choose(labels[:, None, None], waves) + turn)[:, None]
    front, back = rng.uniform(0, 1, size=(2, count, 3, 1, 1))
    images = np.where(pattern > 0, front, back) + rng.normal(0, 0.15, size=(count, 3, side, side))
    names = ["bars across", "bars upright", "falling bars", "rising bars", "rings", "frames"]
    return torch.tensor(np.clip(255 * images, 0, 255), dtype=torch.uint8), torch.tensor(labels), names


class Batches:
    """A loader over pictures kept as bytes: pairs (images, labels), normalised as in exercise 1.

    images: (N, 3, H, W) bytes; size: of a batch, the last may be smaller; mirror: mirror half of the pictures at random.
    """

    def __init__(self, images, labels, size=32, *, shuffle=False, mirror=False):
        self.images, self.labels, self.size, self.shuffle, self.mirror = images, labels, size, shuffle, mirror

    def __len__(self):
        return math.ceil(len(self.labels) / self.size)

    def __iter__(self):
        order = torch.randperm(len(self.labels)) if self.shuffle else torch.arange(len(self.labels))
        for chosen in order.split(self.size):
            images = (self.images[chosen] / 255 - MEAN[:, None, None]) / STD[:, None, None]
            if self.mirror:
                images = torch.where(torch.rand(len(chosen), 1, 1, 1) < 0.5, images, images.flip(3))
            yield images, self.labels[chosen]


if EXPERIMENT:
    small = device.type == "cpu"  # then everything shrinks
    breeds, side = (6, 128) if small else (37, 224)
    try:
        if not pretrained:
            raise OSError("first VGG16's weights are needed")
        *pets, breed_names = load_pets(split="trainval", breeds=breeds, each=20 if small else None, side=side)
        *test_pets, _ = load_pets(split="test", breeds=breeds, each=15 if small else None, side=side)
    except (OSError, HTTPException, RuntimeError) as problem:
        print(f"No pets today: {getattr(problem, 'reason', problem)}. This goes on with made-up patterns of six kinds.")
        *pets, breed_names = draw_patterns(120, side=side)
        *test_pets, _ = draw_patterns(90, side=side, seed=1)
    print(f"{len(pets[1]):,} pictures for training, {len(test_pets[1]):,} for the test, {len(breed_names)} classes")

    figure, axes = plt.subplots(3, 6, figsize=(11, 6))
    for label, column in enumerate(axes.T):
        column[0].set_title(breed_names[label], fontsize=11)
        for ax, image in zip(column, pets[0][pets[1] == label], strict=False):
            ax.imshow(image.permute(1, 2, 0))
    for ax in axes.flat:
        ax.axis("off")
    plt.tight_layout(pad=0.4)
    plt.show()

# %% [markdown]
# ## Exercise 5 · Look once, train often
#
# ●●○ · 20 minutes · 9 points
#
# If the backbone is frozen, a picture gives the same 4,096 features every time. So why compute them in every epoch? Send each picture through once, keep what comes out, and train the head on that: 30 epochs in seconds, instead of 30 times through fifteen layers. The result is *the same*, to five digits, but only if
#
# - the backbone is in **eval mode**: dropout would freeze one random draw for ever;
# - features and labels stay **together and in the loader's order**, the last, smaller batch included;
# - **no gradients** are kept: without `torch.no_grad()` every batch keeps all its intermediate results, and memory is full after a few;
# - features are moved to the CPU at once: `.cpu()`.
#
# The price: the pictures are the same in every epoch, too, so there is no augmentation.
#
# <details><summary>Hint: the loader may be gone</summary>
#
# Some loaders shuffle, and some can be looped over only once. One loop that collects both, features and labels, and `torch.cat` at the end, is right in every case.
#
# </details>


# %%
def cache_features(backbone, loader, device):
    """Send each image of a loader through a frozen backbone, once, and keep what comes out.

    loader: gives pairs (images, labels), images in the backbone's dtype, labels int64; the backbone is on `device`
    already, the batches are not.
    Returns (features, labels), both on the CPU and in the loader's order: float32 (N, …), what the backbone gives
    for each image, and int64 (N,). Each batch of features is moved to the CPU before the next one is
    computed. Computed in eval mode and without gradients, each image once; but they are ordinary tensors, on which a
    head can be trained. The backbone stays as it was, the mode of each of its parts included.
    """
    ### BEGIN SOLUTION
    features, labels = [], []
    with eval_mode(backbone), torch.no_grad():
        for images, answers in loader:
            features.append(backbone(images.to(device)).float().cpu())
            labels.append(answers.cpu())
    return torch.cat(features), torch.cat(labels)
    ### END SOLUTION


# %% points=9
def test_cache_features():
    """two images and then one, through a backbone that doubles, and drops"""
    backbone = nn.Sequential(nn.Conv2d(3, 1, 1, bias=False), nn.Flatten(), nn.Dropout(0.5)).train()
    backbone[0].weight.data.fill_(2.0)
    backbone[1].eval()
    images = torch.tensor([[0.0, 0, 1, 2], [1, 0, 0, 3], [0, 0, 5, 5]]).reshape(3, 1, 2, 2).repeat(1, 3, 1, 1) / 3
    batches = [(images[:2], torch.tensor([4, 0])), (images[2:], torch.tensor([1]))]
    with leaves_no_trace(backbone):
        result = cache_features(backbone, iter(batches), "cpu")
    assert result is not None and len(result) == 2, "cache_features should return two tensors: features, labels"
    features, labels = result
    expected = torch.tensor([[0.0, 0, 2, 4], [2, 0, 0, 6], [0, 0, 10, 10]])
    assert isinstance(features, torch.Tensor) and isinstance(labels, torch.Tensor), "expected two tensors (torch.cat)"
    assert features.shape == (3, 4), f"the features have the shape {tuple(features.shape)}, expected was (3, 4)"
    dropped = bool(((features == 0) & (expected != 0)).any())
    assert not dropped, "some features are 0 that should not be: dropout was active. Is the backbone in eval mode?"
    compare(features, expected, what="the features")
    compare(labels, [4, 0, 1], what="the labels")
    assert not features.requires_grad, "the features carry gradients: use torch.no_grad()"
    assert features.dtype == torch.float32, f"the features are {features.dtype}, expected was torch.float32"


# %%
# @title Training: a head for 37 breeds, in seconds
def train_head(features, labels, classes, *, epochs=30, seed=0):
    """Train an nn.Linear on cached features with AdamW. Returns the head, on the CPU.

    It trains on centred features with a spread of 1, on which one learning rate suits every network; then this shift and
    scale go into the weights, so that the head takes the features as they are.
    """
    mean, scale = features.mean(dim=0), features.std().clamp(min=1e-12)
    scaled = (features - mean) / scale
    generator = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        head = nn.Linear(features.shape[1], classes)
    optimizer = torch.optim.AdamW(head.parameters(), lr=1e-3, weight_decay=0.01)
    for _ in range(epochs):
        for chosen in torch.randperm(len(labels), generator=generator).split(64):
            optimizer.zero_grad()
            F.cross_entropy(head(scaled[chosen]), labels[chosen]).backward()
            optimizer.step()
    with torch.no_grad():
        head.weight /= scale
        head.bias -= head.weight @ mean
    return head


def share_right(logits, labels):
    """The share of images whose largest logit, or probability, is that of their label."""
    return (logits.argmax(dim=1) == labels).float().mean().item()


if EXPERIMENT:
    with picture("cache_features"):
        parts = network.features, network.avgpool, nn.Flatten(), network.classifier[:6]
        backbone = nn.Sequential(*parts)  # all of VGG16 but its head; the weights are shared, not copied
        started = time.perf_counter()
        features, labels = cache_features(backbone, tqdm(Batches(*pets), desc="training pictures"), device)
        test_features, test_labels = cache_features(backbone, tqdm(Batches(*test_pets), desc="test pictures"), device)
        seconds = [time.perf_counter() - started]
        head = train_head(features, labels, len(breed_names))
        seconds.append(time.perf_counter() - started - seconds[0])
        accuracy = share_right(head(test_features), test_labels)
        print(f"features of {len(labels) + len(test_labels):,} pictures: {seconds[0]:.1f} s")
        print(
            f"30 epochs of the head: {seconds[1]:.1f} s instead of about {30 * seconds[0] * len(labels) / (len(labels) + len(test_labels)):,.0f} s"
        )
        print(f"test accuracy: {100 * accuracy:.1f} % (by guessing: {100 / len(breed_names):.1f} %)")

        centered = torch.cat([test_features, features]) - features.mean(dim=0)
        _, _, directions = torch.pca_lowrank(centered, q=2)  # the plane in which they spread most
        x, y = (centered @ directions)[: len(test_labels)].T
        figure, ax = plt.subplots(figsize=(6.5, 4.6))
        for label, color, marker in zip(range(6), [BLUE, ORANGE, RED, GREEN, PINK, "0.4"], "os^Dv*", strict=True):
            mine = test_labels == label
            ax.scatter(
                x[mine], y[mine], s=34, color=color, marker=marker, edgecolor="0.3", lw=0.4, label=breed_names[label]
            )
        ax.set(
            xticks=[],
            yticks=[],
            title="4,096 features of the test pictures of six breeds,\nin the plane in which they spread most",
        )
        ax.legend(fontsize=9, loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
        plt.tight_layout()
        plt.show()

# %% [markdown]
# ## Exercise 6 · Fine-tuning, step by step
#
# ●●● · 60 minutes · 6 + 8 + 4 + 5 + 4 points
#
# A recipe that has made many good classifiers has six steps: **import the data, build the model, unfreeze, find a learning rate, fine-tune with one cycle, analyse**. The first two are done. The gain from the last ones was measured in 2018 on cats against dogs, with a ResNet-34:
#
# | | error |
# |---|--:|
# | stage 1: only the head trained | 0.70 % |
# | stage 2: unfrozen and fine-tuned | 0.50 % |
# | and each picture asked about twice, with its mirror image | 0.30 % |
#
# ### `unfreeze_from`
#
# The first layers of a network know edges and colours, which pets have, too; the last ones know what ImageNet needed. So one unfreezes from the end: the last block, and if there is enough data, the one before it. The order is that of `model.named_modules()`, which names a container before its contents:
#
# | VGG16, abridged | frozen before? | after `unfreeze_from(model, "features.24")` |
# |---|---|---|
# | features.0 … features.23 | | frozen |
# | features.24, .26, .28: the last three convolutions | | trainable |
# | classifier.0, .3, .6 | | trainable |
#
# It does not matter which parts were frozen or trainable before. And a typing error in the name must not pass in silence: nothing would be unfrozen, or everything.
#
# <details><summary>Hint: names are not numbers</summary>
#
# Compared as text, `"features.10" < "features.2"`, and `"features.24".startswith("features.2")`. Go by the *position* in `[name for name, part in model.named_modules()]`.
#
# </details>
#
# <details><summary>Hint: the container that holds everything before</summary>
#
# `features` comes *before* `features.24` in the list. If you freeze and unfreeze part by part, first do all the freezing, then the unfreezing.
#
# </details>


# %%
def unfreeze_from(model, layer):
    """Make a layer and all that come after it trainable, and freeze all before it.

    layer: a name as in model.named_modules(), also of a container ("classifier", "layer4"); then all within it counts
    as part of it. "After" means later in model.named_modules(). Changes requires_grad and nothing else.
    Raises KeyError or ValueError with a message that names the layer if the model has none of this name, before it
    has changed anything.
    """
    ### BEGIN SOLUTION
    names = [name for name, _ in model.named_modules()]
    if layer not in names:
        raise ValueError(f"the model has no layer {layer!r}; it has {', '.join(names[1:])}")
    model.requires_grad_(False)
    for _, part in list(model.named_modules())[names.index(layer) :]:
        part.requires_grad_(True)
    ### END SOLUTION


# %% points=6
def test_unfreeze_from():
    """a tiny VGG from its second convolution on, from its classifier on, and from a layer that it does not have"""
    model = tiny_vgg()
    model.features[0].bias.requires_grad_(False)
    for layer, frozen in [
        ("features.3", ["features.0"]),
        ("classifier", ["features.0", "features.3"]),
        ("features", []),
    ]:
        unfreeze_from(model, layer)
        for name, parameter in model.named_parameters():
            expected = name.rpartition(".")[0] not in frozen
            assert parameter.requires_grad == expected, (
                f"after unfreeze_from(model, {layer!r}), {name} is {'trainable' if parameter.requires_grad else 'frozen'}"
            )
    try:
        unfreeze_from(model, "features.99")
    except (KeyError, ValueError) as error:
        assert "features.99" in str(error), f"the message should name the layer; it says only: {error}"
    else:
        raise AssertionError("there is no layer features.99: unfreeze_from should raise KeyError or ValueError")


# %% [markdown]
# ### `find_learning_rate`
#
# Which learning rate? Instead of guessing, try them all in one short run: begin far too low, take one batch per step, multiply the learning rate by the same factor each time, and note the losses. First nothing happens, then the loss falls, and in the end it explodes. Then put everything back: it was only a trial.
#
# Step $i = 0 \dots n - 1$ has the learning rate $\;r_i = r_\text{lowest} \cdot \left(\dfrac{r_\text{highest}}{r_\text{lowest}}\right)^{i / (n - 1)}.$
#
# On paper: a model $\hat y = w x$ with $w = 1$, one batch with $x = 1$ and $y = 0$, the loss $(\hat y - y)^2 = w^2$, whose gradient is $2w$; from 0.01 in factors of 10:
#
# | step | learning rate | loss, before the step | $w$ after the step |
# |---|---|---|---|
# | 0 | 0.01 | 1 | 1 − 0.01 · 2 = 0.98 |
# | 1 | 0.1 | 0.9604 | 0.98 − 0.1 · 1.96 = 0.784 |
# | 2 | 1 | 0.6147 | 0.784 − 1.568 = −0.784 |
# | 3 | 10 | 0.6147 | 14.896 |
# | 4 | 100 | 221.9 | |
#
# Here it ends: 221.9 is more than 4 times the smallest loss so far. And $w$ is 1 again.
#
# *Everything* back means: weights, batch norm's running statistics, the optimiser's memory (momentum, say) and its learning rates.
#
# <details><summary>Hint: a real copy</summary>
#
# `model.state_dict()` gives the weights themselves, not a copy: they go on changing with the model. `copy.deepcopy(model.state_dict())` before, `model.load_state_dict(...)` after; and the same for the optimiser, whose state_dict holds its learning rates, too.
#
# </details>
#
# <details><summary>Hint: a loader that starts again</summary>
#
# `batches = iter(loader)`, then `next(batches)` gives the next batch, and raises `StopIteration` when there is none left: then make a new `iter(loader)`.
#
# </details>


# %%
def find_learning_rate(model, loader, loss_fn, optimizer, *, lowest=1e-7, highest=1.0, steps=100):
    """Train a few steps, each with a larger learning rate, note the losses, and undo everything.

    Step i = 0 … steps − 1 has the learning rate lowest · (highest / lowest)^(i / (steps − 1)), in every parameter
    group. It takes the next batch (images, labels) of the loader, moves both to the device of the model's parameters,
    notes the batch's loss loss_fn(model(images), labels), and then makes one step of the optimiser. After the last
    batch it starts again with a new iter(loader), since a loader that shuffles gives another order each time. After a
    loss that is not finite, or more than 4 times the smallest so far, it ends; that loss is still noted. No loss is
    negative.
    The modes of the model (training or eval, each part's) stay as they are throughout. Afterwards everything in
    model.state_dict(), weights and buffers, and the optimiser's state and learning rates, are what they were before;
    only the parameters' gradients (.grad) need not be. Gradients of before do not count in the first step.
    steps: 2 at least. Returns (rates, losses), two lists of floats, equally long.
    """
    ### BEGIN SOLUTION
    model_before, optimizer_before = copy.deepcopy((model.state_dict(), optimizer.state_dict()))
    gradients_before = [(parameter, parameter.grad) for parameter in model.parameters()]
    device = next(model.parameters()).device
    rates, losses, batches = [], [], iter(())
    for i in range(steps):
        try:
            images, labels = next(batches)
        except StopIteration:
            batches = iter(loader)
            images, labels = next(batches)
        rates.append(lowest * (highest / lowest) ** (i / (steps - 1)))
        for group in optimizer.param_groups:
            group["lr"] = rates[-1]
        optimizer.zero_grad()
        loss = loss_fn(model(images.to(device)), labels.to(device))
        losses.append(loss.item())
        if not math.isfinite(losses[-1]) or losses[-1] > 4 * min(losses):
            break
        loss.backward()
        optimizer.step()
    model.load_state_dict(model_before)
    optimizer.load_state_dict(optimizer_before)
    for parameter, gradient in gradients_before:
        parameter.grad = gradient
    return rates, losses
    ### END SOLUTION


# %% points=8
def test_find_learning_rate():
    """the example above: ŷ = w x, learning rates 0.01, 0.1, 1, 10, 100; then everything as before"""
    model = nn.Linear(1, 1, bias=False)
    model.weight.data.fill_(1.0)
    optimizer = torch.optim.SGD([{"params": model.parameters(), "lr": 0.5}])
    batches = [(torch.ones(1, 1), torch.zeros(1, 1))]
    result = find_learning_rate(model, batches, F.mse_loss, optimizer, lowest=0.01, highest=1e6, steps=9)
    assert result is not None and len(result) == 2, "find_learning_rate should return two lists: rates, losses"
    rates, losses = result
    assert all(isinstance(value, float) for value in [*rates, *losses]), "the lists should hold floats: `.item()`"
    assert abs(losses[0] - 0.9604) > 1e-4, (
        "the first loss is 0.9604, that after the first step; note the loss before it"
    )
    assert len(losses) != 1, "the loader has one batch and should start again when it is through"
    assert len(losses) != 4, "the loss that ends the search (221.9) should still be noted"
    assert len(losses) < 5 or not losses[4] == 0, "the learning rate of the optimiser, 0.5, was used all the time"
    assert len(losses) < 6, "the search should end after the first loss above 4 times the smallest, 221.9"
    compare(
        rates,
        [0.01, 0.1, 1, 10, 100],
        {
            "the exponent is i / steps; it should be i / (steps − 1)": 0.01 * 1e8 ** (np.arange(5) / 9),
            "equal distances; it should be equal factors": 0.01 + 125_000 * np.arange(len(rates)),
        },
        what="rates",
    )
    compare(losses, [1, 0.9604, 0.614656, 0.614656, 221.890816], what="losses")
    compare(model.weight, [[1.0]], what="the weight afterwards")
    assert optimizer.param_groups[0]["lr"] == 0.5, "the optimiser's learning rate is no longer what it was before"

    model = nn.Sequential(nn.BatchNorm1d(2), nn.Linear(2, 2)).train()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    batch = torch.tensor([[1.0, 2.0], [3.0, -1.0]]), torch.tensor([0, 1])
    F.cross_entropy(model(batch[0]), batch[1]).backward()
    optimizer.step()
    momentum = [optimizer.state[p]["momentum_buffer"].clone() for p in model.parameters()]
    before = copy.deepcopy(model.state_dict())
    find_learning_rate(model, [batch], F.cross_entropy, optimizer, steps=5)
    for name, value in model.state_dict().items():
        assert torch.equal(value, before[name]), f"{name} is no longer what it was before"
    for parameter, value in zip(model.parameters(), momentum, strict=True):
        now = optimizer.state[parameter].get("momentum_buffer")
        assert now is not None and torch.equal(now, value), "the optimiser's momentum is no longer what it was before"
    assert model.training, "the model was in training mode before, and now is not"


# %% [markdown]
# ### `suggest_learning_rate`
#
# Which learning rate, then? Not the one with the smallest loss: there the explosion is near. A good one is where the loss *falls fastest* along the logarithmic axis, where the slope is smallest (most negative):
#
# | rate | 0.0001 | 0.001 | 0.01 | 0.1 | 1 |
# |---|---|---|---|---|---|
# | loss | 2.3 | 2.2 | 1.5 | 1.2 | 4.0 |
# | slope per factor of 10 | −0.1 | −0.4 | **−0.5** | 1.25 | 2.8 |
#
# The slope at 0.01 is taken between its two neighbours, (1.2 − 2.2) / 2 = −0.5; at the two ends there is only one neighbour. `np.gradient(losses, np.log(rates))` does it like this. The suggestion is 0.01.


# %%
def suggest_learning_rate(rates, losses):
    """The learning rate at which the loss falls fastest: where its slope against log(rate) is smallest.

    rates, losses: two equally long lists of floats, as find_learning_rate gives them. Pairs whose loss is not finite
    are left out first; at least two remain. The slope is np.gradient(losses, np.log(rates)). Returns one of the rates,
    a float (the first, if several share the smallest slope). The two lists do not change.
    """
    ### BEGIN SOLUTION
    rates, losses = np.asarray(rates, dtype=float), np.asarray(losses, dtype=float)
    finite = np.isfinite(losses)
    slopes = np.gradient(losses[finite], np.log(rates[finite]))
    return float(rates[finite][slopes.argmin()])
    ### END SOLUTION


# %% points=4
def test_suggest_learning_rate():
    """the table above: 0.01; and the same with a nan at its end"""
    rates, losses = [1e-4, 1e-3, 1e-2, 1e-1, 1.0], [2.3, 2.2, 1.5, 1.2, 4.0]
    looks = {
        1e-1: "the rate of the smallest loss",
        1e-4: "the smallest rate, which a slope against the rate itself, not its logarithm, would give",
        1e-3: "one rate too early, as the difference to the next loss gives it; np.gradient takes both neighbours",
        1.0: "where the loss rises fastest",
    }
    for more_rates, more_losses in [([], []), ([10.0], [math.nan]), ([10.0, 100.0], [math.inf, math.nan])]:
        got = suggest_learning_rate(rates + more_rates, losses + more_losses)
        assert got is not None, "suggest_learning_rate returned None; is there a `return`?"
        note = f" (with the losses {more_losses} at the end, which should be left out)" if more_losses else ""
        like = f" This looks like: {looks[float(got)]}." if float(got) in looks and not more_rates else ""
        assert got == 1e-2, f"suggested was {got}, expected 0.01{note}.{like}"
        assert isinstance(got, float), f"a {type(got).__name__}, not a float"


# %%
# @title Picture: which learning rate?
if EXPERIMENT:
    LAST_BLOCK = "features.24"  # of VGG16: the last three convolutions, and with them what comes after

    def smooth(losses, share=0.7):
        """A running mean: one batch is luckier than the next, and their slope says little."""
        result, mean = [], 0.0
        for i, loss in enumerate(losses):
            mean = share * mean + (1 - share) * loss
            result.append(mean / (1 - share ** (i + 1)))
        return result

    if "head" in globals():
        with picture("replace_head, parameter_groups, unfreeze_from, find_learning_rate and suggest_learning_rate"):
            pet_network = replace_head(copy.deepcopy(network), len(breed_names)).to(device)
            unfreeze_from(pet_network, LAST_BLOCK)
            optimizer = torch.optim.AdamW(parameter_groups(pet_network, head_lr=1e-3, backbone_lr=1e-3))
            loader = Batches(*pets, size=8 if small else 32, shuffle=True)
            steps = 30 if small else 80
            rates, losses = find_learning_rate(
                pet_network, loader, F.cross_entropy, optimizer, lowest=1e-6, highest=1e-1, steps=steps
            )
            found = suggest_learning_rate(rates, smooth(losses))
            pet_network.classifier[6].load_state_dict(head.state_dict())  # from here on with the head of exercise 5
            figure, ax = plt.subplots(figsize=(7.5, 3.6))
            ax.plot(rates, losses, ".", color="0.6", label="loss of each batch")
            ax.plot(rates, smooth(losses), color=BLUE, lw=2, label="running mean")
            ax.axvline(found, color=ORANGE, lw=2, label=f"suggested: {found:.1e}")
            ax.set(
                xscale="log", xlabel="learning rate", ylabel="loss", ylim=(0, 1.05 * min(max(losses), 4 * losses[0]))
            )
            ax.legend(frameon=False)
            ax.spines[["top", "right"]].set_visible(False)
            plt.tight_layout()
            plt.show()
    else:
        print("This picture appears once you have solved cache_features.")

# %% [markdown]
# The trial began with a head that knows nothing, so that there was something to fall; the training below goes on with the head of exercise 5. The suggestion is an order of magnitude rather than a number (run the cell again and see), and that is enough: the head gets this rate if it lies between 0.00001 and 0.0003, or else the nearer of these two, and the layers that know something already get a **tenth** of it. The learning rate rises during the first third and then falls to zero, the one cycle of Assignment 4.


# %%
# @title Training: fine-tune the last block
def training_mode(model):
    """Training mode, but for batch norm whose weights are frozen: its statistics should stay as they are, too."""
    model.train()
    for part in model.modules():
        if isinstance(part, nn.BatchNorm2d) and not any(p.requires_grad for p in part.parameters()):
            part.eval()


def train_one_cycle(model, loader, groups, *, epochs, report=None):
    """Train with AdamW and cross-entropy; each group's learning rate rises to its "lr" and falls to 0 again.

    Uses half precision on a GPU. Returns the mean loss of each epoch; `report` is called with (epoch, loss, seconds).
    """
    device = next(model.parameters()).device
    optimizer = torch.optim.AdamW([group for group in groups if group["params"]], weight_decay=0.01)
    peaks = [group["lr"] for group in optimizer.param_groups]
    scaler = torch.amp.GradScaler(device.type, enabled=device.type == "cuda")
    history, total = [], max(2, epochs * len(loader))
    training_mode(model)
    with tqdm(total=epochs * len(loader), leave=False) as bar:
        for epoch in range(epochs):
            started, losses, count = time.perf_counter(), torch.zeros((), device=device), 0
            for i, (images, labels) in enumerate(loader):
                done = (epoch * len(loader) + i) / total
                factor = done / 0.3 if done < 0.3 else (1 + math.cos(math.pi * (done - 0.3) / 0.7)) / 2
                for group, peak in zip(optimizer.param_groups, peaks, strict=True):
                    group["lr"] = peak * max(factor, 0.01)
                optimizer.zero_grad()
                with torch.autocast(device.type, dtype=torch.float16, enabled=device.type == "cuda"):
                    logits = model(images.to(device))
                loss = F.cross_entropy(logits.float(), labels.to(device))
                scaler.scale(loss).backward()
                scaler.step(optimizer)
                scaler.update()
                losses += loss.detach() * len(labels)
                count += len(labels)
                bar.update()
            history.append(losses.item() / count)
            bar.set_postfix(loss=f"{history[-1]:.3f}")
            if report is not None:
                report(epoch + 1, history[-1], time.perf_counter() - started)
    return history


def all_probabilities(model, loader, ask=None):
    """Probabilities (N, classes), on the CPU, for the images of a loader; `ask`: a function of (model, images)."""
    device = next(model.parameters()).device
    half = torch.autocast(device.type, dtype=torch.float16, enabled=device.type == "cuda")
    with eval_mode(model), torch.no_grad(), half:
        ask = ask or (lambda model, images: model(images).softmax(dim=1))
        return torch.cat([ask(model, images.to(device)).float().cpu() for images, _ in loader])


if EXPERIMENT:
    if "found" in globals():
        peak = min(max(found, 1e-5), 3e-4)
        groups = parameter_groups(pet_network, head_lr=peak, backbone_lr=peak / 10)
        print(f"{sum(p.numel() for group in groups for p in group['params']):,} trainable parameters")
        started = time.perf_counter()
        history = train_one_cycle(
            pet_network,
            Batches(*pets, size=16 if small else 32, shuffle=True, mirror=True),
            groups,
            epochs=2 if small else 4,
        )
        probabilities = all_probabilities(pet_network, Batches(*test_pets))
        predictions = probabilities.argmax(dim=1)
        print(f"training loss, epoch by epoch: {', '.join(f'{loss:.3f}' for loss in history)}")
        print(f"test accuracy, only the head trained: {100 * accuracy:.1f} %")
        print(f"test accuracy, fine-tuned:            {100 * share_right(probabilities, test_pets[1]):.1f} %", end="")
        print(f"   (after {time.perf_counter() - started:.0f} s)")
    else:
        print("This training begins once the picture above has appeared.")

# %% [markdown]
# ### `most_confused`
#
# *How good* is one number. *What it gets wrong* is a table, the **confusion matrix** of Assignment 3: the number in row $a$ and column $p$ says how often $a$ was taken for $p$. With 37 classes it has 1,332 places for mistakes; you want to read the ten largest.
#
# | | → cat | → dog | → fox |
# |---|---|---|---|
# | **cat** | 5 | 2 | 0 |
# | **dog** | 3 | 9 | 3 |
# | **fox** | 1 | 0 | 7 |
#
# The three most frequent mistakes: (dog, cat, 3), (dog, fox, 3), (cat, dog, 2). Right answers (the diagonal) and mistakes that never happened do not belong in the list.


# %%
def most_confused(matrix, categories, count):
    """The most frequent mistakes in a confusion matrix.

    matrix: (C, C) tensor of int64 or int32, in row a, column p how often a was taken for p; categories: C names;
    count: 0 or more.
    Returns a list of at most `count` triples (actual, predicted, how often), tuples or lists, of two names and a plain
    Python int, the most frequent first; equally frequent ones in the order of the matrix, row by row. No right
    predictions, and no zeros.
    The matrix and the categories do not change.
    """
    ### BEGIN SOLUTION
    pairs = [
        (categories[actual], categories[predicted], int(times))
        for actual, row in enumerate(matrix)
        for predicted, times in enumerate(row)
        if actual != predicted and times > 0
    ]
    return sorted(pairs, key=lambda pair: -pair[2])[:count]  # sorted keeps the order of equals
    ### END SOLUTION


# %% points=5
def test_most_confused():
    """cats, dogs and foxes, as above"""
    matrix = torch.tensor([[5, 2, 0], [3, 9, 3], [1, 0, 7]])
    before = matrix.clone()
    everything = [("dog", "cat", 3), ("dog", "fox", 3), ("cat", "dog", 2), ("fox", "cat", 1)]
    for count in (3, 10):
        got = most_confused(matrix, ["cat", "dog", "fox"], count)
        assert got is not None, "most_confused returned None; is there a `return`?"
        got = [tuple(row) for row in got]
        assert torch.equal(matrix, before), "the matrix has changed: work on a copy"
        assert ("dog", "dog", 9) not in got, "(dog, dog, 9) is no mistake: leave out the diagonal"
        assert not any(times == 0 for *_, times in got), "mistakes that never happened do not belong in the list"
        swapped = [(actual, predicted, n) for predicted, actual, n in everything]
        assert sorted(got) != sorted(swapped[:count]), "actual and predicted are swapped: rows are actual"
        assert got == everything[:count], f"expected for count={count}:\n{everything[:count]}\n\ngot:\n{got}"
        assert all(isinstance(times, int) for *_, times in got), "how often should be an int: `int(…)`, `.item()`"


# %%
# @title Picture: most confused, and worst mistakes
if EXPERIMENT:
    if "predictions" in globals():
        with picture("most_confused"):
            test_images, answers = test_pets
            matrix = torch.zeros(len(breed_names), len(breed_names), dtype=torch.long)
            matrix.index_put_((answers, predictions), torch.ones_like(answers), accumulate=True)
            pairs = most_confused(matrix, breed_names, 10)
            figure, ax = plt.subplots(figsize=(8, 0.9 + 0.3 * len(pairs)))
            ax.barh(range(len(pairs)), [times for *_, times in pairs], color=SKY)
            ax.set_yticks(range(len(pairs)), [f"{actual}  taken for  {predicted}" for actual, predicted, _ in pairs])
            for i, (*_, times) in enumerate(pairs):
                ax.text(times, i, f" {times}", va="center")
            ax.set(xticks=[], title="the most frequent mistakes")
            ax.invert_yaxis()
            ax.spines[["top", "right", "bottom"]].set_visible(False)
            plt.tight_layout()
            plt.show()

            def typical(kind):
                right = (answers == kind) & (predictions == kind)
                return test_images[(right if right.any() else answers == kind).nonzero()[0, 0]]

            figure, axes = plt.subplots(4, min(4, max(1, len(pairs))), figsize=(11, 8.4), squeeze=False)
            for column, (actual, predicted, _) in zip(axes.T, pairs, strict=False):
                one, other = breed_names.index(actual), breed_names.index(predicted)
                confused = test_images[(answers == one) & (predictions == other)][:2]
                examples = [*confused, *[typical(other)] * (2 - len(confused))][:2]
                rows = [
                    *zip(examples, [f"{actual},\ntaken for {predicted}"] * len(confused) + [predicted], strict=False)
                ]
                rows += [(typical(one), f"{actual} otherwise"), (typical(other), predicted)]
                for ax, (image, title) in zip(column, rows, strict=True):
                    ax.imshow(image.permute(1, 2, 0))
                    ax.set_title(title, fontsize=9)
            for ax in axes.flat:
                ax.axis("off")
            plt.tight_layout()
            plt.show()

        wrong = (predictions != answers).nonzero()[:, 0]
        worst = wrong[probabilities[wrong, answers[wrong]].argsort()][:8]  # the least probability for the truth
        figure, axes = plt.subplots(2, 4, figsize=(11, 7.2))
        for ax, i in zip(axes.flat, worst.tolist(), strict=False):
            ax.imshow(test_images[i].permute(1, 2, 0))
            sure = 100 * probabilities[i, predictions[i]]
            ax.set_title(f"{breed_names[answers[i]]}\n“{breed_names[predictions[i]]}”, {sure:.0f} % sure", fontsize=10)
        for ax in axes.flat:
            ax.axis("off")
        figure.suptitle("the worst mistakes: least probability for the truth")
        plt.tight_layout()
        plt.show()
    else:
        print("These pictures appear once the fine-tuning has run.")

# %% [markdown]
# ### `predict_with_mirror`
#
# A mirrored dog is the same breed, but the network gives it other probabilities. So ask twice and take the mean: **test-time augmentation**. It costs twice the time and no training.
#
# The mean is taken of the *probabilities*. Take a picture of one row and three pixels, and a model that does nothing, so that its logits are the pixels, 0, ln 2, ln 5:
#
# | | logits | probabilities |
# |---|---|---|
# | picture | 0, ln 2, ln 5 | 0.125, 0.25, 0.625 |
# | mirrored | ln 5, ln 2, 0 | 0.625, 0.25, 0.125 |
# | mean | | 0.375, 0.25, 0.375 |
#
# <details><summary>Hint</summary>
#
# `images.flip(3)` reverses the last axis of (N, C, H, W), the columns.
#
# </details>


# %%
def predict_with_mirror(model, images):
    """Test-time augmentation: ask about each image and about its mirror image, and take the mean.

    images: (N, 3, H, W); model(images): logits (N, classes). Returns a tensor (N, classes), the mean of the two
    probabilities. Left and right are swapped. Asked in eval mode and without gradients; the model stays as it was, the
    mode of each of its parts included.
    """
    ### BEGIN SOLUTION
    with eval_mode(model), torch.no_grad():
        return (model(images).softmax(dim=1) + model(images.flip(3)).softmax(dim=1)) / 2
    ### END SOLUTION


# %% points=4
def test_predict_with_mirror():
    """one row of three pixels, as above; two rows, of which only left and right are swapped"""
    model = nn.Sequential(nn.Flatten(), nn.Dropout(0.5)).train()
    row = torch.tensor([1.0, 2.0, 5.0]).log()
    with leaves_no_trace(model):
        got = predict_with_mirror(model, row.reshape(1, 1, 1, 3))
    compare(
        got,
        [[0.375, 0.25, 0.375]],
        {
            "the mean was taken before the softmax": [[0.34549, 0.30902, 0.34549]],
            "left and right were not swapped": [[0.125, 0.25, 0.625]],
            "only the mirror image was asked about": [[0.625, 0.25, 0.125]],
            "the sum, not the mean": [[0.75, 0.5, 0.75]],
            "logits, not probabilities": [[0.80472, 0.69315, 0.80472]],
        },
        what="the mean probabilities",
    )
    assert not got.requires_grad, "the probabilities carry gradients: use torch.no_grad()"
    images = torch.tensor([[[[1.0, 2.0], [4.0, 8.0]]], [[[1.0, 1.0], [1.0, 2.0]]]]).log()  # (2, 1, 2, 2)
    compare(
        predict_with_mirror(model, images),
        [[0.1, 0.1, 0.4, 0.4], [0.2, 0.2, 0.3, 0.3]],
        {
            "turned by 180 degrees, not mirrored": [[0.3, 0.2, 0.2, 0.3], [0.3, 0.2, 0.2, 0.3]],
        },
        what="the mean probabilities of two images of 2×2 pixels",
    )


# %%
# @title Picture: asking twice
if EXPERIMENT:
    if "predictions" in globals():
        with picture("predict_with_mirror"):
            twice = all_probabilities(pet_network, Batches(*test_pets), predict_with_mirror)
            once_right, twice_right = (p.argmax(dim=1) == test_pets[1] for p in (probabilities, twice))
            names = "head alone", "fine-tuned", "asked twice"
            errors = [100 * (1 - accuracy), 100 * (~once_right).float().mean(), 100 * (~twice_right).float().mean()]
            figure, ax = plt.subplots(figsize=(7.5, 2.3))
            ax.barh(names, errors, color=[SKY, BLUE, ORANGE])
            for i, error in enumerate(errors):
                ax.text(error, i, f" {error:.1f} %", va="center")
            ax.set(xticks=[], title=f"errors on {len(test_pets[1]):,} test pictures")
            ax.invert_yaxis()
            ax.spines[["top", "right", "bottom"]].set_visible(False)
            plt.tight_layout()
            plt.show()
            mended, spoilt = (~once_right & twice_right).sum(), (once_right & ~twice_right).sum()
            print(f"asking twice has mended {mended} mistakes and made {spoilt} new ones")
    else:
        print("This picture appears once the fine-tuning has run.")

# %% [markdown]
# ## Exercise 7 · What it looks for
#
# ●○○ · 10 minutes · 5 points
#
# Now open the network. Its filters are its weights: of the first convolution 64 filters of 3×3×3 numbers, and since its input has three channels, red, green and blue, each can be shown as a small colour picture. For that the numbers, which go from about −0.7 to 0.7, are scaled to 0 … 1:
#
# $$w' = \frac{w - \min w}{\max w - \min w},$$
#
# with **one** minimum and **one** maximum for the whole layer. If you scale each filter by itself, one that does next to nothing looks as strong as the strongest. If all numbers are the same, the denominator is 0; then everything becomes 0.
#
# And a picture must not change the network that it shows: `weight -= weight.min()` works in place and spoils the weights.


# %%
def filters(model, layer):
    """The filters of a convolution, made visible: its weights, scaled to 0 … 1.

    layer: the name of an nn.Conv2d as in model.named_modules(). Returns a tensor (F, C, kh, kw) without gradients: the
    layer's smallest weight becomes 0 and its largest 1, one scale for the whole layer. If all weights are the same,
    all become 0. The tensor is always a copy: the model's weights do not change, even if somebody writes into it.
    """
    ### BEGIN SOLUTION
    weight = model.get_submodule(layer).weight.detach()
    span = weight.max() - weight.min()
    return (weight - weight.min()) / (span if span > 0 else 1)
    ### END SOLUTION


# %% points=5
def test_filters():
    """two filters on two channels, from −3 to 5"""
    model = nn.Sequential(OrderedDict(block=nn.Sequential(nn.ReLU(), nn.Conv2d(2, 2, (1, 2)))))
    weight = torch.tensor([[[-3.0, 1.0], [0.0, -1.0]], [[5.0, 4.0], [3.0, 4.0]]])[:, :, None]  # (2, 2, 1, 2)
    model.block[1].weight.data = weight.clone()
    with leaves_no_trace(model):
        got = filters(model, "block.1")
    low, high = weight.amin(dim=(1, 2, 3), keepdim=True), weight.amax(dim=(1, 2, 3), keepdim=True)
    lows, highs = weight.amin(dim=(2, 3), keepdim=True), weight.amax(dim=(2, 3), keepdim=True)
    compare(
        got,
        (weight + 3) / 8,
        {
            "each filter has a scale of its own; it should be one for the layer": (weight - low) / (high - low),
            "each channel of each filter has a scale of its own": (weight - lows) / (highs - lows),
            "divided by the maximum, not by the maximum minus the minimum": (weight + 3) / 5,
            "the weights as they are": weight,
            "the absolute values, divided by the largest": weight.abs() / 5,
        },
        what="the filters",
    )
    assert not got.requires_grad, "the filters carry gradients: `.detach()`"
    model.block[1].weight.data = torch.full((2, 2, 1, 2), 0.7)
    got = filters(model, "block.1")
    assert not torch.isnan(got).any(), "if all weights are the same, nan came out: 0 / 0"
    compare(got, torch.zeros(2, 2, 1, 2), what="the filters of a layer whose weights are all 0.7")


# %%
# @title Picture: the filters of VGG16
if EXPERIMENT:
    # The usual names of VGG16's layers: conv1_1, conv1_2, pool1, …
    usual, block, number = {}, 1, 1
    for index, part in network.features.named_children():
        if isinstance(part, nn.Conv2d):
            usual[f"features.{index}"] = f"conv{block}_{number}"
            number += 1
        elif isinstance(part, nn.MaxPool2d):
            usual[f"features.{index}"] = f"pool{block}"
            block, number = block + 1, 1

    with picture("filters"):
        figure, axes = plt.subplots(4, 16, figsize=(11, 3.1))
        for ax, kernel in zip(axes.flat, filters(network, "features.0").cpu(), strict=True):
            ax.imshow(kernel.permute(1, 2, 0))
            ax.axis("off")
        figure.suptitle("conv1_1: all 64 filters of 3×3 pixels, in colour", fontsize=11)
        plt.subplots_adjust(left=0.01, right=0.99, bottom=0.01, top=0.9, wspace=0.1, hspace=0.1)
        plt.show()

        chosen = ["features.2", "features.10", "features.28"]
        figure = plt.figure(figsize=(11, 5.2))
        for part, name in zip(figure.subfigures(len(chosen), 1), chosen, strict=True):
            axes = part.subplots(3, 24, gridspec_kw={"left": 0.01, "right": 0.99, "bottom": 0.03, "top": 0.84})
            kernels = filters(network, name).cpu()
            for channel, row in enumerate(axes):
                for ax, kernel in zip(row, kernels[:24, channel], strict=True):
                    ax.imshow(kernel, cmap="gray", vmin=0, vmax=1)
                    ax.axis("off")
            title = f"{usual[name]}: 24 of {len(kernels)} filters (side by side), 3 of {kernels.shape[1]} channels (below each other)"
            part.suptitle(title, x=0.01, ha="left", fontsize=10)
        plt.show()

# %% [markdown]
# The first layer can be read: edges in all directions, spots, pairs of opposite colours. From the second on the channels are not colours any more, and a 3×3 picture of the weights for 64 other findings tells nobody anything. (It looks grey since a few large weights set the scale.) To understand a deeper layer, look at what it *finds*.
#
# ## Exercise 8 · What it finds
#
# ●●○ · 20 minutes · 8 points
#
# A **feature map** is the output of one filter for one picture: bright where the filter has found what it looks for. VGG16 has 18 layers whose maps are worth looking at, 13 convolutions and 5 poolings, from 64 maps of 224×224 to 512 of 7×7. The three dense layers give no maps.
#
# As in Assignment 3, a **hook** gets hold of them: a function that PyTorch calls with `(layer, inputs, output)` each time a layer has run.
#
# ```python
# handle = layer.register_forward_hook(hook)
# ...
# handle.remove()
# ```
#
# Three old acquaintances can go wrong here:
#
# - VGG16's ReLUs work **in place**: they overwrite the convolution's output, and with it the map that you have kept. Keep a copy, `output.clone()`.
# - A hook that is not removed is called in every later run, also if it stayed only because the model stopped with an error. So remove your hooks in a `finally`.
# - A function that is made in a loop sees the loop's *last* name, unless you hand the name in: write `def make_hook(name): …`, which returns the hook.
#
# <details><summary>Hint: the order</summary>
#
# A dict keeps the order in which it is filled. Filled by the hooks, that is the order in which the model runs.
#
# </details>


# %%
def feature_maps(model, image):
    """The output of every convolution and every max-pooling layer, for one image.

    image: (3, H, W), preprocessed. Returns a dict from the name, as in model.named_modules(), of each nn.Conv2d and
    nn.MaxPool2d, and of nothing else, to a tensor (C, H, W) without gradients, in the order in which the model runs
    them; each runs once. An in-place ReLU behind a layer does not change what is returned for it. Asked in eval mode;
    the model stays as it was, the mode of each part included and without our hooks, even if it raised an error, which
    is passed on.
    """
    ### BEGIN SOLUTION
    maps, handles = {}, []

    def keep(name):
        def hook(part, inputs, output):
            maps[name] = output[0].detach().clone()

        return hook

    try:
        for name, part in model.named_modules():
            if isinstance(part, (nn.Conv2d, nn.MaxPool2d)):
                handles.append(part.register_forward_hook(keep(name)))
        with eval_mode(model), torch.no_grad():
            model(image[None])
    finally:
        for handle in handles:
            handle.remove()
    return maps
    ### END SOLUTION


# %% points=8
def test_feature_maps():
    """a tiny VGG: two convolutions and two poolings, the convolutions as they were before the in-place ReLU"""
    model = tiny_vgg().train()
    image = torch.randn(3, 8, 12, generator=torch.Generator().manual_seed(0))
    with leaves_no_trace(model):
        got = feature_maps(model, image)
    assert isinstance(got, dict), f"feature_maps returned a {type(got).__name__}, not a dict"
    names = ["features.0", "features.2", "features.3", "features.5"]
    assert list(got) == names, f"the keys are {list(got)}, expected were {names}, in this order"
    first = F.conv2d(image[None], model.features[0].weight, model.features[0].bias, padding=1)[0].detach()
    pooled = F.max_pool2d(first.clamp(min=0), 2)
    second = F.conv2d(pooled[None], model.features[3].weight, model.features[3].bias, padding=1)[0].detach()
    expected = [first, pooled, second, F.max_pool2d(second.clamp(min=0), 2)]
    for name, value in zip(names, expected, strict=True):
        looks = {
            "this is what the ReLU after it makes of it, in place: keep a copy of the layer's own output": value.clamp(
                min=0
            ),
            "the batch of one is still there: (1, C, H, W), not (C, H, W)": value[None],
            "only the first map was kept: index 0 was taken once too often": value[0],
        }
        compare(got[name], value, looks, what=f"what comes out of {name}")
        assert not got[name].requires_grad, "the maps carry gradients"
    try:
        feature_maps(model, torch.zeros(4, 8, 8))  # four channels do not fit
    except RuntimeError:
        pass
    assert not any(part._forward_hooks for part in model.modules()), (
        "after an error in the model a hook is still there: remove it in a `finally`"
    )


# %%
# @title Picture: a bird on its way through VGG16
if EXPERIMENT:
    with picture("preprocess and feature_maps"):
        bird = preprocess(photograph).to(device)
        maps = feature_maps(network, bird)
        figure, axes = plt.subplots(len(maps), 12, figsize=(11, 1.13 * len(maps)))
        for row, (name, value) in zip(axes, maps.items(), strict=True):
            strongest = value.flatten(1).std(dim=1).argsort(descending=True)[:12].sort().values
            for ax, channel in zip(row, value[strongest].cpu(), strict=True):
                ax.imshow(channel, cmap="gray")
                ax.axis("off")
            title = f"{usual[name]}: 12 of {value.shape[0]} maps of {value.shape[1]}×{value.shape[2]}"
            row[0].set_title(title, loc="left", fontsize=9, pad=2)
        plt.subplots_adjust(left=0.01, right=0.99, bottom=0.005, top=0.985, wspace=0.05, hspace=0.32)
        plt.show()

# %% [markdown]
# You see twelve maps of each layer, those with the strongest contrast. At the top one still recognises the picture: edges, light, shade. Further down the maps get coarser and sparser; each is bright in a few places only, and the map alone does not say what it has found there ("a beak", "striped").
#
# ## Exercise 9 · Which pixels matter?
#
# ●●○ · 15 minutes · 7 points
#
# *Why a bird?* The first way to ask: if this pixel became a little brighter, how much would the score change? That is a derivative, and PyTorch computes all 150,528 of them in one go: not with respect to the weights, as in training, but with respect to the **image**.
#
# $$\text{saliency}_{h,w} = \max_{c} \left| \frac{\partial\, \text{score}}{\partial\, x_{c,h,w}} \right|.$$
#
# The absolute value, since a pixel whose darkening helps matters as much; the largest of the three channels, since a pixel is as important as its most important colour. With two pixels and the derivatives 1, −2 (red), −3, 1 (green), 2, 0.5 (blue) the saliency is 3, 2.
#
# The score is the **logit**. A probability of 0.999 hardly changes whatever you do, so its derivatives are almost 0; and a change of it may come from the other classes' scores.
#
# <details><summary>Hint: a derivative and nothing else</summary>
#
# `score.backward()` would also fill `.grad` of every weight of the model, which should stay as it was. `torch.autograd.grad(score, x)` gives the derivative with respect to `x` alone (a tuple with one entry).
#
# </details>
#
# <details><summary>Hint: "One of the differentiated Tensors does not require grad"</summary>
#
# The image is data. Make a copy that wants a gradient: `x = image.detach().clone().requires_grad_()`.
#
# </details>


# %%
def saliency(model, image, target):
    """How strongly does the score of a class depend on each pixel?

    image: (3, H, W), preprocessed; target: the number of a class. The score is its logit.
    Returns a tensor (H, W), without gradients: at each pixel the largest of the three channels' |d score / d image|.
    Asked in eval mode; the image, and the model with its parameters' gradients, stay as they were.
    """
    ### BEGIN SOLUTION
    x = image.detach().clone().requires_grad_()
    with eval_mode(model):
        score = model(x[None])[0, target]
    (gradient,) = torch.autograd.grad(score, x)
    return gradient.abs().amax(dim=0)
    ### END SOLUTION


# %% points=7
def test_saliency():
    """two pixels, as above; then a tiny VGG, which should stay as it was"""
    model = nn.Sequential(nn.Flatten(), nn.Linear(6, 2))
    model[1].weight.data = torch.tensor([[9.0, 9, 9, 9, 9, 9], [1, -2, -3, 1, 2, 0.5]])
    image = torch.tensor([[[0.1, 0.2]], [[-0.3, 0.4]], [[0.5, 0.0]]])  # (3, 1, 2)
    before = image.clone()
    gradient = model[1].weight.detach()[1].reshape(3, 1, 2)
    logits = model(image[None]).detach()[0]
    p = logits.softmax(0)[1]
    chance = (p * (1 - p) * (gradient - 9)).abs().amax(dim=0)
    with leaves_no_trace(model):
        got = saliency(model, image, 1)
    compare(
        got,
        [[3, 2]],
        {
            "negative derivatives do not count: the absolute value comes before the maximum": [[2, 1]],
            "the sum over the channels, not the largest": [[6, 3.5]],
            "the mean over the channels, not the largest": [[2, 3.5 / 3]],
            "the length of the gradient over the channels, not the largest": [[14**0.5, 5.25**0.5]],
            "the derivative of the probability, not of the logit": chance,
            "all three channels: the largest of them is still to be taken": gradient.abs(),
            "the derivative of the score of class 0": [[9, 9]],
            "the derivative of the sum of all logits": [[11, 10]],
            "the derivative times the image": (gradient * image).abs().amax(dim=0),
        },
        what="the saliency",
    )
    assert torch.equal(image, before) and not image.requires_grad and image.grad is None, (
        "the image is not as it was before: work on a copy, `image.clone()`"
    )
    assert not got.requires_grad, "the saliency carries gradients"
    model, image = tiny_vgg().train(), torch.randn(3, 8, 8, generator=torch.Generator().manual_seed(1))
    model.requires_grad_(False)
    with leaves_no_trace(model):
        one, other = saliency(model, image, 2), saliency(model, image, 2)
    assert one.shape == (8, 8), f"the saliency has the shape {tuple(one.shape)}, expected was (8, 8)"
    assert torch.equal(one, other), "twice the same question gave two answers: was the model in eval mode?"


# %%
# @title Picture: the pixels that matter
if EXPERIMENT:
    with picture("preprocess and saliency"):
        bird = preprocess(photograph).to(device)
        with eval_mode(network), torch.no_grad():
            target = int(network(bird[None]).argmax())
        sensitive = saliency(network, bird, target).cpu()
        figure, axes = plt.subplots(1, 3, figsize=(11, 4))
        axes[0].imshow(visible(bird))
        axes[1].imshow(sensitive, cmap="inferno", vmax=float(sensitive.quantile(0.995)))
        spread = F.avg_pool2d(sensitive[None, None], 9, stride=1, padding=4)[0, 0]
        axes[2].imshow(spread, cmap="inferno")
        titles = f"“{categories[target]}”", "saliency", "saliency, blurred"
        for ax, title in zip(axes, titles, strict=True):
            ax.set_title(title, fontsize=11)
            ax.axis("off")
        plt.tight_layout()
        plt.show()

# %% [markdown]
# It looks like grains of sand that have gathered where the bird is. Single pixels say little (a network is sensitive to tiny changes in places where nobody would look; Assignment 6 makes a weapon of it), but places where the grains lie densely say something.
#
# ## Exercise 10 · What if this were covered?
#
# ●●○ · 15 minutes · 5 points
#
# The second way to ask *why a bird?* needs no derivative at all: cover a part of the picture with a grey patch, and see by how much the score falls. Then move the patch on. If the score falls far, the hidden part mattered.
#
# A patch of size $s$ that moves by a stride $t$ has, as in every convolution, $\lfloor (H - s) / t \rfloor + 1$ places from top to bottom, and likewise from left to right. Place $(i, j)$ covers rows $i t$ to $i t + s - 1$ and columns $j t$ to $j t + s - 1$. Covered means **0**, which is the mean colour of all photographs (exercise 1); black would be −2, a strong signal of its own.
#
# $$\text{map}_{i,j} = \text{score of the picture} - \text{score with the patch at } (i, j)$$
#
# On paper: a picture of 2×3 pixels, each channel $\begin{bmatrix} 1 & 0 & 2 \\ 3 & 1 & 0 \end{bmatrix}$, and as score the sum of all its numbers, 21. A patch of size 2 with stride 1 has two places; it takes 5 or 3 away from each channel: the map is 15, 9.
#
# <details><summary>Hint: faster</summary>
#
# One picture at a time is right and slow. Collect the covered copies of one row of places, `torch.stack` them, and ask about all at once.
#
# </details>


# %%
def occlusion_map(model, image, target, *, size, stride):
    """By how much does the score of a class fall if a patch of the image is covered?

    image: (3, H, W), preprocessed; target: the number of a class. The score is its logit.
    Returns a tensor (rows, columns), rows = (H − size) // stride + 1 and columns likewise: at (i, j) the score of the
    untouched image minus its score with the size×size pixels from row i · stride and column j · stride on set to 0, in
    all channels. Asked in eval mode and without gradients; image and model stay as they were.
    """
    ### BEGIN SOLUTION
    height, width = image.shape[1:]
    rows = []
    with eval_mode(model), torch.no_grad():
        score = model(image[None])[0, target]
        for top in range(0, height - size + 1, stride):
            covered = []
            for left in range(0, width - size + 1, stride):
                covered.append(image.clone())
                covered[-1][:, top : top + size, left : left + size] = 0
            rows.append(score - model(torch.stack(covered))[:, target])
    return torch.stack(rows)
    ### END SOLUTION


# %% points=5
def test_occlusion_map():
    """the example above; then 5×7 pixels with stride 2"""
    model = nn.Sequential(nn.Flatten(), nn.Dropout(0.5), nn.Linear(18, 2, bias=False)).train()
    model[2].weight.data = torch.stack([torch.full((18,), 0.25), torch.ones(18)])
    image = torch.tensor([[1.0, 0, 2], [3, 1, 0]]).repeat(3, 1, 1)
    before, black = image.clone(), 4 * float((MEAN / STD).sum())
    with leaves_no_trace(model):
        got = occlusion_map(model, image, 1, size=2, stride=1)
    assert torch.equal(image, before), "the image has changed: cover a copy, `image.clone()`"
    compare(
        got,
        [[15, 9]],
        {
            "the sign is reversed: how much the score rises": [[-15, -9]],
            "the score of what the patch does not cover, not what covering it takes away": [[6, 12]],
            "the patch stays where it was when the next is put: start from a fresh copy": [[15, 21]],
            "only one channel is covered": [[5, 3]],
            "the patch is black, not 0": [[15 + black, 9 + black]],
        },
        what="the map",
    )
    assert not got.requires_grad, "the map carries gradients"
    model = nn.Sequential(nn.Flatten(), nn.Linear(105, 3, bias=False))
    model[1].weight.data = torch.sin(torch.arange(315.0)).reshape(3, 105)
    image = torch.cos(0.7 * torch.arange(105.0)).reshape(3, 5, 7)
    product = (model[1].weight.detach()[2].reshape(3, 5, 7) * image).sum(dim=0)
    expected = [[product[i : i + 2, j : j + 2].sum() for j in (0, 2, 4)] for i in (0, 2)]
    compare(
        occlusion_map(model, image, 2, size=2, stride=2),
        expected,
        what="the map of 5×7 pixels, size 2, stride 2",
    )


# %%
# @title Picture: covering the bird
if EXPERIMENT:
    with picture("preprocess and occlusion_map"):
        bird = preprocess(photograph).to(device)
        with eval_mode(network), torch.no_grad():
            target = int(network(bird[None]).argmax())
        size, stride = 48, 32 if small else 16
        falls = occlusion_map(network, bird, target, size=size, stride=stride).cpu()
        row, column = np.unravel_index(int(falls.argmax()), falls.shape)
        covered = bird.clone()
        covered[:, row * stride : row * stride + size, column * stride : column * stride + size] = 0
        figure, axes = plt.subplots(1, 3, figsize=(11, 4))
        axes[0].imshow(visible(bird))
        limit = float(falls.abs().max())
        shown = axes[1].imshow(falls, cmap="PuOr_r", vmin=-limit, vmax=limit)
        figure.colorbar(shown, ax=axes[1], fraction=0.046)
        axes[2].imshow(visible(covered))
        titles = f"“{categories[target]}”", "how far the score falls", "where it falls most"
        with picture("top_k"):
            names = top_k(network, covered[None], categories, 1)[0][0]
            titles = *titles[:2], f"where it falls most: “{names[0]}”, {100 * names[1]:.0f} %"
        for ax, title in zip(axes, titles, strict=True):
            ax.set_title(title, fontsize=11)
            ax.axis("off")
        plt.tight_layout()
        plt.show()

# %% [markdown]
# ## Exercise 11 · Where is the bird?
#
# ●●● · 25 minutes · 10 points
#
# The third way looks neither at pixels nor at patches, but at the last maps, 512 of 14×14, in which the network has written down what it found, and where. **Grad-CAM** asks of each map: does more of it speak for the class? That is a derivative again, of the score with respect to the map, averaged over the map; this is its weight. The weighted maps are added up, and only what speaks *for* the class is kept:
#
# $$w_k = \text{mean of } \frac{\partial\, \text{score}}{\partial A_k} \text{ over height and width}, \qquad \text{Grad-CAM} = \max\Big(0,\; \sum_k w_k A_k\Big).$$
#
# On paper, with two maps of 2×2:
#
# | $k$ | $A_k$ | d score / d $A_k$ | $w_k$ |
# |---|---|---|---|
# | 1 | 1 0 / 2 1 | 2 0 / 2 0 | 1 |
# | 2 | 0 3 / 1 0 | −1 −1 / 0 0 | −0.5 |
#
# The weighted sum is 1 −1.5 / 1.5 1, and its maximum with 0 is **1 0 / 1.5 1**.
#
# For this you need the maps *as a part of the computation*, since the derivative is with respect to them: a copy made with `.detach()` is of no use. But in VGG16 an in-place ReLU lurks behind each convolution, and would overwrite exactly these maps. There is a way out: if a hook *returns* something, the model goes on with that.
#
# <details><summary>Hint: the way out</summary>
#
# A hook that keeps `output` itself and returns `output.clone()`: then the ReLU overwrites the clone, and your maps stay as they were, and part of the computation.
#
# </details>
#
# <details><summary>Hint: "element 0 of tensors does not require grad"</summary>
#
# If all weights are frozen, PyTorch keeps no computation. Hand in an image that wants a gradient, `image.clone().requires_grad_()`, even though you do not ask for it.
#
# </details>


# %%
def grad_cam(model, layer, image, target):
    """Grad-CAM: where in the image does a layer see what speaks for a class?

    layer: a name as in model.named_modules(), of a layer that gives (1, K, h, w); image: (3, H, W), preprocessed;
    target: the number of a class. With A_k the layer's K maps, as it gives them out, and w_k the mean of
    d score / d A_k over height and width, where score is the logit of the class, returns max(0, Σ_k w_k A_k), a tensor
    (h, w) without gradients, neither enlarged nor normalised. An in-place ReLU behind the layer does not disturb it,
    nor do frozen parameters. Asked in eval mode; the image, and the model with its parameters' gradients, stay as they
    were, without our hook.
    Source: Selvaraju and others, Grad-CAM (2017).
    """
    ### BEGIN SOLUTION
    outputs = []

    def keep(part, inputs, output):
        outputs.append(output)
        return output.clone()  # the model goes on with a copy, so that nothing in place reaches ours

    handle = model.get_submodule(layer).register_forward_hook(keep)
    try:
        with eval_mode(model):
            # The image wants a gradient, so that there is one even if all weights are frozen.
            score = model(image.detach().clone().requires_grad_()[None])[0, target]
    finally:
        handle.remove()
    (maps,) = outputs
    (gradient,) = torch.autograd.grad(score, maps)
    weights = gradient.mean(dim=(2, 3), keepdim=True)
    return (weights * maps).sum(dim=1)[0].detach().clamp(min=0)
    ### END SOLUTION


# %% points=10
def test_grad_cam():
    """two maps of 2×2, as above; then a tiny VGG with its in-place ReLUs"""
    model = nn.Sequential(nn.Conv2d(3, 2, 1, bias=False), nn.Flatten(), nn.Linear(8, 2, bias=False))
    model[0].weight.data = torch.tensor([[1.0, 0, 0], [0, 1, 0]])[
        :, :, None, None
    ]  # the maps are the first two channels
    model[2].weight.data = torch.tensor([[5.0, 5, 5, 5, 5, 5, 5, 5], [2, 0, 2, 0, -1, -1, 0, 0]])
    image = torch.tensor([[[1.0, 0], [2, 1]], [[0, 3], [1, 0]], [[0, 0], [0, 0]]])
    with leaves_no_trace(model):
        got = grad_cam(model, "0", image, 1)
    compare(
        got,
        [[1, 0], [1.5, 1]],
        {
            "the maximum with 0 is missing": [[1, -1.5], [1.5, 1]],
            "the absolute value, not the maximum with 0": [[1, 1.5], [1.5, 1]],
            "the derivatives were not averaged": [[2, 0], [4, 0]],
            "the derivatives were added up, not averaged": [[4, 0], [6, 4]],
            "the mean over the maps, not their sum": [[0.5, 0], [0.75, 0.5]],
            "maximum 1: it should not be normalised": [[2 / 3, 0], [1, 2 / 3]],
            "the maps and their weights have changed roles": [[1, 0], [2, 0]],
            "what speaks against the class was cut off before the sum, not after it": [[1, 0], [2, 1]],
            "the maps were not weighted": [[1, 3], [3, 1]],
            "the score of class 0": [[5, 15], [15, 5]],
        },
        what="Grad-CAM",
    )
    assert not got.requires_grad, "the map carries gradients"
    image = torch.randn(3, 8, 12, generator=torch.Generator().manual_seed(2))
    for layer in ("features.3", "features.4", "features.0"):
        model = tiny_vgg(seed=3).train()
        model.requires_grad_(layer != "features.4")
        with leaves_no_trace(model):
            got = grad_cam(model, layer, image, 4)
        number = int(layer[-1])
        maps = model.features[: number + 1].eval()(image[None].clone()).detach().requires_grad_()
        rest = nn.Sequential(
            *[nn.ReLU() if isinstance(part, nn.ReLU) else part for part in model.features[number + 1 :]]
        )
        score = model.classifier.eval()(model.avgpool(rest(maps)).flatten(1))[0, 4]
        weights = torch.autograd.grad(score, maps)[0].mean(dim=(2, 3), keepdim=True)
        expected = (weights * maps.detach()).sum(dim=1)[0].clamp(min=0)
        rectified = (weights * maps.detach().clamp(min=0)).sum(dim=1)[0].clamp(min=0)
        looks = {"the in-place ReLU after the layer has overwritten its maps": rectified}
        compare(got, expected, looks, what=f"Grad-CAM of a tiny VGG at {layer}")


# %%
# @title Picture: why a bird? Three answers
def draw_maps(axes, model, image, target, layer, *, size=48):
    """Saliency, occlusion and Grad-CAM of a class, over the image, into three axes."""
    side, stride = image.shape[-1], 16 if image.is_cuda else 32  # a finer map takes four times as long
    sensitive = saliency(model, image, target)
    sensitive = F.avg_pool2d(sensitive[None, None], 9, stride=1, padding=4)[0, 0]
    falls = occlusion_map(model, image, target, size=size, stride=stride).clamp(min=0)
    begin, end = (
        (size - stride) / 2,
        (falls.shape[0] - 1) * stride + (size + stride) / 2,
    )  # where the patches' middles are
    shown = {
        "saliency, blurred": (sensitive, (0, side, side, 0)),
        "occlusion": (falls, (begin, end, end, begin)),
        f"Grad-CAM at {layer}": (grad_cam(model, layer, image, target), (0, side, side, 0)),
    }
    grey = (image.detach().cpu() * STD[:, None, None] + MEAN[:, None, None]).clamp(0, 1).mean(dim=0).numpy()
    for ax, (title, (heat, extent)) in zip(axes, shown.items(), strict=True):
        heat = (heat / heat.max().clamp(min=1e-12)).cpu().numpy()
        ax.imshow(grey, cmap="gray", vmin=0, vmax=1, extent=(0, side, side, 0))
        ax.imshow(heat, cmap="inferno", extent=extent, interpolation="bilinear", alpha=0.8 * heat.clip(min=0))
        ax.set(xlim=(0, side), ylim=(side, 0))
        ax.set_title(title, fontsize=10)
        ax.axis("off")


if EXPERIMENT:
    with picture("preprocess, saliency, occlusion_map and grad_cam"):
        from skimage.data import chelsea

        looked_at = [preprocess(photograph).to(device), preprocess(Image.fromarray(chelsea())).to(device)]
        figure, axes = plt.subplots(2, 4, figsize=(11, 5.9))
        for row, image in zip(axes, looked_at, strict=True):
            with eval_mode(network), torch.no_grad():
                target = int(network(image[None]).argmax())
            row[0].imshow(visible(image))
            row[0].set_title(f"“{categories[target]}”", fontsize=10)
            row[0].axis("off")
            draw_maps(row[1:], network, image, target, "features.29")
        plt.tight_layout()
        plt.show()

# %%
# @title Picture: Grad-CAM, layer by layer and class by class
if EXPERIMENT:
    with picture("preprocess and grad_cam"):
        bird = preprocess(photograph).to(device)
        with eval_mode(network), torch.no_grad():
            best = network(bird[None])[0].topk(3).indices.tolist()
        figure, axes = plt.subplots(3, 5, figsize=(11, 7))
        for row, target in zip(axes, best, strict=True):
            for ax, layer in zip(
                row, ["features.3", "features.8", "features.15", "features.22", "features.29"], strict=True
            ):
                heat = grad_cam(network, layer, bird, target).cpu()
                ax.imshow(visible(bird).mean(dim=2), cmap="gray", vmin=0, vmax=1, extent=(0, 224, 224, 0))
                heat = heat / heat.max().clamp(min=1e-12)
                ax.imshow(
                    heat,
                    cmap="inferno",
                    extent=(0, 224, 224, 0),
                    interpolation="bilinear",
                    alpha=0.8 * heat.clamp(min=0),
                )
                ax.set(xticks=[], yticks=[])
                if target == best[0]:
                    ax.set_title(f"{layer}: {heat.shape[0]}×{heat.shape[1]}", fontsize=10)
            row[0].set_ylabel(f"“{categories[target]}”", fontsize=10)
        plt.tight_layout()
        plt.show()

# %% [markdown]
# Three methods, three questions, and three answers that agree roughly and not in detail. In the early layers Grad-CAM has little to say about a class: there are only edges, which every class has. In the last one it points.
#
# A picture like this shows what *this network* went by, and not what makes a bird. If it points at the branch and not at the bird, then that is the finding: a network that told wolves from huskies was once caught looking at the snow.
#
# ## Exercise 12 · Frozen, fine-tuned, from scratch
#
# ●○○ · 10 minutes · nothing to write, something to watch
#
# Now everything side by side, with your functions: VGG16 and ResNet-50, each in three ways,
#
# - **frozen**: features once, then the head alone;
# - **fine-tuned**: from there on, the last block with the head (`features.24` and all after it; `layer4` and all after it);
# - **from scratch**: the same network with random weights, everything trained.
#
# On Colab's GPU it should take about ten minutes, most of it from scratch (an estimate, not a measurement). *Without a GPU* about as long, with the few small pictures from above (and so few of them that an accuracy is good to ± 5 percent or so). The test pictures are used for measuring only: the numbers of epochs and the learning rates are written in the cell and were not chosen by them.

# %%
# @title Training: three ways, two networks
NETWORKS = {  # what torchvision calls it and its weights, its head, and where its last block begins
    "VGG16": ("vgg16", "VGG16_Weights", "classifier.6", "features.24"),
    "ResNet-50": ("resnet50", "ResNet50_Weights", "fc", "layer4"),
}
WAYS = "frozen", "fine-tuned", "from scratch"


def published(name):
    """A key of NETWORKS -> (the function that makes the network, its ImageNet weights)."""
    from torchvision import models

    make, weights, _, _ = NETWORKS[name]
    return getattr(models, make), getattr(models, weights).IMAGENET1K_V1


def try_ways(
    name, train, test, classes, *, device, ways=WAYS, epochs=(30, 4, 6), size=32, pretrained=True, report=None
):
    """Train a network in several ways, and give a record of each as soon as it is there.

    name: a key of NETWORKS; train, test: (bytes (N, 3, H, W), labels (N,)); epochs: of the three WAYS; report: called
    with (way, epoch, loss, seconds). A record: network, way, trained (parameters), seconds (fine-tuning's include those
    of the frozen way, with which it begins), accuracy (on the test pictures, after the last epoch).
    """
    (make, weights), (head_name, block) = published(name), NETWORKS[name][2:]
    parent, _, child = head_name.rpartition(".")
    device = torch.device(device)

    def record(way, model, seconds):
        accuracy = share_right(all_probabilities(model, Batches(*test, size)), test[1])
        trained = sum(p.numel() for p in model.parameters() if p.requires_grad)
        return {"network": name, "way": way, "trained": trained, "seconds": seconds, "accuracy": accuracy}

    def tell(way):
        return None if report is None else lambda epoch, loss, seconds: report(way, epoch, loss, seconds)

    if {"frozen", "fine-tuned"} & set(ways):
        model = make(weights=weights if pretrained else None).to(device)
        started = time.perf_counter()
        around = model.get_submodule(parent)
        old = getattr(around, child)
        setattr(around, child, nn.Identity())  # for a while, all but the head
        with torch.autocast(device.type, dtype=torch.float16, enabled=device.type == "cuda"):
            features, labels = cache_features(model, tqdm(Batches(*train, size), desc=name, leave=False), device)
        head = train_head(features, labels, classes, epochs=epochs[0])
        setattr(around, child, old)
        replace_head(model, classes).get_submodule(head_name).load_state_dict(head.state_dict())
        model.to(device)
        spent = time.perf_counter() - started
        if "frozen" in ways:
            yield record("frozen", model, spent)
        if "fine-tuned" in ways:
            started = time.perf_counter() - spent
            unfreeze_from(model, block)
            groups = parameter_groups(model, head_lr=3e-4, backbone_lr=3e-5)
            loader = Batches(*train, size, shuffle=True, mirror=True)
            train_one_cycle(model, loader, groups, epochs=epochs[1], report=tell("fine-tuned"))
            yield record("fine-tuned", model, time.perf_counter() - started)
        del model, around, old
    if "from scratch" in ways:
        model = make(weights=None, num_classes=classes).to(device)
        started = time.perf_counter()
        groups = [{"params": list(model.parameters()), "lr": 1e-4 if name == "VGG16" else 1e-3}]
        loader = Batches(*train, size, shuffle=True, mirror=True)
        train_one_cycle(model, loader, groups, epochs=epochs[2], report=tell("from scratch"))
        yield record("from scratch", model, time.perf_counter() - started)


def show_ways(records):
    """The records of try_ways as a table."""
    print(f"{'network':<12}{'way':<14}{'parameters trained':>20}{'seconds':>10}{'test accuracy':>16}")
    for row in records:
        print(
            f"{row['network']:<12}{row['way']:<14}{row['trained']:>20,}{row['seconds']:>10.1f}{100 * row['accuracy']:>14.1f} %"
        )


if EXPERIMENT:
    with picture("replace_head, parameter_groups, cache_features and unfreeze_from"):
        pet_network = optimizer = groups = None  # room in memory
        records, options = [], {"device": device, "pretrained": pretrained}
        if small:
            options |= {"epochs": (30, 2, 3), "size": 16}
        for name in NETWORKS:
            try:
                torch.manual_seed(0)
                for row in try_ways(name, pets, test_pets, len(breed_names), **options):
                    records.append(row)
                    print(f"{row['network']}, {row['way']}: {100 * row['accuracy']:.1f} % after {row['seconds']:.0f} s")
            except (OSError, HTTPException) as problem:
                print(f"{name} cannot be had at the moment: {getattr(problem, 'reason', problem)}")
        print()
        show_ways(records)

        figure, axes = plt.subplots(1, 3, figsize=(11, 3), sharey=True)
        rows = [f"{row['network']}, {row['way']}" for row in records]
        colors = [{"frozen": SKY, "fine-tuned": BLUE, "from scratch": ORANGE}[row["way"]] for row in records]
        for ax, key, title in zip(
            axes,
            ["accuracy", "seconds", "trained"],
            ["test accuracy, percent", "seconds", "parameters trained"],
            strict=True,
        ):
            values = [100 * row[key] if key == "accuracy" else row[key] for row in records]
            ax.barh(rows, values, color=colors)
            for i, value in enumerate(values):
                ax.text(value, i, f" {value:,.0f}", va="center", fontsize=9)
            if key == "trained":
                ax.set_xscale("log")
            ax.set(title=title, xticks=[])
            ax.set_xlim(right=(100 if key == "trained" else 1.25) * max(values))
            ax.minorticks_off()
            ax.spines[["top", "right", "bottom"]].set_visible(False)
        axes[0].invert_yaxis()
        plt.tight_layout()
        plt.show()

# %% [markdown]
# From scratch neither network gets far: a hundred pictures of a breed are too few to find out what fur is, and an eye, and an ear. The architecture matters less than the 1.3 million photographs that somebody else's weights have seen. And see how far the frozen way comes: it trains the fewest parameters by far and costs the least.
#
# ## Exercise 13 · Quiz
#
# ●○○ · 5 minutes · 4 points
#
# Four questions of one point each. Put the letter of your answer between the quotes (on Colab: choose it from the list). The test only checks that you have chosen. Your choice is compared when the notebook is graded.
#
# **Question 1.** All weights of a ResNet-50 but the head's are frozen (`requires_grad = False`). Before each epoch the training loop calls `model.train()`. What happens to the backbone?
#
# - a · nothing: frozen is frozen
# - b · its weights stay, but batch norm's running statistics move, and its features with them
# - c · its weights move a little in each step
# - d · PyTorch raises an error

# %%
quiz_batch_norm = "?"  # @param ["?", "a", "b", "c", "d"]
### BEGIN SOLUTION
quiz_batch_norm = "b"
### END SOLUTION


# %% points=1
def test_quiz_batch_norm():
    """one of the letters a, b, c, d"""
    assert str(quiz_batch_norm).strip().lower() in ("a", "b", "c", "d"), "choose one of the letters: a, b, c, d"


# %% [markdown]
# **Question 2.** You train a head on cached features. What do you have to do without?
#
# - a · shuffling the pictures in each epoch
# - b · weight decay
# - c · new random crops in each epoch
# - d · a validation set

# %%
quiz_cache = "?"  # @param ["?", "a", "b", "c", "d"]
### BEGIN SOLUTION
quiz_cache = "c"
### END SOLUTION


# %% points=1
def test_quiz_cache():
    """one of the letters a, b, c, d"""
    assert str(quiz_cache).strip().lower() in ("a", "b", "c", "d"), "choose one of the letters: a, b, c, d"


# %% [markdown]
# **Question 3.** A network is 99.99 % sure of its class. You compute the saliency of the *probability* instead of the logit. What do you see?
#
# - a · the same picture
# - b · the same picture with the sign reversed
# - c · the saliency of the second most probable class
# - d · derivatives near 0, since the softmax is saturated

# %%
quiz_score = "?"  # @param ["?", "a", "b", "c", "d"]
### BEGIN SOLUTION
quiz_score = "d"
### END SOLUTION


# %% points=1
def test_quiz_score():
    """one of the letters a, b, c, d"""
    assert str(quiz_score).strip().lower() in ("a", "b", "c", "d"), "choose one of the letters: a, b, c, d"


# %% [markdown]
# **Question 4.** In the curve of a learning-rate finder the loss is 2.3 up to a rate of 10⁻⁴, falls most steeply around 10⁻³, is smallest at 10⁻², and explodes above it. Which peak should you try first for the one cycle?
#
# - a · about 10⁻³
# - b · about 10⁻²
# - c · about 10⁻⁶
# - d · about 10⁻¹

# %%
quiz_rate = "?"  # @param ["?", "a", "b", "c", "d"]
### BEGIN SOLUTION
quiz_rate = "a"
### END SOLUTION


# %% points=1
def test_quiz_rate():
    """one of the letters a, b, c, d"""
    assert str(quiz_rate).strip().lower() in ("a", "b", "c", "d"), "choose one of the letters: a, b, c, d"


# %% [markdown]
# ## Handing in
#
# 1. Restart and run everything: on Colab *Runtime → Restart session and run all*, in Jupyter *Kernel → Restart Kernel and Run All Cells*. Anything that worked only because of a cell you have since deleted fails now. (The trainings run again, too; nothing is graded by them, so you may skip this step if every cell has run since you last changed it.)
# 2. Look for the ✓ lines. A test that fails costs its own points, not those of the others.
# 3. Save the notebook: on Colab *File → Download → Download .ipynb*. It keeps its name, `a5_vgg16.ipynb`.
# 4. Hand in this one file where your course collects it.
#
# Please do not rename, copy or delete the test cells: they are how your answers are found. You may add cells of your own anywhere.
#
# ## What you can do now
#
# With a few hundred pictures of whatever you like, you can make a classifier this evening, and say what it confuses and what it goes by. In Assignment 6 you turn the derivative of exercise 9 against the network: a change that nobody can see turns a pig into an airliner.
#
# To read on: [*Very deep convolutional networks*](https://arxiv.org/abs/1409.1556) by Simonyan and Zisserman, VGG16's own paper, and [*Deep inside convolutional networks*](https://arxiv.org/abs/1312.6034) by the same group, where saliency is from; [*Visualizing and understanding convolutional networks*](https://arxiv.org/abs/1311.2901) by Zeiler and Fergus, where occlusion is from; [*Grad-CAM*](https://arxiv.org/abs/1610.02391) by Selvaraju and others; [*Cyclical learning rates*](https://arxiv.org/abs/1506.01186) by Smith, where the learning-rate finder is from; [*Sanity checks for saliency maps*](https://arxiv.org/abs/1810.03292) by Adebayo and others, on which of these pictures still look convincing when the weights are random; [*Cats and dogs*](https://www.robots.ox.ac.uk/~vgg/data/pets/) by Parkhi and others, the pets.
