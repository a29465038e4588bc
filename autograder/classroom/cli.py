"""The commands that build what is given out and grade what comes back: options, progress and table."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from autograder.console import (
    HERE,
    Assignments,
    CourseFolder,
    Jobs,
    JsonFile,
    JUnitFile,
    NoWalls,
    Students,
    err,
    named,
    out,
    progress,
)
from autograder.course import Course, CourseError
from autograder.reports import Case, write_reports

if TYPE_CHECKING:
    from autograder.grading.record import SubmissionResult

app = typer.Typer()


@app.command(epilog="Example: autograder build a1")
def build(assignments: Assignments = None, course: CourseFolder = HERE) -> None:
    """Make the students' notebooks in assignments/ from solutions/, and tell nbgrader's gradebook of them."""
    from autograder.authoring.build import build as build_assignment
    from autograder.gradebook.registered import is_registered

    found = Course.at(course)
    for assignment in named(found, assignments):
        with out.status(f"Building {assignment} …"):
            path = build_assignment(found, assignment)
            if not is_registered(found, assignment):
                from autograder.gradebook.book import register  # which imports nbgrader, and that takes seconds

                register(found, assignment)
        out.print(f"{path.relative_to(found.root)}")


@app.command(
    epilog="Examples: autograder grade · autograder grade a1 · autograder grade a1 --student ada --force · "
    "autograder grade a1 --scheduler tcp://login01:8786"
)
def grade(
    assignments: Assignments = None,
    student: Students = None,
    force: Annotated[bool, typer.Option("--force", help="Grade again what has an up-to-date result.")] = False,
    jobs: Jobs = None,
    scheduler: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Grade on the Dask cluster with this scheduler.")
    ] = None,
    no_walls: NoWalls = False,
    json_to: JsonFile = None,
    junit_to: JUnitFile = None,
    course: CourseFolder = HERE,
) -> None:
    """Grade the submissions in submitted/ into nbgrader's gradebook; finished submissions are not graded again."""
    from autograder.classroom.pool import begin_imports

    found = Course.at(course)
    names = named(found, assignments) if assignments else []
    if scheduler is None:
        begin_imports()
    elif jobs:
        raise CourseError("--jobs is for this machine; a cluster grades as many at a time as it has threads.")
    from autograder.classroom.grade import handed_in, shared_workers
    from autograder.gradebook.book import gradebook_name

    names = names or handed_in(found, student or ())
    with ExitStack() as stack:
        shared: dict[str, Any] = {"jobs": jobs, "walls": not no_walls, "scheduler": scheduler}
        if len(names) > 1 and scheduler is None:
            workers = shared_workers(found, names, jobs=jobs, walls=not no_walls)
            shared["executor"] = stack.enter_context(workers)
        results = [one for name in names for one in _grade(found, name, student or (), force=force, **shared)]
    cases = [Case(one.assignment, one.student, _what_to_look_at(one)) for one in results]
    write_reports([dataclasses.asdict(one) for one in results], cases, json_to, junit_to, "grade")
    records = found.record("*", names[0] if len(names) == 1 else "*").relative_to(found.root)
    scores = escape(gradebook_name(found))
    out.print(f"Scores are in {scores}, a record of each submission in {records}.", soft_wrap=True)


def _what_to_look_at(result: SubmissionResult) -> tuple[str, ...]:
    """Sentences on a submission that could not be graded, or that tampered with its grading."""
    ungraded = result.status in ("failed", "not gradable")
    return (*((result.problems or (f"It is {result.status}.",)) if ungraded else ()), *result.flags)


def _grade(course: Course, name: str, students: Iterable[str], **options: Any) -> list[SubmissionResult]:
    """Grade one assignment with a progress bar, and print its table and what was noticed; returns the results."""
    from autograder.classroom.grade import grade as grade_class
    from autograder.classroom.grade import submissions

    results: list[SubmissionResult] = []
    chosen = submissions(course, name, students)
    try:
        with progress(f"Grading {name}", len(chosen), rate=True) as advance:

            def on_result(result: SubmissionResult) -> None:
                results.append(result)
                advance()

            grade_class(
                course,
                name,
                chosen,
                on_result=on_result,
                on_notice=lambda sentence: err.print(escape(sentence), soft_wrap=True),
                **options,
            )
    except KeyboardInterrupt:
        out.print(_scores_table(name, results))
        err.print(f"Stopped. {len(results)} of {len(chosen)} results are kept; the same command goes on from there.")
        raise typer.Exit(130) from None
    results.sort(key=lambda result: result.student)
    out.print(_scores_table(name, results))
    for result in results:
        for problem in result.problems:
            out.print(f"[yellow]{escape(result.student)}[/]: {escape(problem)}", soft_wrap=True)
    for result in results:
        for flag in result.flags:
            out.print(f"[red]{escape(result.student)}[/]: {escape(flag)}", soft_wrap=True)
    for sentence in _summary(results):
        out.print(sentence, soft_wrap=True)
    return results


def _summary(results: list[SubmissionResult]) -> Iterator[str]:
    """How many submissions have which status, and what to do about each."""
    advice = {
        "needs manual grading": "have answers that a person must grade: run `jupyter lab`, then Nbgrader → Formgrader "
        "→ Manual Grading",
        "waiting for data": "wait for data that this machine lacks, and have all other points",
        "not gradable": "are not gradable and have 0 points; the reasons are above",
        "failed": "failed and have 0 points until they are graded again; the reasons are above",
    }
    counts: Counter[str] = Counter(result.status for result in results)
    yield f"Graded: {counts['graded']} of {len(results)}."
    if flagged := sum(bool(result.flags) for result in results):
        yield (
            f"Flagged: {flagged}. These notebooks tried to tamper with their own grading; the evidence is "
            "above. Look at the notebook before you talk to the student."
        )
    for status, what in advice.items():
        if counts[status]:
            yield f"{status.capitalize()}: {counts[status]}. They {what}."


def _scores_table(assignment: str, results: list[SubmissionResult]) -> Table:
    table = Table(title=f"{assignment}: {len(results)} submissions", title_justify="left")
    table.add_column("student", overflow="fold")
    table.add_column("score", justify="right")
    table.add_column("of", justify="right")
    table.add_column("not solved", overflow="fold")
    for result in results:
        missed = [exercise.exercise for exercise in result.exercises if exercise.score == 0]
        all_missed = result.exercises and len(missed) == len(result.exercises)
        note = result.status if result.status != "graded" else "everything" if all_missed else ", ".join(missed)
        table.add_row(escape(result.student), f"{result.score:g}", f"{result.max_score:g}", note)
    return table
