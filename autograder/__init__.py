"""Build, check and grade the course's assignments. `autograder --help` lists what it can do."""

import sys

# To check notebooks against their schema, jsonschema first prepares to check kinds of addresses and durations that no
# notebook holds, which takes longer than anything else at each start. It does without where these are not installed.
for _name in ("rfc3987_syntax", "rfc3986_validator", "isoduration"):
    sys.modules.setdefault(_name, None)  # type: ignore[arg-type]
