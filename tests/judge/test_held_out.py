"""Does the judge count points from predictions, and keep the key?"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograder.judge.answers import QuestionResult
from autograder.judge.held_out import count_points, hold_out

COUNTING = """
import numpy as np
def shown_size(data, rng):
    order = rng.permutation(4)
    return {"x": np.arange(4)[order]}, np.array([int(text) for text in (data / "key").read_text().split()])[order]
def points_size(data, key):
    share = np.mean(data["predictions"] == key)
    return 6 * share, f"{share:.0%} are right."
"""


def test_what_is_shown_goes_without_the_key_in_an_order_of_the_seed(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("10 11 12 13")
    orders = []
    for seed in range(5):
        held = hold_out(COUNTING, "score_size", tmp_path, seed)
        with np.load(io.BytesIO(held.shown)) as shown:
            assert list(shown) == ["x"]
            assert np.array_equal(held.key, shown["x"] + 10)
            orders.append(tuple(shown["x"]))
        assert hold_out(COUNTING, "score_size", tmp_path, seed) is held
    assert len(set(orders)) > 1


@pytest.mark.parametrize(
    ("data", "points"),
    [
        ({"predictions": np.array([10, 11, 12, 13])}, 6),
        ({"predictions": np.array([10, 11, 0, 0], dtype=np.uint8)}, 3),
        ({"predictions": np.full(4, np.nan)}, 0),
        ({"predictions": "10 11 12 13"}, 0),
        ({"predictions": np.zeros((7, 5))}, 0),
        ({"predictions": None}, 0),
        ({}, 0),
        (None, 0),
    ],
)
def test_points_are_for_predictions_and_for_nothing_else(data: dict[str, Any] | None, points: float) -> None:
    key = np.array([10, 11, 12, 13])
    found, sentence = count_points(COUNTING, "score_size", QuestionResult("score_size", data), key, 6)
    assert found == points and sentence
    assert count_points(COUNTING, "score_size", None, key, 6) == (0, "Your network gave no predictions.")


def test_the_student_reads_what_went_wrong_in_the_kernel() -> None:
    answer = QuestionResult("score_size", None, "FileNotFoundError: net.pt is missing.")
    assert count_points(COUNTING, "score_size", answer, None, 6) == (0, "net.pt is missing.")


def test_nothing_is_worth_more_than_its_cell() -> None:
    answer = QuestionResult("score_size", {"predictions": np.array([10, 11, 12, 13])})
    assert count_points(COUNTING, "score_size", answer, np.array([10, 11, 12, 13]), 4) == (4, "100% are right.")


def test_points_that_are_no_number_are_none() -> None:
    for value in ("float('nan'), ''", "float('inf'), ''", "'many', ''", "None"):
        counting = f"def points_size(data, key):\n    return {value}"
        assert count_points(counting, "score_size", QuestionResult("score_size", {}), None, 6)[0] == 0
