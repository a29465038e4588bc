"""Export scores for a learning platform: a CSV file that Canvas or Moodle imports, or a plain table.

Both platforms find a student by an id in a row. It is best to fill in the file that the platform itself exports
(`roster`): its rows, ids and columns stay, only scores are put in, and students missing from either side are listed.
Without it, a file is made from the gradebook's students, with their ids as login names.

Canvas (lib/gradebook_importer.rb): the heading begins with Student, ID, then maybe SIS User ID, SIS Login ID, …, then
Section; assignments are columns "name (number)"; a row "Points Possible" comes before the students.
Moodle (grade/import/csv): any heading; one column is mapped to the user, by username, ID number or e-mail address, and
one unknown user stops the whole import.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from autograder.course import Course, CourseError
from autograder.files import write_text
from autograder.gradebook.marks import Gradebook, Mark, Person, read_gradebook
from autograder.gradebook.spreadsheet import Table, harmless, points, read_table, write_table

LAYOUTS = ("canvas", "moodle", "plain")
Notice = Callable[[str], None]

# Columns of each platform that may hold the student's id, the surest first; Moodle's in English.
ID_COLUMNS = {
    "canvas": ("SIS Login ID", "SIS User ID", "Integration ID", "ID"),
    "moodle": ("Username", "ID number", "Email address"),
}
PLAIN = (
    *("student", "last_name", "first_name", "email", "assignment"),
    *("score", "max_score", "late_penalty", "complete", "handed_in"),
)


@dataclass(frozen=True)
class Roster:
    """A platform's own file."""

    path: Path
    table: Table
    columns: tuple[str, ...]  # those that may hold the students' ids


def export(
    course: Course,
    assignments: Iterable[str],
    layout: str,
    out: Path,
    *,
    roster: Path | None = None,
    id_column: str | None = None,
    on_notice: Notice = lambda sentence: None,
) -> int:
    """Write the scores of `assignments` (all that somebody handed in, if none is named) to `out`; returns how many.

    `roster` is the file that the platform exports, `id_column` its column with the ids of the gradebook. `on_notice`
    is called with a sentence for everything that was left out. Raises CourseError if the files are at fault.
    """
    gradebook = read_gradebook(course)
    wanted = list(assignments)
    chosen = wanted or [name for name, marks in gradebook.marks.items() if marks]
    if empty := [name for name in wanted if not gradebook.marks.get(name)]:
        raise CourseError(f"The gradebook has no scores of {', '.join(empty)}. Run `autograder grade` first.")
    if not chosen:
        raise CourseError("The gradebook has no scores yet. Run `autograder grade` first.")
    if roster is not None and layout == "plain":
        raise CourseError("A plain table is made from the gradebook alone. Leave out --roster, or name a --format.")
    if roster is not None and roster.resolve() == out.resolve():
        raise CourseError(f"{out} would be written over itself. Give --out another name.")
    for name in chosen:
        if pending := sorted(student for student, mark in gradebook.marks[name].items() if mark.pending):
            on_notice(f"Not fully graded in {name}, so more points may come: {', '.join(pending)}.")
    if layout == "plain":
        table, count = _plain(gradebook, chosen), sum(len(gradebook.marks[name]) for name in chosen)
    elif roster is None:
        table, count = _made(gradebook, chosen, layout)
    else:
        own = _roster(roster, layout, id_column)
        table, count = _filled(own, gradebook, chosen, layout, on_notice)
    for cell in sorted({cell for row in table.rows for cell in row if harmless(cell) != cell}):
        on_notice(f"A spreadsheet would take {cell!r} for a formula; it is written as {harmless(cell)!r}.")
    write_text(out, write_table(table.rows, separator=table.separator, bom=table.bom))
    return count


def _plain(gradebook: Gradebook, assignments: list[str]) -> Table:
    """A row for each student and assignment; without a score where nothing was handed in."""
    rows = [list(PLAIN)]
    for student, person in gradebook.people.items():
        for name in assignments:
            mark = gradebook.marks[name].get(student)
            known = [student, person.last_name, person.first_name, person.email, name]
            if mark is None:
                rows.append([*known, "", points(gradebook.max_scores[name]), "", "", ""])
            else:
                numbers = [points(mark.final), points(mark.max_score), points(mark.penalty)]
                when = mark.handed_in.isoformat(timespec="seconds") + "Z" if mark.handed_in else ""
                rows.append([*known, *numbers, "no" if mark.pending else "yes", when])
    return Table(rows, bom=True)  # otherwise Excel assumes another encoding


def _made(gradebook: Gradebook, assignments: list[str], layout: str) -> tuple[Table, int]:
    """A file from the gradebook's students alone."""
    if layout == "canvas":
        heading = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *assignments]
        possible = [points(gradebook.max_scores[name]) for name in assignments]
        rows = [heading, ["    Points Possible", "", "", "", "", *possible]]
    else:
        rows = [["Username", "First name", "Last name", "Email address", *assignments]]
    count = 0
    for student, person in gradebook.people.items():
        marks = [gradebook.marks[name].get(student) for name in assignments]
        if any(marks):
            count += sum(mark is not None for mark in marks)
            rows.append([*_identity(student, person, layout), *map(_score, marks)])
    return Table(rows), count


def _identity(student: str, person: Person, layout: str) -> list[str]:
    if layout == "canvas":
        name = ", ".join(filter(None, (person.last_name, person.first_name)))
        return [name or student, person.lms_user_id, "", student, ""]
    return [student, person.first_name, person.last_name, person.email]


def _score(mark: Mark | None) -> str:
    return points(mark.final) if mark else ""


def _roster(path: Path, layout: str, id_column: str | None) -> Roster:
    table = read_table(path)
    if layout == "canvas" and not (table.heading[0].strip() == "Student" and "ID" in table.heading):
        raise CourseError(
            f"{path} is not a gradebook of Canvas: its heading does not begin with Student. Export it in Canvas under "
            "Grades → Export → Export Entire Gradebook, with students' names in one column."
        )
    known = (id_column,) if id_column else ID_COLUMNS[layout]
    columns = tuple(name for name in known if name in table.heading)
    if not columns:
        raise CourseError(
            f"{path} has no column {' or '.join(known)}. Say with --id-column which one holds the students' ids. "
            f"There are: {', '.join(table.heading)}."
        )
    return Roster(path, table, columns)


def _filled(
    roster: Roster, gradebook: Gradebook, assignments: list[str], layout: str, on_notice: Notice
) -> tuple[Table, int]:
    """The platform's own file with the scores put in; a cell without a score stays as it is."""
    heading, rows = list(roster.table.heading), [list(row) for row in roster.table.rows[1:]]
    students = [row for row in rows if layout != "canvas" or row[0].strip() and "Points Possible" not in row[0]]
    found = _found(roster, students, gradebook, on_notice)
    count = 0
    for name in assignments:
        place = _column(heading, name, roster.path)
        if place is None:
            place = len(heading)
            heading.append(name)
            for row in rows:
                row.append("")
            on_notice(f"{roster.path.name} has no column for {name}; one was added, which makes a new assignment.")
        maximum = next((row for row in rows if "Points Possible" in row[0]), None) if layout == "canvas" else None
        if maximum is not None:
            _check_maximum(maximum, place, name, gradebook.max_scores[name], on_notice)
        for student, row in found.items():
            if mark := gradebook.marks[name].get(student):
                row[place] = points(mark.final)
                count += 1
        if lost := sorted(gradebook.marks[name].keys() - found.keys()):
            on_notice(f"Not in {roster.path.name}, so their scores of {name} were left out: {', '.join(lost)}.")
        if without := len(students) - sum(student in gradebook.marks[name] for student in found):
            on_notice(f"{without} of {len(students)} students in {roster.path.name} have no score of {name}.")
    return Table([heading, *rows], roster.table.separator, roster.table.bom), count


def _check_maximum(row: list[str], place: int, name: str, max_score: float, on_notice: Notice) -> None:
    if not row[place].strip():
        row[place] = points(max_score)
    elif row[place].strip() != points(max_score) and row[place].strip() != f"{max_score:.2f}":
        on_notice(f"{name} has {points(max_score)} points here and {row[place].strip()} on the platform.")


def _column(heading: list[str], assignment: str, path: Path) -> int | None:
    """The assignment's column: "name", Canvas's "name (number)" or Moodle's "Assignment: name (Real)"."""
    named = re.compile(rf"(.*: )?{re.escape(assignment)}( \((?P<what>[^()]*)\))?", re.IGNORECASE)
    places = {n: match["what"] for n, text in enumerate(heading) if (match := named.fullmatch(text.strip()))}
    if len(places) > 1:  # Moodle has columns for letters, percents and feedback, too
        places = {n: what for n, what in places.items() if what is None or what == "Real" or what.isdecimal()} or places
    if len(places) > 1:
        names = ", ".join(heading[n] for n in places)
        raise CourseError(f"{path} has several columns for {assignment}: {names}. Export it with one of them only.")
    return next(iter(places), None)


def _found(roster: Roster, rows: list[list[str]], gradebook: Gradebook, on_notice: Notice) -> dict[str, list[str]]:
    """Each student's row: by the id, by the e-mail address, or by the part of the address before its @."""
    by_id: dict[str, list[list[str]]] = {}
    for row in rows:
        cells = {row[roster.table.heading.index(column)].strip().casefold() for column in roster.columns}
        for key in {key for cell in cells if cell for key in (cell, cell.partition("@")[0])}:
            by_id.setdefault(key, []).append(row)
    found: dict[str, list[str]] = {}
    for student, person in gradebook.people.items():
        keys = [key.casefold() for key in (person.lms_user_id, student, person.email) if key]
        candidates = next((by_id[key] for key in keys if key in by_id), [])
        if len(candidates) > 1:
            on_notice(f"{student} fits {len(candidates)} rows of {roster.path.name}, so no score was put in.")
        elif candidates:
            found[student] = candidates[0]
    taken: dict[int, str] = {}
    for student, row in list(found.items()):
        if (other := taken.setdefault(id(row), student)) != student:
            on_notice(f"{student} and {other} fit the same row of {roster.path.name}, so neither score was put in.")
            found.pop(student, None)
            found.pop(other, None)
    return found
