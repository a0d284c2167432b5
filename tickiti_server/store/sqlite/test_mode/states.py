"""The states of a database in test mode: files in a folder beside the database.

Two have names of the server's own: the empty state, and the one that a reset returns to. Rule: a
name holds a whole state or none.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from tickiti_cli.contract.files.file_system import make_folder
from tickiti_server.store.access.test_mode import Epoch
from tickiti_server.store.interface import Transaction
from tickiti_server.store.sqlite.connection import SqliteTransaction, connect_reader, connect_writer
from tickiti_server.store.sqlite.database import prepare
from tickiti_server.store.sqlite.files.integrity import set_new_identity
from tickiti_server.store.sqlite.files.partial_files import partial_file, remove_abandoned, sync
from tickiti_server.store.sqlite.files.soundness import unusable
from tickiti_server.store.sqlite.test_mode import state
from tickiti_server.store.sqlite.test_mode.kept import find_kept, find_seeded_tokens, restore_kept
from tickiti_server.store.states import StateFile

_EMPTY = ".empty.db"
_START = ".start.db"


class SqliteStates:
    """The states of one database."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._folder = database.with_name(f"{database.name}.snapshots")

    def make_start(self, fill: Callable[[Transaction], object]) -> None:
        """Make the state that a reset returns to: the empty one, and what `fill` adds.

        Raises DatabaseUnusable, and the errors of `fill`; then the former state stays.
        """
        make_folder(self._folder)
        remove_abandoned(self._folder / _START, others=True)
        empty, start = self._folder / _EMPTY, self._folder / _START
        prepare(empty, backup=False)
        with partial_file(start) as part:
            _copy(empty, part)
            with closing(connect_writer(part)) as connection:
                self._fill(connection, fill)
            _finish(part, start)

    def _fill(self, connection: sqlite3.Connection, fill: Callable[[Transaction], object]) -> None:
        tx = SqliteTransaction(connection)
        with closing(connect_reader(self._database)) as live:
            rows = [read(SqliteTransaction(live)) for read in (find_kept, find_seeded_tokens)]
        connection.execute("BEGIN IMMEDIATE")
        for kept in reversed(rows):
            restore_kept(tx, kept, now=0)
        fill(tx)
        connection.execute("COMMIT")

    def start(self) -> object:
        """Read the state that a reset returns to. Raises DatabaseUnusable."""
        return state.read_state(self._folder / _START)

    def save(self, name: str) -> StateFile:
        """Save the present state. A snapshot of that name is replaced. Raises OSError."""
        target = self._path(name)
        with partial_file(target) as part:
            _copy(self._database, part)
            _finish(part, target)
        return self._entry(target)

    def load(self, name: str) -> object:
        """Read a snapshot. Raises KeyError if there is none of that name, and DatabaseUnusable."""
        path = self._path(name)
        if not path.is_file():
            raise KeyError(name)
        return state.read_state(path)

    def list(self) -> list[StateFile]:
        """Return the snapshots by name."""
        names = sorted(path for path in self._folder.glob("*.db") if not path.name.startswith("."))
        return [self._entry(path) for path in names]

    def delete(self, name: str) -> None:
        """Delete a snapshot. Raises KeyError if there is none of that name, and OSError."""
        try:
            self._path(name).unlink()
        except FileNotFoundError:
            raise KeyError(name) from None

    def replace(self, tx: Transaction, found: object, epoch: Epoch) -> None:
        """Put a state in place of the present one, in a write transaction.

        Raises DatabaseUnusable for a state that another version has saved.
        """
        assert isinstance(tx, SqliteTransaction)
        assert isinstance(found, state.State)
        state.replace(tx, found, epoch)

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.db"

    @staticmethod
    def _entry(path: Path) -> StateFile:
        found = path.stat()
        return StateFile(path.stem, found.st_size, found.st_mtime_ns // 1000)


def _copy(source: Path, part: Path) -> None:
    try:
        with (
            closing(connect_reader(source)) as reader,
            closing(sqlite3.connect(part, isolation_level=None)) as copy,
        ):
            copy.execute("PRAGMA synchronous = OFF")
            reader.backup(copy)
    except sqlite3.Error as error:
        raise unusable(source, error) from error


def _finish(part: Path, target: Path) -> None:
    """Make the copy stand alone, sync it, and give it its name."""
    try:
        with closing(sqlite3.connect(part, isolation_level=None)) as connection:
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute("PRAGMA journal_mode = DELETE")
            set_new_identity(connection)
    except sqlite3.Error as error:
        raise unusable(target, error) from error
    sync(part)
    part.replace(target)
    sync(target.parent)
