"""A graded class of the toy course, made without kernels: what a test says of a submission is run as plain Python."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell

from autograder.authoring.questions import course_questions
from autograder.classroom.grade import assignment_to_grade
from autograder.course import Course
from autograder.gradebook.book import open_writer
from autograder.grading.question_run import QuestionRun, steps_of
from autograder.grading.record import Result, Usage
from autograder.grading.score import add_verdicts, points_of, score, unchanged
from autograder.grading.verdicts import Examination, judge_answers
from autograder.grading.worker import no_points
from autograder.limits import Limits
from autograder.reporting.feedback import feedback
from autograder.submissions.restore import grade_id, restore
from autograder.submissions.submission import Submission
from tests.grading.conftest import ask_plainly, run_plainly

NAME = "a1_toy"
SEED = 20270111
RIGHT = {
    "double": "def double(x):\n    return np.add(x, x)",
    "total": "def total(x):\n    return np.sum(x)",
    "quiz_even": 'quiz_even = "b"',
}
FAILS_VISIBLY = "def double(x):\n    return np.asarray(x)"
FAILS_BEYOND = "def double(x):\n    return 2 * x if np.ndim(x) == 0 else np.asarray(x)"


class GradedClass:
    """A course with the toy assignment, into which graded submissions are put."""

    def __init__(self, course: Course) -> None:
        self.course = course
        self.assignment = assignment_to_grade(course, NAME, lambda sentence: None)
        self.source = nbformat.reads(self.assignment.source, as_version=4)
        self.questions = course_questions(course, NAME)
        answers = self._asked(self.source).answers.values()
        expected = {answer.exercise: answer.data for answer in answers if answer and answer.data is not None}
        self.examination = Examination(self.questions, SEED, expected, self.assignment.given)

    def grade(self, student: str, answers: dict[str, str], *own: str, **facts: Any) -> Result:
        """Grade the release with these answers and with cells of the student's own; `facts` go into the result,
        and of them `mistakes` (grade id to mistake) into its cells."""
        notebook = nbformat.read(self.course.release(NAME), as_version=4)
        for cell in notebook.cells:
            cell.source = answers.get(grade_id(cell) or "", cell.source)
        notebook.cells += [new_code_cell(source) for source in own]
        files = {f"{NAME}.ipynb": nbformat.writes(notebook).encode()} | facts.pop("files", {})
        restored = restore(notebook, self.source)
        ran = run_plainly(restored, {}, Limits()).notebook
        judged = judge_answers(
            points_of(self.source), self.examination, self._asked(restored), {}, ({}, QuestionRun({}))
        )
        mistakes = facts.pop("mistakes", {})
        scored = score(ran, self.source, judged)
        cells = tuple(replace(cell, mistake=mistakes.get(cell.grade_id)) for cell in scored)
        add_verdicts(ran, cells)
        result = Result(
            status="graded" if all(cell.score is not None for cell in cells) else "needs manual grading",
            cells=cells,
            unchanged=unchanged(ran),
            usage=Usage(1.5, 90.0),
            notebook=str(nbformat.writes(ran)),
            **facts,
        )
        return self._write(student, Submission.of(files), result)

    def _asked(self, notebook: nbformat.NotebookNode) -> QuestionRun:
        steps = steps_of(restore(notebook, self.source), self.questions, Limits())
        return ask_plainly(list(steps), {}, Limits(), self.questions, SEED)

    @property
    def built(self) -> nbformat.NotebookNode:
        """The source notebook as nbgrader has it, with the hidden tests that are made from the questions."""
        return nbformat.read(self.course.source(NAME), as_version=4)

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
        paths = feedback(self.course, NAME, students, **options)
        return {path.parent.name: path.read_text(encoding="utf-8") for path in paths}


@pytest.fixture
def graded(built_by_hand: Course, tmp_path: Path) -> GradedClass:
    """A class of nobody yet; one of its exercises is graded by hand."""
    return GradedClass(Course(shutil.copytree(built_by_hand.root, tmp_path / "course")))


@pytest.fixture(scope="module")
def graded_once(built_toy: Course, tmp_path_factory: pytest.TempPathFactory) -> GradedClass:
    """A class of four in which nothing is left to grade; tests leave it as it is."""
    made = GradedClass(Course(shutil.copytree(built_toy.root, tmp_path_factory.mktemp("class") / "course")))
    made.grade("ada", RIGHT)
    made.grade("bob", RIGHT | {"double": FAILS_VISIBLY})
    made.grade("cleo", RIGHT | {"double": FAILS_BEYOND}, problems=("The cell test_double is missing.",))
    made.refuse("dan", "a1_toy.ipynb is missing. <b>Ask</b> for it.")
    return made
