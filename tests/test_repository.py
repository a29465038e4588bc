"""Does the repository keep its own rules?"""

from __future__ import annotations

import ast
import sys
import tomllib
from pathlib import Path

import jupytext
import nbformat
import pytest
from jupyter_server.services.contents.largefilemanager import LargeFileManager
from jupytext.sync_contentsmanager import build_sync_jupytext_contents_manager_class

from autograder.cells import read_cells
from autograder.course import Course
from autograder.proving.answers import known_answers
from benchmarks import read_result
from tests.conftest import REPOSITORY

SOLUTIONS = Course(REPOSITORY).assignments


def imports(source: str) -> set[str]:
    """Every module that `source` imports, wherever in it that stands."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


def imported_by(folder: str) -> set[tuple[str, str]]:
    """(file, module) of every import below `folder`."""
    return {
        (path.relative_to(REPOSITORY).as_posix(), name)
        for path in (REPOSITORY / folder).rglob("*.py")
        for name in imports(path.read_text(encoding="utf-8"))
    }


@pytest.mark.parametrize("name", SOLUTIONS)
def test_a_save_in_jupyterlab_leaves_a_solution_byte_identical(tmp_path: Path, name: str) -> None:
    path = f"solutions/{name}/notebook.py"
    for file in ("jupytext.toml", path):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_bytes((REPOSITORY / file).read_bytes())
    manager = build_sync_jupytext_contents_manager_class(LargeFileManager)()
    manager.root_dir = str(tmp_path)
    model = manager.get(path)
    # What JupyterLab and Colab add on their own.
    notebook = model["content"]
    notebook.metadata["kernelspec"] = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook.metadata["colab"] = {"provenance": []}
    for cell in notebook.cells:
        cell.metadata["id"] = "Xy12"
        cell.metadata["trusted"] = True
        cell.metadata.setdefault("colab", {"base_uri": "https://localhost:8080/"})
    manager.save(model, path)
    assert (tmp_path / path).read_bytes() == (REPOSITORY / path).read_bytes()


def test_pairing_is_off() -> None:
    assert tomllib.loads((REPOSITORY / "jupytext.toml").read_text(encoding="utf-8"))["formats"] == "py:percent"


def test_the_judge_imports_only_what_is_harmless() -> None:
    """Nothing that could run, load or start what a submission wrote."""
    names = {name for _, name in imported_by("autograder/judge")}
    ours = {name for name in names if name.startswith("autograder")}
    ground = {"autograder.course", "autograder.source"}
    assert all(name in ground or name.startswith("autograder.judge.") for name in ours)
    harmless = sys.stdlib_module_names - {"subprocess", "multiprocessing", "pickle", "socket"}
    assert {name.partition(".")[0] for name in names - ours} <= harmless | {"numpy"}


@pytest.mark.parametrize("name", SOLUTIONS)
def test_a_students_notebook_imports_only_what_colab_has(repository: Course, name: str) -> None:
    notebook = nbformat.read(repository.release(name), as_version=4)
    names = imports("\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code"))
    allowed = {"torch", "torchvision", "numpy", "matplotlib", "tqdm", "skimage", "PIL", "IPython"}
    assert {module.partition(".")[0] for module in names} <= allowed | sys.stdlib_module_names


@pytest.mark.parametrize("name", SOLUTIONS)
def test_every_assignment_is_worth_100_points(repository: Course, name: str) -> None:
    assert sum(cell.points for cell in read_cells(repository.solution(name))) == 100


@pytest.mark.parametrize("name", SOLUTIONS)
def test_the_readme_links_each_notebook_on_colab(repository: Course, name: str) -> None:
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    assert f"({repository.colab_url(name)})" in readme


@pytest.mark.parametrize("name", SOLUTIONS)
def test_jupytext_finds_the_cells_that_we_find(repository: Course, name: str) -> None:
    path = repository.solution(name)
    assert [cell.source for cell in read_cells(path)] == [cell.source for cell in jupytext.read(path).cells]


def test_there_are_assignments_to_test() -> None:
    assert len(SOLUTIONS) == 6


def test_no_file_records_where_packages_were_downloaded() -> None:
    assert not list(REPOSITORY.glob("*.lock"))


def test_the_strength_published_is_of_the_answers_known_today(repository: Course) -> None:
    for name, rows in read_result("strength")["measured"].items():
        with known_answers(repository, name) as answers:
            today = {e.name: (len(e.wrong), len(e.right)) for e in answers.exercises}
        assert {row["exercise"]: (row["wrong"], row["right"]) for row in rows} == today, (
            "run `python -m benchmarks.strength`"
        )
