# Everything a developer types. `make help` lists it. Each target sets up what it needs in .venv (and .venv-3.2).

PYTHON ?= python3
VENV := .venv
VENV_32 := .venv-3.2
ONCE ?=
ARGS ?=

# Nothing that is run from here touches the user's own Airflow. (The tests and the demo see to it themselves.)
export AIRFLOW_HOME = $(CURDIR)/.airflow

SETUP := requirements/uv.txt setup.cfg setup.py scripts/make-venv
READY := $(VENV)/.ready
READY_32 := $(VENV_32)/.ready

.DEFAULT_GOAL := help
.PHONY: help demo cluster test test-3.2 test-cluster ui ui-is-built check format bench-quick lock venv venv-3.2 clean

help:  ## this list
	@awk -F ':.*##' '/^[a-z0-9.-]+:.*##/ { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo "  PYTHON=python3.12 chooses the Python, ARGS='-k name -x' goes to pytest"

demo: $(READY)  ## run the example DAGs on a local Linkis and a local Airflow; ONCE=1: end, and tell by the exit code
	$(VENV)/bin/python -m taskcenter_sandbox.demo $(if $(ONCE),--once)

cluster: $(READY)  ## the demo on a distributed Airflow: PostgreSQL, Redis, Celery, two of most components; ONCE=1 as above
	$(VENV)/bin/python -m taskcenter_sandbox.demo --cluster $(if $(ONCE),--once)

test: $(READY)  ## the tests, on Airflow 3.3; those on a distributed Airflow are test-cluster's
	scripts/run-tests $(VENV) "e2e or packaging" $(ARGS)

# Both environments have the same versions of everything but Airflow itself. So on the older one only what uses it is tested anew;
# end to end, the job lifecycle that all systems share, the task center, and a first plan on its page. Not: the local stand-ins, the protocols, how a hook
# asks a system for each of its endpoints and reads what comes back, what passes the gateway, what a browser makes a picture of.
E2E_32 := $(patsubst %,tests/e2e/test_%.py,linkis_jobs task_center page_newcomer)
NOT_32 := $(addprefix tests/,sandbox core benchmarks docker docs plans) $(filter-out $(E2E_32),$(wildcard tests/e2e/test_*.py)) \
  $(patsubst %,tests/linkis/test_%.py,bad_input downloads log request system) \
  $(patsubst %,tests/exchangis/test_%.py,definitions hook local_server logs system) \
  $(patsubst %,tests/flink/test_%.py,hook on_flink sql_on_flink sql_script) tests/hlink/test_hook.py \
  $(patsubst %,tests/gateway/test_%.py,failures gateway_fuzz leaks pairs streaming) \
  $(patsubst %,tests/jobs/test_%.py,events flows_over_http) \
  tests/plugin/test_schema_fuzz.py tests/plugin/job_types/test_screenshot.py

test-3.2: $(READY_32)  ## the tests of the providers, of the job lifecycle and of the task center, on Airflow 3.2
	scripts/run-tests $(VENV_32) e2e $(addprefix --ignore=,$(NOT_32)) $(ARGS)

test-cluster: $(READY)  ## the tests of the task center on a distributed Airflow; ten minutes, and most of the machine
	$(VENV)/bin/pytest -m cluster $(ARGS)

# Vite empties the folder that it builds into; what is there in the end is part of the repository and of the wheel.
WWW := plugins/taskcenter_plugin/www

ui:  ## the page in Airflow's UI, from its lock file: type check, tests, build (wants Node.js 20.19 or later)
	cd $(WWW) && npm ci --no-audit --no-fund && npm run check && npm test && npm run build

ui-is-built: ui  ## that the page in the repository is what its source builds
	@test -z "$$(git status --porcelain -- plugins/taskcenter_plugin/www_dist)" || \
	  { git status --short -- plugins/taskcenter_plugin/www_dist; echo "The built page is not that of its source: commit what make ui has built."; exit 1; }

check: $(READY)  ## ruff, format and mypy
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

format: $(READY)  ## format the code, and mend what ruff can mend by itself
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

bench-quick: $(READY)  ## the benchmarks, small: that they run, not how fast
	$(VENV)/bin/python benchmarks/polling.py --quick
	$(VENV)/bin/python benchmarks/results.py --quick
	$(VENV)/bin/python benchmarks/quartz.py --quick
	$(VENV)/bin/python benchmarks/plans.py --quick
	$(VENV)/bin/python benchmarks/lists.py --quick
	$(VENV)/bin/python benchmarks/gateway.py --quick
	$(VENV)/bin/python benchmarks/page.py --quick
	$(VENV)/bin/python benchmarks/load.py --quick

lock: $(READY)  ## compile the lock files anew; ARGS=--upgrade takes the newest releases
	scripts/compile-locks $(VENV)/bin/uv $(ARGS)

venv: $(READY)  ## only the set-up

venv-3.2: $(READY_32)  ## that of Airflow 3.2

clean:  ## remove everything that the other targets have made
	rm -rf $(VENV) $(VENV_32) $(AIRFLOW_HOME) $(WWW)/node_modules .demo build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): requirements/airflow-3.3.txt $(SETUP)
	scripts/make-venv $(PYTHON) $(VENV) $<
	@touch $@

$(READY_32): requirements/airflow-3.2.txt $(SETUP)
	scripts/make-venv $(PYTHON) $(VENV_32) $<
	@touch $@
