"""Folders with short names for Unix sockets. Each process removes those of processes that were killed."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

_PREFIX = "autograder-"


def socket_folder(what: str) -> str:
    """A new folder for this process's sockets, for `what`; the caller must remove it."""
    _remove_leftovers()
    return tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-{what}-", dir=_temporary())


def _temporary() -> str:
    """A socket's path may have 107 characters, and the temporary folders of batch systems have long names."""
    folder = tempfile.gettempdir()
    return folder if len(folder) <= 40 else "/tmp"


def _remove_leftovers() -> None:
    """Remove the folders of processes that were killed before they could."""
    if not Path("/proc/self").exists():  # no way to know which processes are alive
        return
    for folder in Path(_temporary()).glob(f"{_PREFIX}*-*"):
        owner = folder.name.removeprefix(_PREFIX).partition("-")[0]
        if owner.isdigit() and not Path(f"/proc/{owner}").exists():
            shutil.rmtree(folder, ignore_errors=True)
