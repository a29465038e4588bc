"""Put a kernel into a sandbox, of the best kind that this machine allows without root and with nothing to install.

- *namespaces*: a file system, network and process table of its own, in which nothing else exists;
- *Landlock and seccomp*: everything exists, but cannot be opened, connected to or signalled.

The supervisor calls the methods of `Sandbox` in the order in which they stand here.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from typing import ClassVar, Literal

from autograder.kernels import linux, namespaces
from autograder.sockets import socket_folder

SandboxKind = Literal["namespaces", "landlock", "none"]

ONE_THREAD = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/opt")
_SETTINGS = ("/etc/ld.so.cache", "/etc/fonts", "/etc/localtime", "/etc/alternatives", "/etc/mime.types", "/etc/ssl")
_LANDLOCK_VERSION = 6  # the first that keeps signals and abstract sockets in


class Sandbox:
    """One kernel's sandbox; as written here, one that shares the machine's file system and process table."""

    name: ClassVar[str]
    counts_alone = False  # The limit on processes counts those of this sandbox only, not all of the user's.
    ends_processes = False  # The system ends all processes with the kernel; else the supervisor has to.
    allows_ports = True  # The kernel can connect to ports of its own.

    def __init__(self, readable: Iterable[str], sockets: str) -> None:
        self.readable = list(readable)  # paths that the kernel can read
        self.sockets = sockets  # the folder of the kernel's sockets, as clients call it
        self.kernel_sockets = sockets  # the same, as the kernel calls it
        self.home = f"{sockets}/home"  # where the kernel can write; its notebook runs in `work` there
        self.handles: dict[str, int] = {}  # what the kernel needs open to enter

    def prepare(self) -> None:
        """Prepare everything in the supervisor, which forks the kernel next."""
        linux.adopt_orphans()
        for name in namespaces.HOME_FOLDERS:
            os.makedirs(f"{self.home}/{name}")

    def enter(self) -> None:
        """Move the kernel, which calls this, into the sandbox for good."""
        raise NotImplementedError

    def replace_environment(self) -> None:
        """Leave the kernel, which calls this, the sandbox's environment variables only."""
        os.environ.clear()
        os.environ.update(self.environment())

    def environment(self) -> dict[str, str]:
        """Return a submission's environment variables; all others stay outside."""
        passed = {name: os.environ[name] for name in ("LANG", "LC_ALL", "TZ") if name in os.environ}
        return passed | {
            "HOME": self.home,
            "USER": "student",
            "LOGNAME": "student",
            "TMPDIR": f"{self.home}/tmp",
            "PATH": f"{os.path.dirname(sys.executable)}:/usr/local/bin:/usr/bin:/bin",
            "MPLBACKEND": "module://matplotlib_inline.backend_inline",
            "CUDA_VISIBLE_DEVICES": "",
            **ONE_THREAD,
        }

    def hide_sockets(self) -> None:
        """Hide the folder of the sockets from the kernel, which has bound them."""

    def resize(self, megabytes: int) -> None:
        """Have the system limit how much the kernel can write, where it can."""

    def is_beyond(self, megabytes: int) -> bool:
        """Tell whether the kernel has written more than that, where the system does not prevent it."""
        blocks = 0
        for folder, folders, files in os.walk(self.home):
            for name in (*folders, *files):
                with suppress(OSError):  # The kernel may just have removed it.
                    blocks += os.lstat(os.path.join(folder, name)).st_blocks
        return blocks * 512 > megabytes << 20

    def clean_up(self) -> None:
        """Remove the kernel's folders, once it has ended."""
        shutil.rmtree(self.sockets, ignore_errors=True)


class NoSandbox(Sandbox):
    """A kernel that may do whatever its caller may."""

    name = "no sandbox"

    def enter(self) -> None:
        pass

    def replace_environment(self) -> None:
        pass


class LandlockSandbox(Sandbox):
    """Landlock and seccomp: the kernel can open some paths only, and can connect to nothing."""

    name = "Landlock and seccomp"
    allows_ports = False

    def prepare(self) -> None:
        version = linux.landlock_version()
        if version < _LANDLOCK_VERSION:
            raise OSError(f"version {_LANDLOCK_VERSION} of Landlock is needed, and this system has version {version}")
        super().prepare()

    def enter(self) -> None:
        readable = [*self.readable, "/proc/self", "/proc/cpuinfo", "/proc/meminfo"]
        linux.landlock(readable, writable=[self.home, *namespaces.DEVICES], sockets=[self.sockets])
        linux.drop_privileges()
        linux.refuse_system_calls(network=False)


class NamespaceSandbox(Sandbox):
    """Namespaces: for the kernel nothing exists but what `prepare` opened."""

    name = "User namespaces"
    counts_alone = True
    ends_processes = True

    def __init__(self, readable: Iterable[str], sockets: str) -> None:
        super().__init__(readable, sockets)
        self.kernel_sockets = namespaces.SOCKETS
        self.home = namespaces.HOME

    def prepare(self) -> None:
        self.handles = namespaces.enter_namespaces(self.readable, self.sockets)

    def enter(self) -> None:
        namespaces.mount_root(self.handles)

    def hide_sockets(self) -> None:
        linux.unmount(namespaces.SOCKETS)

    def resize(self, megabytes: int) -> None:
        flags = linux.MS_REMOUNT | linux.MS_NOSUID | linux.MS_NODEV
        linux.mount("tmpfs", self.home, "tmpfs", flags, f"size={megabytes}m")

    def is_beyond(self, megabytes: int) -> bool:
        return False  # Its file system is as large as the limit.

    def clean_up(self) -> None:
        pass  # The folder is out of reach from in there; the client removes it.


SANDBOXES: dict[SandboxKind, type[Sandbox]] = {
    "namespaces": NamespaceSandbox,
    "landlock": LandlockSandbox,
    "none": NoSandbox,
}


def best_sandbox() -> SandboxKind:
    """Choose the kind that holds best, of those that this machine allows."""
    if not why_unavailable("namespaces"):
        return "namespaces"
    return "landlock" if not why_unavailable("landlock") else "none"


@cache
def why_unavailable(kind: SandboxKind) -> str:
    """Say in a sentence why this machine cannot have such a sandbox; "" where a process could just enter one."""
    failed = f"{SANDBOXES[kind].name} cannot be used"
    if sys.platform != "linux":
        return f"{failed}: this is not Linux."
    folder = socket_folder("sandbox")
    try:
        return _try(SANDBOXES[kind](environment_paths(), folder), failed)
    finally:
        shutil.rmtree(folder)


def _try(sandbox: Sandbox, failed: str) -> str:
    """Enter the sandbox in a process of its own, as a kernel would."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.dup2(write, 2)
            sandbox.prepare()
            kernel = os.fork()
            if kernel == 0:
                sandbox.enter()
                code = 0
            else:
                _, status = os.waitpid(kernel, 0)
                code = 1 if status else 0
        except BaseException as error:
            os.write(write, str(error).encode())
        finally:
            os._exit(code)
    os.close(write)
    with open(read, errors="replace") as pipe:
        message = pipe.read()
    _, status = os.waitpid(child, 0)
    return f"{failed}: {message or 'the attempt failed without a message'}." if status else ""


def environment_paths() -> list[str]:
    """List the paths of Python and its libraries."""
    libraries = {path for path in sys.path if os.path.basename(path) in ("site-packages", "dist-packages")}
    paths = {*_SYSTEM, *_SETTINGS, sys.prefix, sys.base_prefix, *libraries}
    return [path for path in sorted({*paths, *map(os.path.realpath, paths)}) if os.path.exists(path)]
