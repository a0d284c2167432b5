"""A large database whose server was killed is served at once, and checked beside its requests."""

import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.databases import prepared_with_queues
from tests.support.place import Place, ticket
from tests.support.waiting import wait_until
from tickiti_server.store.open import prepare_database
from tickiti_server.store.sqlite.files.background_check import DUE, BackgroundCheck
from tickiti_server.store.sqlite.files.integrity import SMALL, wal_path

pytestmark = [pytest.mark.faults, pytest.mark.sqlite]  # the check of a file's pages

CREATE = "/api/create_ticket"
READY = "/_tickiti/readyz"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    place = Place(tmp_path)
    yield place
    place.tickiti("server", "stop", "--db", str(place.database), check=False)


def killed(place: Path, damage: Callable[[Path], object] = lambda _: None) -> None:
    """A large database with a commit in its WAL, as a killed server leaves it."""
    origin = place.with_name("origin.db")
    prepared_with_queues(origin)
    with closing(sqlite3.connect(origin, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("CREATE TABLE more (id INTEGER PRIMARY KEY, text)")
        connection.execute(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i * 3000 < ?)"
            " INSERT INTO more SELECT i, zeroblob(3000) FROM n",
            (SMALL,),
        )
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        damage(origin)
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        # With the first page, which tells a WAL whose it is.
        known = connection.execute("PRAGMA user_version").fetchone()[0]
        connection.execute(f"PRAGMA user_version = {known}")
        connection.execute("UPDATE setting SET value = value")
        for name in (origin, wal_path(origin)):
            shutil.copy(name, place.with_name(name.name.replace("origin.db", place.name)))


def spoil_the_last_page(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(-4096, os.SEEK_END)
        file.write(b"\xa5" * 64)


def is_due(place: Place) -> bool:
    return bool(place.rows("SELECT 1 FROM setting WHERE name = :name", {"name": DUE}))


def test_a_sound_database_is_served_while_it_is_checked(place: Place) -> None:
    killed(place.database)
    place.start()
    assert place.post(CREATE, ticket("pay"), "pay")[0] == 200
    wait_until(lambda: not is_due(place))
    assert json.loads(place.get(READY)[2]) == {"ok": True}


def test_damage_that_the_check_finds_ends_the_server(place: Place) -> None:
    killed(place.database, spoil_the_last_page)
    prepared_with_queues(place.database)
    where = ("--db", str(place.database), "--port", "0")
    ended = place.tickiti("server", "start", *where, check=False)
    assert ended.returncode == 16
    assert "; the server ends, for no write would last." in ended.stderr
    assert "Restore a backup: tickiti server restore FILE" in ended.stderr
    assert is_due(place)


def test_damage_in_the_newest_rows_refuses_the_start(tmp_path: Path) -> None:
    def spoil(path: Path) -> None:
        with closing(sqlite3.connect(path)) as connection:
            (page,) = connection.execute(
                "SELECT rootpage FROM sqlite_schema WHERE name = 'api_token'"
            ).fetchone()
        with path.open("r+b") as file:
            file.seek(4096 * (page - 1))
            file.write(b"\xa5" * 64)

    killed(tmp_path / "t.db", spoil)
    with pytest.raises(Exception, match="cannot be used"):
        prepare_database(tmp_path / "t.db")


def test_a_check_that_a_stop_cuts_off_is_due_at_the_next_start(tmp_path: Path) -> None:
    killed(tmp_path / "t.db")
    prepare_database(tmp_path / "t.db")
    passed: list[str] = []
    check = BackgroundCheck(
        tmp_path / "t.db", passed=lambda: passed.append("passed"), damaged=passed.append
    )
    check.stop()
    check.run()
    assert passed == []
    with closing(sqlite3.connect(tmp_path / "t.db")) as connection:
        assert connection.execute("SELECT 1 FROM setting WHERE name = ?", (DUE,)).fetchone()


def test_a_clean_stop_of_a_sound_database_leaves_nothing_to_check(place: Place) -> None:
    killed(place.database)
    place.start()
    wait_until(lambda: not is_due(place))
    place.stop()
    place.start()
    assert not is_due(place)
