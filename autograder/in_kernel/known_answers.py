"""Ask the answers that a course knows what students are asked.

This runs beside the reference: its text in a kernel that ran the reference's notebook, or as a module beside the
reference's. It meets the course's own code only, never a student's.
"""

from __future__ import annotations

import ast
import contextlib
import dis
import inspect
import io
import types
import warnings
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

import numpy as np

Names = dict[str, Any]


class KnownAnswers:
    """The reference's `names` and what the files of the assignment define, each in a namespace of its own.

    `known` holds the texts of these files and, as `edits`, the mistakes that are edits of other answers.

    `as_at_start(seed)` is the context in which students' answers are asked."""

    def __init__(
        self,
        names: Names,
        known: Mapping[str, Any],
        as_at_start: Callable[[int], contextlib.AbstractContextManager[None]],
    ) -> None:
        self.names = names
        self.as_at_start = as_at_start
        files = {"asking": namespace(known["asking"], names, {})}
        for name in ("questions", "mistakes", "others"):
            files[name] = namespace(known[name], names, files)
        self.questions, self.wrong, self.right = files["questions"], files["mistakes"], files["others"]
        worlds = files | {"notebook": names}
        for one in known["edits"]:
            home = worlds[one["home"]]
            self.wrong[one["name"]] = files["asking"]["written_out"](one["text"], one["name"], one["message"], home)

    def ask(
        self, exercise: str, replaced: Mapping[str, str], seed: int, chosen: Collection[str] = ()
    ) -> Iterator[dict[str, Any]]:
        """Yield a dict of its name, its message and the data for each wrong answer to the exercise; or, where earlier
        exercises are `replaced` by mistakes in them, for each known answer that calls one of these. Only of those that
        are `chosen` by their names, if any are.
        """
        with self.replace(replaced):
            for kind, name, answer in self.answers(exercise, replaced):
                uses = sorted(globals_used(answer) & replaced.keys(), key=list(replaced).index)
                if (replaced and not uses) or (chosen and name not in chosen):
                    continue
                with contextlib.suppress(Exception):
                    data = self.data(exercise, answer, seed)
                    message = " ".join((inspect.getdoc(answer) or "").split())
                    yield {"kind": kind, "name": name, "message": message, "uses": uses, "data": data}

    def answers(self, exercise: str, replaced: Mapping[str, str]) -> Iterator[tuple[str, str, Any]]:
        """(kind, name, answer) of each that could be asked."""
        prefix = f"{exercise}__"
        worlds = {"wrong": self.wrong, "right": self.right} if replaced else {"wrong": self.wrong}
        if replaced:
            yield "reference", "", self.names[exercise]
        for kind, world in worlds.items():
            for name in [name for name in world if name.startswith(prefix)]:
                yield kind, name.removeprefix(prefix), world[name]

    def data(self, exercise: str, answer: Any, seed: int) -> dict[str, Any]:
        """What the answer gives; a letter or a number is its own answer."""
        question = self.questions.get(f"question_{exercise}")
        if question is None:
            # Wrong ones are of kinds of their own, which carry messages.
            return {"value": str(answer) if isinstance(answer, str) else np.asarray(answer, dtype=np.float64)}
        with self.as_at_start(seed), contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            data: dict[str, Any] = question(answer, np.random.default_rng(seed))
            return data

    @contextlib.contextmanager
    def replace(self, replaced: Mapping[str, str]) -> Iterator[None]:
        """Put mistakes into earlier exercises' places, wherever these are used."""
        places = [
            (world, name, world[name])
            for name in replaced
            for world in (self.names, self.wrong, self.right)
            if name in world
        ]
        for world, name, _ in places:
            world[name] = self.wrong[f"{name}__{replaced[name]}"]
        try:
            yield
        finally:
            for world, name, original in places:
                world[name] = original


def namespace(source: str, names: Names, files: Mapping[str, Names]) -> Names:
    """What a file defines; what it imports of the course's own it has from `files` or the reference's `names`."""
    own: Names = {"__name__": "known_answers"}
    tree = ast.parse(source)
    for statement in list(tree.body):
        if isinstance(statement, ast.ImportFrom) and (statement.module or "").startswith("solutions."):
            tree.body.remove(statement)
            there = files.get((statement.module or "").rpartition(".")[2], names)
            own.update({alias.asname or alias.name: there[alias.name] for alias in statement.names})
    exec(compile(tree, "<known answers>", "exec"), own)
    return own


def globals_used(answer: Any) -> set[str]:
    """The global names that a function or class uses, and what it uses that was defined beside it."""
    found: set[str] = set()
    waiting = [answer]
    while waiting:
        one = waiting.pop()
        for function in [one] if inspect.isfunction(one) else vars(one).values() if inspect.isclass(one) else []:
            if inspect.isfunction(function):
                new = {name for code in codes(function.__code__) for name in global_names(code)} - found
                found |= new
                beside = [function.__globals__.get(name) for name in new]
                waiting += [other for other in beside if is_own(other)]
    return found


def is_own(thing: Any) -> bool:
    """Whether it is the course's: of the reference, or of a file of known answers."""
    module = getattr(thing, "__module__", None)
    return module in ("__main__", "known_answers") or str(module).startswith("solutions.")


def codes(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from codes(constant)


def global_names(code: types.CodeType) -> list[str]:
    return [one.argval for one in dis.get_instructions(code) if one.opname == "LOAD_GLOBAL"]
