"""Does the demo's class get what each of its submissions deserves?"""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.authoring.build import build
from autograder.classroom.grade import grade
from autograder.course import Course, CourseError
from tests.classes import Pieces, copied_course, demo
from tests.classes.demo import demo_class
from tests.conftest import REPOSITORY

pytestmark = pytest.mark.slow
ASSIGNMENT = "a1_convolution"


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A copy of this course, with the demo's assignment built."""
    copy = copied_course(Course(REPOSITORY), tmp_path_factory.mktemp("demo"))
    build(copy, ASSIGNMENT)
    return copy


@pytest.mark.timeout(900)
def test_every_submission_scores_what_it_deserves(course: Course) -> None:
    pieces = Pieces(course, ASSIGNMENT)
    students = demo_class(pieces)
    assert len(students) == 12
    demo.hand_in(course, ASSIGNMENT, students)
    results = {result.student.removeprefix("demo-"): result for result in grade(course, ASSIGNMENT)}

    assert {result.status for result in results.values()} == {"graded"}
    for student in ("reference", "another-way-1", "another-way-2", "deleted-cell"):
        assert results[student].score == 100, results[student]
    for student in ("blank", "all-mistakes"):
        assert results[student].score == 0, results[student]

    def solved(student: str) -> set[str]:
        return {e.exercise for e in results[student].exercises if e.score == e.max_score}

    first, half = pieces.exercises[0], len(pieces.exercises) // 2
    assert solved("first-half") == set(pieces.exercises[:half])
    for student in ("syntax-error", "one-mistake"):
        assert first not in solved(student) and results[student].score > 50
    assert results["deleted-cell"].problems == ("The cell test_conv2d is missing.",)
    assert f"The cell {first} is not Python" in results["syntax-error"].problems[0]


def test_a_real_class_is_left_alone(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    (course.root / "submitted" / "ada" / ASSIGNMENT).mkdir(parents=True)
    before = sorted(path for path in course.root.rglob("*"))
    monkeypatch.chdir(course.root)
    with pytest.raises(CourseError, match="real submissions"):
        demo.main()
    assert sorted(path for path in course.root.rglob("*")) == before
    Path(course.root / "submitted" / "ada" / ASSIGNMENT).rmdir()
