"""Grade a class: every submission of an assignment that has no up-to-date result.

1. The source notebook is brought up to date and registered in the gradebook.
2. An exercise whose data set the grading machine lacks (its cell is tagged `needs:<name>`) is not graded but marked for
   later; once the data are there, what waited is graded again.
3. Submissions are read a few ahead and go to an executor's workers, which turn bytes into results with kernels from
   one server, behind walls.
4. As results come in, they are kept under their key, then one writer puts them into the gradebook, autograded/ and the
   student's record. A run that was killed goes on where it was: a kept result is only written, a record not even that.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.utils import find_all_files

from autograder.authoring.build import build, source_notebook
from autograder.course import Course, CourseError
from autograder.data.registry import Dataset, choose, read_registry
from autograder.data.verify import is_here
from autograder.grading.cluster import cluster
from autograder.grading.gradebook import GradebookWriter, has_assignment, open_gradebook, open_writer
from autograder.grading.interview import LEAST_SHARE
from autograder.grading.known import course_known_files
from autograder.grading.machine import SECONDS_BESIDE_RUNNING, Needs, cores, environment, workers_here
from autograder.grading.outside import course_questions, course_seed
from autograder.grading.pool import WorkerDied
from autograder.grading.record import PART, Result, SubmissionResult
from autograder.grading.submission import Submission, read_submission
from autograder.grading.worker import Assignment, examine_reference, grade_submission, no_points
from autograder.judge.questions import Questions
from autograder.kernels.linux import map_large_blocks
from autograder.kernels.preload import imported_modules
from autograder.kernels.provisioner import required_way
from autograder.limits import Limits
from autograder.nbgrader_course import nbgrader_api, nbgrader_config


def submissions(course: Course, assignment: str, students: Iterable[str] = ()) -> list[str]:
    """The students who handed in, sorted; only those named in `students` if any are. Raises CourseError for none."""
    folder = course.root / "submitted"
    there = sorted(path.parent.name for path in folder.glob(f"*/{assignment}") if path.is_dir())
    if unknown := sorted(set(students) - set(there)):
        raise CourseError(f"No submission of {assignment} by {', '.join(unknown)} in {folder}.")
    if not there:
        raise CourseError(
            f"There is nothing to grade: {folder} holds no submission of {assignment}. "
            f"Put each at submitted/<student>/{assignment}/{assignment}.ipynb."
        )
    if unwritable := [student for student in there if not _is_utf8(student)]:
        raise CourseError(f"{folder} has a folder whose name is not UTF-8: {unwritable[0]!r}. Rename it.")
    return [student for student in there if not students or student in set(students)]


def _is_utf8(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def prepare(course: Course, assignment: str) -> str:
    """See that the notebook to grade against is up to date and in the gradebook; returns its JSON."""
    text = str(nbformat.writes(source_notebook(course, assignment))) + "\n"
    path = course.source(assignment)
    current = path.read_text(encoding="utf-8") if path.is_file() else None
    if current != text or not course.release(assignment).is_file() or not has_assignment(course, assignment):
        build(course, assignment)
    return text


def data_needed(course: Course, assignment: str) -> dict[str, list[str]]:
    """The exercises graded on a data set: grade id to the data sets' names (its cell is tagged `needs:<name>`)."""
    needed: dict[str, list[str]] = {}
    for cell in nbformat.read(course.source(assignment), as_version=4).cells:
        for tag in cell.metadata.get("tags", []):
            if tag.startswith("needs:"):
                needed.setdefault(cell.metadata.nbgrader.grade_id, []).append(tag.removeprefix("needs:"))
    return needed


def grade(
    course: Course,
    assignment: str,
    students: Iterable[str] = (),
    *,
    force: bool = False,
    jobs: int | None = None,
    walls: bool = True,
    scheduler: str | None = None,
    executor: Executor | None = None,
    on_result: Callable[[SubmissionResult], None] = lambda result: None,
    on_notice: Callable[[str], None] = lambda sentence: None,
) -> list[SubmissionResult]:
    """Grade every submission of the class that has no up-to-date record; with `force`, every one.

    `jobs` submissions are graded at a time (default: one per core of this machine), by processes of this machine, or by
    the Dask cluster whose `scheduler` has this address, as many as it has threads; there and here in kernels that are
    walled unless `walls` is False. Or else by `executor`, which sees to that itself. `on_notice` is called, before
    anything runs, with a sentence for each exercise that will have to wait; `on_result` with each result as it is
    there. The results are in the students' order. Raises CourseError before anything runs where the class, the
    assignment or the gradebook is at fault.
    """
    map_large_blocks()  # else a process that grades class after class grows: notebooks are large
    chosen = submissions(course, assignment, students)
    limits = course.limits(assignment)
    if scheduler is None and executor is None:
        required_way(walls_required=walls)
    with open_gradebook(course):
        pass
    text = prepare(course, assignment)
    against = _assignment(course, assignment, text, on_notice)
    if (questions := _questions(course, assignment, on_notice)) is not None:
        against = dataclasses.replace(against, known=course_known_files(course, assignment))
    basis = _basis(against, questions, limits, walls)
    ignored = nbgrader_api(course).coursedir.ignore
    results: dict[str, SubmissionResult] = {}
    pending: dict[Future[Result], _Task] = {}

    def finish(record: SubmissionResult) -> None:
        results[record.student] = record
        on_result(record)

    def collect(*, wait_for_one: bool) -> None:
        for task, result in _finished(pending, against, wait_for_one=wait_for_one):
            if result.status != "failed":
                result.write(course.result(assignment, task.key))
            finish(writer.write(task.student, task.submission, result, task.key))

    program = [new_code_cell(questions.program)] if questions else []
    needs = Needs(
        preload=tuple(imported_modules(new_notebook(cells=[*nbformat.reads(text, as_version=4).cells, *program]))),
        data=course.dataset("").resolve(),
        walls=walls,
        seconds=(1 + LEAST_SHARE) * limits.notebook_seconds + SECONDS_BESIDE_RUNNING,
        files=_data_files(course, assignment, against.waiting),
    )

    with open_writer(course, against) as writer, ExitStack() as stack:

        @functools.cache
        def workers() -> Executor:
            if executor is not None:
                return executor
            if scheduler is not None:
                return stack.enter_context(cluster(scheduler, needs, on_notice))
            return stack.enter_context(workers_here(needs, jobs or cores()))

        def ahead() -> int:
            """How many submissions are to be on their way: those that are being graded, and as many that wait."""
            return 2 * (getattr(workers(), "slots", jobs) or cores())

        @functools.cache
        def examined() -> Assignment:
            """With what the reference says: it is asked first, if there is anybody to be graded."""
            if questions is None:
                return against
            seed = course_seed(course, assignment)
            asked = workers().submit(examine_reference, against, limits, questions, seed)
            try:
                return dataclasses.replace(against, examination=asked.result())
            except WorkerDied as death:
                raise CourseError(f"The reference of {assignment} cannot be asked for its answers: {death}") from death

        try:
            for student in chosen:
                submission = read_submission(course.submitted(student, assignment).parent, limits, ignored)
                keys = _keys(submission, basis, against)
                record = SubmissionResult.read(course.record(student, assignment))
                if not force and record is not None and _is_current(course, record, keys, writer):
                    finish(record)
                elif not force and (kept := _kept(course, assignment, keys)):
                    finish(writer.write(student, submission, *kept))
                else:
                    task = _Task(student, submission, keys[0])
                    pending[workers().submit(grade_submission, submission, examined(), limits)] = task
                collect(wait_for_one=bool(pending) and len(pending) >= ahead())
            while pending:
                collect(wait_for_one=True)
        except BaseException:
            for future in pending:
                future.cancel()
            raise
    _forget_unused(course, assignment)
    return [results[student] for student in chosen]


@dataclass(frozen=True)
class _Task:
    student: str
    submission: Submission
    key: str


def _finished(
    pending: dict[Future[Result], _Task], against: Assignment, *, wait_for_one: bool
) -> Iterator[tuple[_Task, Result]]:
    """Take what is there of `pending`, with its result. Raises CourseError where the machine is at fault."""
    done, _ = wait(pending, timeout=None if wait_for_one else 0, return_when=FIRST_COMPLETED)
    for future in done:
        task = pending.pop(future)
        try:
            yield task, future.result()
        except WorkerDied as death:
            yield task, no_points(against, "failed", [f"{death} It was set aside; grade it again to try once more."])
        except CourseError:
            raise
        except Exception as error:
            raise CourseError(f"The workers gave up on {task.student}: {type(error).__name__}: {error}.") from error


def _assignment(course: Course, name: str, source: str, on_notice: Callable[[str], None]) -> Assignment:
    """What to grade against; tells what has to wait for data."""
    lacking = {
        grade_id: [dataset for dataset in datasets if not _is_here(course, dataset)]
        for grade_id, datasets in data_needed(course, name).items()
    }
    waiting = {grade_id: datasets for grade_id, datasets in lacking.items() if datasets}
    for grade_id, datasets in waiting.items():
        on_notice(
            f"{grade_id} is marked for later, since this machine lacks {', '.join(datasets)}. Fetch it with "
            f"`autograder data fetch {' '.join(datasets)}` and grade again: what is missing will be added."
        )
    folder = course.source(name).parent
    own = set(nbgrader_config(course).Autograde.get("exclude_overwriting", {}).get(name, []))  # students may change it
    beside = [Path(path) for path in find_all_files(str(folder), [*nbgrader_api(course).coursedir.ignore, "*.ipynb"])]
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(beside)}
    return Assignment(
        name, source, tuple(waiting), tuple((path, content) for path, content in files.items() if path not in own)
    )


def _questions(course: Course, assignment: str, on_notice: Callable[[str], None]) -> Questions | None:
    questions = course_questions(course, assignment)
    if questions is None:
        on_notice(
            f"{course.probes(assignment)} is missing, so nobody asks the answers from outside: the tests, which run in "
            "the students' own kernels and can be fooled there, decide alone."
        )
    return questions


def _is_here(course: Course, dataset: str) -> bool:
    return all(is_here(file, course.dataset(dataset)) for file in _registered(course, dataset).files)


def _registered(course: Course, dataset: str) -> Dataset:
    (found,) = choose(read_registry(course.dataset_registry), [dataset])
    return found


def _data_files(course: Course, assignment: str, waiting: Iterable[str]) -> tuple[tuple[str, int], ...]:
    """Paths below the data folder, and sizes, of what exercises are graded on that do not wait."""
    used = {name for cell, names in data_needed(course, assignment).items() if cell not in waiting for name in names}
    return tuple(
        (f"{name}/{file.path}", file.size) for name in sorted(used) for file in _registered(course, name).files
    )


def _basis(against: Assignment, questions: Questions | None, limits: Limits, walls: bool) -> str:
    """A sum over all but the submission that a score could depend on."""
    files = [(path, hashlib.sha256(content).hexdigest()) for path, content in against.files]
    asked = [dataclasses.asdict(facts) for facts in (questions, against.known) if facts]
    return _sum(against.source, files, asked, dataclasses.asdict(limits), walls, environment())


def _keys(submission: Submission, basis: str, against: Assignment) -> tuple[str, ...]:
    """Keys of results that are up to date: that of grading now, and where data are lacking, that of having had them."""
    return tuple(_sum(submission.digest, basis, waiting) for waiting in dict.fromkeys((against.waiting, ())))


def _sum(*facts: object) -> str:
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def _is_current(course: Course, record: SubmissionResult, keys: tuple[str, ...], writer: GradebookWriter) -> bool:
    """Whether the record is up to date, and all that belongs to it is there."""
    return (
        record.key in keys
        and record.status != "failed"
        and writer.knows(record.student)
        and (record.status == "not gradable" or course.autograded(record.student, record.assignment).is_file())
    )


def _kept(course: Course, assignment: str, keys: tuple[str, ...]) -> tuple[Result, str] | None:
    for key in keys:
        if (result := Result.read(course.result(assignment, key))) is not None:
            return result, key
    return None


def _forget_unused(course: Course, assignment: str) -> None:
    """Remove results that no student's record refers to, and what was left of files half written."""
    kept = course.result(assignment, "any").parent
    records = (SubmissionResult.read(path) for path in kept.parent.glob("*.json"))
    used = {record.key for record in records if record is not None}
    unused = [path for path in kept.glob("*.json") if path.stem not in used]
    for path in (*unused, *kept.glob(f".*{PART}"), *kept.parent.glob(f".*{PART}")):
        path.unlink(missing_ok=True)
