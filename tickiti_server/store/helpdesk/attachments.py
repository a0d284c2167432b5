"""Stores the files of responses: table `attachment`.

An image out of a text has its bytes in `content`; an uploaded file has them in `file_piece`.
Rule: lists have no bytes.
"""

from collections.abc import Sequence

from tickiti_server.store.interface import Row, Transaction

_COLUMNS = "a.id, a.response_id, a.name, a.mime_type, a.file_size, a.sha256, a.is_inline, a.file_id"

_INSERT = """
INSERT INTO attachment (response_id, name, mime_type, file_size, sha256, is_inline, content)
VALUES (:response_id, :name, :mime_type, :file_size, :sha256, :is_inline, :content)
"""

_INSERT_FILE = """
INSERT INTO attachment (response_id, name, mime_type, file_size, sha256, is_inline, content,
                        file_id)
VALUES (:response_id, :name, :mime_type, :file_size, :sha256, 0, :content, :file_id)
"""

_COPY_IMAGE = """
INSERT INTO attachment (response_id, name, mime_type, file_size, sha256, is_inline, content)
SELECT :response_id, :name, mime_type, file_size, sha256, 0, content
  FROM attachment WHERE id = :image_id
"""

_FIND_IMAGE = """
SELECT a.id AS image_id, a.sha256, a.file_size, a.mime_type, NULL AS id
  FROM attachment a WHERE a.sha256 = :sha256 AND a.file_id IS NULL ORDER BY a.id LIMIT 1
"""

_FIND = f"""
SELECT {_COLUMNS}, r.is_internal, r.created_at AS posted_at
  FROM attachment a JOIN response r ON r.id = a.response_id
 WHERE a.id = :id AND r.ticket_id = :ticket_id AND r.deleted_at IS NULL
"""

IDS_AT_ONCE = 500
"""Responses of one statement. A database limits the values of a statement."""


def insert_attachment(tx: Transaction, **columns: object) -> None:
    tx.execute(_INSERT, columns)


def insert_reference(tx: Transaction, *, response_id: int, name: str, file: Row) -> None:
    """Attach a file to a response under a name: a row of `file`, or one of `find_image`.

    The bytes of an image are copied, so that each of the two can be deleted alone.
    """
    own = {"response_id": response_id, "name": name}
    if file["id"] is None:
        tx.execute(_COPY_IMAGE, {**own, "image_id": file["image_id"]})
        return
    columns = {column: file[column] for column in ("mime_type", "file_size", "sha256")}
    tx.execute(_INSERT_FILE, {**own, **columns, "content": b"", "file_id": file["id"]})


def find_image(tx: Transaction, sha256: str) -> Row | None:
    """An attachment that has these bytes itself. Its `id` is None, because it is not a file."""
    return tx.one(_FIND_IMAGE, {"sha256": sha256})


def list_attachments(tx: Transaction, response_ids: Sequence[int]) -> Sequence[Row]:
    """Return the images of responses in the order of their texts, without their bytes."""
    found: list[Row] = []
    for first in range(0, len(response_ids), IDS_AT_ONCE):
        some = response_ids[first : first + IDS_AT_ONCE]
        values = {f"id{place}": response_id for place, response_id in enumerate(some)}
        names = ", ".join(f":{name}" for name in values)
        sql = f"SELECT {_COLUMNS} FROM attachment a WHERE a.response_id IN ({names}) ORDER BY a.id"
        found += tx.all(sql, values)
    return found


def find_attachment(tx: Transaction, attachment_id: int, *, ticket_id: int) -> Row | None:
    """Return an attachment of the ticket without its bytes, if its response is not deleted."""
    return tx.one(_FIND, {"id": attachment_id, "ticket_id": ticket_id})


def read_content(tx: Transaction, attachment_id: int, start: int, length: int) -> bytes:
    """Return a part of the bytes of an attachment that has them itself."""
    row = tx.one(
        "SELECT substr(content, :first, :length) AS part FROM attachment WHERE id = :id",
        {"id": attachment_id, "first": start + 1, "length": length},
    )
    return b"" if row is None else bytes(row["part"])


def has_content(tx: Transaction, sha256: str) -> bool:
    """Whether any attachment has these bytes."""
    sql = "SELECT 1 FROM attachment WHERE sha256 = :sha256 LIMIT 1"
    return tx.one(sql, {"sha256": sha256}) is not None


def delete_attachment(tx: Transaction, attachment_id: int) -> None:
    tx.execute("DELETE FROM attachment WHERE id = :id", {"id": attachment_id})
