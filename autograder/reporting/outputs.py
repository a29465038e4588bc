"""Make a cell's output safe for a page: text with its colours as classes, and pictures, but nothing that can be run.

Notebooks are untrusted. Text is escaped, PNG and JPEG pictures are kept if they really are that, and all other output
(HTML, SVG, JavaScript, LaTeX, widgets) is replaced by its plain text.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from nbconvert.filters import ansi2html
from nbformat import NotebookNode

MAX_TEXT = 12_000  # characters of one cell's output
MAX_PICTURES = 6
MAX_PICTURE = 1_500_000  # bytes
_MAGIC = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}
# Control characters, except tab, line feed and the beginning of a colour; and those that change the text direction.
_NO_TEXT = re.compile("[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@dataclass(frozen=True)
class Shown:
    """One piece of output: `text` ready for a page, or a picture's `data` URI."""

    text: Markup = Markup("")
    picture: str = ""
    is_error: bool = False


def shown(cell: NotebookNode) -> list[Shown]:
    """The cell's output, within the limits."""
    pieces: list[Shown] = []
    left, pictures = MAX_TEXT, 0
    for piece in _pieces(cell):
        if isinstance(piece, Shown):
            pictures += 1
            pieces += [piece] if pictures <= MAX_PICTURES else []
            continue
        text, is_error = piece
        if left > 0 and text.strip():
            pieces.append(Shown(text=colored(shortened(text, left)), is_error=is_error))
        left -= len(text)
    return pieces


def plain(text: str) -> str:
    """Text without colours and control characters; a line that was overwritten has its last version."""
    return re.sub("\x1b(\\[.*?[@-~])?", "", _clean(text))


def colored(text: str) -> Markup:
    """Text as HTML, escaped, with the colours of a terminal as classes."""
    # Numbered colours are unreadable on some backgrounds. Escaped text cannot contain these quotation marks.
    html: str = ansi2html(_clean(text))  # type: ignore[no-untyped-call]
    return Markup(re.sub(' style="[^"]*"', "", html).replace("\x1b", ""))


def shortened(text: str, limit: int = MAX_TEXT) -> str:
    """The text, or its beginning with a note on how much is missing."""
    return text if len(text) <= limit else f"{text[:limit]}\n… ({len(text) - limit:,} more characters)"


def _clean(text: str) -> str:
    lines = text.replace("\r\n", "\n").split("\n")
    return _NO_TEXT.sub("", "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in lines))


def _pieces(cell: NotebookNode) -> Iterator[Shown | tuple[str, bool]]:
    for output in cell.get("outputs", []):
        kind = output.get("output_type")
        if kind == "stream":
            yield _text(output.get("text")), False
        elif kind == "error":
            traceback = "\n".join(_text(line) for line in output.get("traceback") or [])
            yield traceback or f"{_text(output.get('ename'))}: {_text(output.get('evalue'))}", True
        elif isinstance(data := output.get("data"), Mapping):
            picture = next(filter(None, (_picture(data, mime) for mime in _MAGIC)), None)
            if picture:
                yield Shown(picture=picture)
            elif "text/plain" in data:
                yield _text(data["text/plain"]) + "\n", False


def _picture(data: Mapping[str, Any], mime: str) -> str | None:
    try:
        content = base64.b64decode("".join(_text(data[mime]).split()), validate=True)
    except (KeyError, ValueError, binascii.Error):
        return None
    if not content.startswith(_MAGIC[mime]) or len(content) > MAX_PICTURE:
        return None
    return f"data:{mime};base64,{base64.b64encode(content).decode()}"


def _text(value: Any) -> str:
    """A text of a notebook, which may be a list of lines."""
    return "".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)
