"""The way to a server: one connection, direct or through a proxy.

Rule: a connection that the server has closed, or whose last answer was not read to its end, is not
used again.
"""

import select
import socket
import ssl
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import NamedTuple, Protocol
from urllib.parse import quote, urlsplit

from tickiti_cli.api.connection.answer import (
    NO_ANSWER,
    Answer,
    AnswerTimeout,
    BadAddress,
    Broken,
    ConnectFailed,
    ConnectTimeout,
    WireError,
)
from tickiti_cli.api.connection.incoming import Incoming, read_answer
from tickiti_cli.api.deadline import Deadline
from tickiti_cli.api.request import USER_AGENT
from tickiti_cli.config.proxy import Proxy

UNQUOTED = "/%!$&'()*+,;=:@?~[]"
"""Characters of a path and its query that stay as they are; a % is one that was quoted before."""

_WITH_BODY = ("POST", "PUT", "PATCH")


class Transport(Protocol):
    def exchange(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        content: bytes,
        deadline: Deadline,
        has_body: bool = True,
    ) -> Answer:
        """Sends one request; `has_body`: whether the body of its answer is read. Raises WireError,
        BadAddress."""

    def close(self) -> None: ...


def opened(context: ssl.SSLContext | None, proxy: Proxy | None) -> Transport:
    """Returns a transport. `context` verifies https addresses. Raises ConfigProblem for a proxy
    that cannot be used."""
    if proxy is None:
        return Direct(context)
    # httpx imports its own command line if click is installed, which would cost 50 ms.
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
    from tickiti_cli.api.connection.proxied import Proxied  # noqa: PLC0415 - slow, and rare

    return Proxied(context, proxy)


def looked(transport: Transport, url: str, deadline: Deadline, *, has_body: bool) -> Answer:
    """Returns the answer to a GET, its body only with `has_body`; NO_ANSWER without one."""
    headers = {"User-Agent": USER_AGENT}
    try:
        return transport.exchange(
            "GET", url, headers=headers, content=b"", deadline=deadline, has_body=has_body
        )
    except (WireError, BadAddress):
        return NO_ANSWER


class Place(NamedTuple):
    """The parts of a URL that a request needs. `target` is its path with the query."""

    is_tls: bool
    host: str
    port: int
    target: str
    host_header: str


class Direct:
    """Sends requests directly. A kept-alive connection serves the next request."""

    def __init__(self, context: ssl.SSLContext | None) -> None:
        self._context = context
        self._connection: socket.socket | None = None

    def exchange(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        content: bytes,
        deadline: Deadline,
        has_body: bool = True,
    ) -> Answer:
        place = place_of(url)
        head = _head(method, place, headers, content)
        connection = self._alive() or self._connect(place, deadline)
        is_reusable = False
        try:
            connection.settimeout(deadline.seconds)
            with _in_our_words(Broken, AnswerTimeout):
                connection.sendall(head + content)
                answer, is_reusable = read_answer(Incoming(connection), has_body=has_body)
            return answer
        finally:
            if is_reusable:
                self._connection = connection
            else:
                connection.close()

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _alive(self) -> socket.socket | None:
        """Returns the open connection. A socket that is readable was closed by the server."""
        connection, self._connection = self._connection, None
        if connection is None:
            return None
        poll = select.poll()
        poll.register(connection, select.POLLIN)
        if poll.poll(0):
            connection.close()
            return None
        return connection

    def _connect(self, place: Place, deadline: Deadline) -> socket.socket:
        deadline.connecting()
        with _in_our_words(ConnectFailed, ConnectTimeout):
            connected = socket.create_connection((place.host, place.port), deadline.seconds)
            try:
                connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                deadline.connected(connected)
                if place.is_tls:
                    assert self._context is not None
                    return self._context.wrap_socket(connected, server_hostname=place.host)
            except BaseException:
                connected.close()
                raise
        return connected


@lru_cache(maxsize=16)
def place_of(url: str) -> Place:
    """Returns the parts of a URL, as they are sent. Raises BadAddress."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        if not host.isascii():
            import idna  # noqa: PLC0415 - few names need it

            host = idna.encode(host).decode("ascii")
    except (ValueError, UnicodeError) as error:
        raise BadAddress(str(error)) from error
    is_tls = parts.scheme == "https"
    usual = 443 if is_tls else 80
    shown = f"[{host}]" if ":" in host else host
    target = quote(parts.path or "/", safe=UNQUOTED.replace("?", ""))
    target += f"?{quote(parts.query, safe=UNQUOTED)}" if parts.query else ""
    named = shown if port in (None, usual) else f"{shown}:{port}"
    return Place(is_tls, host, port or usual, target, named)


def _head(method: str, place: Place, headers: Mapping[str, str], content: bytes) -> bytes:
    """Returns the request line and the headers. Raises ValueError for a line break in a value."""
    lines = [f"{method} {place.target} HTTP/1.1", f"Host: {place.host_header}"]
    lines += (f"{name}: {value}" for name, value in headers.items())
    lines.append("Connection: keep-alive")
    if content or method in _WITH_BODY:
        lines.append(f"Content-Length: {len(content)}")
    head = "\r\n".join(lines)
    if head.count("\n") != len(lines) - 1 or head.count("\r") != len(lines) - 1:
        raise ValueError("a header has a line break")
    return f"{head}\r\n\r\n".encode()


@contextmanager
def _in_our_words(broke: type[WireError], late: type[WireError]) -> Iterator[None]:
    try:
        yield
    except TimeoutError as error:
        raise late(str(error)) from error
    except (OSError, UnicodeError) as error:  # the latter for a name that can be no host's
        raise broke(str(error)) from error
