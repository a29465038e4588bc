"""Does every `autograder data` command end in an answer or in a sentence, with an exit code to rely on?"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.course import Course
from autograder.data.registry import RemoteFile
from tests.conftest import REPOSITORY
from tests.data import server
from tests.data.conftest import CONTENT, dataset, remote_file
from tests.data.server import Mirror
from tests.test_cli import run, sentence

Register = Callable[..., None]


@pytest.fixture
def register(toy: Course) -> Register:
    """Write the toy course's registry: one data set of the files given."""

    def write(*files: RemoteFile) -> None:
        facts = dataset(*files)
        lines = ["[toy]"]
        for field in ("title", "publisher", "homepage", "licence", "citation", "use"):
            lines.append(f"{field} = '{getattr(facts, field)}'")
        for file in files:
            checksums = [f"{checksum.algorithm}:{checksum.digest}" for checksum in file.checksums]
            lines += ["[[toy.files]]", f"path = '{file.path}'", f"urls = {list(file.urls)}", f"size = {file.size}"]
            lines += [f"checksums = {checksums}"]
        toy.dataset_registry.parent.mkdir(exist_ok=True)
        toy.dataset_registry.write_text("\n".join(lines), encoding="utf-8")

    return write


def test_help_shows_every_command_with_an_example(tmp_path: Path) -> None:
    assert "data" in run(tmp_path, "--help").stdout
    listed = run(tmp_path, "data", "--help").stdout
    for command in ("list", "fetch", "verify"):
        assert command in listed
        assert f"autograder data {command}" in run(tmp_path, "data", command, "--help").stdout


def test_help_waits_for_no_network_library() -> None:
    code = "import sys, autograder.cli; print('requests' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_our_own_data_sets_are_listed(repository: Course) -> None:
    done = run(repository.root, "data", "list")
    assert done.returncode == 0 and "fashion_mnist" in done.stdout and "30.9 MB" in done.stdout


def test_fetch_then_list_then_verify(toy: Course, register: Register, mirror: Mirror) -> None:
    register(remote_file(mirror.url("/train.gz", CONTENT)))
    assert "0 of 1" in run(toy.root, "data", "list").stdout
    done = run(toy.root, "data", "fetch", "toy")
    assert done.returncode == 0, done.stderr
    assert "1 of 1 files downloaded" in done.stdout and "train.gz" in done.stderr
    assert f'Toys("{toy.dataset("toy")}")' in done.stdout and "Licence: MIT" in done.stdout
    assert (toy.root / "datasets" / "toy" / "raw" / "train.gz").read_bytes() == CONTENT
    assert "1 of 1" in run(toy.root, "data", "list").stdout
    assert "nothing to download" in run(toy.root, "data", "fetch", "toy").stdout and len(mirror.asked) == 1
    done = run(toy.root, "data", "verify")
    assert done.returncode == 0 and "train.gz is right" in done.stdout


def test_a_wrong_file_is_found_and_mended(toy: Course, register: Register, mirror: Mirror) -> None:
    register(remote_file(mirror.url("/train.gz", CONTENT)))
    run(toy.root, "data", "fetch", "toy", "--to", "elsewhere")
    path = toy.root / "elsewhere" / "raw" / "train.gz"
    path.write_bytes(bytes(len(CONTENT)))
    done = run(toy.root, "data", "verify", "toy", "--to", "elsewhere")
    assert "Fetch again" in sentence(done) and "train.gz has the sha256" in done.stdout
    done = run(toy.root, "data", "fetch", "toy", "--to", "elsewhere")
    assert done.returncode == 0 and "put aside as train.gz.wrong" in done.stderr
    assert run(toy.root, "data", "verify", "toy", "--to", "elsewhere").returncode == 0


def test_what_was_never_fetched_is_no_success(toy: Course, register: Register) -> None:
    register(remote_file("https://example.org/train.gz"))
    assert "There is nothing to verify" in sentence(run(toy.root, "data", "verify"))
    done = run(toy.root, "data", "verify", "toy")
    assert sentence(done) and "train.gz is missing" in done.stdout


@pytest.mark.parametrize("command", ["fetch", "verify"])
def test_no_such_data_set(toy: Course, register: Register, command: str) -> None:
    register(remote_file("https://example.org/train.gz"))
    assert "There is no data set 'tyo'. There are: toy." in sentence(run(toy.root, "data", command, "tyo"))


@pytest.mark.parametrize("arguments", [("list",), ("fetch", "toy"), ("verify",)])
def test_outside_a_course_or_without_a_registry(toy: Course, arguments: tuple[str, ...]) -> None:
    toy.dataset_registry.unlink()
    assert "There is no registry" in sentence(run(toy.root, "data", *arguments))
    (toy.root / "nbgrader_config.py").unlink()
    assert "is in no course" in sentence(run(toy.root, "data", *arguments))


def test_mirrors_that_fail_are_told_in_a_sentence_each(toy: Course, register: Register, mirror: Mirror) -> None:
    gone, mute = mirror.url("/gone", behaviour=server.status(404)), mirror.url("/mute", behaviour=server.mute)
    register(remote_file(gone, mute))
    done = run(toy.root, "data", "fetch", "toy", "--stall-timeout", "0.3")
    said = sentence(done)
    assert f"{gone} answered 404 Not Found; trying the next mirror." in said
    assert f"{gone} answered 404 Not Found; {mute} sent nothing for 0.3 seconds." in said


def test_a_folder_that_cannot_be_written(toy: Course, register: Register, mirror: Mirror) -> None:
    register(remote_file(mirror.url("/train.gz", CONTENT)))
    (toy.root / "datasets" / "toy").touch()
    assert "Cannot read or write" in sentence(run(toy.root, "data", "fetch", "toy")) and not mirror.asked


def test_ctrl_c_keeps_what_has_arrived(toy: Course, register: Register, mirror: Mirror) -> None:
    register(remote_file(mirror.url("/train.gz", CONTENT, server.stalling)))
    part = toy.dataset("toy") / "raw" / "train.gz.part"
    fetching = subprocess.Popen(
        [sys.executable, "-m", "autograder", "data", "fetch", "toy"],
        cwd=toy.root,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Whoever runs the tests in the background of a shell has it ignored, and children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    with fetching:
        try:
            # Half of it, less what a write buffer may hold.
            while fetching.poll() is None and not (part.exists() and part.stat().st_size > len(CONTENT) // 4):
                time.sleep(0.01)
            fetching.send_signal(signal.SIGINT)
            _, said = fetching.communicate(timeout=60)
        finally:
            fetching.kill()
    assert fetching.returncode == 130 and "What has arrived is kept" in said and "Traceback" not in said
    assert part.read_bytes() == CONTENT[: len(CONTENT) // 2] and not part.with_suffix("").exists()

    mirror.behaviours.clear()
    assert run(toy.root, "data", "fetch", "toy").returncode == 0
    assert mirror.asked[-1] == ("/train.gz", f"bytes={len(CONTENT) // 2}-")
    assert part.with_suffix("").read_bytes() == CONTENT
