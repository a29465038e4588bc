"""The commands that prove assignments sound and publish them: options, progress and tables."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from autograder.console import (
    HERE,
    Assignments,
    CourseFolder,
    JsonFile,
    JUnitFile,
    counting,
    err,
    named,
    out,
    plain,
    progress,
)
from autograder.course import Course, CourseError
from autograder.reports import Case, write_reports

if TYPE_CHECKING:
    from autograder.proving.check import Kernels
    from autograder.proving.mutants import AssignmentMutants
    from autograder.proving.strength import ExerciseStrength

app = typer.Typer()


@app.command(
    epilog="Examples: autograder check a1 · autograder check a1 --watch · autograder check --fresh --junit check.xml"
)
def check(
    assignments: Assignments = None,
    watch: Annotated[
        bool,
        typer.Option("--watch", help="Check again whenever a file is saved, until Ctrl-C: what it may have broken."),
    ] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Check also what was proved before.")] = False,
    json_to: JsonFile = None,
    junit_to: JUnitFile = None,
    course: CourseFolder = HERE,
) -> None:
    """Prove an assignment sound: up to date, no leaks, reference full marks, blank none, every mistake caught."""
    from autograder.proving.check import Kernels
    from autograder.proving.watch import changes

    found = Course.at(course)
    names = named(found, assignments)
    with Kernels() as kernels:
        seen = _check(found, names, kernels, fresh=fresh)
        data = {name: [{"claim": claim, "faults": faults} for claim, faults in its] for name, its in seen.items()}
        cases = [Case(name, claim, tuple(faults)) for name, its in seen.items() for claim, faults in its]
        write_reports(data, cases, json_to, junit_to, "check")
        if watch:
            out.print("Watching solutions/ …  Ctrl-C ends it.")
            for changed in changes(found, names):
                _check(found, changed, kernels)
                out.print("Watching solutions/ …")
    if any(case.faults for case in cases):
        raise typer.Exit(1)


def _check(
    course: Course, names: list[str], kernels: Kernels, *, fresh: bool = False
) -> dict[str, list[tuple[str, list[str]]]]:
    """Check the assignments and print each claim when it is tested; returns claims and faults by assignment."""
    from autograder.proving.check import check as check_assignment
    from autograder.proving.kept import Kept

    seen: dict[str, list[tuple[str, list[str]]]] = {}
    for name in names:
        out.print(f"[bold]{name}[/]")
        seen[name] = []
        with counting() as begin:

            def on_check(claim: str, faults: list[str], its: list[tuple[str, list[str]]] = seen[name]) -> None:
                its.append((claim, faults))
                _print_check(claim, faults)

            try:
                check_assignment(
                    course, name, on_check, begin, kept=Kept(course.checked(name), fresh=fresh), kernels=kernels
                )
            except CourseError as error:
                on_check("its files can be read and asked", str(error).splitlines())
    return seen


def _print_check(claim: str, faults: list[str]) -> None:
    out.print(f"  [red]✗ not true: {claim}[/]" if faults else f"  [green]✓[/] {claim}")
    for fault in faults:
        out.print(f"      {escape(fault)}", soft_wrap=True)


@app.command(
    epilog="Examples: autograder strength a1 --exercise conv2d · autograder strength a1 --json > strength.json · "
    "autograder strength --mutants · autograder strength a1 --promises"
)
def strength(
    assignments: Assignments = None,
    mutants: Annotated[
        bool, typer.Option("--mutants", help="Try changed references instead, thousands: some minutes.")
    ] = False,
    promises: Annotated[
        bool, typer.Option("--promises", help="List what docstrings promise, and which questions ask it.")
    ] = False,
    exercise: Annotated[list[str] | None, typer.Option(help="Only this exercise; may be given several times.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
    course: CourseFolder = HERE,
) -> None:
    """Measure the questions: which known wrong answers they notice, and which right ones they accept."""
    from autograder.proving.strength import count_answers
    from autograder.proving.strength import strength as measure_strength

    found = Course.at(course)
    if mutants:
        return _mutants(found, named(found, assignments), exercise or (), as_json)
    if promises:
        return _promises(found, named(found, assignments), exercise or (), as_json)
    measured: dict[str, list[ExerciseStrength]] = {}
    for assignment in named(found, assignments):
        with progress(
            f"Asking the known answers to {assignment}", count_answers(found, assignment, exercise or ())
        ) as advance:
            measured[assignment] = measure_strength(found, assignment, exercise or (), advance)
    if as_json:
        print(
            json.dumps({name: [dataclasses.asdict(row) for row in rows] for name, rows in measured.items()}, indent=1)
        )
    else:
        for assignment, rows in measured.items():
            out.print(_strength_table(assignment, rows))
            for sentence in (fault for row in rows for fault in row.faults):
                out.print(f"[red]✗[/] {escape(sentence)}", soft_wrap=True)
    if not all(row.sound for rows in measured.values() for row in rows):
        raise typer.Exit(1)


def _mutants(course: Course, assignments: list[str], exercises: Collection[str], as_json: bool) -> None:
    from autograder.proving.mutants import count, find_mutants, read_equivalents
    from autograder.proving.trials import try_mutants

    measured: dict[str, AssignmentMutants] = {}
    for assignment in assignments:
        with err.status(f"Changing the references of {assignment} …"):
            found = find_mutants(course, assignment)
            equivalents = read_equivalents(course, assignment, found)
            found = [mutant for mutant in found if not exercises or mutant.exercise in exercises]
        with progress(f"Trying the mutants of {assignment}", len(found)) as advance:
            measured[assignment] = count(try_mutants(course, assignment, found, on_mutant=advance), equivalents)
    if as_json:
        print(json.dumps({name: dataclasses.asdict(result) for name, result in measured.items()}, indent=1))
    else:
        table = Table(title="Mutants of the references, and what notices them", title_justify="left")
        table.add_column("assignment")
        for column in ("mutants", "accepted, with a reason", "questions", "visible tests", "nothing"):
            table.add_column(column, justify="right")
        for name, result in measured.items():
            noticed = (result.equivalent, result.killed_by_questions, result.killed_by_visible, len(result.survivors))
            table.add_row(name, *map(str, (result.mutants, *noticed)), style=None if result.sound else "red")
        out.print(table)
        for result in measured.values():
            for sentence in result.survivors + result.not_equivalent:
                out.print(f"[red]✗[/] {escape(sentence)}", soft_wrap=True)
    if not all(result.sound for result in measured.values()):
        raise typer.Exit(1)


def _promises(course: Course, assignments: list[str], exercises: Collection[str], as_json: bool) -> None:
    from autograder.proving.promises import promises as list_promises

    listed = {
        name: [one for one in list_promises(course, name) if not exercises or one.exercise in exercises]
        for name in assignments
    }
    if as_json:
        print(
            json.dumps({name: [dataclasses.asdict(one) for one in found] for name, found in listed.items()}, indent=1)
        )
    else:
        for name, found in listed.items():
            table = Table(title=f"{name}: what docstrings promise", title_justify="left", show_lines=True)
            for column in ("exercise", "of", "promise", "asked by"):
                table.add_column(column, overflow="fold")
            for one in found:
                more = f" and {len(one.asked_by) - 3} more" if len(one.asked_by) > 3 else ""
                asked = " · ".join(one.asked_by[:3]) + more if one.asked_by else "nothing"
                style = None if one.asked_by else "red"
                table.add_row(one.exercise, one.kind, escape(one.text), escape(asked), style=style)
            out.print(table)
    if not all(one.asked_by for found in listed.values() for one in found):
        raise typer.Exit(1)


def _strength_table(assignment: str, rows: list[ExerciseStrength]) -> Table:
    table = Table(title=f"{assignment}: what its questions catch and accept", title_justify="left")
    table.add_column("exercise")
    for column in (
        "wrong answers",
        "caught by visible tests",
        "caught by questions",
        "right answers",
        "accepted",
    ):
        table.add_column(column, justify="right")
    for row in rows:
        numbers = (row.wrong, row.caught_by_visible, row.caught, row.right, row.accepted)
        table.add_row(row.exercise, *map(str, numbers), style=None if row.sound else "red")
    table.add_section()
    totals = zip(*((r.wrong, r.caught_by_visible, r.caught, r.right, r.accepted) for r in rows), strict=True)
    table.add_row("all", *(str(sum(column)) for column in totals))
    return table


@app.command(epilog="Examples: autograder publish ../students · autograder publish ../students --check")
def publish(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The students' repository, or where it is to be.")],
    check_only: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit code 1 if the folder is not up to date.")
    ] = False,
    course: CourseFolder = HERE,
) -> None:
    """Write the students' repository: notebooks, README and licence; refuses to carry a line they are not to see."""
    from autograder.proving.publish import prepare, write

    found = Course.at(course)
    with out.status("Building and looking for leaks …"):
        publication = prepare(found, folder)
    if not check_only:
        write(publication, folder)
    for path in publication.outdated:
        out.print(f"[red]✗[/] {path} is not up to date." if check_only else f"{path} written.", soft_wrap=True)
    if not publication.outdated:
        out.print(f"All {len(publication.files)} files are up to date.")
    if publication.unknown:
        first = ", ".join(plain(path) for path in publication.unknown[:10])
        more = f" and {len(publication.unknown) - 10} more" if len(publication.unknown) > 10 else ""
        out.print(f"Not of here, and left as it is: {escape(first)}{more}.", soft_wrap=True)
    for note in publication.notes:
        out.print(f"[yellow]{escape(plain(note))}[/]", soft_wrap=True)
    if check_only and publication.outdated:
        raise typer.Exit(1)
