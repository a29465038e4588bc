"""Servers of each kind that this machine can have, started once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest
from nbformat import NotebookNode

from autograder.grading.execute import Execution, Run
from autograder.kernels.provisioner import KernelServer
from autograder.kernels.sandbox import SandboxKind, why_unavailable
from autograder.limits import Limits

KINDS: tuple[SandboxKind, ...] = ("namespaces", "landlock")
SANDBOXES = [
    pytest.param(kind, marks=pytest.mark.skipif(bool(why_unavailable(kind)), reason=why_unavailable(kind) or "here"))
    for kind in KINDS
]


@pytest.fixture(scope="module", params=SANDBOXES)
def sandboxed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[KernelServer]:
    """A server of kernels in sandboxes, which see the folder `data` with the file `number`."""
    data = tmp_path_factory.mktemp("course") / "data"
    data.mkdir()
    (data / "number").write_text("4.0")
    with KernelServer(request.param, preload=["numpy"], readable=[data]) as server:
        server.start()
        yield server


@pytest.fixture(scope="module")
def unsandboxed() -> Iterator[KernelServer]:
    """A server of kernels that run as their caller does."""
    with KernelServer("none", preload=["numpy"]) as server:
        server.start()
        yield server


def execute(notebook: NotebookNode, files: Mapping[str, bytes], limits: Limits) -> Execution:
    """Run a notebook as grading does."""
    return Run(notebook, files, limits).execute()
