"""Make the pictures of a notebook and of a student's page: `python -m docs.pictures` (Chromium is needed)."""

from __future__ import annotations

import copy
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbconvert import HTMLExporter

from autograder.authoring.build import build
from autograder.classroom.grade import grade
from autograder.course import Course
from autograder.reporting.feedback import feedback
from tests.classes import Pieces, copied_course

PICTURES = Path(__file__).parent / "pictures"
ASSIGNMENT, EXERCISE, MISTAKE = "a1_convolution", "cross_correlate2d", "flips_kernel"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def main() -> None:
    """Grade a notebook with a mistake in a copy of this course, and take both pictures."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        sys.exit(f"A browser is needed to take pictures. Install one of: {', '.join(BROWSERS)}.")
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        course = copied_course(Course.at(PICTURES), Path(folder, "course"))
        build(course, ASSIGNMENT)
        pieces = Pieces(course, ASSIGNMENT)
        notebook = pieces.solved({EXERCISE: pieces.wrong[EXERCISE][MISTAKE]})
        take(browser, notebook_page(notebook), PICTURES / "notebook.png", 900, 350)
        path = course.submitted("ada", ASSIGNMENT)
        path.parent.mkdir(parents=True)
        nbformat.write(notebook, path)
        grade(course, ASSIGNMENT, jobs=1)
        (page,) = feedback(course, ASSIGNMENT)
        take(browser, only(page.read_text(encoding="utf-8"), EXERCISE), PICTURES / "page.png", 900, 760)


def notebook_page(notebook: nbformat.NotebookNode) -> str:
    """The cells of the exercise, run, in JupyterLab's look."""
    names = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in notebook.cells]
    answer, test = names.index(EXERCISE), names.index(f"test_{EXERCISE}")
    beginning = nbformat.v4.new_notebook(cells=copy.deepcopy(notebook.cells[: test + 1]), metadata=notebook.metadata)
    ran = NotebookClient(beginning, allow_errors=True).execute()
    ran.cells = ran.cells[answer:]
    for output in ran.cells[-1].outputs:  # what Colab shows folded
        if output.output_type == "error":
            output.traceback = output.traceback[-1:]
    ran.cells[-1].source = f"test_{EXERCISE}()"
    page, _ = HTMLExporter(template_name="lab").from_notebook_node(ran)
    return str(page)


def only(page: str, exercise: str) -> str:
    """The page with its head, and this exercise alone."""
    style = f".table.exercises, .exercise:not(:has(#{exercise})), section:not(:has(#{exercise})) {{display: none}}"
    return page.replace("</head>", f"<style>{style}</style></head>")


def take(browser: str, page: str, to: Path, width: int, height: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "page.html")
        file.write_text(page, encoding="utf-8")
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--window-size={width},{height}"]
        subprocess.run([browser, *flags, f"--screenshot={to}", file.as_uri()], check=True, capture_output=True)
    print(f"{to} written.")


if __name__ == "__main__":
    main()
