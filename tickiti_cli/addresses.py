"""Which addresses a token may travel to without TLS: this machine's own."""

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
