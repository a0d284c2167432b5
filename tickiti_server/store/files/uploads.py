"""Uploaded files by their content: `file`, `file_piece` and `file_upload`.

Rule: a file without `complete_at` does not exist for any reader, because its pieces still arrive.
"""

from collections.abc import Sequence

from tickiti_server.store.interface import Row, Transaction
from tickiti_server.store.search.conditions import Conditions

PIECE = 256 * 1024
"""Bytes of every piece but the last. A piece is one short write transaction."""

_COLUMNS = "f.id, f.sha256, f.file_size, f.mime_type"

_NOTE_UPLOAD = """
INSERT INTO file_upload (file_id, family_id, name, uploaded_at)
VALUES (:file_id, :family_id, :name, :now)
ON CONFLICT (file_id, family_id) DO UPDATE
   SET name = excluded.name, uploaded_at = excluded.uploaded_at
"""

_DISCARD_PIECES = """
DELETE FROM file_piece
 WHERE file_id = :id AND position IN
       (SELECT position FROM file_piece WHERE file_id = :id ORDER BY position DESC LIMIT :most)
"""

_IS_SHOWN = """
SELECT 1
  FROM attachment a
  JOIN response r ON r.id = a.response_id
  JOIN ticket t ON t.id = r.ticket_id
 WHERE {where} LIMIT 1
"""


def append_piece(
    tx: Transaction, file_id: int | None, *, position: int, content: bytes, now: int
) -> int:
    """Store a piece, the first one with a new incomplete file. Returns the id of the file."""
    if file_id is None:
        file_id = tx.insert("INSERT INTO file (created_at) VALUES (:now)", {"now": now})
    tx.execute(
        "INSERT INTO file_piece (file_id, position, content) VALUES (:id, :position, :content)",
        {"id": file_id, "position": position, "content": content},
    )
    return file_id


def discard_pieces(tx: Transaction, file_id: int, *, most: int) -> bool:
    """Delete the last pieces of an incomplete file, and the file after its last piece.

    True: more pieces are left. A complete file stays as it is.
    """
    sql = "SELECT 1 FROM file WHERE id = :id AND complete_at IS NULL"
    if tx.one(sql, {"id": file_id}) is None:
        return False
    if tx.execute(_DISCARD_PIECES, {"id": file_id, "most": most}) == most:
        return True
    delete_file(tx, file_id)
    return False


def complete_file(
    tx: Transaction, file_id: int, *, sha256: str, file_size: int, mime_type: str, now: int
) -> None:
    """Let readers find the file. No complete file with the same content may exist."""
    tx.execute(
        "UPDATE file SET sha256 = :sha256, file_size = :size, mime_type = :type,"
        " complete_at = :now WHERE id = :id",
        {"id": file_id, "sha256": sha256, "size": file_size, "type": mime_type, "now": now},
    )


def find_file(tx: Transaction, sha256: str) -> Row | None:
    """The complete file with this content. A transaction that writes keeps it from the purge."""
    sql = (
        f"SELECT {_COLUMNS} FROM file f WHERE f.sha256 = :sha256 AND f.complete_at IS NOT NULL"
        " /* FOR KEY SHARE OF f */"
    )
    return tx.one(sql, {"sha256": sha256})


def note_upload(tx: Transaction, file_id: int, *, family_id: int, name: str, now: int) -> None:
    """Record that a token family has uploaded a file, or has uploaded it again."""
    tx.execute(_NOTE_UPLOAD, {"file_id": file_id, "family_id": family_id, "name": name, "now": now})


def has_uploaded(tx: Transaction, file_id: int, family_id: int) -> bool:
    sql = "SELECT 1 FROM file_upload WHERE file_id = :file_id AND family_id = :family_id"
    return tx.one(sql, {"file_id": file_id, "family_id": family_id}) is not None


def delete_file(tx: Transaction, file_id: int) -> bool:
    """Delete a file with its pieces and uploads. Returns False if the file does not exist."""
    return tx.execute("DELETE FROM file WHERE id = :id", {"id": file_id}) > 0


def is_content(value: str) -> str:
    """The attachment (`a`) has this content."""
    return f"a.sha256 = {value}"


def is_in_response() -> str:
    """The response of the attachment is not deleted."""
    return "r.deleted_at IS NULL"


def has_attachment(tx: Transaction, conditions: Conditions) -> bool:
    """Whether an attachment of a ticket fulfils the conditions."""
    where = " AND ".join(conditions.clauses)
    return tx.one(_IS_SHOWN.format(where=where), conditions.values) is not None


def list_pieces(tx: Transaction, file_id: int, *, first: int, last: int) -> Sequence[Row]:
    """The pieces from position `first` to `last`, in order."""
    return tx.all(
        "SELECT position, content FROM file_piece"
        " WHERE file_id = :id AND position BETWEEN :first AND :last ORDER BY position",
        {"id": file_id, "first": first, "last": last},
    )


def read_file(tx: Transaction, file_id: int, start: int, length: int) -> bytes:
    """Return `length` bytes of a file from byte `start` on, or fewer at its end."""
    first, last = start // PIECE, (start + length - 1) // PIECE
    pieces = [row["content"] for row in list_pieces(tx, file_id, first=first, last=last)]
    skipped = start - first * PIECE
    return b"".join(pieces)[skipped : skipped + length]


def has_upload_since(tx: Transaction, file_id: int, moment: int) -> bool:
    """Whether anybody has uploaded the file after a moment."""
    sql = "SELECT 1 FROM file_upload WHERE file_id = :id AND uploaded_at > :moment LIMIT 1"
    return tx.one(sql, {"id": file_id, "moment": moment}) is not None
