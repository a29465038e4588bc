"""Does `check` notice when an assignment is unsound, each way?"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from autograder.authoring import check as checks
from autograder.authoring.build import build
from autograder.authoring.check import check, leaked_lines
from autograder.course import Course
from tests.authoring.test_strength import replace
from tests.conftest import TOY, TOY_BY_HAND, make_toy


def faults_of(course: Course, name: str) -> list[str]:
    """What one check finds, with the course itself as its scratch copy."""
    return getattr(checks, name)(course, course, "a1_toy")


@pytest.mark.slow
def test_a_sound_assignment_passes_every_check(built_toy: Course) -> None:
    seen: dict[str, list[str]] = {}
    assert check(built_toy, "a1_toy", seen.__setitem__)
    assert list(seen.values()) == [[]] * 6


@pytest.mark.slow
def test_an_exercise_graded_by_hand_is_no_fault(tmp_path: Path) -> None:
    course = make_toy(tmp_path, TOY + TOY_BY_HAND)
    build(course, "a1_toy")
    assert faults_of(course, "_leaks") == []
    assert faults_of(course, "_marks") == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("there", "instead", "words"),
    [
        ("ask(answer, rng", "ask(double__same, rng", "a probe uses double__same, an answer"),
        ("rng.integers", "rng.whole_numbers", "cannot be put to the reference in a kernel: AttributeError"),
    ],
)
def test_a_probe_that_no_kernel_can_ask_is_a_fault(
    built_toy: Course, tmp_path: Path, there: str, instead: str, words: str
) -> None:
    course = Course(shutil.copytree(built_toy.root, tmp_path / "course"))
    text = course.probes("a1_toy").read_text(encoding="utf-8")
    course.probes("a1_toy").write_text(text.replace(there, instead, 1), encoding="utf-8")
    (fault,) = faults_of(course, "_marks")
    assert words in fault


def test_an_edited_notebook_is_drift(built_toy: Course, toy: Course) -> None:
    release = toy.release("a1_toy")
    assert "is missing" in checks._drift(toy, built_toy, "a1_toy")[0]
    release.parent.mkdir(parents=True)
    release.write_bytes(built_toy.release("a1_toy").read_bytes() + b" ")
    assert "differs" in checks._drift(toy, built_toy, "a1_toy")[0]


@pytest.mark.parametrize(
    ("where", "line", "leaks"),
    [
        ("source", "doubled_value = np.asarray(x) * 2", True),
        ("source", "  doubled_value=np.asarray( x )*2  # copied", True),
        ("source", "    negative_array = np.array([-3, 0])", True),
        ("output", "AssertionError: assert list(double(negative_array)) == [-6, 0]", True),
        ("metadata", "doubled_value = np.asarray(x) * 2", True),
        ("source", "import numpy as np", False),
        ("source", "    return x", False),
    ],
)
def test_a_line_of_a_solution_or_hidden_test_is_a_leak_wherever_it_stands(
    built_toy: Course, where: str, line: str, leaks: bool
) -> None:
    released = json.loads(built_toy.release("a1_toy").read_text(encoding="utf-8"))
    assert leaked_lines(built_toy.solution("a1_toy"), released) == []
    if where == "source":
        released["cells"][1]["source"].append(line)
    elif where == "output":
        released["cells"][1]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["x\n", line]}]
    else:
        released["metadata"]["note"] = line
    assert bool(leaked_lines(built_toy.solution("a1_toy"), released)) == leaks


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("open('/etc/hostname')", "opens /etc/hostname"),
        ("import socket; socket.socket()", "socket"),
        ("import matplotlib.pyplot as plt; plt.figure()", "figure open"),
        ("sum(n * n for n in range(40_000_000))", "processor time"),
        ("1 / 0", "ZeroDivisionError"),
    ],
)
def test_an_import_that_does_more_than_define_is_a_fault(toy: Course, code: str, words: str) -> None:
    replace(toy, "solutions/a1_toy.py", "import numpy as np\n", f"import numpy as np\n\n{code}\n")
    assert any(words in fault for fault in faults_of(toy, "_import"))


@pytest.mark.slow
def test_a_reference_that_fails_loses_marks_and_does_not_run(toy: Course) -> None:
    from autograder.authoring.build import build

    replace(toy, "solutions/a1_toy.py", "return np.sum(x)", "return np.sum(x) + 1")
    build(toy, "a1_toy")
    assert "AssertionError" in faults_of(toy, "_runs")[0]
    (fault,) = faults_of(toy, "_marks")
    assert "The reference gets 0.0 of 2.0 for total" in fault


@pytest.mark.slow
def test_a_blank_notebook_that_earns_points_is_a_fault(toy: Course) -> None:
    from autograder.authoring.build import build

    replace(toy, "solutions/a1_toy.py", 'quiz_even = "?"', 'quiz_even = "b"')
    build(toy, "a1_toy")
    (fault,) = faults_of(toy, "_marks")
    assert "The blank gets 1.0 of 1.0 for quiz_even" in fault


def test_unsound_tests_are_a_fault(toy: Course) -> None:
    replace(toy, "solutions/a1_toy.py", "assert list(double(negative_array)) == [-6, 0]", "assert True")
    assert "double" in faults_of(toy, "_strength")[0]
