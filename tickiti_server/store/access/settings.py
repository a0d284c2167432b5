"""Stores named values of the database: table `setting`."""

from tickiti_server.store.interface import Transaction

MAIL_FROM = "mail_from_address"
"""The address of the mailbox that sends when a request names none."""

CALLBACK_HOSTS = "callback_hosts"
"""Hosts of private networks that callbacks may go to, separated by blanks."""

MAX_ATTACHMENT_MB = "max_attachment_mb"
"""MiB of an uploaded file."""

CLOSED_BEFORE = "delete_closed_before"
"""Closed tickets that nobody has touched since this moment are being deleted for good."""


def find_setting(tx: Transaction, name: str) -> str | None:
    row = tx.one("SELECT value FROM setting WHERE name = :name", {"name": name})
    return None if row is None else str(row["value"])


def set_setting(tx: Transaction, name: str, value: str) -> None:
    """Insert or replace a value."""
    tx.execute(
        "INSERT INTO setting (name, value) VALUES (:name, :value)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        {"name": name, "value": value},
    )


def insert_setting(tx: Transaction, name: str, value: str) -> None:
    tx.execute(
        "INSERT INTO setting (name, value) VALUES (:name, :value)", {"name": name, "value": value}
    )


def delete_setting(tx: Transaction, name: str, value: str) -> None:
    """Delete a value, unless it is another one by now."""
    tx.execute(
        "DELETE FROM setting WHERE name = :name AND value = :value", {"name": name, "value": value}
    )
