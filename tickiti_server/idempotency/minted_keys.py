"""Keys that the server mints: `<uuid4>.<action or ->.<expiry>.<22 characters of HMAC>`.

Minted keys are not stored, because clients without a token could fill the disk. Only keys of this
form are verified; every other key is the client's own and opaque.
"""

import hmac
import re
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256
from uuid import uuid4

from tickiti_cli.contract.endpoint import Endpoint
from tickiti_cli.contract.errors import KeyInvalid
from tickiti_server.clock import SECOND, Microseconds
from tickiti_server.store.access import settings
from tickiti_server.store.interface import Transaction

FRESH_SECONDS = 24 * 3600
"""A minted key expires after this time without use. Once used, it is kept like any other."""

ANY_ACTION = "-"

_SHAPE = re.compile(
    r"(?P<signed>[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
    r"\.(?P<action>[a-z_]+|-)\.(?P<expiry>[0-9]{1,12}))\.(?P<signature>[A-Za-z0-9_-]{22})",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class KeyMinter:
    """Signs and verifies minted keys with the secret of one database."""

    secret: bytes

    def mint(self, action: str | None, now: Microseconds) -> tuple[str, Microseconds]:
        """A new key, and the time until which it may be used first."""
        expiry = now // SECOND + FRESH_SECONDS
        signed = f"{uuid4()}.{action or ANY_ACTION}.{expiry}"
        return f"{signed}.{self._signature(signed)}", expiry * SECOND

    def verify(self, key: str, row: Endpoint) -> Microseconds | None:
        """The time until which a minted key may be used first; None for a client's own key.

        Raises KeyInvalid for a wrong signature, or if the key was minted for another action.
        """
        found = _SHAPE.fullmatch(key)
        if found is None:
            return None
        if not hmac.compare_digest(found["signature"], self._signature(found["signed"])):
            raise KeyInvalid("This Idempotency-Key was not created by this server.")
        if found["action"] not in (ANY_ACTION, row.action):
            raise KeyInvalid(f"This Idempotency-Key was created for '{found['action']}'.")
        return int(found["expiry"]) * SECOND

    def _signature(self, signed: str) -> str:
        code = hmac.new(self.secret, signed.encode(), sha256).digest()[:16]
        return urlsafe_b64encode(code).decode().rstrip("=")


SIGNING_SECRET = "idempotency_secret"  # noqa: S105 - a name, not a secret


def signing_secret(tx: Transaction) -> bytes:
    """The secret that signs minted keys. It is created on the first call."""
    found = settings.find_setting(tx, SIGNING_SECRET)
    if found is None:
        found = secrets.token_hex(32)
        settings.insert_setting(tx, SIGNING_SECRET, found)
    return bytes.fromhex(found)
