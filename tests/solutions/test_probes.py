"""Do the probes, wrong answers and alternatives keep the contract of `solutions/probes/__init__.py`?"""

from __future__ import annotations

import inspect
from functools import cache
from types import CodeType, ModuleType
from typing import Any

import numpy as np
import pytest

from autograder.authoring.answers import Exercise, known_answers
from autograder.course import Course
from autograder.judge.compare import agree, is_plain
from solutions import a1_convolution
from solutions.probes import ask
from tests.conftest import REPOSITORY

SEEDS = (0, 1, 2)


@cache
def known(assignment: str) -> tuple[ModuleType, dict[str, Exercise]]:
    """The reference module of an assignment, and its exercises by name in the notebook's order."""
    with known_answers(Course(REPOSITORY), assignment) as answers:
        return answers.reference, {exercise.name: exercise for exercise in answers.exercises}


EXERCISES = [
    pytest.param(assignment, exercise, id=f"{assignment[:2]}-{exercise.name}")
    for assignment in Course(REPOSITORY).assignments
    for exercise in known(assignment)[1].values()
]
PROBED = [param for param in EXERCISES if param.values[1].probe]
NOT_PROBED = [param for param in EXERCISES if not param.values[1].probe]


def each(kind: str, params: list[Any]) -> list[Any]:
    """(assignment, exercise, answer) for each `wrong` or `right` answer."""
    return [
        pytest.param(assignment, exercise, answer, id=f"{assignment[:2]}-{exercise.name}-{name}")
        for assignment, exercise in (param.values for param in params)
        for name, answer in getattr(exercise, kind).items()
    ]


def reference(assignment: str, exercise: Exercise) -> Any:
    return getattr(known(assignment)[0], exercise.name)


def data(exercise: Exercise, answer: Any, seed: int) -> dict[str, Any]:
    assert exercise.probe is not None
    return exercise.probe(answer, np.random.default_rng(seed))


def same(exercise: Exercise, expected: Any, got: Any) -> bool:
    return agree(expected, got, rtol=exercise.rtol, atol=exercise.atol)


def names_used(code: CodeType) -> set[str]:
    inner = (names_used(constant) for constant in code.co_consts if isinstance(constant, CodeType))
    return set(code.co_names).union(*inner)


def functions_of(answer: Any) -> list[Any]:
    """The function itself, or every method of a class."""
    return [f for f in (vars(answer).values() if inspect.isclass(answer) else [answer]) if inspect.isfunction(f)]


@pytest.mark.parametrize(("assignment", "exercise"), EXERCISES)
def test_every_exercise_has_a_probe_or_a_reason_and_answers_of_both_kinds(assignment: str, exercise: Exercise) -> None:
    assert (exercise.probe is None) == bool(exercise.no_probe)
    assert len(exercise.wrong) >= (5 if exercise.probe else 2)
    assert len(exercise.right) >= 2


@pytest.mark.parametrize(("assignment", "exercise"), PROBED)
def test_probe_data_are_plain_and_depend_on_the_seed_alone(assignment: str, exercise: Exercise) -> None:
    answer = reference(assignment, exercise)
    first = data(exercise, answer, seed=0)
    assert is_plain(first)
    assert agree(first, data(exercise, answer, seed=0), rtol=0, atol=0)


@pytest.mark.parametrize(("assignment", "exercise"), [param for param in PROBED if param.values[1].predicate])
def test_a_predicate_accepts_the_reference_whatever_the_seed(assignment: str, exercise: Exercise) -> None:
    seeds = (415446416041252226, *range(30))  # with the first, large numbers cancel out in an untrained network
    answers = {seed: data(exercise, reference(assignment, exercise), seed) for seed in seeds}
    assert [seed for seed, got in answers.items() if not exercise.accepts(got, got)] == []


@pytest.mark.parametrize(("assignment", "exercise"), PROBED)
def test_another_seed_asks_other_questions(assignment: str, exercise: Exercise) -> None:
    def questions(seed: int) -> list[str]:
        asked: list[str] = []
        data(exercise, lambda *args, **kwargs: asked.append(repr((args, kwargs))), seed)
        return asked

    if set(questions(0)) == {"((), {})"}:  # nothing to ask: then what the answer returns is put to the test
        answer = reference(assignment, exercise)
        assert exercise.predicate or not same(exercise, *(data(exercise, answer, seed) for seed in (0, 1)))
    else:
        assert questions(0) != questions(1)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("assignment", "exercise", "answer"), each("right", PROBED))
def test_right_answers_agree_with_the_reference(assignment: str, exercise: Exercise, answer: Any, seed: int) -> None:
    expected, got = data(exercise, reference(assignment, exercise), seed), data(exercise, answer, seed)
    differ = [key for key in expected if not same(exercise, expected[key], got[key])]
    assert exercise.accepts(expected, got), got if exercise.predicate else differ


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("assignment", "exercise"), PROBED)
def test_wrong_answers_differ_from_the_reference_and_from_each_other(
    assignment: str, exercise: Exercise, seed: int
) -> None:
    answers = {"the reference": reference(assignment, exercise), **exercise.wrong}
    results = [(name, data(exercise, answer, seed)) for name, answer in answers.items()]
    alike = [
        (name, other)
        for index, (name, one) in enumerate(results)
        for other, another in results[index + 1 :]
        if same(exercise, one, another)
    ]
    assert alike == []
    assert [name for name, result in results if exercise.accepts(results[0][1], result)] == ["the reference"]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("assignment", "exercise"), PROBED)
def test_one_answer_to_everything_is_right_by_no_chance(assignment: str, exercise: Exercise, seed: int) -> None:
    expected = data(exercise, reference(assignment, exercise), seed)
    for constant in (0, 1, True, None, "", ()):
        try:
            got = data(exercise, lambda *args, constant=constant, **kwargs: constant, seed)
        except Exception:  # which answers nothing
            continue
        assert not exercise.accepts(expected, got), constant


@pytest.mark.parametrize(("assignment", "exercise", "answer"), each("wrong", EXERCISES))
def test_wrong_answers_explain_the_mistake(assignment: str, exercise: Exercise, answer: Any) -> None:
    message = inspect.getdoc(answer) or ""
    assert len(message) > 40 and message[-1] in ".?!)"


@pytest.mark.parametrize(("assignment", "exercise", "answer"), each("wrong", PROBED) + each("right", PROBED))
def test_answers_stand_alone(assignment: str, exercise: Exercise, answer: Any) -> None:
    """Pasted into a notebook under the exercise's name, an answer finds its imports and the earlier exercises only."""
    used = set().union(*(names_used(function.__code__) for function in functions_of(answer)))
    own_globals = {name for name in used if name[:2] != "__"} & functions_of(answer)[0].__globals__.keys()
    module, exercises = known(assignment)[0], list(known(assignment)[1])
    # Assignment 5 imports torchvision, which takes seconds, only where it is a notebook.
    imports = {name for name, value in vars(module).items() if inspect.ismodule(value)} | {"torchvision"}
    attributes = {"conv2d", "convolve2d"} if "torch" in used else set()
    assert own_globals - attributes <= {*imports, *exercises[: exercises.index(exercise.name)]}


@pytest.mark.parametrize(("assignment", "exercise"), NOT_PROBED)
def test_wrong_choices_are_letters_or_numbers_other_than_the_right_one(assignment: str, exercise: Exercise) -> None:
    right = reference(assignment, exercise)
    kind = str if isinstance(right, str) else (int, float)
    assert all(isinstance(choice, kind) for choice in exercise.wrong.values())
    assert len({right, *exercise.wrong.values()}) == len(exercise.wrong) + 1
    accepted = exercise.right.values()
    assert {choice.strip().lower() if isinstance(right, str) else float(choice) for choice in accepted} == {right}


def test_the_asymmetric_case_catches_22_mistakes_of_conv_layer() -> None:
    rng = np.random.default_rng(0)
    x, weight, bias = rng.normal(size=(2, 3, 8, 11)), rng.normal(size=(5, 3, 3, 2)), rng.normal(size=5)

    def result(answer: Any) -> Any:
        return ask(answer, x.copy(), weight.copy(), bias.copy(), stride=(2, 3), padding=(1, 2))

    expected = result(a1_convolution.conv_layer)
    exercise = known("a1_convolution")[1]["conv_layer"]
    caught = [wrong for wrong in exercise.wrong.values() if not same(exercise, expected, result(wrong))]
    assert len(caught) >= 22
