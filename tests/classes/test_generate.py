"""Is a made-up class of any size the same each time, and as mixed as a real one?"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

import nbformat
import pytest

from autograder.course import Course
from tests.classes import Pieces
from tests.classes.generate import EXPERIMENTS, MOST_MISTAKES, hand_in, made_up_class

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def pieces(built_toy: Course) -> Pieces:
    return Pieces(built_toy, "a1_toy")


def text(students: Iterable[tuple[str, nbformat.NotebookNode]]) -> list[tuple[str, str]]:
    return [(student, nbformat.writes(notebook)) for student, notebook in students]


def test_the_same_seed_makes_the_same_class_and_another_seed_another(pieces: Pieces) -> None:
    class_of_20 = text(made_up_class(pieces, 20, seed=1))
    assert [student for student, _ in class_of_20[:2]] == ["student-00000", "student-00001"] and len(class_of_20) == 20
    assert text(made_up_class(pieces, 20, seed=1)) == class_of_20
    assert text(made_up_class(pieces, 20, seed=2)) != class_of_20


def test_a_small_class_is_the_beginning_of_a_large_one_of_which_no_more_is_made(pieces: Pieces) -> None:
    endless = made_up_class(pieces, 10**12, seed=1)
    assert text(islice(endless, 5)) == text(made_up_class(pieces, 5, seed=1))


def test_every_kind_of_notebook_occurs_and_is_valid(pieces: Pieces) -> None:
    own = {cell.id for cell in EXPERIMENTS}
    blank = answers_in(pieces, pieces.blank())
    seen: dict[str, int] = {}
    for _, notebook in made_up_class(pieces, 300, seed=3):
        nbformat.validate(notebook)
        answers = answers_in(pieces, notebook)
        untouched = {name for name, answer in answers.items() if answer == blank[name]}
        mistakes = sum(answer in pieces.wrong[name].values() for name, answer in answers.items())
        cells = [cell for cell in notebook.cells if cell.id not in own]
        kinds = {
            "reference": answers == pieces.reference,
            "another way": any(answer in pieces.right[name].values() for name, answer in answers.items()),
            "one mistake": mistakes == 1,
            "several mistakes": 1 < mistakes <= MOST_MISTAKES,
            "begun": 0 < len(untouched) < len(pieces.exercises),
            "blank": len(untouched) == len(pieces.exercises),
            "syntax error": not all(map(is_python, answers.values())),
            "deleted cell": len(cells) < len(pieces.release.cells),
            "experiment": len(cells) < len(notebook.cells),
        }
        assert mistakes <= MOST_MISTAKES and len(pieces.release.cells) - len(cells) <= 1
        for kind, is_it in kinds.items():
            seen[kind] = seen.get(kind, 0) + is_it
    assert all(seen.values()), seen
    assert seen["blank"] < seen["reference"] < 150, seen


def test_no_two_hand_in_the_same(pieces: Pieces, tmp_path: Path) -> None:
    course = Course(tmp_path)
    hand_in(course, "a1_toy", made_up_class(pieces, 50))
    found = [path.read_bytes() for path in tmp_path.glob("submitted/*/a1_toy/a1_toy.ipynb")]
    assert len(set(found)) == len(found) == 50


def answers_in(pieces: Pieces, notebook: nbformat.NotebookNode) -> dict[str, str]:
    cells = ((cell.metadata.get("nbgrader", {}).get("grade_id"), cell.source) for cell in notebook.cells)
    return {name: source for name, source in cells if name in pieces.exercises}


def is_python(source: str) -> bool:
    try:
        ast.parse(source)
    except SyntaxError:
        return False
    return True
