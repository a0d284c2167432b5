"""Responses that are copied, edited and deleted: `response`, `attachment`.

Rule: deleting is soft. The row of a deleted response stays, with the time of its deletion.
"""

from collections.abc import Sequence

from tickiti_server.store.interface import Row, Transaction

_COPY = """
INSERT INTO response (ticket_id, author_id, html, text, is_internal, is_pinned, staff_response,
                      created_at, updated_at, audit, is_audit_only)
SELECT :ticket_id, author_id, html, text, is_internal, is_pinned, staff_response, created_at,
       updated_at, audit, is_audit_only
  FROM response WHERE id = :id
"""

_COPY_FILES = """
INSERT INTO attachment (response_id, name, mime_type, file_size, sha256, is_inline, content,
                        file_id)
SELECT :copy, name, mime_type, file_size, sha256, is_inline, content, file_id
  FROM attachment WHERE response_id = :id ORDER BY id
"""

_SAID = """
SELECT count(*) AS found FROM response
 WHERE ticket_id = :id AND deleted_at IS NULL AND is_audit_only = 0
"""

_EDIT = """
UPDATE response
   SET html = :html, text = :text, is_internal = :is_internal, updated_at = :now
 WHERE id = :id
"""


def list_kept_ids(tx: Transaction, ticket_id: int) -> Sequence[Row]:
    """The responses of a ticket that are not deleted, as they were put on the ticket: `id` and
    `is_audit_only`."""
    sql = (
        "SELECT id, is_audit_only FROM response"
        " WHERE ticket_id = :id AND deleted_at IS NULL ORDER BY id"
    )
    return tx.all(sql, {"id": ticket_id})


def count_said(tx: Transaction, ticket_id: int) -> int:
    """The number of a ticket's responses that say something and are not deleted."""
    row = tx.one(_SAID, {"id": ticket_id})
    assert row is not None
    return int(row["found"])


def list_images(tx: Transaction, response_id: int) -> Sequence[Row]:
    """The images out of a response's text, with their bytes."""
    sql = (
        "SELECT name, mime_type, sha256, content FROM attachment"
        " WHERE response_id = :id AND file_id IS NULL ORDER BY id"
    )
    return tx.all(sql, {"id": response_id})


def copy_response(tx: Transaction, response_id: int, *, ticket_id: int) -> int:
    """Copy a response and its files to the end of a ticket. Author, flags and times stay as they
    are. Returns the id of the copy."""
    copy = tx.insert(_COPY, {"id": response_id, "ticket_id": ticket_id})
    tx.execute(_COPY_FILES, {"id": response_id, "copy": copy})
    return copy


def edit_response(tx: Transaction, response_id: int, **columns: object) -> None:
    """Set html, text and is_internal of a response, and the time `now` of the change."""
    tx.execute(_EDIT, {**columns, "id": response_id})


def delete_response(tx: Transaction, response_id: int, *, now: int) -> None:
    tx.execute(
        "UPDATE response SET deleted_at = :now WHERE id = :id", {"id": response_id, "now": now}
    )
