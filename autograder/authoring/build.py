"""Make notebooks from a room's `notebook.py`: `build/source/aN/aN.ipynb`, and from that `assignments/aN/aN.ipynb`.

The same solution gives the same bytes: cell ids come from grade ids or contents, and nothing records a time or a
version. So CI can ask git whether the committed notebooks are up to date.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell

from autograder.authoring.hidden import Hidden, expected_data, hidden_tests
from autograder.authoring.inline import inlined
from autograder.authoring.release import students_notebook
from autograder.cells import HIDDEN, Cell, read_cells
from autograder.course import Course, CourseError
from autograder.files import write_text

BADGE = "[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]({url})"
# Around what a notebook says about points that holds with credit = "all".
CREDIT = ("<!-- credit -->", "<!-- /credit -->")
BY_SHARE = (
    "An exercise has the share of its points that your answer earns, in half points: of all that is asked about it, "
    "listed below each test as *Also asked*, the share that your answer is right for, beyond what an answer that does "
    "nothing would get. All points are for an answer that is right throughout."
)


def build(course: Course, assignment: str) -> Path:
    """Write the source notebook and the students' notebook; returns the latter's path.

    Raises CourseError, with file and line, for an error in the solution file.
    """
    notebook = source_notebook(course, assignment)
    made = {course.source(assignment): notebook, course.release(assignment): students_notebook(notebook)}
    for path, one in made.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, as_text(one))
    return course.release(assignment)


def as_text(notebook: nbformat.NotebookNode) -> str:
    """The notebook's JSON as it is in the file."""
    return str(nbformat.writes(notebook)) + "\n"


def source_notebook(course: Course, assignment: str, *, generated: bool = True) -> nbformat.NotebookNode:
    """The whole assignment as a notebook with nbgrader's metadata: solutions, visible and hidden tests, calls.

    With `generated`, it includes the hidden tests made from the questions, and below each visible test the names of the
    other questions. Raises CourseError.
    """
    path = course.solution(assignment)
    cells = inlined(read_cells(path), path, course.setup)
    expected = expected_data(course, assignment) if generated else None
    hidden = hidden_tests(course, assignment, expected) if expected else {}
    notebook = new_notebook(
        metadata={
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
            "colab": {"provenance": [], "toc_visible": True},
        }
    )
    ids: Counter[str] = Counter()
    told = False
    for index, cell in enumerate(cells):
        private = hidden.get(cell.grade_id or "", Hidden("", ""))
        source = with_calls(cell, private.above)
        if index == 0 and cell.cell_type == "markdown":
            title, _, text = source.partition("\n")
            source = f"{title}\n\n{BADGE.format(url=course.colab_url(assignment))}\n\n{text.lstrip()}"
        if cell.cell_type == "markdown":
            source, found = _with_credit(source, by_share=course.by_share)
            told = told or found
        if private.end:
            # No blank lines between: they would trail in the students' notebook.
            source = f"{source.rstrip()}\n{private.end}"
        notebook.cells.append(_notebook_cell(cell, source, ids))
        if expected is not None and cell.tests and (names := expected.names(cell.exercise or "")):
            text = f"*Also asked, on other inputs:* {' · '.join(names)}."
            notebook.cells.append(_notebook_cell(Cell(cell.line, "markdown", text, role="text"), text, ids))
    if course.by_share and not told:
        raise CourseError(
            f'{path}: with credit = "share" a notebook says how points are given. Put {CREDIT[0]}{CREDIT[1]} into its '
            'text; what stands between them holds with "all" only.'
        )
    return notebook


def _with_credit(text: str, *, by_share: bool) -> tuple[str, bool]:
    """The text with what it says about points, between the marks CREDIT, as it holds; and whether it has the marks."""
    before, begun, rest = text.partition(CREDIT[0])
    inside, ended, after = rest.partition(CREDIT[1])
    if not (begun and ended):
        return text, False
    return f"{before}{BY_SHARE if by_share else inside}{after}", True


def with_calls(cell: Cell, above: str = "") -> str:
    """The cell's source with a call of each of its tests: visible ones before the hidden region, hidden ones in it.

    A visible test that passes says so, since a test cell that prints nothing leaves a student wondering. `above` are
    lines to put right above the calls of the visible tests.
    """
    lines = cell.source.splitlines()
    visible = [test for test in cell.tests if not test.hidden]
    insertions: dict[int, list[str]] = {}
    for test in cell.tests:
        if test.hidden:
            end = next(n for n, text in enumerate(lines) if n >= test.end and text.strip() == HIDDEN[1])
            insertions.setdefault(end, []).append(f"{test.name}()")
    if visible:
        after = max(test.end for test in visible)
        calls = ["", "", *above.splitlines(), *(f"{test.name}()" for test in visible)]
        calls.append(f'print("✓ {visible[0].name} passed")')
        insertions[after] = [*calls, *insertions.get(after, [])]
    result: list[str] = []
    for number in range(len(lines) + 1):
        result += insertions.get(number, [])
        if lines[number : number + 1] == [HIDDEN[0]]:
            while result and not result[-1]:  # blank lines here would trail in the students' notebook
                result.pop()
        result += lines[number : number + 1]
    return "\n".join(result)


def _notebook_cell(cell: Cell, source: str, ids: Counter[str]) -> nbformat.NotebookNode:
    metadata: dict[str, object] = {}
    if cell.nbgrader:
        metadata["nbgrader"] = cell.nbgrader
    if cell.tags:
        metadata["tags"] = list(cell.tags)
    if cell.cell_type == "code" and source.startswith("# @title"):
        # Hide the code of a picture: Colab shows its title, JupyterLab three dots.
        metadata["cellView"] = "form"
        metadata["jupyter"] = {"source_hidden": True}
    new_cell = {"code": new_code_cell, "markdown": new_markdown_cell, "raw": new_raw_cell}[cell.cell_type]
    content = json.dumps([cell.cell_type, source])
    cell_id = cell.grade_id or hashlib.sha256(content.encode()).hexdigest()[:12]
    ids[cell_id] += 1
    if ids[cell_id] > 1:
        cell_id = f"{cell_id}-{ids[cell_id]}"
    return new_cell(source, id=cell_id, metadata=metadata)
