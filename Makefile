# Stepline: `make` lists the targets. Works with GNU make 3.81 (macOS) and later.

VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
SANDBOX_PORT ?= 8001
DATA_DIR ?= data
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)

# What decides which packages and browser files belong into the environment.
DECLARED := pyproject.toml constraints.txt web/package.json web/package-lock.json web/assets.py
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.PHONY: help run install test check format bench screenshots lock clean distclean

help: ## List the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1	\2/p' Makefile | expand -t 20

run: install ## Start Stepline with a sandbox and print a link that opens it (PORT=, SANDBOX_PORT=, DATA_DIR=)
	@exec $(BIN)/stepline demo --port $(PORT) --sandbox-port $(SANDBOX_PORT) --data-dir $(DATA_DIR)

install: $(VENV)/.installed web/static/vendor/.stamp ## Make the environment and install Stepline into it

test: $(VENV)/.installed-test web/static/vendor/.stamp $(VENV)/.browser ## Run all tests, on all processors (ARGS= for pytest)
	@$(BIN)/python -m pytest -n auto --maxprocesses 8 --dist worksteal $(ARGS)

check: $(VENV)/.installed-test ## Check style, types, layers and connectors
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python -m connectors._kit.check --examples

format: $(VENV)/.installed-test ## Put the code into shape
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(VENV)/.installed-test web/static/vendor/.stamp $(VENV)/.browser ## Measure speed against a started server
	@$(BIN)/python -m tests.bench $(ARGS)
	@$(BIN)/python -m tests.bench.kit
	@$(BIN)/python -m tests.bench.pages
	@$(BIN)/python -m tests.bench.editor
	@$(BIN)/python -m tests.bench.catalogue

screenshots: $(VENV)/.installed-test web/static/vendor/.stamp $(VENV)/.browser ## Take a picture of every page into ./screenshots (ARGS=--readme: those of the README)
	@$(BIN)/python -m tests.pictures $(ARGS)

lock: $(VENV)/.installed-test ## Renew constraints.txt, the versions that this Makefile installs
	@$(PIP) install uv
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --all-extras --no-header --no-annotate \
		--upgrade pyproject.toml --output-file constraints.txt

clean: ## Remove caches and built files, but neither the environment nor any data
	@rm -rf dist build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache test-results
	@find connectors engine web tests -name __pycache__ -prune -exec rm -rf {} +

distclean: clean ## Remove the environment and the browser files as well
	@rm -rf $(VENV) web/static/vendor web/node_modules

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Stepline needs Python 3.11 or newer. Install it, or say where it is:" \
		"make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "$(PYTHON) is not Python 3.11 or newer." >&2; exit 1; }
	@echo "Making the environment in $(VENV) …"
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "The environment could not be made." \
		"On Debian and Ubuntu, install python3-venv first: apt-get install python3-venv" >&2; exit 1; }

$(VENV)/.installed: $(DECLARED) | $(VENV)/bin/python
	@echo "Installing Stepline and its browser files (about a minute the first time) …"
	@$(PIP) install --constraint constraints.txt --editable .
	@touch $@

$(VENV)/.installed-test: $(DECLARED) | $(VENV)/bin/python
	@echo "Installing Stepline with everything its tests need …"
	@$(PIP) install --constraint constraints.txt --editable '.[test]'
	@touch $(VENV)/.installed $@

# The installation makes it; this rule is for a checkout that lost it.
web/static/vendor/.stamp: | $(VENV)/.installed
	@test -f $@ || $(PIP) install --constraint constraints.txt --editable . --no-deps

$(VENV)/.browser: $(VENV)/.installed-test .ci/browser
	@.ci/browser $(BIN)/python
	@touch $@
