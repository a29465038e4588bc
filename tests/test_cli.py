"""Does every command end in an answer or in a sentence, never in a traceback?"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell

from autograder.course import Course
from autograder.gradebook.book import has_assignment
from tests.conftest import REPOSITORY

SENDS_AN_ANSWER_ITSELF = """
from IPython.display import publish_display_data
publish_display_data({"application/vnd.autograder.answer": "right"})
"""


def run(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    """The command as a user runs it."""
    env = os.environ | {"PYTHONPATH": str(REPOSITORY), "COLUMNS": "200"}
    return subprocess.run(
        [sys.executable, "-m", "autograder", *args], cwd=folder, env=env, capture_output=True, text=True, timeout=200
    )


def hand_in(course: Course, student: str, notebook: bytes) -> None:
    """Put a notebook where it is to be graded."""
    path = course.submitted(student, "a1_toy")
    path.parent.mkdir(parents=True)
    path.write_bytes(notebook)


def with_double(course: Course, answer: str) -> bytes:
    """The release with this answer to its first exercise, and the right ones to the others."""
    notebook = nbformat.read(course.source("a1_toy"), as_version=4)
    next(cell for cell in notebook.cells if cell.id == "double").source = answer
    return nbformat.writes(notebook).encode()


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
    said = "a1_toy/notebook.py:1: The grade cell of test_x has no points"
    for command in ("build", "strength"):
        assert said in sentence(run(toy.root, command, "a1"))
    checked = run(toy.root, "check", "a1")  # it goes on with other assignments
    assert checked.returncode == 1 and said in checked.stdout


def test_stock_nbgrader_can_grade_what_was_built(toy: Course) -> None:
    """Also after the gradebook was thrown away."""
    for _ in range(2):
        assert run(toy.root, "build", "a1").returncode == 0
        assert has_assignment(toy, "a1_toy")
        toy.gradebook.unlink()


def test_nothing_submitted(toy: Course) -> None:
    assert "holds no submission of a1_toy" in sentence(run(toy.root, "grade", "a1"))


def test_a_folder_that_cannot_be_written(toy: Course) -> None:
    (toy.root / "build").touch()  # as good as a folder without write permission, which root would not notice
    assert "Cannot" in (said := sentence(run(toy.root, "build", "a1"))) and str(toy.root / "build") in said


@pytest.mark.slow
def test_results_that_cannot_be_written_stop_grading_with_a_sentence(own_toy: Course) -> None:
    hand_in(own_toy, "ada", own_toy.release("a1_toy").read_bytes())
    (own_toy.root / "results").touch()
    assert "results" in sentence(run(own_toy.root, "grade", "a1"))
    assert own_toy.submitted("ada", "a1_toy").is_file()


@pytest.mark.slow
def test_limits_that_are_none_are_told_before_anything_runs(own_toy: Course) -> None:
    hand_in(own_toy, "ada", own_toy.release("a1_toy").read_bytes())
    (own_toy.root / "pyproject.toml").write_text(
        '[tool.autograder]\nrepository = "r"\nbranch = "b"\n[tool.autograder.limits]\ncell_second = 3\n'
    )
    assert "has 'cell_second', which is no limit" in sentence(run(own_toy.root, "grade", "a1"))
    assert not (own_toy.root / "results").exists()


@pytest.mark.slow
def test_a_class_is_graded_and_shown_with_how_many_came_to_which_end_and_why(own_toy: Course) -> None:
    hand_in(own_toy, "ada", own_toy.source("a1_toy").read_bytes())
    hand_in(own_toy, "bob", b"[red]")
    hand_in(own_toy, "cleo", with_double(own_toy, "def double(x):\n    return 2 * x if np.ndim(x) == 0 else x"))
    hand_in(own_toy, "dan", own_toy.release("a1_toy").read_bytes())
    hand_in(own_toy, "eve", with_double(own_toy, SENDS_AN_ANSWER_ITSELF))
    done = run(own_toy.root, "grade", "a1", "--jobs", "1")
    assert done.returncode == 0, done.stderr
    rows = {line.split()[1]: line.split()[3::2] for line in done.stdout.splitlines() if line.startswith("│")}
    assert rows["ada"][:2] == ["6", "6"]
    assert rows["cleo"] == ["3", "6", "double"]  # its visible test passes
    assert rows["dan"] == ["0", "6", "everything"]
    assert "Graded: 4 of 5." in done.stdout
    assert "Flagged: 1. These notebooks tried to tamper with their own grading" in done.stdout
    assert "eve: Its kernel sent 1 answers that cannot be read." in done.stdout
    assert "bob: a1_toy.ipynb is not a notebook: it is not JSON" in done.stdout
    assert "Not gradable: 1. They are not gradable and have 0 points" in done.stdout
    assert "Warning" not in done.stderr


@pytest.mark.slow
def test_without_a_name_all_assignments_that_were_handed_in_are_graded(own_toy: Course) -> None:
    for name in ("a2_toy", "a3_toy"):
        shutil.copytree(own_toy.room("a1_toy"), own_toy.room(name))
    for name in ("a1_toy", "a2_toy"):
        path = own_toy.submitted("ada", name)
        path.parent.mkdir(parents=True)
        path.write_bytes(own_toy.source("a1_toy").read_bytes())
    assert "holds no submission of these students" in sentence(run(own_toy.root, "grade", "--student", "eve"))
    done = run(own_toy.root, "grade", "--jobs", "1")
    assert done.returncode == 0, done.stderr
    assert done.stdout.index("a1_toy: 1 submissions") < done.stdout.index("a2_toy: 1 submissions")
    assert "a3_toy" not in done.stdout and done.stdout.count("Graded: 1 of 1.") == 2
    assert all(own_toy.record("ada", name).is_file() for name in ("a1_toy", "a2_toy"))


@pytest.mark.slow
@pytest.mark.parametrize("to_all", [True, False], ids=["Ctrl-C", "kill -INT"])
def test_interrupted_it_stops_at_once_and_keeps_what_is_done(own_toy: Course, to_all: bool) -> None:
    notebook = nbformat.read(own_toy.source("a1_toy"), as_version=4)
    hand_in(own_toy, "ada", nbformat.writes(notebook).encode())
    notebook.cells.insert(0, new_code_cell("import time; time.sleep(600)"))
    hand_in(own_toy, "bob", nbformat.writes(notebook).encode())
    command = subprocess.Popen(
        [sys.executable, "-m", "autograder", "grade", "a1", "--jobs", "1"],
        cwd=own_toy.root,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY), "COLUMNS": "200"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # Whoever runs the tests in the background may have had Ctrl-C ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    while command.poll() is None and not own_toy.record("ada", "a1_toy").exists():
        time.sleep(0.05)
    time.sleep(0.5)  # bob's has begun, or is about to
    os.killpg(command.pid, signal.SIGINT) if to_all else command.send_signal(signal.SIGINT)
    out, err = command.communicate(timeout=20)
    assert command.returncode == 130 and "Traceback" not in err, err
    assert "1 of 2 results are kept" in err and "ada" in out
    assert not own_toy.record("bob", "a1_toy").exists()


def test_strength_as_json_and_its_exit_code(toy: Course) -> None:
    done = run(toy.root, "strength", "a1", "--json")
    assert done.returncode == 0 and [row["exercise"] for row in json.loads(done.stdout)["a1_toy"]] == [
        "double",
        "total",
        "quiz_even",
    ]
    text = toy.questions("a1_toy").read_text(encoding="utf-8")
    asks_a_row = text.replace("rng.integers(1, 99, size=(2, 3))", "rng.integers(1, 99, size=3)")
    toy.questions("a1_toy").write_text(asks_a_row, encoding="utf-8")
    done = run(toy.root, "strength", "a1")
    assert done.returncode == 1
    assert "total: no question notices the wrong answer first_axis." in done.stdout
