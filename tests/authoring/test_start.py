"""Do `init` and `new` write what works, and touch nothing that is there?"""

from __future__ import annotations

import os
import re
import shutil
import site
import subprocess
import sys
import venv
from pathlib import Path

import pytest
import yaml

from autograder.authoring.start import start_assignment, start_course
from autograder.course import Course, CourseError
from tests.conftest import REPOSITORY


def everything(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_new_course_is_one(tmp_path: Path) -> None:
    files = start_course(tmp_path / "light")
    assert set(files) == set(everything(tmp_path))
    course = Course.at(tmp_path / "light" / "solutions")
    assert course.assignments == ["a1_light"]
    assert course.limits("a1_light").cell_seconds == 30
    assert course.carry_forward
    assert "light-students" in course.colab_url("a1_light")


def test_what_it_writes_for_ci_can_be_read(tmp_path: Path) -> None:
    start_course(tmp_path)
    for name in (".github/workflows/check.yml", ".gitlab-ci.yml"):
        assert "autograder check" in str(yaml.safe_load((tmp_path / name).read_text()))


@pytest.mark.parametrize("there", ["a file", "a folder with a hidden file"])
def test_a_place_that_is_taken_is_left_as_it_is(tmp_path: Path, there: str) -> None:
    place = tmp_path / "course"
    if there == "a file":
        place.write_text("mine")
    else:
        place.mkdir()
        (place / ".mine").write_text("mine")
    before = everything(tmp_path)
    with pytest.raises(CourseError, match=re.escape(f"{place} is there already")):
        start_course(place)
    assert everything(tmp_path) == before


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("a1_light", "a1_light is there already"),
        ("a1_dark", "a1_light is there already"),
        ("a2_taken", "a2_taken is there already"),
        ("light", "is no name for an assignment"),
        ("a3", "is no name for an assignment"),
        ("a3_../../x", "is no name for an assignment"),
        ("a3_two words", "is no name for an assignment"),
    ],
)
def test_a_name_that_cannot_be_is_refused(tmp_path: Path, name: str, said: str) -> None:
    start_course(tmp_path)
    (tmp_path / "solutions" / "a2_taken").mkdir()
    before = everything(tmp_path)
    with pytest.raises(CourseError, match=said):
        start_assignment(Course(tmp_path), name)
    assert everything(tmp_path) == before


@pytest.mark.nightly
def test_a_built_wheel_works_without_this_repository(tmp_path: Path) -> None:
    """`pip install cnn-assignments[grading]` with its libraries from here, then a course of one's own."""
    source = shutil.copytree(REPOSITORY, tmp_path / "source", ignore=shutil.ignore_patterns(".venv", "build", ".git"))
    uv = Path(sys.executable).with_name("uv")
    subprocess.run([uv, "build", "--wheel", "--no-build-isolation", "--out-dir", tmp_path, source], check=True)
    (wheel,) = tmp_path.glob("*.whl")
    venv.create(tmp_path / "venv")
    python = tmp_path / "venv" / "bin" / "python"
    subprocess.run([uv, "pip", "install", "--no-deps", "--python", python, wheel], check=True)
    (packages,) = (tmp_path / "venv" / "lib").glob("python3*/site-packages")
    (packages / "libraries.pth").write_text("\n".join(site.getsitepackages()))
    shutil.rmtree(source)
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    def autograder(*words: str) -> None:
        subprocess.run([python.with_name("autograder"), *words], cwd=tmp_path, env=clean, check=True)

    autograder("init", "light")
    autograder("build", "--course", "light")
    autograder("check", "--course", "light")
