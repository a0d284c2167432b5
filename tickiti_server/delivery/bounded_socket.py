"""A socket to another server whose every wait and every reply is limited.

The rule of this file: a limit is for the whole of what is asked for, not for a single read or
write. A server that sends or takes one byte at a time gains nothing by that.
"""

import io
import socket
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any


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
            raise self.passed
        return left

    @property
    def passed(self) -> TimeoutError:
        """What to raise when the time is over."""
        return TimeoutError(f"no answer within {self.seconds:g} s")

    def part(self, seconds: float) -> "Deadline":
        """The deadline of one step, which ends no later than this one. Raises TimeoutError."""
        return Deadline(min(seconds, self.left))


class TooLong(Exception):
    """The other side sent more than a reply may have."""


class Incoming(io.RawIOBase):
    """What arrives on a socket: until a deadline, and up to a number of bytes.

    Raises TimeoutError after the deadline, and TooLong beyond the bytes.
    """

    def __init__(self, connection: socket.socket, deadline: Deadline, most: int) -> None:
        self._connection = connection
        self.allow(deadline, most)

    def allow(self, deadline: Deadline, most: int) -> None:
        """Begin another reply, with a deadline and a number of bytes of its own."""
        self._deadline, self._left = deadline, most

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self._left == 0:
            raise TooLong
        self._connection.settimeout(self._deadline.left)
        try:
            count = self._connection.recv_into(buffer, min(len(buffer), self._left))
        except TimeoutError:
            raise self._deadline.passed from None
        self._left -= count
        return count


def connected(addresses: Sequence[str], port: int, deadline: Deadline) -> socket.socket:
    """A socket to the first of the addresses that answers. Raises OSError."""
    *others, last = addresses
    for address in others:
        with suppress(OSError):
            # No address of several may use up the time of all.
            return socket.create_connection((address, port), deadline.left / 2)
    return socket.create_connection((last, port), deadline.left)


def send(connection: socket.socket, raw: bytes, deadline: Deadline) -> None:
    """Sends all of it. Raises OSError; sendall would give TLS each record's own time-out."""
    left = memoryview(raw)
    while left:
        connection.settimeout(deadline.left)
        try:
            left = left[connection.send(left) :]
        except TimeoutError:
            raise deadline.passed from None
