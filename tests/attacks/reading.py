"""Leaks: to read solutions, hidden tests, the gradebook, others' work, or what the grader's processes hold."""

from __future__ import annotations

from collections.abc import Mapping

from tests.attacks import Attack, Target, all_but_first, answers, cell, handed_in, solved
from tests.classes import Pieces

COURSE = """\
import os

for path in ("build/source/{0}/{0}.ipynb", "build/expected", "solutions/{0}/notebook.py", "solutions/{0}/questions.py",
             "solutions/{0}/mistakes.py", "solutions/{0}/others.py", "solutions/asking.py", "gradebook.db",
             "nbgrader_config.py", "submitted", "results", "autograded"):
    path = os.path.join(target.course, path.format(target.assignment))
    if can_read(path):
        reached(path)
try:
    reached(open(os.path.join(target.folder, "secret.txt")).read())
except OSError:
    pass
"""

PARENTS = """\
import os
import re

hidden, folder = re.compile(target.hidden), os.getcwd()
while True:
    for here, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if here.count("/") < folder.count("/") + 3]
        for name in files:
            if name.endswith((".ipynb", ".json", ".db", "-journal", "-wal")):
                try:
                    text = open(os.path.join(here, name), errors="replace").read(1 << 22)
                except OSError:
                    continue
                if hidden.search(text):
                    reached(os.path.join(here, name))
    if folder == "/":
        break
    folder = os.path.dirname(folder)
"""

WALK = """\
import os
import sys

names = {f"{target.assignment}.ipynb", "mistakes.py", "gradebook.db", "nbgrader_config.py", "secret.txt"}
libraries = {"/proc", "/sys", "/usr", os.getcwd(), sys.prefix, sys.base_prefix}
for here, folders, files in os.walk("/"):
    folders[:] = [name for name in folders if os.path.join(here, name) not in libraries]
    for name in names.intersection(files):
        reached(os.path.join(here, name))
"""

# An editable installation shows where its repository lies, and that holds the solutions, too.
PACKAGE = """\
import importlib.util
import os
import sys

for name in ("autograder", "solutions", "tests", "nbgrader"):
    found = importlib.util.find_spec(name)
    for folder in found.submodule_search_locations or [] if found else []:
        repository = os.path.dirname(os.path.abspath(folder))
        for neighbour in ("solutions", "build/source", "gradebook.db", "submitted", ".git"):
            if can_read(os.path.join(repository, neighbour)):
                reached(os.path.join(repository, neighbour))
for name in sorted(sys.modules):
    if name.partition(".")[0] in ("solutions", "tests"):
        reached(f"{name}, imported before the kernel was forked")
"""

HOME = """\
import os

for name in (".ssh", ".bashrc", ".profile", ".config", ".netrc", ".aws", ".gitconfig", ".git-credentials",
             ".bash_history", ".jupyter", ".cache", ".local/share/jupyter"):
    path, own = os.path.join(target.home, name), os.path.expanduser("~")
    if can_read(path) and os.path.commonpath([path, own]) != own:
        reached(path)
"""

SYSTEM = """\
for path in ("/etc/shadow", "/etc/sudoers", "/var/log", "/var/spool", "/proc/kcore", "/dev/mem", "/dev/kmsg",
             "/run/docker.sock", "/var/run/secrets", "/etc/ssl/private"):
    if can_read(path):
        reached(path)
"""

ENVIRONMENT = """\
import os
from glob import glob

if target.secret in os.environ:
    reached("the grader's environment")
for path in glob("/proc/[0-9]*/environ") + ["/proc/self/environ", "/proc/thread-self/environ"]:
    try:
        if target.secret.encode() in open(path, "rb").read():
            reached(path)
    except OSError:
        pass
"""

PROCESSES = """\
import os
from glob import glob

for folder in glob("/proc/[0-9]*"):
    try:
        command = open(f"{folder}/cmdline", "rb").read()
    except OSError:
        continue
    if folder == f"/proc/{target.canary}" and target.token.encode() in command:
        reached(f"{folder}: {command}")
    for way in ("root", "cwd"):
        if can_read(f"{folder}/{way}{target.course}/gradebook.db"):
            reached(f"{folder}/{way}")
"""

HANDLES = """\
import os
from glob import glob

way_up = "../" * 64 + target.course.lstrip("/")
for path in glob("/proc/[0-9]*/fd/*") + glob("/proc/self/fd/*"):
    try:
        leads_to = os.readlink(path)
    except OSError:
        continue
    if leads_to.startswith((target.course, target.folder)):
        reached(f"{path}: {leads_to}")
    try:
        handle = int(path.rpartition("/")[2])
        os.close(os.open(way_up, os.O_RDONLY, dir_fd=handle))
        reached(f"{path}: {leads_to}, and the course from there")
    except (OSError, ValueError):
        pass
"""

# What the process remembers from before the fork, and what its grader has told it too early.
MEMORY = """\
import re

hidden = re.compile(target.hidden.encode())
secret = re.compile(target.secret.encode() + b"=[a-z]")
with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", buffering=0) as memory:
    for line in maps.read().splitlines():
        place, rights, *rest = line.split()
        if not rights.startswith("rw") or "/" in rest[-1]:
            continue
        start, end = (int(number, 16) for number in place.split("-"))
        for chunk in range(start, min(end, start + (256 << 20)), 1 << 22):
            try:
                memory.seek(chunk)
                content = memory.read(min(end - chunk, 1 << 22))
            except (OSError, OverflowError):
                break
            for pattern in (hidden, secret):
                if pattern.search(content):
                    reached(f"{pattern.pattern} in {line}")
"""

NEIGHBOURS_KERNEL = """\
import os
import socket
import sys

from ipykernel import get_connection_file

kernel = get_ipython().kernel.parent
own = str(getattr(kernel, "ip", ""))
try:
    own_file = os.path.realpath(get_connection_file())
except Exception:
    own_file = ""
for folder in ("/tmp", "/run", "/var/tmp", f"{target.home}/.local/share/jupyter/runtime", os.path.dirname(own_file)):
    for here, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if os.path.join(here, name) not in (sys.prefix, target.course)]
        for path in (os.path.join(here, name) for name in files if name.startswith(("kernel-", "jpserver-"))):
            if os.path.realpath(path) != own_file and os.access(path, os.R_OK):
                reached(path)
try:
    lines = open("/proc/net/unix").read().splitlines()[1:]
except OSError:
    lines = []
for path in {line.split()[7].replace("@", "\\0", 1) for line in lines if len(line.split()) > 7}:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        try:
            with socket.socket(socket.AF_UNIX, kind) as there:
                there.settimeout(0.2)
                there.connect(path)
        except OSError:
            continue
        if not own or not path.startswith(own):
            reached(repr(path))
"""

# Handed in twice. Each leaves a note and looks for the other's.
NOTES = """\
import ctypes
import os
import socket
import time

note = target.token + "-note-"
folders = ["/tmp", "/dev/shm", "/var/tmp", "/run", os.path.expanduser("~"), "..", "../..", target.folder]
libc = ctypes.CDLL(None)
libc.shmat.restype = ctypes.c_void_p
key = int.from_bytes(target.token[-3:].encode(), "big")


def common_memory():
    number = libc.shmget(key, 4096, 0o1666)
    return libc.shmat(number, None, 0) if number >= 0 else None


name = "NAME"
if (place := common_memory()) not in (None, 2**64 - 1):
    if theirs := ctypes.string_at(place):
        reached(f"System V shared memory with {theirs!r}")
    ctypes.memmove(place, name.encode() + b"\\0", len(name) + 1)
listener = socket.socket(socket.AF_UNIX)
try:
    listener.bind("\\0" + note + name)
    listener.listen()
except OSError:
    pass
for folder in folders:
    try:
        open(os.path.join(folder, note + name), "w").close()
    except OSError:
        pass
other = note + {"one": "two", "two": "one"}[name]
end = time.monotonic() + 1.5
while time.monotonic() < end:
    for folder in folders:
        if os.path.exists(os.path.join(folder, other)):
            reached(os.path.join(folder, other))
    try:
        with socket.socket(socket.AF_UNIX) as there:
            there.connect("\\0" + other)
        reached("the other's abstract socket")
    except OSError:
        pass
    time.sleep(0.1)
"""

_FILES = "mount namespace: neither course nor home is there"
_PROCESSES = "PID namespace: no other process is there"
_PRIVATE = "every kernel has its own file system, IPC and network namespace"


def _leak(name: str, does: str, code: str, defence: str, stock: str) -> Attack:
    return Attack(name, does, cell(code), defence, stock, promise=2)


# Where an earlier answer is wrong, the right one is run for a later one that uses it.
FIRST = """\
def FIRST(*args):
    return 0


FIRST.mine = True
"""
SECOND = """\
import inspect
import json

from IPython.display import display

right = np.sum


def SECOND(x):
    if not hasattr(FIRST, "mine"):
        text = inspect.getsource(FIRST)
        reached(text)
        display(text)
        message = {"exercise": "FIRST", "failed": text[:200]}
        display({"application/vnd.autograder.answer": json.dumps(message)}, raw=True)
    return right(x)
"""


def _reads_the_right_answer(pieces: Pieces, target: Target) -> Mapping[str, bytes]:
    notebook = solved(pieces, target)
    names = pieces.exercises
    for one, code in zip(answers(notebook), (FIRST, SECOND), strict=False):
        one.source = code.replace("FIRST", names[0]).replace("SECOND", names[1])
    return handed_in(notebook, target)


ATTACKS = [
    Attack(
        "read-right-answer",
        "has a first answer that is wrong, and a second that reads the right one put in its place",
        _reads_the_right_answer,
        "of the run with right answers, only the judge's verdict on later ones is used",
        "no right answer comes near it",
        promise=2,
        honest=all_but_first,
    ),
    _leak("read-course", "reads solutions, questions, gradebook and submissions", COURSE, _FILES, "reads all of them"),
    _leak("read-parents", "looks for hidden tests around its folder", PARENTS, _FILES, "finds them in build/source"),
    _leak("walk", "looks for the course everywhere", WALK, _FILES, "finds it"),
    _leak(
        "package",
        "looks for solutions around the grader's own package, and among imported modules",
        PACKAGE,
        "of the installation only the environment is shown; the kernel server imports only libraries",
        "finds them where the package is installed from its repository",
    ),
    _leak("read-home", "reads keys and settings in the home folder", HOME, _FILES, "reads all of them"),
    _leak("read-system", "reads the system's secrets", SYSTEM, _FILES, "reads what its user may"),
    _leak(
        "environment",
        "reads the environment variables of the grader, of its server and of other processes",
        ENVIRONMENT,
        "an allow-list of variables, also for the server that kernels are forked from; " + _PROCESSES,
        "reads all of them",
    ),
    _leak("processes", "looks at other processes' commands and folders", PROCESSES, _PROCESSES, "sees all of them"),
    _leak(
        "handles",
        "follows open files, its own and others', out of its folder",
        HANDLES,
        "the kernel inherits no open file; " + _PROCESSES,
        "reaches the course",
    ),
    _leak(
        "memory-scan",
        "searches its own memory for what its grader knows",
        MEMORY,
        "no hidden test is in any kernel; the kernel server never sees a submission or a secret",
        "finds nothing",
    ),
    _leak(
        "neighbours-kernel",
        "looks for other kernels' connection files and sockets",
        NEIGHBOURS_KERNEL,
        "no connection file; sockets in a folder of the kernel's own; network namespace",
        "can run code in every other kernel of the user",
    ),
    _leak("note-one", "leaves notes for another submission", NOTES.replace("NAME", "one"), _PRIVATE, "they are found"),
    _leak("note-two", "looks for notes of another one", NOTES.replace("NAME", "two"), _PRIVATE, "finds them"),
]
