"""Say what is wrong with a submission, and make a repaired copy of it.

A submission is compared with the release, which is all that students have: neither a sentence nor a repaired copy can
contain anything of a hidden test.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder.course import Course, CourseError
from autograder.submissions.opening import open_notebook
from autograder.submissions.releases import guess, release
from autograder.submissions.restore import restore_to
from autograder.submissions.submission import NotANotebook
from autograder.submissions.symptoms import LOOKS, Patient, Problem, shown


@dataclass(frozen=True)
class Checkup:
    """What is wrong with a file that was handed in."""

    path: Path
    assignment: str | None  # None where the file is no assignment's
    problems: tuple[Problem, ...] = ()
    repaired: NotebookNode | None = None  # a copy without what can be mended; None where it would be no better


def examine(course: Course, path: Path, assignment: str | None = None) -> Checkup:
    """Say what is wrong with the notebook at `path`, handed in for `assignment` (None: as its name or cells say).

    Raises CourseError only if the course is at fault, for example if nothing was built yet.
    """
    named = (path.stem, path.absolute().parent.name)
    expected = assignment or next((a for a in course.assignments for name in named if name.startswith(a)), None)
    limits = course.limits(expected or "")
    try:
        opened = open_notebook(path, limits)
    except NotANotebook as error:
        return Checkup(path, expected, (Problem(shown(str(error), 500)),))
    found = guess(course, opened.notebook, expected)
    if found is None:
        known = ", ".join([expected] if expected else course.assignments)
        return Checkup(path, None, (Problem(f"It has no cell of {known}. Ask for the notebook that was given out."),))
    if expected and found != expected:
        said = f"It is a notebook of {found}, not of {expected}. Ask for {expected}, or hand it in as {found}."
        return Checkup(path, found, (Problem(said),))
    patient = Patient(course, found, limits, opened, release(course, found))
    for look in LOOKS:
        look(patient)
    mended = any(problem.mended for problem in patient.problems)
    repaired = restore_to(opened.notebook, patient.reference) if mended else None
    return Checkup(path, found, tuple(patient.problems), repaired)


def write_repaired(checkup: Checkup) -> Path:
    """Write the repaired copy next to the original. Raises CourseError if a file of that name exists."""
    path = checkup.path.with_name(f"{checkup.path.stem}-repaired.ipynb")
    try:
        with path.open("x", encoding="utf-8", errors="replace") as file:
            file.write(nbformat.writes(checkup.repaired) + "\n")
    except FileExistsError:
        raise CourseError(f"{path} already exists and was not changed. Move it away and try again.") from None
    return path
