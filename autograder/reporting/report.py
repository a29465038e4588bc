"""Write the instructor's page about an assignment, results/<assignment>/report.html, and about the course,
results/report.html. They show flags and numbers that the judge saw: keep them from students.
"""

from __future__ import annotations

import os
import statistics
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from autograder.course import Course, CourseError
from autograder.files import write_text
from autograder.gradebook.marks import Gradebook, Mark, read_gradebook
from autograder.grading.record import CellResult, Result, Status, SubmissionResult, Usage
from autograder.reporting.charts import Chart, histogram
from autograder.reporting.pages import render
from autograder.reporting.records import mistake, read_records

TENTHS = tuple(range(0, 101, 10))
MOST_MISTAKES = 4


@dataclass(frozen=True)
class Row:
    """One submission, in the report's table."""

    student: str
    name: str
    status: Status | Literal["unreadable"]
    score: float
    max_score: float
    percent: float  # the final score as a share of the possible points
    pending: bool
    usage: Usage
    problems: tuple[str, ...]
    flags: tuple[str, ...]
    page: str | None  # links from the report, where there is such a file
    notebook: str | None

    @property
    def reasons(self) -> tuple[str, ...]:
        """Sentences on why somebody should look at it; empty if all is well."""
        by_status = {
            "not gradable": "It is not gradable and has 0 points.",
            "failed": "Grading it failed, and it has 0 points until it is graded again.",
            "waiting for data": "It waits for data that the grading machine lacked.",
            "unreadable": "Its record cannot be read: grade it again.",
        }
        own = [by_status[self.status]] if self.status in by_status else []
        if self.pending and self.status != "waiting for data":
            own.append("It has answers that a person must grade or look at again.")
        return (*own, *self.problems)


@dataclass(frozen=True)
class ExerciseReport:
    """How a class did in one exercise."""

    name: str
    max_score: float
    graded: int
    solved: int
    untouched: int
    only_test: int  # the visible test passes, but the other questions do not
    mean: float
    mistakes: tuple[tuple[str, int], ...]  # (name, how many), the most frequent first

    @property
    def rate(self) -> float:
        """Percent of those graded who have full points."""
        return 100 * self.solved / self.graded if self.graded else 0.0


@dataclass(frozen=True)
class Summary:
    """An assignment in numbers; scores are in percent of the possible points."""

    assignment: str
    count: int
    mean: float
    median: float
    full: int
    need_eyes: int
    flagged: int
    chart: Chart | None


def report(course: Course, assignment: str) -> Path:
    """Write the page about an assignment; returns its path. Raises CourseError if nothing has been graded."""
    gradebook = read_gradebook(course, [assignment])
    rows, exercises = _assignment(course, assignment, gradebook)
    path = course.report(assignment)
    run = [row.usage for row in rows if row.usage.seconds > 0]
    text = render(
        "report.html",
        assignment=assignment,
        summary=_summary(assignment, rows),
        exercises=exercises,
        usage=[
            histogram("Time to grade a submission", "seconds", [usage.seconds for usage in run]),
            histogram("Most memory in use", "MB", [usage.memory_mb for usage in run if usage.memory_mb > 0]),
        ],
        rows=rows,
        need_eyes=[row for row in rows if row.reasons],
        flagged=[row for row in rows if row.flags],
    )
    write_text(path, text)
    return path


def course_report(course: Course) -> Path:
    """Write the page about all assignments that have been graded. Raises CourseError if none has."""
    gradebook = read_gradebook(course)
    summaries, scores = [], {}
    for assignment in course.assignments:
        if any(course.record("any", assignment).parent.glob("*.json")):
            rows, _ = _assignment(course, assignment, gradebook)
            summaries.append(_summary(assignment, rows))
            scores[assignment] = {row.student: row for row in rows}
    if not scores:
        raise CourseError("Nothing has been graded yet. Run `autograder grade` first.")
    students = sorted({student for rows in scores.values() for student in rows})
    names = {student: gradebook.people[student].name for student in students if student in gradebook.people}
    table = [(student, names.get(student, ""), [rows.get(student) for rows in scores.values()]) for student in students]
    path = course.report()
    most = sum(gradebook.max_scores.get(assignment, 0.0) for assignment in scores)
    write_text(path, render("course.html", summaries=summaries, assignments=list(scores), table=table, most=most))
    return path


def _assignment(course: Course, assignment: str, gradebook: Gradebook) -> tuple[list[Row], list[ExerciseReport]]:
    marks = gradebook.marks.get(assignment, {})
    records = read_records(course, assignment)
    names = {student: person.name for student, person in gradebook.people.items()}
    results = {student: Result.read(course.result(assignment, r.key)) if r else None for student, r in records.items()}
    rows = [
        _row(course, assignment, student, names.get(student, ""), record, marks.get(student), results[student])
        for student, record in records.items()
    ]
    untouched = {student: frozenset(result.unchanged) for student, result in results.items() if result}
    readable = {student: record for student, record in records.items() if record is not None}
    return rows, _exercises(readable, marks, untouched)


def _row(
    course: Course,
    assignment: str,
    student: str,
    name: str,
    record: SubmissionResult | None,
    mark: Mark | None,
    result: Result | None,
) -> Row:
    here = course.report(assignment).parent
    page, notebook = course.feedback(student, assignment), course.autograded(student, assignment)
    if mark is None:
        mark = Mark(record.score, record.max_score) if record else Mark(0.0, 0.0)
    return Row(
        student=student,
        name=name,
        status=record.status if record else "unreadable",
        score=mark.final,
        max_score=mark.max_score,
        percent=100 * mark.final / mark.max_score if mark.max_score else 0.0,
        pending=mark.pending,
        usage=result.usage if result else Usage(0.0, 0.0),
        problems=record.problems if record else (),
        flags=record.flags if record else (),
        page=_link(page, here) if page.is_file() else None,
        notebook=_link(notebook, here) if notebook.is_file() else None,
    )


def _link(path: Path, here: Path) -> str:
    return quote(os.path.relpath(path, here))


def _exercises(
    records: dict[str, SubmissionResult], marks: dict[str, Mark], untouched: dict[str, frozenset[str]]
) -> list[ExerciseReport]:
    """Exercises in the order of the notebook, from the submissions that could be graded."""
    found: dict[str, list[tuple[str, CellResult]]] = {}
    for student, record in records.items():
        for exercise in record.exercises:
            found.setdefault(exercise.exercise, []).append((student, exercise))
    return [
        _exercise(name, results, marks, {student for student, names in untouched.items() if name in names})
        for name, results in found.items()
    ]


def _exercise(
    name: str, results: list[tuple[str, CellResult]], marks: dict[str, Mark], untouched: set[str]
) -> ExerciseReport:
    scored = {student: replace(one, score=_score(name, one, marks.get(student))) for student, one in results}
    graded = {student: one for student, one in scored.items() if one.score is not None}
    lost = {student: one for student, one in graded.items() if (one.score or 0.0) < one.max_score}
    mistakes = Counter(_mistake(one) for student, one in lost.items() if student not in untouched)
    del mistakes[""]
    return ExerciseReport(
        name=name,
        max_score=results[0][1].max_score,
        graded=len(graded),
        solved=len(graded) - len(lost),
        untouched=len(untouched),
        only_test=sum(bool(one.test_passed) and one.verdict == "differs" for one in lost.values()),
        mean=statistics.fmean(one.score or 0.0 for one in graded.values()) if graded else 0.0,
        mistakes=tuple(mistakes.most_common(MOST_MISTAKES)),
    )


def _score(name: str, exercise: CellResult, mark: Mark | None) -> float | None:
    """The gradebook's score, which a person may have given; None while it is pending."""
    for grade_id in (f"test_{name}", name):
        if mark is not None and (cell := mark.cells.get(grade_id)):
            return None if cell.pending else cell.score
    return exercise.score


def _mistake(exercise: CellResult) -> str:
    """The name of what went wrong: a known mistake, the first failing question, or the test's message."""
    if found := mistake(exercise):
        return found.name
    if exercise.test_passed and exercise.failing:
        return f"not right: {exercise.failing[0]}"
    said = exercise.error or ""
    return "" if said.startswith("NotImplementedError") else said.removeprefix("AssertionError: ")


def _summary(assignment: str, rows: Iterable[Row]) -> Summary:
    rows = list(rows)
    percents = [row.percent for row in rows]
    return Summary(
        assignment=assignment,
        count=len(rows),
        mean=statistics.fmean(percents),
        median=statistics.median(percents),
        full=sum(percent >= 100 for percent in percents),
        need_eyes=sum(bool(row.reasons) for row in rows),
        flagged=sum(bool(row.flags) for row in rows),
        chart=histogram("Scores", "percent", percents, TENTHS),
    )
