"""Does whatever a student did to the notebook come out as the release has it, but for the answers?"""

from __future__ import annotations

import copy
from pathlib import Path

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader.nbgraderformat import MetadataValidator
from nbgrader.utils import is_locked

from autograder.authoring.build import source_notebook
from autograder.authoring.release import with_stubs as released
from autograder.classroom.grade import prepare
from autograder.course import Course
from autograder.gradebook.book import open_gradebook
from autograder.grading.score import is_graded
from autograder.submissions.restore import grade_id, restore, without_hidden_tests
from tests.conftest import TOY, TOY_BY_HAND, TOY_SCORE, make_toy

Notebook = nbformat.NotebookNode
TESTS = ["test_double", "test_total", "test_quiz_even", "score_accuracy", "short_answer"]


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A toy with a score and an answer in words, built; tests only look at it."""
    made = make_toy(tmp_path_factory.mktemp("restore"), TOY + TOY_SCORE + TOY_BY_HAND)
    prepare(made, "a1_toy")
    return made


@pytest.fixture(scope="module")
def source(course: Course) -> Notebook:
    return nbformat.read(course.source("a1_toy"), as_version=4)


@pytest.fixture
def submitted(course: Course) -> Notebook:
    return nbformat.read(course.release("a1_toy"), as_version=4)


def by_id(notebook: Notebook) -> dict[str, Notebook]:
    cells = {name: cell for cell in notebook.cells if (name := grade_id(cell))}
    assert len(cells) == sum(grade_id(cell) is not None for cell in notebook.cells), "a grade id stands twice"
    return cells


def assert_sound(restored: Notebook, source: Notebook) -> None:
    """Every grade cell once, as released; ids unique; the whole valid for Jupyter and nbgrader."""
    nbformat.validate(restored)
    MetadataValidator().validate_nb(restored)
    assert len({cell.id for cell in restored.cells}) == len(restored.cells)
    reference, cells = by_id(released(source)), by_id(restored)
    for name, cell in reference.items():
        if is_graded(cell):
            assert cells[name].cell_type == cell.cell_type and cells[name].metadata == cell.metadata
        if is_locked(cell):
            assert cells[name].source == cell.source
    assert cells.keys() <= reference.keys()


def test_the_release_is_known_as_the_gradebook_knows_it(course: Course, source: Notebook) -> None:
    ours = by_id(released(source))
    with open_gradebook(course) as gradebook:
        notebook = gradebook.find_notebook("a1_toy", "a1_toy")
        for theirs in notebook.source_cells:
            cell = ours.pop(theirs.name)
            assert (cell.source, cell.cell_type, cell.metadata.nbgrader.checksum, bool(is_locked(cell))) == (
                theirs.source,
                theirs.cell_type,
                theirs.checksum,
                theirs.locked,
            )
    assert ours == {}


def test_a_notebook_as_given_out_gets_its_hidden_tests_and_nothing_else(source: Notebook, submitted: Notebook) -> None:
    restored = restore(submitted, source)
    assert_sound(restored, source)
    assert [cell.source for cell in restored.cells] == [cell.source for cell in released(source).cells]


def test_the_notebook_that_is_run_is_the_one_that_was_given_out(course: Course, submitted: Notebook) -> None:
    restored = restore(submitted, source_notebook(course, "a1_toy", generated=False))
    assert [cell.source for cell in restored.cells] == [cell.source for cell in submitted.cells]


def test_without_hidden_tests_a_notebook_is_the_one_that_was_given_out(source: Notebook, submitted: Notebook) -> None:
    assert "### BEGIN HIDDEN TESTS" in by_id(source)["test_double"].source
    without = without_hidden_tests(restore(submitted, source))
    assert [cell.source for cell in without.cells] == [cell.source for cell in submitted.cells]


def test_what_a_student_writes_between_the_marks_of_hidden_tests_is_an_answer(
    source: Notebook, submitted: Notebook
) -> None:
    mine = "### BEGIN HIDDEN TESTS\nmine = 1"  # and no end
    by_id(submitted)["double"].source = mine
    submitted.cells.append(new_code_cell(mine))
    restored = restore(submitted, source)
    before = copy.deepcopy(restored)
    without = without_hidden_tests(restored)
    assert by_id(without)["double"].source == mine
    assert without.cells[-1].source == mine
    assert restored == before


def test_neither_notebook_is_changed(source: Notebook, submitted: Notebook) -> None:
    before = copy.deepcopy((submitted, source))
    restored = restore(submitted, source)
    for cell in restored.cells:
        cell.source, cell.metadata["x"] = "", 1
    assert (submitted, source) == before


@pytest.mark.parametrize("name", TESTS)
def test_a_deleted_grade_cell_comes_back_where_it_stood(source: Notebook, submitted: Notebook, name: str) -> None:
    whole = restore(submitted, source)
    submitted.cells = [cell for cell in submitted.cells if grade_id(cell) != name]
    restored = restore(submitted, source)
    assert_sound(restored, source)
    assert list(by_id(restored)) == list(by_id(whole))


def test_all_cells_deleted_come_back_in_order(source: Notebook, submitted: Notebook) -> None:
    submitted.cells = []
    restored = restore(submitted, source)
    assert_sound(restored, source)
    assert list(by_id(restored)) == TESTS


def test_a_deleted_answer_stays_deleted(source: Notebook, submitted: Notebook) -> None:
    submitted.cells = [cell for cell in submitted.cells if grade_id(cell) != "double"]
    restored = restore(submitted, source)
    assert "double" not in by_id(restored) and "test_double" in by_id(restored)


def test_a_deleted_test_comes_back_behind_all_that_stood_before_it_wherever_that_was_moved(
    source: Notebook, submitted: Notebook
) -> None:
    cells = by_id(submitted)
    submitted.cells = [cell for cell in submitted.cells if grade_id(cell) not in ("test_double", "test_total")]
    submitted.cells.remove(cells["double"])
    submitted.cells.append(cells["double"])
    order = list(by_id(restore(submitted, source)))
    assert order[-3:] == ["double", "test_double", "test_total"]


def test_tests_of_which_the_answers_are_gone_come_back_at_the_end(source: Notebook, submitted: Notebook) -> None:
    """What a student's program saved without any metadata still holds the answers, in some cells."""
    for cell in submitted.cells:
        cell.metadata = {}
    last = submitted.cells[-1].source
    restored = restore(submitted, source)
    assert_sound(restored, source)
    assert [grade_id(cell) for cell in restored.cells[-len(TESTS) :]] == TESTS
    assert restored.cells[-len(TESTS) - 1].source == last


def test_a_test_that_was_moved_before_its_answer_goes_behind_it(source: Notebook, submitted: Notebook) -> None:
    tests = [cell for cell in submitted.cells if grade_id(cell) in TESTS]
    submitted.cells = tests[::-1] + [cell for cell in submitted.cells if cell not in tests]
    order = list(by_id(restore(submitted, source)))
    assert [name for name in order if "double" in name or "total" in name or "quiz" in name] == [
        *("double", "test_double", "total", "test_total", "quiz_even", "test_quiz_even")
    ]


def test_of_a_cell_twice_the_last_counts_and_the_first_is_plain(source: Notebook, submitted: Notebook) -> None:
    (place,) = [n for n, cell in enumerate(submitted.cells) if grade_id(cell) == "double"]
    for text in ("second", "third"):
        again = copy.deepcopy(submitted.cells[place])
        again.source = text
        submitted.cells.insert(place + (text == "third") + 1, again)
    submitted.cells += [copy.deepcopy(cell) for cell in submitted.cells if grade_id(cell) == "test_total"]
    restored = restore(submitted, source)
    assert_sound(restored, source)
    assert by_id(restored)["double"].source == "third"
    assert grade_id(restored.cells[-1]) == "test_total"
    plain = restored.cells[place + 1]
    assert plain.source == "second" and plain.metadata == {}


def test_a_renamed_test_becomes_plain_and_the_real_one_comes_back(source: Notebook, submitted: Notebook) -> None:
    by_id(submitted)["test_double"].metadata.nbgrader.grade_id = "test_mine"
    restored = restore(submitted, source)
    assert_sound(restored, source)
    assert "test_mine" not in by_id(restored)


@pytest.mark.parametrize("cell_type", ["code", "markdown", "raw"])
def test_a_retyped_cell_gets_its_type_back_and_an_answer_keeps_its_text(
    source: Notebook, submitted: Notebook, cell_type: str
) -> None:
    for name in ("double", "test_double", "short_answer"):
        cell = by_id(submitted)[name]
        cell.cell_type = cell_type
        for key in ("outputs", "execution_count"):
            cell.pop(key, None)
        cell.source = f"what {name} is"
    restored = restore(submitted, source)
    assert_sound(restored, source)
    cells = by_id(restored)
    assert (cells["double"].cell_type, cells["double"].source) == ("code", "what double is")
    assert (cells["short_answer"].cell_type, cells["short_answer"].source) == ("markdown", "what short_answer is")


@pytest.mark.parametrize(
    "forged",
    [
        {"points": 1000},
        {"points": "many"},
        {"grade": False},
        {"locked": False},
        {"solution": True},
        {"task": True},
        {"checksum": "0"},
        {"schema_version": 99},
        {"cell_type": "raw", "x": [1]},
    ],
)
def test_forged_metadata_of_a_test_are_the_releases_again(source: Notebook, submitted: Notebook, forged: dict) -> None:  # type: ignore[type-arg]
    cell = by_id(submitted)["test_double"]
    cell.metadata.nbgrader.update(forged)
    cell.source = "pass"
    assert_sound(restore(submitted, source), source)


@pytest.mark.parametrize(
    "metadata",
    [
        None,
        [],
        "x",
        3,
        {"nbgrader": None},
        {"nbgrader": []},
        {"nbgrader": {"grade_id": None}},
        {"nbgrader": {"grade_id": ["test_double"]}},
        {"nbgrader": {"grade_id": ""}},
        {"nbgrader": {}},
        {"tags": 3},
        {"tags": [None, {}]},
        {"name": 5},
    ],
)
def test_metadata_of_any_kind_do_no_harm(source: Notebook, submitted: Notebook, metadata: object) -> None:
    for cell in submitted.cells:
        cell["metadata"] = nbformat.from_dict(metadata)
    restored = restore(submitted, source)
    assert_sound(restored, source)


def test_a_cell_the_student_marked_becomes_plain(source: Notebook, submitted: Notebook) -> None:
    mark = {"grade_id": "bonus", "grade": True, "points": 50, "solution": False, "locked": True, "schema_version": 3}
    submitted.cells.append(new_code_cell("pass", metadata={"nbgrader": mark}))
    restored = restore(submitted, source)
    assert_sound(restored, source)
    assert restored.cells[-1].source == "pass" and restored.cells[-1].metadata == {}


def test_no_tag_stops_a_cell_and_tags_of_the_release_stay(source: Notebook, submitted: Notebook) -> None:
    source = copy.deepcopy(source)
    by_id(source)["test_double"].metadata["tags"] = ["raises-exception"]
    for cell in submitted.cells:
        cell.metadata["tags"] = ["skip-execution"]
    restored = restore(submitted, source)
    assert {tag for cell in restored.cells for tag in cell.metadata.get("tags", [])} == {"needs:toy_data"}


def test_ids_that_stand_twice_or_belong_to_a_test_are_made_anew(source: Notebook, submitted: Notebook) -> None:
    for text in ("a", "b"):
        submitted.cells.append(new_code_cell(text, id="test_double"))
    restored = restore(submitted, source)
    assert_sound(restored, source)
    assert [cell.id for cell in restored.cells[-2:]] == ["test_double-2", "test_double-3"]


def test_the_notebooks_own_metadata_are_the_sources(source: Notebook, submitted: Notebook) -> None:
    submitted.metadata = nbformat.from_dict({"kernelspec": {"name": "bash"}, "widgets": {"x": 1}})
    assert restore(submitted, source).metadata == {k: source.metadata[k] for k in ("kernelspec", "language_info")}


def test_a_picture_in_an_answer_in_words_stays(source: Notebook, submitted: Notebook) -> None:
    picture = {"p.png": {"image/png": "aGk="}}
    by_id(submitted)["short_answer"]["attachments"] = nbformat.from_dict(picture)
    submitted.cells.append(new_markdown_cell("![](attachment:p.png)", attachments=nbformat.from_dict(picture)))
    restored = restore(submitted, source)
    assert_sound(restored, source)
    assert by_id(restored)["short_answer"].attachments == restored.cells[-1].attachments == picture


# What may be done to a cell, (what, which cell, where or what to).
METADATA = [None, 3, {}, {"nbgrader": 1}, {"nbgrader": {"grade_id": 2}}]
mutations = st.lists(
    st.tuples(
        st.sampled_from(["delete", "double", "rename", "retype", "move", "points", "metadata", "edit", "clear ids"]),
        st.integers(0, 99),
        st.integers(0, 99),
    ),
    max_size=12,
)


def mutate(notebook: Notebook, what: str, which: int, where: int) -> str | None:
    """Do one thing to the notebook; the grade id of a cell that was deleted."""
    if not notebook.cells:
        return None
    cell = notebook.cells[which % len(notebook.cells)]
    nbgrader = cell.metadata.get("nbgrader", {}) if isinstance(cell.metadata, dict) else {}
    if what == "delete":
        notebook.cells.pop(which % len(notebook.cells))
        return grade_id(cell)
    if what == "double":
        notebook.cells.insert(where % len(notebook.cells), copy.deepcopy(cell))
    elif what == "move":
        notebook.cells.insert(where % len(notebook.cells), notebook.cells.pop(which % len(notebook.cells)))
    elif what == "rename" and isinstance(nbgrader, dict):
        nbgrader["grade_id"] = [*TESTS, "double", "mine", ""][where % 8]
    elif what == "retype":
        cell.cell_type = ["code", "markdown", "raw"][where % 3]
    elif what == "points" and isinstance(nbgrader, dict):
        nbgrader["points"] = [-1, 0, 10**9, "x"][where % 4]
    elif what == "metadata":
        cell["metadata"] = nbformat.from_dict(METADATA[where % len(METADATA)])
    elif what == "edit":
        cell.source = "edited"
    elif what == "clear ids":
        cell["id"] = "same"
    return None


@given(mutations)
@settings(deadline=None, max_examples=150)
def test_whatever_is_done_every_grade_cell_comes_out_once_as_released(
    course: Course, source: Notebook, steps: list[tuple[str, int, int]]
) -> None:
    submitted = nbformat.read(course.release("a1_toy"), as_version=4)
    for step in steps:
        mutate(submitted, *step)
    left = {grade_id(cell) for cell in submitted.cells}
    restored = restore(submitted, source)
    assert_sound(restored, source)
    order = list(by_id(restored))
    for name in TESTS:  # no test comes before what it tests
        answer = name.removeprefix("test_")
        assert answer == name or answer not in order or order.index(answer) < order.index(name)
    reference = list(by_id(released(source)))
    for name in {*TESTS} - left:  # and what was lost behind all that is where it was, or at the end
        before = [other for other in reference[: reference.index(name)] if other in left]
        assert all(order.index(other) < order.index(name) for other in before)
    assert restore(restored, source) == restored


def test_stock_nbgrader_restores_the_same_cells(source: Notebook, course: Course, tmp_path: Path) -> None:
    """`RestoreCells`, for `nbgrader autograde`, shares its places with `restore`."""
    from autograder.nbgrader_course import nbgrader_api
    from autograder.submissions.nbgrader_restore import RestoreCells

    submitted = nbformat.read(course.release("a1_toy"), as_version=4)
    submitted.cells = [
        cell for cell in submitted.cells if grade_id(cell) not in ("double", "test_double", "test_total")
    ]
    info = {"db_url": nbgrader_api(course).coursedir.db_url, "notebook": "a1_toy", "assignment": "a1_toy"}
    theirs, _ = RestoreCells().preprocess(copy.deepcopy(submitted), {"nbgrader": info})
    assert list(by_id(theirs)) == list(by_id(restore(submitted, source)))
