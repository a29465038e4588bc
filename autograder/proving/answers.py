"""Import the answers that an assignment knows: the reference, wrong ones, other right ones; and what they are asked.

They are found by name, as `solutions/asking.py` describes.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from autograder.cells import Cell, read_cells
from autograder.course import Course, CourseError
from autograder.edits import EditedAnswer, read_edits
from autograder.judge.compare import failing

Data = dict[str, Any]


@dataclass(frozen=True)
class Exercise:
    """One exercise and the answers to it that are known. Names map to answers."""

    name: str
    points: float
    visible: tuple[str, ...]  # its tests
    wrong: dict[str, Any]
    right: dict[str, Any]
    edits: dict[str, str]  # the text of those wrong ones that are written as edits
    question: Callable[..., Data] | None
    by_value: str | None  # why there is no question
    judgement: dict[str, Any]  # what `judged(…)` said
    fixed: str  # why the data are the same for every seed, where they have to be

    def ask(self, answer: Any, seed: int) -> Data:
        """What the answer gives; a letter or a number is its own answer."""
        if self.question is not None:
            return self.question(answer, np.random.default_rng(seed))
        try:
            return {"value": np.asarray(float(answer))}
        except ValueError:  # a letter
            return {"value": str(answer).strip().lower()}

    def failing(self, expected: Data, got: Data, seed: int) -> list[str]:
        """The names of the questions that the data `got` do not answer rightly, the reference's being `expected`."""
        return failing(expected, got, seed=seed, **self.judgement)


@dataclass(frozen=True)
class CourseAnswers:
    """An assignment's reference module and its exercises in the order of the notebook."""

    reference: ModuleType
    exercises: tuple[Exercise, ...]

    def chosen(self, names: Collection[str]) -> list[Exercise]:
        """The exercises of these names, all where there are none. Raises CourseError."""
        if unknown := sorted(set(names) - {exercise.name for exercise in self.exercises}):
            known = ", ".join(exercise.name for exercise in self.exercises)
            raise CourseError(f"There is no exercise {', '.join(unknown)}. There are: {known}.")
        return [exercise for exercise in self.exercises if not names or exercise.name in names]


@contextmanager
def known_answers(course: Course, assignment: str) -> Iterator[CourseAnswers]:
    """Import the course's answers for as long as the context lasts.

    Raises CourseError where a file is missing, a name fits no exercise, or an exercise is asked nothing.
    """
    kept = {name: sys.modules.pop(name) for name in list(sys.modules) if _is_of_a_course(name)}
    sys.path.insert(0, str(course.root))
    try:
        cells = read_cells(course.solution(assignment))
        edits = read_edits(course.solution(assignment), course.others(assignment), course.mistakes(assignment))
        reference = _import(course.solution(assignment), assignment)
        questions = _import(course.questions(assignment), assignment)
        wrong = _import(course.mistakes(assignment), assignment)
        right = _import(course.others(assignment), assignment) if course.others(assignment).is_file() else None
        worlds = {"notebook": reference, "others": right, "mistakes": wrong}
        for edit in edits:
            world = vars(worlds[edit.home])
            answer = sys.modules["solutions.asking"].written_out(edit.text, edit.name, edit.message, world)
            setattr(wrong, edit.name, answer)
        # What is scored by a number (a checkpoint's accuracy) has no answers to compare.
        tested = [cell for cell in cells if cell.tests]
        exercises = [_exercise(cell, questions, wrong, right, edits) for cell in tested]
        for module in filter(None, (questions, wrong, right)):
            _refuse_strays(module, {exercise.name for exercise in exercises})
        for exercise in exercises:
            if exercise.question is None and exercise.by_value is None:
                raise CourseError(
                    f"{questions.__file__}: write question_{exercise.name}, or say in BY_VALUE why its value is enough."
                )
        yield CourseAnswers(reference, tuple(exercises))
    finally:
        sys.path.remove(str(course.root))
        for name in [name for name in sys.modules if _is_of_a_course(name)]:
            del sys.modules[name]
        sys.modules.update(kept)


def _is_of_a_course(module: str) -> bool:
    return module == "solutions" or module.startswith("solutions.")


def _import(path: Path, assignment: str) -> ModuleType:
    if not path.is_file():
        raise CourseError(f"{path} is missing. An assignment has notebook.py, questions.py and mistakes.py.")
    try:
        return importlib.import_module(f"solutions.{assignment}.{path.stem}")
    except Exception as error:
        raise CourseError(f"{path} cannot be imported: {type(error).__name__}: {error}.") from error


def _exercise(
    cell: Cell, questions: ModuleType, wrong: ModuleType, right: ModuleType | None, edits: list[EditedAnswer]
) -> Exercise:
    name = cell.exercise or ""
    question = getattr(questions, f"question_{name}", None)
    asking = sys.modules["solutions.asking"]
    said = vars(question) if question else {"rtol": 0.0, "atol": 1e-9}
    defaults = {"rtol": asking.RTOL, "atol": asking.ATOL, "predicate": None, "free": None}
    return Exercise(
        name=name,
        points=cell.points,
        visible=tuple(test.name for test in cell.tests if not test.hidden),
        wrong=_answers(wrong, name),
        right=_answers(right, name),
        edits={edit.name.removeprefix(f"{name}__"): edit.text for edit in edits if edit.name.startswith(f"{name}__")},
        question=question,
        by_value=getattr(questions, "BY_VALUE", {}).get(name),
        judgement={key: said.get(key, default) for key, default in defaults.items()},
        fixed=str(said.get("fixed", "")),
    )


def _answers(module: ModuleType | None, exercise: str) -> dict[str, Any]:
    prefix = f"{exercise}__"
    names = vars(module) if module else {}
    return {name.removeprefix(prefix): value for name, value in names.items() if name.startswith(prefix)}


def _refuse_strays(module: ModuleType, exercises: set[str]) -> None:
    for name in vars(module):
        about = name.removeprefix("question_") if name.startswith("question_") else name.partition("__")[0]
        is_answer = "__" in name and not name.startswith("__")
        if (is_answer or name.startswith("question_")) and about not in exercises:
            raise CourseError(
                f"{module.__file__}: {name} is about {about!r}, but no cell of the assignment tests an exercise of "
                f"that name. There are: {', '.join(sorted(exercises))}."
            )
