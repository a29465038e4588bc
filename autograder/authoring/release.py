"""Make the students' notebook from the source notebook, exactly as `nbgrader generate_assignment` does in this course.

nbgrader's preprocessors come with its gradebook and a second of imports. A build without a change needs neither; the
gradebook learns of what has changed from `autograder.gradebook.book.register`.
"""

from __future__ import annotations

import copy
import re

from nbformat import NotebookNode
from nbgrader.utils import compute_checksum, is_locked, is_solution

from autograder.cells import HIDDEN, SOLUTION

CODE_STUB = ("# YOUR CODE HERE", "raise NotImplementedError()")
TEXT_STUB = "YOUR ANSWER HERE"


def students_notebook(source: NotebookNode) -> NotebookNode:
    """The notebook that is given out: `with_stubs`, and no hidden tests."""
    notebook = with_stubs(source)
    for cell in notebook.cells:
        cell.source = without_hidden_tests(cell.source)
        _sum_up(cell)
    return notebook


def with_stubs(source: NotebookNode) -> NotebookNode:
    """The source notebook as the gradebook knows it: stubs for solutions, cells locked, checksums of what is graded,
    hidden tests still in."""
    notebook = copy.deepcopy(source)
    for cell in notebook.cells:
        if is_solution(cell) or is_locked(cell):
            cell.metadata["deletable"] = False
        if is_locked(cell):
            cell.metadata["editable"] = False
        if is_solution(cell):
            cell.source = without_solution(cell.source, code=cell.cell_type == "code")
        _sum_up(cell)
    return notebook


def _sum_up(cell: NotebookNode) -> None:
    if is_solution(cell) or is_locked(cell):
        cell.metadata.nbgrader["checksum"] = compute_checksum(cell)
        cell.metadata.nbgrader["cell_type"] = cell.cell_type


def without_solution(source: str, *, code: bool = True) -> str:
    """A cell's source with a stub for each region, or for all of it where there is none.

    At the top level of a cell of code (a quiz answer) no stub is left: it would stop a blank notebook at a cell that is
    no test.
    """
    stub = CODE_STUB if code else (TEXT_STUB,)
    lines: list[str] = []
    inside = found = False
    for line in source.split("\n"):
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


def without_hidden_tests(source: str) -> str:
    """The text of a cell without its hidden regions."""
    lines, inside = [], False
    for line in source.split("\n"):
        if line.strip() in HIDDEN:
            inside = line.strip() == HIDDEN[0]
        elif not inside:
            lines.append(line)
    return "\n".join(lines)
