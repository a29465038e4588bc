"""The command that builds assignments."""

from __future__ import annotations

import typer

from autograder.console import HERE, Assignments, CourseFolder, named, out
from autograder.course import Course

app = typer.Typer()


@app.command(epilog="Example: autograder build a1")
def build(assignments: Assignments = None, course: CourseFolder = HERE) -> None:
    """Make the students' notebooks in assignments/ from solutions/."""
    from autograder.authoring.build import build as build_assignment

    found = Course.at(course)
    for assignment in named(found, assignments):
        with out.status(f"Building {assignment} …"):
            path = build_assignment(found, assignment)
        out.print(f"{path.relative_to(found.root)}")
