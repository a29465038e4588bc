"""Put a submission back into the release's shape: keep the student's answers, take all else from the release.

`restore` is a pure function of two notebooks. `nbgrader_restore` has the part of it that stock `nbgrader autograde`
lacks.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from itertools import groupby

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell
from nbgrader.utils import is_grade, is_locked, is_solution, is_task

from autograder.authoring.release import with_stubs
from autograder.authoring.release import without_hidden_tests as without_hidden_regions

STOPPING_TAGS = frozenset({"skip-execution", "raises-exception"})  # Jupyter skips these cells, or ignores their errors


def grade_id(cell: NotebookNode) -> str | None:
    """The cell's grade id; None if it has none or its metadata are malformed."""
    metadata = cell.get("metadata")
    nbgrader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    name = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None
    return name if isinstance(name, str) and name else None


def restore(submitted: NotebookNode, source: NotebookNode) -> NotebookNode:
    """The submission in the shape that is run: the student's answers and own cells, all else from the source notebook.

    - If a cell is there several times, the last one counts, as with nbgrader; the others become plain cells, and so
      does every cell whose grade id the source does not have.
    - Grade cells and locked cells come out exactly once and as in the release. Deleted or renamed ones come back after
      all cells that precede them in the release. A moved cell stays where it is, unless it is a test above its answers.
    - An answer keeps the student's text, with the release's type and metadata.
    - Notebook metadata are the source's, cell ids are unique, and no tag stops a cell.
    """
    return restore_to(submitted, with_stubs(source))


def restore_to(submitted: NotebookNode, reference: NotebookNode) -> NotebookNode:
    """As `restore`, with a reference that is already in released form: from `with_stubs`, or the students' notebook."""
    known = {name: cell for cell in reference.cells if _is_nbgraders(cell) and (name := grade_id(cell))}
    cells: list[NotebookNode] = []
    seen: set[str] = set()
    for cell in reversed(submitted.cells):
        name = grade_id(cell)
        if name in known and name not in seen:
            seen.add(name)
            cells.append(_as_released(cell, known[name]))
        else:
            cells.append(_plain(cell))
    cells.reverse()
    put_back(cells, known, {name: cell for name, cell in known.items() if not _is_answer(cell)})
    for cell in cells:
        tags = cell.metadata.get("tags", [])
        if not STOPPING_TAGS.isdisjoint(tags):
            cell.metadata["tags"] = [tag for tag in tags if tag not in STOPPING_TAGS]
    _make_ids_unique(cells)
    kept = {key: reference.metadata[key] for key in ("kernelspec", "language_info") if key in reference.metadata}
    return new_notebook(cells=cells, metadata=copy.deepcopy(kept))


def without_hidden_tests(notebook: NotebookNode) -> NotebookNode:
    """The notebook without the hidden tests, which are looked for only in cells that students cannot change."""
    notebook = copy.deepcopy(notebook)
    for cell in notebook.cells:
        if is_locked(cell):
            cell.source = without_hidden_regions(cell.source)
    return notebook


def _is_nbgraders(cell: NotebookNode) -> bool:
    return bool(is_grade(cell) or is_solution(cell) or is_locked(cell) or is_task(cell))


def _is_answer(cell: NotebookNode) -> bool:
    """Whether a student who deletes the cell has only deleted an answer."""
    return bool(is_solution(cell) and not is_grade(cell))


def _as_released(submitted: NotebookNode, reference: NotebookNode) -> NotebookNode:
    cell = copy.deepcopy(reference)
    if not is_locked(reference):
        cell.source = submitted.source
        if cell.cell_type == submitted.cell_type == "markdown" and "attachments" in submitted:
            cell["attachments"] = copy.deepcopy(submitted.attachments)
    return cell


def _plain(submitted: NotebookNode) -> NotebookNode:
    """The cell as one of the student's own: type, text and pictures, without metadata for nbgrader or Jupyter."""
    makers = {"code": new_code_cell, "markdown": new_markdown_cell}
    cell = makers.get(submitted.cell_type, new_raw_cell)(submitted.source, id=str(submitted.get("id", "cell")))
    if submitted.cell_type != "code" and "attachments" in submitted:
        cell["attachments"] = copy.deepcopy(submitted.attachments)
    return cell


def put_back(cells: list[NotebookNode], order: Iterable[str], released: Mapping[str, NotebookNode]) -> None:
    """Insert the missing cells of `released`, then move each test below its answers.

    `order` are the grade ids of the release in its order; those that are not in `released` are answers, which may be
    missing.
    """
    order = list(order)
    answers_of = _answers_of_tests(order, released)
    _insert_missing(cells, order, released, answers_of)
    for test, answers in answers_of.items():
        place, last_answer = _last_place(cells, [test]), _last_place(cells, answers)
        if place < last_answer:
            cells.insert(last_answer, cells.pop(place))


def _answers_of_tests(order: Iterable[str], released: Mapping[str, NotebookNode]) -> dict[str, list[str]]:
    """The answers that each test is about: the last ones above it, with no other test between them."""
    tests: dict[str, list[str]] = {}
    answers: list[str] = []
    graded = (name for name in order if name not in released or is_grade(released[name]))
    for are_tests, names in groupby(graded, key=lambda name: name in released):
        if are_tests:
            tests |= dict.fromkeys(names, answers)
        else:
            answers = list(names)
    return tests


def _insert_missing(
    cells: list[NotebookNode],
    order: Iterable[str],
    released: Mapping[str, NotebookNode],
    answers_of: Mapping[str, list[str]],
) -> None:
    """Insert each missing cell below all cells that precede it in the release.

    A test whose answers are also missing goes to the end: they may be in any of the student's own cells.
    """
    place = 0
    last = []
    for name in order:
        found = _last_place(cells, [name])
        answers = answers_of.get(name, [])
        if found >= 0:
            place = max(place, found + 1)
        elif name not in released:
            continue
        elif answers and _last_place(cells, answers) < 0:
            last.append(copy.deepcopy(released[name]))
        else:
            cells.insert(place, copy.deepcopy(released[name]))
            place += 1
    cells += last


def _last_place(cells: list[NotebookNode], names: list[str]) -> int:
    """The index of the last cell with one of these grade ids; -1 if there is none."""
    return max((number for number, cell in enumerate(cells) if grade_id(cell) in names), default=-1)


def _make_ids_unique(cells: list[NotebookNode]) -> None:
    taken = {cell.id for cell in cells if _is_nbgraders(cell)}  # those of the source notebook, which are unique
    for cell in cells:
        if not _is_nbgraders(cell):
            base, number = cell.id[:48], 1
            while cell.id in taken:
                number += 1
                cell.id = f"{base}-{number}"
            taken.add(cell.id)
