"""The ticket of create_ticket in one statement: a call of the function open_ticket() of the schema.

Rule: it does what the handler of create_ticket does with several statements, or nothing. A round
trip costs more than a statement, so that the one is three times as fast as the ten.
"""

from typing import NamedTuple

from tickiti_server.store.opening import Opening, Stamp
from tickiti_server.store.postgres.connection import Connection
from tickiti_server.store.postgres.errors import LOCK_SECONDS, WRITE_SECONDS
from tickiti_server.store.postgres.outcome import refusing_warnings

_OPEN = """
SELECT token_version, reply
  FROM open_ticket(%(known_version)s, %(lock_milliseconds)s, %(statement_milliseconds)s,
                   %(family_id)s, %(key_sha256)s, %(key_hint)s, %(operation)s, %(fp_version)s,
                   %(fp_raw)s, %(fp_canon)s, %(request_id)s, %(now)s, %(ran_at)s, %(queue_key)s,
                   %(email_key)s, %(author_id)s, %(secure_id)s, %(subject)s, %(priority)s,
                   %(html)s, %(text)s, %(is_internal)s, %(staff_response)s,
                   %(before_number)s, %(before_id)s, %(behind_id)s)
"""


NUMBER, TICKET_ID = -1_234_567_891, -1_234_567_892
"""Stand for the number and the id in the reply, until the database has chosen them."""


class Answer(NamedTuple):
    """The version of the tokens, and the stored reply. None: nothing was stored."""

    token_version: int
    reply: bytes | None


def open_ticket(
    connection: Connection, opening: Opening, stamp: Stamp, *, known_version: int
) -> Answer:
    """Store a ticket with its key and its reply, unless something about it is unusual. The
    statement is a transaction of its own. Raises CommitUnknown if it comes with a warning."""
    before_number, before_id, behind_id = _pieces(opening)
    with refusing_warnings(connection):
        found = connection.execute(
            _OPEN,
            {
                **opening._asdict(),
                **stamp._asdict(),
                "known_version": known_version,
                "lock_milliseconds": str(LOCK_SECONDS * 1000),
                "statement_milliseconds": str(WRITE_SECONDS * 1000),
                "before_number": before_number,
                "before_id": before_id,
                "behind_id": behind_id,
            },
        )
    row = found.fetchone()
    assert row is not None
    return Answer(row["token_version"], row["reply"])


def _pieces(opening: Opening) -> tuple[bytes, bytes, bytes]:
    """The reply before the ticket's number, between it and the ticket's id, and behind."""
    before_number, _, rest = opening.reply(NUMBER, TICKET_ID).partition(b"%d" % NUMBER)
    before_id, _, behind_id = rest.partition(b"%d" % TICKET_ID)
    return before_number, before_id, behind_id
