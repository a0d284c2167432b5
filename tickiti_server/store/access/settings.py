"""Named values that belong to the database: `setting`."""

from tickiti_server.store.database import Transaction

MAIL_FROM = "mail_from_address"
"""Whose mailbox sends where a request names none."""

CALLBACK_HOSTS = "callback_hosts"
"""Inner hosts that callbacks may go to, separated by blanks."""


def find(tx: Transaction, name: str) -> str | None:
    row = tx.one("SELECT value FROM setting WHERE name = :name", {"name": name})
    return None if row is None else str(row["value"])


def put(tx: Transaction, name: str, value: str) -> None:
    """Set it, whether or not it was set before."""
    tx.execute(
        "INSERT INTO setting (name, value) VALUES (:name, :value)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        {"name": name, "value": value},
    )


def insert(tx: Transaction, name: str, value: str) -> None:
    tx.execute(
        "INSERT INTO setting (name, value) VALUES (:name, :value)", {"name": name, "value": value}
    )
