"""Probes and known wrong answers of assignment 4, CIFAR-10.

Where an answer draws random numbers, its probe returns properties that are the same for every right one: rounded
fractions, scales, and whether masks or offsets are shared.
"""

import numpy as np
import torch
from torch import nn

from solutions.a4_cifar10 import dropout
from solutions.probes import Choice, ask, judged

# ---- softmax ----


@judged(rtol=2e-3)  # by way of logarithms, scores of ten thousand lose digits in float32
def probe_softmax(answer, rng):
    n, c = (int(v) for v in 3 + rng.permutation(4)[:2])
    scores = torch.from_numpy(rng.normal(0, 2, size=(n, c)).astype("float32"))
    uneven = scores + torch.linspace(-200, 200, n)[:, None]
    return {
        "random": ask(answer, scores),
        "square": ask(answer, torch.from_numpy(rng.normal(0, 2, size=(4, 4)).astype("float32"))),
        "one row": ask(answer, scores[:1]),
        "rows far apart": ask(answer, uneven),
        "around ten thousand": ask(answer, scores + 1e4),
        "around minus ten thousand": ask(answer, scores - 1e4),
        "wide": ask(answer, torch.tensor([[1e4, -1e4, 0.0], [-1e4, -1e4, -1e4]])),
        "all ten thousand": ask(answer, torch.full((2, 3), 1e4)),
    }


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


@judged(rtol=2e-3, atol=2e-3)  # ten thousand and a bit has three digits after the point in float32
def probe_cross_entropy(answer, rng):
    n, c = (int(v) for v in 4 + rng.permutation(4)[:2])
    scores = torch.from_numpy(rng.normal(0, 2, size=(n, c)).astype("float32"))
    labels = torch.from_numpy(rng.integers(0, c, size=n))
    gap = torch.tensor([[0.0, 300.0, 1.0], [0.0, 0.5, 1.0]])

    def gradient(scores, labels):
        scores = scores.clone().requires_grad_()
        (grad,) = torch.autograd.grad(answer(scores, labels), scores)
        return grad

    return {
        "ten equal scores": ask(answer, torch.zeros(2, 10), torch.tensor([3, 7])),
        "random": ask(answer, scores, labels),
        "one example": ask(answer, scores[:1], labels[:1]),
        "sure and wrong": ask(answer, gap, torch.tensor([0, 1])),
        "sure and right": ask(answer, gap, torch.tensor([1, 1])),
        "around ten thousand": ask(answer, scores + 1e4, labels),
        "around minus ten thousand": ask(answer, scores - 1e4, labels),
        "rows far apart": ask(answer, scores + torch.linspace(-300, 300, n)[:, None], labels),
        "gradient": ask(gradient, scores, labels),
        "gradient where sure and wrong": ask(gradient, gap, torch.tensor([0, 1])),
    }


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


def probe_dropout(answer, rng):
    p = float(rng.choice([0.2, 0.3, 0.4, 0.7, 0.8]))
    x = torch.from_numpy(rng.uniform(1, 2, size=(40, 5, 10, 12)).astype("float32"))
    small = torch.from_numpy(rng.normal(size=(3, 2, 4)).astype("float32"))
    seed = int(rng.integers(2**31))

    def draw(x, number=1, add=0):
        generator = torch.Generator().manual_seed(seed + add)
        return torch.stack([answer(x, p, True, generator=generator) for _ in range(number)])

    def mask(x):
        factor = (draw(x)[0] / x).double()
        kept = factor != 0
        return {
            "kept": np.round(kept.double().mean(), 1),
            "factors": [factor[kept].min(), factor[kept].max()],
            "one mask along an axis": [(kept == kept.narrow(axis, 0, 1)).all() for axis in range(x.ndim)],
        }

    def draws(x):
        first, second = draw(x, 2)
        return {
            "the same seed again": torch.equal(draw(x, 2)[1], second),
            "another seed": torch.equal(draw(x, add=1)[0], first),
            "the next draw": torch.equal(first, second),
            "always the same number kept": len({int((out != 0).sum()) for out in draw(x, 8)}) == 1,
            "no generator, the next draw": torch.equal(answer(x, p, True), answer(x, p, True)),
        }

    def gradient(x):
        x = x.clone().requires_grad_()
        out = draw(x)[0]
        (grad,) = torch.autograd.grad(out.sum(), x)
        return (grad - out.detach() / x.detach()).abs().max() < 1e-4

    return {
        "mask": ask(mask, x),
        "mask of a matrix": ask(mask, x.reshape(200, -1)),
        "draws": ask(draws, x),
        "gradient as the output": ask(gradient, x),
        "when not training": ask(answer, small, p, False),
        "p = 0": ask(answer, small, 0.0, True),
        "p = 1": ask(answer, small, 1.0, True),
        "p = -0.1": ask(answer, small, -0.1, True),
        "p = 1.1": ask(answer, small, 1.1, True),
    }


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


def probe_dropout2d(answer, rng):
    p = float(rng.choice([0.2, 0.3, 0.4, 0.7, 0.8]))
    x = torch.from_numpy(rng.uniform(1, 2, size=(120, 100, 2, 3)).astype("float32"))
    small = torch.from_numpy(rng.normal(size=(3, 2, 4, 5)).astype("float32"))
    seed = int(rng.integers(2**31))

    def draw(x, number=1, add=0):
        generator = torch.Generator().manual_seed(seed + add)
        return torch.stack([answer(x, p, True, generator=generator) for _ in range(number)])

    def mask(x):
        factor = (draw(x)[0] / x).double()
        kept = factor != 0
        return {
            "kept": np.round(kept.double().mean(), 1),
            "factors": [factor[kept].min(), factor[kept].max()],
            "one mask along an axis": [(kept == kept.narrow(axis, 0, 1)).all() for axis in range(4)],
        }

    def draws(x):
        first, second = draw(x, 2)
        return {
            "the same seed again": torch.equal(draw(x, 2)[1], second),
            "another seed": torch.equal(draw(x, add=1)[0], first),
            "the next draw": torch.equal(first, second),
            "always the same number kept": len({int((out != 0).sum()) for out in draw(x, 8)}) == 1,
            "no generator, the next draw": torch.equal(answer(x, p, True), answer(x, p, True)),
        }

    def gradient(x):
        x = x.clone().requires_grad_()
        out = draw(x)[0]
        (grad,) = torch.autograd.grad(out.sum(), x)
        return (grad - out.detach() / x.detach()).abs().max() < 1e-4

    return {
        "mask": ask(mask, x),
        "draws": ask(draws, x),
        "gradient as the output": ask(gradient, x[:9]),
        "when not training": ask(answer, small, p, False),
        "p = 0": ask(answer, small, 0.0, True),
        "p = 1": ask(answer, small, 1.0, True),
        "p = -0.1": ask(answer, small, -0.1, True),
        "p = 1.1": ask(answer, small, 1.1, True),
    }


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


def probe_BatchNorm2d(answer, rng):
    c, h, w = (int(v) for v in 2 + rng.permutation(3))
    shift, size = rng.normal(0, 2, size=(c, 1, 1)), rng.uniform(1, 3, size=(c, 1, 1))
    shift[0], size[0] = 0, 1e-3  # a channel that hardly varies
    x = torch.from_numpy((rng.normal(size=(6, 5, c, h, w)) * size + shift).astype("float32"))
    grad_out, weight, bias = (
        torch.from_numpy(rng.normal(size=shape).astype("float32")) for shape in (x.shape[1:], (c,), (c,))
    )
    eps, momentum = float(rng.uniform(1e-3, 1e-2)), float(rng.choice([0.15, 0.2, 0.25, 0.3]))
    source = nn.BatchNorm2d(c)
    source.running_mean.copy_(torch.from_numpy(rng.normal(size=c)))
    source.running_var.copy_(torch.from_numpy(rng.uniform(0.5, 2, size=c)))

    def layer(*args, **kwargs):
        made = answer(c, *args, **kwargs)
        with torch.no_grad():
            made.weight.copy_(weight)
            made.bias.copy_(bias)
        return made

    def start():
        made = answer(c)
        return {
            "parameters": sorted(name for name, _ in made.named_parameters()),
            "state": {name: value.detach() for name, value in sorted(made.state_dict().items())},
        }

    def run(*args, **kwargs):
        made, seen = layer(*args, **kwargs), []
        for batch in x[:5]:
            seen.append([made(batch), made.running_mean.clone(), made.running_var.clone()])
        made.eval()
        outputs = [made(x[5]), made(x[5][:1])]
        return {"steps": seen, "then eval": outputs, "state": {k: v.clone() for k, v in made.state_dict().items()}}

    def gradients(training):
        made, batch = layer(), x[1].clone().requires_grad_()
        made(x[0] * torch.ones((), requires_grad=True)).sum().backward()  # as behind another layer
        made.zero_grad()
        made.train(training)
        (made(batch) * grad_out).sum().backward()
        return [batch.grad, made.weight.grad, made.bias.grad]

    def loaded():
        made = answer(c)
        made.load_state_dict(source.state_dict())
        return made.eval()(x[0])

    return {
        "at the start": ask(start),
        "five steps": ask(run),
        "other eps and momentum": ask(run, eps, momentum),
        "by keyword": ask(run, momentum=momentum, eps=eps),
        "gradients in training": ask(gradients, True),
        "gradients in eval": ask(gradients, False),
        "state of nn.BatchNorm2d loaded": ask(loaded),
        "input unchanged": ask(lambda batch: layer()(batch), x[0]),
    }


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


def probe_random_crop_flip(answer, rng):
    seed = int(rng.integers(2**31))

    def pictures(n, c, h, w):
        values = 1 + rng.random((n, 254)).argsort(axis=1)[:, : c * h * w]  # no two pixels of an image alike, none 0
        return torch.from_numpy(values.reshape(n, c, h, w).astype("uint8"))

    many, few = pictures(3000, 1, 6, 7), pictures(4, 3, 5, 8)

    def call(images, number=1, add=0, **options):
        generator = torch.Generator().manual_seed(seed + add)
        return [answer(images, generator=generator, **options) for _ in range(number)]

    def places(images, p, **options):
        """How often each offset and flip (none, left-right, upside down, both) occurs, as a share of all images."""
        (out,) = call(images, **options)
        if out.shape != images.shape:
            return f"the shape {tuple(out.shape)}"
        (_, _, h, w), side = images.shape, 2 * p + 1
        wide = torch.zeros(*images.shape[:2], h + side - 1, w + side - 1, dtype=images.dtype)
        wide[:, :, p : p + h, p : p + w] = images
        shares = np.zeros((side, side, 4))
        for i, j, flip in np.ndindex(shares.shape):
            crop = wide[:, :, i : i + h, j : j + w].flip([[], [3], [2], [2, 3]][flip])
            shares[i, j, flip] = (crop == out).flatten(1).all(dim=1).double().mean()
        return shares

    def one_pixel(images):
        shares = places(images, 1, padding=1)
        return shares if isinstance(shares, str) else {"18ths": np.round(shares * 18), "all": np.round(shares.sum(), 2)}

    def four_pixels(images):
        shares = places(images, 4)
        if isinstance(shares, str):
            return shares
        return {
            "down": np.round(9 * shares.sum(axis=(1, 2))),
            "right": np.round(9 * shares.sum(axis=(0, 2))),
            "flips": np.round(2 * shares.sum(axis=(0, 1))),
            "nearly all of the 81 offsets": np.sum(shares.sum(axis=2) > 0) > 75,
        }

    def draws(images):
        first, second = call(images, 2)
        return {
            "the same seed again": torch.equal(call(images, 2)[1], second),
            "another seed": torch.equal(call(images, add=1)[0], first),
            "the next draw": torch.equal(first, second),
            "no generator, the next draw": torch.equal(answer(images), answer(images)),
        }

    def coins(images):
        """Of 20 batches: is one mixed, is one flipped?"""
        flipped = [(out != images).flatten(1).any(dim=1) for out in call(images, 20, padding=0)]
        return [any(f.any() and not f.all() for f in flipped), any(f.any() for f in flipped)]

    def of_type(images):
        (out,) = call(images, padding=2)
        return [
            str(out.dtype),
            list(out.shape),
            out.double().amax(dim=(1, 2, 3)) <= images.double().amax(dim=(1, 2, 3)),
        ]

    def own_place(images):
        shares = places(images, 2, padding=2)
        return shares if isinstance(shares, str) else np.round(shares.sum(), 2)

    return {
        "padding 1": ask(one_pixel, many),
        "padding 4 by default": ask(four_pixels, many[:1500]),
        "padding 0": ask(lambda images: np.round(2 * places(images, 0, padding=0)), many[:1500]),
        "one coin each": ask(coins, many[:50]),
        "all are crops": ask(own_place, few),
        "all are crops, floats": ask(own_place, few.float() / 256),
        "one image": ask(own_place, few[:1]),
        "draws": ask(draws, many[:200]),
        "uint8": ask(of_type, few),
        "float32": ask(of_type, few.float()),
        "float64": ask(of_type, few.double()),
        "int64": ask(of_type, few.long()),
        "another batch": ask(own_place, pictures(7, 2, 9, 4)),
    }


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


def probe_normalise(answer, rng):
    def case(n, c, h, w):
        images = torch.from_numpy(rng.uniform(size=(n, c, h, w)).astype("float32"))
        mean, std = (torch.from_numpy(rng.uniform(0.1, 0.9, size=c).astype("float32")) for _ in range(2))
        return ask(answer, images, mean, std)

    one = torch.ones(1, 3, 1, 1)
    return {
        "CIFAR-10's numbers": ask(
            answer, one, torch.tensor([0.4914, 0.4822, 0.4465]), torch.tensor([0.247, 0.2435, 0.2616])
        ),
        "random": case(2, 3, 4, 5),
        "as wide as there are channels": case(4, 3, 3, 3),
        "as many images as channels": case(3, 3, 2, 4),
        "one channel": case(3, 1, 4, 5),
        "five channels": case(2, 5, 4, 3),
    }


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


def probe_denormalise(answer, rng):
    def case(n, c, h, w):
        images = torch.from_numpy(rng.normal(0, 2, size=(n, c, h, w)).astype("float32"))
        mean, std = (torch.from_numpy(rng.uniform(0.1, 0.9, size=c).astype("float32")) for _ in range(2))
        return ask(answer, images, mean, std)

    zero = torch.zeros(1, 3, 1, 1)
    return {
        "CIFAR-10's mean": ask(
            answer, zero, torch.tensor([0.4914, 0.4822, 0.4465]), torch.tensor([0.247, 0.2435, 0.2616])
        ),
        "random": case(2, 3, 4, 5),
        "as wide as there are channels": case(4, 3, 3, 3),
        "as many images as channels": case(3, 3, 2, 4),
        "one channel": case(3, 1, 4, 5),
        "five channels": case(2, 5, 4, 3),
    }


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


def probe_CifarCNN(answer, rng):
    layers = {f"conv_layer.{i}": (b, a, 3, 3) for i, a, b in [(0, 3, 32), (3, 32, 64), (6, 64, 128), (9, 128, 128)]}
    layers |= {"conv_layer.13": (256, 128, 3, 3), "conv_layer.16": (256, 256, 3, 3)}
    layers |= {"fc_layer.1": (1024, 4096), "fc_layer.3": (512, 1024), "fc_layer.6": (10, 512)}
    generator, state = torch.Generator().manual_seed(int(rng.integers(2**31))), {}
    for name, shape in layers.items():
        state[f"{name}.weight"] = torch.randn(shape, generator=generator) * (2 / np.prod(shape[1:])) ** 0.5
        state[f"{name}.bias"] = torch.randn(shape[0], generator=generator) / 5
    for name, channels in {"conv_layer.1": 32, "conv_layer.7": 128, "conv_layer.14": 256}.items():
        for kind, around in {"weight": 1, "bias": 0, "running_mean": 0, "running_var": 1}.items():
            state[f"{name}.{kind}"] = around + torch.rand(channels, generator=generator) / 2
        state[f"{name}.num_batches_tracked"] = torch.tensor(7)
    images = torch.from_numpy(rng.normal(size=(3, 3, 32, 32)).astype("float32"))
    made = []

    def model():
        if not made:
            made.append(answer())  # once: it is large
        return made[0]

    def load(**options):
        return model().load_state_dict({name: value.clone() for name, value in state.items()}, **options)

    def scores(images):
        load(strict=False)
        with torch.no_grad():
            return model().eval()(images)

    def after_a_step(images):
        load()
        with torch.no_grad():
            model().train()(images)
        return [
            model().state_dict()[f"conv_layer.{i}.{kind}"] for i in (1, 7) for kind in ("running_mean", "running_var")
        ]

    def dropped(layers, *shape):
        """To a twentieth: how much is dropped, whether channels are as a whole, and the factor of the rest."""
        with torch.no_grad():
            out = layers.train()(torch.ones(shape))
        gone = (out == 0).double()
        whole = gone.flatten(2).std(dim=2).max() == 0 if out.ndim > 2 else False
        return [np.round(gone.mean() * 20) / 20, whole, out.max()]

    return {
        "state": ask(lambda: {name: list(value.shape) for name, value in model().state_dict().items()}),
        "parameters": ask(lambda: sum(p.numel() for p in model().parameters())),
        "scores": ask(scores, images),
        "scores of one image": ask(scores, images[:1]),
        "batch statistics": ask(after_a_step, images),
        "dropped after block 2": ask(lambda: dropped(model().conv_layer[10:13], 100, 128, 4, 6)),
        "dropped before the dense layers": ask(lambda: dropped(model().fc_layer[:1], 200, 400)),
        "dropped between the dense layers": ask(lambda: dropped(model().fc_layer[4:6], 200, 400)),
    }


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


def probe_fit(answer, rng):
    import tempfile
    from pathlib import Path

    class Script(nn.Module):
        """A model that plays a part: `clock` counts its steps, and its accuracy follows a table, epoch by epoch."""

        def __init__(self):
            super().__init__()
            self.clock = nn.Parameter(torch.tensor(0.0))
            self.register_buffer("forwards", torch.tensor(0.0))  # in training mode, as batch norm counts
            self.modes = {"train": [], "validation": []}

        def forward(self, x):  # (N, 4): is it for validation, when it is right, the label, a part of the loss
            kind = "validation" if x[0, 0] else "train"
            self.modes[kind].append((self.training, torch.is_grad_enabled()))
            self.forwards += self.training
            right = x[:, 1] < tables[kind][int(self.clock) // 3 % 7]
            scores = nn.functional.one_hot((x[:, 2].long() + ~right) % 3, 3)
            fun = 3.0 * (int(self.clock) // 3 == 3) if self.training else 0  # the fourth epoch has the smallest loss
            return scores + x[:, 3:] + fun + self.clock - self.clock.detach()

    class Loader(list):
        """Batches, and a power cut in a pass of one's choice."""

        cut, passes = None, 0

        def __iter__(self):
            self.passes += 1
            for index, batch in enumerate(super().__iter__()):
                if self.passes == self.cut and index == 1:
                    raise InterruptedError
                yield batch

    # ten validation images: epoch `best` is the best, a later one is as good, the last is not; training images rise
    best = int(rng.integers(2, 4))
    valid = rng.integers(1, 5, size=7)
    valid[[best, 5]], valid[6], valid[0] = 8, 5, 0
    tables = {"train": [0, 1, 2, 3, 4, 4, 5], "validation": valid.tolist()}
    part = rng.normal(size=15)

    def script(kind, count, size):
        x = [
            [kind == "validation", i if kind == "train" else (7 * i + best) % 10, i % 3, part[i]] for i in range(count)
        ]
        x, labels = torch.tensor(x, dtype=torch.float32), torch.arange(count) % 3
        return Loader(zip(x.split(size), labels.split(size), strict=True))

    def real(count, size):
        x = torch.from_numpy(rng.normal(size=(count, 2, 1, 3)).astype("float32"))
        labels = torch.from_numpy(rng.integers(0, 3, size=count))
        return Loader(zip(x.split(size), labels.split(size), strict=True))

    weights = torch.from_numpy(rng.normal(size=(2, 8, 8)).astype("float32"))
    train_real, validation_real, seed = real(15, 4), real(23, 5), int(rng.integers(2**31))

    def network():
        model = nn.Sequential(
            nn.Flatten(), nn.Linear(6, 8), nn.BatchNorm1d(8), nn.Dropout(0.3), nn.ReLU(), nn.Linear(8, 3)
        )
        with torch.no_grad():
            model[1].weight.copy_(weights[0, :, :6])
            model[5].weight.copy_(weights[1, :3])
            model[1].bias.zero_()
            model[5].bias.zero_()
        return model

    def square(scores, labels):
        return (scores - nn.functional.one_hot(labels, 3)).square().sum(dim=1).mean()

    def run(model, loaders, epochs=5, *, cut=None, seed=seed, **options):
        """What one call of fit shows: history, state, what the optimiser and the model saw."""
        train, validation = loaders
        train.passes, train.cut, steps = 0, cut, []
        scripted = isinstance(model, Script)
        optimizer = torch.optim.SGD(model.parameters(), lr=1 if scripted else 0.05, momentum=0 if scripted else 0.9)
        optimizer.register_step_pre_hook(lambda *_: steps.append(model.training))
        loss_fn = (lambda scores, labels: -scores.mean()) if scripted else square
        torch.manual_seed(seed)
        options = {"optimizer": optimizer, "loss_fn": loss_fn, "progress": False, **options}
        try:
            history = answer(model, train, validation, epochs=epochs, **options)
        except InterruptedError:
            return "interrupted"
        return {
            "plain numbers": all(type(value) in (int, float) for entry in history for value in entry.values()),
            "history": [[entry[key] for key in ("epoch", "loss", "accuracy")] for entry in history],
            "state": {name: value.clone() for name, value in model.state_dict().items()},
            "steps": len(steps),
            "steps in training mode": sum(steps),
        }

    def played():
        model = Script()
        seen = run(model, (script("train", 5, 2), script("validation", 10, 4)), epochs=6)
        return {**seen, "validation in training mode, with gradients": np.any(model.modes["validation"], axis=0)}

    def interrupted(make, loaders, epochs, cut):
        with torch.random.fork_rng(devices=[]), tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder, "checkpoint.pt"))
            first = run(make(), loaders, epochs, cut=cut, checkpoint=path)
            second = run(make(), loaders, epochs, seed=seed + 1, checkpoint=path)
            third = run(make(), loaders, epochs, seed=seed + 2, checkpoint=path)
            return {"power cut": first, "second call": second, "third call, all done": third}

    def saving_fails():
        """While the second epoch's checkpoint is written, the disk is full: is the first epoch's still there?"""

        def full(content, file, *args, **kwargs):
            file.write(b"half") if hasattr(file, "write") else Path(file).write_bytes(b"half")
            raise InterruptedError

        save = torch.save
        with torch.random.fork_rng(devices=[]), tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "checkpoint.pt")
            run(network(), (train_real, validation_real), 1, checkpoint=str(path))
            before = path.read_bytes()
            torch.save = full
            try:
                run(network(), (train_real, validation_real), 2, checkpoint=str(path))
            finally:
                torch.save = save
            return path.exists() and path.read_bytes() == before

    def alone(make, loaders, epochs):
        with torch.random.fork_rng(devices=[]):
            return run(make(), loaders, epochs)

    scripts, reals = (script("train", 5, 2), script("validation", 10, 4)), (train_real, validation_real)
    return {
        "scripted": ask(played),
        "real": ask(alone, network, reals, 5),
        "one epoch": ask(alone, network, reals, 1),
        "scripted, interrupted": ask(interrupted, Script, scripts, 6, best + 2),
        "real, interrupted": ask(interrupted, network, reals, 5, 4),
        "the old checkpoint survives": ask(saving_fails),
    }


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


def probe_one_cycle(answer, rng):
    total, odd = (int(v) for v in rng.integers([30, 200], [100, 400]))
    peak = float(rng.uniform(0.5, 3))
    return {
        f"{steps} steps": ask(lambda steps=steps: [answer(step, steps, peak) for step in range(steps)])
        for steps in (2, 3, 11, 12, total)
    } | {
        "docstring's example": ask(answer, 15, 101, 0.5),
        "many steps": ask(lambda: [answer(int(step), odd, peak) for step in rng.integers(0, odd, size=40)]),
        "another peak": ask(answer, odd // 2, odd, 2 * peak),
    }


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


def probe_most_confident_mistakes(answer, rng):
    n, c = (int(v) for v in (rng.integers(30, 40), rng.integers(5, 8)))
    scores = torch.from_numpy(rng.normal(0, 2, size=(n, c)).astype("float32"))
    probabilities, labels = scores.softmax(dim=1), torch.from_numpy(rng.integers(0, c, size=n))
    labels[::3] = probabilities[::3].argmax(dim=1)
    right = probabilities.argmax(dim=1)
    return {
        "five": ask(answer, probabilities, labels, 5),
        "one": ask(answer, probabilities, labels, 1),
        "ten of the reversed": ask(answer, probabilities.flip(0), labels.flip(0), 10),
        "more than there are": ask(answer, probabilities, labels, n),
        "all wrong": ask(answer, probabilities, (right + 1) % c, n),
        "all right": ask(lambda *args: len(answer(*args)), probabilities, right, 3),
    }


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


def probe_overfit_epoch(answer, rng):
    train = np.sort(rng.uniform(40, 99, size=12)).round(2)
    test = rng.uniform(40, 80, size=12).round(2)
    test[1], test[5], test[8] = test[0] - 1, 85.5, 85.5  # a fall before the best
    early = test.copy()
    early[0] = 90
    return {
        "a peak": ask(answer, train.tolist(), np.delete(test, 8).tolist() + [60.25]),
        "two equal ones": ask(answer, train.tolist(), test.tolist()),
        "the first is best": ask(answer, train.tolist(), early.tolist()),
        "the last is best": ask(answer, train.tolist(), np.sort(test).tolist()[:-2] + [90.5, 91.25]),
        "one epoch": ask(answer, [50.5], [48.25]),
        "training accuracy falls": ask(answer, train[::-1].tolist(), test.tolist()),
    }


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


# ---- score_checkpoint: the judge counts, too ----


def sealed_checkpoint(data, rng):
    """What a network is shown, and the labels, which stay with the judge."""
    import pickle
    import tarfile

    with tarfile.open(data / "cifar10" / "cifar-10-python.tar.gz") as members:  # the grader's own, checksum verified
        batch = pickle.load(members.extractfile("cifar-10-batches-py/test_batch"), encoding="bytes")
    images, labels = np.asarray(batch[b"data"], np.uint8).reshape(-1, 3, 32, 32), np.asarray(batch[b"labels"])
    order = rng.permutation(len(labels))
    return {"images": images[order]}, labels[order]


def predict_checkpoint(names, shown):
    model = names["ScoreNetwork"]()
    model.load_state_dict(torch.load("a4_cifar10.pt", map_location="cpu", weights_only=True))
    model.eval()
    images = shown["images"]
    with torch.no_grad():
        parts = [
            model(torch.tensor(images[begin : begin + 500] / np.float32(255))).argmax(1)
            for begin in range(0, len(images), 500)
        ]
    return {"predictions": torch.cat(parts).numpy().astype(np.uint8)}


def points_checkpoint(data, labels):
    if data["predictions"].shape != labels.shape:
        return 0.0
    accuracy = np.mean(data["predictions"] == labels)
    return round(8 * np.clip((accuracy - 0.75) / 0.1, 0, 1), 2)


# ---- the quiz ----

NO_PROBE = {
    name: "a letter, compared with the right one by the hidden test"
    for name in ("quiz_first_loss", "quiz_dropout", "quiz_neighbours", "quiz_last_epoch")
}

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
