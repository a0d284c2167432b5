"""Tickets that wait for a decision, the decisions, and what was told of them: `review`, and the
callbacks of `outbox`."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from tickiti_server.folding import address_key
from tickiti_server.store.database import Row, Transaction

_INSERT = """
INSERT INTO review (ticket_id, intervention_id, intervention, uid, response_id, data)
VALUES (:ticket_id, :intervention_id, :intervention, :uid, :response_id, :data)
"""

_DECIDE = """
UPDATE review SET decided_at = :now, decided_by = :person_id, decision = :decision,
                  answer_id = :answer_id, callback_id = :callback_id, final_html = :final_html
 WHERE ticket_id = :ticket_id AND decided_at IS NULL
"""

_REVIEW = """
SELECT r.*, t.number AS ticket_number, t.status, t.on_hold_until, p.email AS decided_by_email,
       a.html AS answer_html
  FROM review r
  JOIN ticket t ON t.id = r.ticket_id
  LEFT JOIN person p ON p.id = r.decided_by
  LEFT JOIN response a ON a.id = r.answer_id
"""

_CALLBACKS = """
SELECT o.seq, o.id, o.target, o.state, o.attempts, o.next_at, o.last_code, o.lane, o.created_at,
       o.done_at, coalesce(o.last_error, l.reason) AS last_error, r.intervention,
       r.intervention_id, r.uid, r.ticket_id, t.number AS ticket_number
  FROM outbox o
  JOIN lane l ON l.name = o.lane
  JOIN review r ON r.callback_id = o.id
  JOIN ticket t ON t.id = r.ticket_id
"""

_RETARGET = """
UPDATE outbox SET target = :url, target_key = :key, lane = :lane, next_at = :now
 WHERE kind = 'callback' AND state IN ('queued', 'retry')
   AND id IN (SELECT callback_id FROM review WHERE intervention_id = :intervention_id)
"""

_CLAUSES = {
    "before": "o.seq < :before",
    "state": "o.state = :state",
    "intervention": "r.intervention = :intervention",
    "ticket_number": "t.number = :ticket_number",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which callbacks to list; None asks for nothing."""

    before: int | None = None
    state: str | None = None
    intervention: str | None = None
    ticket_number: int | None = None


def insert(tx: Transaction, **columns: object) -> None:
    tx.execute(_INSERT, columns)


def number_of(tx: Transaction, intervention_id: int, uid: str) -> int | None:
    """The ticket that was opened for a uid."""
    row = tx.one(
        """SELECT t.number FROM review r JOIN ticket t ON t.id = r.ticket_id
            WHERE r.intervention_id = :id AND r.uid = :uid""",
        {"id": intervention_id, "uid": uid},
    )
    return None if row is None else int(row["number"])


def of_ticket(tx: Transaction, ticket_id: int) -> Row | None:
    return tx.one(f"{_REVIEW} WHERE r.ticket_id = :id", {"id": ticket_id})


def of_callback(tx: Transaction, callback_id: str) -> Row | None:
    return tx.one(f"{_REVIEW} WHERE r.callback_id = :id", {"id": callback_id})


def decide(tx: Transaction, ticket_id: int, **columns: object) -> None:
    """Note the one decision on a ticket."""
    changed = tx.execute(_DECIDE, {**columns, "ticket_id": ticket_id})
    assert changed == 1


def note_final(tx: Transaction, ticket_id: int, response_id: int) -> None:
    tx.execute(
        "UPDATE review SET final_id = :response_id WHERE ticket_id = :ticket_id",
        {"response_id": response_id, "ticket_id": ticket_id},
    )


def undecided(tx: Transaction, intervention_id: int) -> int:
    """How many tickets of an intervention wait for a decision."""
    return _count(
        tx,
        """SELECT count(*) AS found FROM review r JOIN ticket t ON t.id = r.ticket_id
            WHERE r.intervention_id = :id AND r.decided_at IS NULL AND t.status <> 'closed'""",
        {"id": intervention_id},
    )


def undelivered(tx: Transaction, intervention_id: int) -> int:
    """How many of its callbacks are not at their end."""
    return _count(
        tx,
        """SELECT count(*) AS found FROM review r JOIN outbox o ON o.id = r.callback_id
            WHERE r.intervention_id = :id AND o.state IN ('queued', 'claimed', 'retry')""",
        {"id": intervention_id},
    )


def callback(tx: Transaction, callback_id: str) -> Row | None:
    """With its payload, which may be long."""
    sql = _CALLBACKS.replace("o.seq,", "o.seq, o.payload,")
    return tx.one(f"{sql} WHERE o.id = :id", {"id": callback_id})


def callbacks(tx: Transaction, wanted: Wanted, *, limit: int) -> Sequence[Row]:
    """Newest first."""
    values = {name: value for name, value in asdict(wanted).items() if value is not None}
    clauses = " AND ".join(_CLAUSES[name] for name in values)
    where = f"WHERE {clauses}" if clauses else ""
    return tx.all(
        f"{_CALLBACKS} {where} ORDER BY o.seq DESC LIMIT :limit", {**values, "limit": limit}
    )


def retarget(tx: Transaction, intervention_id: int, *, url: str, lane: str, now: int) -> None:
    """Have what an intervention still has to deliver go there, at once."""
    target = {"url": url, "key": address_key(url), "lane": lane, "now": now}
    tx.execute(_RETARGET, {"intervention_id": intervention_id, **target})


def _count(tx: Transaction, sql: str, values: Mapping[str, object]) -> int:
    row = tx.one(sql, values)
    assert row is not None
    return int(row["found"])
