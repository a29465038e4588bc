"""Do the notebooks get their data whatever the hosts do, and say in a line what is wrong with one?"""

from __future__ import annotations

import gzip
import hashlib
import io
import pickle
import struct
import tarfile
from pathlib import Path

import numpy as np
import pytest
from torchvision.datasets import CIFAR10, FashionMNIST
from tqdm import tqdm

from solutions import setup
from tests.data.server import Behaviour, Mirror, dying, garbage, hanging_up, mute, page, stalling, status, truncating

IMAGES = np.random.default_rng(0).integers(0, 256, size=(20, 3, 32, 32), dtype=np.uint8)
LABELS = list(range(10)) * 2


def md5(content: bytes) -> str:
    return hashlib.md5(content).hexdigest()


@pytest.fixture
def archive(monkeypatch: pytest.MonkeyPatch) -> bytes:
    """A small CIFAR-10 that torchvision takes for the whole one."""
    batch = pickle.dumps({"data": IMAGES.reshape(20, -1), "labels": LABELS}, protocol=2)
    meta = pickle.dumps({"label_names": [str(n) for n in range(10)]}, protocol=2)
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as members:
        for name, content in [("data_batch_1", batch), ("test_batch", batch), ("batches.meta", meta)]:
            member = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            member.size = len(content)
            members.addfile(member, io.BytesIO(content))
    monkeypatch.setattr(CIFAR10, "train_list", [["data_batch_1", md5(batch)]])
    monkeypatch.setattr(CIFAR10, "test_list", [["test_batch", md5(batch)]])
    monkeypatch.setattr(CIFAR10, "meta", {"filename": "batches.meta", "key": "label_names", "md5": md5(meta)})
    monkeypatch.setattr(CIFAR10, "tgz_md5", md5(packed.getvalue()))
    return packed.getvalue()


BAD: list[Behaviour] = [dying, garbage, hanging_up, mute, page, stalling, status(404), status(503), truncating]


def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    download = setup.download
    monkeypatch.setattr(setup, "tqdm", tqdm)  # not a notebook's, which another test may have made tqdm.auto choose
    monkeypatch.setattr(setup, "download", lambda url: download(url, patience=0.3))


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.__qualname__.partition(".")[0])
def test_cifar10_comes_from_the_next_host_when_one_fails(
    archive: bytes,
    mirror: Mirror,
    bad: Behaviour,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    impatient(monkeypatch)
    monkeypatch.setattr(CIFAR10, "url", mirror.url("/first", archive, bad))
    good = mirror.url("/second", archive)
    download = setup.download
    monkeypatch.setattr(setup, "download", lambda url: download(url if url.startswith("http://127") else good))
    images, labels = setup.load_cifar10(tmp_path)
    assert np.array_equal(images, IMAGES) and labels.tolist() == LABELS
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 1 and said[0].startswith("127.0.0.1") and said[0].endswith(" On to the next host.")


def test_cifar10_that_is_there_is_not_fetched_again_and_one_cut_off_is(
    archive: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / CIFAR10.filename).write_bytes(archive)
    monkeypatch.setattr(setup, "download", lambda url: pytest.fail("downloaded"))
    assert len(setup.load_cifar10(tmp_path)[0]) == 20
    unpacked = tmp_path / CIFAR10.base_folder / "data_batch_1"
    unpacked.write_bytes(unpacked.read_bytes()[:-10])  # as after an interruption
    assert len(setup.load_cifar10(tmp_path)[0]) == 20
    unpacked.unlink()
    (tmp_path / CIFAR10.filename).write_bytes(archive[:-10])
    monkeypatch.setattr(setup, "download", lambda url: archive)
    assert len(setup.load_cifar10(tmp_path, train=False)[0]) == 20


def test_without_any_host_a_sentence_says_what_to_do(
    archive: bytes, mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(url: str) -> bytes:
        raise OSError("no route")

    monkeypatch.setattr(setup, "download", unreachable)
    for load in (setup.load_fashion_mnist, setup.load_cifar10):
        with pytest.raises(RuntimeError, match=r"no host has .* Run this cell again later, or download"):
            load(tmp_path)
    assert not list(tmp_path.rglob("*.gz"))


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.__qualname__.partition(".")[0])
def test_fashion_mnist_comes_from_the_next_host_when_one_fails(
    mirror: Mirror,
    bad: Behaviour,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    images = IMAGES[:, 0, :28, :28].copy()
    contents = {
        "train-images-idx3-ubyte.gz": gzip.compress(struct.pack(">4i", 2051, 20, 28, 28) + images.tobytes()),
        "train-labels-idx1-ubyte.gz": gzip.compress(struct.pack(">2i", 2049, 20) + bytes(LABELS)),
    }
    contents |= {name.replace("train", "t10k"): content for name, content in contents.items()}
    for name, content in contents.items():
        mirror.url(f"/first/{name}", content, bad)
        mirror.url(f"/second/{name}", content)
    base = f"http://127.0.0.1:{mirror.server_port}"
    monkeypatch.setattr(FashionMNIST, "mirrors", [f"{base}/first/", f"{base}/second/"])
    monkeypatch.setattr(FashionMNIST, "resources", [(name, md5(content)) for name, content in contents.items()])
    impatient(monkeypatch)
    got, labels = setup.load_fashion_mnist(tmp_path)
    assert np.array_equal((got[:, 0] * 255).round(), images) and labels.tolist() == LABELS
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 1 and said[0].startswith("127.0.0.1") and said[0].endswith(" On to the next host.")
