"""`HOST[:PORT]`: one entry of the list of private hosts that callbacks may be sent to."""

import re
from dataclasses import dataclass

_ENTRY = re.compile(r"(?:\[([0-9A-Fa-f:.]{2,45})\]|([A-Za-z0-9._-]{1,253}))(?::([0-9]{1,5}))?")


def folded(host: str) -> str:
    """The host in lower case and without a final dot: `Localhost.` becomes `localhost`."""
    return host.lower().rstrip(".")


@dataclass(frozen=True, slots=True)
class AllowedHost:
    """A host name or an IP address as a URL spells it. Without a port, every port is allowed."""

    host: str
    port: int | None

    @classmethod
    def of(cls, text: str) -> "AllowedHost":
        """Parses one entry. Raises ValueError with a whole sentence where the text is not
        HOST[:PORT]."""
        match = _ENTRY.fullmatch(text)
        host = folded(match[1] or match[2]) if match else ""
        port = int(match[3]) if match and match[3] else None
        if not host or (port is not None and not 1 <= port <= 65535):
            raise ValueError(f"'{text}' is not HOST or HOST:PORT, such as 127.0.0.1:9000")
        return cls(host, port)

    def takes(self, host: str, port: int) -> bool:
        return folded(host) == self.host and self.port in (None, port)
