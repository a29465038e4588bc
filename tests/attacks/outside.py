"""What lies outside of the walls: something to be reached, and a watch over whether it was."""

from __future__ import annotations

import hashlib
import os
import secrets
import site
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy

from autograder.course import Course
from autograder.limits import Limits
from tests.attacks import Target

SECRET = "AUTOGRADER_TEST_SECRET"
SECONDS_TO_VANISH = 2.0  # for processes that have been killed
_GRADING_WRITES = ("gradebook.db", "autograded", "results")


@dataclass
class Outside:
    """A watched surrounding. `faults` says what hostile notebooks changed or reached in it."""

    target: Target
    canary: subprocess.Popen[bytes]
    before: dict[str, str]
    heard: list[str] = field(default_factory=list)  # what came in over the network, and where

    def faults(self) -> Iterator[str]:
        """Sentences on what is not as it was before."""
        yield from self.heard
        if self.canary.poll() is not None:
            yield f"The process of the test was killed: {self.canary.returncode}."
        after = _listing(Path(self.target.course)) | _listing(Path(self.target.folder))
        for path in sorted(self.before.keys() | after.keys()):
            if self.before.get(path) != after.get(path):
                yield f"{path} was changed."
        yield from (f"{path} was left behind." for path in self.left_behind())
        patience = time.monotonic() + SECONDS_TO_VANISH
        while self.survivors() and time.monotonic() < patience:
            time.sleep(0.05)
        yield from (f"Process {pid} lives on: {command}." for pid, command in self.survivors().items())

    def left_behind(self) -> list[Path]:
        """Files that bear the token where anybody might have been able to write."""
        folders = {
            *("/", "/tmp", "/var/tmp", "/dev/shm", "/run", "/etc", "/usr/local/bin", tempfile.gettempdir()),
            *(self.target.home, f"{self.target.home}/.jupyter", f"{self.target.home}/.ipython/profile_default/startup"),
            *(sys.prefix, sys.base_prefix, os.path.dirname(sys.executable), os.path.dirname(numpy.__file__)),
            *(*site.getsitepackages(), site.getusersitepackages(), os.getcwd()),
        }
        found = []
        for folder in sorted(folders):
            with suppress(OSError):
                names = [entry.name for entry in os.scandir(folder) if self.target.token in entry.name]
                found += [Path(folder, name) for name in names]
        return found

    def survivors(self) -> dict[int, str]:
        """Processes that bear the token in their name or command."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                name = (folder / "comm").read_text(errors="replace").strip()
                if self.target.token in command + name and int(folder.name) != self.canary.pid:
                    found[int(folder.name)] = f"{name}: {command[:200]}"
        return found


@contextmanager
def watched(course: Course, assignment: str, folder: Path, hidden: str, limits: Limits) -> Iterator[Outside]:
    """The surrounding of the course while its submissions, which are in place already, are graded."""
    token = f"hostile{secrets.token_hex(4)}"
    (folder / "secret.txt").write_text("what nobody handed in", encoding="utf-8")
    folder.chmod(0o777)
    heard: list[str] = []
    with ExitStack() as stack:
        tcp, udp, abstract, unix, free = (
            stack.enter_context(socket.socket(family, kind))
            for family, kind in (
                (socket.AF_INET, socket.SOCK_STREAM),
                (socket.AF_INET, socket.SOCK_DGRAM),
                (socket.AF_UNIX, socket.SOCK_STREAM),
                (socket.AF_UNIX, socket.SOCK_STREAM),
                (socket.AF_INET, socket.SOCK_STREAM),
            )
        )
        for there in (tcp, udp, free):
            there.bind(("127.0.0.1", 0))
        short = stack.enter_context(tempfile.TemporaryDirectory())  # the name of a socket is short
        os.chmod(short, 0o755)
        abstract.bind(f"\0{token}")
        unix.bind(f"{short}/socket")
        os.chmod(f"{short}/socket", 0o777)
        ports = [there.getsockname()[1] for there in (tcp, udp, free)]
        free.close()
        canary = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()", token])
        stack.callback(canary.wait)
        stack.callback(canary.kill)
        target = Target(
            assignment=assignment,
            course=str(course.root),
            folder=str(folder),
            home=str(Path.home()),
            token=token,
            secret=SECRET,
            hidden=hidden,
            canary=canary.pid,
            tcp_port=ports[0],
            udp_port=ports[1],
            socket=token,
            socket_path=f"{short}/socket",
            open_port=ports[2],
            memory_mb=limits.memory_mb,
            disk_mb=limits.disk_mb,
        )
        for listener in (tcp, abstract, unix):
            listener.listen()
        over = threading.Event()
        watchers = [threading.Thread(target=_hear, args=(over, each, heard)) for each in (tcp, udp, abstract, unix)]
        watchers.append(threading.Thread(target=_knock, args=(over, ports[2], token, heard)))
        for watcher in watchers:
            watcher.start()
        outside = Outside(target, canary, {}, heard)
        try:
            yield outside
        finally:
            over.set()
            for watcher in watchers:
                watcher.join()
            for pid in outside.survivors():
                with suppress(ProcessLookupError):
                    os.kill(pid, 9)
            for path in outside.left_behind():
                with suppress(OSError):
                    path.unlink()


def _listing(folder: Path) -> dict[str, str]:
    """What lies in the folder, but for what grading writes: path to what it is."""
    found = {}
    for here, folders, files in os.walk(folder):
        if Path(here) == folder:
            folders[:] = [name for name in folders if name not in _GRADING_WRITES]
            files = [name for name in files if not name.startswith(_GRADING_WRITES)]
        for name in files + folders:
            path = os.path.join(here, name)
            try:
                status = os.lstat(path)
            except OSError as error:  # its path is too long, say
                found[path] = str(error.strerror)
                continue
            found[path] = f"{status.st_mode} {status.st_size}"
            if os.path.isfile(path) and not os.path.islink(path) and status.st_size < 1 << 20:
                found[path] += hashlib.sha256(Path(path).read_bytes()).hexdigest()
    return found


def _hear(over: threading.Event, listener: socket.socket, heard: list[str]) -> None:
    """Note who comes to the listener until it is `over`."""
    listener.settimeout(0.2)
    while not over.is_set():
        with suppress(TimeoutError):
            if listener.type == socket.SOCK_STREAM:
                there, _ = listener.accept()
                with there:
                    there.settimeout(1)
                    said = there.recv(100)
            else:
                said = listener.recv(100)
            heard.append(f"Somebody came to {listener.getsockname()!r} and said {said!r}.")


def _knock(over: threading.Event, port: int, token: str, heard: list[str]) -> None:
    """Note who listens at the port until it is `over`."""
    while not over.is_set():
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=0.2) as there:
            if there.getsockname() != there.getpeername() and token.encode() in there.recv(100):
                heard.append(f"Somebody listened at port {port}.")
        time.sleep(0.1)


def look_around(outside: Outside) -> None:
    """Remember how everything is, once all is in place."""
    outside.before = _listing(Path(outside.target.course)) | _listing(Path(outside.target.folder))
