"""Disk: to fill it, to leave what cannot be removed, or to write where it is none of its business."""

from __future__ import annotations

from tests.attacks import Attack, cell

# Stops by itself at eight times the limit.
FILL = """\
import os

folder = {folder}
block, held = b"x" * (1 << 20), 0
try:
    while held < 8 * target.disk_mb:
        with open(os.path.join(folder, f"{{target.token}}-{{held}}"), "wb") as file:
            for _ in range(16):
                held += file.write(block) >> 20
                file.flush()
    reached(f"{{held}} MB in {{folder}}")
except OSError as error:
    print(error)
"""

# The space comes back only when the last handle is closed.
FILL_UNLINKED = """\
import os

block, held, files = b"x" * (1 << 20), 0, []
try:
    while held < 8 * target.disk_mb:
        files.append(open(f"{target.token}-{len(files)}", "wb", buffering=0))
        os.unlink(files[-1].name)
        for _ in range(4):
            held += files[-1].write(block) >> 20
    reached(f"{held} MB in files without a name")
except OSError as error:
    print(error)
"""

MILLION_FILES = """\
import itertools

for number in range(10**6):
    open(f"{target.token}-{number}", "w").close()
"""

SPARSE = """\
from pathlib import Path

for path in [*Path.cwd().iterdir(), Path(target.token)]:
    try:
        with open(path, "wb") as file:
            file.truncate(1 << 40)
    except OSError as error:
        print(error)
"""

DEEP_FOLDERS = """\
import os

for _ in range(5000):
    os.mkdir("folder")
    os.chdir("folder")
"""

STUBBORN = """\
import os
import socket

os.mkdir("locked")
open(b"locked/\\xff\\n\\x1b[2J", "w").close()
os.mkfifo("locked/fifo")
socket.socket(socket.AF_UNIX).bind("locked/socket")
os.symlink(target.course, "locked/course")
os.symlink("/", "everything")
os.symlink("loop", "loop")
os.chmod("locked", 0)
os.chmod(".", 0)
"""

OUTSIDE = """\
import os
import site
import sys
import tempfile

import IPython
import numpy

folders = [
    target.folder, target.course, target.home, "/", "/etc", "/usr/local/bin", "/var/tmp", "/run", "/dev/shm", "/tmp",
    f"{target.course}/submitted", f"{target.course}/results", f"{target.course}/solutions",
    f"{target.home}/.ipython/profile_default/startup", f"{target.home}/.jupyter", sys.prefix, sys.base_prefix,
    os.path.dirname(numpy.__file__), os.path.dirname(IPython.__file__), os.path.dirname(sys.executable),
    *site.getsitepackages(), site.getusersitepackages(), "..", "../..", "../../..",
]
for folder in folders:
    try:
        open(os.path.join(folder, target.token + ".txt"), "w").close()
    except OSError:
        pass
for path in ["gradebook.db", "nbgrader_config.py", f"build/source/{target.assignment}/{target.assignment}.ipynb"]:
    try:
        open(os.path.join(target.course, path), "r+b")
    except OSError:
        continue
    reached(path)
"""

REPLACE_ITSELF = """\
from pathlib import Path

for path in Path.cwd().rglob("*"):
    if path.is_file():
        path.unlink()
for name in (f"{target.assignment}.ipynb", f"{target.assignment}.html", "timestamp.txt"):
    Path(name).write_text("{" * 1000)
"""

_SIZE = "file system in memory of limited size"
_READ_ONLY = "mount namespace: only the scratch folder can be written"


def _fill(name: str, folder: str, where: str) -> Attack:
    return Attack(f"fill-{name}", f"fills {where}", cell(FILL.format(folder=folder)), _SIZE, "the disk is full")


ATTACKS = [
    _fill("scratch", '"."', "the folder it runs in"),
    _fill("tmp", '"/tmp"', "/tmp"),
    _fill("shm", '"/dev/shm"', "/dev/shm"),
    _fill("home", 'os.path.expanduser("~")', "the home folder"),
    Attack("fill-unlinked", "fills files that have no name", cell(FILL_UNLINKED), _SIZE, "the disk is full"),
    Attack(
        "million-files",
        "makes a million empty files",
        cell(MILLION_FILES),
        "number of files on its file system; the cell's time limit",
        "the file system has no more inodes, and takes long to clean up",
    ),
    Attack(
        "sparse",
        "makes files of 1 TB that hold nothing",
        cell(SPARSE),
        "RLIMIT_FSIZE; nothing of the scratch folder is read",
        "what copies the folder hangs or fills the disk",
    ),
    Attack(
        "deep-folders",
        "makes folders in folders, 5000 deep",
        cell(DEEP_FOLDERS),
        "the file system goes as a whole, nobody has to remove them",
        "its temporary folder cannot be removed",
    ),
    Attack(
        "stubborn",
        "leaves locked folders, pipes, sockets and links where files are expected",
        cell(STUBBORN),
        "the file system goes as a whole; nothing of the scratch folder is read",
        "what copies the folder hangs at the pipe",
    ),
    Attack(
        "write-outside",
        "writes into the course, the home folder, the Python environment and whatever else there is",
        cell(OUTSIDE),
        _READ_ONLY,
        "writes all of them",
    ),
    Attack(
        "replace-itself",
        "replaces the notebook that is being graded",
        cell(REPLACE_ITSELF),
        "nothing of the scratch folder is read",
        "full marks",
    ),
]
