"""Redaction of recorded requests and replies: tokens, passwords and signing secrets.

Rule: a secret is redacted before a recording is kept, so that no list, file or page can show it.
"""

import re
from collections.abc import Iterable

TOKEN, SECRET = b"[token]", b"[secret]"

# The bar of a token may be escaped as in a URL, also twice, or in JSON.
_ID = rb"(?<![0-9])[0-9]++(?:\||%(?:25)*+7[Cc]|\\u007[Cc])"
_TOKENS = re.compile(
    rb"(?:%s)?tkt_[0-9A-Za-z]{8,}|%s[0-9A-Za-z]{16,}|(?<=Bearer )[^\s\"'$]+" % (_ID, _ID)
)
"""A minted token, a token of a vendor's install, or any word behind `Bearer`."""

_NAMED = re.compile(
    rb"(\"[A-Za-z_-]*(?:password|secret|token|api_key)\"\s*:\s*)\"(?:[^\"\\]|\\.)*+(\"?)",
    re.IGNORECASE | re.DOTALL,
)
"""A text field of JSON whose name says that it is a secret; its end may have been cut off."""

_SIGNING = re.compile(rb"whsec_[0-9A-Za-z+/=_-]+")

_HEADERS = frozenset({b"cookie", b"set-cookie", b"proxy-authorization"})


def without_secrets(content: bytes) -> bytes:
    """The bytes of a body or a query, with `[token]` or `[secret]` instead of each secret."""
    content = _NAMED.sub(rb'\1"%s\2' % SECRET, content)
    return _SIGNING.sub(SECRET, _TOKENS.sub(TOKEN, content))


def safe_headers(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    """The headers as text, with the secrets of each redacted."""
    return [
        (str(name, "latin-1"), str(_safe_value(name.lower(), value), "latin-1"))
        for name, value in headers
    ]


def _safe_value(name: bytes, value: bytes) -> bytes:
    if name == b"authorization":
        return b"Bearer " + TOKEN if value[:7].lower() == b"bearer " else SECRET
    return SECRET if name in _HEADERS else without_secrets(value)
