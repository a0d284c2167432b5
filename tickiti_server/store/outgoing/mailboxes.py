"""Stores mailboxes and their secrets: tables `mailbox`, `mailbox_secret`.

Rule: only a delivery reads a secret.
"""

from collections.abc import Sequence

from tickiti_server.rendering.case_folding import address_key, case_key
from tickiti_server.store.interface import Row, Transaction

_SELECT = """
SELECT m.id, m.name, m.address, m.address_key, m.from_name, m.mailbox_type, m.outgoing_type,
       m.smtp_enable, m.smtp_host, m.smtp_port, m.smtp_user, m.smtp_security, m.incoming,
       m.built_in, l.reason AS paused_reason, l.paused_until
  FROM mailbox m LEFT JOIN lane l ON l.name = 'mailbox:' || m.id
"""

_INSERT = """
INSERT INTO mailbox (name, address, address_key, from_name, mailbox_type, outgoing_type,
                     smtp_enable, smtp_host, smtp_port, smtp_user, smtp_security, incoming,
                     created_at)
VALUES (:name, :address, :address_key, :from_name, :mailbox_type, :outgoing_type, :smtp_enable,
        :smtp_host, :smtp_port, :smtp_user, :smtp_security, :incoming, :now)
"""

_UPDATE = """
UPDATE mailbox SET name = :name, address = :address, address_key = :address_key,
       from_name = :from_name, mailbox_type = :mailbox_type, outgoing_type = :outgoing_type,
       smtp_enable = :smtp_enable, smtp_host = :smtp_host, smtp_port = :smtp_port,
       smtp_user = :smtp_user, smtp_security = :smtp_security, incoming = :incoming
 WHERE id = :id
"""

_KEEP = """
INSERT INTO mailbox_secret (mailbox_id, field, value) VALUES (:id, :field, :value)
ON CONFLICT (mailbox_id, field) DO UPDATE SET value = excluded.value
"""


def lane_name(mailbox_id: int) -> str:
    """The lane of a mailbox's deliveries."""
    return f"mailbox:{mailbox_id}"


def list_mailboxes(tx: Transaction) -> Sequence[Row]:
    """Return every mailbox, oldest first."""
    return tx.all(f"{_SELECT} ORDER BY m.id")


def find_mailbox(tx: Transaction, mailbox_id: int) -> Row | None:
    return tx.one(f"{_SELECT} WHERE m.id = :id", {"id": mailbox_id})


def find_mailbox_by_name(tx: Transaction, name: str) -> Row | None:
    """Return a mailbox by name, else the oldest one of that name without case."""
    if found := tx.one(f"{_SELECT} WHERE m.name = :name", {"name": name}):
        return found
    key = case_key(name)
    return next((row for row in list_mailboxes(tx) if case_key(row["name"]) == key), None)


def find_mailbox_by_address(tx: Transaction, address: str) -> Row | None:
    """Return the first enabled mailbox with this address, or None."""
    enabled = "(m.smtp_enable = 1 OR m.built_in = 1)"
    sql = f"{_SELECT} WHERE m.address_key = :key AND {enabled} ORDER BY m.id LIMIT 1"
    return tx.one(sql, {"key": address_key(address)})


def find_first_enabled(tx: Transaction) -> Row | None:
    return tx.one(f"{_SELECT} WHERE m.smtp_enable = 1 ORDER BY m.id LIMIT 1")


def find_built_in(tx: Transaction) -> Row:
    row = tx.one(f"{_SELECT} WHERE m.built_in = 1")
    assert row is not None
    return row


def insert_mailbox(tx: Transaction, **columns: object) -> int:
    return tx.insert(_INSERT, columns)


def update_mailbox(tx: Transaction, mailbox_id: int, **columns: object) -> None:
    tx.execute(_UPDATE, {**columns, "id": mailbox_id})


def lock_mailbox(tx: Transaction, mailbox_id: int) -> None:
    """Let no other transaction queue a mail of the mailbox until this one ends."""
    tx.one("SELECT id FROM mailbox WHERE id = :id /* FOR UPDATE */", {"id": mailbox_id})


def delete_mailbox(tx: Transaction, mailbox_id: int) -> None:
    tx.execute("DELETE FROM mailbox WHERE id = :id AND built_in = 0", {"id": mailbox_id})


def set_secret(tx: Transaction, mailbox_id: int, *, field: str, value: str) -> None:
    tx.execute(_KEEP, {"id": mailbox_id, "field": field, "value": value})


def find_secret(tx: Transaction, mailbox_id: int, field: str) -> str | None:
    row = tx.one(
        "SELECT value FROM mailbox_secret WHERE mailbox_id = :id AND field = :field",
        {"id": mailbox_id, "field": field},
    )
    return None if row is None else str(row["value"])
