"""Is a wrong registry refused in a sentence, and is ours right?"""

from __future__ import annotations

import os
import re
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import pytest
import torch
import torchvision
from hypothesis import example, given
from hypothesis import strategies as st

from autograder.course import Course, CourseError
from autograder.data.registry import PATH, Dataset, choose, read_registry

FILE = """
[[toy.files]]
path = "raw/train.gz"
urls = ["https://example.org/train.gz"]
size = 5
checksums = ["md5:0123456789abcdef0123456789abcdef"]
"""
TOY = (
    """
[toy]
title = "Toys"
publisher = "A publisher"
homepage = "https://example.org"
licence = "MIT"
citation = "A. Author: Toys. 2020."
use = 'Toys("{folder}")'
"""
    + FILE
)


def read(tmp_path: Path, text: str) -> dict[str, Dataset]:
    path = tmp_path / "registry.toml"
    path.write_text(text, encoding="utf-8")
    return read_registry(path)


def complaint(tmp_path: Path, text: str) -> str:
    with pytest.raises(CourseError) as caught:
        read(tmp_path, text)
    assert str(caught.value).startswith(str(tmp_path / "registry.toml"))
    return str(caught.value)


def test_a_right_registry_is_read(tmp_path: Path) -> None:
    toy = read(tmp_path, TOY)["toy"]
    assert (toy.name, toy.title, toy.size) == ("toy", "Toys", 5)
    (file,) = toy.files
    assert (file.path, file.urls) == ("raw/train.gz", ("https://example.org/train.gz",))
    assert file.checksums[0].holds("0123456789abcdef0123456789abcdef") and not file.checksums[0].holds("f" * 32)


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("[toy]", "[[toy", "is no TOML file"),
        (TOY, "toy = 1", "toy is no table"),
        ("[toy]", '["../toy"]', "is no name for a data set"),
        ('licence = "MIT"', "", "[toy] lacks licence."),
        ('licence = "MIT"', 'licence = " "', "[toy] licence must be a text that is not empty."),
        ('licence = "MIT"', 'licence = "MIT"\nlicense = "MIT"', "[toy] has license, which means nothing here."),
        (FILE, "", "[toy] lacks files."),
        (FILE, "files = []", "[toy] names no files"),
        (FILE, "files = [1]", "[toy] file 1 is no table."),
        (FILE, FILE + FILE.replace("train", "TRAIN"), "[toy] names raw/train.gz twice."),
        ("size = 5", "", "[toy] file 1 lacks size."),
        ("size = 5", "size = 0", "size must be the number of bytes, not 0"),
        ("size = 5", "size = true", "size must be the number of bytes, not True"),
        ("size = 5", "size = 5.0", "size must be the number of bytes, not 5.0"),
        ('["https://example.org/train.gz"]', "[]", "urls must be a list of texts that is not empty"),
        ('["https://example.org/train.gz"]', '"https://example.org"', "urls must be a list of texts"),
        ("https://example.org/train.gz", "file:///etc/passwd", "is no address that begins with https://"),
        ("https://example.org/train.gz", "ftp://example.org/train.gz", "is no address that begins with https://"),
        ("https://example.org/train.gz", "https:///train.gz", "is no address that begins with https://"),
        ("https://example.org/train.gz", "https://exa mple.org/", "is no address that begins with https://"),
        ("https://example.org/train.gz", "https://example.org:70000/", "is no address that begins with https://"),
        ("https://example.org/train.gz", "https://[/", "is no address that begins with https://"),
        ("https://example.org/train.gz", "train.gz", "is no address that begins with https://"),
        ("md5:0123", "md5:", "is no checksum"),
        ("md5:0123", "md5:012G", "is no checksum"),
        ("md5:0123", "md5:012A", "is no checksum"),
        ("md5:", "sha256:", "is no checksum"),
        ("md5:", "crc32:", "is no checksum"),
        ("md5:0123456789abcdef0123456789abcdef", "sha256-prefix:0123456", "is no checksum"),
        ('"raw/train.gz"', "7", "must lead to a file below the data folder"),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, right: str, wrong: str, said: str) -> None:
    assert right in TOY and said in complaint(tmp_path, TOY.replace(right, wrong))


@pytest.mark.parametrize(
    "path",
    ["/etc/passwd", "../x", "a/../x", "a/..", ".", "a/./x", "a//x", "a/", "", ".ssh/x", "~/x", "C:/x", "C:x", "a\\x"]
    + ["a\0x", "a\nx", "a x", "x\n", "x.part", "x.wrong", "train-äö.gz", "-rf/../x"],
)
def test_a_path_that_is_not_plainly_below_the_folder_is_refused(tmp_path: Path, path: str) -> None:
    escaped = "".join(f"\\U{ord(letter):08x}" for letter in path)
    assert "must lead to a file below" in complaint(tmp_path, TOY.replace("raw/train.gz", escaped))


segment = st.sampled_from(["..", ".", "", "a", "-", "~", "C:", "\\", "..\\", "\0", "...", "a.b", " ", "/"]) | st.text(
    max_size=5
)


@given(st.lists(segment, max_size=6).map("/".join) | st.text(max_size=20))
@example("a/../..")
def test_no_path_that_the_registry_takes_leaves_the_folder(path: str) -> None:
    if PATH.fullmatch(path):
        assert os.path.normpath(path) == path and not os.path.isabs(path)
        for kind in (PurePosixPath, PureWindowsPath):
            assert not kind(path).is_absolute() and not kind(path).drive and ".." not in kind(path).parts
        assert (Path("/data") / path).resolve().is_relative_to("/data")


def test_a_registry_that_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="There is no registry of data sets"):
        read_registry(tmp_path / "registry.toml")


def test_names_are_chosen_once_each_and_an_unknown_one_is_told(tmp_path: Path) -> None:
    registry = read(tmp_path, TOY)
    assert choose(registry, ["toy", "toy"]) == [registry["toy"]]
    with pytest.raises(CourseError, match="There is no data set 'tyo'. There are: toy."):
        choose(registry, ["toy", "tyo"])


# ── our own registry ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def ours(repository: Course) -> dict[str, Dataset]:
    return read_registry(repository.dataset_registry)


def digests(dataset: Dataset, algorithm: str) -> dict[str, str]:
    """File name → digest."""
    return {
        PurePosixPath(file.path).name: checksum.digest
        for file in dataset.files
        for checksum in file.checksums
        if checksum.algorithm == algorithm
    }


def test_every_data_set_has_a_card_with_its_licence_and_homepage_and_every_card_a_data_set(
    repository: Course, ours: dict[str, Dataset]
) -> None:
    cards = {path.stem: path.read_text(encoding="utf-8") for path in repository.dataset_registry.parent.glob("*.md")}
    assert cards.keys() == ours.keys()
    for name, dataset in ours.items():
        licence = re.split("[;, ]", dataset.licence)[0]
        assert dataset.homepage in cards[name] and f"**Licence**: {licence}" in cards[name]
        assert "**Cite**:" in cards[name] and "## Checksums" in cards[name]


def test_every_address_is_https_and_every_file_has_a_whole_sha256(ours: dict[str, Dataset]) -> None:
    for dataset in ours.values():
        assert dataset.homepage.startswith("https://")
        assert all(url.startswith("https://") for file in dataset.files for url in file.urls)
        assert len(digests(dataset, "sha256")) == len(dataset.files)


def test_no_mirror_is_named_twice_and_no_two_data_sets_share_a_path(ours: dict[str, Dataset]) -> None:
    files = [file for dataset in ours.values() for file in dataset.files]
    assert len({file.path for file in files}) == len(files)
    assert len({url for file in files for url in file.urls}) == sum(len(file.urls) for file in files)


@pytest.mark.parametrize("name", ["fashion_mnist", "mnist"])
def test_mnists_files_are_torchvisions_by_md5_and_lie_where_it_looks(name: str, ours: dict[str, Dataset]) -> None:
    loader: Any = {"fashion_mnist": torchvision.datasets.FashionMNIST, "mnist": torchvision.datasets.MNIST}[name]
    assert digests(ours[name], "md5") == dict(loader.resources)
    assert {file.path for file in ours[name].files} == {
        f"{loader.__name__}/raw/{file_name}" for file_name, _ in loader.resources
    }


def test_cifar10s_archive_is_torchvisions(ours: dict[str, Dataset]) -> None:
    loader = torchvision.datasets.CIFAR10
    (file,) = ours["cifar10"].files
    assert (file.path, file.urls[0]) == (loader.filename, loader.url)
    assert digests(ours["cifar10"], "md5") == {loader.filename: loader.tgz_md5}


def test_the_pets_archives_are_torchvisions(ours: dict[str, Dataset]) -> None:
    files = ours["oxford_iiit_pet"].files
    md5 = digests(ours["oxford_iiit_pet"], "md5")
    found = tuple((file.urls[0], md5[PurePosixPath(file.path).name]) for file in files)
    assert found == torchvision.datasets.OxfordIIITPet._RESOURCES
    assert {PurePosixPath(file.path).parent.name for file in files} == {"oxford-iiit-pet"}


@pytest.mark.parametrize("name", ["vgg16", "resnet50"])
def test_the_weights_are_torchvisions_and_lie_where_torch_hub_looks(
    name: str, ours: dict[str, Dataset], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    weights = torchvision.models.get_model_weights(name)["IMAGENET1K_V1"]
    dataset = ours[f"{name}_imagenet"]
    (file,) = dataset.files
    assert file.urls == (weights.url,) and f'{name}(weights="IMAGENET1K_V1")' in dataset.use
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    assert Path(torch.hub.get_dir()) / "checkpoints" / PurePosixPath(weights.url).name == tmp_path / file.path
    # torchvision gives the size in MiB, and the beginning of the SHA-256 in the name.
    assert file.size / 2**20 == pytest.approx(weights.meta["_file_size"], abs=1e-3)
    assert file.checksums[0].digest.startswith(PurePosixPath(file.path).stem.rpartition("-")[2])
    assert f"{weights.meta['num_params']:,} parameters" in dataset.title
