"""Has each grade cell the judge's points, and does it say what the student saw beside them?"""

from __future__ import annotations

import nbformat
import pytest
from nbformat.v4 import new_notebook, new_output

from autograder.authoring.build import source_notebook
from autograder.authoring.release import with_stubs as released
from autograder.course import Course
from autograder.grading.record import CellResult, RecordedMistake
from autograder.grading.score import (
    add_verdicts,
    points_of,
    score,
    unchanged,
    verdict_sentences,
    without_verdict,
    zero_scores,
)
from autograder.submissions.restore import restore

Notebook = nbformat.NotebookNode
RIGHT = CellResult("test_double", 3.0, 3.0, verdict="agrees")
WRONG = CellResult("test_double", 0.0, 3.0, verdict="differs", failing=("an array",))


@pytest.fixture
def source(built_toy: Course) -> Notebook:
    return source_notebook(built_toy, "a1_toy", generated=False)


def ran(source: Notebook, *outputs: Notebook) -> Notebook:
    """The released notebook, whose first test showed `outputs`."""
    notebook = released(source)
    (cell,) = [cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == "test_double"]
    cell.outputs = list(outputs)
    return notebook


def error(name: str, value: str) -> Notebook:
    return new_output("error", ename=name, evalue=value, traceback=[])


def value(text: str) -> Notebook:
    return new_output("execute_result", data={"text/plain": text})


@pytest.mark.parametrize("judged", [RIGHT, WRONG])
@pytest.mark.parametrize("outputs", [(), (error("A", "b"),), (value("3"),), (value("0"),)])
def test_nothing_that_a_test_shows_gives_or_takes_a_point(
    source: Notebook, judged: CellResult, outputs: tuple[Notebook, ...]
) -> None:
    (first, *_) = score(ran(source, *outputs), source, {"test_double": judged})
    assert (first.score, first.verdict, first.failing) == (judged.score, judged.verdict, judged.failing)
    assert first.test_passed == all(output.output_type != "error" for output in outputs)


def test_a_cell_that_nobody_judged_has_no_points(source: Notebook) -> None:
    assert [cell.score for cell in score(ran(source), source, {})] == [0, 0, 0]


def test_a_failed_test_says_why_in_a_line_without_colours(source: Notebook) -> None:
    def said(name: str, text: str) -> str | None:
        return score(ran(source, error(name, text)), source, {"test_double": WRONG})[0].error

    assert said("AssertionError", "\x1b[31mexpected\x1b[0m 2\ngot 1") == "AssertionError: expected 2"
    assert said("NotImplementedError", "") == "NotImplementedError"
    assert said("A", "x\x07y\u202ez") == "A: xyz"
    assert len(said("A", "x" * 10**6) or "") == 300


def test_a_cell_that_waits_is_told_from_one_that_was_not_run(source: Notebook) -> None:
    double, total, quiz = score(new_notebook(), source, {"test_double": RIGHT}, waiting=["test_total"])
    assert (double.score, double.error, double.test_passed) == (3, "The cell was not run.", False)
    assert (total.score, quiz.score) == (None, 0)
    assert [cell.score for cell in zero_scores(source)] == [0, 0, 0]
    assert points_of(source) == {"test_double": 3, "test_total": 2, "test_quiz_even": 1}


@pytest.mark.parametrize(
    ("cell", "sentences"),
    [
        (RIGHT, []),
        (WRONG, ["Not right: an array."]),
        (CellResult("a", 0.0, 1.0, verdict="differs", failing=("value",)), ["This is not the right answer."]),
        (CellResult("a", 0.0, 1.0, verdict="no answer"), ["It gave no result: nothing came back from it."]),
        (CellResult("a", 1.0, 2.0, verdict="agrees", said="81 % are right."), ["81 % are right."]),
        (
            CellResult(
                "a",
                0.0,
                1.0,
                verdict="differs",
                failing=tuple("abcdefgh"),
                mistake=RecordedMistake("a__b", "You did b."),
            ),
            ["Not right: a, b, c, d, e, f, and 2 more.", "This looks like: You did b."],
        ),
    ],
)
def test_a_verdict_is_told_in_sentences_without_numbers(cell: CellResult, sentences: list[str]) -> None:
    assert verdict_sentences(cell) == sentences


def test_a_verdict_stands_behind_what_the_test_showed_and_can_be_taken_away(source: Notebook) -> None:
    shown = new_output("stream", name="stdout", text="✓ test_double passed\n")
    notebook = ran(source, shown)
    add_verdicts(notebook, [WRONG])
    (cell,) = [cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == "test_double"]
    assert [output.text for output in cell.outputs] == [
        "✓ test_double passed\n",
        "Graded: 0 of 3 points. Not right: an array.\n",
    ]
    assert without_verdict(cell).outputs == [shown] and len(cell.outputs) == 2


def test_answers_as_they_were_given_out_are_known(source: Notebook, built_toy: Course) -> None:
    submitted = nbformat.read(built_toy.release("a1_toy"), as_version=4)
    assert unchanged(restore(submitted, source)) == ("double", "total", "quiz_even")
    for cell in submitted.cells:
        cell.source += " "
    assert unchanged(restore(submitted, source)) == ()
