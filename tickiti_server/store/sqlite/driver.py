"""The SQLite driver as `store.open` calls it: a location is the path of a file."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from tickiti_server.store.interface import Database, DatabaseSummary
from tickiti_server.store.moving.sides import Source, Target
from tickiti_server.store.sqlite.database import SqliteDatabase, prepare
from tickiti_server.store.sqlite.files import backup as backups
from tickiti_server.store.states import States


def open_database(location: str, *, name: str) -> Database:
    del name  # the lock of the file knows its server
    return SqliteDatabase(Path(location))


def is_served_as(location: str, name: str) -> bool:
    del location, name  # whoever starts a server holds the lock of the file
    return False


def is_for_tests(location: str) -> bool:
    from tickiti_server.store.sqlite.test_mode import mark  # noqa: PLC0415 - test mode, on use

    return mark.is_for_tests(Path(location))


def states_of(location: str) -> States:
    from tickiti_server.store.sqlite.test_mode import states  # noqa: PLC0415 - test mode, on use

    return states.SqliteStates(Path(location))


def prepare_database(
    location: str, *, backup: bool, on_copy: Callable[[Path], object]
) -> list[str]:
    return prepare(Path(location), backup=backup, on_copy=on_copy)


def unsafe_settings(location: str) -> list[str]:
    del location  # the driver sets its own, and no other ones
    return []


def check_database(location: str) -> DatabaseSummary:
    return backups.check(Path(location))


def back_up_database(location: str, target: Path) -> DatabaseSummary:
    return backups.back_up(Path(location), target)


def restore_database(location: str, backup: Path) -> tuple[DatabaseSummary, Path | None]:
    return backups.restore(Path(location), backup)


def open_source(location: str) -> AbstractContextManager[Source]:
    from tickiti_server.store.sqlite.moving import source  # noqa: PLC0415 - moves, on use

    return source.open_source(Path(location))


def open_target(location: str) -> AbstractContextManager[Target]:
    from tickiti_server.store.sqlite.moving import target  # noqa: PLC0415 - moves, on use

    return target.open_target(Path(location))
