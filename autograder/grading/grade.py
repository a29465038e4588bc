"""Grade a class: every submission of an assignment through nbgrader's autograde, one record each.

1. The source notebook is brought up to date and registered in the gradebook.
2. Each submission is read; what is no notebook gets a record that says so, and the batch goes on.
3. nbgrader's Autograde runs it and stores the scores; the record is written last, so an interrupted submission has
   none and is graded again, and a finished one is not.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import nbformat

from autograder.authoring.build import build, source_notebook
from autograder.course import Course, CourseError
from autograder.grading.gradebook import has_assignment, open_gradebook, scores
from autograder.grading.record import ExerciseResult, Status, SubmissionResult
from autograder.grading.submission import NotANotebook, oddities, read_submission
from autograder.nbgrader_course import nbgrader_api

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
) -> list[SubmissionResult]:
    """Grade every submission of the class that has no up-to-date record; with `force`, every one.

    `on_result` is called with each result as it is there. Raises CourseError before anything runs where the class,
    the assignment or the gradebook is at fault.
    """
    chosen = submissions(course, assignment, students)
    with open_gradebook(course):
        pass
    source = prepare(course, assignment)
    results = []
    for student in chosen:
        submission = _digest(course.submitted(student, assignment))
        record = SubmissionResult.read(course.record(student, assignment))
        if force or record is None or (record.submission, record.source) != (submission, source):
            record = grade_submission(course, assignment, student, submission, source)
            record.write(course.record(student, assignment))
        results.append(record)
        on_result(record)
    return results


def grade_submission(course: Course, assignment: str, student: str, submission: str, source: str) -> SubmissionResult:
    """Run one submission through nbgrader's Autograde and say what came of it."""
    start = time.perf_counter()
    reference = nbformat.read(course.source(assignment), as_version=4)
    exercises: tuple[ExerciseResult, ...] = ()
    problems: list[str] = []
    status: Status
    try:
        problems = oddities(read_submission(course.submitted(student, assignment)), reference)
        outcome = nbgrader_api(course).autograde(assignment, student, force=True, create=True)
        if not outcome["success"]:
            raise NotANotebook(f"nbgrader could not grade it: {_last_line(outcome)}")
        errors = _errors(nbformat.read(course.autograded(student, assignment), as_version=4))
        exercises = scores(course, assignment, student, errors)
        waiting = any(exercise.score is None for exercise in exercises)
        status = "needs manual grading" if waiting else "graded"
    except NotANotebook as error:
        problems.append(str(error))
        status = "not gradable"
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


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes() if path.is_file() else b"").hexdigest()


def _points(cell: nbformat.NotebookNode) -> float:
    nbgrader = cell.metadata.get("nbgrader", {})
    return float(nbgrader.get("points", 0)) if nbgrader.get("grade") else 0.0


def _errors(notebook: nbformat.NotebookNode) -> dict[str, str]:
    """What each grade cell's tests said, in a line: grade id to the exception's type and first line."""
    errors: dict[str, str] = {}
    for cell in notebook.cells:
        nbgrader = cell.metadata.get("nbgrader", {})
        for output in cell.get("outputs", []) if nbgrader.get("grade") else []:
            if output.output_type == "error":
                first_line = output.evalue.strip().partition("\n")[0]
                text = _COLOUR_CODES.sub("", f"{output.ename}: {first_line}")
                errors.setdefault(nbgrader["grade_id"], text.rstrip(": "))
    return errors


def _last_line(outcome: dict[str, str]) -> str:
    lines = [line.strip() for line in (outcome.get("log") or outcome.get("error") or "no reason given").splitlines()]
    errors = [line for line in lines if re.match(r"[\w.]*(Error|Exception)\b", line)]
    return (errors or [line for line in lines if line])[-1]
