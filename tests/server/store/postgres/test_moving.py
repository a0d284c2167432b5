"""A helpdesk moves from a file to PostgreSQL and back, and nothing is lost, doubled or changed."""

import asyncio
import re
import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path
from threading import Timer
from typing import Any

import pytest

from tests.support.furnished import PEOPLE, furnish
from tests.support.postgres import connection_to
from tickiti_server.store.interface import DatabaseUnusable
from tickiti_server.store.moving import move as algorithm
from tickiti_server.store.moving.move import Progress
from tickiti_server.store.moving.sides import InUse, MoveRefused
from tickiti_server.store.open import (
    check_database,
    move_database,
    open_database,
    prepare_database,
)
from tickiti_server.store.postgres.connection import connect
from tickiti_server.store.postgres.locks import MOVE
from tickiti_server.store.postgres.upkeep.indexes import LARGE
from tickiti_server.store.sqlite.files.integrity import size_of, wal_path
from tickiti_server.store.sqlite.moving import target as sqlite_target
from tickiti_server.store.sqlite.moving.source import SqliteSource

SCHEMA = "SELECT type, name, sql FROM sqlite_schema ORDER BY type, name"

INDEXES = """
SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema() ORDER BY 1
"""
CONSTRAINTS = """
SELECT conrelid::regclass::TEXT, conname, pg_get_constraintdef(oid) FROM pg_constraint
 WHERE connamespace = current_schema()::regnamespace ORDER BY 1, 2
"""
TRIGGERS = "SELECT tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1"


class Stopped(Exception):
    """What a test stops a move by."""


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("furnished") / "t.db"
    furnish(path)
    return path


def silent(_: Progress) -> None:
    """Report nothing."""


def stop_after(count: int) -> Any:
    """A report that ends the move at its `count`-th call."""
    left = count

    def report(_: Progress) -> None:
        nonlocal left
        left -= 1
        if not left:
            raise Stopped

    return report


def contents(path: Path) -> tuple[bytes, int, int]:
    """A file, when it was written last, and the bytes of its WAL: SQLite makes an empty one to
    read."""
    return path.read_bytes(), path.stat().st_mtime_ns, size_of(wal_path(path))


def in_file(path: Path, sql: str) -> Any:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return connection.execute(sql).fetchall()


def in_url(url: str, sql: str) -> Any:
    with connection_to(url) as connection:
        return connection.execute(sql).fetchall()


async def index_texts(url: str) -> None:
    """What a server does beside its requests."""
    database = open_database(url)
    try:
        while await database.index_texts():
            pass
    finally:
        await database.close()


def test_everything_moves_there_and_back_and_is_the_same(
    furnished: Path, empty: str, tmp_path: Path
) -> None:
    before = contents(furnished)
    there = move_database(furnished, empty, silent)
    back = move_database(empty, tmp_path / "back.db", silent)
    # A table without a row would prove nothing: tests/support/furnished.py has one for each.
    assert [table.table for table in there.tables if not table.rows] == []
    assert there.tables == back.tables
    assert there.rows == sum(table.rows for table in there.tables) > PEOPLE
    assert contents(furnished) == before
    tables = [name for (name,) in in_file(furnished, "SELECT name FROM sqlite_schema"
              " WHERE type = 'table' AND sql NOT LIKE '%VIRTUAL%'")]  # fmt: skip
    for name in tables:
        if not name.startswith(("search_", "sqlite_sequence", "schema_migration", "setting")):
            columns = ", ".join(
                column
                for _, column, *_ in in_file(furnished, f"PRAGMA table_info({name})")
                if column != "subject_key"
            )
            sql = f"SELECT {columns} FROM {name} ORDER BY {columns}"
            assert in_file(furnished, sql) == in_file(tmp_path / "back.db", sql), name
    assert in_file(tmp_path / "back.db", "PRAGMA integrity_check") == [("ok",)]


def test_a_moved_database_has_the_indexes_references_and_triggers_of_a_new_one(
    furnished: Path, empty: str, url: str, tmp_path: Path
) -> None:
    wanted = [in_url(url, sql) for sql in (INDEXES, CONSTRAINTS, TRIGGERS)]
    with connection_to(empty) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    move_database(furnished, empty, silent)
    large = [name for name, _ in wanted[0] if name not in dict(in_url(empty, INDEXES))]
    assert sorted(large) == sorted(LARGE)
    asyncio.run(index_texts(empty))
    assert [in_url(empty, sql) for sql in (INDEXES, CONSTRAINTS, TRIGGERS)] == wanted
    move_database(empty, tmp_path / "back.db", silent)
    prepare_database(tmp_path / "new.db")
    assert in_file(tmp_path / "back.db", SCHEMA) == in_file(tmp_path / "new.db", SCHEMA)
    assert (tmp_path / "back.db").stat().st_mode & 0o777 == 0o600


def test_the_next_ids_and_numbers_are_new_on_both_sides(
    furnished: Path, empty: str, tmp_path: Path
) -> None:
    move_database(furnished, empty, silent)
    last = in_file(furnished, "SELECT max(number), max(id) FROM ticket")[0]
    add = "INSERT INTO team (name, name_key) VALUES ('New', 'new') RETURNING id"
    assert in_url(empty, add) == [(71,)]
    assert in_url(empty, "SELECT nextval('ticket_number')") == [(last[0] + 1,)]
    assert in_url(empty, "SELECT nextval('ticket_id_seq')") == [(last[1] + 1,)]
    (people,) = in_file(furnished, "SELECT max(id) FROM person")[0]
    assert in_url(empty, "SELECT nextval('person_id_seq')") == [(people + 1,)]
    in_url(empty, "DELETE FROM team WHERE id = 71 RETURNING id")
    back = tmp_path / "back.db"
    move_database(empty, back, silent)
    with closing(sqlite3.connect(back)) as connection:
        assert connection.execute(add).fetchall() == [(72,)]


def test_a_new_helpdesk_without_tickets_moves(tmp_path: Path, empty: str) -> None:
    prepare_database(tmp_path / "new.db")
    move_database(tmp_path / "new.db", empty, silent)
    assert in_url(empty, "SELECT nextval('ticket_number'), nextval('team_id_seq')") == [(220009, 1)]


@pytest.mark.parametrize("stop", [1, 25, 26, 60])
def test_a_stopped_move_is_resumed_in_both_directions(
    furnished: Path, empty: str, tmp_path: Path, stop: int
) -> None:
    back = tmp_path / "back.db"
    found = []
    for source, target in ((furnished, empty), (empty, back)):
        with pytest.raises(Stopped):
            move_database(source, target, stop_after(stop))
        for call in (prepare_database, open_database, check_database):
            if call is not open_database or target is empty:
                with pytest.raises(DatabaseUnusable, match="holds an unfinished move of"):
                    call(target)
        reports: list[Progress] = []
        moved = move_database(source, target, reports.append)
        assert moved.is_resumed
        assert all(progress.before for progress in reports if progress.step == "copied")
        check_database(target)
        found.append(moved.tables)
    assert found[0] == found[1]


def test_a_table_is_read_again_only_where_an_earlier_run_has_copied_of_it(
    furnished: Path, empty: str, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[str] = []
    rows = SqliteSource.rows

    def counted(self: SqliteSource, table: Any, after: Any = None) -> Any:
        reads.append(table.name)
        return rows(self, table, after)

    monkeypatch.setattr(SqliteSource, "rows", counted)
    whole = move_database(furnished, url, silent).tables
    assert sorted(reads) == sorted(table.table for table in whole)
    with pytest.raises(Stopped):
        move_database(furnished, empty, stop_after(1))
    reads.clear()
    assert move_database(furnished, empty, silent).tables == whole
    assert len(reads) == len(whole) + 1


@pytest.mark.parametrize("stop", ["first", "last"])
def test_what_is_made_beside_a_comparison_is_taken_back_with_it(
    furnished: Path, empty: str, tmp_path: Path, stop: str
) -> None:
    def report(progress: Progress) -> None:
        if progress.step == "compared" and (stop == "first" or progress.done > PEOPLE):
            raise Stopped

    back = tmp_path / "back.db"
    for source, target, read in ((furnished, empty, in_url), (empty, back, in_file)):
        with pytest.raises(Stopped):
            move_database(source, target, report)
        names = INDEXES if target is empty else SCHEMA
        assert "ticket_queue" not in str(read(target, names))
        assert move_database(source, target, silent).is_resumed
        assert "ticket_queue" in str(read(target, names))


def test_a_source_that_changed_before_it_is_resumed_is_copied_again(
    furnished: Path, empty: str, tmp_path: Path
) -> None:
    path, back = tmp_path / "t.db", tmp_path / "back.db"
    path.write_bytes(furnished.read_bytes())
    for source, target in ((path, empty), (empty, back)):
        with pytest.raises(Stopped):
            move_database(source, target, stop_after(60))
        rename = "UPDATE person SET email = email || 'x' WHERE id = 3 RETURNING id"
        if source is path:
            with closing(sqlite3.connect(path, isolation_level=None)) as connection:
                connection.execute(rename).fetchall()
        else:
            in_url(empty, rename)
        moved = move_database(source, target, silent)
        assert not moved.is_resumed
    assert in_file(back, "SELECT email LIKE '%xx' FROM person WHERE id = 3") == [(1,)]


def test_a_source_that_changes_meanwhile_leaves_the_target_unfinished(
    furnished: Path, empty: str, tmp_path: Path
) -> None:
    back = tmp_path / "back.db"
    move_database(furnished, empty, silent)

    def meddle(progress: Progress) -> None:
        if progress.step == "compared":
            in_url(empty, "UPDATE person SET name = 'x' WHERE id = 1 RETURNING id")

    with pytest.raises(DatabaseUnusable, match="was changed while it was moved"):
        move_database(empty, back, meddle)
    with pytest.raises(DatabaseUnusable, match="holds an unfinished move"):
        prepare_database(back)
    assert not move_database(empty, back, silent).is_resumed
    prepare_database(back)


@pytest.mark.parametrize("harm", ["UPDATE person SET name = 'x' WHERE id = 9",
                                  "DELETE FROM person WHERE id = 9"])  # fmt: skip
def test_a_difference_names_the_table_and_leaves_the_target_unfinished(
    furnished: Path, empty: str, harm: str
) -> None:
    def meddle(progress: Progress) -> None:
        # Whatever writes once the comparison has begun waits for its end.
        if progress.step == "copied" and progress.done == progress.total:
            in_url(empty, f"{harm} RETURNING id")

    with pytest.raises(DatabaseUnusable, match="The table person has"):
        move_database(furnished, empty, meddle)
    with pytest.raises(DatabaseUnusable, match="holds an unfinished move"):
        prepare_database(empty)
    assert not move_database(furnished, empty, silent).is_resumed
    prepare_database(empty)


def test_a_full_target_is_refused_and_stays_as_it_is(
    furnished: Path, empty: str, tmp_path: Path
) -> None:
    move_database(furnished, empty, silent)
    full = tmp_path / "full.db"
    furnish(full)
    with pytest.raises(MoveRefused, match=r"is not empty: it has a helpdesk\."):
        move_database(full, empty, silent)
    check_database(empty)
    before = contents(full)
    with pytest.raises(MoveRefused, match=r"is not empty: it has a helpdesk\."):
        move_database(empty, full, silent)
    text = tmp_path / "text.db"
    text.write_text("no database")
    with pytest.raises(MoveRefused, match="is not empty: it has data of another program"):
        move_database(empty, text, silent)
    assert contents(full) == before
    assert text.read_text() == "no database"


def test_a_move_that_is_complete_is_told_again_and_writes_nothing(
    furnished: Path, empty: str, tmp_path: Path
) -> None:
    back = tmp_path / "back.db"
    for source, target in ((furnished, empty), (empty, back)):
        first = move_database(source, target, silent)
        assert not first.was_complete
        before = contents(back) if target is back else None
        again = move_database(source, target, silent)
        assert (again.tables, again.rows, again.was_complete) == (first.tables, first.rows, True)
        assert before is None or contents(back) == before
    in_url(empty, "UPDATE person SET name = 'x' WHERE id = 1 RETURNING id")
    with pytest.raises(MoveRefused, match=r"is not empty: it has a helpdesk\."):
        move_database(empty, back, silent)
    assert contents(back) == before


def test_a_database_with_a_table_of_another_program_is_refused(furnished: Path, empty: str) -> None:
    with connection_to(empty) as connection:
        connection.execute("CREATE TABLE orders (id INT)")
    with pytest.raises(MoveRefused, match="is not empty: it has the table orders"):
        move_database(furnished, empty, silent)
    assert in_url(empty, "SELECT to_regclass('ticket')") == [(None,)]


def test_an_unfinished_move_of_another_database_is_refused(
    furnished: Path, empty: str, tmp_path: Path
) -> None:
    other = tmp_path / "other.db"
    furnish(other)
    with pytest.raises(Stopped):
        move_database(other, empty, stop_after(3))
    with pytest.raises(MoveRefused, match=f"unfinished move of another database, {other}"):
        move_database(furnished, empty, silent)


def test_tables_that_a_start_left_empty_are_filled(
    furnished: Path, url: str, tmp_path: Path
) -> None:
    move_database(furnished, url, silent)
    prepare_database(tmp_path / "back.db")
    move_database(url, tmp_path / "back.db", silent)


def test_a_database_that_is_moved_cannot_be_moved_or_started_at_the_same_time(
    furnished: Path, empty: str, tmp_path: Path
) -> None:
    found: list[str] = []

    def second(progress: Progress) -> None:
        if progress.step == "copied" and len(found) < 2:
            with pytest.raises(InUse) as refused:
                move_database(furnished, empty, silent)
            found.append(str(refused.value))
            with pytest.raises(DatabaseUnusable, match="is moving"):
                prepare_database(empty)
            found.append("")

    move_database(furnished, empty, second)
    assert found[0].startswith("Another run of server migrate")


def test_session_that_is_just_ending_keeps_off_neither_a_move_nor_a_start(
    furnished: Path, empty: str
) -> None:
    """`server stop && server migrate && server start`: a busy database ends sessions late."""
    for call in (
        partial(move_database, furnished, empty, silent),
        partial(prepare_database, empty),
    ):
        with connect(empty, name="tickiti/one") as ending:
            ending.execute(f"SELECT pg_advisory_lock({MOVE})".encode())
            late = Timer(0.3, ending.close)
            late.start()
            call()
            late.join()


def test_a_database_that_is_served_is_not_moved(furnished: Path, url: str, tmp_path: Path) -> None:
    async def served() -> None:
        database = open_database(url)
        try:
            await database.read(lambda tx: tx.one("SELECT 1 AS one"), quick=True)  # has connected
            for source, target in ((furnished, url), (url, tmp_path / "back.db")):
                with pytest.raises(InUse, match="A server is connected to"):
                    move_database(source, target, silent)
        finally:
            await database.close()

    asyncio.run(served())
    assert not (tmp_path / "back.db").exists()


def test_an_empty_database_is_no_source(empty: str, tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnusable, match="has no helpdesk"):
        move_database(empty, tmp_path / "back.db", silent)
    assert not (tmp_path / "back.db").exists()


def test_a_text_that_postgresql_does_not_store_is_named(tmp_path: Path, empty: str) -> None:
    path = tmp_path / "t.db"
    prepare_database(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("UPDATE queue SET name = 'In' || char(0) || 'box' WHERE id = 1")
    with pytest.raises(DatabaseUnusable) as refused:
        move_database(path, empty, silent)
    assert str(refused.value).startswith(
        "The row 1 of table queue has a NUL character in name, which PostgreSQL does not store."
    )


def test_reference_to_a_missing_row_is_one_of_the_source(tmp_path: Path, url: str) -> None:
    """The target is complete but for it, and its own backup would help nobody."""
    back = tmp_path / "back.db"
    with connection_to(url) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("INSERT INTO team_member (team_id, person_id) VALUES (7, 1)")
    with pytest.raises(DatabaseUnusable) as refused:
        move_database(url, back, silent)
    assert str(refused.value) == (
        f"A row of table team_member in {url} refers to a row of team that is missing. Repair it"
        " there, or restore a backup there, and run the same command again."
    )
    with connection_to(url) as connection:
        connection.execute("DELETE FROM team_member")
    move_database(url, back, silent)
    check_database(back)


def test_a_user_who_may_not_create_tables_is_told(furnished: Path, empty: str, server: Any) -> None:
    name = empty.rpartition("/")[2]
    with server.connect() as connection:
        connection.execute("DROP ROLE IF EXISTS guest")
        connection.execute("CREATE ROLE guest LOGIN PASSWORD 'guest'")
        connection.execute(f'GRANT CONNECT ON DATABASE "{name}" TO guest')
    passfile = server.passfile
    before = passfile.read_text()
    passfile.write_text(before + "*:*:*:guest:guest\n")
    try:
        with pytest.raises(DatabaseUnusable, match="permission denied"):
            move_database(furnished, re.sub("//[^@]*@", "//guest@", empty), silent)
    finally:
        passfile.write_text(before)


def test_a_disk_that_is_full_says_so_and_the_next_run_goes_on(
    furnished: Path, empty: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    back = tmp_path / "back.db"
    move_database(furnished, empty, silent)
    relax = sqlite_target._relax

    def small(connection: sqlite3.Connection) -> None:
        relax(connection)
        connection.execute("PRAGMA max_page_count = 400")

    monkeypatch.setattr(sqlite_target, "_relax", small)
    with pytest.raises(DatabaseUnusable, match="database or disk is full"):
        move_database(empty, back, silent)
    monkeypatch.setattr(sqlite_target, "_relax", relax)
    assert move_database(empty, back, silent).is_resumed


def test_a_move_holds_a_few_batches_in_memory(
    furnished: Path, empty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    cut = algorithm.batches

    def watched(rows: Any, digest: Any) -> Any:
        for batch in cut(rows, digest):
            sizes.append(len(batch))
            yield batch

    monkeypatch.setattr(algorithm, "batches", watched)
    moved = move_database(furnished, empty, silent)
    assert max(sizes) == algorithm.BATCH_ROWS < PEOPLE
    assert sum(sizes) == moved.rows
