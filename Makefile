# `make` prints what there is. Every recipe is one line; what needs more lives in loadlib or in tests/.
# A failing recipe makes `make` exit 2; its own code is printed ("Error 99"). `loadlib run` exits with the code itself.

PYTHON ?= python3
BIN := .venv/bin
SCENARIO ?= mixed
PIP := PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_REQUIRE_VIRTUALENV=1 $(BIN)/pip install -qq

# Values reach `loadlib` as environment variables, and only those that are set. $(value) takes the text as it was
# typed: neither make nor the shell ever expands it, so quotes, blanks, $ and ; in a value are plain characters.
SETTINGS := BASE_URL WEB_URL API_URL CCR_URL PROFILE USERS DURATION THRESHOLDS ENVIRONMENT
literal = $(eval override $1 := $$(value $1))
$(foreach name,$(SETTINGS) SCENARIO PORT,$(if $(value $(name)),$(call literal,$(name))))
$(foreach name,$(SETTINGS),$(if $(value $(name)),$(eval export LOADLIB_$(name) := $$(value $(name)))))
export SCENARIO PORT

.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:
.PHONY: help setup demo dashboard a2a streaming ccr realtime mixed ui target check test lint types arch bench format golden schemas lock clean

help:
	@awk -F ':.*## ' '/^##@ /{printf "\n%s\n", substr($$0, 5)} /^[a-z0-9]+:.*## /{printf "  make %-11s%s\n", $$1, $$2} /^#= /{print substr($$0, 4)}' $(MAKEFILE_LIST)

##@ Start
setup: .venv/.ready ## create .venv with the pinned dependencies
demo: setup ## reference platform, a short run and its report
	@$(BIN)/loadlib demo

##@ Scenarios
dashboard a2a streaming ccr realtime mixed: setup
	@$(BIN)/loadlib run $@

dashboard: ## people on the dashboard: agents, AG-UI streams, approvals
a2a: ## agent-to-agent calls: discovery, message/send, tasks
streaming: ## server-sent events: first token, chunk gaps, stalls
ccr: ## model routing: health, routes, fallback
realtime: ## dashboard sync over socket.io: refusals, delivery, losses
mixed: ## all of them at once, weighted
ui: setup ## Locust's web UI on loopback, SCENARIO=mixed
	@$(BIN)/loadlib run "$$SCENARIO" --ui
target: setup ## the reference platform alone, PORT=7777
	@$(BIN)/loadlib target $${PORT:+--port "$$PORT"}

#=   with BASE_URL= WEB_URL= API_URL= CCR_URL= PROFILE= USERS= DURATION=
#=        THRESHOLDS= ENVIRONMENT=     e.g. make a2a USERS=20 DURATION=1m
#=   exit 2 is any failure; the printed code tells which (99: a threshold)

##@ Quality
check: lint types test ## everything CI checks
test: setup ## all tests, the architecture's among them
	@PYTHONDONTWRITEBYTECODE= $(BIN)/pytest -q -n auto --dist loadfile --no-loadscope-reorder
lint: setup ## ruff: rules and formatting
	@$(BIN)/ruff check --quiet && $(BIN)/ruff format --quiet --check
types: setup ## mypy, strict
	@$(BIN)/mypy --no-error-summary
arch: setup ## the layers alone: who may import whom
	@$(BIN)/pytest -q tests/unit/test_architecture.py
bench: setup ## load generators side by side: CPU, memory, start-up
	@$(BIN)/python -m benchmarks

##@ Maintenance
format: setup ## let ruff rewrite the code
	@$(BIN)/ruff check --quiet --fix && $(BIN)/ruff format --quiet
golden: setup ## accept the renderers' present output as golden
	@LOADLIB_UPDATE_GOLDEN=1 $(BIN)/pytest -q tests/golden
schemas: setup ## write schemas/*.json from the models
	@$(BIN)/loadlib schema --write schemas
lock: setup ## write constraints.txt, every version with its hashes
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url --all-extras pyproject.toml -o constraints.txt
clean: ## remove .venv, caches and builds; results/ stays
	@rm -rf .venv dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis && find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamp is written last: an interrupted set-up is done again.
.venv/.ready: pyproject.toml constraints.txt | $(BIN)/pip
	@echo "Installing the pinned dependencies into .venv ..." && $(PIP) --require-hashes -r constraints.txt && $(PIP) --no-deps --no-build-isolation -e . && touch $@

$(BIN)/pip:
	@command -v "$(PYTHON)" >/dev/null || { echo "No $(PYTHON) here. loadlib needs Python 3.11 or newer: make setup PYTHON=/path/to/python3" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "loadlib needs Python 3.11 or newer, $(PYTHON) is $$("$(PYTHON)" -V 2>&1): make setup PYTHON=/path/to/python3" >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { echo "$(PYTHON) cannot make virtual environments: install its venv module (Debian, Ubuntu: apt-get install python3-venv)" >&2; exit 1; }
	@"$(PYTHON)" -m venv .venv
