# Every target makes its own environment; a fresh machine needs Python 3.11 and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
TRIALS ?= 200
# Pairs that need not run again: DONE=3.11-5.2 where `make test` has just run the library on that pair.
DONE ?=
MATRIX := 3.11-5.2 3.12-6.0 3.13-6.1
WORKERS ?= 2
BENCH := .venvs/bench
BENCH_PYTHON ?= 3.13
# A worker takes neighbouring tests, so that what a file sets up is set up once, and helps the other at the end.
PARALLEL = -n $(WORKERS) --dist worksteal
# Across products a worker often waits, for a browser or for a server; a file's servers are started once.
ACROSS = -n $(shell expr $(WORKERS) + 1) --dist loadfile --no-loadscope-reorder
# uv sees every Python of pyenv only when they are all named.
PYENVS := $(shell command -v pyenv >/dev/null 2>&1 && pyenv versions --bare 2>/dev/null | grep -E '^3\.1[123]\.[0-9]+$$' | paste -sd: -)
ifneq ($(PYENVS),)
export PYENV_VERSION := $(PYENVS)
endif

# The tests start many interpreters; without its bytecode each would compile Django anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help env demo serve test test-library test-others hard check matrix bench docs pictures lock release-check

help: ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

env: $(VENV)/.ready
# Everything that is installed is pinned by a hash, also what installs and builds it.
UV_INSTALL = $(BIN)/uv pip install --quiet --compile-bytecode --require-hashes
$(VENV)/.ready: requirements/build.txt requirements/dev.txt pyproject.toml library/pyproject.toml auditor/pyproject.toml migrator/pyproject.toml client-python/pyproject.toml
	@echo "making the environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -I -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/build.txt
	@VIRTUAL_ENV=$(VENV) $(UV_INSTALL) --no-build -r requirements/dev.txt
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable library --editable auditor --editable migrator --editable client-python
	@touch $@

demo: env ## the attack demo: each attack, the expected answer and the answer
	@$(BIN)/python -m demo.attacks

serve: env ## run the demo: a page to open, and curl commands to try
	@$(BIN)/python tools/client.py --try
	@$(BIN)/python -m demo.serve

# The library's tests keep their workers busy; the others wait for browsers, servers and child processes. At once they
# take as long as the processors need for both. The library's progress is shown as it comes (that is the +), and what
# the others say in whole when each is over, so that lines do not mix.
WHOLE_LINES := $(if $(filter output-sync,$(.FEATURES)),--output-sync=line)
test: env ## all tests: library, auditor, migrator, Python client, and those across products
	@echo "the tests of the library, and beside them those of the other products, each of which is shown when it is over"
	@$(MAKE) --no-print-directory --jobs=2 $(WHOLE_LINES) test-library test-others
test-library: env
	+@cd library && ../$(BIN)/python -m pytest $(PARALLEL)
test-others: env
	@cd auditor && ../$(BIN)/python -m pytest $(PARALLEL)
	@cd migrator && ../$(BIN)/python -m pytest $(PARALLEL)
	@cd client-python && ../$(BIN)/python -m pytest
	@$(BIN)/python -m pytest $(ACROSS)

hard: env ## the long tests, TRIALS=200: all, or PART=races|faults|properties|feed|mutants; resumes where it stopped
	@$(BIN)/python tools/hard.py --trials $(TRIALS) --workers $(WORKERS) $(if $(PART),--part $(PART))

check: env ## lint, types, layers
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@cd library && ../$(BIN)/mypy && ../$(BIN)/lint-imports
	@cd auditor && ../$(BIN)/mypy && ../$(BIN)/lint-imports
	@cd migrator && ../$(BIN)/mypy && ../$(BIN)/lint-imports
	@cd client-python && ../$(BIN)/mypy && ../$(BIN)/lint-imports

matrix: env ## three Pythons with three Djangos; a missing one is a failure
	@for pair in $(filter-out $(DONE),$(MATRIX)); do $(MAKE) --no-print-directory matrix-$$pair || exit 1; done
matrix-%: env
	@echo "Python $(word 1,$(subst -, ,$*)), Django $(word 2,$(subst -, ,$*))"
	@test -x .venvs/$*/bin/python || $(BIN)/uv venv --quiet --python $(word 1,$(subst -, ,$*)) --no-python-downloads .venvs/$*
	@VIRTUAL_ENV=.venvs/$* $(UV_INSTALL) --no-build -r requirements/dev.txt
	@VIRTUAL_ENV=.venvs/$* $(UV_INSTALL) --no-build -r requirements/build.txt
	@VIRTUAL_ENV=.venvs/$* $(UV_INSTALL) --no-build --no-deps -r requirements/django-$(word 2,$(subst -, ,$*)).txt
	@VIRTUAL_ENV=.venvs/$* $(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable library --editable auditor --editable migrator --editable client-python
	@.venvs/$*/bin/python -c "import django, sys; print('running', sys.version.split()[0], django.__version__)"
	@cd library && ../.venvs/$*/bin/python -m pytest $(PARALLEL)

bench: $(BENCH)/.ready ## the benchmarks: speed beside other packages, and the simulation of rotation; QUICK=1 takes two minutes
	@$(BENCH)/bin/python -W ignore -m benchmarks.speed $(if $(QUICK),--rounds 5 --no-growth,--out docs/performance)
	@$(if $(QUICK),true,$(BENCH)/bin/python -W ignore -m benchmarks.speed --database sqlite --out docs/performance)
	@$(if $(QUICK),true,$(BENCH)/bin/python -W ignore -m benchmarks.speed --database mariadb --out docs/performance)
	@$(BENCH)/bin/python -W ignore -m benchmarks.over_http $(if $(QUICK),--rounds 3 --requests 100,--out docs/performance)
	@$(if $(QUICK),true,$(BIN)/python -m benchmarks.rotation_sim)
# The packages that are compared are locked by themselves, and installed apart from the tests' environment.
$(BENCH)/.ready: requirements/bench.txt requirements/build.txt library/pyproject.toml | env
	@echo "making the environment of the benchmarks in $(BENCH)"
	@$(BIN)/uv venv --quiet --clear --python $(BENCH_PYTHON) --no-python-downloads $(BENCH)
	@VIRTUAL_ENV=$(BENCH) $(UV_INSTALL) --no-build -r requirements/bench.txt
	@VIRTUAL_ENV=$(BENCH) $(UV_INSTALL) --no-build -r requirements/build.txt
	@VIRTUAL_ENV=$(BENCH) $(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable library
	@touch $@

release-check: .venvs/release/.ready ## build all that is published twice, compare, install on three Pythons, follow the README
	@.venvs/release/bin/python tools/release_check.py
.venvs/release/.ready: requirements/release.txt | env
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python .venvs/release
	@VIRTUAL_ENV=.venvs/release $(UV_INSTALL) --no-build -r requirements/release.txt
	@touch $@

docs: env ## the documentation as a site, in build/site
	@NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet
	@echo "built: look at it with  $(BIN)/python -m http.server --directory build/site 8001"

pictures: env ## the README's pictures of the demo, light and dark
	@$(BIN)/python tools/pictures.py

COMPILE = $(BIN)/uv pip compile --universal --generate-hashes --quiet --custom-compile-command "make lock"
lock: env ## resolve the development requirements again
	@$(COMPILE) library/pyproject.toml auditor/pyproject.toml client-python/pyproject.toml --extra drf --extra redis --extra devices --extra passwords \
		--group pyproject.toml:dev --fork-strategy fewest -o requirements/dev.txt
	@$(COMPILE) library/pyproject.toml --extra drf --group pyproject.toml:bench -c requirements/dev.txt -o requirements/bench.txt
	@for group in build action release; do \
		$(COMPILE) --python-version 3.11 --group $$group -c requirements/dev.txt -o requirements/$$group.txt || exit 1; done
	@printf '%s\n' graphene-django promise text-unidecode | $(COMPILE) --no-deps - -o requirements/graphene.txt
	@for pair in $(MATRIX); do version=$${pair#*-}; \
		echo "django~=$$version.0" | $(COMPILE) --python-version $${pair%-*} --no-deps - -o requirements/django-$$version.txt || exit 1; done
