"""A database of an earlier version is upgraded and indexed, and killed at random moments.

At full size, in some twenty minutes: TICKITI_KILL_TICKETS=1000000 TICKITI_KILL_SECONDS=40
"""

import asyncio
import os
import random
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.waiting import wait_until
from tickiti_server.api.search.search_modes import MODES
from tickiti_server.store.open import open_database, prepare_database
from tickiti_server.store.search import tickets as search
from tickiti_server.store.search.conditions import Conditions
from tickiti_server.store.search.orders import BY_ACTIVITY
from tickiti_server.store.sqlite import database
from tickiti_server.store.sqlite.connection import connect_reader
from tickiti_server.store.sqlite.indexing.row_indexes import INDEXES
from tickiti_server.store.sqlite.read_limits import ReadingTransaction
from tickiti_server.store.upgrades import known_migrations

KILLS = 20
TICKETS = int(os.environ.get("TICKITI_KILL_TICKETS") or 40_000)
KILL_SECONDS = float(os.environ.get("TICKITI_KILL_SECONDS") or 0.05)
"""The most that passes between the first progress of a process and its end."""

SEED = 15
EARLIER = 12
"""The last migration without an index of texts."""

_FILL = """
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :tickets)
INSERT INTO ticket (number, secure_id, subject, queue_id, originator_id, status, priority,
                    created_at, updated_at)
SELECT i, '', 'Ticket w' || (i * 7919 % 1000003) || '.', 1, 1, 'open', 20, i, i FROM n
"""
_SAY = """
INSERT INTO response (ticket_id, author_id, html, is_internal, staff_response, created_at,
                      updated_at)
SELECT id, 1, 'Text v' || (id * 104729 % 1000003) || '.<br>of the ticket', 0, 0, created_at,
       updated_at FROM ticket
"""


def make_earlier(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        earlier = known_migrations("sqlite")[:EARLIER]
        patched.setattr(database, "missing_migrations", lambda *_: earlier)
        patched.setattr(database, "create_indexes_of_small", lambda _: None)
        prepare_database(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(_FILL, {"tickets": TICKETS})
        connection.execute(_SAY)
        connection.commit()


async def index(path: Path) -> None:
    opened = open_database(path)
    while await opened.index_texts():
        pass
    await opened.close()


def upgrade_and_index(path: Path) -> None:
    prepare_database(path, backup=False)
    asyncio.run(index(path))


def upgrade_in_process(path: Path) -> int:
    """Begin the upgrade in another process, and return its id."""
    child = os.fork()
    if not child:
        try:
            upgrade_and_index(path)
        finally:
            os._exit(0)
    return child


def progress(path: Path) -> tuple[int, ...]:
    with closing(sqlite3.connect(path)) as connection:
        sql = "SELECT name FROM sqlite_schema WHERE name IN ('search_progress', 'ticket_facts')"
        parts = [len(connection.execute(sql).fetchall())]
        if "search_progress" in {row[0] for row in connection.execute(sql)}:
            row = "SELECT ticket_id, response_id FROM search_progress"
            parts += connection.execute(row).fetchone()
        return tuple(parts)


def is_complete(path: Path) -> bool:
    return progress(path)[1:] == (TICKETS, TICKETS)


def found(path: Path, mode: str, token: str) -> list[int]:
    conditions = Conditions(1)
    MODES[mode].narrow(conditions, [token])
    with closing(connect_reader(path)) as connection:
        tx = ReadingTransaction(connection)
        rows = search.list_tickets(tx, conditions, order=BY_ACTIVITY, after=None, limit=50)
        return [row["number"] for row in rows]


@pytest.mark.timeout(3600)
def test_killed_upgrade_is_completed_by_later_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, chance = tmp_path / "t.db", random.Random(SEED)
    make_earlier(path, monkeypatch)
    seen = set()
    for _ in range(KILLS):
        before = progress(path)
        child = upgrade_in_process(path)
        wait_until(lambda before=before: progress(path) != before or is_complete(path))
        time.sleep(chance.uniform(0, KILL_SECONDS))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        seen.add(progress(path))
    assert len(seen) > KILLS // 2, "the kills must hit the upgrade"
    upgrade_and_index(path)
    assert is_complete(path)
    for ticket in (1, 17, TICKETS // 2, TICKETS - 1, TICKETS):
        assert ticket in found(path, "subject", f"w{ticket * 7919 % 1000003}.")
        assert ticket in found(path, "content", f"v{ticket * 104729 % 1000003}.")
    with closing(sqlite3.connect(path)) as connection:
        for table in ("search_subject", "search_text"):
            connection.execute(f"INSERT INTO {table} ({table}) VALUES ('integrity-check')")
            indexed = f"SELECT count(DISTINCT doc) FROM {table}_term WHERE term = 'tic'"
            assert connection.execute(indexed).fetchone() == (TICKETS,)
        unfolded = "SELECT count(*) FROM ticket WHERE subject_key IS NULL"
        assert connection.execute(unfolded).fetchone() == (0,)
        names = {row[0] for row in connection.execute("SELECT name FROM sqlite_schema")}
    assert set(INDEXES) < names
    assert "ticket_activity" not in names
