"""Read an assignment's questions from its questions.py, without importing it.

The file is cut in two by its syntax tree. The *program* is sent to a kernel: the question functions, `ask`, and the
definitions that these use. Tolerances and predicates stay with the judge.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.course import CourseError
from autograder.source import Source, defined_names

_IN_KERNEL = Path(__file__).parents[1] / "in_kernel" / "asking.py"
_CONTRACT = "solutions.asking"
_FUTURE = "from __future__ import annotations"
_OWN = ("solutions", "autograder", "tests")  # packages that no kernel has


@dataclass(frozen=True)
class Question:
    """How the data of one exercise are judged: by a tolerance around the reference's, or by a predicate.

    An exercise without a question function is asked for its value, which must be the reference's letter or number
    (`by_value`).
    """

    exercise: str
    rtol: float = 0.0
    atol: float = 0.0
    predicate: str | None = None  # the name of a function of `Questions.predicates`
    free: tuple[str, ...] | None = None  # the names that only the predicate judges; None: all
    fixed: str = ""  # why the data are the same for every seed, if they are
    by_value: bool = False


@dataclass(frozen=True)
class Questions:
    """All questions of an assignment, as plain data that a worker on any machine can use."""

    program: str  # for the kernel, where it defines `run_steps`
    in_kernel: str  # the part of it that is the same for every course
    predicates: str  # for the judge only
    questions: tuple[Question, ...]
    of_cell: tuple[tuple[str, str], ...]  # (grade id of a grade cell, the exercise that it tests)
    by_hand: tuple[str, ...] = ()  # exercises with tests that decide, alone or together with the questions
    scores: tuple[str, ...] = ()  # exercises whose points the judge counts from predictions
    counting: str = ""  # the code that counts them; for the judge only

    def asked(self, exercise: str) -> Question | None:
        """The question about the exercise; None if only its tests decide."""
        return next((question for question in self.questions if question.exercise == exercise), None)

    def about(self, grade_id: str) -> Question | None:
        """The question about the exercise of a grade cell; None if the cell belongs to no exercise."""
        return self.asked(dict(self.of_cell).get(grade_id, ""))


def read_questions(
    path: Path, asking: Path, cells: Mapping[str, str], scores: Iterable[str] = (), by_hand: Iterable[str] = ()
) -> Questions:
    """The questions of the file `path` about `cells` (grade id to exercise), and about those of `scores`
    (`score_checkpoint`); `asking` is the file that questions are written with.

    Tests decide about the exercises in `by_hand`, and about those without a question. Raises CourseError if a question
    needs something that no kernel has, for example the reference, or if a tolerance cannot be read from the file.
    """
    contract, file = _File(asking), _File(path)
    exercises = list(dict.fromkeys(cells.values()))
    questions = [found for name in exercises if (found := _question(name, file, contract))]
    untold = set(exercises) - {question.exercise for question in questions}
    tests_decide = tuple(name for name in exercises if name in untold or name in set(by_hand))

    counted = list(scores)
    counting = [_function_for(name, kind) for name in counted for kind in ("shown", "points")]
    predict = {name: _function_for(name, "predict") for name in counted}
    if missing := [name for name in (*counting, *predict.values()) if name not in file.named]:
        raise CourseError(f"{path} lacks {missing[0]}: the judge needs it to count points from predictions.")

    ask = {question.exercise: f"question_{question.exercise}" for question in questions if not question.by_value}
    also = [name for name in ("plain", "ERRORS") if name in contract.named]
    parts = _definitions([*ask.values(), *predict.values()], file, contract, also=also)
    in_kernel = _kernel_statements()
    _refuse_same_names(file.path, parts, in_kernel)
    same = "\n\n".join(map(ast.unparse, in_kernel))
    tables = [f"QUESTIONS = {_table(ask)}", f"PREDICTIONS = {_table(predict)}"]
    predicates = dict.fromkeys(question.predicate for question in questions if question.predicate)
    return Questions(
        program="\n\n".join([_FUTURE, *parts, same, *tables]),
        in_kernel=same,
        predicates="\n\n".join([_FUTURE, *_definitions(predicates, file, contract)]),
        questions=tuple(questions),
        of_cell=tuple(cells.items()),
        by_hand=tests_decide,
        scores=tuple(counted),
        counting="\n\n".join([_FUTURE, *file.definitions(counting)]),
    )


def _definitions(names: Iterable[str], file: _File, contract: _File, *, also: Iterable[str] = ()) -> list[str]:
    """The definitions of the file's names, after those of the contract's that they use, and of `also`."""
    names = list(names)
    return [*contract.definitions([*file.imported_from(_CONTRACT, names), *also]), *file.definitions(names)]


def _kernel_statements() -> list[ast.stmt]:
    """The statements of in_kernel/asking.py but for its docstring and `from __future__`."""
    body = ast.parse(_IN_KERNEL.read_text(encoding="utf-8")).body
    return [one for one in body if not (isinstance(one, ast.Expr) or _is_from(one, "__future__"))]


def _table(functions: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{exercise!r}: {function}" for exercise, function in functions.items()) + "}"


def _function_for(score: str, kind: str) -> str:
    return f"{kind}_{score.removeprefix('score_')}"


def _question(exercise: str, file: _File, contract: _File) -> Question | None:
    function = file.named.get(f"question_{exercise}")
    if function is None:
        return Question(exercise, atol=1e-9, by_value=True) if exercise in file.values() else None
    if not isinstance(function, ast.FunctionDef):
        raise CourseError(f"{file.path}:{function.lineno}: question_{exercise} must be a function.")
    said: dict[str, Any] = {"rtol": contract.constant("RTOL"), "atol": contract.constant("ATOL"), "predicate": None}
    for decorator in function.decorator_list:
        call: ast.AST | None = decorator
        if isinstance(decorator, ast.Name) and isinstance(found := file.named.get(decorator.id), ast.Assign):
            call = found.value
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "judged"):
            raise CourseError(
                f"{file.path}:{decorator.lineno}: question_{exercise} may have the decorator judged(…) and no other."
            )
        for keyword in call.keywords:
            said[keyword.arg or ""] = _judgement(file, keyword)
    return Question(exercise, **said)


def _judgement(file: _File, keyword: ast.keyword) -> object:
    if keyword.arg == "predicate" and isinstance(keyword.value, ast.Name):
        return keyword.value.id
    try:
        value = ast.literal_eval(keyword.value)
        return value if keyword.arg in ("free", "fixed") else float(value)
    except (ValueError, TypeError):
        raise CourseError(
            f"{file.path}:{keyword.value.lineno}: judged({keyword.arg}=…) takes a plain number, the predicate's name, "
            "or for `free` and `fixed` what is written out here."
        ) from None


class _File(Source):
    """A file of questions, or the file that they are written with."""

    def constant(self, name: str) -> float:
        """The number with this name in the file."""
        statement = self.named.get(name)
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant):
            return float(statement.value.value)  # type: ignore[arg-type]
        raise CourseError(f"{self.path} must say {name} = a number.")

    def values(self) -> list[str]:
        """The exercises in BY_VALUE. Raises CourseError if it is not written out."""
        statement = self.named.get("BY_VALUE")
        if statement is None:
            return []
        keys = (
            statement.value.keys if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Dict) else []
        )
        names = [key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str)]
        if not names or len(names) != len(keys):
            raise CourseError(f'{self.path}:{statement.lineno}: write BY_VALUE out, as {{"quiz_1": "a letter"}}.')
        return names

    def definitions(self, names: Iterable[str]) -> list[str]:
        """The source of the names' definitions and of all that these use, in the file's order, without decorators of
        questions, annotations, docstrings and comments."""
        needed = dict.fromkeys(self.named[name] for name in self._closure(names))
        return [ast.unparse(_bare(statement)) for statement in needed if not _is_from(statement, _CONTRACT)]

    def imported_from(self, module: str, names: Iterable[str]) -> list[str]:
        """The names that the definitions of `names` import from the module."""
        return self.imported(self._closure(names), module)

    def _closure(self, names: Iterable[str]) -> list[str]:
        found = self.closure(names)
        for name in sorted(found, key=lambda name: "__" not in name):  # report a known answer first
            self._refuse(name, self.named[name])
        return found

    def _refuse(self, name: str, statement: ast.stmt) -> None:
        """Raises CourseError for a name that must not, or cannot, be sent to a kernel."""
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
                f"{self.path}:{statement.lineno}: a question uses {what}. Questions run in students' kernels, so they "
                "may use libraries, what this file defines for questions, and `ask`, and no known answer."
            )


def _refuse_same_names(path: Path, parts: Iterable[str], in_kernel: Iterable[ast.stmt]) -> None:
    taken = {name for statement in in_kernel for name in defined_names(statement)}
    for part in parts:
        statement = ast.parse(part).body[0]
        imports = isinstance(statement, (ast.Import, ast.ImportFrom))  # the same library may be imported twice
        if not imports and (same := taken.intersection(defined_names(statement))):
            raise CourseError(f"{path}: a question uses the name {min(same)}, which the judge needs. Choose another.")


def _is_from(statement: ast.stmt, module: str) -> bool:
    return isinstance(statement, ast.ImportFrom) and statement.module == module


def _bare(statement: ast.stmt) -> ast.stmt:
    return _Bare().visit(ast.parse(ast.unparse(statement)).body[0])  # type: ignore[no-any-return]


class _Bare(ast.NodeTransformer):
    """Removes the parts for readers and judges."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        if node.name.startswith("question_"):
            node.decorator_list = []
        node.returns = None
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
