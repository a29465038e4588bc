"""How grading grows with the class, to thousands: `python -m benchmarks.scale --help`.

1. Made-up classes are graded as an instructor grades, on this machine.
2. What does not spread over machines is the coordinator: it reads submissions, hands them out, and writes what comes
   back. To see it by itself, classes are graded by workers that do nothing but give results of 1. again, so that all
   files and the gradebook are as large as real ones. How much of its time each step takes is measured as well.
"""

from __future__ import annotations

import argparse
import functools
import json
import multiprocessing
import os
import pickle
import shutil
import time
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from autograder.classroom import grade as grading
from autograder.course import Course
from autograder.gradebook.book import GradebookWriter
from autograder.grading.question_run import QuestionRun
from autograder.grading.record import Result, SubmissionResult
from autograder.grading.worker import examine_reference
from benchmarks import write_result
from benchmarks.grading import Bench, bench_for
from benchmarks.processes import peak_mb
from tests.classes.generate import made_up_class

DIFFERENT = 100  # results that are given again: their memory is counted with the coordinator's

# What a coordinator does for each submission, and where.
STEPS: dict[str, tuple[Any, str]] = {
    "read": (grading, "read_submission"),
    "gradebook": (GradebookWriter, "write_scores"),
    "autograded/": (GradebookWriter, "write_folder"),
    "result": (Result, "write"),
    "record": (SubmissionResult, "write"),
}


class Again(Executor):
    """Gives the same results over and over, at once, each as bytes that are unpacked, as one that came over a pipe."""

    def __init__(self, results: Iterable[Result]) -> None:
        self._results, self._given = [pickle.dumps(result) for result in results], 0

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        if fn is examine_reference:  # nobody will be judged by it
            future.set_result(QuestionRun({}))
        else:
            future.set_result(pickle.loads(self._results[self._given % len(self._results)]))
            self._given += 1
        return future


@contextmanager
def watched_steps() -> Iterator[dict[str, list[float]]]:
    """The seconds of each call of each step."""
    seconds: dict[str, list[float]] = defaultdict(list)
    before = {step: getattr(owner, name) for step, (owner, name) in STEPS.items()}

    def timed(step: str) -> Callable[..., Any]:
        @functools.wraps(before[step])
        def call(*args: Any, **kwargs: Any) -> Any:
            start = time.perf_counter()
            try:
                return before[step](*args, **kwargs)
            finally:
                seconds[step].append(time.perf_counter() - start)

        return call

    for step, (owner, name) in STEPS.items():
        setattr(owner, name, timed(step))
    try:
        yield seconds
    finally:
        for step, (owner, name) in STEPS.items():
            setattr(owner, name, before[step])


def coordinate(course: Course, assignment: str, kept: Path, line: Any) -> None:
    """Be the coordinator of a class that is graded by `Again`; sends a word for each submission, then what it took."""
    warnings.simplefilter("ignore")  # nbgrader's, about its own insides
    paths = sorted(kept.glob("*.json"))[:DIFFERENT]
    workers = Again(result for path in paths if (result := Result.read(path)) is not None)
    with watched_steps() as steps:
        start, cpu = time.perf_counter(), time.process_time()
        grading.grade(course, assignment, executor=workers, on_result=lambda result: line.send(None))
        seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    writes = steps["gradebook"]
    tenth = max(1, len(writes) // 10)
    line.send(
        {
            "seconds": seconds,
            "cpu_seconds": cpu,
            "coordinator_mb": peak_mb(os.getpid()),
            "gradebook_mb": course.gradebook.stat().st_size / 1e6,
            "steps": {step: sum(each) for step, each in steps.items()},
            "first_writes": sum(writes[:tenth]) / tenth,
            "last_writes": sum(writes[-tenth:]) / tenth,
        }
    )


def coordinator_alone(bench: Bench, n: int, kept: Path, folder: Path) -> dict[str, Any]:
    """What the coordinator takes for a class of `n`."""
    shutil.rmtree(folder, ignore_errors=True)
    course = Course(shutil.copytree(bench.template.root, folder, symlinks=True))
    students = made_up_class(bench.pieces, n, bench.seed)
    for student, notebook in bench.progress.track(students, total=n, description=f"class of {n:,}"):
        path = course.submitted(student, bench.assignment)
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(notebook), encoding="utf-8")
    context = multiprocessing.get_context("spawn")
    line, theirs = context.Pipe()
    process = context.Process(target=coordinate, args=(course, bench.assignment, kept, theirs))
    process.start()
    theirs.close()  # else its death would not close the line
    task = bench.progress.add_task(f"coordinator, {n:,}", total=n)
    while (said := line.recv()) is None:
        bench.progress.advance(task)
    process.join()
    measured: dict[str, Any] = said
    return measured


def main() -> None:
    """Measure and write `results/scale.json`, after each class what is known by then."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--assignment", default="a1")
    parser.add_argument("--graded", type=int, nargs="+", default=[100, 1000, 10_000], help="sizes of classes for 1.")
    parser.add_argument("--coordinated", type=int, nargs="+", default=[100, 1000, 10_000], help="and for 2.")
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    with bench_for(args.assignment, args.seed) as (bench, folder):
        measured: dict[str, Any] = {"assignment": bench.assignment, "jobs": args.jobs, "seed": args.seed}
        measured |= {"load_before": os.getloadavg()[0], "graded": {}, "coordinated": {}}
        for n in args.graded:
            course, run = bench.ours(n, args.jobs, folder / "graded", f"graded, {n:,}", pages=False)
            gradebook_mb = course.gradebook.stat().st_size / 1e6
            measured["graded"][str(n)] = run | {"gradebook_mb": gradebook_mb}
            write_result("scale", measured, ("nbgrader", "torch"))
        kept = course.result(bench.assignment, "any").parent
        for n in args.coordinated:
            measured["coordinated"][str(n)] = coordinator_alone(bench, n, kept, folder / "coordinated")
            write_result("scale", measured, ("nbgrader", "torch"))
        print(write_result("scale", measured, ("nbgrader", "torch")))


if __name__ == "__main__":
    main()
