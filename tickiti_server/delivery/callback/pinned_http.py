"""One POST over HTTP/1.1 to an address that was looked up and judged before.

The rule of this file: everything together has one deadline, and no reply is read beyond MOST_REPLY
bytes as they come: nothing is unpacked, no redirect is followed, no connection is kept. http.client
speaks; the socket is ours, so that the name is not looked up a second time.
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
from tickiti_server.delivery import wire
from tickiti_server.delivery.lookup import reason
from tickiti_server.delivery.wire import Deadline
from tickiti_server.destinations import Destination

MOST_REPLY = 64 * 1024
"""Status, headers and body; only the status and two headers are of interest."""

MOST_EXCERPT = 300


class CutShort(http.client.HTTPException):
    """The connection ended before the reply, or the reply had no end."""


class NotSent(Exception):
    """No reply came; whether the other side has seen the request is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    destination: Destination
    addresses: Sequence[str]
    """Where it may go; the first that answers gets it."""

    headers: Mapping[str, str]
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other side said."""

    status: int
    retry_after: str | None
    excerpt: str
    """The beginning of what a refusal says."""


def post(request: Request, deadline: Deadline) -> Answer:
    """Raises NotSent."""
    where = f"{request.destination.host}:{request.destination.port}"
    try:
        with closing(_connected(request, deadline)) as connection:
            wire.send(connection, _rendered(request), deadline)
            crash_points.reached("cb.sent")
            answer = _read(connection, deadline)
            crash_points.reached("cb.reply_read")
            return answer
    except TimeoutError:
        raise NotSent(f"{where} has not answered within {deadline.seconds:g} s") from None
    except ssl.SSLCertVerificationError as error:
        raise NotSent(
            f"The certificate of {request.destination.host} is not valid: {error.verify_message}"
        ) from None
    except (CutShort, wire.TooLong):
        raise NotSent(f"{where} has not answered to the end of a reply") from None
    except http.client.HTTPException as error:
        raise NotSent(f"{where} answered with what is no HTTP ({type(error).__name__})") from None
    except OSError as error:
        raise NotSent(f"{where} cannot be reached: {reason(error)}") from None


def _connected(request: Request, deadline: Deadline) -> socket.socket:
    """A socket to one of the addresses, in TLS under the host's name. Raises OSError."""
    raw = wire.connected(request.addresses, request.destination.port, deadline)
    if request.destination.scheme == "http":
        return raw
    try:
        raw.settimeout(deadline.left)
        return _trust().wrap_socket(raw, server_hostname=request.destination.host)
    except BaseException:
        raw.close()
        raise


@lru_cache(maxsize=1)
def _trust() -> ssl.SSLContext:
    return ssl.create_default_context()


def _rendered(request: Request) -> bytes:
    """Head and body; every value is ours or was checked for printable ASCII."""
    headers = {
        "Host": request.destination.authority,
        **request.headers,
        # A compressed reply could unfold to any size.
        "Accept-Encoding": "identity",
        "Content-Length": str(len(request.body)),
        "Connection": "close",
    }
    lines = [f"POST {request.destination.target} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join((*lines, "", "")).encode("ascii") + request.body


class _Lines(io.BufferedReader):
    """http.client takes the end of the connection for the end of the headers; here it is none."""

    def readline(self, size: int | None = -1) -> bytes:
        line = super().readline(size)
        if not line.endswith(b"\n"):
            raise CutShort
        return line


class _Wire:
    """What http.client takes for a socket."""

    def __init__(self, connection: socket.socket, deadline: Deadline) -> None:
        self._incoming = wire.Incoming(connection, deadline, MOST_REPLY)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return _Lines(self._incoming)


def _read(connection: socket.socket, deadline: Deadline) -> Answer:
    """The status decides; of a body only the beginning is read, and only of a refusal."""
    source: Any = _Wire(connection, deadline)
    with http.client.HTTPResponse(source, method="POST") as reply:
        reply.begin()
        excerpt = b""
        if not 200 <= reply.status < 300:
            with suppress(OSError, http.client.HTTPException, ValueError, wire.TooLong):
                excerpt = reply.read(MOST_EXCERPT)
        text = excerpt.decode("utf-8", "replace")
        return Answer(reply.status, reply.headers.get("Retry-After"), text)
