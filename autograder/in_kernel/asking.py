"""Put questions to a student's answers, in the student's kernel.

This file is not imported: its text is the end of the program that `judge.questions` puts together. It runs before the
student's first cell, and nothing in it can be trusted after that.

`run_steps` goes through a notebook in one request. `stay` makes the module `asking`, for steps that are cells of their
own. During each question, settings that cells may have changed are as they were before the first cell (`Settings`).
"""

from __future__ import annotations

import base64
import builtins
import contextlib
import io
import json
import os
import random
import re
import signal
import sys
import types
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from IPython import get_ipython
from IPython.display import publish_display_data

MIME = "application/vnd.autograder.answer"
# Longer answers are not read: judge/answers.py has the same limits.
MAX_CHARACTERS = 8 << 20
MAX_PARTS = 20_000
MAX_DEPTH = 12
MAX_TEXT = 2000
QUESTIONS: Mapping[str, Callable[..., Any]] = {}  # by exercise; the program says which
PREDICTIONS: Mapping[str, Callable[..., Any]] = {}  # functions that make predictions, by scored exercise
HERE = os.getcwd()
# From solutions/asking.py.
plain: Callable[[Any], Any]
ERRORS: Sequence[tuple[str, list[tuple[str, int]]]]


class Settings:
    """Settings that cells may change and answers depend on: builtins, torch's defaults, random states, and so on."""

    def __init__(self) -> None:
        self.builtins = dict(vars(builtins))
        try:
            self.folder = os.readlink("/proc/self/cwd")  # os.getcwd takes seconds in a thousand nested folders
        except OSError:
            self.folder = HERE
        self.filters = list(warnings.filters)
        self.recursion = sys.getrecursionlimit()
        self.errors = np.geterr()
        self.printing = np.get_printoptions()
        self.random = random.getstate(), np.random.get_state()
        self.torch: dict[str, Any] = {}
        if torch := sys.modules.get("torch"):
            self.torch = {
                "dtype": torch.get_default_dtype(),
                "device": torch.get_default_device(),
                "grad": torch.is_grad_enabled(),
                "autocast": torch.is_autocast_enabled("cpu"),
                "threads": torch.get_num_threads(),
                "random": torch.get_rng_state(),
            }

    def restore(self) -> None:
        """Put everything back as it was when this object was made."""
        names = vars(builtins)
        for name in names.keys() - self.builtins.keys():
            del names[name]
        names.update(self.builtins)
        with contextlib.suppress(OSError):
            os.chdir(self.folder)
        warnings.filters[:] = self.filters  # type: ignore[index]
        sys.setrecursionlimit(self.recursion)
        np.seterr(**self.errors)
        np.set_printoptions(**self.printing)
        random.setstate(self.random[0])
        np.random.set_state(self.random[1])
        if self.torch:
            torch = sys.modules["torch"]
            torch.set_default_dtype(self.torch["dtype"])
            if torch.get_default_device() != self.torch["device"]:
                torch.set_default_device(None if self.torch["device"].type == "cpu" else self.torch["device"])
            torch.set_grad_enabled(self.torch["grad"])
            torch.set_autocast_enabled("cpu", self.torch["autocast"])
            if torch.get_num_threads() != self.torch["threads"]:
                torch.set_num_threads(self.torch["threads"])
            torch.set_rng_state(self.torch["random"])


START = Settings()


@contextlib.contextmanager
def as_at_start(seed: int) -> Iterator[None]:
    """Run the block with settings as before the first cell, and random numbers from the seed."""
    current = Settings()
    START.restore()
    random.seed(seed)
    np.random.seed(seed % (1 << 32))
    if START.torch:
        sys.modules["torch"].manual_seed(seed)
    try:
        yield
    finally:
        current.restore()


class TooLong(BaseException):
    """A step took longer than it may."""


@contextlib.contextmanager
def within(seconds: float, error: type[BaseException]) -> Iterator[None]:
    """Raise `error` if the block takes longer."""

    def late(*_: Any) -> None:
        raise error

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


class Nowhere(io.TextIOBase):
    """A stream that discards what is written to it."""

    def write(self, text: str) -> int:
        return len(text)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    with contextlib.redirect_stdout(Nowhere()), contextlib.redirect_stderr(Nowhere()):
        yield


def encode(data: Any, depth: int = 0, parts: list[int] | None = None) -> Any:
    """Plain data for JSON: arrays as .npy, dicts wrapped so that they are not taken for arrays. Raises ValueError if
    they have more parts than the judge reads."""
    parts = [0] if parts is None else parts
    parts[0] += 1
    if parts[0] > MAX_PARTS or depth > MAX_DEPTH:
        raise ValueError("the answers have too many parts")
    if isinstance(data, np.ndarray) and data.dtype.kind in "biuf":
        if data.dtype.itemsize > 8 or not data.dtype.isnative:
            data = data.astype(np.float64)
        content = io.BytesIO()
        np.save(content, np.asarray(data), allow_pickle=False)
        return {"npy": base64.b64encode(content.getvalue()).decode()}
    if isinstance(data, dict):
        return {"dict": {str(key)[:MAX_TEXT]: encode(value, depth + 1, parts) for key, value in data.items()}}
    if isinstance(data, (list, tuple)):
        return [encode(item, depth + 1, parts) for item in data]
    if isinstance(data, str):
        return str(data) if len(data) <= MAX_TEXT else f"a text of {len(data)} characters"
    if data is None or type(data) in (bool, float) or (type(data) is int and abs(data) < 10**18):
        return data
    return encode(plain(data), depth + 1, parts) if type(data) is not int else "a number of too many digits"  # noqa: F821


def ask_about(exercise: str, names: Mapping[str, Any], seed: int, publish: Any = publish_display_data) -> None:
    """Ask the exercise's answer among the notebook's `names`, and send the result."""
    message: dict[str, Any] = {"exercise": exercise}
    try:
        with as_at_start(seed), quiet(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # `encode` is looked up before the answer runs, which may replace it.
            message["data"] = encode(data := data_of(exercise, names, seed))
            message["lines"] = lines_that_raised(data, names.get(exercise))
    except TooLong:
        message["failed"] = "it took too long"
    except (Exception, SystemExit) as error:
        message["failed"] = f"{type(error).__name__}: {error}"[:300]
    text = json.dumps(message)
    if len(text) > MAX_CHARACTERS:
        text = json.dumps({"exercise": exercise, "failed": f"its answers take {len(text)} characters, too many"})
    publish({MIME: text}, {})


def lines_that_raised(data: Mapping[str, Any], answer: Any) -> dict[str, int]:
    """By the name of a question on which the answer raised an error: the line of the answer's cell."""
    parts = [answer, *vars(answer).values()] if isinstance(answer, type) else [answer]
    files = {part.__code__.co_filename for part in parts if isinstance(part, types.FunctionType)}
    found = {}
    for name, value in data.items():
        calls = next((calls for text, calls in ERRORS if text is value), [])  # noqa: F821
        if lines := [line for file, line in calls if file in files]:
            found[str(name)] = lines[-1]
    return found


def data_of(exercise: str, names: Mapping[str, Any], seed: int) -> dict[str, Any]:
    """The data of the question function, the value of an exercise without one, or the predictions of a scored one."""
    if predict := PREDICTIONS.get(exercise):
        with np.load(os.path.join(HERE, f"{exercise}.npz")) as shown:
            return predict(names, dict(shown))  # type: ignore[no-any-return]
    if exercise not in names:
        raise NameError(f"there is no {exercise}")
    answer, question = names[exercise], QUESTIONS.get(exercise)
    return question(answer, np.random.default_rng(seed)) if question else {"value": plain(answer)}  # noqa: F821


def run_steps(steps: list[tuple[str, str, float]], seed: int) -> None:
    """Run a notebook's cells, also after errors, and ask about each exercise in its place. Each step, (kind, text,
    seconds), has its own time; a cell that takes longer is interrupted, as by a person."""
    shell = get_ipython()
    shell.showtraceback = lambda *args, **kwargs: None
    for kind, text, seconds in steps:
        if kind == "ask":
            with contextlib.suppress(TooLong), within(seconds, TooLong):
                ask_about(text, shell.user_ns, seed)
        else:
            with quiet(), contextlib.suppress(KeyboardInterrupt), within(seconds, KeyboardInterrupt):
                shell.run_cell(text, silent=True)


def stay() -> None:
    """Stay available to later cells as the module `asking`, when steps are cells of their own."""
    module = sys.modules["asking"] = types.ModuleType("asking")
    vars(module)["ask_about"] = lambda exercise, seed: ask_about(exercise, get_ipython().user_ns, seed)
    vars(module)["report_passed"] = report_passed


def report_passed(exercise: str, nonce: str, publish: Any = publish_display_data) -> None:
    """Report that a test written by hand has passed."""
    publish({MIME: json.dumps({"exercise": exercise, "data": encode({"its tests": nonce})})}, {})


def guard_tests(tests: list[str]) -> None:
    """Run the visible tests, given by their sources, with settings as before the first cell. If a cell has redefined a
    builtin that a test uses, for example `max = 7`, the test gets Python's."""
    events, names = get_ipython().events, get_ipython().user_ns
    kept: list[tuple[Settings, dict[str, Any]]] = []

    def before(info: Any) -> None:
        if info.raw_cell in tests:
            words = set(re.findall(r"\w+", info.raw_cell))
            taken = {name: names.pop(name) for name in words & START.builtins.keys() & names.keys()}
            kept.append((Settings(), taken))
            START.restore()

    def after(result: Any) -> None:
        if kept:
            settings, taken = kept.pop()
            settings.restore()
            names.update(taken)

    events.register("pre_run_cell", before)
    events.register("post_run_cell", after)
