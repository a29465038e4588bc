"""How long commands take beside the first edition: `python -m benchmarks.commands --first DIR` (a quarter of an hour).

DIR is a checkout of the first edition (commit ef99cd7). Both editions run with this Python, each in a copy of its own
course, one after the other, so that both see the same machine. Times are processor times of a command and all that it
starts: machines are busy with other things.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from benchmarks import write_result
from benchmarks.processes import Meter

ROOT = Path(__file__).parents[1]
LOOK_EVERY = 0.05  # seconds
ASSIGNMENT = "a1_convolution"
GOALS = {  # the shares of the first edition's time that are wanted
    "--help": 1 / 2,
    "build a1": 1 / 3,
    "check a1": 1 / 3,
    "check a1, after a save": 1 / 10,
    "check a1, nothing changed": 1 / 10,
    "grade a1, nothing to do": 1 / 3,
    "report a1": 1 / 3,
    "export a1 --out grades.csv": 1 / 3,
}
PREPARE = """
from pathlib import Path
from autograder.authoring.build import build
from autograder.course import Course
course = Course.at(Path("."))
build(course, "a1_convolution")
for student, path in (("blank", course.release), ("perfect", course.source)):
    to = course.submitted(student, "a1_convolution")
    to.parent.mkdir(parents=True)
    to.write_bytes(path("a1_convolution").read_bytes())
"""


def main() -> None:
    """Measure and write `results/commands.json`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--first", type=Path, required=True, metavar="DIR")
    parser.add_argument("--repeat", type=int, default=3)
    args = parser.parse_args()
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER: what loses its parent is a child of this process
    with tempfile.TemporaryDirectory() as folder:
        editions = {"first": Path(folder) / "first", "now": Path(folder) / "now"}
        for name, root in (("first", args.first), ("now", ROOT)):
            copied = shutil.ignore_patterns(".*", "__pycache__", "build", "gradebook.db", "results", "submitted")
            shutil.copytree(root, editions[name], ignore=copied)
        measured = _measure(editions, args.repeat)
    print(write_result("commands", measured, ("nbgrader", "torch")))


def _measure(editions: dict[str, Path], repeat: int) -> dict[str, Any]:
    seconds: dict[str, dict[str, list[float]]] = {name: {"first": [], "now": []} for name in GOALS}

    def both(title: str, command: str, times: int) -> None:
        for _ in range(times):
            for edition, root in editions.items():
                seconds[title][edition].append(_cost(root, command.split()))
            print(title, {edition: round(own[-1], 2) for edition, own in seconds[title].items()}, flush=True)

    for root in editions.values():
        _cost(root, ["build", "a1"])  # compiles both editions, and asks the reference
    both("--help", "--help", 3 * repeat)
    both("build a1", "build a1", repeat)
    both("check a1", "check a1", 1)
    for title in ("check a1, after a save", "check a1, nothing changed"):
        seconds[title]["first"] = seconds["check a1"]["first"]  # which checks everything each time
    seconds["check a1, nothing changed"]["now"] = [_cost(editions["now"], ["check", "a1"])]
    seconds["check a1, after a save"]["now"] = _after_saves(editions["now"])
    for root in editions.values():
        subprocess.run([sys.executable, "-c", PREPARE], cwd=root, env=_environment(root), check=True)
        _cost(root, ["grade", "a1"])
    both("grade a1, nothing to do", "grade a1", repeat)
    both("report a1", "report a1", repeat)
    both("export a1 --out grades.csv", "export a1 --out grades.csv", repeat)
    return {
        title: {edition: round(statistics.median(own), 3) for edition, own in its.items()} | {"goal": GOALS[title]}
        for title, its in seconds.items()
    }


def _environment(root: Path) -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(root), "OMP_NUM_THREADS": "1"}


def _cost(root: Path, arguments: list[str]) -> float:
    """The processor time of a command and of all that it started."""
    before = _of_children()
    process = _start(root, arguments)
    meter = Meter(process.pid)
    while process.poll() is None:
        meter.look()
        time.sleep(LOOK_EVERY)
    with suppress(ChildProcessError):
        while True:  # what outlived the command
            os.waitpid(-1, 0)
    # Nobody waits for forked kernels, so the system's sum lacks them.
    return _of_children() - before + meter.forked_kernel_seconds


def _of_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _start(root: Path, arguments: list[str], **more: Any) -> subprocess.Popen[bytes]:
    output = more or {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    command = [sys.executable, "-m", "autograder", *arguments]
    return subprocess.Popen(command, cwd=root, env=_environment(root), **output)


def _after_saves(root: Path) -> list[float]:
    """What `check --watch` takes after each of these saves, of the notebook's code, of its text and of a question."""
    room = root / "solutions" / ASSIGNMENT
    saves = [
        ("notebook.py", "# %% [markdown]\n", "# %% [markdown]\n# One more line.\n#\n"),
        ("mistakes.py", "import numpy as np\n", "import numpy as np\n\n"),
        ("questions.py", "rng.integers(", "0 + rng.integers("),
        ("notebook.py", '    """', '    """Once more: '),
    ]
    found = []
    process = _start(root, ["check", "a1", "--watch"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    try:
        _until_watching(process)
        for name, old, new in saves:
            text = (room / name).read_text(encoding="utf-8")
            assert old in text
            meter = Meter(process.pid)
            meter.look()
            before = meter.seconds
            (room / name).write_text(text.replace(old, new, 1), encoding="utf-8")
            os.set_blocking(process.stdout.fileno(), False)
            said = b""
            while b"Watching" not in said:
                meter.look()
                time.sleep(LOOK_EVERY)
                said += process.stdout.read() or b""
            meter.look()
            found.append(meter.seconds - before)
            print("after a save of", name, round(found[-1], 2), flush=True)
    finally:
        process.terminate()
        process.wait()
    return found


def _until_watching(process: subprocess.Popen[bytes]) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(b"Watching"):
            return
    raise RuntimeError("`check --watch` has ended.")


if __name__ == "__main__":
    main()
