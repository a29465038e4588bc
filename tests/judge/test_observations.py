"""Is only that said of wrong data that holds for all of them?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.judge.compare import agree
from autograder.judge.observations import Pair, observed

HALVES = np.array([[0.5, 1.5, 2.5], [3.5, -4.5, 5.0]])
LARGE = np.array([[300.0, 70_000.0], [5.0, -1.0]])


def same(one: Any, other: Any) -> bool:
    return agree(one, other, rtol=1e-4, atol=1e-4)


def name(*pairs: Pair) -> str | None:
    found = observed(pairs, same)
    assert found is None or found[1][-1] in ".?"
    return found[0] if found else None


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([(HALVES, "changed its input"), (3, "changed its input")], "changes_an_argument"),
        ([(HALVES, "changed its input"), (3, 4)], None),
        ([(HALVES, None), ("raised ValueError", None)], "returns_nothing"),
        ([("raised ValueError", HALVES), ("raised ValueError", 0)], "no_error"),
        ([("raised ValueError", HALVES), ("raised ValueError", "raised IndexError")], "no_error"),
        ([("raised ValueError", "raised RuntimeError")], "another_error"),
        ([("raised ValueError", HALVES), (1, 2)], None),
        ([("raised ValueError", 1), ("raised TypeError", 1)], None),
        ([("float", "float32 tensor")], "another_type"),
        ([("float", "raised TypeError")], None),
        ([("float", "the_secret_input_is_7 tensor")], None),
        ([("dog", "cat")], None),
        ([(HALVES, np.trunc(HALVES)), (2.5, 2)], "cuts_fractions"),
        ([(HALVES, np.trunc(HALVES)), (2.0, 3)], None),
        ([(HALVES, np.round(HALVES + 0.1))], None),
        ([(HALVES, HALVES.T)], "last_axes_exchanged"),
        ([(HALVES, -HALVES), (4, -4.0)], "wrong_sign"),
        ([(LARGE, LARGE % 256)], "wraps_around"),
        ([(LARGE, LARGE % 256), (HALVES, HALVES + 1)], None),
        ([(LARGE, LARGE + 100)], None),
        ([(HALVES, HALVES[None])], "axis_of_length_1"),
        ([(HALVES, HALVES[None] + 1)], None),
        ([(HALVES, HALVES[:, :2])], None),
        ([([1, 2], {"a": object()})], None),
    ],
)
def test_what_all_have_in_common_is_said_and_nothing_else(pairs: list[Pair], expected: str | None) -> None:
    assert name(*pairs) == expected
    assert name(*pairs[::-1]) == expected


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=6), st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=6))
def test_an_observation_is_true_of_the_numbers(one: list[float], other: list[float]) -> None:
    expected, answer = np.array(one), np.array(other)
    match name((expected, answer)):
        case "cuts_fractions":
            assert same(np.trunc(expected), answer)
        case "wrong_sign":
            assert same(-expected, answer)
        case "wraps_around":
            assert np.all((answer - expected) % 256 == 0)
        case found:
            assert found in (None, "axis_of_length_1")
