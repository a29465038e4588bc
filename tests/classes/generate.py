"""A made-up class of any size: each student's notebook depends on nothing but seed and number.

Who hands in what is guessed from real classes: most have all or nearly all right, some a few mistakes, few nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from random import Random

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

from autograder.course import Course
from tests.classes import Pieces

EXPERIMENTS = (
    new_code_cell("squares = [n**2 for n in range(10)]\nprint(squares)", id="own-squares"),
    new_code_cell("# why does this not work?\nprint(not_defined_anywhere)", id="own-error"),
    new_markdown_cell("Ask on Monday: does it matter which axis comes first?", id="own-question"),
)
SHARE_WITH_EXPERIMENTS = 0.15
MOST_MISTAKES = 5


def made_up_class(pieces: Pieces, n: int, seed: int = 0) -> Iterator[tuple[str, NotebookNode]]:
    """`n` students, as (name, notebook), made one by one; the first of them are those of a smaller class.

    Each signs, so no two hand in the same bytes.
    """
    kinds, shares = zip(*KINDS, strict=True)
    for number in range(n):
        random = Random(f"{seed} {number}")
        (make,) = random.choices(kinds, shares)
        notebook = make(pieces, random)
        if random.random() < SHARE_WITH_EXPERIMENTS:
            own = nbformat.from_dict(random.choice(EXPERIMENTS))
            notebook.cells.insert(random.randrange(1, len(notebook.cells) + 1), own)
        student = f"student-{number:05}"
        notebook.metadata["authors"] = [{"name": student}]
        yield student, notebook


def hand_in(course: Course, assignment: str, students: Iterable[tuple[str, NotebookNode]]) -> None:
    """Put each student's notebook where it is to be graded."""
    for student, notebook in students:
        path = course.submitted(student, assignment)
        path.parent.mkdir(parents=True)
        nbformat.write(notebook, path)


def _reference(pieces: Pieces, random: Random) -> NotebookNode:
    return pieces.solved()


def _other_ways(pieces: Pieces, random: Random) -> NotebookNode:
    return pieces.solved(_right(pieces, random))


def _mistakes(pieces: Pieces, random: Random) -> NotebookNode:
    return pieces.solved(_right(pieces, random) | _wrong(pieces, random))


def _begun(pieces: Pieces, random: Random) -> NotebookNode:
    """The first exercises only, with a mistake or two in half of such notebooks."""
    answers = _right(pieces, random) | (_wrong(pieces, random) if random.random() < 0.5 else {})
    return pieces.solved(answers, only=pieces.exercises[: random.randrange(1, len(pieces.exercises))])


def _blank(pieces: Pieces, random: Random) -> NotebookNode:
    return pieces.blank()


def _syntax_error(pieces: Pieces, random: Random) -> NotebookNode:
    """A colon is missing."""
    answers = pieces.reference | _right(pieces, random)
    name = random.choice([name for name, answer in answers.items() if ":\n" in answer])
    return pieces.solved(answers | {name: answers[name].replace(":\n", "\n", 1)})


def _deleted_cell(pieces: Pieces, random: Random) -> NotebookNode:
    notebook = _other_ways(pieces, random)
    notebook.cells.remove(random.choice([cell for cell in notebook.cells if "nbgrader" in cell.metadata]))
    return notebook


def _right(pieces: Pieces, random: Random) -> dict[str, str]:
    """For each exercise the reference or one of the other right answers."""
    return {
        name: random.choice([pieces.reference[name], *known.values()]) for name, known in pieces.right.items() if known
    }


def _wrong(pieces: Pieces, random: Random) -> dict[str, str]:
    """One wrong answer each to a few exercises."""
    mistakable = [name for name, known in pieces.wrong.items() if known]
    chosen = random.sample(mistakable, min(random.randint(1, MOST_MISTAKES), len(mistakable)))
    return {name: random.choice(list(pieces.wrong[name].values())) for name in chosen}


KINDS: tuple[tuple[Callable[[Pieces, Random], NotebookNode], float], ...] = (
    (_reference, 0.15),
    (_other_ways, 0.25),
    (_mistakes, 0.35),
    (_begun, 0.12),
    (_blank, 0.04),
    (_syntax_error, 0.05),
    (_deleted_cell, 0.04),
)
