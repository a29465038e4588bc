"""What grading leaves on disk, as JSON that is never half written.

A `Result` is what a worker found out about a submission's bytes; it lies in `results/<assignment>/.results/<key>.json`
until no record refers to it. A `SubmissionResult` is one student's record, `results/<assignment>/<student>.json`.
"""

from __future__ import annotations

import dataclasses
import json
import os
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

SCHEMA = 3
PART = ".part"  # the end of the name of a file that is being written

# "not gradable" is the submission's fault; "failed" may be the machine's, so it is tried again the next time.
Status = Literal["graded", "waiting for data", "needs manual grading", "not gradable", "failed"]


@dataclass(frozen=True)
class Diagnosis:
    """A known mistake in an answer, by its name in the course's files, and what the student should read about it."""

    mistake: str
    message: str


@dataclass(frozen=True)
class CellResult:
    """One grade cell. `score` is None while it waits for a person or for data that the grading machine lacks;
    `error` is what its tests said, in a line; `outside` the judge's verdict, None where it was not asked;
    `diagnosis` what is known about a wrong answer."""

    grade_id: str
    score: float | None
    max_score: float
    error: str | None = None
    outside: str | None = None
    diagnosis: Diagnosis | None = None


@dataclass(frozen=True)
class Usage:
    """What a submission took: wall clock, and the peak memory of all its processes (0 where unknown)."""

    seconds: float
    memory_mb: float


@dataclass(frozen=True)
class Result:
    """What became of a submission's bytes. Nothing but `usage` depends on when or on which machine it was graded.

    `cells` are the assignment's grade cells in the notebook's order, `unchanged` the grade ids of answers that are as
    they were given out, `problems` sentences for the instructor, `flags` such on points that the judge outside did not
    give, with the evidence, `notebook` the notebook as it was run, as JSON.
    """

    status: Status
    cells: tuple[CellResult, ...]
    unchanged: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    usage: Usage = Usage(0.0, 0.0)
    notebook: str | None = None
    schema: int = SCHEMA

    def write(self, path: Path) -> None:
        """Write it as JSON; an interruption leaves the old file or the new one."""
        _write(path, dataclasses.asdict(self))

    @classmethod
    def read(cls, path: Path) -> Result | None:
        """The result at `path`; None where there is none that this version can read."""
        try:
            return cls.of_json(path.read_bytes())
        except OSError:
            return None

    def to_json(self) -> bytes:
        """What `write` writes."""
        return _json(dataclasses.asdict(self))

    @classmethod
    def of_json(cls, written: bytes) -> Result | None:
        """The result that `to_json` gave; None where this version cannot read it."""
        try:
            data = _checked(json.loads(written))
            notebook = data["notebook"]
            if not (notebook is None or isinstance(notebook, str)):
                return None
            lists = {
                "cells": tuple(CellResult(**_diagnosed(cell)) for cell in data["cells"]),
                "unchanged": tuple(data["unchanged"]),
                "problems": tuple(data["problems"]),
                "flags": tuple(data["flags"]),
                "usage": Usage(**data["usage"]),
            }
            return cls(**data | lists)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return None


@dataclass(frozen=True)
class ExerciseResult:
    """One graded exercise, as a `CellResult` under the exercise's name."""

    exercise: str
    score: float | None
    max_score: float
    error: str | None = None
    outside: str | None = None
    diagnosis: Diagnosis | None = None


@dataclass(frozen=True)
class SubmissionResult:
    """What became of one student's submission. `problems` and `flags` are sentences for the instructor,
    who alone sees this record.

    `key` is a SHA-256 sum of what was handed in, what it was graded against, and what graded it: a submission whose
    record has the same is not graded again.
    """

    assignment: str
    student: str
    status: Status
    score: float
    max_score: float
    key: str
    exercises: tuple[ExerciseResult, ...] = ()
    problems: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    schema: int = SCHEMA

    @classmethod
    def of(cls, assignment: str, student: str, key: str, result: Result) -> SubmissionResult:
        """The record of `result`; what could not be graded has a score of 0 and no exercises."""
        graded = result.status not in ("failed", "not gradable")
        return cls(
            assignment=assignment,
            student=student,
            status=result.status,
            score=sum(cell.score or 0.0 for cell in result.cells),
            max_score=sum(cell.max_score for cell in result.cells),
            key=key,
            exercises=tuple(
                ExerciseResult(
                    cell.grade_id.removeprefix("test_"),
                    cell.score,
                    cell.max_score,
                    cell.error,
                    cell.outside,
                    cell.diagnosis,
                )
                for cell in result.cells
                if graded
            ),
            problems=result.problems,
            flags=result.flags,
        )

    def write(self, path: Path) -> None:
        """Write it as JSON; an interruption leaves the old file or the new one."""
        _write(path, dataclasses.asdict(self))

    @classmethod
    def read(cls, path: Path) -> SubmissionResult | None:
        """The record at `path`; None where there is none that this version can read."""
        try:
            data = _checked(json.loads(path.read_bytes()))
            exercises = tuple(ExerciseResult(**_diagnosed(exercise)) for exercise in data["exercises"])
            lists = {"exercises": exercises, "problems": tuple(data["problems"]), "flags": tuple(data["flags"])}
            return cls(**data | lists)
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return None


def _diagnosed(data: dict[str, Any]) -> dict[str, Any]:
    return data | {"diagnosis": Diagnosis(**data["diagnosis"]) if data["diagnosis"] else None}


def _write(path: Path, data: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{uuid.uuid4().hex}{PART}")
    try:
        with part.open("xb") as file:
            file.write(_json(data))
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _json(data: dict[str, Any]) -> bytes:
    return (json.dumps(data, indent=1, ensure_ascii=False) + "\n").encode()


def _checked(data: dict[str, Any]) -> dict[str, Any]:
    if data["schema"] != SCHEMA or data["status"] not in get_args(Status):
        raise ValueError("of another version")
    return data
