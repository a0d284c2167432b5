"""Reads callbacks, and stores their attempts: tables `outbox`, `callback_attempt` and
`triggered_callback`."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from tickiti_server.store.interface import Row, Transaction

MOST_ATTEMPTS = 20
"""Attempts of a callback whose answers are kept: twice those of the schedule."""

_CALLBACKS = """
SELECT o.seq, o.id, o.target, o.state, o.attempts, o.next_at, o.last_code, o.lane, o.created_at,
       o.done_at, coalesce(o.last_error, l.reason) AS last_error,
       coalesce(r.intervention, c.intervention) AS intervention,
       coalesce(r.intervention_id, c.intervention_id) AS intervention_id,
       coalesce(r.uid, c.uid) AS uid, t.number AS ticket_number,
       c.callback_id IS NOT NULL AS is_triggered
  FROM outbox o
  JOIN lane l ON l.name = o.lane
  LEFT JOIN review r ON r.callback_id = o.id
  LEFT JOIN ticket t ON t.id = r.ticket_id
  LEFT JOIN triggered_callback c ON c.callback_id = o.id
 WHERE o.kind = 'callback'
"""

_CLAUSES = {
    "before": "o.seq < :before",
    "state": "o.state = :state",
    "intervention": "coalesce(r.intervention, c.intervention) = :intervention",
    "ticket_number": "t.number = :ticket_number",
}

_TRIGGERED = """
INSERT INTO triggered_callback (callback_id, intervention_id, intervention, uid)
VALUES (:callback_id, :intervention_id, :intervention, :uid)
"""

_ATTEMPT = """
INSERT INTO callback_attempt (callback_id, attempted_at, target, code, error, headers, body,
                              is_whole)
VALUES (:callback_id, :now, :target, :code, :error, :headers, :body, :is_whole)
"""

_FORGET = """
DELETE FROM callback_attempt
 WHERE callback_id = :callback_id
   AND id <= (SELECT id FROM callback_attempt WHERE callback_id = :callback_id
               ORDER BY id DESC LIMIT 1 OFFSET :most)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackFilter:
    """Selects the callbacks to list; None matches every callback."""

    before: int | None = None
    state: str | None = None
    intervention: str | None = None
    ticket_number: int | None = None


def find_callback(tx: Transaction, callback_id: str) -> Row | None:
    """Return a callback with its payload, which may be long."""
    sql = _CALLBACKS.replace("o.seq,", "o.seq, o.payload,")
    return tx.one(f"{sql} AND o.id = :id /* FOR NO KEY UPDATE OF o */", {"id": callback_id})


def list_callbacks(tx: Transaction, wanted: CallbackFilter, *, limit: int) -> Sequence[Row]:
    """Return callbacks, newest first."""
    sql, values = _selection(wanted)
    return tx.all(f"{sql} ORDER BY o.seq DESC LIMIT :limit", {**values, "limit": limit})


def count_callbacks(tx: Transaction, wanted: CallbackFilter, *, most: int) -> int:
    """Return the number of callbacks, counted up to `most`."""
    sql, values = _selection(wanted)
    counting = f"SELECT count(*) AS found FROM ({sql} LIMIT :most) AS counted"
    row = tx.one(counting, {**values, "most": most})
    assert row is not None
    return int(row["found"])


def _selection(wanted: CallbackFilter) -> tuple[str, dict[str, object]]:
    """Return the statement of a filter, without an order, and its values."""
    values = {name: value for name, value in asdict(wanted).items() if value is not None}
    return f"{_CALLBACKS}{''.join(f' AND {_CLAUSES[name]}' for name in values)}", values


def insert_triggered(tx: Transaction, **columns: object) -> None:
    """Store the intervention of a callback that belongs to no ticket."""
    tx.execute(_TRIGGERED, columns)


def insert_attempt(
    tx: Transaction, delivery: Row, columns: Mapping[str, object], *, now: int
) -> None:
    """Store an attempt with its answer, and forget the oldest beyond MOST_ATTEMPTS."""
    callback = {"callback_id": delivery["id"]}
    tx.execute(_ATTEMPT, {**columns, **callback, "target": delivery["target"], "now": now})
    tx.execute(_FORGET, {**callback, "most": MOST_ATTEMPTS})


def list_attempts(tx: Transaction, callback_id: str) -> Sequence[Row]:
    """Return the attempts of a callback, oldest first."""
    sql = "SELECT * FROM callback_attempt WHERE callback_id = :id ORDER BY id"
    return tx.all(sql, {"id": callback_id})
