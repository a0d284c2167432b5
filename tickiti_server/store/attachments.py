"""Images that came with responses: `attachment`.

The rule of this file: only who asks for one gets its bytes.
"""

from collections.abc import Sequence

from tickiti_server.store.database import Row, Transaction

_COLUMNS = "a.id, a.response_id, a.name, a.mime_type, a.file_size, a.sha256, a.is_inline"

_INSERT = """
INSERT INTO attachment (response_id, name, mime_type, file_size, sha256, is_inline, content)
VALUES (:response_id, :name, :mime_type, :file_size, :sha256, 1, :content)
"""

_FIND = f"""
SELECT {_COLUMNS}, a.content
  FROM attachment a JOIN response r ON r.id = a.response_id
 WHERE a.id = :id AND r.ticket_id = :ticket_id
"""


def insert(tx: Transaction, **columns: object) -> None:
    tx.execute(_INSERT, columns)


def of_response(tx: Transaction, response_id: int) -> Sequence[Row]:
    """In the order of the text, without their bytes."""
    return tx.all(
        f"SELECT {_COLUMNS} FROM attachment a WHERE a.response_id = :id ORDER BY a.id",
        {"id": response_id},
    )


def find(tx: Transaction, attachment_id: int, *, ticket_id: int) -> Row | None:
    """With its bytes, if it is one of this ticket."""
    return tx.one(_FIND, {"id": attachment_id, "ticket_id": ticket_id})
