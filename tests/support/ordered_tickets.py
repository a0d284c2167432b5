"""Tickets that are alike in most fields, and their list, page by page."""

from collections.abc import Sequence
from typing import Any

from tickiti_server.store.interface import Transaction
from tickiti_server.store.search import clauses
from tickiti_server.store.search import tickets as search
from tickiti_server.store.search.conditions import Conditions
from tickiti_server.store.search.orders import Key

TICKETS = 120
SUBJECTS = ("Printer", "ärger", "Zebra", "printer", "Öl")
PAGE = 7

_QUEUES = "INSERT INTO queue (name, name_key) VALUES ('B', 'b'), ('A', 'a'), ('C', 'c')"
_PERSON = "INSERT INTO person (email, email_key, created_at) VALUES (:email, :email, 0)"
_TICKET = """
INSERT INTO ticket (number, secure_id, subject, queue_id, originator_id, status, priority,
                    assigned_to, on_hold_until, created_at, updated_at)
VALUES (:number, '', :subject, :queue, :originator, :status, :priority, :assigned, :held, :created,
        :updated)
"""


def fill(tx: Transaction) -> None:
    """Insert the tickets 1 to TICKETS, in four queues and of three people."""
    tx.execute(_QUEUES)
    for email in ("z@x.example", "ann@x.example", "bob@x.example"):
        tx.execute(_PERSON, {"email": email})
    for n in range(TICKETS):
        tx.execute(
            _TICKET,
            {
                "number": 1000 - n,
                "subject": SUBJECTS[n % 5],
                "queue": 1 + n % 4,
                "originator": 1 + n % 3,
                "status": ("open", "closed")[n % 2],
                "priority": 10 * (1 + n % 4),
                "assigned": None if n % 3 else 2 + n % 2,
                "held": None if n % 7 else f"2027-01-{10 + n % 9}",
                "created": n * 37 % 11,
                "updated": n * 53 % 13,
            },
        )


def conditions_of(*narrow: str) -> Conditions:
    found = Conditions(1)
    found.clauses += [clauses.is_there(), *narrow]
    return found


def pages(tx: Transaction, order: Sequence[Key], *narrow: str) -> tuple[list[int], list[list[Any]]]:
    """The ids and the key values of all tickets that meet these clauses, page by page."""
    ids: list[int] = []
    keys: list[list[Any]] = []
    after: list[int | str] | None = None
    while True:
        rows = search.list_tickets(tx, conditions_of(*narrow), order=order, after=after, limit=PAGE)
        ids += [row["id"] for row in rows]
        keys += [search.key_values(row, order) for row in rows]
        if len(rows) < PAGE:
            return ids, keys
        after = search.key_values(rows[-1], order)
