"""The business hours: parsed from the flags of `escalation hours`, and shown as times of day."""

import re
from collections.abc import Mapping
from typing import Any

from tickiti_cli.errors import UsageProblem

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_TIME = re.compile(r"([01]?[0-9]|2[0-4]):([0-5][0-9])", re.ASCII)


def same_hours(days: str | None, start: str | None, end: str | None) -> dict[str, Any]:
    """Return the members of hours that are the same on every day. Raises UsageProblem."""
    members: dict[str, Any] = {"mode": "simple"}
    if days is not None:
        chosen = days_of(days)
        members |= {f"{day}_enabled": day in chosen for day in DAYS}
    members |= {"simple_start": _minutes(start, "--start")} if start is not None else {}
    members |= {"simple_end": _minutes(end, "--end")} if end is not None else {}
    return members


def hours_by_day(texts: list[str]) -> dict[str, Any]:
    """Return the members of hours such as `mon=09:00-17:00`. A day that is not named is off.

    Raises UsageProblem.
    """
    members: dict[str, Any] = {"mode": "per_day", **{f"{day}_enabled": False for day in DAYS}}
    for text in texts:
        day, _, hours = text.partition("=")
        start, dash, end = hours.partition("-")
        if day not in DAYS or not dash:
            raise UsageProblem(f"--day: '{text}' is not DAY=START-END, such as mon=09:00-17:00.")
        members |= {
            f"{day}_enabled": True,
            f"{day}_start": _minutes(start, "--day"),
            f"{day}_end": _minutes(end, "--day"),
        }
    return members


def days_of(text: str) -> set[str]:
    """Return the days of `mon-fri` or `mon,wed`. Raises UsageProblem."""
    found: set[str] = set()
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        if first not in DAYS or (dash and last not in DAYS):
            raise UsageProblem(
                f"--days: '{text}' is not a list of days such as mon-fri or mon,wed."
            )
        at, end = DAYS.index(first), DAYS.index(last or first)
        found |= {*DAYS[at : end + 1]}
    return found


def rows_of(found: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return a row for each day of the week, for a person: `{"day": "mon", "start": "09:00", ...}`.

    A closed day has no times.
    """
    return [{"day": day, **_hours_of(found, day)} for day in DAYS]


def _hours_of(found: Mapping[str, Any], day: str) -> dict[str, str]:
    if found.get("mode") == "always":
        return {"start": _time(0), "end": _time(24 * 60)}
    if not found.get(f"{day}_enabled"):
        return {"start": "", "end": ""}
    name = day if found.get("mode") == "per_day" else "simple"
    return {"start": _time(found.get(f"{name}_start")), "end": _time(found.get(f"{name}_end"))}


def _time(minutes: object) -> str:
    """Return minutes since midnight as a time of day."""
    return f"{minutes // 60:02}:{minutes % 60:02}" if isinstance(minutes, int) else ""


def _minutes(text: str, flag: str) -> int:
    match = _TIME.fullmatch(text.strip())
    minutes = int(match[1]) * 60 + int(match[2]) if match else -1
    if not 0 <= minutes <= 24 * 60:
        raise UsageProblem(f"{flag}: '{text}' is not a time such as 09:00.")
    return minutes
