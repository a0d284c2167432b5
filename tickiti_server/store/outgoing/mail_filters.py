"""Stores subjects and excluded addresses for fetched mail: tables `mail_subject`, `excluded_email`.

They are kept and shown, because the bundled server fetches no mail.
"""

from collections.abc import Sequence

from tickiti_server.rendering.case_folding import address_key, case_key
from tickiti_server.store.interface import Row, Transaction


def list_subjects(tx: Transaction) -> Sequence[Row]:
    """Return every subject, oldest first."""
    return tx.all("SELECT id, subject FROM mail_subject ORDER BY id")


def add_subject(tx: Transaction, subject: str) -> int:
    """Insert a subject unless there is one like it, and return the id of the stored one."""
    key = case_key(subject)
    row = tx.one("SELECT id FROM mail_subject WHERE subject_key = :key", {"key": key})
    if row is not None:
        return int(row["id"])
    sql = "INSERT INTO mail_subject (subject, subject_key) VALUES (:subject, :key)"
    return tx.insert(sql, {"subject": subject, "key": key})


def delete_subject(tx: Transaction, subject_id: int) -> None:
    tx.execute("DELETE FROM mail_subject WHERE id = :id", {"id": subject_id})


def list_excluded(tx: Transaction) -> Sequence[Row]:
    """Return every excluded address, oldest first."""
    return tx.all("SELECT id, email FROM excluded_email ORDER BY id")


def add_excluded(tx: Transaction, email: str) -> int:
    """Insert an address unless there is one like it, and return the id of the stored one."""
    key = address_key(email)
    row = tx.one("SELECT id FROM excluded_email WHERE email_key = :key", {"key": key})
    if row is not None:
        return int(row["id"])
    sql = "INSERT INTO excluded_email (email, email_key) VALUES (:email, :key)"
    return tx.insert(sql, {"email": email, "key": key})


def delete_excluded(tx: Transaction, excluded_id: int) -> None:
    tx.execute("DELETE FROM excluded_email WHERE id = :id", {"id": excluded_id})
