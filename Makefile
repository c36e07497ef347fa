# `make` sets everything up, builds the book, releases the assignments and grades the
# sample class. Each target does only what has changed.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
BOOK := _build/html/.built
RELEASED := _build/source/.released
SOURCES := $(shell find solutions -type f -not -path '*/.*' -not -name '*.pyc')
RUN := _build/project
PORT ?= 8000

# One thread a process: the experiments and the grader run side by side.
export OMP_NUM_THREADS ?= 1
export OPENBLAS_NUM_THREADS ?= 1

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.PHONY: all setup book book-audit assignments grade project bundle test hostile lint drift mutants diagnosis alarms bench bench-grading serve clean help

all: book grade ## set-up, the book, the assignments, the sample class graded
	@echo
	@echo "The book:            _build/html/index.html   (make serve shows it)"
	@echo "The assignments:     assignments/"
	@echo "The sample class:    classroom/               (nbgrader's formgrader: make serve)"

setup: $(READY) ## the environment in .venv, and bubblewrap for the sandbox

$(READY): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Tuned needs Python 3.11 or newer: make PYTHON=/path/to/python3.11"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	deploy/system-packages bubblewrap
	@touch $@

book: $(BOOK) ## the book, warnings are errors, in _build/html

$(BOOK): $(READY) $(RELEASED) _config.yml _toc.yml $(shell find book -type f -not -path '*/.*' -not -name '*.pyc')
	$(BIN)/jupyter-book build . -n -W --keep-going --quiet
	@touch $@

book-audit: $(BOOK) ## Lighthouse's scores and the weight of each page
	deploy/system-packages chromium nodejs npm
	npm ci --prefix benchmarks/lighthouse --silent --no-audit --no-fund
	$(BIN)/python -m benchmarks.book_audit

assignments: $(RELEASED) ## what students open, from solutions/

$(RELEASED): $(READY) nbgrader_config.py $(SOURCES) $(wildcard autograder/pipeline/*.py)
	$(BIN)/autograder release
	@touch $@

grade: $(RELEASED) ## the sample class: built, graded, feedback written
	$(BIN)/python -m examples.build
	$(BIN)/autograder grade

project: $(READY) ## the project's seven steps on digits, audited
	rm -rf $(RUN)
	cd solutions && ../$(BIN)/python -m project all --data digits --out ../$(RUN)
	$(BIN)/autograder project $(RUN) --code solutions
	@echo
	@echo "The report:          $(RUN)/report.html"

bundle: $(RELEASED) ## what a student gets who has no repository, in dist
	$(BIN)/autograder bundle

test: $(BOOK) $(RELEASED) ## set-up and all tests
	deploy/system-packages 'chromium-headless-shell|chromium' postgresql
	$(BIN)/python -m pytest -n logical \
	  --cov=autograder --cov-report=term:skip-covered --cov-fail-under=95

hostile: $(READY) ## every attack on the grader: does each come to what it must?
	$(BIN)/python -m tests.hostile
	TUNED_KERNELS=fresh $(BIN)/python -m tests.hostile

lint: $(READY) ## style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

drift: $(READY) ## are the committed assignments what the sources give?
	$(BIN)/autograder release --check

mutants: $(READY) ## every mutant of every solution: refused, or equivalent?
	$(BIN)/python -m benchmarks.mutants

diagnosis: $(READY) ## every known mistake: named as itself, and nothing else?
	$(BIN)/python -m benchmarks.diagnosis

alarms: $(READY) ## random kernels: right ones failed, defects passed (an hour)
	$(BIN)/python -m benchmarks.false_alarms

bench: $(RELEASED) ## how long checks and grading take, beside stock nbgrader
	$(BIN)/python -m benchmarks.checks
	$(BIN)/python -m benchmarks.grading
	$(BIN)/python -m benchmarks.gradebook
	$(BIN)/python -m benchmarks.deadline

bench-grading: $(RELEASED) ## a class graded by stock nbgrader and by this grader
	$(BIN)/python -m benchmarks.grading

serve: $(BOOK) $(RELEASED) ## the book on port 8000 and JupyterLab, on this machine only
	@$(BIN)/python -m http.server $(PORT) --bind 127.0.0.1 --directory _build/html & \
	  book=$$!; trap "kill $$book" EXIT INT TERM; \
	  echo "The book: http://localhost:$(PORT)/"; \
	  $(BIN)/jupyter lab --ip=127.0.0.1 --ServerApp.root_dir=. $(if $(filter 0,$(shell id -u)),--allow-root)

clean: ## remove what was derived; submissions and grades in classroom/ stay
	rm -rf _build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .coverage

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 22
