"""Group commit: what comes close together leaves together, so that one sync serves many requests.

A batch leaves when the event loop has nothing more to add to it. The loop and the threads that
write share the interpreter lock: a thread that begins while the loop still reads requests waits for
the lock after each statement, which slows both.
"""

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

MOST_WAITING = 2048
"""Writes that may wait: half a second's work, and more than there are connections, because a
refusal costs as much as a write. Beyond this number, clients back off."""

QUIET_TURNS = 8
"""Iterations of the loop without a new item, after which a batch leaves. A request takes three from
its first byte to here; a single client waits some fifty microseconds in vain."""

Item = TypeVar("Item")


class Gathering(Generic[Item]):
    """Gathers items in the event loop, and hands them over in batches of at most `most`.

    At most `at_once` batches are out at a time: whoever gets one calls `finished` afterwards.
    """

    def __init__(
        self, hand_over: Callable[[list[Item]], object], *, most: int, at_once: int
    ) -> None:
        self._hand_over = hand_over
        self._most = most
        self._left = at_once
        self._gathered: list[Item] = []
        self._is_gathering = False

    def add(self, item: Item) -> None:
        self._gathered.append(item)
        self._schedule()

    def finished(self) -> None:
        """A batch is done, so that another may leave."""
        self._left += 1
        self._schedule()

    def hand_over_rest(self) -> None:
        """Hand over what is left, for there will be no more."""
        rest, self._gathered = self._gathered, []
        if rest:
            self._hand_over(rest)

    def _schedule(self) -> None:
        if self._gathered and self._left and not self._is_gathering:
            self._is_gathering = True
            loop = asyncio.get_running_loop()
            loop.call_soon(self._check, loop, len(self._gathered), 0)

    def _check(self, loop: asyncio.AbstractEventLoop, size: int, quiet_turns: int) -> None:
        """Run once per iteration of the loop, until the batch is full or nothing more comes."""
        quiet_turns = quiet_turns + 1 if len(self._gathered) == size else 0
        if quiet_turns < QUIET_TURNS and len(self._gathered) < self._most:
            loop.call_soon(self._check, loop, len(self._gathered), quiet_turns)
            return
        self._is_gathering = False
        batch, self._gathered = self._gathered[: self._most], self._gathered[self._most :]
        if batch:  # the rest may have been handed over meanwhile
            self._left -= 1
            self._hand_over(batch)
        self._schedule()
