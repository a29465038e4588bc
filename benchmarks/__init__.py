"""Commands that measure; each writes `results/<name>.json`, and `python -m docs.generate` makes docs/measured.md."""

from __future__ import annotations

import json
import os
import platform
import shlex
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"


def write_result(name: str, measured: Any, packages: tuple[str, ...]) -> Path:
    """Write what was measured, with the command, the machine and the versions it was measured with."""
    path = RESULTS / f"{name}.json"
    benchmark = Path(sys.argv[0]).stem
    arguments = ["DIR" if Path(one).is_absolute() else one for one in sys.argv[1:]]  # it is of this machine only
    result = {
        "command": shlex.join(["python", "-m", f"benchmarks.{benchmark}", *arguments]),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}",
        "versions": {"python": platform.python_version(), **{package: version(package) for package in packages}},
        "measured": measured,
    }
    path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return path


def read_result(name: str) -> dict[str, Any]:
    """A result as `write_result` left it."""
    result: dict[str, Any] = json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))
    return result
