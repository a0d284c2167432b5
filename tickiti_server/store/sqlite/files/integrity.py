"""Whether a file is one of our databases, whole, and the one that its write-ahead log belongs to.

SQLite binds a log to no database: a log that was left beside another file is replayed into it. So
each database has an identity of its own in its first page (user_version, which SQLite leaves to
us), a copy gets a new one, and the writer puts that page into every log. The rule of this file: a
database that is looked at is not changed.
"""

import errno
import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

from tickiti_server.store.database import DatabaseUnusable
from tickiti_server.store.migrate import missing_migrations
from tickiti_server.store.sqlite.connection import connect_reader

APPLICATION_ID = 0x54494B54
"""'TIKT' in the file's header: tells our databases from every other SQLite file."""

RESTORE = "Restore a backup: tickiti server restore FILE"

SMALL = 16 * 1024 * 1024
"""Bytes of a database that is checked in a few hundredths of a second: it is, at every start."""

_TABLES = "SELECT 1 FROM sqlite_schema WHERE type = 'table'"

LARGE = 256 * 1024 * 1024
"""Bytes that are checked in two or three seconds. Of a larger database the indexes are not compared
with the rows, which takes three times as long; after a log that was cut short, half of the damage
shows in an index alone."""

_SERVED_AS = "served_as"

# Offsets and sizes: sqlite.org/fileformat2.html, 1.3 and 4.1.
_IDENTITY_AT = 60
_LOG_HEADER = 32
_FRAME_HEADER = 24
_LOG_MAGIC = (b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83")


def log_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def index_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-shm")


def size_of(path: Path) -> int:
    """In bytes; 0 where there is no such file."""
    return path.stat().st_size if path.exists() else 0


def new_identity(connection: sqlite3.Connection) -> None:
    """Tell this database from every other, its copies included."""
    connection.execute(f"PRAGMA user_version = {secrets.randbelow(2**31 - 1) + 1}")


def stamp(connection: sqlite3.Connection) -> None:
    """Put the page with the identity into the log; a database that has none gets one."""
    known = connection.execute("PRAGMA user_version").fetchone()[0]
    if known:
        connection.execute(f"PRAGMA user_version = {known}")
    else:
        new_identity(connection)


def refuse_no_file(path: Path) -> None:
    """Raise OSError for a folder, a pipe or a device."""
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "It is no file", str(path))


def refuse_foreign_log(path: Path) -> None:
    """Raise DatabaseUnusable where the log beside `path` is another database's, or an older one."""
    log = log_of(path)
    if size_of(log) <= _LOG_HEADER:
        return
    if not size_of(path):
        raise DatabaseUnusable(
            f"{log} lies there without its database {path}. Bring the database back, move the log "
            "away, or restore a backup: tickiti server restore FILE"
        )
    with path.open("rb") as file:
        own = int.from_bytes(file.read(_IDENTITY_AT + 4)[_IDENTITY_AT:], "big")
    with log.open("rb") as file:
        said = _say(file)
    if own and said.identity not in (0, own):
        raise DatabaseUnusable(
            f"{log} belongs to another database than {path}: one of the two was copied here. "
            f"{RESTORE}"
        )
    # What was moved into the database came from the log: the database cannot be ahead of it.
    if 0 < said.bytes < size_of(path):
        raise DatabaseUnusable(
            f"{log} is cut short, or older than {path}: the database is larger than it says. "
            f"{RESTORE}"
        )


def refuse_unusable(path: Path) -> None:
    """Raise DatabaseUnusable where `path` is there and must not be served, OSError where it cannot
    even be read.

    After a clean stop the log is empty, and a large database is trusted: looking at all of it would
    take longer than starting.
    """
    refuse_no_file(path)
    refuse_foreign_log(path)
    size = size_of(path)
    if not size:
        return
    path.open("rb").close()
    is_doubtful = size <= SMALL or size_of(log_of(path)) > 0
    with reading(path) as connection:
        if refuse_foreign_file(connection, path):
            missing_migrations("sqlite", applied(connection))
        if is_doubtful:
            pragma = "integrity_check" if size <= LARGE else "quick_check"
            refuse_unsound(connection, path, pragma=pragma)


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that cannot write, for as long as it is needed. Raises DatabaseUnusable."""
    try:
        with closing(connect_reader(path)) as connection:
            _refuse_distant_log(connection, path)
            yield connection
    except sqlite3.Error as error:
        raise corrupt(path, error) from error


def note_name(connection: sqlite3.Connection, path: Path) -> None:
    """Write down under which name the database is served: its log stands beside that one."""
    connection.execute(
        "INSERT INTO setting (name, value) VALUES (?1, ?2)"
        " ON CONFLICT (name) DO UPDATE SET value = ?2 WHERE value <> ?2",
        (_SERVED_AS, os.path.realpath(path)),
    )


def _refuse_distant_log(connection: sqlite3.Connection, path: Path) -> None:
    """Raise DatabaseUnusable where what was committed last is in a log that this name does not
    lead to: a hard link, a mounted file, a file that was moved without its log."""
    if not connection.execute(f"{_TABLES} AND name = 'setting'").fetchone():
        return
    row = connection.execute("SELECT value FROM setting WHERE name = ?", (_SERVED_AS,)).fetchone()
    if row is None or row[0] == os.path.realpath(path):
        return
    other = Path(row[0])
    # A copy by another program is a database of its own; one by us has another identity.
    is_another = other.exists() and not other.samefile(path)
    if is_another or size_of(log_of(other)) <= _LOG_HEADER:
        return
    with log_of(other).open("rb") as file:
        said = _say(file)
    if said.identity == connection.execute("PRAGMA user_version").fetchone()[0]:
        raise DatabaseUnusable(
            f"The database {path} was last served as {other}, and {log_of(other)} holds a part of "
            "it. Use it by that name, or stop the server that does."
        )


def refuse_unsound(connection: sqlite3.Connection, path: Path, *, pragma: str) -> None:
    """Raise DatabaseUnusable where pages do not fit together. `integrity_check` also compares
    indexes with rows."""
    found = connection.execute(f"PRAGMA {pragma}(1)").fetchone()[0]
    if found != "ok":
        raise corrupt(path, found)


def applied(connection: sqlite3.Connection) -> set[int]:
    """The numbers of the migrations that ran."""
    if not connection.execute(f"{_TABLES} AND name = 'schema_migration'").fetchone():
        return set()
    return {row[0] for row in connection.execute("SELECT number FROM schema_migration")}


def corrupt(path: Path, cause: object) -> DatabaseUnusable:
    """Of an error of SQLite, or of what a check found; a backup helps against damage alone."""
    code = getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
    way_on = f" {RESTORE}" if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB) else ""
    reason = " ".join(str(cause).removeprefix("*** in database main ***").split())
    return DatabaseUnusable(f"The database {path} cannot be used: {reason}.{way_on}")


def refuse_foreign_file(connection: sqlite3.Connection, path: Path) -> bool:
    """True where the file is ours, False where it is empty. Raises DatabaseUnusable for others."""
    found = connection.execute("PRAGMA application_id").fetchone()[0]
    if found == APPLICATION_ID:
        return True
    if found or connection.execute("SELECT 1 FROM sqlite_schema").fetchone():
        raise DatabaseUnusable(f"{path} is a SQLite database of another program.")
    return False


class _Said(NamedTuple):
    """What a log says of its database: its identity, and its size; 0 is unknown."""

    identity: int
    bytes: int


def _say(log: BinaryIO) -> _Said:
    header = log.read(_LOG_HEADER)
    if header[:4] not in _LOG_MAGIC:
        return _Said(0, 0)  # SQLite does not read it either
    page_size, salts = int.from_bytes(header[8:12], "big"), header[16:24]
    identity = pages = 0
    frame = log.read(_FRAME_HEADER)
    # After a restart of the log, what stands behind its end has other salts.
    while len(frame) == _FRAME_HEADER and frame[8:16] == salts:
        page = log.read(page_size)
        if frame[:4] == b"\0\0\0\1" and len(page) == page_size:
            identity = int.from_bytes(page[_IDENTITY_AT : _IDENTITY_AT + 4], "big")
        # 0 but in the last frame of a commit
        pages = max(pages, int.from_bytes(frame[4:8], "big"))
        frame = log.read(_FRAME_HEADER)
    return _Said(identity, pages * page_size)
