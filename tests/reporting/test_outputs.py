"""Can nothing that a cell showed do more on a page than be looked at?"""

from __future__ import annotations

import base64
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_output

from autograder.reporting.outputs import MAX_PICTURES, MAX_TEXT, Shown, colored, plain, shown

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n and so on").decode()
JPEG = base64.b64encode(b"\xff\xd8\xff and so on").decode()


def display(**data: Any) -> list[Shown]:
    """What is shown of one display; `image_png` stands for image/png."""
    by_mime = {name.replace("__", "+").replace("_", "/", 1): value for name, value in data.items()}
    return shown(nbformat.from_dict({"outputs": [{"output_type": "display_data", "data": by_mime}]}))


def test_text_is_escaped_whether_printed_raised_or_displayed() -> None:
    evil = "<script>alert(1)</script>&\"'"
    outputs = [
        new_output("stream", name="stdout", text=evil),
        new_output("error", ename=evil, evalue=evil, traceback=[evil]),
        new_output("error", ename=evil, evalue=evil, traceback=[]),
        new_output("execute_result", data={"text/plain": evil}),
    ]
    pieces = shown(new_code_cell(outputs=outputs))
    assert len(pieces) == 4 and all("<" not in piece.text and "&lt;script&gt;" in piece.text for piece in pieces)
    assert [piece.is_error for piece in pieces] == [False, True, True, False]


def test_of_html_svg_latex_and_javascript_only_the_plain_text_is_left() -> None:
    rich = {"text_html": "<b>x</b>", "image_svg__xml": "<svg onload='x'/>", "text_latex": "$x$"}
    assert [piece.text for piece in display(**rich, text_plain="a table")] == ["a table\n"]
    assert display(**rich, application_javascript="alert(1)") == []


@pytest.mark.parametrize(
    ("name", "data", "mime"), [("image_png", PNG, "image/png"), ("image_jpeg", JPEG, "image/jpeg")]
)
def test_a_picture_is_let_through(name: str, data: str, mime: str) -> None:
    (piece,) = display(**{name: data}, text_plain="<Figure>")
    assert piece.picture == f"data:{mime};base64,{data}" and not piece.text


@pytest.mark.parametrize(
    "data",
    [
        base64.b64encode(b"<svg onload='alert(1)'/>").decode(),
        JPEG,
        'x" onerror="alert(1)',
        base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(2_000_000)).decode(),
        "",
        7,
        None,
    ],
    ids=["SVG", "another kind", "no base64", "too large", "empty", "a number", "nothing"],
)
def test_what_only_says_it_is_a_picture_is_not(data: object) -> None:
    assert [piece.picture for piece in display(image_png=data, text_plain="<Figure>")] == [""]


def test_colours_are_classes_and_nothing_else() -> None:
    html = colored('\x1b[31mred\x1b[0m \x1b[38;2;1;2;3mby number\x1b[0m \x1b[2J\x1b]0;title\x07 style="x" end')
    assert '<span class="ansi-red-fg">red</span>' in html
    assert "style=&#34;x&#34; end" in html and ' style="' not in html and "\x1b" not in html and "\x07" not in html
    assert plain("\x1b[1;31mred\x1b[0m") == "red"


def test_signs_that_turn_text_around_or_ring_go_and_a_bar_is_shown_once() -> None:
    assert plain("a\u202eb\u2066c\x00d\x07e\ud800f\tg\n") == "abcdef\tg\n"
    assert plain("10 %\r50 %\r100 %\r\ndone\r\n") == "100 %\ndone\n"


def test_long_output_is_cut_and_says_so() -> None:
    (piece,) = shown(new_code_cell(outputs=[new_output("stream", name="stdout", text="x" * (MAX_TEXT + 1234))]))
    assert len(piece.text) < MAX_TEXT + 100 and "1,234 more characters" in piece.text
    many = [new_output("display_data", data={"image/png": PNG}) for _ in range(50)]
    assert len(shown(new_code_cell(outputs=many))) == MAX_PICTURES
