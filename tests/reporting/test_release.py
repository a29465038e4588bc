"""Is what students know of an assignment read from what they were given?"""

from __future__ import annotations

import re

import pytest

from autograder.cells import read_cells
from autograder.course import Course, CourseError
from autograder.reporting.release import read_release
from tests.conftest import REPOSITORY

ASSIGNMENTS = Course(REPOSITORY).assignments


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_every_exercise_of_an_assignment_is_found_with_its_points_and_visible_tests(
    repository: Course, assignment: str
) -> None:
    exercises = {
        one.grade_id: one for section in read_release(repository, assignment).sections for one in section.exercises
    }
    cells = [cell for cell in read_cells(repository.solution(assignment)) if cell.points]
    assert sum(one.max_score for one in exercises.values()) == sum(cell.points for cell in cells)
    tests = {test.name for cell in cells for test in cell.tests if not test.hidden}
    assert {test for one in exercises.values() for test in one.tests} == tests


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_what_was_given_out_holds_no_hidden_test(repository: Course, assignment: str) -> None:
    shown = read_release(repository, assignment).text
    assert not re.findall(r"BEGIN HIDDEN|test_\w+_hidden|[^#]*Made by `autograder build`", shown)


def test_an_exercise_knows_its_section_its_answer_and_its_hints(repository: Course) -> None:
    release = read_release(repository, "a1_convolution")
    assert release.title == "Assignment 1: convolution by hand"
    by_name = {one.name: (section, one) for section in release.sections for one in section.exercises}
    section, exercise = by_name["pad2d"]
    assert section.title == "Exercise 3 · Padding" and exercise.answers == ("pad2d",) and not exercise.in_words
    assert section.hints == ("Hint: one number or two", "Hint: any number of axes")
    assert by_name["apply_activation"][0] is by_name["maxout"][0]


def test_an_assignment_that_was_not_built_is_told(toy: Course) -> None:
    with pytest.raises(CourseError, match="autograder build a1_toy"):
        read_release(toy, "a1_toy")
