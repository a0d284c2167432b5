"""The request log in memory: the newest requests that this process has answered.

Rule: a request is added as plain values and formatted only on demand, because every request pays
for adding. The log holds no header, query, body or token; those are in the recordings, if the
server keeps any. It is bounded and ends with the process; the durable record is the server's log.
"""

from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from typing import Annotated, NamedTuple

from pydantic import Field
from typing_extensions import TypedDict

from tickiti_cli.contract.bundled import page, requests
from tickiti_server.logs.recording import Recordings
from tickiti_server.logs.request_lines import (
    RequestLines,
    RequestLogLine,
    redacted,
    rfc3339_milliseconds,
)
from tickiti_server.validation.json_schema import Time

MOST_REQUESTS = 10_000
"""About 4 MB at worst: a path is cut, everything else is small."""

MOST_PATH = 200
"""The longest path of the contract has 60 characters; a client may send 64 KiB of them."""

_QUIET = (requests.index.path, "/_tickiti/test/")
"""Begins the paths of looks at the log and of test mode, which would bury what a test looks for."""


class Request(TypedDict):
    answered_at: Time
    method: Annotated[str, Field(examples=["POST"])]
    path: Annotated[str, Field(examples=["/api/create_ticket"])]
    status: Annotated[int, Field(examples=[200])]
    milliseconds: Annotated[float, Field(examples=[1.4])]
    token_id: Annotated[int | None, Field(description="Whose token it carried.", examples=[14])]
    code: Annotated[str | None, Field(description="The code of a failure.", examples=[None])]
    key_hint: Annotated[
        str | None, Field(description="How its Idempotency-Key begins.", examples=["7b4f3c2e"])
    ]
    request_id: Annotated[str, Field(examples=["5f0c21aa-1c3"])]
    fault: Annotated[
        str | None, Field(description="The fault of test mode that fired.", examples=[None])
    ]


class RequestFilter(NamedTuple):
    """Selects requests; None matches every request."""

    method: str | None = None
    path: str | None = None
    status: str | None = None
    token_id: int | None = None
    code: str | None = None
    key: str | None = None

    def matches(self, line: RequestLogLine) -> bool:
        """`path` and `key` are patterns with `*`; a status may be a class, such as `5xx`."""
        return (
            self.method in (None, line.method)
            and self.token_id in (None, line.token_id)
            and self.code in (None, line.code)
            and (self.path is None or fnmatchcase(redacted(line.path), self.path))
            and (self.status is None or str(line.status)[:1] + "xx" == self.status
                 or str(line.status) == self.status)
            and (self.key is None or fnmatchcase(line.key or "", self.key))
        )  # fmt: skip


class RequestLog:
    """Writes a line for each request, and keeps the newest requests in memory."""

    def __init__(self, lines: RequestLines, recordings: Recordings | None = None) -> None:
        self.recordings = recordings
        """None unless the server was started with --record-bodies or --test."""

        self._lines = lines
        self._answered: deque[RequestLogLine] = deque(maxlen=MOST_REQUESTS)
        self.added = 0
        """How many requests were kept since the start."""
        self._faults: OrderedDict[str, str] = OrderedDict()
        """The faults that fired, by request id. Apart from the lines, which all servers have."""

    def add(self, answered: RequestLogLine) -> None:
        """Write the request's line and keep it, but not a successful look at this log."""
        if len(answered.path) > MOST_PATH:
            answered = answered._replace(path=answered.path[:MOST_PATH])
        self._lines.add(answered)
        if not _looks_only(answered):
            self._answered.append(answered)
            self.added += 1

    def flush(self) -> None:
        self._lines.flush()

    def add_delivery(self, line: RequestLogLine) -> None:
        """Keep a delivery that a fault has hit. Called from any thread."""
        self._answered.append(line)
        self.added += 1

    def note_fault(self, request_id: str, action: str) -> None:
        """Keep which fault fired on a request. Called from any thread, also before `add`."""
        self._faults[request_id] = action
        while len(self._faults) > MOST_REQUESTS:
            self._faults.popitem(last=False)

    def clear(self) -> int:
        """Forget every request, and return how many there were. The server's log keeps them."""
        count = len(self._answered)
        self._answered.clear()
        self._faults.clear()
        if self.recordings is not None:
            self.recordings.clear()
        return count

    def find(self, request_id: str) -> Request | None:
        for answered in reversed(self._answered.copy()):
            if answered.request_id == request_id:
                return self._readable(answered)
        return None

    def newest_first(
        self,
        *,
        before: str | None = None,
        since: str | None = None,
        matches: Callable[[RequestLogLine], bool] = lambda _: True,
        faulty: bool = False,
    ) -> Iterator[Request]:
        """Matching requests that were answered earlier than the request `before` and later than the
        request `since`. `faulty`: only those that a fault fired on.

        Without `before` in memory no request is earlier. Without `since` in memory all requests are
        later.
        """
        is_inside = before is None
        for answered in reversed(self._answered.copy()):
            if answered.request_id == since:
                return
            is_wanted = is_inside and matches(answered)
            if is_wanted and (not faulty or answered.request_id in self._faults):
                yield self._readable(answered)
            is_inside = is_inside or answered.request_id == before

    def _readable(self, answered: RequestLogLine) -> Request:
        return {
            "answered_at": rfc3339_milliseconds(answered.at),
            "method": answered.method,
            "path": redacted(answered.path),
            "status": answered.status,
            "milliseconds": answered.milliseconds,
            "token_id": answered.token_id or None,
            "code": answered.code,
            "key_hint": answered.key_hint,
            "request_id": answered.request_id,
            "fault": self._faults.get(answered.request_id),
        }


def _looks_only(answered: RequestLogLine) -> bool:
    """Whether the request was a look at the server itself, by this log or by the page, or one of
    test mode."""
    if answered.path.startswith(page.ROOT):
        return answered.path != page.link.path or answered.status == 200
    return answered.path.startswith(_QUIET) and answered.status == 200
