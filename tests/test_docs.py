"""Do the pages build, say what the code says, and show examples that work?"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer

from autograder.cli import app
from docs.generate import PAGES, with_parts
from solutions.a1_convolution.notebook import convolve2d, cross_correlate2d
from solutions.setup import compare
from tests.conftest import REPOSITORY

DOCS = REPOSITORY / "docs"
ROOM = "solutions/a7_light"
MEASURED, PROVEN = "How good are the questions?", "Can it be given out?"  # titles of blocks in authors.md


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages, built without a warning."""
    folder = tmp_path_factory.mktemp("site")
    build = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)],
        cwd=REPOSITORY,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
    )
    said = build.stdout + build.stderr
    assert build.returncode == 0 and "WARNING" not in said, said
    return folder


def test_the_pages_build_without_a_warning(site: Path) -> None:
    pages = {page.with_suffix(".html").name for page in DOCS.glob("*.md")}
    assert pages <= {path.name for path in site.glob("*.html")}


class _Loaded(HTMLParser):
    """What a browser loads by itself when it shows a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag == "link" and attributes.get("rel") not in ("canonical", "next", "prev"):
            self.addresses.append(attributes.get("href") or "")
        self.addresses += filter(None, [attributes.get("src")])


def test_the_pages_load_nothing_from_elsewhere(site: Path) -> None:
    for page in DOCS.glob("*.md"):
        loaded = _Loaded((site / f"{page.stem}.html").read_text(encoding="utf-8")).addresses
        assert loaded
        for address in loaded:
            assert (site / address.partition("?")[0]).exists(), f"{page.name} loads {address}"
    for style in site.rglob("*.css"):
        assert not re.search(r"url\(['\"]?(https?:)?//|@import", style.read_text(encoding="utf-8")), style


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_generated_parts_are_up_to_date(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert with_parts(text) == text, "run `make docs`"


def shown_commands() -> list[tuple[str, str]]:
    """Each (page, command of ours) that a page, the README or CONTRIBUTING shows in a block."""
    pages = [*PAGES, REPOSITORY / "CONTRIBUTING.md"]
    texts = {page.name: page.read_text(encoding="utf-8") for page in pages}
    blocks = [(page, block) for page, text in texts.items() for block in re.findall(r"```console.*?```", text, re.S)]
    commands = r"^\$ (?:.* )?(autograder [^#|\n]*)"
    return [(page, found.strip()) for page, block in blocks for found in re.findall(commands, block, re.M)]


def test_every_command_that_is_shown_can_be_given() -> None:
    shown = [(page, command) for page, command in shown_commands() if "OPTIONS" not in command]
    assert len(shown) > 20
    for page, line in shown:
        command: Any = typer.main.get_command(app)
        _, *words = shlex.split(line.partition(">")[0])
        while inner := getattr(command, "commands", None):
            assert words and words[0] in inner, f"{page}: {line}"
            command, words = inner[words[0]], words[1:]
        command.make_context("autograder", words)  # raises where an argument or option is none


def test_every_command_is_in_the_reference() -> None:
    reference = (DOCS / "commands.md").read_text(encoding="utf-8")
    command: Any = typer.main.get_command(app)
    assert command.commands
    assert all(f"## `autograder {name}`" in reference for name in command.commands)


def test_students_are_shown_what_a_test_really_says() -> None:
    image, kernel = np.array([[12, 3, 19], [25, 10, 1], [9, 7, 17]]), np.array([[1, 2], [3, 4]])
    flipped = convolve2d(image, kernel)
    with pytest.raises(AssertionError) as error:
        compare(
            flipped,
            cross_correlate2d(image, kernel),
            {"the kernel was flipped (that is exercise 2)": flipped},
            what="cross_correlate2d of the 3×3 image",
        )
    assert f"```text\nAssertionError: {error.value}\n```" in (DOCS / "students.md").read_text(encoding="utf-8")


def blocks(page: Path) -> dict[str, str]:
    """The page's blocks of code that have a title."""
    text = page.read_text(encoding="utf-8")
    return dict(re.findall(r'^```\w+ title="([^"]+)"\n(.*?)^```$', text, re.MULTILINE | re.DOTALL))


@pytest.mark.slow
def test_an_author_gets_from_nothing_to_a_graded_class(tmp_path: Path) -> None:
    """What authors.md tells to run, in order: a course of one's own, and a second assignment in it."""
    page = (DOCS / "authors.md").read_text(encoding="utf-8")
    section = page.partition("## A course of your own\n")[2].partition("\n## ")[0]
    home = tmp_path / "cnn-assignments"
    home.mkdir()
    said = run(home, *(command for block in consoles(section) for command in commands(block)))
    course = tmp_path / "my-course"
    assert {path.stem: json.loads(path.read_text())["score"] for path in course.glob("results/a1_light/*.json")} == {
        "ada": 5.0,
        "bob": 0.0,
    }, said
    assert (course / "feedback/ada/a1_light.html").is_file() and (course / "results/report.html").is_file()
    assert (course / "scores.csv").read_text(encoding="utf-8").count("\n") == 3

    (new,) = [block for block in consoles(page) if "autograder new a7_light" in block]
    run(course, *commands(new))
    for part, text in blocks(DOCS / "authors.md").items():
        if part.startswith(ROOM):
            assert (course / part).read_text(encoding="utf-8") == text
    measured = blocks(DOCS / "authors.md")[MEASURED]
    assert f"$ {commands(measured)[0]}\n{run(course, *commands(measured))}".strip() == measured.strip()
    run(course, *commands(blocks(DOCS / "authors.md")[PROVEN]))


def test_the_example_of_named_questions_is_what_the_example_asks() -> None:
    page = (DOCS / "authors.md").read_text(encoding="utf-8")
    (names,) = re.findall(r"\*Also asked, on other inputs: (.*)\.\*", page)
    asked = re.findall(r'^        "(.*)": ask', blocks(DOCS / "authors.md")[f"{ROOM}/questions.py"], re.M)
    assert names.split(" · ") == asked


def test_the_tables_of_attacks_have_no_column_without_a_number() -> None:
    tables = re.findall(r"(?m)^\| notebook \|.*\n.*\n(?:\|.*\n)+", (DOCS / "honest.md").read_text(encoding="utf-8"))
    assert len(tables) > 5
    shown = [table for table in tables if "| here |" in table]
    assert shown
    assert all(re.search(r"\| \d+ points", table) for table in shown)


def consoles(text: str) -> list[str]:
    return re.findall(r"^```console.*?\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def commands(block: str) -> list[str]:
    return [line.removeprefix("$ ") for line in block.splitlines() if line.startswith("$ ")]


def run(folder: Path, *commands: str, package: Path = REPOSITORY) -> str:
    """What the commands, which must succeed, write one after the other; `package` holds the autograder that runs."""
    programs = [f'{name}() {{ "{sys.executable}" -m {name} "$@"; }}' for name in ("autograder", "nbgrader")]
    here = "source() { :; }  # this environment is active"
    done = subprocess.run(
        ["bash", "-ec", "\n".join([*programs, here, *commands])],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(package), "COLUMNS": "100"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return "\n".join(line.rstrip() for line in done.stdout.splitlines())
