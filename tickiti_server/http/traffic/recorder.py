"""Records requests and replies as they pass: a layer around the application.

Rule: a server has this layer only if it was started with --record-bodies or --test, so that no
other server does anything more for a request.
"""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tickiti_server.clock import Clock
from tickiti_server.http.bodies.read import header, is_bodiless
from tickiti_server.logs.recording import MOST_BODY, RecordedRequest, Recordings

RECORDED = "tickiti.recorded"
"""Key in the scope of the recording under way."""

LEFT_OUT = (
    "/_tickiti/requests", "/_tickiti/page", "/_tickiti/test/", "/_tickiti/docs",
    "/_tickiti/openapi.json", "/_tickiti/healthz", "/_tickiti/readyz",
)  # fmt: skip
"""Begins the paths that look at the server or control it, the recordings among them."""

REFUSED_SECONDS = 2.0
"""The longest wait for a body that the application does not want."""


class Recorder:
    def __init__(self, app: ASGIApp, recordings: Recordings, clock: Clock) -> None:
        self._app = app
        self._recordings = recordings
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(LEFT_OUT):
            await self._app(scope, receive, send)
            return
        request = RecordedRequest(
            began=self._clock(),
            http_version=scope["http_version"],
            query=scope["query_string"],
            headers=scope["headers"],
        )
        request.sent.is_complete = is_bodiless(scope)
        passing = _Passing(scope, receive, send, request, self._recordings)
        scope[RECORDED] = passing
        try:
            await self._app(scope, passing.receive, passing.send)
        finally:
            passing.end()


class _Passing:
    """One request that passes: `receive` and `send` of the application, which note everything."""

    def __init__(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        request: RecordedRequest,
        recordings: Recordings,
    ) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._request = request
        self._recordings = recordings
        self._has_begun = False
        """Whether any of the request's body has arrived."""

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._has_begun = True
            self._request.sent.add(message.get("body", b""))
            self._request.sent.is_complete = not message.get("more_body", False)
        return message

    async def send(self, message: Message) -> None:
        await self.note(message)
        await self._send(message)

    async def note(self, message: Message) -> None:
        """Record a part of the reply. After the last one the recording can be found, so that a
        client that has the reply finds it."""
        if message["type"] == "http.response.start":
            await self._read_refused_body()
            self._request.start_reply(message["headers"])
            names = dict(message["headers"])
            self._request.request_id = str(names.get(b"x-request-id", b""), "latin-1")
        elif message["type"] == "http.response.body":
            self._request.answered.add(message.get("body", b""))
            if not message.get("more_body", False):
                self._request.answered.is_complete = True
                self.end()

    def drop(self, request_id: str) -> None:
        """Record that the request gets no reply."""
        self._request.request_id = request_id
        self.end()

    def end(self) -> None:
        self._request.sent.end()
        self._request.answered.end()
        if self._request.request_id:
            self._recordings.add(self._request)

    async def _read_refused_body(self) -> None:
        """Read the body of a refused request, which the application left unread, so that the
        recording shows the whole request. Clients send it together with the head, or right behind
        it."""
        scope, sent = self._scope, self._request.sent
        if self._has_begun or sent.is_complete or header(scope, b"expect") is not None:
            return
        try:
            async with asyncio.timeout(REFUSED_SECONDS):
                while not sent.is_complete and sent.kept < MOST_BODY:
                    if (await self.receive())["type"] != "http.request":
                        return
        except TimeoutError:
            pass
