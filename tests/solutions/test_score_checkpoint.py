"""Does a checkpoint that was handed in earn what its accuracy deserves, and does a bad one cost only its own points?"""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import numpy as np
import pytest
import torch

from solutions import a3_fashion_mnist

FILE = "a3_fashion_mnist.pt"


class Bomb:
    """Pickled, it runs a command when it is loaded without `weights_only`."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, ("exploded",)


@pytest.fixture
def handed_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to hand in, with 1,000 made images as the grader's test set."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "data"))
    raw = tmp_path / "data" / "fashion_mnist" / "FashionMNIST" / "raw"
    raw.mkdir(parents=True)
    images = np.random.default_rng(0).integers(0, 256, size=(1000, 28, 28), dtype=np.uint8)
    with gzip.open(raw / "t10k-images-idx3-ubyte.gz", "wb") as file:
        file.write(bytes(16) + images.tobytes())
    return tmp_path


def write_labels(folder: Path, accuracy: float) -> torch.nn.Module:
    """A model, and labels by which its accuracy on the test set is `accuracy`."""
    torch.manual_seed(0)
    model = a3_fashion_mnist.FashionCNN().eval()
    raw = folder / "data" / "fashion_mnist" / "FashionMNIST" / "raw"
    with gzip.open(raw / "t10k-images-idx3-ubyte.gz") as file:
        images = torch.tensor(np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 1, 28, 28) / np.float32(255))
    with torch.no_grad():
        labels = model(images).argmax(1).numpy().astype(np.uint8)
    wrong = round(len(labels) * (1 - accuracy))
    labels[:wrong] = (labels[:wrong] + 1) % 10
    with gzip.open(raw / "t10k-labels-idx1-ubyte.gz", "wb") as file:
        file.write(bytes(8) + labels.tobytes())
    return model


@pytest.mark.parametrize(("accuracy", "points"), [(0.5, 0), (0.8, 0), (0.85, 3), (0.875, 4.5), (0.9, 6), (1.0, 6)])
def test_points_grow_with_the_accuracy_between_the_thresholds(handed_in: Path, accuracy: float, points: float) -> None:
    torch.save(write_labels(handed_in, accuracy).state_dict(), FILE)
    assert a3_fashion_mnist.score_checkpoint() == pytest.approx(points, abs=0.1)


def make_bad(kind: str) -> None:
    state = a3_fashion_mnist.FashionCNN().state_dict()
    name = next(iter(state))
    match kind:
        case "corrupt":
            Path(FILE).write_bytes(b"\x80junk")
        case "empty":
            Path(FILE).touch()
        case "a folder":
            Path(FILE).mkdir()
        case "cut off":
            torch.save(state, FILE)
            Path(FILE).write_bytes(Path(FILE).read_bytes()[:-500])
        case "malicious":
            torch.save(Bomb(), FILE)
        case "malicious among weights":
            torch.save({**state, name: Bomb()}, FILE)
        case "a whole model":
            torch.save(a3_fashion_mnist.FashionCNN(), FILE)
        case "wrong shape":
            torch.save({**state, name: torch.zeros(3)}, FILE)
        case "a layer missing":
            torch.save({key: value for key, value in state.items() if key != name}, FILE)
        case "not a dictionary":
            torch.save([1, 2, 3], FILE)
        case "no number":
            torch.save({key: value * float("nan") for key, value in state.items()}, FILE)


@pytest.mark.parametrize(
    "kind",
    ["missing", "corrupt", "empty", "a folder", "cut off", "malicious", "malicious among weights", "a whole model"]
    + ["wrong shape", "a layer missing", "not a dictionary"],
)
def test_a_bad_file_gets_no_points_and_a_sentence(
    handed_in: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    write_labels(handed_in, 1.0)
    make_bad(kind)
    assert a3_fashion_mnist.score_checkpoint() == 0
    said = capsys.readouterr().out.strip()
    assert FILE in said and said.endswith(".") and "\n" not in said
    assert not Path("exploded").exists()


def test_weights_that_are_no_numbers_are_only_as_good_as_a_guess(handed_in: Path) -> None:
    with gzip.open(handed_in / "data/fashion_mnist/FashionMNIST/raw/t10k-labels-idx1-ubyte.gz", "wb") as file:
        file.write(bytes(8) + bytes(n % 10 for n in range(1000)))
    make_bad("no number")
    assert a3_fashion_mnist.score_checkpoint() == 0


@pytest.mark.parametrize("fault", ["raises", "wrong output", "too large"])
def test_a_network_at_fault_gets_no_points_and_a_sentence(
    handed_in: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    write_labels(handed_in, 1.0)

    class Broken(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = torch.nn.Parameter(torch.zeros(130_000 if fault == "too large" else 3))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            if fault == "raises":
                raise ValueError("no")
            return torch.zeros(3)

    monkeypatch.setattr(a3_fashion_mnist, "FashionCNN", Broken)
    torch.save(Broken().state_dict(), FILE)
    assert a3_fashion_mnist.score_checkpoint() == 0
    assert capsys.readouterr().out.strip().endswith(".")
