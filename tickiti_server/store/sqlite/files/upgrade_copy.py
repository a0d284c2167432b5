"""Copies a database beside itself before a migration rewrites its rows.

Rule: one copy exists, `FILE.before-NNNN`: the database before its migration NNNN. An older version
of tickiti can serve that copy, so that an upgrade can be undone. An upgrade that was killed between
two migrations keeps its copy when it continues, because no version can serve what it left.
"""

import os
import re
import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from tickiti_server.store.interface import DatabaseUnusable
from tickiti_server.store.sqlite.files.backup import copy_unchecked
from tickiti_server.store.sqlite.files.integrity import (
    applied_migrations,
    open_for_reading,
    size_of,
    wal_path,
)
from tickiti_server.store.upgrades import Migration, missing_migrations

MEBIBYTE = 1024 * 1024
WAY_ON = "Make room, or start it without a copy: tickiti server start --no-backup"

FORGET_BEGUN = "DROP TABLE IF EXISTS upgrade_begun;\n"
"""SQL of the last migration: the upgrade is complete."""


def note_begun(first: int) -> str:
    """SQL of every migration of an upgrade that begins with the migration `first` and has a copy.
    An upgrade that continues keeps the number of its beginning."""
    return (
        "CREATE TABLE IF NOT EXISTS upgrade_begun (first INTEGER NOT NULL);\n"
        f"INSERT INTO upgrade_begun SELECT {first} WHERE NOT EXISTS"
        " (SELECT 1 FROM upgrade_begun);\n"
    )


def copy_before_upgrade(path: Path) -> Path | None:
    """Copy the database and return the copy's path, or None if no copy is needed.

    A new database and migrations that rewrite nothing need no copy. An upgrade that was
    interrupted has its copy already. Raises DatabaseUnusable; then nothing has changed.
    """
    missing = _missing(path)
    if missing and (made := _copy_of_interrupted(path)):
        return made
    if not any(migration.rewrites for migration in missing):
        return None
    copy = _copy_path(path, missing[0].number)
    _refuse_no_room(path)
    try:
        copy_unchecked(path, copy)
    except OSError as error:
        raise DatabaseUnusable(
            f"The copy {copy} cannot be made before the database is upgraded: {error.strerror}. "
            f"{WAY_ON}"
        ) from error
    _remove_others(path, copy)
    return copy


def _missing(path: Path) -> Sequence[Migration]:
    """Return the migrations of an upgrade; none for a new database."""
    if not size_of(path):
        return []
    with open_for_reading(path) as connection:
        numbers = applied_migrations(connection)
    return missing_migrations("sqlite", numbers, path) if numbers else []


def _copy_path(path: Path, number: int) -> Path:
    return path.with_name(f"{path.name}.before-{number:04}")


def _copy_of_interrupted(path: Path) -> Path | None:
    """The copy that an interrupted upgrade has made, if it is still there."""
    with open_for_reading(path) as connection:
        sql = "SELECT 1 FROM sqlite_schema WHERE name = 'upgrade_begun'"
        if connection.execute(sql).fetchone() is None:
            return None
        (first,) = connection.execute("SELECT first FROM upgrade_begun").fetchone()
    copy = _copy_path(path, first)
    return copy if copy.is_file() else None


def _refuse_no_room(path: Path) -> None:
    needed = size_of(path) + size_of(wal_path(path))
    free = shutil.disk_usage(path.parent).free
    if free < needed:
        raise DatabaseUnusable(
            f"There is no room for a copy of {path} before it is upgraded: it takes "
            f"{_mebibytes(needed)} MiB, and {_mebibytes(free)} MiB are free. {WAY_ON}"
        )


def _mebibytes(size: int) -> int:
    """Convert bytes to mebibytes, rounded up."""
    return -(-size // MEBIBYTE)


def _remove_others(path: Path, copy: Path) -> None:
    """Remove the copies of earlier upgrades. A failure is ignored, so that the server starts."""
    kept = re.compile(re.escape(f"{path.name}.before-") + "[0-9]{4}")
    for other in path.parent.iterdir():
        if kept.fullmatch(other.name) and other != copy:
            with suppress(OSError):
                os.unlink(other)  # noqa: PTH108 - never a folder
