"""One POST over HTTP/1.1 to an address that was looked up and judged before.

The rule of this file: everything together has one deadline, and no reply is read beyond MOST_REPLY
bytes as they come: nothing is unpacked, no redirect is followed, no connection is kept. http.client
speaks; the socket is ours, so that the name is not looked up a second time.
"""

import http.client
import io
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from tickiti_server import crash_points
from tickiti_server.destinations import Destination

MOST_REPLY = 64 * 1024
"""Status, headers and body; only the status and two headers are of interest."""

MOST_EXCERPT = 300

Resolve = Callable[[str, int], Sequence[str]]
"""The addresses of a host. Raises OSError."""


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


class Deadline:
    """A point in time; what is left until then is the most that anything may take."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Raises TimeoutError when there is nothing left."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


def look_up(host: str, port: int) -> Sequence[str]:
    """As the system knows it, in the system's order. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def resolved(resolve: Resolve, destination: Destination, deadline: Deadline) -> Sequence[str]:
    """The addresses of a host, looked up once. Raises NotSent.

    The system's resolver cannot be interrupted, so that it gets a thread, which is left behind.
    """
    found: list[Sequence[str] | OSError] = []

    def work() -> None:
        try:
            found.append(resolve(destination.host, destination.port))
        except (OSError, UnicodeError) as error:
            found.append(error if isinstance(error, OSError) else OSError(str(error)))

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(deadline.left)
    if not found:
        raise NotSent(f"{destination.host} was not found within {deadline.seconds:g} s")
    if isinstance(found[0], OSError):
        raise NotSent(f"{destination.host} was not found: {reason(found[0])}")
    if not found[0]:
        raise NotSent(f"{destination.host} has no address")
    return found[0]


def post(request: Request, deadline: Deadline) -> Answer:
    """Raises NotSent."""
    where = f"{request.destination.host}:{request.destination.port}"
    try:
        with closing(_connected(request, deadline)) as connection:
            _send(connection, _rendered(request), deadline)
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
    except CutShort:
        raise NotSent(f"{where} has not answered to the end of a reply") from None
    except http.client.HTTPException as error:
        raise NotSent(f"{where} answered with what is no HTTP ({type(error).__name__})") from None
    except OSError as error:
        raise NotSent(f"{where} cannot be reached: {reason(error)}") from None


def _connected(request: Request, deadline: Deadline) -> socket.socket:
    """A socket to one of the addresses, in TLS under the host's name. Raises OSError."""
    raw = _opened(request, deadline)
    if request.destination.scheme == "http":
        return raw
    try:
        raw.settimeout(deadline.left)
        return _trust().wrap_socket(raw, server_hostname=request.destination.host)
    except BaseException:
        raw.close()
        raise


def _opened(request: Request, deadline: Deadline) -> socket.socket:
    *others, last = request.addresses
    for address in others:
        with suppress(OSError):
            # None of several may use up the time of all.
            share = deadline.left / 2
            return socket.create_connection((address, request.destination.port), share)
    return socket.create_connection((last, request.destination.port), deadline.left)


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


def _send(connection: socket.socket, raw: bytes, deadline: Deadline) -> None:
    """In pieces: TLS gives each its own time-out."""
    left = memoryview(raw)
    while left:
        connection.settimeout(deadline.left)
        left = left[connection.send(left) :]


class _Incoming(io.RawIOBase):
    """What arrives, as long as there is time, and not more than MOST_REPLY of it."""

    def __init__(self, connection: socket.socket, deadline: Deadline) -> None:
        self._connection = connection
        self._deadline = deadline
        self._room = MOST_REPLY

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self._room == 0:
            raise CutShort
        self._connection.settimeout(self._deadline.left)
        count = self._connection.recv_into(buffer, min(len(buffer), self._room))
        self._room -= count
        return count


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
        self._incoming = _Incoming(connection, deadline)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return _Lines(self._incoming)


def _read(connection: socket.socket, deadline: Deadline) -> Answer:
    """The status decides; of a body only the beginning is read, and only of a refusal."""
    wire: Any = _Wire(connection, deadline)
    with http.client.HTTPResponse(wire, method="POST") as reply:
        reply.begin()
        excerpt = b""
        if not 200 <= reply.status < 300:
            with suppress(OSError, http.client.HTTPException, ValueError):
                excerpt = reply.read(MOST_EXCERPT)
        text = excerpt.decode("utf-8", "replace")
        return Answer(reply.status, reply.headers.get("Retry-After"), text)


def reason(error: OSError) -> str:
    return error.strerror or str(error) or type(error).__name__
