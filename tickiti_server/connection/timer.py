"""A deadline of a connection that can be started, restarted and stopped."""

import asyncio
from collections.abc import Callable


class Timer:
    __slots__ = ("_handle",)

    def __init__(self) -> None:
        self._handle: asyncio.TimerHandle | None = None

    @property
    def is_running(self) -> bool:
        return self._handle is not None

    def start(self, seconds: float, ring: Callable[[], object]) -> None:
        """Call `ring` after `seconds`. A running timer is restarted."""
        self.stop()
        self._handle = asyncio.get_running_loop().call_later(seconds, self._ring, ring)

    def stop(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _ring(self, ring: Callable[[], object]) -> None:
        self._handle = None
        ring()
