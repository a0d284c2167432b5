# The whole vocabulary of the repository: demo, test, test-faults, test-postgres, check, bench,
# bench-quick.
# Each makes its own environment in .venv and needs only Python >= 3.11, make and git.

# An image of Python may have set it, and every run would compile every module anew.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= python3
ENVIRONMENT := .venv/.installed

.PHONY: demo test test-faults test-postgres check bench bench-quick

demo: $(ENVIRONMENT)
	@PATH="$(CURDIR)/.venv/bin:$$PATH" sh tests/demo.sh

test: $(ENVIRONMENT)
	.venv/bin/python -m pytest --numprocesses auto --dist loadfile --ignore tests/faults -m "not faults and not postgres"

# The loops that kill, cut the power, attack and fuzz: minutes of waiting.
test-faults: $(ENVIRONMENT)
	.venv/bin/python -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder -m faults

# The tests of PostgreSQL, in a cluster of their own, and there the server's once more, but for those
# that no database can change (tests/support/reach.py); and two files of the command line.
POSTGRES_TESTS ?= tests/server $(addprefix tests/cli/commands/test_,server_migrate.py \
	server_on_postgres.py several_servers.py ticket.py token.py)
test-postgres: $(ENVIRONMENT)
	TICKITI_TEST_STORE=postgres .venv/bin/python -m pytest --numprocesses auto --dist loadfile \
		-m "not faults" $(POSTGRES_TESTS)

check: $(ENVIRONMENT)
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy --strict

# The first time, a database of a million tickets is built: ten minutes, 2.1 GB in ~/.cache.
bench: $(ENVIRONMENT)
	.venv/bin/python -m bench.run

bench-quick: $(ENVIRONMENT)
	TICKITI_BENCH_QUICK=1 .venv/bin/python -m bench.run

$(ENVIRONMENT): pyproject.toml
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@
