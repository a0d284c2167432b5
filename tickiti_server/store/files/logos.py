"""Stores the logos of the branding with their bytes: table `logo`."""

from tickiti_server.store.interface import Row, Transaction

_SET = """
INSERT INTO logo (kind, name, mime_type, file_size, sha256, content)
VALUES (:kind, :name, :mime_type, :file_size, :sha256, :content)
ON CONFLICT (kind) DO UPDATE
   SET name = excluded.name, mime_type = excluded.mime_type, file_size = excluded.file_size,
       sha256 = excluded.sha256, content = excluded.content
"""


def set_logo(tx: Transaction, **columns: object) -> None:
    """Insert or replace a logo. The kind is `app` or `email`."""
    tx.execute(_SET, columns)


def delete_logo(tx: Transaction, kind: str) -> None:
    tx.execute("DELETE FROM logo WHERE kind = :kind", {"kind": kind})


def find_logo(tx: Transaction, kind: str) -> Row | None:
    """Return a logo without its bytes."""
    sql = "SELECT name, mime_type, file_size, sha256 FROM logo WHERE kind = :kind"
    return tx.one(sql, {"kind": kind})
