"""Servers of one database agree on the age of a key, although one of their machines slept."""

import asyncio
from contextlib import suppress

from tests.support.postgres import connection_to
from tickiti_server.clock import DAY
from tickiti_server.idempotency.running_time import RunningTime
from tickiti_server.periodic.purge import ReplyPurge
from tickiti_server.store.interface import Database, Transaction
from tickiti_server.store.open import open_database

AWAKE = 100 * DAY
"""What one machine has counted. The other one slept for the last sixty days."""

INSERT = """
INSERT INTO idem (family_id, key_sha256, key_hint, operation, fp_version, fp_raw, fp_canon, status,
                  body, request_id, created_at, ran_at)
VALUES (1, :key, '', '', 1, '', '', 200, '', '', 0, :ran_at)
"""


def purge_of(database: Database, running: RunningTime) -> ReplyPurge:
    return ReplyPurge(database, running, key_days=30, every_seconds=0.01)


async def one_round(purge: ReplyPurge) -> None:
    is_done = asyncio.Event()
    task = asyncio.create_task(purge.run(is_done.set))
    await asyncio.wait_for(is_done.wait(), 20)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def test_key_of_a_server_whose_machine_slept_is_kept_as_long_as_others(url: str) -> None:
    async def scenario() -> None:
        database = open_database(url)
        awake = RunningTime(AWAKE, steady=lambda: 0)
        slept = RunningTime(AWAKE - 60 * DAY, steady=lambda: 0)
        await purge_of(database, awake).store_running_time()
        await one_round(purge_of(database, slept))

        def store(tx: Transaction) -> None:
            tx.execute(INSERT, {"key": b"k" * 32, "ran_at": slept.now()})

        await database.write(store)
        await one_round(purge_of(database, awake))
        await database.close()

    asyncio.run(scenario())
    with connection_to(url) as connection:
        assert connection.execute("SELECT count(*) AS n FROM idem").fetchone()[0] == 1
