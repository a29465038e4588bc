"""Find the points of each grade cell: the judge's, or by nbgrader's rule for cells that a person grades."""

from __future__ import annotations

import builtins
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.utils import compute_checksum, determine_grade, is_grade, is_solution, is_task

from autograder.grading.record import CellResult
from autograder.judge.answers import QuestionResult
from autograder.submissions.restore import grade_id

MAX_LINE = 300  # characters of a test's message
MOST_NAMES = 6  # of failing questions; a longer list is not read
_PYTHONS_ERRORS = {name for name, one in vars(builtins).items() if isinstance(one, type) and issubclass(one, Exception)}
_MODULE = re.compile(r"No module named '([\w.]{1,60})'")
_VERDICT = "Graded: "  # the beginning of the judge's sentences
_COLOUR_CODES = re.compile(r"\x1b\[[0-9;]*m")


def score(
    ran: NotebookNode, source: NotebookNode, judged: Mapping[str, CellResult], waiting: Collection[str] = ()
) -> tuple[CellResult, ...]:
    """The points of each grade cell of `source`, in the order of `source`.

    `judged` are the judge's results by grade id, `ran` the notebook that was run with the visible tests. A cell that a
    person must grade, or that is among `waiting` and lacks its data, has no score yet.
    """
    cells = {grade_id(cell): cell for cell in ran.cells}
    return tuple(_score(cell, cells.get(grade_id(cell)), judged, waiting) for cell in source.cells if is_graded(cell))


def is_graded(cell: NotebookNode) -> bool:
    """Whether the cell has a row of points in the gradebook."""
    return bool(is_grade(cell) or is_task(cell))


def points_of(source: NotebookNode) -> dict[str, float]:
    """The possible points of each grade cell of `source` that no person grades."""
    return {_name(cell): _points(cell) for cell in source.cells if is_graded(cell) and not _by_hand(cell)}


def zero_scores(source: NotebookNode) -> tuple[CellResult, ...]:
    """No points for any grade cell of `source`."""
    return tuple(CellResult(_name(cell), 0.0, _points(cell)) for cell in source.cells if is_graded(cell))


def unchanged(ran: NotebookNode) -> tuple[str, ...]:
    """The grade ids of answers that the student did not change."""
    return tuple(
        _name(cell)
        for cell in ran.cells
        if is_solution(cell) and cell.metadata.nbgrader.get("checksum") == compute_checksum(cell)
    )


def verdict_sentences(cell: CellResult) -> list[str]:
    """The judge's sentences for the student about an exercise: the failing questions and the mistake."""
    if cell.carried:
        return [carried_sentence(cell)]
    sentences = [cell.said] if cell.said else []
    if cell.verdict == "no answer" and not cell.said:
        sentences.append("It gave no result: nothing came back from it.")
    if cell.failing == ("value",):
        sentences.append("This is not the right answer.")
    elif cell.failing:
        names = ", ".join(cell.failing[:MOST_NAMES])
        more = f", and {len(cell.failing) - MOST_NAMES} more" if len(cell.failing) > MOST_NAMES else ""
        sentences.append(f"Not right: {names}{more}.")
    if cell.mistake:
        sentences.append(f"This looks like: {cell.mistake.message}")
    elif cell.crash:
        sentences.append(cell.crash)
    return sentences


def missing_modules(notebook: NotebookNode, exercises: Collection[str]) -> list[str]:
    """A sentence for each module that a cell imports and this machine lacks; cells are named by their exercises."""
    found: dict[str, str] = {}
    for number, cell in enumerate(notebook.cells, start=1):
        for output in cell.get("outputs", []):
            if output.output_type != "error" or output.ename != "ModuleNotFoundError" or is_grade(cell):
                continue
            if module := _MODULE.search(str(output.evalue)):
                name = grade_id(cell) or ""
                found.setdefault(module[1], name if name in exercises else f"number {number}")
    return [
        f"The cell {where} imports {module}, which is not there where notebooks are graded. What the cell does from "
        "there on is missing. Install it there and grade again with --force, or have the import removed."
        for module, where in found.items()
    ]


def crash_sentence(answer: QuestionResult, failing: Iterable[str], source: str) -> str:
    """Where the answer, whose cell is `source`, raises an error: for the first question that it fails in this way.

    The kernel gives a number only, and the error's name if it is one of Python's own: a text could hold an input.
    """
    lines = source.splitlines()
    for name in failing:
        number = answer.lines.get(name, 0)
        if 1 <= number <= len(lines):
            error = next((one for one in _errors((answer.data or {}).get(name)) if one in _PYTHONS_ERRORS), "an error")
            line = lines[number - 1].strip()[:MAX_LINE]
            return f"Asked “{name}”, it raises {error} in line {number} of its cell: {line}"
    return ""


def _errors(data: Any) -> Iterator[str]:
    """The names of the errors that question data tell of."""
    if isinstance(data, str) and data.startswith("raised "):
        yield data.removeprefix("raised ")
    for part in data.values() if isinstance(data, dict) else data if isinstance(data, list) else ():
        yield from _errors(part)


def carried_sentence(cell: CellResult) -> str:
    """Why an exercise that fails has its points."""
    *others, last = cell.carried
    names = f"{', '.join(others)} and {last}, which are" if others else f"{last}, which is"
    return f"Right in itself: it fails only because it uses your {names} wrong. So it has its points."


def add_verdicts(notebook: NotebookNode, cells: Collection[CellResult]) -> None:
    """Append the judge's sentences to the output of each test cell, for the instructor and nbgrader's pages."""
    results = {cell.grade_id: cell for cell in cells}
    for cell in notebook.cells:
        result = results.get(grade_id(cell) or "")
        if result is None or result.verdict is None or cell.cell_type != "code":
            continue
        points = f"{result.score or 0.0:g} of {result.max_score:g} points"
        text = " ".join([f"{_VERDICT}{points}.", *verdict_sentences(result)])
        cell.outputs = [*cell.get("outputs", []), new_output("stream", name="stdout", text=f"{text}\n")]


def without_verdict(cell: NotebookNode) -> NotebookNode:
    """The cell as it ran, without the judge's sentences."""
    bare = NotebookNode(cell)
    bare.outputs = [one for one in cell.get("outputs", []) if not str(one.get("text", "")).startswith(_VERDICT)]
    return bare


def _score(
    source: NotebookNode, ran: NotebookNode | None, judged: Mapping[str, CellResult], waiting: Collection[str]
) -> CellResult:
    name, points = _name(source), _points(source)
    if name in waiting or is_task(source):
        return CellResult(name, None, points)
    if _by_hand(source):
        given = determine_grade(ran)[0] if ran is not None else 0.0
        return CellResult(name, given if given is None else float(given), points)
    result = judged.get(name, CellResult(name, 0.0, points, said="Nothing is asked about this exercise."))
    if ran is None:
        return replace(result, error="The cell was not run.", test_passed=False)
    error = next((first_line(f"{o.ename}: {o.evalue.strip()}") for o in ran.outputs if o.output_type == "error"), None)
    return replace(result, error=error, test_passed=error is None)


def _by_hand(cell: NotebookNode) -> bool:
    return bool(is_task(cell) or (is_grade(cell) and is_solution(cell)))


def first_line(text: str) -> str:
    """The first line of `text`, shortened, without colours and unprintable characters."""
    first = _COLOUR_CODES.sub("", text).partition("\n")[0]
    plain = "".join(sign for sign in first[: 2 * MAX_LINE] if sign.isprintable()).rstrip(": ")
    return plain if len(plain) <= MAX_LINE else plain[: MAX_LINE - 1] + "…"


def _name(cell: NotebookNode) -> str:
    return str(cell.metadata.nbgrader.grade_id)


def _points(cell: NotebookNode) -> float:
    return float(cell.metadata.nbgrader.points)
