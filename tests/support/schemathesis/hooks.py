"""What schemathesis is told beside the document: which keys to use, and what to leave alone.

TICKITI_KEYS is `fresh`, a new key for each case, or the number of keys that all cases share.
TICKITI_TOKEN_ID is the token that the requests carry: to revoke it would end every test.
"""

import os
import random
import re
from ipaddress import IPv6Address
from typing import Any
from uuid import uuid4

import schemathesis

from tickiti_server.validation.fields import trimmed

KEYS = os.environ["TICKITI_KEYS"]
TOKEN_ID = int(os.environ["TICKITI_TOKEN_ID"])
OUTSIDE = re.compile(r"host|url", re.IGNORECASE)
NO_UTF8 = "\u00ff"
GOOD_KEY = re.compile(r"[!-~]([ -~]{0,253}[!-~])?")

_chosen = random.Random(1)


def key() -> str:
    return str(uuid4()) if KEYS == "fresh" else f"pool-{_chosen.randrange(int(KEYS))}"


@schemathesis.hook
def before_call(_context: Any, case: Any, _arguments: Any) -> None:
    """A bad key that a case is about stays; a good one becomes ours. Each case comes from an
    address of its own, for what needs no token is counted by it."""
    headers = case.headers
    headers["X-Forwarded-For"] = str(IPv6Address(_chosen.getrandbits(128)))
    given = str(headers.get("Idempotency-Key", ""))
    if GOOD_KEY.fullmatch(given):
        headers["Idempotency-Key"] = key()
    elif _is_taken(given):
        headers["Idempotency-Key"] = NO_UTF8
    harmless = _harmless(case.body)
    if isinstance(harmless, dict) and harmless != case.body:
        case.body = harmless


def _is_taken(bad: str) -> bool:
    """Whether the server takes a key that the document leaves out: a header's characters are sent
    as bytes, and by chance the bytes are UTF-8."""
    try:
        return not bad.isascii() and bool(bad.encode("latin-1").decode())
    except UnicodeError:
        return False


def _harmless(value: Any, name: str = "") -> Any:
    """A value that neither ends the acting token nor sends anything to another machine."""
    if isinstance(value, dict):
        return {member: _harmless(inner, member) for member, inner in value.items()}
    if isinstance(value, list):
        return [_harmless(inner, name) for inner in value]
    if name in ("id", "ids") and _number(value) == TOKEN_ID:
        return 10**12
    if isinstance(value, str) and value and OUTSIDE.search(name):
        return "127.0.0.1" if "host" in name else "https://127.0.0.1:9/"
    return value


def _number(value: Any) -> int | None:
    """The id that the server reads: " 01 " is 1 as well."""
    try:
        return int(trimmed(str(value)))
    except ValueError:
        return None
