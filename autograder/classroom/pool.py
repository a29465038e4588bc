"""Grade in processes, with a `concurrent.futures.Executor` that survives the death of any of them.

1. Each of `jobs` threads owns one process, started when its first task comes, and sends it one task at a time over a
   pipe. So we know which task a process died of, and no other submission is blamed.
2. Processes are forks of a worker fork server, which has imported all that grading needs and has no gradebook and no
   threads.
3. A process that dies is replaced, and its task is run again; at the third death the task's future has WorkerDied.
4. A process ends when the one that started it ends, for whatever reason.
"""

from __future__ import annotations

import atexit
import functools
import multiprocessing
import os
import shutil
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Executor, Future, ThreadPoolExecutor
from contextlib import suppress
from multiprocessing import forkserver
from multiprocessing.connection import Connection, wait
from typing import Any, ParamSpec, TypeVar

from autograder.sockets import socket_folder

P = ParamSpec("P")
T = TypeVar("T")

ATTEMPTS = 3
SECONDS_TO_END = 5.0  # for a process that has nothing left to do
_FORKS = sys.platform != "win32"
_context: Any = multiprocessing.get_context("forkserver" if _FORKS else "spawn")


@functools.cache
def begin_imports() -> None:
    """Start the worker fork server and its imports, while this process does something else."""
    if _FORKS:
        folder = socket_folder("workers")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        # multiprocessing's own temporary folder would stay if this process were killed.
        multiprocessing.current_process()._config["tempdir"] = folder  # type: ignore[attr-defined]
        _context.set_forkserver_preload(["autograder.lean", "autograder.grading.worker"])
        forkserver.ensure_running()


class WorkerDied(Exception):
    """A task's process died on each try, or did not end in time."""


class LocalPool(Executor):
    """`jobs` processes on this machine. A task that takes longer than `seconds` counts as hanging.

    Functions, arguments and what they return must be picklable.
    """

    def __init__(self, jobs: int, seconds: float | None = None) -> None:
        begin_imports()
        self._threads = ThreadPoolExecutor(jobs, thread_name_prefix="grading")
        self._seconds = seconds
        self._own = threading.local()
        self._lock = threading.Lock()
        self._processes: list[_Process] = []
        self._closing = False

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        return self._threads.submit(self._run, fn, args, kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Wait for all tasks, or with `cancel_futures` kill the processes at once."""
        if cancel_futures:
            self._threads.shutdown(wait=False, cancel_futures=True)
            with self._lock:
                self._closing = True
                for process in self._processes:
                    process.kill()
        self._threads.shutdown(wait=wait)
        if wait:
            for process in self._processes:
                process.end()

    def _run(self, fn: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any]) -> T:
        for _ in range(ATTEMPTS):
            process = self._process()
            try:
                succeeded, value = process.run((fn, args, kwargs), self._seconds)
            except TimeoutError:
                self._drop(process)
                raise WorkerDied(f"It did not come to an end within {self._seconds:.0f} seconds.") from None
            except (EOFError, OSError):
                self._drop(process)
                continue
            if succeeded:
                return value  # type: ignore[no-any-return]
            raise value
        raise WorkerDied(f"The process that graded it died {ATTEMPTS} times.")

    def _process(self) -> _Process:
        """The process of this thread, a new one if it has none alive. Raises CancelledError after `shutdown`."""
        process: _Process | None = getattr(self._own, "process", None)
        with self._lock:  # so that `shutdown` knows every process
            if self._closing:
                raise CancelledError
            if process is None or not process.is_alive():
                process = self._own.process = _new_process()
                self._processes.append(process)
        return process

    def _drop(self, process: _Process) -> None:
        with self._lock:
            process.kill()
            self._processes.remove(process)
            self._own.process = None
            if self._closing:
                raise CancelledError


def _new_process() -> _Process:
    """Start a process; if the worker fork server has died, the next try starts another one."""
    for pause in (0.1, 1.0):
        with suppress(EOFError, OSError):
            return _Process()
        time.sleep(pause)
    return _Process()


class _Process:
    def __init__(self) -> None:
        self._pipe, theirs = _context.Pipe()
        self._process = _context.Process(target=_work, args=(theirs, dict(os.environ)))
        self._process.start()
        theirs.close()  # otherwise its death would not close the pipe

    def run(self, task: object, seconds: float | None) -> tuple[bool, Any]:
        """(True, the task's value) or (False, its exception). Raises EOFError or OSError if the process died."""
        self._pipe.send(task)
        # Watch its end as well: a child that outlives it may hold the pipe open.
        ready = wait([self._pipe, self._process.sentinel], seconds)
        if not ready:
            raise TimeoutError
        if self._pipe not in ready and not self._pipe.poll():
            raise EOFError
        outcome: tuple[bool, Any] = self._pipe.recv()
        return outcome

    def is_alive(self) -> bool:
        return bool(self._process.is_alive())

    def kill(self) -> None:
        self._process.kill()
        self._process.join()

    def end(self) -> None:
        """Let it run its exit handlers, or kill it."""
        self._pipe.close()
        self._process.join(SECONDS_TO_END)
        self.kill()


def _work(pipe: Connection, environment: dict[str, str]) -> None:
    """The main loop of a process: run tasks until the pipe is closed."""
    os.environ.clear()  # the fork server's is older, and lacks the kernels' address
    os.environ.update(environment)
    os.setsid()  # Ctrl-C in the terminal is for the parent, which then ends this process
    threading.Thread(target=_end_with_parent, daemon=True).start()
    while True:
        try:
            fn, args, kwargs = pipe.recv()
        except (EOFError, ConnectionResetError):  # reset, if it was closed before the last outcome was read
            return
        outcome: tuple[bool, object]
        try:
            outcome = (True, fn(*args, **kwargs))
        except Exception as error:
            outcome = (False, error)
        try:
            pipe.send(outcome)
        except BrokenPipeError:  # this process was given up, and another has its task
            return
        except (TypeError, AttributeError, ValueError) as error:  # it cannot be pickled
            pipe.send((False, RuntimeError(f"{type(error).__name__}: {error}")))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os._exit(1)
