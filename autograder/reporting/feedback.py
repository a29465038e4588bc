"""Write a page for each student: the points of each exercise, failing questions, test messages, where to read on.

This module decides what a page may hold: text of the released notebook, points, names of questions, the explanations
of known mistakes, comments from the gradebook, and the student's own cells with their outputs from the run with visible
tests, which is in autograded/. A page holds nothing else of the record, for example no evidence for the instructor.

A page is at feedback/<student>/<assignment>.html. nbgrader's own feedback is in the folder next to it that has the same
name: if the page were inside, `nbgrader generate_feedback` would skip the assignment, or with --force remove the page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import nbformat
from nbformat import NotebookNode
from nbgrader.utils import is_grade, is_locked

from autograder.course import Course
from autograder.files import write_text
from autograder.gradebook.marks import CellMark, Mark, Person, read_gradebook
from autograder.grading.record import CellResult, SubmissionResult
from autograder.grading.score import MOST_NAMES, carried_sentence, without_verdict
from autograder.reporting.message import Message, read_message
from autograder.reporting.outputs import Shown, colored, plain, shortened, shown
from autograder.reporting.pages import render
from autograder.reporting.records import Mistake, mistake, read_records
from autograder.reporting.release import Release, ReleasedExercise, Section, read_release
from autograder.submissions.restore import grade_id

MAX_MESSAGE = 4000  # characters of a test's message
MAX_CODE = 30_000
MAX_OWN_CELLS = 40

State = Literal["full", "part", "none", "blank", "pending"]  # all points, some, none, none for no answer, not yet known


@dataclass(frozen=True)
class OwnCell:
    """A cell that the student wrote, with what it showed."""

    source: str
    is_code: bool
    outputs: list[Shown]

    @property
    def failed(self) -> bool:
        return any(piece.is_error for piece in self.outputs)


@dataclass(frozen=True)
class Part:
    """One exercise on a page."""

    name: str
    score: float
    max_score: float
    state: State
    verdict: str  # the state as a sentence
    failing: tuple[str, ...] = ()
    more_failing: int = 0
    message: Message | None = None
    traceback: Shown | None = None
    crash: str = ""
    mistake: Mistake | None = None
    comments: tuple[str, ...] = ()
    answers: tuple[OwnCell, ...] = ()
    outputs: tuple[Shown, ...] = ()


def feedback(
    course: Course,
    assignment: str,
    students: Iterable[str] = (),
    *,
    on_page: Callable[[Path], None] = lambda path: None,
    on_notice: Callable[[str], None] = lambda sentence: None,
) -> list[Path]:
    """Write the pages of the class, or of `students` only; returns their paths, in the students' order.

    Raises CourseError if nothing has been graded.
    """
    release = read_release(course, assignment)
    gradebook = read_gradebook(course, [assignment])
    marks = gradebook.marks.get(assignment, {})
    pages: list[Path] = []
    for student, record in read_records(course, assignment, students).items():
        if record is None:
            on_notice(f"{student} has no page: the record cannot be read. Grade {assignment} again.")
            continue
        graded = record.status not in ("not gradable", "failed")
        notebook = _graded_notebook(course, student, release) if graded else None
        if graded and notebook is None:
            on_notice(
                f"{student}'s page does not say what the tests say: the notebook in autograded/ is missing, or is not "
                f"from `autograder grade`. Grade {assignment} again with --force --student {student}."
            )
        person = gradebook.people.get(student, Person())
        text = page(release, record, marks.get(student), person, notebook, course.colab_url(assignment))
        path = course.feedback(student, assignment)
        write_text(path, text)
        pages.append(path)
        on_page(path)
    return pages


def _graded_notebook(course: Course, student: str, release: Release) -> NotebookNode | None:
    """The notebook as it was graded; None if it is missing, or holds hidden tests because nbgrader graded it."""
    try:
        notebook = nbformat.read(course.autograded(student, release.name), as_version=4)
    except (OSError, ValueError, nbformat.ValidationError):
        return None
    tests = [cell for cell in notebook.cells if is_grade(cell) and is_locked(cell)]
    return notebook if all(release.gave_out(cell) for cell in tests) else None


def page(
    release: Release,
    record: SubmissionResult,
    mark: Mark | None,
    person: Person,
    notebook: NotebookNode | None,
    notebook_url: str,
) -> str:
    """The page as HTML; `notebook` is the one that ran with visible tests."""
    cells = {name: cell for cell in notebook.cells if (name := grade_id(cell))} if notebook else {}
    recorded = {exercise.exercise: exercise for exercise in record.exercises}
    sections = [
        (
            section,
            [
                _part(exercise, recorded.get(exercise.name), _cell_mark(exercise, mark, recorded), mark, release, cells)
                for exercise in section.exercises
            ],
        )
        for section in release.sections
    ]
    mark = mark or Mark(record.score, record.max_score)
    return render(
        "feedback.html",
        title=release.title,
        name=person.name or record.student,
        student=record.student,
        graded=record.status not in ("not gradable", "failed"),
        file=f"{release.name}.ipynb",
        mark=mark,
        sections=[(section, parts, _lost(section, parts)) for section, parts in sections],
        parts=[part for _, parts in sections for part in parts],
        incidents=record.incidents,
        ran=notebook is not None,
        own=_own_cells(release, notebook)[:MAX_OWN_CELLS] if notebook else [],
        notebook_url=notebook_url,
    )


def _cell_mark(exercise: ReleasedExercise, mark: Mark | None, recorded: dict[str, CellResult]) -> CellMark:
    """The exercise's mark in the gradebook; where it has none, the record's."""
    if mark is not None and exercise.grade_id in mark.cells:
        return mark.cells[exercise.grade_id]
    found = recorded.get(exercise.name)
    score = found.score if found else 0.0
    return CellMark(score or 0.0, exercise.max_score, score is None, False)


def _part(
    exercise: ReleasedExercise,
    recorded: CellResult | None,
    cell_mark: CellMark,
    mark: Mark | None,
    release: Release,
    cells: dict[str, NotebookNode],
) -> Part:
    test = cells.get(exercise.grade_id)
    answers = [cells[name] for name in exercise.answers if name in cells]
    own = tuple(_own_cell(cell) for cell in answers if not release.gave_out(cell))
    error = (
        next((output for output in test.get("outputs", []) if output.output_type == "error"), None) if test else None
    )
    state = _state(cell_mark, blank=bool(answers) and not own)
    lost = state == "none" or (state == "part" and not cell_mark.by_hand)
    failing = recorded.failing if lost and recorded and recorded.failing != ("value",) else ()
    said = _message(error) if lost and error and not cell_mark.by_hand else None
    comments = [mark.comments[name] for name in exercise.answers if name in mark.comments] if mark else []
    return Part(
        name=exercise.name,
        score=cell_mark.score,
        max_score=cell_mark.max_score,
        state=state,
        verdict=_verdict(exercise, cell_mark, state, recorded),
        failing=failing[:MOST_NAMES],
        more_failing=max(0, len(failing) - MOST_NAMES),
        message=said,
        traceback=_traceback(error) if said and not said.expected else None,
        crash=recorded.crash if lost and recorded and not recorded.mistake else "",
        mistake=mistake(recorded) if lost and recorded else None,
        comments=tuple(comments),
        answers=own,
        # The output of a cell without tests, for example whether a file was found.
        outputs=tuple(shown(without_verdict(test)))
        if test is not None and test.cell_type == "code" and not exercise.tests
        else (),
    )


def _state(mark: CellMark, *, blank: bool) -> State:
    if mark.pending:
        return "pending"
    if mark.score >= mark.max_score:
        return "full"
    if mark.score > 0:
        return "part"
    return "blank" if blank and not mark.by_hand else "none"


def _verdict(exercise: ReleasedExercise, mark: CellMark, state: State, recorded: CellResult | None) -> str:
    if state == "pending":
        return "A person will look at this." if exercise.in_words else "These points are still to come."
    if mark.by_hand or exercise.in_words:
        return "Graded by a person."
    if state == "blank":
        return "Left as it was given out."
    if recorded is None:
        return "It was not graded."
    if not exercise.tests:
        return recorded.said or "Scored by what your notebook has handed in."
    if state == "full":
        if recorded.carried:
            return carried_sentence(recorded)
        if recorded.test_passed is False:
            return "Right for all that is asked, although the test that you see did not pass here."
        return "Right: the test that you see passes, and so does all that is asked beyond it."
    if recorded.verdict == "no answer":
        return "Your answer gave no result: nothing came back from it."
    if recorded.failing == ("value",):
        return "This is not the right answer."
    if recorded.test_passed:
        return "The test that you see passes. What is asked beyond it is not all right."
    return "The test that you see does not pass."


def _message(error: NotebookNode) -> Message:
    said = plain(str(error.evalue)).strip()
    if error.ename == "AssertionError" and said:
        return read_message(shortened(said, MAX_MESSAGE))
    return Message(shortened(f"{plain(str(error.ename))}: {said}" if said else plain(str(error.ename)), MAX_MESSAGE))


def _traceback(error: NotebookNode) -> Shown | None:
    lines = "\n".join(map(str, error.get("traceback") or []))
    return Shown(text=colored(shortened(lines)), is_error=True) if lines.strip() else None


def _own_cell(cell: NotebookNode) -> OwnCell:
    is_code = cell.cell_type == "code"
    return OwnCell(shortened(plain(cell.source), MAX_CODE), is_code, shown(cell) if is_code else [])


def _own_cells(release: Release, notebook: NotebookNode) -> list[OwnCell]:
    """The cells that belong to no exercise and were changed or added."""
    answers = {name for section in release.sections for exercise in section.exercises for name in exercise.answers}
    tests = {exercise.grade_id for section in release.sections for exercise in section.exercises}
    return [
        _own_cell(cell)
        for cell in notebook.cells
        if grade_id(cell) not in answers | tests and cell.source.strip() and not release.gave_out(cell)
    ]


def _lost(section: Section, parts: list[Part]) -> bool:
    """Whether it helps to read the section again."""
    return any(part.state in ("none", "part", "blank") for part in parts)
