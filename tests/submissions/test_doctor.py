"""Does the doctor say what is wrong with a submission, and is a repaired copy gradable and free of secrets?"""

from __future__ import annotations

import copy
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest

from autograder.classroom.grade import grade
from autograder.course import Course, CourseError
from autograder.proving.leaks import leaked_lines
from autograder.submissions.doctor import Checkup, examine, write_repaired
from tests.conftest import TOY, make_toy
from tests.grading.conftest import Here, hand_in
from tests.test_cli import run, sentence

pytestmark = pytest.mark.slow  # they build the toy
Json = dict[str, Any]
DOUBLE = "def double(x):\n    return np.asarray(x) * 2\n"


def release(course: Course) -> Json:
    notebook: Json = json.loads(course.release("a1_toy").read_text(encoding="utf-8"))
    return notebook


def cell(notebook: Json, grade_id: str) -> Json:
    return next(c for c in notebook["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") == grade_id)


@pytest.fixture
def handed_in(built_toy: Course) -> Json:
    """The release with one answer."""
    notebook = release(built_toy)
    cell(notebook, "double")["source"] = DOUBLE
    return notebook


@pytest.fixture
def look(built_toy: Course, tmp_path: Path) -> Callable[..., Checkup]:
    """Have a notebook, or bytes, examined."""

    def examined(content: Json | bytes, name: str = "a1_toy.ipynb", assignment: str | None = None) -> Checkup:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        return examine(built_toy, path, assignment)

    return examined


def said(checkup: Checkup) -> str:
    return "\n".join(problem.sentence for problem in checkup.problems)


def test_nothing_is_wrong_with_an_answered_notebook(look: Callable[..., Checkup], handed_in: Json) -> None:
    checkup = look(handed_in)
    assert (checkup.assignment, checkup.problems, checkup.repaired) == ("a1_toy", (), None)


def delete(notebook: Json) -> None:
    notebook["cells"].remove(cell(notebook, "test_double"))


def delete_answer(notebook: Json) -> None:
    notebook["cells"].remove(cell(notebook, "total"))


def duplicate(notebook: Json) -> None:
    notebook["cells"].append(copy.deepcopy(cell(notebook, "double")))


def edit(notebook: Json) -> None:
    cell(notebook, "test_double")["source"] = "print('passed')"


def retype(notebook: Json) -> None:
    cell(notebook, "test_double")["cell_type"] = "markdown"


def forge(notebook: Json) -> None:
    cell(notebook, "test_double")["metadata"]["nbgrader"]["points"] = 1000


def rename(notebook: Json) -> None:
    cell(notebook, "double")["metadata"]["nbgrader"]["grade_id"] = "mine\x1b[31m"


def unmark(notebook: Json) -> None:
    cell(notebook, "double")["metadata"] = {}


def skip(notebook: Json) -> None:
    cell(notebook, "test_double")["metadata"]["tags"] = ["skip-execution"]


def other_language(notebook: Json) -> None:
    notebook["metadata"]["kernelspec"] = {"name": "ir", "language": "R"}


def move(notebook: Json) -> None:
    moved = cell(notebook, "double")
    notebook["cells"].remove(moved)
    notebook["cells"].append(moved)


def out_of_order(notebook: Json) -> None:
    cell(notebook, "double")["execution_count"] = 7
    cell(notebook, "test_double")["execution_count"] = 3


def never_ran(notebook: Json) -> None:
    cell(notebook, "double")["execution_count"] = 7


def syntax(notebook: Json) -> None:
    cell(notebook, "double")["source"] = "def double(x):\n    return 2 *\n"


def colab(notebook: Json) -> None:
    cell(notebook, "double")["source"] = "x = 1\nfrom google.colab import drive\n" + DOUBLE


def network(notebook: Json) -> None:
    notebook["cells"][0] = {"cell_type": "code", "source": "!pip install left-pad", "metadata": {}}


@pytest.mark.parametrize(
    ("change", "sentence", "mended"),
    [
        (delete, "The cell test_double is missing.", True),
        (delete_answer, "The answer total is missing.", False),
        (duplicate, "The cell double is there 2 times; the last one counts.", True),
        (edit, "The cell test_double was edited; it is graded as it was given out.", True),
        (retype, "The cell test_double is markdown instead of code.", True),
        (forge, "The cell test_double claims 1000 points instead of 3.", True),
        (rename, "has the grade id mine?[31m, which this assignment does not use.", True),
        (unmark, "is double, but has lost its grade id.", True),
        (skip, "The cell test_double has a tag that keeps it from running.", True),
        (other_language, "It was run with R, not with Python.", True),
        (move, "Cells were moved: double is below test_quiz_even.", False),
        (out_of_order, "the cell test_double ran before double, which is above it", False),
        (never_ran, "Tests that the student never ran: test_double, test_total, test_quiz_even.", False),
        (syntax, "The cell double is not Python: invalid syntax in its line 2.", False),
        (colab, "The cell double uses google.colab, which exists on Colab only (its line 2).", False),
        (network, "The cell number 1 needs the network, and grading has none (its line 1).", False),
    ],
)
def test_what_is_wrong_is_said_and_a_copy_is_rid_of_what_can_be_mended(
    look: Callable[..., Checkup], handed_in: Json, change: Callable[[Json], None], sentence: str, mended: bool
) -> None:
    change(handed_in)
    checkup = look(handed_in)
    (problem,) = [problem for problem in checkup.problems if sentence in problem.sentence]
    assert problem.mended is mended
    if checkup.repaired is not None:
        again = look(json.loads(nbformat.writes(checkup.repaired)), "repaired.ipynb")
        assert not [problem for problem in again.problems if problem.mended]
    assert (checkup.repaired is not None) is any(problem.mended for problem in checkup.problems)


def test_of_two_copies_the_one_that_was_worked_on_is_kept(look: Callable[..., Checkup], built_toy: Course) -> None:
    notebook = release(built_toy)
    answered = copy.deepcopy(cell(notebook, "double"))
    answered["source"] = DOUBLE
    notebook["cells"].insert(0, answered)
    checkup = look(notebook)
    assert "2 times; the last one counts, and it is as it was given out" in said(checkup)
    kept = [c for c in checkup.repaired.cells if c.metadata.get("nbgrader", {}).get("grade_id") == "double"]
    assert [c.source for c in kept] == [DOUBLE]


def test_a_blank_notebook_is_noticed(look: Callable[..., Checkup], built_toy: Course) -> None:
    assert "Every answer is as it was given out." in said(look(release(built_toy)))


def test_a_byte_order_mark_is_told_and_gone_from_the_copy(look: Callable[..., Checkup], handed_in: Json) -> None:
    for encoding, name in (("utf-8-sig", "BOM"), ("utf-16", "UTF-16")):
        checkup = look(json.dumps(handed_in).encode(encoding))
        assert name in said(checkup)
        assert write_repaired(checkup).read_bytes().startswith(b"{")
        (checkup.path.parent / "a1_toy-repaired.ipynb").unlink()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "It is empty"),
        (b"\0" * 4096, "It is empty"),
        (b"PK\x03\x04rest", "It is a zip archive"),
        (b"%PDF-1.7", "It is a PDF"),
        (b"\n<!DOCTYPE html><html></html>", "It is a web page"),
        (b"import os\nprint(os.name)\n", "a Python program"),
        (b'{"cells": [{"cell_type": "code", "sou', "it ends in the middle"),
        (b'{"cells": [], "nbformat": 4,', "it ends in the middle"),
        (b'{"cells": [\n<<<<<<< HEAD\n]}', "the markers of a conflict in its line 2"),
        (b"[" * 100_000, "not a notebook"),
        (b'{"cells": 3, "nbformat": 4}', "its cells are no list"),
        (b"[1, 2]", "it has no cells"),
        (b"\xff\xfe\x00", "not a notebook"),
        (b'{"cells": [{"cell_type": "\x1b[2J"}], "nbformat": 4}', "not JSON"),
    ],
)
def test_what_is_no_notebook_is_named_for_what_it_is(
    look: Callable[..., Checkup], content: bytes, sentence: str
) -> None:
    checkup = look(content)
    assert sentence in said(checkup) and checkup.repaired is None
    assert said(checkup).isprintable()


def test_files_that_cannot_be_read_are_told(built_toy: Course, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.ipynb")
    for name, why in (("nothing", "No such file"), ("", "a folder"), ("pipe.ipynb", "It is no file")):
        assert why in said(examine(built_toy, tmp_path / name))


def test_a_notebook_of_2015_is_brought_up_to_date(look: Callable[..., Checkup], built_toy: Course) -> None:
    old = nbformat.v3.new_notebook(worksheets=[nbformat.v3.new_worksheet(cells=[])])
    for made in release(built_toy)["cells"]:
        source = "".join(made["source"])
        if made["cell_type"] == "code":
            old.worksheets[0].cells.append(nbformat.v3.new_code_cell(input=source, metadata=made["metadata"]))
    checkup = look(json.dumps(old).encode())
    assert "the notebook format of 2015" in said(checkup) and checkup.repaired is not None


def test_outputs_that_make_it_too_large_are_left_out_of_the_copy(
    look: Callable[..., Checkup], handed_in: Json, built_toy: Course, tmp_path: Path
) -> None:
    cell(handed_in, "double")["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "x" * 65_000_000}]
    checkup = look(handed_in)
    assert "It has 65 MB, 65 MB of it outputs" in said(checkup) and checkup.repaired is not None
    assert write_repaired(checkup).stat().st_size < 100_000
    (tmp_path / "huge.ipynb").touch()
    os.truncate(tmp_path / "huge.ipynb", 300_000_000)
    assert "more than 256 MB and was not looked into" in said(examine(built_toy, tmp_path / "huge.ipynb"))


def test_another_assignment_is_recognised_by_its_cells(tmp_path: Path, handed_in: Json, built_toy: Course) -> None:
    course = make_toy(tmp_path)
    other = TOY.replace("double", "triple").replace("total", "mean").replace("quiz_even", "quiz_odd")
    course.room("a2_other").mkdir()
    course.solution("a2_other").write_text(other, encoding="utf-8")
    for assignment, notebook in (("a1_toy", handed_in), ("a2_other", json.loads("{}"))):
        course.release(assignment).parent.mkdir(parents=True)
        course.release(assignment).write_text(json.dumps(notebook), encoding="utf-8")
    text = json.dumps(release(built_toy)).replace("double", "triple").replace("total", "mean")
    course.release("a2_other").write_text(text.replace("quiz_even", "quiz_odd"), encoding="utf-8")
    path = tmp_path / "hers.ipynb"
    shutil.copy(course.release("a2_other"), path)
    assert examine(course, path).assignment == "a2_other"
    checkup = examine(course, path, "a1_toy")
    assert "It is a notebook of a2_other, not of a1_toy." in said(checkup) and checkup.repaired is None
    path.write_text(json.dumps({"nbformat": 4, "cells": []}), encoding="utf-8")
    assert "It has no cell of a1_toy, a2_other." in said(examine(course, path))


def test_an_older_release_is_dated_by_git(built_toy: Course, tmp_path: Path, handed_in: Json) -> None:
    course = Course(tmp_path / "course")
    shutil.copytree(built_toy.root, course.root, ignore=shutil.ignore_patterns("gradebook.db*"))

    def git(*arguments: str) -> None:
        who = {"GIT_AUTHOR_DATE": "2026-03-01T12:00:00Z", "GIT_COMMITTER_DATE": "2026-03-01T12:00:00Z"}
        name = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
        subprocess.run(["git", *name, *arguments], cwd=course.root, check=True, env=os.environ | who)

    git("init", "--quiet")
    git("add", "assignments")
    git("commit", "--quiet", "-m", "first")
    path = tmp_path / "a1_toy.ipynb"
    path.write_text(json.dumps(handed_in), encoding="utf-8")
    assert examine(course, path).problems == ()
    today = release(course)
    today_test = cell(today, "test_double")
    today_test["source"] = "def test_double():\n    pass\n"
    today_test["metadata"]["nbgrader"]["checksum"] = "0" * 32
    course.release("a1_toy").write_text(json.dumps(today), encoding="utf-8")
    sentence = said(examine(course, path))
    assert "made from another release, that of 2026-03-01 (" in sentence and "test_double has changed" in sentence
    shutil.rmtree(course.root / ".git")
    assert "made from another release: test_double has changed" in said(examine(course, path))


def test_the_copy_is_gradable_and_holds_no_secret(
    look: Callable[..., Checkup], handed_in: Json, own_toy: Course, here: Here
) -> None:
    cell(handed_in, "double")["source"] = "def double(x):\n    return x + x\n"
    for change in (delete, duplicate):
        change(handed_in)
    copied = write_repaired(look(handed_in))
    assert leaked_lines(own_toy, "a1_toy", json.loads(copied.read_text(encoding="utf-8"))) == []
    hand_in(own_toy, "ada", copied.read_bytes())
    (result,) = grade(own_toy, "a1_toy", executor=here)
    assert (result.score, result.problems) == (3, ())


def test_metadata_that_are_no_metadata_stop_nothing(look: Callable[..., Checkup], handed_in: Json) -> None:
    for made in handed_in["cells"]:
        made["metadata"] = []
    handed_in["metadata"] = "none"
    handed_in["cells"][1]["execution_count"] = [3]
    handed_in["cells"][2]["metadata"] = {"nbgrader": {"grade_id": 7, "points": {}}, "tags": 3}
    checkup = look(handed_in)
    assert checkup.assignment == "a1_toy" and checkup.repaired is not None


def test_neither_the_original_nor_a_file_in_the_copys_place_is_touched(
    look: Callable[..., Checkup], handed_in: Json, tmp_path: Path
) -> None:
    delete(handed_in)
    checkup = look(handed_in)
    original = checkup.path.read_bytes()
    target = tmp_path / "elsewhere.txt"
    copied = write_repaired(checkup)
    before = copied.read_bytes()
    with pytest.raises(CourseError, match="already exists and was not changed"):
        write_repaired(checkup)
    assert (checkup.path.read_bytes(), copied.read_bytes()) == (original, before)
    copied.unlink()
    copied.symlink_to(target)
    with pytest.raises(CourseError):
        write_repaired(checkup)
    assert not target.exists()


def test_the_command_says_it_all_and_its_exit_code_whether_something_is_wrong(
    built_toy: Course, handed_in: Json, tmp_path: Path
) -> None:
    path = tmp_path / "[red]a1.ipynb"
    path.write_text(json.dumps(handed_in), encoding="utf-8")
    done = run(tmp_path, "doctor", str(path), "--course", str(built_toy.root))
    assert done.returncode == 0 and "Nothing is wrong with it." in done.stdout
    delete(handed_in)
    path.write_text(json.dumps(handed_in), encoding="utf-8")
    command = ("doctor", str(path), str(tmp_path / "none"), "--repair", "--course", str(built_toy.root))
    done = run(tmp_path, *command)
    assert done.returncode == 1 and "✗ The cell test_double is missing." in done.stdout
    assert "A gradable copy is in [red]a1-repaired.ipynb; all of it is mended." in done.stdout
    assert "No such file or directory" in done.stdout
    assert "already exists and was not changed" in sentence(run(tmp_path, *command))
    assert "Name notebooks to look at" in sentence(run(tmp_path, "doctor"))
