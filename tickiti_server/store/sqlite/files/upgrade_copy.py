"""A copy of a database beside it, before a migration rewrites what is in it.

The rule of this file: there is one copy, `FILE.before-NNNN`: the database as it was before its
migration NNNN. An older version of tickiti serves it again where the newer one does not please.
"""

import os
import re
import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from tickiti_server.store.database import DatabaseUnusable
from tickiti_server.store.migrate import Migration, missing_migrations
from tickiti_server.store.sqlite.keeping import copied
from tickiti_server.store.sqlite.soundness import applied, log_of, reading, size_of

MEBIBYTE = 1024 * 1024
WAY_ON = "Make room, or start it without a copy: tickiti server start --no-backup"


def keep_copy(path: Path) -> Path | None:
    """Where the copy is; None where none is needed: a new database, nothing that is rewritten.
    Raises DatabaseUnusable, and changes nothing then."""
    missing = _missing(path)
    if not any(migration.rewrites for migration in missing):
        return None
    copy = path.with_name(f"{path.name}.before-{missing[0].number:04}")
    _refuse_no_room(path)
    try:
        copied(path, copy)
    except OSError as error:
        raise DatabaseUnusable(
            f"The copy {copy} cannot be made before the database is upgraded: {error.strerror}. "
            f"{WAY_ON}"
        ) from error
    _remove_others(path, copy)
    return copy


def _missing(path: Path) -> Sequence[Migration]:
    """What an upgrade would run; nothing for a database that is new."""
    if not size_of(path):
        return []
    with reading(path) as connection:
        numbers = applied(connection)
    return missing_migrations("sqlite", numbers) if numbers else []


def _refuse_no_room(path: Path) -> None:
    needed = size_of(path) + size_of(log_of(path))
    free = shutil.disk_usage(path.parent).free
    if free < needed:
        raise DatabaseUnusable(
            f"There is no room for a copy of {path} before it is upgraded: it takes "
            f"{_mebibytes(needed)} MiB, and {_mebibytes(free)} MiB are free. {WAY_ON}"
        )


def _mebibytes(size: int) -> int:
    """Rounded up."""
    return -(-size // MEBIBYTE)


def _remove_others(path: Path, copy: Path) -> None:
    """Copies of earlier upgrades; that one cannot be removed is no reason not to start."""
    kept = re.compile(re.escape(f"{path.name}.before-") + "[0-9]{4}")
    for other in path.parent.iterdir():
        if kept.fullmatch(other.name) and other != copy:
            with suppress(OSError):
                os.unlink(other)  # noqa: PTH108 - never a folder
