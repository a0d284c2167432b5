"""When a request is sent again: the same key and the same bytes, within one deadline.

Retried is what may have been bad luck: no connection, no complete reply, a busy or failing server;
and, once an attempt may have arrived, an answer that is not Tickiti's own: whatever stands between
says nothing of the operation, and may have Tickiti behind it again a moment later. The same answer
to a first attempt is most often a wrong address. A write without a key is never sent twice.
"""

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import NamedTuple, TypeVar

from tickiti_cli.contract.errors import ApiError, KeyInProgress
from tickiti_cli.errors import ForeignReply, Unreachable

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
REFUSED_SECONDS = 2.0
REFUSED_PAUSE_SECONDS = 0.25
RETRIED_STATUSES = frozenset({408, 425, 429})

Result = TypeVar("Result")


class Policy(NamedTuple):
    """`retries` after the first attempt, all within `max_time` seconds."""

    retries: int = 8
    max_time: float = 120.0
    refused_time: float | None = None
    """Seconds for a server of this machine that refuses connections: enough for one that is being
    started, and nobody waits a minute for one that is not. None: `max_time`."""

    def run(self, attempt: Callable[[float], Result], *, note: Callable[[str], None]) -> Result:
        """Call `attempt(seconds left)` until it succeeds, or raise its last error. `note` is told
        before each retry."""
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
    """What is told of retries: on a terminal one line that changes, and goes at the end; in a log a
    line at the first and one at the last, which eight failures would fill."""

    def __init__(self, tell: Callable[[str], None], show: Callable[[str], None] | None) -> None:
        self._tell = tell
        self._show = show
        """On a terminal: write this line in the place of the one before."""

        self._count = 0
        self._began = time.monotonic()

    def __call__(self, line: str) -> None:
        self._count += 1
        if self._show is not None:
            self._show(line)
        elif self._count == 1:
            self._tell(line)

    def end(self) -> None:
        """After the last attempt, whatever came of it."""
        if self._show is not None and self._count:
            self._show("")
        elif self._count > 1:
            seconds = time.monotonic() - self._began
            self._tell(f"Tried {self._count + 1} times in {seconds:.0f} s.")


def may_help(error: ApiError | ForeignReply | Unreachable) -> bool:
    """Whether the very same request can fare better a little later."""
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
    """Seconds before the next attempt: exponential with full jitter, or as the server asks."""
    ceiling = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** (attempt - 1))
    asked = getattr(error, "retry_after", None) or 0
    return max(float(asked), random.uniform(0, ceiling))  # noqa: S311 - jitter, not a secret


def retry_after_seconds(value: str | None, date: str | None = None) -> int | None:
    """A Retry-After header: seconds or a date, 0 for one in the past; None for what is neither.

    `date` is the reply's own: a date is meant by the server's clock, whatever ours says.
    """
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return int(text[:9])
    meant = moment(text)
    if meant is None:
        return None
    return max(0, round((meant - (moment(date) or datetime.now(UTC))).total_seconds()))


def moment(text: str | None) -> datetime | None:
    """A date of HTTP; None for what is none."""
    try:
        found = parsedate_to_datetime(text or "")
    except ValueError:
        return None
    return None if found.tzinfo is None else found
