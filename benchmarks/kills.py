"""Does a class whose grading is killed again and again end as one that was left alone? `python -m benchmarks.kills`.

1. The class is graded undisturbed.
2. In a second copy `autograder grade` is started, and at random moments one of its processes is killed with SIGKILL:
   the coordinator most often, else a worker, what workers are forked from, the kernels' server, a kernel's
   supervisor or a kernel. A run that this ends is started again.
3. After the last kill it runs to its end, and all that it left is compared.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from rich.progress import Progress

from autograder.classroom.grade import prepare
from autograder.course import Course
from autograder.gradebook.book import open_gradebook
from autograder.grading.record import SubmissionResult
from autograder.grading.verdicts import course_seed
from autograder.kernels.linux import adopt_orphans
from benchmarks import write_result
from benchmarks.processes import children, command, grading_processes
from tests.classes import Pieces, copied_course
from tests.classes.generate import hand_in, made_up_class

# And how often each, in proportion.
VICTIMS = {"coordinator": 8, "worker": 4, "workers' ancestor": 2, "server": 3, "supervisor": 3, "kernel": 3}
WHILE_STARTING = 0.3  # the share of runs that are killed before they grade anything
SECONDS_TO_VANISH = 30.0  # on a busy machine; it takes a moment


@dataclass(frozen=True)
class Kill:
    """One kill: whom, how long after its run began, and how many submissions had a record then."""

    victim: str
    seconds: float
    finished: int


@dataclass
class Report:
    """What came of it. All lists but `kills` and `said` name faults, and are empty where there are none."""

    kills: list[Kill] = field(default_factory=list)
    runs: int = 0
    said: list[str] = field(default_factory=list)  # last lines of runs that gave up when another process was killed
    compared: int = 0  # files, and rows of the gradebook
    differing: list[str] = field(default_factory=list)
    graded_again: list[str] = field(default_factory=list)  # files that were finished once and were written again
    left: list[str] = field(default_factory=list)  # processes and temporary files of runs that had ended


def kill_again_and_again(
    course: Course, assignment: str, *, kills: int, jobs: int, seed: int, on_kill: Callable[[], None] = lambda: None
) -> Report:
    """Grade the class handed in to `course`, and a copy of it with `kills` kills.

    The calling process adopts what killed ones leave behind, so it must have no children of its own.
    """
    adopt_orphans()
    report, random = Report(), Random(seed)
    with tempfile.TemporaryDirectory(prefix="kills-") as name:
        folder = Path(name)
        (folder / "tmp").mkdir()
        course_seed(course, assignment)  # drawn by the first run of a course, and to be the same in both
        disturbed = Course(shutil.copytree(course.root, folder / "course", symlinks=True))
        undisturbed = _Run(course, assignment, jobs, folder)
        beginning, end = undisturbed.to_the_first_record(), undisturbed.to_the_end()
        handed_in = len(list(course.root.glob(f"submitted/*/{assignment}")))
        seen: dict[Path, int] = {}
        while len(report.kills) < kills:
            run, killed = _Run(disturbed, assignment, jobs, folder), set[str]()
            report.runs += 1
            if random.random() < WHILE_STARTING:
                run.ends_within(random.uniform(0, beginning))
            else:
                run.to_the_first_record()
            while "coordinator" not in killed and len(report.kills) < kills:
                # So that there is work left for about as many kills as there will be.
                work_left = 1 - len(_records(disturbed, assignment)) / handed_in
                pause = 2 * (end - beginning) * work_left / (kills - len(report.kills))
                if run.ends_within(random.uniform(0, pause)):
                    break
                seen = _finished(disturbed, assignment) | seen
                report.kills.append(run.kill_one(random))
                killed.add(report.kills[-1].victim)
                on_kill()
            if run.process.wait() > 0:
                report.said.append(run.last_line())
            report.left += run.leftovers(own="coordinator" not in killed)
        seen = _finished(disturbed, assignment) | seen
        last = _Run(disturbed, assignment, jobs, folder)
        last.to_the_end()
        report.left += last.leftovers()
        now = _finished(disturbed, assignment)
        report.graded_again = sorted(path.name for path, written in seen.items() if now.get(path) != written)
        expected, got = outcome(course, assignment), outcome(disturbed, assignment)
    report.compared = len(expected)
    report.differing = sorted(name for name in expected.keys() | got.keys() if expected.get(name) != got.get(name))
    return report


def outcome(course: Course, assignment: str) -> dict[str, Any]:
    """All that grading leaves for the instructor: files with their permissions, and what the gradebook has."""
    paths = [*_records(course, assignment), *course.root.glob(f"autograded/*/{assignment}/**/*")]
    found: dict[str, Any] = {
        str(path.relative_to(course.root)): (path.read_bytes(), path.stat().st_mode) for path in paths if path.is_file()
    }
    with open_gradebook(course) as gradebook:
        for submission in gradebook.assignment_submissions(assignment):
            who = submission.student_id
            found[f"score of {who}"] = (submission.score, submission.timestamp, submission.needs_manual_grade)
            for notebook in submission.notebooks:
                found[f"penalty of {who}"] = notebook.late_submission_penalty
                for grade in notebook.grades:
                    scores = (grade.auto_score, grade.manual_score, grade.extra_credit)
                    found[f"{grade.name} of {who}"] = (*scores, grade.needs_manual_grade)
                for comment in notebook.comments:
                    found[f"comment on {comment.name} of {who}"] = (comment.auto_comment, comment.manual_comment)
    return found


def _records(course: Course, assignment: str) -> list[Path]:
    return list((course.root / "results" / assignment).glob("*.json"))


def _finished(course: Course, assignment: str) -> dict[Path, int]:
    """Records and kept results of what is graded, and when each was written; what failed is rightly tried again."""
    finished = {}
    kept = course.result(assignment, "any").parent.glob("*.json")
    for path in (*kept, *_records(course, assignment)):
        with suppress(FileNotFoundError):
            record = SubmissionResult.read(path) if path.parent.name == assignment else None
            if record is None or record.status != "failed":
                finished[path] = path.stat().st_mtime_ns
    return finished


class _Run:
    """`autograder grade`, whose temporary files lie in a folder of their own."""

    def __init__(self, course: Course, assignment: str, jobs: int, folder: Path) -> None:
        self._course, self._assignment = course, assignment
        self._temporary, self._log = folder / "tmp", folder / "log"
        self._start, self._before = time.monotonic(), len(_records(course, assignment))
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "autograder", "grade", assignment, "--jobs", str(jobs)],
                cwd=course.root,
                env=os.environ | {"TMPDIR": str(self._temporary)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def to_the_first_record(self) -> float:
        """Wait until it has finished a submission, or there was none to do; returns the seconds since its start."""
        while len(_records(self._course, self._assignment)) == self._before and not self.ends_within(0.02):
            pass
        return time.monotonic() - self._start

    def to_the_end(self) -> float:
        """Leave it alone until it is done; returns the seconds since its start."""
        if self.process.wait():
            raise RuntimeError(f"autograder grade failed: {self._log.read_text(errors='replace')}")
        return time.monotonic() - self._start

    def ends_within(self, seconds: float) -> bool:
        """Wait so long, or until it has ended by itself, and say whether it has."""
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)
        return self.process.returncode is not None

    def kill_one(self, random: Random) -> Kill:
        """Kill one of its processes."""
        kind = kill_one_of(grading_processes(self.process.pid), random)
        return Kill(kind, round(time.monotonic() - self._start, 2), len(_records(self._course, self._assignment)))

    def last_line(self) -> str:
        """What it said last."""
        return self._log.read_text(errors="replace").strip().rpartition("\n")[2]

    def leftovers(self, *, own: bool = True) -> list[str]:
        """What is still there some time after it ended, and is then removed: processes, and temporary files; with
        `own` False, but for those of a coordinator that was killed, which the next run must remove."""
        patience = time.monotonic() + SECONDS_TO_VANISH
        while (_living_children() or self._files(own)) and time.monotonic() < patience:
            time.sleep(0.05)
        left = [f"process {command(pid)}" for pid in _living_children()]
        for pid in _living_children():
            os.kill(pid, signal.SIGKILL)
        for path in self._files(own):
            left.append(f"{path.name} with {', '.join(sorted(below.name for below in path.rglob('*')))}")
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        return left

    def _files(self, own: bool) -> list[Path]:
        # PyTorch's own is one for all processes of a user, and meant to stay.
        but = ("torchinductor_",) if own else ("torchinductor_", f"autograder-{self.process.pid}-")
        return [path for path in self._temporary.iterdir() if not path.name.startswith(but)]


def kill_one_of(there: dict[str, list[int]], random: Random) -> str:
    """Kill one of these processes; returns what it was."""
    kind = random.choices(list(there), [VICTIMS[kind] for kind in there])[0]
    with suppress(ProcessLookupError):  # it has just ended by itself
        os.kill(random.choice(there[kind]), signal.SIGKILL)
    return kind


def _living_children() -> list[int]:
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    return children(os.getpid())


def main() -> None:
    """Kill, and write `results/kills.json`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--assignment", default="a1")
    parser.add_argument("--submissions", type=int, default=60)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    repository = Course.at(Path(__file__).parent)
    assignment = repository.assignment(args.assignment)
    with tempfile.TemporaryDirectory() as folder, Progress() as progress:
        course = copied_course(repository, Path(folder))
        prepare(course, assignment)
        hand_in(course, assignment, made_up_class(Pieces(course, assignment), args.submissions, args.seed))
        task = progress.add_task("kills", total=args.kills)
        report = kill_again_and_again(
            course,
            assignment,
            kills=args.kills,
            jobs=args.jobs,
            seed=args.seed,
            on_kill=lambda: progress.advance(task),
        )
    measured = {
        "assignment": assignment,
        "submissions": args.submissions,
        "seed": args.seed,
        "killed": dict(Counter(kill.victim for kill in report.kills)),
        **dataclasses.asdict(report),
    }
    print(write_result("kills", measured, ("nbgrader", "torch")))


if __name__ == "__main__":
    main()
