"""Give an exercise its points if it is wrong only because it uses an earlier one that is wrong.

The notebook runs once more, without any tests. Where an exercise with a wrong answer would have been asked, the
reference's cell is run, so that later cells meet the right answer; exercises that use it are asked again. Of this run
only the judge's verdict is used: nothing that a cell prints or sends comes out of it, and the kernel ends with it.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from nbformat import NotebookNode

from autograder.grading.question_run import QuestionRun, ask_again, is_test
from autograder.grading.record import CellResult
from autograder.grading.verdicts import Examination
from autograder.judge.diagnosis import mentioned
from autograder.judge.verdict import judge
from autograder.limits import Limits
from autograder.submissions.restore import grade_id


def carry_forward(
    cells: Sequence[CellResult],
    notebook: NotebookNode,
    source: NotebookNode,
    files: Mapping[str, bytes],
    limits: Limits,
    examination: Examination,
    untouched: Collection[str],
) -> tuple[tuple[CellResult, ...], QuestionRun]:
    """The cells with these points, and the run. Answers in `untouched` are not asked again. Raises KernelError."""
    questions = examination.questions
    failed = [
        cell.exercise
        for cell in cells
        if cell.verdict in ("differs", "no answer") and cell.exercise in examination.expected
    ]
    texts = texts_by_name(notebook, failed)
    uses = {
        exercise: tuple(earlier for earlier in failed[:number] if earlier in mentioned(exercise, texts))
        for number, exercise in enumerate(failed)
        if exercise not in untouched and exercise not in questions.by_hand
    }
    again = {exercise: earlier for exercise, earlier in uses.items() if earlier}
    if not again:
        return tuple(cells), QuestionRun({})
    right = {name: cell.source for cell in source.cells if (name := grade_id(cell)) in failed}
    run = ask_again(notebook, files, limits, questions, examination.seed, right, again)

    def agrees(exercise: str) -> bool:
        question, answer = questions.asked(exercise), run.answers.get(exercise)
        assert question is not None
        return judge(question, questions, examination.expected[exercise], answer, examination.seed).kind == "agrees"

    carried = {exercise for exercise in again if agrees(exercise)}

    def with_points(cell: CellResult) -> CellResult:
        if cell.exercise not in carried:
            return cell
        wrong = tuple(earlier for earlier in again[cell.exercise] if earlier not in carried)
        return replace(cell, score=cell.max_score, carried=wrong)

    return tuple(map(with_points, cells)), run


def texts_by_name(notebook: NotebookNode, exercises: Collection[str]) -> dict[str, str]:
    """What the notebook's cells define, by name: functions and classes with their texts, exercises with their cells."""
    texts: dict[str, str] = {}
    for cell in notebook.cells:
        if cell.cell_type != "code" or is_test(cell):
            continue
        try:
            statements = ast.parse(cell.source).body
        except (SyntaxError, ValueError):
            statements = []
        for statement in statements:
            if isinstance(statement, ast.FunctionDef | ast.ClassDef):
                texts[statement.name] = ast.unparse(statement)
        if (name := grade_id(cell)) and name in exercises:
            texts[name] = cell.source
    return texts
