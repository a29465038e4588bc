"""Turn answers into points by the judge's verdict on each exercise, and by nothing else.

The reference is asked like any submission: its notebook runs in the same kernels, so its numbers come from the same
libraries, and a question that does not work there is noticed before anything is graded. Workers judge, not the
coordinator, since they need plain data only and there is only one coordinator.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from autograder.course import Course, CourseError
from autograder.files import write_text
from autograder.grading.question_run import NONCE, QuestionRun, ask_answers
from autograder.grading.record import CellResult
from autograder.judge.compare import points_by_share
from autograder.judge.held_out import HeldOut, count_points, hold_out
from autograder.judge.questions import Questions
from autograder.judge.verdict import Verdict, VerdictKind, judge
from autograder.limits import Limits
from autograder.submissions.restore import restore


@dataclass(frozen=True)
class Examination:
    """The questions that all submissions are asked."""

    questions: Questions
    seed: int
    expected: Mapping[str, dict[str, Any]] = field(compare=False)  # the reference's data, by exercise
    # By exercise, how many questions a blank or constant answer gets right; None where no shares are given.
    given: Mapping[str, int] | None = None


def course_seed(course: Course, assignment: str) -> int:
    """The seed of the inputs: secret, and the same in each run over the class.

    So a run that is continued or repeated has the same results as an undisturbed one.
    """
    path = course.seed(assignment)
    with suppress(OSError, ValueError):
        return int(path.read_text(encoding="ascii"))
    seed = secrets.randbits(62)
    try:
        write_text(path, f"{seed}\n", mode=0o600)
    except OSError as error:
        raise CourseError(f"{path} cannot be written: {error.strerror or error}.") from None
    return seed


def ask_reference(
    source: NotebookNode, files: Mapping[str, bytes], limits: Limits, questions: Questions, seed: int
) -> QuestionRun:
    """Ask the reference, which is the solution in the notebook `source`. Raises CourseError if it gives no answer, or
    one that the judge would refuse."""
    run = ask_answers(restore(source, source), files, limits, questions, seed)
    for question in questions.questions:
        answer = run.answers.get(question.exercise)
        if answer is None or answer.data is None:
            why = answer.failed if answer else "it gave no answer"
            raise CourseError(
                f"The reference of {question.exercise} cannot be asked in a kernel: {why}. A question may use "
                "libraries, what its own file defines for questions, and `ask`. " + " ".join(run.incidents)
            )
        if question.by_value and str(answer.data.get("value")).startswith("returned "):
            raise CourseError(
                f"BY_VALUE names {question.exercise}, which is neither a letter nor a number. Write "
                f"question_{question.exercise}."
            )
        verdict = judge(question, questions, answer.data, answer, seed)
        if verdict.kind != "agrees":
            raise CourseError(
                f"The judge would refuse the reference's {question.exercise}: with inputs from seed {seed}, "
                f"{verdict.evidence}. Its question or predicate leaves something to chance. If you delete the file "
                ".seed among the assignment's results, others are drawn, and all are graded again."
            )
    return run


def hold_out_data(questions: Questions, seed: int, waiting: Collection[str]) -> dict[str, HeldOut]:
    """The held-out data of each scored exercise that does not wait. Raises CourseError if they cannot be read."""
    scored = [name for name in questions.scores if name not in waiting]
    folder = Path(os.environ.get("COURSE_DATA", "datasets"))
    try:
        return {name: hold_out(questions.counting, name, folder, seed) for name in scored}
    except Exception as error:
        raise CourseError(
            f"The data in {folder} cannot be read for {', '.join(scored)}: {type(error).__name__}: {error}."
        ) from error


def judge_answers(
    cells: Mapping[str, float],
    examination: Examination,
    run: QuestionRun,
    held_out: Mapping[str, HeldOut],
    tests: tuple[Mapping[str, str], QuestionRun],
) -> dict[str, CellResult]:
    """Points for the grade cells `cells` (grade id to points) that the judge decides about.

    `tests` are the random numbers that tests written by hand report when they pass, and their run.
    """
    results = {}
    for grade_id, points in cells.items():
        if (held := held_out.get(grade_id)) is not None:
            answer = run.answers.get(grade_id)
            score, sentence = count_points(examination.questions.counting, grade_id, answer, held.key, points)
            kind: VerdictKind = (
                "no answer" if answer is None or answer.data is None else "agrees" if score else "differs"
            )
            results[grade_id] = CellResult(grade_id, score, points, verdict=kind, said=sentence)
            continue
        exercise = dict(examination.questions.of_cell).get(grade_id)
        if exercise is not None:
            verdict = _verdict(exercise, examination, run, *tests)
            results[grade_id] = CellResult(
                grade_id,
                _points(exercise, verdict, examination, points),
                points,
                verdict=verdict.kind,
                failing=verdict.failing,
                evidence=verdict.evidence,
            )
    return results


def _points(exercise: str, verdict: Verdict, examination: Examination, points: float) -> float:
    """All points or none; or a share, except where tests written by hand decide."""
    if verdict.kind == "agrees":
        return points
    if verdict.kind == "no answer" or examination.given is None or exercise in examination.questions.by_hand:
        return 0.0
    asked = len(examination.expected[exercise])
    return points_by_share(points, asked, len(verdict.failing), examination.given.get(exercise, 0))


def _verdict(
    exercise: str, examination: Examination, run: QuestionRun, nonces: Mapping[str, str], tests: QuestionRun
) -> Verdict:
    """The verdict by the questions, by tests written by hand, or by both."""
    questions = examination.questions
    verdict = Verdict("agrees")
    if (question := questions.asked(exercise)) is not None:
        verdict = judge(
            question, questions, examination.expected[exercise], run.answers.get(exercise), examination.seed
        )
    if verdict.kind == "agrees" and exercise in questions.by_hand:
        answer = tests.answers.get(exercise)
        if answer is None or answer.data != {NONCE: nonces.get(exercise)}:
            return Verdict("differs", (NONCE,), "its tests do not pass")
    return verdict
