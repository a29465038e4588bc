"""nbgrader's gradebook: open it, ask what it knows, read a submission's scores."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from typing import Any

from nbgrader.api import Gradebook, MissingEntry
from sqlalchemy import text

from autograder.course import Course, CourseError
from autograder.grading.record import ExerciseResult
from autograder.nbgrader_course import nbgrader_api


def open_gradebook(course: Course) -> Any:
    """The course's gradebook, to be used in `with`. Raises CourseError where it cannot be opened or written."""
    coursedir = nbgrader_api(course).coursedir
    try:
        gradebook = Gradebook(coursedir.db_url, coursedir.course_id)
        gradebook.db.execute(text("UPDATE assignment SET name = name WHERE 1 = 0"))  # fails where it is read-only
        gradebook.db.rollback()
    except Exception as error:
        reason = str(getattr(error, "orig", error)).partition("\n")[0]
        raise CourseError(
            f"The gradebook {coursedir.db_url} cannot be opened: {reason}. See that the folder exists, that you may "
            "write to it, and that the file is nbgrader's."
        ) from error
    return closing(gradebook)


def has_assignment(course: Course, assignment: str) -> bool:
    """Whether the gradebook knows the assignment's notebook."""
    with open_gradebook(course) as gradebook:
        try:
            gradebook.find_notebook(assignment, assignment)
        except MissingEntry:
            return False
        return True


def has_submission(course: Course, assignment: str, student: str) -> bool:
    """Whether the gradebook knows this student's submission."""
    with open_gradebook(course) as gradebook:
        try:
            gradebook.find_submission(assignment, student)
        except MissingEntry:
            return False
        return True


def give_nothing(course: Course, assignment: str, student: str) -> None:
    """What was handed in cannot be graded: an earlier submission's scores must not stand for it."""
    with open_gradebook(course) as gradebook:
        gradebook.update_or_create_student(student)
        submission = gradebook.update_or_create_submission(assignment, student)
        for notebook in submission.notebooks:
            for grade in notebook.grades:
                grade.auto_score, grade.needs_manual_grade = 0, False
        gradebook.db.commit()


def postpone(course: Course, assignment: str, student: str, grade_ids: Iterable[str]) -> None:
    """Take back what was given for the cells `grade_ids`: they count as not graded yet, in formgrader, too."""
    with open_gradebook(course) as gradebook:
        for grade_id in grade_ids:
            grade = gradebook.find_grade(grade_id, assignment, assignment, student)
            grade.auto_score, grade.needs_manual_grade = None, True
        gradebook.db.commit()


def scores(course: Course, assignment: str, student: str, errors: dict[str, str]) -> tuple[ExerciseResult, ...]:
    """The student's scores in the notebook's order of cells; `errors` maps grade ids to what the tests said."""
    with open_gradebook(course) as gradebook:
        notebook = gradebook.find_submission_notebook(assignment, assignment, student)
        order = {cell.name: number for number, cell in enumerate(notebook.notebook.source_cells)}
        grades = sorted(notebook.grades, key=lambda grade: order.get(grade.name, len(order)))
        return tuple(_result(grade, errors.get(grade.name)) for grade in grades)


def _result(grade: Any, error: str | None) -> ExerciseResult:
    exercise = grade.name.removeprefix("test_")
    if grade.needs_manual_grade:
        return ExerciseResult(exercise, None, grade.max_score)
    return ExerciseResult(exercise, grade.score, grade.max_score, None if grade.score == grade.max_score else error)
