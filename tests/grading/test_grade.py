"""Is a class graded as it deserves, into nbgrader's gradebook, and nothing twice?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest

from autograder.authoring.build import build
from autograder.course import Course, CourseError
from autograder.grading import grade as grading
from autograder.grading.grade import grade, submissions
from autograder.grading.gradebook import open_gradebook
from autograder.grading.record import SubmissionResult
from tests.classes import Pieces
from tests.conftest import TOY, TOY_BY_HAND, TOY_SCORE, make_toy

pytestmark = pytest.mark.slow


def hand_in(course: Course, student: str, notebook: nbformat.NotebookNode | str) -> None:
    path = course.submitted(student, "a1_toy")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(notebook if isinstance(notebook, str) else nbformat.writes(notebook), encoding="utf-8")


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Course, dict[str, SubmissionResult]]:
    """A class with one of each: graded once, shared by the tests of this module that only look."""
    course = make_toy(tmp_path_factory.mktemp("class"))
    build(course, "a1_toy")
    pieces = Pieces(course, "a1_toy")
    without_a_test, without_an_exercise, with_doubles = pieces.solved(), pieces.solved(), pieces.solved()
    without_a_test.cells = [
        c for c in without_a_test.cells if c.metadata.get("nbgrader", {}).get("grade_id") != "test_total"
    ]
    without_an_exercise.cells = [
        c
        for c in without_an_exercise.cells
        if c.metadata.get("nbgrader", {}).get("grade_id") not in ("total", "test_total", "quiz_even")
    ]
    with_doubles.cells += [c for c in pieces.solved().cells if "nbgrader" in c.metadata]
    hand_in(course, "reference", pieces.solved())
    hand_in(course, "skipped-exercise", without_an_exercise)
    hand_in(course, "every-cell-twice", with_doubles)
    hand_in(course, "x y's ünï", pieces.solved())
    hand_in(course, "a[1]", pieces.solved())
    hand_in(course, "blank", pieces.blank())
    hand_in(
        course,
        "other-way",
        pieces.solved({name: next(iter(known.values()), "") for name, known in pieces.right.items() if known}),
    )
    hand_in(course, "one-mistake", pieces.solved({"double": pieces.wrong["double"]["square"]}))
    hand_in(course, "syntax-error", pieces.solved({"double": "def double(x)\n    return 2 * x"}))
    hand_in(course, "deleted-cell", without_a_test)
    hand_in(course, "no-notebook", "<html>")
    (course.root / "submitted" / "empty-folder" / "a1_toy").mkdir(parents=True)
    (course.root / "submitted" / "other-assignment" / "a2_else").mkdir(parents=True)
    seen: list[SubmissionResult] = []
    results = grade(course, "a1_toy", on_result=seen.append)
    assert seen == results
    return course, {result.student: result for result in results}


@pytest.mark.parametrize(
    ("student", "scores"),
    [
        ("reference", [3, 2, 1]),
        ("blank", [0, 0, 0]),
        ("other-way", [3, 2, 1]),
        ("one-mistake", [0, 2, 1]),
        ("syntax-error", [0, 2, 1]),
        ("deleted-cell", [3, 2, 1]),
        ("skipped-exercise", [3, 0, 0]),
        ("every-cell-twice", [3, 2, 1]),
        ("x y's ünï", [3, 2, 1]),
    ],
)
def test_each_exercise_scores_what_its_answer_deserves(graded, student: str, scores: list[float]) -> None:  # type: ignore[no-untyped-def]
    _, results = graded
    result = results[student]
    assert result.status == "graded" and (result.score, result.max_score) == (sum(scores), 6)
    assert [(e.exercise, e.score) for e in result.exercises] == list(
        zip(["double", "total", "quiz_even"], scores, strict=True)
    )
    assert all((e.error is None) == (e.score == e.max_score) for e in result.exercises)


def test_what_cannot_be_graded_has_a_record_that_says_why(graded) -> None:  # type: ignore[no-untyped-def]
    _, results = graded
    for student, words in (
        ("no-notebook", "is not JSON"),
        ("empty-folder", "is missing"),
        ("a[1]", "rename the folder"),
    ):
        assert (results[student].status, results[student].score, results[student].max_score) == ("not gradable", 0, 6)
        assert words in results[student].problems[0]
    assert "other-assignment" not in results


def test_what_went_wrong_is_told_to_the_instructor(graded) -> None:  # type: ignore[no-untyped-def]
    _, results = graded
    assert results["deleted-cell"].problems == ("The cell test_total is missing.",)
    assert results["syntax-error"].problems == ("The cell double is not Python: expected ':' in its line 1.",)
    assert results["syntax-error"].exercises[0].error == "NameError: name 'double' is not defined"
    assert results["one-mistake"].exercises[0].error == "AssertionError: expected 2, got 1"


def test_records_and_gradebook_say_the_same(graded) -> None:  # type: ignore[no-untyped-def]
    course, results = graded
    with open_gradebook(course) as gradebook:
        for student, result in results.items():
            assert SubmissionResult.read(course.record(student, "a1_toy")) == result
            if result.status == "graded":
                assert gradebook.find_submission("a1_toy", student).score == result.score


def test_only_what_changed_is_graded_again(graded, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    course, results = graded
    again: list[str] = []
    original = grading.grade_submission

    def spy(*args: Any) -> SubmissionResult:
        again.append(args[2])
        return original(*args)

    monkeypatch.setattr(grading, "grade_submission", spy)
    assert {result.student: result for result in grade(course, "a1_toy")} == results
    assert again == []
    before = course.submitted("blank", "a1_toy").read_bytes()
    hand_in(course, "blank", Pieces(course, "a1_toy").solved(only=["double"]))
    assert {result.student: result.score for result in grade(course, "a1_toy")}["blank"] == 3
    assert again == ["blank"]
    course.submitted("blank", "a1_toy").write_bytes(before)
    assert [result.score for result in grade(course, "a1_toy", ["blank"])] == [0]
    grade(course, "a1_toy", ["blank"], force=True)
    assert again == ["blank"] * 3


def test_an_interrupted_run_keeps_what_is_done_and_goes_on_from_there(
    toy: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(toy, "a1_toy")
    pieces = Pieces(toy, "a1_toy")
    for student in ("ada", "bob", "cleo"):
        hand_in(toy, student, pieces.blank())

    def stop_after_bob(result: SubmissionResult) -> None:
        if result.student == "bob":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        grade(toy, "a1_toy", on_result=stop_after_bob)
    assert sorted(path.stem for path in (toy.root / "results" / "a1_toy").iterdir()) == ["ada", "bob"]
    done = []
    original = grading.grade_submission
    monkeypatch.setattr(grading, "grade_submission", lambda *args: (done.append(args[2]), original(*args))[1])
    assert [result.student for result in grade(toy, "a1_toy")] == ["ada", "bob", "cleo"]
    assert done == ["cleo"]


def test_what_the_gradebook_lost_is_graded_again(toy: Course) -> None:
    build(toy, "a1_toy")
    hand_in(toy, "ada", Pieces(toy, "a1_toy").solved())
    (first,) = grade(toy, "a1_toy")
    toy.gradebook.unlink()
    (second,) = grade(toy, "a1_toy")
    with open_gradebook(toy) as gradebook:
        assert gradebook.find_submission("a1_toy", "ada").score == second.score == first.score == 6


def test_a_resubmission_that_cannot_be_read_takes_the_old_score_away(toy: Course) -> None:
    build(toy, "a1_toy")
    hand_in(toy, "ada", Pieces(toy, "a1_toy").solved())
    grade(toy, "a1_toy")
    hand_in(toy, "ada", "{")
    (result,) = grade(toy, "a1_toy")
    with open_gradebook(toy) as gradebook:
        assert (result.status, result.score) == ("not gradable", 0)
        assert gradebook.find_submission("a1_toy", "ada").score == 0


@pytest.mark.parametrize(
    ("outcome", "error"),
    [
        ("KeyboardInterrupt", KeyboardInterrupt),
        ("PermissionError: [Errno 13] Permission denied: '/course/autograded/ada'", CourseError),
        (
            "sqlalchemy.exc.OperationalError: (sqlite3.OperationalError) attempt to write a readonly database",
            CourseError,
        ),
    ],
)
def test_what_is_not_the_students_fault_leaves_no_record(
    toy: Course, monkeypatch: pytest.MonkeyPatch, outcome: str, error: type[BaseException]
) -> None:
    build(toy, "a1_toy")
    hand_in(toy, "ada", Pieces(toy, "a1_toy").solved())
    failing = lambda self, *args, **kwargs: {"success": False, "error": f"Traceback\n{outcome}\n"}  # noqa: E731
    with monkeypatch.context() as patch:
        patch.setattr("nbgrader.apps.NbGraderAPI.autograde", failing)
        with pytest.raises(error):
            grade(toy, "a1_toy")
    assert not (toy.root / "results").exists()
    assert [result.score for result in grade(toy, "a1_toy")] == [6]


def test_a_failure_of_nbgraders_own_is_told_and_tried_again(toy: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    build(toy, "a1_toy")
    hand_in(toy, "ada", Pieces(toy, "a1_toy").solved())
    failing = lambda self, *args, **kwargs: {"success": False, "error": "RuntimeError: Kernel didn't respond"}  # noqa: E731
    with monkeypatch.context() as patch:
        patch.setattr("nbgrader.apps.NbGraderAPI.autograde", failing)
        (result,) = grade(toy, "a1_toy")
    assert (result.status, result.score) == ("failed", 0) and "Kernel didn't respond" in result.problems[0]
    assert [(result.status, result.score) for result in grade(toy, "a1_toy")] == [("graded", 6)]


def test_a_class_without_submissions_is_an_error_that_says_where_they_belong(toy: Course) -> None:
    with pytest.raises(CourseError, match=r"submitted/<student>/a1_toy/a1_toy.ipynb"):
        submissions(toy, "a1_toy")


def test_an_unknown_student_is_an_error_before_anything_runs(toy: Course) -> None:
    hand_in(toy, "ada", "{}")
    with pytest.raises(CourseError, match="by bob"):
        grade(toy, "a1_toy", ["ada", "bob"])
    assert not (toy.root / "results").exists()


@pytest.mark.parametrize("content", [b"not a database", b""])
def test_a_gradebook_that_is_none_is_an_error_before_anything_runs(toy: Course, content: bytes) -> None:
    hand_in(toy, "ada", "{}")
    if content:
        toy.gradebook.write_bytes(content)
    else:
        toy.gradebook.mkdir()
    with pytest.raises(CourseError, match="cannot be opened"):
        grade(toy, "a1_toy")
    assert not (toy.root / "results").exists() and (toy.gradebook.is_dir() or toy.gradebook.read_bytes() == content)


def test_what_needs_data_waits_for_them_and_only_it_is_graded_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    course = make_toy(tmp_path, TOY + TOY_SCORE)
    build(course, "a1_toy")
    solved = Pieces(course, "a1_toy").solved()
    for student, accuracy in (("ada", "0.5"), ("bob", None), ("cleo", "junk")):
        hand_in(course, student, solved)
        if accuracy:
            (course.submitted(student, "a1_toy").parent / "accuracy.txt").write_text(accuracy)

    def look() -> list[tuple[str, float, float | None, str | None]]:
        results = grade(course, "a1_toy", on_notice=notices.append)
        return [(r.status, r.score, r.exercises[-1].score, r.exercises[-1].error) for r in results]

    notices: list[str] = []
    assert look() == [("waiting for data", 6, None, None)] * 3
    assert "score_accuracy is marked for later" in notices[0] and "autograder data fetch toy_data" in notices[0]
    with open_gradebook(course) as gradebook:
        assert gradebook.find_grade("score_accuracy", "a1_toy", "a1_toy", "ada").needs_manual_grade
        assert gradebook.find_submission("a1_toy", "ada").score == 6

    again: list[str] = []
    original = grading.grade_submission
    monkeypatch.setattr(grading, "grade_submission", lambda *args: (again.append(args[2]), original(*args))[1])
    assert look() == [("waiting for data", 6, None, None)] * 3 and again == []

    notices.clear()
    (course.dataset("toy_data")).mkdir()
    (course.dataset("toy_data") / "number.txt").write_text("4.00")
    assert look() == [
        ("graded", 8, 2, "handed in: True"),
        ("graded", 6, 0, "accuracy.txt cannot be read: FileNotFoundError"),
        ("graded", 6, 0, "accuracy.txt cannot be read: ValueError"),
    ]
    assert again == ["ada", "bob", "cleo"] and notices == []

    (course.submitted("bob", "a1_toy").parent / "accuracy.txt").write_text("1")
    assert look()[1] == ("graded", 10, 4, None)
    assert again == ["ada", "bob", "cleo", "bob"]


def test_an_answer_in_words_waits_for_a_person_and_keeps_what_they_gave(tmp_path: Path) -> None:
    course = make_toy(tmp_path, TOY + TOY_BY_HAND)
    build(course, "a1_toy")
    solved = Pieces(course, "a1_toy").solved()
    hand_in(course, "ada", solved)
    for cell in solved.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "short_answer":
            cell.source = "Because."
    hand_in(course, "bob", solved)

    def look() -> list[tuple[str, float, float | None]]:
        return [(r.status, r.score, r.exercises[-1].score) for r in grade(course, "a1_toy")]

    assert look() == [("graded", 6, 0), ("needs manual grading", 6, None)]
    with open_gradebook(course) as gradebook:
        given = gradebook.find_grade("short_answer", "a1_toy", "a1_toy", "bob")
        given.manual_score, given.needs_manual_grade = 1.5, False
        gradebook.db.commit()
    solved.cells[-1].source += " Really."
    hand_in(course, "bob", solved)
    look()
    with open_gradebook(course) as gradebook:
        assert gradebook.find_grade("short_answer", "a1_toy", "a1_toy", "bob").manual_score == 1.5


def test_a_tag_that_names_no_data_set_is_an_error(tmp_path: Path) -> None:
    course = make_toy(tmp_path, TOY + TOY_SCORE.replace("needs:toy_data", "needs:joy_data"))
    build(course, "a1_toy")
    hand_in(course, "ada", Pieces(course, "a1_toy").blank())
    with pytest.raises(CourseError, match="no data set 'joy_data'"):
        grade(course, "a1_toy")
