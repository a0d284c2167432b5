"""SHA-256 fingerprints of a request: of its bytes, and of its meaning."""

from hashlib import sha256
from urllib.parse import parse_qsl, urlencode

from tickiti_cli.contract.endpoint import Endpoint
from tickiti_server.validation import strict_json
from tickiti_server.validation.strict_json import Document

FINGERPRINT_VERSION = 1
"""Version of the rule for `fp_canon`, stored with each reply.

After an upgrade that changes the rule, the raw fingerprint still recognises an identical retry.
"""


LONG_BODY = 64 * 1024
"""Bytes beyond which the canonical form is hashed in pieces, because it is much longer."""


def digest(key: str) -> bytes:
    """The SHA-256 digest of a key: the key itself is not stored."""
    return sha256(key.encode()).digest()


def fingerprints(
    row: Endpoint, path: str, *, query: bytes, body: Document, raw: bytes
) -> tuple[bytes, bytes]:
    """SHA-256 of the request as sent, and of its path, query and JSON value."""
    operation = f"{row.name}\0{path}".encode()
    parameters = _canonical_query(query) if query else b""
    if len(raw) > LONG_BODY:
        sent = sha256(b"\0".join((operation, query, b"")))
        sent.update(raw)
        meaning = sha256(b"\0".join((operation, parameters, b"")))
        strict_json.feed_canonical(body.value, meaning.update)
        return sent.digest(), meaning.digest()
    as_sent = sha256(b"\0".join((operation, query, raw))).digest()
    written = strict_json.canonical(body.value, is_plain=body.is_plain)
    whole = b"\0".join((operation, parameters, written))
    return as_sent, sha256(whole).digest()


def _canonical_query(query: bytes) -> bytes:
    """The query with its parameters sorted and encoded in one way."""
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    return urlencode(sorted(pairs)).encode()
