"""Count points for predictions on data that the judge holds out: it has the labels, a kernel sees inputs only.

The inputs come in an order that is drawn for each class. The data may be public, so a student's program may know them.
"""

from __future__ import annotations

import functools
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from autograder.judge.answers import QuestionResult


@dataclass(frozen=True)
class HeldOut:
    """Inputs and labels of a data set."""

    shown: bytes  # for the kernel, as .npz
    key: Any  # for the judge only


@functools.lru_cache(maxsize=4)
def hold_out(counting: str, score: str, data: Path, seed: int) -> HeldOut:
    """Read the data sets below `data` for the exercise `score` with the course's code `counting`."""
    shown, key = _function(counting, f"shown_{_short(score)}")(data, np.random.default_rng(seed))
    content = io.BytesIO()
    np.savez(content, **shown)
    return HeldOut(content.getvalue(), key)


def count_points(counting: str, score: str, answer: QuestionResult | None, key: Any, most: float) -> tuple[float, str]:
    """The points for an answer, and a sentence for the student; 0 points if there are no valid predictions."""
    if answer is None or answer.data is None:
        why = answer.failed.partition(": ")[2] or answer.failed if answer is not None else ""
        return 0.0, why or "Your network gave no predictions."
    try:
        with np.errstate(all="ignore"):
            points, sentence = _function(counting, f"points_{_short(score)}")(answer.data, key)
            points = float(points)
    except Exception:  # it is written for predictions, and the data may be anything
        return 0.0, "The result does not hold predictions."
    return (min(points, most), str(sentence)) if np.isfinite(points) else (0.0, "The result does not hold predictions.")


@functools.lru_cache(maxsize=16)
def _function(counting: str, name: str) -> Callable[..., Any]:
    names: dict[str, Any] = {"__name__": "counting"}
    exec(compile(counting, "<counting>", "exec"), names)
    found: Callable[..., Any] = names[name]
    return found


def _short(score: str) -> str:
    return score.removeprefix("score_")
