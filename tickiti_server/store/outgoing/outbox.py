"""What leaves the house, and how far it is: `outbox` and `lane`.

The rule of this file: whoever works on a row holds its lease, and every change to a row that is
being worked on asks for that lease's number. A worker that was too slow changes nothing.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import NamedTuple

from tickiti_server import crash_points
from tickiti_server.folding import address_key
from tickiti_server.store.database import Row, Transaction
from tickiti_server.store.search import needles

_LANE = "INSERT INTO lane (name) VALUES (:lane) ON CONFLICT DO NOTHING"

_INSERT = """
INSERT INTO outbox (id, kind, dedupe, lane, target, target_key, payload, policy, mailbox_id,
                    mailbox, subject, message_id, state, next_at, created_at, done_at)
VALUES (:id, :kind, :dedupe, :lane, :target, :target_key, :payload, :policy, :mailbox_id,
        :mailbox, :subject, :message_id, :state, :now, :now, :done_at)
"""

_SHOWN = """o.seq, o.id, o.kind, o.target, o.mailbox, o.subject, o.message_id, o.state, o.phase,
       o.attempts, o.uncertainties, o.next_at,
       coalesce(o.last_error, l.reason) AS last_error, o.last_code,
       o.created_at, o.done_at, o.policy, o.mailbox_id, o.lane"""

_FROM = "FROM outbox o JOIN lane l ON l.name = o.lane"

_SERVER = (
    """coalesce(lower(m.smtp_host) || ':' || coalesce(m.smtp_port, m.smtp_security), l.name)"""
)
"""The server that a lane's deliveries go to; a lane of callbacks is named after it."""

_READY_LANES = f"""
SELECT l.name, {_SERVER} AS server
  FROM lane l
  LEFT JOIN mailbox m
    ON m.id = CASE WHEN l.name GLOB 'mailbox:*' THEN CAST(substr(l.name, 9) AS INTEGER) END
 WHERE l.paused_until <= :now
   AND EXISTS (SELECT 1 FROM outbox o WHERE o.lane = l.name AND o.state IN ('queued', 'retry')
                                        AND o.next_at <= :now)
   AND l.name NOT IN (SELECT value FROM json_each(:closed))
   AND {_SERVER} NOT IN (SELECT value FROM json_each(:full))
 ORDER BY l.served_at, l.name
 LIMIT :most
"""

_CLAIM = """
UPDATE outbox SET state = 'claimed', phase = 'pre', lease_token = lease_token + 1,
                  lease_until = :until
 WHERE seq = (SELECT seq FROM outbox WHERE lane = :lane AND state IN ('queued', 'retry')
                                       AND next_at <= :now ORDER BY next_at, seq LIMIT 1)
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
       uncertainties = uncertainties + (phase = 'dot'),
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
class Wanted:
    """Which deliveries to list; None asks for nothing."""

    before: int | None = None
    target: str | None = None
    subject: str | None = None
    state: str | None = None
    kind: str | None = None
    since: int | None = None
    text: str | None = None
    """A part of the target or of the subject."""


class Beyond(NamedTuple):
    """What is due after `latest`, and now instead; `leases` too, where nobody can hold one."""

    now: int
    latest: int
    leases: bool


def insert(tx: Transaction, *, target: str, **columns: object) -> None:
    """A new delivery: `sent` at once, or due now. Its `dedupe` must be new."""
    add_lane(tx, str(columns["lane"]))
    tx.execute(_INSERT, {**columns, "target": target, "target_key": address_key(target)})
    crash_points.reached("tx.outbox_inserted")


def dedupe(tx: Transaction, effect: str, idem_id: int | None) -> str:
    """Names the one effect of an operation. The operation's id alone would come again some day,
    when every stored reply has been purged; with its time it never does."""
    row = tx.one("SELECT created_at FROM idem WHERE id = :id", {"id": idem_id})
    assert row is not None
    return f"{effect}:{idem_id}:{row['created_at']}"


def find(tx: Transaction, email_id: str) -> Row | None:
    sql = f"SELECT {_SHOWN}, o.payload {_FROM} WHERE o.id = :id"
    return tx.one(sql, {"id": email_id})


def newest(tx: Transaction, wanted: Wanted, *, limit: int) -> Sequence[Row]:
    """Newest first."""
    values = {name: value for name, value in asdict(wanted).items() if value is not None}
    values |= {name: needles([values[name]]) for name in ("subject", "text") if name in values}
    if wanted.target is not None:
        values["target"] = address_key(wanted.target)
    clauses = " AND ".join(_CLAUSES[name] for name in values)
    where = f"WHERE {clauses}" if clauses else ""
    sql = f"SELECT {_SHOWN} {_FROM} {where} ORDER BY o.seq DESC LIMIT :limit"
    return tx.all(sql, {**values, "limit": limit})


def is_lost(tx: Transaction, *, now: int) -> bool:
    """Whether a worker has let a lease run out."""
    sql = "SELECT 1 FROM outbox WHERE state = 'claimed' AND lease_until < :now LIMIT 1"
    return tx.one(sql, {"now": now}) is not None


def ready(
    tx: Transaction, *, now: int, closed: Sequence[str], full: Sequence[str], most: int
) -> Sequence[Row]:
    """The lanes with a delivery that is due, `name` and `server`; the one that has waited longest
    for its turn comes first. Not those that are `closed`, nor those of a server that is `full`."""
    values = {"closed": json.dumps(closed), "full": json.dumps(full)}
    return tx.all(_READY_LANES, {**values, "now": now, "most": most})


def claim(tx: Transaction, lane: str, *, now: int, until: int) -> Row | None:
    """Take the lease of a lane's next delivery that is due. A callback comes with its payload."""
    row = tx.one(_CLAIM, {"lane": lane, "now": now, "until": until})
    if row is not None:
        sql = "UPDATE lane SET served_at = :now WHERE name = :lane"
        tx.execute(sql, {"lane": lane, "now": now})
    return row


def piece(tx: Transaction, seq: int, *, start: int, size: int) -> bytes:
    """A part of a payload, counted from 0."""
    sql = "SELECT substr(payload, :start + 1, :size) AS piece FROM outbox WHERE seq = :seq"
    row = tx.one(sql, {"seq": seq, "start": start, "size": size})
    return bytes(row["piece"]) if row is not None else b""


def renew(tx: Transaction, *, seq: int, lease_token: int, until: int) -> bool:
    sql = f"UPDATE outbox SET lease_until = :until WHERE {_MINE}"
    return bool(tx.execute(sql, {"seq": seq, "lease_token": lease_token, "until": until}))


def mark_dot(tx: Transaction, *, seq: int, lease_token: int, until: int) -> bool:
    """Note durably that the other side may have accepted it from now on; False where the lease is
    another's, and nothing may be sent."""
    sql = f"UPDATE outbox SET phase = 'dot', lease_until = :until WHERE {_MINE}"
    return bool(tx.execute(sql, {"seq": seq, "lease_token": lease_token, "until": until}))


def settle(tx: Transaction, **columns: object) -> bool:
    """What became of an attempt; False where the lease is another's, and nothing is changed."""
    return bool(tx.execute(_SETTLE, columns))


def reclaim(tx: Transaction, *, now: int, lost: str) -> int:
    """Take back what its worker lost: due again where nothing can have arrived, else uncertain."""
    return tx.execute(_RECLAIM, {"now": now, "lost": lost})


def is_beyond(tx: Transaction, beyond: Beyond) -> bool:
    return any(tx.one(f"SELECT 1 FROM {table} LIMIT 1", {"latest": beyond.latest})
               for table, _ in _beyond(beyond))  # fmt: skip


def put_right(tx: Transaction, beyond: Beyond) -> None:
    for table, change in _beyond(beyond):
        name, _, where = table.partition(" ")
        tx.execute(f"UPDATE {name} SET {change} {where}", beyond._asdict())


def _beyond(beyond: Beyond) -> list[tuple[str, str]]:
    """Which rows, and what becomes of them."""
    rows = [
        ("outbox WHERE state IN ('queued', 'retry') AND next_at > :latest", "next_at = :now"),
        ("lane WHERE paused_until > :latest", "paused_until = :now"),
    ]
    claimed = ("outbox WHERE state = 'claimed' AND lease_until > :latest", "lease_until = :now - 1")
    return [*rows, claimed] if beyond.leases else rows


def release(tx: Transaction, seq: int, *, now: int) -> None:
    """Have it delivered once more, whatever became of it; it begins its schedule anew."""
    sql = """UPDATE outbox SET state = 'queued', attempts = 0, uncertainties = 0, next_at = :now,
                    done_at = NULL WHERE seq = :seq"""
    tx.execute(sql, {"seq": seq, "now": now})


def cancel(tx: Transaction, seq: int, *, reason: str, now: int) -> bool:
    """Have it not delivered any more; False where it is at its end, or may have arrived. A worker
    that has it loses its lease, and with it the right to send the final dot."""
    sql = """UPDATE outbox SET state = 'failed', last_error = :reason, done_at = :now,
                    lease_token = lease_token + 1, lease_until = NULL
              WHERE seq = :seq AND (state IN ('queued', 'retry')
                                    OR (state = 'claimed' AND phase = 'pre'))"""
    return bool(tx.execute(sql, {"seq": seq, "reason": reason, "now": now}))


def waiting(tx: Transaction, lane: str) -> Sequence[str]:
    """The ids of a lane's deliveries that are not at their end, the oldest first."""
    sql = """SELECT id FROM outbox
              WHERE lane = :lane AND state IN ('queued', 'claimed', 'retry') ORDER BY seq"""
    return [row["id"] for row in tx.all(sql, {"lane": lane})]


def pause(tx: Transaction, lane: str, *, until: int, reason: str) -> None:
    tx.execute(
        "UPDATE lane SET paused_until = :until, reason = :reason WHERE name = :lane",
        {"lane": lane, "until": until, "reason": reason},
    )


def stumble(tx: Transaction, lane: str, *, most: int, until: int, reason: str) -> None:
    """Count a failure of a lane; with the last that it may have in a row, leave it alone."""
    row = tx.one(
        "UPDATE lane SET failures = failures + 1 WHERE name = :lane RETURNING failures",
        {"lane": lane},
    )
    if row is not None and row["failures"] >= most:
        pause(tx, lane, until=until, reason=reason)


def resume(tx: Transaction, lane: str) -> None:
    """Let a lane be tried at once: something about it was changed, or it worked."""
    sql = "UPDATE lane SET paused_until = 0, reason = NULL, failures = 0 WHERE name = :lane"
    tx.execute(f"{sql} AND (reason IS NOT NULL OR failures > 0)", {"lane": lane})


def add_lane(tx: Transaction, lane: str) -> None:
    """Unless it is there."""
    tx.execute(_LANE, {"lane": lane})


def retarget(tx: Transaction, seq: int, *, target: str, lane: str) -> None:
    """Have one delivery go elsewhere."""
    add_lane(tx, lane)
    tx.execute(
        "UPDATE outbox SET target = :target, target_key = :key, lane = :lane WHERE seq = :seq",
        {"seq": seq, "target": target, "key": address_key(target), "lane": lane},
    )
