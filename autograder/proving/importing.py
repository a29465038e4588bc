"""Import a module twice in a forked process: once to time it, and once under an audit hook."""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

IMPORT_SECONDS = 2.0


def import_faults(root: Path, module: str) -> list[str]:
    """What is wrong with importing the `module` of the course at `root`, as sentences: it fails, it takes long, it
    touches files or the network, it leaves a figure open.

    What every notebook imports is imported here first, since it counts for nothing.
    """
    os.environ.setdefault("MPLBACKEND", "agg")
    import matplotlib.pyplot  # noqa: F401
    import torch  # noqa: F401

    receiver, sender = os.pipe()
    if (child := os.fork()) == 0:
        os.close(receiver)
        _probe(sender, str(root.resolve()), module)
    os.close(sender)
    with open(receiver, encoding="utf-8") as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    if not said:
        return ["Importing it ends Python."]
    report = json.loads(said)
    if "failed" in report:
        return [f"Importing it fails: {report['failed']}"]
    faults = [f"Importing it {what}." for what in dict.fromkeys(report["touched"])]
    if report["seconds"] > IMPORT_SECONDS:
        faults.append(f"Importing it takes {report['seconds']:.1f} s of processor time beyond its libraries.")
    return faults


def _probe(sender: int, root: str, module: str) -> NoReturn:
    """Import the module, write what happened as JSON, and end this process."""
    report: dict[str, Any] = {}
    try:
        report = _imported_twice(root, module)
    except BaseException as error:
        report = {"failed": f"{type(error).__name__}: {error}"}
    finally:
        os.write(sender, json.dumps(report).encode())
        os._exit(0)


def _imported_twice(root: str, module: str) -> dict[str, Any]:
    sys.path.insert(0, root)
    sys.dont_write_bytecode = True
    os.environ["NBGRADER_EXECUTION"] = "check"
    output = os.open(os.devnull, os.O_WRONLY)
    os.dup2(output, 1)
    os.dup2(output, 2)
    importlib.invalidate_caches()
    _forget()
    pyplot = sys.modules["matplotlib.pyplot"]
    start = time.process_time()
    importlib.import_module(module)
    seconds = time.process_time() - start
    _forget()
    pyplot.close("all")
    touched: list[str] = []

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event == "open" and isinstance(args[0], (str, bytes)):
            path = os.path.realpath(os.fsdecode(args[0]))
            if not (path.startswith(os.path.join(root, "solutions")) and path.endswith((".py", ".pyc"))):
                touched.append(f"opens {path}")
        elif event.startswith(("socket.", "subprocess.", "urllib.")):
            touched.append(event)

    sys.addaudithook(hook)
    importlib.import_module(module)
    if pyplot.get_fignums():
        touched.append("leaves a figure open")
    return {"seconds": seconds, "touched": list(touched)}


def _forget() -> None:
    for name in [name for name in sys.modules if name == "solutions" or name.startswith("solutions.")]:
        del sys.modules[name]
