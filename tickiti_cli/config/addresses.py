"""Addresses of servers: how one is written, and which a token may travel to without TLS."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from tickiti_cli.errors import UsageProblem


def is_loopback(url: str) -> bool:
    """Whether it is this machine's own; `url` is one that `checked_url` returned."""
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
    """The address with its scheme in lower case and without a slash at its end. Raises UsageProblem
    that names the source."""
    base = base_url.strip().rstrip("/")
    scheme, separator, rest = base.partition("://")
    scheme = scheme.lower()
    is_plain = len(base.split()) == 1 and base.isprintable() and not set("?#@\\") & set(rest)
    if scheme not in ("http", "https") or not separator or not is_plain or not names_a_host(base):
        raise UsageProblem(f"{source}: '{base_url}' is no address such as https://support.example.")
    return f"{scheme}://{rest}"


def names_a_host(url: str) -> bool:
    """Whether it names a host, and a port that there can be."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return False
    return bool(host) and port != 0
