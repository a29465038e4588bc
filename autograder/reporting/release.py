"""Read from the released notebook what students know of an assignment: exercises, visible tests, hints and links.

Pages for students take the assignment's text only from here, so they cannot show anything of a hidden test.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

import nbformat
from nbgrader.utils import is_grade, is_solution, is_task

from autograder.course import Course, CourseError
from autograder.submissions.restore import grade_id

_LINK = re.compile(r"(?<!!)\[([^\[\]]+)\]\((https?://[^\s()]+)\)")
_HINT = re.compile(r"<summary>(.*?)</summary>", re.DOTALL)


@dataclass(frozen=True)
class ReleasedExercise:
    """One exercise of the students' notebook."""

    name: str  # as in the record
    grade_id: str  # of the cell that has the points
    max_score: float
    answers: tuple[str, ...]  # the grade ids of the cells that students fill in
    tests: tuple[str, ...]  # the names of the visible tests
    in_words: bool  # a person reads the answer


@dataclass(frozen=True)
class Section:
    """A part of the notebook below one heading."""

    title: str
    exercises: tuple[ReleasedExercise, ...]
    hints: tuple[str, ...]  # the titles of the hints that unfold there
    links: tuple[tuple[str, str], ...]  # (text, address)


@dataclass(frozen=True)
class Release:
    """An assignment as it was given out."""

    name: str
    title: str
    text: str  # the notebook's JSON
    sections: tuple[Section, ...]
    sources: dict[str | None, frozenset[str]]  # the texts of its cells by grade id; None for cells without one

    def gave_out(self, cell: nbformat.NotebookNode) -> bool:
        """Whether the cell is unchanged."""
        return cell.source in self.sources.get(grade_id(cell), frozenset())


def read_release(course: Course, assignment: str) -> Release:
    """The assignment as students have it. Raises CourseError if it has not been built."""
    path = course.release(assignment)
    if not path.is_file():
        raise CourseError(f"{path} is missing. Make it with `autograder build {assignment}`.")
    text = path.read_text(encoding="utf-8")
    notebook = nbformat.reads(text, as_version=4)
    sources: dict[str | None, set[str]] = {}
    for cell in notebook.cells:
        sources.setdefault(grade_id(cell), set()).add(cell.source)
    title, sections = assignment, []
    for heading, cells in _parts(notebook.cells):
        if heading.startswith("# "):
            title = _words(heading)
        exercises = _exercises(cells)
        if exercises:
            prose = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
            hints = tuple(_words(hint) for hint in _HINT.findall(prose))
            links = tuple(dict.fromkeys((_words(words), url) for words, url in _LINK.findall(prose)))
            sections.append(Section(_words(heading), exercises, hints, links))
    return Release(assignment, title, text, tuple(sections), {name: frozenset(own) for name, own in sources.items()})


def _parts(cells: list[nbformat.NotebookNode]) -> list[tuple[str, list[nbformat.NotebookNode]]]:
    """The notebook's cells, grouped by the headings of first and second rank above them."""
    parts: list[tuple[str, list[nbformat.NotebookNode]]] = [("", [])]
    for cell in cells:
        first = cell.source.lstrip().partition("\n")[0]
        if cell.cell_type == "markdown" and first.startswith(("# ", "## ")) and not is_solution(cell):
            parts.append((first, []))
        parts[-1][1].append(cell)
    return parts


def _exercises(cells: list[nbformat.NotebookNode]) -> tuple[ReleasedExercise, ...]:
    exercises, answers = [], []
    for cell in cells:
        if is_solution(cell):
            answers.append(str(cell.metadata.nbgrader.grade_id))
        if is_grade(cell) or is_task(cell):
            exercises.append(_exercise(cell, tuple(answers)))
            answers = []
    return tuple(exercises)


def _exercise(cell: nbformat.NotebookNode, answers: tuple[str, ...]) -> ReleasedExercise:
    name = str(cell.metadata.nbgrader.grade_id)
    tests: tuple[str, ...] = ()
    if cell.cell_type == "code":
        try:
            tree = ast.parse(cell.source)
            tests = tuple(
                node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
            )
        except SyntaxError:  # Jupyter's own commands
            pass
    return ReleasedExercise(
        name=name.removeprefix("test_"),
        grade_id=name,
        max_score=float(cell.metadata.nbgrader.points),
        answers=answers,
        tests=tests,
        in_words=cell.cell_type == "markdown",
    )


def _words(markdown: str) -> str:
    """A line of markdown as plain words."""
    without_tags = re.sub(r"<[^<>]*>", "", markdown.lstrip("# "))
    return re.sub(r"[`*]|(?<!\w)_|_(?!\w)", "", without_tags).strip()
