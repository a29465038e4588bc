"""Points for predictions on data that the judge has sealed: it holds the labels, a student's kernel sees inputs only.

The inputs come in an order drawn anew for each class. What a student's program could know about public data anyway, it
knows here, too.
"""

from __future__ import annotations

import functools
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from autograder.judge.answers import Answer
from autograder.judge.questions import Questions

ROUNDING = 0.02  # points by which two runs of the same network may differ


@dataclass(frozen=True)
class Sealed:
    """What is shown to a kernel, as .npz, and what the judge keeps to itself."""

    shown: bytes
    key: Any


@functools.lru_cache(maxsize=4)
def seal(sealing: str, score: str, data: Path, seed: int) -> Sealed:
    """Read the data sets below `data` for the exercise `score`, with the course's own code `sealing`."""
    shown, key = _function(sealing, f"sealed_{_short(score)}")(data, np.random.default_rng(seed))
    content = io.BytesIO()
    np.savez(content, **shown)
    return Sealed(content.getvalue(), key)


def confirmed(questions: Questions, score: str, answer: Answer | None, key: Any) -> float:
    """The points that what came back from the kernel is worth; 0 for silence and for what are no predictions."""
    if answer is None or answer.data is None:
        return 0.0
    try:
        with np.errstate(all="ignore"):
            points = float(_function(questions.sealing, f"points_{_short(score)}")(answer.data, key))
    except Exception:  # made for what a network predicts, and anything may have come
        return 0.0
    return points if np.isfinite(points) else 0.0


@functools.lru_cache(maxsize=16)
def _function(sealing: str, name: str) -> Callable[..., Any]:
    names: dict[str, Any] = {"__name__": "sealing"}
    exec(compile(sealing, "<sealing>", "exec"), names)
    found: Callable[..., Any] = names[name]
    return found


def _short(score: str) -> str:
    return score.removeprefix("score_")
