"""A class of all kinds: does each get what it deserves? `python -m benchmarks.trust --help`.

References, other right answers, wrong ones and their combinations, and hostile notebooks that try to steal points, all
for a real assignment, graded as an instructor grades. Looked for are stolen points, points that an honest student lost,
and lines of hidden tests or solutions in the pages for students. Beside it, what stock nbgrader gives the hostile ones,
which here run behind no walls: those that steal do no other harm.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from rich.progress import Progress

from autograder.classroom.grade import grade, prepare
from autograder.course import Course
from autograder.gradebook.book import open_gradebook
from autograder.reporting.feedback import feedback
from autograder.submissions.restore import grade_id
from benchmarks import write_result
from tests.attacks import Attack, handed_in, judge, points
from tests.attacks.outside import watched
from tests.attacks.test_attacks import write
from tests.classes import Pieces, copied_course
from tests.classes.generate import made_up_class
from tests.reporting.test_hidden_stays_hidden import leaks

STEALING = {attack.name: attack for attack in (*points.ATTACKS, *judge.ATTACKS)}
HIDDEN = "_hidden[(]"  # finds a line of a hidden test, and not itself


def kinds_of(notebook: NotebookNode, pieces: Pieces) -> dict[str, str]:
    """What kind of answer the notebook holds to each exercise: "right", "wrong" or "none"."""
    sources = {grade_id(cell): cell.source for cell in notebook.cells}
    return {name: _kind(sources.get(name, ""), name, pieces) for name in pieces.exercises}


def _kind(source: str, name: str, pieces: Pieces) -> str:
    if source in (pieces.reference[name], *pieces.right[name].values()):
        return "right"
    return "wrong" if source in pieces.wrong[name].values() else "none"


def honest_faults(kinds: dict[str, str], scores: dict[str, float], highest: dict[str, float]) -> tuple[float, float]:
    """(points that were given for wrong answers or none, points that right answers lost)

    Where another answer is wrong or missing, what builds on it may fail: there only the judge can say what is deserved.
    """
    stolen = sum(scores[name] for name, kind in kinds.items() if kind != "right")
    all_right = all(kind == "right" for kind in kinds.values())
    return stolen, sum(highest.values()) - sum(scores.values()) if all_right else 0.0


def stock_scores(course: Course, assignment: str, students: list[str], progress: Progress) -> dict[str, float | None]:
    """What `nbgrader autograde` gives them; None where it stops without a score."""
    for student in progress.track(students, description="nbgrader, hostile ones"):
        command = [f"{Path(sys.executable).parent}/nbgrader", "autograde", assignment, "--student", student]
        try:
            subprocess.run(command, cwd=course.root, capture_output=True, timeout=300, start_new_session=True)
        except subprocess.TimeoutExpired:
            continue
    with open_gradebook(course) as gradebook:
        found = {s.student_id: s.score for s in gradebook.assignment_submissions(assignment) if s.notebooks}
    return {student: found.get(student) for student in students}


def main() -> None:
    """Measure and write `results/trust.json`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--assignment", default="a1")
    parser.add_argument("--students", type=int, default=200, help="hostile ones among them (200)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--no-stock", action="store_true", help="leave stock nbgrader out, five seconds a notebook")
    args = parser.parse_args()
    repository = Course.at(Path(__file__).parent)
    assignment = repository.assignment(args.assignment)
    with tempfile.TemporaryDirectory() as name, Progress() as progress:
        folder = Path(name)
        (folder / "outside").mkdir()
        course = copied_course(repository, folder / "course")
        with (course.root / "pyproject.toml").open("a") as settings:  # some hang, and need not hang for long
            settings.write(f"\n[tool.autograder.limits.{assignment}]\ncell_seconds = 20\nnotebook_seconds = 60\n")
        prepare(course, assignment)
        pieces = Pieces(course, assignment)
        kinds: dict[str, dict[str, str]] = {}
        with watched(course, assignment, folder / "outside", HIDDEN, course.limits(assignment)) as outside:
            for attack in STEALING.values():
                write(course.submitted(attack.name, assignment).parent, attack.make(pieces, outside.target))
            for student, notebook in made_up_class(pieces, args.students - len(STEALING), args.seed):
                write(course.submitted(student, assignment).parent, handed_in(notebook, outside.target))
                kinds[student] = kinds_of(notebook, pieces)
            task = progress.add_task("autograder", total=args.students)
            results = {r.student: r for r in grade(course, assignment, on_result=lambda r: progress.advance(task))}
            task = progress.add_task("pages", total=args.students)
            feedback(course, assignment, on_page=lambda path: progress.advance(task))
            leaked = {student: lines for student in results if (lines := leaks(course, assignment, student))}
            stock: dict[str, float | None] = {}
            if not args.no_stock:
                template = copied_course(repository, folder / "stock")
                prepare(template, assignment)
                for attack in points.ATTACKS:  # the others are made for who asks from outside, which nbgrader does not
                    write(template.submitted(attack.name, assignment).parent, attack.make(pieces, outside.target))
                stock = stock_scores(template, assignment, [attack.name for attack in points.ATTACKS], progress)
    highest = {e.exercise: e.max_score for e in next(iter(results.values())).exercises}
    stolen, lost = {}, {}
    for student, kind in kinds.items():
        scores = {e.exercise: e.score or 0.0 for e in results[student].exercises}
        stolen[student], lost[student] = honest_faults(kind, scores, highest)
    attacks = {name: _attack(attack, results[name], highest, stock.get(name)) for name, attack in STEALING.items()}
    stolen |= {name: max(row["ours"] - row["deserved"], 0) for name, row in attacks.items()}
    lost |= {name: max(row["deserved"] - row["ours"], 0) for name, row in attacks.items() if not row["at_most"]}
    measured = {
        "assignment": assignment,
        "students": len(results),
        "hostile": len(attacks),
        "all_right": sum(all(kind == "right" for kind in by.values()) for by in kinds.values()),
        "flagged": {
            "hostile": sum(bool(results[name].flags) for name in attacks),
            "honest": {name: results[name].flags for name in kinds if results[name].flags},
        },
        "stolen": {name: points for name, points in stolen.items() if points},
        "lost": {name: points for name, points in lost.items() if points},
        "leaked": leaked,
        "highest": sum(highest.values()),
        "attacks": attacks,
    }
    print(write_result("trust", measured, ("nbgrader", "ipykernel", "torch")))


def _attack(attack: Attack, result: Any, highest: dict[str, float], stock: float | None) -> dict[str, Any]:
    deserved = sum(highest[name] for name in attack.honest(list(highest)))
    return {
        "does": attack.does,
        "deserved": deserved,
        "at_most": attack.at_most,
        "ours": result.score,
        "flags": len(result.flags),
        "stock": stock,
    }


if __name__ == "__main__":
    main()
