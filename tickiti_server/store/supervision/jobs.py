"""Reads, releases and deletes deliveries as background jobs: table `outbox`.

Rule: a delivery that a worker may be carrying out is never deleted.
"""

import json
from collections.abc import Sequence

from tickiti_server.store.interface import Row, Transaction
from tickiti_server.store.outgoing import outbox

_SELECT = """
SELECT o.seq, o.id, o.kind, o.target, o.state, o.attempts, o.created_at, o.next_at, o.lane,
       coalesce(o.done_at, o.next_at) AS failed_at, coalesce(o.last_error, l.reason) AS last_error
  FROM outbox o JOIN lane l ON l.name = o.lane
"""

_WAITING = "o.state IN ('queued', 'claimed', 'retry')"
_FAILED = "o.state IN ('failed', 'dead', 'uncertain')"
_NAMED = "o.id IN (SELECT value FROM json_each(:ids))"


def list_waiting(tx: Transaction, *, limit: int) -> Sequence[Row]:
    """Return the deliveries that the server will try, oldest first."""
    return tx.all(f"{_SELECT} WHERE {_WAITING} ORDER BY o.seq LIMIT :limit", {"limit": limit})


def list_failed(tx: Transaction, *, limit: int) -> Sequence[Row]:
    """Return the deliveries that the server has given up, newest first."""
    return tx.all(f"{_SELECT} WHERE {_FAILED} ORDER BY o.seq DESC LIMIT :limit", {"limit": limit})


def list_failed_among(tx: Transaction, ids: Sequence[str]) -> Sequence[Row]:
    """Return those of the named deliveries that the server has given up, oldest first."""
    sql = f"{_SELECT} WHERE {_FAILED} AND {_NAMED} ORDER BY o.seq"
    return tx.all(sql, {"ids": json.dumps(list(ids))})


def release(tx: Transaction, row: Row, *, now: int) -> None:
    """Make a delivery due again, and end the pause of its lane."""
    outbox.release_delivery(tx, row["seq"], now=now)
    outbox.resume_lane(tx, row["lane"])


def delete(tx: Transaction, row: Row) -> None:
    """Delete a delivery. The decision whose callback it was stays, without a callback."""
    values = {"id": row["id"]}
    tx.execute("UPDATE review SET callback_id = NULL WHERE callback_id = :id", values)
    tx.execute("DELETE FROM outbox WHERE id = :id", values)
