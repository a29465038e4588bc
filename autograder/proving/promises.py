"""List what docstrings promise beside the questions that ask it: types, errors, modes, and what stays unchanged.

1. A sentence of an exercise's docstring is a promise of one of KINDS by its words.
2. The questions that ask it are found by their names, and by what the reference gives: `"raised ValueError"`, `"int"`.
3. `ask` itself notices a changed argument, so what says that of arguments is asked by each question.
4. What none of this finds is marked in questions.py, with words of the docstring and the names of questions:
   `PROMISED = {"pool2d": {"Padded pixels never win": ["max of negative numbers, with padding"]}}`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from autograder.authoring.hidden import expected_data
from autograder.cells import read_cells
from autograder.course import Course, CourseError
from autograder.source import Source

_TYPES = r"int|float|bool|list|tuple|dict|plain|dtype|type|array|tensor|Subset"
_MODEL = r"model|network|layer|weight|buffer|hook|mode\b"  # `ask` does not look into it
BY_ASK = "each, by ask"
# By kind: words of a sentence that promises it, words in names of questions that ask it, and what the reference gives.
KINDS: dict[str, tuple[str, str | None, str | None]] = {
    "type": (
        rf"\b[Rr]eturns\b.*\b({_TYPES})",
        r"\btypes?\b|precision|float64",  # and the types of the sentence
        rf"({_TYPES}|(\w+ )?(tensor|array)|ndarray|Tensor)",
    ),
    "error": (r"\b[A-Z]\w*Error\b", None, r"raised \w+Error"),
    "mode": (
        r"\b(eval|training|evaluation)( or \w+)? mode\b|mode of each|without gradients|detached|no_grad",
        r"mode|evaluation|training|gradient|graph|no_grad|hangs on",
        None,
    ),
    "unchanged": (
        r"not change|unchanged|\bstays?\b|left as|as (it|they) (was|were)|\bundo\b|nor changed|a new array",
        r"\bstays?\b|afterwards|unchanged|left alone|hook|drawn|hangs on",
        None,
    ),
}


@dataclass(frozen=True)
class Promise:
    """A sentence of a docstring, and the questions that ask for what it promises."""

    exercise: str
    kind: str  # of KINDS, or "marked"
    text: str
    asked_by: tuple[str, ...]


def promises(course: Course, assignment: str) -> list[Promise]:
    """What the docstrings of an assignment promise, in the notebook's order. Raises CourseError for a mark in
    questions.py that fits no docstring or no question."""
    path = course.questions(assignment)
    file, expected = Source(path), expected_data(course, assignment)
    marks = _marks(file)
    found: list[Promise] = []
    for exercise, docstring in _docstrings(course, assignment).items():
        if exercise not in expected.data:
            continue
        given = next(iter(expected.data[exercise].values()))["dict"]
        marked = marks.pop(exercise, {})
        uses_ask = "ask" in file.closure([f"question_{exercise}"])
        for words, names in marked.items():
            if words not in docstring or not names or not set(names) <= given.keys():
                what = "which its docstring does not have" if words not in docstring else f"for which {names} is asked"
                raise CourseError(f"{path}: PROMISED names {words!r} of {exercise}, {what}. Correct or remove it.")
        for sentence in re.split(r"(?<=[.;:)]) (?=[A-Z`])", docstring):
            own = tuple(name for words, names in marked.items() if words in sentence for name in names)
            kinds = [kind for kind, (promised, _, _) in KINDS.items() if re.search(promised, sentence)]
            for kind in kinds or (["marked"] if own else []):
                asking = [name for name, data in given.items() if _asks(kind, sentence, name, data)]
                if kind == "unchanged" and uses_ask and not asking and not re.search(_MODEL, sentence):
                    asking = [BY_ASK]
                found.append(Promise(exercise, kind, sentence, tuple(dict.fromkeys([*own, *asking]))))
    if marks:
        raise CourseError(f"{path}: PROMISED names {', '.join(marks)}, which is no exercise with a question.")
    return found


def unasked(course: Course, assignment: str) -> list[str]:
    """A sentence for each promise that no question asks, or for what is wrong with the marks."""
    try:
        return [
            f"{one.exercise}: no question asks what its docstring promises ({one.kind}): “{one.text}” Ask it, take it "
            f"out, or say in PROMISED in {course.questions(assignment).relative_to(course.root)} which question does."
            for one in promises(course, assignment)
            if not one.asked_by
        ]
    except CourseError as error:
        return [str(error)]


def _asks(kind: str, sentence: str, name: str, data: Any) -> bool:
    _, named, gives = KINDS.get(kind, (None, None, None))
    if named and re.search(named, name):
        return True
    if kind == "type" and any(re.search(rf"\b{one}", name) for one in re.findall(rf"\b({_TYPES})", sentence)):
        return True
    return gives is not None and any(re.fullmatch(gives, text) for text in _texts(data))


def _texts(data: Any) -> Iterator[str]:
    """The texts in a reference's data, as they are encoded."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict) and "npy" not in data:
        for value in data["dict"].values():
            yield from _texts(value)
    elif isinstance(data, list):
        for value in data:
            yield from _texts(value)


def _docstrings(course: Course, assignment: str) -> dict[str, str]:
    """The docstring of each answer, in one line, by exercise."""
    found = {}
    for cell in read_cells(course.solution(assignment)):
        for node in ast.parse(cell.source).body if cell.role == "solution" else ():
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name == cell.grade_id:
                found[node.name] = " ".join((ast.get_docstring(node) or "").split())
    return found


def _marks(file: Source) -> dict[str, dict[str, list[str]]]:
    statement = file.named.get("PROMISED")
    if statement is None:
        return {}
    try:
        written = ast.literal_eval(statement.value)  # type: ignore[attr-defined]
        return {exercise: dict(marks) for exercise, marks in written.items()}
    except (AttributeError, ValueError, TypeError):
        raise CourseError(
            f'{file.path}:{statement.lineno}: write PROMISED out, as {{"exercise": {{"words of its docstring": '
            '["name of a question"]}}.'
        ) from None
