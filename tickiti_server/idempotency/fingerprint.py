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


def of_bytes(row: Endpoint, path: str, *, query: bytes, raw: bytes) -> bytes:
    """SHA-256 of the request as sent."""
    return _digest(_operation(row, path), query, raw)


def of_meaning(row: Endpoint, path: str, *, query: bytes, body: Document, size: int) -> bytes:
    """SHA-256 of the path, the query and the JSON value of a body of `size` bytes."""
    operation, parameters = _operation(row, path), _canonical_query(query) if query else b""
    if size <= LONG_BODY:
        written = strict_json.canonical(body.value, is_plain=body.is_plain)
        return _digest(operation, parameters, written)
    meaning = sha256(b"\0".join((operation, parameters, b"")))
    strict_json.feed_canonical(body.value, meaning.update)
    return meaning.digest()


def _digest(operation: bytes, query: bytes, body: bytes) -> bytes:
    """Copies the body if it is short, because one call of a hash is quicker than two."""
    if len(body) <= LONG_BODY:
        return sha256(b"\0".join((operation, query, body))).digest()
    whole = sha256(b"\0".join((operation, query, b"")))
    whole.update(body)
    return whole.digest()


def _operation(row: Endpoint, path: str) -> bytes:
    return f"{row.name}\0{path}".encode()


def _canonical_query(query: bytes) -> bytes:
    """The query with its parameters sorted and encoded in one way."""
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    return urlencode(sorted(pairs)).encode()
