"""Start processes that run submissions on this machine, and check what they need there."""

from __future__ import annotations

import functools
import importlib.metadata
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from autograder.classroom.pool import LocalPool
from autograder.course import CourseError
from autograder.kernels.provisioner import KernelServer, require_sandbox

# Packages whose versions could change a score.
PACKAGES = (
    "cnn-assignments",
    "ipykernel",
    "matplotlib",
    "nbgrader",
    "numpy",
    "scikit-image",
    "scipy",
    "torch",
    "torchvision",
)
SECONDS_BESIDE_RUNNING = 180.0  # to start a worker, read a notebook and score it, on a busy machine


@functools.cache
def environment() -> tuple[str, ...]:
    """The versions of Python and of all packages that could change a score."""
    versions = []
    for name in PACKAGES:
        try:
            versions.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            versions.append(f"{name} -")
    return (platform.python_version(), *versions)


@dataclass(frozen=True)
class Needs:
    """What a machine must have to run submissions."""

    preload: tuple[str, ...]  # modules that kernels import ahead
    data: Path  # the folder of the data sets
    walls: bool  # whether kernels must be walled
    seconds: float  # that a task may take
    files: tuple[tuple[str, int], ...] = ()  # (path, size) of the files that must be in the data folder
    versions: tuple[str, ...] = field(default_factory=environment)

    def checked_here(self, data: Path) -> Needs:
        """These needs with the data in the folder `data` of this machine. Raises CourseError if any is missing."""
        if other := sorted(set(self.versions) - set(environment())):
            own = sorted(set(environment()) - set(self.versions))
            raise CourseError(
                f"This machine has {', '.join(own)} instead of {', '.join(other)}. Have the same environment on all "
                "machines."
            )
        lacking = [path for path, size in self.files if not _has_size(data / path, size)]
        if lacking:
            raise CourseError(
                f"{data} lacks {', '.join(lacking)}. Put the data sets there, or say where they are in the worker's "
                "environment variable COURSE_DATA."
            )
        return replace(self, data=data)


def _has_size(path: Path, size: int) -> bool:
    return path.is_file() and path.stat().st_size == size


@contextmanager
def workers_here(needs: Needs, jobs: int) -> Iterator[LocalPool]:
    """`jobs` processes of this machine, and the server that forks their kernels; all end at once if the block is
    interrupted. Raises KernelError if walls are needed and impossible here."""
    data = [needs.data] if needs.data.is_dir() else []  # not every assignment needs any
    with KernelServer(require_sandbox() if needs.walls else "none", needs.preload, readable=data) as kernels:
        kernels.start()
        pool = LocalPool(jobs, needs.seconds)
        try:
            yield pool
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
        pool.shutdown()


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0))
