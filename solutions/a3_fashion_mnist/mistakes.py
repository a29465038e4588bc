"""Known wrong answers to assignment 3, build a CNN."""

import torch
import torch.nn.functional as F
from torch import nn

from solutions.asking import Choice, edit

# ---- make_splits ----


@edit(
    {
        "order[validation:]), Subset(dataset, order[:validation]": (
            "order[:validation]), Subset(dataset, order[validation:]"
        )
    }
)
def make_splits__swapped():
    """The two parts have changed places: the training part comes first."""


def make_splits__cut_at_the_end(dataset, *, validation, seed):
    """Nothing was shuffled, the last examples became the validation part. Many data sets are sorted by kind; the last
    ones may be all of one."""
    if not 0 < validation < len(dataset):
        raise ValueError("both parts need examples")
    cut = len(dataset) - validation
    return torch.utils.data.Subset(dataset, range(cut)), torch.utils.data.Subset(dataset, range(cut, len(dataset)))


def make_splits__one_block(dataset, *, validation, seed):
    """Only the place of the validation part is random: its examples are neighbours. In sorted data they are all of
    one kind; draw every example by itself."""
    if not 0 < validation < len(dataset):
        raise ValueError("both parts need examples")
    n = len(dataset)
    start = int(torch.randint(n - validation + 1, (), generator=torch.Generator().manual_seed(seed)))
    block = range(start, start + validation)
    return torch.utils.data.Subset(dataset, [i for i in range(n) if i not in block]), torch.utils.data.Subset(
        dataset, block
    )


@edit({", generator=torch.Generator().manual_seed(seed)": ""})
def make_splits__seed_unused():
    """The seed was not used, or a generator was made with it and not given to `randperm`: every run draws another
    split, and today's validation examples were among yesterday's training examples."""


@edit({"(seed)": "(0)"})
def make_splits__seed_fixed():
    """Every seed gives the same split: your function uses a fixed number in place of `seed`."""


@edit({", generator=torch.Generator().manual_seed(seed)": "", "order = ": ("torch.manual_seed(seed)\norder = ")})
def make_splits__global_seed():
    """`torch.manual_seed` seeds the generator that everybody shares, and changes every random number drawn
    afterwards. Make a generator of your own."""


def make_splits__two_orders(dataset, *, validation, seed):
    """The two parts were drawn from two different orders, so some examples are in both, and others in neither.
    Shuffle once, then cut."""
    if not 0 < validation < len(dataset):
        raise ValueError("both parts need examples")
    generator = torch.Generator().manual_seed(seed)
    training = torch.randperm(len(dataset), generator=generator)[validation:].tolist()
    return torch.utils.data.Subset(dataset, training), torch.utils.data.Subset(
        dataset, torch.randperm(len(dataset), generator=generator)[:validation]
    )


@edit({"order[validation:]": "order"})
def make_splits__trains_on_all():
    """The training part holds the validation examples, too. The network would be measured on what it has learnt by
    heart."""


def make_splits__draws_twice(dataset, *, validation, seed):
    """`randint` may draw the same number several times: an example counts twice in validation. `randperm` draws each
    once."""
    if not 0 < validation < len(dataset):
        raise ValueError("both parts need examples")
    chosen = torch.randint(len(dataset), (validation,), generator=torch.Generator().manual_seed(seed)).tolist()
    return torch.utils.data.Subset(
        dataset, [i for i in range(len(dataset)) if i not in chosen]
    ), torch.utils.data.Subset(dataset, chosen)


@edit({"0 < validation < len(dataset)": "True"})
def make_splits__no_value_error():
    """A split that leaves one part empty was made without an error. Raise a `ValueError`."""


@edit({"0 < validation < len": "0 <= validation <= len"})
def make_splits__empty_part():
    """0 or all examples for validation leave one part empty: both ends should raise a `ValueError`, too."""


@edit(
    {
        "Subset(dataset, order[validation:])": "[dataset[i] for i in order[validation:]]",
        "Subset(dataset, order[:validation])": "[dataset[i] for i in order[:validation]]",
    }
)
def make_splits__lists():
    """The parts are lists, for which every example was read. A `Subset` is a view: nothing is copied."""


@edit({"(seed)": "(seed or int(torch.randint(2**31, ())))"})
def make_splits__seed_0():
    """`if seed` is false for seed 0, too, so that seed 0 gives another split every time. 0 is a seed like any other."""


@edit(
    {
        ("order = torch.randperm(len(dataset), generator=torch.Generator().manual_seed(seed)).tolist()"): (
            "np.random.seed(seed)\norder = np.random.permutation(len(dataset)).tolist()"
        )
    }
)
def make_splits__numpy_seed():
    """`np.random.seed` seeds the generator that everybody shares in NumPy. Make a generator of your own."""


@edit(
    {
        ("order = torch.randperm(len(dataset), generator=torch.Generator().manual_seed(seed)).tolist()"): (
            "step = max(1, len(dataset) // validation)\n"
            "chosen = [i for i in range(len(dataset)) if i % step == seed % step][:validation]\n"
            "order = chosen + [i for i in range(len(dataset)) if i not in chosen]"
        )
    }
)
def make_splits__every_kth():
    """Every fourth example or so was taken, and only the first of them depends on the seed. So there are only a few
    different splits; draw each example by itself."""


@edit({"(seed))": "(seed or 42))"})
def make_splits__seed_or_42():
    """`seed or 42` makes 42 of seed 0, so that two seeds give the same split. 0 is a seed like any other."""


@edit({" < len": " <= len"})
def make_splits__validation_at_most():
    """All examples for validation leave none for training: this end should raise a `ValueError`, too."""


@edit({"0 < ": ""})
def make_splits__no_lower_end():
    """A number of 0 or below passes your check. The rule has two ends."""


@edit({"ValueError": "AssertionError"})
def make_splits__assertion():
    """An impossible number raises an `AssertionError`. Raise a `ValueError`."""


@edit({"validation:": "validation + 1 :"})
def make_splits__one_lost():
    """One example is in neither part: the second slice begins one too late."""


@edit(
    {
        "order = torch.randperm(len(dataset), generator=torch.Generator().manual_seed(seed)).tolist()": (
            "import random\nrandom.seed(seed)\norder = random.sample(range(len(dataset)), len(dataset))"
        )
    }
)
def make_splits__python_seed():
    """`random.seed` seeds the generator that everybody shares in Python. Make a generator of your own."""


@edit({"not 0 < validation <": "validation == 0 or validation >="})
def make_splits__negative():
    """A negative number passes your check, or meets it too late. The number has to be above 0."""


@edit({"raise ValueError(f": "validation = max(1, min(validation, len(dataset) - 1))  # "})
def make_splits__clamped():
    """An impossible number was quietly replaced by a possible one. Raise a `ValueError`."""


@edit({"if not 0": "dataset = [dataset[i] for i in range(len(dataset))]\nif not 0"})
def make_splits__copies():
    """Each part is a `Subset` of a copy of the data, for which every example was read. Give it `dataset` itself."""


@edit(
    {
        "torch.randperm(len(dataset), generator=torch.Generator().manual_seed(seed)).tolist()": (
            "torch.randperm(len(dataset) - 1, generator=torch.Generator().manual_seed(seed)).tolist()\n"
            "order.append(len(dataset) - 1)"
        )
    }
)
def make_splits__never_the_last():
    """The example at one end of the data set never comes into validation: the range that is drawn from is one too
    short."""


# ---- normalisation ----


@edit({"dim=(0, 2, 3)), images.std(dim=(0, 2, 3)": "), images.std("})
def normalisation__one_number():
    """All channels were taken together. Each has a mean and a deviation of its own."""


@edit({"0, 2, 3)), images.std(dim=(0": "1, 2, 3)), images.std(dim=(1"})
def normalisation__per_image():
    """This is the mean of each image. Return the mean of each channel, over all images."""


@edit({"(0, 2, 3)), images.std(dim=(0, 2, 3)": "0), images.std(dim=0"})
def normalisation__per_pixel():
    """The average runs over the images only, so each pixel has a mean of its own. Average over height and width,
    too."""


@edit({"std(dim=(0, 2, 3))": "std(dim=(2, 3)).mean(dim=0)"})
def normalisation__mean_of_deviations():
    """The deviations of the single images were averaged. That leaves out how much the images differ from each other:
    the numbers that half the internet uses for CIFAR-10 are too small for this reason."""


@edit({".std(": ".var("})
def normalisation__variance():
    """The variance came back for the standard deviation: its square root is missing."""


@edit({"std(dim=(0, 2, 3)": "square().mean(dim=(0, 2, 3)).sqrt("})
def normalisation__root_mean_square():
    """The mean was not subtracted before squaring. The deviation says how far pixels are from their mean, not from
    0."""


@edit(
    {"((images - mean) ** 2).mean(dim=(0, 2, 3)).sqrt()": "(images - mean).abs().mean(dim=(0, 2, 3))"}, of="population"
)
def normalisation__absolute_deviation():
    """The distances from the mean were averaged as they are. For the standard deviation they are squared first."""


@edit({"mean(dim=(0, 2, 3)), images.std": "std(dim=(0, 2, 3)), images.mean"})
def normalisation__swapped():
    """Mean and deviation have changed places: the mean comes first."""


@edit({".mean(dim=(0, 2, 3)), images.std(dim=(0, 2, 3": "[0].mean(dim=(1, 2)), images[0].std(dim=(1, 2"})
def normalisation__first_image():
    """Only the first image was looked at. One image is not the data set."""


@edit({"2, 3)), images.std(dim=(0, 2, 3": "1, 2)), images.std(dim=(0, 1, 2"})
def normalisation__channels_last():
    """The channels were looked for on the last axis. In PyTorch they are the second: (N, C, H, W)."""


@edit({"), images.std(dim=(0, 2, 3)": ", keepdim=True), images.std(dim=(0, 2, 3), keepdim=True"})
def normalisation__keeps_axes():
    """The results have kept axes of length 1. Return one number for each channel, shape (C,)."""


@edit({"((images - mean) ** 2)": "images.sub_(mean).square()"}, of="population")
def normalisation__images_changed():
    """Your function changed the images it was given: an operation such as `-=` writes into them. Compute into a new
    tensor."""


@edit(
    {
        "((images - mean) ** 2).mean(dim=(0, 2, 3)).sqrt()": (
            "((images**2).mean(dim=(0, 2, 3)) - mean.flatten() ** 2).clamp(min=0).sqrt()"
        )
    },
    of="population",
)
def normalisation__mean_of_squares():
    """The mean of the squares minus the square of the mean: for large numbers that differ little, almost nothing is
    left of either. Subtract the mean first, then square."""


@edit({", images.std(dim=(0, 2, 3)": ".tolist(), images.std(dim=(0, 2, 3)).tolist("})
def normalisation__lists():
    """The numbers are right, but in lists. Return two tensors: with lists, `images - mean` does not work."""


@edit({"std(dim=(0, 2, 3)": "var(dim=(0, 2, 3), correction=0"})
def normalisation__population_variance():
    """The variance came back, not the standard deviation: take its square root."""


@edit({"std(dim=(0, 2, 3))": "std(dim=(2, 3), correction=0).mean(dim=0)"})
def normalisation__mean_of_population_deviations():
    """The (population) deviations of the single images were averaged. That leaves out how much the images differ from
    each other."""


@edit({"images.std(dim=(0, 2, 3))": "images.std(dim=(0, 2, 3)).clamp(min=1e-3)"})
def normalisation__never_zero():
    """Where all pixels of a channel are alike, the deviation is 0. Your number is larger: something was added to it, or
    took its place."""


@edit({".mean(dim=(0, 2, 3)), images": "[:1000].mean(dim=(0, 2, 3)), images[:1000]"})
def normalisation__a_thousand_images():
    """Only the first thousand images were looked at. The others belong to the data as well."""


@edit({"std(dim=(0, 2, 3)": "mean(dim=(2, 3)).std(dim=0"})
def normalisation__deviation_of_means():
    """This is how far the means of the images lie apart. The pixels within an image differ, too."""


@edit(
    {
        "return images.mean(dim=(0, 2, 3)), images.std(dim=(0, 2, 3))": (
            "mean = images.mean(dim=(0, 2, 3))\n"
            "squares = (images - mean[:, None, None]).square()\n"
            "return mean, (squares.sum(dim=(0, 2, 3)) / max(1, len(images) - 1)).sqrt()"
        )
    }
)
def normalisation__divided_by_images():
    """The sum of squares was divided by the number of images less one. There are many more pixels than images."""


@edit(
    {
        "return images.mean(dim=(0, 2, 3)), images.std(dim=(0, 2, 3))": (
            "rows = images.reshape(images.shape[1], -1)\nreturn rows.mean(dim=1), rows.std(dim=1)"
        )
    }
)
def normalisation__reshaped():
    """`reshape` does not move axes: channels and images were mixed. Use `transpose`, or name the axes in `mean` and
    `std`."""


@edit({"mean(dim=(0, 2, 3))": "mean(dim=(0, 2, 3)).numpy()", "std(dim=(0, 2, 3))": "std(dim=(0, 2, 3)).numpy()"})
def normalisation__arrays():
    """The numbers are right, but in NumPy arrays. Return two tensors."""


@edit({"mean(dim=(0, 2, 3))": "mean(dim=(0, 2, 3)).squeeze()", "std(dim=(0, 2, 3))": "std(dim=(0, 2, 3)).squeeze()"})
def normalisation__squeezed():
    """`squeeze` takes away every axis of length 1: with one channel only a number is left. The shape is (C,)."""


@edit({"std(dim=(0, 2, 3))": "var(dim=(2, 3)).mean(dim=0).sqrt()"})
def normalisation__mean_of_variances():
    """The variances of the single images were averaged. That leaves out how much the images differ from each other."""


@edit({"images.std(dim=(0, 2, 3))": "torch.stack([part.std(dim=(0, 2, 3)) for part in images.split(64)]).mean(dim=0)"})
def normalisation__mean_over_batches():
    """The deviations of batches were averaged. That leaves out how much the batches differ from each other."""


# ---- FashionCNN ----


@edit({"(2, 3)))": "(2, 3))).softmax(dim=1)"}, of="small")
def FashionCNN__softmax():
    """There is a softmax inside: the ten numbers are probabilities. `cross_entropy` brings its own, and a second one
    blunts the gradients. Return the logits as they are."""


@edit({"(2, 3)))": "(2, 3))).log_softmax(dim=1)"}, of="small")
def FashionCNN__log_softmax():
    """There is a log-softmax inside. `cross_entropy` wants logits and brings its own; return them as they are."""


class FashionCNN__linear(nn.Module):
    """There is no activation between the layers. A convolution after a convolution is one convolution, and the whole
    network can do no more than a single linear layer."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(1, 16, 3, stride=2), nn.Conv2d(16, 32, 3, stride=2), nn.AvgPool2d(6))
        self.head = nn.Linear(32, 10)

    def forward(self, images):
        return self.head(self.features(images).flatten(1))


class FashionCNN__plain_list(nn.Module):
    """Some layers are in a plain Python list. The model does not know them: they are not in `parameters()`, nothing
    trains them, and no file holds them. `nn.ModuleList` or `nn.Sequential` makes them known."""

    def __init__(self):
        super().__init__()
        self.layers = [nn.Conv2d(1, 16, 3, stride=2), nn.ReLU(), nn.Conv2d(16, 32, 3, stride=2), nn.ReLU()]
        self.head = nn.Conv2d(32, 10, 1)

    def forward(self, images):
        x = images
        for layer in self.layers:
            x = layer(x)
        return self.head(x).mean(dim=(2, 3))


class FashionCNN__flattens_the_batch(nn.Module):
    """The batch was flattened, too: its images run into each other. Keep the first axis, `x.flatten(1)`."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(4))
        self.head = nn.Linear(8 * 7 * 7, 10)

    def forward(self, images):
        return self.head(self.features(images).flatten())


class FashionCNN__too_large(nn.Module):
    """The network has more than 120,000 parameters. Most are in the linear layer after flattening: average over
    height and width first, or pool once more."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2))
        self.head = nn.Sequential(nn.Linear(32 * 14 * 14, 128), nn.ReLU(), nn.Linear(128, 10))

    def forward(self, images):
        return self.head(self.features(images).flatten(1))


@edit({"return self": ("images = (images - images.mean()) / images.std(correction=0)\nreturn self")}, of="small")
def FashionCNN__normalises_by_the_batch():
    """An image's logits depend on the other images in its batch: something was computed over the whole batch, such as
    a mean of all its pixels. For the normalisation, use the two numbers of the training images."""


@edit({"(2, 3)))": "(2, 3))).relu()"}, of="small")
def FashionCNN__activation_at_the_end():
    """There is a ReLU after the last layer: logits cannot be negative, and where all are 0 no gradient flows. The
    last layer has no activation."""


@edit({"(2, 3)))": "(2, 3))).sigmoid()"}, of="small")
def FashionCNN__sigmoid_at_the_end():
    """There is a sigmoid after the last layer: every logit lies between 0 and 1, and the network can never be sure.
    The last layer has no activation."""


@edit({"self.conv(images)": "F.dropout(self.conv(images)", "mean(dim=(2, 3))": "mean(dim=(2, 3)), 0.3)"}, of="small")
def FashionCNN__dropout_always():
    """Dropout stays on in eval mode, so the same image gives other logits each time. `F.dropout` needs
    `training=self.training`; the layer `nn.Dropout` knows its mode."""


class FashionCNN__no_convolution(nn.Module):
    """There is no convolution in it: every pixel has weights of its own, and a shirt one pixel to the left is
    something new. Use `nn.Conv2d`."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(784, 100), nn.ReLU(), nn.Linear(100, 10))

    def forward(self, images):
        return self.layers(images)


@edit({".mean(dim=(2, 3))": ".mean(dim=(2, 3)).squeeze()"}, of="small")
def FashionCNN__squeezes():
    """`squeeze` removes every axis of length 1, and a batch of one image loses its first axis. Name the axes, as in
    `x.flatten(1)` or `x.mean(dim=(2, 3))`."""


@edit({"(2, 3))": "(2, 3)).detach()"}, of="small")
def FashionCNN__gradients_cut():
    """No gradient reaches some of the weights, which stay as random as they began: `detach` or `torch.no_grad()` cuts
    them off from the loss."""


@edit({"return self": ("images -= 0.286\nimages /= 0.353\nreturn self")}, of="small")
def FashionCNN__changes_its_input():
    """Your network changes the images that it is given: after the call, the caller's images are others. Compute into a
    new tensor, as `images = (images - …) / …` does."""


@edit({"return self": "x = self", "(2, 3)))": "(2, 3)))\nreturn x if self.training else x.softmax(dim=1)"}, of="small")
def FashionCNN__softmax_in_eval_mode():
    """In eval mode a softmax makes probabilities of the logits. Return logits in both modes."""


@edit({")))  # ": "))).tanh()  # "})
def FashionCNN__tanh_at_the_end():
    """The last layer is followed by a tanh, so every logit is between -1 and 1 and the network can never be sure."""


@edit({"(2, 3)))": "(2, 3))).tanh() * 5"}, of="small")
def FashionCNN__bounded():
    """The logits are bounded, by a tanh or the like: however large the weights are, no logit gets large. The last layer
    has no activation."""


@edit(
    {
        "self.pool = nn.MaxPool2d(2)": "self.pool, self.mean = nn.MaxPool2d(2), 0.286",
        "x = self.stem((images - 0.286)": (
            "if self.training:\n    self.mean = 0.9 * self.mean + 0.1 * images.mean().item()\n"
            "x = self.stem((images - self.mean)"
        ),
    }
)
def FashionCNN__number_outside_the_state():
    """Your network keeps something outside its state_dict, such as a mean of the images it has seen: another network
    that loads the state_dict computes something else. Use `register_buffer`."""


# ---- initial_loss ----


@edit({"model.eval()": "pass"})
def initial_loss__training_mode():
    """The model was not put into eval mode: dropout dropped, and batch norm took (and stored) the statistics of this
    batch."""


@edit({"model.train(mode)": "pass"})
def initial_loss__stays_in_eval():
    """The model is in eval mode afterwards, whatever it was before. Note the mode, and put it back."""


@edit({"model.train(mode)": "model.train()"})
def initial_loss__always_training_afterwards():
    """The model is in training mode afterwards, even if it was in eval mode before. Note the mode, and put it back."""


@edit({"labels).item": 'labels, reduction="sum").item'})
def initial_loss__sum():
    """The losses of the images were added up. The mean does not depend on how many there are."""


@edit({"model(images)": "model(images).softmax(dim=1)"})
def initial_loss__softmax_twice():
    """The logits went through a softmax first. `cross_entropy` brings its own."""


@edit({"cross_entropy": "nll_loss"})
def initial_loss__nll_of_logits():
    """`nll_loss` takes log-probabilities, and got logits. `cross_entropy` takes logits."""


@edit({"cross_entropy(model(images)": "nll_loss(model(images).softmax(dim=1)"})
def initial_loss__probability():
    """This is minus the mean probability of the right kind: the logarithm is missing."""


@edit({"F.cross_entropy(copy.deepcopy(model).eval()(images), labels).detach(": "np.log(10"}, of="a_copy")
def initial_loss__expected():
    """This is what an untrained network for ten kinds should have. Measure what this one has."""


@edit({".item()": ""})
def initial_loss__tensor():
    """The loss is still a tensor. Return a plain number: `.item()` converts it."""


@edit(
    {
        ("with torch.no_grad():\n    loss = F.cross_entropy(model(images), labels).item()"): (
            "loss = F.cross_entropy(model(images), labels)\nloss.backward()"
        ),
        "return loss": "return loss.item()",
    }
)
def initial_loss__leaves_gradients():
    """`backward` has changed the model's gradients. Measuring needs none, and should leave no trace."""


@edit({"model.eval()": ("model.eval()\nmodel.zero_grad()")})
def initial_loss__clears_gradients():
    """`zero_grad` has thrown away the gradients that the model came with. Measuring should leave no trace."""


@edit({"cross_entropy(model(images)": "nll_loss(model(images).softmax(dim=1).log()"})
def initial_loss__log_of_softmax():
    """Exponentials and logarithm were computed one after the other. The exponential of a large logit is infinite,
    and a small probability is 0, whose logarithm is infinite. `cross_entropy` works from the logits."""


@edit({"model.eval()": "model.eval().requires_grad_(False)", "return": ("model.requires_grad_(True)\nreturn")})
def initial_loss__thaws():
    """Gradients were switched off and on again weight by weight: a weight that was frozen before is not any more. Use
    `torch.no_grad()`."""


@edit({"return loss": "return loss / float(np.log(10))"})
def initial_loss__base_10():
    """This is the logarithm to base 10. The cross-entropy has the natural one."""


@edit({"return loss": "return -loss"})
def initial_loss__sign():
    """The sign is wrong: the loss is minus the logarithm of a probability."""


@edit({"cross_entropy(model(images": "nll_loss(model(images).log_softmax(dim=0"})
def initial_loss__over_the_images():
    """The softmax runs over the images, not over the kinds of one image."""


@edit({").item()": ', reduction="sum").item() / 10'})
def initial_loss__always_ten():
    """The sum of the losses was divided by 10. Divide by the number of images."""


@edit(
    {
        "F.cross_entropy(model(images), labels": (
            "-(model(images).softmax(dim=1)[range(len(labels)), labels] + 1e-8).log().mean("
        )
    }
)
def initial_loss__added_epsilon():
    """A probability near 0 was replaced by a larger one before the logarithm, for example by adding a small number.
    That bounds the loss, which has no bound."""


@edit({"eval()": "eval().requires_grad_(False)"})
def initial_loss__freezes():
    """The weights are frozen afterwards: nothing can train this model any more. Use `torch.no_grad()`."""


@edit({"images)": "images.requires_grad_())"})
def initial_loss__images_need_gradients():
    """The images need gradients after the call, and did not before."""


@edit({"train(mode)": "training = mode"})
def initial_loss__only_the_root():
    """Only the model itself is back in its mode; its parts are still in eval mode. `model.train(mode)` sets all."""


@edit(
    {
        "with torch.no_grad():": "torch.set_grad_enabled(False)\nif True:",
        "return": "torch.set_grad_enabled(True)\nreturn",
    }
)
def initial_loss__gradients_on_for_good():
    """Gradients are switched on at the end, also for those who had switched them off. `with torch.no_grad()` puts back
    what was."""


@edit({"labels).item()": "labels).item() / model(images).shape[1]"})
def initial_loss__mean_over_kinds():
    """The loss was divided by the number of kinds, too. It is the mean over the images alone."""


# ---- overfit_one_batch ----


@edit({"optimizer.zero_grad()": "pass"})
def overfit_one_batch__no_zero_grad():
    """The gradients of all steps were added up. Clear them before each `backward`."""


@edit({"model.train()": "pass"})
def overfit_one_batch__eval_mode():
    """The model was trained in the mode in which it came, here in eval mode. Dropout and batch norm should work as they
    do in training: `model.train()`."""


@edit({"optimizer.step()": ("optimizer.step()\nbreak")})
def overfit_one_batch__one_step():
    """The loop ends after its first step: a `return` is indented too far."""


def overfit_one_batch__before_the_last_step(model, images, labels, *, steps):
    """The accuracy is that of the logits computed *before* the last step, in training mode. Measure afterwards, in
    eval mode."""
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
    model.train()
    accuracy = 0.0
    for _ in range(steps):
        optimizer.zero_grad()
        logits = model(images)
        F.cross_entropy(logits, labels).backward()
        optimizer.step()
        accuracy = (logits.argmax(dim=1) == labels).float().mean().item()
    return accuracy


def overfit_one_batch__before_each_step(model, images, labels, *, steps):
    """The accuracy is that of the logits computed *before* the last step, in training mode. Measure afterwards, in
    eval mode."""
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
    model.train()
    accuracy = (model(images).argmax(dim=1) == labels).float().mean().item()
    for _ in range(steps):
        optimizer.zero_grad()
        logits = model(images)
        F.cross_entropy(logits, labels).backward()
        optimizer.step()
        accuracy = (logits.argmax(dim=1) == labels).float().mean().item()
    return accuracy


@edit({"model.eval()": "pass"})
def overfit_one_batch__measured_in_training_mode():
    """The accuracy was measured in training mode: dropout drops, and the result depends on chance."""


@edit({"return (model": "return 100 * (model"})
def overfit_one_batch__percent():
    """The accuracy is in percent. Return a fraction from 0 to 1."""


@edit({".item()": ""})
def overfit_one_batch__tensor():
    """The accuracy is still a tensor. Return a plain number: `.item()` converts it."""


@edit({"(steps):": "(steps + 1):"})
def overfit_one_batch__one_step_more():
    """There is one step more than allowed: `range(steps + 1)` counts from 0 to `steps`."""


@edit({"range(steps)": "range(steps + 1 if steps else 0)"})
def overfit_one_batch__one_step_more_than_some():
    """There is one step more than allowed, unless none is allowed."""


@edit({"(steps)": "(250)"})
def overfit_one_batch__steps_unused():
    """Your function makes a fixed number of steps. `steps` says how many are allowed."""


@edit({"Adam(model.parameters(), lr=0.003": "SGD(model.parameters(), lr=1e-4"})
def overfit_one_batch__too_slow():
    """The learning rate is so small that nothing is learnt by heart within the steps allowed. Try a larger one."""


@edit(
    {
        "for _ in range(steps):": (
            "half = len(images) // 2\n"
            "for step in range(steps):\n"
            "    rows = slice(half) if step % 2 else slice(half, None)"
        ),
        "F.cross_entropy(model(images), labels)": "F.cross_entropy(model(images[rows]), labels[rows])",
    }
)
def overfit_one_batch__half_the_batch():
    """Each step looks at half of the batch only. Use the gradient of the whole batch."""


@edit({", labels).backward": ", labels, label_smoothing=0.1).backward"})
def overfit_one_batch__smoothed_labels():
    """The labels were smoothed. Here the loss is the plain cross-entropy."""


@edit({"(images),": "(images + 0.1 * torch.randn_like(images)),"})
def overfit_one_batch__noise():
    """Noise was added to the images in each step. The network is to learn this batch as it is, and nothing else."""


@edit(
    {
        (
            "optimizer.zero_grad()\nF.cross_entropy(model(images), labels).backward()"
        ): "F.cross_entropy(model(images), labels).backward()",
        "model.eval()": ("    optimizer.zero_grad()\nmodel.eval()"),
    }
)
def overfit_one_batch__gradients_from_before():
    """The gradients are cleared after each step only, so those that were left from before go into the first one."""


@edit(
    {
        "for _ in range(steps):": ("optimizer.zero_grad()\nfor _ in range(steps):"),
        (
            "optimizer.zero_grad()\nF.cross_entropy(model(images), labels).backward()"
        ): "F.cross_entropy(model(images), labels).backward()",
    }
)
def overfit_one_batch__cleared_once():
    """The gradients are cleared once, above the loop, and add up from then on."""


@edit({"model.parameters()": "list(model.parameters())[-2:]"})
def overfit_one_batch__last_layer():
    """Only the last layer is trained. The optimiser needs all parameters of the model."""


@edit(
    {
        "F.cross_entropy(model(images), labels).backward()": (
            "loss = F.cross_entropy(model(images), labels)\n"
            "(loss + 0.01 * sum(p.square().sum() for p in model.parameters())).backward()"
        )
    }
)
def overfit_one_batch__weight_decay_in_the_loss():
    """The loss has a second term, the squares of the weights. Here it is the cross-entropy alone."""


@edit({"images), ": "images).softmax(dim=1), "})
def overfit_one_batch__softmax_twice():
    """The logits go through a softmax before the cross-entropy, which has one of its own."""


@edit({"(images),": "(images.flip(-1)),"})
def overfit_one_batch__mirrored():
    """The images were mirrored for training. Train on this batch as it is."""


@edit({"mean": "sum"})
def overfit_one_batch__count():
    """This is the number of hits. Divide by the number of images."""


@edit({"(model(images).argmax(dim=1) == labels).float().mean(": "F.cross_entropy(model(images), labels"})
def overfit_one_batch__the_loss():
    """The loss came back. Return the accuracy, the fraction of hits."""


@edit(
    {
        "return (model": "return max(best, (model",
        "item()": "item())",
        "model.train()": (
            "model.train()\nbest = (model.eval()(images).argmax(dim=1) == labels).float().mean().item()\nmodel.train()"
        ),
    }
)
def overfit_one_batch__best_so_far():
    """This is the best accuracy on the way. Return the accuracy of the weights after the last step."""


@edit(
    {
        "optimizer.zero_grad()": ("F.cross_entropy(model(images), labels).backward()\noptimizer.zero_grad()"),
        ("F.cross_entropy(model(images), labels).backward()\noptimizer.step()"): "optimizer.step()",
    }
)
def overfit_one_batch__cleared_unused():
    """`zero_grad` is between `backward` and `step`: the gradients are thrown away before they are used."""


@edit(
    {
        "model.train()": (
            "for part in model.modules():\n"
            '    if hasattr(part, "reset_parameters"):\n'
            "        part.reset_parameters()\n"
            "model.train()"
        )
    }
)
def overfit_one_batch__starts_again():
    """The weights were drawn again at the start. Train from those that the model has."""


@edit({"range(steps)": "range(steps - 1)"})
def overfit_one_batch__one_step_less():
    """It is one step too few: where one is allowed, nothing is learnt."""


@edit({"optimizer = torch": "model = copy.deepcopy(model)\noptimizer = torch"})
def overfit_one_batch__a_copy():
    """A copy of the model was trained. The model itself has learnt nothing."""


@edit({"optimizer.step()": "optimizer.step()\nmodel.eval()"})
def overfit_one_batch__eval_mode_from_the_second_step():
    """Only the first step is made in training mode. If you measure between the steps, in eval mode, go back to training
    mode before the next step."""


@edit({"model.parameters()": '[p for name, p in model.named_parameters() if name.endswith("weight")]'})
def overfit_one_batch__no_biases():
    """The biases never change. The optimiser needs all parameters of the model."""


# ---- train_epoch ----


@edit({("optimizer.zero_grad()\nloss = loss_fn(model(images), labels)"): "loss = loss_fn(model(images), labels)"})
def train_epoch__no_zero_grad():
    """Gradients were added up over all batches: PyTorch does that unless they are cleared before each `backward`."""


@edit({("optimizer.zero_grad()\nloss"): "loss", "optimizer.step()": ("optimizer.step()\noptimizer.zero_grad()")})
def train_epoch__cleared_after_the_step():
    """The gradients are cleared after each step only, so what was left from before the epoch goes into the first one.
    Clear them before `backward`."""


@edit({("model.train()\ntotal, count = 0.0, 0"): "total, count = 0.0, 0"})
def train_epoch__mode_unset():
    """The model trains in the mode in which it came. An evaluation before may have left it in eval mode, where dropout
    and batch norm do not do their work: begin with `model.train()`."""


@edit({" * len(images)": "", "+= len(images)": "+= 1"})
def train_epoch__mean_of_means():
    """The mean of the batches' means came back. The last batch is often smaller, and its examples count for more:
    weigh each batch's mean with its size."""


@edit({"total / count": "loss.item()"})
def train_epoch__last_loss():
    """The loss of the last batch came back. Return the mean over all examples of the epoch."""


@edit({".item()": "", " total /": " total.item() /"})
def train_epoch__keeps_the_graph():
    """Something that lives as long as the epoch, such as `total` or a list, holds tensors that remember how they
    were computed: memory grows with each batch. `.item()` makes a number of a loss."""


@edit({"item": "detach"})
def train_epoch__tensor():
    """The mean loss is still a tensor. Return a plain number: `.item()` converts it."""


@edit({("loss.backward()\noptimizer.step()"): ("optimizer.step()\nloss.backward()")})
def train_epoch__step_before_backward():
    """There is no gradient when the step comes: `backward` comes after it, or `zero_grad` is between the two. So
    nothing is learnt."""


@edit({"/ count": "/ len(train_images)"})
def train_epoch__uses_global_names():
    """Your function uses `train_images`, a name of the notebook, to count the examples. With another loader the
    number is wrong, and where there is no such name it stops. Use what the function is given, and count."""


@edit({" loss_fn(": " F.cross_entropy("})
def train_epoch__loss_of_its_own():
    """The loss is always the cross-entropy. Use `loss_fn`: the caller may have chosen another."""


@edit({"model.train()": ("optimizer = torch.optim.SGD(model.parameters(), lr=0.1)\nmodel.train()")})
def train_epoch__optimizer_of_its_own():
    """The optimiser that is given does not make the steps: another one does, or a formula. Use the one that is given,
    which remembers the epochs before."""


@edit({("images, labels = images.to(device), labels.to(device)\noptimizer.zero_grad()"): "optimizer.zero_grad()"})
def train_epoch__not_moved():
    """The batches were not moved to the device. On a CPU nobody notices; with the model on a GPU it stops at the
    first batch."""


@edit({"train()": "train().requires_grad_(True)"})
def train_epoch__thaws():
    """All weights were made to need gradients. A weight that was frozen on purpose stays frozen."""


@edit({"return": "    return"})
def train_epoch__return_in_the_loop():
    """The `return` is inside the loop: only the first batch is trained on."""


@edit(
    {
        "for images, labels in loader:": (
            "for images, labels in loader:\n    pass\nfor images, labels in [(images, labels)]:"
        )
    }
)
def train_epoch__only_the_last_batch():
    """Only the last batch is trained on: the step is after the loop, not in it."""


@edit({" * len(images)": "", " / count": ""})
def train_epoch__sum_of_means():
    """The means of the batches were added up. Return the mean per example."""


@edit({" / count": ""})
def train_epoch__sum():
    """The losses of all examples were added up. Divide by their number."""


@edit({" * len(images)": ""})
def train_epoch__not_weighed():
    """The means of the batches were added up, and divided by the number of examples. Weigh each with the size of
    its batch."""


@edit({"/ count": "/ len(loader)"})
def train_epoch__by_len_of_the_loader():
    """The sum was divided by `len(loader)`, the number of batches, and some loaders have no `len`. Count the
    examples."""


@edit({" * len(images)": "", "/ count": "/ len(loader)"})
def train_epoch__mean_by_len_of_the_loader():
    """The means of the batches were averaged by `len(loader)`. The last batch is smaller, and some loaders have no
    `len`."""


@edit({"/ count": "/ len(loader.dataset)"})
def train_epoch__dataset_of_the_loader():
    """Your function asks for `loader.dataset`. A loader is anything that can be looped over: count the examples."""


@edit({"images, labels = images.to(device), labels.to(device)": ("images.to(device)\nlabels.to(device)")})
def train_epoch__moved_in_vain():
    """`.to(device)` gives a new tensor, which was thrown away. Assign the result, of images and of labels."""


@edit({", labels = images.to(device), labels": " = images"})
def train_epoch__labels_not_moved():
    """The images were moved to the device, the labels were not."""


@edit({"optimizer.step()": ("torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)\noptimizer.step()")})
def train_epoch__clipped():
    """The gradients were clipped. The step is the optimiser's, with the gradient as it is."""


@edit({"optimizer.step()": ("torch.nn.utils.clip_grad_norm_(model.parameters(), 100.0)\noptimizer.step()")})
def train_epoch__clipped_where_large():
    """The gradients were clipped. The step is the optimiser's, with the gradient as it is."""


@edit(
    {
        "total, count = 0.0, 0": ("optimizer.zero_grad()\ntotal, count = 0.0, 0"),
        ("optimizer.zero_grad()\nloss = loss_fn(model(images), labels)"): "loss = loss_fn(model(images), labels)",
    }
)
def train_epoch__cleared_once():
    """The gradients are cleared once, above the loop, and add up from then on."""


@edit(
    {
        "images, labels = images.to(device), labels.to(device)": (
            "if len(images) < 2:\n    continue\nimages, labels = images.to(device), labels.to(device)"
        )
    }
)
def train_epoch__skips_small_batches():
    """A batch of one example is left out. Every batch has its step."""


@edit({"= loss.item": "= loss_fn(model(images), labels).item"})
def train_epoch__after_the_step():
    """The loss was computed again after the step. Add up what was computed before it."""


@edit({"0.0, 0": "0.0, 0\nsize = None", "loss.item() * len(images)": "loss.item() * (size := size or len(images))"})
def train_epoch__size_of_the_first_batch():
    """Each batch was weighed with the size of the first. The last one is often smaller."""


@edit({"optimizer.step()": "torch.nn.utils.clip_grad_value_(model.parameters(), 1.0)\noptimizer.step()"})
def train_epoch__gradients_cut_off():
    """Gradients above 1 or below -1 were cut off. The step is the optimiser's, with the gradient as it is."""


@edit({"optimizer.zero_grad()": "images -= images.mean()\noptimizer.zero_grad()"})
def train_epoch__images_changed():
    """The caller's images were changed: `-=` writes into them. Train on the images as they are."""


@edit(
    {
        "images, labels = images.to(device), labels.to(device)": (
            'here = "cuda" if torch.cuda.is_available() else "cpu"\nimages, labels = images.to(here), labels.to(here)'
        )
    }
)
def train_epoch__device_of_its_own():
    """Your function chooses a device by itself. Use the one that is given."""


# ---- evaluate ----


@edit({"model.eval()": "if model.training:\n    model.eval()"})
def evaluate__eval_only_if_the_whole_trains():
    """A model can be in eval mode while a part of it is in training mode. Put the whole model into eval mode in any
    case."""


@edit({"model.eval()": "pass"})
def evaluate__training_mode():
    """The model was not put into eval mode: dropout drops, and batch norm takes and stores the statistics of these
    batches. The measure changes what it measures."""


@edit({"part.training = mode": "pass"})
def evaluate__stays_in_eval():
    """The model is in eval mode afterwards, whatever it was before. Note the mode of each part, and put it back."""


@edit({"part.training = mode": "part.training = True"})
def evaluate__always_training_afterwards():
    """The model is in training mode afterwards, whatever it was before. Note the mode of each part, and put it back."""


@edit({("for part, mode in modes:\n    part.training = mode"): "model.train(modes[0][1])"})
def evaluate__one_mode_for_all():
    """`model.train(mode)` sets all parts alike: a part that was kept in eval mode on purpose is in training mode now.
    Note the mode of each."""


@edit({"with torch.no_grad():": "if True:"})
def evaluate__gradients():
    """Gradients were prepared for every batch, which nobody needs: use `torch.no_grad()`. `eval()` does not do
    that."""


@edit({"with torch.no_grad():": ("torch.set_grad_enabled(False)\nif True:")})
def evaluate__gradients_off_for_good():
    """Gradients are off for everyone after your function. `with torch.no_grad():` switches them back on at its end."""


@edit({".sum().item()": ".float().mean().item()", "+= len(images)": "+= 1"})
def evaluate__mean_of_batches():
    """The batches' accuracies were averaged. The last batch is often smaller, and its images count for more: add up
    hits and images, and divide once."""


@edit(
    {
        "(model(images).argmax(dim=1) == labels).sum().item()": (
            "sum(int(guess == label) for guess, label in zip(model(images).argmax(dim=0), labels))"
        )
    }
)
def evaluate__best_image_of_each_kind():
    """The `argmax` runs over the batch: it says which image looks most like each kind. Return which kind each
    image looks like: the other axis."""


@edit({"return right": "return 100 * right"})
def evaluate__percent():
    """The accuracy is in percent. Return a fraction from 0 to 1."""


@edit({".item()": ""})
def evaluate__tensor():
    """The accuracy is still a tensor. Return a plain number: `.item()` converts it."""


@edit({"right +=": "right =", "count +=": "count ="})
def evaluate__last_batch():
    """This is the accuracy of the last batch: the counters begin at 0 again with each batch."""


@edit({"images, labels = images.to(device), labels.to(device)": "pass"})
def evaluate__not_moved():
    """The batches were not moved to the device. On a CPU nobody notices; with the model on a GPU it stops at the
    first batch."""


@edit(
    {
        "with torch.no_grad():": ("torch.set_grad_enabled(False)\nif True:"),
        "return": ("torch.set_grad_enabled(True)\nreturn"),
    }
)
def evaluate__gradients_on_for_good():
    """Gradients are on for everyone after your function, also for those who had them off. `with torch.no_grad():` puts
    back what was there."""


@edit({"model.eval()": ("model.eval()\nmodel.zero_grad()")})
def evaluate__clears_gradients():
    """`zero_grad` has thrown away the gradients that the model came with. Measuring should leave no trace."""


@edit({" / count": ""})
def evaluate__number_of_hits():
    """This is the number of hits. Divide by the number of images."""


@edit({"/ count": "/ len(loader)"})
def evaluate__by_len_of_the_loader():
    """The hits were divided by `len(loader)`, the number of batches. Count the images."""


@edit({", labels = images.to(device), labels": " = images"})
def evaluate__labels_not_moved():
    """The images were moved to the device, the labels were not."""


@edit({"images, labels = images.to(device), labels.to(device)": ("images.to(device)\nlabels.to(device)")})
def evaluate__moved_in_vain():
    """`.to(device)` gives a new tensor, which was thrown away. Assign the result, of images and of labels."""


@edit({"model.modules()": "[model, *model.children()]"})
def evaluate__modes_of_children():
    """The modes of the direct parts were noted, not those of parts within parts. `model.modules()` runs through all."""


@edit({"model.eval()": ("for part in model.modules():\n    if isinstance(part, nn.Dropout):\n        part.eval()")})
def evaluate__only_dropout():
    """Only dropout was put into eval mode. Batch norm measures, and stores, the statistics of the batch as before."""


@edit({"for part, mode in modes:": ("        break\nfor part, mode in modes:")})
def evaluate__first_batch():
    """Only the first batch was measured. The loader has more."""


@edit(
    {
        "eval()": "eval().requires_grad_(False)",
        "return right / count": ("model.requires_grad_(True)\nreturn right / count"),
    }
)
def evaluate__thaws():
    """Gradients were switched off and on again weight by weight: a weight that was frozen before is not any more."""


@edit({"eval()": "eval().requires_grad_(False)"})
def evaluate__freezes():
    """The weights are frozen afterwards: nothing can train this model any more. Use `torch.no_grad()`."""


@edit({" / count": " // count"})
def evaluate__rounded_down():
    """`//` rounds down to a whole number. Divide with `/`."""


@edit({"= 0, 0": "= 0, 0\nsize = None", "+= len(images)": "+= (size := size or len(images))"})
def evaluate__size_of_the_first_batch():
    """Each batch was counted with the size of the first. The last one is often smaller."""


@edit({"dim=1": "dim=0"})
def evaluate__over_the_images():
    """`argmax` runs over the images. The kinds are the second axis of the logits."""


@edit(
    {
        "images, labels = images.to(device), labels.to(device)": (
            'here = "cuda" if torch.cuda.is_available() else "cpu"\nimages, labels = images.to(here), labels.to(here)'
        )
    }
)
def evaluate__device_of_its_own():
    """Your function chooses a device by itself. Use the one that is given."""


@edit({"model.modules()": "[model, *model.children()]", "part.training = mode": "part.train(mode)"})
def evaluate__children_train():
    """Only the modes of the direct parts were noted: the parts within a part all have its mode now. Note the mode of
    each, and give it back to that part alone."""


@edit({"model(images).argmax(dim=1) == labels": "model(images).softmax(dim=1).gather(1, labels[:, None]) > 0.5"})
def evaluate__more_than_half():
    """An image counts as right only if its label has more than half of the probability. It is right if no other kind
    has more."""


# ---- predict ----


@edit(
    {
        "probabilities, labels = model(images).softmax(dim=1).topk(top, dim=1)": (
            "left, found = model(images).softmax(dim=1), []\n"
            "for _ in range(top):\n"
            "    found.append(left.max(dim=1))\n"
            "    left = left.scatter(1, found[-1].indices[:, None], 0.0)\n"
            "probabilities, labels = (torch.stack(part, dim=1) for part in zip(*found))"
        )
    }
)
def predict__best_set_to_zero():
    """A kind that was taken counts as 0 in the next search, and where all others are 0 as well it is found again. Take
    it out of the search instead."""


@edit({"softmax(dim=1)": "softmax(dim=0)"})
def predict__over_the_images():
    """The softmax runs over the images of the batch. The probabilities of *one* image should add up to 1: the other
    axis."""


@edit({".softmax(dim=1)": ""})
def predict__logits():
    """These are logits. The softmax makes probabilities of them."""


@edit({".softmax(dim=1)": "", "return probabilities": "return probabilities.softmax(dim=1)"})
def predict__softmax_of_the_top():
    """The top probabilities add up to 1, as if there were no other kinds. The softmax is over all kinds."""


@edit({"softmax(dim=1)": "sigmoid()"})
def predict__sigmoid():
    """The sigmoid judges every kind by itself, and the results do not add up to 1. For one kind out of several, take
    the softmax."""


@edit(
    {
        "topk(top, dim=1)": "sort(dim=1)",
        "return probabilities, labels": "return probabilities[:, -top:], labels[:, -top:]",
    }
)
def predict__ascending():
    """The order is turned around: the most probable kind comes first."""


@edit(
    {
        "return probabilities, labels": (
            "labels, order = labels.sort(dim=1)\nreturn probabilities.gather(1, order), labels"
        )
    }
)
def predict__unsorted():
    """The top kinds are the right ones, but not in order: the most probable one comes first."""


@edit({"return probabilities, labels": "return labels, probabilities"})
def predict__swapped():
    """Labels and probabilities have changed places: the probabilities come first."""


@edit({"model.eval()": "pass"})
def predict__training_mode():
    """The model was not put into eval mode: dropout dropped, so that the answer depends on chance, and batch norm
    took the statistics of these images."""


@edit({"model.train(mode)": "pass"})
def predict__stays_in_eval():
    """The model is in eval mode afterwards, whatever it was before. Note the mode, and put it back."""


@edit({"with torch.no_grad():": "if True:"})
def predict__gradients():
    """The probabilities carry gradients, and with them all that was computed on the way. Use `torch.no_grad()`;
    `eval()` does not do that."""


@edit({"return probabilities, labels": "return probabilities.squeeze(), labels.squeeze()"})
def predict__squeezed():
    """An axis of length 1 was dropped. The shape is always (N, top), for one image and for top=1, too."""


@edit(
    {
        "probabilities, labels = model(images).softmax(dim=1)": (
            "scores = model(images).exp()\nprobabilities, labels = (scores / scores.sum(dim=1, keepdim=True))"
        )
    }
)
def predict__overflows():
    """The exponential of a large logit is infinite, and infinity divided by itself is no number. `softmax` subtracts
    the largest logit first."""


@edit({"return probabilities, labels": "return probabilities.numpy(), labels.numpy()"})
def predict__arrays():
    """The numbers are right, but in NumPy arrays. Return two tensors."""


@edit(
    {
        "probabilities, labels = model(images).softmax(dim=1).topk(top, dim=1)": (
            "probabilities, labels = model(images).softmax(dim=1).sort(dim=1)\n"
            "probabilities, labels = probabilities[:, :top], labels[:, :top]"
        )
    }
)
def predict__least_probable():
    """These are the least probable kinds: `sort` begins with the smallest."""


@edit({"return probabilities, labels": "return probabilities, torch.arange(top).expand(len(labels), -1)"})
def predict__ranks():
    """The labels are the ranks 0, 1, 2 … Return the kind at each rank."""


@edit({".topk": ".softmax(dim=1).topk"})
def predict__softmax_twice():
    """The softmax was taken twice, which brings the probabilities closer together."""


@edit({"return probabilities,": "return 100 * probabilities,"})
def predict__percent():
    """The probabilities are in percent. Return numbers from 0 to 1."""


@edit({"softmax": "log_softmax"})
def predict__logarithms():
    """These are logarithms of the probabilities. Return the probabilities themselves."""


@edit({"return probabilities, labels": "return probabilities, labels.float()"})
def predict__float_labels():
    """The labels are floats. Return integers, as `topk` gives them."""


@edit(
    {
        "probabilities, labels = model(images).softmax(dim=1).topk(top, dim=1)": (
            "scores = model(images)\n"
            "scores = (scores - scores.max()).exp()\n"
            "probabilities, labels = (scores / scores.sum(dim=1, keepdim=True)).topk(top, dim=1)"
        )
    }
)
def predict__largest_of_the_batch():
    """The largest logit of the whole batch was subtracted. In an image with much smaller logits all exponentials are 0;
    take the largest of each image."""


@edit(
    {
        "eval()": "eval().requires_grad_(False)",
        "return probabilities, labels": ("model.requires_grad_(True)\nreturn probabilities, labels"),
    }
)
def predict__thaws():
    """Gradients were switched off and on again weight by weight: a weight that was frozen before is not any more."""


@edit({"eval()": "eval().requires_grad_(False)"})
def predict__freezes():
    """The weights are frozen afterwards: nothing can train this model any more. Use `torch.no_grad()`."""


@edit({"(mode)": "()"})
def predict__always_training_afterwards():
    """The model is in training mode afterwards, even if it was in eval mode before."""


@edit({"return probabilities, labels": "return probabilities, labels.int()"})
def predict__labels_in_32_bits():
    """The labels are integers of 32 bits. Return `int64`, as `topk` gives them."""


@edit({"return probabilities, labels": "return probabilities.squeeze(1), labels.squeeze(1)"})
def predict__axis_lost():
    """With top=1 the second axis was taken away. The shape is (N, top), also if top is 1."""


@edit({"return probabilities, labels": "return probabilities.tolist(), labels.tolist()"})
def predict__lists():
    """The numbers are right, but in lists. Return two tensors."""


@edit({"return probabilities, labels": "return probabilities.T, labels.T"})
def predict__transposed():
    """Rows and columns have changed places: each image has a row."""


@edit({"model.train(mode)": "model.train(mode)\nmodel.zero_grad()"})
def predict__clears_gradients():
    """The gradients of the model were cleared. They belong to the caller."""


@edit(
    {
        "with torch.no_grad():": "torch.set_grad_enabled(False)\nif True:",
        "return": "torch.set_grad_enabled(True)\nreturn",
    }
)
def predict__gradients_on_for_good():
    """Gradients are switched on at the end, also for those who had switched them off. `with torch.no_grad()` puts back
    what was."""


# ---- confusion_matrix ----


@edit({"labels + predictions": "predictions + labels"})
def confusion_matrix__transposed():
    """Rows and columns have changed places: a row is an actual label, a column a prediction."""


@edit(
    {
        ("return matrix.index_put_((labels, predictions), torch.ones_like(labels), accumulate=True)"): (
            "matrix[labels, predictions] += 1\nreturn matrix"
        )
    },
    of="index_put",
)
def confusion_matrix__once():
    """Each pair was counted once, however often it occurs: an index with a list reads all cells, adds 1, and writes
    them back."""


@edit({"pairs =": ("classes = int(max(labels.max(), predictions.max())) + 1\npairs =")})
def confusion_matrix__only_what_occurs():
    """The matrix ends at the highest label that occurs. It has `classes` rows and columns, of zeros if need be."""


@edit(
    {
        "return": "matrix =",
        ".reshape(classes, classes)": (
            ".reshape(classes, classes)\nreturn matrix / matrix.sum(dim=1, keepdim=True).clamp(min=1)"
        ),
    }
)
def confusion_matrix__shares():
    """These are shares of each row. Return counts."""


@edit({", dtype=torch.int32": ""}, of="loop")
def confusion_matrix__floats():
    """The counts are floats. `torch.zeros` makes floats unless you give it `dtype=torch.long`."""


@edit({"return": ("pairs = pairs[labels != predictions]\nreturn")})
def confusion_matrix__mistakes_only():
    """Only mistakes were counted. The hits belong on the diagonal."""


def confusion_matrix__hits_only(labels, predictions, classes):
    """Only hits were counted. The mistakes, off the diagonal, are the interesting part."""
    return torch.diag(torch.bincount(labels[labels == predictions], minlength=classes))


def confusion_matrix__per_kind(labels, predictions, classes):
    """This counts how often each kind is right, in a row. Return a matrix: each kind against each."""
    return torch.bincount(labels[labels == predictions], minlength=classes)


@edit({"classes * labels": "labels"})
def confusion_matrix__pairs_collide():
    """Different pairs got the same number: label + prediction is 3 for (1, 2) and for (2, 1). `classes * label +
    prediction` keeps them apart."""


@edit({"classes * labels + predictions": "labels.mul_(classes).add_(predictions)"})
def confusion_matrix__labels_changed():
    """`labels *= classes` changed the caller's labels. Compute into a new tensor."""


@edit({"(classes, classes)": "(classes, classes).to(torch.int8)"})
def confusion_matrix__small_integers():
    """The counts are kept in integers of 8 bits, which end at 127 and go on with -128. Use `torch.long`."""


@edit({"(classes, classes)": "(classes, classes).numpy()"})
def confusion_matrix__array():
    """The counts are right, but in a NumPy array. Return a tensor."""


@edit(
    {
        (
            "pairs = classes * labels + predictions\n"
            "return torch.bincount(pairs, minlength=classes**2).reshape(classes, classes)"
        ): (
            "pairs = 10 * labels + predictions\n"
            "matrix = torch.zeros(100 * 100, dtype=torch.long)\n"
            "matrix[: max(100, int(pairs.max()) + 1)] = torch.bincount(pairs, minlength=100)\n"
            "return matrix[:100].reshape(10, 10)[:classes, :classes]"
        )
    }
)
def confusion_matrix__ten_kinds():
    """The number of kinds is written down as 10. Use `classes`."""


@edit({"classes, classes)": "classes, classes).short()"})
def confusion_matrix__sixteen_bits():
    """The counts are kept in integers of 16 bits, which end at 32,767. Use `torch.long`."""


@edit({"classes, classes)": "classes, classes).tolist()"})
def confusion_matrix__lists():
    """The counts are right, but in lists. Return a tensor."""


@edit({".reshape(classes, classes)": ""})
def confusion_matrix__flat():
    """The counts are in one long row. Make `classes` rows of it."""


@edit({"classes, classes)": "classes, classes) / len(labels)"})
def confusion_matrix__shares_of_all():
    """The counts were divided by the number of images. Return counts."""


@edit({", minlength=classes**2": ""})
def confusion_matrix__no_minlength():
    """`bincount` ends at the largest number that occurs. Give it `minlength`."""


# ---- capture_features ----


@edit({"handle.remove()": "pass"})
def capture_features__hooks_stay():
    """The hooks are still there afterwards. Everyone who uses the model from now on pays for them:
    `handle.remove()`."""


@edit({"try:": "if True:", "finally:": "if True:"})
def capture_features__hooks_stay_after_an_error():
    """If the model raises an error, the hooks stay: the lines that remove them are never reached. That is what
    `finally` is for."""


@edit(
    {("for handle in handles:\n    handle.remove()"): ("for part in parts.values():\n    part._forward_hooks.clear()")}
)
def capture_features__all_hooks_removed():
    """All hooks were removed, others' as well. Take away your own only: keep the handles, and `handle.remove()`."""


@edit({".clone()": ""})
def capture_features__overwritten():
    """A later in-place layer has overwritten what you kept: `detach` does not copy. Keep a `.clone()`."""


@edit({"return listen": "return lambda *args: features.update({layers[-1]: args[2].detach().clone()})"})
def capture_features__last_name():
    """All outputs went under the same name: a function made in a loop sees the loop variable's last value. Give it a
    default, `name=name`."""


@edit({"output.detach": "inputs[0].detach"})
def capture_features__inputs():
    """This is what goes into each layer. Return what comes out, the hook's third argument."""


@edit({".detach()": "", "with torch.no_grad():": "if True:"})
def capture_features__gradients():
    """The features carry gradients, and with them everything computed before. Use `torch.no_grad()`."""


@edit({"model.eval()": "pass"})
def capture_features__training_mode():
    """The model was not put into eval mode: dropout drops at random, and batch norm uses and stores the statistics of
    this batch."""


@edit({"model.train(mode)": "pass"})
def capture_features__stays_in_eval():
    """The model is in eval mode afterwards, whatever it was before. Note the mode, and put it back."""


@edit({"finally:": ("except Exception as error:\n    print(error)\nfinally:")})
def capture_features__error_hidden():
    """An error of the model was swallowed: the caller gets half of the features and no error. `finally` lets the error
    pass, `except` does not."""


@edit({"output.detach": "output[0].detach"})
def capture_features__first_image():
    """Only the first image's features came back, without the batch axis. The shape is (N, …), as the layer gave it."""


@edit({"for name in layers": "for name in parts"})
def capture_features__all_layers():
    """Every layer was captured, asked for or not. For a large network that is a lot of memory: listen to `layers`
    only."""


@edit({"for name in layers": "for name, _ in model.named_children() if name in layers"})
def capture_features__children_only():
    """Only the parts directly below the model were looked through. `named_modules` knows the parts of the parts,
    too."""


@edit({" layers]": " parts if any(name.startswith(layer) for layer in layers)]"})
def capture_features__names_that_begin_alike():
    """A name was compared by its beginning, so that `stem` found `stem_end`, too. Compare whole names."""


@edit({" layers]": " parts if any(name.endswith(layer) for layer in layers)]"})
def capture_features__names_that_end_alike():
    """A name was compared by its end only. Compare whole names."""


@edit({"clone()": "clone().numpy()"})
def capture_features__numpy():
    """The features are NumPy arrays. Return tensors."""


@edit({"return features": "return list(features.values())"})
def capture_features__list():
    """A list came back. Return a dict from each name to its tensor."""


@edit({"(mode)": "()"})
def capture_features__always_training_afterwards():
    """The model is in training mode afterwards, even if it was in eval mode before."""


@edit({"clone()": "clone().flatten(1)"})
def capture_features__flattened():
    """The features were flattened. Return them in the shape that the layer gave them."""


@edit({"return features": ("layers.clear()\nreturn features")})
def capture_features__names_used_up():
    """The list of names was emptied. It belongs to the caller."""


@edit({"finally:": ('except Exception as error:\n    raise RuntimeError("the model failed") from error\nfinally:')})
def capture_features__another_error():
    """The error of the model was replaced by another one. Let it pass as it is."""


@edit({("for handle in handles:\n    handle.remove()"): ("if handles:\n    handles[-1].remove()")})
def capture_features__last_hook_only():
    """Only the last hook was removed. Keep all handles."""


@edit({"for name in layers": "for name in parts if any(layer in name for layer in layers)"})
def capture_features__names_inside_names():
    """A name was looked for inside other names, and several were found. Compare whole names."""


@edit({"features[name]": "features[layer]"})
def capture_features__layers_as_keys():
    """The keys are the layers themselves. Return a dict from names."""


@edit({"model.train(mode)": "model.training = mode"})
def capture_features__only_the_root():
    """Only the model itself is back in its mode; its parts are still in eval mode. `model.train(mode)` sets all."""


@edit({".detach().clone()": ".detach().clone().squeeze()"})
def capture_features__squeezed():
    """`squeeze` takes away every axis of length 1, with one image the first, too. Keep the layer's shape."""


@edit(
    {
        "model.eval()": "model.eval().requires_grad_(False)",
        "return features": "model.requires_grad_(True)\nreturn features",
    }
)
def capture_features__thaws():
    """Gradients were switched off and on again weight by weight: a weight that was frozen before is not any more."""


def capture_features__children_in_turn(model, images, layers):
    """The parts of the model were called one after the other. Call the model: only its `forward` knows how the parts
    are connected."""
    mode, features, x = model.training, {}, images
    model.eval()
    with torch.no_grad():
        for name, part in model.named_children():
            x = part(x)
            if name in layers:
                features[name] = x.clone()
    model.train(mode)
    return features


# ---- the bug clinic ----


@edit({"optimizer.zero_grad()": "pass"})
def clinic_1__still_ill():
    """Patient 1 is as ill as before. PyTorch adds new gradients to old ones; who clears them here?"""


@edit({"optimizer.zero_grad()": "pass", "losses = []": ("losses = []\noptimizer.zero_grad()")})
def clinic_1__cleared_once():
    """The gradients are cleared once, above the loop, and add up from then on. Clear them for every step."""


@edit({"optimizer.zero_grad()": "pass", "optimizer.step()": ("optimizer.step()\noptimizer.zero_grad()")})
def clinic_1__cleared_after_the_step():
    """The gradients are cleared after each step, so what was left from before goes into the first one."""


@edit({"optimizer.zero_grad()": "pass", "optimizer.step()": ("optimizer.zero_grad()\noptimizer.step()")})
def clinic_1__cleared_unused():
    """`zero_grad` is between `backward` and `step`: the gradients are thrown away before they are used."""


@edit({"  # the bug: gradients were added up over all steps": "", ".item()": ""})
def clinic_1__tensors():
    """The losses are tensors. Return plain numbers: `.item()` converts them."""


@edit({"loss.item()": "F.cross_entropy(model(images), labels).item()"})
def clinic_1__after_the_step():
    """These are the losses after each step. Return those before it, which are there already."""


@edit({"return losses": "return sum(losses) / max(1, len(losses))"})
def clinic_1__mean():
    """This is the mean of all losses. Return them one by one."""


@edit({"optimizer.step()": ("torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)\noptimizer.step()")})
def clinic_1__clipped():
    """The gradients were clipped. That is another treatment; mend the bug, and change nothing else."""


@edit({"optimizer.step()": ("torch.nn.utils.clip_grad_norm_(model.parameters(), 20.0)\noptimizer.step()")})
def clinic_1__clipped_where_large():
    """The gradients were clipped. That is another treatment; mend the bug, and change nothing else."""


@edit({"losses.append(loss.item())": "losses.append(loss.item())\nif losses[-1] < 1e-3:\n    break"})
def clinic_1__stops_early():
    """It stops as soon as the loss is small. The patient makes `steps` steps, whatever the loss."""


@edit(
    {
        "optimizer.zero_grad()  # the bug: gradients were added up over all steps": (
            "model.train()\noptimizer.zero_grad()  # the bug: gradients were added up over all steps"
        )
    }
)
def clinic_1__sets_the_mode():
    """The model was put into training mode. The patient did not do that; mend the bug, and change nothing else."""


@edit(
    {
        "optimizer.zero_grad()  # the bug: gradients were added up over all steps": (
            'optimizer = torch.optim.SGD(model.parameters(), lr=optimizer.param_groups[0]["lr"])\n'
            "optimizer.zero_grad()  # the bug: gradients were added up over all steps"
        )
    }
)
def clinic_1__new_optimiser():
    """A new optimiser was made for each step, so momentum is lost. Use the one that is given."""


@edit({("loss.backward()\noptimizer.step()"): ("optimizer.step()\nloss.backward()")})
def clinic_2__still_ill():
    """Patient 2 is as ill as before. When is the gradient there, and what has become of it when the step is made?"""


@edit(
    {
        "optimizer.zero_grad()": "pass",
        ("loss.backward()\noptimizer.step()"): ("optimizer.step()\noptimizer.zero_grad()\nloss.backward()"),
    }
)
def clinic_2__one_batch_late():
    """Now every step uses the gradient of the batch before. It is `step` that must come after `backward`; `zero_grad`
    was in its place."""


@edit({"optimizer.zero_grad()": "pass"})
def clinic_2__no_zero_grad():
    """The step has found its place, but `zero_grad` is gone: the gradients of all batches are added up."""


@edit({"len(images), size": "len(images) - size + 1, size"})
def clinic_2__drops_the_rest():
    """The last, smaller batch was left out. It was no part of the illness."""


@edit({"images[start : start + size]": "images[:size]", "labels[start : start + size]": "labels[:size]"})
def clinic_2__always_the_first_batch():
    """Every step sees the first batch again. Each batch has its turn."""


@edit({"  # the bug: the step came before its gradient, which was then cleared unused": "", "return": "    return"})
def clinic_2__only_one_batch():
    """The pass ends after its first batch: the `return` is indented too far."""


@edit({".item()": ""})
def clinic_2__tensors():
    """The losses are tensors. Return plain numbers: `.item()` converts them."""


@edit({"return losses": "return sum(losses) / max(1, len(losses))"})
def clinic_2__mean():
    """This is the mean of all losses. Return them one by one."""


@edit(
    {
        ("optimizer.step()  # the bug: the step came before its gradient, which was then cleared unused"): (
            "torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)\n"
            "optimizer.step()  # the bug: the step came before its gradient, which was then "
            "cleared unused"
        )
    }
)
def clinic_2__clipped():
    """The gradients were clipped. That is another treatment; mend the bug, and change nothing else."""


@edit({"optimizer.step()": ("torch.nn.utils.clip_grad_norm_(model.parameters(), 20.0)\noptimizer.step()")})
def clinic_2__clipped_where_large():
    """The gradients were clipped. That is another treatment; mend the bug, and change nothing else."""


@edit({"optimizer.zero_grad()": ("model.train()\noptimizer.zero_grad()")})
def clinic_2__sets_the_mode():
    """The model was put into training mode. The patient did not do that; mend the bug, and change nothing else."""


@edit(
    {
        "optimizer.zero_grad()": (
            'optimizer = torch.optim.SGD(model.parameters(), lr=optimizer.param_groups[0]["lr"])\noptimizer.zero_grad()'
        )
    }
)
def clinic_2__new_optimiser():
    """A new optimiser was made for each step, so momentum is lost. Use the one that is given."""


@edit(
    {
        "loss = F.nll_loss(model(images).log_softmax(dim=1), labels)": (
            "probabilities = model(images).softmax(dim=1)\nloss = F.cross_entropy(probabilities, labels)"
        )
    },
    of="log_softmax",
)
def clinic_3__still_ill():
    """Patient 3 is as ill as before. What does `cross_entropy` do with what it gets, by itself?"""


@edit({"log_softmax": "softmax"}, of="log_softmax")
def clinic_3__no_logarithm():
    """`nll_loss` wants logarithms of probabilities, and got probabilities."""


@edit({"nll_loss(model(images).log_softmax(dim=1": "cross_entropy(model(images).sigmoid("}, of="log_softmax")
def clinic_3__sigmoid():
    """A sigmoid took the place of the softmax. `cross_entropy` wants logits: nothing at all in between."""


@edit({"nll_loss(model(images).log_softmax(dim=1": "cross_entropy(model(images).softmax(dim=0"}, of="log_softmax")
def clinic_3__another_axis():
    """The softmax runs over the images now, and is still there. `cross_entropy` wants logits."""


@edit({"optimizer.zero_grad()": "pass"})
def clinic_3__no_zero_grad():
    """The softmax is gone, and `zero_grad` went with it: now the gradients of all steps are added up."""


@edit(
    {
        "(logits.logsumexp(dim=1) - logits.gather(1, labels[:, None])[:, 0]).mean()": (
            "F.mse_loss(logits.softmax(dim=1), F.one_hot(labels, logits.shape[1]).float())"
        )
    },
    of="by_hand",
)
def clinic_3__squared_error():
    """Another loss took the place of the cross-entropy, which was not ill. Mend the bug, and change nothing else."""


@edit({".item()": ""})
def clinic_3__tensors():
    """The losses are tensors. Return plain numbers: `.item()` converts them."""


@edit({"return losses": "return sum(losses) / max(1, len(losses))"})
def clinic_3__mean():
    """This is the mean of all losses. Return them one by one."""


@edit({"optimizer.step()": ("torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)\noptimizer.step()")})
def clinic_3__clipped():
    """The gradients were clipped. That is another treatment; mend the bug, and change nothing else."""


@edit({"optimizer.step()": ("torch.nn.utils.clip_grad_norm_(model.parameters(), 20.0)\noptimizer.step()")})
def clinic_3__clipped_where_large():
    """The gradients were clipped. That is another treatment; mend the bug, and change nothing else."""


@edit({"losses.append(loss.item())": "losses.append(loss.item())\nif losses[-1] < 1e-3:\n    break"})
def clinic_3__stops_early():
    """It stops as soon as the loss is small. The patient makes `steps` steps, whatever the loss."""


@edit({"optimizer.zero_grad()": ("model.train()\noptimizer.zero_grad()")})
def clinic_3__sets_the_mode():
    """The model was put into training mode. The patient did not do that; mend the bug, and change nothing else."""


@edit(
    {
        "optimizer.zero_grad()": (
            'optimizer = torch.optim.SGD(model.parameters(), lr=optimizer.param_groups[0]["lr"])\noptimizer.zero_grad()'
        )
    }
)
def clinic_3__new_optimiser():
    """A new optimiser was made for each step, so momentum is lost. Use the one that is given."""


@edit(
    {
        (
            "optimizer.zero_grad()\n"
            "loss = F.cross_entropy(model(images), labels)  # the bug: a softmax, and "
            "cross_entropy brings its own"
        ): ("loss = F.cross_entropy(model(images), labels)  # the bug: a softmax, and cross_entropy brings its own"),
        "optimizer.step()": ("optimizer.zero_grad()\noptimizer.step()"),
    }
)
def clinic_3__cleared_unused():
    """The gradients are cleared between `backward` and `step`: nothing is learnt."""


@edit({"cross_entropy(model(images": "nll_loss(model(images).softmax(dim=1).log("})
def clinic_3__log_of_softmax():
    """The logarithm was taken of the softmax. A probability that is too small for a float is 0, and its logarithm
    infinite."""


@edit(
    {"nll_loss(model(images).log_softmax(dim=1)": "nll_loss((model(images).softmax(dim=1) + 1e-8).log()"},
    of="log_softmax",
)
def clinic_3__added_epsilon():
    """A probability near 0 was replaced by a larger one before the logarithm, for example by adding a small number.
    That bounds the loss, which has no bound."""


@edit({"optimizer.zero_grad()": "pass", "losses = []": "losses = []\noptimizer.zero_grad()"})
def clinic_3__cleared_once():
    """The softmax is gone, but now the gradients are cleared only once, above the loop, and add up from then on."""


@edit({"model.train()": "pass", "accuracies = []": ("accuracies = []\nmodel.train()")})
def clinic_4__still_ill():
    """Patient 4 is as ill as before. In which mode is the model when the second epoch begins?"""


@edit({"model.eval()": "pass"})
def clinic_4__no_eval():
    """`eval` was taken out, and now the model is measured in training mode. It needs both modes, each at its time."""


@edit(
    {
        "model.train()": "pass",
        "accuracies.append(hits.float().mean().item())": (
            "accuracies.append(hits.float().mean().item())\nmodel.train()"
        ),
    }
)
def clinic_4__only_after_measuring():
    """The model goes back to training mode after each measuring, but its first epoch is trained in the mode in which
    it came."""


@edit(
    {
        "model.train()": "pass",
        "accuracies = []": "accuracies = []\nmode = model.training\nmodel.train()",
        "accuracies.append(hits.float().mean().item())": (
            "accuracies.append(hits.float().mean().item())\nmodel.train(mode)"
        ),
    }
)
def clinic_4__back_to_the_first_mode():
    """After each measuring the model goes back to the mode that it came in. If that was eval mode, it learns in eval
    mode from the second epoch on."""


@edit(
    {
        ("  # the bug: this stood above the loop, so that from the second epoch on the model was in eval mode"): "",
        "validation[0]).argmax(dim=1) == validation[1]": "images).argmax(dim=1) == labels",
    }
)
def clinic_4__measured_on_training():
    """This is the accuracy on the training images. Return the accuracy on the validation images."""


def clinic_4__measured_before(model, images, labels, optimizer, *, validation, epochs):
    """The accuracy was measured before each epoch. Measure it after the epoch."""
    accuracies = []
    for _ in range(epochs):
        model.eval()
        with torch.no_grad():
            hits = model(validation[0]).argmax(dim=1) == validation[1]
        accuracies.append(hits.float().mean().item())
        model.train()
        for start in range(0, len(images), 64):
            optimizer.zero_grad()
            F.cross_entropy(model(images[start : start + 64]), labels[start : start + 64]).backward()
            optimizer.step()
    return accuracies


@edit({".item()": ""})
def clinic_4__tensors():
    """The accuracies are tensors. Return plain numbers: `.item()`."""


@edit({"with torch.no_grad()": "if True"})
def clinic_4__validates_with_gradients():
    """The validation prepares gradients, which the patient did not. Change nothing but the bug."""


@edit({"(hits": "(100 * hits"})
def clinic_4__percent():
    """The accuracies are in percent. Return fractions from 0 to 1."""


@edit(
    {
        (
            "optimizer.zero_grad()\n"
            "F.cross_entropy(model(images[start : start + 64]), labels[start : start + "
            "64]).backward()"
        ): ("F.cross_entropy(model(images[start : start + 64]), labels[start : start + 64]).backward()")
    }
)
def clinic_4__no_zero_grad():
    """The gradients are added up: `zero_grad` is gone."""


@edit({"images), ": "images) - 63, "})
def clinic_4__drops_the_rest():
    """The last, smaller batch was left out. It was no part of the illness."""


@edit({".detach()": ""}, of="detach")
def clinic_5__still_ill():
    """Patient 5 is as ill as before. What is `total` after the first batch: a number, or a tensor with a memory?"""


@edit({".item()": ""}, of="detach")
def clinic_5__tensor():
    """The graphs are let go, but the result is a tensor now. Return a plain number."""


@edit({"float(loss.detach())": "loss", "sum(sums) / len(images)": "sum(sums).item()"}, of="list")
def clinic_5__list_of_losses():
    """The losses are in a list now, as tensors, and every one of them holds on to its batch's graph as before."""


@edit({"float(loss.detach()) * len(x)": "loss.item()", "len(images)": "len(sums)"}, of="list")
def clinic_5__mean_of_means():
    """The graphs are let go, but the result is the mean of the batches' means now. The last batch is smaller."""


@edit({"total / len(images)": "loss.item()"})
def clinic_5__last_loss():
    """Nothing is added up any more: this is the last batch's loss. Return the mean over all examples."""


@edit({"loss.backward()": "pass", "optimizer.step()": "pass"})
def clinic_5__nothing_learnt():
    """No graph is kept, since none is made: under `no_grad` nothing can be learnt. Training needs gradients; the sum
    does not."""


@edit({"optimizer.step()": ("torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)\noptimizer.step()")})
def clinic_5__clipped():
    """The gradients were clipped. That is another treatment; mend the bug, and change nothing else."""


@edit({"optimizer.step()": ("torch.nn.utils.clip_grad_norm_(model.parameters(), 20.0)\noptimizer.step()")})
def clinic_5__clipped_where_large():
    """The gradients were clipped. That is another treatment; mend the bug, and change nothing else."""


@edit({"optimizer.zero_grad()": ("model.train()\noptimizer.zero_grad()")})
def clinic_5__sets_the_mode():
    """The model was put into training mode. The patient did not do that; mend the bug, and change nothing else."""


@edit(
    {
        "optimizer.zero_grad()": (
            'optimizer = torch.optim.SGD(model.parameters(), lr=optimizer.param_groups[0]["lr"])\noptimizer.zero_grad()'
        )
    }
)
def clinic_5__new_optimiser():
    """A new optimiser was made for each step, so momentum is lost. Use the one that is given."""


@edit({"len(batch)": "size"})
def clinic_5__weighs_by_size():
    """The last batch was weighed with `size`, though it is smaller."""


@edit({" * len(batch)": ""})
def clinic_5__sum_of_means():
    """The means of the batches were added up and divided by the number of examples. Weigh each with the size of its
    batch."""


@edit(
    {
        (
            "optimizer.zero_grad()\nloss = F.cross_entropy(model(batch), answers)"
        ): "loss = F.cross_entropy(model(batch), answers)"
    }
)
def clinic_5__no_zero_grad():
    """The graphs are let go, and `zero_grad` went with them: the gradients of all batches are added up."""


@edit(
    {
        (
            "order = torch.rand(len(images), generator=generator).argsort()\n"
            "images, labels = images.index_select(0, order), labels.index_select(0, order)"
        ): (
            "images = images[torch.randperm(len(images), generator=generator)]\n"
            "labels = labels[torch.randperm(len(labels), generator=generator)]"
        )
    },
    of="argsort",
)
def clinic_6__still_ill():
    """Patient 6 is as ill as before. Is the third label still that of the third image?"""


@edit(
    {
        (
            "order = torch.rand(len(images), generator=generator).argsort()\n"
            "images, labels = images.index_select(0, order), labels.index_select(0, order)"
        ): "images = images[torch.randperm(len(images), generator=generator)]"
    },
    of="argsort",
)
def clinic_6__labels_stay():
    """The labels are not shuffled any more, but the images are: they still do not belong together."""


@edit({"images, labels = images[order], labels[order]": "pass"})
def clinic_6__not_shuffled():
    """Nothing is shuffled any more. Images and labels belong together now, but the order is to be random."""


@edit({"generator=generator": "generator=torch.Generator().manual_seed(0)"}, of="rows")
def clinic_6__generator_of_its_own():
    """The order is the same at every call, from a generator made here. Use the one that is given."""


@edit({", generator=generator": ""}, of="rows")
def clinic_6__global_randomness():
    """The order comes from the global random state, so it cannot be repeated. Draw it from `generator`."""


def clinic_6__batches_shuffled(model, images, labels, optimizer, *, size, generator):
    """Only the order of the batches is random; the same neighbours share a batch in every epoch. Shuffle the images."""
    starts = torch.arange(0, len(images), size)
    losses = []
    for start in starts[torch.randperm(len(starts), generator=generator)].tolist():
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images[start : start + size]), labels[start : start + size])
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


@edit(
    {"randperm(len(labels), generator": "randint(len(images), (len(images),), generator"},
    of="rows",
)
def clinic_6__drawn_with_replacement():
    """Some images are seen twice, and others not at all: `randint` draws with replacement."""


@edit({".item()": ""})
def clinic_6__tensors():
    """The losses are tensors. Return plain numbers: `.item()` converts them."""


@edit({"return losses": "return sum(losses) / max(1, len(losses))"})
def clinic_6__mean():
    """This is the mean of all losses. Return them one by one."""


@edit({"optimizer.step()": ("torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)\noptimizer.step()")})
def clinic_6__clipped():
    """The gradients were clipped. That is another treatment; mend the bug, and change nothing else."""


@edit({"optimizer.zero_grad()": ("model.train()\noptimizer.zero_grad()")})
def clinic_6__sets_the_mode():
    """The model was put into training mode. The patient did not do that; mend the bug, and change nothing else."""


@edit(
    {
        "optimizer.zero_grad()": (
            'optimizer = torch.optim.SGD(model.parameters(), lr=optimizer.param_groups[0]["lr"])\noptimizer.zero_grad()'
        )
    }
)
def clinic_6__new_optimiser():
    """A new optimiser was made for each step, so momentum is lost. Use the one that is given."""


@edit({"=generator": "=torch.Generator().manual_seed(generator.initial_seed())"})
def clinic_6__same_order_every_pass():
    """The next pass with the same generator has the same order again, because nothing was drawn from `generator`
    itself: a copy of it, or its initial seed, does not move on."""


@edit(
    {
        (
            "order = torch.randperm(\n"
            "    len(images), generator=generator\n"
            ")  # the bug: images and labels each had an order of their own"
        ): (
            "order = torch.arange(len(images)).roll(int(torch.randint(len(images), (), "
            "generator=generator)))  # the bug: images and labels each had an order of their own"
        )
    }
)
def clinic_6__rotated():
    """The images are only rotated: neighbours stay neighbours. Shuffle them."""


@edit(
    {
        (
            "order = torch.randperm(\n"
            "    len(images), generator=generator\n"
            ")  # the bug: images and labels each had an order of their own"
        ): (
            "order = torch.cat([rows[torch.randperm(len(rows), generator=generator)] for "
            "rows in torch.arange(len(images)).split(size)])  # the bug: images and labels "
            "each had an order of their own"
        )
    }
)
def clinic_6__within_batches():
    """The images change places within their batch only. Shuffle them all."""


@edit({"labels[order]": "labels[order.argsort()]"})
def clinic_6__inverse_order():
    """The labels were put into the inverse order. They do not belong to their images."""


@edit(
    {
        (
            "optimizer.zero_grad()\n"
            "loss = F.cross_entropy(model(images[start : start + size]), labels[start : "
            "start + size])"
        ): ("loss = F.cross_entropy(model(images[start : start + size]), labels[start : start + size])")
    }
)
def clinic_6__no_zero_grad():
    """Images and labels belong together now, but the gradients of all batches are added up."""


@edit({"images, labels ": "images[:], labels[:] "})
def clinic_6__in_place():
    """The caller's images and labels were shuffled. Make new tensors."""


# ---- the quiz ----

quiz_hundred_kinds__ten = Choice("a", "2.3 is the logarithm of 10: right for ten kinds, each with one chance in ten.")
quiz_hundred_kinds__ten_times = Choice(
    "c", "Ten times as many kinds do not make ten times the loss: it grows with their logarithm."
)
quiz_hundred_kinds__nothing = Choice("d", "A loss near 0 means to be right and sure. An untrained network is neither.")

quiz_eval__gradients = Choice("b", "`eval` leaves gradients as they are; `torch.no_grad()` is what switches them off.")
quiz_eval__both = Choice("c", "Half of it is right. `eval` does not touch gradients: that is `torch.no_grad()`.")
quiz_eval__measures = Choice("d", "In spite of its name, `eval` measures nothing. It sets the mode of each layer.")

quiz_selection__a_test = Choice("a", "It was a test as long as you did not choose by it. After that it is a choice.")
quiz_selection__better = Choice(
    "b", "The best of 30 had the most luck, too, and luck does not come along to new images."
)
quiz_selection__training = Choice(
    "d", "Training images it has learnt by heart, one by one. Choosing among 30 fits the test set only a little."
)

quiz_matrix__transposed = Choice("a", "Rows and columns have changed places: a row is what an image is.")
quiz_matrix__both = Choice("b", "Every image has one label and one prediction. Which of the two is the row?")
quiz_matrix__recall = Choice("c", "The matrix holds counts, and the shirts that were recognised are on the diagonal.")

quiz_gap__rate = Choice("a", "The training loss falls already. The trouble is not how fast it learns, but what.")
quiz_gap__larger = Choice("c", "A larger network learns by heart even better, and this one knows 99.8 % already.")
quiz_gap__longer = Choice("d", "More of the same: the training images are known by heart, and the gap will grow.")
