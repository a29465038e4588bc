"""Does no page hold a line of a hidden test, of a question or of a solution, whatever a submission does?"""

from __future__ import annotations

import ast
import html
import re
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell

from autograder.cells import read_cells, solution_lines
from autograder.classroom.grade import grade
from autograder.course import Course
from autograder.proving.leaks import SHORT, secret_lines, squeezed
from autograder.reporting.feedback import feedback
from autograder.submissions.restore import grade_id
from tests.conftest import REPOSITORY, TOY

# An author may still write a hidden test, nbgrader's way.
BY_HAND = TOY.replace(
    "    compare(double(1), 2)\n",
    """    compare(double(1), 2)


### BEGIN HIDDEN TESTS
def test_double_hidden():
    negative_array = np.array([-3, 0])
    compare(double(negative_array), [-6, 0])


### END HIDDEN TESTS
""",
)
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
for callback in get_ipython().events.callbacks["pre_run_cell"]:
    print(getattr(callback, "__globals__", {}), getattr(callback, "__closure__", ()))
%history
"""


def leaks(course: Course, student: str, text: str) -> list[str]:
    """Lines in a text that no student is given, without white space, but for those that the student wrote."""
    handed_in = nbformat.read(course.submitted(student, "a1_toy"), as_version=4)
    own = squeezed([cell.source for cell in handed_in.cells])
    secret, public = secret_lines(course, "a1_toy")
    return [line for line in secret if line in squeezed(text) and line not in public and line not in own]


def seen(path: Path) -> str:
    """What stands in a page or a notebook."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".html":
        return html.unescape(re.sub(r"<[^>]*>", "", text))
    return "\n".join(str(cell) for cell in nbformat.reads(text, as_version=4).cells)


@pytest.fixture
def course(own_toy: Course) -> Course:
    """The toy with a hidden test that was written by hand; three who look for it have handed in."""
    own_toy.solution("a1_toy").write_text(BY_HAND, encoding="utf-8")
    release = nbformat.read(own_toy.release("a1_toy"), as_version=4)
    for student, answers in (
        ("reads", {"double": READS_HISTORY}),
        ("speaks", {"total": SPEAKS_WITH_ITS_NAME}),
        ("shows", {}),
    ):
        notebook = nbformat.from_dict(release)
        for cell in notebook.cells:
            cell.source = answers.get(grade_id(cell) or "", cell.source)
        notebook.cells += [new_code_cell(SHOWS_ALL), new_code_cell(f"raise ValueError('\\n'.join(In) + {student!r})")]
        path = own_toy.submitted(student, "a1_toy")
        path.parent.mkdir(parents=True)
        nbformat.write(notebook, path)
    return own_toy


@pytest.mark.parametrize(
    ("written", "line"),
    [
        ("    negative_array&nbsp;= np.array([<b>-3</b>, 0])", "negative_array=np.array([-3,0])"),
        ("BY_VALUE = {&quot;quiz_even&quot;: &quot;a letter&quot;}", 'BY_VALUE={"quiz_even":"aletter"}'),
        ("doubled_value = np.asarray(x) * 2", "doubled_value=np.asarray(x)*2"),
    ],
)
def test_the_search_finds_what_it_looks_for(course: Course, written: str, line: str) -> None:
    page = course.feedback("shows", "a1_toy")
    page.parent.mkdir(parents=True)
    page.write_text(f"<pre>{written}</pre>", encoding="utf-8")
    assert leaks(course, "shows", seen(page)) == [line]


@pytest.mark.slow
def test_a_submission_that_collects_what_is_near_it_does_not_bring_it_home(course: Course) -> None:
    """In real kernels behind walls, for what a submission can reach depends on what is near it."""
    results = grade(course, "a1_toy", jobs=1)
    assert [result.flags for result in results] == [(), (), ()]
    assert len(feedback(course, "a1_toy")) == 3
    for student in ("reads", "speaks", "shows"):
        for path in (course.autograded(student, "a1_toy"), course.feedback(student, "a1_toy")):
            text = seen(path)
            assert leaks(course, student, text) == []
            assert "test_double_hidden" not in text
            assert "def test_double()" in text  # what is not hidden is found and shown


@pytest.mark.parametrize("assignment", Course(REPOSITORY).assignments)
def test_no_message_about_a_mistake_holds_a_line_of_a_solution(repository: Course, assignment: str) -> None:
    tree = ast.parse(repository.mistakes(assignment).read_text(encoding="utf-8"))
    functions = (node for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef)))
    messages = [ast.get_docstring(node) or "" for node in functions if "__" in node.name]
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "Choice")
    messages += [str(ast.literal_eval(call.args[1])) for call in calls]
    assert messages
    solved: list[str] = []
    given: list[str] = []
    for cell in read_cells(repository.solution(assignment)):
        for number, line in enumerate(cell.source.splitlines(), start=1):
            (solved if number in solution_lines(cell) else given).append(squeezed(line))
    said = squeezed(messages)
    assert [line for line in solved if len(line) >= SHORT and line in said and line not in "\n".join(given)] == []
