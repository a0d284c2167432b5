"""One connection to one server, spoken by the standard library: a transport of httpx.

httpx's own brings two more libraries, whose import took an eighth of `ticket create`. It still
carries what goes through a proxy, so what fails is told in httpx's words. The rule of this file: a
reply that ends early is never taken for a whole one.
"""

import http.client
import select
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.request import getproxies

import httpx

from tickiti_cli.deadline import CONNECTED

PIECE = 64 * 1024

MOST_REPLY_BYTES = 256 * 1024 * 1024
"""More than any reply of the contract: a page of a thousand tickets is under a megabyte."""


def opened(context: ssl.SSLContext | None, *, may_go_through_a_proxy: bool) -> httpx.Client:
    """What sends requests: directly, unless the environment names a proxy that may be used.

    `context` is for addresses of https, which is how all are verified.
    """
    if may_go_through_a_proxy and getproxies():
        return httpx.Client(verify=context or False, follow_redirects=False)
    return httpx.Client(transport=Direct(context), trust_env=False, follow_redirects=False)


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
    except http.client.HTTPException as error:
        raise httpx.RemoteProtocolError(str(error) or type(error).__name__) from error
