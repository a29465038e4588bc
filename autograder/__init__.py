"""Build, check and grade the course's assignments. `autograder --help` lists what it can do."""
