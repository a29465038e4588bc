"""Say which assignments a save may have broken."""

from __future__ import annotations

import linecache
import os
import time
from collections.abc import Iterator
from pathlib import Path

from autograder.course import Course

SECONDS = 0.3  # between two looks


def changes(course: Course, assignments: list[str]) -> Iterator[list[str]]:
    """Wait for a save, again and again; each time yield those of the assignments that it is about, all of them where a
    file that they share was saved."""
    before = _files(course)
    while True:
        time.sleep(SECONDS)
        now = _files(course)
        if changed := {path for path, _ in set(now.items()) ^ set(before.items())}:
            before = now
            linecache.checkcache()  # hints are read from the text of visible tests
            about = [name for name in assignments if any(course.room(name) in path.parents for path in changed)]
            shared = any(course.room(name) in path.parents for name in course.assignments for path in changed)
            if about or not shared:
                yield about or assignments


def _files(course: Course) -> dict[Path, tuple[int, int]]:
    """When each file that checks read was saved, and how long it is."""
    files = [*(course.root / "solutions").rglob("*.py"), *(course.root / "solutions").rglob("*.toml")]
    files += [course.root / "pyproject.toml", *map(course.release, course.assignments)]
    return {path: (stat.st_mtime_ns, stat.st_size) for path in files if (stat := _stat(path))}


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None
