"""Is a kernel given what it needs to ask, and nothing that would help to answer?"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import numpy as np
import pytest

from autograder.course import Course, CourseError
from autograder.grading.outside import course_questions
from autograder.judge.questions import Question, Questions, read_questions
from tests.conftest import REPOSITORY

CONTRACT = (REPOSITORY / "solutions" / "probes" / "__init__.py").read_text(encoding="utf-8")
PROBES = '''\
"""Probes."""

import math

import numpy as np

from solutions.a1_toy import halve
from solutions.probes import Choice, ask, judged

HALF: float = 0.5  # of something
exact = judged(rtol=0, atol=1e-6)


def secret_bounds(properties):
    """What must not be known."""
    return properties["size"] < LARGEST


LARGEST = 12345


def scaled(x: np.ndarray) -> np.ndarray:
    """A helper."""
    return HALF * x


@exact
def probe_double(answer, rng):
    """What is asked: nobody's business."""
    halve = rng.normal(size=3)  # not the reference's
    return {"array": ask(answer, scaled(halve)), "pi": math.pi}


@judged(predicate=secret_bounds)
def probe_size(answer, rng):
    return {"size": float(len(ask(answer)))}


def probe_plain(answer, rng):
    return {"value": ask(answer, 1)}


def double__same(x):
    """You gave it back as it was."""
    return halve(2 * x)
'''


def questions(folder: Path, probes: str, *exercises: str) -> Questions:
    (folder / "__init__.py").write_text(CONTRACT, encoding="utf-8")
    (folder / "a1_toy.py").write_text(probes, encoding="utf-8")
    return read_questions(folder / "a1_toy.py", {f"test_{name}": name for name in exercises})


def test_a_program_holds_the_probes_and_what_they_use_and_nothing_else(tmp_path: Path) -> None:
    program = questions(tmp_path, PROBES, "double", "size", "plain", "quiz").program
    for name in ("def ask(", "def plain(", "def scaled(x)", "HALF = 0.5", "import math", "def run_steps("):
        assert name in program
    for secret in ("solutions", "halve(", "__same", "secret", "12345", "1e-06", "judged", "Choice", "business", "You"):
        assert secret not in program


def test_a_program_runs_by_itself_and_asks(tmp_path: Path) -> None:
    names: dict[str, object] = {}
    exec(questions(tmp_path, PROBES, "double", "size", "plain").program, names)
    probes = names["PROBES"]
    assert isinstance(probes, dict) and list(probes) == ["double", "size", "plain"]
    data = probes["double"](lambda x: 2 * x, np.random.default_rng(3))
    assert np.allclose(data["array"], np.random.default_rng(3).normal(size=3))


def test_the_judge_keeps_tolerances_and_predicates(tmp_path: Path) -> None:
    found = questions(tmp_path, PROBES, "double", "size", "plain", "quiz")
    assert found.questions == (
        Question("double", 0.0, 1e-6),
        Question("size", 1e-4, 1e-4, "secret_bounds"),
        Question("plain", 1e-4, 1e-4),
        Question("quiz", by_value=True),
    )
    names: dict[str, object] = {}
    exec(found.predicates, names)
    assert names["secret_bounds"]({"size": 12344}) is True  # type: ignore[operator]
    assert found.about("test_size") == found.questions[1] and found.about("other") is None


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("return {'x': ask(answer, halve(1))}", "halve, which needs solutions.a1_toy"),
        ("return {'x': ask(answer, double__same(1))}", "double__same, an answer"),
        ("from solutions.a1_toy import double\n    return {'x': double(1)}", "probe_total, which needs solutions"),
        ("from . import x\n    return {'x': x}", "which needs ."),
        ("import autograder.judge as j\n    return {'x': j}", "which needs autograder.judge"),
        ("return {'x': encode(answer)}\n\ndef encode(x):\n    return x", "the name encode"),
    ],
)
def test_what_no_kernel_has_or_may_have_is_refused(tmp_path: Path, body: str, why: str) -> None:
    with pytest.raises(CourseError, match=re.escape(why)):
        questions(tmp_path, f"{PROBES}\n\ndef probe_total(answer, rng):\n    {body}\n", "total")


@pytest.mark.parametrize(
    ("decorator", "why"),
    [
        ("@judged(rtol=1 / 3)", "plain number"),
        ("@judged(predicate=lambda data: True)", "plain number, or the predicate's name"),
        ("@staticmethod", r"the decorator judged\(…\) and no other"),
    ],
)
def test_a_judgement_that_cannot_be_read_is_refused(tmp_path: Path, decorator: str, why: str) -> None:
    with pytest.raises(CourseError, match=why):
        questions(tmp_path, f"{PROBES}\n\n{decorator}\ndef probe_total(answer, rng):\n    return {{}}\n", "total")


@pytest.mark.parametrize("assignment", Course(REPOSITORY).assignments)
def test_every_assignment_has_a_program_without_an_answer_in_it(assignment: str) -> None:
    found = course_questions(Course(REPOSITORY), assignment)
    assert found is not None and len(found.questions) > 9
    defined = {node.name for node in ast.parse(found.program).body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    probes = {f"probe_{question.exercise}" for question in found.questions if not question.by_value}
    assert probes <= defined and not [name for name in defined if "__" in name]
    for secret in ("solutions", "judged", "predicate", "rtol=RTOL", "autograder."):
        assert secret not in found.program.replace("application/vnd.autograder.answer", "")


SEALED = """

def sealed_size(data, rng):
    return {"x": rng.permutation(LARGEST)}, (data / "key").read_text()


def predict_size(names, shown):
    return {"y": scaled(shown["x"])}


def points_size(data, key):
    return float(data["y"].sum() * len(key))
"""


def test_a_kernel_predicts_and_the_judge_keeps_the_key(tmp_path: Path) -> None:
    (tmp_path / "__init__.py").write_text(CONTRACT, encoding="utf-8")
    (tmp_path / "a1_toy.py").write_text(PROBES + SEALED, encoding="utf-8")
    found = read_questions(tmp_path / "a1_toy.py", {"test_double": "double"}, ["score_size", "score_other"])
    assert found.scores == ("score_size",) and found.about("score_size") is None
    assert "PREDICTIONS = {'score_size': predict_size}" in found.program
    assert "sealed_size" not in found.program and "points_size" not in found.program and "12345" not in found.program
    assert "def sealed_size" in found.sealing and "LARGEST = 12345" in found.sealing


def test_predictions_that_nobody_can_count_are_refused(tmp_path: Path) -> None:
    (tmp_path / "__init__.py").write_text(CONTRACT, encoding="utf-8")
    (tmp_path / "a1_toy.py").write_text(PROBES + SEALED.partition("def points_size")[0], encoding="utf-8")
    with pytest.raises(CourseError, match="lacks points_size"):
        read_questions(tmp_path / "a1_toy.py", {}, ["score_size"])
