"""Start a course of one's own, and an assignment with one exercise in all its parts.

Nothing that is there already is touched. A course is made of a few templates and of this repository's own files that
every course needs: they are taken from the checkout, or from where the wheel has put them.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from string import Template

from autograder.course import Course, CourseError

TEMPLATES = Path(__file__).parent / "templates"
CHECKOUT = Path(__file__).parents[2]
INSTALLED = Path(sys.prefix) / "share" / "cnn-assignments"
SHARED = ("nbgrader_config.py", "LICENSE", ".gitignore", "solutions/asking.py")
ASSIGNMENT = re.compile(r"a([0-9]+)_(\w+)")
EXAMPLE = "a1_light"


def start_course(folder: Path) -> list[Path]:
    """Make a course in `folder`, with an example assignment; returns its files. Raises CourseError."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CourseError(f"{folder} is there already, and not empty. Nothing was changed: name a new folder.")
    name = folder.resolve().name
    files = {path: _shared(path) for path in SHARED}
    files["LICENSE"] = files["LICENSE"].replace("The cnn-assignments authors", f"The authors of {name}")
    files["nbgrader_config.py"] = files["nbgrader_config.py"].replace('course_id = "cnn"', f"course_id = {name!r}")
    for path, template in {
        "README.md": "README.md",
        "pyproject.toml": "pyproject.toml",
        ".github/workflows/check.yml": "check.yml",
        ".gitlab-ci.yml": "gitlab-ci.yml",
    }.items():
        files[path] = _filled(TEMPLATES / "course" / template, name=name)
    files["solutions/__init__.py"] = ""
    return [*_write(folder, files), *start_assignment(Course(folder), EXAMPLE)]


def start_assignment(course: Course, name: str) -> list[Path]:
    """Make the room of an assignment that the course has not; returns its files. Raises CourseError."""
    files = assignment_files(name)
    number = _parts(name)[0]
    taken = [course.room(known) for known in course.assignments if _parts(known)[0] == number]
    if room := next((room for room in (course.room(name), *taken) if room.exists()), None):
        raise CourseError(f"{room} is there already. Nothing was changed: choose another number.")
    return _write(course.room(name), files)


def assignment_files(name: str) -> dict[str, str]:
    """The files of a new assignment, by name. Raises CourseError where `name` is none for an assignment."""
    number, title = _parts(name)
    templates = sorted((TEMPLATES / "assignment").glob("*.py"))
    return {path.name: _filled(path, number=number, title=title) for path in templates} | {"__init__.py": ""}


def _parts(name: str) -> tuple[int, str]:
    if found := ASSIGNMENT.fullmatch(name):
        return int(found[1]), found[2].replace("_", " ")
    raise CourseError(f"{name!r} is no name for an assignment. Write a number and a word, such as a7_light.")


def _shared(path: str) -> str:
    for home in (CHECKOUT, INSTALLED):
        if (home / path).is_file():
            return (home / path).read_text(encoding="utf-8")
    raise CourseError(f"{path} is neither in {CHECKOUT} nor in {INSTALLED}. Install cnn-assignments again.")


def _filled(template: Path, **values: object) -> str:
    return Template(template.read_text(encoding="utf-8")).substitute(values)


def _write(folder: Path, files: dict[str, str]) -> list[Path]:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return [folder / path for path in files]
