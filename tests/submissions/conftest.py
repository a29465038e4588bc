"""Grading without other processes."""

from __future__ import annotations

from tests.grading.conftest import here

__all__ = ["here"]
