"""Do the commands say where everything is, and what was left out?"""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from typer.testing import CliRunner

from autograder.cli import app
from autograder.course import Course, CourseError
from tests.reporting.conftest import NAME, RIGHT, GradedClass


def run(graded: GradedClass, *arguments: str) -> str:
    """What a command printed, in one line."""
    result = CliRunner().invoke(app, [*arguments, "--course", str(graded.course.root)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return " ".join(result.output.split())


def test_feedback_writes_pages_and_says_where_and_what_one_lacks(graded: GradedClass) -> None:
    for student in ("ada", "[red]"):
        graded.grade(student, RIGHT)
    graded.course.autograded("[red]", NAME).unlink()
    said = run(graded, "feedback")
    assert f"2 pages: feedback/<student>/{NAME}.html" in said
    assert "[red]'s page does not say what the tests say" in said
    assert graded.course.feedback("ada", NAME).is_file()


def test_report_writes_the_page_of_an_assignment_or_all(graded_once: GradedClass) -> None:
    of_assignment, of_course = f"results/{NAME}/report.html: for", "results/report.html: for"
    said = run(graded_once, "report", "a1")
    assert of_assignment in said and of_course not in said
    said = run(graded_once, "report")
    assert of_assignment in said and of_course in said


def test_without_anything_graded_there_is_a_sentence(built_toy: Course) -> None:
    with pytest.raises(CourseError, match="Nothing has been graded yet. Run `autograder grade` first"):
        CliRunner().invoke(app, ["report", "--course", str(built_toy.root)], catch_exceptions=False)


def test_export_writes_a_table_and_says_what_did_not_go_along(graded_once: GradedClass, tmp_path: Path) -> None:
    out = tmp_path / "scores.csv"
    roster = Path(__file__).parents[1] / "gradebook" / "samples" / "canvas.csv"
    arguments = ("export", "a1", "--format", "canvas", "--roster", str(roster), "--out", str(out))
    said = run(graded_once, *arguments)
    assert "2 scores are in" in said and "were left out: cleo, dan." in said
    assert [row[5] for row in csv.reader(out.read_text(encoding="utf-8").splitlines())][3:5] == ["6", "3"]
    with pytest.raises(CourseError, match="no format 'excel'. There are: canvas, moodle, plain"):
        run(graded_once, "export", "--format", "excel", "--out", str(out))
