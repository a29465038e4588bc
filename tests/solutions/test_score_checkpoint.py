"""Does a checkpoint that was handed in earn what its accuracy deserves, and does a bad one cost only its own points?"""

from __future__ import annotations

import gzip
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
from solutions.a3_fashion_mnist import notebook as a3
from solutions.a3_fashion_mnist import questions as a3_questions
from solutions.a4_cifar10 import notebook as a4
from solutions.a4_cifar10 import questions as a4_questions

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

    file: str
    module: ModuleType
    questions: ModuleType
    network: str
    shape: tuple[int, ...]  # of the made test images
    none: float  # accuracy up to which there are no points
    points: float  # for an accuracy a tenth higher, or more
    write: Callable[[Path, Images, Images], None]

    def model(self) -> torch.nn.Module:
        torch.manual_seed(0)
        model: torch.nn.Module = getattr(self.module, self.network)()
        return model.eval()

    def state(self) -> dict[str, torch.Tensor]:
        return self.model().state_dict()

    def predict(self) -> tuple[dict[str, Any], Images]:
        """What the file beside the notebook predicts, and the labels, which are the judge's."""
        shown, labels = self.questions.shown_checkpoint(Path("data"), np.random.default_rng(7))
        return self.questions.predict_checkpoint(vars(self.module), shown), labels

    def count(self) -> tuple[float, str]:
        """The points for the file, and the sentence about them."""
        points, sentence = self.questions.points_checkpoint(*self.predict())
        return points, sentence


SCORES = [
    Score("a3_fashion_mnist.pt", a3, a3_questions, "FashionCNN", (1000, 1, 28, 28), 0.8, 6, write_fashion_mnist),
    Score("a4_cifar10.pt", a4, a4_questions, "ScoreNetwork", (200, 3, 32, 32), 0.75, 8, write_cifar10),
]


@pytest.fixture(params=SCORES, ids=lambda score: score.file)
def score(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Score:
    """Each assignment's score exercise in an empty folder to hand in, with made images as the grader's test set."""
    monkeypatch.chdir(tmp_path)
    score: Score = request.param
    images = np.random.default_rng(0).integers(0, 256, size=score.shape, dtype=np.uint8)
    score.write(tmp_path / "data", images, np.arange(len(images), dtype=np.uint8) % 10)
    return score


@pytest.mark.parametrize(("above", "share"), [(0.0, 0.0), (0.075, 0.75), (0.2, 1.0)])
def test_points_grow_with_the_accuracy_over_a_tenth(score: Score, above: float, share: float) -> None:
    images = np.random.default_rng(0).integers(0, 256, size=score.shape, dtype=np.uint8)
    with torch.no_grad():
        labels = score.model()(torch.tensor(images / np.float32(255))).argmax(1).numpy().astype(np.uint8)
    wrong = round(len(labels) * (1 - score.none - above))
    labels[:wrong] = (labels[:wrong] + 1) % 10
    score.write(Path("data"), images, labels)
    torch.save(score.state(), score.file)
    assert score.count()[0] == pytest.approx(share * score.points, abs=0.1)


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
def test_a_bad_file_gets_no_points_and_a_sentence(score: Score, kind: str) -> None:
    make_bad(score, kind)
    with pytest.raises(Exception, match=score.file) as caught:
        score.predict()
    assert_is_a_sentence(caught)
    assert not Path("exploded").exists()


def assert_is_a_sentence(caught: pytest.ExceptionInfo[Exception]) -> None:
    """For the student; the judge puts it behind the test."""
    said = str(caught.value)
    assert said.endswith((".", ".)"))
    assert "\n" not in said
    assert len(f"{caught.type.__name__}: {said}") <= 300  # more is cut off


def test_weights_that_are_no_numbers_are_only_as_good_as_a_guess(score: Score) -> None:
    make_bad(score, "no number")
    points, sentence = score.count()
    assert points == 0
    assert sentence.endswith("% of the test images are right.")


@pytest.mark.parametrize("fault", ["raises", "wrong output"])
def test_a_network_at_fault_gets_no_points_and_a_sentence(
    score: Score, monkeypatch: pytest.MonkeyPatch, fault: str
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
    with pytest.raises(Exception, match=score.network) as caught:
        score.predict()
    assert_is_a_sentence(caught)


def test_assignment_3s_network_keeps_to_its_budget(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(a3, "FashionCNN", lambda: torch.nn.Linear(1000, 130))
    torch.save(torch.nn.Linear(1000, 130).state_dict(), "a3_fashion_mnist.pt")
    with pytest.raises(ValueError, match="130,130 parameters"):
        a3_questions.predict_checkpoint(vars(a3), {"images": np.zeros((1, 1, 28, 28), np.uint8)})


def test_a_kernel_is_shown_images_alone_and_forged_predictions_gain_nothing(score: Score) -> None:
    images = np.random.default_rng(0).integers(0, 256, size=score.shape, dtype=np.uint8)
    with torch.no_grad():
        labels = score.model()(torch.tensor(images / np.float32(255))).argmax(1).numpy().astype(np.uint8)
    labels[: round(len(labels) * (0.95 - score.none))] += 1  # worth half of the points
    score.write(Path("data"), images, labels)
    torch.save(score.state(), score.file)
    shown, _ = score.questions.shown_checkpoint(Path("data"), np.random.default_rng(7))
    assert list(shown) == ["images"]
    assert not np.array_equal(shown["images"], images)  # in another order
    data, key = score.predict()
    assert is_plain(data)
    half = score.points / 2
    assert score.questions.points_checkpoint(data, key)[0] == pytest.approx(half, 0.1)
    for forged in (labels, labels[:0], np.zeros(()), labels[:, None], data["predictions"][:-1]):
        assert score.questions.points_checkpoint({**data, "predictions": forged}, key)[0] < half
