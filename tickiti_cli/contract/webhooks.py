"""Signatures of callbacks by the symmetric scheme of Standard Webhooks (`v1`,
standardwebhooks.com).

A signature is HMAC-SHA256 over `id.timestamp.body`; a secret is written `whsec_<base64>`. The
scheme is implemented here because its library brings four dependencies.
"""

import base64
import binascii
import hmac
import re
import secrets
from collections.abc import Iterable
from hashlib import sha256

PREFIX = "whsec_"
ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
VERSION = "v1"

SECRET_BYTES = 32
"""Bytes of a new secret: as many as the digest has. The scheme allows 24 to 64."""

TOLERANCE_SECONDS = 300
"""Seconds between the timestamp and now. An older call may be a replay; a later one has a wrong
clock."""

_TIMESTAMP = re.compile(r"[0-9]{1,12}", re.ASCII)


class NotGenuine(Exception):
    """The signature of a call is missing, wrong or too old. The message is the reason."""


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def key_of(secret: str) -> bytes:
    """The key that a secret encodes. Raises ValueError where the text is not a secret."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.startswith(PREFIX) or not 16 <= len(key) <= 64:
        raise ValueError(f"a secret is {PREFIX} and then base64")
    return key


def sign(secret: str, *, message_id: str, timestamp: int, body: bytes) -> str:
    """The signature of one message: `v1,<base64>`."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    digest = hmac.new(key_of(secret), signed, sha256).digest()
    return f"{VERSION},{base64.b64encode(digest).decode()}"


def headers(
    secrets_: Iterable[str], *, message_id: str, timestamp: int, body: bytes
) -> dict[str, str]:
    """The three headers of a call. During a change of secrets the call has one signature by each
    secret."""
    signatures = (
        sign(secret, message_id=message_id, timestamp=timestamp, body=body) for secret in secrets_
    )
    return {ID: message_id, TIMESTAMP: str(timestamp), SIGNATURE: " ".join(signatures)}


def verify(
    secret: str, *, message_id: str, timestamp: str, signature: str, body: bytes, now: float
) -> None:
    """Raises NotGenuine unless one signature is by this secret and the timestamp is within the
    tolerance."""
    if not (message_id and timestamp and signature):
        missing = [
            name
            for name, value in ((ID, message_id), (TIMESTAMP, timestamp), (SIGNATURE, signature))
            if not value
        ]
        raise NotGenuine(f"it has no {' and no '.join(missing)}")
    if not _TIMESTAMP.fullmatch(timestamp):
        raise NotGenuine(f"its {TIMESTAMP} is not a number of seconds")
    if abs(now - int(timestamp)) > TOLERANCE_SECONDS:
        raise NotGenuine(f"its {TIMESTAMP} is more than {TOLERANCE_SECONDS} seconds away")
    expected = sign(secret, message_id=message_id, timestamp=int(timestamp), body=body).encode()
    given = [one.encode("utf-8", "replace") for one in signature.split(" ")]
    if not any(hmac.compare_digest(expected, one) for one in given):
        raise NotGenuine("no signature is by this secret")
