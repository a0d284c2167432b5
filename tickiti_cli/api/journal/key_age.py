"""The age of a key, after which its server may have deleted the stored reply.

Rule: the server's clock counts, because the server deletes. Where a clock may have been wrong, a
key that may be too old counts as too old.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from tickiti_cli.api.journal.journal import WINDOW, Journal, Operation
from tickiti_cli.errors import OutcomeUnknown

SLACK = timedelta(days=1)
"""Tolerance for clocks that differ: a wrong time zone is off by hours, not by days."""


def refuse_forgotten(journal: Journal, entry: Operation, server_clock: datetime | None) -> None:
    """Raises OutcomeUnknown unless the server certainly has the key of `entry`. `server_clock` is
    the server's time; None where the server names no time."""
    ages = [*_ages(journal, entry, server_clock)]
    hint = f"Check on the server whether it was done, then: tickiti op forget {entry.id}"
    if max(ages) > WINDOW:
        raise OutcomeUnknown(
            f"Operation {entry.id} was first sent at {entry.first_sent_at}: the server may have "
            "forgotten the key, and would do it a second time.",
            hint=hint,
        )
    if min(ages) < -SLACK:
        raise OutcomeUnknown(
            f"Operation {entry.id} was first sent at {entry.first_sent_at}, which is in the "
            "future. A clock was wrong, so the server may have forgotten the key.",
            hint=hint,
        )


def _ages(journal: Journal, entry: Operation, server_clock: datetime | None) -> Iterator[timedelta]:
    """Yields every age that the key may have, by the clocks that are known."""
    begun = datetime.fromisoformat(entry.first_sent_at)
    if server_clock is not None and entry.clock_offset is not None:
        yield server_clock - begun - timedelta(seconds=entry.clock_offset)
        return
    yield datetime.now(UTC) - begun
    if server_clock is not None:
        for offset in {0.0, *_offsets(journal, entry, begun)}:
            yield server_clock - begun - timedelta(seconds=offset)


def _offsets(journal: Journal, entry: Operation, begun: datetime) -> Iterator[float]:
    """Yields the offsets of this machine's clock that operations of about the same time stored."""
    for other in journal.near(entry):
        is_near = (
            other.base_url == entry.base_url
            and other.clock_offset is not None
            and abs(datetime.fromisoformat(other.first_sent_at) - begun) < SLACK
        )
        if is_near and other.clock_offset is not None:
            yield other.clock_offset
