"""Read the top-level definitions of a Python file without importing it."""

from __future__ import annotations

import ast
import symtable
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path

from autograder.course import CourseError


class Source:
    """The top-level definitions of a Python file; a missing file has none. Raises CourseError for a file that is not
    Python."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self.text = path.read_text(encoding="utf-8") if path.is_file() else ""
            self.body = ast.parse(self.text).body
        except (OSError, SyntaxError, ValueError) as error:
            raise CourseError(f"{path} cannot be read: {error}.") from None
        self.named = {name: statement for statement in self.body for name in defined_names(statement)}
        self._order = {name: number for number, name in enumerate(self.named)}

    def closure(self, names: Iterable[str]) -> list[str]:
        """The names, and all names of the file that their definitions use, in the file's order. Raises KeyError."""
        found: set[str] = set()
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += [used for used in self._uses[name] if used in self.named]
        return sorted(found, key=self._order.__getitem__)

    def imports(self, names: Iterable[str]) -> list[str]:
        """The import lines of those of the names that come from libraries, one name a line."""
        lines = []
        for name in names:
            statement = self.named[name]
            if not isinstance(statement, (ast.Import, ast.ImportFrom)) or _is_own(statement):
                continue
            for alias in statement.names:
                if (alias.asname or alias.name).partition(".")[0] != name:
                    continue
                one = ast.ImportFrom(statement.module, [alias], 0) if isinstance(statement, ast.ImportFrom) else None
                lines.append(ast.unparse(one or ast.Import([alias])))
        return lines

    def imported(self, names: Iterable[str], module: str) -> list[str]:
        """Those of the names that the file imports from the module."""
        statements = {name: self.named[name] for name in names}
        return [name for name, one in statements.items() if isinstance(one, ast.ImportFrom) and one.module == module]

    @cached_property
    def _uses(self) -> dict[str, set[str]]:
        return {name: globals_used(statement) for name, statement in self.named.items()}


def _is_own(statement: ast.Import | ast.ImportFrom) -> bool:
    module = statement.module or "" if isinstance(statement, ast.ImportFrom) else statement.names[0].name
    return module.partition(".")[0] in ("solutions", "autograder", "__future__")


def defined_names(statement: ast.stmt) -> Iterator[str]:
    """The names that a top-level statement defines."""
    if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
        yield statement.name
    elif isinstance(statement, (ast.Import, ast.ImportFrom)):
        yield from ((alias.asname or alias.name).partition(".")[0] for alias in statement.names)
    elif isinstance(statement, ast.Assign):
        yield from (node.id for target in statement.targets for node in ast.walk(target) if isinstance(node, ast.Name))
    elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name) and statement.value:
        yield statement.target.id


def globals_used(statement: ast.stmt) -> set[str]:
    """The global names that the statement uses, without those in annotations and in decorators of questions."""
    bare = _BareTree().visit(ast.parse(ast.unparse(statement)))
    return globals_in(ast.unparse(ast.fix_missing_locations(bare)))


def globals_in(text: str) -> set[str]:
    """The global names that the text of a definition uses."""

    def used(table: symtable.SymbolTable) -> Iterator[str]:
        for symbol in table.get_symbols():
            if symbol.is_referenced() and (symbol.is_global() or table.get_type() == "module"):
                yield symbol.get_name()
        for inner in table.get_children():
            yield from used(inner)

    return set(used(symtable.symtable(text, "definition", "exec")))


class _BareTree(ast.NodeTransformer):
    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        if node.name.startswith("question_"):  # these only say how an answer is judged
            node.decorator_list = []
        return self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        return ast.copy_location(ast.Assign([node.target], node.value), node) if node.value else ast.Pass()
