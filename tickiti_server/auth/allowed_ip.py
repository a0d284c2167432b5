"""The addresses from which a token may be used: IP addresses and CIDR blocks with commas."""

from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network


def networks_of(allowed: str) -> list[IPv4Network | IPv6Network]:
    """The networks of a list such as `203.0.113.7, 10.0.0.0/8`. Raises ValueError."""
    return [ip_network(part.strip()) for part in allowed.split(",")]


@lru_cache(maxsize=1024)
def is_allowed(allowed: str, address: str) -> bool:
    """Whether an address is in one of the networks. Cached, because every request asks."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:  # a Unix socket has no address
        return False
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped  # how a socket for both versions names an IPv4 client
    return any(found in network for network in networks_of(allowed))
