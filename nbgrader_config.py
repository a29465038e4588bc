"""How nbgrader works on this course; `nbgrader …` in this folder and `autograder …` both read it."""

import os
from pathlib import Path

c = get_config()  # noqa: F821  (nbgrader defines it)

c.CourseDirectory.course_id = "cnn"
c.CourseDirectory.source_directory = "build/source"
c.CourseDirectory.release_directory = "assignments"

# nbgrader's own list with one exchange: quiz cells are left without `raise NotImplementedError()`, so that a
# blank notebook stops nowhere but at its tests.
c.GenerateAssignment.preprocessors = [
    "nbgrader.preprocessors.IncludeHeaderFooter",
    "nbgrader.preprocessors.LockCells",
    "autograder.stubs.ClearSolutions",
    "nbgrader.preprocessors.ClearOutput",
    "nbgrader.preprocessors.CheckCellMetadata",
    "nbgrader.preprocessors.ComputeChecksums",
    "nbgrader.preprocessors.SaveCells",
    "nbgrader.preprocessors.ClearHiddenTests",
    "nbgrader.preprocessors.ClearMarkScheme",
    "nbgrader.preprocessors.ComputeChecksums",
    "nbgrader.preprocessors.CheckCellMetadata",
]

# nbgrader's own list with one addition: a test cell that a student deleted comes back instead of costing its points.
c.Autograde.sanitize_preprocessors = [
    "nbgrader.preprocessors.ClearOutput",
    "nbgrader.preprocessors.DeduplicateIds",
    "nbgrader.preprocessors.OverwriteKernelspec",
    "autograder.submissions.nbgrader_restore.RestoreCells",
    "nbgrader.preprocessors.OverwriteCells",
    "nbgrader.preprocessors.CheckCellMetadata",
]

# nbgrader's own list with one addition: no line of a hidden test reaches the pages that students get.
c.GenerateFeedback.preprocessors = [
    "nbgrader.preprocessors.GetGrades",
    "autograder.reporting.nbgrader_pages.OnlyReleased",
    "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
]

# Seconds a cell may take. Tests take a fraction of one; importing torch on a busy machine takes the rest.
c.Execute.timeout = 120

# Where cells that score a checkpoint find the data sets that `autograder data fetch` brought.
os.environ["COURSE_DATA"] = str(Path(__file__).parent / "datasets")

# Else every kernel warns in the terminal that it is reached over a port of this machine.
c.Execute.extra_arguments = ["--IPKernelApp.log_level=40"]
