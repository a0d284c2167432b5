"""Copies a database beside itself before a migration rewrites its rows.

Rule: one copy exists, `FILE.before-NNNN`: the database before its migration NNNN. An older version
of tickiti can serve that copy, so that an upgrade can be undone.
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


def copy_before_upgrade(path: Path) -> Path | None:
    """Copy the database and return the copy's path, or None if no copy is needed.

    A new database and migrations that rewrite nothing need no copy. Raises DatabaseUnusable; then
    nothing has changed.
    """
    missing = _missing(path)
    if not any(migration.rewrites for migration in missing):
        return None
    copy = path.with_name(f"{path.name}.before-{missing[0].number:04}")
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
    return missing_migrations("sqlite", numbers) if numbers else []


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
