# PYTHON may name any CPython from 3.11 on; everything is installed into .venv, nothing elsewhere.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
PIP = $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
# The CPU build of torch; the one that PyPI serves brings gigabytes of CUDA. See CONTRIBUTING.md.
TORCH ?= torch==2.13.0

.PHONY: demo test check lab clean

demo: $(VENV)/.demo
	$(BIN)/acutance demo

test: $(VENV)/.dev
	$(BIN)/python -m pytest

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

lab: $(VENV)/.dev

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) --editable '.[evaluate]'
	touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) $(TORCH)
	$(PIP) --editable '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) demo build dist
