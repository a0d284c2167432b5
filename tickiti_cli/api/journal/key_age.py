"""How old a key is: whether its server may have forgotten it.

The rule of this file: the days are the server's, which is who forgets. Where a clock may have been
wrong nothing is guessed: a key that may be too old is too old.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from tickiti_cli.errors import OutcomeUnknown
from tickiti_cli.journal import WINDOW, Entry, Journal

SLACK = timedelta(days=1)
"""Clocks that differ: a machine whose time zone is wrong is off by hours, not by days."""


def refuse_forgotten(journal: Journal, entry: Entry, server_clock: datetime | None) -> None:
    """Raise OutcomeUnknown unless a server that says it is `server_clock` certainly knows the key
    of `entry`; None where it says no time."""
    ages = [*_ages(journal, entry, server_clock)]
    hint = f"See on the server whether it was done, then: tickiti op forget {entry.id}"
    if max(ages) > WINDOW:
        raise OutcomeUnknown(
            f"Operation {entry.id} was begun at {entry.first_sent_at}: its server may have "
            "forgotten the key, and would do it a second time.",
            hint=hint,
        )
    if min(ages) < -SLACK:
        raise OutcomeUnknown(
            f"Operation {entry.id} was begun at {entry.first_sent_at}, which has not come yet: a "
            "clock was wrong, so nobody knows whether its server still has the key.",
            hint=hint,
        )


def _ages(journal: Journal, entry: Entry, server_clock: datetime | None) -> Iterator[timedelta]:
    """Every age that it may have, by what is known of the clocks."""
    begun = datetime.fromisoformat(entry.first_sent_at)
    if server_clock is not None and entry.clock_offset is not None:
        yield server_clock - begun - timedelta(seconds=entry.clock_offset)
        return
    yield datetime.now(UTC) - begun
    if server_clock is not None:
        for offset in {0.0, *_offsets(journal, entry, begun)}:
            yield server_clock - begun - timedelta(seconds=offset)


def _offsets(journal: Journal, entry: Entry, begun: datetime) -> Iterator[float]:
    """How wrong this machine's clock was when operations at about the same time were answered."""
    for other in journal.near(entry):
        is_near = (
            other.base_url == entry.base_url
            and other.clock_offset is not None
            and abs(datetime.fromisoformat(other.first_sent_at) - begun) < SLACK
        )
        if is_near and other.clock_offset is not None:
            yield other.clock_offset
