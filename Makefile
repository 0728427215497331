# Two commands do everything: `make demo` and `make test`. Both make .venv first.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
OUT ?= demo

.PHONY: demo test check format slow clean

$(VENV)/.train: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q -e '.[train,sound]'
	touch $@

$(VENV)/.dev: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q -e '.[dev]'
	touch $@ $(VENV)/.train

demo: $(VENV)/.train
	$(BIN)/etude demo --out $(OUT)

test: check
	$(BIN)/python -m pytest -n 2

check: $(VENV)/.dev
	$(BIN)/ruff format --check -q src tests examples
	$(BIN)/ruff check -q src tests examples
	$(BIN)/mypy

format: $(VENV)/.dev
	$(BIN)/ruff format -q src tests examples
	$(BIN)/ruff check -q --fix src tests examples

slow: $(VENV)/.dev
	$(BIN)/python -m pytest -m slow

clean:
	rm -rf $(VENV) build dist *.egg-info src/*.egg-info

# Writes the pages that are made from the code, then the site: open build/site/index.html.
.PHONY: docs
docs: $(VENV)/.dev
	$(BIN)/python -m etude.apps.cli.reference > docs/commands.md
	$(BIN)/python -m etude.apps.cli.reference_settings > docs/reference/settings.md
	$(BIN)/sphinx-build -W --keep-going -n -q -c docs . build/site
