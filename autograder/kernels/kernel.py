"""Run an ipykernel in a process that was forked, not started."""

from __future__ import annotations

import ast
import os
import re
import resource
import socket
import sys
import tempfile
import warnings
from typing import Any

from ipykernel import kernelapp
from ipykernel.iostream import IOPubThread
from IPython.core.inputtransformer2 import TransformerManager

from autograder.kernels.messages import receive, send
from autograder.limits import Limits

PORTS = {"shell_port": 1, "iopub_port": 2, "stdin_port": 3, "control_port": 4, "hb_port": 5}


class _App(kernelapp.IPKernelApp):  # type: ignore[misc]
    """An ipykernel that tells its connection to the supervisor and never writes it to a file."""

    def init_connection_file(self) -> None:
        pass

    def write_connection_file(self, **kwargs: Any) -> None:
        pass


class _Transformers(TransformerManager):
    """IPython's, but for cells that are plain Python, as most are: IPython would take them apart, in Python, to find
    what is not Python."""

    def transform_cell(self, cell: str) -> str:
        if self._steps() == _STEPS and not _CHANGED.search(cell) and _is_python(cell):
            return cell if cell.endswith("\n") else cell + "\n"
        return super().transform_cell(cell)

    def _steps(self) -> list[object]:
        return [*self.cleanup_transforms, *self.line_transforms, *self.token_transformers]


_STEPS = _Transformers()._steps()  # type: ignore[no-untyped-call]  # a notebook may add some
# Python that IPython changes all the same: blanks at the start, lines of blanks, even in strings, and its prompt.
_CHANGED = re.compile(r"\A\s|^[ \t\f\r]+$|In \[", re.MULTILINE)


def _is_python(cell: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(cell)
    except Exception:
        return False
    return True


def run_kernel(supervisor: socket.socket, sockets: str, *, ports: bool) -> None:
    """Bind the sockets in the folder `sockets`, tell the supervisor the key, and serve once it says how. Never returns.

    ipykernel gathers what child processes print over a port; without `ports` it does not.
    """
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nothing, standard)
    os.close(nothing)
    if not ports:
        kernelapp.IOPubThread = lambda socket, pipe, session: IOPubThread(socket, pipe=False, session=session)
    kernel = _App.instance(transport="ipc", ip=f"{sockets}/s", log_level=50, **PORTS)
    kernel.session.key = os.urandom(32).hex().encode()
    kernel.initialize(["--HistoryManager.enabled=False", "--IPythonKernel._execute_sleep=0"])
    kernel.shell.input_transformer_manager = _Transformers()  # type: ignore[no-untyped-call]
    send(supervisor, {"key": kernel.session.key.decode()})
    request = receive(supervisor)
    supervisor.close()
    os.environ.clear()
    os.environ.update(request["env"])
    os.chdir(request["cwd"])
    if request["limits"] is not None:
        _limit(**request["limits"])
        # The usual mode looks for each frame's module among thousands of imported ones, and shows more of hidden tests.
        kernel.shell.InteractiveTB.set_mode("Plain")
    _reset_what_forks_share()
    kernel.start()
    os._exit(0)


def _reset_what_forks_share() -> None:
    """Reset what a fork shares with its siblings, and a process that was started does not."""
    tempfile.tempdir = None
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed()
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(1)


def _data_bytes() -> int:
    """Return what RLIMIT_DATA counts now, in bytes: mostly what the server's libraries hold."""
    with open("/proc/self/status") as status:
        return next((int(line.split()[1]) << 10 for line in status if line.startswith("VmData:")), 0)


def _limit(*, counts_alone: bool, **limits: Any) -> None:
    """Limit this process; its number of children only if the user's processes elsewhere do not count."""
    allowed = Limits(**limits)
    values = {
        resource.RLIMIT_DATA: _data_bytes() + (allowed.memory_mb << 20),
        resource.RLIMIT_CPU: int(allowed.cpu_seconds) + 1,
        resource.RLIMIT_FSIZE: allowed.disk_mb << 20,
        resource.RLIMIT_NOFILE: 1024,
        resource.RLIMIT_CORE: 0,
    }
    if counts_alone:
        values[resource.RLIMIT_NPROC] = allowed.processes
    for kind, value in values.items():
        resource.setrlimit(kind, (value, value))
