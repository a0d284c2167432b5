"""Days and moments: how the text of a flag becomes a point in time.

Rule: a day, and a time without an offset, is that of the user's time zone. `-7d` keeps the time of
day, also where daylight saving begins or ends in between. A day in any other order than ISO is
refused with the ISO form, because 03/04 is in March for some and in April for others.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

from tickiti_cli.errors import UsageProblem
from tickiti_cli.parser.choices import UNIT_SECONDS
from tickiti_cli.parser.durations import unitless
from tickiti_cli.suggest import nearest

FORMS = "2026-11-24, yesterday, monday, -7d or 2026-11-24T10:00"
"""The forms that the help of a flag names."""

Point = date | datetime
"""A day of the user's calendar, or a moment with an offset. A datetime is a date as well: ask for
the datetime first."""

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
NEAR_DAYS = {"yesterday": -1, "today": 0, "tomorrow": 1}

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9:.]+(Z|[+-][0-9:]+)?", re.ASCII)
_AWAY = re.compile(r"([+-]?)([0-9]{1,9})([smhdw])", re.ASCII)
_OTHER_ORDER = re.compile(r"([0-9]{1,4})([./-])([0-9]{1,2})\2([0-9]{1,4})(?:[ T].*)?", re.ASCII)


def point_of(text: str, flag: str, *, ahead: bool = False) -> Point:
    """Return the day or the moment that a text means.

    `ahead`: `7d` is seven days from now and `monday` the next one; otherwise both are in the past.
    Raises UsageProblem, which names the flag.
    """
    wanted = text.strip()
    try:
        found = (
            _named(wanted.lower(), ahead=ahead)
            or _iso(wanted.upper())
            or _away(wanted.lower(), ahead=ahead)
        )
    except OverflowError:
        raise _too_far(text, flag) from None
    except ValueError:
        raise UsageProblem(f"{flag}: '{text}' is not in the calendar.") from None
    if found is None:
        raise UsageProblem(f"{flag}: {_wrong(wanted, ahead=ahead)}")
    return found


def day_of(text: str, flag: str, *, ahead: bool = False) -> str:
    """Return a day of the calendar in the server's form, `2026-11-24`. `ahead` as for `point_of`.

    Raises UsageProblem, also for a time of day.
    """
    found = point_of(text, flag, ahead=ahead)
    if not isinstance(found, datetime):
        return found.isoformat()
    try:
        day = found.astimezone().date().isoformat()
    except OverflowError:
        raise _too_far(text, flag) from None
    away = _AWAY.fullmatch(text.strip().lower())
    if away and away[3] in "dw":
        return day
    raise UsageProblem(f"{flag}: '{text}' is a time, and this flag takes a day: write {day}.")


def coming_day_of(text: str, flag: str) -> str:
    """Return a day as `day_of` does. Raises UsageProblem for a day in the past."""
    day = day_of(text, flag, ahead=True)
    # The server counts in UTC, where it may still be the day before.
    today = min(datetime.now(UTC).date(), _now().date())
    if day < today.isoformat():
        raise UsageProblem(f"{flag}: {day} is in the past.")
    return day


def utc_today_before(day: str) -> str | None:
    """Return today in UTC where `day` is today, or earlier, for the user and has not begun in UTC;
    None for any other day."""
    today, utc_today = (one.date().isoformat() for one in (_now(), datetime.now(UTC)))
    return utc_today if utc_today < day <= today else None


def moment_of(text: str, flag: str, *, ahead: bool = False) -> str:
    """Return a moment in the server's form, in UTC; for a day that of its beginning. `ahead` as for
    `point_of`. Raises UsageProblem, with `ahead` also for a moment in the past."""
    moment = _moment(text, flag, ahead=ahead)
    if ahead and moment <= _now():
        raise UsageProblem(f"{flag}: '{text}' is in the past.")
    return moment.isoformat(timespec="seconds")


def any_moment_of(text: str, flag: str) -> str:
    """Return a moment as `moment_of` does, in the past as well: `monday` is the next one, `-7d` a
    week ago. Raises UsageProblem."""
    return _moment(text, flag, ahead=True).isoformat(timespec="seconds")


def local_time(moment: str) -> str:
    """Return a moment of the server as the user's clock shows it; any other text unchanged."""
    try:
        return f"{datetime.fromisoformat(moment).astimezone():%Y-%m-%d %H:%M %Z}".strip()
    except (ValueError, OverflowError):
        return moment


class TimeRange(NamedTuple):
    """The time between two flags. `start` is the first moment in it, `end` the first one after;
    both in UTC, None for no bound. `member` holds the moment of a row."""

    start: datetime | None = None
    end: datetime | None = None
    member: str = "created_at"

    @classmethod
    def of(
        cls,
        since: str | None,
        until: str | None,
        flags: tuple[str, str] = ("--since", "--until"),
        *,
        member: str = "created_at",
    ) -> "TimeRange":
        """Parse the two flags of a list. Raises UsageProblem."""
        start = _bound(_start, since, flags[0])
        end = _bound(_end, until, flags[1])
        if start and end and start >= end:
            raise UsageProblem(f"{flags[0]} {since} is later than {flags[1]} {until}.")
        return cls(start, end, member)

    def __bool__(self) -> bool:
        """True if there is a bound."""
        return self.start is not None or self.end is not None

    @property
    def last(self) -> datetime | None:
        """The last moment in the range."""
        return self.end and self.end - timedelta(microseconds=1)

    @property
    def is_whole_days(self) -> bool:
        """True if both bounds are midnight in UTC."""
        return all(bound is None or _is_midnight(bound) for bound in (self.start, self.end))

    def seconds(self) -> tuple[str | None, str | None]:
        """The first and the last second in UTC, `2026-11-24 09:00:00`, or the day alone where a
        bound is that of a day in UTC."""
        return _second(self.start, self.start), _second(self.last, self.end)

    def covers(self, row: Mapping[str, Any]) -> bool:
        """True if the row's moment is in the range, and for a row without a moment."""
        moment = _moment_in(row, self.member)
        if moment is None or self.is_before(row):
            return moment is None
        return self.end is None or moment < self.end

    def is_before(self, row: Mapping[str, Any]) -> bool:
        """True if the row's moment is before the range."""
        moment = _moment_in(row, self.member)
        return moment is not None and self.start is not None and moment < self.start


def _bound(edge: Callable[[Point], datetime], text: str | None, flag: str) -> datetime | None:
    try:
        return None if text is None else edge(point_of(text, flag)).astimezone(UTC)
    except OverflowError:
        return None  # beyond the calendar: counts as no bound


def _second(moment: datetime | None, edge: datetime | None) -> str | None:
    if moment is None or edge is None:
        return None
    return f"{moment:%Y-%m-%d}" if _is_midnight(edge) else f"{moment:%Y-%m-%d %H:%M:%S}"


def _is_midnight(moment: datetime) -> bool:
    return moment.time() == time()


def _moment_in(row: Mapping[str, Any], member: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(row.get(member) or "")
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _now() -> datetime:
    return datetime.now().astimezone()


def _moment(text: str, flag: str, *, ahead: bool) -> datetime:
    """Raises UsageProblem."""
    try:
        return _start(point_of(text, flag, ahead=ahead)).astimezone(UTC)
    except OverflowError:
        raise _too_far(text, flag) from None


def _local(moment: datetime) -> datetime:
    """Give a time of the user's clock its offset. Raises OverflowError."""
    try:
        return moment.astimezone()
    except ValueError as error:  # in year 0 or 10000 once the offset is applied
        raise OverflowError from error


def _start(point: Point) -> datetime:
    """Return the moment itself, or the beginning of the day. Raises OverflowError."""
    return point if isinstance(point, datetime) else _local(datetime.combine(point, time()))


def _end(point: Point) -> datetime:
    """Return the first moment after a second or a day. Raises OverflowError."""
    if isinstance(point, datetime):
        return point.replace(microsecond=0) + timedelta(seconds=1)
    return _start(point + timedelta(days=1))


def _named(word: str, *, ahead: bool) -> Point | None:
    today = _now().date()
    if word == "now":
        return _now()
    if word in NEAR_DAYS:
        return today + timedelta(days=NEAR_DAYS[word])
    for number, name in enumerate(WEEKDAYS):
        if word in (name, name[:3]):
            away = number - today.weekday()
            # The next one is never today; the last one may be.
            return today + timedelta(days=(away - 1) % 7 + 1 if ahead else -(-away % 7))
    return None


def _iso(text: str) -> Point | None:
    """Raises ValueError for a day or a time that does not exist."""
    if _DAY.fullmatch(text):
        return date.fromisoformat(text)
    if _MOMENT.fullmatch(text):
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo else _local(moment)
    return None


def _away(text: str, *, ahead: bool) -> datetime | None:
    """Raises OverflowError."""
    match = _AWAY.fullmatch(text)
    if match is None:
        return None
    sign = -1 if match[1] == "-" or not (match[1] or ahead) else 1
    away = sign * timedelta(seconds=int(match[2]) * UNIT_SECONDS[match[3]])
    if match[3] in "dw":
        return _local(datetime.now() + away)  # noqa: DTZ005 - the same time of the user's clock
    return _now() + away


def _wrong(text: str, *, ahead: bool) -> str:
    """Return the sentence for a text that is neither a day nor a moment."""
    if written := " or ".join(_in_iso(text)):
        return f"'{text}' is not in the order year-month-day: write {written}."
    if text.isascii() and text.isdigit():
        return unitless(text)
    forms = "tomorrow or 7d" if ahead else "yesterday or -7d"
    known = nearest(text.lower(), ("now", *NEAR_DAYS, *WEEKDAYS))
    return f"'{text}' is not a date such as 2026-11-24, {forms}.{known}"


def _in_iso(text: str) -> list[str]:
    """Return the days that a date in another order may mean."""
    if len(text) == len("20261124") and text.isdigit():
        orders = [(text[:4], text[4:6], text[6:])]
    elif match := _OTHER_ORDER.fullmatch(text):
        first, separator, second, third = match.groups()
        year = third if len(third) == 4 else f"20{third:0>2}"
        orders = [(year, second, first), (year, first, second)]
        if len(first) > 2:
            orders = [(first, second, third)]
        elif separator == ".":  # where dots are written, the day comes first
            orders = orders[:1]
    else:
        return []
    days = (_day_if_any(*order) for order in orders)
    return list(dict.fromkeys(filter(None, days)))


def _day_if_any(year: str, month: str, day: str) -> str | None:
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None


def _too_far(text: str, flag: str) -> UsageProblem:
    return UsageProblem(f"{flag}: '{text}' is too far in the future or past.")
