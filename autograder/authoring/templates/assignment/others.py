"""Other right answers to assignment $number, $title."""

import numpy as np


def brighten__where(image, amount):
    """Case by case."""
    brighter = image + amount
    return np.where(brighter > 1, 1.0, np.where(brighter < 0, 0.0, brighter))


def brighten__loop(image, amount):
    """Pixel by pixel, in plain Python."""
    pixels = [min(max(pixel + amount, 0.0), 1.0) for pixel in np.ravel(image)]
    return np.reshape(pixels, np.shape(image))
