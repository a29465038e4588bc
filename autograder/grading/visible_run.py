"""Run a submission as the student saw it: from top to bottom, with visible tests only.

This run decides no points, so all of its output may be shown to the student.
"""

from __future__ import annotations

from collections.abc import Mapping

from nbformat import NotebookNode

from autograder.grading.execute import Execution, Run
from autograder.grading.question_run import is_test
from autograder.judge.questions import Questions
from autograder.limits import Limits


def run_visibly(notebook: NotebookNode, files: Mapping[str, bytes], limits: Limits, questions: Questions) -> Execution:
    """Run the restored `notebook`. During each test, settings that cells may have changed are as at the start.

    Raises KernelError if no kernel can be started.
    """
    tests = [cell.source for cell in notebook.cells if cell.cell_type == "code" and is_test(cell)]
    guard = f"exec({f'{questions.in_kernel}{chr(10)}guard_tests({tests!r})'!r}, {{'__name__': 'asking'}})"
    return Run(notebook, files, limits, prologue=guard).execute()
