"""Output streams, options and progress bars that the commands share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
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
from rich.text import Text

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
NoWalls = Annotated[bool, typer.Option("--no-walls", help="Run submissions as yourself, with all that you may do.")]


class Rate(ProgressColumn):
    """How many were done per minute recently."""

    def render(self, task: Task) -> Text:
        return Text(f"{60 * task.speed:.0f}/min" if task.speed else "")


@contextmanager
def progress(title: str, total: int, *more: ProgressColumn) -> Iterator[Callable[[], None]]:
    """Show a bar on standard error; call the function that it yields after each of `total` steps."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), *more, TimeElapsedColumn())
    with Progress(*columns, TextColumn("· left"), TimeRemainingColumn(), console=err) as bar:
        task = bar.add_task(title, total=total)
        yield lambda: bar.advance(task)


def named(course: Course, assignments: list[str] | None) -> list[str]:
    """The full names of these assignments, or of all if none is given. Raises CourseError if the course has none."""
    if not assignments and not course.assignments:
        raise CourseError(f"{course.root / 'solutions'} holds no assignment yet: nothing named like a1_name.py.")
    return [course.assignment(name) for name in assignments] if assignments else course.assignments


def plain(said: str) -> str:
    """Text that a student may have written, with control characters replaced."""
    return "".join(character if character.isprintable() else "?" for character in said)
