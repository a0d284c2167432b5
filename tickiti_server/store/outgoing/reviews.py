"""Stores reviews, which are tickets with a decision: table `review`."""

from collections.abc import Mapping

from tickiti_server.rendering.case_folding import address_key
from tickiti_server.store.interface import Row, Transaction

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
SELECT r.*, t.number AS ticket_number, p.email AS decided_by_email, a.html AS answer_html
  FROM review r
  JOIN ticket t ON t.id = r.ticket_id
  LEFT JOIN person p ON p.id = r.decided_by
  LEFT JOIN response a ON a.id = r.answer_id
"""

_LOCKED = "/* FOR NO KEY UPDATE OF r */"
"""Of two writers that find the same review, the second sees the decision of the first."""

_RETARGET = """
UPDATE outbox SET target = :url, target_key = :key, lane = :lane, next_at = :now
 WHERE kind = 'callback' AND state IN ('queued', 'retry')
   AND id IN (SELECT callback_id FROM review WHERE intervention_id = :intervention_id)
"""


def insert_review(tx: Transaction, **columns: object) -> None:
    tx.execute(_INSERT, columns)


def find_ticket_number(tx: Transaction, intervention_id: int, uid: str) -> int | None:
    """Return the number of the ticket that was opened for a uid, or None."""
    row = tx.one(
        """SELECT t.number FROM review r JOIN ticket t ON t.id = r.ticket_id
            WHERE r.intervention_id = :id AND r.uid = :uid""",
        {"id": intervention_id, "uid": uid},
    )
    return None if row is None else int(row["number"])


def find_review(tx: Transaction, ticket_id: int) -> Row | None:
    return tx.one(f"{_REVIEW} WHERE r.ticket_id = :id {_LOCKED}", {"id": ticket_id})


def find_review_by_callback(tx: Transaction, callback_id: str) -> Row | None:
    return tx.one(f"{_REVIEW} WHERE r.callback_id = :id {_LOCKED}", {"id": callback_id})


def store_decision(tx: Transaction, ticket_id: int, **columns: object) -> None:
    """Store the one decision on a ticket."""
    changed = tx.execute(_DECIDE, {**columns, "ticket_id": ticket_id})
    assert changed == 1


def set_final_response(tx: Transaction, ticket_id: int, response_id: int) -> None:
    tx.execute(
        "UPDATE review SET final_id = :response_id WHERE ticket_id = :ticket_id",
        {"response_id": response_id, "ticket_id": ticket_id},
    )


def count_undecided(tx: Transaction, intervention_id: int) -> int:
    """Count the open tickets of an intervention without a decision."""
    return _count(
        tx,
        """SELECT count(*) AS found FROM review r JOIN ticket t ON t.id = r.ticket_id
            WHERE r.intervention_id = :id AND r.decided_at IS NULL AND t.status <> 'closed'
              AND t.deleted_at IS NULL""",
        {"id": intervention_id},
    )


def count_undelivered(tx: Transaction, intervention_id: int) -> int:
    """Count the unfinished callbacks of an intervention."""
    return _count(
        tx,
        """SELECT count(*) AS found FROM review r JOIN outbox o ON o.id = r.callback_id
            WHERE r.intervention_id = :id AND o.state IN ('queued', 'claimed', 'retry')""",
        {"id": intervention_id},
    )


def retarget_callbacks(
    tx: Transaction, intervention_id: int, *, url: str, lane: str, now: int
) -> None:
    """Send an intervention's unfinished callbacks to another URL at once."""
    target = {"url": url, "key": address_key(url), "lane": lane, "now": now}
    tx.execute(_RETARGET, {"intervention_id": intervention_id, **target})


def _count(tx: Transaction, sql: str, values: Mapping[str, object]) -> int:
    row = tx.one(sql, values)
    assert row is not None
    return int(row["found"])
