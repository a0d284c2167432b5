"""The end of a transaction: whether it is committed, or nobody knows; and of a statement."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg
from psycopg.errors import Diagnostic
from psycopg.pq import TransactionStatus

from tickiti_server.store.postgres.connection import Connection
from tickiti_server.store.postgres.errors import CommitUnknown, is_lost, reason


def commit(connection: Connection) -> None:
    """Commit. Raises CommitUnknown if the reply is lost, so that nobody knows whether it was.

    The same if it comes with a warning: an administrator has cancelled the wait for a synchronous
    standby, so that the commit may be on the primary alone.
    """
    try:
        with refusing_warnings(connection):
            done = connection.execute("COMMIT")
    except psycopg.Error as error:
        if is_lost(error):
            raise CommitUnknown(reason(error)) from error
        raise
    # COMMIT of a failed transaction rolls back, and says so in its reply alone.
    assert done.statusmessage == "COMMIT", "an error inside of a transaction was ignored"


@contextmanager
def refusing_warnings(connection: Connection) -> Iterator[None]:
    """Raise CommitUnknown if the statement that commits comes with a warning."""
    warnings: list[str] = []

    def note(notice: Diagnostic) -> None:
        # Read here, because a notice is empty afterwards. A session may show its user what is
        # logged, too, which is no warning.
        if notice.severity_nonlocalized == "WARNING":
            warnings.append(notice.message_primary or "a warning")

    connection.add_notice_handler(note)
    try:
        yield
    finally:
        connection.remove_notice_handler(note)
    if warnings:
        raise CommitUnknown(warnings[0])


def roll_back(connection: Connection) -> None:
    with suppress(psycopg.Error):
        if connection.info.transaction_status not in (
            TransactionStatus.IDLE,
            TransactionStatus.UNKNOWN,
        ):
            connection.execute("ROLLBACK")


def cancel(connection: Connection) -> None:
    """End what the connection runs, unless the database has fallen silent."""
    with suppress(psycopg.Error):
        connection.cancel_safe(timeout=1)
