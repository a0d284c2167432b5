"""The text of a file in UTF-8: UTF-16 and UTF-32 are recoded, gzip is decompressed.

Rule: a file that cannot be read to its end raises OSError, so that a damaged file never
passes for empty.
"""

import codecs
import gzip
import zlib
from typing import IO, Protocol, cast

MARK_BYTES = 8

MOST_UNPACKED = 4 * 1024**3
"""Decompressed bytes of one gzip file, because a small file can hold any number."""

_ENCODINGS = (
    # UTF-32 first, because its byte order mark begins with that of UTF-16.
    (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF8, "utf-8"),
)  # fmt: skip

_PACKED = {
    b"PK\x03\x04": "zip", b"\xfd7zXZ\0": "xz", b"BZh": "bzip2", b"\x28\xb5\x2f\xfd": "zstd",
    b"7z\xbc\xaf\x27\x1c": "7z",
}  # fmt: skip
"""The archives and compressed forms that are not searched, by their first bytes."""

GZIP = b"\x1f\x8b\x08"


def packed_as(begin: bytes) -> str | None:
    """Return the name of a form that is not searched, by a file's first bytes."""
    return next((name for mark, name in _PACKED.items() if begin.startswith(mark)), None)


class Source(Protocol):
    """A stream. `read` returns at most `size` bytes, none at the end. Raises OSError."""

    def read(self, size: int, /) -> bytes: ...


def opened(file: Source) -> tuple[Source, str | None]:
    """Return a file in UTF-8, and the name of its form if that is not searched."""
    begin = file.read(MARK_BYTES)
    if begin.startswith(GZIP):
        file = _Unpacked(_Joined(begin, file))
        begin = file.read(MARK_BYTES)
    for mark, encoding in _ENCODINGS:
        if begin.startswith(mark):
            return _Recoded(_Joined(begin[len(mark) :], file), encoding), None
    return _Joined(begin, file), packed_as(begin)


class _Joined:
    """A stream after bytes that were read from it already."""

    def __init__(self, begin: bytes, rest: Source) -> None:
        self._begin, self._rest = begin, rest

    def read(self, size: int, /) -> bytes:
        if not self._begin:
            return self._rest.read(size)
        piece, self._begin = self._begin[:size], self._begin[size:]
        return piece


class _Recoded:
    """Text recoded to UTF-8; invalid bytes become the replacement character."""

    def __init__(self, source: Source, encoding: str) -> None:
        self._source = source
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")

    def read(self, size: int, /) -> bytes:
        while raw := self._source.read(size):
            if text := self._decoder.decode(raw):
                return text.encode()
        return self._decoder.decode(b"", final=True).encode()


class _Unpacked:
    """A decompressed gzip file. Raises OSError for a file that is damaged or too large."""

    def __init__(self, source: Source) -> None:
        self._source = gzip.GzipFile(fileobj=cast("IO[bytes]", source), mode="rb")
        self._left = MOST_UNPACKED

    def read(self, size: int, /) -> bytes:
        try:
            piece: bytes = self._source.read(size)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise OSError(0, f"damaged gzip file ({error})") from None
        self._left -= len(piece)
        if self._left < 0:
            raise OSError(0, f"more than {MOST_UNPACKED // 1024**3} GiB when unpacked")
        return piece
