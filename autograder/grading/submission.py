"""What a submission looks like before it runs: whether it is a notebook at all, and what is odd about it."""

from __future__ import annotations

import ast
import json
import re
from collections import Counter
from pathlib import Path

import nbformat
from nbformat.validator import normalize

_MAGIC = re.compile(r"\s*([\w, ]+=\s*)?[%!]")


class NotANotebook(Exception):
    """The submission cannot be graded; the message is a sentence that says why."""


def read_submission(path: Path) -> nbformat.NotebookNode:
    """The submitted notebook. Raises NotANotebook."""
    if not path.is_file():
        others = sorted(other.name for other in path.parent.glob("*.ipynb") if other != path)
        found = f"; there is {', '.join(others)} instead" if others else ""
        raise NotANotebook(f"{path.name} is missing{found}. Rename or add the notebook and grade again.")
    try:
        text = path.read_text(encoding="utf-8")
        content = json.loads(text)
    except OSError as error:
        raise NotANotebook(f"{path.name} cannot be read: {error.strerror}.") from None
    except (ValueError, RecursionError) as error:
        raise NotANotebook(f"{path.name} is not a notebook: it is not JSON ({error}). Ask for it again.") from None
    if isinstance(content, dict) and "worksheets" in content:
        raise NotANotebook(
            f"{path.name} is in the notebook format of 2015. Open and save it in Jupyter, and grade again."
        )
    if not isinstance(content, dict) or "cells" not in content:
        raise NotANotebook(f"{path.name} is not a notebook: it has no cells. Ask for it again.")
    try:
        notebook = nbformat.reads(text, as_version=4)
        _, notebook = normalize(notebook)
        nbformat.validate(notebook)
    except Exception as error:
        reason = str(error).strip().partition("\n")[0]
        raise NotANotebook(f"{path.name} is not a valid notebook: {reason}. Ask for it again.") from None
    return notebook


def oddities(submission: nbformat.NotebookNode, source: nbformat.NotebookNode) -> list[str]:
    """Sentences on what an instructor might want to know of a notebook that can be graded."""
    ids = Counter(grade_id for cell in submission.cells if (grade_id := _grade_id(cell)))
    expected = [grade_id for cell in source.cells if (grade_id := _grade_id(cell))]
    sentences = [f"The cell {name} is missing." for name in expected if name not in ids]
    sentences += [f"The cell {name} is there {ids[name]} times." for name in expected if ids[name] > 1]
    for number, cell in enumerate(submission.cells, start=1):
        if cell.cell_type == "code" and (error := _syntax_error(cell.source)):
            sentences.append(f"The cell {_grade_id(cell) or f'number {number}'} is not Python: {error}.")
    return sentences


def _grade_id(cell: nbformat.NotebookNode) -> str | None:
    nbgrader = cell.metadata.get("nbgrader", {})
    grade_id = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None
    return grade_id if isinstance(grade_id, str) else None


def _syntax_error(source: str) -> str | None:
    if source.lstrip().startswith("%%"):  # another language, maybe
        return None
    python = "\n".join("pass" if _MAGIC.match(line) else line for line in source.splitlines())
    try:
        ast.parse(python)
    except (SyntaxError, ValueError) as error:
        return f"{getattr(error, 'msg', error)} in its line {getattr(error, 'lineno', None) or 1}"
    return None
