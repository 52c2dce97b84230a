# Atelier's commands. `make run` and `make test` need Python 3.11 or newer and nothing else.

SHELL := /bin/sh
.DEFAULT_GOAL := help

# `make VENV=/somewhere/else test` keeps the virtual environment elsewhere.
VENV ?= .venv
# The first of these that is 3.11 or newer; `make PYTHON=/path/to/python3 run` names another.
PYTHON ?= $(shell for name in python3.11 python3.12 python3.13 python3.14 python3 python; do \
	"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$name" && break; done)
PIP := $(VENV)/bin/python -m pip --disable-pip-version-check --no-input
BIN := $(VENV)/bin
# audiocraft's own environment, on top of the other.
AUDIOCRAFT_VENV ?= $(VENV)-audiocraft
# Tests side by side; each process has a Redis and a database of its own.
TEST_PROCESSES ?= 2
TEST_ARGUMENTS ?=

.PHONY: help run test check format bench bench-models demo-models screenshots audiocraft node-modules constraints clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | column -t -s '|' 2>/dev/null || sed -n 's/^\([a-z-]*\):.*## /  make \1  /p' Makefile

# ---- The virtual environment --------------------------------------------------------------------------------------

$(BIN)/python:
	@if [ -z "$(PYTHON)" ]; then echo "Atelier needs Python 3.11 or newer: install it, or name it with make PYTHON=/path/to/python3 run"; exit 1; fi
	@echo "Making the virtual environment in $(VENV) with $(PYTHON)."
	@$(PYTHON) -m venv $(VENV) || { echo "On Debian: apt-get install python3-venv"; rm -rf $(VENV); exit 1; }

.PHONY: install install-dev
install: $(BIN)/python
	@.ci/install "$(VENV)" requirements.txt requirements-models.txt

install-dev: $(BIN)/python
	@.ci/install "$(VENV)" requirements.txt requirements-models.txt requirements-dev.txt

# ---- Running ------------------------------------------------------------------------------------------------------

run: install ## install what is missing, then serve the page on HOST:PORT (127.0.0.1:8000)
	@$(BIN)/python manage.py prepare
	@exec $(BIN)/python manage.py start

# ---- Tests and checks ---------------------------------------------------------------------------------------------

test: install-dev ## the whole test suite, on SQLite and on MariaDB
	@.ci/test "$(VENV)" "$(TEST_PROCESSES)" $(TEST_ARGUMENTS)

check: install-dev ## formatter, linter, types, import rules, migrations, then the tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	ATELIER_DATA_DIR=$(VENV)/check ATELIER_ENV_FILE= $(BIN)/mypy .
	$(BIN)/lint-imports
	ATELIER_DATA_DIR=$(VENV)/check ATELIER_ENV_FILE= $(BIN)/python manage.py makemigrations --check --dry-run
	$(MAKE) test

format: install-dev ## format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: install-dev ## the benchmark table; also written to benchmarks/results/ as JSON
	@$(BIN)/python -m benchmarks

bench-models: install-dev ## what the demo models reach on fresh data, against their targets
	@$(BIN)/python -m demo_models.bench

demo-models: install-dev ## train the demo models anew
	@$(BIN)/python -m demo_models.build

screenshots: install-dev ## make the pictures of pages in docs/images anew
	@$(BIN)/python -m tests.support.screenshots

audiocraft: install ## MusicGen by its authors' library, in an environment of its own
	@.ci/audiocraft "$(VENV)" "$(AUDIOCRAFT_VENV)"

node-modules: ## an IPFS node and another importer of files, for the tests that compare with them
	@.ci/node/install

constraints: install-dev ## write constraints.txt from what is installed
	@$(BIN)/python .ci/constraints.py

clean: ## remove the virtual environment and every cache; data in var/ stays
	rm -rf $(VENV) $(AUDIOCRAFT_VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis benchmarks/results
	find . -name __pycache__ -type d -not -path './var/*' -prune -exec rm -rf {} +
