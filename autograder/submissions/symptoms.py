"""Look for problems in a notebook's cells, with one function for each kind of problem.

A released cell carries the checksum of its released text. So a cell that differs from today's release was edited if
its checksum is today's; otherwise it is from another release.
"""

from __future__ import annotations

import ast
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from nbformat import NotebookNode
from nbgrader.utils import is_grade, is_locked, is_solution

from autograder.course import Course
from autograder.limits import Limits
from autograder.submissions.opening import Opened
from autograder.submissions.releases import earlier_release
from autograder.submissions.restore import STOPPING_TAGS, grade_id
from autograder.submissions.submission import syntax_error

NAMED = 4  # cells that a sentence names; it only counts the others

# Code that works on Colab only: submissions are graded without Google and without network.
_COLAB = (
    (re.compile(r"^\s*(from|import)\s+google\.colab"), "uses google.colab, which exists on Colab only"),
    (re.compile(r"\bdrive\.mount\("), "mounts Google Drive, which exists on Colab only"),
    (re.compile(r"""["']/content/"""), "names /content/, a folder that exists on Colab only"),
    (re.compile(r"^\s*[!%]\s*(pip3?|conda|apt|apt-get|wget|curl|git)\b"), "needs the network, and grading has none"),
)


@dataclass(frozen=True)
class Problem:
    """Something that is wrong with a submission."""

    sentence: str
    mended: bool = False  # whether the repaired copy no longer has it


@dataclass
class Patient:
    """A notebook under examination; wrong grade ids of its cells are corrected on the way."""

    course: Course
    assignment: str
    limits: Limits
    opened: Opened
    reference: NotebookNode
    problems: list[Problem] = field(default_factory=list)

    @cached_property
    def cells(self) -> list[NotebookNode]:
        return list(self.opened.notebook.cells)

    @cached_property
    def released(self) -> dict[str, NotebookNode]:
        """The release's cells that have a grade id."""
        return {name: cell for cell in self.reference.cells if (name := grade_id(cell))}

    def say(self, sentence: str, *, mended: bool = False) -> None:
        self.problems.append(Problem(sentence, mended))

    def metadata(self, number: int) -> dict[str, Any]:
        metadata = self.opened.raw["cells"][number].get("metadata")
        return metadata if isinstance(metadata, dict) else {}

    def nbgrader(self, number: int) -> dict[str, Any]:
        nbgrader = self.metadata(number).get("nbgrader")
        return nbgrader if isinstance(nbgrader, dict) else {}

    def name(self, number: int) -> str:
        """How a sentence calls the cell at `number`, counted from 0."""
        known = grade_id(self.cells[number])
        return known if known in self.released else f"number {number + 1}"


def _look_at_opening(patient: Patient) -> None:
    for problem in patient.opened.problems:
        patient.say(problem, mended=True)


def _look_at_size(patient: Patient) -> None:
    size, limits = patient.opened.size / 1e6, patient.limits
    if size > limits.submission_mb:
        outputs = sum(len(json.dumps(cell.get("outputs", []))) for cell in patient.opened.raw["cells"]) / 1e6
        small = size - outputs < limits.submission_mb
        why = f", {outputs:.0f} MB of it outputs, which grading makes again" if small else ""
        patient.say(f"It has {size:.0f} MB{why}; at most {limits.submission_mb:g} MB are graded.", mended=small)


def _look_at_kernel(patient: Patient) -> None:
    metadata = patient.opened.raw.get("metadata")
    spec = metadata.get("kernelspec") if isinstance(metadata, dict) else None
    language = spec.get("language", "python") if isinstance(spec, dict) else "python"
    if str(language).lower() != "python":
        patient.say(f"It was run with {shown(language)}, not with Python.", mended=True)


def _look_at_grade_ids(patient: Patient) -> None:
    """Cells that are missing, duplicated, renamed, or have a grade id that the release does not have."""
    for number, cell in enumerate(patient.cells):
        own = grade_id(cell)
        if own is not None and own not in patient.released:
            patient.say(
                f"Cell {number + 1} has the grade id {shown(own)}, which this assignment does not use.", mended=True
            )
    ids = Counter(grade_id(cell) for cell in patient.cells)
    for name, cell in patient.released.items():
        if not ids[name]:
            _look_for(patient, name, cell)
        elif ids[name] > 1:
            _choose(patient, name, cell)
    for number, cell in enumerate(patient.cells):
        name, nbgrader = grade_id(cell) or "", patient.nbgrader(number)
        if name in patient.released:
            wanted = patient.released[name]
            if cell.cell_type != wanted.cell_type:
                patient.say(f"The cell {name} is {cell.cell_type} instead of {wanted.cell_type}.", mended=True)
            points, due = nbgrader.get("points"), wanted.metadata.nbgrader.get("points")
            if due is not None and points is not None and points != due and not _of_another_release(patient, number):
                patient.say(f"The cell {name} claims {shown(points)} points instead of {due:g}.", mended=True)
        tags = patient.metadata(number).get("tags")
        if isinstance(tags, list) and any(tag in STOPPING_TAGS for tag in tags if isinstance(tag, str)):
            patient.say(f"The cell {patient.name(number)} has a tag that keeps it from running.", mended=True)


def _look_for(patient: Patient, name: str, wanted: NotebookNode) -> None:
    """Find a cell that may have lost its grade id, or say that it is missing."""
    for number, cell in reversed(list(enumerate(patient.cells))):
        if grade_id(cell) not in patient.released and _could_be(cell, name, wanted):
            cell.metadata["nbgrader"] = {"grade_id": name}
            patient.say(f"Cell {number + 1} is {name}, but has lost its grade id.", mended=True)
            return
    if is_solution(wanted) and not is_grade(wanted):
        patient.say(f"The answer {name} is missing.")
    else:
        patient.say(f"The cell {name} is missing.", mended=True)


def _could_be(cell: NotebookNode, name: str, wanted: NotebookNode) -> bool:
    if _same(cell.source, wanted.source):
        return True
    return cell.cell_type == "code" and not is_locked(wanted) and is_solution(wanted) and name in _defined(cell.source)


def _choose(patient: Patient, name: str, wanted: NotebookNode) -> None:
    """Choose among copies of a cell: the last one that was worked on, or else the last one."""
    copies = [cell for cell in patient.cells if grade_id(cell) == name]
    worked_on = [cell for cell in copies if not _same(cell.source, wanted.source)]
    chosen = worked_on[-1] if worked_on and not is_locked(wanted) else copies[-1]
    for cell in copies:
        if cell is not chosen:
            del cell.metadata["nbgrader"]
    counts = "the last one counts" if chosen is copies[-1] else "the last one counts, and it is as it was given out"
    patient.say(f"The cell {name} is there {len(copies)} times; {counts}.", mended=True)


def _look_at_release(patient: Patient) -> None:
    """Cells that differ from today's release: edited by the student, or from another release."""
    edited, other = [], {}
    for number, cell in enumerate(patient.cells):
        name = grade_id(cell)
        if name in patient.released:
            if _of_another_release(patient, number):
                other[name] = str(patient.nbgrader(number)["checksum"])
            elif is_locked(patient.released[name]) and not _same(cell.source, patient.released[name].source):
                edited.append(name)
    for name in edited:
        patient.say(f"The cell {name} was edited; it is graded as it was given out.", mended=True)
    if other:
        version = earlier_release(patient.course, patient.assignment, other)
        when = f", that of {version}" if version else ""
        plural = "have" if len(other) > 1 else "has"
        patient.say(
            f"It was made from another release{when}: {_list(other)} {plural} changed since. It is graded against "
            "today's, which can ask for something else.",
            mended=True,
        )


def _of_another_release(patient: Patient, number: int) -> bool:
    wanted = patient.released[str(grade_id(patient.cells[number]))].metadata.nbgrader.get("checksum")
    own = patient.nbgrader(number).get("checksum")
    return isinstance(own, str) and wanted is not None and own != wanted


def _look_at_order(patient: Patient) -> None:
    """Cells in another order than in the release, and cells that did not run from top to bottom."""
    place = {name: number for number, name in enumerate(patient.released)}
    latest, moved = "", []
    for cell in patient.cells:
        name = grade_id(cell) or ""
        if name in place:
            if latest and place[name] < place[latest]:
                moved.append(f"{name} is below {latest}")
            else:
                latest = name
    if moved:
        patient.say(f"Cells were moved: {_list(moved)}. They run in the notebook's order.")
    counts = [
        (number, count)
        for number, cell in enumerate(patient.opened.raw["cells"])
        if isinstance(count := cell.get("execution_count"), int) and cell.get("cell_type") == "code"
    ]
    for (above, earlier), (below, later) in zip(counts, counts[1:], strict=False):
        if later < earlier:
            patient.say(
                f"It did not run from top to bottom: the cell {patient.name(below)} ran before "
                f"{patient.name(above)}, which is above it. The graded run may differ from what the student saw.",
            )
            break
    ran = {number for number, _ in counts}
    tests = [patient.name(n) for n, cell in enumerate(patient.cells) if n not in ran and _is_test(patient, cell)]
    if ran and tests:
        patient.say(f"Tests that the student never ran: {_list(tests)}.")


def _is_test(patient: Patient, cell: NotebookNode) -> bool:
    wanted = patient.released.get(grade_id(cell) or "")
    return wanted is not None and wanted.cell_type == "code" and bool(is_grade(wanted)) and bool(is_locked(wanted))


def _look_at_answers(patient: Patient) -> None:
    answers = [
        cell
        for cell in patient.cells
        if (name := grade_id(cell)) in patient.released and is_solution(patient.released[name])
    ]
    if answers and all(_same(cell.source, patient.released[grade_id(cell) or ""].source) for cell in answers):
        patient.say("Every answer is as it was given out. Was the student's own copy handed in?")


def _look_at_code(patient: Patient) -> None:
    """Code that is not Python, and code that runs on Colab only."""
    for number, cell in enumerate(patient.cells):
        if cell.cell_type != "code":
            continue
        if error := syntax_error(cell.source):
            patient.say(f"The cell {patient.name(number)} is not Python: {error}.")
        seen = set()
        for line, text in enumerate(cell.source.splitlines(), start=1):
            for pattern, what in _COLAB:
                if pattern.search(text) and what not in seen:
                    seen.add(what)
                    patient.say(f"The cell {patient.name(number)} {what} (its line {line}).")


def _same(one: str, other: str) -> bool:
    """Whether two texts are the same but for white space at the ends of lines."""
    return [line.rstrip() for line in one.strip().splitlines()] == [
        line.rstrip() for line in other.strip().splitlines()
    ]


def _defined(source: str) -> list[str]:
    """The names that a cell's top level defines, as far as it is Python."""
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        found = re.search(r"^(?:def|class)\s+(\w+)", source, re.MULTILINE)
        return [found[1]] if found else []
    names = []
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.append(node.name)
        elif isinstance(node, ast.Assign):
            names += [target.id for target in node.targets if isinstance(target, ast.Name)]
    return names


def _list(names: Iterable[str]) -> str:
    names = list(names)
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def shown(said: object, most: int = 60) -> str:
    """Text that a student wrote, for a sentence on a terminal: short, and without control characters."""
    text = "".join(character if character.isprintable() else "?" for character in str(said)[: most + 1])
    return text if len(text) <= most else f"{text[:most]}…"


LOOKS: tuple[Callable[[Patient], None], ...] = (
    _look_at_opening,
    _look_at_size,
    _look_at_kernel,
    _look_at_grade_ids,  # corrects grade ids, which the next ones rely on
    _look_at_release,
    _look_at_order,
    _look_at_answers,
    _look_at_code,
)
