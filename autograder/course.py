"""A course's folders, files and settings: the only module that knows their names."""

from __future__ import annotations

import dataclasses
import math
import shutil
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from autograder.limits import Limits


class CourseError(Exception):
    """An error that the user can fix; the message says what happened, where, and what to do."""


@dataclass(frozen=True)
class Course:
    """A folder with `nbgrader_config.py` and `solutions/`; everything else in it is made from these."""

    root: Path

    @classmethod
    def at(cls, folder: Path) -> Course:
        """The course that contains `folder`. Raises CourseError where there is none."""
        for candidate in (folder.resolve(), *folder.resolve().parents):
            if (candidate / "nbgrader_config.py").is_file() and (candidate / "solutions").is_dir():
                return cls(candidate)
        raise CourseError(
            f"{folder.resolve()} is in no course: neither it nor a folder above it has nbgrader_config.py and "
            "solutions/. Run this command in the course's folder, or name the folder with --course."
        )

    @property
    def gradebook(self) -> Path:
        return self.root / "gradebook.db"

    @property
    def dataset_registry(self) -> Path:
        """The list of data sets that `autograder data` can fetch."""
        return self.root / "datasets" / "registry.toml"

    def dataset(self, name: str) -> Path:
        """The default folder of a data set."""
        return self.root / "datasets" / name

    def room(self, assignment: str) -> Path:
        """The folder with everything that is written by hand for an assignment."""
        return self.root / "solutions" / assignment

    def solution(self, assignment: str) -> Path:
        """The notebook: text, reference solution and visible tests, as a Python file."""
        return self.room(assignment) / "notebook.py"

    def questions(self, assignment: str) -> Path:
        """The questions about each exercise."""
        return self.room(assignment) / "questions.py"

    def mistakes(self, assignment: str) -> Path:
        """Known wrong answers."""
        return self.room(assignment) / "mistakes.py"

    def others(self, assignment: str) -> Path:
        """Right answers written differently."""
        return self.room(assignment) / "others.py"

    def equivalents(self, assignment: str) -> Path:
        """Mutants that need not be noticed, with the reason."""
        return self.room(assignment) / "equivalents.toml"

    @property
    def setup(self) -> Path:
        """Definitions that the notebooks share."""
        return self.root / "solutions" / "setup.py"

    @property
    def asking(self) -> Path:
        """The decorators and functions that questions are written with."""
        return self.root / "solutions" / "asking.py"

    def source(self, assignment: str) -> Path:
        """The notebook with solutions and hidden tests, which nbgrader makes the release from."""
        return self.root / "build" / "source" / assignment / f"{assignment}.ipynb"

    def release(self, assignment: str) -> Path:
        """The students' notebook."""
        return self.root / "assignments" / assignment / f"{assignment}.ipynb"

    def submitted(self, student: str, assignment: str) -> Path:
        return self.root / "submitted" / student / assignment / f"{assignment}.ipynb"

    def autograded(self, student: str, assignment: str) -> Path:
        return self.root / "autograded" / student / assignment / f"{assignment}.ipynb"

    def record(self, student: str, assignment: str) -> Path:
        """The result of one submission, as JSON."""
        return self.root / "results" / assignment / f"{student}.json"

    def result(self, assignment: str, key: str) -> Path:
        """The result of the submission with this key, as JSON."""
        return self.root / "results" / assignment / ".results" / f"{key}.json"

    def seed(self, assignment: str) -> Path:
        """The seed of the inputs, which no student may know."""
        return self.root / "results" / assignment / ".seed"

    def asked(self, assignment: str, key: str) -> Path:
        """The folder of the reference's and the known answers' data for the class's seed."""
        return self.root / "results" / assignment / ".asked" / key

    def expected(self, assignment: str) -> Path:
        """The reference's data for the seeds of the hidden tests, as JSON."""
        return self.root / "build" / "expected" / f"{assignment}.json"

    def hidden_tests(self, assignment: str) -> Path:
        """The hidden tests made from the questions, as JSON."""
        return self.root / "build" / "expected" / f"{assignment}-hidden.json"

    def registered(self, assignment: str) -> Path:
        """A hash of the source notebook as the gradebook knows it."""
        return self.root / "build" / "registered" / assignment

    def checked(self, assignment: str) -> Path:
        """What `autograder check` has found before, as JSON."""
        return self.root / "build" / "checked" / f"{assignment}.json"

    def feedback(self, student: str, assignment: str) -> Path:
        """The student's page; nbgrader's own feedback is in the folder next to it that has the same name."""
        return self.root / "feedback" / student / f"{assignment}.html"

    def report(self, assignment: str | None = None) -> Path:
        """The instructor's page about an assignment, or else about the course."""
        folder = self.root / "results"
        return (folder / assignment if assignment else folder) / "report.html"

    @property
    def assignments(self) -> list[str]:
        return sorted(path.parent.name for path in (self.root / "solutions").glob("a[0-9]*_*/notebook.py"))

    def assignment(self, name: str) -> str:
        """The full name of the assignment that `name` begins ("a1", "a1_convolution"). Raises CourseError."""
        found = [full for full in self.assignments if full == name or full.startswith(f"{name}_")]
        if len(found) == 1:
            return found[0]
        known = ", ".join(self.assignments) or "none yet"
        raise CourseError(f"There is no assignment {name!r} in {self.root / 'solutions'}. There are: {known}.")

    def copy_to(self, root: Path) -> Course:
        """A course in the empty folder `root` with the same solutions, a gradebook of its own, and neither class nor
        data."""
        for name in ("nbgrader_config.py", "pyproject.toml", "datasets/registry.toml"):
            if (self.root / name).is_file():
                (root / name).parent.mkdir(exist_ok=True)
                shutil.copy(self.root / name, root / name)
        with (root / "nbgrader_config.py").open("a", encoding="utf-8") as config:
            config.write("\n\n# This is a copy: the class's gradebook is not its own.\n")
            config.write('get_config().CourseDirectory.pop("db_url", None)  # noqa: F821\n')
        shutil.copytree(self.root / "solutions", root / "solutions", ignore=shutil.ignore_patterns("__pycache__"))
        if (kept := self.expected("any").parent).is_dir():  # keyed by a hash of its inputs, so it is never stale
            shutil.copytree(kept, root / "build" / "expected")
        return Course(root)

    @cached_property
    def settings(self) -> dict[str, Any]:
        """The table [tool.autograder] of the course's pyproject.toml."""
        path = self.root / "pyproject.toml"
        try:
            settings: dict[str, Any] = (
                tomllib.loads(path.read_text(encoding="utf-8")).get("tool", {}).get("autograder", {})
            )
        except ValueError as error:
            raise CourseError(f"{path} is not TOML: {error}.") from None
        if missing := {"repository", "branch"} - settings.keys():
            raise CourseError(
                f"{path} lacks {', '.join(sorted(missing))} in [tool.autograder]; the Colab badges are made from them."
            )
        return settings

    @property
    def carry_forward(self) -> bool:
        """Whether an exercise that is wrong only because it uses an earlier wrong one has its points.

        Raises CourseError if pyproject.toml says anything but true or false.
        """
        chosen = self.settings.get("carry_forward", True)
        if not isinstance(chosen, bool):
            raise CourseError(f"{self.root / 'pyproject.toml'} has carry_forward = {chosen!r}: write true or false.")
        return chosen

    @property
    def by_share(self) -> bool:
        """Whether an exercise gives points for the share of its questions that are answered rightly (`credit`).

        Raises CourseError if pyproject.toml says anything but "all" or "share".
        """
        chosen = self.settings.get("credit", "all")
        if chosen not in ("all", "share"):
            raise CourseError(f'{self.root / "pyproject.toml"} has credit = {chosen!r}: write "all" or "share".')
        return bool(chosen == "share")

    def limits(self, assignment: str) -> Limits:
        """The limits of a submission: [tool.autograder.limits], overridden by [tool.autograder.limits.<assignment>].

        Raises CourseError if pyproject.toml has anything else in these tables.
        """
        table = self.settings.get("limits", {})
        where = f"{self.root / 'pyproject.toml'}: [tool.autograder.limits"
        if not isinstance(table, dict):
            raise CourseError(f"{where}] is no table.")
        chosen = _limits({key: value for key, value in table.items() if not isinstance(value, dict)}, f"{where}]")
        for name, own in table.items():
            if isinstance(own, dict):
                if name not in self.assignments:
                    raise CourseError(f"{where}.{name}] names no assignment. There are: {', '.join(self.assignments)}.")
                overrides = _limits(own, f"{where}.{name}]")
                chosen = chosen | overrides if name == assignment else chosen
        return Limits(**chosen)

    def colab_url(self, assignment: str) -> str:
        """The address that opens the assignment's notebook on Colab."""
        repository = self.settings["repository"].removeprefix("https://github.com/").rstrip("/")
        path = self.release(assignment).relative_to(self.root).as_posix()
        return f"https://colab.research.google.com/github/{repository}/blob/{self.settings['branch']}/{path}"


def _limits(table: dict[str, Any], where: str) -> dict[str, Any]:
    """The table, if it holds nothing but limits. Raises CourseError otherwise."""
    defaults = dataclasses.asdict(Limits())
    for name, value in table.items():
        if name not in defaults:
            raise CourseError(f"{where} has {name!r}, which is no limit. There are: {', '.join(defaults)}.")
        whole = isinstance(defaults[name], int)
        allowed = isinstance(value, int) if whole else isinstance(value, (int, float)) and math.isfinite(value)
        if isinstance(value, bool) or not allowed or value < 0:
            raise CourseError(f"{where} has {name} = {value!r}, which is no {'whole ' * whole}number from 0 on.")
    return table
