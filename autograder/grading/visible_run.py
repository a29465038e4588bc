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

_MOST_LINES = 1000  # printed in a cell
_MOST_CALLS = 100  # in a traceback


def run_visibly(notebook: NotebookNode, files: Mapping[str, bytes], limits: Limits, questions: Questions) -> Execution:
    """Run the restored `notebook`. During each test, settings that cells may have changed are as at the start.

    Raises KernelError if no kernel can be started.
    """
    tests = [cell.source for cell in notebook.cells if cell.cell_type == "code" and is_test(cell)]
    guard = f"exec({f'{questions.in_kernel}{chr(10)}guard_tests({tests!r})'!r}, {{'__name__': 'asking'}})"
    return Run(notebook, files, limits, prologue=guard).execute()


def limited(notebook: NotebookNode) -> NotebookNode:
    """The notebook with long outputs cut, as nbgrader does (its LimitOutput)."""
    for cell in notebook.cells:
        left = _MOST_LINES
        outputs = []
        for output in cell.get("outputs", []):
            if output.output_type == "stream":
                if left == 0:
                    continue
                lines = output.text.split("\n")
                if len(lines) > left:
                    lines = [*lines[: left - 1], "... Output truncated ..."]
                left -= len(lines)
                output.text = "\n".join(lines)
            elif output.output_type == "error" and len(output.traceback) > _MOST_CALLS:
                first = _MOST_CALLS // 2
                last = output.traceback[first + 1 - _MOST_CALLS :]
                output.traceback = [*output.traceback[:first], "... Traceback truncated ...", *last]
            outputs.append(output)
        if "outputs" in cell:
            cell.outputs = outputs
    return notebook
