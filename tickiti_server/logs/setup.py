"""What the server says of itself: a line for each request, and its log in text or JSON.

No body, header or secret is ever logged: a line holds what an operator may show to anybody.
"""

import asyncio
import json
import logging
import re
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from types import TracebackType
from typing import Any, NamedTuple

from tickiti_server.log_stream import LogStream

GATHER_SECONDS = 0.1

errors = logging.getLogger("tickiti.errors")
life = logging.getLogger("tickiti.server")
"""The server's own course: where it listens, that it stops."""

HINT_CHARACTERS = 8
"""As much of a key as is stored beside its reply: enough to find one's own."""

# From the first of its digits alone, and without giving one back: else a text of digits would be
# read again from each of them. The bar may be escaped as in a URL or in JSON.
_TOKEN = re.compile(r"(?<![0-9])[0-9]++(?:\||%(?:25)*+7[Cc]|\\u007[Cc])\S+|tkt_\S+")


class _Text(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        begin = f"{_second(int(record.created))} {record.levelname.lower()} "
        more = f"\n{self.formatException(record.exc_info)}" if record.exc_info else ""
        return redacted(begin + record.getMessage().rstrip() + more)


class _Json(logging.Formatter):
    """A line of ASCII, whatever the locale: what a reader cuts at line ends stays whole."""

    def format(self, record: logging.LogRecord) -> str:
        members = {
            "time": moment(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": redacted(record.getMessage().rstrip()),
        }
        if hasattr(record, "request_id"):
            members["request_id"] = record.request_id
        if record.exc_info:
            members["traceback"] = redacted(self.formatException(record.exc_info))
        return json.dumps(members)


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

    @property
    def key_hint(self) -> str | None:
        return self.key and self.key[:HINT_CHARACTERS]

    def text(self) -> str:
        line = (
            f"{_second(int(self.at))} info {self.method} {_shown(self.path)} {self.status} "
            f"{self.milliseconds}ms token={self.token_id} request={self.request_id}"
        )
        return f"{line} code={self.code}" if self.code else line

    def json(self) -> str:
        path = redacted(self.path)
        members = {
            "time": moment(self.at),
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
    """Without a token and on one line; nearly all requests go to one of few paths."""
    return redacted(path).encode("unicode_escape").decode()


def redacted(text: str) -> str:
    """Text without the token that somebody may have put into it."""
    return _TOKEN.sub("[token]", text)


class RequestLines:
    """Writes the lines of a moment at once: a system call for each would be a switch to the
    writer's thread for each, and `logging` takes longer than the request's own checks. A crash
    loses at most that moment's lines."""

    def __init__(self, write: Callable[[str], object], form: Callable[[Answered], str]) -> None:
        self._write = write
        self._form = form
        self._requests: list[Answered] = []

    def note(self, request: Answered) -> None:
        self._requests.append(request)
        if len(self._requests) == 1:
            asyncio.get_running_loop().call_later(GATHER_SECONDS, self.flush)

    def flush(self) -> None:
        requests, self._requests = self._requests, []
        self._write("".join([self._form(request) + "\n" for request in requests]))


class _Handler(logging.StreamHandler[LogStream]):
    """Closed by `logging.shutdown` before every end of the process: the last lines get out."""

    def close(self) -> None:
        self.stream.drain()
        super().close()


def moment(seconds: float) -> str:
    """RFC 3339 with milliseconds."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


@lru_cache(maxsize=8)
def _second(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def start_logging(log_format: str) -> RequestLines:
    """Send everything to stderr, one line a record, in `text` or `json`; where requests go."""
    is_json = log_format == "json"
    stream = LogStream(sys.stderr, tell_lost=_tell_lost)
    handler = _Handler(stream)
    handler.setFormatter(_Json() if is_json else _Text())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.raiseExceptions = False  # a full disk under the log must not stop the server
    logging.getLogger("uvicorn").setLevel(logging.ERROR)
    logging.getLogger("asyncio").setLevel(logging.ERROR)
    logging.captureWarnings(True)  # noqa: FBT003 - the call has no keyword
    sys.excepthook = _log_uncaught
    threading.excepthook = _log_of_thread
    sys.unraisablehook = _log_unraisable
    return RequestLines(stream.write, Answered.json if is_json else Answered.text)


def _tell_lost(lines: int) -> None:
    errors.warning("%d lines of this log were lost: its reader was too slow", lines)


def _log_uncaught(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    why = f"{kind.__name__}: {error}"
    errors.critical("The server fails: %s", why, exc_info=(kind, error, trace))


def _log_of_thread(ended: Any) -> None:
    cause = (ended.exc_type, ended.exc_value, ended.exc_traceback)
    errors.error("A thread of the server has failed", exc_info=cause)


def _log_unraisable(ignored: Any) -> None:
    cause = (ignored.exc_type, ignored.exc_value, ignored.exc_traceback)
    errors.error("An error went unnoticed: %r", ignored.object, exc_info=cause)
