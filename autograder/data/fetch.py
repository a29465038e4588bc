"""Fetch files from their mirrors, so that only correct files ever have their final name.

1. A correct file under the final name stays; a wrong one is put aside as `NAME.wrong`.
2. A mirror is asked for the bytes that `NAME.part` lacks (HTTP's Range). If it sends the whole file, that starts again.
3. Bytes are kept for a later try only from a server that announced the right total: a log-in page is no beginning, so
   an answer of unknown length is `NAME.part.new` until it is whole.
4. Size and checksums are checked on `NAME.part`, then one atomic rename gives it its name. A wrong one is deleted; if
   its beginning came from an earlier try, the mirror is asked once more, for the whole.
5. After any failure the next mirror is asked. Ctrl-C or a lost connection leaves `NAME.part` to go on from.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests
import urllib3.exceptions

from autograder.course import CourseError
from autograder.data.registry import Dataset, RemoteFile
from autograder.data.verify import problem

BLOCK = 1 << 16


@dataclass(frozen=True)
class Timeouts:
    """Seconds to wait for a server to answer at all, and for the next byte to come."""

    connect: float = 10
    stall: float = 30


@dataclass(frozen=True)
class Listener:
    """Functions that are called while files are fetched."""

    on_bytes: Callable[[RemoteFile, int], None] = lambda file, count: None  # `count` bytes of the file are here
    on_notice: Callable[[str], None] = lambda sentence: None  # something went wrong


def fetch(
    dataset: Dataset, folder: Path, listener: Listener | None = None, timeouts: Timeouts | None = None
) -> list[RemoteFile]:
    """Bring every file of `dataset` into `folder`; returns those that had to be downloaded.

    Raises CourseError if no mirror gives a file, a path leaves the folder, or another fetch is filling it; and OSError
    if writing fails. Correct files stay, and bytes that have arrived of the others are kept.
    """
    listener, timeouts = listener or Listener(), timeouts or Timeouts()
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        return [file for file in dataset.files if _fetch_file(file, folder, listener, timeouts)]


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Two fetches into one folder would write into each other's files."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CourseError(f"Another fetch is filling {folder}. Wait until it is done, then try again.") from None
        except OSError:
            pass  # Some network file systems cannot lock folders; the checksums still protect the files.
        yield
    finally:
        os.close(handle)


def _fetch_file(file: RemoteFile, folder: Path, listener: Listener, timeouts: Timeouts) -> bool:
    """Whether the file had to be downloaded."""
    path = _inside(folder, file.path)
    path.parent.mkdir(parents=True, exist_ok=True)
    if (what := problem(file, path)) is None:
        listener.on_bytes(file, file.size)
        return False
    if path.exists():
        os.replace(path, aside := path.with_name(path.name + ".wrong"))
        listener.on_notice(f"{file.path} {what}; it is put aside as {aside.name}.")
    part = path.with_name(path.name + ".part")
    if part.is_symlink():
        part.unlink()
    _check_room(file, part)
    reasons = []
    for number, url in enumerate(file.urls, start=1):
        try:
            _fetch_from(url, file, part, listener, timeouts)
        except _MirrorFailed as failed:
            reasons.append(f"{url} {failed}")
            if number < len(file.urls):
                listener.on_notice(f"{url} {failed}; trying the next mirror.")
        else:
            os.replace(part, path)
            return True
    kept = " What has arrived is kept: the same command goes on from there." if _size(part) else ""
    raise CourseError(f"{file.path} could not be fetched: {'; '.join(reasons)}.{kept}")


def _inside(folder: Path, path: str) -> Path:
    """A registry's path in the data folder. Raises CourseError if it or a link leads out of the folder."""
    place = folder / path
    if not place.parent.resolve().is_relative_to(folder.resolve()) or place.name in ("", ".", ".."):
        raise CourseError(f"{path} leads out of the data folder {folder}; nothing is written there.")
    return place


def _check_room(file: RemoteFile, part: Path) -> None:
    needed, free = file.size - _size(part), shutil.disk_usage(part.parent).free
    if needed > free:
        raise CourseError(
            f"{file.path} needs {needed:,} more bytes, and the disk of {part.parent} has {free:,} left. Make room, or "
            "name a folder on another disk with --to."
        )


def _fetch_from(url: str, file: RemoteFile, part: Path, listener: Listener, timeouts: Timeouts) -> None:
    """Leave the right file at `part`. Raises _MirrorFailed."""
    resumed = start = _size(part)
    if start < file.size:
        try:
            resumed = _download(url, file, part, start, listener, timeouts)
        except _RangeRefused:
            resumed = _download(url, file, part, 0, listener, timeouts)
    if (what := problem(file, part)) is None:
        return
    part.unlink()
    if not resumed:
        raise _MirrorFailed(f"sent a wrong file, which {what}")
    listener.on_notice(f"{file.path} {what} after going on from an earlier try; starting again.")
    _fetch_from(url, file, part, listener, timeouts)


def _download(url: str, file: RemoteFile, part: Path, start: int, listener: Listener, timeouts: Timeouts) -> int:
    """Download the bytes after the first `start` of `part`; returns how many of these first ones were kept.

    If the server sends the whole file instead, none of them are. Raises _MirrorFailed, and _RangeRefused if the server
    cannot go on at `start`.
    """
    # The file's own bytes, not a version compressed for the way.
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={start}-"} if start else {})
    arrived = start
    try:
        with (
            requests.Session() as session,
            session.get(url, headers=headers, stream=True, timeout=(timeouts.connect, timeouts.stall)) as response,
        ):
            begin, announced = _judge(response, file, start)
            target = part if announced else part.with_name(part.name + ".new")
            try:
                with target.open("ab" if begin else "wb") as sink:
                    listener.on_bytes(file, arrived := begin)
                    # read1 hands over what is there: nothing that came before a break is lost in a buffer.
                    while block := response.raw.read1(BLOCK, decode_content=False):
                        arrived += len(block)
                        if arrived > file.size:
                            raise _MirrorFailed(f"sends more than the {file.size:,} bytes expected")
                        sink.write(block)
                        listener.on_bytes(file, arrived)
                    if arrived < file.size:
                        raise _MirrorFailed(f"ended after {arrived:,} of {file.size:,} bytes")
                    sink.flush()
                    os.fsync(sink.fileno())
                os.replace(target, part)
            finally:
                if not announced:
                    target.unlink(missing_ok=True)
    except (requests.RequestException, ValueError) as error:  # requests lets ValueError through for odd redirects
        raise _MirrorFailed(_no_answer(error, timeouts)) from error
    except urllib3.exceptions.HTTPError as error:
        stalled = isinstance(error, urllib3.exceptions.ReadTimeoutError)
        how = f"sent nothing more for {timeouts.stall:g} seconds" if stalled else "broke off"
        raise _MirrorFailed(f"{how} after {arrived:,} of {file.size:,} bytes") from error
    return begin


def _judge(response: requests.Response, file: RemoteFile, start: int) -> tuple[int, bool]:
    """At which byte the answer begins, and whether it announces the right total. Raises as _download does."""
    if start and response.status_code == 206:
        last = file.size - 1
        asked = {f"bytes {start}-{last}/{total}" for total in (file.size, "*")}
        if response.headers.get("Content-Range") not in asked:
            raise _RangeRefused("sent other bytes than it was asked for")
        return start, True
    if start and response.status_code == 416:
        raise _RangeRefused("has fewer bytes than are here")
    if response.status_code != 200:
        raise _MirrorFailed(f"answered {response.status_code} {response.reason or ''}".rstrip())
    length = response.headers.get("Content-Length", "")
    if length.isdecimal() and int(length) != file.size:
        raise _MirrorFailed(f"has another file, of {int(length):,} bytes instead of {file.size:,}")
    return 0, length.isdecimal()


def _no_answer(error: Exception, timeouts: Timeouts) -> str:
    """Why no answer came, as the end of a sentence that begins with the address."""
    cause = getattr(error.args[0], "reason", None) if error.args else None
    match error:
        case requests.ConnectTimeout():
            return f"did not answer within {timeouts.connect:g} seconds"
        case requests.ReadTimeout():
            return f"sent nothing for {timeouts.stall:g} seconds"
        case requests.exceptions.InvalidSchema():
            return "leads to an address that is neither http nor https"
        case ValueError():
            return "leads to something that is no address"
        case requests.TooManyRedirects():
            return "leads in a circle"
        case requests.exceptions.SSLError():
            return "cannot prove who it is: its certificate is refused"
        case requests.exceptions.ProxyError():
            return "is not reached through the proxy that is set in the environment"
        case requests.ConnectionError() if isinstance(cause, urllib3.exceptions.NameResolutionError):
            return "is not found: its name is unknown, or this machine is not on the internet"
        case requests.ConnectionError() if isinstance(cause, urllib3.exceptions.NewConnectionError):
            return "cannot be reached"
        case requests.ConnectionError():
            return "closed the connection without an answer"
    return f"gave no usable answer ({type(error).__name__})"


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


class _MirrorFailed(Exception):
    """Why a mirror gave no file, as the end of a sentence that begins with its address."""


class _RangeRefused(_MirrorFailed):
    """The mirror cannot go on from what is here; it may still give the whole."""
