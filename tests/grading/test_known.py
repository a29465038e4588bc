"""Are known mistakes found in what a submission answered in its kernel?"""

from __future__ import annotations

import dataclasses
import pickle
from collections.abc import Iterator
from pathlib import Path

import nbformat
import numpy as np
import pytest

from autograder.authoring.build import source_notebook
from autograder.authoring.questions import course_questions
from autograder.course import Course
from autograder.edits import EditedAnswer
from autograder.grading import known as module
from autograder.grading.known import Reference, course_known_files, diagnose_failed
from autograder.grading.record import CellResult, RecordedMistake, Result
from autograder.grading.verdicts import Examination
from autograder.grading.worker import Assignment, examine_reference, grade_submission
from autograder.kernels.provisioner import KernelServer
from autograder.kernels.sandbox import best_sandbox
from autograder.limits import Limits
from autograder.submissions.submission import Submission
from tests.classes import Pieces

pytestmark = pytest.mark.slow
SEED = 7
LIMITS = Limits(cell_seconds=10, notebook_seconds=60, memory_mb=500)


@pytest.fixture(scope="module", autouse=True)
def server() -> Iterator[None]:
    """One for all tests of this module."""
    with KernelServer(best_sandbox(), preload=["numpy"]) as kernels:
        kernels.start()
        yield


@pytest.fixture(scope="module")
def assignment(built_toy: Course, server: None) -> Assignment:
    """The toy, with what the judge and the diagnosis need."""
    questions = course_questions(built_toy, "a1_toy")
    source = str(nbformat.writes(source_notebook(built_toy, "a1_toy", generated=False)))
    bare = Assignment("a1_toy", source, known=course_known_files(built_toy, "a1_toy"))
    answers = examine_reference(bare, LIMITS, questions, SEED).answers.values()
    expected = {answer.exercise: answer.data for answer in answers if answer and answer.data is not None}
    return dataclasses.replace(bare, examination=Examination(questions, SEED, expected))


def graded(course: Course, assignment: Assignment, **answers: str) -> Result:
    """The solved toy with these answers in their places."""
    content = nbformat.writes(Pieces(course, "a1_toy").solved(answers)).encode()
    return grade_submission(Submission.of({"a1_toy.ipynb": content}), assignment, LIMITS)


def diagnoses(course: Course, assignment: Assignment, **answers: str) -> dict[str, RecordedMistake | None]:
    return {cell.exercise: cell.mistake for cell in graded(course, assignment, **answers).cells}


def test_a_known_mistake_is_named_in_the_result(built_toy: Course, assignment: Assignment) -> None:
    found = diagnoses(
        built_toy,
        assignment,
        double="def double(x):\n    return np.square(x).astype(np.float32)",
        quiz_even="quiz_even = 'A'",
    )
    assert found == {
        "double": RecordedMistake("double__square", "You squared it."),
        "total": None,
        "quiz_even": RecordedMistake("quiz_even__odd", "That is odd."),
    }


def test_what_nobody_knows_is_not_named(built_toy: Course, assignment: Assignment) -> None:
    unknown = "def double(x):\n    return np.asarray(x) * 3"
    crash = "def total(x):\n    return lost"
    unanswered = "quiz_even = '?'"
    cells = graded(built_toy, assignment, double=unknown, total=crash, quiz_even=unanswered).cells
    assert {cell.mistake for cell in cells} == {None}
    assert [cell.crash for cell in cells] == [
        "",
        "Asked “an array”, it raises NameError in line 2 of its cell: return lost",
        "",
    ]


def test_two_mistakes_at_once_are_named_where_they_explain_it_all(built_toy: Course, assignment: Assignment) -> None:
    root = "def double(x):\n    doubled = np.asarray(x) * 2\n    return doubled\n"
    edits = [
        EditedAnswer(f"double__{name}", f"About {name}.", "notebook", root.replace(old, new), root)
        for name, old, new in (
            ("thrice", "* 2", "* 3"),
            ("arrays", "return doubled", "return doubled if np.ndim(x) else 0"),
            ("other", "* 2", "* 5"),
        )
    ]
    assert assignment.known is not None
    taught = dataclasses.replace(assignment, known=dataclasses.replace(assignment.known, edits=tuple(edits)))
    both = "def double(x):\n    return np.asarray(x) * 3 if np.ndim(x) else 0"
    assert diagnoses(built_toy, taught, double=both)["double"] == RecordedMistake(
        "double__thrice__and__arrays", "About thrice. Besides: About arrays."
    )
    unknown = "def double(x):\n    return np.asarray(x) * 4 if np.ndim(x) else 0"
    assert diagnoses(built_toy, taught, double=unknown)["double"] is None


def test_a_right_answer_inherits_the_mistake_of_the_earlier_one_it_uses(assignment: Assignment) -> None:
    known = assignment.known
    assert known is not None and assignment.examination is not None
    halves = "\n\ndef total__of_doubles(x):\n    '''Half of what is doubled.'''\n    return np.sum(double(x)) / 2\n"
    others = "from solutions.a1_toy.notebook import double\n" + known.others + halves
    reference = Reference(
        assignment.source,
        assignment.files,
        dataclasses.replace(known, others=others),
        assignment.examination.questions,
        SEED,
        LIMITS,
    )
    rng = np.random.default_rng(SEED)
    numbers, one = rng.integers(1, 99, size=(2, 3)), rng.integers(100, 999)
    doubled = {"an array": numbers**2, "one number": np.array(one**2)}
    failed = {"double": doubled, "total": {"an array": np.array(np.sum(numbers**2) / 2)}}
    sources = {"double": "x ** 2", "total": "np.sum(double(x)) / 2"}
    found = diagnose_failed(failed, assignment.examination.expected, sources, reference)
    assert (found["total"].mistake, found["total"].earlier, found["total"].own) == ("square", "double", False)


def test_the_assignment_travels_and_the_diagnosis_is_kept(assignment: Assignment, tmp_path: Path) -> None:
    assert pickle.loads(pickle.dumps(assignment)) == assignment
    cell = CellResult("test_double", 0.0, 3.0, mistake=RecordedMistake("double__square", "You squared it."))
    Result("graded", (cell,)).write(tmp_path / "one.json")
    assert Result.read(tmp_path / "one.json").cells == (cell,)


def test_what_known_answers_gave_is_kept_for_other_processes_and_later_runs(
    built_toy: Course, assignment: Assignment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = dataclasses.replace(assignment, store=str(tmp_path / "asked"))
    wrong = "def double(x):\n    return np.square(x)"
    assert diagnoses(built_toy, kept, double=wrong)["double"] is not None
    module._store.cache_clear()  # as in another process
    monkeypatch.setattr(module, "_program", lambda *args: pytest.fail("asked again"))
    assert diagnoses(built_toy, kept, double=wrong)["double"] == RecordedMistake("double__square", "You squared it.")
