"""The table of stored replies: `idem`."""

from dataclasses import dataclass
from typing import NamedTuple

from tickiti_server import crash_points
from tickiti_server.store.database import Transaction

_FIND = """
SELECT id, fp_version, fp_raw, fp_canon, status, body, created_at, ran_at
  FROM idem WHERE family_id = :family_id AND key_sha256 = :key_sha256
"""

# The body is filled in by `settle`, in the same transaction: no other connection sees it empty.
_CLAIM = """
INSERT INTO idem (family_id, key_sha256, key_hint, operation, fp_version, fp_raw, fp_canon,
                  status, body, request_id, created_at, ran_at)
VALUES (:family_id, :key_sha256, :key_hint, :operation, :fp_version, :fp_raw, :fp_canon,
        200, :body, :request_id, :created_at, :ran_at)
ON CONFLICT (family_id, key_sha256) DO NOTHING
"""

# Ids grow with time: a look goes from the first on to where they are young, and takes no index.
# Mail that has not left keeps its operation, so that whoever asks again learns of this one.
_SOME = (
    "(SELECT id, created_at, ran_at FROM idem WHERE id > :after ORDER BY id LIMIT :most) AS some"
)
_MAY_GO = """
ran_at < :before
 AND NOT EXISTS (SELECT 1 FROM outbox
                  WHERE dedupe = 'send_email:' || some.id || ':' || some.created_at
                    AND state NOT IN ('sent', 'failed', 'dead'))
"""
_LOOK = f"""
SELECT coalesce(max(id), 0) AS last, count(CASE WHEN ran_at < :before THEN 1 END) AS old,
       count(CASE WHEN {_MAY_GO} THEN 1 END) AS forgettable
  FROM {_SOME}
"""
_FORGET_OLD = f"DELETE FROM idem WHERE id IN (SELECT id FROM {_SOME} WHERE {_MAY_GO})"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReply:
    fp_version: int
    fp_raw: bytes
    fp_canon: bytes
    status: int
    body: bytes
    created_at: int
    """By the wall clock of that moment."""

    ran_at: int
    """By the running time, which alone says how old it is."""


class Among(NamedTuple):
    """Which replies to look at: `most` of them behind the id `after`; old is what was
    stored before the running time `before`."""

    before: int
    after: int
    most: int


class Look(NamedTuple):
    """The last id that was looked at; how many were old, and how many of those may be forgotten."""

    last: int
    old: int
    forgettable: int


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
        ran_at=row["ran_at"],
    )


def claim(tx: Transaction, **columns: object) -> int | None:
    """Insert a row without its reply; its id, or None where the key is taken."""
    return tx.insert(_CLAIM, {**columns, "body": b""}) or None


def settle(tx: Transaction, idem_id: int, body: bytes) -> None:
    """Fill in the reply that every later request with this key will get."""
    tx.execute("UPDATE idem SET body = :body WHERE id = :id", {"body": body, "id": idem_id})


def look_for_old(tx: Transaction, among: Among) -> Look:
    row = tx.one(_LOOK, among._asdict())
    assert row is not None
    return Look(row["last"], row["old"], row["forgettable"])


def forget_old(tx: Transaction, among: Among) -> None:
    """Delete those that may go."""
    tx.execute(_FORGET_OLD, among._asdict())
    crash_points.reached("purge.mid")
