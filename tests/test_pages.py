"""Do the commands of the pages work, run in their order in a fresh copy?

A block that needs more than this machine has says so above it: `<!-- needs: Slurm -->`. What comes from outside is put
there first: the LMS's files, and a class's notebooks.
"""

from __future__ import annotations

import json
import re
import subprocess
import zipfile
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.test_docs import commands, run

BLOCK = re.compile(r"(?:<!-- needs: (.+?) -->\n+)?^```console.*?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ASSIGNMENT = "a1_convolution"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A clone with a class: Ada handed in the reference solution, Bob and Cleo what students get."""
    root = tmp_path / "course"
    subprocess.run(["git", "clone", "--quiet", str(REPOSITORY), str(root)], check=True)
    run(root, "autograder build a1", package=root)
    solved = (root / f"build/source/{ASSIGNMENT}/{ASSIGNMENT}.ipynb").read_bytes()
    blank = (root / f"assignments/{ASSIGNMENT}/{ASSIGNMENT}.ipynb").read_bytes()
    for student, notebook in {"ada": solved, "bob": blank, "cleo": blank}.items():
        path = root / f"submitted/{student}/{ASSIGNMENT}/{ASSIGNMENT}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_bytes(notebook)
    with zipfile.ZipFile(root / "export.zip", "w") as archive:
        archive.writestr(f"Ada Lovelace_101_assignsubmission_file_/{ASSIGNMENT}.ipynb", solved)
    (root / "students.csv").write_text(
        "id,first_name,last_name,email,lms_user_id\nada-lovelace,Ada,Lovelace,ada@example.edu,101\n"
    )
    (root / "canvas.csv").write_text(
        "Student,ID,SIS Login ID,Section,Assignment 1 (55501)\nPoints Possible,,,,100\nLovelace Ada,101,ada,A,\n"
    )
    (root / "moodle.csv").write_text("First name,Last name,Email address\nAda,Lovelace,ada@example.edu\n")
    return root


def blocks(page: str) -> list[tuple[str, list[str]]]:
    """(what it needs, its commands) of each block of commands on a page."""
    text = (REPOSITORY / page).read_text(encoding="utf-8")
    return [(needs, commands(block)) for needs, block in BLOCK.findall(text)]


@pytest.mark.nightly
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("page", ["README.md", "docs/instructors.md"])
def test_the_commands_of_a_page_work_in_their_order(page: str, copy: Path) -> None:
    for needs, lines in blocks(page):
        if not needs:
            run(copy, *lines, package=copy)
    record = json.loads((copy / f"results/{ASSIGNMENT}/ada.json").read_text(encoding="utf-8"))
    assert record["score"] == record["max_score"]
    assert (copy / f"feedback/ada/{ASSIGNMENT}.html").is_file()


def test_only_what_is_not_here_is_left_out() -> None:
    """What a block may need; a new need is a decision."""
    needs = {needs for page in ("README.md", "docs/instructors.md") for needs, _ in blocks(page) if needs}
    assert needs == {"a clone of its own", "a browser", "a network", "Slurm", "several machines", "PostgreSQL"}
