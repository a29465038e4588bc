"""A graded class of the toy course, made without kernels: what a test says of a submission is run as plain Python."""

from __future__ import annotations

import functools
import hashlib
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell

from autograder.authoring.build import build
from autograder.course import Course
from autograder.grading.gradebook import open_writer
from autograder.grading.record import Result, Usage
from autograder.grading.restore import grade_id, restore
from autograder.grading.score import score, unchanged
from autograder.grading.submission import Submission
from autograder.grading.worker import Assignment, no_points
from autograder.limits import Limits
from autograder.reporting import feedback, visible
from tests.conftest import TOY, TOY_BY_HAND, make_toy
from tests.grading.conftest import run_plainly

NAME = "a1_toy"
RIGHT = {
    "double": "def double(x):\n    return np.add(x, x)",
    "total": "def total(x):\n    return np.sum(x)",
    "quiz_even": 'quiz_even = "b"',
}
FAILS_VISIBLY = "def double(x):\n    return np.asarray(x)"
FAILS_HIDDEN = "def double(x):\n    return abs(np.asarray(x)) * 2"


class Here(Executor):
    """Runs each task at once, in this process."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


class GradedClass:
    """A course with the toy assignment, into which graded submissions are put."""

    def __init__(self, course: Course) -> None:
        self.course = course
        self.source = course.source(NAME).read_text(encoding="utf-8")
        self.assignment = Assignment(NAME, self.source)

    def grade(self, student: str, answers: dict[str, str], *own: str, **facts: Any) -> Result:
        """Grade the release with these answers and with cells of the student's own; `facts` go into the result,
        and of them `mistakes` (grade id to diagnosis) into its cells."""
        notebook = nbformat.read(self.course.release(NAME), as_version=4)
        for cell in notebook.cells:
            cell.source = answers.get(grade_id(cell) or "", cell.source)
        notebook.cells += [new_code_cell(source) for source in own]
        files = {f"{NAME}.ipynb": nbformat.writes(notebook).encode()} | facts.pop("files", {})
        source = nbformat.reads(self.source, as_version=4)
        ran = run_plainly(restore(notebook, source), {}, Limits()).notebook
        mistakes = facts.pop("mistakes", {})
        cells = tuple(replace(cell, diagnosis=mistakes.get(cell.grade_id)) for cell in score(ran, source))
        result = Result(
            status="graded" if all(cell.score is not None for cell in cells) else "needs manual grading",
            cells=cells,
            unchanged=unchanged(ran),
            usage=Usage(1.5, 90.0),
            notebook=str(nbformat.writes(ran)),
            **facts,
        )
        return self._write(student, Submission.of(files), result)

    def refuse(self, student: str, why: str) -> Result:
        """Put in a submission that is not gradable."""
        return self._write(student, Submission.of({}), no_points(self.assignment, "not gradable", [why]))

    def _write(self, student: str, submission: Submission, result: Result) -> Result:
        key = hashlib.sha256(student.encode()).hexdigest()
        result.write(self.course.result(NAME, key))
        with open_writer(self.course, self.assignment) as writer:
            writer.write(student, submission, result, key)
        return result

    def pages(self, *students: str, **options: Any) -> dict[str, str]:
        """The students' pages."""
        here = functools.partial(feedback.feedback, self.course, NAME, executor=Here(), walls=False)
        return {path.parent.name: path.read_text(encoding="utf-8") for path in here(students, **options)}


@pytest.fixture(scope="session")
def built_by_hand(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A toy course with an exercise that is graded by hand, built."""
    course = make_toy(tmp_path_factory.mktemp("by-hand"), TOY + TOY_BY_HAND)
    build(course, NAME)
    return course.root


@pytest.fixture
def graded(built_by_hand: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GradedClass:
    """A class of nobody yet; one of its exercises is graded by hand."""
    shutil.copytree(built_by_hand, tmp_path / "course")
    monkeypatch.setattr(visible, "execute", run_plainly)
    return GradedClass(Course(tmp_path / "course"))


@pytest.fixture(scope="module")
def graded_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GradedClass]:
    """A class of four in which nothing is left to grade; tests leave it as it is."""
    course = make_toy(tmp_path_factory.mktemp("class"), TOY)
    build(course, NAME)
    made = GradedClass(course)
    made.grade("ada", RIGHT)
    made.grade("bob", RIGHT | {"double": FAILS_VISIBLY})
    made.grade("cleo", RIGHT | {"double": FAILS_HIDDEN}, problems=("The cell test_double is missing.",))
    made.refuse("dan", "a1_toy.ipynb is missing. <b>Ask</b> for it.")
    yield made
