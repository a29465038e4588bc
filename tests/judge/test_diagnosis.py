"""Is the mistake named that was made, and nobody accused of another?"""

from __future__ import annotations

import contextlib
import dataclasses
import importlib
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.authoring.questions import course_questions
from autograder.course import Course
from autograder.grading.known import course_known_files
from autograder.in_kernel.known_answers import KnownAnswers
from autograder.judge.diagnosis import (
    Data,
    Diagnosis,
    Judged,
    KnownData,
    KnownMistake,
    Replaced,
    diagnose,
    diagnose_all,
    suggested_pairs,
)
from autograder.judge.questions import Question, Questions
from autograder.proving.answers import Exercise, known_answers
from tests.conftest import REPOSITORY

NO_QUESTIONS = Questions("", "", "", (), ())


def judged_by(question: Question, expected: Data, predicates: str = "") -> Judged:
    return Judged(question, dataclasses.replace(NO_QUESTIONS, predicates=predicates), expected, 0)


JUDGED = judged_by(Question("total", rtol=1e-4, atol=1e-4), {name: 0 for name in "abcde"})


def answer(mistake: str, message: str = "", **data: Any) -> KnownMistake:
    """One that differs from the reference in `data`."""
    return KnownMistake(mistake, message or f"About {mistake}.", {**JUDGED.expected, **data})


FIRST, SECOND = answer("first", a=1, b=1, c=1), answer("second", c=2, d=2)


def named(data: Data, *known: KnownMistake, judged: Judged = JUDGED) -> str | None:
    found = diagnose({**judged.expected, **data}, judged, known or (FIRST, SECOND))
    return found.mistake if found else None


def test_the_very_same_data_are_named_and_a_rounding_error_does_not_matter() -> None:
    assert diagnose(FIRST.data, JUDGED, [SECOND, FIRST]) == Diagnosis("first", "About first.")
    assert named({"c": 2.00001, "d": 2}) == "second"


def test_pairs_are_suggested_of_mistakes_that_explain_different_things() -> None:
    same, beside = answer("same", a=1, b=1), answer("beside", d=2, e=3)
    data = {**JUDGED.expected, "a": 1, "b": 1, "c": 1, "d": 2}
    assert suggested_pairs(data, JUDGED, [FIRST, SECOND, same, beside]) == [
        ("first", "beside"),
        ("first", "second"),
        ("same", "beside"),
        ("second", "same"),
    ]


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
    judged = judged_by(Question("quiz", by_value=True), {"value": "b"})
    wrong = KnownMistake("odd", "That is odd.", {"value": "a"})
    assert named({"value": " A "}, wrong, judged=judged) == "odd"
    assert named({"value": "B"}, wrong, judged=judged) is None
    assert named({"value": "?"}, wrong, judged=judged) is None


def test_where_properties_are_judged_only_bad_ones_count() -> None:
    predicates = """
def small_and_even(data, rng):
    return [name for name, right in (("size", data["size"] < 10), ("even", data["even"] == 1)) if not right]
"""
    judged = judged_by(Question("network", predicate="small_and_even"), {"size": 4, "even": 1}, predicates)
    odd = KnownMistake("odd", "It is odd.", {"size": 6, "even": 0})
    assert named({"size": 8, "even": 0}, odd, judged=judged) == "odd"
    assert named({"size": 8, "even": 1}, odd, judged=judged) is None
    assert named({"size": "large", "even": 1}, odd, judged=judged) is None


# ---- earlier exercises ----

EARLIER = judged_by(Question("double"), {"x": 2, "y": 4})
LATER = judged_by(Question("sum"), {"x": 10, "y": 20})
KNOWN: dict[tuple[str, Replaced], list[KnownData]] = {
    ("double", ()): [KnownData("wrong", "square", "You squared it.", (), {"x": 1, "y": 16})],
    ("sum", ()): [KnownData("wrong", "first", "You took the first.", (), {"x": 2, "y": 4})],
    ("sum", (("double", "square"),)): [
        KnownData("reference", "", "", ("double",), {"x": 5, "y": 40}),
        KnownData("wrong", "first", "You took the first.", ("double",), {"x": 1, "y": 16}),
    ],
}


def diagnoses(later: Data, source: str, earlier: Data | None = None) -> dict[str, Diagnosis]:
    def known_data(exercise: str, replaced: Replaced) -> Sequence[KnownData]:
        return KNOWN[exercise, replaced]

    failed = {"double": earlier or {"x": 1, "y": 16}, "sum": later}
    return diagnose_all(failed, {"double": EARLIER, "sum": LATER}, known_data, {"double": "x ** 2", "sum": source})


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
    own = KnownMistake("own", "Yours.", FIRST.data)
    inherited = KnownMistake("first", "The earlier one's.", FIRST.data, "double", own=False)
    both = KnownMistake("both", "Both.", FIRST.data, "double")
    assert named(FIRST.data, both, own) == "own"
    assert named(FIRST.data, both, own, inherited) == "first"


def test_a_part_is_said_to_be_one() -> None:
    part = diagnose({**FIRST.data, "e": 7}, JUDGED, [FIRST])
    assert part is not None and part.share == 0.75
    assert part.text == "It looks like this, and something else as well: About first."
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
def known_of(assignment: str) -> tuple[KnownAnswers, dict[str, Exercise], Questions]:
    """An assignment's known answers, its exercises by name, and its questions."""
    course = Course(REPOSITORY)
    with known_answers(course, assignment) as answers:
        exercises = {exercise.name: exercise for exercise in answers.exercises}
    reference = vars(importlib.import_module(f"solutions.{assignment}.notebook"))
    sources = dataclasses.asdict(course_known_files(course, assignment))
    found = KnownAnswers(reference, sources, lambda seed: contextlib.nullcontext())
    return found, exercises, course_questions(course, assignment)


def judged_exercise(assignment: str, name: str) -> Judged:
    there, _, questions = known_of(assignment)
    question = questions.asked(name)
    assert question is not None
    return Judged(question, questions, there.data(name, there.names[name], SEED), SEED)


@pytest.mark.parametrize(
    ("assignment", "name"), [(assignment, name) for assignment, names in SAMPLE.items() for name in names]
)
def test_known_wrong_answers_are_named_and_right_ones_are_not(assignment: str, name: str) -> None:
    there, exercises, _ = known_of(assignment)
    judged = judged_exercise(assignment, name)
    known = [KnownMistake(one["name"], one["message"], one["data"]) for one in there.ask(name, {}, SEED)]
    assert len(known) == len(exercises[name].wrong)
    assert [one.mistake for one in known if named(one.data, *known, judged=judged) != one.mistake] == []
    right = {how: there.data(name, answer, SEED) for how, answer in exercises[name].right.items()}
    assert [how for how, data in right.items() if named(data, *known, judged=judged)] == []


def test_a_wrong_cross_correlation_is_found_in_a_convolution_that_uses_it() -> None:
    there, _, _ = known_of("a1_convolution")

    def known_data(exercise: str, replaced: Replaced) -> list[KnownData]:
        return [KnownData(**one | {"uses": tuple(one["uses"])}) for one in there.ask(exercise, dict(replaced), SEED)]

    judged = {name: judged_exercise("a1_convolution", name) for name in ("cross_correlate2d", "convolve2d")}
    inherits = (("cross_correlate2d", "transposes_kernel"),)
    (own,) = [one for one in known_data("cross_correlate2d", ()) if one.name == "transposes_kernel"]
    (later,) = [one for one in known_data("convolve2d", inherits) if one.kind == "reference"]
    failed = {"cross_correlate2d": own.data, "convolve2d": later.data}
    sources = {"cross_correlate2d": "kernel.T", "convolve2d": "return cross_correlate2d(image, kernel[::-1, ::-1])"}
    found = diagnose_all(failed, judged, known_data, sources)
    assert found["convolve2d"] == Diagnosis("transposes_kernel", own.message, "cross_correlate2d", own=False)
    # Afterwards all is in its place.
    assert there.names["cross_correlate2d"].__module__ == "solutions.a1_convolution.notebook"
    assert judged["convolve2d"].differing(there.data("convolve2d", there.names["convolve2d"], SEED)) == frozenset()
