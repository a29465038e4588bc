"""List the files of a folder or zip; reading one refuses paths that lead out of it and files that are too large."""

from __future__ import annotations

import io
import os
import re
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from autograder.course import CourseError
from autograder.submissions.submission import MAX_PATH

_PASSED_OVER = re.compile(r"(^|/)(__MACOSX|__pycache__|\.ipynb_checkpoints)(/|$)|(^|/)(\.DS_Store|Thumbs\.db)$")


class UnreadableFile(Exception):
    """A file is refused; the message says why, and follows the file's name."""


@dataclass(frozen=True)
class Entry:
    """A file in a folder or zip."""

    path: str
    time: datetime | None  # when it was written, if known
    # Returns the content if it has at most this many bytes. Raises UnreadableFile if it has more, or if the file is
    # broken, a link, or outside the folder.
    read: Callable[[int], bytes]


def entries(source: Path) -> list[Entry]:
    """The files of the folder or zip at `source`, sorted by path. Raises CourseError if it is neither."""
    if source.is_dir():
        return sorted(_in_folder(source), key=lambda entry: entry.path)
    if not source.is_file():
        raise CourseError(f"There is no folder or zip {source}.")
    try:
        return in_zip(zipfile.ZipFile(source))
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise CourseError(f"{source} is no zip that can be read: {error}. Download it again.") from None


def in_zip(archive: zipfile.ZipFile) -> list[Entry]:
    """The files of a zip, sorted by path."""
    found = [
        Entry(info.filename, _time_in_zip(info), _reader(archive, info))
        for info in archive.infolist()
        if not info.is_dir() and not _PASSED_OVER.search(info.filename)
    ]
    return sorted(found, key=lambda entry: entry.path)


def zip_in(content: bytes) -> list[Entry]:
    """The files of a zip that a student handed in. Raises UnreadableFile."""
    try:
        return in_zip(zipfile.ZipFile(io.BytesIO(content)))
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise UnreadableFile(f"is no zip that can be read: {error}") from None


def clash(paths: list[str]) -> str | None:
    """The first path that, ignoring case, equals another or needs another file as its folder; None if there is none."""
    seen = {}
    for path in paths:
        plain = unicodedata.normalize("NFC", path).casefold()
        if plain in seen:
            return path
        seen[plain] = path
    for plain, path in seen.items():
        if any(str(parent) in seen for parent in PurePosixPath(plain).parents):
            return path
    return None


def _leads_out(path: str) -> str | None:
    """Why no file may be written at `path` below a folder."""
    if path.startswith(("/", "\\")) or re.match(r"[A-Za-z]:", path):
        return "has an absolute name"
    if ".." in re.split(r"[/\\]", path):
        return "has a name that leads out of its folder"
    if "\\" in path or not path.isprintable() or not _is_utf8(path):
        return "has a name that not every system can write"
    if len(path.encode()) > MAX_PATH or any(len(part.encode()) > 200 for part in path.split("/")):
        return f"has a path longer than {MAX_PATH} characters"
    return None


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _reader(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Callable[[int], bytes]:
    def read(most: int) -> bytes:
        if why := _leads_out(info.filename):
            raise UnreadableFile(why)
        kind = stat.S_IFMT(info.external_attr >> 16)
        if kind not in (0, stat.S_IFREG):
            raise UnreadableFile("is a link" if kind == stat.S_IFLNK else "is no plain file")
        if info.flag_bits & 1:
            raise UnreadableFile("is encrypted")
        try:
            with archive.open(info) as file:
                content = file.read(most + 1)  # whatever size the zip claims
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError) as error:
            raise UnreadableFile(f"cannot be unpacked: {str(error) or type(error).__name__}") from None
        except Exception as error:  # bz2's and lzma's own
            raise UnreadableFile(f"cannot be unpacked: {type(error).__name__}") from None
        return _at_most(most, content)

    return read


def _in_folder(folder: Path) -> Iterator[Entry]:
    for current, folders, names in os.walk(folder):
        links = [name for name in folders if os.path.islink(os.path.join(current, name))]
        for name in [*names, *links]:
            path = os.path.join(current, name)
            relative = os.path.relpath(path, folder)
            if not _PASSED_OVER.search(relative):
                # Its time is only that of unpacking or copying.
                yield Entry(relative, None, _file_reader(path, relative))


def _file_reader(path: str, relative: str) -> Callable[[int], bytes]:
    def read(most: int) -> bytes:
        if why := _leads_out(relative):
            raise UnreadableFile(why)
        try:
            if os.path.islink(path):
                raise UnreadableFile("is a link")
            descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
            with os.fdopen(descriptor, "rb") as file:
                if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                    raise UnreadableFile("is no plain file")
                return _at_most(most, file.read(most + 1))
        except OSError as error:
            raise UnreadableFile(f"cannot be read: {error.strerror or error}") from None

    return read


def _at_most(most: int, content: bytes) -> bytes:
    if len(content) > most:
        raise UnreadableFile("is too large")
    return content


def _time_in_zip(info: zipfile.ZipInfo) -> datetime | None:
    """The time from the extra field that Unix tools write, else the zip's own, which has no zone: we assume ours."""
    extra = info.extra
    while len(extra) >= 4:
        kind, length = struct.unpack("<HH", extra[:4])
        if kind == 0x5455 and length >= 5 and len(extra) >= 9 and extra[4] & 1:
            return datetime.fromtimestamp(struct.unpack("<i", extra[5:9])[0], UTC)
        extra = extra[4 + length :]
    try:
        return datetime(*info.date_time).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None
