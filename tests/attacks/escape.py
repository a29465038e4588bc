"""Escapes: to take the walls down from inside, or to get powers over the machine."""

from __future__ import annotations

from tests.attacks import Attack, cell

SETTINGS = """\
import os
from glob import glob

for path in ("/proc/sys/kernel/core_pattern", "/proc/sys/vm/drop_caches", "/proc/sysrq-trigger",
             "/proc/sys/kernel/hostname", "/sys/kernel/uevent_helper", "/sys/power/state", "/dev/mem", "/dev/kmsg",
             *glob("/sys/fs/cgroup/*"), *glob("/sys/class/*/*/uevent"), "/proc/1/oom_score_adj"):
    try:
        os.close(os.open(path, os.O_WRONLY))
    except OSError:
        continue
    if not path.startswith("/proc/1/"):
        reached(path)
"""

MOUNTS = """\
import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
libc.umount2(b"/proc", 2)
for path in open("/proc/self/mountinfo").read().splitlines() if os.path.exists("/proc/self/mountinfo") else []:
    libc.umount2(path.split()[4].encode(), 2)
for folder in ("/", "/usr", "/home", "/etc"):
    libc.mount(None, folder.encode(), None, 32 | 4096, None)  # remount, bind: writable
os.makedirs("m", exist_ok=True)
for source, kind in ((b"/", None), (b"proc", b"proc"), (b"/dev/vda", b"ext4"), (b"/dev/sda1", b"ext4")):
    if libc.mount(source, b"m", kind, 0 if kind else 4096 | 16384, None) == 0:
        print("mounted", source)
    for path in (f"m{target.course}/gradebook.db", f"m/{target.canary}/cmdline"):
        if can_read(path):
            reached(path)
"""

CHROOT = """\
import os

os.makedirs("jail", exist_ok=True)
way_out = os.open(".", os.O_RDONLY)
try:
    os.chroot("jail")
    os.fchdir(way_out)
    for _ in range(64):
        os.chdir("..")
    os.chroot(".")
except OSError as error:
    print(error)
if can_read(f"{target.course}/nbgrader_config.py"):
    reached(target.course)
"""

NAMESPACES = """\
import ctypes
import os
from glob import glob

libc = ctypes.CDLL(None, use_errno=True)
for flags in (0x10000000, 0x10000000 | 0x20000, 0x20000, 0x40000000):
    if os.fork() == 0:
        out = libc.unshare(flags) == 0
        libc.mount(b"none", b"/", None, 16384 | (1 << 18), None)
        libc.umount2(b"/proc", 2)
        libc.umount2(b"/home", 2)
        os._exit(7 if out and can_read(f"{target.course}/nbgrader_config.py") else 0)
    if os.waitstatus_to_exitcode(os.wait()[1]) == 7:
        reached(f"{target.course} in a namespace of its own")
for path in glob("/proc/[0-9]*/ns/*"):
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:
        continue
    if libc.setns(handle, 0) == 0 and can_read(f"{target.course}/nbgrader_config.py"):
        reached(path)
"""

TRACE = """\
import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
for pid in {os.getppid(), target.canary} - {0}:
    if libc.ptrace(16, pid, None, None) == 0:  # PTRACE_ATTACH
        libc.ptrace(17, pid, None, None)
        reached(f"process {pid}")
    try:
        with open(f"/proc/{pid}/mem", "r+b", buffering=0):
            reached(f"the memory of process {pid}")
    except OSError:
        pass
"""

POWERS = """\
import ctypes
import os
import stat

for what, attempt in (
    ("real time", lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))),
    ("priority", lambda: os.setpriority(os.PRIO_PROCESS, 0, -20)),
    ("a device", lambda: os.open(os.mknod("disk", stat.S_IFBLK | 0o600, os.makedev(254, 0)) or "disk", os.O_RDONLY)),
    ("a device", lambda: os.open(os.mknod("mem", stat.S_IFCHR | 0o600, os.makedev(1, 1)) or "mem", os.O_RDONLY)),
    ("another user", lambda: os.setuid(1 if os.getuid() != 1 else 2)),
):
    if os.fork() == 0:
        got = 0
        try:
            attempt()
            got = 7
        finally:
            os._exit(got)
    if os.waitstatus_to_exitcode(os.wait()[1]) == 7:
        reached(what)
if os.getuid() == 0 and os.access("/etc/shadow", os.W_OK):
    reached("the system as root")
for name in ("su", "sudo", "mount", "ping", "newuidmap"):
    for folder in ("/bin", "/usr/bin"):
        path = os.path.join(folder, name)
        if os.path.exists(path) and os.stat(path).st_mode & stat.S_ISUID:
            status = open("/proc/self/status").read() if os.path.exists("/proc/self/status") else ""
            if "NoNewPrivs:\\t1" not in status and status:
                reached(f"{path} may change the user")
"""

KEYS = """\
import ctypes
import platform

libc = ctypes.CDLL(None, use_errno=True)
number = {"x86_64": 248, "aarch64": 217}.get(platform.machine())
if number and libc.syscall(number, b"user", target.token.encode(), b"note", ctypes.c_size_t(4), -4) > 0:
    reached("a keyring that outlives it")
"""

LIMITS = """\
import resource

for name in ("RLIMIT_DATA", "RLIMIT_CPU", "RLIMIT_NPROC", "RLIMIT_FSIZE", "RLIMIT_NOFILE"):
    kind = getattr(resource, name)
    soft, hard = resource.getrlimit(kind)
    if hard == resource.RLIM_INFINITY:
        print(name, "is not limited")
        continue
    try:
        resource.setrlimit(kind, (hard + 1, hard + 1))
        reached(f"more than {name} allowed")
    except (OSError, ValueError):
        pass
"""

_POWERS = "no capability, no new privileges, seccomp"


def _escape(name: str, does: str, code: str, defence: str, stock: str, *, at_most: bool = False) -> Attack:
    return Attack(name, does, cell(code), defence, stock, at_most=at_most)


ATTACKS = [
    _escape(
        "settings",
        "opens the machine's settings for writing, such as who handles crashes",
        SETTINGS,
        "/proc is read-only, /sys is not there",
        "as its user may: as root, the machine is its own",
    ),
    _escape("mounts", "takes mounts away and makes its own", MOUNTS, _POWERS, "as its user may", at_most=True),
    _escape("chroot", "leaves its root folder", CHROOT, _POWERS + "; the old root is gone", "it is not in one"),
    _escape("namespaces", "enters other namespaces", NAMESPACES, _POWERS, "as its user may"),
    _escape("trace", "traces other processes and opens their memory", TRACE, _POWERS, "as its user may"),
    _escape("powers", "asks for priority, devices and other users", POWERS, _POWERS, "as its user may"),
    _escape("keys", "leaves a key in the system's memory", KEYS, "seccomp: no keyrings", "leaves it"),
    _escape("limits", "raises its own limits", LIMITS, "hard limits, no capability", "has none"),
]
