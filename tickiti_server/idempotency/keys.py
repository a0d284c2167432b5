"""Idempotency keys: which values a request may send.

Rule: a key is used up if and only if its operation took effect, because the stored reply commits in
the operation's own transaction, and only for a success. There is no state in between that could be
stuck. The 409 for another payload tells nothing about the first operation.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from tickiti_cli.contract.endpoint import Endpoint, Key
from tickiti_cli.contract.errors import KeyInvalid, KeyMissing

MOST_CHARACTERS = 255


HINT_CHARACTERS = 8
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class KeyClaim(NamedTuple):
    """A request with its key. `raw` and `canon` are SHA-256 fingerprints of the request."""

    family_id: int
    key: str
    key_sha256: bytes
    operation: str
    raw: bytes
    canon: bytes
    fresh_until: int | None = None
    """Microseconds: the time until which a minted key may be used first."""

    @property
    def hint(self) -> str:
        return self.key[:HINT_CHARACTERS]


def key_of(row: Endpoint, values: Sequence[bytes]) -> str | None:
    """The key in the Idempotency-Key header, or None. Raises KeyMissing and KeyInvalid."""
    if row.key is Key.NONE:
        return None
    if not values:
        if row.key is Key.REQUIRED:
            raise KeyMissing
        return None
    if len(values) > 1:
        raise KeyInvalid("Send one Idempotency-Key header, not several.")
    return _decoded(values[0])


def _decoded(value: bytes) -> str:
    try:
        key = value.decode()
    except UnicodeDecodeError:
        raise KeyInvalid("The Idempotency-Key header is not UTF-8.") from None
    if not key:
        raise KeyMissing
    if len(key) > MOST_CHARACTERS:
        raise KeyInvalid(f"The Idempotency-Key is longer than {MOST_CHARACTERS} characters.")
    if _CONTROL.search(key):
        raise KeyInvalid("The Idempotency-Key holds control characters.")
    return key
