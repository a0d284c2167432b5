"""Ranges of days, and the periods that a report divides them into.

A day is its number since 1970, so that the arithmetic of the first and the last year works.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import NamedTuple

from tickiti_cli.contract.errors import ValidationFailed
from tickiti_server.api.reports.bodies.reports import Report
from tickiti_server.clock import Microseconds, day_of

MOST_DAYS = 3660
"""Days of a report: ten years. Each day may be a row."""

DEFAULT_DAYS = 30

_EPOCH = date(1970, 1, 1).toordinal()


def number_of(day: date) -> int:
    return day.toordinal() - _EPOCH


def day_of_number(number: int) -> date:
    return date.fromordinal(number + _EPOCH)


class Days(NamedTuple):
    """A range of days."""

    first: int
    last: int

    @property
    def written(self) -> dict[str, str]:
        """The range as members of a reply."""
        return {
            "date_from": day_of_number(self.first).isoformat(),
            "date_to": day_of_number(self.last).isoformat(),
        }


class Period(NamedTuple):
    """A day, week or month of a report, cut at the ends of the range."""

    label: str
    days: Days

    def total(self, by_day: Mapping[int, int]) -> int:
        """The counts of all its days together."""
        return sum(by_day.get(day, 0) for day in range(self.days.first, self.days.last + 1))


def days_of(body: Report, *, now: Microseconds) -> Days:
    """The range that a body asks for. Raises ValidationFailed."""
    last = number_of(body.last or day_of(now))
    earliest = number_of(date.min)
    first = max(earliest, last - DEFAULT_DAYS + 1) if body.first is None else number_of(body.first)
    if first > last:
        if body.last is None:
            sentence = "The date_from field must not be after today."
            raise ValidationFailed.of("date_from", sentence)
        sentence = "The date_to field must not be before date_from."
        raise ValidationFailed.of("date_to", sentence)
    if last - first >= MOST_DAYS:
        sentence = f"The range may not have more than {MOST_DAYS} days."
        raise ValidationFailed.of("date_from", sentence)
    return Days(first, last)


def _day_label(day: date) -> str:
    return day.isoformat()


def _week_label(day: date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def _month_label(day: date) -> str:
    return f"{day.year:04}-{day.month:02}"


_LABELS: Mapping[str, Callable[[date], str]] = {
    "day": _day_label,
    "week": _week_label,
    "month": _month_label,
}


def periods_of(days: Days, grouping: str) -> Iterator[Period]:
    """Every period of a range, in order."""
    label_of = _LABELS[grouping]
    first, label = days.first, label_of(day_of_number(days.first))
    for number in range(days.first + 1, days.last + 1):
        other = label_of(day_of_number(number))
        if other != label:
            yield Period(label, Days(first, number - 1))
            first, label = number, other
    yield Period(label, Days(first, days.last))
