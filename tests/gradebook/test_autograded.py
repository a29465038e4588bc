"""Does a folder in autograded/ hold just what it should, whatever was there before?"""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.gradebook.autograded import replace_folder


def content(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_it_holds_the_files_given_read_only_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "ada" / "a1"
    for files in ({"a.ipynb": b"1", "data/x": b"2"}, {"a.ipynb": b"3"}, {"data": b"4"}):
        replace_folder(folder, files)
        assert content(folder) == files and [path.name for path in folder.parent.iterdir()] == ["a1"]
        assert {path.stat().st_mode & 0o777 for path in folder.rglob("*") if path.is_file()} == {0o444}


def test_it_is_removed(tmp_path: Path) -> None:
    replace_folder(tmp_path / "ada" / "a1", None)
    replace_folder(tmp_path / "ada" / "a1", {"a": b""}, 0o664)
    replace_folder(tmp_path / "ada" / "a1", None)
    assert list((tmp_path / "ada").iterdir()) == []


def test_a_link_in_its_place_is_replaced_and_what_it_names_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "x").touch()
    (tmp_path / "a1").symlink_to("other")
    replace_folder(tmp_path / "a1", {"a": b""})
    assert content(tmp_path / "a1") == {"a": b""} and content(tmp_path / "other") == {"x": b""}


@pytest.mark.parametrize("step", ["write_bytes", "rename"])
def test_what_a_killed_run_left_is_cleared_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    folder = tmp_path / "a1"
    replace_folder(folder, {"a": b"old", "b": b"old"})
    original = getattr(Path, step)

    def killed(path: Path, *args: object) -> object:
        if path.name in ("b", ".a1.new"):
            raise KeyboardInterrupt
        return original(path, *args)

    with monkeypatch.context() as patch:
        patch.setattr(Path, step, killed)
        with pytest.raises(KeyboardInterrupt):
            replace_folder(folder, {"a": b"new", "b": b"new"})
    assert not folder.exists() or content(folder) == {"a": b"old", "b": b"old"}  # never a mixture
    replace_folder(folder, {"a": b"new"})
    assert content(folder) == {"a": b"new"} and list(tmp_path.iterdir()) == [folder]
