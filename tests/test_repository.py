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

from autograder.authoring.answers import known_answers
from autograder.authoring.cells import read_cells
from autograder.course import Course
from benchmarks import read_result
from benchmarks.readme import README, with_tables
from tests.conftest import REPOSITORY

SOLUTIONS = sorted(path.name for path in (REPOSITORY / "solutions").glob("a[0-9]*_*.py"))


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
    for file in ("jupytext.toml", f"solutions/{name}"):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_bytes((REPOSITORY / file).read_bytes())
    manager = build_sync_jupytext_contents_manager_class(LargeFileManager)()
    manager.root_dir = str(tmp_path)
    model = manager.get(f"solutions/{name}")
    # What JupyterLab and Colab add on their own.
    notebook = model["content"]
    notebook.metadata["kernelspec"] = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook.metadata["colab"] = {"provenance": []}
    for cell in notebook.cells:
        cell.metadata["id"] = "Xy12"
        cell.metadata["trusted"] = True
        cell.metadata.setdefault("colab", {"base_uri": "https://localhost:8080/"})
    manager.save(model, f"solutions/{name}")
    assert (tmp_path / "solutions" / name).read_bytes() == (REPOSITORY / "solutions" / name).read_bytes()


def test_pairing_is_off() -> None:
    assert tomllib.loads((REPOSITORY / "jupytext.toml").read_text(encoding="utf-8"))["formats"] == "py:percent"


def test_solutions_and_autograder_import_nothing_of_each_other() -> None:
    assert not {
        (file, name) for file, name in imported_by("autograder") if name.partition(".")[0] in ("solutions", "tests")
    }
    assert not {
        (file, name) for file, name in imported_by("solutions") if name.partition(".")[0] in ("autograder", "tests")
    }


def test_the_judge_imports_nothing_that_runs_a_submission() -> None:
    """`interviewer` is text for the kernel, and is imported nowhere."""
    by_file: dict[str, set[str]] = {}
    for path, name in imported_by("autograder/judge"):
        by_file.setdefault(Path(path).stem, set()).add(
            name.partition(".")[0] if not name.startswith("autograder") else name
        )
    outside = set().union(*(names for file, names in by_file.items() if file != "interviewer"))
    ours = {name for name in outside if name.startswith("autograder")}
    assert all(name == "autograder.course" or name.startswith("autograder.judge.") for name in ours)
    assert "autograder.judge.interviewer" not in ours
    harmless = sys.stdlib_module_names - {"subprocess", "multiprocessing", "pickle", "socket"}
    assert outside - ours <= harmless | {"numpy"}


@pytest.mark.parametrize("name", SOLUTIONS)
def test_a_students_notebook_imports_only_what_colab_has(repository: Course, name: str) -> None:
    notebook = nbformat.read(repository.release(Path(name).stem), as_version=4)
    names = imports("\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code"))
    allowed = {"torch", "torchvision", "numpy", "matplotlib", "tqdm", "skimage", "PIL"}
    assert {module.partition(".")[0] for module in names} <= allowed | sys.stdlib_module_names


@pytest.mark.parametrize("name", SOLUTIONS)
def test_every_assignment_is_worth_100_points(name: str) -> None:
    assert sum(cell.points for cell in read_cells(REPOSITORY / "solutions" / name)) == 100


@pytest.mark.parametrize("name", SOLUTIONS)
def test_the_readme_links_each_notebook_on_colab(repository: Course, name: str) -> None:
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    assert f"({repository.colab_url(Path(name).stem)})" in readme


def test_jupytext_finds_the_cells_that_we_find() -> None:
    for name in SOLUTIONS:
        path = REPOSITORY / "solutions" / name
        assert [cell.source for cell in read_cells(path)] == [cell.source for cell in jupytext.read(path).cells]


def test_no_file_records_where_packages_were_downloaded() -> None:
    assert not list(REPOSITORY.glob("*.lock"))


def test_the_readmes_tables_are_made_from_the_results() -> None:
    readme = README.read_text(encoding="utf-8")
    assert with_tables(readme) == readme, "run `python -m benchmarks.readme`"


def test_the_strength_published_is_of_the_answers_known_today(repository: Course) -> None:
    for name, rows in read_result("strength")["measured"].items():
        with known_answers(repository, name) as answers:
            today = {e.name: (len(e.wrong), len(e.right)) for e in answers.exercises}
        assert {row["exercise"]: (row["wrong"], row["right"]) for row in rows} == today, (
            "run `python -m benchmarks.strength`"
        )
