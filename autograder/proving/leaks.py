"""Find lines that students are not given in what they are given."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from autograder.authoring.hidden import hidden_tests
from autograder.cells import AUTHOR, HIDDEN, SOLUTION, read_cells
from autograder.course import Course

SHORT = 12  # characters: a shorter line gives nothing away


def leaked_lines(course: Course, assignment: str, released: Any) -> list[str]:
    """Each line that students are not given and that occurs anywhere in `released` (any JSON), as a sentence."""
    lines, public = secret_lines(course, assignment)
    text = squeezed(released)
    return [
        f"{where}: this line is in the students' notebook."
        for line, where in lines.items()
        if line in text and line not in public
    ]


def secret_lines(course: Course, assignment: str) -> tuple[dict[str, str], str]:
    """The lines about an assignment that students are not given, with where each stands, and all that they are given.

    Both without white space. A line that also stands in the visible part of the notebook is no secret; lines too short
    to give anything away are left out. All of setup.py is public. Raises CourseError.
    """
    secret: dict[str, str] = {}
    visible = course.setup.read_text(encoding="utf-8").splitlines() if course.setup.is_file() else []

    def keep(line: str, where: str) -> None:
        if len(_squeeze(line)) >= SHORT and not line.strip().startswith("###"):
            secret.setdefault(_squeeze(line), where)

    solution = course.solution(assignment)
    for cell in read_cells(solution):
        if AUTHOR in cell.tags:
            continue
        end = None
        for number, line in enumerate(cell.source.splitlines(), start=1):
            for begin, finish in (SOLUTION, HIDDEN):
                end = finish if line.strip() == begin else end
            if end is None:
                visible.append(line)
            else:
                keep(line, f"{solution.relative_to(course.root)}:{cell.line + number}")
            end = None if line.strip() == end else end
    room = (course.questions, course.mistakes, course.others, course.equivalents)
    for path in (*(find(assignment) for find in room), course.room(assignment) / "__main__.py"):
        if path.is_file():
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
                keep(line, f"{path.relative_to(course.root)}:{number}")
    for name, hidden in hidden_tests(course, assignment).items():
        for line in "\n".join(hidden).splitlines():
            keep(line, f"the hidden test of {name}")
    return secret, _squeeze("\n".join(visible))


def squeezed(data: Any) -> str:
    """All text in `data` (any JSON), without white space."""
    return _squeeze("\n".join(_strings(data)))


def _squeeze(text: str) -> str:
    return "".join(text.split())


def _strings(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        for key, value in data.items():
            yield from _strings(key)
            yield from _strings(value)
    elif isinstance(data, list):
        # A notebook keeps a cell's lines as a list.
        yield "".join(data) if all(isinstance(item, str) for item in data) else ""
        for item in data:
            yield from _strings(item)
