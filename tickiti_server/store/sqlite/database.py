"""The SQLite driver: one thread writes, and every other connection is read-only.

Rule of this folder: exactly one connection writes and checkpoints. SQLite before 3.51.3 can lose a
WAL reset when two do (sqlite.org/wal.html#walresetbug), and many systems ship 3.40.
"""

import asyncio
import os
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import cast

from tickiti_cli.contract.errors import StorageUnavailable
from tickiti_server.clock import Clock, Microseconds
from tickiti_server.store.interface import (
    DatabaseUnusable,
    Result,
    Transaction,
    Work,
)
from tickiti_server.store.opening import Opened, Opening
from tickiti_server.store.sqlite.connection import (
    connect_reader,
    connect_writer,
    refuse_old_library,
    run_lookup,
)
from tickiti_server.store.sqlite.files import background_check
from tickiti_server.store.sqlite.files.file_systems import refuse_remote
from tickiti_server.store.sqlite.files.integrity import (
    APPLICATION_ID,
    applied_migrations,
    refuse_unusable,
    store_served_name,
    write_identity_to_wal,
)
from tickiti_server.store.sqlite.files.partial_files import remove_abandoned
from tickiti_server.store.sqlite.files.soundness import unusable
from tickiti_server.store.sqlite.files.upgrade_copy import (
    FORGET_BEGUN,
    copy_before_upgrade,
    note_begun,
)
from tickiti_server.store.sqlite.indexing import steps
from tickiti_server.store.sqlite.indexing.row_indexes import (
    create_index,
    create_indexes_of_small,
    missing_index,
)
from tickiti_server.store.sqlite.reader_pool import ReaderPool
from tickiti_server.store.sqlite.writer import Writer
from tickiti_server.store.upgrades import missing_migrations

FINISH_SECONDS = 0.3
"""How long `close` waits for running reads, whose callers have gone."""

_HISTORY = """
CREATE TABLE IF NOT EXISTS schema_migration (
    number     INTEGER PRIMARY KEY,
    name       TEXT NOT NULL,
    applied_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
)
"""


class SqliteDatabase:
    """The Database of one file. Open it inside the event loop that uses it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer = Writer(path)
        self._quick = connect_reader(path)
        self._readers = ReaderPool(path)
        self._writer.start()
        self._check = self._begin_check() if background_check.is_due(self._quick) else None

    def _begin_check(self) -> background_check.BackgroundCheck:
        loop = asyncio.get_running_loop()

        def forget() -> None:
            asyncio.run_coroutine_threadsafe(self.write(background_check.forget), loop)

        check = background_check.BackgroundCheck(
            self._path, passed=forget, damaged=self._writer.note_damage
        )
        check.start()
        return check

    async def read(self, work: Work[Result], *, quick: bool = False, lane: object = None) -> Result:
        if self._writer.is_lost:
            raise StorageUnavailable(retry_after=1)
        if quick:
            return run_lookup(self._quick, work)
        return await self._readers.read(work, lane)

    async def write(self, work: Work[Result]) -> Result:
        return cast(Result, await self._writer.submit(work))

    async def open_ticket(self, opening: Opening, otherwise: Work[Result]) -> Opened | Result:
        return await self._writer.submit(otherwise, opening)

    async def index_texts(self) -> bool:
        missing = await self._readers.read(missing_index, steps)
        if missing is not None:
            await self._writer.submit(lambda tx: create_index(tx, missing))
            return True
        texts = await self._readers.read(steps.read_texts, steps)
        if texts.is_empty:
            return False
        step = await asyncio.to_thread(steps.fold, texts)
        await self._writer.submit(lambda tx: steps.write_step(tx, step))
        return texts.is_cut

    async def clock_ahead(self, steady: Clock) -> Microseconds | None:
        del steady  # one machine serves the file
        return None

    async def unsafe_settings(self) -> Sequence[str]:
        return []

    @property
    def is_being_checked(self) -> bool:
        return self._check is not None and self._check.is_alive()

    @property
    def is_shared(self) -> bool:
        return False

    @property
    def token_version(self) -> object:
        return self._writer.tokens.version

    def tokens_as_of(self, tx: Transaction) -> object:
        del tx  # one connection writes
        return self._writer.tokens.version

    @property
    def version(self) -> object:
        # Another program's writes count as changes of tokens.
        return self._writer.batches, self._writer.tokens.version

    async def close(self) -> None:
        if self._check is not None:
            self._check.stop()
        # Readers first, because an open read keeps the writer from truncating the WAL.
        await asyncio.to_thread(self._readers.finish, FINISH_SECONDS)
        await self._writer.finish()
        self._quick.close()


def prepare(
    path: Path, *, backup: bool = True, on_copy: Callable[[Path], object] = lambda _: None
) -> list[str]:
    """Create or upgrade the database at `path`. Returns the names of the migrations that ran.

    Before a migration rewrites rows, a copy is made beside the file unless `backup` is false;
    `on_copy` gets its path. Only the owner may read the file. Raises DatabaseUnusable; then nothing
    has changed.
    """
    refuse_old_library()
    refuse_remote(path)
    remove_abandoned(path)
    try:
        is_unchecked = refuse_unusable(path)
        if copy := copy_before_upgrade(path) if backup else None:
            on_copy(copy)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        with closing(connect_writer(path)) as connection:
            ran = _migrate(connection, path, has_copy=copy is not None)
            create_indexes_of_small(connection)
            store_served_name(connection, path)
            if is_unchecked:
                background_check.note_due(connection)
            return ran
    except sqlite3.Error as error:
        raise unusable(path, error) from error
    except OSError as error:
        raise DatabaseUnusable(f"The database {path} cannot be used: {error.strerror}.") from error


def _migrate(connection: sqlite3.Connection, path: Path, *, has_copy: bool) -> list[str]:
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    write_identity_to_wal(connection)
    connection.execute(_HISTORY)
    missing = missing_migrations("sqlite", applied_migrations(connection), path)
    for migration in missing:
        # executescript commits any open transaction first, so the script holds its own.
        note = f"INSERT INTO schema_migration (number, name) VALUES ({migration.number}, '{migration.name}')"  # noqa: E501
        mark = note_begun(missing[0].number) if has_copy else ""
        unmark = FORGET_BEGUN if migration is missing[-1] else ""
        connection.execute(f"PRAGMA foreign_keys = {int(migration.has_foreign_keys)}")
        connection.executescript(
            f"BEGIN IMMEDIATE;\n{mark}{migration.sql}\n{note};\n{unmark}COMMIT;"
        )
        connection.execute("PRAGMA foreign_keys = ON")
    return [migration.name for migration in missing]
