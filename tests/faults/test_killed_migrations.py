"""A migration is killed at any of its writes. The next start completes it."""

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.server.store.test_upgrade_copy import beside, old_database, people
from tickiti_server.store.interface import DatabaseUnusable
from tickiti_server.store.open import prepare_database
from tickiti_server.store.upgrades import known_migrations

PREPARE = (
    "import sys; from pathlib import Path; from tickiti_server.store.open import"
    " prepare_database as prepare; prepare(Path(sys.argv[1]))"
)
KILLS = (1, 2, 3, 5, 8, 13, 21, 30, 34, 40, 47, 55)


def schema(path: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT name, sql FROM sqlite_schema ORDER BY name").fetchall()


def applied(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT name FROM schema_migration ORDER BY number")
        return [row[0] for row in rows]


@pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")
def test_killed_migration_completes_at_the_next_start(tmp_path: Path) -> None:
    whole = tmp_path / "whole.db"
    prepare_database(whole)
    killed = 0
    for write in KILLS:
        path = tmp_path / f"{write}.db"
        options = ["-e", "trace=pwrite64", "-e", f"inject=pwrite64:signal=KILL:when={write}"]
        program = [sys.executable, "-c", PREPARE, str(path)]
        done = subprocess.run(
            ["strace", "-f", "-o", "/dev/null", *options, *program],
            check=False, capture_output=True,
        )  # fmt: skip
        killed += done.returncode != 0
        prepare_database(path)
        assert schema(path) == schema(whole)
        assert applied(path) == [migration.name for migration in known_migrations("sqlite")]
    assert killed >= len(KILLS) - 4


def interrupted(path: Path, *, backup: bool = True) -> None:
    """An upgrade that ends after migration 0002: the table of 0003 exists already."""
    old_database(path)
    execute(path, "CREATE TABLE template (id)")
    with pytest.raises(DatabaseUnusable, match="template already exists"):
        prepare_database(path, backup=backup)
    execute(path, "DROP TABLE template")


def execute(path: Path, sql: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(sql)
        connection.commit()


def test_interrupted_upgrade_keeps_the_copy_of_its_beginning(tmp_path: Path) -> None:
    """The copy is what the older version can serve; the database after one migration is not."""
    path, told = tmp_path / "t.db", list[Path]()
    interrupted(path)
    prepare_database(path, on_copy=told.append)
    assert beside(path) == ["t.db.before-0002"]
    assert told == [tmp_path / "t.db.before-0002"]
    assert people(told[0]) == 4
    whole = tmp_path / "whole.db"
    prepare_database(whole)
    assert [name for name, _ in schema(path)] == [name for name, _ in schema(whole)]


@pytest.mark.parametrize("is_made", [False, True])
def test_interrupted_upgrade_without_its_copy_makes_one(tmp_path: Path, is_made: bool) -> None:
    """It ran with --no-backup, or its copy was moved away."""
    path = tmp_path / "t.db"
    interrupted(path, backup=is_made)
    (tmp_path / "t.db.before-0002").unlink(missing_ok=True)
    prepare_database(path)
    assert beside(path) == ["t.db.before-0003"]
