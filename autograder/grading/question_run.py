"""Ask a submission's answers, in a fresh kernel without any tests.

1. The restored notebook is run there without its test cells; in place of each test cell, its exercise is asked.
2. All of this is one request, in which each cell and each question has its own time. If a cell or an answer ends or
   hangs the kernel, the remaining questions are asked step by step in other kernels.
3. The messages that come back are untrusted: `autograder.judge` reads them.

Hidden tests that an author wrote by hand run last, in a kernel of their own, and report a random number when they pass.
"""

from __future__ import annotations

import ast
import dataclasses
import secrets
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from autograder.cells import HIDDEN
from autograder.grading.execute import Execution, Run
from autograder.judge.answers import MIME, QuestionResult, Unreadable, read_answer
from autograder.judge.questions import Questions
from autograder.limits import Limits
from autograder.submissions.restore import grade_id

_MOST_CHARACTERS = 32 << 20  # of all answers together
NONCE = "its tests"  # the name under which a test written by hand reports its random number


@dataclass(frozen=True)
class QuestionRun:
    """The answers of a submission to all questions."""

    answers: Mapping[str, QuestionResult | None]  # by exercise; None if nothing came back
    incidents: tuple[str, ...] = ()  # sentences for the instructor
    flags: tuple[str, ...] = ()  # sentences with evidence of tampering
    seconds: float = 0.0
    memory_mb: float = 0.0


def ask_answers(
    notebook: NotebookNode,
    files: Mapping[str, bytes],
    limits: Limits,
    questions: Questions,
    seed: int,
    shown: Mapping[str, bytes] | None = None,
) -> QuestionRun:
    """Ask the answers in the restored `notebook`. `shown` are the inputs, as .npz, of exercises that are scored by
    their predictions. Raises KernelError if no kernel can be started."""
    shown = shown or {}
    files = {**files, **{f"{exercise}.npz": content for exercise, content in shown.items()}}
    return _ask(list(steps_of(notebook, questions, limits, shown)), files, limits, questions, seed)


def ask_again(
    notebook: NotebookNode,
    files: Mapping[str, bytes],
    limits: Limits,
    questions: Questions,
    seed: int,
    right: Mapping[str, str],
    exercises: Collection[str],
) -> QuestionRun:
    """Ask the answers to `exercises` once more, with right answers to earlier ones: `right` maps an exercise to the
    cell that is run where it would have been asked. Raises KernelError if no kernel can be started."""
    steps = []
    for step in steps_of(notebook, questions, limits):
        if step.kind == "run" or step.text in exercises:
            steps.append(step)
        if step.kind == "ask" and step.text in right:
            steps.append(Step("run", right[step.text], step.name, limits.cell_seconds))
    return _ask(steps, files, limits, questions, seed)


def _ask(
    steps: Sequence[Step], files: Mapping[str, bytes], limits: Limits, questions: Questions, seed: int
) -> QuestionRun:
    asked = [step.text for step in steps if step.kind == "ask"]
    if not asked:
        return QuestionRun({})
    start = time.monotonic()
    heard = _Heard()
    runs = []
    # Questions have time of their own, however slow the notebook's cells are.
    limits = dataclasses.replace(limits, notebook_seconds=limits.notebook_seconds + limits.question_seconds)
    if not any(step.kind == "run" and "await" in step.text for step in steps):
        quick = dataclasses.replace(limits, cell_seconds=limits.notebook_seconds, crashes=0)
        runs.append(_run([all_at_once(questions, steps, seed)], files, quick, heard))
    if missing := [exercise for exercise in asked if exercise not in heard.said]:
        runs.append(_run(one_by_one(questions, steps, seed, missing), files, limits, heard))
    return QuestionRun(
        {exercise: heard.answer(exercise) for exercise in asked},
        incidents=tuple(f"While its answers were asked: {incident}" for incident in runs[-1].incidents),
        flags=(*heard.flags(), *(sentence for run in runs for sentence in run.flags)),
        seconds=time.monotonic() - start,
        memory_mb=max(run.memory_mb for run in runs),
    )


def run_tests_by_hand(
    notebook: NotebookNode, tests: Mapping[str, str], files: Mapping[str, bytes], limits: Limits, questions: Questions
) -> tuple[dict[str, str], QuestionRun]:
    """Run the hidden tests written by hand (grade id to the whole cell's source) in a kernel of their own.

    Returns the random number that each must report, by exercise, and what came back. Raises KernelError.
    """
    nonces = {exercise: secrets.token_hex(16) for name, exercise in questions.of_cell if name in tests}
    cells = [_program(questions, "stay()")]
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type != "code" or (is_test(cell) and grade_id(cell) not in tests):
            continue
        name = grade_id(cell) or f"number {number + 1}"
        if is_test(cell):
            exercise = dict(questions.of_cell)[name]
            report = f"__import__('sys').modules['asking'].report_passed({exercise!r}, {nonces[exercise]!r})"
            test = {"nbgrader": {"grade_id": name, "grade": True}}
            cells.append(new_code_cell(f"{tests[name]}\n{report}", metadata=test))
        else:
            cells.append(new_code_cell(cell.source, metadata={"nbgrader": {"grade_id": name}}))
    heard = _Heard()
    run = _run(cells, files, limits, heard)
    answers = {exercise: heard.answer(exercise) for exercise in nonces}
    flags = (*heard.flags(), *run.flags)
    return nonces, QuestionRun(answers, flags=flags, seconds=run.seconds, memory_mb=run.memory_mb)


@dataclass(frozen=True)
class Step:
    """Something to be done in the kernel."""

    kind: Literal["run", "ask"]
    text: str  # the source of the cell to run, or the exercise to ask about
    name: str  # of its cell, for messages
    seconds: float  # that it may take

    @property
    def told(self) -> tuple[str, str, float]:
        """The step as it is sent to the kernel."""
        return self.kind, self.text, self.seconds


def is_test(cell: NotebookNode) -> bool:
    """Whether the cell holds tests, which students do not write."""
    nbgrader = cell.metadata.get("nbgrader", {})
    return bool(nbgrader.get("grade") and nbgrader.get("locked"))


def steps_of(
    notebook: NotebookNode, questions: Questions, limits: Limits, scored: Iterable[str] = ()
) -> Iterator[Step]:
    """The steps through the notebook; exercises in `scored` are asked for their predictions."""
    exercises = dict(questions.of_cell) | {name: name for name in scored}
    asked: set[str] = set()
    askable = {question.exercise for question in questions.questions} | set(scored)
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type != "code":
            continue
        name = grade_id(cell) or ""
        if is_test(cell):
            if names := definitions(cell.source):
                yield Step("run", names, name, limits.cell_seconds)
            exercise = exercises.get(name)
            if exercise in askable - asked:
                asked.add(exercise)
                yield Step("ask", exercise, name, limits.score_seconds if name in scored else limits.cell_seconds)
        elif cell.source.strip():
            yield Step("run", cell.source, name or f"number {number + 1}", limits.cell_seconds)


def definitions(source: str) -> str:
    """The imports and definitions, except tests, in the visible part of a test cell: an answer may use them."""
    lines, hidden = [], False
    for line in source.splitlines():
        hidden = hidden or line.strip() == HIDDEN[0]
        lines.append("" if hidden else line)
        hidden = hidden and line.strip() != HIDDEN[1]
    try:
        statements = ast.parse("\n".join(lines)).body
    except (SyntaxError, ValueError):
        return ""
    kinds = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)
    kept = (statement for statement in statements if isinstance(statement, kinds))
    return "\n".join(ast.unparse(one) for one in kept if not getattr(one, "name", "").startswith("test_"))


def all_at_once(questions: Questions, steps: Iterable[Step], seed: int) -> NotebookNode:
    """One cell that runs all steps."""
    return _program(questions, f"run_steps({[step.told for step in steps]!r}, {seed})")


def one_by_one(questions: Questions, steps: Iterable[Step], seed: int, asked: Iterable[str]) -> list[NotebookNode]:
    """A cell for each step, without questions about exercises that are not in `asked`."""
    cells = [_program(questions, "stay()")]
    asked = set(asked)
    for step in steps:
        if step.kind == "run":
            cells.append(new_code_cell(step.text, metadata={"nbgrader": {"grade_id": step.name}}))
        elif step.text in asked:
            ask = f"__import__('sys').modules['asking'].ask_about({step.text!r}, {seed})"
            # Marked as a test, it is not run again in another kernel; the tag gives a score more time.
            metadata = {"nbgrader": {"grade_id": step.name, "grade": True}}
            tags = {"tags": ["needs:shown"]} if step.text in questions.scores else {}
            cells.append(new_code_cell(ask, metadata=metadata | tags))
    return cells


def _program(questions: Questions, call: str) -> NotebookNode:
    text = f"{questions.program}\n{call}"
    return new_code_cell(f"exec({text!r}, {{'__name__': 'asking'}})")


def _run(cells: list[NotebookNode], files: Mapping[str, bytes], limits: Limits, heard: _Heard) -> Execution:
    known = dict(heard.said)

    def begin() -> None:
        heard.said = {exercise: list(answers) for exercise, answers in known.items()}

    return Run(new_notebook(cells=cells), files, limits, heard.listen, begin).execute()


@dataclass
class _Heard:
    """The answers that have come back so far."""

    said: dict[str, list[QuestionResult]] = field(default_factory=dict)
    characters: int = 0
    unreadable: int = 0

    def listen(self, shown: Mapping[str, Any]) -> bool:
        """Store an answer; all other output is dropped."""
        if (message := shown.get(MIME)) is None:
            return True
        self.characters += len(message) if isinstance(message, str) else 0
        if self.characters <= _MOST_CHARACTERS:
            try:
                answer = read_answer(message)
            except Unreadable:
                self.unreadable += 1
            else:
                self.said.setdefault(answer.exercise, []).append(answer)
        return True

    def answer(self, exercise: str) -> QuestionResult | None:
        """The answer, if there is exactly one: an honest kernel sends no second."""
        match self.said.get(exercise, []):
            case [answer]:
                return answer
            case []:
                return None
        return QuestionResult(exercise, None, "it answered more than once")

    def flags(self) -> Iterator[str]:
        """Sentences on messages that no honest kernel sends."""
        for exercise, answers in self.said.items():
            if len(answers) > 1:
                yield f"{exercise}: its kernel answered {len(answers)} times, which no kernel does by itself."
            elif answers[0].unreadable:
                yield f"{exercise}: its kernel sent an answer that no question can give ({answers[0].failed})."
        if self.unreadable:
            yield f"Its kernel sent {self.unreadable} answers that cannot be read."
