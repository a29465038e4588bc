"""What people see of grading: pages for students, a page for instructors, tables for a learning platform."""
