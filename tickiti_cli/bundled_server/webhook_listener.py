"""A receiver of callbacks for whoever writes one: it verifies, tells and answers each call.

The rule of this file: it listens on this machine alone, and a call is told whether or not it is
believed.
"""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer
from typing import Any

from tickiti_cli.contract import webhooks
from tickiti_cli.contract.webhooks import NotGenuine
from tickiti_cli.errors import UsageProblem
from tickiti_cli.streams import Streams

HOST = "127.0.0.1"
MOST_BODY = 25 * 1024 * 1024
CALL_SECONDS = 10
"""A caller that is slower than this would be given up by itself."""

LOOK_SECONDS = 0.2
GENUINE, UNCHECKED = "verified", "not checked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """How calls are answered: `status` for those that are believed, 401 for the others."""

    secret: str | None
    status: int


class Listener(TCPServer):
    """One call at a time. Raises UsageProblem where the port cannot be had."""

    allow_reuse_address = True
    timeout = LOOK_SECONDS

    def __init__(self, port: int, answering: Answering) -> None:
        self.answering = answering
        self.calls: list[dict[str, Any]] = []
        try:
            super().__init__((HOST, port), _Handler)
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise UsageProblem(
                f"--port {port}: {HOST} cannot be listened on: {reason}.",
                hint="Choose another port, or --port 0 for a free one.",
            ) from error

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.server_address[1]}/"

    def listen(self, count: int | None, streams: Streams) -> Iterator[dict[str, Any]]:
        """Each call as it comes, `count` of them; without a count for ever."""
        told = 0
        while count is None or told < count:
            self.handle_request()
            calls, self.calls = self.calls, []
            told += len(calls)
            yield from calls
            streams.pause(0)  # notices that nobody reads any more

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that hung up has told nothing."""


class _Handler(BaseHTTPRequestHandler):
    server: Listener
    timeout = CALL_SECONDS
    server_version = "tickiti"
    sys_version = ""

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if not (length.isascii() and length.isdecimal() and int(length) <= MOST_BODY):
            self._answer(413)
            return
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            return
        signature, is_refused = self._judge(body)
        status = 401 if is_refused else self.server.answering.status
        # Told before it is answered: whoever has the answer may rely on it.
        self.server.calls.append(
            {
                "id": self.headers.get(webhooks.ID),
                "received_at": datetime.now(UTC).isoformat(timespec="seconds"),
                "path": self.path,
                "signature": signature,
                "status": status,
                "body": _parsed(body),
            }
        )
        self._answer(status)

    def _judge(self, body: bytes) -> tuple[str, bool]:
        """What is said of the signature, and whether the call is refused for it."""
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

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """The calls are told on standard output."""


def _parsed(body: bytes) -> Any:
    """The JSON of a call, or its text where it is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return body.decode("utf-8", "replace")
