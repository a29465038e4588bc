"""Write files so that an interruption leaves the old file or the new one, never half of one."""

from __future__ import annotations

import os
import uuid
from pathlib import Path

PART = ".part"  # the end of the name of a file that is being written


def write_bytes(path: Path, content: bytes, *, mode: int = 0o666) -> None:
    """Write the file, and its folders where they are missing. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{uuid.uuid4().hex}{PART}")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def write_text(path: Path, text: str, *, mode: int = 0o666) -> None:
    """Write the file as UTF-8. Raises OSError."""
    write_bytes(path, text.encode(), mode=mode)
