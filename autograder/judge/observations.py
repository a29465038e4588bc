"""Say what wrong data have in common that can be said of any function: no error, a changed argument, cut fractions, …

Each observation is true of every pair it is made of, so it needs no known mistake.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

Pair = tuple[Any, Any]  # what the reference gives, and the answer
Same = Callable[[Any, Any], bool]

_ERROR = re.compile(r"raised (\w+)")
# Of a student's text only these words are shown: any other could carry something out.
_TYPE = re.compile(r"int|float|bool|str|list|tuple|dict|NoneType|(?:bool|u?int\d{1,2}|b?float\d{2}) (?:tensor|array)")


def observed(pairs: Sequence[Pair], same: Same) -> tuple[str, str] | None:
    """The name and the message of what holds for all `pairs`, which differ; None if nothing does.

    `same(one, other)` says whether data agree within the exercise's tolerance.
    """
    got = [answer for _, answer in pairs]
    if all(isinstance(answer, str) and answer == "changed its input" for answer in got):
        return "changes_an_argument", "It changes an argument that it was given. Work on a copy of it."
    if all(answer is None for answer in got):
        return "returns_nothing", "It returns None. Is there a `return` on every way through it?"
    errors = {_error(expected) for expected, _ in pairs}
    if len(errors) == 1 and (error := errors.pop()):
        return _no_error(error, {_error(answer) for answer in got})
    if all(isinstance(one, str) and _TYPE.fullmatch(one) for pair in pairs for one in pair):
        return "another_type", f"The type of the result is {_list(got)}, and should be another one."
    if not all(_is_array(one) for pair in pairs for one in pair):
        return None
    arrays = [(np.asarray(expected), np.asarray(answer)) for expected, answer in pairs]
    for name, message, change in _CHANGES:
        changed = [(change(expected), answer) for expected, answer in arrays]
        if all(one is not None and same(np.asarray(one), other) for one, other in changed):
            return name, message
    if all(_wraps(*pair) for pair in arrays):
        return "wraps_around", "Numbers wrap around: they are too large for the integer type they are kept in."
    if all(one.shape != other.shape and same(np.squeeze(one), np.squeeze(other)) for one, other in arrays):
        message = "The numbers are right, and the shape is not: an axis of length 1 is too many or too few."
        return "axis_of_length_1", message
    return None


def _no_error(expected: str, got: set[str | None]) -> tuple[str, str]:
    where = "where its arguments do not fit"
    if got == {None}:
        return "no_error", f"It should raise a {expected} {where}, and it returns a result."
    if None in got:
        return "no_error", f"It should raise a {expected} {where}, and it does not in each case."
    return "another_error", f"It should raise a {expected} {where}, and it raises another error."


def _error(data: Any) -> str | None:
    match = _ERROR.fullmatch(data) if isinstance(data, str) else None
    return match[1] if match else None


def _is_array(data: Any) -> bool:
    return isinstance(data, (int, float, np.ndarray)) and np.asarray(data).dtype.kind in "biuf"


def _list(names: Sequence[Any]) -> str:
    return " or ".join(sorted({str(name) for name in names}))


def _cut(expected: np.ndarray) -> np.ndarray | None:
    """The numbers without their fractions, if they have any."""
    with np.errstate(all="ignore"):
        cut = np.trunc(expected.astype(np.float64))
    return None if np.array_equal(cut, expected) else cut


def _transposed(expected: np.ndarray) -> np.ndarray | None:
    """The array with its last two axes exchanged, if it has two."""
    return np.swapaxes(expected, -1, -2) if expected.ndim >= 2 else None


def _negative(expected: np.ndarray) -> np.ndarray | None:
    return -expected.astype(np.float64)


_CHANGES: tuple[tuple[str, str, Callable[[np.ndarray], np.ndarray | None]], ...] = (
    ("cuts_fractions", "The fractions are cut off: an array of an integer type keeps whole numbers only.", _cut),
    ("last_axes_exchanged", "The last two axes of the result are exchanged.", _transposed),
    ("wrong_sign", "The result has the wrong sign.", _negative),
)


def _wraps(expected: np.ndarray, answer: np.ndarray) -> bool:
    """Whether the numbers are whole, and differ by multiples of 2⁸, 2¹⁶ or 2³² where they differ."""
    if expected.shape != answer.shape or not expected.size:
        return False
    with np.errstate(all="ignore"):
        one, other = expected.astype(np.float64), answer.astype(np.float64)
        off = np.round(other - one)
        whole = np.array_equal(np.round(one), one) and np.array_equal(np.round(other), other)
        return bool(whole and np.any(off) and any(np.all(off % 2.0**bits == 0) for bits in (8, 16, 32)))
