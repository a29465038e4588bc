"""Does the set-up cell tell a student what spoils a test?"""

from __future__ import annotations

import json
import subprocess
import sys

import nbformat
import pytest

from autograder.course import Course
from tests.notebooks import environment

SHELL = """
import json, sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance(colors="nocolor")
for cell in json.loads(sys.stdin.read()):
    shell.run_cell(cell)
"""
TEST = "def test_largest():\n    compare(max([1, 2]), 2)\n\n\ntest_largest()"
TOLD = "`max` is not Python's max here"


def shown(repository: Course, *cells: str, **variables: str) -> str:
    """What a notebook with assignment 1's set-up cell and these cells shows."""
    release = nbformat.read(repository.release("a1_convolution"), as_version=4)
    setup = next(cell.source for cell in release.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == "setup")
    run = subprocess.run(
        [sys.executable, "-c", SHELL],
        input=json.dumps([setup, *cells]),
        env=environment(experiments=True) | {"MPLBACKEND": "agg"} | variables,
        capture_output=True,
        text=True,
        check=True,
    )
    return run.stdout


@pytest.mark.slow
def test_a_name_of_pythons_that_is_overwritten_is_told_below_the_test_that_meets_it(repository: Course) -> None:
    assert TOLD in shown(repository, "max = 7", TEST)
    again = shown(repository, "from numpy import *\nset = str = print = 0", "compare(sum(2, 1), 2)", "1 / 0")
    assert again.count("`sum` is not Python's sum here") == 1 and "AxisError" in again and "callback" not in again
    mended = shown(repository, "setup_again = 1", "max = 7", "del max", TEST, "min = 3\n1 / 0")
    assert "not Python's" not in mended
    assert TOLD not in shown(repository, "max = 7", TEST, NBGRADER_EXECUTION="visible")
