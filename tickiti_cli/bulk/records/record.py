"""One record of a file, whatever it is written in."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tickiti_cli.errors import UsageProblem

DATA = "data."

MOST_SHOWN = 60
"""Characters of a value that is of the wrong kind."""

_KINDS = {
    bool: "true or false",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "an object",
}

Remark = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Line:
    """One record. `number` is where it begins in the file, from 1."""

    number: int
    columns: Mapping[str, Any] = field(default_factory=dict)
    error: str = ""
    """Why it cannot be read, where it cannot."""

    text: str = ""
    """What stands there, where it cannot be read."""

    is_last: bool = False
    """Whether nothing behind it can be read either."""


def text_of(values: Mapping[str, Any], name: str) -> str | None:
    """A value that must be text; None where there is none. Raises UsageProblem."""
    value = values.get(name)
    if value is None or isinstance(value, str):
        return value
    shown = json.dumps(value, ensure_ascii=False)
    shown = shown if len(shown) <= MOST_SHOWN else f"{shown[:MOST_SHOWN]}..."
    raise UsageProblem(f"its '{name}' is {_KINDS[type(value)]}, not text: {shown}.")


def is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
