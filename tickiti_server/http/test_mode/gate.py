"""The gate of a server in test mode: no request is answered across a reset.

A reset closes the gate, waits for the requests under way, and opens the gate afterwards. A request
is thus answered by the state before or by the state after, from its first read to its reply.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.types import ASGIApp, Receive, Scope, Send

PATIENCE_SECONDS = 2.0
"""How long a reset waits for the requests under way. Those that still run are ended then: a client
that sends or reads slowly holds up no test."""

OUTSIDE = (
    "/_tickiti/test/",
    "/_tickiti/requests",
    "/_tickiti/page",
    "/_tickiti/healthz",
    "/_tickiti/readyz",
)
"""Beginnings of the paths that show nothing of the database, or may wait for long."""


class Gate:
    """The ASGI application around all others."""

    def __init__(self) -> None:
        self._open = asyncio.Event()
        self._running: set[asyncio.Task[object]] = set()
        self._app: ASGIApp | None = None

    def open_to(self, app: ASGIApp) -> None:
        self._app = app
        self._open.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self._app is not None
        if scope["type"] != "http" or scope["path"].startswith(OUTSIDE):
            await self._app(scope, receive, send)
            return
        while not self._open.is_set():
            await self._open.wait()
        task = asyncio.current_task()
        assert task is not None
        self._running.add(task)
        try:
            await self._app(scope, receive, send)
        finally:
            self._running.discard(task)

    @asynccontextmanager
    async def closed(self) -> AsyncIterator[None]:
        """Let the requests under way end, and keep new ones waiting. One caller at a time."""
        self._open.clear()
        try:
            await self._end_running()
            yield
        finally:
            self._open.set()

    async def _end_running(self) -> None:
        if self._running:
            await asyncio.wait([*self._running], timeout=PATIENCE_SECONDS)
        late = [*self._running]
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late, timeout=PATIENCE_SECONDS)
