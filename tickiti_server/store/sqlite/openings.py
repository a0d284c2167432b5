"""The tickets of a batch, stored with one statement a table for all of them together.

A ticket alone takes five statements. Each of them releases the interpreter lock, and gets it back
when the event loop next gives it up: under load that took longer than the statements.

Rule: an opening is stored as the handler of create_ticket would store it, or not at all.
"""

import json
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tickiti_server import crash_points
from tickiti_server.store.opening import Opened, Opening, Stamp
from tickiti_server.store.sqlite.commit_queue import QueuedWrite, WriteResult
from tickiti_server.store.sqlite.connection import FIRST_NUMBER, SqliteTransaction

MOST_ROWS = 64
"""Tickets in one statement, a power of two. It then has 832 values: any SQLite takes 999."""

MOST_CHARACTERS = 1 << 20
"""Characters of texts in one statement, because SQLite copies them. A longer text goes alone."""

# One row, because each row of a result releases the interpreter lock.
_PLACES = f"""
SELECT (SELECT coalesce(max(number), {FIRST_NUMBER - 1}) FROM ticket) AS number,
       (SELECT coalesce(max(id), 0) FROM ticket) AS ticket_id,
       (SELECT coalesce(max(id), 0) FROM response) AS response_id,
       (SELECT coalesce(max(id), 0) FROM idem) AS key_id,
       json_group_array(json_array(
           position,
           (SELECT id FROM queue WHERE name_key = asked.queue_key),
           (SELECT id FROM person WHERE email_key = asked.email_key),
           EXISTS (SELECT 1 FROM idem WHERE family_id = asked.family_id
                                        AND key_sha256 = asked.key_sha256))) AS places
  FROM (SELECT column1 AS position, column2 AS queue_key, column3 AS email_key,
               column4 AS family_id, column5 AS key_sha256 FROM ROWS) AS asked
"""
_KEYS = """
INSERT INTO idem (id, family_id, key_sha256, key_hint, operation, fp_version, fp_raw, fp_canon,
                  status, body, request_id, created_at, ran_at)
SELECT * FROM ROWS
"""
_TICKETS = """
INSERT INTO ticket (id, number, secure_id, subject, queue_id, originator_id, status, priority,
                    created_at, updated_at, idem_id)
SELECT * FROM ROWS
"""
_RESPONSES = """
INSERT INTO response (id, ticket_id, author_id, html, text, is_internal, staff_response,
                      created_at, updated_at, idem_id)
SELECT * FROM ROWS
"""

Values = tuple[object, ...]


class Ids(NamedTuple):
    """The number and the ids of one ticket with its response and its key."""

    number: int
    ticket_id: int
    response_id: int
    key_id: int

    def next(self) -> "Ids":
        return Ids(self.number + 1, self.ticket_id + 1, self.response_id + 1, self.key_id + 1)


class Place(NamedTuple):
    """What an opening refers to. An id is None where the queue or the requester is missing."""

    position: int
    queue_id: int | None
    person_id: int | None
    is_taken: int
    """Whether a reply is stored with the key already."""


def run(
    tx: SqliteTransaction, writes: Sequence[QueuedWrite], *, tokens_as_of: object
) -> list[WriteResult]:
    """Store the openings among the writes, and then run the work of every other one.

    `tokens_as_of` is the version of the tokens before. Raises what a work raises.
    """
    openings = [write.opening for write in writes if write.opening is not None]
    opened = iter(open_tickets(tx, openings, tokens_as_of=tokens_as_of))
    values = [None if write.opening is None else next(opened) for write in writes]
    return [
        WriteResult(write, write.work(tx) if value is None else value)
        for write, value in zip(writes, values, strict=True)
    ]


def open_tickets(
    tx: SqliteTransaction, openings: Sequence[Opening], *, tokens_as_of: object
) -> list[Opened | None]:
    """Store those of the openings that nothing stands against. None for each of the others.

    `tokens_as_of` is the version of the tokens in this transaction. Raises sqlite3.Error.
    """
    opened: list[Opened | None] = []
    for part in _parts(openings):
        opened += _open(tx, part, tokens_as_of)
    return opened


def _parts(openings: Sequence[Opening]) -> Iterator[Sequence[Opening]]:
    """The openings in their order, in parts that fit one statement each."""
    part: list[Opening] = []
    characters = 0
    for opening in openings:
        characters += len(opening.html) + len(opening.text or "")
        if part and (len(part) == MOST_ROWS or characters > MOST_CHARACTERS):
            yield part
            part, characters = [], len(opening.html) + len(opening.text or "")
        part.append(opening)
    if part:
        yield part


def _open(
    tx: SqliteTransaction, openings: Sequence[Opening], tokens_as_of: object
) -> list[Opened | None]:
    opened: list[Opened | None] = [None] * len(openings)
    keys: list[Values] = []
    tickets: list[Values] = []
    responses: list[Values] = []
    claimed: set[Values] = set()
    ids, places = _resolve(tx, openings)
    for place in places:
        opening = openings[place.position]
        key = opening.family_id, opening.key_sha256
        if opening.tokens_as_of != tokens_as_of or place.is_taken or key in claimed:
            continue
        if place.queue_id is None or place.person_id is None:
            continue
        stamp = opening.stamp()
        if stamp is None:
            continue
        claimed.add(key)
        ids = ids.next()
        reply = opening.reply(ids.number, ids.ticket_id)
        keys.append(_key(opening, ids, stamp, reply))
        tickets.append(_ticket(opening, ids, stamp, place))
        responses.append(_response(opening, ids, stamp, place))
        opened[place.position] = Opened(reply, stamp.now)
    if keys:
        crash_points.reached("tx.idem_selected")
        _insert(tx, _KEYS, keys)
        crash_points.reached("tx.idem_inserted")
        _insert(tx, _TICKETS, tickets)
        _insert(tx, _RESPONSES, responses)
        crash_points.reached("tx.ticket_inserted")
    return opened


def _resolve(tx: SqliteTransaction, openings: Sequence[Opening]) -> tuple[Ids, list[Place]]:
    """The highest ids so far, and what each opening refers to."""
    asked = [
        (position, opening.queue_key, opening.email_key, opening.family_id, opening.key_sha256)
        for position, opening in enumerate(openings)
    ]
    row = tx.one(_with_rows(_PLACES, asked), _padded(asked))
    assert row is not None
    highest = Ids(row["number"], row["ticket_id"], row["response_id"], row["key_id"])
    return highest, sorted(Place(*place) for place in json.loads(row["places"]))


def _key(opening: Opening, ids: Ids, stamp: Stamp, reply: bytes) -> Values:
    head = opening[:7]  # the columns from family_id to fp_canon
    return ids.key_id, *head, 200, reply, opening.request_id, *stamp


def _ticket(opening: Opening, ids: Ids, stamp: Stamp, place: Place) -> Values:
    now = stamp.now
    return (
        ids.ticket_id, ids.number, opening.secure_id, opening.subject, place.queue_id,
        place.person_id, "open", opening.priority, now, now, ids.key_id,
    )  # fmt: skip


def _response(opening: Opening, ids: Ids, stamp: Stamp, place: Place) -> Values:
    author_id = place.person_id if opening.author_id is None else opening.author_id
    now = stamp.now
    return (
        ids.response_id, ids.ticket_id, author_id, opening.html, opening.text,
        opening.is_internal, opening.staff_response, now, now, ids.key_id,
    )  # fmt: skip


def _insert(tx: SqliteTransaction, sql: str, rows: Sequence[Values]) -> None:
    tx.execute(_with_rows(sql, rows), _padded(rows))


def _with_rows(sql: str, rows: Sequence[Values]) -> str:
    """The statement for so many rows or more. The connection keeps each prepared, so that there is
    one for each power of two only: one for every number took 14 MiB."""
    row = f"({', '.join('?' * len(rows[0]))})"
    values = ", ".join([row] * _size(rows))
    return sql.replace("ROWS", f"(VALUES {values}) WHERE column1 IS NOT NULL")


def _padded(rows: Sequence[Values]) -> list[object]:
    """The values of the rows, and NULL for each row that is left out."""
    missing = (_size(rows) - len(rows)) * len(rows[0])
    return [value for row in rows for value in row] + [None] * missing


def _size(rows: Sequence[Values]) -> int:
    return 1 << (len(rows) - 1).bit_length()
