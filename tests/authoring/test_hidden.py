"""Do hidden tests made from questions judge as the questions do, and meet nothing of a student's?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from autograder.authoring import hidden
from autograder.authoring.hidden import expected_data, hidden_tests
from autograder.course import Course, CourseError
from tests.classes import Pieces
from tests.conftest import TOY, TOY_COUNTING, TOY_SCORE, make_toy
from tests.proving.test_strength import QUESTIONS, replace

HEADER = "### BEGIN HIDDEN TESTS"


def names_of(answer: str, **more: Any) -> dict[str, Any]:
    names = {"__name__": "__main__", **more}
    exec(f"import numpy as np\n{answer}", names)
    return names


def run(test: str, names: dict[str, Any]) -> None:
    exec(compile(test, "<hidden test>", "exec"), names)


@pytest.fixture(scope="module")
def tests(built_toy: Course) -> dict[str, str]:
    return {name: hidden.end for name, hidden in hidden_tests(built_toy, "a1_toy").items()}


def test_known_answers_are_judged_as_the_questions_judge_them(built_toy: Course, tests: dict[str, str]) -> None:
    pieces = Pieces(built_toy, "a1_toy")
    for exercise in pieces.exercises:
        run(tests[f"test_{exercise}"], names_of(pieces.reference[exercise]))
        for right in pieces.right[exercise].values():
            run(tests[f"test_{exercise}"], names_of(right))
        for wrong in pieces.wrong[exercise].values():
            with pytest.raises(AssertionError, match="Not right: |not the right answer"):
                run(tests[f"test_{exercise}"], names_of(wrong))


def test_what_fails_is_named(tests: dict[str, str]) -> None:
    rows_only = "def double(x):\n    return 2 * x if np.ndim(x) == 0 else x"
    with pytest.raises(AssertionError, match=r"^Not right: an array\.$"):
        run(tests["test_double"], names_of(rows_only))


def test_nothing_that_it_defines_meets_a_students_names(tests: dict[str, str]) -> None:
    taken = dict.fromkeys(("ask", "plain", "check", "failing", "np", "json", "encode", "expected", "copy"), 7)
    names = names_of("def double(x):\n    return x * 2") | taken
    before = set(names)
    run(tests["test_double"], names)
    assert set(names) - before == {"test_double_hidden"} and all(names[name] == 7 for name in taken)


def test_it_reads_as_the_question_and_the_data_come_last(tests: dict[str, str]) -> None:
    text = tests["test_double"]
    assert text.startswith(
        f"{HEADER}\ndef test_double_hidden():\n    # Made by `autograder build` from question_double"
    )
    assert '        "one number": ask(answer, rng.integers(100, 999)),' in text
    places = [text.index(part) for part in ("def question_double", "def ask(", "def check(", "expected = r")]
    assert places == sorted(places)


def test_other_versions_say_build_again_instead_of_refusing(
    tests: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.metadata.version", lambda name: "0.1")
    run(tests["test_double"], names_of("def double(x):\n    return x * 2"))
    with pytest.raises(RuntimeError, match="Run `autograder build` here"):
        run(tests["test_double"], names_of("def double(x):\n    return x"))


def test_by_shares_it_gives_points_beyond_what_no_work_gives_and_the_visible_test_does_not_end_it(
    toy: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    replace(toy, "pyproject.toml", "branch", 'credit = "share"\nbranch')
    half = '"half a number": ask(answer, rng.uniform(1, 9)), "refused": ask(or_value_error(answer), "x"), '
    replace(toy, QUESTIONS, '"one number"', f'{half}"one number"')
    replace(toy, QUESTIONS, "import ask", "import ask, or_value_error")
    replace(
        toy, "solutions/a1_toy/notebook.py", "doubled_value =", "x = x if np.ndim(x) else float(x)\n    doubled_value ="
    )
    expected = expected_data(toy, "a1_toy")
    assert expected.given == {"double": 1, "total": 0}  # `raise ValueError` is right for what is refused
    test = hidden_tests(toy, "a1_toy", expected)["test_double"]

    def points(answer: str) -> float:
        names = names_of(answer, test_double=lambda: 1 / 0)
        run(
            f"{test.above}\ntest_double()\nnever_reached()\n{test.end}".replace(
                "test_double_hidden(r", "points = test_double_hidden(r"
            ),
            names,
        )
        assert "ZeroDivisionError: division by zero" in capsys.readouterr().out
        return names["points"]

    assert points("def double(x):\n    return np.asarray(x, dtype=float) * 2") == 3
    assert points("def double(x):\n    return np.asarray(float(x)) * 2") == 2  # two of three beyond what is given
    assert points("def double(x):\n    return int(x) * 2") == 1
    assert points("def double(x):\n    raise ValueError") == points("def double(x):\n    return 0") == 0


def test_a_score_is_counted_and_what_is_missing_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    course = make_toy(tmp_path, TOY + TOY_SCORE)
    course.dataset("toy_data").mkdir()
    (course.dataset("toy_data") / "number.txt").write_text("4.0")
    monkeypatch.setenv("COURSE_DATA", str(course.dataset("")))
    monkeypatch.chdir(tmp_path)
    names = names_of("")
    run(hidden_tests(course, "a1_toy")["score_accuracy"].end, names)
    assert capsys.readouterr().out == "accuracy.txt is missing.\n"
    Path("accuracy.txt").write_text("0.5")
    assert names["score_accuracy"]() == 2.0 and "worth 2 points" in capsys.readouterr().out


def test_building_again_without_a_change_asks_nobody(toy: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    before = hidden_tests(toy, "a1_toy")
    monkeypatch.setattr(hidden, "_ask_reference", lambda *args: pytest.fail("asked again"))
    assert hidden_tests(toy, "a1_toy") == before
    toy.expected("a1_toy").write_text("{")
    with pytest.raises(pytest.fail.Exception, match="asked again"):
        hidden_tests(toy, "a1_toy")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("rng.integers(1", "rng.whole(1", "question_double fails for the reference, with inputs from seed 1"),
        ('"one number"', "str(rng.integers(9**9))", "question_double asks other questions with another seed"),
    ],
)
def test_a_question_that_the_reference_cannot_be_asked_is_refused(toy: Course, old: str, new: str, words: str) -> None:
    replace(toy, QUESTIONS, old, new)
    with pytest.raises(CourseError, match=words):
        expected_data(toy, "a1_toy")


def test_what_the_reference_gives_is_plain_json(built_toy: Course) -> None:
    assert json.loads(built_toy.expected("a1_toy").read_bytes())["values"] == {"quiz_even": "b"}
    assert TOY_COUNTING not in built_toy.questions("a1_toy").read_text(encoding="utf-8")
