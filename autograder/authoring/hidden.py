"""Make nbgrader's hidden tests from the questions: the question function's own text, and what the reference gives.

1. The reference is asked for each of SEEDS, in a process of its own. What it gives is kept in build/expected/ under
   a hash of everything it depends on, so building again without a change asks nothing.
2. A hidden test is one function, in which everything else is nested: nothing in it meets a student's names. The
   question's text comes first, as it is in questions.py; then the definitions that it uses; the data come last.
   With `credit = "share"` it gives a number of points, and gets the calls of the visible test as a string, so that
   an error of that test does not end the cell.
3. Stock `nbgrader autograde` runs it in the student's kernel. `autograder grade` never does.
"""

from __future__ import annotations

import ast
import base64
import dataclasses
import hashlib
import importlib.metadata
import io
import json
import os
import subprocess
import sys
import textwrap
import tokenize
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from autograder.authoring.questions import course_questions
from autograder.authoring.release import without_solution
from autograder.cells import HIDDEN, Cell, read_cells
from autograder.course import Course, CourseError
from autograder.files import write_text
from autograder.judge.answers import read_answer
from autograder.judge.questions import Questions
from autograder.judge.verdict import names_failing

SEEDS = (1, 2)
MADE_WITH = ("numpy", "torch")
_PACKAGE = Path(__file__).parents[1]
# The files of this package whose text is in hidden tests, or says how they are put together.
_IN_TEST = {"check": "in_kernel/hidden_test.py", "kernel": "in_kernel/asking.py", "compare": "judge/compare.py"}
_MADE_OF = (*_IN_TEST.values(), "authoring/hidden.py", "authoring/text.py", "source.py")
_ASK = """
import importlib, json, sys
program, root, room, seeds, out, blank = json.loads(sys.stdin.read())
sys.path.insert(0, root)
names = vars(importlib.import_module(f"solutions.{room}.notebook"))
asking = {"__name__": "asking"}
exec(program, asking)
def asked(exercise, names):
    sent = []
    for seed in seeds:
        asking["ask_about"](exercise, names, seed, lambda data, metadata: sent.append(data[asking["MIME"]]))
    return dict(zip(map(str, seeds), sent))
def refuse(*args, **kwargs):
    raise ValueError
def give_back(first=None, *args, **kwargs):
    return first
constants = [lambda *args, value=value, **kwargs: value for value in (None, 0, 1, 0.0, True, "", [])]
answers = {name: {seed: json.loads(text) for seed, text in asked(name, names).items()} for name in asking["QUESTIONS"]}
without_work = {}
for exercise, text in blank.items():
    exec(text, own := dict(names))
    tried = [own[exercise], refuse, give_back, *constants]
    without_work[exercise] = [list(asked(exercise, {exercise: answer}).values()) for answer in tried]
values = {name: asking["encode"](names[name]) for name in asking["VALUES"]}
with open(out, "w") as file:
    json.dump({"answers": answers, "values": values, "without_work": without_work}, file)
"""


@dataclass(frozen=True)
class Expected:
    """The reference's answers."""

    data: Mapping[str, Mapping[str, Any]]  # encoded, by exercise and seed
    values: Mapping[str, Any]  # of the exercises without a question function
    given: Mapping[str, int]  # how many questions a blank or constant answer gets right; {} where no shares are given

    def names(self, exercise: str) -> list[str]:
        """The names of the questions, in the order in which they are asked; none where there is no question."""
        return list(next(iter(self.data[exercise].values()))["dict"]) if exercise in self.data else []


def expected_data(course: Course, assignment: str) -> Expected:
    """The reference's data for SEEDS. Raises CourseError if it cannot be asked, or if the names of the questions depend
    on the seed."""
    questions = course_questions(course, assignment)
    path, key = course.expected(assignment), _key(course, assignment, questions)
    try:
        kept = json.loads(path.read_bytes())
        if kept["key"] == key:
            return Expected(kept["answers"], kept["values"], kept["given"])
    except (OSError, ValueError, KeyError):
        pass
    if not questions.questions:
        return Expected({}, {}, {})
    found = _ask_reference(course, assignment, questions)
    write_text(path, json.dumps({"key": key} | found))
    return Expected(found["answers"], found["values"], found["given"])


class Hidden(NamedTuple):
    """The hidden regions of a cell: lines above the calls of its visible tests, or "", and lines at its end."""

    above: str
    end: str


def hidden_tests(course: Course, assignment: str, expected: Expected | None = None) -> dict[str, Hidden]:
    """What is hidden in each grade cell with questions, by grade id; kept until something that it is made of changes.

    `expected` are the reference's data, if they have been read already. Raises CourseError.
    """
    expected = expected or expected_data(course, assignment)
    path, key = course.hidden_tests(assignment), _hidden_key(course, assignment, expected)
    try:
        kept = json.loads(path.read_bytes())
        if kept["key"] == key:
            return {name: Hidden(*texts) for name, texts in kept["hidden"].items()}
    except (OSError, ValueError, KeyError):
        pass
    made = _made_hidden_tests(course, assignment, expected)
    write_text(path, json.dumps({"key": key, "hidden": made}))
    return made


def _hidden_key(course: Course, assignment: str, expected: Expected) -> str:
    """A hash of everything that the hidden tests are made of."""
    cells = [(cell.grade_id, cell.score, _points(course, cell)) for cell in read_cells(course.solution(assignment))]
    files = [course.questions(assignment), course.asking, *(_PACKAGE / name for name in _MADE_OF)]
    texts = [path.read_text(encoding="utf-8") for path in files if path.is_file()]
    versions = [importlib.metadata.version(name) for name in MADE_WITH]
    facts = [cells, texts, versions, dataclasses.asdict(course_questions(course, assignment))]
    return hashlib.sha256(json.dumps([*facts, dataclasses.asdict(expected)]).encode()).hexdigest()


def _made_hidden_tests(course: Course, assignment: str, expected: Expected) -> dict[str, Hidden]:
    questions, sources = course_questions(course, assignment), _Sources(course, assignment)
    made = {}
    for cell in read_cells(course.solution(assignment)):
        grade_id = cell.grade_id or ""
        if grade_id in questions.scores:
            made[grade_id] = Hidden("", _region(_score_function(cell, sources)))
        elif (question := questions.about(grade_id)) is not None and question.by_value:
            made[grade_id] = Hidden("", _region(_value_test(question.exercise, expected.values[question.exercise])))
        elif question is not None:
            judgement: dict[str, str] = {"rtol": repr(question.rtol), "atol": repr(question.atol)}
            if question.predicate:
                judgement |= {"predicate": question.predicate, "free": repr(question.free)}
            made[grade_id] = _question_test(question.exercise, judgement, expected, sources, _points(course, cell))
    return made


def _points(course: Course, cell: Cell) -> float | None:
    """The points to give shares of; None where an exercise gives all or nothing, as with tests written by hand."""
    return cell.points if course.by_share and not any(test.hidden for test in cell.tests) else None


def _region(text: str) -> str:
    return f"{HIDDEN[0]}\n{text.rstrip()}\n{HIDDEN[1]}"


class _Sources:
    """The files that hidden tests are put together from."""

    def __init__(self, course: Course, assignment: str) -> None:
        from autograder.authoring.text import SourceText  # imports libcst, which takes as long as a whole build

        self.where = course.questions(assignment).relative_to(course.root)
        self.questions = SourceText(course.questions(assignment))
        self.asking = SourceText(course.asking)
        self.check = SourceText(_PACKAGE / _IN_TEST["check"])
        self.kernel = SourceText(_PACKAGE / _IN_TEST["kernel"])
        self.compare = SourceText(_PACKAGE / _IN_TEST["compare"])

    def parts(self, first: Iterable[str], *, checks: Sequence[str] = ()) -> tuple[list[str], list[str]]:
        """The import lines, and the texts of all other definitions, that the functions `first` of questions.py need:
        these first, then what they use, and the functions `checks` of hidden_test.py with what these use."""
        own = self.questions.closure(first)
        asked = self.questions.imported(own, "solutions.asking")
        kernel = ["encode", "Nowhere"] if checks else []
        shares = ["points_by_share"] if "count" in checks else []
        asking = self.asking.closure([*asked, *(["plain"] if checks else [])])
        pieces = [
            (self.questions, [name for name in own if name in first]),
            (self.asking, asking),
            (self.questions, [name for name in own if name not in first]),
            (self.kernel, [name for name in self.kernel.closure(kernel) if name != "plain"]),
            (self.compare, self.compare.closure([*(["failing"] if checks else []), *shares])),
            (self.check, self.check.closure(checks)),
        ]
        imports: dict[str, None] = {}
        texts: list[str] = []
        for source, names in pieces:
            imports |= dict.fromkeys(source.imports(names))
            texts += source.texts(names)
        return list(imports), texts


def _question_test(
    exercise: str, judgement: Mapping[str, str], expected: Expected, sources: _Sources, points: float | None
) -> Hidden:
    """Checks all questions, or counts those that are answered rightly where there are `points` to give shares of."""
    imports, texts = sources.parts(
        [f"question_{exercise}", *([judgement["predicate"]] if "predicate" in judgement else [])],
        checks=["wrong_names", "check"] if points is None else ["wrong_names", "count", "run_visible"],
    )
    packed = base64.b85encode(zlib.compress(json.dumps({"dict": expected.data[exercise]}).encode(), 9)).decode()
    made_with = {name: importlib.metadata.version(name) for name in MADE_WITH}
    told = ", ".join(f"{key}={value}" for key, value in judgement.items())
    body = [
        f"# Made by `autograder build` from question_{exercise} in {sources.where}: change it there.",
        *imports,
        "",
        *texts,
        "# What the reference gives for each seed.",
        'expected = r"""',
        *textwrap.wrap(packed, 110),
        '"""',
        f"made_with = {made_with!r}",
    ]
    wrong = f"wrong_names(question_{exercise}, {exercise}, expected, made_with, {told})"
    name = f"test_{exercise}_hidden"
    if points is None:
        body.append(f"check({wrong})")
        return Hidden("", _region(f"def {name}():\n{_indented(chr(10).join(body))}\n\n\n{name}()"))
    asked, given = len(expected.names(exercise)), expected.given.get(exercise, 0)
    body += ["run_visible(calls, globals())", f"return count({wrong}, {points:g}, {asked}, {given})"]
    above = f'def {name}(calls):\n{_indented(chr(10).join(body))}\n\n\n{name}(r"""'
    return Hidden(_region(above), _region('""")'))


def _value_test(exercise: str, value: Any) -> str:
    right = repr(value.strip().lower() if isinstance(value, str) else value)
    same = "str(value).strip().lower() == right" if isinstance(value, str) else "abs(float(value) - right) <= 1e-9"
    name = f"test_{exercise}_hidden"
    return (
        f"def {name}():\n    value, right = {exercise}, {right}\n"
        f'    assert {same}, "This is not the right answer."\n\n\n{name}()'
    )


def _score_function(cell: Cell, sources: _Sources) -> str:
    names = [f"{kind}_{cell.score}" for kind in ("shown", "predict", "points")]
    imports, texts = sources.parts(names)
    body = [
        f"# Made by `autograder build` from {sources.where}: change it there.",
        "import os",
        "from pathlib import Path",
        "",
        *imports,
        "",
        *texts,
        "try:",
        f'    shown, key = {names[0]}(Path(os.environ["COURSE_DATA"]), np.random.default_rng({SEEDS[0]}))',
        "except OSError as problem:",
        '    print(f"The grader lacks the data set: {problem}")',
        "    return 0.0",
        "try:",
        f"    data = {names[1]}(globals(), shown)",
        "except Exception as problem:",
        "    print(problem)",
        "    return 0.0",
        f"points, sentence = {names[2]}(data, key)",
        "print(sentence)",
        f"return float(min(points, {cell.points:g}))",
    ]
    name = f"score_{cell.score}"
    return f"def {name}():\n{_indented(chr(10).join(body))}\n\n\n{name}()"


def _indented(text: str) -> str:
    """The code indented by four blanks, except for lines inside strings; docstrings may be indented."""
    tree = ast.parse(text)
    documented = (node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.ClassDef)))
    docstrings = {node.body[0].lineno for node in documented if ast.get_docstring(node) is not None}
    inside: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.STRING and token.start[0] not in docstrings:
            inside.update(range(token.start[0] + 1, token.end[0] + 1))
    lines = text.split("\n")
    return "\n".join(
        line if number in inside or not line else f"    {line}" for number, line in enumerate(lines, start=1)
    )


def _by_value(questions: Questions) -> list[str]:
    return [question.exercise for question in questions.questions if question.by_value]


def _key(course: Course, assignment: str, questions: Questions) -> str:
    """A hash of everything that the reference's data depend on."""
    files = [course.solution(assignment), *([course.setup] if course.setup.is_file() else [])]
    versions = [importlib.metadata.version(name) for name in MADE_WITH]
    texts = [path.read_text(encoding="utf-8") for path in files]
    facts = [questions.program, _by_value(questions), *texts, SEEDS, versions]
    if course.by_share:
        facts += [questions.predicates, *(dataclasses.astuple(question) for question in questions.questions)]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def _ask_reference(course: Course, assignment: str, questions: Questions) -> dict[str, Any]:
    out = course.expected(assignment).with_suffix(".asked")
    out.parent.mkdir(parents=True, exist_ok=True)
    program = f"{questions.program}\n\nVALUES = {_by_value(questions)!r}"
    blank = _blank_answers(course, assignment, questions) if course.by_share else {}
    process = subprocess.run(
        [sys.executable, "-c", _ASK],
        input=json.dumps([program, str(course.root.resolve()), assignment, SEEDS, str(out), blank]),
        env=os.environ | {"NBGRADER_EXECUTION": "build", "MPLBACKEND": "agg"},
        capture_output=True,
        text=True,
    )
    try:
        if process.returncode:
            why = (process.stderr.strip().splitlines() or ["it ended without a word"])[-1]
            raise CourseError(f"The reference of {assignment} cannot be asked: {why}.")
        asked = json.loads(out.read_bytes())
    finally:
        out.unlink(missing_ok=True)
    answers = {}
    for exercise, by_seed in asked["answers"].items():
        where = f"{course.questions(assignment)}: question_{exercise}"
        for seed, answer in by_seed.items():
            if "failed" in answer:
                raise CourseError(f"{where} fails for the reference, with inputs from seed {seed}: {answer['failed']}.")
        data = {seed: answer["data"] for seed, answer in by_seed.items()}
        if len({frozenset(one["dict"]) for one in data.values()}) > 1:
            raise CourseError(f"{where} asks other questions with another seed. Have the same names for every seed.")
        answers[exercise] = data
    given = {
        exercise: max(_right(questions, asked["answers"][exercise], exercise, sent) for sent in tried)
        for exercise, tried in asked["without_work"].items()
    }
    return {"answers": answers, "values": asked["values"], "given": given}


def _blank_answers(course: Course, assignment: str, questions: Questions) -> dict[str, str]:
    """The cells, as students get them, of the exercises with questions, by exercise."""
    asked = {question.exercise for question in questions.questions if not question.by_value}
    cells = read_cells(course.solution(assignment))
    return {cell.grade_id: without_solution(cell.source) for cell in cells if cell.grade_id and cell.grade_id in asked}


def _right(questions: Questions, expected: Mapping[str, Any], exercise: str, sent: Sequence[str]) -> int:
    """How many questions an answer gets right with every seed; `sent` is what it gave, by seed."""
    question = questions.asked(exercise)
    assert question is not None
    wrong: set[str] = set()
    for (seed, reference), text in zip(expected.items(), sent, strict=True):
        right = read_answer(json.dumps(reference)).data or {}
        data = read_answer(text).data
        wrong |= right.keys() if data is None else set(names_failing(question, questions, right, data, int(seed)))
    return len(right) - len(wrong)
