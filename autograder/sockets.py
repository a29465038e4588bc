"""Folders for Unix sockets: short names, and what a process that was killed left behind, the next one removes."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

_PREFIX = "autograder-"


def socket_folder(what: str) -> str:
    """A new folder for this process's sockets, for `what`; whoever asks for it removes it in the end."""
    _remove_leftovers()
    return tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-{what}-", dir=_temporary())


def _temporary() -> str:
    """The system allows a socket's path 107 characters, and batch systems like long names."""
    folder = tempfile.gettempdir()
    return folder if len(folder) <= 40 else "/tmp"


def _remove_leftovers() -> None:
    """Folders of processes that were killed together with whoever would have removed them."""
    if not Path("/proc/self").exists():  # who is still there is not known
        return
    for folder in Path(_temporary()).glob(f"{_PREFIX}*-*"):
        owner = folder.name.removeprefix(_PREFIX).partition("-")[0]
        if owner.isdigit() and not Path(f"/proc/{owner}").exists():
            shutil.rmtree(folder, ignore_errors=True)
