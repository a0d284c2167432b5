"""Log lines of answered requests, and redaction of tokens."""

import asyncio
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

GATHER_SECONDS = 0.1


HINT_CHARACTERS = 8
"""The first characters of a key, which are logged and stored: enough to find a request."""


# Possessive, and only from the first digit: otherwise a long run of digits would be scanned again
# from each digit. The bar of a token may be escaped as in a URL or in JSON.
_TOKEN = re.compile(r"(?<![0-9])[0-9]++(?:\||%(?:25)*+7[Cc]|\\u007[Cc])\S+|tkt_\S+")


class RequestLogLine(NamedTuple):
    """An answered request as plain values. They are formatted only when the line is written."""

    at: float
    seconds: float
    method: str
    path: str
    status: int
    token_id: int
    code: str | None
    key: str | None
    request_id: str

    @property
    def milliseconds(self) -> float:
        return round(self.seconds * 1000, 1)

    @property
    def key_hint(self) -> str | None:
        return self.key and self.key[:HINT_CHARACTERS]

    def text(self) -> str:
        line = (
            f"{rfc3339_seconds(int(self.at))} info {self.method} {_shown(self.path)} {self.status} "
            f"{self.milliseconds}ms token={self.token_id} request={self.request_id}"
        )
        return f"{line} code={self.code}" if self.code else line

    def json(self) -> str:
        path = redacted(self.path)
        members = {
            "time": rfc3339_milliseconds(self.at),
            "level": "info",
            "logger": "tickiti.requests",
            "message": f"{self.method} {path} {self.status} {self.milliseconds}ms",
            "method": self.method,
            "path": path,
            "status": self.status,
            "milliseconds": self.milliseconds,
            "token_id": self.token_id or None,
            "code": self.code,
            "key_hint": self.key_hint,
            "request_id": self.request_id,
        }
        return json.dumps(members)


@lru_cache(maxsize=1024)
def _shown(path: str) -> str:
    """The path without tokens, on one line. Cached, because requests go to few paths."""
    return redacted(path).encode("unicode_escape").decode()


def redacted(text: str) -> str:
    """The text with every token replaced by `[token]`."""
    return _TOKEN.sub("[token]", text)


class RequestLines:
    """Writes the lines of 0.1 seconds at once. A crash loses at most these lines.

    A write for each line would switch threads for each request, and a record of `logging` takes
    longer than the checks of a request.
    """

    def __init__(
        self, write: Callable[[str], object], form: Callable[[RequestLogLine], str]
    ) -> None:
        self._write = write
        self._form = form
        self._requests: list[RequestLogLine] = []

    def add(self, request: RequestLogLine) -> None:
        self._requests.append(request)
        if len(self._requests) == 1:
            asyncio.get_running_loop().call_later(GATHER_SECONDS, self.flush)

    def flush(self) -> None:
        requests, self._requests = self._requests, []
        self._write("".join([self._form(request) + "\n" for request in requests]))


def rfc3339_milliseconds(seconds: float) -> str:
    """A time as RFC 3339 with milliseconds."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


@lru_cache(maxsize=8)
def rfc3339_seconds(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
