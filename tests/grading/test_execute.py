"""Does the rest of a notebook count, whatever one of its cells does?"""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.grading.execute import Execution, Run
from autograder.kernels.client import WarmKernelManager
from autograder.kernels.provisioner import KernelServer
from autograder.kernels.sandbox import best_sandbox
from autograder.limits import Limits

pytestmark = pytest.mark.slow
SMALL = Limits(cell_seconds=2, notebook_seconds=30, memory_mb=500, output_mb=0.1, crashes=2)


@pytest.fixture(scope="module", autouse=True)
def server() -> Iterator[None]:
    """One for all tests of this module."""
    with KernelServer(best_sandbox(), preload=[]) as kernels:
        kernels.start()
        yield


def code(source: str, test: str | None = None) -> NotebookNode:
    """A cell, or with `test` one that is graded."""
    grade = {"nbgrader": {"grade_id": test, "grade": True, "points": 1}} if test else {}
    return new_code_cell(source, metadata=grade)


def run(*cells: str | NotebookNode, limits: Limits = SMALL, **files: bytes) -> Execution:
    made = [cell if isinstance(cell, NotebookNode) else code(cell) for cell in cells]
    return Run(new_notebook(cells=made), files, limits).execute()


def said(execution: Execution) -> list[str]:
    """What each cell printed, and the names of its errors."""
    return [
        "".join(output.get("text") or output.get("ename", "?") for output in cell.get("outputs", []))
        for cell in execution.notebook.cells
    ]


def test_cells_run_in_order_in_one_kernel_with_what_was_handed_in() -> None:
    ran = run("x = 1", new_markdown_cell("text"), "print(x, open('a').read())", "", "1 / 0", "print(x)", a=b"beside")
    assert said(ran) == ["", "", "1 beside\n", "", "ZeroDivisionError", "1\n"] and ran.incidents == ()
    assert ran.seconds > 0 and all("execution" not in cell.metadata for cell in ran.notebook.cells)


@pytest.mark.parametrize(
    ("crash", "why"),
    [
        ("import os; os._exit(3)", "ended its kernel (exit code 3)"),
        ("import os; os.abort()", "ended its kernel (exit code -"),
        ("import ctypes; ctypes.string_at(0)", "ended its kernel (exit code -11)"),
        (
            "import time\nwhile True:\n  try: time.sleep(9)\n  except KeyboardInterrupt: pass",
            "could not be interrupted",
        ),
        ("import sys; sys.exit(); x = 2", None),
        ("raise SystemExit", None),
    ],
)
def test_a_cell_that_ends_its_kernel_costs_only_itself(crash: str, why: str | None) -> None:
    ran = run("x = 1", code("print('tested')", "test_a"), code(f"{crash}", "test_b"), code("print(x)", "test_c"))
    shown = said(ran)
    assert shown[:2] + shown[3:] == ["", "tested\n", "1\n"]
    assert any(name in shown[2] for name in ("KernelDied", "SystemExit", "CellTimeoutError")), shown
    if why:
        assert ran.incidents == (next(i for i in ran.incidents if i.startswith(f"The cell test_b {why}")),)


def test_what_ran_before_a_crash_is_not_shown_twice_and_its_tests_do_not_run_again() -> None:
    ran = run(
        "import os, pathlib; print(pathlib.Path('a').read_text(), end='')",
        code("print('once'); os.environ['SEEN'] = '1'", "test_a"),
        code("os._exit(1)", "test_b"),
        code("print(os.environ.get('SEEN'))", "test_c"),
        a=b"start ",
    )
    assert said(ran) == ["start ", "once\n", "KernelDied", "None\n"]


def test_a_cell_that_crashes_when_run_again_is_left_out() -> None:
    second_time = "import os, sys\nsys.modules.setdefault('first', 1)\nprint('fine')"
    ran = run(second_time, "os._exit(1)", "os._exit(2)", "print('end')")
    assert said(ran) == ["fine\n", "KernelDied", "KernelDied", "end\n"] and len(ran.incidents) == 2


def test_a_kernel_killed_from_outside_costs_nobody_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[WarmKernelManager] = []
    original = WarmKernelManager.start_kernel

    async def start_and_kill_the_first(self: WarmKernelManager, **options: object) -> None:
        await original(self, **options)
        started.append(self)
        if len(started) == 1:
            await self.provisioner.send_signal(signal.SIGKILL)

    monkeypatch.setattr(WarmKernelManager, "start_kernel", start_and_kill_the_first)
    ran = run("x = 1", code("print(x)", "test_a"))
    assert said(ran) == ["", "1\n"] and ran.incidents == () and len(started) == 2


def test_after_too_many_crashes_the_rest_is_not_run() -> None:
    ran = run(*["import os; os._exit(1)"] * 4, code("print('never')", "test_late"))
    assert said(ran) == ["KernelDied"] * 3 + ["NotRun"] * 2
    assert ran.incidents[-1] == "The cell number 4 and what follows were not run after 3 crashes."


def test_a_slow_cell_is_interrupted_and_told() -> None:
    ran = run("x = 1", code("while True: pass", "test_slow"), "print(x)")
    assert said(ran) == ["", "KeyboardInterruptCellTimeoutError", "1\n"]
    assert ran.incidents == ("The cell test_slow ran longer than 2 s.",)


def test_a_notebook_has_an_end() -> None:
    limits = Limits(cell_seconds=2, notebook_seconds=5)
    ran = run(*["import time; time.sleep(1.5)"] * 8, limits=limits)
    assert said(ran)[-1] == "NotRun" and "after 5 s" in ran.incidents[-1] and ran.seconds < 60


def test_output_is_cut_and_what_comes_later_still_runs() -> None:
    ran = run(
        "for _ in range(300_000): print('line', _)",
        "print('x' * 10 ** 8)",
        "from IPython.display import display, HTML\nfor _ in range(3000): display(HTML('x' * 100))",
        "done = True",
        code("assert not done, 'an error of a test still says what it is'", "test_done"),
    )
    assert ran.incidents[-1] == "The output was cut at 0.1 MB."
    assert sum(len(str(output)) for cell in ran.notebook.cells for output in cell.outputs) < 400_000
    assert "AssertionError" in said(ran)[-1]


def test_widgets_and_background_output_do_no_harm() -> None:
    ran = run(
        "from comm import create_comm\nfor _ in range(50): create_comm(target_name='x', data={'state': {'a': 'b'}})",
        "import threading, time\nthreading.Thread(target=lambda: (time.sleep(0.2), print('late'))).start()",
        "time.sleep(0.5); print('end')",
    )
    assert said(ran)[0] == "" and "end\n" in said(ran)[2] and "widgets" not in ran.notebook.metadata


def test_a_question_to_the_user_is_an_error() -> None:
    assert said(run("input('name?')", "print(1)")) == ["StdinNotImplementedError", "1\n"]
