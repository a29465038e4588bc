"""Build the students' notebooks from the solutions."""
