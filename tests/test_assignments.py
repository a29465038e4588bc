"""Is every assignment of this repository sound, as `autograder check` understands it?"""

from __future__ import annotations

import pytest

from autograder.course import Course
from autograder.proving.check import check
from tests.conftest import REPOSITORY


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("assignment", Course(REPOSITORY).assignments)
def test_the_assignment_is_sound(repository: Course, assignment: str) -> None:
    faults: dict[str, list[str]] = {}
    assert check(repository, assignment, faults.__setitem__), faults
