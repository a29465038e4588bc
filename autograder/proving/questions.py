"""Find what is wrong with questions: a table could answer them, they leave something to chance, names stand twice."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from autograder.course import Course
from autograder.judge.compare import agree, is_plain
from autograder.proving.answers import CourseAnswers, Exercise
from autograder.proving.strength import quiet

SEEDS = (1, 2)


def question_faults(
    course: Course, assignment: str, answers: CourseAnswers, exercises: Collection[str] = ()
) -> list[str]:
    """Sentences on the assignment's questions, or on those about these exercises, by file, line and exercise; none
    where all is well."""
    path = course.questions(assignment)
    lines = {node.name: node for node in _functions(path)}
    faults = [f"{path}:{line}: {sentence}" for line, sentence in _names_twice(lines)]
    for exercise in answers.chosen(exercises):
        if exercise.question is not None:
            where = f"{path}:{lines[f'question_{exercise.name}'].lineno}: question_{exercise.name}"
            reference = getattr(answers.reference, exercise.name)
            faults += [f"{where} {what}" for what in _faults(exercise, reference)]
    return faults


def _faults(exercise: Exercise, reference: Any) -> Iterator[str]:
    try:
        with quiet():
            data = {seed: exercise.ask(reference, seed) for seed in SEEDS}
            again = exercise.ask(reference, SEEDS[0])
    except Exception as error:
        yield f"raises {type(error).__name__} for the reference: {error}."
        return
    first, second = (data[seed] for seed in SEEDS)
    if not is_plain(first):
        yield "returns what is not plain data: arrays of numbers, numbers, strings, None, lists and dicts of these."
        return
    if not agree(first, again, rtol=0, atol=0):
        yield "gives other data when it is asked again with the same seed. Draw everything from `rng`."
    if first.keys() != second.keys():
        yield "asks other questions with another seed. Have the same names for every seed."
    for seed, own in data.items():
        if names := exercise.failing(own, own, seed):
            yield f"refuses the reference's own data for seed {seed}: {', '.join(names)}."
    if exercise.fixed:
        return
    if agree(first, second, rtol=0, atol=0):
        yield (
            "gives the same data for two seeds, so a table could answer it. Draw inputs from `rng` and return what "
            "comes out; or say in judged(fixed=…) why it has to be so."
        )
    elif not exercise.failing(second, first, SEEDS[1]):
        yield "accepts the data of another seed, so a table could answer it. Have the predicate look at the inputs."


def _functions(path: Path) -> Iterator[ast.FunctionDef]:
    body = ast.parse(path.read_text(encoding="utf-8")).body
    return (node for node in body if isinstance(node, ast.FunctionDef))


def _names_twice(functions: dict[str, ast.FunctionDef]) -> Iterator[tuple[int, str]]:
    for name, function in functions.items():
        for node in ast.walk(function):
            keys = [key for key in node.keys if isinstance(key, ast.Constant)] if isinstance(node, ast.Dict) else []
            values = [key.value for key in keys]
            for key in keys:
                if values.count(key.value) > 1 and name.startswith("question_"):
                    yield key.lineno, f"{name} names two things alike: {key.value!r}. Give each a name of its own."
