"""Write results into nbgrader's gradebook through nbgrader's own API; a run has one writer.

The gradebook is what nbgrader's `db_url` names: by default the file gradebook.db (SQLite), or a PostgreSQL server's.

For each submission, in this order, so that the next run repairs a kill between any two steps:

1. its old record is removed, so that the submission counts as not graded;
2. one transaction writes its scores, comments and late penalty;
3. its folder in autograded/ is replaced;
4. its new record is written.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from nbgrader.api import Gradebook, InvalidEntry, MissingEntry
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy import URL, create_engine, make_url, text
from sqlalchemy.exc import SQLAlchemyError
from tornado.log import app_log

from autograder.course import Course, CourseError
from autograder.files import write_bytes
from autograder.gradebook.autograded import replace_folder
from autograder.gradebook.registered import is_registered, note_registered
from autograder.grading.record import Result, SubmissionResult
from autograder.grading.worker import Assignment, files_beside
from autograder.nbgrader_course import nbgrader_api, nbgrader_config, reason
from autograder.submissions.submission import TIMESTAMP, Submission, timestamp


@contextmanager
def open_gradebook(course: Course) -> Iterator[Any]:
    """The course's gradebook. Raises CourseError if it cannot be opened or written, also later in the block."""
    coursedir = nbgrader_api(course).coursedir
    url = _address(coursedir.db_url)
    gradebook = None
    try:
        gradebook = Gradebook(coursedir.db_url, coursedir.course_id)
        _reconnect_where_lost(gradebook, url)
        gradebook.db.execute(text("UPDATE assignment SET name = name WHERE 1 = 0"))  # fails where it is read-only
        gradebook.db.rollback()
    except Exception as error:
        if gradebook is not None:
            gradebook.close()
        raise CourseError(f"The gradebook {_shown(url)} cannot be opened: {_reason(error)}. {_advice(url)}") from error
    try:
        yield gradebook
    except SQLAlchemyError as error:
        raise CourseError(f"The gradebook {_shown(url)} has failed: {_reason(error)}. {_advice(url)}") from error
    finally:
        gradebook.close()


def gradebook_name(course: Course) -> str:
    """The gradebook's name in messages: its file, relative to the course, or its address without a password."""
    return _shown(_address(nbgrader_api(course).coursedir.db_url)).removeprefix(f"{course.root}/")


def _address(db_url: str) -> URL:
    """Parse an address. Raises CourseError if it is not one; no message shows a password, not even a mistyped one."""
    with suppress(Exception):
        url = make_url(db_url)
        if url.get_backend_name() == "sqlite" or db_url.count("@") <= 1:  # otherwise the host is a part of the password
            return url
    raise CourseError(
        "c.CourseDirectory.db_url in nbgrader_config.py is not the address of a gradebook. Write it as "
        "postgresql+psycopg://user@host/gradebook, and keep the password in ~/.pgpass; in the address its @, : and / "
        "would have to be written %40, %3A and %2F."
    )


def _shown(url: URL) -> str:
    """The file, or the server's address without anything secret."""
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    safe = {name: value for name, value in url.query.items() if name in ("host", "port")}
    return url.set(query=safe).render_as_string(hide_password=True)


def _advice(url: URL) -> str:
    if url.get_backend_name() == "sqlite":
        return "See that the folder exists, that you may write to it, and that the file is nbgrader's."
    return (
        "See that the server runs, that the database exists and is this user's, that the password in ~/.pgpass is "
        "right, and that a driver is installed (`pip install --editable '.[postgresql]'`, for postgresql+psycopg://…)."
    )


def _reconnect_where_lost(gradebook: Any, url: URL) -> None:
    """Reconnect when needed: a server or firewall may end a connection in the minutes between two submissions."""
    gradebook.close()
    gradebook.engine = create_engine(url, pool_pre_ping=True)
    gradebook.db.configure(bind=gradebook.engine)


def register(course: Course, assignment: str) -> None:
    """See that the gradebook knows the assignment as it was built last. Raises CourseError if nbgrader refuses."""
    if is_registered(course, assignment) and has_assignment(course, assignment):
        return
    source, release = course.source(assignment), course.release(assignment)
    before = release.read_bytes()
    try:
        result = nbgrader_api(course).generate_assignment(assignment, force=True, create=True)
    finally:  # nbgrader deletes it first
        write_bytes(release, before)
    if not result["success"]:
        raise CourseError(f"nbgrader could not put {source} into the gradebook: {reason(result)}")
    note_registered(course, assignment)


def has_assignment(course: Course, assignment: str) -> bool:
    with open_gradebook(course) as gradebook:
        try:
            gradebook.find_notebook(assignment, assignment)
        except MissingEntry:
            return False
        return True


@contextmanager
def open_writer(course: Course, assignment: Assignment) -> Iterator[GradebookWriter]:
    """A writer for the submissions of one assignment, which the gradebook must know. Raises CourseError."""
    with open_gradebook(course) as gradebook:
        yield GradebookWriter(course, assignment, gradebook)


class GradebookWriter:
    """Writes results into the gradebook, autograded/ and results/; see the module for the order."""

    def __init__(self, course: Course, assignment: Assignment, gradebook: Any) -> None:
        self._course = course
        self._assignment = assignment
        self._gradebook = gradebook
        config = nbgrader_config(course)
        quiet = logging.getLogger("autograder.nbgrader")
        self._penalties = AssignLatePenalties(config=config, log=quiet)
        self._penalties.init_plugin()
        self._mode = 0o664 if config.CourseDirectory.get("groupshared") is True else 0o444
        name = assignment.name
        # Read once: the gradebook's objects would fetch them one by one for each student.
        notebook = gradebook.find_notebook(name, name)
        cells = (*notebook.grade_cells, *notebook.solution_cells, *notebook.task_cells)
        self._cells = {cell.id: cell.name for cell in cells}
        self._known = {submission.student_id for submission in gradebook.assignment_submissions(name)}
        gradebook.db.remove()  # otherwise the transaction of these queries stays open until the first result

    def knows(self, student: str) -> bool:
        """Whether the gradebook had a submission of this student when the writer was opened."""
        return student in self._known

    def write(self, student: str, submission: Submission, result: Result, key: str) -> SubmissionResult:
        """Write a submission's result; returns its record. Raises CourseError if the machine is at fault."""
        record = SubmissionResult.of(self._assignment.name, student, key, result)
        path = self._course.record(student, self._assignment.name)
        try:
            path.unlink(missing_ok=True)
            self.write_scores(student, submission, result)
            self.write_folder(student, submission, result)
            record.write(path)
        except CourseError:
            raise
        except Exception as error:
            raise CourseError(
                f"Grading stopped at {student}, whose submission is not to blame: {_reason(error)}. What was graded "
                "before is kept; the same command goes on from there."
            ) from error
        return record

    def write_scores(self, student: str, submission: Submission, result: Result) -> None:
        """The submission's scores and comments, in one transaction: all of them or none."""
        gradebook, name = self._gradebook, self._assignment.name
        scores = {cell.grade_id: cell.score for cell in result.cells}
        counts = result.notebook is not None
        handed_in = timestamp(submission.files.get(TIMESTAMP, b""))
        with _OneTransaction(gradebook.db):
            gradebook.update_or_create_student(student)
            when = {"timestamp": handed_in} if handed_in else {}
            submitted = gradebook.update_or_create_submission(name, student, **when)
            notebook = next(one for one in submitted.notebooks if one.name == name)
            for grade in notebook.grades:
                # A cell that is not in the result has no points, whatever an earlier submission had.
                grade.auto_score = scores.get(self._cells[grade.cell_id], 0.0)
                # As nbgrader: points given by a person stay, and should be looked at again.
                grade.needs_manual_grade = counts and (grade.manual_score is not None or grade.auto_score is None)
            for comment in notebook.comments:
                comment.auto_comment = "No response." if self._cells[comment.cell_id] in result.unchanged else None
            gradebook.db.flush()
            self._write_penalty(student, submitted, notebook)

    def _write_penalty(self, student: str, submitted: Any, notebook: Any) -> None:
        """As nbgrader's AssignLatePenalties, with the plugin that nbgrader_config.py names."""
        notebook.late_submission_penalty = None
        if (seconds := submitted.total_seconds_late) > 0:
            self._gradebook.db.flush()
            self._gradebook.db.refresh(notebook)  # its score is the database's sum
            try:
                penalty = self._penalties.plugin_inst.late_submission_penalty(student, notebook.score, seconds)
            except Exception as error:
                plugin = type(self._penalties.plugin_inst).__name__
                raise CourseError(f"The plugin {plugin} for late submissions failed: {error!r}.") from error
            if penalty is not None:
                notebook.late_submission_penalty = self._penalties._check_late_penalty(notebook, penalty)

    def write_folder(self, student: str, submission: Submission, result: Result) -> None:
        """Write the student's folder in autograded/, or remove it if nothing could be graded."""
        files = None
        if result.notebook is not None:
            files = files_beside(submission, self._assignment)
            files[self._assignment.notebook] = result.notebook.encode("utf-8")
        replace_folder(self._course.autograded(student, self._assignment.name).parent, files, self._mode)


class _OneTransaction:
    """A `with` block in which all that nbgrader's API writes is committed at the end, or nothing of it.

    Nearly every call of that API commits its own step, so a kill between two calls would leave half a submission.
    Inside the block the session's `commit` is `flush`, which sends the step to the database and ends no transaction.
    """

    def __init__(self, db: Any) -> None:
        self._db = db

    def __enter__(self) -> None:
        self._db.commit = self._db.flush
        app_log.disabled = True  # nbgrader's API prints a traceback of what it raises, and CourseError is a sentence

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        del self._db.commit
        try:
            if kind is None:
                self._db.commit()
        finally:
            self._db.rollback()  # does nothing after a commit
            app_log.disabled = False
            self._db.remove()  # otherwise the session keeps every row it has seen


def _reason(error: BaseException) -> str:
    if isinstance(error, InvalidEntry) and error.__context__ is not None:
        error = error.__context__  # the error behind that of nbgrader's API
    where = f" ({error.filename})" if isinstance(error, OSError) and error.filename else ""
    said = error.strerror if isinstance(error, OSError) and error.strerror else str(getattr(error, "orig", error))
    return (said.strip().partition("\n")[0] or type(error).__name__) + where
