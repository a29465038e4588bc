"""Read a solution file: its cells, the role of each, and all errors in them.

1. `tokenize` finds the cell markers, so a marker inside a string, or an indented one, is not mistaken for a cell.
2. jupytext splits the file; both must find the same cells.
3. A cell's contents decide its role and nbgrader's metadata (see `_role`).

Whatever is ambiguous is an error that names file and line; all errors of a file are reported together.
"""

from __future__ import annotations

import ast
import functools
import io
import math
import re
import sys
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from autograder.course import CourseError

Role = Literal["text", "provided", "solution", "tests", "explicit"]

SOLUTION = ("### BEGIN SOLUTION", "### END SOLUTION")
HIDDEN = ("### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS")
SCHEMA_VERSION = 3  # of nbgrader's metadata
AUTHOR = "author"  # the tag of a cell that is left out of the students' notebook

# Lines that jupytext takes for the start of a cell in a percent file, at any indentation.
_LOOKS_LIKE_MARKER = re.compile(r"^\s*#\s*(%%(%*\s.*)?|<codecell>|In\[[0-9 ]*\]:?)\s*$")
_MARKER = re.compile(r"^# %%( .*)?$")
_CELL_TYPE = re.compile(r"^# %% \[(?!(markdown|md|raw)\])")
_LOOKS_LIKE_REGION = re.compile(r"^\s*#+\s*(begin|end)\s+(solution|hidden)", re.IGNORECASE)
_GRADE_ID = re.compile(r"[\w-]+")


@dataclass(frozen=True)
class Test:
    """A test function of a grade cell."""

    name: str
    hidden: bool
    end: int  # its last line, counted within the cell from 1

    __test__ = False  # not a test of ours for pytest to collect


@dataclass(frozen=True)
class Cell:
    """A cell of a solution file."""

    line: int  # where it starts in the file; its source begins one line below
    cell_type: Literal["code", "markdown", "raw"]
    source: str
    role: Role
    tests: tuple[Test, ...] = ()
    nbgrader: dict[str, Any] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    score: str | None = None  # for points that the judge counts instead of a test: "checkpoint"

    @property
    def grade_id(self) -> str | None:
        return self.nbgrader.get("grade_id")

    @property
    def points(self) -> float:
        return float(self.nbgrader.get("points", 0)) if self.nbgrader.get("grade") else 0.0

    @property
    def by_hand(self) -> bool:
        """Whether a person grades this cell."""
        return bool(self.nbgrader.get("grade") and self.nbgrader.get("solution"))

    @property
    def exercise(self) -> str | None:
        """The exercise of a grade cell: `conv2d` for `test_conv2d`, and `score_checkpoint` for itself."""
        if self.score:
            return self.grade_id
        return self.tests[0].name.removeprefix("test_") if self.tests else None


def read_cells(path: Path) -> list[Cell]:
    """The cells of the solution file at `path`. Raises CourseError naming every problem by file and line."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise CourseError(f"{path} is not UTF-8 text: {error}. Save it as UTF-8.") from None
    return list(_parse(path, text))


@functools.lru_cache(maxsize=2)  # a command needs the same file several times
def _parse(path: Path, text: str) -> tuple[Cell, ...]:
    problems: list[tuple[int, str]] = []
    markers = list(_find_markers(path, text, problems))
    cells = []
    if not problems and not markers:
        raise CourseError(f"{path}:1: This file has no cells. Start one with '# %%'.")
    if not problems:
        parsed = _jupytext().reads(text, fmt="py:percent").cells
        if len(parsed) != len(markers):
            raise CourseError(
                f"{path}:1: jupytext finds {len(parsed)} cells, but there are {len(markers)} markers '# %%'. "
                "Start the file with a marker."
            )
        for line, raw in zip(markers, parsed, strict=True):
            try:
                cells.append(_read_cell(line, raw))
                _refuse_graded_author_cell(cells[-1])
            except _Problem as problem:
                problems.append(problem.args)
        problems += _clashes(cells)
    if problems:
        raise CourseError("\n".join(f"{path}:{line}: {what}" for line, what in sorted(problems)))
    return tuple(cells)


@functools.cache
def _jupytext() -> Any:
    """jupytext, without what it has for Jupyter's server: that takes longer to import than a notebook to read."""
    left_out = {"jupytext.sync_contentsmanager", "jupytext.async_contentsmanager"} - sys.modules.keys()
    sys.modules.update(dict.fromkeys(left_out))  # type: ignore[arg-type]
    try:
        import jupytext
    finally:
        for name in left_out:
            del sys.modules[name]
    return jupytext


def solution_lines(cell: Cell) -> set[int]:
    """The lines of the cell, counted from 1, that are removed for students."""
    regions = _regions(cell.line, cell.source, SOLUTION)
    return {line for begin, end in regions for line in range(begin + 1, end)}


class _Problem(Exception):
    """(line in the file, a sentence)"""

    args: tuple[int, str]


def _find_markers(path: Path, text: str, problems: list[tuple[int, str]]) -> Iterator[int]:
    try:
        ast.parse(text)
        comments = {
            token.start[0]: token.start[1]
            for token in tokenize.generate_tokens(io.StringIO(text).readline)
            if token.type == tokenize.COMMENT
        }
    except (SyntaxError, tokenize.TokenError) as error:
        line = getattr(error, "lineno", None) or error.args[1][0]
        problems.append((line, f"This is not Python: {error.args[0]}."))
        return
    for number, line in enumerate(text.split("\n"), start=1):
        if _CELL_TYPE.match(line):
            problems.append((number, f"There are cells [markdown], [md] and [raw], not as in {line!r}."))
        elif _MARKER.match(line) and comments.get(number) == 0:
            yield number
        elif _LOOKS_LIKE_MARKER.match(line):
            problems.append(
                (
                    number,
                    f"This line looks like a cell marker, and an editor may split the cell here: {line.strip()!r}. "
                    "Write a marker as '# %%' at the start of a line, and anything else differently.",
                )
            )


def _read_cell(line: int, raw: Any) -> Cell:
    source = raw.source
    explicit = dict(raw.metadata.get("nbgrader", {}))
    points = raw.metadata.get("points")
    tags = tuple(raw.metadata.get("tags", ()))
    score = raw.metadata.get("score")
    if explicit:
        if not isinstance(explicit.get("grade_id"), str) or not _GRADE_ID.fullmatch(explicit["grade_id"]):
            raise _Problem(line, "nbgrader={…} needs a grade_id of letters, digits, '-' and '_'.")
        if points is not None:
            explicit.setdefault("points", points)
        if explicit.get("grade") and "points" not in explicit:
            raise _Problem(
                line, f"The grade cell {explicit['grade_id']} has no points. Write '# %% points=3' before nbgrader=."
            )
    if raw.cell_type != "code":
        by_hand = explicit.get("grade") and explicit.get("solution")
        if _regions(line, source, HIDDEN) or (_regions(line, source, SOLUTION) and not by_hand):
            raise _Problem(
                line,
                "A region for solutions or hidden tests belongs into a cell of code, or, as a model answer, into one "
                'graded by hand: nbgrader={"grade_id": "…", "grade": true, "solution": true, "points": 5}.',
            )
        role: Role = "explicit" if explicit else "text"
        return Cell(line, raw.cell_type, source, role=role, nbgrader=_complete(explicit), tags=tags)
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        raise _Problem(
            line + (error.lineno or 1),
            f"This cell is not Python by itself: {error.msg}. Is it cut in two by a marker?",
        ) from None
    solutions = _regions(line, source, SOLUTION)
    hidden = _regions(line, source, HIDDEN)
    tests = tuple(sorted(_tests(line, tree, hidden), key=lambda test: test.hidden))  # a cell is named by a visible one
    number = isinstance(points, (int, float)) and not isinstance(points, bool) and math.isfinite(points)
    if points is not None and (not number or points < 0):
        raise _Problem(line, f"points={points!r} is not a number of points. Write points=3.")

    role = _role(line, tree, solutions=bool(solutions), hidden=bool(hidden), tests=bool(tests))
    if score is not None:
        return _score_cell(line, source, score, points, tags, plain=role == "provided" and not explicit)
    if explicit:
        return Cell(line, "code", source, role="explicit", tests=tests, nbgrader=_complete(explicit), tags=tags)
    if role == "solution":
        metadata = _complete({"grade_id": _defined_name(line, tree), "solution": True})
    elif role == "tests":
        if points is None:
            raise _Problem(line, f"The grade cell of {tests[0].name} has no points. Write '# %% points=3'.")
        metadata = _complete({"grade_id": tests[0].name, "grade": True, "locked": True, "points": points})
    else:
        if points:
            raise _Problem(line, f"points={points} on a cell without test functions: nothing could earn them.")
        metadata = {}
    return Cell(line, "code", source, role=role, tests=tests, nbgrader=metadata, tags=tags)


def _refuse_graded_author_cell(cell: Cell) -> None:
    if AUTHOR in cell.tags and cell.role not in ("text", "provided"):
        raise _Problem(cell.line, f"Students do not get a cell tagged {AUTHOR!r}, so it can hold no exercise or test.")


def _role(line: int, tree: ast.Module, *, solutions: bool, hidden: bool, tests: bool) -> Role:
    """A cell with a solution region is a solution cell, one with test functions a grade cell; others are provided."""
    if solutions and (tests or hidden):
        raise _Problem(line, "This cell holds a solution and tests. Put the tests into a cell of their own.")
    if hidden and not tests:
        raise _Problem(line, "This cell has a hidden region but no function test_*: nothing would be tested.")
    return "solution" if solutions else "tests" if tests else "provided"


def _score_cell(line: int, source: str, score: Any, points: Any, tags: tuple[str, ...], *, plain: bool) -> Cell:
    """A cell whose points the judge counts; the cell itself decides nothing."""
    if not isinstance(score, str) or not score.isidentifier():
        raise _Problem(line, f'score={score!r} is no name. Write score="checkpoint".')
    if not plain:
        raise _Problem(line, "A cell with score=… has neither solution nor tests: the judge counts its points.")
    if points is None:
        raise _Problem(line, f"The cell that scores {score} has no points. Write '# %% points=6 score=\"{score}\"'.")
    nbgrader = _complete({"grade_id": f"score_{score}", "grade": True, "locked": True, "points": points})
    return Cell(line, "code", source, role="tests", nbgrader=nbgrader, tags=tags, score=score)


def _complete(nbgrader: dict[str, Any]) -> dict[str, Any]:
    if not nbgrader:
        return {}
    return {
        "grade": False,
        "locked": False,
        "solution": False,
        "task": False,
        "schema_version": SCHEMA_VERSION,
    } | nbgrader


def _regions(line: int, source: str, markers: tuple[str, str]) -> list[tuple[int, int]]:
    """The (first, last) lines of each region between `markers`, including them, counted within the cell from 1."""
    begin, end = markers
    regions, opened = [], None
    for number, text in enumerate(source.splitlines(), start=1):
        for marker in markers:
            # nbgrader looks for these words anywhere in a line.
            if marker.removeprefix("### ") in text and text.strip() != marker:
                raise _Problem(
                    line + number, f"Write {marker!r} on a line of its own; nbgrader would misread this line."
                )
        if _LOOKS_LIKE_REGION.match(text) and text.strip() not in (*SOLUTION, *HIDDEN):
            raise _Problem(
                line + number, f"{text.strip()!r} is not a region marker. There are: {', '.join((*SOLUTION, *HIDDEN))}."
            )
        if text.strip() == begin:
            if opened:
                raise _Problem(line + number, f"{begin!r} inside the region that began in line {line + opened}.")
            opened = number
        elif text.strip() == end:
            if not opened:
                raise _Problem(line + number, f"{end!r} without {begin!r} above it in this cell.")
            regions.append((opened, number))
            opened = None
    if opened:
        raise _Problem(line + opened, f"{begin!r} is not closed: {end!r} is missing in this cell.")
    return regions


def _tests(line: int, tree: ast.Module, hidden: list[tuple[int, int]]) -> Iterator[Test]:
    """The cell's test functions. The builder appends a plain call of each, which must reach it."""
    top_level = {id(node) for node in tree.body}
    seen: dict[str, int] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and any(
            isinstance(t, ast.Name) and t.id.startswith("test_") for t in node.targets
        ):
            raise _Problem(line + node.lineno, "No call reaches what is assigned here: write a test as a function.")
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        is_hidden = any(a < node.lineno < b for a, b in hidden)
        if not node.name.startswith("test_"):
            continue
        where = line + node.lineno
        if id(node) not in top_level:
            raise _Problem(where, f"No call reaches {node.name}: it is not defined at the top level of its cell.")
        own = list(_own_nodes(node))
        if isinstance(node, ast.AsyncFunctionDef) or any(isinstance(n, (ast.Yield, ast.YieldFrom)) for n in own):
            raise _Problem(where, f"No call reaches the body of {node.name}: make it a plain function.")
        if any(isinstance(n, ast.Return) and n.value is not None for n in own):
            raise _Problem(where, f"What {node.name} returns is lost: a test fails by raising, so write `assert`.")
        if "_hidden" in node.name and not is_hidden:
            raise _Problem(where, f"{node.name} is in no hidden region: students would see it.")
        needed = len(node.args.args) + len(node.args.posonlyargs) - len(node.args.defaults)
        if needed > 0 or None in node.args.kw_defaults:
            raise _Problem(where, f"No call reaches {node.name}: a test takes no arguments.")
        if node.name in seen:
            raise _Problem(where, f"No call reaches the {node.name} of line {seen[node.name]}: this one replaces it.")
        seen[node.name] = where
        last = node.end_lineno or node.lineno
        end = max([last, *(b for a, b in hidden if node.lineno < a <= last)])  # a region within ends below its code
        yield Test(node.name, is_hidden, end)


def _own_nodes(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.AST]:
    """The nodes of a function's body, without those of functions inside it."""
    nodes: list[ast.AST] = list(function.body)
    while nodes:
        node = nodes.pop()
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            nodes += ast.iter_child_nodes(node)


def _defined_name(line: int, tree: ast.Module) -> str:
    names = []
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.append(node.name)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names += [target.id for target in targets if isinstance(target, ast.Name)]
    match sorted(set(names)):
        case [name]:
            return name
        case []:
            raise _Problem(line, "This solution region defines nothing: no function, class or variable to name it by.")
        case several:
            raise _Problem(
                line,
                f"This solution cell defines {', '.join(several)}; which one is the exercise? Split the cell, or write "
                'nbgrader={"grade_id": "…", "solution": true} after its marker.',
            )


def _clashes(cells: list[Cell]) -> Iterator[tuple[int, str]]:
    """Names that occur twice in one notebook: the second would silently replace the first."""
    ids: dict[str, int] = {}
    tests: dict[str, int] = {}
    for cell in cells:
        if cell.grade_id is not None:
            if cell.grade_id in ids:
                yield (
                    cell.line,
                    f"The grade id {cell.grade_id!r} is already used in line {ids[cell.grade_id]}.",
                )
            ids.setdefault(cell.grade_id, cell.line)
        for test in cell.tests:
            if test.name in tests and cell.grade_id != test.name:
                yield (
                    cell.line,
                    f"No call reaches the {test.name} of line {tests[test.name]}: this one replaces it.",
                )
            tests.setdefault(test.name, cell.line)
