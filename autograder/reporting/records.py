"""What grading left about a class: each student's record, and what is told of an exercise beside its score."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from autograder.course import Course, CourseError
from autograder.grading.record import SubmissionResult


@dataclass(frozen=True)
class Diagnosis:
    """A known mistake that an answer shows: its name, and what a student who made it should read. `earlier` is the
    exercise that it was made in where the answer only inherits it."""

    name: str
    message: str
    earlier: str = ""


def read_records(course: Course, assignment: str, students: Iterable[str] = ()) -> dict[str, SubmissionResult | None]:
    """The records of the class by student, None for one that cannot be read; only of `students` if any are named.

    Raises CourseError where there are none.
    """
    chosen, folder = set(students), course.record("any", assignment).parent
    found = {path.stem: SubmissionResult.read(path) for path in sorted(folder.glob("*.json"))}
    if missing := sorted(chosen - found.keys()):
        raise CourseError(f"{assignment} has not been graded for {', '.join(missing)}: {folder} has no record.")
    if not found:
        raise CourseError(f"Nothing of {assignment} has been graded yet. Run `autograder grade {assignment}` first.")
    return {student: record for student, record in found.items() if not chosen or student in chosen}


def diagnosis(exercise: Any) -> Diagnosis | None:
    """The mistake that was recognised in an exercise of a record, if any was."""
    found = getattr(exercise, "diagnosis", None)
    name = _get(found, "name") or _get(found, "mistake")
    if not name:
        return None
    message = " ".join(str(_get(found, "message") or "").split())
    return Diagnosis(str(name).replace("_", " "), message, str(_get(found, "earlier") or ""))


def flags(record: Any) -> tuple[str, ...]:
    """What an instructor, and nobody else, should know of a record or of one of its exercises."""
    return tuple(str(flag) for flag in getattr(record, "flags", None) or ())


def _get(thing: Any, name: str) -> Any:
    return thing.get(name) if isinstance(thing, dict) else getattr(thing, name, None)
