"""Find which known mistakes a submission makes: what failed, compared with what the answers that the course knows give.

1. The known answers are asked in kernels like the students', so their numbers come from the same libraries, and no
   process of the grader's has to import them. They see the course's own code only.
2. They are asked about an exercise once for a class and its seed, when somebody first fails it, and what they gave is
   kept on disk, for all workers and later runs. About all that a submission fails they are asked in one go.
3. `autograder.judge.diagnosis` compares plain data with plain data.
"""

from __future__ import annotations

import dataclasses
import fcntl
import functools
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from autograder.course import Course
from autograder.edits import EditedAnswer, combined_pairs, read_edits
from autograder.files import write_text
from autograder.grading.execute import Run
from autograder.grading.question_run import QuestionRun, steps_of
from autograder.grading.record import CellResult, RecordedMistake
from autograder.grading.score import unchanged
from autograder.grading.verdicts import Examination
from autograder.judge.answers import MIME, Unreadable, read_answer
from autograder.judge.diagnosis import Data, Diagnosis, Judged, KnownData, Replaced, diagnose_all
from autograder.judge.questions import Questions
from autograder.limits import Limits
from autograder.submissions.restore import grade_id, restore

SECONDS = 120.0  # for what is known about all exercises of an assignment
_OUTPUT_MB = 256.0
_PAIRS: Replaced = (("", "two mistakes"),)  # whoever asks about pairs of an exercise holds this lock
_IN_KERNEL = Path(__file__).parents[1] / "in_kernel" / "known_answers.py"
_CALL = """
run_steps({steps!r}, {seed})
known = KnownAnswers(get_ipython().user_ns, {known!r}, as_at_start)
for exercise in {exercises!r}:
    for one in known.ask(exercise, {replaced!r}, {seed}, {chosen!r}):
        publish_display_data({{MIME: json.dumps({{"exercise": exercise, "data": encode(one)}})}}, {{}})
"""


@dataclass(frozen=True)
class KnownFiles:
    """The text of the files that hold what is asked and which answers are known."""

    asking: str
    questions: str
    mistakes: str
    others: str
    edits: tuple[EditedAnswer, ...]  # the mistakes that are written as edits


@dataclass(frozen=True)
class Reference:
    """The reference notebook that known answers are asked with, and how they are asked."""

    source: str  # the source notebook's JSON
    files: tuple[tuple[str, bytes], ...]  # (path, content) of the files next to it
    known: KnownFiles
    questions: Questions
    seed: int
    limits: Limits
    store: str = ""  # the folder that keeps the answers' data; "" where nothing is kept


def course_known_files(course: Course, assignment: str) -> KnownFiles:
    """The assignment's files; the right answers may be missing, they are of use only where exercises build on each
    other."""
    mistakes, others = course.mistakes(assignment), course.others(assignment)
    files = {"asking": course.asking, "questions": course.questions(assignment), "mistakes": mistakes, "others": others}
    texts = {name: path.read_text(encoding="utf-8") if path.is_file() else "" for name, path in files.items()}
    return KnownFiles(**texts, edits=tuple(read_edits(course.solution(assignment), others, mistakes)))


def name_mistakes(
    cells: Iterable[CellResult],
    run: QuestionRun,
    examination: Examination,
    notebook: NotebookNode,
    reference: Reference,
) -> tuple[CellResult, ...]:
    """The cells with what is known about the answers that the judge found wrong.

    `run` is what came back from asking, `notebook` the student's. Raises KernelError where no kernel can be had.
    """
    cells = list(cells)
    exercise_of = dict(reference.questions.of_cell)
    exercises = [exercise_of.get(cell.grade_id, "") for cell in cells]
    sources = {name: cell.source for cell in notebook.cells if (name := grade_id(cell)) in exercises}
    untouched = unchanged(notebook)
    failed = {}
    for cell, exercise in zip(cells, exercises, strict=True):
        answer = run.answers.get(exercise)
        if cell.carried or cell.verdict != "differs" or exercise in untouched:
            continue
        if answer is not None and answer.data is not None:
            failed[exercise] = answer.data
    found = diagnose_failed(failed, examination.expected, sources, reference)
    return tuple(
        dataclasses.replace(cell, mistake=_recorded(exercise, found[exercise])) if exercise in found else cell
        for cell, exercise in zip(cells, exercises, strict=True)
    )


def _recorded(exercise: str, found: Diagnosis) -> RecordedMistake:
    where = found.earlier if found.earlier and not found.own else exercise
    return RecordedMistake(f"{where}__{found.mistake}", found.text)


def diagnose_failed(
    failed: Mapping[str, Data], expected: Mapping[str, Data], sources: Mapping[str, str], reference: Reference
) -> dict[str, Diagnosis]:
    """What is known about the exercises whose data are `failed`, in the notebook's order; `expected` are the
    reference's data, `sources` the student's answers as text."""
    judged = {
        question.exercise: Judged(question, reference.questions, expected[question.exercise], reference.seed)
        for question in reference.questions.questions
        if question.exercise in expected
    }
    failed = {name: data for name, data in failed.items() if name in judged}
    if not failed:
        return {}
    store = _store(reference)
    store.ask(list(failed), ())
    return diagnose_all(failed, judged, store.about, sources, store.pairs)


class _Store:
    """What known answers gave so far, in memory and on disk."""

    def __init__(self, reference: Reference) -> None:
        self.reference = reference
        self.folder = _folder_to_keep(reference.store)
        self.found: dict[tuple[str, Replaced], list[KnownData]] = {}

    def about(self, exercise: str, replaced: Replaced) -> list[KnownData]:
        """What the known answers to an exercise give."""
        self.ask([exercise], replaced)
        return self.found[exercise, replaced]

    def ask(self, exercises: Sequence[str], replaced: Replaced) -> None:
        """Have what the known answers to all these exercises give; what nobody has asked yet is asked in one kernel."""
        missing = [exercise for exercise in exercises if (exercise, replaced) not in self.found]
        with self._locked(missing, replaced):
            missing = [exercise for exercise in missing if not self._read(exercise, replaced)]
            if missing:
                for exercise, texts in self._asked(missing, replaced).items():
                    self._keep(exercise, replaced, texts)

    def pairs(self, exercise: str, pairs: Sequence[tuple[str, str]]) -> list[KnownData]:
        """What the answers with two mistakes at once give, of those pairs that are edits which can be combined."""
        made = {((exercise, one.name),): one for one in combined_pairs(self.reference.known.edits, exercise, pairs)}
        missing = [key for key in made if (exercise, key) not in self.found]
        with self._locked([exercise] if missing else [], _PAIRS):
            missing = [key for key in missing if not self._read(exercise, key)]
            texts = self._asked([exercise], (), tuple(made[key] for key in missing))[exercise] if missing else []
            named = [({one.name for one in _parsed([text])}, text) for text in texts]
            for key in missing:
                name = made[key].name.partition("__")[2]
                self._keep(exercise, key, [text for names, text in named if name in names])
        return [one for key in made for one in self.found[exercise, key]]

    def _keep(self, exercise: str, replaced: Replaced, texts: list[str]) -> None:
        if self.folder:
            write_text(self._path(exercise, replaced), json.dumps(texts))
        self.found[exercise, replaced] = _parsed(texts)

    def _asked(
        self, exercises: Sequence[str], replaced: Replaced, edits: tuple[EditedAnswer, ...] = ()
    ) -> dict[str, list[str]]:
        """What the known answers give, or else what these `edits` give, as it was sent."""
        texts: dict[str, list[str]] = {exercise: [] for exercise in exercises}

        def listen(shown: Mapping[str, Any]) -> bool:
            message = shown.get(MIME)
            with suppress(Unreadable):
                texts[read_answer(message).exercise].append(str(message))
            return True

        limits = dataclasses.replace(
            self.reference.limits, cell_seconds=SECONDS, notebook_seconds=SECONDS, output_mb=_OUTPUT_MB, crashes=0
        )
        cells = [new_code_cell(_program(self.reference, exercises, replaced, edits))]
        Run(new_notebook(cells=cells), dict(self.reference.files), limits, listen).execute()
        return texts

    def _read(self, exercise: str, replaced: Replaced) -> bool:
        """Take what another process, or an earlier run, has kept."""
        if self.folder is None:
            return False
        try:
            texts = json.loads(self._path(exercise, replaced).read_bytes())
        except (OSError, ValueError):
            return False
        self.found[exercise, replaced] = _parsed(texts)
        return True

    @contextmanager
    def _locked(self, exercises: Iterable[str], replaced: Replaced) -> Iterator[None]:
        """Have nobody else ask about the same meanwhile: who comes second reads what the first has kept."""
        with ExitStack() as stack:
            for exercise in sorted(exercises if self.folder else ()):  # in one order, so that nobody waits in a circle
                path = self._path(exercise, replaced).with_suffix(".lock")
                path.parent.mkdir(parents=True, exist_ok=True)
                fcntl.flock(stack.enter_context(path.open("w")), fcntl.LOCK_EX)
            yield

    def _path(self, exercise: str, replaced: Replaced) -> Path:
        assert self.folder is not None
        about = hashlib.sha256(json.dumps([exercise, replaced]).encode()).hexdigest()[:16]
        return self.folder / f"{exercise}-{about}.json"


def _folder_to_keep(store: str) -> Path | None:
    """The folder `store`; None where there is none, as on a machine of a cluster that does not see the course."""
    folder = Path(store)
    with suppress(OSError):
        folder.mkdir(exist_ok=True)
    return folder if store and os.access(folder, os.W_OK) else None


def _parsed(texts: Iterable[str]) -> list[KnownData]:
    answers = (read_answer(text).data for text in texts)
    return [KnownData(**data | {"uses": tuple(data["uses"])}) for data in answers if data is not None]


@functools.lru_cache(maxsize=2)
def _store(reference: Reference) -> _Store:
    return _Store(reference)


def _program(
    reference: Reference, exercises: Sequence[str], replaced: Replaced, edits: tuple[EditedAnswer, ...]
) -> str:
    known = dataclasses.replace(reference.known, edits=edits) if edits else reference.known
    source = nbformat.reads(reference.source, as_version=4)
    steps = steps_of(restore(source, source), reference.questions, reference.limits)
    call = _CALL.format(
        steps=[step.told for step in steps if step.kind == "run"],
        seed=reference.seed,
        known=dataclasses.asdict(known),
        exercises=list(exercises),
        replaced=dict(replaced),
        chosen=[edit.name.partition("__")[2] for edit in edits],
    )
    beside = _IN_KERNEL.read_text(encoding="utf-8")
    text = f"""
names, program = {{'__name__': 'known_answers'}}, {{'__name__': 'asking'}}
exec({beside!r}, names)
exec({reference.questions.program!r}, program)
exec({call!r}, program | {{'KnownAnswers': names['KnownAnswers']}})
"""
    return f"exec({text!r}, {{}})"
