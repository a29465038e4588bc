"""Split a failed test's message into the sentence, the expected and the given array, and the guess.

The assignments' `compare` writes "<sentence>, expected: <array>, got: <array>, This looks like: <mistake>." with blank
lines between. Any other message stays text.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

MOST_ROWS = MOST_COLUMNS = 12
_PARTS = re.compile(
    r"\A(?P<says>.*?)\n\nexpected:\n(?P<expected>.*?)\n\ngot:\n(?P<got>.*?)"
    r"(?:\n\nThis looks like: (?P<guess>[^\n]*))?\s*\Z",
    re.DOTALL,
)
_ROWS = re.compile(r"(\[[^\[\]]*\]\s*)+")


@dataclass(frozen=True)
class Number:
    """One number of an array."""

    text: str  # as it was printed
    differs: bool  # from the number at the same place in the other array


Grid = list[list[Number]]


@dataclass(frozen=True)
class Message:
    """A test's message in parts."""

    says: str
    expected: str = ""  # the arrays as text, if there are any
    got: str = ""
    guess: str = ""
    expected_grid: Grid | None = None  # if both arrays are small and have at most two axes
    got_grid: Grid | None = None


def read_message(text: str) -> Message:
    """Split a message into its parts."""
    found = _PARTS.match(text)
    if not found:
        return Message(text.strip())
    expected, got = _dedent(found["expected"]), _dedent(found["got"])
    one, other = _rows(expected), _rows(got)
    small = one is not None and other is not None
    return Message(
        says=found["says"].strip(),
        expected=expected,
        got=got,
        guess=(found["guess"] or "").strip().removesuffix("."),
        expected_grid=_grid(one, other) if small else None,
        got_grid=_grid(other, one) if small else None,
    )


def _dedent(text: str) -> str:
    return "\n".join(line.removeprefix("    ") for line in text.split("\n"))


def _rows(text: str) -> list[list[str]] | None:
    """The numbers of a printed array with at most two axes; None for anything else."""
    inner = text.strip()
    if not inner.startswith("["):
        return [[inner]] if _is_number(inner) else None
    if not inner.endswith("]") or len(inner) > 40 * MOST_ROWS * MOST_COLUMNS:
        return None
    inner = inner[1:-1].strip()
    if inner.startswith("["):
        rows = [row.split() for row in re.findall(r"\[([^\[\]]*)\]", inner)] if _ROWS.fullmatch(inner) else []
    else:
        rows = [inner.split()]
    return rows if _is_small_table(rows) else None


def _is_small_table(rows: list[list[str]]) -> bool:
    """Whether the rows hold numbers only, are equally long, and neither too many nor too long."""
    if not 1 <= len(rows) <= MOST_ROWS or not 1 <= len(rows[0]) <= MOST_COLUMNS:
        return False
    return all(len(row) == len(rows[0]) and all(map(_is_number, row)) for row in rows)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return len(text) <= 15 and "_" not in text


def _grid(rows: list[list[str]] | None, other: list[list[str]] | None) -> Grid:
    assert rows is not None and other is not None
    comparable = (len(rows), len(rows[0])) == (len(other), len(other[0]))
    return [
        [Number(number, comparable and not _same(number, other[i][j])) for j, number in enumerate(row)]
        for i, row in enumerate(rows)
    ]


def _same(one: str, other: str) -> bool:
    a, b = float(one), float(other)
    return (math.isnan(a) and math.isnan(b)) or a == b or math.isclose(a, b, rel_tol=1e-4, abs_tol=1e-4)
