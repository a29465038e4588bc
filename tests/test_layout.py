"""Does the code stand in the order that DESIGN.md's Layout gives it, each folder on those before it only?"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

PACKAGE = REPOSITORY / "autograder"
# From the ground up; the files that lie in autograder/ itself are the ground.
FOLDERS = (
    "kernels",
    "in_kernel",
    "judge",
    "data",
    "authoring",
    "submissions",
    "grading",
    "gradebook",
    "classroom",
    "reporting",
    "proving",
)
# These put the commands of all folders together.
COMMANDS = {Path("autograder/cli.py"), Path("autograder/__main__.py")}


def imports(node: ast.AST) -> Iterator[tuple[int, str]]:
    """(line, module) of every import, those within functions included; but for what only a type checker reads."""
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        return
    if isinstance(node, ast.Import):
        yield from ((node.lineno, alias.name) for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        # `from autograder.classroom import grade` may import a module, too.
        module = "." * node.level + (node.module or "")
        yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)
    for child in ast.iter_child_nodes(node):
        yield from imports(child)


def imported_by(folder: Path) -> list[tuple[Path, int, str]]:
    """(file, line, module) of every import below the folder; paths begin with the folder's name."""
    return [
        (path.relative_to(folder.parent), line, module)
        for path in sorted(folder.rglob("*.py"))
        if "templates" not in path.parts  # text that `autograder new` writes
        for line, module in imports(ast.parse(path.read_text(encoding="utf-8")))
    ]


def folder_of(module: str) -> str:
    """The folder of autograder/ that the module `autograder.…` lies in; "" for the ground."""
    name = module.split(".")[1]
    return name if name in FOLDERS else ""


def height(folder: str) -> int:
    return FOLDERS.index(folder) + 1 if folder else 0


OWN = [(path, line, module) for path, line, module in imported_by(PACKAGE) if module.startswith("autograder.")]


def test_the_order_names_every_folder() -> None:
    assert {path.parent.name for path in PACKAGE.glob("*/__init__.py")} == set(FOLDERS)


def test_nothing_is_imported_by_a_path_that_this_test_cannot_follow() -> None:
    assert not [f"{path}:{line}" for path, line, module in imported_by(PACKAGE) if module.startswith(".")]


@pytest.mark.parametrize("folder", ["", *FOLDERS], ids=lambda folder: folder or "ground")
def test_a_folder_imports_only_those_before_it(folder: str) -> None:
    back = [
        f"{path}:{line} imports {module}"
        for path, line, module in OWN
        if path not in COMMANDS
        and folder_of(".".join(path.parts)) == folder
        and height(folder_of(module)) > height(folder)
    ]
    assert not back


@pytest.mark.parametrize("forbidden", ["kernels", "in_kernel", "grading"])
def test_the_judge_imports_nothing_that_is_near_a_submission(forbidden: str) -> None:
    near = [f"{path}:{line} imports {module}" for path, line, module in OWN if path.parts[1] == "judge"]
    assert not [sentence for sentence in near if f" autograder.{forbidden}" in sentence]


def test_what_is_sent_into_a_kernel_is_imported_by_nothing_else() -> None:
    assert not [
        f"{path}:{line} imports {module}"
        for path, line, module in OWN
        if folder_of(module) == "in_kernel" and path.parts[1] != "in_kernel"
    ]


@pytest.mark.parametrize(("folder", "other"), [("autograder", "solutions"), ("solutions", "autograder")])
def test_solutions_and_autograder_import_nothing_of_each_other(folder: str, other: str) -> None:
    assert not [
        f"{path}:{line} imports {module}"
        for path, line, module in imported_by(REPOSITORY / folder)
        if module.partition(".")[0] in (other, "tests", "benchmarks", "docs")
    ]


def test_no_class_name_stands_for_two_things() -> None:
    classes = Counter(
        node.name
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    )
    assert [name for name, count in classes.items() if count > 1] == []
