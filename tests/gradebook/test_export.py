"""Do scores reach the platforms' files, and nothing else change in them?

The sample files are written after what Canvas's gradebook exporter and Moodle's grade export put out.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from autograder.course import CourseError
from autograder.gradebook.book import open_gradebook
from autograder.gradebook.export import PLAIN, export
from tests.reporting.conftest import NAME, RIGHT, GradedClass

SAMPLES = Path(__file__).parent / "samples"


def read(path: Path, separator: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline=""), delimiter=separator))


class Exported:
    """What an export wrote and said."""

    def __init__(self, graded: GradedClass, folder: Path, layout: str, **options: object) -> None:
        self.notices: list[str] = []
        self.out = folder / "out.csv"
        self.count = export(graded.course, [NAME], layout, self.out, on_notice=self.notices.append, **options)  # type: ignore[arg-type]
        self.rows = read(self.out)


@pytest.mark.parametrize(("sample", "column"), [("canvas", 5), ("moodle", 6)])
def test_scores_are_put_into_the_platforms_own_file_and_nothing_else_changes(
    graded_once: GradedClass, tmp_path: Path, sample: str, column: int
) -> None:
    roster = SAMPLES / f"{sample}.csv"
    done = Exported(graded_once, tmp_path, sample, roster=roster)
    before = read(roster)
    scores = {row[0]: row[column] for row in done.rows}
    if sample == "canvas":
        assert scores["Lovelace, Ada"] == "6" and scores["Müller-Ñandú, Bob"] == "3" and scores["王, 小明"] == "5.00"
        assert scores["    Points Possible"] == "6.00"
    else:
        assert scores["Ada"] == "6" and scores["Bob"] == "3" and scores["小明"] == "-"
    assert done.count == 2
    for row, old in zip(done.rows, before, strict=True):
        assert [*row[:column], *row[column + 1 :]] == [*old[:column], *old[column + 1 :]]
    # Once more with what came out: nothing changes any more.
    again = tmp_path / "again"
    again.mkdir()
    assert Exported(graded_once, again, sample, roster=done.out).out.read_bytes() == done.out.read_bytes()


def test_who_is_missing_on_either_side_is_told(graded_once: GradedClass, tmp_path: Path) -> None:
    done = Exported(graded_once, tmp_path, "canvas", roster=SAMPLES / "canvas.csv")
    assert done.notices == [
        "Not in canvas.csv, so their scores of a1_toy were left out: cleo, dan.",
        "2 of 4 students in canvas.csv have no score of a1_toy.",
    ]


def test_an_assignment_that_the_platform_lacks_gets_a_column_and_its_points(
    graded_once: GradedClass, tmp_path: Path
) -> None:
    roster = tmp_path / "roster.csv"
    text = (SAMPLES / "canvas.csv").read_text(encoding="utf-8").replace("a1_toy (40217)", "Something else (1)")
    roster.write_text(text, encoding="utf-8")
    done = Exported(graded_once, tmp_path, "canvas", roster=roster)
    assert [row[-1] for row in done.rows] == [NAME, "", "6", "6", "3", "", ""]
    assert "roster.csv has no column for a1_toy; one was added, which makes a new assignment." in done.notices


def test_other_points_on_the_platform_are_told(graded_once: GradedClass, tmp_path: Path) -> None:
    roster = tmp_path / "roster.csv"
    text = (SAMPLES / "canvas.csv").read_text(encoding="utf-8").replace(",6.00,", ",10.00,")
    roster.write_text(text, encoding="utf-8")
    done = Exported(graded_once, tmp_path, "canvas", roster=roster)
    assert "a1_toy has 6 points here and 10.00 on the platform." in done.notices


def test_a_semicolon_file_stays_one_and_another_id_column_can_be_named(
    graded_once: GradedClass, tmp_path: Path
) -> None:
    roster = tmp_path / "roster.csv"
    roster.write_text("\ufeffMatrikel;Name;A1_Toy\r\nADA;Ada, L.;\r\nbob;Bob;1\r\n", encoding="utf-8")
    with pytest.raises(CourseError, match="Say with --id-column .* There are: Matrikel, Name, A1_Toy"):
        Exported(graded_once, tmp_path, "moodle", roster=roster)
    done = Exported(graded_once, tmp_path, "moodle", roster=roster, id_column="Matrikel")
    assert done.out.read_bytes().decode() == "\ufeffMatrikel;Name;A1_Toy\r\nADA;Ada, L.;6\r\nbob;Bob;3\r\n"


def test_several_columns_for_one_assignment_are_told(graded_once: GradedClass, tmp_path: Path) -> None:
    roster = tmp_path / "roster.csv"
    roster.write_text("Username,a1_toy (Punkte),a1_toy (Prozent)\nada,,\n", encoding="utf-8")
    with pytest.raises(CourseError, match="several columns for a1_toy: a1_toy .Punkte., a1_toy .Prozent."):
        Exported(graded_once, tmp_path, "moodle", roster=roster)


def test_who_fits_several_rows_gets_no_score(graded_once: GradedClass, tmp_path: Path) -> None:
    roster = tmp_path / "roster.csv"
    roster.write_text("Username,Email address,a1_toy\nada,x@y.z,\nu2,ada@y.z,\nbob,b@y.z,\n", encoding="utf-8")
    done = Exported(graded_once, tmp_path, "moodle", roster=roster)
    assert [row[2] for row in done.rows[1:]] == ["", "", "3"]
    assert "ada fits 2 rows of roster.csv, so no score was put in." in done.notices


def test_two_who_fit_one_row_get_no_score(graded: GradedClass, tmp_path: Path) -> None:
    for student in ("ada", "ADA2"):
        graded.grade(student, RIGHT)
    with open_gradebook(graded.course) as gradebook:
        gradebook.update_or_create_student("ADA2", email="ada@y.z")
    roster = tmp_path / "roster.csv"
    roster.write_text("Username,Email address,a1_toy\nada,ada@y.z,\n", encoding="utf-8")
    done = Exported(graded, tmp_path, "moodle", roster=roster)
    assert done.rows[1][2] == "" and any("fit the same row" in sentence for sentence in done.notices)


def test_without_a_file_of_the_platform_one_is_made_that_it_reads(graded_once: GradedClass, tmp_path: Path) -> None:
    canvas = Exported(graded_once, tmp_path, "canvas").rows
    assert canvas[0] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", NAME]
    assert canvas[1] == ["    Points Possible", "", "", "", "", "6"]
    assert [(row[3], row[5]) for row in canvas[2:]] == [("ada", "6"), ("bob", "3"), ("cleo", "3"), ("dan", "0")]
    moodle = Exported(graded_once, tmp_path, "moodle").rows
    assert moodle[0] == ["Username", "First name", "Last name", "Email address", NAME]
    assert [(row[0], row[4]) for row in moodle[1:]] == [("ada", "6"), ("bob", "3"), ("cleo", "3"), ("dan", "0")]


def test_a_plain_table_has_manual_grades_penalties_and_who_handed_in_nothing(
    graded: GradedClass, tmp_path: Path
) -> None:
    when = {"timestamp.txt": b"2030-01-02 03:04:05 UTC"}
    graded.grade("ada", RIGHT | {"short_answer": "Since 2 × 2 = 4."}, files=when)
    graded.grade("bob", RIGHT | {"short_answer": "Hm."})
    with open_gradebook(graded.course) as gradebook:
        gradebook.update_or_create_student("=zoe", first_name="小明", last_name="+王")
        grade = gradebook.find_grade("short_answer", NAME, NAME, "ada")
        grade.manual_score, grade.needs_manual_grade = 1.25, False
        gradebook.find_submission_notebook(NAME, NAME, "ada").late_submission_penalty = 2.0
        gradebook.db.commit()
    done = Exported(graded, tmp_path, "plain")
    assert done.rows == [
        list(PLAIN),
        ["'=zoe", "'+王", "小明", "", NAME, "", "8", "", "", ""],
        ["ada", "", "", "", NAME, "5.25", "8", "2", "yes", "2030-01-02T03:04:05Z"],
        ["bob", "", "", "", NAME, "6", "8", "0", "no", ""],
    ]
    assert done.out.read_bytes().startswith(b"\xef\xbb\xbf")
    assert done.notices == [
        "Not fully graded in a1_toy, so more points may come: bob.",
        "A spreadsheet would take '+王' for a formula; it is written as \"'+王\".",
        "A spreadsheet would take '=zoe' for a formula; it is written as \"'=zoe\".",
    ]


def test_what_cannot_be_exported_is_told(graded_once: GradedClass, tmp_path: Path) -> None:
    roster = tmp_path / "out.csv"
    roster.write_bytes((SAMPLES / "canvas.csv").read_bytes())
    with pytest.raises(CourseError, match="written over itself"):
        Exported(graded_once, tmp_path, "canvas", roster=roster)
    with pytest.raises(CourseError, match="plain table is made from the gradebook alone"):
        Exported(graded_once, tmp_path, "plain", roster=SAMPLES / "canvas.csv")
    with pytest.raises(CourseError, match="is not a gradebook of Canvas"):
        Exported(graded_once, tmp_path, "canvas", roster=SAMPLES / "moodle.csv")
    with pytest.raises(CourseError, match="no scores of a2_toy"):
        export(graded_once.course, ["a2_toy"], "plain", tmp_path / "x.csv")
    assert roster.read_bytes() == (SAMPLES / "canvas.csv").read_bytes() and not (tmp_path / "x.csv").exists()
