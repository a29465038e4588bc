"""Read a submission from its folder into bytes, and from bytes into a notebook, or say why that is impossible.

Nothing that a student can put into a folder or a file raises anything but NotANotebook, follows a link out of the
folder, or takes more memory than the limit.
"""

from __future__ import annotations

import ast
import errno
import fnmatch
import hashlib
import json
import os
import re
import stat
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell
from nbgrader.utils import parse_utc

from autograder.limits import Limits
from autograder.submissions.restore import grade_id

TIMESTAMP = "timestamp.txt"  # where nbgrader's exchange notes when a submission was handed in
MAX_CELLS = 5000
MAX_FILES = 2000
MAX_PATH = 200  # characters below the folder: a longer path may be too long where it is copied to
IGNORED = (".ipynb_checkpoints", "*.pyc", "__pycache__", "feedback")  # nbgrader's own default

_MAGIC = re.compile(r"\s*([\w, ]+=\s*)?[%!]")
_CELL_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class NotANotebook(Exception):
    """The submission cannot be graded; the message is a sentence that says why."""


@dataclass(frozen=True)
class Submission:
    """All that one student handed in, as plain bytes."""

    files: Mapping[str, bytes]  # paths below the folder, and contents
    problem: str | None  # why there are no files
    digest: str  # a SHA-256 sum over everything else
    left_out: tuple[tuple[str, str], ...] = ()  # (path, why) of each file that was not read

    @classmethod
    def of(
        cls, files: Mapping[str, bytes], left_out: Iterable[tuple[str, str]] = (), problem: str | None = None
    ) -> Submission:
        """The submission of these files."""
        files, left_out = dict(sorted(files.items())), tuple(sorted(left_out))
        sums = [[path, hashlib.sha256(content).hexdigest()] for path, content in files.items()]
        digest = hashlib.sha256(json.dumps([sums, left_out, problem]).encode()).hexdigest()
        return cls(files, problem, digest, left_out)


def read_submission(folder: Path, limits: Limits, ignored: Iterable[str] = IGNORED) -> Submission:
    """Read the files in `folder`, except those whose names match a pattern in `ignored`, as nbgrader does."""
    files: dict[str, bytes] = {}
    left_out: list[tuple[str, str]] = []
    left = int(limits.submission_mb * 1e6)
    for entry in _entries(folder, tuple(ignored)):
        name = os.path.relpath(entry, folder)
        try:
            content = _read(entry, folder, left)
        except OSError as error:
            left_out.append((name, f"cannot be read: {error.strerror or error}"))
            continue
        left -= len(content)
        if left < 0 or len(files) == MAX_FILES:
            most = f"{MAX_FILES} files" if left >= 0 else f"{limits.submission_mb:g} MB"
            return Submission.of(
                {},
                problem=f"It has more than {most}. Have the student leave out what the assignment does not ask for, or "
                "raise submission_mb in pyproject.toml, [tool.autograder.limits].",
            )
        if len(name) > MAX_PATH:
            left_out.append((name[:40] + "…", f"was left out: its path is longer than {MAX_PATH} characters"))
        else:
            files[name] = content
    return Submission.of(files, left_out)


def _entries(folder: Path, ignored: tuple[str, ...]) -> Iterator[str]:
    """The paths of all files, sorted within each folder; links to folders are not followed."""
    waiting = [str(folder)]
    while waiting:
        current = waiting.pop()
        try:
            with os.scandir(current) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except OSError:
            yield current  # reading it says why
            continue
        for entry in entries:
            if any(fnmatch.fnmatchcase(entry.name, pattern) for pattern in ignored):
                continue
            if entry.is_dir(follow_symlinks=False):
                waiting.append(entry.path)
            else:
                yield entry.path


def _read(path: str, folder: Path, limit: int) -> bytes:
    """A file's content, at most one byte more than `limit`. Raises OSError, also for a link that leaves the folder."""
    target = os.path.realpath(path)
    if target != path and not target.startswith(os.path.realpath(folder) + os.sep):
        raise OSError(errno.EPERM, "it is a link to a place outside the folder")
    # So that opening a pipe does not wait for its other end.
    descriptor = os.open(target, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "it is no file")
        return file.read(limit + 1)


def read_notebook(submission: Submission, name: str) -> nbformat.NotebookNode:
    """The submitted notebook `name`, its cells reduced to type, source, attachments and grade id. Raises NotANotebook.

    Outputs and other metadata are dropped: grading runs every cell again.
    """
    if submission.problem:
        raise NotANotebook(submission.problem)
    if why := dict(submission.left_out).get(name):
        raise NotANotebook(f"{name} {why}.")
    if name not in submission.files:
        others = sorted(path for path in submission.files if path.endswith(".ipynb") and "/" not in path)
        found = f"; there is {', '.join(others)} instead" if others else ""
        raise NotANotebook(f"{name} is missing{found}. Rename or add the notebook and grade again.")
    try:
        text = submission.files[name].decode("utf-8-sig")
        content = json.loads(text)
        if "\\ud" in text.lower():  # half a surrogate pair is legal JSON that no file can hold
            content = json.loads(json.dumps(content, ensure_ascii=False).encode("utf-8", "replace"))
    except (ValueError, RecursionError) as error:
        raise NotANotebook(f"{name} is not a notebook: it is not JSON ({error}). Ask for it again.") from None
    if isinstance(content, dict) and "worksheets" in content:
        raise NotANotebook(f"{name} is in the notebook format of 2015. Open and save it in Jupyter, and grade again.")
    if not isinstance(content, dict) or "cells" not in content:
        raise NotANotebook(f"{name} is not a notebook: it has no cells. Ask for it again.")
    try:
        notebook = new_notebook(cells=_cells(content))
        nbformat.validate(notebook)
    except Exception as error:
        reason = str(error).strip().partition("\n")[0][:200]
        raise NotANotebook(f"{name} is not a valid notebook: {reason}. Ask for it again.") from None
    return notebook


def _cells(content: dict[str, Any]) -> list[nbformat.NotebookNode]:
    """The cells of a notebook's JSON. Raises an exception that says what is wrong with them."""
    if content.get("nbformat") != 4:
        raise ValueError(f"it is of format {content.get('nbformat')!r:.20} instead of 4")
    if not isinstance(content["cells"], list):
        raise ValueError("its cells are no list")
    if len(content["cells"]) > MAX_CELLS:
        raise ValueError(f"it has {len(content['cells'])} cells, more than {MAX_CELLS}")
    cells = []
    taken: set[str] = set()
    makers = {"code": new_code_cell, "markdown": new_markdown_cell, "raw": new_raw_cell}
    for number, cell in enumerate(content["cells"], start=1):
        source = cell.get("source") if isinstance(cell, dict) else None
        if isinstance(source, list) and all(isinstance(line, str) for line in source):
            source = "".join(source)
        if not isinstance(source, str) or cell.get("cell_type") not in makers:
            raise ValueError(f"its cell {number} is not a valid cell")
        metadata = cell.get("metadata")
        nbgrader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
        own_id = cell.get("id")
        if not isinstance(own_id, str) or not _CELL_ID.fullmatch(own_id) or own_id in taken:
            own_id = f"cell-{number}"
            while own_id in taken:
                own_id += "-"
        taken.add(own_id)
        made = makers[cell["cell_type"]](source, id=own_id)
        if isinstance(nbgrader, dict) and isinstance(nbgrader.get("grade_id"), str):
            made.metadata["nbgrader"] = {"grade_id": nbgrader["grade_id"]}
        if cell["cell_type"] != "code" and isinstance(cell.get("attachments"), dict):
            made["attachments"] = nbformat.from_dict(cell["attachments"])
        cells.append(made)
    return cells


def cell_problems(submitted: nbformat.NotebookNode, source: nbformat.NotebookNode) -> list[str]:
    """Sentences for the instructor on problems with the cells of a gradable notebook."""
    ids = Counter(name for cell in submitted.cells if (name := grade_id(cell)))
    expected = [name for cell in source.cells if (name := grade_id(cell))]
    sentences = [f"The cell {name} is missing." for name in expected if name not in ids]
    sentences += [f"The cell {name} is there {ids[name]} times." for name in expected if ids[name] > 1]
    for number, cell in enumerate(submitted.cells, start=1):
        if cell.cell_type == "code" and (error := syntax_error(cell.source)):
            name = grade_id(cell)
            known = name if name in expected else f"number {number}"
            sentences.append(f"The cell {known} is not Python: {error}.")
    return sentences


def syntax_error(source: str) -> str | None:
    """Why a code cell is not Python, with the line within the cell; None if it is."""
    if source.lstrip().startswith("%%"):  # another language, maybe
        return None
    python = "\n".join("pass" if _MAGIC.match(line) else line for line in source.splitlines())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about the student's code, not ours
            ast.parse(python)
    except (SyntaxError, ValueError) as error:
        return f"{getattr(error, 'msg', error)} in its line {getattr(error, 'lineno', None) or 1}"
    except (RecursionError, MemoryError):
        return "it is nested too deeply"
    return None


def timestamp(written: bytes) -> object:
    """The time of handing in, in UTC, from the content of timestamp.txt; None if that is not a time."""
    try:
        return parse_utc(written[:100].decode("utf-8").strip())
    except Exception:  # dateutil raises many kinds
        return None
