"""Run a restored notebook cell by cell in walled kernels, within limits; a cell that fails does not stop the others."""

from __future__ import annotations

import asyncio
import logging
import math
import os
import signal
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_output

from autograder.kernels.client import WarmKernelManager
from autograder.limits import Limits

_PASSED_ON = ("COURSE_DATA",)
_ATTEMPTS = 3
_KILLED = (-signal.SIGKILL, -signal.SIGTERM, -signal.SIGSYS)  # a bug in a library does not end a kernel in this way
_silent = logging.getLogger("autograder.kernels")
_silent.propagate = False
_silent.addHandler(logging.NullHandler())


@dataclass(frozen=True)
class Execution:
    """A notebook that was run."""

    notebook: NotebookNode
    incidents: tuple[str, ...]  # sentences
    seconds: float
    memory_mb: float  # its peak
    flags: tuple[str, ...] = ()  # sentences with evidence of tampering


class _KilledFromOutside(Exception):
    """The kernel was killed, but not for exceeding a limit: by a person, or by a system short of memory. That is not
    the cell's fault unless it happens each time."""


@dataclass
class Run:
    """One notebook being run, all cells, in a folder that holds `files`.

    A cell that kills or hangs its kernel gets an error as output. The rest goes on in a new kernel, in which the cells
    before it, except tests, are run again.
    """

    notebook: NotebookNode
    files: Mapping[str, bytes]
    limits: Limits
    # Called with the data of each displayed output; returns True to keep the output out of the notebook.
    listen: Callable[[Mapping[str, Any]], bool] = lambda shown: False
    begin: Callable[[], None] = lambda: None  # called whenever the notebook is run from its first cell
    prologue: str = ""  # code that each kernel runs first, without output
    incidents: list[str] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    memory_mb: float = 0.0
    start: float = field(default_factory=time.monotonic)
    skipped: set[int] = field(default_factory=set)
    attempts_left: int = 0

    def execute(self) -> Execution:
        """Run the notebook. Raises KernelError if no kernel can be started."""
        for self.attempts_left in reversed(range(_ATTEMPTS)):
            self.incidents, self.flags = [], []
            self.skipped, self.start = set(), time.monotonic()
            self.begin()
            with suppress(_KilledFromOutside):
                asyncio.run(self.all_cells())
                break
        seconds = time.monotonic() - self.start
        return Execution(self.notebook, tuple(self.incidents), seconds, self.memory_mb, tuple(self.flags))

    async def all_cells(self) -> None:
        next_cell = 0
        for crash in range(self.limits.crashes + 1):
            next_cell = await self._in_one_kernel(next_cell)
            if next_cell == len(self.notebook.cells):
                return
            late = self._left() <= 0
            if late or crash == self.limits.crashes:
                why = f"after {self.limits.notebook_seconds:g} s" if late else f"after {crash + 1} crashes"
                self._give_up(next_cell, why)
                return

    async def _in_one_kernel(self, begin: int) -> int:
        """Run the cells from `begin` on; returns the first that was not run, after one that ended the kernel."""
        manager = WarmKernelManager(log=_silent)
        env = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        await manager.start_kernel(files=self.files, limits=self.limits, env={"NBGRADER_EXECUTION": "autograde"} | env)
        if begin == 0 and not self.skipped:  # waiting for the first kernel does not count as the submission's time
            self.start = time.monotonic()
        runner = _Runner(self.notebook, self.limits, manager, self.listen)
        number = 0
        try:
            await runner.async_start_new_kernel_client()
            if self.prologue:
                first = self.notebook.cells[0]
                await runner.async_execute_cell(new_code_cell(self.prologue), 0, store_history=False)
                self.notebook.cells[0] = first  # nbclient puts what it runs into the notebook
            for number in range(len(self.notebook.cells)):
                cell = self.notebook.cells[number]
                if number in self.skipped or (number < begin and _is_grade(cell)):
                    continue
                if self._left() <= 0:
                    return number
                runner.timeout = math.ceil(min(self._allowed(cell), self._left()))
                # A cell that is run again keeps its first output.
                shown = cell if number >= begin else NotebookNode(cell.copy())
                await runner.async_execute_cell(shown, number)
                if runner.timed_out:
                    self.skipped.add(number)
                    self.incidents.append(f"{_name(cell, number)} ran longer than {runner.timeout} s.")
                    runner.timed_out = False
            number += 1
        except Exception as error:  # kernel messages may hold anything, and nbclient and others stumble over them
            self._crashed(number, error, manager)
            return max(begin, number + 1)
        finally:
            await self._end(runner, manager)
        return number

    def _crashed(self, number: int, error: Exception, manager: WarmKernelManager) -> None:
        cell = self.notebook.cells[number]
        ended = manager.provisioner.ended
        if ended and ended["exit"] == -signal.SIGKILL and not ended["why"] and self.attempts_left:
            raise _KilledFromOutside
        if isinstance(error, CellTimeoutError):
            why = f"could not be interrupted after {self._allowed(cell):g} s"
        elif ended and ended["why"]:
            why = f"was stopped: {ended['why']}"
        elif isinstance(error, DeadKernelError):
            why = f"ended its kernel (exit code {ended['exit'] if ended else 'unknown'})"
        else:
            why = f"made its kernel send something that is not a message ({type(error).__name__})"
        if ended and not ended["why"] and ended["exit"] in _KILLED:
            self.flags.append(f"{_name(cell, number)} had its kernel killed (signal {-ended['exit']}).")
        self.skipped.add(number)
        self.incidents.append(f"{_name(cell, number)} {why}.")
        if cell.cell_type == "code":
            cell.outputs = [*cell.get("outputs", []), _error("KernelDied", f"This cell {why}.")]

    def _give_up(self, begin: int, why: str) -> None:
        cell = self.notebook.cells[begin]
        self.incidents.append(f"{_name(cell, begin)} and what follows were not run {why}.")
        for number, cell in enumerate(self.notebook.cells[begin:], start=begin):
            self.skipped.add(number)
            if cell.cell_type == "code":
                cell.outputs = [_error("NotRun", f"This cell was not run {why}.")]

    async def _end(self, runner: _Runner, manager: WarmKernelManager) -> None:
        if runner.cut and not any("was cut" in incident for incident in self.incidents):
            self.incidents.append(f"The output was cut at {self.limits.output_mb:g} MB.")
        with suppress(RuntimeError):
            await manager.shutdown_kernel(now=True)
        if runner.kc is not None:
            runner.kc.stop_channels()
        await manager.cleanup_resources()
        self.memory_mb = max(
            self.memory_mb, (manager.provisioner and manager.provisioner.ended or {}).get("memory_mb", 0.0)
        )

    def _allowed(self, cell: NotebookNode) -> float:
        scores = any(tag.startswith("needs:") for tag in cell.metadata.get("tags", []))
        return self.limits.score_seconds if scores else self.limits.cell_seconds

    def _left(self) -> float:
        return self.limits.notebook_seconds - (time.monotonic() - self.start)


class _Runner(NotebookClient):  # type: ignore[misc]
    """nbclient's client with nbgrader's rules for errors and a limit on output."""

    def __init__(
        self,
        notebook: NotebookNode,
        limits: Limits,
        manager: WarmKernelManager,
        listen: Callable[[Mapping[str, Any]], bool],
    ) -> None:
        super().__init__(
            notebook,
            km=manager,
            allow_errors=True,
            interrupt_on_timeout=True,
            raise_on_iopub_timeout=True,
            iopub_timeout=5,
            record_timing=False,
            store_widget_state=False,
            skip_cells_with_tag="",
            coalesce_streams=True,  # otherwise it is chance whether a line comes in one message or two
            error_on_timeout={
                "ename": "CellTimeoutError",
                "evalue": "",
                "traceback": ["CellTimeoutError: No reply from kernel before timeout"],
            },
            log=_silent,
        )
        self.room = int(limits.output_mb * (1 << 20))
        self.cut = False
        self.timed_out = False
        self._listen = listen

    async def _async_handle_timeout(self, timeout: int, cell: NotebookNode | None = None) -> Any:
        self.timed_out = True
        return await super()._async_handle_timeout(timeout, cell)

    def on_cell_executed(self, **kwargs: Any) -> None:
        """As nbgrader's Execute: add an output for an error that left none (a timeout or a hidden traceback)."""
        cell, reply = kwargs["cell"], kwargs["execute_reply"]["content"]
        shown = [output.ename for output in cell.outputs if output.output_type == "error"]
        if reply["status"] == "error" and reply["ename"] not in shown:
            traceback = reply["traceback"] or ["ERROR: An error occurred while showtraceback was disabled"]
            cell.outputs.append(_error(reply["ename"], reply["evalue"], traceback))

    def process_message(self, msg: dict[str, Any], cell: NotebookNode, cell_index: int) -> NotebookNode | None:
        """Drop output beyond the limit, and widgets, which no notebook of a course uses."""
        kind = msg["msg_type"]
        if kind.startswith("comm"):
            return None
        if kind == "display_data" and self._listen(msg["content"]["data"]):
            return None
        if kind not in ("status", "execute_input", "clear_output"):
            self.room -= 200 + len(str(msg["content"]))
            if self.room < 0 and kind != "error":
                self.cut = True
                return None
            if self.room < 0:
                msg["content"]["evalue"] = str(msg["content"].get("evalue", ""))[:1000]
                msg["content"]["traceback"] = []
        return super().process_message(msg, cell, cell_index)


def _is_grade(cell: NotebookNode) -> bool:
    return bool(cell.metadata.get("nbgrader", {}).get("grade"))


def _name(cell: NotebookNode, number: int) -> str:
    return f"The cell {cell.metadata.get('nbgrader', {}).get('grade_id') or f'number {number + 1}'}"


def _error(name: str, message: str, traceback: list[str] | None = None) -> NotebookNode:
    return new_output("error", ename=name, evalue=message, traceback=traceback or [f"{name}: {message}"])
