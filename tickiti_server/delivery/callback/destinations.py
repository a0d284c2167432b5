"""Checks that a callback's URL and addresses are public, against requests to private networks.

Rule: an address is public only if it is known to be. Python's `is_global` accepts several spellings
of 127.0.0.1, so the list is our own: the IPv6 block that is allocated to the internet, and all of
IPv4 without the special blocks.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from tickiti_cli.contract.allowed_hosts import AllowedHost, folded

MOST_URL = 2048
"""Characters of an epilog URL, as the API contract says. Some servers truncate longer URLs."""

PORTS = {"http": 80, "https": 443}

_PRINTABLE = re.compile(r"[\x21-\x7e]+")
_HOST = re.compile(r"[A-Za-z0-9._-]{1,253}|[0-9A-Fa-f:.]{2,45}")

_SPECIAL = tuple(
    ip_network(block)
    for block in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
        "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
    )
)  # fmt: skip
"""The special-purpose IPv4 addresses (RFC 6890), multicast and the reserved blocks."""

_GIVEN_OUT = ip_network("2000::/3")
_SPECIAL_6 = tuple(
    ip_network(block) for block in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
)
"""Blocks that are not public inside that block: Teredo and other protocols, documentation, and
6to4, which embeds any IPv4 address."""

_WITH_IPV4 = (ip_network("::ffff:0:0/96"), ip_network("64:ff9b::/96"))
"""Blocks with an IPv4 address in the last 32 bits; every other way to embed one is refused."""


@dataclass(frozen=True, slots=True)
class Destination:
    """The parts of an epilog URL."""

    scheme: str
    host: str
    """The name for TLS and the Host header; an IPv6 address has no brackets."""

    port: int
    target: str
    """Path and query."""

    @classmethod
    def of(cls, url: str) -> "Destination":
        """Parse a URL. Raises ValueError, with the rest of a sentence, for an unusable one."""
        if len(url) > MOST_URL:
            raise ValueError(f"may not be longer than {MOST_URL} characters")
        if not _PRINTABLE.fullmatch(url):
            raise ValueError(
                "must be printable ASCII: a host of other letters in its xn-- form, the rest with %"
            )
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            raise ValueError("must be a URL such as https://shop.example/decided") from None
        if parts.scheme not in PORTS or not _HOST.fullmatch(host) or port == 0:
            raise ValueError("must be a URL such as https://shop.example/decided")
        if "@" in parts.netloc:
            raise ValueError("must not hold a user or a password: callbacks are signed")
        if "#" in url:
            raise ValueError("must not have a fragment: a server never sees it")
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return cls(parts.scheme, folded(host), port or PORTS[parts.scheme], target)

    @property
    def authority(self) -> str:
        """The value of the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def lane(self) -> str:
        """The lane, whose deliveries are counted and paused together."""
        return f"callback:{self.host}:{self.port}"

    def is_allowed(self, allowed: Iterable[AllowedHost]) -> bool:
        """Whether the operator has allowed this host; then every address and http are accepted."""
        return any(entry.takes(self.host, self.port) for entry in allowed)

    @property
    def allowing(self) -> str:
        """The command that allows this host."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"tickiti server start --allow-callback {host}:{self.port}"


def allowed_hosts(stored: str | None) -> Sequence[AllowedHost]:
    """Parse the list of hosts that the database stores."""
    return [AllowedHost.of(entry) for entry in (stored or "").split()]


def is_public(address: str) -> bool:
    """Whether a numeric address is public."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv6Address):
        if any(found in block for block in _WITH_IPV4):
            return _is_public_4(IPv4Address(int(found) & 0xFFFFFFFF))
        return found in _GIVEN_OUT and not any(found in block for block in _SPECIAL_6)
    return _is_public_4(found)


def refusal_reason(destination: Destination, allowed: Iterable[AllowedHost]) -> str | None:
    """Return why a destination is refused before its look-up, as the rest of a sentence."""
    if destination.is_allowed(allowed):
        return None
    if destination.scheme == "http":
        return f"must begin with https://, or its host be allowed: {destination.allowing}"
    try:
        ip_address(destination.host)
    except ValueError:
        return None
    if is_public(destination.host):
        return None
    return f"leads to an address that is not public; if it is meant: {destination.allowing}"


def _is_public_4(address: IPv4Address) -> bool:
    return not any(address in block for block in _SPECIAL)
