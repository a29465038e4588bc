"""Does each grade cell earn what its output says, and nothing for a result that is none?"""

from __future__ import annotations

import copy

import nbformat
import pytest
from nbformat.v4 import new_notebook, new_output
from nbgrader.utils import determine_grade

from autograder.course import Course
from autograder.grading.record import CellResult
from autograder.grading.restore import released, restore
from autograder.grading.score import nothing, score, unchanged

Notebook = nbformat.NotebookNode


@pytest.fixture
def source(built_toy: Course) -> Notebook:
    return nbformat.read(built_toy.source("a1_toy"), as_version=4)


def scored(source: Notebook, *outputs: Notebook, name: str = "test_double") -> CellResult:
    """The result of one cell that showed `outputs`."""
    ran, source = released(source), copy.deepcopy(source)
    (cell,) = [cell for cell in ran.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == "test_double"]
    cell.outputs = list(outputs)
    cell.metadata.nbgrader.grade_id = name
    (again,) = [cell for cell in source.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == "test_double"]
    again.metadata.nbgrader.grade_id = name
    return {result.grade_id: result for result in score(ran, source)}[name]


def error(name: str, value: str) -> Notebook:
    return new_output("error", ename=name, evalue=value, traceback=[])


def value(text: str) -> Notebook:
    return new_output("execute_result", data={"text/plain": text})


STDERR = new_output("stream", name="stderr", text="UserWarning: old")
STDOUT = new_output("stream", name="stdout", text="first\nlast\n")


@pytest.mark.parametrize(
    ("outputs", "points"),
    [((), 3), ((STDOUT,), 3), ((error("A", "b"),), 0), ((value("1.5"),), 1.5), ((STDOUT, value("0"), STDOUT), 0)],
)
def test_without_warnings_it_is_nbgraders_rule(source: Notebook, outputs: tuple[Notebook, ...], points: float) -> None:
    assert scored(source, *outputs).score == points
    (cell,) = [c for c in released(source).cells if c.metadata.get("nbgrader", {}).get("grade_id") == "test_double"]
    cell.outputs = list(outputs)
    assert determine_grade(cell) == (points, 3)


def test_a_warning_costs_nothing_where_nbgrader_gives_nothing(source: Notebook) -> None:
    (cell,) = [c for c in released(source).cells if c.metadata.get("nbgrader", {}).get("grade_id") == "test_double"]
    cell.outputs = [STDERR]
    assert determine_grade(cell) == (0, 3)
    assert scored(source, STDERR) == CellResult("test_double", 3.0, 3.0)
    assert scored(source, STDERR, error("AssertionError", "no")).score == 0
    assert scored(source, STDERR, value("2")).score == 2


@pytest.mark.parametrize("result", [value("4"), new_output("execute_result", data={"text/html": "<b>3</b>"})])
def test_a_result_that_is_no_number_of_points_earns_nothing(source: Notebook, result: Notebook) -> None:
    assert scored(source, result).score == 0


def test_a_failed_test_says_why_in_a_line_without_colours(source: Notebook) -> None:
    assert scored(source, error("AssertionError", "\x1b[31mexpected\x1b[0m 2\ngot 1")).error == (
        "AssertionError: expected 2"
    )
    assert scored(source, error("NotImplementedError", "")).error == "NotImplementedError"
    assert scored(source, error("A", "x\x07y\u202ez")).error == "A: xyz"
    assert len(scored(source, error("A", "x" * 10**6)).error or "") == 300


def test_a_score_says_why_it_is_what_it_is(source: Notebook) -> None:
    assert scored(source, STDOUT, value("1"), name="score_double") == CellResult("score_double", 1.0, 3.0, "last")
    assert scored(source, STDOUT, value("3"), name="score_double").error is None


def test_a_cell_that_waits_or_was_not_run_is_told_from_one_that_passed(source: Notebook) -> None:
    assert score(new_notebook(), source, waiting=["test_total"]) == (
        CellResult("test_double", 0.0, 3.0, "The cell was not run."),
        CellResult("test_total", None, 2.0),
        CellResult("test_quiz_even", 0.0, 1.0, "The cell was not run."),
    )
    assert [cell.score for cell in nothing(source)] == [0, 0, 0]


def test_answers_as_they_were_given_out_are_known(source: Notebook, built_toy: Course) -> None:
    submitted = nbformat.read(built_toy.release("a1_toy"), as_version=4)
    assert unchanged(restore(submitted, source)) == ("double", "total", "quiz_even")
    for cell in submitted.cells:
        cell.source += " "
    assert unchanged(restore(submitted, source)) == ()
