# Everything starts here. `make help` lists the targets.
PYTHON ?= python3
.DEFAULT_GOAL := help
.PHONY: help setup run dev test check format translations bench simulate lock clean

help: ## what can be done here
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 14
	@echo
	@echo "Ports and places: PORT=8000 RASA_PORT=5005 ACTIONS_PORT=5055 DATABASE_URL BROKER_URL (see README)"

setup: python ## create both environments (web in .venv, Rasa in bot/.venv)
	@$(PYTHON) -m tools.environments web bot

run: python ## everything on this machine: set up, load the demo city, train, start; Ctrl-C stops it
	@$(PYTHON) -m tools.run

dev: python ## the tools for tests and checks, into .venv
	@$(PYTHON) -m tools.environments dev

test: dev ## all tests; those whose server, browser or bot is not there say why they skip
	@$(PYTHON) -m tools.environments bot
	@# Hundreds of processes load the same modules: the first one keeps them compiled, whatever the shell says.
	PYTHONDONTWRITEBYTECODE= .venv/bin/pytest -n auto --dist loadgroup -rfEs $(ARGS)

check: dev ## lint, types, import arrows, Dockerfile and compose.yaml
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports --no-cache
	.venv/bin/hadolint Dockerfile
	.venv/bin/check-jsonschema --builtin-schema vendor.compose-spec compose.yaml

format: dev ## let ruff arrange the code
	.venv/bin/ruff check --fix-only .
	.venv/bin/ruff format .

translations: dev ## take new texts into webapp/translations and compile what is translated
	.venv/bin/pybabel --quiet extract -F babel.cfg -k N_ -k _l -k lazy_gettext --no-location --sort-output -o .messages.pot webapp
	.venv/bin/pybabel --quiet update -i .messages.pot -d webapp/translations -l en --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --width 110
	.venv/bin/pybabel --quiet compile -d webapp/translations
	@rm .messages.pot

bench: dev ## measure; ARGS="submit pages" chooses (bench/README.md)
	.venv/bin/python -m bench $(ARGS)

simulate: dev ## synthetic cities whose truth is known, into docs/simulation.md; ARGS="--quick" prints a small run
	.venv/bin/python -m tools.simulate $(ARGS)

lock: ## compile the locks anew (needs uv)
	tools/lock.sh

clean: ## remove environments, models, caches and the demo database
	rm -rf .venv bot/.venv bot/models bot/.rasa var .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: python
python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; make PYTHON=/path/to/python3.11")'
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "Python's venv is missing: apt-get install python3-venv"; exit 1; }
