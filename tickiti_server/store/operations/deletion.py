"""Tickets that are deleted, restored, split and merged: `ticket`, `participant`, `hashtag`.

Rule: deleting is soft. A ticket's responses and files stay with it, so that a restore finds them.
"""

from collections.abc import Sequence

from tickiti_server.rendering.case_folding import address_key, case_key
from tickiti_server.store.interface import Row, Transaction
from tickiti_server.store.search.conditions import Conditions

_RAISED = """
SELECT t.id, t.number, t.subject, t.status, t.queue_id, t.originator_id, t.deleted_at,
       q.name AS queue_name, o.email AS originator_email
  FROM ticket t
  JOIN queue q ON q.id = t.queue_id
  JOIN person o ON o.id = t.originator_id
 WHERE t.originator_id = (SELECT id FROM person WHERE email_key = :email_key)
   AND (CAST(:queue_key AS TEXT) IS NULL OR q.name_key = :queue_key) {clauses}
 ORDER BY t.number LIMIT :most
"""

_COPY_PARTICIPANTS = """
INSERT INTO participant (ticket_id, person_id)
SELECT :to, person_id FROM participant WHERE ticket_id = :id AND person_id <> :originator
ON CONFLICT DO NOTHING
"""

_COPY_HASHTAGS = """
INSERT INTO hashtag (tag_key, ticket_id, tag)
SELECT tag_key, :to, tag FROM hashtag WHERE ticket_id = :id
ON CONFLICT DO NOTHING
"""


def list_raised_tickets(
    tx: Transaction, conditions: Conditions, email: str, *, queue: str | None, most: int
) -> Sequence[Row]:
    """The tickets of an originator that meet the conditions, by number; those of one queue where it
    is named."""
    clauses = "".join(f" AND {clause}" for clause in conditions.clauses)
    own = {
        "email_key": address_key(email),
        "queue_key": None if queue is None else case_key(queue),
        "most": most,
    }
    return tx.all(_RAISED.format(clauses=clauses), {**conditions.values, **own})


def delete_ticket(
    tx: Transaction, ticket_id: int, *, now: int, merged_into: int | None = None
) -> None:
    """Delete a ticket; one that was merged points at its survivor."""
    tx.execute(
        "UPDATE ticket SET deleted_at = :now, merged_into = :merged_into WHERE id = :id",
        {"id": ticket_id, "now": now, "merged_into": merged_into},
    )


def restore_ticket(tx: Transaction, ticket_id: int, *, now: int) -> None:
    """Bring a deleted ticket back, at the top of the lists."""
    tx.execute(
        "UPDATE ticket SET deleted_at = NULL, merged_into = NULL, updated_at = :now WHERE id = :id",
        {"id": ticket_id, "now": now},
    )


def copy_participants(tx: Transaction, ticket_id: int, *, to: int, originator_id: int) -> int:
    """Have a ticket's participants take part in another one, whose originator needs no row. Returns
    the number of new ones."""
    return tx.execute(_COPY_PARTICIPANTS, {"id": ticket_id, "to": to, "originator": originator_id})


def copy_hashtags(tx: Transaction, ticket_id: int, *, to: int) -> None:
    tx.execute(_COPY_HASHTAGS, {"id": ticket_id, "to": to})


def set_originator(tx: Transaction, ticket_id: int, person_id: int, *, now: int) -> None:
    """Give a ticket another originator; the one before takes part from then on."""
    before = tx.one("SELECT originator_id FROM ticket WHERE id = :id", {"id": ticket_id})
    assert before is not None
    tx.execute(
        "UPDATE ticket SET originator_id = :person_id, updated_at = :now WHERE id = :id",
        {"id": ticket_id, "person_id": person_id, "now": now},
    )
    tx.execute(
        "DELETE FROM participant WHERE ticket_id = :id AND person_id = :person_id",
        {"id": ticket_id, "person_id": person_id},
    )
    tx.execute(
        "INSERT INTO participant (ticket_id, person_id) VALUES (:id, :person_id)"
        " ON CONFLICT DO NOTHING",
        {"id": ticket_id, "person_id": before["originator_id"]},
    )
