"""Do the promises hold against every hostile notebook?

Each is graded once. A kind of harm is a batch, between two honest submissions; the batches share a course and workers.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from autograder.classroom.grade import grade, prepare
from autograder.classroom.machine import Needs, workers_here
from autograder.classroom.pool import LocalPool
from autograder.course import Course
from autograder.gradebook.book import open_gradebook
from autograder.grading.execute import Run
from autograder.grading.record import SubmissionResult
from autograder.kernels.sandbox import best_sandbox
from autograder.limits import Limits
from tests.attacks import (
    Attack,
    Target,
    disk,
    escape,
    folders,
    handed_in,
    hanging,
    judge,
    malformed,
    memory,
    network,
    output,
    points,
    processes,
    reading,
    solved,
    state,
)
from tests.attacks.outside import SECRET, look_around, watched
from tests.classes import Pieces
from tests.conftest import make_toy

KINDS = {
    module.__name__.rpartition(".")[2]: module.ATTACKS
    for module in (
        processes,
        hanging,
        memory,
        disk,
        output,
        reading,
        network,
        escape,
        malformed,
        folders,
        state,
        points,
        judge,
    )
}
REFERENCES = ("0-reference", "zz-reference")  # the first and the last of a batch
HIDDEN = "What the reference[ ]gives for each"  # a line of the toy's hidden tests
JOBS = 4  # more than there are cores: most attacks only wait until they are stopped
LIMITS = Limits(
    cell_seconds=2,
    notebook_seconds=12,
    question_seconds=1,
    cpu_seconds=20,
    memory_mb=1024,
    processes=64,
    disk_mb=64,
    output_mb=1,
    submission_mb=16,
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


@dataclass(frozen=True)
class Arena:
    """Where hostile notebooks are graded: a course and its workers. What all these print is in the file `output`."""

    course: Course
    pieces: Pieces
    workers: LocalPool
    output: Path


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    folder = tmp_path_factory.mktemp("arena")
    course = course_with_limits(folder / "course")
    needs = Needs(("numpy", "matplotlib", "matplotlib.pyplot"), course.dataset(""), walls=True, seconds=300.0)
    with ExitStack() as stack:
        stack.enter_context(pytest.MonkeyPatch.context()).setenv(SECRET, "value")
        with output_in(folder / "output"):
            workers = stack.enter_context(workers_here(needs, JOBS))
        yield Arena(course, Pieces(course, "a1_toy"), workers, folder / "output")


def test_every_attack_has_a_name_of_its_own_and_says_what_stops_it() -> None:
    attacks = [attack for kind in KINDS.values() for attack in kind]
    assert len({attack.name for attack in attacks} | set(REFERENCES)) == len(attacks) + len(REFERENCES)
    assert all(attack.defence and attack.does and attack.stock for attack in attacks)


@pytest.mark.skipif(best_sandbox() == "none", reason="this machine cannot sandbox submissions")
@pytest.mark.parametrize("kind", KINDS)
def test_hostile_notebooks_get_what_they_deserve_and_harm_nobody(kind: str, arena: Arena, tmp_path: Path) -> None:
    """All of a kind in one batch; what is wrong is told attack by attack."""
    attacks = {attack.name: attack for attack in KINDS[kind]}
    course, pieces = arena.course, arena.pieces
    with watched(course, "a1_toy", tmp_path, HIDDEN, LIMITS) as outside:
        for attack in attacks.values():
            hand_in(course, attack, pieces, outside.target)
        for student in REFERENCES:
            folder = course.submitted(student, "a1_toy").parent
            shutil.rmtree(folder, ignore_errors=True)
            write(folder, handed_in(solved(pieces, outside.target), outside.target))
        look_around(outside)
        arena.workers.submit(assert_walls_stand, course, os.getpid()).result()
        with output_in(arena.output):
            graded = grade(course, "a1_toy", [*attacks, *REFERENCES], executor=arena.workers)
        results = {result.student: result for result in graded}
        said = arena.output.read_text(errors="replace")
        faults = [
            *(["The grader's own output was written to."] if outside.target.token in said else []),
            *outside.faults(),
            *batch_faults(course, results, attacks),
            *(fault for attack in attacks.values() for fault in attack_faults(course, attack, results, pieces)),
        ]
    assert not faults, "\n".join(faults)


def assert_walls_stand(course: Course, grader: int) -> None:
    """Before anything hostile runs, a harmless cell must neither reach the course nor the process that grades."""
    reach = f"import os\ntry:\n    open({str(course.gradebook)!r})\nexcept OSError:\n    os.kill({grader}, 0)"
    (cell,) = Run(new_notebook(cells=[new_code_cell(reach)]), {}, LIMITS).execute().notebook.cells
    assert [output.get("ename") for output in cell.outputs] in (["ProcessLookupError"], ["PermissionError"])


def course_with_limits(root: Path) -> Course:
    """The toy course, built, with the small `LIMITS`."""
    root.mkdir()
    course = make_toy(root)
    settings = root / "pyproject.toml"
    limits = "\n".join(f"{name} = {value}" for name, value in vars(LIMITS).items())
    settings.write_text(f"{settings.read_text()}\n[tool.autograder.limits.a1_toy]\n{limits}\n")
    prepare(course, "a1_toy")
    return course


def hand_in(course: Course, attack: Attack, pieces: Pieces, target: Target) -> None:
    folder = course.submitted(attack.name, target.assignment).parent
    write(folder, attack.make(pieces, target))
    if attack.arrange:
        attack.arrange(folder, target)


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    folder.mkdir(parents=True)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


@contextmanager
def output_in(path: Path) -> Iterator[None]:
    """What this process and children that it starts write to their output goes to the end of the file `path`."""
    kept = [os.dup(handle) for handle in (1, 2)]
    with path.open("ab") as file:
        try:
            for handle in (1, 2):
                os.dup2(file.fileno(), handle)
            yield
        finally:
            for handle, before in zip((1, 2), kept, strict=True):
                os.dup2(before, handle)
                os.close(before)


def batch_faults(course: Course, results: dict[str, SubmissionResult], attacks: dict[str, Attack]) -> Iterator[str]:
    """What is wrong with the batch as a whole."""
    if missing := ({*attacks, *REFERENCES} ^ results.keys()):
        yield f"Rows that are missing, or too many: {missing}."
    for student in REFERENCES:
        if (result := results[student]).score != result.max_score or result.problems:
            yield f"{student} has {result.score} of {result.max_score}: {result.problems}"
    with open_gradebook(course) as gradebook:
        in_book = {submission.student.id: submission.score for submission in gradebook.assignment_submissions("a1_toy")}
    for student, result in results.items():
        if in_book.get(student) != result.score:
            yield f"The gradebook gives {student} {in_book.get(student)} points."
    for path in (course.root / "results").rglob("*.json"):
        if path.stat().st_size > 8 << 20:
            yield f"{path} is too large."


def attack_faults(
    course: Course, attack: Attack, results: dict[str, SubmissionResult], pieces: Pieces
) -> Iterator[str]:
    """What is wrong with one attack's row and notebook."""
    if attack.name not in results:
        return
    result = results[attack.name]
    honest = attack.honest(pieces.exercises)
    points = {exercise.exercise: exercise.max_score for exercise in results[REFERENCES[0]].exercises}
    deserved = sum(points[name] for name in honest)
    told = " ".join((*result.problems, *result.flags))
    errors = " ".join(exercise.error or "" for exercise in result.exercises)
    if result.score > deserved or (result.score < deserved and not attack.at_most):
        yield f"{attack.name}: {result.score} points, and it deserves {deserved}. {result.status}: {told} {errors}"
    if result.status == "failed" or (not attack.gradable and result.status != "not gradable"):
        yield f"{attack.name}: it is {result.status}. {told}"
    if attack.gradable and not attack.at_most and result.status != "graded":
        yield f"{attack.name}: it is {result.status}. {told}"
    if attack.flagged and not result.flags:
        yield f"{attack.name}: no flag tells the instructor. {told} {errors}"
    if result.flags and attack.flagged is False and not attack.at_most:
        yield f"{attack.name}: a flag, where no tampering is evident: {result.flags}"
    if attack.told and not re.search(attack.told, told, re.IGNORECASE):
        yield f"{attack.name}: its row does not tell {attack.told!r}: {told!r}"
    if not (told + errors).replace("\n", "").isprintable() or len(told + errors) > 20_000:
        yield f"{attack.name}: what is told of it does not belong into a terminal: {(told + errors)[:1000]!r}"
    notebook = course.autograded(attack.name, "a1_toy")
    if notebook.is_file():
        text = notebook.read_text(encoding="utf-8")
        yield from (f"{attack.name}: {line}" for line in reached(text))
        if re.search(HIDDEN, text):
            yield f"{attack.name}: a hidden test is in the notebook that students get back."


def reached(notebook: str) -> list[str]:
    """What a notebook says that it reached."""
    said = []
    for cell in json.loads(notebook)["cells"]:
        for shown in cell.get("outputs", []):
            if shown["output_type"] == "stream":
                said += re.findall(r"(?m)^REACHED: .*", "".join(shown["text"]))
    return said


@pytest.mark.parametrize("name", ["read-course", "environment", "processes", "tcp", "unix"])
def test_without_walls_an_attack_reaches_its_target(
    name: str, tmp_path: Path, built_toy: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the walls would be tested by attacks that cannot succeed. Only those are run that harm nobody."""
    monkeypatch.setenv(SECRET, "value")
    (attack,) = (attack for attack in reading.ATTACKS + network.ATTACKS if attack.name == name)
    with watched(built_toy, "a1_toy", tmp_path, HIDDEN, LIMITS) as outside:
        assert run_bare(attack, Pieces(built_toy, "a1_toy"), outside.target)


def run_bare(attack: Attack, pieces: Pieces, target: Target) -> list[str]:
    """What the attack reaches as a plain program."""
    (content,) = attack.make(pieces, target).values()
    cells = json.loads(content)["cells"]
    first = next(n for n, cell in enumerate(cells) if "def reached" in cell["source"])
    program = "\n".join(cell["source"] for cell in cells[first : first + 2])
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    return re.findall(r"(?m)^REACHED: .*", run.stdout)


def test_the_watch_notices_whatever_was_reached_or_left(tmp_path: Path) -> None:
    course = Course(tmp_path / "course")
    for folder in (course.root, tmp_path / "outside"):
        folder.mkdir()
    with watched(course, "a1_toy", tmp_path / "outside", HIDDEN, LIMITS) as outside:
        look_around(outside)
        assert list(outside.faults()) == []
        token = outside.target.token
        with subprocess.Popen([sys.executable, "-c", "input()", token], stdin=subprocess.PIPE) as survivor:
            (course.root / "new.txt").touch()
            (tmp_path / "outside" / "secret.txt").unlink()
            Path(tempfile.gettempdir(), f"{token}.txt").touch()
            with socket.create_connection(("127.0.0.1", outside.target.tcp_port)) as there:
                there.sendall(b"hello")
            while not outside.heard:
                time.sleep(0.01)
            outside.canary.kill()
            outside.canary.wait()
            faults = "\n".join(outside.faults())
            survivor.kill()
    for words in ("said b'hello'", "was killed", "new.txt was", "secret.txt was", f"{token}.txt was left", "lives on"):
        assert words in faults
    assert not Path(tempfile.gettempdir(), f"{token}.txt").exists()
