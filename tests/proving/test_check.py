"""Does `check` notice when an assignment is unsound, each way?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from autograder.authoring.build import build
from autograder.course import Course
from autograder.proving import check as checks
from autograder.proving import importing
from autograder.proving.check import Kernels, Subject, check
from autograder.proving.kept import Definitions, Kept
from autograder.proving.leaks import leaked_lines
from autograder.proving.strength import strength
from tests.conftest import TOY, TOY_BY_HAND, make_toy
from tests.proving.test_strength import MISTAKES, QUESTIONS, replace


def faults_of(course: Course, name: str) -> list[str]:
    """What one check finds."""
    with Kernels() as kernels:
        subject = Subject(course, "a1_toy", kernels)
        with subject.stack:
            found: list[str] = getattr(checks, name)(subject)
    return found


@pytest.mark.slow
def test_a_sound_assignment_passes_every_check(built_toy: Course) -> None:
    seen: dict[str, list[str]] = {}
    assert check(built_toy, "a1_toy", seen.__setitem__)
    assert list(seen.values()) == [[]] * 8


@pytest.mark.slow
def test_an_exercise_graded_by_hand_is_no_fault(tmp_path: Path) -> None:
    course = make_toy(tmp_path, TOY + TOY_BY_HAND)
    build(course, "a1_toy")
    assert faults_of(course, "_leaks") == []
    assert faults_of(course, "_marks") == []


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("rng.integers(1, 99, size=(2, 3))", "np.arange(6)", "question_total gives the same data for two seeds"),
        ("rng.integers(1", "rng.whole(1", "question_double raises AttributeError for the reference"),
        ("rng.integers(100, 999)", "np.random.randint(9999)", "question_double gives other data when it is asked"),
        ('"one number"', '"an array"', ":11: question_double names two things alike: 'an array'"),
        ('"one number"', "str(rng.integers(9**9))", "question_double asks other questions with another seed"),
        ("ask(answer, rng.integers(100, 999))", "{1}", "question_double returns what is not plain data"),
    ],
)
def test_a_question_that_a_table_could_answer_or_that_leaves_something_to_chance_is_a_fault(
    toy: Course, old: str, new: str, words: str
) -> None:
    replace(toy, QUESTIONS, old, new)
    faults = faults_of(toy, "_questions")
    assert any(words in fault and str(toy.questions("a1_toy")) in fault for fault in faults), faults


def test_a_predicate_that_accepts_another_seeds_data_is_a_fault_unless_it_is_said_why(toy: Course) -> None:
    replace(toy, QUESTIONS, "import ask", "import ask, judged")
    anything = "def anything(data, rng):\n    return []\n\n\n@judged(predicate=anything)\n"
    replace(toy, QUESTIONS, "def question_total", f"{anything}def question_total")
    (fault,) = faults_of(toy, "_questions")
    assert "question_total accepts the data of another seed" in fault
    replace(toy, QUESTIONS, "predicate=anything", 'predicate=anything, fixed="a toy"')
    assert faults_of(toy, "_questions") == []


def test_an_edited_notebook_is_drift(built_toy: Course, toy: Course) -> None:
    release = toy.release("a1_toy")
    assert "is missing" in faults_of(toy, "_drift")[0]
    release.parent.mkdir(parents=True)
    release.write_bytes(built_toy.release("a1_toy").read_bytes() + b" ")
    assert "differs" in faults_of(toy, "_drift")[0]


@pytest.mark.parametrize(
    ("where", "line", "leaks"),
    [
        ("source", "doubled_value = np.asarray(x) * 2", True),
        ("source", "  doubled_value=np.asarray( x )*2  # copied", True),
        ("source", '"one number": ask(answer, rng.integers(100, 999)),', True),
        ("output", "check(wrong_names(question_double, double, expected, made_with, rtol=0.0001, atol=0.0001))", True),
        ("source", "return sum(total__recursive(row) for row in x) if np.ndim(x) else x", True),
        ("metadata", "doubled_value = np.asarray(x) * 2", True),
        ("source", "import numpy as np", False),
        ("source", "    return x", False),
    ],
)
def test_a_line_that_students_are_not_given_is_a_leak_wherever_it_stands(
    built_toy: Course, where: str, line: str, leaks: bool
) -> None:
    released = json.loads(built_toy.release("a1_toy").read_text(encoding="utf-8"))
    assert leaked_lines(built_toy, "a1_toy", released) == []
    if where == "source":
        released["cells"][1]["source"].append(line)
    elif where == "output":
        released["cells"][1]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["x\n", line]}]
    else:
        released["metadata"]["note"] = line
    assert bool(leaked_lines(built_toy, "a1_toy", released)) == leaks


def test_an_import_that_does_more_than_define_is_a_fault(toy: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "IMPORT_SECONDS", 0.01)
    code = """
import socket
import time

import matplotlib.pyplot as plt

open("/etc/hostname")
socket.socket()
plt.figure()
start = time.process_time()
while time.process_time() < start + 0.02:
    pass
"""
    replace(toy, "solutions/a1_toy/notebook.py", "import numpy as np\n", f"import numpy as np\n{code}\n")
    faults = "\n".join(faults_of(toy, "_import"))
    for words in ("opens /etc/hostname", "socket", "figure open", "s of processor time"):
        assert words in faults


def test_an_import_that_fails_is_a_fault(toy: Course) -> None:
    replace(toy, "solutions/a1_toy/notebook.py", "import numpy as np\n", "import numpy as np\n\n1 / 0\n")
    assert "ZeroDivisionError" in faults_of(toy, "_import")[0]


@pytest.mark.slow
def test_a_reference_that_fails_its_test_is_a_fault(toy: Course) -> None:
    replace(toy, "solutions/a1_toy/notebook.py", "return np.sum(x)", "return np.sum(x) + 1")
    build(toy, "a1_toy")
    assert "AssertionError" in faults_of(toy, "_runs")[0]


@pytest.mark.slow
def test_a_blank_notebook_that_earns_points_is_a_fault(toy: Course) -> None:
    from autograder.authoring.build import build

    replace(toy, "solutions/a1_toy/notebook.py", 'quiz_even = "?"', 'quiz_even = "b"')
    build(toy, "a1_toy")
    (fault,) = faults_of(toy, "_marks")
    assert "The blank gets 1.0 of 1.0 for quiz_even" in fault


def test_weak_questions_are_a_fault(toy: Course) -> None:
    replace(toy, QUESTIONS, "rng.integers(1, 99, size=(2, 3))", "np.zeros(2)")
    replace(toy, QUESTIONS, "rng.integers(100, 999)", "0")
    assert "double" in faults_of(toy, "_strength")[0]


def test_only_what_a_change_may_have_broken_is_tested_again(
    own_toy: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "kept.json"

    def asked() -> list[list[str]]:
        """The exercises whose known answers are asked, check by check."""
        found: list[list[str]] = []

        def spy(course: Course, assignment: str, exercises: list[str], *args: Any, **more: Any) -> list[Any]:
            found.append(exercises)
            return strength(course, assignment, exercises, *args, **more)

        monkeypatch.setattr(checks, "strength", spy)
        with Kernels() as kernels:
            subject = Subject(own_toy, "a1_toy", kernels, Kept(path))
            with subject.stack:
                assert checks._strength(subject) == []
        subject.kept.write()
        return found

    assert asked() == [["double", "total", "quiz_even"]]
    assert asked() == []
    replace(own_toy, "solutions/a1_toy/notebook.py", '"""Twice `x`."""', '"""Twice as much as `x`."""')
    assert asked() == [["double"]]
    replace(own_toy, MISTAKES, "def total__first_axis", "# a comment\ndef total__first_axis")
    assert asked() == []
    replace(own_toy, QUESTIONS, "rng.integers(100, 999)", "rng.integers(100, 998)")
    assert asked() == [["double"]]


def test_a_fault_is_not_kept(tmp_path: Path) -> None:
    for found in (["no"], ["no"], []):
        kept = Kept(tmp_path / "kept.json")
        assert kept.faults("a claim", ["facts"], lambda found=found: found) == found  # type: ignore[misc]
        kept.write()
    assert Kept(tmp_path / "kept.json").proved("a claim", ["facts"])
    assert not Kept(tmp_path / "kept.json").proved("a claim", ["other facts"])


def test_an_exercise_depends_on_what_its_question_and_answers_use(toy: Course) -> None:
    def about() -> dict[str | None, str]:
        definitions = Definitions(toy, "a1_toy")
        return {cell.exercise: repr(definitions.about(cell)) for cell in definitions.cells}

    def changed(path: str, old: str, new: str) -> set[str | None]:
        before = about()
        replace(toy, path, old, new)
        after = about()
        return {name for name in before if before[name] != after[name]}

    assert changed("solutions/asking.py", "RTOL = ATOL = 1e-4", "RTOL = ATOL = 2e-4") == {
        "double",
        "total",
        "quiz_even",
    }
    assert changed(QUESTIONS, "rng.integers(100, 999)", "rng.integers(100, 998)") == {"double"}
    assert changed(MISTAKES, "def total__first_axis(x):", "def total__first_axis(x, *more):") == {"total"}
