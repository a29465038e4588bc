"""The proof that a test cell ran to its end: a token that its own last line shows.

A test cell that shows nothing earns full marks in nbgrader, so whoever keeps tests from running has them. Here a test
cell gets a last line when it is run, with a token that is random and another for each cell. No token, no points.
"""

from __future__ import annotations

import ast
import re
import secrets
from collections.abc import Iterable

from nbformat import NotebookNode

PROOF = "application/vnd.autograder.proof"
_TOKEN = re.compile(r"proof-[0-9a-f]{32}")


def new_token() -> str:
    """What nobody knows before."""
    return f"proof-{secrets.token_hex(16)}"


def with_proof(source: str, token: str) -> str:
    """The cell's source, made to show the token behind all else; the value of its last line stays its result."""
    # By names that no answer can have taken by accident.
    show = f"__import__('IPython.display').display.publish_display_data({{'{PROOF}': '{token}'}}, {{}})"
    try:
        last = ast.parse(source).body[-1]
    except (SyntaxError, ValueError, IndexError):
        last = None
    if not isinstance(last, ast.Expr) or _calls_a_test(last.value):
        return f"{source}\n{show}"
    begin, end = _place(source, last.lineno, last.col_offset), _place(source, last.end_lineno, last.end_col_offset)
    return f"{source[:begin]}({source[begin:end]}\n, {show})[0]{source[end:]}"


def _calls_a_test(value: ast.expr) -> bool:
    """Whether it is a line that the builder appends, whose value is None."""
    return isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id.startswith("test_")


def _place(source: str, line: int | None, column: int | None) -> int:
    """The index of a place that `ast` counts in lines and bytes."""
    lines = re.split(r"(?<=\n)", source)
    before = lines[(line or 1) - 1].encode()[: column or 0].decode()
    return sum(map(len, lines[: (line or 1) - 1])) + len(before)


def without_proof(outputs: Iterable[NotebookNode]) -> list[NotebookNode]:
    """The outputs as they would be without that line: tracebacks show the lines around an error."""
    kept = list(outputs)
    for output in kept:
        if output.output_type == "error":
            output["traceback"] = [_without_line(str(text)) for text in output.get("traceback") or []]
    return kept


def _without_line(text: str) -> str:
    return "\n".join(line for line in text.split("\n") if PROOF not in line) if PROOF in text else text


def forget_tokens(text: str) -> str:
    """The text as it is for any token: a cell can print the source of what is run."""
    return _TOKEN.sub("proof", text)
