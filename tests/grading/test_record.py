"""Is a record read back as it was written, and is anything else refused?"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from autograder.grading.record import ExerciseResult, SubmissionResult

RESULT = SubmissionResult(
    assignment="a1_toy",
    student="ada",
    status="graded",
    score=3.0,
    max_score=6.0,
    seconds=1.5,
    submission="1" * 64,
    source="2" * 64,
    exercises=(ExerciseResult("double", 3.0, 3.0), ExerciseResult("total", None, 2.0, "AssertionError: é")),
    problems=("The cell test_total is missing.",),
)


def test_a_record_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "a1_toy" / "ada.json"
    RESULT.write(path)
    assert SubmissionResult.read(path) == RESULT
    assert [file.name for file in path.parent.iterdir()] == ["ada.json"]


def test_the_layout_of_a_record_is_what_others_read() -> None:
    """Reports and exports are built on these names: a change needs a new SCHEMA."""
    path_names = {"assignment", "student", "status", "score", "max_score", "seconds", "submission", "source"}
    assert set(vars(RESULT)) == path_names | {"exercises", "problems", "schema"} and RESULT.schema == 1
    assert set(vars(RESULT.exercises[0])) == {"exercise", "score", "max_score", "error"}


@pytest.mark.parametrize(
    "text", ["", "[]", "null", "{}", '{"schema": 1}', '{"schema": 2}', "\x00", '{"schema": 1, "x": 1}']
)
def test_what_is_no_record_counts_as_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "ada.json"
    path.write_text(text, encoding="utf-8")
    assert SubmissionResult.read(path) is None


def test_half_a_record_counts_as_none(tmp_path: Path) -> None:
    path = tmp_path / "ada.json"
    RESULT.write(path)
    data = json.loads(path.read_text(encoding="utf-8"))
    for key in data:
        path.write_text(json.dumps({k: v for k, v in data.items() if k != key}), encoding="utf-8")
        # `schema` has a default, but a record that does not say its layout is of none.
        assert SubmissionResult.read(path) is None
