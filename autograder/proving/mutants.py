"""The second tier of strength: the reference is changed in one small place at a time, and the questions must notice.

1. mutmut's operators change what stands between `### BEGIN SOLUTION` and `### END SOLUTION`: a number, a comparison,
   an argument left out. What an error says and what a type is called are left alone: no test may mind them.
2. `trials.py` tries each mutant.
3. A mutant that no question notices is written down in the assignment's `equivalents.toml`, with the reason why it is
   as right as the reference or is accepted all the same; or it is a survivor: the questions miss something.
"""

from __future__ import annotations

import ast
import contextlib
import tomllib
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation.mutators import mutation_operators

from autograder.cells import Cell, read_cells, solution_lines
from autograder.course import Course, CourseError
from autograder.proving.trials import Mutant, Trial


@dataclass(frozen=True)
class Equivalent:
    """A mutant that the tests need not notice, and why."""

    exercise: str
    original: str
    mutated: str
    reason: str

    def describes(self, mutant: Mutant) -> bool:
        return (self.exercise, self.original, self.mutated) == (mutant.exercise, mutant.original, mutant.mutated)


@dataclass(frozen=True)
class AssignmentMutants:
    """An assignment's mutants, counted. The sentences in `survivors` and `not_equivalent` name what is to be done."""

    mutants: int
    equivalent: int
    killed_by_questions: int
    killed_by_visible: int
    survivors: list[str]
    not_equivalent: list[str]

    @property
    def sound(self) -> bool:
        return not self.survivors and not self.not_equivalent


def find_mutants(course: Course, assignment: str) -> list[Mutant]:
    """Every mutant of the assignment's graded references, in the order of the notebook."""
    path = course.solution(assignment)
    cells = read_cells(path)
    # What is scored by a number has no tests that could notice anything.
    tested = {cell.exercise: cell for cell in cells if cell.tests}
    return [
        mutant
        for cell in cells
        if cell.cell_type == "code" and cell.grade_id in tested
        for mutant in _mutants(str(path.relative_to(course.root)), cell, tested[cell.grade_id])
    ]


def read_equivalents(course: Course, assignment: str, mutants: Sequence[Mutant]) -> list[Equivalent]:
    """What the assignment's `equivalents.toml` says. Raises CourseError where an entry describes no mutant.

    The file has tables `[[exercise]]`: the reference's `line`, what it is in some `mutants`, and the `reason`.
    """
    path = course.equivalents(assignment)
    if not path.is_file():
        return []
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
        entries = [
            Equivalent(exercise, entry["line"], mutated, entry["reason"])
            for exercise, group in tables.items()
            for entry in group
            for mutated in entry["mutants"]
        ]
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise CourseError(
            f"{path} cannot be read: {type(error).__name__}: {error}. An entry is a table [[exercise]] with line, "
            "mutants and reason."
        ) from None
    for entry in entries:
        where = f"{path}: the entry of {entry.exercise} that {entry.original!r} became {entry.mutated!r}"
        if not entry.reason.strip():
            raise CourseError(f"{where} needs a reason.")
        if not any(map(entry.describes, mutants)):
            raise CourseError(f"{where} describes no mutant. Has the reference changed? Mend it, or take it out.")
    return entries


def count(trials: Sequence[Trial], equivalents: Sequence[Equivalent]) -> AssignmentMutants:
    """Count what became of the mutants; an equivalent that a question notices is refused."""
    unnoticed = [trial for trial in trials if trial.questions is None]
    survivors = [t for t in unnoticed if not any(entry.describes(t.mutant) for entry in equivalents)]
    refused = []
    for entry in equivalents:
        described = [trial for trial in trials if entry.describes(trial.mutant)]
        if described and all(trial.questions for trial in described):
            refused.append(f"{described[0].mutant} is no equivalent: {described[0].questions} notices. Take it out.")
    return AssignmentMutants(
        mutants=len(trials),
        equivalent=len(unnoticed) - len(survivors),
        killed_by_questions=len(trials) - len(unnoticed),
        killed_by_visible=sum(trial.visible is not None for trial in trials),
        survivors=[f"{trial.mutant}; no question notices." for trial in survivors],
        not_equivalent=refused,
    )


def _mutants(file: str, cell: Cell, tests: Cell) -> Iterator[Mutant]:
    visible = tuple(test.name for test in tests.tests if not test.hidden)
    wrapper = MetadataWrapper(cst.parse_module(cell.source))
    finder = _Finder(solution_lines(cell))
    wrapper.visit(finder)
    seen = {_meaning(cell.source)}
    for node, replacement in finder.found:
        changed = wrapper.module.deep_replace(node, replacement)
        assert isinstance(changed, cst.Module)
        source = changed.code
        meaning = _meaning(source)
        if meaning is not None and meaning not in seen:
            seen.add(meaning)
            first, original, mutated = _difference(cell.source, source)
            place = f"{file}:{cell.line + first + 1}"
            yield Mutant(cell.grade_id or "", place, original, mutated, source, visible)


class _Finder(cst.CSTVisitor):
    """What mutmut's operators make of the nodes that lie within the lines."""

    METADATA_DEPENDENCIES = (PositionProvider,)

    def __init__(self, lines: set[int]) -> None:
        super().__init__()
        self.lines = lines
        self.found: list[tuple[cst.CSTNode, cst.CSTNode]] = []

    def on_visit(self, node: cst.CSTNode) -> bool:
        if isinstance(node, (cst.Raise, cst.Annotation)):
            return False
        position: Any = self.get_metadata(PositionProvider, node, None)
        if position and {position.start.line, position.end.line} <= self.lines:
            for kind, operator in mutation_operators:
                if isinstance(node, kind):
                    self.found += [(node, replacement) for replacement in operator(node)]
        return True


def _meaning(source: str) -> str | None:
    """The same for sources that differ in nothing but form; None where it is not Python."""
    with contextlib.suppress(SyntaxError), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "is" with a literal, and such
        compile(source, "<mutant>", "exec")
        return ast.dump(ast.parse(source))
    return None


def _difference(before: str, after: str) -> tuple[int, str, str]:
    """The index of the first line that differs, and all lines from there to the last one that does, stripped."""
    old, new = ([line.strip() for line in text.splitlines()] for text in (before, after))
    least = min(len(old), len(new))
    first = next((i for i in range(least) if old[i] != new[i]), least)
    same_end = next((i for i in range(least - first) if old[-1 - i] != new[-1 - i]), least - first)
    return first, "\n".join(old[first : len(old) - same_end]), "\n".join(new[first : len(new) - same_end])
