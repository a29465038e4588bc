"""Does a test cell that ran to its end prove it, and its value stay what it was?"""

from __future__ import annotations

import contextlib
import io
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from nbformat.v4 import new_output

from autograder.grading.proof import PROOF, forget_tokens, new_token, with_proof, without_proof


@pytest.fixture(scope="module")
def shell() -> InteractiveShell:
    return InteractiveShell.instance()


def run(shell: InteractiveShell, source: str, monkeypatch: pytest.MonkeyPatch) -> tuple[list[Any], Any, str | None]:
    """What the cell showed, its value, and the name of its error."""
    shown: list[Any] = []
    monkeypatch.setattr(shell.display_pub, "publish", lambda data, metadata=None, **options: shown.append(data))
    with contextlib.redirect_stdout(io.StringIO()):
        result = shell.run_cell(source, silent=False)
    return shown, result.result, type(result.error_in_exec).__name__ if result.error_in_exec else None


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("x = 1", None),
        ("x = 1\n\n### END HIDDEN TESTS\n", None),
        ("def test_a():\n    pass\n\n\ntest_a()\n### END", None),
        ("1 + 1", 2),
        ("def score_a():\n    return 2.5\n\n\nscore_a()  # points\n### END", 2.5),
        ("y = '→ ü'; len('→ ü') + 1", 4),
        ("sum(\n    [1,\n     2]\n)", 3),
        ("(\n  7)", 7),
        ("5;", 5),
        ("'''text\nwith lines'''", "text\nwith lines"),
        ("", None),
    ],
)
def test_a_cell_that_ran_shows_its_token_and_has_its_value(
    shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch, source: str, value: object
) -> None:
    token = new_token()
    assert run(shell, with_proof(source, token), monkeypatch) == ([{PROOF: token}], value, None)


@pytest.mark.parametrize(
    "source",
    ["1 / 0", "def test_a():\n    assert False\n\n\ntest_a()", "def score_a():\n    raise KeyError\nscore_a()"],
)
def test_a_cell_that_fails_shows_none(shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch, source: str) -> None:
    shown, _, error = run(shell, with_proof(source, new_token()), monkeypatch)
    assert shown == [] and error in ("ZeroDivisionError", "AssertionError", "KeyError")


def test_each_token_is_another_and_leaves_no_trace() -> None:
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert forget_tokens(f"In: {tokens.pop()} and {tokens.pop()}") == "In: proof and proof"
    error = new_output(
        "error", ename="E", evalue="e", traceback=["----> 5 test_a()\n      6 show('\x1b[33m" + PROOF + "')"]
    )
    stream = new_output("stream", text="as it was")
    assert without_proof([stream, error]) == [stream, error] and error.traceback == ["----> 5 test_a()"]
