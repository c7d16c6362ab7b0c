# `make run` and `make test` do all set-up themselves; `make check` is the fast loop. `make help` lists the rest.
.DEFAULT_GOAL := help
.PHONY: help run test check bench corpora spf-suite dkim-messages accuracy flood simulate pictures torture test-packages format format-check lint types unit migration lock clean venv

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' Makefile | while IFS='|' read -r target what; do \
		printf '  make %-14s %s\n' "$$target" "$$what"; done

run: ## set up what is needed and show a mail become a ticket, and its answer come back
	@scripts/bootstrap run
	@.venv/bin/ticket-gateway demo

test: ## everything: checks, and all tests against real servers (installs Debian packages: root or sudo)
	@scripts/apt-install tests/packages.txt || true
	@$(MAKE) --no-print-directory format-check lint types
	@scripts/as-root .venv/bin/pytest -n 3 --dist loadfile --reruns 1 -r fER $(PYTEST_ARGS)

check: format-check lint types unit ## the fast loop: format, lint, types, tests that need no server

bench: venv ## how fast it is beside Postfix and Dovecot, as ratios (make bench MAILS=DIR for mails of your own)
	@.venv/bin/python -m scripts.bench $(if $(MAILS),--mails $(MAILS)) $(BENCH_ARGS)

corpora: venv ## import real collections of mail and see that nothing is lost: make corpora CORPORA=DIR
	@test -n "$(CORPORA)" || { echo 'Say where they are: make corpora CORPORA=DIR' >&2; exit 2; }
	@.venv/bin/python -m scripts.corpora $(CORPORA)/*/

accuracy: venv ## how well mail is told apart, on texts of our own and labelled collections: make accuracy CORPORA=DIR
	@.venv/bin/python -m scripts.accuracy $(CORPORA) $(ACCURACY_ARGS)

flood: venv ## 50,000 list mails, 10,000 forged bounces and one customer: when is his ticket there?
	@.venv/bin/python -m scripts.flood $(FLOOD_ARGS)

simulate: venv ## how fair the queue is: a month at a desk, drawn into docs/pictures (SIMULATE_ARGS="--seed 8")
	@.venv/bin/python -m scripts.simulate $(SIMULATE_ARGS)

pictures: venv ## how our mails look on a telephone and a desktop, drawn into docs/pictures/mails (installs a browser)
	@scripts/apt-install tests/pictures-packages.txt
	@.venv/bin/python -m scripts.pictures

spf-suite: venv ## run the public test suite of RFC 7208 through our SPF: make spf-suite SUITE=DIR
	@test -n "$(SUITE)" || { echo 'Say where it is: make spf-suite SUITE=DIR' >&2; exit 2; }
	@.venv/bin/python -m scripts.spf_suite $(SUITE)

dkim-messages: venv ## run the test messages of dkimpy through our DKIM: make dkim-messages DIR=DIR
	@test -n "$(DIR)" || { echo 'Say where they are: make dkim-messages DIR=DIR' >&2; exit 2; }
	@.venv/bin/python -m scripts.dkim_messages $(DIR)

torture: venv ## the long form of the crash tests: 500 mails, ten kills
	@TORTURE=1 .venv/bin/pytest -q tests/crash $(PYTEST_ARGS)

test-packages: ## install the Debian packages that the tests need
	@scripts/apt-install tests/packages.txt

format: venv ## format the code and mend what the linter can
	@.venv/bin/ruff check --quiet --fix || true
	@.venv/bin/ruff format

format-check: venv
	@.venv/bin/ruff format --check --quiet || { echo 'Not formatted: type `make format`' >&2; exit 1; }

lint: venv ## look for mistakes
	@.venv/bin/ruff check --quiet && echo "lint: no mistakes found"

types: venv ## check the types
	@.venv/bin/mypy

unit: venv ## the tests that need no server
	@.venv/bin/pytest -q -m "not peer" $(PYTEST_ARGS)

migration: venv ## write the next schema migration from the models: make migration m="what changes"
	@.venv/bin/python scripts/new_migration.py "$(m)"

lock: ## write the requirements*.lock files anew (newest versions: scripts/lock --upgrade)
	@scripts/lock

clean: ## remove the virtual environment and all caches
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

venv:
	@scripts/bootstrap dev
