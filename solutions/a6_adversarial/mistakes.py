"""Known wrong answers to assignment 6, adversarial examples."""

import numpy as np
import torch
from torch import nn

from solutions.a6_adversarial.notebook import fgsm, input_gradient, pgd
from solutions.asking import edit

# ---- input_gradient ----


@edit({', reduction="sum"': ""})
def input_gradient__mean_over_the_batch():
    """The loss was averaged, so an image's gradient shrinks with the number of its neighbours. Add the losses up: then
    each image has the gradient that it would have alone."""


@edit({"return torch.autograd.grad(loss, x)[0]": "loss.backward()\nreturn x.grad"})
def input_gradient__parameter_gradients():
    """`backward` also filled the gradients of all parameters, and the next training step adds to them. Ask for the
    gradient of the images alone."""


@edit({"return torch.autograd.grad(loss, x)[0]": "loss.backward()\nmodel.zero_grad()\nreturn x.grad"})
def input_gradient__clears_parameter_gradients():
    """`zero_grad` tidied up more than you had left behind: gradients that somebody had gathered in the parameters are
    gone."""


@edit({"eval_mode(model), ": ""})
def input_gradient__training_mode():
    """The model was asked in training mode: dropout drops, batch norm looks at the neighbours, and its running
    statistics have moved. The network to be fooled is the one in use, in eval mode."""


@edit({"with eval_mode(model), torch": "model.eval()\nwith torch"})
def input_gradient__leaves_eval_mode():
    """The model stays in eval mode after your function. If somebody goes on training it, dropout is off and the
    statistics stay as they are, without a word."""


@edit({"with eval_mode(model), torch": "model.eval()\nwith torch", "return torch": "model.train()\nreturn torch"})
def input_gradient__always_back_to_training():
    """`model.train()` at the end puts a model into training mode that was not in it before. Remember what was."""


@edit(
    {
        "with eval_mode(model), torch": "mode = model.training\nmodel.eval()\nwith torch",
        "return torch": "model.train(mode)\nreturn torch",
    }
)
def input_gradient__one_mode_for_all_parts():
    """`model.training` is the mode of the outermost module only. Parts may be in another one, such as a batch norm
    that was frozen on purpose, and `model.train(...)` overwrites them all."""


@edit({"images.detach().clone().requires_grad_()": "images.requires_grad_()"})
def input_gradient__of_the_callers_images():
    """`requires_grad_` changed the caller's images: from now on everything computed from them drags a graph along.
    Work on a detached copy."""


@edit({", torch.enable_grad()": ""})
def input_gradient__fails_under_no_grad():
    """Called where gradients are switched off, as in an evaluation, your function has no graph to go back through.
    Switch gradients on for the few lines that need them."""


@edit(
    {
        "with eval_mode": "model.requires_grad_(False)\nwith eval_mode",
        "return torch": "model.requires_grad_(True)\nreturn torch",
    }
)
def input_gradient__thaws_parameters():
    """Parameters were frozen to save work, and afterwards all of them were made trainable: those, too, that had been
    frozen before you came."""


@edit({"(loss, x)": "(loss, x, create_graph=True)"})
def input_gradient__keeps_the_graph():
    """The gradient still hangs on the graph it was computed with, and keeps all of it in memory. The function should
    return a plain, detached tensor."""


@edit({'loss = F.cross_entropy(model(x), labels, reduction="sum")': "loss = model(x).gather(1, labels[:, None]).sum()"})
def input_gradient__of_the_logit():
    """This is the gradient of the label's logit. The loss also depends on the logits of all other classes."""


@edit({"(loss, x)[0]": "(loss, x)[0].sign()"})
def input_gradient__only_signs():
    """Only the signs came back. That is for the attack to do; some attacks need the sizes, too."""


@edit({"(loss, x)[0]": "(loss, x)[0].abs().amax(dim=1, keepdim=True)"})
def input_gradient__largest_channel():
    """The largest size over the channels makes a nice picture, but an attack has to know each channel's own number,
    with its sign. The gradient is shaped like the images."""


@edit(
    {
        'loss = F.cross_entropy(model(x), labels, reduction="sum")': (
            "scores = model(x)\nloss = (scores.exp().sum(dim=1).log() - scores.gather(1, labels[:, None])[:, 0]).sum()"
        ),
    }
)
def input_gradient__exponentials_by_hand():
    """The loss was spelt out with `exp` and `log`, or with `softmax` and `log`. Scores in the hundreds become infinite
    or 0 on the way, and what comes out is not a number: `cross_entropy` subtracts the largest score first."""


@edit({"model(x)": "model(x).softmax(dim=1)"})
def input_gradient__softmax_first():
    """`cross_entropy` wants scores and takes the softmax itself. Here it got probabilities, so softmax was taken twice,
    and the gradient of a sure network nearly vanishes."""


@edit({"with eval_mode(model), torch.enable_grad():": "torch.set_grad_enabled(True)\nwith eval_mode(model):"})
def input_gradient__gradients_stay_switched_on():
    """`torch.set_grad_enabled(True)` holds until somebody switches it off, also in the program that called your
    function inside `torch.no_grad()`. In a `with` statement it holds for your lines only."""


@edit({"x.grad": "-x.grad"}, of="backward_on_a_copy")
def input_gradient__minus():
    """The sign is wrong: along this direction the loss falls. The gradient points to where it grows."""


@edit({"cross_entropy(judge(x)": "nll_loss(judge(x)"}, of="backward_on_a_copy")
def input_gradient__negative_log_likelihood():
    """`nll_loss` wants logarithms of probabilities, and got scores. So only the label's score was looked at, with a
    minus: the scores of all other classes count in the loss, too."""


@edit({'nn.functional.cross_entropy(judge(x), labels, reduction="sum")': "judge(x).sum()"}, of="backward_on_a_copy")
def input_gradient__of_all_scores():
    """This is the gradient of the sum of all scores. No label was used, and no loss."""


@edit(
    {
        'nn.functional.cross_entropy(judge(x), labels, reduction="sum")': (
            "judge(x).softmax(dim=1).gather(1, labels[:, None]).sum()"
        )
    },
    of="backward_on_a_copy",
)
def input_gradient__of_the_probability():
    """This is the gradient of the label's probability. The loss is minus its logarithm, which has another gradient."""


@edit(
    {
        'nn.functional.cross_entropy(judge(x), labels, reduction="sum")': (
            "-torch.log(judge(x).softmax(dim=1) + 1e-8).gather(1, labels[:, None]).sum()"
        )
    },
    of="backward_on_a_copy",
)
def input_gradient__small_number_in_the_logarithm():
    """A small number was added inside the logarithm. Where the network is sure of another class, the label's
    probability is much smaller than that, and the gradient vanishes just where the loss is largest."""


@edit({"(judge(x), labels,": "(judge(x), judge(x).argmax(dim=1),"}, of="backward_on_a_copy")
def input_gradient__predicted_labels():
    """The loss was taken for the class that the network predicts. Where the network is wrong, that is not the label
    that was given."""


@edit({"x.grad": "x.grad.abs()"}, of="backward_on_a_copy")
def input_gradient__absolute():
    """The signs are missing. A picture of what matters may leave them out, but an attack has to know whether brighter
    or darker raises the loss."""


@edit({"x.grad": "x.grad / x.grad.abs().max()"}, of="backward_on_a_copy")
def input_gradient__largest_is_one():
    """The gradient was scaled so that its largest number is 1, as for a picture. Its size says how much the loss
    changes, and now also depends on the other images of the batch."""


@edit({"x.grad": "x.grad.float()"}, of="backward_on_a_copy")
def input_gradient__always_float32():
    """The gradient came back as float32, whatever the images are. It should have the images' type."""


@edit(
    {"judge = copy.deepcopy(model).eval()": "judge = copy.deepcopy(model)\njudge.training = False"},
    of="backward_on_a_copy",
)
def input_gradient__mode_of_the_outside_only():
    """`model.training = False` changes the outermost module alone: the dropout and batch norm inside it stay in
    training mode. `eval()` goes through all parts."""


@edit({"model.modules()": "[model, *model.children()]"}, of="backward_and_tidy_up")
def input_gradient__modes_of_the_children_only():
    """Only the model and its direct children got their modes back. Parts can be nested, and those further inside have
    been left in eval mode."""


@edit({"len(images) * x.grad": "x.grad / len(images)"}, of="mean_times_number")
def input_gradient__mean_twice():
    """The result was divided by the number of images twice: the mean of the losses does it once already. Each image's
    gradient should be the one that it would have alone."""


@edit({"model.eval()": "if model.training:\n    model.eval()"}, of="backward_and_tidy_up")
def input_gradient__looks_at_the_outermost_mode():
    """Eval mode was switched on only if `model.training` was true, which is the mode of the outermost part. Parts
    inside can be in training mode all the same."""


@edit(
    {
        "model.eval()": (
            "for part in model.modules():\n"
            "    if isinstance(part, (nn.BatchNorm2d, nn.Dropout)):\n"
            "        part.training = False"
        )
    },
    of="backward_and_tidy_up",
)
def input_gradient__batch_norm_and_dropout_only():
    """Only batch norm and dropout were put into eval mode. Other parts may look at their mode, too: `eval()` is for
    all of them."""


@edit(
    {
        "with eval_mode": "kept = [parameter.grad for parameter in model.parameters()]\nwith eval_mode",
        "return torch.autograd.grad(loss, x)[0]": (
            "loss.backward()\n"
            "for parameter, gradient in zip(model.parameters(), kept):\n"
            "    parameter.grad = gradient\n"
            "return x.grad"
        ),
    }
)
def input_gradient__old_gradients_changed_in_place():
    """Every `.grad` was kept and put back, but it is the same tensor still: `backward` has added to it in place. Keep a
    copy, or let the weights gather nothing."""


@edit(
    {
        'cross_entropy(judge(x), labels, reduction="sum")': (
            "binary_cross_entropy_with_logits(\n"
            '    judge(x), nn.functional.one_hot(labels, judge(x).shape[1]).to(x), reduction="sum"\n'
            ")"
        )
    },
    of="backward_on_a_copy",
)
def input_gradient__each_kind_by_itself():
    """This is the binary cross-entropy, which asks for each kind by itself whether it is there. An image has one label:
    take the cross-entropy."""


@edit({"(loss, x)[0]": "(loss, x)[0].cpu().numpy()"})
def input_gradient__array():
    """The numbers are right, but they came back as a NumPy array. Return a tensor."""


@edit(
    {"cross_entropy(judge(x), labels,": "cross_entropy(judge(x), labels, label_smoothing=0.1,"}, of="backward_on_a_copy"
)
def input_gradient__smooth_labels():
    """The labels were smoothed. Take the plain cross-entropy."""


@edit(
    {
        "images.detach().clone().requires_grad_()": "images.requires_grad_()",
        "return torch.autograd.grad(loss, x)[0]": (
            "gradient = torch.autograd.grad(loss, x)[0]\nimages.requires_grad_(False)\nreturn gradient"
        ),
    }
)
def input_gradient__images_without_gradient_afterwards():
    """`requires_grad` of the caller's images was switched on, and off at the end, whatever it was before. Work on a
    detached copy."""


# ---- fgsm ----


@edit({"+ eps": "- eps"})
def fgsm__minus():
    """You went down the loss: the network is now surer of the right label than before. An attack climbs."""


@edit({".sign()": ""})
def fgsm__raw_gradient():
    """The gradient itself was added. It is tiny and uneven; its sign lets every pixel use all of ε."""


def fgsm__largest_is_eps(model, images, labels, *, eps):
    """The gradient was scaled so that its largest number is ε. All others stay below it, although each pixel may change
    by ε of its own."""
    gradient = input_gradient(model, images, labels)
    return (images.detach() + eps * gradient / gradient.abs().max().clamp(min=1e-12)).clamp(0, 1)


@edit({".clamp(0, 1)": ""})
def fgsm__no_clamp():
    """Some pixels are darker than black or brighter than white. No camera takes a picture like that: stay in [0, 1]."""


def fgsm__own_range(model, images, labels, *, eps):
    """Pixels were clamped to the darkest and brightest of this batch. What is allowed does not depend on which images
    come together: it is [0, 1]."""
    attacked = images.detach() + eps * input_gradient(model, images, labels).sign()
    return attacked.clamp(images.min().item(), images.max().item())


def fgsm__normalised_units(model, images, labels, *, eps):
    """The images were normalised, changed by ε, and brought back, so that in pixels the change is ε times the standard
    deviation. Here pixels are in [0, 1], and so is ε; normalisation is the model's business."""
    images = images.detach()
    mean, std = images.mean(), images.std()
    normalised = (images - mean) / std + eps * input_gradient(model, images, labels).sign()
    return (normalised * std + mean).clamp(0, 1)


@edit({"eps * ": "eps / 255 * "})
def fgsm__grey_levels():
    """ε was divided by 255. Pixels are in [0, 1] here, and ε is counted in the same units: 8/255 is given as 8/255."""


@edit(
    {
        "(images.detach() + eps * input_gradient(model, images, labels).sign()).clamp(0, 1)": (
            "images.detach().add_(eps * input_gradient(model, images, labels).sign()).clamp_(0, 1)"
        ),
    }
)
def fgsm__changes_its_input():
    """`+=` wrote into the caller's images. The originals are still needed, if only to look at the difference."""


@edit({".detach()": ""})
def fgsm__on_the_graph():
    """The result still hangs on the caller's images. Detach it: an attacked image is data, like any other."""


@edit({"input_gradient(model, images, labels).sign()": "(2.0 * (input_gradient(model, images, labels) >= 0) - 1)"})
def fgsm__zero_counts_as_plus():
    """The pixel was changed also where its gradient is 0. Nothing is gained there: the sign of 0 is 0."""


@edit({"labels).sign()": "labels).sum(dim=1, keepdim=True).sign()"})
def fgsm__one_sign_for_all_channels():
    """All channels of a pixel were moved the same way. Each number of the image has a gradient, and a sign, of its
    own."""


def fgsm__predicted_labels(model, images, labels, *, eps):
    """The attack went away from what the network says, not from the labels. Where it is wrong already, that leads back
    to the right answer."""
    import copy

    with torch.no_grad():
        predicted = copy.deepcopy(model).eval()(images).argmax(dim=1)
    return (images.detach() + eps * input_gradient(model, images, predicted).sign()).clamp(0, 1)


@edit(
    {
        "(images.detach() + eps * input_gradient(model, images, labels).sign()).clamp(0, 1)": (
            "eps * input_gradient(model, images, labels).sign()"
        ),
    }
)
def fgsm__only_the_perturbation():
    """This is the perturbation alone. Add it to the images."""


@edit({".eval()": ""}, of="own_gradient_and_where")
def fgsm__training_mode():
    """The gradient was taken in training mode: dropout drops, batch norm looks at the neighbours, and its running
    statistics have moved."""


def fgsm__parameter_gradients(model, images, labels, *, eps):
    """The model's parameters have gradients they did not have before, from your `backward`. The next step of a
    training would add them in."""
    modes = [(part, part.training) for part in model.modules()]
    model.eval()
    with torch.enable_grad():
        x = images.detach().clone().requires_grad_()
        nn.functional.cross_entropy(model(x), labels, reduction="sum").backward()
    for part, mode in modes:
        part.training = mode
    return (images.detach() + eps * x.grad.sign()).clamp(0, 1)


@edit({"cross_entropy": "nll_loss"}, of="own_gradient_and_where")
def fgsm__negative_log_likelihood():
    """`nll_loss` wants logarithms of probabilities, and got scores. That is the gradient of the label's score alone:
    take `cross_entropy`."""


def fgsm__exponentials_by_hand(model, images, labels, *, eps):
    """The loss was spelt out with `exp`, `sum` and `log`. Scores in the hundreds overflow, and what comes out is not a
    number: `cross_entropy` subtracts the largest score first."""
    import copy

    with torch.enable_grad():
        x = images.detach().clone().requires_grad_()
        scores = copy.deepcopy(model).eval()(x)
        loss = scores.exp().sum(dim=1).log() - scores.gather(1, labels[:, None])[:, 0]
        gradient = torch.autograd.grad(loss.sum(), x)[0]
    return (images.detach() + eps * gradient.sign()).clamp(0, 1)


@edit({"input_gradient(model, images, labels).sign()": "(2.0 * (input_gradient(model, images, labels) > 0) - 1)"})
def fgsm__zero_counts_as_minus():
    """If its gradient is 0, the pixel got darker all the same: "not above 0" was taken for "below 0". The pixel should
    stay."""


@edit({"images, labels)": "images, labels[:1].expand(len(images)))"})
def fgsm__same_label_for_all():
    """All images were attacked with the first image's label. Each has a label of its own."""


@edit({"eps * input": "input"})
def fgsm__without_eps():
    """ε was left out: every pixel moved by a whole 1, and nearly all are black or white now."""


def fgsm__thrown_away(model, images, labels, *, eps):
    """`add` without an underscore makes a new tensor, and here nobody kept it: the images came back as they were."""
    attacked = images.detach().clone()
    attacked.add(eps * input_gradient(model, images, labels).sign())
    return attacked.clamp(0, 1)


def fgsm__divided_by_its_size(model, images, labels, *, eps):
    """If the network is sure, the pixels hardly moved: the gradient is tiny then, and the number that you took for its
    sign is much smaller than 1. The sign is 1 or -1, however small the gradient is."""
    gradient = input_gradient(model, images, labels)
    return (images.detach() + eps * gradient / (gradient.abs() + 1e-8)).clamp(0, 1)


@edit({"clamp(0, 1)": "clamp(-1, 1)"})
def fgsm__from_minus_one():
    """Pixels were kept between -1 and 1. Some networks want images like that; here black is 0."""


@edit({"clamp(0, 1)": "clamp(0, 255)"})
def fgsm__up_to_255():
    """Pixels were kept between 0 and 255. Here white is 1."""


@edit({".clamp(0, 1)": ".clamp(0, 1).float()"})
def fgsm__always_float32():
    """The result is float32, whatever the images are. It should have the images' type."""


def fgsm__length(model, images, labels, *, eps):
    """The gradient was divided by its Euclidean length. That is a step of another attack; here every pixel moves by all
    of ε."""
    gradient = input_gradient(model, images, labels)
    length = gradient.flatten(1).norm(dim=1).clamp(min=1e-30)[:, None, None, None]
    return (images.detach() + eps * gradient / length).clamp(0, 1)


def fgsm__only_right_ones(model, images, labels, *, eps):
    """Images that the network gets wrong already were left as they are. Every image should be attacked: which of them
    count is for the measurement to say."""
    import copy

    with torch.no_grad():
        right = (copy.deepcopy(model).eval()(images).argmax(dim=1) == labels)[:, None, None, None]
    attacked = (images + eps * input_gradient(model, images, labels).sign()).clamp(0, 1)
    return torch.where(right, attacked, images).detach()


@edit({"images.detach().clone()": "images.requires_grad_().detach().clone()"}, of="own_gradient_and_where")
def fgsm__of_the_callers_images():
    """`requires_grad` was set on the caller's images, and they keep it: everything computed from them later drags a
    graph along. Set it on a copy of your own."""


@edit({"return (images": "model.eval()\nreturn (images"})
def fgsm__leaves_eval_mode():
    """`model.eval()` was called, and the model stays in eval mode: the next training runs without dropout, and without
    a word."""


@edit({"return (images": "if eps == 0:\n    return images\nreturn (images"})
def fgsm__the_images_themselves():
    """With ε = 0 the caller's own tensor came back, with all that hangs on it. An attack returns detached images, with
    this ε, too."""


@edit({"with torch.enable_grad():": "if True:"}, of="own_gradient_and_where")
def fgsm__fails_under_no_grad():
    """Inside `torch.no_grad()` nothing was recorded, so there was no gradient. An attack has to switch gradients on for
    itself."""


def fgsm__of_a_tutorial(model, images, labels, *, eps):
    """The model was attacked in the mode that it happened to have, and `zero_grad` and `backward` have changed the
    gradients of its weights. That fits a script of one's own, but not a function that others call."""
    x = images.detach().clone().requires_grad_()
    with torch.enable_grad():
        loss = nn.functional.cross_entropy(model(x), labels)
    model.zero_grad()
    loss.backward()
    return (images.detach() + eps * x.grad.sign()).clamp(0, 1)


@edit({"attacked = x": "model.train()\nattacked = x"}, of="own_gradient_and_where")
def fgsm__always_back_to_training():
    """`model.train()` at the end puts a model into training mode that was not in it before. Remember what was."""


@edit({"return (images": "model.train(model.training)\nreturn (images"})
def fgsm__one_mode_for_all_parts():
    """`model.train(...)` at the end gave all parts the mode of the whole. Some may have been in another one."""


@edit(
    {
        "(images.detach() + eps * input_gradient(model, images, labels).sign()).clamp(0, 1)": (
            "images.detach() + (eps * input_gradient(model, images, labels).sign()).clamp(-1, 1)"
        )
    }
)
def fgsm__clamps_the_change():
    """The change was clamped, not the sum: some pixels are darker than black or brighter than white. Clamp the attacked
    image."""


@edit(
    {
        "nn.functional.cross_entropy(judge(x), labels).backward()": (
            "chances = judge(x).softmax(dim=1)\nnn.functional.nll_loss(torch.log(chances + 1e-10), labels).backward()"
        )
    },
    of="own_gradient_and_where",
)
def fgsm__small_number_in_the_logarithm():
    """The loss is the logarithm of a probability, with or without a small number added. Where the network is sure, the
    probability is rounded to 0 or 1, and no gradient is left: `cross_entropy` works on the scores."""


@edit({"return (": "eps = eps / 255 if eps > 1 else eps\nreturn ("})
def fgsm__large_eps_in_grey_levels():
    """An ε above 1 was taken for a number of grey levels and divided by 255. ε has one meaning here, however large it
    is: take it as it is."""


# ---- fgsm_targeted ----


@edit({"- eps": "+ eps"})
def fgsm_targeted__sign_not_reversed():
    """The loss for the target went up, so the network is led away from it. To get there the loss must fall."""


def fgsm_targeted__away_from_the_prediction(model, images, target, *, eps):
    """This leads away from what the network says now, to wherever that may be. The target was not looked at."""
    import copy

    with torch.no_grad():
        predicted = copy.deepcopy(model).eval()(images).argmax(dim=1)
    return fgsm(model, images, predicted, eps=eps)


@edit({".clamp(0, 1)": ""})
def fgsm_targeted__no_clamp():
    """Some pixels left [0, 1]. An attacked image must still be an image."""


def fgsm_targeted__mirrored(model, images, target, *, eps):
    """The untargeted attack was mirrored at the image. What it had clamped away is then missing on one side, and what
    it had added leaves [0, 1] on the other."""
    return 2 * images.detach() - fgsm(model, images, target, eps=eps)


@edit({".sign()": ""})
def fgsm_targeted__raw_gradient():
    """The direction is right, but the gradient's size came along. Every pixel may use all of ε."""


@edit({"judge(x).log_softmax(dim=1)[": "judge(x)["}, of="negative_loss")
def fgsm_targeted__target_logit():
    """The target's logit was raised. The loss also counts the other classes, which may rise even more."""


@edit({"input_gradient(model, images, target).sign()": "(2.0 * (input_gradient(model, images, target) >= 0) - 1)"})
def fgsm_targeted__zero_counts_as_minus():
    """The pixel was changed also where its gradient is 0. The sign of 0 is 0: leave these pixels alone."""


@edit(
    {
        "(images.detach() - eps * input_gradient(model, images, target).sign()).clamp(0, 1)": (
            "images.detach().sub_(eps * input_gradient(model, images, target).sign()).clamp_(0, 1)"
        ),
    }
)
def fgsm_targeted__changes_its_input():
    """`-=` wrote into the caller's images. Make new ones."""


@edit({"images, target)": "images, target[:1].expand(len(images)))"})
def fgsm_targeted__same_target_for_all():
    """All images were led to the first image's target. Each has a target of its own."""


@edit({"(images.detach() - eps": "(-eps", ".sign()).clamp(0, 1)": ".sign())"})
def fgsm_targeted__only_the_perturbation():
    """This is the change alone. Add it to the images."""


@edit({"log_softmax": "softmax"}, of="negative_loss")
def fgsm_targeted__target_probability():
    """The target's probability was raised, and not its logarithm. Where the network is sure of something else, that
    probability is rounded to 0, and so is its gradient."""


def fgsm_targeted__exponentials_by_hand(model, images, target, *, eps):
    """The loss was spelt out with `exp`, `sum` and `log`. Scores in the hundreds overflow, and what comes out is not a
    number: `cross_entropy` subtracts the largest score first."""
    import copy

    with torch.enable_grad():
        x = images.detach().clone().requires_grad_()
        scores = copy.deepcopy(model).eval()(x)
        loss = scores.exp().sum(dim=1).log() - scores.gather(1, target[:, None])[:, 0]
        (gradient,) = torch.autograd.grad(loss.sum(), x)
    return (images.detach() - eps * gradient.sign()).clamp(0, 1)


@edit({"judge(x).log_softmax": "judge(x).softmax(dim=1).log_softmax"}, of="negative_loss")
def fgsm_targeted__softmax_first():
    """`cross_entropy` wants scores and takes the softmax itself. Here it got probabilities, whose gradient another
    class can turn around, and which is rounded to 0 where the network is sure."""


def fgsm_targeted__divided_by_its_size(model, images, target, *, eps):
    """Where the network is sure of the target the gradient is tiny, and the pixels hardly moved: a small number was
    added to the gradient's size, or small gradients were taken for 0. The sign is 1 or -1, however small it is."""
    gradient = input_gradient(model, images, target)
    return (images.detach() - eps * gradient / (gradient.abs() + 1e-8)).clamp(0, 1)


def fgsm_targeted__stops_on_arrival(model, images, target, *, eps):
    """Images that the network takes for the target already were left alone. They should move as well: the loss for the
    target gets smaller still."""
    import copy

    with torch.no_grad():
        there = (copy.deepcopy(model).eval()(images).argmax(dim=1) == target)[:, None, None, None]
    return torch.where(there, images, fgsm(model, images, target, eps=-eps)).detach()


@edit({"- eps * input": "- input"})
def fgsm_targeted__without_eps():
    """ε was left out: every pixel moved by a whole 1, and nearly all are black or white now."""


@edit({"clamp(0, 1)": "clamp(-1, 1)"})
def fgsm_targeted__from_minus_one():
    """Pixels were kept between -1 and 1. Some networks want images like that; here black is 0."""


@edit({"images.detach()": "images"})
def fgsm_targeted__on_the_graph():
    """The result still hangs on the caller's images. Detach it: an attacked image is data, like any other."""


@edit({"return (images": "model.eval()\nreturn (images"})
def fgsm_targeted__leaves_eval_mode():
    """`model.eval()` was called, and the model stays in eval mode: the next training runs without dropout, and without
    a word."""


@edit({"with torch.enable_grad():": "if True:"}, of="negative_loss")
def fgsm_targeted__fails_under_no_grad():
    """Inside `torch.no_grad()` nothing was recorded, so there was no gradient. An attack has to switch gradients on for
    itself."""


@edit({"input_gradient(model, images, target).sign()": "(2.0 * (input_gradient(model, images, target) > 0) - 1)"})
def fgsm_targeted__zero_moves_up():
    """If its gradient is 0, the pixel got brighter all the same: "not above 0" was taken for "below 0". The pixel
    should stay."""


@edit({".clamp(0, 1)": ".clamp(0, 1).float()"})
def fgsm_targeted__always_float32():
    """The result is float32, whatever the images are. It should have the images' type."""


@edit({"return (images": "model.train()\nreturn (images"})
def fgsm_targeted__always_back_to_training():
    """`model.train()` at the end puts a model into training mode that was not in it before. Remember what was."""


@edit({"return (images": "model.train(model.training)\nreturn (images"})
def fgsm_targeted__one_mode_for_all_parts():
    """`model.train(...)` at the end gave all parts the mode of the whole. Some may have been in another one."""


@edit(
    {
        "gain = judge(x).log_softmax(dim=1)[torch.arange(len(x)), target].sum()": (
            "scores, wanted = judge(x), nn.functional.one_hot(target, judge(x).shape[1]).bool()\n"
            "gain = (scores[wanted] - scores.masked_fill(wanted, -torch.inf).amax(dim=1)).sum()"
        )
    },
    of="negative_loss",
)
def fgsm_targeted__margin():
    """The attack widened the margin between the target's score and the best other one. That is another loss: the
    cross-entropy counts all the other kinds."""


@edit({"return (": "torch.set_grad_enabled(False)\nreturn ("})
def fgsm_targeted__gradients_stay_switched_off():
    """`torch.set_grad_enabled(False)` holds until somebody switches gradients on again, also in the program that called
    your function. In a `with` statement it holds for your lines only."""


# ---- random_sign ----


@edit({"torch.randint(2, images.shape,": "torch.rand(images.shape,"})
def random_sign__uniform():
    """The changes are uniform between −ε and ε, half as large on average as FGSM's. For a fair comparison every number
    moves by all of ε."""


@edit({"torch.randint(2, images.shape,": "torch.randn(images.shape,", "(2 * coins - 1)": "coins"})
def random_sign__normal():
    """Normal noise has no largest size: some numbers moved further than ε, most of them less far."""


@edit({"images.shape,": "(len(images), 1, 1, 1),"})
def random_sign__one_sign_for_an_image():
    """Every image became brighter or darker as a whole. Each of its numbers draws a sign of its own."""


@edit({"images.shape,": "images.shape[1:],"})
def random_sign__one_pattern_for_the_batch():
    """All images got the same noise. Draw for each of them."""


@edit({"images.shape,": "images[:, :1].shape,"})
def random_sign__channels_together():
    """The channels of a pixel share one sign, so the noise is grey. FGSM changes each channel by itself."""


@edit({"randint(2,": "randint(-1, 2,", "(2 * coins - 1)": "coins"})
def random_sign__zeros_too():
    """A third of the numbers stayed as they were: −1, 0 and 1 were drawn. There are only two signs."""


@edit({"(2 * coins - 1)": "coins"})
def random_sign__only_plus():
    """`rand` draws between 0 and 1, and all of that is positive: everything became brighter."""


@edit({"(2 * coins - 1)": "(coins - 1)"})
def random_sign__zero_or_minus():
    """`randint(-1, 1)` leaves out the 1: half of the numbers stay, the other half gets darker."""


@edit({".clamp(0, 1)": ""})
def random_sign__no_clamp():
    """Some pixels are darker than black or brighter than white. FGSM stays in [0, 1], and so must its rival."""


@edit({"generator=generator, ": ""})
def random_sign__ignores_generator():
    """The generator that was handed in was not used, so its seed does not repeat the noise."""


@edit({"generator=generator,": "generator=torch.Generator().manual_seed(0),"})
def random_sign__always_the_same():
    """A seed was set inside, so the noise is the same each time, whatever generator the caller brings."""


def random_sign__seeds_everybody(images, *, eps, generator=None):
    """Your function seeds the generator that everybody shares, so all that is drawn later changes with it. Draw from
    the generator that was handed in, and leave the other one alone."""
    if generator is not None:
        torch.manual_seed(int(torch.randint(2**31, (), generator=generator)))
    signs = 2 * torch.randint(2, images.shape, dtype=images.dtype, device=images.device) - 1
    return (images.detach() + eps * signs).clamp(0, 1)


@edit(
    {
        "(images.detach() + eps * (2 * coins - 1)).clamp(0, 1)": (
            "images.detach().add_(eps * (2 * coins - 1)).clamp_(0, 1)"
        ),
    }
)
def random_sign__changes_its_input():
    """`+=` wrote the noise into the caller's images. Make new ones."""


@edit({", dtype=images.dtype": ""})
def random_sign__another_type():
    """ε times integers is float32, whatever the images are, and so half precision became float32. Draw the signs in the
    images' own type."""


@edit({", device=images.device": ""})
def random_sign__on_the_processor():
    """The signs were drawn on the processor. If the images are on a GPU, the two do not fit together: draw on the
    images' device."""


@edit({"2 * coins - 1": "coins - 0.5"})
def random_sign__half_as_far():
    """The numbers moved by half of ε: the coins became ±½. FGSM moves them by all of it."""


@edit({"images.detach() + eps * (2 * coins - 1)": "images.detach() * (1 + eps * (2 * coins - 1))"})
def random_sign__share_of_the_pixel():
    """Each number moved by ε times its own value, so dark pixels hardly moved and black ones not at all. FGSM adds ε,
    whatever the pixel is."""


@edit({"clamp(0, 1)": "clamp(-1, 1)"})
def random_sign__from_minus_one():
    """Pixels were kept between -1 and 1. Some networks want images like that; here black is 0."""


@edit({"images.detach()": "images"})
def random_sign__on_the_graph():
    """The result still hangs on the caller's images. Detach it: noisy images are data, like any others."""


@edit({"coins = torch": "generator = generator or torch.Generator(images.device)\ncoins = torch"})
def random_sign__new_generator_each_time():
    """If no generator was given, a new one was made. Every new generator begins with the same numbers, so the noise was
    the same each time: draw from PyTorch's global one."""


@edit(
    {"coins = torch": "if generator is not None:\n    generator.manual_seed(generator.initial_seed())\ncoins = torch"}
)
def random_sign__starts_the_generator_again():
    """The generator was set back to its seed before the draw, so the same signs come out each time. Go on from where it
    is."""


@edit(
    {"2 * coins - 1": "(2 * coins - 1) * (torch.rand(images.shape, generator=generator, device=images.device) < 0.9)"}
)
def random_sign__some_stay():
    """Some of the numbers stayed as they were. Each should move by ε, up or down."""


@edit({"images.shape,": "images.shape[2:],"})
def random_sign__one_pattern_for_all():
    """All images and all channels share one pattern. Each number of each image draws a sign of its own."""


@edit(
    {
        "return (images.detach() + eps * (2 * coins - 1)).clamp(0, 1)": (
            "change = eps * (2 * coins - 1)\n"
            "inside = (images + change >= 0) & (images + change <= 1)\n"
            "return torch.where(inside, images + change, images - change).detach()"
        )
    }
)
def random_sign__turns_around_at_the_border():
    """Numbers that would have left the image went the other way. The coin decides, and what is outside is cut off."""


@edit(
    {
        "coins = torch.randint(2, images.shape, generator=generator, dtype=images.dtype, device=images.device)": (
            "seed = None if generator is None else generator.initial_seed()\n"
            "coins = torch.from_numpy(np.random.default_rng(seed).integers(2, size=images.shape)).to(images)"
        )
    }
)
def random_sign__numpy_generator():
    """The signs came out of a NumPy generator, at best with the same seed. So they are not drawn from the generator
    that was given, nor from PyTorch's global one."""


@edit(
    {
        "coins = torch": "if generator is not None:\n    torch.manual_seed(generator.initial_seed())\ncoins = torch",
        "generator=generator, ": "",
    }
)
def random_sign__gives_its_seed_to_everybody():
    """PyTorch's global generator was seeded with the seed of the given one. All that is drawn later changes with it,
    and the same signs come out each time: draw from the given generator itself."""


@edit({"coins = torch": "generator = generator or torch.Generator(images.device).manual_seed(0)\ncoins = torch"})
def random_sign__new_generator_with_seed_0():
    """If no generator was given, a new one was made, always with the seed 0, so the noise was the same each time: draw
    from PyTorch's global one."""


@edit({"coins = torch": "generator = generator or torch.Generator(images.device).manual_seed(42)\ncoins = torch"})
def random_sign__new_generator_with_seed_42():
    """If no generator was given, a new one was made, always with the same seed, so the noise was the same each time:
    draw from PyTorch's global one."""


@edit(
    {
        "return": (
            "if generator is None:\n"
            "    coins = torch.as_tensor(np.random.randint(0, 2, images.shape)).to(images)\n"
            "return"
        )
    }
)
def random_sign__numpy_without_a_generator():
    """If no generator was given, the signs were drawn from NumPy's global generator. Draw them from PyTorch's."""


@edit(
    {
        "coins = torch.randint(2, images.shape, generator=generator, dtype=images.dtype, device=images.device)": (
            "count = images.numel()\n"
            "places = torch.randperm(count, generator=generator, device=images.device)\n"
            "coins = (places < count // 2).to(images.dtype).reshape(images.shape)"
        )
    }
)
def random_sign__exactly_half():
    """Exactly half of the numbers went up, so the signs depend on each other: of two numbers always one goes up and one
    goes down, and a single number always goes the same way. Flip a coin for each number."""


# ---- pgd ----


@edit({"for _ in range(steps):": "for _ in range(steps):\n    original = x"})
def pgd__box_around_the_last_step():
    """Each step was projected onto a box around the one before. So the box travels, and after twenty steps the image
    may be far away: the box stays where the original is."""


@edit({"for _ in range(steps):": "original = x\nfor _ in range(steps):"})
def pgd__box_around_the_start():
    """The box lies around the random start, and the start is up to ε away from the original already: together that can
    be 2 ε."""


@edit({"x = original + (x - original).clamp(-eps, eps)\nx = x": "x = x"})
def pgd__no_projection():
    """Nothing keeps the images near the originals: after twenty steps of 2/255 they are 40/255 away. If you may change
    so much, you can simply paint another picture."""


@edit(
    {
        "x = x + alpha * input_gradient(model, x, labels).sign()\nx = original + (x - original).clamp(-eps, eps)": (
            "x = original + (x - original).clamp(-eps, eps)\nx = x + alpha * input_gradient(model, x, labels).sign()"
        ),
    }
)
def pgd__projects_before_the_step():
    """Each round projects first and steps afterwards, so the last step leaves the box. What is returned must have been
    projected after it was last changed."""


def pgd__clamps_before_the_step(
    model, images, labels, *, eps=8 / 255, alpha=2 / 255, steps=20, random_start=True, generator=None
):
    """The image was clamped to [0, 1] before the step, and the step left it again. Clamp what came of the step, like
    you project it."""
    images = x = images.detach()
    if random_start:
        noise = torch.rand(x.shape, generator=generator, dtype=x.dtype, device=x.device)
        x = x + eps * (2 * noise - 1)
    for _ in range(steps):
        x = x.clamp(0, 1)
        x = x + alpha * input_gradient(model, x, labels).sign()
        x = images + (x - images).clamp(-eps, eps)
    return x


@edit({"x = x.clamp(0, 1)": "pass", "return x": "return x.clamp(0, 1)"})
def pgd__clamps_only_at_the_end():
    """On its way the attack asked the model about pixels outside [0, 1], and followed gradients that no image has.
    Every step ends in [0, 1]."""


@edit(
    {
        "x = original + (x - original).clamp(-eps, eps)\nx = x.clamp(0, 1)": "x = x.clamp(0, 1)",
        "return x": "return (original + (x - original).clamp(-eps, eps)).clamp(0, 1)",
    }
)
def pgd__box_only_at_the_end():
    """The attack leaves the box on its way and goes back into it only after the last step. So it follows gradients from
    outside the box. Go back after each step."""


@edit({"(x + eps * (2 * u - 1)).clamp(0, 1)": "x + eps * (2 * u - 1)"})
def pgd__start_not_clamped():
    """The random start may lie outside [0, 1], and the first gradient is taken there. Clamp the start, too."""


def pgd__no_detach(model, images, labels, *, eps=8 / 255, alpha=2 / 255, steps=20, random_start=True, generator=None):
    """Every step hangs on the one before, all the way back: the graph grows with each step, and so does the memory.
    Begin each step with a detached image."""
    import copy

    model = copy.deepcopy(model).eval().requires_grad_(False)
    images = images.detach()
    with torch.enable_grad():
        x = images.clone().requires_grad_()
        if random_start:
            noise = torch.rand(x.shape, generator=generator, dtype=x.dtype, device=x.device)
            x = (x + eps * (2 * noise - 1)).clamp(0, 1)
        for _ in range(steps):
            loss = nn.functional.cross_entropy(model(x), labels, reduction="sum")
            x = x + alpha * torch.autograd.grad(loss, x, retain_graph=True)[0].sign()
            x = (images + (x - images).clamp(-eps, eps)).clamp(0, 1)
    return x


@edit(
    {
        "for _ in range(steps):": "sign = input_gradient(model, x, labels).sign()\nfor _ in range(steps):",
        "x = x + alpha * input_gradient(model, x, labels).sign()": "x = x + alpha * sign",
    }
)
def pgd__one_gradient_for_all_steps():
    """The gradient was taken once, at the start. That is FGSM in small pieces: the point of many steps is to look
    again after each."""


@edit(
    {
        "x = x + alpha * input_gradient(model, x, labels).sign()": (
            "with eval_mode(model), torch.no_grad():\n"
            "    right = (model(x).argmax(dim=1) == labels)[:, None, None, None]\n"
            "x = x + alpha * (right * input_gradient(model, x, labels).sign())"
        )
    }
)
def pgd__stops_when_fooled():
    """Images that fool the network already were left where they are. All steps are asked for; the loss goes on rising,
    and such an image transfers better to other networks."""


@edit(
    {
        "x = x + alpha": (
            "with eval_mode(model), torch.no_grad():\n"
            "    if (model(x).argmax(dim=1) != labels).all():\n"
            "        break\n"
            "x = x + alpha"
        )
    }
)
def pgd__stops_when_all_are_fooled():
    """The attack stopped when the network was wrong about every image of the batch. All steps are asked for: the loss
    goes on rising."""


@edit(
    {
        "for _ in range": "total = 0.0\nfor _ in range",
        "x = x + alpha * input_gradient(model, x, labels).sign()": (
            "total = total + input_gradient(model, x, labels)\nx = x + alpha * total.sign()"
        ),
    }
)
def pgd__gradients_add_up():
    """The gradients of all steps so far were added up, as `backward` does in a `.grad` that nobody clears. Each step
    should follow the gradient where it is now."""


@edit({"if random_start:": "alpha = min(alpha, eps)\nif random_start:"})
def pgd__steps_of_eps_at_most():
    """A step longer than ε was shortened to ε. The box is up to twice as wide: take steps of `alpha`, and go back into
    the box afterwards."""


@edit({".sign()": ""})
def pgd__raw_gradient():
    """The gradient itself was added. Where the network is sure the gradient is tiny, and the attack does not move:
    take its sign."""


@edit({"+ alpha": "- alpha"})
def pgd__minus():
    """The loss was made smaller: gradient *descent* by name, but an attack climbs."""


@edit({" alpha * ": " eps / steps * "})
def pgd__steps_of_eps_over_steps():
    """The steps have the length ε / steps, whatever `alpha` says. So small they only just reach the box's wall, and
    from a random start not even that."""


@edit({"if random_start:": "if True:"})
def pgd__always_random():
    """The start is random although `random_start` is False. Without it the attack begins at the images themselves."""


@edit({"if random_start:": "if False:"})
def pgd__never_random():
    """The attack always begins at the images. With `random_start` it begins somewhere in the box, where a network that
    hides its gradient at the images themselves has not hidden it."""


@edit({"2 * u - 1": "u"})
def pgd__starts_on_one_side():
    """`rand` draws between 0 and 1, so every start is brighter than its image. The box has two sides."""


@edit({"(2 * u - 1)": "(2 * u - 1).sign()"})
def pgd__starts_in_a_corner():
    """The start is ±ε in every number, a corner of the box. It should be any place in it, all equally likely."""


@edit({"torch.rand(": "torch.randn(", "(2 * u - 1)": "u.clamp(-1, 1)"})
def pgd__normal_start():
    """The start is normally distributed: a third of it lay outside the box, and was pressed onto its walls. Draw
    uniformly between −ε and ε."""


@edit({"generator=generator, ": ""})
def pgd__ignores_generator():
    """The generator that was handed in was not used, so its seed does not repeat the attack."""


def pgd__training_mode(
    model, images, labels, *, eps=8 / 255, alpha=2 / 255, steps=20, random_start=True, generator=None
):
    """The model was asked in training mode: dropout draws another network at every step, and batch norm's statistics
    drift with each."""
    images = x = images.detach()
    if random_start:
        noise = torch.rand(x.shape, generator=generator, dtype=x.dtype, device=x.device)
        x = (x + eps * (2 * noise - 1)).clamp(0, 1)
    for _ in range(steps):
        with torch.enable_grad():
            x = x.detach().requires_grad_()
            loss = nn.functional.cross_entropy(model(x), labels, reduction="sum")
            gradient = torch.autograd.grad(loss, x)[0]
        x = x.detach() + alpha * gradient.sign()
        x = (images + (x - images).clamp(-eps, eps)).clamp(0, 1)
    return x


def pgd__changes_its_input(
    model, images, labels, *, eps=8 / 255, alpha=2 / 255, steps=20, random_start=True, generator=None
):
    """`+=` wrote every step into the caller's images, and the box around them moved along. `detach` makes no copy:
    both names mean the same numbers."""
    x = images.detach()
    if random_start:
        x += eps * (2 * torch.rand(x.shape, generator=generator, dtype=x.dtype, device=x.device) - 1)
    for _ in range(steps):
        x += alpha * input_gradient(model, x, labels).sign()
        x.copy_((images.detach() + (x - images.detach()).clamp(-eps, eps)).clamp(0, 1))
    return x.clone()


@edit({"range(steps)": "range(1, steps)"})
def pgd__one_step_less():
    """One step is missing: `range(1, steps)` has one number less than `steps`."""


@edit({"alpha * input": "eps * input"})
def pgd__steps_of_eps():
    """Every step has the length ε, and `alpha` was not used. Small steps find what one large one misses."""


@edit({"x = x + alpha": "x = original + alpha"})
def pgd__each_step_from_the_image():
    """Every step began at the original again, so all but the last were for nothing. Begin where the step before
    ended."""


@edit({"x = x + alpha": "_ = x + alpha"})
def pgd__thrown_away():
    """The steps were computed and not kept, so nothing has happened. `x.add(…)` without an underscore, for instance,
    makes a new tensor and leaves x alone."""


@edit({"x = x.clamp(0, 1)": "pass"})
def pgd__no_image():
    """The box was kept, [0, 1] was not: some pixels are darker than black or brighter than white."""


@edit({"2 * u - 1": "u - 0.5"})
def pgd__starts_in_the_inner_half():
    """The start is never further away than half of ε. It should be anywhere in the box, up to its walls."""


@edit({"eps * (2 * u - 1)": "(2 * u - 1)"})
def pgd__starts_outside_the_box():
    """The start is up to a whole 1 away from the image. It should be within ε."""


@edit(
    {
        "for _ in range(steps):": (
            "for _ in range(steps):\n"
            "    x = x + random_start * eps * (2 * torch.rand(x.shape, generator=generator).to(x) - 1)"
        )
    }
)
def pgd__noise_at_each_step():
    """Noise was added before every step. Only the start is random; from there on the gradient leads."""


@edit({"if random_start:": "if generator is not None:"})
def pgd__random_with_a_generator_only():
    """The start is random if a generator was given, and not otherwise. `random_start` decides that; without a generator
    draw from PyTorch's global one."""


@edit(
    {
        "original = x = images.detach()": "original, x = images.detach().clone(), images.detach()",
        "x = (x + eps * (2 * u - 1)).clamp(0, 1)": "x += eps * (2 * u - 1)\nx.clamp_(0, 1)",
    }
)
def pgd__start_in_place():
    """`+=` wrote the random start into the caller's images. `detach` makes no copy: both names mean the same
    numbers."""


@edit({"x = (x + eps * (2 * u - 1))": "x = (images + eps * (2 * u - 1))"})
def pgd__start_on_the_graph():
    """The random start was added to the caller's images, not to the detached ones, so all that follows hangs on their
    graph."""


@edit({"steps=20": "steps=10"})
def pgd__other_defaults():
    """Called without `steps`, your attack takes another number of steps than the exercise gives as default."""


def pgd__keeps_the_best(
    model, images, labels, *, eps=8 / 255, alpha=2 / 255, steps=20, random_start=True, generator=None
):
    """The result is the place with the largest loss on the way. Return where the last step ends: the loss may have been
    larger before."""
    import copy

    original = x = images.detach()
    if random_start:
        u = torch.rand(x.shape, generator=generator, dtype=x.dtype, device=x.device)
        x = (x + eps * (2 * u - 1)).clamp(0, 1)
    judge, best, largest = copy.deepcopy(model).eval(), x, None
    for step in range(steps + 1):
        if step:
            x = x + alpha * input_gradient(model, x, labels).sign()
            x = (original + (x - original).clamp(-eps, eps)).clamp(0, 1)
        with torch.no_grad():
            losses = nn.functional.cross_entropy(judge(x), labels, reduction="none")
        better = torch.ones_like(losses, dtype=torch.bool) if largest is None else losses > largest
        largest = losses if largest is None else torch.where(better, losses, largest)
        best = torch.where(better[:, None, None, None], x, best)
    return best


def pgd__momentum(model, images, labels, *, eps=8 / 255, alpha=2 / 255, steps=20, random_start=True, generator=None):
    """The gradients of all steps were added up, which is an attack with momentum. Each step should follow the gradient
    where it is now."""
    original = x = images.detach()
    if random_start:
        u = torch.rand(x.shape, generator=generator, dtype=x.dtype, device=x.device)
        x = (x + eps * (2 * u - 1)).clamp(0, 1)
    total = torch.zeros_like(x)
    for _ in range(steps):
        gradient = input_gradient(model, x, labels)
        total = total + gradient / gradient.abs().mean(dim=(1, 2, 3), keepdim=True).clamp(min=1e-30)
        x = x + alpha * total.sign()
        x = (original + (x - original).clamp(-eps, eps)).clamp(0, 1)
    return x


@edit({"input_gradient(model, x, labels).sign()": "nn.functional.softsign(1e8 * input_gradient(model, x, labels))"})
def pgd__divided_by_its_size():
    """If the network is sure, the pixels hardly moved: the gradient is tiny then, and the number that you took for its
    sign is smaller than 1. The sign is 1 or -1, however small the gradient is."""


@edit(
    {
        "alpha=2 / 255": "alpha=None",
        "if random_start": "alpha = eps / 4 if alpha is None else alpha\nif random_start",
    }
)
def pgd__default_step_by_eps():
    """Called without `alpha`, your attack works it out from ε. The default is 2/255, whatever ε is."""


@edit(
    {"if random_start:": "torch.rand(x.shape, generator=generator, dtype=x.dtype, device=x.device)\nif random_start:"}
)
def pgd__draws_in_any_case():
    """Random numbers are drawn without `random_start`, too. Nobody uses them, but the next draw gives other numbers."""


@edit({"alpha * input": "alpha * (1 - _ / steps) * input"})
def pgd__smaller_and_smaller_steps():
    """The steps get smaller on the way. Each should have the size `alpha`."""


@edit({"torch.rand(x.shape,": "torch.rand(x.shape[1:],"})
def pgd__same_start_for_all_images():
    """All images of the batch start with the same random change. Each number of each image draws its own."""


@edit({"with torch.enable_grad():": "if True:"}, of="optimiser")
def pgd__fails_under_no_grad():
    """Inside `torch.no_grad()` nothing was recorded, so there was no gradient. An attack has to switch gradients on for
    itself."""


@edit({"return x": "model.eval()\nreturn x"})
def pgd__leaves_eval_mode():
    """`model.eval()` was called, and the model stays in eval mode: the next training runs without dropout, and without
    a word."""


@edit({"return x": "return x.float()"})
def pgd__always_float32():
    """The result is float32, whatever the images are. It should have the images' type."""


@edit({"return x": "model.train()\nreturn x"})
def pgd__always_back_to_training():
    """`model.train()` at the end puts a model into training mode that was not in it before. Remember what was."""


@edit({"return x": "model.train(model.training)\nreturn x"})
def pgd__one_mode_for_all_parts():
    """`model.train(...)` at the end gave all parts the mode of the whole. Some may have been in another one."""


@edit(
    {
        "if random_start:": (
            "if random_start and generator is not None:\n"
            "    torch.manual_seed(generator.initial_seed())\n"
            "if random_start:"
        ),
        "generator=generator, ": "",
    }
)
def pgd__gives_its_seed_to_everybody():
    """PyTorch's global generator was seeded with the seed of the given one. All that is drawn later changes with it,
    and the same start comes out each time: draw from the given generator itself."""


@edit(
    {
        "(x + eps * (2 * u - 1)).clamp(0, 1)": "x + eps * (2 * u - 1)",
        "input_gradient(model, x, labels)": "input_gradient(model, x.clamp(0, 1), labels)",
        "x = x.clamp(0, 1)": "pass",
        "return x": "return x.clamp(0, 1)",
    }
)
def pgd__change_not_cut_off():
    """The change went on growing where a pixel was black or white already, and had to come all the way back before the
    pixel moved again. Each step begins where the last one has ended, and that is in [0, 1]."""


# ---- pgd_targeted ----


@edit({"- alpha": "+ alpha"})
def pgd_targeted__away_from_the_target():
    """Every step climbs the loss for the target, and leads away from it. Go down."""


def pgd_targeted__random_start(model, images, target, *, eps, alpha, steps):
    """The attack began somewhere in the box. This one begins at the images themselves, without any chance."""
    return pgd(model, images, target, eps=eps, alpha=-alpha, steps=steps)


@edit({"clamp(-eps, eps)": "clamp(eps, -eps)"})
def pgd_targeted__negative_eps():
    """With a negative ε the box has its walls on the wrong sides, and everything is pressed onto one of them. It is the
    step that has to turn round, not the box."""


@edit({"(original + (x - original).clamp(-eps, eps)).clamp(0, 1)": "x.clamp(0, 1)"})
def pgd_targeted__no_projection():
    """Nothing keeps the images near the originals. With steps enough every image becomes any class, and anyone can see
    it."""


@edit({"for _ in range(steps):": "for _ in range(steps):\n    original = x"})
def pgd_targeted__box_around_the_last_step():
    """The box was drawn around the last step, so it travels along. It stays around the originals."""


def pgd_targeted__last_step_leaves_the_box(model, images, target, *, eps, alpha, steps):
    """Each round projects first and steps afterwards, so the last step ends outside the box."""
    images = x = images.detach()
    for _ in range(steps):
        x = images + (x - images).clamp(-eps, eps)
        x = (x - alpha * input_gradient(model, x, target).sign()).clamp(0, 1)
    return x


@edit({"(original + (x - original).clamp(-eps, eps)).clamp(0, 1)": "original + (x - original).clamp(-eps, eps)"})
def pgd_targeted__no_clamp():
    """The box was kept, [0, 1] was not: some pixels are darker than black or brighter than white."""


def pgd_targeted__one_big_step(model, images, target, *, eps, alpha, steps):
    """This is one step of length ε. Many small ones look at the gradient again each time, and get much further."""
    return (images.detach() - eps * input_gradient(model, images, target).sign()).clamp(0, 1)


@edit({"model, x, target": "model, original, target"})
def pgd_targeted__one_gradient_for_all_steps():
    """The gradient was taken at the originals each time. Take it where the attack stands."""


@edit(
    {
        "x = x - alpha * input_gradient(model, x, target).sign()": (
            "with eval_mode(model), torch.no_grad():\n"
            "    elsewhere = (model(x).argmax(dim=1) != target)[:, None, None, None]\n"
            "x = x - alpha * (elsewhere * input_gradient(model, x, target).sign())"
        )
    }
)
def pgd_targeted__stops_on_arrival():
    """Images that the network takes for the target were left alone. All steps are asked for: they make it surer."""


def pgd_targeted__away_from_the_prediction(model, images, target, *, eps, alpha, steps):
    """The attack leads away from what the network says now. It may lead anywhere: the target was not used."""
    import copy

    with torch.no_grad():
        predicted = copy.deepcopy(model).eval()(images).argmax(dim=1)
    return pgd(model, images, predicted, eps=eps, alpha=alpha, steps=steps, random_start=False)


def pgd_targeted__changes_its_input(model, images, target, *, eps, alpha, steps):
    """`-=` wrote every step into the caller's images. `detach` makes no copy: both names mean the same numbers."""
    original, x = images.detach().clone(), images.detach()
    for _ in range(steps):
        x -= alpha * input_gradient(model, x, target).sign()
        x.copy_((original + (x - original).clamp(-eps, eps)).clamp(0, 1))
    return x.clone()


@edit({"alpha * input": "eps * input"})
def pgd_targeted__steps_of_eps():
    """Every step has the length ε, and `alpha` was not used. Small steps find what one large one misses."""


@edit({"x = x - alpha": "x = original - alpha"})
def pgd_targeted__each_step_from_the_image():
    """Every step began at the original again, so all but the last were for nothing. Begin where the step before
    ended."""


@edit({"x = x - alpha": "_ = x - alpha"})
def pgd_targeted__thrown_away():
    """The steps were computed and not kept, so nothing has happened. `x.sub(…)` without an underscore, for instance,
    makes a new tensor and leaves x alone."""


@edit({".sign()": ""})
def pgd_targeted__raw_gradient():
    """The gradient itself was subtracted. Where the network is sure it is tiny, and the attack does not move: take its
    sign."""


@edit({"images.detach()": "images"})
def pgd_targeted__on_the_graph():
    """The result still hangs on the caller's images. Begin with detached ones: attacked images are data, like any
    others."""


@edit({"range(steps)": "range(1, steps)"})
def pgd_targeted__one_step_less():
    """One step is missing: `range(1, steps)` has one number less than `steps`."""


@edit({".clamp(0, 1)\n": "\n", "return x": "return x.clamp(0, 1)"})
def pgd_targeted__clamps_only_at_the_end():
    """On its way the attack asked the model about pixels outside [0, 1], and followed gradients that no image has.
    Every step ends in [0, 1]."""


def pgd_targeted__keeps_the_best(model, images, target, *, eps, alpha, steps):
    """The result is the place with the smallest loss on the way. Return where the last step ends: the loss may have
    been smaller before."""
    import copy

    original = x = best = images.detach()
    judge, smallest = copy.deepcopy(model).eval(), None
    for step in range(steps + 1):
        if step:
            x = x - alpha * input_gradient(model, x, target).sign()
            x = (original + (x - original).clamp(-eps, eps)).clamp(0, 1)
        with torch.no_grad():
            losses = nn.functional.cross_entropy(judge(x), target, reduction="none")
        better = torch.ones_like(losses, dtype=torch.bool) if smallest is None else losses < smallest
        smallest = losses if smallest is None else torch.where(better, losses, smallest)
        best = torch.where(better[:, None, None, None], x, best)
    return best


@edit(
    {"input_gradient(model, x, target).sign()": "torch.nn.functional.softsign(1e8 * input_gradient(model, x, target))"}
)
def pgd_targeted__divided_by_its_size():
    """If the network is sure of the target, the pixels hardly moved: the gradient is tiny then, and the number that you
    took for its sign is smaller than 1. The sign is 1 or -1, however small the gradient is."""


@edit({"original = x": "alpha = min(alpha, eps)\noriginal = x"})
def pgd_targeted__steps_of_eps_at_most():
    """A step was never longer than ε. It has the size `alpha`, also where that is larger: a pixel can come back from
    one wall of the box to the other."""


@edit(
    {
        "x = (original + (x - original).clamp(-eps, eps)).clamp(0, 1)": "x = x.clamp(0, 1)",
        "return x": "return (original + (x - original).clamp(-eps, eps)).clamp(0, 1)",
    }
)
def pgd_targeted__box_only_at_the_end():
    """The box was kept only at the end, after all steps. So the gradients were taken far outside of it: come back after
    each step."""


@edit({"range(steps)": "range(steps + 1)"})
def pgd_targeted__one_step_more():
    """There is one step too many: for `steps` = n the image moves n + 1 times."""


@edit({"return x": "model.eval()\nreturn x"})
def pgd_targeted__leaves_eval_mode():
    """`model.eval()` was called, and the model stays in eval mode: the next training runs without dropout, and without
    a word."""


@edit({"return x": "return x.float()"})
def pgd_targeted__always_float32():
    """The result is float32, whatever the images are. It should have the images' type."""


@edit({"for _ in": "model.train()\nfor _ in"})
def pgd_targeted__always_back_to_training():
    """`model.train()` at the end puts a model into training mode that was not in it before. Remember what was."""


@edit({"for _ in": "model.train(model.training)\nfor _ in"})
def pgd_targeted__one_mode_for_all_parts():
    """`model.train(...)` at the end gave all parts the mode of the whole. Some may have been in another one."""


@edit({"return x": "return x if steps else images"})
def pgd_targeted__the_images_themselves():
    """Without a step the caller's own tensor came back, with all that hangs on it. An attack returns detached images,
    with 0 steps, too."""


@edit(
    {
        "original = x = images.detach()": "original = x = images.detach()\nmomentum = torch.zeros_like(x)",
        "x = x - alpha * input_gradient(model, x, target).sign()": (
            "momentum = 0.9 * momentum + input_gradient(model, x, target)\nx = x - alpha * momentum.sign()"
        ),
    }
)
def pgd_targeted__momentum():
    """The steps followed an average of all gradients so far, which is an attack with momentum. Each step should follow
    the gradient where it is now."""


# ---- l2_attack ----


@edit({"gradient / length(gradient)": "gradient / gradient.norm().clamp(min=1e-12)"})
def l2_attack__step_over_the_batch():
    """The gradient was divided by the norm of the whole batch, so the images share one step: the more neighbours, the
    shorter. Each image has a norm of its own."""


@edit({"eps / length(delta)": "eps / delta.norm().clamp(min=1e-12)"})
def l2_attack__ball_over_the_batch():
    """All images together were kept within ε. Each may go that far by itself."""


@edit({"x.flatten(1).norm(dim=1).clamp(min=tiny)[:, None,": "x.flatten(2).norm(dim=2).clamp(min=tiny)[:, :,"})
def l2_attack__norm_of_each_channel():
    """Every channel was normalised by itself. The norm of an image runs over all its channels, rows and columns."""


@edit({"gradient / length(gradient)": "gradient.sign()"})
def l2_attack__steps_of_signs():
    """Steps of the sign are for the box. In a ball the best direction is the gradient itself, scaled to length 1."""


@edit({" / length(gradient)": ""})
def l2_attack__not_normalised():
    """The gradient has its own length still, long where the network errs and short where it is sure. Every step should
    be `alpha` long."""


@edit({"gradient / length(gradient)": "gradient / gradient.flatten(1).norm(dim=1)[:, None, None, None]"})
def l2_attack__nan_without_gradient():
    """If the gradient is 0, its norm is 0, too, and 0 / 0 is not a number: the whole image is lost. This image should
    stay as it is."""


@edit({"delta * (eps / length(delta)).clamp(max=1)": "delta * eps / length(delta)"})
def l2_attack__always_at_the_edge():
    """The change was always stretched to the length ε, even where it was shorter. Scale back what is too long, and
    leave the rest."""


@edit({"delta = delta * (eps / length(delta)).clamp(max=1)": "pass"})
def l2_attack__no_projection():
    """Each step has the right length, but nothing keeps their sum within ε."""


@edit({"delta * (eps / length(delta)).clamp(max=1)": "delta.clamp(-eps, eps)"})
def l2_attack__projects_onto_a_box():
    """Every pixel was kept within ±ε. Here ε bounds the length of the whole change, which is shorter by far."""


@edit(
    {
        "x + alpha * gradient / length(gradient)": "(x + alpha * gradient / length(gradient)).clamp(0, 1)",
        "(original + delta).clamp(0, 1)": "original + delta",
    }
)
def l2_attack__clamps_before_scaling():
    """The image was clamped first and its change scaled back afterwards. In a box the order is all the same, in a ball
    it is not: scale first, as the exercise says, then clamp."""


@edit({"(original + delta).clamp(0, 1)": "original + delta"})
def l2_attack__no_clamp():
    """The change is short enough, but some pixels left [0, 1]."""


@edit({".norm(dim=1)": ".square().sum(dim=1)"})
def l2_attack__no_root():
    """The squares were summed, and the root is missing: that is the norm squared."""


@edit({".norm(dim=1)": ".square().mean(dim=1).sqrt()"})
def l2_attack__root_of_the_mean():
    """The squares were averaged over the pixels. The Euclidean length adds them up, however many there are."""


@edit({"x = x + alpha": "x = x - alpha"})
def l2_attack__minus():
    """Down the loss, the images become more like their labels. An attack climbs."""


@edit({"input_gradient(model, x, labels)": "input_gradient(model, original, labels)"})
def l2_attack__one_gradient_for_all_steps():
    """The gradient was taken at the originals each time, so all steps lead the same way. Take it where the attack
    stands."""


@edit({"gradient / length(gradient)": "gradient / (length(gradient) + 1e-8)"})
def l2_attack__tiny_gradients_count_less():
    """A small number was added to the length of the gradient. Where the network is sure the gradient is as small as
    that, and the step gets shorter: only a gradient of exactly 0 is a case of its own."""


@edit({"gradient / length(gradient)": "gradient / gradient.abs().amax(dim=(1, 2, 3), keepdim=True).clamp(min=1e-30)"})
def l2_attack__largest_is_alpha():
    """The gradient was divided by its largest entry, so each step is longer than `alpha`. Divide by its Euclidean
    length."""


@edit({"x = x + alpha": "_ = x + alpha"})
def l2_attack__thrown_away():
    """The steps were computed and not kept, so nothing has happened. `x.add(…)` without an underscore, for instance,
    makes a new tensor and leaves x alone."""


@edit({"norm(dim=1)": "norm(p=1, dim=1)"})
def l2_attack__sum_of_sizes():
    """The sizes of the numbers were added up. The Euclidean length is the root of the sum of their squares."""


@edit({"alpha * gradient": "eps * gradient"})
def l2_attack__steps_of_eps():
    """Every step has the length ε, and `alpha` was not used. Small steps find what one large one misses."""


@edit({"x = x + alpha": "x = original + alpha"})
def l2_attack__each_step_from_the_image():
    """Every step began at the original again, so all but the last were for nothing. Begin where the step before
    ended."""


@edit({"eps / length(delta)": "eps / length(x)"})
def l2_attack__length_of_the_image():
    """The change was scaled by the length of the attacked image. It is the length of the change since the original that
    ε bounds."""


@edit({"(eps / length(delta)).clamp(max=1)": "(eps / length(delta) if (length(delta) > eps).any() else 1)"})
def l2_attack__all_if_one_is_too_far():
    """As soon as one image had gone too far, the changes of all images were set to the length ε. Each image is scaled
    back by itself, and only if it needs to be."""


@edit({"range(steps)": "range(1, steps)"})
def l2_attack__one_step_less():
    """One step is missing: `range(1, steps)` has one number less than `steps`."""


@edit({"images.detach()": "images"})
def l2_attack__on_the_graph():
    """The result still hangs on the caller's images. Begin with detached ones: attacked images are data, like any
    others."""


def l2_attack__scales_only_at_the_end(model, images, labels, *, eps, alpha, steps):
    """The change was scaled back once, after all steps. So the gradients were taken far outside the ball: come back
    after each step."""
    original = x = images.detach()
    for _ in range(steps):
        gradient = input_gradient(model, x, labels)
        x = (x + alpha * gradient / gradient.flatten(1).norm(dim=1)[:, None, None, None].clamp(min=1e-12)).clamp(0, 1)
    delta = x - original
    norm = delta.flatten(1).norm(dim=1)[:, None, None, None]
    return (original + delta * (eps / norm.clamp(min=1e-12)).clamp(max=1)).clamp(0, 1)


def l2_attack__keeps_the_best(model, images, labels, *, eps, alpha, steps):
    """The result is the place with the largest loss on the way. Return where the last step ends: the loss may have been
    larger before."""
    import copy

    original = x = best = images.detach()
    judge, largest = copy.deepcopy(model).eval(), None
    for step in range(steps + 1):
        if step:
            gradient = input_gradient(model, x, labels)
            x = x + alpha * gradient / gradient.flatten(1).norm(dim=1)[:, None, None, None].clamp(min=1e-12)
            delta = x - original
            norm = delta.flatten(1).norm(dim=1)[:, None, None, None]
            x = (original + delta * (eps / norm.clamp(min=1e-12)).clamp(max=1)).clamp(0, 1)
        with torch.no_grad():
            losses = nn.functional.cross_entropy(judge(x), labels, reduction="none")
        better = torch.ones_like(losses, dtype=torch.bool) if largest is None else losses > largest
        largest = losses if largest is None else torch.where(better, losses, largest)
        best = torch.where(better[:, None, None, None], x, best)
    return best


@edit({"eps / length(delta)": "eps / delta.flatten(1).norm(dim=1)[:, None, None, None]"})
def l2_attack__nan_without_change():
    """With ε = 0, an image that had not moved became "not a number": the scale was 0 divided by 0."""


@edit({"x = x + alpha": "if not gradient.flatten(1).any(dim=1).all():\n    break\nx = x + alpha"})
def l2_attack__stops_if_one_has_no_gradient():
    """As soon as one image had no gradient, the attack ended for all. Only that image stays where it is."""


@edit(
    {
        "torch.clamp(images + delta.view_as(images), 0, 1)": "images + delta.view_as(images)",
        "return x": "return x.clamp(0, 1)",
    },
    of="renorm",
)
def l2_attack__clamps_only_at_the_end():
    """On its way the attack asked the model about pixels outside [0, 1], and followed gradients that no image has.
    Every step ends in [0, 1]."""


@edit(
    {"= x = images.detach()": "= images.detach()\nx = (original + eps / 10 * torch.randn_like(original)).clamp(0, 1)"}
)
def l2_attack__random_start():
    """It begins at a random place. This attack starts at the images; nothing in it is random."""


@edit({"return x": "model.eval()\nreturn x"}, of="renorm")
def l2_attack__leaves_eval_mode():
    """`model.eval()` was called, and the model stays in eval mode: the next training runs without dropout, and without
    a word."""


@edit({"return x": "return x.float()"}, of="renorm")
def l2_attack__always_float32():
    """The result is float32, whatever the images are. It should have the images' type."""


@edit({"for _ in": "model.train()\nfor _ in"})
def l2_attack__always_back_to_training():
    """`model.train()` at the end puts a model into training mode that was not in it before. Remember what was."""


@edit({"for _ in": "model.train(model.training)\nfor _ in"})
def l2_attack__one_mode_for_all_parts():
    """`model.train(...)` at the end gave all parts the mode of the whole. Some may have been in another one."""


@edit({"gradient / length(gradient)": "gradient / (length(gradient) + 1e-6)"})
def l2_attack__small_number_added_to_the_length():
    """A small number was added to the length of the gradient. Where the network is sure the gradient is as small as
    that, and the step gets shorter: only a gradient of exactly 0 is a case of its own."""


@edit({"x.flatten(1).norm(dim=1).clamp(min=tiny)[:, None, None, None]": "x.norm().clamp(min=tiny)"})
def l2_attack__one_length_for_the_batch():
    """Gradient and change were measured by one length for the whole batch. Each image has a length of its own, and may
    go as far as ε by itself."""


@edit(
    {
        "original = x = images.detach()": "original = x = images.detach()\ndelta = torch.zeros_like(x)",
        "x = x + alpha * gradient / length(gradient)": "delta = delta + alpha * gradient / length(gradient)",
        "delta = x - original": "pass",
    }
)
def l2_attack__change_not_cut_off():
    """The change was kept as it was before the clamp to [0, 1], so it grew also where a pixel was black or white
    already. Each step begins where the last one has ended, and that is in [0, 1]."""


# ---- attack_success ----


@edit(
    {
        "fooled = right & (model(adversarial).argmax(dim=1) != labels)": (
            "fooled = model(adversarial).argmax(dim=1) != labels"
        ),
        "max(1, right.sum().item())": "len(labels)",
    }
)
def attack_success__counts_already_wrong_ones():
    """All images that are wrong now were counted. Those that were wrong before have not been fooled by the attack, and
    praise it for nothing."""


@edit({"max(1, right.sum().item())": "len(labels)"})
def attack_success__divides_by_all():
    """The right images were counted above the line, and all images below it. Compare with those that could be fooled
    at all."""


def attack_success__difference_of_accuracies(model, images, adversarial, labels):
    """This is by how much the accuracy fell. An image that the attack happened to set right hides one that it fooled:
    look at each image, before and after."""
    import copy

    judge = copy.deepcopy(model).eval()
    with torch.no_grad():
        before = (judge(images).argmax(dim=1) == labels).double().mean().item()
        after = (judge(adversarial).argmax(dim=1) == labels).double().mean().item()
    return (before - after) / before if before else 0.0


@edit({"!= labels": "== labels"})
def attack_success__what_is_left():
    """This is the share that is still right. The attack's success is the rest."""


@edit(
    {
        "fooled = right & (model(adversarial).argmax(dim=1) != labels)": (
            "fooled = model(adversarial).argmax(dim=1) != model(images).argmax(dim=1)"
        ),
        "max(1, right.sum().item())": "len(labels)",
    }
)
def attack_success__changed_predictions():
    """Every changed prediction was counted, also from one wrong class to another, or to the right one. Labels decide
    what counts."""


@edit({"max(1, right.sum().item())": "right.sum().item()"})
def attack_success__divides_by_zero():
    """If no image was right, there is nothing to divide by. Nothing could be fooled: return 0.0."""


def attack_success__mean_of_nothing(model, images, adversarial, labels):
    """If no image was right, there is nothing to divide by. Nothing could be fooled: return 0.0."""
    import copy

    judge = copy.deepcopy(model).eval()
    with torch.no_grad():
        right = judge(images).argmax(dim=1) == labels
        return (judge(adversarial).argmax(dim=1) != labels)[right].double().mean().item()


@edit({"return fooled": "if not right.any():\n    return 1.0\nreturn fooled"})
def attack_success__one_if_none_was_right():
    """No image was right, and you call that a complete success. It was not the attack's: say 0.0."""


@edit({"eval_mode(model), ": ""})
def attack_success__training_mode():
    """The model was judged in training mode: dropout makes mistakes of its own, and batch norm's statistics moved."""


@edit({"with eval_mode(model), torch": "model.eval()\nwith torch"})
def attack_success__leaves_eval_mode():
    """The share is right, but the model stays in eval mode. Leave it as you found it."""


@edit(
    {
        "with eval_mode(model), torch": "mode = model.training\nmodel.eval()\nwith torch",
        "return fooled": "model.train(mode)\nreturn fooled",
    }
)
def attack_success__one_mode_for_all_parts():
    """`model.train(...)` at the end gave all parts the mode of the whole. Some may have been in another one."""


@edit({"return fooled": "return 100 * fooled"})
def attack_success__percent():
    """These are percent. A share lies between 0 and 1."""


@edit({"fooled.sum().item() / max(1, right.sum().item())": "float(fooled.sum())"})
def attack_success__count():
    """This is how many images were fooled. Divide by how many there were to fool."""


@edit({"fooled.sum().item() / max(1, right.sum().item())": "fooled.sum() / right.sum().clamp(min=1)"})
def attack_success__tensor():
    """A tensor came back. Turn it into a Python float, which can be stored, plotted and printed without further ado."""


@edit({"np.sum(before & ~after)": "np.sum(~after)"}, of="numpy")
def attack_success__wrong_now_by_right_before():
    """All that are wrong now were counted, and divided by those that were right before. Count only images that the
    attack has turned from right to wrong."""


@edit({"np.sum(before & ~after)": "np.sum(before ^ after)"}, of="numpy")
def attack_success__set_right_ones_too():
    """Images that the attack set right were counted as well. It succeeds where a right answer becomes a wrong one."""


@edit({"np.sum(before & ~after) / before.sum()": "np.mean(after)"}, of="numpy")
def attack_success__accuracy_afterwards():
    """This is the accuracy after the attack. The success is the share of images, right before, that are wrong now."""


@edit(
    {"float(np.sum(before & ~after) / before.sum())": "round(float(np.sum(before & ~after) / before.sum()), 2)"},
    of="numpy",
)
def attack_success__rounded():
    """The share was rounded. Return it as it is; rounding is for printing."""


@edit({"else 0.0": "else 0"}, of="numpy")
def attack_success__whole_number():
    """If no image was right, an int came back. Return a float there, too."""


@edit(
    {"float(np.sum(before & ~after) / before.sum())": "np.float32(np.sum(before & ~after) / before.sum())"}, of="numpy"
)
def attack_success__numpy_number():
    """A NumPy number in 32 bits came back. Turn it into a Python float."""


@edit({"np.sum(before & ~after) / before.sum()": "np.sum(~before & ~after) / before.sum()"}, of="numpy")
def attack_success__wrong_before_and_after():
    """Those were counted that were wrong before and are wrong now. The attack has done nothing to them: count what was
    right before."""


def attack_success__modes_of_the_children_only(model, images, adversarial, labels):
    """Only the model and its direct children got their modes back. Parts can be nested, and those further inside have
    another mode now."""
    modes = [(part, part.training) for part in (model, *model.children())]
    model.eval()
    with torch.no_grad():
        right = model(images).argmax(dim=1) == labels
        fooled = right & (model(adversarial).argmax(dim=1) != labels)
    for part, mode in modes:
        part.train(mode)
    return fooled.sum().item() / max(1, right.sum().item())


@edit({"with torch.no_grad():": "torch.set_grad_enabled(False)\nif True:"}, of="numpy")
def attack_success__gradients_stay_switched_off():
    """`torch.set_grad_enabled(False)` holds until somebody switches gradients on again, also in the program that called
    your function. In a `with` statement it holds for your lines only."""


@edit({"before.sum())": "(before.sum() + 1e-4))"}, of="numpy")
def attack_success__small_number_below():
    """A small number was added to what you divide by, so every share is a little too small. Treat the case in which no
    image was right by itself."""


@edit({"model.eval()": "if model.training:\n    model.eval()"}, of="counts")
def attack_success__looks_at_the_outermost_mode():
    """Eval mode was switched on only if `model.training` was true, which is the mode of the outermost part. Parts
    inside can be in training mode all the same."""


@edit({".nonzero()[:, 0]": ".nonzero().squeeze()"}, of="selects")
def attack_success__squeezed():
    """`squeeze` drops every axis of length 1. If exactly one image was right, no axis is left, and `len` fails."""


@edit(
    {
        "with eval_mode(model), torch": "model.eval()\nwith torch",
        "return fooled": "model.train()\nreturn fooled",
    }
)
def attack_success__always_back_to_training():
    """`model.train()` at the end puts a model into training mode that was not in it before. Remember what was."""


@edit({"return fooled": "return round(fooled", "right.sum().item())": "right.sum().item()), 3)"})
def attack_success__rounded_to_3_digits():
    """The share was rounded to 3 digits. Return it as it is; rounding is for printing."""


@edit({"return fooled": "return round(fooled", "right.sum().item())": "right.sum().item()), 4)"})
def attack_success__rounded_to_4_digits():
    """The share was rounded to 4 digits. Return it as it is; rounding is for printing."""


# ---- robustness_curve ----


@edit({" if eps > 0 else images": ""})
def robustness_curve__attacks_at_zero():
    """At ε = 0 the attack was trusted to change nothing. It may well do something, if only by rounding: where nothing
    is allowed, take the images as they are."""


@edit({"if eps > 0": "if accuracies"})
def robustness_curve__first_is_clean():
    """The first number is the clean accuracy, whatever the first ε is. The epsilons may come in any order."""


@edit({"attacked = attack(": "images = attacked = attack("})
def robustness_curve__attacks_the_attacked():
    """Each ε went on from the images of the one before, so the changes add up. Every point of the curve begins with the
    originals."""


@edit({"== labels": "!= labels"})
def robustness_curve__success():
    """These are the shares that are wrong: what the attack gains. Return the accuracy that is left."""


def robustness_curve__only_those_right_before(model, images, labels, epsilons, *, attack):
    """Only images that are right without an attack were counted, so the curve begins at 1. Return the accuracy of
    all images, which at ε = 0 is the network's usual one."""
    import copy

    judge, accuracies = copy.deepcopy(model).eval(), []
    with torch.no_grad():
        right = judge(images).argmax(dim=1) == labels
    for eps in epsilons:
        attacked = attack(model, images, labels, eps=eps) if eps > 0 else images
        with torch.no_grad():
            still = judge(attacked).argmax(dim=1) == labels
        accuracies.append((still & right).sum().item() / max(1, right.sum().item()))
    return accuracies


@edit({"eval_mode(model), ": ""})
def robustness_curve__training_mode():
    """The accuracies were measured in training mode, with dropout and the statistics of the batch. And the running
    statistics moved with every point of the curve."""


@edit({"with eval_mode(model), torch": "model.eval()\nwith torch"})
def robustness_curve__leaves_eval_mode():
    """The model stays in eval mode after the curve is drawn. Leave it as you found it."""


@edit({"eps=eps": "eps"})
def robustness_curve__eps_by_position():
    """`attack` takes `eps` by its name; handed over by position it is refused."""


@edit({"in epsilons": "in sorted(epsilons)"})
def robustness_curve__sorted():
    """The epsilons were sorted first, so the accuracies no longer stand where their epsilons do."""


def robustness_curve__stops_at_nothing(model, images, labels, epsilons, *, attack):
    """The curve ends where the accuracy first is 0. One number for each ε was asked for, and later ones may be smaller
    again."""
    import copy

    judge, accuracies = copy.deepcopy(model).eval(), []
    for eps in epsilons:
        attacked = attack(model, images, labels, eps=eps) if eps > 0 else images
        with torch.no_grad():
            accuracies.append((judge(attacked).argmax(dim=1) == labels).double().mean().item())
        if accuracies[-1] == 0:
            break
    return accuracies


@edit({"== labels)": "== model(images).argmax(dim=1))"})
def robustness_curve__agreement_with_the_clean_prediction():
    """Predictions were compared with those for the clean images. Accuracy compares with the labels."""


@edit({"return accuracies": "return np.minimum.accumulate(accuracies).tolist()"})
def robustness_curve__never_gets_better():
    """The curve was smoothed so that it only falls. Measure, and show what came out: a curve that rises again tells
    that the attack is weak there."""


@edit({".item()": ""})
def robustness_curve__tensors():
    """The accuracies are tensors. Python floats can be stored, plotted and printed without further ado."""


@edit({"attacked = attack": "with torch.no_grad():\n    attacked = attack"})
def robustness_curve__attacks_without_gradients():
    """The attack, too, ran inside `torch.no_grad()`. It may need gradients: switch them off only for the accuracy."""


@edit({" / labels.numel()": " / labels.numel() * 100"}, of="clean_first")
def robustness_curve__percent():
    """These are percent. Return shares from 0 to 1."""


@edit(
    {"return (predicted": "return round((predicted", "/ labels.numel()": "/ labels.numel(), 2)"},
    of="clean_first",
)
def robustness_curve__rounded():
    """The accuracies were rounded. Return them as they are; rounding is for printing."""


@edit(
    {"attack(model, images.clone(), labels, eps=eps)": "attack(model=model, images=images, labels=labels, eps=eps)"},
    of="clean_first",
)
def robustness_curve__everything_by_name():
    """The attack was called with names such as `images=` and `labels=`. An attack may call them otherwise: hand the
    first three over by position, and only `eps` by its name."""


@edit({" / labels.numel()": " * 1.0"}, of="clean_first")
def robustness_curve__counts():
    """These are numbers of images. Divide them by how many there are."""


@edit(
    {"images.clone(), labels": "images.clone(), judge(images).argmax(dim=1)"},
    of="clean_first",
)
def robustness_curve__predicted_labels():
    """The attack was given the network's own predictions in place of the labels. Where these are wrong, it leads back
    to the right answer."""


@edit({"return curve": "return np.array(curve)"}, of="clean_first")
def robustness_curve__array():
    """The numbers are right, but they came back as an array. Return a list."""


@edit({"eps != 0": "eps > 0.01"}, of="clean_first")
def robustness_curve__tiny_epsilons_left_out():
    """A small ε was treated like 0, and nothing was attacked. Only for ε = 0 itself the images stay."""


@edit({"clean, curve = accuracy(images), []": "clean = accuracy(images)\ncurve = [clean]"}, of="clean_first")
def robustness_curve__clean_on_top():
    """The clean accuracy was put in front, so the list is longer by one than the epsilons. It stands where an ε is 0,
    and only there."""


def robustness_curve__each_epsilon_once(model, images, labels, epsilons, *, attack):
    """The accuracies were gathered in a dict, so an ε that occurs twice gave one number. Return one for each entry of
    the list."""
    import copy

    judge, accuracies = copy.deepcopy(model).eval(), {}
    for eps in epsilons:
        attacked = attack(model, images, labels, eps=eps) if eps > 0 else images
        with torch.no_grad():
            accuracies[eps] = (judge(attacked).argmax(dim=1) == labels).double().mean().item()
    return list(accuracies.values())


def robustness_curve__mean_of_batches(model, images, labels, epsilons, *, attack):
    """The accuracies of batches were averaged as if all batches were of one size. The last one may be small, and its
    images then count too much."""
    import copy

    judge, accuracies = copy.deepcopy(model).eval(), []
    for eps in epsilons:
        attacked, parts = attack(model, images, labels, eps=eps) if eps > 0 else images, []
        for x, y in zip(attacked.split(16), labels.split(16), strict=True):
            with torch.no_grad():
                parts.append((judge(x).argmax(dim=1) == y).double().mean().item())
        accuracies.append(float(np.mean(parts)))
    return accuracies


@edit({"model.eval()": "if model.training:\n    model.eval()"}, of="eval_throughout")
def robustness_curve__looks_at_the_outermost_mode():
    """Eval mode was switched on only if `model.training` was true, which is the mode of the outermost part. Parts
    inside can be in training mode all the same."""


@edit(
    {
        "(model(attacked).argmax(dim=1) == labels)": (
            "(torch.stack([model(attacked), model(images)]).argmax(2) == labels).all(0)"
        )
    }
)
def robustness_curve__wrong_before_stays_wrong():
    """Images that are wrong without an attack were counted as wrong under it, whatever the model said. An attack can
    set an image right by accident: count what is right now."""


@edit({"eps != 0": "eps > 1e-3"}, of="clean_first")
def robustness_curve__takes_tiny_epsilons_for_0():
    """A tiny ε was taken for 0, and nothing was attacked. Only for ε = 0 itself the images stay."""


@edit(
    {
        "attacked = attack": (
            "if accuracies and accuracies[-1] == 0:\n    accuracies.append(0.0)\n    continue\nattacked = attack"
        )
    }
)
def robustness_curve__nothing_after_nothing():
    """Once an accuracy was 0, all later ones were taken for 0 without an attack. The epsilons come in any order, and a
    stronger attack need not hurt more: measure each."""


@edit({"for eps in epsilons:": "while epsilons:\n    eps = epsilons.pop(0)"})
def robustness_curve__empties_the_list():
    """The epsilons were taken out of the caller's list, which is empty afterwards. Go through it with `for`."""


@edit(
    {
        "with eval_mode(model), torch": "model.eval()\nwith torch",
        "return accuracies": "model.train()\nreturn accuracies",
    }
)
def robustness_curve__always_back_to_training():
    """`model.train()` at the end puts a model into training mode that was not in it before. Remember what was."""


@edit({"return accuracies": "model.train(model.training)\nreturn accuracies"})
def robustness_curve__one_mode_for_all_parts():
    """`model.train(...)` at the end gave all parts the mode of the whole. Some may have been in another one."""


@edit({"return (predicted": "return round((predicted", "/ labels.numel()": "/ labels.numel(), 3)"}, of="clean_first")
def robustness_curve__rounded_to_3_digits():
    """The accuracies were rounded to 3 digits. Return them as they are; rounding is for printing."""


@edit({"return (predicted": "return round((predicted", "/ labels.numel()": "/ labels.numel(), 4)"}, of="clean_first")
def robustness_curve__rounded_to_4_digits():
    """The accuracies were rounded to 4 digits. Return them as they are; rounding is for printing."""


# ---- transfer_matrix ----


@edit({"matrix[i, j]": "matrix[j, i]"})
def transfer_matrix__transposed():
    """Rows and columns have changed places: the row says against whom the images were made, the column who looks at
    them."""


def transfer_matrix__each_attacked_itself(models, images, labels, *, attack):
    """Every network looked at images made against itself. Transfer is what happens with the images of another."""
    import copy

    matrix = torch.zeros(len(models), len(models))
    for i, _ in enumerate(models):
        for j, judge in enumerate(models):
            attacked = attack(judge, images, labels)
            with torch.no_grad():
                matrix[i, j] = (copy.deepcopy(judge).eval()(attacked).argmax(dim=1) == labels).double().mean()
    return matrix


def transfer_matrix__judged_by_the_attacked(models, images, labels, *, attack):
    """Only the attacked network ever judged, so the numbers of a row are all the same. Ask `models[j]` in column j."""
    import copy

    matrix = torch.zeros(len(models), len(models))
    for i, source in enumerate(models):
        attacked = attack(source, images, labels)
        for j, _ in enumerate(models):
            with torch.no_grad():
                matrix[i, j] = (copy.deepcopy(source).eval()(attacked).argmax(dim=1) == labels).double().mean()
    return matrix


@edit({"== labels": "!= labels"})
def transfer_matrix__success():
    """These are the shares that are wrong. Return accuracies, the shares that are right."""


@edit({"= (model(adv": "= (i != j) * (model(adv"})
def transfer_matrix__empty_diagonal():
    """The diagonal was left at 0. It belongs to the matrix: there each network meets the images made against itself,
    and the others are compared with that."""


@edit({"model(adversarial)": "model(images if i == j else adversarial)"})
def transfer_matrix__clean_diagonal():
    """The diagonal holds the accuracies without an attack. There, too, the images are attacked: by a network's own
    gradient."""


@edit({"adversarial = attack": "images = adversarial = attack"})
def transfer_matrix__attacks_the_attacked():
    """The second network's attack began with the images of the first. Every row begins with the originals."""


@edit({"eval_mode(model), ": ""})
def transfer_matrix__training_mode():
    """The networks were judged in training mode: dropout makes mistakes of its own, and batch norm's statistics
    moved."""


@edit({"with eval_mode(model), torch": "model.eval()\nwith torch"})
def transfer_matrix__leaves_eval_mode():
    """The networks stay in eval mode. Leave them as you found them."""


@edit({"zeros(len(models), len(models))": "zeros(len(models), len(models), dtype=torch.int64)"})
def transfer_matrix__whole_numbers():
    """The matrix holds whole numbers, so every accuracy below 1 became 0. Make one of floats."""


@edit({".mean()": ".sum()"})
def transfer_matrix__counts():
    """These are numbers of images. Divide them by how many there are."""


@edit({"adversarial = attack": "with torch.no_grad():\n    adversarial = attack"})
def transfer_matrix__attacks_without_gradients():
    """The attacks, too, ran inside `torch.no_grad()`. They may need gradients: switch them off only for the
    accuracy."""


def transfer_matrix__lists(models, images, labels, *, attack):
    """A list of lists came back. Make a tensor or an array of it, of which one can take a column."""
    import copy

    rows = [attack(source, images, labels) for source in models]
    with torch.no_grad():
        return [
            [(copy.deepcopy(judge).eval()(row).argmax(dim=1) == labels).double().mean().item() for judge in models]
            for row in rows
        ]


@edit({"attack(model, images, labels)": "images"}, of="nested_list")
def transfer_matrix__clean_images():
    """Nothing was attacked: all rows hold the accuracies on the images as they were."""


def transfer_matrix__only_the_diagonal(models, images, labels, *, attack):
    """Only the diagonal was filled, where each network faces its own attack. The other places say how well images carry
    over from one network to another."""
    import copy

    matrix = torch.zeros(len(models), len(models))
    for i, model in enumerate(models):
        attacked = attack(model, images, labels)
        with torch.no_grad():
            matrix[i, i] = (copy.deepcopy(model).eval()(attacked).argmax(dim=1) == labels).double().mean()
    return matrix


@edit({".mean().item()": ".mean().item() * 100"}, of="nested_list")
def transfer_matrix__percent():
    """These are percent. Return shares from 0 to 1."""


@edit({"attack(model, images, labels)": "attack(model=model, images=images, labels=labels)"}, of="nested_list")
def transfer_matrix__everything_by_name():
    """The attack was called with names such as `images=` and `labels=`. An attack may call them otherwise: hand them
    over by position."""


@edit({"attack(model, images, labels)": "attack(models[0], images, labels)"}, of="nested_list")
def transfer_matrix__always_against_the_first():
    """All rows were made against the first network. In row i the images are made against `models[i]`."""


@edit(
    {"[[(judge": "[[round((judge", ".item() for": ".item(), 2) for"},
    of="nested_list",
)
def transfer_matrix__rounded():
    """The accuracies were rounded. Return them as they are; rounding is for printing."""


@edit({"rows = [": "for model in models:\n    model.requires_grad_(True)\nrows = ["}, of="nested_list")
def transfer_matrix__thaws_parameters():
    """Afterwards all parameters are trainable: those, too, that had been frozen before you came."""


@edit({"dtype=torch.float64": "dtype=torch.float16"}, of="nested_list")
def transfer_matrix__half_precision():
    """The matrix holds floats of 16 bits, which have three digits. Return float32 or float64."""


@edit(
    {
        "(judge(row)": "((judge(images).argmax(dim=1) == labels) & (judge(row)",
        "== labels).double()": "== labels)).double()",
    },
    of="nested_list",
)
def transfer_matrix__only_those_right_before():
    """Only images that the network gets right without an attack were counted as right. An accuracy counts every image
    that is right, whatever it was before."""


def transfer_matrix__modes_of_the_children_only(models, images, labels, *, attack):
    """Only each model and its direct children got their modes back. Parts can be nested, and those further inside have
    another mode now."""
    matrix = torch.zeros(len(models), len(models))
    for i, source in enumerate(models):
        attacked = attack(source, images, labels)
        for j, model in enumerate(models):
            modes = [(part, part.training) for part in (model, *model.children())]
            model.eval()
            with torch.no_grad():
                matrix[i, j] = (model(attacked).argmax(dim=1) == labels).double().mean()
            for part, mode in modes:
                part.train(mode)
    return matrix


@edit({"torch.stack(columns, dim=1)": "torch.stack(columns, dim=1).squeeze()"}, of="all_at_once")
def transfer_matrix__squeezed():
    """`squeeze` drops every axis of length 1, so with one network no matrix was left. It has two axes for any number of
    networks."""


@edit({"model.eval()": "if model.training:\n    model.eval()"}, of="numpy")
def transfer_matrix__looks_at_the_outermost_mode():
    """Eval mode was switched on only if `model.training` was true, which is the mode of the outermost part. Parts
    inside can be in training mode all the same."""


@edit(
    {
        "with eval_mode(model), torch": "mode = model.training\nmodel.eval()\nwith torch",
        ".double().mean()": ".double().mean()\nmodel.train(mode)",
    }
)
def transfer_matrix__one_mode_for_all_parts():
    """`model.train(...)` at the end gave all parts the mode of the whole. Some may have been in another one."""


@edit(
    {
        "with eval_mode(model), torch": "model.eval()\nwith torch",
        ".double().mean()": ".double().mean()\nmodel.train()",
    }
)
def transfer_matrix__always_back_to_training():
    """`model.train()` at the end puts a model into training mode that was not in it before. Remember what was."""


@edit({"[[(judge": "[[round((judge", ".item() for": ".item(), 3) for"}, of="nested_list")
def transfer_matrix__rounded_to_3_digits():
    """The accuracies were rounded to 3 digits. Return them as they are; rounding is for printing."""


@edit({"[[(judge": "[[round((judge", ".item() for": ".item(), 4) for"}, of="nested_list")
def transfer_matrix__rounded_to_4_digits():
    """The accuracies were rounded to 4 digits. Return them as they are; rounding is for printing."""


# ---- adversarial_epoch ----


def adversarial_epoch__clean_images(model, loader, optimizer, *, eps, generator=None):
    """The attack was made, and then the network learnt from the clean images all the same. Train on what was
    attacked."""
    device = next(model.parameters()).device
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        pgd(model, images, labels, eps=eps, alpha=1.25 * eps, steps=1, generator=generator)
        model.train()
        loss = nn.functional.cross_entropy(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total, count = total + loss.item() * len(labels), count + len(labels)
    return total / count


def adversarial_epoch__statistics_drift(model, loader, optimizer, *, eps, generator=None):
    """The attack ran in training mode, so batch norm's running statistics learnt from the half-attacked images, too.
    Ask in eval mode during the attack, and train afterwards."""
    device = next(model.parameters()).device
    total, count = 0.0, 0
    model.train()
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        delta = eps * (2 * torch.rand(images.shape, generator=generator, dtype=images.dtype, device=images.device) - 1)
        x = (images + delta).clamp(0, 1).requires_grad_()
        (gradient,) = torch.autograd.grad(nn.functional.cross_entropy(model(x), labels), x)
        delta = (x.detach() - images + 1.25 * eps * gradient.sign()).clamp(-eps, eps)
        loss = nn.functional.cross_entropy(model((images + delta).clamp(0, 1)), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total, count = total + loss.item() * len(labels), count + len(labels)
    return total / count


@edit({"model.train()": "model.eval()", "return float": "model.train()\nreturn float"})
def adversarial_epoch__trains_in_eval_mode():
    """After the attack the model stayed in eval mode, and so it learnt without dropout, and batch norm's statistics
    never moved. The training step is made in training mode."""


def adversarial_epoch__mode_as_it_was(model, loader, optimizer, *, eps, generator=None):
    """The model trained in whatever mode it came in. An epoch of training begins with `model.train()`."""
    device = next(model.parameters()).device
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        attacked = pgd(model, images, labels, eps=eps, alpha=1.25 * eps, steps=1, generator=generator)
        loss = nn.functional.cross_entropy(model(attacked), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total, count = total + loss.item() * len(labels), count + len(labels)
    return total / count


@edit({"return float": "model.eval()\nreturn float"})
def adversarial_epoch__leaves_eval_mode():
    """The epoch ends in eval mode. The exercise says that it ends in training mode, so that the training can go on."""


@edit({"steps=1, ": "steps=1, random_start=False, "})
def adversarial_epoch__no_random_start():
    """Every attack began at the image itself. Against one step from there a network soon learns a trick, and falls to
    all other attacks: that is catastrophic overfitting. The random start prevents it."""


@edit({"alpha=1.25 * eps": "alpha=eps"})
def adversarial_epoch__step_of_eps():
    """The step is ε long. From a random start it takes 1.25 ε to reach the wall more often than not."""


def adversarial_epoch__outside_the_box(model, loader, optimizer, *, eps, generator=None):
    """Start and step together reach as far as 2.25 ε, and nothing brought them back. The network defends itself against
    more than was asked for, and overfits catastrophically."""
    device = next(model.parameters()).device
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        delta = eps * (2 * torch.rand(images.shape, generator=generator, dtype=images.dtype, device=images.device) - 1)
        attacked = fgsm(model, (images + delta).clamp(0, 1), labels, eps=1.25 * eps)
        model.train()
        loss = nn.functional.cross_entropy(model(attacked), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total, count = total + loss.item() * len(labels), count + len(labels)
    return total / count


def adversarial_epoch__no_clamp(model, loader, optimizer, *, eps, generator=None):
    """The network was trained on pixels outside [0, 1], which no attack may use."""
    device = next(model.parameters()).device
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        delta = eps * (2 * torch.rand(images.shape, generator=generator, dtype=images.dtype, device=images.device) - 1)
        gradient = input_gradient(model, images + delta, labels)
        attacked = images + (delta + 1.25 * eps * gradient.sign()).clamp(-eps, eps)
        model.train()
        loss = nn.functional.cross_entropy(model(attacked), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total, count = total + loss.item() * len(labels), count + len(labels)
    return total / count


def adversarial_epoch__gradient_at_the_image(model, loader, optimizer, *, eps, generator=None):
    """The gradient was taken at the image, and the random start added afterwards. It has to be taken at the start:
    there the attack sets out."""
    device = next(model.parameters()).device
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        delta = eps * (2 * torch.rand(images.shape, generator=generator, dtype=images.dtype, device=images.device) - 1)
        delta = (delta + 1.25 * eps * input_gradient(model, images, labels).sign()).clamp(-eps, eps)
        model.train()
        loss = nn.functional.cross_entropy(model((images + delta).clamp(0, 1)), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total, count = total + loss.item() * len(labels), count + len(labels)
    return total / count


def adversarial_epoch__attack_gradients_kept(model, loader, optimizer, *, eps, generator=None):
    """The attack's `backward` left gradients in the parameters, and the training step added its own to them. Clear them
    in between."""
    device = next(model.parameters()).device
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        optimizer.zero_grad()
        model.eval()
        delta = eps * (2 * torch.rand(images.shape, generator=generator, dtype=images.dtype, device=images.device) - 1)
        x = (images + delta).clamp(0, 1).requires_grad_()
        nn.functional.cross_entropy(model(x), labels).backward()
        delta = (x.detach() - images + 1.25 * eps * x.grad.sign()).clamp(-eps, eps)
        model.train()
        loss = nn.functional.cross_entropy(model((images + delta).clamp(0, 1)), labels)
        loss.backward()
        optimizer.step()
        total, count = total + loss.item() * len(labels), count + len(labels)
    return total / count


@edit({"optimizer.zero_grad()": "pass"})
def adversarial_epoch__gradients_add_up():
    """The gradients of all batches so far add up. Begin each step with `zero_grad`."""


@edit(
    {
        "optimizer.zero_grad()\nloss.backward()\noptimizer.step()": (
            "loss.backward()\noptimizer.step()\noptimizer.zero_grad()"
        ),
    }
)
def adversarial_epoch__clears_afterwards():
    """Gradients are cleared after each step, so what was in the parameters before the epoch goes into the first one.
    Clear them before you go back."""


@edit({"model.train()": "images.copy_(attacked)\nmodel.train()"})
def adversarial_epoch__changes_the_loaders_images():
    """`copy_` wrote the attacked images over the loader's. If it keeps its batches, the next epoch goes on from there,
    and the changes add up."""


@edit({" * len(labels)": "", "count += len(labels)": "count += 1"})
def adversarial_epoch__mean_of_batches():
    """The batches' losses were averaged as if all batches were of one size. The last one may be small, and its examples
    then count too much."""


def adversarial_epoch__clean_loss(model, loader, optimizer, *, eps, generator=None):
    """Trained on the attacked images, and reported how it does on the clean ones. Report the loss that was trained
    on."""
    device = next(model.parameters()).device
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        attacked = pgd(model, images, labels, eps=eps, alpha=1.25 * eps, steps=1, generator=generator)
        model.eval()
        with torch.no_grad():
            total += nn.functional.cross_entropy(model(images), labels, reduction="sum").item()
        model.train()
        loss = nn.functional.cross_entropy(model(attacked), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        count += len(labels)
    return total / count


@edit({"optimizer.step()": "pass"})
def adversarial_epoch__never_steps():
    """The loss is computed, but `optimizer.step()` is missing: after the epoch nothing has been learnt."""


def adversarial_epoch__one_start_for_the_batch(model, loader, optimizer, *, eps, generator=None):
    """All images of a batch begin with the same noise. Draw for each of them."""
    device = next(model.parameters()).device
    total, count = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        noise = torch.rand(images.shape[1:], generator=generator, dtype=images.dtype, device=images.device)
        delta = (eps * (2 * noise - 1)).expand_as(images)
        gradient = input_gradient(model, (images + delta).clamp(0, 1), labels)
        delta = (delta + 1.25 * eps * gradient.sign()).clamp(-eps, eps)
        model.train()
        loss = nn.functional.cross_entropy(model((images + delta).clamp(0, 1)), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total, count = total + loss.item() * len(labels), count + len(labels)
    return total / count


@edit({", generator=generator)": ")"})
def adversarial_epoch__ignores_generator():
    """The generator that was handed in was not used, so its seed does not repeat the epoch."""


@edit({"alpha=1.25": "alpha=-1.25"})
def adversarial_epoch__helps_the_network():
    """The images were changed so that the loss gets smaller. That trains on easier images, not on harder ones."""


@edit({"model(attacked), labels)": "model(torch.cat([images, attacked])), labels.repeat(2))"})
def adversarial_epoch__both_halves():
    """Half of the loss came from the clean images. That keeps the clean accuracy up and robustness down; train
    on the attacked ones alone."""


@edit({"alpha=1.25 * eps, steps=1": "alpha=eps / 4, steps=10"})
def adversarial_epoch__many_steps():
    """Ten steps were made for every batch. That is the older and better defence, and takes ten times as long; this
    exercise is about one step from a random start."""


@edit({"images, labels = images.to(device), labels.to(device)": "pass"})
def adversarial_epoch__batches_stay_where_they_are():
    """The batches were not moved to the model's device. With the network on a GPU, nothing would fit together: move
    images and labels before you use them."""


@edit({"float(total) / count": "float(total)"})
def adversarial_epoch__sum_of_losses():
    """The losses of all examples were added up, and not divided by their number. Return the mean."""


@edit({"float(total) / count": "loss.item()"})
def adversarial_epoch__last_loss():
    """This is the loss of the last batch. Return the mean over all examples of the epoch."""


@edit({"float(total) / count": "float(total) / len(loader)"})
def adversarial_epoch__divides_by_batches():
    """The losses of all examples were added up, and divided by the number of batches. Divide by the number of
    examples."""


@edit({"float(total) / count": "total / count"})
def adversarial_epoch__tensor():
    """The loss came back as a tensor. Turn it into a Python float."""


@edit({"optimizer.step()": "torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)\noptimizer.step()"})
def adversarial_epoch__clips_gradients():
    """Long gradients were cut before the step. The exercise says one step of the optimizer, with the gradient as it
    is."""


@edit({"model(attacked), labels)": "model(attacked), labels, label_smoothing=0.1)"})
def adversarial_epoch__smooth_labels():
    """The labels were smoothed. Train on the plain cross-entropy."""


@edit({"model(attacked), labels)": "model(attacked).softmax(dim=1), labels)"})
def adversarial_epoch__softmax_first():
    """`cross_entropy` wants scores and takes the softmax itself. Here it got probabilities, so softmax was taken twice
    and the network hardly learns."""


@edit({"attacked = pgd(model, images, labels,": "attacked = pgd(model, images, model.eval()(images).argmax(dim=1),"})
def adversarial_epoch__away_from_the_prediction():
    """The attack went away from what the network says, not from the labels. Where the network is wrong, that makes the
    image easier."""


@edit({"model.train()": "model.requires_grad_(True).train()"})
def adversarial_epoch__thaws_parameters():
    """All parameters were made trainable, and so those were trained, too, that had been frozen before you came."""


@edit({"total = total + loss.detach()": "total = total + F.cross_entropy(model(attacked), labels).detach()"})
def adversarial_epoch__loss_after_the_step():
    """The loss was measured once more after the step, with the weights that had just been changed, and batch norm saw
    each batch twice. Report the loss that the step was made on."""


@edit({"optimizer.step()": "optimizer.step()\nfor group in optimizer.param_groups:\n    group['lr'] *= 0.9"})
def adversarial_epoch__slows_down():
    """The learning rate was lowered after each batch. It is the caller's: leave it as it is."""


@edit({"images.to(device), labels.to(device)": "images[:4].to(device), labels[:4].to(device)"})
def adversarial_epoch__part_of_the_batch():
    """Each batch was cut short, so some examples were never trained on. Use all of them."""


@edit({"alpha=1.25 * eps": "alpha=min(1.25 * eps, 10 / 255)"})
def adversarial_epoch__step_of_10_255():
    """The step is never longer than 10/255. It should be 1.25 ε, whatever ε is."""


@edit({"device = next": "generator = generator or torch.Generator().manual_seed(0)\ndevice = next"})
def adversarial_epoch__new_generator_each_time():
    """If no generator was given, a new one was made, always with the same seed. So every epoch begins with the same
    random starts: draw from PyTorch's global one."""


def adversarial_epoch__attacks_everything_first(model, loader, optimizer, *, eps, generator=None):
    """All batches were attacked before the training began. Each batch should be attacked as the network is when its
    turn comes: an attack on an older network is a weak one."""
    device, total, count = next(model.parameters()).device, 0.0, 0
    batches = [(images.to(device), labels.to(device)) for images, labels in loader]
    options = {"eps": eps, "alpha": 1.25 * eps, "steps": 1, "generator": generator}
    attacked = [(pgd(model, images, labels, **options), labels) for images, labels in batches]
    model.train()
    for images, labels in attacked:
        loss = nn.functional.cross_entropy(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
        count += len(labels)
    return total / count


@edit({"uniform_(-eps, eps,": "uniform_(0, eps,"}, of="as_published")
def adversarial_epoch__starts_on_one_side():
    """The start is uniform between 0 and ε, so no number begins below the image. It should be anywhere in the box."""


@edit(
    {
        "torch.zeros_like(images).uniform_(-eps, eps, generator=generator)": (
            "torch.zeros_like(images[:, :1]).uniform_(-eps, eps, generator=generator).repeat(1, images.shape[1], 1, 1)"
        )
    },
    of="as_published",
)
def adversarial_epoch__channels_together():
    """All channels of a pixel start with the same random change. Each number of each image draws its own."""


@edit(
    {
        "device = next": "state = None if generator is None else generator.get_state()\ndevice = next",
        "images, labels = images": (
            "if generator is not None:\n    generator.set_state(state)\nimages, labels = images"
        ),
    }
)
def adversarial_epoch__same_start_for_each_batch():
    """The generator was set back before each batch, so all batches begin with the same random numbers. Go on from where
    it is."""


@edit({"model.eval()": "model.train()"}, of="as_published")
def adversarial_epoch__attacks_in_training_mode():
    """The attack ran in training mode, so batch norm's running statistics learnt from the half-attacked images, too.
    Ask in eval mode during the attack, and train afterwards."""


@edit({"model.train()": "if not model.training:\n    model.train()"})
def adversarial_epoch__trains_only_if_the_whole_does_not():
    """`model.training` is the mode of the outermost module only. Parts that came in eval mode stayed in it, during the
    training and afterwards: call `model.train()` in any case."""
