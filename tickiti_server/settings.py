"""The settings of one server process, fixed at its start."""

from dataclasses import dataclass

from tickiti_cli.contract.endpoint import Plan
from tickiti_cli.contract.files.database_location import Location

MOST_CONNECTIONS = 1000
KEY_DAYS = 30
"""Days that a stored reply is kept at least, as the contract says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Durations in seconds, sizes in bytes. Defaults: section 2 of the API contract."""

    database: Location
    rate_limit: int | None = None
    """Authenticated requests of a token in a minute; None for no limit."""

    minted_keys_per_minute: int = 120
    """Minted keys for each address in a minute: the only public endpoint that computes."""

    most_body: int = 25 * 1024 * 1024
    most_public_body: int = 64 * 1024
    """The largest body on a public route."""

    most_body_memory: int = 192 * 1024 * 1024
    """All bodies over `most_public_body` that arrive, and all long replies that are sent."""

    most_work_memory: int = 32 * 1024 * 1024
    """All large bodies that are decoded and stored at a time.

    Meanwhile they take up to twenty times their size.
    """

    work_seconds: float = 10.0
    """The longest wait of a large body for `most_work_memory`."""

    most_headers: int = 64 * 1024
    header_seconds: float = 10.0
    body_seconds: float = 30.0
    public_body_seconds: float = 5.0
    """The deadline of a body without a token, which is small."""

    idle_seconds: int = 15
    linger_seconds: float = 2.0
    """The rest of a refused body is discarded for this long, so that the client sees the reply."""

    reading_seconds: float = 30.0
    reading_rate: int = 64 * 1024
    """Slow-reader limit: a client has `reading_seconds` to read a reply, plus one second for every
    `reading_rate` bytes."""

    most_connections: int = MOST_CONNECTIONS
    waiting_seconds: float = 3.0
    """The longest wait of a connection for a slot while all are busy."""

    behind_proxy: bool = False
    """Trust X-Forwarded-For from a proxy on this machine or in FORWARDED_ALLOW_IPS."""

    is_local: bool = False
    """Only programs of this machine reach the server. A browser must then call it by an address or
    name of loopback."""

    has_page: bool = False
    """Show what the server holds at /_tickiti/page."""

    drain_seconds: int = 30
    key_wait_seconds: float = 5.0
    """The longest wait of a request for another one with the same key."""

    key_days: int = KEY_DAYS
    """Days that a stored reply is kept at least."""

    delivery_drain_seconds: float = 10.0
    """A stopping server waits this long for deliveries; the next server does the rest."""

    purge_seconds: float = 60.0
    """The interval between two purges of stored replies."""

    upload_seconds: float = 600.0
    """The interval between two purges of files that nothing refers to."""

    hold_seconds: float = 15.0
    """The interval between two checks of tickets on hold; a ticket may reopen that late."""

    lease_seconds: float = 30.0
    """The lease of a delivery: after this time without renewal another worker takes it."""

    is_test_mode: bool = False
    """Answer under /_tickiti/test/: the database may be emptied, and the server made to fail."""

    without_plans: frozenset[Plan] = frozenset()
    """The vendor's plans that this server does not offer; it offers all others."""

    is_vendor_only: bool = False
    """Answer 404 under /_tickiti/, health and readiness aside, as the vendor's installs do."""
