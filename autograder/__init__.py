"""Build, check and grade the course's assignments. `autograder --help` lists what it can do."""

import sys
import types
from contextlib import suppress

# Checking notebooks against their schema begins with what it takes to check kinds of addresses and durations that no
# notebook holds, which takes longer than anything else at each start; jsonschema does without it where it is missing.
for _name in ("rfc3987_syntax", "rfc3986_validator", "isoduration"):
    sys.modules.setdefault(_name, None)  # type: ignore[arg-type]

# nbgrader imports its pages for Jupyter's server whenever any part of it is imported, and with them all of that server:
# two seconds. Outside of the server they are left out.
if "jupyter_server" not in sys.modules:
    _pages = [
        f"nbgrader.server_extensions.{_name}"
        for _name in ("assignment_list", "course_list", "validate_assignment", "formgrader")
    ]
    for _name in _pages:
        _page = sys.modules[_name] = types.ModuleType(_name)
        vars(_page)["load_jupyter_server_extension"] = None
    with suppress(ImportError):  # students have no nbgrader
        import nbgrader  # noqa: F401
    for _name in _pages:
        del sys.modules[_name]
