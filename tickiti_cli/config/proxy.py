"""Which proxy the environment names for a server, by the rules that curl has.

Only the proxy of the one address that a command uses is looked at: a variable for another scheme,
or one that NO_PROXY exempts this server from, cannot stop the command, whatever it says.
"""

from typing import NamedTuple
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from tickiti_cli.addresses import names_a_host
from tickiti_cli.errors import ConfigProblem


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
        """What to raise where the proxy cannot even be tried."""
        return ConfigProblem(
            f"{self.variable}: the proxy '{self.shown}' cannot be used: {why}.",
            hint=f"Change or unset {self.variable}, or exempt the server with NO_PROXY.",
        )


def proxy_for(url: str) -> Proxy | None:
    """The proxy for that address; None where requests go to the server directly. Raises
    ConfigProblem for what is not the address of a proxy."""
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
    """By its name, or by name and port; `*` exempts every server."""
    return bool(proxy_bypass(host) or (port is not None and proxy_bypass(f"{host}:{port}")))
