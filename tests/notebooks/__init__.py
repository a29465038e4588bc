"""The students' notebooks where students run them: on Colab's versions and in JupyterLab, `make colab` and `make lab`.

Commands, not tests: they take minutes, a browser, or gigabytes.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode

from autograder.authoring.build import build
from autograder.course import Course
from tests.classes import Pieces, copied_course
from tests.conftest import REPOSITORY

KINDS = ("blank", "solved")


@dataclass(frozen=True)
class Request:
    """What the command line asks for."""

    course: Course
    assignments: list[str]
    experiments: bool
    seconds: int

    @classmethod
    def read(cls, description: str | None, *, seconds: int, of: str) -> Request:
        """`seconds` is how long each `of` may take unless something else is asked for."""
        parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
        parser.add_argument("assignments", nargs="*", help="a1, a1_convolution, …; all if none is named")
        parser.add_argument("--experiments", action="store_true", help="download, train and draw as for students")
        parser.add_argument("--seconds", type=int, default=seconds, help=f"that {of} may take ({seconds})")
        args = parser.parse_args()
        course = Course.at(REPOSITORY)
        assignments = [course.assignment(name) for name in args.assignments] or course.assignments
        return cls(course, assignments, args.experiments, args.seconds)


@contextmanager
def students_notebooks(course: Course, assignments: list[str]) -> Iterator[dict[tuple[str, str], NotebookNode]]:
    """Each assignment's notebook, as given out and as solved by the reference: (assignment, kind) to notebook."""
    with tempfile.TemporaryDirectory() as folder:
        scratch = copied_course(course, Path(folder))
        found = {}
        for assignment in assignments:
            build(scratch, assignment)
            pieces = Pieces(scratch, assignment)
            found[assignment, "blank"], found[assignment, "solved"] = pieces.blank(), pieces.solved()
        yield found


def environment(*, experiments: bool) -> dict[str, str]:
    """For notebooks that train and draw, or, as while grading, do not."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("NBGRADER", "JUPYTER"))}
    return env if experiments else env | {"NBGRADER_EXECUTION": "visible"}


def faults(notebook: NotebookNode, kind: str) -> list[str]:
    """What a student must not see: an error outside of a test, or, where all is solved, any; and no verdict."""
    found = []
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type != "code":
            continue
        nbgrader = cell.metadata.get("nbgrader", {})
        is_test = nbgrader.get("grade") and not nbgrader.get("solution")
        name = nbgrader.get("grade_id") or f"number {number}"
        errors = [f"{output.ename}: {output.evalue}" for output in cell.outputs if output.output_type == "error"]
        if errors and (kind == "solved" or not is_test):
            found.append(f"The cell {name} has an error: {errors[0][:200]}")
        if cell.source.strip() and not cell.get("execution_count"):
            found.append(f"The cell {name} was not run.")
    return found


def tell(assignment: str, kind: str, notebook: NotebookNode) -> int:
    """Print what is wrong with a notebook that was run; returns how much that is."""
    wrong = faults(notebook, kind)
    more = f" And {len(wrong) - 3} more." if len(wrong) > 3 else ""
    print(f"{assignment}, {kind}: {' '.join(wrong[:3]) or 'as it should be'}{more}")
    return len(wrong)
