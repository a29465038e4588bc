"""Does a worker turn any bytes into a result, the same one each time?"""

from __future__ import annotations

import dataclasses
import json
import pickle

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_output

from autograder.course import Course, CourseError
from autograder.grading import worker
from autograder.grading.execute import Execution
from autograder.grading.record import CellResult, Result
from autograder.grading.submission import Submission
from autograder.grading.worker import Assignment, files_beside, grade_submission
from autograder.limits import Limits
from tests.classes import Pieces
from tests.grading.conftest import Here, run_plainly


@pytest.fixture
def assignment(built_toy: Course) -> Assignment:
    return Assignment("a1_toy", built_toy.source("a1_toy").read_text(encoding="utf-8"))


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
    assert result.cells == (
        CellResult("test_double", 3.0, 3.0),
        CellResult("test_total", 0.0, 2.0, "NotImplementedError"),
        CellResult("test_quiz_even", 0.0, 1.0, "AssertionError: choose a or b"),
    )
    assert result.problems == ("The cell test_quiz_even is missing.",)
    assert (result.usage.seconds, result.usage.memory_mb) == (0.5, 100.0)
    notebook = nbformat.reads(result.notebook, as_version=4)
    nbformat.validate(notebook)
    assert "test_double_hidden" in result.notebook and notebook.metadata.kernelspec.name == "python3"


def test_graded_twice_it_is_the_same_and_travels(built_toy: Course, assignment: Assignment, here: Here) -> None:
    one, two = (
        grade_submission(submitted(Pieces(built_toy, "a1_toy").solved()), assignment, Limits()) for _ in range(2)
    )
    assert one == two
    again = pickle.loads(pickle.dumps((submitted(b"{}"), assignment)))
    assert again == (submitted(b"{}"), assignment)


def test_what_differs_between_runs_is_not_in_the_notebook(
    built_toy: Course, assignment: Assignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = 0

    def with_traces(notebook: nbformat.NotebookNode, files: object, limits: Limits) -> Execution:
        nonlocal number
        number += 1
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.metadata["execution"] = {"iopub.status.busy": str(number)}
                text = f"/tmp/ipykernel_{number}/7.py:1: UserWarning \ud800" + "line\n" * 2000
                cell.outputs = [new_output("stream", name="stderr", text=text)]
        return Execution(notebook, (), number, number)

    monkeypatch.setattr(worker, "execute", with_traces)
    solved = submitted(Pieces(built_toy, "a1_toy").solved())
    one, two = (grade_submission(solved, assignment, Limits()) for _ in range(2))
    assert one.notebook == two.notebook and (one.notebook or "").count("line\\n") < 1000 * 20
    assert one != two and dataclasses.replace(one, usage=two.usage) == two
    (one.notebook or "").encode()


def test_incidents_are_told_behind_the_oddities(
    built_toy: Course, assignment: Assignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def with_incident(*args: object) -> Execution:
        return dataclasses.replace(run_plainly(*args), incidents=("It slept.",))  # type: ignore[arg-type]

    monkeypatch.setattr(worker, "execute", with_incident)
    notebook = Pieces(built_toy, "a1_toy").blank()
    notebook.cells.pop()
    given = Submission.of(
        {"a1_toy.ipynb": nbformat.writes(notebook).encode(), "timestamp.txt": b"soon"}, [("x", "cannot be read: why")]
    )
    assert grade_submission(given, assignment, Limits()).problems == (
        "The cell test_quiz_even is missing.",
        "x cannot be read: why.",
        "timestamp.txt holds no time, so whether it was late is not known.",
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
def test_no_bytes_make_it_raise(built_toy: Course, content: bytes) -> None:
    assignment = Assignment("a1_toy", built_toy.source("a1_toy").read_text(encoding="utf-8"))
    assert grade_submission(submitted(content), assignment, Limits()).status == "not gradable"


def test_our_own_mistakes_cost_one_submission_and_the_machines_stop_the_run(
    built_toy: Course, assignment: Assignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    solved = submitted(Pieces(built_toy, "a1_toy").solved())

    def fail(*args: object) -> Result:
        raise error

    monkeypatch.setattr(worker, "execute", fail)
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
