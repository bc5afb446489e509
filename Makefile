# Two commands do all the set-up: `make demo` and `make test`. Each makes .venv and installs what it needs, once.

PYTHON ?= python3
VENV ?= .venv
DATA ?= world movielens
OUT ?= out

# PyTorch's own index carries the CPU build; a plain install on Linux brings gigabytes of CUDA instead.
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu
TORCH := torch==2.13.0

ifeq ($(OS),Windows_NT)
PY := $(VENV)/Scripts/python.exe
SYSTEM := Windows
else
PY := $(VENV)/bin/python
SYSTEM := $(shell uname -s)
endif

# What was asked for is part of the stamp's name, so a changed pin or a moved folder installs again and nothing else does.
KEY := $(shell { pwd; cat pyproject.toml constraints.txt; } | cksum | cut -d ' ' -f 1)
DEMO_READY := $(VENV)/.demo-$(KEY)
TEST_READY := $(VENV)/.test-$(KEY)
PIP = $(PY) -m pip --disable-pip-version-check

.PHONY: help demo lab test datasets notebooks bench doctor pins clean
.DEFAULT_GOAL := help

help:
	@echo "make demo       the whole way once, on the world and on real ratings: a table and a page in $(OUT)/"
	@echo "                (DATA=world or DATA=movielens for one of them)"
	@echo "make test       lint, types, import contracts, doctests, tests and all notebooks"
	@echo "make lab        JupyterLab at the first notebook"
	@echo "make bench      the figures of the documentation, measured on this machine"
	@echo "make datasets   write datasets/ again, byte for byte"
	@echo "make notebooks  run all notebooks again and save their outputs"
	@echo "make doctor     what is installed, what is missing, and how to get it"
	@echo "make pins       resolve all dependencies anew and write constraints.txt (maintainers)"
	@echo "make clean      remove what the other targets made, .venv included"

demo: $(DEMO_READY)
	@$(PY) -m personakit demo $(DATA) --out $(OUT)

lab: $(DEMO_READY)
	$(PY) -m jupyterlab notebooks/00_start_here.ipynb

test: $(TEST_READY)
	@$(PY) tests/run.py

datasets: $(DEMO_READY)
	$(PY) -m personakit.world.bundle datasets

notebooks: $(TEST_READY)
	$(PY) -m nbconvert --to notebook --execute --inplace --ExecutePreprocessor.record_timing=False notebooks/*.ipynb

bench: $(TEST_READY)
	@for script in benchmarks/*.py; do echo "== $$script"; $(PY) "$$script" || exit 1; done

doctor: $(DEMO_READY)
	@$(PY) -m personakit doctor

$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "personakit needs Python 3.11 or newer, and '$(PYTHON)' is $$($(PYTHON) --version 2>&1 || true)." >&2; \
	  echo "Install one from https://www.python.org/downloads/, or name the one you have: make PYTHON=python3.12 ..." >&2; \
	  exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "Python could not make $(VENV). On Debian and Ubuntu, first: sudo apt install python3-venv" >&2; exit 1; }

$(DEMO_READY): $(PY)
	@echo "Installing personakit and its notebooks into $(VENV): a minute or two, the first time only."
	@$(PIP) install -c constraints.txt -e ".[notebooks,dev]"
	@rm -f $(VENV)/.demo-* $(VENV)/.test-*
	@touch $@

# The lines in `torch-first` stand once, since `pins` needs them as well. Only torch itself is looked for (--no-deps),
# and once (--retries 0): an index that cannot be reached costs one failed connection. What torch needs comes with the rest.
define torch-first
@if [ "$(SYSTEM)" = Linux ]; then \
  $(1) -m pip --disable-pip-version-check install --retries 0 --no-deps --extra-index-url $(TORCH_INDEX) $(TORCH) \
    || $(1) -m pip --disable-pip-version-check install --no-deps $(TORCH); fi
endef

$(TEST_READY): $(PY)
	@echo "Installing everything that the tests use into $(VENV): a few minutes, the first time only."
	$(call torch-first,$(PY))
	@$(PIP) install -c constraints.txt -e ".[all,dev]"
	@rm -f $(VENV)/.demo-* $(VENV)/.test-*
	@touch $(DEMO_READY) $@

pins:
	@rm -rf build/pins && mkdir -p build && $(PYTHON) -m venv build/pins
	$(call torch-first,build/pins/bin/python)
	build/pins/bin/python -m pip install ".[all,dev]"
	build/pins/bin/python -m pip check
	@{ sed -n '/^#/p' constraints.txt; \
	   build/pins/bin/python -m pip freeze --exclude personakit | sed 's/+[a-z0-9.]*$$//' | grep '=='; } > build/constraints.txt
	@mv build/constraints.txt constraints.txt && rm -rf build/pins
	@git diff --stat -- constraints.txt

clean:
	rm -rf $(VENV) $(OUT) notebooks/out build dist .pytest_cache .hypothesis .mypy_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
