"""Is what a stranger sent read as data, or not at all?"""

from __future__ import annotations

import base64
import io
import json
import pickle
import time
import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograder.in_kernel import asking
from autograder.judge import answers
from autograder.judge.answers import QuestionResult, Unreadable, read_answer, read_array
from autograder.judge.compare import agree
from tests.judge.test_compare import plain_data


def npy(array: np.ndarray, **options: Any) -> str:
    content = io.BytesIO()
    np.save(content, array, **options)
    return base64.b64encode(content.getvalue()).decode()


def with_header(header: str, content: bytes = b"", version: bytes = b"\x01\x00") -> str:
    written = b"\x93NUMPY" + version + len(header).to_bytes(2, "little") + header.encode() + content
    return base64.b64encode(written).decode()


def sent(data: Any) -> str:
    return json.dumps({"exercise": "double", "data": data})


def test_both_ends_mean_the_same_message() -> None:
    ours = (answers.MIME, answers.MAX_CHARACTERS, answers.MAX_ITEMS, answers.MAX_DEPTH, answers.MAX_TEXT)
    assert ours == (asking.MIME, asking.MAX_CHARACTERS, asking.MAX_PARTS, asking.MAX_DEPTH, asking.MAX_TEXT)


@given(st.dictionaries(st.text(max_size=5), plain_data, max_size=3))
def test_what_a_kernel_sends_comes_back_as_it_was(data: dict[str, Any]) -> None:
    answer = read_answer(sent(asking.encode(data)))
    assert answer.exercise == "double" and agree(data, answer.data, rtol=0, atol=0)


@given(
    hnp.arrays(st.sampled_from(["<f8", "<f4", "<f2", "<i8", "|i1", "|u1", "<u8", "|b1"]), hnp.array_shapes(min_dims=0))
)
def test_arrays_keep_type_shape_and_order(array: np.ndarray) -> None:
    for written in (array, np.asfortranarray(array)):
        back = read_array(npy(written))
        assert back.dtype == written.dtype and back.shape == written.shape
        assert np.array_equal(back, written, equal_nan=array.dtype.kind == "f")


class Bomb:
    def __reduce__(self) -> tuple[Any, ...]:
        return pytest.fail, ("a pickle was loaded",)


OBJECTS = np.array([Bomb()], dtype=object)
PLAIN = "{'descr': '<f8', 'fortran_order': False, 'shape': (%s), }\n"


@pytest.mark.parametrize(
    "content",
    [
        npy(OBJECTS, allow_pickle=True),
        base64.b64encode(pickle.dumps(Bomb())).decode(),
        npy(np.zeros(2, dtype=[("a", "f8")])),
        npy(np.array(["text"])),
        npy(np.zeros(2, dtype=complex)),
        npy(np.zeros(2, dtype="datetime64[s]")),
        npy(np.zeros(2, dtype=">f8")),
        npy(np.zeros(1, dtype=np.longdouble)),
        npy(np.zeros(3))[:-8],
        npy(np.zeros(3)) + "AAAA",
        "not base64!",
        "",
        with_header(PLAIN % "1000000000000,"),
        with_header(PLAIN % "999999999999999999, 999999999999999999"),
        with_header(PLAIN % ("9" * 5000)),
        with_header(PLAIN % ("1, " * 90)),
        with_header(PLAIN % "0, 999999999999999999, 999999999999999999"),
        with_header(PLAIN % "-1,", bytes(8)),
        with_header(PLAIN % "1,", bytes(8), version=b"\x03\x00"),
        with_header("{'descr': '<f8', 'fortran_order': False, 'shape': __import__('os').abort(), }\n"),
        with_header("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }\n", bytes(8)),
        with_header("{'descr': '<b8', 'fortran_order': False, 'shape': (1,), }\n", bytes(8)),
        with_header("(" * 60_000),
    ],
)
def test_what_is_no_array_of_numbers_as_numpy_writes_it_is_unreadable(content: str) -> None:
    with pytest.raises(Unreadable):
        read_array(content)
    assert read_answer(sent({"dict": {"array": {"npy": content}}})).data is None


def deep(levels: int, opened: str, closed: str) -> str:
    return '{"exercise": "double", "data": {"dict": {"a": ' + opened * levels + "null" + closed * levels + "}}}"


@pytest.mark.parametrize(
    ("message", "why"),
    [
        (deep(13, "[", "]"), "too deeply"),
        (deep(400, '{"dict": {"a": ', "}}"), "too deeply"),
        (sent({"dict": {"a": [0] * 30_000}}), "too many parts"),
        (sent({"dict": {"a": "x" * 5000}}), "text in it is too long"),
        (sent({"dict": {"x" * 5000: 1}}), "question in it is too long"),
        (sent({"a": 1}), "neither an array nor a dict"),
        (sent({"dict": {"a": {"npy": 3}}}), "neither an array nor a dict"),
        (sent([1]), "no answers"),
        (sent(None), "no answers"),
        (sent("text"), "no answers"),
        (json.dumps({"exercise": "double"}), "no answers"),
        (json.dumps({"exercise": "double", "failed": "x" * 9999}), "xxx"),
    ],
)
def test_an_answer_that_cannot_be_read_says_why(message: str, why: str) -> None:
    answer = read_answer(message)
    assert answer.data is None and why in answer.failed and len(answer.failed) < 3000


@pytest.mark.parametrize(
    "message",
    [
        None,
        {"exercise": "double"},
        b"{}",
        "",
        "{}",
        "[]",
        "nonsense",
        '{"exercise": 3, "data": {}}',
        '{"exercise": "' + "x" * 9999 + '"}',
        '{"exercise": "double", "data": ' + "9" * 5000 + "}",
        "[" * 1_000_000,
        '{"a":' * 500_000,
        "x" * (answers.MAX_CHARACTERS + 1),
    ],
)
def test_a_message_that_names_no_exercise_is_unreadable(message: object) -> None:
    with pytest.raises(Unreadable):
        read_answer(message)


@given(st.one_of(st.text(), st.recursive(st.none() | st.floats() | st.text(), st.lists).map(sent)))
def test_no_text_makes_it_raise_anything_else(message: str) -> None:
    try:
        assert isinstance(read_answer(message), QuestionResult)
    except Unreadable:
        pass


def test_numbers_that_are_no_numbers_are_read_as_what_they_are() -> None:
    answer = read_answer('{"exercise": "double", "data": {"dict": {"a": [NaN, Infinity, 1e999, true, null]}}}')
    assert (
        answer.data is not None
        and np.isnan(answer.data["a"][0])
        and answer.data["a"][1:] == [np.inf, np.inf, True, None]
    )


def test_memory_is_taken_for_what_was_sent_and_not_for_what_it_claims() -> None:
    message = sent({"dict": {str(n): {"npy": with_header(PLAIN % "400000000,")} for n in range(1000)}})
    tracemalloc.start()
    began = time.process_time()
    assert read_answer(message).data is None
    assert tracemalloc.get_traced_memory()[1] < 20 * len(message) and time.process_time() - began < 60
    tracemalloc.stop()
