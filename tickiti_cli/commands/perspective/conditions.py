"""A perspective's conditions and order, as flags say them and as people read them.

The rule of this file: what is shown can be typed again.
"""

import re
from collections.abc import Sequence
from typing import Any

from tickiti_cli.errors import UsageProblem

Record = dict[str, Any]

_CONDITION = re.compile(r"\s*(\S+)\s+(is\s+not|is|contains)\s+(.+)", re.IGNORECASE | re.DOTALL)
DIRECTIONS = ("asc", "desc")


def conditions_of(texts: Sequence[str]) -> list[Record]:
    """`status is open` as the API has it. Raises UsageProblem."""
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
    """`priority:desc` as the API has it. Raises UsageProblem."""
    found = []
    for text in texts:
        field, colon, direction = text.partition(":")
        if not field or (colon and direction not in DIRECTIONS):
            raise UsageProblem(
                f"--order: '{text}' is not FIELD, FIELD:asc or FIELD:desc, such as priority:desc."
            )
        found.append({"field": field, "direction": direction or "asc"})
    return found


def readable(row: Record) -> Record:
    """A perspective's row with what it says beside it: `matches`, `sorted_by`."""
    matches = [
        f"{part.get('field')} {part.get('operator')} {part.get('value')}"
        for part in _parts(row.get("conditions"))
    ]
    sorted_by = [
        f"{part.get('field')}{':desc' if part.get('direction') == 'desc' else ''}"
        for part in _parts(row.get("orders"))
    ]
    return {**row, "matches": "; ".join(matches), "sorted_by": ", ".join(sorted_by)}


def _parts(found: Any) -> list[Record]:
    """What a vendor's install sends here is not documented; what is no list of objects is none."""
    parts = found if isinstance(found, list) else []
    return [dict(part) for part in parts if isinstance(part, dict)]
