"""Does a PostgreSQL server serve as the gradebook as well as the file gradebook.db does?"""

from __future__ import annotations

import dataclasses
import itertools
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

from autograder.classroom.grade import grade, prepare
from autograder.course import Course, CourseError
from autograder.gradebook.book import gradebook_name, open_gradebook, open_writer
from autograder.gradebook.export import export
from autograder.grading.record import SubmissionResult
from autograder.grading.worker import Assignment
from autograder.nbgrader_course import nbgrader_api, nbgrader_config
from autograder.submissions.nbgrader_restore import RestoreCells
from autograder.submissions.restore import grade_id, restore
from tests.classes import Pieces
from tests.conftest import TOY, TOY_BY_HAND, make_toy
from tests.gradebook.postgresql import PASSWORD, Server, running_server
from tests.gradebook.test_book import GOOD, HANDED_IN, change
from tests.grading.conftest import Here, gradebook_of, hand_in

pytestmark = pytest.mark.slow
LATE = '\nc.LateSubmissionPlugin.penalty_method = "zero"\n'
_numbers = itertools.count()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running_server() as running:
        yield running


def keep_in(course: Course, address: str) -> Course:
    with (course.root / "nbgrader_config.py").open("a") as config:
        config.write(f"\nc.CourseDirectory.db_url = {address!r}\n")
    return course


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory, server: Server) -> Course:
    """A toy that is known to the gradebook.db beside it, and to the database `template` of the server."""
    course = make_toy(tmp_path_factory.mktemp("template"), TOY + TOY_BY_HAND)
    config = course.root / "nbgrader_config.py"
    config.write_text(text := config.read_text() + LATE)
    server.sql("CREATE DATABASE template")
    for address in (None, server.address("template")):
        if address:
            keep_in(course, address)
        prepare(course, "a1_toy")
        with open_gradebook(course) as gradebook:
            gradebook.update_or_create_assignment("a1_toy", duedate="2030-01-01 12:00:00")
    config.write_text(text)
    return course


@pytest.fixture
def database(template: Course, server: Server) -> Iterator[str]:
    """A database of the test's own, which knows the assignment."""
    name = f"gradebook{next(_numbers)}"
    server.sql(f"CREATE DATABASE {name} TEMPLATE template")
    yield name
    server.sql(f"DROP DATABASE {name}")  # fails where a connection was left open


@pytest.fixture
def course(template: Course, server: Server, database: str, tmp_path: Path) -> Course:
    """A course of the test's own; its gradebook is in the server."""
    return keep_in(Course(shutil.copytree(template.root, tmp_path / "course")), server.address(database))


def scores(course: Course) -> dict[str, tuple[float, float | None]]:
    return {student: (facts["score"], facts["penalty"]) for student, facts in gradebook_of(course).items()}


def printed(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What libraries would have printed on the way."""
    return [record.getMessage() for record in caplog.records if record.name.startswith(("sqlalchemy", "tornado"))]


def test_a_term_leaves_the_same_in_the_server_as_in_the_file(
    template: Course, course: Course, here: Here, tmp_path: Path
) -> None:
    in_file = Course(shutil.copytree(template.root, tmp_path / "file"))
    pieces, on_time, late = Pieces(template, "a1_toy"), "2030-01-01 11:00:00 UTC", "2030-01-01 05:30:00 -0700"
    mistaken = pieces.solved({"double": pieces.wrong["double"]["square"]})
    for each in (in_file, course):
        for student in ("zoë", "Bob", "x y's ünï", "陳", "'; DROP TABLE grade; --"):
            hand_in(each, student, pieces.solved(), timestamp=on_time)
        hand_in(each, "ada", mistaken)
        hand_in(each, "late", pieces.solved(), timestamp=late)
        hand_in(each, "none", "<html>")
        grade(each, "a1_toy", executor=here)
        change(each, "zoë", "short_answer", manual_score=1.5, needs_manual_grade=False)
        change(each, "ada", "test_double", manual_score=2.0, extra_credit=0.5)
        hand_in(each, "ada", pieces.solved(only=["total"]))
        hand_in(each, "Bob", pieces.blank(), timestamp=late)
        hand_in(each, "late", pieces.solved(), timestamp=on_time)
        here.graded.clear()
        grade(each, "a1_toy", executor=here)
        assert len(here.graded) == 2  # what is handed in now by "late", "zoë" had handed in
        export(each, [], "plain", each.root / "scores.csv")
    assert gradebook_of(course) == gradebook_of(in_file)
    assert (course.root / "scores.csv").read_bytes() == (in_file.root / "scores.csv").read_bytes()
    told = scores(course)
    assert told["zoë"] == (6 + 1.5, None)
    assert told["ada"] == (2.5 + 2, None)  # what a person gave stays
    assert told["Bob"] == (0, None) and told["late"] == (6, None) and told["none"] == (0, None)
    with open_gradebook(keep_in(course, f"sqlite:///{course.root}/gradebook.db")) as gradebook:
        assert not gradebook.students


def test_lateness_costs_what_nbgraders_plugin_says(course: Course, here: Here) -> None:
    hand_in(course, "ada", Pieces(course, "a1_toy").solved(), timestamp="2030-01-01 12:00:01 UTC")
    grade(course, "a1_toy", executor=here)
    assert scores(course) == {"ada": (6, 6)}


def test_nbgraders_own_commands_read_and_write_it(course: Course, here: Here) -> None:
    hand_in(course, "ada", Pieces(course, "a1_toy").solved())
    grade(course, "a1_toy", executor=here)
    hand_in(course, "ada", Pieces(course, "a1_toy").solved(only=["double"]))
    result = nbgrader_api(course).autograde("a1_toy", "ada", force=True)
    assert result["success"], result
    assert scores(course) == {"ada": (3, None)}
    assert nbgrader_api(course).get_students()[0]["score"] == 3


def test_cells_come_back_where_the_release_has_them_after_a_test_was_mended(course: Course) -> None:
    """nbgrader then changes the rows of cells, since grades refer to them, and they change places."""
    with open_writer(course, Assignment("a1_toy", "")) as writer:
        writer.write("ada", HANDED_IN, GOOD, "k")
    course.solution("a1_toy").write_text((TOY + TOY_BY_HAND).replace("compare(double(1), 2)", "compare(double(2), 4)"))
    prepare(course, "a1_toy")
    submitted = nbformat.read(course.release("a1_toy"), as_version=4)
    submitted.cells = [cell for cell in submitted.cells if not str(grade_id(cell)).startswith("test_")]
    info = {"notebook": "a1_toy", "assignment": "a1_toy", "db_url": nbgrader_api(course).coursedir.db_url}
    preprocessor = RestoreCells(config=nbgrader_config(course))
    theirs, _ = preprocessor.preprocess(nbformat.from_dict(submitted), {"nbgrader": info})
    source = nbformat.read(course.source("a1_toy"), as_version=4)
    assert [grade_id(cell) for cell in theirs.cells] == [grade_id(cell) for cell in restore(submitted, source).cells]


def test_a_server_that_goes_away_stops_the_run_and_the_same_command_goes_on(
    course: Course, server: Server, here: Here, caplog: pytest.LogCaptureFixture
) -> None:
    pieces = Pieces(course, "a1_toy")
    for student in ("ada", "bob", "cleo"):
        hand_in(course, student, pieces.solved(), own=student)

    def lose_power_after_ada(result: SubmissionResult) -> None:
        server.stop()

    try:
        with pytest.raises(CourseError, match="Grading stopped at bob, .* same command goes on from there") as stopped:
            grade(course, "a1_toy", executor=here, jobs=1, on_result=lose_power_after_ada)
        with pytest.raises(CourseError, match="cannot be opened: .* See that the server runs") as refused:
            grade(course, "a1_toy", executor=here)
    finally:
        server.start()
    assert PASSWORD not in f"{stopped.value}{refused.value}" and not printed(caplog)
    assert scores(course) == {"ada": (6, None)}
    assert [result.score for result in grade(course, "a1_toy", executor=here)] == [6, 6, 6]
    assert sorted(files["own.txt"] for files in here.graded) == [b"ada", b"bob", b"cleo"]
    assert scores(course) == {student: (6, None) for student in ("ada", "bob", "cleo")}


def test_a_server_that_goes_away_while_scores_are_written_leaves_none_of_them(
    course: Course, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    with open_writer(course, Assignment("a1_toy", "")) as writer:
        writer.write("ada", HANDED_IN, GOOD, "k")
        before = gradebook_of(course)
        writer._write_penalty = lambda *_: server.stop()  # type: ignore[method-assign]
        try:
            with pytest.raises(CourseError, match="Grading stopped at ada"):
                writer.write("ada", HANDED_IN, dataclasses.replace(GOOD, cells=()), "l")
        finally:
            server.start()
        assert gradebook_of(course) == before and not printed(caplog)


def test_a_server_that_goes_away_while_it_is_asked_is_told_in_a_sentence(course: Course, server: Server) -> None:
    try:
        with (
            pytest.raises(CourseError, match="has failed: .* See that the server runs"),
            open_gradebook(course) as book,
        ):
            server.stop()
            assert book.students
    finally:
        server.start()


def test_a_connection_that_was_ended_while_nothing_was_written_is_made_anew(course: Course, server: Server) -> None:
    everybody = "FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
    with open_writer(course, Assignment("a1_toy", "")) as writer, server.connection("postgres") as other:
        for student in ("ada", "bob"):
            states = other.execute(f"SELECT state {everybody}").fetchall()
            assert states == [("idle",)]  # no transaction stays open while submissions run
            other.execute(f"SELECT pg_terminate_backend(pid, 5000) {everybody}")
            writer.write(student, HANDED_IN, GOOD, "k")
    assert scores(course) == {"ada": (4.5, None), "bob": (4.5, None)}


def test_two_who_write_the_same_student_get_a_sentence_and_no_traceback(
    course: Course, server: Server, database: str, caplog: pytest.LogCaptureFixture
) -> None:
    with open_writer(course, Assignment("a1_toy", "")) as writer, server.connection(database) as other:
        other.execute("BEGIN; INSERT INTO student (id) VALUES ('ada')")
        commit = threading.Timer(0.2, other.execute, ["COMMIT"])
        commit.start()
        with pytest.raises(CourseError, match="at ada, whose submission is not to blame: duplicate key"):
            writer.write("ada", HANDED_IN, GOOD, "k")
        commit.join()
        writer.write("ada", HANDED_IN, GOOD, "k")
    assert scores(course) == {"ada": (4.5, None)} and not printed(caplog)


def test_who_grades_by_hand_meanwhile_holds_nobody_up(course: Course, server: Server, database: str) -> None:
    with open_writer(course, Assignment("a1_toy", "")) as writer, server.connection(database) as person:
        writer.write("ada", HANDED_IN, GOOD, "k")
        with person.transaction():
            person.execute("UPDATE grade SET manual_score = 1")
            writer.write("bob", HANDED_IN, GOOD, "k")
    assert scores(course) == {"ada": (4, None), "bob": (4.5, None)}


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("postgresql+psycopg://teacher:{}-wrong@/template?host={folder}", "password authentication failed"),
        ("postgresql+psycopg://teacher:{}@/nowhere?host={folder}", 'database "nowhere" does not exist'),
        ("postgresql+psycopg://teacher:{}@/template?host={folder}/nothing", "No such file"),
        ("postgresql+psycopg:///template?host={folder}&user=nobody&password={}", "authentication failed"),
        ("postgresql+pg8000://teacher:{}@/template?host={folder}", "No module named 'pg8000'"),
        ("postgres://teacher:{}@/template?host={folder}", "Can't load plugin"),
        ("postgresql+psycopg://teacher:@{}@localhost/template", "is not the address of a gradebook"),
        ("postgresql+psycopg://teacher@localhost:{}/template", "is not the address of a gradebook"),
    ],
)
def test_what_cannot_be_reached_is_told_in_a_sentence_without_the_password(
    template: Course, server: Server, tmp_path: Path, address: str, words: str
) -> None:
    course = Course(shutil.copytree(template.root, tmp_path / "course"))
    keep_in(course, address.format(PASSWORD, folder=server.folder))
    with pytest.raises(CourseError, match=words) as caught, open_gradebook(course):
        pass
    assert PASSWORD not in str(caught.value) and "~/.pgpass" in str(caught.value)


def test_its_name_is_its_address_without_the_password(course: Course, server: Server, database: str) -> None:
    assert gradebook_name(course).startswith(f"postgresql+psycopg://teacher:***@/{database}?host=")


def test_a_copy_of_the_course_leaves_the_classs_gradebook_alone(course: Course, tmp_path: Path) -> None:
    (tmp_path / "copy").mkdir()
    assert gradebook_name(course.copy_to(tmp_path / "copy")) == "gradebook.db"
