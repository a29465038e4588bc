"""What lies beside the notebook: links out of the folder, files that never end, and names that mean something."""

from __future__ import annotations

import io
import os
import socket
import zipfile
from collections.abc import Callable
from pathlib import Path

from tests.attacks import Attack, Target, beside, cell, edited, nothing
from tests.classes import Pieces

READ_BESIDE = """\
import os

for here, folders, files in os.walk(".", followlinks=True):
    for name in files:
        try:
            text = open(os.path.join(here, name), errors="replace").read(10_000)
        except OSError:
            continue
        if "what nobody handed in" in text:
            reached(os.path.join(here, name))
    if here.count("/") > 8:
        break
"""

HONEST = edited(lambda notebook: None)
_NOT_READ = "only plain files in the folder are read, up to a size and a number"


def _none(pieces: Pieces, target: Target) -> dict[str, bytes]:
    return {}


def _zip(*names: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name in names:
            archive.writestr(name, "from a zip")
    return content.getvalue()


def _other_name(pieces: Pieces, target: Target) -> dict[str, bytes]:
    return {f"{target.assignment} (1).ipynb": content for content in HONEST(pieces, target).values()}


def _a_folder(folder: Path, target: Target) -> None:
    (folder / f"{target.assignment}.ipynb").mkdir()


def _link_to_source(folder: Path, target: Target) -> None:
    source = Path(target.course, "build", "source", target.assignment, f"{target.assignment}.ipynb")
    (folder / source.name).symlink_to(source)


def _link_to_neighbour(folder: Path, target: Target) -> None:
    name = f"{target.assignment}.ipynb"
    (folder / name).symlink_to(Path("..", "..", "0-reference", target.assignment, name))


def _link_to_zeros(folder: Path, target: Target) -> None:
    (folder / f"{target.assignment}.ipynb").symlink_to("/dev/zero")


def _links(folder: Path, target: Target) -> None:
    (folder / "secret.txt").symlink_to(Path(target.folder, "secret.txt"))
    (folder / "everything").symlink_to("/")
    (folder / "outside").symlink_to(target.folder)
    (folder / "loop").symlink_to("loop")
    (folder / "again").symlink_to(".")
    (folder / "nowhere").symlink_to("does not exist")
    (folder / "zeros").symlink_to("/dev/zero")


def _never_end(folder: Path, target: Target) -> None:
    os.mkfifo(folder / "fifo.csv")
    with socket.socket(socket.AF_UNIX) as listener:
        here = os.getcwd()
        os.chdir(folder)  # the name of a socket is short
        try:
            listener.bind("socket")
        finally:
            os.chdir(here)


def _sparse(folder: Path, target: Target) -> None:
    with open(folder / "checkpoint.pt", "wb") as file:
        file.truncate(1 << 40)


def _many(folder: Path, target: Target) -> None:
    for number in range(20_000):
        (folder / f"{number}.txt").touch()


def _deep(folder: Path, target: Target) -> None:
    """Deeper than a path may be long."""
    here = os.open(folder, os.O_RDONLY)
    for _ in range(40):
        os.mkdir("x" * 200, dir_fd=here)
        deeper = os.open("x" * 200, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = deeper
    os.close(here)


def _odd_names(folder: Path, target: Target) -> None:
    for name in (b"\xff\xfe", b"a\nb", b"\x1b[2J", b"-rf", b"~", b"$(x)", b"%s{0}", b"x" * 255, "ü".encode()):
        with open(os.path.join(os.fsencode(folder), name), "wb"):
            pass


_NAMES = {
    "gradebook.db": b"not a database",
    "nbgrader_config.py": b"raise SystemExit\n",
    "jupyter_config.json": b"{",
    "ipython_config.py": b"raise SystemExit\n",
    "sitecustomize.py": b"raise SystemExit\n",
    "usercustomize.py": b"raise SystemExit\n",
    ".ipython/profile_default/startup/0.py": b"raise SystemExit\n",
    ".env": b"PATH=/nowhere\n",
    "pyproject.toml": b"[",
    "other.ipynb": b"{",
    "feedback/other.html": b"<script>alert(1)</script>",
}

# Modules of the standard library that IPython or numpy import, as a student's own file may well be called.
_MODULES = {name: b"def roll():\n    return 4\n" for name in ("random.py", "secrets.py", "token.py", "queue.py")}


def _no_notebook(name: str, does: str, arrange: Callable[[Path, Target], None], stock: str) -> Attack:
    return Attack(name, does, _none, _NOT_READ, stock, honest=nothing, told=".", gradable=False, arrange=arrange)


ATTACKS = [
    Attack("no-files", "hands in an empty folder", _none, _NOT_READ, "no row", 3, nothing, told=".", gradable=False),
    Attack(
        "other-name",
        "hands in a notebook of another name",
        _other_name,
        "its row says what to rename",
        "no score",
        honest=nothing,
        told=r"\(1\)",
        gradable=False,
    ),
    _no_notebook("a-folder", "hands in a folder of the notebook's name", _a_folder, "the batch stops"),
    _no_notebook("link-to-source", "hands in a link to the reference", _link_to_source, "full marks"),
    _no_notebook("link-to-neighbour", "hands in a link to another's notebook", _link_to_neighbour, "its marks"),
    _no_notebook("link-to-zeros", "hands in a link to /dev/zero", _link_to_zeros, "reads for ever"),
    Attack(
        "links",
        "hands in links to files and folders outside, and reads them when it runs",
        cell(READ_BESIDE),
        _NOT_READ + "; mount namespace",
        "copies what they lead to, and can read it",
        promise=2,
        at_most=True,
        arrange=_links,
    ),
    Attack(
        "never-end",
        "hands in a pipe that nobody writes to, and a socket",
        HONEST,
        _NOT_READ,
        "hangs for ever",
        at_most=True,
        arrange=_never_end,
    ),
    Attack(
        "huge-file",
        "hands in a file of 1 TB that holds nothing",
        HONEST,
        _NOT_READ,
        "fills the disk",
        at_most=True,
        told=".",
        arrange=_sparse,
    ),
    Attack("many-files", "hands in 20,000 files", HONEST, _NOT_READ, "copies them", at_most=True, arrange=_many),
    Attack(
        "deep-folder",
        "hands in folders whose path is too long",
        HONEST,
        _NOT_READ,
        "stops",
        at_most=True,
        arrange=_deep,
    ),
    Attack(
        "odd-names",
        "hands in files with odd names",
        HONEST,
        "names are bytes",
        "stops",
        at_most=True,
        arrange=_odd_names,
    ),
    Attack(
        "zip-slip",
        "hands in zip files that lead out of the folder",
        beside({"evil.zip": _zip("../../../evil.txt", "/tmp/evil.txt", "..\\evil.txt"), "evil.tar.gz": b"\x1f\x8b"}),
        "nothing is unpacked",
        "full marks",
    ),
    Attack("config", "hands in settings of Jupyter, IPython and Python", beside(_NAMES), "none is read", "full marks"),
    Attack(
        "module-names",
        "hands in modules that are called like Python's own",
        beside(_MODULES),
        "libraries are imported before the folder is there",
        "no kernel starts: no score",
        promise=5,
    ),
    *(
        Attack(
            f"timestamp-{name}",
            f"hands in a time of handing in that is {what}",
            beside({"timestamp.txt": content}),
            "a time that cannot be read is none",
            "the batch stops",
        )
        for name, what, content in (
            ("words", "no time", b"yesterday"),
            ("bytes", "no text", b"\xff\xfe\x00"),
            ("far", "out of range", b"99999-12-31 25:61:61 UTC"),
        )
    ),
]
