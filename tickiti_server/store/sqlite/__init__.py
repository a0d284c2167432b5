"""SQLite behind the seam: one thread writes, other connections can only read.

The rule of this folder: exactly one connection writes and checkpoints. SQLite before 3.51.3 can
lose a WAL reset when two do (sqlite.org/wal.html#walresetbug), and many systems ship 3.40.
"""

import asyncio
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from tickiti_cli.contract.errors import StorageUnavailable
from tickiti_server.store.database import DatabaseUnusable, Result, Work
from tickiti_server.store.migrate import missing_migrations
from tickiti_server.store.mounts import refuse_remote
from tickiti_server.store.sqlite.connection import (
    connect_reader,
    connect_writer,
    look_up,
    refuse_old_library,
)
from tickiti_server.store.sqlite.parts import remove_dead
from tickiti_server.store.sqlite.readers import Readers
from tickiti_server.store.sqlite.soundness import (
    APPLICATION_ID,
    applied,
    corrupt,
    note_name,
    refuse_unusable,
    stamp,
)
from tickiti_server.store.sqlite.upgrading import keep_copy
from tickiti_server.store.sqlite.writer import Writer

FINISH_SECONDS = 0.3
"""How long the end waits for reads that nobody waits for any more."""

_HISTORY = """
CREATE TABLE IF NOT EXISTS schema_migration (
    number     INTEGER PRIMARY KEY,
    name       TEXT NOT NULL,
    applied_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
)
"""


class SqliteDatabase:
    """The seam's Database on one file. Open it inside the event loop that will use it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer = Writer(path)
        self._quick = connect_reader(path)
        self._readers = Readers(path)
        self._writer.start()

    async def read(self, work: Work[Result], *, quick: bool = False, lane: object = None) -> Result:
        if self._writer.is_lost:
            raise StorageUnavailable(retry_after=1)
        if quick:
            return look_up(self._quick, work)
        return await self._readers.read(work, lane)

    async def write(self, work: Work[Result]) -> Result:
        return await self._writer.submit(work)

    @property
    def tokens_as_of(self) -> object:
        return self._writer.tokens.as_of

    async def close(self) -> None:
        # First: a reader keeps the writer from emptying the log.
        await asyncio.to_thread(self._readers.finish, FINISH_SECONDS)
        await self._writer.finish()
        self._quick.close()


def prepare(
    path: Path, *, backup: bool = True, tell: Callable[[Path], object] = lambda _: None
) -> list[str]:
    """Create or upgrade the database at `path`; the names of the migrations that ran. Before they
    rewrite anything, a copy is kept beside it unless `backup` is false; `tell` gets its path.

    The file is readable by its owner alone. Raises DatabaseUnusable, and changes nothing then.
    """
    refuse_old_library()
    refuse_remote(path)
    remove_dead(path)
    try:
        refuse_unusable(path)
        if backup and (copy := keep_copy(path)):
            tell(copy)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        with closing(connect_writer(path)) as connection:
            ran = _migrate(connection)
            note_name(connection, path)
            return ran
    except sqlite3.Error as error:
        raise corrupt(path, error) from error
    except OSError as error:
        raise DatabaseUnusable(f"The database {path} cannot be used: {error.strerror}.") from error


def _migrate(connection: sqlite3.Connection) -> list[str]:
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    stamp(connection)
    connection.execute(_HISTORY)
    missing = missing_migrations("sqlite", applied(connection))
    for migration in missing:
        # executescript commits whatever is open first: the transaction is part of the script.
        note = f"INSERT INTO schema_migration (number, name) VALUES ({migration.number}, '{migration.name}')"  # noqa: E501
        connection.executescript(f"BEGIN IMMEDIATE;\n{migration.sql}\n{note};\nCOMMIT;")
    return [migration.name for migration in missing]
