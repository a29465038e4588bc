"""The commands that collect submissions and say what is wrong with them: options and tables."""

from __future__ import annotations

import dataclasses
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from autograder.console import HERE, Assignment, CourseFolder, JsonFile, JUnitFile, out, plain
from autograder.course import Course, CourseError
from autograder.reports import Case, write_reports

app = typer.Typer()


@app.command(epilog="Example: autograder collect export.zip a1")
def collect(
    source: Annotated[Path, typer.Argument(metavar="SOURCE", help="A folder or zip as Moodle or Canvas exports it.")],
    assignment: Assignment,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace what was handed in before by what is handed in now.")
    ] = False,
    course: CourseFolder = HERE,
) -> None:
    """Put a class's hand-ins, as the LMS exports them, into submitted/; nothing there is overwritten."""
    from autograder.submissions.collect import collect as collect_class

    found = Course.at(course)
    name = found.assignment(assignment)
    with out.status(f"Collecting {name} …"):
        collection = collect_class(found, source, name, replace=replace)
    if not collection.rows:
        raise CourseError(f"{source} holds no hand-in, by the names that Moodle and Canvas give.")
    table = Table(title=f"{name}: {len(collection.rows)} hand-ins", title_justify="left")
    for column in ("student", "outcome", "handed in", "files", "from"):
        table.add_column(column, overflow="fold", justify="right" if column == "files" else "left")
    for row in collection.rows:
        when = f"{row.time:%Y-%m-%d %H:%M} UTC" if row.time else ""
        late = " late" if row.late else ""
        style = "red" if row.outcome == "refused" else None
        table.add_row(
            row.student,
            row.outcome,
            f"{when}{late}".strip(),
            str(row.files or ""),
            escape(plain(row.source)),
            style=style,
        )
    out.print(table)
    for row in collection.rows:
        for problem in row.problems:
            out.print(f"[yellow]{row.student}[/]: {escape(plain(problem))}", soft_wrap=True)
    if collection.nobodys:
        first = ", ".join(plain(path) for path in collection.nobodys[:3])
        more = f" and {len(collection.nobodys) - 3} more" if len(collection.nobodys) > 3 else ""
        out.print(f"Nobody's, by the names that Moodle and Canvas give: {escape(first)}{more}.", soft_wrap=True)
    if not collection.times_known:
        out.print("When each was handed in is not known: the files carry no time, or that of the download.")
    counts = Counter(row.outcome for row in collection.rows)
    out.print(", ".join(f"{count} {outcome}" for outcome, count in counts.items()) + ".")
    if counts["refused"]:
        raise typer.Exit(1)


@app.command(epilog="Examples: autograder doctor a1_convolution.ipynb --repair · autograder doctor --system")
def doctor(
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="[FILE]...", help="Notebooks that were handed in.")
    ] = None,
    assignment: Annotated[
        str | None, typer.Option(metavar="ASSIGNMENT", help="What they were handed in for.", show_default="guessed")
    ] = None,
    repair: Annotated[bool, typer.Option("--repair", help="Write a gradable copy next to each.")] = False,
    system: Annotated[bool, typer.Option("--system", help="Which walls can stand around submissions here.")] = False,
    json_to: JsonFile = None,
    junit_to: JUnitFile = None,
    course: CourseFolder = HERE,
) -> None:
    """Say what is wrong with submissions or, with --system, with this machine as a place to grade."""
    if system == bool(files):
        raise CourseError("Name notebooks to look at, or `autograder doctor --system` to look at this machine.")
    cases = _doctor_system() if system else _doctor_files(Course.at(course), files or [], assignment, repair)
    write_reports([dataclasses.asdict(case) for case in cases], cases, json_to, junit_to, "doctor")
    if any(case.faults for case in cases):
        raise typer.Exit(1)


def _doctor_files(course: Course, files: list[Path], assignment: str | None, repair: bool) -> list[Case]:
    """Say what is wrong with each file, and repair it if wanted; returns one case a file."""
    from autograder.submissions.doctor import examine, write_repaired

    named = course.assignment(assignment) if assignment else None
    cases = []
    for path in files:
        checkup = examine(course, path, named)
        known = f" [dim]{checkup.assignment}[/]" if checkup.assignment else ""
        out.print(f"[bold]{escape(str(path))}[/]{known}", soft_wrap=True)
        for problem in checkup.problems:
            out.print(f"  [red]✗[/] {escape(problem.sentence)}", soft_wrap=True)
        if not checkup.problems:
            out.print("  [green]✓[/] Nothing is wrong with it.")
        sentences = tuple(problem.sentence for problem in checkup.problems)
        cases.append(Case(checkup.assignment or "no assignment", str(path), sentences))
        if not repair or not checkup.problems:
            continue
        if checkup.repaired is None:
            out.print("  No copy was made: it would be no better.")
            continue
        copied = write_repaired(checkup)
        stays = sum(not problem.mended for problem in checkup.problems)
        rest = f"{stays} of the {len(checkup.problems)} above cannot be mended" if stays else "all of it is mended"
        out.print(f"  A gradable copy is in {escape(copied.name)}; {rest}.", soft_wrap=True)
    return cases


def _doctor_system() -> list[Case]:
    """Say which walls stand here; returns one case a wall."""
    from autograder.kernels.walls import list_walls

    walls = list_walls()
    table = Table(title="Walls around a submission", title_justify="left")
    for column in ("wall", "held by"):
        table.add_column(column, overflow="fold")
    for wall in walls:
        table.add_row(wall.name, wall.held_by or "[red]nothing[/]")
    out.print(table)
    if missing := [wall for wall in walls if not wall.held_by]:
        for sentence in dict.fromkeys(part for wall in missing for part in (wall.why_not, wall.remedy)):
            out.print(escape(sentence), soft_wrap=True)
    else:
        out.print("All walls stand: submissions can be graded.")
    return [Case("walls", wall.name, () if wall.held_by else (wall.why_not, wall.remedy)) for wall in walls]
