"""The digest of a table: over all values of all rows, in the order of the primary key.

Rule: a value is the same on both databases, or the digest differs. An integer, a text, bytes and a
float with the same look are four different values.
"""

import hashlib
from collections.abc import Iterable
from typing import NamedTuple

from tickiti_server.store.moving.sides import Row


class Counted(NamedTuple):
    rows: int
    digest: str
    """SHA-256 in hexadecimal."""


class Digest:
    """Grows by one row after the other."""

    def __init__(self) -> None:
        self._sum = hashlib.sha256()
        self._rows = 0

    def add(self, row: Row) -> None:
        # Bytes by a digest of their own, because their repr is up to four times as long.
        values = [
            hashlib.sha256(value).digest() if isinstance(value, bytes) else value for value in row
        ]
        # A row ends at its bracket: the repr of a text escapes every line break.
        self._sum.update(repr(values).encode("utf-8", "surrogatepass"))
        self._rows += 1

    @property
    def counted(self) -> Counted:
        return Counted(self._rows, self._sum.hexdigest())


def digest_of(rows: Iterable[Row]) -> Counted:
    """Count and digest rows without keeping any."""
    digest = Digest()
    for row in rows:
        digest.add(row)
    return digest.counted
