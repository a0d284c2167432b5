"""The moments of a seed: when an entry was made, and the day that a hold ends on."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from tickiti_server.api.seeds.refused import SeedRefused
from tickiti_server.clock import SECOND, Microseconds, day_of, midnight_of

EARLIEST, LATEST = midnight_of("1970-01-01"), midnight_of("9000-01-01")
"""The moments that an entry can be made at: those that a test clock can be set to."""

_AGO = re.compile(r"(\d+)([dhms])")
_SECONDS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_DAYS = re.compile(r"(\d{1,4})d")


def made_at(fields: Mapping[str, Any], now: Microseconds) -> Microseconds:
    """When an entry was made: `at` a moment, or `ago`. Raises SeedRefused.

    A moment outside the years of a test clock is refused, because no list could show it.
    """
    name = "at" if "at" in fields else "ago"
    found = _at(fields["at"]) if name == "at" else now - _seconds_of(fields) * SECOND
    if not EARLIEST <= found < LATEST:
        raise SeedRefused(f"{name}: '{fields[name]}' is not within the years 1970 to 8999")
    return found


def day_after(value: Any, now: Microseconds) -> Any:
    """The UTC day that `7d` means, seven days after a moment; any other value as it is."""
    if isinstance(value, str) and (found := _DAYS.fullmatch(value)):
        return (day_of(now) + timedelta(days=int(found[1]))).isoformat()
    return value


def _seconds_of(fields: Mapping[str, Any]) -> int:
    ago = str(fields.get("ago", "0s"))
    found = _AGO.fullmatch(ago)
    if found is None:
        raise SeedRefused(f"ago = {ago!r}: write a number and d, h, m or s, such as 3d")
    return int(found[1]) * _SECONDS[found[2]]


def _at(moment: object) -> Microseconds:
    try:
        found = datetime.fromisoformat(str(moment))
    except ValueError:
        raise SeedRefused(f"at: '{moment}' is not a moment such as 2026-11-24T09:00Z") from None
    if found.tzinfo is None:
        raise SeedRefused(f"at: '{moment}' has no offset; add one, such as Z")
    return int(found.timestamp() * SECOND)
