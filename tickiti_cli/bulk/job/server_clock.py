"""What time it is by the server that this run talks to: it is the server that forgets keys.

The rule of this file: every moment that a bulk job notes, and every age that it judges, is by this
clock. It goes by this machine's until the server has named a time: in its first reply, or when it
is asked because a line has been in doubt for long.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from tickiti_cli.retrying import moment as moment_of

SLACK = timedelta(days=1)
"""Clocks that differ by less are as good as each other for days; a moment that is further ahead
was noted by a clock that was wrong, and nobody knows when it was."""

ASK_SECONDS = 5.0

_DATE = re.compile(r"\ndate: ([^\n]*)", re.IGNORECASE)
_offset = timedelta()
_is_known = _is_told = False


def follow(server_time: datetime | None) -> None:
    """Go by the server's clock from the first time that it names; None where it names none."""
    global _offset, _is_known
    if server_time is not None and not _is_known:
        _offset, _is_known = server_time - datetime.now(UTC), True


def hear(head: str) -> None:
    """The status line and the headers of a reply, of which the first that has a date counts."""
    if not _is_known and (found := _DATE.search(head)):
        follow(moment_of(found[1]))


def was_wrong() -> bool:
    """Whether moments were noted by a clock that was wrong; said once."""
    global _is_told  # noqa: PLW0603 - as above
    is_news = abs(_offset) > SLACK and not _is_told
    _is_told |= is_news
    return is_news


def now() -> datetime:
    return datetime.now(UTC) + _offset


def age(moment: str) -> timedelta:
    """Of a moment in ISO 8601; below zero for one that has not come yet."""
    return now() - datetime.fromisoformat(moment)


def may_be_older(
    moment: str, than: timedelta, ask: Callable[[], datetime | None] = lambda: None
) -> bool:
    """Whether it may be that long ago, for all that can be known; `ask` tells the server's time,
    where the answer is not plain without it."""
    if not timedelta() <= age(moment) <= SLACK:
        follow(ask())
    return not -SLACK <= age(moment) <= than
