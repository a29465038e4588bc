"""Does measuring the questions find the weak ones and the unfair ones?"""

from __future__ import annotations

import sys
import warnings
from typing import Any

import pytest

from autograder.course import Course, CourseError
from autograder.proving.answers import known_answers
from autograder.proving.strength import ExerciseStrength, strength


def replace(course: Course, path: str, old: str, new: str) -> None:
    file = course.root / path
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


QUESTIONS, MISTAKES = "solutions/a1_toy/questions.py", "solutions/a1_toy/mistakes.py"


def rows(course: Course) -> dict[str, ExerciseStrength]:
    return {row.exercise: row for row in strength(course, "a1_toy")}


def test_a_sound_assignment_is_sound(toy: Course) -> None:
    found = rows(toy)
    assert all(row.sound for row in found.values())
    double = found["double"]
    assert (double.wrong, double.caught_by_visible, double.caught) == (2, 2, 2)
    assert (double.right, double.accepted) == (1, 1)


def test_a_question_that_cannot_tell_wrong_from_right_is_told(toy: Course) -> None:
    replace(toy, QUESTIONS, "rng.integers(1, 99, size=(2, 3))", "np.zeros(2)")
    replace(toy, QUESTIONS, "rng.integers(100, 999)", "0")
    row = rows(toy)["double"]
    assert sorted(row.missed) == ["same", "square"] and row.caught == 0
    assert row.caught_by_visible == 2 and not row.sound


def test_a_question_that_refuses_a_right_answer_is_told_by_name(toy: Course) -> None:
    replace(toy, QUESTIONS, '"one number": ask(answer, ', '"its name": answer.__name__, "one number": ask(answer, ')
    row = rows(toy)["double"]
    assert row.refused == {"added": ["its name"]} and not row.sound


def test_wrong_answers_that_cannot_be_told_apart_and_hints_that_never_come_up_are_told(toy: Course) -> None:
    power = "def double__power(x):\n    'No.'\n    return x**2\n\n\n"
    replace(toy, MISTAKES, "def total__first_axis", f"{power}def total__first_axis")
    visible = "compare(double(1), 2)\n    hints = {'x is kept': 1, 'x is thrice': 3}\n    assert hints\n"
    replace(toy, "solutions/a1_toy/notebook.py", "compare(double(1), 2)\n", visible)
    row = rows(toy)["double"]
    assert row.alike == [("square", "power")] and row.silent == ["x is kept", "x is thrice"] and not row.sound
    hint = 'f"expected {expected}, got {got}" + ": x is kept" * np.array_equal(got, 1)'
    replace(toy, "solutions/a1_toy/notebook.py", 'f"expected {expected}, got {got}"', hint)
    assert rows(toy)["double"].silent == ["x is thrice"]


def test_a_predicate_judges_what_is_free(toy: Course) -> None:
    replace(toy, QUESTIONS, "import ask", "import ask, judged")
    even = "def even(data, rng):\n    return [name for name in data if np.any(np.asarray(data[name]) % 2)]\n\n\n"
    replace(toy, QUESTIONS, "def question_double", f"{even}@judged(predicate=even)\ndef question_double")
    assert rows(toy)["double"].missed == []
    replace(toy, QUESTIONS, "return [name for name in data if", "return [name for name in () if")
    assert sorted(rows(toy)["double"].missed) == ["same", "square"]


def test_one_exercise_can_be_measured_alone_and_an_unknown_one_is_refused(toy: Course) -> None:
    assert [row.exercise for row in strength(toy, "a1_toy", ["total"])] == ["total"]
    with pytest.raises(CourseError, match="There is no exercise sum. There are: double, total, quiz_even"):
        strength(toy, "a1_toy", ["sum"])


def test_the_references_own_answer_is_back_afterwards(toy: Course) -> None:
    with known_answers(toy, "a1_toy") as answers:
        before = answers.reference.double
    strength(toy, "a1_toy")
    assert before.__name__ == "double"
    assert not [name for name in sys.modules if name.startswith("solutions.a1_toy")]


def test_wrong_answers_may_print_and_warn(toy: Course, capsys: pytest.CaptureFixture[str]) -> None:
    replace(toy, MISTAKES, "    return np.asarray(x) ** 2", "    print('!')\n    return np.log(-1)")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert rows(toy)["double"].sound
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("path", "old", "new", "words"),
    [
        ("mistakes", "def double__same", "def dubble__same", "dubble__same is about 'dubble'"),
        ("questions", "def question_total", "def question_sum", "question_sum is about 'sum'"),
        ("questions", '"quiz_even"', '"quiz_odd"', "write question_quiz_even, or say in BY_VALUE"),
        ("questions", "rng.integers(1", "rng.whole(1", "question_double raises AttributeError for the reference"),
    ],
)
def test_names_that_fit_nothing_are_refused(toy: Course, path: str, old: str, new: str, words: str) -> None:
    replace(toy, f"solutions/a1_toy/{path}.py", old, new)
    with pytest.raises(CourseError, match=words):
        strength(toy, "a1_toy")


def test_an_assignment_without_questions_is_refused(toy: Course) -> None:
    toy.questions("a1_toy").unlink()
    with pytest.raises(CourseError, match="questions.py is missing"):
        strength(toy, "a1_toy")


def test_the_contract_turns_whatever_an_answer_returns_into_plain_data() -> None:
    import numpy as np
    import torch

    from autograder.judge.compare import is_plain
    from solutions.asking import ask

    def zero_in_place(x: Any) -> Any:
        x[0] = 0
        return x

    def fail() -> None:
        raise ValueError("no")

    class NoArray:
        def __array__(self, *args: Any, **kwargs: Any) -> Any:
            raise RuntimeError

    asked = {
        "tensor": ask(lambda: torch.ones(2, requires_grad=True)),
        "ragged": ask(lambda: (np.ones(2), np.ones(3))),
        "list": ask(lambda: [[1, 2], [3, 4]]),
        "nothing": ask(lambda: None),
        "raises": ask(fail),
        "object": ask(object),
        "no array": ask(NoArray),
        "dict": ask(lambda: {1: 2.0}),
        "bfloat16": ask(lambda: torch.ones(2, dtype=torch.bfloat16)),
        "meta": ask(lambda: torch.ones(2, device="meta")),
        "in place": ask(zero_in_place, np.ones(2)),
        "tensor in place": ask(zero_in_place, torch.ones(2)),
    }
    assert is_plain(asked)
    assert asked["bfloat16"].dtype == np.float32 and asked["meta"] == "a tensor without data, of shape (2,)"
    assert ask(lambda: np.ones(2, np.float16)).dtype == np.float16  # NumPy's own types are kept
    assert asked["list"].shape == (2, 2) and [item.shape for item in asked["ragged"]] == [(2,), (3,)]
    assert (asked["raises"], asked["object"]) == ("raised ValueError", "returned object")
    assert asked["in place"] == asked["tensor in place"] == "changed its input"
