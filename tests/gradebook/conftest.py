"""Classes that are graded, as pages have them, and grading without other processes."""

from __future__ import annotations

from tests.grading.conftest import here
from tests.reporting.conftest import graded, graded_once

__all__ = ["graded", "graded_once", "here"]
