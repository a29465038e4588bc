"""The answers an assignment knows: the reference, wrong ones, other right ones, and the probes that question them.

They are found by name, as `solutions/probes/__init__.py` describes.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from autograder.authoring.cells import Cell, read_cells
from autograder.course import Course, CourseError
from autograder.judge.compare import agree


@dataclass(frozen=True)
class Exercise:
    """One exercise, the tests that grade it, and the answers to it that are known. Names map to answers."""

    name: str
    points: float
    visible: tuple[str, ...]
    hidden: tuple[str, ...]
    wrong: dict[str, Any]
    right: dict[str, Any]
    probe: Callable[..., dict[str, Any]] | None
    no_probe: str | None
    rtol: float
    atol: float
    predicate: Callable[[dict[str, Any]], bool] | None

    def accepts(self, expected: dict[str, Any], got: dict[str, Any]) -> bool:
        """Whether an answer whose probe data are `got` is right, the reference's being `expected`."""
        if self.predicate is not None:
            return bool(self.predicate(got))
        return agree(expected, got, rtol=self.rtol, atol=self.atol)


@dataclass(frozen=True)
class KnownAnswers:
    """An assignment's reference module and its exercises in the order of the notebook."""

    reference: ModuleType
    exercises: tuple[Exercise, ...]


@contextmanager
def known_answers(course: Course, assignment: str) -> Iterator[KnownAnswers]:
    """Import the course's answers for as long as the context lasts.

    Raises CourseError where there are no probes, a name fits no exercise, or an exercise is questioned by nothing.
    """
    kept = {name: sys.modules.pop(name) for name in list(sys.modules) if _is_of_a_course(name)}
    sys.path.insert(0, str(course.root))
    try:
        cells = read_cells(course.solution(assignment))
        reference = _import(course.solution(assignment), f"solutions.{assignment}")
        probes_path = course.root / "solutions" / "probes" / f"{assignment}.py"
        right_path = course.root / "tests" / "alternatives" / f"{assignment}.py"
        if not probes_path.is_file():
            raise CourseError(
                f"{probes_path} is missing: what wrong answers are there, and how to tell them from right?"
            )
        probes = _import(probes_path, f"solutions.probes.{assignment}")
        right = _import(right_path) if right_path.is_file() else None
        # What is scored by a number (a checkpoint's accuracy) has no answers to compare.
        tested = [cell for cell in cells if cell.tests and not cell.tests[0].gives_points]
        exercises = [_exercise(cell, probes, right) for cell in tested]
        for module in filter(None, (probes, right)):
            _refuse_strays(module, {exercise.name for exercise in exercises})
        for exercise in exercises:
            if exercise.probe is None and exercise.no_probe is None:
                raise CourseError(
                    f"{probes_path}: write probe_{exercise.name}, or say in NO_PROBE why no probe can question it."
                )
        yield KnownAnswers(reference, tuple(exercises))
    finally:
        sys.path.remove(str(course.root))
        for name in [name for name in sys.modules if _is_of_a_course(name)]:
            del sys.modules[name]
        sys.modules.update(kept)


def _is_of_a_course(module: str) -> bool:
    return module == "solutions" or module.startswith(("solutions.", "alternatives_"))


def _import(path: Path, name: str | None = None) -> ModuleType:
    """The module `name`, or the file at `path` as a module of its own."""
    try:
        if name is not None:
            return importlib.import_module(name)
        spec = importlib.util.spec_from_file_location(f"alternatives_{path.stem}", path)
        assert spec is not None and spec.loader is not None
        module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)  # `inspect` looks for classes there
        spec.loader.exec_module(module)
        return module
    except Exception as error:
        raise CourseError(f"{path} cannot be imported: {type(error).__name__}: {error}.") from error


def _exercise(cell: Cell, probes: ModuleType, right: ModuleType | None) -> Exercise:
    name = cell.exercise or ""
    probe = getattr(probes, f"probe_{name}", None)
    contract = sys.modules["solutions.probes"]
    return Exercise(
        name=name,
        points=cell.points,
        visible=tuple(test.name for test in cell.tests if not test.hidden),
        hidden=tuple(test.name for test in cell.tests if test.hidden),
        wrong=_answers(probes, name),
        right=_answers(right, name),
        probe=probe,
        no_probe=getattr(probes, "NO_PROBE", {}).get(name),
        rtol=getattr(probe, "rtol", contract.RTOL),
        atol=getattr(probe, "atol", contract.ATOL),
        predicate=getattr(probe, "predicate", None),
    )


def _answers(module: ModuleType | None, exercise: str) -> dict[str, Any]:
    prefix = f"{exercise}__"
    names = vars(module) if module else {}
    return {name.removeprefix(prefix): value for name, value in names.items() if name.startswith(prefix)}


def _refuse_strays(module: ModuleType, exercises: set[str]) -> None:
    for name in vars(module):
        about = name.removeprefix("probe_") if name.startswith("probe_") else name.partition("__")[0]
        is_answer = "__" in name and not name.startswith("__")
        if (is_answer or name.startswith("probe_")) and about not in exercises:
            raise CourseError(
                f"{module.__file__}: {name} is about {about!r}, but no cell of the assignment tests an exercise of "
                f"that name. There are: {', '.join(sorted(exercises))}."
            )
