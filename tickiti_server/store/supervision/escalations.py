"""Stores the rules that escalate a waiting ticket: table `escalation`.

Rule: the bundled server keeps these rules and escalates nothing.
"""

from collections.abc import Sequence

from tickiti_server.store.interface import Row, Transaction

COLUMNS = ("minutes", "action", "email", "repeat_minutes")
"""The columns that a request sets."""

_SELECT = "SELECT id, minutes, action, email, repeat_minutes FROM escalation"

_INSERT = """
INSERT INTO escalation (minutes, action, email, repeat_minutes)
VALUES (:minutes, :action, :email, :repeat_minutes)
"""

_UPDATE = """
UPDATE escalation
   SET minutes = :minutes, action = :action, email = :email, repeat_minutes = :repeat_minutes
 WHERE id = :id
"""


def list_escalations(tx: Transaction) -> Sequence[Row]:
    """Return every rule, the shortest wait first."""
    return tx.all(f"{_SELECT} ORDER BY minutes, id")


def find_escalation(tx: Transaction, escalation_id: int) -> Row | None:
    return tx.one(f"{_SELECT} WHERE id = :id", {"id": escalation_id})


def insert_escalation(tx: Transaction, **columns: object) -> int:
    return tx.insert(_INSERT, columns)


def update_escalation(tx: Transaction, escalation_id: int, **columns: object) -> None:
    tx.execute(_UPDATE, {**columns, "id": escalation_id})


def delete_escalation(tx: Transaction, escalation_id: int) -> None:
    tx.execute("DELETE FROM escalation WHERE id = :id", {"id": escalation_id})
