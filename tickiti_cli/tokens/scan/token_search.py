"""Tokens in a stream of bytes, whatever surrounds them and however their characters are spaced.

The rules of this file: what the checksum proves is a token; what only has the shape of the vendor's
tokens is a possible one, and marked so. No more of either is shown than tells its owner which one
it is. Time grows with the length of the stream, memory does not.
"""

import re
from collections.abc import Iterator
from hashlib import sha256
from typing import NamedTuple

from tickiti_cli.contract.tokens import is_minted_secret
from tickiti_cli.unpacking import Source

CHUNK_BYTES = 1024 * 1024
MOST_SECRET = 255
"""Characters of a possible token's secret that are looked at."""

WIDEST = 4
"""Bytes of an ASCII character in UTF-32, of which three are zero."""

SEEN_TWICE = WIDEST * (18 + 3 + MOST_SECRET + 1)
"""Bytes of a chunk that are looked at with the next one: a token that is cut, with its id."""

SHOWN_CHARACTERS = 8
"""The prefix and four of the forty random ones: enough to find one's own."""

SHOWN_POSSIBLE = 4

_Z = r"\0{0,3}+"
"""The zeros of UTF-16 and UTF-32, and of no zero of ASCII: binary files are searched as well."""

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
"""Laravel's tokens: an id, a bar, forty characters or more. Ours have a checksum instead."""

_HEX = re.compile(rb"[0-9a-f]+|[0-9A-F]+")
"""A digest in a list with bars is the one thing of this shape that is common."""

_UNCOUNTED = bytes([0, *range(0x80, 0xC0)])
"""Zeros, and bytes of UTF-8 that begin no character."""


class Finding(NamedTuple):
    """A token and where it is; lines and columns count from 1, columns in characters."""

    path: str
    line: int
    column: int
    end_column: int
    token: str
    """Its id, as far as it stands there, and the beginning of its secret."""

    sha256: str
    """Of its secret: tells whether two findings are the same token."""

    is_possible: bool = False
    """Only its shape says so: it has no checksum."""


class Place:
    """A line and a column, carried over bytes that are not kept."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.line = 1
        self.column = 1

    def after(self, piece: bytes) -> "Place":
        """Where the bytes after a piece begin; this one stays where it is."""
        found = self._copy()
        found.pass_over(piece)
        return found

    def pass_over(self, piece: bytes) -> None:
        if lines := piece.count(b"\n"):
            self.line, self.column = self.line + lines, 1
            piece = piece[piece.rindex(b"\n") + 1 :]
        self.column += len(piece.translate(None, _UNCOUNTED))

    def _copy(self) -> "Place":
        found = type(self).__new__(type(self))
        vars(found).update(vars(self))
        return found


def in_stream(file: Source, place: Place) -> Iterator[Finding]:
    """The tokens in one file, in a memory that no length of its lines makes larger."""
    kept, chunk = b"", file.read(CHUNK_BYTES)
    while chunk:
        following = file.read(CHUNK_BYTES)
        window = _Window(kept + chunk, known=len(kept), is_last=not following)
        yield from _in_window(window, place)
        kept, chunk = window.text[-SEEN_TWICE:], following
        place.pass_over(window.text[: len(window.text) - len(kept)])


class _Window(NamedTuple):
    """A piece of a stream, which begins with the end of the one before it."""

    text: bytes
    known: int
    """Bytes that the window before had."""

    is_last: bool

    def has(self, end: int) -> bool:
        """Whether what ends there is told of here: what reaches the end of a window may go on, and
        is the next one's."""
        return self.known <= end < len(self.text) or (self.is_last and end == len(self.text))


def _in_window(window: _Window, place: Place) -> Iterator[Finding]:
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
    """Where each begins and ends, its secret, and whether only its shape tells it."""
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
