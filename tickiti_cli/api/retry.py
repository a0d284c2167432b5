"""Retries a request with the same key and the same bytes, within one deadline.

An error is retried if it may pass: no connection, an incomplete reply, a busy or failing server. An
answer that is not Tickiti's own is retried once an attempt may have arrived, because a proxy says
nothing about the operation; on a first attempt the address is most often wrong. A write without a
key is never retried.
"""

import random
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple, TypeVar

from tickiti_cli.contract.errors import ApiError, KeyInProgress
from tickiti_cli.errors import ForeignReply, Unreachable

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
REFUSED_SECONDS = 2.0
REFUSED_PAUSE_SECONDS = 0.25
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"
_USUAL_DATE = re.compile(
    rf"[A-Z][a-z]{{2}}, ([0-9]{{2}}) ({_MONTHS.replace(' ', '|')}) ([0-9]{{4}})"
    r" ([0-9]{2}):([0-9]{2}):([0-9]{2}) GMT"
)
"""The form of RFC 9110 5.6.7, in which servers write dates."""

RETRIED_STATUSES = frozenset({408, 425, 429})

Result = TypeVar("Result")


class Policy(NamedTuple):
    """`retries` after the first attempt, all within `max_time` seconds."""

    retries: int = 8
    max_time: float = 120.0
    refused_time: float | None = None
    """Seconds of retries while this machine refuses the connection: enough for a server that is
    starting, short for a server that is not running. None means `max_time`."""

    def run(self, attempt: Callable[[float], Result], *, note: Callable[[str], None]) -> Result:
        """Calls `attempt(seconds left)` until it succeeds, or raises its last error. `note` is
        called with a sentence before each retry."""
        began = time.monotonic()
        tries = 0
        while True:
            left = self.max_time - (time.monotonic() - began)
            try:
                return attempt(left)
            except (ApiError, ForeignReply, Unreachable) as error:
                pause, most = pause_before(tries + 1, error), self.max_time
                if self.refused_time is not None and getattr(error, "is_refused_here", False):
                    pause, most = REFUSED_PAUSE_SECONDS, min(most, self.refused_time)
                left = most - (time.monotonic() - began)
                if not may_help(error) or tries >= self.retries or pause >= left:
                    raise
                note(f"{error} Trying again in {pause:.1f} s.")
            time.sleep(pause)
            tries += 1


class Notes:
    """Reports retries: on a terminal in one line that changes and disappears; in a log with a line
    at the first retry and a line at the end, because eight lines would fill the log."""

    def __init__(self, tell: Callable[[str], None], show: Callable[[str], None] | None) -> None:
        self._tell = tell
        self._show = show
        """Replaces the line on a terminal; None without a terminal."""

        self._count = 0
        self._began = time.monotonic()

    def __call__(self, line: str) -> None:
        self._count += 1
        if self._show is not None:
            self._show(line)
        elif self._count == 1:
            self._tell(line)

    def end(self) -> None:
        """Called after the last attempt, also if it failed."""
        if self._show is not None and self._count:
            self._show("")
        elif self._count > 1:
            seconds = time.monotonic() - self._began
            self._tell(f"Tried {self._count + 1} times in {seconds:.0f} s.")


def may_help(error: ApiError | ForeignReply | Unreachable) -> bool:
    """True if the same request may succeed a little later."""
    if isinstance(error, Unreachable):
        return error.retryable
    if error.is_foreign and error.was_doubtful:
        return True
    if isinstance(error, ForeignReply):
        return False
    if isinstance(error, KeyInProgress) or error.status in RETRIED_STATUSES:
        return True
    return error.status >= 500 and error.status != 501


def pause_before(attempt: int, error: Exception) -> float:
    """Returns the pause in seconds: exponential with full jitter, or longer if the server asks."""
    ceiling = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** (attempt - 1))
    asked = getattr(error, "retry_after", None) or 0
    return max(float(asked), random.uniform(0, ceiling))  # noqa: S311 - jitter, not a secret


def retry_after_seconds(value: str | None, date: str | None = None) -> int | None:
    """Reads a Retry-After header, a number or a date; 0 for a past date, None for any other text.

    `date` is the Date header of the reply, because the server's clock may differ from ours.
    """
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return int(text[:9])
    meant = moment(text)
    if meant is None:
        return None
    return max(0, round((meant - (moment(date) or datetime.now(UTC))).total_seconds()))


def moment(text: str | None) -> datetime | None:
    """Parses a date of HTTP; None for any other text."""
    try:
        if usual := _USUAL_DATE.fullmatch(text or ""):
            day, month, year, hour, minute, second = usual.groups()
            date = int(year), _MONTHS.index(month) // 4 + 1, int(day)
            return datetime(*date, int(hour), int(minute), int(second), tzinfo=UTC)
        from email.utils import parsedate_to_datetime  # noqa: PLC0415 - slow, for older forms

        found = parsedate_to_datetime(text or "")
    except ValueError:
        return None
    return None if found.tzinfo is None else found
