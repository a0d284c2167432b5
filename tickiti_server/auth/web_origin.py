"""Whether a browser's request comes from this server's own pages.

Rule: a web page elsewhere neither reads nor changes anything here. A name that its owner points at
this machine (DNS rebinding) is refused by Host, any other page by Origin and Sec-Fetch-Site.
"""

import ipaddress
import re
from collections.abc import Sequence

_HOST = re.compile(r"(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,253})(?::[0-9]{1,5})?")
_ELSEWHERE = ("cross-site", "same-site")
"""Values of Sec-Fetch-Site for another site, or for another port of this host."""


def is_loopback_name(values: Sequence[bytes]) -> bool:
    """Whether the Host header names this machine from inside. A request without a Host header
    passes, because a browser always sends one."""
    if not values:
        return True
    found = _HOST.fullmatch(values[0].decode("latin-1"))
    if found is None or len(values) > 1:
        return False
    name = found[1].strip("[]").rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def is_from_elsewhere(headers: Sequence[tuple[bytes, bytes]], scheme: str) -> bool:
    """Whether a page of another origin made the request. Following a link from there is harmless,
    because the page that opens shows the other origin nothing."""
    sent = dict(headers)
    origin = sent.get(b"origin")
    if origin is not None and origin != f"{scheme}://".encode() + sent.get(b"host", b""):
        return True
    if sent.get(b"sec-fetch-site", b"").decode("latin-1") not in _ELSEWHERE:
        return False
    is_followed = sent.get(b"sec-fetch-mode") == b"navigate"
    return not (is_followed and sent.get(b"sec-fetch-dest") == b"document")
