"""What CI asserts of an assignment, each as a check that returns sentences on what is wrong (none: it holds).

1. Nothing is written but what is kept in build/: the notebooks are made in memory, and kernels run in folders of their
   own.
2. All checks share what they need: one import of the course's answers, one server of warm kernels.
3. What was proved is kept (`autograder.proving.kept`), and is tested again only if something it depends on changes.
"""

from __future__ import annotations

import dataclasses
import functools
import os
import secrets
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import nbformat

from autograder.authoring.build import as_text, source_notebook
from autograder.authoring.questions import course_questions
from autograder.authoring.release import students_notebook
from autograder.cells import read_cells
from autograder.classroom.grade import data_needed, modules_needed
from autograder.course import Course, CourseError
from autograder.grading.execute import Run
from autograder.grading.verdicts import Examination
from autograder.grading.worker import Assignment, examine_reference, grade_submission
from autograder.kernels.provisioner import KernelServer, require_sandbox
from autograder.proving.answers import CourseAnswers, known_answers
from autograder.proving.importing import import_faults
from autograder.proving.kept import Definitions, Kept
from autograder.proving.leaks import leaked_lines
from autograder.proving.promises import unasked
from autograder.proving.questions import question_faults
from autograder.proving.strength import strength
from autograder.submissions.submission import Submission

SEEDS = 1  # of those that `autograder strength` asks each known answer with


@dataclass(frozen=True)
class Check:
    """What holds of a sound assignment, and the function that looks for what contradicts it."""

    claim: str
    faults: Callable[[Subject], list[str]]


def checks() -> tuple[Check, ...]:
    """All checks, quick ones first."""
    return (
        Check("the students' notebook is up to date", _drift),
        Check("the students' notebook shows no line of a solution, question or hidden test", _leaks),
        Check("the module imports fast, without file, network or plot", _import),
        Check("no question can be answered from a table, and none leaves anything to chance", _questions),
        Check("every promise of a docstring is asked by a question", _promises),
        Check("every wrong answer is caught and can be named, every right one accepted; every hint is true", _strength),
        Check("the source notebook runs without an error", _runs),
        Check("the reference gets full marks and a blank notebook none", _marks),
    )


class Kernels:
    """A server of warm kernels, which starts when the first is needed."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._modules: set[str] | None = None

    def __enter__(self) -> Kernels:
        return self

    def __exit__(self, *error: Any) -> None:
        self._stack.__exit__(*error)

    def start(self, modules: list[str]) -> None:
        """See that a server runs, one that has imported these modules if it starts now."""
        if self._modules is None:
            server = self._stack.enter_context(KernelServer(require_sandbox(), modules))
            server.start()
            self._modules = set(modules)


class Subject:
    """An assignment that is being checked, with what the checks share."""

    def __init__(
        self,
        course: Course,
        assignment: str,
        kernels: Kernels,
        kept: Kept | None = None,
        on_answer: Callable[[], None] = lambda: None,
    ) -> None:
        self.course, self.assignment, self.kernels, self.on_answer = course, assignment, kernels, on_answer
        self.kept = kept or Kept(course.checked(assignment), fresh=True)
        self.stack = ExitStack()

    @functools.cached_property
    def source(self) -> nbformat.NotebookNode:
        """The source notebook, with the hidden tests made from the questions."""
        return source_notebook(self.course, self.assignment)

    @functools.cached_property
    def release(self) -> nbformat.NotebookNode:
        """The students' notebook, as the solution gives it."""
        return students_notebook(self.source)

    @functools.cached_property
    def definitions(self) -> Definitions:
        return Definitions(self.course, self.assignment)

    @functools.cached_property
    def answers(self) -> CourseAnswers:
        """All known answers, imported until `stack` is closed."""
        return self.stack.enter_context(known_answers(self.course, self.assignment))

    @functools.cached_property
    def code(self) -> list[Any]:
        """All that runs when the assignment is graded or run."""
        cells = [cell for notebook in (self.source, self.release) for cell in notebook.cells]
        texts = [[cell.source, cell.metadata] for cell in cells if cell.cell_type == "code"]
        limits = dataclasses.asdict(self.course.limits(self.assignment))
        questions = dataclasses.asdict(course_questions(self.course, self.assignment))
        return [texts, questions, limits, self.course.carry_forward]

    def start_kernels(self) -> None:
        os.environ.setdefault("COURSE_DATA", str(self.course.dataset("").resolve()))  # kernels get it from here
        plain = source_notebook(self.course, self.assignment, generated=False)
        self.kernels.start(modules_needed(plain, course_questions(self.course, self.assignment)))

    def faults_of_exercises(self, claim: str, find: Callable[[list[str]], list[str]]) -> list[str]:
        """What `find` finds about the exercises, of which those are left out for which the claim was proved before."""
        facts = {cell.exercise or "": self.definitions.about(cell) for cell in self.definitions.cells}
        if not self.kept.proved("names", self.definitions.names):
            assert self.answers  # importing them refuses names that fit no exercise
            self.kept.keep("names", self.definitions.names)
        left = [name for name, about in facts.items() if not self.kept.proved(claim, about)]
        if not left:
            return []
        found = find(left)
        for name in left:
            if not any(name in fault for fault in found):
                self.kept.keep(claim, facts[name])
        return found


def check(
    course: Course,
    assignment: str,
    on_check: Callable[[str, list[str]], None],
    on_begin: Callable[[str], Callable[[], None]] = lambda claim: lambda: None,
    *,
    kept: Kept | None = None,
    kernels: Kernels | None = None,
) -> bool:
    """Run all checks. True where all hold.

    `on_begin` is called with each claim before it is tested, and what it returns after each known answer; `on_check`
    with each claim and its faults. Without `kept`, everything is tested, whatever was proved before. Without `kernels`,
    they are started when needed, and ended.
    """
    sound = True
    with ExitStack() as stack:
        subject = Subject(course, assignment, kernels or stack.enter_context(Kernels()), kept)
        stack.callback(subject.kept.write)
        stack.enter_context(subject.stack)
        for one in checks():
            subject.on_answer = on_begin(one.claim)
            faults = one.faults(subject)
            on_check(one.claim, faults)
            sound = sound and not faults
    return sound


def _drift(subject: Subject) -> list[str]:
    committed, fresh = subject.course.release(subject.assignment), as_text(subject.release)
    if committed.is_file() and committed.read_bytes() == fresh.encode():
        return []
    state = "differs from what the solution gives" if committed.is_file() else "is missing"
    path = committed.relative_to(subject.course.root)
    return [f"{path} {state}: run `autograder build {subject.assignment}` and commit it."]


def _leaks(subject: Subject) -> list[str]:
    committed = subject.course.release(subject.assignment)
    released = nbformat.read(committed, as_version=4) if committed.is_file() else subject.release
    return leaked_lines(subject.course, subject.assignment, released)


def _import(subject: Subject) -> list[str]:
    name = f"solutions.{subject.assignment}.notebook"
    own = [module for module in subject.definitions.files if module.count(".") == 1 or module == name]
    facts = [[module, subject.definitions.whole(module)] for module in own]
    return subject.kept.faults("import", facts, lambda: import_faults(subject.course.root, name))


def _questions(subject: Subject) -> list[str]:
    return subject.faults_of_exercises(
        "questions", lambda left: question_faults(subject.course, subject.assignment, subject.answers, left)
    )


def _strength(subject: Subject) -> list[str]:
    def find(left: list[str]) -> list[str]:
        rows = strength(
            subject.course,
            subject.assignment,
            left,
            subject.on_answer,
            answers=subject.answers,
            seeds=SEEDS,
            count_visible=False,
        )
        return [fault for row in rows for fault in row.faults]

    return subject.faults_of_exercises("strength", find)


def _promises(subject: Subject) -> list[str]:
    return unasked(subject.course, subject.assignment)


def _runs(subject: Subject) -> list[str]:
    def find() -> list[str]:
        subject.start_kernels()
        # As while grading: nothing trains, downloads or plots.
        run = Run(subject.source, {}, subject.course.limits(subject.assignment)).execute()
        outputs = [output for cell in run.notebook.cells for output in cell.get("outputs", [])]
        errors = [f"{one.ename}: {one.evalue}" for one in outputs if one.output_type == "error"]
        return errors[:1] or list(run.incidents)

    return subject.kept.faults("runs", subject.code, find)


def _marks(subject: Subject) -> list[str]:
    return subject.kept.faults("marks", subject.code, lambda: _mark_faults(subject))


def _mark_faults(subject: Subject) -> list[str]:
    subject.start_kernels()
    course, name = subject.course, subject.assignment
    limits, questions, seed = course.limits(name), course_questions(course, name), secrets.randbits(62)
    needs_data = data_needed(course, name)  # what is scored on a data set waits for one
    source = as_text(source_notebook(course, name, generated=False))
    against = Assignment(name, source, tuple(needs_data), carry_forward=course.carry_forward)
    try:
        run = examine_reference(against, limits, questions, seed)
    except CourseError as error:  # a question, say, that the reference cannot be asked in a kernel
        return [str(error)]
    expected = {name: one.data for name, one in run.answers.items() if one is not None and one.data is not None}
    against = dataclasses.replace(against, examination=Examination(questions, seed, expected))
    by_hand = {cell.grade_id for cell in read_cells(course.solution(name)) if cell.by_hand}
    faults = []
    for student, notebook in (("reference", subject.source), ("blank", subject.release)):
        submission = Submission.of({f"{name}.ipynb": as_text(notebook).encode()})
        result = grade_submission(submission, against, limits)
        if result.notebook is None:
            faults.append(f"The {student} notebook could not be graded: {' '.join(result.problems)}")
            continue
        for cell in result.cells:
            wanted = 0.0 if student == "blank" else None if cell.exercise in by_hand else cell.max_score
            if cell.grade_id not in needs_data and cell.score != wanted:
                said = f": {cell.error}" if cell.error else ""
                faults.append(f"The {student} gets {cell.score} of {cell.max_score} for {cell.exercise}{said}")
    return faults
