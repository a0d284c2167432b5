"""A migration is killed at any of its writes. The next start completes it."""

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

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
