"""Does what a result says stand in nbgrader's gradebook, all of it or nothing, and nothing of before?"""

from __future__ import annotations

import dataclasses
import datetime
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from autograder.course import Course, CourseError
from autograder.gradebook.book import GradebookWriter, has_assignment, open_gradebook, open_writer
from autograder.grading.record import CellResult, Result, SubmissionResult
from autograder.grading.worker import Assignment
from autograder.submissions.submission import Submission

GOOD = Result(
    status="graded",
    cells=(
        CellResult("test_double", 3.0, 3.0),
        CellResult("test_total", 1.5, 2.0),
        CellResult("test_quiz_even", 0.0, 1.0, "differs", ("value",)),
    ),
    unchanged=("quiz_even",),
    notebook="{}",
)
NOTHING = Result("not gradable", tuple(dataclasses.replace(cell, score=0.0) for cell in GOOD.cells))
HANDED_IN = Submission.of({"a1_toy.ipynb": b"as handed in", "accuracy.txt": b"1"})


@pytest.fixture(scope="module")
def built(built_toy: Course, tmp_path_factory: pytest.TempPathFactory) -> Course:
    return Course(shutil.copytree(built_toy.root, tmp_path_factory.mktemp("gradebook") / "course"))


@pytest.fixture
def course(built: Course) -> Iterator[Course]:
    """A course whose gradebook knows the assignment and no student."""
    before = built.gradebook.read_bytes()
    yield built
    built.gradebook.write_bytes(before)


@pytest.fixture
def writer(course: Course) -> Iterator[GradebookWriter]:
    with open_writer(course, Assignment("a1_toy", "", files=(("data.txt", b"ours"),))) as made:
        yield made


def rows(course: Course, student: str) -> dict[str, tuple[float | None, float | None, bool]]:
    """Automatic and manual score of each grade cell, and whether a person is to look at it."""
    with open_gradebook(course) as gradebook:
        grades = gradebook.find_submission_notebook("a1_toy", "a1_toy", student).grades
        return {grade.name: (grade.auto_score, grade.manual_score, grade.needs_manual_grade) for grade in grades}


def comments(course: Course, student: str) -> dict[str, str | None]:
    with open_gradebook(course) as gradebook:
        found = gradebook.find_submission_notebook("a1_toy", "a1_toy", student).comments
        return {comment.name: comment.auto_comment for comment in found}


def change(course: Course, student: str, grade_id: str, **values: Any) -> None:
    """What formgrader does when a person grades."""
    with open_gradebook(course) as gradebook:
        grade = gradebook.find_grade(grade_id, "a1_toy", "a1_toy", student)
        for name, value in values.items():
            setattr(grade, name, value)
        gradebook.db.commit()


def test_scores_comments_folder_and_record_are_written(course: Course, writer: GradebookWriter) -> None:
    record = writer.write("ada", HANDED_IN, GOOD, "k")
    assert rows(course, "ada") == {
        "test_double": (3, None, False),
        "test_total": (1.5, None, False),
        "test_quiz_even": (0, None, False),
    }
    assert comments(course, "ada") == {"double": None, "total": None, "quiz_even": "No response."}
    folder = course.autograded("ada", "a1_toy").parent
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        "a1_toy.ipynb": b"{}",
        "accuracy.txt": b"1",
        "data.txt": b"ours",
    }
    assert (
        SubmissionResult.read(course.record("ada", "a1_toy"))
        == record
        == SubmissionResult.of("a1_toy", "ada", "k", GOOD)
    )


def test_nothing_of_an_earlier_submission_stays(course: Course, writer: GradebookWriter) -> None:
    writer.write("ada", HANDED_IN, GOOD, "k")
    writer.write("ada", HANDED_IN, dataclasses.replace(GOOD, cells=GOOD.cells[1:], unchanged=()), "l")
    assert rows(course, "ada")["test_double"] == (0, None, False)
    assert set(comments(course, "ada").values()) == {None}
    writer.write("ada", HANDED_IN, NOTHING, "m")
    assert set(rows(course, "ada").values()) == {(0, None, False)}
    assert not course.autograded("ada", "a1_toy").parent.exists()


def test_what_a_person_gave_stays_and_is_to_be_looked_at_again(course: Course, writer: GradebookWriter) -> None:
    by_hand = dataclasses.replace(GOOD, cells=(CellResult("test_double", None, 3.0), *GOOD.cells[1:]))
    writer.write("ada", HANDED_IN, by_hand, "k")
    assert rows(course, "ada")["test_double"] == (None, None, True)
    for grade_id in ("test_double", "test_total"):
        change(course, "ada", grade_id, manual_score=1.25, needs_manual_grade=False, extra_credit=0.5)
    writer.write("ada", HANDED_IN, by_hand, "l")
    assert rows(course, "ada")["test_double"] == (None, 1.25, True)
    assert rows(course, "ada")["test_total"] == (1.5, 1.25, True)
    with open_gradebook(course) as gradebook:
        assert gradebook.find_submission("a1_toy", "ada").score == 2 * 1.75


@pytest.mark.parametrize("name", ["x y's ünï", "a[1]", "*", "../ada", "-rf", "'; DROP TABLE grade; --"])
def test_any_name_of_a_student_is_one(course: Course, writer: GradebookWriter, name: str) -> None:
    writer.write_scores(name, HANDED_IN, GOOD)
    assert rows(course, name)["test_double"] == (3, None, False)
    with open_gradebook(course) as gradebook:
        assert [student.id for student in gradebook.students] == [name]


def test_a_failure_within_leaves_neither_scores_nor_record(
    course: Course, writer: GradebookWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer.write("ada", HANDED_IN, GOOD, "k")
    before = rows(course, "ada")

    def full(*args: object) -> None:
        raise OperationalError("INSERT …", {}, Exception("database or disk is full\nmore"))

    with monkeypatch.context() as patch:
        patch.setattr(GradebookWriter, "_write_penalty", full)
        with pytest.raises(CourseError, match="at ada, whose submission is not to blame: database or disk is full. "):
            writer.write("ada", HANDED_IN, NOTHING, "l")
        with pytest.raises(CourseError):
            writer.write("bob", HANDED_IN, NOTHING, "l")
    assert rows(course, "ada") == before and not course.record("ada", "a1_toy").exists()
    with open_gradebook(course) as gradebook:
        assert [student.id for student in gradebook.students] == ["ada"]
    writer.write("ada", HANDED_IN, NOTHING, "l")
    assert rows(course, "ada")["test_double"] == (0, None, False)


def test_a_full_disk_is_told_with_the_file(
    course: Course, writer: GradebookWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, content: bytes) -> int:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(CourseError, match=r"No space left on device \(.*autograded/ada"):
        writer.write("ada", HANDED_IN, GOOD, "k")


def test_each_submission_is_one_commit(
    course: Course, writer: GradebookWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    commits = []
    original = type(writer._gradebook.db).commit
    monkeypatch.setattr(type(writer._gradebook.db), "commit", lambda self: (commits.append(1), original(self)))
    for student in ("ada", "bob"):
        writer.write(student, HANDED_IN, GOOD, "k")
    assert len(commits) == 2


def test_only_students_with_this_assignment_are_known(course: Course, writer: GradebookWriter) -> None:
    writer.write("ada", HANDED_IN, GOOD, "k")
    with open_gradebook(course) as gradebook:
        gradebook.add_student("bob")
    with open_writer(course, Assignment("a1_toy", "")) as later:
        assert later.knows("ada") and not later.knows("bob")


PLUGIN = """
c.AssignLatePenalties.plugin_class = "late.SubMarks"
"""
SUB_MARKS = """
from nbgrader.plugins import LateSubmissionPlugin

class SubMarks(LateSubmissionPlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return {answer}
"""


@pytest.mark.parametrize(
    ("answer", "penalty"),
    [("total_seconds_late / 3600", 2), ("99", 4.5), ("-1", 0), ("None", None), ("score / 2", 2.25)],
)
def test_a_late_submission_costs_what_the_plugin_says(
    course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str, penalty: float | None
) -> None:
    (tmp_path / "late.py").write_text(SUB_MARKS.format(answer=answer))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(__import__("sys").modules, "late", raising=False)
    config = course.root / "nbgrader_config.py"
    before = config.read_text()
    with open_gradebook(course) as gradebook:
        gradebook.update_or_create_assignment("a1_toy", duedate=datetime.datetime(2030, 1, 1, 12))
    config.write_text(before + PLUGIN)
    try:
        with open_writer(course, Assignment("a1_toy", "")) as writer:
            for when, expected in (("2030-01-01 14:00:00 UTC", penalty), ("2030-01-01 11:59:00 UTC", None)):
                submission = Submission.of({"timestamp.txt": when.encode()})
                writer.write("ada", submission, GOOD, "k")
                with open_gradebook(course) as gradebook:
                    notebook = gradebook.find_submission_notebook("a1_toy", "a1_toy", "ada")
                    assert notebook.late_submission_penalty == expected
    finally:
        config.write_text(before)


def test_a_time_that_is_none_is_not_late(course: Course, writer: GradebookWriter) -> None:
    writer.write("ada", Submission.of({"timestamp.txt": b"\xff soon"}), GOOD, "k")
    with open_gradebook(course) as gradebook:
        assert gradebook.find_submission("a1_toy", "ada").timestamp is None


def test_a_plugin_that_fails_is_told(course: Course, writer: GradebookWriter, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object) -> None:
        raise ZeroDivisionError("by nothing")

    with open_gradebook(course) as gradebook:
        gradebook.update_or_create_assignment("a1_toy", duedate=datetime.datetime(2030, 1, 1, 12))
    monkeypatch.setattr(type(writer._penalties.plugin_inst), "late_submission_penalty", fail)
    with pytest.raises(CourseError, match="LateSubmissionPlugin for late submissions failed: ZeroDivisionError"):
        writer.write("ada", Submission.of({"timestamp.txt": b"2030-01-01 14:00:00 UTC"}), GOOD, "k")


def test_an_assignment_is_known_or_not(course: Course) -> None:
    assert has_assignment(course, "a1_toy") and not has_assignment(course, "a2_toy")
