"""A course small enough to build and grade in a test: one assignment with two exercises and a quiz question."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder.classroom.grade import prepare
from autograder.course import Course
from tests.data.server import Mirror, running_mirror

REPOSITORY = Path(__file__).resolve().parent.parent

# Several tests run at a time, and notebooks within them: one thread each.
os.environ.setdefault("OMP_NUM_THREADS", "1")

TOY = '''\
# %% [markdown]
# # Toy assignment
#
# Two exercises and a question. <!-- credit -->All or nothing.<!-- /credit -->

# %%
# @title Setup
import numpy as np


def compare(got, expected):
    assert np.array_equal(got, expected), f"expected {expected}, got {got}"


# %%
def double(x):
    """Twice `x`."""
    ### BEGIN SOLUTION
    doubled_value = np.asarray(x) * 2
    return doubled_value
    ### END SOLUTION


# %% points=3
def test_double():
    """1 → 2"""
    compare(double(1), 2)


# %%
def total(x):
    """The sum of all numbers in `x`."""
    ### BEGIN SOLUTION
    return np.sum(x)
    ### END SOLUTION


# %% points=2
def test_total():
    compare(total([1, 2]), 3)

# %%
quiz_even = "?"  # @param ["?", "a", "b"]
### BEGIN SOLUTION
quiz_even = "b"
### END SOLUTION


# %% points=1
def test_quiz_even():
    assert quiz_even in ("a", "b"), "choose a or b"
'''

TOY_QUESTIONS = """\
import numpy as np

from solutions.asking import ask

BY_VALUE = {"quiz_even": "a letter"}


def question_double(answer, rng):
    return {
        "an array": ask(answer, rng.integers(1, 99, size=(2, 3))),
        "one number": ask(answer, rng.integers(100, 999)),
    }


def question_total(answer, rng):
    return {"an array": ask(answer, rng.integers(1, 99, size=(2, 3)))}
"""

TOY_MISTAKES = '''\
import numpy as np

from solutions.asking import Choice

quiz_even__odd = Choice("a", "That is odd.")


def double__same(x):
    """You gave it back as it was."""
    return np.asarray(x)


def double__square(x):
    """You squared it."""
    return np.asarray(x) ** 2


def total__first_axis(x):
    """You summed over the first axis only."""
    return np.sum(x, axis=0)
'''

TOY_OTHERS = '''\
import numpy as np


def double__added(x):
    """x + x"""
    return np.add(x, x)


def total__recursive(x):
    """Row by row."""
    return sum(total__recursive(row) for row in x) if np.ndim(x) else x
'''

TOY_SETTINGS = """\
[tool.autograder]
repository = "https://github.com/cnn-assignments/cnn-assignments"
branch = "main"
"""

TOY_REGISTRY = """\
[toy_data]
title = "A number"
publisher = "nobody"
homepage = "https://example.org"
licence = "CC0"
citation = "none"
use = "read it"

[[toy_data.files]]
path = "number.txt"
urls = ["https://example.org/number.txt"]
size = 4
checksums = ["md5:00000000000000000000000000000000"]
"""

# An exercise scored on a data set: the accuracy that was handed in, times 4, if the grader's data say so.
TOY_SCORE = """

# %% points=4 score="accuracy" tags=["needs:toy_data"]
from pathlib import Path

print("handed in:", Path("accuracy.txt").exists())
"""

TOY_COUNTING = """

def shown_accuracy(data, rng):
    return {"scale": np.array(float((data / "toy_data" / "number.txt").read_text()))}, rng.permutation(3)


def predict_accuracy(names, shown):
    from pathlib import Path

    if not Path("accuracy.txt").exists():
        raise FileNotFoundError("accuracy.txt is missing.")
    return {"points": float(Path("accuracy.txt").read_text()) * shown["scale"]}


def points_accuracy(data, key):
    return data["points"], f"It is worth {float(data['points']):g} points."
"""

# An exercise that a person grades.
TOY_BY_HAND = """

# %% [markdown] nbgrader={"grade_id": "short_answer", "grade": true, "solution": true, "points": 2}
# Your answer:
#
# ### BEGIN SOLUTION
# Because twice two is four. One point for the two, one for the four.
# ### END SOLUTION
"""


def make_toy(root: Path, solution: str = TOY) -> Course:
    """A course with the assignment a1_toy in the folder `root`, not built."""
    shutil.copy(REPOSITORY / "nbgrader_config.py", root)
    (root / "pyproject.toml").write_text(TOY_SETTINGS, encoding="utf-8")
    (root / "datasets").mkdir()
    (root / "datasets" / "registry.toml").write_text(TOY_REGISTRY, encoding="utf-8")
    room = root / "solutions" / "a1_toy"
    room.mkdir(parents=True)
    shutil.copy(REPOSITORY / "solutions" / "asking.py", root / "solutions")
    (root / "solutions" / "__init__.py").touch()
    (room / "__init__.py").touch()
    (room / "notebook.py").write_text(solution, encoding="utf-8")
    (room / "questions.py").write_text(TOY_QUESTIONS + TOY_COUNTING * ("score=" in solution), encoding="utf-8")
    (room / "mistakes.py").write_text(TOY_MISTAKES, encoding="utf-8")
    (room / "others.py").write_text(TOY_OTHERS, encoding="utf-8")
    return Course(root)


@pytest.fixture
def toy(tmp_path: Path) -> Course:
    """A toy course of the test's own, not built."""
    return make_toy(tmp_path)


@pytest.fixture(scope="session")
def built_toy(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A toy course that is built; tests share it and leave it as it is."""
    course = make_toy(tmp_path_factory.mktemp("toy"))
    prepare(course, "a1_toy")
    return course


@pytest.fixture
def own_toy(built_toy: Course, tmp_path: Path) -> Course:
    """A built toy course of the test's own: to copy one takes a moment, to build one seconds."""
    return Course(shutil.copytree(built_toy.root, tmp_path / "course"))


@pytest.fixture(scope="session")
def built_by_hand(built_toy: Course, tmp_path_factory: pytest.TempPathFactory) -> Course:
    """The toy course with an exercise that is graded by hand, built; tests leave it as it is."""
    course = Course(shutil.copytree(built_toy.root, tmp_path_factory.mktemp("by-hand") / "course"))
    course.solution("a1_toy").write_text(TOY + TOY_BY_HAND, encoding="utf-8")
    prepare(course, "a1_toy")
    return course


@pytest.fixture(scope="session")
def repository() -> Course:
    """This very course."""
    return Course(REPOSITORY)


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    """A mirror on this machine."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with running_mirror() as running:
        yield running
