"""Keep what a check has proved, under a hash of all that it depends on.

What an exercise depends on are definitions: those of its question, of its known answers, of the reference and its
visible tests, and all that these use, in whichever file of the course they stand. Comments and prose are no part of it,
nor is what is not run when a file is imported.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from autograder.cells import Cell, read_cells
from autograder.classroom.machine import environment
from autograder.course import Course
from autograder.edits import EditedAnswer, read_edits
from autograder.files import write_text
from autograder.source import Source, globals_in

_PACKAGE = Path(__file__).parents[1]
Name = tuple[str, str]  # (module, what it defines)


class Kept:
    """What was proved before, and is now. A fault is never kept."""

    def __init__(self, path: Path, *, fresh: bool = False) -> None:
        self._path = path
        self._before: set[str] = set()
        if not fresh:
            with suppress(OSError, ValueError):
                self._before = set(json.loads(path.read_bytes()))
        self._now: set[str] = set()

    def proved(self, claim: str, facts: Any) -> bool:
        """Whether the claim was proved for these facts (any JSON)."""
        key = _key(claim, facts)
        if key in self._before:
            self._now.add(key)
        return key in self._before

    def keep(self, claim: str, facts: Any) -> None:
        """The claim holds for these facts."""
        self._now.add(_key(claim, facts))

    def faults(self, claim: str, facts: Any, find: Callable[[], list[str]]) -> list[str]:
        """What `find` finds, unless the claim was proved before."""
        if self.proved(claim, facts):
            return []
        if not (found := find()):
            self.keep(claim, facts)
        return found

    def write(self) -> None:
        """Write what holds now. What was not looked at is forgotten."""
        write_text(self._path, json.dumps(sorted(self._now)))


def _key(claim: str, facts: Any) -> str:
    content = json.dumps([claim, facts, environment(), _own_code()], default=repr)
    return hashlib.sha256(content.encode()).hexdigest()


@functools.cache
def _own_code() -> str:
    """A hash of this package: whatever checks is a part of each fact."""
    files = sorted(_PACKAGE.rglob("*.py"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


class Definitions:
    """What the files of an assignment define, and what each definition uses."""

    def __init__(self, course: Course, assignment: str) -> None:
        self.assignment = assignment
        room = course.room(assignment)
        paths = {f"solutions.{path.stem}": path for path in sorted(course.setup.parent.glob("*.py"))}
        paths |= {f"solutions.{assignment}.{path.stem}": path for path in sorted(room.glob("*.py"))}
        self.files = {module: Source(path) for module, path in paths.items()}
        edits = read_edits(course.solution(assignment), course.others(assignment), course.mistakes(assignment))
        self.edits: dict[str, EditedAnswer] = {edit.name: edit for edit in edits}
        self.cells: list[Cell] = [cell for cell in read_cells(course.solution(assignment)) if cell.tests]
        self._texts: dict[Name, str] = {}

    def whole(self, module: str) -> str:
        """The module's code, without comments."""
        return ast.dump(ast.Module(self.files[module].body, []))

    @property
    def names(self) -> list[Any]:
        """What stands in the room by name, whatever it is: a name may fit no exercise."""
        own = [module for module in self.files if module.startswith(f"solutions.{self.assignment}.")]
        return [[cell.exercise for cell in self.cells], [[module, list(self.files[module].named)] for module in own]]

    def about(self, cell: Cell) -> list[Any]:
        """All that what is found about the cell's exercise depends on."""
        exercise, room = cell.exercise or "", f"solutions.{self.assignment}"
        wanted = {(f"{room}.notebook", name) for name in (exercise, *(test.name for test in cell.tests))}
        wanted |= {(f"{room}.questions", name) for name in (f"question_{exercise}", "BY_VALUE")}
        for module in (f"{room}.mistakes", f"{room}.others"):
            known = self.files[module].named if module in self.files else ()
            wanted |= {(module, name) for name in known if name.startswith(f"{exercise}__")}
        texts = []
        for edit in (self.edits[name] for _, name in sorted(wanted) if name in self.edits):
            wanted |= {(f"{room}.{edit.home}", name) for name in globals_in(edit.text)}
            texts.append([edit.name, edit.text, edit.message])
        found = sorted(self._closure(wanted))
        asking = self.whole("solutions.asking")  # the checks themselves use what it defines
        return [exercise, cell.points, texts, asking, [[*name, self._text(name)] for name in found]]

    def _closure(self, names: Iterable[Name]) -> set[Name]:
        found: set[Name] = set()
        waiting = [name for name in names if self._defines(name)]
        modules: set[str] = set()
        while waiting:
            name = waiting.pop()
            if name in found:
                continue
            found.add(name)
            new = list(self._used(*name))
            if name[0] not in modules:
                modules.add(name[0])
                new += self._run_when_imported(name[0])
            waiting += [one for one in new if self._defines(one)]
        return found

    def _defines(self, name: Name) -> bool:
        return name[0] in self.files and (name[1] == "" or name[1] in self.files[name[0]].named)

    def _used(self, module: str, name: str) -> Iterator[Name]:
        if name == "":  # what the file does besides defining
            for statement in self._effects(module):
                yield from ((module, used) for used in globals_in(ast.unparse(statement)))
            return
        statement = self.files[module].named[name]
        if isinstance(statement, ast.ImportFrom):
            for alias in statement.names:
                if (alias.asname or alias.name) == name:
                    yield statement.module or "", alias.name
                    whole = f"{statement.module}.{alias.name}"
                    yield from ((whole, one) for one in (self.files[whole].named if whole in self.files else ()))
        elif isinstance(statement, ast.Import):
            for whole in (alias.name for alias in statement.names if alias.name in self.files):
                yield from ((whole, one) for one in self.files[whole].named)
        else:
            yield from ((module, used) for used in globals_in(ast.unparse(statement)))

    def _run_when_imported(self, module: str) -> list[Name]:
        return [(module, "")] if self._effects(module) else []

    def _effects(self, module: str) -> list[ast.stmt]:
        """Statements of the file that define nothing, but for experiments and texts."""
        defining = (ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign)
        return [
            one
            for one in self.files[module].body
            if not isinstance(one, defining)
            and not (isinstance(one, ast.If) and ast.unparse(one.test) == "EXPERIMENT" and not one.orelse)
            and not (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))
        ]

    def _text(self, name: Name) -> str:
        if name not in self._texts:
            module, defined = name
            statements = [self.files[module].named[defined]] if defined else self._effects(module)
            self._texts[name] = "\n".join(map(ast.dump, statements))
        return self._texts[name]
