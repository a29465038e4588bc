"""Does a solution file become the notebooks it should?"""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from autograder.authoring.build import build, source_notebook
from autograder.course import Course, CourseError
from autograder.nbgrader_course import nbgrader_api
from tests.conftest import TOY, TOY_BY_HAND, TOY_SCORE, make_toy


def by_id(notebook: nbformat.NotebookNode) -> dict[str, nbformat.NotebookNode]:
    return {cell.metadata.get("nbgrader", {}).get("grade_id"): cell for cell in notebook.cells}


def test_building_twice_gives_the_same_bytes(toy: Course) -> None:
    first = build(toy, "a1_toy").read_bytes(), toy.source("a1_toy").read_bytes()
    assert (build(toy, "a1_toy").read_bytes(), toy.source("a1_toy").read_bytes()) == first


def test_students_get_stubs_and_visible_tests_with_calls(built_toy: Course) -> None:
    cells = by_id(nbformat.read(built_toy.release("a1_toy"), as_version=4))
    assert cells["double"].source == (
        'def double(x):\n    """Twice `x`."""\n    # YOUR CODE HERE\n    raise NotImplementedError()'
    )
    assert cells["quiz_even"].source == 'quiz_even = "?"  # @param ["?", "a", "b"]'
    assert cells["test_double"].source.strip() == (
        'def test_double():\n    """1 → 2"""\n    compare(double(1), 2)\n\n\n'
        'test_double()\nprint("✓ test_double passed")'
    )
    assert cells["test_double"].metadata.nbgrader.points == 3


def test_a_model_answer_stays_in_the_source(tmp_path: Path) -> None:
    course = make_toy(tmp_path, TOY + TOY_BY_HAND)
    build(course, "a1_toy")
    cell = by_id(nbformat.read(course.release("a1_toy"), as_version=4))["short_answer"]
    assert cell.cell_type == "markdown" and cell.source == "Your answer:\n\nYOUR ANSWER HERE"
    assert cell.metadata.nbgrader.points == 2


def test_below_a_test_stands_what_else_is_asked(built_toy: Course) -> None:
    cells = nbformat.read(built_toy.release("a1_toy"), as_version=4).cells
    place = next(n for n, cell in enumerate(cells) if cell.source.startswith("def test_double"))
    assert cells[place + 1].source == "*Also asked, on other inputs:* an array · one number."
    assert not cells[-1].source.startswith("*Also asked")  # a quiz has nothing else to ask


def test_the_notebook_says_how_points_are_given_and_else_is_the_same(toy: Course) -> None:
    release = build(toy, "a1_toy").read_text(encoding="utf-8")
    assert "a question. All or nothing." in release and "credit" not in release
    settings = toy.root / "pyproject.toml"
    settings.write_text(settings.read_text(encoding="utf-8") + 'credit = "share"\n', encoding="utf-8")
    shares = build(Course(toy.root), "a1_toy")
    assert "a question. An exercise has the share of its points" in shares.read_text(encoding="utf-8")
    before, after = (
        [cell.source for cell in nbformat.reads(text, 4).cells[1:]] for text in (release, shares.read_text())
    )
    assert before == after
    solution = toy.solution("a1_toy")
    solution.write_text(solution.read_text(encoding="utf-8").replace("<!-- credit -->", ""), encoding="utf-8")
    with pytest.raises(CourseError, match="Put <!-- credit --><!-- /credit --> into its text"):
        source_notebook(Course(toy.root), "a1_toy")


def test_hidden_tests_by_hand_are_called_inside_their_region(tmp_path: Path) -> None:
    by_hand = "\n\n### BEGIN HIDDEN TESTS\ndef test_half_hidden():\n    assert half(4) == 2\n\n\n### END HIDDEN TESTS\n"
    answer = "\n\n# %%\ndef half(x):\n    ### BEGIN SOLUTION\n    return x / 2\n    ### END SOLUTION\n"
    test = "\n\n# %% points=1\ndef test_half():\n    assert half(2) == 1\n"
    course = make_toy(tmp_path, TOY + answer + test + by_hand)
    source = by_id(source_notebook(course, "a1_toy"))["test_half"].source
    hidden = source[source.index("### BEGIN HIDDEN TESTS") : source.index("### END HIDDEN TESTS")]
    assert hidden.rstrip().endswith("test_half_hidden()")
    assert "test_half_hidden" not in source.replace(hidden, "")


def test_a_hidden_region_within_a_visible_test_is_called_after_it(tmp_path: Path) -> None:
    course = make_toy(
        tmp_path,
        "# %% points=1\ndef test_a():\n    x = 1\n    ### BEGIN HIDDEN TESTS\n    assert x == 1\n"
        "    ### END HIDDEN TESTS\n",
    )
    (cell,) = source_notebook(course, "a1_toy").cells
    assert cell.source.index("### END HIDDEN TESTS") < cell.source.index("\ntest_a()")


def test_a_score_is_the_last_value_of_its_cell(tmp_path: Path) -> None:
    course = make_toy(tmp_path, TOY + TOY_SCORE)
    cell = by_id(source_notebook(course, "a1_toy"))["score_accuracy"]
    assert [line for line in cell.source.splitlines() if line][-2:] == ["score_accuracy()", "### END HIDDEN TESTS"]
    assert "score_accuracy" not in by_id(source_notebook(course, "a1_toy", generated=False))["score_accuracy"].source


def test_the_badge_opens_this_notebook_in_the_configured_repository(built_toy: Course) -> None:
    title = nbformat.read(built_toy.release("a1_toy"), as_version=4).cells[0].source
    repository = built_toy.settings["repository"].removeprefix("https://github.com/")
    assert title.startswith("# Toy assignment\n\n[![Open in Colab]")
    assert f"/github/{repository}/blob/main/assignments/a1_toy/a1_toy.ipynb)" in title


def test_cell_ids_are_unique_and_survive_an_edit_elsewhere(tmp_path: Path) -> None:
    course = make_toy(tmp_path, TOY + "\n# %%\nx = 1\n\n# %%\nx = 1\n")
    ids = [cell.id for cell in source_notebook(course, "a1_toy").cells]
    assert len(set(ids)) == len(ids)
    course.solution("a1_toy").write_text("# %% [markdown]\n# new\n\n" + course.solution("a1_toy").read_text("utf-8"))
    assert [cell.id for cell in source_notebook(course, "a1_toy").cells][2:] == ids[1:]


def test_titled_cells_are_folded_on_colab_and_jupyterlab(toy: Course) -> None:
    setup = source_notebook(toy, "a1_toy").cells[1]
    assert setup.metadata == {"cellView": "form", "jupyter": {"source_hidden": True}}


@pytest.mark.slow
def test_nbgrader_makes_the_same_notebook(tmp_path: Path) -> None:
    course = make_toy(tmp_path, TOY + TOY_SCORE + TOY_BY_HAND)
    release = build(course, "a1_toy")
    ours = release.read_bytes()
    assert nbgrader_api(course).generate_assignment("a1_toy", force=True, create=True)["success"]
    assert release.read_bytes() == ours


def test_a_region_in_the_first_line_of_a_cell_leaves_nothing_behind(tmp_path: Path) -> None:
    course = make_toy(tmp_path, "# %%\n### BEGIN SOLUTION\nanswer = 1\n### END SOLUTION\n")
    (cell,) = nbformat.read(build(course, "a1_toy"), as_version=4).cells
    assert cell.source == ""


def test_a_course_without_an_address_says_what_is_missing(toy: Course) -> None:
    (toy.root / "pyproject.toml").write_text("[tool.autograder]\nbranch = 'main'\n")
    with pytest.raises(CourseError, match="lacks repository"):
        build(toy, "a1_toy")
