# %% [markdown]
# # Assignment $number: $title
#
# ## Exercise 1 · Brighten
#
# Add the same amount to every pixel. What leaves the range from 0 to 1 is
# cut off: 0.9 + 0.3 is white, which is 1.

# %%
import numpy as np


# %%
def brighten(image, amount):
    """Make an image brighter, or darker where `amount` is negative.

    image: an array of any shape, with values from 0 to 1; it is not changed.
    Returns numbers of the same shape, with values from 0 to 1.
    Example: [0.2, 0.9] and 0.3 give [0.5, 1].
    """
    ### BEGIN SOLUTION
    return np.clip(np.asarray(image) + amount, 0, 1)
    ### END SOLUTION


# %% points=5
def test_brighten():
    """0.2 and 0.9, brighter by 0.3, are 0.5 and 1"""
    got = brighten(np.array([0.2, 0.9]), 0.3)
    assert got is not None, "brighten returned None; is there a `return`?"
    assert np.allclose(got, [0.5, 1]), f"expected [0.5, 1], got {got}"
