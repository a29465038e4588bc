"""Measure how strong an assignment's questions are: known answers are asked, and must be told right from wrong."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from autograder.course import Course, CourseError
from autograder.proving.answers import Data, Exercise, known_answers

SEEDS = (20260101, 7)  # a wrong answer must be noticed with each


@dataclass(frozen=True)
class ExerciseStrength:
    """What the questions of one exercise, and its visible tests, did with the answers that are known."""

    exercise: str
    wrong: int
    caught_by_visible: int
    caught: int
    right: int
    accepted: int
    missed: list[str]  # wrong answers that the questions accept
    refused: dict[str, list[str]]  # right answer -> the questions that it fails

    @property
    def sound(self) -> bool:
        return not (self.missed or self.refused)


def strength(
    course: Course, assignment: str, exercises: Collection[str] = (), on_answer: Callable[[], None] = lambda: None
) -> list[ExerciseStrength]:
    """Measure every exercise of the assignment, or those named; `on_answer` is called after each answer.

    Raises CourseError where the assignment has no exercise of that name.
    """
    with known_answers(course, assignment) as answers:
        chosen = answers.chosen(exercises)
        return [_strength(course, assignment, answers.reference, exercise, on_answer) for exercise in chosen]


def count_answers(course: Course, assignment: str, exercises: Collection[str] = ()) -> int:
    """How many answers `strength` will try, for a progress bar."""
    with known_answers(course, assignment) as answers:
        return sum(len(exercise.wrong) + len(exercise.right) for exercise in answers.chosen(exercises))


def _strength(
    course: Course, assignment: str, reference: ModuleType, exercise: Exercise, on_answer: Callable[[], None]
) -> ExerciseStrength:
    try:
        expected = {seed: _ask(exercise, getattr(reference, exercise.name), seed) for seed in SEEDS}
    except Exception as error:
        raise CourseError(
            f"{course.questions(assignment)}: question_{exercise.name} raises {type(error).__name__} for the "
            f"reference: {error}."
        ) from error

    def failing(answer: Any) -> list[list[str]]:
        """By seed, the questions that the answer fails; one that the whole asking stumbles over fails them all."""
        return [exercise.failing(data, _tried(exercise, answer, seed), seed) for seed, data in expected.items()]

    caught_by_visible, missed = 0, []
    for name, answer in exercise.wrong.items():
        with _in_place(reference, exercise.name, answer):
            caught_by_visible += any(_fails(reference, test) for test in exercise.visible)
        if not all(failing(answer)):
            missed.append(name)
        on_answer()

    refused = {}
    for name, answer in exercise.right.items():
        if names := sorted(set().union(*failing(answer))):
            refused[name] = names
        on_answer()

    return ExerciseStrength(
        exercise=exercise.name,
        wrong=len(exercise.wrong),
        caught_by_visible=caught_by_visible,
        caught=len(exercise.wrong) - len(missed),
        right=len(exercise.right),
        accepted=len(exercise.right) - len(refused),
        missed=missed,
        refused=refused,
    )


@contextlib.contextmanager
def _in_place(reference: ModuleType, name: str, answer: Any) -> Iterator[None]:
    original = getattr(reference, name)
    setattr(reference, name, answer)
    try:
        yield
    finally:
        setattr(reference, name, original)


def _fails(reference: ModuleType, test: str) -> bool:
    with quiet():
        try:
            getattr(reference, test)()
        except Exception:
            return True
    return False


def _ask(exercise: Exercise, answer: Any, seed: int) -> Data:
    with quiet():
        return exercise.ask(answer, seed)


def _tried(exercise: Exercise, answer: Any, seed: int) -> Data:
    try:
        return _ask(exercise, answer, seed)
    except Exception:
        return {}


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """What wrong answers print or warn of is theirs."""
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
