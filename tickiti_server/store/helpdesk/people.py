"""Everybody known by an e-mail address: `person`. Addresses are one person without case."""

from collections.abc import Sequence

from tickiti_server.folding import address_key
from tickiti_server.store.database import Row, Transaction

_INSERT = """
INSERT INTO person (email, email_key, created_at) VALUES (:email, :email_key, :created_at)
"""

_FIND = "SELECT id, email, role >= 1 AS is_staff FROM person WHERE email_key = :key"

_COLUMNS = "id, email, name, role, is_sysadmin, tonic_notifications, id = 1 AS built_in"

_SET_USER = """
UPDATE person
   SET name = :name, role = :role, is_sysadmin = :is_sysadmin,
       tonic_notifications = :tonic_notifications
 WHERE id = :id
"""


def find(tx: Transaction, email: str) -> Row | None:
    key = address_key(email)
    return tx.one(_FIND, {"key": key})


def find_or_add(tx: Transaction, email: str, *, now: int) -> Row:
    """The person with this address, a new customer if nobody has it."""
    row = find(tx, email)
    if row is None:
        add(tx, email, now=now)
        row = find(tx, email)
    assert row is not None
    return row


def add(tx: Transaction, email: str, *, now: int) -> int:
    """A new customer, whose address nobody has."""
    new = {"email": email, "email_key": address_key(email), "created_at": now}
    return tx.insert(_INSERT, new)


def with_role(tx: Transaction, person_id: int) -> Row:
    """A person that is there, with name and role."""
    row = tx.one(f"SELECT {_COLUMNS} FROM person WHERE id = :id", {"id": person_id})
    assert row is not None
    return row


def user(tx: Transaction, person_id: int) -> Row | None:
    """A person who has a name."""
    return tx.one(
        f"SELECT {_COLUMNS} FROM person WHERE id = :id AND name IS NOT NULL", {"id": person_id}
    )


def users(tx: Transaction) -> Sequence[Row]:
    """Oldest first."""
    return tx.all(f"SELECT {_COLUMNS} FROM person WHERE name IS NOT NULL ORDER BY id")


def set_user(tx: Transaction, person_id: int, **columns: object) -> None:
    tx.execute(_SET_USER, {**columns, "id": person_id})
