"""Reads an answer from a connection, by RFC 9110 and 9112.

http.client gives the headers to the parser of e-mails, which took a fifth of the time of a bulk
import. Rule: an answer that ends early is never a whole answer, and one that cannot be read is
never one that was cut short.
"""

import re
import socket
from http import HTTPStatus
from typing import NamedTuple

from tickiti_cli.api.connection.answer import Answer, Broken, Unreadable

PIECE = 64 * 1024
MOST_LINE = 64 * 1024
MOST_INTERIM = 100
"""Limit of interim answers (1xx) before the final one; each attempt has a deadline as well."""

MOST_HEADERS = 1000
"""A chain of proxies can add up to more than a hundred."""

MOST_REPLY_BYTES = 256 * 1024 * 1024
"""The limit of an answer, more than any of the contract: a page of a thousand tickets is under a
megabyte."""

ENDED_EARLY = "the reply ended early"

_STATUS_LINE = re.compile(rb"HTTP/(1|0\.9)(\.[0-9]+)? +([1-9][0-9]{2})(?:[ \t].*)?", re.DOTALL)
_CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]{1,16}")
_BODILESS = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)


class Incoming:
    """The bytes that a connection receives, taken line by line or by their number."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._bytes = b""
        self._place = 0

    @property
    def has_more(self) -> bool:
        """True if bytes were received that nobody has taken."""
        return self._place < len(self._bytes)

    def line(self, *, can_end: bool = False) -> bytes:
        """Take a line, without its end. `can_end`: the end of the connection ends a line as well,
        unless the line is empty."""
        while (end := self._bytes.find(b"\n", self._place)) < 0:
            if len(self._bytes) - self._place > MOST_LINE:
                break
            if not self._receive():
                if not can_end or not self.has_more:
                    raise Broken(ENDED_EARLY)
                end = len(self._bytes)
                break
        if not 0 <= end - self._place <= MOST_LINE:
            raise Unreadable(f"got more than {MOST_LINE} bytes when reading a line")
        found = self._bytes[self._place : end]
        self._place = min(end + 1, len(self._bytes))
        return found[:-1] if found.endswith(b"\r") else found

    def exactly(self, count: int) -> bytes:
        """Take so many bytes."""
        found = self._bytes[self._place : self._place + count]
        self._place += len(found)
        if len(found) == count:
            return found
        pieces, missing = [found], count - len(found)
        while missing:
            piece = self._connection.recv(min(missing, PIECE * 4))
            if not piece:
                raise Broken(ENDED_EARLY)
            pieces.append(piece)
            missing -= len(piece)
        return b"".join(pieces)

    def rest(self) -> bytes:
        """Take everything until the connection ends."""
        pieces, size = [self._bytes[self._place :]], len(self._bytes) - self._place
        self._place = len(self._bytes)
        while piece := self._connection.recv(PIECE):
            pieces.append(piece)
            size += len(piece)
            refuse_size(size)
        return b"".join(pieces)

    def _receive(self) -> bool:
        """Receive once more. Return False at the end of the connection."""
        piece = self._connection.recv(PIECE)
        self._bytes, self._place = self._bytes[self._place :] + piece, 0
        return bool(piece)


class Read(NamedTuple):
    """What was read, and whether the connection can serve another request."""

    answer: Answer
    is_reusable: bool


def read_answer(incoming: Incoming, *, has_body: bool = True) -> Read:
    """Read the final answer. `has_body`: whether its body is read too. Raises Broken, Unreadable,
    and what the socket raises."""
    is_old, status = _status(incoming)
    for _ in range(MOST_INTERIM):
        if not 100 <= status < 200 or status == HTTPStatus.SWITCHING_PROTOCOLS:
            break
        _headers(incoming)
        is_old, status = _status(incoming)
    else:
        raise Unreadable(f"more than {MOST_INTERIM} interim answers")
    headers = _headers(incoming)
    if not has_body:
        return Read(Answer(status, headers), is_reusable=False)
    is_delimited, content = _body(incoming, status, headers)
    connection = headers.get("connection", "").lower()
    is_kept = "keep-alive" in connection if is_old else "close" not in connection
    is_reusable = is_delimited and is_kept and status >= 200 and not incoming.has_more
    return Read(Answer(status, headers, content), is_reusable)


def _status(incoming: Incoming) -> tuple[bool, int]:
    """Return whether the version is older than 1.1, and the status."""
    line = incoming.line(can_end=True)
    found = _STATUS_LINE.fullmatch(line)
    if not found:
        shown = line.decode("latin-1").strip()[:80]
        raise Unreadable(f"it does not begin as HTTP does: {shown!r}")
    is_old = found[1] != b"1" or found[2] in (None, b".0")
    return is_old, int(found[3])


def _headers(incoming: Incoming) -> dict[str, str]:
    found: dict[str, str] = {}
    name = ""
    for _ in range(MOST_HEADERS + 1):
        line = incoming.line()
        if not line:
            return found
        before, colon, after = line.partition(b":")
        if line[:1] in (
            b" ",
            b"\t",
        ):  # a value that goes on, which RFC 9112 5.2 still lets one read
            if name:
                found[name] += f" {_text(line.strip())}"
        elif colon:
            name, value = before.rstrip().decode("latin-1").lower(), _text(after.strip(b" \t"))
            found[name] = f"{found[name]}, {value}" if name in found else value
    raise Unreadable(f"got more than {MOST_HEADERS} headers")


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _body(incoming: Incoming, status: int, headers: dict[str, str]) -> tuple[bool, bytes]:
    """Return whether the body ended before the connection, and the body."""
    if status in _BODILESS or status < 200:
        return True, b""
    coding, length = headers.get("transfer-encoding"), headers.get("content-length")
    if coding is not None:  # which a Content-Length beside it does not change
        if coding.strip().lower() != "chunked":  # nothing else was asked for
            raise Unreadable(f"unknown transfer coding {coding!r}")
        return True, _chunked(incoming)
    if length is not None:
        return True, incoming.exactly(_count(length))
    content = incoming.rest()
    if not content:  # the end of the connection may be that of the headers
        raise Broken(ENDED_EARLY)
    return False, content


def _count(length: str) -> int:
    values = {value.strip() for value in length.split(",")}
    text = values.pop()
    if values or not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise Unreadable(f"its Content-Length is {length[:80]!r}")
    refuse_size(int(text))
    return int(text)


def _chunked(incoming: Incoming) -> bytes:
    pieces: list[bytes] = []
    size = 0
    while True:
        digits = incoming.line().partition(b";")[0].strip()
        if not _CHUNK_SIZE.fullmatch(digits):
            raise Unreadable("a chunk of it has no size")
        count = int(digits, 16)
        if not count:
            break
        size += count
        refuse_size(size)
        pieces.append(incoming.exactly(count))
        if incoming.line():
            raise Unreadable("a chunk of it is longer than its size")
    _headers(incoming)  # the trailers
    return b"".join(pieces)


def refuse_size(size: int) -> None:
    """Raises Broken for a body beyond the limit, of which the rest is not read."""
    if size > MOST_REPLY_BYTES:
        raise Broken(f"the reply is larger than {MOST_REPLY_BYTES} bytes")
