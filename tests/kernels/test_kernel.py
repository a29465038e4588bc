"""Do our kernels leave out only what nobody misses?"""

from __future__ import annotations

import ast

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from IPython.core.inputtransformer2 import TransformerManager

from autograder.authoring.build import source_notebook
from autograder.course import Course
from autograder.kernels.kernel import _Transformers
from autograder.kernels.provisioner import KernelServer
from autograder.kernels.sandbox import best_sandbox
from autograder.limits import Limits
from tests.conftest import REPOSITORY
from tests.kernels.conftest import execute

LINES = [
    *("x = 1", "a = !ls", "a = %who", "%time x", "x?", "?x", "!ls", "%%bash", "%%time", ">>> x", "... x", "In [1]: x"),
    *("In [1]: int", "f x", ";f x", ",f x", "/f x", "(1", "% 2)", "% 2", "'''", '"""', "\\", "", " ", "# text", "\f"),
    *("\t", "if x:", "    y = 2", "  %time x", "    !ls", "é = 'ü'", "async with x: pass", "await x", "return", "\r"),
    "print(1)",
]


@given(st.lists(st.sampled_from(LINES), max_size=6), st.sampled_from(["", "\n", "\n\n", "\r\n"]))
@settings(deadline=None, max_examples=1000)
def test_python_is_left_as_it_is_and_all_else_is_ipythons_affair(lines: list[str], end: str) -> None:
    cell = "\n".join(lines) + end
    assert _outcome(_Transformers(), cell) == _outcome(TransformerManager(), cell)


def _outcome(manager: TransformerManager, cell: str) -> str:
    """Describe what is run, but for blanks that mean nothing."""
    try:
        text = manager.transform_cell(cell)
        return ast.dump(ast.parse(text), include_attributes=True)
    except SyntaxError as error:
        return f"{error.msg} in {error.text}"


@pytest.mark.parametrize("assignment", Course.at(REPOSITORY).assignments)
def test_every_cell_of_the_course_is_what_ipython_makes_of_it(assignment: str) -> None:
    for cell in source_notebook(Course.at(REPOSITORY), assignment, generated=False).cells:
        if cell.cell_type == "code":
            assert _Transformers().transform_cell(cell.source) == TransformerManager().transform_cell(cell.source)


@pytest.mark.slow
def test_a_notebook_can_add_transformers_of_its_own() -> None:
    cells = [
        "get_ipython().input_transformers_cleanup.append(lambda lines: [line.replace('1', '2') for line in lines])",
        "print(1)",
        "%time print('magic')",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    with KernelServer(best_sandbox(), preload=[]) as server:
        server.start()
        ran = execute(notebook, {}, Limits()).notebook
    assert ran.cells[1].outputs[0].text == "2\n"
    assert ran.cells[2].outputs[0].text.startswith("magic\n")
