"""Run the students' notebooks in JupyterLab, in a browser without a window: `python -m tests.notebooks.lab --help`.

Solved ones by "Run all cells", blank ones cell by cell, as a student does who meets a test that fails. Screenshots of
each are written to build/screenshots/. Needs `pip install playwright` and a Chromium: one of the system's, or
`playwright install chromium`.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
from playwright.sync_api import Page, sync_playwright
from rich.progress import track

from tests.conftest import REPOSITORY
from tests.notebooks import Request, environment, students_notebooks, tell

SCREENSHOTS = REPOSITORY / "build" / "screenshots"
WIDTHS = (1280, 480)
RUN_ALL = "async () => { await jupyterapp.commands.execute('notebook:run-all-cells'); }"
RUN_EACH = """async () => {
    const notebook = jupyterapp.shell.currentWidget.content;
    for (let i = 0; i < notebook.widgets.length; i++) {
        notebook.activeCellIndex = i;
        if (notebook.widgets[i].model.type === 'code') await jupyterapp.commands.execute('notebook:run-cell');
    }
}"""
READY = """() => {
    const panel = window.jupyterapp?.shell?.currentWidget;
    return panel?.context?.isReady && panel.sessionContext?.session?.kernel?.status === 'idle';
}"""
CONTENT = "() => jupyterapp.shell.currentWidget.context.model.toJSON()"
SHOW = """(name) => {
    const notebook = jupyterapp.shell.currentWidget.content;
    const index = notebook.widgets.findIndex(cell => cell.model.getMetadata('nbgrader')?.grade_id === name);
    notebook.activeCellIndex = index;
    return notebook.scrollToItem(index, 'end');
}"""


@contextmanager
def jupyter_lab(folder: Path, env: dict[str, str]) -> Iterator[str]:
    """A server for the notebooks in `folder`, and its address."""
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        "--no-browser",
        "--allow-root",
        "--port=0",
        "--expose-app-in-browser",
    ]
    command += ["--IdentityProvider.token=", "--ServerApp.disable_check_xsrf=True", f"--ServerApp.root_dir={folder}"]
    runtime = folder / ".runtime"
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=env | {"JUPYTER_RUNTIME_DIR": str(runtime)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not (about := list(runtime.glob("jpserver-*.json"))):
            if process.poll() is not None:
                raise SystemExit("JupyterLab did not start.")
            time.sleep(0.2)
        yield f"http://127.0.0.1:{json.loads(about[0].read_text())['port']}"
    finally:
        process.terminate()
        process.wait()


def run(page: Page, address: str, path: str, kind: str, seconds: int) -> nbformat.NotebookNode:
    """Open the notebook, run it, and return it as the browser then has it."""
    page.goto(f"{address}/doc/tree/{path}?reset")
    page.wait_for_function(READY, timeout=120_000)
    page.set_default_timeout(1000 * seconds)
    page.evaluate(RUN_ALL if kind == "solved" else RUN_EACH)
    content: dict[str, Any] = page.evaluate(CONTENT)
    return nbformat.from_dict(content)


def take_pictures(page: Page, notebook: nbformat.NotebookNode, name: str) -> None:
    """Its beginning, its first test and its last, in each width."""
    tests = [
        cell.metadata.nbgrader.grade_id for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade")
    ]
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        for place, cell in {"first": tests[0], "last": tests[-1]}.items():
            page.evaluate(SHOW, cell)
            page.wait_for_timeout(700)
            page.screenshot(path=SCREENSHOTS / f"{name}-{place}-{width}.png")


def main() -> int:
    request = Request.read(__doc__, seconds=1800, of="a notebook")
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    found = 0
    with (
        students_notebooks(request.course, request.assignments) as notebooks,
        tempfile.TemporaryDirectory() as name,
        jupyter_lab(Path(name), environment(experiments=request.experiments)) as address,
        sync_playwright() as play,
    ):
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDTHS[0], "height": 900})
        for (assignment, kind), notebook in track(notebooks.items(), description="JupyterLab"):
            path = f"{assignment}-{kind}.ipynb"
            nbformat.write(notebook, Path(name, path))
            ran = run(page, address, path, kind, request.seconds)
            found += tell(assignment, kind, ran)
            take_pictures(page, ran, f"{assignment}-{kind}")
        browser.close()
    print(f"Screenshots: {SCREENSHOTS.relative_to(REPOSITORY)}/")
    return int(found > 0)


if __name__ == "__main__":
    sys.exit(main())
