"""A preprocessor for stock `nbgrader autograde`, for the part of restoring that nbgrader lacks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor

from autograder.cells import SCHEMA_VERSION
from autograder.submissions.restore import grade_id, put_back


class RestoreCells(NbGraderPreprocessor):  # type: ignore[misc]
    """Insert missing grade cells and locked cells below those that precede them in the release.

    nbgrader's `OverwriteCells.add_missing_cells` fails on a submission that lacks two neighbouring cells, for example a
    deleted exercise, and on one that has a cell twice.
    """

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        info = resources["nbgrader"]
        places = self._places_in_source(info["assignment"], info["notebook"])
        with Gradebook(info["db_url"]) as gradebook:
            notebook = gradebook.find_notebook(info["notebook"], info["assignment"])
            points = {cell.name: cell.max_score for cell in notebook.grade_cells}
            solutions = {cell.name for cell in notebook.solution_cells}
            for cell in nb.cells:
                # nbgrader leaves this in the second copy of a cell, and refuses it later.
                if cell.metadata.get("nbgrader") == {}:
                    del cell.metadata["nbgrader"]
            sources = sorted(notebook.source_cells, key=lambda source: places.get(source.name, len(places)))
            released = {
                source.name: _from_gradebook(source, points.get(source.name), source.name in solutions)
                for source in sources
                if source.name in points or source.locked
            }
            put_back(nb.cells, [source.name for source in sources], released)
        return nb, resources

    def _places_in_source(self, assignment: str, notebook: str) -> dict[str, int]:
        """The place of each cell in the source notebook. The gradebook does not store it: SQLite happens to return
        cells in the order of their creation, PostgreSQL in that of their last change."""
        course = CourseDirectory(parent=self)
        path = Path(course.format_path(course.source_directory, ".", assignment)) / f"{notebook}.ipynb"
        cells = nbformat.read(path, as_version=4).cells if path.is_file() else []
        return {name: place for place, cell in enumerate(cells) if (name := grade_id(cell))}


def _from_gradebook(source: Any, points: float | None, solution: bool) -> NotebookNode:
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
