"""Values as words for a person: one line, without control characters."""

from datetime import UTC, datetime
from typing import Any

from tickiti_cli.contract.vocabulary import PRIORITY_WORDS
from tickiti_cli.control_characters import strip_controls
from tickiti_cli.output.tables.headings import is_time

NOTHING = "-"
"""Shown to a person in place of a missing value."""

_WITHOUT = {"expires_at": "never"}
"""The words for a missing value, where its absence has a meaning."""

_STEPS = (
    (86_400 * 365, "y"),
    (86_400 * 30, "mo"),
    (86_400, "d"),
    (3600, "h"),
    (60, "min"),
    (1, "s"),
)


def words(value: Any, key: str, *, is_relative: bool = True) -> str:
    """The value of a field in words. A time is told by its distance from now if `is_relative`."""
    if value is None:
        return _WITHOUT.get(key, NOTHING)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return one_line(", ".join(map(_item, value)))
    if is_time(key):
        return age(str(value)) if is_relative else minute(str(value))
    text = one_line(str(value))
    return PRIORITY_WORDS.get(text, text) if key == "priority" else text


def one_line(text: str) -> str:
    """The text without control characters, with one blank for each run of white space."""
    return " ".join(strip_controls(text).split())


def age(moment: str) -> str:
    """`3 min ago` or `in 2 d`; the text itself if it is not a time."""
    try:
        seconds = (datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds()
    except (ValueError, TypeError):
        return one_line(moment)
    for size, unit in _STEPS:
        if abs(seconds) >= size:
            count = round(abs(seconds) / size)
            return f"{count} {unit} ago" if seconds > 0 else f"in {count} {unit}"
    return "now"


def minute(moment: str) -> str:
    """`2026-05-01 09:14 UTC`; the text itself if it is not a time."""
    try:
        return f"{datetime.fromisoformat(moment).astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    except (ValueError, OverflowError):
        return one_line(moment)


def _item(value: Any) -> str:
    """An item of a list: its text, or the values of an object (`number price Price for Marcus`)."""
    if isinstance(value, dict):
        return " ".join(str(member) for member in value.values())
    return str(value)
