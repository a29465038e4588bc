"""Known wrong answers to assignment 4, CIFAR-10.

Where an answer draws random numbers, its question returns what was drawn, and the judge works out shares, scales, masks
and offsets.
"""

import numpy as np
import torch
from torch import nn

from solutions.a4_cifar10.notebook import dropout
from solutions.asking import Choice

# ---- softmax ----


def softmax__overflows(scores):
    """exp(89) is already too large for a float32, and infinity divided by infinity is not a number. Softmax does not
    change when the same number is taken from all scores of a row: take one that keeps the exponentials small."""
    exps = scores.exp()
    return exps / exps.sum(dim=-1, keepdim=True)


def softmax__over_examples(scores):
    """Your columns add up to 1. Each example is a row, and it is the ten classes of one example that share one
    certainty."""
    exps = (scores - scores.amax(dim=0)).exp()
    return exps / exps.sum(dim=0)


def softmax__one_maximum_for_all(scores):
    """The largest score of the whole batch was taken from every row. A row that lies far below it becomes all zeros,
    and 0 / 0 is not a number: each row has a largest score of its own."""
    exps = (scores - scores.max()).exp()
    return exps / exps.sum(dim=-1, keepdim=True)


def softmax__log(scores):
    """This is the logarithm of softmax. Probabilities lie between 0 and 1."""
    return scores - scores.logsumexp(dim=-1, keepdim=True)


def softmax__hard(scores):
    """The best class got everything. Softmax is soft: the others keep a share that falls off exponentially."""
    return nn.functional.one_hot(scores.argmax(dim=-1), scores.shape[-1]).float()


def softmax__changes_scores(scores):
    """The result is right, but `-=` wrote into the caller's scores. Give the difference a name of its own."""
    scores -= scores.amax(dim=-1, keepdim=True)
    exps = scores.exp()
    return exps / exps.sum(dim=-1, keepdim=True)


# ---- cross_entropy ----


def cross_entropy__sum(scores, labels):
    """The losses of the examples were added up. Their mean does not depend on how many there are, and so one learning
    rate suits every batch size."""
    return -scores.log_softmax(dim=-1)[torch.arange(len(labels)), labels].sum()


def cross_entropy__mean_over_classes(scores, labels):
    """The sum was divided by examples times classes. An example has one label, so it counts once, not ten times."""
    picked = scores.log_softmax(dim=-1) * nn.functional.one_hot(labels, scores.shape[-1])
    return -picked.mean()


def cross_entropy__log_of_zero(scores, labels):
    """A probability below 10⁻⁴⁵ is 0 in float32, and its logarithm is −∞. Write log softmax as one expression, in which
    logarithm and exponential cancel before anything gets that small."""
    return -scores.softmax(dim=-1)[torch.arange(len(labels)), labels].log().mean()


def cross_entropy__epsilon(scores, labels):
    """A small number inside the logarithm avoids infinity, but it caps the loss and kills the gradient exactly where
    the network is most wrong. Rewrite the formula instead."""
    return -(scores.softmax(dim=-1)[torch.arange(len(labels)), labels] + 1e-9).log().mean()


def cross_entropy__overflows(scores, labels):
    """log Σ exp(score) overflows once a score exceeds 88. Taking the largest score of the row away first, and adding it
    back outside the logarithm, gives the same number without the overflow."""
    return (scores.exp().sum(dim=-1).log() - scores[torch.arange(len(labels)), labels]).mean()


def cross_entropy__no_minus(scores, labels):
    """The loss is negative and training would make it more so: a minus sign is missing."""
    return scores.log_softmax(dim=-1)[torch.arange(len(labels)), labels].mean()


def cross_entropy__detached(scores, labels):
    """The number is right, but `.item()` cuts it off from the network: nothing can be learnt from a plain number.
    Return the tensor itself."""
    return -scores.log_softmax(dim=-1)[torch.arange(len(labels)), labels].mean().item()


# ---- dropout ----


def dropout__swapped(x, p, training, generator=None):
    """p is the probability to drop a number; your function keeps it with that probability."""
    if not 0 <= p <= 1:
        raise ValueError("p must lie between 0 and 1")
    if not training or p == 0:
        return x
    mask = torch.rand(x.shape, generator=generator) < p
    return x * mask / p if p < 1 else torch.zeros_like(x)


def dropout__unscaled(x, p, training, generator=None):
    """What is kept kept its size, so on average the layer gives less in training than afterwards. Make up for what was
    dropped while training."""
    if not 0 <= p <= 1:
        raise ValueError("p must lie between 0 and 1")
    if not training:
        return x
    return x * (torch.rand(x.shape, generator=generator) >= p)


def dropout__scales_in_eval(x, p, training, generator=None):
    """This is dropout as first published: it shrinks everything when not training. The inverted form used today does
    its scaling in training, so that nothing at all happens afterwards."""
    if not 0 <= p <= 1:
        raise ValueError("p must lie between 0 and 1")
    if not training:
        return x * (1 - p)
    return x * (torch.rand(x.shape, generator=generator) >= p)


def dropout__always_active(x, p, training, generator=None):
    """Numbers are dropped although `training` is False. A trained network should give the same answer every time."""
    if not 0 <= p <= 1:
        raise ValueError("p must lie between 0 and 1")
    if p == 1:
        return torch.zeros_like(x)
    return x * (torch.rand(x.shape, generator=generator) >= p) / (1 - p)


def dropout__one_mask_for_the_batch(x, p, training, generator=None):
    """All examples of the batch lost the same elements. Every element of every example is dropped independently."""
    if not 0 <= p <= 1:
        raise ValueError("p must lie between 0 and 1")
    if not training:
        return x
    mask = torch.rand(x.shape[1:], generator=generator) >= p
    return x * mask / (1 - p) if p < 1 else torch.zeros_like(x)


def dropout__exact_number(x, p, training, generator=None):
    """Exactly the fraction p was dropped each time, so the elements are not independent of one another. Let each one
    draw for itself; the fraction is then p only on average."""
    if not 0 <= p <= 1:
        raise ValueError("p must lie between 0 and 1")
    if not training or p == 0:
        return x
    mask = torch.ones(x.numel())
    mask[torch.randperm(x.numel(), generator=generator)[: round(p * x.numel())]] = 0
    return x * mask.reshape(x.shape) / (1 - p) if p < 1 else torch.zeros_like(x)


def dropout__ignores_generator(x, p, training, generator=None):
    """The generator that was handed in was not used, so its seed does not repeat the result. Pass it on to the function
    that draws."""
    return nn.Dropout(p).train(training)(x)


def dropout__changes_its_input(x, p, training, generator=None):
    """`x *= mask` wrote the zeros into the caller's tensor. Put the product into a new one."""
    if not 0 <= p <= 1:
        raise ValueError("p must lie between 0 and 1")
    if training and p > 0:
        x *= (torch.rand(x.shape, generator=generator) >= p) / max(1 - p, 1e-12)
    return x


def dropout__no_value_error(x, p, training, generator=None):
    """A probability below 0 or above 1 was taken without complaint. Say so with a `ValueError`."""
    if not training or p == 0:
        return x
    mask = torch.rand(x.shape, generator=generator) >= p
    return x * mask / (1 - p) if p < 1 else torch.zeros_like(x)


def dropout__unscaled_gradient(x, p, training, generator=None):
    """The output is scaled and the gradient is not: the factor was applied where autograd does not see it, as in
    `.data`. Scale the tensor in the ordinary way, and the gradient follows by itself."""
    if not 0 <= p <= 1:
        raise ValueError("p must lie between 0 and 1")
    if not training or p == 0:
        return x
    out = x * (torch.rand(x.shape, generator=generator) >= p)
    out.data /= max(1 - p, 1e-12)
    return out


# ---- dropout2d ----


def dropout2d__single_elements(x, p, training, generator=None):
    """Single numbers were dropped. Neighbouring pixels of a channel say much the same, so little is lost that way:
    `dropout2d` drops a channel of an example as a whole."""
    return dropout(x, p, training, generator)


def dropout2d__same_channels_for_all(x, p, training, generator=None):
    """All examples of the batch lost the same channels. Each example draws for each of its channels."""
    return x * dropout(torch.ones_like(x[:1, :, :1, :1]), p, training, generator)


def dropout2d__pixels_through_all_channels(x, p, training, generator=None):
    """Pixels were dropped through all channels. It is the other way round: channels are dropped with all their
    pixels."""
    return x * dropout(torch.ones_like(x[:, :1]), p, training, generator)


def dropout2d__swapped(x, p, training, generator=None):
    """p is the probability to drop a channel; your function keeps it with that probability."""
    if not training or p == 0:
        return x
    return x * dropout(torch.ones_like(x[:, :, :1, :1]), 1 - p, training, generator) * (p < 1)


def dropout2d__unscaled(x, p, training, generator=None):
    """The channels that stay were not scaled up, so the layer's mean output differs between training and use."""
    return x * (dropout(torch.ones_like(x[:, :, :1, :1]), p, training, generator) != 0)


def dropout2d__always_active(x, p, training, generator=None):
    """Channels are dropped although `training` is False. A trained network should give the same answer every time."""
    return x * dropout(torch.ones_like(x[:, :, :1, :1]), p, True, generator)


def dropout2d__ignores_generator(x, p, training, generator=None):
    """The generator that was handed in was not used, so its seed does not repeat the result. Pass it on to the function
    that draws."""
    return x * dropout(torch.ones_like(x[:, :, :1, :1]), p, training)


# ---- BatchNorm2d ----


class BatchNorm2d__no_affine(nn.BatchNorm2d):
    """The output has mean 0 and variance 1 in every channel, whatever `weight` and `bias` say. They let the network
    undo the normalisation where that helps, so they belong into the result."""

    def forward(self, x):
        if self.training:
            mean, var = x.mean(dim=(0, 2, 3)), x.var(dim=(0, 2, 3), correction=0)
            self.running_mean.lerp_(mean.detach(), self.momentum)
            self.running_var.lerp_(x.detach().var(dim=(0, 2, 3)), self.momentum)
            self.num_batches_tracked += 1
        else:
            mean, var = self.running_mean, self.running_var
        x = (x - mean[:, None, None]) / (var[:, None, None] + self.eps).sqrt()
        return x


class BatchNorm2d__running_never_updated(nn.BatchNorm2d):
    """The running statistics never moved from 0 and 1, so after training the layer normalises by numbers that have
    nothing to do with the data. Each training batch moves them a little."""

    def forward(self, x):
        if self.training:
            mean, var = x.mean(dim=(0, 2, 3)), x.var(dim=(0, 2, 3), correction=0)
            self.num_batches_tracked += 1
        else:
            mean, var = self.running_mean, self.running_var
        x = (x - mean[:, None, None]) / (var[:, None, None] + self.eps).sqrt()
        return x * self.weight[:, None, None] + self.bias[:, None, None]


class BatchNorm2d__eval_uses_the_batch(nn.BatchNorm2d):
    """In eval mode your layer still uses the statistics of the batch, so an image's answer depends on its neighbours.
    That is what the running statistics are for."""

    def forward(self, x):
        mean, var = x.mean(dim=(0, 2, 3)), x.var(dim=(0, 2, 3), correction=0)
        if self.training:
            self.running_mean.lerp_(mean.detach(), self.momentum)
            self.running_var.lerp_(x.detach().var(dim=(0, 2, 3)), self.momentum)
            self.num_batches_tracked += 1
        x = (x - mean[:, None, None]) / (var[:, None, None] + self.eps).sqrt()
        return x * self.weight[:, None, None] + self.bias[:, None, None]


class BatchNorm2d__updates_in_eval(nn.BatchNorm2d):
    """The running statistics also moved in eval mode. Looking at validation data must not change the model."""

    def forward(self, x):
        mean, var = x.mean(dim=(0, 2, 3)), x.var(dim=(0, 2, 3), correction=0)
        self.running_mean.lerp_(mean.detach(), self.momentum)
        self.running_var.lerp_(x.detach().var(dim=(0, 2, 3)), self.momentum)
        if self.training:
            self.num_batches_tracked += 1
        else:
            mean, var = self.running_mean, self.running_var
        x = (x - mean[:, None, None]) / (var[:, None, None] + self.eps).sqrt()
        return x * self.weight[:, None, None] + self.bias[:, None, None]


class BatchNorm2d__training_uses_running(nn.BatchNorm2d):
    """In training the layer normalised by the running statistics. These lag behind; a training batch is normalised by
    its own mean and variance."""

    def forward(self, x):
        if self.training:
            self.running_mean.lerp_(x.detach().mean(dim=(0, 2, 3)), self.momentum)
            self.running_var.lerp_(x.detach().var(dim=(0, 2, 3)), self.momentum)
            self.num_batches_tracked += 1
        mean, var = self.running_mean, self.running_var
        x = (x - mean[:, None, None]) / (var[:, None, None] + self.eps).sqrt()
        return x * self.weight[:, None, None] + self.bias[:, None, None]


class BatchNorm2d__per_pixel(nn.BatchNorm2d):
    """Every pixel got a mean and variance of its own, taken over the batch only. A channel means the same at every
    place, so its statistics run over the batch, the rows and the columns."""

    def forward(self, x):
        if self.training:
            mean, var = x.mean(dim=(0, 2, 3)), x.var(dim=(0, 2, 3), correction=0)
            self.running_mean.lerp_(mean.detach(), self.momentum)
            self.running_var.lerp_(x.detach().var(dim=(0, 2, 3)), self.momentum)
            self.num_batches_tracked += 1
        else:
            mean, var = self.running_mean, self.running_var
        mean, var = mean[:, None, None], var[:, None, None]
        if self.training:
            mean, var = x.mean(dim=0), x.var(dim=0, correction=0)
        x = (x - mean) / (var + self.eps).sqrt()
        return x * self.weight[:, None, None] + self.bias[:, None, None]


class BatchNorm2d__per_image(nn.BatchNorm2d):
    """Every image was normalised by itself, which is instance norm. Batch norm takes one mean and variance per channel
    over all images of the batch."""

    def forward(self, x):
        if self.training:
            mean, var = x.mean(dim=(0, 2, 3)), x.var(dim=(0, 2, 3), correction=0)
            self.running_mean.lerp_(mean.detach(), self.momentum)
            self.running_var.lerp_(x.detach().var(dim=(0, 2, 3)), self.momentum)
            self.num_batches_tracked += 1
        else:
            mean, var = self.running_mean, self.running_var
        mean, var = mean[:, None, None], var[:, None, None]
        if self.training:
            mean, var = x.mean(dim=(2, 3), keepdim=True), x.var(dim=(2, 3), correction=0, keepdim=True)
        x = (x - mean) / (var + self.eps).sqrt()
        return x * self.weight[:, None, None] + self.bias[:, None, None]


class BatchNorm2d__biased_running_variance(nn.BatchNorm2d):
    """The running variance was fed with the sum of squares divided by n. For images not seen yet PyTorch estimates it
    with n − 1; the batch itself is normalised with n."""

    def forward(self, x):
        if self.training:
            mean, var = x.mean(dim=(0, 2, 3)), x.var(dim=(0, 2, 3), correction=0)
            self.running_mean.lerp_(mean.detach(), self.momentum)
            self.running_var.lerp_(var.detach(), self.momentum)
            self.num_batches_tracked += 1
        else:
            mean, var = self.running_mean, self.running_var
        x = (x - mean[:, None, None]) / (var[:, None, None] + self.eps).sqrt()
        return x * self.weight[:, None, None] + self.bias[:, None, None]


class BatchNorm2d__unbiased_normalisation(nn.BatchNorm2d):
    """The batch was normalised by the variance with n − 1. That one is kept for the running statistics; the batch
    itself uses n."""

    def forward(self, x):
        if self.training:
            mean, var = x.mean(dim=(0, 2, 3)), x.var(dim=(0, 2, 3))
            self.running_mean.lerp_(mean.detach(), self.momentum)
            self.running_var.lerp_(x.detach().var(dim=(0, 2, 3)), self.momentum)
            self.num_batches_tracked += 1
        else:
            mean, var = self.running_mean, self.running_var
        x = (x - mean[:, None, None]) / (var[:, None, None] + self.eps).sqrt()
        return x * self.weight[:, None, None] + self.bias[:, None, None]


class BatchNorm2d__momentum_reversed(nn.BatchNorm2d):
    """Old and new have changed places in the running statistics. PyTorch's momentum is the share of the *new* batch:
    0.1 of it, and 0.9 of what was there."""

    def forward(self, x):
        if self.training:
            mean, var = x.mean(dim=(0, 2, 3)), x.var(dim=(0, 2, 3), correction=0)
            self.running_mean.lerp_(mean.detach(), 1 - self.momentum)
            self.running_var.lerp_(x.detach().var(dim=(0, 2, 3)), 1 - self.momentum)
            self.num_batches_tracked += 1
        else:
            mean, var = self.running_mean, self.running_var
        x = (x - mean[:, None, None]) / (var[:, None, None] + self.eps).sqrt()
        return x * self.weight[:, None, None] + self.bias[:, None, None]


class BatchNorm2d__eps_forgotten(nn.BatchNorm2d):
    """Nothing keeps the division safe: a channel that hardly varies is blown up to noise, and a constant one to nan."""

    def forward(self, x):
        if self.training:
            mean, var = x.mean(dim=(0, 2, 3)), x.var(dim=(0, 2, 3), correction=0)
            self.running_mean.lerp_(mean.detach(), self.momentum)
            self.running_var.lerp_(x.detach().var(dim=(0, 2, 3)), self.momentum)
            self.num_batches_tracked += 1
        else:
            mean, var = self.running_mean, self.running_var
        x = (x - mean[:, None, None]) / (var[:, None, None]).sqrt()
        return x * self.weight[:, None, None] + self.bias[:, None, None]


class BatchNorm2d__eps_outside_the_root(nn.BatchNorm2d):
    """`eps` was added to the standard deviation. It belongs under the root, to the variance, where it weighs much more
    in a channel that hardly varies."""

    def forward(self, x):
        if self.training:
            mean, var = x.mean(dim=(0, 2, 3)), x.var(dim=(0, 2, 3), correction=0)
            self.running_mean.lerp_(mean.detach(), self.momentum)
            self.running_var.lerp_(x.detach().var(dim=(0, 2, 3)), self.momentum)
            self.num_batches_tracked += 1
        else:
            mean, var = self.running_mean, self.running_var
        x = (x - mean[:, None, None]) / (var[:, None, None].sqrt() + self.eps)
        return x * self.weight[:, None, None] + self.bias[:, None, None]


class BatchNorm2d__statistics_detached(nn.BatchNorm2d):
    """The output is right, the gradient is not: mean and variance depend on every pixel of the batch, and `detach` or
    `no_grad` around them hides that from autograd. Only the running statistics stay out of the graph."""

    def forward(self, x):
        if self.training:
            mean, var = x.mean(dim=(0, 2, 3)), x.var(dim=(0, 2, 3), correction=0)
            self.running_mean.lerp_(mean.detach(), self.momentum)
            self.running_var.lerp_(x.detach().var(dim=(0, 2, 3)), self.momentum)
            self.num_batches_tracked += 1
        else:
            mean, var = self.running_mean, self.running_var
        x = (x - mean.detach()[:, None, None]) / (var.detach()[:, None, None] + self.eps).sqrt()
        return x * self.weight[:, None, None] + self.bias[:, None, None]


class BatchNorm2d__running_keeps_the_graph(nn.BatchNorm2d):
    """The running statistics remember every batch that went into them, so memory grows with each step, and a later
    `backward` fails. Update them without a gradient."""

    def forward(self, x):
        if self.training:
            mean, var = x.mean(dim=(0, 2, 3)), x.var(dim=(0, 2, 3), correction=0)
            self.running_mean = self.running_mean.lerp(mean, self.momentum)
            self.running_var = self.running_var.lerp(x.var(dim=(0, 2, 3)), self.momentum)
            self.num_batches_tracked += 1
        else:
            mean, var = self.running_mean, self.running_var
        x = (x - mean[:, None, None]) / (var[:, None, None] + self.eps).sqrt()
        return x * self.weight[:, None, None] + self.bias[:, None, None]


class BatchNorm2d__running_not_saved(nn.Module):
    """The running statistics are plain attributes: they are missing from the `state_dict`, and a saved model wakes up
    without them. Register them as buffers."""

    def __init__(self, channels, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps, self.momentum = eps, momentum
        self.weight, self.bias = nn.Parameter(torch.ones(channels)), nn.Parameter(torch.zeros(channels))
        self.running_mean = torch.zeros(channels)
        self.running_var = torch.ones(channels)
        self.register_buffer("num_batches_tracked", torch.tensor(0))

    def forward(self, x):
        if self.training:
            mean, var = x.mean(dim=(0, 2, 3)), x.var(dim=(0, 2, 3), correction=0)
            self.running_mean.lerp_(mean.detach(), self.momentum)
            self.running_var.lerp_(x.detach().var(dim=(0, 2, 3)), self.momentum)
            self.num_batches_tracked += 1
        else:
            mean, var = self.running_mean, self.running_var
        x = (x - mean[:, None, None]) / (var[:, None, None] + self.eps).sqrt()
        return x * self.weight[:, None, None] + self.bias[:, None, None]


# ---- random_crop_flip ----


def random_crop_flip__one_offset(images, *, padding=4, generator=None):
    """All images of the batch were cropped at the same place. Each image draws an offset of its own."""
    (n, _, h, w), p = images.shape, padding
    wide = nn.functional.pad(images, (p, p, p, p))
    i, j = torch.randint(2 * p + 1, (2,), generator=generator).tolist()
    crops = wide[:, :, i : i + h, j : j + w]
    flip = torch.rand(n, generator=generator) < 0.5
    return torch.where(flip[:, None, None, None], crops.flip(3), crops)


def random_crop_flip__one_flip(images, *, padding=4, generator=None):
    """Either all images of the batch were flipped or none. Toss the coin once for each image."""
    (n, _, h, w), p = images.shape, padding
    wide = nn.functional.pad(images, (p, p, p, p))
    offsets = torch.randint(2 * p + 1, (n, 2), generator=generator).tolist()
    crops = torch.stack([image[:, i : i + h, j : j + w] for image, (i, j) in zip(wide, offsets, strict=True)])
    return crops.flip(3) if torch.rand(1, generator=generator) < 0.5 else crops


def random_crop_flip__upside_down(images, *, padding=4, generator=None):
    """The images were turned upside down. A car seen from the other side is a car; one on its roof is rare. Axis 3 is
    the one that runs from left to right."""
    (n, _, h, w), p = images.shape, padding
    wide = nn.functional.pad(images, (p, p, p, p))
    offsets = torch.randint(2 * p + 1, (n, 2), generator=generator).tolist()
    crops = torch.stack([image[:, i : i + h, j : j + w] for image, (i, j) in zip(wide, offsets, strict=True)])
    flip = torch.rand(n, generator=generator) < 0.5
    return torch.where(flip[:, None, None, None], crops.flip(2), crops)


def random_crop_flip__never_flips(images, *, padding=4, generator=None):
    """The images were cropped, but none was flipped."""
    (n, _, h, w), p = images.shape, padding
    wide = nn.functional.pad(images, (p, p, p, p))
    offsets = torch.randint(2 * p + 1, (n, 2), generator=generator).tolist()
    return torch.stack([image[:, i : i + h, j : j + w] for image, (i, j) in zip(wide, offsets, strict=True)])


def random_crop_flip__last_offset_missing(images, *, padding=4, generator=None):
    """The largest offset never occurs: `randint` leaves out its upper limit by itself, and there are 2·padding + 1
    places."""
    (n, _, h, w), p = images.shape, padding
    wide = nn.functional.pad(images, (p, p, p, p))
    offsets = torch.randint(max(2 * p, 1), (n, 2), generator=generator).tolist()
    crops = torch.stack([image[:, i : i + h, j : j + w] for image, (i, j) in zip(wide, offsets, strict=True)])
    flip = torch.rand(n, generator=generator) < 0.5
    return torch.where(flip[:, None, None, None], crops.flip(3), crops)


def random_crop_flip__wraps_round(images, *, padding=4, generator=None):
    """`roll` brings in at one side what went out at the other. The border that comes into view should be zeros."""
    p = padding
    offsets = torch.randint(-p, p + 1, (len(images), 2), generator=generator).tolist()
    crops = torch.stack([image.roll(shift, (1, 2)) for image, shift in zip(images, offsets, strict=True)])
    flip = torch.rand(len(images), generator=generator) < 0.5
    return torch.where(flip[:, None, None, None], crops.flip(3), crops)


def random_crop_flip__floats(images, *, padding=4, generator=None):
    """Bytes went in and floats came out, four times as large. The result has the type of the images."""
    (n, _, h, w), p = images.shape, padding
    wide = nn.functional.pad(images.float(), (p, p, p, p))
    offsets = torch.randint(2 * p + 1, (n, 2), generator=generator).tolist()
    crops = torch.stack([image[:, i : i + h, j : j + w] for image, (i, j) in zip(wide, offsets, strict=True)])
    flip = torch.rand(n, generator=generator) < 0.5
    return torch.where(flip[:, None, None, None], crops.flip(3), crops)


def random_crop_flip__changes_its_input(images, *, padding=4, generator=None):
    """The crops were written back into the images that were given. In the next epoch the crop would be cropped again:
    put them into a new tensor."""
    (_, _, h, w), p = images.shape, padding
    wide = nn.functional.pad(images, (p, p, p, p))
    for n, (i, j) in enumerate(torch.randint(2 * p + 1, (len(images), 2), generator=generator).tolist()):
        crop = wide[n, :, i : i + h, j : j + w]
        images[n] = crop.flip(2) if torch.rand(1, generator=generator) < 0.5 else crop
    return images


# ---- normalise ----


def normalise__along_the_rows(images, mean, std):
    """Without further axes, the three means line up with the last axis, the width, not with the channels. Give them the
    shape (C, 1, 1)."""
    return (images - mean) / std


def normalise__no_std(images, mean, std):
    """The images were centred but not scaled: they still have to be divided by the standard deviation."""
    return images - mean[:, None, None]


def normalise__multiplies(images, mean, std):
    """The difference was multiplied by the standard deviation. Divide, and a spread of `std` becomes a spread of 1."""
    return (images - mean[:, None, None]) * std[:, None, None]


def normalise__own_statistics(images, mean, std):
    """The images were normalised by their own mean and deviation. Use those that are given: training and test images
    must be treated alike."""
    return (images - images.mean(dim=(0, 2, 3), keepdim=True)) / images.std(dim=(0, 2, 3), keepdim=True)


def normalise__one_half(images, mean, std):
    """0.5 and 0.5 were used whatever mean and deviation were given."""
    return (images - 0.5) / 0.5


def normalise__changes_its_input(images, mean, std):
    """The numbers are right, but `-=` and `/=` wrote them into the caller's images."""
    images -= mean[:, None, None]
    images /= std[:, None, None]
    return images


# ---- denormalise ----


def denormalise__one_half(images, mean, std):
    """`/ 2 + 0.5` undoes a normalisation by 0.5 and 0.5. Yours used other numbers, so the colours come out wrong."""
    return images / 2 + 0.5


def denormalise__along_the_rows(images, mean, std):
    """Without further axes, the three means line up with the last axis, the width, not with the channels. Give them the
    shape (C, 1, 1)."""
    return images * std + mean


def denormalise__normalises_again(images, mean, std):
    """The images were normalised once more. Go back: undo the last step first."""
    return (images - mean[:, None, None]) / std[:, None, None]


def denormalise__wrong_order(images, mean, std):
    """Both steps were undone, but in the wrong order. What was done last is undone first, as with shoes and socks."""
    return (images + mean[:, None, None]) * std[:, None, None]


def denormalise__no_mean(images, mean, std):
    """The spread is back, but the mean is still missing."""
    return images * std[:, None, None]


def denormalise__clamped(images, mean, std):
    """The result was cut off at 0 and 1. That hides where numbers leave the range, and then it is no inverse: leave
    clamping to whoever draws the picture."""
    return (images * std[:, None, None] + mean[:, None, None]).clamp(0, 1)


def denormalise__changes_its_input(images, mean, std):
    """The numbers are right, but `*=` and `+=` wrote them into the caller's images."""
    images *= std[:, None, None]
    images += mean[:, None, None]
    return images


# ---- CifarCNN ----


class CifarCNN__softmax_inside(nn.Module):
    """The network ends in a softmax. Cross-entropy applies one itself, and applied twice it flattens every difference:
    return the raw scores."""

    def __init__(self):
        super().__init__()
        layers = []
        for a, b, c in [(3, 32, 64), (64, 128, 128), (128, 256, 256)]:
            layers += [nn.Conv2d(a, b, 3, padding=1), nn.BatchNorm2d(b), nn.ReLU()]
            layers += [nn.Conv2d(b, c, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
        dense = nn.Linear(4096, 1024), nn.ReLU(), nn.Linear(1024, 512), nn.ReLU()
        self.conv_layer = nn.Sequential(*layers[:12], nn.Dropout2d(0.05), *layers[12:])
        self.fc_layer = nn.Sequential(nn.Dropout(0.1), *dense, nn.Dropout(0.1), nn.Linear(512, 10), nn.Softmax(dim=1))

    def forward(self, x):
        return self.fc_layer(self.conv_layer(x).flatten(1))


class CifarCNN__no_relu_between_dense(nn.Module):
    """Between the dense layers there is no ReLU, so the three of them are together no more than a single one."""

    def __init__(self):
        super().__init__()
        layers = []
        for a, b, c in [(3, 32, 64), (64, 128, 128), (128, 256, 256)]:
            layers += [nn.Conv2d(a, b, 3, padding=1), nn.BatchNorm2d(b), nn.ReLU()]
            layers += [nn.Conv2d(b, c, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
        dense = nn.Linear(4096, 1024), nn.Identity(), nn.Linear(1024, 512), nn.Identity()
        self.conv_layer = nn.Sequential(*layers[:12], nn.Dropout2d(0.05), *layers[12:])
        self.fc_layer = nn.Sequential(nn.Dropout(0.1), *dense, nn.Dropout(0.1), nn.Linear(512, 10))

    def forward(self, x):
        return self.fc_layer(self.conv_layer(x).flatten(1))


class CifarCNN__batch_norm_everywhere(nn.Module):
    """Batch norm follows both convolutions of each block. Here only the first of them has it, so the numbers of the
    layers, and with them the names of all weights, differ."""

    def __init__(self):
        super().__init__()
        layers = []
        for a, b, c in [(3, 32, 64), (64, 128, 128), (128, 256, 256)]:
            layers += [nn.Conv2d(a, b, 3, padding=1), nn.BatchNorm2d(b), nn.ReLU()]
            layers += [nn.Conv2d(b, c, 3, padding=1), nn.BatchNorm2d(c), nn.ReLU(), nn.MaxPool2d(2)]
        dense = nn.Linear(4096, 1024), nn.ReLU(), nn.Linear(1024, 512), nn.ReLU()
        self.conv_layer = nn.Sequential(*layers[:14], nn.Dropout2d(0.05), *layers[14:])
        self.fc_layer = nn.Sequential(nn.Dropout(0.1), *dense, nn.Dropout(0.1), nn.Linear(512, 10))

    def forward(self, x):
        return self.fc_layer(self.conv_layer(x).flatten(1))


class CifarCNN__no_dropout(nn.Module):
    """Nothing is dropped: the network has three dropout layers, one after the second block and two among the dense
    layers."""

    def __init__(self):
        super().__init__()
        layers = []
        for a, b, c in [(3, 32, 64), (64, 128, 128), (128, 256, 256)]:
            layers += [nn.Conv2d(a, b, 3, padding=1), nn.BatchNorm2d(b), nn.ReLU()]
            layers += [nn.Conv2d(b, c, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
        dense = nn.Linear(4096, 1024), nn.ReLU(), nn.Linear(1024, 512), nn.ReLU()
        self.conv_layer = nn.Sequential(*layers[:12], nn.Identity(), *layers[12:])
        self.fc_layer = nn.Sequential(nn.Identity(), *dense, nn.Identity(), nn.Linear(512, 10))

    def forward(self, x):
        return self.fc_layer(self.conv_layer(x).flatten(1))


class CifarCNN__elements_for_channels(nn.Module):
    """After the second block single numbers are dropped. There `Dropout2d` drops whole channels."""

    def __init__(self):
        super().__init__()
        layers = []
        for a, b, c in [(3, 32, 64), (64, 128, 128), (128, 256, 256)]:
            layers += [nn.Conv2d(a, b, 3, padding=1), nn.BatchNorm2d(b), nn.ReLU()]
            layers += [nn.Conv2d(b, c, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
        dense = nn.Linear(4096, 1024), nn.ReLU(), nn.Linear(1024, 512), nn.ReLU()
        self.conv_layer = nn.Sequential(*layers[:12], nn.Dropout(0.05), *layers[12:])
        self.fc_layer = nn.Sequential(nn.Dropout(0.1), *dense, nn.Dropout(0.1), nn.Linear(512, 10))

    def forward(self, x):
        return self.fc_layer(self.conv_layer(x).flatten(1))


class CifarCNN__dropout_in_eval(nn.Module):
    """Even in eval mode the network gives another answer each time: `F.dropout` does not know the mode unless it is
    told. The layer `nn.Dropout` does."""

    def __init__(self):
        super().__init__()
        layers = []
        for a, b, c in [(3, 32, 64), (64, 128, 128), (128, 256, 256)]:
            layers += [nn.Conv2d(a, b, 3, padding=1), nn.BatchNorm2d(b), nn.ReLU()]
            layers += [nn.Conv2d(b, c, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
        dense = nn.Linear(4096, 1024), nn.ReLU(), nn.Linear(1024, 512), nn.ReLU()
        self.conv_layer = nn.Sequential(*layers[:12], nn.Dropout2d(0.05), *layers[12:])
        self.fc_layer = nn.Sequential(nn.Identity(), *dense, nn.Dropout(0.1), nn.Linear(512, 10))

    def forward(self, x):
        return self.fc_layer(nn.functional.dropout(self.conv_layer(x).flatten(1), 0.1))


# ---- fit ----


def fit__selects_on_train(model, train, validation, *, epochs, optimizer, loss_fn, device="cpu", checkpoint=None, **_):
    """The best epoch was chosen by the accuracy on the training images. That one only ever rises, also when the network
    has begun to learn by heart: choose by the validation images."""
    from pathlib import Path

    model, history, best = model.to(device), [], None
    if checkpoint and Path(checkpoint).exists():
        history, best, random, model_state, optimizer_state = torch.load(checkpoint)
        model.load_state_dict(model_state)
        optimizer.load_state_dict(optimizer_state)
        torch.set_rng_state(random)
    for epoch in range(len(history) + 1, epochs + 1):
        model.train()
        losses = []
        for images, labels in train:
            optimizer.zero_grad()
            loss = loss_fn(model(images.to(device)), labels.to(device))
            loss.backward()
            optimizer.step()
            losses += [loss.item()] * len(labels)
        model.eval()
        with torch.no_grad():
            right = torch.cat([model(images.to(device)).argmax(1).cpu() == labels for images, labels in train])
        accuracy = right.double().mean().item()
        if accuracy > max((entry["accuracy"] for entry in history), default=-1):
            best = {name: value.clone() for name, value in model.state_dict().items()}
        history.append({"epoch": epoch, "loss": float(np.mean(losses)), "accuracy": accuracy})
        if checkpoint:
            everything = [history, best, torch.get_rng_state(), model.state_dict(), optimizer.state_dict()]
            torch.save(everything, f"{checkpoint}.new")
            Path(f"{checkpoint}.new").replace(checkpoint)
    model.load_state_dict(best)
    return history


def fit__returns_the_last(model, train, validation, *, epochs, optimizer, loss_fn, device="cpu", checkpoint=None, **_):
    """The model keeps the state of the last epoch. After the last epoch, give it back the best one."""
    from pathlib import Path

    model, history, best = model.to(device), [], None
    if checkpoint and Path(checkpoint).exists():
        history, best, random, model_state, optimizer_state = torch.load(checkpoint)
        model.load_state_dict(model_state)
        optimizer.load_state_dict(optimizer_state)
        torch.set_rng_state(random)
    for epoch in range(len(history) + 1, epochs + 1):
        model.train()
        losses = []
        for images, labels in train:
            optimizer.zero_grad()
            loss = loss_fn(model(images.to(device)), labels.to(device))
            loss.backward()
            optimizer.step()
            losses += [loss.item()] * len(labels)
        model.eval()
        with torch.no_grad():
            right = torch.cat([model(images.to(device)).argmax(1).cpu() == labels for images, labels in validation])
        accuracy = right.double().mean().item()
        if accuracy > max((entry["accuracy"] for entry in history), default=-1):
            best = {name: value.clone() for name, value in model.state_dict().items()}
        history.append({"epoch": epoch, "loss": float(np.mean(losses)), "accuracy": accuracy})
        if checkpoint:
            everything = [history, best, torch.get_rng_state(), model.state_dict(), optimizer.state_dict()]
            torch.save(everything, f"{checkpoint}.new")
            Path(f"{checkpoint}.new").replace(checkpoint)
    return history


def fit__aliased_state(model, train, validation, *, epochs, optimizer, loss_fn, device="cpu", checkpoint=None, **_):
    """`state_dict()` gives no copy but the tensors themselves, and training goes on changing them: your "best" state
    silently became the last. Copy it."""
    from pathlib import Path

    model, history, best = model.to(device), [], None
    if checkpoint and Path(checkpoint).exists():
        history, best, random, model_state, optimizer_state = torch.load(checkpoint)
        model.load_state_dict(model_state)
        optimizer.load_state_dict(optimizer_state)
        torch.set_rng_state(random)
    for epoch in range(len(history) + 1, epochs + 1):
        model.train()
        losses = []
        for images, labels in train:
            optimizer.zero_grad()
            loss = loss_fn(model(images.to(device)), labels.to(device))
            loss.backward()
            optimizer.step()
            losses += [loss.item()] * len(labels)
        model.eval()
        with torch.no_grad():
            right = torch.cat([model(images.to(device)).argmax(1).cpu() == labels for images, labels in validation])
        accuracy = right.double().mean().item()
        if accuracy > max((entry["accuracy"] for entry in history), default=-1):
            best = model.state_dict()
        history.append({"epoch": epoch, "loss": float(np.mean(losses)), "accuracy": accuracy})
        if checkpoint:
            everything = [history, best, torch.get_rng_state(), model.state_dict(), optimizer.state_dict()]
            torch.save(everything, f"{checkpoint}.new")
            Path(f"{checkpoint}.new").replace(checkpoint)
    model.load_state_dict(best)
    return history


def fit__last_of_equals(model, train, validation, *, epochs, optimizer, loss_fn, device="cpu", checkpoint=None, **_):
    """Of epochs that are equally good, the last was kept. Keep the first: it got there with less training."""
    from pathlib import Path

    model, history, best = model.to(device), [], None
    if checkpoint and Path(checkpoint).exists():
        history, best, random, model_state, optimizer_state = torch.load(checkpoint)
        model.load_state_dict(model_state)
        optimizer.load_state_dict(optimizer_state)
        torch.set_rng_state(random)
    for epoch in range(len(history) + 1, epochs + 1):
        model.train()
        losses = []
        for images, labels in train:
            optimizer.zero_grad()
            loss = loss_fn(model(images.to(device)), labels.to(device))
            loss.backward()
            optimizer.step()
            losses += [loss.item()] * len(labels)
        model.eval()
        with torch.no_grad():
            right = torch.cat([model(images.to(device)).argmax(1).cpu() == labels for images, labels in validation])
        accuracy = right.double().mean().item()
        if accuracy >= max((entry["accuracy"] for entry in history), default=-1):
            best = {name: value.clone() for name, value in model.state_dict().items()}
        history.append({"epoch": epoch, "loss": float(np.mean(losses)), "accuracy": accuracy})
        if checkpoint:
            everything = [history, best, torch.get_rng_state(), model.state_dict(), optimizer.state_dict()]
            torch.save(everything, f"{checkpoint}.new")
            Path(f"{checkpoint}.new").replace(checkpoint)
    model.load_state_dict(best)
    return history


def fit__stays_in_eval(model, train, validation, *, epochs, optimizer, loss_fn, device="cpu", checkpoint=None, **_):
    """From the second epoch on the model trained in eval mode: `model.eval()` lasts until somebody calls
    `model.train()`."""
    from pathlib import Path

    model, history, best = model.to(device).train(), [], None
    if checkpoint and Path(checkpoint).exists():
        history, best, random, model_state, optimizer_state = torch.load(checkpoint)
        model.load_state_dict(model_state)
        optimizer.load_state_dict(optimizer_state)
        torch.set_rng_state(random)
    for epoch in range(len(history) + 1, epochs + 1):
        losses = []
        for images, labels in train:
            optimizer.zero_grad()
            loss = loss_fn(model(images.to(device)), labels.to(device))
            loss.backward()
            optimizer.step()
            losses += [loss.item()] * len(labels)
        model.eval()
        with torch.no_grad():
            right = torch.cat([model(images.to(device)).argmax(1).cpu() == labels for images, labels in validation])
        accuracy = right.double().mean().item()
        if accuracy > max((entry["accuracy"] for entry in history), default=-1):
            best = {name: value.clone() for name, value in model.state_dict().items()}
        history.append({"epoch": epoch, "loss": float(np.mean(losses)), "accuracy": accuracy})
        if checkpoint:
            everything = [history, best, torch.get_rng_state(), model.state_dict(), optimizer.state_dict()]
            torch.save(everything, f"{checkpoint}.new")
            Path(f"{checkpoint}.new").replace(checkpoint)
    model.load_state_dict(best)
    return history


def fit__no_eval(model, train, validation, *, epochs, optimizer, loss_fn, device="cpu", checkpoint=None, **_):
    """The validation ran in training mode, with dropout, and with batch norm learning from images it must not learn
    from."""
    from pathlib import Path

    model, history, best = model.to(device), [], None
    if checkpoint and Path(checkpoint).exists():
        history, best, random, model_state, optimizer_state = torch.load(checkpoint)
        model.load_state_dict(model_state)
        optimizer.load_state_dict(optimizer_state)
        torch.set_rng_state(random)
    for epoch in range(len(history) + 1, epochs + 1):
        model.train()
        losses = []
        for images, labels in train:
            optimizer.zero_grad()
            loss = loss_fn(model(images.to(device)), labels.to(device))
            loss.backward()
            optimizer.step()
            losses += [loss.item()] * len(labels)
        with torch.no_grad():
            right = torch.cat([model(images.to(device)).argmax(1).cpu() == labels for images, labels in validation])
        accuracy = right.double().mean().item()
        if accuracy > max((entry["accuracy"] for entry in history), default=-1):
            best = {name: value.clone() for name, value in model.state_dict().items()}
        history.append({"epoch": epoch, "loss": float(np.mean(losses)), "accuracy": accuracy})
        if checkpoint:
            everything = [history, best, torch.get_rng_state(), model.state_dict(), optimizer.state_dict()]
            torch.save(everything, f"{checkpoint}.new")
            Path(f"{checkpoint}.new").replace(checkpoint)
    model.load_state_dict(best)
    return history


def fit__mean_of_means(model, train, validation, *, epochs, optimizer, loss_fn, device="cpu", checkpoint=None, **_):
    """The loss is the mean of the batches' means. The last batch is often smaller, and then its examples count for
    more."""
    from pathlib import Path

    model, history, best = model.to(device), [], None
    if checkpoint and Path(checkpoint).exists():
        history, best, random, model_state, optimizer_state = torch.load(checkpoint)
        model.load_state_dict(model_state)
        optimizer.load_state_dict(optimizer_state)
        torch.set_rng_state(random)
    for epoch in range(len(history) + 1, epochs + 1):
        model.train()
        losses = []
        for images, labels in train:
            optimizer.zero_grad()
            loss = loss_fn(model(images.to(device)), labels.to(device))
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        model.eval()
        with torch.no_grad():
            right = torch.cat([model(images.to(device)).argmax(1).cpu() == labels for images, labels in validation])
        accuracy = right.double().mean().item()
        if accuracy > max((entry["accuracy"] for entry in history), default=-1):
            best = {name: value.clone() for name, value in model.state_dict().items()}
        history.append({"epoch": epoch, "loss": float(np.mean(losses)), "accuracy": accuracy})
        if checkpoint:
            everything = [history, best, torch.get_rng_state(), model.state_dict(), optimizer.state_dict()]
            torch.save(everything, f"{checkpoint}.new")
            Path(f"{checkpoint}.new").replace(checkpoint)
    model.load_state_dict(best)
    return history


def fit__forgets_momentum(model, train, validation, *, epochs, optimizer, loss_fn, device="cpu", checkpoint=None, **_):
    """The optimiser's state is missing from the checkpoint. Momentum is a memory, too, and without it training goes on
    differently."""
    from pathlib import Path

    model, history, best = model.to(device), [], None
    if checkpoint and Path(checkpoint).exists():
        history, best, random, model_state = torch.load(checkpoint)
        model.load_state_dict(model_state)
        torch.set_rng_state(random)
    for epoch in range(len(history) + 1, epochs + 1):
        model.train()
        losses = []
        for images, labels in train:
            optimizer.zero_grad()
            loss = loss_fn(model(images.to(device)), labels.to(device))
            loss.backward()
            optimizer.step()
            losses += [loss.item()] * len(labels)
        model.eval()
        with torch.no_grad():
            right = torch.cat([model(images.to(device)).argmax(1).cpu() == labels for images, labels in validation])
        accuracy = right.double().mean().item()
        if accuracy > max((entry["accuracy"] for entry in history), default=-1):
            best = {name: value.clone() for name, value in model.state_dict().items()}
        history.append({"epoch": epoch, "loss": float(np.mean(losses)), "accuracy": accuracy})
        if checkpoint:
            everything = [history, best, torch.get_rng_state(), model.state_dict()]
            torch.save(everything, f"{checkpoint}.new")
            Path(f"{checkpoint}.new").replace(checkpoint)
    model.load_state_dict(best)
    return history


def fit__half_a_file(model, train, validation, *, epochs, optimizer, loss_fn, device="cpu", checkpoint=None, **_):
    """The checkpoint was written over the old one. Whoever is interrupted while writing has neither: write beside it,
    then rename, which happens at once or not at all."""
    from pathlib import Path

    model, history, best = model.to(device), [], None
    if checkpoint and Path(checkpoint).exists():
        history, best, random, model_state, optimizer_state = torch.load(checkpoint)
        model.load_state_dict(model_state)
        optimizer.load_state_dict(optimizer_state)
        torch.set_rng_state(random)
    for epoch in range(len(history) + 1, epochs + 1):
        model.train()
        losses = []
        for images, labels in train:
            optimizer.zero_grad()
            loss = loss_fn(model(images.to(device)), labels.to(device))
            loss.backward()
            optimizer.step()
            losses += [loss.item()] * len(labels)
        model.eval()
        with torch.no_grad():
            right = torch.cat([model(images.to(device)).argmax(1).cpu() == labels for images, labels in validation])
        accuracy = right.double().mean().item()
        if accuracy > max((entry["accuracy"] for entry in history), default=-1):
            best = {name: value.clone() for name, value in model.state_dict().items()}
        history.append({"epoch": epoch, "loss": float(np.mean(losses)), "accuracy": accuracy})
        if checkpoint:
            everything = [history, best, torch.get_rng_state(), model.state_dict(), optimizer.state_dict()]
            torch.save(everything, checkpoint)
    model.load_state_dict(best)
    return history


# ---- one_cycle ----


def one_cycle__starts_at_zero(step, total, peak):
    """Your rate starts at 0, and the first step is wasted. It starts at 4 % of the peak."""
    last = total - 1
    if step <= 0.3 * last:
        return peak * step / (0.3 * last)
    return peak * (1 + np.cos(np.pi * (step - 0.3 * last) / (0.7 * last))) / 2


def one_cycle__overshoots(step, total, peak):
    """The whole peak was added to the 4 % at the start, so the rate climbs to 104 %. Between them lie 96 %."""
    last = total - 1
    if step <= 0.3 * last:
        return peak * (0.04 + step / (0.3 * last))
    return peak * (1 + np.cos(np.pi * (step - 0.3 * last) / (0.7 * last))) / 2


def one_cycle__total_for_last(step, total, peak):
    """The last step is total − 1, because steps are counted from 0. Yours is `total`, so the rate never arrives at
    0."""
    if step <= 0.3 * total:
        return peak * (0.04 + 0.96 * step / (0.3 * total))
    return peak * (1 + np.cos(np.pi * (step - 0.3 * total) / (0.7 * total))) / 2


def one_cycle__rounds(step, total, peak):
    """The end of the rise was rounded to a whole step, which moves the peak. Nothing needs rounding here: the formula
    is just as good between two steps."""
    last = total - 1
    rise = max(int(0.3 * last), 1)
    if step <= rise:
        return peak * (0.04 + 0.96 * step / rise)
    return peak * (1 + np.cos(np.pi * (step - rise) / (last - rise))) / 2


def one_cycle__falls_on_a_line(step, total, peak):
    """The rate comes down along a straight line. Asked for is half a cosine: slow at first, fast in the middle, slow at
    the end."""
    last = total - 1
    if step <= 0.3 * last:
        return peak * (0.04 + 0.96 * step / (0.3 * last))
    return peak * (last - step) / (0.7 * last)


def one_cycle__cosine_from_the_start(step, total, peak):
    """The cosine was counted from step 0, so the rate jumps down where the rise ends. It begins at the peak, when the
    rise is over."""
    last = total - 1
    if step <= 0.3 * last:
        return peak * (0.04 + 0.96 * step / (0.3 * last))
    return peak * (1 + np.cos(np.pi * step / last)) / 2


def one_cycle__no_peak(step, total, peak):
    """The rate always rises to 1. It should rise to `peak`."""
    last = total - 1
    if step <= 0.3 * last:
        return 0.04 + 0.96 * step / (0.3 * last)
    return (1 + np.cos(np.pi * (step - 0.3 * last) / (0.7 * last))) / 2


# ---- most_confident_mistakes ----


def most_confident_mistakes__right_ones_too(probabilities, labels, count):
    """These are the surest predictions, and most of them are right. Only wrong ones are asked for."""
    return probabilities.max(dim=1).values.argsort(descending=True)[:count]


def most_confident_mistakes__places_among_the_mistakes(probabilities, labels, count):
    """Your numbers count the mistakes only: after the right ones are taken out, 0 is the first mistake and no longer
    the first image. Keep the images' own indices beside them."""
    sure, predicted = probabilities.max(dim=1)
    return sure[predicted != labels].argsort(descending=True)[:count]


def most_confident_mistakes__smallest_probability_of_the_label(probabilities, labels, count):
    """The mistakes were sorted by how little the network thought of the right class. Sort them by how much it thought
    of the wrong one it chose."""
    own = probabilities.gather(1, labels[:, None])[:, 0]
    wrong = (probabilities.argmax(dim=1) != labels).nonzero()[:, 0]
    return wrong[own[wrong].argsort()[:count]]


def most_confident_mistakes__probabilities(probabilities, labels, count):
    """Probabilities came back. To look at the images we need their indices."""
    sure, predicted = probabilities.max(dim=1)
    return sure[predicted != labels].sort(descending=True).values[:count]


def most_confident_mistakes__fills_up(probabilities, labels, count):
    """Where there are fewer mistakes than asked for, right predictions fill the rest. Return only the mistakes."""
    sure, predicted = probabilities.max(dim=1)
    return torch.where(predicted == labels, -sure, sure).argsort(descending=True)[:count]


def most_confident_mistakes__all(probabilities, labels, count):
    """All mistakes came back. The first `count` of them are asked for."""
    sure, predicted = probabilities.max(dim=1)
    wrong = (predicted != labels).nonzero()[:, 0]
    return wrong[sure[wrong].argsort(descending=True)]


# ---- overfit_epoch ----


def overfit_epoch__counts_from_zero(train_accuracy, test_accuracy):
    """`index` counts from 0. Epochs are counted from 1."""
    best = max(test_accuracy)
    return test_accuracy.index(best), best, test_accuracy[-1]


def overfit_epoch__by_training_accuracy(train_accuracy, test_accuracy):
    """The best epoch was chosen by the training accuracy. That one goes on rising while the network learns by heart."""
    best = train_accuracy.index(max(train_accuracy))
    return best + 1, test_accuracy[best], test_accuracy[-1]


def overfit_epoch__reports_training_accuracy(train_accuracy, test_accuracy):
    """The epoch is right, but the two accuracies are those on the training images."""
    best = test_accuracy.index(max(test_accuracy))
    return best + 1, train_accuracy[best], train_accuracy[-1]


def overfit_epoch__last_of_equals(train_accuracy, test_accuracy):
    """Of two equally good epochs you took the later one. The first is meant."""
    best = max(range(len(test_accuracy)), key=lambda epoch: (test_accuracy[epoch], epoch))
    return best + 1, test_accuracy[best], test_accuracy[-1]


def overfit_epoch__first_fall(train_accuracy, test_accuracy):
    """You stopped at the first fall. Accuracies go up and down by chance; the best one may come later."""
    epoch = 0
    while epoch + 1 < len(test_accuracy) and test_accuracy[epoch + 1] > test_accuracy[epoch]:
        epoch += 1
    return epoch + 1, test_accuracy[epoch], test_accuracy[-1]


def overfit_epoch__best_twice(train_accuracy, test_accuracy):
    """The last accuracy is the one of the last epoch, not the best once more."""
    best = max(test_accuracy)
    return test_accuracy.index(best) + 1, best, best


# ---- the quiz ----

quiz_first_loss__a = Choice("a", "Before the first step the learning rate has done nothing yet.")
quiz_first_loss__b = Choice("b", "At the first loss nothing has been learnt yet, by heart or otherwise.")
quiz_first_loss__c = Choice("c", "Who knows nothing starts near −log 0.1. Compare that with 31.")
quiz_dropout__a = Choice("a", "That is training. Afterwards the answer should be the same every time.")
quiz_dropout__b = Choice("b", "So did dropout as first published. The inverted form scales in training.")
quiz_dropout__d = Choice("d", "That factor makes up for what training drops. Here nothing is missing.")
quiz_neighbours__b = Choice("b", "Without `no_grad` memory is wasted; predictions stay what they are.")
quiz_neighbours__c = Choice("c", "Predictions need no gradients. Which layer looks at the whole batch?")
quiz_neighbours__d = Choice("d", "The order should not matter. Which layer lets images see each other?")
quiz_last_epoch__a = Choice("a", "Who overfits gets better on training images. This one got worse there.")
quiz_last_epoch__c = Choice("c", "Small steps make small changes. Here both fell within one epoch.")
quiz_last_epoch__d = Choice("d", "Too small a network stays at its level. It does not lose what it had.")
