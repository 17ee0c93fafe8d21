# The commands of the house. Each installs what it needs itself; what is there already costs nothing.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help

VENV := .venv
LINT := .venv-lint
BIN := $(VENV)/bin
# uv keeps what a lock holds already, so that a new lock moves only what its .in file moves.
COMPILE := UV_PYTHON_DOWNLOADS=never uv pip compile --quiet --python-version 3.11 --generate-hashes --no-annotate --no-header $(LOCK_FLAGS)
PROJECTS = . $(patsubst %/,%,$(sort $(dir $(wildcard examples/*/catalog))))

.PHONY: help
help: ## what can be done here
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | while IFS=$$'\t' read -r target about; do printf '  make %-10s %s\n' "$$target" "$$about"; done

.PHONY: install
install: ## install the engine and its command into .venv
	@requirements/install.sh $(VENV) main --with-project

.PHONY: demo
demo: install ## the whole line on a pretend province: two quarters, published on a site here
	@$(BIN)/minhbach demo $(ARGS)

.PHONY: serve
serve: install ## serve the site of the demo on loopback
	@$(BIN)/minhbach serve $(ARGS)

.PHONY: airflow airflow-ckan airflow-stop airflow-status
airflow: ## Airflow for real on a pretend province, on loopback (ARGS="--celery" or "--period 2026-Q3")
	@python3 -m deploy.airflow up $(ARGS)

airflow-ckan: portal ## the same, publishing to the CKAN of `make portal` (AIRFLOW_ARGS="--celery")
	@python3 -m deploy.airflow up --portal-home --to ckan $(AIRFLOW_ARGS)

airflow-stop: ## end that Airflow whole
	@python3 -m deploy.airflow stop $(ARGS)

airflow-status: ## how each of its servers stands
	@python3 -m deploy.airflow status $(ARGS)

.PHONY: portal portal-stop portal-status
portal: install debian ## a real CKAN on loopback, with the organisations of this project (ARGS="--port-base 5000")
	@owners=$$($(BIN)/python -m deploy.portal.owners .); mapfile -t owners <<<"$$owners"; \
	python3 -m deploy.portal up "$${owners[@]/#/--organization=}" $(ARGS)

.PHONY: demo-ckan
demo-ckan: portal ## the demo's two quarters, published on that CKAN as well
	@known=$$(python3 -m deploy.portal env); set -a; source <(echo "$$known"); set +a; $(BIN)/minhbach demo --to ckan $(DEMO_ARGS)

portal-stop: ## stop that CKAN; what it holds stays
	@python3 -m deploy.portal stop $(ARGS)

portal-status: ## how each of its services stands
	@python3 -m deploy.portal status $(ARGS)

.PHONY: dev
dev: install ## install what tests and checks need as well
	@requirements/install.sh $(VENV) dev --with-project

.PHONY: lint-env
lint-env:
	@requirements/install.sh $(LINT) lint

.PHONY: debian
debian:
	@requirements/debian.sh

.PHONY: test
test: dev debian ## run the tests (ARGS="tests/core -k calendar" narrows them)
	@$(BIN)/python -m pytest $(ARGS)

CHECKS := check-python check-types check-layers check-yaml check-sql check-declarations
.PHONY: check $(CHECKS)
check: $(CHECKS) ## all that can be known without running: lint, types, layers, declarations (make -k check: every failure)

check-python: dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

check-types: dev
	$(BIN)/mypy

check-layers: dev
	$(BIN)/lint-imports

check-yaml: dev
	$(BIN)/yamllint --strict .

check-sql: lint-env
	$(LINT)/bin/sqlfluff lint --disable-progress-bar $(wildcard dbt_project examples/*/dbt_project)

check-declarations: dev
	@for project in $(PROJECTS); do echo "minhbach --project $$project check"; $(BIN)/minhbach --project "$$project" check; done

.PHONY: lock
lock: ## write the locks anew from requirements/*.in (needs uv)
	cd requirements && for name in bootstrap slim main lint; do $(COMPILE) $$name.in -o $$name.txt; done
	cd requirements && for name in dev production; do $(COMPILE) -c main.txt $$name.in -o $$name.txt; done
	cd requirements && $(COMPILE) --override portal.overrides portal.in -o portal.txt

.PHONY: clean
clean: ## remove environments, caches and what the demo left here
	rm -rf $(VENV) $(LINT) .venv-airflow var build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	rm -rf dbt_project/target dbt_project/logs dbt_project/dbt_packages
