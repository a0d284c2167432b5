"""Keys that the server hands out: `<uuid4>.<action or ->.<expiry>.<22 characters of HMAC>`.

Stateless: what is handed out without a token must not fill a disk. Only keys of this very shape
are verified; every other key is the client's own and opaque.
"""

import hmac
import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256
from uuid import uuid4

from tickiti_cli.contract.endpoint import Endpoint
from tickiti_cli.contract.errors import KeyInvalid
from tickiti_server.call import SECOND, Microseconds

FRESH_SECONDS = 24 * 3600
"""How long a minted key may wait for its first use; its replay lasts as long as any other's."""

ANY_ACTION = "-"

_SHAPE = re.compile(
    r"(?P<signed>[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
    r"\.(?P<action>[a-z_]+|-)\.(?P<expiry>[0-9]{1,12}))\.(?P<signature>[A-Za-z0-9_-]{22})",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Mint:
    """Signs and verifies with the secret of one database."""

    secret: bytes

    def mint(self, action: str | None, now: Microseconds) -> tuple[str, Microseconds]:
        """A new key, and until when it may be used first."""
        expiry = now // SECOND + FRESH_SECONDS
        signed = f"{uuid4()}.{action or ANY_ACTION}.{expiry}"
        return f"{signed}.{self._signature(signed)}", expiry * SECOND

    def verify(self, key: str, row: Endpoint) -> Microseconds | None:
        """Until when a minted key is fresh; None for a client's own key.

        Raises KeyInvalid for a wrong signature, or a key that was minted for another action.
        """
        found = _SHAPE.fullmatch(key)
        if found is None:
            return None
        if not hmac.compare_digest(found["signature"], self._signature(found["signed"])):
            raise KeyInvalid("This Idempotency-Key was not minted by this server.")
        if found["action"] not in (ANY_ACTION, row.action):
            raise KeyInvalid(f"This Idempotency-Key was minted for '{found['action']}'.")
        return int(found["expiry"]) * SECOND

    def _signature(self, signed: str) -> str:
        code = hmac.new(self.secret, signed.encode(), sha256).digest()[:16]
        return urlsafe_b64encode(code).decode().rstrip("=")
