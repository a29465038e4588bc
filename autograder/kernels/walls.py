"""List the walls: what a sandbox keeps a submission from, and by what. `autograder doctor --system` prints them."""

from __future__ import annotations

from dataclasses import dataclass

from autograder.kernels import sandbox
from autograder.kernels.sandbox import SandboxKind

# What holds in namespaces, and what with Landlock.
_SANDBOX = {
    "network: reaches nothing": ("network namespace", "seccomp: no connections"),
    "files: sees the Python environment, the data and its own folder": ("mount namespace", "Landlock"),
    "processes: sees and signals none but its own": ("PID namespace", "Landlock's scopes"),
    "leftover processes: none outlives its turn": ("PID namespace", "the supervisor ends all descendants"),
    "privileges: has none and gets none": ("capabilities dropped, seccomp", "no_new_privs, seccomp"),
    "disk space": ("file system in memory of limited size", "RLIMIT_FSIZE and a watch every 0.2 s"),
    "number of processes": ("RLIMIT_NPROC of its user namespace", "a watch every 0.2 s"),
    "memory": ("RLIMIT_DATA and a watch every 0.2 s",) * 2,
    "processor time": ("RLIMIT_CPU and a watch every 0.2 s",) * 2,
}
# What holds with `--no-walls`, too.
_ALWAYS = {
    "time by the clock": "the grader's clock",
    "output": "the grader counts and cuts",
    "environment variables": "an allow-list",
}
_REMEDY = (
    "Allow user namespaces (on Ubuntu 24.04 `sysctl kernel.apparmor_restrict_unprivileged_userns=0`; in a container, "
    "its engine's setting), or run Linux 6.12 or newer with Landlock."
)


@dataclass(frozen=True)
class Wall:
    """One thing that a submission cannot do."""

    name: str
    held_by: str | None  # None where nothing prevents it
    why_not: str = ""  # why nothing does
    remedy: str = ""  # what would


def list_walls(kind: SandboxKind | None = None) -> list[Wall]:
    """List all walls of such a sandbox; by default, of the best one that this machine allows."""
    kind = kind or sandbox.best_sandbox()
    if kind == "none":
        why_not = f"{sandbox.why_unavailable('namespaces')} {sandbox.why_unavailable('landlock')}"
        walls = [Wall(name, None, why_not, _REMEDY) for name in _SANDBOX]
    else:
        walls = [Wall(name, held_by[kind == "landlock"]) for name, held_by in _SANDBOX.items()]
    return walls + [Wall(name, held_by) for name, held_by in _ALWAYS.items()]
