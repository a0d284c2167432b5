"""Sends one HTTP/1.1 POST to an address that was resolved and checked before.

Rule: one deadline limits the whole exchange, MOST_HEAD and MOST_BODY limit the reply. A status that
has arrived counts, whatever happens to the body behind it. No reply is decompressed, no redirect is
followed, no connection is reused. http.client parses the reply; the socket is opened here, so that
the name is not resolved a second time.
"""

import http.client
import io
import socket
import ssl
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from tickiti_server import crash_points
from tickiti_server.delivery import bounded_socket
from tickiti_server.delivery.bounded_socket import Deadline
from tickiti_server.delivery.callback.destinations import Destination
from tickiti_server.delivery.outcomes import Answer
from tickiti_server.delivery.resolver import reason

MOST_HEAD = 64 * 1024
"""Bytes of status and headers."""

MOST_BODY = 64 * 1024
"""Bytes of the body that are kept for the developer of the other server."""

MOST_FRAMED = 2 * MOST_BODY
"""Bytes that are read for them: a chunked body is longer on the wire."""

BODY_SECONDS = 2.0
"""The longest wait for the body, because the status before it has decided already."""

MOST_EXCERPT = 300


class CutShort(http.client.HTTPException):
    """The connection ended before the end of the reply."""


class NoReply(Exception):
    """No reply arrived; the other server may have received the request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    destination: Destination
    addresses: Sequence[str]
    """The addresses to try; the first that accepts gets the request."""

    headers: Mapping[str, str]
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """The reply of the other server."""

    status: int
    retry_after: str | None
    answer: Answer

    @property
    def excerpt(self) -> str:
        """The beginning of the body."""
        return self.answer.body[:MOST_EXCERPT].decode("utf-8", "replace")


def post(request: Request, deadline: Deadline) -> Reply:
    """Send the request and read the reply. Raises NoReply."""
    where = f"{request.destination.host}:{request.destination.port}"
    try:
        with closing(_connect(request, deadline)) as connection:
            bounded_socket.send(connection, _encode(request), deadline)
            crash_points.reached("cb.sent")
            answer = _read_reply(connection, deadline)
            crash_points.reached("cb.reply_read")
            return answer
    except TimeoutError:
        raise NoReply(f"{where} has not answered within {deadline.seconds:g} s") from None
    except ssl.SSLCertVerificationError as error:
        raise NoReply(
            f"The certificate of {request.destination.host} is not valid: {error.verify_message}"
        ) from None
    except (CutShort, bounded_socket.ReplyTooLong):
        raise NoReply(f"{where} has not answered to the end of a reply") from None
    except http.client.HTTPException as error:
        raise NoReply(f"{where} did not answer with HTTP ({type(error).__name__})") from None
    except OSError as error:
        raise NoReply(f"{where} cannot be reached: {reason(error)}") from None


def _connect(request: Request, deadline: Deadline) -> socket.socket:
    """Open a socket to one of the addresses, with TLS for the host's name. Raises OSError."""
    raw = bounded_socket.connect(request.addresses, request.destination.port, deadline)
    if request.destination.scheme == "http":
        return raw
    try:
        raw.settimeout(deadline.left)
        return _tls_context().wrap_socket(raw, server_hostname=request.destination.host)
    except BaseException:
        raw.close()
        raise


@lru_cache(maxsize=1)
def _tls_context() -> ssl.SSLContext:
    return ssl.create_default_context()


def _encode(request: Request) -> bytes:
    """Encode head and body. Every value is ours or was checked for printable ASCII."""
    headers = {
        "Host": request.destination.authority,
        **request.headers,
        # A compressed reply could expand to any size.
        "Accept-Encoding": "identity",
        "Content-Length": str(len(request.body)),
        "Connection": "close",
    }
    lines = [f"POST {request.destination.target} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join((*lines, "", "")).encode("ascii") + request.body


class _Lines(io.BufferedReader):
    """Refuses a head that ends with the connection, which http.client would accept."""

    def readline(self, size: int | None = -1) -> bytes:
        line = super().readline(size)
        if not line.endswith(b"\n"):
            raise CutShort
        return line


class _Response(http.client.HTTPResponse):
    """Reads past every interim reply, such as 103 (early hints): http.client skips 100 alone, and
    would take another one for the reply itself. 101 is a reply, because it ends HTTP."""

    def _read_status(self) -> tuple[str, int, str]:
        version, status, reason = super()._read_status()  # type: ignore[misc]
        is_interim = 100 < status < 200 and status != http.client.SWITCHING_PROTOCOLS
        return version, http.client.CONTINUE if is_interim else status, reason


class _SocketAdapter:
    """The part of a socket that http.client uses."""

    def __init__(self, connection: socket.socket, deadline: Deadline) -> None:
        self.incoming = bounded_socket.BoundedReader(connection, deadline, MOST_HEAD)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return _Lines(self.incoming)


def _read_reply(connection: socket.socket, deadline: Deadline) -> Reply:
    source = _SocketAdapter(connection, deadline)
    fake_socket: Any = source
    with _Response(fake_socket, method="POST") as reply:
        reply.begin()
        body, is_whole = _read_body(reply, source.incoming, deadline)
        answer = Answer(reply.getheaders(), body[:MOST_BODY], is_whole)
        return Reply(reply.status, reply.headers.get("Retry-After"), answer)


def _read_body(
    reply: http.client.HTTPResponse, incoming: bounded_socket.BoundedReader, deadline: Deadline
) -> tuple[bytes, bool]:
    """The beginning of the body, and whether it is the whole body. An error ends it early."""
    body = bytearray()
    with suppress(OSError, http.client.HTTPException, ValueError, bounded_socket.ReplyTooLong):
        incoming.allow(deadline.part(BODY_SECONDS), MOST_FRAMED)
        while len(body) <= MOST_BODY:
            piece = reply.read1(MOST_BODY + 1 - len(body))
            if not piece:
                return bytes(body), not reply.length
            body += piece
    return bytes(body), False
