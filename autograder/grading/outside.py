"""Two verdicts into one score: what the tests inside gave, and what the judge outside finds.

The reference is asked like any submission, by whoever grades, once a run: its notebook goes through the same kernels,
so its numbers come from the same libraries, and a probe that does not work there is noticed before anything is graded.
Workers judge, not the coordinator: what they need is plain data, and it takes none of the one process's time.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from autograder.authoring.cells import read_cells
from autograder.course import Course, CourseError
from autograder.grading.execute import Execution
from autograder.grading.interview import Interview, interview
from autograder.grading.record import PART, CellResult
from autograder.grading.restore import restore
from autograder.grading.score import line
from autograder.judge.questions import Questions, read_questions
from autograder.judge.sealed import ROUNDING, Sealed, confirmed, seal
from autograder.judge.verdict import judge
from autograder.limits import Limits

# What a student's record says of points that the judge did not give; an instructor's flag says why.
LOST = {
    "differs": "The tests passed, but asked again, with other inputs, the answer was not right.",
    "no answer": "The tests passed, but asked again, in a fresh kernel, it gave no answer.",
}


@dataclass(frozen=True)
class Examination:
    """What answers are asked, with which seed, and what the reference says to it: exercise to data, None for one that
    cannot be judged from outside."""

    questions: Questions
    seed: int
    expected: Mapping[str, dict[str, Any] | None] = field(compare=False)


def course_questions(course: Course, assignment: str) -> Questions | None:
    """The assignment's questions; None where the course has no probes for it. Raises CourseError."""
    path = course.probes(assignment)
    if not path.is_file():
        return None
    graded = [cell for cell in read_cells(course.solution(assignment)) if cell.tests and not cell.by_hand]
    scored = [cell.grade_id or "" for cell in graded if cell.tests[0].gives_points]
    tested = [cell for cell in graded if not cell.tests[0].gives_points]
    return read_questions(path, {cell.grade_id or "": cell.exercise or "" for cell in tested}, scored)


def course_seed(course: Course, assignment: str) -> int:
    """What inputs are drawn from: a number that nobody knows, and the same in each run over the class.

    So a run that was killed and goes on, or grading again, ends as one that was left alone.
    """
    path = course.seed(assignment)
    with suppress(OSError, ValueError):
        return int(path.read_text(encoding="ascii"))
    seed = secrets.randbits(62)
    part = path.with_name(f"{path.name}-{secrets.token_hex(8)}{PART}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(f"{seed}\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except OSError as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise CourseError(f"{path} cannot be written: {error.strerror or error}.") from None
    return seed


def examine(
    source: NotebookNode, files: Mapping[str, bytes], limits: Limits, questions: Questions, seed: int
) -> Examination:
    """Ask the reference, which is the solution in the notebook `source`. Raises CourseError where it has no answer."""
    reference = Execution(restore(source, source), (), 0.0, 0.0)
    asked = interview(reference, files, limits, questions, seed)
    expected: dict[str, dict[str, Any] | None] = {}
    for question in questions.questions:
        answer = asked.answers.get(question.exercise)
        if answer is None or answer.data is None:
            why = answer.failed if answer else "it gave no answer"
            raise CourseError(
                f"The probe of {question.exercise} cannot be put to the reference in a kernel: {why}. A probe may use "
                "libraries, what its own file defines for probes, and `ask`. " + " ".join(asked.incidents)
            )
        expected[question.exercise] = answer.data
        if question.by_value and str(answer.data.get("value")).startswith("returned "):
            expected[question.exercise] = None  # a function, say, that no probe can question
        elif (verdict := judge(question, questions, answer.data, answer)).outside != "agrees":
            raise CourseError(
                f"The judge would refuse the reference's {question.exercise}: with inputs from seed {seed}, "
                f"{verdict.evidence}. Its probe or predicate leaves something to chance. Without the file .seed among "
                "the assignment's results others are drawn, and all are graded anew."
            )
    return Examination(questions, seed, expected)


def seal_scores(cells: Iterable[CellResult], examination: Examination) -> dict[str, Sealed]:
    """What the judge seals to confirm points that are scored, by exercise. Raises CourseError where the data fail."""
    scored = [cell.grade_id for cell in cells if cell.grade_id in examination.questions.scores and cell.score]
    folder = Path(os.environ.get("COURSE_DATA", "datasets"))
    try:
        return {name: seal(examination.questions.sealing, name, folder, examination.seed) for name in scored}
    except Exception as error:
        raise CourseError(
            f"The data in {folder} cannot be sealed for {', '.join(scored)}: {type(error).__name__}: {error}."
        ) from error


def both(
    cells: Iterable[CellResult], asked: Interview, examination: Examination, sealed: Mapping[str, Sealed] | None = None
) -> tuple[tuple[CellResult, ...], tuple[str, ...]]:
    """The cells with the points that both verdicts give, and a sentence for each that the judge took points from."""
    results, flags = [], []
    for cell in cells:
        if (seal_of := (sealed or {}).get(cell.grade_id)) is not None:
            result, flag = _confirm(cell, asked, examination, seal_of)
            results.append(result)
            flags += flag
            continue
        question = examination.questions.about(cell.grade_id)
        expected = examination.expected[question.exercise] if question else None
        if question is None or expected is None or cell.score is None:
            results.append(cell)
            continue
        if question.exercise not in asked.answers:  # its tests spoilt their kernel, or it came too late
            results.append(replace(cell, score=0.0))
            continue
        verdict = judge(question, examination.questions, expected, asked.answers[question.exercise])
        result = replace(cell, outside=verdict.outside)
        if verdict.outside != "agrees" and cell.score > 0:
            flags.append(
                f"{question.exercise}: passed its tests, but asked from outside, {verdict.evidence} "
                f"(inputs from seed {examination.seed})."
            )
            result = replace(result, score=0.0, error=cell.error or LOST[verdict.outside])
        results.append(result)
    return tuple(results), tuple(flags)


def _confirm(
    cell: CellResult, asked: Interview, examination: Examination, sealed: Sealed
) -> tuple[CellResult, list[str]]:
    """No more points than the predictions are worth, by the judge's count."""
    answer, score = asked.answers.get(cell.grade_id), cell.score or 0.0
    points = confirmed(examination.questions, cell.grade_id, answer, sealed.key)
    outside = "no answer" if answer is None or answer.data is None else "agrees"
    if points >= score - ROUNDING:
        return replace(cell, outside=outside), []
    why = f" ({answer.failed})" if answer is not None and answer.failed else ""
    flag = (
        f"{cell.grade_id}: scored {score:g} points, but its predictions on the same data in another order "
        f"{f'are worth {points:g}' if outside == 'agrees' else 'did not come' + line(why)}."
    )
    outside = "differs" if outside == "agrees" else outside
    return replace(cell, score=max(points, 0.0), outside=outside, error=cell.error or LOST[outside]), [flag]
