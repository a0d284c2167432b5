"""Stores tickets with their responses and participants: `ticket`, `response`, `participant`."""

from collections.abc import Mapping, Sequence

from tickiti_server.rendering.case_folding import address_key, case_key, folded
from tickiti_server.store.interface import Row, Transaction

_PLACE = """
SELECT (SELECT id FROM queue WHERE name_key = :queue_key) AS queue_id,
       (SELECT id FROM person WHERE email_key = :email_key) AS originator_id,
       NEXT_NUMBER AS number
"""

_INSERT_TICKET = """
INSERT INTO ticket (number, secure_id, subject, queue_id, originator_id, status, priority,
                    created_at, updated_at, idem_id)
VALUES (:number, :secure_id, :subject, :queue_id, :originator_id, 'open', :priority, :now, :now,
        :operation_id)
"""

_INSERT_RESPONSE = """
INSERT INTO response (ticket_id, author_id, html, text, is_internal, staff_response, created_at,
                      updated_at, idem_id)
VALUES (:ticket_id, :author_id, :html, :text, :is_internal, :staff_response, :now, :now,
        :operation_id)
"""

_FIND = """
SELECT t.id, t.number, t.secure_id, t.subject, t.status, t.priority, t.queue_id, t.on_hold_until,
       t.created_at, t.updated_at, t.closed_at, t.deleted_at, t.merged_into, t.team_id,
       t.assigned_to, t.resolution_id, t.originator_id, o.email AS originator_email,
       o.name AS originator_name, a.email AS assigned_to_email, q.name AS queue_name,
       q.track_resolutions
  FROM ticket t
  JOIN person o ON o.id = t.originator_id
  JOIN queue q ON q.id = t.queue_id
  LEFT JOIN person a ON a.id = t.assigned_to
"""

_LOCKED = "/* FOR NO KEY UPDATE OF t */"
"""Of two writers that find the same ticket, the second waits and then sees what the first did."""

_DUE = """
SELECT id, on_hold_until FROM ticket INDEXED BY ticket_held
 WHERE status = 'on-hold' AND on_hold_until <= :day AND deleted_at IS NULL
 ORDER BY on_hold_until, id LIMIT :most
 /* FOR NO KEY UPDATE SKIP LOCKED */
"""

_PARTICIPANTS = """
SELECT p.id, p.name, p.email, p.role > 0 AS is_staff, 0 AS place
  FROM ticket t JOIN person p ON p.id = t.originator_id
 WHERE t.id = :ticket_id
 UNION ALL
SELECT p.id, p.name, p.email, p.role > 0 AS is_staff, 1 AS place
  FROM participant x JOIN person p ON p.id = x.person_id
 WHERE x.ticket_id = :ticket_id
 ORDER BY place, id
"""

_JOIN = """
INSERT INTO participant (ticket_id, person_id) VALUES (:ticket_id, :person_id)
ON CONFLICT DO NOTHING
"""


def resolve_new_ticket(tx: Transaction, *, queue_name: str, originator: str) -> Row:
    """Return what a new ticket refers to: `queue_id`, `originator_id` and a free `number`.

    An id is None if the queue or the person does not exist. One statement reads all three, because
    every queued write waits for it. The queue's name is compared without case, as in searches.
    """
    sql = _PLACE.replace("NEXT_NUMBER", tx.next_ticket_number)
    row = tx.one(sql, {"queue_key": case_key(queue_name), "email_key": address_key(originator)})
    assert row is not None
    return row


def insert_ticket(tx: Transaction, **columns: object) -> int:
    """Insert an open ticket and return its id."""
    return tx.insert(_INSERT_TICKET, columns)


def insert_response(tx: Transaction, *, text: str | None = None, **columns: object) -> int:
    """Insert a response and return its id. The backfill renders the `text` if it is None."""
    return tx.insert(_INSERT_RESPONSE, {**columns, "text": text})


def find_ticket(tx: Transaction, number: int) -> Row | None:
    """A ticket by its number, deleted or not."""
    return tx.one(f"{_FIND} WHERE t.number = :number {_LOCKED}", {"number": number})


def find_ticket_by_id(tx: Transaction, ticket_id: int) -> Row | None:
    """A ticket by its id, deleted or not."""
    return tx.one(f"{_FIND} WHERE t.id = :id {_LOCKED}", {"id": ticket_id})


def find_survivor(tx: Transaction, ticket_id: int) -> Row | None:
    """The ticket that a merged one lives on in, at the end of a chain of merges."""
    ticket = find_ticket_by_id(tx, ticket_id)
    seen = set()
    while ticket is not None and ticket["merged_into"] and ticket["id"] not in seen:
        seen.add(ticket["id"])
        ticket = find_ticket_by_id(tx, ticket["merged_into"])
    return None if ticket is None or ticket["deleted_at"] is not None else ticket


def is_participant(tx: Transaction, ticket_id: int, person_id: int) -> bool:
    """Whether a person takes part in a ticket in addition to its originator."""
    sql = "SELECT 1 FROM participant WHERE ticket_id = :ticket_id AND person_id = :person_id"
    return tx.one(sql, {"ticket_id": ticket_id, "person_id": person_id}) is not None


def list_due_holds(tx: Transaction, *, until: str, most: int) -> Sequence[Row]:
    """The id and the day of at most `most` tickets that are on hold until this day or an earlier
    one, the oldest days first. A deleted ticket stays as it is."""
    return tx.all(_DUE, {"day": until, "most": most})


def update_ticket(
    tx: Transaction, ticket_id: int, columns: Mapping[str, object], *, now: int
) -> None:
    """Set columns, whose names come from the program and never from a request. This is activity."""
    if "subject" in columns:
        columns = {**columns, "subject_key": folded(str(columns["subject"]))}
    settings = "".join(f"{name} = :{name}, " for name in columns)
    tx.execute(
        f"UPDATE ticket SET {settings}updated_at = :now WHERE id = :id",
        {**columns, "id": ticket_id, "now": now},
    )


def add_participant(tx: Transaction, ticket_id: int, person_id: int) -> bool:
    """Make a person a participant. Returns False if the person was a participant already."""
    return tx.execute(_JOIN, {"ticket_id": ticket_id, "person_id": person_id}) > 0


def remove_participant(tx: Transaction, ticket_id: int, person_id: int) -> bool:
    """End a person's part in a ticket. Returns False if the person took no part."""
    sql = "DELETE FROM participant WHERE ticket_id = :ticket_id AND person_id = :person_id"
    return tx.execute(sql, {"ticket_id": ticket_id, "person_id": person_id}) > 0


def list_participants(tx: Transaction, ticket_id: int) -> Sequence[Row]:
    """The originator first, then the other participants by their ids."""
    return tx.all(_PARTICIPANTS, {"ticket_id": ticket_id})
