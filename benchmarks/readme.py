"""Make the README's tables from the results: `python -m benchmarks.readme`. A test asserts that they are up to date."""

from __future__ import annotations

import re
from pathlib import Path

from benchmarks import read_result

README = Path(__file__).parent.parent / "README.md"


def strength_table() -> str:
    """One row per assignment: known wrong answers caught, known right answers accepted."""
    result = read_result("strength")
    lines = [
        "| assignment | graded exercises | known wrong answers | caught by visible tests | caught by hidden tests "
        "| other right answers | accepted |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    columns = ("wrong", "caught_by_visible", "caught_by_hidden", "right", "accepted")
    for assignment, rows in result["measured"].items():
        sums = [str(sum(row[column] for row in rows)) for column in columns]
        lines.append(f"| {assignment} | {len(rows)} | {' | '.join(sums)} |")
    versions = ", ".join(f"{name} {version}" for name, version in result["versions"].items())
    return "\n".join([*lines, "", f"Measured by `python -m benchmarks.strength` with {versions}."])


def with_tables(text: str) -> str:
    """The README `text` with every block between `<!-- name -->` and `<!-- /name -->` made anew."""
    for name, table in (("strength", strength_table()),):
        pattern = rf"(<!-- {name} -->\n).*?(\n<!-- /{name} -->)"
        text, found = re.subn(pattern, lambda match, table=table: match[1] + table + match[2], text, flags=re.DOTALL)  # type: ignore[misc]
        if found != 1:
            raise ValueError(f"{README} needs one block <!-- {name} --> … <!-- /{name} -->, and has {found}.")
    return text


if __name__ == "__main__":
    README.write_text(with_tables(README.read_text(encoding="utf-8")), encoding="utf-8")
