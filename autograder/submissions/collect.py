"""Copy a class's hand-ins from the folder or zip that an LMS exports to `submitted/<student>/<assignment>/`.

1. The name of each file says whose it is (`lms`); files with other names are listed.
2. One of each student's files is the notebook, which gets the assignment's name; the others are put next to it. A zip
   that was handed in instead of a notebook is unpacked.
3. The folder appears as a whole or not at all. An existing folder stays, unless `replace` says otherwise.

A problem with one student's files does not stop the others.
"""

from __future__ import annotations

import os
import re
import shutil
import uuid
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Literal

from autograder.course import Course
from autograder.limits import Limits
from autograder.submissions.archive import Entry, UnreadableFile, clash, entries, zip_in
from autograder.submissions.lms import Origin, origin
from autograder.submissions.submission import MAX_FILES, TIMESTAMP, read_submission, timestamp

DOWNLOAD = timedelta(hours=1)  # if all files are this close in time, it is the time of the download

# Additions by browsers, Colab, JupyterLab and Canvas to a name that is already taken.
_COPY = re.compile(r"^(Copy of )+|(-Copy\d+|[ _-]?\(\d+\)|-\d+| copy|-repaired)+$")

Outcome = Literal["collected", "there already", "replaced", "refused"]


@dataclass(frozen=True)
class Collected:
    """What became of one student's hand-in."""

    student: str
    outcome: Outcome
    source: str  # the path of its first file in the export
    files: int = 0
    late: bool = False
    time: datetime | None = None  # when it was handed in, where that is known
    problems: tuple[str, ...] = ()  # sentences on why it was refused, or what was left out


@dataclass(frozen=True)
class Collection:
    """What became of a whole export."""

    rows: tuple[Collected, ...]  # one for each student
    nobodys: tuple[str, ...]  # the paths that belong to no student
    times_known: bool


class _Refused(Exception):
    """A hand-in is not collected; the message is a sentence."""


def collect(
    course: Course,
    source: Path,
    assignment: str,
    *,
    replace: bool = False,
    on_row: Callable[[Collected], None] = lambda row: None,
) -> Collection:
    """Put the hand-ins of `source` where they are graded. Raises CourseError if it is neither a folder nor a zip."""
    hand_ins: dict[str, list[tuple[Origin, Entry]]] = defaultdict(list)
    nobodys = []
    found = entries(source)
    for entry in found:
        if whose := origin(entry.path):
            hand_ins[whose.student].append((whose, entry))
        else:
            nobodys.append(entry.path)
    times = [entry.time for entry in found if entry.time]
    times_known = bool(times) and max(times) - min(times) > DOWNLOAD
    rows = []
    for student, files in sorted(hand_ins.items()):
        rows.append(_collect_one(course, assignment, student, found=files, times_known=times_known, replace=replace))
        on_row(rows[-1])
    return Collection(tuple(rows), tuple(nobodys), times_known)


def _collect_one(
    course: Course,
    assignment: str,
    student: str,
    *,
    found: list[tuple[Origin, Entry]],
    times_known: bool,
    replace: bool,
) -> Collected:
    source = found[0][1].path
    late = any(whose.late for whose, _ in found)
    times = [entry.time for _, entry in found if entry.time and entry.time <= datetime.now(UTC)]
    time = max(times) if times and times_known else None
    limits = course.limits(assignment)
    problems: list[str] = []
    try:
        if len(ids := sorted({whose.id for whose, _ in found})) > 1:
            raise _Refused(
                f"There are several of this name, numbers {', '.join(ids)}. Unpack the export, give each a name of its "
                "own in front of the number, the same for every assignment, and collect the folder."
            )
        files = _named(_read(found, limits, problems), assignment, limits, problems)
        outcome = _put(course.submitted(student, assignment).parent, files, time, replace)
    except _Refused as why:
        return Collected(student, "refused", source, late=late, time=time, problems=(*problems, str(why)))
    return Collected(student, outcome, source, files=len(files), late=late, time=time, problems=tuple(problems))


def _read(found: list[tuple[Origin, Entry]], limits: Limits, problems: list[str]) -> dict[str, bytes]:
    if all(whose.text for whose, _ in found):
        raise _Refused("Text was written in the browser, and no file handed in.")
    return _contents([(whose.path, entry) for whose, entry in found if not whose.text], limits, problems)


def _contents(found: list[tuple[str, Entry]], limits: Limits, problems: list[str]) -> dict[str, bytes]:
    """Path to content. Raises _Refused if they are too many, too large, or cannot be in one folder."""
    if len(found) > MAX_FILES:
        raise _Refused(f"It has more than {MAX_FILES} files.")
    left = int(limits.submission_mb * 1e6)
    files: dict[str, bytes] = {}
    if clashing := clash([path for path, _ in found]):
        raise _Refused(f"Two of its files are called {clashing!r}, on some systems at least.")
    for path, entry in found:
        try:
            content = entry.read(left)
        except UnreadableFile as why:
            large = f": all together may have {limits.submission_mb:g} MB" if "too large" in str(why) else ""
            raise _Refused(f"{path!r} {why}{large}.") from None
        left -= len(content)
        if PurePosixPath(path).name == TIMESTAMP:
            problems.append(f"{path!r} was left out: nbgrader would believe it about when this was handed in.")
        else:
            files[path] = content
    return files


def _named(files: dict[str, bytes], assignment: str, limits: Limits, problems: list[str]) -> dict[str, bytes]:
    """The files under the names they are graded by. Raises _Refused if it is not clear which one is the notebook."""
    zips = [path for path in files if path.lower().endswith(".zip")]
    if not any(path.endswith(".ipynb") for path in files) and len(zips) == 1:
        try:
            inside = [(entry.path, entry) for entry in zip_in(files.pop(zips[0]))]
        except UnreadableFile as why:
            raise _Refused(f"{zips[0]!r} {why}.") from None
        unpacked = _contents(inside, limits, problems)
        if both := clash([*files, *unpacked]):
            raise _Refused(f"{both!r} is handed in, and is in {zips[0]!r}, too.")
        problems.append(f"{zips[0]!r} was unpacked.")
        files |= unpacked
    notebook = _notebook(list(files), assignment)
    folder = PurePosixPath(notebook).parent
    named = {}
    for path, content in files.items():
        plain = PurePosixPath(path)
        below = plain.relative_to(folder) if plain.is_relative_to(folder) else plain
        named[f"{assignment}.ipynb" if path == notebook else str(below)] = content
    if len(named) < len(files) or (both := clash(list(named))):
        raise _Refused(f"Besides {notebook!r} there are files that would get its name or each other's.")
    return named


def _notebook(paths: list[str], assignment: str) -> str:
    notebooks = [path for path in paths if path.endswith(".ipynb")]
    stems = {path: PurePosixPath(path).stem for path in notebooks}
    exact = [path for path in notebooks if stems[path] == assignment]
    copies = [path for path in notebooks if _COPY.sub("", stems[path]) == assignment]
    for candidates in (exact, copies, notebooks):
        if len(candidates) == 1:
            return candidates[0]
    if not notebooks:
        raise _Refused(f"There is no notebook, only {', '.join(map(repr, paths[:3])) or 'nothing'}.")
    names = ", ".join(map(repr, notebooks[:3]))
    raise _Refused(f"Which of its notebooks is {assignment}? There are {names}. Leave one in the export.")


def _put(folder: Path, files: dict[str, bytes], time: datetime | None, replace: bool) -> Outcome:
    """Write the files into `folder`, all or none."""
    there = os.path.lexists(folder)
    if there:
        if folder.is_symlink() or not folder.is_dir():
            raise _Refused(f"{folder} is no folder. Move it away.")
        if _same(folder, files):
            return "there already"
        if not replace:
            raise _Refused(f"{folder} has another submission in it. Replace it with --replace.")
        before = _time(folder)
        if before and time and time < before:
            raise _Refused(f"The one in {folder} was handed in later, on {before:%Y-%m-%d %H:%M} UTC, and stays.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = folder.parent / f".{folder.name}.{uuid.uuid4().hex}"
    old = folder.parent / f".{folder.name}.{uuid.uuid4().hex}.old"
    try:
        made.mkdir()
        for path, content in files.items():
            (made / path).parent.mkdir(parents=True, exist_ok=True)
            (made / path).write_bytes(content)
        if time:
            (made / TIMESTAMP).write_text(f"{time:%Y-%m-%d %H:%M:%S} UTC\n", encoding="utf-8")
        if there:
            folder.rename(old)
        made.rename(folder)
    except BaseException:
        if old.exists() and not folder.exists():
            old.rename(folder)
        raise
    finally:
        shutil.rmtree(made, ignore_errors=True)
        if folder.exists():
            shutil.rmtree(old, ignore_errors=True)
    return "replaced" if there else "collected"


def _same(folder: Path, files: dict[str, bytes]) -> bool:
    size = sum(map(len, files.values())) + 1000  # a little more, for timestamp.txt
    there = read_submission(folder, Limits(submission_mb=size / 1e6), ())
    return not there.left_out and {path: there.files[path] for path in there.files if path != TIMESTAMP} == files


def _time(folder: Path) -> datetime | None:
    try:
        when = timestamp((folder / TIMESTAMP).read_bytes())
    except OSError:
        return None
    return when.replace(tzinfo=UTC) if isinstance(when, datetime) else None
