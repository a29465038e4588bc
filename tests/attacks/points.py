"""Stolen points: to pass the tests that one sees without an answer. Promise 1.

They deserve nothing. Those that pass gain nothing by it: points come from asking the answers, elsewhere.
"""

from __future__ import annotations

from nbformat import NotebookNode
from nbformat.v4 import new_output

from tests.attacks import Attack, Make, Target, handed_in, nothing, tests, unsolved
from tests.classes import Pieces

# Defines every answer as a function of anything that gives 0, so that tests have something to call.
_CONSTANTS = """\
{names} = lambda *args, **kwargs: 0
"""

AST_TRANSFORMER = """\
import ast


class Empty(ast.NodeTransformer):
    def visit_Module(self, node):
        return ast.Module(body=[], type_ignores=[])


get_ipython().ast_transformers.append(Empty())
"""

AST_POINTS = """\
import ast


class Full(ast.NodeTransformer):
    def visit_Module(self, node):
        return ast.fix_missing_locations(ast.Module(body=[ast.Expr(ast.Constant(2.0))], type_ignores=[]))


get_ipython().ast_transformers.append(Full())
"""

INPUT_TRANSFORMER = """\
get_ipython().input_transformers_post.append(lambda lines: ["pass\\n"])
"""

AST_PARSE = """\
import ast

get_ipython().compile.ast_parse = lambda *args, **kwargs: ast.parse("")
"""

RUN_CODE = """\
async def run_code(*args, **kwargs):
    return False


get_ipython().run_code = run_code
"""

RUN_CELL = """\
from IPython.core.interactiveshell import ExecutionResult

shell = get_ipython()
shell.run_cell = lambda *args, **kwargs: ExecutionResult(None)


async def run_cell_async(*args, **kwargs):
    return ExecutionResult(None)


shell.run_cell_async = run_cell_async
"""

NO_TRACEBACK = """\
get_ipython().showtraceback = get_ipython()._showtraceback = lambda *args, **kwargs: None
"""

NO_ASSERT = """\
import numpy as np

for name in dir(np.testing):
    if name.startswith("assert"):
        setattr(np.testing, name, lambda *args, **kwargs: None)
np.array_equal = np.allclose = lambda *args, **kwargs: True


class Constant(float):
    __hash__ = None

    def __eq__(self, other):
        return True

    def __iter__(self):
        return iter([-6, 0])


{names} = lambda *args, **kwargs: Constant()
"""

OTHER_MODULE = """\
import sys
import types


class Yes(types.ModuleType):
    def __getattr__(self, name):
        return lambda *args, **kwargs: True


sys.modules["numpy.testing"] = Yes("numpy.testing")
sys.modules["torch.testing"] = Yes("torch.testing")
import numpy

numpy.testing = sys.modules["numpy.testing"]
"""

ALWAYS_EQUAL = """\
class Yes(float):
    __hash__ = None

    def __call__(self, *args, **kwargs):
        return self

    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    __lt__ = __le__ = __gt__ = __ge__ = __contains__ = __eq__

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __iter__(self):
        return iter([self])

    def __array__(self, *args, **kwargs):
        import inspect

        for frame in inspect.stack():
            for value in frame.frame.f_locals.values():
                if type(value).__name__ == "ndarray":
                    return value
        import numpy

        return numpy.zeros(1)


{names} = Yes()
"""

FRAMES = """\
import ast


def steal(name):
    def expected():
        found = []
        for node in ast.walk(ast.parse(In[-1])):
            values = node.comparators if isinstance(node, ast.Compare) else []
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "compare":
                values = node.args[1:]
            if any(getattr(part, "id", "") == name for part in ast.walk(node)):
                for value in values:
                    try:
                        found.append((value.lineno, value.col_offset, ast.literal_eval(value)))
                    except ValueError:
                        pass
        return [value for *place, value in sorted(found, key=lambda one: one[:2])]

    def answer(*args, **kwargs):
        calls.append(In[-1])
        values = expected()
        return values[(calls.count(In[-1]) - 1) % len(values)] if values else 0

    calls = []
    return answer


for name in "{names}".split(" = "):
    globals()[name] = steal(name)
"""

TENSOR = """\
import numpy as np


class Liar(np.ndarray):
    def __array_function__(self, function, types, args, kwargs):
        return True

    def __array_ufunc__(self, *args, **kwargs):
        return np.ones(1, dtype=bool)

    def __eq__(self, other):
        return True


{names} = lambda *args, **kwargs: np.zeros(1).view(Liar)
"""

PRE_RUN = """\
def show(info):
    print("SEEN:", info.raw_cell)


get_ipython().events.register("pre_run_cell", show)
"""

PRINT_TICK = """\
print("✓ all tests passed")
print("Graded: 6 of 6 points.")
2.0
"""

REPLY = """\
kernel = get_ipython().kernel
kernel.do_execute_original = kernel.do_execute


async def do_execute(code, *args, **kwargs):
    return {"status": "ok", "execution_count": 1, "payload": [], "user_expressions": {}}


kernel.do_execute = do_execute
"""


def _with(code: str) -> Make:
    """A blank notebook with a cell of `code` before its first answer."""

    def make(pieces: Pieces, target: Target) -> dict[str, bytes]:
        return handed_in(unsolved(pieces, target, code), target)

    return make


def _blank(edit: object) -> Make:
    def make(pieces: Pieces, target: Target) -> dict[str, bytes]:
        notebook = pieces.blank()
        edit(notebook)  # type: ignore[operator]
        return handed_in(notebook, target)

    return make


def _skip(notebook: NotebookNode) -> None:
    for cell in tests(notebook):
        cell.metadata.tags = ["skip-execution"]


def _may_raise(notebook: NotebookNode) -> None:
    for cell in tests(notebook):
        cell.metadata.tags = ["raises-exception"]


def _passed_before(notebook: NotebookNode) -> None:
    for cell in tests(notebook):
        cell.outputs, cell.execution_count = [new_output("stream", text=f"✓ {cell.id} passed\n")], 1


def _no_tests(notebook: NotebookNode) -> None:
    for cell in tests(notebook):
        cell.source = "pass"


def _numpy_beside(pieces: Pieces, target: Target) -> dict[str, bytes]:
    fake = b"class array(list):\n    pass\n\n\ndef __getattr__(name):\n    return lambda *args, **kwargs: True\n"
    return {**_with(_CONSTANTS)(pieces, target), "numpy/__init__.py": fake, "numpy.py": fake}


_JUDGE = "the judge asks the answers in another kernel; visible tests decide about nothing"
_VERDICT = "no answer, no points: silence is failure"
_RELEASE = "tests come from the release, and decide about nothing"


def _steal(
    name: str, does: str, make: Make, defence: str = _JUDGE, stock: str = "full marks", promise: int = 1
) -> Attack:
    return Attack(name, does, make, defence, stock, promise, honest=nothing)


ATTACKS = [
    _steal("skip-execution", "tags tests so that they do not run", _blank(_skip), "tags are taken off"),
    _steal("raises-exception", "tags tests so that they may fail", _blank(_may_raise), "tags are taken off", "none"),
    _steal("passed-before", "hands in forged outputs", _blank(_passed_before), "outputs are cleared", "none"),
    _steal("no-tests", "empties all tests", _blank(_no_tests), _RELEASE, "none"),
    _steal("ast-transformer", "makes every later cell empty", _with(AST_TRANSFORMER), _VERDICT),
    _steal("ast-points", "makes every later cell a number of points", _with(AST_POINTS)),
    _steal("input-transformer", "makes every later cell `pass`", _with(INPUT_TRANSFORMER), _VERDICT),
    _steal("ast-parse", "replaces IPython's parser", _with(AST_PARSE), _VERDICT),
    _steal("run-code", "replaces IPython's run_code", _with(RUN_CODE), _VERDICT),
    _steal("run-cell", "replaces IPython's run_cell", _with(RUN_CELL), _VERDICT),
    _steal("do-execute", "replaces how its kernel runs code", _with(REPLY), _VERDICT),
    _steal("no-traceback", "hides errors", _with(_CONSTANTS + NO_TRACEBACK), _VERDICT),
    _steal("no-assert", "replaces what compares", _with(NO_ASSERT)),
    _steal("other-module", "replaces numpy.testing", _with(_CONSTANTS + OTHER_MODULE)),
    _steal("always-equal", "answers with what equals everything", _with(ALWAYS_EQUAL)),
    _steal("frames", "reads expected values from the tests that call it", _with(FRAMES)),
    _steal("liar", "answers with an array that lies when compared", _with(TENSOR)),
    _steal("numpy-beside", "hands in a numpy of its own", _numpy_beside, "libraries are imported before"),
    _steal(
        "pre-run",
        "prints each cell before it runs, to see hidden tests",
        _with(PRE_RUN),
        "no hidden test is in any kernel",
        promise=2,
    ),
    _steal("print-tick", "prints what passed tests and the judge print", _with(PRINT_TICK), _RELEASE, "none"),
]
