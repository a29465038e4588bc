"""Is a record read back as it was written, and is anything else refused?"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from autograder.grading.record import CellResult, RecordedMistake, Result, SubmissionResult, Usage

WRONG = CellResult(
    "test_total",
    0.0,
    2.0,
    verdict="differs",
    failing=("an array", "one number"),
    evidence="asked 'an array' it gave 1",
    test_passed=True,
    mistake=RecordedMistake("total__first", "You took the first."),
)
RESULT = Result(
    status="needs manual grading",
    cells=(CellResult("test_double", 3.0, 3.0, verdict="agrees"), WRONG, CellResult("words", None, 2.0, error="é")),
    unchanged=("double",),
    problems=("The cell test_total is missing.",),
    incidents=("The cell number 3 ran longer than 30 s.",),
    flags=("double: its kernel answered 2 times, which no kernel does by itself.",),
    usage=Usage(1.5, 200.0),
    notebook='{"cells": []}',
)
RECORD = SubmissionResult.of("a1_toy", "ada", "1" * 64, RESULT)
BOTH = pytest.mark.parametrize("written", [RESULT, RECORD], ids=["result", "record"])


@BOTH
def test_it_is_read_back_as_it_was_written(tmp_path: Path, written: Result | SubmissionResult) -> None:
    path = tmp_path / "a1_toy" / "ada.json"
    written.write(path)
    assert type(written).read(path) == written
    assert [file.name for file in path.parent.iterdir()] == ["ada.json"]


def test_a_record_is_made_of_the_result() -> None:
    assert RECORD.exercises == RESULT.cells
    assert [one.exercise for one in RECORD.exercises] == ["double", "total", "words"]
    assert (RECORD.score, RECORD.max_score, RECORD.status) == (3, 7, "needs manual grading")
    assert (RECORD.unchanged, RECORD.incidents) == (RESULT.unchanged, RESULT.incidents)
    assert RECORD.flags == RESULT.flags
    failed = SubmissionResult.of("a1_toy", "ada", "1", Result("failed", (CellResult("test_double", 0.0, 3.0),)))
    assert (failed.exercises, failed.score, failed.max_score) == ((), 0, 3)


def test_the_layout_of_a_record_is_what_others_read() -> None:
    """Reports and exports are built on these names: a change needs a new SCHEMA."""
    both = {"status", "unchanged", "problems", "incidents", "flags", "schema"}
    assert set(vars(RECORD)) == both | {"assignment", "student", "score", "max_score", "key", "exercises"}
    assert set(vars(RESULT)) == both | {"cells", "usage", "notebook"}
    told = {"verdict", "failing", "said", "evidence", "test_passed", "error", "mistake", "carried", "crash"}
    assert set(vars(WRONG)) == told | {"grade_id", "score", "max_score"}
    assert RECORD.schema == RESULT.schema == 5


@pytest.mark.parametrize(
    "text",
    ["", "[]", "null", "{}", '{"schema": 5}', '{"schema": 4}', "\x00", '{"schema": 5, "x": 1}', "[" * 100_000, "\x80"],
)
@pytest.mark.parametrize("kind", [Result, SubmissionResult])
def test_what_is_no_record_counts_as_none(
    tmp_path: Path, text: str, kind: type[Result] | type[SubmissionResult]
) -> None:
    path = tmp_path / "ada.json"
    assert kind.read(path) is None
    path.write_text(text, encoding="latin-1")
    assert kind.read(path) is None


@BOTH
def test_half_a_record_counts_as_none(tmp_path: Path, written: Result | SubmissionResult) -> None:
    path = tmp_path / "ada.json"
    written.write(path)
    data = json.loads(path.read_text(encoding="utf-8"))
    for key in data:
        path.write_text(json.dumps({k: v for k, v in data.items() if k != key}), encoding="utf-8")
        # `schema` has a default, but a record that does not say its layout is of none.
        assert type(written).read(path) is None
    for wrong in ({"status": "fine"}, {"schema": 4}):
        path.write_text(json.dumps(data | wrong), encoding="utf-8")
        assert type(written).read(path) is None


@BOTH
def test_a_write_that_fails_leaves_the_old_record_and_no_other_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: Result | SubmissionResult
) -> None:
    path = tmp_path / "ada.json"
    written.write(path)
    before = path.read_bytes()
    monkeypatch.setattr("os.fsync", lambda descriptor: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space"):
        written.write(path)
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]
