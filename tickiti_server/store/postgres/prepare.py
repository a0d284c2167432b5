"""Readies a database: checks its version and settings, and applies the missing migrations.

Rule: all missing migrations are one transaction under an advisory lock, so that of two servers that
start at once one migrates and the other finds it done.
"""

from psycopg import errors

from tickiti_server.store.interface import DatabaseUnusable
from tickiti_server.store.postgres.connection import OLDEST, Connection, connect, number, setting
from tickiti_server.store.upgrades import Migration, missing_migrations

MIGRATION_LOCK = 7_136_422_009
"""The key of the advisory lock: any number that no other program uses."""

_HISTORY = """
CREATE TABLE IF NOT EXISTS schema_migration (
    number     BIGINT PRIMARY KEY,
    name       TEXT NOT NULL,
    applied_at TIMESTAMPTZ NOT NULL DEFAULT now()
)
"""


def prepare(url: str) -> list[str]:
    """Create or upgrade the schema. Returns the names of the migrations that ran.

    Raises DatabaseUnusable; then nothing has changed.
    """
    with connect(url) as connection:
        _refuse_unfit(connection)
        try:
            with connection.transaction():
                return _migrate(connection)
        except errors.InsufficientPrivilege as error:
            raise DatabaseUnusable(
                f"The user of the database may not create its tables: {error.diag.message_primary}."
            ) from error
        except (errors.FeatureNotSupported, errors.UndefinedFile) as error:
            raise DatabaseUnusable(
                f"The database cannot be used: {error.diag.message_primary}. The server needs the"
                " extension pg_trgm, which is in Debian's package postgresql."
            ) from error


def refuse_unprepared(connection: Connection) -> None:
    """Raise DatabaseUnusable unless the schema is this version's."""
    _refuse_unfit(connection)
    missing = missing_migrations("postgres", _applied(connection))
    if missing:
        raise DatabaseUnusable(f"The database lacks the migration {missing[0].name}.")


def unsafe_settings(url: str) -> list[str]:
    """The settings by which a power cut would lose what was acknowledged, as `name = value`."""
    with connect(url) as connection:
        found = {name: setting(connection, name) for name in _SAFE}
    return [f"{name} = {value}" for name, value in found.items() if value == "off"]


_SAFE = ("fsync", "full_page_writes", "synchronous_commit")


def _refuse_unfit(connection: Connection) -> None:
    version = connection.info.server_version // 10_000
    if version < OLDEST:
        raise DatabaseUnusable(f"PostgreSQL {version} is too old: the server needs {OLDEST}.")
    encoding = setting(connection, "server_encoding")
    if encoding != "UTF8":
        raise DatabaseUnusable(f"The encoding of the database is {encoding}; it must be UTF8.")


def _migrate(connection: Connection) -> list[str]:
    connection.execute("SELECT pg_advisory_xact_lock(%s)", [MIGRATION_LOCK])
    if not number(connection, "SELECT count(*) FROM pg_class WHERE oid = to_regclass('ticket')"):
        connection.execute(_HISTORY)
    missing = missing_migrations("postgres", _applied(connection))
    for migration in missing:
        _apply(connection, migration)
    return [migration.name for migration in missing]


def _apply(connection: Connection, migration: Migration) -> None:
    connection.execute(migration.sql.encode())
    connection.execute(
        "INSERT INTO schema_migration (number, name) VALUES (%s, %s)",
        [migration.number, migration.name],
    )


def _applied(connection: Connection) -> set[int]:
    if not number(connection, "SELECT count(to_regclass('schema_migration'))"):
        return set()
    rows = connection.execute("SELECT number FROM schema_migration").fetchall()
    return {row["number"] for row in rows}
