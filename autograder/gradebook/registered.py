"""Remember which assignments nbgrader's gradebook knows, so that a build without a change need not import nbgrader."""

from __future__ import annotations

import hashlib

from autograder.course import Course
from autograder.files import write_text


def is_registered(course: Course, assignment: str) -> bool:
    """Whether the gradebook was told of the assignment as it was built last, as far as files say."""
    stamp = course.registered(assignment)
    if not stamp.is_file() or stamp.read_text(encoding="ascii") != _key(course, assignment):
        return False
    return course.gradebook.is_file() or "db_url" in _config(course).decode()


def note_registered(course: Course, assignment: str) -> None:
    write_text(course.registered(assignment), _key(course, assignment))


def _key(course: Course, assignment: str) -> str:
    return hashlib.sha256(course.source(assignment).read_bytes() + _config(course)).hexdigest()


def _config(course: Course) -> bytes:
    return (course.root / "nbgrader_config.py").read_bytes()
