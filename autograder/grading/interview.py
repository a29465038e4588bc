"""Ask a submission's answers from outside: in a second, fresh kernel that no test ever enters.

1. The restored notebook is run there without its test cells; where such a cell stood, what it tests is asked.
2. All in one request, which takes a moment. Where a cell or an answer ends or hangs that kernel, what was not answered
   is asked step by step in others.
3. What comes back is a stranger's: `autograder.judge` reads it.

Cells that spoilt the first run's kernel are left out, and so are questions about what spoilt its tests.
"""

from __future__ import annotations

import ast
import dataclasses
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from autograder.authoring.cells import HIDDEN
from autograder.grading.execute import Execution, Run
from autograder.grading.restore import grade_id
from autograder.judge.answers import MIME, Answer, Unreadable, read_answer
from autograder.judge.questions import Questions
from autograder.limits import Limits

LEAST_SHARE = 0.25  # of the notebook's seconds, however long the tests took
_MOST_CHARACTERS = 32 << 20  # of all answers together


@dataclass(frozen=True)
class Interview:
    """What came back, by exercise that was asked about, None for silence; `incidents` are sentences for the
    instructor."""

    answers: Mapping[str, Answer | None]
    incidents: tuple[str, ...] = ()
    seconds: float = 0.0
    memory_mb: float = 0.0


def interview(
    ran: Execution,
    files: Mapping[str, bytes],
    limits: Limits,
    questions: Questions,
    seed: int,
    sealed: Mapping[str, bytes] | None = None,
) -> Interview:
    """Ask what the notebook that was run answers, and for predictions on `sealed`: what exercises that are scored are
    shown, as .npz. Raises KernelError where no kernel can be had."""
    sealed = sealed or {}
    files = {**files, **{f"{exercise}.npz": shown for exercise, shown in sealed.items()}}
    steps = list(steps_of(ran, questions, sealed))
    asked = [step.text for step in steps if step.kind == "ask"]
    if not asked:
        return Interview({})
    start = time.monotonic()
    end = start + max(limits.notebook_seconds - ran.seconds, LEAST_SHARE * limits.notebook_seconds)
    heard = _Heard()
    runs = []
    if not ran.spoilt and not any(step.kind == "run" and "await" in step.text for step in steps):
        # Longer than the tests took, but for a cell that hangs, need not be waited for.
        quick = dataclasses.replace(limits, cell_seconds=limits.cell_seconds + ran.seconds, crashes=0)
        runs.append(_run([all_at_once(questions, steps, seed)], files, quick, end, heard))
    if missing := [exercise for exercise in asked if exercise not in heard.said]:
        runs.append(_run(one_by_one(questions, steps, seed, missing), files, limits, end, heard))
    return Interview(
        {exercise: heard.answer(exercise) for exercise in asked},
        tuple(f"While its answers were asked: {incident}" for incident in runs[-1].incidents),
        time.monotonic() - start,
        max(run.memory_mb for run in runs),
    )


@dataclass(frozen=True)
class Step:
    """Something to be done in the kernel: to run a cell of which `text` is the source, or to ask about the exercise
    `text`. `name` is what its cell is called where something goes wrong."""

    kind: Literal["run", "ask"]
    text: str
    name: str


def steps_of(ran: Execution, questions: Questions, scored: Iterable[str] = ()) -> Iterator[Step]:
    """The way through the notebook; `scored` are exercises to be asked for their predictions."""
    exercises, asked = dict(questions.of_cell) | {name: name for name in scored}, set()
    for number, cell in enumerate(ran.notebook.cells):
        if cell.cell_type != "code" or number in ran.spoilt:
            continue
        name = grade_id(cell) or ""
        nbgrader = cell.metadata.get("nbgrader", {})
        if nbgrader.get("grade") and nbgrader.get("locked"):
            if names := definitions(cell.source):
                yield Step("run", names, name)
            if (exercise := exercises.get(name)) is not None and exercise not in asked:
                asked.add(exercise)
                yield Step("ask", exercise, name)
        elif cell.source.strip():
            yield Step("run", cell.source, name or f"number {number + 1}")


def definitions(source: str) -> str:
    """What a test cell defines in its visible part, but for tests: an answer may count on what it imports."""
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
    return "\n".join(ast.unparse(one) for one in kept if not getattr(one, "name", "").startswith(("test_", "score_")))


def all_at_once(questions: Questions, steps: Iterable[Step], seed: int) -> NotebookNode:
    """One cell that takes all steps."""
    taken = [(step.kind, step.text) for step in steps]
    return _program(questions, f"run_steps({taken!r}, {seed})")


def one_by_one(questions: Questions, steps: Iterable[Step], seed: int, asked: Iterable[str]) -> list[NotebookNode]:
    """A cell for each step, with only the exercises `asked` of those to be asked about."""
    cells = [_program(questions, "stay()")]
    asked = set(asked)
    for step in steps:
        if step.kind == "run":
            cells.append(new_code_cell(step.text, metadata={"nbgrader": {"grade_id": step.name}}))
        elif step.text in asked:
            ask = f"__import__('sys').modules['interview'].ask_about({step.text!r}, {seed})"
            # As a test it is not run again in another kernel, and what needs data may take longer.
            metadata = {"nbgrader": {"grade_id": step.name, "grade": True}}
            tags = {"tags": ["needs:sealed"]} if step.text in questions.scores else {}
            cells.append(new_code_cell(ask, metadata=metadata | tags))
    return cells


def _program(questions: Questions, call: str) -> NotebookNode:
    text = f"{questions.program}\n{call}"
    return new_code_cell(f"exec({text!r}, {{'__name__': 'interview'}})")


def _run(cells: list[NotebookNode], files: Mapping[str, bytes], limits: Limits, end: float, heard: _Heard) -> Execution:
    left = dataclasses.replace(limits, notebook_seconds=max(end - time.monotonic(), 0.0))
    known = dict(heard.said)

    def begin() -> None:
        heard.said = {exercise: list(answers) for exercise, answers in known.items()}

    return Run(new_notebook(cells=cells), files, left, heard.listen, begin).execute()


@dataclass
class _Heard:
    """What came back so far."""

    said: dict[str, list[Answer]] = field(default_factory=dict)
    characters: int = 0

    def listen(self, shown: Mapping[str, Any]) -> bool:
        """Take an answer; nothing else that is shown is of interest."""
        message = shown.get(MIME)
        self.characters += len(message) if isinstance(message, str) else 0
        if self.characters <= _MOST_CHARACTERS:
            with suppress(Unreadable):
                answer = read_answer(message)
                self.said.setdefault(answer.exercise, []).append(answer)
        return True

    def answer(self, exercise: str) -> Answer | None:
        """The one answer; an honest kernel gives no second."""
        match self.said.get(exercise, []):
            case [answer]:
                return answer
            case []:
                return None
        return Answer(exercise, None, "it answered more than once")
