# Everything a person does with this repository is one of these targets; `make` alone explains them.
# Needs only make and Python 3.11 or newer: all else is installed into .venv, which no other project sees.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
CODE := app benchmarks migrations tests wsgi.py
WORKERS ?= 2
BALLOTS ?=

.PHONY: help
help: ## Explain the targets (this text)
	@printf 'make TARGET, where TARGET is one of\n\n'
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@printf '\nSettings are environment variables named ALTHING_...: .env.example lists them all.\n'

# --- set-up -------------------------------------------------------------------------------------------

.PHONY: setup
setup: $(STAMP) ## Make .venv and install the locked requirements into it (the others do this by themselves)

# PYTHON=... names an interpreter; without it the first that is new enough is taken.
$(STAMP): requirements/dev.txt
	@python=; \
	for candidate in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11; do \
	  if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
	    python=$$candidate; break; \
	  fi; \
	done; \
	if [ -z "$$python" ]; then \
	  echo 'Althing needs Python 3.11 or newer, and none was found: install it, or name it with make PYTHON=/path/to/python3' >&2; exit 1; \
	fi; \
	if ! "$$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then \
	  echo "$$python has no venv module: apt install python3-venv (or your system's package of that name)" >&2; exit 1; \
	fi; \
	if ! $(BIN)/python -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
	  "$$python" -m venv --clear $(VENV) || exit 1; \
	fi; \
	echo 'Installing requirements/dev.txt into $(VENV) (about a minute the first time)'; \
	$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

# --- use ----------------------------------------------------------------------------------------------

.PHONY: run
run: $(STAMP) ## Serve the API with docs at /docs, on SQLite unless ALTHING_DATABASE_URL says otherwise
	@$(BIN)/flask --app wsgi db upgrade
	@$(BIN)/flask --app wsgi keys rotate --if-none
	@exec $(BIN)/flask --app wsgi serve

.PHONY: demo
demo: $(STAMP) ## Walk through a community's decision and recount it; BALLOTS=file.blt counts your own ballots
	@exec $(BIN)/flask --app wsgi demo $(if $(BALLOTS),--ballots '$(BALLOTS)')

.PHONY: bench
bench: $(STAMP) ## Measure this machine against the bare floor, on PostgreSQL where its programs are installed
	@exec $(BIN)/python -m tests.support.postgres_cluster -- $(BIN)/python -m benchmarks

# --- check --------------------------------------------------------------------------------------------

# Thousands of small databases live here for a moment each: in memory where there is room for them, because
# every commit waits for the disk otherwise. Nothing that is tested depends on it.
TEST_TMPDIR = $(shell if [ -w /dev/shm ] && \
	[ "$$(df -Pk /dev/shm | awk 'NR == 2 {print $$4}')" -gt 4000000 ]; \
	then echo /dev/shm; else echo "$${TMPDIR:-/tmp}"; fi)

.PHONY: test
test: lint ## Check style, types and imports, then test on SQLite and PostgreSQL (its own cluster, stopped after)
	@FLASK_SKIP_DOTENV=1 TMPDIR=$(TEST_TMPDIR) exec $(BIN)/python -m tests.support.postgres_cluster -- $(BIN)/pytest -n $(WORKERS) --dist worksteal $(PYTEST_ARGS)

.PHONY: lint
lint: $(STAMP) ## Check style, types and the direction of imports
	@$(BIN)/ruff check --quiet $(CODE)
	@$(BIN)/ruff format --check --quiet $(CODE) || { echo 'not formatted as ruff does it: make format' >&2; exit 1; }
	@$(BIN)/mypy
	@PYTHONPATH=. $(BIN)/lint-imports --no-cache --no-logo

.PHONY: check-tree
check-tree: $(STAMP) ## Check the files themselves: no machine's paths, no missing documentation (a part of test)
	@exec $(BIN)/pytest -q tests/repository

.PHONY: format
format: $(STAMP) ## Format the code and repair what the linter can
	@$(BIN)/ruff check --quiet --fix-only $(CODE)
	@$(BIN)/ruff format $(CODE)

# --- keep ---------------------------------------------------------------------------------------------

# The compiler of requirements has its own environment, so that it pins nothing of ours.
COMPILE := $(CURDIR)/.venv-lock/bin/pip-compile --quiet --strip-extras --generate-hashes \
	--no-header --no-annotate --no-emit-options $(if $(UPGRADE),--upgrade)

.PHONY: lock
lock: $(STAMP) ## Resolve requirements/*.txt anew from pyproject.toml; UPGRADE=1 takes newer versions too
	@[ -x .venv-lock/bin/pip-compile ] || { $(BIN)/python -m venv --clear .venv-lock && \
	  .venv-lock/bin/python -m pip install --quiet --quiet --disable-pip-version-check 'pip-tools>=7.6,<8'; }
	$(COMPILE) --all-extras --output-file requirements/dev.txt pyproject.toml
	$(COMPILE) --extra postgres --constraint requirements/dev.txt --output-file requirements/runtime.txt pyproject.toml

.PHONY: clean
clean: ## Remove what the tools made; the database and secret in var/ stay
	rm -rf $(VENV) .venv-lock .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find app benchmarks migrations tests -type d -name __pycache__ -prune -exec rm -rf {} +
