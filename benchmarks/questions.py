"""What asking costs: `python -m benchmarks.questions --help`.

Measured is the processor time of one pass of all questions over the references, and of one of all visible tests; with
`--first DIR`, a checkout of this repository's first edition, also of its probes and tests, in turns. Each is run by a
process of its own, warmed up by a first pass; of several passes the median counts.
"""

from __future__ import annotations

import argparse
import json
import subprocess
from pathlib import Path
from typing import Any

from rich.progress import Progress

from autograder.course import Course
from benchmarks import write_result
from benchmarks.grading import HERE, Edition

# Runs in either edition: DIR, ASSIGNMENT, PASSES.
PASSES = """
import contextlib, io, json, statistics, sys, time, warnings
from pathlib import Path
import matplotlib
matplotlib.use("agg")
import numpy as np
with contextlib.suppress(ImportError):
    from autograder.proving.answers import known_answers
if "known_answers" not in globals():
    from autograder.authoring.answers import known_answers
from autograder.course import Course

course, assignment, passes = Course.at(Path(sys.argv[1])), sys.argv[2], int(sys.argv[3])
with known_answers(course, assignment) as answers:
    names = vars(answers.reference)
    functions = [(vars(one).get("question", vars(one).get("probe")), names[one.name]) for one in answers.exercises]
    tests = [names[test] for one in answers.exercises for test in one.visible]

def questions():
    for question, answer in functions:
        if question is not None:
            question(answer, np.random.default_rng(1))

def visible():
    for test in tests:
        test()

found = {}
with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
    warnings.simplefilter("ignore")
    for name, one_pass in (("questions", questions), ("visible", visible)):
        one_pass()
        seconds = []
        for _ in range(passes):
            start = time.process_time()
            one_pass()
            seconds.append(time.process_time() - start)
        found[name] = statistics.median(seconds)
print(json.dumps(found))
"""


def passes(edition: Edition, assignment: str, number: int) -> dict[str, float]:
    """The processor seconds of one pass of the edition's questions, and of one of its visible tests."""
    command = [edition.python, "-c", PASSES, str(edition.root), assignment, str(number)]
    one_thread = {"OMP_NUM_THREADS": "1", "NBGRADER_EXECUTION": "validate"}  # so that nothing trains or is plotted
    run = subprocess.run(
        command, cwd="/", env=edition.environment | one_thread, capture_output=True, text=True, check=False
    )
    if run.returncode:
        raise SystemExit(f"{assignment} in {edition.root}:\n{run.stderr[-3000:]}")
    found: dict[str, float] = json.loads(run.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Measure and write `results/questions.json`, after each assignment what is known by then."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--first", type=Path, metavar="DIR", help="a checkout of the first edition, to be measured too")
    parser.add_argument("--passes", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3, help="so many processes of each edition, in turns")
    args = parser.parse_args()
    course = Course.at(Path(__file__).parent)
    editions = {"here": HERE} | ({"first": Edition.at(args.first)} if args.first else {})
    measured: dict[str, Any] = {}
    with Progress() as progress:
        for assignment in progress.track(course.assignments, description="assignments"):
            measured[assignment] = {edition: [] for edition in editions}
            for _ in range(args.rounds):
                for name, edition in editions.items():
                    measured[assignment][name].append(passes(edition, assignment, args.passes))
            write_result("questions", measured, ("numpy", "torch"))
    print(write_result("questions", measured, ("numpy", "torch")))


if __name__ == "__main__":
    main()
