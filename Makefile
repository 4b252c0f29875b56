# e-GLASS. `make help` lists the targets.
## PROFILE: what reproduce, figures, compare and all-targets run: smoke, bundled (default), eyes, phantoms, paper
PROFILE ?= bundled
## PROBLEM: what explore solves, any file of conf/problem (default: inpainting)
PROBLEM ?= inpainting
## IMAGE: a photograph for explore (default: the bundled one)
IMAGE ?=
## MEASUREMENT: for explore, in place of a photograph: what was measured, y.png, y.npy or y.pt
MEASUREMENT ?=
## IMAGES: the folder of images that train learns from
IMAGES ?=
## DEVICE: what bench measures, cpu (default) or cuda; of other commands, ARGS="device=cuda"
DEVICE ?= cpu
## LAUNCHER: where the jobs of sweep and all-targets run: basic (here, default), ray, submitit_local, submitit_slurm
LAUNCHER ?= basic
## SHARDS: how many jobs all-targets is split into (default: 2)
SHARDS ?= 2
## BROWSER: the Chromium that test-app drives (default: the one that is installed)
BROWSER ?= $(shell command -v chromium || command -v chromium-browser || command -v google-chrome)
## ARGS: any settings besides: ARGS="samples.count=8 problems.inpainting.noise=0.02"
ARGS ?=
## PYTHON: what setup makes .venv with, 3.10 or newer (default: python3)
PYTHON ?= python3
## UV: the uv that installs (default: the one on the PATH); without one, or by UV=, pip does
UV ?= $(shell command -v uv 2>/dev/null)
## TORCH: the build of PyTorch that uv installs, such as cpu or cu130 (default: what the index gives)
TORCH ?=
VENV := .venv
RUN := $(VENV)/bin/python
EGLASS := $(VENV)/bin/eglass
SETUP := $(VENV)/.setup-complete
DOCS_SETUP := $(VENV)/.docs-complete

# Both install the same pinned versions, and leave it to Python to compile what is imported: unless it
# may not keep that, and would compile everything at every start.
UV_INSTALL = $(UV) pip install --quiet --python $(RUN) $(TORCH:%=--torch-backend=%) $(if $(PYTHONDONTWRITEBYTECODE),--compile-bytecode)
PIP_INSTALL = $(RUN) -m pip install --quiet --disable-pip-version-check $(if $(PYTHONDONTWRITEBYTECODE),,--no-compile)
INSTALL = $(if $(UV),$(UV_INSTALL),$(PIP_INSTALL)) --constraint constraints.txt

# Two processes of one thread each are done sooner than one of two threads; `loadfile`, for what a
# file's tests share is made once, in the order of tests/conftest.py.
TWO_AT_A_TIME := OMP_NUM_THREADS=1 $(RUN) -m pytest -n 2 --dist loadfile --no-loadscope-reorder

# $(call text,key,value): a setting of any text, quoted for Hydra and then for the shell.
text = $(if $(strip $(2)),'$(1)="$(subst ','\'',$(subst ",\",$(strip $(2))))"')

# MathJax as one file that asks no other host for pieces; of this package, nothing else is used.
MATHJAX := django-static-mathjax==3.2.2.1

.DEFAULT_GOAL := help
.PHONY: help setup reproduce smoke figures pictures tables table1 compare exact explore gallery verify train phantoms notebooks sweep sweep-report all-targets bench bench-figures calibrate faults app app-pictures test test-slow test-app lint docs docs-choices clean

help: ## list the targets and the variables
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14
	@echo
	@sed -nE 's/^## ([A-Z]+): /\1\t/p' $(MAKEFILE_LIST) | expand -t 14
	@echo
	@echo "Every setting of a command, with examples: .venv/bin/eglass explore --help"

setup: $(SETUP) ## build .venv from pinned versions, and check the weights

$(SETUP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { echo "error: $$($(PYTHON) --version) is too old: expected Python 3.10 or newer; name one with PYTHON=…" >&2; exit 2; }
	@[ -n "$(UV)" ] || [ -z "$(TORCH)" ] || { echo "error: TORCH=$(TORCH) needs uv: install it (pip install uv), or leave TORCH out" >&2; exit 2; }
	@echo "Setting up $(VENV) by $(if $(UV),uv,pip) (a few minutes at most, once) …"
	@$(if $(UV),$(UV) venv --quiet --allow-existing --python "$$(command -v $(PYTHON))",$(PYTHON) -m venv) $(VENV)
	@$(INSTALL) --editable '.[biggan,dev,sweeps]'
	@$(EGLASS) weights
	@touch $@

reproduce: $(SETUP) ## every figure, the table and the report of a PROFILE
	@$(EGLASS) reproduce profile=$(PROFILE) $(ARGS)

smoke: ## the same, tiny: is it all connected?
	@$(MAKE) --no-print-directory reproduce PROFILE=smoke

figures: $(SETUP) ## draw everything again from the records of a PROFILE, without any weights
	@$(EGLASS) figures profile=$(PROFILE) $(ARGS)

pictures: $(SETUP) ## bring the README's pictures up to date, after reproduce and compare
	@$(EGLASS) figures
	@$(EGLASS) gallery
	@mkdir -p docs/images
	@$(RUN) -c "from PIL import Image; Image.open('results/gallery/gallery.png').convert('RGB').save('docs/images/gallery.jpg', quality=75, optimize=True)"
	@cp $(addprefix results/bundled/,fig3_inpainting.png tradeoff.png) docs/images/
	@$(RUN) docs/hero.py

tables: $(SETUP) ## write the tables of the README and of docs/ again from results
	@$(RUN) docs/tables.py

table1: $(SETUP) ## the timing of Table 1 alone
	@$(EGLASS) table1 profile=$(PROFILE) $(ARGS)

compare: $(SETUP) ## beyond the paper: every explorer on every target, of a PROFILE
	@$(EGLASS) compare profile=$(PROFILE) $(ARGS)

exact: $(SETUP) ## beyond the paper: all that each measurement leaves open, sampled without bias, of a PROFILE
	@$(EGLASS) exact profile=$(PROFILE) $(ARGS)

explore: $(SETUP) ## ten solutions for your own IMAGE=photo.jpg or MEASUREMENT=y.png, PROBLEM=any of conf/problem
	@$(EGLASS) explore problem=$(PROBLEM) $(call text,target.path,$(IMAGE)) $(call text,measurement,$(MEASUREMENT)) $(ARGS)

train: $(SETUP) ## a generator of your own, from a folder IMAGES=…; then ARGS="generator=own"
	@$(EGLASS) train $(call text,images.folder,$(IMAGES)) $(ARGS)

phantoms: $(SETUP) ## a generator of tomography's phantoms, for PROFILE=phantoms
	@$(EGLASS) phantoms $(ARGS)

bench: $(SETUP) ## how fast it is, against rivals, and what became slower: experiments/benchmarks/results/<device>, on DEVICE=cpu|cuda
	@$(EGLASS) bench device=$(DEVICE) $(ARGS)

faults: $(SETUP) ## what goes wrong on purpose: kills, damaged files, wrong settings, signals; counts as data
	@$(EGLASS) faults $(ARGS)

bench-figures: $(SETUP) ## draw the benchmarks again from what was measured on DEVICE
	@$(EGLASS) bench-figures device=$(DEVICE) $(ARGS)

calibrate: $(SETUP) ## are exact draws exact? truths from the prior, and their ranks among the draws
	@$(EGLASS) calibrate $(ARGS)

sweep: $(SETUP) ## search the settings with Optuna, its jobs on a LAUNCHER; then sweep-report
	@$(EGLASS) sweep hydra/launcher=$(LAUNCHER) $(ARGS)

sweep-report: $(SETUP) ## what the sweep found so far: one CSV and one page
	@$(EGLASS) sweep-report $(filter results=% profile.name=% objective=% hydra.sweeper.direction=%,$(ARGS))

all-targets: $(SETUP) ## explore all targets of a PROFILE in SHARDS jobs on a LAUNCHER, for `make reproduce`
	@$(EGLASS) all-targets profile=$(PROFILE) hydra/launcher=$(LAUNCHER) "shard.index=range($(SHARDS))" shard.of=$(SHARDS) $(ARGS)

verify: $(SETUP) ## is every record of a PROFILE whole, and of what is asked for now? ARGS="repeat=3" computes some again
	@$(EGLASS) verify profile=$(PROFILE) $(ARGS)

gallery: $(SETUP) ## one page: an image under every problem of conf/problem
	@$(EGLASS) gallery $(ARGS)

notebooks: $(SETUP) ## execute the notebooks again from their sources
	@$(RUN) -m notebooks.execute

app: $(SETUP) ## a page in the browser: any image, problem, generator and explorer, live
	@$(EGLASS) app $(ARGS)

test: $(SETUP) ## lint, then all the fast tests
	@$(MAKE) --no-print-directory lint
	@$(TWO_AT_A_TIME) -m "not slow and not browser" $(ARGS)

test-slow: $(SETUP) ## the tests on full-size networks
	@$(RUN) -m pytest -m slow $(ARGS)

test-app: $(SETUP) ## the page of `make app` in a real browser; where that cannot be, it says why
	@if [ -z "$(BROWSER)" ]; then \
	  echo "test-app: left out, there is no Chromium here: install one, or name it by BROWSER=…"; \
	elif ! $(INSTALL) --editable '.[app-tests]'; then \
	  echo "test-app: left out, Playwright and axe-core cannot be installed here"; \
	else BROWSER="$(BROWSER)" $(RUN) -m pytest -m browser tests/app $(ARGS); fi
	@if command -v npm >/dev/null; then npm exec --yes --package typescript@7.0.2 -- tsc -p eglass/app/page/jsconfig.json; \
	else echo "test-app: the types of the page are left out, there is no npm here"; fi

app-pictures: $(SETUP) ## the pictures and the film of the page in docs/images
	@$(INSTALL) --editable '.[app-tests]'
	@BROWSER="$(BROWSER)" $(RUN) docs/film.py

lint: $(SETUP) ## ruff and mypy
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy

docs: $(DOCS_SETUP) ## the documentation as a site: docs/_build/html/index.html
	@$(RUN) -m pytest tests/docs -k python_runs
	@$(RUN) -m sphinx -b html -q -W --keep-going docs docs/_build/html
	@echo docs/_build/html/index.html

$(DOCS_SETUP): $(SETUP)
	@$(INSTALL) --editable '.[docs]'
	@$(INSTALL) --no-deps $(MATHJAX)
	@touch $@

docs-choices: $(SETUP) ## write the lists of choices in docs/configuration.md again from conf/
	@$(RUN) docs/choices.py

clean: ## remove results and the environment
	rm -rf $(VENV) results build *.egg-info
