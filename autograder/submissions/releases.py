"""Find out which release a notebook comes from: the assignment and the version."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping

import nbformat
from nbformat import NotebookNode

from autograder.course import Course, CourseError
from autograder.submissions.restore import grade_id

REVISIONS = 50  # how far back git's history is searched
LONG = 40  # characters; two notebooks may share a shorter text by chance


def release(course: Course, assignment: str) -> NotebookNode:
    """The students' notebook as it is given out today. Raises CourseError if there is none."""
    path = course.release(assignment)
    try:
        return nbformat.read(path, as_version=4)
    except FileNotFoundError:
        raise CourseError(f"{path} is missing. Make it with `autograder build {assignment}`.") from None


def guess(course: Course, notebook: NotebookNode, expected: str | None = None) -> str | None:
    """The assignment whose release shares most cells with the notebook, `expected` if it is one of several.

    None if no release shares any. Raises CourseError if nothing was built yet.
    """
    built = [assignment for assignment in course.assignments if course.release(assignment).is_file()]
    if not built:
        raise CourseError(f"{course.root / 'assignments'} holds no release. Make them with `autograder build`.")
    ids = {grade_id(cell) for cell in notebook.cells} - {None}
    texts = {cell.source.strip() for cell in notebook.cells if len(cell.source) > LONG}

    def shared(assignment: str) -> int:
        cells = release(course, assignment).cells
        return sum(grade_id(cell) in ids or cell.source.strip() in texts for cell in cells)

    counts = {assignment: shared(assignment) for assignment in built}
    best = max(counts, key=lambda assignment: (counts[assignment], assignment == expected))
    return best if counts[best] else None


def earlier_release(course: Course, assignment: str, checksums: Mapping[str, str]) -> str | None:
    """The latest release in git's history whose cells (by grade id) have these checksums, as "day (commit)"."""
    for version, text in _history(course, assignment):
        try:
            cells = json.loads(text)["cells"]
            recorded = {c["metadata"]["nbgrader"]["grade_id"]: c["metadata"]["nbgrader"]["checksum"] for c in cells
                        if "checksum" in c["metadata"].get("nbgrader", {})}  # fmt: skip
        except (ValueError, KeyError, TypeError):
            continue
        if all(recorded.get(name) == checksum for name, checksum in checksums.items()):
            return version
    return None


def _history(course: Course, assignment: str) -> Iterator[tuple[str, str]]:
    """("day (commit)", text) of the release's versions in git, the latest first; none where there is no git."""
    path = course.release(assignment).relative_to(course.root).as_posix()
    for line in _git(course, "log", f"-{REVISIONS}", "--format=%h %cs", "--", path).splitlines():
        commit, _, day = line.partition(" ")
        yield f"{day} ({commit})", _git(course, "show", f"{commit}:./{path}")


def _git(course: Course, *arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=course.root, capture_output=True, text=True, encoding="utf-8", errors="replace"
        )
    except OSError:
        return ""
    return done.stdout if done.returncode == 0 else ""
