# Everything runs inside .venv, which the first target that needs it makes.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# What an installation is made from, beside the code itself, which it uses in place.
PROJECTS := pyproject.toml hatch_build.py package-lock.json $(wildcard plugins/*/pyproject.toml) \
	$(wildcard app/tanggap/web/translations/*/LC_MESSAGES/*.po)
PLUGINS := -e "plugins/twitter[simulator]" -e "plugins/facebook[simulator]" -e "plugins/linkedin[simulator]" \
	-e "plugins/discourse[simulator]" -e plugins/notify
RUN := $(VENV)/.run
DEV := $(VENV)/.dev

# Three test processes for two cores, as many a test waits for a browser, a server or a killed worker;
# a file's tests stay together, since they share what they prepare. JOBS=0 runs them in this process,
# where a debugger reaches them.
JOBS ?= $(shell cores=$$(getconf _NPROCESSORS_ONLN); echo $$(( cores < 5 ? (cores * 3 + 1) / 2 : 8 )))
PARALLEL := -n $(JOBS) --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help demo test lint format types imports check fuzz docs pictures alone guide bench clean services-start services-stop

help: ## Show these lines.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 18

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"

$(RUN): $(VENV)/bin/python $(PROJECTS)
	@echo "Installing Tanggap and its channels into $(VENV), which takes a minute or two ..."
	$(BIN)/python -m pip install --quiet -e . $(PLUGINS)
	@touch $@

$(DEV): $(VENV)/bin/python $(PROJECTS) ml/pyproject.toml ml/constraints.txt
	@echo "Installing Tanggap, its channels, training and the tools into $(VENV) ..."
	$(BIN)/python -m pip install --quiet --constraint ml/constraints.txt \
		-e ".[postgres,redis]" $(PLUGINS) -e ml --group test --group lint
	@touch $(RUN) $@

demo: $(RUN) ## Try the whole product with three simulated platforms; Ctrl-C ends it.
	$(BIN)/tanggap demo $(ARGS)

test: $(DEV) ## Run every test; ARGS="tests/inbox -x" narrows it down, JOBS=0 takes one process.
	$(BIN)/python -m pytest $(PARALLEL) $(ARGS)

lint: $(DEV) ## Check style and formatting.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(DEV) ## Mend style and formatting.
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(DEV) ## Check types.
	$(BIN)/mypy

imports: $(DEV) ## Check who may import whom.
	$(BIN)/lint-imports

check: lint types imports test ## Everything a change must pass.

fuzz: $(DEV) ## Damage 100,000 webhooks for each channel; ARGS="-n 1000 --seed 2" for others.
	@for channel in $(patsubst plugins/%/tests/fixtures,%,$(wildcard plugins/*/tests/fixtures)); do \
		$(BIN)/python -m tanggap.sdk.testing.fuzz tanggap_$$channel $(ARGS) || exit 1; done

docs: $(DEV) ## Write the pages that are made from code.
	$(BIN)/python scripts/docs.py

pictures: $(DEV) ## Take the pictures of the documentation anew; ARGS="desk rules" takes some.
	$(BIN)/python scripts/pictures.py $(ARGS)

alone: ## Test each plugin in an environment without the others.
	PYTHON=$(PYTHON) scripts/test-plugin-alone.sh

guide: ## Follow the guide for plugin authors in an empty folder.
	PYTHON=$(PYTHON) scripts/follow-guide.sh

bench: $(DEV) ## Run every benchmark; `make bench-NAME` runs benchmarks/NAME.py alone.
	@for file in benchmarks/[a-z]*.py; do $(BIN)/python $$file $(ARGS) || exit 1; done

bench-classifier: $(DEV) ## Measure the shipped bundle beside an IndoBERT-sized model.
	$(BIN)/python benchmarks/classifier.py $(ARGS)

bench-%: $(DEV)
	$(BIN)/python benchmarks/$*.py $(ARGS)

services-start: ## Start a private PostgreSQL and Redis for the tests.
	scripts/services.sh start

services-stop: ## Stop them and remove their data.
	scripts/services.sh stop

clean: ## Remove what the other targets made, data of the demo included.
	rm -rf $(VENV) var/demo build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
