"""Grade a class: every submission of an assignment through nbgrader's autograde, one record each.

1. The source notebook is brought up to date and registered in the gradebook.
2. Each submission is read; what is no notebook gets a record that says so, and the batch goes on.
3. An exercise whose data set the grading machine lacks (its cell is tagged `needs:<name>`) is not graded but marked
   for later; once the data are there, only submissions with such an exercise are graded again.
4. nbgrader's Autograde runs it and stores the scores; the record is written last, so an interrupted submission has
   none and is graded again, and a finished one is not.
"""

from __future__ import annotations

import glob
import hashlib
import re
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import nbformat

from autograder.authoring.build import build, source_notebook
from autograder.course import Course, CourseError
from autograder.data.registry import choose, read_registry
from autograder.data.verify import is_here
from autograder.grading.gradebook import give_nothing, has_assignment, has_submission, open_gradebook, postpone, scores
from autograder.grading.record import ExerciseResult, Status, SubmissionResult
from autograder.grading.submission import NotANotebook, oddities, read_submission
from autograder.nbgrader_course import nbgrader_api, reason

_MACHINE_FAULT = re.compile(r"([\w.]*OperationalError|PermissionError|OSError|FileNotFoundError|.*database)\b")
_COLOUR_CODES = re.compile(r"\x1b\[[0-9;]*m")


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
    return [student for student in there if not students or student in set(students)]


def prepare(course: Course, assignment: str) -> str:
    """See that the notebook to grade against is up to date and in the gradebook; returns its SHA-256."""
    text = nbformat.writes(source_notebook(course, assignment)) + "\n"
    path = course.source(assignment)
    current = path.read_text(encoding="utf-8") if path.is_file() else None
    if current != text or not course.release(assignment).is_file() or not has_assignment(course, assignment):
        build(course, assignment)
    return hashlib.sha256(text.encode()).hexdigest()


def grade(
    course: Course,
    assignment: str,
    students: Iterable[str] = (),
    *,
    force: bool = False,
    on_result: Callable[[SubmissionResult], None] = lambda result: None,
    on_notice: Callable[[str], None] = lambda sentence: None,
) -> list[SubmissionResult]:
    """Grade every submission of the class that has no up-to-date record; with `force`, every one.

    `on_notice` is called, before anything runs, with a sentence for each exercise that will have to wait; `on_result`
    with each result as it is there. Raises CourseError before anything runs where the class, the assignment or the
    gradebook is at fault.
    """
    chosen = submissions(course, assignment, students)
    with open_gradebook(course):
        pass
    source = prepare(course, assignment)
    needed = data_needed(course, assignment)
    lacking = {grade_id: [n for n in names if not _is_here(course, n)] for grade_id, names in needed.items()}
    waiting = {grade_id: names for grade_id, names in lacking.items() if names}
    for grade_id, names in waiting.items():
        on_notice(
            f"{grade_id} is marked for later, since this machine lacks {', '.join(names)}. Fetch it with "
            f"`autograder data fetch {' '.join(names)}` and grade again: only what is missing will be added."
        )
    gradable = needed.keys() - waiting.keys()
    results = []
    for student in chosen:
        record = SubmissionResult.read(course.record(student, assignment))
        submission = _digest(course.submitted(student, assignment).parent)
        if force or record is None or not _is_current(course, record, submission, source, gradable):
            record = grade_submission(course, assignment, student, submission, source, waiting)
            record.write(course.record(student, assignment))
        results.append(record)
        on_result(record)
    return results


def data_needed(course: Course, assignment: str) -> dict[str, list[str]]:
    """The exercises graded on a data set: grade id to the data sets' names (its cell is tagged `needs:<name>`)."""
    needed: dict[str, list[str]] = {}
    for cell in nbformat.read(course.source(assignment), as_version=4).cells:
        for tag in cell.metadata.get("tags", []):
            if tag.startswith("needs:"):
                needed.setdefault(cell.metadata.nbgrader.grade_id, []).append(tag.removeprefix("needs:"))
    return needed


def _is_here(course: Course, dataset: str) -> bool:
    (found,) = choose(read_registry(course.dataset_registry), [dataset])
    return all(is_here(file, course.dataset(dataset)) for file in found.files)


def _is_current(
    course: Course, record: SubmissionResult, submission: str, source: str, gradable: Iterable[str]
) -> bool:
    """Whether grading again would say the same: nothing changed, and no exercise waited for data that are there now."""
    waited = {exercise.exercise for exercise in record.exercises if exercise.score is None}
    return (
        (record.submission, record.source) == (submission, source)
        and record.status != "failed"
        and waited.isdisjoint(gradable)
        and has_submission(course, record.assignment, record.student)
    )


def grade_submission(
    course: Course,
    assignment: str,
    student: str,
    submission: str,
    source: str,
    waiting: Iterable[str] = (),
) -> SubmissionResult:
    """Run one submission through nbgrader's Autograde and say what came of it; the cells `waiting` stay ungraded.

    Raises CourseError where the machine is at fault, not the submission, and KeyboardInterrupt where it was stopped.
    """
    start = time.perf_counter()
    reference = nbformat.read(course.source(assignment), as_version=4)
    exercises: tuple[ExerciseResult, ...] = ()
    problems: list[str] = []
    status: Status
    try:
        problems = oddities(read_submission(course.submitted(student, assignment)), reference)
        if glob.has_magic(student):
            raise NotANotebook("nbgrader takes a name with *, ? or [ for a pattern: rename the folder in submitted/.")
        outcome = nbgrader_api(course).autograde(assignment, student, force=True, create=True)
        if outcome["success"]:
            postpone(course, assignment, student, waiting)
            errors = _errors(nbformat.read(course.autograded(student, assignment), as_version=4))
            exercises = scores(course, assignment, student, errors)
            ungraded = {exercise.exercise for exercise in exercises if exercise.score is None}
            only_data = ungraded <= set(waiting)
            status = "graded" if not ungraded else "waiting for data" if only_data else "needs manual grading"
        else:
            why = reason(outcome)
            if _MACHINE_FAULT.match(why) and "/submitted/" not in why:
                raise CourseError(f"Grading stopped at {student}, whose submission is not to blame: {why}.")
            problems.append(f"nbgrader could not grade it: {why}")
            status = "failed"
    except NotANotebook as error:
        problems.append(str(error))
        status = "not gradable"
    if status in ("failed", "not gradable"):
        give_nothing(course, assignment, student)
    return SubmissionResult(
        assignment=assignment,
        student=student,
        status=status,
        score=sum(exercise.score or 0.0 for exercise in exercises),
        max_score=sum(_points(cell) for cell in reference.cells),
        seconds=round(time.perf_counter() - start, 3),
        submission=submission,
        source=source,
        exercises=exercises,
        problems=tuple(problems),
    )


def _digest(folder: Path) -> str:
    """SHA-256 over all that was handed in: the notebook and the files beside it."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(f"{path.relative_to(folder)}\0".encode(errors="surrogateescape"))
        try:
            digest.update(hashlib.sha256(path.read_bytes()).digest())
        except OSError as error:  # told in the submission's record, if it matters
            digest.update(str(error).encode(errors="surrogateescape"))
    return digest.hexdigest()


def _points(cell: nbformat.NotebookNode) -> float:
    nbgrader = cell.metadata.get("nbgrader", {})
    return float(nbgrader.get("points", 0)) if nbgrader.get("grade") else 0.0


def _errors(notebook: nbformat.NotebookNode) -> dict[str, str]:
    """What each grade cell's tests said, in a line: grade id to the exception's type and first line."""
    errors: dict[str, str] = {}
    for cell in notebook.cells:
        nbgrader = cell.metadata.get("nbgrader", {})
        for output in cell.get("outputs", []) if nbgrader.get("grade") else []:
            if output.output_type == "stream" and nbgrader["grade_id"].startswith("score_"):
                errors[nbgrader["grade_id"]] = output.text.strip().rpartition("\n")[2]  # why a score is what it is
            elif output.output_type == "error":
                first_line = output.evalue.strip().partition("\n")[0]
                text = _COLOUR_CODES.sub("", f"{output.ename}: {first_line}")
                errors.setdefault(nbgrader["grade_id"], text.rstrip(": "))
    return errors
