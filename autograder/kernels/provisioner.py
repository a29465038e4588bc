"""How Jupyter starts a warm kernel: a provisioner, found under its entry point by the kernel's specification.

`nbclient`, papermill, nbgrader and JupyterLab use it by the kernel's name, `warm`: such a kernel runs as its caller
does, without walls. The grader asks for walled kernels, from a server that it starts itself.
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
from autograder.kernels import walls
from autograder.kernels.messages import receive, send
from autograder.kernels.server import PACKAGE_FOLDER, WHY
from autograder.limits import Limits
from autograder.sockets import socket_folder

ADDRESS = "AUTOGRADER_KERNELS"  # the environment variable that tells this process and its children of the server
PRELOAD = ("torch", "torchvision", "numpy", "matplotlib.pyplot")
LATER = ("scipy.signal", "scipy.special")  # what no notebook of the course needs, and some answers use
_REPLACEMENTS = 10  # of one server that is killed again and again
_KILLED = {"exit": -signal.SIGKILL, "why": ""}  # what a keeper would say that was killed itself
_ATTEMPTS = 3  # at a kernel, where the server dies while one is waited for


class KernelError(CourseError):
    """No kernel can be had, for which no submission is to blame."""


class KernelServer:
    """The fork server, from `start` to the end of the `with` block; meanwhile this process and those it starts get
    their kernels there. One that is killed, by a system short of memory perhaps, is replaced; its kernels died with it,
    and whoever had one or waits for one gets it from the next.

    `way` is how its kernels are walled ("none": they run as whoever asks), `readable` are the data that walled ones
    see, `preload` the modules it imports once for all. Where it does not come up, whoever asks it for a kernel has a
    KernelError, and if that leaves the `with` block, it says why.
    """

    def __init__(self, way: walls.Way, preload: Iterable[str] = PRELOAD, readable: Iterable[Path] = ()) -> None:
        self.settings = {
            "way": way,
            "preload": ["autograder.kernels.keeper", *preload],
            "later": LATER,
            "readable": [str(path.resolve()) for path in readable],
        }
        self._lock = threading.Lock()

    process: subprocess.Popen[bytes] | None = None
    outer: str | None = None  # the address of the server that this one takes the place of

    def __enter__(self) -> KernelServer:
        return self

    def start(self) -> None:
        """Start it if it does not run. Kernels can be asked for at once, and come when it has imported everything."""
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
        self.outer = os.environ.get(ADDRESS)
        os.environ[ADDRESS] = address

    def _begin(self) -> subprocess.Popen[bytes]:
        settings = self.settings | {"folder": self.folder, "listener": self._listener.fileno()}
        return subprocess.Popen(
            [sys.executable, "-m", "autograder.kernels.server", json.dumps(settings)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd="/",
            env=_server_environment(self.settings["way"] != "none"),
            pass_fds=[self._listener.fileno()],
        )

    def _replace_killed(self, process: subprocess.Popen[bytes]) -> None:
        # Once the listener is closed, nobody waits any more. A system that is short of everything may start no other.
        with self._listener, suppress(OSError):
            for _ in range(_REPLACEMENTS):
                if process.wait() >= 0:  # it ended by itself, and has said why
                    return
                with self._lock:
                    if self.process is None:  # it was ended
                        return
                    another = self._begin()
                    with process:  # closes its pipes
                        process = self.process = another
            process.wait()

    def stop(self) -> str:
        """End it, and every kernel it ever started; returns why it had ended by itself, "" where it had not."""
        with self._lock:
            process, self.process = self.process, None
        if process is None:
            return ""
        os.environ.pop(ADDRESS, None)
        if self.outer:
            os.environ[ADDRESS] = self.outer
        process.kill()
        said, _ = process.communicate()
        self._watcher.join()
        shutil.rmtree(self.folder, ignore_errors=True)
        return said.decode(errors="replace").rpartition(WHY)[2].strip() if WHY.encode() in said else ""

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        why = self.stop()
        if why and isinstance(error, KernelError):
            raise KernelError(f"The kernels' server did not start: {why}.") from error


def _server_environment(walled: bool) -> dict[str, str]:
    """Kernels are forks, so what the server's environment holds could be read by a submission."""
    kept = ("HOME", "LANG", "LC_ALL", "PATH", "PYTHONPATH", "TZ", "MPLCONFIGDIR", "TMPDIR", "VIRTUAL_ENV")
    env = {name: os.environ[name] for name in kept if name in os.environ} if walled else dict(os.environ)
    backend = {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}
    quiet = {"PYDEVD_DISABLE_FILE_VALIDATION": "1"}  # of Jupyter's debugger, which has advice for those who use it
    here = {"PYTHONPATH": os.pathsep.join(filter(None, [PACKAGE_FOLDER, os.environ.get("PYTHONPATH")]))}
    return env | walls.ONE_THREAD | backend | quiet | here


class ForkedProvisioner(KernelProvisionerBase):  # type: ignore[misc]
    """Has each kernel forked by the server whose address the environment names, or by one of this process's own."""

    client: socket.socket | None = None
    sockets: str = ""
    killed = False
    ended: dict[str, Any] | None = None

    @property
    def has_process(self) -> bool:
        return self.client is not None

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
        """Get a kernel. `files` and `limits` are for walled ones, which see nothing of the folder `cwd`."""
        address = os.environ.get(ADDRESS) or _own_server(walled=limits is not None)
        content = dict(files or {})
        request = {
            "env": kwargs["env"],
            "cwd": str(kwargs.get("cwd") or os.getcwd()),
            "limits": asdict(limits) if limits else None,
            "files": [(name, len(data)) for name, data in content.items()],
        }
        for attempts_left in reversed(range(_ATTEMPTS)):
            self.ended, self.killed = None, False
            try:
                answer = self._ask(address, request, content)
                break
            except (OSError, EOFError) as error:
                self._ended(_KILLED)
                if not attempts_left:
                    why = error or "it hung up"
                    raise KernelError(f"The kernels' server at {address} gives no kernel: {why}.") from error
        if "error" in answer:
            self._ended(_KILLED)
            raise KernelError(answer["error"])
        connection: dict[str, Any] = answer["connection"]
        self.sockets = str(Path(connection["ip"]).parent)
        self.connection_info = connection | {"key": connection["key"].encode(), "signature_scheme": "hmac-sha256"}
        return self.connection_info

    def _ask(self, address: str, request: dict[str, Any], content: Mapping[str, bytes]) -> dict[str, Any]:
        self.client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.client.connect(address)
        send(self.client, request)
        for data in content.values():
            self.client.sendall(data)
        answer = receive(self.client)
        if "exit" in answer:  # it was killed while it waited for somebody
            raise EOFError
        return answer

    async def poll(self) -> int | None:
        """None while it runs, else how it ended."""
        if self.client is None:
            return self.ended["exit"] if self.ended else 0
        if self.killed:
            return await self.wait()
        self.client.setblocking(False)
        try:
            self.client.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return None
        except OSError:  # its keeper was killed
            pass
        finally:
            self.client.setblocking(True)
        return await self.wait()

    async def wait(self) -> int | None:
        """How it ended; what still runs has at most a moment."""
        if self.client is not None:
            self.client.settimeout(10)
            try:
                self._ended(receive(self.client))
            except (EOFError, OSError):
                self._ended(_KILLED)
        return self.ended["exit"] if self.ended else 0

    def _ended(self, message: dict[str, Any]) -> None:
        self.ended = message
        if self.client is not None:
            self.client.close()
        self.client = None

    async def send_signal(self, signum: int) -> None:
        """By way of the keeper: behind its walls the kernel's process has another number."""
        if self.client is not None:
            self.killed = signum == signal.SIGKILL
            with suppress(OSError):
                send(self.client, {"signal": int(signum)})

    async def kill(self, restart: bool = False) -> None:
        await self.send_signal(signal.SIGKILL)

    async def terminate(self, restart: bool = False) -> None:
        await self.send_signal(signal.SIGKILL)

    async def cleanup(self, restart: bool = False) -> None:
        if self.client is not None:
            self._ended(_KILLED)
        if self.sockets:
            shutil.rmtree(self.sockets, ignore_errors=True)


def _own_server(*, walled: bool) -> str:
    """The address of a server for as long as this process lives, where nobody started one for it."""
    data = [Path(folder) for folder in [os.environ.get("COURSE_DATA")] if folder and os.path.isdir(folder)]
    server = KernelServer(required_way() if walled else "none", readable=data)
    atexit.register(server.stop)
    server.start()
    return os.environ[ADDRESS]


def required_way(*, walls_required: bool = True) -> walls.Way:
    """How kernels for submissions are to be walled. Raises KernelError where walls are required and cannot stand."""
    way = walls.best_way() if sys.platform == "linux" else "none"
    if way == "none" and walls_required:
        raise KernelError(
            "Walls around submissions cannot stand on this machine, so none is run. `autograder doctor --system` says "
            "why and what would help; `--no-walls` grades without them, as dangerous as running strangers' programs is."
        )
    return way if walls_required else "none"


class OrdinaryProvisioner(LocalProvisioner):  # type: ignore[misc]
    """Where processes cannot be forked safely, the kernel `warm` is an ordinary one."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> dict[str, Any]:
        _say_once()
        return await super().launch_kernel(cmd, **kwargs)  # type: ignore[no-any-return]


@cache
def _say_once() -> None:
    warnings.warn(f"Kernels cannot be forked on {sys.platform}: `warm` starts ordinary ones.", stacklevel=2)


# What the entry point names.
WarmProvisioner = ForkedProvisioner if sys.platform == "linux" else OrdinaryProvisioner
