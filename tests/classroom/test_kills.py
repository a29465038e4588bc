"""Does a class whose grading is killed again and again end as one that was left alone?

The large version is `python -m benchmarks.kills`.
"""

from __future__ import annotations

import multiprocessing
import shutil
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from autograder.course import Course
from benchmarks.kills import kill_again_and_again
from tests.classes import Pieces
from tests.classes.generate import hand_in, made_up_class

pytestmark = [pytest.mark.slow, pytest.mark.nightly]


def test_a_killed_run_goes_on_where_it_was_and_leaves_nothing_behind(built_toy: Course, tmp_path: Path) -> None:
    course = Course(shutil.copytree(built_toy.root, tmp_path / "course"))
    hand_in(course, "a1_toy", made_up_class(Pieces(course, "a1_toy"), 12))
    # In a process of its own, since it adopts what killed ones leave behind.
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as alone:
        report = alone.submit(kill_again_and_again, course, "a1_toy", kills=8, jobs=2, seed=0).result()
    assert len(report.kills) == 8 and report.compared > 12 * 6
    assert not report.differing and not report.graded_again and not report.left, report
