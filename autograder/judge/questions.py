"""What an assignment's answers are to be asked, taken from its probe file without importing it.

The file is cut in two by its syntax tree. The *program* is what a kernel is given: the probes, `ask`, and what these
use. What a judge needs, tolerances and predicates, stays with the judge. Wrong answers and references are in neither.
"""

from __future__ import annotations

import ast
import functools
import symtable
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeGuard

from autograder.course import CourseError

_INTERVIEWER = Path(__file__).with_name("interviewer.py")
_CONTRACT = "solutions.probes"
_FUTURE = "from __future__ import annotations"
_OWN = ("solutions", "autograder", "tests")  # what no kernel has


@dataclass(frozen=True)
class Question:
    """How the data of one exercise are judged: within a tolerance of the reference's, or by a predicate.

    `predicate` names a function of `Questions.predicates`. An exercise without a probe is asked for its value, which
    must be the reference's letter or number (`by_value`).
    """

    exercise: str
    rtol: float = 0.0
    atol: float = 0.0
    predicate: str | None = None
    by_value: bool = False


@dataclass(frozen=True)
class Questions:
    """All questions of an assignment. Plain data, which a worker on any machine can use.

    `program` is for a kernel: run there, it defines `run_steps`; `predicates` is for the judge alone. `of_cell` maps
    the grade ids of grade cells to the exercises that these test. `scores` are the exercises whose points the judge
    counts from predictions, with `sealing`, which is for it alone, too.
    """

    program: str
    predicates: str
    questions: tuple[Question, ...]
    of_cell: tuple[tuple[str, str], ...]
    scores: tuple[str, ...] = ()
    sealing: str = ""

    def about(self, grade_id: str) -> Question | None:
        """What the exercise that the grade cell tests is asked; None for a cell that is no exercise's."""
        exercise = dict(self.of_cell).get(grade_id)
        return next((question for question in self.questions if question.exercise == exercise), None)


def read_questions(probes: Path, cells: Mapping[str, str], scores: Iterable[str] = ()) -> Questions:
    """The questions of the probe file `probes` about `cells` (grade id to exercise), and about those of `scores`
    (`score_checkpoint`) for which it has functions.

    Raises CourseError where a probe needs what no kernel has, such as the reference, or where a judgement cannot be
    read from the file.
    """
    contract, file = _File(probes.with_name("__init__.py")), _File(probes)
    exercises = list(dict.fromkeys(cells.values()))
    questions = [_question(name, file, contract) for name in exercises]
    roots = [f"probe_{question.exercise}" for question in questions if not question.by_value]
    asked = ", ".join(f"{name.removeprefix('probe_')!r}: {name}" for name in roots)
    counted = [name for name in scores if _function_for(name, "predict") in file.named]
    predict = ", ".join(f"{name!r}: {_function_for(name, 'predict')}" for name in counted)
    roots += [_function_for(name, "predict") for name in counted]
    parts = [
        *contract.definitions([*file.imported_from(_CONTRACT, roots), "plain"]),
        *file.definitions(roots),
    ]
    interviewer = ast.parse(_INTERVIEWER.read_text(encoding="utf-8")).body[2:]  # behind docstring and __future__
    _refuse_same_names(file.path, parts, interviewer)
    program = "\n\n".join([_FUTURE, *parts, *map(ast.unparse, interviewer), f"PROBES = {{{asked}}}"])
    program += f"\n\nPREDICTIONS = {{{predict}}}"
    wanted = dict.fromkeys(question.predicate for question in questions if question.predicate)
    predicates = "\n\n".join([_FUTURE, *file.definitions(list(wanted))])
    kept = [_function_for(name, kind) for name in counted for kind in ("sealed", "points")]
    if missing := [name for name in kept if name not in file.named]:
        raise CourseError(f"{probes} lacks {missing[0]}: the judge needs it to count points from predictions.")
    sealing = "\n\n".join([_FUTURE, *file.definitions(kept)])
    return Questions(program, predicates, tuple(questions), tuple(cells.items()), tuple(counted), sealing)


def _function_for(score: str, kind: str) -> str:
    return f"{kind}_{score.removeprefix('score_')}"


def _question(exercise: str, file: _File, contract: _File) -> Question:
    probe = file.named.get(f"probe_{exercise}")
    if probe is None:
        return Question(exercise, by_value=True)
    if not isinstance(probe, ast.FunctionDef):
        raise CourseError(f"{file.path}:{probe.lineno}: probe_{exercise} is to be a function.")
    said: dict[str, Any] = {"rtol": contract.constant("RTOL"), "atol": contract.constant("ATOL"), "predicate": None}
    for decorator in probe.decorator_list:
        call: ast.AST | None = decorator
        if isinstance(decorator, ast.Name) and isinstance(found := file.named.get(decorator.id), ast.Assign):
            call = found.value
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "judged"):
            raise CourseError(
                f"{file.path}:{decorator.lineno}: probe_{exercise} may have the decorator judged(…) and no other."
            )
        for keyword in call.keywords:
            said[keyword.arg or ""] = _judgement(file, keyword)
    return Question(exercise, **said)


def _judgement(file: _File, keyword: ast.keyword) -> object:
    if keyword.arg == "predicate" and isinstance(keyword.value, ast.Name):
        return keyword.value.id
    try:
        return float(ast.literal_eval(keyword.value))
    except (ValueError, TypeError):
        raise CourseError(
            f"{file.path}:{keyword.value.lineno}: {keyword.arg} of judged(…) is to be a plain number, or the "
            "predicate's name."
        ) from None


class _File:
    """A Python file by what it defines at its top level."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            tree = ast.parse(path.read_text(encoding="utf-8"))
        except (OSError, SyntaxError, ValueError) as error:
            raise CourseError(f"{path} cannot be read: {error}.") from None
        self.order: dict[ast.stmt, int] = {statement: place for place, statement in enumerate(tree.body)}
        self.named = {name: statement for statement in tree.body for name in _defined(statement)}

    def constant(self, name: str) -> float:
        """The number that the file gives the name."""
        statement = self.named.get(name)
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant):
            return float(statement.value.value)  # type: ignore[arg-type]
        raise CourseError(f"{self.path} is to say {name} = a number.")

    def definitions(self, names: Iterable[str]) -> list[str]:
        """The source of what defines the names and all that these use, in the file's order, bare of what is not run:
        decorators, annotations, docstrings, comments."""
        needed: dict[ast.stmt, None] = {}
        for name in self._closure(names):
            needed[self.named[name]] = None
        bare = (_bare(statement) for statement in sorted(needed, key=self.order.__getitem__))
        return [ast.unparse(statement) for statement in bare if not _is_from(statement, _CONTRACT)]

    def imported_from(self, module: str, names: Iterable[str]) -> list[str]:
        """What the names and all that these use have from the module."""
        return [name for name in self._closure(names) if _is_from(self.named[name], module)]

    @functools.cached_property
    def _uses(self) -> dict[str, tuple[str, ...]]:
        return {}

    def _closure(self, names: Iterable[str]) -> list[str]:
        found: dict[str, None] = {}
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name in found:
                continue
            found[name] = None
            statement = self.named[name]
            self._refuse(name, statement)
            if name not in self._uses:
                self._uses[name] = tuple(used for used in _globals_used(_bare(statement)) if used in self.named)
            waiting += self._uses[name]
        return list(found)

    def _refuse(self, name: str, statement: ast.stmt) -> None:
        """Raises CourseError for what must not, or cannot, come into a kernel."""
        what = f"{name}, an answer that this file knows" if "__" in name.strip("_") else ""
        for node in ast.walk(statement):
            if isinstance(node, ast.ImportFrom):
                modules = ["." if node.level else node.module or ""]
            else:
                modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            own = [module for module in modules if module.partition(".")[0] in ("", *_OWN)]
            if own and not (node is statement and own == [_CONTRACT]):
                what = f"{name}, which needs {own[0]}"
        if what:
            raise CourseError(
                f"{self.path}:{statement.lineno}: a probe uses {what}. It is run in a student's kernel, where none of "
                "it may be: a probe may use libraries, what this file defines for probes, and `ask`."
            )


def _refuse_same_names(path: Path, parts: Iterable[str], interviewer: Iterable[ast.stmt]) -> None:
    taken = {name for statement in interviewer if not _is_import(statement) for name in _defined(statement)}
    for part in parts:
        statement = ast.parse(part).body[0]
        if same := taken.intersection(_defined(statement)):
            raise CourseError(f"{path}: a probe uses the name {min(same)}, which the judge needs. Choose another.")


def _is_import(statement: ast.stmt) -> TypeGuard[ast.Import | ast.ImportFrom]:
    return isinstance(statement, (ast.Import, ast.ImportFrom))


def _defined(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
        yield statement.name
    elif _is_import(statement):
        yield from ((alias.asname or alias.name).partition(".")[0] for alias in statement.names)
    elif isinstance(statement, ast.Assign):
        yield from (node.id for target in statement.targets for node in ast.walk(target) if isinstance(node, ast.Name))
    elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name) and statement.value:
        yield statement.target.id


def _is_from(statement: ast.stmt, module: str) -> bool:
    return isinstance(statement, ast.ImportFrom) and statement.module == module


def _bare(statement: ast.stmt) -> ast.stmt:
    return _Bare().visit(ast.parse(ast.unparse(statement)).body[0])  # type: ignore[no-any-return]


class _Bare(ast.NodeTransformer):
    """Takes away what is for readers and judges."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.decorator_list, node.returns = [], None
        return self._undocumented(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        return self._undocumented(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        if node.value is None:
            return ast.Pass()
        return ast.copy_location(ast.Assign([node.target], node.value), node)

    def _undocumented(self, node: ast.FunctionDef | ast.ClassDef) -> ast.AST:
        if ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
        return self.generic_visit(node)


def _globals_used(statement: ast.stmt) -> set[str]:
    """The names that the statement takes from its file."""

    def used(table: symtable.SymbolTable) -> Iterator[str]:
        for symbol in table.get_symbols():
            if symbol.is_referenced() and (symbol.is_global() or table.get_type() == "module"):
                yield symbol.get_name()
        for inner in table.get_children():
            yield from used(inner)

    return set(used(symtable.symtable(ast.unparse(ast.fix_missing_locations(statement)), "probe", "exec")))
