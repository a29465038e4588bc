"""One submission, from bytes to a result: what runs in each process of the pool, or on a cluster.

Pure: no database, no path, no side effect.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePath

import nbformat
from nbgrader.preprocessors import LimitOutput
from nbgrader.utils import parse_utc

from autograder.course import CourseError
from autograder.grading.execute import execute
from autograder.grading.interview import interview
from autograder.grading.known import KnownFiles, Reference, diagnosed
from autograder.grading.outside import Examination, both, examine, seal_scores
from autograder.grading.proof import forget_tokens
from autograder.grading.record import Result, Status, Usage
from autograder.grading.restore import restore
from autograder.grading.score import line, nothing, score, unchanged
from autograder.grading.submission import NotANotebook, Submission, oddities, read_notebook
from autograder.judge.questions import Questions
from autograder.limits import Limits

TIMESTAMP = "timestamp.txt"  # where nbgrader's exchange notes when a submission was handed in
_PROCESS_ID = re.compile(r"/ipykernel_\d+/")


@dataclass(frozen=True)
class Assignment:
    """What every submission of an assignment is graded against.

    `source` is the source notebook's JSON, with solutions and hidden tests; `waiting` are the grade ids that wait for
    data this machine lacks; `files` are the (path, content) that lie beside the source notebook. `examination` is what
    the judge outside needs; without it, the tests inside decide alone. `known` are the answers whose mistakes are
    recognized.
    """

    name: str
    source: str
    waiting: tuple[str, ...] = ()
    files: tuple[tuple[str, bytes], ...] = ()
    examination: Examination | None = None
    known: KnownFiles | None = None

    @property
    def notebook(self) -> str:
        """The name of the file that is graded."""
        return f"{self.name}.ipynb"


def grade_submission(submission: Submission, assignment: Assignment, limits: Limits) -> Result:
    """Run the submission and say what each grade cell earned. It never raises for what a submission does.

    Raises CourseError where the machine is at fault, not the submission.
    """
    source = _source(assignment.source)
    try:
        return _grade(submission, assignment, source, limits)
    except NotANotebook as error:
        return no_points(assignment, "not gradable", [str(error)])
    except CourseError:
        raise
    except Exception as error:
        said = line(f"{type(error).__name__}: {error}")
        return no_points(assignment, "failed", [f"Grading it failed, and will be tried again: {said}."])


def examine_reference(assignment: Assignment, limits: Limits, questions: Questions, seed: int) -> Examination:
    """What the judge needs, from asking the reference. Raises CourseError where it cannot be asked."""
    return examine(_source(assignment.source), dict(assignment.files), limits, questions, seed)


def _grade(submission: Submission, assignment: Assignment, source: nbformat.NotebookNode, limits: Limits) -> Result:
    submitted = read_notebook(submission, assignment.notebook)
    problems = oddities(submitted, source)
    problems += [f"{path} {why}." for path, why in submission.left_out]
    if (written := submission.files.get(TIMESTAMP)) is not None and written.strip() and timestamp(written) is None:
        problems.append(f"{TIMESTAMP} holds no time, so whether it was late is not known.")
    files = files_beside(submission, assignment)
    execution = execute(restore(submitted, source), files, limits)
    notebook, _ = LimitOutput().preprocess(execution.notebook, {})
    cells, flags = score(notebook, source, assignment.waiting), tuple[str, ...]()
    incidents, seconds, memory_mb = execution.incidents, execution.seconds, execution.memory_mb
    if (examination := assignment.examination) is not None:
        sealed = seal_scores(cells, examination)
        shown = {name: one.shown for name, one in sealed.items()}
        asked = interview(execution, files, limits, examination.questions, examination.seed, shown)
        cells, flags = both(cells, asked, examination, sealed)
        incidents, seconds = (*incidents, *asked.incidents), seconds + asked.seconds
        memory_mb = max(memory_mb, asked.memory_mb)
        if (known := assignment.known) is not None:
            judged = (examination.questions, examination.seed, limits)
            cells = diagnosed(
                cells, asked, examination, notebook, Reference(assignment.source, assignment.files, known, *judged)
            )
    ungraded = {cell.grade_id for cell in cells if cell.score is None}
    only_data = ungraded <= set(assignment.waiting)
    return Result(
        status="graded" if not ungraded else "waiting for data" if only_data else "needs manual grading",
        cells=cells,
        unchanged=unchanged(notebook),
        problems=(*problems, *incidents),
        flags=flags,
        usage=Usage(round(seconds, 3), round(memory_mb, 1)),
        notebook=_text(notebook),
    )


def no_points(assignment: Assignment, status: Status, problems: Iterable[str]) -> Result:
    """The result of what could not be graded."""
    return Result(status=status, cells=nothing(_source(assignment.source)), problems=tuple(problems))


def files_beside(submission: Submission, assignment: Assignment) -> dict[str, bytes]:
    """What lies beside the notebook when it runs: what was handed in, and the release's own files in its place.

    Other notebooks are left out, as nbgrader does.
    """
    own = {assignment.notebook, *(path for path, _ in assignment.files)}
    above_own = {str(parent) for path in own for parent in PurePath(path).parents}
    handed_in = {
        path: content
        for path, content in submission.files.items()
        # A file cannot lie where the release has a folder, nor in a folder where the release has a file.
        if not path.endswith(".ipynb")
        and path not in above_own
        and own.isdisjoint({path, *map(str, PurePath(path).parents)})
    }
    return handed_in | dict(assignment.files)


def timestamp(written: bytes) -> object:
    """When it was handed in, in UTC, from the content of timestamp.txt; None where that is no time."""
    try:
        return parse_utc(written[:100].decode("utf-8").strip())
    except Exception:  # dateutil raises many kinds
        return None


@functools.lru_cache(maxsize=4)
def _source(text: str) -> nbformat.NotebookNode:
    return nbformat.reads(text, as_version=4)


def _text(notebook: nbformat.NotebookNode) -> str:
    """The notebook's JSON, without what differs from one run to the next."""
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
    text = str(nbformat.writes(notebook)) + "\n"
    # Half a surrogate pair can be printed, but not written.
    return forget_tokens(_PROCESS_ID.sub("/ipykernel/", text)).encode("utf-8", "replace").decode("utf-8")
