"""Is a class graded as it deserves, into nbgrader's gradebook, and nothing twice?"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import nbformat
import pytest

from autograder.authoring.build import build
from autograder.classroom import grade as grading
from autograder.classroom.grade import grade, submissions
from autograder.classroom.pool import WorkerDied
from autograder.course import Course, CourseError
from autograder.gradebook import autograded
from autograder.gradebook.book import GradebookWriter, open_gradebook
from autograder.grading import worker
from autograder.grading.record import Result, SubmissionResult
from tests.classes import Pieces
from tests.conftest import TOY, TOY_BY_HAND, TOY_SCORE, make_toy
from tests.grading.conftest import Here, hand_in

pytestmark = pytest.mark.slow


# A function that warns when it is called, as NumPy's do.
WARNING = """
quiet_double = double
def double(x):
    warnings.warn("deprecated")
    return quiet_double(x)
"""


# Right for what the tests ask, and for nothing with two axes.
ROWS_ONLY = """
def double(x):
    return np.asarray(x) * 2 if np.ndim(x) < 2 else np.asarray(x) * 3
"""


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
    hand_in(course, "rows-only", pieces.solved({"double": ROWS_ONLY, "quiz_even": 'quiz_even = " B "'}))
    hand_in(course, "syntax-error", pieces.solved({"double": "def double(x)\n    return 2 * x"}))
    hand_in(course, "deleted-cell", without_a_test)
    hand_in(course, "no-notebook", "<html>")
    hand_in(course, "with-a-mark", b"\xef\xbb\xbf" + nbformat.writes(pieces.solved()).encode())
    hand_in(course, "not-utf-8", b"\xff\xfe{}")
    hand_in(course, "warns", pieces.solved({"double": "import warnings\n" + pieces.reference["double"] + WARNING}))
    (course.submitted("link-out", "a1_toy").parent).mkdir(parents=True)
    course.submitted("link-out", "a1_toy").symlink_to(course.submitted("reference", "a1_toy"))
    (course.submitted("a-folder", "a1_toy")).mkdir(parents=True)
    hand_in(course, "huge", pieces.solved())
    with (course.submitted("huge", "a1_toy").parent / "zeros").open("wb") as file:
        file.truncate(10**10)
    (course.root / "submitted" / "empty-folder" / "a1_toy").mkdir(parents=True)
    (course.root / "submitted" / "other-assignment" / "a2_else").mkdir(parents=True)
    seen: list[SubmissionResult] = []
    results = grade(course, "a1_toy", jobs=2, on_result=seen.append)
    assert sorted(seen, key=lambda result: result.student) == results
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
        ("a[1]", [3, 2, 1]),
        ("with-a-mark", [3, 2, 1]),
        ("warns", [3, 2, 1]),
        ("rows-only", [0, 2, 1]),
    ],
)
def test_each_exercise_scores_what_its_answer_deserves(graded, student: str, scores: list[float]) -> None:  # type: ignore[no-untyped-def]
    _, results = graded
    result = results[student]
    assert result.status == "graded" and (result.score, result.max_score) == (sum(scores), 6)
    assert [(e.exercise, e.score) for e in result.exercises] == list(
        zip(["double", "total", "quiz_even"], scores, strict=True)
    )
    assert all((e.verdict == "agrees") == (e.score == e.max_score) for e in result.exercises)


def test_what_cannot_be_graded_has_a_record_that_says_why(graded) -> None:  # type: ignore[no-untyped-def]
    _, results = graded
    for student, words in (
        ("no-notebook", "is not JSON"),
        ("empty-folder", "is missing"),
        ("not-utf-8", "is not JSON"),
        ("link-out", "it is a link to a place outside the folder"),
        ("a-folder", "is missing"),
        ("huge", "more than 64 MB"),
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


def test_where_the_test_passes_and_the_questions_do_not_it_is_said_and_not_flagged(graded) -> None:  # type: ignore[no-untyped-def]
    _, results = graded
    double, total, quiz = results["rows-only"].exercises
    assert (double.verdict, total.verdict, quiz.verdict) == ("differs", "agrees", "agrees")
    assert double.test_passed and double.failing == ("an array",) and "where the reference gives" in double.evidence
    assert quiz.test_passed is False and quiz.score == 1  # " B " is what the visible test does not know
    assert not any(result.flags for result in results.values())
    one_mistake, blank = results["one-mistake"].exercises[0], results["blank"].exercises[0]
    assert one_mistake.failing == ("an array", "one number")
    assert (blank.failing, blank.said) == ((), "Left as it was given out.")


def test_a_graded_notebook_says_what_the_judge_found_and_holds_no_hidden_test(graded) -> None:  # type: ignore[no-untyped-def]
    course, _ = graded
    text = course.autograded("one-mistake", "a1_toy").read_text(encoding="utf-8")
    assert "Graded: 0 of 3 points. Not right: an array, one number. This looks like: You squared it." in text
    assert "HIDDEN" not in text and "question_double" not in text


def test_records_and_gradebook_say_the_same(graded) -> None:  # type: ignore[no-untyped-def]
    course, results = graded
    with open_gradebook(course) as gradebook:
        for student, result in results.items():
            assert SubmissionResult.read(course.record(student, "a1_toy")) == result
            if result.status == "graded":
                assert gradebook.find_submission("a1_toy", student).score == result.score


def test_a_notebook_as_graded_lies_where_formgrader_looks_for_it(graded) -> None:  # type: ignore[no-untyped-def]
    course, results = graded
    for student, result in results.items():
        path = course.autograded(student, "a1_toy")
        assert path.is_file() == (result.status == "graded")
        if path.is_file():
            nbformat.validate(nbformat.read(path, as_version=4))
            assert path.stat().st_mode & 0o777 == 0o444


@pytest.fixture
def toy(built_toy: Course, tmp_path: Path) -> Course:
    """A toy of the test's own that is built."""
    return Course(shutil.copytree(built_toy.root, tmp_path / "course"))


def state(course: Course) -> dict[str, object]:
    """All that grading left behind, but for what results took."""
    files = {
        str(path.relative_to(course.root)): path.read_bytes()
        for folder in ("autograded", "results")
        for path in (course.root / folder).rglob("*")
        if path.is_file() and ".results" not in path.parts
    }
    with open_gradebook(course) as gradebook:
        scores = {
            (submission.student_id, grade.name): (grade.auto_score, grade.manual_score, grade.needs_manual_grade)
            for submission in gradebook.assignment_submissions("a1_toy")
            for notebook in submission.notebooks
            for grade in notebook.grades
        }
    return files | {"gradebook": scores}


def test_only_what_changed_is_graded_again(toy: Course, here: Here) -> None:
    pieces = Pieces(toy, "a1_toy")
    hand_in(toy, "ada", pieces.solved())
    hand_in(toy, "bob", pieces.blank())
    hand_in(toy, "cleo", "{")
    first = grade(toy, "a1_toy", executor=here)
    before, blank = state(toy), toy.submitted("bob", "a1_toy").read_bytes()
    assert len(here.graded) == 3

    assert grade(toy, "a1_toy", executor=here) == first and len(here.graded) == 3
    hand_in(toy, "bob", pieces.solved(only=["double"]))
    assert [result.score for result in grade(toy, "a1_toy", executor=here)] == [6, 3, 0] and len(here.graded) == 4
    toy.submitted("bob", "a1_toy").write_bytes(blank)
    assert grade(toy, "a1_toy", executor=here) == first and state(toy) == before and len(here.graded) == 5
    grade(toy, "a1_toy", ["bob"], executor=here, force=True)
    assert state(toy) == before and len(here.graded) == 6


def test_graded_again_in_other_processes_it_is_the_same_to_the_byte(graded) -> None:  # type: ignore[no-untyped-def]
    course, results = graded
    before = state(course)
    chosen = ["blank", "no-notebook", "one-mistake", "warns"]
    assert grade(course, "a1_toy", chosen, force=True, jobs=1) == [results[student] for student in chosen]
    assert state(course) == before


def test_without_walls_it_is_the_same(graded) -> None:  # type: ignore[no-untyped-def]
    course, results = graded
    (unwalled,) = grade(course, "a1_toy", ["one-mistake"], force=True, jobs=1, walls=False)
    walled = results["one-mistake"]
    assert unwalled.exercises == walled.exercises and unwalled.key != walled.key
    assert grade(course, "a1_toy", ["one-mistake"]) == [walled]


@pytest.mark.parametrize(
    "change",
    [
        lambda course, patch: patch.setattr(grading, "environment", lambda: ("another NumPy",)),
        lambda course, patch: (course.root / "pyproject.toml").write_text(
            (course.root / "pyproject.toml").read_text() + "\n[tool.autograder.limits.a1_toy]\ncrashes = 1\n"
        ),
        lambda course, patch: course.solution("a1_toy").write_text(TOY.replace("Two exercises", "2 exercises")),
        lambda course, patch: (course.source("a1_toy").parent / "helper.txt").write_text("new"),
        lambda course, patch: (course.submitted("ada", "a1_toy").parent / "accuracy.txt").write_text("1"),
        lambda course, patch: course.gradebook.unlink(),
        lambda course, patch: course.record("ada", "a1_toy").write_text("{"),
        lambda course, patch: autograded.replace_folder(course.autograded("ada", "a1_toy").parent, None),
    ],
    ids=["environment", "limits", "source", "file beside", "handed in", "gradebook", "record", "autograded"],
)
def test_whatever_a_result_rests_on_brings_it_up_to_date_again(
    toy: Course,
    here: Here,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[Course, pytest.MonkeyPatch], None],
    request: pytest.FixtureRequest,
) -> None:
    hand_in(toy, "ada", Pieces(toy, "a1_toy").solved())
    (first,) = grade(toy, "a1_toy", executor=here)
    change(toy, monkeypatch)
    (second,) = grade(Course(toy.root), "a1_toy", executor=here)
    assert second.score == first.score == 6 and toy.autograded("ada", "a1_toy").is_file()
    with open_gradebook(toy) as gradebook:
        assert gradebook.find_submission("a1_toy", "ada").score == 6
    only_written_again = request.node.callspec.id in ("gradebook", "record", "autograded")
    assert len(here.graded) == (1 if only_written_again else 2)
    assert (second.key == first.key) == only_written_again
    assert len(list((toy.root / "results" / "a1_toy" / ".results").iterdir())) == 1  # what is used by no record is gone


def test_an_interrupted_run_keeps_what_is_done_and_goes_on_from_there(toy: Course, here: Here) -> None:
    for student in ("ada", "bob", "cleo"):
        hand_in(toy, student, Pieces(toy, "a1_toy").blank(), own=student)

    def stop_after_bob(result: SubmissionResult) -> None:
        if result.student == "bob":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        grade(toy, "a1_toy", executor=here, jobs=1, on_result=stop_after_bob)
    assert sorted(path.stem for path in (toy.root / "results" / "a1_toy").glob("*.json")) == ["ada", "bob"]
    here.graded.clear()
    assert [result.student for result in grade(toy, "a1_toy", executor=here)] == ["ada", "bob", "cleo"]
    assert [files["own.txt"] for files in here.graded] == [b"cleo"]


STEPS: dict[str, tuple[object, str, bool]] = {
    # What a kill comes before, and whether the submission has to run again.
    "its result is kept": (Result, "write", True),
    "scores are written": (GradebookWriter, "write_scores", False),
    "scores are committed": (GradebookWriter, "_write_penalty", False),
    "its folder is replaced": (GradebookWriter, "write_folder", False),
    "its record is written": (SubmissionResult, "write", False),
    "the next is read": (grading._ClassRun, "forget_unused", False),
}


@pytest.mark.parametrize("resubmitted", [False, True], ids=["first", "resubmitted"])
@pytest.mark.parametrize("step", STEPS)
def test_a_run_killed_at_any_step_ends_as_one_that_was_not(
    toy: Course, here: Here, monkeypatch: pytest.MonkeyPatch, step: str, resubmitted: bool
) -> None:
    pieces = Pieces(toy, "a1_toy")
    hand_in(toy, "bob", pieces.solved(only=["total"]))
    if resubmitted:
        hand_in(toy, "ada", pieces.blank())
        grade(toy, "a1_toy", executor=here)
    hand_in(toy, "ada", pieces.solved(), own="ada")
    owner, name, runs_again = STEPS[step]

    def killed(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(owner, name, killed)
        with pytest.raises(KeyboardInterrupt):
            grade(toy, "a1_toy", executor=here)
    here.graded.clear()
    resumed = grade(toy, "a1_toy", executor=here)
    assert sum("own.txt" in files for files in here.graded) == runs_again
    after = state(toy)
    assert [result.score for result in resumed] == [6, 2]
    assert grade(toy, "a1_toy", executor=here, force=True) == resumed and state(toy) == after


def test_a_submission_changed_back_after_a_kill_has_its_own_scores(
    toy: Course, here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    pieces = Pieces(toy, "a1_toy")
    hand_in(toy, "ada", pieces.solved())
    grade(toy, "a1_toy", executor=here)
    before = state(toy)
    hand_in(toy, "ada", pieces.blank())
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(GradebookWriter, "write_folder", lambda *args: (_ for _ in ()).throw(KeyboardInterrupt))
        grade(toy, "a1_toy", executor=here)
    hand_in(toy, "ada", pieces.solved())
    grade(toy, "a1_toy", executor=here)
    assert state(toy) == before


def test_a_resubmission_that_cannot_be_read_takes_the_old_score_away(toy: Course, here: Here) -> None:
    hand_in(toy, "ada", Pieces(toy, "a1_toy").solved())
    grade(toy, "a1_toy", executor=here)
    hand_in(toy, "ada", "{")
    (result,) = grade(toy, "a1_toy", executor=here)
    with open_gradebook(toy) as gradebook:
        assert (result.status, result.score) == ("not gradable", 0)
        assert gradebook.find_submission("a1_toy", "ada").score == 0
    assert not toy.autograded("ada", "a1_toy").exists()


class Counting(Executor):
    """Finishes tasks late, the last one first; `most` is how many it had at a time."""

    def __init__(self, least: int) -> None:
        self.least = least
        self.waiting: list[tuple[Future[Any], Callable[[], Any]]] = []
        self.most = 0

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        if fn is not worker.grade_submission:  # the reference's answers, which all wait for
            future.set_result(fn(*args, **kwargs))
            return future
        self.waiting.append((future, lambda: fn(*args, **kwargs)))
        self.most = max(self.most, len(self.waiting))
        if len(self.waiting) == self.least:
            threading.Timer(0.01, self._finish).start()
        return future

    def _finish(self) -> None:
        while self.waiting:
            future, task = self.waiting.pop()
            future.set_result(task())


def test_no_more_than_two_submissions_per_job_are_read_ahead_and_the_order_is_the_students(
    toy: Course, here: Here
) -> None:
    students = [f"student-{number:02}" for number in range(18)]
    for student in students:
        hand_in(toy, student, "{")
    read: list[str] = []
    seen: list[str] = []
    counting = Counting(least=6)
    original = grading.read_submission

    def reading(folder: Path, *args: Any) -> Any:
        read.append(folder.parent.name)
        assert len(read) - len(seen) <= 6
        return original(folder, *args)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grading, "read_submission", reading)
        results = grade(toy, "a1_toy", jobs=3, executor=counting, on_result=lambda result: seen.append(result.student))
    assert counting.most == 6 and read == students
    assert [result.student for result in results] == students != seen and sorted(seen) == students


def test_a_worker_that_dies_of_a_submission_costs_only_that_one(
    toy: Course, here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    for student in ("ada", "bob"):
        hand_in(toy, student, Pieces(toy, "a1_toy").solved(), own=student)
    original = worker.grade_submission

    def dies_of_ada(submission: Any, *args: Any) -> Result:
        if submission.files["own.txt"] == b"ada":
            raise WorkerDied("The process that graded it died 3 times.")
        return original(submission, *args)

    with monkeypatch.context() as patch:
        patch.setattr(grading, "grade_submission", dies_of_ada)
        ada, bob = grade(toy, "a1_toy", executor=here)
    assert (ada.status, ada.score, bob.status, bob.score) == ("failed", 0, "graded", 6)
    assert ada.problems == (
        "The process that graded it died 3 times. It was set aside; grade it again to try once more.",
    )
    assert [result.score for result in grade(toy, "a1_toy", executor=here)] == [6, 6]  # "failed" is tried again


@pytest.mark.parametrize("error", [CourseError("There are no kernels."), RuntimeError("the cluster is gone")])
def test_what_is_not_the_students_fault_stops_the_run_and_leaves_no_record(
    toy: Course, here: Here, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    hand_in(toy, "ada", Pieces(toy, "a1_toy").solved())
    with monkeypatch.context() as patch:
        patch.setattr(grading, "grade_submission", lambda *args: (_ for _ in ()).throw(error))
        with pytest.raises(CourseError, match=str(error)):
            grade(toy, "a1_toy", executor=here)
    assert not list((toy.root / "results" / "a1_toy").glob("*.json"))
    assert [result.score for result in grade(toy, "a1_toy", executor=here)] == [6]


def test_an_assignment_without_questions_is_graded_by_its_tests_and_that_is_told(toy: Course) -> None:
    hand_in(toy, "ada", Pieces(toy, "a1_toy").solved({"double": ROWS_ONLY, "total": "def total(x):\n    return 1"}))
    toy.questions("a1_toy").unlink()
    told: list[str] = []
    (ada,) = grade(toy, "a1_toy", on_notice=told.append)
    assert [exercise.score for exercise in ada.exercises] == [3, 0, 1] and not ada.flags
    assert len(told) == 1 and "double, total, quiz_even" in told[0] and str(toy.questions("a1_toy")) in told[0]


def test_other_questions_make_other_results_and_another_seed_does_not(toy: Course, here: Here) -> None:
    hand_in(toy, "ada", Pieces(toy, "a1_toy").solved())
    (before,) = grade(toy, "a1_toy", executor=here)
    toy.seed("a1_toy").unlink()
    assert grade(toy, "a1_toy", executor=here) == [before] and len(here.graded) == 1
    text = toy.questions("a1_toy").read_text()
    toy.questions("a1_toy").write_text(text.replace("rng.integers(1, 99", "rng.integers(2, 99"))
    (after,) = grade(toy, "a1_toy", executor=here)
    assert after.key != before.key and len(here.graded) == 2


def test_a_reference_that_cannot_be_asked_stops_the_run_before_anybody_is_graded(toy: Course, here: Here) -> None:
    hand_in(toy, "ada", Pieces(toy, "a1_toy").solved())
    toy.questions("a1_toy").write_text(toy.questions("a1_toy").read_text().replace("rng.integers", "rng.whole", 1))
    with pytest.raises(CourseError, match="AttributeError"):
        grade(toy, "a1_toy", executor=here)
    assert not here.graded


def test_a_folder_name_that_is_not_utf_8_is_an_error_before_anything_runs(toy: Course) -> None:
    (toy.root / "submitted" / os.fsdecode(b"\xff") / "a1_toy").mkdir(parents=True)
    with pytest.raises(CourseError, match="not UTF-8"):
        submissions(toy, "a1_toy")


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
    toy.gradebook.unlink()
    if content:
        toy.gradebook.write_bytes(content)
    else:
        toy.gradebook.mkdir()
    with pytest.raises(CourseError, match="cannot be opened"):
        grade(toy, "a1_toy")
    assert not (toy.root / "results").exists() and (toy.gradebook.is_dir() or toy.gradebook.read_bytes() == content)


def test_what_needs_data_waits_for_them_and_only_it_is_graded_then(
    tmp_path: Path,
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
        return [(r.status, r.score, r.exercises[-1].score, r.exercises[-1].said) for r in results]

    notices: list[str] = []
    assert look() == [("waiting for data", 6, None, "")] * 3
    assert "score_accuracy is marked for later" in notices[0] and "autograder data fetch toy_data" in notices[0]
    with open_gradebook(course) as gradebook:
        assert gradebook.find_grade("score_accuracy", "a1_toy", "a1_toy", "ada").needs_manual_grade
        assert gradebook.find_submission("a1_toy", "ada").score == 6

    graded_at = course.record("ada", "a1_toy").stat().st_mtime_ns
    assert look() == [("waiting for data", 6, None, "")] * 3
    assert course.record("ada", "a1_toy").stat().st_mtime_ns == graded_at

    notices.clear()
    (course.dataset("toy_data")).mkdir()
    number = course.dataset("toy_data") / "number.txt"
    number.write_text("4.00")
    with_data = [
        ("graded", 8, 2, "It is worth 2 points."),
        ("graded", 6, 0, "accuracy.txt is missing."),
        ("graded", 6, 0, "could not convert string to float: 'junk'"),
    ]
    assert look() == with_data and notices == []

    number.unlink()
    assert look() == with_data  # what was given is not taken back where the data are gone
    number.write_text("4.00")
    (course.submitted("bob", "a1_toy").parent / "accuracy.txt").write_text("1")
    assert look()[1] == ("graded", 10, 4, "It is worth 4 points.")


def test_an_answer_in_words_waits_for_a_person_and_keeps_what_they_gave(tmp_path: Path, here: Here) -> None:
    course = make_toy(tmp_path, TOY + TOY_BY_HAND)
    build(course, "a1_toy")
    solved = Pieces(course, "a1_toy").solved()
    hand_in(course, "ada", solved)
    for cell in solved.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "short_answer":
            cell.source = "Because."
    hand_in(course, "bob", solved)

    def look() -> list[tuple[str, float, float | None]]:
        return [(r.status, r.score, r.exercises[-1].score) for r in grade(course, "a1_toy", executor=here)]

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
