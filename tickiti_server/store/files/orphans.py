"""Files that no attachment refers to, and files whose upload never ended: table `file`.

Rule: an upload that may still be named by a request is not an orphan. `before` is the latest time
of an upload that nobody waits for any more.
"""

from collections.abc import Sequence

from tickiti_server.store.files.uploads import discard_pieces
from tickiti_server.store.interface import Transaction

_UNREFERENCED = """
f.complete_at IS NOT NULL AND f.complete_at < :before
   AND NOT EXISTS (SELECT 1 FROM attachment a WHERE a.file_id = f.id)
   AND NOT EXISTS (SELECT 1 FROM file_upload u
                    WHERE u.file_id = f.id AND u.uploaded_at >= :before)
"""

_ORPHANS = f"""
SELECT f.id FROM file f
 WHERE (f.complete_at IS NULL AND f.created_at < :before) OR ({_UNREFERENCED})
 ORDER BY f.id LIMIT :most
"""

_LOCK_ALL = f"SELECT f.id FROM file f WHERE {_UNREFERENCED} /* FOR UPDATE OF f */"
_LOCK = "SELECT id FROM file WHERE id = :id /* FOR UPDATE */"
"""Waits for those who are just attaching a file, so that the next statement sees their rows."""

_RETIRE = f"""
UPDATE file AS f SET complete_at = NULL, sha256 = NULL, created_at = 0
 WHERE {{which}}{_UNREFERENCED}
"""


def list_orphans(tx: Transaction, before: int, *, most: int) -> Sequence[int]:
    """Return the ids of the first orphans."""
    return [row["id"] for row in tx.all(_ORPHANS, {"before": before, "most": most})]


def forget(tx: Transaction, file_id: int, before: int, *, most: int) -> bool:
    """Delete up to `most` pieces of an orphan, and the file after its last piece.

    True: more pieces are left. A file that is referred to by now stays as it is.
    """
    tx.one(_LOCK, {"id": file_id})
    tx.execute(_RETIRE.format(which="f.id = :id AND "), {"id": file_id, "before": before})
    return discard_pieces(tx, file_id, most=most)


def retire_all(tx: Transaction, before: int) -> int:
    """Let no reader find any file without a reference, and return their number.

    The purge deletes their pieces.
    """
    tx.all(_LOCK_ALL, {"before": before})
    return tx.execute(_RETIRE.format(which=""), {"before": before})
