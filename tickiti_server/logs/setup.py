"""Setup of the server's log: text or JSON on standard error.

Rule: no body, header or secret is logged, so that an operator may show a log to anybody.
"""

import json
import logging
import sys
import threading
from types import TracebackType
from typing import Any

from tickiti_server.clock import SECOND, Clock, wall_clock
from tickiti_server.logs.request_lines import (
    RequestLines,
    RequestLogLine,
    redacted,
    rfc3339_milliseconds,
    rfc3339_seconds,
)
from tickiti_server.logs.stream import LogStream

errors = logging.getLogger("tickiti.errors")
life = logging.getLogger("tickiti.server")
"""Start and stop of the server."""


class _Form(logging.Formatter):
    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock

    def _seconds(self) -> float:
        """The time of the record at hand, which is formatted where it is made."""
        return self._clock() / SECOND


class _Text(_Form):
    def format(self, record: logging.LogRecord) -> str:
        begin = f"{rfc3339_seconds(int(self._seconds()))} {record.levelname.lower()} "
        more = f"\n{self.formatException(record.exc_info)}" if record.exc_info else ""
        return redacted(begin + record.getMessage().rstrip() + more)


class _Json(_Form):
    """One line of ASCII JSON for each record, in every locale."""

    def format(self, record: logging.LogRecord) -> str:
        members = {
            "time": rfc3339_milliseconds(self._seconds()),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": redacted(record.getMessage().rstrip()),
        }
        if hasattr(record, "request_id"):
            members["request_id"] = record.request_id
        if record.exc_info:
            members["traceback"] = redacted(self.formatException(record.exc_info))
        return json.dumps(members)


class _Handler(logging.StreamHandler[LogStream]):
    """Drains the stream when `logging.shutdown` closes it, so that the last lines are written."""

    def close(self) -> None:
        self.stream.drain()
        super().close()


def start_logging(log_format: str, clock: Clock = wall_clock) -> RequestLines:
    """Send all records to stderr in `text` or `json`, with the times of `clock`.

    Returns the writer of request lines.
    """
    is_json = log_format == "json"
    stream = LogStream(sys.stderr, tell_lost=_tell_lost)
    handler = _Handler(stream)
    handler.setFormatter(_Json(clock) if is_json else _Text(clock))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.raiseExceptions = False  # a full disk must not stop the server
    logging.getLogger("uvicorn").setLevel(logging.ERROR)
    logging.getLogger("asyncio").setLevel(logging.ERROR)
    logging.captureWarnings(True)  # noqa: FBT003 - the call has no keyword
    sys.excepthook = _log_uncaught
    threading.excepthook = _log_of_thread
    sys.unraisablehook = _log_unraisable
    return RequestLines(stream.write, RequestLogLine.json if is_json else RequestLogLine.text)


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
