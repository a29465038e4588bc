"""`python -m solutions.a5_vgg16`: does it log its results, stop when it is told to, and go on with what is missing?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from solutions.a5_vgg16 import notebook
from solutions.a5_vgg16.__main__ import main

SMALL = "--networks ResNet-50 --untrained --runs runs --threads 1 --device cpu".split()
TRANSFER = ["transfer", "--patterns", "--side", "32", "--each", "2", "--epochs", "1", "1", "1", *SMALL]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def results() -> dict[str, float]:
    lines = [json.loads(line) for line in Path("runs/transfer.jsonl").read_text().splitlines()]
    found = [(line["way"], line["accuracy"]) for line in lines if "accuracy" in line]
    assert len(found) == len(dict(found))  # none twice
    return dict(found)


def test_ctrl_c_stops_cleanly_and_the_same_command_goes_on_with_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*args: Any, **options: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(notebook, "train_one_cycle", interrupted)
        assert main(TRANSFER) == 130
    assert set(results()) == {"frozen"} and "the same command goes on" in capsys.readouterr().out
    assert main(TRANSFER) == 0
    said = capsys.readouterr().out
    assert "frozen: the result is in the log" in said and said.count("ResNet-50   ") == 3
    assert set(results()) == set(notebook.WAYS)


def test_look_draws_why_a_network_says_what_it_says(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (90, 70, 3), dtype=np.uint8)).save("own.png")
    monkeypatch.setattr(notebook, "occlusion_map", lambda *_, **__: torch.zeros(12, 12))  # 144 looks at the picture
    assert main(["look", "--picture", "own.png", *SMALL]) == 0
    assert capsys.readouterr().out.count(" %  ") == 5
    with Image.open("runs/look-ResNet-50.png") as drawn:
        assert drawn.size[0] > 1000
