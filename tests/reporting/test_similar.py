"""Are copies found, and is what everybody writes, or was given out, passed over?"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from random import Random

import nbformat
import pytest

from autograder.course import Course, CourseError
from autograder.reporting.similar import MOST_PAIRS, Pair, alike, similar, similar_page
from tests.grading.conftest import hand_in
from tests.test_cli import run

OPERATORS = ("+", "-", "*", "//", "%", "**", "@", "&", "|", "^", "<<", ">>", "<", ">", "==", "!=")


def answer(student: int, lines: int = 8) -> str:
    """An answer that nobody else writes."""
    random = Random(student)
    body = (
        f"    result = ({random.choice('xy')} {random.choice(OPERATORS)} {random.randrange(10**6)}) "
        f"{random.choice(OPERATORS)} [{random.randrange(10**6)}]"
        for _ in range(lines)
    )
    return "\n".join(["def total(x):", *body, "    return result"])


RELEASE, REFERENCE = answer(500), answer(501)
KNOWN = [{"total": RELEASE}, {"total": REFERENCE}]


def renamed(text: str) -> str:
    return "# mine\n" + text.replace("result", "my_own_sum").replace("\n    return", "\n\n    # done\n    return")


def names(pairs: list[Pair]) -> list[tuple[str, str]]:
    return [(pair.left, pair.right) for pair in pairs]


def test_a_copy_with_other_names_and_comments_is_found() -> None:
    work = {f"s{n:02}": {"total": answer(n)} for n in range(12)}
    assert alike(work, KNOWN) == []
    work["thief"] = {"total": renamed(answer(3))}
    (pair,) = alike(work, KNOWN)
    assert (pair.left, pair.right, pair.share) == ("s03", "thief", 1.0)
    (match,) = pair.matches
    assert [line.text for line in match.right if not line.alike and line.text.strip()] == ["# mine"]
    assert all(line.alike for line in match.left if "result =" in line.text)


def test_what_was_given_out_or_is_the_reference_does_not_count() -> None:
    for given in KNOWN:
        assert alike({"ada": given, "bob": given}, KNOWN) == []
        assert names(alike({"ada": given, "bob": given}, [])) == [("ada", "bob")]


def test_what_many_wrote_does_not_count_and_a_copy_among_them_does() -> None:
    ways = [answer(1000), answer(1001), answer(1002)]
    work = {f"s{n:02}": {"total": ways[n % 3], "other": answer(n)} for n in range(30)}
    assert alike(work, KNOWN) == []
    work["s05"]["other"] = renamed(answer(12))
    assert names(alike(work, KNOWN)) == [("s05", "s12")]


def test_a_group_is_found_and_weighs_less_than_a_pair() -> None:
    work = {f"s{n:02}": {"total": answer(n)} for n in range(40)}
    for thief in ("s11", "s12", "s13", "s14"):
        work[thief] = {"total": renamed(answer(10))}
    work["s20"] = {"total": answer(21)}
    found = alike(work, KNOWN)
    assert names(found)[0] == ("s20", "s21") and len(found) == 1 + 5 * 4 // 2
    assert found[0].weight > 3 * found[1].weight


def test_the_order_of_the_class_changes_nothing() -> None:
    work = {f"s{n:02}": {"total": answer(n % 7)} for n in range(14)}
    assert alike(work, KNOWN) == alike(dict(reversed(work.items())), KNOWN)


def test_no_more_pairs_are_shown_than_anybody_reads() -> None:
    work = {f"s{n:03}": {"total": answer(n // 2)} for n in range(4 * MOST_PAIRS)}
    assert len(alike(work, KNOWN)) == MOST_PAIRS


@pytest.mark.parametrize("text", ["", " ", "x", "def total(x", '"""' * 50, "\x00\x0c\u2028é" * 40, "\n" * 500])
def test_answers_that_are_no_python_stop_nothing(text: str) -> None:
    work = {"ada": {"total": text}, "bob": {"total": text}, "cleo": {"total": answer(1)}, "dan": {}}
    assert set(names(alike(work, KNOWN))) <= {("ada", "bob")}


@pytest.fixture(scope="module")
def course(built_toy: Course, tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A class in which bob has copied from a student with a hostile name, and others handed in all kinds of things."""
    course = Course(shutil.copytree(built_toy.root, tmp_path_factory.mktemp("similar") / "course"))
    hostile = answer(1) + '\n# </pre><script>alert(1)</script> <img src=x onerror="alert(2)">'
    for student, text in (
        ("<b>eve", hostile),
        ("bob", renamed(hostile)),
        ("cleo", answer(3)),
        ("dan", "x = 1\n" * 10**4),
    ):
        notebook = nbformat.read(course.release("a1_toy"), as_version=4)
        next(cell for cell in notebook.cells if cell.id == "total").source = text
        hand_in(course, student, notebook)
    hand_in(course, "zoe", b"<script>no notebook</script>")
    return course


@pytest.mark.slow
def test_the_page_shows_the_answers_side_by_side_and_runs_nothing(course: Course) -> None:
    similarity = similar(course, "a1_toy")
    assert names(list(similarity.pairs)) == [("<b>eve", "bob")]
    assert len(similarity.students) == 5
    assert [sentence.partition(":")[0] for sentence in similarity.left_out] == ["dan", "zoe"]
    page = similar_page(course, "a1_toy", similarity).read_text(encoding="utf-8")
    assert "Similarity is no proof." in page
    assert not re.search(r"<script|<img|<b>|https?://|src=(?!x)|href=\"(?!#)", page)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page and "&lt;b&gt;eve" in page
    assert page.count("<mark>") >= 16


@pytest.mark.slow
def test_a_class_that_handed_in_nothing_is_told(toy: Course) -> None:
    with pytest.raises(CourseError, match="holds no submission"):
        similar(toy, "a1_toy")
    assert not Path(toy.root / "results").exists()


@pytest.mark.slow
def test_the_command_shows_the_pairs_and_where_the_page_is(course: Course) -> None:
    done = run(course.root, "similar", "a1")
    assert done.returncode == 0, done.stderr
    assert "<b>eve, bob" in done.stdout and "100%" in done.stdout
    assert "Not compared: zoe: a1_toy.ipynb is not a notebook" in done.stdout
    assert "results/a1_toy/similar.html. Similarity is no proof" in done.stdout
