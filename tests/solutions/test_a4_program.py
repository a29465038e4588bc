"""`python -m solutions.a4_cifar10`: does it write what it did, go on where it stopped, and stop when it is told to?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torchvision

from solutions.a4_cifar10 import __main__ as a4
from tests.solutions.made_cifar10 import MadeCifar10


@pytest.fixture(autouse=True)
def made_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(torchvision.datasets, "CIFAR10", MadeCifar10)


def command(recipe: str, *more: str, runs: str = "runs") -> list[str]:
    small = "--epochs 3 --images 96 --batch-size 32 --threads 1 --device cpu --quiet".split()
    return [recipe, "--runs", runs, *small, *(["--width", "4"] if recipe != "seed" else []), *more]


def losses(folder: str) -> list[tuple[int, float, float]]:
    lines = [json.loads(line) for line in Path(folder, "log.jsonl").read_text().splitlines()]
    return [(line["epoch"], line["loss"], line["accuracy"]) for line in lines]


def test_a_run_writes_a_line_per_epoch_and_a_checkpoint(capsys: pytest.CaptureFixture[str]) -> None:
    assert a4.main(command("speed")) == 0
    assert [epoch for epoch, _, _ in losses("runs/speed")] == [1, 2, 3]
    saved = torch.load("runs/speed/checkpoint.pt", weights_only=True)
    assert len(saved["history"]) == 3 and not list(Path("runs").rglob("*.part"))
    assert capsys.readouterr().out.count("images a second") == 3


@pytest.mark.parametrize("recipe", [pytest.param("seed", marks=pytest.mark.nightly), "reference"])
def test_ctrl_c_stops_cleanly_and_the_same_command_goes_on_to_the_same_end(
    recipe: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert a4.main(command(recipe, runs="whole")) == 0

    forward, calls = torch.nn.functional.cross_entropy, 0

    def interrupted(*args: Any, **options: Any) -> torch.Tensor:
        nonlocal calls
        calls += 1
        if calls == 5:  # in the second epoch
            raise KeyboardInterrupt
        return forward(*args, **options)

    with monkeypatch.context() as patch:
        patch.setattr(torch.nn.functional, "cross_entropy", interrupted)
        assert a4.main(command(recipe)) == 130
    assert len(losses(f"runs/{recipe}")) == 1
    assert "goes on after the last finished epoch" in capsys.readouterr().out
    assert a4.main(command(recipe)) == 0
    stopped, whole = losses(f"runs/{recipe}"), losses(f"whole/{recipe}")
    assert [epoch for epoch, _, _ in stopped] == [1, 2, 3]
    if recipe == "reference":  # the tutorial's DataLoader draws its order anew
        np.testing.assert_allclose(stopped, whole, rtol=1e-5)


def test_other_settings_do_not_mix_with_a_run_that_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert a4.main(command("reference", "--epochs", "1")) == 0
    assert a4.main(command("reference", "--epochs", "1", "--seed", "7")) == 2
    assert "seed 0 → 7" in capsys.readouterr().out
    assert a4.main(command("reference", "--epochs", "1", "--seed", "7", "--anew")) == 0


def test_help_names_the_recipes(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        a4.main(["--help"])
    assert stop.value.code == 0
    shown = capsys.readouterr().out
    assert all(recipe in shown for recipe in ("seed", "reference", "speed", "log.jsonl"))
