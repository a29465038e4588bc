"""Read the known mistakes that are written as edits of other known answers, and write them out as whole definitions.

    @edit({"kernel)": "kernel.T)"})
    def cross_correlate2d__transposes_kernel():
        \"\"\"What a student who made this mistake should read.\"\"\"

The edit is of the reference, or with `of="windows"` of the answer `cross_correlate2d__windows` in others.py or
mistakes.py, without docstring and marks of solution regions. Each text that is replaced must occur exactly once there.
In a text of several lines, those behind the first are indented as the line in which it begins.
"""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from autograder.cells import SOLUTION
from autograder.course import CourseError
from autograder.source import Source

PAIR = "__and__"  # between the names of two mistakes in one answer

Home = Literal["notebook", "others", "mistakes"]
Definition = ast.FunctionDef | ast.ClassDef


@dataclass(frozen=True)
class EditedAnswer:
    """A known wrong answer that is written as an edit. Texts are of whole definitions, under the exercise's name."""

    name: str  # <exercise>__<mistake>
    message: str  # what a student who made it should read
    home: Home  # the file whose names it uses
    text: str
    root: str  # the text that it was made from, by one edit or by several


def read_edits(notebook: Path, others: Path, mistakes: Path) -> list[EditedAnswer]:
    """The edits in `mistakes`, in the file's order. Raises CourseError where one does not apply."""
    sources: dict[Home, Source] = {"notebook": Source(notebook), "others": Source(others), "mistakes": Source(mistakes)}
    found: dict[str, EditedAnswer] = {}
    for name, statement in sources["mistakes"].named.items():
        if isinstance(statement, Definition) and (call := _edit_call(statement)) is not None:
            found[name] = _Edit(mistakes, statement, call).applied(sources, found)
    return list(found.values())


def combined_pairs(
    edits: Iterable[EditedAnswer], exercise: str, pairs: Iterable[tuple[str, str]]
) -> tuple[EditedAnswer, ...]:
    """The answers with two mistakes each, of those `pairs` of mistakes that can be combined."""
    by_name = {edit.name: edit for edit in edits}
    both = [[by_name.get(f"{exercise}__{name}") for name in pair] for pair in pairs]
    return tuple(one for first, second in both if first and second and (one := combined(first, second)))


def combined(first: EditedAnswer, second: EditedAnswer) -> EditedAnswer | None:
    """The answer with both edits; None where they are of different answers, change the same lines or make no Python."""
    if (first.home, first.root) != (second.home, second.root):
        return None
    lines = first.root.splitlines()
    changes = sorted([*_changes(lines, first), *_changes(lines, second)])
    for (begin, end, _), (next_begin, next_end, _) in zip(changes, changes[1:], strict=False):
        inserts = begin == end or next_begin == next_end  # beside other changes: in which order?
        if next_begin < end or (next_begin == end and inserts):
            return None
    for begin, end, new in reversed(changes):
        lines[begin:end] = new
    text = "\n".join(lines)
    try:
        ast.parse(text)
    except SyntaxError:
        return None
    name = f"{first.name}{PAIR}{second.name.partition('__')[2]}"
    return EditedAnswer(name, f"{first.message} Besides: {second.message}", first.home, text, first.root)


def _changes(lines: list[str], answer: EditedAnswer) -> Iterator[tuple[int, int, list[str]]]:
    new = answer.text.splitlines()
    for kind, begin, end, first, last in difflib.SequenceMatcher(None, lines, new, autojunk=False).get_opcodes():
        if kind != "equal":
            yield begin, end, new[first:last]


def _edit_call(statement: Definition) -> ast.Call | None:
    for decorator in statement.decorator_list:
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "edit":
            return decorator
    return None


@dataclass(frozen=True)
class _Edit:
    file: Path
    statement: Definition
    call: ast.Call

    def applied(self, sources: Mapping[Home, Source], earlier: Mapping[str, EditedAnswer]) -> EditedAnswer:
        name = self.statement.name
        changes, of = self._arguments()
        base = self._base(f"{name.partition('__')[0]}{of and '__'}{of}", sources, earlier)
        text = base.text
        for old, new in changes.items():
            places = list(_places(text, old))
            if len(places) != 1:
                found = f"occurs {len(places)} times" if places else "does not occur"
                raise self._error(f"no longer applies: {old!r} {found} in {base.name}")
            begin, end, indent = places[0]
            text = text[:begin] + _indented(new, indent) + text[end:]
        if text == base.text:
            raise self._error("changes nothing")
        try:
            ast.parse(text)
        except SyntaxError as error:
            raise self._error(f"makes no Python: {error.msg} in {(error.text or '').strip()!r}") from None
        message = ast.get_docstring(self.statement)
        if not message:
            raise self._error("has no docstring: it is what the student reads")
        return EditedAnswer(name, message, base.home, text, base.root)

    def _arguments(self) -> tuple[dict[str, str], str]:
        try:
            (changes,) = map(ast.literal_eval, self.call.args)
            keywords = {keyword.arg: ast.literal_eval(keyword.value) for keyword in self.call.keywords}
            of = keywords.pop("of", "")
            strings = [*changes, *changes.values(), of]
            assert not keywords and changes and all(isinstance(one, str) for one in strings)
            return changes, of
        except (ValueError, AttributeError, AssertionError):
            raise self._error(
                'is to be written out: @edit({"old": "new"}), or with of="the name of an answer"'
            ) from None

    def _base(self, name: str, sources: Mapping[Home, Source], earlier: Mapping[str, EditedAnswer]) -> EditedAnswer:
        if name in earlier:
            return earlier[name]
        for home, source in sources.items():
            statement = source.named.get(name)
            if isinstance(statement, Definition) and _edit_call(statement) is None:
                text = _bare_text(source, statement)
                return EditedAnswer(name, "", home, text, text)
        raise self._error(
            f"is of {name}, which is no function or class of an earlier line, of others.py or the notebook"
        )

    def _error(self, why: str) -> CourseError:
        return CourseError(f"{self.file}:{self.statement.lineno}: the edit {self.statement.name} {why}.")


def _bare_text(source: Source, statement: Definition) -> str:
    """The definition under its exercise's name, without docstring and marks."""
    lines = source.text.splitlines()
    first = min(node.lineno for node in (statement, *statement.decorator_list))
    dropped: set[int] = set()
    if ast.get_docstring(statement) is not None:
        docstring = statement.body[0]
        dropped = set(range(docstring.lineno, (docstring.end_lineno or docstring.lineno) + 1))
    numbers = range(first, (statement.end_lineno or first) + 1)
    kept = [lines[n - 1] for n in numbers if n not in dropped and lines[n - 1].strip() not in SOLUTION]
    return "\n".join(kept).replace(statement.name, statement.name.partition("__")[0])


def _places(text: str, old: str) -> Iterator[tuple[int, int, str]]:
    """Where `old` stands in the text: (begin, end, indentation of the line in which it begins)."""
    first = old.partition("\n")[0]
    begin = text.find(first)
    while begin >= 0 and old:
        line = text[text.rfind("\n", 0, begin) + 1 :]
        indent = line[: len(line) - len(line.lstrip())]
        whole = _indented(old, indent)
        if text.startswith(whole, begin):
            yield begin, begin + len(whole), indent
        begin = text.find(first, begin + 1)


def _indented(text: str, indent: str) -> str:
    return "\n".join(line if not line or number == 0 else indent + line for number, line in enumerate(text.split("\n")))
