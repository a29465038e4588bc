"""nbgrader's own API on a course: the same configuration, gradebook and folders as its commands in that folder."""

from __future__ import annotations

import logging
import os
import re
import sys
from pathlib import Path
from typing import Any

from nbgrader.apps import NbGraderAPI
from traitlets.config.loader import Config, PyFileConfigLoader

from autograder.course import Course, CourseError


def nbgrader_config(course: Course) -> Config:
    """The course's `nbgrader_config.py`, read as nbgrader reads it."""
    try:
        config = PyFileConfigLoader("nbgrader_config.py", path=str(course.root)).load_config()
    except Exception as error:
        raise CourseError(f"{course.root / 'nbgrader_config.py'} cannot be read: {error}") from error
    config.CourseDirectory.root = str(course.root)
    return config


def nbgrader_api(course: Course) -> Any:
    """nbgrader's API for the course. Its log is kept in its results, not printed."""
    # nbgrader runs `alembic` by name, which is on the path only where the virtual environment is activated.
    scripts = str(Path(sys.executable).parent)
    if scripts not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([scripts, os.environ.get("PATH", "")])
    api = NbGraderAPI(config=nbgrader_config(course))
    api.log = logging.getLogger("autograder.nbgrader")
    api.log.propagate = False
    api.log.setLevel(logging.INFO)
    return api


def reason(result: dict[str, Any]) -> str:
    """Why one of nbgrader's calls failed, in a line: the last exception in its log, or else the last line.

    Raises KeyboardInterrupt if that is what stopped it: nbgrader itself hides it.
    """
    error, log = result.get("error", ""), result.get("log", "")
    if error.rstrip().endswith("KeyboardInterrupt"):
        raise KeyboardInterrupt
    lines = [line.strip() for line in f"{error}\n{log}".splitlines() if line.strip()]
    exceptions = [line for line in lines if re.match(r"[\w.]*(Error|Exception|Killed|Missing\w+)\b", line)]
    return next((line for line in reversed(exceptions) if "NbGraderException" not in line), (exceptions or lines)[-1])
