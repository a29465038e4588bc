"""What Linux knows of running processes, from /proc. Of a process that has just ended it knows nothing: 0 or ""."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path


def children(pid: int) -> list[int]:
    """The processes that any of its threads started, or that it adopted."""
    tasks = Path(f"/proc/{pid}/task")
    try:
        threads = sorted(tasks.iterdir())
    except OSError:
        return []
    return [int(child) for thread in threads for child in _read(thread / "children").split()]


def tree(pid: int) -> Iterator[int]:
    """The process and all below it."""
    yield pid
    for child in children(pid):
        yield from tree(child)


def command(pid: int) -> str:
    """How it was started."""
    return _read(Path(f"/proc/{pid}/cmdline")).replace("\0", " ").strip()


def grading_processes(coordinator: int) -> dict[str, list[int]]:
    """The processes that take part in grading on this machine, by what they are."""
    there = {"coordinator": [coordinator]}
    for child in children(coordinator):
        how = command(child)
        if "autograder.kernels.server" in how:
            there.setdefault("server", []).append(child)
        elif "multiprocessing.forkserver" in how:
            there.setdefault("workers' ancestor", []).append(child)
            for worker in children(child):
                there.setdefault("worker", []).append(worker)
    for server in there.get("server", []):
        for supervisor in children(server):
            there.setdefault("supervisor", []).append(supervisor)
            for kernel in children(supervisor):
                there.setdefault("kernel", []).append(kernel)
    return there


class Meter:
    """The processor time of a process and of all below it. It is read while they live, so that of each the last moment
    before its end is missed: look often."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._commands: dict[tuple[int, str], str] = {}
        self._taken: dict[tuple[int, str], float] = {}
        self._kernels: set[tuple[int, str]] = set()

    @property
    def seconds(self) -> float:
        """What all took."""
        return sum(self._taken.values())

    @property
    def kernel_seconds(self) -> float:
        """What kernels took, and the processes that these started."""
        return sum(self._taken[process] for process in self._kernels)

    @property
    def forked_kernel_seconds(self) -> float:
        """What kernels took that our server forked."""
        ours = (process for process in self._kernels if "autograder.kernels" in self._commands[process])
        return sum(self._taken[process] for process in ours)

    def look(self) -> None:
        """Read what all took so far."""
        self._look(self._pid, below_server=0, below_kernel=False)

    def _look(self, pid: int, *, below_server: int, below_kernel: bool) -> None:
        read = _read(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()
        if not read:
            return
        process = pid, read[19]  # numbers are used again, but not with the same time of start
        self._taken[process] = (int(read[11]) + int(read[12])) / os.sysconf("SC_CLK_TCK")
        if process not in self._commands:
            self._commands[process] = command(pid)
        how = self._commands[process]
        # Below the server stand supervisors, below these our kernels; nbgrader's kernels are programs of their own.
        is_kernel = below_kernel or below_server == 2 or "ipykernel" in how
        if is_kernel:
            self._kernels.add(process)
        below = below_server + 1 if below_server or "autograder.kernels.server" in how else 0
        for child in children(pid):
            self._look(child, below_server=below, below_kernel=is_kernel)


def open_files(pid: int) -> int:
    """How many files, sockets and pipes it has open."""
    try:
        return len(list(Path(f"/proc/{pid}/fd").iterdir()))
    except OSError:
        return 0


def own_mb(pid: int) -> float:
    """Its memory now, shared libraries included."""
    return _megabytes(Path(f"/proc/{pid}/status"), "VmRSS:")


def peak_mb(pid: int) -> float:
    """The most memory it ever had, shared libraries included."""
    return _megabytes(Path(f"/proc/{pid}/status"), "VmHWM:")


def share_mb(pid: int) -> float:
    """Its memory now; what several processes share is divided among them, so that shares can be added. 10 ms."""
    return _megabytes(Path(f"/proc/{pid}/smaps_rollup"), "Pss:")


def _megabytes(path: Path, name: str) -> float:
    found = (line.split() for line in _read(path).splitlines() if line.startswith(name))
    return next((int(line[1]) / 1024 for line in found), 0.0)


def _read(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""
