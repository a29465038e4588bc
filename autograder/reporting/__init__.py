"""Make pages for students and instructors from the results of grading."""
