# Everything here sets itself up: a virtual environment in .venv, and in it what the target needs.
# Set-up leaves stamp files, so that it runs again only when pyproject.toml changed.

SHELL := /bin/sh
VENV ?= .venv
BIN := $(VENV)/bin
PIP := PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --disable-pip-version-check \
	--config-settings editable_mode=compat
COMPILE := $(BIN)/python -m compileall -q asm emu kernel_stub

# The first Python on PATH that is new enough; `make PYTHON=...` overrides it.
PYTHON ?= $(shell for p in python3 python3.11 python3.12 python3.13 python3.14 python; do \
	if $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; \
	then echo $$p; break; fi; done)

VENV_STAMP := $(VENV)/.stamp-venv
RUN_STAMP := $(VENV)/.stamp-run
TEST_STAMP := $(VENV)/.stamp-test
CHECK_STAMP := $(VENV)/.stamp-check
NOTEBOOK_STAMP := $(VENV)/.stamp-notebook

.PHONY: help demo test check bench notebooks pictures clean
help:
	@echo "make demo       trace RawSyscall's close(99) on Linux, then on Darwin"
	@echo "make test       run the tests, those against the real assembler, kernel and headers too"
	@echo "make check      run the linter and the type checker"
	@echo "make notebooks  open the walkthroughs in JupyterLab"
	@echo "make bench      measure, and print the ratios"
	@echo "make pictures   make README's pictures anew (needs Chromium)"
	@echo "make clean      remove all that make made, the virtual environment too"

demo: $(RUN_STAMP)
	@echo "close(99), a descriptor that is not open, through Go's RawSyscall of December 2008."
	@echo
	@echo "Linux: the kernel answers with -9 in RAX, and a compare tells errors from results."
	@$(BIN)/ringside trace rawsyscall close 99 --os linux
	@echo
	@echo "Darwin: the kernel answers with 9 in RAX and sets the carry flag; JCC looks at that alone."
	@$(BIN)/ringside trace rawsyscall close 99 --os darwin

test: $(TEST_STAMP)
	$(BIN)/python -m pytest

check: $(CHECK_STAMP)
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: $(TEST_STAMP)
	$(BIN)/python tests/bench/run.py

# As root JupyterLab wants to be asked for it; elsewhere the option does nothing.
notebooks: $(NOTEBOOK_STAMP)
	$(BIN)/jupyter lab --allow-root --notebook-dir=notebooks $(LAB)

pictures: $(TEST_STAMP)
	$(BIN)/python notebooks/pictures/make.py

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find asm emu kernel_stub tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(RUN_STAMP): pyproject.toml | $(VENV_STAMP)
	@echo "Setting up $(VENV) ..."
	@$(PIP) --editable .
	@$(COMPILE)
	@touch $@

$(TEST_STAMP): pyproject.toml | $(VENV_STAMP)
	@echo "Setting up $(VENV) for the tests ..."
	@$(PIP) --editable '.[test,oracle]'
	@$(COMPILE)
	@touch $@ $(RUN_STAMP) $(NOTEBOOK_STAMP)

$(NOTEBOOK_STAMP): pyproject.toml | $(VENV_STAMP)
	@echo "Setting up $(VENV) for the notebooks ..."
	@$(PIP) --editable '.[notebook,contracts]'
	@$(COMPILE)
	@touch $@ $(RUN_STAMP)

$(CHECK_STAMP): pyproject.toml | $(VENV_STAMP)
	@echo "Setting up $(VENV) for the checks ..."
	@$(PIP) --editable '.[check,test]'
	@touch $@ $(RUN_STAMP)

# A virtual environment that works is taken as it is. Debian's python3 comes without ensurepip, and then
# venv fails: the machine's own pip fills in.
$(VENV_STAMP):
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { \
		if test -z "$(PYTHON)"; then \
			echo "Ringside needs Python 3.11 or newer, and PATH has none; make PYTHON=/path/to/python3" >&2; \
			exit 1; \
		fi; \
		$(PYTHON) -m venv --clear $(VENV) >/dev/null 2>&1 || { \
			$(PYTHON) -m venv --clear --without-pip $(VENV) && \
			$(PYTHON) -m pip --python $(BIN)/python install --quiet --disable-pip-version-check pip; \
		} || { \
			echo "$(PYTHON) can make no virtual environment with pip in it. Install its venv module" >&2; \
			echo "(on Debian and Ubuntu: apt-get install python3-venv) or pip 22.3 or newer." >&2; \
			exit 1; \
		}; \
	}
	@touch $@
