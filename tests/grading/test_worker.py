"""Does a worker turn any bytes into a result, the same one each time?"""

from __future__ import annotations

import dataclasses
import json
import pickle
from typing import Any

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_output

from autograder.authoring.build import source_notebook
from autograder.authoring.questions import course_questions
from autograder.course import Course, CourseError
from autograder.grading import worker
from autograder.grading.execute import Execution
from autograder.grading.question_run import QuestionRun, ask_answers
from autograder.grading.record import Result
from autograder.grading.verdicts import Examination
from autograder.grading.worker import Assignment, files_beside, grade_submission
from autograder.limits import Limits
from autograder.submissions.restore import restore
from autograder.submissions.submission import Submission
from tests.classes import Pieces
from tests.grading.conftest import Here, run_plainly

SEED = 7


@pytest.fixture
def assignment(built_toy: Course, here: Here) -> Assignment:
    questions, source = course_questions(built_toy, "a1_toy"), source_notebook(built_toy, "a1_toy", generated=False)
    answers = ask_answers(restore(source, source), {}, Limits(), questions, SEED).answers.values()
    expected = {answer.exercise: answer.data for answer in answers if answer and answer.data is not None}
    return Assignment("a1_toy", str(nbformat.writes(source)), examination=Examination(questions, SEED, expected))


def submitted(notebook: nbformat.NotebookNode | bytes, **beside: bytes) -> Submission:
    content = notebook if isinstance(notebook, bytes) else nbformat.writes(notebook).encode()
    return Submission.of({"a1_toy.ipynb": content} | beside)


def test_a_result_says_what_each_cell_earned_and_holds_the_notebook(
    built_toy: Course, assignment: Assignment, here: Here
) -> None:
    solved = Pieces(built_toy, "a1_toy").solved(only=["double"])
    solved.cells.pop()
    result = grade_submission(submitted(solved), assignment, Limits())
    assert result.status == "graded" and result.unchanged == ("total", "quiz_even")
    assert [(cell.score, cell.verdict, cell.test_passed, cell.error) for cell in result.cells] == [
        (3.0, "agrees", True, None),
        (0.0, "differs", False, "NotImplementedError"),
        (0.0, "differs", False, "AssertionError: choose a or b"),
    ]
    assert [cell.said for cell in result.cells] == ["", *["Left as it was given out."] * 2]
    assert result.problems == ("The cell test_quiz_even is missing.",)
    assert (result.usage.seconds, result.usage.memory_mb) == (0.5, 100.0)
    notebook = nbformat.reads(result.notebook, as_version=4)
    nbformat.validate(notebook)
    assert "Graded: 3 of 3 points." in result.notebook and notebook.metadata.kernelspec.name == "python3"


def test_graded_twice_it_is_the_same_and_travels(built_toy: Course, assignment: Assignment, here: Here) -> None:
    one, two = (
        grade_submission(submitted(Pieces(built_toy, "a1_toy").solved()), assignment, Limits()) for _ in range(2)
    )
    assert one == two
    again = pickle.loads(pickle.dumps((submitted(b"{}"), assignment)))
    assert again == (submitted(b"{}"), assignment)


def test_what_differs_between_runs_is_not_in_the_notebook(
    built_toy: Course, assignment: Assignment, here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = 0

    def with_traces(notebook: nbformat.NotebookNode, *args: object) -> Execution:
        nonlocal number
        number += 1
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.metadata["execution"] = {"iopub.status.busy": str(number)}
                text = f"/tmp/ipykernel_{number}/7.py:1: UserWarning \ud800" + "line\n" * 2000
                cell.outputs = [new_output("stream", name="stderr", text=text)]
        return Execution(notebook, (), number, number)

    monkeypatch.setattr(worker, "run_visibly", with_traces)
    solved = submitted(Pieces(built_toy, "a1_toy").solved())
    one, two = (grade_submission(solved, assignment, Limits()) for _ in range(2))
    assert one.notebook == two.notebook and (one.notebook or "").count("line\\n") < 1000 * 20
    assert one != two and dataclasses.replace(one, usage=two.usage) == two
    (one.notebook or "").encode()


def test_incidents_come_after_problems_with_cells(
    built_toy: Course, assignment: Assignment, here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    def with_incident(*args: object) -> Execution:
        return dataclasses.replace(run_plainly(*args), incidents=("It slept.",))  # type: ignore[arg-type]

    monkeypatch.setattr(worker, "run_visibly", with_incident)
    notebook = Pieces(built_toy, "a1_toy").blank()
    notebook.cells.pop()
    given = Submission.of(
        {"a1_toy.ipynb": nbformat.writes(notebook).encode(), "timestamp.txt": b"soon"}, [("x", "cannot be read: why")]
    )
    assert grade_submission(given, assignment, Limits()).problems == (
        "The cell test_quiz_even is missing.",
        "x cannot be read: why.",
        "timestamp.txt holds no time, so it is not known whether it was late.",
        "It slept.",
    )


def test_cells_that_wait_are_no_points_lost(built_toy: Course, assignment: Assignment, here: Here) -> None:
    waiting = dataclasses.replace(assignment, waiting=("test_total",))
    result = grade_submission(submitted(Pieces(built_toy, "a1_toy").solved()), waiting, Limits())
    assert result.status == "waiting for data" and [cell.score for cell in result.cells] == [3, None, 1]


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b"[" * 100_000])
def test_what_is_no_notebook_has_no_points_and_a_reason(assignment: Assignment, here: Here, content: bytes) -> None:
    result = grade_submission(submitted(content), assignment, Limits())
    assert result.status == "not gradable" and result.notebook is None and len(result.problems) == 1
    assert [(cell.score, cell.max_score) for cell in result.cells] == [(0, 3), (0, 2), (0, 1)]


@given(content=st.one_of(st.binary(), st.recursive(st.none(), st.lists).map(lambda v: json.dumps(v).encode())))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_bytes_make_it_raise(assignment: Assignment, content: bytes) -> None:
    assert grade_submission(submitted(content), assignment, Limits()).status == "not gradable"


def test_our_own_mistakes_cost_one_submission_and_the_machines_stop_the_run(
    built_toy: Course, assignment: Assignment, here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    solved = submitted(Pieces(built_toy, "a1_toy").solved())

    def fail(*args: object) -> Result:
        raise error

    monkeypatch.setattr(worker, "run_visibly", fail)
    error: Exception = RuntimeError("what\nnow")
    result = grade_submission(solved, assignment, Limits())
    assert result.status == "failed" and "RuntimeError: what." in result.problems[0]
    error = CourseError("There are no kernels.")
    with pytest.raises(CourseError, match="no kernels"):
        grade_submission(solved, assignment, Limits())


def test_the_releases_own_files_win_over_those_handed_in() -> None:
    assignment = Assignment("a1_toy", "", files=(("data/x", b"ours"), ("helper", b"ours")))
    given = {
        "a1_toy.ipynb": b"n",
        "other.ipynb": b"n",
        "more/old.ipynb": b"n",
        "data/x": b"theirs",
        "data/y": b"theirs",
        "helper/x": b"a folder where the release has a file",
        "accuracy.txt": b"theirs",
    }
    assert files_beside(Submission.of(given), assignment) == {
        "data/x": b"ours",
        "data/y": b"theirs",
        "helper": b"ours",
        "accuracy.txt": b"theirs",
    }
    blocked = Submission.of({"data": b"a file where the release has a folder", "a1_toy.ipynb/x": b""})
    assert files_beside(blocked, assignment) == {"data/x": b"ours", "helper": b"ours"}


def test_flags_are_for_tampering_and_what_went_wrong_is_for_the_student_as_well(
    built_toy: Course, assignment: Assignment, here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forged(*args: Any) -> QuestionRun:
        return dataclasses.replace(ask_answers(*args), flags=("It answered twice.",), incidents=("It fell.",))

    def slow(*args: Any) -> Execution:
        return dataclasses.replace(run_plainly(*args), incidents=("It slept.",), flags=("It killed.",))

    monkeypatch.setattr(worker, "ask_answers", forged)
    monkeypatch.setattr(worker, "run_visibly", slow)
    result = grade_submission(submitted(Pieces(built_toy, "a1_toy").solved()), assignment, Limits())
    assert result.flags == ("It answered twice.", "It killed.")
    assert (result.incidents, result.problems) == (("It slept.",), ("It slept.", "It fell."))
    assert [cell.score for cell in result.cells] == [3, 2, 1]


TRIPLE = "def double(x):\n    return np.asarray(x) * 3"
HALVES = "def halved(x):\n    return double(x) / 2\n\n\ndef total(x):\n    return np.sum(halved(x))"


@pytest.mark.parametrize(
    ("double", "total", "scores", "carried"),
    [
        (TRIPLE, HALVES, [0, 2, 1], ("double",)),
        ("", HALVES, [0, 2, 1], ("double",)),
        (TRIPLE, HALVES.replace("/ 2", "/ 4"), [0, 0, 1], ()),
        (TRIPLE, HALVES.replace("/ 2", "/ 3"), [0, 2, 1], ()),
        (TRIPLE, "def total(x):\n    return np.max(x)", [0, 0, 1], ()),
        (None, HALVES.replace("2", "4"), [3, 0, 1], ()),
    ],
    ids=[
        "wrong",
        "empty",
        "wrong by itself",
        "right with the wrong one",
        "does not use it",
        "nothing earlier is wrong",
    ],
)
def test_what_is_wrong_only_because_of_an_earlier_exercise_has_its_points(
    built_toy: Course,
    assignment: Assignment,
    here: Here,
    double: str | None,
    total: str,
    scores: list[float],
    carried: tuple[str, ...],
) -> None:
    answers = {"total": total} | ({} if double is None else {"double": double})
    given = submitted(Pieces(built_toy, "a1_toy").solved(answers))
    result = grade_submission(given, assignment, Limits())
    assert [cell.score for cell in result.cells] == scores
    assert result.cells[1].carried == carried
    assert ("fails only because it uses your double, which is wrong" in (result.notebook or "")) == bool(carried)
    switched_off = grade_submission(given, dataclasses.replace(assignment, carry_forward=False), Limits())
    assert [cell.score for cell in switched_off.cells] == [scores[0], 0 if carried else scores[1], 1]


def test_an_answer_that_was_left_as_given_out_is_carried_nowhere(
    built_toy: Course, assignment: Assignment, here: Here
) -> None:
    result = grade_submission(submitted(Pieces(built_toy, "a1_toy").blank()), assignment, Limits())
    assert [cell.score for cell in result.cells] == [0, 0, 0]


def test_a_module_that_is_missing_is_named_with_its_cell(built_toy: Course, assignment: Assignment, here: Here) -> None:
    total = "import nosuch.module\n\n\ndef total(x):\n    return np.sum(x)"
    notebook = Pieces(built_toy, "a1_toy").solved({"total": total})
    notebook.cells.insert(1, new_code_cell("import nosuch\nfrom another_one import x"))
    notebook.cells.insert(1, new_code_cell("raise ModuleNotFoundError('<b>no</b>')"))
    result = grade_submission(submitted(notebook), assignment, Limits())
    (sentence,) = result.incidents
    assert sentence in result.problems and sentence.startswith("The cell number 3 imports nosuch, which is not there")
