"""How answers fare that nobody here wrote: `python -m benchmarks.strangers` (minutes for each assignment).

People who know only the students' notebook wrote them, in rounds: answers_of_strangers/<round>/<assignment>.py. A cell
is an answer; its first line says whether its author takes it for right or wrong, its exercise, and in what way:

    # %% wrong pad2d | adds rows and columns in the wrong order

Each is asked with several seeds, in a notebook in which all else is the reference's. `judged.toml` of a round holds
what people decided when they read the results: `untrue` the names that are not what the answer does wrong, `right` the
"wrong" answers that the text allows, `wrong` the "right" ones that it forbids; each as "assignment exercise | way".
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import signal
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch._dynamo  # noqa: F401  an import that a time limit breaks off half-way would spoil all that comes later
from rich.progress import track
from scipy.stats import binomtest  # type: ignore[import-untyped]

from autograder.course import Course
from autograder.judge.diagnosis import Data, diagnose_all
from autograder.proving.strength import quiet
from benchmarks import write_result
from benchmarks.diagnosis import Assignment

ROUNDS = Path(__file__).parent / "answers_of_strangers"
SEEDS = (20271129, 5, 77)
SECONDS = 60  # for one answer and seed


@dataclass(frozen=True)
class Answer:
    """A stranger's answer to one exercise."""

    assignment: str
    exercise: str
    right: bool  # as its author says
    way: str  # what is wrong, or unusual, in the author's words
    code: str

    @property
    def title(self) -> str:
        """How judged.toml calls it."""
        return f"{self.assignment} {self.exercise} | {self.way}"


@dataclass(frozen=True)
class Outcome:
    """What became of an answer."""

    title: str
    right: bool  # as its author says, or as people decided
    accepted: bool  # with every seed; a wrong one counts as accepted if any seed accepts it
    failing: list[str]
    named: str | None  # the sentence of the mistake that it was taken for
    untrue: bool  # whether people found that the name is not so


def main(arguments: list[str] | None = None) -> None:
    """Ask, write `results/strangers.json`, and print what should not be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rounds", nargs="*", help="names of rounds (default: all)")
    parser.add_argument("--assignment", help="only answers to this one")
    parser.add_argument("--show", action="store_true", help="print every answer's outcome; write no result")
    chosen = parser.parse_args(arguments)
    rounds = chosen.rounds or sorted(path.name for path in ROUNDS.iterdir() if path.is_dir())
    measured: dict[str, Any] = {}
    for name in rounds:
        outcomes = list(ask_round(ROUNDS / name, chosen.assignment))
        measured[name] = figures(outcomes) | {"outcomes": [asdict(one) for one in outcomes]}
        for one in outcomes:
            odd = one.accepted != one.right or one.untrue
            if odd or chosen.show:
                kind = "right" if one.right else "wrong"
                said = "accepted" if one.accepted else f"refused by {', '.join(one.failing[:3])}"
                print(f"{'✗' if odd else ' '} {one.title}: {kind}, {said}. {one.named or ''}")
        print(name, {key: value for key, value in measured[name].items() if key != "outcomes"})
    if not chosen.show:
        print(write_result("strangers", measured, ("numpy", "torch")))


def ask_round(folder: Path, only: str | None) -> Iterator[Outcome]:
    """The outcome of each answer of a round."""
    course = Course.at(Path(__file__))
    judged = tomllib.loads((folder / "judged.toml").read_text("utf-8")) if (folder / "judged.toml").is_file() else {}
    for path in sorted(folder.glob("*.py")):
        assignment = path.stem
        if only and course.assignment(only) != assignment:
            continue
        answers = list(read_answers(path))
        asked = [Assignment(course, assignment, seed) for seed in SEEDS]
        for answer in track(answers, f"{folder.name}, {assignment}", console=None, disable=not sys.stderr.isatty()):
            yield outcome(answer, asked, judged)


def read_answers(path: Path) -> Iterator[Answer]:
    """The answers in a file of strangers."""
    for cell in path.read_text(encoding="utf-8").split("# %% ")[1:]:
        title, _, code = cell.partition("\n")
        kind, exercise = title.partition("|")[0].split()
        if kind not in ("right", "wrong"):
            raise ValueError(f"{path}: {title!r} begins neither with right nor with wrong.")
        yield Answer(path.stem, exercise, kind == "right", title.partition("|")[2].strip(), code)


def outcome(answer: Answer, asked: list[Assignment], judged: dict[str, list[str]]) -> Outcome:
    """Ask an answer with each seed; the first one diagnoses it."""
    right = answer.right
    if answer.title in judged.get("right", ()) or answer.title in judged.get("wrong", ()):
        right = not right
    failing: list[list[str]] = []
    named = None
    for number, one in enumerate(asked):
        judgement = one.judged(answer.exercise)
        data = data_of(answer, one)
        failing.append(sorted(judgement.differing(data)))
        if number == 0 and failing[0]:
            found = diagnose_all(
                {answer.exercise: data},
                {answer.exercise: judgement},
                one.known_data,
                {answer.exercise: answer.code},
                one.pair_data,
            )
            named = found[answer.exercise].text if found else None
    accepted = not any(failing) if right else not all(failing)
    first = next((names for names in failing if names), [])
    return Outcome(answer.title, right, accepted, first, named, answer.title in judged.get("untrue", ()))


def data_of(answer: Answer, asked: Assignment) -> Data:
    """What the answer gives among the reference's names; nothing if it cannot be asked, or takes too long."""
    reference = importlib.import_module(f"solutions.{answer.assignment}.notebook")
    names = dict(vars(reference))
    with within(SECONDS), quiet(), contextlib.suppress(Exception, SystemExit):
        exec(compile(answer.code, answer.title, "exec"), names)
        return asked.data(answer.exercise, names[answer.exercise])
    return {}


@contextlib.contextmanager
def within(seconds: int) -> Iterator[None]:
    """Raise TimeoutError in the block if it takes longer."""

    def late(*_: Any) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    try:
        yield
    except TimeoutError:
        pass
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def figures(outcomes: list[Outcome]) -> dict[str, Any]:
    """The four figures, each (count, of how many, percent, 95 % interval from, to)."""
    right, wrong = ([one for one in outcomes if one.right is kind] for kind in (True, False))
    refused = [one for one in wrong if not one.accepted]

    def share(count: int, of: int) -> tuple[Any, ...]:
        if not of:
            return count, of, None, None, None
        interval = binomtest(count, of).proportion_ci(method="wilson")
        return count, of, *(round(100 * float(part), 1) for part in (count / of, interval.low, interval.high))

    return {
        "right refused": share(sum(not one.accepted for one in right), len(right)),
        "wrong accepted": share(sum(one.accepted for one in wrong), len(wrong)),
        "wrong named truly": share(sum(one.named is not None and not one.untrue for one in refused), len(wrong)),
        "wrong named untruly": share(sum(one.untrue for one in refused), len(wrong)),
        "by assignment": dict(Counter(one.title.split()[0] for one in outcomes)),
    }


if __name__ == "__main__":
    main()
