"""Does what is read of the gradebook have what people gave, and what lateness costs?"""

from __future__ import annotations

import datetime

import pytest

from autograder.course import Course, CourseError
from autograder.gradebook.book import open_gradebook
from autograder.gradebook.marks import read_gradebook, read_marks
from tests.reporting.conftest import FAILS_VISIBLY, NAME, RIGHT, GradedClass


def test_manual_scores_extra_credit_comments_and_penalties_count(graded: GradedClass) -> None:
    when = {"timestamp.txt": b"2030-01-02 03:04:05 UTC"}
    graded.grade("ada", RIGHT | {"double": FAILS_VISIBLY, "short_answer": "Since 2 × 2 = 4."}, files=when)
    with open_gradebook(graded.course) as gradebook:
        gradebook.update_or_create_student("ada", first_name="Ada", last_name="Lovelace", email="ada@example.org")
        notebook = gradebook.find_submission_notebook(NAME, NAME, "ada")
        grade = gradebook.find_grade("short_answer", NAME, NAME, "ada")
        grade.manual_score, grade.extra_credit, grade.needs_manual_grade = 1.5, 0.25, False
        gradebook.find_comment("short_answer", NAME, NAME, "ada").manual_comment = "Well said."
        notebook.late_submission_penalty = 2.0
        gradebook.db.commit()
    book = read_gradebook(graded.course)
    assert book.max_scores == {NAME: 8.0} and book.people["ada"].name == "Ada Lovelace"
    mark = book.marks[NAME]["ada"]
    assert mark.score == 0 + 2 + 1 + 1.75 and mark.final == mark.score - 2 and not mark.pending
    assert mark.cells["short_answer"].by_hand and not mark.cells["test_total"].by_hand
    assert mark.comments == {"short_answer": "Well said."}
    assert mark.handed_in == datetime.datetime(2030, 1, 2, 3, 4, 5)


def test_what_a_person_has_yet_to_grade_is_pending(graded: GradedClass) -> None:
    graded.grade("ada", RIGHT | {"short_answer": "Since 2 × 2 = 4."})
    mark = read_marks(graded.course, NAME)["ada"]
    assert mark.pending and mark.cells["short_answer"].pending and mark.score == 6


def test_a_penalty_does_not_go_below_nothing(graded: GradedClass) -> None:
    graded.grade("ada", {})
    with open_gradebook(graded.course) as gradebook:
        gradebook.find_submission_notebook(NAME, NAME, "ada").late_submission_penalty = 5.0
        gradebook.db.commit()
    assert read_marks(graded.course, NAME)["ada"].final == 0


def test_a_course_without_a_gradebook_is_told_and_gets_none(toy: Course) -> None:
    with pytest.raises(CourseError, match="There is no gradebook yet"):
        read_gradebook(toy)
    assert not toy.gradebook.exists()
