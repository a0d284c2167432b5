"""Backs up, checks and restores a database, even while the database is served.

Rule: a name holds a whole file or none. An unfinished copy has a temporary name, and is synced to
the disk before an atomic rename gives it its own.
"""

import errno
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from tickiti_server.clock import SECOND, wall_clock
from tickiti_server.store.interface import DatabaseSummary, DatabaseUnusable
from tickiti_server.store.sqlite.connection import connect_writer
from tickiti_server.store.sqlite.files.file_systems import refuse_remote
from tickiti_server.store.sqlite.files.integrity import (
    applied_migrations,
    open_for_reading,
    refuse_foreign_file,
    refuse_foreign_wal,
    refuse_no_file,
    refuse_unfinished,
    set_new_identity,
    shm_path,
    size_of,
    wal_path,
)
from tickiti_server.store.sqlite.files.partial_files import partial_file, remove_abandoned, sync
from tickiti_server.store.sqlite.files.soundness import refuse_unsound, unusable
from tickiti_server.store.upgrades import missing_migrations

PAGES_AT_ONCE = 4096
"""16 MiB between two syncs: a gigabyte of unwritten pages would hold up the server's commits."""

_NOT_WRITTEN = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_FSYNC)


def check(path: Path) -> DatabaseSummary:
    """Check every page and index of a database without a change; it may be served meanwhile.

    Raises DatabaseUnusable, and OSError if the file does not exist.
    """
    expect_file(path)
    refuse_foreign_wal(path)
    with open_for_reading(path) as connection:
        # One snapshot, so that the counts belong to the checked pages.
        connection.execute("BEGIN")
        return summary_of(connection, path)


def back_up(path: Path, target: Path) -> DatabaseSummary:
    """Copy a database, which may be served meanwhile, to a file that needs no WAL.

    The copy holds what was committed when it began. Raises DatabaseUnusable, and OSError if
    `target` exists or cannot be written.
    """
    expect_file(path)
    refuse_foreign_wal(path)
    _expect_nothing(target)
    remove_abandoned(target, others=True)
    with partial_file(target) as part:
        _copy(path, part, target)
        contents = _check_and_finish(part, known_as=path)
        _expect_nothing(target)
        part.replace(target)
    sync(target.parent)
    return contents


def copy_unchecked(path: Path, target: Path) -> None:
    """Copy a database that was checked already, and replace any file of the target's name.

    Raises DatabaseUnusable and OSError.
    """
    with partial_file(target) as part:
        _copy(path, part, target)
        _make_it_stand_alone(part, known_as=path)
        part.replace(target)
    sync(target.parent)


def restore(path: Path, backup: Path) -> tuple[DatabaseSummary, Path | None]:
    """Replace the database, which no server may have open, by a copy of `backup`.

    Returns the summary of the copy and where the replaced database lies now. Raises
    DatabaseUnusable and OSError; then nothing has changed.
    """
    refuse_remote(path)
    expect_file(backup)
    _refuse_other_names(path)
    remove_abandoned(path)
    if size_of(wal_path(backup)):
        raise DatabaseUnusable(
            f"{backup} is a database in use, not a backup: {wal_path(backup)} holds a part of it. "
            f"Make a backup of it: tickiti server backup FILE --db {backup}"
        )
    with partial_file(path) as part:
        shutil.copyfile(backup, part)
        contents = _check_and_finish(part, known_as=backup)
        kept = _set_aside(path)
        part.replace(path)
        # Remove the old WAL: it belongs to the database that was set aside, and a start refuses it.
        wal_path(path).unlink(missing_ok=True)
        shm_path(path).unlink(missing_ok=True)
    sync(path.parent)
    return contents, kept


def _copy(path: Path, part: Path, target: Path) -> None:
    with open_for_reading(path) as source, _writing(part, target) as copy:
        # A snapshot, because otherwise every commit of the server would restart the copy.
        source.execute("BEGIN")
        source.execute("SELECT 1 FROM sqlite_schema").fetchone()
        source.backup(copy, pages=PAGES_AT_ONCE, progress=lambda *_: sync(part), sleep=0)


def summary_of(connection: sqlite3.Connection, path: Path) -> DatabaseSummary:
    """Check a database and count its rows. Raises DatabaseUnusable if it is damaged, of another
    program or of a newer version."""
    if not refuse_foreign_file(connection, path):
        raise DatabaseUnusable(f"The database {path} is empty.")
    numbers = applied_migrations(connection)
    missing_migrations("sqlite", numbers, path)
    refuse_unfinished(connection, path)
    refuse_unsound(connection, path, pragma="integrity_check")
    if broken := connection.execute("PRAGMA foreign_key_check").fetchone():
        raise unusable(path, f"a row of {broken[0]} refers to a row of {broken[2]} that is missing")
    counted = {
        table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        for table in ("ticket", "response", "idem", "api_token")
    }
    return DatabaseSummary(
        bytes=size_of(path),
        schema=max(numbers, default=0),
        tickets=counted["ticket"],
        responses=counted["response"],
        keys=counted["idem"],
        tokens=counted["api_token"],
    )


def _check_and_finish(part: Path, *, known_as: Path) -> DatabaseSummary:
    """Check a copy, give it an identity of its own, and sync it to the disk."""
    try:
        with closing(sqlite3.connect(part, isolation_level=None)) as connection:
            contents = summary_of(connection, known_as)
    except sqlite3.Error as error:
        raise unusable(known_as, error) from error
    _make_it_stand_alone(part, known_as=known_as)
    return contents


def _make_it_stand_alone(part: Path, *, known_as: Path) -> None:
    try:
        with closing(sqlite3.connect(part, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
            set_new_identity(connection)
    except sqlite3.Error as error:
        raise unusable(known_as, error) from error
    sync(part)


def _set_aside(path: Path) -> Path | None:
    """Move the existing database and its WAL, if any, aside. Returns the new path."""
    if not size_of(path):
        return None
    # A database that cannot be opened is set aside as it is, with its WAL.
    with suppress(sqlite3.Error, DatabaseUnusable):
        refuse_foreign_wal(path)
        with closing(connect_writer(path)):
            pass
    moment = datetime.fromtimestamp(wall_clock() // SECOND, UTC).strftime("%Y%m%dT%H%M%SZ")
    names = (f"{path.name}.before-restore-{moment}{f'-{n}' if n else ''}" for n in count())
    kept = next(path.with_name(name) for name in names if not path.with_name(name).exists())
    _link(path, kept)
    if size_of(wal_path(path)):
        _link(wal_path(path), wal_path(kept))
    return kept


def _refuse_other_names(path: Path) -> None:
    """Raise DatabaseUnusable where the file has a second name: one of them alone would be replaced,
    and the other would go on as another database. A file that an earlier restore kept does not
    count as a second name."""
    if not path.exists():
        return
    found = path.stat()
    kept = [
        other
        for other in path.parent.iterdir()
        if other.name.startswith(f"{path.name}.before-") and os.path.samestat(other.lstat(), found)
    ]
    if found.st_nlink - len(kept) > 1:
        raise DatabaseUnusable(
            f"{path} has other names (hard links), which a restore would not replace. Find them "
            f"with `find FOLDER -samefile {path}`, remove them, and restore again."
        )


def _link(path: Path, other: Path) -> None:
    try:
        other.hardlink_to(path)
    except OSError:  # the file system has no hard links
        shutil.copyfile(path, other)
        other.chmod(0o600)
        sync(other)


@contextmanager
def _writing(part: Path, target: Path) -> Iterator[sqlite3.Connection]:
    """Open a connection to the copy without syncs. Raises OSError if the copy cannot be written."""
    try:
        with closing(sqlite3.connect(part, isolation_level=None)) as connection:
            connection.execute("PRAGMA synchronous = OFF")
            yield connection
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", 0) not in _NOT_WRITTEN:
            raise
        raise OSError(errno.EIO, f"It cannot be written: {error}", str(target)) from error


def expect_file(path: Path) -> None:
    refuse_no_file(path)
    with path.open("rb"):
        pass


def _expect_nothing(target: Path) -> None:
    if target.exists() or target.is_symlink():
        raise FileExistsError(errno.EEXIST, "It exists already; choose another name", str(target))
