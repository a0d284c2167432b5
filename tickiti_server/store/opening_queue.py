"""Tickets that come close together are stored in one transaction: one round trip, one commit."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from tickiti_cli.contract.errors import Overloaded, StorageUnavailable
from tickiti_server.store.gathering import MOST_WAITING, Gathering
from tickiti_server.store.interface import Result
from tickiti_server.store.opening import Opened, Opening

MOST_TOGETHER = 64
"""Tickets in one transaction. If one of them fails, each of the others is stored by itself."""

AT_ONCE = 2
"""Transactions at a time: the next tickets are sent while the last ones are synced to the disk."""

LONG_TEXT = 64 * 1024
"""Characters beyond which an opening is stored by itself, so that no other waits for its text."""

Store = Callable[[list[Opening]], Awaitable[list[Opened | None]]]


class QueuedOpening(NamedTuple):
    opening: Opening
    future: asyncio.Future[Opened | None]


class OpeningQueue:
    """The openings that wait. Make it inside the event loop that uses it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._gathering = Gathering(self._begin, most=MOST_TOGETHER, at_once=AT_ONCE)
        self._running: set[asyncio.Task[None]] = set()
        self._unanswered = 0

    async def open_or(
        self, opening: Opening, write: Callable[[], Awaitable[Result]]
    ) -> Opened | Result:
        """Store the opening, or write what it says if it was not stored. Raises what either does.

        `write` finds by the key what was stored although the reply to it was lost. So where it
        cannot look, nobody knows whether anything has changed.
        """
        opened = await self.submit(opening)
        if opened is not None:
            return opened
        try:
            return await write()
        except StorageUnavailable as error:
            raise StorageUnavailable(retry_after=1) from error

    async def submit(self, opening: Opening) -> Opened | None:
        """Store the opening, with others if it is short, and wait for the commit.

        Returns None if nothing was stored. Raises Overloaded before anything is queued, and what
        `store` raises.
        """
        if self._unanswered >= MOST_WAITING:
            raise Overloaded(retry_after=1)
        if len(opening.html) > LONG_TEXT:
            (opened,) = await self._store([opening])
            return opened
        future: asyncio.Future[Opened | None] = asyncio.get_running_loop().create_future()
        self._unanswered += 1
        self._gathering.add(QueuedOpening(opening, future))
        return await future

    def _begin(self, batch: list[QueuedOpening]) -> None:
        task = asyncio.create_task(self._store_all(batch))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _store_all(self, batch: list[QueuedOpening]) -> None:
        waiting = [queued.future for queued in batch]
        try:
            opened = await self._store([queued.opening for queued in batch])
        except Exception as error:  # noqa: BLE001 - each caller gets it
            for future in filter(_has_a_caller, waiting):
                future.set_exception(error)
        else:
            for future, value in zip(waiting, opened, strict=True):
                if _has_a_caller(future):
                    future.set_result(value)
        finally:
            self._unanswered -= len(batch)
            self._gathering.finished()


def _has_a_caller(future: asyncio.Future[Opened | None]) -> bool:
    """False for a future that was cancelled."""
    return not future.done()
