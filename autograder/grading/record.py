"""Read and write what grading leaves on disk: JSON files that are never half written.

A `Result` is what a worker found out about a submission's bytes; it stays in `results/<assignment>/.results/<key>.json`
until no record refers to it. A `SubmissionResult` is one student's record, `results/<assignment>/<student>.json`.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from autograder.files import write_bytes
from autograder.judge.verdict import VerdictKind

SCHEMA = 5

# "not gradable" is the submission's fault; "failed" may be the machine's, so it is tried again the next time.
Status = Literal["graded", "waiting for data", "needs manual grading", "not gradable", "failed"]


@dataclass(frozen=True)
class RecordedMistake:
    """A known mistake in an answer, by its name in the course's files, and what the student should read about it."""

    mistake: str
    message: str


@dataclass(frozen=True)
class CellResult:
    """One grade cell. All but `evidence` and `error` may be read by the student."""

    grade_id: str
    score: float | None  # None while it waits for a person or for data that the grading machine lacks
    max_score: float
    verdict: VerdictKind | None = None  # the judge's; None if no question was asked
    failing: tuple[str, ...] = ()  # the names of the questions that it fails
    said: str = ""  # the judge's sentence about points that it counted
    evidence: str = ""  # a phrase with numbers, for the instructor
    test_passed: bool | None = None  # whether the visible test passes; None if there is no test
    error: str | None = None  # the visible test's message, in a line
    crash: str = ""  # where the answer raises an error, as a sentence
    mistake: RecordedMistake | None = None  # the known mistake in a wrong answer
    # The wrong earlier exercises that it uses, if it is right as soon as these are: then it has its points.
    carried: tuple[str, ...] = ()

    @property
    def exercise(self) -> str:
        """The name of the exercise that the cell tests."""
        return self.grade_id.removeprefix("test_")


@dataclass(frozen=True)
class Usage:
    """Time and memory that a submission took."""

    seconds: float  # wall clock
    memory_mb: float  # the peak of all its processes together; 0 if unknown


@dataclass(frozen=True)
class Result:
    """The outcome of grading a submission's bytes. Only `usage` depends on when or on which machine it was graded."""

    status: Status
    cells: tuple[CellResult, ...]  # the assignment's grade cells, in the notebook's order
    unchanged: tuple[str, ...] = ()  # the grade ids of answers that the student did not change
    problems: tuple[str, ...] = ()  # sentences for the instructor
    incidents: tuple[str, ...] = ()  # sentences, for the student as well, on what went wrong while it ran
    flags: tuple[str, ...] = ()  # sentences with evidence of tampering
    usage: Usage = Usage(0.0, 0.0)
    notebook: str | None = None  # JSON, as it ran with the visible tests
    schema: int = SCHEMA

    def write(self, path: Path) -> None:
        """Write it as JSON; an interruption leaves the old file or the new one."""
        write_bytes(path, _json(dataclasses.asdict(self)))

    @classmethod
    def read(cls, path: Path) -> Result | None:
        """The result at `path`; None if there is none, or none that this version can read."""
        try:
            return cls.of_json(path.read_bytes())
        except OSError:
            return None

    def to_json(self) -> bytes:
        """The JSON that `write` writes."""
        return _json(dataclasses.asdict(self))

    @classmethod
    def of_json(cls, written: bytes) -> Result | None:
        """The result from the JSON of `to_json`; None if this version cannot read it."""
        try:
            data = _checked(json.loads(written))
            notebook = data["notebook"]
            if not (notebook is None or isinstance(notebook, str)):
                return None
            lists = {
                "cells": tuple(CellResult(**_cell(cell)) for cell in data["cells"]),
                "unchanged": tuple(data["unchanged"]),
                "problems": tuple(data["problems"]),
                "incidents": tuple(data["incidents"]),
                "flags": tuple(data["flags"]),
                "usage": Usage(**data["usage"]),
            }
            return cls(**data | lists)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return None


@dataclass(frozen=True)
class SubmissionResult:
    """The record of one student's submission, for the instructor only."""

    assignment: str
    student: str
    status: Status
    score: float
    max_score: float
    # A SHA-256 sum of what was handed in, what it was graded against, and what graded it: a submission whose record has
    # the same key is not graded again.
    key: str
    exercises: tuple[CellResult, ...] = ()
    unchanged: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    incidents: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    schema: int = SCHEMA

    @classmethod
    def of(cls, assignment: str, student: str, key: str, result: Result) -> SubmissionResult:
        """The record of `result`; a submission that could not be graded has a score of 0 and no exercises."""
        graded = result.status not in ("failed", "not gradable")
        return cls(
            assignment=assignment,
            student=student,
            status=result.status,
            score=sum(cell.score or 0.0 for cell in result.cells),
            max_score=sum(cell.max_score for cell in result.cells),
            key=key,
            exercises=result.cells if graded else (),
            unchanged=result.unchanged,
            problems=result.problems,
            incidents=result.incidents,
            flags=result.flags,
        )

    def write(self, path: Path) -> None:
        """Write it as JSON; an interruption leaves the old file or the new one."""
        write_bytes(path, _json(dataclasses.asdict(self)))

    @classmethod
    def read(cls, path: Path) -> SubmissionResult | None:
        """The record at `path`; None if there is none, or none that this version can read."""
        try:
            data = _checked(json.loads(path.read_bytes()))
            exercises = tuple(CellResult(**_cell(exercise)) for exercise in data["exercises"])
            lists = {name: tuple(data[name]) for name in ("unchanged", "problems", "incidents", "flags")}
            return cls(**data | lists | {"exercises": exercises})
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return None


def _cell(data: dict[str, Any]) -> dict[str, Any]:
    mistake = RecordedMistake(**data["mistake"]) if data["mistake"] else None
    return data | {"failing": tuple(data["failing"]), "mistake": mistake, "carried": tuple(data["carried"])}


def _json(data: dict[str, Any]) -> bytes:
    return (json.dumps(data, indent=1, ensure_ascii=False) + "\n").encode()


def _checked(data: dict[str, Any]) -> dict[str, Any]:
    if data["schema"] != SCHEMA or data["status"] not in get_args(Status):
        raise ValueError("of another version")
    return data
