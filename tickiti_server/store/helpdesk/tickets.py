"""Tickets and what is said on them: `ticket`, `response`, `participant`."""

from collections.abc import Mapping, Sequence

from tickiti_server.folding import address_key, case_key
from tickiti_server.store.database import Row, Transaction

_PLACE = """
SELECT (SELECT id FROM queue WHERE name_key = :queue_key) AS queue_id,
       (SELECT id FROM person WHERE email_key = :email_key) AS originator_id,
       NEXT_NUMBER AS number
"""

_INSERT_TICKET = """
INSERT INTO ticket (number, secure_id, subject, queue_id, originator_id, status, priority,
                    created_at, updated_at, idem_id)
VALUES (:number, :secure_id, :subject, :queue_id, :originator_id, 'open', :priority, :now, :now,
        :idem_id)
"""

_INSERT_RESPONSE = """
INSERT INTO response (ticket_id, author_id, html, text, is_internal, staff_response, created_at,
                      updated_at, idem_id)
VALUES (:ticket_id, :author_id, :html, :text, :is_internal, :staff_response, :now, :now, :idem_id)
"""

_FIND = """
SELECT t.id, t.number, t.subject, t.status, t.priority, t.queue_id, t.on_hold_until, t.created_at,
       t.updated_at, t.originator_id, o.email AS originator_email, a.email AS assigned_to_email
  FROM ticket t
  JOIN person o ON o.id = t.originator_id
  LEFT JOIN person a ON a.id = t.assigned_to
 WHERE t.number = :number
"""

_RESPONSES = """
SELECT r.id, r.is_internal, r.is_pinned, r.staff_response, r.html, r.text, r.created_at,
       r.updated_at, p.email AS created_by_email
  FROM response r JOIN person p ON p.id = r.author_id
 WHERE r.ticket_id = :ticket_id
 ORDER BY r.is_pinned DESC, r.created_at, r.id
"""

_UPDATE_STATUS = """
UPDATE ticket SET status = :status, on_hold_until = :on_hold_until, updated_at = :now
 WHERE id = :id
"""

_REOPEN = """
UPDATE ticket SET status = 'open', on_hold_until = NULL, updated_at = :now
 WHERE id IN (SELECT id FROM ticket WHERE status = 'on-hold' AND on_hold_until <= :day
               ORDER BY on_hold_until, id LIMIT :among)
"""

_JOIN = """
INSERT INTO participant (ticket_id, person_id) VALUES (:ticket_id, :person_id)
ON CONFLICT DO NOTHING
"""


def place(tx: Transaction, *, queue_name: str, originator: str) -> Row:
    """What a new ticket refers to: `queue_id` and `originator_id`, each None where there is none,
    and the `number` that nobody has. One look for three answers: each look costs all who wait.

    A queue is found whatever the case of its name, as searches find it.
    """
    sql = _PLACE.replace("NEXT_NUMBER", tx.next_ticket_number)
    row = tx.one(sql, {"queue_key": case_key(queue_name), "email_key": address_key(originator)})
    assert row is not None
    return row


def insert(tx: Transaction, **columns: object) -> int:
    """A new open ticket."""
    return tx.insert(_INSERT_TICKET, columns)


def insert_response(tx: Transaction, *, text: str | None = None, **columns: object) -> int:
    """`text` is what a person reads of the `html`; None: it is worked out later."""
    return tx.insert(_INSERT_RESPONSE, {**columns, "text": text})


def find(tx: Transaction, number: int) -> Row | None:
    return tx.one(_FIND, {"number": number})


def responses(tx: Transaction, ticket_id: int, *, most: int) -> tuple[Sequence[Row], bool]:
    """Pinned first, then oldest to newest: `most` bytes of them, and whether these are all."""
    return tx.few(_RESPONSES, {"ticket_id": ticket_id}, most=most)


def set_status(
    tx: Transaction, ticket_id: int, *, status: str, on_hold_until: str | None, now: int
) -> None:
    """Also moves the ticket to the top of the list: this is activity."""
    tx.execute(
        _UPDATE_STATUS,
        {"id": ticket_id, "status": status, "on_hold_until": on_hold_until, "now": now},
    )


def has_held(tx: Transaction, *, until: str) -> bool:
    """Whether there is a ticket on hold until this day or one before."""
    sql = "SELECT 1 FROM ticket WHERE status = 'on-hold' AND on_hold_until <= :day LIMIT 1"
    return tx.one(sql, {"day": until}) is not None


def reopen_held(tx: Transaction, *, until: str, among: int, now: int) -> int:
    """Open those, `among` at most, the oldest days first; how many there were."""
    return tx.execute(_REOPEN, {"day": until, "among": among, "now": now})


def change(tx: Transaction, ticket_id: int, columns: Mapping[str, object], *, now: int) -> None:
    """Set these columns, whose names are the caller's own; this is activity as well."""
    settings = "".join(f"{name} = :{name}, " for name in columns)
    tx.execute(
        f"UPDATE ticket SET {settings}updated_at = :now WHERE id = :id",
        {**columns, "id": ticket_id, "now": now},
    )


def existing(tx: Transaction, ticket_ids: Sequence[int]) -> list[int]:
    """Those that there are."""
    find_one = "SELECT id FROM ticket WHERE id = :id"
    return [ticket_id for ticket_id in ticket_ids if tx.one(find_one, {"id": ticket_id})]


def join(tx: Transaction, ticket_id: int, person_id: int) -> None:
    """Make a person a participant, if it is none yet."""
    tx.execute(_JOIN, {"ticket_id": ticket_id, "person_id": person_id})
