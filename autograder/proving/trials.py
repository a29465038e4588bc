"""Try mutants: each takes the reference's place in a process of its own, and the questions must notice it.

1. A worker imports the assignment once, in one thread, and asks the reference before its data are needed: what the
   question imports is there then.
2. For each mutant it forks a process in an empty folder, which runs the mutant's cell and then asks it, with one seed
   after the other. The number with which it ends says what noticed the mutant first.
3. A process that takes far more processor time than the reference is stopped, and so is one that only waits; one that
   asks for too much memory is refused it. All that counts as noticed.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import tempfile
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from types import ModuleType

from autograder.course import Course, CourseError
from autograder.proving.answers import Data, Exercise, known_answers
from autograder.proving.strength import SEEDS

Steps = tuple[str | tuple[str, int], ...]  # visible tests by name, or (exercise, seed) to ask


@dataclass(frozen=True)
class Mutant:
    """A reference changed in one place, where `original` (a line, or several) became `mutated`, both stripped."""

    exercise: str
    place: str  # file:line
    original: str
    mutated: str
    source: str  # of the whole cell
    visible: tuple[str, ...]  # the tests of the exercise

    def __str__(self) -> str:
        return f"{self.place}: {self.exercise}: {self.original!r} became {self.mutated!r}"


@dataclass(frozen=True)
class Trial:
    """What became of a mutant: what noticed it among the questions and the visible tests, None where nothing did."""

    mutant: Mutant
    questions: str | None
    visible: str | None


@dataclass(frozen=True)
class Bounds:
    """What a mutant may use."""

    seconds: float = 2.0  # of processor time, at least …
    times: float = 10.0  # … or as many times the reference's; by the clock, ten times that
    memory: int = 4 << 30  # bytes of its own


def try_mutants(
    course: Course,
    assignment: str,
    mutants: Sequence[Mutant],
    jobs: int | None = None,
    on_mutant: Callable[[], None] = lambda: None,
    bounds: Bounds | None = None,
) -> list[Trial]:
    """Ask each mutant, `jobs` at a time (one per core); `on_mutant` is called after each.

    Raises CourseError where a test fails against the reference itself.
    """
    pool = ProcessPoolExecutor(
        min(jobs or os.cpu_count() or 1, max(1, len(mutants))),
        mp_context=get_context("spawn"),  # not forked: this process may have threads, and a fork would be without them
        initializer=_start_worker,
        initargs=(str(course.root), assignment, bounds or Bounds()),
    )
    try:
        futures = [pool.submit(_try, mutant) for mutant in mutants]
        for future in as_completed(futures):
            future.result()
            on_mutant()
        return [future.result() for future in futures]
    except BrokenProcessPool:
        raise CourseError(f"{course.solution(assignment)} cannot be imported, or a worker was killed.") from None
    finally:
        pool.shutdown(cancel_futures=True)


# What follows runs in a worker.

_reference: ModuleType
_exercises: dict[str, Exercise]
_bounds: Bounds
_seconds: dict[Steps, float] = {}  # the processor time that steps are given
_expected: dict[tuple[str, int], Data] = {}


def _start_worker(root: str, assignment: str, bounds: Bounds) -> None:
    global _reference, _exercises, _bounds
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    for library in ("OMP", "OPENBLAS", "MKL"):
        os.environ[f"{library}_NUM_THREADS"] = "1"  # a process with threads cannot be forked
    _bounds = bounds
    with known_answers(Course(Path(root)), assignment) as answers:
        _reference, _exercises = answers.reference, {one.name: one for one in answers.exercises}


def _try(mutant: Mutant) -> Trial:
    asked = tuple((mutant.exercise, seed) for seed in SEEDS)
    return Trial(mutant, *(_notices(mutant, steps) for steps in (asked, mutant.visible)))


def _notices(mutant: Mutant, steps: Steps) -> str | None:
    """What noticed the mutant, if anything did."""
    if steps not in _seconds:
        before = _processor_time()
        with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
            number = _run("", steps) or _fork("", steps, 60.0)
        if number:
            raise CourseError(f"{_name(number, steps)} fails against the reference itself.")
        _seconds[steps] = max(_bounds.seconds, _bounds.times * (_processor_time() - before))
    number = _fork(mutant.source, steps, _seconds[steps])
    return _name(number, steps) if number else None


def _name(number: int, steps: Steps) -> str:
    if number in (-signal.SIGPROF, -signal.SIGKILL):
        return "the time limit"
    if number < 0:
        return f"a crash ({signal.Signals(-number).name})"
    if number == 1:
        return "the cell itself"
    step = steps[number - 2]
    return step if isinstance(step, str) else f"question_{step[0]} with seed {step[1]}"


def _processor_time() -> float:
    """Of the processes that were forked so far."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _fork(source: str, steps: Steps, seconds: float) -> int:
    """`_run` in a process of its own; the signal's number, negative, if one ended it."""
    with tempfile.TemporaryDirectory() as folder:
        process = get_context("fork").Process(target=_child, args=(source, steps, seconds, folder))
        process.start()
        process.join(10 * seconds)  # by the clock, for what waits and does not work
        if process.is_alive():
            process.kill()
            process.join()
    assert process.exitcode is not None
    return process.exitcode


def _child(source: str, steps: Steps, seconds: float, folder: str) -> None:
    os.chdir(folder)
    tempfile.tempdir = folder
    resource.setrlimit(resource.RLIMIT_DATA, (_bounds.memory, _bounds.memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.setitimer(signal.ITIMER_PROF, seconds)
    os._exit(_run(source, steps))  # no clearing up: a mutant may have left anything behind


def _run(source: str, steps: Steps) -> int:
    """0 if all steps pass with the cell `source` run anew, 1 if the cell itself fails, n + 2 if the n-th step does."""
    done = 0
    with open(os.devnull, "w") as null, contextlib.redirect_stdout(null), contextlib.redirect_stderr(null):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                exec(compile(source, "<mutant>", "exec"), vars(_reference))
                for step in steps:
                    done += 1
                    if isinstance(step, str):
                        vars(_reference)[step]()
                    elif not _answers_rightly(*step):
                        return done + 1
            except BaseException:  # SystemExit, too, is no right answer
                return done + 1
    return 0


def _answers_rightly(name: str, seed: int) -> bool:
    """Whether what is now the answer gives what the reference gave, which is asked first and remembered."""
    exercise = _exercises[name]
    got = exercise.ask(vars(_reference)[name], seed)
    return not exercise.failing(_expected.setdefault((name, seed), got), got, seed)
