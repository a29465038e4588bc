"""Does reading a solution file find what each cell is for, and everything that is wrong?"""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.cells import read_cells
from autograder.course import CourseError
from tests.conftest import TOY, TOY_SCORE

SOLUTION = "### BEGIN SOLUTION\n{}\n### END SOLUTION\n"
HIDDEN = "### BEGIN HIDDEN TESTS\n{}\n### END HIDDEN TESTS\n"


def problems(tmp_path: Path, text: str) -> list[str]:
    """The problems of a solution file, as "line: sentence"."""
    path = tmp_path / "a1_bad.py"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CourseError) as caught:
        read_cells(path)
    lines = str(caught.value).splitlines()
    assert all(line.startswith(f"{path}:") for line in lines)
    return [line.removeprefix(f"{path}:") for line in lines]


def test_roles_ids_points_and_tests_of_a_sound_file(tmp_path: Path) -> None:
    path = tmp_path / "a1_toy.py"
    path.write_text(TOY, encoding="utf-8")
    cells = read_cells(path)
    assert [(cell.role, cell.grade_id, cell.points) for cell in cells] == [
        ("text", None, 0),
        ("provided", None, 0),
        ("solution", "double", 0),
        ("tests", "test_double", 3),
        ("solution", "total", 0),
        ("tests", "test_total", 2),
        ("solution", "quiz_even", 0),
        ("tests", "test_quiz_even", 1),
    ]
    assert [(test.name, test.hidden) for test in cells[3].tests] == [("test_double", False)]
    lines = TOY.splitlines()
    assert all(lines[cell.line - 1].startswith("# %%") for cell in cells)


def test_a_cell_with_a_score_has_points_and_neither_solution_nor_tests(tmp_path: Path) -> None:
    path = tmp_path / "a1_toy.py"
    path.write_text(TOY + TOY_SCORE, encoding="utf-8")
    cell = read_cells(path)[-1]
    assert (cell.role, cell.grade_id, cell.points, cell.score) == ("tests", "score_accuracy", 4, "accuracy")
    assert (cell.exercise, cell.tests, cell.tags) == ("score_accuracy", (), ("needs:toy_data",))
    assert (cell.nbgrader["grade"], cell.nbgrader["locked"], cell.nbgrader["solution"]) == (True, True, False)


def test_metadata_written_by_an_instructor_wins(tmp_path: Path) -> None:
    path = tmp_path / "a1_toy.py"
    path.write_text(
        '# %% nbgrader={"grade_id": "mine", "solution": true}\n'
        "def one():\n    ### BEGIN SOLUTION\n    return 1\n    ### END SOLUTION\n\n\n"
        "def two():\n    return 2\n",
        encoding="utf-8",
    )
    (cell,) = read_cells(path)
    assert (cell.role, cell.grade_id) == ("explicit", "mine")
    assert (cell.nbgrader["solution"], cell.nbgrader["grade"], cell.nbgrader["locked"]) == (True, False, False)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("# %%\n" + SOLUTION.format("print(1)"), 1, "defines nothing"),
        ("# %%\n" + SOLUTION.format("a = 1\nb = 2"), 1, "defines a, b"),
        ("# %%\nx = 1\n# %%\ndef test_x():\n    assert x\n", 3, "no points"),
        (
            "# %%\n" + SOLUTION.format("a = 1") + "# %%\n" + SOLUTION.format("a = 2"),
            5,
            "grade id 'a' is already used in line 1",
        ),
        ("# %% points=1\ndef test_a():\n    pass\n### BEGIN HIDDEN TESTS\n", 4, "is not closed"),
        ("# %%\ndef f():\n    ### BEGIN SOLUTION\n    return 1\n", 3, "is not closed"),
        ("# %%\n### END SOLUTION\na = 1\n", 2, "without"),
        ("# %%\n### BEGIN SOLUTION\n### BEGIN SOLUTION\na = 1\n### END SOLUTION\n", 3, "inside the region"),
        ("# %%\n# BEGIN SOLUTION\na = 1\n### END SOLUTION\n", 2, "on a line of its own"),
        ("# %% points=1\nif True:\n    def test_a():\n        pass\n", 3, "No call reaches test_a"),
        ("# %% points=1\nclass A:\n    def test_a(self):\n        pass\n", 3, "No call reaches test_a"),
        ("# %% points=1\ndef test_a(x):\n    pass\n", 2, "takes no arguments"),
        ("# %% points=1\ndef test_a(*, x):\n    pass\n", 2, "takes no arguments"),
        ("# %% points=1\nasync def test_a():\n    pass\n", 2, "plain function"),
        ("# %% points=1\ndef test_a():\n    yield 1\n", 2, "plain function"),
        ("# %% points=1\ndef test_a():\n    pass\ndef test_a():\n    pass\n", 4, "of line 2"),
        (
            "# %% points=1\ndef test_a():\n    pass\ndef test_b():\n    pass\n"
            "# %% points=1\ndef test_c():\n    pass\ndef test_b():\n    pass\n",
            6,
            "test_b of line 1",
        ),
        ("# %% points=1\nx = 1\n" + HIDDEN.format("y = 2"), 1, "no function test_*"),
        ("# %%\n" + SOLUTION.format("a = 1") + HIDDEN.format("b = 1"), 1, "a solution and tests"),
        ("# %% points=3\na = 1\n", 1, "nothing could earn them"),
        ("# %% points=3 score=7\na = 1\n", 1, "score=7 is no name"),
        ('# %% points=3 score="a b"\na = 1\n', 1, "score='a b' is no name"),
        ('# %% score="a"\na = 1\n', 1, "cell that scores a has no points"),
        ('# %% points=-1 score="a"\na = 1\n', 1, "not a number of points"),
        ('# %% points=3 score="a"\n' + SOLUTION.format("a = 1"), 1, "neither solution nor tests"),
        ('# %% points=3 score="a"\ndef test_a():\n    pass\n', 1, "neither solution nor tests"),
        ('# %% points=3 score="a" nbgrader={"grade_id": "a"}\na = 1\n', 1, "neither solution nor tests"),
        ('# %% points=3 score="a"\n# %% points=3 score="a"\n', 2, "grade id 'score_a' is already used in line 1"),
        ('# %% points="three"\ndef test_a():\n    pass\n', 1, "not a number of points"),
        ("# %% points=-1\ndef test_a():\n    pass\n", 1, "not a number of points"),
        ('# %% nbgrader={"locked": true}\na = 1\n', 1, "needs a grade_id"),
        ('# %% nbgrader={"grade_id": "a b"}\na = 1\n', 1, "needs a grade_id"),
        ('# %% nbgrader={"grade_id": "a", "grade": true}\na = 1\n', 1, "has no points"),
        ("# %% points=1e400\ndef test_a():\n    pass\n", 1, "not a number of points"),
        ("# %% [markdwon]\n# text\n", 1, "There are cells [markdown]"),
        ("# %% [markdown]\n# ### BEGIN SOLUTION\n# ### END SOLUTION\n", 1, "belongs into a cell of code"),
        (
            '# %% [markdown] nbgrader={"grade_id": "a", "grade": true, "points": 1}\n'
            "# ### BEGIN SOLUTION\n# ### END SOLUTION\n",
            1,
            "belongs into a cell of code",
        ),
        (
            '# %% [markdown] nbgrader={"grade_id": "a", "grade": true, "solution": true, "points": 1}\n'
            "# ### BEGIN HIDDEN TESTS\n# ### END HIDDEN TESTS\n",
            1,
            "belongs into a cell of code",
        ),
        ("# %%\ndef f():\n    ### BEGIN  SOLUTION\n    return 1\n", 3, "is not a region marker"),
        ("# %%\ndef f():\n    ### begin hidden tests\n    return 1\n", 3, "is not a region marker"),
        ("# %% points=1\ndef test_a_hidden():\n    pass\n", 2, "is in no hidden region"),
        ("# %% points=1\ndef test_a():\n    return 1 == 2\n", 2, "is lost"),
        ("# %% points=1\ntest_a = lambda: 1\n", 2, "write a test as a function"),
        ("", 1, "no cells"),
        ("# %%\ndef f():\n    # %% a thought\n    return 1\n", 3, "looks like a cell marker"),
        ('# %%\ntext = """\n# %% not a cell\n"""\n', 3, "looks like a cell marker"),
        ("# %%\na = 1\n# In[3]:\nb = 1\n", 3, "looks like a cell marker"),
        ("# %%\na = 1\n#%%\nb = 1\n", 3, "looks like a cell marker"),
        ("# %%\ndef f():\n    a = 1\n# %%\n    return a\n", 5, "not Python by itself"),
        ("# %%\ndef f(:\n", 2, "not Python"),
        ('# %%\na = """\n', 2, "not Python"),
    ],
)
def test_each_mistake_is_told_with_its_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    (problem,) = problems(tmp_path, text)
    number, _, sentence = problem.partition(": ")
    assert (int(number), words in sentence) == (line, True), problem


def test_a_cell_is_named_by_its_visible_test_wherever_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "a1_toy.py"
    hidden = HIDDEN.format("def test_a_hidden():\n    pass")
    path.write_text(f"# %% points=1\n{hidden}def test_a():\n    pass\n", encoding="utf-8")
    (cell,) = read_cells(path)
    assert (cell.grade_id, cell.exercise) == ("test_a", "a")
    assert [(test.name, test.hidden) for test in cell.tests] == [("test_a", False), ("test_a_hidden", True)]


@pytest.mark.parametrize("separator", ["\x0c", "\u2028"])
def test_odd_line_ends_in_the_text_do_not_move_the_markers(tmp_path: Path, separator: str) -> None:
    path = tmp_path / "a1_toy.py"
    path.write_text(f"# %% [markdown]\n# one{separator}two\n\n# %%\na = 1\n", encoding="utf-8")
    assert [cell.line for cell in read_cells(path)] == [1, 4]


def test_a_file_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a1_toy.py").write_bytes("# %%\na = 'é'\n".encode("latin-1"))
    with pytest.raises(CourseError, match="not UTF-8"):
        read_cells(tmp_path / "a1_toy.py")


def test_all_mistakes_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    text = "# %%\ndef test_x():\n    pass\n# %%\n" + SOLUTION.format("print()")
    assert [problem.partition(":")[0] for problem in problems(tmp_path, text)] == ["1", "4"]


def test_code_before_the_first_marker_is_refused(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, "import os\n# %%\na = 1\n")
    assert "Start the file with a marker" in problem
