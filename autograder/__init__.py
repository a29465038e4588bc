"""Build, check and grade the course's assignments. `autograder --help` lists what it can do."""

import sys

# Checking notebooks against their schema begins with building a grammar for a kind of address that no notebook holds,
# which takes longer than anything else at each start; jsonschema does without it where it is not installed.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
