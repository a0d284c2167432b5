"""The epoch of a bundled server in test mode: the time since its last reset.

Rule: what was sent in an earlier epoch is gone with it. Only a server on this machine is asked,
because test mode is for loopback alone.
"""

import json
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from tickiti_cli.api.journal.journal import Operation
from tickiti_cli.config.addresses import is_loopback

ASK_SECONDS = 2.0

RESET = "The server was reset after the operation was sent; nothing of it is left."
"""The result of an operation of an earlier epoch."""


class Page(Protocol):
    @property
    def content(self) -> bytes: ...


class Asker(Protocol):
    """A sender. Named by what it does here, because senders ask for epochs themselves."""

    def seen_at(self, name: str, within: float, *, has_body: bool = False) -> Page: ...


class Epoch(NamedTuple):
    """`began_at` is by the clock of this machine, also where the server's clock was moved."""

    name: str
    began_at: datetime

    def has(self, entry: Operation) -> bool:
        """True if an operation began in this epoch: to the microsecond, which its id tells."""
        microseconds = entry.id[16:22]
        began = datetime.fromisoformat(entry.first_sent_at)
        began += timedelta(microseconds=int(microseconds) if microseconds.isdecimal() else 0)
        return began >= self.began_at


def epoch_of(sender: Asker, base_url: str) -> Epoch | None:
    """Ask the server of `sender` for its epoch, by /healthz and without a token.

    Returns None for a server elsewhere, for one that is not in test mode, and without an answer.
    """
    if not is_loopback(base_url):
        return None
    try:
        found = json.loads(sender.seen_at("healthz", ASK_SECONDS, has_body=True).content)
        name, began_at = str(found["epoch"]), datetime.fromisoformat(found["epoch_began_at"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    # A time without an offset cannot be compared: whatever listens here, it is not a test server.
    return Epoch(name, began_at) if began_at.tzinfo else None


def is_lost(sender: Asker, entry: Operation) -> bool:
    """True if an operation of this sender's server and token began before the last reset."""
    epoch = epoch_of(sender, entry.base_url)
    return epoch is not None and not epoch.has(entry)
