"""The command `autograder`; its parts are the cli.py of each folder.

Each command imports its work when it runs: nbgrader and its libraries take seconds to import, `--help` need not wait.
"""

from __future__ import annotations

import sys
import warnings

import typer
from rich.markup import escape

from autograder.authoring.cli import app as authoring_app
from autograder.classroom.cli import app as classroom_app
from autograder.console import err
from autograder.course import CourseError
from autograder.data.cli import app as data_app
from autograder.proving.cli import app as proving_app
from autograder.reporting.cli import app as reporting_app
from autograder.submissions.cli import app as submissions_app

app = typer.Typer(
    help="Build, check and grade the course's assignments.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    add_completion=False,
)
for commands in (authoring_app, proving_app, classroom_app, submissions_app, reporting_app):
    app.add_typer(commands)
app.add_typer(data_app, name="data")


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
