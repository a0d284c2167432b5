"""A batch of tickets that waits for what another server holds, or loses its connection."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from tests.support.openings import opening
from tests.support.postgres import connection_to
from tests.support.waiting import wait_until
from tickiti_server.store.open import open_database
from tickiti_server.store.opening import Opened, Opening
from tickiti_server.store.postgres.errors import LOCK_SECONDS

HOLD = """
INSERT INTO idem (family_id, key_sha256, key_hint, operation, fp_version, fp_raw, fp_canon, status,
                  body, request_id, created_at)
VALUES (1, %s, '', '', 1, '', '', 200, '', '', 1)
"""

END_WAITING = """
SELECT pg_terminate_backend(pid) FROM pg_locks
 WHERE locktype = 'transactionid' AND NOT granted
"""

ENDED = "terminating connection due to administrator command"
LOST = "a connection to the database was lost: AdminShutdown"


def run(url: str, scenario: Callable[[Any], Coroutine[Any, Any, None]]) -> None:
    async def whole() -> None:
        database = open_database(url)
        try:
            await scenario(database)
        finally:
            await database.close()

    asyncio.run(whole())


def known(key: int) -> Opening:
    return opening(key)._replace(email_key="system@localhost", tokens_as_of=1)


async def stored(database: Any, key: int) -> object:
    """Whether the ticket was stored with its batch or by the steps."""
    return await database.open_ticket(known(key), lambda _tx: "by the steps")


def test_tickets_do_not_wait_as_long_as_the_key_of_another_one(url: str) -> None:
    """Another server has been halted while it held the key; its client tries it here again."""

    async def scenario(database: Any) -> None:
        with connection_to(url) as other, other.transaction():
            other.execute(HOLD, [known(2).key_sha256])
            async with asyncio.timeout(LOCK_SECONDS):
                found = await asyncio.gather(*(stored(database, key) for key in (1, 2, 3)))
            assert found == ["by the steps"] * 3
        assert isinstance(await stored(database, 4), Opened)

    run(url, scenario)


def test_lost_connection_is_logged_in_a_line_without_sql(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """PostgreSQL adds the statement of the function, which has fifty lines."""

    async def scenario(database: Any) -> None:
        with connection_to(url) as other, connection_to(url) as end, other.transaction():
            other.execute(HOLD, [known(1).key_sha256])
            ticket = asyncio.create_task(stored(database, 1))
            await asyncio.to_thread(wait_until, lambda: end.execute(END_WAITING).fetchone())
            assert await ticket == "by the steps"

    run(url, scenario)
    said = [each.getMessage() for each in caplog.records if each.name == "tickiti.store"]
    assert said == [f"tickets are stored step by step, because of {ENDED}", LOST]
