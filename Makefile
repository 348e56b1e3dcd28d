# Everything that `make` makes lives in .local/ of this checkout, Python's __pycache__ aside.
SHELL := /bin/bash
.DEFAULT_GOAL := help
STACK ?= local
PYTHON ?= python3
# Test modules that run at a time; each worker has planes of its own.
WORKERS ?= 2
LOCAL := $(CURDIR)/.local
VENV := $(LOCAL)/venv
BIN := $(VENV)/bin
CLOUD := $(BIN)/python -m localcloud
PYTEST = $(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder

# Hundreds of short programs of this checkout run: each would compile it anew.
unexport PYTHONDONTWRITEBYTECODE
export PIP_CACHE_DIR := $(LOCAL)/cache/pip
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help up preview preview-report verify config drill destroy down clean test test-all docs lint fmt bench tools venv

help: ## show the verbs
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

up: venv ## bring the mesh up on local control planes: plan first, then apply
	@$(CLOUD) up --stack $(STACK) $(if $(SCENARIO),--scenario $(SCENARIO))

preview: venv ## show what `make up` would do
	@$(CLOUD) preview --stack $(STACK)

preview-report: venv ## the same as what a pull request is told of it (BASE=...: what costs are compared with)
	@$(CLOUD) preview-report --stack $(STACK) $(if $(BASE),--base "$(BASE)")

verify: venv ## ask every link of the running mesh whether it is connected
	@$(CLOUD) verify --stack $(STACK)

config: venv ## print what a stack's files say together, each value with its place (DEFAULTS=1, FORMAT=json)
	@$(BIN)/python -m components.show_config --stack $(STACK) $(if $(FORMAT),--format $(FORMAT)) $(if $(DEFAULTS),--defaults)

drill: venv ## SERVICE=... CLUSTER=...: take a global service away there, watch the others, restore
	@$(CLOUD) drill --stack $(STACK) --service "$(SERVICE)" --cluster "$(CLUSTER)" \
		$(if $(NAMESPACE),--namespace "$(NAMESPACE)") $(if $(HOLD),--hold "$(HOLD)") $(if $(RESTORE),--restore)

destroy: venv ## take the mesh away; the control planes stay
	@$(CLOUD) destroy --stack $(STACK)

down: venv ## stop the control planes; their data stays
	@$(CLOUD) stop

clean: ## stop everything and remove .local
	@if [ -f $(LOCAL)/venv.stamp ]; then $(CLOUD) stop > /dev/null; fi
	@if [ -d $(LOCAL)/go ]; then chmod -R u+w $(LOCAL)/go; fi
	@echo "removing .local: control planes, their data, and all that was built"
	@rm -rf $(LOCAL)

test: venv ## what every merge must pass; what cannot run fails
	@$(CLOUD) tools --tests
	@$(PYTEST) -m "not nightly"
	@echo "the longest stories are left to the night: make test-all"

test-all: venv ## the same and the longest stories, as every night
	@$(CLOUD) tools --all-tests
	@$(PYTEST)

docs: venv ## write the schema of stack files and the page of all keys, from the models
	@$(BIN)/python -m components.reference

lint: venv ## style, types, layers, stale exports, schema and reference as the models say, workflows
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(BIN)/mypy components localcloud policies verify drill report tests bench __main__.py
	@$(BIN)/lint-imports .importlinter --cache-dir $(LOCAL)/cache/importlinter
	@$(BIN)/python -m components.reference --check
	@$(BIN)/zizmor --offline --quiet .github

fmt: venv ## format
	@$(BIN)/ruff check --fix . && $(BIN)/ruff format .

bench: tools ## what it costs, as ratios of two things run side by side (COLD=1: from nothing; SCALE=1: fleets)
	@$(BIN)/python -m bench $(if $(COLD),--cold) $(if $(SCALE),--scale)

tools: venv ## build what localcloud runs (skipped when it is there)
	@$(CLOUD) tools

venv: $(LOCAL)/venv.stamp

$(LOCAL)/venv.stamp: requirements-dev.txt
	@$(PYTHON) localcloud/environment.py
