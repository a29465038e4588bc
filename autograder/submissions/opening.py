"""Open a file that should be a notebook, or say what it is instead."""

from __future__ import annotations

import codecs
import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from autograder.limits import Limits
from autograder.submissions.submission import NotANotebook, Submission, read_notebook, syntax_error

LOOKED_AT = 4  # times the size limit of grading; a larger file is not read at all

_ASK = "Ask for the notebook itself: File → Download → Download .ipynb."
_BEGINNINGS = (
    (b"PK\x03\x04", "It is a zip archive. Unpack it and look at the notebook in it; `autograder collect` unpacks it."),
    (b"%PDF", f"It is a PDF. {_ASK}"),
    (b"\x89PNG", f"It is a picture. {_ASK}"),
    (b"\xff\xd8\xff", f"It is a picture. {_ASK}"),
    (b"<!", f"It is a web page. {_ASK}"),
    (b"<html", f"It is a web page. {_ASK}"),
)


@dataclass(frozen=True)
class Opened:
    """A notebook that could be read."""

    notebook: NotebookNode  # as grading reads it
    raw: dict[str, Any]  # its JSON, with the same cells
    size: int  # in bytes
    problems: tuple[str, ...] = ()  # sentences on what had to be repaired to read it


def open_notebook(path: Path, limits: Limits) -> Opened:
    """The notebook at `path`. Raises NotANotebook with a sentence on what it is instead."""
    content = _content(path, limits)
    if not content.strip(b"\0 \r\n\t"):
        raise NotANotebook("It is empty. Saving or handing in went wrong; ask for it again.")
    for beginning, what in _BEGINNINGS:
        if content.lstrip()[:20].lower().startswith(beginning.lower()):
            raise NotANotebook(what)
    size, problems = len(content), []
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        content = content.decode("utf-16", "replace").encode("utf-8", "replace")
        problems.append("It is saved as UTF-16; notebooks are UTF-8.")
    elif content.startswith(codecs.BOM_UTF8):
        problems.append("It begins with a byte order mark (BOM), at which other programs stop.")
    upgraded = _upgraded(content)
    if upgraded is not content:
        problems.append("It is in the notebook format of 2015.")
    try:
        notebook = read_notebook(Submission.of({path.name: upgraded}), path.name)
    except NotANotebook as error:
        raise NotANotebook(_what_text(content) or str(error)) from None
    return Opened(notebook, json.loads(upgraded.decode("utf-8-sig")), size, tuple(problems))


def _content(path: Path, limits: Limits) -> bytes:
    most = int(LOOKED_AT * limits.submission_mb * 1e6)
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # not to wait for a pipe's other end
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise NotANotebook("It is no file. Name the notebook itself.")
            content = file.read(most + 1)
    except IsADirectoryError:
        raise NotANotebook("It is a folder. Name the notebook in it.") from None
    except OSError as error:
        raise NotANotebook(f"It cannot be read: {error.strerror or error}.") from None
    if len(content) > most:
        raise NotANotebook(
            f"It has more than {most / 1e6:g} MB and was not looked into. Ask for it again without its outputs."
        )
    return content


def _upgraded(content: bytes) -> bytes:
    """The content in format 4 if it is in format 3, otherwise the very same object."""
    try:
        raw = json.loads(content.decode("utf-8-sig"))
        if isinstance(raw, dict) and "worksheets" in raw:
            return str(nbformat.writes(nbformat.convert(nbformat.from_dict(raw), 4))).encode()
    except Exception:  # reading it unchanged will say what is wrong
        pass
    return content


def _what_text(content: bytes) -> str | None:
    """A sentence on what this text is instead of a notebook; None if all we can say is that it is not JSON."""
    text = content.decode("utf-8-sig", "replace")
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        for number, line in enumerate(text.splitlines(), start=1):
            if line.startswith(("<<<<<<< ", ">>>>>>> ")):
                return (
                    f"It is not a notebook: git left the markers of a conflict in its line {number}. Ask for it again."
                )
        if not text.lstrip().startswith(("{", "[")):
            return None if syntax_error(text) else f"It is not a notebook but a Python program. {_ASK}"
        if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string"):
            return "It is not a whole notebook: it ends in the middle. Handing in was cut off; ask for it again."
    except RecursionError:
        pass
    return None
