"""Read the questions of an assignment from its room."""

from __future__ import annotations

import functools
from pathlib import Path

from autograder.cells import read_cells
from autograder.course import Course
from autograder.judge.questions import Questions, read_questions


def course_questions(course: Course, assignment: str) -> Questions:
    """The assignment's questions. Raises CourseError."""
    graded = [cell for cell in read_cells(course.solution(assignment)) if cell.exercise and not cell.by_hand]
    files = (course.questions(assignment), course.asking)
    return _read(
        *files,
        tuple(path.read_bytes() if path.is_file() else b"" for path in files),
        tuple((cell.grade_id or "", cell.exercise or "") for cell in graded if not cell.score),
        tuple(cell.grade_id or "" for cell in graded if cell.score),
        tuple(cell.exercise or "" for cell in graded if any(test.hidden for test in cell.tests)),
    )


@functools.lru_cache(maxsize=2)  # a command needs the same questions several times
def _read(
    path: Path,
    asking: Path,
    texts: tuple[bytes, ...],  # of both files: the key
    cells: tuple[tuple[str, str], ...],
    scores: tuple[str, ...],
    by_hand: tuple[str, ...],
) -> Questions:
    return read_questions(path, asking, dict(cells), scores, by_hand)
