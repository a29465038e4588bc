"""Does verifying see every way in which a file can be wrong?"""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.data.verify import is_here, problem
from tests.data.conftest import CONTENT, remote_file

FILE = remote_file("https://example.org/train.gz")


def test_the_right_file_has_no_fault(tmp_path: Path) -> None:
    (tmp_path / "train.gz").write_bytes(CONTENT)
    assert problem(FILE, tmp_path / "train.gz") is None


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (CONTENT[:-1], "has 127,999 bytes instead of 128,000"),
        (CONTENT + b"\n", "has 128,001 bytes instead of 128,000"),
        (b"", "has 0 bytes instead of 128,000"),
        (CONTENT[:-1] + b"x", "has the sha256"),
        (bytes(len(CONTENT)), "has the sha256"),
    ],
)
def test_one_wrong_byte_is_one_too_many(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "train.gz").write_bytes(content)
    assert (what := problem(FILE, tmp_path / "train.gz")) is not None and what.startswith(said)


def test_what_is_missing_or_no_file_is_told(tmp_path: Path) -> None:
    assert problem(FILE, tmp_path / "train.gz") == "is missing"
    assert problem(FILE, tmp_path) == "is no file"


def test_a_file_counts_as_here_by_its_size(tmp_path: Path) -> None:
    path = tmp_path / FILE.path
    assert not is_here(FILE, tmp_path)
    path.parent.mkdir()
    path.write_bytes(CONTENT[1:])
    assert not is_here(FILE, tmp_path)
    path.write_bytes(bytes(len(CONTENT)))
    assert is_here(FILE, tmp_path)
