"""A transport of httpx on http.client: one connection to one server.

The transport of httpx imports two more libraries, which took an eighth of `ticket create`. Requests
through a proxy still use httpx's own transport, so that their errors are those of httpx. Rule: a
reply that ends early is never a whole reply, and an unreadable reply is never one that was cut
short.
"""

import http
import http.client
import select
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from tickiti_cli.api.deadline import CONNECTED, CONNECTING
from tickiti_cli.config.proxy import Proxy

PIECE = 64 * 1024
MOST_INTERIM = 100
"""Limit of interim answers (1xx) before the final one; each attempt has a deadline as well."""

MOST_HEADERS = 1000
# http.client refuses more than 100 headers, which a chain of proxies can add up to.
http.client._MAXHEADERS = MOST_HEADERS  # type: ignore[attr-defined]  # noqa: SLF001

MOST_REPLY_BYTES = 256 * 1024 * 1024
"""The limit of a reply, more than any reply of the contract: a page of a thousand tickets is under
a megabyte."""


class UnreadableReply(httpx.RemoteProtocolError):
    """Raised for a reply that is complete, but not HTTP."""


class _Response(http.client.HTTPResponse):
    """A reply by RFC 9110 and 9112, in the points where http.client deviates."""

    def _read_status(self) -> tuple[str, int, str]:
        """Returns the status of the final answer; skips every interim one (RFC 9110 15.2), not only
        100."""
        for _ in range(MOST_INTERIM):
            found: tuple[str, int, str] = super()._read_status()  # type: ignore[misc]
            if not 100 <= found[1] < 200 or found[1] == http.HTTPStatus.SWITCHING_PROTOCOLS:
                return found
            http.client.parse_headers(self.fp)
        raise http.client.HTTPException(f"more than {MOST_INTERIM} interim answers")

    def begin(self) -> None:
        super().begin()
        coding = (self.headers.get("Transfer-Encoding") or "chunked").strip().lower()
        if coding != "chunked":  # nothing else was asked for
            raise http.client.UnknownTransferEncoding(f"unknown transfer coding {coding!r}")
        if "Transfer-Encoding" in self.headers and not self.chunked and self.length != 0:
            # Ignore white space behind the value (RFC 9112 5), and a Content-Length beside it.
            self.chunked, self.chunk_left, self.length = True, None, None
            self.will_close = self._check_close()  # type: ignore[attr-defined]


def opened(context: ssl.SSLContext | None, proxy: Proxy | None) -> httpx.Client:
    """Returns an httpx client, direct or through a proxy. `context` verifies https addresses.

    Raises ConfigProblem for a proxy that httpx does not support.
    """
    if proxy is None:
        return httpx.Client(transport=Direct(context), trust_env=False, follow_redirects=False)
    try:
        return httpx.Client(
            proxy=proxy.url, verify=context or False, trust_env=False, follow_redirects=False
        )
    except ImportError as error:  # SOCKS is an extra of httpx
        raise proxy.unusable("SOCKS needs the Python package socksio, which is missing") from error
    except (ValueError, TypeError, httpx.InvalidURL) as error:
        raise proxy.unusable(str(error).rstrip(".")) from error


def looked(
    client: httpx.Client,
    url: str,
    seconds: float,
    extensions: dict[str, Any],
    *,
    has_body: bool = False,
) -> httpx.Response:
    """Returns the answer to a GET, its body only with `has_body`; status 0 without an answer."""
    try:
        with client.stream("GET", url, timeout=seconds, extensions=extensions) as response:
            if has_body:
                return httpx.Response(response.status_code, content=whole(response.iter_raw()))
            return response
    except httpx.HTTPError:
        return httpx.Response(0)


def whole(pieces: Iterator[bytes]) -> bytes:
    """Joins the pieces of a reply. Raises DecodingError beyond the limit."""
    body = bytearray()
    for piece in pieces:
        body += piece
        if len(body) > MOST_REPLY_BYTES:
            raise httpx.DecodingError(f"the reply is larger than {MOST_REPLY_BYTES} bytes")
    return bytes(body)


class Direct(httpx.BaseTransport):
    """Sends requests directly. A kept-alive connection serves the next request."""

    def __init__(self, context: ssl.SSLContext | None) -> None:
        self._context = context
        self._connection: http.client.HTTPConnection | None = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        connection = self._alive() or self._connect(request)
        try:
            with _in_httpx_words(httpx.WriteError, httpx.WriteTimeout):
                _send(connection, request)
            with _in_httpx_words(httpx.ReadError, httpx.ReadTimeout):
                response = connection.getresponse()
        except BaseException:
            connection.close()
            raise
        headers = [
            (name.encode("latin-1"), value.encode("latin-1"))
            for name, value in response.getheaders()
        ]
        body = _Body(self, connection, response)
        return httpx.Response(response.status, headers=headers, stream=body)

    def _alive(self) -> http.client.HTTPConnection | None:
        """Returns the open connection. A socket that is readable was closed by the server."""
        connection, self._connection = self._connection, None
        if connection is None or connection.sock is None:
            return None
        if select.select([connection.sock], [], [], 0)[0]:
            connection.close()
            return None
        return connection

    def _connect(self, request: httpx.Request) -> http.client.HTTPConnection:
        url, seconds = request.url, request.extensions["timeout"]["connect"]
        is_tls = url.scheme == "https"
        host, port = url.raw_host.decode("ascii"), url.port or (443 if is_tls else 80)
        request.extensions[CONNECTING]()
        with _in_httpx_words(httpx.ConnectError, httpx.ConnectTimeout):
            connected = socket.create_connection((host, port), seconds)
            try:
                connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                request.extensions[CONNECTED](connected)
                if is_tls:
                    assert self._context is not None
                    connected = self._context.wrap_socket(connected, server_hostname=host)
            except BaseException:
                connected.close()
                raise
        connection = http.client.HTTPConnection(host, port)
        connection.response_class = _Response
        connection.sock = connected
        return connection

    def keep(self, connection: http.client.HTTPConnection) -> None:
        self._connection = connection

    def keeps(self, connection: http.client.HTTPConnection) -> bool:
        return self._connection is connection

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()


class _Body(httpx.SyncByteStream):
    def __init__(
        self,
        transport: Direct,
        connection: http.client.HTTPConnection,
        response: http.client.HTTPResponse,
    ) -> None:
        self._transport = transport
        self._connection = connection
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        with _in_httpx_words(httpx.ReadError, httpx.ReadTimeout):
            while piece := self._response.read(PIECE):
                size += len(piece)
                yield piece
        # http.client takes the end of a connection for that of the headers or of the body.
        is_unbounded = self._response.length is None and not self._response.chunked
        if self._response.length or (is_unbounded and not size):
            raise httpx.RemoteProtocolError("the reply ended early")
        if not self._response.will_close:
            self._transport.keep(self._connection)

    def close(self) -> None:
        """Closes the connection, unless the reply was read to its end."""
        if not self._transport.keeps(self._connection):
            self._connection.close()


def _send(connection: http.client.HTTPConnection, request: httpx.Request) -> None:
    timeout: dict[str, Any] = request.extensions["timeout"]
    connection.sock.settimeout(timeout["read"])
    target = request.url.raw_path.decode("ascii")
    connection.putrequest(request.method, target, skip_host=True, skip_accept_encoding=True)
    for name, value in request.headers.raw:
        connection.putheader(name, value)
    connection.endheaders(request.content)


@contextmanager
def _in_httpx_words(broke: type[httpx.HTTPError], late: type[httpx.HTTPError]) -> Iterator[None]:
    try:
        yield
    except TimeoutError as error:
        raise late(str(error)) from error
    except (OSError, UnicodeError) as error:  # the latter for a name that can be no host's
        raise broke(str(error)) from error
    except (http.client.IncompleteRead, http.client.RemoteDisconnected) as error:
        raise httpx.RemoteProtocolError(str(error) or type(error).__name__) from error
    except http.client.HTTPException as error:
        raise UnreadableReply(_why(error)) from error


def _why(error: http.client.HTTPException) -> str:
    if isinstance(error, http.client.BadStatusLine):
        return f"it does not begin as HTTP does: {error.args[0].strip()[:80]!r}"
    return str(error) or type(error).__name__
