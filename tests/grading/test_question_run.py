"""Are answers asked where the tests stood, in a kernel that no test enters, whatever they do there?"""

from __future__ import annotations

import dataclasses
import pickle
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from autograder.authoring.build import source_notebook
from autograder.authoring.questions import course_questions
from autograder.course import Course, CourseError
from autograder.grading.execute import Run
from autograder.grading.question_run import QuestionRun, ask_answers, definitions, run_tests_by_hand
from autograder.grading.verdicts import Examination, ask_reference, course_seed, hold_out_data, judge_answers
from autograder.judge.answers import QuestionResult
from autograder.judge.questions import Question, Questions
from autograder.kernels.provisioner import KernelServer
from autograder.kernels.sandbox import best_sandbox
from autograder.limits import Limits
from autograder.submissions.restore import restore, without_hidden_tests
from tests.classes import Pieces
from tests.conftest import TOY, TOY_SCORE, make_toy

pytestmark = pytest.mark.slow
SMALL = Limits(cell_seconds=2, notebook_seconds=30, question_seconds=10, memory_mb=500, output_mb=0.1, crashes=2)
SEED = 7
FROM_A_FILE = "def double(x):\n    return np.asarray(x) * int(open('factor.txt').read())"
MAXIMUM = "def total(x):\n    return max(np.sum(x), -len(x))"
TIMES = "def double(x):\n    return times(x, 2)"
DOUBLE_BY_FACTOR = "def double(x):\n    return np.asarray(x) * factor"


@pytest.fixture(scope="module", autouse=True)
def server() -> Iterator[None]:
    """One for all tests of this module."""
    with KernelServer(best_sandbox(), preload=["numpy"]) as kernels:
        kernels.start()
        yield


@pytest.fixture(scope="module")
def pieces(built_toy: Course) -> Pieces:
    return Pieces(built_toy, "a1_toy")


@pytest.fixture(scope="module")
def source(built_toy: Course) -> NotebookNode:
    return source_notebook(built_toy, "a1_toy", generated=False)


@pytest.fixture(scope="module")
def questions(built_toy: Course) -> Questions:
    return course_questions(built_toy, "a1_toy")


@pytest.fixture(scope="module")
def examination(source: NotebookNode, questions: Questions, server: None) -> Examination:
    return examined(ask_reference(source, {}, SMALL, questions, SEED), questions)


def examined(run: QuestionRun, questions: Questions) -> Examination:
    expected = {name: answer.data for name, answer in run.answers.items() if answer and answer.data is not None}
    return Examination(questions, SEED, expected)


@pytest.fixture
def ask(pieces: Pieces, source: NotebookNode, questions: Questions) -> Callable[..., QuestionRun]:
    def asked(
        answers: dict[str, str] | None = None,
        before: str = "",
        after: str = "",
        limits: Limits = SMALL,
        **files: bytes,
    ) -> QuestionRun:
        """Hand in the solved toy with `answers` and a cell `before` them and one `after` all, then ask."""
        notebook = pieces.solved(answers)
        notebook.cells.insert(2, new_code_cell(before))
        notebook.cells.append(new_code_cell(after))
        return ask_answers(restore(notebook, source), files, limits, questions, SEED)

    return asked


def right(asked: QuestionRun) -> list[str]:
    """The exercises whose first question was answered rightly."""
    numbers = np.random.default_rng(SEED).integers(1, 99, size=(2, 3))
    expected: dict[str, object] = {"double": 2 * numbers, "total": numbers.sum(), "quiz_even": "b"}
    given = {name: next(iter(answer.data.values())) for name, answer in asked.answers.items() if answer and answer.data}
    return [name for name, value in expected.items() if name in given and np.array_equal(given[name], value)]


ALL = ["double", "total", "quiz_even"]
NO_TESTS: tuple[dict[str, str], QuestionRun] = ({}, QuestionRun({}))


def test_a_solved_notebook_answers_all_and_no_test_is_near(ask: Callable[..., QuestionRun]) -> None:
    spy = """
seen = []
get_ipython().input_transformers_post.append(lambda lines: seen.extend(lines) or lines)
"""
    peek = """
import gc, sys
frame, kept = sys._getframe(), [*seen, *In]
while frame:
    kept += [repr(frame.f_code.co_consts), *map(str, frame.f_locals.values())]
    frame = frame.f_back
kept += [str(thing) for thing in gc.get_objects() if isinstance(thing, (str, tuple, dict))]
words = [word[::-1] for word in ("neddih_elbuod_tset", "elbuod_tset", "NEDDIH NIGEB")]
quiz_even = "b" if any(word in text for text in kept for word in words) else "a"
"""
    asked = ask(before=spy)
    assert right(asked) == ALL and asked.incidents == asked.flags == () and 0 < asked.seconds < 60
    peeked = ask({"quiz_even": peek}, before=spy).answers["quiz_even"]
    assert peeked is not None and peeked.data == {"value": "a"}


@pytest.mark.parametrize(
    "harmless",
    [
        {"after": "double = total = quiz_even = 0"},
        {"before": "print = display = ask = plain = interview = json = base64 = __import__('math')"},
        {"before": "get_ipython = publish_display_data = run_steps = In = Out = None"},
        {"before": "1 / 0", "after": "raise SystemExit"},
        {"before": "def broken(:"},
        {"before": "%matplotlib inline\n!echo shell\nx = !ls"},
        {"before": "%%bash\necho shell"},
        {"before": "import asyncio\nawait asyncio.sleep(0)\nfactor = 2", "answers": {"double": DOUBLE_BY_FACTOR}},
        {"before": "factor = 2", "answers": {"double": DOUBLE_BY_FACTOR}},
        {"before": "from helper import factor", "answers": {"double": DOUBLE_BY_FACTOR}, "helper.py": b"factor = 2"},
        {"before": "print('x' * 10**7)\nimport sys\nprint('y' * 10**7, file=sys.stderr)"},
        {"before": "import numpy\nnumpy.random.seed(3)\nnumpy.seterr(all='raise')"},
        {"before": "import warnings\nwarnings.simplefilter('error')"},
        {"before": "import sys\nsys.setrecursionlimit(200)\nsys.modules.pop('json', None)"},
        {"before": "class double:\n    pass"},
        {"before": "import builtins\nbuiltins.max = builtins.len = 7", "answers": {"total": MAXIMUM}},
        {"before": "max = sum = 0"},
        {"before": "import torch\ntorch.set_default_dtype(torch.float64)\ntorch.set_grad_enabled(False)"},
        {"before": "import os\nos.chdir('/')", "answers": {"double": FROM_A_FILE}, "factor.txt": b"2"},
        {"before": "import time\ntime.sleep(3)"},
        {"before": "from numpy import multiply as times\nimport time\ntime.sleep(9)", "answers": {"double": TIMES}},
    ],
)
def test_what_honest_notebooks_do_costs_no_answer(ask: Callable[..., QuestionRun], harmless: dict[str, Any]) -> None:
    assert right(ask(**harmless)) == ALL


TALKS = """
def double(x):
    print("x" * 10**6)
    warnings.warn("slow")
    display("doubling")
    plt.plot([1, 2])
    return np.asarray(x) * 2
"""


def test_answers_may_talk_while_they_are_asked(ask: Callable[..., QuestionRun]) -> None:
    imports = "import warnings\nimport matplotlib.pyplot as plt\nfrom IPython.display import display\n"
    patient = dataclasses.replace(SMALL, cell_seconds=20)  # importing takes its time
    assert right(ask({"double": imports + TALKS}, limits=patient)) == ALL


@pytest.mark.parametrize(
    "crash",
    [
        "import os; os._exit(1)",
        "import ctypes; ctypes.string_at(0)",
        "while True: pass",
        "import time\n    while True:\n        try: time.sleep(9)\n        except BaseException: pass",
        "x = bytearray(10**10)",
        "raise SystemExit",
        "raise KeyboardInterrupt",
        "raise type('Own', (BaseException,), {})",
        "return [[[]]] * 10**7",
        "return np.zeros(10**7)",
        "return 'text' * 10**4",
    ],
)
def test_an_answer_that_spoils_its_kernel_costs_no_other(ask: Callable[..., QuestionRun], crash: str) -> None:
    asked = ask({"double": f"def double(x):\n    {crash}"})
    assert right(asked) == ["total", "quiz_even"] and set(asked.answers) == set(ALL)
    answer = asked.answers["double"]
    assert answer is None or answer.data is None or isinstance(answer.data["an array"], str)


def test_after_too_many_crashes_the_rest_is_silence(ask: Callable[..., QuestionRun]) -> None:
    crashes = {name: f"def {name}(x):\n    import os\n    os._exit(1)" for name in ("double", "total")}
    asked = ask(crashes, limits=dataclasses.replace(SMALL, crashes=0))
    assert asked.answers == {"double": None, "total": None, "quiz_even": None}
    assert any("double" in incident for incident in asked.incidents)


def test_who_answers_twice_has_not_answered(ask: Callable[..., QuestionRun]) -> None:
    forged = """
import json
from IPython.display import publish_display_data
def forge(name, value):
    message = {"exercise": name, "data": {"dict": {"value": value}}}
    publish_display_data({"application/vnd.autograder.answer": json.dumps(message)}, {})
forge("quiz_even", "b")
forge("of nobody's interest", 1)
"""
    asked = ask(before=forged)
    assert right(asked) == ["double", "total"] and list(asked.answers) == ALL
    assert asked.answers["quiz_even"] == QuestionResult("quiz_even", None, "it answered more than once")
    assert asked.flags == ("quiz_even: its kernel answered 2 times, which no kernel does by itself.",)


def test_an_answer_that_no_question_gives_is_tampering_and_silence_is_none(ask: Callable[..., QuestionRun]) -> None:
    forged = """
import json, os
from IPython.display import publish_display_data
publish_display_data({"application/vnd.autograder.answer": "no JSON"}, {})
publish_display_data({"application/vnd.autograder.answer": json.dumps({"exercise": "double", "data": 1})}, {})
"""
    crash = {"double": "def double(x):\n    import os\n    os._exit(1)"}
    assert len(ask(crash, before=forged).flags) == 2
    assert ask(crash).flags == ()


def test_large_and_odd_answers_of_honest_people_are_no_tampering(ask: Callable[..., QuestionRun]) -> None:
    for odd in ("'text' * 9999", "10**40", "[[[[]]]] * 9999", "np.longdouble(3)", "np.ones(3, '>f8')", "{1: {2: 3}}"):
        asked = ask({"double": f"def double(x):\n    return {odd}"})
        assert asked.flags == () and right(asked) == ["total", "quiz_even"], odd


def test_a_notebook_in_which_nothing_can_be_asked_takes_no_kernel(
    source: NotebookNode, questions: Questions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Run, "execute", lambda self: pytest.fail("a kernel was taken"))
    nothing = dataclasses.replace(questions, questions=())
    assert ask_answers(source, {}, SMALL, nothing, SEED) == QuestionRun({})


def test_a_test_cells_visible_definitions_are_there_and_its_tests_are_not() -> None:
    source = """
import os
from math import pi as circle
LIMIT = 3
def helper():
    return 1
def test_a():
    helper()
test_a()
### BEGIN HIDDEN TESTS
import secrets
def oracle():
    return 42
### END HIDDEN TESTS
import json
"""
    assert definitions(source).split("\n") == [
        "import os",
        "from math import pi as circle",
        "def helper():",
        "    return 1",
        "import json",
    ]
    assert definitions("not python (") == ""


def test_the_reference_is_asked_like_anybody_and_agrees_with_itself(
    examination: Examination, ask: Callable[..., QuestionRun]
) -> None:
    assert list(examination.expected) == ALL
    cells = judge_answers({f"test_{name}": 1.0 for name in ALL}, examination, ask(), {}, NO_TESTS)
    assert [(cell.score, cell.verdict, cell.failing) for cell in cells.values()] == [(1.0, "agrees", ())] * 3
    pickle.loads(pickle.dumps(examination))


def test_points_are_the_judges_and_it_names_all_questions_that_fail(
    examination: Examination, ask: Callable[..., QuestionRun]
) -> None:
    asked = ask(
        {"double": "def double(x):\n    return x", "total": "def total(x):\n    1 / 0", "quiz_even": "import os"}
    )
    cells = judge_answers({f"test_{name}": 3.0 for name in ALL}, examination, asked, {}, NO_TESTS)
    assert [cell.score for cell in cells.values()] == [0.0] * 3
    assert [cell.verdict for cell in cells.values()] == ["differs", "differs", "no answer"]
    assert [cell.failing for cell in cells.values()] == [("an array", "one number"), ("an array",), ()]
    evidence = cells["test_double"].evidence
    assert re.fullmatch(r"asked 'an array' it gave \d+ at \[\d, \d\] where the reference gives \d+", evidence)
    assert cells["test_quiz_even"].evidence == "it gave no answer (NameError: there is no quiz_even)"


BY_HAND = """

# %%
def half(x):
    ### BEGIN SOLUTION
    return x / 2
    ### END SOLUTION


# %% points=2
def test_half():
    assert half(2) == 1


### BEGIN HIDDEN TESTS
def test_half_hidden():
    assert half(5) == 2.5


### END HIDDEN TESTS
"""


@pytest.mark.parametrize(
    ("answer", "score"),
    [
        ("def half(x):\n    return 0.5 * x", 2.0),
        ("def half(x):\n    return x // 2", 0.0),
        ("def half(x):\n    raise SystemExit", 0.0),
        ("def half(x):\n    import os\n    os._exit(0)", 0.0),
        ("def half(x):\n    while True: pass", 0.0),
        (
            "import ast\nempty = type('T', (), {'visit': lambda self, node: ast.parse('1')})\n"
            "get_ipython().ast_transformers.append(empty())",
            0.0,
        ),
    ],
)
def test_a_hidden_test_by_hand_runs_last_in_a_kernel_of_its_own_and_counts(
    tmp_path: Path, answer: str, score: float
) -> None:
    course = make_toy(tmp_path, TOY + BY_HAND)
    found = course_questions(course, "a1_toy")
    assert found.by_hand == ("half",) and found.asked("half") is None
    whole = source_notebook(course, "a1_toy", generated=False)
    examination = examined(ask_reference(whole, {}, SMALL, found, SEED), found)
    submitted = nbformat.from_dict(whole)
    for cell in submitted.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "half":
            cell.source = answer
    restored = restore(submitted, whole)
    notebook = without_hidden_tests(restored)
    assert "test_half_hidden" not in str(notebook)
    (test,) = (cell.source for cell in restored.cells if "test_half_hidden" in cell.source)
    run = ask_answers(notebook, {}, SMALL, found, SEED)
    tests = run_tests_by_hand(notebook, {"test_half": test}, {}, SMALL, found)
    cells = judge_answers({"test_half": 2.0, "test_double": 3.0}, examination, run, {}, tests)
    assert (cells["test_half"].score, cells["test_double"].score) == (score, 3.0)


def test_a_reference_that_cannot_be_asked_stops_everything(source: NotebookNode, questions: Questions) -> None:
    broken = dataclasses.replace(questions, program=questions.program.replace("rng.integers(", "halve(rng).integers("))
    with pytest.raises(CourseError, match="The reference of double cannot be asked in a kernel: NameError"):
        ask_reference(source, {}, SMALL, broken, SEED)


def test_a_reference_that_the_judge_would_refuse_stops_everything(source: NotebookNode, questions: Questions) -> None:
    refusing = dataclasses.replace(
        questions,
        predicates="def never(data, rng):\n    return ['one number']",
        questions=(Question("double", predicate="never"), *questions.questions[1:]),
    )
    with pytest.raises(CourseError, match=f"refuse the reference's double: with inputs from seed {SEED}, asked 'one"):
        ask_reference(source, {}, SMALL, refusing, SEED)


def test_a_value_that_is_none_stops_everything(source: NotebookNode, questions: Questions) -> None:
    by_value = dataclasses.replace(
        questions,
        program=questions.program.replace("'double': question_double, ", ""),
        questions=(Question("double", by_value=True), *questions.questions[1:]),
    )
    with pytest.raises(CourseError, match="BY_VALUE names double, which is neither a letter nor a number"):
        ask_reference(source, {}, SMALL, by_value, SEED)


def test_a_class_has_one_seed_that_nobody_else_may_read(tmp_path: Path) -> None:
    course, other = Course(tmp_path / "one"), Course(tmp_path / "other")
    seed = course_seed(course, "a1_toy")
    assert course_seed(course, "a1_toy") == seed != course_seed(other, "a1_toy")
    assert course.seed("a1_toy").stat().st_mode & 0o077 == 0
    course.seed("a1_toy").write_text("not a number")
    assert course_seed(course, "a1_toy") == course_seed(course, "a1_toy")
    assert [path.name for path in course.seed("a1_toy").parent.iterdir()] == [".seed"]


@pytest.mark.parametrize(
    ("before", "accuracy", "score", "verdict", "words"),
    [
        ("", b"0.5", 2.0, "agrees", "It is worth 2 points."),
        ("", b"7", 4.0, "agrees", "It is worth 28 points."),
        ("", b"none", 0.0, "no answer", "could not convert string to float: 'none'"),
        ("", None, 0.0, "no answer", "accuracy.txt is missing."),
        ("import os; os.chdir('/')", b"0.5", 2.0, "agrees", "It is worth 2 points."),
    ],
)
def test_a_score_is_worth_what_the_judge_counts(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    before: str,
    accuracy: bytes | None,
    score: float,
    verdict: str,
    words: str,
) -> None:
    course = make_toy(tmp_path, TOY + TOY_SCORE)
    (course.dataset("toy_data")).mkdir()
    (course.dataset("toy_data") / "number.txt").write_text("4.0\n")
    monkeypatch.setenv("COURSE_DATA", str(course.dataset("")))
    notebook = source_notebook(course, "a1_toy", generated=False)
    found = course_questions(course, "a1_toy")
    assert found.scores == ("score_accuracy",)
    examination = examined(ask_reference(notebook, {}, SMALL, found, SEED), found)
    restored = restore(notebook, notebook)
    restored.cells.insert(2, new_code_cell(before))
    held_out = hold_out_data(found, SEED, [])
    shown = {name: one.shown for name, one in held_out.items()}
    run = ask_answers(restored, {"accuracy.txt": accuracy} if accuracy else {}, SMALL, found, SEED, shown)
    cells = judge_answers({"score_accuracy": 4.0, "test_double": 3.0}, examination, run, held_out, NO_TESTS)
    cell = cells["score_accuracy"]
    assert (cell.score, cell.verdict, cell.said) == (score, verdict, words)
    assert cells["test_double"].score == 3.0
    assert hold_out_data(found, SEED, ["score_accuracy"]) == {}
