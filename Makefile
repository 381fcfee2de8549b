# Tocsin needs Python 3.11 or newer, its venv module, and make. Everything else goes into .venv.
#
#   make try     a Slack workspace in the browser, with Tocsin in it
#   make test    every test (the browser's too, where there is a Chromium)
#   make check   the quick tests of the product itself (no browser, kills, PostgreSQL; nor playbooks, vendors, terminal)
#   make lint    format, lint, types, the direction of imports, unused dependencies
#   make lock    pin the dependencies again (needs uv)
#   make bench   how fast it is, against what else one would use (about 12 minutes)
#   make chaos   kill it at random, KILLS times on each database (SEED=n does the same again; with
#                ARGS=--every-failpoint at every hit of each of its steps instead)
#   make screenshots  take the README's pictures again (needs Chromium)
#   make clean   take away what make made

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help try test check bench chaos lint format lock screenshots clean
unexport PYTHONHOME PYTHONPATH VIRTUAL_ENV

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
WORKERS ?= 2
ARGS ?=

# The first browser found drives the browser tests; CHROMIUM=/path/to/one chooses.
CHROMIUM ?= $(shell command -v chromium chromium-browser google-chrome google-chrome-stable | head -n 1)
export CHROMIUM

help:
	@sed -n '3,11s/^# *//p' Makefile

try: $(VENV)/.runtime
	@$(BIN)/tocsin try $(ARGS)

test: $(VENV)/.dev
	@status=0; $(BIN)/python -m pytest --numprocesses $(WORKERS) --dist worksteal $(ARGS) || status=$$?; \
	if [ -z "$(CHROMIUM)" ]; then \
	    echo "No browser was found, so the browser tests were skipped. Install Chromium, or name one: make test CHROMIUM=/path/to/chromium"; \
	fi; exit $$status

# What stands around it has quick tests too, which `make test` runs: `make check BESIDE= ` runs them here as well.
BESIDE ?= playbooks sandbox simulator integrations cli
check: $(VENV)/.dev
	@$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist worksteal -m "not slow and not browser and not kill and not postgres" \
	    $(BESIDE:%=--ignore=tests/%) $(ARGS)

bench: $(VENV)/.dev
	@$(BIN)/python -m benchmarks $(ARGS)

KILLS ?= 1000
SEED ?=
chaos: $(VENV)/.dev
	@status=0; for database in sqlite postgres; do \
	    $(BIN)/python -m tests.chaos --kills $(KILLS) --database $$database $(if $(SEED),--seed $(SEED)) $(ARGS) || status=$$?; \
	done; exit $$status

lint: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache --no-logo
	$(BIN)/deptry .

format: $(VENV)/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

screenshots: $(VENV)/.dev
	TOCSIN_SCREENSHOTS=docs $(BIN)/python -m pytest tests/acceptance/test_browser.py tests/acceptance/test_chart.py -k "postmortem or chart"

# One line each; `--universal` pins for every platform, and the hashes hold wherever pip fetches from.
COMPILE = uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
    --no-header --no-annotate --quiet --extra postgres --group build
lock:
	$(COMPILE) --output-file requirements.lock
	$(COMPILE) --group dev --constraint requirements.lock --output-file requirements-dev.lock

clean:
	rm -rf $(VENV) .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache dist
	find app tests -name __pycache__ -prune -exec rm -rf {} +

# --- the virtual environment: made once, brought up to date when a lock changes ---

$(BIN)/python:
	@for python in $(PYTHON) python3.11 python3 python3.12 python3.13 python3.14 python; do \
	    if $$python -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	        exec $$python -m venv --clear $(VENV); \
	    fi; \
	done; \
	echo "Tocsin needs Python 3.11 or newer with its venv module (Debian: apt install python3 python3-venv), and found none. If it lies elsewhere: make PYTHON=/path/to/python3" >&2; \
	exit 1

# The locks hold every package, so nothing is left to resolve (--no-deps), and two pips share the
# work. The newest pip comes first, from the same lock: it reads an index in half the time.
define install
	@echo "Installing $(1) into $(VENV) (once) …"
	@$(PIP) install --require-hashes --no-deps -r <(awk '/^[a-z0-9]/ { on = /^pip==/ } on' $(1))
	@half() { awk -v half=$$1 '/^[a-z0-9]/ { n++ } n % 2 == half' $(1); }; \
	$(PIP) install --require-hashes --no-deps -r <(half 0) & first=$$!; status=0; \
	$(PIP) install --require-hashes --no-deps -r <(half 1) || status=$$?; \
	wait $$first && exit $$status
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@
endef

$(VENV)/.runtime: requirements.lock pyproject.toml | $(BIN)/python
	$(call install,requirements.lock)

$(VENV)/.dev: requirements-dev.lock pyproject.toml | $(BIN)/python
	$(call install,requirements-dev.lock)
	@touch $(VENV)/.runtime
