"""Read and write tables for spreadsheets and learning platforms, in which no cell is a formula.

A spreadsheet takes a cell that begins with = + - @ for a formula, also after blanks, in full-width letters, or where a
separator inside a cell makes it see another cell. Names are chosen by strangers, so these cells get an apostrophe
before the sign, which makes a spreadsheet show them as text. Numbers stay numbers.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.course import CourseError

BOM = "\ufeff"
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)*%?|-")  # the last is what Moodle writes if there is no grade
_FORMULA = re.compile("(^|[,;|\t\r\n])([ \u00a0]*)(?=[=+\\-@\uff1d\uff0b\uff0d\uff20])")


@dataclass(frozen=True)
class Table:
    """A file's rows, the heading first, and how they are written."""

    rows: list[list[str]]
    separator: str = ","
    bom: bool = False

    @property
    def heading(self) -> list[str]:
        return self.rows[0]


def harmless(cell: str) -> str:
    """The cell's text, changed so that no spreadsheet takes it for a formula."""
    if _NUMBER.fullmatch(cell):
        return cell
    text = cell.replace("\x00", "")
    text = f"'{text}" if text[:1] in ("\t", "\r") else text
    return _FORMULA.sub(r"\1\2'", text)


def read_table(path: Path) -> Table:
    """Read a file that a learning platform has exported. Raises CourseError if it is not a CSV table."""
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise CourseError(f"{path} is not UTF-8 text. Export it again as CSV in UTF-8.") from error
    bom, text = text.startswith(BOM), text.removeprefix(BOM)
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True) if row]
    except csv.Error as error:
        raise CourseError(f"{path} is not a CSV table: {error}. Export it again.") from error
    if len(rows) < 2 or len(rows[0]) < 2:
        raise CourseError(f"{path} is not a CSV table with a heading and rows. Export it again.")
    width = len(rows[0])
    if uneven := [number for number, row in enumerate(rows, start=1) if len(row) > width]:
        raise CourseError(f"{path}: row {uneven[0]} has more cells than the heading. Export it again.")
    return Table([row + [""] * (width - len(row)) for row in rows], separator, bom)


def write_table(rows: Iterable[Sequence[str]], *, separator: str = ",", bom: bool = False) -> str:
    """The rows as a file's text, with each cell made harmless."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=separator, lineterminator="\r\n")
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return (BOM if bom else "") + text.getvalue()


def points(number: float) -> str:
    """A number of points as people write it: 3, 2.5, 0.33."""
    return f"{number:.2f}".rstrip("0").rstrip(".")
