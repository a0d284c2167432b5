"""The server of a run. Checks its address, and whether a token may go there without TLS."""

from collections.abc import Mapping
from functools import lru_cache
from ipaddress import ip_address
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from tickiti_cli.errors import UsageProblem

NUMBER = "{number}"
"""Stands for the ticket's number in the web_url of a profile."""

WEB_URL = f"an https:// address with {NUMBER}, such as https://support.example/tickets/{NUMBER}"
"""The rule for a web_url, as the end of a sentence."""

DEFAULT_API = "classic"
"""The generation that needs no second request, and that a bulk job sends to in every run."""


DEFAULT_PORTS = {"http": ":80", "https": ":443"}

MOST_OF_LABEL = 63
"""Characters between two dots of a host name (RFC 1035)."""


class Connection(NamedTuple):
    """The server of a run. `profile` is None for an address of a flag or of the environment."""

    base_url: str
    origin: str
    profile: str | None = None
    members: Mapping[str, Any] = MappingProxyType({})

    @property
    def api(self) -> str:
        """One of APIS."""
        return str(self.members.get("api", DEFAULT_API))


@lru_cache(maxsize=16)
def is_loopback(url: str) -> bool:
    """True for an address of this machine. `url` comes from `checked_url`.

    Cached, because a bulk job asks before each request.
    """
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def refuse_open_wire(url: str, *, allow_http: bool) -> None:
    """Raises UsageProblem for plain http to another machine without --allow-http."""
    if urlsplit(url).scheme == "http" and not is_loopback(url) and not allow_http:
        raise UsageProblem(
            f"{url} is not encrypted: the token could be read on the way.",
            hint="Use https://, or --allow-http if you are sure.",
        )


def checked_url(base_url: str, source: str) -> str:
    """Returns the address with a lower-case scheme and host, without the scheme's own port and a
    final slash. Raises UsageProblem that names the source."""
    base = base_url.strip().rstrip("/")
    scheme, separator, rest = base.partition("://")
    scheme = scheme.lower()
    is_plain = len(base.split()) == 1 and base.isprintable() and not set("?#@\\") & set(rest)
    if "@" in base:
        raise UsageProblem(
            f"{source}: '{without_user(base)}' must not contain a user or password, nor any @."
        )
    if scheme not in ("http", "https") or not separator or not is_plain or not names_a_host(base):
        raise UsageProblem(f"{source}: '{base_url}' is not a URL such as {_such_as(base)}.")
    return f"{scheme}://{_plain_host(scheme, rest)}"


def one_spelling(base_url: str) -> str:
    """Returns the address of a record as `checked_url` spells it; earlier versions kept the host as
    it was given."""
    scheme, separator, rest = base_url.partition("://")
    if not separator or scheme not in DEFAULT_PORTS:
        return base_url
    return f"{scheme}://{_plain_host(scheme, rest)}"


def _plain_host(scheme: str, rest: str) -> str:
    """Returns the part behind the scheme with a lower-case host and without the scheme's own port,
    because bulk jobs and operations compare addresses as texts."""
    host, slash, path = rest.partition("/")
    host = host.removesuffix(DEFAULT_PORTS[scheme])
    return f"{host.lower() if host.isascii() else host}{slash}{path}"


def without_user(text: str) -> str:
    """Returns an address as it may be shown: all before its last @, perhaps a password, is ***."""
    before, separator, host = text.rpartition("@")
    if not separator:
        return text
    scheme, slashes, _ = before.partition("://")
    return f"{scheme}://***@{host}" if slashes else f"***@{host}"


def with_scheme(text: str) -> str:
    """Returns an address with https:// in front where a person left the scheme out; http:// for an
    address of this machine."""
    if "://" in text or len(text.split()) != 1:
        return text
    plain = f"http://{text}"
    return plain if names_a_host(plain) and is_loopback(plain) else f"https://{text}"


def _such_as(base: str) -> str:
    """The address that was meant where only its scheme is missing, else an example."""
    meant = with_scheme(base)
    has_scheme = meant == base or base.lower().startswith(("http:", "https:"))
    is_near = not has_scheme and base.isprintable() and not set("?#\\") & set(base)
    return meant if is_near and names_a_host(meant) else "https://support.example"


def names_a_host(url: str) -> bool:
    """True if the address names a host that can exist, and a valid port if any."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return False
    return bool(host) and port != 0 and _has_labels(str(host))


def _has_labels(host: str) -> bool:
    """True if no part between two dots is empty or longer than a name server allows. A last dot is
    valid; an IPv6 address is one part."""
    return all(0 < len(label) <= MOST_OF_LABEL for label in host.removesuffix(".").split("."))


def is_web_url(text: str) -> bool:
    """True for an https address, or one of this machine, with the number once behind its host."""
    filled = text.replace(NUMBER, "1")
    is_plain = text.isascii() and filled.isprintable() and not set('{}\\ "<>') & set(filled)
    if text.count(NUMBER) != 1 or not is_plain or not names_a_host(filled):
        return False
    parts = urlsplit(text)
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(filled))
    return is_safe and not set("{@") & set(parts.netloc)


def web_address(members: Mapping[str, Any], number: int) -> str | None:
    """Returns the page of a ticket by the web_url of a profile, which was checked when it was
    read; None without one."""
    template = members.get("web_url")
    return None if template is None else str(template).replace(NUMBER, str(number))
