"""One connection to one server, spoken by the standard library: a transport of httpx.

httpx's own brings two more libraries, whose import took an eighth of `ticket create`. It still
carries what goes through a proxy, so what fails is told in httpx's words. The rule of this file: a
reply that ends early is never taken for a whole one, and one that cannot be read never for one that
was cut short.
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

from tickiti_cli.addresses import is_loopback
from tickiti_cli.deadline import CONNECTED
from tickiti_cli.errors import TimedOut, Unreachable
from tickiti_cli.proxies import Proxy

PIECE = 64 * 1024
MOST_INTERIM = 100
"""Interim answers (1xx) before the final one; each attempt has its deadline besides."""

MOST_HEADERS = 1000
# http.client refuses more than 100 headers, which a chain of proxies can add up to.
http.client._MAXHEADERS = MOST_HEADERS  # type: ignore[attr-defined]  # noqa: SLF001

MOST_REPLY_BYTES = 256 * 1024 * 1024
"""More than any reply of the contract: a page of a thousand tickets is under a megabyte."""


class UnreadableReply(httpx.RemoteProtocolError):
    """A reply arrived whole, but it is not HTTP."""


class _Response(http.client.HTTPResponse):
    """A reply as RFC 9110 and 9112 have it, where http.client knows less."""

    def _read_status(self) -> tuple[str, int, str]:
        """That of the final answer: interim ones (RFC 9110 15.2) are skipped, not only 100."""
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
            # White space behind a value is no part of it (RFC 9112 5), nor does a length count.
            self.chunked, self.chunk_left, self.length = True, None, None
            self.will_close = self._check_close()  # type: ignore[attr-defined]


def opened(context: ssl.SSLContext | None, proxy: Proxy | None) -> httpx.Client:
    """What sends requests: directly, or through a proxy. Raises ConfigProblem for a proxy that no
    client can be made for.

    `context` is for addresses of https, which is how all are verified.
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


def unreachable(
    error: httpx.HTTPError, base_url: str, proxy: Proxy | None, *, seconds: float, is_over: bool
) -> Unreachable:
    """What an attempt without a reply means to the caller: whether it may have arrived, and whether
    another one can fare better. `is_over`: it was cut after its `seconds`."""
    if is_over or isinstance(error, httpx.TimeoutException):
        arrived = not isinstance(error, (httpx.ConnectTimeout, httpx.PoolTimeout))
        message = f"{base_url} did not answer within {round(seconds, 1):g} s."
        return TimedOut(message, may_have_arrived=arrived)
    if isinstance(error, httpx.ConnectError):
        return _no_connection(error, base_url, proxy)
    if isinstance(error, httpx.ProxyError) and proxy:
        message = f"The proxy {proxy.shown} ({proxy.variable}) refused: {_reason(error)}."
        return Unreachable(message, may_have_arrived=False, can_retry=False)
    if isinstance(error, UnreadableReply):
        message = f"{base_url} sent a reply that cannot be read: {_reason(error)}."
        return Unreachable(message, may_have_arrived=True)
    message = f"The connection to {base_url} broke: {_reason(error)}."
    return Unreachable(message, may_have_arrived=True)


def _no_connection(error: httpx.ConnectError, base_url: str, proxy: Proxy | None) -> Unreachable:
    """TLS that fails would fail again: a certificate, or a port that does not speak it."""
    is_tls = isinstance(_cause(error), ssl.SSLError)
    whose = base_url
    if proxy and not is_tls:
        whose = f"the proxy {proxy.shown} ({proxy.variable})"
    is_refused = isinstance(_cause(error), ConnectionRefusedError)
    return Unreachable(
        f"No connection to {whose}: {_reason(error)}.",
        may_have_arrived=False,
        can_retry=not is_tls,
        is_refused_here=is_refused and proxy is None and is_loopback(base_url),
    )


def _cause(error: BaseException) -> BaseException:
    """The error that began it; httpx's own transport wraps it twice."""
    while error.__cause__ is not None or error.__context__ is not None:
        error = error.__cause__ or error.__context__  # type: ignore[assignment]
    return error


def _reason(error: Exception) -> str:
    return str(error).rstrip(".") or type(error).__name__


def looked(
    client: httpx.Client, url: str, seconds: float, extensions: dict[str, Any]
) -> httpx.Response:
    """What a GET is answered with, its body aside; a status of 0 where nobody answers."""
    try:
        with client.stream("GET", url, timeout=seconds, extensions=extensions) as response:
            return response
    except httpx.HTTPError:
        return httpx.Response(0)


def whole(pieces: Iterator[bytes]) -> bytes:
    """The whole reply, unless it is larger than any reply of Tickiti."""
    body = bytearray()
    for piece in pieces:
        body += piece
        if len(body) > MOST_REPLY_BYTES:
            raise httpx.DecodingError(f"the reply is larger than {MOST_REPLY_BYTES} bytes")
    return bytes(body)


class Direct(httpx.BaseTransport):
    """Kept alive, a connection serves the next request."""

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
        """The one there is, unless its server has ended it: then it would be readable."""
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
        """What was read to its end stays open for the next request."""
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
