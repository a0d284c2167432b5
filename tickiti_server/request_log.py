"""The newest requests this process has answered, kept in memory for whoever watches the server.

The rule of this file: a request is noted as plain values and made readable only when somebody asks,
because every request pays for the first and hardly any for the second. What is kept is what an
operator may show to anybody: no header, query, body or token. The durable record is the server's
log; this one is bounded and ends with the process.
"""

import re
import time
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple, TypedDict

from tickiti_cli.contract import requests

if TYPE_CHECKING:
    from tickiti_server.dispatch import Exchange
    from tickiti_server.replies import Reply

MOST_REQUESTS = 10_000
"""About 4 MB at worst: a path is cut, everything else is small."""

MOST_PATH = 200
"""The longest path of the contract has 60 characters; a client may send 64 KiB of them."""

HINT_CHARACTERS = 8
"""As much of a key as is stored beside its reply: enough to find one's own."""

_TOKEN = re.compile(r"[0-9]+\|\S+|tkt_\S+")


class _Noted(NamedTuple):
    """How a noted tuple is read."""

    at: float
    seconds: float
    method: str
    path: str
    status: int
    token_id: int
    code: str | None
    key: str | None
    request_id: str


class Request(TypedDict):
    answered_at: str
    method: str
    path: str
    status: int
    milliseconds: float
    token_id: int | None
    code: str | None
    key_hint: str | None
    request_id: str


_Plain = tuple[float, float, str, str, int, int, str | None, str | None, str]

_answered: deque[_Plain] = deque(maxlen=MOST_REQUESTS)


def note(exchange: "Exchange", reply: "Reply") -> None:
    """Keep a request that was answered; reading this log itself is not news for it."""
    path, key = exchange.path[:MOST_PATH], exchange.key
    if path == requests.index.path and reply.status == 200:
        return
    _answered.append(
        (
            time.time(),
            time.perf_counter() - exchange.began,
            exchange.scope["method"],
            path,
            reply.status,
            exchange.caller.token_id,
            reply.code,
            key and key[:HINT_CHARACTERS],
            exchange.request_id,
        )
    )


def newest_first(*, before: str | None = None, since: str | None = None) -> Iterator[Request]:
    """What was answered earlier than the request `before` and later than the request `since`.

    A request that is not kept any more bounds nothing on its side: before it there is nothing left,
    and everything that is kept came since.
    """
    is_inside = before is None
    for plain in reversed(_answered.copy()):
        request_id = plain[-1]
        if request_id == since:
            return
        if is_inside:
            yield _readable(_Noted(*plain))
        is_inside = is_inside or request_id == before


def redacted(path: str) -> str:
    """A path without the token that somebody may have put into it."""
    return _TOKEN.sub("[token]", path)


def _readable(noted: _Noted) -> Request:
    return {
        "answered_at": datetime.fromtimestamp(noted.at, UTC).isoformat(timespec="milliseconds"),
        "method": noted.method,
        "path": redacted(noted.path),
        "status": noted.status,
        "milliseconds": round(noted.seconds * 1000, 1),
        "token_id": noted.token_id or None,
        "code": noted.code,
        "key_hint": noted.key,
        "request_id": noted.request_id,
    }
