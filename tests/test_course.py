"""Are the course's settings read as they are meant, and refused where they mean nothing?"""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.course import Course, CourseError
from autograder.limits import Limits

SETTINGS = '[tool.autograder]\nrepository = "r"\nbranch = "b"\n'


def course_with(folder: Path, limits: str) -> Course:
    """A course with the assignments a1_toy and a2_toy and these lines in its pyproject.toml."""
    for name in ("a1_toy", "a2_toy"):
        (folder / "solutions" / name).mkdir(parents=True)
        (folder / "solutions" / name / "notebook.py").touch()
    (folder / "pyproject.toml").write_text(SETTINGS + limits)
    return Course(folder)


def test_an_assignment_is_a_folder_with_a_notebook(tmp_path: Path) -> None:
    course = course_with(tmp_path, "")
    (tmp_path / "solutions" / "a3_empty").mkdir()
    (tmp_path / "solutions" / "a4_file.py").touch()
    assert course.assignments == ["a1_toy", "a2_toy"]
    assert course.assignment("a2") == "a2_toy"
    with pytest.raises(CourseError, match=r"no assignment 'a3_empty' .* There are: a1_toy, a2_toy"):
        course.assignment("a3_empty")


def test_without_settings_the_limits_are_the_defaults(tmp_path: Path) -> None:
    assert course_with(tmp_path, "").limits("a1_toy") == Limits()


def test_an_assignments_own_limits_override_those_of_all(tmp_path: Path) -> None:
    text = "[tool.autograder.limits]\nmemory_mb = 100\ncell_seconds = 5\n[tool.autograder.limits.a2_toy]\ncrashes = 0\n"
    course = course_with(tmp_path, text + "cell_seconds = 7.5\n")
    assert course.limits("a1_toy") == Limits(memory_mb=100, cell_seconds=5)
    assert course.limits("a2_toy") == Limits(memory_mb=100, cell_seconds=7.5, crashes=0)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("limits = 3", r"\[tool.autograder.limits\] is no table"),
        (
            "[tool.autograder.limits]\nseconds = 3",
            r"limits\] has 'seconds', which is no limit. There are: cell_seconds",
        ),
        ("[tool.autograder.limits.a2_toy]\nseconds = 3", r"limits.a2_toy\] has 'seconds'"),
        ("[tool.autograder.limits.a3_toy]", r"limits.a3_toy\] names no assignment. There are: a1_toy, a2_toy"),
        ("[tool.autograder.limits]\nmemory_mb = 0.5", "memory_mb = 0.5, which is no whole number"),
        ("[tool.autograder.limits]\ncell_seconds = '3'", "cell_seconds = '3', which is no number"),
        ("[tool.autograder.limits]\ncell_seconds = true", "cell_seconds = True"),
        ("[tool.autograder.limits]\ncell_seconds = -1", "cell_seconds = -1"),
        ("[tool.autograder.limits]\ncell_seconds = inf", "cell_seconds = inf"),
        ("[tool.autograder.limits]\ncell_seconds = nan", "cell_seconds = nan"),
    ],
)
def test_what_is_no_limit_is_an_error_that_names_file_and_key(tmp_path: Path, text: str, words: str) -> None:
    course = course_with(tmp_path, text)
    with pytest.raises(CourseError, match=words) as caught:
        course.limits("a1_toy")
    assert str(tmp_path / "pyproject.toml") in str(caught.value)


def test_this_courses_limits_are_limits(repository: Course) -> None:
    for assignment in repository.assignments:
        assert repository.limits(assignment).cell_seconds > 0


def test_credit_is_all_or_share(toy: Course) -> None:
    path = toy.root / "pyproject.toml"
    before = path.read_text(encoding="utf-8")
    assert not toy.by_share
    for said, by_share in (("all", False), ("share", True)):
        path.write_text(f'{before}credit = "{said}"\n', encoding="utf-8")
        assert Course(toy.root).by_share is by_share
    path.write_text(f"{before}credit = 1\n", encoding="utf-8")
    with pytest.raises(CourseError, match='has credit = 1: write "all" or "share"'):
        _ = Course(toy.root).by_share
