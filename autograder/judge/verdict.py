"""Judge whether an answer gave the right data, and say where it did not."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from autograder.judge.answers import QuestionResult
from autograder.judge.compare import Predicate, agree, failing
from autograder.judge.questions import Question, Questions

VerdictKind = Literal["agrees", "differs", "no answer"]
_SHOWN = 120  # characters of each side of the evidence


@dataclass(frozen=True)
class Verdict:
    """The judge's verdict on one exercise."""

    kind: VerdictKind
    failing: tuple[str, ...] = ()  # the names of the questions that it fails
    evidence: str = ""  # a phrase for the instructor, who may see numbers


def judge(
    question: Question, questions: Questions, expected: Mapping[str, Any], answer: QuestionResult | None, seed: int
) -> Verdict:
    """The verdict on an answer; `expected` are the reference's data, and `answer` is None if nothing came back."""
    if answer is None or answer.data is None:
        said = f" ({shown(answer.failed)})" if answer is not None and answer.failed else ""
        return Verdict("no answer", evidence=f"it gave no answer{said}")
    wrong = names_failing(question, questions, expected, answer.data, seed)
    if not wrong:
        return Verdict("agrees")
    if answer.data.keys() != expected.keys():
        return Verdict("differs", tuple(wrong), "it answered other questions than it was asked")
    first = wrong[0]
    what = "its value" if question.by_value else f"asked {shown(first)!r} it"
    return Verdict("differs", tuple(wrong), f"{what} gave {difference(expected[first], answer.data[first])}")


def names_failing(
    question: Question, questions: Questions, expected: Mapping[str, Any], data: Mapping[str, Any], seed: int
) -> list[str]:
    """The names of the questions that `data` answer wrongly."""
    if question.by_value:
        return [] if _same_value(question, expected.get("value"), data.get("value")) else ["value"]
    return failing(
        expected,
        data,
        rtol=question.rtol,
        atol=question.atol,
        predicate=predicate(questions.predicates, question.predicate) if question.predicate else None,
        free=question.free,
        seed=seed,
    )


def same(question: Question, one: Any, other: Any) -> bool:
    """Whether two answers to the same question agree."""
    if question.by_value:
        return _same_value(question, one, other)
    with np.errstate(all="ignore"):
        return agree(one, other, rtol=question.rtol, atol=question.atol)


@functools.lru_cache(maxsize=64)
def predicate(predicates: str, name: str) -> Predicate:
    """The course's predicate, from its source."""
    names: dict[str, Any] = {"__name__": "predicates"}
    exec(compile(predicates, "<predicates>", "exec"), names)
    found: Predicate = names[name]
    return found


def _same_value(question: Question, expected: Any, got: Any) -> bool:
    """Compare letters without case and blanks around them; a number may be written as text."""
    if isinstance(expected, str) and isinstance(got, str):
        return expected.strip().lower() == got.strip().lower()
    if isinstance(got, str) and len(got) < 50:
        with suppress(ValueError):
            got = float(got)
    return agree(expected, got, rtol=question.rtol, atol=question.atol)


def difference(expected: Any, got: Any) -> str:
    """Both sides, shortened; for arrays of the same shape, the number that is farthest off."""
    if isinstance(expected, np.ndarray) and isinstance(got, np.ndarray) and expected.shape == got.shape and got.ndim:
        with np.errstate(all="ignore"):
            off = np.abs(got.astype(float) - expected.astype(float))
        worst = np.unravel_index(int(np.argmax(np.where(np.isnan(off), np.inf, off))), off.shape)
        where = ", ".join(str(int(place)) for place in worst)
        return f"{got[worst]:g} at [{where}] where the reference gives {expected[worst]:g}"
    for path, one, other in _parts(expected, got, ""):
        return f"{shown(other)} at {shown(path)} where the reference gives {shown(one)}"
    return f"{shown(got)} where the reference gives {shown(expected)}"


def _parts(expected: Any, got: Any, path: str) -> Iterator[tuple[str, Any, Any]]:
    """The first place inside lists and dicts where the two differ in more than a rounding error."""
    if isinstance(expected, dict) and isinstance(got, dict) and expected.keys() == got.keys():
        pairs = [(str(key), expected[key], got[key]) for key in expected]
    elif isinstance(expected, list) and isinstance(got, list) and len(expected) == len(got):
        pairs = [(str(number), *both) for number, both in enumerate(zip(expected, got, strict=True))]
    else:
        return
    for name, one, other in pairs:
        if not agree(one, other, rtol=1e-4, atol=1e-4):
            inner = f"{path}/{name}" if path else name
            yield from _parts(one, other, inner)
            yield inner, one, other


def shown(data: Any) -> str:
    """Data in a line, shortened, without control characters."""
    if isinstance(data, np.ndarray):
        with np.printoptions(precision=4, threshold=12, edgeitems=2):
            text = f"{data.dtype} array of shape {data.shape}: {data}" if data.ndim else f"{data[()]:g}"
    else:
        text = data if isinstance(data, str) else _text(data)
    plain = "".join(sign if sign.isprintable() else " " for sign in " ".join(text[: 4 * _SHOWN].split()))
    return plain if len(plain) <= _SHOWN else plain[: _SHOWN - 1] + "…"


def _text(data: Any) -> str:
    if isinstance(data, dict):
        return "{" + ", ".join(f"{key}: {shown(value)}" for key, value in list(data.items())[:12]) + "}"
    if isinstance(data, list):
        return "[" + ", ".join(shown(item) for item in data[:12]) + (", …]" if len(data) > 12 else "]")
    return str(data)
