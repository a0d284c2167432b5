"""Idempotency keys derived from field values, so that any machine makes the same key again.

Rule, which never changes: write the fields, sorted by name, as a JSON array of `[name, value]`
pairs without white space, escaping only what JSON must. The key is `derived-` and the hexadecimal
SHA-256 of its UTF-8 bytes.
"""

import json
from collections.abc import Mapping
from hashlib import sha256


def derived_key(fields: Mapping[str, str]) -> str:
    pairs = json.dumps(sorted(fields.items()), ensure_ascii=False, separators=(",", ":"))
    return f"derived-{sha256(pairs.encode()).hexdigest()}"
