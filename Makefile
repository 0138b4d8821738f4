# `make serve` and `make test` do all set-up: a virtual environment with pinned dependencies.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready

.PHONY: serve test lint check check-all bench-states bench-dated bench-http bench-servers soak format format-check clean

serve: $(READY)
	$(BIN)/kgserver serve

test: $(READY)
	$(BIN)/pytest -n 2 --dist loadfile -q

lint: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

# All rules of the graph: vocabulary, OWL, shapes, evidence, questions.
check: $(READY)
	$(BIN)/kgserver check

# The same, and HermiT judges what the rule engine derives in every legal state (minutes).
check-all: $(READY)
	$(BIN)/kgserver check --entailments

# Ways to store the law of every day, compared on synthetic law; bench/README.md says how long.
bench-states: $(READY)
	$(BIN)/python -m bench.states

# What the law of a past day costs against today's, on this folder.
bench-dated: $(READY)
	$(BIN)/python -m bench.dated

# What a request costs against other SPARQL servers, which are installed apart in build/peers.
bench-http: $(READY)
	$(BIN)/python -m bench.http

# The same application under several WSGI servers: what it costs, and what bad clients can do.
bench-servers: $(READY)
	$(BIN)/python -m bench.servers

# A server under load while everything happens to it that may happen; SOAK="--seconds 60" and so on.
soak: $(READY)
	$(BIN)/python -m bench.soak $(SOAK)

# Canonical Turtle of ontology/ (needs OWLAPI, fetched on first use), and what Protégé opens.
format: $(VENV)/.format
	$(BIN)/python tools/load_files.py
	$(BIN)/python tools/format_ontology.py

# Says which files of ontology/ `make format` would change; changes none.
format-check: $(VENV)/.format
	$(BIN)/python tools/load_files.py --check
	$(BIN)/python tools/format_ontology.py --check

clean:
	rm -rf $(VENV) build dist

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/.format: $(READY) requirements-format.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-format.txt
	touch $@
