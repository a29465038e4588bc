"""Does a class's export land where it is graded, and does nothing in it land anywhere else?"""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from autograder.classroom.grade import submissions
from autograder.course import Course, CourseError
from autograder.submissions.collect import Collected, Collection, collect
from autograder.submissions.lms import origin
from tests.test_cli import run, sentence

NOON = (2026, 3, 2, 12, 0, 0)
Files = Mapping[str, bytes | str]


def pack(path: Path | io.BytesIO, files: Files, times: Mapping[str, tuple[int, int, int, int, int, int]] = {}) -> None:  # noqa: B006
    """A zip; a file's time is noon unless `times` has another."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name, times.get(name, NOON))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)


def zipped(files: Files) -> bytes:
    content = io.BytesIO()
    pack(content, files)
    return content.getvalue()


def collect_zip(course: Course, files: Files, *, replace: bool = False) -> Collection:
    pack(course.root / "export.zip", files)
    return collect(course, course.root / "export.zip", "a1_toy", replace=replace)


def only(collection: Collection) -> Collected:
    (row,) = collection.rows
    return row


def everything(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("path", "student", "number", "file", "late"),
    [
        ("Ada King_12_assignsubmission_file_/a1.ipynb", "ada-king", "12", "a1.ipynb", False),
        ("Ada King_12_assignsubmission_file/data/x.csv", "ada-king", "12", "data/x.csv", False),
        ("Ada King_12_assignsubmission_file_a_1.ipynb", "ada-king", "12", "a_1.ipynb", False),
        ("export/Ada King_12_assignsubmission_file_/a1.ipynb", "ada-king", "12", "a1.ipynb", False),
        ("Group A-José Ñu_7_assignsubmission_file_/a.ipynb", "group-a-josé-ñu", "7", "a.ipynb", False),
        ("Bo_1_assignsubmission_file_Eve_2_assignsubmission_file_a.ipynb", "bo", "1",
         "Eve_2_assignsubmission_file_a.ipynb", False),
        ("Bo_1_assignsubmission_file_/Eve_2_assignsubmission_file_/a.ipynb", "bo", "1",
         "Eve_2_assignsubmission_file_/a.ipynb", False),
        ("kingada_12_345_a1_toy-1.ipynb", "kingada", "12", "a1_toy-1.ipynb", False),
        ("kingada_LATE_12_345_a1.ipynb", "kingada", "12", "a1.ipynb", True),
        ("o_brien_12_345_a1.ipynb", "o-brien", "12", "a1.ipynb", False),
        ("kingada_12_345_eve_67_89_a1.ipynb", "kingada", "12", "eve_67_89_a1.ipynb", False),
        ("LATE_anon_Xy9Z1_345_a1.ipynb", "anon-xy9z1", "Xy9Z1", "a1.ipynb", True),
        ("anon_12345_678_a1.ipynb", "anon-12345", "12345", "a1.ipynb", False),
    ],
)  # fmt: skip
def test_names_of_moodle_and_canvas_say_whose_a_file_is(
    path: str, student: str, number: str, file: str, late: bool
) -> None:
    found = origin(path)
    assert found is not None
    assert (found.student, found.id, found.path, found.late) == (student, number, file, late)


@pytest.mark.parametrize(
    "path", ["readme.txt", "a1_toy.ipynb", "Ada_assignsubmission_file_/x.ipynb", "grades-2026.csv", ""]
)
def test_other_names_are_nobodys(path: str) -> None:
    assert origin(path) is None


def test_a_class_lands_where_it_is_graded(toy: Course) -> None:
    collection = collect_zip(
        toy,
        {
            "Ada King_12_assignsubmission_file_/a1_toy (1).ipynb": "ada's",
            "Ada King_12_assignsubmission_file_/data/weights.pt": "hers",
            "José Ñu_13_assignsubmission_file_x.ipynb": "josé's",
            "kingbo_LATE_14_99_a1_toy-2.ipynb": "bo's",
            "__MACOSX/._x": "",
            "grades.csv": "",
        },
    )
    assert {row.student: (row.outcome, row.files, row.late) for row in collection.rows} == {
        "ada-king": ("collected", 2, False),
        "josé-ñu": ("collected", 1, False),
        "kingbo": ("collected", 1, True),
    }
    assert collection.nobodys == ("grades.csv",)
    assert everything(toy.root / "submitted") == {
        "ada-king/a1_toy/a1_toy.ipynb": b"ada's",
        "ada-king/a1_toy/data/weights.pt": b"hers",
        "josé-ñu/a1_toy/a1_toy.ipynb": "josé's".encode(),
        "kingbo/a1_toy/a1_toy.ipynb": b"bo's",
    }
    assert submissions(toy, "a1_toy") == ["ada-king", "josé-ñu", "kingbo"]


def test_a_folder_is_as_good_as_a_zip(toy: Course, tmp_path: Path) -> None:
    folder = tmp_path / "export" / "Ada King_12_assignsubmission_file_"
    folder.mkdir(parents=True)
    (folder / "a.ipynb").write_text("ada's")
    (folder / "b.txt").symlink_to("/etc/passwd")
    collection = collect(toy, folder.parent, "a1_toy")
    assert only(collection).problems == ("'b.txt' is a link.",) and not (toy.root / "submitted").exists()
    (folder / "b.txt").unlink()
    assert only(collect(toy, folder.parent, "a1_toy")).outcome == "collected"
    (tmp_path / "export" / "Bo_1_assignsubmission_file_").symlink_to("/etc")
    assert collect(toy, folder.parent, "a1_toy").nobodys == ("Bo_1_assignsubmission_file_",)


def test_what_is_there_stays_until_it_is_to_be_replaced(toy: Course) -> None:
    name = "kingada_12_345_a1_toy.ipynb"
    assert only(collect_zip(toy, {name: "first", "kingada_12_346_old.txt": "x"})).outcome == "collected"
    assert only(collect_zip(toy, {name: "first", "kingada_12_346_old.txt": "x"})).outcome == "there already"
    row = only(collect_zip(toy, {name: "second"}))
    assert row.outcome == "refused" and "Replace it with --replace" in row.problems[0]
    assert everything(toy.root / "submitted")["kingada/a1_toy/a1_toy.ipynb"] == b"first"
    assert only(collect_zip(toy, {name: "second"}, replace=True)).outcome == "replaced"
    assert everything(toy.root / "submitted") == {"kingada/a1_toy/a1_toy.ipynb": b"second"}


def test_times_are_kept_where_the_zip_knows_them(toy: Course) -> None:
    early, late = (f"{name}_{n}_assignsubmission_file_/a.ipynb" for n, name in enumerate(("Ada", "Bo"), start=1))
    export = toy.root / "export.zip"
    pack(export, {early: "x", late: "y"}, {early: (2026, 3, 1, 9, 30, 0)})
    collection = collect(toy, export, "a1_toy")
    assert collection.times_known
    written = {s: (toy.submitted(s, "a1_toy").parent / "timestamp.txt").read_text() for s in ("ada", "bo")}
    local = datetime(2026, 3, 1, 9, 30).astimezone(UTC)
    assert written["ada"] == f"{local:%Y-%m-%d %H:%M:%S} UTC\n" and written["bo"] > written["ada"]
    assert {row.outcome for row in collect(toy, export, "a1_toy").rows} == {"there already"}
    pack(export, {early: "older", late: "y"}, {early: (2026, 2, 1, 9, 30, 0)})
    row = collect(toy, export, "a1_toy", replace=True).rows[0]
    assert row.outcome == "refused" and "was handed in later, on 2026-03-01" in row.problems[0]


def test_the_time_of_the_download_is_no_time_of_handing_in(toy: Course) -> None:
    collection = collect_zip(toy, {f"{name}_{n}_1_a.ipynb": "x" for n, name in enumerate(("ada", "bo"))})
    assert not collection.times_known and all(row.time is None for row in collection.rows)
    assert not list((toy.root / "submitted").rglob("timestamp.txt"))


def test_students_cannot_say_themselves_when_they_handed_in(toy: Course) -> None:
    row = only(collect_zip(toy, {"ada_1_2_a.ipynb": "x", "ada_1_3_timestamp.txt": "1999-01-01"}))
    assert row.outcome == "collected" and "'timestamp.txt' was left out" in row.problems[0]
    assert list(everything(toy.root / "submitted")) == ["ada/a1_toy/a1_toy.ipynb"]


MOODLE = "Eve_1_assignsubmission_file_/"


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({f"{MOODLE}../../../evil.ipynb": "x"}, "leads out of its folder"),
        ({f"{MOODLE}..\\evil.ipynb": "x"}, "leads out of its folder"),
        ({f"/{MOODLE}a.ipynb": "x"}, "absolute name"),
        ({f"C:/{MOODLE}a.ipynb": "x"}, "absolute name"),
        ({f"{MOODLE}a.ipynb": zipped({}), f"{MOODLE}A.IPYNB": "y"}, "Two of its files are called"),
        ({f"{MOODLE}a.ipynb": "x", f"{MOODLE}a.ipynb/b": "y"}, "Two of its files are called"),
        ({f"{MOODLE}a.ipynb": "x", f"{MOODLE}e\u0301": "1", f"{MOODLE}\u00e9": "2"}, "Two of its files are called"),
        ({f"{MOODLE}a\x1b[2J.ipynb": "x"}, "not every system can write"),
        ({f"{MOODLE}{'a' * 250}.ipynb": "x"}, "a path longer than"),
        ({f"{MOODLE}a.ipynb": b"0" * 65_000_000}, "is too large: all together may have 64 MB"),
        ({f"{MOODLE}{n}.ipynb": b"0" * 33_000_000 for n in range(2)}, "is too large: all together may have 64 MB"),
        ({f"{MOODLE}{n}.txt": "" for n in range(2001)}, "more than 2000 files"),
        ({f"{MOODLE}a.pdf": "x"}, "There is no notebook, only 'a.pdf'"),
        ({f"{MOODLE}a.ipynb": "x", f"{MOODLE}b.ipynb": "y"}, "Which of its notebooks is a1_toy?"),
        ({f"{MOODLE}x/a.ipynb": "x", f"{MOODLE}a1_toy.ipynb/b": "y"}, "files that would get its name"),
        ({f"{MOODLE}all.zip": "no zip"}, "'all.zip' is no zip that can be read"),
        ({f"{MOODLE}all.zip": zipped({"../evil.ipynb": "x"})}, "leads out of its folder"),
        ({f"{MOODLE}all.zip": zipped({"a.ipynb": b"0" * 65_000_000})}, "is too large"),
        ({f"{MOODLE}all.zip": zipped({"b.zip": zipped({"a.ipynb": "x"})})}, "There is no notebook, only 'b.zip'"),
        ({f"{MOODLE}all.zip": zipped({"a.ipynb": "x", "n.txt": "1"}), f"{MOODLE}n.txt": "2"}, "in 'all.zip', too"),
        ({"Eve_1_assignsubmission_onlinetext_/onlinetext.html": "x"}, "Text was written in the browser"),
        ({"eve_1_2_text.html": "x"}, "Text was written in the browser"),
        ({"eve_1_2_a.ipynb": "x", "Eve_5_assignsubmission_file_/a.ipynb": "y"}, "several of this name, numbers 1, 5"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_taken_is_refused_with_a_sentence_and_stops_nobody_else(
    toy: Course, files: Files, sentence: str
) -> None:
    outside = everything(toy.root)
    collection = collect_zip(toy, {**files, "zoe_77_88_a1_toy.ipynb": "zoe's"})
    eve, zoe = collection.rows
    assert (eve.student, eve.outcome, zoe.outcome) == ("eve", "refused", "collected")
    assert sentence in eve.problems[-1] and "\x1b" not in eve.problems[-1]
    assert {path: content for path, content in everything(toy.root).items() if path not in outside} == {
        "export.zip": (toy.root / "export.zip").read_bytes(),
        "submitted/zoe/a1_toy/a1_toy.ipynb": b"zoe's",
    }


@pytest.mark.parametrize(("kind", "sentence"), [(stat.S_IFLNK, "is a link"), (stat.S_IFIFO, "is no plain file")])
def test_links_and_devices_in_a_zip_are_refused(toy: Course, kind: int, sentence: str) -> None:
    with zipfile.ZipFile(toy.root / "export.zip", "w") as archive:
        info = zipfile.ZipInfo(f"{MOODLE}a.ipynb")
        info.external_attr = (kind | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    assert sentence in only(collect(toy, toy.root / "export.zip", "a1_toy")).problems[0]


def test_a_broken_file_in_a_zip_is_refused(toy: Course) -> None:
    pack(toy.root / "export.zip", {f"{MOODLE}a.ipynb": "x" * 1000})
    content = bytearray((toy.root / "export.zip").read_bytes())
    at = content.index(b"a.ipynb") + len("a.ipynb")
    content[at : at + 4] = b"\xff\xff\xff\xff"
    (toy.root / "export.zip").write_bytes(content)
    assert "cannot be unpacked" in only(collect(toy, toy.root / "export.zip", "a1_toy")).problems[0]


def test_a_zip_handed_in_is_unpacked_and_its_folder_falls_away(toy: Course) -> None:
    inner = zipped({"work/a1_toy.ipynb": "x", "work/data/w.pt": "y", "__MACOSX/work/._a1_toy.ipynb": "z"})
    assert only(collect_zip(toy, {f"{MOODLE}all.zip": inner})).problems == ("'all.zip' was unpacked.",)
    assert everything(toy.submitted("eve", "a1_toy").parent) == {"a1_toy.ipynb": b"x", "data/w.pt": b"y"}


def test_of_several_notebooks_the_one_named_after_the_assignment_is_taken(toy: Course) -> None:
    names = {f"{MOODLE}Copy of a1_toy (2).ipynb": "x", f"{MOODLE}scratch.ipynb": "y"}
    assert only(collect_zip(toy, names)).files == 2
    assert everything(toy.submitted("eve", "a1_toy").parent)["a1_toy.ipynb"] == b"x"


def test_a_source_that_is_none_is_told(toy: Course) -> None:
    with pytest.raises(CourseError, match="no folder or zip"):
        collect(toy, toy.root / "nothing", "a1_toy")
    (toy.root / "x.zip").write_bytes(b"PK\x05\x06")
    with pytest.raises(CourseError, match="no zip that can be read"):
        collect(toy, toy.root / "x.zip", "a1_toy")


def test_a_link_in_place_of_a_students_folder_is_not_followed(toy: Course, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    folder = toy.submitted("ada", "a1_toy").parent
    folder.parent.mkdir(parents=True)
    folder.symlink_to(elsewhere)
    row = only(collect_zip(toy, {"ada_1_2_a.ipynb": "x"}, replace=True))
    assert row.outcome == "refused" and "is no folder" in row.problems[0] and not list(elsewhere.iterdir())


@pytest.mark.slow
def test_the_command_tells_what_came_from_where(toy: Course) -> None:
    export = toy.root / "export.zip"
    pack(export, {"ada_LATE_1_2_a.ipynb": "x", "[red]_1_assignsubmission_file_/\x1b[2J.ipynb": "y", "list.csv": "z"})
    done = run(toy.root, "collect", "export.zip", "a1")
    assert done.returncode == 1 and "1 collected, 1 refused." in done.stdout and "\x1b" not in done.stdout
    assert "red: '\\x1b[2J.ipynb' has a name that not every system can write." in done.stdout
    assert "Nobody's, by the names that Moodle and Canvas give: list.csv." in done.stdout
    assert "When each was handed in is not known" in done.stdout
    pack(export, {"ada_LATE_1_2_a.ipynb": "x"})
    done = run(toy.root, "collect", "export.zip", "a1")
    assert done.returncode == 0 and "1 there already." in done.stdout
    assert "no folder or zip" in sentence(run(toy.root, "collect", "nothing", "a1"))
    pack(export, {"list.csv": "x"})
    assert "holds no hand-in" in sentence(run(toy.root, "collect", "export.zip", "a1"))
