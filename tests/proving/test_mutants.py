"""Are references changed as they should be, and is every change noticed, or written down?"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from autograder.cli import app
from autograder.course import Course, CourseError
from autograder.proving.mutants import count, find_mutants, read_equivalents
from autograder.proving.strength import SEEDS
from autograder.proving.trials import Bounds, try_mutants
from tests.conftest import make_toy

CLIP = '''\
# %%
import time


# %%
def clip(x: "1 + 1", low):
    """At least `low`."""
    nothing = 7
    ### BEGIN SOLUTION
    if x < low:
        raise ValueError(f"{x + 1} is " + "low")
    return max(
        x,
        0,
    )
    ### END SOLUTION


# %% points=1
def test_clip():
    clip(1, 0)
'''
CLIP_QUESTIONS = """\
from solutions.asking import ask


def question_clip(answer, rng):
    low = int(rng.integers(1, 5))
    return {"above": ask(answer, low + 1, low)}
"""
NOTICED = f"question_clip with seed {SEEDS[0]}"
CLIP_MUTANTS = {
    (10, "if x < low:", "if x <= low:"),
    (13, "x,", "None,"),
    (13, "x,", ""),
    (14, "0,", "None,"),
    (14, "0,", "1,"),
    (14, "0,", ""),
}


def clip_course(folder: Path, old: str = "", new: str = "") -> Course:
    """A course whose one exercise is `clip`, its file changed from `old` to `new`."""
    assert old in CLIP + CLIP_QUESTIONS
    course = make_toy(folder, CLIP.replace(old, new))
    course.questions("a1_toy").write_text(CLIP_QUESTIONS.replace(old, new), encoding="utf-8")
    for path in (course.mistakes("a1_toy"), course.others("a1_toy")):
        path.write_text("")
    return course


def notes(course: Course, text: str) -> None:
    course.equivalents("a1_toy").write_text(text, encoding="utf-8")


def try_all(course: Course, **options: Bounds) -> dict[str, tuple[str | None, str | None]]:
    """What noticed each mutant, by what became of the line."""
    trials = try_mutants(course, "a1_toy", find_mutants(course, "a1_toy"), jobs=1, **options)
    return {trial.mutant.mutated: (trial.questions, trial.visible) for trial in trials}


def test_numbers_comparisons_and_arguments_of_the_solution_are_changed_and_nothing_else(tmp_path: Path) -> None:
    found = find_mutants(clip_course(tmp_path), "a1_toy")
    lines = {(int(m.place.removeprefix("solutions/a1_toy/notebook.py:")), m.original, m.mutated) for m in found}
    assert len(found) == len(lines) and lines == CLIP_MUTANTS
    assert all((m.exercise, m.visible) == ("clip", ("test_clip",)) for m in found)


def test_what_means_the_same_or_is_not_python_is_no_mutant(tmp_path: Path) -> None:
    course = clip_course(tmp_path, "        0,\n", "        *[0], key=None or 0,\n")
    sources = [mutant.source for mutant in find_mutants(course, "a1_toy")]
    assert len(set(sources)) == len(sources) and all(compile(source, "mutant", "exec") for source in sources)


def test_each_mutant_is_tried_and_survivors_are_told_with_their_place(tmp_path: Path) -> None:
    course = clip_course(tmp_path)
    advanced: list[None] = []
    found = find_mutants(course, "a1_toy")
    trials = try_mutants(course, "a1_toy", found, jobs=2, on_mutant=lambda: advanced.append(None))
    assert [trial.mutant for trial in trials] == found and len(advanced) == len(found)
    noticed = {trial.mutant.mutated: (trial.questions, trial.visible) for trial in trials}
    assert noticed["None,"] == (NOTICED, "test_clip")
    assert noticed["if x <= low:"] == noticed["1,"] == (None, None)
    result = count(trials, [])
    assert not result.sound and (result.mutants, result.killed_by_questions, result.killed_by_visible) == (6, 4, 4)
    assert "solutions/a1_toy/notebook.py:14: clip: '0,' became '1,'; no question notices." in result.survivors


def test_an_endless_loop_and_an_endless_wait_are_noticed_by_the_time_limit(tmp_path: Path) -> None:
    new = "    while x > 5:\n        x -= 1\n    time.sleep(40 - 40)\n    return max("
    course = clip_course(tmp_path, "    return max(", new)
    course.questions("a1_toy").write_text(CLIP_QUESTIONS.replace("low + 1, low", "8, 1"), encoding="utf-8")
    noticed = try_all(course, bounds=Bounds(seconds=0.2))
    assert noticed["x += 1"][0] == noticed["time.sleep(40 + 40)"][0] == "the time limit"
    assert noticed["while x >= 5:"][0] == NOTICED


def test_a_mutant_that_asks_for_too_much_memory_does_not_get_it(tmp_path: Path) -> None:
    course = clip_course(tmp_path, "    return max(", "    bytearray(2**34 - 2**34)\n    return max(")
    assert try_all(course)["bytearray(2**34 + 2**34)"][0] == NOTICED


def test_what_a_mutant_writes_is_gone_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    course = clip_course(tmp_path, "    return max(", '    open(f"{x}.part", "w").close()\n    return max(')
    assert try_all(course) and not list(here.iterdir())


def test_tests_that_fail_against_the_reference_are_told(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="test_clip fails against the reference itself"):
        try_all(clip_course(tmp_path, "clip(1, 0)", "assert clip(1, 0) == 3"))


ACCEPTED = """
[[clip]]
line = "if x < low:"
mutants = ["if x <= low:"]
reason = "Nobody asks for it."
"""


def test_what_is_written_down_with_a_reason_is_no_survivor(tmp_path: Path) -> None:
    course = clip_course(tmp_path)
    found = find_mutants(course, "a1_toy")
    notes(course, ACCEPTED)
    result = count(try_mutants(course, "a1_toy", found, jobs=1), read_equivalents(course, "a1_toy", found))
    assert result.equivalent == len(result.survivors) == 1 and not result.not_equivalent


def test_what_is_written_down_and_yet_noticed_is_told(tmp_path: Path) -> None:
    course = clip_course(tmp_path, "low + 1, low", "low, low")
    found = find_mutants(course, "a1_toy")
    notes(course, ACCEPTED)
    result = count(try_mutants(course, "a1_toy", found, jobs=1), read_equivalents(course, "a1_toy", found))
    assert not result.sound and result.equivalent == 0
    assert result.not_equivalent[0].endswith(f"is no equivalent: {NOTICED} notices. Take it out.")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("if x <= low:", "if x > low:", "describes no mutant. Has the reference changed?"),
        ("[[clip]]", "[[clap]]", "clap .* describes no mutant"),
        ("Nobody asks for it.", " ", "needs a reason"),
        ("reason = ", "because = ", "with line, mutants and reason"),
        ("[[clip]]", "[clip]", "with line, mutants and reason"),
        ("[[clip]]", "[[clip", "cannot be read"),
    ],
)
def test_an_entry_that_fits_nothing_is_refused(tmp_path: Path, old: str, new: str, words: str) -> None:
    course = clip_course(tmp_path)
    notes(course, ACCEPTED.replace(old, new))
    with pytest.raises(CourseError, match=words):
        read_equivalents(course, "a1_toy", find_mutants(course, "a1_toy"))


def test_the_command_tells_how_many_and_exits_with_1_while_there_are_survivors(tmp_path: Path) -> None:
    course = clip_course(tmp_path)
    arguments = ["strength", "--mutants", "a1", "--course", str(course.root)]
    done = CliRunner().invoke(app, [*arguments, "--json"])
    assert done.exit_code == 1 and json.loads(done.stdout)["a1_toy"]["mutants"] == len(CLIP_MUTANTS)
    notes(course, ACCEPTED + '[[clip]]\nline = "0,"\nmutants = ["1,"]\nreason = "Nobody asks for less."\n')
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0 and "a1_toy" in done.stdout and "✗" not in done.stdout
