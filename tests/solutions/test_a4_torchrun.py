"""`torchrun -m solutions.a4_cifar10`: do several processes train as one does, speak once, and end together?"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
import torchvision

from solutions.a4_cifar10 import __main__ as a4
from solutions.a4_cifar10.notebook import FastNet
from tests.solutions.made_cifar10 import MadeCifar10

REPOSITORY = Path(__file__).resolve().parent.parent.parent
# Two steps an epoch, of 33 images: one process has 17 of them and the other 16. 19 test images: 10 and 9.
TRAIN = "reference --epochs 3 --images 96 --batch-size 33 --width 4 --peak 0.1 --threads 1 --device cpu --quiet".split()


@pytest.fixture(autouse=True)
def made_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(torchvision.datasets, "CIFAR10", MadeCifar10)


def torchrun(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Train in two processes, which find no data set and fetch the made one. A hang is an error."""
    command = "-m torch.distributed.run --standalone --nproc-per-node=2 -m tests.solutions.made_cifar10".split()
    return subprocess.run(
        [sys.executable, *command, *arguments],
        env=os.environ | {"PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"} | environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


def checkpoint(runs: str) -> dict[str, Any]:
    saved = torch.load(Path(runs, "reference", "checkpoint.pt"), weights_only=True)
    saved["history"] = [{key: record[key] for key in ("epoch", "loss", "accuracy")} for record in saved["history"]]
    return {key: saved[key] for key in ("model", "history", "random")}


def assert_same_training(runs: str, other: str) -> None:
    """Weights, running statistics, losses, accuracies and the state of the random numbers."""
    # Rounding moves a maximum to its neighbour now and then, and its gradient with it: 1e-5 in the weights.
    torch.testing.assert_close(checkpoint(runs), checkpoint(other), rtol=1e-4, atol=1e-4)


def test_two_processes_train_as_one_and_one_of_them_reports() -> None:
    together = torchrun(*TRAIN, "--runs", "together")
    assert together.returncode == 0, together.stderr
    assert "Warning" not in together.stderr
    assert a4.main([*TRAIN, "--runs", "alone"]) == 0

    assert_same_training("together", "alone")
    FastNet(4).load_state_dict(checkpoint("together")["model"])
    assert [line.partition(":")[0] for line in together.stdout.splitlines()] == ["epoch 1", "epoch 2", "epoch 3", "log"]
    log = Path("together", "reference", "log.jsonl").read_text().splitlines()
    assert [json.loads(line)["epoch"] for line in log] == [1, 2, 3]
    assert not list(Path("together").rglob("*.part"))
    assert Path("data", "made.tar.gz").read_text() == "rank 0\n"


@pytest.mark.nightly
def test_a_process_that_fails_ends_the_run_and_one_process_goes_on_to_the_same_end() -> None:
    failed = torchrun(*TRAIN, FAIL_IN="1")
    assert failed.returncode != 0
    assert "process 1: out of luck" in failed.stdout
    assert len(checkpoint("runs")["history"]) == 2

    assert a4.main(TRAIN) == 0
    assert a4.main([*TRAIN, "--runs", "alone"]) == 0
    assert_same_training("runs", "alone")


@pytest.mark.parametrize(
    "arguments, why",
    [
        (["seed"], "The seed recipe trains in one process"),
        (["speed", "--batch-size", "1"], "2 processes cannot share a batch of 1"),
    ],
)
@pytest.mark.parametrize("rank", ["0", "1"])
def test_what_cannot_be_shared_is_refused_in_one_sentence(
    arguments: list[str], why: str, rank: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("RANK", rank)
    assert a4.main(arguments) == 2
    said = capsys.readouterr().out
    assert why in said if rank == "0" else not said
