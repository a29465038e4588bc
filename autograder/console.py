"""Output streams, options and progress bars that the commands share."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from autograder.course import Course, CourseError

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

HERE = Path(".")
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
JsonFile = Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Also write what was found as JSON.")]
JUnitFile = Annotated[
    Path | None, typer.Option("--junit", metavar="FILE", help="Also write what was found as JUnit's XML, for CI.")
]
NoWalls = Annotated[bool, typer.Option("--no-walls", help="Run submissions as yourself, with all that you may do.")]


@contextmanager
def progress(title: str, total: int, *, rate: bool = False) -> Iterator[Callable[[], None]]:
    """Show a bar on standard error, with the number of steps a minute if `rate`; call the function that it yields after
    each of `total` steps."""
    from rich import progress as bars  # takes as long to import as all the rest of a short command

    class Rate(bars.ProgressColumn):
        def render(self, task: bars.Task) -> str:
            return f"{60 * task.speed:.0f}/min" if task.speed else ""

    columns = (bars.TextColumn("{task.description}"), bars.BarColumn(), bars.MofNCompleteColumn())
    more = (*([Rate()] if rate else []), bars.TimeElapsedColumn())
    with bars.Progress(*columns, *more, bars.TextColumn("· left"), bars.TimeRemainingColumn(), console=err) as bar:
        task = bar.add_task(title, total=total)
        yield lambda: bar.advance(task)


@contextmanager
def counting() -> Iterator[Callable[[str], Callable[[], None]]]:
    """Show what is being done, in a line that goes away: call the function that it yields with the
    title of each thing to do, and what that returns after each step of it."""
    with out.status("") as status:

        def begin(title: str) -> Callable[[], None]:
            steps = itertools.count(1)
            status.update(f"{title} …")
            return lambda: status.update(f"{title} … {next(steps)}")

        yield begin


def named(course: Course, assignments: list[str] | None) -> list[str]:
    """The full names of these assignments, or of all if none is given. Raises CourseError if the course has none."""
    if not assignments and not course.assignments:
        raise CourseError(f"{course.root / 'solutions'} holds no assignment yet: nothing named like a1_name.py.")
    return [course.assignment(name) for name in assignments] if assignments else course.assignments


def plain(said: str) -> str:
    """Text that a student may have written, with control characters replaced."""
    return "".join(character if character.isprintable() else "?" for character in said)
