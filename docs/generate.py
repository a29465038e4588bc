"""Make the parts of the pages that come from the code and from results: `python -m docs.generate`.

Such a part stands between `<!-- name -->` and `<!-- /name -->`. A test asserts that all are up to date.
"""

from __future__ import annotations

import dataclasses
import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import typer

from autograder.cli import app
from autograder.kernels.walls import standing_walls
from autograder.limits import Limits
from benchmarks import read_result
from benchmarks.readme import TABLES
from tests.attacks import Attack
from tests.attacks.test_attacks import KINDS

DOCS = Path(__file__).parent
PAGES = sorted(DOCS.glob("*.md"))
PROMISES = {1: "no stolen points", 2: "no leak", 3: "no harm", 4: "no loss", 5: "no unfairness"}


def commands() -> str:
    """Every command with its arguments and options, as `--help` tells them."""
    return "\n\n".join(_command(typer.main.get_command(app), "autograder"))


def _command(command: Any, name: str) -> Iterator[str]:
    inner = getattr(command, "commands", {})
    if name != "autograder":
        yield f"{'#' * (name.count(' ') + 1)} `{name}`"
        yield command.help
    if not inner:
        yield f"```console\n$ {name} {' '.join(_usage(command))}\n```"
        if parameters := "\n".join(map(_parameter, command.params)):
            yield parameters
        if command.epilog:
            yield _examples(command.epilog)
    for one, its in inner.items():
        yield from _command(its, f"{name} {one}")


def _usage(command: Any) -> Iterator[str]:
    if any(parameter.param_type_name == "option" for parameter in command.params):
        yield "[OPTIONS]"
    yield from (_metavar(parameter) for parameter in command.params if parameter.param_type_name == "argument")


def _parameter(parameter: Any) -> str:
    names = [_metavar(parameter)]
    if parameter.param_type_name == "option":
        value = "" if parameter.is_flag else f" {_metavar(parameter)}"
        names = [f"{name}{value}" for name in parameter.opts]
    if isinstance(parameter.show_default, str):
        default = f" Default: {parameter.show_default}."
    else:
        default = "" if parameter.default in (None, False, ()) else f" Default: {parameter.default}."
    said = parameter.help or ""
    return f"- {', '.join(f'`{name}`' for name in names)}: {said}{'' if said.endswith(('.', '…')) else '.'}{default}"


def _metavar(parameter: Any) -> str:
    name = str(parameter.metavar or parameter.name.upper())
    return name if parameter.nargs != -1 or name.endswith("...") else f"{name}..."


def _examples(epilog: str) -> str:
    """The examples in the words of the help, as code."""
    examples = epilog.partition(": ")[2].split(" · ")
    return "```console\n" + "\n".join(f"$ {example}" for example in examples) + "\n```"


def walls() -> str:
    """What stands around a submission, with each way that a system may allow."""
    lines = ["| wall | with namespaces | with Landlock |", "|---|---|---|"]
    for one, other in zip(standing_walls("namespaces"), standing_walls("landlock"), strict=True):
        lines.append(f"| {one.name} | {one.held_by} | {other.held_by} |")
    return "\n".join(lines)


def attacks() -> str:
    """The hostile notebooks that the tests hand in, by kind of harm; of those that steal points, how many they got."""
    result = read_result("trust")
    measured = result["measured"]
    lines = [
        f"{sum(map(len, KINDS.values()))} notebooks, each handed in and graded by the test suite.",
        f"Points were counted for {measured['assignment']}, which has {measured['highest']:g}, "
        f"by `{result['command']}`; what stock nbgrader does with the others is what we expect of its code.",
    ]
    for kind, notebooks in KINDS.items():
        lines += ["", f"### Attack: {kind}", ""]
        lines += ["| notebook | what it does | stock nbgrader | here | line of defence | promise |"]
        lines += ["|---|---|---|---|---|---|"]
        for attack in notebooks:
            stock, here = _outcomes(attack, measured["attacks"].get(attack.name))
            cells = (attack.name, _cell(attack.does), stock, here, _cell(attack.defence), PROMISES[attack.promise])
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _outcomes(attack: Attack, row: dict[str, Any] | None) -> tuple[str, str]:
    """What comes of an attack with stock nbgrader, and here: in points where they were counted."""
    if row is None:
        return _cell(attack.stock), "what is honest in it counts" if attack.gradable else "its row says why"
    stock = _cell(attack.stock) if row["stock"] is None else f"{row['stock']:g} points"
    return stock, f"{row['ours']:g} points" + (", flagged" if row["flags"] else "")


def _cell(text: str) -> str:
    """Text for a table's cell: nothing in it is Markdown."""
    return re.sub(r"([*_`|<>\[\]])", r"\\\1", text)


def limits() -> str:
    """What a submission may use, and this course's own settings."""
    course = tomllib.loads((DOCS.parent / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["autograder"]["limits"]
    own = {name: value for name, value in course.items() if not isinstance(value, dict)}
    lines = ["| limit | unless set | this course | for single assignments |", "|---|--:|--:|---|"]
    for name, value in dataclasses.asdict(Limits()).items():
        single = [f"{a}: {its[name]:g}" for a, its in course.items() if isinstance(its, dict) and name in its]
        lines.append(f"| `{name}` | {value:g} | {own.get(name, value):g} | {', '.join(single)} |")
    return "\n".join(lines)


PARTS: dict[str, Callable[[], str]] = {
    "commands": commands,
    "walls": walls,
    "attacks": attacks,
    "limits": limits,
    **TABLES,
}


def with_parts(text: str) -> str:
    """The page `text` with its generated parts made anew. Raises KeyError for a part that nothing makes."""
    pattern = r"(<!-- (\w+) -->\n).*?(\n?<!-- /\2 -->)"
    return re.sub(pattern, lambda m: f"{m[1]}{PARTS[m[2]]()}\n{m[3].lstrip()}", text, flags=re.DOTALL)


if __name__ == "__main__":
    for page in PAGES:
        page.write_text(with_parts(page.read_text(encoding="utf-8")), encoding="utf-8")
