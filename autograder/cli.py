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
    from autograder.authoring.mutants import AssignmentMutants
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
Students = Annotated[list[str] | None, typer.Option(help="Only this student; may be given several times.")]
Jobs = Annotated[
    int | None, typer.Option("--jobs", "-j", min=1, help="Submissions at a time.", show_default="one per core")
]
NoWalls = Annotated[bool, typer.Option("--no-walls", help="Run submissions as yourself, with all that you may do.")]
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


@app.command(epilog="Examples: autograder strength a1 --json > strength.json · autograder strength --mutants")
def strength(
    assignments: Assignments = None,
    mutants: Annotated[
        bool, typer.Option("--mutants", help="Try changed references instead, thousands: some minutes.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
    course: CourseFolder = HERE,
) -> None:
    """Measure the tests: which known wrong answers they catch, and which right ones they accept."""
    from autograder.authoring.strength import count_answers
    from autograder.authoring.strength import strength as measure_strength

    found = Course.at(course)
    if mutants:
        return _mutants(found, _named(found, assignments), as_json)
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


def _mutants(course: Course, assignments: list[str], as_json: bool) -> None:
    from autograder.authoring.mutants import count, find_mutants, read_equivalents
    from autograder.authoring.trials import try_mutants

    measured: dict[str, AssignmentMutants] = {}
    for assignment in assignments:
        with err.status(f"Changing the references of {assignment} …"):
            found = find_mutants(course, assignment)
            equivalents = read_equivalents(course, assignment, found)
        with _progress(f"Trying the mutants of {assignment}", len(found)) as advance:
            measured[assignment] = count(try_mutants(course, assignment, found, on_mutant=advance), equivalents)
    if as_json:
        print(json.dumps({name: dataclasses.asdict(result) for name, result in measured.items()}, indent=1))
    else:
        table = Table(title="Mutants of the references, and what notices them", title_justify="left")
        table.add_column("assignment")
        for column in ("mutants", "accepted, with a reason", "hidden tests", "visible tests", "nothing"):
            table.add_column(column, justify="right")
        for name, result in measured.items():
            noticed = (result.equivalent, result.killed_by_hidden, result.killed_by_visible, len(result.survivors))
            table.add_row(name, *map(str, (result.mutants, *noticed)), style=None if result.sound else "red")
        out.print(table)
        for result in measured.values():
            for sentence in result.survivors + result.not_equivalent:
                out.print(f"[red]✗[/] {escape(sentence)}", soft_wrap=True)
    if not all(result.sound for result in measured.values()):
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


@app.command(epilog="Examples: autograder publish ../students · autograder publish ../students --check")
def publish(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The students' repository, or where it is to be.")],
    check_only: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit code 1 if the folder is not up to date.")
    ] = False,
    course: CourseFolder = HERE,
) -> None:
    """Write the students' repository: notebooks, README and licence; refuses to carry a line they are not to see."""
    from autograder.authoring.publish import prepare, write

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
        first = ", ".join(_plain(path) for path in publication.unknown[:10])
        more = f" and {len(publication.unknown) - 10} more" if len(publication.unknown) > 10 else ""
        out.print(f"Not of here, and left as it is: {escape(first)}{more}.", soft_wrap=True)
    for note in publication.notes:
        out.print(f"[yellow]{escape(_plain(note))}[/]", soft_wrap=True)
    if check_only and publication.outdated:
        raise typer.Exit(1)


@app.command(
    epilog="Examples: autograder grade a1 · autograder grade a1 --student ada --force · "
    "autograder grade a1 --scheduler tcp://login01:8786"
)
def grade(
    assignment: Assignment,
    student: Students = None,
    force: Annotated[bool, typer.Option("--force", help="Grade again what has an up-to-date result.")] = False,
    jobs: Jobs = None,
    scheduler: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Grade on the Dask cluster with this scheduler.")
    ] = None,
    no_walls: NoWalls = False,
    course: CourseFolder = HERE,
) -> None:
    """Grade what lies in submitted/ into nbgrader's gradebook; finished submissions are not graded again."""
    from autograder.grading.pool import begin_imports

    found = Course.at(course)
    name = found.assignment(assignment)
    if scheduler is None:
        begin_imports()
    elif jobs:
        raise CourseError("--jobs is for this machine; a cluster grades as many at a time as it has threads.")
    from autograder.grading.grade import grade as grade_class
    from autograder.grading.grade import submissions
    from autograder.grading.gradebook import gradebook_name

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
                scheduler=scheduler,
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
    for result in results:
        for flag in result.flags:
            out.print(f"[red]{escape(result.student)}[/]: {escape(flag)}", soft_wrap=True)
    for sentence in _summary(results):
        out.print(sentence, soft_wrap=True)
    records, scores = found.record("*", name).relative_to(found.root), escape(gradebook_name(found))
    out.print(f"Scores are in {scores}, a record of each submission in {records}.", soft_wrap=True)


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
    from autograder.grading.collect import collect as collect_class

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
            escape(_plain(row.source)),
            style=style,
        )
    out.print(table)
    for row in collection.rows:
        for note in row.notes:
            out.print(f"[yellow]{row.student}[/]: {escape(_plain(note))}", soft_wrap=True)
    if collection.nobodys:
        first = ", ".join(_plain(path) for path in collection.nobodys[:3])
        more = f" and {len(collection.nobodys) - 3} more" if len(collection.nobodys) > 3 else ""
        out.print(f"Nobody's, by the names that Moodle and Canvas give: {escape(first)}{more}.", soft_wrap=True)
    if not collection.times_known:
        out.print("When each was handed in is not known: the files carry no time, or that of the download.")
    counts = Counter(row.outcome for row in collection.rows)
    out.print(", ".join(f"{count} {outcome}" for outcome, count in counts.items()) + ".")
    if counts["refused"]:
        raise typer.Exit(1)


def _plain(said: str) -> str:
    """What a student may have written, without what would steer the terminal."""
    return "".join(character if character.isprintable() else "?" for character in said)


@app.command("similar", epilog="Example: autograder similar a1")
def similar_submissions(assignment: Assignment, course: CourseFolder = HERE) -> None:
    """Find submissions that look alike, and show them side by side on a page. Similarity is no proof."""
    from autograder.grading.grade import submissions
    from autograder.reporting.similar import similar, similar_page

    found = Course.at(course)
    name = found.assignment(assignment)
    with _progress(f"Comparing {name}", len(submissions(found, name))) as advance:
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
        out.print(f"[yellow]Not compared[/]: {escape(_plain(sentence))}", soft_wrap=True)
    page = similar_page(found, name, similarity).relative_to(found.root)
    out.print(f"The answers side by side are in {page}. Similarity is no proof: talk to the students.", soft_wrap=True)


@app.command(epilog="Examples: autograder doctor a1_convolution.ipynb --repair · autograder doctor --system")
def doctor(
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="[FILE]...", help="Notebooks that were handed in.")
    ] = None,
    assignment: Annotated[
        str | None, typer.Option(metavar="ASSIGNMENT", help="What they were handed in for.", show_default="guessed")
    ] = None,
    repair: Annotated[bool, typer.Option("--repair", help="Write a gradable copy beside each.")] = False,
    system: Annotated[bool, typer.Option("--system", help="Which walls can stand around submissions here.")] = False,
    course: CourseFolder = HERE,
) -> None:
    """Say what is wrong with submissions or, with --system, with this machine as a place to grade."""
    if system == bool(files):
        raise CourseError("Name notebooks to look at, or `autograder doctor --system` to look at this machine.")
    if system:
        _doctor_system()
    else:
        _doctor_files(Course.at(course), files or [], assignment, repair)


def _doctor_files(course: Course, files: list[Path], assignment: str | None, repair: bool) -> None:
    from autograder.grading.doctor import examine, write_repaired

    named = course.assignment(assignment) if assignment else None
    well = True
    for path in files:
        diagnosis = examine(course, path, named)
        known = f" [dim]{diagnosis.assignment}[/]" if diagnosis.assignment else ""
        out.print(f"[bold]{escape(str(path))}[/]{known}", soft_wrap=True)
        for finding in diagnosis.findings:
            out.print(f"  [red]✗[/] {escape(finding.sentence)}", soft_wrap=True)
        if not diagnosis.findings:
            out.print("  [green]✓[/] Nothing is wrong with it.")
        well = well and not diagnosis.findings
        if not repair or not diagnosis.findings:
            continue
        if diagnosis.repaired is None:
            out.print("  No copy was made: it would be no better.")
            continue
        copied = write_repaired(diagnosis)
        stays = sum(not finding.mended for finding in diagnosis.findings)
        rest = f"{stays} of the {len(diagnosis.findings)} above cannot be mended" if stays else "all of it is mended"
        out.print(f"  A gradable copy is in {escape(copied.name)}; {rest}.", soft_wrap=True)
    if not well:
        raise typer.Exit(1)


def _doctor_system() -> None:
    from autograder.kernels.walls import standing_walls

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


@app.command(epilog="Examples: autograder feedback a1 · autograder feedback a1 --student ada")
def feedback(
    assignment: Assignment,
    student: Students = None,
    jobs: Jobs = None,
    no_walls: NoWalls = False,
    course: CourseFolder = HERE,
) -> None:
    """Write a page for each student: points, what the tests that students see say, which mistake it looks like."""
    from autograder.reporting.feedback import feedback as write_feedback
    from autograder.reporting.records import read_records

    found = Course.at(course)
    name = found.assignment(assignment)
    notices: list[str] = []
    with _progress(f"Writing pages of {name}", len(read_records(found, name, student or ()))) as advance:
        pages = write_feedback(
            found,
            name,
            student or (),
            jobs=jobs,
            walls=not no_walls,
            on_page=lambda path: advance(),
            on_notice=notices.append,
        )
    for sentence in notices:
        out.print(f"[yellow]{escape(sentence)}[/]", soft_wrap=True)
    where = found.feedback("<student>", name).relative_to(found.root)
    out.print(f"{len(pages)} pages: {where}", soft_wrap=True)
    if no_walls:
        out.print("Look at them before you give them out: without walls, a submission can have read hidden tests.")


@app.command(epilog="Examples: autograder report a1 · autograder report")
def report(
    assignment: Annotated[
        str | None, typer.Argument(metavar="[ASSIGNMENT]", help="a1, a1_convolution, …; the course if none is named.")
    ] = None,
    course: CourseFolder = HERE,
) -> None:
    """Write a page for the instructor about an assignment, or about the course."""
    from autograder.reporting.report import course_report
    from autograder.reporting.report import report as assignment_report

    found = Course.at(course)
    path = assignment_report(found, found.assignment(assignment)) if assignment else course_report(found)
    out.print(f"{path.relative_to(found.root)}: for instructors only, it shows what hidden tests said.", soft_wrap=True)


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
    from autograder.reporting.export import LAYOUTS
    from autograder.reporting.export import export as write_export

    found = Course.at(course)
    if layout not in LAYOUTS:
        raise CourseError(f"There is no format {layout!r}. There are: {', '.join(LAYOUTS)}.")
    count = write_export(
        found,
        _named(found, assignments) if assignments else [],
        layout,
        to,
        roster=roster,
        id_column=id_column,
        on_notice=lambda sentence: err.print(f"[yellow]{escape(_plain(sentence))}[/]", soft_wrap=True),
    )
    out.print(f"{count} scores are in {escape(str(to))}.", soft_wrap=True)


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
    if flagged := sum(bool(result.flags) for result in results):
        yield (
            f"Flagged: {flagged}. Tests passed that the judge outside does not confirm, and such points are not given; "
            "above is the evidence. Look at the notebook before you talk to the student."
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
