"""Tells that a key is new without a look into the database, as nearly every key is.

A look-up by the event loop releases the interpreter lock, and gets it back when the writer thread
next gives it up: a tenth of a request's time. So the loop keeps a Bloom filter of the stored keys.

Rule: "new" is only a reason not to look. The writer claims each key in its transaction, and finds
the stored reply of a key that the filter missed.
"""

import asyncio
import logging
import struct
from collections.abc import Sequence

from tickiti_cli.contract.errors import ApiError
from tickiti_server.store.access.idempotency import list_keys
from tickiti_server.store.interface import Database, Row

BITS = 1 << 23
"""1 MiB. Of a million keys, one in twenty-two is looked up although it is new."""

BATCH = 2_000
"""Keys in one read, which holds the loop for about a millisecond."""

PAUSE_SECONDS = 0.005
RETRY_SECONDS = 10.0

_TWO_NUMBERS = struct.Struct(">II").unpack_from

logger = logging.getLogger("tickiti.keys")


class KnownKeys:
    """The keys of one database, by their SHA-256."""

    def __init__(self) -> None:
        self._bits = bytearray(BITS // 8)
        self._is_complete = False

    def is_new(self, key_sha256: bytes) -> bool:
        """Whether no reply of the key is stored. Afterwards, the key is known.

        False for every key until all stored ones are known, and for a few new keys.
        """
        return not self._note(key_sha256) and self._is_complete

    async def load(self, database: Database) -> None:
        """Note every stored key, in small reads between the requests."""
        last = 0
        while rows := await self._read(database, last):
            for row in rows:
                self._note(row["key_sha256"])
            last = rows[-1]["id"]
            await asyncio.sleep(PAUSE_SECONDS)
        self._is_complete = True

    async def _read(self, database: Database, after: int) -> Sequence[Row]:
        while True:
            try:
                return await database.read(lambda tx: list_keys(tx, after=after, most=BATCH))
            except ApiError as error:
                logger.warning("every key is looked up for now: %s", error)
            await asyncio.sleep(RETRY_SECONDS)

    def _note(self, key_sha256: bytes) -> bool:
        """Set the two bits of the key. Returns whether both were set."""
        bits = self._bits
        one, other = _TWO_NUMBERS(key_sha256)
        one, other = one % BITS, other % BITS
        if bits[one >> 3] >> (one & 7) & bits[other >> 3] >> (other & 7) & 1:
            return True
        bits[one >> 3] |= 1 << (one & 7)
        bits[other >> 3] |= 1 << (other & 7)
        return False
