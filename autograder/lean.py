"""Import nbgrader without its pages for Jupyter's server: with any part of itself it imports all of that server.

Processes of our own import this before anything that imports nbgrader: the command, and what workers are forked from.
"""

from __future__ import annotations

import sys
import types
from contextlib import suppress

_PAGES = [
    f"nbgrader.server_extensions.{name}"
    for name in ("assignment_list", "course_list", "validate_assignment", "formgrader")
]

for _name in _PAGES:
    _page = sys.modules[_name] = types.ModuleType(_name)
    vars(_page)["load_jupyter_server_extension"] = None
with suppress(ImportError):  # students have no nbgrader
    import nbgrader  # noqa: F401
for _name in _PAGES:
    del sys.modules[_name]
