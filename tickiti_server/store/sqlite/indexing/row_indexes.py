"""Indexes of rows for searches, orders and deletions. A large database gets them while served.

Rule: one index is one write, because an index of a million tickets takes a second. Until all are
there, the same searches take longer.
"""

import sqlite3
from collections.abc import Mapping

from tickiti_server.store.interface import Transaction

SMALL = 20_000
"""Tickets of a database that gets its indexes before it is served."""

_FACTS = (
    "status, priority, queue_id, assigned_to, team_id, originator_id, created_at, deleted_at,"
    " on_hold_until"
)

INDEXES: Mapping[str, str] = {
    # All that a list compares, in the order of a list, so that it reads no row in vain.
    "ticket_facts": f"ticket (updated_at, id, {_FACTS})",
    # The same for the tickets that were created in each thirty days.
    "ticket_month": f"ticket (created_at / 2592000000000, updated_at, id, {_FACTS})",
    "ticket_created": "ticket (created_at)",
    "ticket_queue": "ticket (queue_id)",
    "ticket_status": "ticket (status)",
    "ticket_priority": "ticket (priority)",
    "ticket_hold": "ticket (coalesce(on_hold_until, ''))",
    "ticket_subject": "ticket (subject_key)",
    "ticket_unassigned": "ticket (id) WHERE assigned_to IS NULL AND team_id IS NULL",
    # The responses that a list counts, so that it reads none of their texts.
    "response_counted": "response (ticket_id, deleted_at, is_audit_only, is_internal)",
    # For each deleted ticket, SQLite looks for the tickets that were merged into it.
    "ticket_merged": "ticket (merged_into) WHERE merged_into IS NOT NULL",
}
"""The indexes by name, in the order in which they are created."""

REPLACED = ("ticket_activity",)
"""Indexes of earlier versions that others stand in for."""

_NAMES = "SELECT name FROM sqlite_schema WHERE type = 'index'"


def has_all_indexes(tx: Transaction) -> bool:
    return INDEXES.keys() <= {row["name"] for row in tx.all(_NAMES)}


def missing_index(tx: Transaction) -> str | None:
    """The statement that creates the next index, or drops one that is replaced."""
    names = {row["name"] for row in tx.all(_NAMES)}
    for name, columns in INDEXES.items():
        if name not in names:
            return f"CREATE INDEX IF NOT EXISTS {name} ON {columns}"
    return next((f"DROP INDEX IF EXISTS {name}" for name in REPLACED if name in names), None)


def create_index(tx: Transaction, statement: str) -> None:
    tx.execute(statement)


def create_indexes_of_small(connection: sqlite3.Connection) -> None:
    """Create every index of a database that has few tickets."""
    (last,) = connection.execute("SELECT coalesce(max(id), 0) FROM ticket").fetchone()
    if last <= SMALL:
        for name, columns in INDEXES.items():
            connection.execute(f"CREATE INDEX IF NOT EXISTS {name} ON {columns}")
        for name in REPLACED:
            connection.execute(f"DROP INDEX IF EXISTS {name}")
