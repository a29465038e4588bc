"""Compare an answer with the reference's data, inside a hidden test that `autograder build` makes for nbgrader.

This file is not imported: the builder puts the text of its functions, and of those that they use from
judge/compare.py and in_kernel/asking.py, into each hidden test.
"""

from __future__ import annotations

import base64
import contextlib
import importlib.metadata
import io
import json
import random
import sys
import warnings
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:  # a hidden test holds their text, too
    from autograder.in_kernel.asking import Nowhere, encode
    from autograder.judge.compare import failing, points_by_share


def check(wrong: list[str]) -> None:
    """Raises AssertionError with the names of the failing questions."""
    assert not wrong, f"Not right: {', '.join(wrong)}."


def count(wrong: list[str], points: float, asked: int, given: int) -> float:
    """The points for the share of the questions that are not wrong, the names of which are printed."""
    if wrong:
        print(f"Not right: {', '.join(wrong)}.")
    return points_by_share(points, asked, len(wrong), given)


def run_visible(calls: str, names: dict[str, Any]) -> None:
    """Run the test that students see. Its error is printed: it must not end the cell, whose value is a share."""
    try:
        exec(calls, names)
    except Exception as error:
        print(f"{type(error).__name__}: {error}")


def wrong_names(question: Any, answer: Any, expected: str, made_with: dict[str, str], **judgement: Any) -> list[str]:
    """The names of the questions that the answer fails with any seed."""
    wrong: dict[str, None] = {}
    for seed, data in decode(json.loads(zlib.decompress(base64.b85decode("".join(expected.split()))))).items():
        with as_usual(int(seed)):
            got = decode(json.loads(json.dumps(encode(question(answer, np.random.default_rng(int(seed)))))))
        wrong |= dict.fromkeys(failing(data, got, seed=int(seed), **judgement))
    here = {name: importlib.metadata.version(name) for name in made_with}
    if wrong and here != made_with:
        raise RuntimeError(
            f"These hidden tests were made with {made_with}, and here is {here}. Run `autograder build` here, and "
            "grade again."
        )
    return list(wrong)


@contextlib.contextmanager
def as_usual(seed: int) -> Iterator[None]:
    """Run the block with default settings, whatever other cells changed, and random numbers from the seed."""
    states, torch = (random.getstate(), np.random.get_state()), sys.modules.get("torch")
    if torch:
        kept = torch.get_default_dtype(), torch.is_grad_enabled(), torch.get_rng_state()
        torch.set_default_dtype(torch.float32)
        torch.set_grad_enabled(True)
        torch.manual_seed(seed)
    random.seed(seed)
    np.random.seed(seed)
    try:
        with np.errstate(divide="warn", over="warn", under="ignore", invalid="warn"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with contextlib.redirect_stdout(Nowhere()):
                yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])
        if torch:
            torch.set_default_dtype(kept[0])
            torch.set_grad_enabled(kept[1])
            torch.set_rng_state(kept[2])


def decode(data: Any) -> Any:
    """The reverse of `encode`."""
    if isinstance(data, list):
        return [decode(item) for item in data]
    if isinstance(data, dict) and "npy" in data:
        return np.load(io.BytesIO(base64.b64decode(data["npy"])), allow_pickle=False)
    return {key: decode(value) for key, value in data["dict"].items()} if isinstance(data, dict) else data
