"""`python -m solutions.a6_adversarial`: does it log what it did, go on where it stopped, and attack what it trained?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from solutions.a6_adversarial import __main__ as a6

SMALL = "--runs runs --epochs 3 --images 64 --measured-on 32 --batch-size 32 --width 4 --steps 2 --threads 1".split()
SMALL += ["--device", "cpu", "--quiet"]


@pytest.fixture(autouse=True)
def made_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def load_dataset(name: str, folder: object, count: int) -> list[tuple[torch.Tensor, torch.Tensor]]:
        generator = torch.Generator().manual_seed(0)
        images, labels = torch.rand(64, 1, 28, 28, generator=generator), torch.arange(64) % 10
        return [(images[:count], labels[:count]), (images, labels)]

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(a6, "load_dataset", load_dataset)


def log(recipe: str) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in Path("runs", f"fashion_mnist-{recipe}", "log.jsonl").read_text().splitlines()]
    return [{key: value for key, value in line.items() if key != "seconds"} for line in lines]


@pytest.mark.parametrize("recipe", ["sound", "careless", "plain"])
def test_ctrl_c_stops_cleanly_and_the_same_command_goes_on_to_the_same_end(
    recipe: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["train", "--recipe", recipe, *SMALL]
    assert a6.main(command) == 0
    whole = log(recipe)
    assert [line["epoch"] for line in whole] == [1, 2, 3]
    assert all(0 <= line[attack] <= 1 for line in whole for attack in ("clean", "fgsm", "pgd"))

    measured, calls = a6.measured, 0

    def interrupted(*args: Any, **options: Any) -> float:
        nonlocal calls
        calls += 1
        if calls == 5:  # in the second epoch
            raise KeyboardInterrupt
        value: float = measured(*args, **options)
        return value

    with monkeypatch.context() as patch:
        patch.setattr(a6, "measured", interrupted)
        assert a6.main([*command, "--anew"]) == 130
    assert log(recipe) == whole[:1]
    assert a6.main(command) == 0
    assert log(recipe) == whole
    assert not list(Path("runs").rglob("*.part"))


def test_the_curve_needs_a_trained_network_and_writes_a_line_per_epsilon(capsys: pytest.CaptureFixture[str]) -> None:
    assert a6.main(["curve", *SMALL]) == 2
    assert "`train`" in capsys.readouterr().out
    assert a6.main(["train", *SMALL]) == 0
    assert a6.main(["curve", *SMALL]) == 0
    rows = [json.loads(line) for line in Path("runs/fashion_mnist-sound/curve.jsonl").read_text().splitlines()]
    assert rows[0]["eps"] == 0 and rows[0]["random"] == rows[0]["fgsm"] == rows[0]["pgd"]
    assert len(rows) == 8


def test_other_settings_do_not_mix_with_a_run_that_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert a6.main(["train", *SMALL, "--epochs", "1"]) == 0
    assert a6.main(["train", *SMALL, "--epochs", "1", "--seed", "7"]) == 2
    assert "seed 0 → 7" in capsys.readouterr().out
