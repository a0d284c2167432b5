"""Parses the JSON of a reply. Rule: a member that is missing is an error of the server."""

import json
import sys
from contextlib import suppress
from math import isinf
from typing import Any

from tickiti_cli.errors import ForeignReply

MOST_OF_SLOW = 64 * 1024
"""Bytes of a reply that `json` parses. Larger ones are parsed by pydantic where a command has it
loaded, as an export has: that takes half the time, but loading it as long as two megabytes."""

_INNER = (dict, list, float)


class Members(dict[str, Any]):
    """An object of a reply. Raises ForeignReply for a missing member: the server omitted it."""

    def __missing__(self, name: str) -> Any:
        there = ", ".join([*self][:20]) or "nothing"  # 20: those of a ticket fit
        raise ForeignReply(f"The server's reply lacks '{name}'; it has {there}.", status=200)


def parsed(raw: bytes) -> tuple[bytes, Any]:
    """Returns the bytes and their value, both valid JSON. Some servers write NaN or a lone
    surrogate, which JSON does not allow; these are replaced. Raises ValueError, RecursionError."""
    if len(raw) > MOST_OF_SLOW and (pydantic := sys.modules.get("pydantic_core")):
        with suppress(ValueError):  # which the other parser settles
            return raw, _with_members(pydantic.from_json(raw, allow_inf_nan=False))
    encoding = json.detect_encoding(raw)
    text = raw.decode(encoding)  # the decoder drops a byte order mark
    odd: list[str] = []
    body = json.loads(
        text,
        object_hook=Members,
        parse_constant=odd.append,
        parse_float=lambda digits: _finite(digits, odd),
    )
    if "\\ud" in text or "\\uD" in text:
        body = json.loads(
            _whole_characters(json.dumps(body, ensure_ascii=False)), object_hook=Members
        )
        odd.append("surrogate")
    if odd:
        return json.dumps(body, ensure_ascii=False).encode(), body
    return (raw if encoding == "utf-8" else text.encode()), body


def _with_members(value: Any) -> Any:
    """Makes every object an object of a reply. Raises ValueError for a number beyond all floats."""
    if type(value) is list:
        return [_with_members(item) if type(item) in _INNER else item for item in value]
    if type(value) is float and isinf(value):
        raise ValueError("a number is too large")
    if type(value) is not dict:
        return value
    for name, inner in value.items():
        if type(inner) in _INNER and inner:
            value[name] = _with_members(inner)
    return Members(value)


def _finite(digits: str, odd: list[str]) -> float | None:
    found = float(digits)
    if abs(found) != float("inf"):
        return found
    odd.append(digits)
    return None


def _whole_characters(text: str) -> str:
    """Replaces each lone surrogate by U+FFFD."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
