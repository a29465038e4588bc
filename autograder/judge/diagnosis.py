"""Find the known mistake in a wrong answer by comparing its data with those of known answers.

1. Only questions that an answer fails count.
2. The share of a known mistake: of the questions where the student's answer or the known wrong one differs from the
   reference, those on which the two agree. The very same mistake has a share of 1, and each further difference, on
   either side, makes it smaller.
3. A mistake is named if it explains enough and no other explains as much. A wrong accusation is worse than none.
4. Where no known mistake explains everything, what all failing questions have in common may: see `observations`.
5. Else two mistakes at once are tried where their data suggest it, and named only if they explain everything.
6. A later exercise that calls an earlier one inherits its mistake. So the known data include those of answers, above
   all right ones, that call the diagnosed mistake in place of the earlier exercise.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from autograder.judge.observations import observed
from autograder.judge.questions import Question, Questions
from autograder.judge.verdict import names_failing, same

# Chosen by `python -m benchmarks.diagnosis`, which measures these and other values.
LEAST_SHARE = 0.65
LEAST_QUESTIONS = 2  # that a mistake has to explain if it does not explain everything
MOST_PAIRS = 8  # of mistakes that are tried together

Data = Mapping[str, Any]
Replaced = tuple[tuple[str, str], ...]  # (earlier exercise, mistake in it)


@dataclass(frozen=True)
class KnownData:
    """The data of a known answer."""

    kind: Literal["wrong", "right", "reference"]
    name: str
    message: str  # for a student who made this mistake
    uses: tuple[str, ...]  # the earlier exercises that it calls which were replaced by mistakes
    data: Data


@dataclass(frozen=True)
class KnownMistake:
    """The data of an answer with a mistake."""

    mistake: str
    message: str
    data: Data
    earlier: str | None = None  # the exercise with a mistake that the answer calls
    own: bool = True  # whether the answer is itself wrong; otherwise the mistake is only that of `earlier`

    @property
    def own_mistakes(self) -> int:
        """How many mistakes it takes: 0 where it is inherited, 1, or 2 for one on top of an earlier one."""
        if not self.own:
            return 0
        return 1 if self.earlier is None else 2


@dataclass(frozen=True)
class Diagnosis:
    """The known mistake in an answer."""

    mistake: str
    message: str  # for a student who made it
    earlier: str | None = None  # this and the next as in KnownMistake
    own: bool = True
    share: float = 1.0  # of the questions, how much it explains
    known: bool = True  # whether it is a single known mistake; otherwise two at once, or an observation

    @property
    def text(self) -> str:
        """The message, how certain it is, and how it depends on an earlier exercise."""
        whole = self.share == 1
        if self.own:
            text = self.message if whole else f"It looks like this, and something else as well: {self.message}"
            return f"{text} Besides, it uses your {self.earlier}, which is wrong, too." if self.earlier else text
        looks = "This looks right, but it uses" if whole else "Part of what is wrong here comes from"
        return f"{looks} your {self.earlier}. There: {self.message}"


@dataclass(frozen=True)
class Judged:
    """How an exercise is judged: the question, and the reference's data."""

    question: Question
    questions: Questions
    expected: Data
    seed: int

    def same(self, one: Any, other: Any) -> bool:
        """Whether two answers to the same question agree."""
        return same(self.question, one, other)

    def differing(self, data: Data) -> frozenset[str]:
        """The questions that are answered wrongly."""
        return frozenset(names_failing(self.question, self.questions, self.expected, data, self.seed))


@dataclass(frozen=True)
class Fit:
    """How well a known answer explains another."""

    share: float  # of the questions that either answers wrongly
    explained: int  # how many questions these are
    answer: KnownMistake


def suggested_pairs(data: Data, judged: Judged, known: Iterable[KnownMistake]) -> list[tuple[str, str]]:
    """The pairs of mistakes that explain most between them, each something that the other does not; the best first."""
    differing = judged.differing(data)
    explained = {
        one.mistake: {n for n in differing if n in data and judged.same(one.data.get(n), data[n])} for one in known
    }
    pairs = [
        (-len(names | more), one, other)
        for (one, names), (other, more) in itertools.combinations(explained.items(), 2)
        if names - more and more - names
    ]
    return [(one, other) for _, one, other in sorted(pairs)[:MOST_PAIRS]]


def diagnose(data: Data, judged: Judged, known: Iterable[KnownMistake]) -> Diagnosis | None:
    """The known mistake that explains an answer's data; None if none does, or if it is not clear which."""
    return choose(fits(data, judged, known))


def fits(data: Data, judged: Judged, known: Iterable[KnownMistake]) -> list[Fit]:
    """How well each known answer explains the data, without those that share no wrong answer with them."""
    differing = judged.differing(data)
    if not differing or _always_raises_the_same(data, judged.expected):
        return []
    found = []
    for answer in known:
        both = [name for name in differing if name in data and judged.same(answer.data.get(name), data[name])]
        if both:
            share = len(both) / len(differing | judged.differing(answer.data))
            found.append(Fit(share, len(both), answer))
    return found


def choose(
    found: Sequence[Fit], *, least_share: float = LEAST_SHARE, least_questions: int = LEAST_QUESTIONS
) -> Diagnosis | None:
    """The mistake that explains the most, if it explains enough and is the only one."""
    if not found:
        return None
    best = max(fit.share for fit in found)
    equal = [fit for fit in found if fit.share == best]
    explains_all = best == 1
    explains_enough = best >= least_share and max(fit.explained for fit in equal) >= least_questions
    if not (explains_all or explains_enough):
        return None
    fewest = min(fit.answer.own_mistakes for fit in equal)
    answers = [fit.answer for fit in equal if fit.answer.own_mistakes == fewest]
    if len({answer.message for answer in answers}) > 1:
        return None
    first = answers[0]
    return Diagnosis(first.mistake, first.message, first.earlier, first.own, round(best, 3))


def observe(data: Data, judged: Judged) -> Diagnosis | None:
    """What all failing questions have in common, if that is something that can be said of any function."""
    question, wrong = judged.question, judged.differing(data)
    # Of what only a predicate judges, the reference's data are one right answer of several.
    free = wrong if question.predicate and question.free is None else wrong & set(question.free or ())
    if question.by_value or not wrong or free or not wrong <= data.keys() & judged.expected.keys():
        return None
    found = observed([(judged.expected[name], data[name]) for name in sorted(wrong)], judged.same)
    return Diagnosis(*found, known=False) if found else None


def _always_raises_the_same(data: Data, expected: Data) -> bool:
    """Whether it raises the same error for every question, which any typing error can cause."""
    first, *others = (data.get(name) for name in expected)
    raised = isinstance(first, str) and first.startswith("raised ")
    return raised and all(isinstance(other, str) and other == first for other in others)


def diagnose_all(
    failed: Mapping[str, Data],
    judged: Mapping[str, Judged],
    known_data: Callable[[str, Replaced], Sequence[KnownData]],
    sources: Mapping[str, str],
    pair_data: Callable[[str, Sequence[tuple[str, str]]], Sequence[KnownData]] = lambda exercise, pairs: (),
) -> dict[str, Diagnosis]:
    """The diagnoses of a submission's `failed` exercises, which come in the notebook's order.

    `known_data(exercise, ())` gives the known wrong answers to an exercise; `known_data(exercise, replaced)` gives all
    known answers that call earlier exercises, with mistakes in place of these. `pair_data(exercise, pairs)` gives those
    of two mistakes at once that can be had. `sources` are the student's answers as text.
    """
    found: dict[str, Diagnosis] = {}
    for exercise, data in failed.items():
        used = mentioned(exercise, sources)
        earlier = {name: one for name, one in found.items() if name in used and one.own and one.known}
        replaced = tuple((name, one.mistake) for name, one in earlier.items())
        known = [KnownMistake(one.name, one.message, one.data) for one in known_data(exercise, ())]
        for one in known_data(exercise, replaced) if replaced else ():
            root = one.uses[-1]
            if one.kind == "wrong":
                known.append(KnownMistake(one.name, one.message, one.data, root))
            else:
                known.append(KnownMistake(earlier[root].mistake, earlier[root].message, one.data, root, own=False))
        diagnosis = diagnose(data, judged[exercise], known)
        if diagnosis is None or diagnosis.share < 1:
            diagnosis = observe(data, judged[exercise]) or diagnosis
        if diagnosis is None or diagnosis.share < 1:
            pairs = suggested_pairs(data, judged[exercise], (one for one in known if one.earlier is None))
            both = (KnownMistake(one.name, one.message, one.data) for one in pair_data(exercise, pairs))
            together = diagnose(data, judged[exercise], both)
            if together is not None and together.share == 1:
                diagnosis = replace(together, known=False)
        if diagnosis is not None:
            found[exercise] = diagnosis
    return found


def mentioned(exercise: str, sources: Mapping[str, str]) -> set[str]:
    """The names in `sources` that the text of `exercise` mentions, or the texts of those."""
    found: set[str] = set()
    waiting = [exercise]
    while waiting:
        words = set(re.findall(r"\w+", sources.get(waiting.pop(), "")))
        new = (words & sources.keys()) - found
        found |= new
        waiting += new
    return found - {exercise}
