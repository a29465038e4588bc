"""The pages that `make docs` builds, and what fills in their generated parts."""
