"""What the server says of itself: a line for each request, and its log in text or JSON.

No body, header or secret is ever logged: a line holds what an operator may show to anybody.
"""

import asyncio
import json
import logging
import sys
import time
from datetime import UTC, datetime
from functools import lru_cache
from typing import TextIO

GATHER_SECONDS = 0.1

requests = logging.getLogger("tickiti.requests")
errors = logging.getLogger("tickiti.errors")


class _Text(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = f"{_second(int(record.created))} {record.levelname.lower()} {record.getMessage()}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        members = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "members", {}),
        }
        if record.exc_info:
            members["traceback"] = self.formatException(record.exc_info)
        return json.dumps(members, ensure_ascii=False)


class _Gathering(logging.StreamHandler[TextIO]):
    """Writes the request lines of a moment at once: a system call for each would be a switch to
    the writer's thread for each. A crash loses at most that moment's lines."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self._lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(self.format(record))
        if len(self._lines) == 1:
            asyncio.get_running_loop().call_later(GATHER_SECONDS, self.flush)

    def flush(self) -> None:
        lines, self._lines = self._lines, []
        if lines:
            self.stream.write("\n".join([*lines, ""]))
        super().flush()


@lru_cache(maxsize=8)
def _second(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def start_logging(log_format: str) -> None:
    """Send everything to stderr, one line a record, in `text` or `json`."""
    handler = logging.StreamHandler(sys.stderr)
    gathering = _Gathering(sys.stderr)
    for one in (handler, gathering):
        one.setFormatter(_Json() if log_format == "json" else _Text())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    requests.addHandler(gathering)
    requests.propagate = False
    # What a line never shows need not be collected for each request.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging.raiseExceptions = False  # a full disk under the log must not stop the server
    logging.getLogger("uvicorn").setLevel(logging.ERROR)
    logging.getLogger("asyncio").setLevel(logging.ERROR)


def note_request(
    *, method: str, path: str, status: int, began: float, token_id: int, request_id: str
) -> None:
    """One line for a request that was answered; `began` is a perf_counter reading."""
    milliseconds = (time.perf_counter() - began) * 1000
    requests.info(
        "%s %s %d %.1fms token=%d request=%s",
        method,
        path.encode("unicode_escape").decode(),
        status,
        milliseconds,
        token_id,
        request_id,
        extra={
            "members": {
                "method": method,
                "path": path,
                "status": status,
                "milliseconds": round(milliseconds, 1),
                "token_id": token_id,
                "request_id": request_id,
            }
        },
    )
