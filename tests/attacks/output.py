"""Output: to drown the grader in it, to break what reads it, or to speak when it is not one's turn."""

from __future__ import annotations

from tests.attacks import Attack, all_but_first, answer, cell

LINES = """\
for number in range(3_000_000):
    print(number)
"""

ERROR_LINES = """\
import sys

for number in range(3_000_000):
    print(number, file=sys.stderr)
"""

LONG_LINE = """\
part = "x" * 10_000_000
for _ in range(50):
    print(part, end="")
"""

BIG_PICTURE = """\
from IPython.display import display

display({"text/plain": "picture", "image/png": "A" * 100_000_000}, raw=True)
"""

MILLION_DISPLAYS = """\
from IPython.display import display

for number in range(10**6):
    display(number)
"""

MILLION_UPDATES = """\
from IPython.display import clear_output, display

handle = display("0", display_id=True)
for number in range(10**6):
    handle.update(str(number))
    clear_output(wait=True)
"""

BIG_RESULT = """\
list(range(50_000_000)) and "x" * 200_000_000
"""

BIG_ERROR = """\
def ANSWER(*args, **kwargs):
    raise ValueError("x" * 100_000_000)
"""

DEEP_ERROR = """\
def ANSWER(*args, **kwargs):
    error = None
    for number in range(100_000):
        try:
            raise ValueError(number) from error
        except ValueError as raised:
            error = raised
    raise error
"""

NAMELESS_ERROR = """\
class Rude(Exception):
    def __str__(self):
        raise SystemExit

    __repr__ = __str__


def ANSWER(*args, **kwargs):
    raise Rude
"""

TERMINAL_CODES = """\
class Error(Exception):
    pass


Error.__name__ = Error.__qualname__ = "[red]\\x1b]0;owned\\x07\\x1b[2J\\x9b2J"


def ANSWER(*args, **kwargs):
    raise Error("\\x1b[1;1H\\x1b]52;c;b3duZWQ=\\x07\\r=HYPERLINK(1)\\u202e [/] [link=x]\\x08\\x00")
"""

NOT_TEXT = """\
from IPython.display import display

display({"text/plain": "\\ud800 \\x00", "application/json": {"number": float("nan"), "more": float("inf")}}, raw=True)
print("\\ud83d \\udc00 \\x00 \\ufffe")
"""

# Written past IPython, by a child and by hand.
CHILD = """\
import os
import subprocess

for handle in (1, 2):
    try:
        os.write(handle, (target.token + "\\n").encode() * 100)
    except OSError:
        pass
subprocess.Popen(["sh", "-c", f"while :; do echo {target.token}; echo {target.token} >&2; done"]).wait()
"""

TERMINAL = """\
import fcntl
import os
import termios

for name in ("/dev/tty", "/dev/console", "/dev/stdin", "/proc/self/fd/0", "/proc/1/fd/0"):
    try:
        handle = os.open(name, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY)
    except OSError:
        continue
    if os.isatty(handle):
        reached(f"the terminal, at {name}")
for handle in range(256):
    if os.path.exists(f"/proc/self/fd/{handle}") and os.isatty(handle):
        reached(f"the terminal, at handle {handle}")
"""

LATE = """\
import threading
import time


def speak():
    while True:
        print("still here", flush=True)
        time.sleep(0.1)


threading.Thread(target=speak, daemon=True).start()
"""

FLOOD_LATER = """\
import threading


def speak():
    while True:
        print("x" * 100_000, flush=True)


threading.Thread(target=speak, daemon=True).start()
"""

_SESSION = """\
import time

kernel = get_ipython().kernel
session, iopub = kernel.session, kernel.iopub_socket
forged = session.msg_header("execute_request")
mine = kernel.get_parent("shell")


def say(kind, content, parent=mine):
    session.send(iopub, kind, content, parent=parent, ident=kind.encode())


"""

# What a kernel never sends: wrong types, missing parts, somebody else's cell.
FORGED = (
    _SESSION
    + """\
for parent in (mine, forged, {}, {"header": None}, {"header": {"msg_id": ["no", "text"]}}):
    for kind in ("stream", "display_data", "execute_result", "error", "update_display_data", "clear_output",
                 "execute_input", "comm_open", "comm_msg", "status", "input_request", "execute_reply", "none such"):
        for content in ({}, {"text": 5, "name": 5}, {"name": "stdout", "text": None}, {"data": [], "metadata": 5},
                        {"data": {"text/plain": {}}, "metadata": {}, "transient": 5}, {"execution_state": "maybe"},
                        {"ename": 1, "evalue": None, "traceback": "no list"}, {"wait": "what"}, {"comm_id": {}}):
            try:
                say(kind, content, parent)
            except Exception as error:
                print(kind, type(error).__name__)
"""
)

# Says that the cell is over, and goes on.
IDLE = (
    _SESSION
    + """\
for _ in range(100):
    say("status", {"execution_state": "idle"})
    print("not yet")
    time.sleep(0.01)
"""
)

GARBAGE = """\
import os

kernel = get_ipython().kernel
socket = getattr(kernel.iopub_socket, "io_thread", kernel.iopub_socket)
socket = getattr(socket, "socket", socket)
session = kernel.session
for parts in (
    [b""], [b"garbage"], [b"<IDS|MSG>"], [b"<IDS|MSG>", b"", b"{", b"{", b"{", b"{"], [os.urandom(1 << 20)],
    [b"<IDS|MSG>", session.sign([b"{"] * 4), b"{", b"{", b"{", b"{"],
    [b"<IDS|MSG>", session.sign([b"[]"] * 4), b"[]", b"[]", b"[]", b"[]"],
    [b"<IDS|MSG>", session.sign([b"{}"] * 4), b"{}", b"{}", b"{}", b"{}"],
    [b"<IDS|MSG>", session.sign([b"[" * 100_000] * 4)] + [b"[" * 100_000] * 4,
    [b"<IDS|MSG>", session.sign([b"\\xff"] * 4)] + [b"\\xff"] * 4,
    [b"x"] * 10_000,
):
    kernel.iopub_socket.send_multipart(parts)
"""

_CUT = "limit of output: the grader counts, and ends a cell that goes on"
_OWN_CELL = "outputs are matched to the cell that runs; what is no valid output is dropped"

ATTACKS = [
    Attack("lines", "prints three million lines", cell(LINES), _CUT, "takes minutes and keeps them all", told="."),
    Attack(
        "error-lines",
        "prints three million lines to stderr",
        cell(ERROR_LINES),
        _CUT,
        "takes minutes and keeps them all",
        told=".",
    ),
    Attack("long-line", "prints a line of 500 MB", cell(LONG_LINE), _CUT, "takes 500 MB several times"),
    Attack("big-picture", "shows a picture of 100 MB", cell(BIG_PICTURE), _CUT, "a notebook of 100 MB", told="."),
    Attack("million-displays", "shows a million things", cell(MILLION_DISPLAYS), _CUT, "takes an hour", told="."),
    Attack(
        "million-updates",
        "changes one thing a million times",
        cell(MILLION_UPDATES),
        "the cell's time limit; what is replaced takes no space",
        "takes minutes",
        told=".",
    ),
    Attack("big-result", "has a result of 200 MB", cell(BIG_RESULT), _CUT + "; memory watch", "keeps it"),
    Attack(
        "big-error",
        "raises an error with a message of 100 MB",
        answer(BIG_ERROR),
        _CUT,
        "a notebook of several 100 MB",
        honest=all_but_first,
    ),
    Attack(
        "deep-error",
        "raises an error with a hundred thousand causes",
        answer(DEEP_ERROR),
        "the cell's time limit; limit of output",
        "takes long",
        honest=all_but_first,
        at_most=True,
    ),
    Attack(
        "nameless-error",
        "raises an error that cannot be shown",
        answer(NAMELESS_ERROR),
        "no verdict, no points",
        "no output, so full marks",
        honest=all_but_first,
    ),
    Attack(
        "terminal-codes",
        "raises an error that writes to the instructor's terminal and clipboard, or becomes a formula",
        answer(TERMINAL_CODES),
        "control characters are taken out of whatever is told",
        "keeps them",
        honest=all_but_first,
    ),
    Attack("not-text", "shows what is neither text nor JSON", cell(NOT_TEXT), _OWN_CELL, "the notebook is not written"),
    Attack(
        "child-output",
        "has a child that writes to the grader's own output without end",
        cell(CHILD),
        "the kernel has inherited no output of the grader; the cell's time limit",
        "fills the terminal",
        told=".",
    ),
    Attack(
        "terminal",
        "looks for the instructor's terminal, to type commands into it",
        cell(TERMINAL),
        "a session of its own, no inherited terminal, no /dev/tty",
        "can type into it",
    ),
    Attack("late", "speaks while later cells run", cell(LATE), _CUT, "its words stand at other cells"),
    Attack(
        "flood-later",
        "floods later cells from a thread",
        cell(FLOOD_LATER),
        _CUT,
        "keeps it all, at other cells",
        at_most=True,
        told=".",
    ),
    Attack(
        "forged",
        "sends messages that no kernel sends, also in the name of other cells",
        cell(FORGED),
        _OWN_CELL,
        "the batch may stop, or hang at a cell",
        at_most=True,
    ),
    Attack(
        "idle",
        "says that its cell is over and goes on",
        cell(IDLE),
        "a cell is over when its reply is there as well",
        "outputs are lost",
    ),
    Attack(
        "garbage",
        "sends bytes that are no message",
        cell(GARBAGE),
        "what is no message, or not signed, is dropped",
        "hangs or stops",
        at_most=True,
    ),
]
