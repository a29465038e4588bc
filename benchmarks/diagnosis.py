"""How well wrong answers are diagnosed: `python -m benchmarks.diagnosis` (minutes for each seed).

Each case is asked with fresh seeds:

- `wrong`: each known wrong answer, which is to be named;
- `right`: the references and the other right answers, none of which may be accused;
- `float32`: the wrong answers, rounded;
- `changed`: the wrong answers, with the answer to one question exchanged for another that is wrong;
- `two`: two mistakes in one answer, of which either is right to name;
- `unknown`: the wrong answers, where the mistake itself is not among those that are known: any name is a wrong one;
- `follow_up`: right answers that use an earlier exercise with a mistake in it;
- `pair`: wrong answers that use an earlier exercise with a mistake in it, of which either is right to name;
- `follow_up_unseen`, `pair_unseen`: the same, where the very answer is not among those known to use it.
"""

from __future__ import annotations

import argparse
import dataclasses
import importlib
import io
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image
from rich.progress import Progress

from autograder.authoring.questions import course_questions
from autograder.course import Course
from autograder.edits import combined_pairs
from autograder.grading.known import KnownFiles, course_known_files
from autograder.in_kernel.known_answers import KnownAnswers
from autograder.judge.diagnosis import (
    LEAST_QUESTIONS,
    LEAST_SHARE,
    Data,
    Diagnosis,
    Fit,
    Judged,
    KnownData,
    KnownMistake,
    Replaced,
    choose,
    diagnose_all,
    fits,
)
from autograder.judge.questions import Question
from benchmarks import write_result

PICTURE = Path(__file__).parent.parent / "docs" / "diagnosis.png"
SETTINGS = [(share, LEAST_QUESTIONS) for share in (0.4, 0.5, 0.6, 0.65, 0.7, 0.8, 1.0)] + [
    (LEAST_SHARE, 1),
    (LEAST_SHARE, 3),
]
EARLIER = 4  # mistakes in an earlier exercise that are tried with each later one, for each seed
PAIRS = 0.25  # the share of the wrong later ones that is tried with each
BLUE, ORANGE = "#0072B2", "#D55E00"  # which the colour-blind tell apart, too

NOTHING = "-"
Counts = dict[str, Counter[str]]


@dataclass(frozen=True)
class Exercise:
    """An exercise with what known answers to it gave for one seed; the reference is among the right ones."""

    name: str
    judged: Judged
    wrong: tuple[KnownMistake, ...]
    right: tuple[Data, ...]


class Assignment:
    """An assignment's known answers, asked with one seed."""

    def __init__(self, course: Course, name: str, seed: int) -> None:
        self._seed = seed
        self._questions = course_questions(course, name)
        asking: dict[str, Any] = {"__name__": "asking"}
        exec(self._questions.program, asking)
        self._reference = importlib.import_module(f"solutions.{name}.notebook")
        self._files = course_known_files(course, name)
        self._as_at_start = asking["as_at_start"]
        self._answers = self._known_answers(self._files)
        self._asked: dict[tuple[str, Replaced], list[KnownData]] = {}
        self._judged: dict[str, Judged] = {}

    def _known_answers(self, files: KnownFiles) -> KnownAnswers:
        return KnownAnswers(vars(self._reference), dataclasses.asdict(files), self._as_at_start)

    def judged(self, exercise: str) -> Judged:
        """How an exercise is judged, with what the reference gives."""
        if exercise not in self._judged:
            question = self._questions.asked(exercise)
            assert question is not None
            expected = self.data(exercise, self._answers.names[exercise])
            self._judged[exercise] = Judged(question, self._questions, expected, self._seed)
        return self._judged[exercise]

    def data(self, exercise: str, answer: Any) -> Data:
        """What an answer gives."""
        return self._answers.data(exercise, answer, self._seed)

    def pair_data(self, exercise: str, pairs: Sequence[tuple[str, str]]) -> list[KnownData]:
        """What answers with two mistakes at once give, of the pairs that can be combined."""
        made = combined_pairs(self._files.edits, exercise, pairs)
        if not made:
            return []
        answers = self._known_answers(dataclasses.replace(self._files, edits=made))
        asked = answers.ask(exercise, {}, self._seed, [edit.name.partition("__")[2] for edit in made])
        return [KnownData(**one | {"uses": tuple(one["uses"])}) for one in asked]

    @cached_property
    def exercises(self) -> dict[str, Exercise]:
        """By name, in the notebook's order; those that only tests written by hand decide about are left out."""
        names = dict.fromkeys(exercise for _, exercise in self._questions.of_cell)
        return {name: self._exercise(question) for name in names if (question := self._questions.asked(name))}

    def _exercise(self, question: Question) -> Exercise:
        name = question.exercise
        others = [answer for other, answer in self._answers.right.items() if other.startswith(f"{name}__")]
        judged = self.judged(name)
        right = [judged.expected, *(self.data(name, answer) for answer in others)]
        wrong = (KnownMistake(one.name, one.message, one.data) for one in self.known_data(name, ()))
        return Exercise(name, judged, tuple(wrong), tuple(right))

    def known_data(self, exercise: str, replaced: Replaced) -> list[KnownData]:
        """What known answers give, asked once."""
        if (exercise, replaced) not in self._asked:
            asked = self._answers.ask(exercise, dict(replaced), self._seed)
            self._asked[exercise, replaced] = [KnownData(**one | {"uses": tuple(one["uses"])}) for one in asked]
        return self._asked[exercise, replaced]

    def used_by(self, exercise: str) -> Iterator[Exercise]:
        """The earlier exercises that known answers to the exercise call."""
        for name, earlier in self.exercises.items():
            if name == exercise:
                return
            if earlier.wrong and self.known_data(exercise, ((name, earlier.wrong[0].mistake),)):
                yield earlier


@dataclass(frozen=True)
class Case:
    """Something to diagnose, and the messages of which any is right to come out (of none, silence)."""

    kind: str
    exercise: str
    mistake: str
    messages: frozenset[str]
    fits: list[Fit]


def alone(exercise: Exercise, rng: np.random.Generator) -> Iterator[Case]:
    """The cases in which no other exercise plays a part."""

    def case(kind: str, data: Data, known: Iterable[KnownMistake], *right: KnownMistake, mistake: str = "") -> Case:
        messages = frozenset(answer.message for answer in right)
        return Case(kind, exercise.name, mistake, messages, fits(data, exercise.judged, known))

    for data in exercise.right:
        yield case("right", data, exercise.wrong)
    for answer in exercise.wrong:
        others = [one for one in exercise.wrong if one.message != answer.message]
        yield case("wrong", answer.data, exercise.wrong, answer, mistake=answer.mistake)
        yield case("unknown", answer.data, others, mistake=answer.mistake)
        if exercise.judged.question.by_value:
            continue  # a letter is neither rounded nor half wrong
        yield case("float32", rounded(answer.data), exercise.wrong, answer)
        question = list(answer.data)[rng.integers(len(answer.data))]
        data = {**answer.data, question: changed(answer.data[question], rng)}
        yield case("changed", data, exercise.wrong, answer)
        other = others[rng.integers(len(others))]
        first = exercise.judged.differing(answer.data)
        data = {name: (answer if name in first else other).data[name] for name in answer.data}
        yield case("two", data, exercise.wrong, answer, other)


def rounded(data: Any) -> Any:
    """The data as float32 gives them."""
    if isinstance(data, dict):
        return {name: rounded(value) for name, value in data.items()}
    if isinstance(data, list):
        return [rounded(value) for value in data]
    return data.astype(np.float32).astype(np.float64) if isinstance(data, np.ndarray) else data


def changed(value: Any, rng: np.random.Generator) -> Any:
    """Another answer, such as one more mistake gives: transposed, reversed, one more, a crash, no crash."""
    if not isinstance(value, np.ndarray):
        return np.zeros(3)
    if not value.size or rng.random() < 0.2:
        return "raised IndexError"
    for other in (value.T, value[::-1] if value.ndim else value):
        if other.shape != value.shape or not np.allclose(other, value, equal_nan=True):
            return other
    return value + 1


def together(assignment: Assignment, rng: np.random.Generator) -> Iterator[tuple[str, set[str], Diagnosis | None]]:
    """The cases in which an exercise uses an earlier one that is wrong: kind, right messages, diagnosis.

    Of the mistakes in an earlier exercise a few are tried with each later one, of the wrong later ones a part.
    """
    judged = {name: exercise.judged for name, exercise in assignment.exercises.items()}
    for name in assignment.exercises:
        for earlier in assignment.used_by(name):
            sources = {earlier.name: "", name: f"return {earlier.name}(x)"}
            for number in rng.permutation(len(earlier.wrong))[:EARLIER]:
                mistake = earlier.wrong[number]
                for one in assignment.known_data(name, ((earlier.name, mistake.mistake),)):
                    kind = "pair" if one.kind == "wrong" else "follow_up"
                    if kind == "pair" and rng.random() > PAIRS or not judged[name].differing(one.data):
                        continue
                    messages = {mistake.message, one.message} if kind == "pair" else {mistake.message}
                    failed = {earlier.name: mistake.data, name: one.data}
                    seen = diagnose_all(failed, judged, assignment.known_data, sources, assignment.pair_data)
                    yield kind, messages, seen.get(name)
                    unseen = diagnose_all(failed, judged, _without(one, assignment), sources)
                    yield f"{kind}_unseen", messages, unseen.get(name)


def _without(one: KnownData, assignment: Assignment) -> Any:
    def known_data(exercise: str, replaced: Replaced) -> Sequence[KnownData]:
        return [other for other in assignment.known_data(exercise, replaced) if other is not one]

    return known_data


def outcome(messages: Iterable[str], found: Diagnosis | None) -> str:
    """What a diagnosis is worth where any of `messages` is right."""
    return "unnamed" if found is None else "named" if found.message in messages else "misnamed"


class Tally:
    """What was found in one assignment."""

    def __init__(self) -> None:
        self.counts: Counts = defaultdict(Counter)
        self.settings: dict[str, Counts] = defaultdict(lambda: defaultdict(Counter))
        self.places: dict[str, Counter[tuple[str, str]]] = {"wrong": Counter(), "unknown": Counter()}  # true, named
        self.exercises: dict[str, list[str]] = {}  # the mistakes of each
        self.faults: list[str] = []

    def add(self, assignment: Assignment, seed: int) -> None:
        """Count all cases of one seed."""
        rng = np.random.default_rng(seed)
        for exercise in assignment.exercises.values():
            self.exercises[exercise.name] = [answer.mistake for answer in exercise.wrong]
            for case in alone(exercise, rng):
                self._count(case, seed)
        for kind, messages, found in together(assignment, rng):
            self.counts[kind][outcome(messages, found)] += 1

    def _count(self, case: Case, seed: int) -> None:
        found = choose(case.fits)
        result = outcome(case.messages, found)
        self.counts[case.kind][result] += 1
        if case.kind in self.places:
            named = f"{case.exercise}.{found.mistake}" if found else ""
            self.places[case.kind][f"{case.exercise}.{case.mistake}", named] += 1
        if (case.kind == "wrong" and result != "named") or (case.kind in ("right", "float32") and result == "misnamed"):
            said = found.mistake if found else "nothing"
            self.faults.append(f"{case.kind} {case.exercise} {case.mistake}, seed {seed}: {said}")
        if case.kind in ("changed", "two", "unknown"):
            for share, questions in SETTINGS:
                tried = choose(case.fits, least_share=share, least_questions=questions)
                name = f"share {share}, questions {questions}"
                self.settings[name][case.kind][outcome(case.messages, tried)] += 1

    def confusion(self) -> dict[str, Any]:
        """The mistakes by exercise; those that were not named, or something else in their place, and how often; and
        what was named where they were not known."""
        lists: dict[str, list[str]] = {"wrong": [], "unknown": []}
        for kind, counter in self.places.items():
            for (true, named), number in counter.items():
                if true != named and (named or kind == "wrong"):
                    lists[kind].append(f"{true} {named or NOTHING} {number}")
        return {"mistakes": {name: " ".join(mistakes) for name, mistakes in self.exercises.items()}, **lists}


def draw(measured: dict[str, Any]) -> None:
    """The confusion matrices, one panel per assignment."""
    figure, axes = plt.subplots(2, 3, figsize=(15, 10.5), layout="constrained")
    for axis, (name, confusion) in zip(axes.flat, measured["confusion"].items(), strict=True):
        place: dict[str, int] = {}
        groups: list[tuple[str, int]] = []  # (exercise, where it begins)
        for exercise, mistakes in confusion["mistakes"].items():
            group = "questions" if re.match("quiz_|slide_", exercise) else exercise
            if not groups or groups[-1][0] != group:
                groups.append((group, len(place)))
            place |= {f"{exercise}.{mistake}": len(place) + k for k, mistake in enumerate(mistakes.split())}
        column = place | {NOTHING: 1.03 * len(place)}
        unknown = [spot.split()[:2] for spot in confusion["unknown"]]
        others = [spot.split() for spot in confusion["wrong"]]
        never = {true for true, named, number in others if named == NOTHING and int(number) == measured["seeds"]}
        for spots, colour, marker, label in (
            (unknown, ORANGE, "s", "named instead, if it were not known"),
            ([(true, true) for true in place if true not in never], BLUE, "s", "named"),
            ([(true, named) for true, named, _ in others], "black", "x", "not named, or wrongly"),
        ):
            rows, columns = [place[true] + 0.5 for true, _ in spots], [column[named] + 0.5 for _, named in spots]
            axis.plot(columns, rows, marker, color=colour, markersize=2.8 if marker == "s" else 5, label=label)
        edges = [begin for _, begin in groups]
        for edge in edges:
            axis.axhline(edge, color="0.85", linewidth=0.5, zorder=0)
            axis.axvline(edge, color="0.85", linewidth=0.5, zorder=0)
        ticks = [(begin + end) / 2 for begin, end in zip(edges, [*edges[1:], len(place)], strict=True)]
        axis.set_yticks(ticks, [group for group, _ in groups], fontsize=7)
        axis.set_xticks([])
        axis.tick_params(length=0)
        axis.set(xlim=(0, len(place) * 1.07), ylim=(len(place), 0), title=f"{name}: {len(place)} mistakes")
        axis.set_xlabel("named as (right edge: not)")
    axes[0, 0].legend(loc="upper right", fontsize=9)
    picture = io.BytesIO()
    figure.savefig(picture, dpi=110)
    PICTURE.parent.mkdir(exist_ok=True)
    Image.open(picture).convert("RGB").quantize(64, method=Image.Quantize.FASTOCTREE).save(PICTURE, optimize=True)


def main() -> None:
    """Measure and write `results/diagnosis.json` and the picture."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[20270111, 20270222, 20270333])
    seeds = parser.parse_args().seeds
    course = Course.at(Path(__file__).parent)
    tallies: dict[str, Tally] = defaultdict(Tally)
    settings: dict[str, Counts] = defaultdict(lambda: defaultdict(Counter))
    with Progress() as progress:
        for name in course.assignments:
            for seed in progress.track(seeds, description=name):
                tallies[name].add(Assignment(course, name, seed), seed)
            for setting, counts in tallies[name].settings.items():
                for kind, count in counts.items():
                    settings[setting][kind].update(count)
    measured = {
        "seeds": len(seeds),
        "chosen": f"share {LEAST_SHARE}, questions {LEAST_QUESTIONS}",
        "counts": {name: tally.counts for name, tally in tallies.items()},
        "settings": settings,
        "confusion": {name: tally.confusion() for name, tally in tallies.items()},
        "faults": [f"{name}: {fault}" for name, tally in tallies.items() for fault in tally.faults],
    }
    print(write_result("diagnosis", measured, ("numpy", "torch")))
    draw(measured)


if __name__ == "__main__":
    main()
