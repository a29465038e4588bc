"""Measure how strong an assignment's questions are: known answers are asked, and must be told right from wrong."""

from __future__ import annotations

import ast
import contextlib
import inspect
import io
import itertools
import sys
import warnings
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from autograder.course import Course, CourseError
from autograder.judge.compare import agree
from autograder.proving.answers import CourseAnswers, Data, Exercise, known_answers

SEEDS = (20260101, 7)  # a wrong answer must be noticed with each; `check` asks with the first


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
    alike: list[tuple[str, str]]  # wrong answers that give the same data, so that neither can be named
    silent: list[str]  # hints of visible tests that no wrong answer brings up

    @property
    def sound(self) -> bool:
        return not (self.missed or self.refused or self.alike or self.silent)

    @property
    def faults(self) -> list[str]:
        """What is wrong, as sentences."""
        return [
            *(f"{self.exercise}: no question notices the wrong answer {name}." for name in self.missed),
            *(
                f"{self.exercise}: the right answer {name} is refused by: {', '.join(names)}."
                for name, names in self.refused.items()
            ),
            *(
                f"{self.exercise}: the wrong answers {one} and {other} give the same data, so neither can be named."
                for one, other in self.alike
            ),
            *(f"{self.exercise}: no wrong answer brings up the hint of its test “{hint}”." for hint in self.silent),
        ]


def strength(
    course: Course,
    assignment: str,
    exercises: Collection[str] = (),
    on_answer: Callable[[], None] = lambda: None,
    *,
    answers: CourseAnswers | None = None,
    seeds: int = len(SEEDS),
    count_visible: bool = True,
) -> list[ExerciseStrength]:
    """Measure every exercise of the assignment, or those named; `on_answer` is called after each answer.

    `answers` are the course's, where they have been imported already; each is asked with the first `seeds` of SEEDS.
    Without `count_visible`, visible tests are run only until each of their hints has come up, and `caught_by_visible`
    is 0. Raises CourseError where the assignment has no exercise of that name.
    """
    with contextlib.nullcontext(answers) if answers else known_answers(course, assignment) as known:
        return [
            _strength(course, assignment, known.reference, exercise, on_answer, SEEDS[:seeds], count_visible)
            for exercise in known.chosen(exercises)
        ]


def count_answers(course: Course, assignment: str, exercises: Collection[str] = ()) -> int:
    """How many answers `strength` will try, for a progress bar."""
    with known_answers(course, assignment) as answers:
        return sum(len(exercise.wrong) + len(exercise.right) for exercise in answers.chosen(exercises))


def _strength(
    course: Course,
    assignment: str,
    reference: ModuleType,
    exercise: Exercise,
    on_answer: Callable[[], None],
    seeds: tuple[int, ...],
    count_visible: bool,
) -> ExerciseStrength:
    try:
        expected = {seed: _ask(exercise, getattr(reference, exercise.name), seed) for seed in seeds}
    except Exception as error:
        raise CourseError(
            f"{course.questions(assignment)}: question_{exercise.name} raises {type(error).__name__} for the "
            f"reference: {error}."
        ) from error

    def failing(data: Mapping[int, Data]) -> list[list[str]]:
        """By seed, the questions that the data fail; an answer that the whole asking stumbles over fails them all."""
        return [exercise.failing(expected[seed], one, seed) for seed, one in data.items()]

    caught_by_visible, missed, silent = 0, [], _hints(reference, exercise)
    given: dict[str, Data] = {}
    for name, answer in exercise.wrong.items():
        if count_visible or silent:
            with _in_place(reference, exercise.name, answer):
                said = [message for test in exercise.visible if (message := _failure(reference, test)) is not None]
            caught_by_visible += bool(said) and count_visible
            silent = [hint for hint in silent if not any(hint in message for message in said)]
        data = {seed: _tried(exercise, answer, seed) for seed in expected}
        given[name] = data[seeds[0]]
        if not all(failing(data)):
            missed.append(name)
        on_answer()

    refused = {}
    for name, answer in exercise.right.items():
        data = {seed: _tried(exercise, answer, seed) for seed in expected}
        if names := sorted(set().union(*failing(data))):
            refused[name] = names
        on_answer()

    tolerance = {key: exercise.judgement[key] for key in ("rtol", "atol")}
    alike = [
        (one, other)
        for one, other in itertools.combinations(given if exercise.question else (), 2)
        if agree(given[one], given[other], **tolerance)
    ]

    return ExerciseStrength(
        exercise=exercise.name,
        wrong=len(exercise.wrong),
        caught_by_visible=caught_by_visible,
        caught=len(exercise.wrong) - len(missed),
        right=len(exercise.right),
        accepted=len(exercise.right) - len(refused),
        missed=missed,
        refused=refused,
        alike=alike,
        silent=silent,
    )


def _hints(reference: ModuleType, exercise: Exercise) -> list[str]:
    """What the visible tests say an answer looks like: the keys, sentences, of the dicts that are written in them."""
    trees = [ast.parse(inspect.getsource(getattr(reference, test))) for test in exercise.visible]
    keys = (key for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Dict) for key in node.keys)
    texts = (key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str))
    return list(dict.fromkeys(text for text in texts if " " in text))


@contextlib.contextmanager
def _in_place(reference: ModuleType, name: str, answer: Any) -> Iterator[None]:
    original = getattr(reference, name)
    setattr(reference, name, answer)
    try:
        yield
    finally:
        setattr(reference, name, original)


def _failure(reference: ModuleType, test: str) -> str | None:
    """What the test says; None where it passes."""
    _switch_gradients_on()
    with quiet():
        try:
            getattr(reference, test)()
        except Exception as error:
            return str(error)
    return None


def _switch_gradients_on() -> None:
    """A wrong answer before this one may have left them off."""
    if torch := sys.modules.get("torch"):
        torch.set_grad_enabled(True)


def _ask(exercise: Exercise, answer: Any, seed: int) -> Data:
    _switch_gradients_on()
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
