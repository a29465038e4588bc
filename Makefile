# `make demo` and `make test` need Python ≥ 3.11, pip, make and git; they set up the rest in .venv.
# With CPU=1, `make demo CPU=1`, without PyTorch's CUDA parts, which are most of its size.
PYTHON ?= python3
export PATH := $(CURDIR)/.venv/bin:$(PATH)
READY := .venv/.ready
# PyTorch's builds for machines without a GPU, for whoever can reach download.pytorch.org.
ifdef CPU
export UV_TORCH_BACKEND := cpu
endif
# Some machines forbid Python to keep what it compiles. Tests start it hundreds of times, and each would compile torch.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help ready demo test nightly colab lab lint build check docs tables clean

help:
	@echo "make demo    grade a made-up class and show where everything is"
	@echo "make test    run the whole test suite"
	@echo "make nightly run what takes too long for make test: kills, leaks, mutants, a soak, 3 hours"
	@echo "make colab   run the students' notebooks on Colab's versions (6 GB, minutes)"
	@echo "make lab     run them in JupyterLab, and grade by hand in Formgrader, in a browser without a window"
	@echo "make lint    ruff and mypy"
	@echo "make build   make the students' notebooks from solutions/"
	@echo "make check   prove every assignment sound"
	@echo "make docs    make the pages in docs/ up to date and build them into build/site/"
	@echo "make tables  measure again what docs/measured.md says of the questions"
	@echo "make clean   remove what make made (not a class's submissions and grades)"

# Done again only when pyproject.toml changed. uv fetches torch's gigabytes in a fraction of pip's time.
$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name one with: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install --quiet uv
	.venv/bin/uv pip install --quiet --python .venv/bin/python --editable '.[test]'
	.venv/bin/jupyter kernelspec install --log-level=WARN --sys-prefix autograder/kernels/warm
	@touch $@

ready: $(READY)

demo: $(READY)
	autograder build
	python -m tests.classes.demo
	autograder grade
	autograder feedback
	autograder report
	nbgrader export --log-level=WARN
	@echo
	@echo "Submissions: submitted/    notebooks as graded: autograded/    records: results/"
	@echo "Pages for students: feedback/    pages for the instructor: results/"
	@echo "Gradebook: gradebook.db    table: grades.csv    in the browser: .venv/bin/jupyter lab, Nbgrader, Formgrader"

# A third of the time tests wait: for limits to be reached, for processes to end. So there are more workers than cores.
test: $(READY)
	python -m pytest --numprocesses $$(( $$(python -c 'import os; print(len(os.sched_getaffinity(0)))') * 3 / 2 )) \
		--dist worksteal

nightly: $(READY)
	python -m pytest -m nightly
	autograder strength --mutants
	python -m benchmarks.soak

colab: $(READY)
	python -m tests.notebooks.colab

lab: $(READY)
	.venv/bin/uv pip install --quiet --python .venv/bin/python playwright
	python -m tests.notebooks.lab
	python -m tests.notebooks.formgrader

lint: $(READY)
	ruff check .
	ruff format --check .
	mypy

tables: $(READY)
	python -m benchmarks.strength
	python -m benchmarks.mutants
	python -m docs.generate

build: $(READY)
	autograder build

check: $(READY)
	autograder check

# Material for MkDocs prints an advertisement of its successor with every build.
docs: $(READY)
	python -m docs.generate
	NO_MKDOCS_2_WARNING=1 python -m mkdocs build --strict --quiet
	@echo "Open build/site/index.html in a browser."

clean:
	rm -rf .venv build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
