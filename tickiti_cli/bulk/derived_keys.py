"""Keys that follow from what is meant: the same fields and values, the same key, on any machine.

The rule, which never changes: the fields sorted by name, as a JSON array of `[name, value]` pairs
without white space and with no character escaped but what JSON must; of its UTF-8 bytes the
SHA-256 in hexadecimal, after `derived-`.
"""

import json
from collections.abc import Mapping
from hashlib import sha256


def derived_key(fields: Mapping[str, str]) -> str:
    pairs = json.dumps(sorted(fields.items()), ensure_ascii=False, separators=(",", ":"))
    return f"derived-{sha256(pairs.encode()).hexdigest()}"
