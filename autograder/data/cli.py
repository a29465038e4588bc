"""The commands `autograder data …`: options, progress and tables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.filesize import decimal
from rich.markup import escape
from rich.table import Table

from autograder.console import HERE, CourseFolder, err, out
from autograder.course import Course, CourseError

if TYPE_CHECKING:
    from autograder.data.fetch import Timeouts
    from autograder.data.registry import Dataset, RemoteFile

app = typer.Typer(
    help="Fetch and verify the data sets and weights that the assignments use.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)

Target = Annotated[
    Path | None, typer.Option("--to", metavar="FOLDER", help="The data folder.", show_default="datasets/NAME")
]


@app.command("list", epilog="Example: autograder data list")
def list_(to: Target = None, course: CourseFolder = HERE) -> None:
    """Show what can be fetched: size, licence, and how much of it is here."""
    from autograder.data.registry import read_registry
    from autograder.data.verify import is_here

    found = Course.at(course)
    table = Table()
    table.add_column("name", no_wrap=True)
    for column in ("what", "licence"):
        table.add_column(column, overflow="fold")
    table.add_column("size", justify="right")
    table.add_column("files here", justify="right")
    for dataset in read_registry(found.dataset_registry).values():
        here = sum(is_here(file, to or found.dataset(dataset.name)) for file in dataset.files)
        table.add_row(
            dataset.name,
            escape(dataset.title),
            escape(dataset.licence),
            decimal(dataset.size),
            f"{here} of {len(dataset.files)}",
        )
    out.print(table)
    out.print(f"A card for each: {found.dataset_registry.parent / 'NAME.md'}", soft_wrap=True)


@app.command(epilog="Examples: autograder data fetch fashion_mnist · autograder data fetch mnist cifar10 --to ~/data")
def fetch(
    names: Annotated[list[str], typer.Argument(metavar="NAME", help="fashion_mnist, cifar10, …")],
    to: Target = None,
    connect_timeout: Annotated[
        float, typer.Option(min=0.1, metavar="SECONDS", help="How long a server may take to answer.")
    ] = 10,
    stall_timeout: Annotated[
        float, typer.Option(min=0.1, metavar="SECONDS", help="How long a server may send nothing.")
    ] = 30,
    course: CourseFolder = HERE,
) -> None:
    """Download what is missing or wrong; goes on where it stopped, tries every mirror, checks each file."""
    from autograder.data.fetch import Timeouts
    from autograder.data.registry import choose, read_registry

    found = Course.at(course)
    timeouts = Timeouts(connect=connect_timeout, stall=stall_timeout)
    for dataset in choose(read_registry(found.dataset_registry), names):
        folder = to or found.dataset(dataset.name)
        try:
            downloaded = _fetch_with_progress(dataset, folder, timeouts)
        except KeyboardInterrupt:
            err.print("Stopped. What has arrived is kept; the same command goes on from there.")
            raise typer.Exit(130) from None
        what = f"{downloaded} of {len(dataset.files)} files downloaded" if downloaded else "nothing to download"
        out.print(f"[green]✓[/] {dataset.name}: {what}; checked in {escape(str(folder))}", soft_wrap=True)
        out.print(f"  {escape(dataset.use.replace('{folder}', str(folder.resolve())))}", soft_wrap=True)
        out.print(f"  Licence: {escape(dataset.licence)}. Cite: {escape(dataset.citation)}", soft_wrap=True)


def _fetch_with_progress(dataset: Dataset, folder: Path, timeouts: Timeouts) -> int:
    """How many files had to be downloaded."""
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    from autograder.data.fetch import Listener
    from autograder.data.fetch import fetch as fetch_dataset

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, TextColumn("· left"), TimeRemainingColumn(), console=err) as progress:
        tasks = {file: progress.add_task(Path(file.path).name, total=file.size) for file in dataset.files}

        def on_bytes(file: RemoteFile, count: int) -> None:
            progress.update(tasks[file], completed=count)

        def on_notice(sentence: str) -> None:
            err.print(f"[yellow]{escape(sentence)}[/]", soft_wrap=True)

        return len(fetch_dataset(dataset, folder, Listener(on_bytes, on_notice), timeouts))


@app.command(epilog="Examples: autograder data verify · autograder data verify cifar10 --to ~/data")
def verify(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME", help="fashion_mnist, cifar10, …; whatever is here if none is named."),
    ] = None,
    to: Target = None,
    course: CourseFolder = HERE,
) -> None:
    """Check what was fetched against sizes and checksums; exit code 1 if any file is missing or wrong."""
    from autograder.data.registry import choose, read_registry
    from autograder.data.verify import problem

    found = Course.at(course)
    registry = read_registry(found.dataset_registry)
    folders = {name: to or found.dataset(name) for name in registry}
    chosen = choose(registry, names) if names else [d for d in registry.values() if _begun(d, folders[d.name])]
    if not chosen:
        raise CourseError(
            f"There is nothing to verify in {to or found.dataset_registry.parent}: nothing was fetched into it. "
            f"autograder data fetch NAME fetches {', '.join(registry)}."
        )
    right = True
    for dataset in chosen:
        for file in dataset.files:
            path = folders[dataset.name] / file.path
            with out.status(f"Checking {escape(path.name)} …"):
                what = problem(file, path)
            right &= what is None
            mark = "[green]✓[/]" if what is None else "[red]✗[/]"
            out.print(f"{mark} {dataset.name}: {escape(str(path))} {what or 'is right'}", soft_wrap=True)
    if not right:
        raise CourseError("Fetch again what is missing or wrong: autograder data fetch puts wrong files aside.")


def _begun(dataset: Dataset, folder: Path) -> bool:
    return any((folder / file.path).exists() for file in dataset.files)
