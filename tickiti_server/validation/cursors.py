"""Cursors of paged lists: the end of a page as text, which a client returns unchanged.

Rule: a cursor is valid only for the list and the order that it came from.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import Any

from tickiti_cli.contract.errors import ValidationFailed
from tickiti_server.validation.fields import MOST_INTEGER

MOST_TEXT = 1000
"""Characters of a text in a cursor. A folded subject or address is shorter."""

MOST_CURSOR = 100_000
"""Characters of a cursor: five such texts, every character escaped. Checked here because the limits
of a body count a cursor as one string."""

Kind = type[int] | type[str]


def write(order: str, *place: int | str) -> str:
    return urlsafe_b64encode(json.dumps([order, *place]).encode()).decode().rstrip("=")


def read(cursor: str, order: str, *, kinds: Sequence[Kind]) -> list[Any]:
    """The sort values that the cursor holds, one of each kind. Raises ValidationFailed."""
    try:
        found = _unpacked(cursor)
        if _is_place(found, order, kinds):
            return list(found[1:])
    except (ValueError, RecursionError):
        pass
    sentence = "The cursor field must be the next_cursor of a reply with the same order."
    raise ValidationFailed.of("cursor", sentence)


def _unpacked(cursor: str) -> Any:
    if len(cursor) > MOST_CURSOR:
        raise ValueError
    padded = cursor + "=" * (-len(cursor) % 4)
    return json.loads(urlsafe_b64decode(padded.encode("ascii")))


def _is_place(found: Any, order: str, kinds: Sequence[Kind]) -> bool:
    return (
        isinstance(found, list)
        and len(found) == len(kinds) + 1
        and found[0] == order
        and all(_is_part(part, kind) for part, kind in zip(found[1:], kinds, strict=True))
    )


def _is_part(part: Any, kind: Kind) -> bool:
    if type(part) is not kind:
        return False
    if isinstance(part, int):
        return 0 <= part <= MOST_INTEGER
    part.encode()  # half a character is a ValueError
    return len(part) <= MOST_TEXT and "\0" not in part
