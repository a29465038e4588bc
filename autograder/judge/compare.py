"""Compare the plain data that questions return with the reference's."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import numpy as np

Predicate = Callable[[dict[str, Any], np.random.Generator], Sequence[str]]


def failing(
    expected: Mapping[str, Any],
    got: Mapping[str, Any],
    *,
    rtol: float,
    atol: float,
    predicate: Predicate | None = None,
    free: Collection[str] | None = None,
    seed: int = 0,
) -> list[str]:
    """The names of the questions that `got` answers wrongly, in the order of `expected`, the reference's data.

    The predicate judges the data under the names `free` (all if it is None), and may name others as well; if it raises
    an error, all names that it judges are wrong.
    """
    if not got.keys() <= expected.keys():
        return list(expected)
    judged: Collection[str] = () if predicate is None else expected.keys() if free is None else free
    named: Collection[str] = ()
    with np.errstate(all="ignore"):
        if predicate is not None:
            try:
                named = set(predicate(dict(got), np.random.default_rng(seed)))
            except Exception:  # it is written for valid data, and `got` may be anything
                named = judged

        def right(name: str) -> bool:
            return name in judged or agree(expected[name], got[name], rtol=rtol, atol=atol)

        return [name for name in expected if name not in got or name in named or not right(name)]


def points_by_share(points: float, asked: int, wrong: int, given: int) -> float:
    """The points, in halves, for a share of the questions: `asked` are all of them, `wrong` those answered wrongly.

    Only questions beyond `given`, as many as a blank or constant answer gets right, count. All points are for those
    who have nothing wrong.
    """
    if not wrong:
        return float(points)
    return 2 * points * max(asked - wrong - given, 0) // max(asked - given, 1) / 2


def agree(expected: Any, got: Any, *, rtol: float, atol: float) -> bool:
    """True where `got` has the structure, shapes and strings of `expected`, and its numbers within the tolerance.

    |got − expected| ≤ atol + rtol·|expected|; NaN agrees with NaN and an infinity with itself. Data that are not
    plain (arrays of numbers, numbers, strings, None, lists and dicts of these) agree with nothing.
    """
    if type(expected) is dict and type(got) is dict:
        same_keys = expected.keys() == got.keys()
        return same_keys and all(agree(expected[key], got[key], rtol=rtol, atol=atol) for key in expected)
    if type(expected) is list and type(got) is list:
        same_length = len(expected) == len(got)
        return same_length and all(agree(a, b, rtol=rtol, atol=atol) for a, b in zip(expected, got, strict=True))
    if type(expected) is str or expected is None:
        return type(got) is type(expected) and bool(got == expected)
    if not (is_numbers(expected) and is_numbers(got)):
        return False
    expected, got = np.asarray(expected), np.asarray(got)
    if expected.shape != got.shape:
        return False
    if expected.dtype.kind != "f":
        expected = expected.astype(np.float64)
    with np.errstate(all="ignore"):
        if np.all(np.isfinite(expected)):  # np.allclose takes several times as long
            return bool(np.all(abs(got - expected) <= atol + rtol * abs(expected)))
        return bool(np.allclose(got, expected, rtol=rtol, atol=atol, equal_nan=True))


def is_plain(data: Any) -> bool:
    """Whether `data` is plain: nothing in it has behaviour of its own."""
    if type(data) is dict:
        return all(type(key) is str and is_plain(value) for key, value in data.items())
    if type(data) is list:
        return all(is_plain(item) for item in data)
    return data is None or type(data) is str or is_numbers(data)


def is_numbers(data: Any) -> bool:
    """Whether `data` is a number or an array of numbers (no objects, no subclass)."""
    return type(data) in (bool, int, float) or (type(data) is np.ndarray and data.dtype.kind in "biuf")
