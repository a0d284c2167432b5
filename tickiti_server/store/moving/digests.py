"""The digest of a table: over all values of all rows, in the order of the primary key.

Rule: a value is the same on both databases, or the digest differs. An integer, a text, bytes and a
float with the same look are four different values.
"""

import hashlib
import marshal
from collections.abc import Iterable
from typing import NamedTuple

from tickiti_server.store.moving.sides import Row

_FORMAT = 2
"""Of marshal: later ones spell a value by whether it occurred before."""


class Counted(NamedTuple):
    rows: int
    digest: str
    """SHA-256 in hexadecimal."""


class Digest:
    """Grows by one row after the other."""

    def __init__(self) -> None:
        self._sum = hashlib.sha256()
        self._rows = 0

    def add(self, row: Row) -> int:
        """Returns about how many bytes the row has."""
        # Each value has its type and its length, and each row the number of its values.
        spelled = marshal.dumps(row, _FORMAT)
        self._sum.update(spelled)
        self._rows += 1
        return len(spelled)

    @property
    def counted(self) -> Counted:
        return Counted(self._rows, self._sum.hexdigest())


def digest_of(rows: Iterable[Row]) -> Counted:
    """Count and digest rows without keeping any."""
    digest = Digest()
    for row in rows:
        digest.add(row)
    return digest.counted
