"""The table of stored replies: `idem`."""

from dataclasses import dataclass

from tickiti_server import crash_points
from tickiti_server.store.database import Transaction

_FIND = """
SELECT id, fp_version, fp_raw, fp_canon, status, body, created_at
  FROM idem WHERE family_id = :family_id AND key_sha256 = :key_sha256
"""

# The body is filled in by `settle`, in the same transaction: no other connection sees it empty.
_CLAIM = """
INSERT INTO idem (family_id, key_sha256, key_hint, operation, fp_version, fp_raw, fp_canon,
                  status, body, request_id, created_at)
VALUES (:family_id, :key_sha256, :key_hint, :operation, :fp_version, :fp_raw, :fp_canon,
        200, :body, :request_id, :created_at)
ON CONFLICT (family_id, key_sha256) DO NOTHING
RETURNING id
"""

# Ids grow with time: to look at the first few is enough, and takes no index. Mail that has not left
# keeps its operation, so that whoever asks for it once more learns of this one.
_OLD = """
SELECT id FROM (SELECT id, created_at FROM idem ORDER BY id LIMIT :among) AS first
 WHERE created_at < :before
   AND NOT EXISTS (SELECT 1 FROM outbox
                    WHERE dedupe = 'send_email:' || first.id || ':' || first.created_at
                      AND state NOT IN ('sent', 'failed', 'dead'))
"""
_FORGET_OLD = f"DELETE FROM idem WHERE id IN ({_OLD})"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReply:
    fp_version: int
    fp_raw: bytes
    fp_canon: bytes
    status: int
    body: bytes
    created_at: int


def find(tx: Transaction, *, family_id: int, key_sha256: bytes) -> StoredReply | None:
    row = tx.one(_FIND, {"family_id": family_id, "key_sha256": key_sha256})
    if row is None:
        return None
    return StoredReply(
        fp_version=row["fp_version"],
        fp_raw=row["fp_raw"],
        fp_canon=row["fp_canon"],
        status=row["status"],
        body=row["body"],
        created_at=row["created_at"],
    )


def claim(tx: Transaction, **columns: object) -> int | None:
    """Insert a row without its reply; its id, or None where the key is taken."""
    row = tx.one(_CLAIM, {**columns, "body": b""})
    return None if row is None else int(row["id"])


def settle(tx: Transaction, idem_id: int, body: bytes) -> None:
    """Fill in the reply that every later request with this key will get."""
    tx.execute("UPDATE idem SET body = :body WHERE id = :id", {"body": body, "id": idem_id})


def has_old(tx: Transaction, *, before: int, among: int) -> bool:
    """Whether one of the `among` first replies is older."""
    return tx.one(f"{_OLD} LIMIT 1", {"before": before, "among": among}) is not None


def forget_old(tx: Transaction, *, before: int, among: int) -> int:
    """Delete those of the `among` first replies that are older; how many there were."""
    gone = tx.execute(_FORGET_OLD, {"before": before, "among": among})
    crash_points.reached("purge.mid")
    return gone
