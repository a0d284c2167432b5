"""The server's clock, by which bulk jobs measure time, because the server decides when keys expire.

Rule: every moment that a bulk job logs, and every age that it computes, is by this clock. It equals
this machine's clock until the server has sent a date: in its first reply, or when it is asked
because the outcome of a line has been unknown for long.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from tickiti_cli.api import retry

SLACK = timedelta(days=1)
"""Clocks that differ by less are treated as equal. A moment that lies further in the future was
logged by a wrong clock, so that its age is unknown."""

ASK_SECONDS = 5.0

_DATE = re.compile(r"\ndate: ([^\n]*)", re.IGNORECASE)
_offset = timedelta()
_is_known = _is_reported = False


def synchronise(server_time: datetime | None) -> None:
    """Set the clock by the first date that the server sends; None if the server has sent no
    date."""
    global _offset, _is_known
    if server_time is not None and not _is_known:
        _offset, _is_known = server_time - datetime.now(UTC), True


def read_date_header(head: str) -> None:
    """Set the clock by the head of a reply, if that is the first with a date."""
    if not _is_known and (found := _DATE.search(head)):
        synchronise(retry.moment(found[1]))


def was_found_wrong() -> bool:
    """Return True once if this machine's clock, by which moments were logged, was wrong."""
    global _is_reported  # noqa: PLW0603 - one clock for each process
    is_new = abs(_offset) > SLACK and not _is_reported
    _is_reported |= is_new
    return is_new


def now() -> datetime:
    return datetime.now(UTC) + _offset


def age(moment: str) -> timedelta:
    """Return the age of a moment in ISO 8601; below zero for a moment in the future."""
    return now() - datetime.fromisoformat(moment)


def may_be_older(
    moment: str, than: timedelta, ask: Callable[[], datetime | None] = lambda: None
) -> bool:
    """True unless the moment is certainly younger than that.

    `ask` returns the server's time; it is called only where this machine's clock does not decide.
    """
    if not timedelta() <= age(moment) <= SLACK:
        synchronise(ask())
    return not -SLACK <= age(moment) <= than
