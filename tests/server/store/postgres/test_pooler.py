"""A URL that leads to a PgBouncer in transaction mode without saying so."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.cluster import Cluster
from tests.support.pgbouncer import CONNECTIONS, PgBouncer
from tests.support.postgres import connection_to
from tickiti_cli.contract.errors import Overloaded
from tickiti_server.store.interface import DatabaseUnusable, Transaction
from tickiti_server.store.open import move_database, open_database, prepare_database
from tickiti_server.store.postgres.database import LOOKUPS, WRITERS

FEWEST_TO_PREPARE = 6
"""psycopg prepares a statement when it runs for the sixth time."""


@pytest.fixture
def through(server: Cluster, url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The URL of a migrated database at the address of a PgBouncer."""
    if not shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin"):
        pytest.skip("pgbouncer is not installed")
    monkeypatch.setenv("PGPASSWORD", server.password)
    folder = Path(tempfile.mkdtemp(prefix="tickiti-pgbouncer-"))
    folder.chmod(0o711)
    between = PgBouncer(folder, server)
    between.start()
    yield url.replace(f":{server.port}/", f":{between.port}/")
    between.stop()
    shutil.rmtree(folder)


def count(tx: Transaction) -> Any:
    return tx.all("SELECT count(*) AS queues FROM queue WHERE id > :id", {"id": 0})


def test_transactions_need_no_statement_of_another_session(through: str) -> None:
    """More connections than the PgBouncer has, so that each is given those of the others."""
    assert WRITERS > CONNECTIONS

    async def scenario() -> None:
        database = open_database(through)
        try:
            for _ in range(3 * FEWEST_TO_PREPARE):
                calls = [database.write(count) for _ in range(2 * WRITERS)]
                calls += [database.read(count, quick=True) for _ in range(2 * WRITERS)]
                assert len(await asyncio.gather(*calls)) == 4 * WRITERS
        finally:
            await database.close()

    asyncio.run(scenario())


@pytest.mark.parametrize("way", ["url", "through"])
def test_a_locked_table_does_not_keep_look_ups_of_another_one_waiting(
    way: str, request: pytest.FixtureRequest, url: str
) -> None:
    """A load balancer that asks `readyz` again and again fills every thread of the look-ups."""
    way = request.getfixturevalue(way)

    async def scenario(other: Any) -> None:
        database = open_database(way)
        try:
            await database.read(count, quick=True)
            locked = [database.read(watchlist, quick=True) for _ in range(2 * LOOKUPS)]
            stuck = asyncio.gather(*locked, return_exceptions=True)
            await asyncio.sleep(0)
            assert await database.read(count, quick=True)
            assert {type(each) for each in await stuck} == {Overloaded}
        finally:
            other.execute("ROLLBACK")
            await database.close()

    with connection_to(url) as other:
        other.execute("BEGIN")
        other.execute("LOCK TABLE watchlist IN ACCESS EXCLUSIVE MODE")
        asyncio.run(scenario(other))


def watchlist(tx: Transaction) -> Any:
    return tx.one("SELECT name FROM watchlist LIMIT 1")


def test_move_needs_the_database_itself(through: str, tmp_path: Path) -> None:
    prepare_database(tmp_path / "t.db")
    for source, target in ((tmp_path / "t.db", through), (through, tmp_path / "new.db")):
        with pytest.raises(DatabaseUnusable, match="give the address of PostgreSQL itself"):
            move_database(source, target, lambda _: None)
