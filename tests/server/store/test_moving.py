"""Rows on their way between databases: their batches, their digests, and the mark of a target."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tickiti_server.store.interface import DatabaseUnusable
from tickiti_server.store.moving.digests import Digest, digest_of
from tickiti_server.store.moving.mark import Mark, unfinished
from tickiti_server.store.moving.move import BATCH_BYTES, BATCH_ROWS, batches
from tickiti_server.store.moving.sides import MoveRefused, Origin, Row
from tickiti_server.store.open import check_database, move_database, prepare_database
from tickiti_server.store.sqlite.moving.source import SqliteSource, open_source

ORIGIN = Origin("postgresql://a@b/c", "postgresql 1 2", "state")


def test_a_digest_is_of_all_rows_in_their_order() -> None:
    rows: list[Row] = [(1, "a", b"\0", None, 0.5), (2, "b", b"", "", 1.0)]
    assert digest_of(iter(rows)) == digest_of(rows)
    assert digest_of(rows).rows == 2
    assert digest_of(rows) != digest_of(reversed(rows))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([(1,)], [("1",)]),
        ([(1,)], [(1.0,)]),
        ([("a",)], [(b"a",)]),
        ([(None,)], [("None",)]),
        ([(None,)], [("",)]),
        ([("a", "b")], [("ab", "")]),
        ([("a",), ("b",)], [("a", "b")]),
        ([("a']['b",)], [("a",), ("b",)]),
        ([(b"a" * 100,)], [(b"a" * 101,)]),
        ([(b"a",)], [("a",)]),
        ([(2**62,)], [(2**62 + 1,)]),
        ([(0.1,)], [(0.1 + 2**-56,)]),
        ([("é",)], [("e\u0301",)]),
    ],
)
def test_values_that_differ_have_different_digests(one: list[Row], other: list[Row]) -> None:
    assert digest_of(one).digest != digest_of(other).digest


def test_batches_end_at_their_rows_or_their_bytes() -> None:
    assert [len(batch) for batch in batches([(1,)] * (2 * BATCH_ROWS + 1), Digest())] == [
        BATCH_ROWS, BATCH_ROWS, 1,
    ]  # fmt: skip
    large = b"x" * (BATCH_BYTES // 2)
    assert [len(batch) for batch in batches([(1, large)] * 5, Digest())] == [2, 2, 1]
    assert [*batches([], Digest())] == []


def test_a_batch_leaves_its_rows_in_the_digest() -> None:
    rows: list[Row] = [(number, "a") for number in range(BATCH_ROWS + 1)]
    digest = Digest()
    assert [row for batch in batches(rows, digest) for row in batch] == rows
    assert digest.counted == digest_of(rows)


def test_no_more_than_a_batch_is_read_ahead() -> None:
    read = 0

    def endless() -> Iterator[Row]:
        nonlocal read
        while True:
            read += 1
            yield (read,)

    next(batches(endless(), Digest()))
    assert read == BATCH_ROWS


def test_a_mark_says_which_command_finishes_the_move() -> None:
    mark = Mark(ORIGIN, ["CREATE INDEX a ON b (c)"])
    assert Mark.of(mark.text()) == mark
    assert unfinished(mark.text(), "x.db") == (
        "x.db holds an unfinished move of postgresql://a@b/c. Run the same command again to finish"
        " it: tickiti server migrate --from postgresql://a@b/c --to x.db"
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "t.db"
    prepare_database(found)
    return found


def change(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def read_all(path: Path) -> SqliteSource:
    with open_source(path) as source:
        for table in source.tables:
            digest_of(source.rows(table))
        return source


def test_a_value_that_its_column_should_not_have_is_named(path: Path) -> None:
    change(path, "UPDATE queue SET built_in = 'yes', name = x'00' WHERE id = 1")
    with pytest.raises(DatabaseUnusable) as refused:
        read_all(path)
    assert str(refused.value) == (
        f"{path}: the row 1 of table queue has a value of another type in built_in, name."
    )


def test_rows_are_read_from_behind_a_key(path: Path) -> None:
    change(path, *(f"INSERT INTO mailbox_secret VALUES (1, '{name}', 'x')" for name in "bca"))
    with open_source(path) as source:
        table = next(table for table in source.tables if table.name == "mailbox_secret")
        assert [table.key_of(row) for row in source.rows(table)] == [(1, "a"), (1, "b"), (1, "c")]
        assert [table.key_of(row) for row in source.rows(table, (1, "a"))] == [(1, "b"), (1, "c")]


def test_settings_of_the_file_stay_with_it(path: Path) -> None:
    change(path, "INSERT INTO setting VALUES ('served_as', 'x'), ('idempotency_secret', 'y')"
           " ON CONFLICT (name) DO NOTHING")  # fmt: skip
    with open_source(path) as source:
        table = next(table for table in source.tables if table.name == "setting")
        assert [table.key_of(row) for row in source.rows(table)] == [("idempotency_secret",)]
        assert source.count(table) == 1


def test_a_deleted_id_counts_as_given(path: Path) -> None:
    change(path, "INSERT INTO team VALUES (9, 'a', 'a')", "DELETE FROM team")
    with open_source(path) as source:
        last = source.last_ids()
    assert (last.ids["team"], last.ids["queue"], last.ids["ticket"]) == (9, 1, 0)
    assert last.ticket_number == 0


def test_a_file_that_is_written_meanwhile_has_changed(path: Path) -> None:
    with open_source(path) as source:
        assert not source.has_changed()
        change(path, "UPDATE queue SET name = 'In'")
        assert source.has_changed()


def older(path: Path) -> None:
    change(path, "DELETE FROM schema_migration WHERE number = 13")


def newer(path: Path) -> None:
    change(path, "INSERT INTO schema_migration (number, name) VALUES (9999, 'later.sql')")


def of_test_mode(path: Path) -> None:
    change(path, "INSERT INTO setting VALUES ('test_epoch', 'x')")


def marked(path: Path) -> None:
    text = Mark(ORIGIN, []).text()
    change(path, f"INSERT INTO setting VALUES ('unfinished_move', '{text}')")


def of_another_program(path: Path) -> None:
    path.unlink()
    change(path, "CREATE TABLE a (b)")


def damaged(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(3 * 4096)
        file.write(b"\xa5" * 4096)


def broken(path: Path) -> None:
    change(path, "INSERT INTO team_member VALUES (7, 1)")


@pytest.mark.parametrize(
    ("harm", "error", "said"),
    [
        (older, DatabaseUnusable, "is a database of an older version. Start a server on it once"),
        (newer, DatabaseUnusable, "a newer tickiti used it"),
        (of_test_mode, MoveRefused, "is a database of test mode"),
        (marked, DatabaseUnusable, "holds an unfinished move of postgresql://a@b/c"),
        (of_another_program, DatabaseUnusable, "is a SQLite database of another program"),
        (damaged, DatabaseUnusable, "cannot be used"),
        (broken, DatabaseUnusable, "a row of team_member refers to a row of team that is missing"),
    ],
)
def test_a_source_that_cannot_be_moved_says_why(
    path: Path, harm: Callable[[Path], None], error: type[Exception], said: str
) -> None:
    harm(path)
    with pytest.raises(error, match=said):
        read_all(path)


def test_an_unfinished_file_is_not_served_checked_or_backed_up(path: Path) -> None:
    marked(path)
    for call in (prepare_database, check_database):
        with pytest.raises(DatabaseUnusable, match="holds an unfinished move"):
            call(path)


def test_two_of_a_kind_are_refused(path: Path) -> None:
    with pytest.raises(MoveRefused, match="needs a file and a URL"):
        move_database(path, path.with_name("new.db"), print)
    assert not path.with_name("new.db").exists()
