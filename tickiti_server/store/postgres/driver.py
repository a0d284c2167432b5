"""The PostgreSQL driver as `store.open` calls it: a location is a URL without a password."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from tickiti_server.store.interface import (
    Database,
    DatabaseSummary,
    DatabaseUnusable,
)
from tickiti_server.store.moving.sides import Source, Target
from tickiti_server.store.postgres import prepare
from tickiti_server.store.postgres.database import PostgresDatabase
from tickiti_server.store.postgres.summary import summary_of
from tickiti_server.store.postgres.upkeep import servers
from tickiti_server.store.states import States


def open_database(location: str, *, name: str) -> Database:
    return PostgresDatabase(location, name=name)


def is_served_as(location: str, name: str) -> bool:
    return servers.is_served_as(location, name)


def is_for_tests(location: str) -> bool:
    del location  # test mode replaces whole files
    return False


def states_of(location: str) -> States:
    raise DatabaseUnusable(f"{location}: test mode needs a SQLite file.")


def prepare_database(
    location: str, *, backup: bool, on_copy: Callable[[Path], object]
) -> list[str]:
    del backup, on_copy  # the administrator's pg_dump makes backups
    return prepare.prepare(location)


def unsafe_settings(location: str) -> list[str]:
    return prepare.unsafe_settings(location)


def check_database(location: str) -> DatabaseSummary:
    return summary_of(location)


def back_up_database(location: str, target: Path) -> DatabaseSummary:
    raise DatabaseUnusable(f"PostgreSQL makes the backup: pg_dump -Fc -f {target} '{location}'")


def restore_database(location: str, backup: Path) -> tuple[DatabaseSummary, Path | None]:
    raise DatabaseUnusable(f"PostgreSQL restores it: pg_restore -d '{location}' {backup}")


def open_source(location: str) -> AbstractContextManager[Source]:
    from tickiti_server.store.postgres.moving import source  # noqa: PLC0415 - moves, on use

    return source.open_source(location)


def open_target(location: str) -> AbstractContextManager[Target]:
    from tickiti_server.store.postgres.moving import target  # noqa: PLC0415 - moves, on use

    return target.open_target(location)
