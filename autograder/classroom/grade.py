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
import shutil
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.utils import find_all_files

from autograder.authoring.build import as_text, build, source_notebook
from autograder.authoring.hidden import expected_data
from autograder.authoring.questions import course_questions
from autograder.cells import read_cells
from autograder.classroom.cluster import cluster
from autograder.classroom.machine import SECONDS_BESIDE_RUNNING, Needs, cores, environment, workers_here
from autograder.classroom.pool import WorkerDied
from autograder.course import Course, CourseError
from autograder.data.registry import Dataset, choose, read_registry
from autograder.data.verify import is_here
from autograder.files import PART, write_text
from autograder.gradebook.book import GradebookWriter, open_gradebook, open_writer, register
from autograder.grading.known import SECONDS as SECONDS_FOR_KNOWN
from autograder.grading.known import KnownFiles, course_known_files
from autograder.grading.record import Result, SubmissionResult
from autograder.grading.verdicts import Examination, course_seed
from autograder.grading.worker import Assignment, examine_reference, grade_submission, no_points
from autograder.judge.answers import read_answer
from autograder.judge.questions import Questions
from autograder.kernels.linux import map_large_blocks
from autograder.kernels.preload import imported_modules
from autograder.kernels.provisioner import require_sandbox
from autograder.nbgrader_course import nbgrader_api, nbgrader_config
from autograder.submissions.submission import Submission, read_submission


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


def handed_in(course: Course, students: Iterable[str] = ()) -> list[str]:
    """The assignments that anybody handed in, or any of `students`. Raises CourseError for none."""
    chosen = set(students)
    folder = course.root / "submitted"
    there = [(path.parent.name, path.name) for path in folder.glob("*/*") if path.is_dir()]
    names = {name for student, name in there if not chosen or student in chosen}
    found = [name for name in course.assignments if name in names]
    if not found:
        known = ", ".join(course.assignments)
        raise CourseError(
            f"There is nothing to grade: {folder} holds no submission{' of these students' if chosen else ''}. "
            f"Put each at submitted/<student>/<assignment>/<assignment>.ipynb. There are: {known}."
        )
    return found


def _is_utf8(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def prepare(course: Course, assignment: str) -> None:
    """See that nbgrader's source notebook is up to date and in the gradebook: it is built again where its hidden tests
    are older than the questions."""
    text = as_text(source_notebook(course, assignment))
    path = course.source(assignment)
    current = path.read_text(encoding="utf-8") if path.is_file() else None
    if current != text or not course.release(assignment).is_file():
        build(course, assignment)
    register(course, assignment)


def data_needed(course: Course, assignment: str) -> dict[str, list[str]]:
    """The exercises graded on a data set: grade id to the data sets' names (its cell is tagged `needs:<name>`)."""
    needed: dict[str, list[str]] = {}
    for cell in read_cells(course.solution(assignment)):
        for tag in cell.tags:
            if tag.startswith("needs:"):
                needed.setdefault(cell.grade_id or "", []).append(tag.removeprefix("needs:"))
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
    executor: Executor | Callable[[], Executor] | None = None,
    on_result: Callable[[SubmissionResult], None] = lambda result: None,
    on_notice: Callable[[str], None] = lambda sentence: None,
) -> list[SubmissionResult]:
    """Grade every submission of the class that has no up-to-date record; with `force`, every one.

    `jobs` submissions are graded at a time (default: one per core of this machine), by processes of this machine, or by
    the Dask cluster whose `scheduler` has this address, as many as it has threads; there and here in kernels that are
    walled unless `walls` is False. Or else by `executor`, or what it gives when there is something to do, which sees to
    that itself. `on_notice` is called, before
    anything runs, with a sentence for each exercise that will have to wait; `on_result` with each result as it is
    there. The results are in the students' order. Raises CourseError before anything runs where the class, the
    assignment or the gradebook is at fault.
    """
    map_large_blocks()  # else a process that grades class after class grows: notebooks are large
    chosen = submissions(course, assignment, students)
    if walls and scheduler is None and executor is None:
        require_sandbox()
    with open_gradebook(course):
        pass
    prepare(course, assignment)
    against = assignment_to_grade(course, assignment, on_notice)
    questions = course_questions(course, assignment)
    if unasked := [exercise for exercise in questions.by_hand if questions.asked(exercise) is None]:
        on_notice(
            f"Of {', '.join(unasked)} only tests in the students' own kernels decide, which a student can fool: "
            f"{course.questions(assignment)} does not ask about them."
        )
    with ExitStack() as stack:

        def start_workers(needs: Needs) -> Executor:
            if executor is not None:
                return executor if isinstance(executor, Executor) else executor()
            if scheduler is not None:
                return stack.enter_context(cluster(scheduler, needs, on_notice))
            return stack.enter_context(workers_here(needs, jobs or cores()))

        writer = stack.enter_context(open_writer(course, against))
        run = _ClassRun(course, against, questions, writer, start_workers, on_result, jobs, walls)
        try:
            for student in chosen:
                run.take(student, force=force)
            run.finish()
        except BaseException:
            run.cancel()
            raise
    run.forget_unused()
    return [run.results[student] for student in chosen]


@contextmanager
def shared_workers(
    course: Course, assignments: Iterable[str], *, jobs: int | None = None, walls: bool = True
) -> Iterator[Callable[[], Executor]]:
    """A function that gives processes of this machine for all these assignments, for `grade(executor=…)`: one server,
    which has imported what any of them needs. The first call starts them. Raises KernelError if walls are needed and
    impossible here."""
    if walls:
        require_sandbox()
    with ExitStack() as stack:

        @functools.cache
        def start() -> Executor:
            modules: dict[str, None] = {}
            seconds = 0.0
            for name in assignments:
                questions = course_questions(course, name)
                modules |= dict.fromkeys(modules_needed(source_notebook(course, name, generated=False), questions))
                seconds = max(seconds, _most_seconds(course, name, questions))
            needs = Needs(tuple(modules), course.dataset("").resolve(), walls, seconds)
            return stack.enter_context(workers_here(needs, jobs or cores()))

        yield start


def modules_needed(source: nbformat.NotebookNode, questions: Questions) -> list[str]:
    """What notebooks and questions import."""
    return imported_modules(new_notebook(cells=[*source.cells, new_code_cell(questions.program)]))


def _most_seconds(course: Course, assignment: str, questions: Questions) -> float:
    """What grading one submission may take: it is asked at once and then step by step, and both again to carry points
    forward, run with its tests, those written by hand as well, and compared with known answers."""
    limits = course.limits(assignment)
    asked = 2 * (limits.notebook_seconds + limits.question_seconds) * (1 + course.carry_forward)
    run = limits.notebook_seconds * (2 if questions.by_hand else 1)
    return asked + run + SECONDS_FOR_KNOWN + SECONDS_BESIDE_RUNNING


class _ClassRun:
    """One run over a class: what is on its way to the workers, and what has come back."""

    def __init__(
        self,
        course: Course,
        against: Assignment,
        questions: Questions,
        writer: GradebookWriter,
        start_workers: Callable[[Needs], Executor],
        on_result: Callable[[SubmissionResult], None],
        jobs: int | None,
        walls: bool,
    ) -> None:
        self.course, self.name, self.walls = course, against.name, walls
        self.questions, self.writer, self.on_result = questions, writer, on_result
        self.limits = course.limits(self.name)
        self.seed = course_seed(course, self.name)
        known = course_known_files(course, self.name)
        facts = _asked_facts(against, questions, known)
        self.store = course.asked(self.name, _sum(*facts, self.seed))
        self.against = replace(against, known=known, store=str(self.store))
        # A sum over all but the submission that a score could depend on.
        self.fingerprint = _sum(*facts, dataclasses.asdict(self.limits), walls, against.carry_forward, against.given)
        self.ignored = nbgrader_api(course).coursedir.ignore
        self.results: dict[str, SubmissionResult] = {}
        self._start_workers, self._jobs = start_workers, jobs
        self._pending: dict[Future[Result], _Task] = {}

    def take(self, student: str, *, force: bool) -> None:
        """Use the student's record or result if it is up to date, or else have the submission graded."""
        folder = self.course.submitted(student, self.name).parent
        submission = read_submission(folder, self.limits, self.ignored)
        keys = self._keys(submission)
        record = SubmissionResult.read(self.course.record(student, self.name))
        if not force and record is not None and self._is_current(record, keys):
            self._note(record)
        elif not force and (kept := self._kept(keys)):
            self._note(self.writer.write(student, submission, *kept))
        else:
            task = _Task(student, submission, keys[0])
            future = self.workers.submit(grade_submission, submission, self.examined, self.limits)
            self._pending[future] = task
        self._collect(wait_for_one=bool(self._pending) and len(self._pending) >= self._ahead())

    def finish(self) -> None:
        """Wait for all that is on its way."""
        while self._pending:
            self._collect(wait_for_one=True)

    def cancel(self) -> None:
        """Start nothing more."""
        for future in self._pending:
            future.cancel()

    def forget_unused(self) -> None:
        """Remove results that no student's record refers to, what was asked for other questions, and what was left of
        files half written."""
        kept = self.course.result(self.name, "any").parent
        records = (SubmissionResult.read(path) for path in kept.parent.glob("*.json"))
        used = {record.key for record in records if record is not None}
        unused = [path for path in kept.glob("*.json") if path.stem not in used]
        for path in (*unused, *kept.glob(f".*{PART}"), *kept.parent.glob(f".*{PART}")):
            path.unlink(missing_ok=True)
        for folder in self.store.parent.glob("*"):
            if folder != self.store:
                shutil.rmtree(folder, ignore_errors=True)

    @cached_property
    def workers(self) -> Executor:
        """The workers, started when there is something to do."""
        needs = Needs(
            preload=tuple(modules_needed(nbformat.reads(self.against.source, as_version=4), self.questions)),
            data=self.course.dataset("").resolve(),
            walls=self.walls,
            seconds=_most_seconds(self.course, self.name, self.questions),
            files=_data_files(self.course, self.name, self.against.waiting),
        )
        return self._start_workers(needs)

    @cached_property
    def examined(self) -> Assignment:
        """With what the reference says, which is asked once for a class and its seed, and kept."""
        path = self.store / "reference.json"
        try:
            texts = json.loads(path.read_bytes())
        except (OSError, ValueError):
            asked = self.workers.submit(examine_reference, self.against, self.limits, self.questions, self.seed)
            try:
                run = asked.result()
            except WorkerDied as death:
                raise CourseError(f"The reference of {self.name} cannot be asked: {death}") from death
            texts = [answer.text for answer in run.answers.values() if answer is not None]
            write_text(path, json.dumps(texts))
        answers = [read_answer(text) for text in texts]
        expected = {answer.exercise: answer.data for answer in answers if answer.data is not None}
        return replace(self.against, examination=Examination(self.questions, self.seed, expected, self.against.given))

    def _ahead(self) -> int:
        """How many submissions are to be on their way: those that are being graded, and as many that wait."""
        return 2 * (getattr(self.workers, "slots", self._jobs) or cores())

    def _collect(self, *, wait_for_one: bool) -> None:
        for task, result in _finished(self._pending, self.against, wait_for_one=wait_for_one):
            if result.status != "failed":
                result.write(self.course.result(self.name, task.key))
            self._note(self.writer.write(task.student, task.submission, result, task.key))

    def _note(self, record: SubmissionResult) -> None:
        self.results[record.student] = record
        self.on_result(record)

    def _keys(self, submission: Submission) -> tuple[str, ...]:
        """Cache keys that count as current: for the data present now and, if some are missing, for a run that had
        all."""
        waiting = dict.fromkeys((self.against.waiting, ()))
        return tuple(_sum(submission.digest, self.fingerprint, names) for names in waiting)

    def _is_current(self, record: SubmissionResult, keys: tuple[str, ...]) -> bool:
        """Whether the record is up to date, and all that belongs to it is there."""
        return (
            record.key in keys
            and record.status != "failed"
            and self.writer.knows(record.student)
            and (record.status == "not gradable" or self.course.autograded(record.student, record.assignment).is_file())
        )

    def _kept(self, keys: tuple[str, ...]) -> tuple[Result, str] | None:
        for key in keys:
            if (result := Result.read(self.course.result(self.name, key))) is not None:
                return result, key
        return None


def _asked_facts(against: Assignment, questions: Questions, known: KnownFiles) -> list[object]:
    """All but the seed that what the reference and the known answers give depends on."""
    files = [(path, hashlib.sha256(content).hexdigest()) for path, content in against.files]
    return [against.source, files, dataclasses.asdict(questions), dataclasses.asdict(known), environment()]


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


def assignment_to_grade(course: Course, name: str, on_notice: Callable[[str], None]) -> Assignment:
    """What to grade against; says what has to wait for data."""
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
    source = as_text(source_notebook(course, name, generated=False))
    return Assignment(
        name,
        source,
        tuple(waiting),
        tuple((path, content) for path, content in files.items() if path not in own),
        carry_forward=course.carry_forward,
        given=expected_data(course, name).given if course.by_share else None,
    )


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


def _sum(*facts: object) -> str:
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()
