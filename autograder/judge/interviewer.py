"""The end of every probe program: what puts the probes to a student's answers, in the student's kernel.

Nobody imports it: `questions` takes its text. Nothing here can be trusted once a cell of the student's has run.
"""

from __future__ import annotations

import base64
import contextlib
import io
import json
import os
import sys
import types
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from IPython import get_ipython
from IPython.display import publish_display_data

MIME = "application/vnd.autograder.answer"
MAX_CHARACTERS = 8 << 20  # beyond which nobody reads an answer
PROBES: Mapping[str, Callable[..., Any]] = {}  # by exercise; the program says which
PREDICTIONS: Mapping[str, Callable[..., Any]] = {}  # by exercise that is scored: what tells predictions
HERE = os.getcwd()
plain: Callable[[Any], Any]  # from the probes' contract


class Nowhere(io.TextIOBase):
    """Where goes what nobody reads."""

    def write(self, text: str) -> int:
        return len(text)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    with contextlib.redirect_stdout(Nowhere()), contextlib.redirect_stderr(Nowhere()):
        yield


def encode(data: Any) -> Any:
    """Plain data for JSON: arrays as .npy, dicts marked as such, so that they are not taken for arrays."""
    if isinstance(data, np.ndarray) and data.dtype.kind in "biuf":
        content = io.BytesIO()
        np.save(content, np.asarray(data), allow_pickle=False)
        return {"npy": base64.b64encode(content.getvalue()).decode()}
    if isinstance(data, dict):
        return {"dict": {str(key): encode(value) for key, value in data.items()}}
    if isinstance(data, (list, tuple)):
        return [encode(item) for item in data]
    if isinstance(data, str):
        return str(data)
    return data if data is None or type(data) in (bool, int, float) else encode(plain(data))  # noqa: F821


def ask_about(exercise: str, names: Mapping[str, Any], seed: int, publish: Any = publish_display_data) -> None:
    """Put the exercise's probe to the answer among the notebook's `names`, and send what comes of it."""
    message: dict[str, Any] = {"exercise": exercise}
    try:
        with quiet(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            message["data"] = encode(data_of(exercise, names, seed))
    except (Exception, SystemExit) as error:
        message["failed"] = f"{type(error).__name__}: {error}"[:300]
    text = json.dumps(message)
    if len(text) > MAX_CHARACTERS:
        text = json.dumps({"exercise": exercise, "failed": f"its answers take {len(text)} characters, too many"})
    publish({MIME: text}, {})


def data_of(exercise: str, names: Mapping[str, Any], seed: int) -> dict[str, Any]:
    """What the probe gives; of an exercise without one its value, of one that is scored its predictions."""
    if predict := PREDICTIONS.get(exercise):
        with np.load(os.path.join(HERE, f"{exercise}.npz")) as shown:
            return predict(names, dict(shown))  # type: ignore[no-any-return]
    if exercise not in names:
        raise NameError(f"there is no {exercise}")
    answer, probe = names[exercise], PROBES.get(exercise)
    return probe(answer, np.random.default_rng(seed)) if probe else {"value": plain(answer)}  # noqa: F821


def run_steps(steps: list[tuple[str, str]], seed: int) -> None:
    """Go through a notebook: run its cells, whatever becomes of each, and ask about each exercise in its place."""
    shell = get_ipython()
    shell.showtraceback = lambda *args, **kwargs: None
    for kind, text in steps:
        if kind == "ask":
            ask_about(text, shell.user_ns, seed)
        else:
            with quiet():
                shell.run_cell(text, silent=True)


def stay() -> None:
    """Be there for later cells as the module `interview`, where steps are cells of their own."""
    module = sys.modules["interview"] = types.ModuleType("interview")
    vars(module)["ask_about"] = lambda exercise, seed: ask_about(exercise, get_ipython().user_ns, seed)
