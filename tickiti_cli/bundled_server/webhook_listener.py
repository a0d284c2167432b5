"""The webhook listener, for developers of a receiver: it verifies, shows and answers each call.

Rule: it listens on the loopback interface only, and shows a call whether or not its signature is
valid.
"""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer
from typing import Any, NamedTuple

from tickiti_cli.contract import webhooks
from tickiti_cli.contract.webhooks import NotGenuine
from tickiti_cli.errors import UsageProblem
from tickiti_cli.output.streams import Streams

HOST = "127.0.0.1"
MOST_BODY = 25 * 1024 * 1024
CALL_SECONDS = 10.0
"""Longest time until a call has arrived; one that is slower is closed."""

MOST_DEPTH = 100
"""Levels of a body that is shown as JSON; a deeper one is shown as text, because no output can
follow it down to any depth."""

POLL_SECONDS = 0.2
GENUINE, UNCHECKED = "verified", "not checked"


class Answered(NamedTuple):
    """The answer to a call."""

    status: int
    body: bytes = b""
    media_type: str = ""


Forward = Callable[[str, list[tuple[str, str]], bytes], Answered]
"""Passes on a call, by its path, headers and body, and returns the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponsePolicy:
    """The replies: `status`, or the answer of `forward`, to a call with a valid signature; 401 to
    others."""

    secret: str | None
    status: int
    forward: Forward | None = None


class Listener(TCPServer):
    """A server for one call at a time. Raises UsageProblem where the port cannot be bound."""

    allow_reuse_address = True
    timeout = POLL_SECONDS

    def __init__(self, port: int, answering: ResponsePolicy) -> None:
        self.answering = answering
        self.calls: list[dict[str, Any]] = []
        try:
            super().__init__((HOST, port), _Handler)
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise UsageProblem(
                f"--port {port}: {HOST} cannot be opened: {reason}.",
                hint="Choose another port, or --port 0 for a free one.",
            ) from error

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.server_address[1]}/"

    def listen(self, count: int | None, streams: Streams) -> Iterator[dict[str, Any]]:
        """Yield each call, `count` of them; without a count for ever."""
        shown = 0
        while count is None or shown < count:
            self.handle_request()
            calls, self.calls = self.calls, []
            shown += len(calls)
            yield from calls
            streams.pause(0)  # raises BrokenPipeError where the reader has gone

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore a caller that hung up."""


class _Handler(BaseHTTPRequestHandler):
    server: Listener
    timeout = CALL_SECONDS
    server_version = "tickiti"
    sys_version = ""

    def setup(self) -> None:
        """Start the deadline, because the timeout of the socket starts again with each byte."""
        super().setup()
        self._deadline = threading.Timer(CALL_SECONDS, self._cut)
        self._deadline.daemon = True
        self._deadline.start()

    def finish(self) -> None:
        self._deadline.cancel()
        super().finish()

    def _cut(self) -> None:
        with suppress(OSError):  # the caller hung up
            self.connection.shutdown(socket.SHUT_RD)

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length")
        if length is None:  # a chunked body, which would be taken for an empty one
            self._answer(411)
            return
        if not (length.isascii() and length.isdecimal() and int(length) <= MOST_BODY):
            self._answer(413)
            return
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            return
        self._deadline.cancel()
        signature, is_refused = self._judge(body)
        answered = Answered(401) if is_refused else self._answered(body)
        # Before the reply, so that a caller that has the reply finds its call shown.
        self.server.calls.append(
            {
                "id": self.headers.get(webhooks.ID),
                "received_at": datetime.now(UTC).isoformat(timespec="seconds"),
                "path": self.path,
                "signature": signature,
                "status": answered.status,
                "body": _parsed(body),
            }
            | ({"answer": _parsed(answered.body)} if self.server.answering.forward else {})
        )
        self._answer(*answered)

    def _answered(self, body: bytes) -> Answered:
        answering = self.server.answering
        if answering.forward is None:
            return Answered(answering.status)
        return answering.forward(self.path, self.headers.items(), body)

    def _judge(self, body: bytes) -> tuple[str, bool]:
        """Return the verdict on the signature, and whether the call is refused."""
        secret = self.server.answering.secret
        if secret is None:
            return UNCHECKED, False
        message_id, timestamp, signature = (
            self.headers.get(name, "")
            for name in (webhooks.ID, webhooks.TIMESTAMP, webhooks.SIGNATURE)
        )
        try:
            webhooks.verify(
                secret,
                message_id=message_id,
                timestamp=timestamp,
                signature=signature,
                body=body,
                now=time.time(),
            )
        except NotGenuine as error:
            return f"refused: {error}", True
        return GENUINE, False

    def _answer(self, status: int, body: bytes = b"", media_type: str = "") -> None:
        self.send_response(status)
        if media_type:
            self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Log nothing, because calls are shown on standard output."""


def _parsed(body: bytes) -> Any:
    """Parse the JSON of a call; return its text where it is not JSON, or too deep."""
    with suppress(ValueError, RecursionError):
        value = json.loads(body)
        if not _is_deep(value):
            return value
    return body.decode("utf-8", "replace")


def _is_deep(value: Any) -> bool:
    level = [value] if isinstance(value, (dict, list)) else []
    for _ in range(MOST_DEPTH):
        members = [one.values() if isinstance(one, dict) else one for one in level]
        level = [one for inner in members for one in inner if isinstance(one, (dict, list))]
        if not level:
            return False
    return True
