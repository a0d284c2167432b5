"""Both databases have the same tables: what one stores, the other can store."""

import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from tests.support.postgres import connection_to
from tickiti_server.store.open import prepare_database
from tickiti_server.store.upgrades import known_migrations

FIRST = 13
"""The migration of SQLite that the first one of PostgreSQL has the schema of."""

OWN = {
    ("ticket", "inserted_at"),
    ("response", "inserted_at"),
    ("response", "text_key"),
    ("token_version", "id"),
    ("token_version", "version"),
}
"""Columns of PostgreSQL alone: for lists that miss nothing, a folded text for its index, and the
version by which servers notice what another one did to a token."""

_COLUMNS = """
SELECT table_name, column_name, is_nullable = 'NO' FROM information_schema.columns
 WHERE table_schema = current_schema()
"""


def columns_of_sqlite(path: Path) -> set[tuple[str, str, bool]]:
    prepare_database(path)
    with closing(sqlite3.connect(path)) as connection:
        tables = [
            name
            for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
            if not name.startswith(("search_", "sqlite_"))
        ]
        return {
            (table, name, bool(not_null or key))
            for table in tables
            for _, name, _, not_null, _, key in connection.execute(f"PRAGMA table_info({table})")
        }


def test_both_databases_have_the_same_columns(url: str, tmp_path: Path) -> None:
    with connection_to(url) as connection:
        found = {tuple(row) for row in connection.execute(_COLUMNS)}
    assert {row for row in found if row[:2] not in OWN} == columns_of_sqlite(tmp_path / "t.db")


def test_a_migration_of_one_database_is_one_of_the_other() -> None:
    numbers = {
        dialect: [migration.number for migration in known_migrations(dialect)]
        for dialect in ("sqlite", "postgres")
    }
    later = [number for number in numbers["sqlite"] if number >= FIRST]
    assert numbers["postgres"] == later


CHANGES = ("UPDATE token_audit SET at = 2", "DELETE FROM token_audit", "TRUNCATE token_audit")


def test_the_audit_log_of_tokens_is_append_only(url: str) -> None:
    add = """INSERT INTO token_audit (at, action, token_id, token_name, actor_name, details)
             VALUES (1, 'mint', 1, 'shop', 'server', '{}')"""
    with connection_to(url) as connection:
        connection.execute(add)
        for change in CHANGES:
            with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
                connection.execute(change)


def test_a_token_gets_a_higher_id_than_one_that_came_with_its_own(url: str) -> None:
    add = """INSERT INTO api_token ({id} family_id, name, secret_sha256, abilities, created_at)
             VALUES ({given} 1, 'shop', decode(repeat('00', 32), 'hex'), '[]', 1) RETURNING id"""
    with connection_to(url) as connection:
        given = [("id,", "1,"), ("", ""), ("id,", "40,"), ("", ""), ("id,", "7,"), ("", "")]
        ids = [
            connection.execute(add.format(id=name, given=value)).fetchone()[0]
            for name, value in given
        ]
    assert ids == [1, 2, 40, 41, 7, 42]
