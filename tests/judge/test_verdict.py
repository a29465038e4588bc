"""Does the judge believe data alone, and say what it saw?"""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from autograder.judge.answers import QuestionResult
from autograder.judge.questions import Question, Questions
from autograder.judge.verdict import Verdict, judge

PREDICATES = """
import numpy as np
LARGEST = 9
def small(data, rng):
    size = data["size"]
    right = isinstance(size, np.ndarray) and size.shape == () and size <= LARGEST
    return [] if right else ["size"]
def broken(data, rng):
    raise SystemError
def drawn(data, rng):
    return [] if data["number"] == rng.integers(10**9) else ["number"]
"""


def verdict(question: Question, expected: dict[str, Any], got: dict[str, Any] | None, failed: str = "") -> Verdict:
    questions = Questions("", "", PREDICATES, (question,), (("test_double", "double"),))
    return judge(question, questions, expected, QuestionResult("double", got, failed), SEED)


SEED = 7
WITHIN = Question("double", rtol=1e-4, atol=1e-4)


def test_the_same_data_agree_and_silence_does_not() -> None:
    data = {"array": np.arange(6.0).reshape(2, 3), "unknown name": "raised ValueError"}
    assert verdict(WITHIN, data, {**data, "array": data["array"] + 1e-6}) == Verdict("agrees")
    assert judge(WITHIN, Questions("", "", "", (), ()), data, None, SEED) == Verdict(
        "no answer", evidence="it gave no answer"
    )
    assert verdict(WITHIN, data, None, "NameError: x\x1b[31m\n") == Verdict(
        "no answer", evidence="it gave no answer (NameError: x [31m)"
    )


def test_evidence_names_question_place_and_both_sides() -> None:
    expected = {"a": np.zeros((2, 3)), "b": np.array([[1.0, 2.0], [3.0, 4.0]])}
    got = {"a": np.zeros((2, 3)), "b": np.array([[1.0, 2.0], [-3.0, 4.5]])}
    assert verdict(WITHIN, expected, got) == Verdict(
        "differs", ("b",), "asked 'b' it gave -3 at [1, 0] where the reference gives 3"
    )


def test_all_questions_that_fail_are_named_in_their_order() -> None:
    expected = {"a": 1.0, "b": 2.0, "c": "raised ValueError", "d": None}
    assert verdict(WITHIN, expected, {"a": 9.0, "b": 2.0, "c": None, "d": None}).failing == ("a", "c")


@pytest.mark.parametrize(
    ("expected", "got", "words"),
    [
        (np.zeros((2, 3)), np.zeros((3, 2)), "float64 array of shape (3, 2)"),
        (np.zeros(3), "raised ValueError", "raised ValueError where the reference gives float64 array"),
        (np.array(2.0), np.array(3.0), "3 where the reference gives 2"),
        (np.zeros(2), np.array([np.nan, 1]), "nan at [0] where the reference gives 0"),
        ([{"x": 1.0}, {"x": 2.0}], [{"x": 1.0}, {"x": 3.0}], "3.0 at 1/x where the reference gives 2.0"),
        (None, np.zeros(10**6), "array of shape (1000000,)"),
        (1.0, {"a": [None] * 1000}, "[None, None"),
        (1.0, "text \x1b]0;title\x07\u202e" * 999, "text"),
        (np.zeros(2), np.array([1e308, -1e308]), "1e+308"),
        (np.zeros(2, dtype=bool), np.array([True, False]), "gives 0"),
        (2**62, -(2**62), "-4611686018427387904 where"),
    ],
)
def test_any_two_data_that_differ_are_told_apart_in_a_printable_line(expected: Any, got: Any, words: str) -> None:
    found = verdict(WITHIN, {"q": expected}, {"q": got})
    assert found.kind == "differs" and words in found.evidence
    assert found.evidence.isprintable() and len(found.evidence) < 400


def test_answers_to_other_questions_are_none() -> None:
    data = {"a": 1.0}
    for got in ({}, {"a": 1.0, "b": 1.0}, {"b": 1.0}):
        assert verdict(WITHIN, data, got).kind == "differs"


def test_a_predicate_judges_what_is_free_and_what_breaks_it_is_refused() -> None:
    small = Question("double", predicate="small")
    for size in (9.0, 3.0):  # whatever the reference gives
        assert verdict(small, {"size": np.array(1.0)}, {"size": np.array(size)}) == Verdict("agrees")
    for hostile in ({"size": np.array(10.0)}, {"size": "9"}, {"size": [9]}, {"size": np.zeros(3)}, {}):
        assert verdict(small, {"size": np.array(1.0)}, hostile).failing == ("size",)
    broken = Question("double", predicate="broken", free=("a",))
    assert verdict(broken, {"a": 1.0, "b": 2.0}, {"a": 1.0, "b": 2.0}).failing == ("a",)


def test_what_is_not_free_is_compared_with_the_reference_as_well() -> None:
    drawn = Question("double", predicate="drawn", free=("number",))
    right = int(np.random.default_rng(SEED).integers(10**9))
    assert verdict(drawn, {"number": 0, "size": 2}, {"number": right, "size": 2}).kind == "agrees"
    assert verdict(drawn, {"number": 0, "size": 2}, {"number": right, "size": 3}).failing == ("size",)
    assert verdict(drawn, {"number": 0, "size": 2}, {"number": right + 1, "size": 3}).failing == ("number", "size")


@pytest.mark.parametrize(
    ("right", "given", "agrees"),
    [
        ("b", "b", True),
        ("b", " B ", True),
        ("b", "a", False),
        ("b", "?", False),
        ("b", np.array(98.0), False),
        (np.array(24.0), np.array(24.0), True),
        (np.array(24.0), np.array(24.00001), False),
        (np.array(24.0), " 24.0 ", True),
        (np.array(24.0), "twenty-four", False),
        (np.array(24.0), "1" * 50, False),
        (np.array(24.0), None, False),
    ],
)
def test_a_choice_is_judged_by_its_value(right: Any, given: Any, agrees: bool) -> None:
    found = verdict(Question("double", by_value=True), {"value": right}, {"value": given})
    assert (found.kind == "agrees") is agrees
    assert agrees or found.evidence.startswith("its value gave")


def test_the_judge_imports_nothing_that_could_run_a_submission() -> None:
    """Neither kernels nor the course's answers nor what unpickles checkpoints."""
    program = (
        "import sys, autograder.judge.answers, autograder.judge.compare, autograder.judge.questions, "
        "autograder.judge.held_out, autograder.judge.verdict; print(*sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = set(run.stdout.split())
    own = {name for name in loaded if name.startswith("autograder.")}
    assert own == {
        "autograder.course",
        "autograder.source",
        "autograder.judge",
        "autograder.judge.answers",
        "autograder.judge.compare",
        "autograder.judge.questions",
        "autograder.judge.held_out",
        "autograder.judge.verdict",
        "autograder.limits",
    }
    runs_code = {
        "IPython",
        "ipykernel",
        "jupyter_client",
        "nbclient",
        "nbformat",
        "nbgrader",
        "solutions",
        "torch",
        "zmq",
    }
    assert not runs_code & {name.partition(".")[0] for name in loaded}
