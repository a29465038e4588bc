"""Is a submission that is no notebook told from one that is, in a sentence?"""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograder.course import Course
from autograder.grading.submission import NotANotebook, oddities, read_submission

json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=4)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["cells", "metadata", "nbformat", "nbformat_minor", "source"]), inner, max_size=4
        ),
    ),
    max_leaves=10,
)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is not JSON"),
        (b"<html>", "is not JSON"),
        (b"\xff\xfe", "is not JSON"),
        (b"[1, 2]", "has no cells"),
        (b'{"cells": 3, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}', "is not a valid notebook"),
        (b'{"cells": [{}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}', "is not a valid notebook"),
        (b'{"cells": [], "metadata": {}, "nbformat": 99, "nbformat_minor": 0}', "is not a valid notebook"),
        (b"[" * 100_000, "is not"),
        (b'{"worksheets": [], "metadata": {}, "nbformat": 3, "nbformat_minor": 0}', "format of 2015"),
    ],
)
def test_what_is_no_notebook_is_told_in_a_sentence(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "a1_toy.ipynb"
    path.write_bytes(content)
    with pytest.raises(NotANotebook, match=words) as caught:
        read_submission(path)
    assert "\n" not in str(caught.value) and str(caught.value).endswith(".")


def test_a_missing_notebook_is_told_with_what_is_there_instead(tmp_path: Path) -> None:
    (tmp_path / "a1_toy (1).ipynb").touch()
    with pytest.raises(NotANotebook, match=r"there is a1_toy \(1\).ipynb instead"):
        read_submission(tmp_path / "a1_toy.ipynb")


@given(json_values)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_json_is_a_notebook_or_told_to_be_none(tmp_path: Path, value: object) -> None:
    path = tmp_path / "a1_toy.ipynb"
    path.write_text(json.dumps(value), encoding="utf-8")
    try:
        notebook = read_submission(path)
    except NotANotebook:
        return
    nbformat.validate(notebook)


def test_missing_doubled_and_unreadable_cells_are_told(built_toy: Course) -> None:
    source = nbformat.read(built_toy.source("a1_toy"), as_version=4)
    submission = nbformat.read(built_toy.release("a1_toy"), as_version=4)
    assert oddities(submission, source) == []
    cells = {cell.metadata.get("nbgrader", {}).get("grade_id"): cell for cell in submission.cells}
    submission.cells.remove(cells["test_double"])
    submission.cells.append(cells["test_total"])
    submission.cells[0].metadata["nbgrader"] = {"grade_id": ["unhashable"]}
    cells["double"].source = "%time\nfiles = !ls\ndef double(x)\n    return x"
    cells[None].source = "x = = 1"
    assert oddities(submission, source) == [
        "The cell test_double is missing.",
        "The cell test_total is there 2 times.",
        "The cell number 2 is not Python: invalid syntax in its line 1.",
        "The cell double is not Python: expected ':' in its line 3.",
    ]
