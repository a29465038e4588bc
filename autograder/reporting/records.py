"""Read the records of a class, and the mistakes that they name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from autograder.course import Course, CourseError
from autograder.edits import PAIR
from autograder.grading.record import CellResult, SubmissionResult


@dataclass(frozen=True)
class Mistake:
    """A known mistake in an answer."""

    name: str  # in words
    message: str  # for a student who made it


def read_records(course: Course, assignment: str, students: Iterable[str] = ()) -> dict[str, SubmissionResult | None]:
    """The records of the class by student, None for one that cannot be read; only of `students` if any are named.

    Raises CourseError if there are none.
    """
    chosen, folder = set(students), course.record("any", assignment).parent
    found = {path.stem: SubmissionResult.read(path) for path in sorted(folder.glob("*.json"))}
    if missing := sorted(chosen - found.keys()):
        raise CourseError(f"{assignment} has not been graded for {', '.join(missing)}: {folder} has no record.")
    if not found:
        raise CourseError(f"Nothing of {assignment} has been graded yet. Run `autograder grade {assignment}` first.")
    return {student: record for student, record in found.items() if not chosen or student in chosen}


def mistake(exercise: CellResult) -> Mistake | None:
    """The mistake that was recognised in an exercise, if any."""
    found = exercise.mistake
    if found is None:
        return None
    name = found.mistake.partition("__")[2].replace(PAIR, ", and ").replace("_", " ")
    return Mistake(name, " ".join(found.message.split()))
