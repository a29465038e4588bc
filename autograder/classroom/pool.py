"""Processes that grade: a `concurrent.futures.Executor` that survives the death of any of them.

1. Each of `jobs` threads owns one process, started when its first task comes, and hands it one task at a time over a
   pipe. So it is known whose task a process died of, and no other submission is blamed.
2. Processes are forks of one that has imported what grading takes, and holds nothing else: no gradebook, no threads.
3. A process that dies is replaced, and its task goes again; at the third death the task's future has WorkerDied.
4. A process ends when the one that started it does, however that ends.
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
SECONDS_TO_END = 5.0  # for a process that has nothing to do any more
_FORKS = sys.platform != "win32"
_context: Any = multiprocessing.get_context("forkserver" if _FORKS else "spawn")


@functools.cache
def begin_imports() -> None:
    """Let the processes' common ancestor import what they need, while this process does something else."""
    if _FORKS:
        folder = socket_folder("workers")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        # What multiprocessing calls its own temporary folder, which nobody would remove if this process were killed.
        multiprocessing.current_process()._config["tempdir"] = folder  # type: ignore[attr-defined]
        _context.set_forkserver_preload(["autograder.grading.worker"])
        forkserver.ensure_running()


class WorkerDied(Exception):
    """A task's process died each time it was tried, or did not come to an end."""


class LocalPool(Executor):
    """`jobs` processes on this machine. A task that takes longer than `seconds` counts as one that hangs.

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
        """Wait for all tasks, or with `cancel_futures` kill the processes at once, whatever they do."""
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
        """The process of this thread; a new one where there is none that lives. Raises CancelledError at the end."""
        process: _Process | None = getattr(self._own, "process", None)
        with self._lock:  # no process is started that `shutdown` does not know
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
    """Where the processes' common ancestor has died, the next try has another."""
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
        theirs.close()  # else its death would not close the pipe

    def run(self, task: object, seconds: float | None) -> tuple[bool, Any]:
        """Whether the task returned, and what, or else what it raised. Raises EOFError or OSError where it died."""
        self._pipe.send(task)
        # Its end is watched as well: a process of its own that outlives it may hold the pipe open.
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
        """Let it finish what it does at its end, or kill it."""
        self._pipe.close()
        self._process.join(SECONDS_TO_END)
        self.kill()


def _work(pipe: Connection, environment: dict[str, str]) -> None:
    """What a process does: task after task, until there will be none."""
    os.environ.clear()  # the ancestor's is older, and lacks the kernels' address
    os.environ.update(environment)
    os.setsid()  # Ctrl-C in the terminal is for the one that started it, which then ends it
    threading.Thread(target=_end_with_parent, daemon=True).start()
    while True:
        try:
            fn, args, kwargs = pipe.recv()
        except (EOFError, ConnectionResetError):  # reset, where it is closed before the last outcome was read
            return
        outcome: tuple[bool, object]
        try:
            outcome = (True, fn(*args, **kwargs))
        except Exception as error:
            outcome = (False, error)
        try:
            pipe.send(outcome)
        except BrokenPipeError:  # it was given up meanwhile, and another does its task
            return
        except (TypeError, AttributeError, ValueError) as error:  # it cannot be pickled
            pipe.send((False, RuntimeError(f"{type(error).__name__}: {error}")))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os._exit(1)
