"""Does only what is right ever bear its final name, and is nothing that arrived lost?"""

from __future__ import annotations

import fcntl
import gzip
import hashlib
import os
import shutil
import socket
from collections import namedtuple
from pathlib import Path

import pytest

from autograder.course import CourseError
from autograder.data.fetch import Listener, Timeouts, fetch
from autograder.data.registry import Checksum, RemoteFile
from tests.data import server
from tests.data.conftest import CONTENT, dataset, remote_file
from tests.data.server import Behaviour, Mirror

HALF = len(CONTENT) // 2
IMPATIENT = Timeouts(connect=5, stall=0.3)


class Notes(list[str]):
    """What a fetch told of, one sentence each."""

    @property
    def listener(self) -> Listener:
        return Listener(on_notice=self.append)


def refused(folder: Path, *files: RemoteFile, timeouts: Timeouts = IMPATIENT) -> str:
    """What a fetch that fails says; no file may bear its final name then."""
    with pytest.raises(CourseError) as caught:
        fetch(dataset(*files), folder, timeouts=timeouts)
    assert not [file for file in files if (folder / file.path).exists()]
    return str(caught.value)


def part(folder: Path) -> Path:
    return folder / "raw" / "train.gz.part"


def leave_half(folder: Path, content: bytes = CONTENT) -> None:
    part(folder).parent.mkdir(parents=True)
    part(folder).write_bytes(content[:HALF])


def is_fetched(folder: Path) -> bool:
    """Whether the file is there, right, and nothing else beside it."""
    files = list((folder / "raw").iterdir())
    return files == [folder / "raw" / "train.gz"] and files[0].read_bytes() == CONTENT


@pytest.mark.parametrize(
    "behaviour",
    [
        server.honest,
        server.slow,
        server.silent_about_length,
        server.chunked,
        server.ignoring_range,
        server.refusing_range,
        server.confused_by_range,
    ],
)
@pytest.mark.parametrize("begun", [False, True], ids=["anew", "from_half"])
def test_a_mirror_that_gives_the_file_in_its_own_manner_is_good_enough(
    tmp_path: Path, mirror: Mirror, behaviour: Behaviour, begun: bool
) -> None:
    if begun:
        leave_half(tmp_path)
    file = remote_file(mirror.url("/train.gz", CONTENT, behaviour))
    assert fetch(dataset(file), tmp_path, timeouts=Timeouts(stall=10)) == [file]
    assert is_fetched(tmp_path)


def test_a_second_fetch_asks_for_nothing(tmp_path: Path, mirror: Mirror) -> None:
    file = remote_file(mirror.url("/train.gz", CONTENT))
    fetch(dataset(file), tmp_path)
    asked, seen = list(mirror.asked), []
    assert fetch(dataset(file), tmp_path, Listener(on_bytes=lambda _, count: seen.append(count))) == []
    assert mirror.asked == asked and seen == [len(CONTENT)]


def test_an_interrupted_fetch_goes_on_where_it_stopped(tmp_path: Path, mirror: Mirror) -> None:
    file = remote_file(mirror.url("/train.gz", CONTENT, server.slow))

    def interrupt(_: RemoteFile, count: int) -> None:
        if count > HALF:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(dataset(file), tmp_path, Listener(on_bytes=interrupt))
    kept = part(tmp_path).stat().st_size
    assert kept > HALF and CONTENT.startswith(part(tmp_path).read_bytes())
    assert not (tmp_path / file.path).exists()

    mirror.sent = 0
    mirror.behaviours.clear()
    fetch(dataset(file), tmp_path)
    assert mirror.asked == [("/train.gz", None), ("/train.gz", f"bytes={kept}-")]
    assert mirror.sent == len(CONTENT) - kept and is_fetched(tmp_path)


def test_progress_counts_from_what_was_there_to_the_whole(tmp_path: Path, mirror: Mirror) -> None:
    leave_half(tmp_path)
    seen: list[int] = []
    file = remote_file(mirror.url("/train.gz", CONTENT, server.slow))
    fetch(dataset(file), tmp_path, Listener(on_bytes=lambda _, count: seen.append(count)))
    assert seen[0] == HALF and seen[-1] == len(CONTENT) and seen == sorted(seen) and len(seen) > 3


def test_what_one_mirror_began_another_ends(tmp_path: Path, mirror: Mirror) -> None:
    file = remote_file(mirror.url("/dies", CONTENT, server.dying), mirror.url("/lives", CONTENT))
    notes = Notes()
    fetch(dataset(file), tmp_path, notes.listener)
    assert mirror.asked == [("/dies", None), ("/lives", f"bytes={HALF}-")] and is_fetched(tmp_path)
    assert notes == [f"{file.urls[0]} broke off after 64,000 of 128,000 bytes; trying the next mirror."]


def test_a_finished_part_needs_no_mirror(tmp_path: Path, mirror: Mirror) -> None:
    leave_half(tmp_path)
    part(tmp_path).write_bytes(CONTENT)
    fetch(dataset(remote_file(mirror.url("/train.gz", CONTENT))), tmp_path)
    assert is_fetched(tmp_path) and not mirror.asked


@pytest.mark.parametrize("leftover", [b"x" * HALF, b"x" * len(CONTENT), b"x" * (len(CONTENT) + 1), b""])
def test_a_wrong_part_costs_a_new_beginning_and_no_mirror(tmp_path: Path, mirror: Mirror, leftover: bytes) -> None:
    leave_half(tmp_path)
    part(tmp_path).write_bytes(leftover)
    fetch(dataset(remote_file(mirror.url("/train.gz", CONTENT))), tmp_path)
    assert is_fetched(tmp_path) and mirror.asked[-1] == ("/train.gz", None)


@pytest.mark.parametrize("algorithms", [("sha256", "md5"), ("md5",), ("sha256-prefix",)])
def test_a_wrong_file_of_the_right_size_is_deleted_and_the_next_mirror_asked(
    tmp_path: Path, mirror: Mirror, algorithms: tuple[str, ...]
) -> None:
    digests = {"sha256": hashlib.sha256(CONTENT).hexdigest(), "md5": hashlib.md5(CONTENT).hexdigest()}
    digests["sha256-prefix"] = digests["sha256"][:8]
    file = RemoteFile(
        path="raw/train.gz",
        urls=(mirror.url("/garbage", CONTENT, server.garbage), mirror.url("/good", CONTENT)),
        size=len(CONTENT),
        checksums=tuple(Checksum(algorithm, digests[algorithm]) for algorithm in algorithms),
    )
    notes = Notes()
    fetch(dataset(file), tmp_path, notes.listener)
    assert mirror.asked == [("/garbage", None), ("/good", None)] and is_fetched(tmp_path)
    assert len(notes) == 1 and f"sent a wrong file, which has the {algorithms[0]}" in notes[0]


def test_one_wrong_checksum_of_two_is_enough(tmp_path: Path, mirror: Mirror) -> None:
    right = remote_file(mirror.url("/train.gz", CONTENT))
    file = RemoteFile(right.path, right.urls, right.size, (right.checksums[0], Checksum("md5", "0" * 32)))
    assert f"instead of {'0' * 32}" in refused(tmp_path, file)
    assert not part(tmp_path).exists()


@pytest.mark.parametrize(
    ("behaviour", "why", "kept"),
    [
        (server.status(404), "answered 404 Not Found", 0),
        (server.status(500), "answered 500 Internal Server Error", 0),
        (server.status(204), "answered 204 No Content", 0),
        (server.truncating, "has another file, of 64,000 bytes instead of 128,000", 0),
        (server.garbage, "sent a wrong file, which has the sha256", 0),
        (server.dying, "broke off after 64,000 of 128,000 bytes", HALF),
        (server.dying_unannounced, "ended after 64,000 of 128,000 bytes", 0),
        (server.page, "ended after 42 of 128,000 bytes", 0),
        (server.endless, "sends more than the 128,000 bytes expected", 0),
        (server.stalling, "sent nothing more for 0.3 seconds after 64,000 of 128,000 bytes", HALF),
        (server.mute, "sent nothing for 0.3 seconds", 0),
        (server.hanging_up, "closed the connection without an answer", 0),
        (server.redirect("file:///etc/passwd"), "leads to an address that is neither http nor https", 0),
        (server.redirect("ftp://127.0.0.1/train.gz"), "leads to an address that is neither http nor https", 0),
        (server.redirect("/train.gz"), "leads in a circle", 0),
        (server.redirect("http://[/"), "leads to something that is no address", 0),
    ],
)
def test_a_failing_mirror_is_told_by_its_reason_and_only_a_true_beginning_is_kept(
    tmp_path: Path, mirror: Mirror, behaviour: Behaviour, why: str, kept: int
) -> None:
    url = mirror.url("/train.gz", CONTENT, behaviour)
    said = refused(tmp_path, remote_file(url))
    assert said.startswith(f"raw/train.gz could not be fetched: {url} {why}")
    assert (part(tmp_path).read_bytes() if part(tmp_path).exists() else b"") == CONTENT[:kept]
    assert ("the same command goes on from there" in said) == (kept > 0)


@pytest.mark.parametrize(
    "behaviour",
    [server.page, server.endless, server.truncating, server.status(404), server.mute, server.dying_unannounced],
)
def test_what_was_kept_survives_a_mirror_that_has_nothing_to_add(
    tmp_path: Path, mirror: Mirror, behaviour: Behaviour
) -> None:
    leave_half(tmp_path)
    bad, good = mirror.url("/bad", CONTENT, behaviour), mirror.url("/good", CONTENT, server.dying)
    refused(tmp_path, remote_file(bad, good))
    assert mirror.asked[-1] == ("/good", f"bytes={HALF}-")
    assert part(tmp_path).read_bytes() == CONTENT[: HALF + HALF // 2]
    assert list(part(tmp_path).parent.iterdir()) == [part(tmp_path)]


def test_a_redirect_to_http_is_followed(tmp_path: Path, mirror: Mirror) -> None:
    there = mirror.url("/there", CONTENT)
    fetch(dataset(remote_file(mirror.url("/here", behaviour=server.redirect(there)))), tmp_path)
    assert is_fetched(tmp_path)


def test_a_gz_that_the_server_calls_compressed_arrives_as_it_is(tmp_path: Path, mirror: Mirror) -> None:
    packed = gzip.compress(CONTENT)
    file = remote_file(mirror.url("/train.gz", packed, server.labelled_gzip), content=packed)
    fetch(dataset(file), tmp_path)
    assert (tmp_path / file.path).read_bytes() == packed


def test_when_all_mirrors_fail_one_sentence_names_each_and_why(
    tmp_path: Path, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    def only_numbers(host: str, *args: object, **options: object) -> object:  # the test asks no name server
        if host.endswith(".invalid"):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return getaddrinfo(host, *args, **options)

    getaddrinfo = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", only_numbers)
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    urls = (
        mirror.url("/gone", behaviour=server.status(404)),
        mirror.url("/garbage", CONTENT, server.garbage),
        f"http://127.0.0.1:{port}/nobody",
        "http://no-such-host.invalid/",
    )
    said = refused(tmp_path, remote_file(*urls))
    assert all(url in said for url in urls) and "\n" not in said
    assert f"{urls[0]} answered 404 Not Found; {urls[1]} sent a wrong file" in said
    assert f"{urls[2]} cannot be reached; {urls[3]} is not found" in said


def test_a_file_that_is_wrong_already_is_put_aside_not_lost(tmp_path: Path, mirror: Mirror) -> None:
    path = tmp_path / "raw" / "train.gz"
    path.parent.mkdir()
    path.write_bytes(b"mine")
    notes = Notes()
    fetch(dataset(remote_file(mirror.url("/train.gz", CONTENT))), tmp_path, notes.listener)
    assert path.read_bytes() == CONTENT and path.with_name("train.gz.wrong").read_bytes() == b"mine"
    assert notes == ["raw/train.gz has 4 bytes instead of 128,000; it is put aside as train.gz.wrong."]


def test_files_that_arrived_stay_when_a_later_one_fails(tmp_path: Path, mirror: Mirror) -> None:
    good = remote_file(mirror.url("/good", CONTENT), path="good.gz")
    bad = remote_file(mirror.url("/bad", behaviour=server.status(404)), path="bad.gz")
    with pytest.raises(CourseError, match=r"bad\.gz could not be fetched"):
        fetch(dataset(good, bad), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["good.gz"]


@pytest.mark.parametrize("path", ["../out.gz", "a/../../out.gz", "..", "a/..", ""])
def test_a_path_that_leaves_the_folder_is_refused_even_past_the_registry(
    tmp_path: Path, mirror: Mirror, path: str
) -> None:
    folder = tmp_path / "data"
    with pytest.raises(CourseError, match="leads out of the data folder"):
        fetch(dataset(remote_file(mirror.url("/train.gz", CONTENT), path=path)), folder)
    assert not mirror.asked and [item.name for item in tmp_path.iterdir()] == ["data"]


def test_a_link_leads_nothing_out_of_the_folder(tmp_path: Path, mirror: Mirror) -> None:
    folder, outside = tmp_path / "data", tmp_path / "outside"
    folder.mkdir()
    outside.mkdir()
    file = remote_file(mirror.url("/train.gz", CONTENT))
    (folder / "raw").symlink_to(outside)
    assert "leads out of the data folder" in refused(folder, file)
    (folder / "raw").unlink()
    (folder / "raw").mkdir()
    part(folder).symlink_to(outside / "precious")
    fetch(dataset(file), folder)
    assert is_fetched(folder) and not list(outside.iterdir())


def test_a_data_folder_that_is_itself_a_link_is_welcome(tmp_path: Path, mirror: Mirror) -> None:
    disk, folder = tmp_path / "big-disk", tmp_path / "data"
    disk.mkdir()
    folder.symlink_to(disk)
    fetch(dataset(remote_file(mirror.url("/train.gz", CONTENT))), folder)
    assert is_fetched(disk)


def test_a_full_disk_is_told_before_the_download(
    tmp_path: Path, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    Usage = namedtuple("Usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(0, 0, HALF - 1))
    file = remote_file(mirror.url("/train.gz", CONTENT))
    assert "needs 128,000 more bytes" in refused(tmp_path, file) and not mirror.asked
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(0, 0, HALF))
    part(tmp_path).write_bytes(CONTENT[:HALF])
    fetch(dataset(file), tmp_path)
    assert is_fetched(tmp_path)


def test_two_fetches_do_not_fill_one_folder_at_once(tmp_path: Path, mirror: Mirror) -> None:
    file = remote_file(mirror.url("/train.gz", CONTENT))
    other = os.open(tmp_path, os.O_RDONLY)
    try:
        fcntl.flock(other, fcntl.LOCK_SH)  # any lock keeps one that wants the folder for itself out
        assert "Another fetch is filling" in refused(tmp_path, file)
    finally:
        os.close(other)
    fetch(dataset(file), tmp_path)
    assert is_fetched(tmp_path)
