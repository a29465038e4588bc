"""Leave out imports that our commands have no use for: they take more time than most commands need.

Only the program `autograder` does this, before it imports anything else.
"""

from __future__ import annotations

import sys
import types
from contextlib import suppress


def leave_out_imports() -> None:
    """Have jsonschema and nbgrader imported without what no command uses."""
    # To check notebooks against their schema, jsonschema first prepares to check kinds of addresses and durations that
    # no notebook holds. It does without where these modules are missing.
    for name in ("rfc3987_syntax", "rfc3986_validator", "isoduration"):
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]
    # nbgrader imports its pages for Jupyter's server, and with them all of that server, with any part of itself.
    pages = [
        f"nbgrader.server_extensions.{name}"
        for name in ("assignment_list", "course_list", "validate_assignment", "formgrader")
    ]
    for name in pages:
        page = sys.modules[name] = types.ModuleType(name)
        vars(page)["load_jupyter_server_extension"] = None
    with suppress(ImportError):  # students have no nbgrader
        import nbgrader  # noqa: F401
    for name in pages:
        del sys.modules[name]
