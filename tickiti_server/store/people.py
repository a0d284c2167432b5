"""Everybody known by an e-mail address: `person`. Addresses are one person without case."""

from tickiti_server.store.database import Row, Transaction

_INSERT = """
INSERT INTO person (email, email_key, created_at) VALUES (:email, :email_key, :created_at)
RETURNING id, email, role >= 1 AS is_staff
"""

_FIND = "SELECT id, email, role >= 1 AS is_staff FROM person WHERE email_key = :key"


def find(tx: Transaction, email: str) -> Row | None:
    key = email.lower()
    return tx.one(_FIND, {"key": key})


def find_or_add(tx: Transaction, email: str, *, now: int) -> Row:
    """The person with this address, a new customer if nobody has it."""
    row = find(tx, email)
    if row is None:
        new = {"email": email, "email_key": email.lower(), "created_at": now}
        row = tx.one(_INSERT, new)
    assert row is not None
    return row
