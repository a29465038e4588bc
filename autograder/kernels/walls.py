"""Which walls can stand on this machine, and putting them up around a kernel.

Two ways, chosen by what the system allows without root and without anything to install:

- *namespaces*: a file system, network and process table of its own, in which nothing else exists;
- *Landlock and seccomp*: everything exists, but cannot be opened, connected to or signalled.
"""

from __future__ import annotations

import os
import shutil
import stat
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from autograder.kernels import linux
from autograder.sockets import socket_folder

Way = str  # "namespaces", "landlock" or "none"

HOME_FOLDERS = ("work", "tmp", "shm")
_HOME = "/home/student"  # behind the walls: the only place to write
ONE_THREAD = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
_SOCKETS = "/run/kernel"
_USER = 1000  # behind the walls
_NOBODY = 65534  # who stands in for root outside
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/opt")
_SETTINGS = ("/etc/ld.so.cache", "/etc/fonts", "/etc/localtime", "/etc/alternatives", "/etc/mime.types", "/etc/ssl")
_DEVICES = ("null", "zero", "full", "random", "urandom")


@dataclass(frozen=True)
class Wall:
    """What a submission cannot do; `held_by` is None where nothing prevents it, and `remedy` then says what would."""

    name: str
    held_by: str | None
    why_not: str = ""
    remedy: str = ""


@cache
def best_way() -> Way:
    """What this system allows: namespaces, or else Landlock, or nothing."""
    if not _why_no_namespaces():
        return "namespaces"
    return "landlock" if not _why_no_landlock() else "none"


def standing_walls(way: Way | None = None) -> list[Wall]:
    """All walls, as they stand with `way` (by default the best one)."""
    way = way or best_way()
    namespaces, landlock = _why_no_namespaces(), _why_no_landlock()
    remedy = (
        "Allow user namespaces (on Ubuntu 24.04 `sysctl kernel.apparmor_restrict_unprivileged_userns=0`; in a "
        "container, its engine's setting), or run Linux 6.12 or newer with Landlock."
    )

    def wall(name: str, by_namespace: str, by_landlock: str) -> Wall:
        held = {"namespaces": by_namespace, "landlock": by_landlock}.get(way)
        return Wall(name, held) if held else Wall(name, None, f"{namespaces} {landlock}".strip(), remedy)

    return [
        wall("network: reaches nothing", "network namespace", "seccomp: no connections"),
        wall("files: sees the Python environment, the data and its own folder", "mount namespace", "Landlock"),
        wall("processes: sees and signals none but its own", "PID namespace", "Landlock's scopes"),
        wall("survivors: none outlives its turn", "PID namespace", "the keeper ends all descendants"),
        wall("privileges: none to be had", "capabilities dropped, seccomp", "no_new_privs, seccomp"),
        wall("disk space", "file system in memory of limited size", "RLIMIT_FSIZE and a watch every 0.2 s"),
        wall("number of processes", "RLIMIT_NPROC of its user namespace", "a watch every 0.2 s"),
        wall("memory", *["RLIMIT_DATA and a watch every 0.2 s"] * 2),
        wall("processor time", *["RLIMIT_CPU and a watch every 0.2 s"] * 2),
        Wall("time by the clock", "the grader's clock"),
        Wall("output", "the grader counts and cuts"),
        Wall("environment variables", "an allow-list"),
    ]


def environment_paths() -> list[str]:
    """Where Python and its libraries lie."""
    libraries = {path for path in sys.path if os.path.basename(path) in ("site-packages", "dist-packages")}
    paths = {*_SYSTEM, *_SETTINGS, sys.prefix, sys.base_prefix, *libraries}
    return [path for path in sorted({*paths, *map(os.path.realpath, paths)}) if os.path.exists(path)]


def chown_to_kernel(path: str) -> None:
    """A kernel that root starts runs as nobody, who needs to own what it writes."""
    if os.geteuid() == 0:
        os.chown(path, _NOBODY, _NOBODY)


def enter_namespaces(readable: Iterable[str], sockets: str) -> dict[str, int]:
    """Move this process, which has one thread, into namespaces of its own: no network, no root, no other process.

    Returns what `furnish` is to show there, opened: the paths `readable`, and the folder `sockets` for the kernel's
    sockets. The caller forks next; the child becomes the first process of the PID namespace and calls `furnish`.
    """
    become = _map_users()
    linux.unshare(
        linux.CLONE_NEWUSER
        | linux.CLONE_NEWNS
        | linux.CLONE_NEWPID
        | linux.CLONE_NEWNET
        | linux.CLONE_NEWIPC
        | linux.CLONE_NEWUTS
        | linux.CLONE_NEWCGROUP
    )
    shown = {path: path for path in readable} | {f"/dev/{name}": f"/dev/{name}" for name in _DEVICES}
    shown[sockets] = _SOCKETS
    # Opened before anything hides them, and before this process is nobody, who may not look into root's folders.
    handles = {target: os.open(path, os.O_PATH | os.O_NOFOLLOW) for path, target in shown.items()}
    become()
    return handles


def furnish(handles: dict[str, int]) -> None:
    """Build a file system of what `handles` hold and nothing else, for all processes in this mount namespace.

    Afterwards the calling process has no privileges any more.
    """
    linux.mount("none", "/", flags=linux.MS_REC | linux.MS_PRIVATE)
    root = "/tmp"  # any folder that nobody may enter, too: what lies in it is hidden only here
    linux.mount("tmpfs", root, "tmpfs", linux.MS_NOSUID | linux.MS_NODEV, "mode=755,size=1m")
    for target, handle in handles.items():
        _show(handle, root + target, read_only=target != _SOCKETS and not target.startswith("/dev/"))
        os.close(handle)
    os.makedirs(root + _HOME)
    linux.mount("tmpfs", root + _HOME, "tmpfs", linux.MS_NOSUID | linux.MS_NODEV, "mode=700,size=64m,nr_inodes=20000")
    for name in HOME_FOLDERS:
        os.mkdir(f"{root}{_HOME}/{name}")
    if not os.path.exists(f"{root}/tmp"):  # it does where the Python environment lies in it
        os.symlink(f"{_HOME}/tmp", f"{root}/tmp")
    os.symlink(f"{_HOME}/shm", f"{root}/dev/shm")
    Path(f"{root}/etc/passwd").write_text(f"student:x:{_USER}:{_USER}::{_HOME}:/bin/sh\n")
    Path(f"{root}/etc/group").write_text(f"student:x:{_USER}:\n")
    os.mkdir(f"{root}/proc")
    guarded = linux.MS_NOSUID | linux.MS_NODEV | linux.MS_NOEXEC
    with suppress(OSError):  # containers hide parts of /proc and then forbid a new one; notebooks can do without
        linux.mount("proc", f"{root}/proc", "proc", guarded | linux.MS_RDONLY)
    os.mkdir(f"{root}/dev/pts")
    with suppress(OSError):  # shell commands of a notebook (`!ls`) want a terminal
        linux.mount("devpts", f"{root}/dev/pts", "devpts", guarded & ~linux.MS_NODEV, "newinstance,ptmxmode=0666")
        os.symlink("pts/ptmx", f"{root}/dev/ptmx")
    linux.pivot_root(root)
    linux.make_read_only("/", recursive=False)
    linux.drop_privileges()
    linux.refuse_system_calls(network=True)


def hide_sockets() -> None:
    """The folder of the kernel's sockets is not needed any more once they are bound."""
    linux.unmount(_SOCKETS)


def resize_home(megabytes: int) -> None:
    """How much the kernel can write."""
    flags = linux.MS_REMOUNT | linux.MS_NOSUID | linux.MS_NODEV
    linux.mount("tmpfs", _HOME, "tmpfs", flags, f"size={megabytes}m")


def enter_landlock(readable: Iterable[str], home: str, sockets: str) -> None:
    """The same with Landlock and seccomp: this process and its children can open only these folders."""
    devices = [f"/dev/{name}" for name in _DEVICES]
    linux.landlock([*readable, "/proc/self", "/proc/cpuinfo", "/proc/meminfo"], [home, *devices], [sockets])
    linux.drop_privileges()
    linux.refuse_system_calls(network=False)


def home(way: Way, sockets: str) -> str:
    """Where a walled kernel may write, as it calls it; its notebook runs in the folder `work` there."""
    return _HOME if way == "namespaces" else f"{sockets}/home"


def environment(home: str) -> dict[str, str]:
    """A walled kernel's environment variables; all others stay outside."""
    passed = {name: os.environ[name] for name in ("LANG", "LC_ALL", "TZ") if name in os.environ}
    return passed | {
        "HOME": home,
        "USER": "student",
        "LOGNAME": "student",
        "TMPDIR": f"{home}/tmp",
        "PATH": f"{os.path.dirname(sys.executable)}:/usr/local/bin:/usr/bin:/bin",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "CUDA_VISIBLE_DEVICES": "",
        **ONE_THREAD,
    }


def sockets_folder(way: Way, sockets: str) -> str:
    """What the kernel calls the folder of its sockets."""
    return _SOCKETS if way == "namespaces" else sockets


def _show(handle: int, target: str, *, read_only: bool) -> None:
    """Let the open file, folder or link `handle` be seen at `target`, too."""
    os.makedirs(os.path.dirname(target), exist_ok=True)
    mode = os.fstat(handle).st_mode
    if stat.S_ISLNK(mode):
        os.symlink(os.readlink("", dir_fd=handle), target)
        return
    if stat.S_ISDIR(mode):
        os.makedirs(target, exist_ok=True)
    elif not os.path.exists(target):
        Path(target).touch()
    linux.mount(f"/proc/self/fd/{handle}", target, flags=linux.MS_BIND | linux.MS_REC)
    if read_only:
        linux.make_read_only(target)


def _map_users() -> Callable[[], None]:
    """What to call behind the walls to be an ordinary user there: oneself, or nobody if that is root."""
    uid, gid = os.geteuid(), os.getegid()
    if uid != 0:

        def become() -> None:
            Path("/proc/self/setgroups").write_text("deny")
            Path("/proc/self/uid_map").write_text(f"{_USER} {uid} 1")
            Path("/proc/self/gid_map").write_text(f"{_USER} {gid} 1")

        return become

    # Only a process outside may map somebody else; it waits until this one is inside.
    parent, (wait, go), (mapped, done) = os.getpid(), os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        os.close(go)
        os.read(wait, 1)
        try:
            Path(f"/proc/{parent}/uid_map").write_text(f"{_USER} {_NOBODY} 1")
            Path(f"/proc/{parent}/gid_map").write_text(f"{_USER} {_NOBODY} 1")
            os.write(done, b"1")
        finally:
            os._exit(0)
    os.close(wait)
    os.close(done)

    def become_nobody() -> None:
        os.close(go)
        if os.read(mapped, 1) != b"1":
            raise OSError("root may not map another user here")
        os.close(mapped)
        os.waitpid(child, 0)
        os.setgroups([])
        os.setresgid(_USER, _USER, _USER)
        os.setresuid(_USER, _USER, _USER)
        linux.allow_proc_self()

    return become_nobody


@cache
def _why_no_namespaces() -> str:
    folder = socket_folder("walls")
    chown_to_kernel(folder)

    def attempt() -> None:
        handles = enter_namespaces(environment_paths(), folder)
        first = os.fork()
        if first == 0:
            furnish(handles)
            os._exit(0)
        if os.waitpid(first, 0)[1]:
            raise OSError("the first process behind them failed")

    try:
        return _try_in_fork(attempt, "User namespaces cannot be used")
    finally:
        shutil.rmtree(folder)


@cache
def _why_no_landlock() -> str:
    if sys.platform == "linux" and linux.landlock_version() < 6:
        return f"Landlock has version {linux.landlock_version()} here, and 6 is needed."
    folder = socket_folder("walls")
    try:
        return _try_in_fork(
            lambda: enter_landlock(environment_paths(), folder, folder), "Landlock and seccomp cannot be used"
        )
    finally:
        shutil.rmtree(folder)


def _try_in_fork(attempt: Callable[[], None], failed: str) -> str:
    """Why `attempt` fails in a process of its own, in a sentence; "" where it does not."""
    if sys.platform != "linux":
        return f"{failed}: this is not Linux."
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.dup2(write, 2)
            attempt()
            code = 0
        except BaseException as error:
            os.write(write, str(error).encode())
        finally:
            os._exit(code)
    os.close(write)
    with open(read, errors="replace") as pipe:
        said = pipe.read()
    code = os.waitpid(child, 0)[1]
    return f"{failed}: {said or 'the attempt ended without a word'}." if code else ""
