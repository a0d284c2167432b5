"""Detects changes of tokens and of their users, whichever program makes them.

Triggers report changes of the writing connection. Changes by another program, such as the sqlite3
command, show in PRAGMA data_version, which a connection's own commits do not change.
"""

import sqlite3
import time

# Temporary triggers belong to one connection, the only one that writes.
_TRIGGERS = """
CREATE TEMP TRIGGER token_changes AFTER UPDATE OF {columns} ON main.api_token
BEGIN SELECT note_token_change(); END;
CREATE TEMP TRIGGER token_goes AFTER DELETE ON main.api_token
BEGIN SELECT note_token_change(); END;
CREATE TEMP TRIGGER user_changes AFTER UPDATE ON main.person
BEGIN SELECT note_token_change(); END;
"""

# The time of a token's last use changes no answer, so that its updates are not counted.
_COLUMNS = "SELECT name FROM pragma_table_info('api_token') WHERE name <> 'last_used_at'"


CHECK_SECONDS = 0.5
"""Time between two checks for changes by other programs. A check releases the interpreter lock, so
not every batch pays for one."""


class TokenChanges:
    """Counts changes: `version` increases when a change is made, and again when it is committed.

    Both are needed, because another connection reads the old rows between the two.
    """

    def __init__(self) -> None:
        self.version = 0
        self._is_open = False
        self._data_version = -1
        self._checked_at = 0.0

    def watch(self, connection: sqlite3.Connection) -> None:
        """Create the triggers on the writing connection; call this each time it is opened."""
        connection.create_function("note_token_change", 0, self._note)
        columns = ", ".join(row["name"] for row in connection.execute(_COLUMNS))
        connection.executescript(_TRIGGERS.format(columns=columns))
        self._checked_at = 0.0
        self._data_version = -1
        self.check_other_programs(connection)

    def check_other_programs(self, connection: sqlite3.Connection) -> None:
        """Count a change by another program, at most once per CHECK_SECONDS."""
        now = time.monotonic()
        if now - self._checked_at < CHECK_SECONDS:
            return
        self._checked_at = now
        version = connection.execute("PRAGMA data_version").fetchone()[0]
        if version != self._data_version:
            self._data_version = version
            self.version += 1

    def transaction_ended(self) -> None:
        """Count the end of a transaction with changes, whether it was committed or not."""
        if self._is_open:
            self._is_open = False
            self.version += 1

    def _note(self) -> None:
        self._is_open = True
        self.version += 1
