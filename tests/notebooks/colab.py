"""Run the students' notebooks with Colab's versions, in an empty folder: `python -m tests.notebooks.colab --help`.

Makes the environment `.venv-colab` the first time, of several gigabytes. With --experiments the notebooks do all that
they do for students, downloads and training included; without, they define and test.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat
from rich.progress import track

from autograder.course import Course
from tests.conftest import REPOSITORY
from tests.notebooks import environment, students_notebooks, tell

VENV = REPOSITORY / ".venv-colab"
VERSIONS = Path(__file__).with_name("colab.txt")


def make_environment() -> None:
    """See that `.venv-colab` has the versions of `colab.txt`, and nothing of ours."""
    if not (VENV / "bin" / "python").exists():
        subprocess.run(["uv", "venv", "--quiet", VENV], check=True)
    subprocess.run(["uv", "pip", "sync", "--quiet", "--python", VENV / "bin" / "python", _resolved()], check=True)


def _resolved() -> Path:
    """The versions with all they need themselves."""
    path = VENV / "resolved.txt"
    if not path.exists() or path.stat().st_mtime < VERSIONS.stat().st_mtime:
        python = VENV / "bin" / "python"
        command = ["uv", "pip", "compile", "--quiet", "--python", python, VERSIONS, "--output-file", path]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return path


def run(notebook: nbformat.NotebookNode, *, experiments: bool, seconds: int) -> nbformat.NotebookNode:
    """The notebook as it is after a run from top to bottom that no error stops."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "notebook.ipynb")
        nbformat.write(notebook, path)
        command = [VENV / "bin" / "jupyter-execute", "--inplace", "--allow-errors", f"--timeout={seconds}", path]
        subprocess.run(command, cwd=folder, env=environment(experiments=experiments), check=True, capture_output=True)
        return nbformat.read(path, as_version=4)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("assignments", nargs="*", help="a1, a1_convolution, …; all if none is named")
    parser.add_argument("--experiments", action="store_true", help="download, train and draw as for students")
    parser.add_argument("--seconds", type=int, default=1800, help="that a cell may take (1800)")
    args = parser.parse_args()
    course = Course.at(REPOSITORY)
    assignments = [course.assignment(name) for name in args.assignments] or course.assignments
    make_environment()
    found = 0
    with students_notebooks(course, assignments) as notebooks:
        for (assignment, kind), notebook in track(notebooks.items(), description="Colab's versions"):
            ran = run(notebook, experiments=args.experiments, seconds=args.seconds)
            found += tell(assignment, kind, ran)
    return int(found > 0)


if __name__ == "__main__":
    sys.exit(main())
