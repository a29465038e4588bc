"""What is sent into kernels as text and runs there. Nothing of the grader's imports it."""
