"""Build a kernel's own root, network and process table, for `sandbox.NamespaceSandbox`."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from autograder.kernels import linux

HOME = "/home/student"  # in the sandbox: the only place to write
HOME_FOLDERS = ("work", "tmp", "shm")
SOCKETS = "/run/kernel"  # in the sandbox: the folder of the kernel's sockets
DEVICES = tuple(f"/dev/{name}" for name in ("null", "zero", "full", "random", "urandom"))
_USER = 1000  # in the sandbox
_NOBODY = 65534  # outside, where root starts the kernel


def enter_namespaces(readable: Iterable[str], sockets: str) -> dict[str, int]:
    """Move this process, which has one thread, into namespaces of its own: no network, no root, no other process.

    Returns open handles of what `mount_root` will show there, by target: the paths `readable`, and the folder `sockets`
    for the kernel's sockets. The caller forks next; the child becomes the first process of the PID namespace and calls
    `mount_root`.
    """
    if os.geteuid() == 0:  # The kernel runs as nobody, and must own what it writes.
        os.chown(sockets, _NOBODY, _NOBODY)
    become_user = _prepare_user()
    linux.unshare_all()
    shown = {path: path for path in (*readable, *DEVICES)}
    shown[sockets] = SOCKETS
    # Opened before anything hides them, and before this process is nobody, who may not look into root's folders.
    handles = {target: os.open(path, os.O_PATH | os.O_NOFOLLOW) for path, target in shown.items()}
    become_user()
    return handles


def mount_root(handles: dict[str, int]) -> None:
    """Make a file system of what `handles` hold the root of all processes in this mount namespace.

    Afterwards the calling process has no privileges any more.
    """
    linux.mount("none", "/", flags=linux.MS_REC | linux.MS_PRIVATE)
    root = "/tmp"  # Any folder will do, even one that nobody may enter: what is in it is hidden only here.
    unprivileged = linux.MS_NOSUID | linux.MS_NODEV
    linux.mount("tmpfs", root, "tmpfs", unprivileged, "mode=755,size=1m")
    for target, handle in handles.items():
        _show(handle, root + target, read_only=target != SOCKETS and not target.startswith("/dev/"))
        os.close(handle)
    os.makedirs(root + HOME)
    linux.mount("tmpfs", root + HOME, "tmpfs", unprivileged, "mode=700,size=64m,nr_inodes=20000")
    for name in HOME_FOLDERS:
        os.mkdir(f"{root}{HOME}/{name}")
    if not os.path.exists(f"{root}/tmp"):  # It exists where the Python environment is in it.
        os.symlink(f"{HOME}/tmp", f"{root}/tmp")
    os.symlink(f"{HOME}/shm", f"{root}/dev/shm")
    Path(f"{root}/etc/passwd").write_text(f"student:x:{_USER}:{_USER}::{HOME}:/bin/sh\n")
    Path(f"{root}/etc/group").write_text(f"student:x:{_USER}:\n")
    os.mkdir(f"{root}/proc")
    with suppress(OSError):  # Containers hide parts of /proc and then forbid a new one; notebooks can do without.
        linux.mount("proc", f"{root}/proc", "proc", unprivileged | linux.MS_NOEXEC | linux.MS_RDONLY)
    os.mkdir(f"{root}/dev/pts")
    with suppress(OSError):  # Shell commands of a notebook (`!ls`) want a terminal.
        flags = linux.MS_NOSUID | linux.MS_NOEXEC
        linux.mount("devpts", f"{root}/dev/pts", "devpts", flags, "newinstance,ptmxmode=0666")
        os.symlink("pts/ptmx", f"{root}/dev/ptmx")
    linux.pivot_root(root)
    linux.make_read_only("/", recursive=False)
    linux.drop_privileges()
    linux.refuse_system_calls(network=True)


def _show(handle: int, target: str, *, read_only: bool) -> None:
    """Make the open file, folder or link `handle` visible at `target`, too."""
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


def _prepare_user() -> Callable[[], None]:
    """Return a function to be called in the namespaces, which makes the caller an ordinary user there.

    Outside, that user is whoever calls this; for root it is nobody.
    """
    uid, gid = os.geteuid(), os.getegid()
    if uid != 0:

        def map_own_user() -> None:
            Path("/proc/self/setgroups").write_text("deny")
            Path("/proc/self/uid_map").write_text(f"{_USER} {uid} 1")
            Path("/proc/self/gid_map").write_text(f"{_USER} {gid} 1")

        return map_own_user

    # Only a process outside may map somebody else; it waits until this one is inside.
    parent = os.getpid()
    wait, go = os.pipe()
    mapped, done = os.pipe()
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
