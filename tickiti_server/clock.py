"""The clocks of the server, times in whole microseconds, and the formats of a time in replies.

Rule: only this module reads the time of day. Code that depends on the time of day gets a clock or a
moment from its caller, so that one clock can be moved for all. The length of real work (a deadline,
a timeout, the age of a connection) is measured with `time.monotonic` where the work is done,
because no moved clock makes a disk or a client faster.
"""

import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

Microseconds = int
"""A point in time: whole microseconds since 1970 in UTC, as the database stores it."""

Clock = Callable[[], Microseconds]

SECOND: Microseconds = 1_000_000
DAY: Microseconds = 86_400 * SECOND
LATEST: Microseconds = 253_402_300_799 * SECOND
"""9999-12-31T23:59:59Z, the last second with a year of four digits."""


def wall_clock() -> Microseconds:
    return time.time_ns() // 1000


def steady_clock() -> Microseconds:
    """Elapsed time, which no setting of the wall clock changes and which counts suspended time."""
    return time.clock_gettime_ns(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)) // 1000


def process_clock() -> Microseconds:
    """Time that this machine was awake, in microseconds.

    Not CLOCK_BOOTTIME, because the kernel takes the length of a sleep from the hardware clock,
    which may be wrong.
    """
    return time.monotonic_ns() // 1000


class Clocks(NamedTuple):
    """The readings that a server takes: those of the machine, or all of one movable clock."""

    now: Clock = wall_clock
    steady: Clock = steady_clock
    """Elapsed time, by which a wall clock that was set is noticed."""

    served: Clock = process_clock
    """The clock by which idempotency keys age."""

    waited: Callable[[], float] = time.monotonic
    """Seconds of limits in which a client waits."""

    movable: "MovableClock | None" = None

    followed: "FollowingClock | None" = None
    """The clock of `now` where it is that of a database which several machines share."""

    @property
    def described(self) -> str:
        """How the clock differs from the machine's; empty: not at all."""
        return str(self.movable.state) if self.movable else ""


class FollowingClock:
    """A clock that shows the time of another one, which it is told of now and then.

    In between it goes by the elapsed time, so that setting the machine's clock changes nothing. Any
    thread reads `now`.
    """

    def __init__(self, steady: Clock = steady_clock, machine: Clock = wall_clock) -> None:
        self._steady = steady
        self._machine = machine
        self._ahead = machine() - steady()

    @property
    def readings(self) -> Clocks:
        return Clocks(now=self.now, followed=self)

    def now(self) -> Microseconds:
        return self._steady() + self._ahead

    def follow(self, ahead: Microseconds) -> None:
        """`ahead` is how far the other clock is ahead of the elapsed time."""
        self._ahead = ahead

    def skew(self) -> Microseconds:
        """How far the machine's clock is ahead of the other one; negative: behind it."""
        return self._machine() - self.now()


class ClockState(NamedTuple):
    """The state of a test server's clock, relative to the clock of the machine."""

    ahead: Microseconds = 0
    """How far a running clock is ahead of the machine's; negative: behind it."""

    frozen_at: Microseconds | None = None
    """The moment at which the clock stands still; None while it runs."""

    def __str__(self) -> str:
        if self.frozen_at is not None:
            return f"frozen at {rfc3339(self.frozen_at)}"
        if not self.ahead:
            return ""
        away = timedelta(seconds=abs(self.ahead) // SECOND)
        return f"{away} {'ahead of' if self.ahead > 0 else 'behind'} this machine's"

    def at(self, machine: Microseconds) -> Microseconds:
        """The time that this clock shows when the machine's shows `machine`."""
        return machine + self.ahead if self.frozen_at is None else self.frozen_at

    def moved_to(self, moment: Microseconds, machine: Microseconds) -> "ClockState":
        """This clock, running or frozen as it is, set to another moment."""
        if self.frozen_at is None:
            return ClockState(ahead=moment - machine)
        return ClockState(frozen_at=moment)


class MovableClock:
    """The clock of a server in test mode. Any thread reads `now`; the test mode alone moves it."""

    def __init__(self, machine: Clock = wall_clock) -> None:
        self._machine = machine
        self._skipped: Microseconds = 0
        self.state = ClockState()

    @property
    def readings(self) -> Clocks:
        # The clock is compared with itself, so that it never counts as set; keys age by its moves.
        return Clocks(self.now, self.now, self.now, self.waited, self)

    def now(self) -> Microseconds:
        return self.state.at(self._machine())

    def machine(self) -> Microseconds:
        """The time of the machine's clock, which nobody moves."""
        return self._machine()

    def move(self, state: ClockState) -> Microseconds:
        """Set the clock, and return how far it went: forwards, or backwards if negative."""
        moved = self._between(self.state, state)
        self._skipped += max(moved, 0)
        self.state = state
        return moved

    def _between(self, old: ClockState, new: ClockState) -> Microseconds:
        machine = self._machine()
        return new.at(machine) - old.at(machine)

    def waited(self) -> float:
        """Seconds for limits in which a client waits: they pass while the clock is frozen, and
        those that an advance skips have passed as well."""
        return time.monotonic() + self._skipped / SECOND


def rfc3339(moment: Microseconds) -> str:
    """`2026-05-01T09:14:02+00:00`: the contract's form of a time."""
    day, second = divmod(moment // SECOND, SECONDS_OF_A_DAY)
    minute, second = divmod(second, 60)
    return _date(day) + _MINUTES[minute] + _SECONDS[second]


SECONDS_OF_A_DAY = 24 * 60 * 60
_MINUTES = [f"T{minute // 60:02}:{minute % 60:02}" for minute in range(24 * 60)]
_SECONDS = [f":{second:02}+00:00" for second in range(60)]


@lru_cache(maxsize=4096)
def _date(day: int) -> str:
    """Cached, because rows of one list share their days: to format a time takes longer than to read
    a row from the database."""
    return datetime.fromtimestamp(day * SECONDS_OF_A_DAY, UTC).date().isoformat()


def rfc3339_exact(moment: Microseconds) -> str:
    """A time as `rfc3339` writes it, with microseconds, for positions in a list."""
    seconds, fraction = divmod(moment, SECOND)
    return (
        datetime.fromtimestamp(seconds, UTC)
        .replace(microsecond=fraction)
        .isoformat(timespec="microseconds")
    )


def midnight_of(day: str) -> Microseconds:
    """The beginning of a day such as `2026-05-01`, in UTC."""
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()) * SECOND


def day_of(moment: Microseconds) -> date:
    return datetime.fromtimestamp(moment // SECOND, UTC).date()
