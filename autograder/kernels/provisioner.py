"""Provide Jupyter with warm kernels; the kernel's specification names this provisioner's entry point.

`nbclient`, papermill, nbgrader and JupyterLab use it by the kernel's name, `warm`: such a kernel runs as its caller
does, without a sandbox. The grader asks for kernels in sandboxes, from a server that it starts itself.
"""

from __future__ import annotations

import atexit
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from jupyter_client.provisioning import KernelProvisionerBase, LocalProvisioner

from autograder.course import CourseError
from autograder.kernels.messages import receive, send
from autograder.kernels.sandbox import ONE_THREAD, SandboxKind, best_sandbox
from autograder.kernels.server import PACKAGE_FOLDER, WHY
from autograder.limits import Limits
from autograder.sockets import socket_folder

ADDRESS = "AUTOGRADER_KERNELS"  # the environment variable with the server's address, for this process and its children
PRELOAD = ("torch", "torchvision", "numpy", "matplotlib.pyplot")
IMPORT_LATER = ("scipy.signal", "scipy.special")  # no notebook of the course needs them, but some answers use them
_REPLACEMENTS = 10  # of one server that is killed again and again
_KILLED = {"exit": -signal.SIGKILL, "why": ""}  # reported for a supervisor that was killed itself
_ATTEMPTS = 3  # at getting a kernel, if the server dies meanwhile


class KernelError(CourseError):
    """No kernel can be had, and no submission is to blame for it."""


class KernelServer:
    """Runs the fork server from `start` to the end of the `with` block; meanwhile this process and those it starts get
    their kernels there. A server that is killed, by a system short of memory perhaps, is replaced; its kernels die with
    it, and their clients and those who wait get new ones from the next.

    `sandbox` is the kind of its kernels' sandboxes ("none": they run as their client does), `readable` the data that
    they see in there, `preload` the modules that it imports once for all. If it does not start, whoever asks it for a
    kernel has a KernelError, which says why once it leaves the `with` block.
    """

    def __init__(self, sandbox: SandboxKind, preload: Iterable[str] = PRELOAD, readable: Iterable[Path] = ()) -> None:
        self.settings = {
            "sandbox": sandbox,
            "preload": ["autograder.kernels.supervisor", *preload],
            "import_later": IMPORT_LATER,
            "readable": [str(path.resolve()) for path in readable],
        }
        self.process: subprocess.Popen[bytes] | None = None
        self.outer_address: str | None = None  # of the server that this one takes the place of
        self._lock = threading.Lock()  # for `process`

    def __enter__(self) -> KernelServer:
        return self

    def start(self) -> None:
        """Start it if it does not run. Clients may ask at once; kernels come when it has imported everything."""
        if self.process is not None:
            return
        self.folder = socket_folder("kernels")
        address = str(Path(self.folder) / "server")
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(address)
        self._listener.listen(1024)
        self.process = self._begin()
        self._watcher = threading.Thread(target=self._replace_killed, args=(self.process,), daemon=True)
        self._watcher.start()
        self.outer_address = os.environ.get(ADDRESS)
        os.environ[ADDRESS] = address

    def _begin(self) -> subprocess.Popen[bytes]:
        settings = self.settings | {"folder": self.folder, "listener": self._listener.fileno()}
        return subprocess.Popen(
            [sys.executable, "-m", "autograder.kernels.server", json.dumps(settings)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd="/",
            env=_server_environment(sandboxed=self.settings["sandbox"] != "none"),
            pass_fds=[self._listener.fileno()],
        )

    def _replace_killed(self, process: subprocess.Popen[bytes]) -> None:
        # Closing the listener ends everybody's wait. A system that is short of memory may be unable to start another.
        with self._listener, suppress(OSError):
            for _ in range(_REPLACEMENTS):
                if process.wait() >= 0:  # It ended by itself, and has said why.
                    return
                with self._lock:
                    if self.process is None:  # `stop` ended it.
                        return
                    replacement = self._begin()
                    with process:  # This closes its pipes.
                        process = self.process = replacement
            process.wait()

    def stop(self) -> str:
        """End it and all its kernels; return why it had ended by itself, or "" if it had not."""
        with self._lock:
            process, self.process = self.process, None
        if process is None:
            return ""
        os.environ.pop(ADDRESS, None)
        if self.outer_address:
            os.environ[ADDRESS] = self.outer_address
        process.kill()
        output, _ = process.communicate()
        self._watcher.join()
        shutil.rmtree(self.folder, ignore_errors=True)
        _, found, reason = output.decode(errors="replace").rpartition(WHY)
        return reason.strip() if found else ""

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        why = self.stop()
        if why and isinstance(error, KernelError):
            raise KernelError(f"The kernel server did not start: {why}.") from error


def _server_environment(*, sandboxed: bool) -> dict[str, str]:
    """Choose the server's environment variables: a submission, run in a fork of it, could read them all."""
    passed = ("HOME", "LANG", "LC_ALL", "PATH", "PYTHONPATH", "TZ", "MPLCONFIGDIR", "TMPDIR", "VIRTUAL_ENV")
    env = {name: os.environ[name] for name in passed if name in os.environ} if sandboxed else dict(os.environ)
    backend = {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}
    no_advice = {"PYDEVD_DISABLE_FILE_VALIDATION": "1"}  # from Jupyter's debugger
    path = {"PYTHONPATH": os.pathsep.join(filter(None, [PACKAGE_FOLDER, os.environ.get("PYTHONPATH")]))}
    return env | ONE_THREAD | backend | no_advice | path


class ForkedProvisioner(KernelProvisionerBase):  # type: ignore[misc]
    """Gets each kernel from the server whose address is in the environment, or from this process's own server."""

    supervisor: socket.socket | None = None  # the connection to it, while the kernel runs
    sockets: str = ""  # the folder of the kernel's sockets
    killed = False  # by this process
    ended: dict[str, Any] | None = None  # how it ended, as the supervisor says

    @property
    def has_process(self) -> bool:
        return self.supervisor is not None

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        return await super().pre_launch(cmd=[], **kwargs)  # type: ignore[no-any-return]

    async def launch_kernel(
        self,
        cmd: list[str],
        *,
        files: Mapping[str, bytes] | None = None,
        limits: Limits | None = None,
        **kwargs: Any,
    ) -> dict[str, Any]:
        """Get a kernel. With `limits`, for a submission: it runs in a folder with these `files`, and never in `cwd`."""
        address = os.environ.get(ADDRESS) or _start_own_server("none" if limits is None else require_sandbox())
        contents = dict(files or {})
        request = {
            "env": kwargs["env"],
            "cwd": str(kwargs.get("cwd") or os.getcwd()),
            "limits": asdict(limits) if limits else None,
            "files": [(name, len(data)) for name, data in contents.items()],
        }
        for attempts_left in reversed(range(_ATTEMPTS)):
            self.ended, self.killed = None, False
            try:
                answer = self._ask(address, request, contents.values())
                break
            except (OSError, EOFError) as error:
                self._note_end(_KILLED)
                if not attempts_left:
                    why = error or "it closed the connection"
                    raise KernelError(f"The kernel server at {address} gives no kernel: {why}.") from error
        if "error" in answer:
            self._note_end(_KILLED)
            raise KernelError(answer["error"])
        connection: dict[str, Any] = answer["connection"]
        self.sockets = str(Path(connection["ip"]).parent)
        self.connection_info = connection | {"key": connection["key"].encode(), "signature_scheme": "hmac-sha256"}
        return self.connection_info

    def _ask(self, address: str, request: dict[str, Any], contents: Iterable[bytes]) -> dict[str, Any]:
        self.supervisor = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.supervisor.connect(address)
        send(self.supervisor, request)
        for data in contents:
            self.supervisor.sendall(data)
        answer = receive(self.supervisor)
        if "exit" in answer:  # The kernel was killed while it waited for a client.
            raise EOFError
        return answer

    async def poll(self) -> int | None:
        """Return the exit code, or None while it runs."""
        if self.supervisor is None:
            return self.ended["exit"] if self.ended else 0
        if self.killed:
            return await self.wait()
        self.supervisor.setblocking(False)
        try:
            self.supervisor.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return None
        except OSError:  # Its supervisor was killed.
            pass
        finally:
            self.supervisor.setblocking(True)
        return await self.wait()

    async def wait(self) -> int | None:
        """Return the exit code; a kernel that still runs has ten seconds to end."""
        if self.supervisor is not None:
            self.supervisor.settimeout(10)
            try:
                self._note_end(receive(self.supervisor))
            except (EOFError, OSError):
                self._note_end(_KILLED)
        return self.ended["exit"] if self.ended else 0

    def _note_end(self, message: dict[str, Any]) -> None:
        self.ended = message
        if self.supervisor is not None:
            self.supervisor.close()
        self.supervisor = None

    async def send_signal(self, signum: int) -> None:
        """Have the supervisor send it: in a sandbox the kernel's process has another number."""
        if self.supervisor is not None:
            self.killed = signum == signal.SIGKILL
            with suppress(OSError):
                send(self.supervisor, {"signal": int(signum)})

    async def kill(self, restart: bool = False) -> None:
        await self.send_signal(signal.SIGKILL)

    async def terminate(self, restart: bool = False) -> None:
        await self.send_signal(signal.SIGKILL)

    async def cleanup(self, restart: bool = False) -> None:
        if self.supervisor is not None:
            self._note_end(_KILLED)
        if self.sockets:
            shutil.rmtree(self.sockets, ignore_errors=True)


def _start_own_server(sandbox: SandboxKind) -> str:
    """Start a server that lives as long as this process, for which nobody has started one; return its address."""
    data = [Path(folder) for folder in [os.environ.get("COURSE_DATA")] if folder and os.path.isdir(folder)]
    server = KernelServer(sandbox, readable=data)
    atexit.register(server.stop)
    server.start()
    return os.environ[ADDRESS]


def require_sandbox() -> SandboxKind:
    """Choose the kind of sandbox for submissions. Raises KernelError if this machine can have none."""
    kind = best_sandbox()
    if kind == "none":
        raise KernelError(
            "This machine cannot sandbox submissions, so nothing was run. `autograder doctor --system` says why and "
            "what would help. With `--no-walls` a submission can do whatever you can."
        )
    return kind


class OrdinaryProvisioner(LocalProvisioner):  # type: ignore[misc]
    """Starts an ordinary kernel for `warm`, on systems where processes cannot be forked safely."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> dict[str, Any]:
        _warn_once()
        return await super().launch_kernel(cmd, **kwargs)  # type: ignore[no-any-return]


@cache
def _warn_once() -> None:
    warnings.warn(f"Kernels cannot be forked on {sys.platform}: `warm` starts ordinary ones.", stacklevel=2)


# The entry point names this.
WarmProvisioner = ForkedProvisioner if sys.platform == "linux" else OrdinaryProvisioner
