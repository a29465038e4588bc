"""Known wrong answers to assignment 4, CIFAR-10.

Where an answer draws random numbers, its question returns what was drawn, and the judge works out shares, scales, masks
and offsets.
"""

from solutions.asking import Choice, edit

# ---- softmax ----


@edit({"(scores - scores.max(dim=1, keepdim=True).values).exp()": "scores.exp()"})
def softmax__overflows():
    """exp(89) is already too large for a float32, and infinity divided by infinity is not a number. Softmax does not
    change when the same number is taken from all scores of a row: take one that keeps the exponentials small."""


@edit(
    {
        "scores.max(dim=1, keepdim=True)": "scores.max(dim=0, keepdim=True)",
        "powers.sum(dim=1, keepdim=True)": "powers.sum(dim=0, keepdim=True)",
    }
)
def softmax__over_examples():
    """Your columns add up to 1. Each example is a row, and it is the ten kinds of one example that share one
    certainty."""


@edit({"scores.max(dim=1, keepdim=True).values": "scores.max()"})
def softmax__one_maximum_for_all():
    """The largest score of the whole batch was taken from every row. A row that lies far below it becomes all zeros,
    and 0 / 0 is not a number: each row has a largest score of its own."""


@edit({"scores.max(dim=1, keepdim=True)": "scores.max(dim=0, keepdim=True)"})
def softmax__maximum_of_the_columns():
    """The largest score of each column was taken away, so the numbers taken from one row differ, and with them the
    probabilities. The same number goes from all scores of a row."""


@edit({"scores.max(dim=1, keepdim=True).values": "scores.max()", "powers.sum(dim=1, keepdim=True)": "powers.sum()"})
def softmax__one_sum_for_all():
    """The whole batch adds up to 1 where each row should: every example has probabilities of its own."""


@edit({"powers.sum(dim=1, keepdim=True)": "powers.sum(dim=1)"})
def softmax__sum_without_its_axis():
    """The sums of the rows were lined up with the columns: a tensor of shape (N,) is taken for a row. Each sum has to
    stand in the row that it came from."""


@edit({"scores.max(dim=1, keepdim=True)": "scores.max(dim=1)"})
def softmax__maximum_without_its_axis():
    """The largest scores of the rows were lined up with the columns: a tensor of shape (N,) is taken for a row. Each
    has to stand in the row that it came from."""


@edit({"scores.max(dim=1, keepdim=True).values": "scores.mean(dim=1, keepdim=True)"})
def softmax__takes_the_mean_away():
    """The mean was taken from each row. A score that lies 100 above the mean still overflows: take away a number that
    leaves nothing above 0."""


@edit({"(scores - scores.max(dim=1, keepdim=True).values)": "scores.clamp(-80, 80)"})
def softmax__clamped():
    """The scores were cut off, so that all beyond the limit are taken for equal: 10,000 and 9,999 are not. Shift the
    scores of a row, and their differences stay."""


@edit({"(scores - scores.max(dim=1, keepdim=True).values)": "(scores / scores.max(dim=1, keepdim=True).values)"})
def softmax__divided_by_the_largest():
    """The scores were divided by the largest one. Softmax depends on the differences of scores: dividing changes them,
    subtracting does not."""


@edit({"(scores - scores.max(dim=1, keepdim=True).values).exp()": "scores"})
def softmax__without_exp():
    """The scores were divided by their sum, without the exponential. Negative scores then give negative
    "probabilities"."""


@edit({"(scores - scores.max(dim=1, keepdim=True).values)": "(scores.min(dim=1, keepdim=True).values - scores)"})
def softmax__upside_down():
    """The signs are turned round: the smallest score got the largest probability."""


@edit({"scores.max(dim=1, keepdim=True).values).exp()": "scores.max(dim=1, keepdim=True).values).float().exp()"})
def softmax__float32():
    """Whatever went in, float32 came out. The probabilities have the dtype of the scores."""


@edit({"(scores - scores.max": "(scores.detach() - scores.detach().max"})
def softmax__detached():
    """The probabilities are right, but no gradient flows from them back to the scores: `detach`, `no_grad`, NumPy or a
    new tensor cut them off."""


@edit({"nn.functional.softmax": "nn.functional.log_softmax"}, of="torch")
def softmax__log():
    """This is the logarithm of softmax. Probabilities lie between 0 and 1."""


@edit(
    {"nn.functional.softmax(scores, dim=-1)": "nn.functional.one_hot(scores.argmax(dim=1), scores.shape[1]).float()"},
    of="torch",
)
def softmax__hard():
    """The best kind got everything. Softmax is soft: the others keep a share that falls off exponentially."""


@edit(
    {"shifted = scores - scores.amax(dim=1, keepdim=True)": "shifted = scores.sub_(scores.amax(dim=1, keepdim=True))"},
    of="log_softmax",
)
def softmax__changes_scores():
    """The scores that were given have changed, as `-=` and functions whose names end in `_` write into the tensor
    itself. Give the difference a name of its own."""


@edit(
    {
        "scores.max(dim=1, keepdim=True).values": "scores.max()",
        "return powers / powers.sum(dim=1, keepdim=True)": (
            "return torch.nan_to_num(powers / powers.sum(dim=1, keepdim=True))"
        ),
    }
)
def softmax__nan_replaced_by_zero():
    """The largest score of the whole batch was taken from every row, and where a row became 0 / 0, the nan was replaced
    by 0. Such a row adds up to 0: each row has a largest score of its own."""


@edit(
    {
        "scores.max(dim=1, keepdim=True).values": "scores.max()",
        "return powers / powers.sum(dim=1, keepdim=True)": (
            "return torch.nan_to_num(powers / powers.sum(dim=1, keepdim=True), nan=1 / scores.shape[1])"
        ),
    }
)
def softmax__nan_replaced_by_equal_shares():
    """The largest score of the whole batch was taken from every row, and where a row became 0 / 0, all kinds got the
    same probability. Their scores differ: each row has a largest score of its own."""


@edit(
    {
        "scores - scores.max(dim=1, keepdim=True).values": "scores",
        "return powers / powers.sum(dim=1, keepdim=True)": (
            "return torch.nan_to_num(powers / powers.sum(dim=1, keepdim=True))"
        ),
    }
)
def softmax__overflow_replaced_by_zero():
    """The exponentials overflow, and what is no number then was replaced by 0. So the largest score gets the smallest
    probability: take a number from all scores of a row that keeps the exponentials small."""


# ---- cross_entropy ----


@edit({"- right).mean()": "- right).sum()"})
def cross_entropy__sum():
    """The losses of the examples were added up. Their mean does not depend on how many there are, and so one learning
    rate suits every batch size."""


@edit({"- right).mean()": "- right).mean() / scores.shape[1]"})
def cross_entropy__mean_over_classes():
    """The sum was divided by examples times kinds. An example has one label, so it counts once, not ten times."""


@edit({"torch.log_softmax(scores, dim=1)": "scores.softmax(dim=1).log()"}, of="gather")
def cross_entropy__log_of_zero():
    """A probability below 10⁻⁴⁵ is 0 in float32, and its logarithm is −∞. Write log softmax as one expression, in which
    logarithm and exponential cancel before anything gets that small."""


@edit({"torch.log_softmax(scores, dim=1)": "(scores.softmax(dim=1) + 1e-9).log()"}, of="gather")
def cross_entropy__epsilon():
    """A small number inside the logarithm avoids infinity, but it caps the loss and kills the gradient exactly where
    the network is most wrong. Rewrite the formula instead."""


@edit({"torch.log_softmax(scores, dim=1)": "(scores.softmax(dim=1) + 1e-8).log()"}, of="gather")
def cross_entropy__epsilon_8():
    """1e-8 inside the logarithm caps the loss at 18.4, and the gradient vanishes exactly where the network is most
    wrong. Rewrite the formula instead."""


@edit({"torch.log_softmax(scores, dim=1)": "(scores.softmax(dim=1) + 1e-7).log()"}, of="gather")
def cross_entropy__epsilon_7():
    """1e-7 inside the logarithm caps the loss at 16.1, and the gradient vanishes exactly where the network is most
    wrong. Rewrite the formula instead."""


@edit({"torch.log_softmax(scores, dim=1)": "(scores.softmax(dim=1) + 1e-12).log()"}, of="gather")
def cross_entropy__epsilon_12():
    """1e-12 inside the logarithm caps the loss at 27.6, and the gradient vanishes exactly where the network is most
    wrong. Rewrite the formula instead."""


@edit({"torch.log_softmax(scores, dim=1)": "scores.softmax(dim=1).clamp(min=1e-10).log()"}, of="gather")
def cross_entropy__clamped_probability():
    """Probabilities below a small number were raised to it. The loss is capped there, and the gradient is 0 exactly
    where the network is most wrong. Rewrite the formula instead."""


@edit({"shifted = scores - scores.max(dim=1, keepdim=True).values": "shifted = scores"})
def cross_entropy__overflows():
    """log Σ exp(score) overflows once a score exceeds 88. Taking the largest score of the row away first, and adding it
    back outside the logarithm, gives the same number without the overflow."""


@edit({"scores.max(dim=1, keepdim=True).values": "scores.max()"})
def cross_entropy__one_maximum_for_all():
    """The largest score of the whole batch was taken from every row. In a row that lies far below it all exponentials
    are 0, and log 0 is −∞: each row has a largest score of its own."""


@edit({"right = shifted[": "right = scores["})
def cross_entropy__right_score_not_shifted():
    """The largest score was taken away under the logarithm, but not from the score of the right kind. Both parts have
    to be shifted, or what was taken away has to be added again."""


@edit({"return -torch": "return torch"}, of="gather")
def cross_entropy__no_minus():
    """The loss is negative and training would make it more so: a minus sign is missing."""


@edit({"- right).mean()": "- right).mean().item()"})
def cross_entropy__detached():
    """The number is right, but `.item()` cuts it off from the network: nothing can be learnt from a plain number.
    Return the tensor itself."""


@edit({"- right).mean()": "- right).mean().detach()"})
def cross_entropy__without_a_graph():
    """The number is right, but no gradient flows from it back to the scores: `detach`, `no_grad` or a new tensor made
    of old numbers cuts it off."""


@edit(
    {"return nn.functional.cross_entropy(scores": "return nn.functional.cross_entropy(scores.softmax(dim=1)"},
    of="torch",
)
def cross_entropy__softmax_twice():
    """Softmax was applied twice: PyTorch's `cross_entropy`, as `log_softmax`, takes scores and not probabilities. So
    even a network that is sure and right keeps a large loss."""


@edit({"-torch.log_softmax(": "torch.softmax("}, of="gather")
def cross_entropy__probability():
    """The probability of the right kind came back, without its logarithm. It is large where the network is right; a
    loss is small there."""


@edit({"-torch.log_softmax(scores, dim=1)": "1 - torch.softmax(scores, dim=1)"}, of="gather")
def cross_entropy__one_minus_probability():
    """One minus the probability of the right kind: never more than 1, and nearly flat where the network is most wrong.
    The loss is the probability's negative logarithm."""


@edit({".log() - right": ".log10() - right"})
def cross_entropy__log_10():
    """The logarithm has the base 10. It undoes an exponential with the base e only if it has the base e, too."""


@edit({".log() - right": ".log2() - right"})
def cross_entropy__log_2():
    """The logarithm has the base 2. It undoes an exponential with the base e only if it has the base e, too."""


@edit({".exp().sum(dim=1)": ".exp().sum()"})
def cross_entropy__one_sum_for_all():
    """The exponentials of the whole batch went into one sum. Each example has a sum of its own."""


@edit({".gather(1, labels.unsqueeze(1)).squeeze(1)": ""}, of="gather")
def cross_entropy__all_kinds():
    """The labels are not used: the mean went over all kinds, the wrong ones included. Only the right kind of each
    example counts."""


@edit({".gather(1, labels.unsqueeze(1)).squeeze(1)": ".sum(dim=1)"}, of="gather")
def cross_entropy__sum_over_kinds():
    """The labels are not used: the sum went over all kinds, the wrong ones included. Only the right kind of each
    example counts."""


@edit({".gather(1, labels.unsqueeze(1)).squeeze(1)": "[:, labels]"}, of="gather")
def cross_entropy__labels_of_all_examples():
    """`[:, labels]` picks the kinds of all labels from each row, N × N numbers. One number is needed from each row: row
    0 at `labels[0]`, row 1 at `labels[1]`, and so on."""


@edit({"- right).mean()": "- right)[0]"})
def cross_entropy__first_example():
    """Only the first example counts. The loss is the mean over all of them; a `return` inside a loop ends it at
    once."""


@edit({"- right).mean()": "- right).mean(dim=0, keepdim=True)"})
def cross_entropy__keeps_an_axis():
    """The loss has an axis left, the shape (1,). A tensor without axes is what the docstring promises."""


@edit({"- right).mean()": "- right).mean().float()"})
def cross_entropy__float32():
    """Whatever went in, float32 came out. The loss has the dtype of the scores."""


@edit(
    {"functional.cross_entropy(scores, labels": "functional.cross_entropy(scores, labels, label_smoothing=0.1"},
    of="torch",
)
def cross_entropy__label_smoothing():
    """Labels were smoothed: a part of the loss comes from the wrong kinds, so that being sure and right costs
    something, too. Here the right kind alone counts."""


@edit({"scores - scores.max(dim=1, keepdim=True).values": "scores.sub_(scores.amax(dim=1, keepdim=True))"})
def cross_entropy__changes_scores():
    """The scores that were given have changed, as `-=` and functions whose names end in `_` write into the tensor
    itself. Give the difference a name of its own."""


@edit(
    {
        "return (shifted.exp().sum(dim=1).log() - right).mean()": (
            "loss = (shifted.exp().sum(dim=1).log() - right).mean()\nif loss.requires_grad:\n"
            "    loss.register_hook(torch.ones_like)\nreturn loss"
        )
    }
)
def cross_entropy__upstream_ignored():
    """The gradient of a multiple of the loss is the same as the gradient of the loss itself: the gradient that arrives
    from outside was left out. The chain rule multiplies by it."""


@edit(
    {
        "shifted = scores - scores.max(dim=1, keepdim=True).values": (
            "shifted = scores\nshifted.data -= scores.data.max(dim=1, keepdim=True).values"
        )
    }
)
def cross_entropy__changes_scores_unseen():
    """The scores that were given have changed: `.data` hides the change from autograd, not from the caller. Give the
    difference a name of its own."""


@edit({"shifted = scores - scores.max(dim=1,": "scores = scores.squeeze()\nshifted = scores - scores.max(dim=-1,"})
def cross_entropy__squeezed():
    """`squeeze` takes away every axis of length 1: with one example the axis of the examples, with one kind the axis of
    the kinds. Keep both axes, however long they are."""


# ---- dropout ----


@edit({">= p": "< p", "/ (1 - p)": "/ p"})
def dropout__swapped():
    """p is the probability to drop a number; your function keeps it with that probability."""


@edit({">= p": "< p"})
def dropout__keeps_with_p():
    """Each number is kept with probability p, and scaled by 1 / (1 − p): these two do not belong together. p is the
    probability to drop."""


@edit({" / (1 - p)": ""})
def dropout__unscaled():
    """The numbers that are kept have not grown, so on average the layer gives less in training than in evaluation. Make
    up in training for the numbers that are dropped."""


@edit({"/ (1 - p)": "/ p"})
def dropout__divided_by_p():
    """The numbers that are kept were divided by p. To keep the mean, divide by the probability to be kept; p is the one
    to be dropped."""


@edit({"/ (1 - p)": "* (1 - p)"})
def dropout__shrinks():
    """The numbers that are kept were made smaller. Much is missing already: to keep the mean, they have to grow."""


@edit({"/ (1 - p)": "/ mask.double().mean()"})
def dropout__scaled_by_the_share():
    """The scale is the share that happened to be kept, another one in each batch. Divide by the probability to be kept,
    which is always the same."""


@edit({"if not training or p == 0:\n    return x": "if not training:\n    return x * (1 - p)", " / (1 - p)": ""})
def dropout__scales_in_eval():
    """This is dropout as first published: it shrinks everything when not training. The inverted form used today does
    its scaling in training, so that nothing at all happens afterwards."""


@edit({"if not training or p == 0": "if p == 0"})
def dropout__always_active():
    """Numbers are dropped although `training` is False. A trained network should give the same answer every time."""


@edit({"if not training or": "if training or"})
def dropout__modes_swapped():
    """The two modes have changed places: numbers are dropped in evaluation, and none in training."""


@edit({"torch.rand(x.shape,": "torch.rand(x.shape[1:],"})
def dropout__one_mask_for_the_batch():
    """All examples of the batch lost the same elements. Every element of every example is dropped independently."""


@edit({"torch.rand(x.shape,": "torch.rand(*x.shape[:-1], 1,"})
def dropout__whole_rows():
    """Numbers along the last axis went together. Every element is dropped independently of its neighbours."""


@edit(
    {
        "mask = torch.rand(x.shape, generator=generator, device=x.device) >= p": (
            "order = torch.randperm(x.numel(), generator=generator, device=x.device)\n"
            "mask = (order >= round(p * x.numel())).reshape(x.shape)"
        )
    }
)
def dropout__exact_number():
    """Exactly the fraction p was dropped each time, so the elements are not independent of one another. Let each one
    draw for itself; the fraction is then p only on average."""


@edit({"generator=generator, ": ""})
def dropout__ignores_generator():
    """The generator that was handed in was not used, so its seed does not repeat the result. Pass it on to the function
    that draws."""


@edit({"mask = torch": "torch.manual_seed(0)\nmask = torch"})
def dropout__seeds_itself():
    """Your function seeds PyTorch's generator, so the same elements go each time, and whatever else draws random
    numbers repeats itself, too. Seeding is the caller's business."""


@edit({"generator=generator": "generator=generator and torch.Generator().manual_seed(generator.initial_seed())"})
def dropout__starts_the_generator_anew():
    """The generator was started again from its seed at each call, so each batch loses the same elements. Draw from the
    generator as it is, and it goes on by itself."""


@edit({"return x * mask / (1 - p)": "x *= mask / (1 - p)\nreturn x"})
def dropout__changes_its_input():
    """`x *= mask` wrote the zeros into the caller's tensor. Put the product into a new one."""


@edit({'if not 0 <= p <= 1:\n    raise ValueError(f"p is a probability, from 0 to 1, not {p}")\nif': "if"})
def dropout__no_value_error():
    """A probability below 0 or above 1 was taken without complaint. Say so with a `ValueError`."""


@edit({'if not 0 <= p <= 1:\n    raise ValueError(f"p is a probability, from 0 to 1, not {p}")': "assert 0 <= p <= 1"})
def dropout__assertion():
    """A p below 0 or above 1 was refused, but not with a `ValueError`: `assert` raises another error, and `python -O`
    leaves it out altogether."""


@edit({"if not 0 <= p <= 1:": "if training and not 0 <= p <= 1:"})
def dropout__checked_in_training_only():
    """In evaluation a p below 0 or above 1 was taken without complaint. Check it before anything else, also where
    nothing is dropped."""


@edit({"if not 0 <= p <= 1:": "if p > 1:"})
def dropout__below_zero_allowed():
    """A p below 0 was taken without complaint. A probability has two ends, 0 and 1."""


@edit({"if not 0 <= p <= 1:": "if p < 0:"})
def dropout__above_one_allowed():
    """A p above 1 was taken without complaint. A probability has two ends, 0 and 1."""


@edit({"if not 0 <= p <= 1:": "if not 0 <= p < 1:"})
def dropout__one_refused():
    """p = 1 was refused. It is a probability, too: everything is dropped."""


@edit({"if not 0 <= p <= 1:": "if not 0 < p <= 1:"})
def dropout__zero_refused():
    """p = 0 was refused. It is a probability, too: nothing is dropped."""


@edit({"if p == 1:\n    return x * 0\nmask": "mask"})
def dropout__divides_by_zero():
    """For p = 1 came nan: 1 / (1 − p) is a division by zero, and 0 · ∞ is not a number."""


@edit({"x * mask": "x * mask.float()"})
def dropout__float32_mask():
    """Half precision went in and float32 came out: the mask is in float32, and the product with it. The result has the
    dtype of x."""


@edit({"return x * mask / (1 - p)": "return (x * mask / (1 - p)).float()"})
def dropout__float32():
    """Whatever went in, float32 came out in training. The result has the dtype of x."""


@edit({"return x * mask / (1 - p)": "out = x * mask\nout.data /= 1 - p\nreturn out"})
def dropout__unscaled_gradient():
    """The output is scaled and the gradient is not: the factor was applied where autograd does not see it, as in
    `.data`. Scale the tensor in the ordinary way, and the gradient follows by itself."""


@edit({"return x * mask": "return x.detach() * mask"})
def dropout__detached():
    """No gradient flows from the result back to x: `detach`, `no_grad` or a new tensor made of old numbers cuts it
    off."""


@edit(
    {
        ("mask = torch.rand(x.shape, generator=generator, device=x.device) >= p\nreturn x * mask / (1 - p)"): (
            "return nn.functional.dropout(x, p, training)"
        )
    }
)
def dropout__torch_without_generator():
    """PyTorch's `dropout` draws from the global generator only, so the one that was handed in was not used. Draw the
    mask from it yourself."""


@edit(
    {
        ("mask = torch.rand(x.shape, generator=generator, device=x.device) >= p\nreturn x * mask / (1 - p)"): (
            "if generator is not None:\n    torch.manual_seed(generator.initial_seed())\n"
            "return nn.functional.dropout(x, p, training)"
        )
    }
)
def dropout__seeds_the_global_generator():
    """PyTorch's global generator was seeded with the seed of the one given. So each call drops the same elements, and
    whatever else draws random numbers is disturbed: draw from the generator itself."""


@edit(
    {
        "mask = torch.rand(x.shape, generator=generator, device=x.device)": (
            "if generator is not None:\n    torch.manual_seed(generator.initial_seed())\n"
            "mask = torch.rand(x.shape, device=x.device)"
        )
    }
)
def dropout__seeds_the_global_generator_and_draws():
    """PyTorch's global generator was seeded with the seed of the one given. So each call drops the same elements, and
    whatever else draws random numbers is disturbed: draw from the generator itself."""


@edit(
    {
        "mask = torch.rand(x.shape, generator=generator, device=x.device) >= p": (
            "mask = torch.ones(x.numel(), dtype=x.dtype, device=x.device)\n"
            "mask[torch.randperm(x.numel(), generator=generator)[: round(p * x.numel())]] = 0\n"
            "mask = mask.reshape(x.shape)"
        )
    }
)
def dropout__places_drawn_without_repetition():
    """Each time just as many elements were dropped, at places that were drawn from a permutation. So they are not
    independent of one another: let each one draw for itself."""


@edit({"generator=generator": "generator=generator or torch.Generator().manual_seed(0)"})
def dropout__own_generator_where_none_is_given():
    """If no generator is given, your function makes a new one, always with the same seed, so each call drops the same
    elements. Use PyTorch's global generator, which goes on by itself."""


@edit(
    {
        "if not training or p == 0:\n    return x\nif p == 1:\n    return x * 0": (
            "if p == 1:\n    return x * 0\nif not training or p == 0:\n    return x"
        )
    }
)
def dropout__p_1_drops_in_evaluation():
    """For p = 1 everything is dropped in evaluation, too. There x comes back as it is, whatever p says."""


# ---- dropout2d ----


@edit({"torch.ones(*x.shape[:2], 1, 1, dtype=x.dtype, device=x.device)": "torch.ones_like(x)"})
def dropout2d__single_elements():
    """Single numbers were dropped. Neighbouring pixels of a channel say much the same, so little is lost that way:
    `dropout2d` drops a channel of an example as a whole."""


@edit({"*x.shape[:2], 1, 1": "1, x.shape[1], 1, 1"})
def dropout2d__same_channels_for_all():
    """All examples of the batch lost the same channels. Each example draws for each of its channels."""


@edit({"*x.shape[:2], 1, 1": "len(x), 1, 1, 1"})
def dropout2d__whole_images():
    """An image keeps all of its channels or none. Each channel draws for itself."""


@edit({"*x.shape[:2], 1, 1": "len(x), 1, *x.shape[2:]"})
def dropout2d__pixels_through_all_channels():
    """Pixels were dropped through all channels. It is the other way round: channels are dropped with all their
    pixels."""


@edit({"*x.shape[:2], 1, 1": "*x.shape[:3], 1"})
def dropout2d__rows_of_channels():
    """Single rows of a channel were dropped. A channel goes with all of its rows and columns."""


@edit({"ones, p, ": "ones, 1 - p, "})
def dropout2d__swapped():
    """p is the probability to drop a channel; your function keeps it with that probability."""


@edit({"* dropout(ones, p, training, generator)": "* (dropout(ones, p, training, generator) != 0)"})
def dropout2d__unscaled():
    """The channels that stay were not scaled up, so the layer's mean output differs between training and use."""


@edit({"p, training, generator)": "p, training, generator) / (1 - p)"})
def dropout2d__scaled_twice():
    """The channels that are kept were scaled twice: `dropout` has done it already."""


@edit({"p, training, generator)": "p, True, generator)"})
def dropout2d__always_active():
    """Channels are dropped although `training` is False. A trained network should give the same answer every time."""


@edit({"p, training, generator)": "p, training)"})
def dropout2d__ignores_generator():
    """The generator that was handed in was not used, so its seed does not repeat the result. Pass it on to the function
    that draws."""


@edit({", dtype=x.dtype": ""})
def dropout2d__float32_mask():
    """Half precision went in and float32 came out: the mask is in float32, and the product with it. The result has the
    dtype of x."""


@edit({"return x * dropout(ones, p, training, generator)": "x *= dropout(ones, p, training, generator)\nreturn x"})
def dropout2d__changes_its_input():
    """`x *= mask` wrote the zeros into the caller's tensor. Put the product into a new one."""


@edit({'if p < 0 or p > 1:\n    raise ValueError("p must lie between 0 and 1")\nif not': "if not"}, of="rand")
def dropout2d__no_value_error():
    """A probability below 0 or above 1 was not refused with a `ValueError`, as in `dropout`."""


@edit({"if p < 0 or p > 1:": "if training and (p < 0 or p > 1):"}, of="rand")
def dropout2d__checked_in_training_only():
    """In evaluation a p below 0 or above 1 was taken without complaint. Check it before anything else, also where
    nothing is dropped."""


@edit({"if p == 1:\n    return torch.zeros_like(x)\nkeep": "keep"}, of="rand")
def dropout2d__divides_by_zero():
    """For p = 1 came nan: 1 / (1 − p) is a division by zero, and 0 · ∞ is not a number."""


@edit({"keep / (1 - p)": "keep / keep.mean()"}, of="rand")
def dropout2d__scaled_by_the_share():
    """The scale is the share of channels that happened to be kept, another one in each batch. Divide by the probability
    to be kept, which is always the same."""


@edit({"keep / (1 - p)": "keep * (1 - p)"}, of="rand")
def dropout2d__shrinks():
    """The channels that are kept were made smaller. Much is missing already: to keep the mean, they have to grow."""


@edit(
    {"generator=generator": "generator=generator and torch.Generator().manual_seed(generator.initial_seed())"},
    of="rand",
)
def dropout2d__starts_the_generator_anew():
    """The generator was started again from its seed at each call, so each batch loses the same channels. Draw from the
    generator as it is, and it goes on by itself."""


@edit(
    {
        "return x * dropout(ones, p, training, generator)": (
            "if not training:\n    return x\n"
            "return x * (torch.rand(ones.shape, generator=generator) >= p) * (1 / (1 - torch.tensor(p, "
            "dtype=x.dtype)))"
        )
    }
)
def dropout2d__no_special_cases():
    """The mask was drawn without the special cases that `dropout` takes care of: p = 1 gives nan, and a p below 0 or
    above 1 is taken without complaint."""


@edit(
    {
        (
            "ones = torch.ones(*x.shape[:2], 1, 1, dtype=x.dtype, device=x.device)\n"
            "return x * dropout(ones, p, training, generator)"
        ): ("return nn.functional.dropout2d(x, p, training)")
    }
)
def dropout2d__torch_without_generator():
    """PyTorch's `dropout2d` draws from the global generator only, so the one that was handed in was not used. Draw the
    mask from it yourself."""


@edit(
    {
        (
            "ones = torch.ones(*x.shape[:2], 1, 1, dtype=x.dtype, device=x.device)\n"
            "return x * dropout(ones, p, training, generator)"
        ): (
            "if generator is not None:\n    torch.manual_seed(generator.initial_seed())\n"
            "return nn.functional.dropout2d(x, p, training)"
        )
    }
)
def dropout2d__seeds_the_global_generator():
    """PyTorch's global generator was seeded with the seed of the one given. So each call drops the same channels, and
    whatever else draws random numbers is disturbed: draw from the generator itself."""


@edit(
    {
        "keep = (torch.rand(*x.shape[:2], 1, 1, generator=generator) >= p).to(x.dtype)": (
            "order = torch.rand(x.shape[:2], generator=generator).argsort(dim=1).argsort(dim=1)\n"
            "keep = (order >= round(p * x.shape[1])).to(x.dtype)[:, :, None, None]"
        )
    },
    of="rand",
)
def dropout2d__as_many_in_each_image():
    """Each image loses equally many channels, so these are not independent of one another. Let each channel draw for
    itself; their share is then p only on average."""


@edit({"p, training, generator)": "p, training, generator or torch.Generator())"})
def dropout2d__own_generator_where_none_is_given():
    """If no generator is given, your function makes a new one, always with the same seed, so each call drops the same
    channels. Use PyTorch's global generator, which goes on by itself."""


@edit({"if not training or p == 0:": "if p != 1 and (not training or p == 0):"}, of="rand")
def dropout2d__p_1_drops_in_evaluation():
    """For p = 1 everything is dropped in evaluation, too. There x comes back as it is, whatever p says."""


# ---- BatchNorm2d ----


@edit({"self.weight / (var": "1 / (var", " + self.bias[:, None, None]": ""})
def BatchNorm2d__no_affine():
    """The output has mean 0 and variance 1 in every channel, whatever `weight` and `bias` say. They let the network
    undo the normalisation where that helps, so they belong into the result."""


@edit({" + self.bias[:, None, None]": ""})
def BatchNorm2d__no_bias():
    """`bias` does not reach the result: the mean of each channel is always 0."""


@edit({"self.weight / (var": "1 / (var"})
def BatchNorm2d__no_weight():
    """`weight` does not reach the result: the variance of each channel is always 1."""


@edit({"self.running_mean.lerp_(mean, self.momentum)": "pass", "self.running_var.lerp_": "self.running_var.lerp"})
def BatchNorm2d__running_never_updated():
    """The running statistics never moved from 0 and 1, so after training the layer normalises by numbers that have
    nothing to do with the data. Each training batch moves them a little."""


@edit({"self.running_var.lerp_": "self.running_var.lerp"})
def BatchNorm2d__running_variance_never_updated():
    """The running variance never moved from 1: what comes out of `lerp` was not kept. Functions whose names end in `_`
    write into the tensor itself; others give a new one."""


@edit({"self.running_mean, self.running_var": "x.mean(dim=(0, 2, 3)), x.var(dim=(0, 2, 3), correction=0)"})
def BatchNorm2d__eval_uses_the_batch():
    """In evaluation your layer still uses the statistics of the batch, so an image's answer depends on its neighbours.
    That is what the running statistics are for."""


@edit(
    {
        "else:": (
            "else:\n    self.running_mean.lerp_(x.detach().mean(dim=(0, 2, 3)), self.momentum)\n"
            "    self.running_var.lerp_(x.detach().var(dim=(0, 2, 3)), self.momentum)"
        )
    }
)
def BatchNorm2d__updates_in_eval():
    """The running statistics also moved in evaluation. Looking at validation data must not change the model."""


@edit({"else:\n    mean, var = self.running_mean": "mean, var = self.running_mean"})
def BatchNorm2d__training_uses_running():
    """In training the layer normalised by the running statistics. These lag behind; a training batch is normalised by
    its own mean and variance."""


@edit({"if self.training:": "if torch.is_grad_enabled():"})
def BatchNorm2d__mode_by_gradient():
    """The layer takes the mode from whether gradients are recorded. These are two things: one can train the statistics
    without gradients, and ask for gradients in evaluation. `self.training` says which mode it is."""


@edit({"if self.training:": "if self.training and torch.is_grad_enabled():"})
def BatchNorm2d__not_inside_no_grad():
    """In training mode inside `torch.no_grad()` the layer behaves as in evaluation. Only `self.training` says which
    mode it is."""


@edit(
    {
        "x.mean(dim=(0, 2, 3)), x.var(dim=(0, 2, 3), unbiased=False)": (
            "x.mean().expand(x.shape[1]), x.var(unbiased=False).expand(x.shape[1])"
        ),
    },
)
def BatchNorm2d__all_channels_together():
    """One mean and one variance were taken of all numbers of the batch. Each channel has its own."""


@edit(
    {
        "scale = self.weight / (var + self.eps).sqrt()\nreturn (x - mean[:, None, None]) * scale[:, None, None]": (
            "mean, std = mean[:, None, None], (var + self.eps).sqrt()[:, None, None]\n"
            "if self.training:\n"
            "    mean, std = x.mean(dim=0), (x.var(dim=0, unbiased=False) + self.eps).sqrt()\n"
            "return (x - mean) / std * self.weight[:, None, None]"
        )
    }
)
def BatchNorm2d__per_pixel():
    """Every pixel got a mean and variance of its own, taken over the batch only. A channel means the same at every
    place, so its statistics run over the batch, the rows and the columns."""


@edit(
    {
        "scale = self.weight / (var + self.eps).sqrt()\nreturn (x - mean[:, None, None]) * scale[:, None, None]": (
            "mean, std = mean[:, None, None], (var + self.eps).sqrt()[:, None, None]\n"
            "if self.training:\n"
            "    mean, std = x.mean((2, 3), True), (x.var((2, 3), False, True) + self.eps).sqrt()\n"
            "return (x - mean) / std * self.weight[:, None, None]"
        )
    }
)
def BatchNorm2d__per_image():
    """Every image was normalised by itself, which is instance norm. Batch norm takes one mean and variance per channel
    over all images of the batch."""


@edit({"var * count / (count - 1)": "var"})
def BatchNorm2d__biased_running_variance():
    """The running variance was fed with the sum of squares divided by M. For images not seen yet PyTorch estimates it
    with M − 1; the batch itself is normalised with M."""


@edit({"unbiased=False": "unbiased=True", "var * count / (count - 1)": "var"})
def BatchNorm2d__unbiased_normalisation():
    """The batch was normalised by the variance with M − 1. That one is kept for the running statistics; the batch
    itself uses M."""


@edit({"x.numel() / x.shape[1]": "len(x)"})
def BatchNorm2d__counts_images_for_the_variance():
    """The running variance was made unbiased with the number of images. M counts all numbers that the variance is taken
    of, and each image gives as many as it has pixels."""


@edit(
    {"(mean, self.momentum": "(mean, 1 - self.momentum", "(count - 1), self.momentum": "(count - 1), 1 - self.momentum"}
)
def BatchNorm2d__momentum_reversed():
    """Old and new have changed places in the running statistics. PyTorch's momentum is the share of the *new* batch:
    0.1 of it, and 0.9 of what was there."""


@edit({"(mean, self.momentum": "(mean, 1 - self.momentum", "var * count / (count - 1), self": "var, 1 - self"})
def BatchNorm2d__momentum_reversed_and_biased():
    """Two things differ from PyTorch in the running statistics: its momentum is the share of the *new* batch, and its
    running variance is the one over M − 1."""


@edit({"(mean, self.momentum": "(mean, 1", "(count - 1), self.momentum": "(count - 1), 1"})
def BatchNorm2d__last_batch_only():
    """The running statistics are those of the last batch: nothing of the old ones was kept. They are a slow average of
    all batches."""


@edit({"var * count / (count - 1)": "(var * count / (count - 1)).sqrt()"})
def BatchNorm2d__running_deviation():
    """`running_var` was fed with standard deviations. It is an average of variances; the root is taken when it is
    used."""


@edit({"(var + self.eps).sqrt()": "var.sqrt()"})
def BatchNorm2d__eps_forgotten():
    """Nothing keeps the division safe: a channel that hardly varies is blown up to noise, and a constant one to nan."""


@edit({"(var + self.eps).sqrt()": "(var.sqrt() + self.eps)"})
def BatchNorm2d__eps_outside_the_root():
    """`eps` was added to the standard deviation. It belongs under the root, to the variance, where it weighs much more
    in a channel that hardly varies."""


@edit({"(var + self.eps).sqrt()": "(var + self.eps)"})
def BatchNorm2d__no_root():
    """Numbers were divided by the variance. Its root, the standard deviation, is what makes the variance 1."""


@edit({"self.weight / (var + self.eps).sqrt()": "self.weight"})
def BatchNorm2d__only_shifted():
    """The mean was taken away, but the numbers were not scaled: divide by the standard deviation, too."""


@edit({"(x - mean[:, None, None])": "x"})
def BatchNorm2d__mean_not_subtracted():
    """The numbers were scaled, but the mean was not taken away."""


@edit({"x.var(dim=(0, 2, 3), unbiased=False)": "(x * x).mean(dim=(0, 2, 3)) - x.mean(dim=(0, 2, 3)) ** 2"})
def BatchNorm2d__mean_of_squares():
    """The variance was computed as a mean of squares minus the square of the mean. Far from 0 both are large and nearly
    equal, and rounding eats up their difference. Take the mean away first, and square then."""


@edit({"scale = self.weight": "mean, var = mean.detach(), var.detach()\nscale = self.weight"})
def BatchNorm2d__statistics_detached():
    """The output is right, the gradient is not: mean and variance depend on every pixel of the batch, and `detach` or
    `no_grad` around them hides that from autograd. Only the running statistics stay out of the graph."""


@edit({"with torch.no_grad():": "with torch.enable_grad():"})
def BatchNorm2d__running_keeps_the_graph():
    """The running statistics remember every batch that went into them, so memory grows with each step, and a later
    `backward` fails. Update them without a gradient."""


@edit(
    {
        'self.register_buffer("running_mean", torch.zeros(channels))': "self.running_mean = torch.zeros(channels)",
        'self.register_buffer("running_var", torch.ones(channels))': "self.running_var = torch.ones(channels)",
    }
)
def BatchNorm2d__running_not_saved():
    """The running statistics are plain attributes: they are missing from the `state_dict`, and a saved model wakes up
    without them. Register them as buffers."""


@edit(
    {
        'self.register_buffer("running_mean", torch.zeros(channels))': (
            "self.running_mean = nn.Parameter(torch.zeros(channels))"
        ),
        'self.register_buffer("running_var", torch.ones(channels))': (
            "self.running_var = nn.Parameter(torch.ones(channels))"
        ),
    },
)
def BatchNorm2d__running_learnt():
    """The running statistics are parameters, so the optimiser changes them, too. They are saved but not learnt:
    register them as buffers."""


@edit(
    {
        "nn.Parameter(torch.ones(channels))": "torch.ones(channels)",
        "nn.Parameter(torch.zeros(channels))": "torch.zeros(channels)",
    }
)
def BatchNorm2d__nothing_learnt():
    """`weight` and `bias` are plain tensors, so no optimiser finds them, and they are not saved. Make each of them an
    `nn.Parameter`."""


@edit({"nn.Parameter(torch.ones(channels))": "nn.Parameter(torch.zeros(channels))"})
def BatchNorm2d__weight_begins_at_zero():
    """`weight` begins at 0, so that at first nothing but `bias` gets through. It begins at 1."""


@edit({'"running_var", torch.ones': '"running_var", torch.zeros'})
def BatchNorm2d__running_variance_begins_at_zero():
    """`running_var` begins at 0. It begins at 1, so that a layer which has seen nothing yet leaves numbers as they
    are."""


@edit({"(count - 1), self.momentum)\nself.num_batches_tracked += 1": "(count - 1), self.momentum)"})
def BatchNorm2d__not_counted():
    """`num_batches_tracked` stays 0. It counts the batches that were seen in training."""


@edit({"self.num_batches_tracked += 1": "self.num_batches_tracked += len(x)"})
def BatchNorm2d__counts_images():
    """`num_batches_tracked` counts images. It counts the batches that were seen in training."""


@edit({"scale = self.weight": "self.num_batches_tracked += not self.training\nscale = self.weight"})
def BatchNorm2d__counts_in_eval():
    """`num_batches_tracked` grew in evaluation, too. It counts the batches that were seen in training."""


@edit({"torch.tensor(0)": "torch.tensor(0.0)"})
def BatchNorm2d__float_counter():
    """`num_batches_tracked` is a float. PyTorch's is an integer, and the layers are to be interchangeable."""


@edit({"self.eps, self.momentum = eps, momentum": "self.eps, self.momentum = 1e-5, momentum"})
def BatchNorm2d__eps_fixed():
    """The argument `eps` was ignored: it is always 1e-5. That is only its default."""


@edit({"self.eps, self.momentum = eps, momentum": "self.eps, self.momentum = eps, 0.1"})
def BatchNorm2d__momentum_fixed():
    """The argument `momentum` was ignored: it is always 0.1. That is only its default."""


@edit({"self.eps, self.momentum = eps, momentum": "self.eps, self.momentum = eps, momentum or 0.1"})
def BatchNorm2d__momentum_zero_replaced():
    """A momentum of 0 was taken for none at all, as with `momentum or 0.1`. It is a number like others: new batches
    then weigh nothing."""


@edit({"eps=1e-5, momentum=0.1": "momentum=0.1, eps=1e-5"})
def BatchNorm2d__arguments_swapped():
    """`eps` and `momentum` have changed places in `__init__`: who gives them by position gets one for the other."""


@edit({"self.eps, self.momentum = eps, momentum": "self.eps, self.momentum = 1e-5, 0.1"})
def BatchNorm2d__eps_and_momentum_fixed():
    """The arguments `eps` and `momentum` were ignored: they are always 1e-5 and 0.1. These are only their defaults."""


@edit(
    {
        "Parameter(torch.ones(channels))": "Parameter(torch.ones(1, channels, 1, 1))",
        "Parameter(torch.zeros(channels))": "Parameter(torch.zeros(1, channels, 1, 1))",
    }
)
def BatchNorm2d__four_axes():
    """`weight` and `bias` have the shape (1, C, 1, 1). PyTorch's have the shape (C,), so the two layers cannot load
    each other's state: add the other axes where you use them."""


# ---- random_crop_flip ----


@edit({"(2, n, 1), **draw": "(2, 1, 1), **draw"})
def random_crop_flip__one_offset():
    """All images of the batch were cropped at the same place. Each image draws an offset of its own."""


@edit({"torch.rand(n, 1": "torch.rand(1, 1"})
def random_crop_flip__one_flip():
    """Either all images of the batch were flipped or none. Toss the coin once for each image."""


@edit({"(2, n, 1), **draw": "(2, 1, 1), **draw", "torch.rand(n, 1": "torch.rand(1, 1"})
def random_crop_flip__all_alike():
    """All images of the batch were treated alike, with one offset and one toss of the coin. Each image draws its
    own."""


@edit(
    {
        "rows = top + row": "rows = top + torch.where(mirrored, row.flip(0), row)",
        "torch.where(mirrored, column.flip(0), column)": "column",
    }
)
def random_crop_flip__upside_down():
    """The images were turned upside down. A car seen from the other side is a car; one on its roof is rare. Axis 3 is
    the one that runs from left to right."""


@edit({"rows = top + row": "rows = top + torch.where(torch.rand(n, 1, **draw) < 0.5, row.flip(0), row)"})
def random_crop_flip__both_flips():
    """Images were mirrored left and right, and some turned upside down as well. Trucks do not drive on their roofs:
    only the last axis is mirrored."""


@edit({"torch.where(mirrored, column.flip(0), column)": "column"})
def random_crop_flip__never_flips():
    """The images were cropped, but none was flipped."""


@edit({"torch.where(mirrored, column.flip(0), column)": "column.flip(0)"})
def random_crop_flip__always_flips():
    """Every image was mirrored. Each has a chance of one half."""


@edit({"torch.rand(n, 1, **draw) < 0.5": "torch.arange(n, device=images.device)[:, None] % 2 == 0"})
def random_crop_flip__every_second():
    """Every second image of the batch was mirrored, always the same ones. Each image tosses a coin of its own."""


@edit({"torch.rand(n, 1, **draw) < 0.5": "torch.randperm(n, **draw)[:, None] < n // 2"})
def random_crop_flip__exactly_half():
    """Exactly half of the batch was mirrored each time, so the images are not independent of one another. Each has its
    own chance of one half."""


@edit({"< 0.5": "< 0.4"})
def random_crop_flip__flips_too_rarely():
    """Fewer images were mirrored than half of them. Each has a chance of one half."""


@edit({"torch.randint(2 * padding + 1,": "torch.randint(2 * padding,"})
def random_crop_flip__last_offset_missing():
    """The largest offset never occurs: `randint` leaves out its upper limit by itself, and there are 2·padding + 1
    places."""


@edit(
    {
        "top = torch.randint(0, 2 * padding + 1,": "top = torch.randint(0, 2 * padding,",
        "left = torch.randint(0, 2 * padding + 1,": "left = torch.randint(0, 2 * padding,",
    },
    of="loop",
)
def random_crop_flip__last_offset_missing_in_a_loop():
    """The largest offset never occurs: `randint` leaves out its upper limit by itself, and there are 2·padding + 1
    places."""


@edit({"torch.randint(2 * padding + 1,": "torch.randint(padding + 1,"})
def random_crop_flip__half_of_the_offsets():
    """The offsets go from 0 to the padding only, so the images move in one direction. The padded image is larger by
    twice the padding."""


@edit(
    {"torch.randint(2 * padding + 1, (2, n, 1), **draw)": "(torch.rand(2, n, 1, **draw) * 2 * padding).round().long()"}
)
def random_crop_flip__rounded_offsets():
    """The offsets at both ends come half as often as the others: rounding gives them half the room. All are to be
    equally likely."""


@edit(
    {
        "top, left = torch.randint(2 * padding + 1, (2, n, 1), **draw)": (
            "top = left = torch.randint(2 * padding + 1, (n, 1), **draw)"
        ),
    },
)
def random_crop_flip__along_the_diagonal():
    """One number serves for both offsets, so images move along the diagonal only. Top and left are drawn each by
    itself."""


@edit({"rows = top + row": "rows = padding + 0 * top + row"})
def random_crop_flip__only_sideways():
    """Images move left and right, but not up and down."""


@edit({"left + torch.where": "padding + torch.where"})
def random_crop_flip__only_up_and_down():
    """Images move up and down, but not left and right."""


@edit({"(height, width))": "(width, height))"})
def random_crop_flip__height_for_width():
    """Height and width have changed places. With square images nobody notices."""


@edit({"(height, width))": "(height, height))"})
def random_crop_flip__square():
    """The crop is as wide as it is high. It has the height and the width of the image, which may differ."""


@edit({"= images.shape": "= images.shape\npadding = 4"})
def random_crop_flip__padding_fixed():
    """The argument `padding` was ignored: it is always 4. That is only its default."""


@edit(
    {
        "padded = F.pad(images, (padding,) * 4)": (
            'padded = F.pad(images.double(), (padding,) * 4, mode="replicate").to(images.dtype)'
        ),
    },
)
def random_crop_flip__repeats_the_border():
    """Around the image its border was repeated. It should be zeros."""


@edit(
    {
        "rows = top + row": "rows = (top + row - padding) % height",
        "columns = left + torch.where(mirrored, column.flip(0), column)": (
            "columns = (left + torch.where(mirrored, column.flip(0), column) - padding) % width"
        ),
        "F.pad(images, (padding,) * 4)": "images",
    }
)
def random_crop_flip__wraps_round():
    """Pixels that leave the image at one side come in again at the other, as `roll` does it. The border that comes into
    view should be zeros."""


@edit({"F.pad(images,": "F.pad(images.float(),"})
def random_crop_flip__floats():
    """Bytes went in and floats came out, four times as large. The result has the dtype of the images."""


@edit({"place % (2 * padding + 1)]": "place % (2 * padding + 1)].squeeze()"}, of="windows")
def random_crop_flip__squeezed():
    """`squeeze` took away an axis with one image or one channel. The result has the shape of the images, whatever their
    number is."""


@edit({'"generator": generator, ': ""})
def random_crop_flip__ignores_generator():
    """The generator that was handed in was not used, so its seed does not repeat the result. Pass it on to the
    functions that draw."""


@edit({"torch.rand(n, 1, **draw)": "torch.rand(n, 1)"})
def random_crop_flip__generator_for_offsets_only():
    """The offsets come from the generator, the flips do not, so its seed repeats only half of the result. Pass it on to
    each function that draws."""


@edit({"(2, n, 1), **draw)": "(2, n, 1))"})
def random_crop_flip__generator_for_flips_only():
    """The flips come from the generator, the offsets do not, so its seed repeats only half of the result. Pass it on to
    each function that draws."""


@edit({'"generator": generator': '"generator": generator and torch.Generator().manual_seed(generator.initial_seed())'})
def random_crop_flip__starts_the_generator_anew():
    """The generator was started again from its seed at each call, so each batch is treated as the one before. Draw from
    the generator as it is, and it goes on by itself."""


@edit({"= images.shape": "= images.shape\ntorch.manual_seed(0)"})
def random_crop_flip__seeds_itself():
    """Your function seeds PyTorch's generator, so each batch is treated as the one before, and whatever else draws
    random numbers repeats itself, too. Seeding is the caller's business."""


@edit({"out = torch.empty_like(images)": "out = images"}, of="loop")
def random_crop_flip__changes_its_input():
    """The crops were written back into the images that were given. In the next epoch the crop would be cropped again:
    put them into a new tensor."""


@edit({"= images.shape": "= images.shape\nif padding == 0:\n    return images.clone()"})
def random_crop_flip__no_flips_without_padding():
    """Without padding the images came back as they were. There is one place only to cut them out then, but each still
    has its chance of ½ to be mirrored."""


@edit(
    {
        "padded = F.pad(images, (padding,) * 4)": (
            "padded = F.pad(images, (padding,) * 4) if padding else images\n"
            "padded[mirrored.flatten()] = padded[mirrored.flatten()].flip(3)"
        ),
        "torch.where(mirrored, column.flip(0), column)": "column",
    }
)
def random_crop_flip__changes_its_input_without_padding():
    """The images that were given have changed where padding is 0: nothing is padded then, so it is they themselves that
    are mirrored in place."""


@edit(
    {
        "padded = F.pad(images,": "kind, images = images.dtype, images.float()\npadded = F.pad(images,",
        "columns[:, None, None]]": "columns[:, None, None]].to(kind)",
    }
)
def random_crop_flip__by_way_of_floats():
    """The images went through float32 and back. That has seven digits, and large integers and float64 have more: crop
    them as they are."""


# ---- normalise ----


@edit({"mean[:, None, None]": "mean", "std[:, None, None]": "std"})
def normalise__along_the_rows():
    """Without further axes, the three means line up with the last axis, the width, not with the channels. Give them the
    shape (C, 1, 1)."""


@edit({"mean[:, None, None]": "mean[:, None]", "std[:, None, None]": "std[:, None]"})
def normalise__along_the_columns():
    """The means line up with the rows of the images, not with the channels: an axis is missing behind them."""


@edit({"mean[:, None, None]": "mean[:, None, None, None]", "std[:, None, None]": "std[:, None, None, None]"})
def normalise__along_the_images():
    """The means line up with the images of the batch, not with the channels: there is an axis too much behind them."""


@edit(
    {
        "(images - mean[:, None, None]) / std[:, None, None]": (
            "torch.stack([(x - m) / s for x, m, s in zip(images, mean, std)])"
        ),
    },
)
def normalise__loops_over_images():
    """A loop over a batch goes over its images, not over channels. So the first image got the numbers of red, the
    second those of green."""


@edit({"mean[:, None, None]": "mean.view(3, 1, 1)", "std[:, None, None]": "std.view(3, 1, 1)"})
def normalise__three_channels():
    """There are always three channels in your function. Their number C is as long as mean and std are."""


@edit({" / std[:, None, None]": ""})
def normalise__no_std():
    """The images were centred but not scaled: they still have to be divided by the standard deviation."""


@edit({"- mean[:, None, None]": ""})
def normalise__no_mean():
    """The images were scaled but not centred: the mean is still in them."""


@edit({"images - mean": "images + mean"})
def normalise__adds_the_mean():
    """The mean was added. It is to be taken away, so that the numbers lie around 0."""


@edit({") / std": ") * std"})
def normalise__multiplies():
    """The difference was multiplied by the standard deviation. Divide, and a spread of `std` becomes a spread of 1."""


@edit({"(images - mean[:, None, None]) / std[:, None, None]": "images / std[:, None, None] - mean[:, None, None]"})
def normalise__divides_first():
    """The division came first, so the mean was taken away from images that had another scale. First subtract, then
    divide; brackets decide."""


@edit({"std[:, None, None]": "std[:, None, None] ** 2"})
def normalise__by_the_variance():
    """The images were divided by the variance, the square of the standard deviation."""


@edit(
    {"mean[:, None, None]": "images.mean((0, 2, 3), True)", "std[:, None, None]": "images.std((0, 2, 3), keepdim=True)"}
)
def normalise__own_statistics():
    """The images were normalised by their own mean and deviation. Use those that are given: training and test images
    must be treated alike."""


@edit({"mean[:, None, None]": "0.5", "std[:, None, None]": "0.5"})
def normalise__one_half():
    """0.5 and 0.5 were used whatever mean and deviation were given."""


@edit(
    {
        "mean[:, None, None]": "torch.tensor([0.4914, 0.4822, 0.4465])[:, None, None]",
        "std[:, None, None]": "torch.tensor([0.2470, 0.2435, 0.2616])[:, None, None]",
    }
)
def normalise__numbers_of_cifar():
    """CIFAR-10's numbers were used whatever mean and deviation were given. Use the arguments."""


@edit(
    {
        "(images - mean[:, None, None]) / std[:, None, None]": (
            "((images - mean[:, None, None]) / std[:, None, None]).clamp(-1, 1)"
        ),
    },
)
def normalise__clamped():
    """The result was cut off. Normalised images may have any size: 2 is no mistake, and nothing may get lost."""


@edit(
    {
        "(images - mean[:, None, None]) / std[:, None, None]": (
            "((images - mean[:, None, None]) / std[:, None, None]).float()"
        ),
    },
)
def normalise__float32():
    """Whatever went in, float32 came out. The result has the dtype of the images."""


@edit(
    {
        "return (images - mean[:, None, None]) / std[:, None, None]": (
            "images -= mean[:, None, None]\nimages /= std[:, None, None]\nreturn images"
        )
    }
)
def normalise__changes_its_input():
    """The images that were given have changed: `-=`, `/=` and functions whose names end in `_` write into the tensor
    itself."""


@edit({"mean[:, None, None]": "mean.double()[:, None, None]", "std[:, None, None]": "std.double()[:, None, None]"})
def normalise__float64():
    """Mean and deviation were turned into float64, and the result with them. It has the dtype of the images."""


@edit({"return (images - mean": "images = images / 255 if images.max() > 1 else images\nreturn (images - mean"})
def normalise__divides_by_255():
    """Images with numbers above 1 were divided by 255. They are taken as they are: only mean and deviation count."""


# ---- denormalise ----


@edit({"images * std[:, None, None] + mean[:, None, None]": "images / 2 + 0.5"})
def denormalise__one_half():
    """`/ 2 + 0.5` undoes a normalisation by 0.5 and 0.5. Yours used other numbers, so the colours come out wrong."""


@edit({"std[:, None, None]": "std", "mean[:, None, None]": "mean"})
def denormalise__along_the_rows():
    """Without further axes, the three means line up with the last axis, the width, not with the channels. Give them the
    shape (C, 1, 1)."""


@edit({"std[:, None, None]": "std[:, None]", "mean[:, None, None]": "mean[:, None]"})
def denormalise__along_the_columns():
    """The means line up with the rows of the images, not with the channels: an axis is missing behind them."""


@edit({"std[:, None, None]": "std[:, None, None, None]", "mean[:, None, None]": "mean[:, None, None, None]"})
def denormalise__along_the_images():
    """The means line up with the images of the batch, not with the channels: there is an axis too much behind them."""


@edit(
    {
        "images * std[:, None, None] + mean[:, None, None]": (
            "torch.stack([x * s + m for x, s, m in zip(images, std, mean)])"
        ),
    },
)
def denormalise__loops_over_images():
    """A loop over a batch goes over its images, not over channels. So the first image got the numbers of red, the
    second those of green."""


@edit({"std[:, None, None]": "std.view(3, 1, 1)", "mean[:, None, None]": "mean.view(3, 1, 1)"})
def denormalise__three_channels():
    """There are always three channels in your function. Their number C is as long as mean and std are."""


@edit({"images * std[:, None, None] + mean[:, None, None]": "(images - mean[:, None, None]) / std[:, None, None]"})
def denormalise__normalises_again():
    """The images were normalised once more. Go back: undo the last step first."""


@edit({"images * std[:, None, None] + mean[:, None, None]": "(images + mean[:, None, None]) * std[:, None, None]"})
def denormalise__wrong_order():
    """Both steps were undone, but in the wrong order. Undo the last step first, as with shoes and socks."""


@edit({"images * std": "images / std"})
def denormalise__divides():
    """The images were divided by the standard deviation once more. A division is undone by multiplying."""


@edit({"+ mean": "- mean"})
def denormalise__subtracts_the_mean():
    """The mean was taken away once more. To come back, add it."""


@edit({" + mean[:, None, None]": ""})
def denormalise__no_mean():
    """The spread is back, but the mean is still missing."""


@edit({" * std[:, None, None]": ""})
def denormalise__no_std():
    """The mean is back, but the spread is still the one of the normalised images."""


@edit(
    {
        "std[:, None, None]": "torch.tensor([0.2470, 0.2435, 0.2616])[:, None, None]",
        "mean[:, None, None]": "torch.tensor([0.4914, 0.4822, 0.4465])[:, None, None]",
    }
)
def denormalise__numbers_of_cifar():
    """CIFAR-10's numbers were used whatever mean and deviation were given. Use the arguments."""


@edit(
    {
        "images * std[:, None, None] + mean[:, None, None]": (
            "(images * std[:, None, None] + mean[:, None, None]).clamp(0, 1)"
        ),
    },
)
def denormalise__clamped():
    """The result was cut off at 0 and 1. That hides where numbers leave the range, and then it is no inverse: leave
    clamping to whoever draws the picture."""


@edit(
    {"images * std[:, None, None] + mean[:, None, None]": "(images * std[:, None, None] + mean[:, None, None]).float()"}
)
def denormalise__float32():
    """Whatever went in, float32 came out. The result has the dtype of the images."""


@edit(
    {
        "return images * std[:, None, None] + mean[:, None, None]": (
            "images *= std[:, None, None]\nimages += mean[:, None, None]\nreturn images"
        )
    }
)
def denormalise__changes_its_input():
    """The images that were given have changed: `*=`, `+=` and functions whose names end in `_` write into the tensor
    itself."""


# ---- CifarCNN ----


@edit({"nn.Linear(512, 10),": "nn.Linear(512, 10),\nnn.Softmax(dim=1),"})
def CifarCNN__softmax_inside():
    """The network ends in a softmax. Cross-entropy applies one itself, and applied twice it flattens every difference:
    return the raw scores."""


@edit({"self.fc_layer(features.flatten(1))": "self.fc_layer(features.flatten(1)).log_softmax(dim=1)"})
def CifarCNN__log_softmax_inside():
    """The network returns logarithms of probabilities. Cross-entropy makes them itself: return the raw scores."""


@edit({"self.fc_layer(features.flatten(1))": "self.fc_layer(features.flatten(1)).relu()"})
def CifarCNN__relu_at_the_end():
    """There is a ReLU behind the last layer, so no score is below 0, and where it is cut off nothing is learnt."""


@edit(
    {
        "nn.Linear(256 * 4 * 4, 1024),\nnn.ReLU(inplace=True),": "nn.Linear(256 * 4 * 4, 1024),\nnn.Identity(),",
        "nn.Linear(1024, 512),\nnn.ReLU(inplace=True),": "nn.Linear(1024, 512),\nnn.Identity(),",
    }
)
def CifarCNN__no_relu_between_dense():
    """Between the dense layers there is no ReLU, so the three of them are together no more than a single one."""


@edit(
    {
        "nn.Conv2d(c_out, c_end, 3, padding=1),\nnn.ReLU(inplace=True),": (
            "nn.Conv2d(c_out, c_end, 3, padding=1),\nnn.Identity(),"
        ),
    },
)
def CifarCNN__no_second_relu():
    """There is no ReLU behind the second convolution of each block."""


@edit({"nn.Conv2d(c_out, c_end, 3, padding=1),": "nn.Conv2d(c_out, c_end, 3, padding=1),\nnn.BatchNorm2d(c_end),"})
def CifarCNN__batch_norm_everywhere():
    """Batch norm follows both convolutions of each block. Here only the first of them has it, so the numbers of the
    layers, and with them the names of all weights, differ."""


@edit(
    {
        "nn.BatchNorm2d(c_out),\nnn.ReLU(inplace=True),\nnn.Conv2d": (
            "nn.ReLU(inplace=True),\nnn.BatchNorm2d(c_out),\nnn.Conv2d"
        ),
    },
)
def CifarCNN__relu_before_batch_norm():
    """Batch norm stands behind the ReLU. In the table it stands before it, right behind the convolution."""


@edit({"nn.MaxPool2d(2)": "nn.AvgPool2d(2)"})
def CifarCNN__average_pooling():
    """The pooling layers take averages. Take the largest of 2×2 numbers."""


@edit({"nn.Conv2d(c_in, c_out, 3, padding=1)": "nn.Conv2d(c_in, c_out, 3, padding=1, bias=False)"})
def CifarCNN__no_bias():
    """The convolutions before batch norm have no bias. It would not be missed, but the tutorial's have one, and its
    file would not load."""


@edit({"features.flatten(1)": "features.permute(0, 2, 3, 1).flatten(1)"})
def CifarCNN__channels_last():
    """The channels were moved to the end before flattening, so each dense weight meets another number. Flatten (N, 256,
    4, 4) as it is."""


@edit({"features.flatten(1)": "features.flatten().view(1, -1)"})
def CifarCNN__one_row():
    """The whole batch was flattened into one row. Each image keeps a row of its own: flatten all axes but the
    first."""


@edit(
    {
        "nn.Dropout2d(0.05)": "nn.Identity()",
        "nn.Dropout(0.1),\nnn.Linear(256 * 4 * 4, 1024)": "nn.Identity(),\nnn.Linear(256 * 4 * 4, 1024)",
        "nn.Dropout(0.1),\nnn.Linear(512, 10)": "nn.Identity(),\nnn.Linear(512, 10)",
    }
)
def CifarCNN__no_dropout():
    """Nothing is dropped: the network has three dropout layers, one after the second block and two among the dense
    layers."""


@edit({"nn.Dropout2d(0.05)": "nn.Dropout(0.05)"})
def CifarCNN__elements_for_channels():
    """After the second block single numbers are dropped. There `Dropout2d` drops whole channels."""


@edit({"nn.Dropout2d(0.05)": "nn.Dropout2d(0.1)"})
def CifarCNN__channels_dropped_too_often():
    """After the second block channels are dropped with p = 0.1, as among the dense layers. There p is another one."""


@edit(
    {
        "nn.Dropout(0.1),\nnn.Linear(256 * 4 * 4, 1024)": "nn.Dropout(0.5),\nnn.Linear(256 * 4 * 4, 1024)",
        "nn.Dropout(0.1),\nnn.Linear(512, 10)": "nn.Dropout(0.5),\nnn.Linear(512, 10)",
    }
)
def CifarCNN__dropout_by_default():
    """Among the dense layers half of the numbers are dropped, PyTorch's default. In the text p is another one."""


@edit(
    {
        "*block(3, 32, 64), *block(64, 128, 128), nn.Dropout2d(0.05)": (
            "*block(3, 32, 64), nn.Dropout2d(0.05), *block(64, 128, 128)"
        ),
    },
)
def CifarCNN__dropout_after_the_first_block():
    """Channels are dropped after the first block. In the table it is the second, and the numbers of the layers between
    differ with it."""


@edit({"features.flatten(1)": "F.dropout(features.flatten(1), 0.1)"})
def CifarCNN__dropout_in_eval():
    """Even in evaluation the network gives another answer each time: `F.dropout` does not know the mode unless it is
    told. The layer `nn.Dropout` does."""


@edit({"self.conv_layer(images)": "self.conv_layer((images - 0.5) / 0.5)"})
def CifarCNN__normalises():
    """The network normalises images that are normalised already. They come in as they are needed."""


@edit({"features = self": "for layer in (self.fc_layer[0], self.fc_layer[5]):\n    layer.train()\nfeatures = self"})
def CifarCNN__dense_dropout_in_eval():
    """The two dropout layers of `fc_layer` drop numbers in evaluation, too, so the network gives another answer each
    time. `F.dropout` does not know the mode unless it is told. The layer `nn.Dropout` does."""


@edit({"nn.MaxPool2d(2)": "nn.MaxPool2d(3, stride=2, padding=1)"})
def CifarCNN__overlapping_pooling():
    """The pooling layers look at 3×3 numbers. The sizes of the maps are right, but in the table it is 2×2."""


@edit({"nn.BatchNorm2d(c_out)": "nn.BatchNorm2d(c_out, track_running_stats=False)"})
def CifarCNN__no_running_statistics():
    """The batch norm layers keep no running statistics, so even in evaluation an image's scores depend on the others in
    the batch. PyTorch's layer keeps them unless it is told not to."""


# ---- fit ----


@edit({"in validation:": "in train:"}, of="short")
def fit__selects_on_train():
    """The best epoch was chosen by the accuracy on the training images. That one only ever rises, also when the network
    has begun to learn by heart: choose by the validation images."""


@edit({"model.load_state_dict(best)\nreturn history": "return history"}, of="short")
def fit__returns_the_last():
    """The model keeps the state of the last epoch. After the last epoch, give it back the best one."""


@edit({"{name: value.clone() for name, value in model.state_dict().items()}": "model.state_dict()"}, of="short")
def fit__aliased_state():
    """`state_dict()` gives no copy but the tensors themselves, and training goes on changing them: your "best" state
    silently became the last. Copy it."""


@edit(
    {
        "value.clone() for name, value in model.state_dict().items()": (
            "value.detach().clone() for name, value in model.named_parameters()"
        ),
        "model.load_state_dict(best)": "model.load_state_dict(best, strict=False)",
    },
    of="short",
)
def fit__buffers_of_the_last():
    """The weights are those of the best epoch, the buffers those of the last: batch norm's running statistics belong to
    the state as well."""


@edit({"if accuracy > max": "if accuracy >= max"}, of="short")
def fit__last_of_equals():
    """Among epochs that are equally good, the last was kept. Keep the first: it got there with less training."""


@edit(
    {'max((entry["accuracy"] for entry in history), default=-1)': '(history[-1]["accuracy"] if history else -1)'},
    of="short",
)
def fit__better_than_the_one_before():
    """An epoch was kept where it is better than the one before it. It has to be better than all before."""


@edit({"default=-1": "default=0"}, of="short")
def fit__best_begins_at_zero():
    """The best accuracy began at 0, so a network that gets no image right is never kept, and there is nothing to put
    back."""


@edit(
    {
        'if accuracy > max((entry["accuracy"] for entry in history), default=-1):': (
            'if sum(losses) / len(losses) < min((entry["loss"] for entry in history), default=1e9):'
        ),
    },
    of="short",
)
def fit__lowest_loss():
    """The epoch with the lowest training loss was kept. Choose by the accuracy on the validation images."""


@edit({"model.train()\nlosses = []": "losses = []"}, of="short")
def fit__stays_in_eval():
    """From the second epoch on the model trained in evaluation mode: `model.eval()` lasts until somebody calls
    `model.train()`."""


@edit({"model.eval()\nright = []": "right = []"}, of="short")
def fit__no_eval():
    """The validation ran in training mode, with dropout, and with batch norm learning from images it must not learn
    from."""


@edit({"with torch.no_grad():": "with torch.enable_grad():"}, of="short")
def fit__gradients_in_validation():
    """Gradients were recorded while the accuracy was measured, which costs memory and time for nothing."""


@edit({"with torch.no_grad():": "torch.set_grad_enabled(False)\nif True:"}, of="short")
def fit__gradients_stay_off():
    """Gradients were switched off for the validation and never on again, so the next training step finds none."""


@edit({"optimizer.zero_grad()\nloss =": "loss ="}, of="short")
def fit__no_zero_grad():
    """The gradients were never set to zero. `backward` adds to what is there, so each step goes along the sum of all
    gradients so far."""


@edit({"optimizer.zero_grad()\nloss =": "loss =", "losses = []": "losses = []\noptimizer.zero_grad()"}, of="short")
def fit__zero_grad_once_an_epoch():
    """The gradients were set to zero once an epoch. `backward` adds to what is there: each step needs a fresh start."""


@edit(
    {"optimizer.zero_grad()\nloss =": "loss =", "loss.backward()": "loss.backward()\noptimizer.zero_grad()"}, of="short"
)
def fit__zero_grad_before_the_step():
    """The gradients were set to zero between `backward` and `step`, so the step finds nothing to go by."""


@edit({"loss.backward()\noptimizer.step()": "loss.backward()"}, of="short")
def fit__no_step():
    """No step was taken: gradients alone do not change a weight."""


@edit({"optimizer.step()": "nn.utils.clip_grad_norm_(model.parameters(), 1.0)\noptimizer.step()"}, of="short")
def fit__clips_gradients():
    """Large gradients were clipped. Nobody asked for that, and the numbers differ wherever a gradient is large."""


@edit({"losses += [loss.item()] * len(labels)": "losses.append(loss.item())"}, of="short")
def fit__mean_of_means():
    """The loss is the mean of the batches' means. The last batch is often smaller, and then its examples count for
    more."""


@edit({"sum(losses) / len(losses)": "sum(losses)"}, of="short")
def fit__sum_of_losses():
    """The loss of an epoch is the sum over the examples. Their mean does not depend on how many there are."""


@edit(
    {"losses += [loss.item()] * len(labels)": "losses.append(loss.item())", "sum(losses) / len(losses)": "sum(losses)"},
    of="short",
)
def fit__sum_over_batches():
    """The losses of the batches were added up. Weigh each by its size, and divide by the number of examples."""


@edit({"sum(losses) / len(losses)": "losses[-1]"}, of="short")
def fit__last_loss():
    """The loss of an epoch is the loss of its last batch. It should be the mean over all examples of the epoch."""


@edit(
    {
        "right += (model(images).argmax(dim=1) == labels).tolist()": (
            "right.append((model(images).argmax(dim=1) == labels).double().mean().item())"
        )
    },
    of="short",
)
def fit__mean_of_accuracies():
    """The accuracy is the mean of the batches' accuracies. The last batch is often smaller, and then its images count
    for more: count images."""


@edit({"sum(right) / len(right)": "100 * sum(right) / len(right)"}, of="short")
def fit__percent():
    """The accuracy is in percent. It goes from 0 to 1."""


@edit({'"accuracy": accuracy}': '"accuracy": torch.tensor(accuracy)}'}, of="short")
def fit__tensors_in_the_history():
    """There are tensors in the history. Plain numbers were promised: `.item()`."""


@edit({"sum(losses) / len(losses)": "np.mean(losses)"}, of="short")
def fit__numpy_in_the_history():
    """There are NumPy's numbers in the history. They look like plain ones, but `torch.load(…, weights_only=True)` does
    not let them pass, so the checkpoint cannot be read."""


@edit({"range(len(history) + 1, epochs + 1)": "range(len(history), epochs)"}, of="short")
def fit__epochs_from_zero():
    """The epochs were counted from 0. They count from 1."""


@edit({"range(len(history) + 1, epochs + 1)": "range(len(history) + 1, len(history) + epochs + 1)"}, of="short")
def fit__so_many_more():
    """After a restart there were `epochs` epochs more. It is their number in all, those before the restart included."""


@edit({"if checkpoint and Path(checkpoint).exists():": "if checkpoint is True:"}, of="short")
def fit__begins_anew():
    """The checkpoint that is there at the beginning was not read, so training starts from the beginning after each
    interruption."""


@edit({'optimizer.load_state_dict(saved["optimizer"])\ntorch': "torch"}, of="short")
def fit__forgets_momentum():
    """After a restart the optimiser's state is missing. Momentum is a memory, too, and without it training goes on
    differently."""


@edit(
    {
        'optimizer.load_state_dict(saved["optimizer"])\ntorch.set_rng_state(saved["random"])': (
            'optimizer.load_state_dict(saved["optimizer"])'
        ),
    },
    of="short",
)
def fit__forgets_the_random_state():
    """After a restart the random numbers are others than without one: their state was not put back. Dropout draws from
    them, and shuffling, too."""


@edit({'history, best = saved["history"], saved["best"]': 'history = saved["history"]'}, of="short")
def fit__forgets_the_best():
    """After a restart the best state so far is lost, and if no later epoch is better, there is nothing to put back. It
    belongs into the checkpoint, beside the last one."""


@edit({'model.load_state_dict(saved["model"])': 'model.load_state_dict(saved["best"])'}, of="short")
def fit__goes_on_from_the_best():
    """After a restart training went on from the best state, not from the last. These are two states, and the checkpoint
    needs both."""


@edit({"if checkpoint:": 'if checkpoint and accuracy == max(entry["accuracy"] for entry in history):'}, of="short")
def fit__saves_the_best_only():
    """A checkpoint was written only where an epoch was the best so far. The epochs after it are lost with the session:
    write after each."""


@edit({"if checkpoint:": "if checkpoint and epoch == epochs:"}, of="short")
def fit__saves_at_the_end():
    """The checkpoint was written after the last epoch only. If the training is interrupted before, there is nothing to
    go on from."""


@edit(
    {
        'torch.save(content, f"{checkpoint}.new")\nPath(f"{checkpoint}.new").replace(checkpoint)': (
            "torch.save(content, checkpoint)"
        ),
    },
    of="short",
)
def fit__half_a_file():
    """The checkpoint was written over the old one. If the program dies while it writes, both are lost: write beside it,
    then rename, which happens at once or not at all."""


@edit(
    {
        'Path(f"{checkpoint}.new").replace(checkpoint)': (
            'Path(checkpoint).unlink(missing_ok=True)\nPath(f"{checkpoint}.new").rename(checkpoint)'
        ),
    },
    of="short",
)
def fit__removes_the_old_file_first():
    """The old checkpoint was deleted before the new one got its name. If the program dies in between, there is none:
    replace it in one go."""


@edit(
    {
        'torch.save(content, f"{checkpoint}.new")\nPath(f"{checkpoint}.new").replace(checkpoint)': (
            "import tempfile\n\nwith tempfile.TemporaryDirectory() as folder:\n"
            '    torch.save(content, f"{folder}/new")\n    Path(f"{folder}/new").replace(checkpoint)'
        )
    },
    of="short",
)
def fit__written_in_another_folder():
    """The checkpoint was written into another folder and moved. Between two disks moving is copying, and that can be
    interrupted: write to another name in the same folder."""


@edit(
    {"images, labels = images.to(device), labels.to(device)\noptimizer": "images = images.to(device)\noptimizer"},
    of="short",
)
def fit__labels_stay_behind():
    """The labels of the training batches were not moved to the device. The loss needs them where the scores are."""


@edit({"model.to(device), [], None": "model, [], None"}, of="short")
def fit__model_stays_behind():
    """The model was not moved to the device, and the images were."""


@edit({"model, history, best =": "torch.manual_seed(0)\nmodel, history, best ="}, of="short")
def fit__seeds_itself():
    """Your function seeds PyTorch's generator, so the random numbers are not those that the caller has chosen. Seeding
    is the caller's business."""


@edit(
    {
        'content = {"history": history, "best": best, "random"': (
            'content = {"history": history, "best": before, "random"'
        ),
        "accuracy = sum(right) / len(right)": "accuracy, before = sum(right) / len(right), best",
    },
    of="short",
)
def fit__best_saved_too_late():
    """The checkpoint was written before the best state was brought up to date, so it holds the best of the epochs
    before. If the training is interrupted after the best epoch, that state is lost."""


@edit(
    {
        "return history": "return history[began:]",
        "model.to(device), [], None": "model.to(device), [], None\nbegan = 0",
        'saved["history"], saved["best"]': 'saved["history"], saved["best"]\nbegan = len(history)',
    },
    of="short",
)
def fit__new_records_only():
    """After a restart only the new records came back. The history includes the epochs before it."""


@edit(
    {
        "losses = []": "losses = []\ntorch.set_grad_enabled(True)",
        "with torch.no_grad():": "torch.set_grad_enabled(False)\nif True:",
    },
    of="short",
)
def fit__gradients_off_at_the_end():
    """Gradients were switched off for the validation, and after the last epoch they stay off, for whatever the caller
    does next. `with torch.no_grad():` puts them back by itself."""


@edit(
    {"optimizer.zero_grad()\nloss =": "loss =", "optimizer.step()": "optimizer.step()\noptimizer.zero_grad()"},
    of="short",
)
def fit__zero_grad_after_the_step():
    """The gradients were set to zero after each step only, so those that the model had before count in the first one.
    Set them to zero before `backward`."""


@edit(
    {
        'torch.set_rng_state(saved["random"])': (
            'torch.set_rng_state(saved["random"])\nif len(history) >= epochs:\n    return history'
        )
    },
    of="short",
)
def fit__returns_at_once():
    """If the checkpoint holds all epochs already, the model keeps the state of the last one. At the end it should hold
    the best, also if there is nothing left to train."""


@edit({"images, labels = images.to(device), labels.to(device)\nright": "images = images.to(device)\nright"}, of="short")
def fit__validation_labels_stay_behind():
    """The labels of the validation batches were not moved to the device. They are compared with predictions there."""


@edit(
    {"default=-1": "default=0", "model.load_state_dict(best)": "if best:\n    model.load_state_dict(best)"}, of="short"
)
def fit__last_where_none_is_right():
    """The best accuracy began at 0, so where no epoch gets an image right, the model keeps the state of the last one.
    All epochs are equally good then, and the first of them counts."""


@edit(
    {
        "model.to(device), [], None": "model.to(device), [], None\nbegan = 0",
        'saved["history"], saved["best"]': 'saved["history"], saved["best"]\nbegan = len(history)',
        "in history), default=-1)": "in history[began:]), default=-1)",
    },
    of="short",
)
def fit__forgets_the_best_accuracy():
    """After a restart the best accuracy was forgotten, so a worse epoch takes the place of the best one. An epoch has
    to be better than all epochs before it, those before the restart included."""


@edit({"disable=not progress": "disable=False"}, of="short")
def fit__bar_always():
    """A bar is shown although `progress` is False. `disable` of `tqdm` is the opposite of showing."""


# ---- one_cycle ----


@edit({"(0.04 + 0.96 * step / warm)": "step / warm"})
def one_cycle__starts_at_zero():
    """Your rate starts at 0, and the first step is wasted. It starts at 4 % of the peak."""


@edit({"0.96 * step": "step"})
def one_cycle__overshoots():
    """The whole peak was added to the 4 % at the start, so the rate climbs to 104 %. Between them lie 96 %."""


@edit({"peak * (0.04 + 0.96 * step / warm)": "0.04 + (peak - 0.04) * step / warm"})
def one_cycle__starts_at_a_fixed_rate():
    """The rate starts at 0.04, whatever the peak is. It starts at 4 % of the peak."""


@edit({"last = total - 1": "last = total"})
def one_cycle__total_for_last():
    """The last step is total − 1, because steps are counted from 0. Yours is `total`, so the rate never arrives at
    0."""


@edit({"warm = 0.3 * last": "warm = 0.3 * total"})
def one_cycle__rise_of_total():
    """The rise takes 30 % of `total`. Steps are counted from 0 to total − 1, so it is 30 % of total − 1."""


@edit({"warm = 0.3 * last": "warm = max(int(0.3 * last), 1)"})
def one_cycle__rounds():
    """The end of the rise was rounded to a whole step, which moves the peak. Nothing needs rounding here: the formula
    is just as good between two steps."""


@edit({"last = total - 1": "last, step = total - 1, step + 1"})
def one_cycle__one_step_ahead():
    """The rate is the one of the next step: steps are counted from 0, not from 1."""


@edit({"(1 + math.cos(math.pi * (step - warm) / (last - warm))) / 2": "(last - step) / (last - warm)"})
def one_cycle__falls_on_a_line():
    """The rate comes down along a straight line. It should be half a cosine: slow at first, fast in the middle, slow at
    the end."""


@edit({"0.96 * step / warm": "0.96 * (1 - math.cos(math.pi * step / warm)) / 2"})
def one_cycle__rises_on_a_cosine():
    """The rate goes up along a cosine. It should be a straight line."""


@edit({"math.pi * (step - warm) / (last - warm)": "math.pi * step / last"})
def one_cycle__cosine_from_the_start():
    """The cosine was counted from step 0, so the rate jumps down where the rise ends. It begins at the peak, when the
    rise is over."""


@edit({"(step - warm) / (last - warm)": "(step - warm) / last"})
def one_cycle__cosine_too_long():
    """The way down was stretched over the whole cycle, so the rate does not arrive at 0 by the last step. It takes only
    what the rise has left."""


@edit(
    {
        "(1 + math.cos(math.pi * (step - warm) / (last - warm))) / 2": (
            "math.cos(math.pi / 2 * (step - warm) / (last - warm))"
        ),
    },
)
def one_cycle__quarter_of_a_cosine():
    """The rate comes down along a quarter of a cosine and is steepest at the end. Half a cosine is flat at both
    ends."""


@edit({"))) / 2": ")))"})
def one_cycle__not_halved():
    """1 + cos goes from 2 to 0. Halve it, or the rate jumps to twice the peak."""


@edit({"(1 + math.cos": "0.04 + 0.96 * (1 + math.cos"})
def one_cycle__ends_above_zero():
    """The rate comes down to something above 0. It ends at 0."""


@edit({"return peak * (0.04": "return (0.04", "return peak * (1": "return (1"})
def one_cycle__no_peak():
    """The rate always rises to 1. It should rise to `peak`."""


@edit({"step / warm": "(step // warm)"})
def one_cycle__whole_numbers():
    """`//` throws away the fraction, so the rate stays at its beginning and then jumps to the peak."""


@edit(
    {"0.96 * step / warm)": "0.96 * torch.tensor(step / warm))", "math.cos(math": "torch.cos(torch.tensor(1.0) * math"}
)
def one_cycle__tensor():
    """The rates are right, but they came as tensors. A plain float was promised."""


@edit({"warm = 0.3 * last": "warm = int(0.3 * last)", "step / warm": "step / max(warm, 1)"})
def one_cycle__whole_steps():
    """The rise ends at a whole step, which moves the peak, and the way down begins there. w is not rounded: the formula
    is just as good between two steps."""


@edit({"warm = 0.3 * last": "warm = max(round(0.3 * last), 1)"})
def one_cycle__nearest_step():
    """The end of the rise was rounded to the nearest step, which moves the peak. w is not rounded: the formula is just
    as good between two steps."""


@edit(
    {
        "return peak * (0.04 + 0.96 * step / warm)": "return round(peak * (0.04 + 0.96 * step / warm), 4)",
        "return peak * (1 + math.cos(math.pi * (step - warm) / (last - warm))) / 2": (
            "return round(peak * (1 + math.cos(math.pi * (step - warm) / (last - warm))) / 2, 4)"
        ),
    }
)
def one_cycle__four_digits():
    """The rates were rounded to four digits after the point. Little is left of a small rate then: rounding is for
    printing."""


# ---- most_confident_mistakes ----


@edit({"wrong[confidence[wrong].argsort(descending=True)]": "confidence.argsort(descending=True)"})
def most_confident_mistakes__right_ones_too():
    """These are the surest predictions, and most of them are right. Return only the wrong ones."""


@edit({"prediction != labels": "prediction == labels"})
def most_confident_mistakes__right_ones():
    """These are the right predictions. A mistake is a prediction that differs from its label."""


@edit({"wrong[confidence[wrong].argsort(descending=True)]": "confidence[wrong].argsort(descending=True)"})
def most_confident_mistakes__places_among_the_mistakes():
    """Your numbers count the mistakes only: after the right ones are taken out, 0 is the first mistake and no longer
    the first image. Keep the images' own indices beside them."""


@edit({"confidence[wrong].argsort(descending=True)": "probabilities[wrong, labels[wrong]].argsort()"})
def most_confident_mistakes__smallest_probability_of_the_label():
    """The mistakes were sorted by how little the network thought of the right kind. Sort them by how much it thought
    of the wrong one it chose."""


@edit({"confidence[wrong].argsort(descending=True)": "probabilities[wrong, labels[wrong]].argsort(descending=True)"})
def most_confident_mistakes__largest_probability_of_the_label():
    """The mistakes were sorted by the probability of the right kind. Sort them by how much the network thought of the
    wrong one it chose."""


@edit({"descending=True": ""})
def most_confident_mistakes__least_confident():
    """The least confident mistakes came first: `argsort` goes upwards by itself."""


@edit({"wrong[confidence[wrong].argsort(descending=True)]": "wrong"})
def most_confident_mistakes__unsorted():
    """The mistakes are in the order of the batch. The most confident comes first."""


@edit(
    {
        "= probabilities.max(dim=1)": (
            "= probabilities.max(dim=1)\nconfidence = confidence - probabilities.topk(2).values[:, 1]"
        ),
    },
)
def most_confident_mistakes__by_the_lead():
    """The mistakes were sorted by the lead over the second kind. Sort them by the largest probability itself."""


@edit({"prediction != labels": "(prediction != labels) & (confidence > 0.5)"})
def most_confident_mistakes__above_one_half():
    """Mistakes with a probability below one half were left out. With many kinds the largest can be small, and it is a
    mistake all the same."""


@edit({"wrong[confidence[wrong].argsort(descending=True)]": "confidence[wrong].sort(descending=True).values"})
def most_confident_mistakes__probabilities():
    """Probabilities came back. To look at the images we need their indices."""


@edit(
    {
        "wrong = (prediction != labels).nonzero().flatten()": (
            "confidence = torch.where(prediction == labels, -confidence, confidence)"
        ),
        "wrong[confidence[wrong].argsort(descending=True)]": "confidence.argsort(descending=True)",
    }
)
def most_confident_mistakes__fills_up():
    """If there are fewer mistakes than asked for, right predictions fill the rest. Return only the mistakes."""


@edit({"[:count]": ""})
def most_confident_mistakes__all():
    """All mistakes came back. Return the first `count` of them."""


@edit({"[:count]": "[: count - 1]"})
def most_confident_mistakes__one_too_few():
    """There is one mistake too few: a slice leaves out its end by itself."""


@edit({"nonzero().flatten()": "nonzero().squeeze()"})
def most_confident_mistakes__squeezed():
    """With a single mistake, `squeeze` takes away the axis that counts the mistakes as well, and what is left cannot be
    indexed. Take away the other axis only."""


@edit({"[:count]": "[:count].tolist()"})
def most_confident_mistakes__list():
    """The indices are right, but they came as a list. A tensor of integers was promised."""


@edit({", dtype=torch.long": ""}, of="sorted")
def most_confident_mistakes__floats_where_there_are_none():
    """Without a mistake the result is a tensor of floats: that is what PyTorch makes of an empty list. Say which dtype
    you mean."""


@edit({"probabilities.max": "probabilities.float().max"})
def most_confident_mistakes__float32():
    """The probabilities were turned into float32, where those that differ little become equal, and the order is
    lost."""


@edit(
    {
        "surest = torch.where(mistakes, surest, -torch.ones_like(surest))": (
            "probabilities[~mistakes] = -1\nsurest = probabilities.max(dim=1).values"
        ),
        "torch.topk(surest, min(count, int(mistakes.sum()))).indices": (
            "surest.argsort(descending=True)[: min(count, int(mistakes.sum()))]"
        ),
    },
    of="topk",
)
def most_confident_mistakes__changes_probabilities():
    """The probabilities that were given have changed: the rows of right predictions were overwritten. Leave them out
    another way, or write into a copy."""


# ---- overfit_epoch ----


@edit({"(best) + 1": "(best)"})
def overfit_epoch__counts_from_zero():
    """`index` counts from 0. Epochs are counted from 1."""


@edit(
    {
        "best = max(test_accuracy)\nreturn test_accuracy.index(best) + 1, best,": (
            "best = train_accuracy.index(max(train_accuracy))\nreturn best + 1, test_accuracy[best],"
        )
    }
)
def overfit_epoch__by_training_accuracy():
    """The best epoch was chosen by the training accuracy. That one goes on rising while the network learns by heart."""


@edit({"+ 1, best, test_accuracy[-1]": "+ 1, train_accuracy[test_accuracy.index(best)], train_accuracy[-1]"})
def overfit_epoch__reports_training_accuracy():
    """The epoch is right, but the two accuracies are those on the training images."""


@edit({"if accuracy > best": "if accuracy >= best"}, of="loop")
def overfit_epoch__last_of_equals():
    """You took the later one of two equally good epochs. The first is meant."""


@edit(
    {
        "if accuracy > best:\n    best_epoch": "if accuracy <= best:\n    break\nbest_epoch",
        "best_epoch, best, accuracy": "best_epoch, best, test_accuracy[-1]",
    },
    of="loop",
)
def overfit_epoch__first_fall():
    """You stopped at the first fall. Accuracies go up and down by chance; the best one may come later."""


@edit(
    {
        "if accuracy > best:": "if epoch - best_epoch > 5:\n    break\nif accuracy > best:",
        "return best_epoch, best, accuracy": "return best_epoch, best, test_accuracy[-1]",
    },
    of="loop",
)
def overfit_epoch__patience():
    """You stopped when nothing got better for some epochs. The log is complete: the best epoch may come later."""


@edit({'best_epoch, best = 0, float("-inf")': "best_epoch, best = 0, 0"}, of="loop")
def overfit_epoch__best_begins_at_zero():
    """The best accuracy began at 0, so in a log of zeros no epoch is ever the best, and it came out as epoch 0."""


@edit({"best, test_accuracy[-1]": "best, best"})
def overfit_epoch__best_twice():
    """The last accuracy is the one of the last epoch, not the best once more."""


@edit({"best, test_accuracy[-1]": "test_accuracy[-1], best"})
def overfit_epoch__swapped():
    """Best and last have changed places: the accuracy of the best epoch comes first."""


@edit({"best, test_accuracy[-1]": "best, best - test_accuracy[-1]"})
def overfit_epoch__loss():
    """The third number is how much was lost. Return the accuracy of the last epoch itself."""


@edit({"best, test_accuracy[-1]": "round(best, 2), round(test_accuracy[-1], 2)"})
def overfit_epoch__rounded():
    """The accuracies were rounded. Return them as they stand in the log; rounding is for printing."""


@edit({"test_accuracy.index(best) + 1": "float(test_accuracy.index(best) + 1)"})
def overfit_epoch__float_epoch():
    """The number of the epoch is a float. Epochs are counted, so it should be an int."""


@edit({"best = max(test_accuracy)": "test_accuracy.sort()\nbest = test_accuracy[-1]"})
def overfit_epoch__sorts_the_log():
    """The list that was given has changed: `sort` works on the list itself, and then no epoch stands where it
    stood."""


@edit({"best = max(test_accuracy)": ("test_accuracy = np.round(test_accuracy, 2).tolist()\nbest = max(test_accuracy)")})
def overfit_epoch__rounds_first():
    """The accuracies were rounded before the best was looked for, so that epochs which differ a little became equal.
    Compare them as they stand in the log."""


@edit(
    {
        "test_accuracy.index(best) + 1, best,": (
            "(near := [best - one < 0.05 for one in test_accuracy].index(True)) + 1, test_accuracy[near],"
        )
    }
)
def overfit_epoch__nearly_as_good():
    """An epoch that is nearly as good as the best was taken for it. The highest accuracy is meant, however small the
    lead."""


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
