"""Does a student's page say what helps, and nothing that must stay hidden?"""

from __future__ import annotations

import html
import re
from dataclasses import replace
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_output
from nbgrader.utils import is_locked

from autograder.course import Course, CourseError
from autograder.gradebook.book import open_gradebook
from autograder.grading.record import RecordedMistake, SubmissionResult
from autograder.grading.score import MOST_NAMES
from autograder.kernels.client import WarmKernelManager
from autograder.nbgrader_course import nbgrader_api
from autograder.reporting.nbgrader_pages import OnlyReleased
from tests.reporting.conftest import FAILS_BEYOND, FAILS_VISIBLY, NAME, RIGHT, GradedClass

# Of solutions, questions, hidden tests that are made of these, and the answers that the judge knows.
HIDDEN = ("doubled_value", "rng.integers", "_hidden()", "made_with", "BEGIN HIDDEN", "BEGIN SOLUTION", "right = 'b'")


def words(page: str) -> str:
    """What a reader sees, in one line."""
    body = re.sub(r"<(style|script|title).*?</\1>", "", page, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", body)).split())


def exercise(page: str, name: str) -> str:
    """What a reader sees of one exercise."""
    return words(page.partition(f'id="{name}"')[2].partition("<h3")[0].partition("</section>")[0].partition(">")[2])


def shown_of_hidden(text: str) -> list[str]:
    """What of HIDDEN stands in a page or any other text."""
    return [hidden for hidden in HIDDEN if hidden in words(text) or html.escape(hidden) in text]


def replace_in_notebook(graded: GradedClass, student: str, old: str, new: str) -> None:
    path = graded.course.autograded(student, NAME)
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.unlink()
    path.write_text(text.replace(old, new), encoding="utf-8")


def replace_in_record(graded: GradedClass, student: str, **facts: Any) -> None:
    """Have other facts about the first exercise in the student's record."""
    path = graded.course.record(student, NAME)
    record = SubmissionResult.read(path)
    assert record is not None
    first, *others = record.exercises
    replace(record, exercises=(replace(first, **facts), *others)).write(path)


def test_right_answers_get_their_points(graded: GradedClass) -> None:
    graded.grade("ada", RIGHT)
    page = graded.pages()["ada"]
    right = "Right: the test that you see passes, and so does all that is asked beyond it."
    assert f"3 of 3 points. {right}" in exercise(page, "double")
    assert "Not right" not in page
    assert "6 of 8 points" in words(page)


def test_what_the_visible_test_said_is_shown(graded: GradedClass) -> None:
    graded.grade("ada", RIGHT | {"double": FAILS_VISIBLY})
    said = exercise(graded.pages()["ada"], "double")
    assert "0 of 3 points. The test that you see does not pass." in said
    assert "Not right: an array , one number . expected 2, got 1" in said
    assert "return np.asarray(x)" in said


def test_the_questions_that_fail_are_named_and_no_number_is_given_away(graded: GradedClass) -> None:
    result = graded.grade("ada", RIGHT | {"double": FAILS_BEYOND, "quiz_even": 'quiz_even = "a"'})
    evidence = result.cells[0].evidence
    got, expected = re.fullmatch(r"asked 'an array' it gave (\d+) at .* the reference gives (\d+)", evidence).groups()  # type: ignore[union-attr]
    page = graded.pages()["ada"]
    said = exercise(page, "double")
    assert "The test that you see passes. What is asked beyond it is not all right. Not right: an array ." in said
    assert "one number" not in said
    assert not {got, expected} & set(re.findall(r"\d+", said))
    assert "0 of 1 points. This is not the right answer." in exercise(page, "quiz_even")
    assert "value" not in exercise(page, "quiz_even")
    assert evidence not in words(page)
    assert shown_of_hidden(page) == []


def test_where_shares_are_given_the_questions_that_fail_are_named_beside_the_points(graded: GradedClass) -> None:
    settings = graded.course.root / "pyproject.toml"
    settings.write_text(settings.read_text() + 'credit = "share"\n')
    shares = GradedClass(Course(graded.course.root))
    shares.grade("ada", RIGHT | {"double": FAILS_BEYOND})
    said = exercise(shares.pages()["ada"], "double")
    assert "1.5 of 3 points. The test that you see passes. What is asked beyond it is not all right." in said
    assert "Not right: an array ." in said


def test_an_answer_that_gave_nothing_back_is_told_so(graded: GradedClass) -> None:
    graded.grade("ada", RIGHT | {"total": "totals = sum"})
    assert "0 of 2 points. Your answer gave no result" in exercise(graded.pages()["ada"], "total")


def test_of_many_questions_that_fail_a_page_names_the_first_few(graded: GradedClass) -> None:
    graded.grade("ada", RIGHT | {"double": FAILS_VISIBLY})
    replace_in_record(graded, "ada", failing=tuple(f"<q{number}>" for number in range(MOST_NAMES + 3)))
    said = exercise(graded.pages()["ada"], "double")
    assert f"<q{MOST_NAMES - 1}> , and 3 more." in said


def test_what_is_right_although_the_visible_test_fails_has_its_points(graded: GradedClass) -> None:
    graded.grade("ada", RIGHT)
    replace_in_record(graded, "ada", test_passed=False)
    said = exercise(graded.pages()["ada"], "double")
    assert "3 of 3 points. Right for all that is asked, although the test that you see did not pass here." in said


def test_what_was_not_answered_is_not_called_wrong(graded: GradedClass) -> None:
    graded.grade("ada", {})
    page = graded.pages()["ada"]
    for name in ("double", "total", "quiz_even"):
        assert "Left as it was given out." in exercise(page, name) and "NotImplemented" not in exercise(page, name)


def test_a_cell_that_fails_by_itself_is_shown_with_its_error(graded: GradedClass) -> None:
    graded.grade("ada", RIGHT | {"double": "def double(x)\n    return x"})
    said = exercise(graded.pages()["ada"], "double")
    assert "Your cell fails by itself, before any test: SyntaxError: expected ':'" in said


def test_what_a_person_gave_and_wrote_counts_and_is_shown(graded: GradedClass) -> None:
    graded.grade("ada", RIGHT | {"short_answer": "Since 2 × 2 = 4."})
    assert "A person will look at this." in exercise(graded.pages()["ada"], "short_answer")
    with open_gradebook(graded.course) as gradebook:
        for name, score in (("short_answer", 1.5), ("test_double", 1.0)):
            grade = gradebook.find_grade(name, NAME, NAME, "ada")
            grade.manual_score, grade.needs_manual_grade = score, False
        gradebook.find_comment("short_answer", NAME, NAME, "ada").manual_comment = "Well <said>.\nReally."
        gradebook.db.commit()
    page = graded.pages()["ada"]
    said = exercise(page, "short_answer")
    assert "1.5 of 2 points. Graded by a person." in said and "Your instructor writes: Well <said>. Really." in said
    assert "1 of 3 points. Graded by a person." in exercise(page, "double")
    assert "5.5 of 8 points" in words(page) and "Since 2 × 2 = 4." in said


def test_lateness_is_told(graded: GradedClass) -> None:
    graded.grade("ada", RIGHT)
    with open_gradebook(graded.course) as gradebook:
        gradebook.find_submission_notebook(NAME, NAME, "ada").late_submission_penalty = 2.0
        gradebook.db.commit()
    assert "4 of 8 points 6 points, less 2 because it was handed in late." in words(graded.pages()["ada"])


def test_a_recognised_mistake_is_named_and_explained(graded: GradedClass) -> None:
    known = RecordedMistake("double__never_<_zero", "You forgot\n    what is negative.")
    graded.grade("ada", RIGHT | {"double": FAILS_BEYOND}, mistakes={"test_double": known})
    graded.grade("bob", RIGHT, mistakes={"test_double": known})
    pages = graded.pages()
    said = exercise(pages["ada"], "double")
    assert "It looks like this mistake: never < zero . You forgot what is negative." in said
    assert "a known mistake" not in pages["bob"]


def test_what_is_for_the_instructor_is_not_for_the_student(graded: GradedClass) -> None:
    graded.grade("ada", RIGHT, problems=("a problem noted",), flags=("a flag raised",))
    graded.refuse("bob", "a reason given")
    pages = graded.pages()
    assert "a problem noted" not in pages["ada"] and "a flag raised" not in pages["ada"]
    assert "a reason given" not in pages["bob"] and "could not be graded" in words(pages["bob"])


def test_nothing_that_a_student_wrote_can_run_or_be_fetched(graded: GradedClass) -> None:
    evil = '</pre><script>alert(1)</script><img src="https://example.org/x.png" onerror=alert(1)>'
    answers = RIGHT | {"double": f"def double(x):\n    raise ValueError('''{evil}''')"}
    graded.grade("<b>ada", answers | {"short_answer": evil}, f"print('''{evil}''')", f"# {evil}\n1 / 0")
    with open_gradebook(graded.course) as gradebook:
        gradebook.update_or_create_student("<b>ada", first_name=evil)
    page = graded.pages()["<b>ada"]
    assert "<script" not in page and "<b>ada" not in page and "<img" not in page
    assert "default-src 'none'; img-src data:; style-src 'unsafe-inline'" in page
    addresses = set(re.findall(r'(?:href|src)="([^"#][^"]*)"', page))
    assert addresses <= {graded.course.colab_url(NAME)}
    assert words(page).count(evil) == 7  # name, title of the page apart: answers, outputs, errors, own cells


def test_pages_are_for_the_students_named(graded: GradedClass) -> None:
    for student in ("ada", "bob"):
        graded.grade(student, RIGHT)
    assert list(graded.pages("bob")) == ["bob"]
    assert not graded.course.feedback("ada", NAME).exists()
    with pytest.raises(CourseError, match="has not been graded for zoe"):
        graded.pages("zoe")


def test_a_class_that_was_not_graded_is_told(graded: GradedClass) -> None:
    with pytest.raises(CourseError, match="Nothing of a1_toy has been graded yet"):
        graded.pages()


def test_a_record_that_cannot_be_read_is_told_and_the_others_have_their_pages(graded: GradedClass) -> None:
    for student in ("ada", "bob"):
        graded.grade(student, RIGHT)
    graded.course.record("ada", NAME).write_text("{", encoding="utf-8")
    notices: list[str] = []
    assert list(graded.pages(on_notice=notices.append)) == ["bob"]
    assert notices == ["ada has no page: the record cannot be read. Grade a1_toy again."]


def test_a_page_is_made_from_the_graded_notebook_and_runs_nothing(
    graded: GradedClass, monkeypatch: pytest.MonkeyPatch
) -> None:
    graded.grade("ada", RIGHT | {"double": FAILS_VISIBLY})
    monkeypatch.setattr(WarmKernelManager, "start_kernel", None)
    replace_in_notebook(graded, "ada", "expected 2, got 1", "expected 2, got 77")
    assert "expected 2, got 77" in exercise(graded.pages()["ada"], "double")


@pytest.mark.parametrize("what", ["missing", "no notebook", "graded by nbgrader"])
def test_without_the_notebook_of_our_own_grading_a_page_shows_points_and_no_outputs(
    graded: GradedClass, what: str
) -> None:
    graded.grade("ada", RIGHT | {"double": FAILS_BEYOND}, "print('of her own')")
    path = graded.course.autograded("ada", NAME)
    notebook = nbformat.read(path, as_version=4)
    path.unlink()
    if what == "no notebook":
        path.write_text("{", encoding="utf-8")
    elif what == "graded by nbgrader":
        hidden = {cell.id: cell.source for cell in graded.built.cells}
        for cell in notebook.cells:
            cell.source = hidden.get(cell.id, cell.source) if is_locked(cell) else cell.source
            if cell.cell_type == "code":
                cell.outputs = [new_output("stream", name="stdout", text="SECRET")]
        nbformat.write(notebook, path)
    notices: list[str] = []
    page = graded.pages(on_notice=notices.append)["ada"]
    assert notices == [
        "ada's page does not say what the tests say: the notebook in autograded/ is missing, or is not from "
        "`autograder grade`. Grade a1_toy again with --force --student ada."
    ]
    assert "What the tests said cannot be shown this time." in words(page)
    assert "0 of 3 points. The test that you see passes." in exercise(page, "double")
    assert "Not right: an array ." in exercise(page, "double")
    assert shown_of_hidden(page) == []
    assert "SECRET" not in page
    assert "of her own" not in page


@pytest.mark.slow
def test_nbgraders_own_feedback_is_made_and_made_anew_beside_ours(graded: GradedClass) -> None:
    course = graded.course
    graded.grade("ada", RIGHT | {"double": FAILS_VISIBLY}, "print('of ' + 'her own')")
    with open_gradebook(course) as gradebook:
        gradebook.find_comment("short_answer", NAME, NAME, "ada").manual_comment = "Well said."
        gradebook.db.commit()
    ours = graded.pages()["ada"]
    theirs = course.root / "feedback" / "ada" / NAME / f"{NAME}.html"
    for force in (False, True):
        assert nbgrader_api(course).generate_feedback(NAME, force=force)["success"]
        made = words(theirs.read_text(encoding="utf-8"))
        assert course.feedback("ada", NAME).read_text(encoding="utf-8") == ours
        theirs.write_text("old", encoding="utf-8")
    assert theirs.read_text(encoding="utf-8") == "old" and graded.pages()["ada"] == ours
    assert "Graded: 0 of 3 points. Not right: an array, one number." in made
    for shown in ("Score: 2.0 / 2.0", "Score: 0.0 / 3.0", "Well said.", "of her own"):
        assert shown in made
    assert shown_of_hidden(made) == []
    # What `nbgrader release_feedback` takes.
    assert list(theirs.parent.glob("*.html")) == [theirs]


def test_nbgraders_own_page_of_what_nbgrader_graded_holds_no_output_and_no_hidden_test(graded: GradedClass) -> None:
    notebook = graded.built
    marks = "### BEGIN HIDDEN TESTS\nmine = 1"  # of the student's own, without an end
    notebook.cells.append(new_code_cell(marks))
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [new_output("stream", name="stdout", text=f"SECRET {cell.source}")]
    made, _ = OnlyReleased().preprocess(notebook, {})
    assert "hidden tests were run" in made.cells[0].source
    assert [cell.outputs for cell in made.cells if cell.cell_type == "code" and cell.outputs] == []
    assert made.cells[-1].source == marks
    tests = "\n".join(cell.source for cell in made.cells if is_locked(cell))
    assert "def test_double()" in tests
    assert shown_of_hidden(tests) == []


def test_nbgraders_own_page_of_what_we_graded_keeps_what_cells_showed(graded: GradedClass) -> None:
    result = graded.grade("ada", RIGHT | {"double": FAILS_VISIBLY}, "### BEGIN HIDDEN TESTS\nprint('of her own')")
    notebook = nbformat.reads(result.notebook, as_version=4)
    made, _ = OnlyReleased().preprocess(nbformat.from_dict(notebook), {})
    assert made == notebook


def test_the_page_is_the_same_whenever_it_is_made(graded: GradedClass) -> None:
    graded.grade("ada", RIGHT)
    first = graded.pages()
    graded.course.feedback("ada", NAME).unlink()
    assert graded.pages() == first
