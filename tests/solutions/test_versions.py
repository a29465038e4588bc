"""Are right answers right with other versions too: the oldest that Colab may have, and the newest?

Each environment is made by uv, of 6 GB, and removed again. Where uv or a version cannot be had, the test is skipped.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

ENVIRONMENTS = {
    "3.11": ["torch==2.11.*", "numpy==2.1.*"],
    "3.12": ["torch==2.11.*", "numpy"],
    "3.13": ["torch", "numpy"],
}
ASK = """
import json
from pathlib import Path
from autograder.course import Course
from autograder.proving.answers import known_answers
from autograder.proving.strength import quiet

refused, asked = [], 0
for assignment in Course(Path.cwd()).assignments:
    with known_answers(Course(Path.cwd()), assignment) as answers:
        for exercise in answers.exercises:
            reference = getattr(answers.reference, exercise.name)
            for seed in (1, 20260101):
                with quiet():
                    expected = exercise.ask(reference, seed)
                for name, answer in ({"the reference": reference} | exercise.right).items():
                    with quiet():
                        names = exercise.failing(expected, exercise.ask(answer, seed), seed)
                    asked += 1
                    refused += [f"{assignment}, {exercise.name}, {name}: {', '.join(names)}"] if names else []
print(json.dumps({"asked": asked, "refused": refused}))
"""


@pytest.mark.nightly
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("python", ENVIRONMENTS)
def test_right_answers_are_accepted_with_these_versions(python: str, tmp_path: Path) -> None:
    versions = ENVIRONMENTS[python]
    folder = tmp_path / "environment"
    uv = shutil.which("uv")
    if uv is None:
        pytest.skip("uv is not installed, so no other environment can be made.")
    try:
        for arguments in (
            ["venv", "--python", python, str(folder)],
            ["pip", "install", "--python", str(folder), "-r", "pyproject.toml", "--extra", "grading", *versions],
        ):
            made = subprocess.run([uv, *arguments], cwd=REPOSITORY, capture_output=True, text=True)
            if made.returncode:
                pytest.skip(f"uv cannot make Python {python} with {', '.join(versions)}: {made.stderr[-300:]}")
        run = subprocess.run(
            [folder / "bin" / "python", "-c", ASK],
            cwd=REPOSITORY,
            env=os.environ | {"PYTHONPATH": str(REPOSITORY), "MPLBACKEND": "agg"},
            capture_output=True,
            text=True,
        )
        assert run.returncode == 0, run.stderr[-3000:]
        said = json.loads(run.stdout.splitlines()[-1])
        assert said["asked"] > 500 and said["refused"] == []
    finally:
        shutil.rmtree(folder, ignore_errors=True)
