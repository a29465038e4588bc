"""Build, check and grade the course's assignments. `autograder --help` lists what it can do."""

import sys

# Checking notebooks against their schema begins with what it takes to check kinds of addresses and durations that no
# notebook holds, which takes longer than anything else at each start; jsonschema does without where it is not installed.
for _name in ("rfc3987_syntax", "rfc3986_validator", "isoduration"):
    sys.modules.setdefault(_name, None)  # type: ignore[arg-type]
