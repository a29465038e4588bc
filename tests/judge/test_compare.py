"""Do two pieces of plain data say the same?"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograder.judge.compare import agree, is_plain

numbers = st.one_of(
    st.booleans(),
    st.integers(-(2**31), 2**31),
    st.floats(allow_nan=True, allow_infinity=True),
    hnp.arrays(np.float64, hnp.array_shapes(max_dims=3, max_side=3)),
)
plain_data = st.recursive(
    st.one_of(st.none(), st.text(max_size=5), numbers),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)),
    max_leaves=8,
)


class AlwaysEqual:
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]


class LyingArray(np.ndarray):
    """An array that claims to equal everything."""

    def __array_ufunc__(self, *args: object, **kwargs: object) -> bool:
        return True


@given(plain_data)
def test_data_are_plain_and_agree_with_themselves(data: object) -> None:
    assert is_plain(data)
    assert agree(data, data, rtol=0, atol=0)


@given(plain_data, plain_data)
def test_agreement_of_exact_data_is_symmetric(one: object, other: object) -> None:
    assert agree(one, other, rtol=0, atol=0) == agree(other, one, rtol=0, atol=0)


@given(hnp.arrays(np.float64, (2, 3), elements=st.floats(-100, 100)), st.integers(0, 5))
def test_one_number_out_of_tolerance_is_a_difference(array: np.ndarray, place: int) -> None:
    near, far = array.copy(), array.copy()
    near.flat[place] += 1e-6
    far.flat[place] += 1.0
    assert agree(array, near, rtol=0, atol=1e-5)
    assert not agree(array, far, rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        (np.zeros((2, 3)), np.zeros((3, 2))),
        (np.zeros(3), np.zeros((3, 1))),
        (np.zeros(3), [0.0, 0.0, 0.0]),
        (1.0, "1.0"),
        ("raised ValueError", "raised TypeError"),
        ({"a": 1}, {"a": 1, "b": 2}),
        ([1, 2], [1]),
        (None, 0),
        (np.nan, 0.0),
        (np.inf, -np.inf),
    ],
)
def test_different_structure_shape_or_kind_is_a_difference(expected: object, got: object) -> None:
    assert not agree(expected, got, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize(
    "liar",
    [
        AlwaysEqual(),
        np.zeros((2, 2)).view(LyingArray),
        np.array([AlwaysEqual()], dtype=object),
        type("S", (str,), {})("x"),
    ],
)
def test_objects_with_behaviour_of_their_own_agree_with_nothing(liar: object) -> None:
    assert not is_plain(liar)
    for expected in (np.zeros((2, 2)), 1.0, "x", None, [1.0], {"a": 1}):
        assert not agree(expected, liar, rtol=1, atol=1)
