"""The command `autograder`, and `python -m autograder` for where it is not on the path."""

import sys
from pathlib import Path

HELP = Path(__file__).with_name("help.txt")  # made by `python -m docs.generate`


def main() -> None:
    """Run the command. The list of commands is only printed: what runs them takes longer to import than to read."""
    if sys.argv[1:] in (["--help"], []):
        print(HELP.read_text(encoding="utf-8"), end="")
        sys.exit(0 if sys.argv[1:] else 2)
    import autograder.lean  # noqa: F401  before all that imports nbgrader
    from autograder.cli import main as run

    run()


if __name__ == "__main__":
    main()
