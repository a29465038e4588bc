"""nbgrader's gradebook, and the points that people see."""
