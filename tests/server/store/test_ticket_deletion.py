"""The deletion of tickets, by the purge or by a reset, takes work in their number."""

import sqlite3
from contextlib import closing
from pathlib import Path

from tickiti_server.store.open import prepare_database
from tickiti_server.store.sqlite.connection import connect_writer

FEW = 300
MANY = 4 * FEW

_TICKETS = """
WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?)
INSERT INTO ticket
       (number, secure_id, subject, queue_id, originator_id, status, priority,
        created_at, updated_at)
SELECT n, n, 'x', 1, 1, 'open', 20, 0, 0 FROM n
"""


def test_deleting_every_ticket_is_linear_in_their_number(tmp_path: Path) -> None:
    path = tmp_path / "t.db"
    prepare_database(path)
    with closing(connect_writer(path)) as connection:
        few, many = (steps_of_deletion(connection, tickets) for tickets in (FEW, MANY))
    assert few < many < few * MANY / FEW * 1.5


def steps_of_deletion(connection: sqlite3.Connection, tickets: int) -> int:
    """Steps of SQLite's virtual machine, in hundreds."""
    connection.execute(_TICKETS, (tickets,))
    steps = 0

    def count() -> None:
        nonlocal steps
        steps += 1

    connection.set_progress_handler(count, 100)
    connection.execute("DELETE FROM ticket")
    connection.set_progress_handler(None, 0)
    return steps
