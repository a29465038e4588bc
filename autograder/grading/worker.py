"""Grade one submission, from bytes to a result. This runs in each process of the pool, or on a cluster.

1. The notebook is put back into the release's shape, and its answers are asked in a fresh kernel (`question_run`).
2. The judge compares what came back with the reference's; that alone gives points (`verdicts`).
3. The notebook runs from top to bottom with the tests that students see (`visible_run`); below each test's output
   the judge's sentences are added. This notebook goes into autograded/ and onto the student's page.
4. What is wrong only because an earlier exercise is has its points (`carry`), and known mistakes are named (`known`).

It uses no database, and of the course's folders only the one that keeps the known answers' data.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePath

import nbformat
from nbgrader.preprocessors import LimitOutput

from autograder.course import CourseError
from autograder.grading.carry import carry_forward
from autograder.grading.execute import Execution
from autograder.grading.known import KnownFiles, Reference, name_mistakes
from autograder.grading.question_run import QuestionRun, ask_answers, run_tests_by_hand
from autograder.grading.record import CellResult, Result, Status, Usage
from autograder.grading.score import (
    add_verdicts,
    crash_sentence,
    first_line,
    missing_modules,
    points_of,
    score,
    unchanged,
    zero_scores,
)
from autograder.grading.verdicts import Examination, ask_reference, hold_out_data, judge_answers
from autograder.grading.visible_run import run_visibly
from autograder.judge.questions import Questions
from autograder.limits import Limits
from autograder.submissions.restore import grade_id, restore, without_hidden_tests
from autograder.submissions.submission import (
    TIMESTAMP,
    NotANotebook,
    Submission,
    cell_problems,
    read_notebook,
    timestamp,
)

_PROCESS_ID = re.compile(r"/ipykernel_\d+/")


@dataclass(frozen=True)
class Assignment:
    """The things that every submission of an assignment is graded against."""

    name: str
    source: str  # the source notebook's JSON: solutions, visible tests, and hidden tests only where written by hand
    waiting: tuple[str, ...] = ()  # the grade ids that wait for data this machine lacks
    files: tuple[tuple[str, bytes], ...] = ()  # (path, content) of the files next to the source notebook
    examination: Examination | None = None  # the questions, and the reference's answers
    known: KnownFiles | None = None  # known answers, for recognizing mistakes
    store: str = ""  # the folder that keeps the known answers' data
    carry_forward: bool = True  # whether what is wrong only because of an earlier exercise has its points
    given: Mapping[str, int] | None = None  # as in Examination

    @property
    def notebook(self) -> str:
        """The name of the file that is graded."""
        return f"{self.name}.ipynb"


def grade_submission(submission: Submission, assignment: Assignment, limits: Limits) -> Result:
    """Ask and run the submission, and say what each grade cell earned. It never raises for what a submission does.

    Raises CourseError if the machine is at fault, not the submission.
    """
    source = _source(assignment.source)
    try:
        return _grade(submission, assignment, source, limits)
    except NotANotebook as error:
        return no_points(assignment, "not gradable", [str(error)])
    except CourseError:
        raise
    except Exception as error:
        said = first_line(f"{type(error).__name__}: {error}")
        return no_points(assignment, "failed", [f"Grading it failed, and will be tried again: {said}."])


def examine_reference(assignment: Assignment, limits: Limits, questions: Questions, seed: int) -> QuestionRun:
    """Ask the reference the questions. Raises CourseError if it cannot be asked."""
    return ask_reference(_source(assignment.source), dict(assignment.files), limits, questions, seed)


def _grade(submission: Submission, assignment: Assignment, source: nbformat.NotebookNode, limits: Limits) -> Result:
    assert assignment.examination is not None
    examination, questions = assignment.examination, assignment.examination.questions
    submitted = read_notebook(submission, assignment.notebook)
    problems = cell_problems(submitted, source)
    problems += [f"{path} {why}." for path, why in submission.left_out]
    if (written := submission.files.get(TIMESTAMP)) is not None and written.strip() and timestamp(written) is None:
        problems.append(f"{TIMESTAMP} holds no time, so it is not known whether it was late.")
    files = files_beside(submission, assignment)
    restored = restore(submitted, source)
    notebook = without_hidden_tests(restored)

    held_out = hold_out_data(questions, examination.seed, assignment.waiting)
    shown = {name: one.shown for name, one in held_out.items()}
    run = ask_answers(notebook, files, limits, questions, examination.seed, shown)
    decide = {name for name, exercise in questions.of_cell if exercise in questions.by_hand}
    by_hand = {name: cell.source for cell in restored.cells if (name := grade_id(cell)) in decide}
    nonces, tests = run_tests_by_hand(notebook, by_hand, files, limits, questions) if by_hand else ({}, QuestionRun({}))

    execution = run_visibly(notebook, files, limits, questions)
    notebook, _ = LimitOutput().preprocess(execution.notebook, {})
    judged = judge_answers(points_of(source), examination, run, held_out, (nonces, tests))
    cells = score(notebook, source, judged, assignment.waiting)
    untouched = unchanged(notebook)
    texts = {name: cell.source for cell in notebook.cells if (name := grade_id(cell))}
    cells = tuple(
        _blank(cell) if cell.exercise in untouched and cell.verdict else _with_crash(cell, run, texts) for cell in cells
    )
    carried = QuestionRun({})
    if assignment.carry_forward:
        cells, carried = carry_forward(cells, notebook, source, files, limits, examination, untouched)
    if assignment.known is not None:
        reference = Reference(
            assignment.source,
            assignment.files,
            assignment.known,
            questions=questions,
            seed=examination.seed,
            limits=limits,
            store=assignment.store,
        )
        cells = name_mistakes(cells, run, examination, notebook, reference)
    add_verdicts(notebook, cells)

    missing = tuple(missing_modules(notebook, [cell.exercise for cell in cells]))
    runs: tuple[QuestionRun | Execution, ...] = (run, tests, execution, carried)
    return Result(
        status=_status(cells, assignment.waiting),
        cells=cells,
        unchanged=untouched,
        problems=(*problems, *missing, *execution.incidents, *run.incidents),
        incidents=(*missing, *execution.incidents),
        flags=tuple(flag for one in runs for flag in one.flags),
        usage=Usage(round(sum(one.seconds for one in runs), 3), round(max(one.memory_mb for one in runs), 1)),
        notebook=_text(notebook),
    )


def _status(cells: Iterable[CellResult], waiting: Iterable[str]) -> Status:
    ungraded = {cell.grade_id for cell in cells if cell.score is None}
    if not ungraded:
        return "graded"
    return "waiting for data" if ungraded <= set(waiting) else "needs manual grading"


def _blank(cell: CellResult) -> CellResult:
    """The cell without its failing questions, which are of no interest if the student changed nothing."""
    return cell if cell.verdict == "agrees" else replace(cell, score=0.0, failing=(), said="Left as it was given out.")


def _with_crash(cell: CellResult, run: QuestionRun, texts: Mapping[str, str]) -> CellResult:
    """The cell with where its answer raises an error, if it does; `texts` are the notebook's cells by grade id."""
    answer = run.answers.get(cell.exercise)
    if answer is None or not cell.failing:
        return cell
    return replace(cell, crash=crash_sentence(answer, cell.failing, texts.get(cell.exercise, "")))


def no_points(assignment: Assignment, status: Status, problems: Iterable[str]) -> Result:
    """The result of a submission that could not be graded."""
    return Result(status=status, cells=zero_scores(_source(assignment.source)), problems=tuple(problems))


def files_beside(submission: Submission, assignment: Assignment) -> dict[str, bytes]:
    """The files next to the notebook when it runs: those handed in, replaced by the release's where both have one.

    Other notebooks are left out, as nbgrader does.
    """
    own = {assignment.notebook, *(path for path, _ in assignment.files)}
    above_own = {str(parent) for path in own for parent in PurePath(path).parents}
    handed_in = {
        path: content
        for path, content in submission.files.items()
        # No file where the release has a folder, and no folder where the release has a file.
        if not path.endswith(".ipynb")
        and path not in above_own
        and own.isdisjoint({path, *map(str, PurePath(path).parents)})
    }
    return handed_in | dict(assignment.files)


@functools.lru_cache(maxsize=4)
def _source(text: str) -> nbformat.NotebookNode:
    return nbformat.reads(text, as_version=4)


def _text(notebook: nbformat.NotebookNode) -> str:
    """The notebook's JSON without parts that differ from one run to the next."""
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
    text = str(nbformat.writes(notebook)) + "\n"
    # Half a surrogate pair can be printed, but not written.
    return _PROCESS_ID.sub("/ipykernel/", text).encode("utf-8", "replace").decode("utf-8")
