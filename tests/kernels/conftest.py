"""Servers of each kind that this machine can have, started once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest
from nbformat import NotebookNode

from autograder.grading.execute import Execution, Run
from autograder.kernels import walls
from autograder.kernels.provisioner import KernelServer
from autograder.limits import Limits

WAYS = [
    pytest.param("namespaces", marks=pytest.mark.skipif(bool(walls._why_no_namespaces()), reason="no namespaces")),
    pytest.param("landlock", marks=pytest.mark.skipif(bool(walls._why_no_landlock()), reason="no Landlock")),
]


@pytest.fixture(scope="module", params=WAYS)
def walled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[KernelServer]:
    """A server of walled kernels, which see the folder `data` with the file `number`."""
    data = tmp_path_factory.mktemp("course") / "data"
    data.mkdir()
    (data / "number").write_text("4.0")
    with KernelServer(request.param, preload=["numpy"], readable=[data]) as server:
        server.start()
        yield server


@pytest.fixture(scope="module")
def unwalled() -> Iterator[KernelServer]:
    """A server of kernels that run as their caller does."""
    with KernelServer("none", preload=["numpy"]) as server:
        server.start()
        yield server


def execute(notebook: NotebookNode, files: Mapping[str, bytes], limits: Limits) -> Execution:
    """Run a notebook as grading does."""
    return Run(notebook, files, limits).execute()
