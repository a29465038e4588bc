"""Replace solutions by stubs in the students' notebooks."""

from __future__ import annotations

from nbformat import NotebookNode
from nbgrader.preprocessors import ClearSolutions as NbgraderClearSolutions


class ClearSolutions(NbgraderClearSolutions):  # type: ignore[misc]
    """As nbgrader's, but a region outside every function leaves no stub.

    In a function the stub is `raise NotImplementedError()`. At the top level of a cell (a quiz answer) that would stop
    a blank notebook at a cell that is no test.
    """

    def _replace_solution_region(self, cell: NotebookNode, language: str) -> bool:
        replaced: bool = super()._replace_solution_region(cell, language)
        if cell.cell_type == "code":
            cell.source = f"\n{cell.source}".replace(f"\n{self.code_stub[language]}", "").removeprefix("\n")
        return replaced
