"""What grading left about a class: each student's record, and what is told of an exercise beside its score."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from autograder.course import Course, CourseError
from autograder.grading.record import CellResult, SubmissionResult


@dataclass(frozen=True)
class Mistake:
    """A known mistake that an answer shows: its name in words, and what a student who made it should read."""

    name: str
    message: str


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


def mistake(exercise: CellResult) -> Mistake | None:
    """The mistake that was recognised in an exercise, if any was."""
    found = exercise.mistake
    if found is None:
        return None
    return Mistake(found.mistake.rpartition("__")[2].replace("_", " "), " ".join(found.message.split()))
