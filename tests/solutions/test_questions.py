"""Do the questions, wrong answers and other right ones keep the contract of `solutions/asking.py`?

That wrong ones are refused and differ from each other, right ones accepted, and no question answered from a table,
`check` proves: see tests/test_assignments.py.
"""

from __future__ import annotations

import dis
import inspect
from functools import cache
from types import CodeType, ModuleType
from typing import Any

import numpy as np
import pytest

from autograder.course import Course
from autograder.judge.compare import agree
from autograder.proving.answers import Data, Exercise, known_answers
from tests.conftest import REPOSITORY

SEEDS = (0, 415446416041252226)  # with the second, large numbers cancel out in an untrained network


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
ASKED = [param for param in EXERCISES if param.values[1].question]
BY_VALUE = [param for param in EXERCISES if not param.values[1].question]


@cache
def expected(assignment: str, name: str, seed: int) -> Data:
    """What the reference gives."""
    reference, exercises = known(assignment)
    return exercises[name].ask(getattr(reference, name), seed)


def failing(assignment: str, exercise: Exercise, data: Data, seed: int) -> list[str]:
    return exercise.failing(expected(assignment, exercise.name, seed), data, seed)


def names_used(code: CodeType) -> set[str]:
    inner = (names_used(constant) for constant in code.co_consts if isinstance(constant, CodeType))
    read = {one.argval for one in dis.get_instructions(code) if one.opname in ("LOAD_GLOBAL", "LOAD_NAME")}
    return read.union(*inner)


def functions_of(answer: Any) -> list[Any]:
    """The function itself, or every method of a class."""
    return [f for f in (vars(answer).values() if inspect.isclass(answer) else [answer]) if inspect.isfunction(f)]


@pytest.mark.parametrize(("assignment", "exercise"), EXERCISES)
def test_every_exercise_has_a_question_or_a_reason_and_answers_of_both_kinds(
    assignment: str, exercise: Exercise
) -> None:
    assert (exercise.question is None) == bool(exercise.by_value)
    assert len(exercise.wrong) >= (5 if exercise.question else 2)
    assert len(exercise.right) >= 2


@pytest.mark.parametrize(
    ("assignment", "exercise"), [param for param in ASKED if param.values[1].judgement["predicate"]]
)
def test_a_predicate_accepts_the_reference_whatever_the_seed(assignment: str, exercise: Exercise) -> None:
    for seed in (*SEEDS, *range(1, 5)):
        assert failing(assignment, exercise, expected(assignment, exercise.name, seed), seed) == [], seed


@pytest.mark.parametrize(("assignment", "exercise"), ASKED)
def test_one_answer_to_everything_is_right_by_no_chance(assignment: str, exercise: Exercise) -> None:
    seed = SEEDS[0]
    for constant in (0, 1, True, None, "", ()):
        try:
            got = exercise.ask(lambda *args, constant=constant, **kwargs: constant, seed)
        except Exception:  # which answers nothing
            continue
        assert failing(assignment, exercise, got, seed), constant


@pytest.mark.parametrize(("assignment", "exercise"), EXERCISES)
def test_wrong_answers_explain_the_mistake(assignment: str, exercise: Exercise) -> None:
    messages = {name: inspect.getdoc(answer) or "" for name, answer in exercise.wrong.items()}
    assert {name: text for name, text in messages.items() if len(text) <= 40 or text[-1] not in ".?!)"} == {}


@pytest.mark.parametrize(("assignment", "exercise"), ASKED)
def test_answers_stand_alone(assignment: str, exercise: Exercise) -> None:
    """Pasted into a notebook under the exercise's name, an answer finds its imports and the earlier exercises only."""
    module, exercises = known(assignment)[0], list(known(assignment)[1])
    # Assignment 5 imports torchvision, which takes seconds, only where it is a notebook.
    imports = {name for name, value in vars(module).items() if inspect.ismodule(value)} | {"torchvision"}
    beside = ("torch.", "solutions.setup")  # a student's notebook holds what it uses of setup.py
    imports |= {name for name, value in vars(module).items() if getattr(value, "__module__", "").startswith(beside)}
    earlier = exercises[: exercises.index(exercise.name)]
    for name, answer in (exercise.wrong | exercise.right).items():
        functions = functions_of(answer)
        used = set().union(*(names_used(function.__code__) for function in functions))
        own_globals = {one for one in used if one[:2] != "__"} & functions[0].__globals__.keys()
        assert own_globals <= {*imports, *earlier}, name


@pytest.mark.parametrize(("assignment", "exercise"), BY_VALUE)
def test_wrong_choices_are_letters_or_numbers_other_than_the_right_one(assignment: str, exercise: Exercise) -> None:
    right = getattr(known(assignment)[0], exercise.name)
    kind = str if isinstance(right, str) else (int, float)
    assert all(isinstance(choice, kind) for choice in exercise.wrong.values())
    assert len({right, *exercise.wrong.values()}) == len(exercise.wrong) + 1
    accepted = exercise.right.values()
    assert {choice.strip().lower() if isinstance(right, str) else float(choice) for choice in accepted} == {right}


def test_the_asymmetric_case_catches_22_mistakes_of_conv_layer() -> None:
    name = "an image, kernels, stride and padding without symmetry"
    rng = np.random.default_rng(0)
    x, weight, bias = rng.normal(size=(2, 3, 8, 11)), rng.normal(size=(5, 3, 3, 2)), rng.normal(size=5)

    def result(answer: Any) -> Any:
        try:
            return {name: answer(x.copy(), weight.copy(), bias.copy(), stride=(2, 3), padding=(1, 2))}
        except Exception as error:
            return {name: f"raised {type(error).__name__}"}

    reference, exercises = known("a1_convolution")
    right = result(reference.conv_layer)
    wrong = exercises["conv_layer"].wrong.values()
    assert sum(not agree(right, result(answer), rtol=1e-4, atol=1e-4) for answer in wrong) >= 22
