"""Read the questions of an assignment from its room."""

from __future__ import annotations

from autograder.cells import read_cells
from autograder.course import Course
from autograder.judge.questions import Questions, read_questions


def course_questions(course: Course, assignment: str) -> Questions:
    """The assignment's questions. Raises CourseError."""
    graded = [cell for cell in read_cells(course.solution(assignment)) if cell.exercise and not cell.by_hand]
    return read_questions(
        course.questions(assignment),
        course.asking,
        {cell.grade_id or "": cell.exercise or "" for cell in graded if not cell.score},
        [cell.grade_id or "" for cell in graded if cell.score],
        [cell.exercise or "" for cell in graded if any(test.hidden for test in cell.tests)],
    )
