"""The demo's class: twelve submissions of assignment 1, into submitted/ (`make demo` runs this and grades them)."""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat

from autograder.course import Course, CourseError
from tests.classes import Pieces

ASSIGNMENT = "a1_convolution"
PREFIX = "demo-"


def demo_class(pieces: Pieces) -> dict[str, nbformat.NotebookNode]:
    """Twelve students, named after what they handed in."""
    first_half = pieces.exercises[: len(pieces.exercises) // 2]
    students = {
        "reference": pieces.solved(),
        **{f"another-way-{n}": pieces.solved(_nth(pieces.right, n)) for n in (1, 2)},
        "flips-the-kernel": pieces.solved({"cross_correlate2d": pieces.wrong["cross_correlate2d"]["flips_kernel"]}),
        **{f"mistakes-{n}": pieces.solved(_nth(_every_third(pieces.wrong, n), n)) for n in (1, 2, 3)},
        "all-mistakes": pieces.solved(_nth(pieces.wrong, 2)),
        "first-half": pieces.solved(only=first_half),
        "blank": pieces.blank(),
        "syntax-error": pieces.solved({"pad2d": "def pad2d(image, padding, value=0.0)\n    return image"}),
        "deleted-cell": pieces.solved(),
    }
    deleted = students["deleted-cell"]
    deleted.cells = [
        cell for cell in deleted.cells if cell.metadata.get("nbgrader", {}).get("grade_id") != "test_conv2d"
    ]
    return {f"{PREFIX}{name}": notebook for name, notebook in students.items()}


def _nth(answers: dict[str, dict[str, str]], n: int) -> dict[str, str]:
    return {exercise: list(known.values())[(n - 1) % len(known)] for exercise, known in answers.items() if known}


def _every_third(answers: dict[str, dict[str, str]], n: int) -> dict[str, dict[str, str]]:
    return {exercise: known for k, (exercise, known) in enumerate(answers.items()) if k % 3 == n - 1}


def main() -> None:
    """Write the class; refuse where real students are, whose gradebook is no place for made-up ones."""
    course = Course.at(Path("."))
    submitted = course.root / "submitted"
    real = [path.name for path in submitted.glob("*") if not path.name.startswith(PREFIX)]
    if real:
        raise CourseError(f"{submitted} holds real submissions ({real[0]}, …). Run the demo in a fresh clone.")
    for student, notebook in demo_class(Pieces(course, ASSIGNMENT)).items():
        path = course.submitted(student, ASSIGNMENT)
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, path)


if __name__ == "__main__":
    try:
        main()
    except CourseError as error:
        sys.exit(str(error))
