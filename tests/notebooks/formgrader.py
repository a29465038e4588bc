"""Grade short answers by hand in Formgrader, in a browser without a window: `python -m tests.notebooks.formgrader`.

A solved assignment 6 is graded; its short answers wait for a person. That person opens Formgrader, gives points and a
comment, and both must be in the gradebook, in our export and on the student's page. Needs what `lab` needs.
"""

from __future__ import annotations

import csv
import shutil
import sys
import tempfile
import warnings
from pathlib import Path

import nbformat
from playwright.sync_api import sync_playwright

from autograder.authoring.build import build
from autograder.classroom.grade import grade
from autograder.course import Course
from autograder.gradebook.book import open_gradebook
from autograder.gradebook.export import export
from autograder.reporting.feedback import feedback
from tests.classes import Pieces, copied_course
from tests.conftest import REPOSITORY
from tests.notebooks import environment
from tests.notebooks.lab import SCREENSHOTS, jupyter_lab

ASSIGNMENT = "a6_adversarial"
COMMENT = "Which distribution is attacked here?"


def main() -> int:
    warnings.simplefilter("ignore")  # nbgrader's, about its database
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name, sync_playwright() as play:
        course = copied_course(Course.at(REPOSITORY), Path(name))
        build(course, ASSIGNMENT)
        notebook = Pieces(course, ASSIGNMENT).solved()
        for cell in notebook.cells:
            if cell.cell_type == "markdown" and cell.metadata.get("nbgrader", {}).get("grade"):
                cell.source = "Because the gradient points there."
        path = course.submitted("ada", ASSIGNMENT)
        path.parent.mkdir(parents=True)
        nbformat.write(notebook, path)
        (before,) = grade(course, ASSIGNMENT)
        waiting = [exercise.exercise for exercise in before.exercises if exercise.score is None]
        with open_gradebook(course) as gradebook:
            (submitted,) = gradebook.notebook_submissions(ASSIGNMENT, ASSIGNMENT)
            identity = submitted.id
        with jupyter_lab(course.root, environment(experiments=False)) as address:
            browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.goto(f"{address}/formgrader/gradebook/{ASSIGNMENT}/{ASSIGNMENT}")
            page.wait_for_selector("text=Needs manual grade")
            page.screenshot(path=SCREENSHOTS / "formgrader-list.png")
            page.goto(f"{address}/formgrader/submissions/{identity}/")
            for grade_id in waiting:
                page.locator(f"input#{grade_id}").fill("1")
                page.locator(f"input#{grade_id}").press("Tab")
            comment = page.locator(f"textarea#{waiting[0]}-comment")
            comment.fill(COMMENT)
            comment.press("Tab")
            page.wait_for_timeout(1500)
            comment.scroll_into_view_if_needed()
            page.screenshot(path=SCREENSHOTS / "formgrader-submission.png")
            browser.close()
        with open_gradebook(course) as gradebook:
            found = gradebook.find_submission_notebook_by_id(identity)
            manual = {one.name: one.manual_score for one in found.grades if one.manual_score is not None}
            comments = [one.manual_comment for one in found.comments if one.manual_comment]
        export(course, [ASSIGNMENT], "plain", course.root / "scores.csv")
        (row,) = csv.DictReader((course.root / "scores.csv").read_text().splitlines())
        feedback(course, ASSIGNMENT)
        shown = COMMENT in course.feedback("ada", ASSIGNMENT).read_text(encoding="utf-8")
    print(f"By hand: {manual}, {comments}. Exported: {row}. On the page: {shown}.")
    return int(manual != dict.fromkeys(waiting, 1.0) or comments != [COMMENT] or not shown)


if __name__ == "__main__":
    sys.exit(main())
