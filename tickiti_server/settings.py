"""What one server process is told at its start; frozen from then on."""

from dataclasses import dataclass
from pathlib import Path

from tickiti_cli.contract.endpoint import Plan

MOST_CONNECTIONS = 1000
KEY_DAYS = 30
"""The contract's: a key is kept at least so long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Durations in seconds, sizes in bytes. Defaults: section 2 of the API contract."""

    database: Path
    rate_limit: int | None = None
    """Authenticated requests a token may make in a minute; None: as many as it likes."""

    minted_keys_per_minute: int = 120
    """The one unauthenticated call that computes something, per address."""

    most_body: int = 25 * 1024 * 1024
    most_public_body: int = 64 * 1024
    """Where no token is asked for."""

    most_held: int = 192 * 1024 * 1024
    """All bodies on their way in that have more than that, and all replies on their way out."""

    most_worked: int = 32 * 1024 * 1024
    """All large bodies together that are understood and stored at a time: then they take up to
    twenty times as much."""

    work_seconds: float = 10.0
    """How long a large body waits for that."""

    most_headers: int = 64 * 1024
    header_seconds: float = 10.0
    body_seconds: float = 30.0
    public_body_seconds: float = 5.0
    """For a body that comes without a token, which is small."""

    idle_seconds: int = 15
    linger_seconds: float = 2.0
    """How long the rest of a refused body is taken and thrown away, so that the reply is seen."""

    reading_seconds: float = 30.0
    reading_rate: int = 64 * 1024
    """How long a client may leave a reply unread, and how many bytes a second buy it more time."""

    most_connections: int = MOST_CONNECTIONS
    waiting_seconds: float = 3.0
    """How long a connection waits for a place while all of them are busy."""

    behind_proxy: bool = False
    """A proxy on this machine, or one that FORWARDED_ALLOW_IPS names, says who calls."""

    drain_seconds: int = 30
    key_wait_seconds: float = 5.0
    """How long a request waits for another one with the same key."""

    key_days: int = KEY_DAYS
    """How long a stored reply is kept at least."""

    delivery_drain_seconds: float = 10.0
    """How long a server that stops waits for mail on its way; the rest is for the next server."""

    purge_seconds: float = 60.0
    """How often replies older than that are looked for."""

    hold_seconds: float = 15.0
    """How often tickets on hold are looked at: so late may one open on its day."""

    lease_seconds: float = 30.0
    """How long a delivery that is under way belongs to its worker without a sign of life."""

    without_plans: frozenset[Plan] = frozenset()
    """Plans of the vendor that this server does not have; it has all others."""
