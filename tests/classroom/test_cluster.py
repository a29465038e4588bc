"""Is a class graded on a Dask cluster as it is here, whatever becomes of the machines?"""

from __future__ import annotations

import dataclasses
import os
import pickle
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from multiprocessing.connection import Client as Line
from pathlib import Path
from typing import Any

import distributed
import psutil
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from autograder.classroom import cluster as clusters
from autograder.classroom.cluster import cluster
from autograder.classroom.grade import grade
from autograder.classroom.machine import Needs
from autograder.classroom.node import VALUE
from autograder.classroom.pool import WorkerDied
from autograder.course import Course, CourseError
from autograder.grading.known import KnownFiles, Reference, _Store
from autograder.grading.record import SubmissionResult
from autograder.grading.verdicts import course_seed
from autograder.judge.questions import Questions
from autograder.limits import Limits
from tests.classes import Pieces
from tests.conftest import REPOSITORY
from tests.grading.conftest import hand_in
from tests.kernels.conftest import execute

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

SCRIPTS = Path(sys.executable).parent


@dataclasses.dataclass(frozen=True)
class Host:
    """Where a worker runs: its own address, that of the scheduler as seen from there, and how to get there."""

    own: str = "127.0.0.1"
    scheduler: str = "127.0.0.1"
    enter: tuple[str, ...] = ()


class Machines:
    """A Dask scheduler and one worker on each host."""

    def __init__(self, stack: ExitStack, folder: Path, hosts: list[Host]) -> None:
        self._stack, self._folder = stack, folder
        with socket.socket() as free:
            free.bind(("", 0))
            port = str(free.getsockname()[1])
        self.address = f"tcp://{hosts[0].scheduler}:{port}"
        self.scheduler = self._start(
            "dask", "scheduler", "--host", hosts[0].scheduler, "--port", port, "--no-dashboard"
        )
        self.workers: list[psutil.Popen] = []
        self.start_workers(hosts)

    def start_workers(self, hosts: list[Host]) -> None:
        for host in hosts:
            where = ["--host", host.own, "--local-directory", str(self._folder)]
            command = ["dask", "worker", self.address, "--nthreads=1", "--no-dashboard", *where]
            self.workers.append(self._start(*host.enter, *command))
        with distributed.Client(self.address, timeout=60, set_as_default=False) as client:
            client.wait_for_workers(len(self.workers), timeout=60)

    def _start(self, *command: str) -> psutil.Popen:
        env = os.environ | {"PATH": f"{SCRIPTS}:{os.environ['PATH']}", "PYTHONPATH": str(REPOSITORY)}
        with (self._folder / "log.txt").open("ab") as log:
            process = psutil.Popen(command, env=env, stdout=log, stderr=log)
        self._stack.callback(self.kill, process)
        return process

    def kill(self, process: psutil.Popen) -> list[psutil.Process]:
        """Kill a worker and the nanny that would replace it; returns what is left to end by itself."""
        with suppress(psutil.NoSuchProcess):
            below, own = process.children(recursive=True), process.children()
            for one in [process, *own]:
                one.kill()
            process.wait()
            return [child for child in below if child not in own]
        return []


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    """A cluster of two workers, each a process of this machine."""
    with ExitStack() as stack:
        yield Machines(stack, tmp_path_factory.mktemp("cluster"), [Host(), Host()])


@contextmanager
def two_hosts() -> Iterator[list[Host]]:
    """Two hosts in networks of their own, on one switch with this machine."""
    name = f"ag{os.getpid() % 10_000}"
    with ExitStack() as stack:

        def ip(*arguments: str, undo: tuple[str, ...] = ()) -> None:
            subprocess.run(["ip", *arguments], check=True, capture_output=True)
            if undo:
                stack.callback(subprocess.run, ["ip", *undo], capture_output=True)

        ip("link", "add", name, "type", "bridge", undo=("link", "delete", name))
        ip("address", "add", "10.213.47.1/24", "dev", name)
        ip("link", "set", name, "up")
        for number in (2, 3):
            host, cable = f"{name}-{number}", f"{name}c{number}"
            ip("netns", "add", host, undo=("netns", "delete", host))
            ip("link", "add", cable, "type", "veth", "peer", "eth0", "netns", host)
            ip("link", "set", cable, "master", name, "up")
            ip("-n", host, "address", "add", f"10.213.47.{number}/24", "dev", "eth0")
            ip("-n", host, "link", "set", "eth0", "up")
            ip("-n", host, "link", "set", "lo", "up")
        yield [Host(f"10.213.47.{n}", "10.213.47.1", ("ip", "netns", "exec", f"{name}-{n}")) for n in (2, 3)]


@pytest.fixture
def hosts(tmp_path: Path) -> Iterator[Machines]:
    """A cluster of two hosts."""
    with ExitStack() as stack:
        try:
            found = stack.enter_context(two_hosts())
        except (OSError, subprocess.CalledProcessError):
            pytest.skip("network namespaces take root and iproute2")
        yield Machines(stack, tmp_path, found)


def class_of(toy: Course, root: Path, students: int) -> Course:
    """A copy of the course in which so many hand in, one of them beside the notebook what nobody should unpickle."""
    course = Course(shutil.copytree(toy.root, root))
    pieces = Pieces(course, "a1_toy")
    for number in range(students):
        only = [["double", "total"], ["total"], []][number % 3]
        hand_in(course, f"student-{number}", pieces.solved(only=only), own=str(number))
    (course.submitted("student-0", "a1_toy").parent / "own.pickle").write_bytes(pickle.dumps(Bomb()))
    return course


class Bomb:
    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return os.system, ("kill -9 $PPID",)


def ended(processes: list[psutil.Process]) -> bool:
    _, alive = psutil.wait_procs(processes, timeout=30)
    return not alive


def test_a_class_ends_as_it_does_here_though_it_is_stopped_and_a_worker_killed(
    built_toy: Course, machines: Machines, tmp_path: Path
) -> None:
    here = class_of(built_toy, tmp_path / "here", 10)
    course_seed(here, "a1_toy")  # to be the same in both
    there = Course(shutil.copytree(here.root, tmp_path / "there"))
    left: list[psutil.Process] = []
    seen: list[str] = []
    written: dict[Path, int] = {}

    def stop(result: SubmissionResult) -> None:
        record = there.record(result.student, "a1_toy")
        written[record] = record.stat().st_mtime_ns
        raise KeyboardInterrupt

    def kill_one(result: SubmissionResult) -> None:
        """The one that has most processes, when it has graded something."""
        seen.append(result.student)
        if len(seen) == 3:
            victim = max(machines.workers, key=lambda worker: len(worker.children(recursive=True)))
            machines.workers.remove(victim)
            left.extend(machines.kill(victim))

    with pytest.raises(KeyboardInterrupt):
        grade(there, "a1_toy", scheduler=machines.address, on_result=stop)
    results = grade(there, "a1_toy", scheduler=machines.address, on_result=kill_one)
    assert left and ended(left)  # what graded there, and its kernels
    assert written == {record: record.stat().st_mtime_ns for record in written}
    assert results == grade(here, "a1_toy", jobs=1)
    assert {result.status for result in results} == {"graded"} and results[0].score == 5
    for result in results:
        graded = [course.autograded(result.student, "a1_toy").read_bytes() for course in (here, there)]
        assert graded[0] == graded[1]
    assert grade(there, "a1_toy", scheduler="tcp://127.0.0.1:1") == results  # nothing to do: nobody is asked
    machines.start_workers([Host()])


@pytest.mark.nightly
def test_two_hosts_with_a_network_between_them(built_toy: Course, hosts: Machines, tmp_path: Path) -> None:
    course = class_of(built_toy, tmp_path / "course", 4)
    results = grade(course, "a1_toy", scheduler=hosts.address)
    assert [(result.status, result.score) for result in results] == [("graded", points) for points in (5, 2, 0, 5)]


SBATCH = """#!/bin/sh
cp "$1" "$0.$$"
setsid bash "$0.$$" > "$0.log" 2>&1 &
echo "Submitted batch job $!"
"""
SCANCEL = """#!/bin/sh
kill -- "-$1"
"""


@pytest.mark.nightly
def test_the_script_for_slurm_has_jobs_and_cancels_them(built_toy: Course, tmp_path: Path) -> None:
    course = class_of(built_toy, tmp_path / "course", 4)
    for name, text in {"sbatch": SBATCH, "scancel": SCANCEL}.items():  # as Slurm has them
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    done = subprocess.run(
        [sys.executable, REPOSITORY / "docs" / "slurm.py", "--nodes=2", "--cores=1", "--memory=4GB", "--", "a1_toy"],
        cwd=course.root,
        env=os.environ | {"PATH": f"{tmp_path}:{SCRIPTS}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0 and "Graded: 4 of 4." in done.stdout, done.stdout + done.stderr
    assert len(list(tmp_path.glob("sbatch.*[0-9]"))) == 2
    assert ended([one for one in psutil.process_iter(["cwd"]) if one.info["cwd"] == str(course.root)])


def process() -> int:
    return os.getpid()


def kill_its_machine() -> None:
    """What a submission would do that takes a whole worker along."""
    agent = next(one for one in psutil.Process().parents() if "autograder.classroom.node" in one.cmdline())
    agent.parent().kill()
    time.sleep(60)


def test_what_three_workers_die_of_is_set_aside_and_nothing_else(machines: Machines, tmp_path: Path) -> None:
    needs = Needs(preload=(), data=tmp_path, walls=False, seconds=60.0)
    with cluster(machines.address, needs) as workers:
        assert workers.slots == 2
        deadly = workers.submit(kill_its_machine)
        with pytest.raises(WorkerDied, match="died 3 times"):
            deadly.result(timeout=200)
        assert workers.submit(process).result(timeout=60) != os.getpid()


def test_a_cluster_that_lacks_something_says_what(machines: Machines, tmp_path: Path) -> None:
    needs = Needs(preload=(), data=tmp_path, walls=False, seconds=60.0, files=(("cifar10/a.tar.gz", 5),))
    for wrong, sentence in [
        (needs, "lacks cifar10/a.tar.gz. Put the data sets there"),
        (dataclasses.replace(needs, files=(), versions=("3.11.7", "torch 1.0")), "instead of torch 1.0"),
    ]:
        with cluster(machines.address, wrong) as workers, pytest.raises(CourseError, match=sentence):
            workers.submit(process).result(timeout=60)
    nothing = Needs(preload=(), data=tmp_path / "no such folder", walls=True, seconds=60.0)
    with cluster(machines.address, nothing) as workers:  # nor is anything of there needed
        assert workers.submit(run_a_cell).result(timeout=60) == "2\n"


def run_a_cell() -> str:
    return str(
        execute(new_notebook(cells=[new_code_cell("print(1 + 1)")]), {}, Limits()).notebook.cells[0].outputs[0].text
    )


def test_a_machine_that_does_not_see_the_course_keeps_no_answers(tmp_path: Path) -> None:
    asked = (KnownFiles("", "", "", "", ()), Questions("", "", "", (), ()), 0, Limits())
    assert _Store(Reference("", (), *asked, str(tmp_path / "course" / "asked"))).folder is None
    assert not (tmp_path / "course").exists()


def test_a_scheduler_that_is_not_there_is_a_sentence(
    built_toy: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    course = class_of(built_toy, tmp_path / "course", 1)
    monkeypatch.setattr(clusters, "SECONDS_TO_CONNECT", 1.0)
    with pytest.raises(CourseError, match="No Dask scheduler answers at tcp://127.0.0.1:1: "):
        grade(course, "a1_toy", scheduler="tcp://127.0.0.1:1")


@pytest.mark.nightly
def test_a_scheduler_that_dies_is_a_sentence_and_the_next_run_goes_on(built_toy: Course, tmp_path: Path) -> None:
    course = class_of(built_toy, tmp_path / "course", 6)
    with ExitStack() as stack:
        machines = Machines(stack, tmp_path, [Host()])
        with pytest.raises(CourseError, match="connection to the Dask scheduler is lost"):
            grade(course, "a1_toy", scheduler=machines.address, on_result=lambda _: machines.kill(machines.scheduler))
    assert [result.score for result in grade(course, "a1_toy", jobs=1)] == [5, 2, 0, 5, 2, 0]


def agent(needs: Needs, idle_seconds: float) -> subprocess.Popen[bytes]:
    program = f"from autograder.classroom import node; node.IDLE_SECONDS = {idle_seconds}; node.main()"
    started = subprocess.Popen([sys.executable, "-c", program, "1"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert started.stdin is not None
    written = pickle.dumps(needs)
    started.stdin.write(len(written).to_bytes(8, "big") + written)
    started.stdin.flush()
    return started


@pytest.mark.parametrize("why", ["its worker has gone", "nobody asks"])
def test_what_grades_on_a_machine_ends_by_itself(tmp_path: Path, why: str) -> None:
    started = agent(Needs((), tmp_path, walls=False, seconds=60.0), 2.0 if why == "nobody asks" else 600.0)
    with started, suppress(BrokenPipeError):
        assert started.stdin is not None and started.stdout is not None
        address = started.stdout.readline().decode().strip()
        with Line(address, family="AF_UNIX") as line:
            line.send_bytes(pickle.dumps((time.sleep, 3.0)))  # longer than it may be idle
            line.send_bytes(pickle.dumps([]))
            assert line.recv_bytes() == VALUE + pickle.dumps(None)
        below = psutil.Process(started.pid).children(recursive=True)
        if why == "its worker has gone":
            started.stdin.close()
        assert started.wait(30) == 0 and below and ended(below)
        assert not Path(address).parent.exists()
