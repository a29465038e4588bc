"""Does measuring the tests find the weak ones and the unfair ones?"""

from __future__ import annotations

import sys
import warnings
from typing import Any

import pytest

from autograder.authoring.answers import known_answers
from autograder.authoring.strength import ExerciseStrength, strength
from autograder.course import Course, CourseError


def replace(course: Course, path: str, old: str, new: str) -> None:
    file = course.root / path
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def rows(course: Course) -> dict[str, ExerciseStrength]:
    return {row.exercise: row for row in strength(course, "a1_toy")}


def test_a_sound_assignment_is_sound(toy: Course) -> None:
    found = rows(toy)
    assert all(row.sound for row in found.values())
    double = found["double"]
    assert (double.wrong, double.caught_by_visible, double.caught_by_hidden) == (2, 2, 2)
    assert (double.right, double.accepted) == (1, 1)


def test_a_hidden_test_that_misses_a_wrong_answer_is_told(toy: Course) -> None:
    replace(toy, "solutions/a1_toy.py", "assert list(double(negative_array)) == [-6, 0]", "assert double(0) == 0")
    row = rows(toy)["double"]
    assert sorted(row.missed) == ["same", "square"] and row.idle_hidden_tests == ["test_double_hidden"]
    assert row.caught_by_visible == 2 and not row.sound


def test_a_test_that_refuses_a_right_answer_is_told(toy: Course) -> None:
    replace(toy, "solutions/a1_toy.py", "compare(double(1), 2)", "assert double.__name__ == 'double', 'renamed'")
    row = rows(toy)["double"]
    assert row.refused == {"added": "test_double: AssertionError: renamed"} and not row.sound


def test_a_probe_that_cannot_tell_wrong_from_right_is_told(toy: Course) -> None:
    replace(toy, "solutions/probes/a1_toy.py", "rng.integers(1, 99, size=(2, 3))", "np.zeros(2)")
    row = rows(toy)["double"]
    assert row.missed_by_probe == ["same", "square"] and not row.sound


def test_a_predicate_judges_in_the_references_place(toy: Course) -> None:
    replace(toy, "solutions/probes/a1_toy.py", "import Choice, ask", "import Choice, ask, judged")
    replace(
        toy,
        "solutions/probes/a1_toy.py",
        "def probe_double",
        "@judged(predicate=lambda data: bool(np.all(np.asarray(data['array']) % 2 == 0)))\ndef probe_double",
    )
    assert rows(toy)["double"].missed_by_probe == []


def test_the_references_own_answer_is_back_afterwards(toy: Course) -> None:
    with known_answers(toy, "a1_toy") as answers:
        before = answers.reference.double
    strength(toy, "a1_toy")
    assert before.__name__ == "double"
    assert not [name for name in sys.modules if name == "solutions.a1_toy"]


def test_wrong_answers_may_print_and_warn(toy: Course, capsys: pytest.CaptureFixture[str]) -> None:
    replace(toy, "solutions/probes/a1_toy.py", "    return np.asarray(x) ** 2", "    print('!')\n    return np.log(-1)")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert rows(toy)["double"].sound
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("def double__same", "def dubble__same", "dubble__same is about 'dubble'"),
        ("def probe_total", "def probe_sum", "probe_sum is about 'sum'"),
        ('NO_PROBE = {"quiz_even": "a letter"}', "NO_PROBE = {}", "write probe_quiz_even"),
    ],
)
def test_names_that_fit_nothing_are_refused(toy: Course, old: str, new: str, words: str) -> None:
    replace(toy, "solutions/probes/a1_toy.py", old, new)
    with pytest.raises(CourseError, match=words):
        strength(toy, "a1_toy")


def test_an_assignment_without_probes_is_refused(toy: Course) -> None:
    (toy.root / "solutions" / "probes" / "a1_toy.py").unlink()
    with pytest.raises(CourseError, match="is missing"):
        strength(toy, "a1_toy")


def test_the_contract_turns_whatever_an_answer_returns_into_plain_data() -> None:
    import numpy as np
    import torch

    from autograder.judge.compare import is_plain
    from solutions.probes import ask

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
        "in place": ask(zero_in_place, np.ones(2)),
        "tensor in place": ask(zero_in_place, torch.ones(2)),
    }
    assert is_plain(asked)
    assert asked["list"].shape == (2, 2) and [item.shape for item in asked["ragged"]] == [(2,), (3,)]
    assert (asked["raises"], asked["object"]) == ("raised ValueError", "returned object")
    assert asked["in place"] == asked["tensor in place"] == "changed its input"
