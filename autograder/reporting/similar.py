"""Find submissions that look alike: two students' answers share passages that hardly anybody else has.

1. copydetect (winnowing over pygments' tokens, as MOSS does) reduces each answer to passages of `PASSAGE` characters,
   in which each name is one letter and comments are left out. So renaming hides nothing.
2. Passages of the release and of the reference solution do not count, nor do those that a good part of the class has.
3. Each other passage that two students share counts 1, divided by how many others have it: passages that only these
   two wrote weigh most, common ones weigh little, and a group that copied is still seen. The sum over all exercises
   ranks the pairs.

Similarity is no proof. It says whose answers to read side by side, and the page shows them that way.
"""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations, groupby
from pathlib import Path
from typing import Any

import nbformat
from copydetect import CodeFingerprint, compare_files
from copydetect.utils import get_token_coverage
from nbgrader.utils import is_solution

from autograder.authoring.build import source_notebook
from autograder.classroom.grade import submissions
from autograder.course import Course
from autograder.files import write_text
from autograder.reporting.pages import render
from autograder.submissions.restore import grade_id
from autograder.submissions.submission import NotANotebook, read_notebook, read_submission

PASSAGE = 25  # characters after renaming: copydetect's own default
COMMON = 0.25  # a passage that more than this share of the class has does not count
FEW = 5  # but in a small class it counts if no more than these have it
LEAST = 40.0  # what two students must share to be shown: a few lines of their own
MOST_PAIRS = 30  # on the page
AROUND = 2  # lines shown around passages that match
LONGEST = 50_000  # characters: a longer answer is left out


@dataclass(frozen=True)
class Line:
    """A line of an answer."""

    text: str
    alike: bool  # whether it is in a passage that both answers have


@dataclass(frozen=True)
class Match:
    """An exercise that two students answered alike: their answers, and how many characters are the same."""

    exercise: str
    characters: int
    left: tuple[Line, ...]
    right: tuple[Line, ...]


@dataclass(frozen=True)
class Pair:
    """Two students, and how much their answers share."""

    left: str
    right: str
    weight: float  # the sum over the passages that they share, rare ones counting more
    characters: int
    share: float  # of the shorter work
    matches: tuple[Match, ...]


@dataclass(frozen=True)
class Similarity:
    """The pairs of a class that share most."""

    students: tuple[str, ...]
    pairs: tuple[Pair, ...]
    left_out: tuple[str, ...]  # sentences on whose work could not be compared, and why


Sources = Mapping[str, str]  # exercise to source


def similar(course: Course, assignment: str, on_student: Callable[[], None] = lambda: None) -> Similarity:
    """Compare all submissions of an assignment. Raises CourseError if there are none."""
    names = submissions(course, assignment)
    source = source_notebook(course, assignment, generated=False)
    release = nbformat.read(course.release(assignment), as_version=4)
    exercises = [str(grade_id(cell)) for cell in release.cells if is_solution(cell) and cell.cell_type == "code"]
    limits = course.limits(assignment)
    work: dict[str, Sources] = {}
    left_out = []
    for student in names:
        try:
            submission = read_submission(course.submitted(student, assignment).parent, limits)
            answers = _answers(read_notebook(submission, f"{assignment}.ipynb"), exercises)
        except NotANotebook as error:
            left_out.append(f"{student}: {error}")
        else:
            work[student] = {name: text for name, text in answers.items() if len(text) <= LONGEST}
            left_out += [f"{student}: {name} is too long to compare." for name in answers.keys() - work[student].keys()]
        on_student()
    pairs = alike(work, [_answers(release, exercises), _answers(source, exercises)])
    return Similarity(tuple(names), tuple(pairs), tuple(left_out))


def _answers(notebook: nbformat.NotebookNode, exercises: Iterable[str]) -> dict[str, str]:
    """The notebook's answers; if a cell is there several times, the last one, as in grading."""
    wanted = set(exercises)
    found = {grade_id(cell): cell.source for cell in notebook.cells if cell.cell_type == "code"}
    return {name: text for name, text in found.items() if name in wanted}


def alike(work: Mapping[str, Sources], known: Iterable[Sources]) -> list[Pair]:
    """The pairs of students whose answers share most passages that count, most first; those in `known` do not count."""
    known = list(known)
    prints: dict[str, dict[str, Any]] = {student: {} for student in work}
    shared: dict[tuple[str, str], float] = defaultdict(float)
    most = max(FEW, COMMON * len(work))
    for exercise in sorted({name for answers in work.values() for name in answers}):
        given = {h for answers in known if exercise in answers for h in _fingerprint(answers[exercise]).hashes}
        owners: dict[int, list[str]] = defaultdict(list)
        for student in sorted(work):
            if exercise in work[student]:
                prints[student][exercise] = _fingerprint(work[student][exercise])
                for passage in prints[student][exercise].hashes:
                    owners[passage].append(student)
        common = given | {passage for passage, students in owners.items() if len(students) > most}
        for answers in prints.values():
            if exercise in answers:
                _forget(answers[exercise], common)
        for passage, students in owners.items():
            if passage not in common:
                for pair in combinations(students, 2):
                    shared[pair] += 1 / (len(students) - 1)
    ranked = sorted(shared.items(), key=lambda item: (-round(item[1], 6), item[0]))[:MOST_PAIRS]
    return [_pair(pair, weight, prints) for pair, weight in ranked if weight >= LEAST]


def _fingerprint(source: str) -> Any:
    return CodeFingerprint("answer.py", PASSAGE, win_size=1, language="python", fp=io.StringIO(source))


def _forget(fingerprint: Any, passages: set[int]) -> None:
    fingerprint.hashes = fingerprint.hashes - passages
    fingerprint.hash_idx = {h: where for h, where in fingerprint.hash_idx.items() if h not in passages}
    fingerprint.token_coverage = get_token_coverage(fingerprint.hash_idx, PASSAGE, len(fingerprint.filtered_code))


def _pair(students: tuple[str, str], weight: float, prints: Mapping[str, Mapping[str, Any]]) -> Pair:
    left, right = (prints[student] for student in students)
    matches = []
    for exercise in left.keys() & right.keys():
        one, other = left[exercise], right[exercise]
        characters, _, (in_one, in_other) = compare_files(one, other)
        if characters:
            lines = _lines(one.raw_code, in_one), _lines(other.raw_code, in_other)
            matches.append(Match(exercise, int(characters), *lines))
    matches.sort(key=lambda match: (-match.characters, match.exercise))
    total = sum(match.characters for match in matches)
    own = min(sum(fingerprint.token_coverage for fingerprint in side.values()) for side in (left, right))
    return Pair(*students, weight, total, min(1.0, float(total / own)), tuple(matches))


def _lines(source: str, slices: Any) -> tuple[Line, ...]:
    """The lines of an answer; `slices` are the first and last characters of its passages that match."""
    places = list(zip(*slices.tolist(), strict=True)) if slices.size else []
    lines, start = [], 0
    for text in source.splitlines(keepends=True):
        end = start + len(text.rstrip())
        first = start + len(text) - len(text.lstrip())
        alike = any(begin < end and finish > first for begin, finish in places) and first < end
        lines.append(Line(text.rstrip(), alike))
        start += len(text)
    return tuple(_shortened(lines))


def _shortened(lines: list[Line]) -> Iterator[Line]:
    """The lines, with the middle of long stretches that are not alike left out."""
    for alike, run in groupby(lines, key=lambda line: line.alike):
        here = list(run)
        if alike or len(here) <= 2 * AROUND + 1:
            yield from here
        else:
            left_out = len(here) - 2 * AROUND
            yield from (*here[:AROUND], Line(f"⋮ {left_out} lines", False), *here[-AROUND:])


def similar_page(course: Course, assignment: str, similarity: Similarity) -> Path:
    """Write the page with the pairs side by side; returns where."""
    path = course.root / "results" / assignment / "similar.html"
    write_text(path, render("similar.html", assignment=assignment, similarity=similarity))
    return path
