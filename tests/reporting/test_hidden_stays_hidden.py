"""Does no page hold a line of a hidden test or of a solution, whatever a submission does?

These run in real kernels behind walls, for what a submission can reach depends on what is near it.
"""

from __future__ import annotations

import html
import re
from itertools import islice
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell

from autograder.authoring.build import build
from autograder.authoring.check import leaked_lines
from autograder.course import Course
from autograder.grading.grade import grade
from autograder.grading.restore import grade_id
from autograder.reporting.feedback import feedback
from tests.classes import Pieces, copied_course
from tests.conftest import REPOSITORY, make_toy

pytestmark = pytest.mark.slow

READS_HISTORY = """\
def double(x):
    import sys
    frame, found = sys._getframe(), []
    while frame:
        found += [str(value) for value in frame.f_locals.values()]
        frame = frame.f_back
    raise AssertionError("\\n".join(map(str, get_ipython().user_ns["In"])) + "\\n".join(found))
"""
SPEAKS_WITH_ITS_NAME = """\
def total(x):
    names = [name for name in globals() if "hidden" in name]
    code = [globals()[name].__code__.co_consts for name in names]
    error = type("AssertionError", (Exception,), {})(repr((names, code)))
    error.__traceback__ = None
    raise error
"""
SHOWS_ALL = """\
import inspect
print("\\n".join(In))
for name, thing in list(globals().items()):
    if callable(thing) and not isinstance(thing, type):
        try:
            print(inspect.getsource(thing))
        except (OSError, TypeError):
            print(name, thing)
%history
"""


def leaks(course: Course, assignment: str, student: str) -> list[str]:
    """Lines of hidden tests and solutions in the student's page that the student did not hand in."""
    handed_in = nbformat.read(course.submitted(student, assignment), as_version=4)
    own = "".join("".join(cell.source for cell in handed_in.cells).split())
    page = html.unescape(re.sub(r"<[^>]*>", "", course.feedback(student, assignment).read_text(encoding="utf-8")))
    lines = course.solution(assignment).read_text(encoding="utf-8").splitlines()
    numbers = [int(fault.split(":")[1]) for fault in leaked_lines(course.solution(assignment), page)]
    return [lines[n - 1] for n in numbers if "".join(lines[n - 1].split()) not in own]


def hand_in(course: Course, assignment: str, student: str, notebook: nbformat.NotebookNode) -> None:
    path = course.submitted(student, assignment)
    path.parent.mkdir(parents=True)
    nbformat.write(notebook, path)


def test_the_check_finds_what_it_looks_for(tmp_path: Path) -> None:
    course = make_toy(tmp_path)
    build(course, "a1_toy")
    hand_in(course, "a1_toy", "ada", nbformat.read(course.release("a1_toy"), as_version=4))
    page = course.feedback("ada", "a1_toy")
    page.parent.mkdir(parents=True)
    page.write_text("<pre>    negative_array&nbsp;= np.array([<b>-3</b>, 0])</pre>", encoding="utf-8")
    assert leaks(course, "a1_toy", "ada") == ["    negative_array = np.array([-3, 0])"]


def test_a_submission_that_collects_what_is_near_it_does_not_bring_it_home(tmp_path: Path) -> None:
    course = make_toy(tmp_path)
    build(course, "a1_toy")
    release = nbformat.read(course.release("a1_toy"), as_version=4)
    for student, answers in (
        ("reads", {"double": READS_HISTORY}),
        ("speaks", {"total": SPEAKS_WITH_ITS_NAME}),
        ("shows", {}),
    ):
        notebook = nbformat.from_dict(release)
        for cell in notebook.cells:
            cell.source = answers.get(grade_id(cell) or "", cell.source)
        notebook.cells += [new_code_cell(SHOWS_ALL), new_code_cell(f"raise ValueError('\\n'.join(In) + {student!r})")]
        hand_in(course, "a1_toy", student, notebook)
    grade(course, "a1_toy", jobs=1)
    graded = "".join(path.read_text(encoding="utf-8") for path in course.root.glob("autograded/*/*/*.ipynb"))
    assert graded.count("negative_array = np.array([-3, 0])") > 6  # it is near while they are graded
    assert len(feedback(course, "a1_toy", jobs=1)) == 3
    for student in ("reads", "speaks", "shows"):
        assert leaks(course, "a1_toy", student) == []
        page = course.feedback(student, "a1_toy").read_text(encoding="utf-8")
        assert "def test_double()" in page  # what is not hidden is found and shown
        assert "test_double_hidden" not in page and "negative_array" not in page


@pytest.mark.nightly
@pytest.mark.timeout(1800)
def test_no_wrong_answer_that_is_known_brings_a_line_of_a_hidden_test_into_a_page(tmp_path: Path) -> None:
    assignment = "a1_convolution"
    course = copied_course(Course(REPOSITORY), tmp_path)
    build(course, assignment)
    pieces = Pieces(course, assignment)
    rounds = max(len(known) for known in pieces.wrong.values())
    for n in range(rounds):
        wrong = {name: next(islice(known.values(), n, None)) for name, known in pieces.wrong.items() if n < len(known)}
        hand_in(course, assignment, f"student-{n:02}", pieces.solved(wrong))
    results = grade(course, assignment)
    failed = sum(exercise.score == 0 for result in results for exercise in result.exercises)
    assert failed >= sum(map(len, pieces.wrong.values()))
    assert len(feedback(course, assignment)) == rounds
    found = {f"student-{n:02}": leaks(course, assignment, f"student-{n:02}") for n in range(rounds)}
    assert {student: lines for student, lines in found.items() if lines} == {}
