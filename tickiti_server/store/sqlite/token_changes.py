"""Notices when a token changes, or whom it acts for: whatever statement does it, of whom.

What the writing connection does, triggers tell. What another program does, a tool on the command
line say, SQLite tells: this connection's data_version changes with it, and with nothing of its own.
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

# That a token was used changes nothing for who it is.
_COLUMNS = "SELECT name FROM pragma_table_info('api_token') WHERE name <> 'last_used_at'"


LOOK_SECONDS = 0.5
"""Between two looks for what other programs have changed. A look lets go of the interpreter's lock,
so not each batch pays for one."""


class TokenChanges:
    """Counts them: `as_of` differs as soon as one is made, and again once it is committed.

    Once would not do. What another connection reads between the two is what was before.
    """

    def __init__(self) -> None:
        self.as_of = 0
        self._is_open = False
        self._version = -1
        self._looked_at = 0.0

    def watch(self, connection: sqlite3.Connection) -> None:
        """The writing connection, whenever it is opened."""
        connection.create_function("note_token_change", 0, self._note)
        columns = ", ".join(row["name"] for row in connection.execute(_COLUMNS))
        connection.executescript(_TRIGGERS.format(columns=columns))
        self._looked_at = 0.0
        self._version = -1
        self.look(connection)

    def look(self, connection: sqlite3.Connection) -> None:
        """Once in a while, for what another program has changed, whatever it was."""
        now = time.monotonic()
        if now - self._looked_at < LOOK_SECONDS:
            return
        self._looked_at = now
        version = connection.execute("PRAGMA data_version").fetchone()[0]
        if version != self._version:
            self._version = version
            self.as_of += 1

    def transaction_ended(self) -> None:
        """Committed, undone, or nobody knows."""
        if self._is_open:
            self._is_open = False
            self.as_of += 1

    def _note(self) -> None:
        self._is_open = True
        self.as_of += 1
