"""Are the scores those of stock `nbgrader autograde`, but for the differences that are meant?

Each difference is shown with what stock nbgrader does.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import nbformat
import pytest

from autograder.classroom.grade import grade, prepare
from autograder.course import Course
from autograder.gradebook.book import open_gradebook
from autograder.nbgrader_course import nbgrader_api
from autograder.submissions.restore import grade_id
from tests.classes import Pieces
from tests.conftest import TOY, TOY_BY_HAND, TOY_SCORE, make_toy
from tests.grading.conftest import gradebook_of, hand_in

pytestmark = pytest.mark.slow
Notebook: TypeAlias = nbformat.NotebookNode

LATE = """
c.LateSubmissionPlugin.penalty_method = "zero"
"""


def stock(course: Course, student: str) -> bool:
    """Have nbgrader grade a submission; whether it could."""
    return bool(nbgrader_api(course).autograde("a1_toy", student)["success"])


def without(notebook: Notebook, *names: str) -> Notebook:
    notebook.cells = [cell for cell in notebook.cells if grade_id(cell) not in names]
    return notebook


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A toy with every kind of exercise, due in 2030, with its data and stock nbgrader's settings for grading."""
    course = make_toy(tmp_path_factory.mktemp("template"), TOY + TOY_SCORE + TOY_BY_HAND)
    config = course.root / "nbgrader_config.py"
    text = config.read_text()
    plain = re.sub(r"\nc\.Autograde\.sanitize_preprocessors = \[.*?\n\]\n", "\n", text, flags=re.DOTALL)
    assert plain != text
    config.write_text(plain + LATE)
    course.dataset("toy_data").mkdir()
    (course.dataset("toy_data") / "number.txt").write_text("4.00")
    prepare(course, "a1_toy")
    with open_gradebook(course) as gradebook:
        gradebook.update_or_create_assignment("a1_toy", duedate="2030-01-01 12:00:00")
    return course


@pytest.fixture
def two(template: Course, tmp_path: Path) -> tuple[Course, Course]:
    """Two such courses: one for stock nbgrader, one for us."""
    return Course(shutil.copytree(template.root, tmp_path / "stock")), Course(
        shutil.copytree(template.root, tmp_path / "ours")
    )


def test_honest_submissions_get_the_same_cell_by_cell(two: tuple[Course, Course]) -> None:
    pieces = Pieces(two[0], "a1_toy")
    answered = pieces.solved()
    (words,) = [cell for cell in answered.cells if grade_id(cell) == "short_answer"]
    words.source = "Because."
    moved = pieces.solved()
    moved.cells.append(moved.cells.pop([grade_id(cell) for cell in moved.cells].index("test_double")))
    edited = pieces.solved()
    for cell in edited.cells:
        if grade_id(cell) == "test_total":
            cell.source, cell.metadata.nbgrader.points = "pass", 100
    mistakes = {name: next(iter(known.values())) for name, known in pieces.wrong.items() if known}
    another_way = {name: next(iter(known.values())) for name, known in pieces.right.items() if known}
    students: dict[str, tuple[Notebook, dict[str, str]]] = {
        "reference": (pieces.solved(), {"accuracy": "1"}),
        "blank": (pieces.blank(), {}),
        "half": (pieces.solved(only=["double"]), {"accuracy": "0.5"}),
        "mistakes": (pieces.solved(mistakes), {"accuracy": "none"}),
        "another-way": (pieces.solved(another_way), {"accuracy": "0.25"}),
        "beyond": (pieces.solved({"double": "def double(x):\n    return 2 * x if np.ndim(x) == 0 else x"}), {}),
        "answered": (answered, {}),
        "moved": (moved, {}),
        "edited": (edited, {}),
        "no-answer-cell": (without(pieces.solved(), "double"), {}),
        "in-time": (pieces.solved(), {"timestamp": "2030-01-01 12:00:00 UTC"}),
        "late": (pieces.solved(), {"timestamp": "2030-01-01 12:00:01 UTC"}),
        "late-elsewhere": (pieces.blank(), {"timestamp": "2030-01-01 05:30:00 -0700"}),
    }
    for course in two:
        for student, (notebook, beside) in students.items():
            hand_in(course, student, notebook, **beside)
    for student in students:
        assert stock(two[0], student), student
    grade(two[1], "a1_toy", jobs=2)
    theirs, ours = map(gradebook_of, two)
    assert ours == theirs
    assert ours["reference"]["score"] == 10 and ours["late"]["penalty"] == 6 and ours["answered"]["by hand"]
    for student in students:
        left, right = ({p.name for p in c.autograded(student, "a1_toy").parent.iterdir()} for c in two)
        assert left == right

    # A person grades in both, one hands in once more, and both grade again.
    for course in two:
        with open_gradebook(course) as gradebook:
            for name, points in (("short_answer", 1.5), ("test_double", 2)):
                given = gradebook.find_grade(name, "a1_toy", "a1_toy", "answered")
                given.manual_score, given.needs_manual_grade = points, False
            gradebook.db.commit()
        hand_in(course, "half", pieces.solved(only=["total"]), accuracy="1")
    for student in ("answered", "half"):
        assert stock(two[0], student)
    grade(two[1], "a1_toy", ["answered", "half"], force=True)
    theirs, ours = map(gradebook_of, two)
    assert ours == theirs
    assert ours["answered"]["score"] == 2 + 2 + 1 + 1.5
    assert ours["half"]["score"] == 2 + 4


# Of the two questions about double, an answer gets both, or one, or neither.
PARTLY = {
    "right": None,
    "one-number": "def double(x):\n    return 2 * x if np.ndim(x) == 0 else x",
    "arrays": "def double(x):\n    return 2 * x if np.ndim(x) else x",  # the test that is seen fails
    "constant": "def double(x):\n    return None",
    "no-function": "double = 2",
}


def test_shares_are_the_same(template: Course, tmp_path: Path) -> None:
    courses = [Course(shutil.copytree(template.root, tmp_path / name)) for name in ("stock", "ours")]
    for course in courses:
        settings = course.root / "pyproject.toml"
        settings.write_text(settings.read_text() + 'credit = "share"\n')
        prepare(course, "a1_toy")
        pieces = Pieces(course, "a1_toy")
        for student, text in PARTLY.items():
            hand_in(course, student, pieces.solved({"double": text} if text else {}))
        hand_in(course, "blank", pieces.blank())
    for student in (*PARTLY, "blank"):
        assert stock(courses[0], student), student
    grade(courses[1], "a1_toy")
    theirs, ours = (
        {student: book["cells"]["test_double"][0] for student, book in gradebook_of(course).items()}
        for course in courses
    )
    assert ours == theirs == dict.fromkeys((*PARTLY, "blank"), 0) | {"right": 3, "one-number": 1.5, "arrays": 1.5}


WARNING = "import warnings\ndef double(x):\n    warnings.warn('old')\n    return np.asarray(x) * 2"
OWN_COMPARE = "def double(x):\n    return np.asarray(x) * 2\n\ndef compare(got, expected):\n    raise ValueError"
NO_TEST = {"tags": ["skip-execution"]}

# Points for test_double: what stock nbgrader gives, what we give, and why.
MEANT = {
    "warning": (0, 3, "a warning costs nothing"),
    "own-compare": (0, 3, "its own helper breaks the test that it sees, and all questions are answered rightly"),
    "no-test": (None, 3, "a test that was deleted is graded all the same"),
    "skipped": (3, 0, "a test that was tagged so that it does not run is no answer"),
    "resubmitted": (3, 0, "it was right; what was handed in then lacks the answer and the test"),
}


@pytest.fixture(scope="module")
def meant(template: Course, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, float | None]]:
    """Points for test_double, stock nbgrader's and ours, of who hands in what is graded differently on purpose."""
    folder, pieces = tmp_path_factory.mktemp("meant"), Pieces(template, "a1_toy")
    skipped = pieces.blank()
    for cell in skipped.cells:
        if grade_id(cell) == "test_double":
            cell.metadata.update(NO_TEST)
    students = {
        "warning": pieces.solved({"double": WARNING}),
        "own-compare": pieces.solved({"double": OWN_COMPARE}),
        "no-test": without(pieces.solved(), "test_double"),
        "skipped": skipped,
        "resubmitted": pieces.solved(),
    }
    found = []
    runs: dict[str, Callable[[Course], object]] = {"stock": stock_class, "ours": lambda course: grade(course, "a1_toy")}
    for name, run in runs.items():
        course = Course(shutil.copytree(template.root, folder / name))
        for student, notebook in students.items():
            hand_in(course, student, notebook)
        run(course)
        hand_in(course, "resubmitted", without(pieces.blank(), "test_double"))
        run(course)
        book = gradebook_of(course)
        found.append({student: book[student]["cells"]["test_double"][0] for student in students})
    return found


def stock_class(course: Course) -> None:
    for path in sorted((course.root / "submitted").iterdir()):
        if path.name == "resubmitted" or not course.autograded(path.name, "a1_toy").exists():
            assert stock(course, path.name)


@pytest.mark.parametrize(("student", "theirs", "ours"), [(name, *row[:2]) for name, row in MEANT.items()])
def test_meant_difference(
    meant: list[dict[str, float | None]], student: str, theirs: float | None, ours: float
) -> None:
    assert [found[student] for found in meant] == [theirs, ours]


def twice(notebook: Notebook) -> Notebook:
    notebook.cells += [nbformat.from_dict(cell) for cell in notebook.cells if grade_id(cell) == "double"]
    return notebook


def no_dict(notebook: Notebook) -> Notebook:
    notebook.cells[-1].metadata["nbgrader"] = 3
    return notebook


def renamed(notebook: Notebook) -> Notebook:
    for cell in notebook.cells:
        if grade_id(cell) == "test_double":
            cell.metadata.nbgrader.grade_id = "test_mine"
    return notebook


def forged(notebook: Notebook) -> Notebook:
    for cell in notebook.cells:
        if grade_id(cell) == "test_double":
            cell.metadata.nbgrader.points = "many"
    return notebook


def test_meant_difference_what_stops_nbgraders_batch_is_graded(two: tuple[Course, Course]) -> None:
    changes: dict[str, Callable[[Notebook], Notebook]] = {
        change.__name__: change for change in (twice, no_dict, renamed, forged)
    }
    for course in two:
        for student, change in changes.items():
            hand_in(course, student, change(Pieces(course, "a1_toy").solved()))
        hand_in(course, "bob", Pieces(course, "a1_toy").solved())
    # Stock nbgrader gives up on each, and tells so only at its end, with an error for the whole batch.
    assert not nbgrader_api(two[0]).autograde("a1_toy", "*")["success"]
    there = [student for student in (*changes, "bob") if two[0].autograded(student, "a1_toy").exists()]
    assert there == ["bob"]
    assert [result.score for result in grade(two[1], "a1_toy")] == [6.0] * 5


def test_nbgraders_own_commands_go_on_from_our_results(two: tuple[Course, Course]) -> None:
    course = two[1]
    hand_in(course, "ada", Pieces(course, "a1_toy").solved())
    hand_in(course, "bob", "{")
    grade(course, "a1_toy")
    api = nbgrader_api(course)
    assert api.generate_feedback("a1_toy", "ada")["success"]
    assert (course.root / "feedback" / "ada" / "a1_toy" / "a1_toy.html").is_file()
    assert {row["id"]: row["score"] for row in api.get_students()} == {"ada": 6, "bob": 0}  # what formgrader lists
    (shown,) = [row for row in api.get_submissions("a1_toy") if row["student"] == "ada"]
    assert (shown["score"], shown["autograded"]) == (6, True)
    assert stock(course, "ada") and gradebook_of(course)["ada"]["score"] == 6
    assert [result.score for result in grade(course, "a1_toy", force=True)] == [6, 0]
