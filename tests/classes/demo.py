"""The demo's class: twelve students who hand in assignment 1, three of them the others, too.

`make demo` writes them into submitted/ with this and grades them.
"""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat

from autograder.course import Course, CourseError
from tests.classes import Pieces

PREFIX = "demo-"
EVERY_TIME = ("reference", "mistakes-1", "blank")


def demo_class(pieces: Pieces) -> dict[str, nbformat.NotebookNode]:
    """Twelve submissions of one assignment, named after what was handed in."""
    first, half = pieces.exercises[0], len(pieces.exercises) // 2
    header, _, body = pieces.reference[first].partition(":\n")
    without_a_test = pieces.solved()
    tests = [cell for cell in without_a_test.cells if cell.metadata.get("nbgrader", {}).get("grade")]
    without_a_test.cells.remove(tests[3])
    return {
        "reference": pieces.solved(),
        **{f"another-way-{n}": pieces.solved(_nth(pieces.right, n)) for n in (1, 2)},
        "one-mistake": pieces.solved(_nth({first: pieces.wrong[first]}, 1)),
        **{f"mistakes-{n}": pieces.solved(_nth(_every_third(pieces.wrong, n), n)) for n in (1, 2, 3)},
        "all-mistakes": pieces.solved(_nth(pieces.wrong, 2)),
        "first-half": pieces.solved(only=pieces.exercises[:half]),
        "blank": pieces.blank(),
        "syntax-error": pieces.solved({first: f"{header}\n{body}"}),
        "deleted-cell": without_a_test,
    }


def _nth(answers: dict[str, dict[str, str]], n: int) -> dict[str, str]:
    return {exercise: list(known.values())[(n - 1) % len(known)] for exercise, known in answers.items() if known}


def _every_third(answers: dict[str, dict[str, str]], n: int) -> dict[str, dict[str, str]]:
    return {exercise: known for k, (exercise, known) in enumerate(answers.items()) if k % 3 == n - 1}


def hand_in(course: Course, assignment: str, students: dict[str, nbformat.NotebookNode]) -> None:
    """Put each student's notebook where nbgrader looks for it."""
    for student, notebook in students.items():
        path = course.submitted(PREFIX + student, assignment)
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, path)


def main() -> None:
    """Write the class; refuse where real students are, whose gradebook is no place for made-up ones."""
    course = Course.at(Path("."))
    submitted = course.root / "submitted"
    real = [path.name for path in submitted.glob("*") if not path.name.startswith(PREFIX)]
    if real:
        raise CourseError(f"{submitted} holds real submissions ({real[0]}, …). Run the demo in a fresh clone.")
    for assignment in course.assignments:
        students = demo_class(Pieces(course, assignment))
        if assignment != course.assignments[0]:
            students = {student: students[student] for student in EVERY_TIME}
        hand_in(course, assignment, students)


if __name__ == "__main__":
    try:
        main()
    except CourseError as error:
        sys.exit(str(error))
