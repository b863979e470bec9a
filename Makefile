# Two commands: `make run` shows the product, `make test` proves it. Both set up what they need in .venv.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
export UV_CONSTRAINT := constraints.txt
export UV_PYTHON_PREFERENCE := only-system

.PHONY: run test check fast screenshots clean

run: $(VENV)/.run
	$(BIN)/laadboek serve

test: check
	$(BIN)/pytest -n 2

# Everything that takes seconds: style, types, the direction of imports.
check: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

# What to run while editing.
fast: check
	$(BIN)/pytest -n 2 -m "not slow and not soak and not browser and not postgres"

$(UV):
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Laadboek needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv

$(VENV)/.run: $(UV) pyproject.toml constraints.txt
	$(UV) pip install --quiet --python $(BIN)/python --editable ".[pdf]"
	@touch $@

$(VENV)/.test: $(UV) pyproject.toml constraints.txt
	$(UV) pip install --quiet --python $(BIN)/python --editable ".[pdf]" --group dev
	@touch $@ $(VENV)/.run

# The pictures of docs/pages.md, from the running product.
screenshots: $(VENV)/.test
	$(BIN)/python tools/screenshots.py

clean:
	rm -rf $(VENV) data
