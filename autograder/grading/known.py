"""Which known mistakes a submission makes: what failed, beside what the answers that the course knows give.

1. The known answers are asked in kernels like the students', so their numbers come from the same libraries, and no
   process of the grader's has to import them. They see the course's own code only.
2. They are asked about an exercise once a process, when somebody first fails it; about all that a submission fails in
   one go, since most of the time goes into getting there.
3. `autograder.judge.diagnosis` compares plain data with plain data.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from autograder.course import Course
from autograder.grading import record
from autograder.grading.execute import Execution, Run
from autograder.grading.interview import Interview, steps_of
from autograder.grading.outside import Examination
from autograder.grading.record import CellResult
from autograder.grading.restore import grade_id, restore
from autograder.grading.score import unchanged
from autograder.judge import stand_ins
from autograder.judge.answers import MIME, Unreadable, read_answer
from autograder.judge.diagnosis import Data, Diagnosis, Judged, Replaced, StandIn, diagnose_all
from autograder.judge.questions import Question, Questions
from autograder.judge.verdict import accepts
from autograder.limits import Limits

SECONDS = 120.0  # for what is known about all exercises of an assignment
_OUTPUT_MB = 256.0
_MOST_KEPT = 500
_STAND_INS = Path(stand_ins.__file__)
_CALL = """
run_steps({steps!r}, {seed})
stage = Stage(get_ipython().user_ns, {files!r})
for exercise in {exercises!r}:
    for one in stage.ask(exercise, {replaced!r}, {seed}):
        publish_display_data({{MIME: json.dumps({{"exercise": exercise, "data": encode(one)}})}}, {{}})
"""


@dataclass(frozen=True)
class KnownFiles:
    """The text of the files that hold what answers are known: the contract, wrong ones, and right ones."""

    contract: str
    wrong: str
    right: str


@dataclass(frozen=True)
class Reference:
    """What known answers stand beside: the source notebook's JSON and the files beside it; and how they are asked."""

    source: str
    files: tuple[tuple[str, bytes], ...]
    known: KnownFiles
    questions: Questions
    seed: int
    limits: Limits


def course_known_files(course: Course, assignment: str) -> KnownFiles:
    """The files of known answers; the right ones may be missing, they are of use only where exercises build on each
    other."""
    wrong = course.probes(assignment)
    right = course.root / "tests" / "alternatives" / f"{assignment}.py"
    return KnownFiles(
        contract=wrong.with_name("__init__.py").read_text(encoding="utf-8"),
        wrong=wrong.read_text(encoding="utf-8"),
        right=right.read_text(encoding="utf-8") if right.is_file() else "",
    )


def diagnosed(
    cells: Iterable[CellResult],
    asked: Interview,
    examination: Examination,
    notebook: NotebookNode,
    reference: Reference,
) -> tuple[CellResult, ...]:
    """The cells with what is known about the answers that the judge found wrong.

    `asked` is what was said to the judge in the interview, `notebook` the student's. Raises KernelError where no kernel
    can be had.
    """
    cells = list(cells)
    about = (reference.questions.about(cell.grade_id) for cell in cells)
    exercises = [question.exercise if question else "" for question in about]
    sources = {name: cell.source for cell in notebook.cells if (name := grade_id(cell)) in exercises}
    untouched = unchanged(notebook)
    failed = {}
    for cell, exercise in zip(cells, exercises, strict=True):
        answer = asked.answers.get(exercise)
        if cell.outside == "differs" and exercise not in untouched and answer is not None and answer.data is not None:
            failed[exercise] = answer.data
    found = diagnose_failed(failed, examination.expected, sources, reference)
    return tuple(
        dataclasses.replace(cell, diagnosis=_recorded(exercise, found[exercise])) if exercise in found else cell
        for cell, exercise in zip(cells, exercises, strict=True)
    )


def _recorded(exercise: str, found: Diagnosis) -> record.Diagnosis:
    where = found.earlier if found.earlier and not found.own else exercise
    return record.Diagnosis(f"{where}__{found.mistake}", found.text)


def diagnose_failed(
    failed: Mapping[str, Data], expected: Mapping[str, Data | None], sources: Mapping[str, str], reference: Reference
) -> dict[str, Diagnosis]:
    """What is known about the exercises whose data are `failed`, in the notebook's order; `expected` are the
    reference's data, `sources` the student's answers as text."""
    judged = {
        question.exercise: Judged(question, data, _predicate(question, reference.questions))
        for question in reference.questions.questions
        if (data := expected.get(question.exercise)) is not None
    }
    known = _asked_beside(reference)
    failed = {name: data for name, data in failed.items() if name in judged}
    known.ask([name for name in failed if (name, ()) not in known.found], ())
    return diagnose_all(failed, judged, known.about, sources)


def _predicate(question: Question, questions: Questions) -> Callable[[dict[str, Any]], bool] | None:
    return functools.partial(accepts, questions.predicates, question.predicate) if question.predicate else None


@dataclass
class _Asked:
    """What known answers gave so far."""

    reference: Reference
    found: dict[tuple[str, Replaced], list[StandIn]] = field(default_factory=dict)

    def about(self, exercise: str, replaced: Replaced) -> list[StandIn]:
        """What the known answers to an exercise give."""
        if (exercise, replaced) not in self.found:
            self.ask([exercise], replaced)
        return self.found[exercise, replaced]

    def ask(self, exercises: Sequence[str], replaced: Replaced) -> None:
        """Ask the known answers to all these exercises, in one kernel."""
        if not exercises:
            return
        if len(self.found) > _MOST_KEPT:
            self.found.clear()
        found: dict[str, list[StandIn]] = {exercise: [] for exercise in exercises}
        self.found |= {(exercise, replaced): answers for exercise, answers in found.items()}

        def listen(shown: Mapping[str, Any]) -> bool:
            with suppress(Unreadable):
                answer = read_answer(shown.get(MIME))
                if answer.data is not None:
                    found[answer.exercise].append(StandIn(**answer.data | {"uses": tuple(answer.data["uses"])}))
            return True

        limits = dataclasses.replace(
            self.reference.limits, cell_seconds=SECONDS, notebook_seconds=SECONDS, output_mb=_OUTPUT_MB, crashes=0
        )
        cells = [new_code_cell(_program(self.reference, exercises, replaced))]
        Run(new_notebook(cells=cells), dict(self.reference.files), limits, listen).execute()


@functools.lru_cache(maxsize=2)
def _asked_beside(reference: Reference) -> _Asked:
    return _Asked(reference)


def _program(reference: Reference, exercises: Sequence[str], replaced: Replaced) -> str:
    source = nbformat.reads(reference.source, as_version=4)
    ran = Execution(restore(source, source), (), 0.0, 0.0)
    call = _CALL.format(
        steps=[(step.kind, step.text) for step in steps_of(ran, reference.questions) if step.kind == "run"],
        seed=reference.seed,
        files=dataclasses.asdict(reference.known),
        exercises=list(exercises),
        replaced=dict(replaced),
    )
    beside = _STAND_INS.read_text(encoding="utf-8")
    text = f"""
names, program = {{'__name__': 'stand_ins'}}, {{'__name__': 'interview'}}
exec({beside!r}, names)
exec({reference.questions.program!r}, program)
exec({call!r}, program | {{'Stage': names['Stage']}})
"""
    return f"exec({text!r}, {{}})"
