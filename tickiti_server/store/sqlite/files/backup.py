"""Copies of a database: made while it is served, looked at, and put back.

The rule of this file: a name holds a whole file or none. What is not finished has another name, and
is on the disk before it gets its own.
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

from tickiti_server.store.database import Contents, DatabaseUnusable
from tickiti_server.store.migrate import missing_migrations
from tickiti_server.store.mounts import refuse_remote
from tickiti_server.store.sqlite.connection import connect_writer
from tickiti_server.store.sqlite.parts import part_of, remove_dead, sync
from tickiti_server.store.sqlite.soundness import (
    applied,
    corrupt,
    index_of,
    log_of,
    new_identity,
    reading,
    refuse_foreign_file,
    refuse_foreign_log,
    refuse_no_file,
    refuse_unsound,
    size_of,
)

PAGES_AT_ONCE = 4096
"""16 MiB between two syncs: a gigabyte of unwritten pages would hold up the server's commits."""

_NOT_WRITTEN = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_FSYNC)


def check(path: Path) -> Contents:
    """Look at all of a database, and change nothing; it may be served meanwhile.

    Raises DatabaseUnusable, and OSError where there is no such file.
    """
    _expect_file(path)
    refuse_foreign_log(path)
    with reading(path) as connection:
        # One snapshot: what is counted is what was checked.
        connection.execute("BEGIN")
        return _contents(connection, path)


def back_up(path: Path, target: Path) -> Contents:
    """Copy a database, which may be served meanwhile, to a file that stands alone.

    The copy is what was committed when it began. Raises DatabaseUnusable, and OSError where
    `target` exists or cannot be written.
    """
    _expect_file(path)
    refuse_foreign_log(path)
    _expect_nothing(target)
    remove_dead(target, others=True)
    with part_of(target) as part:
        _copy(path, part, target)
        contents = _finish(part, known_as=path)
        _expect_nothing(target)
        part.replace(target)
    sync(target.parent)
    return contents


def copied(path: Path, target: Path) -> None:
    """The same without a look at all of it, in the place of whatever has that name. The database
    has been looked at. Raises DatabaseUnusable and OSError."""
    with part_of(target) as part:
        _copy(path, part, target)
        _make_it_stand_alone(part, known_as=path)
        part.replace(target)
    sync(target.parent)


def restore(path: Path, backup: Path) -> tuple[Contents, Path | None]:
    """Put a copy of `backup` in the place of the database, which nobody may be serving.

    Returns what it holds, and where the database went that was there. Raises DatabaseUnusable and
    OSError; then nothing has changed.
    """
    refuse_remote(path)
    _expect_file(backup)
    _refuse_other_names(path)
    remove_dead(path)
    if size_of(log_of(backup)):
        raise DatabaseUnusable(
            f"{backup} is a database in use, not a backup: {log_of(backup)} holds a part of it. "
            f"Make a backup of it: tickiti server backup FILE --db {backup}"
        )
    with part_of(path) as part:
        shutil.copyfile(backup, part)
        contents = _finish(part, known_as=backup)
        kept = _keep(path)
        part.replace(path)
        # A log that is still there is the kept database's; a start would refuse it.
        log_of(path).unlink(missing_ok=True)
        index_of(path).unlink(missing_ok=True)
    sync(path.parent)
    return contents, kept


def _copy(path: Path, part: Path, target: Path) -> None:
    with reading(path) as source, _writing(part, target) as copy:
        # A snapshot: without it, every commit of the server would start the copy anew.
        source.execute("BEGIN")
        source.execute("SELECT 1 FROM sqlite_schema").fetchone()
        source.backup(copy, pages=PAGES_AT_ONCE, progress=lambda *_: sync(part), sleep=0)


def _contents(connection: sqlite3.Connection, path: Path) -> Contents:
    """Raises DatabaseUnusable where the database is not whole, not ours or not for this version."""
    if not refuse_foreign_file(connection, path):
        raise DatabaseUnusable(f"The database {path} is empty.")
    numbers = applied(connection)
    missing_migrations("sqlite", numbers)
    refuse_unsound(connection, path, pragma="integrity_check")
    if broken := connection.execute("PRAGMA foreign_key_check").fetchone():
        raise corrupt(path, f"a row of {broken[0]} refers to a row of {broken[2]} that is missing")
    counted = {
        table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        for table in ("ticket", "response", "idem", "api_token")
    }
    return Contents(
        bytes=size_of(path),
        schema=max(numbers, default=0),
        tickets=counted["ticket"],
        responses=counted["response"],
        keys=counted["idem"],
        tokens=counted["api_token"],
    )


def _finish(part: Path, *, known_as: Path) -> Contents:
    """Check a copy, make it stand alone and tell it from its original; then it is on the disk."""
    try:
        with closing(sqlite3.connect(part, isolation_level=None)) as connection:
            contents = _contents(connection, known_as)
    except sqlite3.Error as error:
        raise corrupt(known_as, error) from error
    _make_it_stand_alone(part, known_as=known_as)
    return contents


def _make_it_stand_alone(part: Path, *, known_as: Path) -> None:
    try:
        with closing(sqlite3.connect(part, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
            new_identity(connection)
    except sqlite3.Error as error:
        raise corrupt(known_as, error) from error
    sync(part)


def _keep(path: Path) -> Path | None:
    """Give the database that is there a second name; its log, if any, goes with it."""
    if not size_of(path):
        return None
    # One that cannot be opened is kept as it is, in its parts.
    with suppress(sqlite3.Error, DatabaseUnusable):
        refuse_foreign_log(path)
        with closing(connect_writer(path)):
            pass
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    names = (f"{path.name}.before-restore-{moment}{f'-{n}' if n else ''}" for n in count())
    kept = next(path.with_name(name) for name in names if not path.with_name(name).exists())
    _link(path, kept)
    if size_of(log_of(path)):
        _link(log_of(path), log_of(kept))
    return kept


def _refuse_other_names(path: Path) -> None:
    """Raise DatabaseUnusable where the file has a second name: one of them alone would be replaced,
    and the other would go on as another database. What an earlier restore kept is no such name."""
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
    except OSError:  # not every file system has a second name for a file
        shutil.copyfile(path, other)
        other.chmod(0o600)
        sync(other)


@contextmanager
def _writing(part: Path, target: Path) -> Iterator[sqlite3.Connection]:
    """A connection to the copy, which syncs nothing by itself. Raises OSError where it cannot be
    written."""
    try:
        with closing(sqlite3.connect(part, isolation_level=None)) as connection:
            connection.execute("PRAGMA synchronous = OFF")
            yield connection
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", 0) not in _NOT_WRITTEN:
            raise
        raise OSError(errno.EIO, f"It cannot be written: {error}", str(target)) from error


def _expect_file(path: Path) -> None:
    refuse_no_file(path)
    with path.open("rb"):
        pass


def _expect_nothing(target: Path) -> None:
    if target.exists() or target.is_symlink():
        raise FileExistsError(errno.EEXIST, "It exists already; choose another name", str(target))
