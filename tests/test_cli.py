"""Does every command end in an answer or in a sentence, never in a traceback?"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.course import Course
from tests.conftest import REPOSITORY


def run(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    """The command as a user runs it."""
    env = os.environ | {"PYTHONPATH": str(REPOSITORY), "COLUMNS": "200"}
    return subprocess.run(
        [sys.executable, "-m", "autograder", *args], cwd=folder, env=env, capture_output=True, text=True, timeout=200
    )


def sentence(done: subprocess.CompletedProcess[str]) -> str:
    """What a failed command said, which must be no traceback."""
    assert done.returncode == 1 and "Traceback" not in done.stderr, done.stderr
    return done.stderr.strip()


def test_help_shows_every_command_with_an_example(tmp_path: Path) -> None:
    listed = run(tmp_path, "--help").stdout
    for command in ("build", "check", "strength", "grade"):
        assert command in listed
        assert f"autograder {command} a1" in run(tmp_path, command, "--help").stdout


@pytest.mark.parametrize("command", ["build", "check", "strength", "grade"])
def test_no_such_assignment(toy: Course, command: str) -> None:
    assert "There is no assignment 'a9'" in (said := sentence(run(toy.root, command, "a9"))) and "a1_toy" in said


@pytest.mark.parametrize("command", ["build", "grade"])
def test_outside_a_course(tmp_path: Path, command: str) -> None:
    assert "is in no course" in sentence(run(tmp_path, command, "a1"))


def test_a_broken_solution_file_is_told_by_line(toy: Course) -> None:
    toy.solution("a1_toy").write_text("# %%\ndef test_x():\n    pass\n")
    for command in ("build", "check", "strength"):
        assert "a1_toy.py:1: The grade cell of test_x has no points" in sentence(run(toy.root, command, "a1"))


def test_nothing_submitted(toy: Course) -> None:
    assert "holds no submission of a1_toy" in sentence(run(toy.root, "grade", "a1"))


def test_a_folder_that_cannot_be_written(toy: Course) -> None:
    (toy.root / "build").touch()  # as good as a folder without write permission, which root would not notice
    assert "Cannot" in (said := sentence(run(toy.root, "build", "a1"))) and str(toy.root / "build") in said


@pytest.mark.slow
def test_results_that_cannot_be_written_stop_grading_with_a_sentence(built_toy: Course, toy: Course) -> None:
    path = toy.submitted("ada", "a1_toy")
    path.parent.mkdir(parents=True)
    path.write_bytes(built_toy.release("a1_toy").read_bytes())
    (toy.root / "results").touch()
    assert "results" in sentence(run(toy.root, "grade", "a1"))
    assert path.is_file()


@pytest.mark.slow
def test_a_class_is_graded_and_shown(built_toy: Course, toy: Course) -> None:
    for student, notebook in (("ada", built_toy.source("a1_toy")), ("bob", built_toy.release("a1_toy"))):
        path = toy.submitted(student, "a1_toy")
        path.parent.mkdir(parents=True)
        path.write_bytes(notebook.read_bytes())
    done = run(toy.root, "grade", "a1")
    assert done.returncode == 0, done.stderr
    rows = {line.split()[1]: line.split() for line in done.stdout.splitlines() if line.startswith("│")}
    assert rows["ada"][3:6:2] == ["6", "6"] and rows["bob"][3] == "0" and "everything" in rows["bob"]
    assert "Warning" not in done.stderr


def test_strength_as_json_and_its_exit_code(toy: Course) -> None:
    done = run(toy.root, "strength", "a1", "--json")
    assert done.returncode == 0 and [row["exercise"] for row in json.loads(done.stdout)["a1_toy"]] == [
        "double",
        "total",
        "quiz_even",
    ]
    text = toy.solution("a1_toy").read_text(encoding="utf-8")
    toy.solution("a1_toy").write_text(text.replace("total(np.ones((2, 3))) == 6 and", ""), encoding="utf-8")
    done = run(toy.root, "strength", "a1")
    assert done.returncode == 1 and "no hidden test catches the wrong answer first_axis" in done.stdout
