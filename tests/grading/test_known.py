"""Are known mistakes found in what a submission answered in its kernel?"""

from __future__ import annotations

import dataclasses
import pickle
from collections.abc import Iterator
from pathlib import Path

import nbformat
import numpy as np
import pytest

from autograder.course import Course
from autograder.grading.known import Reference, course_known_files, diagnose_failed
from autograder.grading.outside import course_questions
from autograder.grading.record import CellResult, Diagnosis, Result
from autograder.grading.submission import Submission
from autograder.grading.worker import Assignment, examine_reference, grade_submission
from autograder.kernels import walls
from autograder.kernels.provisioner import KernelServer
from autograder.limits import Limits
from tests.classes import Pieces

pytestmark = pytest.mark.slow
SEED = 7
LIMITS = Limits(cell_seconds=10, notebook_seconds=60, memory_mb=500)


@pytest.fixture(scope="module", autouse=True)
def server() -> Iterator[None]:
    """One for all tests of this module."""
    with KernelServer(walls.best_way(), preload=["numpy"]) as kernels:
        kernels.start()
        yield


@pytest.fixture(scope="module")
def assignment(built_toy: Course, server: None) -> Assignment:
    """The toy, with what the judge and the diagnosis need."""
    questions = course_questions(built_toy, "a1_toy")
    assert questions is not None
    bare = Assignment("a1_toy", built_toy.source("a1_toy").read_text(encoding="utf-8"))
    examination = examine_reference(bare, LIMITS, questions, SEED)
    return dataclasses.replace(bare, examination=examination, known=course_known_files(built_toy, "a1_toy"))


def diagnoses(course: Course, assignment: Assignment, **answers: str) -> dict[str, Diagnosis | None]:
    """Of the solved toy with these answers in their places."""
    content = nbformat.writes(Pieces(course, "a1_toy").solved(answers)).encode()
    result = grade_submission(Submission.of({"a1_toy.ipynb": content}), assignment, LIMITS)
    return {cell.grade_id.removeprefix("test_"): cell.diagnosis for cell in result.cells}


def test_a_known_mistake_is_named_in_the_result(built_toy: Course, assignment: Assignment) -> None:
    found = diagnoses(
        built_toy,
        assignment,
        double="def double(x):\n    return np.square(x).astype(np.float32)",
        quiz_even="quiz_even = 'A'",
    )
    assert found == {
        "double": Diagnosis("double__square", "You squared it."),
        "total": None,
        "quiz_even": Diagnosis("quiz_even__odd", "That is odd."),
    }


def test_what_nobody_knows_is_not_named(built_toy: Course, assignment: Assignment) -> None:
    unknown = "def double(x):\n    return np.asarray(x) * 3"
    crash = "def total(x):\n    return lost"
    unanswered = "quiz_even = '?'"
    found = diagnoses(built_toy, assignment, double=unknown, total=crash, quiz_even=unanswered)
    assert set(found.values()) == {None}


def test_a_right_answer_inherits_the_mistake_of_the_earlier_one_it_uses(assignment: Assignment) -> None:
    known = assignment.known
    assert known is not None and assignment.examination is not None
    halves = "\n\ndef total__of_doubles(x):\n    '''Half of what is doubled.'''\n    return np.sum(double(x)) / 2\n"
    right = "from solutions.a1_toy import double\n" + known.right + halves
    reference = Reference(
        assignment.source,
        assignment.files,
        dataclasses.replace(known, right=right),
        assignment.examination.questions,
        SEED,
        LIMITS,
    )
    numbers = np.random.default_rng(SEED).integers(1, 99, size=(2, 3)).astype(float)
    failed = {"double": {"array": numbers**2}, "total": {"array": np.array(np.sum(numbers**2) / 2)}}
    sources = {"double": "x ** 2", "total": "np.sum(double(x)) / 2"}
    found = diagnose_failed(failed, assignment.examination.expected, sources, reference)
    assert (found["total"].mistake, found["total"].earlier, found["total"].own) == ("square", "double", False)


def test_the_assignment_travels_and_the_diagnosis_is_kept(assignment: Assignment, tmp_path: Path) -> None:
    assert pickle.loads(pickle.dumps(assignment)) == assignment
    cell = CellResult("test_double", 0.0, 3.0, diagnosis=Diagnosis("double__square", "You squared it."))
    Result("graded", (cell,)).write(tmp_path / "one.json")
    assert Result.read(tmp_path / "one.json").cells == (cell,)
