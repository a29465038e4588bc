"""Does the students' repository hold the notebooks and nothing that students are not to see?"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from autograder.authoring.build import build
from autograder.course import Course, CourseError
from autograder.proving import publish
from tests.conftest import make_toy
from tests.test_cli import run, sentence

pytestmark = pytest.mark.slow
NOTEBOOK = "assignments/a1_toy/a1_toy.ipynb"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A toy course with a licence, and a list of equivalents; tests leave it as it is."""
    course = make_toy(tmp_path_factory.mktemp("publish"))
    build(course, "a1_toy")
    (course.root / "LICENSE").write_text("Do what you like.\n")
    course.equivalents("a1_toy").write_text('reason = "zero times anything is zero"\n')
    return course


@pytest.fixture
def course(built: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Course:
    """A copy of it that a test may change; what is built in a scratch folder is what was built before."""
    fresh = built.release("a1_toy")
    monkeypatch.setattr(publish, "build", lambda scratch, assignment: fresh)
    copied = tmp_path / "course"
    shutil.copytree(built.root, copied, ignore=shutil.ignore_patterns("gradebook.db*", "__pycache__"))
    return Course(copied)


def published(course: Course, folder: Path) -> publish.Publication:
    publication = publish.prepare(course, folder)
    publish.write(publication, folder)
    return publication


def everything(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and ".git" not in path.parts
    }


def test_it_holds_the_notebooks_a_readme_and_the_licence(built: Course, tmp_path: Path) -> None:
    published(built, tmp_path / "students")
    there = everything(tmp_path / "students")
    assert set(there) == {"README.md", "LICENSE", NOTEBOOK}
    assert there[NOTEBOOK] == built.release("a1_toy").read_bytes()
    readme = there["README.md"].decode()
    assert f"({built.colab_url('a1_toy')})" in readme and "| Toy assignment |" in readme
    assert "Download .ipynb" in readme
    assert "hidden only as long as the repository in which they are kept is private" in readme


def test_a_second_time_writes_nothing_and_a_change_only_what_changed(course: Course, tmp_path: Path) -> None:
    folder = tmp_path / "students"
    assert len(published(course, folder).outdated) == 3
    assert published(course, folder).outdated == ()
    (folder / NOTEBOOK).write_text("edited")
    assert publish.prepare(course, folder).outdated == (NOTEBOOK,)
    assert (folder / NOTEBOOK).read_text() == "edited"
    published(course, folder)
    assert everything(folder)[NOTEBOOK] == course.release("a1_toy").read_bytes()


@pytest.mark.parametrize(
    ("line", "source"),
    [
        ("doubled_value = np.asarray(x) * 2", "solutions/a1_toy/notebook.py"),
        ('"one number":  ask(answer,rng.integers(100, 999)),', "solutions/a1_toy/questions.py"),
        ('"""You summed over the first axis only."""', "solutions/a1_toy/mistakes.py"),
        ('reason = "zero times anything is zero"', "solutions/a1_toy/equivalents.toml"),
        ("return sum(total__recursive(row) for row in x) if np.ndim(x) else x", "solutions/a1_toy/others.py"),
    ],
)
def test_a_line_that_students_are_not_to_see_is_named_and_nothing_written(
    course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, source: str
) -> None:
    notebook = json.loads(course.release("a1_toy").read_text(encoding="utf-8"))
    notebook["cells"][0]["metadata"]["note"] = {"deep": [line]}
    course.release("a1_toy").write_text(json.dumps(notebook), encoding="utf-8")
    monkeypatch.setattr(publish, "build", lambda scratch, assignment: course.release(assignment))
    number = next(
        n
        for n, text in enumerate((course.root / source).read_text(encoding="utf-8").splitlines(), start=1)
        if "".join(text.split()) == "".join(line.split())
    )
    with pytest.raises(CourseError) as error:
        publish.prepare(course, tmp_path / "students")
    assert f"{NOTEBOOK} holds the line {source}:{number}, which students are not to see." in str(error.value)
    assert not (tmp_path / "students").exists()


def test_a_line_in_the_licence_or_in_what_lies_there_leaks_as_well(course: Course, tmp_path: Path) -> None:
    folder = tmp_path / "students"
    published(course, folder)
    (folder / "notes.txt").write_text("hint: doubled_value = np.asarray(x) * 2")
    with pytest.raises(CourseError, match=r"notes.txt holds the line solutions/a1_toy/notebook.py:\d+"):
        publish.prepare(course, folder)
    (folder / "notes.txt").unlink()
    (course.root / "LICENSE").write_text('return {"an array": ask(answer, rng.integers(1, 99, size=(2, 3)))}')
    with pytest.raises(CourseError, match=r"LICENSE holds the line solutions/a1_toy/questions.py:\d+"):
        publish.prepare(course, folder)
    assert everything(folder)["LICENSE"] == b"Do what you like.\n"


def test_a_notebook_that_is_not_what_its_solution_gives_is_not_published(course: Course, tmp_path: Path) -> None:
    release = course.release("a1_toy")
    release.write_text(release.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    with pytest.raises(CourseError, match="is not what its solution gives. Run `autograder build a1_toy`"):
        publish.prepare(course, tmp_path / "students")
    release.unlink()
    with pytest.raises(CourseError, match="a1_toy.ipynb is missing"):
        publish.prepare(course, tmp_path / "students")
    (course.root / "LICENSE").unlink()
    assert not (tmp_path / "students").exists()


def test_what_else_lies_in_the_repository_stays_and_is_told(course: Course, tmp_path: Path) -> None:
    folder = tmp_path / "students"
    folder.mkdir()
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
    subprocess.run(["git", "remote", "add", "origin", "git@github.com:us/elsewhere.git"], cwd=folder, check=True)
    (folder / ".gitignore").write_text("ignored/\n")
    (folder / "ignored").mkdir()
    (folder / "ignored" / "x").write_text("x")
    (folder / "assignments").mkdir()
    (folder / "assignments" / "extra.bin").write_bytes(b"\xff\x00")
    (folder / "dangling").symlink_to("/nowhere")
    publication = published(course, folder)
    assert publication.unknown == (".gitignore", "assignments/extra.bin", "dangling")
    assert (folder / "assignments" / "extra.bin").read_bytes() == b"\xff\x00"
    assert "pushed to git@github.com:us/elsewhere.git, but badges open https://github.com/cnn" in publication.notes[0]
    for address in (
        "https://github.com/cnn-assignments/cnn-assignments.git",
        "git@github.com:cnn-assignments/cnn-assignments",
    ):
        subprocess.run(["git", "remote", "set-url", "origin", address], cwd=folder, check=True)
        assert publish.prepare(course, folder).notes == ()


def test_a_folder_that_is_not_the_students_is_refused(course: Course, tmp_path: Path) -> None:
    for folder in (course.root, course.root / "students", tmp_path):
        with pytest.raises(CourseError, match="in one another"):
            publish.prepare(course, folder)
    (tmp_path / "file").touch()
    with pytest.raises(CourseError, match="is no folder"):
        publish.prepare(course, tmp_path / "file")
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "README.md").write_text("My thesis")
    with pytest.raises(CourseError, match="would be lost"):
        publish.prepare(course, tmp_path / "home")
    assert everything(tmp_path / "home") == {"README.md": b"My thesis"}


@pytest.mark.parametrize("name", ["README.md", "LICENSE", "assignments", "assignments/a1_toy", NOTEBOOK])
def test_nothing_is_written_through_a_link(course: Course, tmp_path: Path, name: str) -> None:
    elsewhere, folder = tmp_path / "elsewhere", tmp_path / "students"
    elsewhere.mkdir()
    (folder / name).parent.mkdir(parents=True)
    (folder / name).symlink_to(elsewhere)
    with pytest.raises(CourseError, match="is a link; nothing is written through it"):
        publish.prepare(course, folder)
    assert not list(elsewhere.iterdir())


def test_the_command_writes_and_its_exit_code_says_whether_that_is_due(built: Course, tmp_path: Path) -> None:
    folder = tmp_path / "students"
    done = run(built.root, "publish", str(folder), "--check")
    assert done.returncode == 1 and "✗ README.md is not up to date." in done.stdout and not folder.exists()
    done = run(built.root, "publish", str(folder))
    assert done.returncode == 0 and f"{NOTEBOOK} written." in done.stdout
    (folder / "mine.txt").touch()
    done = run(built.root, "publish", str(folder), "--check")
    assert done.returncode == 0 and "All 3 files are up to date." in done.stdout
    assert "Not of here, and left as it is: mine.txt." in done.stdout
    assert "in one another" in sentence(run(built.root, "publish", "."))
