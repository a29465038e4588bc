"""How strong every assignment's questions are: `python -m benchmarks.strength` (a minute per assignment)."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from rich.progress import Progress

from autograder.course import Course
from autograder.proving.strength import count_answers, strength
from benchmarks import write_result


def main() -> None:
    """Measure and write `results/strength.json`."""
    course = Course.at(Path(__file__).parent)
    measured = {}
    with Progress() as progress:
        for assignment in course.assignments:
            task = progress.add_task(assignment, total=count_answers(course, assignment))
            rows = strength(course, assignment, on_answer=lambda task=task: progress.advance(task))  # type: ignore[misc]
            measured[assignment] = [dataclasses.asdict(row) for row in rows]
    print(write_result("strength", measured, ("numpy", "torch")))


if __name__ == "__main__":
    main()
