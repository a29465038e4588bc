"""Write the folder `autograded/<student>/<assignment>` as nbgrader does."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path


def replace_folder(folder: Path, files: Mapping[str, bytes] | None, mode: int = 0o444) -> None:
    """Make `folder` hold exactly `files`, each with the permissions `mode`; None removes it. Raises OSError.

    It is written under another name and renamed. A kill between the two renames leaves no folder; the submission has no
    record then, so the next run writes it.
    """
    new, old = folder.with_name(f".{folder.name}.new"), folder.with_name(f".{folder.name}.old")
    for rest in (new, old):  # of a run that was killed
        _remove(rest)
    if files is not None:
        new.mkdir(parents=True)
        for name, content in files.items():
            path = new / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            path.chmod(mode)
    if folder.is_symlink() or folder.exists():
        folder.rename(old)
    if files is not None:
        new.rename(folder)
    _remove(old)


def _remove(folder: Path) -> None:
    if folder.is_dir() and not folder.is_symlink():
        shutil.rmtree(folder)
    else:
        folder.unlink(missing_ok=True)
