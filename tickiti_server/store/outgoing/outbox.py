"""Stores deliveries and their lanes: tables `outbox` and `lane`.

Rule: a worker holds the lease of its row, and every change to a claimed row checks the number of
the lease. A worker whose lease has expired changes nothing.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from tickiti_server import crash_points
from tickiti_server.rendering.case_folding import address_key
from tickiti_server.store.interface import Row, Transaction
from tickiti_server.store.search.clauses import needles

_LANE = "INSERT INTO lane (name) VALUES (:lane) ON CONFLICT DO NOTHING"

_INSERT = """
INSERT INTO outbox (id, kind, dedupe, lane, target, target_key, payload, policy, mailbox_id,
                    mailbox, subject, message_id, cc, state, next_at, created_at, done_at)
VALUES (:id, :kind, :dedupe, :lane, :target, :target_key, :payload, :policy, :mailbox_id,
        :mailbox, :subject, :message_id, :cc, :state, :now, :now, :done_at)
"""

_SHOWN = """o.seq, o.id, o.kind, o.target, o.mailbox, o.subject, o.message_id, o.state, o.phase,
       o.cc, o.attempts, o.uncertainties, o.next_at,
       coalesce(o.last_error, l.reason) AS last_error, o.last_code,
       o.created_at, o.done_at, o.policy, o.mailbox_id, o.lane"""

_FROM = "FROM outbox o JOIN lane l ON l.name = o.lane"

_SERVER = """coalesce(
    lower(m.smtp_host) || ':' || coalesce(CAST(m.smtp_port AS TEXT), m.smtp_security), l.name
)"""
"""The server of a lane's deliveries. A callback lane is named after its server."""

_READY_LANES = f"""
SELECT l.name, {_SERVER} AS server
  FROM lane l
  LEFT JOIN mailbox m
    ON m.id = CASE WHEN l.name LIKE 'mailbox:%' THEN CAST(substr(l.name, 9) AS INTEGER) END
 WHERE l.paused_until <= :now
   AND EXISTS (SELECT 1 FROM outbox o WHERE o.lane = l.name AND o.state IN ('queued', 'retry')
                                        AND o.next_at <= :now)
   AND l.name NOT IN (SELECT value FROM json_each(:closed))
   AND {_SERVER} NOT IN (SELECT value FROM json_each(:full))
 ORDER BY l.served_at, l.name
 LIMIT :most
 /* FOR NO KEY UPDATE OF l SKIP LOCKED */
"""

_LOCKED = "/* FOR NO KEY UPDATE OF o */"
"""Of two writers that release or cancel the same delivery, the second sees what the first did."""

# The outer WHERE checks the state again, because in a database of several writers another worker
# may claim the row between the inner SELECT and the UPDATE.
_CLAIM = """
UPDATE outbox SET state = 'claimed', phase = 'pre', lease_token = lease_token + 1,
                  lease_until = :until
 WHERE seq = (SELECT seq FROM outbox WHERE lane = :lane AND state IN ('queued', 'retry')
                                       AND next_at <= :now ORDER BY next_at, seq LIMIT 1
                                       /* FOR NO KEY UPDATE SKIP LOCKED */)
   AND state IN ('queued', 'retry') AND next_at <= :now
RETURNING seq, id, kind, target, CASE kind WHEN 'callback' THEN payload END AS payload, policy,
          mailbox_id, lane, attempts, uncertainties, lease_token
"""

_MINE = "seq = :seq AND lease_token = :lease_token AND state = 'claimed'"

_SETTLE = f"""
UPDATE outbox SET state = :state, phase = 'pre', attempts = :attempts, next_at = :next_at,
                  uncertainties = :uncertainties, last_code = :last_code, last_error = :last_error,
                  done_at = :done_at, lease_until = NULL
 WHERE {_MINE}
"""

_RECLAIM = """
UPDATE outbox
   SET state = CASE WHEN phase = 'pre' THEN 'queued'
                    WHEN policy = 'resend-once' AND uncertainties = 0 THEN 'queued'
                    ELSE 'uncertain' END,
       uncertainties = uncertainties + CASE WHEN phase = 'dot' THEN 1 ELSE 0 END,
       last_error = CASE WHEN phase = 'pre' THEN last_error ELSE :lost END,
       phase = 'pre', next_at = :now, lease_until = NULL
 WHERE state = 'claimed' AND lease_until < :now
"""


_CLAUSES = {
    "before": "o.seq < :before",
    "target": "o.target_key = :target",
    "subject": "holds(o.subject, :subject)",
    "state": "o.state = :state",
    "kind": "o.kind = :kind",
    "since": "o.created_at >= :since",
    "text": "(holds(o.target, :text) OR holds(o.subject, :text))",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxFilter:
    """Selects the deliveries to list; None matches every delivery."""

    before: int | None = None
    target: str | None = None
    subject: str | None = None
    state: str | None = None
    kind: str | None = None
    since: int | None = None
    text: str | None = None
    """Matches a part of the target or of the subject."""


def insert_delivery(
    tx: Transaction, *, target: str, cc: Sequence[str] = (), **columns: object
) -> None:
    """Insert a delivery, which is `sent` already or due now. Its `dedupe` must be new."""
    add_lane(tx, str(columns["lane"]))
    own = {"target": target, "target_key": address_key(target)}
    tx.execute(_INSERT, {**columns, **own, "cc": json.dumps(list(cc)) if cc else None})
    crash_points.reached("tx.outbox_inserted")


def dedupe_key(tx: Transaction, effect: str, operation_id: int | None) -> str:
    """Return the name of an operation's one effect.

    The name holds the time of the operation too, because its id is used again once every stored
    reply is purged.
    """
    row = tx.one("SELECT created_at FROM idem WHERE id = :id", {"id": operation_id})
    assert row is not None
    return f"{effect}:{operation_id}:{row['created_at']}"


def find_delivery(tx: Transaction, email_id: str) -> Row | None:
    sql = f"SELECT {_SHOWN}, o.payload {_FROM} WHERE o.id = :id {_LOCKED}"
    return tx.one(sql, {"id": email_id})


def find_delivery_by_number(tx: Transaction, seq: int) -> Row | None:
    return tx.one(f"SELECT {_SHOWN}, o.payload {_FROM} WHERE o.seq = :seq", {"seq": seq})


def list_deliveries(tx: Transaction, wanted: OutboxFilter, *, limit: int) -> Sequence[Row]:
    """Return deliveries, newest first."""
    where, values = _selection(wanted)
    sql = f"SELECT {_SHOWN} {_FROM} {where} ORDER BY o.seq DESC LIMIT :limit"
    return tx.all(sql, {**values, "limit": limit})


def count_deliveries(tx: Transaction, wanted: OutboxFilter, *, most: int) -> int:
    """Return the number of deliveries, counted up to `most`."""
    where, values = _selection(wanted)
    sql = f"SELECT count(*) AS found FROM (SELECT 1 FROM outbox o {where} LIMIT :most) AS counted"
    row = tx.one(sql, {**values, "most": most})
    assert row is not None
    return int(row["found"])


def _selection(wanted: OutboxFilter) -> tuple[str, dict[str, object]]:
    """Return the WHERE clause of a filter and its values."""
    values = {name: value for name, value in asdict(wanted).items() if value is not None}
    values |= {name: needles([values[name]]) for name in ("subject", "text") if name in values}
    if wanted.target is not None:
        values["target"] = address_key(wanted.target)
    clauses = " AND ".join(_CLAUSES[name] for name in values)
    return (f"WHERE {clauses}" if clauses else ""), values


def has_expired_lease(tx: Transaction, *, now: int) -> bool:
    """Whether the lease of a delivery has expired."""
    sql = "SELECT 1 FROM outbox WHERE state = 'claimed' AND lease_until < :now LIMIT 1"
    return tx.one(sql, {"now": now}) is not None


def list_ready_lanes(
    tx: Transaction, *, now: int, closed: Sequence[str], full: Sequence[str], most: int
) -> Sequence[Row]:
    """Return the `name` and `server` of the lanes with a due delivery, least recently served first.

    `closed` lanes and the lanes of `full` servers are left out.
    """
    values = {"closed": json.dumps(closed), "full": json.dumps(full)}
    return tx.all(_READY_LANES, {**values, "now": now, "most": most})


def claim_delivery(tx: Transaction, lane: str, *, now: int, until: int) -> Row | None:
    """Take the lease of a lane's next due delivery. The row of a callback holds its payload."""
    row = tx.one(_CLAIM, {"lane": lane, "now": now, "until": until})
    if row is not None:
        sql = "UPDATE lane SET served_at = :now WHERE name = :lane"
        tx.execute(sql, {"lane": lane, "now": now})
    return row


def read_piece(tx: Transaction, seq: int, *, start: int, size: int) -> bytes:
    """Return `size` bytes of a payload from the offset `start`, which counts from 0."""
    sql = "SELECT substr(payload, :start + 1, :size) AS piece FROM outbox WHERE seq = :seq"
    row = tx.one(sql, {"seq": seq, "start": start, "size": size})
    return bytes(row["piece"]) if row is not None else b""


def renew_lease(tx: Transaction, *, seq: int, lease_token: int, until: int) -> bool:
    sql = f"UPDATE outbox SET lease_until = :until WHERE {_MINE}"
    return bool(tx.execute(sql, {"seq": seq, "lease_token": lease_token, "until": until}))


def mark_may_have_arrived(tx: Transaction, *, seq: int, lease_token: int, until: int) -> bool:
    """Store that the other server may have accepted the delivery from now on.

    Returns False if the lease was lost; then nothing may be sent.
    """
    sql = f"UPDATE outbox SET phase = 'dot', lease_until = :until WHERE {_MINE}"
    return bool(tx.execute(sql, {"seq": seq, "lease_token": lease_token, "until": until}))


def settle_delivery(tx: Transaction, **columns: object) -> bool:
    """Store the outcome of an attempt. Returns False and changes nothing if the lease was lost."""
    return bool(tx.execute(_SETTLE, columns))


def reclaim_expired(tx: Transaction, *, now: int, lost: str) -> int:
    """Take back deliveries with an expired lease and return their number.

    A delivery that cannot have arrived is due again. After the dot it is due once more under
    `resend-once`, and uncertain otherwise.
    """
    return tx.execute(_RECLAIM, {"now": now, "lost": lost})


def release_delivery(tx: Transaction, seq: int, *, now: int) -> None:
    """Make a delivery due again in any state; its schedule starts from the beginning."""
    sql = """UPDATE outbox SET state = 'queued', attempts = 0, uncertainties = 0, next_at = :now,
                    done_at = NULL WHERE seq = :seq"""
    tx.execute(sql, {"seq": seq, "now": now})


def cancel_delivery(tx: Transaction, seq: int, *, reason: str, now: int) -> bool:
    """Cancel a delivery. Returns False if it has ended or may have arrived.

    A worker that has claimed the delivery loses its lease, and so may not send the final dot.
    """
    sql = """UPDATE outbox SET state = 'failed', last_error = :reason, done_at = :now,
                    lease_token = lease_token + 1, lease_until = NULL
              WHERE seq = :seq AND (state IN ('queued', 'retry')
                                    OR (state = 'claimed' AND phase = 'pre'))"""
    return bool(tx.execute(sql, {"seq": seq, "reason": reason, "now": now}))


def list_waiting_ids(tx: Transaction, lane: str) -> Sequence[str]:
    """Return the ids of a lane's unfinished deliveries, oldest first."""
    sql = """SELECT id FROM outbox
              WHERE lane = :lane AND state IN ('queued', 'claimed', 'retry') ORDER BY seq"""
    return [row["id"] for row in tx.all(sql, {"lane": lane})]


def pause_lane(tx: Transaction, lane: str, *, until: int, reason: str) -> None:
    tx.execute(
        "UPDATE lane SET paused_until = :until, reason = :reason WHERE name = :lane",
        {"lane": lane, "until": until, "reason": reason},
    )


def count_failure(tx: Transaction, lane: str, *, most: int, until: int, reason: str) -> None:
    """Count a failure of a lane, and pause the lane after `most` failures in a row."""
    row = tx.one(
        "UPDATE lane SET failures = failures + 1 WHERE name = :lane RETURNING failures",
        {"lane": lane},
    )
    if row is not None and row["failures"] >= most:
        pause_lane(tx, lane, until=until, reason=reason)


def resume_lane(tx: Transaction, lane: str) -> None:
    """End a lane's pause and its count of failures, after a success or a change of its settings."""
    sql = "UPDATE lane SET paused_until = 0, reason = NULL, failures = 0 WHERE name = :lane"
    tx.execute(f"{sql} AND (reason IS NOT NULL OR failures > 0)", {"lane": lane})


def add_lane(tx: Transaction, lane: str) -> None:
    """Insert a lane unless it exists."""
    tx.execute(_LANE, {"lane": lane})


def retarget_delivery(tx: Transaction, seq: int, *, target: str, lane: str) -> None:
    """Send one delivery to another target."""
    add_lane(tx, lane)
    tx.execute(
        "UPDATE outbox SET target = :target, target_key = :key, lane = :lane WHERE seq = :seq",
        {"seq": seq, "target": target, "key": address_key(target), "lane": lane},
    )
