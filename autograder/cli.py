"""The command `autograder`: options, progress and tables. What it does is done elsewhere.

Each command imports its work when it runs: nbgrader and its libraries take seconds to import, `--help` need not wait.
"""

from __future__ import annotations

import dataclasses
import json
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from autograder.course import Course, CourseError
from autograder.data.cli import app as data_app

if TYPE_CHECKING:
    from autograder.authoring.strength import ExerciseStrength
    from autograder.grading.record import SubmissionResult

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

app = typer.Typer(
    help="Build, check and grade the course's assignments.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(data_app, name="data")

CourseFolder = Annotated[Path, typer.Option("--course", help="A folder of the course.", show_default="this folder")]
Assignments = Annotated[
    list[str] | None,
    typer.Argument(metavar="[ASSIGNMENT]...", help="a1, a1_convolution, …; all if none is named."),
]
Assignment = Annotated[str, typer.Argument(metavar="ASSIGNMENT", help="a1, a1_convolution, …")]
HERE = Path(".")


def main() -> None:
    """Run the command; what the user can mend ends in a sentence and exit code 1, Ctrl-C in 130."""
    if not sys.warnoptions:
        warnings.simplefilter("ignore")  # nbgrader's and nbformat's, about their own insides
    try:
        app(standalone_mode=True)
    except CourseError as error:
        err.print(f"[red]{escape(str(error))}[/]", soft_wrap=True)
        sys.exit(1)
    except OSError as error:
        where = f" {error.filename}" if error.filename else ""
        err.print(f"[red]Cannot read or write{escape(where)}: {error.strerror or error}.[/]", soft_wrap=True)
        sys.exit(1)


@app.command(epilog="Example: autograder build a1")
def build(assignments: Assignments = None, course: CourseFolder = HERE) -> None:
    """Make the students' notebooks in assignments/ from solutions/."""
    from autograder.authoring.build import build as build_assignment

    found = Course.at(course)
    for assignment in _named(found, assignments):
        with out.status(f"Building {assignment} …"):
            path = build_assignment(found, assignment)
        out.print(f"{path.relative_to(found.root)}")


@app.command(epilog="Example: autograder check a1")
def check(assignments: Assignments = None, course: CourseFolder = HERE) -> None:
    """Prove an assignment sound: up to date, no leaks, reference full marks, blank none, every mistake caught."""
    from autograder.authoring.check import check as check_assignment

    found = Course.at(course)
    sound = True
    for assignment in _named(found, assignments):
        out.print(f"[bold]{assignment}[/]")
        with out.status("Checking …"):
            sound &= check_assignment(found, assignment, _print_check)
    if not sound:
        raise typer.Exit(1)


def _print_check(claim: str, faults: list[str]) -> None:
    out.print(f"  [red]✗ not true: {claim}[/]" if faults else f"  [green]✓[/] {claim}")
    for fault in faults:
        out.print(f"      {escape(fault)}", soft_wrap=True)


@app.command(epilog="Example: autograder strength a1 --json > strength.json")
def strength(
    assignments: Assignments = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
    course: CourseFolder = HERE,
) -> None:
    """Measure the tests: which known wrong answers they catch, and which right ones they accept."""
    from autograder.authoring.strength import count_answers
    from autograder.authoring.strength import strength as measure_strength

    found = Course.at(course)
    measured: dict[str, list[ExerciseStrength]] = {}
    for assignment in _named(found, assignments):
        with _progress(f"Testing the tests of {assignment}", count_answers(found, assignment)) as advance:
            measured[assignment] = measure_strength(found, assignment, advance)
    if as_json:
        print(
            json.dumps({name: [dataclasses.asdict(row) for row in rows] for name, rows in measured.items()}, indent=1)
        )
    else:
        for assignment, rows in measured.items():
            out.print(_strength_table(assignment, rows))
            for sentence in _faults(rows):
                out.print(f"[red]✗[/] {escape(sentence)}", soft_wrap=True)
    if not all(row.sound for rows in measured.values() for row in rows):
        raise typer.Exit(1)


def _strength_table(assignment: str, rows: list[ExerciseStrength]) -> Table:
    table = Table(title=f"{assignment}: what its tests catch and accept", title_justify="left")
    table.add_column("exercise")
    for column in (
        "wrong answers",
        "caught by visible tests",
        "caught by hidden tests",
        "right answers",
        "accepted",
    ):
        table.add_column(column, justify="right")
    for row in rows:
        numbers = (row.wrong, row.caught_by_visible, row.caught_by_hidden, row.right, row.accepted)
        table.add_row(row.exercise, *map(str, numbers), style=None if row.sound else "red")
    table.add_section()
    totals = zip(*((r.wrong, r.caught_by_visible, r.caught_by_hidden, r.right, r.accepted) for r in rows), strict=True)
    table.add_row("all", *(str(sum(column)) for column in totals))
    return table


def _faults(rows: list[ExerciseStrength]) -> Iterator[str]:
    for row in rows:
        yield from (f"{row.exercise}: no hidden test catches the wrong answer {name}." for name in row.missed)
        yield from (f"{row.exercise}: refuses the right answer {name}. {why}" for name, why in row.refused.items())
        yield from (f"{row.exercise}: {name} catches no wrong answer." for name in row.idle_hidden_tests)
        yield from (f"{row.exercise}: the probe cannot tell {name} from right." for name in row.missed_by_probe)
        yield from (
            f"{row.exercise}: the probe takes {name}, which is right, for wrong." for name in row.refused_by_probe
        )


@app.command(epilog="Examples: autograder grade a1 · autograder grade a1 --student ada --force")
def grade(
    assignment: Assignment,
    student: Annotated[list[str] | None, typer.Option(help="Only this student; may be given several times.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Grade again what has an up-to-date result.")] = False,
    jobs: Annotated[
        int | None, typer.Option("--jobs", "-j", min=1, help="Submissions at a time.", show_default="one per core")
    ] = None,
    no_walls: Annotated[
        bool, typer.Option("--no-walls", help="Run submissions as yourself, with all that you may do.")
    ] = False,
    course: CourseFolder = HERE,
) -> None:
    """Grade what lies in submitted/ into nbgrader's gradebook; finished submissions are not graded again."""
    from autograder.grading.grade import grade as grade_class
    from autograder.grading.grade import submissions

    found = Course.at(course)
    name = found.assignment(assignment)
    results: list[SubmissionResult] = []
    chosen = submissions(found, name, student or ())
    try:
        with _progress(f"Grading {name}", len(chosen), _Rate()) as advance:

            def on_result(result: SubmissionResult) -> None:
                results.append(result)
                advance()

            grade_class(
                found,
                name,
                chosen,
                force=force,
                jobs=jobs,
                walls=not no_walls,
                on_result=on_result,
                on_notice=lambda sentence: err.print(escape(sentence), soft_wrap=True),
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
    for sentence in _summary(results):
        out.print(sentence, soft_wrap=True)
    records = found.record("*", name).relative_to(found.root)
    out.print(f"Scores are in {found.gradebook.name}, a record of each submission in {records}.", soft_wrap=True)


@app.command(epilog="Example: autograder doctor --system")
def doctor(
    system: Annotated[bool, typer.Option("--system", help="Which walls can stand around submissions here.")] = False,
) -> None:
    """Say what is wrong: with --system, with this machine as a place to grade."""
    from autograder.kernels.walls import standing_walls

    if not system:
        raise CourseError("Say what to look at: `autograder doctor --system` looks at this machine.")
    walls = standing_walls()
    table = Table(title="Walls around a submission", title_justify="left")
    for column in ("wall", "held by"):
        table.add_column(column, overflow="fold")
    for wall in walls:
        table.add_row(wall.name, wall.held_by or "[red]nothing[/]")
    out.print(table)
    if missing := [wall for wall in walls if not wall.held_by]:
        for sentence in dict.fromkeys(part for wall in missing for part in (wall.why_not, wall.remedy)):
            out.print(escape(sentence), soft_wrap=True)
        raise typer.Exit(1)
    out.print("All walls stand: submissions can be graded.")


def _summary(results: list[SubmissionResult]) -> Iterator[str]:
    """How many submissions came to which end, and what to do about each."""
    advice = {
        "needs manual grading": "have answers that a person must grade: run `jupyter lab`, then Nbgrader → Formgrader "
        "→ Manual Grading",
        "waiting for data": "wait for data that this machine lacks, and have all other points",
        "not gradable": "are not gradable and have 0 points; above is why",
        "failed": "failed and have 0 points until they are graded again; above is why",
    }
    counts: Counter[str] = Counter(result.status for result in results)
    yield f"Graded: {counts['graded']} of {len(results)}."
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


class _Rate(ProgressColumn):
    """How many are done in a minute, of late."""

    def render(self, task: Task) -> Text:
        return Text(f"{60 * task.speed:.0f}/min" if task.speed else "")


@contextmanager
def _progress(title: str, total: int, *more: ProgressColumn) -> Iterator[Callable[[], None]]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), *more, TimeElapsedColumn())
    with Progress(*columns, TextColumn("· left"), TimeRemainingColumn(), console=err) as progress:
        task = progress.add_task(title, total=total)
        yield lambda: progress.advance(task)


def _named(course: Course, assignments: list[str] | None) -> list[str]:
    if not assignments and not course.assignments:
        raise CourseError(f"{course.root / 'solutions'} holds no assignment yet: nothing named like a1_name.py.")
    return [course.assignment(name) for name in assignments] if assignments else course.assignments
