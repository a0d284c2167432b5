"""The tickets of create_ticket in one statement: the function open_tickets() of the schema.

Rule: it does what the handler of create_ticket does with several statements, or nothing. A round
trip costs more than a statement, so that the one is three times as fast as the ten; and several
tickets share its transaction.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tickiti_server.store.opening import Opened, Opening, Stamp
from tickiti_server.store.postgres.connection import Connection
from tickiti_server.store.postgres.errors import WRITE_SECONDS
from tickiti_server.store.postgres.outcome import refusing_warnings

_COLUMNS = {
    "tokens_as_of": "bigint",
    "family_id": "bigint",
    "key_sha256": "bytea",
    "key_hint": "text",
    "operation": "text",
    "fp_version": "bigint",
    "fp_raw": "bytea",
    "fp_canon": "bytea",
    "request_id": "text",
    "now": "bigint",
    "ran_at": "bigint",
    "queue_key": "text",
    "email_key": "text",
    "author_id": "bigint",
    "secure_id": "text",
    "subject": "text",
    "priority": "bigint",
    "html": "text",
    "text": "text",
    "is_internal": "bigint",
    "staff_response": "bigint",
    "before_number": "bytea",
    "before_id": "bytea",
    "behind_id": "bytea",
}
"""The values of one ticket, in the order of the function's parameters, and their types."""

_ARRAYS = ", ".join(f"%({name})s::{kind}[]" for name, kind in _COLUMNS.items())
_OPEN = f"""
SELECT token_version, reply
  FROM open_tickets(%(lock_milliseconds)s, %(statement_milliseconds)s, {_ARRAYS})
"""
BATCH_LOCK_SECONDS = 1
"""How long a batch waits for a key or a row that another server holds, which commits in much less.
After it each ticket is stored by itself, and waits for its own key alone."""

_TIMEOUTS = {
    "lock_milliseconds": str(BATCH_LOCK_SECONDS * 1000),
    "statement_milliseconds": str(WRITE_SECONDS * 1000),
}

NUMBER, TICKET_ID = -1_234_567_891, -1_234_567_892
"""Stand for the number and the id in the reply, until the database has chosen them."""


class StampedOpening(NamedTuple):
    """An opening that may be stored now, and its place among the others."""

    place: int
    opening: Opening
    stamp: Stamp


class Answer(NamedTuple):
    """What was stored for each opening, and the version of the tokens if anybody asked for it."""

    opened: list[Opened | None]
    token_version: int | None = None


def open_tickets(connection: Connection, openings: Sequence[Opening]) -> Answer:
    """Store each ticket with its key and its reply, unless something about it is unusual. The
    statement is a transaction of its own. Raises CommitUnknown if it comes with a warning."""
    ready = _ready(openings)
    opened: list[Opened | None] = [None] * len(openings)
    if not ready:
        return Answer(opened)
    rows = [_values(each.opening, each.stamp) for each in ready]
    arrays = {name: [row[name] for row in rows] for name in _COLUMNS}
    with refusing_warnings(connection):
        found = connection.execute(_OPEN, arrays | _TIMEOUTS).fetchall()
    for each, row in zip(ready, found, strict=True):
        if row["reply"] is not None:
            opened[each.place] = Opened(row["reply"], each.stamp.now)
    return Answer(opened, found[0]["token_version"])


def _ready(openings: Sequence[Opening]) -> list[StampedOpening]:
    """Those whose tokens and keys have not expired, in the order of their keys: two servers that
    get the same keys at once wait for each other in one direction only."""
    stamped = [
        StampedOpening(place, opening, stamp)
        for place, opening in enumerate(openings)
        if isinstance(opening.tokens_as_of, int) and (stamp := opening.stamp())
    ]
    return sorted(stamped, key=lambda each: each.opening.key_sha256)


def _values(opening: Opening, stamp: Stamp) -> Mapping[str, object]:
    """The reply is in pieces: before the ticket's number, between it and the id, and behind."""
    before_number, _, rest = opening.reply(NUMBER, TICKET_ID).partition(b"%d" % NUMBER)
    before_id, _, behind_id = rest.partition(b"%d" % TICKET_ID)
    return {
        **opening._asdict(),
        **stamp._asdict(),
        "before_number": before_number,
        "before_id": before_id,
        "behind_id": behind_id,
    }
