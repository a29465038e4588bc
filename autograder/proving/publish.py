"""The students' repository: the released notebooks, a README that opens them on Colab, the licence, and nothing else.

1. The notebooks must be what today's solutions give, and no file may hold a line that students are not to see: of a
   solution, a hidden test, a question, a known answer or the list of equivalents.
2. Nothing is written unless all of it can be. Whatever else lies in the folder stays as it is and is told.

What git knows of earlier times, nobody looks into: a line that was ever pushed there is public.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from autograder.authoring.build import BADGE, build
from autograder.course import Course, CourseError
from autograder.proving.leaks import secret_lines, squeezed

MARK = "<!-- Made by `autograder publish`, which overwrites what is changed here. -->"
NAMED = 20  # leaks that are told one by one
LARGEST = 5_000_000  # bytes: a file of others that is larger is not looked into

README = """\
{mark}
# Assignments

| notebook | |
|---|---|
{rows}

A notebook needs no install: its badge opens it on Google Colab. It runs in Jupyter as well.

## How to work and hand in

1. Open a notebook and save a copy of your own at once: *File → Save a copy in Drive*.
2. Go from top to bottom, run each cell, and write your answers into the cells that ask for them.
   The tests below an answer say whether it is right and, if not, which mistake it looks like.
3. Change answers only, and add cells of your own where you like.
   Cells that were given out are graded as they were given out.
4. Before you hand in, run everything anew: *Runtime → Restart session and run all*.
5. *File → Download → Download .ipynb*, and hand that file in where your course collects it.

Work is graded with the tests that you see and with others that you do not see.
Those are hidden only as long as the repository in which they are kept is private.

## Licence

See [LICENSE](LICENSE). Data sets and pictures have licences of their own, which the notebooks name.
"""


@dataclass(frozen=True)
class Publication:
    """What the students' repository holds and what is in its place: paths of files, and sentences to tell."""

    files: Mapping[str, bytes]
    outdated: tuple[str, ...]
    unknown: tuple[str, ...]
    notes: tuple[str, ...]


def prepare(course: Course, folder: Path) -> Publication:
    """What `folder` is to hold. Raises CourseError where it should hold nothing of this, or something would leak."""
    _refuse_folder(course, folder)
    files = published(course)
    unknown = tuple(path for path in _files_in(folder) if path not in files)
    others = {path: text for path in unknown if (text := _text(folder / path))}
    if leaks := list(_leaks(course, {path: content.decode("utf-8") for path, content in files.items()} | others)):
        more = [f"There are {len(leaks) - NAMED} more such lines."] if len(leaks) > NAMED else []
        raise CourseError("\n".join([*leaks[:NAMED], *more, f"Nothing was written to {folder}."]))
    outdated = tuple(path for path, content in files.items() if _content(folder / path) != content)
    return Publication(files, outdated, unknown, tuple(_notes(course, folder)))


def write(publication: Publication, folder: Path) -> None:
    """Bring `folder` up to date; each file is the old one or the new one."""
    for name in publication.outdated:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{uuid.uuid4().hex}.part")
        try:
            part.write_bytes(publication.files[name])
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)


def published(course: Course) -> dict[str, bytes]:
    """Path to content of all that students get. Raises CourseError where a notebook is not up to date."""
    if not course.assignments:
        raise CourseError(f"{course.root / 'solutions'} holds no assignment yet: nothing named like a1_name.py.")
    files, rows = {}, []
    with tempfile.TemporaryDirectory(prefix="autograder-publish-") as scratch:
        copy = course.copy_to(Path(scratch))
        for assignment in course.assignments:
            path = course.release(assignment)
            content = _content(path)
            if content != build(copy, assignment).read_bytes():
                what = "is missing" if content is None else "is not what its solution gives"
                raise CourseError(f"{path} {what}. Run `autograder build {assignment}` and publish again.")
            files[path.relative_to(course.root).as_posix()] = content
            rows.append(f"| {_title(content, assignment)} | {BADGE.format(url=course.colab_url(assignment))} |")
    licence = course.root / "LICENSE"
    if (terms := _content(licence)) is None:
        raise CourseError(f"{licence} is missing; without it students may not even keep a copy. Write one.")
    return {"README.md": README.format(mark=MARK, rows="\n".join(rows)).encode(), "LICENSE": terms, **files}


def _title(notebook: bytes, assignment: str) -> str:
    for cell in json.loads(notebook)["cells"]:
        if found := re.match(r"#\s+(.+)", "".join(cell["source"])):
            return found[1].replace("|", "\\|").strip()
    return assignment


def _refuse_folder(course: Course, folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise CourseError(f"{folder} is no folder.")
    there, root = folder.resolve(), course.root.resolve()
    if there.is_relative_to(root) or root.is_relative_to(there):
        raise CourseError(f"{folder} and the course are in one another. Publish to a folder, or a clone, of its own.")
    targets = [folder / course.release(assignment).relative_to(course.root) for assignment in course.assignments]
    for target in (folder / "README.md", folder / "LICENSE", *targets):
        for path in (target, *target.parents[: len(target.parts) - len(folder.parts) - 1]):
            if path.is_symlink():
                raise CourseError(f"{path} is a link; nothing is written through it. Remove it.")
    readme = _content(folder / "README.md")
    if readme is not None and MARK.encode() not in readme:
        raise CourseError(
            f"{folder / 'README.md'} is not of `autograder publish` and would be lost. Is {folder} the students' "
            "repository? Then move the file away."
        )


def _leaks(course: Course, files: Mapping[str, str]) -> Iterator[str]:
    """Every secret line that is anywhere in `files`, as a sentence that names the file and line it is from."""
    public = ""
    secret: dict[str, str] = {}
    for assignment in course.assignments:
        lines, visible = secret_lines(course, assignment)
        public += visible + "\n"
        secret |= lines
    for name, text in files.items():
        plain = _plain(text)
        for line, where in secret.items():
            if line in plain and line not in public:
                yield f"{name} holds the line {where}, which students are not to see."


def _plain(text: str) -> str:
    """A file's text without white space; a notebook's as its cells have it."""
    try:
        return squeezed(json.loads(text))
    except (ValueError, RecursionError):
        return squeezed(text)


def _files_in(folder: Path) -> list[str]:
    """Every file in `folder`, sorted; what its git ignores is left out."""
    listed = _git(folder, "ls-files", "-z", "--cached", "--others", "--exclude-standard") if folder.is_dir() else None
    if listed is not None and (folder / ".git").exists():
        return sorted(path for path in set(listed.split("\0")) if path and os.path.lexists(folder / path))
    return sorted(
        os.path.relpath(os.path.join(current, name), folder)
        for current, folders, names in os.walk(folder)
        for name in names
        if ".git" not in Path(os.path.relpath(current, folder)).parts
    )


def _notes(course: Course, folder: Path) -> Iterator[str]:
    wanted = course.settings["repository"]
    remote = (_git(folder, "config", "--get", "remote.origin.url") or "").strip() if (folder / ".git").exists() else ""
    if remote and _address(remote) != _address(wanted):
        yield (
            f"{folder} is pushed to {remote}, but badges open {wanted}. Set `repository` in pyproject.toml, "
            "[tool.autograder], and build again."
        )


def _address(url: str) -> str:
    """The owner and name of a repository, however its address is written."""
    return "/".join(re.split(r"[/:]", url.rstrip("/").removesuffix(".git"))[-2:]).lower()


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True, errors="replace")
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _text(path: Path) -> str | None:
    """The text of a file of others, unless it is a link, large or not text."""
    if path.is_symlink() or not path.is_file() or path.stat().st_size > LARGEST:
        return None
    try:
        return path.read_text(encoding="utf-8")
    except (UnicodeDecodeError, OSError):
        return None
