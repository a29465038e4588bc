"""Points from a notebook that was run: nbgrader's rule, except that a warning costs nothing."""

from __future__ import annotations

import re
from collections.abc import Collection

from nbformat import NotebookNode
from nbgrader.utils import compute_checksum, determine_grade, is_grade, is_solution, is_task

from autograder.grading.record import CellResult
from autograder.grading.restore import grade_id

MAX_LINE = 300  # characters of what a test said
_COLOUR_CODES = re.compile(r"\x1b\[[0-9;]*m")


def score(ran: NotebookNode, source: NotebookNode, waiting: Collection[str] = ()) -> tuple[CellResult, ...]:
    """What each grade cell of `source` earned in the notebook `ran`, in the order of `source`.

    A cell that a person must grade, or that is among `waiting` and lacks its data, has no score yet.
    """
    cells = {grade_id(cell): cell for cell in ran.cells}
    return tuple(_score(cell, cells.get(grade_id(cell)), waiting) for cell in source.cells if is_graded(cell))


def is_graded(cell: NotebookNode) -> bool:
    """Whether the cell has a row of points in the gradebook."""
    return bool(is_grade(cell) or is_task(cell))


def nothing(source: NotebookNode) -> tuple[CellResult, ...]:
    """No points for any grade cell of `source`."""
    return tuple(CellResult(_name(cell), 0.0, _points(cell)) for cell in source.cells if is_graded(cell))


def unchanged(ran: NotebookNode) -> tuple[str, ...]:
    """The grade ids of answers that are still as they were given out."""
    return tuple(
        _name(cell)
        for cell in ran.cells
        if is_solution(cell) and cell.metadata.nbgrader.get("checksum") == compute_checksum(cell)
    )


def _score(source: NotebookNode, ran: NotebookNode | None, waiting: Collection[str]) -> CellResult:
    name, points = _name(source), _points(source)
    if name in waiting or is_task(source):
        return CellResult(name, None, points)
    if ran is None:
        return CellResult(name, 0.0, points, "The cell was not run.")
    heard = NotebookNode(ran)
    if ran.cell_type == "code":
        heard.outputs = [output for output in ran.outputs if output.get("name") != "stderr"]
    if name.startswith("score_") and not _shows(heard, "execute_result", "error"):
        return CellResult(name, 0.0, points, "The cell gave no number of points.")
    try:
        given, _ = determine_grade(heard)
    except Exception as error:  # a result that is no number of points
        return CellResult(name, 0.0, points, line(f"{type(error).__name__}: {error}"))
    return CellResult(name, given if given is None else float(given), points, _said(heard, name, given, points))


def _shows(cell: NotebookNode, *kinds: str) -> bool:
    return any(output.output_type in kinds for output in cell.get("outputs", []))


def _said(cell: NotebookNode, name: str, given: float | None, points: float) -> str | None:
    """What the cell's tests said, in a line: the exception, or why a score is what it is."""
    if given is None or given == points or cell.cell_type != "code":
        return None
    said = None
    for output in cell.outputs:
        if output.output_type == "stream" and name.startswith("score_"):
            said = line(output.text.strip().rpartition("\n")[2])
        elif output.output_type == "error":
            said = said or line(f"{output.ename}: {output.evalue.strip()}")
    return said


def line(text: str) -> str:
    """The first line of `text`, without colours and other signs that are no letters, shortened."""
    first = _COLOUR_CODES.sub("", text).partition("\n")[0]
    plain = "".join(sign for sign in first[: 2 * MAX_LINE] if sign.isprintable()).rstrip(": ")
    return plain if len(plain) <= MAX_LINE else plain[: MAX_LINE - 1] + "…"


def _name(cell: NotebookNode) -> str:
    return str(cell.metadata.nbgrader.grade_id)


def _points(cell: NotebookNode) -> float:
    return float(cell.metadata.nbgrader.points)
