"""A record of a file: the same for every format."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tickiti_cli.errors import UsageProblem

DATA = "data."

MOST_SHOWN = 60
"""Characters of a value of the wrong type that an error shows."""

_KINDS = {
    bool: "true or false",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "an object",
}

Remark = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Record:
    """`number` is the line where the record begins, from 1."""

    number: int
    columns: Mapping[str, Any] = field(default_factory=dict)
    error: str = ""
    """Why the record cannot be read; empty for a record that can be read."""

    text: str = ""
    """The text of a record that cannot be read."""

    is_last: bool = False
    """True if no later record can be read either."""


class NotInEncoding(Exception):
    """A line has bytes that the encoding of the file has no character for."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


def text_of(values: Mapping[str, Any], name: str) -> str | None:
    """Return a value that must be text; None where there is no value. Raises UsageProblem."""
    value = values.get(name)
    if value is None or isinstance(value, str):
        return value
    shown = json.dumps(value, ensure_ascii=False)
    shown = shown if len(shown) <= MOST_SHOWN else f"{shown[:MOST_SHOWN]}..."
    raise UsageProblem(f"'{name}' is {_KINDS[type(value)]}, not text: {shown}.")


def value_without_case(values: Mapping[str, Any], name: str) -> str | None:
    """Return the text in the column of this name; without case where no column has it exactly.

    Raises UsageProblem for a value that is not text.
    """
    if name in values:
        return text_of(values, name)
    column = next((column for column in values if column.casefold() == name.casefold()), name)
    return text_of(values, column)


def refuse_other_encoding(text: str, line: int, *, may_have_nul: bool = True) -> None:
    """Raise NotInEncoding for a text with the surrogates of bytes that were not decoded.

    UTF-16 without a byte order mark is read as UTF-8 with a NUL after each letter, which no header
    has.
    """
    if not may_have_nul and "\0" in text:
        raise NotInEncoding(line)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise NotInEncoding(line) from None
