"""Grade on a Dask cluster, with a `concurrent.futures.Executor` whose tasks run on the cluster's machines.

Tasks are pickled here: submissions as bytes, and the data that a class has in common once, as a task that the others
depend on, so that Dask carries it to the machines that need it. A submission's result comes back as JSON: nothing that
it wrote is ever unpickled. See `node` for the machines' side.
"""

from __future__ import annotations

import logging
import pickle
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor, Future
from contextlib import contextmanager, suppress
from typing import Any, ParamSpec, TypeVar

from autograder.classroom.machine import Needs
from autograder.classroom.node import DIED, FAULT, RESULT, run_on_node
from autograder.classroom.pool import ATTEMPTS, WorkerDied
from autograder.course import CourseError
from autograder.grading.record import Result
from autograder.submissions.submission import Submission

P = ParamSpec("P")
T = TypeVar("T")

SECONDS_TO_CONNECT = 30.0
LOOK_EVERY = 5.0  # seconds; the number of machines may change at any time


@contextmanager
def cluster(scheduler: str, needs: Needs, on_notice: Callable[[str], None] = print) -> Iterator[Cluster]:
    """The cluster whose Dask scheduler has the address `scheduler`, "tcp://host:8786" say.

    Raises CourseError if Dask is missing or no scheduler answers.
    """
    try:
        from distributed import Client
    except ImportError:
        raise CourseError("Dask is missing here. Install it with `pip install -e '.[cluster]'`.") from None
    for name in logging.root.manager.loggerDict:
        if name.partition(".")[0] == "distributed":
            logging.getLogger(name).setLevel(logging.CRITICAL)  # errors are reported as sentences instead
    try:
        client = Client(scheduler, timeout=SECONDS_TO_CONNECT, set_as_default=False)
    except (OSError, ValueError) as error:
        said = str(error).strip().partition("\n")[0]
        raise CourseError(f"No Dask scheduler answers at {scheduler}: {said}. Start one, or see its address.") from None
    try:
        before = client.run_on_scheduler(_allow_deaths, ATTEMPTS - 1)
        workers = Cluster(client, needs)
        if not client.nthreads():
            on_notice(f"The cluster at {scheduler} has no workers yet. Grading begins when one comes.")
        try:
            yield workers
        finally:
            workers.shutdown(wait=False)  # nobody waits for unfinished tasks
            with suppress(OSError):  # the scheduler may have gone
                client.run_on_scheduler(_allow_deaths, before)
    finally:
        client.close()


def _allow_deaths(number: int, dask_scheduler: Any = None) -> int:
    """Runs on the scheduler: how many workers may die of a task before it is given up; returns the former number."""
    before: int = dask_scheduler.allowed_failures
    dask_scheduler.allowed_failures = number
    return before


class Cluster(Executor):
    """Tasks are functions that can be imported on the cluster; their arguments begin with the submissions, if any.

    A task whose machine dies goes to another; at the third death its future has WorkerDied, as it does if it kills
    three processes of one machine. If a machine is at fault, the future has CourseError.
    """

    def __init__(self, client: Any, needs: Needs) -> None:
        self._client = client
        self._tasks = client.get_executor(pure=False)
        self._needs = pickle.dumps(needs)
        self._common: dict[tuple[object, ...], Any] = {}
        self._slots, self._looked = 0, 0.0

    @property
    def slots(self) -> int:
        """How many tasks the cluster runs at a time, as of a few seconds ago."""
        if time.monotonic() - self._looked > LOOK_EVERY:
            self._slots, self._looked = sum(self._client.nthreads().values()), time.monotonic()
        return self._slots

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        own = [argument for argument in args if isinstance(argument, Submission)]
        common = (fn, *args[len(own) :])
        if common not in self._common:
            self._common[common] = self._client.submit(_itself, pickle.dumps(common), pure=False)
        task = self._tasks.submit(run_on_node, pickle.dumps(own), self._common[common], self._needs)
        outcome: Future[T] = Future()
        task.add_done_callback(lambda done: _settle(outcome, done))
        return outcome

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Without `wait`, tasks that have not begun never will, and results of the others are dropped."""
        self._tasks.shutdown(wait=wait and not cancel_futures)


def _itself(common: bytes) -> bytes:
    return common


def _settle(outcome: Future[Any], done: Future[bytes]) -> None:
    """Put the task's outcome into the future that `submit` returned."""
    if not outcome.set_running_or_notify_cancel():
        return
    try:
        outcome.set_result(_value(done))
    except BaseException as error:
        outcome.set_exception(error)


def _value(done: Future[bytes]) -> Any:
    from distributed import KilledWorker

    try:
        answer = done.result()
    except KilledWorker:
        raise WorkerDied(f"The machines or Dask workers that graded it died {ATTEMPTS} times.") from None
    except CancelledError:
        raise CourseError(
            "The connection to the Dask scheduler is lost. What was graded is kept; the same command goes on."
        ) from None
    kind, content = answer[:1], answer[1:]
    if kind == RESULT:
        if (result := Result.of_json(content)) is None:
            raise CourseError("A machine of the cluster sent what cannot be read. See that all have this version.")
        return result
    if kind in (DIED, FAULT):
        raise (WorkerDied if kind == DIED else CourseError)(content.decode("utf-8", "replace"))
    return pickle.loads(content)  # of the reference, not of a submission
