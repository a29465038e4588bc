"""Does an instructor find in the report what there is to know?"""

from __future__ import annotations

import re

import pytest

from autograder.course import Course, CourseError
from autograder.gradebook.book import open_gradebook
from autograder.grading.record import RecordedMistake
from autograder.reporting.charts import histogram
from autograder.reporting.report import course_report, report
from tests.reporting.conftest import FAILS_BEYOND, FAILS_VISIBLY, NAME, RIGHT, GradedClass
from tests.reporting.test_feedback import words

FAILS_TOTAL_VISIBLY = "def total(x):\n    return 0"


def section(page: str, heading: str) -> str:
    """What a reader sees below a heading."""
    return words(re.split(rf"<h[23][^>]*>{heading}</h[23]>", page)[1].partition("<h2")[0])


@pytest.fixture(scope="module")
def page(graded_once: GradedClass) -> str:
    path = report(graded_once.course, NAME)
    assert path == graded_once.course.root / "results" / NAME / "report.html"
    return path.read_text(encoding="utf-8")


def test_the_class_is_told_in_numbers(page: str) -> None:
    top = words(page.partition("<main>")[0])
    assert "4 submissions 50 % mean 50 % median 1 with full points 2 to look at 0 flagged" in top


def test_each_exercise_has_its_rate_and_its_mistakes(page: str) -> None:
    # dan's could not be graded, so three were.
    assert "double 3 1 1 of 3 33 % 1 0" in section(page, "Exercises")
    mistakes = section(page, "Most frequent mistakes")
    assert mistakes == "double 1 × expected 2, got 1 1 × not right: an array"


def test_who_passes_the_test_and_fails_what_is_asked_beyond_it_is_counted_and_no_flag(graded: GradedClass) -> None:
    graded.grade("ada", RIGHT | {"double": FAILS_BEYOND, "total": FAILS_TOTAL_VISIBLY})
    graded.grade("bob", RIGHT | {"double": FAILS_BEYOND, "quiz_even": 'quiz_even = "a"'})
    graded.grade("cleo", RIGHT | {"double": FAILS_VISIBLY})
    text = report(graded.course, NAME).read_text(encoding="utf-8")
    assert "exercise points mean solved share solved test passes, rest does not not answered" in words(text)
    exercises = section(text, "Exercises")
    assert "double 3 0 0 of 3 0 % 2 0" in exercises
    assert "total 2 1.33 2 of 3 67 % 0 0" in exercises
    assert "quiz_even 1 0.67 2 of 3 67 % 1 0" in exercises
    assert section(text, "Flagged") == "Nothing."


def test_what_needs_eyes_says_why_and_is_escaped(page: str) -> None:
    eyes = section(page, "To look at")
    assert "cleo : The cell test_double is missing." in eyes
    assert "dan : It is not gradable and has 0 points. a1_toy.ipynb is missing. <b>Ask</b> for it." in eyes
    assert "ada :" not in eyes and "bob :" not in eyes


def test_every_chart_is_also_a_table(page: str) -> None:
    figures = re.findall(r"<figure>.*?</figure>", page, re.DOTALL)
    assert len(figures) == 3
    assert all(figure.count("<rect") == figure.count("<tr><td>") > 0 for figure in figures)
    assert all('role="img"' in figure and "in all, most of them" in figure for figure in figures)


def test_every_submission_has_a_row_that_leads_to_what_there_is(graded_once: GradedClass, page: str) -> None:
    rows = section(page, "Submissions")
    assert "ada 6 / 6 100 graded 1.5 90 0 0" in rows and "dan 0 / 6 0 not gradable – – 2 0" in rows
    links = re.findall(r'href="(\.\./[^"]+)"', page)
    assert links == [f"../../autograded/{student}/{NAME}/{NAME}.ipynb" for student in ("ada", "bob", "cleo")]
    here = (graded_once.course.root / "results" / NAME).resolve()
    assert all((here / link).is_file() for link in links)


def test_flags_are_shown_with_their_evidence(graded: GradedClass) -> None:
    graded.grade("ada", RIGHT, flags=("double: expected <script>alert(1)</script>\ngot 2",))
    text = report(graded.course, NAME).read_text(encoding="utf-8")
    assert "ada double: expected <script>alert(1)</script> got 2" in section(text, "Flagged")
    assert text.count("<script") == 1  # ours, which the policy names by its sum
    assert "script-src 'sha256-" in text


def test_mistakes_are_counted_by_name(graded: GradedClass) -> None:
    known = {"test_double": RecordedMistake("double__never_negative", "You forgot what is negative.")}
    for student in ("ada", "bob"):
        graded.grade(student, RIGHT | {"double": FAILS_VISIBLY}, mistakes=known)
    graded.grade("cleo", {})  # has not answered, which is no mistake
    mistakes = section(report(graded.course, NAME).read_text(encoding="utf-8"), "Most frequent mistakes")
    assert mistakes == "double 2 × never negative"


def test_what_people_gave_counts(graded: GradedClass) -> None:
    graded.grade("ada", RIGHT | {"double": FAILS_VISIBLY})
    graded.grade("bob", RIGHT | {"short_answer": "Hm."})
    with open_gradebook(graded.course) as gradebook:
        grade = gradebook.find_grade("test_double", NAME, NAME, "ada")
        grade.manual_score, grade.needs_manual_grade = 3.0, False
        gradebook.db.commit()
    text = report(graded.course, NAME).read_text(encoding="utf-8")
    assert "double 3 3 2 of 2 100 %" in section(text, "Exercises")
    assert "bob : It has answers that a person must grade or look at again." in section(text, "To look at")


def test_a_record_that_cannot_be_read_is_to_be_looked_at(graded: GradedClass) -> None:
    graded.grade("ada", RIGHT)
    graded.course.record("ada", NAME).write_text("{", encoding="utf-8")
    text = report(graded.course, NAME).read_text(encoding="utf-8")
    assert "ada : Its record cannot be read: grade it again." in section(text, "To look at")
    assert "ada 6 / 8 75 unreadable – – 1 0" in section(text, "Submissions")


def test_the_course_has_a_row_for_each_student_and_assignment(graded_once: GradedClass) -> None:
    path = course_report(graded_once.course)
    text = path.read_text(encoding="utf-8")
    assert f'href="{NAME}/report.html"' in text and path.parent.name == "results"
    students = section(text, "Students")
    assert "ada 6 6" in students and "cleo 3 ! 3" in students and "dan 0 ! 0" in students


def test_a_course_without_grades_is_told(built_toy: Course) -> None:
    with pytest.raises(CourseError, match="Nothing has been graded yet"):
        course_report(built_toy)
    with pytest.raises(CourseError, match="Nothing of a1_toy has been graded"):
        report(built_toy, NAME)


@pytest.mark.parametrize(
    ("values", "edges", "counts"),
    [
        ([0, 9.9, 10, 100], (0, 10, 50, 100), [2, 1, 1]),
        ([-5, 120], (0, 50, 100), [1, 1]),
        ([0.0], None, [1]),
        ([1.0, 1.0], None, [0, 0]),
        ([3.0, 16.0], None, [0, 1, 0, 0, 0, 0, 0, 1]),
    ],
)
def test_a_histogram_counts_every_value_once(
    values: list[float], edges: tuple[float, ...] | None, counts: list[int]
) -> None:
    chart = histogram("t", "u", values, edges)
    assert chart is not None and sum(bar.count for bar in chart.bars) == len(values)
    assert [bar.count for bar in chart.bars][: len(counts)] == counts


def test_nothing_makes_no_chart() -> None:
    assert histogram("t", "u", []) is None
