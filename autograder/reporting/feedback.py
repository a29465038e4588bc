"""A page for each student: what each exercise earned, what the tests that students see said, and where to read on.

What a page may hold is decided here: words of the released notebook, points, authored explanations of known mistakes,
what a person wrote in the gradebook, the student's own cells, and what came of running them without hidden tests
(`visible`). Of the record's other contents, such as what tests said while hidden ones ran, nothing.

A page lies at feedback/<student>/<assignment>.html. nbgrader keeps its own feedback in the folder of that name beside
it: were the page inside, `nbgrader generate_feedback` would take the assignment for done, and remove it when forced.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode

from autograder.course import Course
from autograder.grading.record import ExerciseResult, SubmissionResult
from autograder.grading.restore import grade_id
from autograder.reporting.marks import CellMark, Mark, Person, read_gradebook
from autograder.reporting.message import Message, read_message
from autograder.reporting.outputs import Shown, colored, plain, shortened, shown
from autograder.reporting.pages import render, write_text
from autograder.reporting.records import Mistake, mistake, read_records
from autograder.reporting.release import Exercise, Release, Section, read_release
from autograder.reporting.visible import VisibleRun, visible_runs

MAX_MESSAGE = 4000  # characters of what a test says
MAX_CODE = 30_000
MAX_OWN_CELLS = 40


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
    """One exercise on a page. `state` is full, part, none, blank or pending; `verdict` a sentence in these words."""

    name: str
    score: float
    max_score: float
    state: str
    verdict: str
    message: Message | None = None
    traceback: Shown | None = None
    mistake: Mistake | None = None
    comments: tuple[str, ...] = ()
    answers: tuple[OwnCell, ...] = ()
    outputs: tuple[Shown, ...] = ()


def feedback(
    course: Course,
    assignment: str,
    students: Iterable[str] = (),
    *,
    jobs: int | None = None,
    walls: bool = True,
    executor: Executor | None = None,
    on_page: Callable[[Path], None] = lambda path: None,
    on_notice: Callable[[str], None] = lambda sentence: None,
) -> list[Path]:
    """Write the pages of the class, or of `students` only; returns where they lie, in the students' order.

    Runs submissions as `grade` does, with the same options. Raises CourseError where nothing has been graded.
    """
    release = read_release(course, assignment)
    records = read_records(course, assignment, students)
    gradebook = read_gradebook(course, [assignment])
    marks = gradebook.marks.get(assignment, {})
    pages: dict[str, Path] = {}

    def write(student: str, record: SubmissionResult, run: VisibleRun | None) -> None:
        pages[student] = course.feedback(student, assignment)
        person = gradebook.people.get(student, Person())
        text = page(release, record, marks.get(student), person, run, course.colab_url(assignment))
        write_text(pages[student], text)
        on_page(pages[student])

    runnable = []
    for student, record in records.items():
        if record is None:
            on_notice(f"{student} has no page: the record cannot be read. Grade {assignment} again.")
        elif record.status in ("not gradable", "failed") or not course.autograded(student, assignment).is_file():
            write(student, record, None)
        else:
            runnable.append(student)
    for student, run in visible_runs(course, release, runnable, jobs=jobs, walls=walls, executor=executor):
        if run is None:
            on_notice(f"{student}'s page does not say what the tests say: running it again failed.")
        record = records[student]
        assert record is not None
        write(student, record, run)
    return [pages[student] for student in records if student in pages]


def page(
    release: Release,
    record: SubmissionResult,
    mark: Mark | None,
    person: Person,
    run: VisibleRun | None,
    notebook_url: str,
) -> str:
    """The page as HTML."""
    cells = {name: cell for cell in run.notebook.cells if (name := grade_id(cell))} if run else {}
    recorded = {exercise.exercise: exercise for exercise in record.exercises}
    sections = [
        (
            section,
            [
                _part(exercise, recorded.get(exercise.name), _marked(exercise, mark, recorded), mark, release, cells)
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
        incidents=run.incidents if run else (),
        ran=run is not None,
        own=_own_cells(release, run)[:MAX_OWN_CELLS] if run else [],
        notebook_url=notebook_url,
    )


def _marked(exercise: Exercise, mark: Mark | None, recorded: dict[str, ExerciseResult]) -> CellMark:
    """The exercise's mark in the gradebook; where it has none, the record's."""
    if mark is not None and exercise.grade_id in mark.cells:
        return mark.cells[exercise.grade_id]
    found = recorded.get(exercise.name)
    score = found.score if found else 0.0
    return CellMark(score or 0.0, exercise.max_score, score is None, False)


def _part(
    exercise: Exercise,
    recorded: ExerciseResult | None,
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
    lost = state == "none"
    said = _message(error) if lost and error and not cell_mark.by_hand else None
    comments = [mark.comments[name] for name in exercise.answers if name in mark.comments] if mark else []
    return Part(
        name=exercise.name,
        score=cell_mark.score,
        max_score=cell_mark.max_score,
        state=state,
        verdict=_verdict(exercise, cell_mark, state, ran=test is not None, failed=error is not None),
        message=said,
        traceback=_traceback(error) if said and not said.expected else None,
        mistake=mistake(recorded) if lost and recorded else None,
        comments=tuple(comments),
        answers=own,
        # What a cell that tests nothing shows, such as whether a file was found.
        outputs=tuple(shown(test)) if test is not None and test.cell_type == "code" and not exercise.tests else (),
    )


def _state(mark: CellMark, *, blank: bool) -> str:
    if mark.pending:
        return "pending"
    if mark.score >= mark.max_score:
        return "full"
    if mark.score > 0:
        return "part"
    return "blank" if blank and not mark.by_hand else "none"


def _verdict(exercise: Exercise, mark: CellMark, state: str, *, ran: bool, failed: bool) -> str:
    if state == "pending":
        return "A person will look at this." if exercise.in_words else "These points are still to come."
    if mark.by_hand or exercise.in_words:
        return "Graded by a person."
    if state == "blank":
        return "Left as it was given out."
    if not exercise.tests:
        return "Scored by what your notebook has handed in."
    if state == "full":
        return "Right: the test that you see and the hidden tests pass."
    if state == "part" or not ran:
        return "Not all tests pass."
    if failed:
        return "The test that you see does not pass."
    return "The test that you see passes. Hidden tests of the same, which try other shapes and numbers, do not."


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


def _own_cells(release: Release, run: VisibleRun) -> list[OwnCell]:
    """The cells that belong to no exercise and are not as they were given out."""
    answers = {name for section in release.sections for exercise in section.exercises for name in exercise.answers}
    tests = {exercise.grade_id for section in release.sections for exercise in section.exercises}
    return [
        _own_cell(cell)
        for cell in run.notebook.cells
        if grade_id(cell) not in answers | tests and cell.source.strip() and not release.gave_out(cell)
    ]


def _lost(section: Section, parts: list[Part]) -> bool:
    """Whether it helps to read the section again."""
    return any(part.state in ("none", "part", "blank") for part in parts)
