"""Read the marks of a class from nbgrader's gradebook: automatic and manual scores, penalties, comments."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from nbgrader.api import BaseCell, Comment, Grade, MissingEntry, Student, SubmittedAssignment, SubmittedNotebook
from sqlalchemy.orm import undefer

from autograder.course import Course, CourseError
from autograder.gradebook.book import open_gradebook
from autograder.nbgrader_course import nbgrader_api


@dataclass(frozen=True)
class CellMark:
    """The points of one grade cell."""

    score: float
    max_score: float
    pending: bool  # it waits for a person or for data
    by_hand: bool  # a person has graded it


@dataclass(frozen=True)
class Mark:
    """One student's points in one assignment."""

    score: float
    max_score: float
    penalty: float = 0.0  # for lateness
    pending: bool = False
    handed_in: datetime | None = None  # in UTC; None where it is not known
    cells: dict[str, CellMark] = field(default_factory=dict)  # by grade id
    comments: dict[str, str] = field(default_factory=dict)  # what a person wrote on answers, by grade id

    @property
    def final(self) -> float:
        """The score that counts: after the penalty for lateness, but at least 0, as in `nbgrader export`."""
        return max(0.0, self.score - self.penalty)


@dataclass(frozen=True)
class Person:
    """A student's data in the gradebook besides the id; often all empty."""

    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_user_id: str = ""

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(frozen=True)
class Gradebook:
    """What is read from the gradebook."""

    people: dict[str, Person]  # by student
    max_scores: dict[str, float]  # by assignment
    marks: dict[str, dict[str, Mark]]  # by assignment, then by student; nothing for those who did not hand in


def read_gradebook(course: Course, assignments: list[str] | None = None) -> Gradebook:
    """Read the gradebook, or only `assignments` if given. Raises CourseError if there is none yet."""
    with _opened(course) as gradebook:
        people = {
            one.id: Person(one.first_name or "", one.last_name or "", one.email or "", one.lms_user_id or "")
            for one in sorted(gradebook.db.query(Student), key=lambda one: one.id)  # servers order rows differently
        }
        known = sorted(one.name for one in gradebook.assignments)
        chosen = [name for name in known if assignments is None or name in assignments]
        max_scores = {name: float(gradebook.find_assignment(name).max_score) for name in chosen}
        marks = {name: _marks(gradebook, name, max_scores[name]) for name in chosen}
    return Gradebook(people, max_scores, marks)


def read_marks(course: Course, assignment: str) -> dict[str, Mark]:
    """The marks of one assignment, by student."""
    return read_gradebook(course, [assignment]).marks.get(assignment, {})


@contextmanager
def _opened(course: Course) -> Iterator[Any]:
    url = nbgrader_api(course).coursedir.db_url
    if url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).is_file():
        raise CourseError(
            f"There is no gradebook yet: {url.removeprefix('sqlite:///')} is missing. Grade something first with "
            "`autograder grade`."
        )
    with open_gradebook(course) as gradebook:
        yield gradebook


def _marks(gradebook: Any, assignment: str, max_score: float) -> dict[str, Mark]:
    try:
        assignment_id = gradebook.find_assignment(assignment).id
    except MissingEntry:
        return {}
    cells: dict[str, dict[str, CellMark]] = {}
    comments: dict[str, dict[str, str]] = {}
    # One query: row by row, the gradebook takes seconds for a large class.
    of_assignment = SubmittedAssignment.assignment_id == assignment_id
    grades = (
        gradebook.db.query(SubmittedAssignment.student_id, BaseCell.name, Grade)
        .select_from(Grade)
        .join(SubmittedNotebook, Grade.notebook_id == SubmittedNotebook.id)
        .join(SubmittedAssignment, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .join(BaseCell, Grade.cell_id == BaseCell.id)
        .options(undefer(Grade.max_score))
        .filter(of_assignment)
    )
    for student, name, grade in grades:
        by_hand = grade.manual_score is not None
        one = CellMark(float(grade.score), float(grade.max_score), bool(grade.needs_manual_grade), by_hand)
        cells.setdefault(student, {})[name] = one
    written = (
        gradebook.db.query(SubmittedAssignment.student_id, BaseCell.name, Comment.manual_comment)
        .select_from(Comment)
        .join(SubmittedNotebook, Comment.notebook_id == SubmittedNotebook.id)
        .join(SubmittedAssignment, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .join(BaseCell, Comment.cell_id == BaseCell.id)
        .filter(of_assignment, Comment.manual_comment.is_not(None))
    )
    for student, name, comment in written:
        comments.setdefault(student, {})[name] = comment
    submissions = gradebook.db.query(SubmittedAssignment).filter(of_assignment)
    penalized = undefer(SubmittedAssignment.late_submission_penalty)
    return {
        one.student_id: Mark(
            score=sum(cell.score for cell in cells.get(one.student_id, {}).values()),
            max_score=max_score,
            penalty=float(one.late_submission_penalty or 0.0),
            pending=any(cell.pending for cell in cells.get(one.student_id, {}).values()),
            handed_in=one.timestamp,
            cells=cells.get(one.student_id, {}),
            comments=comments.get(one.student_id, {}),
        )
        for one in sorted(submissions.options(penalized), key=lambda one: one.student_id)
    }
