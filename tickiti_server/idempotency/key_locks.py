"""Locks in memory: requests with the same idempotency key run one after another."""

import asyncio

from tickiti_cli.contract.errors import KeyConflict, KeyInProgress
from tickiti_server.idempotency.keys import KeyClaim


class KeyLocks:
    """The locks of all running keys of one server.

    A request that waited finds the stored reply, or runs if the first one failed. The database
    alone decides what a duplicate is. The locks only spare clients a refusal.
    """

    def __init__(self, wait_seconds: float) -> None:
        self._wait_seconds = wait_seconds
        self._running: dict[tuple[int, bytes], KeyLock] = {}

    async def acquire(self, claim: KeyClaim) -> "KeyLock":
        """Wait for the lock, which the caller must release.

        Raises KeyInProgress after the wait, or KeyConflict if another request runs with the key.
        """
        holder = (claim.family_id, claim.key_sha256)
        if holder in self._running:
            await self._wait(holder, claim)
        lock = self._running[holder] = KeyLock(self._running, holder, claim.canon)
        return lock

    async def _wait(self, holder: tuple[int, bytes], claim: KeyClaim) -> None:
        try:
            async with asyncio.timeout(self._wait_seconds):
                while lock := self._running.get(holder):
                    await asyncio.shield(lock.released())
        except TimeoutError:
            lock = self._running.get(holder)
            is_same = lock is None or lock.canon == claim.canon
            raise KeyInProgress(retry_after=1) if is_same else KeyConflict from None


class KeyLock:
    """The lock of one running request. The future is made only if another request waits."""

    __slots__ = ("_holder", "_released", "_running", "canon")

    def __init__(
        self, running: "dict[tuple[int, bytes], KeyLock]", holder: tuple[int, bytes], canon: bytes
    ) -> None:
        self._running = running
        self._holder = holder
        self._released: asyncio.Future[None] | None = None
        self.canon = canon

    def released(self) -> asyncio.Future[None]:
        if self._released is None:
            self._released = asyncio.get_running_loop().create_future()
        return self._released

    def release(self) -> None:
        del self._running[self._holder]
        if self._released is not None:
            self._released.set_result(None)
