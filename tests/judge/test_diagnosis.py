"""Is the mistake named that was made, and nobody accused of another?"""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.authoring.answers import Exercise, known_answers
from autograder.course import Course
from autograder.judge.diagnosis import Data, Diagnosis, Judged, KnownAnswer, Replaced, StandIn, diagnose, diagnose_all
from autograder.judge.questions import Question
from autograder.judge.stand_ins import Stage
from tests.conftest import REPOSITORY

JUDGED = Judged(Question("total", rtol=1e-4, atol=1e-4), {name: 0 for name in "abcde"})


def answer(mistake: str, message: str = "", **data: Any) -> KnownAnswer:
    """One that differs from the reference in `data`."""
    return KnownAnswer(mistake, message or f"About {mistake}.", {**JUDGED.expected, **data})


FIRST, SECOND = answer("first", a=1, b=1, c=1), answer("second", c=2, d=2)


def named(data: Data, *known: KnownAnswer, judged: Judged = JUDGED) -> str | None:
    found = diagnose({**judged.expected, **data}, judged, known or (FIRST, SECOND))
    return found.mistake if found else None


def test_the_very_same_data_are_named_and_a_rounding_error_does_not_matter() -> None:
    assert diagnose(FIRST.data, JUDGED, [SECOND, FIRST]) == Diagnosis("first", "About first.")
    assert named({"c": 2.00001, "d": 2}) == "second"


def test_what_agrees_with_the_reference_is_never_accused() -> None:
    assert named({}) is None
    assert named({"a": 1e-5, "b": -1e-5, "c": 1e-5}) is None


@given(st.dictionaries(st.sampled_from("abcde"), st.integers(0, 3)))
def test_a_mistake_is_named_only_where_it_explains_most_of_the_differences(data: dict[str, int]) -> None:
    found = diagnose({**JUDGED.expected, **data}, JUDGED, [FIRST, SECOND])
    wrong = {name for name, value in data.items() if value}
    if found is not None:
        known = {"first": FIRST, "second": SECOND}[found.mistake]
        own = {name for name, value in known.data.items() if value}
        same = {name for name in wrong & own if data[name] == known.data[name]}
        assert found.share == pytest.approx(len(same) / len(wrong | own), abs=1e-3)
        assert found.share >= 0.65


@pytest.mark.parametrize(
    ("data", "mistake"),
    [
        ({"a": 1, "b": 1, "c": 1, "e": 7}, "first"),  # one question more is wrong
        ({"a": 1, "b": 1}, "first"),  # one less
        ({"a": 1, "b": 1, "c": 7}, "first"),  # one is wrong in another way
        ({"a": 1}, None),  # one question says too little
        ({"a": 1, "b": 1, "c": 1, "d": 7, "e": 7}, None),  # as much speaks against it
        ({"a": 7, "b": 7, "c": 7}, None),  # the same questions, and nothing else in common
    ],
)
def test_a_mistake_that_is_not_alone_is_named_if_it_is_the_larger_part(data: dict[str, int], mistake: str) -> None:
    assert named(data) == mistake


def test_of_two_that_explain_as_much_none_is_named_unless_they_say_the_same() -> None:
    twin = answer("twin", message="About first.", a=1, b=1, c=1)
    rival = answer("rival", a=1, b=1, c=1)
    assert named(FIRST.data, FIRST, twin) == "first"
    assert named(FIRST.data, FIRST, rival) is None
    assert named({"a": 1, "b": 1, "c": 1, "d": 2}, FIRST, answer("other", a=1, b=1, d=2)) is None


def test_an_answer_that_fails_alike_whatever_it_is_asked_is_not_explained() -> None:
    crash = answer("crash", **dict.fromkeys("abcde", "raised AttributeError"))
    assert named(crash.data, crash) is None
    nothing = answer("nothing", **dict.fromkeys("abcde", None))
    assert named(nothing.data, nothing) == "nothing"


@pytest.mark.parametrize("data", [{}, {"a": object(), "z": 1}, {"a": [1, {"b": None}]}, {"a": np.ones((3, 3))}])
def test_any_data_can_be_diagnosed(data: dict[str, Any]) -> None:
    assert diagnose(data, JUDGED, [FIRST, SECOND]) is None


def test_a_letter_may_be_written_large() -> None:
    judged = Judged(Question("quiz", by_value=True), {"value": "b"})
    wrong = KnownAnswer("odd", "That is odd.", {"value": "a"})
    assert named({"value": " A "}, wrong, judged=judged) == "odd"
    assert named({"value": "B"}, wrong, judged=judged) is None
    assert named({"value": "?"}, wrong, judged=judged) is None


def test_where_properties_are_judged_only_bad_ones_count() -> None:
    def small_and_even(data: Mapping[str, Any]) -> bool:
        return bool(data["size"] < 10 and data["even"] == 1)

    judged = Judged(Question("network"), {"size": 4, "even": 1}, small_and_even)
    odd = KnownAnswer("odd", "It is odd.", {"size": 6, "even": 0})
    assert named({"size": 8, "even": 0}, odd, judged=judged) == "odd"
    assert named({"size": 8, "even": 1}, odd, judged=judged) is None
    assert named({"size": "large", "even": 1}, odd, judged=judged) is None


# ---- earlier exercises ----

EARLIER = Judged(Question("double"), {"x": 2, "y": 4})
LATER = Judged(Question("sum"), {"x": 10, "y": 20})
KNOWN: dict[tuple[str, Replaced], list[StandIn]] = {
    ("double", ()): [StandIn("wrong", "square", "You squared it.", (), {"x": 1, "y": 16})],
    ("sum", ()): [StandIn("wrong", "first", "You took the first.", (), {"x": 2, "y": 4})],
    ("sum", (("double", "square"),)): [
        StandIn("reference", "", "", ("double",), {"x": 5, "y": 40}),
        StandIn("wrong", "first", "You took the first.", ("double",), {"x": 1, "y": 16}),
    ],
}


def diagnoses(later: Data, source: str, earlier: Data | None = None) -> dict[str, Diagnosis]:
    def stand_ins(exercise: str, replaced: Replaced) -> Sequence[StandIn]:
        return KNOWN[exercise, replaced]

    failed = {"double": earlier or {"x": 1, "y": 16}, "sum": later}
    return diagnose_all(failed, {"double": EARLIER, "sum": LATER}, stand_ins, {"double": "x ** 2", "sum": source})


def test_a_right_answer_that_uses_an_earlier_one_inherits_its_mistake() -> None:
    found = diagnoses({"x": 5, "y": 40}, "np.sum(double(x))")
    assert found["double"] == Diagnosis("square", "You squared it.")
    assert found["sum"] == Diagnosis("square", "You squared it.", "double", own=False)
    assert found["sum"].text == "This looks right, but it uses your double. There: You squared it."


def test_an_own_mistake_on_top_of_an_earlier_one_is_named() -> None:
    found = diagnoses({"x": 1, "y": 16}, "double(x)[0]")["sum"]
    assert (found.mistake, found.earlier, found.own) == ("first", "double", True)
    assert found.text == "You took the first. Besides, it uses your double, which is wrong, too."


def test_an_answer_that_does_not_mention_the_earlier_one_does_not_inherit() -> None:
    assert "sum" not in diagnoses({"x": 5, "y": 40}, "sum(2 * x)")
    assert diagnoses({"x": 2, "y": 4}, "2 * x[0]")["sum"].earlier is None


def test_nothing_is_inherited_from_what_is_not_understood() -> None:
    assert diagnoses({"x": 5, "y": 40}, "double(x)", earlier={"x": 7, "y": 7}) == {}


def test_one_mistake_is_a_better_explanation_than_two() -> None:
    own = KnownAnswer("own", "Yours.", FIRST.data)
    inherited = KnownAnswer("first", "The earlier one's.", FIRST.data, "double", own=False)
    both = KnownAnswer("both", "Both.", FIRST.data, "double")
    assert named(FIRST.data, both, own) == "own"
    assert named(FIRST.data, both, own, inherited) == "first"


def test_a_part_is_said_to_be_one() -> None:
    part = diagnose({**FIRST.data, "e": 7}, JUDGED, [FIRST])
    assert part is not None and part.share == 0.75
    assert part.text == "It looks like this, and something else beside: About first."
    inherited = Diagnosis("first", "About it.", "double", own=False, share=0.75)
    assert inherited.text == "Part of what is wrong here comes from your double. There: About it."


# ---- the course's own ----

SEED = 20270404
SAMPLE = {
    "a1_convolution": ("pad2d", "conv2d", "named_kernel", "quiz_output"),
    "a2_shapes": ("conv_output_size", "parameter_table", "slide_weights"),
    "a3_fashion_mnist": ("normalisation", "confusion_matrix", "quiz_gap"),
    "a4_cifar10": ("softmax", "BatchNorm2d", "normalise"),
    "a5_vgg16": ("top_k", "most_confused"),
    "a6_adversarial": ("fgsm", "attack_success"),
}


@cache
def stage(assignment: str) -> tuple[Stage, dict[str, Exercise]]:
    """An assignment's known answers, and its exercises by name."""
    course = Course(REPOSITORY)
    files = {
        "contract": REPOSITORY / "solutions" / "probes" / "__init__.py",
        "wrong": course.probes(assignment),
        "right": REPOSITORY / "tests" / "alternatives" / f"{assignment}.py",
    }
    with known_answers(course, assignment) as answers:
        exercises = {exercise.name: exercise for exercise in answers.exercises}
    reference = vars(importlib.import_module(f"solutions.{assignment}"))
    return Stage(reference, {kind: path.read_text(encoding="utf-8") for kind, path in files.items()}), exercises


def judged_exercise(assignment: str, name: str) -> Judged:
    there, exercises = stage(assignment)
    exercise = exercises[name]
    by_value = exercise.probe is None
    question = Question(name, by_value=True) if by_value else Question(name, exercise.rtol, exercise.atol)
    return Judged(question, there.data(name, there.names[name], SEED), exercise.predicate)


@pytest.mark.parametrize(
    ("assignment", "name"), [(assignment, name) for assignment, names in SAMPLE.items() for name in names]
)
def test_known_wrong_answers_are_named_and_right_ones_are_not(assignment: str, name: str) -> None:
    there, exercises = stage(assignment)
    judged = judged_exercise(assignment, name)
    known = [KnownAnswer(one["name"], one["message"], one["data"]) for one in there.ask(name, {}, SEED)]
    assert len(known) == len(exercises[name].wrong)
    assert [one.mistake for one in known if named(one.data, *known, judged=judged) != one.mistake] == []
    right = {how: there.data(name, answer, SEED) for how, answer in exercises[name].right.items()}
    assert [how for how, data in right.items() if named(data, *known, judged=judged)] == []


def test_a_wrong_cross_correlation_is_found_in_a_convolution_that_uses_it() -> None:
    there, _ = stage("a1_convolution")

    def stand_ins(exercise: str, replaced: Replaced) -> list[StandIn]:
        return [StandIn(**one | {"uses": tuple(one["uses"])}) for one in there.ask(exercise, dict(replaced), SEED)]

    judged = {name: judged_exercise("a1_convolution", name) for name in ("cross_correlate2d", "convolve2d")}
    inherits = (("cross_correlate2d", "transposes_kernel"),)
    (own,) = [one for one in stand_ins("cross_correlate2d", ()) if one.name == "transposes_kernel"]
    (later,) = [one for one in stand_ins("convolve2d", inherits) if one.kind == "reference"]
    failed = {"cross_correlate2d": own.data, "convolve2d": later.data}
    sources = {"cross_correlate2d": "kernel.T", "convolve2d": "return cross_correlate2d(image, kernel[::-1, ::-1])"}
    found = diagnose_all(failed, judged, stand_ins, sources)
    assert found["convolve2d"] == Diagnosis("transposes_kernel", own.message, "cross_correlate2d", own=False)
    # Afterwards all is in its place.
    assert there.names["cross_correlate2d"].__module__ == "solutions.a1_convolution"
    assert judged["convolve2d"].differing(there.data("convolve2d", there.names["convolve2d"], SEED)) == frozenset()
