"""How strong an assignment's tests are: each known answer takes the reference's place, and the tests must judge it.

Hidden tests must catch every wrong answer by themselves and accept every right one; the probe must tell the same.
A hidden test that catches nothing has not earned its place.
"""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from autograder.authoring.answers import Exercise, known_answers
from autograder.course import Course, CourseError

SEED = 20260101


@dataclass(frozen=True)
class ExerciseStrength:
    """What the tests of one exercise did with the answers known to it. Lists name answers, or tests, at fault."""

    exercise: str
    wrong: int
    caught_by_visible: int
    caught_by_hidden: int
    right: int
    accepted: int
    missed: list[str]
    refused: dict[str, str]  # answer -> what the test said
    idle_hidden_tests: list[str]
    missed_by_probe: list[str]
    refused_by_probe: list[str]

    @property
    def sound(self) -> bool:
        faults = (
            self.missed,
            self.refused,
            self.idle_hidden_tests,
            self.missed_by_probe,
            self.refused_by_probe,
        )
        return not any(faults)


def strength(course: Course, assignment: str, on_answer: Callable[[], None] = lambda: None) -> list[ExerciseStrength]:
    """Measure every exercise of the assignment; `on_answer` is called after each answer."""
    with known_answers(course, assignment) as answers:
        return [_strength(answers.reference, exercise, on_answer) for exercise in answers.exercises]


def count_answers(course: Course, assignment: str) -> int:
    """How many answers `strength` will try, for a progress bar."""
    with known_answers(course, assignment) as answers:
        return sum(len(exercise.wrong) + len(exercise.right) for exercise in answers.exercises)


def _strength(reference: ModuleType, exercise: Exercise, on_answer: Callable[[], None]) -> ExerciseStrength:
    try:
        expected = _probe(exercise, getattr(reference, exercise.name))
    except Exception as error:
        raise CourseError(
            f"probe_{exercise.name} cannot question the reference: {type(error).__name__}: {error}."
        ) from error

    def probe_accepts(answer: Any) -> bool | None:
        return None if expected is None else exercise.accepts(expected, _probe(exercise, answer) or {})

    caught_by_visible = 0
    caught_by: dict[str, list[str]] = {}  # wrong answer -> the hidden tests that caught it
    missed_by_probe = []
    for name, answer in exercise.wrong.items():
        with _in_place(reference, exercise.name, answer):
            caught_by_visible += any(_failure(reference, test) for test in exercise.visible)
            caught_by[name] = [test for test in exercise.hidden if _failure(reference, test)]
        if probe_accepts(answer) is True:
            missed_by_probe.append(name)
        on_answer()

    refused: dict[str, str] = {}
    refused_by_probe = []
    for name, answer in exercise.right.items():
        with _in_place(reference, exercise.name, answer):
            failures = (_failure(reference, test) for test in exercise.visible + exercise.hidden)
            if failure := next(filter(None, failures), None):
                refused[name] = failure
        if probe_accepts(answer) is False:
            refused_by_probe.append(name)
        on_answer()

    useful = {test for tests in caught_by.values() for test in tests}
    return ExerciseStrength(
        exercise=exercise.name,
        wrong=len(exercise.wrong),
        caught_by_visible=caught_by_visible,
        caught_by_hidden=sum(bool(tests) for tests in caught_by.values()),
        right=len(exercise.right),
        accepted=len(exercise.right) - len(refused),
        missed=[name for name, tests in caught_by.items() if not tests],
        refused=refused,
        idle_hidden_tests=[test for test in exercise.hidden if exercise.wrong and test not in useful],
        missed_by_probe=missed_by_probe,
        refused_by_probe=refused_by_probe,
    )


@contextlib.contextmanager
def _in_place(reference: ModuleType, name: str, answer: Any) -> Iterator[None]:
    original = getattr(reference, name)
    setattr(reference, name, answer)
    try:
        yield
    finally:
        setattr(reference, name, original)


def _failure(reference: ModuleType, test: str) -> str | None:
    """The first line of what the test says against the answer in place; None where it passes."""
    with _quiet():
        try:
            getattr(reference, test)()
        except Exception as error:
            return f"{test}: {type(error).__name__}: {str(error).strip().partition(chr(10))[0]}"
    return None


def _probe(exercise: Exercise, answer: Any) -> dict[str, Any] | None:
    if exercise.probe is None:
        return None
    with _quiet():
        return exercise.probe(answer, np.random.default_rng(SEED))


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """What wrong answers print or warn of is theirs; a test that minds warnings turns them into errors itself."""
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
