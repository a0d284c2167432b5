"""A bar for each row of a report: how one number compares with that of the other rows.

Rule: a bar takes only the room that the columns leave, so that no column is dropped for a bar.
"""

from collections.abc import Sequence
from typing import Any

LEAST = 8
"""Cells below which a bar says nothing."""

MOST = 40

BLOCK = "\u2588"
PLAIN = "#"
"""The character of a bar for a terminal that cannot show the block."""


def bars(values: Sequence[Any], room: int, encoding: str) -> list[str]:
    """Return a bar for each value, the longest as wide as the room; none without room or numbers.

    A value that is not nothing has one cell at least.
    """
    numbers = [_number(value) for value in values]
    most, width = max(numbers, default=0.0), min(room, MOST)
    if width < LEAST or most <= 0:
        return []
    cell = BLOCK if _can_show(BLOCK, encoding) else PLAIN
    return [cell * max(round(number / most * width), number > 0) for number in numbers]


def _number(value: Any) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and value > 0 else 0.0


def _can_show(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except (LookupError, UnicodeEncodeError):
        return False
    return True
