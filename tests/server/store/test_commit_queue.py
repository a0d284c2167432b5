"""How operations become batches: what comes together leaves together, and nobody is forgotten."""

import asyncio
from collections.abc import Callable, Coroutine
from queue import Empty
from typing import Any

import pytest

from tickiti_server.store.sqlite.commit_queue import BATCH, CommitQueue, QueuedWrite, WriteResult

pytestmark = pytest.mark.sqlite  # the queue of the one writer


def run(scenario: Callable[[CommitQueue], Coroutine[Any, Any, Any]]) -> Any:
    async def whole() -> Any:
        return await scenario(CommitQueue())

    return asyncio.run(whole())


def want(queue: CommitQueue, count: int) -> list[asyncio.Task[None]]:
    return [asyncio.ensure_future(queue.submit(lambda _: None)) for _ in range(count)]


async def handed_over(queue: CommitQueue) -> list[QueuedWrite] | None:
    """The next batch; the loop goes on meanwhile."""
    return await asyncio.wait_for(asyncio.to_thread(queue.batches.get, timeout=10), 10)


def settle(queue: CommitQueue, batch: list[QueuedWrite] | None) -> None:
    assert batch
    queue.answer([WriteResult(write) for write in batch])


def test_writes_of_close_turns_of_the_loop_share_a_batch() -> None:
    async def scenario(queue: CommitQueue) -> int:
        waiting = want(queue, 1)
        for _ in range(5):
            await asyncio.sleep(0)
            waiting += want(queue, 1)
        batch = await handed_over(queue)
        settle(queue, batch)
        await asyncio.gather(*waiting)
        return len(batch or [])

    assert run(scenario) == 6


def test_a_full_batch_is_handed_over_before_the_other_writes() -> None:
    async def scenario(queue: CommitQueue) -> list[int]:
        waiting = want(queue, BATCH + 3)
        first = await handed_over(queue)
        await asyncio.sleep(0.05)
        with pytest.raises(Empty):
            queue.batches.get_nowait()
        settle(queue, first)
        second = await handed_over(queue)
        settle(queue, second)
        await asyncio.gather(*waiting)
        return [len(first or []), len(second or [])]

    assert run(scenario) == [BATCH, 3]


def test_a_full_batch_is_handed_over_while_writes_arrive() -> None:
    async def scenario(queue: CommitQueue) -> int:
        async def stream() -> None:
            while True:
                want(queue, 1)
                await asyncio.sleep(0)

        streaming = asyncio.ensure_future(stream())
        batch = await handed_over(queue)
        streaming.cancel()
        return len(batch or [])

    assert run(scenario) == BATCH


def test_finish_hands_over_all_waiting_writes() -> None:
    async def scenario(queue: CommitQueue) -> list[int | None]:
        waiting = want(queue, BATCH + 3)
        await asyncio.sleep(0)
        first = await handed_over(queue)
        queue.finish()
        rest, end = await handed_over(queue), await handed_over(queue)
        settle(queue, first)
        settle(queue, rest)
        await asyncio.gather(*waiting)
        return [len(first or []), len(rest or []), end and len(end)]

    assert run(scenario) == [BATCH, 3, None]
