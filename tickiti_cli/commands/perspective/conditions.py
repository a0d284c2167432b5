"""The conditions and the order of a perspective: parsed from flags, and shown as text.

Rule: a flag accepts every text that `perspective list` shows.
"""

import re
from collections.abc import Sequence
from typing import Any

from tickiti_cli.errors import UsageProblem

Record = dict[str, Any]

_CONDITION = re.compile(r"\s*(\S+)\s+(is\s+not|is|contains)\s+(.+)", re.IGNORECASE | re.DOTALL)
DIRECTIONS = ("asc", "desc")


def conditions_of(texts: Sequence[str]) -> list[Record]:
    """Parse conditions such as `status is open` into members of the API. Raises UsageProblem."""
    found = []
    for text in texts:
        match = _CONDITION.fullmatch(text)
        if match is None:
            raise UsageProblem(
                f"--condition: '{text}' is not FIELD is|is not|contains VALUE, such as"
                " 'status is open'."
            )
        operator = " ".join(match[2].lower().split())
        found.append({"field": match[1], "operator": operator, "value": match[3].strip()})
    return found


def orders_of(texts: Sequence[str]) -> list[Record]:
    """Parse orders such as `priority:desc` into members of the API. Raises UsageProblem."""
    found = []
    for text in texts:
        field, colon, direction = text.partition(":")
        if not field or (colon and direction not in DIRECTIONS):
            raise UsageProblem(
                f"--order: '{text}' is not FIELD, FIELD:asc or FIELD:desc, such as priority:desc."
            )
        found.append({"field": field, "ascending": direction != "desc"})
    return found


def readable(row: Record) -> Record:
    """Return a perspective's row with its conditions and orders as text: `matches`, `sorted_by`."""
    matches = [
        f"{part.get('field')} {part.get('operator')} {part.get('value')}"
        for part in _objects(row.get("conditions"))
    ]
    sorted_by = [
        f"{part.get('field')}{':desc' if _is_falling(part) else ''}"
        for part in _objects(row.get("orders"))
    ]
    return {**row, "matches": "; ".join(matches), "sorted_by": ", ".join(sorted_by)}


def _is_falling(order: Record) -> bool:
    """Whether an order falls. An install from before October 2026 answers `direction`."""
    return order.get("ascending") is False or order.get("direction") == "desc"


def _objects(found: Any) -> list[Record]:
    """Return the objects of a list, and nothing for any other value, because the shape of a
    vendor's reply is undocumented here."""
    parts = found if isinstance(found, list) else []
    return [dict(part) for part in parts if isinstance(part, dict)]
