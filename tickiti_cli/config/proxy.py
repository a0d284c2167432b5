"""Finds the proxy that the environment names for a server, by the rules of curl.

Only the proxy of the address in use is checked. A bad variable for another scheme, or for a server
that NO_PROXY exempts, does not stop the command.
"""

from typing import NamedTuple
from urllib.parse import urlsplit

from tickiti_cli.config.addresses import names_a_host
from tickiti_cli.errors import ConfigProblem

OF_PROFILE = "the profile's proxy"
"""Stands for the name of a variable."""


class Proxy(NamedTuple):
    """`url` may hold a password; `shown` does not."""

    url: str
    variable: str

    @property
    def shown(self) -> str:
        before, separator, host = self.url.rpartition("@")
        if not separator:
            return self.url
        scheme, slashes, _ = before.partition("://")
        return f"{scheme}://{host}" if slashes else host

    def unusable(self, why: str) -> ConfigProblem:
        """Returns the error for a proxy that cannot be tried."""
        if self.variable == OF_PROFILE:
            return ConfigProblem(
                f"The proxy '{self.shown}' of the profile cannot be used: {why}.",
                hint="Change it: tickiti config set profiles.NAME.proxy URL",
            )
        return ConfigProblem(
            f"{self.variable}: the proxy '{self.shown}' cannot be used: {why}.",
            hint=f"Change or unset {self.variable}, or exempt the server with NO_PROXY.",
        )


def proxy_for(url: str, named: str | None = None) -> Proxy | None:
    """Returns the proxy for an address; None where requests go to the server directly. Raises
    ConfigProblem for a bad address of a proxy.

    `named` is the proxy of the profile. It comes before the environment's, which speaks for all
    servers; an empty text goes to the server directly.
    """
    if named is not None:
        proxy = Proxy(named, OF_PROFILE)
        if named and not names_a_host(named):
            raise proxy.unusable("it is not a valid address")
        return proxy if named else None
    from urllib.request import getproxies  # noqa: PLC0415 - not for this machine

    found = getproxies()
    parts = urlsplit(url)
    scheme = parts.scheme if parts.scheme in found else "all"
    if not found.get(scheme) or (parts.hostname and _is_exempt(parts.hostname, parts.port)):
        return None
    named = found[scheme]
    proxy = Proxy(named if "://" in named else f"http://{named}", f"{scheme.upper()}_PROXY")
    if not names_a_host(proxy.url):
        raise proxy.unusable("it is not a valid address")
    return proxy


def _is_exempt(host: str, port: int | None) -> bool:
    """True if NO_PROXY has the name, or name and port; `*` exempts every server."""
    from urllib.request import proxy_bypass  # noqa: PLC0415 - not for this machine

    return bool(proxy_bypass(host) or (port is not None and proxy_bypass(f"{host}:{port}")))
