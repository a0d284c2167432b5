"""Stores replies by idempotency key: table `idem`."""

from collections.abc import Sequence
from typing import NamedTuple

from tickiti_server import crash_points
from tickiti_server.store.interface import Row, Transaction

_FIND = """
SELECT id, fp_version, fp_raw, fp_canon, status, body, created_at, ran_at
  FROM idem WHERE family_id = :family_id AND key_sha256 = :key_sha256
"""

_LIST = "SELECT id, key_sha256 FROM idem WHERE id > :after ORDER BY id LIMIT :most"

# store_reply fills in the body in the same transaction, so that no other connection sees it empty.
_CLAIM = """
INSERT INTO idem (family_id, key_sha256, key_hint, operation, fp_version, fp_raw, fp_canon,
                  status, body, request_id, created_at, ran_at)
VALUES (:family_id, :key_sha256, :key_hint, :operation, :fp_version, :fp_raw, :fp_canon,
        200, :body, :request_id, :created_at, :ran_at)
ON CONFLICT (family_id, key_sha256) DO NOTHING
"""

# Ids grow with time, so a scan from the lowest id up to the young rows needs no other index.
# A reply whose e-mail has not left the outbox stays, so that a retry finds that e-mail. Where an
# operation has several, their keys differ behind its id and time.
_SCANNED = (
    "(SELECT id, created_at, ran_at FROM idem WHERE id > :after ORDER BY id LIMIT :most) AS scanned"
)
_OPERATION = "scanned.id || ':' || scanned.created_at"
_MAIL, _NOTICE = f"'send_email:' || {_OPERATION}", f"'notify:' || {_OPERATION}"
_MAY_GO = f"""
ran_at < :before
 AND NOT EXISTS (SELECT 1 FROM outbox
                  WHERE (dedupe = {_MAIL}
                         OR (dedupe > {_MAIL} || ':' AND dedupe < {_MAIL} || ';')
                         OR (dedupe > {_NOTICE} || ':' AND dedupe < {_NOTICE} || ';'))
                    AND state NOT IN ('sent', 'failed', 'dead'))
"""
_SCAN = f"""
SELECT coalesce(max(id), 0) AS last, count(CASE WHEN ran_at < :before THEN 1 END) AS old,
       count(CASE WHEN {_MAY_GO} THEN 1 END) AS deletable
  FROM {_SCANNED}
"""
_FORGET_OLD = f"DELETE FROM idem WHERE id IN (SELECT id FROM {_SCANNED} WHERE {_MAY_GO})"


class StoredReply(NamedTuple):
    fp_version: int
    fp_raw: bytes
    fp_canon: bytes
    status: int
    body: bytes
    created_at: int
    """The wall clock at that moment."""

    ran_at: int
    """The running time at that moment, which alone gives the age."""


class PurgeRange(NamedTuple):
    """A range of replies: at most `most` rows above the id `after`.

    A reply is old if it was stored before the running time `before`.
    """

    before: int
    after: int
    most: int


class PurgeScan(NamedTuple):
    """The last id of a scanned range, and how many replies are old and may be deleted."""

    last: int
    old: int
    deletable: int


def find_reply(tx: Transaction, *, family_id: int, key_sha256: bytes) -> StoredReply | None:
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
        ran_at=row["ran_at"],
    )


def list_keys(tx: Transaction, *, after: int, most: int) -> Sequence[Row]:
    """The first `most` keys above the id `after`: `id` and `key_sha256`."""
    return tx.all(_LIST, {"after": after, "most": most})


def claim_key(tx: Transaction, **columns: object) -> int | None:
    """Insert a row without its reply. Returns the new id, or None if the key is taken."""
    return tx.insert(_CLAIM, {**columns, "body": b""}) or None


def store_reply(tx: Transaction, operation_id: int, body: bytes) -> None:
    """Store the reply that every later request with this key gets."""
    tx.execute("UPDATE idem SET body = :body WHERE id = :id", {"body": body, "id": operation_id})


def scan_old_replies(tx: Transaction, purge_range: PurgeRange) -> PurgeScan:
    row = tx.one(_SCAN, purge_range._asdict())
    assert row is not None
    return PurgeScan(row["last"], row["old"], row["deletable"])


def delete_old_replies(tx: Transaction, purge_range: PurgeRange) -> None:
    """Delete the old replies of a range, except those whose e-mail has not left the outbox."""
    tx.execute(_FORGET_OLD, purge_range._asdict())
    crash_points.reached("purge.mid")
