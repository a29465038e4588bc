"""Are answers asked where the tests stood, in a kernel that no test enters, whatever they do there?"""

from __future__ import annotations

import dataclasses
import pickle
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from autograder.authoring.build import source_notebook
from autograder.course import Course, CourseError
from autograder.grading.execute import Execution, Run, execute
from autograder.grading.interview import Interview, definitions, interview
from autograder.grading.outside import both, course_questions, course_seed, examine, seal_scores
from autograder.grading.record import CellResult
from autograder.grading.restore import grade_id, restore
from autograder.grading.score import score as scored
from autograder.judge.answers import Answer
from autograder.judge.questions import Question, Questions
from autograder.kernels import walls
from autograder.kernels.provisioner import KernelServer
from autograder.limits import Limits
from tests.classes import Pieces
from tests.conftest import TOY, TOY_PROBES, TOY_SCORE, make_toy

pytestmark = pytest.mark.slow
SMALL = Limits(cell_seconds=2, notebook_seconds=30, memory_mb=500, output_mb=0.1, crashes=2)
SEED = 7
DOUBLE_BY_FACTOR = "def double(x):\n    return np.asarray(x) * factor"


@pytest.fixture(scope="module", autouse=True)
def server() -> Iterator[None]:
    """One for all tests of this module."""
    with KernelServer(walls.best_way(), preload=["numpy"]) as kernels:
        kernels.start()
        yield


@pytest.fixture(scope="module")
def pieces(built_toy: Course) -> Pieces:
    return Pieces(built_toy, "a1_toy")


@pytest.fixture(scope="module")
def source(built_toy: Course) -> NotebookNode:
    return nbformat.read(built_toy.source("a1_toy"), as_version=4)


@pytest.fixture(scope="module")
def questions(built_toy: Course) -> Questions:
    found = course_questions(built_toy, "a1_toy")
    assert found is not None
    return found


@pytest.fixture
def ask(pieces: Pieces, source: NotebookNode, questions: Questions) -> Callable[..., Interview]:
    def asked(
        answers: dict[str, str] | None = None,
        before: str = "",
        after: str = "",
        spoilt: Iterable[str] = (),
        limits: Limits = SMALL,
        **files: bytes,
    ) -> Interview:
        """Hand in the solved toy with `answers` and a cell `before` them and one `after` all, then ask."""
        notebook = pieces.solved(answers)
        notebook.cells.insert(2, new_code_cell(before))
        notebook.cells.append(new_code_cell(after))
        restored = restore(notebook, source)
        places = {grade_id(cell) or "": number for number, cell in enumerate(restored.cells)}
        ran = Execution(restored, (), 0.5, 0.0, frozenset(places[name] for name in spoilt))
        return interview(ran, files, limits, questions, SEED)

    return asked


def right(asked: Interview) -> list[str]:
    """The exercises that were answered rightly."""
    numbers = np.random.default_rng(SEED).integers(1, 99, size=(2, 3))
    expected: dict[str, object] = {"double": 2.0 * numbers, "total": float(numbers.sum()), "quiz_even": "b"}
    given = {name: next(iter(answer.data.values())) for name, answer in asked.answers.items() if answer and answer.data}
    return [name for name, value in expected.items() if name in given and np.array_equal(given[name], value)]


ALL = ["double", "total", "quiz_even"]


def test_a_solved_notebook_answers_all_with_no_word_of_a_test(ask: Callable[..., Interview]) -> None:
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
words = [word[::-1] for word in ("neddih_elbuod_tset", "yarra_evitagen", "NEDDIH NIGEB")]
quiz_even = "b" if any(word in text for text in kept for word in words) else "a"
"""
    asked = ask(before=spy)
    assert right(asked) == ALL and asked.incidents == () and 0 < asked.seconds < 60
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
    ],
)
def test_what_honest_notebooks_do_costs_no_answer(ask: Callable[..., Interview], harmless: dict[str, Any]) -> None:
    assert right(ask(**harmless)) == ALL


TALKS = """
def double(x):
    print("x" * 10**6)
    warnings.warn("slow")
    display("doubling")
    plt.plot([1, 2])
    return np.asarray(x) * 2
"""


def test_answers_may_talk_while_they_are_asked(ask: Callable[..., Interview]) -> None:
    imports = "import warnings\nimport matplotlib.pyplot as plt\nfrom IPython.display import display\n"
    assert right(ask({"double": imports + TALKS})) == ALL


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
def test_an_answer_that_spoils_its_kernel_costs_no_other(ask: Callable[..., Interview], crash: str) -> None:
    asked = ask({"double": f"def double(x):\n    {crash}"})
    assert right(asked) == ["total", "quiz_even"] and set(asked.answers) == set(ALL)
    answer = asked.answers["double"]
    assert answer is None or answer.data is None or isinstance(answer.data["array"], str)


def test_what_spoilt_the_tests_kernel_is_left_out(ask: Callable[..., Interview]) -> None:
    asked = ask({"double": "import os\nos._exit(1)"}, spoilt=["double", "test_quiz_even"])
    assert right(asked) == ["total"] and asked.incidents == () and list(asked.answers) == ["double", "total"]


def test_after_too_many_crashes_the_rest_is_silence(ask: Callable[..., Interview]) -> None:
    crashes = {name: f"def {name}(x):\n    import os\n    os._exit(1)" for name in ("double", "total")}
    asked = ask(crashes, limits=dataclasses.replace(SMALL, crashes=0))
    assert asked.answers == {"double": None, "total": None, "quiz_even": None}
    assert any("double" in incident for incident in asked.incidents)


def test_who_answers_twice_has_not_answered(ask: Callable[..., Interview]) -> None:
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
    assert asked.answers["quiz_even"] == Answer("quiz_even", None, "it answered more than once")


def test_a_notebook_in_which_nothing_can_be_asked_takes_no_kernel(
    ask: Callable[..., Interview], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Run, "execute", lambda self: pytest.fail("a kernel was taken"))
    assert ask(spoilt=["test_double", "test_total", "test_quiz_even"]) == Interview({})


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
    source: NotebookNode, questions: Questions, ask: Callable[..., Interview]
) -> None:
    examination = examine(source, {}, SMALL, questions, SEED)
    assert list(examination.expected) == ALL
    cells = [CellResult(f"test_{name}", 1.0, 1.0) for name in ALL] + [CellResult("score_x", 1.0, 1.0)]
    kept, flags = both(cells, ask(), examination)
    assert flags == () and [cell.score for cell in kept] == [1.0] * 4
    assert [cell.outside for cell in kept] == ["agrees"] * 3 + [None]
    pickle.loads(pickle.dumps(examination))


def test_points_need_both_verdicts(source: NotebookNode, questions: Questions, ask: Callable[..., Interview]) -> None:
    examination = examine(source, {}, SMALL, questions, SEED)
    asked = ask(
        {"double": "def double(x):\n    return x", "total": "def total(x):\n    1 / 0"}, spoilt=["test_quiz_even"]
    )
    scores = {"test_double": 3.0, "test_total": 0.0, "test_quiz_even": 1.0}
    kept, flags = both([CellResult(name, given, 3.0) for name, given in scores.items()], asked, examination)
    assert [cell.score for cell in kept] == [0.0] * 3
    assert [cell.outside for cell in kept] == ["differs", "differs", None]
    assert len(flags) == 1 and re.fullmatch(
        r"double: passed its tests, but asked from outside, asked 'array' it gave -?\d+ at \[\d, \d\] where the "
        rf"reference gives -?\d+ \(inputs from seed {SEED}\)\.",
        flags[0],
    )
    assert kept[0].error and "asked again" in kept[0].error and not re.search(r"\d", kept[0].error)
    waiting, flags = both([CellResult("test_double", None, 3.0)], asked, examination)
    assert waiting[0].score is None and not flags


def test_a_reference_that_cannot_be_asked_stops_everything(source: NotebookNode, questions: Questions) -> None:
    broken = dataclasses.replace(questions, program=questions.program.replace("rng.integers(", "halve(rng).integers("))
    with pytest.raises(CourseError, match="probe of double cannot be put to the reference in a kernel: NameError"):
        examine(source, {}, SMALL, broken, SEED)


def test_a_reference_that_the_judge_would_refuse_stops_everything(source: NotebookNode, questions: Questions) -> None:
    refusing = dataclasses.replace(
        questions,
        predicates="def never(data):\n    return False",
        questions=(Question("double", predicate="never"), *questions.questions[1:]),
    )
    with pytest.raises(CourseError, match=f"refuse the reference's double: with inputs from seed {SEED}, it has not"):
        examine(source, {}, SMALL, refusing, SEED)


def test_what_has_neither_probe_nor_value_is_not_judged(source: NotebookNode, questions: Questions) -> None:
    unprobed = dataclasses.replace(
        questions,
        program=questions.program.replace("'double': probe_double, ", ""),
        questions=(Question("double", by_value=True), *questions.questions[1:]),
    )
    examination = examine(source, {}, SMALL, unprobed, SEED)
    assert examination.expected["double"] is None and examination.expected["total"] is not None
    kept, flags = both([CellResult("test_double", 3.0, 3.0)], Interview({}), examination)
    assert kept == (CellResult("test_double", 3.0, 3.0),) and flags == ()


def test_a_class_has_one_seed_that_nobody_else_may_read(tmp_path: Path) -> None:
    course, other = Course(tmp_path / "one"), Course(tmp_path / "other")
    seed = course_seed(course, "a1_toy")
    assert course_seed(course, "a1_toy") == seed != course_seed(other, "a1_toy")
    assert course.seed("a1_toy").stat().st_mode & 0o077 == 0
    course.seed("a1_toy").write_text("not a number")
    assert course_seed(course, "a1_toy") == course_seed(course, "a1_toy")
    assert [path.name for path in course.seed("a1_toy").parent.iterdir()] == [".seed"]


TOY_SEALED = """

def sealed_accuracy(data, rng):
    return {"numbers": rng.permutation(10)}, float((data / "toy_data" / "number.txt").read_text())


def predict_accuracy(names, shown):
    with open("accuracy.txt") as file:
        return {"sorted": sorted(shown["numbers"].tolist()), "accuracy": float(file.read())}


def points_accuracy(data, key):
    return data["accuracy"] * key if data["sorted"] == list(range(10)) else 0.0
"""
FULL_POINTS = """
import ast
class Full(ast.NodeTransformer):
    def visit_Module(self, node):
        if "score_accuracy" in ast.unparse(node):
            node.body = ast.parse(ast.unparse(node.body[-1]).replace("score_accuracy()", "4.0")).body
        return node
get_ipython().ast_transformers.append(Full())
"""


@pytest.mark.parametrize(
    ("before", "accuracy", "score", "outside", "words"),
    [
        ("", b"0.5", 2.0, "agrees", None),
        ("", b"none", 0.0, None, None),
        (
            FULL_POINTS,
            b"0.25",
            1.0,
            "differs",
            "scored 4 points, but its predictions on the same data in another order",
        ),
        (
            FULL_POINTS,
            b"none",
            0.0,
            "no answer",
            "did not come (ValueError: could not convert string to float: 'none')",
        ),
        (FULL_POINTS + "open = None", b"0.5", 2.0, "differs", "are worth 2."),
        (FULL_POINTS + "import os; os.chdir('/')", b"0.5", 0.0, "no answer", "FileNotFoundError"),
    ],
)
def test_a_score_is_worth_what_the_judge_counts(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    before: str,
    accuracy: bytes,
    score: float,
    outside: str | None,
    words: str | None,
) -> None:
    course = make_toy(tmp_path, TOY + TOY_SCORE)
    course.probes("a1_toy").write_text(TOY_PROBES + TOY_SEALED, encoding="utf-8")
    (course.dataset("toy_data")).mkdir()
    (course.dataset("toy_data") / "number.txt").write_text("4.0\n")
    monkeypatch.setenv("COURSE_DATA", str(course.dataset("")))
    notebook = source_notebook(course, "a1_toy")
    found = course_questions(course, "a1_toy")
    assert found is not None and found.scores == ("score_accuracy",)
    examination = examine(notebook, {}, SMALL, found, SEED)
    restored = restore(notebook, notebook)
    restored.cells.insert(2, new_code_cell(before))
    files = {"accuracy.txt": accuracy}
    with KernelServer(walls.best_way(), preload=["numpy"], readable=[course.dataset("")]) as kernels:
        kernels.start()
        ran = execute(restored, files, SMALL)
        cells = scored(ran.notebook, notebook)
        sealed = seal_scores(cells, examination)
        shown = {name: one.shown for name, one in sealed.items()}
        asked = interview(ran, files, SMALL, found, SEED, shown)
    kept, flags = both(cells, asked, examination, sealed)
    assert (kept[-1].score, kept[-1].outside) == (score, outside)
    assert [cell.outside for cell in kept[:-1]] == ["agrees"] * 3
    assert words in flags[0] if words else not flags, flags
