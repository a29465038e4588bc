"""Does the pool survive whatever happens to its processes, and end with the one that started it?"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from autograder.classroom.pool import LocalPool, WorkerDied, _Process
from autograder.course import CourseError

# Not from tests.conftest: each process of a pool imports this module, and need not wait for nbgrader.
REPOSITORY = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.timeout(120)


def process() -> int:
    return os.getpid()


def die(times: int, folder: Path) -> int:
    """Kill the process at the first `times` attempts; then the number of attempts before."""
    attempt = len(list(folder.iterdir()))
    (folder / str(attempt)).touch()
    if attempt < times:
        os.kill(os.getpid(), signal.SIGKILL)
    return attempt


def refuse(sentence: str) -> None:
    raise CourseError(sentence)


def unpicklable() -> object:
    return lambda: None


def begin_and_sleep(path: Path) -> None:
    path.write_text(str(os.getpid()))
    time.sleep(600)


def is_running(number: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False


def written(path: Path) -> str:
    """The content of `path` as soon as it has one."""
    while not (path.is_file() and path.read_text()):
        time.sleep(0.01)
    return path.read_text()


def test_tasks_run_in_a_few_processes_that_are_not_this_one() -> None:
    with LocalPool(2) as pool:
        numbers = {future.result() for future in [pool.submit(process) for _ in range(20)]}
    assert 1 <= len(numbers) <= 2 and os.getpid() not in numbers
    assert not any(map(is_running, numbers))


def test_a_task_whose_process_is_killed_goes_again(tmp_path: Path) -> None:
    with LocalPool(1) as pool:
        assert pool.submit(die, 2, tmp_path).result() == 2
        assert pool.submit(process).result() != os.getpid()


def test_a_task_that_three_processes_died_of_is_set_aside_and_no_other(tmp_path: Path) -> None:
    with LocalPool(2) as pool:
        others = [pool.submit(process) for _ in range(5)]
        deadly = pool.submit(die, 100, tmp_path)
        others += [pool.submit(process) for _ in range(5)]
        with pytest.raises(WorkerDied, match="died 3 times"):
            deadly.result()
        assert len(list(tmp_path.iterdir())) == 3
        assert all(isinstance(future.result(), int) for future in others)


def test_if_what_processes_are_forked_from_dies_there_is_another() -> None:
    with LocalPool(1) as pool:
        before = pool.submit(process).result()
        ancestor = Path(f"/proc/{before}/stat").read_text().rpartition(")")[2].split()[1]
        os.kill(int(ancestor), signal.SIGKILL)
        os.kill(before, signal.SIGKILL)
        assert pool.submit(process).result() != before


def test_what_a_task_raises_comes_back_and_its_process_goes_on() -> None:
    with LocalPool(1) as pool:
        before = pool.submit(process).result()
        with pytest.raises(CourseError, match="no kernel"):
            pool.submit(refuse, "no kernel").result()
        with pytest.raises(RuntimeError, match="pickle"):
            pool.submit(unpicklable).result()
        assert pool.submit(process).result() == before


def test_a_task_that_hangs_is_set_aside() -> None:
    with LocalPool(1, seconds=15) as pool:
        assert pool.submit(process).result()  # the process has started: its time is the task's
        pool._seconds = 1
        with pytest.raises(WorkerDied, match="within 1 seconds"):
            pool.submit(time.sleep, 600).result()
        pool._seconds = None
        assert pool.submit(process).result()


def test_ended_at_once_it_kills_what_runs_and_cancels_what_waits(tmp_path: Path) -> None:
    pool = LocalPool(1)
    running, waiting = pool.submit(begin_and_sleep, tmp_path / "pid"), pool.submit(process)
    number = int(written(tmp_path / "pid"))
    pool.shutdown(cancel_futures=True)
    assert waiting.cancelled() and running.done() and not is_running(number)
    with pytest.raises(RuntimeError):
        pool.submit(process)


OWNER = """
import sys
from pathlib import Path
from autograder.classroom.pool import LocalPool
from tests.classroom.test_pool import begin_and_sleep

if __name__ == "__main__":
    LocalPool(1).submit(begin_and_sleep, Path(sys.argv[1])).result()
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_its_processes_end_with_the_one_that_started_them(tmp_path: Path, how: signal.Signals) -> None:
    (tmp_path / "owner.py").write_text(OWNER)
    owner = subprocess.Popen(
        [sys.executable, tmp_path / "owner.py", tmp_path / "pid"], env=os.environ | {"PYTHONPATH": str(REPOSITORY)}
    )
    number = int(written(tmp_path / "pid"))
    assert is_running(number)
    owner.send_signal(how)
    owner.wait()
    while is_running(number):
        time.sleep(0.01)


def test_a_process_ends_in_silence_though_nobody_read_what_it_found() -> None:
    one = _Process()
    one._pipe.send((process, (), {}))
    assert one._pipe.poll(60)
    one.end()
    assert one._process.exitcode == 0  # 1 where it printed a traceback


def test_a_process_that_was_given_up_ends_in_silence() -> None:
    one = _Process()
    one._pipe.send((time.sleep, (1,), {}))
    one.end()
    assert one._process.exitcode == 0
