"""Checks that a file is a tickiti database, undamaged, and the owner of the WAL beside it.

SQLite does not bind a WAL to a database: it replays a WAL into any database of that name. So each
database has an identity in its first page (user_version, which SQLite leaves to programs), a copy
gets a new one, and the writer puts that page into every WAL. Rule: a check changes nothing.
"""

import errno
import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from time import sleep
from typing import BinaryIO, NamedTuple

from tickiti_cli.contract.files.database_file import APPLICATION
from tickiti_server.store.interface import DatabaseUnusable
from tickiti_server.store.moving.mark import unfinished
from tickiti_server.store.moving.sides import MARK
from tickiti_server.store.sqlite.connection import connect_reader
from tickiti_server.store.sqlite.files.soundness import (
    RESTORE,
    refuse_unsound,
    refuse_unsound_beginning,
    unusable,
)
from tickiti_server.store.upgrades import missing_migrations

APPLICATION_ID = int.from_bytes(APPLICATION, "big")

SMALL = 16 * 1024 * 1024
"""Bytes of a database that every start checks, in a few hundredths of a second."""

SETTLING_SECONDS = 0.05
"""Pause after which files that look wrong count as files that nobody writes. A file system stores
the time of a write in steps of some 4 ms."""

_TABLES = "SELECT 1 FROM sqlite_schema WHERE type = 'table'"

_SERVED_AS = "served_as"

# Offsets and sizes: sqlite.org/fileformat2.html, 1.3 and 4.1.
_IDENTITY_AT = 60
_LOG_HEADER = 32
_FRAME_HEADER = 24
_LOG_MAGIC = (b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83")


def wal_path(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def shm_path(path: Path) -> Path:
    return path.with_name(f"{path.name}-shm")


def size_of(path: Path) -> int:
    """Return the size of a file in bytes, or 0 if it does not exist."""
    return path.stat().st_size if path.exists() else 0


def set_new_identity(connection: sqlite3.Connection) -> None:
    """Give a database a new identity, which differs from its copies too."""
    connection.execute(f"PRAGMA user_version = {secrets.randbelow(2**31 - 1) + 1}")


def write_identity_to_wal(connection: sqlite3.Connection) -> None:
    """Write the page with the identity to the WAL; a database without an identity gets one."""
    known = connection.execute("PRAGMA user_version").fetchone()[0]
    if known:
        connection.execute(f"PRAGMA user_version = {known}")
    else:
        set_new_identity(connection)


def refuse_no_file(path: Path) -> None:
    """Raise OSError if the path is a folder, a pipe or a device."""
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "It is not a regular file", str(path))


def refuse_foreign_wal(path: Path) -> None:
    """Raise DatabaseUnusable if the WAL beside `path` is another database's, or an older one.

    A server that writes both files meanwhile may make them look so for a moment. It refused a
    foreign WAL at its start, so that only files that nobody writes are refused here.
    """
    before = _stamps(path)
    while (fault := _wal_fault(path)) is not None:
        sleep(SETTLING_SECONDS)
        after = _stamps(path)
        if after == before:
            raise DatabaseUnusable(fault)
        before = after


def _stamps(path: Path) -> list[tuple[int, int] | None]:
    """Size and time of the last write of the database and its WAL. None stands for a file that does
    not exist."""
    found: list[tuple[int, int] | None] = []
    for file in (path, wal_path(path)):
        try:
            status = file.stat()
            found.append((status.st_size, status.st_mtime_ns))
        except FileNotFoundError:
            found.append(None)
    return found


def _wal_fault(path: Path) -> str | None:
    """Why the WAL beside `path` is not its own, or is cut short."""
    log = wal_path(path)
    if size_of(log) <= _LOG_HEADER:
        return None
    # Before the WAL is read: a checkpoint behind that lets the database grow.
    size = size_of(path)
    if not size:
        return (
            f"{log} exists without its database {path}. Bring the database back, move the log "
            "away, or restore a backup: tickiti server restore FILE"
        )
    with path.open("rb") as file:
        own = int.from_bytes(file.read(_IDENTITY_AT + 4)[_IDENTITY_AT:], "big")
    with log.open("rb") as file:
        found = _identify(file)
    if own and found.identity not in (0, own):
        return (
            f"{log} belongs to another database than {path}: one of the two was copied here. "
            f"{RESTORE}"
        )
    # A checkpoint copies pages from the WAL, so the database cannot be larger than its WAL says.
    if 0 < found.bytes < size:
        return (
            f"{log} is cut short, or older than {path}: the database is larger than it says. "
            f"{RESTORE}"
        )
    return None


def refuse_unusable(path: Path) -> bool:
    """Raise DatabaseUnusable if `path` exists and must not be served, OSError if it is unreadable.

    Returns whether most of it is still to be checked: that of a larger database would take longer
    than its start. After a clean stop its WAL is empty, and nothing is to be checked.
    """
    refuse_no_file(path)
    refuse_foreign_wal(path)
    size = size_of(path)
    if not size:
        return False
    path.open("rb").close()
    is_larger, is_unclean = size > SMALL, size_of(wal_path(path)) > 0
    with open_for_reading(path) as connection:
        if refuse_foreign_file(connection, path):
            missing_migrations("sqlite", applied_migrations(connection), path)
            refuse_unfinished(connection, path)
        if not is_larger:
            refuse_unsound(connection, path, pragma="integrity_check")
        elif is_unclean:
            refuse_unsound_beginning(connection, path)
    return is_larger and is_unclean


@contextmanager
def open_for_reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a read-only connection and close it at the end. Raises DatabaseUnusable."""
    try:
        with closing(connect_reader(path)) as connection:
            _refuse_distant_wal(connection, path)
            yield connection
    except sqlite3.Error as error:
        raise unusable(path, error) from error


def store_served_name(connection: sqlite3.Connection, path: Path) -> None:
    """Store the name under which the database is served, because its WAL lies beside that name."""
    connection.execute(
        "INSERT INTO setting (name, value) VALUES (?1, ?2)"
        " ON CONFLICT (name) DO UPDATE SET value = ?2 WHERE value <> ?2",
        (_SERVED_AS, os.path.realpath(path)),
    )


def _refuse_distant_wal(connection: sqlite3.Connection, path: Path) -> None:
    """Raise DatabaseUnusable if the last commits are in a WAL beside another name of the database.

    That happens with a hard link, a mounted file, or a file that was moved without its WAL.
    """
    if not connection.execute(f"{_TABLES} AND name = 'setting'").fetchone():
        return
    row = connection.execute("SELECT value FROM setting WHERE name = ?", (_SERVED_AS,)).fetchone()
    if row is None or row[0] == os.path.realpath(path):
        return
    other = Path(row[0])
    # A copy by another program is a database of its own; our own copies have another identity.
    is_another = other.exists() and not other.samefile(path)
    if is_another or size_of(wal_path(other)) <= _LOG_HEADER:
        return
    with wal_path(other).open("rb") as file:
        found = _identify(file)
    if found.identity == connection.execute("PRAGMA user_version").fetchone()[0]:
        raise DatabaseUnusable(
            f"The database {path} was last served as {other}, and {wal_path(other)} holds a part "
            "of it. Use it by that name, or stop the server that does."
        )


def refuse_unfinished(connection: sqlite3.Connection, path: Path) -> None:
    """Raise DatabaseUnusable if a move has filled only a part of the database."""
    if not connection.execute(f"{_TABLES} AND name = 'setting'").fetchone():
        return
    row = connection.execute("SELECT value FROM setting WHERE name = ?", (MARK,)).fetchone()
    if row is not None:
        raise DatabaseUnusable(unfinished(row[0], str(path)))


def applied_migrations(connection: sqlite3.Connection) -> set[int]:
    """Return the numbers of the migrations that ran."""
    if not connection.execute(f"{_TABLES} AND name = 'schema_migration'").fetchone():
        return set()
    return {row[0] for row in connection.execute("SELECT number FROM schema_migration")}


def refuse_foreign_file(connection: sqlite3.Connection, path: Path) -> bool:
    """Return True for a tickiti database and False for an empty file.

    Raises DatabaseUnusable for the database of another program.
    """
    found = connection.execute("PRAGMA application_id").fetchone()[0]
    if found == APPLICATION_ID:
        return True
    if found or connection.execute("SELECT 1 FROM sqlite_schema").fetchone():
        raise DatabaseUnusable(f"{path} is a SQLite database of another program.")
    return False


class _WalIdentity(NamedTuple):
    """The identity and the size of the database that a WAL belongs to; 0 is unknown."""

    identity: int
    bytes: int


def _identify(log: BinaryIO) -> _WalIdentity:
    header = log.read(_LOG_HEADER)
    if header[:4] not in _LOG_MAGIC:
        return _WalIdentity(0, 0)  # SQLite ignores such a WAL
    page_size, salts = int.from_bytes(header[8:12], "big"), header[16:24]
    identity = pages = 0
    frame = log.read(_FRAME_HEADER)
    # After a reset of the WAL, the old frames behind its end have other salts.
    while len(frame) == _FRAME_HEADER and frame[8:16] == salts:
        page = log.read(page_size)
        if frame[:4] == b"\0\0\0\1" and len(page) == page_size:
            identity = int.from_bytes(page[_IDENTITY_AT : _IDENTITY_AT + 4], "big")
        # 0 in every frame except the last of a commit
        pages = max(pages, int.from_bytes(frame[4:8], "big"))
        frame = log.read(_FRAME_HEADER)
    return _WalIdentity(identity, pages * page_size)
