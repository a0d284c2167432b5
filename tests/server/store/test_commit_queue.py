"""How operations become batches: what comes together leaves together, and nobody is forgotten."""

import asyncio
import queue
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from tickiti_server.store.sqlite.batches import BATCH, Batches, Operation, Outcome


def run(scenario: Callable[[Batches], Coroutine[Any, Any, Any]]) -> Any:
    async def whole() -> Any:
        return await scenario(Batches())

    return asyncio.run(whole())


def want(batches: Batches, count: int) -> list[asyncio.Task[None]]:
    return [asyncio.ensure_future(batches.submit(lambda _: None)) for _ in range(count)]


async def handed_over(batches: Batches) -> list[Operation] | None:
    """The next batch; the loop goes on meanwhile."""
    return await asyncio.wait_for(asyncio.to_thread(batches.queue.get, timeout=10), 10)


def settle(batches: Batches, batch: list[Operation] | None) -> None:
    assert batch
    batches.settle([Outcome(operation) for operation in batch])


def test_what_comes_in_turns_of_the_loop_close_by_leaves_together() -> None:
    async def scenario(batches: Batches) -> int:
        waiting = want(batches, 1)
        for _ in range(5):
            await asyncio.sleep(0)
            waiting += want(batches, 1)
        batch = await handed_over(batches)
        settle(batches, batch)
        await asyncio.gather(*waiting)
        return len(batch or [])

    assert run(scenario) == 6


def test_a_full_batch_leaves_and_the_rest_after_it_is_settled() -> None:
    async def scenario(batches: Batches) -> list[int]:
        waiting = want(batches, BATCH + 3)
        first = await handed_over(batches)
        await asyncio.sleep(0.05)
        with pytest.raises(queue.Empty):
            batches.queue.get_nowait()
        settle(batches, first)
        second = await handed_over(batches)
        settle(batches, second)
        await asyncio.gather(*waiting)
        return [len(first or []), len(second or [])]

    assert run(scenario) == [BATCH, 3]


def test_a_stream_that_never_pauses_does_not_hold_a_batch_back() -> None:
    async def scenario(batches: Batches) -> int:
        async def stream() -> None:
            while True:
                want(batches, 1)
                await asyncio.sleep(0)

        streaming = asyncio.ensure_future(stream())
        batch = await handed_over(batches)
        streaming.cancel()
        return len(batch or [])

    assert run(scenario) == BATCH


def test_the_end_hands_over_all_that_is_left() -> None:
    async def scenario(batches: Batches) -> list[int | None]:
        waiting = want(batches, BATCH + 3)
        await asyncio.sleep(0)
        first = await handed_over(batches)
        batches.finish()
        rest, end = await handed_over(batches), await handed_over(batches)
        settle(batches, first)
        settle(batches, rest)
        await asyncio.gather(*waiting)
        return [len(first or []), len(rest or []), end and len(end)]

    assert run(scenario) == [BATCH, 3, None]
