"""Known wrong answers to assignment $number, $title."""

import numpy as np

from solutions.asking import edit


@edit({"np.clip(np.asarray(image) + amount, 0, 1)": "np.asarray(image) + amount"})
def brighten__not_cut():
    """Some pixels come out above 1 or below 0. No screen can show them: cut
    off what leaves the range."""


@edit({"np.where(brighter < 0, 0.0, brighter)": "brighter"}, of="where")
def brighten__cut_above_only():
    """Bright images are right. But with a negative amount pixels can fall
    below 0: the range has two ends."""


def brighten__wraps(image, amount):
    """What leaves the range came in again at its other end, so that white
    turned black. Cut it off instead."""
    return (image + amount) % 1


def brighten__in_place(image, amount):
    """The numbers are right, but the image that was given has changed: `+=`
    writes into it. Make a new array."""
    image += amount
    return np.clip(image, 0, 1, out=image)
