"""Whether a file may be a database of test mode, which a reset empties.

Rule: the answer comes before anything of the file is written, and a doubt is a no.
"""

from pathlib import Path

from tickiti_server.store.access import test_mode, token_audit, tokens
from tickiti_server.store.interface import DatabaseUnusable
from tickiti_server.store.sqlite.connection import SqliteTransaction
from tickiti_server.store.sqlite.files.integrity import (
    applied_migrations,
    open_for_reading,
    refuse_foreign_file,
    refuse_unusable,
    size_of,
)

_AUDIT_SINCE = 2
"""The migration that made the audit of tokens."""


def is_for_tests(path: Path) -> bool:
    """True for a database that test mode created, and for one that nobody has used yet.

    Raises DatabaseUnusable.
    """
    try:
        refuse_unusable(path)
    except OSError as error:
        raise DatabaseUnusable(f"The database {path} cannot be used: {error.strerror}.") from error
    if not size_of(path):
        return True
    with open_for_reading(path) as connection:
        if not refuse_foreign_file(connection, path):
            return True  # an empty file
        if _AUDIT_SINCE not in applied_migrations(connection):
            return False
        tx = SqliteTransaction(connection)
        # A start that was killed leaves tables, but no token: nobody has ever used the database.
        is_unused = token_audit.has_no_entries(tx) and not tokens.list_tokens(tx)
        return is_unused or test_mode.find_epoch(tx) is not None
