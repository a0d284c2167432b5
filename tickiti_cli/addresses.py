"""Addresses of servers: how one is written, and which a token may travel to without TLS."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from tickiti_cli.errors import UsageProblem


def is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def refuse_open_wire(url: str, *, allow_http: bool) -> None:
    """Raise UsageProblem for plain http to another machine, unless the caller insists."""
    if urlsplit(url).scheme == "http" and not is_loopback(url) and not allow_http:
        raise UsageProblem(
            f"{url} is not encrypted: anybody on the way could read the token.",
            hint="Use https://, or --allow-http if you are sure.",
        )


def checked_url(base_url: str, source: str) -> str:
    """The address without a slash at its end. Raises UsageProblem naming the source."""
    base = base_url.strip().rstrip("/")
    scheme, separator, rest = base.partition("://")
    is_address = scheme in ("http", "https") and separator and rest and len(base.split()) == 1
    if not is_address or set("?#@") & set(rest):
        raise UsageProblem(f"{source}: '{base_url}' is no address such as https://support.example.")
    return base
