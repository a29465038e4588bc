"""Malformed notebooks: no notebook at all, one that is hard to read, or one whose cells are not as they were given out.

What a student may have done by accident costs nothing that is not missing.
"""

from __future__ import annotations

import json
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_output

from tests.attacks import Attack, Make, answers, edited, nbgrader, nothing, raw, tests

_SAYS_WHY = "read before anything runs; its row says why it cannot be graded"
_RESTORED = "tests and locked cells come from the release, whatever was handed in"
_STOPS = "the whole batch stops"


def _json(change: Any) -> Make:
    """A solved notebook after `change` replaced its JSON."""

    def changed(content: bytes) -> bytes:
        return json.dumps(change(json.loads(content))).encode()

    return raw(changed)


def _no_notebook(name: str, does: str, make: Make, stock: str = "no score, an error in the log") -> Attack:
    return Attack(name, does, make, _SAYS_WHY, stock, honest=nothing, told=".", gradable=False)


def _odd(name: str, does: str, make: Make, *, stock: str = "no score, an error in the log", told: str = "") -> Attack:
    """Between what can be graded and what cannot: either will do, if the batch goes on."""
    return Attack(name, does, make, _SAYS_WHY, stock, at_most=True, told=told)


def _restored(name: str, does: str, edit: Any, stock: str, told: str = "") -> Attack:
    return Attack(name, does, edited(edit), _RESTORED, stock, promise=5, told=told)


def _each(cells: Any, change: Any) -> Any:
    """Change each of the cells that `cells` picks of the notebook."""

    def edit(notebook: NotebookNode) -> None:
        for number, cell in enumerate(cells(notebook)):
            change(cell, number)

    return edit


def _all(notebook: NotebookNode) -> list[NotebookNode]:
    return list(notebook.cells)


def _delete_tests(notebook: NotebookNode) -> None:
    notebook.cells = [cell for cell in notebook.cells if not nbgrader(cell).get("grade")]


def _duplicate_all(notebook: NotebookNode) -> None:
    notebook.cells = [NotebookNode(json.loads(json.dumps(cell))) for cell in notebook.cells for _ in range(2)]


def _turn_around(notebook: NotebookNode) -> None:
    """Answers last, tests first."""
    last = answers(notebook)
    notebook.cells = tests(notebook)[::-1] + [cell for cell in notebook.cells if not nbgrader(cell)] + last


def _rename(cell: NotebookNode, number: int) -> None:
    cell.metadata.nbgrader.grade_id = f"renamed/../{number}"


def _swap_names(notebook: NotebookNode) -> None:
    cells = tests(notebook)
    names = [cell.metadata.nbgrader.grade_id for cell in cells]
    for cell, name in zip(cells, names[1:] + names[:1], strict=True):
        cell.metadata.nbgrader.grade_id = name


def _retype(cell: NotebookNode, number: int) -> None:
    cell.cell_type = ("markdown", "raw")[number % 2]
    for name in ("outputs", "execution_count"):
        cell.pop(name, None)


def _forge_points(cell: NotebookNode, number: int) -> None:
    cell.metadata.nbgrader.points = (1000, -5, 1e300, "many", None, [3])[number % 6]


def _unlock(cell: NotebookNode, number: int) -> None:
    cell.metadata.nbgrader.update(locked=False, grade=False, solution=True)
    cell.source = "pass"


def _no_dict(cell: NotebookNode, number: int) -> None:
    cell.metadata["nbgrader"] = ("yes", None, 5, [], {"grade_id": {}}, {"grade_id": 5, "grade": True})[number % 6]


def _later_schema(cell: NotebookNode, number: int) -> None:
    cell.metadata.nbgrader.schema_version = (99, "3", 0)[number % 3]


def _strip(cell: NotebookNode, number: int) -> None:
    cell.metadata = NotebookNode()
    cell.pop("id", None)


def _same_id(cell: NotebookNode, number: int) -> None:
    cell.id = "same"


def _add_tests(notebook: NotebookNode) -> None:
    for name in ("extra", "../../extra", "double\x00"):
        mark = {"grade_id": name, "grade": True, "locked": True, "solution": False, "task": False, "points": 50}
        notebook.cells.append(new_code_cell("pass", metadata={"nbgrader": mark | {"schema_version": 3}}))


def _kernelspec(spec: Any, language: Any = None) -> Any:
    def edit(notebook: NotebookNode) -> None:
        notebook.metadata = NotebookNode({"kernelspec": spec, **({"language_info": language} if language else {})})

    return edit


def _nested(depth: int) -> Any:
    inner: Any = 0
    for _ in range(depth):
        inner = {"in": inner}
    return inner


def _many_cells(number: int) -> Any:
    def edit(notebook: NotebookNode) -> None:
        notebook.cells += [new_code_cell("0")] * number

    return edit


def _big_output(notebook: NotebookNode) -> None:
    notebook.cells[1].outputs = [new_output("stream", text="x" * (200 << 20))]


def _worksheets(notebook: dict[str, Any]) -> dict[str, Any]:
    cells = [{**cell, "input": cell["source"], "language": "python"} for cell in notebook["cells"]]
    return {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}, "worksheets": [{"cells": cells}]}


def _set(**changes: Any) -> Make:
    return _json(lambda notebook: notebook | changes)


def _in_cells(**changes: Any) -> Make:
    """In all code cells that nbgrader knows nothing of."""

    def change(notebook: dict[str, Any]) -> dict[str, Any]:
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code" and "nbgrader" not in cell["metadata"]:
                cell.update(changes)
        return notebook

    return _json(change)


ATTACKS = [
    _no_notebook("empty", "hands in an empty file", raw(lambda content: b"")),
    _no_notebook("no-json", "hands in a web page", raw(lambda content: b"<!DOCTYPE html><html></html>")),
    _no_notebook("nul-bytes", "hands in a file of zeros", raw(lambda content: bytes(1 << 16))),
    _no_notebook("half", "hands in half of a notebook", raw(lambda content: content[: len(content) // 2])),
    _no_notebook("deep-json", "hands in a hundred thousand brackets", raw(lambda content: b"[" * 100_000)),
    _no_notebook("a-number", "hands in a number", raw(lambda content: b"5")),
    _no_notebook("no-cells", "hands in a notebook without a list of cells", _set(cells=None)),
    _no_notebook("cells-of-numbers", "hands in a notebook whose cells are numbers", _set(cells=[1, 2])),
    _no_notebook("nbformat-3", "hands in a notebook in a format of long ago", _json(_worksheets)),
    _no_notebook("nbformat-99", "hands in a notebook of the future", _set(nbformat=99)),
    _no_notebook("huge", "hands in a notebook of 200 MB", edited(_big_output), "takes minutes and gigabytes"),
    _odd("nbformat-text", "says its format in words", _set(nbformat="four")),
    _odd("nbformat-minor-99", "says that it is newer than it is", _set(nbformat_minor=99)),
    _odd("metadata-list", "has a list for its metadata", _set(metadata=[])),
    _odd("deep-metadata", "has metadata nested 300 deep", _json(lambda nb: nb | {"metadata": _nested(300)})),
    _odd("not-a-number", "has NaN and Infinity in its metadata", _set(metadata={"a": float("nan"), "b": float("inf")})),
    _odd("long-number", "has a number of 10,000 digits", raw(lambda c: b'{"x": ' + b"9" * 10_000 + b"," + c[1:])),
    _odd("surrogates", "has half characters in its text", _in_cells(source="x = '\ud800'")),
    _odd("source-number", "has a number for a cell's text", _in_cells(source=5)),
    _odd("cell-type", "has cells of a type that is none", _in_cells(cell_type="heading")),
    _odd("cell-metadata", "has a text for a cell's metadata", _in_cells(metadata="none")),
    _odd("outputs-text", "has a text for a cell's outputs", _in_cells(outputs="none")),
    _odd("outputs-unknown", "has outputs of an unknown kind", _in_cells(outputs=[{"output_type": "smell"}])),
    _odd("cell-ids", "has cell ids that are none", _in_cells(id="not an id!" * 100)),
    _odd("many-cells", "hands in 30,000 cells more", edited(_many_cells(30_000)), stock="takes minutes", told="."),
    Attack(
        "more-cells",
        "hands in 4000 cells more",
        edited(_many_cells(4000)),
        "the notebook's time limit, which leaves what was scored before",
        "takes a minute",
    ),
    Attack(
        "byte-order-mark",
        "was saved by an editor that puts a mark before it",
        raw(lambda content: b"\xef\xbb\xbf" + content),
        "read as what it is",
        "no score, an error in the log",
        promise=5,
    ),
    _restored("no-kernel", "names no kernel", _kernelspec({}), "runs it in the course's kernel"),
    _restored("bogus-kernel", "names a kernel that nobody has", _kernelspec({"name": "bogus"}), "runs it all the same"),
    _restored(
        "other-language",
        "says that it is written in R",
        _kernelspec({"name": "ir", "language": "R", "display_name": "R"}, {"name": "R"}),
        _STOPS,
    ),
    _restored("kernel-number", "has a number for its kernel", _kernelspec(5, 5), _STOPS),
    _restored("deleted-tests", "deletes all tests", _delete_tests, _STOPS, told="missing"),
    _restored("duplicated-cells", "has every cell twice", _duplicate_all, _STOPS, told="2 times"),
    _restored("turned-around", "has tests first and answers last", _turn_around, "no points: names are not defined"),
    _restored("renamed-tests", "gives its tests other names", _each(tests, _rename), _STOPS, told="missing"),
    _restored("swapped-names", "swaps the names of its tests", _swap_names, "full marks"),
    _restored("retyped-tests", "turns its tests into text", _each(tests, _retype), "full marks"),
    _restored("forged-points", "changes what its tests are worth", _each(tests, _forge_points), "full marks"),
    _restored("unlocked-tests", "turns its tests into answers", _each(tests, _unlock), "full marks"),
    _restored("nbgrader-no-dict", "has other things where nbgrader's notes were", _each(tests, _no_dict), _STOPS),
    _restored("later-schema", "says that nbgrader's notes are newer", _each(tests, _later_schema), _STOPS),
    _restored("stripped", "was saved by a program that drops all metadata", _each(_all, _strip), _STOPS),
    _restored("same-ids", "has one id for all cells", _each(_all, _same_id), "full marks"),
    _restored("extra-tests", "adds tests of its own for points", _add_tests, _STOPS),
]
