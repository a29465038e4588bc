"""Memory: to take what others need, also where no process seems to have it.

Where memory belongs to no process, an attack stops by itself at four times its limit and says that it got there.
"""

from __future__ import annotations

from tests.attacks import Attack, cell

ALLOCATE = """\
import numpy as np

np.ones(100 * 10**9 // 8)
"""

GROW = """\
data = []
while True:
    data.append(b"x" * 10**7 + bytes(len(data)))
"""

CHILDREN = """\
import os
import time

for _ in range(8):
    if os.fork() == 0:
        data = b"x" * 10**9
        time.sleep(1000)
time.sleep(2)
"""

SHARED_MAPPING = """\
import mmap

maps = [mmap.mmap(-1, 64 << 20) for _ in range(4 * target.memory_mb // 64)]
for n, shared in enumerate(maps):
    for offset in range(0, len(shared), 4096):
        shared[offset] = 1
reached(f"{len(maps) * 64} MB of shared memory")
"""

MEMFD = """\
import os

block, held = b"x" * (1 << 20), 0
while held < 4 * target.memory_mb:
    handle = os.memfd_create("held")
    for _ in range(32):
        held += os.write(handle, block) >> 20
reached(f"{held} MB that no process has mapped")
"""

SYSTEM_V = """\
import ctypes

libc = ctypes.CDLL(None, use_errno=True)
libc.shmat.restype = ctypes.c_void_p
for held in range(0, 4 * target.memory_mb, 64):
    number = libc.shmget(0, 64 << 20, 0o1600)
    place = libc.shmat(number, None, 0) if number >= 0 else None
    if place in (None, 2**64 - 1):
        break
    ctypes.memset(place, 1, 64 << 20)
    libc.shmdt(ctypes.c_void_p(place))
else:
    reached(f"{held} MB that no process has mapped")
"""

PIPES = """\
import fcntl
import os

block, held, pipes = b"x" * (1 << 16), 0, []
try:
    while held < 4 * target.memory_mb << 20:
        pipes.append(os.pipe())
        try:
            fcntl.fcntl(pipes[-1][1], fcntl.F_SETPIPE_SZ, 1 << 20)
        except OSError:
            pass
        os.set_blocking(pipes[-1][1], False)
        try:
            while True:
                held += os.write(pipes[-1][1], block)
        except BlockingIOError:
            pass
    reached(f"{held >> 20} MB in pipes")
except OSError as error:
    print(error)
"""

_WATCH = "memory watch over all its processes, and RLIMIT_DATA"

ATTACKS = [
    Attack("allocate-100-gb", "asks for 100 GB at once", cell(ALLOCATE), _WATCH, "the machine swaps or kills"),
    Attack("grow", "fills memory bit by bit", cell(GROW), _WATCH, "the system kills it, or another process"),
    Attack("children-eat", "has eight children with 1 GB each", cell(CHILDREN), _WATCH, "8 GB stay taken"),
    Attack(
        "shared-mapping",
        "fills shared memory, which RLIMIT_DATA does not count",
        cell(SHARED_MAPPING),
        "memory watch, which counts shared memory",
        "the system kills it, or another process",
    ),
    Attack(
        "memfd",
        "fills files in memory that no process has mapped",
        cell(MEMFD),
        "limits of file size and open files, and what the watch counts",
        "the system kills another process",
    ),
    Attack(
        "system-v",
        "fills System V shared memory, which stays when its process is gone",
        cell(SYSTEM_V),
        "IPC namespace: it goes with the kernel",
        "stays taken until the machine restarts",
    ),
    Attack(
        "pipes",
        "fills pipes, whose content no process has mapped",
        cell(PIPES),
        "limit of open files",
        "gets it",
    ),
]
