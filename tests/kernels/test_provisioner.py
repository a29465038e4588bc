"""Are warm kernels what Jupyter expects of a kernel, for whoever asks for one by name?"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from jupyter_client import KernelManager
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.provisioning import KernelProvisionerFactory as Factory
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from autograder.authoring.build import build
from autograder.course import Course
from autograder.kernels import provisioner
from autograder.kernels.provisioner import KernelError, KernelServer, OrdinaryProvisioner
from autograder.kernels.sandbox import best_sandbox
from autograder.limits import Limits
from benchmarks.processes import children
from tests.classes import Pieces
from tests.conftest import REPOSITORY
from tests.kernels.conftest import execute
from tests.kernels.test_sandbox import processes_with

pytestmark = pytest.mark.slow
SPECIFICATIONS = REPOSITORY / "autograder" / "kernels"


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jupyter finds the kernel `warm` as if it were installed."""
    monkeypatch.setattr(KernelSpecManager, "_kernel_dirs_default", lambda self: [str(SPECIFICATIONS)])


def printed(notebook: nbformat.NotebookNode) -> list[str]:
    return ["".join(output.get("text", output.get("ename", "")) for output in cell.outputs) for cell in notebook.cells]


def test_stock_nbclient_gets_the_callers_environment_and_folder(
    named: None, unsandboxed: KernelServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FROM_THE_CALLER", "yes")
    (tmp_path / "beside.py").write_text("value = 3")
    cells = ["import os; print(os.getcwd(), os.environ['FROM_THE_CALLER'])", "import beside; print(beside.value)"]
    notebook = new_notebook(cells=[new_code_cell(cell) for cell in [*cells, "1 / 0", "print('on')"]])
    client = NotebookClient(
        notebook, kernel_name="warm", allow_errors=True, resources={"metadata": {"path": str(tmp_path)}}
    )
    assert printed(client.execute()) == [f"{tmp_path} yes\n", "3\n", "ZeroDivisionError", "on\n"]


def test_kernels_share_nothing_but_what_the_server_imported(named: None, unsandboxed: KernelServer) -> None:
    code = "import numpy, random, sys; numpy.mark = print(hasattr(numpy, 'mark'), numpy.random.rand(), random.random())"
    first, second = (
        printed(NotebookClient(new_notebook(cells=[new_code_cell(code)]), kernel_name="warm").execute())[0].split()
        for _ in range(2)
    )
    assert first[0] == second[0] == "False" and first[1] != second[1] and first[2] != second[2]


def test_a_kernel_can_be_interrupted_restarted_and_shut_down(named: None, unsandboxed: KernelServer) -> None:
    manager = KernelManager(kernel_name="warm")
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=30)
    asked = client.execute("print('started')\nimport time; time.sleep(60)")
    while client.get_iopub_msg(timeout=30)["msg_type"] != "stream":
        pass
    manager.interrupt_kernel()
    reply = client.get_shell_msg(timeout=30)
    assert reply["parent_header"]["msg_id"] == asked and reply["content"]["ename"] == "KeyboardInterrupt"
    client.execute("kept = 1", reply=True, timeout=30)
    client.stop_channels()
    manager.restart_kernel(now=True)
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=30)
    assert client.execute("kept", reply=True, timeout=30)["content"]["ename"] == "NameError"
    client.stop_channels()
    manager.shutdown_kernel()
    assert not manager.is_alive()


@pytest.mark.nightly
def test_stock_nbgrader_gives_the_same_scores_with_it(built_toy_copy: Path) -> None:
    shutil.copytree(SPECIFICATIONS / "warm", built_toy_copy / "share" / "kernels" / "warm")
    env = os.environ | {"JUPYTER_PATH": str(built_toy_copy / "share")}
    command = [sys.executable, "-m", "nbgrader", "autograde", "a1_toy", "--force"]
    scores = []
    for kernel in ("python3", "warm"):
        subprocess.run([*command, f"--Execute.kernel_name={kernel}"], cwd=built_toy_copy, env=env, check=True)
        export = [sys.executable, "-m", "nbgrader", "export", f"--to={kernel}.csv"]
        subprocess.run(export, cwd=built_toy_copy, env=env, check=True)
        lines = (built_toy_copy / f"{kernel}.csv").read_text().splitlines()
        scores.append([line.split(",")[-2:] for line in lines])
    assert scores[0] == scores[1] and any("6.0" in line for line in scores[0])


@pytest.fixture
def built_toy_copy(toy: Course) -> Iterator[Path]:
    """A built toy course with two submissions."""
    build(toy, "a1_toy")
    for student, notebook in (("ada", Pieces(toy, "a1_toy").solved()), ("bob", Pieces(toy, "a1_toy").blank())):
        path = toy.submitted(student, "a1_toy")
        path.parent.mkdir(parents=True)
        nbformat.write(notebook, path)
    yield toy.root


@pytest.mark.parametrize("victim", ["client", "server"])
def test_whoever_dies_takes_its_kernels_along(victim: str) -> None:
    mark = f"family-{os.getpid()}-{time.monotonic_ns()}"
    program = f"""
import asyncio, os, sys
from autograder.kernels.client import WarmKernelManager
from autograder.kernels.provisioner import KernelServer
from autograder.limits import Limits
server = KernelServer({best_sandbox()!r}, preload=[])
server.start()
async def main():
    manager = WarmKernelManager()
    await manager.start_kernel(env={{"MARK": {mark!r}}}, limits=Limits())
    client = manager.client()
    client.start_channels()
    await client.wait_for_ready()
    client.execute("import subprocess; subprocess.Popen(['sleep', '60'])")
    await client.get_shell_msg()
    print(server.process.pid, server.folder, flush=True)
    await asyncio.sleep(60)
asyncio.run(main())
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as client:
        assert client.stdout
        server, folder = client.stdout.readline().split()
        assert processes_with(mark)
        os.kill(client.pid if victim == "client" else int(server), signal.SIGKILL)
        deadline = time.monotonic() + 20
        while (processes_with(mark) or victim == "client" and Path(folder).exists()) and time.monotonic() < deadline:
            time.sleep(0.05)
        client.kill()
    assert processes_with(mark) == []
    assert victim == "server" or not Path(folder).exists()


def test_a_server_that_is_killed_is_replaced_and_costs_nobody_anything() -> None:
    slow = new_notebook(cells=[new_code_cell("import time; time.sleep(1)"), new_code_cell("print('here')")])
    with KernelServer(best_sandbox(), preload=[]) as server:
        server.start()
        execute(new_notebook(cells=[new_code_cell("1")]), {}, Limits())
        killed = server.process
        assert killed
        threading.Timer(0.5, killed.kill).start()
        execution = execute(slow, {}, Limits())
        assert killed.wait() == -signal.SIGKILL and server.process is not killed
    assert execution.incidents == () and execution.notebook.cells[1].outputs[0].text == "here\n"


def test_a_kernel_that_is_killed_while_it_waits_for_somebody_is_replaced() -> None:
    one_cell = new_notebook(cells=[new_code_cell("print('here')")])
    with KernelServer(best_sandbox(), preload=[]) as server:
        server.start()
        execute(one_cell, {}, Limits())
        assert server.process
        time.sleep(1)  # until the next one is ready
        (supervisor,) = children(server.process.pid)
        (waiting,) = children(supervisor)
        os.kill(waiting, signal.SIGKILL)
        execution = execute(one_cell, {}, Limits())
    assert execution.incidents == () and execution.notebook.cells[0].outputs[0].text == "here\n"


def test_a_server_that_is_killed_each_time_is_given_up() -> None:
    server = KernelServer(best_sandbox(), preload=["tests.kernels.kills_itself"])
    with pytest.raises(KernelError, match="gives no kernel"), server:
        server.start()
        execute(new_notebook(cells=[new_code_cell("1")]), {}, Limits())


def test_a_server_that_does_not_start_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(provisioner.ADDRESS, raising=False)
    one_cell = new_notebook(cells=[new_code_cell("1")])
    nowhere = KernelServer(best_sandbox(), preload=[], readable=[tmp_path / "nowhere"])
    with pytest.raises(KernelError, match="did not start: no kernel can be started: FileNotFoundError"), nowhere:
        nowhere.start()
        execute(one_cell, {}, Limits())
    threads = KernelServer(best_sandbox(), preload=["tests.kernels.starts_a_thread"])
    with pytest.raises(KernelError, match="started 1 threads, which do not survive a fork"), threads:
        threads.start()
        execute(one_cell, {}, Limits())
    assert provisioner.ADDRESS not in os.environ


def test_what_a_killed_server_left_is_removed_by_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryDirectory(prefix="left", dir="/tmp") as folder:
        monkeypatch.setattr(tempfile, "tempdir", folder)
        temporary = Path(folder)
        dead = subprocess.Popen([sys.executable, "-c", ""])
        dead.wait()
        kept = temporary / f"autograder-{os.getpid()}-mine"
        for left in (kept, temporary / f"autograder-{dead.pid}-left", temporary / "autograder-x-other"):
            (left / "socket").mkdir(parents=True)
        with KernelServer("none", preload=[]) as server:
            server.start()
            assert len(list(temporary.iterdir())) == 3
        assert {path.name for path in temporary.iterdir()} == {kept.name, "autograder-x-other"}


def test_temporary_files_far_down_are_no_obstacle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    far = tmp_path / ("job-" * 25)
    far.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(far))
    with KernelServer(best_sandbox(), preload=[]) as server:
        server.start()
        ran = execute(new_notebook(cells=[new_code_cell("print('here')")]), {}, Limits())
    assert ran.notebook.cells[0].outputs[0].text == "here\n"


def test_a_server_that_is_gone_is_said_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(provisioner.ADDRESS, str(tmp_path / "none"))
    with pytest.raises(KernelError, match="gives no kernel"):
        execute(new_notebook(cells=[new_code_cell("1")]), {}, Limits())


def test_where_nothing_can_be_forked_an_ordinary_kernel_serves_and_that_is_said_once(
    named: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        Factory,
        "create_provisioner_instance",
        lambda self, kernel_id, kernel_spec, parent: OrdinaryProvisioner(
            kernel_id=kernel_id, kernel_spec=kernel_spec, parent=parent
        ),
    )
    provisioner._warn_once.cache_clear()
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        for _ in range(2):
            client = NotebookClient(new_notebook(cells=[new_code_cell("print(1)")]), kernel_name="warm")
            assert printed(client.execute()) == ["1\n"]
    assert len([warning for warning in said if "ordinary ones" in str(warning.message)]) == 1


def test_the_specification_is_that_of_an_ordinary_kernel() -> None:
    specification = json.loads((SPECIFICATIONS / "warm" / "kernel.json").read_text())
    assert specification["argv"][:3] == ["python", "-m", "ipykernel_launcher"]
