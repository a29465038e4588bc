"""Is a test's message taken apart where it can be, and left whole where it cannot?"""

from __future__ import annotations

import numpy as np
import pytest

from autograder.reporting.message import read_message
from solutions.a1_convolution.notebook import compare


def message(got: object, expected: object, looks_like: dict[str, object] | None = None) -> str:
    """What the assignments' own `compare` says."""
    with pytest.raises(AssertionError) as raised:
        compare(np.array(got), np.array(expected), looks_like, what="the answer")
    return str(raised.value)


def test_arrays_stand_side_by_side_with_what_differs_marked() -> None:
    read = read_message(message([[1, 2], [3, 5.5]], [[1, 2], [3, 4]], {"a half too much": [[1, 2], [3, 5.5]]}))
    assert read.says == "The shape of the answer is right, but 1 of 4 numbers are not."
    assert read.guess == "a half too much"
    assert read.expected_grid is not None and read.got_grid is not None
    assert [[n.text for n in row] for row in read.got_grid] == [["1", "2"], ["3", "5.5"]]
    assert [[n.differs for n in row] for row in read.got_grid] == [[False, False], [False, True]]
    assert [[n.differs for n in row] for row in read.expected_grid] == [[False, False], [False, True]]


def test_arrays_of_other_shapes_are_not_compared_number_by_number() -> None:
    read = read_message(message([1, 2, 3], [[1], [2]]))
    assert read.expected_grid is not None and read.got_grid is not None
    assert [len(row) for row in read.expected_grid] == [1, 1] and [len(row) for row in read.got_grid] == [3]
    assert not any(n.differs for row in (*read.expected_grid, *read.got_grid) for n in row)


def test_numbers_that_are_none_and_without_end_are_numbers() -> None:
    read = read_message(message([np.nan, np.inf, 0], [np.nan, 1, 0]))
    assert read.got_grid is not None and [n.differs for n in read.got_grid[0]] == [False, True, False]


@pytest.mark.parametrize("shape", [(2, 3, 4), (13, 2), (2, 13), (30, 30), (0,), (0, 3)])
def test_arrays_with_more_axes_or_numbers_stay_text(shape: tuple[int, ...]) -> None:
    read = read_message(message(np.ones(shape), np.ones((2, 2))))
    assert read.expected_grid is None and read.got_grid is None
    assert read.expected == "[[1 1]\n [1 1]]" and read.got.startswith("[")


@pytest.mark.parametrize(
    "text",
    [
        "conv2d returned None; is there a `return`?",
        "expected:\n    1\n\ngot:\n    2",
        "",
        "\n\nexpected:\n",
    ],
)
def test_any_other_message_is_a_sentence(text: str) -> None:
    read = read_message(text)
    assert read.says == text.strip() and not read.expected and read.got_grid is None


@pytest.mark.parametrize("got", ["[[1 2] [3", "[1 [2]]", "[[1 2] x [3 4]]", "[[[1]]]", "[1_0]", "[__import__]", "]["])
def test_what_is_no_array_is_no_grid(got: str) -> None:
    assert read_message(f"No.\n\nexpected:\n    [1]\n\ngot:\n    {got}").got_grid is None
