"""Stores what is recorded of a change to a ticket: who changed what, from what to what, and when.

Rule: the record stands in the `audit` of the response that the change came with. A change without a
response gets one of its own that holds nothing else: an audit-only response.
"""

import json
from collections.abc import Sequence
from typing import NamedTuple

from tickiti_server.clock import Microseconds, rfc3339
from tickiti_server.store.helpdesk import people, responses, tickets
from tickiti_server.store.interface import Transaction


class Change(NamedTuple):
    """One change, in the words of the API: `what` is status, queue, subject ..."""

    what: str
    before: object
    after: object
    more: dict[str, object] = {}  # noqa: RUF012 - never changed
    """Further members of the entry, such as the sha256 of a deleted file."""


class Author(NamedTuple):
    """The person that a change is recorded for."""

    id: int
    email: str
    is_staff: bool


def author_of(tx: Transaction, person_id: int) -> Author:
    """A person as the author of changes."""
    row = people.get_person(tx, person_id)
    return Author(row["id"], row["email"], is_staff=row["role"] > 0)


def record(
    tx: Transaction,
    ticket_id: int,
    changes: Sequence[Change],
    *,
    author: Author,
    now: Microseconds,
    response_id: int | None = None,
) -> int | None:
    """Store changes with a response, or with one of their own where `response_id` is None; the id
    of that response. Nothing is stored where nothing has changed."""
    if not changes:
        return response_id
    entries = [_entry(change, author, now) for change in changes]
    if response_id is None:
        response_id = _insert_audit_only(tx, ticket_id, author, now)
    known = responses.find_audit(tx, response_id)
    audit = [*(json.loads(known) if known else ()), *entries]
    responses.set_audit(tx, response_id, json.dumps(audit, ensure_ascii=False))
    return response_id


def _insert_audit_only(tx: Transaction, ticket_id: int, author: Author, now: Microseconds) -> int:
    response_id = tickets.insert_response(
        tx,
        ticket_id=ticket_id,
        author_id=author.id,
        html="",
        text="",
        is_internal=True,
        staff_response=author.is_staff,
        now=now,
        operation_id=None,
    )
    responses.mark_audit_only(tx, response_id)
    return response_id


def _entry(change: Change, author: Author, now: Microseconds) -> dict[str, object]:
    return {
        "what": change.what,
        "from": change.before,
        "to": change.after,
        "by": author.email,
        "at": rfc3339(now),
        **change.more,
    }
