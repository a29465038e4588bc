"""`python -m autograder`, for where the command itself is not on the path."""

from autograder.cli import main

if __name__ == "__main__":
    main()
