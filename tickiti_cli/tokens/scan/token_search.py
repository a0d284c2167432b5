"""The search for tokens in a stream of bytes, in ASCII, UTF-16 and UTF-32.

Rules: text with a valid checksum is a token; text that only has the shape of the vendor's tokens is
a possible token. A finding shows only as much of the secret as its owner needs to recognise the
token. Time grows with the length of the stream, memory does not.
"""

import re
from collections.abc import Iterator
from hashlib import sha256
from typing import NamedTuple

from tickiti_cli.contract.token_format import is_minted_secret
from tickiti_cli.tokens.scan.file_text import Source

CHUNK_BYTES = 1024 * 1024
MOST_SECRET = 255
"""Longest secret of a possible token, in characters."""

WIDEST = 4
"""Bytes of an ASCII character in UTF-32, three of which are zero."""

OVERLAP_BYTES = WIDEST * (18 + 3 + MOST_SECRET + 1)
"""Bytes of a chunk that are searched again with the next one, because a token may be cut there."""

SHOWN_CHARACTERS = 8
"""The prefix and four of the forty random characters: enough to recognise a token."""

SHOWN_POSSIBLE = 4

_Z = r"\0{0,3}+"
"""The zero bytes after a character: none in ASCII, up to three in UTF-16 and UTF-32."""

_MINTED = re.compile(
    rf"t{_Z}k{_Z}t{_Z}_{_Z}(?:[0-9A-Za-z]{_Z}){{40}}(?:[0-9a-f]{_Z}){{7}}[0-9a-f]".encode()
)
_ID = re.compile(rf"(?<![0-9])[1-9]{_Z}(?:[0-9]{_Z}){{0,17}}\|{_Z}\Z".encode())
_POSSIBLE = re.compile(
    (
        rf"(?<![0-9])(?<![0-9]\0)(?:[0-9]{_Z}){{1,18}}+(?:\||%{_Z}7{_Z}[Cc]){_Z}"
        rf"(?!t{_Z}k{_Z}t{_Z}_)"
        rf"(?P<secret>(?:[0-9A-Za-z_]{_Z}){{39,{MOST_SECRET - 1}}}[0-9A-Za-z_])"
    ).encode()
)
"""Laravel's tokens: an id, a bar, at least forty characters. Only our own have a checksum."""

_HEX = re.compile(rb"[0-9a-f]+|[0-9A-F]+")
"""Hexadecimal text is not a possible token, because digests between bars are common."""

_UNCOUNTED = bytes([0, *range(0x80, 0xC0)])
"""Zero bytes, and the continuation bytes of UTF-8."""


class Finding(NamedTuple):
    """A token and where it is; lines and columns count from 1, columns in characters."""

    path: str
    line: int
    column: int
    end_column: int
    token: str
    """The id, if there is one, and the beginning of the secret."""

    sha256: str
    """The SHA-256 of the secret, by which equal tokens are recognised."""

    is_possible: bool = False
    """True for a possible token, which has no checksum."""


class Position:
    """A line and a column, which advance over bytes that are not stored."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.line = 1
        self.column = 1

    def after(self, piece: bytes) -> "Position":
        """Return the position after a piece; this one does not move."""
        found = self._copy()
        found.advance(piece)
        return found

    def advance(self, piece: bytes) -> None:
        if lines := piece.count(b"\n"):
            self.line, self.column = self.line + lines, 1
            piece = piece[piece.rindex(b"\n") + 1 :]
        self.column += len(piece.translate(None, _UNCOUNTED))

    def _copy(self) -> "Position":
        found = type(self).__new__(type(self))
        vars(found).update(vars(self))
        return found


def in_stream(file: Source, place: Position) -> Iterator[Finding]:
    """Find the tokens in one file. Memory does not grow with the length of its lines."""
    kept, chunk = b"", file.read(CHUNK_BYTES)
    while chunk:
        following = file.read(CHUNK_BYTES)
        window = _Window(kept + chunk, known=len(kept), is_last=not following)
        yield from _in_window(window, place)
        kept, chunk = window.text[-OVERLAP_BYTES:], following
        place.advance(window.text[: len(window.text) - len(kept)])


class _Window(NamedTuple):
    """A piece of a stream, which overlaps the end of the piece before it."""

    text: bytes
    known: int
    """Bytes of the overlap."""

    is_last: bool

    def has(self, end: int) -> bool:
        """True if a match that ends there belongs to this window. A match at the end of the window
        may continue, and belongs to the next one."""
        return self.known <= end < len(self.text) or (self.is_last and end == len(self.text))


def _in_window(window: _Window, place: Position) -> Iterator[Finding]:
    passed = 0
    for start, end, secret, is_possible in sorted(_matches(window)):
        place, passed = place.after(window.text[passed:start]), start
        head = window.text[start:end].replace(b"\0", b"").removesuffix(secret)
        shown = SHOWN_POSSIBLE if is_possible else SHOWN_CHARACTERS
        yield Finding(
            path=place.path,
            line=place.line,
            column=place.column,
            end_column=place.column + len(head) + len(secret),
            token=f"{(head + secret[:shown]).decode('ascii')}...",
            sha256=sha256(secret).hexdigest(),
            is_possible=is_possible,
        )


def _matches(window: _Window) -> Iterator[tuple[int, int, bytes, bool]]:
    """Yield the start, end and secret of each match, and whether it is only a possible token."""
    for match in _MINTED.finditer(window.text):
        secret = match[0].replace(b"\0", b"")
        if window.has(match.end()) and is_minted_secret(secret.decode("ascii")):
            begin = max(0, match.start() - WIDEST * 20)
            bar = _ID.search(window.text, begin, match.start())
            yield (bar.start() if bar else match.start()), match.end(), secret, False
    for match in _POSSIBLE.finditer(window.text):
        secret = match["secret"].replace(b"\0", b"")
        if window.has(match.end()) and not _HEX.fullmatch(secret):
            yield match.start(), match.end(), secret, True
