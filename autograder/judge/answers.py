"""Read what a student's kernel sent: turn untrusted text into plain data, or refuse it.

JSON, and arrays in .npy. An array's header must be exactly the text that NumPy writes, and its size must match the
bytes that were sent, so nothing is evaluated and no other memory is allocated.
"""

from __future__ import annotations

import base64
import json
import math
import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np

MIME = "application/vnd.autograder.answer"  # as in_kernel/asking.py has it
MAX_CHARACTERS = 8 << 20  # of one answer
MAX_ITEMS = 20_000
MAX_DEPTH = 12
MAX_TEXT = 2000  # characters of a string

_HEADER = re.compile(
    rb"\x93NUMPY\x01\x00(?P<length>..)"
    rb"\{'descr': '(?P<type>[<|][biuf][1248])', 'fortran_order': (?P<order>True|False), "
    rb"'shape': \((?P<shape>[0-9, ]{0,300})\), \} *\n",
    re.DOTALL,
)


class Unreadable(Exception):
    """A message is not what a question gives; the error says why, in a phrase."""


@dataclass(frozen=True)
class QuestionResult:
    """The answer about one exercise: data, or the reason why there are none."""

    exercise: str
    data: dict[str, Any] | None
    failed: str = ""  # the reason, in a line
    unreadable: bool = False  # whether no question could have sent it
    text: str = field(default="", compare=False, repr=False)  # the message itself
    lines: dict[str, int] = field(default_factory=dict, compare=False)  # of its cell, by question, that raised an error


def read_answer(message: object) -> QuestionResult:
    """The answer in a message of type MIME. Raises Unreadable, and nothing else, if it names no exercise."""
    if not isinstance(message, str) or len(message) > MAX_CHARACTERS:
        raise Unreadable("it is too long" if isinstance(message, str) else "it is no text")
    try:
        content = json.loads(message, parse_int=_whole_number)
    except (ValueError, RecursionError, MemoryError):
        raise Unreadable("it is not JSON") from None
    exercise = content.get("exercise") if isinstance(content, dict) else None
    if not isinstance(exercise, str) or len(exercise) > MAX_TEXT:
        raise Unreadable("it names no exercise")
    if isinstance(failed := content.get("failed"), str):
        return QuestionResult(exercise, None, failed[:MAX_TEXT])
    try:
        data = _Reader().read(content.get("data"), 0)
    except Unreadable as error:
        return QuestionResult(exercise, None, f"what it sent cannot be read: {error}", unreadable=True)
    if isinstance(data, dict):
        lines = content.get("lines")
        named = {name: line for name, line in lines.items() if type(line) is int} if isinstance(lines, dict) else {}
        return QuestionResult(exercise, data, text=message, lines=named)
    return QuestionResult(exercise, None, "it sent no answers", unreadable=True)


def _whole_number(digits: str) -> int:
    if len(digits) > 18:  # more than NumPy's integers hold
        raise ValueError("a number is too long")
    return int(digits)


class _Reader:
    def __init__(self) -> None:
        self._items = 0

    def read(self, data: Any, depth: int) -> Any:
        self._items += 1
        if self._items > MAX_ITEMS or depth > MAX_DEPTH:
            raise Unreadable("it has too many parts" if depth <= MAX_DEPTH else "it is nested too deeply")
        if isinstance(data, list):
            return [self.read(item, depth + 1) for item in data]
        if isinstance(data, dict):
            return self._marked(data, depth)
        if isinstance(data, str) and len(data) > MAX_TEXT:
            raise Unreadable("a text in it is too long")
        return data  # None, a number or a string: nothing else comes out of JSON

    def _marked(self, data: dict[str, Any], depth: int) -> Any:
        match data:
            case {"dict": dict(items)} if len(data) == 1:
                if any(len(key) > MAX_TEXT for key in items):
                    raise Unreadable("a question in it is too long")
                return {key: self.read(value, depth + 1) for key, value in items.items()}
            case {"npy": str(content)} if len(data) == 1:
                return read_array(content)
        raise Unreadable("a part of it is neither an array nor a dict")


def read_array(content: str) -> np.ndarray:
    """The array of numbers in base64-coded .npy. Raises Unreadable."""
    try:
        written = base64.b64decode(content, validate=True)
    except ValueError:
        raise Unreadable("an array is not base64") from None
    header = _HEADER.match(written)
    if header is None or header.end() != 10 + int.from_bytes(header["length"], "little"):
        raise Unreadable("an array is not one of numbers as NumPy writes it")
    try:
        dtype = np.dtype(header["type"].decode())
        shape = tuple(_whole_number(part) for part in header["shape"].decode().replace(" ", "").split(",") if part)
    except (TypeError, ValueError):
        raise Unreadable("an array has an impossible type or shape") from None
    if len(shape) > 32 or math.prod(shape) * dtype.itemsize != len(written) - header.end():
        raise Unreadable("an array does not have the size it says")
    flat = np.frombuffer(written, dtype, offset=header.end())
    try:
        return flat.reshape(shape, order="F" if header["order"] == b"True" else "C")
    except ValueError:  # some lengths are 0 and others too large
        raise Unreadable("an array has an impossible shape") from None
