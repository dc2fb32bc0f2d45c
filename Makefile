# `make help` says what each target does. Everything lives in .venv; nothing is installed elsewhere.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
CUSTOMERS ?= 10000
BIN := .venv/bin
PIP := $(BIN)/pip --disable-pip-version-check --quiet install
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
  --no-strip-extras
export DBT_SEND_ANONYMOUS_USAGE_STATS := false

.PHONY: help build report dashboard docs check bench bench-clustering bench-identity bench-scores bench-propensity examples lint lock test clean

help:  ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## (.*)/  make \1\t\2/' | expand -t 18

.venv/runtime: requirements/runtime.lock pyproject.toml
	@echo "Installing Strate into .venv (about a minute) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(PIP) --no-deps --require-hashes -r requirements/runtime.lock
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

.venv/dev: .venv/runtime requirements/dev.lock
	@echo "Installing what the tests need ..."
	@$(PIP) --no-deps --require-hashes -r requirements/dev.lock
	@touch $@

build: .venv/runtime  ## make the environment, build the demo, show its segments
	@rm -f target/run_results.json
	@$(BIN)/dbt build; status=$$?; $(BIN)/strate summary; exit $$status

report: .venv/runtime  ## write the pictures of the last build to strate_report.html
	@$(BIN)/strate report

dashboard: .venv/runtime  ## publish the last build and serve it on http://127.0.0.1:8501
	@$(BIN)/strate publish && $(BIN)/strate dashboard

docs: .venv/dev  ## write the site of the docs to site/: pages, tables with their lineage, the demo's report
	@test -f strate.duckdb || $(BIN)/dbt build
	@DBT_TARGET_PATH=target/docs $(BIN)/dbt --quiet docs generate --static
	@$(BIN)/python docs/site/build.py

lint: .venv/dev  ## ruff and sqlfluff
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@set -o pipefail; $(BIN)/sqlfluff lint --processes 2 models macros tests 2>&1 | sed '/because it is a macro/d'

check: .venv/dev lint  ## the inner loop: lint, parse, quick tests (no whole builds)
	@$(BIN)/dbt --quiet --warn-error parse --no-partial-parse --show-all-deprecations
	@$(BIN)/pytest --numprocesses 2 -m "not build"

examples: .venv/dev  ## build the example projects on the real data in STRATE_DATA
	@$(BIN)/pytest tests/python/test_examples.py

bench: .venv/runtime  ## time Strate beside the usual pandas script; CUSTOMERS=100000 says how many customers
	@$(BIN)/python bench/run.py --customers $(CUSTOMERS)

bench-clustering: .venv/runtime  ## score the clustering engine on the known answers in STRATE_DATA
	@$(BIN)/python bench/clustering/run.py

bench-identity: .venv/runtime  ## score matching on the known answers in STRATE_DATA, and time it
	@$(BIN)/python bench/identity/run.py

bench-scores: .venv/runtime  ## judge scores on the real data in STRATE_DATA, and time them
	@$(BIN)/python bench/scores/run.py

bench-propensity: .venv/runtime  ## time propensity of a million customers beside a plain scikit-learn script
	@$(BIN)/python bench/scores/speed.py

test: .venv/dev lint  ## everything: lint, parse, unit tests, whole builds, examples, links
	@$(BIN)/dbt --quiet --warn-error parse --no-partial-parse --show-all-deprecations
	@$(BIN)/pytest --numprocesses 2 --dist loadgroup

lock: .venv/runtime  ## make the lock files anew from pyproject.toml; UPGRADE=--upgrade takes the newest versions
	@$(PIP) uv
	@$(LOCK) $(UPGRADE) pyproject.toml --extra alerts --extra dashboard --extra encrypted --extra postgres --group dev --output-file requirements/dev.lock
	@printf 'editables\nhatchling\n' > .venv/build.in
	@$(LOCK) pyproject.toml --extra alerts --extra dashboard --extra encrypted --extra postgres .venv/build.in --constraints requirements/dev.lock --output-file requirements/runtime.lock

clean:  ## remove the environment, the demo database, its report and what dbt wrote
	@rm -rf .venv target logs site strate.duckdb strate.duckdb.wal strate_public.duckdb strate_report.html
