"""Is a kernel given what it needs to ask, and nothing that would help to answer?"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import numpy as np
import pytest

from autograder.authoring.questions import course_questions
from autograder.course import Course, CourseError
from autograder.judge.questions import Question, Questions, read_questions
from tests.conftest import REPOSITORY

ASKING = REPOSITORY / "solutions" / "asking.py"
QUESTIONS = '''\
"""Questions."""

import math

import numpy as np

from solutions.a1_toy.notebook import halve
from solutions.asking import ask, judged, names_that_fail

HALF: float = 0.5  # of something
exact = judged(rtol=0, atol=1e-6)


def secret_bounds(data, rng):
    """What must not be known."""
    return names_that_fail({"size": lambda: data["size"] < LARGEST})


LARGEST = 12345


def scaled(x: np.ndarray) -> np.ndarray:
    """A helper."""
    return HALF * x


@exact
def question_double(answer, rng):
    """What is asked: nobody's business."""
    halve = rng.normal(size=3)  # not the reference's
    return {"array": ask(answer, scaled(halve)), "pi": math.pi}


@judged(predicate=secret_bounds, free=("size",), fixed="a size " "is a size")
def question_size(answer, rng):
    return {"size": float(len(ask(answer)))}


def question_plain(answer, rng):
    return {"value": ask(answer, 1)}


BY_VALUE = {"quiz": "a letter"}


def double__same(x):
    """You gave it back as it was."""
    return halve(2 * x)
'''


def questions(folder: Path, text: str, *exercises: str) -> Questions:
    (folder / "questions.py").write_text(text, encoding="utf-8")
    return read_questions(folder / "questions.py", ASKING, {f"test_{name}": name for name in exercises})


def test_a_program_holds_the_questions_and_what_they_use_and_nothing_else(tmp_path: Path) -> None:
    program = questions(tmp_path, QUESTIONS, "double", "size", "plain", "quiz").program
    for name in ("def ask(", "def plain(", "def scaled(x)", "HALF = 0.5", "import math", "def run_steps("):
        assert name in program
    for secret in ("solutions", "halve(", "__same", "secret", "12345", "1e-06", "judged", "Choice", "business", "You"):
        assert secret not in program


def test_a_program_runs_by_itself_and_asks(tmp_path: Path) -> None:
    names: dict[str, object] = {}
    exec(questions(tmp_path, QUESTIONS, "double", "size", "plain").program, names)
    asked = names["QUESTIONS"]
    assert isinstance(asked, dict) and list(asked) == ["double", "size", "plain"]
    data = asked["double"](lambda x: 2 * x, np.random.default_rng(3))
    assert np.allclose(data["array"], np.random.default_rng(3).normal(size=3))


def test_the_judge_keeps_tolerances_and_predicates(tmp_path: Path) -> None:
    found = questions(tmp_path, QUESTIONS, "double", "size", "plain", "quiz")
    assert found.questions == (
        Question("double", 0.0, 1e-6),
        Question("size", 1e-4, 1e-4, "secret_bounds", ("size",), "a size is a size"),
        Question("plain", 1e-4, 1e-4),
        Question("quiz", atol=1e-9, by_value=True),
    )
    names: dict[str, object] = {}
    exec(found.predicates, names)
    assert names["secret_bounds"]({"size": 12344}, None) == []  # type: ignore[operator]
    assert names["secret_bounds"]({"size": "12344"}, None) == ["size"]  # type: ignore[operator]
    assert found.about("test_size") == found.questions[1] and found.about("other") is None


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("return {'x': ask(answer, halve(1))}", "halve, which needs solutions.a1_toy.notebook"),
        ("return {'x': ask(answer, double__same(1))}", "double__same, an answer"),
        (
            "from solutions.a1_toy.notebook import double\n    return {'x': double(1)}",
            "question_total, which needs solutions",
        ),
        ("from . import x\n    return {'x': x}", "which needs ."),
        ("import autograder.judge as j\n    return {'x': j}", "which needs autograder.judge"),
        ("return {'x': encode(answer)}\n\ndef encode(x):\n    return x", "the name encode"),
    ],
)
def test_what_no_kernel_has_or_may_have_is_refused(tmp_path: Path, body: str, why: str) -> None:
    with pytest.raises(CourseError, match=re.escape(why)):
        questions(tmp_path, f"{QUESTIONS}\n\ndef question_total(answer, rng):\n    {body}\n", "total")


@pytest.mark.parametrize(
    ("decorator", "why"),
    [
        ("@judged(rtol=1 / 3)", "plain number"),
        ("@judged(free=NAMES)", "written out here"),
        ("@judged(predicate=lambda data, rng: [])", "takes a plain number, the predicate's name"),
        ("@staticmethod", r"the decorator judged\(…\) and no other"),
    ],
)
def test_a_judgement_that_cannot_be_read_is_refused(tmp_path: Path, decorator: str, why: str) -> None:
    with pytest.raises(CourseError, match=why):
        questions(tmp_path, f"{QUESTIONS}\n\n{decorator}\ndef question_total(answer, rng):\n    return {{}}\n", "total")


@pytest.mark.parametrize("assignment", Course(REPOSITORY).assignments)
def test_every_assignment_has_a_program_without_an_answer_in_it(assignment: str) -> None:
    found = course_questions(Course(REPOSITORY), assignment)
    assert len(found.questions) > 9 and found.by_hand == ()
    defined = {node.name for node in ast.parse(found.program).body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    asked = {f"question_{question.exercise}" for question in found.questions if not question.by_value}
    assert asked <= defined and not [name for name in defined if "__" in name]
    for secret in ("solutions", "judged", "predicate", "rtol=RTOL", "autograder."):
        assert secret not in found.program.replace("application/vnd.autograder.answer", "")


COUNTING = """

def shown_size(data, rng):
    return {"x": rng.permutation(LARGEST)}, (data / "key").read_text()


def predict_size(names, shown):
    return {"y": scaled(shown["x"])}


def points_size(data, key):
    return float(data["y"].sum() * len(key)), "Well done."
"""


def test_a_kernel_predicts_and_the_judge_keeps_the_key(tmp_path: Path) -> None:
    (tmp_path / "questions.py").write_text(QUESTIONS + COUNTING, encoding="utf-8")
    found = read_questions(tmp_path / "questions.py", ASKING, {"test_double": "double"}, ["score_size"])
    assert found.scores == ("score_size",) and found.about("score_size") is None
    assert "PREDICTIONS = {'score_size': predict_size}" in found.program
    assert "shown_size" not in found.program and "points_size" not in found.program and "12345" not in found.program
    assert "def shown_size" in found.counting and "LARGEST = 12345" in found.counting


def test_predictions_that_nobody_can_count_are_refused(tmp_path: Path) -> None:
    (tmp_path / "questions.py").write_text(QUESTIONS + COUNTING.partition("def points_size")[0], encoding="utf-8")
    with pytest.raises(CourseError, match="lacks points_size"):
        read_questions(tmp_path / "questions.py", ASKING, {}, ["score_size"])


def test_where_nobody_is_asked_the_tests_decide(tmp_path: Path) -> None:
    found = read_questions(tmp_path / "questions.py", ASKING, {"test_double": "double"})
    assert found.questions == () and found.by_hand == ("double",)
    (tmp_path / "questions.py").write_text(QUESTIONS, encoding="utf-8")
    cells = {"test_double": "double", "test_half": "half", "test_quiz": "quiz"}
    found = read_questions(tmp_path / "questions.py", ASKING, cells, by_hand=["double"])
    assert found.by_hand == ("double", "half") and found.asked("double") is not None
