"""What the tests that students see say of a submission, found out without any hidden test being near.

While a submission was graded, hidden tests lay in its kernel, so anything shown there may hold a line of them: an
answer that reads the notebook's history can raise it as its own error, and a cell that the student added can print it.
So nothing from that run is shown to students. The submission is run once more behind the same walls, restored from the
students' notebook, which has no hidden test; what comes of that is the student's to see, whatever it is.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.preprocessors import LimitOutput

from autograder.course import Course, CourseError
from autograder.grading.execute import execute
from autograder.grading.machine import SECONDS_BESIDE_RUNNING, Needs, cores, environment, workers_here
from autograder.grading.restore import restore
from autograder.grading.submission import Submission, read_notebook, read_submission
from autograder.kernels.preload import imported_modules
from autograder.kernels.provisioner import required_way
from autograder.limits import Limits
from autograder.nbgrader_course import nbgrader_config
from autograder.reporting.pages import write_text
from autograder.reporting.release import Release

_Ran = tuple[str, tuple[str, ...]]  # the notebook's JSON, and sentences on what went wrong


@dataclass(frozen=True)
class _Task:
    student: str
    path: Path
    key: str


@dataclass(frozen=True)
class VisibleRun:
    """A submission's notebook as it was run without hidden tests, and sentences on what went wrong meanwhile."""

    notebook: nbformat.NotebookNode
    incidents: tuple[str, ...] = ()


def run_visible(submission: Submission, name: str, release: str, limits: Limits) -> _Ran:
    """Run the notebook `name` with the tests of `release` (its JSON) only; returns its JSON and the incidents.

    Pure, as `grade_submission` is. Raises CourseError where the machine is at fault.
    """
    restored = restore(read_notebook(submission, name), nbformat.reads(release, as_version=4))
    files = {path: content for path, content in submission.files.items() if not path.endswith(".ipynb")}
    execution = execute(restored, files, limits)
    notebook, _ = LimitOutput().preprocess(execution.notebook, {})
    return str(nbformat.writes(notebook)).encode("utf-8", "replace").decode("utf-8"), execution.incidents


def visible_runs(
    course: Course,
    release: Release,
    students: Iterable[str],
    *,
    jobs: int | None = None,
    walls: bool = True,
    executor: Executor | None = None,
) -> Iterator[tuple[str, VisibleRun | None]]:
    """Each of `students` with the run of what was graded of theirs, in any order; None where none could be.

    Runs are kept in results/<assignment>/.visible/ and done again only if something they depend on has changed.
    """
    limits = course.limits(release.name)
    required_way(walls_required=walls)
    nbgrader_config(course)  # says where data sets are
    needs = Needs(
        preload=tuple(imported_modules(nbformat.reads(release.text, as_version=4))),
        data=course.dataset("").resolve(),
        walls=walls,
        seconds=limits.notebook_seconds + SECONDS_BESIDE_RUNNING,
    )
    ahead = 2 * (jobs := jobs or cores())
    pending: dict[Future[_Ran], _Task] = {}
    with ExitStack() as stack:

        @functools.cache
        def workers() -> Executor:
            return executor or stack.enter_context(workers_here(needs, jobs))

        for student in students:
            submission = _graded(course, student, release.name, limits)
            task = _Task(student, _kept_at(course, student, release), _key(submission, release, limits, walls))
            if (kept := _read(task)) is not None:
                yield student, kept
                continue
            future = workers().submit(run_visible, submission, f"{release.name}.ipynb", release.text, limits)
            pending[future] = task
            yield from _finished(pending, wait_for_one=len(pending) >= ahead)
        while pending:
            yield from _finished(pending, wait_for_one=True)


def _graded(course: Course, student: str, assignment: str, limits: Limits) -> Submission:
    """What was graded, which is not what lies in submitted/ if the student has handed in again since."""
    # What the cells showed while being graded is in it, too, and dropped.
    room = dataclasses.replace(limits, submission_mb=limits.submission_mb + 8 * limits.output_mb + 16)
    return read_submission(course.autograded(student, assignment).parent, room)


def _key(submission: Submission, release: Release, limits: Limits, walls: bool) -> str:
    facts = (submission.digest, release.text, dataclasses.asdict(limits), walls, environment())
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def _kept_at(course: Course, student: str, release: Release) -> Path:
    record = course.record(student, release.name)
    return record.parent / ".visible" / record.name


def _read(task: _Task) -> VisibleRun | None:
    try:
        data: dict[str, Any] = json.loads(task.path.read_text(encoding="utf-8"))
        if data["key"] != task.key:
            return None
        return VisibleRun(nbformat.reads(data["notebook"], as_version=4), tuple(map(str, data["incidents"])))
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def _finished(pending: dict[Future[_Ran], _Task], *, wait_for_one: bool) -> Iterator[tuple[str, VisibleRun | None]]:
    done, _ = wait(pending, timeout=None if wait_for_one else 0, return_when=FIRST_COMPLETED)
    for future in done:
        task = pending.pop(future)
        try:
            text, incidents = future.result()
        except CourseError:
            raise
        except Exception:  # the page says so
            yield task.student, None
            continue
        write_text(task.path, json.dumps({"key": task.key, "notebook": text, "incidents": incidents}))
        yield task.student, VisibleRun(nbformat.reads(text, as_version=4), incidents)
