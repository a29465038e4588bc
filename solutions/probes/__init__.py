"""The contract of a probe file, `solutions/probes/aN_name.py`.

A probe file is read by names; nothing is registered:

`probe_<exercise>(answer, rng)`
    Puts `answer`, what a student handed in, to inputs drawn from `rng` (a `numpy.random.Generator`) and returns a
    dict from a short question to plain data: arrays of numbers, numbers, strings, None, lists and dicts of these.
    The same answer and seed give the same data. Two answers are the same if their data agree within the probe's
    tolerance, or, where the exercise is judged by properties, if the probe's predicate accepts the data.
`<exercise>__<mistake>`
    A wrong answer that a student could hand in. Its docstring is what a student who made this mistake should read:
    it names the misconception in a sentence or two and gives no solution away.
`NO_PROBE`
    A dict from each exercise that no probe can question to the reason. The judge asks for its value then: a letter or
    a number, which must be the reference's.
`sealed_<exercise>(data, rng)`, `predict_<exercise>(names, shown)`, `points_<exercise>(data, key)`
    For an exercise `score_<exercise>`, graded by a number: what is shown of the data sets in the folder `data`, as a
    dict of arrays, and the key that stays with the judge; what comes of showing it to the network among the notebook's
    `names`, as a probe's data; and how many points that is worth by the key.

`tests/alternatives/aN_name.py` uses the same names for right answers written differently:
`<exercise>__<how>`, with a docstring that says what is different.

Each answer stands alone: it uses its arguments, what the notebook itself imports, and earlier exercises by name, so
that it can be pasted into a notebook under its exercise's name. A probe, and what is to predict, runs in a student's
kernel: it uses libraries, what its file defines for probes, and `ask`; nothing of `solutions`, and no answer.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

Plain = Any  # np.ndarray of numbers | int | float | bool | str | None | list[Plain] | dict[str, Plain]
Answer = Callable[..., Any]
Probe = Callable[[Answer, np.random.Generator], dict[str, Plain]]

RTOL = ATOL = 1e-4  # wide enough for a right answer in float32, far below what any mistake changes


def judged(
    *, rtol: float = RTOL, atol: float = ATOL, predicate: Callable[[dict[str, Plain]], bool] | None = None
) -> Callable[[Probe], Probe]:
    """Say how a probe's data are judged: within a tolerance of the reference's, or by a predicate of their own."""

    def decorate(probe: Probe) -> Probe:
        probe.rtol, probe.atol, probe.predicate = rtol, atol, predicate  # type: ignore[attr-defined]
        return probe

    return decorate


def ask(answer: Answer, *args: Any, **kwargs: Any) -> Plain:
    """Call `answer` and return what came of it as plain data.

    An exception becomes the string `"raised <its type>"`, so a crash on one input leaves the others to compare; a
    call that changed its arguments becomes `"changed its input"`. What cannot be plain data becomes
    `"returned <its type>"`. Warnings are let pass: whether one is an error must not depend on who asks.
    """
    before = copy.deepcopy((args, kwargs))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result = plain(answer(*args, **kwargs))
    except Exception as error:
        return f"raised {type(error).__name__}"
    return result if _same(before, (args, kwargs)) else "changed its input"


def plain(value: Any) -> Plain:
    """Turn numbers, arrays, tensors and nests of them into plain data; numbers become float64 arrays."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if hasattr(value, "detach"):
        value = value.detach().cpu().numpy()
    if isinstance(value, (list, tuple)):
        items = [plain(item) for item in value]
        same_shape = len({item.shape if isinstance(item, np.ndarray) else None for item in items}) == 1
        return np.stack(items) if same_shape and isinstance(items[0], np.ndarray) else items
    try:
        array = np.asarray(value)
        if array.dtype.kind in "biuf":
            return array.astype(np.float64)
    except Exception:  # an object may refuse to be an array in any way it likes
        pass
    return f"returned {type(value).__name__}"


class Choice(str):
    """A wrong choice in a quiz: the letter, with what its chooser should read as its docstring."""

    def __new__(cls, letter: str, message: str) -> Choice:
        choice = super().__new__(cls, letter)
        choice.__doc__ = message
        return choice


def _same(before: Any, after: Any) -> bool:
    if isinstance(before, (tuple, list)):
        return len(before) == len(after) and all(map(_same, before, after))
    if isinstance(before, dict):
        return before.keys() == after.keys() and all(_same(before[key], after[key]) for key in before)
    if hasattr(before, "detach"):
        before, after = before.detach().cpu().numpy(), after.detach().cpu().numpy()
    if isinstance(before, np.ndarray):
        return before.dtype == after.dtype and np.array_equal(before, after, equal_nan=before.dtype.kind == "f")
    return True
