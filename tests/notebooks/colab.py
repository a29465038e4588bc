"""Run the students' notebooks with Colab's versions, in an empty folder: `python -m tests.notebooks.colab --help`.

Makes the environment `.venv-colab` the first time, of several gigabytes. With --experiments the notebooks do all that
they do for students, downloads and training included; without, they define and test.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat
from rich.progress import track

from tests.conftest import REPOSITORY
from tests.notebooks import Request, environment, students_notebooks, tell

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
    request = Request.read(__doc__, seconds=1800, of="a cell")
    make_environment()
    found = 0
    with students_notebooks(request.course, request.assignments) as notebooks:
        for (assignment, kind), notebook in track(notebooks.items(), description="Colab's versions"):
            ran = run(notebook, experiments=request.experiments, seconds=request.seconds)
            found += tell(assignment, kind, ran)
    return int(found > 0)


if __name__ == "__main__":
    sys.exit(main())
