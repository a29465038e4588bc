"""Time: to run on, to sleep, to ignore being interrupted, or to hang only when everything seems over."""

from __future__ import annotations

from tests.attacks import Attack, all_but_first, answer, cell, last_cells

LOOP = """\
def ANSWER(*args, **kwargs):
    while True:
        pass
"""

LOOP_ON = """\
def ANSWER(*args, **kwargs):
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass
"""

DEAF = """\
import signal

for number in range(1, 65):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
while True:
    pass
"""

SLEEP = """\
import time

time.sleep(1000)
"""

# PyDLL keeps the interpreter's lock: no other thread runs, no signal is handled.
BLOCK = """\
import ctypes

ctypes.PyDLL(None).sleep(1000)
"""

BIG_POWER = """\
len(str(3 ** (1 << 28)))
"""

AWAIT = """\
import asyncio

await asyncio.Event().wait()
"""

NAP = """\
import time

time.sleep(1)
"""

ASK = """\
name = input("Who are you? ")
"""

DEBUG = """\
breakpoint()
"""

THREAD = """\
import threading
import time


def never_end():
    while True:
        time.sleep(0.01)


threading.Thread(target=never_end).start()
"""

AT_EXIT = """\
import atexit
import time

atexit.register(time.sleep, 1000)


class Last:
    def __del__(self, sleep=time.sleep):
        sleep(1000)


last = Last()
"""

BEFORE_EVERY_CELL = """\
import time

get_ipython().events.register("pre_run_cell", lambda info: time.sleep(1000))
"""

BURN = """\
import os

for _ in range(16):
    if os.fork() == 0:
        while True:
            pass
"""

_INTERRUPT = "the cell's time limit: interrupted"
_KILL = "the cell's time limit: interrupted, then killed; the rest goes on in a new kernel"
_WAITS = "the time limit of a cell, then no score"

ATTACKS = [
    Attack("loop", "loops for ever in an answer", answer(LOOP), _INTERRUPT, _WAITS, 5, all_but_first, told="."),
    Attack("loop-on", "loops on when interrupted", answer(LOOP_ON), _KILL, _WAITS, 3, all_but_first, told="."),
    Attack("deaf", "ignores every signal and loops", cell(DEAF), _KILL, _WAITS, told="."),
    Attack("sleep", "sleeps for a quarter of an hour", cell(SLEEP), _INTERRUPT, _WAITS, told="."),
    Attack("block", "sleeps in C and keeps the interpreter's lock", cell(BLOCK), _KILL, _WAITS, told="."),
    Attack("big-power", "computes a number of 128 million digits", cell(BIG_POWER), _KILL, _WAITS, told="."),
    Attack("await", "awaits what never comes", cell(AWAIT), _KILL, _WAITS, told="."),
    Attack(
        "naps",
        "sleeps in twenty cells, in each for less than its time limit",
        last_cells(NAP, 20),
        "the notebook's time limit, which leaves what was scored before",
        "as slow as it wants",
        told=".",
    ),
    Attack("ask", "waits for somebody to type", cell(ASK), "nobody can be asked: an error", "full marks", 5),
    Attack("debug", "forgot a breakpoint", cell(DEBUG), "nobody can be asked: an error", "full marks", 5),
    Attack(
        "thread",
        "leaves a thread that keeps the interpreter from ending",
        cell(THREAD),
        "the kernel is killed, not asked",
        "full marks, after waiting for its kernel",
    ),
    Attack(
        "at-exit",
        "hangs when its kernel shuts down",
        cell(AT_EXIT),
        "the kernel is killed, not asked",
        "full marks, after waiting for its kernel",
    ),
    Attack(
        "before-every-cell",
        "hangs before every cell",
        cell(BEFORE_EVERY_CELL),
        "the cell's time limit, and a limit of new kernels",
        _WAITS,
        at_most=True,
        told=".",
    ),
    Attack(
        "burn",
        "keeps all cores busy with children",
        cell(BURN),
        "processor time of all its processes is limited; PID namespace: none outlives the kernel",
        "the children run on after grading",
    ),
]
