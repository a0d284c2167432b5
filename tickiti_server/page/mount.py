"""The entry of the page, which imports the page when a browser first asks for it.

Its templates take a quarter of a second, which no start of a server should wait for.
"""

import asyncio

from starlette.types import ASGIApp, Receive, Scope, Send

from tickiti_cli.contract.bundled.page import ROOT
from tickiti_server.auth.page_sessions import PageSessions
from tickiti_server.http.services import Services
from tickiti_server.shutdown import ShutdownDeadline


def page_answers(services: Services, ending: ShutdownDeadline) -> dict[str, ASGIApp]:
    """The page by its paths; none if the server has no page."""
    if services.page_sessions is None:
        return {}
    page = _LatePage(services, services.page_sessions, ending)
    return {ROOT: page, f"{ROOT}/{{rest:path}}": page}


class _LatePage:
    """The application of the page, made on its first request."""

    def __init__(
        self, services: Services, sessions: PageSessions, ending: ShutdownDeadline
    ) -> None:
        self._services = services
        self._sessions = sessions
        self._ending = ending
        self._made: ASGIApp | None = None
        self._making = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._making:
            if self._made is None:
                self._made = await asyncio.to_thread(self._make)
        await self._made(scope, receive, send)

    def _make(self) -> ASGIApp:
        from tickiti_server.page.app import PageApp  # noqa: PLC0415

        return PageApp(self._services, self._sessions, self._ending)
