"""Does a checkpoint that was handed in earn what its accuracy deserves, and does a bad one cost only its own points?"""

from __future__ import annotations

import gzip
import importlib
import io
import os
import pickle
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch

from autograder.judge.compare import is_plain
from solutions import a3_fashion_mnist, a4_cifar10

Images = np.ndarray[Any, np.dtype[np.uint8]]


def write_fashion_mnist(data: Path, images: Images, labels: Images) -> None:
    raw = data / "fashion_mnist" / "FashionMNIST" / "raw"
    raw.mkdir(parents=True, exist_ok=True)
    with gzip.open(raw / "t10k-images-idx3-ubyte.gz", "wb") as file:
        file.write(bytes(16) + images.tobytes())
    with gzip.open(raw / "t10k-labels-idx1-ubyte.gz", "wb") as file:
        file.write(bytes(8) + labels.tobytes())


def write_cifar10(data: Path, images: Images, labels: Images) -> None:
    batch = pickle.dumps({b"data": images.reshape(len(images), -1), b"labels": labels.tolist()}, protocol=2)
    member = tarfile.TarInfo("cifar-10-batches-py/test_batch")
    member.size = len(batch)
    (data / "cifar10").mkdir(parents=True, exist_ok=True)
    with tarfile.open(data / "cifar10" / "cifar-10-python.tar.gz", "w:gz") as archive:
        archive.addfile(member, io.BytesIO(batch))


@dataclass(frozen=True)
class Score:
    """One assignment's score exercise."""

    module: ModuleType
    network: str
    shape: tuple[int, ...]  # of the made test images
    none: float  # accuracy up to which there are no points
    points: float  # for an accuracy a tenth higher, or more
    write: Callable[[Path, Images, Images], None]

    @property
    def file(self) -> str:
        return f"{self.module.__name__.rpartition('.')[2]}.pt"

    def model(self) -> torch.nn.Module:
        torch.manual_seed(0)
        model: torch.nn.Module = getattr(self.module, self.network)()
        return model.eval()

    def state(self) -> dict[str, torch.Tensor]:
        return self.model().state_dict()


SCORES = [
    Score(a3_fashion_mnist, "FashionCNN", (1000, 1, 28, 28), 0.8, 6, write_fashion_mnist),
    Score(a4_cifar10, "ScoreNetwork", (200, 3, 32, 32), 0.75, 8, write_cifar10),
]


@pytest.fixture(params=SCORES, ids=lambda score: score.file)
def score(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Score:
    """Each assignment's score exercise in an empty folder to hand in, with made images as the grader's test set."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "data"))
    score: Score = request.param
    images = np.random.default_rng(0).integers(0, 256, size=score.shape, dtype=np.uint8)
    score.write(tmp_path / "data", images, np.arange(len(images), dtype=np.uint8) % 10)
    return score


@pytest.mark.parametrize(
    ("above", "share"), [(-0.3, 0.0), (0.0, 0.0), (0.05, 0.5), (0.075, 0.75), (0.1, 1.0), (0.2, 1.0)]
)
def test_points_grow_with_the_accuracy_over_a_tenth(score: Score, above: float, share: float) -> None:
    images = np.random.default_rng(0).integers(0, 256, size=score.shape, dtype=np.uint8)
    with torch.no_grad():
        labels = score.model()(torch.tensor(images / np.float32(255))).argmax(1).numpy().astype(np.uint8)
    wrong = round(len(labels) * (1 - score.none - above))
    labels[:wrong] = (labels[:wrong] + 1) % 10
    score.write(Path("data"), images, labels)
    torch.save(score.state(), score.file)
    assert score.module.score_checkpoint() == pytest.approx(share * score.points, abs=0.1)


class Bomb:
    """Pickled, it makes a folder when it is loaded without `weights_only`."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, ("exploded",)


def make_bad(score: Score, kind: str) -> None:
    state, file = score.state(), Path(score.file)
    name = next(iter(state))
    match kind:
        case "corrupt":
            file.write_bytes(b"\x80junk")
        case "empty":
            file.touch()
        case "a folder":
            file.mkdir()
        case "cut off":
            torch.save(state, file)
            file.write_bytes(file.read_bytes()[:-500])
        case "malicious":
            torch.save(Bomb(), file)
        case "malicious among weights":
            torch.save({**state, name: Bomb()}, file)
        case "a whole model":
            torch.save(score.model(), file)
        case "wrong shape":
            torch.save({**state, name: torch.zeros(3, 5)}, file)
        case "a layer missing":
            torch.save({key: value for key, value in state.items() if key != name}, file)
        case "not a dictionary":
            torch.save([1, 2, 3], file)
        case "no number":
            torch.save({key: value * float("nan") for key, value in state.items()}, file)


@pytest.mark.parametrize(
    "kind",
    ["missing", "corrupt", "empty", "a folder", "cut off", "malicious", "malicious among weights", "a whole model"]
    + ["wrong shape", "a layer missing", "not a dictionary"],
)
def test_a_bad_file_gets_no_points_and_a_sentence(score: Score, capsys: pytest.CaptureFixture[str], kind: str) -> None:
    make_bad(score, kind)
    assert score.module.score_checkpoint() == 0
    said = capsys.readouterr().out.strip()
    assert score.file in said and said.endswith(".") and "\n" not in said
    assert not Path("exploded").exists()


def test_weights_that_are_no_numbers_are_only_as_good_as_a_guess(
    score: Score, capsys: pytest.CaptureFixture[str]
) -> None:
    make_bad(score, "no number")
    assert score.module.score_checkpoint() == 0
    assert capsys.readouterr().out.endswith(" % of the test images are right.\n")


@pytest.mark.parametrize("fault", ["raises", "wrong output"])
def test_a_network_at_fault_gets_no_points_and_a_sentence(
    score: Score, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    class Broken(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = torch.nn.Parameter(torch.zeros(3))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            if fault == "raises":
                raise ValueError("no")
            return torch.zeros(3)

    monkeypatch.setattr(score.module, score.network, Broken)
    torch.save(Broken().state_dict(), score.file)
    assert score.module.score_checkpoint() == 0
    assert capsys.readouterr().out.strip().endswith(".")


def test_assignment_3s_network_keeps_to_its_budget(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COURSE_DATA", "data")
    monkeypatch.setattr(a3_fashion_mnist, "FashionCNN", lambda: torch.nn.Linear(1000, 130))
    torch.save(torch.nn.Linear(1000, 130).state_dict(), "a3_fashion_mnist.pt")
    assert a3_fashion_mnist.score_checkpoint() == 0
    assert "130,130 parameters" in capsys.readouterr().out


def test_the_judge_counts_as_many_points_from_predictions_alone(score: Score) -> None:
    """In another order, with the labels out of reach."""
    images = np.random.default_rng(0).integers(0, 256, size=score.shape, dtype=np.uint8)
    with torch.no_grad():
        labels = score.model()(torch.tensor(images / np.float32(255))).argmax(1).numpy().astype(np.uint8)
    labels[: round(len(labels) * (0.95 - score.none))] += 1  # worth half of the points
    score.write(Path("data"), images, labels)
    torch.save(score.state(), score.file)
    probes = importlib.import_module(f"solutions.probes.{Path(score.file).stem}")
    shown, key = probes.sealed_checkpoint(Path("data"), np.random.default_rng(7))
    assert list(shown) == ["images"] and not np.array_equal(shown["images"], images)
    data = probes.predict_checkpoint(vars(score.module), shown)
    assert is_plain(data)
    assert (
        probes.points_checkpoint(data, key) == score.module.score_checkpoint() == pytest.approx(score.points / 2, 0.1)
    )
    for hostile in (labels, labels[:0], np.zeros(()), labels[:, None], data["predictions"][:-1]):
        assert probes.points_checkpoint({**data, "predictions": hostile}, key) < score.points / 2
