"""A list that promises to miss nothing waits for what is yet to appear in front of its end.

Two transactions write at the same time, and the one that began first commits last.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from psycopg.rows import dict_row

from tests.support.postgres import connection_to
from tickiti_server.clock import SECOND
from tickiti_server.store.helpdesk import responses, tickets
from tickiti_server.store.interface import Transaction
from tickiti_server.store.open import open_database
from tickiti_server.store.postgres import database as driver
from tickiti_server.store.postgres.transaction import PostgresTransaction
from tickiti_server.store.search.conditions import Conditions
from tickiti_server.store.search.orders import BY_ACTIVITY, BY_NUMBER, Key
from tickiti_server.store.search.tickets import list_tickets

FOLLOWED_SECONDS = 4.0
WRITERS = 16


def open_ticket(tx: Transaction, subject: str) -> None:
    """Write a ticket as a request does: the clock is read inside of the transaction."""
    now = int(time.time() * SECOND)
    place = tickets.resolve_new_ticket(tx, queue_name="Inbox", originator="system@localhost")
    ticket = tickets.insert_ticket(
        tx, number=place["number"], secure_id="s", subject=subject, queue_id=1, originator_id=1,
        priority=20, now=now, operation_id=None,
    )  # fmt: skip
    tickets.insert_response(
        tx, text=subject, ticket_id=ticket, author_id=1, html=subject, is_internal=0,
        staff_response=1, now=now, operation_id=None,
    )  # fmt: skip


@contextmanager
def writing(url: str) -> Iterator[Transaction]:
    """A transaction of another server, which commits at the end."""
    with connection_to(url) as connection:
        connection.row_factory = dict_row
        connection.execute(driver._BEGIN_WRITE)
        yield PostgresTransaction(connection)
        connection.execute("COMMIT")


def subjects(tx: Transaction, order: tuple[Key, ...], after: int = 0) -> list[str]:
    place = [after] if order == BY_NUMBER else None
    rows = list_tickets(tx, Conditions(seen_by=1), order=order, after=place, limit=1000)
    return [row["subject"] for row in rows]


def said(tx: Transaction) -> list[str]:
    rows, _ = responses.list_responses(
        tx, Conditions(seen_by=1), after=None, limit=1000, most=10**6
    )
    return [row["text"] for row in rows]


def test_a_later_ticket_waits_for_an_earlier_one_that_is_still_written(url: str) -> None:
    async def scenario() -> Any:
        database = open_database(url)
        try:
            await database.write(lambda tx: open_ticket(tx, "before"))
            with writing(url) as other:
                open_ticket(other, "slow")
                await database.write(lambda tx: open_ticket(tx, "quick"))
                early = [
                    await database.read(lambda tx: subjects(tx, BY_NUMBER)),
                    await database.read(said),
                ]
                shown = await database.read(lambda tx: subjects(tx, BY_ACTIVITY))
            late = [
                await database.read(lambda tx: subjects(tx, BY_NUMBER)),
                await database.read(said),
            ]
        finally:
            await database.close()
        return early, sorted(shown), late

    early, shown, late = asyncio.run(scenario())
    assert early == [["before"], ["before"]]
    assert shown == ["before", "quick"]
    assert late == [["before", "slow", "quick"]] * 2


def test_a_number_waits_for_a_lower_one_of_a_transaction_that_began_later(url: str) -> None:
    """The one that began first takes its number last, and commits first."""

    async def scenario() -> Any:
        database = open_database(url)
        try:
            with writing(url) as first, writing(url) as second:
                open_ticket(second, "lower")
                open_ticket(first, "higher")
                first.execute("COMMIT")
                early = await database.read(lambda tx: subjects(tx, BY_NUMBER))
            return early, await database.read(lambda tx: subjects(tx, BY_NUMBER))
        finally:
            await database.close()

    assert asyncio.run(scenario()) == ([], ["lower", "higher"])


def test_a_transaction_that_only_reads_holds_nothing_back(url: str) -> None:
    async def scenario() -> Any:
        database = open_database(url)
        try:
            with connection_to(url) as other, other.transaction():
                other.execute("SELECT * FROM ticket")
                await database.write(lambda tx: open_ticket(tx, "A shoe"))
                return await database.read(lambda tx: subjects(tx, BY_NUMBER))
        finally:
            await database.close()

    assert asyncio.run(scenario()) == ["A shoe"]


def test_a_follower_by_number_and_one_by_time_miss_nothing(url: str) -> None:
    async def scenario() -> Any:
        database = open_database(url)
        until = time.monotonic() + FOLLOWED_SECONDS

        async def write() -> None:
            while time.monotonic() < until:
                await database.write(lambda tx: open_ticket(tx, "A shoe"))

        async def follow(next_page: Callable[[Transaction, list[Any]], list[Any]]) -> list[Any]:
            """What a follower finds, until nothing is written any more and nothing is left."""
            found: list[Any] = []
            new: list[Any] = []
            while new or time.monotonic() < until + 1:
                new = await database.read(partial(next_page, found=found))
                found += new
            return found

        try:
            *_, numbers, places = await asyncio.gather(
                *[write() for _ in range(WRITERS)], follow(_next_numbers), follow(_next_places)
            )
            whole = await database.read(lambda tx: tx.all("SELECT number FROM ticket ORDER BY 1"))
            every = await database.read(lambda tx: tx.all("SELECT id FROM response"))
        finally:
            await database.close()
        return numbers, places, [row["number"] for row in whole], {row["id"] for row in every}

    numbers, places, whole, every = asyncio.run(scenario())
    assert len(whole) > 100
    assert numbers == whole
    assert {response for _, response in places} == every


def _next_numbers(tx: Transaction, found: list[Any]) -> list[int]:
    rows = list_tickets(
        tx, Conditions(seen_by=1), order=BY_NUMBER, after=found[-1:] or [0], limit=500
    )
    return [row["number"] for row in rows]


def _next_places(tx: Transaction, found: list[Any]) -> list[tuple[int, int]]:
    after = found[-1] if found else None
    rows, _ = responses.list_responses(
        tx, Conditions(seen_by=1), after=after, limit=500, most=10**7
    )
    return [(row["created_at"], row["id"]) for row in rows]
