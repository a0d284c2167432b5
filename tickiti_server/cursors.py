"""Cursors of paged lists: where a page ended, as text that a client hands back as it got it.

The rule of this file: a cursor is good for the list and the order it came from, and for no other.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

from tickiti_cli.contract.errors import ValidationFailed
from tickiti_server.values import MOST_INTEGER


def write(order: str, *place: int) -> str:
    return urlsafe_b64encode(json.dumps([order, *place]).encode()).decode().rstrip("=")


def read(cursor: str, order: str, *, length: int) -> list[int]:
    """The place of `length` numbers that it names. Raises ValidationFailed."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        found: Any = json.loads(urlsafe_b64decode(padded.encode("ascii")))
        if _is_place(found, order, length):
            return list(found[1:])
    except (ValueError, RecursionError):
        pass
    sentence = "The cursor field must be the next_cursor of a reply with the same order."
    raise ValidationFailed(sentence, errors={"cursor": [sentence]})


def _is_place(found: Any, order: str, length: int) -> bool:
    return (
        isinstance(found, list)
        and len(found) == length + 1
        and found[0] == order
        and all(type(part) is int and 0 <= part <= MOST_INTEGER for part in found[1:])
    )
