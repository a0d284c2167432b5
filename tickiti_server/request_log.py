"""The newest requests this process has answered, kept in memory for whoever watches the server.

The rule of this file: a request is noted as plain values and made readable only when somebody asks,
because every request pays for the first and hardly any for the second. What is kept is what an
operator may show to anybody: no header, query, body or token. The durable record is the server's
log; this one is bounded and ends with the process.
"""

from collections import deque
from collections.abc import Iterator
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from tickiti_cli.contract import requests
from tickiti_server.observe import Answered, RequestLines, moment, redacted
from tickiti_server.schemas import Time

MOST_REQUESTS = 10_000
"""About 4 MB at worst: a path is cut, everything else is small."""

MOST_PATH = 200
"""The longest path of the contract has 60 characters; a client may send 64 KiB of them."""


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


class RequestLog:
    """Has a line written for each request, and keeps the newest of them."""

    def __init__(self, lines: RequestLines) -> None:
        self._lines = lines
        self._answered: deque[Answered] = deque(maxlen=MOST_REQUESTS)

    def note(self, answered: Answered) -> None:
        """Reading this log itself is no news for it."""
        if len(answered.path) > MOST_PATH:
            answered = answered._replace(path=answered.path[:MOST_PATH])
        self._lines.note(answered)
        if answered.path != requests.index.path or answered.status != 200:
            self._answered.append(answered)

    def flush(self) -> None:
        self._lines.flush()

    def newest_first(
        self, *, before: str | None = None, since: str | None = None
    ) -> Iterator[Request]:
        """What was answered earlier than the request `before` and later than the request `since`.

        A request that is not kept any more bounds nothing on its side: before it there is nothing
        left, and everything that is kept came since.
        """
        is_inside = before is None
        for answered in reversed(self._answered.copy()):
            if answered.request_id == since:
                return
            if is_inside:
                yield _readable(answered)
            is_inside = is_inside or answered.request_id == before


def _readable(answered: Answered) -> Request:
    return {
        "answered_at": moment(answered.at),
        "method": answered.method,
        "path": redacted(answered.path),
        "status": answered.status,
        "milliseconds": answered.milliseconds,
        "token_id": answered.token_id or None,
        "code": answered.code,
        "key_hint": answered.key_hint,
        "request_id": answered.request_id,
    }
