"""Does a student's page say what helps, and nothing that must stay hidden?"""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

from autograder.course import CourseError
from autograder.grading.gradebook import open_gradebook
from autograder.grading.record import Diagnosis
from autograder.nbgrader_course import nbgrader_api
from autograder.reporting import feedback as module
from tests.reporting.conftest import FAILS_HIDDEN, FAILS_VISIBLY, NAME, RIGHT, GradedClass, Here

HIDDEN = (
    "negative_array",
    "[-6, 0]",
    "np.ones((2, 3))",
    "ord(quiz_even)",
    "read again what even means",
    "doubled_value",
)


def words(page: str) -> str:
    """What a reader sees, in one line."""
    body = re.sub(r"<(style|script|title).*?</\1>", "", page, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", body)).split())


def exercise(page: str, name: str) -> str:
    """What a reader sees of one exercise."""
    return words(page.partition(f'id="{name}"')[2].partition("<h3")[0].partition("</section>")[0].partition(">")[2])


def test_right_answers_get_their_points(graded: GradedClass) -> None:
    graded.grade("ada", RIGHT)
    page = graded.pages()["ada"]
    assert "3 of 3 points. Right: the test that you see and the hidden tests pass." in exercise(page, "double")
    assert "6 of 8 points" in words(page)


def test_what_the_visible_test_said_is_shown(graded: GradedClass) -> None:
    graded.grade("ada", RIGHT | {"double": FAILS_VISIBLY})
    said = exercise(graded.pages()["ada"], "double")
    assert "0 of 3 points. The test that you see does not pass. expected 2, got 1" in said
    assert "return np.asarray(x)" in said


def test_of_a_hidden_test_only_is_said_that_it_does_not_pass(graded: GradedClass) -> None:
    result = graded.grade("ada", RIGHT | {"double": FAILS_HIDDEN, "quiz_even": 'quiz_even = "a"'})
    assert "read again what even means" in (result.cells[2].error or "")  # what must not come through
    page = graded.pages()["ada"]
    assert "The test that you see passes. Hidden tests" in exercise(page, "double")
    assert "The test that you see passes. Hidden tests" in exercise(page, "quiz_even")
    assert not [hidden for hidden in HIDDEN if hidden in words(page)]


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
    known = Diagnosis("double__never_<_zero", "You forgot\n    what is negative.")
    graded.grade("ada", RIGHT | {"double": FAILS_HIDDEN}, mistakes={"test_double": known})
    graded.grade("bob", RIGHT, mistakes={"test_double": known})
    pages = graded.pages()
    said = exercise(pages["ada"], "double")
    assert "It behaves like a known mistake: never < zero . You forgot what is negative." in said
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


def test_a_run_is_kept_until_what_it_depends_on_changes(graded: GradedClass, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []

    class Counting(Here):
        def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
            ran.append(args[1])
            return super().submit(fn, *args, **kwargs)

    def pages() -> dict[str, str]:
        module.feedback(graded.course, NAME, executor=Counting(), walls=False)
        return {"ada": graded.course.feedback("ada", NAME).read_text(encoding="utf-8")}

    graded.grade("ada", RIGHT | {"double": FAILS_VISIBLY})
    first = pages()
    assert pages() == first and len(ran) == 1
    graded.grade("ada", RIGHT)
    assert pages() != first and len(ran) == 2


def test_where_running_fails_the_page_shows_the_points_and_says_so(graded: GradedClass, monkeypatch: Any) -> None:
    graded.grade("ada", RIGHT | {"double": FAILS_VISIBLY})
    monkeypatch.setattr(
        module, "visible_runs", lambda course, release, students, **options: ((student, None) for student in students)
    )
    notices: list[str] = []
    page = graded.pages(on_notice=notices.append)["ada"]
    assert "What the tests said cannot be shown this time." in words(page)
    assert "0 of 3 points. Not all tests pass." in exercise(page, "double") and len(notices) == 1


@pytest.mark.slow
def test_nbgraders_own_feedback_is_made_and_made_anew_beside_ours(graded: GradedClass) -> None:
    course = graded.course
    graded.grade("ada", RIGHT)
    ours = graded.pages()["ada"]
    theirs = course.root / "feedback" / "ada" / NAME / f"{NAME}.html"
    for force in (False, True):
        assert nbgrader_api(course).generate_feedback(NAME, force=force)["success"]
        assert theirs.is_file() and course.feedback("ada", NAME).read_text(encoding="utf-8") == ours
        theirs.write_text("old", encoding="utf-8")
    assert theirs.read_text(encoding="utf-8") == "old" and graded.pages()["ada"] == ours
    # What `nbgrader release_feedback` takes.
    assert list(theirs.parent.glob("*.html")) == [theirs]


@pytest.mark.slow
def test_nbgraders_own_feedback_holds_nothing_hidden(graded: GradedClass) -> None:
    reads_tests = "def total(x):\n    raise ValueError(In[-1])"
    marks = "### BEGIN HIDDEN TESTS\nmine = 1"  # of the student's own, without an end
    graded.grade("ada", RIGHT | {"double": FAILS_HIDDEN, "total": reads_tests}, marks, "print('sho' + 'wn')")
    with open_gradebook(graded.course) as gradebook:
        gradebook.find_comment("short_answer", NAME, NAME, "ada").manual_comment = "Well said."
        gradebook.db.commit()
    assert "[-6, 0]" in graded.course.autograded("ada", NAME).read_text(encoding="utf-8")  # the instructor's
    assert nbgrader_api(graded.course).generate_feedback(NAME)["success"]
    page = (graded.course.root / "feedback" / "ada" / NAME / f"{NAME}.html").read_text(encoding="utf-8")
    text = words(page)
    assert not [hidden for hidden in HIDDEN if hidden in text or html.escape(hidden) in page]
    assert "raise ValueError" in text and "mine = 1" in text and "Well said." in text
    assert "shown" not in text  # in a run, any cell may print what it finds
    assert "Score: 1.0 / 1.0" in text and "Score: 0.0 / 3.0" in text and "double ( 1 )" in text


def test_the_page_is_the_same_whenever_it_is_made(graded: GradedClass) -> None:
    graded.grade("ada", RIGHT)
    first = graded.pages()
    graded.course.feedback("ada", NAME).unlink()
    assert graded.pages() == first
