"""Programs that are sent into kernels as text. The grader itself imports none of them."""
