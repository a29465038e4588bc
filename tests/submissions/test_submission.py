"""Is what was handed in read, whatever it is, and what is no notebook told from one in a sentence?"""

from __future__ import annotations

import json
import os
from pathlib import Path

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.course import Course
from autograder.limits import Limits
from autograder.submissions import submission as reading
from autograder.submissions.submission import NotANotebook, Submission, cell_problems, read_notebook, read_submission

json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=4)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["cells", "metadata", "nbformat", "cell_type", "source", "id", "nbgrader"]),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=10,
)
EMPTY = {"metadata": {}, "nbformat": 4, "nbformat_minor": 5, "cells": []}


def parsed(content: bytes | str | dict[str, object]) -> nbformat.NotebookNode:
    if isinstance(content, dict):
        content = json.dumps(content)
    content = content.encode() if isinstance(content, str) else content
    return read_notebook(Submission.of({"a1_toy.ipynb": content}), "a1_toy.ipynb")


def test_a_folder_is_read_with_its_folders_but_for_what_nbgrader_ignores(tmp_path: Path) -> None:
    for path in ("a.ipynb", "data/x.txt", ".hidden", "__pycache__/x.pyc", ".ipynb_checkpoints/a.ipynb", "feedback/f"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(path)
    submission = read_submission(tmp_path, Limits())
    assert dict(submission.files) == {path: path.encode() for path in (".hidden", "a.ipynb", "data/x.txt")}
    assert submission.problem is None and submission.left_out == ()


def test_the_digest_is_of_names_and_contents_and_of_nothing_else(tmp_path: Path) -> None:
    for folder, order in (("one", ("a", "b")), ("two", ("b", "a"))):
        (tmp_path / folder).mkdir()
        for name in order:
            (tmp_path / folder / name).write_text(name)
    first = read_submission(tmp_path / "one", Limits())
    assert read_submission(tmp_path / "two", Limits()) == first
    (tmp_path / "two" / "a").rename(tmp_path / "two" / "c")
    second = read_submission(tmp_path / "two", Limits())
    (tmp_path / "two" / "c").write_text("other")
    third = read_submission(tmp_path / "two", Limits())
    assert len({first.digest, second.digest, third.digest}) == 3


@pytest.mark.timeout(60)
def test_no_link_pipe_or_missing_end_is_read_but_told(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "x").write_text("secret")
    folder = tmp_path / "handed in"
    folder.mkdir()
    (folder / "inside").write_text("fine")
    (folder / "a-link").symlink_to("inside")
    (folder / "b-out").symlink_to(tmp_path / "secret")
    (folder / "c-out").symlink_to("../secrets")
    (folder / "d-nowhere").symlink_to("nothing")
    (folder / "e-around").symlink_to("e-around")
    (folder / "f-device").symlink_to("/dev/zero")
    os.mkfifo(folder / "g-pipe")
    (folder / "h-itself").symlink_to(".")
    submission = read_submission(folder, Limits())
    assert dict(submission.files) == {"inside": b"fine", "a-link": b"fine"}
    left_out = dict(submission.left_out)
    assert list(left_out) == ["b-out", "c-out", "d-nowhere", "e-around", "f-device", "g-pipe", "h-itself"]
    for name in ("b-out", "c-out", "f-device"):
        assert left_out[name] == "cannot be read: it is a link to a place outside the folder"
    assert all(why.startswith("cannot be read: ") for why in left_out.values())


def test_a_student_folder_that_is_itself_a_link_is_the_instructors_and_read(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a").write_text("x")
    (tmp_path / "link").symlink_to("real")
    assert dict(read_submission(tmp_path / "link", Limits()).files) == {"a": b"x"}


def test_what_is_too_large_is_not_read_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(10**12)
    submission = read_submission(tmp_path, Limits(submission_mb=1.5))
    assert submission.files == {} and "more than 1.5 MB" in (submission.problem or "")
    with pytest.raises(NotANotebook, match="more than 1.5 MB"):
        read_notebook(submission, "a1_toy.ipynb")
    (tmp_path / "huge").unlink()
    monkeypatch.setattr(reading, "MAX_FILES", 3)
    for name in "abcd":
        (tmp_path / name).touch()
    assert "more than 3 files" in (read_submission(tmp_path, Limits()).problem or "")


def test_a_path_too_long_or_too_deep_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    here = os.getcwd()
    try:
        os.chdir(tmp_path)
        for _ in range(400):  # deeper than a path may be long
            os.mkdir("deeper-down")
            os.chdir("deeper-down")
        Path("x").touch()
    finally:
        os.chdir(here)
    submission = read_submission(tmp_path, Limits())
    assert dict(submission.files) == {"a": b""} and len(submission.left_out) == 1


def test_a_notebook_that_cannot_be_read_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "a1_toy.ipynb").symlink_to("/etc/hostname")
    with pytest.raises(NotANotebook, match="^a1_toy.ipynb cannot be read: it is a link"):
        read_notebook(read_submission(tmp_path, Limits()), "a1_toy.ipynb")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is not JSON"),
        (b"<html>", "is not JSON"),
        (b"\xff\xfe", "is not JSON"),
        (b"9" * 10_000, "is not JSON"),
        (b"[1, 2]", "has no cells"),
        (b'{"cells": 3, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}', "cells are no list"),
        (b'{"cells": [{}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}', "cell 1 is not a valid cell"),
        (b'{"cells": [], "metadata": {}, "nbformat": 99, "nbformat_minor": 0}', "is of format 99 instead of 4"),
        (b"[" * 100_000, "is not"),
        (b'{"worksheets": [], "metadata": {}, "nbformat": 3, "nbformat_minor": 0}', "format of 2015"),
        (json.dumps(EMPTY | {"cells": [{}] * 5001}).encode(), "5001 cells"),
    ],
)
def test_what_is_no_notebook_is_told_in_a_sentence(content: bytes, words: str) -> None:
    with pytest.raises(NotANotebook, match=words) as caught:
        parsed(content)
    assert "\n" not in str(caught.value) and str(caught.value).endswith(".") and len(str(caught.value)) < 400


def test_a_missing_notebook_is_told_with_what_is_there_instead() -> None:
    with pytest.raises(NotANotebook, match=r"there is a1_toy \(1\).ipynb instead"):
        read_notebook(Submission.of({"a1_toy (1).ipynb": b"", "x.txt": b""}), "a1_toy.ipynb")
    with pytest.raises(NotANotebook, match=r"a1_toy.ipynb is missing\. "):
        read_notebook(Submission.of({}), "a1_toy.ipynb")


@given(json_values)
@settings(deadline=None)
def test_any_json_is_a_notebook_or_told_to_be_none(value: object) -> None:
    try:
        notebook = parsed(json.dumps(value))
    except NotANotebook:
        return
    nbformat.validate(notebook)


@settings(deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(["cell_type", "source", "metadata", "id", "outputs"]), json_values)))
def test_cells_of_any_kind_are_a_notebook_or_told_to_be_none(cells: list[dict[str, object]]) -> None:
    for cell in cells:
        cell.setdefault("source", "x")
        cell["cell_type"] = "code"
    try:
        notebook = parsed(EMPTY | {"cells": cells})
    except NotANotebook:
        return
    nbformat.validate(notebook)
    assert len(notebook.cells) == len(cells)


def test_a_byte_order_mark_an_old_minor_version_and_broken_outputs_do_no_harm(built_toy: Course) -> None:
    content = json.loads(built_toy.release("a1_toy").read_bytes())
    expected = parsed(content)
    assert [cell.source for cell in expected.cells][1:] != []
    content["nbformat_minor"] = 2
    for cell in content["cells"]:
        del cell["id"]
        cell["metadata"] |= {"scrolled": "maybe", "tags": 3}
        cell["outputs"] = [{"output_type": "none"}, 3]
    again = parsed(b"\xef\xbb\xbf" + json.dumps(content).encode())
    assert [(c.cell_type, c.source) for c in again.cells] == [(c.cell_type, c.source) for c in expected.cells]


def test_half_a_surrogate_pair_is_replaced() -> None:
    cell = {"cell_type": "code", "source": 'x = "\ud800" + "😀"', "metadata": {}, "outputs": [], "execution_count": 1}
    assert parsed(EMPTY | {"cells": [cell]}).cells[0].source == 'x = "?" + "😀"'


def test_missing_doubled_and_unreadable_cells_are_told(built_toy: Course) -> None:
    source = nbformat.read(built_toy.source("a1_toy"), as_version=4)
    submission = nbformat.read(built_toy.release("a1_toy"), as_version=4)
    assert cell_problems(submission, source) == []
    cells = {cell.metadata.get("nbgrader", {}).get("grade_id"): cell for cell in submission.cells}
    submission.cells.remove(cells["test_double"])
    submission.cells.append(cells["test_total"])
    submission.cells[0].metadata["nbgrader"] = {"grade_id": ["unhashable"]}
    cells["double"].source = "%time\nfiles = !ls\ndef double(x)\n    return x"
    submission.cells[1].source = "x = = 1"
    assert cell_problems(submission, source) == [
        "The cell test_double is missing.",
        "The cell test_total is there 2 times.",
        "The cell number 2 is not Python: invalid syntax in its line 1.",
        "The cell double is not Python: expected ':' in its line 3.",
    ]


@pytest.mark.parametrize("source", ["-" * 100_000 + "1", "(" * 300, "x = " + "[" * 5000, "a" + ".a" * 200_000, "\0"])
def test_source_that_breaks_a_parser_is_only_not_python(built_toy: Course, source: str) -> None:
    notebook = nbformat.read(built_toy.source("a1_toy"), as_version=4)
    submission = nbformat.read(built_toy.release("a1_toy"), as_version=4)
    submission.cells[1].source = source
    (sentence,) = cell_problems(submission, notebook)
    assert "number 2 is not Python" in sentence


def test_a_warning_about_the_students_code_is_not_ours(built_toy: Course) -> None:
    notebook = nbformat.read(built_toy.source("a1_toy"), as_version=4)
    submission = nbformat.read(built_toy.release("a1_toy"), as_version=4)
    submission.cells[1].source = 'x = "\\d"; x is 3'
    assert cell_problems(submission, notebook) == []
