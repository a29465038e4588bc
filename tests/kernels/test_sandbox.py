"""Does each kind of sandbox hold? Asked from inside, by a program that tries to get out."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from autograder.grading.execute import Execution
from autograder.kernels import sandbox
from autograder.kernels.provisioner import KernelServer
from autograder.kernels.sandbox import SandboxKind, best_sandbox
from autograder.kernels.walls import list_walls
from autograder.limits import Limits
from tests.conftest import REPOSITORY
from tests.kernels.conftest import execute

pytestmark = pytest.mark.slow
SMALL = Limits(cell_seconds=20, notebook_seconds=60, memory_mb=600, processes=60, disk_mb=20, output_mb=0.5)


def run(*cells: str, limits: Limits = SMALL) -> Execution:
    """Run the cells in a kernel of the server that is there."""
    return execute(new_notebook(cells=[new_code_cell(cell) for cell in cells]), {}, limits)


def said(execution: Execution, cell: int = -1) -> str:
    """Return all that a cell printed, and its errors."""
    outputs = execution.notebook.cells[cell].outputs
    return "".join(o.get("text") or f"{o.get('ename')}: {o.get('evalue')}" for o in outputs)


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[tuple[Path, int]]:
    """A file that nobody may read, and a process whose environment holds a secret."""
    (tmp_path / "solution.py").write_text("the answer is 42")
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], env={"SECRET": "hush"})
    yield tmp_path / "solution.py", process.pid
    assert process.poll() is None, "it was killed"
    process.kill()
    process.wait()


def test_no_file_of_this_machine_can_be_read_or_written(sandboxed: KernelServer, outside: tuple[Path, int]) -> None:
    path, _ = outside
    for target in (
        path,
        Path(__file__),
        Path("/etc/shadow"),
        Path.home() / ".bashrc",
        Path(sandboxed.folder) / "server",
    ):
        if target.exists():
            assert "Error" in said(run(f"print(open({str(target)!r}, 'rb').read(20))")), target
    assert "Error" in said(run(f"open({str(path.parent / 'new')!r}, 'w').write('x')"))
    assert "Error" in said(run("import numpy; open(numpy.__file__, 'a').write('#')"))
    assert "Error" in said(run(f"import os; print(os.listdir({str(path.parent)!r}))"))
    assert sorted(path.parent.iterdir()) == [path] and path.read_text() == "the answer is 42"


def test_data_can_be_read_and_not_written(sandboxed: KernelServer) -> None:
    (data,) = sandboxed.settings["readable"]
    number = f"{data}/number"
    assert said(run(f"print(open({number!r}).read())")) == "4.0\n"
    assert "Error" in said(run(f"open({number!r}, 'w')"))
    assert "Error" in said(run(f"import os; os.remove({number!r})"))


def test_no_process_of_this_machine_can_be_seen_or_signalled(
    sandboxed: KernelServer, outside: tuple[Path, int]
) -> None:
    _, pid = outside
    assert "Error" in said(run(f"import os; os.kill({pid}, 9)"))
    assert "Error" in said(run(f"print(open('/proc/{pid}/environ').read())"))
    assert "hush" not in said(run("import subprocess; print(subprocess.run('cat /proc/*/environ', shell=True))"))
    parent = said(run("import os; os.kill(os.getppid() or 10**6, 9)", "print('alive')"), 0)
    assert "Error" in parent
    killed_itself = run("import os; os.kill(-1, 9)", "print('the next cell runs')")
    assert said(killed_itself) == "the next cell runs\n"


def test_no_address_can_be_reached(sandboxed: KernelServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as abstract:
        abstract.bind(f"\0autograder-{os.getpid()}")
        abstract.listen()
        port = server.getsockname()[1]
        server.setblocking(False)
        abstract.setblocking(False)
        assert "Error" in said(run(f"import socket; socket.create_connection(('127.0.0.1', {port}), 2)"))
        code = f"import socket; socket.socket(socket.AF_UNIX).connect('\\0autograder-{os.getpid()}')"
        assert "Error" in said(run(code))
        send = "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))"
        assert "Error" in said(run(send))
        assert "rror" in said(run("import socket; print(socket.gethostbyname('example.org'))"))
        for listener in (server, abstract):
            with pytest.raises(BlockingIOError):
                listener.accept()


def test_no_socket_in_the_file_system_can_be_reached(sandboxed: KernelServer, tmp_path: Path) -> None:
    """A user's own services listen there, and some would run any program outside of the sandbox."""
    for kind in ("SOCK_STREAM", "SOCK_DGRAM"):
        with socket.socket(socket.AF_UNIX, getattr(socket, kind)) as service:
            service.bind(path := str(tmp_path / kind))
            os.chmod(path, 0o777)
            if kind == "SOCK_STREAM":
                service.listen()
            service.setblocking(False)
            for reach in (f"connect({path!r})", f"sendto(b'x', {path!r})"):
                assert "Error" in said(run(f"import socket; socket.socket(socket.AF_UNIX, socket.{kind}).{reach}"))
            with pytest.raises(BlockingIOError):
                service.recvfrom(1) if kind == "SOCK_DGRAM" else service.accept()


def test_nothing_outlives_the_kernel(sandboxed: KernelServer) -> None:
    mark = f"leftover-{os.getpid()}-{time.monotonic_ns()}"
    daemon = (
        "import os, subprocess\n"
        f"if os.fork() == 0:\n    os.setsid()\n"
        f"    subprocess.Popen(['sleep', '61'], env={{'MARK': '{mark}'}}, start_new_session=True)\n    os._exit(0)"
    )
    run(daemon, "import time; time.sleep(0.3)")
    deadline = time.monotonic() + 10
    while (left := processes_with(mark)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert left == []


def processes_with(mark: str) -> list[str]:
    """List the processes of this machine whose environment holds `mark`."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            found += [path.parent.name] if mark.encode() in path.read_bytes() else []
        except OSError:
            continue
    return found


def test_there_are_no_privileges(sandboxed: KernelServer) -> None:
    status = said(run("print(open('/proc/self/status').read())"))
    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert {fields[name] for name in ("CapInh", "CapPrm", "CapEff", "CapBnd")} == {"0" * 16} or os.geteuid() != 0
    assert (fields["NoNewPrivs"], fields["Seccomp"]) == ("1", "2")
    code = "import ctypes; libc = ctypes.CDLL(None, use_errno=True); print(libc.unshare(0x10000000), libc.ptrace(0))"
    assert said(run(code)) == "-1 -1\n"
    assert "Error" in said(run("import os; os.setuid(0); os.chroot('/tmp')"))


def test_only_listed_environment_variables_get_in(sandboxed: KernelServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "hush")
    monkeypatch.setenv("COURSE_DATA", "/data")
    shown = said(run("import os; print(sorted(os.environ.items()))"))
    assert "hush" not in shown and "('COURSE_DATA', '/data')" in shown and "('NBGRADER_EXECUTION'" in shown
    assert (
        sandboxed.folder not in said(run("import os; print(os.environ)")) or sandboxed.settings["sandbox"] == "landlock"
    )


def test_memory_is_limited(sandboxed: KernelServer) -> None:
    alone = run("import numpy; numpy.ones(10 ** 10)", "print('goes on')")
    assert "MemoryError" in said(alone, 0) and said(alone) == "goes on\n"
    together = run(
        "import os, time\n"
        "for _ in range(8):\n"
        "    if os.fork() == 0:\n"
        "        block = bytearray(b'x') * (200 << 20)\n        time.sleep(30)\n        os._exit(0)\n"
        "time.sleep(30)",
        "print('goes on')",
    )
    assert together.incidents == ("The cell number 1 was stopped: it used more than 600 MB of memory.",)
    assert said(together) == "goes on\n" and together.memory_mb > 600


def test_processor_time_is_limited(sandboxed: KernelServer) -> None:
    limits = Limits(cell_seconds=30, notebook_seconds=60, cpu_seconds=2)
    spun = run("while True: pass", "print('goes on')", limits=limits)
    assert spun.incidents == ("The cell number 1 was stopped: it used more than 2 s of processor time.",)
    assert said(spun) == "goes on\n"


def test_the_number_of_processes_is_limited(sandboxed: KernelServer) -> None:
    bomb = run(
        "import os\nfor _ in range(500):\n    if os.fork() == 0:\n        __import__('time').sleep(30)", "print(1)"
    )
    assert "BlockingIOError" in said(bomb, 0) or "more than 60 processes" in bomb.incidents[0]


def test_disk_space_is_limited(sandboxed: KernelServer) -> None:
    full = run(
        "import time\nfor number in range(10):\n    open(f'file{number}', 'wb').write(bytes(10 << 20))\ntime.sleep(5)",
        "print('goes on')",
    )
    assert "OSError" in said(full, 0) or full.incidents == ("The cell number 1 was stopped: it wrote more than 20 MB.",)
    assert said(full) == "goes on\n"
    assert "Error" in said(run("open('sparse', 'wb').truncate(1 << 40)"))


def test_what_a_program_needs_is_there(sandboxed: KernelServer) -> None:
    needs = run(
        "import tempfile, numpy, os, pwd, multiprocessing, threading, subprocess, matplotlib\n"
        "tempfile.TemporaryFile().write(b'x'); open('mine', 'w').write('x')\n"
        "print(os.listdir('.'), numpy.ones(2).sum(), os.path.expanduser('~') == os.environ['HOME'])\n"
        "print(subprocess.run(['python', '-c', 'print(1)'], capture_output=True, text=True).stdout)\n"
    )
    assert said(needs) == "['mine'] 2.0 True\n1\n\n"
    if sandboxed.settings["sandbox"] == "namespaces":  # Landlock cannot give a /dev/shm of its own
        assert said(run("import multiprocessing; print(multiprocessing.Pool(2).map(abs, [-1, -2]))")) == "[1, 2]\n"
        assert "usr" in said(run("!ls /"))


@pytest.mark.parametrize("kind", ["namespaces", "landlock"])
def test_a_sandbox_has_every_wall(kind: SandboxKind) -> None:
    assert [wall.name for wall in list_walls(kind) if not wall.held_by] == []


def test_a_system_that_has_no_sandbox_says_why_and_what_would_help(monkeypatch: pytest.MonkeyPatch) -> None:
    reasons: dict[SandboxKind, str] = {"namespaces": "User namespaces: forbidden.", "landlock": "Landlock: too old."}
    monkeypatch.setattr(sandbox, "why_unavailable", reasons.get)
    assert best_sandbox() == "none"
    table = {wall.name.partition(":")[0]: wall for wall in list_walls()}
    assert table["network"].held_by is None and table["output"].held_by
    assert "forbidden" in table["files"].why_not and "user namespaces" in table["files"].remedy


def test_there_is_a_sandbox_whatever_the_temporary_folder(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir(mode=0o700)
    program = "from autograder.kernels.sandbox import best_sandbox; print(best_sandbox())"
    env = os.environ | {"TMPDIR": str(tmp_path / "mine"), "PYTHONPATH": str(REPOSITORY)}
    asked = subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, text=True, check=True)
    assert asked.stdout.strip() == best_sandbox()
    assert list((tmp_path / "mine").iterdir()) == []
