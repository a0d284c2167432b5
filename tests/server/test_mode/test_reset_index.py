"""A reset while the index of texts is built: no old entry stays, and no new one is lost."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import get_args

import pytest

from tests.server.store.test_text_index import add_ticket, candidates, found, index, read, tail
from tickiti_server.rendering.case_folding import folded
from tickiti_server.store.access.test_mode import Epoch, set_epoch
from tickiti_server.store.interface import TextPart
from tickiti_server.store.open import prepare_database
from tickiti_server.store.sqlite.connection import SqliteTransaction, connect_writer
from tickiti_server.store.sqlite.indexing import steps
from tickiti_server.store.sqlite.test_mode.states import SqliteStates

pytestmark = pytest.mark.sqlite  # test mode needs a file

OLD, NEW = "Alpha", "Gamma"
TICKETS = 2 * steps.BATCH + 1
"""Three steps of the index."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "t.db"


@pytest.fixture
def states(path: Path) -> SqliteStates:
    """A server's states: `old` and `new` with as many tickets, and `one` with a single new one."""
    prepare_database(path)
    saved = SqliteStates(path)
    saved.make_start(lambda _: None)
    with closing(connect_writer(path)) as connection:
        set_epoch(SqliteTransaction(connection), Epoch("0", 0))
        for name, subject, tickets in (
            ("old", OLD, TICKETS),
            ("new", NEW, TICKETS),
            ("one", NEW, 1),
        ):
            connection.execute("BEGIN")
            connection.execute("DELETE FROM response")
            connection.execute("DELETE FROM ticket")
            for ticket in range(1, tickets + 1):
                add_ticket(connection, ticket, subject, f"{subject} text")
            connection.execute("COMMIT")
            saved.save(name)
    return saved


@pytest.fixture
def desk(path: Path, states: SqliteStates) -> Iterator[sqlite3.Connection]:
    with closing(connect_writer(path)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        yield connection


def load(desk: sqlite3.Connection, states: SqliteStates, name: str) -> None:
    state = states.load(name)
    desk.execute("BEGIN IMMEDIATE")
    states.replace(SqliteTransaction(desk), state, Epoch(name, 0))
    desk.execute("COMMIT")


def subject_keys(desk: sqlite3.Connection) -> set[str | None]:
    return {row["subject_key"] for row in desk.execute("SELECT DISTINCT subject_key FROM ticket")}


def refuse_old_and_lost(desk: sqlite3.Connection, tickets: int) -> None:
    """Assert that the complete index has every ticket of the new epoch and none of the old one."""
    index(desk)
    assert tail(desk) == 0
    every = set(range(1, tickets + 1))
    for part in get_args(TextPart):
        assert candidates(desk, folded(OLD), part=part) == set()
        assert candidates(desk, folded(NEW), part=part) == every
    assert subject_keys(desk) == {folded(NEW)}


@pytest.mark.parametrize("written", range(4))
@pytest.mark.parametrize(("name", "tickets"), [("new", TICKETS), ("one", 1)])
def test_a_step_that_trails_a_reset_is_dropped(
    desk: sqlite3.Connection, states: SqliteStates, written: int, name: str, tickets: int
) -> None:
    """The step was read in the old epoch, after `written` others, and is written in the new one."""
    load(desk, states, "old")
    for _ in range(written):
        if step := read(desk):
            steps.write_step(SqliteTransaction(desk), step)
    trailing = read(desk)
    load(desk, states, name)
    if trailing:
        steps.write_step(SqliteTransaction(desk), trailing)
    assert len(found(desk, "subject", NEW)) == min(tickets, 50)
    assert found(desk, "subject", OLD) == []
    refuse_old_and_lost(desk, tickets)


def test_a_ticket_of_the_new_epoch_with_the_id_of_an_old_one_is_indexed(
    desk: sqlite3.Connection, states: SqliteStates
) -> None:
    load(desk, states, "one")
    add_ticket(desk, 2, OLD, f"{OLD} text")
    trailing = read(desk)
    assert trailing
    load(desk, states, "one")
    add_ticket(desk, 2, NEW, f"{NEW} text")
    steps.write_step(SqliteTransaction(desk), trailing)
    refuse_old_and_lost(desk, 2)


def test_a_step_that_trails_two_resets_is_dropped(
    desk: sqlite3.Connection, states: SqliteStates
) -> None:
    load(desk, states, "old")
    trailing = read(desk)
    assert trailing
    for _ in range(2):
        load(desk, states, "new")
    steps.write_step(SqliteTransaction(desk), trailing)
    refuse_old_and_lost(desk, TICKETS)


def test_a_changed_subject_of_the_old_epoch_is_not_indexed(
    desk: sqlite3.Connection, states: SqliteStates
) -> None:
    load(desk, states, "old")
    index(desk)
    desk.execute("UPDATE ticket SET subject = 'Alpha, changed' WHERE id = 1")
    trailing = read(desk)
    assert trailing
    load(desk, states, "new")
    steps.write_step(SqliteTransaction(desk), trailing)
    refuse_old_and_lost(desk, TICKETS)
