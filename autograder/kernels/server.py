"""The fork server: `python -m autograder.kernels.server SETTINGS`, where SETTINGS is JSON.

It imports, keeps one kernel ahead for whoever connects to the socket it was given, and lives as long as its standard
input is open.
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
from autograder.kernels.keeper import Offer, keep

WHY = "no server: "
_ATTEMPTS = 3
_FIRST_FEW = 3
# What ipykernel imports only when a kernel comes up, most of the time that takes.
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
    """Serve. Where it cannot, the reason is the last line of standard output, behind `WHY`."""
    settings = json.loads(sys.argv[1])
    folder = settings["folder"]
    _import([*_WITH_A_KERNEL, *settings["preload"]])
    # As for any kernel, what lies in its folder can be imported, and what lies beside this package, solutions perhaps,
    # cannot.
    sys.path[:] = ["", *(path for path in sys.path if path != PACKAGE_FOLDER)]
    if others := threading.active_count() - 1:
        modules = ", ".join(settings["preload"])
        print(f"{WHY}importing {modules} started {others} threads, which do not survive a fork")
        return
    gc.collect()
    gc.freeze()  # kernels do not copy pages just to count references in them
    listener = socket.socket(fileno=settings["listener"])
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # keepers end without anybody waiting for them
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the client, who ends the server
    try:
        _serve(Offer(settings["way"], tuple(settings["readable"]), folder, listener), settings["later"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _import(names: Iterable[str]) -> None:
    for name in names:
        with suppress(ImportError):  # no module, or not installed: then it is missing in any kernel
            importlib.import_module(name)


def _serve(offer: Offer, later: Iterable[str]) -> None:
    """`later` is imported when the first few kernels are at work, for those after them."""
    failures, kernels = 0, 0
    while True:
        taken, tell = os.pipe()
        if os.fork() == 0:
            os.close(taken)
            os.close(0)
            keep(offer, tell)
        os.close(tell)
        kernels += 1
        if kernels == _FIRST_FEW:
            _import(later)
            gc.freeze()
            linux.merge_pages()
        said = b""
        while not said.startswith(b"+!"):
            readable, _, _ = select.select([0, taken], [], [])
            if 0 in readable:
                return
            if not (part := os.read(taken, 4096)):
                break
            said += part
        os.close(taken)
        # One that died while it waited, or was killed as it came up, is replaced.
        failures = 0 if said.startswith(b"+") else failures + 1
        if failures == _ATTEMPTS:
            print(f"{WHY}no kernel can be started: {said.decode(errors='replace')}", flush=True)
            return


if __name__ == "__main__":
    main()
