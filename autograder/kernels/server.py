"""Fork kernels: `python -m autograder.kernels.server SETTINGS`, where SETTINGS is JSON.

The server imports, keeps one kernel ahead for whoever connects to the socket that it was given, and lives as long as
its standard input is open.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import select
import shutil
import signal
import socket
import sys
import threading
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from autograder.kernels import linux
from autograder.kernels.supervisor import ServerSettings, supervise

WHY = "no server: "  # what comes before the reason, in the output of a server that cannot serve
_ATTEMPTS = 3
_FIRST_FEW = 3
# Modules that ipykernel imports only when a kernel comes up; these take most of that time.
_WITH_A_KERNEL = (
    "IPython.core.completerlib",
    "IPython.core.oinspect",
    "IPython.extensions.storemagic",
    "encodings.idna",
    "ipykernel.debugger",
    "tornado.platform.asyncio",
)
PACKAGE_FOLDER = str(Path(__file__).resolve().parents[2])


def main() -> None:
    """Serve. If it cannot, print the reason, after `WHY`, as the last line of standard output."""
    settings = json.loads(sys.argv[1])
    folder = settings["folder"]
    _import([*_WITH_A_KERNEL, *settings["preload"]])
    # A kernel can import modules from its own folder, as any kernel can, but none from beside this package: solutions.
    sys.path[:] = ["", *(path for path in sys.path if path != PACKAGE_FOLDER)]
    if others := threading.active_count() - 1:
        modules = ", ".join(settings["preload"])
        print(f"{WHY}importing {modules} started {others} threads, which do not survive a fork")
        return
    gc.collect()
    gc.freeze()  # kernels do not copy pages just to count references in them
    listener = socket.socket(fileno=settings["listener"])
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # supervisors end without anybody waiting for them
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the client, who ends the server
    try:
        served = ServerSettings(settings["sandbox"], tuple(settings["readable"]), folder, listener)
        _serve(served, settings["import_later"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _import(names: Iterable[str]) -> None:
    for name in names:
        with suppress(ImportError):  # Not a module, or not installed: it is missing in any kernel, then.
            importlib.import_module(name)


def _serve(settings: ServerSettings, import_later: Iterable[str]) -> None:
    """Keep one kernel ahead. `import_later` is imported once the first few kernels are at work, for those after."""
    failures = 0
    kernels = 0
    while True:
        report, write_report = os.pipe()
        if os.fork() == 0:
            os.close(report)
            os.close(0)
            supervise(settings, write_report)
        os.close(write_report)
        kernels += 1
        if kernels == _FIRST_FEW:
            _import(import_later)
            gc.freeze()
            linux.merge_pages()
        reported = b""
        while not reported.startswith(b"+!"):
            readable, _, _ = select.select([0, report], [], [])
            if 0 in readable:
                return
            if not (part := os.read(report, 4096)):
                break
            reported += part
        os.close(report)
        # A kernel that died while it waited, or was killed as it came up, is replaced.
        failures = 0 if reported.startswith(b"+") else failures + 1
        if failures == _ATTEMPTS:
            print(f"{WHY}no kernel can be started: {reported.decode(errors='replace')}", flush=True)
            return


if __name__ == "__main__":
    main()
