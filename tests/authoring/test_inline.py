"""Does a notebook get the definitions that it imports, all they use, and nothing that would change their meaning?"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import jupytext
import nbformat
import pytest
from jupytext.config import load_jupytext_config

from autograder.authoring.build import build, source_notebook
from autograder.authoring.inline import inlined
from autograder.cells import Cell, read_cells
from autograder.course import Course, CourseError
from autograder.proving.leaks import leaked_lines
from tests.conftest import REPOSITORY

SETUP = '''\
"""What notebooks share."""

import time
import urllib.request
from collections import Counter
from pathlib import Path

import numpy as np

# Two colours.
RED, BLUE = "r", "b"


def compare(got, expected):
    """Whether both are the same."""
    return np.all(same(got, expected))  # number by number


# A comment on what follows.
@staticmethod
def same(got, expected):
    Counter = len  # a local name is not the module's
    return Counter(got) == Counter(expected)


KINDS = ["hat"]
SIZES = [1]


class Folder:
    path = Path("data")

    def fetch(self):
        return urllib.request.urlopen(self.path)


def count(things, *, start=time.time):
    return Counter(things)
'''

Inline = Callable[..., list[Cell]]


@pytest.fixture
def inline(tmp_path: Path) -> Inline:
    """A function from a notebook's text to its cells as a student gets them."""

    def inline(text: str, setup: str = SETUP) -> list[Cell]:
        notebook, shared = tmp_path / "notebook.py", tmp_path / "setup.py"
        notebook.write_text(text, encoding="utf-8")
        shared.write_text(setup, encoding="utf-8")
        return inlined(read_cells(notebook), notebook, shared)

    return inline


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """A course with one assignment, which takes `compare` from setup.py."""
    for file, text in {
        "nbgrader_config.py": (REPOSITORY / "nbgrader_config.py").read_text(encoding="utf-8"),
        "pyproject.toml": '[tool.autograder]\nrepository = "https://github.com/a/b"\nbranch = "main"\n',
        "solutions/setup.py": SETUP,
        "solutions/a1_toy/notebook.py": (
            '# %% [markdown]\n# # Toy\n\n# %% tags=["author"]\nimport sys\n\nsys.path.append("the course")\n\n'
            "# %%\n# @title Setup\nimport math\n\nimport numpy as np\n\nfrom solutions.setup import compare\n\n"
            "# %%\ndef double(x):\n    ### BEGIN SOLUTION\n    return np.all(same(got, expected))  # number by number\n"
            "    ### END SOLUTION\n\n\n# %% points=1\ndef test_double():\n    assert compare([2], [2])\n"
        ),
    }.items():
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(text, encoding="utf-8")
    return Course(tmp_path)


def test_a_definition_comes_with_all_that_it_uses_as_it_is_written(inline: Inline) -> None:
    (cell,) = inline("# %%\n# @title Setup\nimport math\n\nfrom solutions.setup import compare\n\nx = 1\n")
    assert cell.source == (
        "# @title Setup\nimport math\n\nimport numpy as np\n\n\n"
        'def compare(got, expected):\n    """Whether both are the same."""\n'
        "    return np.all(same(got, expected))  # number by number\n\n\n"
        "# A comment on what follows.\n@staticmethod\ndef same(got, expected):\n"
        "    Counter = len  # a local name is not the module's\n"
        "    return Counter(got) == Counter(expected)\n\n\nx = 1"
    )


def test_constants_keep_their_comments_and_stand_together(inline: Inline) -> None:
    (cell,) = inline("# %%\nfrom solutions.setup import BLUE, KINDS, SIZES\n\nx = 1\n")
    assert cell.source == '# Two colours.\nRED, BLUE = "r", "b"\n\n\nKINDS = ["hat"]\nSIZES = [1]\n\nx = 1'


def test_imports_are_merged_in_order_and_none_is_doubled(inline: Inline) -> None:
    (cell,) = inline(
        "# %%\nimport math\nfrom collections import deque\nfrom os import (  # kept as it is\n    path,\n)\n\n"
        "import numpy as np\nimport torch\n\nfrom solutions.setup import Folder, compare, count\n"
    )
    assert cell.source.startswith(
        "import math\nimport time\nimport urllib.request\nfrom collections import Counter, deque\n"
        "from os import (  # kept as it is\n    path,\n)\nfrom pathlib import Path\n\n"
        "import numpy as np\nimport torch\n\n\ndef compare"
    )


def test_a_later_cell_gets_only_what_no_earlier_one_has(inline: Inline) -> None:
    first, second = inline(
        "# %%\nimport numpy as np\n\nfrom solutions.setup import same\n\n"
        "# %%\n# @title Data\nfrom solutions.setup import KINDS, compare, same\n"
    )
    assert [line for line in first.source.splitlines() if line.startswith("def ")] == ["def same(got, expected):"]
    assert second.source.startswith('# @title Data\ndef compare(got, expected):\n    """Whether')
    assert second.source.endswith('\n\n\nKINDS = ["hat"]') and "import" not in second.source


def test_tests_below_an_import_are_still_called_where_they_end(inline: Inline) -> None:
    (cell,) = inline("# %% points=1\nfrom solutions.setup import KINDS\n\n\ndef test_a():\n    assert KINDS\n")
    assert cell.source.splitlines()[cell.tests[0].end - 1] == "    assert KINDS"


def test_building_twice_gives_the_same_bytes_and_students_need_nothing_of_ours(course: Course) -> None:
    first = build(course, "a1_toy").read_bytes()
    assert build(course, "a1_toy").read_bytes() == first
    text = first.decode()
    assert "def same(" in text and "solutions" not in text
    assert "the course" not in text  # of the cell for authors


def test_what_students_read_of_setup_is_no_leak(course: Course) -> None:
    released = nbformat.read(build(course, "a1_toy"), as_version=4)
    assert leaked_lines(course, "a1_toy", released) == []


@pytest.mark.parametrize(
    ("notebook", "line", "what"),
    [
        ("from solutions.setup import compare\n\n# %%\nx = 1\ndef same(x):\n    pass\n", 6, "same gets a new meaning"),
        ("from solutions.setup import RED\n\nif RED:\n    BLUE = 3\n", 5, "BLUE gets a new meaning"),
        ("from solutions.setup import compare\n\n# %%\nimport numpy.linalg as np\n", 5, "np gets a new meaning"),
        ("from solutions.setup import compares\n", 1, "defines no 'compares'. Did you mean compare?"),
        ("from solutions.setup import Path\n", 1, "defines no 'Path'"),
        ("from solutions.setup import *\n", 2, "no module solutions.setup"),
        ("from solutions.setup import same as s\n", 2, "no module solutions.setup"),
        ("import solutions.setup\n", 2, "no module solutions.setup"),
        ("x = 1\nfrom solutions.setup import RED\n", 3, "at the head of a cell"),
        ("def f():\n    from solutions.a2_b.notebook import x\n", 3, "no module solutions.a2_b.notebook"),
    ],
)
def test_what_a_student_would_read_otherwise_is_refused_with_file_and_line(
    inline: Inline, notebook: str, line: int, what: str
) -> None:
    with pytest.raises(CourseError) as refused:
        inline(f"# %%\n{notebook}")
    assert f"notebook.py:{line}: " in str(refused.value)
    assert what in str(refused.value)


def test_names_inside_functions_do_not_clash(inline: Inline) -> None:
    inline(
        "# %%\nfrom solutions.setup import compare\n\n\ndef f(same):\n    np = same\n    return [same for same in np]\n"
    )


@pytest.mark.parametrize(
    ("setup", "what"),
    [
        ("print(1)\n", "setup.py:1: This file may hold imports"),
        ("a = 1\na = 2\n", "setup.py:2: a is defined twice"),
        ("a = (\n", "setup.py cannot be read"),
    ],
)
def test_a_setup_file_that_cannot_be_taken_apart_is_refused(inline: Inline, setup: str, what: str) -> None:
    with pytest.raises(CourseError, match="setup.py") as refused:
        inline("# %%\nfrom solutions.setup import a\n", setup)
    assert what in str(refused.value)


def test_a_cell_for_authors_can_hold_no_exercise(inline: Inline) -> None:
    with pytest.raises(CourseError, match=r"notebook.py:1: Students do not get a cell tagged 'author'"):
        inline('# %% points=1 tags=["author"]\ndef test_a():\n    pass\n')


@pytest.mark.parametrize("assignment", Course(REPOSITORY).assignments)
def test_our_notebooks_find_setup_from_their_own_folder_and_survive_a_save(assignment: str) -> None:
    path = Course(REPOSITORY).solution(assignment)
    (cell,) = (cell for cell in read_cells(path) if "author" in cell.tags)
    program = f"{cell.source}\nimport importlib.util\nprint(importlib.util.find_spec('solutions.setup').origin)"
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    ran = subprocess.run(
        [sys.executable, "-P", "-c", program], cwd=path.parent, env=environment, capture_output=True, text=True
    )
    assert Path(ran.stdout.strip()) == REPOSITORY / "solutions" / "setup.py", ran.stderr
    config = load_jupytext_config(str(path))
    assert jupytext.writes(jupytext.read(path, config=config), fmt="py:percent", config=config) == path.read_text(
        "utf-8"
    )


@pytest.mark.parametrize("assignment", Course(REPOSITORY).assignments)
def test_our_notebooks_are_formatted_and_import_nothing_of_ours(
    repository: Course, assignment: str, tmp_path: Path
) -> None:
    code = [
        cell.source
        for cell in source_notebook(repository, assignment, generated=False).cells
        if cell.cell_type == "code"
    ]
    modules = {
        alias.name if isinstance(node, ast.Import) else node.module or ""
        for source in code
        for node in ast.walk(ast.parse(source))
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
    }
    assert not [module for module in modules if module.startswith("solutions")]
    touched = [
        source
        for source in code
        if "def compare(" in source or source.startswith("# @title Data") and "def draw_shapes(" in source
    ]
    files = [tmp_path / f"cell{number}.py" for number in range(len(touched))]
    for file, source in zip(files, touched, strict=True):
        file.write_text(source + "\n", encoding="utf-8")
    config = ["--config", str(REPOSITORY / "pyproject.toml"), *map(str, files)]
    for command in (["check", "--select", "I"], ["format", "--check"]):
        checked = subprocess.run([sys.executable, "-m", "ruff", *command, *config], capture_output=True, text=True)
        assert files and checked.returncode == 0, checked.stdout + checked.stderr
