"""A class graded by stock `nbgrader autograde` and by `autograder grade`: `python -m benchmarks.grading --help`.

Both are run as an instructor runs them, each time in a fresh copy of this course with the same made-up class, and
timed from start to end. Beside them, how long the same notebooks' cells run by themselves: what a grader takes beyond
that is its own. Memory is looked at while they run, that of all processes together every two seconds. Where both have
graded the same submissions, their scores are compared cell by cell.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from autograder.authoring.build import build
from autograder.course import Course
from autograder.grading.gradebook import open_gradebook
from autograder.grading.restore import restore
from autograder.kernels.client import WarmKernelManager
from autograder.kernels.preload import imported_modules
from autograder.kernels.provisioner import KernelServer, required_way
from benchmarks import write_result
from benchmarks.processes import peak_mb, share_mb, tree
from tests.classes import Pieces, copied_course
from tests.classes.generate import hand_in, made_up_class

LOOK_EVERY = 0.1  # seconds
ADD_UP_EVERY = 2.0  # seconds; adding up everybody's memory takes a tenth of one
SCRIPTS = str(Path(sys.executable).parent)


@dataclass(frozen=True)
class Bench:
    """One assignment, built in a folder of which each run has a copy, and the class that hands it in."""

    template: Course
    assignment: str
    pieces: Pieces
    seed: int
    progress: Progress

    def class_of(self, n: int, folder: Path) -> Course:
        """A copy of the course in which `n` students handed in."""
        shutil.rmtree(folder, ignore_errors=True)
        course = Course(shutil.copytree(self.template.root, folder, symlinks=True))
        hand_in(course, self.assignment, made_up_class(self.pieces, n, self.seed))
        return course

    def stock(self, n: int, folder: Path, title: str) -> tuple[Course, dict[str, float]]:
        """Grade a class with nbgrader."""
        course = self.class_of(n, folder)
        command = [f"{SCRIPTS}/nbgrader", "autograde", self.assignment]
        return course, self._watched(course, command, n, f"autograded/*/{self.assignment}/*.ipynb", title)

    def ours(self, n: int, jobs: int, folder: Path, title: str) -> tuple[Course, dict[str, float]]:
        """Grade a class, `jobs` submissions at a time."""
        course = self.class_of(n, folder)
        command = [sys.executable, "-m", "autograder", "grade", self.assignment, "--jobs", str(jobs)]
        return course, self._watched(course, command, n, f"results/{self.assignment}/*.json", title)

    def _watched(self, course: Course, command: list[str], n: int, done: str, title: str) -> dict[str, float]:
        """Run it to its end: seconds, and peak megabytes of the process that was started and of all together."""
        task = self.progress.add_task(title, total=n)
        coordinator = together = 0.0
        env = os.environ | {"PATH": os.pathsep.join([SCRIPTS, os.environ["PATH"]])}
        env.pop("PYTHONDONTWRITEBYTECODE", None)  # nobody who grades a class compiles all libraries for each kernel
        with tempfile.TemporaryFile() as log:
            start = added_up = time.perf_counter()
            process = subprocess.Popen(command, cwd=course.root, env=env, stdout=log, stderr=log)
            try:
                while process.poll() is None:
                    coordinator = max(coordinator, peak_mb(process.pid))
                    if time.perf_counter() - added_up > ADD_UP_EVERY:
                        together = max(together, sum(map(share_mb, tree(process.pid))))
                        self.progress.update(task, completed=len(list(course.root.glob(done))))
                        added_up = time.perf_counter()
                    time.sleep(LOOK_EVERY)
                seconds = time.perf_counter() - start
            finally:
                process.kill()
            log.seek(0)
            finished = len(list(course.root.glob(done)))
            if process.wait() or finished != n:
                raise SystemExit(f"{command} graded {finished} of {n}:\n{log.read().decode(errors='replace')[-3000:]}")
        self.progress.update(task, completed=n)
        return {"seconds": seconds, "coordinator_mb": coordinator, "together_mb": together}

    def cells_alone(self, n: int, title: str) -> float:
        """Seconds that all cells of `n` submissions run, by their kernels' clocks; each has a warm kernel."""
        source = nbformat.read(self.template.source(self.assignment), as_version=4)
        limits = self.template.limits(self.assignment)
        seconds = 0.0
        with KernelServer(required_way(), imported_modules(source), readable=[self.template.dataset("")]) as server:
            server.start()
            students = made_up_class(self.pieces, n, self.seed)
            for _, submitted in self.progress.track(students, total=n, description=title):
                notebook = restore(submitted, source)
                client = NotebookClient(notebook, km=WarmKernelManager(), allow_errors=True, record_timing=True)
                client.execute(limits=limits, env={"NBGRADER_EXECUTION": "autograde"})
                seconds += sum(_seconds(cell) for cell in notebook.cells if cell.cell_type == "code")
        return seconds


@contextmanager
def bench_for(name: str, seed: int) -> Iterator[tuple[Bench, Path]]:
    """A bench for the assignment that `name` begins, and an empty folder; both are gone afterwards."""
    repository = Course.at(Path(__file__).parent)
    assignment = repository.assignment(name)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with tempfile.TemporaryDirectory() as scratch, Progress(*columns, TimeRemainingColumn()) as progress:
        template = copied_course(repository, Path(scratch) / "template")
        build(template, assignment)
        yield Bench(template, assignment, Pieces(template, assignment), seed, progress), Path(scratch)


def _seconds(cell: nbformat.NotebookNode) -> float:
    begin, end = (
        datetime.fromisoformat(cell.metadata.execution[f"iopub.status.{status}"]) for status in ("busy", "idle")
    )
    return (end - begin).total_seconds()


def scores(course: Course, assignment: str) -> dict[str, tuple[float | None, bool]]:
    """What nbgrader's gradebook has for each grade cell of each student."""
    with open_gradebook(course) as gradebook:
        return {
            f"{submission.student_id} {grade.name}": (grade.auto_score, bool(grade.needs_manual_grade))
            for submission in gradebook.assignment_submissions(assignment)
            for notebook in submission.notebooks
            for grade in notebook.grades
        }


def main() -> None:
    """Measure and write `results/grading.json`, after each run what is known by then."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--assignment", default="a1")
    parser.add_argument("--sizes", type=int, nargs="+", default=[30, 300], help="submissions that ours grades")
    parser.add_argument("--stock", type=int, default=30, help="submissions that stock nbgrader grades, 15 s each")
    parser.add_argument("--jobs", type=int, nargs="+", default=[1, 2], help="at a time")
    parser.add_argument("--rounds", type=int, default=3, help="of ours")
    parser.add_argument("--stock-rounds", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    if args.stock > max(args.sizes):
        parser.error("--stock: ours must grade all that stock does")
    with bench_for(args.assignment, args.seed) as (bench, folder):
        assignment = bench.assignment
        measured: dict[str, Any] = {"assignment": assignment, "seed": args.seed, "load_before": os.getloadavg()[0]}
        measured |= {"stock": {}, "cells_alone": {}, "ours": {}, "compared": 0, "differing": {}}

        def add(part: dict[str, Any], key: int, value: Any) -> None:
            part.setdefault(str(key), []).append(value)
            write_result("grading", measured, ("nbgrader", "ipykernel", "torch"))

        for number in range(args.rounds):
            if number < args.stock_rounds:
                theirs, run = bench.stock(args.stock, folder / "stock", f"nbgrader, {args.stock}")
                add(measured["stock"], args.stock, run)
            seconds = bench.cells_alone(args.stock, f"cells alone, {args.stock}")
            add(measured["cells_alone"], args.stock, seconds)
            for jobs in args.jobs:
                for n in args.sizes:
                    title = f"autograder, {n}, {jobs} at a time"
                    course, run = bench.ours(n, jobs, folder / "ours", title)
                    add(measured["ours"].setdefault(str(jobs), {}), n, run)
                    if n >= args.stock:
                        expected, got = scores(theirs, assignment), scores(course, assignment)
                        found = {cell: (score, got.get(cell)) for cell, score in expected.items()}
                        measured["compared"] = len(found)
                        measured["differing"] |= {cell: both for cell, both in found.items() if both[0] != both[1]}
        print(write_result("grading", measured, ("nbgrader", "ipykernel", "torch")))


if __name__ == "__main__":
    main()
