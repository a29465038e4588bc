"""Does stock nbgrader, with the generated hidden tests, tell each known answer of an assignment right from wrong?

Many answers share a notebook, as long as none is used by another: a few dozen notebooks hold them all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

from autograder.cells import read_cells
from autograder.classroom.grade import prepare
from autograder.course import Course
from autograder.gradebook.book import open_gradebook
from autograder.nbgrader_course import nbgrader_api
from tests.classes import Pieces, copied_course
from tests.conftest import REPOSITORY

ASSIGNMENT = "a1_convolution"
Chosen = dict[str, str]  # exercise -> name of one of its known answers


def uses(source: str, exercise: str) -> bool:
    return re.search(rf"\b{exercise}\b", source) is not None


def notebooks(answers: dict[str, dict[str, str]], tests: dict[str, str]) -> Iterator[Chosen]:
    """Known answers that can stand in one notebook, until each has stood in one."""
    left = {exercise: list(known) for exercise, known in answers.items()}
    while any(left.values()):
        chosen: Chosen = {}
        for exercise in sorted(left, key=lambda name: -len(left[name])):
            if not left[exercise]:
                continue
            name = left[exercise][-1]
            text = answers[exercise][name] + tests[exercise]
            clash = any(
                uses(text, other) or uses(answers[other][its] + tests[other], exercise) for other, its in chosen.items()
            )
            if not clash:
                chosen[exercise] = left[exercise].pop()
        yield chosen


@pytest.mark.nightly
@pytest.mark.timeout(7200)
def test_each_known_answer_gets_what_the_questions_give_it(tmp_path: Path) -> None:
    course = copied_course(Course(REPOSITORY), tmp_path)
    prepare(course, ASSIGNMENT)
    pieces = Pieces(course, ASSIGNMENT)
    cells = [cell for cell in read_cells(course.solution(ASSIGNMENT)) if cell.tests]
    tests = {cell.exercise or "": cell.source for cell in cells}
    grade_ids = {cell.exercise or "": cell.grade_id for cell in cells}
    answers = {name: {**pieces.wrong[name], **pieces.right[name]} for name in pieces.exercises}
    classes = list(notebooks(answers, tests))
    assert sum(map(len, classes)) == sum(map(len, answers.values()))
    wrong_verdicts = []
    for number, chosen in enumerate(classes):
        student = f"student-{number}"
        path = course.submitted(student, ASSIGNMENT)
        path.parent.mkdir(parents=True)
        notebook = pieces.solved({exercise: answers[exercise][name] for exercise, name in chosen.items()})
        path.write_text(nbformat.writes(notebook), encoding="utf-8")
        assert nbgrader_api(course).autograde(ASSIGNMENT, student)["success"], chosen
        with open_gradebook(course) as gradebook:
            submission = gradebook.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, student)
            scores = {grade.name: (grade.score, grade.max_score) for grade in submission.grades}
        for exercise, name in chosen.items():
            score, full = scores[grade_ids[exercise]]
            if score != (full if name in pieces.right[exercise] else 0):
                wrong_verdicts.append(f"{exercise}__{name}: {score} of {full}")
    assert not wrong_verdicts
