"""What the system and the C library do for us, seen in /proc."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

from tests.conftest import REPOSITORY

# Like a coordinator: large blocks come and go, small ones in between stay.
PROGRAM = """
import os, sys
from autograder.kernels import linux
from benchmarks.processes import own_mb
if sys.argv[1] == "mapped":
    linux.map_large_blocks()
large = bytes(16 << 20)
del large
before = own_mb(os.getpid())
blocks = [(b"x" * (1 << 20), bytes(2000)) for _ in range(80)]
kept = [small for _, small in blocks]
del blocks
print(own_mb(os.getpid()) - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library")
def test_large_blocks_go_back_although_small_ones_are_still_in_use() -> None:
    def left(how: str) -> float:
        command = [sys.executable, "-c", PROGRAM, how]
        return float(subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout)

    assert left("mapped") < 5 < 10 < left("kept")  # MB, of 80; how much is kept depends on what was imported
