"""Made-up classes: submissions put together from real pieces, for the demo, the tests and the benchmarks."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import nbformat

from autograder.course import Course
from autograder.proving.answers import known_answers


def copied_course(course: Course, folder: Path) -> Course:
    """A course in `folder`, which is empty or made, with the same assignments and known answers, and no class."""
    folder.mkdir(exist_ok=True)
    return course.copy_to(folder)


class Pieces:
    """What the submissions of one assignment are made of: its release, its reference, the known answers' source.

    The assignment must have been built.
    """

    def __init__(self, course: Course, assignment: str) -> None:
        self.release = nbformat.read(course.release(assignment), as_version=4)
        source = nbformat.read(course.source(assignment), as_version=4)
        cells = {cell.metadata.nbgrader.grade_id: cell.source for cell in source.cells if "nbgrader" in cell.metadata}
        with known_answers(course, assignment) as answers:
            self.exercises = [exercise.name for exercise in answers.exercises]
            self.reference = {name: without_marks(cells[name]) for name in self.exercises}
            self.wrong = {e.name: _sources(e.name, e.wrong, e.edits) for e in answers.exercises}
            self.right = {e.name: _sources(e.name, e.right, {}) for e in answers.exercises}

    def blank(self) -> nbformat.NotebookNode:
        """The notebook as it was given out."""
        return nbformat.from_dict(self.release)

    def solved(
        self, answers: dict[str, str] | None = None, *, only: Iterable[str] | None = None
    ) -> nbformat.NotebookNode:
        """The notebook with the reference's answers, or with `answers` (exercise to source) where these have one.

        With `only`, the other exercises stay blank.
        """
        notebook = self.blank()
        chosen = set(self.exercises if only is None else only)
        for cell in notebook.cells:
            name = cell.metadata.get("nbgrader", {}).get("grade_id")
            if name in chosen:
                cell.source = (answers or {}).get(name, self.reference[name])
        return notebook


def without_marks(source: str) -> str:
    """A solution cell as a student would have written it."""
    return "\n".join(line for line in source.splitlines() if not line.strip().startswith("### "))


def _sources(exercise: str, answers: dict[str, Any], written: dict[str, str]) -> dict[str, str]:
    """The text of each answer under the exercise's name; that of edits is `written` out."""
    sources = {}
    for name, answer in answers.items():
        if name in written:
            sources[name] = written[name]
        elif isinstance(answer, (str, float)):  # a letter or a number, with a docstring of its own
            plain = str(answer) if isinstance(answer, str) else float(answer)
            sources[name] = f"{exercise} = {plain!r}"
        elif not callable(answer):
            sources[name] = f"{exercise} = {answer!r}"
        else:
            sources[name] = inspect.getsource(answer).replace(f"{exercise}__{name}", exercise)
    return sources
