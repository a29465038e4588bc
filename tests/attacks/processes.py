"""Processes: to kill the grader, to flood the machine, to outlive one's turn, or to die in every way there is."""

from __future__ import annotations

from tests.attacks import Attack, cell, last_cells

KILL_PARENT = """\
import os
import signal

os.kill(os.getppid(), signal.SIGKILL)
"""

KILL_ALL = """\
import os
import signal

os.kill(-1, signal.SIGKILL)
"""

KILL_BY_NUMBER = """\
import os
import signal

for pid in [target.canary, *range(1, 1 << 16)]:
    if pid != os.getpid():
        try:
            os.kill(pid, signal.SIGTERM)
        except OSError:
            pass
"""

FORK_BOMB = """\
import os

while True:
    try:
        os.fork()
    except OSError:
        pass
"""

THREAD_BOMB = """\
import threading

while True:
    try:
        threading.Thread(target=threading.Event().wait, daemon=True).start()
    except RuntimeError:
        pass
"""

# Asks for nothing but a later: 600 tries, ten a second.
DAEMON = '''\
import subprocess
import sys

LATER = """
import sqlite3, sys, time
token, course, folder = sys.argv[1:]
for _ in range(600):
    time.sleep(0.1)
    try:
        open(folder + "/" + token, "w").close()
    except OSError:
        pass
    try:
        with sqlite3.connect(course + "/gradebook.db", timeout=1) as book:
            book.execute("UPDATE grade SET auto_score = 99, manual_score = 99, needs_manual_grade = 0")
    except sqlite3.Error:
        pass
"""
nowhere = subprocess.DEVNULL
subprocess.Popen(
    [sys.executable, "-c", LATER, target.token, target.course, target.folder],
    stdin=nowhere, stdout=nowhere, stderr=nowhere, start_new_session=True,
)
'''

# Without exec, without a parent, and deaf.
ORPHAN = """\
import os
import signal
import time

if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for number in range(1, 65):
            try:
                signal.signal(number, signal.SIG_IGN)
            except (OSError, ValueError):
                pass
        os.closerange(0, 4096)
        for _ in range(600):
            time.sleep(0.1)
            try:
                open(target.folder + "/" + target.token, "w").close()
            except OSError:
                pass
    os._exit(0)
"""

FORK_RETURNS = """\
import os

os.fork()
"""

EXIT_HARD = """\
import os

os._exit(0)
"""

EXIT_SOFT = """\
import sys

sys.exit()
"""

EXIT_SHELL = """\
exit()
"""

SHUT_DOWN = """\
get_ipython().kernel.do_shutdown(False)
"""

KILL_SELF = """\
import os
import signal

os.kill(os.getpid(), signal.SIGKILL)
"""

STOP_SELF = """\
import os
import signal

os.kill(os.getpid(), signal.SIGSTOP)
"""

SEGFAULT = """\
import ctypes

ctypes.string_at(0)
"""

ABORT = """\
import os

os.abort()
"""

DEEP_RECURSION = """\
import sys

sys.setrecursionlimit(1 << 30)
nested = []
for _ in range(1 << 22):
    nested = [nested]
repr(nested)
"""

BECOME_ANOTHER = """\
import os
import sys

os.execv(sys.executable, [sys.executable, "-c", "import time; time.sleep(1000)", target.token])
"""

CLOSE_ALL = """\
import os

os.closerange(0, 1 << 16)
"""

WRITE_TO_ALL = """\
import os

for handle in range(3, 256):
    try:
        os.set_blocking(handle, False)
        os.write(handle, b"\\xff" * 64 + b"{}[]garbage\\n" * 64)
    except OSError:
        pass
"""

_OWN_PROCESSES = "PID namespace: no signal reaches a process outside of it"
_GOES_ON = "the rest of the notebook goes on in a new kernel"

ATTACKS = [
    Attack(
        "kill-parent",
        "kills the process that started its kernel",
        cell(KILL_PARENT),
        _OWN_PROCESSES,
        "the grader dies in the middle of the batch",
    ),
    Attack(
        "kill-all",
        "kills every process that it may",
        cell(KILL_ALL),
        _OWN_PROCESSES,
        "every process of the user dies, the grader among them",
    ),
    Attack(
        "kill-by-number",
        "asks every process, one by one, to end",
        cell(KILL_BY_NUMBER),
        _OWN_PROCESSES,
        "every process of the user ends, the grader among them",
    ),
    Attack(
        "fork-bomb",
        "forks without end",
        cell(FORK_BOMB),
        "limit of processes; the cell's time limit ends all of them with their PID namespace",
        "the machine has to be restarted",
        told=".",
    ),
    Attack(
        "thread-bomb",
        "starts threads without end",
        cell(THREAD_BOMB),
        "limit of processes, which counts threads; the cell's time limit",
        "the user can start no more process",
        told=".",
    ),
    Attack(
        "daemon",
        "leaves a process behind that later writes itself full marks into the gradebook",
        cell(DAEMON),
        "PID namespace: nothing outlives the kernel; mount namespace: there is no gradebook",
        "scores of the whole class are changed minutes later",
    ),
    Attack(
        "orphan",
        "leaves a process behind that has no parent, session or open file and ignores every signal",
        cell(ORPHAN),
        "PID namespace: nothing outlives the kernel",
        "runs on after grading",
    ),
    Attack(
        "daemon-and-exit",
        "leaves a process behind and dies",
        last_cells(DAEMON + EXIT_HARD),
        "PID namespace: nothing outlives the kernel, however it ends",
        "the submission has no score; scores of the whole class are changed minutes later",
        told=".",
    ),
    Attack(
        "fork-returns",
        "forks, and both go on as the kernel",
        cell(FORK_RETURNS),
        "replies are matched to requests; " + _GOES_ON,
        "two kernels answer, and a process stays behind",
        at_most=True,
    ),
    Attack("exit-hard", "ends its kernel at once", cell(EXIT_HARD), _GOES_ON, "no score", told="."),
    Attack("exit-soft", "calls sys.exit()", cell(EXIT_SOFT), "an exception like any other", "full marks"),
    Attack("exit-shell", "calls exit(), as in a terminal", cell(EXIT_SHELL), _GOES_ON, "no score", promise=5),
    # Which cell is running when it has shut down is chance.
    Attack("shut-down", "tells its kernel to shut down", cell(SHUT_DOWN), _GOES_ON, "no score", at_most=True),
    Attack("kill-self", "kills its kernel", cell(KILL_SELF), _GOES_ON, "no score"),
    Attack("stop-self", "stops its kernel, which neither runs nor ends", cell(STOP_SELF), _GOES_ON, "no score"),
    Attack("segfault", "reads memory at address 0", cell(SEGFAULT), _GOES_ON, "no score", promise=5, told="."),
    Attack("abort", "aborts its kernel", cell(ABORT), _GOES_ON, "no score", told="."),
    Attack("deep-recursion", "overflows the stack", cell(DEEP_RECURSION), _GOES_ON, "no score"),
    Attack(
        "become-another",
        "replaces its kernel by a program that sleeps",
        cell(BECOME_ANOTHER),
        "the cell's time limit; " + _GOES_ON,
        "no score, after the time limit",
        told=".",
    ),
    Attack(
        "close-all",
        "closes all files and sockets of its kernel",
        cell(CLOSE_ALL),
        _GOES_ON,
        "no score",
        told=".",
    ),
    Attack(
        "write-to-all",
        "writes garbage to whatever its kernel has open",
        cell(WRITE_TO_ALL),
        "the kernel has inherited nothing that the grader listens to; " + _GOES_ON,
        "its kernel may hang",
        at_most=True,
    ),
]
