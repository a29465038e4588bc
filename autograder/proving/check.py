"""What CI asserts of an assignment, each as a check that returns sentences on what is wrong (none: it holds).

Everything runs on a copy of the course in a scratch folder, with a gradebook of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbclient.exceptions import CellExecutionError
from nbgrader.preprocessors import Execute
from nbgrader.utils import setenv

from autograder.authoring.build import build
from autograder.authoring.hidden import hidden_tests
from autograder.cells import AUTHOR, HIDDEN, SOLUTION, read_cells
from autograder.classroom.grade import data_needed, grade
from autograder.course import Course, CourseError
from autograder.nbgrader_course import nbgrader_config
from autograder.proving.promises import unasked
from autograder.proving.questions import question_faults
from autograder.proving.strength import strength

IMPORT_SECONDS = 2.0
SHORT = 12  # characters: a shorter line gives nothing away


@dataclass(frozen=True)
class Check:
    """What holds of a sound assignment, and the function that looks for what contradicts it."""

    claim: str
    faults: Callable[[Course, Course, str], list[str]]


def checks() -> tuple[Check, ...]:
    """All checks, quick ones first."""
    return (
        Check("the students' notebook is up to date", _drift),
        Check("the students' notebook shows no line of a solution, question or hidden test", _leaks),
        Check("the module imports fast, without file, network or plot", _import),
        Check("no question can be answered from a table, and none leaves anything to chance", _questions),
        Check("every promise of a docstring is asked by a question", _promises),
        Check("every wrong answer is caught and can be named, every right one accepted; every hint is true", _strength),
        Check("the source notebook runs without an error", _runs),
        Check("the reference gets full marks and a blank notebook none", _marks),
    )


def check(course: Course, assignment: str, on_check: Callable[[str, list[str]], None]) -> bool:
    """Run all checks; `on_check` is called with each claim and its faults. True where all hold."""
    sound = True
    with tempfile.TemporaryDirectory(prefix="autograder-check-") as folder:
        scratch = course.copy_to(Path(folder))
        build(scratch, assignment)
        for one in checks():
            faults = one.faults(course, scratch, assignment)
            on_check(one.claim, faults)
            sound = sound and not faults
    return sound


def _drift(course: Course, scratch: Course, assignment: str) -> list[str]:
    committed, fresh = course.release(assignment), scratch.release(assignment)
    if committed.is_file() and committed.read_bytes() == fresh.read_bytes():
        return []
    state = "differs from what the solution gives" if committed.is_file() else "is missing"
    return [f"{committed.relative_to(course.root)} {state}: run `autograder build {assignment}` and commit it."]


def _leaks(course: Course, scratch: Course, assignment: str) -> list[str]:
    released = course.release(assignment) if course.release(assignment).is_file() else scratch.release(assignment)
    # The copy has the reference's data for the hidden tests already.
    return leaked_lines(scratch, assignment, json.loads(released.read_text(encoding="utf-8")))


def leaked_lines(course: Course, assignment: str, released: Any) -> list[str]:
    """Each line that students are not given and that occurs anywhere in `released` (any JSON), as a sentence."""
    lines, public = secret_lines(course, assignment)
    text = squeezed(released)
    return [
        f"{where}: this line is in the students' notebook."
        for line, where in lines.items()
        if line in text and line not in public
    ]


def secret_lines(course: Course, assignment: str) -> tuple[dict[str, str], str]:
    """The lines about an assignment that students are not given, with where each stands, and all that they are given.

    Both without white space. A line that also stands in the visible part of the notebook is no secret; lines too short
    to give anything away are left out. All of setup.py is public. Raises CourseError.
    """
    secret: dict[str, str] = {}
    visible = course.setup.read_text(encoding="utf-8").splitlines() if course.setup.is_file() else []

    def keep(line: str, where: str) -> None:
        if len(_squeeze(line)) >= SHORT and not line.strip().startswith("###"):
            secret.setdefault(_squeeze(line), where)

    solution = course.solution(assignment)
    for cell in read_cells(solution):
        if AUTHOR in cell.tags:
            continue
        end = None
        for number, line in enumerate(cell.source.splitlines(), start=1):
            for begin, finish in (SOLUTION, HIDDEN):
                end = finish if line.strip() == begin else end
            if end is None:
                visible.append(line)
            else:
                keep(line, f"{solution.relative_to(course.root)}:{cell.line + number}")
            end = None if line.strip() == end else end
    room = (course.questions, course.mistakes, course.others, course.equivalents)
    for path in (*(find(assignment) for find in room), course.room(assignment) / "__main__.py"):
        if path.is_file():
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
                keep(line, f"{path.relative_to(course.root)}:{number}")
    for name, hidden in hidden_tests(course, assignment).items():
        for line in "\n".join(hidden).splitlines():
            keep(line, f"the hidden test of {name}")
    return secret, _squeeze("\n".join(visible))


def squeezed(data: Any) -> str:
    """All text in `data` (any JSON), without white space."""
    return _squeeze("\n".join(_strings(data)))


def _squeeze(text: str) -> str:
    return "".join(text.split())


def _strings(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        for key, value in data.items():
            yield from _strings(key)
            yield from _strings(value)
    elif isinstance(data, list):
        # A notebook keeps a cell's lines as a list.
        yield "".join(data) if all(isinstance(item, str) for item in data) else ""
        for item in data:
            yield from _strings(item)


# Imports once to time it beyond what every notebook imports, then again, with all libraries there, under an audit hook.
_IMPORT_PROBE = """
import importlib, json, os, sys, time
import matplotlib.pyplot, torch
name, root = sys.argv[1:]
start = time.process_time()
importlib.import_module(name)
seconds = time.process_time() - start
for module in [m for m in sys.modules if m.startswith("solutions")]:
    del sys.modules[module]
touched = []
def hook(event, args):
    if event == "open" and isinstance(args[0], (str, bytes)):
        path = os.path.realpath(os.fsdecode(args[0]))
        if not (path.startswith(os.path.join(root, "solutions")) and path.endswith((".py", ".pyc"))):
            touched.append(f"opens {path}")
    elif event.startswith(("socket.", "subprocess.", "urllib.")):
        touched.append(event)
sys.addaudithook(hook)
importlib.import_module(name)
pyplot = sys.modules.get("matplotlib.pyplot")
if pyplot and pyplot.get_fignums():
    touched.append("leaves a figure open")
print(json.dumps({"seconds": seconds, "touched": touched}))
"""


def _import(course: Course, scratch: Course, assignment: str) -> list[str]:
    run = subprocess.run(
        [sys.executable, "-c", _IMPORT_PROBE, f"solutions.{assignment}.notebook", str(scratch.root.resolve())],
        cwd=scratch.root,
        env=os.environ | {"PYTHONPATH": str(scratch.root), "PYTHONDONTWRITEBYTECODE": "1", "MPLBACKEND": "agg"},
        capture_output=True,
        text=True,
    )
    if run.returncode:
        return [f"Importing it fails: {run.stderr.strip().splitlines()[-1]}"]
    report = json.loads(run.stdout.splitlines()[-1])
    faults = [f"Importing it {what}." for what in report["touched"]]
    if report["seconds"] > IMPORT_SECONDS:
        faults.append(f"Importing it takes {report['seconds']:.1f} s of processor time beyond its libraries.")
    return faults


def _questions(course: Course, scratch: Course, assignment: str) -> list[str]:
    return question_faults(course, assignment)


def _promises(course: Course, scratch: Course, assignment: str) -> list[str]:
    return unasked(scratch, assignment)


def _strength(course: Course, scratch: Course, assignment: str) -> list[str]:
    return [fault for row in strength(course, assignment, count_visible=False) for fault in row.faults]


def _runs(course: Course, scratch: Course, assignment: str) -> list[str]:
    notebook = nbformat.read(scratch.source(assignment), as_version=4)
    executor = Execute(allow_errors=False, config=nbgrader_config(scratch))
    try:
        # As while grading: nothing trains, downloads or plots.
        with setenv(NBGRADER_EXECUTION="validate"):
            executor.preprocess(notebook, {"metadata": {"path": str(scratch.root)}})
    except CellExecutionError as error:
        return [f"{error.ename}: {error.evalue}"]
    return []


def _marks(course: Course, scratch: Course, assignment: str) -> list[str]:
    for student, notebook in (
        ("reference", scratch.source(assignment)),
        ("blank", scratch.release(assignment)),
    ):
        path = scratch.submitted(student, assignment)
        path.parent.mkdir(parents=True)
        path.write_bytes(notebook.read_bytes())
    try:
        by_student = {result.student: result for result in grade(scratch, assignment, jobs=1)}
    except CourseError as error:  # a question, say, that the reference cannot be asked in a kernel
        return [str(error)]
    faults = []
    needs_data = data_needed(scratch, assignment)  # what is scored on a data set waits for one: none is here
    by_hand = {cell.grade_id for cell in read_cells(course.solution(assignment)) if cell.by_hand}
    for student, wanted in (("reference", "max_score"), ("blank", None)):
        for exercise in by_student[student].exercises:
            if exercise.exercise in needs_data:
                continue
            score = 0.0 if not wanted else None if exercise.exercise in by_hand else exercise.max_score
            if exercise.score != score:
                said = f": {exercise.error}" if exercise.error else ""
                faults.append(
                    f"The {student} gets {exercise.score} of {exercise.max_score} for {exercise.exercise}{said}"
                )
        if not by_student[student].exercises:
            faults.append(f"The {student} notebook could not be graded: {' '.join(by_student[student].problems)}")
    return faults
