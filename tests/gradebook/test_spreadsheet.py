"""Is no cell a formula, and a platform's file read as it is?"""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.course import CourseError
from autograder.gradebook.spreadsheet import harmless, read_table, write_table

SIGNS = "=+-@\uff1d\uff0b\uff0d\uff20"


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1",
        "+1+1",
        "-1+1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\tx",
        "  =1",
        "\uff1d1+1",
        "Ada;=1+1",
        "Ada,@x",
        "Ada\n-x",
        "=cmd|' /C calc'!A0",
    ],
)
def test_what_begins_like_a_formula_gets_an_apostrophe_once(cell: str) -> None:
    assert harmless(cell) != cell and harmless(cell).replace("'", "") == cell.replace("'", "")
    assert harmless(harmless(cell)) == harmless(cell)


@pytest.mark.parametrize(
    "cell",
    ["", "Ada", "O'Neil, Åsa", "ada@example.org", "12", "-3", "+4.5", "-", "100%", "99,5", "    Points Possible"],
)
def test_what_is_none_stays_as_it_is(cell: str) -> None:
    assert harmless(cell) == cell


@given(st.text(max_size=20))
def test_no_text_begins_like_a_formula_afterwards(cell: str) -> None:
    after = harmless(cell)
    number = re.fullmatch(r"[+-]?\d+([.,]\d+)*%?|-", cell)
    assert number or not any(
        part.lstrip(" \u00a0")[:1] in SIGNS and part.strip()
        for part in re.split("[,;|\t\r\n]", after)
        if part.lstrip(" \u00a0")
    )
    assert harmless(after) == after


@given(
    st.lists(
        st.lists(
            st.text(st.characters(codec="utf-8", exclude_characters="\x00\r"), min_size=1), min_size=2, max_size=2
        ),
        min_size=2,
    )
)
def test_what_is_written_is_what_is_read(rows: list[list[str]]) -> None:
    text = write_table(rows)
    read = list(csv.reader(io.StringIO(text, newline="")))
    assert read == [[harmless(cell) for cell in row] for row in rows]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("bom", [False, True])
def test_a_file_keeps_its_separator_and_its_mark(tmp_path: Path, separator: str, bom: bool) -> None:
    path = tmp_path / "roster.csv"
    path.write_bytes(write_table([["Öne", "two"], ["a,b;c", "x\ny"]], separator=separator, bom=bom).encode())
    table = read_table(path)
    assert table.rows == [["Öne", "two"], ["a,b;c", "x\ny"]] and (table.separator, table.bom) == (separator, bom)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("Ada,Ünal\r\n1,2".encode("latin-1"), "not UTF-8"),
        (b"one,two\n", "not a CSV table with a heading"),
        (b"", "not a CSV table with a heading"),
        (b'a,b\n"x"y,2\n', "not a CSV table: "),
        (b"a,b\n1,2,3\n", "row 2 has more cells"),
    ],
)
def test_what_is_no_table_is_told(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "roster.csv"
    path.write_bytes(content)
    with pytest.raises(CourseError, match=why):
        read_table(path)
