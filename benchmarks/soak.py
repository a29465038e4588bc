"""Does grading hold out for an hour? `python -m benchmarks.soak --help`.

A class of honest submissions and of all hostile notebooks of `tests/attacks/` is graded once undisturbed, then over
and over by one coordinator that stays, while its workers, what they are forked from, the kernel server, supervisors and
kernels are killed at random. Watched are its memory, its open files, its processes, and the space that temporary files
take; after each round, whether honest submissions ended as undisturbed to the byte, and hostile ones with what they
deserve at most.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import statistics
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from typing import Any

from rich.progress import Progress

from autograder.classroom.grade import grade, prepare
from autograder.course import Course, CourseError
from autograder.gradebook.book import open_gradebook
from autograder.grading.record import SubmissionResult
from benchmarks import write_result
from benchmarks.kills import kill_one_of, outcome
from benchmarks.processes import grading_processes, open_files, own_mb, tree
from benchmarks.tables import WATCHED
from benchmarks.trust import HIDDEN
from tests.attacks import handed_in
from tests.attacks.outside import Outside, look_around, watched
from tests.attacks.test_attacks import KINDS, hand_in, write
from tests.classes import Pieces, copied_course
from tests.classes.generate import made_up_class

LOOK_EVERY = 10.0  # seconds
SECONDS_BETWEEN_KILLS = (5.0, 60.0)
# Much for honest work, little for what hangs.
LIMITS = {
    "cell_seconds": 5,
    "notebook_seconds": 25,
    "cpu_seconds": 25,
    "memory_mb": 1024,
    "processes": 64,
    "disk_mb": 64,
    "output_mb": 1,
    "submission_mb": 16,
}


@dataclass(frozen=True)
class Sample:
    """What the coordinator and all below it took at one moment."""

    seconds: float
    coordinator_mb: float
    open_files: int  # the coordinator's
    processes: int
    scratch_mb: float


@dataclass
class Report:
    """What came of it. `differing` and `faults` are empty if all is well."""

    rounds: int = 0
    graded: int = 0
    killed: list[str] = field(default_factory=list)
    stopped: int = 0  # times that a kill ended a run, with a sentence, and the next went on
    samples: list[Sample] = field(default_factory=list)
    differing: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def grade_round_by_round(line: Connection, course: Course, assignment: str, jobs: int, temporary: Path) -> None:
    """Be the coordinator: at each word grade the class from the beginning, then say how often it stopped on the way."""
    warnings.simplefilter("ignore")  # nbgrader's, about its own insides
    os.environ["TMPDIR"] = tempfile.tempdir = str(temporary)
    os.setsid()
    while line.recv():
        for path in (course.root / "results" / assignment).rglob("*.json"):
            path.unlink()
        stopped = 0
        while True:
            try:
                grade(course, assignment, jobs=jobs)
                break
            except CourseError as error:
                stopped += 1
                print(error)
        line.send(stopped)


class Coordinator:
    """The process that grades, and what is known of it from outside."""

    def __init__(self, course: Course, assignment: str, jobs: int, temporary: Path) -> None:
        context = multiprocessing.get_context("spawn")
        self._line, theirs = context.Pipe()
        self._temporary = temporary
        arguments = (theirs, course, assignment, jobs, temporary)
        self._process = context.Process(target=grade_round_by_round, args=arguments)
        self._process.start()
        theirs.close()
        self.pid = self._process.pid or 0

    def begin_round(self) -> None:
        self._line.send(True)

    def ended_round(self, seconds: float) -> int | None:
        """Wait so long at most; what `grade_round_by_round` says at a round's end, None before."""
        if not self._line.poll(seconds):
            return None
        stopped: int = self._line.recv()
        return stopped

    def sample(self, since: float) -> Sample:
        return Sample(
            seconds=round(time.monotonic() - since, 1),
            coordinator_mb=round(own_mb(self.pid), 1),
            open_files=open_files(self.pid),
            processes=len(list(tree(self.pid))),
            scratch_mb=round(sum(_size(path) for path in self._temporary.rglob("*")) / 1e6, 3),
        )

    def kill_one(self, random: Random) -> str | None:
        """Kill one process below it; what it was, if there was any."""
        there = {kind: pids for kind, pids in grading_processes(self.pid).items() if kind != "coordinator"}
        return kill_one_of(there, random) if there else None

    def end(self) -> None:
        self._line.send(False)
        self._process.join()


def _size(path: Path) -> int:
    try:
        return path.lstat().st_blocks * 512
    except OSError:
        return 0


class Class:
    """Who handed in, and what is expected of each."""

    def __init__(
        self, course: Course, assignment: str, honest: int, kinds: list[str], seed: int, outside: Outside
    ) -> None:
        self._course, self._assignment = course, assignment
        pieces = Pieces(course, assignment)
        self._attacks = {attack.name: attack for kind in kinds for attack in KINDS[kind]}
        for attack in self._attacks.values():
            hand_in(course, attack, pieces, outside.target)
        self._exercises = pieces.exercises
        self._honest = []
        for student, notebook in made_up_class(pieces, honest, seed):
            write(course.submitted(student, assignment).parent, handed_in(notebook, outside.target))
            self._honest.append(student)
        self.size = len(self._honest) + len(self._attacks)
        self._expected: dict[str, Any] = {}

    def remember(self) -> None:
        """What there is now is how it ought to end."""
        self._expected = self._of_the_honest()

    def differing(self) -> list[str]:
        """What of the honest ended otherwise."""
        now = self._of_the_honest()
        return sorted(name for name in self._expected.keys() | now.keys() if self._expected.get(name) != now.get(name))

    def _of_the_honest(self) -> dict[str, Any]:
        return {
            name: value
            for name, value in outcome(self._course, self._assignment).items()
            if any(student in name for student in self._honest)
        }

    def faults(self) -> Iterator[str]:
        """Hostile submissions without a row of their own, or with more than they deserve."""
        records = {
            name: SubmissionResult.read(self._course.record(name, self._assignment))
            for name in (*self._attacks, *self._honest)
        }
        points = {
            exercise.exercise: exercise.max_score
            for record in records.values()
            if record is not None
            for exercise in record.exercises
        }
        for name, attack in self._attacks.items():
            record = records[name]
            deserved = sum(points[exercise] for exercise in attack.honest(self._exercises))
            if record is None:
                yield f"{name} has no row."
            elif record.score > deserved:
                yield f"{name} has {record.score:g} points and deserves {deserved:g}."
        with open_gradebook(self._course) as gradebook:
            in_book = {one.student_id: one.score for one in gradebook.assignment_submissions(self._assignment)}
        if in_book != {name: record.score for name, record in records.items() if record is not None}:
            yield "The gradebook has other scores than the records."


def soak(coordinator: Coordinator, students: Class, minutes: float, random: Random, progress: Progress) -> Report:
    """Grade round by round and kill, until the time is over."""
    report = Report()
    task = progress.add_task("soak, seconds", total=60 * minutes)
    since = looked = killed = time.monotonic()
    pause = random.uniform(*SECONDS_BETWEEN_KILLS)
    while time.monotonic() - since < 60 * minutes:
        coordinator.begin_round()
        while (stopped := coordinator.ended_round(1.0)) is None:
            progress.update(task, completed=time.monotonic() - since)
            if time.monotonic() - looked > LOOK_EVERY:
                report.samples.append(coordinator.sample(since))
                looked = time.monotonic()
            if time.monotonic() - killed > pause:
                report.killed += filter(None, [coordinator.kill_one(random)])
                killed, pause = time.monotonic(), random.uniform(*SECONDS_BETWEEN_KILLS)
        report.rounds += 1
        report.graded += students.size
        report.stopped += stopped
        report.differing += students.differing()
        report.faults += students.faults()
    return report


def draw(report: Report, path: Path) -> None:
    """What was watched, over time."""
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    minutes = [sample.seconds / 60 for sample in report.samples]
    figure, axes = plt.subplots(4, 1, figsize=(7, 6), sharex=True, layout="constrained")
    for axis, (name, title) in zip(axes, WATCHED.items(), strict=True):
        axis.plot(minutes, [getattr(sample, name) for sample in report.samples], linewidth=1, color="#0072b2")
        axis.set_title(title, loc="left", fontsize=9)
        axis.set_ylim(bottom=0)
        axis.spines[["top", "right"]].set_visible(False)
    axes[-1].set_xlabel("minutes")
    figure.savefig(path, dpi=80)
    plt.close(figure)


def main() -> None:
    """Soak, write `results/soak.json` and draw `docs/soak.png`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--assignment", default="a1")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--honest", type=int, default=60, help="submissions beside the hostile ones (60)")
    parser.add_argument("--kinds", nargs="+", default=list(KINDS), choices=KINDS, help="of hostile ones (all)")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    repository = Course.at(Path(__file__).parent)
    assignment = repository.assignment(args.assignment)
    with tempfile.TemporaryDirectory(prefix="soak-") as name, Progress() as progress:
        folder = Path(name)
        for inner in ("outside", "tmp"):
            (folder / inner).mkdir()
        course = copied_course(repository, folder / "course")
        with (course.root / "pyproject.toml").open("a") as settings:
            limits = "\n".join(f"{name} = {value}" for name, value in LIMITS.items())
            settings.write(f"\n[tool.autograder.limits.{assignment}]\n{limits}\n")
        prepare(course, assignment)
        with watched(course, assignment, folder / "outside", HIDDEN, course.limits(assignment)) as outside:
            students = Class(course, assignment, args.honest, args.kinds, args.seed, outside)
            coordinator = Coordinator(course, assignment, args.jobs, folder / "tmp")
            task = progress.add_task("undisturbed, submissions", total=students.size)
            coordinator.begin_round()
            while (stopped := coordinator.ended_round(2.0)) is None:
                records = len(list(course.root.glob(f"results/{assignment}/*.json")))
                progress.update(task, completed=records)
            if stopped:
                raise SystemExit("Undisturbed grading stopped.")
            progress.update(task, completed=students.size)
            students.remember()
            look_around(outside)
            report = soak(coordinator, students, args.minutes, Random(args.seed), progress)
            coordinator.end()
            report.faults += [*students.faults(), *outside.faults()]
            left = sorted(path.name for path in (folder / "tmp").iterdir())
    draw(report, Path(__file__).parent.parent / "docs" / "soak.png")
    measured = {
        "assignment": assignment,
        "minutes": args.minutes,
        "honest": args.honest,
        "hostile": students.size - args.honest,
        "jobs": args.jobs,
        "seed": args.seed,
        "rounds": report.rounds,
        "graded": report.graded,
        "killed": dict(Counter(report.killed)),
        "stopped": report.stopped,
        "differing": dict(Counter(report.differing)),
        "faults": dict(Counter(report.faults)),
        "left": left,
        "beginning_and_end": {name: summary(report, name) for name in WATCHED},
    }
    print(write_result("soak", measured, ("nbgrader", "ipykernel", "torch")))
    if report.differing or report.faults or left:
        raise SystemExit("Not all ended as it should: see there.")


def summary(report: Report, name: str) -> list[float]:
    """The median over the first third of the samples and over the last, and the most of all."""
    values = [getattr(sample, name) for sample in report.samples]
    third = len(values) // 3
    return [statistics.median(values[:third]), statistics.median(values[-third:]), max(values)]


if __name__ == "__main__":
    main()
