"""Sends a request of another program once, unchanged, and returns the answer unchanged.

Rule: no token is added here. A caller that adds one has checked the address.
"""

import http.client
import ssl
import time
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from tickiti_cli.errors import TimedOut, Unreachable

MOST_ANSWER = 1024 * 1024
"""Bytes of an answer's body that are read."""

OWN = frozenset(
    {
        "authorization", "connection", "content-length", "cookie", "expect", "host", "keep-alive",
        "proxy-authorization", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
    }
)  # fmt: skip
"""Headers of one connection or one server, which are not passed on."""

Headers = Sequence[tuple[str, str]]


class Answer(NamedTuple):
    status: int
    headers: Headers
    body: bytes
    milliseconds: float


def passed_on(headers: Headers) -> list[tuple[str, str]]:
    """The headers that another server gets too."""
    return [(name, value) for name, value in headers if name.lower() not in OWN]


def relay(method: str, url: str, headers: Headers, content: bytes, *, seconds: float) -> Answer:
    """Sends the request. `url` comes from `checked_url`, perhaps with a path and a query. Raises
    Unreachable and TimedOut."""
    parts = urlsplit(url)
    where = f"{parts.scheme}://{parts.netloc}"
    connection = _connection(parts.scheme, parts.hostname or "", parts.port, seconds)
    began = time.monotonic()
    try:
        connection.putrequest(method, _target(url), skip_accept_encoding=True)
        for name, value in headers:
            connection.putheader(name, value)
        connection.putheader("Content-Length", str(len(content)))
        connection.putheader("Connection", "close")
        connection.endheaders(content)
        response = connection.getresponse()
        body = response.read(MOST_ANSWER)
    except TimeoutError:
        sentence = f"{where} did not answer within {seconds:g} s."
        raise TimedOut(sentence, may_have_arrived=True) from None
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        sentence = f"No answer from {where}: {reason}."
        is_refused = isinstance(error, ConnectionRefusedError)
        raise Unreachable(sentence, may_have_arrived=not is_refused) from error
    finally:
        connection.close()
    took = round(1000 * (time.monotonic() - began), 1)
    return Answer(response.status, response.getheaders(), body, took)


def _connection(
    scheme: str, host: str, port: int | None, seconds: float
) -> http.client.HTTPConnection:
    if scheme == "http":
        return http.client.HTTPConnection(host, port, timeout=seconds)
    context = ssl.create_default_context()
    return http.client.HTTPSConnection(host, port, timeout=seconds, context=context)


def _target(url: str) -> str:
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
