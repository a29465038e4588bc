"""The commands that start a course and an assignment."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autograder.console import HERE, CourseFolder, out
from autograder.course import Course

app = typer.Typer()


@app.command(epilog="Example: autograder init ../light")
def init(folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder, or an empty one.")]) -> None:
    """Start a course of your own in an empty folder: an example assignment, settings, CI for GitHub and GitLab."""
    from autograder.authoring.start import EXAMPLE, start_course

    for path in start_course(folder):
        out.print(str(path), soft_wrap=True)
    out.print(f"\nNext: cd {folder}; autograder build; autograder check.")
    out.print(f"Then change solutions/{EXAMPLE}/, or add an assignment: autograder new a2_name.")


@app.command(epilog="Example: autograder new a7_light")
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A number and a word: a7_light.")],
    course: CourseFolder = HERE,
) -> None:
    """Add an assignment with one exercise in all its parts: text, test, questions, wrong answers and right ones."""
    from autograder.authoring.start import start_assignment

    found = Course.at(course)
    for path in start_assignment(found, name):
        out.print(str(path.relative_to(found.root)))
    out.print(f"\nNext: autograder strength {name}; autograder build {name}; autograder check {name}.")
