"""Classes are graded without kernels where a test is about something else."""

from tests.grading.conftest import here

__all__ = ["here"]
