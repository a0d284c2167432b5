"""What the server says of itself: a line for each request, and its log in text or JSON.

No body, header or secret is ever logged: a line holds what an operator may show to anybody.
"""

import asyncio
import json
import logging
import re
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple, TextIO

GATHER_SECONDS = 0.1

errors = logging.getLogger("tickiti.errors")

_TOKEN = re.compile(r"[0-9]+\|\S+|tkt_\S+")


class _Text(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = f"{_second(int(record.created))} {record.levelname.lower()} {record.getMessage()}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        members = {
            "time": moment(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            members["traceback"] = self.formatException(record.exc_info)
        return json.dumps(members, ensure_ascii=False)


class Answered(NamedTuple):
    """One request that was answered, as plain values: every request pays for this, and for making
    it readable only when its line is written."""

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

    def text(self) -> str:
        path = redacted(self.path).encode("unicode_escape").decode()
        return (
            f"{_second(int(self.at))} info {self.method} {path} {self.status} "
            f"{self.milliseconds}ms token={self.token_id} request={self.request_id}"
        )

    def json(self) -> str:
        members = {
            "time": moment(self.at),
            "level": "info",
            "logger": "tickiti.requests",
            "method": self.method,
            "path": redacted(self.path),
            "status": self.status,
            "milliseconds": self.milliseconds,
            "token_id": self.token_id,
            "request_id": self.request_id,
        }
        return json.dumps(members, ensure_ascii=False)


def redacted(path: str) -> str:
    """A path without the token that somebody may have put into it."""
    return _TOKEN.sub("[token]", path)


class RequestLines:
    """Writes the lines of a moment at once: a system call for each would be a switch to the
    writer's thread for each, and `logging` takes longer than the request's own checks. A crash
    loses at most that moment's lines."""

    def __init__(self, stream: TextIO, form: Callable[[Answered], str]) -> None:
        self._stream = stream
        self._form = form
        self._requests: list[Answered] = []

    def note(self, request: Answered) -> None:
        self._requests.append(request)
        if len(self._requests) == 1:
            asyncio.get_running_loop().call_later(GATHER_SECONDS, self.flush)

    def flush(self) -> None:
        requests, self._requests = self._requests, []
        with suppress(OSError, ValueError):  # a full disk under the log must not stop the server
            self._stream.write("".join([self._form(request) + "\n" for request in requests]))
            self._stream.flush()


def request_lines(log_format: str) -> RequestLines:
    """To stderr, in the same form as the rest of the log."""
    return RequestLines(sys.stderr, Answered.json if log_format == "json" else Answered.text)


def moment(seconds: float) -> str:
    """RFC 3339 with milliseconds."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


@lru_cache(maxsize=8)
def _second(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def start_logging(log_format: str) -> None:
    """Send everything but the request lines to stderr, one line a record, in `text` or `json`."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json() if log_format == "json" else _Text())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.raiseExceptions = False  # a full disk under the log must not stop the server
    logging.getLogger("uvicorn").setLevel(logging.ERROR)
    logging.getLogger("asyncio").setLevel(logging.ERROR)
