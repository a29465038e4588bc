"""Limits on what one submission may use; the course sets them in pyproject.toml, `[tool.autograder.limits]`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Beyond a limit a cell or the whole notebook is stopped, and its row in the results says so."""

    cell_seconds: float = 30.0  # wall clock; tests take a fraction of a second, a busy machine some more
    score_seconds: float = 240.0  # the same for a cell that scores on a data set (tagged `needs:<data set>`)
    notebook_seconds: float = 240.0  # wall clock, all cells and what had to be run again after a crash
    question_seconds: float = 120.0  # wall clock, for asking its answers, in addition to the time its cells take
    cpu_seconds: float = 240.0  # of all its processes together
    memory_mb: int = 4096  # of all its processes together, without the libraries they share
    processes: int = 128  # threads count, too
    disk_mb: int = 512  # all files it writes
    output_mb: float = 4.0  # text and pictures that its cells show
    submission_mb: float = 64.0  # the notebook and the files handed in with it
    crashes: int = 3  # how often the rest goes on in a new kernel after a cell killed or hung its own
