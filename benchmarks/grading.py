"""A class from submissions to gradebook and pages, with stock nbgrader and here: `python -m benchmarks.grading --help`.

All are run as an instructor runs them, by two commands, each time in a fresh copy of the course with the same made-up
class:

- stock: `nbgrader autograde`, then `nbgrader generate_feedback`;
- fresh: `autograder grade`, then `autograder feedback`, with nothing kept from before;
- kept: the same once more, without records, results and pages, but with what the class's questions gave
  (`results/<assignment>/.asked`), as after a second collect;
- first: with `--first DIR`, a checkout of this repository's first edition, its `grade` and `feedback`.

Time is measured from start to end. Memory and processor time of all processes are read while they run. What the
kernels took of the processor time is the notebooks' and the questions'; the rest is the grader's own. Where stock
nbgrader and ours have graded the same submissions, their scores are compared cell by cell.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from autograder.classroom.grade import data_needed, prepare
from autograder.course import Course
from autograder.gradebook.book import open_gradebook
from benchmarks import write_result
from benchmarks.processes import Meter, peak_mb, share_mb, tree
from tests.classes import Pieces, copied_course
from tests.classes.generate import hand_in, made_up_class

ROOT = Path(__file__).parent.parent
LOOK_EVERY = 0.05  # seconds
ADD_UP_EVERY = 2.0  # seconds; adding up everybody's memory takes a tenth of one
# Makes and builds a copy of the course beside the autograder that is imported: DIR, TO, ASSIGNMENT.
PREPARE = """
import sys
from pathlib import Path
import autograder
from autograder.authoring.build import build
from autograder.course import Course
course = Course.at(Path(sys.argv[1]))
assert Path(autograder.__file__).is_relative_to(course.root), f"{autograder.__file__} is another edition"
copy = course.copy_to(Path(sys.argv[2]))
build(copy, sys.argv[3])
try:
    from autograder.gradebook.book import register
except ImportError:  # editions in which building did that
    pass
else:
    register(copy, sys.argv[3])
"""


@dataclass(frozen=True)
class Edition:
    """A checkout of this repository, and the Python that runs it."""

    root: Path
    python: str

    @classmethod
    def at(cls, folder: Path) -> Edition:
        """The checkout in `folder`, with its own environment if it has one."""
        own = folder / ".venv" / "bin" / "python"
        return cls(folder.resolve(), str(own.absolute()) if own.is_file() else sys.executable)

    @property
    def environment(self) -> dict[str, str]:
        scripts = str(Path(self.python).parent)
        found = os.environ | {"PATH": os.pathsep.join([scripts, os.environ["PATH"]]), "PYTHONPATH": str(self.root)}
        found.pop("PYTHONDONTWRITEBYTECODE", None)  # nobody who grades a class compiles all libraries for each kernel
        return found

    def autograder(self, *arguments: str) -> list[str]:
        return [self.python, "-m", "autograder", *arguments]

    def nbgrader(self, *arguments: str) -> list[str]:
        return [str(Path(self.python).parent / "nbgrader"), *arguments]


HERE = Edition.at(ROOT)


@dataclass(frozen=True)
class Step:
    """A command, and the files of which it leaves one for each submission."""

    name: str
    command: list[str]
    leaves: str


@dataclass(frozen=True)
class Bench:
    """One assignment, built in a folder of which each run has a copy, and the class that hands it in."""

    template: Course
    assignment: str
    pieces: Pieces
    seed: int
    progress: Progress

    def class_of(self, n: int, folder: Path, template: Course | None = None) -> Course:
        """A copy of the course in which `n` students handed in."""
        shutil.rmtree(folder, ignore_errors=True)
        course = Course(shutil.copytree((template or self.template).root, folder, symlinks=True))
        hand_in(course, self.assignment, made_up_class(self.pieces, n, self.seed))
        return course

    def stock(self, n: int, folder: Path, title: str) -> tuple[Course, dict[str, float]]:
        """Grade a class with nbgrader."""
        course, a = self.class_of(n, folder), self.assignment
        steps = [
            Step("grade", HERE.nbgrader("autograde", a), f"autograded/*/{a}/*.ipynb"),
            Step("pages", HERE.nbgrader("generate_feedback", a), f"feedback/*/{a}/*.html"),
        ]
        return course, self._watched(course, HERE, steps, n, title)

    def ours(
        self, n: int, jobs: int, folder: Path, title: str, *, pages: bool = True
    ) -> tuple[Course, dict[str, float]]:
        """Grade a class, `jobs` submissions at a time, and write its pages if `pages`."""
        course = self.class_of(n, folder)
        steps = self._steps(HERE, jobs)
        return course, self._watched(course, HERE, steps if pages else steps[:1], n, title)

    def again(self, course: Course, n: int, jobs: int, title: str) -> dict[str, float]:
        """Grade a class that `ours` has graded; all is removed but the gradebook and what the questions gave."""
        results = course.record("any", self.assignment).parent
        for path in (*results.glob("*.json"), *results.glob(".results/*.json")):
            path.unlink()
        for name in ("autograded", "feedback"):
            shutil.rmtree(course.root / name)
        return self._watched(course, HERE, self._steps(HERE, jobs), n, title)

    def first(self, edition: Edition, n: int, jobs: int, folder: Path, title: str) -> dict[str, float]:
        """Grade the same submissions with another edition, in its own copy of the course."""
        template = folder.with_name(f"{folder.name}-template")
        if not template.exists():
            template.mkdir()
            command = [edition.python, "-c", PREPARE, str(edition.root), str(template), self.assignment]
            subprocess.run(command, cwd=template, env=edition.environment, check=True)
        course = self.class_of(n, folder, Course(template))
        return self._watched(course, edition, self._steps(edition, jobs, pages_jobs=True), n, title)

    def _steps(self, edition: Edition, jobs: int, *, pages_jobs: bool = False) -> list[Step]:
        """The first edition runs notebooks for its pages, and is told how many at a time (`pages_jobs`)."""
        a, many = self.assignment, ["--jobs", str(jobs)]
        return [
            Step("grade", edition.autograder("grade", a, *many), f"results/{a}/*.json"),
            Step("pages", edition.autograder("feedback", a, *(many if pages_jobs else [])), f"feedback/*/{a}.html"),
        ]

    def _watched(self, course: Course, edition: Edition, steps: Sequence[Step], n: int, title: str) -> dict[str, float]:
        """Run the commands to their ends: seconds of all and of each, processor seconds of all processes and of the
        kernels among them, peak megabytes of the first command's own process and of all together."""
        found = dict.fromkeys(("seconds", "processor_seconds", "kernel_seconds", "coordinator_mb", "together_mb"), 0.0)
        for step in steps:
            task = self.progress.add_task(f"{title}: {step.name}", total=n)
            with tempfile.TemporaryFile() as log:
                start = added_up = time.perf_counter()
                process = subprocess.Popen(
                    step.command, cwd=course.root, env=edition.environment, stdout=log, stderr=log
                )
                meter = Meter(process.pid)
                try:
                    while process.poll() is None:
                        meter.look()
                        found["coordinator_mb"] = max(found["coordinator_mb"], peak_mb(process.pid))
                        if time.perf_counter() - added_up > ADD_UP_EVERY:
                            together = sum(map(share_mb, tree(process.pid)))
                            found["together_mb"] = max(found["together_mb"], together)
                            self.progress.update(task, completed=len(list(course.root.glob(step.leaves))))
                            added_up = time.perf_counter()
                        time.sleep(LOOK_EVERY)
                    seconds = time.perf_counter() - start
                finally:
                    process.kill()
                log.seek(0)
                done = len(list(course.root.glob(step.leaves)))
                if process.wait() or done != n:
                    said = log.read().decode(errors="replace")[-3000:]
                    raise SystemExit(f"{' '.join(step.command)} was done with {done} of {n}:\n{said}")
            self.progress.update(task, completed=n)
            found[f"{step.name}_seconds"] = seconds
            found["seconds"] += seconds
            found["processor_seconds"] += meter.seconds
            found["kernel_seconds"] += meter.kernel_seconds
        return found


@contextmanager
def bench_for(name: str, seed: int) -> Iterator[tuple[Bench, Path]]:
    """A bench for the assignment that `name` begins, and an empty folder; both are gone afterwards."""
    repository = Course.at(ROOT)
    assignment = repository.assignment(name)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with tempfile.TemporaryDirectory() as scratch, Progress(*columns, TimeRemainingColumn()) as progress:
        template = copied_course(repository, Path(scratch) / "template")
        prepare(template, assignment)
        yield Bench(template, assignment, Pieces(template, assignment), seed, progress), Path(scratch)


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
    parser.add_argument("--assignments", nargs="+", default=["a1", "a3", "a5"])
    parser.add_argument("--submissions", type=int, default=30)
    parser.add_argument("--jobs", type=int, nargs="+", default=[1, 2], help="submissions at a time; not with nbgrader")
    parser.add_argument("--rounds", type=int, default=1, help="all of it, so many times")
    parser.add_argument("--first", type=Path, metavar="DIR", help="a checkout of the first edition, to be measured too")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    n = args.submissions
    measured: dict[str, Any] = {"submissions": n, "seed": args.seed, "load_before": os.getloadavg()[0]}
    measured |= {"runs": [], "compared": {}, "differing": {}}
    for name in args.assignments:
        with bench_for(name, args.seed) as (bench, folder):
            assignment = bench.assignment

            def add(what: str, jobs: int, run: dict[str, float], assignment: str = assignment) -> None:
                measured["runs"].append({"assignment": assignment, "what": what, "jobs": jobs, **run})
                write_result("grading", measured, ("nbgrader", "ipykernel", "torch"))

            for _ in range(args.rounds):
                theirs, run = bench.stock(n, folder / "stock", f"{name}, nbgrader")
                add("stock", 1, run)
                for jobs in args.jobs:
                    title = f"{jobs} at a time"
                    if args.first:
                        edition = Edition.at(args.first)
                        add("first", jobs, bench.first(edition, n, jobs, folder / "first", f"{name}, first, {title}"))
                    course, run = bench.ours(n, jobs, folder / "ours", f"{name}, fresh, {title}")
                    add("fresh", jobs, run)
                    expected, got = scores(theirs, assignment), scores(course, assignment)
                    waiting = set(data_needed(course, assignment))  # no data set is there
                    found = {
                        cell: (score, got.get(cell))
                        for cell, score in expected.items()
                        if cell.partition(" ")[2] not in waiting
                    }
                    measured["compared"][assignment] = len(found)
                    differing = {cell: both for cell, both in found.items() if both[0] != both[1]}
                    measured["differing"].setdefault(assignment, {}).update(differing)
                    add("kept", jobs, bench.again(course, n, jobs, f"{name}, kept, {title}"))
    print(write_result("grading", measured, ("nbgrader", "ipykernel", "torch")))


if __name__ == "__main__":
    main()
