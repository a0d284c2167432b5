"""The ticket of create_ticket in one statement: a call of the function open_ticket() of the schema.

Rule: it does what the handler of create_ticket does with several statements, or nothing. A round
trip costs more than a statement, so that the one is three times as fast as the ten.
"""

from typing import NamedTuple

from tickiti_server.store.opening import Opening
from tickiti_server.store.postgres.connection import Connection
from tickiti_server.store.postgres.errors import WRITE_SECONDS
from tickiti_server.store.postgres.outcome import refusing_warnings

_VALUES = ", ".join(f"%({name})s" for name in Opening._fields if name != "reply")
_OPEN = f"""
SELECT token_version, reply
  FROM open_ticket(%(known_version)s, %(lock_milliseconds)s, %(statement_milliseconds)s, {_VALUES},
                   %(before_number)s, %(before_id)s, %(behind_id)s)
"""


class Opened(NamedTuple):
    """The version of the tokens, and the stored reply. None: nothing was stored."""

    token_version: int
    reply: bytes | None


def open_ticket(
    connection: Connection, opening: Opening, *, known_version: int, lock_seconds: int
) -> Opened:
    """Store a ticket with its key and its reply, unless something about it is unusual. The
    statement is a transaction of its own. Raises CommitUnknown if it comes with a warning."""
    before_number, before_id, behind_id = opening.reply
    with refusing_warnings(connection):
        found = connection.execute(
            _OPEN,
            {
                **opening._asdict(),
                "known_version": known_version,
                "lock_milliseconds": str(lock_seconds * 1000),
                "statement_milliseconds": str(WRITE_SECONDS * 1000),
                "before_number": before_number,
                "before_id": before_id,
                "behind_id": behind_id,
            },
        )
    row = found.fetchone()
    assert row is not None
    return Opened(row["token_version"], row["reply"])
