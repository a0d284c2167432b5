"""New texts gather for a step of the index, and an idle server reads nothing."""

import asyncio
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, cast

import pytest

from tests.server.store.test_text_index import add_ticket, tail
from tickiti_server.periodic import text_index
from tickiti_server.periodic.text_index import TextIndexer
from tickiti_server.store.interface import Database
from tickiti_server.store.open import open_database, prepare_database
from tickiti_server.store.sqlite.connection import connect_writer
from tickiti_server.store.sqlite.indexing import steps


class Written:
    """A database that was written so many times, and the versions that were indexed."""

    def __init__(self) -> None:
        self.version = 1
        self.steps: list[int] = []
        self.full = 0
        """Steps that will leave texts behind."""

    async def index_texts(self) -> bool:
        self.steps.append(self.version)
        self.full -= 1
        return self.full >= 0


def steps_of(database: Any, *, rounds: int) -> None:
    """Run the indexer until it has paused so many times."""
    paused = 0

    def ran() -> None:
        nonlocal paused
        paused += 1
        if paused == rounds:
            raise asyncio.CancelledError

    async def run() -> None:
        with suppress(asyncio.CancelledError):
            await TextIndexer(cast("Database", database)).run(ran)

    asyncio.run(asyncio.wait_for(run(), 20))


def test_indexer_looks_again_only_after_a_write(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_index, "EVERY_SECONDS", 0)
    database = Written()
    steps_of(database, rounds=5)
    assert database.steps == [1]


def test_indexer_takes_the_steps_of_a_backlog_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_index, "EVERY_SECONDS", 0)
    database = Written()
    database.full = 3
    steps_of(database, rounds=1)
    assert database.steps == [1, 1, 1, 1]


@pytest.mark.parametrize(("tickets", "is_due"), [(1, False), (2, True), (3, True)])
def test_step_that_took_all_texts_leaves_no_step_due(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tickets: int, *, is_due: bool
) -> None:
    monkeypatch.setattr(steps, "BATCH", 2)
    path = tmp_path / "t.db"
    prepare_database(path)
    with closing(connect_writer(path)) as desk:
        for ticket in range(1, tickets + 1):
            add_ticket(desk, ticket, "Printer")
        assert asyncio.run(stepped(path)) is is_due
        assert tail(desk) == max(0, tickets - 2)


async def stepped(path: Path) -> bool:
    opened = open_database(path)
    try:
        return await opened.index_texts()
    finally:
        await opened.close()


def test_long_texts_and_many_changes_leave_a_step_due(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "MOST_CHARACTERS", 600)
    path = tmp_path / "t.db"
    prepare_database(path)
    with closing(connect_writer(path)) as desk:
        add_ticket(desk, 1, "Printer", "burns " * 100, "smokes " * 100)
        dues = [asyncio.run(stepped(path)) for _ in "ab"]
        assert (dues, tail(desk)) == ([True, False], 0)
        desk.execute("UPDATE response SET html = text || 'x', text = text || 'x'")
        desk.execute("UPDATE response SET html = text || 'y', text = text || 'y'")
        dues = [asyncio.run(stepped(path)) for _ in "ab"]
        left = desk.execute("SELECT count(*) FROM search_change").fetchone()[0]
        assert dues[0] is True
        assert left < 4
