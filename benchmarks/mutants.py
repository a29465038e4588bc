"""Whether the questions notice small changes of the references: `python -m benchmarks.mutants` (about ten minutes)."""

from __future__ import annotations

import dataclasses
import os
import time
from pathlib import Path

from rich.progress import Progress

from autograder.course import Course
from autograder.proving.mutants import count, find_mutants, read_equivalents
from autograder.proving.trials import try_mutants
from benchmarks import write_result


def main() -> None:
    """Measure and write `results/mutants.json`."""
    course = Course.at(Path(__file__).parent)
    jobs = os.cpu_count() or 1
    measured = {}
    with Progress() as progress:
        for assignment in course.assignments:
            started = time.perf_counter()
            mutants = find_mutants(course, assignment)
            task = progress.add_task(assignment, total=len(mutants))
            trials = try_mutants(course, assignment, mutants, jobs, lambda task=task: progress.advance(task))  # type: ignore[misc]
            result = count(trials, read_equivalents(course, assignment, mutants))
            seconds = round(time.perf_counter() - started, 1)
            measured[assignment] = dataclasses.asdict(result) | {"jobs": jobs, "seconds": seconds}
    print(write_result("mutants", measured, ("mutmut", "libcst", "numpy", "torch")))


if __name__ == "__main__":
    main()
