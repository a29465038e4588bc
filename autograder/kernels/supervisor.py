"""Supervise one kernel: fork it into its sandbox, hand it out, watch it, and end it."""

from __future__ import annotations

import os
import select
import signal
import socket
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NoReturn

from autograder.kernels import linux
from autograder.kernels.kernel import PORTS, run_kernel
from autograder.kernels.messages import receive, receive_bytes, send
from autograder.kernels.sandbox import SANDBOXES, Sandbox, SandboxKind, environment_paths
from autograder.limits import Limits

_LOOK_EVERY = 0.2  # seconds
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class ServerSettings:
    """What kind of kernels a server hands out, and where."""

    kind: SandboxKind
    readable: tuple[str, ...]  # data that kernels in a sandbox can read
    folder: str  # for the kernels' sockets
    listener: socket.socket  # where clients ask for kernels


def supervise(settings: ServerSettings, report: int) -> NoReturn:
    """Supervise one kernel, in a fork of the server.

    Writes to the pipe `report` "+" when the kernel is ready and "!" once a client has it, or else why there is none.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    server = os.getppid()
    try:
        kernel = _fork_kernel(settings)
        linux.die_with_parent(server)
        ready = receive(kernel.channel)
        if "error" in ready:
            raise OSError(ready["error"])
        kernel.sandbox.hide_sockets()
        os.write(report, b"+")
        client, _ = settings.listener.accept()
        os.write(report, b"!")
        os.close(report)
        settings.listener.close()
        with suppress(EOFError, ConnectionError):  # The client is gone: so is the kernel, in a moment.
            kernel.hand_out(client, ready["key"])
        kernel.end(client)
    except BaseException as error:
        with suppress(OSError):
            os.write(report, f"{type(error).__name__}: {error}".encode())
    os._exit(0)


@dataclass
class SupervisedKernel:
    """A kernel, seen from outside."""

    pid: int
    sandbox: Sandbox
    channel: socket.socket  # to the kernel, until it serves
    processes: int  # /proc of outside, open
    shared_memory: int = 0  # bytes that it shares with the server
    peak_memory: int = 0  # bytes, of all its processes
    seconds: float = 0.0  # processor time, of all its processes
    passed_limit: str = ""  # what ended it, in words

    def hand_out(self, client: socket.socket, key: str) -> None:
        """Prepare the kernel as the client wishes, then watch it until it ends or the client wants it to."""
        request = receive(client)
        limits = Limits(**request["limits"]) if request["limits"] else None
        kernel_settings = {"env": request["env"], "cwd": request["cwd"], "limits": None}
        if limits:  # a submission, in a folder of its own
            self.sandbox.resize(limits.disk_mb)
            work = f"{self.sandbox.home}/work"
            try:
                for name, size in request["files"]:
                    _write(Path(work), name, receive_bytes(client, size))
            except OSError as error:
                send(client, {"error": f"The submitted files do not fit into the kernel's folder: {error.strerror}."})
                return
            kernel_settings = {
                "env": self.sandbox.environment() | request["env"],
                "cwd": work,
                "limits": asdict(limits) | {"counts_alone": self.sandbox.counts_alone},
            }
        self.shared_memory, _ = _measure(self.processes, self.pid)
        send(self.channel, kernel_settings)
        self.channel.close()
        address = f"{self.sandbox.sockets}/s"
        send(client, {"connection": {"ip": address, "transport": "ipc", "key": key, **PORTS}})
        self._watch(client, limits)

    def _watch(self, client: socket.socket, limits: Limits | None) -> None:
        ended = os.pidfd_open(self.pid)
        poll = select.poll()
        poll.register(client, select.POLLIN)
        poll.register(ended, select.POLLIN)
        while True:
            events = [handle for handle, _ in poll.poll(_LOOK_EVERY * 1000 if limits else None)]
            if ended in events:
                return
            if client.fileno() in events:
                signum = receive(client)["signal"]
                if signum == signal.SIGKILL:
                    self._tell(client, -signum)  # The client need not wait until its memory is given back.
                    return
                os.kill(self.pid, signum)
            if limits and (passed_limit := self._find_passed_limit(limits)):
                self.passed_limit = passed_limit
                return

    def _find_passed_limit(self, limits: Limits) -> str:
        """Say in words which limit all its processes together have passed; "" for none."""
        pids = list(_descendants(self.processes, self.pid))
        measured = [_measure(self.processes, pid) for pid in pids]
        memory = sum(own_memory for own_memory, _ in measured) - self.shared_memory
        if memory > limits.memory_mb << 20 and len(pids) > 1:  # What processes share was counted once for each.
            memory = sum(_measure_share(self.processes, pid) for pid in pids)
        self.seconds = max(self.seconds, sum(seconds for _, seconds in measured))
        self.peak_memory = max(self.peak_memory, memory)
        if memory > limits.memory_mb << 20:
            return f"it used more than {limits.memory_mb} MB of memory"
        if self.seconds > limits.cpu_seconds:
            return f"it used more than {limits.cpu_seconds:g} s of processor time"
        if len(pids) > limits.processes:
            return f"it started more than {limits.processes} processes"
        if self.sandbox.is_beyond(limits.disk_mb):
            return f"it wrote more than {limits.disk_mb} MB"
        return ""

    def end(self, client: socket.socket) -> None:
        """Kill what is left of the kernel, and tell the client how it ended."""
        if not self.sandbox.ends_processes:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        _, status = os.waitpid(self.pid, 0)
        if not self.sandbox.ends_processes:
            while orphans := list(_children(self.processes, os.getpid())):
                for orphan in orphans:
                    os.kill(orphan, signal.SIGKILL)
                    os.waitpid(orphan, 0)
        self.sandbox.clean_up()
        self._tell(client, os.waitstatus_to_exitcode(status))

    def _tell(self, client: socket.socket, exit_code: int) -> None:
        used = {"memory_mb": self.peak_memory / (1 << 20), "cpu_seconds": self.seconds}
        with suppress(OSError):
            send(client, {"exit": exit_code, "why": self.passed_limit} | used)


def _fork_kernel(settings: ServerSettings) -> SupervisedKernel:
    here, there = socket.socketpair()
    processes = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY)
    sockets = tempfile.mkdtemp(dir=settings.folder, prefix="k")
    sandbox = SANDBOXES[settings.kind]([*environment_paths(), *settings.readable], sockets)
    sandbox.prepare()
    supervisor = os.getpid()
    kernel = os.fork()
    if kernel == 0:
        try:
            _close_all_but(there.fileno(), *sandbox.handles.values())
            os.setsid()
            sandbox.enter()
            linux.die_with_parent(supervisor)
            sandbox.replace_environment()
            run_kernel(there, sandbox.kernel_sockets, ports=sandbox.allows_ports)
        except BaseException as error:
            with suppress(OSError):
                send(there, {"error": f"{type(error).__name__}: {error}"})
        finally:
            os._exit(1)
    there.close()
    for handle in sandbox.handles.values():
        os.close(handle)
    return SupervisedKernel(kernel, sandbox, here, processes)


def _close_all_but(*keep: int) -> None:
    """Close all other files: the kernel must not hold an end of the server's or the supervisor's channels."""
    first = 3
    for handle in sorted(keep):
        os.closerange(first, handle)
        first = handle + 1
    os.closerange(first, os.sysconf("SC_OPEN_MAX"))


def _write(folder: Path, name: str, content: bytes) -> None:
    path = Path(os.path.normpath(folder / name))
    if not path.is_relative_to(folder):
        raise OSError(0, f"{name} is outside of it")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _descendants(processes: int, pid: int) -> Iterator[int]:
    """Yield the process and all that it started."""
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


def _measure(processes: int, pid: int) -> tuple[int, float]:
    """Return the bytes of its own memory, and its seconds of processor time, with those of children that have ended."""
    try:
        status = _read(processes, f"{pid}/status")
        times = _read(processes, f"{pid}/stat").rpartition(")")[2].split()[11:15]
    except OSError:  # It has just ended.
        return 0, 0.0
    sizes = dict(line.split(":", 1) for line in status.splitlines() if line.startswith(("RssAnon:", "RssShmem:")))
    return sum(int(size.split()[0]) << 10 for size in sizes.values()), sum(map(int, times)) / _TICKS


def _measure_share(processes: int, pid: int) -> int:
    """Return the bytes of its memory, where what it shares is divided by the number of those who share it. Slow."""
    try:
        lines = _read(processes, f"{pid}/smaps_rollup").splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) << 10 for line in lines if line.startswith(("Pss_Anon:", "Pss_Shmem:")))


def _read(processes: int, path: str) -> str:
    with open(os.open(path, os.O_RDONLY, dir_fd=processes), errors="replace") as file:
        return file.read()
