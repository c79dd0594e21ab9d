# Two commands do all the set-up: `make serve` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
HOME_DIR ?= $(HOME)/.juyong
FUZZ_SECONDS ?= 600
CRASH_ROUNDS ?= 100
LARGE_GIB ?= 10
INSPECT_CASES ?= 100000

# A part, of all kinds of tests: make test ONLY=kms for folders whose names begin so, ONLY=groups or
# ONLY=ram/groups for files.
ONLY ?=
FILES = $(dir $(ONLY))test_$(patsubst test_%,%,$(notdir $(ONLY)))*.py
PART = $(filter-out tests/clients/terraform/%,$(wildcard tests/*/$(ONLY)*/ tests/*/*/$(ONLY)*/ \
	$(addsuffix /$(FILES),tests/* tests/*/* tests/*/*/* tests/*/*/*/*)))
TESTS = $(if $(ONLY),$(or $(PART),$(error no tests are named $(ONLY))),tests)
# Long runs have targets of their own, unless a part was named.
SHORT = $(if $(ONLY),, and not clients and not crash and not guides and not inspect_suite)
# One test of so many, others for each commit.
SHARE ?= 1
SHARED = --share=$(SHARE) --share-seed=$(shell git rev-parse HEAD 2>/dev/null)
# Other processes take longer to start than a few files to run. Tests that wait for servers and kernels
# leave a processor of two idle a fifth of the time, so that two processors have three processes.
TEST_JOBS ?= $(if $(filter-out %.py,$(TESTS)),3,0)
# Hundreds of processes that tests start would compile the same modules again and again.
PYTEST = env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest --numprocesses=$(TEST_JOBS) --dist=worksteal

# The sources of the native cores, which are built where cargo is.
CORES := $(wildcard core/*/Cargo.* core/*/pyproject.toml core/*/src/*.rs core/*/src/*/*.rs)

.PHONY: serve test test-postgres test-all clients guides lint test-without-core bench fuzz crash
.PHONY: large lists inspect-equal crs docs lock clean setup-dev

serve: $(VENV)/.serve $(VENV)/.core
	$(BIN)/juyong serve --home $(HOME_DIR)

$(VENV)/.python:
	$(PYTHON) tools/make_venv.py $(VENV)
	touch $@

$(VENV)/.serve: $(VENV)/.python pyproject.toml requirements/serve.txt
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements/serve.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	sh tools/system_packages.sh serve
	touch $@

$(VENV)/.dev: $(VENV)/.serve requirements/dev.txt
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements/dev.txt
	sh tools/system_packages.sh test
	touch $@

# Not needed: without the cores Python does their work.
$(VENV)/.core: $(VENV)/.serve $(CORES)
	sh tools/native_cores.sh build $(VENV)
	touch $@

setup-dev: $(VENV)/.dev $(VENV)/.core

test: $(VENV)/.dev $(VENV)/.core
	$(PYTEST) $(TESTS) -m "not postgres$(SHORT)"

test-postgres: $(VENV)/.dev
	$(PYTEST) $(TESTS) -m "postgres$(SHORT)" $(SHARED)

# What has a native core, as it is on machines without cargo.
HAVE_CORES := tests/inspect_suite/test_fast_engine.py tests/unit/engines/inspect tests/unit/engines/ledger \
	$(wildcard tests/property/test_inspect_*.py tests/property/test_ledger_*.py)

test-without-core: $(VENV)/.dev
	TEST_WITHOUT_CORE=1 $(PYTEST) $(HAVE_CORES)

test-all: test test-postgres clients guides

clients: $(VENV)/.dev
	$(PYTEST) tests/clients tests/unit/cli/clientenv -m clients $(SHARED)

guides: $(VENV)/.dev
	$(PYTEST) tests/guides $(SHARED)

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	sh tools/native_cores.sh lint

bench: $(VENV)/.dev
	$(BIN)/python tests/bench/run.py

fuzz: $(VENV)/.dev
	$(BIN)/python tests/fuzz/run.py --seconds $(FUZZ_SECONDS)

crash: $(VENV)/.dev
	$(PYTEST) tests/crash
	$(BIN)/python tests/crash/run.py --rounds $(CRASH_ROUNDS)

# Memory of a server under objects of many GiB; needs one and a half times as much of the disk.
large: $(VENV)/.dev
	$(BIN)/python tests/bench/large_bodies.py --gib $(LARGE_GIB)

# Memory and answers of a server while the list of a bucket of a million keys is written.
lists: $(VENV)/.dev
	$(BIN)/python tests/bench/long_lists.py

# The Core Rule Set's own tests over TCP, through the WAF's proxy; needs its Go module.
crs: $(VENV)/.dev $(VENV)/.core
	$(BIN)/python -m tests.inspect_suite.over_tcp.run --share $(SHARE) --seed $(shell git rev-parse HEAD 2>/dev/null)

# The WAF's engines on the tests of the Core Rule Set, and on changes to them: the reports are the same.
inspect-equal: $(VENV)/.dev $(VENV)/.core
	$(PYTEST) tests/inspect_suite
	$(BIN)/python -m tests.inspect_suite.equality --cases $(INSPECT_CASES)

docs: $(VENV)/.dev
	$(BIN)/python tools/reference.py

lock:
	$(BIN)/python tools/lock.py

clean:
	rm -rf $(VENV) build dist
