"""Make the parts of the pages that come from the code and from results: `python -m docs.generate`.

Such a part stands between `<!-- name -->` and `<!-- /name -->`. A test asserts that all are up to date.
"""

from __future__ import annotations

import ast
import dataclasses
import functools
import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import typer
from typer.testing import CliRunner

from autograder.__main__ import HELP
from autograder.authoring.questions import course_questions
from autograder.authoring.start import assignment_files
from autograder.cells import read_cells
from autograder.cli import app
from autograder.course import Course
from autograder.kernels.walls import list_walls
from autograder.limits import Limits
from autograder.proving.check import checks
from autograder.source import defined_names
from benchmarks import read_result
from benchmarks.tables import TABLES, table
from tests.attacks import Attack
from tests.attacks.test_attacks import KINDS

DOCS = Path(__file__).parent
PAGES = [*sorted(DOCS.glob("*.md")), DOCS.parent / "README.md"]
PROMISES = {1: "no stolen points", 2: "no leak", 3: "no harm", 4: "no loss", 5: "no unfairness"}


def commands() -> str:
    """Every command with its arguments and options, as `--help` tells them."""
    return "\n\n".join(_command(typer.main.get_command(app), "autograder"))


def help_text() -> str:
    """What `autograder --help` prints: it is kept, since importing every command to list them takes several times as
    long as to print the list."""
    return CliRunner().invoke(app, ["--help"], prog_name="autograder", env={"TERMINAL_WIDTH": "100"}).stdout


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
    for one, other in zip(list_walls("namespaces"), list_walls("landlock"), strict=True):
        lines.append(f"| {one.name} | {one.held_by} | {other.held_by} |")
    return "\n".join(lines)


def attacks() -> str:
    """The hostile notebooks that the tests hand in, by kind of harm; of those that steal points, how many they got."""
    result = read_result("trust")
    measured = result["measured"]
    lines = [
        f"{sum(map(len, KINDS.values()))} notebooks, each handed in and graded by the test suite.",
        f"Points were counted for {measured['assignment']}, which has {measured['highest']:g}, "
        f"by `{result['command']}`. What stock nbgrader does with the others is what we expect of its code.",
    ]
    for kind, notebooks in KINDS.items():
        counted = any(attack.name in measured["attacks"] for attack in notebooks)
        columns = ["notebook", "what it does", "stock nbgrader", *(["here"] * counted), "line of defence", "promise"]
        lines += ["", f"### Attack: {kind}", "", f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"]
        for attack in notebooks:
            row = measured["attacks"].get(attack.name)
            cells = [attack.name, _cell(attack.does), _stock(attack, row), *([_here(row)] * counted)]
            lines.append(f"| {' | '.join([*cells, _cell(attack.defence), PROMISES[attack.promise]])} |")
    return "\n".join(lines)


def _stock(attack: Attack, row: dict[str, Any] | None) -> str:
    return _cell(attack.stock) if row is None or row["stock"] is None else f"{row['stock']:g} points"


def _here(row: dict[str, Any] | None) -> str:
    return "" if row is None else f"{row['ours']:g} points" + (", flagged" if row["flags"] else "")


def exempt() -> str:
    """What a table could answer, with its points: answers that are values, and questions whose data are fixed."""
    course = Course.at(DOCS)
    lines = [
        "| assignment | letters and numbers | their points | other answers that are the same for everybody "
        "| their points | why they are |",
        "|---|--:|--:|---|--:|---|",
    ]
    for assignment in course.assignments:
        points = {cell.exercise: cell.points for cell in read_cells(course.solution(assignment)) if cell.exercise}
        questions = course_questions(course, assignment).questions
        values = [question.exercise for question in questions if question.by_value]
        fixed = [question for question in questions if question.fixed]
        cells = [assignment, str(len(values)), f"{sum(points[name] for name in values):g}"]
        cells.append(", ".join(f"`{question.exercise}`" for question in fixed))
        cells += [f"{sum(points[question.exercise] for question in fixed):g}" if fixed else ""]
        lines.append(f"| {' | '.join([*cells, '; '.join(_cell(question.fixed) for question in fixed)])} |")
    return "\n".join(lines)


# By assignment and exercise: more than one network is right, so the judge measures what came out.
FORGERS = {
    ("a2_shapes", "design_network"): "The judge draws weights, images and a direction again, finds the parameters "
    "without the network's own methods, and checks that outputs and gradients fit the drawn numbers. A forger can get "
    "around the limit on parameters, with weights that are plain tensors or a parameter that gives out a shorter array "
    "than it computes with. The network must have all other properties.",
    ("a3_fashion_mnist", "FashionCNN"): "Several questions accept data of another seed, since no judge in NumPy can "
    "compute what an arbitrary network gives. A forger has to run code in place of the question, which draws the same "
    "images and invents outputs that are equal exactly where the images are. The score of the trained network, on "
    "images whose labels the judge holds, cannot be forged in this way.",
}


def forgers() -> str:
    """Exercises whose data the judge can check only in part, with their points, and what is left to a forger."""
    course = Course.at(DOCS)
    lines = ["| assignment | exercise | points | what a forger would have to do |", "|---|---|--:|---|"]
    for (assignment, exercise), words in FORGERS.items():
        (points,) = (cell.points for cell in read_cells(course.solution(assignment)) if cell.exercise == exercise)
        lines.append(f"| {assignment} | `{exercise}` | {points:g} | {words} |")
    return "\n".join(lines)


def _code(path: str, *names: str) -> str:
    """What a file of the course defines under these names, as it stands there."""
    text = (DOCS.parent / path).read_text(encoding="utf-8")
    defined = [node for node in ast.parse(text).body if set(names) & set(defined_names(node))]
    lines = text.splitlines()
    return "```python\n" + "\n\n\n".join("\n".join(lines[d.lineno - 1 : d.end_lineno]) for d in defined) + "\n```"


def example(part: str) -> str:
    """A file of the assignment that `autograder new a7_light` makes."""
    text = assignment_files("a7_light")[f"{part}.py"]
    return f'```python title="solutions/a7_light/{part}.py"\n{text}```'


def claims() -> str:
    """What `autograder check` proves, as it prints it."""
    return "\n".join(f"- {one.claim[0].upper()}{one.claim[1:]}." for one in checks())


def an_equivalent() -> str:
    """The first entry of assignment 1's equivalents."""
    text = Course.at(DOCS).equivalents("a1_convolution").read_text(encoding="utf-8")
    return f"```toml\n{next(part for part in text.split(chr(10) * 2) if part.startswith('[['))}\n```"


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


def highlights() -> str:
    """Four lines for the README, each with a number."""
    trust, kills = read_result("trust")["measured"], read_result("kills")["measured"]
    rows = [row for rows in read_result("strength")["measured"].values() for row in rows]
    wrong, right = (sum(row[kind] for row in rows) for kind in ("wrong", "right"))
    caught, accepted = (sum(row[kind] for row in rows) for kind in ("caught", "accepted"))
    both = [row for row in trust["attacks"].values() if row["stock"] is not None]
    gift = sum(max(0.0, row["stock"] - row["deserved"]) for row in both)
    named = [counts["wrong"] for counts in read_result("diagnosis")["measured"]["counts"].values()]
    share = sum(one.get("named", 0) for one in named) / sum(sum(one.values()) for one in named)
    return "\n".join(
        [
            f"- **Points cannot be stolen.** Of {trust['hostile']} hostile notebooks {len(trust['stolen'])} got a "
            f"point too many; stock nbgrader gave {gift:g} points for nothing to {len(both)} of them. "
            "[How](docs/honest.md)",
            f"- **Right answers count, however they are written.** {accepted:,} of {right:,} known right answers are "
            f"accepted and {caught:,} of {wrong:,} wrong ones refused. [Measured](docs/measured.md)",
            f"- **Mistakes have names.** {100 * share:.0f} % of the known ones are named on the student's page, and "
            "one costs its own points only. [How](docs/honest.md#which-mistake-it-looks-like)",
            f"- **Nothing is lost.** {len(kills['kills'])} processes were killed while a class was graded: "
            f"{len(kills['differing'])} of {kills['compared']:,} results differ. "
            "[How](docs/honest.md#what-happens-on-kill--9)",
        ]
    )


PARTS: dict[str, Callable[[], str]] = {
    "highlights": highlights,
    "commands": commands,
    "walls": walls,
    "attacks": attacks,
    "exempt": exempt,
    "forgers": forgers,
    "limits": limits,
    "claims": claims,
    "an_equivalent": an_equivalent,
    **{f"example_{part}": functools.partial(example, part) for part in ("notebook", "questions", "mistakes", "others")},
    "a_question": functools.partial(_code, "solutions/a1_convolution/questions.py", "question_backprop_example"),
    "promised": functools.partial(_code, "solutions/a1_convolution/questions.py", "PROMISED"),
    "a_predicate": functools.partial(
        _code, "solutions/a3_fashion_mnist/questions.py", "draw_few_pixels", "deviations_are_right"
    ),
    **{name if name != "commands" else "commands_table": functools.partial(table, name) for name in TABLES},
}


def with_parts(text: str) -> str:
    """The page `text` with its generated parts made again. Raises KeyError for a part that nothing makes."""
    pattern = r"(<!-- (\w+) -->\n).*?(\n?<!-- /\2 -->)"
    return re.sub(pattern, lambda m: f"{m[1]}{PARTS[m[2]]()}\n{m[3].lstrip()}", text, flags=re.DOTALL)


if __name__ == "__main__":
    HELP.write_text(help_text(), encoding="utf-8")
    for page in PAGES:
        page.write_text(with_parts(page.read_text(encoding="utf-8")), encoding="utf-8")
