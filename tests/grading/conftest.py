"""Grading without other processes: an executor that runs tasks where they are submitted, and no kernel."""

from __future__ import annotations

import ast
import contextlib
import io
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_output

from autograder.course import Course
from autograder.gradebook.book import open_gradebook
from autograder.grading import question_run, worker
from autograder.grading.execute import Execution
from autograder.grading.question_run import QuestionRun, Step
from autograder.judge.answers import MIME, QuestionResult, read_answer
from autograder.judge.questions import Questions
from autograder.limits import Limits

Notebook = nbformat.NotebookNode


class Here(Executor):
    """Runs each task at once, in this process; `graded` lists the submissions' files that were given to it."""

    def __init__(self) -> None:
        self.graded: list[Mapping[str, bytes]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        if fn is worker.grade_submission:
            self.graded.append(args[0].files)
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


def run_plainly(
    notebook: Notebook, files: Mapping[str, bytes], limits: Limits, questions: Questions | None = None
) -> Execution:
    """What a kernel would show of plain Python, for tests that are about something else."""
    names: dict[str, Any] = {}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            text, cell.outputs = io.StringIO(), []
            try:
                with contextlib.redirect_stdout(text):
                    exec(compile(ast.parse(cell.source), "cell", "exec"), names)
            except Exception as error:
                cell.outputs.append(new_output("error", ename=type(error).__name__, evalue=str(error), traceback=[]))
            if text.getvalue():
                cell.outputs.insert(0, new_output("stream", name="stdout", text=text.getvalue()))
    return Execution(notebook, (), 0.25, 100.0)


def ask_plainly(
    steps: Sequence[Step], files: Mapping[str, bytes], limits: Limits, questions: Questions, seed: int
) -> QuestionRun:
    """What a kernel would answer, from plain Python."""
    program: dict[str, Any] = {}
    exec(questions.program, program)
    names: dict[str, Any] = {}
    said: list[str] = []
    answers: dict[str, QuestionResult | None] = {}
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        for name, content in files.items():
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            Path(name).write_bytes(content)
        program["HERE"] = folder
        program["START"].folder = folder
        for step in steps:
            if step.kind == "ask":
                program["ask_about"](step.text, names, seed, lambda data, _: said.append(data[MIME]))
                answers[step.text] = read_answer(said.pop())
            else:
                with contextlib.suppress(Exception), contextlib.redirect_stdout(io.StringIO()):
                    exec(step.text, names)
    return QuestionRun(answers, seconds=0.25, memory_mb=50.0)


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> Here:
    """An executor of this process in which cells run as plain Python."""
    monkeypatch.setattr(worker, "run_visibly", run_plainly)
    monkeypatch.setattr(question_run, "_ask", ask_plainly)
    monkeypatch.setattr(worker, "name_mistakes", lambda cells, *_: tuple(cells))
    return Here()


def hand_in(course: Course, student: str, notebook: Notebook | str | bytes, **beside: str) -> None:
    """Put a notebook where it is to be graded, and files beside it (name without its ending .txt, content)."""
    path = course.submitted(student, "a1_toy")
    path.parent.mkdir(parents=True, exist_ok=True)
    if not isinstance(notebook, (str, bytes)):
        notebook = nbformat.writes(notebook)
    path.write_bytes(notebook if isinstance(notebook, bytes) else notebook.encode())
    for name, content in beside.items():
        (path.parent / f"{name}.txt").write_text(content)


def gradebook_of(course: Course) -> dict[str, Any]:
    """All that nbgrader shows or exports of each student."""
    with open_gradebook(course) as gradebook:
        return {
            submission.student_id: {
                "score": submission.score,
                "penalty": notebook.late_submission_penalty,
                "timestamp": submission.timestamp,
                "by hand": submission.needs_manual_grade,
                "cells": {g.name: (g.auto_score, g.score, g.max_score, g.needs_manual_grade) for g in notebook.grades},
                "comments": {comment.name: comment.comment for comment in notebook.comments},
            }
            for submission in gradebook.assignment_submissions("a1_toy")
            for notebook in submission.notebooks
        }
