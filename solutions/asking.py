"""What questions are written with, and the contract of an assignment's `questions.py`, `mistakes.py` and `others.py`.

These files are read by names; nothing is registered.

questions.py
    `question_<exercise>(answer, rng)`
        Puts `answer`, what a student handed in, to inputs drawn from `rng` (a `numpy.random.Generator`) and returns a
        dict from the name of each question to plain data: arrays of numbers, numbers, strings, None, lists and dicts
        of these. Students read the names, which are the specification: "a kernel one row too tall". The same answer and
        seed give the same data, and other seeds give other data, so no table can hold the answers. Data are raw: what
        came out, not the student's object's own word about itself.
    `@judged(…)`
        How the data are compared with the reference's: within a tolerance, or, under names that a right answer may
        answer in more than one way, by a predicate `(data, rng)`. It gets what the answer gave and a generator in the
        state that the question's had, so that it can draw the inputs again; it returns the names that fail. Predicates
        run beside the judge, never near a submission, and use NumPy only.
    `BY_VALUE`
        A dict from each exercise whose answer is a value, a letter or a number, to the reason. The judge compares the
        value with the reference's.
    `shown_<name>(data, rng)`, `predict_<name>(names, shown)`, `points_<name>(data, key)`
        For a grade cell with `score="<name>"`: what is shown of the data sets in the folder `data`, as a dict of
        arrays, and the key that stays with the judge; what comes of showing it to the network among the notebook's
        `names`, as plain data; and (points, a sentence for the student) by the key.
mistakes.py
    `<exercise>__<mistake>`
        A wrong answer that a student could hand in. Its docstring is what a student who made this mistake should read:
        it names the misconception in a sentence or two and gives no solution away.
    `@edit({"old": "new"}, of="…")`
        Such an answer as an edit of another one, in place of a whole function.
others.py
    `<exercise>__<how>`
        A right answer written differently, with a docstring that says what is different.

Each answer stands alone: it uses its arguments, what the notebook itself imports, and earlier exercises by name, so
that it can be pasted into a notebook under its exercise's name. A question, and what is to predict, runs in a student's
kernel: it uses libraries, what its file defines for questions, and this file's functions; nothing else of `solutions`,
and no answer.
"""

from __future__ import annotations

import copy
import re
import traceback
import warnings
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

Plain = Any  # np.ndarray of numbers | int | float | bool | str | None | list[Plain] | dict[str, Plain]
Answer = Callable[..., Any]
Question = Callable[[Answer, np.random.Generator], dict[str, Plain]]
Predicate = Callable[[dict[str, Plain], np.random.Generator], Sequence[str]]

# The latest texts that `ask` returned in place of errors, and the (file, line) of each call that the error passed.
ERRORS: deque[tuple[str, list[tuple[str, int]]]] = deque(maxlen=1000)

RTOL = ATOL = 1e-4  # wide enough for a right answer in float32, far below what any mistake changes


def judged(
    *,
    rtol: float = RTOL,
    atol: float = ATOL,
    predicate: Predicate | None = None,
    free: Sequence[str] | None = None,
    fixed: str = "",
) -> Callable[[Question], Question]:
    """Say how a question's data are judged.

    |got − expected| ≤ atol + rtol·|expected|. Data under the names `free` (all, where it is None and there is a
    predicate) are judged by `predicate` alone; the others are compared with the reference's, and the predicate may name
    them as well. `fixed` says why the data are the same for every seed, where they have to be.
    """

    def decorate(question: Question) -> Question:
        vars(question).update(rtol=rtol, atol=atol, predicate=predicate, free=free, fixed=fixed)
        return question

    return decorate


def ask(answer: Answer, *args: Any, **kwargs: Any) -> Plain:
    """Call `answer` and return what came of it as plain data.

    An exception becomes the string `"raised <its type>"`, so a crash on one input leaves the others to compare; a
    call that changed its arguments becomes `"changed its input"`. What cannot be plain data becomes
    `"returned <its type>"`. Warnings are let pass: whether one is an error must not depend on who asks.
    """
    before = copy.deepcopy((args, kwargs))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result = plain(answer(*args, **kwargs))
    except Exception as error:
        text = f"raised {type(error).__name__}"
        calls = [(call.f_code.co_filename, line) for call, line in traceback.walk_tb(error.__traceback__)]
        ERRORS.append((text, calls))
        return text
    return result if _same(before, (args, kwargs)) else "changed its input"


def plain(value: Any) -> Plain:
    """Turn numbers, arrays, tensors and nests of them into plain data. Arrays keep their dtype, but for bfloat16, which
    NumPy lacks; a list of equal shapes becomes one array."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if hasattr(value, "detach"):
        if value.is_meta:
            return f"a tensor without data, of shape {tuple(value.shape)}"
        value = value.detach().cpu()
        value = (value.float() if str(value.dtype) == "torch.bfloat16" else value).numpy()
    if isinstance(value, (list, tuple)):
        items = [plain(item) for item in value]
        same_shape = len({item.shape if isinstance(item, np.ndarray) else None for item in items}) == 1
        return np.stack(items) if same_shape and isinstance(items[0], np.ndarray) else items
    try:
        array = np.asarray(value)
        if array.dtype.kind in "biuf":
            return array
    except Exception:  # an object may refuse to be an array in any way it likes
        pass
    return f"returned {type(value).__name__}"


def names_that_fail(checks: dict[str, Callable[[], Any]]) -> list[str]:
    """For predicates: the names whose check is not true, or raises, as it may where anything came back."""

    def holds(check: Callable[[], Any]) -> bool:
        try:
            return bool(check())
        except Exception:
            return False

    return [name for name, check in checks.items() if not holds(check)]


def or_value_error(answer: Answer) -> Answer:
    """The answer, for arguments that it should refuse: an error derived from ValueError counts as a ValueError."""

    def asked(*args: Any, **kwargs: Any) -> Any:
        try:
            return answer(*args, **kwargs)
        except ValueError:
            return "raised ValueError"

    return asked


class Elsewhere:
    """A tensor on another device, of which a test machine has none: one can ask how large it is, and move it."""

    def __init__(self, tensor: Any) -> None:
        import torch

        self.tensor, self.shape, self.device = tensor, tensor.shape, torch.device("meta")

    def __len__(self) -> int:
        return len(self.tensor)

    def size(self, *axis: int) -> Any:
        return self.tensor.size(*axis)

    def to(self, *goals: Any, **more: Any) -> Any:
        places = [str(getattr(goal, "device", goal)) for goal in (*goals, *more.values())]
        return self.tensor if "cpu" in places else self

    def cpu(self) -> Any:
        return self.tensor


def type_name(value: Any) -> str:
    """What a value is, for questions about types: "int", "float", "bool", "float32 tensor", "int64 array", "list"."""
    if hasattr(value, "detach"):
        return f"{str(value.dtype).removeprefix('torch.')} tensor"
    if isinstance(value, np.ndarray):
        return f"{value.dtype} array"
    for kind, name in ((np.bool_, "bool"), (np.integer, "int"), (np.floating, "float")):
        if isinstance(value, kind):
            return name
    return type(value).__name__


def edit(changes: Mapping[str, str], *, of: str = "") -> Callable[[Answer], Answer]:
    """Write a wrong answer as an edit of the reference, or of the known answer `<exercise>__<of>`.

    `changes` maps each text that occurs exactly once in that answer to what stands there instead; in a text of several
    lines, those behind the first are indented as the line in which it begins. The grader reads the file; what is
    decorated is only a name and a docstring.
    """
    return lambda stub: stub


def written_out(text: str, name: str, message: str, world: dict[str, Any]) -> Answer:
    """The answer of an edit: its `text`, under the exercise's name, run among the names of the file it belongs to."""
    exercise = name.partition("__")[0]
    hidden = f"_edited_{name.replace('__', '_')}"  # under the exercise's name stands another answer there
    exec(re.sub(rf"(?<![\w.]){exercise}\b(?!\s*=[^=])", hidden, text), world)
    answer = world[hidden]
    answer.__name__ = answer.__qualname__ = name
    answer.__doc__ = message
    return answer  # type: ignore[no-any-return]


class Choice(str):
    """A wrong choice in a quiz: the letter, with what its chooser should read as its docstring."""

    def __new__(cls, letter: str, message: str) -> Choice:
        choice = super().__new__(cls, letter)
        choice.__doc__ = message
        return choice


def _same(before: Any, after: Any) -> bool:
    if isinstance(before, (tuple, list)):
        return len(before) == len(after) and all(map(_same, before, after))
    if isinstance(before, dict):
        return before.keys() == after.keys() and all(_same(before[key], after[key]) for key in before)
    if hasattr(before, "detach"):
        if before.is_meta:
            return True
        before, after = before.detach().cpu(), after.detach().cpu()
        return before.dtype == after.dtype and _same(plain(before), plain(after))
    if isinstance(before, np.ndarray):
        return before.dtype == after.dtype and np.array_equal(before, after, equal_nan=before.dtype.kind == "f")
    return True
