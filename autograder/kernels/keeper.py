"""One kernel's keeper: puts up the walls, forks the kernel behind them, hands it out, watches it, and ends it."""

from __future__ import annotations

import os
import select
import shutil
import signal
import socket
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import NoReturn

from autograder.kernels import linux, walls
from autograder.kernels.kernel import PORTS, run_kernel
from autograder.kernels.messages import receive, receive_bytes, send
from autograder.limits import Limits

_LOOK_EVERY = 0.2  # seconds
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Offer:
    """What kind of kernels a server hands out."""

    way: walls.Way  # how walled; "none" for a kernel that runs as its caller does
    readable: tuple[str, ...]  # data that walled kernels can read
    folder: str  # for the kernels' sockets
    listener: socket.socket


def keep(offer: Offer, taken: int) -> NoReturn:
    """Be the keeper of one kernel, in a fork of the server.

    Writes to `taken` "+" when the kernel is ready, "!" once somebody has it, or else why there is none.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    server = os.getppid()
    try:
        kept = _fork_kernel(offer)
        linux.die_with_parent(server)
        ready = receive(kept.line)
        if "error" in ready:
            raise OSError(ready["error"])
        if offer.way == "namespaces":
            walls.hide_sockets()
        os.write(taken, b"+")
        client, _ = offer.listener.accept()
        os.write(taken, b"!")
        os.close(taken)
        offer.listener.close()
        with suppress(EOFError, ConnectionError):  # the client is gone: so is the kernel, in a moment
            kept.hand_out(client, ready["key"])
        kept.end(client)
    except BaseException as error:
        with suppress(OSError):
            os.write(taken, f"{type(error).__name__}: {error}".encode())
    os._exit(0)


@dataclass
class _Kept:
    """A kernel, seen from outside."""

    offer: Offer
    pid: int
    line: socket.socket  # to the kernel, until it serves
    sockets: str  # the folder, as clients call it
    processes: int  # /proc of outside, open
    own_memory: int = 0  # bytes that it shares with the server
    peak_memory: int = 0
    seconds: float = 0.0  # processor time
    why: str = field(default="")

    def hand_out(self, client: socket.socket, key: str) -> None:
        """Prepare the kernel as the client wishes, then watch it until it ends or the client wants it to."""
        request = receive(client)
        limits = Limits(**request["limits"]) if request["limits"] else None
        env, cwd = request["env"], request["cwd"]
        if limits:  # a submission, in a folder of its own
            home = walls.home(self.offer.way, self.sockets)
            if self.offer.way == "namespaces":
                walls.resize_home(limits.disk_mb)
            try:
                for name, size in request["files"]:
                    _write(Path(home) / "work", name, receive_bytes(client, size))
            except OSError as error:
                send(client, {"error": f"What was handed in does not fit into the kernel's folder: {error.strerror}."})
                return
            env, cwd = walls.environment(home) | env, f"{home}/work"
        self.own_memory, _ = _use(self.processes, self.pid)
        settings = asdict(limits) | {"counted_alone": self.offer.way == "namespaces"} if limits else None
        send(self.line, {"env": env, "cwd": cwd, "limits": settings})
        self.line.close()
        send(client, {"connection": {"ip": f"{self.sockets}/s", "transport": "ipc", "key": key, **PORTS}})
        self._watch(client, limits)

    def _watch(self, client: socket.socket, limits: Limits | None) -> None:
        poll = select.poll()
        poll.register(client, select.POLLIN)
        poll.register(ended := os.pidfd_open(self.pid), select.POLLIN)
        while True:
            events = [handle for handle, _ in poll.poll(_LOOK_EVERY * 1000 if limits else None)]
            if ended in events:
                return
            if client.fileno() in events:
                signum = receive(client)["signal"]
                if signum == signal.SIGKILL:
                    self._tell(client, -signum)  # the client need not wait until its memory is given back
                    return
                os.kill(self.pid, signum)
            if limits and (why := self._beyond(limits)):
                self.why = why
                return

    def _beyond(self, limits: Limits) -> str:
        """Which limit all its processes together have passed, in words; "" for none."""
        tree = list(_descendants(self.processes, self.pid))
        used = [_use(self.processes, pid) for pid in tree]
        memory = sum(memory for memory, _ in used) - self.own_memory
        if memory > limits.memory_mb << 20 and len(tree) > 1:  # what processes share was counted once for each
            memory = sum(_share(self.processes, pid) for pid in tree)
        self.seconds = max(self.seconds, sum(seconds for _, seconds in used))
        self.peak_memory = max(self.peak_memory, memory)
        if memory > limits.memory_mb << 20:
            return f"it used more than {limits.memory_mb} MB of memory"
        if self.seconds > limits.cpu_seconds:
            return f"it used more than {limits.cpu_seconds:g} s of processor time"
        if len(tree) > limits.processes:
            return f"it started more than {limits.processes} processes"
        if self.offer.way != "namespaces" and _size(Path(self.sockets) / "home") > limits.disk_mb << 20:
            return f"it wrote more than {limits.disk_mb} MB"
        return ""

    def end(self, client: socket.socket) -> None:
        """Kill whatever of it is left, and tell the client how it ended."""
        if self.offer.way != "namespaces":  # where nothing else ends its children
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        _, status = os.waitpid(self.pid, 0)
        if self.offer.way != "namespaces":
            while orphans := list(_children(self.processes, os.getpid())):
                for orphan in orphans:
                    os.kill(orphan, signal.SIGKILL)
                    os.waitpid(orphan, 0)
        if self.offer.way != "namespaces":  # from there the folder is out of reach; the client removes it
            shutil.rmtree(self.sockets, ignore_errors=True)
        self._tell(client, os.waitstatus_to_exitcode(status))

    def _tell(self, client: socket.socket, code: int) -> None:
        use = {"memory_mb": self.peak_memory / (1 << 20), "cpu_seconds": self.seconds}
        with suppress(OSError):
            send(client, {"exit": code, "why": self.why} | use)


def _fork_kernel(offer: Offer) -> _Kept:
    here, there = socket.socketpair()
    processes = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY)
    sockets = tempfile.mkdtemp(dir=offer.folder, prefix="k")
    readable = [*walls.environment_paths(), *offer.readable]
    handles: dict[str, int] = {}
    if offer.way == "namespaces":
        walls.chown_to_kernel(sockets)
        handles = walls.enter_namespaces(readable, sockets)
    else:
        linux.adopt_orphans()
        for name in walls.HOME_FOLDERS:
            os.makedirs(f"{walls.home(offer.way, sockets)}/{name}")
    keeper, kernel = os.getpid(), os.fork()
    if kernel == 0:
        try:
            _close_all_but(there.fileno(), *handles.values())
            os.setsid()
            if offer.way == "namespaces":
                walls.furnish(handles)
            elif offer.way == "landlock":
                walls.enter_landlock(readable, walls.home(offer.way, sockets), sockets)
            linux.die_with_parent(keeper)
            if offer.way != "none":
                os.environ.clear()
                os.environ.update(walls.environment(walls.home(offer.way, sockets)))
            run_kernel(there, walls.sockets_folder(offer.way, sockets), ports=offer.way != "landlock")
        except BaseException as error:
            with suppress(OSError):
                send(there, {"error": f"{type(error).__name__}: {error}"})
        finally:
            os._exit(1)
    there.close()
    for handle in handles.values():
        os.close(handle)
    return _Kept(offer, kernel, here, sockets, processes)


def _close_all_but(*keep: int) -> None:
    """The kernel must hold no end of the server's or the keeper's lines."""
    first = 3
    for handle in sorted(keep):
        os.closerange(first, handle)
        first = handle + 1
    os.closerange(first, os.sysconf("SC_OPEN_MAX"))


def _write(folder: Path, name: str, content: bytes) -> None:
    path = Path(os.path.normpath(folder / name))
    if not path.is_relative_to(folder):
        raise OSError(0, f"{name} lies outside of it")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _descendants(processes: int, pid: int) -> Iterator[int]:
    """The process and all that it started."""
    yield pid
    for child in _children(processes, pid):
        yield from _descendants(processes, child)


def _children(processes: int, pid: int) -> Iterator[int]:
    with suppress(OSError):
        folder = os.open(f"{pid}/task", os.O_RDONLY, dir_fd=processes)
        threads = os.listdir(folder)
        os.close(folder)
        for thread in threads:
            with suppress(OSError):
                yield from map(int, _read(processes, f"{pid}/task/{thread}/children").split())


def _use(processes: int, pid: int) -> tuple[int, float]:
    """Bytes of memory of its own, and seconds of processor time, with those of children that have ended."""
    try:
        status = _read(processes, f"{pid}/status")
        times = _read(processes, f"{pid}/stat").rpartition(")")[2].split()[11:15]
    except OSError:  # it has just ended
        return 0, 0.0
    sizes = dict(line.split(":", 1) for line in status.splitlines() if line.startswith(("RssAnon:", "RssShmem:")))
    return sum(int(size.split()[0]) << 10 for size in sizes.values()), sum(map(int, times)) / _TICKS


def _share(processes: int, pid: int) -> int:
    """Bytes of its memory, where what it shares is divided by the number of those who share it. Slow."""
    try:
        lines = _read(processes, f"{pid}/smaps_rollup").splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) << 10 for line in lines if line.startswith(("Pss_Anon:", "Pss_Shmem:")))


def _read(processes: int, path: str) -> str:
    with open(os.open(path, os.O_RDONLY, dir_fd=processes), errors="replace") as file:
        return file.read()


def _size(folder: Path) -> int:
    return sum(path.lstat().st_blocks * 512 for path in folder.rglob("*"))
