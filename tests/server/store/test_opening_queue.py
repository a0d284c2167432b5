"""Openings that come close together are stored together, and each caller gets its own outcome."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.support.openings import opening
from tickiti_cli.contract.errors import StorageUnavailable
from tickiti_server.store.opening import Opened, Opening
from tickiti_server.store.opening_queue import LONG_TEXT, OpeningQueue

Store = Callable[[list[Opening]], Awaitable[list[Opened | None]]]


def outcomes(store: Store, *openings: Opening) -> list[Any]:
    """What each caller gets, an exception too."""

    async def whole() -> list[Any]:
        queue = OpeningQueue(store)
        waiting = [queue.submit(each) for each in openings]
        return await asyncio.gather(*waiting, return_exceptions=True)

    return asyncio.run(whole())


def test_openings_that_come_together_are_stored_together_and_a_long_one_alone() -> None:
    batches: list[list[int]] = []

    async def store(batch: list[Opening]) -> list[Opened | None]:
        batches.append([key_of(each) for each in batch])
        await asyncio.sleep(0)
        return [Opened(each.key_sha256, 1) if key_of(each) != 3 else None for each in batch]

    long = opening(9)._replace(html="x" * (LONG_TEXT + 1))
    found = outcomes(store, opening(1), opening(2), long, opening(3))
    assert sorted(batches) == [[1, 2, 3], [9]]
    told = [None if each is None else int.from_bytes(each.reply) for each in found]
    assert told == [1, 2, 9, None]


def test_an_error_of_a_batch_reaches_each_of_its_callers_and_ends_no_later_one() -> None:
    runs = 0

    async def store(batch: list[Opening]) -> list[Opened | None]:
        nonlocal runs
        runs += 1
        if runs == 1:
            raise StorageUnavailable(retry_after=1)
        return [None] * len(batch)

    async def whole() -> list[Any]:
        queue = OpeningQueue(store)
        first = [queue.submit(opening(key)) for key in range(3)]
        found: list[Any] = await asyncio.gather(*first, return_exceptions=True)
        return [*found, await queue.submit(opening(4))]

    *failed, later = asyncio.run(whole())
    assert [type(each) for each in failed] == [StorageUnavailable] * 3
    assert later is None


def test_where_the_write_that_follows_cannot_look_nobody_knows_what_has_changed() -> None:
    async def store(batch: list[Opening]) -> list[Opened | None]:
        return [None] * len(batch)  # its reply may have been lost

    async def write() -> None:
        raise StorageUnavailable("The database is not available; nothing was changed.")

    async def whole() -> None:
        await OpeningQueue(store).open_or(opening(1), write)

    with pytest.raises(StorageUnavailable) as refused:
        asyncio.run(whole())
    assert str(refused.value) == StorageUnavailable.sentence


def key_of(each: Opening) -> int:
    return int.from_bytes(each.key_sha256)
