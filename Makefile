# make run    set up what is missing and serve everything at http://127.0.0.1:8000
# make demo   the main job without a browser
# make test   lint, types, import rules and the whole test suite
# make bench  how fast the heads are and how much memory they take, beside what the machine can do;
#             then how fast questions are answered as the memory grows, and the memory beside one
#             in RAM; `make bench memory` makes the last alone
# make install, make install-dev   the set-up alone; safe to repeat
#
# PYTHON names the Python to use, PORT the port of the web server, TEST_PROCESSES how many processes
# run tests side by side.

PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || echo python3)
PORT ?= 8000
# More than the cores: tests of whole processes wait a lot.
TEST_PROCESSES ?= 4
VENV := .venv
RUN := $(VENV)/bin/python
STAMP := $(VENV)/.installed
STAMP_DEV := $(VENV)/.installed-dev

.PHONY: run demo test bench memory install install-dev
.DEFAULT_GOAL := run

run: install
	@$(RUN) manage.py up --port $(PORT)

demo: install
	@$(RUN) manage.py demo

test: install-dev
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(VENV)/bin/lint-imports
	@# Types beside the tests: mypy has one process, and takes a minute where it has no cache yet.
	@echo "$(RUN) -m mypy & $(RUN) -m pytest -n $(TEST_PROCESSES)"; \
	$(RUN) -m mypy >$(VENV)/types.txt 2>&1 & types=$$!; \
	trap "kill $$types 2>/dev/null; exit 130" INT TERM; \
	$(RUN) -m pytest -n $(TEST_PROCESSES); tested=$$?; \
	wait $$types; typed=$$?; cat $(VENV)/types.txt; \
	[ $$tested -eq 0 ] && [ $$typed -eq 0 ]

bench: install-dev
ifeq ($(filter memory,$(MAKECMDGOALS)),)
	@$(RUN) -m worker.benchmarks
	@$(RUN) manage.py bench questions
	@$(RUN) manage.py bench ingest
	@$(RUN) manage.py bench provenance
	@$(RUN) manage.py bench verification
	@$(RUN) manage.py bench api
endif
	@$(RUN) manage.py bench memory

memory: bench
	@:

install: $(STAMP)

install-dev: $(STAMP_DEV)

$(STAMP): pyproject.toml client/pyproject.toml constraints.txt scripts/install.sh scripts/smollm2.txt
	@sh scripts/install.sh "$(PYTHON)" "$(VENV)" .
	@touch $@

$(STAMP_DEV): pyproject.toml client/pyproject.toml constraints.txt scripts/install.sh scripts/smollm2.txt
	@sh scripts/install.sh "$(PYTHON)" "$(VENV)" ".[dev]"
	@touch $(STAMP) $@
