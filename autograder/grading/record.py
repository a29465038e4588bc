"""The result of one submission, as it lies in `results/<assignment>/<student>.json` beside the gradebook."""

from __future__ import annotations

import dataclasses
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

SCHEMA = 1

# "not gradable" is the submission's fault; "failed" may be the machine's, so it is tried again the next time.
Status = Literal["graded", "waiting for data", "needs manual grading", "not gradable", "failed"]


@dataclass(frozen=True)
class ExerciseResult:
    """One graded exercise. `score` is None while it waits for a person or for data that the grading machine lacks;
    `error` is what its tests said, in a line."""

    exercise: str
    score: float | None
    max_score: float
    error: str | None = None


@dataclass(frozen=True)
class SubmissionResult:
    """What became of one submission. `problems` are sentences for the instructor, who alone sees this record.

    `submission` and `source` are SHA-256 sums of what was graded and of the notebook it was graded against: a
    submission whose record has the same two is not graded again.
    """

    assignment: str
    student: str
    status: Status
    score: float
    max_score: float
    seconds: float
    submission: str
    source: str
    exercises: tuple[ExerciseResult, ...] = ()
    problems: tuple[str, ...] = ()
    schema: int = SCHEMA

    def write(self, path: Path) -> None:
        """Write the record as JSON; an interruption leaves the old one or the new one, never half of either."""
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(path.name + ".part")
        temporary.write_text(
            json.dumps(dataclasses.asdict(self), indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
        )
        os.replace(temporary, path)

    @classmethod
    def read(cls, path: Path) -> SubmissionResult | None:
        """The record at `path`; None where there is none that this version can read."""
        try:
            data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            if data.get("schema") != SCHEMA:
                return None
            exercises = tuple(ExerciseResult(**exercise) for exercise in data.pop("exercises"))
            return cls(**data | {"exercises": exercises, "problems": tuple(data["problems"])})
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return None
