"""Readies a database: checks its version and settings, and applies the missing migrations.

Rule: all missing migrations are one transaction under an advisory lock, so that of two servers that
start at once one migrates and the other finds it done.
"""

from typing import LiteralString

from psycopg import errors

from tickiti_server.store.interface import DatabaseUnusable
from tickiti_server.store.moving.mark import unfinished
from tickiti_server.store.moving.sides import MARK
from tickiti_server.store.postgres import locks
from tickiti_server.store.postgres.connection import OLDEST, Connection, connect, number, setting
from tickiti_server.store.postgres.unusable import HELP, explained
from tickiti_server.store.postgres.upkeep.durability import UNSAFE
from tickiti_server.store.postgres.upkeep.held_tables import waiting_briefly
from tickiti_server.store.postgres.upkeep.servers import is_soon
from tickiti_server.store.upgrades import Migration, missing_migrations

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
    with explained(), connect(url) as connection, waiting_briefly(connection, url):
        refuse_unfit(connection)
        with connection.transaction():
            _refuse_moving(connection, url)
            return create_tables(connection, url)


def create_tables(connection: Connection, url: str) -> list[str]:
    """Apply the missing migrations in the running transaction. Returns their names.

    Raises DatabaseUnusable.
    """
    try:
        return _migrate(connection, url)
    except errors.InsufficientPrivilege as error:
        raise DatabaseUnusable(
            "The user of the database may not create or upgrade its tables:"
            f" {error.diag.message_primary}. Make the user the owner of the database, or start a"
            f" server once as the owner of the tables: {HELP}."
        ) from error
    except (errors.FeatureNotSupported, errors.UndefinedFile) as error:
        raise DatabaseUnusable(
            f"The database cannot be used: {error.diag.message_primary}. The server needs the"
            " extension pg_trgm, which is in Debian's package postgresql."
        ) from error


def refuse_unprepared(connection: Connection, url: str) -> None:
    """Raise DatabaseUnusable unless the schema is this version's, and whole."""
    with explained():
        refuse_unfit(connection)
        missing = missing_migrations("postgres", applied(connection), url)
        if missing:
            raise DatabaseUnusable(f"The database lacks the migration {missing[0].name}.")
        refuse_unfinished(connection, url)


def refuse_unservable(connection: Connection, url: str) -> None:
    """Raise DatabaseUnusable unless the schema is this version's, and the user may use it."""
    refuse_unprepared(connection, url)
    row = connection.execute(_UNUSABLE).fetchone()
    if row is not None:
        raise DatabaseUnusable(
            f"The user {row['user']} of the database may not {row['act']} {row['name']}. The owner"
            f" of the tables grants the rights, after each upgrade too: {HELP}."
        )


def refuse_unfinished(connection: Connection, url: str) -> None:
    """Raise DatabaseUnusable if a move has filled only a part of the database."""
    if text := mark_of(connection):
        raise DatabaseUnusable(unfinished(text, url))


def mark_of(connection: Connection) -> str | None:
    """The mark of an unfinished move, in a database with tables."""
    return setting_of(connection, MARK)


def setting_of(connection: Connection, name: str) -> str | None:
    """A row of table `setting`, in a database with tables."""
    row = connection.execute("SELECT value FROM setting WHERE name = %s", [name]).fetchone()
    return None if row is None else str(row["value"])


def _refuse_moving(connection: Connection, url: str) -> None:
    """Raise DatabaseUnusable if a move reads or fills the database now, or has not finished it.

    No move begins before the end of the transaction.
    """
    lock: LiteralString = f"SELECT pg_try_advisory_xact_lock_shared({locks.MOVE})::INTEGER"
    if not is_soon(lambda: bool(number(connection, lock))):
        raise DatabaseUnusable(f"tickiti server migrate is moving {url}: wait for its end.")
    if number(connection, "SELECT count(to_regclass('setting'))"):
        refuse_unfinished(connection, url)


def unsafe_settings(url: str) -> list[str]:
    """The settings by which a power cut would lose what was acknowledged, as `name = value`."""
    with explained(), connect(url) as connection:
        return [str(row["said"]) for row in connection.execute(UNSAFE)]


_ORDINARY = {"session_replication_role": "origin", "transform_null_equals": "off"}
"""Settings that change what a statement does: references and triggers, a comparison with NULL."""

_UNUSABLE = """
SELECT 'write' AS act, c.relname::TEXT AS name, current_user::TEXT AS user
  FROM pg_class t
  JOIN pg_class c ON c.relnamespace = t.relnamespace AND c.relowner = t.relowner
 WHERE t.oid = to_regclass('ticket')
   AND CASE c.relkind
       WHEN 'r' THEN NOT has_table_privilege(c.oid, 'SELECT')
                  OR c.relname <> 'schema_migration'
                     AND NOT (has_table_privilege(c.oid, 'INSERT')
                              AND has_table_privilege(c.oid, 'UPDATE')
                              AND has_table_privilege(c.oid, 'DELETE'))
       WHEN 'S' THEN NOT (has_sequence_privilege(c.oid, 'USAGE')
                          AND has_sequence_privilege(c.oid, 'SELECT')
                          AND has_sequence_privilege(c.oid, 'UPDATE'))
       ELSE FALSE
       END
 UNION ALL
-- Everybody may call a function, unless an administrator takes that right away.
SELECT 'call', p.proname || '()', current_user::TEXT
  FROM pg_class t
  JOIN pg_proc p ON p.pronamespace = t.relnamespace AND p.proowner = t.relowner
 WHERE t.oid = to_regclass('ticket') AND p.prorettype <> 'trigger'::regtype
   AND NOT has_function_privilege(p.oid, 'EXECUTE')
 ORDER BY act DESC, name
 LIMIT 1
"""


def refuse_unfit(connection: Connection) -> None:
    version = connection.info.server_version // 10_000
    if version < OLDEST:
        raise DatabaseUnusable(f"PostgreSQL {version} is too old: the server needs {OLDEST}.")
    encoding = setting(connection, "server_encoding")
    if encoding != "UTF8":
        raise DatabaseUnusable(f"The encoding of the database is {encoding}; it must be UTF8.")
    for name, needed in _ORDINARY.items():
        if (value := setting(connection, name)) != needed:
            raise DatabaseUnusable(
                f"{name} = {value}, but it must be {needed}: ALTER ROLE or ALTER DATABASE ... RESET"
                f" {name}."
            )


def _migrate(connection: Connection, url: str) -> list[str]:
    # Of another server that migrates, a start waits for the end.
    patience = setting(connection, "lock_timeout")
    connection.execute("SET LOCAL lock_timeout = 0")
    connection.execute("SELECT pg_advisory_xact_lock(%s)", [locks.MIGRATION])
    connection.execute("SELECT set_config('lock_timeout', %s, true)", [patience])
    if not number(connection, "SELECT count(*) FROM pg_class WHERE oid = to_regclass('ticket')"):
        connection.execute(_HISTORY)
    missing = missing_migrations("postgres", applied(connection), url)
    for migration in missing:
        _apply(connection, migration)
    return [migration.name for migration in missing]


def _apply(connection: Connection, migration: Migration) -> None:
    connection.execute(migration.sql.encode())
    connection.execute(
        "INSERT INTO schema_migration (number, name) VALUES (%s, %s)",
        [migration.number, migration.name],
    )


def applied(connection: Connection) -> set[int]:
    if not number(connection, "SELECT count(to_regclass('schema_migration'))"):
        return set()
    rows = connection.execute("SELECT number FROM schema_migration").fetchall()
    return {row["number"] for row in rows}
