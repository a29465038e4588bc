"""Grade on each machine of a Dask cluster.

1. A Dask worker calls `run_on_node`, in as many threads as it has. It passes bytes on to a process that it starts when
   the first task comes, and waits for bytes in return. The worker itself runs nothing of a submission and unpickles
   nothing, so a submission cannot kill it. (It could not have a pool of its own, since it is a daemon of Dask's.)
2. That process, the agent, does what the coordinator does on a single machine: it has a pool of processes, and a
   server that forks their walled kernels.
3. The agent ends with its worker, or when there has been nothing to do for a while: a coordinator that was killed
   leaves nothing behind.
"""

from __future__ import annotations

import os
import pickle
import platform
import shutil
import socket
import subprocess
import sys
import threading
from concurrent.futures import Executor
from contextlib import ExitStack, suppress
from multiprocessing.connection import Client, Connection, wait
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from autograder.classroom.machine import Needs

ATTEMPTS = 3
IDLE_SECONDS = 60.0
SECONDS_TO_END = 10.0
# The first byte of an outcome: the JSON of a submission's result; a pickle of any other value; or a message, because
# processes died or because the machine is at fault.
RESULT, VALUE, DIED, FAULT = b"r", b"v", b"d", b"f"
_STANDARD_INPUT = 0

_agents: dict[bytes, _Agent] = {}
_lock = threading.Lock()


def run_on_node(own: bytes, common: bytes, needs: bytes) -> bytes:
    """A Dask worker's task: have the agent for these needs run what `common` and `own` hold; see `cluster`."""
    from distributed import get_worker

    for _ in range(ATTEMPTS):
        agent = _agent(needs, get_worker().state.nthreads)
        with suppress(EOFError, OSError), Client(agent.address, family="AF_UNIX") as line:
            line.send_bytes(common)
            line.send_bytes(own)
            return line.recv_bytes()
        with suppress(subprocess.TimeoutExpired):  # it may be ending because it was idle
            agent.process.wait(SECONDS_TO_END)
    return DIED + f"The grading process on {platform.node()} died {ATTEMPTS} times.".encode()


class _Agent:
    """The process `python -m autograder.classroom.node JOBS`; it reads its needs from standard input, which stays open
    as long as the worker lives."""

    def __init__(self, needs: bytes, jobs: int) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", __name__, str(jobs)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self.process.stdin is not None and self.process.stdout is not None
        with suppress(BrokenPipeError):
            self.process.stdin.write(len(needs).to_bytes(8, "big") + needs)
            self.process.stdin.flush()
        self.address = self.process.stdout.readline().decode().strip()  # empty if it has died


def _agent(needs: bytes, jobs: int) -> _Agent:
    with _lock:
        agent = _agents.get(needs)
        if agent is None or agent.process.poll() is not None:
            agent = _agents[needs] = _Agent(needs, jobs)
        return agent


def main() -> None:
    """Run the agent."""
    from autograder.sockets import socket_folder

    address_to = os.dup(1)
    os.dup2(2, 1)  # so that nothing a library prints is taken for the address
    needs: Needs = pickle.loads(sys.stdin.buffer.read(int.from_bytes(sys.stdin.buffer.read(8), "big")))
    folder = socket_folder("node")
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
            listener.bind(address := str(Path(folder) / "agent"))
            listener.listen(1024)
            os.write(address_to, f"{address}\n".encode())
            os.close(address_to)
            _serve(listener, needs, int(sys.argv[1]))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _serve(listener: socket.socket, needs: Needs, jobs: int) -> NoReturn:
    """Run tasks until the worker has gone, or none has come for a while. Raises SystemExit."""
    from autograder.classroom.machine import workers_here
    from autograder.course import CourseError

    pool: Executor | CourseError
    with ExitStack() as stack:
        try:
            # The variable is set on machines that keep data sets elsewhere.
            needs = needs.checked_here(Path(os.environ.setdefault("COURSE_DATA", str(needs.data))))
            pool = stack.enter_context(workers_here(needs, jobs))
        except CourseError as error:
            pool = error
        busy: list[threading.Thread] = []
        while True:
            ready = wait([listener, _STANDARD_INPUT], IDLE_SECONDS)
            busy = [thread for thread in busy if thread.is_alive()]
            if _STANDARD_INPUT in ready or not (ready or busy):
                sys.exit()
            if ready:
                line = Connection(listener.accept()[0].detach())
                busy.append(threading.Thread(target=_answer, args=(line, pool), daemon=True))
                busy[-1].start()


def _answer(line: Connection, pool: Executor | Exception) -> None:
    with suppress(EOFError, OSError), line:
        common, own = line.recv_bytes(), line.recv_bytes()
        line.send_bytes(_outcome(common, own, pool))


def _outcome(common: bytes, own: bytes, pool: Executor | Exception) -> bytes:
    """Run `fn(*own, *common)` and encode the outcome."""
    from autograder.classroom.pool import WorkerDied
    from autograder.course import CourseError
    from autograder.grading.record import Result

    try:
        if isinstance(pool, Exception):
            raise pool
        fn, *arguments = pickle.loads(common)
        value = pool.submit(fn, *pickle.loads(own), *arguments).result()
    except WorkerDied as death:
        return DIED + str(death).encode()
    except CourseError as error:
        return FAULT + f"On {platform.node()}: {error}".encode()
    except Exception as error:
        return FAULT + f"On {platform.node()}: {type(error).__name__}: {error}".encode("utf-8", "replace")
    return RESULT + value.to_json() if isinstance(value, Result) else VALUE + pickle.dumps(value)


if __name__ == "__main__":
    main()
