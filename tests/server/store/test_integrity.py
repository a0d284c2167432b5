"""A start refuses damaged databases, foreign WAL files, and other schemas.

Each database here is real: written by the driver, and copied while open as a crash leaves it.
"""

import os
import random
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.databases import run
from tests.support.waiting import wait_until_async
from tickiti_server.store.helpdesk import queues
from tickiti_server.store.interface import Database, DatabaseUnusable
from tickiti_server.store.open import prepare_database
from tickiti_server.store.sqlite.files.integrity import (
    SETTLING_SECONDS,
    SMALL,
    refuse_foreign_wal,
    refuse_unusable,
    shm_path,
    wal_path,
)

pytestmark = [pytest.mark.faults, pytest.mark.sqlite]  # damaged files

Step = Callable[[sqlite3.Connection], object]

RESTORE = "Restore a backup: tickiti server restore FILE"
SIZE_OF_A_FRAME = 4096 + 24


def copy(path: Path, target: Path) -> Path:
    """The database and its log, as they are at this moment; the index is not kept."""
    for name in (path, wal_path(path)):
        if name.exists():
            shutil.copy(name, target.with_name(target.name + name.name.removeprefix(path.name)))
    return target


def crashed(folder: Path, *steps: Step) -> Path:
    """A database whose server was killed after these steps."""
    origin = folder / "origin.db"
    prepare_database(origin)
    with closing(sqlite3.connect(origin, isolation_level=None)) as connection:
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        known = connection.execute("PRAGMA user_version").fetchone()[0]
        connection.execute(f"PRAGMA user_version = {known}")
        for step in steps:
            step(connection)
        return copy(origin, folder / "t.db")


def add_queues(first: int, last: int) -> Step:
    """A commit each, of a page or two."""

    def add(connection: sqlite3.Connection) -> None:
        for n in range(first, last):
            row = (f"Q{n}" * 100, f"q{n}")
            connection.execute("INSERT INTO queue (name, name_key) VALUES (?, ?)", row)

    return add


def checkpoint(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA wal_checkpoint(PASSIVE)")


def queue_count(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        names = connection.execute("SELECT count(*) FROM queue NOT INDEXED").fetchone()[0]
        indexed = connection.execute("SELECT count(DISTINCT name) FROM queue").fetchone()[0]
    assert names == indexed
    return int(names)


def contents(path: Path) -> tuple[bytes, bytes]:
    """Of the database and of its log; an empty log is none."""
    log = wal_path(path)
    return path.read_bytes(), log.read_bytes() if log.exists() else b""


def refusal(path: Path) -> str:
    """Why it is refused, and nothing is changed by that."""
    before = contents(path)
    with pytest.raises(DatabaseUnusable) as refused:
        prepare_database(path)
    assert contents(path) == before
    return str(refused.value)


def test_commits_in_the_wal_survive_a_crash(tmp_path: Path) -> None:
    path = crashed(tmp_path, add_queues(0, 30))
    assert prepare_database(path) == []
    assert queue_count(path) == 31


def test_deleted_shm_file_is_rebuilt(tmp_path: Path) -> None:
    path = crashed(tmp_path, add_queues(0, 30))
    shm_path(path).unlink(missing_ok=True)
    prepare_database(path)
    assert queue_count(path) == 31


@pytest.mark.parametrize("grows", [True, False])
def test_wal_of_another_database_is_never_replayed(tmp_path: Path, grows: bool) -> None:
    """Also where the log holds no new page: the writer puts the identity into every log."""
    theirs, mine = tmp_path / "theirs.db", tmp_path / "mine.db"
    for path in (theirs, mine):
        prepare_database(path)

    async def scenario(database: Database) -> None:
        await database.write(lambda tx: queues.add_queue(tx, "Before"))
        await wait_until_async(lambda: not wal_path(theirs).stat().st_size)
        renamed = "UPDATE queue SET name_key = 'inbox' WHERE id = 1"
        for n in range(60 if grows else 1):
            await database.write(
                lambda tx, n=n: queues.add_queue(tx, f"Q{n}" * 50) if grows else tx.execute(renamed)
            )
        shutil.copy(wal_path(theirs), wal_path(mine))

    run(theirs, scenario)
    assert refusal(mine) == (
        f"{wal_path(mine)} belongs to another database than {mine}: one of the two was "
        f"copied here. {RESTORE}"
    )


def test_wal_without_its_database_is_kept(tmp_path: Path) -> None:
    path = crashed(tmp_path, add_queues(0, 3))
    path.write_bytes(b"")
    assert refusal(path) == (
        f"{wal_path(path)} exists without its database {path}. Bring the database back, move "
        "the log away, or restore a backup: tickiti server restore FILE"
    )


def test_malformed_wal_is_ignored_as_sqlite_does(tmp_path: Path) -> None:
    path = tmp_path / "t.db"
    prepare_database(path)
    wal_path(path).write_bytes(random.Random(1).randbytes(50_000))
    prepare_database(path)
    assert queue_count(path) == 1


def cuts(path: Path) -> Iterator[int]:
    """Lengths of a log: at the ends of frames, within them, and next to nothing."""
    size = wal_path(path).stat().st_size
    chance = random.Random(4)
    yield from (0, 1, 32, 33)
    yield from (32 + SIZE_OF_A_FRAME * chance.randrange(size // SIZE_OF_A_FRAME) for _ in range(15))
    yield from (chance.randrange(size) for _ in range(15))


def outcomes(path: Path) -> set[int | str]:
    """What becomes of the database for each length of its log: a number of queues or a refusal."""
    found: set[int | str] = set()
    for n, length in enumerate(cuts(path)):
        cut = copy(path, path.with_name(f"cut{n}.db"))
        wal_path(cut).write_bytes(wal_path(cut).read_bytes()[:length])
        try:
            prepare_database(cut)
            found.add(queue_count(cut))
        except DatabaseUnusable as refused:
            found.add("cut short" if "cut short" in str(refused) else "damaged")
    return found


def test_truncated_wal_keeps_the_commits_before_the_cut(tmp_path: Path) -> None:
    path = crashed(tmp_path, add_queues(0, 100))
    assert all(isinstance(outcome, int) for outcome in outcomes(path))


def test_wal_truncated_after_a_checkpoint_never_mixes_states(tmp_path: Path) -> None:
    """Pages of later commits are in the database, those of earlier ones come from the log."""
    steps = (add_queues(0, 150), checkpoint, add_queues(150, 300), checkpoint)
    path = crashed(tmp_path, *steps)
    assert queue_count(copy(path, tmp_path / "whole.db")) == 301
    assert outcomes(path) <= {301, "cut short", "damaged"}


def damaged(path: Path, *, least: int = 0) -> Path:
    """Its last page, of a table's rows, overwritten; the file made larger with rows before that."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("CREATE TABLE more (id INTEGER PRIMARY KEY, text)")
        connection.execute(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i * 4000 < ?)"
            " INSERT INTO more SELECT i, zeroblob(3000) FROM n",
            (least + 40_000,),
        )
    with path.open("r+b") as file:
        file.seek(-4096, 2)
        file.write(b"\xa5" * 64)
    return path


def test_damaged_small_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.db"
    prepare_database(path)
    found = refusal(damaged(path))
    assert found.startswith(f"The database {path} cannot be used: ")
    assert found.endswith(f". {RESTORE}")


def test_large_database_is_to_be_checked_after_an_unclean_stop_alone(tmp_path: Path) -> None:
    """Looking at all of it takes longer than a start may."""
    path, unclean = tmp_path / "t.db", tmp_path / "unclean.db"
    prepare_database(path)
    damaged(path, least=SMALL)
    assert path.stat().st_size > SMALL
    assert not refuse_unusable(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        add_queues(0, 1)(connection)
        assert refuse_unusable(copy(path, unclean))


def test_newer_and_foreign_databases_are_refused_unchanged(tmp_path: Path) -> None:
    newer, theirs = tmp_path / "newer.db", tmp_path / "theirs.db"
    prepare_database(newer)
    for path, sql in (
        (newer, "INSERT INTO schema_migration (number, name) VALUES (999, 'future')"),
        (theirs, "CREATE TABLE theirs (id)"),
    ):
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute(sql)
    assert "a newer tickiti used it" in refusal(newer)
    assert refusal(theirs) == f"{theirs} is a SQLite database of another program."


def test_impossible_database_path_is_named(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for place in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(DatabaseUnusable, match=r"cannot be used: It is not a regular file\.$"):
            prepare_database(place)


def test_wal_that_a_server_writes_meanwhile_is_not_cut_short(tmp_path: Path) -> None:
    """A read of the WAL beside a checkpoint finds less in it than the database has by then."""
    path = crashed(tmp_path, add_queues(0, 150), checkpoint, add_queues(150, 300), checkpoint)
    log = wal_path(path)
    whole = log.read_bytes()
    log.write_bytes(whole[: 32 + 4 * SIZE_OF_A_FRAME])
    with pytest.raises(DatabaseUnusable, match="cut short"):
        refuse_foreign_wal(path)
    writing = threading.Timer(SETTLING_SECONDS / 2, log.write_bytes, (whole,))
    writing.start()
    refuse_foreign_wal(path)
    writing.join()
