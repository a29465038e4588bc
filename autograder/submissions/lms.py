"""Read from a file's name whose it is, in the download of all submissions from a learning management system.

Moodle (mod/assign/locallib.php): `Full Name_<participant>_assignsubmission_file/<path>`, with or without a `_` at the
folder's end, or without folders `Full Name_<participant>_assignsubmission_file_<name>`; no `_` is left in a full name.
Canvas (lib/content_zipper.rb): `<lastnamefirst>[_LATE]_<user>_<attachment>_<name>`, and where students are anonymous
`[LATE_]anon_<id>_<attachment>_<name>`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from pathlib import PurePosixPath

_MOODLE = re.compile(r"(?P<name>[^_]+)_(?P<id>\d+)_assignsubmission_(?P<kind>file|onlinetext)(?:_(?P<file>.*))?")
_CANVAS_ANONYMOUS = re.compile(r"(?P<late>LATE_)?(?P<name>anon_(?P<id>[A-Za-z0-9]+))_\d+_(?P<file>.+)")
_CANVAS = re.compile(r"(?P<name>\w*?)_(?P<late>LATE_)?(?P<id>\d+)_\d+_(?P<file>.+)")
MOST_LETTERS = 80


@dataclass(frozen=True)
class Origin:
    """The student whose file it is."""

    student: str  # the name of the student's folders
    id: str  # the system's own number; Moodle's is that of the hand-in, and differs from one assignment to the next
    path: str  # the file's, below what the system has put in front of it
    late: bool = False
    text: bool = False  # written in the browser instead of handed in as a file


def origin(path: str) -> Origin | None:
    """The origin of the file at `path` in a download; None if its name is neither Moodle's nor Canvas's."""
    parts = PurePosixPath(path).parts
    for number, part in enumerate(parts):
        # The outermost name is the system's; those below are the student's and may imitate it.
        if found := _MOODLE.fullmatch(part):
            below = [found["file"]] if found["file"] else []
            rest = "/".join([*below, *parts[number + 1 :]])
            name = student_name(found["name"]) or f"participant-{found['id']}"
            return Origin(name, found["id"], rest, text=found["kind"] == "onlinetext") if rest else None
    last = parts[-1] if parts else ""
    if found := _CANVAS_ANONYMOUS.fullmatch(last) or _CANVAS.fullmatch(last):
        name = student_name(found["name"]) or f"user-{found['id']}"
        text = bool(re.fullmatch(r"text\.html|link\.html", found["file"]))
        return Origin(name, found["id"], found["file"], late=bool(found["late"]), text=text)
    return None


def student_name(name: str) -> str:
    """A student's name as the name of a folder: letters, digits and hyphens, the same on every file system."""
    plain = unicodedata.normalize("NFC", name).lower()
    return re.sub(r"[\W_]+", "-", plain).strip("-")[:MOST_LETTERS]
