"""Remove all that students must not see from nbgrader's own feedback pages, for `nbgrader release_feedback`."""

from __future__ import annotations

from typing import Any

from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell
from nbgrader.preprocessors import ClearHiddenTests
from nbgrader.utils import is_locked
from traitlets import Bool

from autograder.cells import HIDDEN

NOTE = "*Points and comments. What cells showed is left out, since hidden tests were run among them.*"


class OnlyReleased(Preprocessor):
    """Removes hidden tests and all outputs from a notebook that nbgrader graded: the tests were in its kernel, where an
    answer can read them. A notebook that `autograder grade` graded never ran with them, and is not changed.

    A student's own text stays, even the markers of hidden tests, at which nbgrader's own preprocessor would stop.
    """

    enabled = Bool(True).tag(config=True)

    def preprocess(self, notebook: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        if any(is_locked(cell) and HIDDEN[0] in cell.source for cell in notebook.cells):
            notebook, resources = super().preprocess(notebook, resources)  # type: ignore[no-untyped-call]
            notebook.cells.insert(0, new_markdown_cell(NOTE))
        return notebook, resources

    def preprocess_cell(self, cell: NotebookNode, resources: Any, index: int) -> tuple[NotebookNode, Any]:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        if is_locked(cell):
            ClearHiddenTests().preprocess_cell(cell, resources, index)
        return cell, resources
