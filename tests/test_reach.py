"""What `make test-postgres` leaves out runs the same code on every database."""

from pathlib import Path

import pytest

from tests.support.reach import ROOT, knows_the_store, needs_postgresql

READERS = {"tests/support/databases.py", "tests/conftest.py"}


def test_only_one_helper_and_the_selection_read_where_the_databases_are() -> None:
    variable = b"TICKITI_TEST_" + b"STORE"
    reads = (b"environ[", b"environ.get", b"getenv")
    found = {
        str(path.relative_to(ROOT))
        for folder in ("tests", "tickiti_cli", "tickiti_server")
        for path in (ROOT / folder).rglob("*.py")
        for line in path.read_bytes().splitlines()
        if variable in line and any(each in line for each in reads)
    }
    assert found == READERS


@pytest.mark.parametrize(
    ("module", "expected"),
    [
        # Imports the helper, imports what imports it, or has a conftest.py that does.
        ("tests/server/store/test_connections.py", True),
        ("tests/server/api/tickets/test_attachments.py", True),
        ("tests/cli/commands/test_ticket.py", True),
        # Renders texts; asks PostgreSQL whatever the variable says.
        ("tests/server/rendering/test_linear_time.py", False),
        ("tests/server/store/postgres/test_moving.py", False),
    ],
)
def test_a_module_knows_the_store_through_whatever_it_imports(module: str, expected: bool) -> None:
    assert knows_the_store(ROOT / module) is expected


@pytest.mark.parametrize(
    ("module", "expected"),
    [
        # Imports the cluster, or has a conftest.py that does.
        ("tests/cli/commands/test_several_servers.py", True),
        ("tests/server/store/postgres/test_translation.py", True),
        # Is on PostgreSQL only if the variable says so.
        ("tests/server/store/test_connections.py", False),
        ("tests/cli/commands/test_ticket.py", False),
    ],
)
def test_a_module_that_imports_the_cluster_needs_postgresql(module: str, expected: bool) -> None:
    assert needs_postgresql(ROOT / module) is expected


def test_no_other_module_of_tests_imports_the_cluster() -> None:
    found = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "tests").rglob("test_*.py")
        if "support.cluster" in path.read_text() and not needs_postgresql(path)
    }
    assert found == {"tests/test_reach.py"}


@pytest.mark.parametrize(("helper", "expected"), [("place", True), ("waiting", False)])
def test_an_import_inside_a_function_counts(tmp_path: Path, helper: str, expected: bool) -> None:
    module = tmp_path / "test_late.py"
    module.write_text(f"def test() -> None:\n    from tests.support import {helper}\n")
    assert knows_the_store(module) is expected
