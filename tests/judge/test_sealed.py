"""Does the judge count points from predictions, and keep the key?"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograder.judge.answers import Answer
from autograder.judge.questions import Questions
from autograder.judge.sealed import confirmed, seal

SEALING = """
import numpy as np
def sealed_size(data, rng):
    order = rng.permutation(4)
    return {"x": np.arange(4)[order]}, np.array([int(text) for text in (data / "key").read_text().split()])[order]
def points_size(data, key):
    return 6 * np.mean(data["predictions"] == key)
"""
QUESTIONS = Questions("", "", (), (), ("score_size",), SEALING)


def test_what_is_shown_goes_without_the_key_in_an_order_of_the_seed(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("10 11 12 13")
    orders = []
    for seed in range(5):
        sealed = seal(SEALING, "score_size", tmp_path, seed)
        with np.load(io.BytesIO(sealed.shown)) as shown:
            assert list(shown) == ["x"]
            assert np.array_equal(sealed.key, shown["x"] + 10)
            orders.append(tuple(shown["x"]))
        assert seal(SEALING, "score_size", tmp_path, seed) is sealed
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
    assert confirmed(QUESTIONS, "score_size", Answer("score_size", data), key) == points
    assert confirmed(QUESTIONS, "score_size", None, key) == 0


def test_points_that_are_no_number_are_none() -> None:
    for value in ("float('nan')", "float('inf')", "'many'", "None"):
        sealing = f"def points_size(data, key):\n    return {value}"
        questions = Questions("", "", (), (), ("score_size",), sealing)
        assert confirmed(questions, "score_size", Answer("score_size", {}), None) == 0
