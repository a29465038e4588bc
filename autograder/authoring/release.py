"""Make the students' notebook from the source notebook, exactly as `nbgrader generate_assignment` does in this course.

nbgrader itself takes several seconds to import and to open its gradebook, which a build has no use for. The gradebook
learns of the assignment when it is graded (`autograder.gradebook.book.register`).
"""

from __future__ import annotations

import copy
import hashlib
import re
from collections.abc import Iterator

from nbformat import NotebookNode

from autograder.cells import HIDDEN, SOLUTION

CODE_STUB = ("# YOUR CODE HERE", "raise NotImplementedError()")
TEXT_STUB = "YOUR ANSWER HERE"


def released(source: NotebookNode) -> NotebookNode:
    """The students' notebook: stubs for solutions, no hidden tests, cells locked, checksums of what is graded."""
    notebook = copy.deepcopy(source)
    for cell in notebook.cells:
        told = cell.metadata.get("nbgrader", {})
        solution, grade = bool(told.get("solution")), bool(told.get("grade"))
        locked = not solution and (grade or bool(told.get("locked")))
        if solution or locked:
            cell.metadata["deletable"] = False
        if locked:
            cell.metadata["editable"] = False
        cell.source = _without_solution(cell) if solution else cell.source
        cell.source = "\n".join(_without_hidden_tests(cell.source))
        if solution or locked:
            told["checksum"] = _checksum(cell, grade=grade, solution=solution, locked=locked)
            told["cell_type"] = cell.cell_type
    return notebook


def _without_solution(cell: NotebookNode) -> str:
    """The cell's source with a stub for each region, or for all of it where there is none.

    At the top level of a cell of code (a quiz answer) no stub is left: it would stop a blank notebook at a cell that is
    no test.
    """
    code = cell.cell_type == "code"
    stub = CODE_STUB if code else (TEXT_STUB,)
    lines: list[str] = []
    inside = found = False
    for line in cell.source.split("\n"):
        if line.strip() == SOLUTION[0]:
            inside = found = True
            indent = re.match(r"\s*", line)[0]  # type: ignore[index]
            if indent or not code:
                lines += [indent + one for one in stub]
        elif line.strip() == SOLUTION[1]:
            inside = False
        elif not inside:
            lines.append(line)
    return "\n".join(lines) if found else "\n".join(stub)


def _without_hidden_tests(source: str) -> Iterator[str]:
    inside = False
    for line in source.split("\n"):
        if line.strip() in HIDDEN:
            inside = line.strip() == HIDDEN[0]
        elif not inside:
            yield line


def _checksum(cell: NotebookNode, *, grade: bool, solution: bool, locked: bool) -> str:
    """As nbgrader.utils.compute_checksum."""
    told = cell.metadata.nbgrader
    parts = [cell.source, cell.cell_type, str(grade), str(solution), str(locked), told["grade_id"]]
    parts += [str(float(told["points"]))] if grade else []
    return hashlib.md5("".join(parts).encode()).hexdigest()
