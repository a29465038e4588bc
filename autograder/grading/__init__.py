"""From a class's notebooks to nbgrader's gradebook."""
