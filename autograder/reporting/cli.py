"""The commands that make pages and files from the results of grading: options, progress and tables."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from autograder.console import (
    HERE,
    Assignment,
    Assignments,
    CourseFolder,
    Students,
    err,
    named,
    out,
    plain,
    progress,
)
from autograder.course import Course, CourseError

app = typer.Typer()


@app.command(epilog="Examples: autograder feedback · autograder feedback a1 --student ada")
def feedback(assignments: Assignments = None, student: Students = None, course: CourseFolder = HERE) -> None:
    """Write a page for each student: points, what is not right, what the test said, which mistake it looks like."""
    found = Course.at(course)
    for name in _named_or_graded(found, assignments):
        _write_pages(found, name, student or ())


def _write_pages(course: Course, name: str, students: Collection[str]) -> None:
    from autograder.reporting.feedback import feedback as write_feedback
    from autograder.reporting.records import read_records

    notices: list[str] = []
    with progress(f"Writing pages of {name}", len(read_records(course, name, students))) as advance:
        pages = write_feedback(course, name, students, on_page=lambda path: advance(), on_notice=notices.append)
    for sentence in notices:
        out.print(f"[yellow]{escape(sentence)}[/]", soft_wrap=True)
    where = course.feedback("<student>", name).relative_to(course.root)
    out.print(f"{len(pages)} pages: {where}", soft_wrap=True)


@app.command(epilog="Examples: autograder report · autograder report a1")
def report(assignments: Assignments = None, course: CourseFolder = HERE) -> None:
    """Write a page for the instructor about each assignment; without a name, also about the course."""
    from autograder.reporting.report import course_report
    from autograder.reporting.report import report as assignment_report

    found = Course.at(course)
    paths = [assignment_report(found, name) for name in _named_or_graded(found, assignments)]
    for path in paths if assignments else [*paths, course_report(found)]:
        out.print(f"{path.relative_to(found.root)}: for instructors only, it shows what the judge saw.", soft_wrap=True)


def _named_or_graded(course: Course, assignments: list[str] | None) -> list[str]:
    """The assignments of these names; without names those of which something was graded. Raises CourseError."""
    if assignments:
        return named(course, assignments)
    graded = [name for name in course.assignments if any(course.record("any", name).parent.glob("*.json"))]
    if not graded:
        raise CourseError("Nothing has been graded yet. Run `autograder grade` first.")
    return graded


@app.command(epilog="Example: autograder export a1 --format canvas --roster grades.csv --out upload.csv")
def export(
    to: Annotated[Path, typer.Option("--out", help="The file to write.")],
    assignments: Assignments = None,
    layout: Annotated[str, typer.Option("--format", help="canvas, moodle or plain.")] = "plain",
    roster: Annotated[
        Path | None, typer.Option(help="The gradebook as Canvas or Moodle exports it; scores are put into a copy.")
    ] = None,
    id_column: Annotated[
        str | None, typer.Option(help="Its column with the ids that students have here.", show_default="guessed")
    ] = None,
    course: CourseFolder = HERE,
) -> None:
    """Write scores as CSV, for Canvas, Moodle or a spreadsheet: with manual grades, less late penalties."""
    from autograder.gradebook.export import LAYOUTS
    from autograder.gradebook.export import export as write_export

    found = Course.at(course)
    if layout not in LAYOUTS:
        raise CourseError(f"There is no format {layout!r}. There are: {', '.join(LAYOUTS)}.")
    count = write_export(
        found,
        named(found, assignments) if assignments else [],
        layout,
        to,
        roster=roster,
        id_column=id_column,
        on_notice=lambda sentence: err.print(f"[yellow]{escape(plain(sentence))}[/]", soft_wrap=True),
    )
    out.print(f"{count} scores are in {escape(str(to))}.", soft_wrap=True)


@app.command("similar", epilog="Example: autograder similar a1")
def similar_submissions(assignment: Assignment, course: CourseFolder = HERE) -> None:
    """Find submissions that look alike, and show them side by side on a page. Similarity is no proof."""
    from autograder.classroom.grade import submissions
    from autograder.reporting.similar import similar, similar_page

    found = Course.at(course)
    name = found.assignment(assignment)
    with progress(f"Comparing {name}", len(submissions(found, name))) as advance:
        similarity = similar(found, name, advance)
    table = Table(
        title=f"{name}: pairs of {len(similarity.students)} submissions that look alike", title_justify="left"
    )
    table.add_column("students", overflow="fold")
    table.add_column("weight", justify="right")
    table.add_column("characters alike", justify="right")
    table.add_column("of the shorter work", justify="right")
    table.add_column("exercises", overflow="fold")
    for pair in similarity.pairs[:15]:
        exercises = ", ".join(match.exercise for match in pair.matches)
        students = f"{escape(pair.left)}, {escape(pair.right)}"
        table.add_row(students, f"{pair.weight:.0f}", str(pair.characters), f"{pair.share:.0%}", exercises)
    if similarity.pairs:
        out.print(table)
    else:
        out.print("No two submissions share more than a line or two that the others do not have.")
    for sentence in similarity.left_out:
        out.print(f"[yellow]Not compared[/]: {escape(plain(sentence))}", soft_wrap=True)
    page = similar_page(found, name, similarity).relative_to(found.root)
    out.print(f"The answers side by side are in {page}. Similarity is no proof: talk to the students.", soft_wrap=True)
