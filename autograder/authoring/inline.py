"""Put the text of shared definitions into a notebook in place of `from solutions.setup import …`.

1. `solutions/setup.py` is read by its syntax tree, never imported, to find what each statement defines and uses.
2. The import at the head of a cell is replaced by the definitions that it names and all that these use: their own text,
   with comments, in the file's order. Definitions that an earlier cell has are not repeated.
3. The imports that these definitions need are merged into the cell's own, in the order that isort would give them.
4. If a student would get another definition than the author saw, that is an error with file and line.

Cells tagged `author` are left out: they help a notebook that runs in the course's own folder.
"""

from __future__ import annotations

import ast
import dataclasses
import difflib
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.cells import AUTHOR, Cell
from autograder.course import CourseError
from autograder.source import globals_in

SETUP = "solutions.setup"
LINE_LENGTH = 120


@dataclass(frozen=True)
class Import:
    """One name that an import statement binds: `import module` (no name) or `from module import name`."""

    module: str
    name: str | None = None
    alias: str | None = None

    @property
    def bound(self) -> str:
        return self.alias or self.name or self.module.partition(".")[0]

    @property
    def written(self) -> str:
        return (self.name or self.module) + (f" as {self.alias}" if self.alias else "")


@dataclass(frozen=True)
class Definition:
    """A statement of setup.py that defines names."""

    names: tuple[str, ...]
    text: str  # its lines as they are in the file, with the comment lines right above
    uses: frozenset[str]
    is_block: bool  # a function or class: two blank lines around it
    blank_lines: int  # above it in the file


def inlined(cells: Sequence[Cell], notebook: Path, setup: Path) -> list[Cell]:
    """The cells of a student's notebook; `notebook` and `setup` are the files of the cells and the definitions.

    Raises CourseError, with file and line, where a definition cannot be found or would be replaced by another.
    """
    shown = [cell for cell in cells if AUTHOR not in cell.tags]
    asked = {index: names for index, cell in enumerate(shown) if (names := _names_asked_for(cell, notebook))}
    if not asked:
        return shown
    file = _SetupFile(setup)
    for index, names in asked.items():
        file.refuse_unknown(names, f"{notebook}:{shown[index].line}")
    _refuse_clashes(shown, notebook, file, file.closure(name for names in asked.values() for name in names))
    done: set[str] = set()
    imported: set[Import] = set()
    result = []
    for index, cell in enumerate(shown):
        needed = file.closure(asked.get(index, ())) - done
        result.append(_with_definitions(cell, file, needed, imported) if index in asked else cell)
        done |= needed
        if cell.cell_type == "code":
            imported.update(_imports(ast.parse(result[-1].source).body))
    return result


def _names_asked_for(cell: Cell, notebook: Path) -> list[str]:
    """The names that the cell imports from setup.py. Raises CourseError for any other import from the course."""
    if cell.cell_type != "code":
        return []
    tree = ast.parse(cell.source)
    head = _head(tree)
    names = []
    for node in ast.walk(tree):
        modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        modules += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if not any(module.partition(".")[0] == "solutions" for module in modules):
            continue
        assert isinstance(node, (ast.Import, ast.ImportFrom))
        plain = all(alias.asname is None and alias.name != "*" for alias in node.names)
        if modules != [SETUP] or not isinstance(node, ast.ImportFrom) or not plain or node not in head:
            raise CourseError(
                f"{notebook}:{cell.line + node.lineno}: A student's notebook has no module {modules[0]}. Write "
                f"`from {SETUP} import name` among the imports at the head of a cell: the builder puts the "
                "definition in its place."
            )
        names += [alias.name for alias in node.names]
    if names and any("###" in line for line in cell.source.splitlines()[: head[-1].end_lineno]):
        raise CourseError(f"{notebook}:{cell.line}: Write `from {SETUP} import …` into a cell without a region.")
    return names


def _head(tree: ast.Module) -> list[ast.stmt]:
    """The import statements that the cell begins with."""
    head: list[ast.stmt] = []
    for statement in tree.body:
        if not isinstance(statement, (ast.Import, ast.ImportFrom)):
            break
        head.append(statement)
    return head


class _SetupFile:
    """The definitions in setup.py."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            text = path.read_text(encoding="utf-8")
            body = ast.parse(text).body
        except (OSError, SyntaxError, ValueError) as error:
            raise CourseError(f"{path} cannot be read: {error}.") from None
        self.definitions: list[Definition] = []
        self.named: dict[str, Definition] = {}
        self.imports: list[Import] = []
        for statement in body[ast.get_docstring(ast.Module(body, [])) is not None :]:
            if isinstance(statement, (ast.Import, ast.ImportFrom)):
                self.imports += _imports([statement])
                continue
            definition = _definition(statement, text.splitlines())
            if not definition.names:
                raise CourseError(
                    f"{path}:{statement.lineno}: This file may hold imports, constants, functions and classes only: "
                    "notebooks take them one by one."
                )
            for name in definition.names:
                if name in self.named:
                    raise CourseError(f"{path}:{statement.lineno}: {name} is defined twice in this file.")
                self.named[name] = definition
            self.definitions.append(definition)

    def refuse_unknown(self, names: Iterable[str], where: str) -> None:
        for name in names:
            if name not in self.named:
                near = difflib.get_close_matches(name, self.named, n=1)
                question = f" Did you mean {near[0]}?" if near else ""
                raise CourseError(f"{where}: {self.path} defines no {name!r}.{question}")

    def closure(self, names: Iterable[str]) -> set[str]:
        """The names, all names that their definitions use, and all names defined by the same statements."""
        found: set[str] = set()
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                if definition := self.named.get(name):
                    known = {*self.named, *(one.bound for one in self.imports)}
                    waiting += [*definition.names, *(definition.uses & known)]
        return found


def _definition(statement: ast.stmt, lines: Sequence[str]) -> Definition:
    assert statement.end_lineno is not None
    is_block = isinstance(statement, (ast.FunctionDef, ast.ClassDef))
    names: tuple[str, ...] = ()
    if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
        names = (statement.name,)
    elif isinstance(statement, (ast.Assign, ast.AnnAssign)):
        names = tuple(name for name, _ in _bindings([statement]))
    decorators = statement.decorator_list if isinstance(statement, (ast.FunctionDef, ast.ClassDef)) else []
    begin = min([statement.lineno, *(node.lineno for node in decorators)]) - 1
    while begin and lines[begin - 1].startswith("#"):
        begin -= 1
    above = begin
    while above and not lines[above - 1].strip():
        above -= 1
    text = "\n".join(lines[begin : statement.end_lineno])
    return Definition(names, text, frozenset(globals_in(text)), is_block, begin - above)


def _imports(statements: Iterable[ast.stmt]) -> Iterator[Import]:
    for statement in statements:
        if isinstance(statement, ast.Import):
            yield from (Import(alias.name, None, alias.asname) for alias in statement.names)
        elif isinstance(statement, ast.ImportFrom):
            yield from (Import(statement.module or ".", alias.name, alias.asname) for alias in statement.names)


def _bindings(statements: Iterable[ast.stmt]) -> Iterator[tuple[str, ast.AST]]:
    """The names that the statements bind in their module, each with the node that does."""
    nodes: list[ast.AST] = list(statements)
    while nodes:
        node = nodes.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name, node
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from ((one.bound, node) for one in _imports([node]))
        elif not isinstance(node, (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                yield node.id, node
            nodes += ast.iter_child_nodes(node)


def _refuse_clashes(cells: Sequence[Cell], notebook: Path, file: _SetupFile, needed: set[str]) -> None:
    """Raises CourseError where the notebook gives another meaning to a name that it takes, or needs, from setup.py."""
    for cell in cells:
        if cell.cell_type != "code":
            continue
        for name, node in _bindings(ast.parse(cell.source).body):
            if name not in needed:
                continue
            if isinstance(node, ast.ImportFrom) and node.module == SETUP:
                continue
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                here = [one for one in _imports([node]) if one.bound == name]
                if name not in file.named and all(one in file.imports for one in here):
                    continue
            assert isinstance(node, (ast.stmt, ast.expr))
            raise CourseError(
                f"{notebook}:{cell.line + node.lineno}: {name} gets a new meaning here, but what this notebook takes "
                f"from {file.path.name} defines or uses {name}, too. Choose another name."
            )


def _with_definitions(cell: Cell, file: _SetupFile, needed: set[str], imported: set[Import]) -> Cell:
    """The cell with the needed definitions in place of its import; `imported` is what earlier cells import."""
    lines = cell.source.splitlines()
    head = _head(ast.parse(cell.source))
    first, last = head[0].lineno - 1, head[-1].end_lineno
    new = [one for one in file.imports if one.bound in needed and one not in imported]
    imports = _merged(head, lines, new)
    result = [*lines[:first], *imports]
    previous = None
    for definition in file.definitions:
        if needed.intersection(definition.names):
            result += [""] * _blank_lines(previous, definition, below_imports=bool(imports))
            result += definition.text.split("\n")
            previous = definition
    rest = lines[last:]
    blank_lines = next((number for number, line in enumerate(rest) if line.strip()), len(rest))
    if rest[blank_lines:]:
        below_block = previous is not None and previous.is_block
        result += [""] * max(blank_lines, 2 if below_block else 0) + rest[blank_lines:]
    shift = len(result) - len(lines)
    tests = tuple(dataclasses.replace(test, end=test.end + shift) for test in cell.tests)
    return dataclasses.replace(cell, source="\n".join(result), tests=tests)


def _blank_lines(previous: Definition | None, definition: Definition, *, below_imports: bool) -> int:
    """How many blank lines go above a definition."""
    if previous is None:
        return 0 if not below_imports else 2 if definition.is_block else 1
    return 2 if previous.is_block or definition.is_block else definition.blank_lines


def _merged(head: Sequence[ast.stmt], lines: Sequence[str], new: Sequence[Import]) -> list[str]:
    """The lines of a cell's imports and new ones, in isort's order, without the import from setup.py."""
    statements: list[tuple[list[Import], str]] = []  # with the text of those that stay as they are
    previous = head[0].lineno - 1
    for statement in head:
        text = "\n".join(line for line in lines[previous : statement.end_lineno] if line.strip())
        previous = statement.end_lineno or previous
        if not (isinstance(statement, ast.ImportFrom) and statement.module == SETUP):
            statements.append((list(_imports([statement])), text))
    there = {one for names, _ in statements for one in names}
    for one in new:
        if one in there:
            continue
        for place, (names, text) in enumerate(statements):
            if one.name and names[0].name and names[0].module == one.module and "#" not in text:
                statements[place] = ([*names, one], "")
                break
        else:
            statements.append(([one], ""))
    result: list[str] = []
    section = None
    for names, text in sorted(statements, key=lambda statement: _import_order(statement[0][0])):
        if section not in (None, _import_order(names[0])[0]):
            result.append("")
        section = _import_order(names[0])[0]
        result += (text or _import_text(names)).split("\n")
    return result


def _import_order(one: Import) -> tuple[bool, bool, str]:
    """Python's own modules first; `import a` before `from a import b`; by the alphabet."""
    third_party = one.module.partition(".")[0] not in sys.stdlib_module_names
    return third_party, one.name is not None, one.module.lower()


def _import_text(names: Sequence[Import]) -> str:
    def order(one: Import) -> tuple[int, str]:  # constants, classes, functions
        name = one.name or ""
        return (0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2), name.lower()

    if names[0].name is None:
        return f"import {names[0].written}"
    written = [one.written for one in sorted(names, key=order)]
    line = f"from {names[0].module} import {', '.join(written)}"
    if len(line) <= LINE_LENGTH:
        return line
    return f"from {names[0].module} import (\n" + "".join(f"    {one},\n" for one in written) + ")"
