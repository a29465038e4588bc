"""Put back what a submission lost: a preprocessor for nbgrader's autograde, before it overwrites cells."""

from __future__ import annotations

from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader.api import Gradebook
from nbgrader.nbgraderformat import SCHEMA_VERSION
from nbgrader.preprocessors import NbGraderPreprocessor


class RestoreCells(NbGraderPreprocessor):  # type: ignore[misc]
    """Grade cells and locked cells that are missing come back, each behind the cell that stood before it.

    nbgrader's own way (`OverwriteCells.add_missing_cells`) fails on a submission that lacks two neighbours, such as an
    exercise that a student skipped and deleted, and on one with a cell twice.
    """

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        info = resources["nbgrader"]
        with Gradebook(info["db_url"]) as gradebook:
            notebook = gradebook.find_notebook(info["notebook"], info["assignment"])
            points = {cell.name: cell.max_score for cell in notebook.grade_cells}
            solutions = {cell.name for cell in notebook.solution_cells}
            for cell in nb.cells:
                if (
                    cell.metadata.get("nbgrader") == {}
                ):  # what nbgrader makes of a cell's second copy, and refuses later
                    del cell.metadata["nbgrader"]
            place = 0
            for source in notebook.source_cells:
                found = [i for i, cell in enumerate(nb.cells) if _grade_id(cell) == source.name]
                if found:
                    place = found[-1] + 1
                elif source.name in points or source.locked:
                    nb.cells.insert(place, _cell(source, points.get(source.name), source.name in solutions))
                    place += 1
        return nb, resources


def _grade_id(cell: NotebookNode) -> object:
    return cell.metadata.get("nbgrader", {}).get("grade_id")


def _cell(source: Any, points: float | None, solution: bool) -> NotebookNode:
    new_cell = new_code_cell if source.cell_type == "code" else new_markdown_cell
    nbgrader = {
        "grade_id": source.name,
        "grade": points is not None,
        "solution": solution,
        "locked": source.locked,
        "task": False,
        "cell_type": source.cell_type,
        "checksum": source.checksum,
        "schema_version": SCHEMA_VERSION,
    }
    return new_cell(source.source, metadata={"nbgrader": nbgrader | ({"points": points} if points is not None else {})})
